//! The columns of a row, made from the JSON Schema of an article.
//!
//! | JSON | column |
//! |---|---|
//! | string, and one of several words | [`Kind::Text`] |
//! | integer | [`Kind::Integer`] |
//! | boolean | [`Kind::Boolean`] |
//! | array | [`Kind::List`] |
//! | object with properties | [`Kind::Group`] |
//!
//! A property that is not required is nullable; elements of lists never are.

use std::io;

use serde_json::{Map, Value};

use crate::export::schema::strict;

/// A column, or a field of a group.
#[derive(Clone, Debug)]
pub(crate) struct Column {
    pub(crate) name: String,
    pub(crate) is_nullable: bool,
    pub(crate) kind: Kind,
}

/// The type of a column.
#[derive(Clone, Debug)]
pub(crate) enum Kind {
    /// UTF-8 text.
    Text,
    /// A signed integer of 32 bits.
    Integer,
    Boolean,
    /// A list whose elements are of one type.
    List(Box<Kind>),
    Group(Vec<Column>),
}

/// Returns the columns: all that an article or a deletion may have.
///
/// # Errors
/// Fails if the JSON Schema has a type that no column can hold.
pub(crate) fn columns() -> io::Result<Vec<Column>> {
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
) -> io::Result<Vec<Column>> {
    let properties = object["properties"]
        .as_object()
        .ok_or_else(|| unknown(object))?;
    let column = |(name, schema): (&String, &Value)| {
        Ok(Column {
            name: name.clone(),
            is_nullable: !required(name),
            kind: kind(root, schema)?,
        })
    };
    properties.iter().map(column).collect()
}

fn kind(root: &Value, schema: &Value) -> io::Result<Kind> {
    let schema = resolve(root, schema);
    match schema["type"].as_str() {
        Some("string") => Ok(Kind::Text),
        Some("integer") => Ok(Kind::Integer),
        Some("boolean") => Ok(Kind::Boolean),
        Some("array") => Ok(Kind::List(Box::new(kind(root, &schema["items"])?))),
        Some("object") if schema.get("properties").is_some() => {
            fields(root, schema, |name| is_required(schema, name)).map(Kind::Group)
        }
        None if ["oneOf", "anyOf"]
            .iter()
            .any(|choice| schema.get(choice).is_some()) =>
        {
            Ok(Kind::Text)
        }
        _ => Err(unknown(schema)),
    }
}

fn unknown(schema: &Value) -> io::Error {
    io::Error::other(format!("no column type for {schema}"))
}
