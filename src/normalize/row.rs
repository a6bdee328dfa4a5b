//! The derived row of an article: its hash, and what it is found and chosen by.

use std::collections::BTreeMap;

use xxhash_rust::xxh3::{Xxh3, xxh3_64};

use crate::article::{Article, Entry, Link, LinkRel, Status};
use crate::json;
use crate::normalize::facets;
use crate::store::{ArticleRow, SearchIndex, StoredItem};

/// Returns the row of an item and its entry, whose canonical line may be known already.
pub(crate) fn row(
    item: &StoredItem,
    entry: &Entry,
    line: Option<&[u8]>,
    search: SearchIndex,
) -> ArticleRow {
    let mut codes = BTreeMap::new();
    let mut keys = Vec::new();
    let (facets, text) = (facets::facets(entry), facets::text(entry, search));
    if let Entry::Live(article) = entry {
        for finding in &article.findings {
            let code = serde_json::to_value(finding.code)
                .ok()
                .and_then(|code| code.as_str().map(str::to_owned));
            *codes.entry(code.unwrap_or_default()).or_insert(0) += 1;
        }
        keys = article_keys(article);
    }
    ArticleRow {
        item_no: item.item_no,
        record_seq: item
            .records
            .iter()
            .map(|record| record.seq)
            .max()
            .unwrap_or_default(),
        deleted: entry.status() == Status::Deleted,
        hash: content_hash(entry, line),
        codes: codes.into_iter().collect(),
        keys,
        facets,
        text,
    }
}

/// Returns the keys by which the same article may be found elsewhere: their kind (`doi`, `url`, `title`) and text.
pub(crate) fn article_keys(article: &Article) -> Vec<(String, String)> {
    let fields = KeyFields {
        doi: article.doi.as_deref(),
        links: &article.links,
        title: article.titles.first().map(|title| title.value.as_str()),
        issue: article.issue.as_deref(),
        pages: article.pages.as_ref().map(|pages| pages.raw.as_str()),
    };
    fields.keys()
}

/// The fields of an article that its keys are made of.
pub(crate) struct KeyFields<'a> {
    pub(crate) doi: Option<&'a str>,
    pub(crate) links: &'a [Link],
    pub(crate) title: Option<&'a str>,
    pub(crate) issue: Option<&'a str>,
    pub(crate) pages: Option<&'a str>,
}

impl KeyFields<'_> {
    /// Returns the keys: the kind (`doi`, `url`, `title`) and text of each.
    pub(crate) fn keys(&self) -> Vec<(String, String)> {
        let mut keys = Vec::new();
        let doi = self.doi.iter();
        keys.extend(doi.map(|doi| ("doi".to_owned(), (*doi).to_owned())));
        let landing = self
            .links
            .iter()
            .filter(|link| link.rel == LinkRel::Landing);
        keys.extend(landing.map(|link| ("url".to_owned(), link.url.clone())));
        if let Some(title) = self.title {
            let (issue, pages) = (
                self.issue.unwrap_or_default(),
                self.pages.unwrap_or_default(),
            );
            let same = format!("{}\n{issue}\n{pages}", title.to_lowercase());
            keys.push((
                "title".to_owned(),
                format!("{:016x}", xxh3_64(same.as_bytes())),
            ));
        }
        keys
    }
}

/// Returns the hash of an article as exported, the time of its harvest apart.
fn content_hash(entry: &Entry, line: Option<&[u8]>) -> u64 {
    const TIME: &[u8] = b"\"harvested_at\":\"";
    let made = match line {
        Some(_) => Vec::new(),
        None => json::line(entry).unwrap_or_default(),
    };
    let line = line.unwrap_or(&made);
    // No text has this key in it, for its quotes would be escaped.
    let from = memchr::memmem::find(line, TIME).map_or(line.len(), |at| at + TIME.len());
    let len = memchr::memchr(b'"', &line[from..]).unwrap_or_default();
    let mut hasher = Xxh3::new();
    hasher.update(&line[..from]);
    hasher.update(&line[from + len..]);
    hasher.digest()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::article::Provenance;

    #[test]
    fn the_time_of_harvest_is_no_content() {
        let entry = |title: &str, harvested_at: &str| {
            let provenance = Provenance {
                harvested_at: harvested_at.to_owned(),
                ..Provenance::default()
            };
            let mut article = Article::new("a".to_owned(), provenance);
            article.section = Some(title.to_owned());
            Entry::Live(Box::new(article))
        };
        let hash = |title, at| content_hash(&entry(title, at), None);
        assert_eq!(hash("A", "2024-01-01T00:00:00Z"), hash("A", ""));
        assert_ne!(hash("A", ""), hash("B", ""));
        let named = "\"harvested_at\":\"x\"";
        assert_ne!(hash(named, ""), hash("\"harvested_at\":\"y\"", ""));
        let made = entry("A", "2024-01-01T00:00:00Z");
        let line = json::line(&made).unwrap();
        assert_eq!(content_hash(&made, Some(&line)), hash("A", ""));
        let blank = json::line(&entry("A", "")).unwrap();
        assert_eq!(xxh3_64(&blank), hash("A", "2024-01-01T00:00:00Z"));
    }
}
