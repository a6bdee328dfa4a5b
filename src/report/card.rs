//! A report card for the editors of a journal: what share of articles has what readers and services look for, which
//! articles lack it, and how to put it right.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::article::{Article, Code, LinkRel, Severity};
use crate::oai::Software;
use crate::report::collection_stats::cut;
use crate::report::subject::Subject;
use crate::report::{advice, code_name, codes};
use crate::values::Doi;

/// Articles that are named for each subject and each finding.
const NAMED: usize = 10;

/// A predicate on articles.
type Has = fn(&Article) -> bool;

/// The fields on the card, in its order.
const SUBJECTS: [(Subject, Has); 9] = [
    (Subject::Doi, |a| a.doi.is_some()),
    (Subject::Orcid, |a| {
        a.contributors.iter().any(|c| c.orcid.is_some())
    }),
    (Subject::Affiliation, |a| {
        a.contributors.iter().any(|c| !c.affiliations.is_empty())
    }),
    (Subject::Abstract, |a| !a.abstracts.is_empty()),
    (Subject::License, |a| a.license.is_some()),
    (Subject::Language, |a| a.language.is_some()),
    (Subject::References, |a| !a.references.is_empty()),
    (Subject::Keywords, |a| !a.keywords.is_empty()),
    (Subject::FullText, |a| {
        a.links.iter().any(|link| link.rel == LinkRel::Fulltext)
    }),
];

/// Returns whether a metadata format has no place for a field, by the names that fields and prefixes go by.
pub fn cannot_hold(prefix: &str, field: &str) -> bool {
    let prefix = prefix.to_ascii_lowercase();
    let is_jats = prefix.contains("jats") || prefix == "nlm";
    let is_rich = is_jats || prefix.contains("marc") || prefix.contains("mods");
    match field {
        "ORCID" | "affiliation" => !is_rich,
        // OpenAIRE's profile of JATS has no reference list.
        "references" => !is_jats || prefix.contains("openaire"),
        _ => false,
    }
}

/// Returns the formats that were harvested when none of them has a place for a field: `oai_dc`.
pub fn not_in(prefixes: &[String], field: &str) -> Option<String> {
    let known: Vec<&str> = prefixes
        .iter()
        .map(String::as_str)
        .filter(|prefix| *prefix != crate::normalize::LANDING_PAGE)
        .collect();
    let none_can = !known.is_empty() && known.iter().all(|prefix| cannot_hold(prefix, field));
    let fetches_pages = known.len() < prefixes.len();
    (none_can && !fetches_pages).then(|| known.join(", "))
}

/// The report card of a source.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Card {
    /// Live articles.
    pub articles: u64,
    /// The subjects.
    pub subjects: Vec<SubjectShare>,
    /// Findings, the most serious first.
    pub findings: Vec<CardFinding>,
}

/// The number of articles that have a field.
#[derive(Clone, Debug, Serialize)]
pub struct SubjectShare {
    /// The field.
    pub subject: Subject,
    /// Articles that have it.
    pub articles: u64,
    /// The harvested formats, where they have no place for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub not_in: Option<String>,
    /// The advice, if an article lacks it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub advice: Option<String>,
    /// The first articles that lack it.
    pub lacking: Vec<NamedArticle>,
}

/// A kind of finding.
#[derive(Clone, Debug, Serialize)]
pub struct CardFinding {
    /// The code.
    pub code: String,
    /// The severity.
    pub severity: Severity,
    /// The meaning.
    pub meaning: String,
    /// Articles that have it.
    pub articles: u64,
    /// The advice.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub advice: Option<String>,
    /// The first articles.
    pub examples: Vec<FindingExample>,
}

/// An article with a finding.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct FindingExample {
    /// The article.
    #[serde(flatten)]
    pub article: NamedArticle,
    /// Field of the article.
    pub field: String,
    /// The value as received; a long one is cut.
    pub raw: String,
}

/// An article, as an editor finds it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub struct NamedArticle {
    /// The OAI identifier.
    pub identifier: String,
    /// The title, cut.
    pub title: String,
    /// The landing page.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// The number in Open Journal Systems.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub submission: Option<u64>,
}

impl NamedArticle {
    fn of(article: &Article) -> Self {
        let identifier = article.provenance.oai_identifier.clone();
        let landing = article
            .links
            .iter()
            .find(|link| link.rel == LinkRel::Landing)
            .map(|link| link.url.clone());
        let doi = article.doi.as_deref().and_then(Doi::bare);
        Self {
            title: article
                .titles
                .first()
                .map(|title| cut(&title.value))
                .unwrap_or_default(),
            url: landing
                .or_else(|| Some(doi?.url()))
                .filter(|url| url.starts_with("https://") || url.starts_with("http://")),
            submission: submission(&identifier),
            identifier,
        }
    }
}

/// Returns the number of a submission of Open Journal Systems: `oai:journal.example.org:article/1031`.
fn submission(identifier: &str) -> Option<u64> {
    let (_, number) = identifier.split_once(":article/")?;
    number.parse().ok()
}

/// A card that articles are shown to.
#[derive(Debug, Deserialize, Serialize)]
pub struct CardBuilder {
    articles: u64,
    subjects: [(u64, Vec<NamedArticle>); SUBJECTS.len()],
    findings: BTreeMap<Code, (u64, Vec<FindingExample>)>,
}

impl Default for CardBuilder {
    fn default() -> Self {
        Self {
            articles: 0,
            subjects: std::array::from_fn(|_| (0, Vec::new())),
            findings: BTreeMap::new(),
        }
    }
}

impl CardBuilder {
    /// Counts a live article.
    pub fn add_entry(&mut self, article: &Article) {
        self.articles += 1;
        for ((count, lacking), (_, has)) in self.subjects.iter_mut().zip(SUBJECTS) {
            if has(article) {
                *count += 1;
            } else if lacking.len() < NAMED {
                lacking.push(NamedArticle::of(article));
            }
        }
        let mut seen: Vec<Code> = Vec::new();
        for finding in &article.findings {
            // What is noted for completeness alone needs no editor.
            if finding.code.severity() == Severity::Info || seen.contains(&finding.code) {
                continue;
            }
            seen.push(finding.code);
            let (count, examples) = self.findings.entry(finding.code).or_default();
            *count += 1;
            if examples.len() < NAMED {
                examples.push(FindingExample {
                    article: NamedArticle::of(article),
                    field: finding.field.clone(),
                    raw: cut(&finding.raw),
                });
            }
        }
    }

    /// Adds the articles of another card, which come after those of this one.
    pub(super) fn add(&mut self, other: Self) {
        self.articles += other.articles;
        for ((count, lacking), (more, named)) in self.subjects.iter_mut().zip(other.subjects) {
            *count += more;
            let room = NAMED.saturating_sub(lacking.len());
            lacking.extend(named.into_iter().take(room));
        }
        for (code, (more, named)) in other.findings {
            let (count, examples) = self.findings.entry(code).or_default();
            *count += more;
            let room = NAMED.saturating_sub(examples.len());
            examples.extend(named.into_iter().take(room));
        }
    }

    /// Returns the card of a source with this software, harvested in these formats.
    pub fn finish(self, software: Option<&Software>, prefixes: &[String]) -> Card {
        let articles = self.articles;
        let subjects = self
            .subjects
            .into_iter()
            .zip(SUBJECTS)
            .map(|((count, lacking), (subject, _))| SubjectShare {
                subject,
                articles: count,
                not_in: not_in(prefixes, subject.as_str()).filter(|_| count == 0),
                advice: (count < articles).then(|| advice::of_subject(subject, software)),
                lacking,
            })
            .collect();
        let meanings = codes();
        let mut findings: Vec<CardFinding> = self
            .findings
            .into_iter()
            .map(|(code, (count, examples))| {
                let name = code_name(code);
                let meaning = meanings.iter().find(|info| info.code == name);
                CardFinding {
                    severity: code.severity(),
                    meaning: meaning.map(|info| info.meaning.clone()).unwrap_or_default(),
                    advice: advice::of_code(code, software),
                    code: name,
                    articles: count,
                    examples,
                }
            })
            .collect();
        findings.sort_by_key(|finding| (finding.severity, std::cmp::Reverse(finding.articles)));
        Card {
            articles,
            subjects,
            findings,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::article::Provenance;

    fn article(number: u32) -> Article {
        let provenance = Provenance {
            oai_identifier: format!("oai:ojs.example.org:article/{number}"),
            ..Provenance::default()
        };
        Article::new("x".to_owned(), provenance)
    }

    #[test]
    fn shares_name_the_articles_that_lack_something() {
        let mut builder = CardBuilder::default();
        for number in 1..=3 {
            let mut article = article(number);
            article.doi = (number != 2).then(|| "10.1234/a".to_owned());
            builder.add_entry(&article);
        }
        let card = builder.finish(None, &["oai_dc".to_owned()]);
        let doi = &card.subjects[0];
        assert_eq!((card.articles, doi.articles), (3, 2));
        assert_eq!(doi.lacking[0].submission, Some(2));
        assert!(doi.advice.is_some());
    }

    #[rstest::rstest]
    #[case(&["oai_dc"], "ORCID", Some("oai_dc"))]
    #[case(&["oai_dc", "rfc1807"], "affiliation", Some("oai_dc, rfc1807"))]
    #[case(&["oai_dc", "marcxml"], "ORCID", None)]
    #[case(&["oai_dc", "marcxml"], "references", Some("oai_dc, marcxml"))]
    #[case(&["oai_dc", "jats"], "references", None)]
    #[case(&["oai_dc"], "abstract", None)]
    #[case(&["oai_dc", crate::normalize::LANDING_PAGE], "ORCID", None)]
    #[case(&[], "ORCID", None)]
    fn formats_without_a_place_are_named(
        #[case] prefixes: &[&str],
        #[case] field: &str,
        #[case] expected: Option<&str>,
    ) {
        let prefixes: Vec<String> = prefixes.iter().map(ToString::to_string).collect();
        assert_eq!(not_in(&prefixes, field).as_deref(), expected);
    }
}
