//! The lint complains of each fault it knows, in a document that is otherwise sound.

use crate::articles;

use offprint::internals::export::jats::{JatsOptions, document, lint};
use rstest::rstest;

#[rstest]
#[case::no_language("lang-missing", " xml:lang=\"en\"", "")]
#[case::locale_for_language("lang-invalid", "xml:lang=\"en\"", "xml:lang=\"en_US\"")]
#[case::repeated_language("lang-repeated", "<abstract>", "<abstract xml:lang=\"en\">")]
#[case::translation_of_unknown_language(
    "lang-missing",
    "<trans-abstract xml:lang=\"ru\">",
    "<trans-abstract>"
)]
#[case::duplicate_id("id-duplicate", "id=\"ref2\"", "id=\"ref1\"")]
#[case::dangling_rid("rid-dangling", "rid=\"aff1\"", "rid=\"aff9\"")]
#[case::empty_title(
    "empty-element",
    "Oil &amp; gas pipelines</article-title>",
    "</article-title>"
)]
#[case::empty_attribute("empty-attribute", "article-type=\"other\"", "article-type=\" \"")]
#[case::text_in_abstract("abstract-text", "<abstract>", "<abstract>Bare text")]
#[case::section_in_abstract("abstract-content", "<abstract>", "<abstract><sec><p>x</p></sec>")]
#[case::break_in_abstract("abstract-break", "<p>First", "<p><break/>First")]
#[case::no_name_style("name-style", " name-style=\"western\"", "")]
#[case::wrong_name_style("name-style", "name-style=\"western\"", "name-style=\"given-only\"")]
#[case::bare_orcid("orcid", "https://orcid.org/0000", "0000")]
#[case::orcid_with_wrong_digit("orcid", "1825-0097", "1825-0098")]
#[case::silent_on_authentication("orcid", " authenticated=\"false\"", "")]
#[case::shapeless_issn("issn", "1404-6091", "14046091")]
#[case::doi_as_link(
    "doi",
    "type=\"doi\">10.37178/ca-c.00.1.01<",
    "type=\"doi\">https://doi.org/10.37178/x<"
)]
#[case::two_dois(
    "doi",
    "<article-id pub-id-type=\"pmid\">123456",
    "<article-id pub-id-type=\"doi\">10.1/2"
)]
#[case::impossible_month("date", "<month>12<", "<month>13<")]
#[case::date_says_two_things(
    "date",
    "iso-8601-date=\"2004-12-31\"",
    "iso-8601-date=\"2004-12-30\""
)]
#[case::day_without_month("date", "<month>12</month>", "")]
#[case::last_page_alone("pages", "<fpage>5</fpage>", "")]
#[case::pages_and_number("pages", "</lpage>", "</lpage><elocation-id>e1</elocation-id>")]
#[case::link_without_title("self-uri", " xlink:title=\"Galley\"", "")]
#[case::link_with_space("link-invalid", "view/382/7", "view/382 7")]
#[case::license_is_no_link(
    "link-invalid",
    ">https://creativecommons.org/licenses/by/4.0/<",
    ">CC BY<"
)]
#[case::ali_without_slash("namespace", "schemas/ali/1.0/\"", "schemas/ali/1.0\"")]
#[case::untyped_citation("citation-type", " publication-type=\"other\"", "")]
#[case::nameless("contrib-name", "<collab>CA&amp;C Press &lt;AB&gt;</collab>", "")]
#[case::two_groups_of_a_language(
    "kwd-group",
    "<kwd-group kwd-group-type=\"author\" xml:lang=\"ru\">",
    "<kwd-group>"
)]
#[case::count_is_no_number("count", "count=\"9\"", "count=\"nine\"")]
#[case::version_of_another_doctype("doctype", "dtd-version=\"1.3\"", "dtd-version=\"1.1\"")]
#[case::no_doctype("doctype", "<!DOCTYPE", "<!-- --><?x")]
#[case::not_closed("not-well-formed", "</front>", "")]
#[case::entity("not-well-formed", "Science Fund", "Science&nbsp;Fund")]
#[case::forbidden_character("forbidden-character", "Science Fund", "Science\u{1}Fund")]
#[case::padding("padded-text", "<volume>5<", "<volume> 5<")]
#[case::not_an_article("root", "article", "book")]
fn complains(#[case] rule: &str, #[case] sound: &str, #[case] faulty: &str) {
    let document = document(&articles::full(1), JatsOptions::default());
    assert_eq!(lint(&document), []);
    assert!(document.contains(sound), "{sound} is not in the document");
    let document = match (rule, sound) {
        ("root", _) => "<book/>".to_owned(),
        ("doctype", "<!DOCTYPE") => document
            .lines()
            .filter(|line| !line.starts_with("<!DOCTYPE"))
            .collect(),
        _ => document.replacen(sound, faulty, 1),
    };
    let found = lint(&document);
    assert!(
        found.iter().any(|complaint| complaint.rule == rule),
        "{rule} is not among {found:?}"
    );
}

#[test]
fn deep_nesting_is_refused() {
    let document = format!("{}{}", "<a>".repeat(100_000), "</a>".repeat(100_000));
    assert!(
        lint(&document)
            .iter()
            .any(|complaint| complaint.rule == "not-well-formed")
    );
}
