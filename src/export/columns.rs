//! The columns of CSV and the flat fields of JSON Lines: one table, in the order they are written.
//!
//! The flat names are those of VuFind's Solr schema; fields that it has no name for end in the suffixes of its dynamic
//! fields (`_str`, `_str_mv`, `_txt_mv`).

use std::collections::BTreeSet;

use super::fields::{self, Name};
use super::inline_markup;
use crate::article::{
    Article, Contributor, Deletion, Entry, Finding, LinkRel, Pages, Provenance, Role, Scheme,
    Status,
};
use crate::values::LanguageTag;

/// The value of a column.
pub(super) enum Value {
    /// One value or none.
    One(Option<String>),
    /// One value or none, which the flat form has as a list.
    Single(Option<String>),
    /// Several values.
    Many(Vec<String>),
    /// A value for each author, blank if there is none.
    PerAuthor(Vec<String>),
}

use Value::{Many, One, PerAuthor, Single};

/// A column: its names, and its value of an article. Its value of a deletion is what the two have in common.
#[derive(Debug)]
pub(super) struct Column {
    /// Name in CSV; blank where CSV lacks it.
    pub(super) csv: &'static str,
    /// Name among the flat fields; blank where they lack it.
    pub(super) flat: &'static str,
    of_article: fn(&Article) -> Value,
    of_deletion: Option<fn(&Deletion) -> Value>,
}

impl Column {
    const fn new(csv: &'static str, flat: &'static str, of_article: fn(&Article) -> Value) -> Self {
        Self {
            csv,
            flat,
            of_article,
            of_deletion: None,
        }
    }

    const fn of_deletions(mut self, of_deletion: fn(&Deletion) -> Value) -> Self {
        self.of_deletion = Some(of_deletion);
        self
    }

    /// Returns the value of an entry; `None` where a deletion has none.
    pub(super) fn of(&self, entry: &Entry) -> Option<Value> {
        match entry {
            Entry::Live(article) => Some((self.of_article)(article)),
            Entry::Deleted(deletion) => self.of_deletion.map(|of| of(deletion)),
        }
    }
}

/// The columns.
pub(super) const COLUMNS: &[Column] = &[
    Column::new("id", "id", |a| text(&a.id)).of_deletions(|d| text(&d.id)),
    Column::new("", "record_format", |_| text("article")),
    Column::new("status", "status_str", |a| status(a.status)).of_deletions(|d| status(d.status)),
    Column::new("doi", "doi_str_mv", |a| {
        Single(fields::doi(a).map(String::from))
    }),
    Column::new("type", "", |a| One(fields::type_label(a))),
    Column::new("language", "", |a| opt(a.language.as_deref())),
    Column::new("", "language", |a| {
        Single(a.language.as_deref().and_then(language_name))
    }),
    Column::new("title", "title", |a| One(titles(a).into_iter().next())),
    Column::new("", "title_short", |a| One(title_part(a, |(main, _)| main))),
    Column::new("", "title_sub", |a| {
        One(title_part(a, |(_, subtitle)| subtitle))
    }),
    Column::new("", "title_full", |a| One(titles(a).into_iter().next())),
    Column::new("", "title_sort", |a| {
        One(titles(a).first().map(|title| title.to_lowercase()))
    }),
    Column::new("other_titles", "title_alt", |a| {
        Many(titles(a).into_iter().skip(1).collect())
    }),
    Column::new("authors", "", |a| Many(names(a, &[Role::Author]))),
    Column::new("orcids", "", |a| {
        PerAuthor(
            authors(a)
                .map(|author| orcid(author).unwrap_or_default())
                .collect(),
        )
    }),
    Column::new("affiliations", "", |a| {
        PerAuthor(
            authors(a)
                .map(|author| fields::affiliations(author).join("; "))
                .collect(),
        )
    }),
    Column::new("editors", "", |a| Many(names(a, &[Role::Editor]))),
    Column::new("other_contributors", "", |a| {
        Many(names(a, &fields::OTHER_ROLES))
    }),
    Column::new("", "author", |a| Many(creators(a, Kind::Author))),
    Column::new("", "author_corporate", |a| Many(creators(a, Kind::Body))),
    Column::new("", "author2", |a| Many(creators(a, Kind::Other))),
    Column::new("", "author_sort", |a| {
        let first = creators(a, Kind::Author).into_iter().next();
        let first = first.or_else(|| creators(a, Kind::Body).into_iter().next());
        One(first.map(|name| name.to_lowercase()))
    }),
    Column::new("", "author_variant", |a| {
        Many(variants(a, |role| role == Role::Author))
    }),
    Column::new("", "author2_variant", |a| {
        Many(variants(a, |role| role != Role::Author))
    }),
    Column::new("", "author_id_str_mv", |a| {
        Many(
            a.contributors
                .iter()
                .filter_map(fields::orcid)
                .map(String::from)
                .collect(),
        )
    }),
    Column::new("", "format", |_| Single(Some("Article".to_owned()))),
    Column::new("abstract", "description", |a| {
        One(fields::main_abstract(a).map(|paragraphs| paragraphs.join(" ")))
    }),
    Column::new("keywords", "topic", |a| Many(fields::keywords(a))),
    Column::new("", "topic_facet", |a| Many(fields::keywords(a))),
    Column::new("journal", "container_title", |a| {
        One(fields::journal_title(&a.journal))
    }),
    Column::new("journal_abbreviation", "", |a| {
        opt(a.journal.abbreviation.as_deref())
    }),
    Column::new("issn_print", "", |a| opt(a.journal.issn_print.as_deref())),
    Column::new("issn_electronic", "", |a| {
        opt(a.journal.issn_electronic.as_deref())
    }),
    Column::new("issn_unknown", "", |a| {
        Many(
            a.journal
                .issn_unknown
                .iter()
                .filter_map(|issn| fields::text(issn))
                .collect(),
        )
    }),
    Column::new("", "issn", |a| {
        Many(
            fields::issns(&a.journal)
                .into_iter()
                .map(str::to_owned)
                .collect(),
        )
    }),
    Column::new("", "isbn", |a| Many(fields::identifiers(a, Scheme::Isbn))),
    Column::new("publisher", "publisher", |a| {
        Single(fields::opt(a.journal.publisher.as_deref()))
    }),
    Column::new("publisher_place", "", |a| {
        opt(a.journal.publisher_place.as_deref())
    }),
    Column::new("section", "section_str", |a| opt(a.section.as_deref())),
    Column::new("volume", "container_volume", |a| opt(a.volume.as_deref())),
    Column::new("issue", "container_issue", |a| opt(a.issue.as_deref())),
    Column::new("issue_title", "", |a| opt(a.issue_title.as_deref())),
    Column::new("issue_year", "", |a| {
        One(a.issue_year.map(|year| year.to_string()))
    }),
    Column::new("pages", "", |a| page(a, |pages| Some(&pages.raw))),
    Column::new("first_page", "", |a| page(a, |pages| pages.first.as_ref())),
    Column::new("last_page", "", |a| page(a, |pages| pages.last.as_ref())),
    Column::new("elocation_id", "", |a| {
        page(a, |pages| pages.elocation_id.as_ref())
    }),
    Column::new("", "container_start_page", |a| One(fields::pages(a).0)),
    Column::new("", "container_reference", |a| One(reference(a))),
    Column::new("published", "", |a| {
        opt(a.published.as_ref().map(|date| date.date.as_str()))
    }),
    Column::new("", "publishDate", |a| Single(year(a))),
    Column::new("", "publishDateSort", |a| One(year(a))),
    Column::new("", "published_str", |a| {
        One(fields::date(a).map(fields::Date::iso))
    }),
    Column::new("landing_url", "", |a| One(fields::landing(a))),
    Column::new("fulltext_urls", "", |a| Many(urls(a, &[LinkRel::Fulltext]))),
    Column::new("", "url", |a| {
        Many(urls(a, &[LinkRel::Landing, LinkRel::Fulltext]))
    }),
    Column::new("license_url", "license_str", |a| {
        opt(a
            .license
            .as_ref()
            .and_then(|license| license.url.as_deref()))
    }),
    Column::new("copyright", "", |a| {
        opt(a
            .copyright
            .as_ref()
            .and_then(|copyright| copyright.statement.as_deref()))
    }),
    Column::new("funders", "", |a| {
        Many(
            a.funding
                .iter()
                .filter_map(|funding| fields::text(&funding.name))
                .collect(),
        )
    }),
    Column::new("references", "", |a| {
        let plain = a
            .references
            .iter()
            .map(|reference| inline_markup::plain(&reference.raw));
        Many(
            plain
                .filter_map(|reference| fields::text(&reference))
                .collect(),
        )
    }),
    Column::new("findings", "", |a| Many(codes(a).into_iter().collect())),
    Column::new("source", "collection", |a| source(&a.provenance))
        .of_deletions(|d| source(&d.provenance)),
    Column::new("oai_identifier", "oai_identifier_str", |a| {
        text(&a.provenance.oai_identifier)
    })
    .of_deletions(|d| text(&d.provenance.oai_identifier)),
    Column::new("datestamp", "oai_datestamp_str", |a| {
        text(&a.provenance.datestamp)
    })
    .of_deletions(|d| text(&d.provenance.datestamp)),
    Column::new("", "oai_set_str_mv", |a| sets(&a.provenance))
        .of_deletions(|d| sets(&d.provenance)),
];

fn text(value: &str) -> Value {
    One(fields::text(value))
}

fn opt(value: Option<&str>) -> Value {
    One(fields::opt(value))
}

fn status(status: Status) -> Value {
    text(match status {
        Status::Live => "live",
        Status::Deleted => "deleted",
    })
}

fn source(provenance: &Provenance) -> Value {
    Single(fields::text(&provenance.source))
}

fn sets(provenance: &Provenance) -> Value {
    Many(
        provenance
            .sets
            .iter()
            .filter_map(|set| fields::text(set))
            .collect(),
    )
}

fn titles(article: &Article) -> Vec<String> {
    let titles = fields::titles(article).into_iter();
    titles
        .filter_map(|title| fields::text(&title.value))
        .collect()
}

fn title_part(article: &Article, part: fn((String, String)) -> String) -> Option<String> {
    let titles = fields::titles(article);
    fields::text(&part(fields::title_parts(titles.first()?)))
}

/// Returns the authors that have a name, as the column `authors` has them.
fn authors(article: &Article) -> impl Iterator<Item = &Contributor> {
    article
        .contributors
        .iter()
        .filter(|one| one.role == Role::Author && Name::of(one).is_some())
}

fn orcid(contributor: &Contributor) -> Option<String> {
    fields::orcid(contributor).map(String::from)
}

fn names(article: &Article, roles: &[Role]) -> Vec<String> {
    let names = fields::names(article, roles);
    names.into_iter().map(|(name, _)| name.inverted()).collect()
}

/// The way VuFind files a name.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Author,
    Body,
    Other,
}

fn creators(article: &Article, kind: Kind) -> Vec<String> {
    let roles = [&[Role::Author, Role::Editor][..], &fields::OTHER_ROLES].concat();
    let is_of_kind = |name: &Name, role| {
        kind == match (name, role) {
            (Name::Organization(_), _) => Kind::Body,
            (_, Role::Author) => Kind::Author,
            _ => Kind::Other,
        }
    };
    let names = fields::names(article, &roles).into_iter();
    names
        .filter(|(name, role)| is_of_kind(name, *role))
        .map(|(name, _)| name.inverted())
        .collect()
}

/// Names in other languages and scripts.
fn variants(article: &Article, is_wanted: fn(Role) -> bool) -> Vec<String> {
    let wanted = article
        .contributors
        .iter()
        .filter(|one| is_wanted(one.role));
    wanted
        .flat_map(fields::variants)
        .map(|(name, _)| name.inverted())
        .collect()
}

fn urls(article: &Article, rels: &[LinkRel]) -> Vec<String> {
    let links = rels.iter().flat_map(|rel| fields::links(article, *rel));
    links.map(|(url, _)| url).collect()
}

fn page(article: &Article, part: fn(&Pages) -> Option<&String>) -> Value {
    opt(article.pages.as_ref().and_then(part).map(String::as_str))
}

fn year(article: &Article) -> Option<String> {
    fields::date(article).map(|date| format!("{:04}", date.year))
}

/// Returns the codes of the article's findings, each once.
fn codes(article: &Article) -> BTreeSet<String> {
    let code = |finding: &Finding| {
        serde_json::to_value(finding.code)
            .ok()?
            .as_str()
            .map(str::to_owned)
    };
    article.findings.iter().filter_map(code).collect()
}

/// `Vol. 5, No. 6 (2004), p. 103-110`.
fn reference(article: &Article) -> Option<String> {
    let volume = fields::opt(article.volume.as_deref()).map(|volume| format!("Vol. {volume}"));
    let issue = fields::opt(article.issue.as_deref()).map(|issue| format!("No. {issue}"));
    let mut place = [volume, issue]
        .into_iter()
        .flatten()
        .collect::<Vec<_>>()
        .join(", ");
    if let Some(date) = fields::date(article) {
        let year = format!(
            "({:04})",
            article
                .issue_year
                .filter(|year| (1000..=9999).contains(year))
                .unwrap_or(date.year)
        );
        place = if place.is_empty() {
            year
        } else {
            format!("{place} {year}")
        };
    }
    let pages = fields::page_range(article).map(|pages| format!("p. {pages}"));
    let parts: Vec<String> = [(!place.is_empty()).then_some(place), pages]
        .into_iter()
        .flatten()
        .collect();
    (!parts.is_empty()).then(|| parts.join(", "))
}

/// English name of a language, which is what that schema facets by; the tag if there is none.
pub(crate) fn language_name(tag: &str) -> Option<String> {
    let primary = LanguageTag::primary_of(tag).to_ascii_lowercase();
    let known =
        isolang::Language::from_639_1(&primary).or_else(|| isolang::Language::from_639_3(&primary));
    known
        .map(|language| language.to_name().to_owned())
        .or_else(|| fields::text(tag))
}
