//! The list of a provider and the search of a catalog: the changes of all sources in one order.

use std::collections::BTreeMap;

use super::types::{ItemKey, ItemNo, SourceId, Time};

/// The facets of an article: kind → values. Kinds are `set` (setSpecs as received), `language` (BCP 47, and
/// its first subtag), `year` (of publication), `license` (URL and short name), `type` (label of the resource type),
/// `issue` (`year|volume|number`), `format` (formats it is complete for).
pub type Facets = BTreeMap<String, Vec<String>>;

/// Words of a search that count.
pub(super) const MOST_ASKED: usize = 16;

/// The searchable text of an article.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ArticleText {
    /// Titles, of the article in all languages and of its journal, and keywords.
    pub title: String,
    /// Names of contributors.
    pub name: String,
    /// DOIs and ISSNs.
    pub number: String,
    /// Abstracts in all languages. A store puts them into its index only where that is switched on.
    pub summary: String,
}

/// A search of the catalog.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ArticleSearch {
    /// Words in titles, keywords, names, DOIs or ISSNs: an article has all of them, the last perhaps only begun.
    /// Letters with and without accents are the same.
    pub words: String,
    /// Restricts to one source.
    pub source_id: Option<SourceId>,
    /// Restricts to articles with these facets: kind → value. Kinds are `issue`, `language`, `license`, `type`, `year`.
    pub facets: BTreeMap<String, String>,
    /// Matches before the page.
    pub skip: usize,
    /// Most matches of the page.
    pub limit: usize,
}

/// The results of a search.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SearchHits {
    /// The matches of the page: the best first, or in the order in which they were first seen where there are no words.
    pub items: Vec<ItemKey>,
    /// The number of matches; where `is_cut`, of those that were counted and ranked.
    pub matches: u64,
    /// True if there are more matches than are counted.
    pub is_cut: bool,
    /// Matches of each source.
    pub sources: Vec<(SourceId, u64)>,
    /// Matches by facet. Of a search without words and facets: all live articles.
    pub facets: FacetCounts,
}

/// Live articles by facet: kind → values, the most frequent first.
pub type FacetCounts = BTreeMap<String, Vec<FacetCount>>;

/// The number of articles with a value of a facet.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct FacetCount {
    /// The value.
    pub value: String,
    /// Live articles that have it.
    pub articles: u64,
}

/// Where a change stands in the order of all changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Position {
    /// When it was made in this store.
    pub changed_at: Time,
    /// Source.
    pub source_id: SourceId,
    /// Number of the item within the source; below zero for a take-down, and for what went with its source, whose
    /// item is no more.
    pub item_no: ItemNo,
}

impl Position {
    /// The item; `None` where it is no more.
    pub fn item(self) -> Option<ItemKey> {
        let key = ItemKey {
            source_id: self.source_id,
            item_no: self.item_no,
        };
        (self.item_no > ItemNo::START).then_some(key)
    }
}

/// The newest change of an item.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// Where it stands.
    pub position: Position,
    /// OAI identifier as received.
    pub identifier: String,
    /// Deleted; where one format was requested, also when only that format's record is.
    pub deleted: bool,
    /// The article's change number.
    pub seq: i64,
    /// The facets.
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
    /// Restricts to one source.
    pub source_id: Option<SourceId>,
    /// Restricts items removed with their source to one source, by the name it had. With a source but no name: nothing
    /// of it.
    pub departed: Option<String>,
    /// Restricts to items with a record in this metadataPrefix as received, deleted or not. Take-downs always are among
    /// them.
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

/// Returns whether an article's facets have one of the values of each kind that is wanted.
pub(crate) fn has_facets(own: &Facets, wanted: &Facets) -> bool {
    wanted.iter().all(|(kind, values)| {
        own.get(kind)
            .is_some_and(|own| own.iter().any(|value| values.contains(value)))
    })
}

/// By what a store's tokens are signed and its name is made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoreIdentity {
    /// Drawn at creation.
    pub uuid: String,
    /// Random, drawn once, and kept secret.
    pub secret: String,
}
