//! Flat fields by the names of VuFind's Solr schema: a value or an array of values each, nothing nested.

use serde_json::{Map, Value};

use crate::article::Entry;
use crate::export::columns::{self, COLUMNS};

/// Returns the fields of an entry: all of an article; of a deletion which it is, and where it was seen.
pub(super) fn fields(entry: &Entry) -> Map<String, Value> {
    let mut out = Map::new();
    for column in COLUMNS.iter().filter(|column| !column.flat.is_empty()) {
        let value = match column.of(entry) {
            Some(columns::Value::One(Some(value))) => Value::String(value),
            Some(columns::Value::Single(value)) => list(value.into_iter().collect()),
            Some(columns::Value::Many(values) | columns::Value::PerAuthor(values)) => list(values),
            Some(columns::Value::One(None)) | None => continue,
        };
        if !value.as_array().is_some_and(Vec::is_empty) {
            out.insert(column.flat.to_owned(), value);
        }
    }
    if matches!(entry, Entry::Live(_)) {
        let all = searchable(&out);
        out.insert("allfields".to_owned(), Value::Array(all));
    }
    out
}

fn list(values: Vec<String>) -> Value {
    Value::Array(values.into_iter().map(Value::String).collect())
}

/// Fields whose words its search over everything shall find; its schema fills `allfields` from nothing but `format`.
const SEARCHABLE: [&str; 15] = [
    "title_full",
    "title_alt",
    "author",
    "author_corporate",
    "author2",
    "author_variant",
    "author2_variant",
    "topic",
    "description",
    "container_title",
    "container_reference",
    "publisher",
    "issn",
    "doi_str_mv",
    "section_str",
];

fn searchable(fields: &Map<String, Value>) -> Vec<Value> {
    let found = SEARCHABLE.iter().filter_map(|name| fields.get(*name));
    let texts = found.flat_map(|value| match value {
        Value::Array(values) => values.clone(),
        value => vec![value.clone()],
    });
    texts.collect()
}
