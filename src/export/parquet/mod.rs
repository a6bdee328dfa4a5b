//! Parquet: a row an article or deletion, with the fields of the JSON Lines; what is nested there is nested here.
//!
//! Columns and their types are made from the types of [`mod@crate::article`], as the JSON Schema is; they are published
//! in `schemas/article.parquet.txt`. A value that is absent is null, and of a deletion so are all but those it has.
//! Compressed with zstd. Rows are gathered in groups of bounded size, so that memory stays level however many there
//! are.

mod columns;

use std::io::{self, Write};
use std::sync::Arc;

use ::parquet::arrow::{ArrowSchemaConverter, ArrowWriter};
use ::parquet::basic::{Compression, ZstdLevel};
use ::parquet::errors::ParquetError;
use ::parquet::file::metadata::KeyValue;
use ::parquet::file::properties::WriterProperties;
use ::parquet::schema::printer::print_schema;
use arrow_array::RecordBatch;
use arrow_schema::{ArrowError, SchemaRef};
use serde_json::Value;

use super::format::{Deletions, EntryRef, Exporter, FormatInfo, Frame, Layout, Rendered};
use crate::article::{Entry, SCHEMA_VERSION};

/// Rows that become columns together, or fewer where they are of this many bytes.
const BATCH_ROWS: usize = 512;
const BATCH_BYTES: usize = 4 << 20;
/// Most rows of a row group.
const GROUP_ROWS: usize = 65_536;
/// A row group ends when it has come to this many bytes.
const GROUP_BYTES: usize = 16 << 20;

/// The format `parquet`.
pub(super) const INFO: FormatInfo = FormatInfo {
    name: "parquet",
    summary: "Parquet, one row per article or deletion",
    extension: "parquet",
    media_type: "application/vnd.apache.parquet",
    layout: Layout::Stream,
    deletions: Deletions::OnRequest,
    options: &[],
};

/// Writes Parquet.
#[derive(Clone, Copy, Debug, Default)]
pub struct Parquet;

/// Gathers entries in row groups.
#[derive(Default)]
struct RowGroups {
    open: Option<Open>,
}

/// A file under way.
struct Open {
    writer: ArrowWriter<Vec<u8>>,
    rows: Rows,
}

/// Entries that become columns together.
pub(crate) struct Rows {
    schema: SchemaRef,
    values: Vec<Value>,
    bytes: usize,
}

impl Rows {
    /// Returns a place for rows with these columns.
    pub(crate) fn new(schema: SchemaRef) -> Self {
        Self {
            schema,
            values: Vec::with_capacity(BATCH_ROWS),
            bytes: 0,
        }
    }

    pub(crate) fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }

    /// Adds a row; returns whether there are enough for a batch.
    pub(crate) fn push(&mut self, entry: &Entry) -> io::Result<bool> {
        let value = serde_json::to_value(entry)?;
        self.bytes += len(&value);
        self.values.push(value);
        Ok(self.values.len() >= BATCH_ROWS || self.bytes >= BATCH_BYTES)
    }

    /// Takes the rows as columns; `None` where there are none.
    pub(crate) fn take(&mut self) -> io::Result<Option<RecordBatch>> {
        if self.values.is_empty() {
            return Ok(None);
        }
        let batch = columns::batch(&self.schema, &self.values).map_err(arrow)?;
        self.values.clear();
        self.bytes = 0;
        Ok(Some(batch))
    }
}

/// Returns the columns of an entry.
pub(crate) fn arrow_schema() -> io::Result<SchemaRef> {
    columns::schema().map(Arc::new).map_err(arrow)
}

impl Open {
    fn new() -> io::Result<Self> {
        let schema = arrow_schema()?;
        let version = KeyValue::new(
            "offprint.schema_version".to_owned(),
            SCHEMA_VERSION.to_owned(),
        );
        let properties = WriterProperties::builder()
            .set_compression(Compression::ZSTD(ZstdLevel::default()))
            .set_created_by(concat!("offprint ", env!("CARGO_PKG_VERSION")).to_owned())
            .set_key_value_metadata(Some(vec![version]))
            .set_max_row_group_row_count(Some(GROUP_ROWS))
            .build();
        let writer = ArrowWriter::try_new(Vec::new(), Arc::clone(&schema), Some(properties))
            .map_err(parquet)?;
        Ok(Self {
            writer,
            rows: Rows::new(schema),
        })
    }

    fn push(&mut self, entry: &Entry) -> io::Result<()> {
        if self.rows.push(entry)? {
            self.columns()
        } else {
            Ok(())
        }
    }

    fn columns(&mut self) -> io::Result<()> {
        let Some(batch) = self.rows.take()? else {
            return Ok(());
        };
        self.writer.write(&batch).map_err(parquet)?;
        if self.writer.memory_size() >= GROUP_BYTES {
            self.writer.flush().map_err(parquet)?;
        }
        Ok(())
    }

    /// Hands on what the writer has finished.
    fn drain(&mut self, out: &mut dyn Write) -> io::Result<()> {
        out.write_all(self.writer.inner())?;
        self.writer.inner_mut().clear();
        Ok(())
    }

    fn finish(mut self, out: &mut dyn Write) -> io::Result<()> {
        self.columns()?;
        out.write_all(&self.writer.into_inner().map_err(parquet)?)
    }
}

impl Exporter for Parquet {
    fn info(&self) -> &'static FormatInfo {
        &INFO
    }

    fn entry(&self, _: EntryRef<'_>, _: &mut Vec<u8>) -> io::Result<Rendered> {
        // Rows are made of the entries themselves, group by group.
        Ok(Rendered::Written)
    }

    fn frame(&self) -> Box<dyn Frame> {
        Box::new(RowGroups::default())
    }
}

impl Frame for RowGroups {
    fn begin(&mut self, out: &mut dyn Write) -> io::Result<()> {
        self.open.insert(Open::new()?).drain(out)
    }

    fn add(&mut self, entry: EntryRef<'_>, _: &[u8], out: &mut dyn Write) -> io::Result<()> {
        let Some(open) = &mut self.open else {
            return Err(io::Error::other("no head was written"));
        };
        open.push(entry.entry)?;
        open.drain(out)
    }

    fn join(&mut self, _: &[u8], _: &mut dyn Write) -> io::Result<()> {
        Err(io::Error::other("rows are made of the entries themselves"))
    }

    fn joins_bytes(&self) -> bool {
        false
    }

    fn end(&mut self, out: &mut dyn Write) -> io::Result<()> {
        self.open.take().map_or(Ok(()), |open| open.finish(out))
    }
}

/// The columns as Parquet's own notation writes them.
///
/// Errors: none that this build can come to.
pub fn schema_text() -> io::Result<String> {
    let schema = columns::schema().map_err(arrow)?;
    let columns = ArrowSchemaConverter::new()
        .schema_root("article")
        .convert(&schema)
        .map_err(parquet)?;
    let mut text = Vec::new();
    print_schema(&mut text, columns.root_schema());
    String::from_utf8(text).map_err(io::Error::other)
}

/// Length of all texts in a value, bytes.
fn len(value: &Value) -> usize {
    match value {
        Value::String(text) => text.len(),
        Value::Array(values) => values.iter().map(len).sum(),
        Value::Object(values) => values.values().map(len).sum(),
        _ => 0,
    }
}

fn arrow(error: ArrowError) -> io::Error {
    io::Error::other(error)
}

fn parquet(error: ParquetError) -> io::Error {
    io::Error::other(error)
}
