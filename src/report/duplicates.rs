//! The same article, harvested more than once: on two endpoints, two hosts, or twice from one.
//!
//! Articles are linked by the keys they have in common. A DOI or a landing page is enough. A title with issue and
//! pages is not: every journal has an "Editorial". There, the articles must not contradict each other, and have
//! a journal or an author in common. Nothing is merged; each group is reported with its links.
//!
//! Memory grows with the number of duplicates, not of articles.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use serde::{Deserialize, Serialize};
use url::Url;

use crate::article::{self, Contributor, Journal, LinkRel, Pages, PartialDate, Title};
use crate::normalize::row::KeyFields;
use crate::report::Articles;
use crate::store::{
    ItemKey, ItemKeys, SharedKey, SourceId, Store, StoreResult, StoredKey, key_hash,
};

/// A key that more articles have than this does not identify them, such as a journal's own DOI.
pub const MOST: usize = 1000;
/// Keys of articles in one read.
const ROWS: usize = 20_000;
/// Kinds of key that are enough.
const STRONG: [&str; 2] = ["doi", URL];
const URL: &str = "url";
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
            let read = store.shared_keys(kind, after, ROWS, MOST).await?;
            let mut same_title = Vec::new();
            for shared in read.keys {
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
            join_by_title(&mut joined, articles, same_title).await?;
            after = read.after;
            if after.is_none() {
                break;
            }
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
    let keys = parts.into_values().flatten();
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

/// Reads what people want to know of groups, all at once.
///
/// Errors: of the store.
pub async fn describe(articles: &Articles<'_>, groups: &[Vec<ItemKey>]) -> StoreResult<Vec<Group>> {
    let known = articles.keys(&groups.concat()).await?;
    let wanted: Vec<ItemKey> = groups
        .iter()
        .flat_map(|group| to_read(group, &known))
        .collect();
    let parts = articles.parts::<Shown>(&wanted).await?;
    let mut texts = HashMap::new();
    for article in parts.values().flatten() {
        for (kind, text) in article.keys() {
            texts.entry((kind, key_hash(&text))).or_insert(text);
        }
    }
    let read = ReadGroups {
        known,
        parts,
        texts,
    };
    Ok(groups
        .iter()
        .map(|group| read.describe(articles, group))
        .collect())
}

/// Returns the members of a group whose articles have to be read: the store has hashes of their keys, and the text of
/// a key that several have stands in each of them. An address of its own stands in that article alone.
fn to_read(group: &[ItemKey], known: &HashMap<ItemKey, ItemKeys>) -> Vec<ItemKey> {
    let members = || group.iter().filter_map(|item| known.get(item));
    let shared = shared_keys(members());
    let mut seen: HashSet<StoredKey> = HashSet::new();
    let mut has_title = false;
    let mut wanted = Vec::new();
    for member in members() {
        let is_title = member.keys.iter().any(|key| key.kind == TITLE);
        let has_news = member
            .keys
            .iter()
            .any(|key| (key.kind == URL || shared.contains_key(key)) && !seen.contains(key));
        let urls = member.keys.iter().filter(|key| key.kind == URL).count();
        if has_news || urls > 1 || is_title && !has_title {
            has_title |= is_title;
            seen.extend(&member.keys);
            wanted.push(member.item);
        }
    }
    wanted
}

/// The keys that several of these have, with the number of them.
fn shared_keys<'k>(members: impl Iterator<Item = &'k ItemKeys>) -> BTreeMap<StoredKey, usize> {
    let mut counts = BTreeMap::new();
    for key in members.flat_map(|member| &member.keys) {
        *counts.entry(*key).or_insert(0) += 1;
    }
    counts.retain(|_, count| *count > 1);
    counts
}

/// What was read of some groups.
struct ReadGroups {
    known: HashMap<ItemKey, ItemKeys>,
    parts: HashMap<ItemKey, Option<Shown>>,
    /// Texts of keys by their kind and hash.
    texts: HashMap<(String, i64), String>,
}

impl ReadGroups {
    fn describe(&self, articles: &Articles<'_>, group: &[ItemKey]) -> Group {
        let members = || group.iter().filter_map(|item| self.known.get(item));
        let links = shared_keys(members())
            .into_iter()
            .map(|(key, articles)| Link {
                kind: key.kind.to_owned(),
                key: self.text(key).unwrap_or_default(),
                articles,
            });
        let mut titles = members().filter_map(|member| self.article(member.item)?.title());
        Group {
            title: titles.next().map(str::to_owned),
            across: across(articles, group),
            keys: links.collect(),
            articles: members()
                .map(|member| self.member(articles, member))
                .collect(),
        }
    }

    fn member(&self, articles: &Articles<'_>, member: &ItemKeys) -> Member {
        let source = articles.source(member.item.source_id);
        // An article that was not read has one landing page at most, and shares it with one that was.
        let url = if let Some(article) = self.article(member.item) {
            article.landing().map(str::to_owned)
        } else {
            let mut keys = member.keys.iter();
            keys.find(|key| key.kind == URL)
                .and_then(|key| self.text(*key))
        };
        Member {
            source: source.map(|source| source.name.clone()).unwrap_or_default(),
            identifier: member.identifier.clone(),
            id: articles
                .id(member.item.source_id, &member.identifier)
                .unwrap_or_default(),
            url,
        }
    }

    fn article(&self, item: ItemKey) -> Option<&Shown> {
        self.parts.get(&item)?.as_ref()
    }

    fn text(&self, key: StoredKey) -> Option<String> {
        self.texts.get(&(key.kind.to_owned(), key.hash)).cloned()
    }
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
        let known = articles.keys(&items).await?;
        let has_doi = |item: &ItemKey| {
            let keys = known.get(item).map_or(&[][..], |known| &known.keys);
            keys.iter().any(|key| key.kind == "doi")
        };
        let mut open = some.to_vec();
        open.retain(|items| !items.iter().all(&has_doi));
        let parts = articles.parts::<Compared>(&open.concat()).await?;
        for items in &open {
            let mut seen: Vec<(ItemKey, MatchFields)> = Vec::new();
            for item in items {
                let article = parts.get(item).and_then(Option::as_ref);
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
