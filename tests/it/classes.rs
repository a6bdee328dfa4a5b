//! Classes of values in Dublin Core of any software: the rule, and inputs that look like the class and stay as they are.
//!
//! A line of `samples/classes.jsonl` is one record: its class, whether the class's rule applies to it, its elements, and the part of its
//! article that the case is about. `null` stands for a field that is absent or empty.

use crate::support;

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde::Deserialize;
use serde_json::Value;

#[derive(Deserialize)]
struct Case {
    class: String,
    applies: bool,
    #[serde(default = "of_a_repository")]
    identifier: String,
    elements: String,
    article: Value,
}

fn of_a_repository() -> String {
    "oai:repo.example.org:7".to_owned()
}

fn cases() -> Vec<Case> {
    let path = format!("{}/samples/classes.jsonl", env!("CARGO_MANIFEST_DIR"));
    let lines = std::fs::read_to_string(path).unwrap();
    let case = |line: &str| serde_json::from_str(line).unwrap();
    lines.lines().map(case).collect()
}

/// Writes where an article differs from what is expected of it.
fn differences(expected: &Value, found: &Value, path: &str, out: &mut String) {
    let is_absent = |value: &Value| match value {
        Value::Null => true,
        Value::Array(list) => list.is_empty(),
        Value::Object(fields) => fields.is_empty(),
        _ => false,
    };
    match (expected, found) {
        (Value::Null, found) if is_absent(found) => {}
        (Value::Object(expected), Value::Object(found)) => {
            for (name, expected) in expected {
                let found = found.get(name).unwrap_or(&Value::Null);
                differences(expected, found, &format!("{path}.{name}"), out);
            }
        }
        (Value::Array(expected), Value::Array(found)) if expected.len() == found.len() => {
            for (at, (expected, found)) in expected.iter().zip(found).enumerate() {
                differences(expected, found, &format!("{path}[{at}]"), out);
            }
        }
        (expected, found) if expected == found => {}
        (expected, found) => {
            let _ = writeln!(out, "{path}: expected {expected}, found {found}");
        }
    }
}

#[test]
fn each_rule_holds_for_its_class_alone() {
    let mut wrong = String::new();
    for case in cases() {
        let item = support::dublin_core(&case.identifier, &[], &case.elements);
        let article = support::article(&item, &support::source("http://repo.example.org/oai"));
        let mut found = String::new();
        differences(
            &case.article,
            &serde_json::to_value(&article).unwrap(),
            "",
            &mut found,
        );
        if !found.is_empty() {
            let _ = writeln!(wrong, "{}: {}\n{found}", case.class, case.elements);
        }
    }
    assert_eq!(wrong, "");
}

#[test]
fn each_class_has_three_inputs_that_stay() {
    let mut counts: BTreeMap<String, (usize, usize)> = BTreeMap::new();
    for case in cases() {
        let (applies, stays) = counts.entry(case.class).or_default();
        *applies += usize::from(case.applies);
        *stays += usize::from(!case.applies);
    }
    for (class, (applies, stays)) in counts {
        assert!(applies >= 1 && stays >= 3, "{class}: {applies}, {stays}");
    }
}
