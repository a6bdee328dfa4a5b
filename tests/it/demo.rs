//! The demo, as a newcomer runs it: what it says, and that all it writes is valid.

use crate::validators;

use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::sync::LazyLock;

use offprint::article::Status;
use offprint::internals::export::jats::lint;
use offprint::{Article, Entry};

struct Demo {
    folder: tempfile::TempDir,
    said: String,
}

impl Demo {
    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join("out").join(name)
    }

    fn entries(&self, name: &str) -> Vec<Entry> {
        let text = fs::read_to_string(self.path(name)).unwrap();
        text.lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    }

    fn jats(&self, name: &str) -> Vec<PathBuf> {
        let files = fs::read_dir(self.path(name))
            .unwrap()
            .map(|entry| entry.unwrap().path());
        files
            .filter(|path| path.extension().is_some_and(|ending| ending == "xml"))
            .collect()
    }
}

static DEMO: LazyLock<Demo> = LazyLock::new(|| {
    let folder = tempfile::tempdir().unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_offprint"))
        .args(["demo", "-o", "out"])
        .current_dir(folder.path())
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    Demo {
        folder,
        said: String::from_utf8(output.stdout).unwrap(),
    }
});

#[test]
fn reports_the_results_and_where_they_are() {
    let said = &DEMO.said;
    for expected in [
        "first harvest:  271 records: 265 live articles, 6 deleted; 1 landing page",
        "second harvest: 1 new, 1 changed, 1 deleted",
        "third harvest:  nothing new",
        "out/articles.jsonl",
        "out/jats/",
    ] {
        assert!(said.contains(expected), "{expected:?} is not in {said}");
    }
}

#[test]
fn every_line_is_valid_by_the_published_schema() {
    let schema: serde_json::Value =
        serde_json::from_str(include_str!("../../schemas/article.schema.json")).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let text = fs::read_to_string(DEMO.path("articles.jsonl")).unwrap();
    for line in text.lines() {
        let value = serde_json::from_str(line).unwrap();
        let errors: Vec<String> = validator
            .iter_errors(&value)
            .map(|error| error.to_string())
            .collect();
        assert!(errors.is_empty(), "{errors:?} in {line}");
    }
    let entries = DEMO.entries("articles.jsonl");
    let live = entries
        .iter()
        .filter(|entry| entry.status() == Status::Live)
        .count();
    assert_eq!((live, entries.len() - live), (265, 6));
}

#[test]
fn the_second_harvest_exports_just_what_it_met() {
    let changes = DEMO.entries("changes/articles.jsonl");
    let live = changes
        .iter()
        .filter(|entry| entry.status() == Status::Live)
        .count();
    assert_eq!((live, changes.len() - live), (2, 1));
    assert_eq!(DEMO.jats("changes/jats").len(), 2);
}

#[test]
fn every_file_is_valid_jats_and_clean_by_the_lint() {
    let files = DEMO.jats("jats");
    assert_eq!(files.len(), 265);
    let documents: Vec<String> = files
        .iter()
        .map(|file| fs::read_to_string(file).unwrap())
        .collect();
    validators::jats::validate(&documents);
    // Xmllint reads the DTD again for each file: a few will do, the one above has the same engine.
    let few: Vec<PathBuf> = files.iter().step_by(16).cloned().collect();
    validators::jats::xmllint(&few);
    for file in files {
        let complaints = lint(&fs::read_to_string(&file).unwrap());
        assert!(complaints.is_empty(), "{}: {complaints:?}", file.display());
    }
}

/// The article it all began with, through to the end.
#[test]
fn article_643_comes_through_whole() {
    let entries = DEMO.entries("articles.jsonl");
    let whole =
        |entry: &Entry| entry.provenance().oai_identifier == "oai:ojs.ca-c.test:article/643";
    let Some(Entry::Live(article)) = entries.into_iter().find(whole) else {
        panic!("it is not there")
    };
    let Article {
        contributors,
        journal,
        pages,
        license,
        published,
        abstracts,
        ..
    } = &*article;
    let author = &contributors[0];
    assert_eq!(
        (author.family.as_deref(), author.given.as_deref()),
        (Some("BURNASHEV"), Some("Igor"))
    );
    assert!(
        author.affiliations[0]
            .name
            .as_deref()
            .unwrap_or_default()
            .contains("Al-Farabi Kazakh National University")
    );
    assert_eq!(
        (article.volume.as_deref(), article.issue.as_deref()),
        (Some("5"), Some("6"))
    );
    assert_eq!(article.issue_year, Some(2004));
    let pages = pages.as_ref().unwrap();
    assert_eq!(
        (pages.first.as_deref(), pages.last.as_deref()),
        (Some("103"), Some("110"))
    );
    assert_eq!(journal.issn_electronic.as_deref(), Some("2002-3839"));
    assert_eq!(journal.issn_print.as_deref(), Some("1404-6091"));
    assert_eq!(published.as_ref().unwrap().date, "2004-12-31");
    assert_eq!(
        journal.title_in("en").unwrap_or_default(),
        "CENTRAL ASIA AND THE CAUCASUS"
    );
    assert_eq!(
        journal.title_in("ru").unwrap_or_default(),
        "ЦЕНТРАЛЬНАЯ АЗИЯ И КАВКАЗ"
    );
    assert_eq!(license.as_ref().unwrap().name.as_deref(), Some("CC BY 4.0"));
    assert_eq!(article.section.as_deref(), Some("REGIONAL POLITICS"));
    assert_eq!(article.references.len(), 10);
    assert!(article.references[0].raw.contains("V. Alesin"));
    let text = &abstracts[0].value;
    assert!(!text.contains("nbsp") && !text.contains('\u{a0}'));
    assert!(text.split("\n\n").count() >= 2 && text.starts_with("The attainment of independence"));

    let file = DEMO
        .jats("jats")
        .into_iter()
        .find(|path| path.to_string_lossy().contains("article-643"))
        .expect("its JATS is there");
    let jats = fs::read_to_string(file).unwrap();
    for expected in [
        "<surname>BURNASHEV</surname>",
        "Al-Farabi Kazakh National University",
        "<subject>REGIONAL POLITICS</subject>",
        "<fpage>103</fpage>",
        "<lpage>110</lpage>",
        "iso-8601-date=\"2004-12-31\"",
        "creativecommons.org/licenses/by/4.0/",
    ] {
        assert!(jats.contains(expected), "{expected} is not in {jats}");
    }
    assert_eq!(jats.matches("<mixed-citation").count(), 10);
}
