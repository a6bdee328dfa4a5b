//! CSL-JSON, BibTeX and RIS: what citation processors and reference managers read.

use crate::articles;
use crate::support;
use crate::validators;

use offprint::Entry;
use offprint::internals::export::{Options, Target};
use serde_json::Value;

use articles::{deletion, full};
use support::samples;
use validators::{everything, live, python, run, schema, stream, tool};

fn all() -> Vec<Entry> {
    let mut entries = everything();
    entries.extend(samples());
    entries
}

fn count_live(entries: &[Entry]) -> usize {
    entries
        .iter()
        .filter(|entry| matches!(entry, Entry::Live(_)))
        .count()
}

fn of(format: &str, entries: Vec<Entry>) -> Vec<u8> {
    stream(format, &Options::default(), entries)
}

fn article_643() -> Entry {
    samples()
        .into_iter()
        .find(|entry| entry.provenance().oai_identifier.ends_with("/643"))
        .unwrap()
}

#[test]
fn csl_is_valid_by_its_schema() {
    let text = std::fs::read_to_string(schema("csl-data.json")).unwrap();
    let mut schema: Value = serde_json::from_str(&text).unwrap();
    // Its name is an address of the web; nothing is fetched.
    schema.as_object_mut().unwrap().remove("$id");
    let validator = jsonschema::validator_for(&schema).unwrap();
    let items: Value = serde_json::from_slice(&of("csl", all())).unwrap();
    assert_eq!(items.as_array().unwrap().len(), count_live(&all()));
    let errors: Vec<String> = validator
        .iter_errors(&items)
        .map(|error| {
            format!("{error} at {}", error.instance_path())
                .chars()
                .take(300)
                .collect()
        })
        .collect();
    assert_eq!(errors, Vec::<String>::new());
    assert_eq!(
        serde_json::from_slice::<Value>(&of("csl", vec![])).unwrap(),
        serde_json::json!([])
    );
}

#[test]
fn a_citation_processor_cites_article_643() {
    let root = tool("node_modules");
    let script = format!("{}/tests/it/validators/apa.js", env!("CARGO_MANIFEST_DIR"));
    let output = run(
        "node",
        &[&script, root.to_str().unwrap()],
        &of("csl", vec![article_643()]),
    );
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    assert_eq!(
        String::from_utf8(output.stdout).unwrap().trim(),
        "BURNASHEV, I. (2004). SPECIFIC FEATURES OF KAZAKHSTAN-BELARUS RELATIONS IN POLITICS, ECONOMICS AND CULTURE. \
         CENTRAL ASIA AND THE CAUCASUS, 5(6), 103–110. \
         http://127.0.0.1:8081/index.php/cac/article/view/643"
    );
}

#[test]
fn rispy_reads_ris() {
    let entries = all();
    let read: Vec<Value> =
        serde_json::from_str(&python("ris.py", &[], &of("ris", entries.clone()))).unwrap();
    assert_eq!(read.len(), count_live(&entries));
    let ids: Vec<&str> = entries
        .iter()
        .filter(|entry| matches!(entry, Entry::Live(_)))
        .map(Entry::id)
        .collect();
    assert_eq!(
        read.iter()
            .map(|item| item["id"].as_str().unwrap())
            .collect::<Vec<_>>(),
        ids
    );
    let types = ["JOUR", "CPAPER", "GEN"];
    for item in &read {
        let kind = item["type_of_reference"].as_str().unwrap();
        assert!(
            types.contains(&kind) && item.get("unknown_tag").is_none(),
            "{item}"
        );
    }
    let wanted = article_643();
    let one = read.iter().find(|item| item["id"] == wanted.id()).unwrap();
    for (key, value) in [
        ("secondary_title", "CENTRAL ASIA AND THE CAUCASUS"),
        ("year", "2004"),
        ("date", "2004/12/31"),
        ("volume", "5"),
        ("number", "6"),
        ("start_page", "103"),
        ("end_page", "110"),
        ("language", "en"),
    ] {
        assert_eq!(one[key], value, "{key}");
    }
    assert_eq!(one["authors"], serde_json::json!(["BURNASHEV, Igor"]));
}

#[test]
fn bibtexparser_reads_bibtex() {
    let entries = all();
    let said = python("bibtex.py", &[], &of("bibtex", entries.clone()));
    let read: Value = serde_json::from_str(&said).unwrap();
    let items = read["entries"].as_array().unwrap();
    assert_eq!(items.len(), count_live(&entries));
    assert_eq!(
        read["comments"].as_array().unwrap().len(),
        entries.len() - count_live(&entries)
    );
    let keys: std::collections::HashSet<&str> = items
        .iter()
        .map(|item| item["key"].as_str().unwrap())
        .collect();
    assert_eq!(keys.len(), items.len(), "keys are unique");
    let id = &article_643().id()[..13].to_owned();
    let one = items
        .iter()
        .find(|item| item["key"] == format!("burnashev2004-{id}"))
        .unwrap();
    for (key, value) in [
        ("author", "BURNASHEV, Igor"),
        ("journal", "CENTRAL ASIA AND THE CAUCASUS"),
        ("publisher", "CA&C Press AB"),
        ("volume", "5"),
        ("number", "6"),
        ("pages", "103–110"),
        ("year", "2004"),
    ] {
        assert_eq!(one[key], value, "{key}");
    }
}

#[test]
fn bibtex_escapes_what_latex_would_take_for_commands() {
    let mut article = full(1);
    article.titles[0].value = r"50 % of {a_b} & $x^2$ ~ C:\temp #1".to_owned();
    article.titles[0].subtitle = None;
    let text = String::from_utf8(of("bibtex", live([article]))).unwrap();
    let title = r"title = {{50 \% of \textbraceleft{}a\_b\textbraceright{} \& \$x\textasciicircum{}2\$ \textasciitilde{} C:\textbackslash{}temp \#1}}";
    assert!(text.contains(title), "{text}");
    assert!(
        text.contains("author = {Tolipov, Jr., Zaur and {Saodat Ismailov}}"),
        "{text}"
    );
}

#[test]
fn counts_entries_a_format_cannot_represent() {
    for (format, deleted, left_out) in [("csl", 0, 1), ("ris", 0, 1), ("bibtex", 1, 0)] {
        let format = offprint::internals::export::exporter(format, &Options::default()).unwrap();
        let target = Target::stream(Box::new(std::io::sink()), format).unwrap();
        let entries = live([full(1)])
            .into_iter()
            .chain([Entry::Deleted(deletion(2))]);
        let counts = offprint::internals::export::export(entries, target).unwrap();
        assert_eq!(
            (counts.live, counts.deleted, counts.left_out),
            (1, deleted, left_out)
        );
    }
}
