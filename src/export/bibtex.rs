//! BibTeX: one `@article` an article, UTF-8, with what LaTeX takes for commands escaped. A deletion is an `@comment`.

use std::fmt::Write as _;
use std::io::{self, Write};

use unicode_normalization::UnicodeNormalization;

use super::Format;
use super::pick::{self, Name};
use crate::article::{Article, Deletion, Entry, Role, Scheme};

/// Names of months that every style knows.
const MONTHS: [&str; 12] = [
    "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
];

/// The format `bibtex`.
#[derive(Clone, Copy, Debug, Default)]
pub struct BibTeX;

impl Format for BibTeX {
    fn name(&self) -> &'static str {
        "bibtex"
    }

    fn extension(&self) -> &'static str {
        "bib"
    }

    fn media_type(&self) -> &'static str {
        "application/x-bibtex"
    }

    fn entry(&mut self, out: &mut dyn Write, entry: &Entry) -> io::Result<()> {
        match entry {
            Entry::Live(article) => self.file(out, article),
            Entry::Deleted(deletion) => out.write_all(deleted(deletion).as_bytes()),
        }
    }

    fn file(&mut self, out: &mut dyn Write, article: &Article) -> io::Result<()> {
        out.write_all(item(article).as_bytes())
    }
}

fn deleted(deletion: &Deletion) -> String {
    let identifier = escaped(&pick::text(&deletion.provenance.oai_identifier).unwrap_or_default());
    format!("@comment{{deleted {}: {identifier}}}\n\n", deletion.id)
}

fn item(article: &Article) -> String {
    let journal = &article.journal;
    let mut out = format!("@article{{{}", key(article));
    let mut field = |name: &str, value: Option<String>| {
        if let Some(value) = value {
            let _ = write!(out, ",\n  {name} = {value}");
        }
    };
    let text = |value: Option<String>| value.map(|value| format!("{{{}}}", escaped(&value)));
    field("author", names(article, &[Role::Author]));
    field("editor", names(article, &[Role::Editor]));
    field("translator", names(article, &[Role::Translator]));
    let titles = pick::titles(article);
    // The inner braces keep a style from changing the case.
    let title = titles.first().and_then(|title| pick::text(&title.value));
    field(
        "title",
        title.map(|title| format!("{{{{{}}}}}", escaped(&title))),
    );
    field("journal", text(pick::journal_title(journal)));
    field(
        "shortjournal",
        text(pick::opt(journal.abbreviation.as_deref())),
    );
    let date = pick::date(article);
    field("year", date.map(|date| format!("{{{:04}}}", date.year)));
    let month = date
        .and_then(|date| date.month)
        .and_then(|month| MONTHS.get(month as usize - 1));
    field("month", month.map(|&month| month.to_owned()));
    field("volume", text(pick::opt(article.volume.as_deref())));
    field("number", text(pick::opt(article.issue.as_deref())));
    let pages = article.pages.as_ref();
    match pick::pages(article) {
        (Some(first), Some(last)) if first != last => {
            field(
                "pages",
                Some(format!("{{{}--{}}}", escaped(&first), escaped(&last))),
            );
        }
        (Some(first), _)
            if pages.is_some_and(|pages| pick::opt(pages.first.as_deref()).is_none()) =>
        {
            field("eid", text(Some(first)));
        }
        _ => field("pages", text(pick::page_range(article))),
    }
    let plain = |value: String| format!("{{{}}}", verbatim(&value));
    field("doi", pick::doi(article).map(|doi| plain(doi.to_owned())));
    field("url", pick::landing(article).map(plain));
    field(
        "issn",
        pick::issns(journal)
            .first()
            .map(|&issn| format!("{{{issn}}}")),
    );
    field(
        "isbn",
        text(pick::identifiers(article, Scheme::Isbn).into_iter().next()),
    );
    field("publisher", text(pick::opt(journal.publisher.as_deref())));
    field("language", text(pick::language(None, article)));
    let keywords = pick::keywords(article);
    field(
        "keywords",
        (!keywords.is_empty()).then(|| format!("{{{}}}", escaped(&keywords.join(", ")))),
    );
    field(
        "abstract",
        text(pick::main_abstract(article).map(|paragraphs| paragraphs.join(" "))),
    );
    out.push_str("\n}\n\n");
    out
}

/// A key that stays the same and is nobody else's: `burnashev2004-597a5e93-5728`, name and year for the reader, the
/// beginning of the id against doubles.
fn key(article: &Article) -> String {
    let name = pick::names(article, &[Role::Author])
        .into_iter()
        .next()
        .map(|(name, _)| match name {
            Name::Person { family, given, .. } => {
                if family.is_empty() {
                    given
                } else {
                    family
                }
            }
            Name::Organization(name) | Name::Whole(name) => name,
        });
    let plain = |text: &str, max| -> String {
        text.nfkd()
            .filter(char::is_ascii_alphanumeric)
            .take(max)
            .collect::<String>()
            .to_ascii_lowercase()
    };
    let mut key = plain(&name.unwrap_or_default(), 24);
    if key.is_empty() {
        key.push_str("article");
    }
    if let Some(date) = pick::date(article) {
        let _ = write!(key, "{:04}", date.year);
    }
    let id: String = article
        .id
        .chars()
        .filter(|c| c.is_ascii_alphanumeric() || *c == '-')
        .take(13)
        .collect();
    format!("{key}-{id}")
}

/// Names joined by `and`; family name first, and in braces what must not be taken apart.
fn names(article: &Article, roles: &[Role]) -> Option<String> {
    let names: Vec<String> = pick::names(article, roles)
        .iter()
        .map(|(name, _)| match name {
            Name::Organization(name) | Name::Whole(name) => format!("{{{}}}", escaped(name)),
            Name::Person { family, given, .. } if family.is_empty() => {
                format!("{{{}}}", escaped(given))
            }
            Name::Person {
                family,
                given,
                suffix,
            } => {
                let parts = [family, suffix, given]
                    .into_iter()
                    .filter(|part| !part.is_empty());
                parts
                    .map(|part| guarded(part))
                    .collect::<Vec<_>>()
                    .join(", ")
            }
        })
        .collect();
    (!names.is_empty()).then(|| format!("{{{}}}", names.join(" and ")))
}

/// A part of a name: in braces where it has a comma or `and` of its own.
fn guarded(part: &str) -> String {
    let divided =
        part.contains(',') || part.split(' ').any(|word| word.eq_ignore_ascii_case("and"));
    if divided {
        format!("{{{}}}", escaped(part))
    } else {
        escaped(part)
    }
}

/// Text for LaTeX. Braces are written as commands, since BibTeX counts escaped ones too.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' | '%' | '$' | '#' | '_' => {
                out.push('\\');
                out.push(c);
            }
            '{' => out.push_str("\\textbraceleft{}"),
            '}' => out.push_str("\\textbraceright{}"),
            '~' => out.push_str("\\textasciitilde{}"),
            '^' => out.push_str("\\textasciicircum{}"),
            '\\' => out.push_str("\\textbackslash{}"),
            _ => out.push(c),
        }
    }
    out
}

/// A DOI or URL, which styles print as it is; braces and backslashes would break the entry.
fn verbatim(text: &str) -> String {
    text.replace('{', "%7B")
        .replace('}', "%7D")
        .replace('\\', "%5C")
}
