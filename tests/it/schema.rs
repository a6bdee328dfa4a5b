//! The published schema is the one of the types, and says no to what is wrong.

use crate::articles;

use std::path::Path;

use offprint::Entry;
use offprint::internals::export::schema;
use serde_json::{Value, json};

use articles::{deletion, full};

#[test]
fn the_published_schema_is_that_of_the_types() {
    is_published("article.schema.json", &format!("{:#}\n", schema::article()));
}

#[cfg(feature = "parquet")]
#[test]
fn the_published_columns_are_those_of_the_types() {
    is_published(
        "article.parquet.txt",
        &offprint::internals::export::parquet::schema_text().unwrap(),
    );
}

fn is_published(name: &str, made: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("schemas")
        .join(name);
    if std::env::var_os("OFFPRINT_BLESS").is_some_and(|bless| bless == "1") {
        std::fs::write(&path, made).unwrap();
    }
    let published = std::fs::read_to_string(&path).unwrap();
    assert!(
        published == made,
        "schemas/{name} is out of date: run this test with OFFPRINT_BLESS=1"
    );
}

#[test]
fn the_schema_is_one_of_json_schema_2020_12() {
    assert!(jsonschema::meta::is_valid(&schema::article()));
    assert!(jsonschema::meta::is_valid(&schema::strict()));
}

fn errors(schema: &Value, change: impl FnOnce(&mut Value)) -> usize {
    let mut value = serde_json::to_value(Entry::Live(Box::new(full(1)))).unwrap();
    change(&mut value);
    jsonschema::options()
        .should_validate_formats(true)
        .build(schema)
        .unwrap()
        .iter_errors(&value)
        .count()
}

#[test]
fn wrong_values_are_refused() {
    let open = schema::article();
    assert_eq!(errors(&open, |_| {}), 0);
    let changes: [(&str, Value); 8] = [
        ("/id", json!("not-a-uuid")),
        ("/doi", json!("https://doi.org/10.1/x")),
        ("/language", json!("en_US")),
        ("/published/date", json!("31.12.2004")),
        ("/journal/issn_print", json!("14046091")),
        ("/contributors/0/orcid", json!("0000-0002-1825-0097")),
        ("/provenance/raw_sha256", json!("")),
        ("/section", json!(null)),
    ];
    for (pointer, wrong) in changes {
        let found = errors(&open, |value| {
            *value.pointer_mut(pointer).unwrap() = wrong.clone()
        });
        assert!(found > 0, "{pointer} = {wrong} passes");
    }
    let without = errors(&open, |value| {
        value.as_object_mut().unwrap().remove("titles");
    });
    assert!(without > 0);
}

#[test]
fn a_reader_takes_properties_of_later_versions_and_our_own_tests_do_not() {
    let add = |value: &mut Value| value["journal"]["country"] = json!("SE");
    assert_eq!(errors(&schema::article(), add), 0);
    assert!(errors(&schema::strict(), add) > 0);
    let find = |value: &mut Value| value["findings"][0]["code"] = json!("unheard-of");
    assert_eq!(errors(&schema::article(), find), 0);
    assert!(errors(&schema::strict(), find) > 0);
    let delete = |value: &mut Value| value["status"] = json!("deleted");
    assert!(errors(&schema::strict(), delete) > 0);
}

#[test]
fn a_deletion_with_the_parts_of_an_article_is_refused() {
    let strict = jsonschema::validator_for(&schema::strict()).unwrap();
    let mut value = serde_json::to_value(Entry::Deleted(deletion(1))).unwrap();
    assert!(strict.is_valid(&value));
    value["titles"] = json!([]);
    assert!(!strict.is_valid(&value));
}

/// Lines that a version has written stay valid, and readable, for as long as its first number holds.
#[test]
fn files_of_older_versions_are_still_read() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/lines");
    let current = folder.join(format!("{}.jsonl", offprint::article::SCHEMA_VERSION));
    // Written once for each version, and never again.
    if !current.exists() && std::env::var_os("OFFPRINT_BLESS").is_some_and(|bless| bless == "1") {
        let mut entries: Vec<Entry> = articles::nasty()
            .into_iter()
            .take(40)
            .map(|article| Entry::Live(Box::new(article)))
            .collect();
        entries.push(Entry::Deleted(deletion(1)));
        let lines = entries
            .iter()
            .map(|entry| serde_json::to_string(entry).unwrap() + "\n");
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(
            &current,
            lines.filter(|line| line.len() < 20_000).collect::<String>(),
        )
        .unwrap();
    }
    assert!(
        current.exists(),
        "{} is missing: run this test with OFFPRINT_BLESS=1",
        current.display()
    );
    let validator = jsonschema::options()
        .should_validate_formats(true)
        .build(&schema::article())
        .unwrap();
    let major = |version: &str| version.split('.').next().unwrap().to_owned();
    for file in std::fs::read_dir(&folder)
        .unwrap()
        .map(|file| file.unwrap().path())
    {
        let version = file.file_stem().unwrap().to_str().unwrap().to_owned();
        if major(&version) != major(offprint::article::SCHEMA_VERSION) {
            continue;
        }
        for (number, line) in std::fs::read_to_string(&file).unwrap().lines().enumerate() {
            let value: Value = serde_json::from_str(line).unwrap();
            assert_eq!(value["schema_version"], version.as_str());
            let errors: Vec<String> = validator
                .iter_errors(&value)
                .map(|error| error.to_string())
                .collect();
            assert_eq!(
                errors,
                Vec::<String>::new(),
                "{} line {number}",
                file.display()
            );
            let entry: Entry = serde_json::from_str(line).unwrap();
            // What a later version adds is not in lines of an older one.
            if version == offprint::article::SCHEMA_VERSION {
                assert_eq!(
                    serde_json::to_value(&entry).unwrap(),
                    value,
                    "{} line {number}",
                    file.display()
                );
            }
        }
    }
}
