//! The manager of a journal: from its URL to a page for the editors.

use super::machine::User;
use crate::cli_support::SampleJournal;

const PAGE: &str = "docs/report-card.md";

#[test]
fn a_url_gives_one_page_that_says_what_to_put_right() {
    let journal = SampleJournal::start();
    let mut user = User::new();
    let page = journal.page();
    user.says("https://journal.example.org/index.php/journal", page);

    user.follows(PAGE, "-o card.html");
    let card = user.read("card.html");
    assert!(card.len() < 1 << 20, "{} bytes", card.len());
    for part in ["CENTRAL ASIA AND THE CAUCASUS", "not in", "submission"] {
        assert!(card.contains(part), "no {part}");
    }
    assert!(!card.contains("<script"), "mail programs remove scripts");
    assert_eq!(user.list("."), [".cache", "card.html"]);
}
