//! Flat fields by the names of VuFind's Solr schema: a value or an array of values each, nothing nested. Fields that
//! schema has no name for end in the suffixes of its dynamic fields (`_str`, `_str_mv`, `_txt_mv`).

use serde_json::{Map, Value};

use crate::article::{Article, Deletion, LinkRel, Provenance, Role, Scheme};
use crate::export::fields::{self, Name};
use crate::normalize::language;

/// Fields of a live article.
pub(super) fn live(article: &Article) -> Map<String, Value> {
    let mut out = Fields(Map::new());
    out.one("id", Some(article.id.clone()));
    out.one("record_format", Some("article".to_owned()));
    out.one("status_str", Some("live".to_owned()));
    titles(&mut out, article);
    people(&mut out, article);
    texts(&mut out, article);
    container(&mut out, article);
    addresses(&mut out, article);
    place(&mut out, &article.provenance);
    out.searchable();
    out.0
}

fn titles(out: &mut Fields, article: &Article) {
    let titles = fields::titles(article);
    if let Some(title) = titles.first() {
        let (main, subtitle) = fields::title_parts(title);
        out.one("title", fields::text(&title.value));
        out.one("title_short", Some(main));
        out.one("title_sub", fields::text(&subtitle));
        out.one("title_full", fields::text(&title.value));
        out.one(
            "title_sort",
            fields::text(&title.value).map(|title| title.to_lowercase()),
        );
    }
    out.many(
        "title_alt",
        titles
            .iter()
            .skip(1)
            .filter_map(|title| fields::text(&title.value)),
    );
}

/// Persons and bodies, their names in other scripts, and their ORCID iDs.
fn people(out: &mut Fields, article: &Article) {
    let (mut authors, mut bodies, mut others) = (Vec::new(), Vec::new(), Vec::new());
    for (name, role) in fields::names(
        article,
        &[
            [Role::Author, Role::Editor].as_slice(),
            fields::OTHER_ROLES.as_slice(),
        ]
        .concat(),
    ) {
        match (&name, role) {
            (Name::Organization(_), _) => bodies.push(name.inverted()),
            (_, Role::Author) => authors.push(name.inverted()),
            _ => others.push(name.inverted()),
        }
    }
    out.one(
        "author_sort",
        authors
            .first()
            .or(bodies.first())
            .map(|name| name.to_lowercase()),
    );
    out.many("author", authors);
    out.many("author_corporate", bodies);
    out.many("author2", others);
    let variants = |role: fn(Role) -> bool| -> Vec<String> {
        let wanted = article.contributors.iter().filter(|one| role(one.role));
        wanted
            .flat_map(fields::variants)
            .map(|(name, _)| name.inverted())
            .collect()
    };
    out.many("author_variant", variants(|role| role == Role::Author));
    out.many("author2_variant", variants(|role| role != Role::Author));
    out.many(
        "author_id_str_mv",
        article
            .contributors
            .iter()
            .filter_map(fields::orcid)
            .map(str::to_owned),
    );
}

/// What the article is about, and in which language.
fn texts(out: &mut Fields, article: &Article) {
    out.many("format", ["Article".to_owned()]);
    out.many(
        "language",
        article.language.as_deref().and_then(language_name),
    );
    out.many("topic", fields::keywords(article));
    out.many("topic_facet", fields::keywords(article));
    out.one(
        "description",
        fields::main_abstract(article).map(|paragraphs| paragraphs.join(" ")),
    );
    out.one("section_str", fields::opt(article.section.as_deref()));
}

/// The journal, and when and where in it the article was published.
fn container(out: &mut Fields, article: &Article) {
    let journal = &article.journal;
    out.many("publisher", fields::opt(journal.publisher.as_deref()));
    let date = fields::date(article);
    out.many("publishDate", date.map(|date| format!("{:04}", date.year)));
    out.one(
        "publishDateSort",
        date.map(|date| format!("{:04}", date.year)),
    );
    out.one("published_str", date.map(fields::Date::iso));
    out.many(
        "issn",
        fields::issns(journal).into_iter().map(str::to_owned),
    );
    out.many("isbn", fields::identifiers(article, Scheme::Isbn));
    out.one("container_title", fields::journal_title(journal));
    out.one("container_volume", fields::opt(article.volume.as_deref()));
    out.one("container_issue", fields::opt(article.issue.as_deref()));
    out.one("container_start_page", fields::pages(article).0);
    out.one("container_reference", reference(article));
}

/// The DOI, the addresses, and the licence.
fn addresses(out: &mut Fields, article: &Article) {
    out.many("doi_str_mv", fields::doi(article).map(str::to_owned));
    let links = [LinkRel::Landing, LinkRel::Fulltext]
        .into_iter()
        .flat_map(|rel| fields::links(article, rel));
    out.many("url", links.map(|(url, _)| url));
    out.one(
        "license_str",
        article
            .license
            .as_ref()
            .and_then(|license| fields::opt(license.url.as_deref())),
    );
}

/// Fields of a deletion: which, and where it was seen.
pub(super) fn deleted(deletion: &Deletion) -> Map<String, Value> {
    let mut out = Fields(Map::new());
    out.one("id", Some(deletion.id.clone()));
    out.one("status_str", Some("deleted".to_owned()));
    place(&mut out, &deletion.provenance);
    out.0
}

fn place(out: &mut Fields, provenance: &Provenance) {
    out.many("collection", fields::text(&provenance.source));
    out.one(
        "oai_identifier_str",
        fields::text(&provenance.oai_identifier),
    );
    out.one("oai_datestamp_str", fields::text(&provenance.datestamp));
    out.many(
        "oai_set_str_mv",
        provenance.sets.iter().filter_map(|set| fields::text(set)),
    );
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

/// English name of a language, which is what that schema facets by; the tag where there is none.
fn language_name(tag: &str) -> Option<String> {
    let primary = language::primary(tag).to_ascii_lowercase();
    let known =
        isolang::Language::from_639_1(&primary).or_else(|| isolang::Language::from_639_3(&primary));
    known
        .map(|language| language.to_name().to_owned())
        .or_else(|| fields::text(tag))
}

struct Fields(Map<String, Value>);

/// Fields whose words its search over everything shall find; its schema fills `allfields` from nothing but `format`.
const SEARCHABLE: [&str; 15] = [
    "title_full",
    "title_alt",
    "author",
    "author_corporate",
    "author2",
    "author_variant",
    "author2_variant",
    "topic",
    "description",
    "container_title",
    "container_reference",
    "publisher",
    "issn",
    "doi_str_mv",
    "section_str",
];

impl Fields {
    fn searchable(&mut self) {
        let found = SEARCHABLE.iter().filter_map(|name| self.0.get(*name));
        let texts = found.flat_map(|value| match value {
            Value::Array(values) => values.clone(),
            value => vec![value.clone()],
        });
        let all: Vec<Value> = texts.collect();
        self.0.insert("allfields".to_owned(), Value::Array(all));
    }

    fn one(&mut self, name: &str, value: Option<String>) {
        if let Some(value) = value {
            self.0.insert(name.to_owned(), Value::String(value));
        }
    }

    fn many(&mut self, name: &str, values: impl IntoIterator<Item = String>) {
        let values: Vec<Value> = values.into_iter().map(Value::String).collect();
        if !values.is_empty() {
            self.0.insert(name.to_owned(), Value::Array(values));
        }
    }
}
