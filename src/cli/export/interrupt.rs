//! An export that a signal stops at the next article.

use std::sync::Arc;

use tokio_util::sync::CancellationToken;

use crate::export::{Counts, EntryRef, EntrySink, ExportError, Exporter, RenderedEntry};

/// Fails once the token is cancelled, so that nothing is put in its place.
#[derive(Debug)]
pub(super) struct Interruptible<T> {
    to: T,
    cancel: CancellationToken,
}

impl<T> Interruptible<T> {
    pub(super) fn new(to: T, cancel: &CancellationToken) -> Self {
        Self {
            to,
            cancel: cancel.clone(),
        }
    }

    fn check(&self) -> Result<(), ExportError> {
        if self.cancel.is_cancelled() {
            let error = std::io::ErrorKind::Interrupted.into();
            return Err(ExportError::io("finish", "the export", error));
        }
        Ok(())
    }
}

impl<T: EntrySink> EntrySink for Interruptible<T> {
    fn write(&mut self, entry: EntryRef<'_>) -> Result<(), ExportError> {
        self.check()?;
        self.to.write(entry)
    }

    fn renderer(&self) -> Option<Arc<dyn Exporter>> {
        self.to.renderer()
    }

    fn write_rendered(&mut self, entry: RenderedEntry<'_>) -> Result<(), ExportError> {
        self.check()?;
        self.to.write_rendered(entry)
    }

    fn is_closed(&self) -> bool {
        self.to.is_closed()
    }

    fn finish(self: Box<Self>) -> Result<Counts, ExportError> {
        self.check()?;
        Box::new(self.to).finish()
    }
}
