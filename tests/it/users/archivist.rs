//! An archivist with twelve journals: snapshots that can be verified and read back.

use std::fmt::Write as _;

use testkit::repository::Repository;
use testkit::server::Server;

use super::machine::User;

const PAGE: &str = "docs/snapshots.md";
const JOURNALS: usize = 12;

fn host() -> Server {
    let journal = |number: usize| {
        let mut repository = Repository::new(15);
        repository.journal = format!("journal{number:02}").leak();
        (repository, Vec::new())
    };
    Server::start_many((0..JOURNALS).map(journal).collect())
}

/// A machine with the journals in its configuration; the first is the `cac` of the manual.
fn archive(host: &Server) -> User {
    let user = User::new();
    let mut list = "name,oai_url\n".to_owned();
    for number in 0..JOURNALS {
        let name = match number {
            0 => "cac".to_owned(),
            number => format!("journal{number:02}"),
        };
        writeln!(list, "{name},{}", host.url_of(number)).unwrap();
    }
    user.appends("journals.csv", list.trim_end());
    user.follows("docs/many-journals.md", "offprint init");
    user
}

#[test]
fn snapshots_of_all_journals_are_made_verified_and_read_back() {
    let host = host();
    let mut user = archive(&host);
    user.says("cac journal ", "cac journal01 ");
    user.follows(PAGE, "--all --tar -o snapshots/");
    let mut files = user.list("snapshots");
    files.retain(|name| name.strip_suffix(".tar").is_some());
    assert_eq!(files.len(), JOURNALS, "{files:?}");

    let verify = "offprint snapshot --verify snapshots/*";
    let verified = user.shell(&user.home(), verify);
    assert_eq!(verified.code, Some(0), "{verified:?}");
    assert!(
        verified.stderr.ends_with("all 14 snapshots are whole\n"),
        "{verified:?}"
    );
    let path = user.path("snapshots").join(&files[3]);
    let mut bytes = std::fs::read(&path).unwrap();
    let page = b"<ListRecords";
    let place = bytes.windows(page.len()).position(|part| part == page);
    bytes[place.unwrap()] ^= 1;
    std::fs::write(&path, bytes).unwrap();
    let broken = user.shell(&user.home(), verify);
    assert_eq!(broken.code, Some(1), "{broken:?}");
    assert!(
        broken
            .stderr
            .contains(&format!("{} is not whole", files[3])),
        "{broken:?}"
    );

    user.follows(PAGE, "offprint snapshot cac -o cac-2026-05\n");
    user.types(PAGE, "offprint snapshot cac -o cac-2026-05.tar");
    let elsewhere = "mkdir elsewhere && cd elsewhere && offprint harvest ../cac-2026-05.tar && offprint export jsonl";
    let read_back = user.shell(&user.home(), elsewhere);
    assert_eq!(read_back.code, Some(0), "{read_back:?}");
    assert_eq!(read_back.stdout.lines().count(), 15);
}

#[test]
fn a_name_that_is_mistyped_is_reported_before_any_snapshot_is_made() {
    let host = host();
    let user = archive(&host);
    let done = user.shell(&user.home(), "offprint snapshot cac nosuch -o snapshots/");
    assert_ne!(done.code, Some(0));
    assert!(done.stderr.contains("nosuch"), "{done:?}");
    assert!(!user.path("snapshots").exists());
}

#[test]
fn run_makes_the_snapshots_of_the_configuration_once_a_month() {
    let host = host();
    let user = archive(&host);
    user.writes("offprint.toml", PAGE, "[[snapshot]]");
    let first = user.shell(&user.home(), "offprint run");
    assert_eq!(first.code, Some(0), "{first:?}");
    let files = user.list("/srv/archive");
    assert_eq!(files.len(), JOURNALS, "{files:?}");
    assert!(
        first.stderr.contains("snapshot archive: cac to "),
        "{first:?}"
    );
    let second = user.shell(&user.home(), "offprint run --all");
    assert_eq!(second.code, Some(0), "{second:?}");
    assert!(!second.stderr.contains("snapshot archive"), "{second:?}");
    assert_eq!(user.list("/srv/archive"), files);
}
