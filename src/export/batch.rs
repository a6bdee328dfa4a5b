//! A batch of items on its way to a target: chosen and rendered on a worker thread, written in order.

use std::sync::Arc;

use super::choice::Choice;
use super::error::ExportError;
use super::format::{EntryRef, Exporter, Rendered, RenderedEntry, left_out};
use super::sink::EntrySink;
use crate::article::{Entry, Status};
use crate::normalize::entries::{FoundItem, ReadItem, Reading};
use crate::store::{ArticleRow, ItemKey, SearchIndex, SourceId, StoredItem};

/// The most that is reserved for the lines of a batch, bytes.
const RESERVED: usize = 16 << 20;

/// The work on the items of a source.
#[derive(Clone)]
pub(super) struct Work {
    /// The name of the source.
    pub(super) source: String,
    /// The number.
    pub(super) source_id: SourceId,
    /// Returns the export filter.
    pub(super) choice: Choice,
    /// True if only changes are exported.
    pub(super) is_delta: bool,
    /// What the derived rows are to be found by, where they are made on the way.
    pub(super) derives: Option<SearchIndex>,
    /// True if all live articles are exported.
    pub(super) is_unfiltered: bool,
    /// Renders articles, where the target takes them rendered.
    pub(super) renderer: Option<Arc<dyn Exporter>>,
}

/// The result of a batch.
#[derive(Default)]
pub(super) struct Batch {
    /// Items that were looked at.
    pub(super) items: u64,
    /// Derived rows.
    pub(super) rows: Vec<ArticleRow>,
    pieces: Vec<Piece>,
    /// The rendered entries, one after the other.
    bytes: Vec<u8>,
}

enum Piece {
    /// A live article; where its bytes end.
    Rendered(Rendered, usize),
    Entry(Box<(StoredItem, Entry)>),
}

impl Work {
    /// Chooses and renders the entries of items.
    pub(super) fn run(&self, reading: &mut Reading<'_>, found: Vec<FoundItem>) -> Batch {
        let mut batch = Batch {
            items: found.len() as u64,
            ..Batch::default()
        };
        let line_end = self.line_end();
        if line_end.is_some() {
            let bytes: usize = found.iter().map(|found| found.kept_len() + 1).sum();
            batch.bytes.reserve(bytes.min(RESERVED));
        }
        for found in found {
            if !self.is_wanted(&found.item) {
                continue;
            }
            if let Some(line_end) = line_end
                && reading.append_kept(&found, &mut batch.bytes)
            {
                batch.end_line(line_end);
                continue;
            }
            let read = reading.read(found);
            self.add(reading, read, &mut batch);
        }
        batch
    }

    /// Returns what ends the line of a live article, where its line as it is kept is all that is wanted of it.
    fn line_end(&self) -> Option<&'static [u8]> {
        let renderer = self.renderer.as_ref()?;
        let is_alone = self.derives.is_none() && self.is_unfiltered;
        renderer.line_end().filter(|_| is_alone)
    }

    fn is_wanted(&self, item: &StoredItem) -> bool {
        let key = ItemKey {
            source_id: self.source_id,
            item_no: item.item_no,
        };
        let shard = self.choice.shard;
        shard.is_none_or(|shard| shard.has(&self.source, item.item_no))
            && !self.choice.excluded_duplicates.contains(&key)
    }

    fn add(&self, reading: &Reading<'_>, read: ReadItem, batch: &mut Batch) {
        if let (Some(line_end), Some(line)) = (self.line_end(), read.line()) {
            batch.bytes.extend_from_slice(line);
            batch.end_line(line_end);
            return;
        }
        let (item, entry) = if let Some(search) = self.derives {
            let (row, item, entry) = reading.row(read, search);
            batch.rows.push(row);
            (item, entry)
        } else {
            reading.open(read)
        };
        if let Some(entry) = self.choice.filter.apply(entry, self.is_delta) {
            batch
                .pieces
                .push(self.render(item, entry, &mut batch.bytes));
        }
    }

    /// Renders a live article. Where that fails, the target fails with it in its turn.
    fn render(&self, item: StoredItem, entry: Entry, bytes: &mut Vec<u8>) -> Piece {
        if let Some(renderer) = &self.renderer
            && entry.status() == Status::Live
        {
            let from = bytes.len();
            let entry = EntryRef::new(&entry, &item);
            if let Some(rendered) = left_out(renderer.as_ref(), entry) {
                return Piece::Rendered(rendered, from);
            }
            match renderer.entry(entry, bytes) {
                Ok(rendered) => return Piece::Rendered(rendered, bytes.len()),
                Err(_) => bytes.truncate(from),
            }
        }
        Piece::Entry(Box::new((item, entry)))
    }
}

impl Batch {
    /// Ends the line that stands last, of a live article.
    fn end_line(&mut self, line_end: &[u8]) {
        self.bytes.extend_from_slice(line_end);
        let end = self.bytes.len();
        self.pieces.push(Piece::Rendered(Rendered::Written, end));
    }

    /// Writes the entries in their order.
    ///
    /// # Errors
    /// Failures of the target.
    pub(super) fn write(
        &self,
        source: &str,
        target: &mut impl EntrySink,
    ) -> Result<(), ExportError> {
        let mut from = 0;
        for piece in &self.pieces {
            match piece {
                Piece::Rendered(rendered, end) => {
                    target.write_rendered(RenderedEntry {
                        source,
                        status: Status::Live,
                        rendered: *rendered,
                        bytes: &self.bytes[from..*end],
                    })?;
                    from = *end;
                }
                Piece::Entry(entry) => target.write(EntryRef::new(&entry.1, &entry.0))?,
            }
        }
        Ok(())
    }
}
