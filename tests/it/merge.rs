//! One article from a record and a landing page.

use crate::support;

use offprint::article::{Article, Code, LinkRel};
use offprint::internals::normalize::{Item, LANDING_PAGE};
use support::{article, dublin_core, ojs, with_landing_page};

const RECORD: &str = r#"
    <dc:title xml:lang="en">Problems  Prospects</dc:title><dc:title xml:lang="ru">Вода</dc:title>
    <dc:creator xml:lang="en">Burnashev, Igor</dc:creator><dc:creator xml:lang="en">Lee, Ann</dc:creator>
    <dc:creator xml:lang="ru">Бурнашев, Игорь</dc:creator><dc:creator xml:lang="ru">Ли, Анн</dc:creator>
    <dc:description xml:lang="ru">Короткая.</dc:description>
    <dc:date>2004</dc:date><dc:type>info:eu-repo/semantics/article</dc:type>
    <dc:type>Peer-reviewed Article</dc:type>
    <dc:format>text/html</dc:format><dc:format>application/pdf</dc:format>
    <dc:identifier>https://x.org/index.php/j/article/view/7</dc:identifier>
    <dc:source xml:lang="en">J; Vol. 5 No. 6 (2004)</dc:source><dc:source>2002-3839</dc:source>
    <dc:relation>https://x.org/index.php/j/article/view/7/1</dc:relation>
    <dc:relation>https://x.org/index.php/j/article/view/7/2</dc:relation>
    <dc:rights>Copyright (c) 2004 J</dc:rights>"#;

fn merged(tags: &[(&str, &str)]) -> Article {
    article(
        &item(tags),
        &ojs("https://x.org/index.php/j/oai", "3.4.0.10"),
    )
}

fn item(tags: &[(&str, &str)]) -> Item {
    let escape = |text: &str| {
        text.replace('&', "&amp;")
            .replace('<', "&lt;")
            .replace('"', "&quot;")
    };
    let tags: Vec<String> = tags
        .iter()
        .map(|(name, value)| format!(r#"<meta name="{name}" content="{}">"#, escape(value)))
        .collect();
    let record = dublin_core("oai:x.org:article/7", &["j:ART"], RECORD);
    with_landing_page(
        record,
        &format!("<!DOCTYPE html><html><head>{}</head></html>", tags.concat()),
    )
}

fn conflicts(article: &Article) -> Vec<(&str, &str)> {
    let conflicts = article.findings.iter().filter(|f| f.code == Code::Conflict);
    conflicts
        .map(|f| (f.field.as_str(), f.raw.as_str()))
        .collect()
}

#[test]
fn affiliations_go_to_the_names_they_follow_whatever_the_order() {
    let article = merged(&[
        ("citation_language", "en"),
        ("citation_author", "Ann Lee"),
        ("citation_author_institution", "ETH"),
        (
            "citation_author_orcid",
            "https://orcid.org/0000-0002-1825-0097",
        ),
        ("citation_author", "Игорь Бурнашев"),
        ("citation_author_institution", "Al-Farabi University"),
        ("citation_author_institution", "Institute; of Law"),
    ]);
    let affiliations: Vec<Vec<&str>> = article
        .contributors
        .iter()
        .map(|c| {
            c.affiliations
                .iter()
                .map(|a| a.name.as_deref().unwrap_or_default())
                .collect()
        })
        .collect();
    assert_eq!(
        affiliations,
        [
            vec!["Al-Farabi University", "Institute; of Law"],
            vec!["ETH"]
        ]
    );
    assert_eq!(article.contributors[0].family.as_deref(), Some("Burnashev"));
    assert_eq!(
        article.contributors[1].orcid.as_deref(),
        Some("https://orcid.org/0000-0002-1825-0097")
    );
    assert_eq!(
        article
            .provenance
            .fields
            .get("contributors")
            .unwrap_or_default(),
        "oai_dc:creator"
    );
    assert_eq!(
        article
            .provenance
            .fields
            .get("contributors.affiliations")
            .unwrap_or_default(),
        "landing_page:citation_author_institution"
    );
    assert_eq!(conflicts(&article), []);
}

#[test]
fn a_stranger_on_the_page_is_a_conflict_and_is_not_lost() {
    let article = merged(&[
        ("citation_author", "Jane Doe"),
        ("citation_author_institution", "MIT"),
    ]);
    assert_eq!(article.contributors.len(), 2);
    assert_eq!(conflicts(&article), [("contributors", "Jane Doe")]);
    assert!(
        article
            .unmapped
            .iter()
            .any(|u| u.element.contains("Jane Doe") && u.value == "MIT")
    );
}

#[test]
fn the_page_settles_what_the_record_left_open() {
    let article = merged(&[
        ("citation_language", "ru"),
        ("citation_title", "Problems <and> Prospects"),
        ("DC.Title.Alternative", "Вода"),
        ("citation_date", "2004/12/31"),
        ("citation_firstpage", "103"),
        ("citation_lastpage", "110"),
        ("DC.Type.articleType", "REGIONAL POLITICS"),
        (
            "citation_pdf_url",
            "https://x.org/index.php/j/article/download/7/1",
        ),
    ]);
    assert_eq!(article.language.as_deref(), Some("ru"));
    assert_eq!(article.published.as_ref().unwrap().date, "2004-12-31");
    assert_eq!(article.section.as_deref(), Some("REGIONAL POLITICS"));
    let pages = article.pages.as_ref().unwrap();
    assert_eq!(
        (pages.first.as_deref(), pages.last.as_deref()),
        (Some("103"), Some("110"))
    );
    // the page says which file is the PDF; the order of the formats said otherwise
    let types: Vec<_> = article
        .links
        .iter()
        .filter(|l| l.rel != LinkRel::Landing)
        .map(|l| l.media_type.as_deref())
        .collect();
    let (pdf, html) = (Some("application/pdf"), Some("text/html"));
    assert_eq!(types[..2], [pdf, pdf]);
    assert_ne!(types[2], html);
    assert!(conflicts(&article).contains(&("links.media_type", "text/html")));
}

#[test]
fn completes_a_truncated_title_from_the_landing_page() {
    let article = merged(&[
        ("citation_language", "en"),
        ("citation_title", "Problems <and> Prospects"),
    ]);
    assert_eq!(article.titles[0].value, "Problems <and> Prospects");
    assert_eq!(article.titles[1].value, "Вода");
    assert_eq!(conflicts(&article), [("titles", "Problems Prospects")]);
}

#[test]
fn the_record_holds_where_both_speak_and_the_difference_is_a_conflict() {
    let article = merged(&[
        ("citation_language", "en"),
        ("citation_volume", "6"),
        ("citation_issn", "2002-3839"),
        ("citation_doi", "10.1234/X"),
        ("DC.Rights", "Copyright (c) 2005 K"),
        ("DC.Identifier", "7"),
        (
            "citation_abstract_html_url",
            "http://x.org/index.php/j/article/view/7/",
        ),
        ("citation_abstract", "Another language."),
    ]);
    assert_eq!(article.volume.as_deref(), Some("5"));
    assert_eq!(
        article.copyright.as_ref().unwrap().holder.as_deref(),
        Some("J")
    );
    assert_eq!(
        conflicts(&article),
        [("volume", "6"), ("copyright", "Copyright (c) 2005 K")]
    );
    assert_eq!(article.doi.as_deref(), Some("10.1234/x"));
    assert_eq!(
        article.provenance.fields.get("doi").unwrap_or_default(),
        "landing_page:citation_doi"
    );
    assert_eq!(article.journal.issn_unknown, ["2002-3839"]);
    assert_eq!(
        article
            .links
            .iter()
            .filter(|l| l.rel == LinkRel::Landing)
            .count(),
        1
    );
    let langs: Vec<_> = article
        .abstracts
        .iter()
        .map(|a| a.lang.as_deref())
        .collect();
    assert_eq!(langs, [Some("ru"), Some("en")]);
}

#[test]
fn references_stay_raw_and_their_dois_are_found() {
    let raw = "A. Author, <i>Title</i> & Subtitle, 1999. https://doi.org/10.1000/XYZ1.";
    let article = merged(&[
        ("citation_reference", raw),
        ("citation_reference", "No DOI, 2001, p. 10."),
    ]);
    assert_eq!(article.references[0].raw, raw);
    assert_eq!(article.references[0].doi.as_deref(), Some("10.1000/xyz1"));
    assert_eq!(article.references[1].doi, None);
}

#[test]
fn ignores_a_page_that_is_not_an_article() {
    let alone = article(
        &dublin_core("oai:x.org:article/7", &["j:ART"], RECORD),
        &ojs("https://x.org/index.php/j/oai", "3.4.0.10"),
    );
    let mut wall = merged(&[("robots", "noindex")]);
    let finding = wall.findings.pop().unwrap();
    assert_eq!(
        (finding.code, finding.field.as_str()),
        (Code::UnreadableMetadata, LANDING_PAGE)
    );
    wall.provenance.metadata_prefixes.pop();
    assert_eq!(wall, alone);
}

#[test]
fn a_page_alone_gives_an_article_whose_names_are_whole() {
    let mut item = item(&[
        ("citation_title", "Water"),
        ("citation_author", "Maria Silva Santos"),
    ]);
    item.records.remove(0);
    let article = article(&item, &ojs("https://x.org/index.php/j/oai", "3.4.0.10"));
    assert_eq!(article.titles[0].value, "Water");
    assert_eq!(article.contributors[0].raw, "Maria Silva Santos");
    assert!(article.findings.iter().any(|f| f.code == Code::UnsplitName));
}
