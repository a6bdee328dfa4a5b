//! CSL-JSON (citation style language data, schema 1.0): an array of items for citation processors and reference
//! managers. An item that was withdrawn cannot be cited: deletions have no form here.

use std::io::{self, Write};

use serde_json::{Map, Value, json};

use super::Format;
use super::pick::{self, Name};
use crate::article::{Article, Entry, Role, Scheme};

/// The format `csl`.
#[derive(Clone, Copy, Debug, Default)]
pub struct Csl {
    begun: bool,
}

impl Format for Csl {
    fn name(&self) -> &'static str {
        "csl"
    }

    fn extension(&self) -> &'static str {
        "json"
    }

    fn media_type(&self) -> &'static str {
        "application/vnd.citationstyles.csl+json"
    }

    fn takes(&self, entry: &Entry) -> bool {
        matches!(entry, Entry::Live(_))
    }

    fn head(&mut self, out: &mut dyn Write) -> io::Result<()> {
        out.write_all(b"[")
    }

    fn entry(&mut self, out: &mut dyn Write, entry: &Entry) -> io::Result<()> {
        let Entry::Live(article) = entry else {
            return Ok(());
        };
        out.write_all(if std::mem::replace(&mut self.begun, true) {
            b",\n"
        } else {
            b"\n"
        })?;
        Ok(serde_json::to_writer(out, &item(article))?)
    }

    fn tail(&mut self, out: &mut dyn Write) -> io::Result<()> {
        out.write_all(b"\n]\n")
    }

    fn file(&mut self, out: &mut dyn Write, article: &Article) -> io::Result<()> {
        serde_json::to_writer(&mut *out, &[item(article)])?;
        out.write_all(b"\n")
    }
}

fn item(article: &Article) -> Value {
    let journal = &article.journal;
    let mut item = Map::new();
    let mut set = |key: &str, value: Option<String>| {
        if let Some(value) = value {
            item.insert(key.to_owned(), Value::String(value));
        }
    };
    set("id", Some(article.id.clone()));
    set("type", Some("article-journal".to_owned()));
    let titles = pick::titles(article);
    set(
        "title",
        titles.first().and_then(|title| pick::text(&title.value)),
    );
    set("container-title", pick::journal_title(journal));
    set(
        "container-title-short",
        pick::opt(journal.abbreviation.as_deref()),
    );
    set("volume", pick::opt(article.volume.as_deref()));
    set("issue", pick::opt(article.issue.as_deref()));
    set("volume-title", pick::opt(article.issue_title.as_deref()));
    set("page", pick::page_range(article));
    set("page-first", pick::pages(article).0);
    set("DOI", pick::doi(article).map(str::to_owned));
    set(
        "URL",
        pick::landing(article).or_else(|| {
            pick::fulltexts(article)
                .into_iter()
                .next()
                .map(|(url, _)| url)
        }),
    );
    // One string, by the schema.
    set(
        "ISSN",
        pick::issns(journal).first().map(|&issn| issn.to_owned()),
    );
    set(
        "ISBN",
        pick::identifiers(article, Scheme::Isbn).into_iter().next(),
    );
    set(
        "PMID",
        pick::identifiers(article, Scheme::Pmid).into_iter().next(),
    );
    set("publisher", pick::opt(journal.publisher.as_deref()));
    set("language", pick::language(None, article));
    set("section", pick::opt(article.section.as_deref()));
    set(
        "abstract",
        pick::main_abstract(article).map(|paragraphs| paragraphs.join("\n\n")),
    );
    let keywords = pick::keywords(article);
    set(
        "keyword",
        (!keywords.is_empty()).then(|| keywords.join(", ")),
    );
    set("source", pick::text(&article.provenance.source));
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
        let names: Vec<Value> = pick::names(article, roles)
            .iter()
            .map(|(name, _)| csl_name(name))
            .collect();
        if !names.is_empty() {
            item.insert(key.to_owned(), Value::Array(names));
        }
    }
    if let Some(date) = pick::date(article) {
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
