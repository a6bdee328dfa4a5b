//! Queries on a collection.

use serde::Serialize;

#[cfg(doc)]
use super::ArticleRow;
use super::{ItemNo, PageNo, RunNo, SourceId, Time};

/// The key by which a record is looked up. Keys of articles are looked up by their hash: compare the article's own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Lookup {
    /// The OAI identifier.
    Identifier(String),
    /// A key of its article, as in [`ArticleRow::keys`].
    Key {
        /// `doi`, `url`, `title`.
        kind: String,
        /// The key.
        key: String,
    },
}

/// An item of any source.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ItemKey {
    /// Source.
    pub source_id: SourceId,
    /// Number within the source.
    pub item_no: ItemNo,
}

/// A version of a record, and where its bytes stand.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
// shape: one field for each column of a version of a record
pub struct Version {
    /// metadataPrefix.
    pub metadata_prefix: String,
    /// The change it came with.
    pub seq: i64,
    /// True if it is the newest of its format.
    pub newest: bool,
    /// Datestamp as received.
    pub datestamp: String,
    /// Deleted, by tombstone or by reconciliation.
    pub deleted: bool,
    /// Why it is deleted: `tombstone`, `gone`; or nothing.
    pub cause: Option<String>,
    /// The page, numbered within the source.
    pub page_no: PageNo,
    /// Offset in the page's body, bytes.
    pub offset: u64,
    /// Length, bytes.
    pub len: u64,
    /// When the page was fetched.
    pub fetched_at: Time,
    /// The run that fetched it.
    pub run_no: RunNo,
    /// The URL requested, without credentials.
    pub request: String,
    /// True if the page's body is kept.
    pub kept: bool,
}

/// The number of findings of one code in a source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CodeCount {
    /// The code.
    pub code: String,
    /// Findings.
    pub findings: u64,
    /// Articles with one or more.
    pub articles: u64,
}

/// Keys that several articles have, as far as they were read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SharedKeys {
    /// The keys, in the order of their hashes.
    pub keys: Vec<SharedKey>,
    /// The hash to read on behind; `None` at the end.
    pub after: Option<i64>,
}

/// A key of an article: its kind, and the hash of its text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct StoredKey {
    /// `doi`, `url`, `title`.
    pub kind: &'static str,
    /// The hash.
    pub hash: i64,
}

/// An item, and the keys of its article.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ItemKeys {
    /// The item.
    pub item: ItemKey,
    /// OAI identifier.
    pub identifier: String,
    /// The keys, each once; none of a deleted article.
    pub keys: Vec<StoredKey>,
}

/// A key that several articles have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SharedKey {
    /// Its hash.
    pub hash: i64,
    /// The number of items that have it.
    pub count: u64,
    /// Which, by source and number; the first alone when they are more than was requested.
    pub items: Vec<ItemKey>,
}
