//! Export formats: the data that describes it, and the trait that renders entries.

use std::borrow::Cow;
use std::io::{self, Write};
use std::sync::Arc;

use super::name;
use super::xml::PROLOG;
use crate::article::{Article, Deletion, Entry, Status};
use crate::store::{StoredItem, StoredRecord};

/// The fixed data of an export format.
#[derive(Debug, PartialEq, Eq)]
pub struct FormatInfo {
    /// Name on the command line, such as `jats`.
    pub name: &'static str,
    /// A description in one line.
    pub summary: &'static str,
    /// File name extension, without a dot.
    pub extension: &'static str,
    /// Media type (RFC 6838).
    pub media_type: &'static str,
    /// The layout of its files.
    pub layout: Layout,
    /// The default for deletions in a full export.
    pub deletions: Deletions,
    /// Command-line options, without dashes, that only some formats take and this one does.
    pub options: &'static [&'static str],
}

/// The default for deletions in a full export. An export of changes always has them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Deletions {
    /// In every export, for programs that keep a copy up to date.
    Always,
    /// Only where they are requested: people read the files.
    OnRequest,
}

/// The layout of the files of a format.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layout {
    /// One stream of entries.
    Stream,
    /// One file per article in a folder with an index.
    FilePerArticle,
    /// One file per article or deletion in a folder that another program empties.
    Spool,
}

/// An entry to render, with the stored records that it was made of.
#[derive(Clone, Copy, Debug)]
pub struct EntryRef<'a> {
    /// The live article or the deletion.
    pub entry: &'a Entry,
    /// The records as received; empty where only the entry is known.
    pub records: &'a [StoredRecord],
}

impl<'a> EntryRef<'a> {
    /// Returns an entry with the records of its item.
    pub fn new(entry: &'a Entry, item: &'a StoredItem) -> Self {
        Self {
            entry,
            records: &item.records,
        }
    }

    /// Returns the article, or `None` for a deletion.
    pub fn live(self) -> Option<&'a Article> {
        match self.entry {
            Entry::Live(article) => Some(article),
            Entry::Deleted(_) => None,
        }
    }

    /// Returns the deletion, or `None` for a live article.
    pub fn deleted(self) -> Option<&'a Deletion> {
        match self.entry {
            Entry::Live(_) => None,
            Entry::Deleted(deletion) => Some(deletion),
        }
    }
}

impl<'a> From<&'a Entry> for EntryRef<'a> {
    fn from(entry: &'a Entry) -> Self {
        Self {
            entry,
            records: &[],
        }
    }
}

/// The result of rendering an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rendered {
    /// The entry was appended.
    Written,
    /// The entry was appended, with a note for the user: what, and how often.
    Noted(&'static str, u64),
    /// The server's own document was appended unchanged.
    Native,
    /// Nothing was appended: the format has no form for the entry, for this reason.
    LeftOut(&'static str),
}

impl Rendered {
    /// The format cannot say that an article was deleted.
    pub const DELETION: Self = Self::LeftOut("deletions");
    /// Nothing is known of the article.
    pub const UNREAD: Self = Self::LeftOut("records in formats that no crosswalk reads");

    /// Returns whether the entry was appended.
    pub fn is_written(self) -> bool {
        !matches!(self, Self::LeftOut(_))
    }
}

/// An entry that was rendered on another thread.
#[derive(Clone, Copy, Debug)]
pub struct RenderedEntry<'a> {
    /// The name of its source.
    pub source: &'a str,
    /// Live or deleted.
    pub status: Status,
    /// The result of rendering it.
    pub rendered: Rendered,
    /// The rendered bytes.
    pub bytes: &'a [u8],
}

/// Renders entries in one format. Rendering keeps no state, so that several threads can share one exporter.
pub trait Exporter: Send + Sync {
    /// Returns the data of the format.
    fn info(&self) -> &'static FormatInfo;

    /// Appends what stands for an entry in a stream.
    ///
    /// # Errors
    /// Failures of a serializer; `out` is never at fault.
    fn entry(&self, entry: EntryRef<'_>, out: &mut Vec<u8>) -> io::Result<Rendered>;

    /// Returns what ends the canonical JSON line of a live article in a stream, where that line is all that stands for
    /// it.
    fn line_end(&self) -> Option<&'static [u8]> {
        None
    }

    /// Appends the whole file of one entry.
    ///
    /// # Errors
    /// As of [`entry`](Self::entry).
    fn document(&self, entry: EntryRef<'_>, out: &mut Vec<u8>) -> io::Result<Rendered> {
        let mut content = Vec::new();
        let rendered = self.entry(entry, &mut content)?;
        if rendered.is_written() {
            let mut frame = self.frame();
            frame.begin(out)?;
            frame.add(entry, &content, out)?;
            frame.end(out)?;
        }
        Ok(rendered)
    }

    /// Returns whether the format is that of the records, so that those that no crosswalk reads are written too.
    fn writes_records(&self) -> bool {
        false
    }

    /// Returns what joins rendered entries to one stream.
    fn frame(&self) -> Box<dyn Frame> {
        Box::new(TextFrame::default())
    }

    /// Returns the exporter of deletions, where they stand in a file of their own beside the articles.
    fn deletions(&self) -> Option<Arc<dyn Exporter>> {
        None
    }

    /// Returns the name of an entry's file in a folder.
    fn file_name(&self, entry: &Entry) -> String {
        let provenance = entry.provenance();
        name::file_name(
            &provenance.source,
            &provenance.oai_identifier,
            self.info().extension,
        )
    }
}

/// Returns the reason for which a format leaves an entry out that nothing is known of.
pub(super) fn left_out(exporter: &dyn Exporter, entry: EntryRef<'_>) -> Option<Rendered> {
    let is_unread = entry.live().is_some_and(Article::is_unread);
    (is_unread && !exporter.writes_records()).then_some(Rendered::UNREAD)
}

/// Joins the rendered entries of one stream in their order.
pub trait Frame: Send {
    /// Writes what stands before the first entry.
    ///
    /// # Errors
    /// Failures of the writer.
    fn begin(&mut self, out: &mut dyn Write) -> io::Result<()>;

    /// Writes an entry, given its rendered bytes.
    ///
    /// # Errors
    /// Failures of the writer.
    fn add(&mut self, _: EntryRef<'_>, rendered: &[u8], out: &mut dyn Write) -> io::Result<()> {
        self.join(rendered, out)
    }

    /// Writes an entry of which only the rendered bytes are known.
    ///
    /// # Errors
    /// Failures of the writer.
    fn join(&mut self, rendered: &[u8], out: &mut dyn Write) -> io::Result<()>;

    /// Returns whether the rendered bytes of entries are all that it needs.
    fn joins_bytes(&self) -> bool {
        true
    }

    /// Writes what stands after the last entry.
    ///
    /// # Errors
    /// Failures of the writer.
    fn end(&mut self, out: &mut dyn Write) -> io::Result<()>;
}

/// A frame of fixed texts.
#[derive(Clone, Debug, Default)]
pub struct TextFrame {
    /// Before the first entry.
    pub head: Cow<'static, str>,
    /// Between two entries.
    pub separator: &'static str,
    /// After the last entry.
    pub tail: &'static str,
    has_entries: bool,
}

impl TextFrame {
    /// Returns a frame of a head and a tail.
    pub fn new(head: impl Into<Cow<'static, str>>, tail: &'static str) -> Self {
        Self {
            head: head.into(),
            tail,
            ..Self::default()
        }
    }

    /// Returns the same with a text between two entries.
    #[must_use]
    pub fn separated(mut self, separator: &'static str) -> Self {
        self.separator = separator;
        self
    }
}

impl Frame for TextFrame {
    fn begin(&mut self, out: &mut dyn Write) -> io::Result<()> {
        out.write_all(self.head.as_bytes())
    }

    fn join(&mut self, rendered: &[u8], out: &mut dyn Write) -> io::Result<()> {
        if std::mem::replace(&mut self.has_entries, true) {
            out.write_all(self.separator.as_bytes())?;
        }
        out.write_all(rendered)
    }

    fn end(&mut self, out: &mut dyn Write) -> io::Result<()> {
        out.write_all(self.tail.as_bytes())
    }
}

/// Renders an entry as a document of its own: the XML declaration and the element, without the frame of a stream.
pub(super) fn with_prolog(
    exporter: &dyn Exporter,
    entry: EntryRef<'_>,
    out: &mut Vec<u8>,
) -> io::Result<Rendered> {
    let mut element = Vec::new();
    let rendered = exporter.entry(entry, &mut element)?;
    if rendered.is_written() {
        out.extend_from_slice(PROLOG.as_bytes());
        out.extend_from_slice(&element);
    }
    Ok(rendered)
}

/// Renders an entry's own file into a buffer; the article's file only, where a folder shows a deletion by its lack.
pub(super) fn render_file(
    exporter: &dyn Exporter,
    entry: EntryRef<'_>,
    buffer: &mut Vec<u8>,
) -> io::Result<Rendered> {
    buffer.clear();
    if entry.live().is_none() {
        return Ok(Rendered::DELETION);
    }
    exporter.document(entry, buffer)
}
