//! Crosswalks from the formats as received to the canonical article.

pub mod date;
pub mod identifier;
pub mod labels;
pub mod language;
pub mod pages;
pub mod rights;
pub mod source;
pub mod text;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::article::Entry;
use crate::oai::{Record, Software};

/// Version of the crosswalks. Raise it with every change of what they give: articles are then derived anew.
pub const VERSION: u32 = 1;

/// What is known of a source beside the record in hand.
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
    /// What the source's other records taught.
    pub profile: Profile,
}

/// What is learned from a source's records as a whole, and needed to read each of them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Profile {
    /// Titles of the journals in this source, most frequent first.
    pub journal_titles: Vec<String>,
}

/// A record in one format, as the store hands it out.
#[derive(Clone, Debug)]
pub struct FormatRecord {
    /// Its metadataPrefix; `landing_page` for the article's HTML page.
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

/// Learns a [`Profile`] from the items of one source.
#[derive(Debug, Default)]
pub struct Learner {}

impl Learner {
    /// Takes one item in.
    pub fn see(&mut self, _item: &Item) {}

    /// What was learned; the same whatever order the items came in.
    pub fn finish(self) -> Profile {
        Profile::default()
    }
}

/// Maps one item to its article or deletion. Never fails: what cannot be read is a finding.
pub fn normalize(_item: &Item, _context: &SourceContext) -> Entry {
    unimplemented!()
}
