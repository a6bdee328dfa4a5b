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

use super::format::{Deletions, EntryRef, Exporter, FormatInfo, Layout, Rendered};
use crate::article::Entry;

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
    /// Writes the lines requested.
    pub fn new(options: JsonLinesOptions) -> Self {
        Self { options }
    }
}

impl Exporter for JsonLines {
    fn info(&self) -> &'static FormatInfo {
        if self.options.bulk { &BULK_INFO } else { &INFO }
    }

    fn line_end(&self) -> Option<&'static [u8]> {
        (self.options == JsonLinesOptions::default()).then_some(b"\n")
    }

    fn entry(&self, entry: EntryRef<'_>, out: &mut Vec<u8>) -> io::Result<Rendered> {
        if self.options.bulk {
            let action = match entry.entry {
                Entry::Live(article) => json!({ "index": { "_id": article.id } }),
                Entry::Deleted(deletion) => json!({ "delete": { "_id": deletion.id } }),
            };
            writeln!(out, "{action}")?;
            // A deletion has an action alone.
            if entry.live().is_none() {
                return Ok(Rendered::Written);
            }
        }
        if self.options.flat {
            serde_json::to_writer(&mut *out, &flat::fields(entry.entry))?;
        } else {
            // Its many small pieces go out as one.
            out.write_all(&crate::json::line(entry.entry)?)?;
        }
        out.push(b'\n');
        Ok(Rendered::Written)
    }
}
