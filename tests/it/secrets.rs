//! Secrets in the query of an address: each request has them, and nothing that is shown does.

use crate::cli_support;
use crate::harvesting;

use std::io::Read as _;
use std::path::Path;

use cli_support::offprint;
use harvesting::damage::Damage;
use harvesting::repository::{Repository, identifier};
use harvesting::script::{Fault, Place, Rule, Times, To, Wire};
use harvesting::server::Server;
use harvesting::walls::Wall;
use serde_json::Value;
use tempfile::TempDir;

const SECRET: &str = "hunter2";

fn server(rules: Vec<Rule>) -> (Server, String) {
    let mut repository = Repository::new(harvesting::case::COUNT);
    repository.keys = vec![("api_key", SECRET), ("access_token", SECRET)];
    let server = Server::start(repository, rules);
    let url = format!("{}?api_key={SECRET}&access_token={SECRET}", server.url());
    (server, url)
}

/// Runs a command, looks for the secret in all it says, and gives its exit code, stdout and stderr.
fn say(directory: &Path, arguments: &[&str]) -> (Option<i32>, String, String) {
    let mut command = offprint(directory);
    command
        .env("OFFPRINT_RATE", "unlimited")
        .env("OFFPRINT_BACKOFF", "0.01")
        .env("OFFPRINT_TIMEOUT", "2");
    let output = command
        .env("RUST_LOG", "trace")
        .args(arguments)
        .output()
        .unwrap();
    let stdout = String::from_utf8(output.stdout).unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    for said in [&stdout, &stderr] {
        let line = said.lines().find(|line| line.contains(SECRET));
        assert!(line.is_none(), "{arguments:?}: {}", line.unwrap());
    }
    (output.status.code(), stdout, stderr)
}

fn done(directory: &Path, arguments: &[&str]) -> String {
    let (code, stdout, stderr) = say(directory, arguments);
    assert_eq!(code, Some(0), "{arguments:?}: {stderr}");
    stdout
}

/// Looks for the secret in all files of a folder, unpacked.
fn search(folder: &Path) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            search(&path);
            continue;
        }
        let mut bytes = std::fs::read(&path).unwrap();
        if path.extension().is_some_and(|end| end == "gz") {
            let packed = std::mem::take(&mut bytes);
            flate2::read::MultiGzDecoder::new(&*packed)
                .read_to_end(&mut bytes)
                .unwrap();
        }
        assert!(
            memchr::memmem::find(&bytes, SECRET.as_bytes()).is_none(),
            "{}",
            path.display()
        );
    }
}

#[test]
fn output_hides_secrets_and_requests_send_them() {
    let (server, url) = server(Vec::new());
    let directory = TempDir::new().unwrap();
    let here = directory.path();
    let report: Value = serde_json::from_str(&done(here, &["harvest", &url, "--json"])).unwrap();
    let name = report["sources"][0]["source"].as_str().unwrap().to_owned();
    let shown = url.replace(SECRET, "***");
    assert_eq!(report["sources"][0]["base_url"], *shown);
    let list: Value = serde_json::from_str(&done(here, &["source", "list", "--json"])).unwrap();
    assert_eq!(list[0]["base_url"], *shown);
    std::fs::create_dir(here.join("out")).unwrap();
    let record = identifier(3);
    for arguments in [
        &["source", "list"][..],
        &["status"],
        &["status", "--json"],
        &["show", &record],
        &["show", &record, "--json"],
        &["findings"],
        &["report", "-o", "report.html"],
        &["report", "--json"],
        &["export", "jsonl", "-o", "out/articles.jsonl"],
        &["export", "jats", "-o", "out/jats/"],
        &["identify", &url],
        &["identify", &url, "--json"],
        &["probe", &url],
        &["probe", &url, "--json"],
        &["snapshot", &name, "--warc", "-o", "bag"],
        &["snapshot", &url, "-o", "bag2"],
        &[
            "harvest",
            &name,
            "--full",
            "--verbose",
            "--log-format",
            "json",
        ],
    ] {
        done(here, arguments);
    }
    search(&here.join("out"));
    search(&here.join("bag"));
    search(&here.join("bag2"));
    assert!(
        !std::fs::read_to_string(here.join("report.html"))
            .unwrap()
            .contains(SECRET)
    );

    // Into the store it came from, a snapshot is of the source that is there.
    done(here, &["harvest", "bag"]);
    let list: Value = serde_json::from_str(&done(here, &["source", "list", "--json"])).unwrap();
    assert_eq!(list.as_array().unwrap().len(), 1);
    // Into another it is without the secret, until somebody says it.
    let elsewhere = TempDir::new().unwrap();
    let bag = here.join("bag");
    let report = done(
        elsewhere.path(),
        &["harvest", bag.to_str().unwrap(), "--json"],
    );
    assert!(report.contains("offprint source move"), "{report}");
    let (code, _, stderr) = say(elsewhere.path(), &["harvest", &name]);
    assert_ne!(code, Some(0));
    assert!(stderr.contains("give the address in full"), "{stderr}");
    done(elsewhere.path(), &["source", "move", &name, &url]);
    done(elsewhere.path(), &["harvest", &name]);
    // Or with it, and then the articles have the ids they had.
    let whole = TempDir::new().unwrap();
    done(
        whole.path(),
        &["harvest", bag.to_str().unwrap(), "--base-url", &url],
    );
    let ids = |exported: String| -> Vec<Value> {
        let articles = exported
            .lines()
            .map(|line| serde_json::from_str::<Value>(line).unwrap());
        articles.map(|article| article["id"].clone()).collect()
    };
    assert_eq!(
        ids(done(whole.path(), &["export", "jsonl"])),
        ids(done(here, &["export", "jsonl"]))
    );
    assert!(server.hits().iter().all(|hit| hit.status == 200));
}

#[test]
fn a_source_that_is_added_keeps_the_secret_where_it_is_needed() {
    let (server, url) = server(Vec::new());
    for to_store in [false, true] {
        let directory = TempDir::new().unwrap();
        let here = directory.path();
        std::fs::write(here.join("list.txt"), &url).unwrap();
        std::fs::write(here.join("offprint.toml"), "").unwrap();
        let flag: &[&str] = if to_store { &["--to-store"] } else { &[] };
        done(here, &[&["add", &url, "--name", "one"][..], flag].concat());
        done(
            here,
            &[&["add", "--from-list", "list.txt", "--probe"][..], flag].concat(),
        );
        done(here, &["config", "check"]);
        let report: Value = serde_json::from_str(&done(here, &["run", "--json"])).unwrap();
        assert_eq!(report["outcome"], "complete", "{report}");
        assert_eq!(report["sources"].as_array().unwrap().len(), 1, "{report}");
        done(here, &["run", "--all"]);
    }
    // What was shown is not taken for an address.
    let directory = TempDir::new().unwrap();
    let (code, _, stderr) = say(directory.path(), &["add", &url.replace(SECRET, "***")]);
    assert_eq!(code, Some(2), "{stderr}");
    assert!(server.hits().iter().all(|hit| hit.status == 200));
}

#[test]
fn errors_hide_secrets() {
    let faults = [
        Fault::Status(500, Vec::new()),
        Fault::Status(403, Vec::new()),
        Fault::Status(422, Vec::new()),
        Fault::Wall(Wall::Login),
        Fault::Redirect(To::OtherHost),
        Fault::Redirect(To::Itself),
        Fault::Redirect(To::Login),
        Fault::Protocol("badArgument"),
        Fault::Protocol("ownCode"),
        Fault::Damage(Damage::Nested(2000)),
        Fault::Wire(Wire::Cut),
        Fault::Wire(Wire::Reset),
        Fault::NoRootEnd,
    ];
    // Most of it is waiting for the next try.
    std::thread::scope(|scope| {
        for fault in &faults {
            for place in [Place::Verb("ListRecords"), Place::Everywhere] {
                scope.spawn(move || goes_wrong(fault, place));
            }
        }
    });
}

fn goes_wrong(fault: &Fault, place: Place) {
    let (_server, url) = server(vec![Rule::new(place, Times::Always, fault.clone())]);
    let directory = TempDir::new().unwrap();
    let here = directory.path();
    say(here, &["harvest", &url, "--name", "one"]);
    say(
        here,
        &[
            "harvest",
            "one",
            "--json",
            "--verbose",
            "--log-format",
            "json",
        ],
    );
    done(here, &["status", "--json"]);
    say(here, &["report", "--json"]);
    say(here, &["probe", &url, "--json"]);
    say(here, &["identify", &url]);
    say(here, &["add", &url]);
}

#[test]
fn refused_arguments_hide_secrets() {
    let folder = TempDir::new().unwrap();
    let list = folder.path().join("list.csv");
    let lines = format!("url\nu:{SECRET}@127.0.0.1:1/oai\nhttp://u:x/{SECRET}@127.0.0.1:1/\n");
    std::fs::write(list, lines).unwrap();
    for arguments in [
        "--store POSTGRES://u:hunter2@h/x status",
        "store copy a.db postgress://u:hunter2@h/x",
        "identify http://h.example/ http://u:hunter2@h.example/oai",
        "serve --base-url ftp://u:hunter2@h/x",
        "harvest u:hunter2@h.example/oai",
        "get http:/u:hunter2@127.0.0.1:1/oai -o x.jsonl --store b.db",
        "get http://u:x/hunter2@127.0.0.1:1/oai -o x.jsonl --store b.db",
        "add --from-list list.csv --to-store --store c.db",
        "harvest http://127.0.0.1:1/oai?session_id=hunter2",
        "harvest http://127.0.0.1:1/oai?api%5Fkey=hunter2",
        "harvest http://127.0.0.1:1/oai?api_key[]=hunter2",
        "harvest http://127.0.0.1:1/oai?access_code=hunter2",
        "harvest http://127.0.0.1:1/oai;jsessionid=hunter2",
    ] {
        let arguments: Vec<&str> = arguments.split(' ').collect();
        let (code, _, _) = say(folder.path(), &arguments);
        assert_ne!(code, Some(0), "{arguments:?}");
    }
}
