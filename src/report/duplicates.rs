//! The same article, harvested more than once: on two endpoints, two hosts, or twice from one.
//!
//! Articles are linked by the keys they have in common. A DOI or a landing page is enough. A title with issue and
//! pages is not: every journal has an "Editorial". There, the articles must not contradict each other, and have
//! a journal or an author in common. Nothing is merged; each group is reported with its links.
//!
//! Memory grows with the number of duplicates, not of articles.

use std::collections::{BTreeSet, HashMap, HashSet};

use serde::{Deserialize, Serialize};
use url::Url;

use crate::article::{self, Contributor, Journal, LinkRel, Pages, PartialDate, Title};
use crate::normalize::row::KeyFields;
use crate::report::Articles;
use crate::report::articles::Part;
use crate::store::{ItemKey, SharedKey, SourceId, Store, StoreResult, key_hash};

/// A key that more articles have than this does not identify them, such as a journal's own DOI.
pub const MOST: usize = 1000;
/// Keys in one read.
const BATCH: usize = 500;
/// Kinds of key that are enough.
const STRONG: [&str; 2] = ["doi", "url"];
const TITLE: &str = "title";

/// Duplicates of a store.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Duplicates {
    /// Articles that are the same; two or more in each, by source and number, and the groups likewise.
    pub groups: Vec<Vec<ItemKey>>,
    /// Keys that link nothing, since too many articles have them.
    pub overused: Vec<AmbiguousKey>,
}

/// A key that more than [`MOST`] articles have.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct AmbiguousKey {
    /// `doi`, `url`, `title`.
    pub kind: String,
    /// The key; of a title a hash.
    pub key: String,
    /// Articles that have it.
    pub articles: u64,
}

/// A group as people read it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Group {
    /// Title of the first of them.
    pub title: Option<String>,
    /// The distance between them.
    pub across: DuplicateScope,
    /// Keys that two or more of them have.
    pub keys: Vec<Link>,
    /// The articles.
    pub articles: Vec<Member>,
}

/// The distance between the articles of a group.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum DuplicateScope {
    /// All in one source.
    OneSource,
    /// In several sources of one host.
    Sources,
    /// On several hosts.
    Hosts,
}

/// A key that links articles.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Link {
    /// `doi`, `url`; `title` for title, issue and pages together.
    pub kind: String,
    /// The key; of a title a hash.
    pub key: String,
    /// Articles of the group that have it.
    pub articles: usize,
}

/// An article of a group.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Member {
    /// Name of its source.
    pub source: String,
    /// OAI identifier.
    pub identifier: String,
    /// Stable id.
    pub id: String,
    /// Landing page.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
}

/// Finds the duplicates of a store whose articles are derived.
///
/// Errors: of the store.
pub async fn find(store: &dyn Store, articles: &Articles<'_>) -> StoreResult<Duplicates> {
    let mut joined = Joined::default();
    let mut overused = Vec::new();
    for kind in STRONG.into_iter().chain([TITLE]) {
        let mut after = None;
        loop {
            let shared = store.shared_keys(kind, after, BATCH, MOST).await?;
            let Some(last) = shared.last() else { break };
            after = Some(last.hash);
            let mut same_title = Vec::new();
            for shared in shared {
                if shared.count > MOST as u64 {
                    overused.push(AmbiguousKey {
                        kind: kind.to_owned(),
                        key: key_text(articles, kind, &shared).await?,
                        articles: shared.count,
                    });
                } else if kind == TITLE {
                    same_title.push(shared.items);
                } else {
                    shared
                        .items
                        .iter()
                        .for_each(|item| joined.join(shared.items[0], *item));
                }
            }
            join_by_title(&mut joined, store, articles, same_title).await?;
        }
    }
    Ok(Duplicates {
        groups: joined.groups(),
        overused,
    })
}

/// Reads a key in the first article that has it, for the store has its hash alone.
async fn key_text(articles: &Articles<'_>, kind: &str, shared: &SharedKey) -> StoreResult<String> {
    let first = &shared.items[..shared.items.len().min(1)];
    let parts = articles.parts::<Shown>(first).await?;
    let keys = parts.into_values().filter_map(|part| part.article);
    let found = keys
        .flat_map(|article| article.keys())
        .find(|(own, key)| own == kind && key_hash(key) == shared.hash);
    Ok(found.map_or_else(|| format!("{:016x}", shared.hash), |(_, key)| key))
}

/// For each article that an export may leave out, the one that stands for it: the group's first, by the number
/// of its source. Only across sources, and only where the group has one article of each: where a source has two,
/// which is the other's duplicate would be a guess.
///
/// Errors: of the store.
pub async fn duplicate_of(store: &dyn Store) -> StoreResult<HashMap<ItemKey, ItemKey>> {
    let articles = Articles::open(store).await?;
    let mut stands_for = HashMap::new();
    for group in find(store, &articles).await?.groups {
        let sources: HashSet<SourceId> = group.iter().map(|item| item.source_id).collect();
        if let (Some((first, rest)), true) = (group.split_first(), sources.len() == group.len()) {
            stands_for.extend(rest.iter().map(|item| (*item, *first)));
        }
    }
    Ok(stands_for)
}

/// Articles of groups that are read at once.
const AT_ONCE: usize = 4_000;

/// The first of the groups that are [described](describe) at once: at least one.
pub fn at_once(groups: &[Vec<ItemKey>]) -> &[Vec<ItemKey>] {
    let mut articles = 0;
    let count = groups.iter().position(|group| {
        articles += group.len();
        articles > AT_ONCE
    });
    &groups[..count.unwrap_or(groups.len()).max(1).min(groups.len())]
}

/// Reads what people want to know of groups. All their articles are read at once.
///
/// Errors: of the store.
pub async fn describe(articles: &Articles<'_>, groups: &[Vec<ItemKey>]) -> StoreResult<Vec<Group>> {
    let members = groups.concat();
    let parts = articles.parts(&members).await?;
    let described = groups.iter().map(|group| one(articles, group, &parts));
    Ok(described.collect())
}

/// The fields of an article that a group shows, and those that its keys are made of.
#[derive(Debug, Deserialize)]
struct Shown {
    doi: Option<String>,
    titles: Vec<Title>,
    issue: Option<String>,
    pages: Option<Pages>,
    links: Vec<article::Link>,
}

impl Shown {
    fn title(&self) -> Option<&str> {
        self.titles.first().map(|title| title.value.as_str())
    }

    fn keys(&self) -> Vec<(String, String)> {
        let fields = KeyFields {
            doi: self.doi.as_deref(),
            links: &self.links,
            title: self.title(),
            issue: self.issue.as_deref(),
            pages: self.pages.as_ref().map(|pages| pages.raw.as_str()),
        };
        fields.keys()
    }

    fn landing(&self) -> Option<&str> {
        let mut links = self.links.iter();
        let link = links.find(|link| link.rel == LinkRel::Landing)?;
        Some(&link.url)
    }
}

fn one(articles: &Articles<'_>, group: &[ItemKey], parts: &HashMap<ItemKey, Part<Shown>>) -> Group {
    let mut described = Group {
        title: None,
        across: across(articles, group),
        keys: Vec::new(),
        articles: Vec::new(),
    };
    let mut counts: Vec<((String, String), usize)> = Vec::new();
    let mut known: HashMap<(String, String), usize> = HashMap::new();
    for item in group {
        let Some(Part {
            identifier,
            article,
        }) = parts.get(item)
        else {
            continue;
        };
        let mut url = None;
        if let Some(article) = article {
            let mut keys = article.keys();
            keys.sort_unstable();
            keys.dedup();
            for key in keys {
                let at = *known.entry(key.clone()).or_insert_with(|| {
                    counts.push((key, 0));
                    counts.len() - 1
                });
                counts[at].1 += 1;
            }
            url = article.landing().map(str::to_owned);
            let title = described.title.take();
            described.title = title.or_else(|| article.title().map(str::to_owned));
        }
        let source = articles.source(item.source_id);
        described.articles.push(Member {
            source: source.map(|source| source.name.clone()).unwrap_or_default(),
            identifier: identifier.clone(),
            id: articles.id(item.source_id, identifier).unwrap_or_default(),
            url,
        });
    }
    let shared = counts.into_iter().filter(|(_, count)| *count > 1);
    described.keys = shared
        .map(|((kind, key), articles)| Link {
            kind,
            key,
            articles,
        })
        .collect();
    described
}

/// Returns the distance between the articles of a group, by sources and hosts.
pub fn across(articles: &Articles<'_>, group: &[ItemKey]) -> DuplicateScope {
    let sources: BTreeSet<SourceId> = group.iter().map(|item| item.source_id).collect();
    let hosts: BTreeSet<Option<String>> = sources
        .iter()
        .map(|id| {
            let url = articles
                .source(*id)
                .and_then(|source| Url::parse(&source.base_url).ok());
            url.and_then(|url| url.host_str().map(str::to_owned))
        })
        .collect();
    match (sources.len(), hosts.len()) {
        (..=1, _) => DuplicateScope::OneSource,
        (_, ..=1) => DuplicateScope::Sources,
        _ => DuplicateScope::Hosts,
    }
}

/// Joins those articles of one title, issue and pages that are the same by more than that, of several such titles.
async fn join_by_title(
    joined: &mut Joined,
    store: &dyn Store,
    articles: &Articles<'_>,
    mut titles: Vec<Vec<ItemKey>>,
) -> StoreResult<()> {
    titles.retain(|items| !items.iter().all(|item| joined.same(items[0], *item)));
    let mut rest = &titles[..];
    while !rest.is_empty() {
        let some = at_once(rest);
        rest = &rest[some.len()..];
        // Where each has a DOI, those of one DOI are joined already and the others contradict: none need be read.
        let items = some.concat();
        let with_doi = store.with_key("doi", &items).await?;
        let with_doi: HashSet<ItemKey> = with_doi.into_iter().collect();
        let mut open = some.to_vec();
        open.retain(|items| !items.iter().all(|item| with_doi.contains(item)));
        let parts = articles.parts(&open.concat()).await?;
        for items in &open {
            let mut seen: Vec<(ItemKey, MatchFields)> = Vec::new();
            for item in items {
                let article = parts
                    .get(item)
                    .and_then(|part: &Part<Compared>| part.article.as_ref());
                let Some(match_fields) = article.map(MatchFields::of) else {
                    continue;
                };
                for (other, theirs) in &seen {
                    if match_fields.agree(theirs) {
                        joined.join(*other, *item);
                    }
                }
                seen.push((*item, match_fields));
            }
        }
    }
    Ok(())
}

/// The fields of an article that are compared.
#[derive(Debug, Deserialize)]
struct Compared {
    doi: Option<String>,
    contributors: Vec<Contributor>,
    journal: Journal,
    volume: Option<String>,
    published: Option<PartialDate>,
}

/// Fields that distinguish two articles with the same title, issue and pages.
#[derive(Debug)]
struct MatchFields {
    doi: Option<String>,
    year: Option<i32>,
    volume: Option<String>,
    journal: BTreeSet<String>,
    names: BTreeSet<String>,
}

impl MatchFields {
    fn of(article: &Compared) -> Self {
        let journal = &article.journal;
        let issns = [&journal.issn_print, &journal.issn_electronic]
            .into_iter()
            .flatten();
        let titles = journal
            .title
            .iter()
            .chain(journal.titles.iter().map(|title| &title.value));
        Self {
            doi: article.doi.clone(),
            year: article
                .published
                .as_ref()
                .and_then(PartialDate::parts)
                .map(|(year, ..)| year),
            volume: article.volume.clone(),
            journal: issns
                .chain(&journal.issn_unknown)
                .chain(titles)
                .map(|text| text.to_lowercase())
                .collect(),
            names: article
                .contributors
                .iter()
                .map(|person| person.family.as_ref().unwrap_or(&person.raw).to_lowercase())
                .collect(),
        }
    }

    fn agree(&self, other: &Self) -> bool {
        !differ(self.doi.as_ref(), other.doi.as_ref())
            && !differ(self.year, other.year)
            && !differ(self.volume.as_ref(), other.volume.as_ref())
            && (!self.journal.is_disjoint(&other.journal) || !self.names.is_disjoint(&other.names))
    }
}

/// Returns whether both values are known and differ.
fn differ<T: PartialEq>(a: Option<T>, b: Option<T>) -> bool {
    a.zip(b).is_some_and(|(a, b)| a != b)
}

/// Articles joined to groups (union-find).
#[derive(Debug, Default)]
struct Joined {
    numbers: HashMap<ItemKey, usize>,
    items: Vec<ItemKey>,
    parents: Vec<usize>,
}

impl Joined {
    fn number(&mut self, item: ItemKey) -> usize {
        *self.numbers.entry(item).or_insert_with(|| {
            self.items.push(item);
            self.parents.push(self.parents.len());
            self.parents.len() - 1
        })
    }

    fn root(&mut self, mut number: usize) -> usize {
        while self.parents[number] != number {
            self.parents[number] = self.parents[self.parents[number]];
            number = self.parents[number];
        }
        number
    }

    fn join(&mut self, a: ItemKey, b: ItemKey) {
        let (a, b) = (self.number(a), self.number(b));
        let (a, b) = (self.root(a), self.root(b));
        self.parents[a.max(b)] = a.min(b);
    }

    fn same(&mut self, a: ItemKey, b: ItemKey) -> bool {
        match (self.numbers.get(&a).copied(), self.numbers.get(&b).copied()) {
            (Some(a), Some(b)) => self.root(a) == self.root(b),
            _ => false,
        }
    }

    fn groups(mut self) -> Vec<Vec<ItemKey>> {
        let mut by_root: HashMap<usize, Vec<ItemKey>> = HashMap::new();
        for number in 0..self.items.len() {
            let root = self.root(number);
            by_root.entry(root).or_default().push(self.items[number]);
        }
        let mut groups: Vec<_> = by_root
            .into_values()
            .filter(|group| group.len() > 1)
            .collect();
        for group in &mut groups {
            group.sort_unstable();
        }
        groups.sort_unstable();
        groups
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::article::Precision;
    use crate::store::ItemNo;

    fn article(change: impl FnOnce(&mut Compared)) -> MatchFields {
        let mut article = Compared {
            doi: None,
            contributors: vec![Contributor {
                family: Some("Müller".to_owned()),
                ..Contributor::default()
            }],
            journal: Journal {
                title: Some("Annals".to_owned()),
                ..Journal::default()
            },
            volume: None,
            published: Some(PartialDate {
                date: "2004".to_owned(),
                precision: Precision::Year,
            }),
        };
        change(&mut article);
        MatchFields::of(&article)
    }

    #[test]
    fn a_title_alone_is_not_enough() {
        let one = article(|_| {});
        assert!(one.agree(&article(|_| {})));
        assert!(one.agree(&article(|a| a.journal.title = Some("annals".to_owned()))));
        assert!(
            one.agree(&article(|a| a.journal.title = None)),
            "the author is the same"
        );
        assert!(
            one.agree(&article(|a| a.contributors.clear())),
            "the journal is the same"
        );
        assert!(one.agree(&article(|a| a.published = None)));
        assert!(!one.agree(&article(|a| {
            a.journal.title = Some("Other".to_owned());
            a.contributors.clear();
        })));
        let year = |date: &str| {
            Some(PartialDate {
                date: date.to_owned(),
                precision: Precision::Year,
            })
        };
        assert!(!one.agree(&article(|a| a.published = year("2005"))));
        let doi = |text: &str| article(|a| a.doi = Some(text.to_owned()));
        assert!(one.agree(&doi("10.1/a")));
        assert!(!doi("10.1/b").agree(&doi("10.1/a")));
    }

    #[test]
    fn groups_grow_together() {
        let item = |item_no| ItemKey {
            source_id: SourceId(1),
            item_no: ItemNo(item_no),
        };
        let mut joined = Joined::default();
        for (a, b) in [(5, 6), (1, 2), (3, 2), (6, 5), (7, 7)] {
            joined.join(item(a), item(b));
        }
        assert!(joined.same(item(1), item(3)) && !joined.same(item(1), item(5)));
        assert!(!joined.same(item(8), item(8)));
        assert_eq!(
            joined.groups(),
            [vec![item(1), item(2), item(3)], vec![item(5), item(6)]]
        );
    }
}
