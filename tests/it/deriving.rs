//! Deriving behind a harvest: what is derived so, and when; and that nothing else depends on it.

#![expect(clippy::unwrap_used, reason = "a test may stop at once")]

use std::collections::BTreeMap;
use std::path::Path;
use std::time::{Duration, Instant};

use offprint::internals::normalize::derive::derive_all;
use offprint::internals::store::{DeriveTally, SqliteStore};
use rusqlite::Connection;
use serde_json::Value;
use tempfile::TempDir;

use crate::cli_support::{SampleJournal, done, done_with_messages, samples};
use crate::harvesting::command::Harvest;
use crate::harvesting::repository::Repository;
use crate::harvesting::script::{Fault, Place, Rule, Times, Wire};
use crate::harvesting::server::Server;
use crate::harvesting::wire::PATIENCE;
use crate::kept_articles::{assert_same, exports};

const STORE: &str = "offprint.db";
/// Items of the sample journal.
const ITEMS: i64 = 272;
const NOTHING: DeriveTally = DeriveTally {
    changed: 0,
    unchanged: 0,
};

/// Harvests the saved pages of the sample journal in these formats.
fn import(here: &Path, prefixes: &str, flags: &[&str]) -> String {
    let pages = samples("ojs-3.4-cac");
    let pages = pages.to_str().unwrap();
    let mut arguments = vec!["harvest", pages, "--name", "cac", "--prefix", prefixes];
    arguments.extend(flags);
    done_with_messages(here, &arguments).1
}

/// Counts the articles of each source in a store that another process may be writing to.
fn articles(store: &Path) -> BTreeMap<String, i64> {
    let store = Connection::open(store).unwrap();
    let mut found = store
        .prepare("SELECT name, (SELECT count(*) FROM article a WHERE a.source_id = s.source_id) FROM source s")
        .unwrap();
    let rows = found.query_map([], |row| Ok((row.get(0)?, row.get(1)?)));
    rows.unwrap().map(Result::unwrap).collect()
}

fn articles_of_sample(here: &Path) -> i64 {
    articles(&here.join(STORE))["cac"]
}

fn change(here: &Path, sql: &str) {
    let store = Connection::open(here.join(STORE)).unwrap();
    store.execute_batch(sql).unwrap();
}

/// Derives whatever is due.
async fn due(here: &Path) -> DeriveTally {
    let store = crate::kept_articles::open(&here.join(STORE));
    derive_all(&store).await.unwrap()
}

async fn all_exports(here: &Path) -> BTreeMap<&'static str, Vec<u8>> {
    let store: SqliteStore = crate::kept_articles::open(&here.join(STORE));
    exports(&store, &[]).await
}

#[tokio::test]
async fn a_harvest_leaves_nothing_to_derive() {
    let folder = TempDir::new().unwrap();
    import(folder.path(), "oai_dc", &[]);
    assert_eq!(articles_of_sample(folder.path()), ITEMS);
    assert_eq!(due(folder.path()).await, NOTHING);
}

#[tokio::test]
async fn a_harvest_derives_nothing_where_it_is_told_so() {
    let folder = TempDir::new().unwrap();
    let here = folder.path();
    import(here, "oai_dc", &["--no-derive"]);
    assert_eq!(articles_of_sample(here), 0);
    std::fs::write(here.join("offprint.toml"), "no_derive = true\n").unwrap();
    import(here, "oai_dc", &[]);
    assert_eq!(articles_of_sample(here), 0);
    std::fs::remove_file(here.join("offprint.toml")).unwrap();
    // Nothing new came, and what is left is derived.
    import(here, "oai_dc", &[]);
    assert_eq!(articles_of_sample(here), ITEMS);
}

#[tokio::test]
async fn settings_of_journals_are_applied_before_deriving() {
    let folder = TempDir::new().unwrap();
    let here = folder.path();
    let settings = "[[source]]\nname = \"cac\"\nurl = \"https://ojs.ca-c.test/index.php/cac/oai\"\n\
                    journal_title = \"A Title of Our Own\"\n";
    std::fs::write(here.join("offprint.toml"), settings).unwrap();
    import(here, "oai_dc", &[]);
    let (jsonl, log) = done_with_messages(here, &["export", "jsonl", "--limit", "1"]);
    assert!(jsonl.contains("A Title of Our Own"), "{log}");
    assert_eq!(due(here).await, NOTHING);
}

#[test]
fn settings_of_journals_stay_where_the_configuration_does_not_name_their_source() {
    let journal = SampleJournal::start();
    let folder = TempDir::new().unwrap();
    let here = folder.path();
    let settings = format!(
        "[[source]]\nname = \"cac\"\nurl = \"{}\"\njournal_title = \"A Title of Our Own\"\n",
        journal.url()
    );
    std::fs::write(here.join("offprint.toml"), settings).unwrap();
    done(here, &["harvest"]);
    std::fs::remove_file(here.join("offprint.toml")).unwrap();
    journal.journal.publish_changes();
    done(here, &["harvest", "cac"]);
    let jsonl = done(here, &["export", "jsonl", "--limit", "1"]);
    assert!(jsonl.contains("A Title of Our Own"), "{jsonl}");
}

#[tokio::test]
async fn exports_do_not_depend_on_when_articles_are_derived() {
    for prefixes in ["oai_dc", "jats,marcxml,oai_dc"] {
        let (behind, later) = (TempDir::new().unwrap(), TempDir::new().unwrap());
        import(behind.path(), prefixes, &[]);
        import(later.path(), prefixes, &["--no-derive"]);
        let first = all_exports(later.path()).await;
        assert_same(&first, &all_exports(behind.path()).await, prefixes);
    }
}

#[tokio::test]
async fn what_a_failure_leaves_is_derived_later() {
    let (whole, broken) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    import(whole.path(), "oai_dc", &[]);
    let here = broken.path();
    import(here, "oai_dc", &["--no-derive"]);
    change(
        here,
        "CREATE TRIGGER broken BEFORE INSERT ON article WHEN NEW.item_no > 230
         BEGIN SELECT RAISE(ABORT, 'broken by a test'); END",
    );
    let log = import(here, "oai_dc", &[]);
    assert!(log.contains("not derived yet"), "{log}");
    let some = articles_of_sample(here);
    assert!(0 < some && some < ITEMS, "{some} of {ITEMS} are derived");
    change(here, "DROP TRIGGER broken");
    assert_same(
        &all_exports(whole.path()).await,
        &all_exports(here).await,
        "after a failure",
    );
    assert_eq!(due(here).await, NOTHING);
}

/// The lines of an export by id, without the times of their harvest.
fn lines(jsonl: &str) -> BTreeMap<String, Value> {
    let lines = jsonl.lines().map(|line| {
        let mut entry: Value = serde_json::from_str(line).unwrap();
        for time in ["harvested_at", "datestamp"] {
            entry["provenance"][time].take();
        }
        (entry["id"].as_str().unwrap().to_owned(), entry)
    });
    lines.collect()
}

#[test]
fn changes_do_not_depend_on_when_articles_are_derived() {
    let journal = SampleJournal::start();
    let (behind, later) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    let folders = [(behind.path(), None), (later.path(), Some("--no-derive"))];
    let harvest = |(here, flag): (&Path, Option<&str>)| {
        let mut arguments = vec!["harvest", journal.url(), "--name", "cac", "--json"];
        arguments.extend(flag);
        let report: Value = serde_json::from_str(&done(here, &arguments)).unwrap();
        report["run"].to_string()
    };
    let feed = |here: &Path| {
        done(
            here,
            &[
                "export",
                "jsonl",
                "--name",
                "feed",
                "--changed-since",
                "last",
                "-o",
                "feed.jsonl",
            ],
        );
        let mut files: Vec<_> = std::fs::read_dir(here)
            .unwrap()
            .map(|file| file.unwrap().path())
            .filter(|path| path.extension().is_some_and(|ext| ext == "jsonl"))
            .collect();
        files.sort();
        let newest = std::fs::read_to_string(files.last().unwrap()).unwrap();
        lines(&newest)
    };
    let runs = folders.map(harvest);
    let [first, same] = folders.map(|(here, _)| feed(here));
    assert_eq!((first.len(), &first), (271, &same));

    journal.journal.publish_changes();
    let [run, same] = folders.map(harvest);
    assert_eq!(run, same);
    let [changed, same] = folders.map(|(here, _)| feed(here));
    assert_eq!(changed, same);
    assert!(changed.len() < 20, "{} changes", changed.len());
    for ((here, _), run) in folders.iter().zip(&runs) {
        let since = done(here, &["export", "jsonl", "--changed-since", run]);
        assert_eq!(lines(&since), changed);
    }
}

#[test]
fn a_source_is_derived_when_its_lists_have_ended_beside_those_of_others() {
    let hold = Rule::new(
        Place::AfterPages(3),
        Times::Once,
        Fault::Wire(Wire::Hold { half: false }),
    );
    let slow = Server::start(Repository::new(47), vec![hold]);
    let folder = TempDir::new().unwrap();
    let pages = samples("ojs-3.4-cac");
    let harvest = Harvest::new(folder.path(), &slow.url()).arg(pages.to_str().unwrap());
    let running = harvest.spawn();
    slow.wait_held().expect("the fourth page is asked for");
    let counts = || articles(harvest.store()).into_values().collect::<Vec<_>>();
    let begun = Instant::now();
    while !counts().contains(&ITEMS) {
        assert!(begun.elapsed() < PATIENCE, "{:?} are derived", counts());
        std::thread::sleep(Duration::from_millis(10));
    }
    // Of the other, thirty records are stored, and no article can be seen yet.
    assert!(counts().contains(&0), "{:?} are derived", counts());
    slow.release();
    let finished = running.finish();
    assert_eq!(finished.code, Some(0), "{}", finished.stderr);
    let mut both = counts();
    both.sort_unstable();
    assert_eq!(both, [47, ITEMS]);
}
