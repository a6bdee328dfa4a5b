//! JSON Lines: one canonical article a line, UTF-8, keys in the order of the types, deletions as lines.
//!
//! The lines validate against `schemas/article.schema.json` ([`super::schema`]).

use std::io::{self, Write};

use super::Format;
use crate::article::{Article, Entry};

/// The format `jsonl`.
#[derive(Clone, Copy, Debug, Default)]
pub struct JsonLines;

impl Format for JsonLines {
    fn name(&self) -> &'static str {
        "jsonl"
    }

    fn extension(&self) -> &'static str {
        "jsonl"
    }

    fn media_type(&self) -> &'static str {
        "application/jsonl"
    }

    fn entry(&mut self, out: &mut dyn Write, entry: &Entry) -> io::Result<()> {
        serde_json::to_writer(&mut *out, entry)?;
        out.write_all(b"\n")
    }

    fn file(&mut self, out: &mut dyn Write, article: &Article) -> io::Result<()> {
        serde_json::to_writer(&mut *out, article)?;
        out.write_all(b"\n")
    }
}
