//! JSON Lines: every line validates against the schema, in the order of the types.

use crate::articles;

use offprint::Entry;
use offprint::internals::export::jsonl::JsonLines;
use offprint::internals::export::{Exporter as _, schema};
use serde_json::Value;

use articles::{bare, deletion, full, nasty};

fn line(entry: &Entry) -> String {
    let mut out = Vec::new();
    JsonLines::default().entry(entry.into(), &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

#[test]
fn every_line_validates_and_reads_back() {
    let strict = jsonschema::validator_for(&schema::strict()).unwrap();
    let entries = nasty()
        .into_iter()
        .map(|article| Entry::Live(Box::new(article)));
    for entry in entries.chain([Entry::Deleted(deletion(1))]) {
        let line = line(&entry);
        assert_eq!(line.matches('\n').count(), 1, "one line each");
        let value: Value = serde_json::from_str(&line).unwrap();
        let errors: Vec<String> = strict
            .iter_errors(&value)
            .map(|error| format!("{error} at {}", error.instance_path()))
            .collect();
        assert!(errors.is_empty(), "{errors:?} in {line}");
        assert_eq!(serde_json::from_str::<Entry>(&line).unwrap(), entry);
    }
}

#[test]
fn a_deletion_is_a_line() {
    let line = line(&Entry::Deleted(deletion(7)));
    let value: Value = serde_json::from_str(&line).unwrap();
    assert_eq!(value["status"], "deleted");
    assert_eq!(value["id"], bare(7).id);
    assert_eq!(
        value["provenance"]["oai_identifier"],
        "oai:journals.example.org:article/7"
    );
    assert_eq!(
        value.as_object().unwrap().keys().collect::<Vec<_>>(),
        ["schema_version", "id", "status", "provenance"]
    );
}

#[test]
fn keys_stand_in_a_fixed_order_and_absent_values_are_omitted() {
    let keys = |entry: Entry| -> Vec<String> {
        let value: Value = serde_json::from_str(&line(&entry)).unwrap();
        value.as_object().unwrap().keys().cloned().collect()
    };
    let everything = [
        "schema_version",
        "id",
        "status",
        "doi",
        "type",
        "language",
        "titles",
        "contributors",
        "abstracts",
        "keywords",
        "journal",
        "section",
        "volume",
        "issue",
        "issue_title",
        "issue_year",
        "pages",
        "published",
        "identifiers",
        "links",
        "license",
        "copyright",
        "funding",
        "relations",
        "history",
        "references",
        "provenance",
        "findings",
        "unmapped",
    ];
    assert_eq!(keys(Entry::Live(Box::new(full(1)))), everything);
    let optional = [
        "doi",
        "type",
        "language",
        "section",
        "volume",
        "issue",
        "issue_title",
        "issue_year",
        "pages",
        "published",
        "license",
        "copyright",
    ];
    let always: Vec<&str> = everything
        .into_iter()
        .filter(|key| !optional.contains(key))
        .collect();
    assert_eq!(keys(Entry::Live(Box::new(bare(1)))), always);
}
