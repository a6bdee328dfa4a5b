//! Items, their records and articles on the way out.

use std::sync::Arc;

use bytes::Bytes;

use super::{ItemNo, Time};
use crate::oai::PageHead;
use crate::store::location::SearchIndex;
use crate::store::provide::{ArticleText, Facets};

/// An item by number and identifier.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ItemRef {
    /// Number within the source.
    pub item_no: ItemNo,
    /// OAI identifier.
    pub identifier: String,
}

/// Which items to read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Selection {
    /// All.
    All,
    /// With a record changed after this seq: what derivation has to look at.
    Dirty {
        /// Exclusive.
        after: i64,
    },
    /// Items whose article changed after one seq and up to another.
    Changed {
        /// Exclusive.
        after: i64,
        /// Inclusive.
        upto: i64,
    },
    /// Items whose article changed by a cause after this seq: changes since a run.
    Caused {
        /// Exclusive.
        after: i64,
    },
    /// Items whose article changed at this time or later.
    Since {
        /// Inclusive.
        from: Time,
    },
}

/// An item with the newest version of each of its formats.
#[derive(Clone, Debug)]
pub struct StoredItem {
    /// Number within the source.
    pub item_no: ItemNo,
    /// OAI identifier.
    pub identifier: String,
    /// One per format, in the order the formats were first harvested.
    pub records: Vec<StoredRecord>,
    /// The derived row, when there is one.
    pub article: Option<ArticleState>,
    /// Sets whose lists named it, where sets were harvested; its headers may name fewer.
    pub list_sets: Vec<String>,
}

/// A record as stored.
#[derive(Clone, Debug)]
pub struct StoredRecord {
    /// metadataPrefix.
    pub metadata_prefix: String,
    /// Datestamp as received.
    pub datestamp: String,
    /// Deleted, by tombstone or by reconciliation.
    pub deleted: bool,
    /// Why it is deleted: `tombstone`, `gone`; or nothing.
    pub cause: Option<String>,
    /// When this version was fetched.
    pub fetched_at: Time,
    /// The change it came with.
    pub seq: i64,
    /// The bytes, as received.
    pub raw: Bytes,
    /// The encoding and namespaces of its page.
    pub head: Arc<PageHead>,
}

/// The derived row of an item.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ArticleState {
    /// The article's change number.
    pub seq: i64,
    /// When it, or a record it is made from, changed.
    pub changed_at: Time,
    /// Hash of the exported article.
    pub hash: u64,
    /// Deleted or not.
    pub deleted: bool,
}

/// A derived row to be written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ArticleRow {
    /// Item.
    pub item_no: ItemNo,
    /// Highest seq among the records it was made from.
    pub record_seq: i64,
    /// Deleted or not.
    pub deleted: bool,
    /// Hash of the exported article.
    pub hash: u64,
    /// Codes of its findings, each with its count.
    pub codes: Vec<(String, u32)>,
    /// Keys by which the same article may be found elsewhere: (`doi`, …), (`url`, …), (`title`, …).
    pub keys: Vec<(String, String)>,
    /// The facets.
    pub facets: Facets,
    /// The searchable text; blank for a deletion, and where there is no index of words.
    pub text: ArticleText,
}

/// An article as it is kept: its canonical line, packed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptArticle {
    /// Item.
    pub item_no: ItemNo,
    /// Hash of everything that the article was made of, and of the line.
    pub mark: u64,
    /// The packed line.
    pub body: Bytes,
}

/// Items of a block.
const BLOCK: i64 = 1000;

impl ItemNo {
    /// Returns the number of the block of items that this one is in.
    pub const fn block(self) -> i64 {
        self.0.div_euclid(BLOCK)
    }

    /// Returns the first item number of a block.
    pub const fn of_block(block: i64) -> Self {
        Self(block.saturating_mul(BLOCK))
    }
}

/// Figures of the articles of a block of items, as they are kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptFigures {
    /// Number of the block.
    pub block: i64,
    /// Mark of the block when they were taken.
    pub mark: u64,
    /// JSON.
    pub body: String,
}

/// A derivation under way. Its writes are refused once another one has begun that knows the source differently.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deriving {
    /// Hash of everything that goes into the articles beside their records.
    pub derivation: String,
    /// Number of the newest change of the source, as long as this derivation alone has changed it since it began.
    pub seq: Option<i64>,
    /// What the texts of its rows are made for.
    pub search: SearchIndex,
}

/// The counts of a derivation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DeriveTally {
    /// New or changed.
    pub changed: u64,
    /// Unchanged.
    pub unchanged: u64,
}
