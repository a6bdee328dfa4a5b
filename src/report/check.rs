//! The report card of one source of a store.

use chrono::Utc;
use serde::Serialize;

use crate::article::Entry;
use crate::oai::Software;
use crate::redact::redact;
use crate::report::Articles;
use crate::report::card::{Card, CardBuilder};
use crate::store::{Source, SourceId, Store, StoreResult, Time};

/// The report card of a source, with what it is about.
#[derive(Clone, Debug, Serialize)]
pub struct CardReport {
    /// Name of the source.
    pub source: String,
    /// Base URL.
    pub base_url: String,
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
        let formats = formats(store, source.source_id).await?;
        let identify = source
            .identify
            .as_ref()
            .map(|remembered| &remembered.identify);
        let software = identify.and_then(|identify| identify.software.clone());
        Ok(Self {
            source: source.name.clone(),
            base_url: redact(&source.base_url),
            repository_name: identify.map(|identify| identify.repository_name.clone()),
            card: builder.finish(software.as_ref(), &formats),
            software,
            made_at: Utc::now(),
            formats,
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

/// Returns the formats in which a source was harvested, the landing pages too.
pub(super) async fn formats(store: &dyn Store, source_id: SourceId) -> StoreResult<Vec<String>> {
    let mut formats: Vec<String> = Vec::new();
    for stream in store.streams(source_id).await? {
        if !formats.contains(&stream.metadata_prefix) {
            formats.push(stream.metadata_prefix);
        }
    }
    Ok(formats)
}
