//! One article from what several formats say of it.
//!
//! | field | taken from | why | the others |
//! |---|---|---|---|
//! | language | JATS, MODS; Dublin Core unless it had to be inferred; the page | an attribute of the article; in OJS Dublin Core names the languages of the galleys | a different one is a conflict |
//! | titles, abstracts | Dublin Core, language by language | it alone is in all languages | add languages and subtitles; replace a text that was cut, or whose words or paragraphs ran together |
//! | keywords | the first that has any | one list per language, never mixed | add languages |
//! | contributors | Dublin Core, unless a richer format has them all and more | it has the names in every language | give affiliations, ORCID iDs, roles and split names to the names they match |
//! | volume, issue, ISSN of a medium | JATS, MODS, then the record | elements of their own, where others run them together | fill; a different one is a conflict, but a volume written twice is not |
//! | section, references, abbreviation | JATS, MODS, the page | Dublin Core has them by chance | a different section is a conflict; references as printed before those in elements |
//! | pages | the page and Dublin Core, raw | JATS and MODS part them, and leave out what is not a plain range | fill; a different one is a conflict |
//! | published | the most precise of those that agree | a year is not a contradiction to its day | a different one is a conflict |
//! | journal, issue title and year, licence, copyright, DOI, type | Dublin Core first | it is in the article's language | fill what is missing; a different one is a conflict |
//! | identifiers, links, funding | all, each once | | name the media type of a link |
//!
//! Where Dublin Core does not speak, the order is JATS, MODS, MARC, RFC 1807, the landing page. A value that loses is a
//! finding or among `unmapped`, so it is not lost; differences in case, white space and punctuation, and a value
//! that the article has in another language, are none.

mod contributors;
mod links;
mod mergeable;
mod single;
mod texts;
mod unmapped;

use std::collections::{HashMap, HashSet};

use self::mergeable::{Mergeable, letters};
use self::unmapped::UniqueUnmapped;
use super::description::Kind;
use crate::article::{Article, Code, Finding, Funding, Pages, Provenance, ResourceType, Scheme};
use crate::normalize::description::Description;
use crate::normalize::dublin_core::{LanguageHint, same_language};
use crate::normalize::resource_type;
use crate::normalize::seen::Seen;

type Order = [Kind; 8];

/// The record's own values before derived ones.
const RECORD_FIRST: Order = [
    Kind::Native,
    Kind::DublinCore,
    Kind::Jats,
    Kind::Mods,
    Kind::Marc,
    Kind::Profile,
    Kind::Rfc1807,
    Kind::LandingPage,
];
/// Fields that JATS and MODS have elements for.
const STRUCTURED_FIRST: Order = [
    Kind::Native,
    Kind::Jats,
    Kind::Mods,
    Kind::Profile,
    Kind::DublinCore,
    Kind::Marc,
    Kind::Rfc1807,
    Kind::LandingPage,
];
/// Fields that Dublin Core has no element for.
const RICH_FIRST: Order = [
    Kind::Native,
    Kind::Jats,
    Kind::Mods,
    Kind::Profile,
    Kind::LandingPage,
    Kind::Marc,
    Kind::Rfc1807,
    Kind::DublinCore,
];
/// Pages as printed.
const AS_PRINTED_FIRST: Order = [
    Kind::LandingPage,
    Kind::Native,
    Kind::DublinCore,
    Kind::Jats,
    Kind::Mods,
    Kind::Profile,
    Kind::Marc,
    Kind::Rfc1807,
];
/// Statements of the article's language.
const LANGUAGE: Order = [
    Kind::Jats,
    Kind::Mods,
    Kind::Native,
    Kind::DublinCore,
    Kind::LandingPage,
    Kind::Marc,
    Kind::Profile,
    Kind::Rfc1807,
];

/// The article's language as the richer formats state it, for the reading of Dublin Core.
pub(crate) fn language_hint(richer: &[Option<Description>]) -> Option<LanguageHint> {
    LANGUAGE.into_iter().find_map(|kind| {
        let mut richer = richer.iter().flatten();
        let description = richer.find(|d| d.kind == kind && d.article.language.is_some())?;
        Some(LanguageHint {
            tag: description.article.language.clone()?,
            origin: description
                .article
                .provenance
                .fields
                .get("language")?
                .to_owned(),
            of_article: matches!(kind, Kind::Jats | Kind::Mods | Kind::Native),
        })
    })
}

/// Merges the descriptions. In which order the formats were fetched decides nothing: of one kind, the name
/// comes first that sorts first (`jats` before `oai_openaire_jats`).
pub(crate) fn merge(
    mut descriptions: Vec<Description>,
    id: String,
    provenance: Provenance,
) -> Article {
    if let [only] = descriptions.as_slice()
        && single::is_plain(only)
        && let Some(only) = descriptions.pop()
    {
        return single::article(only, id, provenance);
    }
    merge_all(descriptions, id, provenance)
}

fn merge_all(mut descriptions: Vec<Description>, id: String, provenance: Provenance) -> Article {
    let rank = |kind: Kind| RECORD_FIRST.iter().position(|known| *known == kind);
    descriptions.sort_by(|a, b| {
        rank(a.kind)
            .cmp(&rank(b.kind))
            .then_with(|| a.format.cmp(&b.format))
    });
    let mut merger = Merger {
        descriptions: &descriptions,
        article: Article::new(id, provenance),
        link_index: HashMap::new(),
        viewers: HashMap::new(),
        landing: None,
        findings: Seen::default(),
        relations: Seen::default(),
    };
    merger.language();
    merger.titles();
    merger.contributors();
    merger.abstracts();
    merger.keywords();
    merger.journal();
    merger.scalars();
    merger.collections();
    merger.article
}

struct Merger<'a> {
    descriptions: &'a [Description],
    article: Article,
    /// Places of links, by URL or galley.
    link_index: HashMap<String, usize>,
    /// Places of the viewers of galleys, by the galley.
    viewers: HashMap<String, usize>,
    /// Place of the landing page.
    landing: Option<usize>,
    findings: Seen,
    relations: Seen,
}

/// `scalar!(merger, "volume", OAI_FIRST, volume)`: the first value by precedence, the rest filed as conflicts.
macro_rules! scalar {
    ($merger:expr, $name:literal, $order:expr, $($path:ident).+) => {
        $merger.article.$($path).+ = $merger.scalar($name, $order, |article| article.$($path).+.as_ref())
    };
}

impl<'a> Merger<'a> {
    /// The descriptions in the order of precedence.
    fn ranked(&self, order: Order) -> impl Iterator<Item = &'a Description> + use<'a> {
        let descriptions = self.descriptions;
        order
            .into_iter()
            .flat_map(move |kind| descriptions.iter().filter(move |d| d.kind == kind))
    }

    fn scalar<T: Mergeable + 'a>(
        &mut self,
        name: &str,
        order: Order,
        get: impl Fn(&'a Article) -> Option<&'a T>,
    ) -> Option<T> {
        let mut stated: Vec<_> = self
            .ranked(order)
            .filter_map(|d| get(&d.article).map(|value| (d, value)))
            .collect();
        // what stands in for a value gives way to a value
        let stands_in = |d: &Description| {
            d.article
                .provenance
                .fields
                .get(name)
                .is_some_and(|origin| origin.starts_with("identify:"))
        };
        stated.sort_by_key(|(d, _)| stands_in(d));
        let (from, first) = *stated.first()?;
        self.set_origin(name, from);
        let mut value = first.clone();
        for (d, other) in &stated[1..] {
            if other.agrees(&value) {
                value.complete(other);
            } else if !stands_in(d) && !self.has(&other.shown()) {
                self.add_finding(Code::Conflict, name, &other.shown());
            }
        }
        Some(value)
    }

    /// Returns whether the value is kept somewhere: the same in another language is not a contradiction.
    fn has(&self, value: &str) -> bool {
        let wanted = letters(value);
        self.descriptions.iter().any(|d| {
            d.article
                .unmapped
                .iter()
                .any(|unmapped| letters(&unmapped.value) == wanted)
                || d.article
                    .journal
                    .titles
                    .iter()
                    .any(|title| letters(&title.value) == wanted)
        })
    }

    fn set_origin(&mut self, name: &str, description: &Description) {
        if let Some(origin) = description.article.provenance.fields.get(name) {
            let origins = &mut self.article.provenance.fields;
            origins.add(name, || origin.to_owned());
        }
    }

    fn add_finding(&mut self, code: Code, field: &str, raw: &str) {
        let finding = Finding::new(code, field, raw);
        self.findings.push(&mut self.article.findings, finding);
    }

    fn language(&mut self) {
        let inferred = |d: &Description| {
            d.article
                .findings
                .iter()
                .any(|f| f.code == Code::InferredLanguage)
        };
        let stated: Vec<(&Description, &String)> = self
            .ranked(LANGUAGE)
            .filter_map(|d| d.article.language.as_ref().map(|tag| (d, tag)))
            .collect();
        let Some((from, tag)) = stated.iter().find(|(d, _)| !inferred(d)).or(stated.first()) else {
            return;
        };
        // A finer tag of the same language stands in the texts.
        let texts = self
            .ranked(RECORD_FIRST)
            .filter_map(|d| d.article.language.as_ref());
        let tag = texts
            .into_iter()
            .find(|other| same_language(other, tag))
            .unwrap_or(tag);
        self.set_origin("language", from);
        self.article.language = Some(tag.clone());
        for (_, other) in stated {
            if !same_language(other, tag) {
                self.add_finding(Code::Conflict, "language", other);
            }
        }
    }

    fn journal(&mut self) {
        scalar!(self, "journal.title", RECORD_FIRST, journal.title);
        scalar!(
            self,
            "journal.abbreviation",
            RICH_FIRST,
            journal.abbreviation
        );
        scalar!(
            self,
            "journal.issn_print",
            STRUCTURED_FIRST,
            journal.issn_print
        );
        scalar!(
            self,
            "journal.issn_electronic",
            STRUCTURED_FIRST,
            journal.issn_electronic
        );
        scalar!(self, "journal.publisher", RECORD_FIRST, journal.publisher);
        scalar!(
            self,
            "journal.publisher_place",
            RICH_FIRST,
            journal.publisher_place
        );
        scalar!(self, "journal.doi", RICH_FIRST, journal.doi);
        let mut issns = Seen::default();
        for description in self.ranked(RECORD_FIRST) {
            let journal = &mut self.article.journal;
            for title in &description.article.journal.titles {
                let known = journal
                    .titles
                    .iter()
                    .any(|known| known.value == title.value);
                if title.lang.is_some() || !known {
                    journal.add_title(title.lang.as_deref(), &title.value);
                }
            }
            for issn in &description.article.journal.issn_unknown {
                let known = [&journal.issn_print, &journal.issn_electronic]
                    .iter()
                    .any(|i| i.as_ref() == Some(issn));
                if !known {
                    issns.push(&mut journal.issn_unknown, issn.clone());
                }
            }
            self.set_origin("journal.issn_unknown", description);
        }
        if self.article.journal.issn_unknown.is_empty() {
            self.article
                .provenance
                .fields
                .remove("journal.issn_unknown");
        }
    }

    fn scalars(&mut self) {
        scalar!(self, "doi", RECORD_FIRST, doi);
        self.kind();
        scalar!(self, "section", RICH_FIRST, section);
        self.volume();
        scalar!(self, "issue", STRUCTURED_FIRST, issue);
        scalar!(self, "issue_title", RECORD_FIRST, issue_title);
        scalar!(self, "issue_year", RECORD_FIRST, issue_year);
        self.pages();
        scalar!(self, "license", RECORD_FIRST, license);
        scalar!(self, "copyright", RECORD_FIRST, copyright);
        scalar!(self, "published", RECORD_FIRST, published);
        if let Some(date) = self.article.published.clone() {
            let dates = self
                .ranked(RECORD_FIRST)
                .filter_map(|d| d.article.published.as_ref());
            let finer = dates
                .filter(|other| other.agrees(&date))
                .min_by_key(|date| date.precision);
            self.article.published = finer.cloned();
        }
    }

    /// A narrower kind is not a contradiction: `article` and `research article`.
    fn kind(&mut self) {
        let mut stated = self
            .ranked(RECORD_FIRST)
            .filter_map(|d| Some((d, d.article.resource_type.as_ref()?)));
        let Some((from, kind)) = stated.next() else {
            return;
        };
        let others: Vec<&ResourceType> = stated.map(|(_, other)| other).collect();
        self.set_origin("type", from);
        for other in others {
            if !resource_type::agree(kind, other) && !self.has(&other.raw) {
                self.add_finding(Code::Conflict, "type", &other.raw);
            }
        }
        self.article.resource_type = Some(kind.clone());
    }

    /// A plugin of OJS writes the number of the volume twice (`55`): another format's word decides.
    fn volume(&mut self) {
        let stated: Vec<(&Description, &String)> = self
            .ranked(STRUCTURED_FIRST)
            .filter_map(|d| Some((d, d.article.volume.as_ref()?)))
            .collect();
        let Some(&(first, volume)) = stated.first() else {
            return;
        };
        let doubled = |value: &str| {
            stated
                .iter()
                .any(|(_, half)| value == format!("{half}{half}"))
        };
        let (from, value) = stated
            .iter()
            .find(|(_, value)| !doubled(value))
            .copied()
            .unwrap_or((first, volume));
        self.set_origin("volume", from);
        for (_, other) in &stated {
            if doubled(other) {
                self.add_finding(Code::DuplicateValue, "volume", other);
            } else if !other.agrees(value) {
                self.add_finding(Code::Conflict, "volume", other);
            }
        }
        self.article.volume = Some(value.clone());
    }

    /// Pages as printed, before a range put together out of first and last.
    fn pages(&mut self) {
        let put_together = |d: &Description| {
            d.article
                .provenance
                .fields
                .get("pages")
                .is_some_and(|origin| {
                    [
                        "citation_firstpage",
                        ":fpage",
                        ":extent",
                        ":firstPage",
                        ":startPage",
                        "tartPage",
                        "773$q",
                    ]
                    .iter()
                    .any(|end| origin.ends_with(end))
                })
        };
        let mut stated: Vec<(&Description, &Pages)> = self
            .ranked(AS_PRINTED_FIRST)
            .filter_map(|d| Some((d, d.article.pages.as_ref()?)))
            .collect();
        stated.sort_by_key(|(d, _)| put_together(d));
        let Some(&(from, pages)) = stated.first() else {
            return;
        };
        self.set_origin("pages", from);
        for (_, other) in &stated {
            if !other.agrees(pages) {
                self.add_finding(Code::Conflict, "pages", &other.raw);
            }
        }
        self.article.pages = Some(pages.clone());
    }

    fn collections(&mut self) {
        let (mut identifiers, mut awards) = (Seen::default(), Seen::default());
        let mut funders: HashMap<String, usize> = HashMap::new();
        for description in self.ranked(RECORD_FIRST) {
            let from = &description.article;
            for identifier in &from.identifiers {
                let mut identifier = identifier.clone();
                // an article has one DOI; the conflict is noted where it was chosen
                if identifier.scheme == Scheme::Doi
                    && self.article.doi.as_ref() != Some(&identifier.value)
                {
                    identifier.scheme = Scheme::Other;
                }
                let known = &mut self.article.identifiers;
                if identifiers.push(known, identifier) {
                    self.set_origin("identifiers", description);
                }
            }
            self.related(description);
            for link in &from.links {
                self.link(link, description.kind);
                self.set_origin("links", description);
            }
            for funding in &from.funding {
                self.funding(funding, (&mut funders, &mut awards), description);
            }
        }
        self.references();
        self.findings();
        self.unmapped();
    }

    /// A funder: awards of one are put together where one format lacks them.
    fn funding(
        &mut self,
        funding: &Funding,
        (funders, awards): (&mut HashMap<String, usize>, &mut Seen),
        description: &Description,
    ) {
        let next = self.article.funding.len();
        let at = *funders.entry(letters(&funding.name)).or_insert(next);
        match self.article.funding.get_mut(at) {
            None => {
                self.article.funding.push(funding.clone());
                self.set_origin("funding", description);
            }
            Some(known) if known.award.is_none() || known.award == funding.award => {
                if known.award.is_none() {
                    known.award.clone_from(&funding.award);
                }
                if known.funder_id.is_none() {
                    known.funder_id.clone_from(&funding.funder_id);
                }
            }
            Some(known) if funding.award.is_some() && known.award != funding.award => {
                awards.push(&mut self.article.funding, funding.clone());
            }
            Some(_) => {}
        }
    }

    /// The values that no format has a field for, each once.
    fn unmapped(&mut self) {
        let mut unmapped = UniqueUnmapped::new(&self.article.links);
        // an abstract that one format cannot tell from notes, and another can
        let abstracts = self.article.abstracts.iter();
        let abstracts: HashSet<&str> = abstracts
            .filter(|_| self.descriptions.len() > 1)
            .map(|text| text.value.as_str())
            .collect();
        unmapped.kept = std::mem::take(&mut self.article.unmapped);
        for value in self.descriptions.iter().flat_map(|d| &d.article.unmapped) {
            if !abstracts.contains(value.value.as_str()) {
                unmapped.push(value.clone());
            }
        }
        self.article.unmapped = unmapped.kept;
    }

    /// Relations and steps of the history, each once.
    fn related(&mut self, description: &'a Description) {
        let from = &description.article;
        for relation in &from.relations {
            let known = &mut self.article.relations;
            if self.relations.push(known, relation.clone()) {
                self.set_origin("relations", description);
            }
        }
        for step in &from.history {
            let known = &self.article.history;
            // of each event the first date
            let of_event = known.iter().find(|known| known.event == step.event);
            match of_event {
                None => {
                    self.article.history.push(step.clone());
                    self.set_origin("history", description);
                }
                Some(known) if known != step => {
                    self.add_finding(Code::Conflict, "history", &step.date);
                }
                Some(_) => {}
            }
        }
    }

    fn references(&mut self) {
        let put_together = |d: &&Description| {
            d.article
                .provenance
                .fields
                .get("references")
                .is_some_and(|origin| origin.ends_with("element-citation"))
        };
        let mut stated: Vec<&Description> = self
            .ranked(RICH_FIRST)
            .filter(|d| !d.article.references.is_empty())
            .collect();
        stated.sort_by_key(put_together);
        if let Some(description) = stated.first() {
            self.article
                .references
                .clone_from(&description.article.references);
            self.set_origin("references", description);
        }
    }

    /// The findings of every format, the article's own last: they are about the whole. What another format
    /// settled, and repairs of a value that was not taken, are none.
    fn findings(&mut self) {
        let merged = std::mem::take(&mut self.article.findings);
        let (mut findings, mut seen): (Vec<Finding>, Seen) = (Vec::new(), Seen::default());
        let names = self.article.contributors.iter();
        let split = names.filter(|name| name.given.is_some() && name.family.is_some());
        let split: HashSet<String> = split.map(|name| name.raw.clone()).collect();
        for description in self.descriptions {
            for finding in &description.article.findings {
                if !self.is_settled(finding, description, &split) {
                    seen.push(&mut findings, finding.clone());
                }
            }
        }
        for finding in merged {
            seen.push(&mut findings, finding);
        }
        self.article.findings = findings;
    }

    fn is_settled(&self, finding: &Finding, from: &Description, split: &HashSet<String>) -> bool {
        let journal = &self.article.journal;
        match finding.code {
            Code::AmbiguousIssn => [&journal.issn_print, &journal.issn_electronic]
                .iter()
                .any(|issn| issn.as_ref() == Some(&finding.raw)),
            Code::UnsplitName => split.contains(&finding.raw),
            Code::DoubleEscaped
            | Code::MarkupRemoved
            | Code::GluedParagraphs
            | Code::TruncatedText
            | Code::EmptyValue
            | Code::DuplicateValue
            | Code::Placeholder
            | Code::UnparsedPages
            | Code::UnparsedSource => {
                let richer = !matches!(from.kind, Kind::DublinCore | Kind::LandingPage);
                let origin = self.article.provenance.fields.get(&finding.field);
                let taken = origin.is_none_or(|origin| {
                    origin
                        .split_once(':')
                        .is_some_and(|(format, _)| format == from.format)
                });
                richer && !taken
            }
            _ => false,
        }
    }
}
