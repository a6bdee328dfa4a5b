//! `offprint status`: a summary first, then what needs attention.

#![expect(clippy::unwrap_used, reason = "a test may stop at once")]

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use offprint::internals::store::*;
use serde_json::Value;
use tempfile::TempDir;
use tokio::runtime::Runtime;

use crate::cli_support::{done, sample_store};

/// Writes a store of so many sources, the first of which fail, and a configuration that names them all.
fn store_of(directory: &Path, sources: usize, failing: usize) {
    let mut config = "schedule = \"weekly\"\n".to_owned();
    Runtime::new().unwrap().block_on(async {
        let store = Location::File(directory.join("offprint.db"));
        let store = store.open(Access::Write { create: true }).await.unwrap();
        for number in 0..sources {
            let name = format!("journal-{number:04}");
            let base_url = format!("https://{name}.example.org/oai");
            writeln!(
                config,
                "[[source]]\nname = \"{name}\"\nurl = \"{base_url}\""
            )
            .unwrap();
            let spec = SourceSpec {
                name: Some(name),
                base_url,
            };
            store.open_source(&spec).await.unwrap();
            if number < failing {
                let tried = "2026-11-02T03:17:00Z".parse().unwrap();
                for _ in 0..3 {
                    let why = Some("status 500 after 5 attempts");
                    store.note_attempt(&spec, tried, why).await.unwrap();
                }
            }
        }
    });
    fs::write(directory.join("offprint.toml"), config).unwrap();
}

#[test]
fn begins_with_a_summary_and_what_fails() {
    let here = TempDir::new().unwrap();
    store_of(here.path(), 3, 1);
    let text = done(here.path(), &["status"]);
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines[0], "3 sources: 1 failing, 2 complete; 3 due");
    assert!(lines[1].starts_with("store offprint.db: "), "{text}");
    assert!(lines[3].starts_with("journal-0000 "), "{text}");
    assert_eq!(lines[4], "  failing: status 500 after 5 attempts");
    assert_eq!(
        lines[5],
        "    3 failures in a row since 2026-11-02 03:17 UTC, last tried 2026-11-02 03:17 UTC, next attempt from 2026-11-08 10:29 UTC"
    );
}

#[test]
fn many_sources_fit_a_screen() {
    let here = TempDir::new().unwrap();
    store_of(here.path(), 3000, 60);
    let text = done(here.path(), &["status"]);
    assert!(
        text.starts_with("3000 sources: 60 failing, 2940 complete; 3000 due\n"),
        "{text}"
    );
    assert!(text.lines().count() <= 40, "{text}");
    assert!(
        text.contains("  journal-0000: status 500 after 5 attempts, 3 failures in a row"),
        "{text}"
    );
    assert!(
        text.contains("50 more: offprint status --failing"),
        "{text}"
    );
    let all = done(here.path(), &["status", "--all"]);
    assert!(all.lines().count() > 3000, "{}", all.lines().count());
    let failing = done(here.path(), &["status", "--failing"]);
    assert_eq!(failing.matches("journal-").count(), 60);
    let json = done(here.path(), &["status", "--failing", "--json"]);
    let json: Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json["summary"]["failing"], 60);
    let sources = json["sources"].as_array().unwrap();
    assert_eq!(sources.len(), 60);
    assert_eq!(sources[0]["state"], "failing");
    assert_eq!(sources[0]["attempts"]["failures"], 3);
    assert_eq!(sources[0]["next_attempt"], "2026-11-08T10:29:00Z");
}

#[test]
fn configured_sources_are_new_until_they_are_harvested() {
    let here = sample_store();
    let config = "[[source]]\nname = \"other\"\nurl = \"https://other.example.org/oai\"\n";
    fs::write(here.path().join("offprint.toml"), config).unwrap();
    let text = done(here.path(), &["status"]);
    assert!(
        text.starts_with("2 sources: 1 not yet harvested, 1 complete; 1 due\n"),
        "{text}"
    );
    let json: Value = serde_json::from_str(&done(here.path(), &["status", "--json"])).unwrap();
    assert_eq!(json["unanswered"][0]["state"], "new");
    assert_eq!(json["sources"][0]["state"], "complete");
}

#[test]
fn figures_have_what_the_rules_and_the_board_ask_for() {
    let here = TempDir::new().unwrap();
    store_of(here.path(), 3, 1);
    let figures = done(here.path(), &["status", "--figures"]);
    assert!(
        figures.contains("offprint_sources{state=\"failing\"} 1\n"),
        "{figures}"
    );
    assert!(figures.contains("offprint_sources_due 3\n"), "{figures}");
    assert!(
        figures.contains("offprint_source_failures{source=\"journal-0000\"} 3\n"),
        "{figures}"
    );
    let manual = include_str!("../../docs/monitoring.md");
    let asked = [
        include_str!("../../examples/monitoring/offprint.rules.yml"),
        include_str!("../../examples/monitoring/grafana.json"),
    ];
    for text in asked {
        let names = text
            .split(|c: char| !c.is_ascii_alphanumeric() && c != '_')
            .filter(|word| word.starts_with("offprint_"));
        for name in names {
            assert!(manual.contains(&format!("| `{name}` |")), "{name}");
        }
    }
    let board: Value = serde_json::from_str(asked[1]).unwrap();
    assert_eq!(board["panels"].as_array().unwrap().len(), 8);
    for line in figures.lines().filter(|line| !line.starts_with('#')) {
        let name = line.split(['{', ' ']).next().unwrap();
        assert!(manual.contains(&format!("| `{name}` |")), "{line}");
    }
}
