//! Arrow types made from a JSON Schema, and arrays of them made from JSON values.
//!
//! | JSON | Arrow |
//! |---|---|
//! | string, and one of several words | Utf8 |
//! | integer | Int32 |
//! | boolean | Boolean |
//! | array | List |
//! | object with properties | Struct |
//!
//! A property that need not be there is nullable.

use std::sync::Arc;

use arrow_array::{
    ArrayRef, BooleanArray, Int32Array, ListArray, RecordBatch, StringArray, StructArray,
};
use arrow_buffer::{NullBuffer, OffsetBuffer};
use arrow_schema::{ArrowError, DataType, Field, FieldRef, Fields, Schema, SchemaRef};
use serde_json::{Map, Value};

use crate::export::schema::strict;

/// The columns: all that an article or a deletion may have.
pub(super) fn schema() -> Result<Schema, ArrowError> {
    let root = strict();
    let kinds = root["anyOf"]
        .as_array()
        .map(Vec::as_slice)
        .unwrap_or_default();
    let kinds: Vec<&Value> = kinds.iter().map(|kind| resolve(&root, kind)).collect();
    let Some(most) = kinds
        .iter()
        .max_by_key(|kind| kind["properties"].as_object().map_or(0, Map::len))
    else {
        return Err(unknown(&root));
    };
    fields(&root, most, |name| {
        kinds.iter().all(|kind| is_required(kind, name))
    })
    .map(Schema::new)
}

/// Follows a reference within the schema.
fn resolve<'a>(root: &'a Value, schema: &'a Value) -> &'a Value {
    let target = schema["$ref"]
        .as_str()
        .and_then(|target| target.strip_prefix('#'));
    target
        .and_then(|target| root.pointer(target))
        .unwrap_or(schema)
}

fn is_required(schema: &Value, name: &str) -> bool {
    schema["required"]
        .as_array()
        .is_some_and(|names| names.iter().any(|known| known == name))
}

fn fields(
    root: &Value,
    object: &Value,
    required: impl Fn(&str) -> bool,
) -> Result<Fields, ArrowError> {
    let properties = object["properties"]
        .as_object()
        .ok_or_else(|| unknown(object))?;
    let field = |(name, schema): (&String, &Value)| {
        Ok(Field::new(name, data_type(root, schema)?, !required(name)))
    };
    properties.iter().map(field).collect()
}

fn data_type(root: &Value, schema: &Value) -> Result<DataType, ArrowError> {
    let schema = resolve(root, schema);
    let item = |name: &str, schema: &Value| -> Result<Field, ArrowError> {
        Ok(Field::new(name, data_type(root, schema)?, false))
    };
    match schema["type"].as_str() {
        Some("string") => Ok(DataType::Utf8),
        Some("integer") => Ok(DataType::Int32),
        Some("boolean") => Ok(DataType::Boolean),
        Some("array") => Ok(DataType::List(Arc::new(item("element", &schema["items"])?))),
        Some("object") if schema.get("properties").is_some() => {
            fields(root, schema, |name| is_required(schema, name)).map(DataType::Struct)
        }
        None if ["oneOf", "anyOf"]
            .iter()
            .any(|choice| schema.get(choice).is_some()) =>
        {
            Ok(DataType::Utf8)
        }
        _ => Err(unknown(schema)),
    }
}

fn unknown(schema: &Value) -> ArrowError {
    ArrowError::SchemaError(format!("no column type for {schema}"))
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
