//! `offprint get`: one command from the URL of a journal to a file.

#![expect(clippy::unwrap_used, reason = "a test may stop at once")]

use std::fs;
use std::path::Path;

use serde_json::Value;
use tempfile::TempDir;

use crate::cli_support::{SampleJournal, done_with_messages, offprint, run};

/// The folders of hosts in the cache of a home.
fn cached(home: &Path) -> Vec<String> {
    let Ok(folder) = fs::read_dir(home.join(".cache/offprint")) else {
        return Vec::new();
    };
    folder
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect()
}

#[test]
fn writes_json_lines_of_live_articles_to_stdout() {
    let (journal, here) = (SampleJournal::start(), TempDir::new().unwrap());
    let (jsonl, _) = done_with_messages(here.path(), &["get", journal.url()]);
    let entries: Vec<Value> = jsonl
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(entries.len(), 265);
    assert!(entries.iter().all(|entry| entry["status"] == "live"));
    assert_eq!(cached(here.path()).len(), 1);
    assert!(!here.path().join("offprint.db").exists());
}

#[rstest::rstest]
#[case("refs.bib", "@article{")]
#[case("refs.ris", "TY  - JOUR")]
#[case("articles.json", "[")]
#[case("articles.csv", "id,")]
#[case("catalog.marcxml", "<?xml")]
fn the_name_of_the_file_decides_the_format(#[case] name: &str, #[case] start: &str) {
    let (journal, here) = (SampleJournal::start(), TempDir::new().unwrap());
    let (stdout, stderr) = done_with_messages(here.path(), &["get", journal.url(), "-o", name]);
    assert_eq!(stdout, "");
    assert!(stderr.contains("run the same command again"), "{stderr}");
    let text = fs::read_to_string(here.path().join(name)).unwrap();
    assert!(
        text.trim_start_matches('\u{feff}').starts_with(start),
        "{}",
        &text[..100]
    );
}

#[test]
fn a_folder_receives_jats() {
    let (journal, here) = (SampleJournal::start(), TempDir::new().unwrap());
    done_with_messages(here.path(), &["get", journal.url(), "-o", "jats/"]);
    let files = fs::read_dir(here.path().join("jats")).unwrap();
    let xml = files.filter(|file| {
        let path = file.as_ref().unwrap().path();
        path.extension().is_some_and(|ending| ending == "xml")
    });
    assert_eq!(xml.count(), 265);
}

#[test]
fn the_second_call_requests_only_changes() {
    let (journal, here) = (SampleJournal::start(), TempDir::new().unwrap());
    let get = ["get", journal.url(), "-o", "articles.jsonl"];
    done_with_messages(here.path(), &get);
    journal.journal.publish_changes();
    let (_, stderr) = done_with_messages(here.path(), &get);
    assert!(
        stderr.contains("1 new, 1 changed, 1 deleted, 3 unchanged in 1 request"),
        "{stderr}"
    );
    let text = fs::read_to_string(here.path().join("articles.jsonl")).unwrap();
    assert_eq!(text.lines().count(), 265);
}

#[test]
fn a_page_leads_to_its_endpoint_without_a_second_search() {
    let (journal, here) = (SampleJournal::start(), TempDir::new().unwrap());
    let page = journal.url().strip_suffix("/oai").unwrap();
    let get = ["get", page, "-o", "articles.jsonl"];
    let (_, stderr) = done_with_messages(here.path(), &get);
    assert!(stderr.contains("using the endpoint "), "{stderr}");
    journal.journal.publish_changes();
    let (_, stderr) = done_with_messages(here.path(), &get);
    assert!(
        stderr.contains("1 new, 1 changed, 1 deleted, 3 unchanged in 1 request"),
        "{stderr}"
    );
    assert!(!stderr.contains("using the endpoint "), "{stderr}");
}

#[test]
fn a_mistyped_set_leaves_the_file_as_it_is() {
    let (journal, here) = (SampleJournal::start(), TempDir::new().unwrap());
    let get = ["get", journal.url(), "-o", "articles.jsonl"];
    done_with_messages(here.path(), &get);
    let output = run(here.path(), &[&get[..], &["--set", "cac:NONE"]].concat());
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{stderr}");
    assert!(stderr.contains("hint: its sets are "), "{stderr}");
    let text = fs::read_to_string(here.path().join("articles.jsonl")).unwrap();
    assert_eq!(text.lines().count(), 265);
}

#[test]
fn a_named_store_is_used_in_place_of_the_cache() {
    let (journal, here) = (SampleJournal::start(), TempDir::new().unwrap());
    let arguments = ["get", journal.url(), "--store", "own.db", "-o", "a.csv"];
    done_with_messages(here.path(), &arguments);
    assert!(here.path().join("own.db").exists());
    assert!(cached(here.path()).is_empty());
}

#[test]
fn export_with_a_url_is_get_with_a_format() {
    let (journal, here) = (SampleJournal::start(), TempDir::new().unwrap());
    let (bibtex, _) = done_with_messages(here.path(), &["export", "bibtex", journal.url()]);
    let (same, _) = done_with_messages(here.path(), &["get", journal.url(), "--format", "bibtex"]);
    assert!(bibtex.starts_with("@article{"));
    assert_eq!(bibtex, same);
    assert!(!here.path().join("offprint.db").exists());
}

#[test]
fn a_selection_is_written_alone() {
    let (journal, here) = (SampleJournal::start(), TempDir::new().unwrap());
    let arguments = ["get", journal.url(), "--limit", "3"];
    let (jsonl, _) = done_with_messages(here.path(), &arguments);
    assert_eq!(jsonl.lines().count(), 3);
}

#[rstest::rstest]
#[case(&["articles.xml"], "add --format with one of")]
#[case(&["articles.docx"], "add --format with one of")]
#[case(&["nowhere/articles.bib"], "mkdir -p nowhere")]
#[case(&["deposit.crossref.xml"], "depositor's name")]
fn what_cannot_be_written_is_refused_before_any_request(
    #[case] output: &[&str],
    #[case] expected: &str,
) {
    let here = TempDir::new().unwrap();
    let arguments = [&["get", "https://journal.invalid/oai", "-o"], output].concat();
    let output = run(here.path(), &arguments);
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{stderr}");
    assert!(stderr.contains(expected), "{stderr}");
    assert!(cached(here.path()).is_empty());
}

#[test]
fn an_endpoint_that_does_not_answer_writes_no_file() {
    let here = TempDir::new().unwrap();
    let output = run(
        here.path(),
        &["get", "http://127.0.0.1:9/oai", "-o", "articles.bib"],
    );
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{stderr}");
    assert!(stderr.contains("hint: "), "{stderr}");
    assert!(!here.path().join("articles.bib").exists());
}

#[test]
fn articles_of_earlier_harvests_are_written_when_the_journal_is_down() {
    let here = TempDir::new().unwrap();
    let url = {
        let journal = SampleJournal::start();
        done_with_messages(here.path(), &["get", journal.url(), "-o", "first.jsonl"]);
        journal.url().to_owned()
    };
    let output = run(here.path(), &["get", &url, "-o", "second.jsonl"]);
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(4), "{stderr}");
    assert!(stderr.contains("warning: "), "{stderr}");
    let text = fs::read_to_string(here.path().join("second.jsonl")).unwrap();
    assert_eq!(text.lines().count(), 265);
}

#[rstest::rstest]
#[case("https://journal.example.org/oai?api_key=secret")]
#[case("journal.example.org/index.php/journal")]
fn a_bare_url_suggests_get(#[case] url: &str) {
    let here = TempDir::new().unwrap();
    let output = offprint(here.path()).arg(url).output().unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr.contains("hint: offprint get "), "{stderr}");
    assert!(!stderr.contains("secret"), "{stderr}");
}
