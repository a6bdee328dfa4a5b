//! CSL-JSON (citation style language data, schema 1.0): an array of items for citation processors and reference
//! managers. An item that was withdrawn cannot be cited: deletions have no form here.

use std::io;
use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::fields::{self, Name};
use super::format::{
    Deletions, EntryRef, Exporter, FormatInfo, Frame, Layout, Rendered, TextFrame,
};
use super::marc::DeletedIds;
use super::{kind, marked};
use crate::article::{Article, Role, Scheme};

/// The format `csl`.
pub(super) const INFO: FormatInfo = FormatInfo {
    name: "csl",
    summary: "CSL-JSON, an array of items",
    extension: "json",
    media_type: "application/vnd.citationstyles.csl+json",
    layout: Layout::Stream,
    deletions: Deletions::OnRequest,
    options: &[],
};

/// Writes CSL-JSON.
#[derive(Clone, Copy, Debug, Default)]
pub struct Csl;

impl Exporter for Csl {
    fn info(&self) -> &'static FormatInfo {
        &INFO
    }

    fn entry(&self, entry: EntryRef<'_>, out: &mut Vec<u8>) -> io::Result<Rendered> {
        let Some(article) = entry.live() else {
            return Ok(Rendered::DELETION);
        };
        out.push(b'\n');
        serde_json::to_writer(out, &item(article))?;
        Ok(Rendered::Written)
    }

    fn deletions(&self) -> Option<Arc<dyn Exporter>> {
        Some(Arc::new(DeletedIds::default()))
    }

    fn document(&self, entry: EntryRef<'_>, out: &mut Vec<u8>) -> io::Result<Rendered> {
        let Some(article) = entry.live() else {
            return Ok(Rendered::DELETION);
        };
        serde_json::to_writer(&mut *out, &[item(article)])?;
        out.push(b'\n');
        Ok(Rendered::Written)
    }

    fn frame(&self) -> Box<dyn Frame> {
        Box::new(TextFrame::new("[", "\n]\n").separated(","))
    }
}

fn item(article: &Article) -> Value {
    let mut item = Map::new();
    texts(&mut item, article);
    place(&mut item, article);
    people(&mut item, article);
    if let Some(date) = fields::date(article) {
        let parts: Vec<i64> = [
            Some(i64::from(date.year)),
            date.month.map(i64::from),
            date.day.map(i64::from),
        ]
        .into_iter()
        .flatten()
        .collect();
        item.insert("issued".to_owned(), json!({ "date-parts": [parts] }));
    }
    Value::Object(item)
}

fn set(item: &mut Map<String, Value>, key: &str, value: Option<String>) {
    if let Some(value) = value {
        item.insert(key.to_owned(), Value::String(value));
    }
}

/// Writes the kind of work, its texts and its identifiers.
fn texts(item: &mut Map<String, Value>, article: &Article) {
    let mut set = |key, value| set(item, key, value);
    set("id", Some(article.id.clone()));
    set("type", Some(kind::of(article).csl.to_owned()));
    let titles = fields::titles(article);
    set(
        "title",
        titles
            .first()
            .and_then(|title| marked::csl_title(title).or_else(|| fields::text(&title.value))),
    );
    set("DOI", fields::doi(article).map(String::from));
    set(
        "URL",
        fields::landing(article).or_else(|| first_file(article)),
    );
    set("PMID", first(article, Scheme::Pmid));
    set("language", fields::language(None, article));
    set(
        "abstract",
        fields::main_abstract(article).map(|paragraphs| paragraphs.join("\n\n")),
    );
    let keywords = fields::keywords(article);
    set(
        "keyword",
        (!keywords.is_empty()).then(|| keywords.join(", ")),
    );
}

fn first_file(article: &Article) -> Option<String> {
    let mut files = fields::fulltexts(article).into_iter();
    files.next().map(|(url, _)| url)
}

fn first(article: &Article, scheme: Scheme) -> Option<String> {
    fields::identifiers(article, scheme).into_iter().next()
}

/// The journal, and where in it the work stands.
fn place(item: &mut Map<String, Value>, article: &Article) {
    let journal = &article.journal;
    let mut set = |key, value| set(item, key, value);
    set("container-title", fields::cited_journal(article));
    set("container-title-short", fields::abbreviation(journal));
    set("volume", fields::opt(article.volume.as_deref()));
    set("issue", fields::opt(article.issue.as_deref()));
    set("volume-title", fields::opt(article.issue_title.as_deref()));
    set("page", fields::page_range(article));
    set("page-first", fields::pages(article).0);
    // One string, by the schema.
    set(
        "ISSN",
        fields::issns(journal).first().map(|&issn| issn.to_owned()),
    );
    set("ISBN", first(article, Scheme::Isbn));
    set("publisher", fields::opt(journal.publisher.as_deref()));
    set(
        "publisher-place",
        fields::opt(journal.publisher_place.as_deref()),
    );
    set("section", fields::opt(article.section.as_deref()));
}

/// People by their roles, and their names in other scripts.
fn people(item: &mut Map<String, Value>, article: &Article) {
    let roles: [(&str, &[Role]); 6] = [
        ("author", &[Role::Author]),
        ("editor", &[Role::Editor]),
        ("translator", &[Role::Translator]),
        ("illustrator", &[Role::Illustrator]),
        ("compiler", &[Role::Compiler]),
        (
            "contributor",
            &[Role::Contributor, Role::Advisor, Role::Reviewer],
        ),
    ];
    for (key, roles) in roles {
        let names: Vec<Value> = fields::names(article, roles)
            .iter()
            .map(|(name, _)| csl_name(name))
            .collect();
        if !names.is_empty() {
            item.insert(key.to_owned(), Value::Array(names));
        }
    }
    let variants = names_in_other_scripts(article);
    if !variants.is_empty() {
        item.insert(
            "custom".to_owned(),
            json!({ "names_in_other_scripts": variants }),
        );
    }
}

/// Names that no CSL variable has room for: which contributor, in which language, and the name.
fn names_in_other_scripts(article: &Article) -> Vec<Value> {
    let mut variants = Vec::new();
    for contributor in &article.contributors {
        let Some(name) = Name::of(contributor) else {
            continue;
        };
        for (variant, lang) in fields::variants(contributor) {
            let mut value = Map::new();
            value.insert("of".to_owned(), name.direct().into());
            if let Some(lang) = lang {
                value.insert("lang".to_owned(), lang.into());
            }
            value.insert("name".to_owned(), csl_name(&variant));
            variants.push(Value::Object(value));
        }
    }
    variants
}

fn csl_name(name: &Name) -> Value {
    match name {
        Name::Organization(name) | Name::Whole(name) => json!({ "literal": name }),
        Name::Person {
            family,
            given,
            suffix,
        } => {
            let mut parts = Map::new();
            for (key, part) in [("family", family), ("given", given), ("suffix", suffix)] {
                if !part.is_empty() {
                    parts.insert(key.to_owned(), Value::String(part.clone()));
                }
            }
            // Processors sort and print by the family name; a person with one name has it there.
            if family.is_empty() {
                json!({ "literal": given })
            } else {
                Value::Object(parts)
            }
        }
    }
}
