//! Sinks for the entries of a collection beside a target: counting them, splitting deletions from articles, checking
//! each article on its way.

use std::sync::Arc;

use super::counts::Counts;
use super::error::ExportError;
use super::format::{EntryRef, Exporter, Rendered, RenderedEntry, left_out};
use super::jats::{self, JatsOptions};
use super::target::Target;
use crate::article::Status;

/// Takes the entries of a collection.
pub trait EntrySink: Send {
    /// Takes one entry.
    ///
    /// # Errors
    /// Failures of the place that is written to.
    fn write(&mut self, entry: EntryRef<'_>) -> Result<(), ExportError>;

    /// Returns the exporter by which articles may be rendered on other threads, to be written with
    /// [`write_rendered`](Self::write_rendered).
    fn renderer(&self) -> Option<Arc<dyn Exporter>> {
        None
    }

    /// Takes one article that was rendered by [`renderer`](Self::renderer).
    ///
    /// # Errors
    /// Failures of the place that is written to.
    fn write_rendered(&mut self, entry: RenderedEntry<'_>) -> Result<(), ExportError> {
        let error = std::io::Error::other(format!("an article of {} came rendered", entry.source));
        Err(ExportError::io("write", "-", error))
    }

    /// Returns whether more entries are of no use.
    fn is_closed(&self) -> bool {
        false
    }

    /// Completes the export.
    ///
    /// # Errors
    /// Failures of the place that is written to.
    fn finish(self: Box<Self>) -> Result<Counts, ExportError>;
}

impl EntrySink for Target {
    fn write(&mut self, entry: EntryRef<'_>) -> Result<(), ExportError> {
        self.push(entry)
    }

    fn renderer(&self) -> Option<Arc<dyn Exporter>> {
        Self::renderer(self)
    }

    fn write_rendered(&mut self, entry: RenderedEntry<'_>) -> Result<(), ExportError> {
        self.push_rendered(entry)
    }

    fn is_closed(&self) -> bool {
        Self::is_closed(self)
    }

    fn finish(self: Box<Self>) -> Result<Counts, ExportError> {
        Self::finish(*self)
    }
}

impl<T: EntrySink + ?Sized> EntrySink for Box<T> {
    fn write(&mut self, entry: EntryRef<'_>) -> Result<(), ExportError> {
        (**self).write(entry)
    }

    fn renderer(&self) -> Option<Arc<dyn Exporter>> {
        (**self).renderer()
    }

    fn write_rendered(&mut self, entry: RenderedEntry<'_>) -> Result<(), ExportError> {
        (**self).write_rendered(entry)
    }

    fn is_closed(&self) -> bool {
        (**self).is_closed()
    }

    fn finish(self: Box<Self>) -> Result<Counts, ExportError> {
        (*self).finish()
    }
}

/// Counts what an export would write, and writes nothing.
pub struct CountSink {
    exporter: Arc<dyn Exporter>,
    counts: Counts,
    rendered: Vec<u8>,
}

impl CountSink {
    /// Returns a sink that counts for a format.
    pub fn new(exporter: Arc<dyn Exporter>) -> Self {
        Self {
            exporter,
            counts: Counts::default(),
            rendered: Vec::new(),
        }
    }
}

impl EntrySink for CountSink {
    fn write(&mut self, entry: EntryRef<'_>) -> Result<(), ExportError> {
        self.rendered.clear();
        let rendered = match left_out(self.exporter.as_ref(), entry) {
            Some(rendered) => rendered,
            None => self
                .exporter
                .entry(entry, &mut self.rendered)
                .map_err(|error| ExportError::io("render", self.exporter.info().name, error))?,
        };
        self.counts.add(entry.entry.status(), rendered);
        Ok(())
    }

    fn renderer(&self) -> Option<Arc<dyn Exporter>> {
        Some(Arc::clone(&self.exporter))
    }

    fn write_rendered(&mut self, entry: RenderedEntry<'_>) -> Result<(), ExportError> {
        self.counts.add(entry.status, entry.rendered);
        Ok(())
    }

    fn finish(self: Box<Self>) -> Result<Counts, ExportError> {
        Ok(self.counts)
    }
}

/// Writes articles to one target and deletions to another, for programs that would load a deletion as a record.
pub struct SplitByStatus {
    /// Takes the articles.
    pub live: Box<dyn EntrySink>,
    /// Takes the deletions.
    pub deleted: Target,
}

impl EntrySink for SplitByStatus {
    fn write(&mut self, entry: EntryRef<'_>) -> Result<(), ExportError> {
        match entry.entry.status() {
            Status::Live => self.live.write(entry),
            Status::Deleted => self.deleted.write(entry),
        }
    }

    fn renderer(&self) -> Option<Arc<dyn Exporter>> {
        self.live.renderer()
    }

    fn write_rendered(&mut self, entry: RenderedEntry<'_>) -> Result<(), ExportError> {
        self.live.write_rendered(entry)
    }

    fn is_closed(&self) -> bool {
        self.live.is_closed()
    }

    fn finish(self: Box<Self>) -> Result<Counts, ExportError> {
        // Deletions first: a program that sees the articles in place finds them beside.
        let mut counts = self.deleted.finish()?;
        counts += self.live.finish()?;
        Ok(counts)
    }
}

/// Passes on a number of articles, and no more.
pub struct LimitSink<T> {
    /// Takes the entries.
    pub to: T,
    /// The number of articles that are still accepted.
    pub left: u64,
}

impl<T: EntrySink> EntrySink for LimitSink<T> {
    fn write(&mut self, entry: EntryRef<'_>) -> Result<(), ExportError> {
        if self.left == 0 {
            return Ok(());
        }
        self.left -= u64::from(entry.live().is_some());
        self.to.write(entry)
    }

    fn renderer(&self) -> Option<Arc<dyn Exporter>> {
        self.to.renderer()
    }

    fn write_rendered(&mut self, entry: RenderedEntry<'_>) -> Result<(), ExportError> {
        if self.left == 0 {
            return Ok(());
        }
        self.left -= u64::from(entry.status == Status::Live);
        self.to.write_rendered(entry)
    }

    fn is_closed(&self) -> bool {
        self.left == 0 || self.to.is_closed()
    }

    fn finish(self: Box<Self>) -> Result<Counts, ExportError> {
        Box::new(self.to).finish()
    }
}

/// Is called with an OAI identifier and a complaint about its article.
pub type LintCallback = Box<dyn FnMut(&str, &str) + Send>;

/// Checks the JATS of each article on its way to another sink.
pub struct LintSink<T> {
    /// Takes the entries.
    pub to: T,
    /// Options of the articles.
    pub options: JatsOptions,
    /// Is called for each complaint.
    pub report: LintCallback,
}

impl<T: EntrySink> EntrySink for LintSink<T> {
    fn write(&mut self, entry: EntryRef<'_>) -> Result<(), ExportError> {
        if let Some(article) = entry.live() {
            for complaint in jats::lint(&jats::document(article, self.options)) {
                (self.report)(&article.provenance.oai_identifier, &complaint.to_string());
            }
        }
        self.to.write(entry)
    }

    fn is_closed(&self) -> bool {
        self.to.is_closed()
    }

    fn finish(self: Box<Self>) -> Result<Counts, ExportError> {
        Box::new(self.to).finish()
    }
}

impl Rendered {
    /// Returns what the lack of a file says of a deletion in a folder: it is written, whatever the format.
    pub(super) fn in_folder(self, status: Status) -> Self {
        match status {
            Status::Deleted => Self::Written,
            Status::Live => self,
        }
    }
}

impl std::fmt::Debug for CountSink {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("CountSink")
            .field("counts", &self.counts)
            .finish_non_exhaustive()
    }
}
