//! Runs that are killed, interrupted, or met by another: what is in the store afterwards, once a run came to
//! its end, is what an undisturbed run leaves.

use crate::harvesting;

use std::path::Path;
use std::time::{Duration, Instant};

use harvesting::command::{Finished, Harvest};
use harvesting::outcome::Snapshot;
use harvesting::repository::{Repository, identifier};
use harvesting::script::{Fault, Place, Rule, Times, Wire};
use harvesting::server::Server;
use harvesting::wire::PATIENCE;

/// Five pages, three deleted records.
const COUNT: u32 = 47;

/// Harvests at once.
const WORKERS: usize = 4;

/// The state that must be the same however often a harvest was disturbed, apart from attempts at gaps.
#[derive(Debug, PartialEq)]
struct Left {
    snapshot: Snapshot,
    gaps: Vec<(Option<String>, Option<String>, Option<String>)>,
}

fn left(store: &Path) -> Left {
    let mut snapshot = Snapshot::read(store);
    let mut gaps: Vec<_> = snapshot
        .gaps
        .drain(..)
        .map(|gap| (gap.identifier, gap.from, gap.until))
        .collect();
    gaps.sort();
    snapshot.reports.clear();
    snapshot.unfinished.clear();
    assert_eq!(snapshot.complaints, Vec::<String>::new());
    Left { snapshot, gaps }
}

fn poison() -> Rule {
    Rule::new(
        Place::Holding(identifier(23)),
        Times::Always,
        Fault::Status(500, Vec::new()),
    )
}

fn hold(place: Place, half: bool) -> Rule {
    Rule::new(place, Times::Once, Fault::Wire(Wire::Hold { half }))
}

/// An undisturbed harvest: what it leaves, and how many requests it takes.
fn undisturbed(rules: &[Rule], code: i32) -> (Left, usize) {
    let dir = tempfile::tempdir().unwrap();
    let server = Server::start(Repository::new(COUNT), rules.to_vec());
    let harvest = Harvest::new(dir.path(), &server.url());
    let finished = harvest.run();
    assert_eq!(finished.code, Some(code), "{}", finished.stderr);
    let left = left(harvest.store());
    let lost = usize::from(code != 0);
    assert_eq!(left.snapshot.items.len(), COUNT as usize - lost);
    (left, server.hits().len())
}

fn assert_same(finished: &Finished, code: i32, store: &Path, expected: &Left, when: &str) {
    assert_eq!(finished.code, Some(code), "{when}: {}", finished.stderr);
    let found = left(store);
    let missing: Vec<_> = expected
        .snapshot
        .items
        .keys()
        .filter(|key| !found.snapshot.items.contains_key(*key))
        .collect();
    assert!(missing.is_empty(), "{when}: missing {missing:?}");
    assert!(
        found == *expected,
        "{when}: the records differ: {:?}; gaps {:?}",
        found
            .snapshot
            .items
            .iter()
            .filter(|(key, item)| expected.snapshot.items.get(*key) != Some(*item))
            .map(|(key, item)| (key, String::from_utf8_lossy(&item.raw).into_owned()))
            .collect::<Vec<_>>(),
        found.gaps
    );
}

/// Kills a harvest while the server holds back one response, for every `step`-th response in turn, then
/// finishes it.
fn kill_at_each_request(rules: &[Rule], code: i32, half: bool, step: usize) {
    let (expected, requests) = undisturbed(rules, code);
    let kill_at = |request: usize| {
        let when = format!("killed at request {request} of {requests}");
        let dir = tempfile::tempdir().unwrap();
        let mut script = vec![hold(Place::Request(request), half)];
        script.extend_from_slice(rules);
        let server = Server::start(Repository::new(COUNT), script);
        let harvest = Harvest::new(dir.path(), &server.url());
        let running = harvest.spawn();
        assert_eq!(server.wait_held(), Some(request), "{when}");
        assert_eq!(running.kill().code, None, "{when}");
        server.script(rules.to_vec());
        assert_same(&harvest.run(), code, harvest.store(), &expected, &when);
    };
    std::thread::scope(|scope| {
        for worker in 0..WORKERS {
            let kill_at = &kill_at;
            scope.spawn(move || {
                (0..requests)
                    .step_by(step)
                    .skip(worker)
                    .step_by(WORKERS)
                    .for_each(kill_at)
            });
        }
    });
}

#[test]
fn killed_before_each_response() {
    kill_at_each_request(&[], 0, false, 1);
}

#[test]
fn killed_in_the_middle_of_each_response() {
    kill_at_each_request(&[], 0, true, 1);
}

#[test]
fn killed_while_isolating_a_bad_record() {
    kill_at_each_request(&[poison()], 4, false, 5);
}

/// A source whose first list was never answered is gone with the next run of any source.
#[test]
fn killed_before_its_first_list_leaves_no_source() {
    let names = |store: &Path| -> Vec<String> {
        let store = rusqlite::Connection::open(store).unwrap();
        let mut query = store.prepare("SELECT base_url FROM source").unwrap();
        let names = query.query_map([], |row| row.get(0)).unwrap();
        names.map(Result::unwrap).collect()
    };
    let other = Server::start(Repository::new(COUNT), Vec::new());
    let mut left_behind = 0;
    for request in 0.. {
        let dir = tempfile::tempdir().unwrap();
        let server = Server::start(
            Repository::new(COUNT),
            vec![hold(Place::Request(request), false)],
        );
        let first = Harvest::new(dir.path(), &server.url());
        let running = first.spawn();
        assert_eq!(server.wait_held(), Some(request));
        let is_of_list = server.hits()[request].is("ListRecords");
        let is_past = is_of_list && server.hits()[request].is_resumption();
        running.kill();
        if is_past {
            break;
        }
        left_behind += names(first.store()).len();
        let second = Harvest::new(dir.path(), &other.url());
        assert_eq!(second.run().code, Some(0));
        assert_eq!(names(second.store()), [other.url()], "request {request}");
    }
    assert!(
        left_behind > 0,
        "no kill came between the source and its first page"
    );
}

/// One store, whose runs are all killed after a few requests, until one gets through.
#[test]
fn killed_again_and_again() {
    let (expected, _) = undisturbed(&[], 0);
    let dir = tempfile::tempdir().unwrap();
    let server = Server::start(Repository::new(COUNT), Vec::new());
    let harvest = Harvest::new(dir.path(), &server.url());
    for _ in 0..12 {
        server.script(vec![hold(Place::Request(server.hits().len() + 2), false)]);
        let mut running = harvest.spawn();
        while server.is_held().is_none() && !running.has_ended() {
            std::thread::sleep(Duration::from_millis(2));
        }
        running.kill();
    }
    server.script(Vec::new());
    assert_same(
        &harvest.run(),
        0,
        harvest.store(),
        &expected,
        "after twelve kills",
    );
}

/// Moments that nobody chose: twenty, or as many as `OFFPRINT_KILLS` says.
#[test]
fn killed_at_random_times() {
    let slow = Rule::new(
        Place::Everywhere,
        Times::Always,
        Fault::Wire(Wire::Slow(Duration::from_millis(4))),
    );
    let begun = Instant::now();
    let (expected, _) = undisturbed(std::slice::from_ref(&slow), 0);
    let lasts = begun.elapsed();
    let kills = std::env::var("OFFPRINT_KILLS")
        .ok()
        .and_then(|kills| kills.parse().ok())
        .unwrap_or(20);
    for seed in 0..kills {
        let dir = tempfile::tempdir().unwrap();
        let server = Server::start(Repository::new(COUNT), vec![slow.clone()]);
        let harvest = Harvest::new(dir.path(), &server.url());
        let delay = lasts.mul_f64(fastrand::Rng::with_seed(seed).f64());
        let running = harvest.spawn();
        std::thread::sleep(delay);
        running.kill();
        let when = format!(
            "killed after {delay:?}, having asked {} times",
            server.hits().len()
        );
        assert_same(&harvest.run(), 0, harvest.store(), &expected, &when);
    }
}

/// Pages that were committed are not requested again: the next run goes on by the token.
#[test]
fn goes_on_from_the_token() {
    let (expected, _) = undisturbed(&[], 0);
    let dir = tempfile::tempdir().unwrap();
    let server = Server::start(
        Repository::new(COUNT),
        vec![hold(Place::AfterPages(3), false)],
    );
    let harvest = Harvest::new(dir.path(), &server.url());
    let running = harvest.spawn();
    server.wait_held().expect("the fourth page is asked for");
    // The first three pages are written while the fourth is waited for.
    let begun = Instant::now();
    while Snapshot::read(harvest.store()).items.len() < 30 {
        assert!(
            begun.elapsed() < PATIENCE,
            "pages are not committed while the server is slow"
        );
        std::thread::sleep(Duration::from_millis(10));
    }
    running.kill();
    server.script(Vec::new());
    server.take_hits();
    let finished = harvest.run();
    let lists: Vec<_> = server
        .hits()
        .into_iter()
        .filter(|hit| hit.is("ListRecords"))
        .collect();
    assert!(lists[0].is_resumption(), "{:?}", lists[0].query);
    assert_eq!(lists.len(), 2, "only the two pages that are left");
    assert_same(
        &finished,
        0,
        harvest.store(),
        &expected,
        "after the fourth request",
    );
}

/// A signal ends a run at a page's edge with the code that shells know it by.
fn stop_by(signal: &str, code: i32) {
    let (expected, requests) = undisturbed(&[], 0);
    let dir = tempfile::tempdir().unwrap();
    let server = Server::start(
        Repository::new(COUNT),
        vec![hold(Place::AfterPages(3), false)],
    );
    let harvest = Harvest::new(dir.path(), &server.url());
    let running = harvest.spawn();
    server.wait_held().expect("the fourth page is asked for");
    running.signal(signal);
    server.release();
    let finished = running.finish();
    assert_eq!(finished.code, Some(code), "{}", finished.stderr);
    let kept = left(harvest.store());
    assert!(
        [30, 40].contains(&kept.snapshot.items.len()),
        "{} records",
        kept.snapshot.items.len()
    );
    assert_eq!(kept.gaps, [], "what was not asked for is no gap");
    // One more may have been on its way when the signal came.
    assert!(server.hits().len() < requests, "it went on to the end");

    server.script(Vec::new());
    server.take_hits();
    let finished = harvest.run();
    let lists: Vec<_> = server
        .hits()
        .into_iter()
        .filter(|hit| hit.is("ListRecords"))
        .collect();
    assert!(lists[0].is_resumption(), "{:?}", lists[0].query);
    assert_same(&finished, 0, harvest.store(), &expected, signal);
}

#[test]
fn interrupted() {
    stop_by("INT", 130);
}

#[test]
fn terminated() {
    stop_by("TERM", 143);
}

#[test]
fn of_two_runs_the_second_leaves() {
    let (expected, requests) = undisturbed(&[], 0);
    let dir = tempfile::tempdir().unwrap();
    let server = Server::start(
        Repository::new(COUNT),
        vec![hold(Place::AfterPages(1), false)],
    );
    let harvest = Harvest::new(dir.path(), &server.url());
    let first = harvest.spawn();
    server.wait_held().expect("the second page is asked for");
    let before = server.hits().len();
    let second = harvest.run();
    assert_eq!(second.code, Some(5), "{}", second.stderr);
    assert!(second.stderr.contains("lock"), "{}", second.stderr);
    assert_eq!(server.hits().len(), before, "it asked nothing");
    server.release();
    assert_same(
        &first.finish(),
        0,
        harvest.store(),
        &expected,
        "beside another run",
    );
    assert_eq!(server.hits().len(), requests);
}

/// A backup made while a harvest waits for a page is a store that the harvest could have been killed at.
#[test]
fn copied_in_the_middle_of_a_harvest() {
    let (expected, _) = undisturbed(&[], 0);
    let (dir, elsewhere) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let server = Server::start(
        Repository::new(COUNT),
        vec![hold(Place::AfterPages(2), false)],
    );
    let harvest = Harvest::new(dir.path(), &server.url());
    let running = harvest.spawn();
    server.wait_held().expect("the third page is asked for");
    let copied = Harvest::new(elsewhere.path(), &server.url());
    let backup = std::process::Command::new(env!("CARGO_BIN_EXE_offprint"))
        .args(["store", "backup"])
        .arg(copied.store())
        .arg("--store")
        .arg(harvest.store())
        .current_dir(elsewhere.path())
        .output()
        .unwrap();
    assert!(
        backup.status.success(),
        "{}",
        String::from_utf8_lossy(&backup.stderr)
    );
    server.release();
    assert_same(
        &running.finish(),
        0,
        harvest.store(),
        &expected,
        "beside a backup",
    );
    server.take_hits();
    assert_same(
        &copied.run(),
        0,
        copied.store(),
        &expected,
        "from the backup",
    );
    assert!(
        server.hits()[0].is_resumption(),
        "it goes on where the copy stood"
    );
}
