//! `offprint check`, and the report as a folder.

use std::fs;

use offprint::cli::demo::DemoJournal;
use serde_json::Value;
use tempfile::TempDir;
use tokio::runtime::Runtime;

use crate::cli_support::{done, done_with_messages, run, sample_store};

#[test]
fn the_card_of_a_url_names_shares_and_advice() {
    let runtime = Runtime::new().unwrap();
    let journal = runtime.block_on(DemoJournal::start()).unwrap();
    let here = TempDir::new().unwrap();
    let (text, _) = done_with_messages(here.path(), &["check", journal.base_url()]);
    assert!(
        text.starts_with("CENTRAL ASIA AND THE CAUCASUS: 265 articles in oai_dc\n"),
        "{text}"
    );
    assert!(text.contains("  ORCID        not in oai_dc\n"), "{text}");
    assert!(text.contains("  references   not in oai_dc\n"), "{text}");
    assert!(text.contains("132 without DOI\n"), "{text}");
    // The journal runs 3.4.
    assert!(text.contains("on the page DOIs"), "{text}");
    assert!(!here.path().join("offprint.db").exists());
}

#[test]
fn the_page_links_the_articles_and_needs_nothing_else() {
    let here = sample_store();
    done(here.path(), &["check", "cac", "-o", "card.html"]);
    let page = fs::read_to_string(here.path().join("card.html")).unwrap();
    roxmltree::Document::parse_with_options(
        &page,
        roxmltree::ParsingOptions {
            allow_dtd: true,
            ..Default::default()
        },
    )
    .unwrap();
    assert!(page.contains("How to put it right:"), "{page}");
    assert!(page.contains("/article/view/"), "{page}");
    assert!(page.contains("submission "), "{page}");
    assert!(!page.contains("<script"));
    assert!(page.len() < 200_000, "{}", page.len());
}

#[test]
fn figures_are_json_too() {
    let here = sample_store();
    let json: Value =
        serde_json::from_str(&done(here.path(), &["check", "cac", "--json"])).unwrap();
    assert_eq!(json["articles"], 265);
    let orcid = &json["subjects"][1];
    assert_eq!(
        (&orcid["subject"], &orcid["articles"]),
        (&"orcid".into(), &0.into())
    );
    assert_eq!(orcid["not_in"], "oai_dc");
}

#[test]
fn an_unknown_source_is_wrong_usage() {
    let here = sample_store();
    let output = run(here.path(), &["check", "nosuch"]);
    assert_eq!(output.status.code(), Some(2));
}

#[test]
fn a_report_folder_has_a_page_for_each_source() {
    let here = sample_store();
    done(
        here.path(),
        &[
            "harvest",
            "pages",
            "--name",
            "other",
            "--base-url",
            "https://other.example.org/oai",
        ],
    );
    done(here.path(), &["report", "-o", "report/"]);
    let index = fs::read_to_string(here.path().join("report/index.html")).unwrap();
    assert!(index.contains("href=\"sources/cac.html\""), "{index}");
    assert!(!index.contains("id=\"source-0\""));
    let page = fs::read_to_string(here.path().join("report/sources/other.html")).unwrap();
    assert!(page.contains("href=\"../index.html\""));
    assert!(page.contains("Report card"));
    let one = done(here.path(), &["report"]);
    assert!(
        one.contains("not in <bdi>oai_dc</bdi>"),
        "no share where the format has no place"
    );
    let findings = done(here.path(), &["findings"]);
    assert!(findings.starts_with("all 2 sources\n"), "{findings}");
}
