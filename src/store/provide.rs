//! What a provider lists and a catalog searches: the changes of all sources in one order.

use std::collections::BTreeMap;

use async_trait::async_trait;

use super::{ItemKey, StoreResult, StoredItem, Time};

/// What an article may be chosen by: kind → values. Kinds are `set` (setSpecs as received), `language` (BCP 47, and
/// its first subtag), `year` (of publication), `license` (URL and short name), `format` (formats it is complete for).
pub type Facets = BTreeMap<String, Vec<String>>;

/// Words of a search that count.
pub(super) const MOST_ASKED: usize = 16;

/// What an article is searched by.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ArticleText {
    /// Titles, of the article in all languages and of its journal.
    pub title: String,
    /// Names of contributors.
    pub name: String,
    /// DOIs and ISSNs.
    pub number: String,
}

/// Where a change stands in the order of all changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Position {
    /// When it was made in this store.
    pub changed_at: Time,
    /// Source.
    pub source_id: i64,
    /// Number of the item within the source; below zero for a take-down, and for what went with its source, whose
    /// item is no more.
    pub item_no: i64,
}

impl Position {
    /// The item; `None` where it is no more.
    pub fn item(self) -> Option<ItemKey> {
        let key = ItemKey {
            source_id: self.source_id,
            item_no: self.item_no,
        };
        (self.item_no > 0).then_some(key)
    }
}

/// The newest change of an item.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// Where it stands.
    pub position: Position,
    /// OAI identifier as received.
    pub identifier: String,
    /// Deleted; where one format was asked for, also when only that format's record is.
    pub deleted: bool,
    /// The article's change number.
    pub seq: i64,
    /// What it may be chosen by.
    pub facets: Facets,
    /// Name the source had, where the source was removed or has another name since; its number is 0 then.
    pub departed: Option<String>,
}

/// Which changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChangeFilter {
    /// Inclusive.
    pub from: Option<Time>,
    /// Exclusive.
    pub before: Time,
    /// Of one source.
    pub source_id: Option<i64>,
    /// Of what went with its source, that of one source, by the name it had. With a source but no name: nothing of it.
    pub departed: Option<String>,
    /// Of items with a record in this metadataPrefix as received, deleted or not. Take-downs always are among them.
    pub prefix: Option<String>,
    /// Each kind named must have one of its values.
    pub facets: Facets,
}

impl ChangeFilter {
    /// All changes before a time.
    pub fn until(before: Time) -> Self {
        Self {
            from: None,
            before,
            source_id: None,
            departed: None,
            prefix: None,
            facets: Facets::new(),
        }
    }
}

/// Whether an article's facets have one of the values of each kind that is wanted.
pub(crate) fn has_facets(own: &Facets, wanted: &Facets) -> bool {
    wanted.iter().all(|(kind, values)| {
        own.get(kind)
            .is_some_and(|own| own.iter().any(|value| values.contains(value)))
    })
}

/// By what a store's tokens are signed and its name is made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoreKey {
    /// Drawn at creation.
    pub uuid: String,
    /// Random, drawn once, told to nobody.
    pub secret: String,
}

/// What a provider lists and a catalog searches. None of it waits for a harvest.
#[async_trait]
pub trait ProvideStore: Send + Sync {
    /// What tells this store from others.
    async fn store_key(&self) -> StoreResult<StoreKey>;

    /// A time up to which all changes can be seen: none that is stamped at or before it is still to be committed. Close
    /// to the clock, and never going back while the store is open.
    async fn horizon(&self) -> StoreResult<Time>;

    /// When the change that stands first was made.
    async fn earliest_change(&self) -> StoreResult<Option<Time>>;

    /// The newest change of each item that has an article, take-downs, and deletions of what went with its source, in
    /// the order of their [`Position`], after one that the same filter gave, at most `limit`. An item that changes moves
    /// to the end of the order.
    async fn changes(
        &self,
        filter: &ChangeFilter,
        after: Option<Position>,
        limit: usize,
    ) -> StoreResult<Vec<Change>>;

    /// How many [`changes`](Self::changes) there are.
    async fn count_changes(&self, filter: &ChangeFilter) -> StoreResult<u64>;

    /// The newest change of one item.
    async fn change(&self, source_id: i64, identifier: &str) -> StoreResult<Option<Change>>;

    /// The deletion of what went with a source of this name. What is there again, under the same name, has none.
    async fn departed(&self, source: &str, identifier: &str) -> StoreResult<Option<Change>>;

    /// Names of sources that went, with the setSpecs that their articles were in, and an empty one each.
    async fn departed_sets(&self) -> StoreResult<Vec<(String, String)>>;

    /// These items of a source, by number, each with the newest version of every format; those that are not there
    /// are left out. Fewer where they are large, the first of them: go on with those after the last that came.
    async fn items_at(&self, source_id: i64, item_nos: &[i64]) -> StoreResult<Vec<StoredItem>>;

    /// setSpecs that articles are or were in: (source, setSpec), in this order.
    async fn known_sets(&self) -> StoreResult<Vec<(i64, String)>>;

    /// Live articles that have all these words, the last perhaps only begun, in titles, names, DOIs or ISSNs; the best
    /// match first, `limit` at most after `skip`. Letters with and without accents are the same.
    async fn search(
        &self,
        words: &str,
        source_id: Option<i64>,
        skip: usize,
        limit: usize,
    ) -> StoreResult<Vec<ItemKey>>;
}
