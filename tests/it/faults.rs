//! Faults, each at its places, and what must come of a harvest that meets them: the exact records in the
//! store, their bytes, the gaps, the exit code, and what is said.
//!
//! `docs/faults.md` is the same table for people; `OFFPRINT_BLESS=1` writes it again. `OFFPRINT_FAULT=word`
//! runs the cases whose name holds the word.

use crate::harvesting;

mod lists;
mod records;
mod statuses;
mod table;
mod text;
mod tokens;
mod transport;
mod walls;

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use harvesting::case::{Case, MIDDLE, run_all};
use harvesting::command::Harvest;
use harvesting::damage::Damage;
use harvesting::outcome::{Expect, Snapshot};
use harvesting::repository::{Repository, identifier};
use harvesting::script::{Fault, Nth, Place, Rule, Times, TokenFault, Wire};
use harvesting::server::Server;

/// All groups, in the order of the table.
fn groups() -> Vec<(&'static str, Vec<Case>)> {
    vec![
        ("Text that is not XML", text::cases()),
        ("Records", records::cases()),
        ("Tokens and pages", tokens::cases()),
        ("Lists and windows", lists::cases()),
        ("Statuses and redirects", statuses::cases()),
        ("HTML instead of XML", walls::cases()),
        ("The way of the bytes", transport::cases()),
        (
            "The way of the bytes, over TLS",
            transport::cases().into_iter().map(Case::over_tls).collect(),
        ),
    ]
}

#[test]
fn text_that_is_not_xml() {
    run_all(text::cases());
}

#[test]
fn bad_records() {
    run_all(records::cases());
}

#[test]
fn tokens_and_pages() {
    run_all(tokens::cases());
}

#[test]
fn lists_and_windows() {
    run_all(lists::cases());
}

#[test]
fn statuses_and_redirects() {
    run_all(statuses::cases());
}

#[test]
fn html_instead_of_xml() {
    run_all(walls::cases());
}

#[test]
fn the_way_of_the_bytes() {
    run_all(transport::cases());
}

#[test]
fn the_way_of_the_bytes_over_tls() {
    run_all(transport::cases().into_iter().map(Case::over_tls).collect());
}

/// A missing record is requested again by the next run, and its gap is closed.
#[test]
fn a_gap_closes_when_the_record_is_mended() {
    let dir = tempfile::tempdir().unwrap();
    let rule = Rule::new(
        MIDDLE.holding(),
        Times::Always,
        Fault::Status(500, Vec::new()),
    );
    let server = Server::start(Repository::new(harvesting::case::COUNT), vec![rule]);
    let harvest = Harvest::of_records(dir.path(), &server.url());
    assert_eq!(harvest.run().code, Some(4));
    // As long as it is there, the loss does not go quiet.
    assert_eq!(harvest.run().code, Some(4));
    server.script(Vec::new());
    let finished = harvest.run();
    assert_eq!(finished.code, Some(0), "{}", finished.stderr);
    let snapshot = Snapshot::read(harvest.store());
    let (repository, all) = (server.repository(), Expect::all());
    assert_eq!(
        all.wrong_identifiers(&snapshot, &repository, &server.healthy()),
        Vec::<String>::new()
    );
    assert_eq!(
        snapshot.wrong_records(&repository, &server.damaged()),
        Vec::<String>::new()
    );
    assert_eq!(snapshot.gaps, []);
}

/// Where record after record cannot be fetched, a few are requested and all are named; once they can be fetched, all
/// are.
#[test]
fn samples_records_that_all_fail() {
    let dir = tempfile::tempdir().unwrap();
    let bare = Rule::new(
        Place::Everywhere,
        Times::Always,
        Fault::Damage(Damage::NoMetadata),
    );
    let server = Server::start(Repository::crowded(250), vec![bare]);
    let harvest = Harvest::of_records(dir.path(), &server.url());
    let repository = server.repository();
    let live: BTreeSet<String> = repository
        .records
        .iter()
        .filter(|record| !record.deleted)
        .map(|record| record.identifier.clone())
        .collect();
    for round in ["first", "second"] {
        let finished = harvest.run();
        assert_eq!(finished.code, Some(4), "{round}: {}", finished.stderr);
        let single = server
            .take_hits()
            .into_iter()
            .filter(|hit| hit.is("GetRecord"))
            .count();
        assert!((50..70).contains(&single), "{round}: {single}");
        let gaps = Snapshot::read(harvest.store()).gaps;
        assert_eq!(
            gaps.into_iter()
                .filter_map(|gap| gap.identifier)
                .collect::<BTreeSet<_>>(),
            live
        );
    }
    server.script(Vec::new());
    let finished = harvest.run();
    assert_eq!(finished.code, Some(0), "{}", finished.stderr);
    let snapshot = Snapshot::read(harvest.store());
    assert_eq!(snapshot.gaps, []);
    assert_eq!(
        snapshot.wrong_records(&repository, &server.damaged()),
        Vec::<String>::new()
    );
    assert_eq!(snapshot.items.len(), repository.records.len());
}

/// Many that fail in a row hide none that does not, on their page or behind it.
#[test]
fn fetches_the_healthy_records_among_failing_ones() {
    let dir = tempfile::tempdir().unwrap();
    let lost = |number: u32| number < 180 || number == 190;
    let rules = (0..400).filter(|number| lost(*number)).map(|number| {
        Rule::new(
            Place::Holding(identifier(number)),
            Times::Always,
            Fault::Damage(Damage::NoMetadata),
        )
    });
    let lists = Rule::new(
        Place::Verb("ListRecords"),
        Times::Always,
        Fault::Status(422, Vec::new()),
    );
    let server = Server::start(
        Repository::crowded(400),
        [lists].into_iter().chain(rules).collect(),
    );
    let harvest = Harvest::of_records(dir.path(), &server.url());
    assert_eq!(harvest.run().code, Some(4));
    let snapshot = Snapshot::read(harvest.store());
    let had = snapshot.identifiers();
    for record in &server.repository().records {
        let wanted = record.deleted || !lost(record.number);
        assert_eq!(
            had.contains(&record.identifier),
            wanted,
            "{}",
            record.identifier
        );
    }
    assert_eq!(snapshot.gaps.len() + had.len(), 400);
}

/// `--quiet` says nothing when all went well.
#[test]
fn quiet_is_quiet() {
    let dir = tempfile::tempdir().unwrap();
    let server = Server::start(Repository::new(12), Vec::new());
    let finished = Harvest::of_records(dir.path(), &server.url())
        .arg("--quiet")
        .run();
    assert_eq!(
        (
            finished.code,
            finished.stdout.as_str(),
            finished.stderr.as_str()
        ),
        (Some(0), "", "")
    );
}

/// The widest window that a server accepts is learned once.
#[test]
fn remembers_the_window_width_of_a_server() {
    let dir = tempfile::tempdir().unwrap();
    let rule = Rule::new(
        Place::WiderThan(31),
        Times::Always,
        Fault::Status(413, Vec::new()),
    );
    let server = Server::start(Repository::new(harvesting::case::COUNT), vec![rule]);
    let lists = || {
        server
            .take_hits()
            .into_iter()
            .filter(|hit| hit.is("ListRecords"))
            .count()
    };
    assert_eq!(
        Harvest::of_records(dir.path(), &server.url()).run().code,
        Some(0)
    );
    let first = lists();
    assert_eq!(
        Harvest::of_records(dir.path(), &server.url())
            .arg("--full")
            .run()
            .code,
        Some(0)
    );
    let second = lists();
    // Nothing is requested that would be refused: only the months are left.
    assert!(second < first, "{second} requests after {first}");
}

/// A server that says nothing where a list should be is asked no hundred times for it.
#[test]
fn nothing_at_all_costs_few_requests() {
    for status in [200, 204] {
        let dir = tempfile::tempdir().unwrap();
        let nothing = || {
            vec![Rule::new(
                Place::WiderThan(0),
                Times::Always,
                Fault::Nothing(status),
            )]
        };
        let server = Server::start(Repository::new(12), nothing());
        let harvest = Harvest::of_records(dir.path(), &server.url());
        assert_eq!(harvest.run().code, Some(1));
        // Identify; the list, three times; Identify again, and whether a list of identifiers is as empty.
        assert!(server.take_hits().len() <= 8, "{status}");
        server.script(Vec::new());
        assert_eq!(harvest.run().code, Some(0));
        server.script(nothing());
        server.take_hits();
        assert_eq!(harvest.run().code, Some(0));
        assert!(server.take_hits().len() <= 7, "{status}");
    }
}

/// Where every list of records is said to be too wide, however narrow, its width is not the reason: the identifiers
/// are requested in one list, not day by day.
#[test]
fn lists_refused_for_good_cost_few_requests() {
    for status in [413, 422] {
        let dir = tempfile::tempdir().unwrap();
        let rule = Rule::new(
            Place::Verb("ListRecords"),
            Times::Always,
            Fault::Status(status, Vec::new()),
        );
        let server = Server::start(Repository::new(12), vec![rule]);
        let harvest = Harvest::of_records(dir.path(), &server.url());
        for round in ["first", "second"] {
            let finished = harvest.run();
            assert_eq!(finished.code, Some(0), "{round}: {}", finished.stderr);
            let hits = server.take_hits();
            let count = |verb| hits.iter().filter(|hit| hit.is(verb)).count();
            assert!(
                count("ListRecords") <= 12,
                "{round}: {} lists of records",
                count("ListRecords")
            );
            assert!(
                count("ListIdentifiers") <= 2,
                "{round}: {} of identifiers",
                count("ListIdentifiers")
            );
            assert!(
                count("GetRecord") <= 12,
                "{round}: {} records",
                count("GetRecord")
            );
        }
    }
}

/// Nor is a span lost that lies apart from the others that are requested again.
#[test]
fn fetches_separate_ranges_if_lists_are_refused() {
    let dir = tempfile::tempdir().unwrap();
    let named = |number| {
        Rule::new(
            Place::Naming(identifier(number)),
            Times::Always,
            Fault::Status(500, vec![]),
        )
    };
    let server = Server::start(
        Repository::new(harvesting::case::COUNT),
        vec![named(10), named(30)],
    );
    let harvest = Harvest::of_records(dir.path(), &server.url());
    assert_eq!(harvest.run().code, Some(4));
    let gaps = Snapshot::read(harvest.store()).gaps;
    // Both days, or wider ranges around them where the budget was spent before.
    assert!((2..=4).contains(&gaps.len()), "{gaps:#?}");
    server.script(vec![Rule::new(
        Place::Verb("ListRecords"),
        Times::Always,
        Fault::Status(422, vec![]),
    )]);
    let finished = harvest.run();
    assert_eq!(finished.code, Some(0), "{}", finished.stderr);
    let snapshot = Snapshot::read(harvest.store());
    assert_eq!(snapshot.gaps, []);
    assert_eq!(snapshot.items.len(), server.repository().records.len());
}

/// Nor where what is known is compared, and only what is newer is listed.
#[test]
fn an_empty_list_may_mean_no_changes() {
    let dir = tempfile::tempdir().unwrap();
    let server = Server::start(Repository::crowded(150), Vec::new());
    let harvest = Harvest::of_records(dir.path(), &server.url());
    assert_eq!(harvest.run().code, Some(0));
    server.take_hits();
    server.script(vec![Rule::new(
        Place::From("2021-05-05T00:00:00Z"),
        Times::Always,
        Fault::Nothing(204),
    )]);
    let finished = harvest.run();
    assert_eq!(finished.code, Some(0), "{}", finished.stderr);
    assert!(server.take_hits().len() <= 8, "{}", finished.stderr);
}

/// A format that some items lack is not a gap: each of them is requested once, and later only when it has changed.
#[test]
fn requests_articles_without_the_format_once() {
    let dir = tempfile::tempdir().unwrap();
    let repository = Repository {
        partial_format: Some(("jats", 10)),
        records: Repository::new(50)
            .records
            .into_iter()
            .filter(|record| !record.deleted)
            .collect(),
        ..Repository::new(50)
    };
    let count = repository.records.len();
    let having = repository
        .records
        .iter()
        .filter(|record| record.number.is_multiple_of(10))
        .count();
    let server = Server::start(repository, Vec::new());
    let harvest = Harvest::of_records(dir.path(), &server.url())
        .arg("--prefix")
        .arg("oai_dc,jats");
    let finished = harvest.run();
    assert_eq!(finished.code, Some(0), "{}", finished.stderr);
    let single =
        |hits: &[harvesting::server::Hit]| hits.iter().filter(|hit| hit.is("GetRecord")).count();
    let hits = server.take_hits();
    let queries: Vec<&str> = hits.iter().map(|hit| hit.query.as_str()).collect();
    assert_eq!(single(&hits), count, "one request for each: {queries:#?}");
    let snapshot = Snapshot::read(harvest.store());
    assert_eq!(snapshot.gaps, []);
    assert_eq!(snapshot.items.len(), count + having);
    let status = std::process::Command::new(env!("CARGO_BIN_EXE_offprint"))
        .arg("--store")
        .arg(harvest.store())
        .arg("status")
        .output()
        .unwrap();
    let status = String::from_utf8_lossy(&status.stdout).into_owned();
    let share = format!("jats: {having} of {count} records");
    assert!(status.contains(&share), "{status}");
    assert_eq!(harvest.run().code, Some(0));
    let hits = server.take_hits();
    assert_eq!(single(&hits), 0, "nothing has changed");
    assert!(hits.len() <= 4, "{} requests", hits.len());
    // A full harvest asks again.
    assert_eq!(
        Harvest::of_records(dir.path(), &server.url())
            .args(&["--prefix", "oai_dc,jats", "--full"])
            .run()
            .code,
        Some(0)
    );
    assert_eq!(single(&server.take_hits()), count);
}

/// An endless list of new records ends at a bound, and the next run resumes.
#[test]
fn a_bound_ends_a_list_and_the_next_run_resumes() {
    let dir = tempfile::tempdir().unwrap();
    let server = Server::start(Repository::new(harvesting::case::COUNT), Vec::new());
    for (bound, kept, code) in [("15", 20, 4), ("15", 40, 4), ("100", 47, 0)] {
        let harvest = Harvest::of_records(dir.path(), &server.url())
            .arg("--max-records")
            .arg(bound);
        let finished = harvest.run();
        assert_eq!(finished.code, Some(code), "{}", finished.stderr);
        let snapshot = Snapshot::read(harvest.store());
        assert_eq!(snapshot.identifiers().len(), kept);
    }
}

/// A page that drips is given up when the time of the run is over, not when the page has come.
#[test]
fn the_time_of_a_run_ends_a_request() {
    let dir = tempfile::tempdir().unwrap();
    let wire = Wire::Drip {
        piece: 1,
        pause: Duration::from_millis(200),
    };
    let rule = Rule::new(Place::Page(Nth::Middle), Times::Always, Fault::Wire(wire));
    let server = Server::start(Repository::new(harvesting::case::COUNT), vec![rule]);
    let harvest = Harvest::of_records(dir.path(), &server.url())
        .arg("--max-time")
        .arg("2");
    let begun = Instant::now();
    let finished = harvest.run();
    assert_eq!(finished.code, Some(4), "{}", finished.stderr);
    assert!(finished.stderr.contains("max_time"), "{}", finished.stderr);
    assert!(begun.elapsed() < Duration::from_secs(30));
    // two pages came before it
    assert_eq!(Snapshot::read(harvest.store()).identifiers().len(), 20);
    server.script(Vec::new());
    assert_eq!(harvest.run().code, Some(0));
}

/// A token in the wrong place is as good as one in the right.
#[test]
fn a_misplaced_token_costs_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let rule = Rule::new(
        Place::AnyPage,
        Times::Always,
        Fault::Token(TokenFault::Outside),
    );
    let server = Server::start(Repository::new(harvesting::case::COUNT), vec![rule]);
    assert_eq!(
        Harvest::of_records(dir.path(), &server.url()).run().code,
        Some(0)
    );
    assert_eq!(
        server.hits().len(),
        2 + 5,
        "Identify, ListMetadataFormats and five pages"
    );
}

/// `--limit` takes about as many again each time, and continues where it stopped.
#[test]
fn a_limited_harvest_resumes() {
    let dir = tempfile::tempdir().unwrap();
    let server = Server::start(Repository::new(harvesting::case::COUNT), Vec::new());
    let harvest = Harvest::of_records(dir.path(), &server.url())
        .arg("--limit")
        .arg("12");
    for kept in [20, 40, 47] {
        assert_eq!(harvest.run().code, Some(0));
        assert_eq!(Snapshot::read(harvest.store()).identifiers().len(), kept);
    }
    assert_eq!(
        server
            .hits()
            .iter()
            .filter(|hit| hit.is("ListRecords"))
            .count(),
        5
    );
}

/// A server that wants to be left alone for longer than is sat out: for how long is said.
#[test]
fn reports_a_long_retry_after() {
    let dir = tempfile::tempdir().unwrap();
    let hour = vec![("Retry-After", "3600".to_owned())];
    let rule = Rule::new(Place::AnyPage, Times::Always, Fault::Status(429, hour));
    let server = Server::start(Repository::new(12), vec![rule]);
    let finished = Harvest::of_records(dir.path(), &server.url()).run();
    assert_eq!(finished.code, Some(1));
    assert!(
        finished.stderr.contains("left alone for 60 minutes"),
        "{}",
        finished.stderr
    );
}

/// The version of OJS that the server names does not cut its lists: a last page that is full needs no second look.
#[rstest::rstest]
#[case(10)]
#[case(20)]
#[case(50)]
fn looks_once_at_a_list_that_ends_with_a_full_page(#[case] records: u32) {
    let dir = tempfile::tempdir().unwrap();
    let server = Server::start(Repository::new(records), Vec::new());
    let finished = Harvest::of_records(dir.path(), &server.url()).run();
    assert_eq!(finished.code, Some(0), "{}", finished.stderr);
    let pages = records as usize / 10;
    assert_eq!(server.hits().len(), 2 + pages, "{}", finished.stderr);
}
