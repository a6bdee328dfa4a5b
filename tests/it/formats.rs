//! Formats beside Dublin Core, as articles.

#![expect(clippy::unwrap_used, reason = "a test without its value has failed")]

use crate::support;

use offprint::Entry;
use offprint::article::{Article, Code, ContributorKind, LinkRel, Role, Scheme};
use offprint::internals::normalize::{FormatRecord, Item, normalize};
use offprint::internals::oai::{Header, Record};
use proptest::prelude::*;
use support::{article, format_record, ojs, sample, source};

const OJS: &str = "oai:x.org:article/7";

fn record(prefix: &str, xml: &str) -> FormatRecord {
    let header = Header {
        identifier: OJS.to_owned(),
        ..Header::default()
    };
    format_record(
        Record {
            header,
            metadata: Some(xml.to_owned()),
            ..Record::default()
        },
        prefix,
    )
}

fn item(records: &[(&str, &str)]) -> Item {
    let records = records
        .iter()
        .map(|(prefix, xml)| record(prefix, xml))
        .collect();
    Item {
        identifier: OJS.to_owned(),
        records,
    }
}

/// From a journal of OJS.
fn of_ojs(records: &[(&str, &str)]) -> Article {
    article(
        &item(records),
        &ojs("https://x.org/index.php/j/oai", "3.4.0.10"),
    )
}

/// From software that nothing is known of.
fn of_others(records: &[(&str, &str)]) -> Article {
    let mut item = item(records);
    "oai:y.org:7".clone_into(&mut item.identifier);
    for record in &mut item.records {
        record.record.header.identifier.clone_from(&item.identifier);
    }
    article(&item, &source("https://y.org/oai"))
}

fn conflicts(article: &Article) -> Vec<(&str, &str)> {
    let conflicts = article.findings.iter().filter(|f| f.code == Code::Conflict);
    conflicts
        .map(|f| (f.field.as_str(), f.raw.as_str()))
        .collect()
}

fn names(article: &Article) -> Vec<(Option<&str>, Option<&str>)> {
    article
        .contributors
        .iter()
        .map(|c| (c.family.as_deref(), c.given.as_deref()))
        .collect()
}

/// Article 643 in one format alone.
fn recorded(prefix: &str) -> Article {
    let items = support::items(&sample(&format!(
        "ojs-3.4-cac/cac-getrecord-643-{prefix}.xml"
    )));
    let mut item = items.into_iter().next().unwrap();
    prefix.clone_into(&mut item.records[0].metadata_prefix);
    article(
        &item,
        &ojs("http://127.0.0.1:8081/index.php/cac/oai", "3.4.0.10"),
    )
}

#[test]
fn the_first_article_in_every_recorded_format() {
    for prefix in [
        "marcxml",
        "oai_marc",
        "rfc1807",
        "jats",
        "oai_openaire_jats",
    ] {
        let article = recorded(prefix);
        let of = |what: &str| format!("{prefix}: {what}");
        assert!(
            article.titles[0].value.starts_with("SPECIFIC FEATURES"),
            "{}",
            of("title")
        );
        assert_eq!(
            names(&article),
            [(Some("BURNASHEV"), Some("Igor"))],
            "{}",
            of("authors")
        );
        let affiliation = article.contributors[0].affiliations[0].name.as_deref();
        let affiliation = affiliation.unwrap_or_default();
        assert!(
            affiliation.starts_with("Ph.D. (Political Science)"),
            "{}",
            of(affiliation)
        );
        assert!(
            affiliation.ends_with("(Almaty, Kazakhstan)"),
            "{}",
            of(affiliation)
        );
        let issue = (article.volume.as_deref(), article.issue.as_deref());
        assert_eq!(issue, (Some("5"), Some("6")), "{}", of("issue"));
        assert_eq!(
            article.published.as_ref().unwrap().date,
            "2004-12-31",
            "{}",
            of("date")
        );
        assert_eq!(
            article.language.as_deref(),
            Some("en"),
            "{}",
            of("language")
        );
        assert!(
            article.abstracts[0]
                .value
                .starts_with("The attainment of independence"),
            "{}",
            of("abstract")
        );
        assert!(
            article.abstracts[0]
                .value
                .contains("\n\nBelarus and Kazakhstan"),
            "{}",
            of("paragraphs")
        );
        assert_eq!(
            article.journal.publisher.as_deref(),
            Some("CA&C Press AB"),
            "{}",
            of("publisher")
        );
        let landing = article
            .links
            .iter()
            .find(|link| link.rel == LinkRel::Landing)
            .unwrap();
        assert!(
            landing.url.ends_with("/article/view/643"),
            "{}",
            of(&landing.url)
        );
        if prefix != "rfc1807" {
            assert_eq!(
                article.journal.title.as_deref(),
                Some("CENTRAL ASIA AND THE CAUCASUS"),
                "{}",
                of("journal")
            );
            let issns = (
                article.journal.issn_electronic.as_deref(),
                article.journal.issn_print.as_deref(),
            );
            assert_eq!(
                issns,
                (Some("2002-3839"), Some("1404-6091")),
                "{}",
                of("issn")
            );
            let copyright = article.copyright.as_ref().unwrap();
            assert_eq!(copyright.year, Some(2004), "{}", of("copyright"));
        }
        if !prefix.contains("marc") {
            assert_eq!(
                article.pages.as_ref().unwrap().raw,
                "103-110",
                "{}",
                of("pages")
            );
        }
        assert_eq!(
            article
                .provenance
                .fields
                .get("titles")
                .unwrap_or_default()
                .split(':')
                .next(),
            Some(prefix)
        );
        assert_eq!(conflicts(&article), [], "{}", of("conflicts"));
    }
    let jats = recorded("jats");
    assert_eq!(jats.references.len(), 10);
    assert_eq!(jats.section.as_deref(), Some("REGIONAL POLITICS"));
    let galley = jats
        .links
        .iter()
        .find(|link| link.rel == LinkRel::Galley)
        .unwrap();
    assert_eq!(galley.media_type.as_deref(), Some("application/pdf"));
    assert_eq!(
        recorded("oai_openaire_jats")
            .journal
            .abbreviation
            .as_deref(),
        Some("CAC")
    );
    assert_eq!(
        recorded("oai_openaire_jats")
            .resource_type
            .map(|kind| kind.label)
            .as_deref(),
        Some("research article")
    );
}

#[test]
fn a_volume_written_twice_and_the_first_day_of_unix_time() {
    let jats = r#"<article xml:lang="en"><front><article-meta><title-group><article-title>Water</article-title></title-group>
        <pub-date date-type="pub" publication-format="epub"><day>01</day><month>01</month><year>1970</year></pub-date>
        <volume>55</volume><issue>6</issue></article-meta></front></article>"#;
    let dc = r#"<dc><dc:title xml:lang="en">Water</dc:title><dc:source xml:lang="en">J; Vol. 5 No. 6 (2004)</dc:source></dc>"#;
    let alone = of_ojs(&[("jats", jats)]);
    assert_eq!(alone.published, None);
    assert!(
        alone
            .findings
            .iter()
            .any(|f| f.code == Code::InvalidDate && f.raw == "1970-01-01")
    );
    assert_eq!(
        alone.volume.as_deref(),
        Some("55"),
        "nothing says that it is not the fifty-fifth"
    );
    let both = of_ojs(&[("oai_dc", dc), ("jats", jats)]);
    assert_eq!(both.volume.as_deref(), Some("5"));
    assert_eq!(conflicts(&both), []);
    assert!(
        both.findings
            .iter()
            .any(|f| f.code == Code::DuplicateValue && f.field == "volume" && f.raw == "55")
    );
}

#[test]
fn co_authors_without_a_reference_keep_the_affiliation_apart() {
    let jats = r#"<article xml:lang="en"><front><article-meta><contrib-group>
        <contrib><name><surname>A</surname><given-names>X</given-names></name><xref ref-type="aff" rid="aff-1"/></contrib>
        <contrib><name><surname>B</surname><given-names>Y</given-names></name></contrib></contrib-group>
        <aff id="aff-1">ETH</aff><aff id="aff-2">MIT</aff></article-meta></front></article>"#;
    let article = of_ojs(&[("jats", jats)]);
    assert_eq!(
        article.contributors[0].affiliations[0].name.as_deref(),
        Some("ETH")
    );
    assert!(article.contributors[1].affiliations.is_empty());
    assert!(
        article
            .unmapped
            .iter()
            .any(|u| u.element == "jats:aff" && u.value == "MIT")
    );
    let marc = r#"<record><datafield tag="720" ind1="1"><subfield code="a">A, X</subfield><subfield code="u">ETH</subfield></datafield>
        <datafield tag="720" ind1="1"><subfield code="a">B, Y</subfield><subfield code="u">MIT</subfield></datafield></record>"#;
    let both = of_ojs(&[("jats", jats), ("marcxml", marc)]);
    let affiliations: Vec<usize> = both
        .contributors
        .iter()
        .map(|c| c.affiliations.len())
        .collect();
    assert_eq!(
        (
            affiliations,
            both.contributors[1].affiliations[0]
                .name
                .as_deref()
                .unwrap_or_default()
        ),
        (vec![1, 1], "MIT")
    );
}

#[test]
fn the_languages_of_the_galleys_are_not_the_articles() {
    let dc = r#"<dc><dc:title xml:lang="en">Water</dc:title><dc:title xml:lang="ru">Вода</dc:title>
        <dc:description xml:lang="ru">Раз.</dc:description><dc:language>rus</dc:language></dc>"#;
    let jats = r#"<article xml:lang="en"><front><article-meta><title-group><article-title>Water</article-title></title-group></article-meta></front></article>"#;
    assert_eq!(of_ojs(&[("oai_dc", dc)]).language.as_deref(), Some("ru"));
    let both = of_ojs(&[("oai_dc", dc), ("jats", jats)]);
    assert_eq!(both.language.as_deref(), Some("en"));
    assert_eq!(both.titles[0].value, "Water");
    assert_eq!(
        both.provenance.fields.get("language").unwrap_or_default(),
        "jats:article/@xml:lang"
    );
    assert!(
        both.unmapped
            .iter()
            .any(|u| u.element == "dc:language" && u.value == "rus")
    );
}

#[test]
fn richer_names_part_roles_and_strangers() {
    let dc = "<dc><dc:title>W</dc:title><dc:creator>Maria Silva Santos</dc:creator><dc:contributor>Roe, Ann</dc:contributor></dc>";
    let jats = r#"<article xml:lang="en"><front><article-meta><contrib-group>
        <contrib contrib-type="author"><name><surname>Silva Santos</surname><given-names>Maria</given-names></name></contrib>
        <contrib contrib-type="translator"><name><surname>ROE</surname><given-names>Ann</given-names></name></contrib>
        <contrib contrib-type="author"><collab>Water Group</collab></contrib></contrib-group></article-meta></front></article>"#;
    let article = of_others(&[("oai_dc", dc), ("jats", jats)]);
    assert_eq!(
        names(&article)[..2],
        [
            (Some("Silva Santos"), Some("Maria")),
            (Some("Roe"), Some("Ann"))
        ]
    );
    assert_eq!(article.contributors[1].role, Role::Translator);
    assert_eq!(article.contributors[2].kind, ContributorKind::Organization);
    assert!(
        article.findings.iter().all(|f| f.code != Code::UnsplitName),
        "{:?}",
        article.findings
    );
    assert_eq!(conflicts(&article), []);
}

#[test]
fn subtitles_and_quotes_do_not_conflict() {
    let dc = r#"<dc><dc:title xml:lang="en">The “Great” Game: A Study</dc:title><dc:rights>Copyright (c) 2004 J</dc:rights></dc>"#;
    let jats = r#"<article xml:lang="en"><front><article-meta><title-group><article-title>THE "GREAT"  GAME</article-title><subtitle>A study</subtitle></title-group>
        <permissions><copyright-statement>Copyright (c) 2004  J</copyright-statement><copyright-year>2004</copyright-year></permissions></article-meta></front></article>"#;
    let marc = r#"<record><datafield tag="245"><subfield code="a">The &quot;Great&quot; game</subfield></datafield></record>"#;
    let article = of_ojs(&[("oai_dc", dc), ("jats", jats), ("marcxml", marc)]);
    assert_eq!(conflicts(&article), []);
    assert_eq!(article.titles.len(), 1);
    assert_eq!(article.titles[0].value, "The “Great” Game: A Study");
    // a volume that differs is one
    let other = jats.replace("<permissions>", "<volume>6</volume><permissions>");
    let dc = dc.replace(
        "<dc:rights>",
        r#"<dc:source xml:lang="en">J; Vol. 5 No. 1 (2004)</dc:source><dc:rights>"#,
    );
    let article = of_ojs(&[("oai_dc", &dc), ("jats", &other)]);
    assert_eq!(conflicts(&article), [("volume", "5")]);
}

/// As a library catalogs an article, with the punctuation of ISBD.
#[test]
fn marc_of_a_library() {
    let marc = r#"<marc:record xmlns:marc="http://www.loc.gov/MARC21/slim"><marc:leader>00000nab a22000007i 4500</marc:leader>
        <marc:controlfield tag="001">123</marc:controlfield><marc:controlfield tag="008">200101s2004    xx       o     000 0 eng d</marc:controlfield>
        <marc:datafield tag="024" ind1="7" ind2=" "><marc:subfield code="a">10.1234/ABC</marc:subfield><marc:subfield code="2">doi</marc:subfield></marc:datafield>
        <marc:datafield tag="041" ind1=" " ind2=" "><marc:subfield code="a">ger</marc:subfield></marc:datafield>
        <marc:datafield tag="100" ind1="1" ind2=" "><marc:subfield code="a">Doe, Jane A.,</marc:subfield><marc:subfield code="e">author.</marc:subfield>
        <marc:subfield code="1">https://orcid.org/0000-0002-1825-0097</marc:subfield></marc:datafield>
        <marc:datafield tag="245" ind1="1" ind2="0"><marc:subfield code="a">Wasser :</marc:subfield><marc:subfield code="b">eine Studie /</marc:subfield><marc:subfield code="c">Jane Doe</marc:subfield></marc:datafield>
        <marc:datafield tag="264" ind1=" " ind2="1"><marc:subfield code="a">Wien :</marc:subfield><marc:subfield code="b">Verlag,</marc:subfield><marc:subfield code="c">[2004]</marc:subfield></marc:datafield>
        <marc:datafield tag="520" ind1="3" ind2=" "><marc:subfield code="a">Ein Text.</marc:subfield></marc:datafield>
        <marc:datafield tag="540" ind1=" " ind2=" "><marc:subfield code="a">CC BY 4.0</marc:subfield><marc:subfield code="u">https://creativecommons.org/licenses/by/4.0/</marc:subfield></marc:datafield>
        <marc:datafield tag="650" ind1=" " ind2="0"><marc:subfield code="a">Water</marc:subfield><marc:subfield code="z">Austria.</marc:subfield></marc:datafield>
        <marc:datafield tag="700" ind1="1" ind2=" "><marc:subfield code="a">Roe, Ann,</marc:subfield><marc:subfield code="4">trl</marc:subfield></marc:datafield>
        <marc:datafield tag="710" ind1="2" ind2=" "><marc:subfield code="a">Universität Wien.</marc:subfield><marc:subfield code="b">Institut für Wasser.</marc:subfield><marc:subfield code="4">aut</marc:subfield></marc:datafield>
        <marc:datafield tag="773" ind1="0" ind2=" "><marc:subfield code="t">Zeitschrift.</marc:subfield><marc:subfield code="g">5:6&lt;103</marc:subfield><marc:subfield code="g">Vol. 5, no. 6 (2004), p. 103-110</marc:subfield><marc:subfield code="x">2002-3839</marc:subfield></marc:datafield>
        <marc:datafield tag="856" ind1="4" ind2="0"><marc:subfield code="u">https://y.org/a.pdf</marc:subfield><marc:subfield code="q">application/pdf</marc:subfield></marc:datafield>
        <marc:datafield tag="500" ind1=" " ind2=" "><marc:subfield code="a">A note.</marc:subfield></marc:datafield>
        </marc:record>"#;
    let article = of_others(&[("marc21", marc)]);
    assert_eq!(article.titles[0].value, "Wasser: eine Studie");
    assert_eq!(article.titles[0].subtitle.as_deref(), Some("eine Studie"));
    assert_eq!(article.language.as_deref(), Some("de"));
    assert_eq!(
        (article.issue_title.as_deref(), article.volume.as_deref()),
        (None, Some("5"))
    );
    assert_eq!(
        article
            .pages
            .as_ref()
            .and_then(|pages| pages.last.as_deref()),
        Some("110")
    );
    assert_eq!(
        names(&article)[..2],
        [(Some("Doe"), Some("Jane A.")), (Some("Roe"), Some("Ann"))]
    );
    assert_eq!(
        article.contributors[0].orcid.as_deref(),
        Some("https://orcid.org/0000-0002-1825-0097")
    );
    assert_eq!(article.contributors[1].role, Role::Translator);
    assert_eq!(
        article.contributors[2].raw,
        "Universität Wien. Institut für Wasser"
    );
    assert_eq!(article.doi.as_deref(), Some("10.1234/abc"));
    assert_eq!(article.published.as_ref().unwrap().date, "2004");
    assert_eq!(article.journal.title.as_deref(), Some("Zeitschrift"));
    assert_eq!(article.journal.publisher.as_deref(), Some("Verlag"));
    assert_eq!(article.journal.issn_unknown, ["2002-3839"]);
    let issue = (
        article.volume.as_deref(),
        article.issue.as_deref(),
        article.issue_year,
    );
    assert_eq!(issue, (Some("5"), Some("6"), Some(2004)));
    assert_eq!(article.pages.as_ref().unwrap().raw, "103-110");
    assert_eq!(article.keywords[0].value, "Water -- Austria");
    assert_eq!(
        article.license.as_ref().unwrap().name.as_deref(),
        Some("CC BY 4.0")
    );
    assert_eq!(article.links[0].rel, LinkRel::Fulltext);
    assert!(
        article
            .unmapped
            .iter()
            .any(|u| u.element == "marc21:500" && u.value == "A note.")
    );
}

/// OJS before 3.6 has faults of its own, and 3.6 new ones.
#[test]
fn marc_of_ojs() {
    let marc = r#"<record><leader>     nmb a2200000Iu 4500</leader><controlfield tag="008">"041230 2004                        eng  "</controlfield>
        <datafield tag="720" ind1="1"><subfield code="a">Silva, Ana</subfield><subfield code="u">https://ror.org/05a28rw58</subfield><subfield code="0">https://ana.example</subfield></datafield>
        <datafield tag="653"><subfield code="a">Array</subfield></datafield><datafield tag="653"><subfield code="a">água; poder</subfield></datafield>
        <dataField tag="260"><subfield code="c">2004-12-31 00:00:00</subfield></dataField>
        <datafield id="773" i1="0" i2=" "><subfield label="t">Revista;</subfield><subfield label="g">v. 5 n. 6 (2004)</subfield></datafield>
        <datafield tag="546"><subfield code="a">por</subfield></datafield></record>"#;
    let article = of_ojs(&[("marcxml", marc)]);
    assert_eq!(
        article.language.as_deref(),
        Some("pt"),
        "not the 008, which always says eng"
    );
    assert_eq!(
        article.published.as_ref().unwrap().date,
        "2004-12-30",
        "the article's, not the issue's"
    );
    assert_eq!(article.journal.title.as_deref(), Some("Revista"));
    assert_eq!(
        (article.volume.as_deref(), article.issue.as_deref()),
        (Some("5"), Some("6"))
    );
    assert_eq!(
        article
            .keywords
            .iter()
            .map(|k| &*k.value)
            .collect::<Vec<_>>(),
        ["água", "poder"]
    );
    assert!(
        article
            .findings
            .iter()
            .any(|f| f.code == Code::Placeholder && f.raw == "Array")
    );
    assert_eq!(
        article.contributors[0].affiliations[0].ror.as_deref(),
        Some("https://ror.org/05a28rw58")
    );
    assert_eq!(article.contributors[0].orcid, None);
}

#[test]
fn mods_of_a_repository() {
    let mods = r#"<mods xmlns="http://www.loc.gov/mods/v3"><titleInfo lang="eng"><title>Water</title></titleInfo>
        <name type="personal"><namePart>Doe, Jane</namePart><role><roleTerm>author</roleTerm></role></name>
        <name type="corporate"><namePart>Water Board</namePart><role><roleTerm>sponsor</roleTerm></role></name>
        <genre>article</genre><language><languageTerm type="code">eng</languageTerm></language><abstract>A text.</abstract>
        <identifier type="hdl">http://hdl.handle.net/10261/4711</identifier><identifier type="uri">https://y.org/7</identifier>
        <accessCondition href="https://creativecommons.org/licenses/by/4.0/">CC BY</accessCondition>
        <relatedItem type="host"><titleInfo><title>Journal</title></titleInfo><identifier type="issn">2002-3839</identifier>
        <part><detail type="volume"><number>5</number></detail><extent unit="pages"><start>7</start></extent><date>2004</date></part></relatedItem></mods>"#;
    let article = of_others(&[("mods", mods)]);
    assert_eq!(article.titles[0].lang.as_deref(), Some("en"));
    assert_eq!(names(&article), [(Some("Doe"), Some("Jane"))]);
    assert_eq!(article.funding[0].name, "Water Board");
    assert_eq!(article.identifiers[0].scheme, Scheme::Handle);
    assert_eq!(article.links[0].rel, LinkRel::Landing);
    assert_eq!(
        (article.volume.as_deref(), article.issue_year),
        (Some("5"), Some(2004))
    );
    assert_eq!(article.pages.as_ref().unwrap().first.as_deref(), Some("7"));
    assert!(article.license.is_some());
    assert_eq!(
        article.provenance.fields.get("volume").unwrap_or_default(),
        "mods:part"
    );
}

#[test]
fn rfc1807_of_old_and_new_ojs() {
    let rfc = "<rfc1807><id>https://x.org/index.php/j/article/view/7</id><organization>Journal of X</organization>\
        <organization>2022</organization><title>Test</title><type>Articles</type><author>Author, A; ETH</author><date>2022-07-04</date>\
        <other_access>url:https://x.org/index.php/j/article/view/7</other_access><keyword>a; b</keyword>\
        <period>Earth, Europe</period><language>en_US</language></rfc1807>";
    let article = of_ojs(&[("rfc1807", rfc)]);
    assert_eq!(article.issue_year, Some(2022));
    assert_eq!(article.journal.publisher.as_deref(), Some("Journal of X"));
    assert_eq!(
        article.contributors[0].affiliations[0].name.as_deref(),
        Some("ETH")
    );
    assert_eq!(article.keywords.len(), 2);
    assert_eq!(article.links.len(), 1);
    assert_eq!(article.language.as_deref(), Some("en-US"));
    assert!(
        article
            .unmapped
            .iter()
            .any(|u| u.element == "rfc1807:period")
    );
}

#[test]
fn qualified_dublin_core() {
    let qdc = r#"<qdc:qualifieddc><dc:title>Water</dc:title><dcterms:alternative>H2O</dcterms:alternative><dc:creator>Doe, Jane</dc:creator>
        <dcterms:abstract>A text.</dcterms:abstract><dcterms:issued xsi:type="dcterms:W3CDTF">2004-05</dcterms:issued>
        <dcterms:isPartOf>Journal, Vol. 5, No. 6 (2004)</dcterms:isPartOf><dcterms:spatial>Asia</dcterms:spatial>
        <dcterms:license>https://creativecommons.org/licenses/by/4.0/</dcterms:license><dcterms:references>Roe. Rain. https://doi.org/10.1234/x</dcterms:references>
        <dcterms:isVersionOf>https://doi.org/10.1234/y</dcterms:isVersionOf></qdc:qualifieddc>"#;
    let article = of_others(&[("qdc", qdc)]);
    assert_eq!(article.abstracts[0].value, "A text.");
    assert_eq!(article.published.as_ref().unwrap().date, "2004-05");
    assert_eq!(article.references[0].doi.as_deref(), Some("10.1234/x"));
    assert!(article.license.is_some());
    assert_eq!(article.volume.as_deref(), Some("5"));
    assert!(
        article
            .links
            .iter()
            .any(|link| link.url == "https://doi.org/10.1234/y")
    );
    assert!(
        article
            .unmapped
            .iter()
            .any(|u| u.element == "dc:alternative" && u.value == "H2O")
    );
    assert!(
        article
            .unmapped
            .iter()
            .any(|u| u.element == "dc:coverage" && u.value == "Asia")
    );
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever stands in the elements of whatever format, an article comes of it, and no character that XML
    /// cannot carry.
    #[test]
    fn any_text_in_any_element(texts in prop::collection::vec("(\\PC|[\u{0}-\u{1f}\u{7f}-\u{9f}\u{fffe}]|&#(x[0-9a-f]{1,5}|[0-9]{1,4});|&[a-z]{2,6};|[0-9]{1,4}|[;:,./()-] ?|<[a-z/]{1,4}>){0,20}", 24)) {
        let t = |at: usize| texts[at % texts.len()].as_str();
        let jats = format!(
            r#"<article xml:lang="{}" article-type="{}"><front><journal-meta><journal-title>{}</journal-title><issn>{}</issn></journal-meta>
            <article-meta><article-id>{}</article-id><title-group><article-title>{}</article-title><subtitle>{}</subtitle></title-group>
            <contrib-group><contrib><contrib-id contrib-id-type="orcid">{}</contrib-id><name><surname>{}</surname><given-names>{}</given-names></name><aff>{}</aff></contrib></contrib-group>
            <pub-date><year>{}</year><month>{}</month></pub-date><volume>{}</volume><fpage>{}</fpage><lpage>{}</lpage>
            <permissions><copyright-statement>{}</copyright-statement><license><license-p>{}</license-p></license></permissions>
            <abstract><p>{}</p></abstract><kwd-group><kwd>{}</kwd></kwd-group></article-meta></front><back><ref-list><ref><mixed-citation>{}</mixed-citation></ref></ref-list></back></article>"#,
            t(0), t(1), t(2), t(3), t(4), t(5), t(6), t(7), t(8), t(9), t(10), t(11), t(12), t(13), t(14), t(15), t(16), t(17), t(18), t(19), t(20),
        );
        let subfield = |code: char, at: usize| format!(r#"<subfield code="{code}">{}</subfield>"#, t(at));
        let fields = ["022", "024", "041", "100", "245", "260", "520", "536", "540", "546", "653", "720", "773", "786", "856", "500"];
        let mut marc = format!("<controlfield tag=\"008\">{}</controlfield>", t(3));
        for (at, tag) in fields.iter().enumerate() {
            let inner = [('a', 0), ('b', 1), ('u', 2), ('g', 3), ('n', 0), ('0', 1)].map(|(code, more)| subfield(code, at + more));
            marc.extend([r#"<datafield tag=""#, tag, r#"" ind1="1">"#]);
            marc.extend(inner);
            marc.push_str("</datafield>");
        }
        let elements = |names: &[&str]| -> Vec<String> {
            names.iter().enumerate().map(|(at, name)| format!("<{name}>{}</{name}>", t(at))).collect()
        };
        let rfc = elements(&["id", "organization", "organization", "title", "author", "date", "copyright", "other_access", "keyword", "language", "abstract", "period"]).concat();
        let mods = elements(&["genre", "abstract", "note", "identifier", "accessCondition"]).concat();
        let mods = format!("<mods><titleInfo><title>{}</title></titleInfo><name><namePart>{}</namePart></name>{mods}\
            <relatedItem type=\"host\"><part><detail type=\"volume\"><number>{}</number></detail><extent><start>{}</start><end>{}</end></extent></part></relatedItem></mods>",
            t(20), t(21), t(22), t(23), t(0));
        let records = [
            ("jats", jats),
            ("marcxml", format!("<record>{marc}</record>")),
            ("rfc1807", format!("<rfc1807>{rfc}</rfc1807>")),
            ("mods", mods),
        ];
        let records: Vec<(&str, &str)> = records.iter().map(|(prefix, xml)| (*prefix, xml.as_str())).collect();
        let context = ojs("https://x.org/index.php/j/oai", "3.4.0.10");
        for records in [&records[..], &records[..1], &records[1..2], &records[2..3], &records[3..]] {
            let Entry::Live(mut article) = normalize(&item(records), &context) else { panic!("it is live") };
            // findings quote the record as received
            article.findings.clear();
            let strings = strings(&serde_json::to_value(&article).unwrap());
            let forbidden = |c: char| (c < ' ' && !matches!(c, '\t' | '\n' | '\r')) || matches!(c, '\u{fffe}' | '\u{ffff}');
            for text in strings {
                prop_assert!(!text.contains(forbidden), "{text:?}");
            }
        }
    }
}

fn strings(value: &serde_json::Value) -> Vec<String> {
    match value {
        serde_json::Value::String(text) => vec![text.clone()],
        serde_json::Value::Array(values) => values.iter().flat_map(strings).collect(),
        serde_json::Value::Object(map) => map.values().flat_map(strings).collect(),
        _ => Vec::new(),
    }
}

/// NLM 2.3 as OJS 2 writes it: the journal's staff among the contributors, `abstract-trans`, languages in capitals.
#[test]
fn nlm_of_ojs_2() {
    let nlm = r#"<article xmlns="http://dtd.nlm.nih.gov/publishing/2.3" xml:lang="EN"><front>
        <journal-meta><journal-title>Journal of Y</journal-title><trans-title xml:lang="FR">Revue Y</trans-title></journal-meta>
        <article-meta><article-id pub-id-type="other">7</article-id>
        <title-group><article-title>Water</article-title><trans-title xml:lang="FR">Eau</trans-title></title-group>
        <contrib-group><contrib corresp="yes" contrib-type="author"><name name-style="western"><surname>Doe</surname>
        <given-names>Jane</given-names></name><aff>ETH</aff><uri>https://orcid.org/0000-0002-1825-0097</uri></contrib>
        <contrib contrib-type="editor"><name><surname>Chief</surname><given-names>E</given-names></name></contrib>
        <contrib contrib-type="jmanager"><name><surname>Manager</surname><given-names>J</given-names></name></contrib></contrib-group>
        <pub-date pub-type="epub"><day>07</day><month>11</month><year>2008</year></pub-date>
        <pub-date pub-type="collection"><year>2007</year></pub-date><volume>5</volume><issue seq="3">2</issue>
        <abstract xml:lang="EN"><p>Abs.</p></abstract><abstract-trans xml:lang="FR"><p>Rés.</p></abstract-trans>
        </article-meta></front><body><p>Full text</p></body><back><ref-list><ref id="R1"><nlm-citation citation-type="journal">
        <person-group><name><surname>Poe</surname><given-names>E</given-names></name></person-group>
        <article-title>The <italic>Raven</italic></article-title><source>Mirror</source><year>1845</year></nlm-citation></ref></ref-list></back></article>"#;
    let article = of_ojs(&[("nlm", nlm)]);
    assert_eq!(names(&article), [(Some("Doe"), Some("Jane"))]);
    assert!(
        article
            .unmapped
            .iter()
            .any(|u| u.element == "nlm:contrib[editor]" && u.value == "Chief, E")
    );
    let abstracts: Vec<_> = article
        .abstracts
        .iter()
        .map(|a| (a.lang.as_deref(), a.value.as_str()))
        .collect();
    assert_eq!(abstracts, [(Some("en"), "Abs."), (Some("fr"), "Rés.")]);
    assert_eq!(
        article.journal.title_in("fr").unwrap_or_default(),
        "Revue Y"
    );
    assert_eq!(
        article
            .identifiers
            .iter()
            .map(|i| i.scheme)
            .collect::<Vec<_>>(),
        [Scheme::PublisherId]
    );
    assert_eq!(article.references[0].raw, "Poe E. The Raven. Mirror. 1845");
    assert_eq!(article.issue_year, Some(2007));
}

/// An editor of the article itself stays one.
#[test]
fn an_editor_in_jats_is_the_articles() {
    let jats = r#"<article><front><article-meta><title-group><article-title>Water</article-title></title-group><contrib-group>
        <contrib contrib-type="author"><name><surname>Doe</surname></name></contrib>
        <contrib contrib-type="editor"><name><surname>Chief</surname></name></contrib></contrib-group></article-meta></front></article>"#;
    let article = of_others(&[("jats", jats)]);
    assert_eq!(article.contributors[1].role, Role::Editor);
}

#[test]
fn keeps_unusual_jats_elements() {
    let jats = r#"<article xmlns:xlink="x"><front><article-meta><title-group><article-title>Water</article-title>
        <alt-title alt-title-type="running-head">Wet</alt-title></title-group>
        <pub-date date-type="pub" publication-format="electronic"><day>15</day><month>3</month><year>2020</year></pub-date>
        <pub-date pub-type="ppub"><year>2021</year></pub-date><pub-date><year>20</year></pub-date>
        <volume>5</volume><supplement>Suppl 1</supplement><fpage>10</fpage><lpage>20</lpage><page-range>10-15, 18-20</page-range>
        <related-object source-id="10.5061/dryad.1" source-id-type="doi">Data</related-object>
        <kwd-group><compound-kwd><compound-kwd-part>A1</compound-kwd-part><compound-kwd-part>Rain</compound-kwd-part></compound-kwd></kwd-group>
        <funding-group><award-group><funding-source>FCT</funding-source><award-id>1</award-id><award-id>2</award-id></award-group></funding-group>
        </article-meta></front><back><ref-list><ref><mixed-citation>One. <ext-link xlink:href="https://doi.org/10.5555/yy">link</ext-link></mixed-citation>
        <mixed-citation>Two.</mixed-citation></ref></ref-list></back></article>"#;
    let article = of_others(&[("jats", jats)]);
    let kept: Vec<_> = article
        .unmapped
        .iter()
        .map(|u| (u.element.as_str(), u.value.as_str()))
        .collect();
    for wanted in [
        ("jats:alt-title", "Wet"),
        ("jats:supplement", "Suppl 1"),
        ("jats:pub-date", "2021"),
        ("jats:pub-date", "20"),
    ] {
        assert!(kept.contains(&wanted), "{wanted:?} of {kept:?}");
    }
    let pages = article.pages.unwrap();
    assert_eq!(
        (
            pages.raw.as_str(),
            pages.first.as_deref(),
            pages.last.as_deref()
        ),
        ("10-15, 18-20", Some("10"), Some("20"))
    );
    assert_eq!(article.relations[0].doi.as_deref(), Some("10.5061/dryad.1"));
    assert_eq!(article.keywords[0].value, "A1 Rain");
    assert_eq!(
        article
            .funding
            .iter()
            .map(|f| f.award.as_deref())
            .collect::<Vec<_>>(),
        [Some("1"), Some("2")]
    );
    let references: Vec<_> = article
        .references
        .iter()
        .map(|r| (r.raw.as_str(), r.doi.as_deref()))
        .collect();
    assert_eq!(
        references,
        [("One. link", Some("10.5555/yy")), ("Two.", None)]
    );
}

/// Month and full stop as catalogs write them, a parallel title, a title in another script.
#[test]
fn marc_as_catalogs_write_it() {
    let marc = r#"<record><datafield tag="245" ind1="1" ind2="0"><subfield code="a">Water :</subfield>
        <subfield code="b">a study = L'eau /</subfield><subfield code="c">Jane Doe.</subfield></datafield>
        <datafield tag="773" ind1="0" ind2=" "><subfield code="t">Journal Z.</subfield>
        <subfield code="g">Vol. 12, no. 3 (Mar. 2020), p. 10-20</subfield></datafield>
        <datafield tag="880" ind1="1" ind2=" "><subfield code="6">245-01</subfield><subfield code="a">Вода</subfield></datafield></record>"#;
    let article = of_others(&[("marc21", marc)]);
    assert_eq!(
        article
            .titles
            .iter()
            .map(|t| t.value.as_str())
            .collect::<Vec<_>>(),
        ["Water: a study", "L'eau"]
    );
    assert_eq!(article.journal.title.as_deref(), Some("Journal Z"));
    assert_eq!(
        (article.volume.as_deref(), article.issue.as_deref()),
        (Some("12"), Some("3"))
    );
    assert_eq!(article.issue_year, Some(2020));
    assert!(
        article
            .unmapped
            .iter()
            .any(|u| u.element == "marc21:880" && u.value == "Вода")
    );
}

#[test]
fn mods_beside_the_usual() {
    let mods = r#"<mods><titleInfo><title>Water</title></titleInfo><identifier type="doi">10.1234/abc</identifier>
        <identifier type="doi" invalid="yes">10.1234/bad</identifier><identifier type="hdl">123/4</identifier>
        <part><detail type="volume"><caption>v. 5</caption></detail></part>
        <tableOfContents>One. Two.</tableOfContents><relatedItem type="otherVersion"><location><url>https://y.org/v1</url></location></relatedItem>
        <relatedItem type="series"><titleInfo><title>Series S</title></titleInfo></relatedItem></mods>"#;
    let article = of_others(&[("mods", mods)]);
    assert_eq!(article.doi.as_deref(), Some("10.1234/abc"));
    assert_eq!(article.volume.as_deref(), Some("5"));
    assert_eq!(conflicts(&article), []);
    assert!(
        article
            .identifiers
            .iter()
            .any(|i| i.scheme == Scheme::Handle && i.value == "123/4")
    );
    assert!(
        article
            .links
            .iter()
            .any(|link| link.rel == LinkRel::Related && link.url == "https://y.org/v1")
    );
    for value in ["One. Two.", "Series S", "10.1234/bad"] {
        assert!(article.unmapped.iter().any(|u| u.value == value), "{value}");
    }
}

#[test]
fn sponsors_and_files_in_rfc_1807_of_ojs() {
    let rfc = "<rfc1807><title>Water</title><type>Articles</type><type>https://x.org/index.php/j/article/download/7/9</type>
        <monitoring>Fund F</monitoring></rfc1807>";
    let article = of_ojs(&[("rfc1807", rfc)]);
    assert_eq!(article.funding[0].name, "Fund F");
    assert_eq!(article.links[0].rel, LinkRel::Related);
    assert!(article.unmapped.iter().any(|u| u.value == "Articles"));
}

/// One of two DOIs is the article's; awards that several formats name stand once.
#[test]
fn one_doi_and_each_award_once() {
    let jats = r#"<article><front><article-meta><article-id pub-id-type="doi">10.1234/a</article-id><title-group><article-title>Water</article-title></title-group>
        <funding-group><award-group><funding-source>FCT</funding-source><award-id>1</award-id><award-id>2</award-id></award-group></funding-group>
        </article-meta></front></article>"#;
    let other = jats.replace("10.1234/a", "10.1234/b");
    let article = of_others(&[("jats", jats), ("oai_openaire_jats", &other)]);
    assert_eq!(article.doi.as_deref(), Some("10.1234/a"));
    assert_eq!(
        article
            .identifiers
            .iter()
            .filter(|i| i.scheme == Scheme::Doi)
            .count(),
        1
    );
    assert!(
        article
            .identifiers
            .iter()
            .any(|i| i.scheme == Scheme::Other && i.value == "10.1234/b")
    );
    assert_eq!(article.funding.len(), 2);
}

#[test]
fn one_link_for_each_galley_however_its_file_is_addressed() {
    let dc = "<dc><dc:title>A</dc:title><dc:identifier>https://x.org/index.php/j/article/view/1</dc:identifier>\
        <dc:relation>https://x.org/index.php/j/article/view/1/58</dc:relation><dc:relation>https://x.org/index.php/j/article/view/1/59</dc:relation></dc>";
    let jats = r#"<article xml:lang="en"><front><article-meta><title-group><article-title>A</article-title></title-group>
        <self-uri xlink:href="https://x.org/index.php/j/article/download/1/59/"/>
        <self-uri xlink:href="https://x.org/index.php/j/article/download/1/58/77" content-type="application/pdf"/>
        <self-uri xlink:href="https://x.org/index.php/j/article/view/1"/></article-meta></front></article>"#;
    let article = of_ojs(&[("oai_dc", dc), ("jats", jats)]);
    let files: Vec<(&str, Option<&str>)> = article
        .links
        .iter()
        .filter(|link| link.rel == LinkRel::Fulltext)
        .map(|link| (link.url.as_str(), link.media_type.as_deref()))
        .collect();
    assert_eq!(
        files,
        [
            (
                "https://x.org/index.php/j/article/download/1/58",
                Some("application/pdf")
            ),
            ("https://x.org/index.php/j/article/download/1/59", None)
        ]
    );
    assert_eq!(conflicts(&article), []);
}

#[test]
fn a_record_in_an_unread_format_is_no_empty_article() {
    let alone = of_others(&[("oai_ddi", "<codeBook><stdyDscr>x</stdyDscr></codeBook>")]);
    assert!(alone.is_unread());
    let finding = &alone.findings[0];
    assert_eq!(
        (finding.code, finding.field.as_str()),
        (Code::Unread, "oai_ddi")
    );
    let beside = of_others(&[
        ("oai_dc", "<dc><dc:title>A</dc:title></dc>"),
        ("oai_ddi", "<codeBook/>"),
    ]);
    assert!(!beside.is_unread());
    assert!(beside.findings.iter().any(|f| f.code == Code::Unread));
}

#[test]
fn dublin_core_is_read_in_any_wrapper() {
    for xml in [
        "<record xmlns:dc='http://purl.org/dc/elements/1.1/'><dc:title>A</dc:title><dc:creator>Doe, Jane</dc:creator></record>",
        "<dc:title>A</dc:title><dc:creator>Doe, Jane</dc:creator>",
        "<oai_dc:dc><dc:title>A</dc:title></oai_dc:dc><oai_dc:dc><dc:title>A</dc:title><dc:creator>Doe, Jane</dc:creator></oai_dc:dc>",
    ] {
        let article = of_others(&[("oai_dc", xml)]);
        let titles: Vec<&str> = article
            .titles
            .iter()
            .map(|title| title.value.as_str())
            .collect();
        assert_eq!(titles, ["A"], "{xml}");
        assert_eq!(names(&article), [(Some("Doe"), Some("Jane"))], "{xml}");
    }
}

#[test]
fn the_stubs_of_janeway_are_no_values() {
    let jats = r#"<article article-type="research-article" xml:lang="en"><front><article-meta><article-id pub-id-type="doi">None</article-id>
        <title-group><article-title>Швы и стыки</article-title></title-group><contrib-group><contrib contrib-type="author"><name><surname>Doe</surname><given-names>Jane</given-names></name><xref ref-type="aff" rid="aff-1"/></contrib>
        <contrib contrib-type="author"><name><surname></surname><given-names></given-names></name><xref ref-type="aff" rid="aff-2"/></contrib></contrib-group><aff id="aff-1">None</aff><aff id="aff-2"></aff>
        <pub-date date-type="pub" iso-8601-date="" publication-format="electronic"><day></day><month></month><year></year></pub-date><volume></volume><issue>None</issue>
        <abstract>&lt;p&gt;One &amp;amp; two.&lt;/p&gt;&lt;p&gt;Three.&lt;/p&gt;</abstract></article-meta></front></article>"#;
    let article = of_others(&[("jats", jats)]);
    assert_eq!(
        (&article.doi, &article.issue, &article.language),
        (&None, &None, &None)
    );
    assert_eq!(names(&article), [(Some("Doe"), Some("Jane"))]);
    assert!(article.contributors[0].affiliations.is_empty());
    assert_eq!(article.titles[0].lang, None);
    assert_eq!(article.abstracts[0].value, "One & two.\n\nThree.");
    assert!(article.findings.iter().any(|f| f.code == Code::Placeholder));
}
