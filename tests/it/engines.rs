//! The same harvest in either engine comes to the same exports, and every command works with both.

#![expect(clippy::unwrap_used, reason = "a test may stop at once")]

use crate::cli_support;
use crate::postgres;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use cli_support::offprint;
use offprint::cli::demo::DemoJournal;

use postgres::Database;

/// Runs the command, which has to succeed; what it prints.
fn run(folder: &Path, store: &str, arguments: &[&str]) -> String {
    let output = offprint(folder)
        .args(["--store", store])
        .args(arguments)
        .output()
        .unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(
        output.status.success(),
        "{arguments:?} with {store}: {stderr}"
    );
    String::from_utf8(output.stdout).unwrap()
}

/// All files below a folder, without the times of this run.
fn files(folder: &Path) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(inner) = folders.pop() {
        for entry in fs::read_dir(inner).unwrap().flatten() {
            if entry.path().is_dir() {
                folders.push(entry.path());
            } else {
                let name = entry
                    .path()
                    .strip_prefix(folder)
                    .unwrap()
                    .display()
                    .to_string();
                found.insert(name, timeless(&fs::read_to_string(entry.path()).unwrap()));
            }
        }
    }
    found
}

/// A text without the moments of today, which differ from harvest to harvest.
fn timeless(text: &str) -> String {
    let today = chrono::Utc::now().format("%Y-%m-%d").to_string();
    let mut rest = text;
    let mut out = String::new();
    while let Some(at) = rest.find(&today) {
        let (head, tail) = rest.split_at(at + today.len());
        out.push_str(head);
        let end = tail
            .find(|c: char| !c.is_ascii_digit() && !":.T ".contains(c))
            .unwrap_or(tail.len());
        rest = &tail[end..];
    }
    out + rest
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn either_engine_comes_to_the_same_exports() {
    let journal = DemoJournal::start().await.unwrap();
    let database = Database::new();
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    let stores = [("a.db".to_owned(), "a"), (database.url(), "b")];
    let url = journal.base_url().to_owned();
    for second in [false, true] {
        if second {
            journal.publish_changes();
        }
        for (store, out) in &stores {
            run(
                here,
                store,
                &[
                    "harvest",
                    &url,
                    "--name",
                    "cac",
                    "--rate",
                    "unlimited",
                    "--quiet",
                ],
            );
            fs::create_dir_all(here.join(out)).unwrap();
            for format in ["jsonl", "raw", "jats"] {
                let path = format!("{out}/{format}{}", if format == "jats" { "/" } else { "" });
                run(here, store, &["export", format, "-o", &path]);
            }
            if second {
                run(
                    here,
                    store,
                    &[
                        "export",
                        "jsonl",
                        "--changed-since",
                        "1",
                        "-o",
                        &format!("{out}/changes"),
                    ],
                );
                for shard in ["1/3", "2/3", "3/3"] {
                    let path = format!("{out}/shard-{}", &shard[..1]);
                    run(
                        here,
                        store,
                        &["export", "jsonl", "--shard", shard, "-o", &path],
                    );
                }
            }
        }
        let [one, other] = ["a", "b"].map(|out| files(&here.join(out)));
        assert_eq!(
            one.keys().collect::<Vec<_>>(),
            other.keys().collect::<Vec<_>>()
        );
        for (name, text) in &one {
            assert!(other[name] == *text, "{name} differs between the engines");
        }
        if !second {
            continue;
        }
        // The shards are the whole, and have nothing in common.
        let lines = |name: &str| one[name].lines().map(str::to_owned).collect::<Vec<_>>();
        let mut parts: Vec<String> = (1..=3).flat_map(|n| lines(&format!("shard-{n}"))).collect();
        let mut whole = lines("jsonl");
        parts.sort();
        whole.sort();
        assert_eq!(parts, whole);
    }
    let [(file, _), (url, _)] = &stores;
    // What people ask of a store is answered alike.
    for arguments in [
        &["findings"][..],
        &["duplicates"],
        &["show", "oai:ojs.ca-c.test:article/643"],
        &["show", "oai:ojs.ca-c.test:article/643", "--history"],
        &["store", "check", "--reindex"],
        &["status", "--unavailable"],
    ] {
        let [one, other] = [file, url].map(|store| timeless(&run(here, store, arguments)));
        assert_eq!(one.lines().count(), other.lines().count(), "{arguments:?}");
        for (one, other) in one.lines().zip(other.lines()) {
            // The journal gives each harvest tokens of its own.
            let is_token = one.contains("resumptionToken=") && other.contains("resumptionToken=");
            assert!(one == other || is_token, "{arguments:?}: {one} / {other}");
        }
    }
    for arguments in [
        &["report", "-o", "report.html"][..],
        &["snapshot", "cac", "-o", "bag"],
        &["ack", "cac"],
        &["forget", "cac", "oai:ojs.ca-c.test:article/643", "--yes"],
        &["source", "rename", "cac", "caucasus"],
        &["source", "list"],
        &["store", "compact", "--keep", "current"],
        &["status", "--json"],
        &["source", "remove", "caucasus", "--yes"],
    ] {
        run(here, url, arguments);
    }
    let backup = offprint(here)
        .args(["--store", url, "store", "backup", "x.db"])
        .output()
        .unwrap();
    assert_eq!(backup.status.code(), Some(3));
    assert!(String::from_utf8_lossy(&backup.stderr).contains("pg_dump"));
    let worker = offprint(here)
        .args(["--store", file, "worker", "--once"])
        .output()
        .unwrap();
    assert_eq!(
        worker.status.code(),
        Some(3),
        "a file is no store for workers"
    );
    let copied = run(here, file, &["store", "copy", file, "copy.db", "--json"]);
    assert!(copied.contains("\"record\""));
    journal.stop().await.unwrap();
}
