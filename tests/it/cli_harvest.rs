//! The commands one after another, against the sample journal.

#![expect(clippy::unwrap_used, reason = "a test may stop at once")]

use crate::cli_support::{SampleJournal, done_with_messages as done, offprint, run};

use std::path::Path;
use std::process::Stdio;

use serde_json::Value;
use tempfile::TempDir;

fn lines(jsonl: &str) -> Vec<Value> {
    jsonl
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

#[test]
fn harvest_export_and_harvest_again() {
    let journal = SampleJournal::start();
    let directory = TempDir::new().unwrap();
    let here = directory.path();
    let (report, _) = done(here, &["harvest", journal.url(), "--name", "cac", "--json"]);
    let report: Value = serde_json::from_str(&report).unwrap();
    let source = &report["sources"][0];
    assert_eq!(report["outcome"], "complete");
    assert_eq!(
        (&source["tally"]["new"], &source["tally"]["deleted"]),
        (&265.into(), &6.into())
    );
    // Identify, ListMetadataFormats and three pages.
    assert_eq!(source["requests"], 5);
    let first = report["run"].as_i64().unwrap().to_string();

    let (jsonl, _) = done(here, &["export", "jsonl"]);
    let entries = lines(&jsonl);
    assert_eq!(entries.len(), 271);
    let deleted = entries
        .iter()
        .filter(|entry| entry["status"] == "deleted")
        .count();
    assert_eq!(deleted, 6);

    done(here, &["export", "jats", "-o", "jats/"]);
    let files = std::fs::read_dir(here.join("jats")).unwrap();
    let xml = files.filter(|file| {
        file.as_ref()
            .unwrap()
            .path()
            .extension()
            .is_some_and(|ext| ext == "xml")
    });
    assert_eq!(xml.count(), 265);

    // Nothing new: one request, exit 0, and nothing changed.
    let (report, _) = done(here, &["harvest", journal.url(), "--json"]);
    let report: Value = serde_json::from_str(&report).unwrap();
    assert_eq!(report["sources"][0]["requests"], 1);
    let (jsonl, _) = done(here, &["export", "jsonl", "--changed-since", &first]);
    assert_eq!(jsonl, "");

    journal.journal.publish_changes();
    let (_, stderr) = done(here, &["harvest", journal.url()]);
    assert!(
        stderr.starts_with("cac: 1 new, 1 changed, 1 deleted"),
        "{stderr}"
    );
    let (jsonl, _) = done(here, &["export", "jsonl", "--changed-since", &first]);
    let mut changed: Vec<_> = lines(&jsonl)
        .iter()
        .map(|entry| {
            let identifier = entry["provenance"]["oai_identifier"]
                .as_str()
                .unwrap()
                .to_owned();
            (identifier, entry["status"].as_str().unwrap().to_owned())
        })
        .collect();
    changed.sort_unstable();
    let entry = |number: u32, status: &str| {
        (
            format!("oai:ojs.ca-c.test:article/{number}"),
            status.to_owned(),
        )
    };
    assert_eq!(
        changed,
        [
            entry(384, "live"),
            entry(400, "deleted"),
            entry(653, "live")
        ]
    );

    let (status, _) = done(here, &["status", "--json"]);
    let status: Value = serde_json::from_str(&status).unwrap();
    assert_eq!(status["sources"][0]["name"], "cac");
    assert_eq!(status["sources"][0]["records"]["live"], 265);
    assert_eq!(status["sources"][0]["records"]["deleted"], 7);
    assert_eq!(status["sources"][0]["software"]["version"], "3.4.0.10");
    assert_eq!(
        status["sources"][0]["software_signs"][0],
        "OAI identifiers of the form article/N"
    );
    assert_eq!(status["sources"][0]["streams"][0]["unfinished"], false);
    assert_eq!(status["runs"].as_array().unwrap().len(), 3);
    let (status, _) = done(here, &["status"]);
    assert!(status.contains("265 live, 7 deleted"), "{status}");
}

#[test]
fn identify_prints_the_repository() {
    let journal = SampleJournal::start();
    let directory = TempDir::new().unwrap();
    let (text, stderr) = done(directory.path(), &["identify", journal.url()]);
    assert!(text.contains("Open Journal Systems 3.4.0.10"), "{text}");
    assert_eq!(stderr, "");
    let (json, _) = done(directory.path(), &["identify", journal.url(), "--json"]);
    let identify: Value = serde_json::from_str(&json).unwrap();
    assert_eq!(identify["repository_name"], "CENTRAL ASIA AND THE CAUCASUS");
    assert_eq!(identify["answered_at"], journal.url());
    assert_eq!(
        std::fs::read_dir(directory.path()).unwrap().count(),
        0,
        "identify leaves nothing behind"
    );
}

#[test]
fn harvests_configured_sources_in_parallel_and_reports_failures() {
    let journal = SampleJournal::start();
    let directory = TempDir::new().unwrap();
    let missing = journal.url().replace("/cac/", "/nosuch/");
    let file = format!(
        "store = \"data.db\"\n[[source]]\nname = \"good\"\nurl = \"{}\"\nsets = [\"cac:ED\"]\n\
         [[source]]\nname = \"bad\"\nurl = \"{missing}\"\n",
        journal.url()
    );
    std::fs::write(directory.path().join("offprint.toml"), file).unwrap();
    let output = run(directory.path(), &["harvest", "--quiet"]);
    assert_eq!(output.status.code(), Some(4));
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert!(
        stderr.starts_with("bad: ") && stderr.contains("404"),
        "{stderr}"
    );
    assert!(!stderr.contains("good: "), "{stderr}");
    let (status, _) = done(directory.path(), &["status", "--json"]);
    let status: Value = serde_json::from_str(&status).unwrap();
    let good = status["sources"]
        .as_array()
        .unwrap()
        .iter()
        .find(|source| source["name"] == "good")
        .unwrap();
    assert_eq!(good["records"]["live"], 44);
    assert_eq!(good["records"]["deleted"], 1);
    assert_eq!(status["runs"][0]["outcome"], "incomplete");

    let output = run(directory.path(), &["harvest", "bad"]);
    assert_eq!(output.status.code(), Some(1));
    let (_, stderr) = done(directory.path(), &["harvest", "good", "--quiet"]);
    assert_eq!(stderr, "");
}

#[test]
fn nothing_answers_there() {
    let journal = SampleJournal::start();
    let url = journal.url().to_owned();
    journal.runtime.block_on(journal.journal.stop()).unwrap();
    let directory = TempDir::new().unwrap();
    for command in ["harvest", "identify"] {
        let output = run(directory.path(), &[command, &url]);
        assert_eq!(output.status.code(), Some(1), "{command}");
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert!(stderr.contains("no connection to 127.0.0.1:"), "{stderr}");
        assert!(stderr.contains("hint: "), "{stderr}");
        assert!(output.stdout.is_empty());
    }
}

#[test]
fn a_second_run_finds_the_store_locked() {
    let directory = TempDir::new().unwrap();
    let path = directory.path().join("offprint.db");
    let access = offprint::internals::store::Access::Write { create: true };
    let held = offprint::internals::store::SqliteStore::create_or_open(&path, access).unwrap();
    let output = run(directory.path(), &["harvest", "http://127.0.0.1:9/oai"]);
    assert_eq!(output.status.code(), Some(5));
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert!(
        stderr.starts_with("error: another run holds the lock of offprint.db\nhint: "),
        "{stderr}"
    );
    drop(held);
}

#[test]
fn saved_responses_are_harvested_without_a_network() {
    let directory = TempDir::new().unwrap();
    let saved = Path::new(env!("CARGO_MANIFEST_DIR")).join("samples/ojs-3.4-cac");
    done(directory.path(), &["harvest", saved.to_str().unwrap()]);
    let (jsonl, _) = done(directory.path(), &["export", "jsonl"]);
    // 271 of the first three pages, and the one that is new in the second act.
    assert_eq!(lines(&jsonl).len(), 272);
}

#[test]
fn the_demo_matches_its_output() {
    let directory = TempDir::new().unwrap();
    let (told, _) = done(directory.path(), &["demo"]);
    assert!(
        told.contains("271 records: 265 live articles, 6 deleted"),
        "{told}"
    );
    assert!(told.contains("1 new, 1 changed, 1 deleted"), "{told}");
    assert!(told.contains("nothing new"), "{told}");
    let folder = directory.path().join("offprint-demo");
    let jsonl = std::fs::read_to_string(folder.join("articles.jsonl")).unwrap();
    assert_eq!(lines(&jsonl).len(), 271);
    // The same again: nothing of the first is in the way.
    done(directory.path(), &["demo"]);
}

/// Sends a signal to a harvest that waits its turn; it ends by itself, with the signal's exit code.
#[cfg(unix)]
#[test]
fn signals_end_a_harvest_with_their_exit_code() {
    let journal = SampleJournal::start();
    for (signal, code) in [("INT", 130), ("TERM", 143)] {
        let directory = TempDir::new().unwrap();
        let mut child = std::process::Command::new(env!("CARGO_BIN_EXE_offprint"))
            .args(["harvest", journal.url(), "--rate", "1/60"])
            .current_dir(directory.path())
            .env("XDG_CONFIG_HOME", directory.path())
            .env("HOME", directory.path())
            .env("NO_PROXY", "127.0.0.1")
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        // The store's source row comes after the signal handlers; the second request is a minute away.
        let store = directory.path().join("offprint.db");
        let begun = || {
            let output = run(directory.path(), &["status", "--json"]);
            serde_json::from_slice::<Value>(&output.stdout)
                .is_ok_and(|status| status["sources"] != Value::Array(vec![]))
        };
        while !(store.exists() && begun()) {
            assert!(child.try_wait().unwrap().is_none(), "ended too early");
            std::thread::yield_now();
        }
        let kill = std::process::Command::new("kill")
            .args(["-s", signal, &child.id().to_string()])
            .status();
        assert!(kill.unwrap().success());
        assert_eq!(child.wait().unwrap().code(), Some(code), "{signal}");
    }
}

/// A proxy of the environment is asked in the place of the host, and told its name.
#[test]
fn uses_proxies_from_the_environment() {
    use std::io::{BufRead as _, BufReader, Write as _};
    for (variable, url, expected) in [
        (
            "HTTP_PROXY",
            "http://journal.invalid/oai",
            "GET http://journal.invalid/oai?verb=Identify HTTP/1.1",
        ),
        (
            "HTTPS_PROXY",
            "https://journal.invalid/oai",
            "CONNECT journal.invalid:443 HTTP/1.1",
        ),
    ] {
        let listener = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let proxy = format!("http://{}", listener.local_addr().unwrap());
        let proxying = std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let mut line = String::new();
            BufReader::new(stream.try_clone().unwrap())
                .read_line(&mut line)
                .unwrap();
            stream
                .write_all(
                    b"HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\nconnection: close\r\n\r\n",
                )
                .unwrap();
            line
        });
        let directory = TempDir::new().unwrap();
        let mut command = offprint(directory.path());
        command
            .env(variable, proxy)
            .env("OFFPRINT_RATE", "unlimited")
            .env("OFFPRINT_BACKOFF", "0.01");
        let output = command.args(["harvest", url]).output().unwrap();
        assert_eq!(proxying.join().unwrap().trim_end(), expected);
        assert_eq!(
            output.status.code(),
            Some(1),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
    }
}

#[test]
fn connects_directly_to_hosts_without_proxy() {
    let journal = SampleJournal::start();
    for variable in ["HTTP_PROXY", "ALL_PROXY"] {
        for (except, code) in [("localhost,127.0.0.1", 0), ("example.org", 1)] {
            let directory = TempDir::new().unwrap();
            let mut command = offprint(directory.path());
            command
                .env("OFFPRINT_RATE", "unlimited")
                .env("OFFPRINT_BACKOFF", "0.01");
            // Nobody listens there.
            command
                .env(variable, "http://127.0.0.1:9")
                .env("NO_PROXY", except);
            let output = command.args(["harvest", journal.url()]).output().unwrap();
            let stderr = String::from_utf8(output.stderr).unwrap();
            assert_eq!(
                output.status.code(),
                Some(code),
                "{variable} {except}: {stderr}"
            );
        }
    }
}

#[test]
fn a_source_is_known_by_the_name_it_was_harvested_under() {
    let journal = SampleJournal::start();
    let directory = TempDir::new().unwrap();
    let here = directory.path();
    let unknown = run(here, &["harvest", "cac"]);
    assert_eq!(unknown.status.code(), Some(2));
    done(here, &["harvest", journal.url(), "--name", "cac"]);
    let (_, said) = done(here, &["harvest", "cac"]);
    assert_eq!(said, "cac: nothing new, 3 unchanged in 1 request\n");
    let unknown = run(here, &["harvest", "cad"]);
    assert_eq!(unknown.status.code(), Some(2));
    assert!(
        String::from_utf8(unknown.stderr)
            .unwrap()
            .contains("offprint source list")
    );
}

#[test]
fn identifiers_are_told_apart_to_their_end() {
    let directory = TempDir::new().unwrap();
    let long = "x".repeat(100_000);
    let identifiers = [
        "oai:h.example:A".to_owned(),
        "oai:h.example:A\u{a0}".to_owned(),
        format!("{long}1"),
        format!("{long}2"),
    ];
    let records: Vec<_> = identifiers
        .iter()
        .map(|identifier| {
            format!(
                "<record><header><identifier>\n {identifier} </identifier><datestamp>2024-01-01</datestamp></header>\
                 <metadata><dc xmlns=\"http://purl.org/dc/elements/1.1/\"><title>T</title></dc></metadata></record>"
            )
        })
        .collect();
    let page = format!(
        "<OAI-PMH xmlns=\"http://www.openarchives.org/OAI/2.0/\"><responseDate>2024-06-01T00:00:00Z</responseDate>\
         <request verb=\"ListRecords\" metadataPrefix=\"oai_dc\">http://h.example/oai</request>\
         <ListRecords>{}</ListRecords></OAI-PMH>",
        records.concat()
    );
    std::fs::write(directory.path().join("1.xml"), page).unwrap();
    let output = run(directory.path(), &["harvest", "1.xml", "--json"]);
    assert_eq!(output.status.code(), Some(4));
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    let source = &report["sources"][0];
    // of those that are too long, what is left would be the same
    assert_eq!(source["tally"]["new"], 2);
    assert_eq!(source["losses"][0]["kind"], "missing");
}
