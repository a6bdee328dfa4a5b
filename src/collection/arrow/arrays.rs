//! Arrow types of the columns of an entry, and arrays of them made from JSON values.
//!
//! | column | Arrow |
//! |---|---|
//! | text | Utf8 |
//! | integer | Int32 |
//! | boolean | Boolean |
//! | list | List |
//! | group | Struct |

use std::sync::Arc;

use arrow_array::{
    ArrayRef, BooleanArray, Int32Array, ListArray, RecordBatch, StringArray, StructArray,
};
use arrow_buffer::{NullBuffer, OffsetBuffer};
use arrow_schema::{ArrowError, DataType, Field, FieldRef, Fields, Schema, SchemaRef};
use serde_json::Value;

use crate::export::parquet::columns::{Column, Kind};

/// Returns the schema of these columns.
pub(super) fn schema(columns: &[Column]) -> Schema {
    Schema::new(fields(columns))
}

fn fields(columns: &[Column]) -> Fields {
    let field = |column: &Column| {
        let data_type = data_type(&column.kind);
        Field::new(&column.name, data_type, column.is_nullable)
    };
    columns.iter().map(field).collect()
}

fn data_type(kind: &Kind) -> DataType {
    match kind {
        Kind::Text => DataType::Utf8,
        Kind::Integer => DataType::Int32,
        Kind::Boolean => DataType::Boolean,
        Kind::List(element) => {
            let element = Field::new("element", data_type(element), false);
            DataType::List(Arc::new(element))
        }
        Kind::Group(columns) => DataType::Struct(fields(columns)),
    }
}

/// Columns of these rows.
pub(super) fn batch(schema: &SchemaRef, rows: &[Value]) -> Result<RecordBatch, ArrowError> {
    let rows: Vec<Option<&Value>> = rows.iter().map(Some).collect();
    RecordBatch::try_new(Arc::clone(schema), children(schema.fields(), &rows)?)
}

fn children(fields: &Fields, objects: &[Option<&Value>]) -> Result<Vec<ArrayRef>, ArrowError> {
    let child = |field: &FieldRef| {
        let values: Vec<_> = objects
            .iter()
            .map(|object| object.and_then(|object| object.get(field.name())))
            .collect();
        array(field.data_type(), &values)
    };
    fields.iter().map(child).collect()
}

fn array(kind: &DataType, values: &[Option<&Value>]) -> Result<ArrayRef, ArrowError> {
    let nulls = || Some(values.iter().map(Option::is_some).collect::<NullBuffer>());
    Ok(match kind {
        DataType::Utf8 => Arc::new(
            values
                .iter()
                .map(|value| value.and_then(Value::as_str))
                .collect::<StringArray>(),
        ),
        DataType::Int32 => {
            let number =
                |value: &Value| value.as_i64().and_then(|number| i32::try_from(number).ok());
            Arc::new(
                values
                    .iter()
                    .map(|value| value.and_then(number))
                    .collect::<Int32Array>(),
            )
        }
        DataType::Boolean => Arc::new(
            values
                .iter()
                .map(|value| value.and_then(Value::as_bool))
                .collect::<BooleanArray>(),
        ),
        DataType::List(item) => {
            let lists: Vec<&[Value]> = values
                .iter()
                .map(|value| value.map_or(&[][..], elements))
                .collect();
            let flat: Vec<_> = lists.iter().copied().flatten().map(Some).collect();
            let offsets = OffsetBuffer::from_lengths(lists.iter().map(|list| list.len()));
            Arc::new(ListArray::try_new(
                Arc::clone(item),
                offsets,
                array(item.data_type(), &flat)?,
                nulls(),
            )?)
        }
        DataType::Struct(fields) => Arc::new(StructArray::try_new(
            fields.clone(),
            children(fields, values)?,
            nulls(),
        )?),
        other => return Err(ArrowError::NotYetImplemented(format!("columns of {other}"))),
    })
}

fn elements(value: &Value) -> &[Value] {
    value.as_array().map(Vec::as_slice).unwrap_or_default()
}
