//! Parquet: a row an article or deletion, with the fields of the JSON Lines; what is nested there is nested here.
//!
//! Columns and their types are made from the types of [`mod@crate::article`], as the JSON Schema is; they are published
//! in `schemas/article.parquet.txt`. A value that is absent is null, and of a deletion so are all but those it has.
//! Compressed with zstd. Rows are gathered in groups of bounded size, so that memory stays level however many there
//! are.
//!
//! The columns of a row group are written one after the other by the `parquet` package alone: its Arrow part takes a
//! sixth of a build's time.

pub(crate) mod columns;
mod leaves;

use std::io::{self, Write};
use std::sync::Arc;

use ::parquet::basic::{Compression, LogicalType, Repetition, Type as PhysicalType, ZstdLevel};
use ::parquet::errors::{ParquetError, Result};
use ::parquet::file::metadata::KeyValue;
use ::parquet::file::properties::WriterProperties;
use ::parquet::file::writer::SerializedFileWriter;
use ::parquet::schema::printer::print_schema;
use ::parquet::schema::types::{Type, TypePtr};

use self::columns::{Column, Kind, columns};
use self::leaves::{Leaf, leaves};
use super::format::{Deletions, EntryRef, Exporter, FormatInfo, Frame, Layout, Rendered};
use crate::article::{Entry, SCHEMA_VERSION};

/// Most rows of a row group.
const GROUP_ROWS: usize = 65_536;
/// A row group ends when its texts come to this many bytes.
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
    writer: SerializedFileWriter<Vec<u8>>,
    columns: Vec<Column>,
    /// The rows of the group under way.
    leaves: Vec<Leaf>,
    rows: usize,
    /// Length of the texts of these rows.
    bytes: usize,
}

impl Open {
    fn new() -> io::Result<Self> {
        let columns = columns()?;
        let version = KeyValue::new(
            "offprint.schema_version".to_owned(),
            SCHEMA_VERSION.to_owned(),
        );
        let properties = WriterProperties::builder()
            .set_compression(Compression::ZSTD(ZstdLevel::default()))
            .set_created_by(concat!("offprint ", env!("CARGO_PKG_VERSION")).to_owned())
            .set_key_value_metadata(Some(vec![version]))
            .build();
        let schema = schema(&columns).map_err(parquet)?;
        Ok(Self {
            writer: SerializedFileWriter::new(Vec::new(), schema, Arc::new(properties))
                .map_err(parquet)?,
            leaves: leaves(&columns),
            columns,
            rows: 0,
            bytes: 0,
        })
    }

    fn push(&mut self, entry: &Entry) -> io::Result<()> {
        let row = serde_json::to_value(entry)?;
        self.bytes += leaves::push(&self.columns, &row, &mut self.leaves)?;
        self.rows += 1;
        if self.rows >= GROUP_ROWS || self.bytes >= GROUP_BYTES {
            self.write_group().map_err(parquet)?;
        }
        Ok(())
    }

    /// Writes the rows of the group under way, column by column.
    fn write_group(&mut self) -> Result<()> {
        if self.rows == 0 {
            return Ok(());
        }
        let mut group = self.writer.next_row_group()?;
        for leaf in &mut self.leaves {
            let mut column = group.next_column()?.ok_or_else(|| {
                ParquetError::General("the file has fewer columns than its rows".to_owned())
            })?;
            leaf.write(column.untyped())?;
            column.close()?;
        }
        group.close()?;
        (self.rows, self.bytes) = (0, 0);
        Ok(())
    }

    /// Hands on what the writer has finished.
    fn drain(&mut self, out: &mut dyn Write) -> io::Result<()> {
        out.write_all(self.writer.inner())?;
        self.writer.inner_mut().clear();
        Ok(())
    }

    fn finish(mut self, out: &mut dyn Write) -> io::Result<()> {
        self.write_group().map_err(parquet)?;
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
    let schema = schema(&columns()?).map_err(parquet)?;
    let mut text = Vec::new();
    print_schema(&mut text, &schema);
    String::from_utf8(text).map_err(io::Error::other)
}

/// Returns the type of a row.
fn schema(columns: &[Column]) -> Result<TypePtr> {
    let row = Type::group_type_builder("article").with_fields(fields(columns)?);
    row.build().map(Arc::new)
}

fn fields(columns: &[Column]) -> Result<Vec<TypePtr>> {
    let field = |column: &Column| {
        let repetition = if column.is_nullable {
            Repetition::OPTIONAL
        } else {
            Repetition::REQUIRED
        };
        field(&column.name, repetition, &column.kind)
    };
    columns.iter().map(field).collect()
}

/// Returns the type of a column. Lists have three levels, as the specification of logical types wants them.
fn field(name: &str, repetition: Repetition, kind: &Kind) -> Result<TypePtr> {
    let primitive =
        |physical| Type::primitive_type_builder(name, physical).with_repetition(repetition);
    let group = |fields| {
        Type::group_type_builder(name)
            .with_repetition(repetition)
            .with_fields(fields)
    };
    let built = match kind {
        Kind::Text => primitive(PhysicalType::BYTE_ARRAY)
            .with_logical_type(Some(LogicalType::String))
            .build(),
        Kind::Integer => primitive(PhysicalType::INT32).build(),
        Kind::Boolean => primitive(PhysicalType::BOOLEAN).build(),
        Kind::List(element) => {
            let element = field("element", Repetition::REQUIRED, element)?;
            let list = Type::group_type_builder("list")
                .with_repetition(Repetition::REPEATED)
                .with_fields(vec![element])
                .build()?;
            group(vec![Arc::new(list)])
                .with_logical_type(Some(LogicalType::List))
                .build()
        }
        Kind::Group(columns) => group(fields(columns)?).build(),
    };
    built.map(Arc::new)
}

fn parquet(error: ParquetError) -> io::Error {
    io::Error::other(error)
}
