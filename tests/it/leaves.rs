//! Nothing that a record states is lost in silence: every text of it is found in the article, among the unmapped values, or in a
//! finding.
//!
//! The samples are compared as they are. In generated records each text is a word that occurs once, so that a text that is cut,
//! joined to another or dropped shows.

use crate::support;

use std::collections::HashSet;

use offprint::Entry;
use offprint::internals::normalize::{FormatRecord, Item, normalize};
use offprint::internals::oai::{Header, Record};
use proptest::prelude::*;
use quick_xml::events::Event;
use quick_xml::reader::Reader;

/// Elements that state nothing about the article, by the manual: the record itself, people's addresses, marks of notes, files.
const LEFT_OUT: [&str; 37] = [
    "email",
    "corresp",
    "label",
    "xref",
    "bio",
    "graphic",
    "meta-name",
    "custom-meta-group",
    "counts",
    "body",
    "leader",
    "fixfield",
    "controlfield",
    "recordInfo",
    "metsHdr",
    "structMap",
    "submitter",
    "size",
    "source_type",
    "schemaVersion",
    "datacentreSymbol",
    "citation-count",
    "verified",
    "record_public_release_date",
    "bib-version",
    "bib_version",
    "entry",
    "degrees",
    "language",
    "languageTerm",
    "tex-math",
    "affiliationId",
    "back",
    "repository",
    "others",
    "bundles",
    "month",
];

/// Words of samples that state nothing: the key of an authority file, the time of a day, the source of a title in Invenio, the label
/// of a mail address, the form of a grant's URI.
const NO_WORDS: [&str; 6] = [
    "virtual",
    "06t00",
    "press",
    "mail",
    "info",
    "grantagreement",
];

/// Texts of elements in a record, without those of [`LEFT_OUT`].
fn texts(xml: &str) -> Vec<(String, String)> {
    let mut reader = Reader::from_str(xml);
    reader.config_mut().check_end_names = false;
    let (mut open, mut texts) = (Vec::<String>::new(), Vec::new());
    loop {
        match reader.read_event().unwrap() {
            Event::Start(tag) => {
                let name = tag.local_name().into_inner().to_owned();
                let named = tag
                    .attributes()
                    .flatten()
                    .find(|a| a.key.as_ref() == "name");
                let named = named.map(|a| a.value.into_owned());
                open.push(named.filter(|_| name == "element").unwrap_or(name));
            }
            Event::End(_) => {
                open.pop();
            }
            Event::Text(text) => {
                let text = text.xml10_content().trim().to_owned();
                let is_in = |name: &str| open.iter().any(|open| open == name);
                let is_left_out = LEFT_OUT.iter().any(|name| is_in(name))
                    // those who run the journal
                    || (is_in("journal-meta") && is_in("contrib-group"));
                if !text.is_empty() && !is_left_out {
                    texts.push((open.last().cloned().unwrap_or_default(), text));
                }
            }
            Event::Eof => return texts,
            _ => {}
        }
    }
}

fn article_json(prefix: &str, xml: &str, is_ojs: bool) -> String {
    let identifier = if is_ojs {
        "oai:x.org:article/7"
    } else {
        "oai:repo.example.org:7"
    };
    let header = Header {
        identifier: identifier.to_owned(),
        ..Header::default()
    };
    let record = Record {
        header,
        metadata: Some(xml.to_owned()),
        ..Record::default()
    };
    let record: FormatRecord = support::format_record(record, prefix);
    let item = Item {
        identifier: identifier.to_owned(),
        records: vec![record],
    };
    let context = if is_ojs {
        support::ojs("https://x.org/index.php/j/oai", "3.4.0.10")
    } else {
        support::source("https://repo.example.org/oai")
    };
    match normalize(&item, &context) {
        Entry::Live(article) => serde_json::to_string(&article).unwrap().replace("\\n", " "),
        other @ Entry::Deleted(_) => panic!("{other:?}"),
    }
}

/// Letters and figures in lower case.
fn folded(text: &str) -> String {
    text.chars()
        .filter(|c| c.is_alphanumeric())
        .flat_map(char::to_lowercase)
        .collect()
}

/// The words of a text that are not in the article.
fn lost_words(text: &str, article: &str) -> Vec<String> {
    let words = text.split(|c: char| !c.is_alphanumeric()).map(folded);
    let words = words.filter(|word| word.chars().count() > 3);
    words
        .filter(|word| !NO_WORDS.contains(&word.as_str()))
        .filter(|word| !article.contains(word.as_str()))
        .collect()
}

#[test]
fn every_text_of_the_samples_is_in_its_article() {
    let folder = format!("{}/samples", env!("CARGO_MANIFEST_DIR"));
    let mut lost = Vec::new();
    for entry in std::fs::read_dir(format!("{folder}/formats")).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|end| end == "xml") {
            let xml = std::fs::read_to_string(&path).unwrap();
            check(&xml, "x", false, &path.display().to_string(), &mut lost);
        }
    }
    for prefix in [
        "marcxml",
        "oai_marc",
        "rfc1807",
        "jats",
        "oai_openaire_jats",
    ] {
        let name = format!("ojs-3.4-cac/cac-getrecord-643-{prefix}.xml");
        for item in support::items(&support::sample(&name)) {
            let xml = item.records[0].record.metadata.clone().unwrap();
            check(&xml, prefix, true, &name, &mut lost);
        }
    }
    for page in 1..=3 {
        for prefix in ["oai_dc", "jats"] {
            let name = format!("ojs-3.4-cac/cac-listrecords-{prefix}-page{page}.xml");
            for item in support::items(&support::sample(&name)) {
                if let Some(xml) = item.records[0].record.metadata.clone() {
                    check(&xml, prefix, true, &name, &mut lost);
                }
            }
        }
    }
    assert_eq!(lost, Vec::<String>::new());
}

fn check(xml: &str, prefix: &str, is_ojs: bool, name: &str, lost: &mut Vec<String>) {
    let article = folded(&article_json(prefix, xml.trim(), is_ojs));
    for (element, text) in texts(xml.trim()) {
        let words = lost_words(&text, &article);
        if !words.is_empty() && lost.len() < 40 {
            lost.push(format!("{name}: {element}: {words:?}"));
        }
    }
}

/// A tree of elements out of a format's vocabulary; leaves are numbered.
fn tree(vocabulary: &'static [&'static str], depth: u32) -> impl Strategy<Value = String> {
    let name = proptest::sample::select(vocabulary);
    let leaf = name.prop_map(|open| element(open, "\u{1}"));
    leaf.prop_recursive(depth, 24, 6, move |inner| {
        let name = proptest::sample::select(vocabulary);
        (name, proptest::collection::vec(inner, 1..5))
            .prop_map(|(open, inner)| element(open, &inner.concat()))
    })
}

/// `datafield tag='245'` as a start tag, the content, and the end tag.
fn element(open: &str, content: &str) -> String {
    let name = open.split(' ').next().unwrap_or(open);
    format!("<{open}>{content}</{name}>")
}

/// Puts a word of its own in the place of each text.
fn numbered(xml: &str) -> (String, Vec<String>) {
    let mut words = Vec::new();
    let mut out = String::new();
    for part in xml.split_inclusive('\u{1}') {
        out.push_str(part.trim_end_matches('\u{1}'));
        if part.ends_with('\u{1}') {
            let word = format!("zq{}k", words.len());
            out.push_str(&word);
            words.push(word);
        }
    }
    (out, words)
}

/// The words that the article does not hold.
fn lost(prefix: &str, xml: &str, words: &[String]) -> Vec<String> {
    let article = article_json(prefix, xml, false);
    let held: HashSet<&str> = article
        .split(|c: char| !c.is_ascii_alphanumeric())
        .collect();
    let lost = words.iter().filter(|word| !held.contains(word.as_str()));
    lost.cloned().collect()
}

const JATS: &[&str] = &[
    "article-id",
    "article-categories",
    "subj-group subj-group-type='heading'",
    "subj-group subj-group-type='x'",
    "subject",
    "compound-subject",
    "compound-subject-part",
    "title-group",
    "article-title",
    "subtitle",
    "trans-title-group xml:lang='de'",
    "trans-title",
    "alt-title",
    "contrib-group",
    "contrib contrib-type='author'",
    "name",
    "surname",
    "given-names",
    "suffix",
    "collab",
    "string-name",
    "role",
    "aff",
    "institution",
    "country",
    "addr-line",
    "pub-date",
    "year",
    "day",
    "season",
    "string-date",
    "volume",
    "issue",
    "issue-title",
    "fpage",
    "lpage",
    "page-range",
    "elocation-id",
    "history",
    "date date-type='received'",
    "permissions",
    "copyright-statement",
    "copyright-year",
    "copyright-holder",
    "license",
    "license-p",
    "self-uri",
    "related-article",
    "abstract",
    "p",
    "sec",
    "title",
    "trans-abstract xml:lang='de'",
    "kwd-group",
    "kwd",
    "compound-kwd",
    "compound-kwd-part",
    "funding-group",
    "award-group",
    "funding-source",
    "award-id",
    "funding-statement",
    "supplement",
    "conference",
    "product",
    "isbn",
    "custom-meta",
    "meta-value",
    "fn",
];
const MODS: &[&str] = &[
    "titleInfo",
    "titleInfo type='alternative'",
    "title",
    "subTitle",
    "nonSort",
    "partName",
    "name type='personal'",
    "name",
    "namePart",
    "namePart type='family'",
    "namePart type='given'",
    "role",
    "roleTerm",
    "affiliation",
    "nameIdentifier",
    "displayForm",
    "genre",
    "abstract",
    "subject",
    "topic",
    "geographic",
    "classification",
    "originInfo",
    "publisher",
    "dateIssued",
    "dateCreated",
    "place",
    "placeTerm",
    "edition",
    "identifier",
    "identifier type='doi'",
    "identifier type='issn'",
    "location",
    "url",
    "physicalLocation",
    "accessCondition",
    "relatedItem",
    "relatedItem type='host'",
    "part",
    "detail type='volume'",
    "detail type='issue'",
    "number",
    "caption",
    "extent unit='page'",
    "start",
    "end",
    "list",
    "note",
    "note type='funding'",
    "tableOfContents",
    "targetAudience",
    "physicalDescription",
    "internetMediaType",
];
const MARC: &[&str] = &[
    "datafield tag='020'",
    "datafield tag='022'",
    "datafield tag='024'",
    "datafield tag='100'",
    "datafield tag='110'",
    "datafield tag='245'",
    "datafield tag='246'",
    "datafield tag='260'",
    "datafield tag='264'",
    "datafield tag='300'",
    "datafield tag='500'",
    "datafield tag='520'",
    "datafield tag='536'",
    "datafield tag='540'",
    "datafield tag='650'",
    "datafield tag='653'",
    "datafield tag='655'",
    "datafield tag='700'",
    "datafield tag='720'",
    "datafield tag='773'",
    "datafield tag='786'",
    "datafield tag='787'",
    "datafield tag='856'",
];
const SUBFIELDS: &[&str] = &[
    "a", "b", "c", "d", "f", "g", "n", "p", "q", "t", "u", "v", "x", "y", "z",
];
const DATACITE: &[&str] = &[
    "identifier identifierType='DOI'",
    "creators",
    "creator",
    "creatorName",
    "givenName",
    "familyName",
    "nameIdentifier",
    "affiliation",
    "titles",
    "title",
    "title titleType='Subtitle'",
    "title titleType='Other'",
    "publisher",
    "publicationYear",
    "subjects",
    "subject",
    "contributors",
    "contributor contributorType='Editor'",
    "contributor contributorType='Funder'",
    "contributorName",
    "dates",
    "date dateType='Issued'",
    "date dateType='Accepted'",
    "date dateType='Other'",
    "resourceType",
    "alternateIdentifiers",
    "alternateIdentifier",
    "relatedIdentifiers",
    "relatedIdentifier relationType='IsPartOf'",
    "relatedItems",
    "relatedItem relationType='IsPublishedIn'",
    "relatedItem",
    "relatedItemIdentifier",
    "volume",
    "issue",
    "number",
    "firstPage",
    "lastPage",
    "sizes",
    "formats",
    "format",
    "version",
    "rightsList",
    "rights",
    "licenseCondition",
    "descriptions",
    "description descriptionType='Abstract'",
    "description descriptionType='Methods'",
    "geoLocations",
    "geoLocationPlace",
    "fundingReferences",
    "fundingReference",
    "funderName",
    "funderIdentifier",
    "awardNumber",
    "awardTitle",
    "file",
    "citationTitle",
    "citationVolume",
    "citationIssue",
    "citationStartPage",
    "citationEndPage",
    "citationEdition",
    "source",
    "coverage",
];
const DIM: &[&str] = &[
    "field mdschema='dc' element='title'",
    "field mdschema='dc' element='title' qualifier='alternative'",
    "field mdschema='dc' element='contributor' qualifier='author'",
    "field mdschema='dc' element='contributor' qualifier='editor'",
    "field mdschema='dc' element='contributor' qualifier='department'",
    "field mdschema='dc' element='contributor'",
    "field mdschema='dc' element='date' qualifier='issued'",
    "field mdschema='dc' element='date' qualifier='accessioned'",
    "field mdschema='dc' element='date'",
    "field mdschema='dc' element='description'",
    "field mdschema='dc' element='description' qualifier='abstract'",
    "field mdschema='dc' element='description' qualifier='sponsorship'",
    "field mdschema='dc' element='identifier'",
    "field mdschema='dc' element='identifier' qualifier='doi'",
    "field mdschema='dc' element='identifier' qualifier='issn'",
    "field mdschema='dc' element='identifier' qualifier='uri'",
    "field mdschema='dc' element='identifier' qualifier='citation'",
    "field mdschema='dc' element='relation' qualifier='ispartof'",
    "field mdschema='dc' element='relation' qualifier='ispartofseries'",
    "field mdschema='dc' element='relation' qualifier='isversionof'",
    "field mdschema='dc' element='relation'",
    "field mdschema='dc' element='rights'",
    "field mdschema='dc' element='rights' qualifier='holder'",
    "field mdschema='dc' element='subject'",
    "field mdschema='dc' element='type'",
    "field mdschema='dc' element='publisher'",
    "field mdschema='dc' element='source'",
    "field mdschema='dc' element='coverage'",
    "field mdschema='oaire' element='citation' qualifier='volume'",
    "field mdschema='oaire' element='citation' qualifier='startPage'",
    "field mdschema='oaire' element='citation' qualifier='endPage'",
    "field mdschema='oaire' element='citation' qualifier='title'",
    "field mdschema='local' element='x'",
];
const FLAT: &[&str] = &[
    "title",
    "creator",
    "contributor",
    "contributor role='advisor'",
    "subject",
    "description",
    "description role='note'",
    "publisher",
    "date",
    "type",
    "identifier",
    "format",
    "rights",
    "degree",
    "name",
    "level",
    "coverage",
    "source",
    "relation",
    "author",
    "version",
    "version_of_record",
    "publication_date",
    "dateAccepted",
    "license_ref",
    "project funder_name='F'",
    "grant",
    "ext_relation rel='cite-as'",
    "id",
    "created",
    "updated",
    "authors",
    "keyname",
    "forenames",
    "affiliation",
    "abstract",
    "categories",
    "comments",
    "journal-ref",
    "doi",
    "license",
    "report-no",
    "journalTitle",
    "issn",
    "eissn",
    "publicationDate",
    "volume",
    "issue",
    "startPage",
    "endPage",
    "documentType",
    "fullTextUrl",
    "keywords",
    "keyword",
    "affiliationsList",
    "affiliationName affiliationId='1'",
    "orcid_id",
    "journalInfo",
    "articleInfo",
    "journal-name",
    "publisher-name",
    "pub-year",
    "article-categories",
    "title-group",
    "article-title lang='original'",
    "author-group",
    "author-name",
    "abstract-group",
    "fpage",
    "lpage",
    "uci",
    "url",
];

/// Asserts that no word of a generated record is lost.
fn assert_kept(prefix: &str, root: &str, content: &str) -> Result<(), TestCaseError> {
    let (xml, words) = numbered(&element(root, content));
    let lost = lost(prefix, &xml, &words);
    prop_assert!(lost.is_empty(), "lost {lost:?} of {xml}");
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: support::cases(96), ..ProptestConfig::default() })]

    #[test]
    fn keeps_every_value_of_jats(nodes in proptest::collection::vec(tree(JATS, 4), 1..10)) {
        assert_kept("jats", "article", &format!("<front><article-meta>{}</article-meta></front>", nodes.concat()))?;
    }

    #[test]
    fn keeps_every_value_of_mods(nodes in proptest::collection::vec(tree(MODS, 4), 1..10)) {
        assert_kept("mods", "mods", &nodes.concat())?;
    }

    #[test]
    fn keeps_every_value_of_marc(
        fields in proptest::collection::vec((proptest::sample::select(MARC), proptest::collection::vec(proptest::sample::select(SUBFIELDS), 1..5)), 1..8),
    ) {
        let field = |(open, codes): &(&str, Vec<&str>)| {
            let subfields = codes.iter().map(|code| format!("<subfield code='{code}'>\u{1}</subfield>"));
            element(open, &subfields.collect::<String>())
        };
        assert_kept("marcxml", "record", &fields.iter().map(field).collect::<String>())?;
    }

    #[test]
    fn keeps_every_value_of_datacite(nodes in proptest::collection::vec(tree(DATACITE, 4), 1..10)) {
        assert_kept("oai_datacite", "resource", &format!("<titles><title>\u{1}</title></titles>{}", nodes.concat()))?;
    }

    #[test]
    fn keeps_every_value_of_dim(fields in proptest::collection::vec(proptest::sample::select(DIM), 1..15)) {
        let fields = fields.iter().map(|open| element(open, "\u{1}"));
        assert_kept("dim", "dim", &fields.collect::<String>())?;
    }

    #[test]
    fn keeps_every_value_of_smaller_formats(
        root in proptest::sample::select(&["thesis", "rioxx", "arXiv", "arXivRaw", "doajArticle", "oai_kci"][..]),
        nodes in proptest::collection::vec(tree(FLAT, 3), 1..12),
    ) {
        let sure = match root {
            "thesis" => "<title>\u{1}</title>",
            "arXiv" | "arXivRaw" => "<id>\u{1}</id>",
            "doajArticle" => "<journalTitle>\u{1}</journalTitle>",
            "oai_kci" => "<articleInfo><fpage>\u{1}</fpage></articleInfo>",
            _ => "",
        };
        assert_kept("x", root, &format!("{sure}{}", nodes.concat()))?;
    }
}
