//! The profile of a source: facts that its records show only as a whole: the journals' titles, which
//! may hold the separators of the citation, and which of an ISSN pair is the online one.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use xxhash_rust::xxh3::xxh3_64;

use super::citation_head::before_issue;
use super::journals::{JournalSetting, KnownJournal};
use super::profile_index::{Lookup, ProfileIndex};
use super::software::{self, Sign};
use super::{Item, SourceContext, VERSION, identifier, language, resource_type, text};
use crate::metadata::oai_dc::{self, Dc};

/// Journals of one source, by title and language.
const MAX_TITLES: usize = 2_000;
/// Candidates kept while learning.
const MAX_CANDIDATES: usize = 20_000;
/// Bytes of a title.
const MAX_TITLE: usize = 500;

/// Facts learned from all records of a source, needed to read each of them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Profile {
    /// Titles of the journals in this source, most frequent first.
    #[serde(default)]
    pub journal_titles: Vec<JournalTitle>,
    /// Pairs of ISSNs that records give together.
    #[serde(default)]
    pub issn_pairs: Vec<IssnPair>,
    /// Texts that stand alone where a journal's title may, in several records of articles.
    #[serde(default)]
    pub recurring_titles: Vec<String>,
    /// The software that the records show signs of, where Identify names none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub software: Option<String>,
    /// The signs it was recognised by.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub software_signs: Vec<String>,
    /// The journals of this source.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub journals: Vec<KnownJournal>,
    /// Settings of its journals; of those that match an article, the first that sets a field counts.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub journal_settings: Vec<JournalSetting>,
    /// Lookups in these lists.
    #[serde(skip)]
    pub(super) index: ProfileIndex,
}

/// A journal's title in one language.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct JournalTitle {
    /// The title.
    pub title: String,
    /// BCP 47 tag, where known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lang: Option<String>,
}

/// The ISSNs of one journal.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct IssnPair {
    /// Online.
    pub electronic: String,
    /// Print.
    pub print: String,
}

/// Learns a [`Profile`] from the items of one source, in bounded memory.
#[derive(Debug, Default)]
pub struct ProfileBuilder {
    /// Titles that stood before an issue.
    titles: ValueCounts<JournalTitle>,
    /// First parts of citations without a recognisable issue.
    heads: ValueCounts<JournalTitle>,
    pairs: ValueCounts<IssnPair>,
    /// Texts alone in `dc:source` and `dc:relation` of articles.
    lone: ValueCounts<String>,
    /// Signs of software, and the records that show them.
    signs: BTreeMap<Sign, u64>,
    /// Signs of the source itself.
    source_signs: Vec<Sign>,
    records: u64,
}

impl Profile {
    fn lookup(&self) -> &Lookup {
        self.index.get_or_build(|| {
            let titles = self.journal_titles.iter().map(|title| &*title.title);
            let mut lookup = Lookup::of(titles, &self.journals);
            lookup.recurring = self.recurring_titles.iter().cloned().collect();
            for pair in &self.issn_pairs {
                lookup.electronic.insert(pair.electronic.clone());
                lookup.print.insert(pair.print.clone());
            }
            lookup
        })
    }

    /// Returns whether an ISSN is the online one of a pair.
    pub(super) fn has_electronic_issn(&self, issn: &str) -> bool {
        self.lookup().electronic.contains(issn)
    }

    /// Returns whether an ISSN is the print one of a pair.
    pub(super) fn has_print_issn(&self, issn: &str) -> bool {
        self.lookup().print.contains(issn)
    }

    /// Returns the titles of journals that a value begins with but for case, most frequent first.
    fn titles_beginning(&self, value: &str) -> Vec<&JournalTitle> {
        if self.journal_titles.is_empty() {
            return Vec::new();
        }
        let found = self.lookup().beginnings(&value.to_lowercase());
        let titles = found.into_iter();
        titles
            .filter_map(|at| self.journal_titles.get(at))
            .collect()
    }

    /// Returns the known journals that have an ISSN.
    pub(super) fn journals_by_issn(&self, issn: &str) -> impl Iterator<Item = &KnownJournal> {
        self.journals_at(self.lookup().by_issn.get(issn))
    }

    /// Returns the known journals that have a path.
    pub(super) fn journals_by_path(&self, path: &str) -> impl Iterator<Item = &KnownJournal> {
        self.journals_at(self.lookup().by_path.get(path))
    }

    /// Returns the known journals that have a title, given in lower case.
    pub(super) fn journals_by_title(&self, title: &str) -> impl Iterator<Item = &KnownJournal> {
        self.journals_at(self.lookup().by_title.get(title))
    }

    fn journals_at<'a>(
        &'a self,
        places: Option<&'a Vec<usize>>,
    ) -> impl Iterator<Item = &'a KnownJournal> {
        let places = places.into_iter().flatten();
        places.filter_map(|at| self.journals.get(*at))
    }
}

/// Records that a text must stand in to be believed.
const RECURS: u64 = 3;

impl ProfileBuilder {
    /// A builder that knows what is known of the source beside its records.
    pub fn of(context: &SourceContext) -> Self {
        Self {
            source_signs: software::signs_of_source(context),
            ..Self::default()
        }
    }

    /// Takes one item in.
    pub fn add(&mut self, item: &Item) {
        for record in &item.records {
            if let Some(sign) = software::sign_of_format(&record.metadata_prefix) {
                *self.signs.entry(sign).or_insert(0) += 1;
            }
            let Some(metadata) = &record.record.metadata else {
                continue;
            };
            if super::is_html(record, metadata) {
                continue;
            }
            if let Some(dc) = oai_dc::read(metadata) {
                self.see_dublin_core(&item.identifier, &record.record.header.set_specs, &dc);
            }
        }
    }

    fn see_dublin_core(&mut self, oai_identifier: &str, sets: &[String], dc: &Dc) {
        self.records += 1;
        let signs = software::signs(oai_identifier, sets, dc);
        for sign in &signs {
            *self.signs.entry(*sign).or_insert(0) += 1;
        }
        self.see_lone_texts(dc);
        let mut issns = Vec::new();
        for element in dc.named("source") {
            if let identifier::Issn::Valid(issn) = identifier::issn(element.value.trim()) {
                issns.push(issn);
                continue;
            }
            let value = text::plain(&element.value).value;
            let lang = element.lang.as_deref().and_then(language::bcp47);
            let entry = |title: &str| JournalTitle {
                title: title.to_owned(),
                lang: lang.clone(),
            };
            if let Some(title) = before_issue(&value) {
                self.titles.count(entry(title));
            } else if let Some((head, _)) = value.split_once(';') {
                self.heads.count(entry(head.trim()));
            }
        }
        // the order of ISSNs is a habit of OJS
        if let [electronic, print] = issns.as_slice()
            && electronic != print
            && software::decided(&signs) == Some(software::OJS)
        {
            self.pairs.count(IssnPair {
                electronic: electronic.clone(),
                print: print.clone(),
            });
        }
    }

    fn see_lone_texts(&mut self, dc: &Dc) {
        let is_article = dc
            .named("type")
            .filter_map(|e| resource_type::parse(&e.value))
            .any(|kind| kind.label.ends_with("article"));
        if !is_article {
            return;
        }
        let elements = dc
            .elements
            .iter()
            .filter(|e| matches!(&*e.name, "source" | "relation"));
        for element in elements {
            let value = text::plain(&element.value).value;
            let is_text = !value.contains(|c: char| c.is_ascii_digit()) && !value.contains("://");
            if is_text && (1..=14).contains(&value.split_whitespace().count()) {
                self.lone.count(value);
            }
        }
    }

    /// The software that signs in half of the records add up to, and these signs.
    fn software(&self) -> (Option<String>, Vec<String>) {
        let common: Vec<Sign> = self
            .signs
            .iter()
            .filter(|(_, count)| **count * 2 >= self.records)
            .map(|(sign, _)| *sign)
            .chain(self.source_signs.iter().copied())
            .collect();
        let Some(software) = software::decided(&common) else {
            return (None, Vec::new());
        };
        let signs = common.iter().filter(|(of, _)| *of == software);
        (
            Some(software.to_owned()),
            signs.map(|(_, what)| (*what).to_owned()).collect(),
        )
    }

    /// Returns the profile; it does not depend on the order of the items.
    pub fn finish(self) -> Profile {
        let (software, software_signs) = self.software();
        let recurring = self.lone.ranked().into_iter();
        let mut recurring_titles: Vec<String> = recurring
            .filter(|(_, count)| *count >= RECURS)
            .map(|(title, _)| title)
            .collect();
        recurring_titles.truncate(MAX_TITLES);
        let mut titles = self.titles.ranked();
        let learned: Vec<String> = titles
            .iter()
            .map(|(title, _)| title.title.clone())
            .collect();
        let is_new = |head: &str| {
            !learned.iter().any(|title| {
                title == head
                    || title
                        .strip_prefix(head)
                        .is_some_and(|rest| rest.starts_with(';'))
            })
        };
        // Without an issue behind it, a first part must recur to be believed.
        titles.extend(
            self.heads
                .ranked()
                .into_iter()
                .filter(|(head, count)| *count >= 3 && is_new(&head.title)),
        );
        titles.sort_by(|(a, a_count), (b, b_count)| b_count.cmp(a_count).then_with(|| a.cmp(b)));
        titles.truncate(MAX_TITLES);

        let pairs = self.pairs.ranked();
        let reversed = |pair: &IssnPair| {
            let count = |electronic: &str, print: &str| {
                pairs
                    .iter()
                    .find(|(p, _)| p.electronic == electronic && p.print == print)
                    .map_or(0, |(_, n)| *n)
            };
            count(&pair.print, &pair.electronic) >= count(&pair.electronic, &pair.print)
        };
        let mut issn_pairs: Vec<IssnPair> = pairs
            .iter()
            .map(|(pair, _)| pair)
            .filter(|pair| !reversed(pair))
            .cloned()
            .collect();
        issn_pairs.truncate(MAX_TITLES);
        Profile {
            journal_titles: titles.into_iter().map(|(title, _)| title).collect(),
            issn_pairs,
            recurring_titles,
            software,
            software_signs,
            ..Profile::default()
        }
    }
}

/// Counts keys, in memory that does not grow with the source. Past its bound it keeps the keys whose hashes
/// are lowest, which does not depend on the order they came in.
#[derive(Debug)]
struct ValueCounts<K> {
    counts: BTreeMap<(u64, K), u64>,
}

impl<K> Default for ValueCounts<K> {
    fn default() -> Self {
        Self {
            counts: BTreeMap::new(),
        }
    }
}

impl<K: Ord + Clone + Serialize> ValueCounts<K> {
    fn count(&mut self, key: K) {
        let bytes = serde_json::to_vec(&key).unwrap_or_default();
        if bytes.len() > MAX_TITLE {
            return;
        }
        *self.counts.entry((xxh3_64(&bytes), key)).or_insert(0) += 1;
        if self.counts.len() > MAX_CANDIDATES {
            self.counts.pop_last();
        }
    }

    /// Keys with their counts, most frequent first.
    fn ranked(&self) -> Vec<(K, u64)> {
        let mut ranked: Vec<(K, u64)> = self
            .counts
            .iter()
            .map(|((_, key), n)| (key.clone(), *n))
            .collect();
        ranked.sort_by(|(a, a_count), (b, b_count)| b_count.cmp(a_count).then_with(|| a.cmp(b)));
        ranked
    }
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

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("CENTRAL ASIA; Vol. 5 No. 6 (2004); 103-110", Some("CENTRAL ASIA"))]
    #[case(
        "Law; Economy; Society; Vol 1, No 2 (2013); 5",
        Some("Law; Economy; Society")
    )]
    #[case("Law: Economy; 2022", Some("Law: Economy"))]
    #[case("Журнал; Том 1 № 1 (2000)", Some("Журнал"))]
    #[case("Religio; No 2 (2006)", Some("Religio"))]
    #[case("Journal of Public Knowledge; ", Some("Journal of Public Knowledge"))]
    #[case("Journal; ##issue.vol## 3", Some("Journal"))]
    #[case("Journal; Spring; 1-12", None)]
    #[case("Journal", None)]
    fn titles_before_issues(#[case] value: &str, #[case] title: Option<&str>) {
        assert_eq!(before_issue(value), title);
    }

    fn dc(sources: &[&str]) -> Dc {
        let elements = sources.iter().map(|value| oai_dc::Element {
            name: "source".into(),
            value: (*value).to_owned(),
            ..oai_dc::Element::default()
        });
        Dc {
            elements: elements.collect(),
            unread: None,
        }
    }

    fn learned(records: &[Dc]) -> Profile {
        let mut builder = ProfileBuilder::default();
        for record in records {
            builder.see_dublin_core("oai:x.org:article/1", &[], record);
        }
        builder.finish()
    }

    #[test]
    fn learns_titles_and_pairs_in_any_order() {
        let records = [
            dc(&["A; B; Vol. 1 No. 1 (2000); 1-2", "2002-3839", "1404-6091"]),
            dc(&["A; B; Vol. 1 No. 2 (2000); 3-4", "2002-3839", "1404-6091"]),
            dc(&["C; Vol. 1 No. 2 (2000); 3-4", "1404-6091", "2002-3839"]),
            dc(&["D; Spring; 3-4"]),
            dc(&["D; Summer; 5-6"]),
            dc(&["D; Autumn; 7-8", "1404-6091"]),
            dc(&["E; Winter; 7-8"]),
        ];
        let profile = learned(&records);
        let titles: Vec<&str> = profile
            .journal_titles
            .iter()
            .map(|t| t.title.as_str())
            .collect();
        assert_eq!(titles, ["D", "A; B", "C"]);
        assert_eq!(
            profile.issn_pairs,
            [IssnPair {
                electronic: "2002-3839".to_owned(),
                print: "1404-6091".to_owned()
            }]
        );
        let mut backwards = records;
        backwards.reverse();
        assert_eq!(learned(&backwards), profile);
    }

    #[test]
    fn derivation_changes_with_every_input() {
        let context = SourceContext {
            name: "cac".to_owned(),
            ..SourceContext::default()
        };
        let mut other = context.clone();
        assert_eq!(derivation(&context), derivation(&other));
        other.profile.journal_titles.push(JournalTitle {
            title: "X".to_owned(),
            lang: None,
        });
        assert_ne!(derivation(&context), derivation(&other));
        assert_eq!(derivation(&context).len(), 64);
    }
}
