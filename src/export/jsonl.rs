//! JSON Lines: one article a line, UTF-8, deletions as lines.
//!
//! The canonical lines have their keys in the order of the types and validate against `schemas/article.schema.json`
//! ([`super::schema`]). The flat ones have the field names of VuFind's Solr schema. For `_bulk` of Elasticsearch and
//! OpenSearch each line is preceded by its action, and a deletion is an action alone; the index is named in the
//! address the lines are sent to.

mod flat;

use std::io::{self, Write};

use serde_json::json;

use super::Format;
use crate::article::{Article, Entry, Status};

/// How lines are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct JsonLinesOptions {
    /// Flat fields by VuFind's names, not the canonical article.
    pub flat: bool,
    /// Action lines for `_bulk`.
    pub bulk: bool,
}

/// The format `jsonl`.
#[derive(Clone, Copy, Debug, Default)]
pub struct JsonLines {
    options: JsonLinesOptions,
}

impl JsonLines {
    /// Writes the lines asked for.
    pub fn new(options: JsonLinesOptions) -> Self {
        Self { options }
    }

    fn live(self, out: &mut dyn Write, article: &Article) -> io::Result<()> {
        if self.options.bulk {
            writeln!(out, "{}", json!({ "index": { "_id": article.id } }))?;
        }
        if self.options.flat {
            serde_json::to_writer(&mut *out, &flat::live(article))?;
        } else {
            // Its many small pieces go out as one.
            out.write_all(&crate::json::line(article)?)?;
        }
        out.write_all(b"\n")
    }
}

impl Format for JsonLines {
    fn name(&self) -> &'static str {
        "jsonl"
    }

    fn extension(&self) -> &'static str {
        "jsonl"
    }

    fn media_type(&self) -> &'static str {
        if self.options.bulk {
            "application/x-ndjson"
        } else {
            "application/jsonl"
        }
    }

    fn entry(&mut self, out: &mut dyn Write, entry: &Entry) -> io::Result<()> {
        match entry {
            Entry::Live(article) => return self.live(out, article),
            Entry::Deleted(deletion) if self.options.bulk => {
                write!(out, "{}", json!({ "delete": { "_id": deletion.id } }))?;
            }
            Entry::Deleted(deletion) if self.options.flat => {
                serde_json::to_writer(&mut *out, &flat::deleted(deletion))?;
            }
            Entry::Deleted(deletion) => serde_json::to_writer(&mut *out, deletion)?,
        }
        debug_assert_eq!(entry.status(), Status::Deleted);
        out.write_all(b"\n")
    }

    fn file(&mut self, out: &mut dyn Write, article: &Article) -> io::Result<()> {
        self.live(out, article)
    }
}
