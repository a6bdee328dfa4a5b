//! CSV (RFC 4180): a header, then a row an article or deletion, for spreadsheets and data frames.
//!
//! Where a cell holds several values they are joined by ` | `; a bar within a value is doubled. Paragraphs of an
//! abstract are joined by a space. A deletion has its id, its status and where it came from.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::io;

use super::fields::Name;
use super::{
    Deletions, EntryRef, ExportError, Exporter, FormatInfo, Frame, Layout, Rendered, TextFrame,
    named_values,
};
use super::{fields, inline_markup};
use crate::article::{Article, Contributor, Deletion, Entry, Finding, LinkRel, Pages, Role};

/// The format `csv`.
pub(super) const INFO: FormatInfo = FormatInfo {
    name: "csv",
    summary: "CSV, one row per article or deletion",
    extension: "csv",
    media_type: "text/csv",
    layout: Layout::Stream,
    deletions: Deletions::OnRequest,
    options: &["excel", "fields"],
};

/// The separator of the values of a cell.
pub const SEPARATOR: &str = " | ";

named_values! {
    /// The separator that Excel expects between cells: the list separator of the computer's region.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
    pub enum Separator {
        #[default]
        Semicolon = "semicolon", "Most of Europe, Central Asia, Latin America";
        Comma = "comma", "English-speaking regions";
        Tab = "tab", "Tabulators";
    }
}

impl Separator {
    fn byte(self) -> u8 {
        match self {
            Self::Semicolon => b';',
            Self::Comma => b',',
            Self::Tab => b'\t',
        }
    }
}

/// Options of the CSV exporter.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CsvOptions {
    /// For Excel: a byte order mark, this separator, and no cell that Excel would run as a formula.
    pub excel: Option<Separator>,
    /// Names of the columns to write, in this order; all without.
    pub fields: Vec<String>,
}

/// Cells that begin with one of these are formulas to a spreadsheet (CWE-1236).
const FORMULA_MARKS: [char; 6] = ['=', '+', '-', '@', '\t', '\r'];

/// Writes CSV.
#[derive(Clone, Debug, Default)]
pub struct Csv {
    excel: Option<Separator>,
    /// The columns, in the order they are written.
    columns: Vec<&'static Column>,
}

impl Csv {
    /// Returns an exporter with these settings.
    ///
    /// # Errors
    /// A column that there is not.
    pub fn new(options: &CsvOptions) -> Result<Self, ExportError> {
        let find = |name: &String| {
            COLUMNS
                .iter()
                .find(|column| column.name == name)
                .ok_or_else(|| ExportError::unknown_column(name))
        };
        let columns = if options.fields.is_empty() {
            COLUMNS.iter().collect()
        } else {
            options.fields.iter().map(find).collect::<Result<_, _>>()?
        };
        Ok(Self {
            excel: options.excel,
            columns,
        })
    }

    /// Appends a row. Returns how many cells were defused.
    fn row<'a>(&self, out: &mut Vec<u8>, cells: impl Iterator<Item = Cow<'a, str>>) -> u64 {
        let separator = self.excel.unwrap_or(Separator::Comma).byte();
        let mut defused = 0;
        for (at, cell) in cells.enumerate() {
            if at > 0 {
                out.push(separator);
            }
            let is_formula = self.excel.is_some() && cell.starts_with(FORMULA_MARKS);
            defused += u64::from(is_formula);
            let quoted = cell.contains(['"', '\r', '\n', char::from(separator)]) || is_formula;
            if quoted {
                out.push(b'"');
            }
            if is_formula {
                out.push(b'\'');
            }
            if quoted {
                out.extend_from_slice(cell.replace('"', "\"\"").as_bytes());
                out.push(b'"');
            } else {
                out.extend_from_slice(cell.as_bytes());
            }
        }
        out.extend_from_slice(b"\r\n");
        defused
    }
}

impl Exporter for Csv {
    fn info(&self) -> &'static FormatInfo {
        &INFO
    }

    fn entry(&self, entry: EntryRef<'_>, out: &mut Vec<u8>) -> io::Result<Rendered> {
        let cells = self
            .columns
            .iter()
            .map(|column| Cow::from(column.cell(entry.entry)));
        Ok(match self.row(out, cells) {
            0 => Rendered::Written,
            defused => Rendered::Noted(
                "cells begin like a formula and were prefixed with '",
                defused,
            ),
        })
    }

    fn frame(&self) -> Box<dyn Frame> {
        let mut head = Vec::new();
        if self.excel.is_some() {
            head.extend_from_slice("\u{FEFF}".as_bytes());
        }
        self.row(
            &mut head,
            self.columns.iter().map(|column| column.name.into()),
        );
        Box::new(TextFrame::new(
            String::from_utf8_lossy(&head).into_owned(),
            "",
        ))
    }
}

/// A column: its name, and its value of an article. Its value of a deletion is what the two have in common.
#[derive(Debug)]
struct Column {
    name: &'static str,
    of_article: fn(&Article) -> String,
    of_deletion: Option<fn(&Deletion) -> String>,
}

impl Column {
    const fn new(name: &'static str, of_article: fn(&Article) -> String) -> Self {
        Self {
            name,
            of_article,
            of_deletion: None,
        }
    }

    const fn common(
        name: &'static str,
        of_article: fn(&Article) -> String,
        of_deletion: fn(&Deletion) -> String,
    ) -> Self {
        Self {
            name,
            of_article,
            of_deletion: Some(of_deletion),
        }
    }

    fn cell(&self, entry: &Entry) -> String {
        match entry {
            Entry::Live(article) => (self.of_article)(article),
            Entry::Deleted(deletion) => {
                self.of_deletion.map_or_else(String::new, |of| of(deletion))
            }
        }
    }
}

/// The columns, in the order they are written.
const COLUMNS: &[Column] = &[
    Column::common("id", |a| a.id.clone(), |d| d.id.clone()),
    Column::common("status", |_| "live".to_owned(), |_| "deleted".to_owned()),
    Column::new("doi", |a| fields::doi(a).unwrap_or_default().to_owned()),
    Column::new("type", |a| fields::type_label(a).unwrap_or_default()),
    Column::new("language", |a| one(a.language.as_deref())),
    Column::new("title", |a| {
        titles(a).into_iter().next().unwrap_or_default()
    }),
    Column::new("other_titles", |a| list(titles(a).into_iter().skip(1))),
    Column::new("authors", |a| names(a, &[Role::Author])),
    Column::new("orcids", |a| {
        aligned(authors(a).map(|author| {
            fields::orcid(author)
                .map(|orcid| format!("https://orcid.org/{orcid}"))
                .unwrap_or_default()
        }))
    }),
    Column::new("affiliations", |a| {
        aligned(authors(a).map(|author| fields::affiliations(author).join("; ")))
    }),
    Column::new("editors", |a| names(a, &[Role::Editor])),
    Column::new("other_contributors", |a| names(a, &fields::OTHER_ROLES)),
    Column::new("abstract", |a| {
        fields::main_abstract(a)
            .map(|paragraphs| paragraphs.join(" "))
            .unwrap_or_default()
    }),
    Column::new("keywords", |a| list(fields::keywords(a))),
    Column::new("journal", |a| {
        fields::journal_title(&a.journal).unwrap_or_default()
    }),
    Column::new("journal_abbreviation", |a| {
        one(a.journal.abbreviation.as_deref())
    }),
    Column::new("issn_print", |a| one(a.journal.issn_print.as_deref())),
    Column::new("issn_electronic", |a| {
        one(a.journal.issn_electronic.as_deref())
    }),
    Column::new("issn_unknown", |a| {
        list(a.journal.issn_unknown.iter().map(|issn| clean(issn)))
    }),
    Column::new("publisher", |a| one(a.journal.publisher.as_deref())),
    Column::new("publisher_place", |a| {
        one(a.journal.publisher_place.as_deref())
    }),
    Column::new("section", |a| one(a.section.as_deref())),
    Column::new("volume", |a| one(a.volume.as_deref())),
    Column::new("issue", |a| one(a.issue.as_deref())),
    Column::new("issue_title", |a| one(a.issue_title.as_deref())),
    Column::new("issue_year", |a| {
        a.issue_year
            .map(|year| year.to_string())
            .unwrap_or_default()
    }),
    Column::new("pages", |a| page(a, |pages| Some(&pages.raw))),
    Column::new("first_page", |a| page(a, |pages| pages.first.as_ref())),
    Column::new("last_page", |a| page(a, |pages| pages.last.as_ref())),
    Column::new("elocation_id", |a| {
        page(a, |pages| pages.elocation_id.as_ref())
    }),
    Column::new("published", |a| {
        one(a.published.as_ref().map(|date| date.date.as_str()))
    }),
    Column::new("landing_url", |a| fields::landing(a).unwrap_or_default()),
    Column::new("fulltext_urls", |a| {
        list(
            fields::links(a, LinkRel::Fulltext)
                .into_iter()
                .map(|(url, _)| url),
        )
    }),
    Column::new("license_url", |a| {
        one(a
            .license
            .as_ref()
            .and_then(|license| license.url.as_deref()))
    }),
    Column::new("copyright", |a| {
        one(a
            .copyright
            .as_ref()
            .and_then(|copyright| copyright.statement.as_deref()))
    }),
    Column::new("funders", |a| {
        list(a.funding.iter().map(|funding| clean(&funding.name)))
    }),
    Column::new("references", |a| {
        list(
            a.references
                .iter()
                .map(|reference| clean(&inline_markup::plain(&reference.raw))),
        )
    }),
    Column::new("findings", |a| list(codes(a))),
    Column::common(
        "source",
        |a| clean(&a.provenance.source),
        |d| clean(&d.provenance.source),
    ),
    Column::common(
        "oai_identifier",
        |a| clean(&a.provenance.oai_identifier),
        |d| clean(&d.provenance.oai_identifier),
    ),
    Column::common(
        "datestamp",
        |a| clean(&a.provenance.datestamp),
        |d| clean(&d.provenance.datestamp),
    ),
];

fn one(value: Option<&str>) -> String {
    fields::opt(value).unwrap_or_default()
}

fn titles(article: &Article) -> Vec<String> {
    fields::titles(article)
        .into_iter()
        .map(|title| clean(&title.value))
        .collect()
}

/// Returns the authors that have a name, as the column `authors` has them.
fn authors(article: &Article) -> impl Iterator<Item = &Contributor> {
    article
        .contributors
        .iter()
        .filter(|one| one.role == Role::Author && Name::of(one).is_some())
}

fn names(article: &Article, roles: &[Role]) -> String {
    let names = fields::names(article, roles);
    list(names.into_iter().map(|(name, _)| name.inverted()))
}

fn page(article: &Article, part: fn(&Pages) -> Option<&String>) -> String {
    one(article.pages.as_ref().and_then(part).map(String::as_str))
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

fn clean(value: &str) -> String {
    fields::text(value).unwrap_or_default()
}

fn list(values: impl IntoIterator<Item = String>) -> String {
    let values = values
        .into_iter()
        .filter(|value| !value.is_empty())
        .map(|value| value.replace('|', "||"));
    values.collect::<Vec<_>>().join(SEPARATOR)
}

/// Joins the values of a column that goes with `authors`: as many, in their order, blank where there is none.
fn aligned(values: impl Iterator<Item = String>) -> String {
    let values: Vec<String> = values.map(|value| value.replace('|', "||")).collect();
    if values.iter().all(String::is_empty) {
        return String::new();
    }
    values.join(SEPARATOR)
}
