//! The crosswalk from Dublin Core, by the habits of each version of OJS and of other software.

use crate::support;

use offprint::Entry;
use offprint::article::{Article, Code, ContributorKind, LinkRel, Role, Scheme};
use offprint::internals::normalize::{
    IssnPair, Item, JournalTitle, SourceContext, article_id, normalize,
};
use rstest::rstest;
use support::{article, dublin_core, ojs, source};

const JOURNAL: &str = "https://x.org/index.php/j/oai";

fn codes(article: &Article, field: &str) -> Vec<Code> {
    article
        .findings
        .iter()
        .filter(|f| f.field == field)
        .map(|f| f.code)
        .collect()
}

fn names(article: &Article) -> Vec<(Option<&str>, Option<&str>)> {
    article
        .contributors
        .iter()
        .map(|c| (c.family.as_deref(), c.given.as_deref()))
        .collect()
}

fn ojs_item(elements: &str) -> Item {
    dublin_core("oai:x.org:article/7", &["j:ART"], elements)
}

#[test]
fn ids_depend_on_source_and_identifier_alone() {
    let id = article_id("ojs.x.org/index.php/j", "oai:ojs.pkp.sfu.ca:article/7");
    // uuid5(uuid5(NAMESPACE_URL, id_base), identifier), by Python's uuid module
    assert_eq!(id, "e26c766e-d9ae-507f-9773-3f1726d9eb6f");
    assert_ne!(
        id,
        article_id("ojs.y.org/index.php/j", "oai:ojs.pkp.sfu.ca:article/7")
    );
    let item = ojs_item("<dc:title>t</dc:title>");
    let context = SourceContext {
        id_base: "ojs.x.org/index.php/j".to_owned(),
        ..source(JOURNAL)
    };
    let moved = SourceContext {
        base_url: "https://new.org/oai".to_owned(),
        ..context.clone()
    };
    assert_eq!(
        normalize(&item, &context).id(),
        normalize(&item, &moved).id()
    );
}

#[test]
fn a_tombstone_gives_a_deletion_with_the_same_id() {
    let mut item = ojs_item("<dc:title>t</dc:title>");
    let live = normalize(&item, &source(JOURNAL));
    item.records[0].record.header.deleted = true;
    let Entry::Deleted(deletion) = normalize(&item, &source(JOURNAL)) else {
        panic!("still live")
    };
    assert_eq!(deletion.id, live.id());
    assert_eq!(deletion.provenance.sets, ["j:ART"]);
    assert_eq!(deletion.provenance.harvested_at, "2026-11-24T03:00:00Z");
}

#[rstest]
#[case::oldest(
    "2.2.4",
    "<dc:creator>John Smith; MIT, USA</dc:creator>",
    "Smith",
    "John",
    Some("MIT, USA")
)]
#[case::old(
    "2.4.2",
    "<dc:creator>Smith, John; MIT; USA</dc:creator>",
    "Smith",
    "John",
    Some("MIT; USA")
)]
#[case::new(
    "3.3.0.14",
    "<dc:creator>Smith, John</dc:creator>",
    "Smith",
    "John",
    None
)]
fn creators_by_version(
    #[case] version: &str,
    #[case] creator: &str,
    #[case] family: &str,
    #[case] given: &str,
    #[case] affiliation: Option<&str>,
) {
    let article = article(&ojs_item(creator), &ojs(JOURNAL, version));
    assert_eq!(names(&article), [(Some(family), Some(given))]);
    let names: Vec<_> = article.contributors[0]
        .affiliations
        .iter()
        .filter_map(|a| a.name.as_deref())
        .collect();
    assert_eq!(names, affiliation.into_iter().collect::<Vec<_>>());
}

#[test]
fn natural_order_is_known_by_evidence_without_a_version() {
    let article = article(
        &ojs_item(
            "<dc:creator>John Smith; MIT</dc:creator><dc:creator>Ann Lee; ETH, Zürich</dc:creator>",
        ),
        &source(JOURNAL),
    );
    assert_eq!(
        names(&article),
        [(Some("Smith"), Some("John")), (Some("Lee"), Some("Ann"))]
    );
}

const LOCALES: &str = r#"
    <dc:title xml:lang="ru">Вода</dc:title><dc:title xml:lang="en">Water</dc:title>
    <dc:creator xml:lang="en">BURNASHEV, Igor</dc:creator><dc:creator xml:lang="en">Lee, Ann</dc:creator>
    <dc:creator xml:lang="ru">БУРНАШЕВ, Игорь</dc:creator><dc:creator xml:lang="ru">Lee, Ann</dc:creator>"#;

#[test]
fn names_per_locale_become_variants_of_those_in_the_articles_language() {
    let article = article(
        &ojs_item(&format!("{LOCALES}<dc:language>rus</dc:language>")),
        &ojs(JOURNAL, "3.4.0.10"),
    );
    assert_eq!(
        names(&article),
        [
            (Some("БУРНАШЕВ"), Some("Игорь")),
            (Some("Lee"), Some("Ann"))
        ]
    );
    let variant = &article.contributors[0].variants[0];
    assert_eq!(
        (variant.lang.as_deref(), variant.family.as_deref()),
        (Some("en"), Some("BURNASHEV"))
    );
    assert_eq!(article.contributors[1].variants, []);
    assert_eq!(article.titles[0].value, "Вода");
}

#[test]
fn unaligned_names_are_findings_and_the_longest_list_wins() {
    let elements = r#"<dc:title xml:lang="ru">Вода</dc:title>
        <dc:creator xml:lang="ru">ПЕТРОВ, Игорь</dc:creator>
        <dc:creator xml:lang="en">BURNASHEV, Igor</dc:creator><dc:creator xml:lang="en">Lee, Ann</dc:creator>
        <dc:language>rus</dc:language>"#;
    let article = article(&ojs_item(elements), &ojs(JOURNAL, "3.4.0.10"));
    assert_eq!(
        names(&article),
        [
            (Some("BURNASHEV"), Some("Igor")),
            (Some("Lee"), Some("Ann"))
        ]
    );
    let finding = article
        .findings
        .iter()
        .find(|f| f.code == Code::UnalignedNames)
        .unwrap();
    assert_eq!(finding.raw, "ПЕТРОВ, Игорь");
}

#[test]
fn names_of_a_shorter_list_are_aligned_across_scripts() {
    let elements = r#"<dc:title xml:lang="en">Water</dc:title>
        <dc:creator xml:lang="en">Lee, Ann</dc:creator><dc:creator xml:lang="en">BURNASHEV, Igor</dc:creator>
        <dc:creator xml:lang="ru">БУРНАШЕВ, Игорь</dc:creator><dc:language>eng</dc:language>"#;
    let article = article(&ojs_item(elements), &ojs(JOURNAL, "3.5.0.1"));
    assert!(article.contributors[0].variants.is_empty());
    assert_eq!(article.contributors[1].variants[0].raw, "БУРНАШЕВ, Игорь");
    assert!(codes(&article, "contributors").is_empty());
}

#[test]
fn namesakes_are_two_people_where_each_author_is_named_once_per_locale() {
    let twice = r#"<dc:creator xml:lang="en">Roe, Ann</dc:creator><dc:creator xml:lang="en">Roe, Ann</dc:creator>"#;
    let namesakes = article(&ojs_item(twice), &ojs(JOURNAL, "3.5.0.1"));
    assert_eq!(names(&namesakes).len(), 2);
    let without_locale = twice.replace(" xml:lang=\"en\"", "");
    let repeated = article(&ojs_item(&without_locale), &ojs(JOURNAL, "3.3.0.1"));
    assert_eq!(names(&repeated).len(), 1);
    assert_eq!(codes(&repeated, "contributors"), [Code::DuplicateValue]);
}

#[rstest]
#[case::several_by_title(
    "<dc:language>eng</dc:language><dc:language>rus</dc:language>",
    "en",
    true
)]
#[case::none("", "en", true)]
#[case::one("<dc:language>rus</dc:language>", "ru", false)]
#[case::locale("<dc:language>fr_CA</dc:language>", "fr-CA", false)]
#[case::word("<dc:language>English</dc:language>", "en", false)]
fn language(#[case] stated: &str, #[case] tag: &str, #[case] inferred: bool) {
    let elements = format!(r#"<dc:title xml:lang="en">Water</dc:title>{stated}"#);
    let article = article(&ojs_item(&elements), &ojs(JOURNAL, "3.3.0"));
    assert_eq!(article.language.as_deref(), Some(tag));
    assert_eq!(
        codes(&article, "language").contains(&Code::InferredLanguage),
        inferred
    );
}

#[test]
fn a_language_takes_the_finer_tag_of_its_texts() {
    let elements = r#"<dc:title xml:lang="pt-BR">Água</dc:title><dc:language>por</dc:language>"#;
    assert_eq!(
        article(&ojs_item(elements), &ojs(JOURNAL, "3.3.0"))
            .language
            .as_deref(),
        Some("pt-BR")
    );
}

#[rstest]
#[case("2.4.5", &["a", "b"])]
#[case("3.4.0", &["a; b"])]
fn subjects_are_split_only_where_they_were_joined(
    #[case] version: &str,
    #[case] keywords: &[&str],
) {
    let article = article(
        &ojs_item("<dc:subject>a; b</dc:subject>"),
        &ojs(JOURNAL, version),
    );
    let values: Vec<_> = article.keywords.iter().map(|k| k.value.as_str()).collect();
    assert_eq!(values, keywords);
}

#[rstest]
#[case::labelled("<dc:type>Peer-reviewed Article</dc:type><dc:type>Case study</dc:type>", None, &["Peer-reviewed Article", "Case study"])]
#[case::named("<dc:type>Book Review</dc:type><dc:type>Essay</dc:type>", Some("Book Review"), &["Essay"])]
#[case::says_nothing("<dc:type>article</dc:type>", None, &["article"])]
fn sections(#[case] types: &str, #[case] section: Option<&str>, #[case] kept: &[&str]) {
    let elements = format!("<dc:type>info:eu-repo/semantics/article</dc:type>{types}");
    let article = article(&ojs_item(&elements), &ojs(JOURNAL, "3.3.0"));
    let kind = article.resource_type.as_ref();
    assert_eq!(
        kind.map(|kind| kind.label.as_str()),
        Some("journal article")
    );
    assert_eq!(article.section.as_deref(), section);
    let unmapped: Vec<_> = article.unmapped.iter().map(|u| u.value.as_str()).collect();
    assert_eq!(unmapped, kept);
}

#[rstest]
#[case::base_url(
    JOURNAL,
    "https://x.org/index.php/index/article/view/7",
    "https://x.org/index.php/j/article/view/7"
)]
#[case::set(
    "https://x.org/index.php/index/oai",
    "https://x.org/index.php/index/en/article/view/7",
    "https://x.org/index.php/j/en/article/view/7"
)]
#[case::clean(
    "https://x.org/j/oai",
    "https://x.org/index/article/view/7",
    "https://x.org/j/article/view/7"
)]
fn links_to_the_site_are_mended(#[case] base_url: &str, #[case] wrong: &str, #[case] right: &str) {
    let elements =
        format!("<dc:identifier>{wrong}</dc:identifier><dc:relation>{wrong}/9</dc:relation>");
    let article = article(&ojs_item(&elements), &ojs(base_url, "3.5.0.1"));
    let url = |rel| {
        article
            .links
            .iter()
            .find(|l| l.rel == rel)
            .map(|l| l.url.clone())
    };
    assert_eq!(url(LinkRel::Landing).as_deref(), Some(right));
    assert_eq!(url(LinkRel::Galley), Some(format!("{right}/9")));
    assert_eq!(
        codes(&article, "links"),
        [Code::InvalidLink, Code::InvalidLink]
    );
}

#[test]
fn each_element_has_its_own_doi() {
    let elements = "<dc:identifier>https://x.org/index.php/j/article/view/7</dc:identifier>
        <dc:identifier>10.1234/ARTICLE</dc:identifier>
        <dc:source>J; Vol. 1 No. 2 (2020); 1-2</dc:source><dc:source>10.1234/issue</dc:source>
        <dc:relation>10.1234/galley</dc:relation>";
    let article = article(&ojs_item(elements), &ojs(JOURNAL, "3.3.0"));
    let of = |scheme| {
        article
            .identifiers
            .iter()
            .find(|i| i.scheme == scheme)
            .map(|i| i.value.as_str())
    };
    assert_eq!(article.doi.as_deref(), Some("10.1234/article"));
    assert_eq!(of(Scheme::Doi), Some("10.1234/article"));
    assert_eq!(of(Scheme::IssueDoi), Some("10.1234/issue"));
    assert_eq!(of(Scheme::GalleyDoi), Some("10.1234/galley"));
    assert_eq!(of(Scheme::PublisherId), Some("7"));
    let no_own =
        ojs_item("<dc:source>10.1234/issue</dc:source><dc:relation>10.1234/galley</dc:relation>");
    assert_eq!(support::article(&no_own, &ojs(JOURNAL, "3.3.0")).doi, None);
}

#[test]
fn formats_belong_to_galleys_only_when_they_count_the_same() {
    let galleys = "<dc:relation>https://x.org/index.php/j/article/view/7/1</dc:relation>
        <dc:relation>https://x.org/index.php/j/article/view/7/2</dc:relation>";
    let two =
        format!("<dc:format>application/pdf</dc:format><dc:format>text/html</dc:format>{galleys}");
    let types = |article: &Article| -> Vec<Option<String>> {
        let galleys = article.links.iter().filter(|l| l.rel == LinkRel::Galley);
        galleys.map(|l| l.media_type.clone()).collect()
    };
    let article_two = article(&ojs_item(&two), &ojs(JOURNAL, "3.3.0"));
    assert_eq!(
        types(&article_two),
        [
            Some("application/pdf".to_owned()),
            Some("text/html".to_owned())
        ]
    );
    let one = format!("<dc:format>application/pdf</dc:format>{galleys}");
    let article_one = article(&ojs_item(&one), &ojs(JOURNAL, "3.3.0"));
    assert_eq!(types(&article_one), [None, None]);
    assert_eq!(codes(&article_one, "links.media_type"), [Code::Conflict]);
    assert!(
        article_one
            .unmapped
            .iter()
            .any(|u| u.value == "application/pdf")
    );
}

#[test]
fn one_issn_is_settled_by_the_journals_other_records() {
    let item = ojs_item("<dc:source>J; Vol. 1 (2020)</dc:source><dc:source>1404-6091</dc:source>");
    let alone = article(&item, &ojs(JOURNAL, "3.3.0"));
    assert_eq!(alone.journal.issn_unknown, ["1404-6091"]);
    assert_eq!(codes(&alone, "journal.issn_unknown"), [Code::AmbiguousIssn]);
    let mut context = ojs(JOURNAL, "3.3.0");
    let pair = IssnPair {
        electronic: "2002-3839".to_owned(),
        print: "1404-6091".to_owned(),
    };
    context.profile.issn_pairs.push(pair);
    let known = article(&item, &context);
    assert_eq!(known.journal.issn_print.as_deref(), Some("1404-6091"));
    assert_eq!(codes(&known, "journal.issn_unknown"), []);
}

#[test]
fn a_learned_title_keeps_its_separators() {
    let item = ojs_item(
        "<dc:source>Law; Economy: Society; Vol. 3 No. 1 (2020): Water; Power; 5-9</dc:source>",
    );
    let mut context = ojs(JOURNAL, "3.3.0");
    context.profile.journal_titles.push(JournalTitle {
        title: "Law; Economy: Society".to_owned(),
        lang: None,
    });
    let article = article(&item, &context);
    assert_eq!(
        article.journal.title.as_deref(),
        Some("Law; Economy: Society")
    );
    assert_eq!(article.volume.as_deref(), Some("3"));
    assert_eq!(article.issue_title.as_deref(), Some("Water; Power"));
    assert_eq!(article.pages.unwrap().last.as_deref(), Some("9"));
}

#[test]
fn ojs_contributors_are_sponsors_and_people_elsewhere() {
    let elements = "<dc:contributor>Ministry of Science</dc:contributor><dc:contributor>Doe, Jane</dc:contributor>";
    let sponsored = article(&ojs_item(elements), &ojs(JOURNAL, "2.4.8"));
    assert_eq!(sponsored.funding.len(), 2);
    assert_eq!(sponsored.contributors, []);
    let elsewhere = article(
        &dublin_core("oai:d.org:1/2", &[], elements),
        &source("https://d.org/oai/request"),
    );
    assert_eq!(elsewhere.funding, []);
    assert_eq!(
        elsewhere.contributors[0].kind,
        ContributorKind::Organization
    );
    assert_eq!(
        (elsewhere.contributors[1].role, names(&elsewhere)[1]),
        (Role::Contributor, (Some("Doe"), Some("Jane")))
    );
}

#[test]
fn other_software_is_read_without_the_habits_of_ojs() {
    let elements = r"<dc:title>Water and power</dc:title>
        <dc:creator>Doe, Jane</dc:creator><dc:creator>Doe, John; Roe, Ann</dc:creator>
        <dc:subject>water</dc:subject><dc:subject>law; economy</dc:subject>
        <dc:description>Short note</dc:description><dc:description>The abstract, which is much longer.</dc:description>
        <dc:date>2015-03-04T12:00:00Z</dc:date><dc:date>2014-05</dc:date>
        <dc:type>Article</dc:type><dc:type>PeerReviewed</dc:type>
        <dc:identifier>http://hdl.handle.net/123/456</dc:identifier>
        <dc:identifier>Doe, Jane (2014) Water and power. Journal of X, 5 (6). pp. 1-10.</dc:identifier>
        <dc:identifier>https://d.org/bitstream/123/456/1/paper.pdf</dc:identifier>
        <dc:language>en</dc:language><dc:rights>info:eu-repo/semantics/openAccess</dc:rights>";
    let article = article(
        &dublin_core("oai:d.org:123/456", &[], elements),
        &source("https://d.org/oai/request"),
    );
    assert_eq!(
        names(&article),
        [("Doe", "Jane"), ("Doe", "John"), ("Roe", "Ann")].map(|(f, g)| (Some(f), Some(g)))
    );
    assert_eq!(article.keywords.len(), 3);
    assert_eq!(
        article.abstracts[0].value,
        "The abstract, which is much longer."
    );
    assert_eq!(article.published.as_ref().unwrap().date, "2014-05");
    let kind = article.resource_type.as_ref();
    assert_eq!(
        kind.map(|kind| kind.label.as_str()),
        Some("journal article")
    );
    assert_eq!(article.section, None);
    let links: Vec<_> = article
        .links
        .iter()
        .map(|l| (l.rel, l.url.as_str()))
        .collect();
    assert_eq!(
        links,
        [
            (LinkRel::Landing, "http://hdl.handle.net/123/456"),
            (
                LinkRel::Fulltext,
                "https://d.org/bitstream/123/456/1/paper.pdf"
            )
        ]
    );
    assert_eq!(
        (
            article.identifiers[0].scheme,
            article.identifiers[0].value.as_str()
        ),
        (Scheme::Handle, "123/456")
    );
    for kept in [
        "Short note",
        "PeerReviewed",
        "2015-03-04T12:00:00Z",
        "info:eu-repo/semantics/openAccess",
    ] {
        assert!(
            article.unmapped.iter().any(|u| u.value == kept),
            "{kept} is lost"
        );
    }
    assert!(
        article
            .unmapped
            .iter()
            .any(|u| u.element == "dc:identifier" && u.value.contains("Journal of X"))
    );
}

#[test]
fn unreadable_values_are_findings() {
    let mut item = ojs_item("");
    item.records[0].record.metadata = Some("<ead><titleproper>x</titleproper></ead>".to_owned());
    assert_eq!(
        codes(&article(&item, &source(JOURNAL)), "oai_dc"),
        [Code::Unread]
    );
    item.records[0].record.metadata = None;
    assert_eq!(
        codes(&article(&item, &source(JOURNAL)), "oai_dc"),
        [Code::UnreadableMetadata]
    );
    item.records[0].record.metadata = Some("<dc><title>kept</title><creator>x <".to_owned());
    let broken = article(&item, &source(JOURNAL));
    assert_eq!(broken.titles[0].value, "kept");
    assert!(codes(&broken, "oai_dc").contains(&Code::UnreadableMetadata));
    item.records.clear();
    assert_eq!(article(&item, &source(JOURNAL)).titles, []);
}

mod nothing_is_lost {
    use proptest::prelude::*;

    use super::*;

    /// Words of letters that no table knows, so that they are neither labels nor placeholders.
    fn text() -> impl Strategy<Value = String> {
        let word = "[b-df-hj-np-tv-z]{3}[aou][b-df-hj-np-tv-z]{3}";
        let joint = prop::sample::select(vec![
            " ", ", ", "; ", ": ", " - ", ". ", " (", ") ", "  ", "/", "\n",
        ]);
        prop::collection::vec((word, joint), 1..8).prop_map(|parts| {
            parts
                .into_iter()
                .map(|(word, joint)| word + joint)
                .collect::<String>()
        })
    }

    fn element() -> impl Strategy<Value = (&'static str, Option<&'static str>, String)> {
        let names = vec![
            "title",
            "creator",
            "subject",
            "description",
            "publisher",
            "contributor",
            "date",
            "type",
            "format",
            "identifier",
            "source",
            "language",
            "relation",
            "coverage",
            "rights",
            "audience",
            "abstract",
        ];
        let langs = vec![None, Some("en"), Some("ru"), Some("en-US"), Some("x-none-")];
        (
            prop::sample::select(names),
            prop::sample::select(langs),
            text(),
        )
    }

    proptest! {
        #[test]
        fn every_word_is_in_the_article(
            elements in prop::collection::vec(element(), 1..12),
            version in prop::sample::select(vec![None, Some("2.2.1"), Some("2.4.2"), Some("3.1.0"), Some("3.4.0.5")]),
        ) {
            let mut xml = String::new();
            for (name, lang, value) in &elements {
                let lang = lang.map(|lang| format!(" xml:lang='{lang}'")).unwrap_or_default();
                xml.extend(["<dc:", name, &lang, ">", value, "</dc:", name, ">"]);
            }
            let context = version.map_or_else(|| source(JOURNAL), |version| ojs(JOURNAL, version));
            for identifier in ["oai:x.org:article/7", "oai:d.org:1/2"] {
                let article = article(&dublin_core(identifier, &[], &xml), &context);
                let kept = serde_json::to_string(&article).unwrap().to_lowercase();
                for (name, _, value) in &elements {
                    for word in value.split(|c: char| !c.is_alphabetic()).filter(|word| !word.is_empty()) {
                        prop_assert!(kept.contains(word), "{word} of {name} is lost: {kept}");
                    }
                }
            }
        }
    }
}

/// EPrints: the files lie below the page, and the journal stands behind the title in a citation.
#[test]
fn a_citation_among_the_identifiers() {
    let item = dublin_core(
        "oai:eprints.x.ac.uk:123",
        &[],
        "<dc:relation>http://eprints.x.ac.uk/123/</dc:relation><dc:title>On Things</dc:title>
        <dc:identifier>http://eprints.x.ac.uk/123/1/paper.pdf</dc:identifier>
        <dc:identifier>Smith, John (2004) On Things. Journal of Things, 5 (2). pp. 3-14. ISSN 2002-3839</dc:identifier>",
    );
    let article = article(&item, &source("http://eprints.x.ac.uk/cgi/oai2"));
    assert_eq!(article.journal.title.as_deref(), Some("Journal of Things"));
    assert_eq!(article.journal.issn_unknown, ["2002-3839"]);
    assert_eq!(
        (article.volume.as_deref(), article.issue.as_deref()),
        (Some("5"), Some("2"))
    );
    assert_eq!(article.pages.unwrap().last.as_deref(), Some("14"));
    assert_eq!(
        article.provenance.fields.get("volume").unwrap_or_default(),
        "oai_dc:identifier"
    );
    let landing = article
        .links
        .iter()
        .find(|link| link.rel == LinkRel::Landing)
        .unwrap();
    assert_eq!(landing.url, "http://eprints.x.ac.uk/123/");
    assert!(
        article
            .unmapped
            .iter()
            .any(|u| u.value.starts_with("Smith, John (2004)"))
    );
}

#[test]
fn elements_that_janeway_adds() {
    let item = dublin_core(
        "oai:OLH:id:1",
        &[],
        "<dc:articleTitle>On Things</dc:articleTitle><dc:title>On Things</dc:title>
        <dc:volume>6</dc:volume><dc:issue>1</dc:issue><dc:journalTitle>Journal One</dc:journalTitle>
        <dc:identifier>https://olh.org/article/id/1/</dc:identifier>
        <dc:fullTextUrl>https://olh.org/article/id/1/</dc:fullTextUrl><dc:source>2002-3839</dc:source>",
    );
    let article = article(&item, &source("https://olh.org/api/oai/"));
    assert_eq!(article.titles.len(), 1);
    assert_eq!(article.journal.title.as_deref(), Some("Journal One"));
    assert_eq!(
        (article.volume.as_deref(), article.issue.as_deref()),
        (Some("6"), Some("1"))
    );
    assert_eq!(article.links.len(), 1);
    assert_eq!(article.unmapped, []);
}

#[rstest]
// both ISSNs in one element
#[case("<dc:source>J; Vol. 1; 1-2</dc:source><dc:source>2002-3839; 1404-6091</dc:source>", |a: &Article| {
    (a.journal.issn_electronic.as_deref(), a.journal.issn_print.as_deref()) == (Some("2002-3839"), Some("1404-6091"))
})]
#[case("<dc:source>##journal.title##; Vol. 1; 1-2</dc:source>", |a: &Article| {
    a.journal.title.is_none() && a.volume.as_deref() == Some("1")
})]
#[case("<dc:source>J; Vol. 1: Title; -</dc:source>", |a: &Article| {
    a.pages.is_none() && a.issue_title.as_deref() == Some("Title") && codes(a, "pages") == [Code::EmptyValue]
})]
#[case("<dc:subject>R&amp;amp;D; Policy</dc:subject>", |a: &Article| a.keywords.len() == 1)]
#[case("<dc:subject>كلمة؛ كلمة أخرى؛ ثالثة</dc:subject>", |a: &Article| a.keywords.len() == 3)]
#[case("<dc:identifier>http://x.org/a b</dc:identifier>", |a: &Article| codes(a, "links") == [Code::InvalidLink])]
#[case("<dc:description>N/A</dc:description>", |a: &Article| {
    a.abstracts.is_empty() && codes(a, "abstracts") == [Code::Placeholder]
})]
#[case("<dc:creator>https://orcid.org/0000-0002-1825-0097</dc:creator>", |a: &Article| {
    a.contributors.is_empty() && a.unmapped.len() == 1
})]
#[case("<dc:date>2004-05-17/2004-05-31</dc:date>", |a: &Article| {
    a.published.as_ref().is_some_and(|date| date.date == "2004-05") && codes(a, "published") == [Code::PartialDate]
})]
#[case("<dc:language>http://id.loc.gov/vocabulary/iso639-2/eng</dc:language>", |a: &Article| {
    a.language.as_deref() == Some("en")
})]
fn values_that_journals_send(#[case] elements: &str, #[case] holds: fn(&Article) -> bool) {
    let article = article(&ojs_item(elements), &source(JOURNAL));
    assert!(
        holds(&article),
        "{elements}: {}",
        serde_json::to_string_pretty(&article).unwrap()
    );
}
