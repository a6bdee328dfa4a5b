//! Dublin Core, DOAJ and Crossref: what aggregators and registration agencies take.

use crate::articles;
use crate::support;
use crate::validators;

use offprint::internals::export::{self, Options, Target};
use offprint::internals::metadata::oai_dc;
use offprint::{Article, Entry};
use rstest::rstest;

use articles::{deletion, full, sufficient};
use support::samples;
use validators::{everything, live, python, python_package, schema, stream, xmllint};

fn options() -> Options {
    let mut options = Options::default();
    options.crossref.depositor = Some("Library & Archive".to_owned());
    options.crossref.email = Some("library@example.org".to_owned());
    options.crossref.timestamp = 20_261_124_000_000_000;
    options
}

fn all() -> Vec<Entry> {
    let mut entries = everything();
    entries.extend(samples());
    entries
}

fn of(format: &str, entries: Vec<Entry>) -> String {
    String::from_utf8(stream(format, &options(), entries)).unwrap()
}

/// Live articles and those left out.
fn counts(format: &str, entries: Vec<Entry>) -> (u64, u64) {
    let format = export::exporter(format, &options()).unwrap();
    let target = Target::stream(Box::new(std::io::sink()), format).unwrap();
    let counts = export::export(entries, target).unwrap();
    (counts.live, counts.left_out)
}

#[rstest]
fn a_stream_is_one_well_formed_document(#[values("dc", "doaj", "crossref")] format: &str) {
    xmllint(None, of(format, all()).as_bytes());
    xmllint(None, of(format, vec![]).as_bytes());
}

#[rstest]
fn a_full_article_has_every_field_of_the_crosswalk(
    #[values("dc", "doaj", "crossref")] format: &str,
) {
    insta::assert_snapshot!(format!("{format}_full"), of(format, live([full(643)])));
}

#[test]
fn dublin_core_holds_its_fifteen_elements_alone_and_deletions() {
    let text = of("dc", all());
    let known = [
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
    ];
    for part in text.split("<dc:").skip(1) {
        let name = part.split([' ', '>']).next().unwrap();
        assert!(known.contains(&name), "dc:{name}");
    }
    assert!(!text.contains("xml:lang=\"\"") && !text.contains("xml:lang=\"und\""));
    assert_eq!(
        text.matches("<oai_dc:dc ").count() + text.matches("<deleted-record ").count(),
        all().len()
    );
    assert_eq!(text.matches("<deleted-record ").count(), 7);
}

#[test]
fn dublin_core_is_read_back_as_it_was_written() {
    let text = of("dc", live([full(1)]));
    let start = text.find("<oai_dc:dc").unwrap();
    let end = text.find("</records>").unwrap();
    let read = oai_dc::read(text[start..end].trim()).unwrap();
    let values = |name: &str| -> Vec<String> {
        read.elements
            .iter()
            .filter(|one| one.name == name)
            .map(|one| one.value.to_string())
            .collect()
    };
    assert_eq!(values("creator"), ["Tolipov, Zaur, Jr.", "Saodat Ismailov"]);
    assert_eq!(
        values("source")[0],
        "Central Asia and the Caucasus; Vol. 5 No. 1-2 (2004): Energy; 5-13"
    );
    assert_eq!(
        values("identifier")[1],
        "https://doi.org/10.37178/ca-c.00.1.01"
    );
}

#[test]
fn crossref_is_valid_by_its_schema() {
    let folder = schema("crossref/crossref5.5.0.xsd")
        .parent()
        .unwrap()
        .to_owned();
    let mut entries = everything();
    entries.extend(samples().into_iter().take(60));
    let text = of("crossref", entries);
    assert!(text.matches("<journal>").count() > 100);
    let unsound =
        of("crossref", live([full(1)])).replacen("<year>2004</year>", "<year>MMIV</year>", 1);
    let files = tempfile::tempdir().unwrap();
    let (first, second) = (
        files.path().join("sound.xml"),
        files.path().join("unsound.xml"),
    );
    std::fs::write(&first, text).unwrap();
    std::fs::write(&second, unsound).unwrap();
    let said = python("crossref.py", &[&folder, &first, &second], b"");
    let faulty: Vec<&str> = said
        .lines()
        .map(|line| line.split('\t').next().unwrap())
        .collect();
    assert!(faulty.contains(&"1") && !faulty.contains(&"0"), "{said}");
}

/// By the schema of MODS 3.4, the newest that a registry carries; what is newer is taken out before.
#[test]
fn mods_is_valid_by_its_schema() {
    let folder = python_package("eulxml/schema_data/mods-3-4.xsd");
    let text = of("mods", all());
    let said = python("mods.py", &[folder.parent().unwrap()], text.as_bytes());
    assert_eq!(said.trim(), text.matches("<mods ").count().to_string());
    assert!(text.matches("<mods ").count() > 265);
}

/// DataCite's lists of terms and its mandatory properties.
#[test]
fn datacite_uses_the_terms_of_its_schema() {
    let text = of("datacite", all());
    let said = python(
        "datacite.py",
        &[&schema("datacite-v4.5.json")],
        text.as_bytes(),
    );
    assert_eq!(said.trim(), text.matches("<resource ").count().to_string());
    assert!(text.matches("<resource ").count() > 100);
}

/// OpenAIRE Guidelines for Literature Repository Managers 4.0: what they call mandatory, in their vocabularies.
#[test]
fn openaire_has_what_its_guidelines_demand() {
    let text = of("openaire", all());
    let records: Vec<&str> = text.split("<oaire:resource ").skip(1).collect();
    assert!(records.len() > 100, "{}", records.len());
    for record in records {
        for demanded in [
            "<datacite:title",
            "<datacite:creatorName>",
            "<datacite:date dateType=\"Issued\">",
            "uri=\"http://purl.org/coar/resource_type/",
            "<datacite:identifier identifierType=\"",
            "<datacite:rights rightsURI=\"http://purl.org/coar/access_right/c_abf2\">open access",
        ] {
            assert!(record.contains(demanded), "{demanded}\n{record}");
        }
    }
}

#[rstest]
#[case::no_doi(|a: &mut Article| a.doi = None)]
#[case::no_address(|a: &mut Article| a.links.clear())]
#[case::no_title(|a: &mut Article| a.titles.clear())]
#[case::no_journal(|a: &mut Article| (a.journal.title, a.journal.titles) = (None, Vec::new()))]
#[case::no_date(|a: &mut Article| (a.published, a.issue_year) = (None, None))]
fn crossref_leaves_out_what_cannot_be_registered(#[case] change: fn(&mut Article)) {
    assert_eq!(counts("crossref", live([full(1)])), (1, 0));
    let mut article = full(1);
    change(&mut article);
    assert_eq!(counts("crossref", live([article])), (0, 1));
}

#[test]
fn doaj_leaves_out_what_it_would_refuse() {
    assert_eq!(counts("doaj", live([full(1)])), (1, 0));
    // Without an address of its text.
    assert_eq!(counts("doaj", live([sufficient(1)])), (0, 1));
    assert_eq!(counts("doaj", vec![Entry::Deleted(deletion(1))]), (0, 1));
    for url in [
        "http://localhost/a",
        "ftp://example.org/a",
        "http://[::1]/a",
        "https://example.museumsinsel/a",
    ] {
        let mut article = full(1);
        article
            .links
            .retain(|link| link.rel == offprint::article::LinkRel::Landing);
        article.links[0].url = url.to_owned();
        assert_eq!(counts("doaj", live([article])), (0, 1), "{url}");
    }
    assert_eq!(counts("doaj", samples()), (265, 6));
}
