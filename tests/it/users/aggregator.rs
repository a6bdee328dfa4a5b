//! An aggregator that comes from metha and shares the work between workers.

use std::fs;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use offprint::cli::demo::DemoJournal;
use serde_json::Value;
use tokio::runtime::Runtime;

use super::machine::User;
use crate::cli_support::SampleJournal;
use crate::moving::metha_cache;
use crate::postgres::Database;

const METHA: &str = "docs/moving-from-metha.md";
const WORKERS: &str = "docs/fleet.md";
/// Longest time in which a worker does what it is waited for.
const PATIENCE: Duration = Duration::from_mins(1);

struct Aggregator {
    journal: SampleJournal,
    user: User,
}

/// A user with a cache of metha that has one journal.
fn aggregator() -> Aggregator {
    let journal = SampleJournal::start();
    let user = User::new();
    let cache = user.path(".cache/metha");
    fs::create_dir_all(&cache).unwrap();
    metha_cache(&cache, journal.url());
    Aggregator { journal, user }
}

#[test]
fn run_continues_where_metha_stopped() {
    let Aggregator { journal, user } = &aggregator();
    journal.journal.publish_changes();
    let moved = user.tries(METHA, "offprint harvest ~/.cache/metha");
    assert_eq!(moved.code, Some(0), "{moved:?}");
    let lines: Vec<&str> = moved.stderr.lines().collect();
    assert!(
        lines[0].contains("-cac: 265 new, 0 changed, 6 deleted"),
        "{moved:?}"
    );
    let continued = lines
        .iter()
        .any(|line| line.contains("-cac: 1 new, 1 changed, 1 deleted, 3 unchanged"));
    assert!(continued, "{moved:?}");
}

/// A worker, killed with this.
struct Worker(Child);

impl Worker {
    fn start(user: &User, database: &Database) -> Self {
        let child = Command::new(env!("CARGO_BIN_EXE_offprint"))
            .args(["worker", "--lease", "3"])
            .current_dir(user.home())
            .env_clear()
            .env("HOME", user.home())
            .env("OFFPRINT_STORE", database.url())
            .env("OFFPRINT_RATE", "unlimited")
            .stderr(Stdio::null())
            .spawn();
        Self(child.unwrap())
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn status(user: &User) -> Value {
    let done = user.shell(&user.home(), "offprint status --json");
    serde_json::from_str(&done.stdout).unwrap_or_else(|error| panic!("{error}: {done:?}"))
}

/// Waits until the status is as expected.
fn await_status(user: &User, expected: impl Fn(&Value) -> bool) -> Value {
    let began = Instant::now();
    loop {
        let status = status(user);
        if expected(&status) {
            return status;
        }
        assert!(began.elapsed() < PATIENCE, "{status:#}");
        std::thread::sleep(Duration::from_millis(100));
    }
}

#[test]
fn workers_know_imported_and_new_sources_without_a_restart() {
    let Aggregator { journal, user } = &mut aggregator();
    let database = Database::new();
    user.says(
        "postgres://offprint:PASSWORD@db.example.org/offprint",
        &database.url(),
    );
    user.exports("OFFPRINT_STORE", &database.url());
    journal.journal.publish_changes();
    user.follows(WORKERS, "offprint worker --once");

    let mut worker = Worker::start(user, &database);
    await_status(user, |status| {
        status["fleet"]["workers"].as_array().unwrap().len() == 1
    });
    user.types(METHA, "offprint harvest ~/.cache/metha");
    // Two runs of the source: the import, and the changes that the worker asked for.
    let done = await_status(user, |status| {
        status["sources"][0]["records"]["live"] == 265 && {
            let records = &status["sources"][0]["records"];
            records["deleted"] == 7
        }
    });
    assert_eq!(done["summary"]["failing"], 0);

    // One is added to the file, another to the store.
    let runtime = Runtime::new().unwrap();
    let [second, third] = [(); 2].map(|()| runtime.block_on(DemoJournal::start()).unwrap());
    user.appends(
        "endpoints.csv",
        &format!("name,oai_url\nsecond,{}", second.base_url()),
    );
    let added = user.types(METHA, "--from-list endpoints.csv");
    assert_eq!(added.code, Some(0), "{added:?}");
    user.says(
        "https://journal.example.org/index.php/journal/oai",
        third.base_url(),
    );
    user.follows(WORKERS, "--to-store");
    await_status(user, |status| status["summary"]["complete"] == 3);

    let listed = user.types(WORKERS, "offprint worker list");
    assert_eq!(listed.stdout.lines().count(), 2, "{listed:?}");
    let drained = user.types(WORKERS, "offprint worker drain --all");
    assert!(
        drained.stderr.contains(" ends after the sources under way"),
        "{drained:?}"
    );
    assert_eq!(worker.0.wait().unwrap().code(), Some(0));
    let listed = user.types(WORKERS, "offprint worker list");
    assert_eq!(listed.stdout, "no worker is running\n");
    let again = user.types(WORKERS, "offprint worker drain --all");
    assert_eq!(again.code, Some(1), "{again:?}");

    for part in ["part-1.jsonl", "part-2.jsonl"] {
        user.types(WORKERS, part);
        assert!(user.path(part).is_file());
    }
}
