//! The entries of a collection as Arrow record batches.

use std::fmt;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use arrow_array::RecordBatch;
use arrow_schema::SchemaRef;
use futures_util::Stream;

use super::entries::Entries;
use crate::error::Result;
use crate::export::ExportError;
use crate::export::parquet::{Rows, arrow_schema};

/// A stream of Arrow record batches, made of entries. See [`Entries::record_batches`].
#[must_use = "a stream does nothing unless it is read"]
pub struct RecordBatches {
    entries: Entries,
    rows: Rows,
    /// True if all entries were read.
    ended: bool,
}

impl Entries {
    /// The entries as Arrow record batches, one row per entry. The columns are those of the export format `parquet`.
    ///
    /// # Errors
    /// None that this build can come to: the columns are made from the types of the article.
    pub fn record_batches(self) -> Result<RecordBatches> {
        let schema = arrow_schema().map_err(failed)?;
        Ok(RecordBatches {
            entries: self,
            rows: Rows::new(schema),
            ended: false,
        })
    }
}

impl RecordBatches {
    /// The columns.
    pub fn schema(&self) -> SchemaRef {
        self.rows.schema()
    }

    /// Takes entries until they fill a batch.
    fn poll(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<RecordBatch>>> {
        while !self.ended {
            match Pin::new(&mut self.entries).poll_next(context) {
                Poll::Pending => return Poll::Pending,
                Poll::Ready(Some(Err(error))) => return Poll::Ready(Some(Err(error))),
                Poll::Ready(None) => self.ended = true,
                Poll::Ready(Some(Ok(entry))) => match self.rows.push(&entry) {
                    Ok(false) => {}
                    Ok(true) => break,
                    Err(error) => return Poll::Ready(Some(Err(failed(error)))),
                },
            }
        }
        Poll::Ready(self.rows.take().map_err(failed).transpose())
    }
}

impl Stream for RecordBatches {
    type Item = Result<RecordBatch>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        RecordBatches::poll(&mut self, context)
    }
}

impl fmt::Debug for RecordBatches {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RecordBatches")
            .field("entries", &self.entries)
            .finish_non_exhaustive()
    }
}

fn failed(error: io::Error) -> crate::Error {
    ExportError::io("make", "record batches", error).into()
}
