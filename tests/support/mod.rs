//! Records cut out of saved responses, for tests of what comes after the protocol.

use chrono::{DateTime, Utc};
use offprint::normalize::{FormatRecord, Item, Learner, SourceContext};
use offprint::oai::{Header, Record, Software};
use quick_xml::Reader;
use quick_xml::events::Event;

/// The sample journal: three pages of ListRecords, OJS 3.4.
pub fn sample_items() -> Vec<Item> {
    let page = |n: u8| {
        format!("{}/samples/ojs-3.4-cac/cac-listrecords-oai_dc-page{n}.xml", env!("CARGO_MANIFEST_DIR"))
    };
    (1..=3)
        .flat_map(|n| items(&std::fs::read_to_string(page(n)).expect("the sample page is there")))
        .collect()
}

/// What is known of the sample journal after a harvest.
pub fn sample_context(items: &[Item]) -> SourceContext {
    let mut learner = Learner::default();
    for item in items {
        learner.see(item);
    }
    SourceContext {
        name: "cac".to_owned(),
        base_url: "http://127.0.0.1:8081/index.php/cac/oai".to_owned(),
        id_base: "127.0.0.1:8081/index.php/cac/oai".to_owned(),
        software: Some(Software {
            name: "Open Journal Systems".to_owned(),
            version: Some("3.4.0.10".to_owned()),
        }),
        repository_name: Some("CENTRAL ASIA AND THE CAUCASUS".to_owned()),
        profile: learner.finish(),
    }
}

/// The items of one response.
pub fn items(page: &str) -> Vec<Item> {
    let mut reader = Reader::from_str(page);
    let mut items = Vec::new();
    let mut record = Record::default();
    let mut text = String::new();
    let mut metadata_from = None;
    loop {
        let before = position(&reader);
        match reader.read_event().expect("the saved page is well-formed") {
            Event::Start(tag) if metadata_from.is_none() => {
                text.clear();
                match tag.name().as_ref() {
                    "record" => record = Record::default(),
                    "header" => {
                        let is_deleted =
                            |a: quick_xml::events::attributes::Attribute<'_>| &*a.value == "deleted";
                        record.header.deleted = tag.attributes().flatten().any(is_deleted);
                    }
                    "metadata" => metadata_from = Some(position(&reader)),
                    _ => {}
                }
            }
            Event::Text(value) if metadata_from.is_none() => text.push_str(&value),
            Event::GeneralRef(value) if metadata_from.is_none() => {
                assert_eq!(&*value, "amp");
                text.push('&');
            }
            Event::End(tag) => match (tag.name().as_ref(), metadata_from) {
                ("metadata", Some(from)) => {
                    record.metadata = Some(page[from..before].trim().to_owned());
                    metadata_from = None;
                }
                (_, Some(_)) => {}
                ("identifier", None) => text.clone_into(&mut record.header.identifier),
                ("datestamp", None) => text.clone_into(&mut record.header.datestamp),
                ("setSpec", None) => record.header.set_specs.push(text.clone()),
                ("record", None) => items.push(item(std::mem::take(&mut record), "oai_dc")),
                _ => {}
            },
            Event::Eof => return items,
            _ => {}
        }
    }
}

/// An item of one record.
pub fn item(record: Record, prefix: &str) -> Item {
    Item { identifier: record.header.identifier.clone(), records: vec![format_record(record, prefix)] }
}

/// The record in one format.
pub fn format_record(record: Record, prefix: &str) -> FormatRecord {
    let fetched_at: DateTime<Utc> = "2026-11-24T03:00:00Z".parse().expect("a date");
    FormatRecord { metadata_prefix: prefix.to_owned(), record, fetched_at, sha256: "00".repeat(32) }
}

/// A record that holds this Dublin Core.
pub fn record(identifier: &str, sets: &[&str], metadata: &str) -> Record {
    Record {
        header: Header {
            identifier: identifier.to_owned(),
            datestamp: "2024-01-01T00:00:00Z".to_owned(),
            set_specs: sets.iter().map(|set| (*set).to_owned()).collect(),
            deleted: false,
        },
        metadata: Some(metadata.to_owned()),
        ..Record::default()
    }
}

fn position(reader: &Reader<&[u8]>) -> usize {
    usize::try_from(reader.buffer_position()).expect("a page fits into memory")
}
