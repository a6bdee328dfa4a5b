//! Which entries of a collection are exported.

use super::named_values;
use crate::article::{
    Article, Deletion, Entry, Journal, License, LinkRel, Provenance, Role, Status,
};
use crate::export::fields;
use crate::normalize::language;
use crate::values::SetSpec;

/// Conditions on entries. Every list that is not empty has to have a value that fits.
///
/// A deletion has few fields: one whose answer is not known passes, since the receiver of the article has to learn of
/// it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// setSpecs; a set has its subsets in it (`cac` has `cac:ART`).
    pub sets: Vec<String>,
    /// Languages of the text, as BCP 47 tags or ISO 639 codes; a language has its varieties in it.
    pub languages: Vec<String>,
    /// Published in this year or later. An article without a date is not.
    pub from_year: Option<i32>,
    /// Ids of articles, or OAI identifiers.
    pub ids: Vec<String>,
    /// DOIs, bare or as addresses.
    pub dois: Vec<String>,
    /// Published in this year or earlier. An article without a date is not.
    pub to_year: Option<i32>,
    /// The journal, and the place in it.
    pub journal: JournalFilter,
    /// Licences: a name such as `CC BY`, any version with it, or the beginning of an address.
    pub licenses: Vec<String>,
    /// Kinds of work: a label or an address of the COAR Resource Types.
    pub types: Vec<String>,
    /// The fields an article must have, all of them.
    pub has: Vec<Has>,
    /// Live or deleted.
    pub status: Option<Status>,
}

/// Conditions on the journal of an article and its place in it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct JournalFilter {
    /// Titles, in any of their languages.
    pub titles: Vec<String>,
    /// ISSNs.
    pub issns: Vec<String>,
    /// Volumes, as printed.
    pub volumes: Vec<String>,
    /// Issue numbers, as printed.
    pub issues: Vec<String>,
}

named_values! {
    /// Something that an article may have.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub enum Has {
        Doi = "doi", "A DOI";
        Abstract = "abstract", "An abstract";
        Fulltext = "fulltext", "A URL of the full text";
        Orcid = "orcid", "An author with an ORCID iD";
    }
}

impl Has {
    fn is_met(self, article: &Article) -> bool {
        match self {
            Self::Doi => fields::doi(article).is_some(),
            Self::Abstract => fields::main_abstract(article).is_some(),
            Self::Fulltext => !fields::links(article, LinkRel::Fulltext).is_empty(),
            Self::Orcid => article
                .contributors
                .iter()
                .any(|one| one.role == Role::Author && fields::orcid(one).is_some()),
        }
    }
}

impl JournalFilter {
    fn has(&self, journal: &Journal) -> bool {
        let fold = |title: &str| title.trim().to_lowercase();
        let titles = || {
            let stated = journal.titles.iter().map(|title| &title.value);
            journal.title.iter().chain(stated).map(|title| fold(title))
        };
        let is_titled = |wanted: &String| titles().any(|title| title == fold(wanted));
        let has_issn = |wanted: &String| {
            let wanted = wanted.trim().to_ascii_uppercase();
            fields::issns(journal)
                .into_iter()
                .any(|issn| issn == wanted)
        };
        (self.titles.is_empty() || self.titles.iter().any(is_titled))
            && (self.issns.is_empty() || self.issns.iter().any(has_issn))
    }
}

impl Filter {
    /// Returns whether every entry passes.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Returns whether every live article passes.
    pub(super) fn passes_live(&self) -> bool {
        let mut rest = self.clone();
        rest.status = None;
        rest.is_empty() && self.status != Some(Status::Deleted)
    }

    /// The entry, if it passes. Among changes, an article that is not of the kind requested (it may have been before)
    /// comes as a deletion; one that is not among those named by id or DOI does not come at all.
    pub fn apply(&self, entry: Entry, changes: bool) -> Option<Entry> {
        if !self.is_named(&entry) {
            return None;
        }
        let entry = match entry {
            Entry::Live(article) if !self.is_of_kind(&article) => {
                changes.then(|| Entry::Deleted(Deletion::new(article.id, article.provenance)))?
            }
            Entry::Deleted(deletion) if !changes && !self.has_set(&deletion.provenance) => {
                return None;
            }
            other => other,
        };
        self.status
            .is_none_or(|status| status == entry.status())
            .then_some(entry)
    }

    fn is_named(&self, entry: &Entry) -> bool {
        let id = |id: &String| *id == entry.id() || *id == entry.provenance().oai_identifier;
        let doi = || match entry {
            Entry::Live(article) => {
                let doi = article.doi.as_deref().unwrap_or_default();
                self.dois
                    .iter()
                    .any(|wanted| bare_doi(wanted).eq_ignore_ascii_case(doi))
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
            && self
                .from_year
                .is_none_or(|year| fields::date(article).is_some_and(|date| date.year >= year))
            && self
                .to_year
                .is_none_or(|year| fields::date(article).is_some_and(|date| date.year <= year))
            && self.journal.has(&article.journal)
            && self.has_license(article.license.as_ref())
            && self.has_type(article)
            && self.has.iter().all(|has| has.is_met(article))
            && among(&self.journal.volumes, &article.volume)
            && among(&self.journal.issues, &article.issue)
    }

    fn has_license(&self, license: Option<&License>) -> bool {
        if self.licenses.is_empty() {
            return true;
        }
        // `CC-BY-4.0` is SPDX for `CC BY 4.0`.
        let fold = |text: &str| text.trim().to_lowercase().replace(['-', '_'], " ");
        let Some(license) = license else { return false };
        let name = license.name.as_deref().map(fold).unwrap_or_default();
        let url = license.url.as_deref().unwrap_or_default();
        self.licenses.iter().any(|wanted| {
            let is_version = |rest: &str| {
                rest.is_empty()
                    || rest
                        .strip_prefix(' ')
                        .is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()))
            };
            let named = name.strip_prefix(&fold(wanted)).is_some_and(is_version);
            named || wanted.contains("://") && same_address(url).starts_with(same_address(wanted))
        })
    }

    fn has_type(&self, article: &Article) -> bool {
        let Some(kind) = &article.resource_type else {
            return self.types.is_empty();
        };
        let is_kind = |wanted: &String| {
            let wanted = wanted.trim();
            wanted.eq_ignore_ascii_case(&kind.label) || wanted == kind.uri
        };
        self.types.is_empty() || self.types.iter().any(is_kind)
    }

    fn has_set(&self, provenance: &Provenance) -> bool {
        self.sets.is_empty()
            || self
                .sets
                .iter()
                .any(|one| provenance.sets.iter().any(|set| SetSpec::holds(one, set)))
    }

    fn has_language(&self, tag: Option<&str>) -> bool {
        if self.languages.is_empty() {
            return true;
        }
        let Some(tag) = tag.map(str::to_ascii_lowercase) else {
            return false;
        };
        self.languages.iter().any(|wanted| {
            let wanted = language::bcp47(wanted)
                .unwrap_or_else(|| wanted.clone())
                .to_ascii_lowercase();
            tag.strip_prefix(&wanted)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
        })
    }
}

/// An address without its scheme.
fn same_address(url: &str) -> &str {
    url.trim().split_once("://").map_or(url, |(_, rest)| rest)
}

/// `10.…` of an address or a labelled DOI.
fn bare_doi(doi: &str) -> &str {
    doi.find("10.").map_or(doi, |at| &doi[at..])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn article() -> Entry {
        let provenance = Provenance {
            oai_identifier: "oai:h:1".to_owned(),
            sets: vec!["cac:RP".to_owned()],
            ..Provenance::default()
        };
        let mut article = Article::new("id-1".to_owned(), provenance);
        article.language = Some("en-GB".to_owned());
        article.issue_year = Some(2004);
        (article.volume, article.issue) = (Some("5".to_owned()), Some("1-2".to_owned()));
        article.doi = Some("10.1234/abc".to_owned());
        Entry::Live(Box::new(article))
    }

    fn deletion() -> Entry {
        let Entry::Live(article) = article() else {
            unreachable!()
        };
        Entry::Deleted(Deletion::new(article.id, article.provenance))
    }

    fn strings(values: &[&str]) -> Vec<String> {
        values.iter().map(|&value| value.to_owned()).collect()
    }

    /// Pairs of a filter that fits and one that does not.
    fn pairs() -> Vec<(Filter, Filter)> {
        let make = |change: &dyn Fn(&mut Filter)| {
            let mut filter = Filter::default();
            change(&mut filter);
            filter
        };
        vec![
            (
                make(&|f| f.sets = strings(&["x", "cac"])),
                make(&|f| f.sets = strings(&["ca", "cac:R", "cac:RP:x"])),
            ),
            (
                make(&|f| f.languages = strings(&["eng"])),
                make(&|f| f.languages = strings(&["en-US", "de"])),
            ),
            (
                make(&|f| f.from_year = Some(2004)),
                make(&|f| f.from_year = Some(2005)),
            ),
            (
                make(&|f| f.journal.volumes = strings(&["4", " 5"])),
                make(&|f| f.journal.volumes = strings(&["05"])),
            ),
            (
                make(&|f| f.journal.issues = strings(&["1-2"])),
                make(&|f| f.journal.issues = strings(&["1", "2"])),
            ),
        ]
    }

    #[test]
    fn an_article_passes_what_it_fits() {
        for (fits, fits_not) in pairs() {
            assert_eq!(fits.apply(article(), false), Some(article()), "{fits:?}");
            assert_eq!(fits_not.apply(article(), false), None, "{fits_not:?}");
            // Among changes it may have fitted before.
            assert_eq!(
                fits_not.apply(article(), true),
                Some(deletion()),
                "{fits_not:?}"
            );
        }
    }

    #[test]
    fn a_deletion_passes_what_it_cannot_tell() {
        for (fits, fits_not) in pairs() {
            assert_eq!(fits.apply(deletion(), false), Some(deletion()), "{fits:?}");
            let told = fits_not.sets.is_empty();
            assert_eq!(
                fits_not.apply(deletion(), false).is_some(),
                told,
                "{fits_not:?}"
            );
            assert_eq!(
                fits_not.apply(deletion(), true),
                Some(deletion()),
                "{fits_not:?}"
            );
        }
    }

    #[test]
    fn named_articles_are_exported_alone() {
        for (ids, dois, found) in [
            (&["id-1"][..], &[][..], true),
            (&["oai:h:1"], &[], true),
            (&["oai:h:2"], &[], false),
            (&[], &["https://doi.org/10.1234/ABC"], true),
            (&[], &["10.1234/abcd"], false),
            (&["id-1"], &["10.1234/abcd"], false),
        ] {
            let filter = Filter {
                ids: strings(ids),
                dois: strings(dois),
                ..Filter::default()
            };
            for changes in [false, true] {
                assert_eq!(
                    filter.apply(article(), changes).is_some(),
                    found,
                    "{filter:?}"
                );
            }
        }
    }

    #[test]
    fn status_is_that_of_what_comes_out() {
        let live = Filter {
            status: Some(Status::Live),
            ..Filter::default()
        };
        let deleted = Filter {
            status: Some(Status::Deleted),
            ..Filter::default()
        };
        assert!(live.apply(article(), true).is_some() && live.apply(deletion(), true).is_none());
        assert!(
            deleted.apply(article(), true).is_none() && deleted.apply(deletion(), true).is_some()
        );
    }
}
