//! CSV (RFC 4180): a header, then a row an article or deletion, for spreadsheets and data frames.
//!
//! Where a cell holds several values they are joined by ` | `; a bar within a value is doubled. Paragraphs of an
//! abstract are joined by a space. A deletion has its id, its status and where it came from.

use std::io::{self, Write};

use super::Format;
use super::{pick, styled};
use crate::article::{Article, Entry, LinkRel, Provenance, Role};

/// What stands between the values of a cell.
pub const SEPARATOR: &str = " | ";

/// Names of the columns.
const COLUMNS: [&str; 40] = [
    "id",
    "status",
    "doi",
    "type",
    "language",
    "title",
    "other_titles",
    "authors",
    "orcids",
    "affiliations",
    "editors",
    "other_contributors",
    "abstract",
    "keywords",
    "journal",
    "journal_abbreviation",
    "issn_print",
    "issn_electronic",
    "issn_unknown",
    "publisher",
    "section",
    "volume",
    "issue",
    "issue_title",
    "issue_year",
    "pages",
    "first_page",
    "last_page",
    "elocation_id",
    "published",
    "landing_url",
    "fulltext_urls",
    "license_url",
    "copyright",
    "funders",
    "references",
    "findings",
    "source",
    "oai_identifier",
    "datestamp",
];

/// The format `csv`.
#[derive(Clone, Copy, Debug, Default)]
pub struct Csv;

impl Format for Csv {
    fn name(&self) -> &'static str {
        "csv"
    }

    fn extension(&self) -> &'static str {
        "csv"
    }

    fn media_type(&self) -> &'static str {
        "text/csv"
    }

    fn head(&mut self, out: &mut dyn Write) -> io::Result<()> {
        row(out, COLUMNS.iter().map(|&column| column.to_owned()))
    }

    fn entry(&mut self, out: &mut dyn Write, entry: &Entry) -> io::Result<()> {
        let cells = match entry {
            Entry::Live(article) => live(article),
            Entry::Deleted(deletion) => {
                let mut cells = vec![String::new(); COLUMNS.len() - 3];
                cells[0].clone_from(&deletion.id);
                cells[1].push_str("deleted");
                cells.extend(place(&deletion.provenance));
                cells
            }
        };
        row(out, cells.into_iter())
    }

    fn file(&mut self, out: &mut dyn Write, article: &Article) -> io::Result<()> {
        self.head(out)?;
        row(out, live(article).into_iter())
    }
}

fn place(provenance: &Provenance) -> [String; 3] {
    [
        &provenance.source,
        &provenance.oai_identifier,
        &provenance.datestamp,
    ]
    .map(|value| clean(value))
}

fn clean(value: &str) -> String {
    pick::text(value).unwrap_or_default()
}

fn list(values: impl IntoIterator<Item = String>) -> String {
    let values = values
        .into_iter()
        .filter(|value| !value.is_empty())
        .map(|value| value.replace('|', "||"));
    values.collect::<Vec<_>>().join(SEPARATOR)
}

/// The cells of a row, in the order of the columns.
fn live(article: &Article) -> Vec<String> {
    let one = |value: &Option<String>| pick::opt(value.as_deref()).unwrap_or_default();
    let names = |roles: &[Role]| {
        list(
            pick::names(article, roles)
                .into_iter()
                .map(|(name, _)| name.inverted()),
        )
    };
    let journal = &article.journal;
    let titles: Vec<String> = pick::titles(article)
        .into_iter()
        .map(|title| clean(&title.value))
        .collect();
    let authors = || {
        article
            .contributors
            .iter()
            .filter(|one| one.role == Role::Author)
    };
    let mut affiliations: Vec<String> = authors().flat_map(pick::affiliations).collect();
    affiliations.sort();
    affiliations.dedup();
    let pages = article.pages.clone().unwrap_or_default();
    let license = article.license.as_ref();
    let copyright = article.copyright.as_ref();
    let mut codes: Vec<String> = article
        .findings
        .iter()
        .filter_map(|finding| {
            serde_json::to_value(finding.code)
                .ok()?
                .as_str()
                .map(str::to_owned)
        })
        .collect();
    codes.sort();
    codes.dedup();
    let mut cells = vec![
        article.id.clone(),
        "live".to_owned(),
        pick::doi(article).unwrap_or_default().to_owned(),
        pick::type_label(article).unwrap_or_default(),
        one(&article.language),
        titles.first().cloned().unwrap_or_default(),
        list(titles.into_iter().skip(1)),
        names(&[Role::Author]),
        list(
            authors()
                .filter_map(pick::orcid)
                .map(|orcid| format!("https://orcid.org/{orcid}")),
        ),
        list(affiliations),
        names(&[Role::Editor]),
        names(&pick::OTHER_ROLES),
        pick::main_abstract(article)
            .map(|paragraphs| paragraphs.join(" "))
            .unwrap_or_default(),
        list(pick::keywords(article)),
        pick::journal_title(journal).unwrap_or_default(),
        one(&journal.abbreviation),
        one(&journal.issn_print),
        one(&journal.issn_electronic),
        list(journal.issn_unknown.iter().map(|issn| clean(issn))),
        one(&journal.publisher),
        one(&article.section),
        one(&article.volume),
        one(&article.issue),
        one(&article.issue_title),
        article
            .issue_year
            .map(|year| year.to_string())
            .unwrap_or_default(),
        clean(&pages.raw),
        one(&pages.first),
        one(&pages.last),
        one(&pages.elocation_id),
        pick::opt(article.published.as_ref().map(|date| date.date.as_str())).unwrap_or_default(),
        pick::landing(article).unwrap_or_default(),
        list(
            pick::links(article, LinkRel::Fulltext)
                .into_iter()
                .map(|(url, _)| url),
        ),
        license.map(|license| one(&license.url)).unwrap_or_default(),
        copyright
            .map(|copyright| one(&copyright.statement))
            .unwrap_or_default(),
        list(article.funding.iter().map(|funding| clean(&funding.name))),
        list(
            article
                .references
                .iter()
                .map(|reference| clean(&styled::plain(&reference.raw))),
        ),
        list(codes),
    ];
    cells.extend(place(&article.provenance));
    cells
}

fn row(out: &mut dyn Write, cells: impl Iterator<Item = String>) -> io::Result<()> {
    for (at, cell) in cells.enumerate() {
        if at > 0 {
            out.write_all(b",")?;
        }
        if cell.contains(['"', ',', '\r', '\n']) {
            write!(out, "\"{}\"", cell.replace('"', "\"\""))?;
        } else {
            out.write_all(cell.as_bytes())?;
        }
    }
    out.write_all(b"\r\n")
}
