//! Ways out of the store beside one file: archives, counts alone, what changed since the last time, deletions apart.

#![cfg(feature = "cli")]
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

mod articles;
mod cli_support;
mod support;
mod validators;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde_json::Value;
use tempfile::TempDir;

use cli_support::offprint;
use validators::{python, run as validator};

/// What it says on stdout and stderr.
fn done(directory: &Path, arguments: &[&str]) -> (Vec<u8>, String) {
    let output = offprint(directory).args(arguments).output().unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(0), "{arguments:?}: {stderr}");
    (output.stdout, stderr)
}

fn exit(directory: &Path, arguments: &[&str]) -> i32 {
    offprint(directory).args(arguments).output().unwrap().status.code().unwrap()
}

/// A store with the sample journal: 265 articles, 6 deletions.
fn sample_store() -> TempDir {
    let directory = TempDir::new().unwrap();
    let pages = directory.path().join("pages");
    fs::create_dir(&pages).unwrap();
    for page in
        ["identify", "listrecords-oai_dc-page1", "listrecords-oai_dc-page2", "listrecords-oai_dc-page3"]
    {
        let name = format!("cac-{page}.xml");
        fs::write(pages.join(&name), support::sample(&format!("ojs-3.4-cac/{name}"))).unwrap();
    }
    done(directory.path(), &["harvest", "pages"]);
    directory
}

fn lines(path: &Path) -> Vec<Value> {
    fs::read_to_string(path).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn an_archive_holds_what_a_folder_holds() {
    let store = sample_store();
    let at = |name: &str| store.path().join(name);
    let chosen = ["export", "jats", "--from-year", "2004"];
    done(store.path(), &[&chosen[..], &["-o", "jats/"]].concat());
    let folder: BTreeMap<String, String> = fs::read_dir(at("jats"))
        .unwrap()
        .map(|entry| entry.unwrap())
        .map(|entry| (entry.file_name().into_string().unwrap(), fs::read_to_string(entry.path()).unwrap()))
        .collect();
    assert!((40..80).contains(&folder.len()), "{}", folder.len());
    for name in ["a.tar", "a.tar.gz", "a.tgz", "a.tar.zst", "a.zip", "-"] {
        let read = || {
            if name == "-" {
                return done(store.path(), &[&chosen[..], &["--tar"]].concat()).0;
            }
            done(store.path(), &[&chosen[..], &["-o", name]].concat());
            fs::read(at(name)).unwrap()
        };
        let bytes = read();
        let is_whole = matches!(name, "a.tar" | "a.zip");
        assert!(!is_whole || bytes == read(), "{name} differs from one time to the next");
        let bytes = if name.ends_with("zst") { zstd::decode_all(&*bytes).unwrap() } else { bytes };
        let mut members: Vec<(String, String)> =
            serde_json::from_str(&python("archive.py", &[], &bytes)).unwrap();
        assert_eq!(members.len(), folder.len(), "{name}");
        let (last, index) = members.pop().unwrap();
        assert_eq!(last, "index.jsonl");
        for (member, text) in members {
            assert!(folder[&member] == text, "{member} of {name}");
        }
        let sorted = |text: &str| {
            let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
            lines.sort();
            lines
        };
        assert_eq!(sorted(&index), sorted(&folder["index.jsonl"]), "{name}");
    }
    assert_eq!(exit(store.path(), &["export", "jats", "--tar", "-o", "x.tar"]), 2);
    // Nothing is left beside them.
    let hidden = fs::read_dir(store.path()).unwrap().map(|entry| entry.unwrap().file_name());
    assert_eq!(hidden.filter(|name| name.to_string_lossy().starts_with('.')).count(), 0);
}

#[test]
fn a_dry_run_counts_and_writes_nothing() {
    let store = sample_store();
    let said = |arguments: &[&str]| {
        let all = [&["export"], arguments, &["--dry-run"]].concat();
        String::from_utf8(done(store.path(), &all).0).unwrap()
    };
    assert_eq!(said(&["jsonl", "-o", "x.jsonl"]), "265 articles and 6 deletions would be exported\n");
    assert_eq!(said(&["vufind", "-o", "x"]), "265 articles and 6 deletions would be exported\n");
    assert_eq!(said(&["ris", "-o", "x"]), "265 articles and 0 deletions would be exported\n");
    assert_eq!(
        said(&["jats", "--changed-since", "1", "-o", "x"]),
        "0 changed articles and 0 deletions would be exported\n"
    );
    let last = ["jsonl", "--changed-since", "last", "--name", "catalog", "-o", "x.jsonl"];
    for _ in 0..2 {
        assert_eq!(said(&last), "265 changed articles and 6 deletions would be exported\n");
    }
    let left = fs::read_dir(store.path()).unwrap().map(|entry| entry.unwrap().file_name());
    assert_eq!(left.filter(|name| name.to_string_lossy().starts_with('x')).count(), 0);
}

#[test]
fn what_changed_since_a_date_is_what_changed_then_or_later() {
    let store = sample_store();
    let count = |since: &str| {
        let (out, _) = done(store.path(), &["export", "jsonl", "--changed-since", since]);
        String::from_utf8(out).unwrap().lines().count()
    };
    done(store.path(), &["export", "jsonl"]);
    let now = chrono::Utc::now();
    assert_eq!(count(&now.date_naive().pred_opt().unwrap().to_string()), 271);
    assert_eq!(count(&(now + chrono::Duration::hours(1)).to_rfc3339()), 0);
    assert_eq!(exit(store.path(), &["export", "jsonl", "--changed-since", "yesterday"]), 2);
    assert_eq!(exit(store.path(), &["export", "jsonl", "--changed-since", "last"]), 2);
    assert_eq!(exit(store.path(), &["export", "jsonl", "--name", "catalog"]), 2);
}

#[test]
fn an_export_with_a_name_goes_on_and_hears_of_a_source_that_is_removed() {
    let store = sample_store();
    let export = ["export", "jsonl", "--changed-since", "last", "--name", "catalog", "-o", "out.jsonl"];
    done(store.path(), &export);
    let first = lines(&store.path().join("out.000001.jsonl"));
    assert_eq!(first.len(), 271);
    let (_, said) = done(store.path(), &export);
    assert!(said.contains("nothing new"), "{said}");

    let source = first[0]["provenance"]["source"].as_str().unwrap();
    done(store.path(), &["source", "remove", source, "--yes"]);
    let (counted, _) = done(store.path(), &[&export[..], &["--dry-run"]].concat());
    assert_eq!(counted, b"0 changed articles and 265 deletions would be exported\n");
    done(store.path(), &export);
    let ids = |lines: &[Value], status: &str| {
        let of_status = lines.iter().filter(|line| line["status"] == status);
        let mut ids: Vec<String> = of_status.map(|line| line["id"].to_string()).collect();
        ids.sort();
        ids
    };
    let second = lines(&store.path().join("out.000002.jsonl"));
    assert_eq!(ids(&second, "deleted"), ids(&first, "live"));
    assert_eq!(ids(&second, "live").len(), 0);
    let (_, said) = done(store.path(), &export);
    assert!(said.contains("nothing new"), "{said}");
    assert!(!store.path().join("out.000003.jsonl").exists());

    // Harvested again, they are there again.
    done(store.path(), &["harvest", "pages"]);
    done(store.path(), &export);
    assert_eq!(ids(&lines(&store.path().join("out.000003.jsonl")), "live"), ids(&first, "live"));
}

#[test]
fn koha_has_its_deletions_apart() {
    let store = sample_store();
    let (_, said) = done(store.path(), &["export", "marc", "--profile", "koha", "-o", "catalog.mrc"]);
    assert!(said.contains("catalog.deleted.mrc") && said.contains("-d "), "{said}");
    let leaders = |name: &str| {
        let path = store.path().join(name);
        let output = validator("yaz-marcdump", &[path.to_str().unwrap()], b"");
        let text = String::from_utf8(output.stdout).unwrap();
        let leaders = text.lines().filter(|line| line.len() == 24 && line.ends_with("4500"));
        leaders.map(|leader| leader[5..6].to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(leaders("catalog.mrc"), vec!["n"; 265]);
    assert_eq!(leaders("catalog.deleted.mrc"), vec!["d"; 6]);
    done(store.path(), &["export", "marc", "-o", "generic.mrc"]);
    assert_eq!(leaders("generic.mrc").len(), 271);
    assert!(!store.path().join("generic.deleted.mrc").exists());
}

#[test]
fn vufind_knows_records_and_deletions_by_one_id() {
    let store = sample_store();
    let strip = ["--id-strip", "oai:ojs.ca-c.test:", "--id-prefix", "ojs-"];
    done(store.path(), &[&["export", "vufind", "-o", "harvest"], &strip[..]].concat());
    let file = |name: &str| fs::read_to_string(store.path().join("harvest").join(name)).unwrap();
    assert_eq!(file("1714885505_ojs_article_385.delete"), "ojs-article/385");
    let mut names =
        fs::read_dir(store.path().join("harvest")).unwrap().map(|entry| entry.unwrap().file_name());
    let of_643 = names.find(|name| name.to_string_lossy().ends_with("_ojs_article_643.xml")).unwrap();
    let record = file(of_643.to_str().unwrap());
    // What import/xsl/ojs.xsl selects as the id.
    let query = "string(/*[local-name()='dc']/identifier)";
    let path = store.path().join("harvest").join(&of_643);
    let output = validator("xmllint", &["--xpath", query, path.to_str().unwrap()], b"");
    assert_eq!(String::from_utf8(output.stdout).unwrap().trim(), "ojs-article/643", "{record}");
    assert!(record.contains("<datestamp xmlns=\"\">2020-02-23T14:36:31Z</datestamp>"), "{record}");
}

#[test]
fn jats_is_linted_on_its_way() {
    let store = sample_store();
    let (_, said) = done(store.path(), &["export", "jats", "--lint", "-o", "a.tar"]);
    assert!(!said.contains("broken"), "{said}");
    assert_eq!(exit(store.path(), &["export", "jsonl", "--lint"]), 2);
}
