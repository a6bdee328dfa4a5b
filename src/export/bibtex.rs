//! BibTeX: one entry an article, `@article` where it is none of another kind, UTF-8, with what LaTeX takes for commands escaped. A deletion is an `@comment`.

use std::fmt::Write as _;
use std::io;

use unicode_normalization::UnicodeNormalization;

use super::fields::{self, Name};
use super::format::{Deletions, EntryRef, Exporter, FormatInfo, Layout, Rendered};
use super::{kind, marked};
use crate::article::{Article, Deletion, Entry, Role, Scheme, Title};
use crate::values::LanguageTag;

/// Names of months that every style knows.
const MONTHS: [&str; 12] = [
    "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
];

/// The format `bibtex`.
pub(super) const INFO: FormatInfo = FormatInfo {
    name: "bibtex",
    summary: "BibTeX, UTF-8",
    extension: "bib",
    media_type: "application/x-bibtex",
    layout: Layout::Stream,
    deletions: Deletions::OnRequest,
    options: &[],
};

/// Writes BibTeX.
#[derive(Clone, Copy, Debug, Default)]
pub struct BibTeX;

impl Exporter for BibTeX {
    fn info(&self) -> &'static FormatInfo {
        &INFO
    }

    fn entry(&self, entry: EntryRef<'_>, out: &mut Vec<u8>) -> io::Result<Rendered> {
        let item = match entry.entry {
            Entry::Live(article) => item(article),
            Entry::Deleted(deletion) => deleted(deletion),
        };
        out.extend_from_slice(item.as_bytes());
        Ok(Rendered::Written)
    }
}

fn deleted(deletion: &Deletion) -> String {
    let identifier =
        escaped(&fields::text(&deletion.provenance.oai_identifier).unwrap_or_default());
    format!("@comment{{deleted {}: {identifier}}}\n\n", deletion.id)
}

fn item(article: &Article) -> String {
    let mut entry = Fields::new(article);
    entry.people_and_title(article);
    entry.place(article);
    entry.identifiers(article);
    entry.texts(article);
    entry.out.push_str("\n}\n\n");
    entry.out
}

/// An entry as it is written.
struct Fields {
    /// Type of the entry.
    kind: &'static str,
    out: String,
}

impl Fields {
    fn new(article: &Article) -> Self {
        let kind = kind::of(article).bibtex;
        let out = format!("@{kind}{{{}", key(article));
        Self { kind, out }
    }

    /// Adds a field whose value has its braces.
    fn raw(&mut self, name: &str, value: Option<String>) {
        if let Some(value) = value {
            let _ = write!(self.out, ",\n  {name} = {value}");
        }
    }

    /// Adds a text.
    fn text(&mut self, name: &str, value: Option<String>) {
        self.raw(name, value.map(|value| format!("{{{}}}", escaped(&value))));
    }

    fn people_and_title(&mut self, article: &Article) {
        self.raw("author", names(article, &[Role::Author]));
        self.raw("editor", names(article, &[Role::Editor]));
        self.raw("translator", names(article, &[Role::Translator]));
        // The inner braces keep a style from changing the case.
        let titles = fields::titles(article);
        let latex = |title: &&Title| {
            marked::latex_title(title, |out, text| out.push_str(&escaped(text)))
                .or_else(|| fields::text(&title.value).map(|title| escaped(&title)))
        };
        let title = titles.first().and_then(latex);
        self.raw("title", title.map(|title| format!("{{{{{title}}}}}")));
    }

    /// The journal, and where in it the work stands.
    fn place(&mut self, article: &Article) {
        let journal = &article.journal;
        let container = match self.kind {
            "article" => "journal",
            "inproceedings" | "incollection" => "booktitle",
            _ => "series",
        };
        self.text(container, fields::cited_journal(article));
        self.text("shortjournal", fields::abbreviation(journal));
        let date = fields::date(article);
        self.raw("year", date.map(|date| format!("{{{:04}}}", date.year)));
        let month = date
            .and_then(|date| date.month)
            .and_then(|month| MONTHS.get(month as usize - 1));
        self.raw("month", month.map(|&month| month.to_owned()));
        self.text("volume", fields::opt(article.volume.as_deref()));
        self.text("number", fields::opt(article.issue.as_deref()));
        // An article number too: styles print no `eid`, and Crossref's own BibTeX has it here.
        match fields::pages(article) {
            (Some(first), Some(last)) if first != last => {
                let pages = format!("{{{}--{}}}", escaped(&first), escaped(&last));
                self.raw("pages", Some(pages));
            }
            _ => self.text("pages", fields::page_range(article)),
        }
    }

    fn identifiers(&mut self, article: &Article) {
        let plain = |value: String| format!("{{{}}}", verbatim(&value));
        self.raw("doi", fields::doi(article).map(|doi| plain(doi.into())));
        self.raw("url", fields::landing(article).map(plain));
        let issns = fields::issns(&article.journal);
        self.raw("issn", issns.first().map(|&issn| format!("{{{issn}}}")));
        let isbn = fields::identifiers(article, Scheme::Isbn)
            .into_iter()
            .next();
        self.text("isbn", isbn);
    }

    /// The publisher, the language, and what the work says.
    fn texts(&mut self, article: &Article) {
        let journal = &article.journal;
        let publisher = match self.kind {
            "thesis" | "phdthesis" | "mastersthesis" | "report" => "institution",
            _ => "publisher",
        };
        self.text(publisher, fields::opt(journal.publisher.as_deref()));
        self.text("address", fields::opt(journal.publisher_place.as_deref()));
        if matches!(self.kind, "thesis" | "report") {
            self.text("type", fields::type_label(article));
        }
        // A `language` would be printed in every reference.
        let langid = fields::language(None, article).as_deref().and_then(langid);
        self.raw("langid", langid.map(|name| format!("{{{name}}}")));
        let keywords = fields::keywords(article);
        self.text(
            "keywords",
            (!keywords.is_empty()).then(|| keywords.join(", ")),
        );
        let text = fields::main_abstract(article).map(|paragraphs| paragraphs.join(" "));
        self.text("abstract", text);
    }
}

/// A key that stays the same and is nobody else's: `burnashev2004-597a5e93-5728`, name and year for the reader, the
/// beginning of the id against doubles.
fn key(article: &Article) -> String {
    let name = fields::names(article, &[Role::Author])
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
    if let Some(date) = fields::date(article) {
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
    let names: Vec<String> = fields::names(article, roles)
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
            '<' => out.push_str("\\textless{}"),
            '>' => out.push_str("\\textgreater{}"),
            '|' => out.push_str("\\textbar{}"),
            '"' => out.push_str("\\textquotedbl{}"),
            '^' => out.push_str("\\textasciicircum{}"),
            '\\' => out.push_str("\\textbackslash{}"),
            _ => out.push(c),
        }
    }
    out
}

/// babel's name of a language, which biblatex calls langid; `None` where babel has none.
fn langid(tag: &str) -> Option<&'static str> {
    let tag = tag.to_ascii_lowercase();
    let primary = LanguageTag::primary_of(&tag);
    let regional = match tag.as_str() {
        "en-us" => Some("american"),
        "en-gb" => Some("british"),
        "en-au" => Some("australian"),
        "en-ca" => Some("canadian"),
        "en-nz" => Some("newzealand"),
        "de-at" => Some("naustrian"),
        "de-ch" => Some("nswissgerman"),
        "pt-br" => Some("brazilian"),
        "fr-ca" => Some("canadien"),
        "sr-cyrl" | "sr-cyrl-rs" => Some("serbianc"),
        _ => None,
    };
    regional.or_else(|| {
        LANGIDS
            .iter()
            .find(|(code, _)| *code == primary)
            .map(|(_, name)| *name)
    })
}

/// ISO 639-1 codes and babel's names.
const LANGIDS: &[(&str, &str)] = &[
    ("af", "afrikaans"),
    ("ar", "arabic"),
    ("be", "belarusian"),
    ("bg", "bulgarian"),
    ("bn", "bengali"),
    ("br", "breton"),
    ("bs", "bosnian"),
    ("ca", "catalan"),
    ("cs", "czech"),
    ("cy", "welsh"),
    ("da", "danish"),
    ("de", "ngerman"),
    ("el", "greek"),
    ("en", "english"),
    ("eo", "esperanto"),
    ("es", "spanish"),
    ("et", "estonian"),
    ("eu", "basque"),
    ("fa", "persian"),
    ("fi", "finnish"),
    ("fr", "french"),
    ("ga", "irish"),
    ("gl", "galician"),
    ("he", "hebrew"),
    ("hi", "hindi"),
    ("hr", "croatian"),
    ("hu", "magyar"),
    ("hy", "armenian"),
    ("id", "indonesian"),
    ("is", "icelandic"),
    ("it", "italian"),
    ("ja", "japanese"),
    ("ka", "georgian"),
    ("kk", "kazakh"),
    ("ko", "korean"),
    ("la", "latin"),
    ("lt", "lithuanian"),
    ("lv", "latvian"),
    ("mk", "macedonian"),
    ("mn", "mongolian"),
    ("ms", "malay"),
    ("nb", "norsk"),
    ("nl", "dutch"),
    ("nn", "nynorsk"),
    ("no", "norsk"),
    ("pl", "polish"),
    ("pt", "portuguese"),
    ("ro", "romanian"),
    ("ru", "russian"),
    ("sk", "slovak"),
    ("sl", "slovene"),
    ("sq", "albanian"),
    ("sr", "serbian"),
    ("sv", "swedish"),
    ("ta", "tamil"),
    ("th", "thai"),
    ("tk", "turkmen"),
    ("tr", "turkish"),
    ("uk", "ukrainian"),
    ("ur", "urdu"),
    ("vi", "vietnamese"),
    ("zh", "chinese"),
];

/// A DOI or URL, which styles print as it is; braces and backslashes would break the entry.
fn verbatim(text: &str) -> String {
    text.replace('{', "%7B")
        .replace('}', "%7D")
        .replace('\\', "%5C")
}
