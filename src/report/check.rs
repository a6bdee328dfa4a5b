//! The report card of one source of a store.

use chrono::Utc;
use serde::Serialize;

use crate::article::Entry;
use crate::oai::Software;
use crate::report::Articles;
use crate::report::card::{Card, CardBuilder};
use crate::report::source_facts::SourceFacts;
use crate::store::{Source, Store, StoreResult, Time};
use crate::values::DisplaySafeUrl;

/// The report card of a source, with what it is about.
#[derive(Clone, Debug, Serialize)]
pub struct CardReport {
    /// Name of the source.
    pub source: String,
    /// Base URL.
    pub base_url: DisplaySafeUrl,
    /// The repositoryName of Identify.
    pub repository_name: Option<String>,
    /// Software behind it.
    pub software: Option<Software>,
    /// When the figures were taken.
    pub made_at: Time,
    /// Formats that were harvested.
    pub formats: Vec<String>,
    /// The card.
    #[serde(flatten)]
    pub card: Card,
}

impl CardReport {
    /// Reads the articles of a source.
    ///
    /// # Errors
    /// Of the store.
    pub async fn read(store: &dyn Store, source: &Source) -> StoreResult<Self> {
        let articles = Articles::open(store).await?;
        let mut builder = CardBuilder::default();
        articles
            .each(source.source_id, |_, entry| {
                if let Entry::Live(article) = entry {
                    builder.add_entry(article);
                }
            })
            .await?;
        let facts = SourceFacts::read(store, source).await?;
        Ok(Self {
            source: source.name.clone(),
            base_url: facts.base_url,
            repository_name: facts.repository_name,
            card: builder.finish(facts.software.as_ref(), &facts.formats),
            software: facts.software,
            made_at: Utc::now(),
            formats: facts.formats,
        })
    }

    /// Returns the name of the journal, else that of the source.
    pub fn title(&self) -> &str {
        self.repository_name
            .as_deref()
            .filter(|name| !name.is_empty())
            .unwrap_or(&self.source)
    }
}
