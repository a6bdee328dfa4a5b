//! Rows split into the leaf columns of Parquet: values, with their definition and repetition levels.
//!
//! Source: the Dremel encoding of nested columns, <https://parquet.apache.org/docs/file-format/nestedencoding/>. A
//! definition level counts the nullable columns and lists on the way to a value that are there; a repetition level is
//! the depth of the list that the value continues, 0 where a row begins.

use std::{io, iter, mem};

use ::parquet::column::writer::ColumnWriter;
use ::parquet::data_type::ByteArray;
use ::parquet::errors::{ParquetError, Result};
use bytes::Bytes;
use serde_json::Value;

use super::columns::{Column, Kind};

/// A leaf column of the rows of one row group.
pub(super) struct Leaf {
    values: Values,
    definitions: Vec<i16>,
    repetitions: Vec<i16>,
}

/// The values that are there.
enum Values {
    /// All texts in one piece, and where each ends.
    Text {
        bytes: Vec<u8>,
        ends: Vec<usize>,
    },
    Integers(Vec<i32>),
    Booleans(Vec<bool>),
}

/// Where a value stands in its row.
#[derive(Clone, Copy, Default)]
struct Place {
    definition: i16,
    repetition: i16,
    /// Lists around the value.
    depth: i16,
}

/// Returns empty leaf columns, in the order of the file's schema.
pub(super) fn leaves(columns: &[Column]) -> Vec<Leaf> {
    fn add(kind: &Kind, leaves: &mut Vec<Leaf>) {
        let values = match kind {
            Kind::Text => Values::Text {
                bytes: Vec::new(),
                ends: Vec::new(),
            },
            Kind::Integer => Values::Integers(Vec::new()),
            Kind::Boolean => Values::Booleans(Vec::new()),
            Kind::List(element) => return add(element, leaves),
            Kind::Group(fields) => return fields.iter().for_each(|field| add(&field.kind, leaves)),
        };
        leaves.push(Leaf {
            values,
            definitions: Vec::new(),
            repetitions: Vec::new(),
        });
    }
    let mut leaves = Vec::new();
    for column in columns {
        add(&column.kind, &mut leaves);
    }
    leaves
}

/// Adds a row to the leaf columns. Returns the length of its texts, bytes.
///
/// # Errors
/// Fails if a value is not of its column's type, or if one that is required is absent.
pub(super) fn push(columns: &[Column], row: &Value, leaves: &mut [Leaf]) -> io::Result<usize> {
    let mut splitter = Splitter {
        leaves,
        next: 0,
        text: 0,
    };
    splitter.fields(columns, row, Place::default())?;
    Ok(splitter.text)
}

/// Hands the values of a row to the leaf columns. Each part of a row takes as many leaves as its type has.
struct Splitter<'a> {
    leaves: &'a mut [Leaf],
    /// The leaf of the next value.
    next: usize,
    /// Length of all texts, bytes.
    text: usize,
}

impl Splitter<'_> {
    fn fields(&mut self, fields: &[Column], object: &Value, place: Place) -> io::Result<()> {
        for field in fields {
            match object.get(&field.name) {
                Some(value) => {
                    let definition = place.definition + i16::from(field.is_nullable);
                    self.value(
                        &field.kind,
                        value,
                        Place {
                            definition,
                            ..place
                        },
                    )?;
                }
                None if field.is_nullable => self.absent(&field.kind, place),
                None => {
                    let error = format!("the required column {} is absent", field.name);
                    return Err(io::Error::other(error));
                }
            }
        }
        Ok(())
    }

    fn value(&mut self, kind: &Kind, value: &Value, place: Place) -> io::Result<()> {
        match (kind, value) {
            (Kind::Group(fields), Value::Object(_)) => self.fields(fields, value, place),
            (Kind::List(element), Value::Array(elements)) => self.list(element, elements, place),
            (Kind::Text | Kind::Integer | Kind::Boolean, _) => {
                let added = self.leaf(place).values.push(value);
                self.text += added.ok_or_else(|| unfit(value))?;
                Ok(())
            }
            _ => Err(unfit(value)),
        }
    }

    /// Adds the elements of a list to the same leaves. The first is at the place of the list, the others continue it.
    fn list(&mut self, element: &Kind, elements: &[Value], place: Place) -> io::Result<()> {
        if elements.is_empty() {
            self.absent(element, place);
            return Ok(());
        }
        let first = self.next;
        let mut inner = Place {
            definition: place.definition + 1,
            depth: place.depth + 1,
            ..place
        };
        for value in elements {
            self.next = first;
            self.value(element, value, inner)?;
            inner.repetition = inner.depth;
        }
        Ok(())
    }

    /// Marks in all leaves of a type where the path to their value ends.
    fn absent(&mut self, kind: &Kind, place: Place) {
        match kind {
            Kind::Group(fields) => {
                for field in fields {
                    self.absent(&field.kind, place);
                }
            }
            Kind::List(element) => self.absent(element, place),
            Kind::Text | Kind::Integer | Kind::Boolean => {
                self.leaf(place);
            }
        }
    }

    /// Returns the next leaf after adding the levels of a value to it.
    fn leaf(&mut self, place: Place) -> &mut Leaf {
        let leaf = &mut self.leaves[self.next];
        self.next += 1;
        leaf.definitions.push(place.definition);
        leaf.repetitions.push(place.repetition);
        leaf
    }
}

impl Values {
    /// Adds a value. Returns the length of its text, bytes; `None` if it is of another type.
    fn push(&mut self, value: &Value) -> Option<usize> {
        match self {
            Self::Text { bytes, ends } => {
                let text = value.as_str()?;
                bytes.extend_from_slice(text.as_bytes());
                ends.push(bytes.len());
                Some(text.len())
            }
            Self::Integers(values) => {
                values.push(i32::try_from(value.as_i64()?).ok()?);
                Some(0)
            }
            Self::Booleans(values) => {
                values.push(value.as_bool()?);
                Some(0)
            }
        }
    }
}

impl Leaf {
    /// Writes the values to a column chunk, and leaves none.
    ///
    /// # Errors
    /// Fails if the column is of another type.
    pub(super) fn write(&mut self, column: &mut ColumnWriter<'_>) -> Result<()> {
        let (definitions, repetitions) = (Some(&self.definitions[..]), Some(&self.repetitions[..]));
        match (&mut self.values, column) {
            (Values::Text { bytes, ends }, ColumnWriter::ByteArrayColumnWriter(column)) => {
                let (bytes, ends) = (Bytes::from(mem::take(bytes)), mem::take(ends));
                let starts = iter::once(0).chain(ends.iter().copied());
                let texts: Vec<ByteArray> = starts
                    .zip(&ends)
                    .map(|(start, &end)| bytes.slice(start..end).into())
                    .collect();
                column.write_batch(&texts, definitions, repetitions)?;
            }
            (Values::Integers(values), ColumnWriter::Int32ColumnWriter(column)) => {
                column.write_batch(values, definitions, repetitions)?;
                values.clear();
            }
            (Values::Booleans(values), ColumnWriter::BoolColumnWriter(column)) => {
                column.write_batch(values, definitions, repetitions)?;
                values.clear();
            }
            _ => {
                let message = "a column is not of the type of its values".to_owned();
                return Err(ParquetError::General(message));
            }
        }
        self.definitions.clear();
        self.repetitions.clear();
        Ok(())
    }
}

fn unfit(value: &Value) -> io::Error {
    io::Error::other(format!("a value is not of its column's type: {value}"))
}
