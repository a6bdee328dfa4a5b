//! Making a configuration: init, add, config check.

#![expect(clippy::unwrap_used, reason = "a test may stop at once")]

use crate::cli_support::{done_with_messages as done, run};

use std::path::Path;

use offprint::cli::config::Config;
use offprint::cli::demo::DemoJournal;
use tempfile::TempDir;
use tokio::runtime::Runtime;
use wiremock::matchers::{path, query_param};
use wiremock::{Mock, MockServer, ResponseTemplate};

fn config(directory: &Path) -> (String, Config) {
    let text = std::fs::read_to_string(directory.join("offprint.toml")).unwrap();
    let config = Config::parse(&text).unwrap();
    (text, config)
}

#[test]
fn from_nothing_to_a_run() {
    let runtime = Runtime::new().unwrap();
    let journal = runtime.block_on(DemoJournal::start()).unwrap();
    let directory = TempDir::new().unwrap();
    let here = directory.path();
    assert_eq!(run(here, &["config", "check"]).status.code(), Some(3));
    done(here, &["init"]);
    let example = include_str!("../../offprint.example.toml");
    assert_eq!(config(here).0, example);
    assert_eq!(
        run(here, &["init"]).status.code(),
        Some(3),
        "a file that is there stays"
    );
    assert_eq!(
        run(here, &["run"]).status.code(),
        Some(3),
        "there is nothing to run yet"
    );

    let (_, stderr) = done(here, &["add", journal.base_url(), "--name", "cac"]);
    assert!(
        stderr.contains("1 source added to offprint.toml"),
        "{stderr}"
    );
    let (text, added) = config(here);
    assert!(text.starts_with(example));
    assert_eq!(added.source.len(), 1);
    assert_eq!(
        (
            added.source[0].name.as_str(),
            added.source[0].url.url().as_str()
        ),
        ("cac", journal.base_url())
    );
    let (_, stderr) = done(here, &["add", journal.base_url()]);
    assert!(
        stderr.contains("0 sources added to offprint.toml; 1 it has already"),
        "{stderr}"
    );
    let (stdout, _) = done(here, &["config", "check"]);
    assert_eq!(stdout, "offprint.toml is right: 1 source, 0 exports\n");
    let (_, stderr) = done(here, &["run"]);
    assert!(
        stderr.starts_with("cac: 265 new, 0 changed, 6 deleted"),
        "{stderr}"
    );
}

#[test]
fn every_journal_of_a_site() {
    let runtime = Runtime::new().unwrap();
    let server = runtime.block_on(async {
        let server = MockServer::start().await;
        let page = |inner: &str| {
            ResponseTemplate::new(200).set_body_raw(
                format!(
                    "<?xml version=\"1.0\"?><OAI-PMH xmlns=\"http://www.openarchives.org/OAI/2.0/\">\
                     <responseDate>2026-01-01T00:00:00Z</responseDate><request>x</request>{inner}</OAI-PMH>"
                ),
                "text/xml",
            )
        };
        let identify = "<Identify><repositoryName>Site</repositoryName><baseURL>x</baseURL>\
            <protocolVersion>2.0</protocolVersion><earliestDatestamp>2020-01-01T00:00:00Z</earliestDatestamp>\
            <deletedRecord>persistent</deletedRecord><granularity>YYYY-MM-DDThh:mm:ssZ</granularity></Identify>";
        let sets = |specs: &[&str], token: &str| {
            let one = |spec: &&str| format!("<set><setSpec>{spec}</setSpec><setName>n</setName></set>");
            let sets = specs.iter().map(one).collect::<Vec<_>>().concat();
            format!("<ListSets>{sets}{token}</ListSets>")
        };
        let site = || Mock::given(path("/ojs/index.php/index/oai"));
        site().and(query_param("verb", "Identify")).respond_with(page(identify)).mount(&server).await;
        let second = page(&sets(&["b:ART", "c"], ""));
        site().and(query_param("resumptionToken", "t")).respond_with(second).mount(&server).await;
        let first = page(&sets(&["driver", "a", "a:ART", "b"], "<resumptionToken>t</resumptionToken>"));
        site().and(query_param("verb", "ListSets")).respond_with(first).mount(&server).await;
        server
    });
    let directory = TempDir::new().unwrap();
    let here = directory.path();
    let site = format!("{}/ojs/index.php/index/oai", server.uri());
    std::fs::write(here.join("offprint.toml"), format!(
        "contact = \"a@b.example\" # me\n[[source]]\nname = \"first\"\nurl = \"{}/ojs/index.php/a/oai\"\n",
        server.uri()
    ))
    .unwrap();
    let (_, stderr) = done(here, &["add", &site, "--all-journals"]);
    assert!(
        stderr.contains("2 sources added to offprint.toml; 1 it has already"),
        "{stderr}"
    );
    let (text, config) = config(here);
    assert!(text.starts_with("contact = \"a@b.example\" # me\n"));
    let urls: Vec<&str> = config
        .source
        .iter()
        .map(|source| source.url.url().path())
        .collect();
    assert_eq!(
        urls,
        [
            "/ojs/index.php/a/oai",
            "/ojs/index.php/b/oai",
            "/ojs/index.php/c/oai"
        ]
    );
    let journal = format!("{}/ojs/index.php/a/oai", server.uri());
    assert_eq!(
        run(here, &["add", &journal, "--all-journals"])
            .status
            .code(),
        Some(1)
    );
}

#[test]
fn endpoints_of_a_list() {
    let directory = TempDir::new().unwrap();
    let here = directory.path();
    let list = "oai_url,repository_name\nhttps://a.example/index.php/one/oai,One\nhttps://a.example/index.php/two/oai,Two\n";
    std::fs::write(here.join("list.csv"), list).unwrap();
    done(here, &["add", "--from-list", "list.csv"]);
    let names: Vec<String> = config(here)
        .1
        .source
        .iter()
        .map(|source| source.name.to_string())
        .collect();
    assert_eq!(names, ["a-example-one", "a-example-two"]);
    assert_eq!(
        run(here, &["add", "--from-list", "none.csv"]).status.code(),
        Some(2)
    );
    assert_eq!(run(here, &["add"]).status.code(), Some(2));
}

/// A dead endpoint and a bad line stop nothing: the others are added, and it is told which were not, and why.
#[test]
fn probes_the_endpoints_of_a_list() {
    let runtime = Runtime::new().unwrap();
    let journal = runtime.block_on(DemoJournal::start()).unwrap();
    let dead = runtime.block_on(MockServer::start());
    let directory = TempDir::new().unwrap();
    let here = directory.path();
    let list = format!(
        "{}/index.php/gone/oai\nftp://no.example/\n{}\n",
        dead.uri(),
        journal.base_url()
    );
    std::fs::write(here.join("list.txt"), list).unwrap();
    std::fs::write(
        here.join("offprint.toml"),
        "[group.slow]\nschedule = \"weekly\"\n",
    )
    .unwrap();
    let output = run(
        here,
        &[
            "add",
            "--from-list",
            "list.txt",
            "--probe",
            "--group",
            "slow",
        ],
    );
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(4), "{stderr}");
    assert!(
        stderr.contains("line 2: invalid endpoint URL \"ftp://no.example/\""),
        "{stderr}"
    );
    assert!(
        stderr.contains("/index.php/gone/oai: status 404"),
        "{stderr}"
    );
    assert!(
        stderr.contains(&format!("{}: ok, ", journal.base_url())),
        "{stderr}"
    );
    assert!(
        stderr.contains("1 source added to offprint.toml; 2 left out"),
        "{stderr}"
    );
    let sources = config(here).1.source;
    assert_eq!(sources.len(), 1);
    assert_eq!(sources[0].group.as_deref(), Some("slow"));
    assert_eq!(sources[0].schedule.as_ref().unwrap().to_string(), "weekly");
    assert_eq!(
        run(here, &["add", "--from-list", "list.txt", "--group", "none"])
            .status
            .code(),
        Some(2)
    );
}

/// Sources that live in the store are harvested, listed, renamed and removed as those of the file are.
#[test]
fn sources_of_the_store() {
    let runtime = Runtime::new().unwrap();
    let journal = runtime.block_on(DemoJournal::start()).unwrap();
    let directory = TempDir::new().unwrap();
    let here = directory.path();
    std::fs::write(
        here.join("offprint.toml"),
        "[group.parked]\nschedule = \"never\"\n",
    )
    .unwrap();
    let many = (0..300)
        .map(|number| format!("https://h{number}.example/oai\n"))
        .collect::<Vec<_>>()
        .concat();
    std::fs::write(here.join("many.txt"), many).unwrap();
    let (_, stderr) = done(
        here,
        &[
            "add",
            "--from-list",
            "many.txt",
            "--to-store",
            "--group",
            "parked",
        ],
    );
    assert!(
        stderr.contains("300 sources added to offprint.db"),
        "{stderr}"
    );
    let list = format!("url,name,set\n{},cac,cac:RP\n", journal.base_url());
    std::fs::write(here.join("list.csv"), list).unwrap();
    done(here, &["add", "--from-list", "list.csv", "--to-store"]);
    let (_, stderr) = done(here, &["add", "--from-list", "many.txt", "--to-store"]);
    assert!(
        stderr.contains("0 sources added to offprint.db; 300 it has already"),
        "{stderr}"
    );
    assert_eq!(config(here).1.source.len(), 0);

    let (stdout, stderr) = done(here, &["run", "--json"]);
    assert!(stderr.starts_with("cac: "), "{stderr}");
    let report: serde_json::Value = serde_json::from_str(&stdout).unwrap();
    assert_eq!(report["sources"].as_array().unwrap().len(), 1);
    assert_eq!(report["not_due"].as_array().unwrap().len(), 300);
    assert!(
        report["sources"][0]["tally"]["new"].as_u64().unwrap() < 271,
        "its set alone"
    );
    let (stdout, _) = done(here, &["run", "--json"]);
    let report: serde_json::Value = serde_json::from_str(&stdout).unwrap();
    assert_eq!(report["not_due"].as_array().unwrap().len(), 301);

    done(here, &["source", "rename", "cac", "caucasus"]);
    let (_, stderr) = done(here, &["harvest", "caucasus"]);
    assert!(stderr.starts_with("caucasus: "), "{stderr}");
    let (stdout, _) = done(here, &["source", "list", "--json"]);
    let sources: Vec<serde_json::Value> = serde_json::from_str(&stdout).unwrap();
    assert!(sources.len() == 301 && sources.iter().all(|source| source["configured"] == true));
    done(here, &["source", "remove", "caucasus", "--yes"]);
    assert_eq!(run(here, &["harvest", "caucasus"]).status.code(), Some(2));

    std::fs::write(here.join("secret.txt"), "https://me:s3cret@h.example/oai\n").unwrap();
    let output = run(here, &["add", "--from-list", "secret.txt", "--to-store"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(!String::from_utf8(output.stderr).unwrap().contains("s3cret"));
    // A group that the file has no more is a mistake, not a default.
    std::fs::write(here.join("offprint.toml"), "").unwrap();
    assert_eq!(run(here, &["run"]).status.code(), Some(3));
}

#[test]
fn config_check_lists_all_mistakes() {
    let directory = TempDir::new().unwrap();
    let here = directory.path();
    let text = "rate = \"fast\"\n[[source]]\nname = \"a\"\nurl = \"ftp://me:s3cret@h/\"\n[[source]]\nname = \"b\"\nschedule = \"often\"\nurl = \"http://h/\"\n";
    std::fs::write(here.join("offprint.toml"), text).unwrap();
    let output = run(here, &["config", "check"]);
    assert_eq!(output.status.code(), Some(3));
    let stderr = String::from_utf8(output.stderr).unwrap();
    let places: Vec<&str> = stderr
        .lines()
        .map(|line| line.split(": ").nth(1).unwrap())
        .collect();
    assert_eq!(
        places,
        [
            "offprint.toml:1:8",
            "offprint.toml:4:7",
            "offprint.toml:7:12"
        ],
        "{stderr}"
    );
    assert!(!stderr.contains("s3cret"));
}
