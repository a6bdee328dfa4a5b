//! Seeing what a collection holds: show, findings, duplicates, against the sample journal.

#![expect(clippy::unwrap_used, reason = "a test may stop at once")]

use crate::cli_support::{done, run, sample_store, samples};

use std::fs;
use std::path::Path;

use serde_json::Value;
use sha2::{Digest, Sha256};
use tempfile::TempDir;

fn json(directory: &Path, arguments: &[&str]) -> Value {
    serde_json::from_str(&done(directory, arguments)).unwrap()
}

fn failed(directory: &Path, arguments: &[&str], code: i32) -> (String, String) {
    let output = run(directory, arguments);
    assert_eq!(output.status.code(), Some(code), "{arguments:?}");
    (
        String::from_utf8(output.stdout).unwrap(),
        String::from_utf8(output.stderr).unwrap(),
    )
}

/// The pages of the sample journal, changed, in a folder of that name.
fn pages(directory: &Path, name: &str, change: impl Fn(String) -> String) {
    let folder = directory.join(name);
    fs::create_dir(&folder).unwrap();
    for entry in fs::read_dir(samples("ojs-3.4-cac")).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|extension| extension == "xml") {
            let page = change(fs::read_to_string(&path).unwrap());
            fs::write(folder.join(path.file_name().unwrap()), page).unwrap();
        }
    }
}

fn harvest(directory: &Path, folder: &str, name: &str) {
    done(directory, &["harvest", folder, "--name", name, "--quiet"]);
}

const ARTICLE_382: &str = "oai:ojs.ca-c.test:article/382";
const DOI_382: &str = "10.37178/ca-c.00.1.01";

#[test]
fn a_record_is_shown_whatever_it_is_called() {
    let directory = sample_store();
    let here = directory.path();
    let by_identifier = done(here, &["show", ARTICLE_382]);
    for line in [
        "oai:ojs.ca-c.test:article/382  (cac)",
        "  DOI         10.37178/ca-c.00.1.01",
        "  title       Oil and Gas Pipelines in Armenia Between Moscow and Beijing [en]",
        "  author      TOLIPOV, Zaur",
        "  issue       vol. 1 no. 1 (2000)",
        "  oai_dc  datestamp 2021-02-08T11:55:34Z  live, fetched",
    ] {
        assert!(
            by_identifier.lines().any(|shown| shown.starts_with(line)),
            "{line} in {by_identifier}"
        );
    }
    let id = json(here, &["show", ARTICLE_382, "--json"])["id"]
        .as_str()
        .unwrap()
        .to_owned();
    for name in [
        DOI_382,
        "https://doi.org/10.37178/CA-C.00.1.01",
        "http://127.0.0.1:8081/index.php/cac/article/view/382",
        "https://127.0.0.1:8081/index.php/cac/article/view/382/",
        &id,
    ] {
        assert_eq!(done(here, &["show", name]), by_identifier, "{name}");
    }
}

#[test]
fn raw_bytes_are_those_of_the_page() {
    let directory = sample_store();
    let here = directory.path();
    let raw = run(here, &["show", ARTICLE_382, "--raw"]).stdout;
    let page = fs::read(here.join("pages/cac-listrecords-oai_dc-page1.xml")).unwrap();
    assert!(
        page.windows(raw.len()).any(|window| window == raw),
        "{}",
        String::from_utf8_lossy(&raw)
    );
    assert!(raw.starts_with(b"<record>") && raw.ends_with(b"</record>"));

    let shown = json(here, &["show", ARTICLE_382, "--json"]);
    let format = &shown["formats"][0];
    let hex = format["sha256"].as_str().unwrap();
    let bytes: Vec<u8> = (0..64)
        .step_by(2)
        .map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap())
        .collect();
    assert_eq!(bytes, Sha256::digest(&raw)[..]);
    assert_eq!(format["bytes"], raw.len());
    let export = done(here, &["export", "jsonl"]);
    let line = export
        .lines()
        .find(|line| line.contains("article/382\""))
        .unwrap();
    assert_eq!(
        shown["article"],
        serde_json::from_str::<Value>(line).unwrap(),
        "the article as exported"
    );
    let place = &shown["history"][0];
    let at = usize::try_from(place["offset"].as_u64().unwrap()).unwrap();
    assert_eq!(&page[at..at + raw.len()], &raw[..]);

    let (_, stderr) = failed(
        here,
        &["show", ARTICLE_382, "--raw", "--prefix", "marcxml"],
        2,
    );
    assert!(
        stderr.contains("was not harvested in marcxml") && stderr.contains("there is oai_dc"),
        "{stderr}"
    );
}

#[test]
fn history_lists_every_version() {
    let directory = sample_store();
    let here = directory.path();
    done(
        here,
        &[
            "harvest",
            samples("ojs-3.4-cac/second").to_str().unwrap(),
            "--name",
            "cac",
            "--quiet",
        ],
    );
    let changed = "oai:ojs.ca-c.test:article/384";
    let shown = json(here, &["show", changed, "--json"]);
    let history: Vec<_> = shown["history"].as_array().unwrap().iter().collect();
    assert_eq!(history.len(), 2);
    assert_eq!(
        (&history[0]["newest"], &history[1]["newest"]),
        (&true.into(), &false.into())
    );
    assert!(history[0]["datestamp"].as_str() > history[1]["datestamp"].as_str());
    assert!(history[0]["seq"].as_i64() > history[1]["seq"].as_i64());
    assert_eq!(
        (&history[0]["run_no"], &history[1]["run_no"]),
        (&2.into(), &1.into())
    );
    let text = done(here, &["show", changed, "--history"]);
    assert_eq!(text.matches("  newest  ").count(), 1, "{text}");
    assert_eq!(text.matches("  former  ").count(), 1, "{text}");
    assert!(done(here, &["show", changed]).contains("1 former version; --history lists them"));
    let deleted = done(here, &["show", "oai:ojs.ca-c.test:article/400"]);
    assert!(
        deleted.contains("status      deleted") && deleted.contains("deleted by the source"),
        "{deleted}"
    );
}

#[test]
fn unknown_and_ambiguous_keys_are_errors() {
    let directory = sample_store();
    let here = directory.path();
    for name in [
        "oai:ojs.ca-c.test:article/1",
        "10.1/none",
        "https://none.example/x",
        "8c9dd3ba-2f4e-5d54-9aa4-1d5f7f6e0000",
    ] {
        let (stdout, stderr) = failed(here, &["show", name], 1);
        assert_eq!(stdout, "");
        assert!(
            stderr.starts_with("error: no record") && stderr.contains("\nhint: "),
            "{stderr}"
        );
    }
    // The same journal as the endpoint of the whole site gives it.
    pages(here, "site", |page| {
        page.replace("/index.php/cac/oai", "/index.php/index/oai")
    });
    harvest(here, "site", "site");
    let (stdout, stderr) = failed(here, &["show", ARTICLE_382], 2);
    let candidates: Vec<_> = stdout.lines().collect();
    assert_eq!(
        candidates,
        ["cac", "site"].map(|name| format!("  offprint show {ARTICLE_382} --source {name}"))
    );
    assert!(stderr.contains("may be any of 2 records"), "{stderr}");
    assert_eq!(
        json_of_failure(here, &["show", DOI_382, "--json"])["candidates"]
            .as_array()
            .unwrap()
            .len(),
        2
    );
    let (stdout, _) = failed(here, &["show", ARTICLE_382, "--raw"], 2);
    assert_eq!(stdout, "", "a file of raw bytes has nothing else in it");
    assert!(
        done(here, &["show", ARTICLE_382, "--source", "site"])
            .starts_with(&format!("{ARTICLE_382}  (site)"))
    );
    let (_, stderr) = failed(here, &["show", ARTICLE_382, "--source", "nosuch"], 2);
    assert!(stderr.contains("no source \"nosuch\""), "{stderr}");
    done(here, &["forget", "site", ARTICLE_382, "--yes"]);
    let (_, stderr) = failed(here, &["show", ARTICLE_382, "--source", "site"], 1);
    assert!(stderr.contains("was taken down on"), "{stderr}");
}

fn json_of_failure(directory: &Path, arguments: &[&str]) -> Value {
    serde_json::from_str(&failed(directory, arguments, 2).0).unwrap()
}

#[test]
fn findings_agree_with_the_export() {
    let directory = sample_store();
    let here = directory.path();
    let mut expected = std::collections::BTreeMap::<String, (u64, u64)>::new();
    let mut truncated = Vec::new();
    for line in done(here, &["export", "jsonl"]).lines() {
        let entry: Value = serde_json::from_str(line).unwrap();
        let mut seen = std::collections::BTreeSet::new();
        for finding in entry["findings"].as_array().into_iter().flatten() {
            let code = finding["code"].as_str().unwrap().to_owned();
            if code == "truncated-text" {
                truncated.push((
                    entry["provenance"]["oai_identifier"].clone(),
                    finding["raw"].clone(),
                ));
            }
            expected.entry(code.clone()).or_default().0 += 1;
            if seen.insert(code.clone()) {
                expected.entry(code).or_default().1 += 1;
            }
        }
    }
    assert!(expected.len() >= 5 && !truncated.is_empty(), "{expected:?}");
    let told = json(here, &["findings", "--json"]);
    assert_eq!(told[0]["source"], "cac");
    let counted: std::collections::BTreeMap<String, (u64, u64)> = told[0]["codes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|code| {
            assert_eq!(code["example"]["code"], code["code"]);
            let number = |key: &str| code[key].as_u64().unwrap();
            (
                code["code"].as_str().unwrap().to_owned(),
                (number("findings"), number("articles")),
            )
        })
        .collect();
    assert_eq!(counted, expected);

    let lines: Vec<_> = done(here, &["findings", "--code", "truncated-text", "--json"])
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap())
        .map(|line| (line["identifier"].clone(), line["raw"].clone()))
        .collect();
    assert_eq!(lines, truncated);
    let text = done(
        here,
        &["findings", "--source", "cac", "--code", "truncated-text"],
    );
    assert_eq!(text.lines().count(), truncated.len());
    assert!(
        text.lines().all(|line| line.split('\t').count() == 4),
        "{text}"
    );

    let (_, stderr) = failed(here, &["findings", "--code", "nosuch"], 2);
    assert!(stderr.contains("codes are repaired-xml, "), "{stderr}");
    failed(here, &["findings", "--source", "nosuch"], 2);
}

/// The examples of the catalogue of codes, as a record.
#[test]
fn the_fault_table_matches_its_cases() {
    let directory = TempDir::new().unwrap();
    let here = directory.path();
    fs::create_dir(here.join("odd")).unwrap();
    let page = include_str!("../insight/findings.xml");
    fs::write(here.join("odd/page.xml"), page).unwrap();
    harvest(here, "odd", "odd");
    let catalogue = include_str!("../../docs/findings.md");
    let told = json(here, &["findings", "--json"]);
    let mut checked = 0;
    for code in told[0]["codes"].as_array().unwrap() {
        let code = code["code"].as_str().unwrap();
        let rows: Vec<_> = catalogue
            .lines()
            .filter(|line| line.starts_with(&format!("| `{code}` |")))
            .collect();
        assert_eq!(rows.len(), 1, "{code}");
        // Where the catalogue's example is a value as such, it is the value of a finding.
        let listed = done(here, &["findings", "--code", code]);
        for (example, field) in [
            ("-, Ivan", "placeholder"),
            ("##submission.source##", "placeholder"),
            ("--", "empty-value"),
            ("Maria Silva", "unsplit-name"),
            ("Klingonese", "unknown-language"),
            ("2023-02-30", "invalid-date"),
            ("2004-00-00", "partial-date"),
            ("1404-6092", "invalid-issn"),
            ("10.1234/", "invalid-doi"),
            ("http://", "invalid-link"),
        ] {
            if field == code {
                assert!(
                    rows[0].contains(&format!("`{example}`")),
                    "{example} in {}",
                    rows[0]
                );
                assert!(
                    listed
                        .lines()
                        .any(|line| line.ends_with(&format!("\t{example}"))),
                    "{example} in {listed}"
                );
                checked += 1;
            }
        }
    }
    assert_eq!(checked, 10);
}

#[test]
fn every_code_is_in_the_catalogue() {
    let catalogue = include_str!("../../docs/findings.md");
    let codes = offprint::internals::report::codes();
    assert!(codes.len() >= 23, "{codes:?}");
    for code in &codes {
        let rows = catalogue
            .lines()
            .filter(|line| line.starts_with(&format!("| `{}` |", code.code)));
        assert_eq!(rows.count(), 1, "{}", code.code);
    }
    let rows = catalogue
        .lines()
        .filter(|line| line.starts_with("| `"))
        .count();
    assert_eq!(rows, codes.len(), "a code that there is not");
}

#[test]
fn finds_the_same_article_on_two_hosts() {
    let directory = sample_store();
    let here = directory.path();
    assert_eq!(
        json(here, &["duplicates", "--json"])["groups"],
        Value::Array(Vec::new())
    );
    // A mirror, with DOIs; and one without, whose titles are all that tells.
    let host = |page: String, host: &str| {
        page.replace("http://127.0.0.1:8081", &format!("https://{host}"))
            .replace("oai:ojs.ca-c.test", &format!("oai:{host}"))
    };
    pages(here, "mirror", |page| host(page, "mirror.example.org"));
    pages(here, "other", |page| {
        host(page, "other.example.org").replace("10.37178/", "10.99999/")
    });
    harvest(here, "mirror", "mirror");
    harvest(here, "other", "other");
    let told = json(here, &["duplicates", "--json"]);
    let groups = told["groups"].as_array().unwrap();
    assert_eq!(told["overused"], Value::Array(Vec::new()));
    assert_eq!(groups.len(), 265, "each article, and none with another");
    let mut with_doi = 0;
    for group in groups {
        assert_eq!(group["across"], "hosts");
        let articles = group["articles"].as_array().unwrap();
        let numbers: std::collections::BTreeSet<_> = articles
            .iter()
            .map(|article| {
                article["identifier"]
                    .as_str()
                    .unwrap()
                    .rsplit('/')
                    .next()
                    .unwrap()
                    .to_owned()
            })
            .collect();
        assert_eq!(numbers.len(), 1, "{group}");
        let by_doi = group["keys"]
            .as_array()
            .unwrap()
            .iter()
            .any(|key| key["kind"] == "doi");
        // Another DOI is another article, whatever its title.
        assert_eq!(articles.len(), if by_doi { 2 } else { 3 }, "{group}");
        with_doi += usize::from(by_doi);
    }
    let has_doi = done(here, &["export", "jsonl", "--source", "cac"])
        .matches("\"status\":\"live\",\"doi\":")
        .count();
    assert_eq!(with_doi, has_doi);
    let text = done(here, &["duplicates"]);
    assert_eq!(text.matches("(on several hosts)").count(), 265);
    assert!(text.contains(&format!("  by doi {DOI_382}\n")), "{text}");
    assert_eq!(
        done(here, &["export", "jsonl"]).lines().count(),
        3 * 271,
        "nothing was merged"
    );
}

#[tokio::test]
async fn folded_duplicates_have_a_representative() {
    use offprint::internals::report::duplicates::duplicate_of;
    use offprint::internals::store::{SqliteStore, Store as _};

    let directory = sample_store();
    let here = directory.path();
    pages(here, "site", |page| {
        page.replace("/index.php/cac/oai", "/index.php/index/oai")
    });
    harvest(here, "site", "site");
    done(here, &["export", "jsonl", "-o", "all.jsonl"]);
    let store = SqliteStore::open_read(here.join("offprint.db")).unwrap();
    let sources = store.sources().await.unwrap();
    let id = |name: &str| {
        sources
            .iter()
            .find(|source| source.name == name)
            .unwrap()
            .source_id
    };
    let stands_for = duplicate_of(&store).await.unwrap();
    assert_eq!(stands_for.len(), 265);
    for (duplicate, first) in &stands_for {
        assert_eq!(
            (duplicate.source_id, first.source_id),
            (id("site"), id("cac"))
        );
        assert_eq!(duplicate.item_no, first.item_no);
    }
}

#[test]
fn readers_do_not_wait_for_a_store_they_cannot_write() {
    let directory = sample_store();
    let here = directory.path();
    done(here, &["export", "jsonl", "-o", "all.jsonl"]);
    let lock = offprint::internals::store::SqliteStore::create_or_open(
        here.join("offprint.db"),
        offprint::internals::store::Access::Write { create: false },
    )
    .unwrap();
    let output = run(here, &["show", DOI_382]);
    assert_eq!(output.status.code(), Some(0));
    assert!(
        String::from_utf8(output.stderr)
            .unwrap()
            .contains("a harvest is under way")
    );
    drop(lock);
}

/// The store of a colleague, in a folder that is not ours: everything that reads works.
#[cfg(unix)]
#[test]
fn reads_the_store_of_another_user() {
    use std::os::unix::fs::{PermissionsExt, chown};
    use std::os::unix::process::CommandExt as _;

    const NOBODY: u32 = 65_534;
    let directory = sample_store();
    let here = directory.path();
    done(here, &["export", "jsonl", "-o", "all.jsonl"]);
    let ours = tempfile::tempdir().unwrap();
    let store = here.join("offprint.db");
    std::fs::remove_file(here.join("offprint.db.lock")).unwrap();
    std::fs::set_permissions(&store, PermissionsExt::from_mode(0o444)).unwrap();
    std::fs::set_permissions(here, PermissionsExt::from_mode(0o555)).unwrap();
    // Permissions do not bind root.
    let is_root = chown(ours.path(), Some(NOBODY), None).is_ok();
    for arguments in [
        "export jsonl",
        "export raw",
        "export jats -o jats.tar",
        "report -o report.html",
        "findings",
        "duplicates",
        "status",
        "store check",
    ] {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_offprint"));
        command.current_dir(ours.path()).env("HOME", ours.path());
        command.arg("--store").arg(&store);
        command.args(arguments.split(' '));
        if is_root {
            command.uid(NOBODY);
        }
        let output = command.output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(0), "{arguments}: {said}");
    }
    std::fs::set_permissions(here, PermissionsExt::from_mode(0o755)).unwrap();
}
