//! Records that vanish without a tombstone are found by `offprint run` when a full list is due.

use crate::cli_support;
use crate::harvesting;

use std::collections::BTreeSet;
use std::process::Output;

use cli_support::offprint;
use harvesting::repository::{Repository, Software, identifier};
use harvesting::script::{Fault, Place, Rule, Times};
use harvesting::server::Server;
use rusqlite::Connection;
use serde_json::Value;
use tempfile::TempDir;

const HOUR: i64 = 3_600_000_000;
const DAY: i64 = 24 * HOUR;

/// A journal with its configuration, over many nights.
struct Nights {
    server: Server,
    directory: TempDir,
}

impl Nights {
    fn new(deleted_record: &'static str, software: Software) -> Self {
        let mut repository = Repository::new(harvesting::case::COUNT);
        repository.records.retain(|record| !record.deleted);
        (repository.deleted_record, repository.software) = (deleted_record, software);
        let nights = Self {
            server: Server::start(repository, Vec::new()),
            directory: TempDir::new().unwrap(),
        };
        let settings = format!(
            "[[source]]\nname = \"jcs\"\nurl = \"{}\"\n",
            nights.server.url()
        );
        std::fs::write(nights.directory.path().join("offprint.toml"), settings).unwrap();
        nights
    }

    fn run(&self, arguments: &[&str]) -> Output {
        let mut command = offprint(self.directory.path());
        command
            .env("OFFPRINT_RATE", "unlimited")
            .env("OFFPRINT_BACKOFF", "0.01")
            .args(arguments)
            .output()
            .unwrap()
    }

    /// `run --json`: its exit code and its report.
    fn night(&self) -> (Option<i32>, Value) {
        self.server.take_hits();
        let output = self.run(&["run", "--json"]);
        (
            output.status.code(),
            serde_json::from_slice(&output.stdout).unwrap(),
        )
    }

    /// As if so much time had gone by, microseconds.
    fn wait(&self, time: i64) {
        let store = Connection::open(self.directory.path().join("offprint.db")).unwrap();
        let moved = store
            .execute(
                "UPDATE source SET last_start = last_start - ?1, last_listing = last_listing - ?1",
                [time],
            )
            .unwrap();
        assert_eq!(moved, 1);
        store
            .execute(
                "UPDATE source_setting SET last_attempt = last_attempt - ?1",
                [time],
            )
            .unwrap();
    }

    /// Takes records away on the server, without tombstones.
    fn vanish(&self, gone: impl Fn(u32) -> bool) {
        self.server
            .edit(|repository| repository.records.retain(|record| !gone(record.number)));
    }

    /// Returns whether the last night requested a list from the beginning.
    fn listed_all(&self) -> bool {
        let hits = self.server.hits();
        let mut lists = hits
            .iter()
            .filter(|hit| hit.is("ListRecords") && !hit.is_resumption())
            .peekable();
        assert!(lists.peek().is_some(), "nothing was asked for");
        lists.any(|hit| !hit.query.contains("from="))
    }

    /// Identifiers by whether they are deleted, as they are exported.
    fn deleted(&self) -> BTreeSet<String> {
        let output = self.run(&["export", "jsonl"]);
        assert_eq!(output.status.code(), Some(0));
        let lines = String::from_utf8(output.stdout).unwrap();
        let articles = lines
            .lines()
            .map(|line| serde_json::from_str::<Value>(line).unwrap());
        articles
            .filter(|article| article["status"] == "deleted")
            .map(|article| {
                article["provenance"]["oai_identifier"]
                    .as_str()
                    .unwrap()
                    .to_owned()
            })
            .collect()
    }
}

fn tally(report: &Value, what: &str) -> u64 {
    report["sources"][0]["tally"][what].as_u64().unwrap()
}

/// A server without tombstones, and OJS, which has them and cannot be trusted with them.
const DOUBTED: [(&str, Software); 3] = [
    ("no", Software::Unnamed),
    ("transient", Software::Unnamed),
    ("persistent", Software::Ojs("3.3.0.8")),
];

#[test]
fn scheduled_full_lists_find_vanished_records() {
    for (deleted_record, software) in DOUBTED {
        let nights = Nights::new(deleted_record, software);
        let (exit, report) = nights.night();
        assert_eq!((exit, tally(&report, "deleted")), (Some(0), 0));
        assert!(nights.listed_all());

        nights.vanish(|number| number == 8);
        // An ordinary night requests changes, and so does the last before the list is due: a tenth of thirty days
        // is let off.
        for time in [DAY, 26 * DAY - HOUR] {
            nights.wait(time);
            let (exit, report) = nights.night();
            assert_eq!((exit, &report["outcome"]), (Some(0), &"complete".into()));
            assert!(!nights.listed_all(), "{deleted_record}");
            assert_eq!(nights.deleted(), BTreeSet::new());
        }

        // Counted from the start of the run that listed last, whatever came between.
        nights.wait(DAY);
        let (exit, report) = nights.night();
        assert_eq!(
            (exit, &report["outcome"]),
            (Some(0), &"complete".into()),
            "{report}"
        );
        assert!(nights.listed_all());
        assert_eq!(tally(&report, "deleted"), 1);
        assert!(
            report["sources"][0]["notes"]
                .to_string()
                .contains("without a tombstone"),
            "{report}"
        );
        assert_eq!(nights.deleted(), BTreeSet::from([identifier(8)]));
        // Only the reconciliation says so: the record has what it had.
        let check = nights.run(&["store", "check", "--reindex"]);
        assert_eq!(
            check.status.code(),
            Some(0),
            "{}",
            String::from_utf8_lossy(&check.stderr)
        );
        assert_eq!(nights.deleted(), BTreeSet::from([identifier(8)]));

        nights.wait(DAY);
        assert_eq!(nights.night().0, Some(0));
        assert!(!nights.listed_all());
    }
}

#[test]
fn mass_deletions_need_confirmation() {
    let nights = Nights::new("no", Software::Unnamed);
    nights.night();
    nights.vanish(|number| number < 12);
    nights.wait(27 * DAY);
    let (exit, report) = nights.night();
    assert!(nights.listed_all());
    assert_eq!(
        (exit, &report["outcome"], tally(&report, "deleted")),
        (Some(4), &"incomplete".into(), 0)
    );
    let losses = report["sources"][0]["losses"].to_string();
    assert!(losses.contains("too many to believe"), "{losses}");
    assert_eq!(nights.deleted(), BTreeSet::new());

    // Told again the night after, and then more and more seldom, with what to do.
    for (days, listed) in [(1, true), (1, false), (1, true), (3, false), (1, true)] {
        nights.wait(days * DAY);
        let exit = nights.night().0;
        assert_eq!(
            (nights.listed_all(), exit),
            (listed, Some(if listed { 4 } else { 0 }))
        );
    }
    nights.wait(8 * DAY);
    let again = nights.run(&["run"]);
    let stderr = String::from_utf8(again.stderr).unwrap();
    assert_eq!(again.status.code(), Some(4), "{stderr}");
    assert!(
        stderr.contains("offprint harvest jcs --reconcile --allow-shrink"),
        "{stderr}"
    );

    let told = nights.run(&["harvest", "jcs", "--reconcile", "--allow-shrink", "--json"]);
    assert_eq!(
        told.status.code(),
        Some(0),
        "{}",
        String::from_utf8_lossy(&told.stderr)
    );
    let gone: BTreeSet<String> = (0..12)
        .map(identifier)
        .filter(|gone| {
            Repository::new(12)
                .record(gone)
                .is_some_and(|record| !record.deleted)
        })
        .collect();
    assert_eq!(nights.deleted(), gone);
    nights.wait(DAY);
    assert_eq!(nights.night().0, Some(0));
    assert!(!nights.listed_all());
}

/// Where a server has come to take no wide windows, what lies further back than is requested is not gone.
#[test]
fn records_before_the_earliest_datestamp_are_kept() {
    let nights = Nights::new("no", Software::Unnamed);
    nights
        .server
        .edit(|repository| repository.earliest = Some("2024-05-01T00:00:00Z"));
    nights.night();
    nights.server.script(vec![Rule::new(
        Place::WiderThan(31),
        Times::Always,
        Fault::Status(413, Vec::new()),
    )]);
    nights.wait(27 * DAY);
    let (exit, report) = nights.night();
    let notes = report["sources"][0]["notes"].to_string();
    assert!(
        notes.contains("what is dated before 2019-05-01T00:00:00Z was not requested"),
        "{notes}"
    );
    assert_eq!((exit, tally(&report, "deleted")), (Some(0), 0), "{report}");
    assert_eq!(nights.deleted(), BTreeSet::new());
}

/// A record that cannot be fetched is not taken for one that is gone. Where not even its identifier can be fetched, the
/// list is none to tell by.
#[test]
fn unavailable_records_are_not_vanished() {
    for (poison, deleted) in [
        (
            Place::Holding(identifier(20)),
            BTreeSet::from([identifier(8)]),
        ),
        (Place::Naming(identifier(20)), BTreeSet::new()),
    ] {
        let nights = Nights::new("no", Software::Unnamed);
        nights.night();
        nights.vanish(|number| number == 8);
        nights.server.script(vec![Rule::new(
            poison,
            Times::Always,
            Fault::Status(500, Vec::new()),
        )]);
        nights.wait(27 * DAY);
        let (exit, report) = nights.night();
        assert_eq!(
            (exit, tally(&report, "deleted")),
            (Some(4), deleted.len() as u64),
            "{report}"
        );
        assert_eq!(nights.deleted(), deleted);
        // Such a list is due again at the next run.
        nights.server.script(Vec::new());
        nights.wait(DAY);
        assert_eq!(nights.night().0, Some(0));
        assert_eq!(nights.listed_all(), deleted.is_empty());
        assert_eq!(nights.deleted(), BTreeSet::from([identifier(8)]));
        nights.wait(DAY);
        assert_eq!(nights.night().0, Some(0));
        assert!(!nights.listed_all());
    }
}
