//! Figures of a collection, counted as its articles pass by; what is kept does not grow with their number.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer, Serialize};

use crate::article::{Article, Entry, LinkRel, PartialDate, Role};
use crate::report::code_name;
use crate::store::StoredItem;

/// Different values that are counted one by one, of those that the outside chooses.
const VALUES: usize = 500;
/// Longest value that is kept, characters.
const LONGEST: usize = 160;

/// Name of a field, one of [`FIELDS`]. An alias, so that it is not taken for a borrow of what is read.
type FieldName = &'static str;

/// A predicate on articles.
type Has = fn(&Article) -> bool;

/// Fields whose completeness is reported.
const FIELDS: [(&str, Has); 17] = [
    ("title", |a| !a.titles.is_empty()),
    ("author", |a| {
        a.contributors.iter().any(|c| c.role == Role::Author)
    }),
    ("abstract", |a| !a.abstracts.is_empty()),
    ("keywords", |a| !a.keywords.is_empty()),
    ("language", |a| a.language.is_some()),
    ("publication date", |a| a.published.is_some()),
    ("ISSN", |a| {
        let journal = &a.journal;
        journal.issn_print.is_some()
            || journal.issn_electronic.is_some()
            || !journal.issn_unknown.is_empty()
    }),
    ("volume", |a| a.volume.is_some()),
    ("issue", |a| a.issue.is_some()),
    ("pages", |a| a.pages.is_some()),
    ("DOI", |a| a.doi.is_some()),
    ("landing page", |a| {
        a.links.iter().any(|link| link.rel == LinkRel::Landing)
    }),
    ("full text", |a| {
        a.links.iter().any(|link| link.rel == LinkRel::Fulltext)
    }),
    ("licence", |a| a.license.is_some()),
    ("ORCID", |a| {
        a.contributors.iter().any(|c| c.orcid.is_some())
    }),
    ("affiliation", |a| {
        a.contributors.iter().any(|c| !c.affiliations.is_empty())
    }),
    ("references", |a| !a.references.is_empty()),
];

/// Figures of a source, or of all.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
pub struct CollectionStats {
    /// Live articles; of these are all figures but `harvested` and `deletions`.
    pub live: u64,
    /// Deleted records by cause.
    pub deletions: Deletions,
    /// Records, deleted ones too, by the month (`YYYY-MM`, UTC) in which their newest version was fetched.
    pub harvested: BTreeMap<String, u64>,
    /// By the year of their datestamp: when the journal changed them last.
    pub changed: BTreeMap<String, u64>,
    /// By year of publication.
    pub published: BTreeMap<i32, u64>,
    /// Without a date of publication.
    pub undated: u64,
    /// Languages, BCP 47.
    pub languages: ValueCounts,
    /// Licences, by short name, else URL, else as received.
    pub licenses: ValueCounts,
    /// The number of articles per field.
    pub fields: Vec<Completeness>,
    /// Findings by code.
    pub findings: BTreeMap<String, FindingStats>,
    /// Articles with one finding or more.
    pub with_findings: u64,
}

/// Deleted records by cause.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
pub struct Deletions {
    /// The source says so.
    pub tombstone: u64,
    /// No longer in a complete list.
    pub gone: u64,
    /// Taken down here.
    pub taken_down: u64,
}

/// The number of articles per value.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
pub struct ValueCounts {
    /// By value; the first few hundred different ones.
    pub values: BTreeMap<String, u64>,
    /// With a value beyond those.
    pub other: u64,
    /// Without a value.
    pub none: u64,
}

/// The number of articles with a field.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub struct Completeness {
    /// Name for people.
    #[serde(deserialize_with = "known_field")]
    pub field: FieldName,
    /// Articles that have it.
    pub articles: u64,
}

/// Findings of one code.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
pub struct FindingStats {
    /// Findings.
    pub findings: u64,
    /// Articles with one or more.
    pub articles: u64,
    /// The first.
    pub example: Option<Example>,
}

/// A finding with its place.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub struct Example {
    /// Name of the source.
    pub source: String,
    /// OAI identifier.
    pub identifier: String,
    /// Field of the article, or element of the record.
    pub field: String,
    /// The value as received; a long one is cut.
    pub raw: String,
}

impl Deletions {
    /// All of them.
    pub fn total(self) -> u64 {
        self.tombstone + self.gone + self.taken_down
    }
}

impl ValueCounts {
    fn add(&mut self, value: Option<&str>, count: u64) {
        let Some(value) = value else {
            self.none += count;
            return;
        };
        if let Some(known) = self.values.get_mut(value) {
            *known += count;
        } else if self.values.len() < VALUES {
            self.values.insert(value.to_owned(), count);
        } else {
            self.other += count;
        }
    }

    /// The values, the most frequent first.
    pub fn ranked(&self) -> Vec<(&str, u64)> {
        let mut ranked: Vec<_> = self
            .values
            .iter()
            .map(|(value, count)| (value.as_str(), *count))
            .collect();
        ranked.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
        ranked
    }
}

impl Default for CollectionStats {
    fn default() -> Self {
        Self {
            live: 0,
            deletions: Deletions::default(),
            harvested: BTreeMap::new(),
            changed: BTreeMap::new(),
            published: BTreeMap::new(),
            undated: 0,
            languages: ValueCounts::default(),
            licenses: ValueCounts::default(),
            fields: FIELDS
                .iter()
                .map(|(field, _)| Completeness { field, articles: 0 })
                .collect(),
            findings: BTreeMap::new(),
            with_findings: 0,
        }
    }
}

impl CollectionStats {
    /// Counts an item with its article.
    pub fn add_entry(&mut self, item: &StoredItem, entry: &Entry) {
        let first = item.records.first();
        if let Some(first) = first {
            *self
                .harvested
                .entry(first.fetched_at.format("%Y-%m").to_string())
                .or_default() += 1;
        }
        match entry {
            Entry::Live(article) => {
                if let Some(year) = first
                    .and_then(|first| first.datestamp.get(..4))
                    .filter(|y| is_year(y))
                {
                    *self.changed.entry(year.to_owned()).or_default() += 1;
                }
                self.see_article(article);
            }
            Entry::Deleted(_)
                if first.is_some_and(|first| first.cause.as_deref() == Some("gone")) =>
            {
                self.deletions.gone += 1;
            }
            Entry::Deleted(_) => self.deletions.tombstone += 1,
        }
    }

    fn see_article(&mut self, article: &Article) {
        self.live += 1;
        match article.published.as_ref().and_then(PartialDate::parts) {
            Some((year, ..)) => *self.published.entry(year).or_default() += 1,
            None => self.undated += 1,
        }
        self.languages.add(article.language.as_deref(), 1);
        let license = article.license.as_ref().map(|license| {
            license
                .name
                .as_ref()
                .or(license.url.as_ref())
                .unwrap_or(&license.raw)
                .as_str()
        });
        self.licenses.add(license.map(cut).as_deref(), 1);
        for (field, (_, has)) in self.fields.iter_mut().zip(FIELDS) {
            field.articles += u64::from(has(article));
        }
        let mut seen = Vec::new();
        for finding in &article.findings {
            let found = self.findings.entry(code_name(finding.code)).or_default();
            found.findings += 1;
            if !seen.contains(&finding.code) {
                seen.push(finding.code);
                found.articles += 1;
            }
            found.example.get_or_insert_with(|| Example {
                source: article.provenance.source.clone(),
                identifier: article.provenance.oai_identifier.clone(),
                field: finding.field.clone(),
                raw: cut(&finding.raw),
            });
        }
        self.with_findings += u64::from(!seen.is_empty());
    }

    /// Adds the figures of another source.
    pub fn add(&mut self, other: &Self) {
        self.live += other.live;
        self.deletions.tombstone += other.deletions.tombstone;
        self.deletions.gone += other.deletions.gone;
        self.deletions.taken_down += other.deletions.taken_down;
        sum(&mut self.harvested, &other.harvested);
        sum(&mut self.changed, &other.changed);
        sum(&mut self.published, &other.published);
        self.undated += other.undated;
        for (mine, theirs) in [
            (&mut self.languages, &other.languages),
            (&mut self.licenses, &other.licenses),
        ] {
            theirs
                .values
                .iter()
                .for_each(|(value, count)| mine.add(Some(value), *count));
            mine.add(None, theirs.none);
            mine.other += theirs.other;
        }
        for (mine, theirs) in self.fields.iter_mut().zip(&other.fields) {
            mine.articles += theirs.articles;
        }
        for (code, theirs) in &other.findings {
            let mine = self.findings.entry(code.clone()).or_default();
            mine.findings += theirs.findings;
            mine.articles += theirs.articles;
            mine.example = mine.example.take().or_else(|| theirs.example.clone());
        }
        self.with_findings += other.with_findings;
    }
}

/// Reads the name of one of the fields.
fn known_field<'de, D: Deserializer<'de>>(deserializer: D) -> Result<&'static str, D::Error> {
    let name = String::deserialize(deserializer)?;
    let known = FIELDS.iter().find(|(field, _)| *field == name);
    known
        .map(|(field, _)| *field)
        .ok_or_else(|| serde::de::Error::custom("an unknown field"))
}

fn sum<K: Ord + Clone>(mine: &mut BTreeMap<K, u64>, theirs: &BTreeMap<K, u64>) {
    for (key, count) in theirs {
        *mine.entry(key.clone()).or_default() += count;
    }
}

fn is_year(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit())
}

/// A text cut to what a page has room for.
pub(super) fn cut(text: &str) -> String {
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_beyond_the_bound_are_counted_together() {
        let mut counted = ValueCounts::default();
        for n in 0..VALUES + 7 {
            counted.add(Some(&n.to_string()), 1);
        }
        counted.add(Some("3"), 2);
        counted.add(None, 1);
        assert_eq!(
            (counted.values.len(), counted.other, counted.none),
            (VALUES, 7, 1)
        );
        assert_eq!(counted.ranked()[0], ("3", 3));
    }

    #[test]
    fn long_values_are_cut_between_characters() {
        assert_eq!(cut("abc"), "abc");
        assert_eq!(cut(&"ж".repeat(LONGEST)), "ж".repeat(LONGEST));
        assert_eq!(
            cut(&"ж".repeat(LONGEST + 1)),
            format!("{}…", "ж".repeat(LONGEST))
        );
    }
}
