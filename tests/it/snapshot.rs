//! Archive snapshots: valid to the reader of others, found out when tampered with, and read back whole.

use crate::cli_support::run as try_offprint;
use crate::harvesting;
use crate::validators;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use offprint::cli::demo::DemoJournal;
use serde_json::Value;
use tempfile::TempDir;
use tokio::runtime::Runtime;

use harvesting::repository::{Repository, identifier};
use harvesting::script::{Fault, Place, Rule, Times};
use harvesting::server::Server;

fn offprint(directory: &Path, arguments: &[&str]) -> String {
    let output = try_offprint(directory, arguments);
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert_eq!(
        output.status.code(),
        Some(0),
        "offprint {arguments:?}: {complaint}"
    );
    String::from_utf8(output.stdout).unwrap()
}

/// A source that has been harvested thrice: with changes, a deletion and one that came back.
struct Harvested {
    dir: TempDir,
    _server: Server,
}

impl Harvested {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let server = Server::start(Repository::new(47), Vec::new());
        let url = server.url();
        let harvest = || offprint(dir.path(), &["harvest", &url, "--name", "jcs"]);
        harvest();
        let now = chrono::Utc::now;
        server.edit(|repository| {
            for place in [3, 4] {
                repository.records[place].deleted = true;
                repository.records[place].datestamp = now();
            }
            repository.records[20].title.push_str(", revised");
            repository.records[20].datestamp = now();
        });
        harvest();
        server.edit(|repository| {
            repository.records[4].deleted = false;
            repository.records[4].datestamp = now();
        });
        harvest();
        Self {
            dir,
            _server: server,
        }
    }

    fn path(&self) -> &Path {
        self.dir.path()
    }

    fn bag(&self, name: &str) -> PathBuf {
        offprint(self.path(), &["snapshot", "jcs", "-o", name]);
        self.path().join(name)
    }
}

fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

fn has_extension(name: &str, extension: &str) -> bool {
    Path::new(name)
        .extension()
        .is_some_and(|own| own == extension)
}

/// All files below a folder.
fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(next)
            .unwrap()
            .map(|entry| entry.unwrap().path())
        {
            if entry.is_dir() {
                folders.push(entry);
            } else {
                let name = entry
                    .strip_prefix(folder)
                    .unwrap()
                    .to_str()
                    .unwrap()
                    .to_owned();
                found.insert(name, fs::read(&entry).unwrap());
            }
        }
    }
    found
}

fn hidden(folder: &Path) -> Vec<String> {
    let names = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name());
    names
        .map(|name| name.to_string_lossy().into_owned())
        .filter(|name| name.starts_with('.'))
        .collect()
}

/// Returns whether the reader of others accepts a bag.
fn accepted(bag: &Path) -> bool {
    let script = format!("{}/tests/it/validators/bag.py", env!("CARGO_MANIFEST_DIR"));
    let output = validators::run(
        validators::tool("python/bin/python"),
        &[&script, bag.to_str().unwrap()],
        b"",
    );
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(
        !complaint.contains("Traceback"),
        "{}: {complaint}",
        validators::MISSING
    );
    output.status.success()
}

fn verified(folder: &Path, bag: &str) -> bool {
    let output = try_offprint(folder, &["snapshot", "--verify", bag]);
    let code = output.status.code();
    assert!(
        code == Some(0) || code == Some(1),
        "{code:?}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    code == Some(0)
}

#[test]
fn a_snapshot_is_a_bag_with_everything_in_it() {
    let world = Harvested::new();
    let config = "organization = \"DE-101\"\ncontact = \"library@example.org\"\n";
    fs::write(world.path().join("offprint.toml"), config).unwrap();
    let bag = world.bag("bag");
    let info: Value = serde_json::from_str(&validators::python("bag.py", &[&bag], b"")).unwrap();
    assert_eq!(info["Source-Organization"], "DE-101");
    assert_eq!(info["Contact-Email"], "library@example.org");
    assert_eq!(info["Completeness"], "complete");
    assert!(
        info["External-Identifier"]
            .as_str()
            .unwrap()
            .ends_with("/index.php/jcs/oai")
    );
    let payload = files(&bag.join("data"));
    let bytes: usize = payload.values().map(Vec::len).sum();
    assert_eq!(info["Payload-Oxum"], format!("{bytes}.{}", payload.len()));

    // Every page that is kept, with its request, and the hash it came with.
    let requests = String::from_utf8(payload["requests.tsv"].clone()).unwrap();
    let mut kept = 0;
    for line in requests.lines().skip(1) {
        let cells: Vec<&str> = line.split('\t').collect();
        assert!(cells[2].contains("verb=ListRecords"), "{line}");
        assert_eq!(cells[4], "200");
        if !cells[1].is_empty() {
            use sha2::Digest as _;
            let sum = sha2::Sha256::digest(&payload[&format!("pages/{}", cells[1])]);
            assert_eq!(cells[6], hex(&sum));
            kept += 1;
        }
    }
    // Five pages of the first harvest, one of each later one.
    assert_eq!(kept, 7);
    assert_eq!(
        payload
            .keys()
            .filter(|name| name.starts_with("pages/"))
            .count(),
        kept
    );

    let articles = offprint(world.path(), &["export", "jsonl"]);
    assert_eq!(
        String::from_utf8(payload["articles.jsonl"].clone()).unwrap(),
        articles
    );
    let live = articles
        .lines()
        .filter(|line| line.contains("\"status\":\"live\""))
        .count();
    // Of 47, three are deleted from the start, and one was later.
    assert_eq!(live, 43);
    let is_jats = |name: &&String| name.starts_with("jats/") && has_extension(name, "xml");
    assert_eq!(payload.keys().filter(is_jats).count(), live);
    let report: Value = serde_json::from_slice(&payload["report.json"]).unwrap();
    assert_eq!(report["report"]["outcome"], "complete");
    assert!(verified(world.path(), "bag"));
    assert_eq!(hidden(world.path()), Vec::<String>::new());
}

#[test]
fn the_same_store_gives_the_same_payload() {
    let world = Harvested::new();
    let (one, other) = (world.bag("one"), world.bag("other"));
    let (mut first, mut second) = (files(&one), files(&other));
    for name in ["bag-info.txt", "tagmanifest-sha512.txt"] {
        first.remove(name).unwrap();
        second.remove(name).unwrap();
    }
    assert!(first.len() > 50);
    assert!(first == second, "the payloads differ");
    // The manifest is over all of it, so that a third, packed, needs no other look.
    offprint(
        world.path(),
        &["snapshot", "jcs", "--tar", "-o", "third.tar"],
    );
    let mut archive = tar::Archive::new(fs::File::open(world.path().join("third.tar")).unwrap());
    let mut names = Vec::new();
    for entry in archive.entries().unwrap() {
        let mut entry = entry.unwrap();
        assert_eq!(entry.header().mtime().unwrap(), 0);
        let name = entry.path().unwrap().to_str().unwrap().to_owned();
        let mut bytes = Vec::new();
        std::io::Read::read_to_end(&mut entry, &mut bytes).unwrap();
        let inner = name
            .strip_prefix("third/")
            .expect("one folder, named as the file")
            .to_owned();
        if let Some(expected) = first.get(&inner) {
            assert!(bytes == *expected, "{inner} differs");
        }
        names.push(inner);
    }
    assert!(names.is_sorted());
    assert_eq!(names.len(), first.len() + 2);
}

#[test]
fn the_pages_are_there_as_warc_too() {
    let world = Harvested::new();
    for name in ["one", "other"] {
        offprint(world.path(), &["snapshot", "jcs", "--warc", "-o", name]);
    }
    let bag = world.path().join("one");
    assert!(accepted(&bag) && verified(world.path(), "one"));
    let warc = bag.join("data/pages.warc.gz");
    assert!(
        fs::read(&warc).unwrap()
            == fs::read(world.path().join("other/data/pages.warc.gz")).unwrap()
    );
    let records: Vec<Value> =
        serde_json::from_str(&validators::python("warc.py", &[&warc], b"")).unwrap();
    let of = |kind: &str| {
        records
            .iter()
            .filter(|record| record["type"] == kind)
            .collect::<Vec<_>>()
    };
    assert_eq!(of("warcinfo").len(), 1);
    let (requests, responses) = (of("request"), of("response"));
    let pages = files(&bag.join("data/pages"));
    assert_eq!(
        (requests.len(), responses.len()),
        (pages.len(), pages.len())
    );
    assert_eq!(records.len(), 1 + 2 * pages.len());
    for ((request, response), page) in requests.iter().zip(&responses).zip(pages.values()) {
        use sha2::Digest as _;
        assert_eq!(response["sha256"], hex(&sha2::Sha256::digest(page)));
        assert_eq!(response["status"], "200");
        assert_eq!(response["uri"], request["uri"]);
        assert_eq!(response["concurrent"], request["id"]);
        assert!(
            request["uri"]
                .as_str()
                .unwrap()
                .contains("verb=ListRecords")
        );
    }
    comes_back(world.path(), "one");
}

/// Lists one more path.
fn add_line(bag: &Path, path: &str) {
    let manifest = fs::read_to_string(bag.join("manifest-sha512.txt")).unwrap();
    let line = format!("{}  {path}\n", "0".repeat(128));
    fs::write(bag.join("manifest-sha512.txt"), manifest + &line).unwrap();
}

/// Something done to a bag.
type Tamper = fn(&Path);

#[test]
fn tampering_is_found_out() {
    let world = Harvested::new();
    let whole = world.bag("whole");
    assert!(accepted(&whole) && verified(world.path(), "whole"));
    let tampers: [(&str, Tamper); 9] = [
        ("a byte of a page", |bag| {
            let page = bag.join("data/pages/000001.xml");
            let mut bytes = fs::read(&page).unwrap();
            bytes[200] ^= 1;
            fs::write(page, bytes).unwrap();
        }),
        ("a page gone", |bag| {
            fs::remove_file(bag.join("data/pages/000002.xml")).unwrap()
        }),
        ("a file added", |bag| {
            fs::write(bag.join("data/jats/added.xml"), "<article/>").unwrap()
        }),
        ("another date", |bag| {
            let info = fs::read_to_string(bag.join("bag-info.txt")).unwrap();
            fs::write(
                bag.join("bag-info.txt"),
                info.replace("Bagging-Date: 2", "Bagging-Date: 1"),
            )
            .unwrap();
        }),
        ("a manifest that lists less", |bag| {
            let manifest = fs::read_to_string(bag.join("manifest-sha512.txt")).unwrap();
            let kept: Vec<&str> = manifest
                .lines()
                .filter(|line| !line.ends_with("report.json"))
                .collect();
            fs::write(bag.join("manifest-sha512.txt"), kept.join("\n") + "\n").unwrap();
            fs::remove_file(bag.join("data/report.json")).unwrap();
        }),
        ("a line that leads out", |bag| {
            add_line(bag, "data/../../offprint.db")
        }),
        ("a line that leads to the root", |bag| {
            add_line(bag, "/etc/hostname")
        }),
        ("a line that leads out when it is decoded", |bag| {
            add_line(bag, "data/%2e%2e/%2E%2E/offprint.db")
        }),
        ("no manifest", |bag| {
            fs::remove_file(bag.join("manifest-sha512.txt")).unwrap()
        }),
    ];
    for (number, (what, tamper)) in tampers.iter().enumerate() {
        let name = format!("bag{number}");
        let bag = world.path().join(&name);
        for (name, bytes) in files(&whole) {
            let file = bag.join(name);
            fs::create_dir_all(file.parent().unwrap()).unwrap();
            fs::write(file, bytes).unwrap();
        }
        tamper(&bag);
        assert!(!accepted(&bag), "{what}: the reader of others takes it");
        assert!(!verified(world.path(), &name), "{what}: taken for whole");
    }
}

#[test]
fn a_tampered_archive_is_found_out() {
    let world = Harvested::new();
    offprint(world.path(), &["snapshot", "jcs", "--tar", "-o", "bag.tar"]);
    assert!(verified(world.path(), "bag.tar"));
    let file = world.path().join("bag.tar");
    let bytes = fs::read(&file).unwrap();
    let place = bytes
        .windows(11)
        .position(|part| part == b"observation")
        .unwrap();
    let mut changed = bytes.clone();
    changed[place] ^= 1;
    fs::write(&file, &changed).unwrap();
    assert!(!verified(world.path(), "bag.tar"));
    // Cut short: the last files are not there.
    fs::write(&file, &bytes[..bytes.len() * 3 / 4]).unwrap();
    assert!(!verified(world.path(), "bag.tar"));
}

/// Harvests a snapshot into a store of its own, and compares what both come to.
fn comes_back(world: &Path, snapshot: &str) {
    let there = tempfile::tempdir().unwrap();
    let saved = world.join(snapshot);
    offprint(there.path(), &["harvest", saved.to_str().unwrap()]);
    let (before, after) = (
        offprint(world, &["export", "jsonl"]),
        offprint(there.path(), &["export", "jsonl"]),
    );
    for (one, other) in before.lines().zip(after.lines()) {
        assert_eq!(one, other);
    }
    assert_eq!(before.lines().count(), after.lines().count());
    assert!(offprint(there.path(), &["store", "check", "--reindex"]).contains("sound"));
    // And the pages of a snapshot of it are the same.
    let name = before.lines().next().unwrap();
    let name: Value = serde_json::from_str(name).unwrap();
    offprint(
        there.path(),
        &[
            "snapshot",
            name["provenance"]["source"].as_str().unwrap(),
            "-o",
            "again",
        ],
    );
    if saved.is_dir() {
        let pages = |bag: &Path| {
            files(&bag.join("data/pages"))
                .into_values()
                .collect::<Vec<_>>()
        };
        assert!(pages(&saved) == pages(&there.path().join("again")));
    }
}

#[test]
fn a_snapshot_comes_back_with_the_same_articles() {
    let world = Harvested::new();
    world.bag("bag");
    comes_back(world.path(), "bag");
    offprint(world.path(), &["snapshot", "jcs", "--tar", "-o", "bag.tar"]);
    comes_back(world.path(), "bag.tar");
}

#[test]
fn vanished_records_stay_vanished() {
    let dir = tempfile::tempdir().unwrap();
    let server = Server::start(Repository::new(47), Vec::new());
    let url = server.url();
    offprint(dir.path(), &["harvest", &url, "--name", "jcs"]);
    let mut gone = String::new();
    server.edit(|repository| gone = repository.records.remove(30).identifier);
    offprint(dir.path(), &["harvest", &url, "--reconcile"]);
    for arguments in [&["-o", "bag"][..], &["--tar", "-o", "bag.tar"]] {
        offprint(dir.path(), &[&["snapshot", "jcs"], arguments].concat());
    }
    let status = |folder: &Path| {
        let line = offprint(folder, &["export", "jsonl", "--id", &gone]);
        serde_json::from_str::<Value>(&line).unwrap()["status"].clone()
    };
    assert_eq!(status(dir.path()), "deleted");
    comes_back(dir.path(), "bag");
    comes_back(dir.path(), "bag.tar");
    // Once more, and nothing is changed by it.
    let there = tempfile::tempdir().unwrap();
    let bag = dir.path().join("bag");
    let again = || offprint(there.path(), &["harvest", bag.to_str().unwrap(), "--json"]);
    again();
    let report: Value = serde_json::from_str(&again()).unwrap();
    let tally = &report["sources"][0]["tally"];
    assert_eq!(
        (&tally["changed"], &tally["deleted"]),
        (&0.into(), &0.into()),
        "{tally}"
    );
    assert_eq!(status(there.path()), "deleted");
    // The pages alone would bring it back, and the snapshot is found to be damaged.
    fs::remove_file(bag.join("data/gone.tsv")).unwrap();
    let there = tempfile::tempdir().unwrap();
    let damaged = try_offprint(there.path(), &["harvest", bag.to_str().unwrap()]);
    assert_eq!(damaged.status.code(), Some(4));
    assert_eq!(status(there.path()), "live");
}

#[test]
fn landing_pages_come_back_too() {
    let runtime = Runtime::new().unwrap();
    let journal = runtime.block_on(DemoJournal::start()).unwrap();
    let dir = tempfile::tempdir().unwrap();
    // Not every article of the sample journal has its page.
    let output = try_offprint(
        dir.path(),
        &["harvest", journal.base_url(), "--enrich", "landing-page"],
    );
    assert_eq!(output.status.code(), Some(4));
    let status: Value = serde_json::from_str(&offprint(dir.path(), &["status", "--json"])).unwrap();
    let name = status["sources"][0]["name"].as_str().unwrap();
    let output = try_offprint(dir.path(), &["snapshot", name, "-o", "bag"]);
    assert_eq!(output.status.code(), Some(4));
    let bag = dir.path().join("bag");
    assert!(accepted(&bag));
    let html = files(&bag.join("data/pages"))
        .into_keys()
        .filter(|name| has_extension(name, "html"))
        .count();
    assert!(html > 0);
    let there = tempfile::tempdir().unwrap();
    offprint(there.path(), &["harvest", bag.to_str().unwrap()]);
    assert_eq!(
        offprint(dir.path(), &["export", "jsonl"]),
        offprint(there.path(), &["export", "jsonl"])
    );
    runtime.block_on(journal.stop()).unwrap();
}

#[test]
fn an_endpoint_is_harvested_first() {
    let server = Server::start(Repository::new(47), Vec::new());
    let dir = tempfile::tempdir().unwrap();
    offprint(dir.path(), &["snapshot", &server.url(), "-o", "bag"]);
    assert!(accepted(&dir.path().join("bag")));
    let info = fs::read_to_string(dir.path().join("bag/bag-info.txt")).unwrap();
    assert!(info.contains("Completeness: complete\n"), "{info}");
    let articles = fs::read_to_string(dir.path().join("bag/data/articles.jsonl")).unwrap();
    assert_eq!(articles.lines().count(), 47);
    // No store is left, neither ours nor that of others.
    assert_eq!(hidden(dir.path()), Vec::<String>::new());
    assert!(!dir.path().join("offprint.db").exists());
}

#[test]
fn marks_an_incomplete_snapshot() {
    let rule = Rule::new(
        Place::Holding(identifier(23)),
        Times::Always,
        Fault::Status(500, Vec::new()),
    );
    let server = Server::start(Repository::new(47), vec![rule]);
    let dir = tempfile::tempdir().unwrap();
    let output = try_offprint(dir.path(), &["snapshot", &server.url(), "-o", "bag"]);
    assert_eq!(
        output.status.code(),
        Some(4),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let bag = dir.path().join("bag");
    assert!(accepted(&bag) && verified(dir.path(), "bag"));
    let info = fs::read_to_string(bag.join("bag-info.txt")).unwrap();
    assert!(
        info.contains("Completeness: incomplete: 1 open gaps\n"),
        "{info}"
    );
    assert_eq!(
        fs::read_to_string(bag.join("data/articles.jsonl"))
            .unwrap()
            .lines()
            .count(),
        46
    );
}

#[test]
fn names_the_missing_format_of_a_snapshot() {
    // It has Dublin Core alone.
    let server = Server::start(Repository::new(7), Vec::new());
    let dir = tempfile::tempdir().unwrap();
    let both = [
        "snapshot",
        &server.url(),
        "--prefix",
        "oai_dc,marcxml",
        "-o",
        "bag",
    ];
    let output = try_offprint(dir.path(), &both);
    assert_eq!(
        output.status.code(),
        Some(4),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let bag = dir.path().join("bag");
    assert!(accepted(&bag) && verified(dir.path(), "bag"));
    let info = fs::read_to_string(bag.join("bag-info.txt")).unwrap();
    let told = info
        .lines()
        .find(|line| line.starts_with("Completeness: "))
        .unwrap();
    assert!(
        told.contains("incomplete") && told.contains("marcxml"),
        "{told}"
    );
    assert_eq!(
        fs::read_to_string(bag.join("data/articles.jsonl"))
            .unwrap()
            .lines()
            .count(),
        7
    );
}

#[test]
fn nothing_is_replaced_and_nothing_left_behind() {
    let world = Harvested::new();
    let bag = world.bag("bag");
    let before = files(&bag);
    let output = try_offprint(world.path(), &["snapshot", "jcs", "-o", "bag"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stderr).contains("already exists"));
    assert!(files(&bag) == before);
    let output = try_offprint(world.path(), &["snapshot", "other", "-o", "new"]);
    assert_eq!(output.status.code(), Some(2));
    let output = try_offprint(
        world.path(),
        &["snapshot", "http://127.0.0.1:1/oai", "-o", "new"],
    );
    assert_eq!(output.status.code(), Some(1));
    assert!(!world.path().join("new").exists());
    assert_eq!(hidden(world.path()), Vec::<String>::new());
    assert_eq!(
        try_offprint(world.path(), &["snapshot", "--verify", "nowhere"])
            .status
            .code(),
        Some(2)
    );
}
