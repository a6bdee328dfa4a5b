//! The index template for the documents of `--bulk`, for Elasticsearch 7.8 and later and OpenSearch.
//!
//! Without one these servers guess a field's type from the first value that they see, and refuse later documents that do
//! not fit: a date in one article's `unmapped` makes a title in the next one's an error. The template is made from the
//! JSON Schema of an article, so that every field has its type, and nothing is guessed.

use serde_json::{Map, Value, json};

use crate::export::schema::strict;

/// Names of the indexes that the template is for.
const PATTERN: &str = "articles*";
/// Longest value that is indexed as a keyword, characters: Lucene takes 32,766 bytes.
const KEYWORD_LEN: u32 = 8191;
/// Objects of free content: kept, and found by nothing.
const NOT_INDEXED: &[&str] = &["unmapped", "fields"];
/// Fields in natural language.
const TEXTS: &[&str] = &[
    "value",
    "markup",
    "subtitle",
    "raw",
    "family",
    "given",
    "name",
    "title",
    "statement",
    "holder",
    "publisher",
    "section",
    "issue_title",
    "abbreviation",
    "label",
];
/// Fields that are whole dates; `published.date` may lack day and month.
const DATES: &[&str] = &["date", "harvested_at"];

/// Returns the index template of the canonical documents, or of the flat ones.
pub fn index_template(flat: bool) -> Value {
    let mappings = if flat {
        json!({
            "date_detection": false,
            "numeric_detection": false,
            "dynamic_templates": [{ "strings": { "match_mapping_type": "string", "mapping": text() } }],
        })
    } else {
        let root = strict();
        let mut properties = Map::new();
        for kind in root["anyOf"].as_array().into_iter().flatten() {
            if let Value::Object(found) = object(&root, kind) {
                properties.extend(found);
            }
        }
        json!({
            "dynamic": false,
            "date_detection": false,
            "numeric_detection": false,
            "properties": properties,
        })
    };
    json!({
        "index_patterns": [PATTERN],
        "priority": 200,
        "template": { "mappings": mappings },
        "_meta": { "description": "Articles exported by offprint", "schema_version": crate::article::SCHEMA_VERSION },
    })
}

/// Returns the mappings of an object's properties.
fn object(root: &Value, schema: &Value) -> Value {
    let properties = resolve(root, schema)["properties"].as_object();
    let mapped = properties
        .into_iter()
        .flatten()
        .map(|(name, schema)| (name.clone(), property(root, name, schema)));
    Value::Object(mapped.collect())
}

fn property(root: &Value, name: &str, schema: &Value) -> Value {
    let mut schema = resolve(root, schema);
    // An array is mapped as its elements are.
    while schema["type"] == "array" {
        schema = resolve(root, &schema["items"]);
    }
    match schema["type"].as_str() {
        _ if NOT_INDEXED.contains(&name) => json!({ "type": "object", "enabled": false }),
        Some("object") if schema.get("properties").is_some() => {
            json!({ "dynamic": false, "properties": object(root, schema) })
        }
        Some("object") => json!({ "type": "object", "enabled": false }),
        Some("integer") => json!({ "type": "integer" }),
        Some("boolean") => json!({ "type": "boolean" }),
        _ if DATES.contains(&name) => json!({
            "type": "date",
            "format": "strict_date_optional_time||yyyy-MM||yyyy",
            "ignore_malformed": true,
        }),
        _ if TEXTS.contains(&name) => text(),
        _ => json!({ "type": "keyword", "ignore_above": KEYWORD_LEN }),
    }
}

fn text() -> Value {
    json!({
        "type": "text",
        "fields": { "keyword": { "type": "keyword", "ignore_above": 256 } },
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn maps_every_field_of_an_article() {
        let template = index_template(false);
        let properties = &template["template"]["mappings"]["properties"];
        assert_eq!(properties["titles"]["properties"]["value"]["type"], "text");
        assert_eq!(properties["doi"]["type"], "keyword");
        assert_eq!(
            properties["published"]["properties"]["date"]["type"],
            "date"
        );
        assert_eq!(properties["unmapped"]["enabled"], false);
        assert_eq!(
            properties["provenance"]["properties"]["fields"]["enabled"],
            false
        );
    }

    #[test]
    fn lets_no_value_decide_a_type() {
        for flat in [false, true] {
            let mappings = &index_template(flat)["template"]["mappings"];
            assert_eq!(mappings["date_detection"], false);
            assert_eq!(mappings["numeric_detection"], false);
        }
    }
}
