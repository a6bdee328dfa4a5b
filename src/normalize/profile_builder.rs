//! Learning the profile of a source from its records.

use std::collections::BTreeMap;

use serde::Serialize;
use xxhash_rust::xxh3::xxh3_64;

use super::citation_head::before_issue;
use super::context::{Item, SourceContext, is_html};
use super::profile::{IssnPair, JournalTitle, Profile};
use super::software::{self, Sign};
use super::{language, resource_type, text};
use crate::metadata::oai_dc::{self, Dc};
use crate::values::Issn;

/// Journals of one source, by title and language.
const MAX_TITLES: usize = 2_000;
/// Candidates kept while learning.
const MAX_CANDIDATES: usize = 20_000;
/// Bytes of a title.
const MAX_TITLE: usize = 500;

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
            if is_html(record, metadata) {
                continue;
            }
            if let Some(dc) = oai_dc::read(metadata) {
                self.see_dublin_core(&item.identifier, &record.record.header.set_specs, &dc);
            }
        }
    }

    fn see_dublin_core(&mut self, oai_identifier: &str, sets: &[String], dc: &Dc<'_>) {
        self.records += 1;
        let signs = software::signs(oai_identifier, sets, dc);
        for sign in &signs {
            *self.signs.entry(*sign).or_insert(0) += 1;
        }
        self.see_lone_texts(dc);
        let mut issns = Vec::new();
        for element in dc.named("source") {
            if let Some(issn) = Issn::parse(element.value.trim()) {
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
                electronic: electronic.to_string(),
                print: print.to_string(),
            });
        }
    }

    fn see_lone_texts(&mut self, dc: &Dc<'_>) {
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

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;
    use crate::normalize::context::derivation;

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

    fn dc(sources: &[&str]) -> Dc<'static> {
        let elements = sources.iter().map(|value| oai_dc::Element {
            name: "source".into(),
            value: (*value).to_owned().into(),
            ..oai_dc::Element::default()
        });
        Dc {
            elements: elements.collect(),
            unread: None,
        }
    }

    fn learned(records: &[Dc<'_>]) -> Profile {
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
