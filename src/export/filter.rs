//! Which entries of a collection are exported.

use crate::article::{Article, Deletion, Entry, Provenance, Status};
use crate::export::pick;
use crate::normalize::language;

/// What an entry has to be. Every list that is not empty has to have a value that fits.
///
/// A deletion tells little: one whose answer is not known passes, since who received the article wants to hear of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// setSpecs; a set has its subsets in it (`cac` has `cac:ART`).
    pub sets: Vec<String>,
    /// Languages of the text, as BCP 47 tags or ISO 639 codes; a language has its varieties in it.
    pub languages: Vec<String>,
    /// Published in this year or later. An article without a date is not.
    pub from_year: Option<i32>,
    /// Volumes, as printed.
    pub volumes: Vec<String>,
    /// Issue numbers, as printed.
    pub issues: Vec<String>,
    /// Ids of articles, or OAI identifiers.
    pub ids: Vec<String>,
    /// DOIs, bare or as addresses.
    pub dois: Vec<String>,
    /// Live or deleted.
    pub status: Option<Status>,
}

impl Filter {
    /// Whether everything passes.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// The entry, if it passes. Among changes, an article that is not of the kind asked for (it may have been before)
    /// comes as a deletion; one that is not among those named by id or DOI does not come at all.
    pub fn apply(&self, entry: Entry, changes: bool) -> Option<Entry> {
        if !self.is_named(&entry) {
            return None;
        }
        let entry = match entry {
            Entry::Live(article) if !self.is_of_kind(&article) => {
                changes.then(|| Entry::Deleted(Deletion::new(article.id, article.provenance)))?
            }
            Entry::Deleted(deletion) if !changes && !self.has_set(&deletion.provenance) => return None,
            other => other,
        };
        self.status.is_none_or(|status| status == entry.status()).then_some(entry)
    }

    fn is_named(&self, entry: &Entry) -> bool {
        let id = |id: &String| *id == entry.id() || *id == entry.provenance().oai_identifier;
        let doi = || match entry {
            Entry::Live(article) => {
                let doi = article.doi.as_deref().unwrap_or_default();
                self.dois.iter().any(|wanted| bare_doi(wanted).eq_ignore_ascii_case(doi))
            }
            Entry::Deleted(_) => false,
        };
        (self.ids.is_empty() || self.ids.iter().any(id)) && (self.dois.is_empty() || doi())
    }

    fn is_of_kind(&self, article: &Article) -> bool {
        let among = |wanted: &[String], value: &Option<String>| {
            let value = value.as_deref().unwrap_or_default().trim();
            wanted.is_empty() || wanted.iter().any(|one| one.trim() == value)
        };
        self.has_set(&article.provenance)
            && self.has_language(article.language.as_deref())
            && self.from_year.is_none_or(|year| pick::date(article).is_some_and(|date| date.year >= year))
            && among(&self.volumes, &article.volume)
            && among(&self.issues, &article.issue)
    }

    fn has_set(&self, provenance: &Provenance) -> bool {
        let within = |set: &str, wanted: &str| {
            set.strip_prefix(wanted).is_some_and(|rest| rest.is_empty() || rest.starts_with(':'))
        };
        self.sets.is_empty() || self.sets.iter().any(|one| provenance.sets.iter().any(|set| within(set, one)))
    }

    fn has_language(&self, tag: Option<&str>) -> bool {
        if self.languages.is_empty() {
            return true;
        }
        let Some(tag) = tag.map(str::to_ascii_lowercase) else { return false };
        self.languages.iter().any(|wanted| {
            let wanted = language::bcp47(wanted).unwrap_or_else(|| wanted.clone()).to_ascii_lowercase();
            tag.strip_prefix(&wanted).is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
        })
    }
}

/// `10.…` of an address or a labelled DOI.
fn bare_doi(doi: &str) -> &str {
    doi.find("10.").map_or(doi, |at| &doi[at..])
}
