//! "The BibTeX of this journal": one command and one concept, its URL.

use super::machine::{User, commands};
use crate::cli_support::SampleJournal;

const PAGE: &str = "docs/get.md";

#[test]
fn one_command_with_a_url_writes_the_first_file() {
    let commands = commands(PAGE, "-o articles.bib");
    let words: Vec<&str> = commands[0].split_whitespace().collect();
    assert_eq!(commands.len(), 1);
    assert_eq!(words[..2], ["offprint", "get"]);
    assert!(words[2].starts_with("https://"), "{words:?}");
    assert_eq!(words[3..], ["-o", "articles.bib"]);
}

#[test]
fn gets_the_references_of_a_journal_and_later_the_changes() {
    let journal = SampleJournal::start();
    let mut user = User::new();
    let host = journal.url().strip_suffix("/index.php/cac/oai").unwrap();
    user.says("https://journal.example.org", host);

    let first = user.tries(PAGE, "-o articles.bib");
    assert_eq!(first.code, Some(0), "{first:?}");
    assert_eq!(
        user.read("articles.bib").matches("\n@article{").count() + 1,
        265
    );
    assert!(
        first.stderr.contains("run the same command again"),
        "{first:?}"
    );

    journal.journal.publish_changes();
    let second = user.tries(PAGE, "-o articles.bib");
    let expected = "1 new, 1 changed, 1 deleted, 3 unchanged in 1 request";
    assert!(second.stderr.contains(expected), "{second:?}");
    assert_eq!(user.list("."), [".cache", "articles.bib"]);
}

#[test]
fn the_address_of_the_journal_is_enough_and_a_pipe_reads_json() {
    let journal = SampleJournal::start();
    let mut user = User::new();
    let page = journal.page();
    user.says("https://journal.example.org/index.php/journal", page);
    user.says("journal:ART", "cac:GEO");
    // The articles of the sample are older than those of the page.
    user.says("--from-year 2020", "--from-year 2003");

    let piped = user.follows(PAGE, "jq -r .doi");
    assert_eq!(piped.lines().count(), 265);

    user.follows(PAGE, "--has doi -o recent.csv");
    assert!(user.read("recent.csv").lines().count() > 10);
    assert!(user.read("research.bib").contains("@article{"));
}
