//! The entries of a collection as Arrow record batches.

mod arrays;

use std::fmt;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use arrow_array::RecordBatch;
use arrow_schema::SchemaRef;
use futures_util::Stream;
use serde_json::Value;

use super::entries::Entries;
use crate::article::Entry;
use crate::error::Result;
use crate::export::ExportError;
use crate::export::parquet::columns::columns;

/// Rows of a batch, or fewer where their texts come to so many bytes.
const BATCH_ROWS: usize = 512;
const BATCH_BYTES: usize = 4 << 20;

/// A stream of Arrow record batches, made of entries. See [`Entries::record_batches`].
#[must_use = "a stream does nothing unless it is read"]
pub struct RecordBatches {
    entries: Entries,
    rows: Rows,
    /// True if all entries were read.
    ended: bool,
}

/// Entries that become columns together.
struct Rows {
    schema: SchemaRef,
    values: Vec<Value>,
    bytes: usize,
}

impl Rows {
    /// Adds a row; returns whether there are enough for a batch.
    fn push(&mut self, entry: &Entry) -> io::Result<bool> {
        let value = serde_json::to_value(entry)?;
        self.bytes += text_len(&value);
        self.values.push(value);
        Ok(self.values.len() >= BATCH_ROWS || self.bytes >= BATCH_BYTES)
    }

    /// Takes the rows as columns; `None` where there are none.
    fn take(&mut self) -> io::Result<Option<RecordBatch>> {
        if self.values.is_empty() {
            return Ok(None);
        }
        let batch = arrays::batch(&self.schema, &self.values).map_err(io::Error::other)?;
        self.values.clear();
        self.bytes = 0;
        Ok(Some(batch))
    }
}

impl Entries {
    /// The entries as Arrow record batches, one row per entry. The columns are those of the export format `parquet`.
    ///
    /// # Errors
    /// None that this build can come to: the columns are made from the types of the article.
    pub fn record_batches(self) -> Result<RecordBatches> {
        let schema = arrays::schema(&columns().map_err(failed)?);
        Ok(RecordBatches {
            entries: self,
            rows: Rows {
                schema: Arc::new(schema),
                values: Vec::with_capacity(BATCH_ROWS),
                bytes: 0,
            },
            ended: false,
        })
    }
}

impl RecordBatches {
    /// The columns.
    pub fn schema(&self) -> SchemaRef {
        Arc::clone(&self.rows.schema)
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

/// Length of all texts in a value, bytes.
fn text_len(value: &Value) -> usize {
    match value {
        Value::String(text) => text.len(),
        Value::Array(values) => values.iter().map(text_len).sum(),
        Value::Object(values) => values.values().map(text_len).sum(),
        _ => 0,
    }
}

fn failed(error: io::Error) -> crate::Error {
    ExportError::io("make", "record batches", error).into()
}
