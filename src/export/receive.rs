//! What takes the items of a collection, beside a target: counting them, parting deletions from articles, checking
//! each article on its way.

use super::jats::{self, JatsOptions};
use super::{Counts, ExportError, Format, Target};
use crate::article::{Entry, Status};
use crate::store::StoredItem;

/// Takes the items of a collection: each as it is stored, and as the entry it comes to.
pub trait Receive: Send {
    /// Takes one item.
    fn receive(&mut self, item: &StoredItem, entry: &Entry) -> Result<(), ExportError>;

    /// Whether more items are of no use.
    fn is_closed(&self) -> bool;

    /// Completes the export.
    fn finish(self: Box<Self>) -> Result<Counts, ExportError>;
}

impl Receive for Target {
    fn receive(&mut self, item: &StoredItem, entry: &Entry) -> Result<(), ExportError> {
        self.see(item);
        self.push(entry)
    }

    fn is_closed(&self) -> bool {
        Self::is_closed(self)
    }

    fn finish(self: Box<Self>) -> Result<Counts, ExportError> {
        Self::finish(*self)
    }
}

impl<T: Receive + ?Sized> Receive for Box<T> {
    fn receive(&mut self, item: &StoredItem, entry: &Entry) -> Result<(), ExportError> {
        (**self).receive(item, entry)
    }

    fn is_closed(&self) -> bool {
        (**self).is_closed()
    }

    fn finish(self: Box<Self>) -> Result<Counts, ExportError> {
        (*self).finish()
    }
}

/// Counts what an export would write, and writes nothing.
#[derive(Default)]
pub struct Tally {
    format: Option<Box<dyn Format>>,
    counts: Counts,
}

impl Tally {
    /// For a format; without one everything counts as written.
    pub fn new(format: Option<Box<dyn Format>>) -> Self {
        Self {
            format,
            counts: Counts::default(),
        }
    }
}

impl Receive for Tally {
    fn receive(&mut self, _: &StoredItem, entry: &Entry) -> Result<(), ExportError> {
        match entry.status() {
            _ if self
                .format
                .as_ref()
                .is_some_and(|format| !format.takes(entry)) =>
            {
                self.counts.left_out += 1
            }
            Status::Live => self.counts.live += 1,
            Status::Deleted => self.counts.deleted += 1,
        }
        Ok(())
    }

    fn is_closed(&self) -> bool {
        false
    }

    fn finish(self: Box<Self>) -> Result<Counts, ExportError> {
        Ok(self.counts)
    }
}

/// Articles to one target, deletions to another: for who would load a deletion as a record.
#[derive(Debug)]
pub struct Parted {
    /// Of articles.
    pub live: Target,
    /// Of deletions.
    pub deleted: Target,
}

impl Receive for Parted {
    fn receive(&mut self, item: &StoredItem, entry: &Entry) -> Result<(), ExportError> {
        match entry.status() {
            Status::Live => self.live.receive(item, entry),
            Status::Deleted => self.deleted.receive(item, entry),
        }
    }

    fn is_closed(&self) -> bool {
        self.live.is_closed()
    }

    fn finish(self: Box<Self>) -> Result<Counts, ExportError> {
        // Deletions first: whoever sees the articles in place finds them beside.
        let deleted = self.deleted.finish()?;
        let live = self.live.finish()?;
        let left_out = live.left_out + deleted.left_out;
        Ok(Counts {
            live: live.live,
            deleted: deleted.deleted,
            left_out,
            native: live.native,
        })
    }
}

/// Hears of what is wrong: an OAI identifier, and a complaint about its article.
pub type Tell = Box<dyn FnMut(&str, &str) + Send>;

/// Checks the JATS of each article by the lint as it goes by.
pub struct Linted<T> {
    /// Where the articles go.
    pub to: T,
    /// How they are written.
    pub options: JatsOptions,
    /// Hears of what is wrong.
    pub tell: Tell,
}

impl<T: Receive> Receive for Linted<T> {
    fn receive(&mut self, item: &StoredItem, entry: &Entry) -> Result<(), ExportError> {
        if let Entry::Live(article) = entry {
            for fault in jats::lint(&jats::document(article, self.options)) {
                (self.tell)(&article.provenance.oai_identifier, &fault.to_string());
            }
        }
        self.to.receive(item, entry)
    }

    fn is_closed(&self) -> bool {
        self.to.is_closed()
    }

    fn finish(self: Box<Self>) -> Result<Counts, ExportError> {
        Box::new(self.to).finish()
    }
}

impl std::fmt::Debug for Tally {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Tally")
            .field("counts", &self.counts)
            .finish_non_exhaustive()
    }
}
