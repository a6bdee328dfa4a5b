//! Exports of the configuration file, written by `offprint run`, and the settings of journals.

use crate::cli_support::{done, done_with_messages, offprint, sample_store};
use crate::validators;

use std::fs;
use std::path::Path;

use serde_json::Value;
use tempfile::TempDir;
use validators::run as validator;

/// A store with the sample journal whose source is never due, and a configuration with these lines behind it.
fn configured(lines: &str) -> TempDir {
    let store = sample_store();
    configure(store.path(), lines);
    store
}

fn configure(directory: &Path, lines: &str) {
    let text = format!(
        "[[source]]\nname = \"cac\"\nurl = \"http://127.0.0.1:9/index.php/cac/oai\"\nschedule = \"never\"\n{lines}"
    );
    fs::write(directory.join("offprint.toml"), text).unwrap();
}

fn read(directory: &Path, name: &str) -> String {
    fs::read_to_string(directory.join(name)).unwrap()
}

#[test]
fn several_exports_of_one_format_have_settings_of_their_own() {
    let store = configured(
        "[[export]]\nname = \"all\"\nformat = \"csv\"\npath = \"all.csv\"\nfields = [\"volume\"]\n\
         [[export]]\nname = \"issue\"\nformat = \"csv\"\npath = \"issue.csv\"\nvolumes = [\"5\"]\nissues = [\"6\"]\n\
         fields = [\"volume\", \"issue\"]\n\
         [[export]]\nname = \"one\"\nformat = \"csv\"\npath = \"one.csv\"\nids = [\"oai:ojs.ca-c.test:article/643\"]\n\
         fields = [\"title\"]\nexcel = \"comma\"\n",
    );
    done(store.path(), &["run", "--quiet"]);
    assert_eq!(read(store.path(), "all.csv").lines().count(), 266);
    let issue = read(store.path(), "issue.csv");
    assert!(issue.lines().count() > 2, "{issue}");
    assert!(issue.lines().skip(1).all(|line| line == "5,6"), "{issue}");
    let one = read(store.path(), "one.csv");
    assert!(
        one.starts_with("\u{FEFF}title\r\n\"SPECIFIC")
            || one.starts_with("\u{FEFF}title\r\nSPECIFIC"),
        "{one}"
    );
    assert_eq!(one.lines().count(), 2);
}

#[test]
fn koha_is_fed_by_run() {
    let store = configured(
        "[[export]]\nname = \"koha\"\nformat = \"marc\"\nprofile = \"koha\"\npath = \"koha.mrc\"\n\
         organization = \"XX-XxUL\"\nid_prefix = \"offprint-\"\nchanged_since = \"last\"\n\
         host_record = { \"1404-6091\" = \"(XX-XxUL)12345\" }\n\
         [[export]]\nname = \"plain\"\nformat = \"marc\"\npath = \"plain.mrc\"\n",
    );
    let (_, said) = done_with_messages(store.path(), &["run"]);
    assert!(
        said.contains("koha.deleted.000001.mrc: match them by control number"),
        "{said}"
    );
    let records = |name: &str| {
        let path = store.path().join(name);
        let output = validator("yaz-marcdump", &[path.to_str().unwrap()], b"");
        String::from_utf8(output.stdout).unwrap()
    };
    let koha = records("koha.000001.mrc");
    assert_eq!(koha.matches("\n942    $c CR\n").count(), 265);
    assert_eq!(koha.matches("\n001 offprint-").count(), 265);
    assert_eq!(koha.matches("\n003 XX-XxUL\n").count(), 265);
    assert!(koha.contains("$w (XX-XxUL)12345"));
    assert_eq!(
        records("koha.deleted.000001.mrc")
            .matches("\n001 offprint-")
            .count(),
        6
    );
    let plain = records("plain.mrc");
    assert!(plain.contains("\n001 ") && !plain.contains("offprint-") && !plain.contains("\n942 "));
    // Nothing new: no second file.
    let (_, said) = done_with_messages(store.path(), &["run"]);
    assert!(said.contains("export koha: nothing new"), "{said}");
}

#[test]
fn run_tells_what_an_agency_would_refuse() {
    let store = configured("[[export]]\nname = \"doi\"\nformat = \"datacite\"\npath = \"d.xml\"\n");
    let (_, said) = done_with_messages(store.path(), &["run"]);
    let expected = "export doi: 138 left out: 6 deletions, 132 without a DOI";
    assert!(said.contains(expected), "{said}");
}

#[test]
fn refuses_changes_without_duplicates() {
    let store = configured(
        "[[export]]\nname = \"a\"\nformat = \"jsonl\"\npath = \"a.jsonl\"\nchanged_since = \"last\"\nfold_duplicates = true\n",
    );
    let output = offprint(store.path()).arg("run").output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert!(said.contains("cannot leave out duplicates"), "{said}");
}

fn journals(directory: &Path) -> Vec<Value> {
    let lines = done(
        directory,
        &["export", "jsonl", "--status", "live", "--quiet"],
    );
    let journals = lines.lines().map(|line| {
        let mut article: Value = serde_json::from_str(line).unwrap();
        article["journal"].take()
    });
    journals.collect()
}

#[test]
fn settings_of_a_journal_hold_for_all_its_articles() {
    let store = configured(
        "journal_title = \"Central Asia and the Caucasus\"\nissn_electronic = \"2049-3630\"\npublisher_place = \"Luleå\"\n\
         journal_doi = \"10.5555/CAC\"\n",
    );
    for journal in journals(store.path()) {
        assert_eq!(journal["title"], "Central Asia and the Caucasus");
        assert_eq!(journal["issn_electronic"], "2049-3630");
        assert_eq!(journal["publisher_place"], "Luleå");
        assert_eq!(journal["doi"], "10.5555/cac");
    }
    // Without them everything is as it was.
    configure(store.path(), "");
    for journal in journals(store.path()) {
        assert_eq!(journal["title"], "CENTRAL ASIA AND THE CAUCASUS");
        assert_eq!(journal["issn_electronic"], "2002-3839");
        assert_eq!(journal.get("publisher_place"), None);
    }
}

#[test]
fn one_journal_of_a_source_is_selected_by_path_or_issn() {
    let store = configured(
        "[[source.journal]]\npath = \"other\"\njournal_title = \"Other\"\n\
         [[source.journal]]\nissn = \"1404-6091\"\njournal_title = \"By ISSN\"\n",
    );
    assert!(
        journals(store.path())
            .iter()
            .all(|journal| journal["title"] == "By ISSN")
    );
    configure(
        store.path(),
        "[[source.journal]]\nset = \"cac\"\njournal_title = \"By set\"\n",
    );
    assert!(
        journals(store.path())
            .iter()
            .any(|journal| journal["title"] == "By set")
    );
}

#[rstest::rstest]
#[case(
    "[[source.journal]]\njournal_title = \"A\"\n",
    "selected by issn, path or set"
)]
#[case("[[source.journal]]\npath = \"a\"\n", "no setting")]
#[case("issn_print = \"1404-6092\"\n", "check digit")]
#[case("journal_doi = \"doi\"\n", "10.1234/abc")]
fn rejects_journal_settings_that_are_wrong(#[case] lines: &str, #[case] why: &str) {
    let store = configured(lines);
    let output = offprint(store.path())
        .args(["config", "check"])
        .output()
        .unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(3), "{said}");
    assert!(said.contains(why), "{said}");
}

#[test]
fn kbart_lists_the_journal_with_its_first_and_last_issue() {
    let store = sample_store();
    let list = done(store.path(), &["kbart", "--quiet"]);
    let rows: Vec<Vec<&str>> = list
        .lines()
        .map(|line| line.split('\t').collect())
        .collect();
    assert_eq!(rows.len(), 2, "{list}");
    let cell = |name: &str| rows[1][rows[0].iter().position(|column| *column == name).unwrap()];
    for (name, value) in [
        ("publication_title", "CENTRAL ASIA AND THE CAUCASUS"),
        ("print_identifier", "1404-6091"),
        ("online_identifier", "2002-3839"),
        ("num_first_vol_online", "1"),
        ("num_first_issue_online", "1"),
        ("title_id", "cac"),
        ("publication_type", "serial"),
    ] {
        assert_eq!(cell(name), value, "{name}");
    }
    assert!(cell("date_first_issue_online") < cell("date_last_issue_online"));
}
