//! Tombstones of OJS: those of the journal are taken wherever it is installed, those of another are not.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};

use serde_json::Value;

use crate::cli_support::offprint;
use crate::scripted::{Asked, Reply, Server, error, identify, list, record, tombstone};

fn run(folder: &Path, arguments: &[&str]) -> String {
    let output = offprint(folder)
        .args(["--store", "s.db"])
        .args(arguments)
        .output()
        .unwrap();
    assert_eq!(
        output.status.code(),
        Some(0),
        "{arguments:?}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// Harvests a journal with three records twice, the second time with what its incremental list holds then; the articles
/// as exported, by identifier and whether they are deleted.
fn harvested(path: &'static str, later: fn() -> Vec<String>) -> Vec<(String, bool)> {
    let folder = tempfile::tempdir().unwrap();
    let changed = Arc::new(AtomicBool::new(false));
    let has = Arc::clone(&changed);
    let server = Server::start(move |asked: &Asked| match &*asked.verb() {
        _ if asked.path != path => Reply::Status(404),
        "Identify" => identify("3.4.0.10"),
        "ListRecords" if has.load(SeqCst) && asked.argument("from").is_some() => list(&later()),
        "ListRecords" => list(&[1, 2, 3].map(|number| record(number, "cac:ART"))),
        _ => error("badVerb"),
    });
    let url = server.url(path);
    run(folder.path(), &["harvest", &url, "--rate", "unlimited"]);
    changed.store(true, SeqCst);
    run(folder.path(), &["harvest", &url, "--rate", "unlimited"]);
    let exported = run(folder.path(), &["export", "jsonl"]);
    exported
        .lines()
        .map(|line| {
            let entry: Value = serde_json::from_str(line).unwrap();
            let identifier = entry["provenance"]["oai_identifier"]
                .as_str()
                .or_else(|| entry["oai_identifier"].as_str());
            let number = identifier.unwrap().rsplit('/').next().unwrap().to_owned();
            (number, entry["status"] == "deleted")
        })
        .collect()
}

fn expected(entries: &[(&str, bool)]) -> Vec<(String, bool)> {
    entries
        .iter()
        .map(|(number, deleted)| ((*number).to_owned(), *deleted))
        .collect()
}

#[test]
fn accepts_deletions_of_an_installation_in_a_subfolder() {
    for path in [
        "/ojs/cac/oai",
        "/a/b/cac/oai",
        "/cac/oai",
        "/ojs/cac/en/oai",
        "/index.php/cac/oai",
        "/oai",
        // An alias hides the journal's path.
        "/journal/oai",
    ] {
        let found = harvested(path, || vec![tombstone(2, "cac:ART")]);
        assert_eq!(
            found,
            expected(&[("1", false), ("2", true), ("3", false)]),
            "{path}"
        );
    }
}

#[test]
fn deletions_of_another_journal_are_dropped_in_a_subfolder() {
    for path in ["/ojs/cac/oai", "/cac/oai", "/index.php/cac/oai"] {
        let three = expected(&[("1", false), ("2", false), ("3", false)]);
        let alone = harvested(path, || vec![tombstone(900, "other:ART")]);
        assert_eq!(alone, three, "{path}, alone");
        let beside = harvested(path, || {
            vec![record(1, "cac:ART"), tombstone(900, "other:ART")]
        });
        assert_eq!(beside, three, "{path}, beside a live record");
    }
}
