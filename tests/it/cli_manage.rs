//! Managing a collection over time: runs, sources, losses, take-downs, the store.

#![expect(clippy::unwrap_used, reason = "a test may stop at once")]

use crate::cli_support;

use std::path::Path;
use std::process::Output;

use cli_support::offprint;
use offprint::cli::demo::DemoJournal;
use rusqlite::Connection;
use serde_json::Value;
use tempfile::TempDir;
use tokio::runtime::Runtime;

/// The sample journal, with a directory that has it configured.
struct Place {
    _runtime: Runtime,
    journal: DemoJournal,
    directory: TempDir,
}

impl Place {
    fn new(settings: &str) -> Self {
        let runtime = Runtime::new().unwrap();
        let journal = runtime.block_on(DemoJournal::start()).unwrap();
        let place = Self {
            _runtime: runtime,
            journal,
            directory: TempDir::new().unwrap(),
        };
        let source = format!(
            "# our journal\n[[source]]\nname = \"cac\"\nurl = \"{}\"\n",
            place.journal.base_url()
        );
        place.write("offprint.toml", &format!("{source}{settings}"));
        place
    }

    fn path(&self) -> &Path {
        self.directory.path()
    }

    fn write(&self, name: &str, text: &str) {
        std::fs::write(self.path().join(name), text).unwrap();
    }

    fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.path().join(name)).unwrap()
    }

    fn run(&self, arguments: &[&str]) -> Output {
        let mut command = offprint(self.path());
        command
            .env("OFFPRINT_RATE", "unlimited")
            .env("OFFPRINT_BACKOFF", "0.01");
        command.args(arguments).output().unwrap()
    }

    fn exit(&self, arguments: &[&str]) -> i32 {
        self.run(arguments).status.code().unwrap()
    }

    /// Runs the command and returns stdout and stderr.
    fn done(&self, arguments: &[&str]) -> (String, String) {
        let output = self.run(arguments);
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(0), "{arguments:?}: {stderr}");
        (String::from_utf8(output.stdout).unwrap(), stderr)
    }

    fn json(&self, arguments: &[&str]) -> Value {
        serde_json::from_str(&self.done(arguments).0).unwrap()
    }

    fn store(&self) -> Connection {
        Connection::open(self.path().join("offprint.db")).unwrap()
    }

    /// As if so many hours had gone by since the last run.
    fn wait(&self, hours: i64) {
        let micros = hours * 3_600_000_000;
        self.store()
            .execute("UPDATE source SET last_start = last_start - ?1", [micros])
            .unwrap();
        self.store()
            .execute(
                "UPDATE source_setting SET last_attempt = last_attempt - ?1",
                [micros],
            )
            .unwrap();
    }
}

fn ids(jsonl: &str) -> Vec<(String, String)> {
    let mut ids: Vec<_> = jsonl
        .lines()
        .map(|line| {
            let entry: Value = serde_json::from_str(line).unwrap();
            let text = |value: &Value| value.as_str().unwrap().to_owned();
            (
                text(&entry["provenance"]["oai_identifier"]),
                text(&entry["status"]),
            )
        })
        .collect();
    ids.sort_unstable();
    ids
}

fn article(number: u32, status: &str) -> (String, String) {
    (
        format!("oai:ojs.ca-c.test:article/{number}"),
        status.to_owned(),
    )
}

const EXPORTS: &str = r#"
[[export]]
name = "all"
format = "jats"
path = "jats/"

[[export]]
name = "changes"
format = "jsonl"
path = "changes.jsonl"
changed_since = "last"
"#;

#[test]
fn a_run_harvests_what_is_due_and_writes_what_is_new() {
    let place = Place::new(EXPORTS);
    let report = place.json(&["run", "--json"]);
    assert_eq!(report["outcome"], "complete");
    assert_eq!(report["sources"][0]["tally"]["new"], 265);
    assert_eq!(report["exports"][0]["articles"], 265);
    assert_eq!(
        (
            &report["exports"][1]["articles"],
            &report["exports"][1]["deletions"]
        ),
        (&265.into(), &6.into())
    );
    assert_eq!(place.read("changes.000001.jsonl").lines().count(), 271);
    let xml = |place: &Place| {
        let files = std::fs::read_dir(place.path().join("jats"))
            .unwrap()
            .map(|file| file.unwrap().path());
        files
            .filter(|file| file.extension().is_some_and(|extension| extension == "xml"))
            .count()
    };
    assert_eq!(xml(&place), 265);

    // Not due; nothing is asked and nothing written.
    let report = place.json(&["run", "--json"]);
    assert_eq!(report["not_due"], serde_json::json!(["cac"]));
    assert_eq!(report["sources"], serde_json::json!([]));
    assert_eq!(report["exports"][0]["path"], Value::Null);
    assert!(!place.path().join("changes.000002.jsonl").exists());

    // The next night, ten minutes early; nothing has changed, and quiet says nothing.
    place.wait(22);
    let output = place.run(&["run", "--quiet"]);
    assert_eq!(output.status.code(), Some(0));
    assert!(output.stdout.is_empty() && output.stderr.is_empty());

    place.journal.publish_changes();
    place.wait(22);
    let (_, stderr) = place.done(&["run"]);
    assert!(
        stderr.contains("cac: 1 new, 1 changed, 1 deleted"),
        "{stderr}"
    );
    assert!(
        stderr.contains("export changes: 2 articles and 1 deletion to "),
        "{stderr}"
    );
    assert_eq!(
        ids(&place.read("changes.000002.jsonl")),
        [
            article(384, "live"),
            article(400, "deleted"),
            article(653, "live")
        ]
    );
    assert_eq!(xml(&place), 265);
    assert!(
        place
            .done(&["store", "check", "--reindex"])
            .0
            .contains("sound")
    );
}

/// Killed after the delta was announced: the next run writes the same changes under the same number, and what
/// came since under the next.
#[test]
fn an_export_that_was_cut_off_is_written_again() {
    let place = Place::new(EXPORTS);
    place.done(&["run"]);
    let first = place.read("changes.000001.jsonl");
    place
        .store()
        .execute_batch(
            "UPDATE export SET state = 'delta', delta_no = 0 WHERE name = 'changes';
             UPDATE export_cursor SET pending_seq = done_seq, done_seq = 0
             WHERE export_id = (SELECT export_id FROM export WHERE name = 'changes');",
        )
        .unwrap();
    place.write("changes.000001.jsonl", "half a li");
    place.journal.publish_changes();
    place.wait(24);
    place.done(&["run"]);
    let again = place.read("changes.000001.jsonl");
    // What changed since is not in it any more, and comes in a file of its own.
    assert_eq!(again.lines().count(), first.lines().count() - 2);
    assert_eq!(
        ids(&place.read("changes.000002.jsonl")),
        [
            article(384, "live"),
            article(400, "deleted"),
            article(653, "live")
        ]
    );
}

#[test]
fn other_settings_write_everything_again_and_say_so() {
    let place = Place::new(EXPORTS);
    place.done(&["run"]);
    let text = place.read("offprint.toml").replace(
        "changed_since = \"last\"",
        "changed_since = \"last\"\nsources = [\"cac\"]",
    );
    place.write("offprint.toml", &text);
    let (_, stderr) = place.done(&["run"]);
    assert!(
        stderr.contains("(everything, since its settings have changed)"),
        "{stderr}"
    );
    assert_eq!(place.read("changes.000002.jsonl").lines().count(), 271);
}

#[test]
fn schedules_and_exports_that_fail() {
    let place = Place::new(
        "schedule = \"never\"\n[[export]]\nname = \"x\"\nformat = \"jsonl\"\npath = \"no/such/folder.jsonl\"\n",
    );
    let report = place.run(&["run", "--json"]);
    assert_eq!(report.status.code(), Some(1));
    let report: Value = serde_json::from_slice(&report.stdout).unwrap();
    assert_eq!(report["not_due"], serde_json::json!(["cac"]));
    assert!(
        report["exports"][0]["error"]
            .as_str()
            .unwrap()
            .contains("folder.jsonl"),
        "{report}"
    );
    let report = place.run(&["run", "--all", "--json"]);
    let report: Value = serde_json::from_slice(&report.stdout).unwrap();
    assert_eq!(report["sources"][0]["tally"]["new"], 265);

    let nothing = Place::new("");
    nothing.write("offprint.toml", "rate = 1\n");
    assert_eq!(nothing.exit(&["run"]), 3);
}

#[test]
fn a_source_is_moved_renamed_and_removed() {
    let place = Place::new("");
    place.done(&["run"]);
    let id = |place: &Place| ids(&place.done(&["export", "jsonl"]).0);
    let uuid = |place: &Place| {
        let (jsonl, _) = place.done(&["export", "jsonl"]);
        let entry: Value = serde_json::from_str(jsonl.lines().next().unwrap()).unwrap();
        entry["id"].as_str().unwrap().to_owned()
    };
    let (before, first) = (id(&place), uuid(&place));
    // The same server under another name of this machine.
    let there = place.journal.base_url().replace("127.0.0.1", "localhost");
    place.done(&["source", "move", "cac", &there]);
    place.done(&["source", "rename", "cac", "caucasus"]);
    let config = place.read("offprint.toml");
    assert!(
        config.starts_with("# our journal\n[[source]]\nname = \"caucasus\"\n"),
        "{config}"
    );
    assert!(config.contains(&there));
    let report = place.json(&["run", "--all", "--json"]);
    assert_eq!(report["sources"][0]["source"], "caucasus");
    assert_eq!(report["sources"][0]["tally"]["new"], 0);
    assert_eq!(
        report["sources"][0]["tally"]["unchanged"], 3,
        "it goes on from its cursor"
    );
    assert_eq!((id(&place), uuid(&place)), (before, first));
    let listed = place.json(&["source", "list", "--json"]);
    assert_eq!(listed.as_array().unwrap().len(), 1);
    assert_eq!(
        (&listed[0]["name"], &listed[0]["configured"]),
        (&"caucasus".into(), &true.into())
    );

    assert_eq!(place.exit(&["source", "remove", "caucasus"]), 2);
    place.done(&["source", "remove", "caucasus", "--yes"]);
    assert_eq!(
        place.json(&["source", "list", "--json"]),
        serde_json::json!([])
    );
    assert!(!place.read("offprint.toml").contains("caucasus"));
    assert_eq!(place.exit(&["source", "move", "caucasus", &there]), 2);
}

/// No stored page holds the record any more, and it does not come back.
#[test]
fn suppresses_a_record() {
    let place = Place::new(EXPORTS);
    place.done(&["run"]);
    let identifier = "oai:ojs.ca-c.test:article/643";
    assert_eq!(place.exit(&["forget", "cac", identifier]), 2);
    place.done(&["forget", "cac", identifier, "--yes"]);
    let (jsonl, _) = place.done(&["export", "jsonl"]);
    let own: Vec<&str> = jsonl
        .lines()
        .filter(|line| line.contains(identifier))
        .collect();
    assert_eq!(own.len(), 1);
    assert!(own[0].contains("\"deleted\"") && !own[0].contains("titles"));
    assert!(
        place
            .done(&["store", "check", "--reindex"])
            .0
            .contains("sound")
    );

    // A harvest of everything brings the page again, and another change beside it.
    place.journal.publish_changes();
    place.done(&["harvest", "--full"]);
    place.done(&["run", "--all"]);
    assert!(ids(&place.read("changes.000002.jsonl")).contains(&article(643, "deleted")));
    let (jsonl, _) = place.done(&["export", "jsonl"]);
    assert_eq!(
        ids(&jsonl)
            .iter()
            .filter(|(id, _)| id == identifier)
            .collect::<Vec<_>>(),
        [&article(643, "deleted")]
    );
    assert!(
        place
            .done(&["store", "check", "--reindex"])
            .0
            .contains("sound")
    );
    let bodies: Vec<(i64, Vec<u8>)> = {
        let store = place.store();
        let mut statement = store.prepare("SELECT codec, body FROM page_body").unwrap();
        let rows = statement
            .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))
            .unwrap();
        rows.collect::<Result<_, _>>().unwrap()
    };
    assert!(bodies.len() >= 3);
    for (codec, body) in bodies {
        let body = if codec == 1 {
            zstd::decode_all(&body[..]).unwrap()
        } else {
            body
        };
        let text = String::from_utf8(body).unwrap();
        assert!(!text.contains(&format!("<identifier>{identifier}<")));
    }
    // To keep out what never came is possible too; and saying it twice does no harm.
    place.done(&["forget", "cac", "oai:ojs.ca-c.test:article/999999", "--yes"]);
    place.done(&["forget", "cac", identifier, "--yes"]);
}

#[test]
fn losses_are_acknowledged() {
    let place = Place::new("");
    place.done(&["run"]);
    place
        .store()
        .execute_batch(&format!(
            "INSERT INTO gap (source_id, stream_no, gap_no, identifier, identifier_hash, reason, tries, last_try, acknowledged)
             VALUES (1, 1, 1, 'oai:ojs.ca-c.test:article/999999', {}, 'status 500', 3, 1700000000000000, false)",
            xxhash_rust::xxh3::xxh3_64(b"oai:ojs.ca-c.test:article/999999").cast_signed()
        ))
        .unwrap();
    assert_eq!(
        place.exit(&["harvest"]),
        4,
        "it is asked for, and still missing"
    );
    let (missing, _) = place.done(&["status", "--unavailable"]);
    assert!(
        missing.starts_with("cac\toai:ojs.ca-c.test:article/999999\t"),
        "{missing}"
    );
    assert_eq!(
        place.exit(&["ack", "cac", "oai:ojs.ca-c.test:article/1"]),
        2
    );
    place.done(&["ack", "cac", "oai:ojs.ca-c.test:article/999999"]);
    assert_eq!(place.exit(&["harvest"]), 0);
    let missing = place.json(&["status", "--unavailable", "--json"]);
    assert_eq!(
        (&missing[0]["source"], &missing[0]["acknowledged"]),
        (&"cac".into(), &true.into())
    );
}

#[test]
fn the_store_is_checked_compacted_and_copied() {
    let place = Place::new("");
    place.done(&["run"]);
    place.journal.publish_changes();
    place.done(&["run", "--all"]);
    place.done(&["store", "backup", "copy.db"]);
    let (of_copy, _) = place.done(&["export", "jsonl", "--store", "copy.db"]);
    let (before, _) = place.done(&["export", "jsonl"]);
    assert_eq!(of_copy, before);
    assert!(
        place
            .done(&["store", "check", "--reindex", "--store", "copy.db"])
            .0
            .contains("sound")
    );
    assert_ne!(
        place.exit(&["store", "backup", "offprint.db"]),
        0,
        "not over itself"
    );
    assert_ne!(place.exit(&["store", "backup", "no/such/copy.db"]), 0);
    let names = std::fs::read_dir(place.path())
        .unwrap()
        .map(|file| file.unwrap().file_name());
    assert!(
        !names
            .into_iter()
            .any(|name| name.to_string_lossy().ends_with(".tmp"))
    );

    let (_, told) = place.done(&["store", "compact", "--keep", "current"]);
    assert!(told.contains("pages packed again"), "{told}");
    assert_eq!(place.done(&["export", "jsonl"]).0, before);
    assert!(
        place
            .done(&["store", "check", "--reindex"])
            .0
            .contains("sound")
    );

    // An index that does not agree with its pages is found.
    place
        .store()
        .execute("UPDATE record SET hash = hash + 1 WHERE item_no = 5", [])
        .unwrap();
    assert_eq!(place.exit(&["store", "check"]), 0);
    let output = place.run(&["store", "check", "--reindex", "--json"]);
    assert_eq!(output.status.code(), Some(1));
    let found: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(found["sound"], false);
    assert!(
        found["complaints"][0]
            .as_str()
            .unwrap()
            .contains("another content"),
        "{found}"
    );
    // A record that the index has lost, too.
    let lost = "UPDATE article_group SET articles = articles - 1 WHERE EXISTS (
                    SELECT 1 FROM article a WHERE a.source_id = article_group.source_id AND a.item_no = 7
                    AND article_group.group_no IN (a.facets_no, a.codes_no, a.issue_no));
                DELETE FROM article WHERE item_no = 7;
                DELETE FROM record WHERE item_no = 7";
    place.store().execute_batch(lost).unwrap();
    let output = place.run(&["store", "check", "--reindex"]);
    assert!(String::from_utf8_lossy(&output.stdout).contains("which the index does not know"));
}

/// The namespaces of a page are those of its bytes: a bit that flips there would change every record.
#[test]
fn reading_pages_again_finds_a_head_of_another() {
    let place = Place::new("");
    place.done(&["run"]);
    let store = Connection::open(place.directory.path().join("offprint.db")).unwrap();
    let changed = store
        .execute(
            "UPDATE page SET head = replace(head, 'openarchives', 'openarchiwes') WHERE page_no = 2",
            [],
        )
        .unwrap();
    assert_eq!(changed, 1);
    drop(store);
    let output = place.run(&["store", "check", "--reindex"]);
    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
    assert!(
        said.contains("page 2 has another head than its body"),
        "{said}"
    );
}
