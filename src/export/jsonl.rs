//! JSON Lines: one article a line, UTF-8, deletions as lines.
//!
//! The canonical lines have their keys in the order of the types and validate against `schemas/article.schema.json`
//! ([`super::schema`]). The flat ones have the field names of VuFind's Solr schema. For `_bulk` of Elasticsearch and
//! OpenSearch each line is preceded by its action, and a deletion is an action alone; the index is named in the
//! address the lines are sent to.

mod flat;
mod template;

pub use template::index_template;

use std::io::{self, Write as _};

use serde_json::json;

use super::{Deletions, EntryRef, Exporter, FormatInfo, Layout, Rendered};
use crate::article::{Article, Entry};

/// The format `jsonl`.
pub(super) const INFO: FormatInfo = FormatInfo {
    name: "jsonl",
    summary: "JSON Lines of the canonical article",
    extension: "jsonl",
    media_type: "application/jsonl",
    layout: Layout::Stream,
    deletions: Deletions::Always,
    options: &["flat", "bulk", "template"],
};

/// The format `jsonl` with action lines.
const BULK_INFO: FormatInfo = FormatInfo {
    media_type: "application/x-ndjson",
    ..INFO
};

/// Options of the JSON Lines exporter.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct JsonLinesOptions {
    /// Flat fields by VuFind's names, not the canonical article.
    pub flat: bool,
    /// Action lines for `_bulk`.
    pub bulk: bool,
}

/// Writes JSON Lines.
#[derive(Clone, Copy, Debug, Default)]
pub struct JsonLines {
    options: JsonLinesOptions,
}

impl JsonLines {
    /// Writes the lines asked for.
    pub fn new(options: JsonLinesOptions) -> Self {
        Self { options }
    }

    fn live(self, out: &mut Vec<u8>, article: &Article) -> io::Result<()> {
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

impl Exporter for JsonLines {
    fn info(&self) -> &'static FormatInfo {
        if self.options.bulk { &BULK_INFO } else { &INFO }
    }

    fn line(&self, line: &[u8], out: &mut Vec<u8>) -> bool {
        if self.options != JsonLinesOptions::default() {
            return false;
        }
        out.extend_from_slice(line);
        out.push(b'\n');
        true
    }

    fn entry(&self, entry: EntryRef<'_>, out: &mut Vec<u8>) -> io::Result<Rendered> {
        match entry.entry {
            Entry::Live(article) => {
                self.live(out, article)?;
                return Ok(Rendered::Written);
            }
            Entry::Deleted(deletion) if self.options.bulk => {
                write!(out, "{}", json!({ "delete": { "_id": deletion.id } }))?;
            }
            Entry::Deleted(deletion) if self.options.flat => {
                serde_json::to_writer(&mut *out, &flat::deleted(deletion))?;
            }
            Entry::Deleted(deletion) => serde_json::to_writer(&mut *out, deletion)?,
        }
        out.push(b'\n');
        Ok(Rendered::Written)
    }
}
