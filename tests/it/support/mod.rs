//! Items made of saved responses, for tests of what comes after the protocol.
#![expect(
    clippy::expect_used,
    reason = "a test whose input is not there has failed"
)]
#![allow(dead_code, reason = "each test program takes the part it needs")]

use chrono::{DateTime, Utc};
use offprint::Entry;
use offprint::article::Article;
use offprint::internals::normalize::{
    FormatRecord, Item, LANDING_PAGE, ProfileBuilder, SourceContext, normalize,
};
use offprint::internals::oai::{Header, Record, Software, read_page, read_record};

/// A file under `samples/`.
pub(crate) fn sample(path: &str) -> Vec<u8> {
    std::fs::read(format!("{}/samples/{path}", env!("CARGO_MANIFEST_DIR")))
        .expect("the sample is there")
}

/// The sample journal: three pages of ListRecords, OJS 3.4.
pub(crate) fn sample_items() -> Vec<Item> {
    (1..=3)
        .flat_map(|n| {
            items(&sample(&format!(
                "ojs-3.4-cac/cac-listrecords-oai_dc-page{n}.xml"
            )))
        })
        .collect()
}

/// The same with what was recorded in other formats beside Dublin Core: JATS of all, MARC of the third page.
pub(crate) fn sample_items_in_all_formats() -> Vec<Item> {
    let mut items = sample_items();
    for n in 1..=3 {
        add_format(
            &mut items,
            "jats",
            &sample(&format!("ojs-3.4-cac/cac-listrecords-jats-page{n}.xml")),
        );
    }
    add_format(
        &mut items,
        "marcxml",
        &sample("ojs-3.4-cac/cac-listrecords-marcxml-page3.xml"),
    );
    for prefix in ["marcxml", "oai_marc", "rfc1807", "oai_openaire_jats"] {
        add_format(
            &mut items,
            prefix,
            &sample(&format!("ojs-3.4-cac/cac-getrecord-643-{prefix}.xml")),
        );
    }
    items
}

/// Puts the records of a response beside those of their items, each format once.
pub(crate) fn add_format(items: &mut [Item], prefix: &str, body: &[u8]) {
    for other in self::items(body) {
        let Some(item) = items
            .iter_mut()
            .find(|item| item.identifier == other.identifier)
        else {
            continue;
        };
        if !item
            .records
            .iter()
            .any(|record| record.metadata_prefix == prefix)
        {
            let records = other.records.into_iter();
            item.records
                .extend(records.map(|record| format_record(record.record, prefix)));
        }
    }
}

/// Returns the facts about the sample journal after a harvest.
pub(crate) fn sample_context(items: &[Item]) -> SourceContext {
    let mut builder = ProfileBuilder::default();
    for item in items {
        builder.add(item);
    }
    SourceContext {
        name: "cac".to_owned(),
        repository_name: Some("CENTRAL ASIA AND THE CAUCASUS".to_owned()),
        profile: builder.finish(),
        ..ojs("http://127.0.0.1:8081/index.php/cac/oai", "3.4.0.10")
    }
}

/// The sample journal's articles and deletions.
pub(crate) fn samples() -> Vec<Entry> {
    let items = sample_items();
    let context = sample_context(&items);
    items.iter().map(|item| normalize(item, &context)).collect()
}

/// A source of this version of OJS, and nothing else known.
pub(crate) fn ojs(base_url: &str, version: &str) -> SourceContext {
    SourceContext {
        software: Some(Software {
            name: "Open Journal Systems".to_owned(),
            version: Some(version.to_owned()),
        }),
        ..source(base_url)
    }
}

/// A source of software that Identify does not tell.
pub(crate) fn source(base_url: &str) -> SourceContext {
    SourceContext {
        name: "test".to_owned(),
        base_url: base_url.to_owned(),
        id_base: base_url
            .trim_start_matches("https://")
            .trim_start_matches("http://")
            .to_owned(),
        ..SourceContext::default()
    }
}

/// The items of one response in oai_dc.
pub(crate) fn items(body: &[u8]) -> Vec<Item> {
    let page = read_page(body).expect("a response");
    let slices = page
        .records
        .iter()
        .map(|record| &body[record.offset..record.offset + record.len]);
    slices
        .map(|slice| item(read_record(slice, &page.head).expect("a record")))
        .collect()
}

/// An item of one record in oai_dc.
pub(crate) fn item(record: Record) -> Item {
    Item {
        identifier: record.header.identifier.clone(),
        records: vec![format_record(record, "oai_dc")],
    }
}

/// A record in one format.
pub(crate) fn format_record(record: Record, prefix: &str) -> FormatRecord {
    let fetched_at: DateTime<Utc> = "2026-11-24T03:00:00Z".parse().expect("a date");
    FormatRecord {
        metadata_prefix: prefix.to_owned(),
        record,
        fetched_at,
        sha256: "00".repeat(32),
    }
}

/// The item with a landing page beside its records.
pub(crate) fn with_landing_page(mut item: Item, html: &str) -> Item {
    let header = Header {
        identifier: item.identifier.clone(),
        ..Header::default()
    };
    let record = Record {
        header,
        metadata: Some(html.to_owned()),
        ..Record::default()
    };
    item.records.push(format_record(record, LANDING_PAGE));
    item
}

/// A record that holds these elements of Dublin Core.
pub(crate) fn dublin_core(identifier: &str, sets: &[&str], elements: &str) -> Item {
    item(Record {
        header: Header {
            identifier: identifier.to_owned(),
            datestamp: "2024-01-01T00:00:00Z".to_owned(),
            set_specs: sets.iter().map(|set| (*set).to_owned()).collect(),
            deleted: false,
        },
        metadata: Some(format!("<oai_dc:dc>{elements}</oai_dc:dc>")),
        ..Record::default()
    })
}

/// The item's article; a deletion is a failure.
pub(crate) fn article(item: &Item, context: &SourceContext) -> Article {
    match normalize(item, context) {
        Entry::Live(article) => *article,
        Entry::Deleted(deletion) => panic!("{} is deleted", deletion.provenance.oai_identifier),
    }
}

/// Number of generated inputs of a test; `PROPTEST_CASES` says another.
pub(crate) fn cases(usual: u32) -> u32 {
    std::env::var("PROPTEST_CASES").map_or(usual, |cases| {
        cases.parse().expect("PROPTEST_CASES is a number")
    })
}
