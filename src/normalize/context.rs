//! What a crosswalk is given: a record, and what is known of its source.

use chrono::{DateTime, Utc};
use sha2::{Digest, Sha256};

use super::profile::Profile;
use crate::metadata::oai_dc;
use crate::oai::{Record, Software};

/// metadataPrefix of an article's HTML page in the store.
pub const LANDING_PAGE: &str = "landing_page";

/// Version of the crosswalks. Raise it with every change of what they give: articles are then derived again.
pub const VERSION: u32 = 8;

/// Facts about a source beside the record at hand.
#[derive(Clone, Debug, Default)]
pub struct SourceContext {
    /// Name of the source in this collection.
    pub name: String,
    /// Base URL of its endpoint, as pinned.
    pub base_url: String,
    /// The frozen key that article ids derive from.
    pub id_base: String,
    /// Software behind the endpoint, where Identify tells.
    pub software: Option<Software>,
    /// `repositoryName` of Identify.
    pub repository_name: Option<String>,
    /// Further texts of Identify about the software: [`Identify::mentions`](crate::oai::Identify::mentions).
    pub mentions: Vec<String>,
    /// Facts learned from the source's other records.
    pub profile: Profile,
}

/// A record in one format, as the store hands it out.
#[derive(Clone, Debug)]
pub struct FormatRecord {
    /// The metadataPrefix; `landing_page` for the article's HTML page.
    pub metadata_prefix: String,
    /// The record.
    pub record: Record,
    /// When this version was fetched.
    pub fetched_at: DateTime<Utc>,
    /// sha256 of its bytes as received, hexadecimal.
    pub sha256: String,
}

/// Everything the store holds of one item.
#[derive(Clone, Debug)]
pub struct Item {
    /// OAI identifier.
    pub identifier: String,
    /// One record per format; the first decides whether the article is live or deleted.
    pub records: Vec<FormatRecord>,
}

/// Returns whether a value begins with a title but for case.
fn begins_with(value: &str, title: &str) -> bool {
    let first = |text: &str| text.chars().next().and_then(|c| c.to_lowercase().next());
    !title.is_empty()
        && first(value) == first(title)
        && value.to_lowercase().starts_with(&title.to_lowercase())
}

impl SourceContext {
    /// Returns whether a text stands alone in several records of articles.
    pub(crate) fn is_recurring(&self, value: &str) -> bool {
        self.profile.lookup().recurring.contains(value)
    }

    /// Journal titles that the value begins with, those in its language first.
    pub(crate) fn known_titles(&self, value: &str, lang: Option<&str>) -> Vec<String> {
        let (own, others): (Vec<_>, Vec<_>) = self
            .profile
            .titles_beginning(value)
            .into_iter()
            .partition(|title| title.lang.as_deref() == lang);
        let learned = own.into_iter().chain(others);
        let name = self.repository_name.as_deref().map(str::trim);
        let named = name.filter(|name| begins_with(value, name));
        let mut known: Vec<String> = Vec::new();
        for title in learned.map(|title| title.title.as_str()).chain(named) {
            if !known.iter().any(|other| other == title) {
                known.push(title.to_owned());
            }
        }
        known
    }
}

/// Hash of everything that goes into an article beside its own records, as 64 hexadecimal digits. Articles
/// with another derivation are out of date.
pub fn derivation(context: &SourceContext) -> String {
    let inputs = serde_json::json!([
        VERSION,
        context.name,
        context.base_url,
        context.id_base,
        context.software,
        context.repository_name,
        context.mentions,
        context.profile,
    ]);
    Sha256::digest(inputs.to_string().as_bytes())
        .iter()
        .fold(String::new(), |mut hex, byte| {
            use std::fmt::Write;
            let _ = write!(hex, "{byte:02x}");
            hex
        })
}

/// Returns whether the record is an article's page rather than metadata in XML.
pub(super) fn is_html(record: &FormatRecord, metadata: &str) -> bool {
    record.metadata_prefix == LANDING_PAGE
        || oai_dc::root_name(metadata).is_some_and(|name| name.eq_ignore_ascii_case("html"))
}
