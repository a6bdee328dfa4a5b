//! One small record per format, and the article that comes of it.
//!
//! `samples/formats/NAME.xml` is the metadata of a record, `NAME.json` its article. `OFFPRINT_BLESS=1` writes the
//! articles again: read what changed before you keep it.

use crate::support;

use std::path::{Path, PathBuf};

use offprint::Entry;
use offprint::internals::normalize::{FormatRecord, Item, normalize};
use offprint::internals::oai::{Header, Record};
use rstest::rstest;

const IDENTIFIER: &str = "oai:repo.example.org:7";

/// The record of one item, alone or with others.
fn item(records: &[(&str, String)]) -> Item {
    let record = |(prefix, xml): &(&str, String)| -> FormatRecord {
        let header = Header {
            identifier: IDENTIFIER.to_owned(),
            datestamp: "2021-03-04".to_owned(),
            ..Header::default()
        };
        let metadata = Some(xml.trim().to_owned());
        let record = Record {
            header,
            metadata,
            ..Record::default()
        };
        support::format_record(record, prefix)
    };
    Item {
        identifier: IDENTIFIER.to_owned(),
        records: records.iter().map(record).collect(),
    }
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("samples/formats")
}

#[rstest]
#[case("dim", "dim")]
#[case("xoai", "xoai")]
#[case("oai_datacite", "oai_datacite")]
#[case("datacite3", "datacite")]
#[case("oai_openaire", "oai_openaire")]
#[case("mets-eprints", "mets")]
#[case("arXiv", "arXiv")]
#[case("arXivRaw", "arXivRaw")]
#[case("oai_doaj", "oai_doaj")]
#[case("oai_kci", "oai_kci")]
#[case("oai_etdms", "oai_etdms")]
#[case("rioxx2", "rioxx")]
#[case("rioxx3", "rioxx")]
#[case("marcxml-invenio", "marcxml")]
#[case("jats-groups", "jats")]
fn comes_to_the_expected_article(#[case] name: &str, #[case] prefix: &str) {
    let xml = std::fs::read_to_string(folder().join(format!("{name}.xml"))).unwrap();
    let item = item(&[(prefix, xml)]);
    let Entry::Live(article) = normalize(&item, &support::source("https://repo.example.org/oai"))
    else {
        panic!("{name} is no live article")
    };
    let written = format!("{}\n", serde_json::to_string_pretty(&article).unwrap());
    let path = folder().join(format!("{name}.json"));
    if std::env::var_os("OFFPRINT_BLESS").is_some() {
        std::fs::write(&path, &written).unwrap();
    }
    let expected = std::fs::read_to_string(&path).unwrap_or_default();
    pretty_assertions_or_panic(&expected, &written, name);
}

/// Compares line by line, so that a failure shows the lines that differ and not two whole articles.
fn pretty_assertions_or_panic(expected: &str, got: &str, name: &str) {
    let lines = expected.lines().zip(got.lines()).enumerate();
    for (at, (expected, got)) in lines {
        assert_eq!(expected, got, "{name}.json, line {}", at + 1);
    }
    assert_eq!(
        expected.lines().count(),
        got.lines().count(),
        "{name}.json, number of lines"
    );
}
