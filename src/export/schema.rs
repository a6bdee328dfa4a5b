//! The JSON Schema of a line of JSON Lines, made from the types of [`mod@crate::article`].
//!
//! The published schema lets unknown properties pass: a line of a later minor version, which may have a property
//! more, still validates for a reader that holds an older schema. What this version writes is checked in tests
//! against [`strict`], which refuses them.

use schemars::generate::SchemaSettings;
use schemars::transform::{Transform, transform_subschemas};
use serde_json::{Value, json};

use crate::article::{Entry, SCHEMA_VERSION};

/// The schema, JSON Schema 2020-12.
pub fn article() -> Value {
    let mut schema = of_types();
    // Kinds of finding are added without notice (their type is not exhaustive): any word will do.
    if let Some(Value::Object(code)) = schema.pointer_mut("/$defs/Code")
        && let Some(Value::Array(mut known)) = code.remove("oneOf")
    {
        known
            .push(json!({ "type": "string", "description": "A kind that a later version knows." }));
        code.insert("anyOf".to_owned(), Value::Array(known));
    }
    schema
}

fn of_types() -> Value {
    let generator = SchemaSettings::draft2020_12()
        .for_serialize()
        .with_transform(Present)
        .into_generator();
    let mut schema = generator.into_root_schema_for::<Entry>().to_value();
    if let Some(root) = schema.as_object_mut() {
        let major = SCHEMA_VERSION.split('.').next().unwrap_or(SCHEMA_VERSION);
        let head = [
            (
                "$schema",
                json!("https://json-schema.org/draft/2020-12/schema"),
            ),
            ("$id", json!(format!("urn:offprint:article:{major}"))),
            ("title", json!("Article exported by offprint")),
            (
                "description",
                json!(
                    "One line of the JSON Lines export: a live article, or the deletion of one. \
                       Absent values are omitted, never null; readers ignore properties they do not know."
                ),
            ),
        ];
        let rest = std::mem::take(root);
        root.extend(head.into_iter().map(|(key, value)| (key.to_owned(), value)));
        for (key, value) in rest {
            root.entry(key).or_insert(value);
        }
    }
    schema
}

/// The same schema, refusing properties and kinds of finding that it does not name.
pub fn strict() -> Value {
    let mut schema = of_types();
    close(&mut schema);
    schema
}

fn close(schema: &mut Value) {
    match schema {
        Value::Object(object) => {
            if object.contains_key("properties") && !object.contains_key("additionalProperties") {
                object.insert("additionalProperties".to_owned(), json!(false));
            }
            object.values_mut().for_each(close);
        }
        Value::Array(array) => array.iter_mut().for_each(close),
        _ => {}
    }
}

/// Optional values are left out and never null: takes `null` out of their types.
#[derive(Clone)]
struct Present;

impl Transform for Present {
    fn transform(&mut self, schema: &mut schemars::Schema) {
        transform_subschemas(self, schema);
        let Some(object) = schema.as_object_mut() else {
            return;
        };
        if let Some(Value::Array(types)) = object.get_mut("type") {
            types.retain(|name| name != "null");
            if let [only] = types.as_slice() {
                let only = only.clone();
                object.insert("type".to_owned(), only);
            }
        }
        if let Some(Value::Array(choices)) = object.get_mut("anyOf") {
            choices.retain(|choice| choice.get("type").is_none_or(|name| name != "null"));
            if let [only] = choices.as_slice() {
                let only = only.clone();
                object.remove("anyOf");
                if let Value::Object(only) = only {
                    object.extend(only);
                }
            }
        }
    }
}
