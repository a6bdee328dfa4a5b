//! Politeness, as the server sees it: when requests arrive, and how many at once.

use crate::harvesting;

use std::time::Duration;

use harvesting::case::MIDDLE;
use harvesting::command::{Finished, Harvest};
use harvesting::damage::Damage;
use harvesting::repository::Repository;
use harvesting::script::{Coding, Fault, Nth, Place, Rule, Times, To, Wire};
use harvesting::server::{Hit, Server};
use harvesting::walls::Wall;

/// The tolerance for early requests: the one before may have been held up on the way.
const SLACK: Duration = Duration::from_millis(100);

/// Asserts that any `n + 1` requests in a row took at least `n` intervals, and that none overlapped.
fn assert_polite(hits: &[Hit], interval: Duration) {
    for (i, first) in hits.iter().enumerate() {
        for (n, later) in (1u32..).zip(&hits[i + 1..]) {
            let took = later.at - first.at + SLACK;
            assert!(
                took >= interval * n,
                "requests {i} to {} took {took:?}: {} … {}",
                i + n as usize,
                first.query,
                later.query
            );
        }
    }
    assert!(
        hits.iter().all(|hit| hit.in_flight == 1),
        "two requests at once"
    );
}

fn harvest(server: &Server, rate: Option<&str>, arguments: &[&str]) -> Finished {
    let dir = tempfile::tempdir().unwrap();
    Harvest::of_records(dir.path(), &server.url())
        .rate(rate)
        .args(arguments)
        .run()
}

fn once(place: Place, fault: Fault) -> Rule {
    Rule::new(place, Times::Once, fault)
}

#[test]
fn the_rate_holds_over_resumptions_and_retries() {
    let rules = vec![
        once(Place::Identify, Fault::Status(500, Vec::new())),
        once(Place::Page(Nth::First), Fault::Status(429, Vec::new())),
        once(Place::Page(Nth::First), Fault::Wire(Wire::Cut)),
        once(Place::Page(Nth::Middle), Fault::Wall(Wall::Page)),
        once(Place::Page(Nth::Middle), Fault::Wire(Wire::Reset)),
        once(
            Place::Page(Nth::Last),
            Fault::Protocol("badResumptionToken"),
        ),
        once(Place::Page(Nth::Last), Fault::Coding(Coding::Truncated)),
    ];
    let server = Server::start(Repository::new(27), rules);
    let finished = harvest(&server, Some("5"), &[]);
    assert_eq!(finished.code, Some(0), "{}", finished.stderr);
    assert!(server.hits().len() >= 4 + 7, "each fault costs a request");
    assert_polite(&server.hits(), Duration::from_millis(200));
}

#[test]
fn the_rate_holds_while_a_bad_record_is_isolated() {
    let rule = Rule::new(
        MIDDLE.holding(),
        Times::Always,
        Fault::Status(500, Vec::new()),
    );
    let server = Server::start(Repository::new(27), vec![rule]);
    let finished = harvest(&server, Some("10"), &[]);
    assert_eq!(finished.code, Some(4), "{}", finished.stderr);
    assert_polite(&server.hits(), Duration::from_millis(100));
}

#[test]
fn each_step_of_a_redirect_is_a_request() {
    let rule = Rule::new(
        Place::PathNot("/en/oai"),
        Times::Always,
        Fault::Redirect(To::Locale),
    );
    let server = Server::start(Repository::new(27), vec![rule]);
    let finished = harvest(&server, Some("5"), &[]);
    assert_eq!(finished.code, Some(0), "{}", finished.stderr);
    assert_polite(&server.hits(), Duration::from_millis(200));
    let redirected = server.hits().iter().filter(|hit| hit.status == 302).count();
    assert!(
        redirected <= 2,
        "the place it ended at is kept, not asked for {redirected} times"
    );
}

#[test]
fn sends_one_request_per_second_by_default() {
    let server = Server::start(Repository::new(17), Vec::new());
    let finished = harvest(&server, None, &[]);
    assert_eq!(finished.code, Some(0), "{}", finished.stderr);
    assert!(server.hits().len() >= 3);
    assert_polite(&server.hits(), Duration::from_secs(1));
}

#[test]
fn one_connection_serves_a_harvest_in_peace() {
    let server = Server::start(Repository::new(47), Vec::new());
    assert_eq!(harvest(&server, Some("unlimited"), &[]).code, Some(0));
    assert!(server.hits().iter().all(|hit| hit.connection == 0));
    assert!(server.hits().iter().all(|hit| hit.in_flight == 1));
}

#[test]
fn a_second_connection_waits_for_the_first_to_end() {
    let rules = vec![
        once(Place::Page(Nth::First), Fault::Wire(Wire::StallHead)),
        once(Place::Page(Nth::Middle), Fault::Wire(Wire::StallBody)),
        once(Place::Page(Nth::Last), Fault::Wire(Wire::CutChunks)),
    ];
    let server = Server::start(Repository::new(27), rules);
    let finished = harvest(&server, Some("unlimited"), &["--timeout", "1"]);
    assert_eq!(finished.code, Some(0), "{}", finished.stderr);
    assert!(server.hits().iter().all(|hit| hit.in_flight == 1));
}

/// Journals of one installation have the host's limit in common.
#[test]
fn journals_of_one_host_share_its_limit() {
    let other = Repository {
        journal: "ajl",
        ..Repository::new(17)
    };
    let server = Server::start_many(vec![(Repository::new(17), Vec::new()), (other, Vec::new())]);
    let finished = harvest(&server, Some("5"), &[&server.url_of(1)]);
    assert_eq!(finished.code, Some(0), "{}", finished.stderr);
    assert!(
        server.hits().iter().any(|hit| hit.path.contains("/ajl/")),
        "both are harvested"
    );
    assert_polite(&server.hits(), Duration::from_millis(200));
}

/// The pause between the first faulty answer and the next request.
fn pause_after(header: &'static str, value: &str, status: Option<u16>) -> Duration {
    let headers = vec![(header, value.to_owned())];
    let fault = match status {
        Some(status) => Fault::Status(status, headers),
        None => Fault::Headers(
            headers
                .into_iter()
                .chain([("X-RateLimit-Remaining", "0".into())])
                .collect(),
        ),
    };
    let server = Server::start(
        Repository::new(27),
        vec![once(Place::Page(Nth::Middle), fault)],
    );
    let finished = harvest(&server, Some("unlimited"), &[]);
    assert_eq!(finished.code, Some(0), "{}", finished.stderr);
    let hits = server.hits();
    let fault = hits.iter().position(|hit| hit.faulty).unwrap();
    hits[fault + 1].at - hits[fault].at + SLACK
}

#[test]
fn waits_for_retry_after() {
    assert!(pause_after("Retry-After", "2", Some(503)) >= Duration::from_secs(2));
    assert!(pause_after("Retry-After", "1", Some(429)) >= Duration::from_secs(1));
    // Dates are whole seconds, rounded down.
    assert!(pause_after("Retry-After", "date+3", Some(503)) >= Duration::from_secs(2));
}

/// The answer was well, and said that it was the last for now.
#[test]
fn waits_when_its_allowance_is_used_up() {
    assert!(pause_after("X-RateLimit-Reset", "epoch+3", None) >= Duration::from_secs(2));
    assert!(pause_after("X-RateLimit-Reset", "2", None) >= Duration::from_secs(2));
}

/// A wall stands before the whole host; a missing journal is alone.
#[test]
fn a_wall_stops_the_host_and_a_404_only_its_journal() {
    let run = |wall| {
        let other = Repository {
            journal: "ajl",
            ..Repository::new(17)
        };
        let rule = Rule::new(Place::Everywhere, Times::Always, Fault::Wall(wall));
        let server =
            Server::start_many(vec![(Repository::new(17), vec![rule]), (other, Vec::new())]);
        let finished = harvest(&server, Some("unlimited"), &[&server.url_of(1)]);
        (finished, server.hits())
    };
    let (finished, hits) = run(Wall::NotFound);
    assert_eq!(finished.code, Some(4), "{}", finished.stderr);
    assert!(
        hits.iter()
            .any(|hit| hit.path.contains("/ajl/") && hit.is("ListRecords"))
    );
    let (finished, hits) = run(Wall::Cloudflare);
    assert_ne!(finished.code, Some(0));
    let wall = hits.iter().position(|hit| hit.faulty).unwrap();
    let after: Vec<_> = hits[wall + 1..].iter().map(|hit| &hit.query).collect();
    assert!(after.is_empty(), "asked after the wall: {after:?}");
}

#[test]
fn sends_user_agent() {
    let server = Server::start(Repository::new(5), Vec::new());
    assert_eq!(harvest(&server, Some("unlimited"), &[]).code, Some(0));
    for hit in server.hits() {
        let agent = hit.header("user-agent").unwrap_or_default();
        let version = concat!("offprint/", env!("CARGO_PKG_VERSION"));
        assert!(
            agent.starts_with(version) && agent.contains("http"),
            "{agent:?}"
        );
        assert!(
            hit.header("accept-encoding")
                .is_some_and(|codings| codings.contains("gzip"))
        );
    }
}

/// Damage is no reason to ask again: what is repaired was had.
#[test]
fn a_repaired_page_is_requested_once() {
    let bad = Fault::Damage(Damage::text(b"\x08 & &nbsp; \xE9"));
    let rule = Rule::new(MIDDLE.holding(), Times::Always, bad);
    let server = Server::start(Repository::new(27), vec![rule]);
    assert_eq!(harvest(&server, Some("unlimited"), &[]).code, Some(0));
    let pages = server
        .hits()
        .iter()
        .filter(|hit| hit.is("ListRecords"))
        .count();
    assert_eq!(pages, 3);
}
