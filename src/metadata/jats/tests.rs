use super::super::tree;
use super::*;

fn one(xml: &str) -> Jats {
    let tree = tree::read(xml, &SKIPPED);
    read(tree.root.find(&is_article).expect("an article"), &tree)
}

fn text(value: &str, lang: Option<&str>) -> Text {
    Text {
        value: value.into(),
        lang: lang.map(str::to_owned),
    }
}

#[test]
fn jats_of_today() {
    let jats = one(
        r#"<j:article xmlns:j="x" xml:lang="en" article-type="review-article"><j:front>
        <journal-meta><journal-title-group><journal-title xml:lang="en">J</journal-title>
        <trans-title-group xml:lang="ru"><trans-title>Ж</trans-title></trans-title-group>
        <abbrev-journal-title>J.</abbrev-journal-title></journal-title-group>
        <contrib-group><contrib><name><surname>admin</surname></name></contrib></contrib-group>
        <issn publication-format="electronic">2002-3839</issn><publisher><publisher-name>P &amp; Q</publisher-name></publisher></journal-meta>
        <article-meta><article-id pub-id-type="doi">10.1/x</article-id>
        <article-categories><subj-group subj-group-type="heading" xml:lang="en"><subject>News</subject></subj-group>
        <subj-group subj-group-type="discipline"><subject>Law</subject></subj-group></article-categories>
        <title-group><article-title>On <italic>water</italic><xref ref-type="fn" rid="f1">*</xref></article-title><subtitle>a study</subtitle>
        <trans-title-group xml:lang="ru"><trans-title>О воде</trans-title><trans-subtitle>очерк</trans-subtitle></trans-title-group></title-group>
        <contrib-group><contrib contrib-type="author"><contrib-id contrib-id-type="orcid">https://orcid.org/0000-0002-1825-0097</contrib-id>
        <name-alternatives><name name-style="western" xml:lang="en"><surname>Doe</surname><given-names>Jane</given-names><suffix>Jr.</suffix></name>
        <string-name xml:lang="ru">Джейн Доу</string-name></name-alternatives><xref ref-type="aff" rid="a1 a2"/><email>x@y</email></contrib>
        <contrib contrib-type="author"><collab>The Group<contrib-group><contrib/></contrib-group></collab></contrib></contrib-group>
        <aff id="a1"><label>1</label><institution-wrap><institution-id institution-id-type="ror">https://ror.org/05a28rw58</institution-id><institution>ETH</institution></institution-wrap><country>Switzerland</country></aff>
        <aff id="a2"><institution>MIT</institution>, Cambridge</aff><aff id="a3">Nobody's</aff>
        <pub-date date-type="pub" publication-format="electronic" iso-8601-date="2004-12-31"><day>31</day><month>12</month><year>2004</year></pub-date>
        <volume>5</volume><issue>6</issue><issue-title xml:lang="en">Water</issue-title><elocation-id>e12</elocation-id>
        <history><date date-type="received"><month>May</month><year>2004</year></date></history>
        <permissions><copyright-statement>(c) Doe</copyright-statement><copyright-year>2004</copyright-year>
        <license><ali:license_ref>https://creativecommons.org/licenses/by/4.0/</ali:license_ref><license-p>CC BY</license-p></license></permissions>
        <self-uri content-type="application/pdf" xlink:href="https://x.org/1.pdf"/>
        <abstract><title>Abstract</title><sec><title>Aim</title><p>One.</p></sec><p>Two<break/>lines.</p></abstract>
        <abstract abstract-type="graphical"><p>g</p></abstract><trans-abstract xml:lang="ru"><p>Раз.</p></trans-abstract>
        <kwd-group xml:lang="en"><title>Keywords</title><kwd>water</kwd><kwd/></kwd-group>
        <funding-group><award-group><funding-source><institution-wrap><institution>FWF</institution><institution-id>x</institution-id></institution-wrap></funding-source><award-id>P1</award-id></award-group></funding-group>
        <custom-meta-group><custom-meta><meta-name>n</meta-name></custom-meta></custom-meta-group>
        </article-meta></j:front><body><sec><p>text</p></sec></body>
        <back><ref-list><ref id="r1"><label>1</label><mixed-citation>Doe J. <italic>Water</italic>. <pub-id pub-id-type="doi">10.2/y</pub-id></mixed-citation></ref></ref-list></back></j:article>"#,
    );
    assert_eq!(
        jats.journal_titles,
        [text("J", Some("en")), text("Ж", Some("ru"))]
    );
    assert_eq!(jats.publisher.as_deref(), Some("P & Q"));
    assert_eq!((jats.headings.len(), jats.subjects.len()), (1, 1));
    let titles: Vec<_> = jats
        .titles
        .iter()
        .map(|t| (&*t.value, t.subtitle.as_deref(), t.lang.as_deref()))
        .collect();
    assert_eq!(
        titles,
        [
            ("\u{ff0ff}On <italic>water</italic>", Some("a study"), None),
            ("О воде", Some("очерк"), Some("ru"))
        ]
    );
    let [jane, group] = jats.contributors.as_slice() else {
        panic!("{:?}", jats.contributors)
    };
    assert_eq!(jane.names[0].surname.as_deref(), Some("Doe"));
    assert_eq!(jane.names[0].suffix.as_deref(), Some("Jr."));
    assert_eq!(jane.names[1].whole.as_deref(), Some("Джейн Доу"));
    let affiliations: Vec<_> = jane
        .affiliations
        .iter()
        .map(|a| (&*a.name, a.ror.as_deref()))
        .collect();
    assert_eq!(
        affiliations,
        [
            ("ETH, Switzerland", Some("https://ror.org/05a28rw58")),
            ("MIT, Cambridge", None)
        ]
    );
    assert_eq!(
        (group.collab.as_deref(), group.affiliations.len()),
        (Some("The Group"), 0)
    );
    assert_eq!(jats.loose_affiliations[0].name, "Nobody's");
    assert_eq!(jats.dates[0].date, "2004-12-31");
    assert_eq!(jats.history[0].date, "2004-05");
    assert_eq!(
        jats.licenses[0].url.as_deref(),
        Some("https://creativecommons.org/licenses/by/4.0/")
    );
    assert_eq!(jats.abstracts.len(), 2);
    assert_eq!(
        jats.abstracts[0]
            .value
            .split_whitespace()
            .collect::<Vec<_>>(),
        ["Aim", "One.", "Two", "lines."]
    );
    assert_eq!(jats.abstracts[0].lang.as_deref(), Some("en"));
    assert_eq!(jats.other_abstracts[0].0, "graphical");
    assert_eq!(jats.keywords, [text("water", Some("en"))]);
    assert_eq!(
        jats.awards,
        [Award {
            source: "FWF".into(),
            funder_id: Some("x".into()),
            award: Some("P1".into())
        }]
    );
    let reference = &jats.references[0];
    assert_eq!(
        (&*reference.raw, reference.printed),
        ("Doe J. Water. 10.2/y", true)
    );
    assert_eq!(reference.doi.as_deref(), Some("10.2/y"));
}

#[test]
fn nlm_2_3() {
    let jats = one(
        r#"<article xmlns="http://dtd.nlm.nih.gov/publishing/2.3" article-type="research-article" xml:lang="PT"><front>
        <journal-meta><journal-id journal-id-type="other">j</journal-id><journal-title>Revista</journal-title><trans-title xml:lang="EN">Review</trans-title>
        <issn pub-type="epub">2002-3839</issn><issn pub-type="ppub">1404-6091</issn></journal-meta>
        <article-meta><article-id pub-id-type="other">7</article-id><title-group><article-title>Água</article-title><trans-title xml:lang="EN">Water</trans-title></title-group>
        <contrib-group><contrib corresp="yes" contrib-type="author"><name name-style="western"><surname>Silva</surname><given-names>Ana</given-names></name><aff>Minho</aff></contrib>
        <contrib contrib-type="author"><name><surname>Rui</surname></name></contrib></contrib-group>
        <pub-date pub-type="epub"><day>01</day><month>01</month><year>1970</year></pub-date><pub-date pub-type="collection"><year>2009</year></pub-date>
        <volume>55</volume><issue seq="2">1</issue><fpage>3</fpage><lpage>9</lpage>
        <copyright-statement>Copyright (c) 2009 Silva</copyright-statement><copyright-year>2009</copyright-year>
        <abstract xml:lang="PT"><p>Texto.</p></abstract></article-meta></front>
        <back><ref-list><ref><nlm-citation citation-type="journal"><person-group><name><surname>Roe</surname><given-names>R</given-names></name></person-group>
        <article-title>Rain</article-title><source>J Rain</source><year>1999</year><volume>3</volume><issue>2</issue><fpage>1</fpage><lpage>4</lpage></nlm-citation></ref></ref-list></back></article>"#,
    );
    assert_eq!(
        jats.journal_titles,
        [text("Revista", None), text("Review", Some("EN"))]
    );
    assert_eq!(jats.titles[1].lang.as_deref(), Some("EN"));
    assert_eq!(jats.contributors[0].affiliations[0].name, "Minho");
    assert!(jats.contributors[1].affiliations.is_empty());
    assert_eq!(
        jats.dates.iter().map(|d| &*d.date).collect::<Vec<_>>(),
        ["1970-01-01", "2009"]
    );
    assert_eq!(jats.copyright_years, ["2009"]);
    let reference = &jats.references[0];
    assert_eq!(
        (&*reference.raw, reference.printed),
        ("Roe R. Rain. J Rain. 1999; 3(2): 1-4", false)
    );
}

#[test]
fn a_single_affiliation_without_an_id_is_everybodys() {
    let jats = one(
        "<article><front><article-meta><contrib-group><contrib><name><surname>A</surname></name></contrib>\
        <contrib><name><surname>B</surname></name></contrib><aff>ETH</aff></contrib-group></article-meta></front></article>",
    );
    assert!(
        jats.contributors
            .iter()
            .all(|c| c.affiliations[0].name == "ETH")
    );
    assert!(jats.loose_affiliations.is_empty());
}

#[test]
fn an_article_of_another_namespace_is_not_jats() {
    let tree = tree::read("<article><title>x</title></article>", &SKIPPED);
    assert!(tree.root.find(&is_article).is_none());
}
