//! Each metadata format's reader and crosswalk by itself: the first byte chooses the format, and whether its software is OJS.

use offprint::Entry;
use offprint::internals::normalize::{FormatRecord, Item, SourceContext, normalize};
use offprint::internals::oai::{Header, Record, Software};

/// metadataPrefixes that name a reader.
const PREFIXES: [&str; 16] = [
    "oai_dc",
    "jats",
    "marcxml",
    "oai_marc",
    "mods",
    "mets",
    "rfc1807",
    "qdc",
    "dim",
    "xoai",
    "oai_datacite",
    "oai_openaire",
    "arXiv",
    "oai_doaj",
    "etdms",
    // known by its root alone
    "x",
];

/// Whatever comes: no panic, and the same article each time.
pub fn check(bytes: &[u8]) {
    let Some((choice, metadata)) = bytes.split_first() else {
        return;
    };
    let Ok(metadata) = str::from_utf8(metadata) else {
        return;
    };
    let record = FormatRecord {
        metadata_prefix: PREFIXES[usize::from(*choice) % PREFIXES.len()].to_owned(),
        record: Record {
            header: Header {
                identifier: "oai:x.org:article/1".to_owned(),
                ..Header::default()
            },
            metadata: Some(metadata.to_owned()),
            ..Record::default()
        },
        fetched_at: chrono::DateTime::UNIX_EPOCH,
        sha256: String::new(),
    };
    let item = Item {
        identifier: "oai:x.org:article/1".to_owned(),
        records: vec![record],
    };
    let software = (*choice >= 128).then(|| Software {
        name: "Open Journal Systems".to_owned(),
        version: Some("3.4.0".to_owned()),
    });
    let context = SourceContext {
        base_url: "https://x.org/index.php/j/oai".to_owned(),
        software,
        ..SourceContext::default()
    };
    let entry = normalize(&item, &context);
    assert!(matches!(entry, Entry::Live(_)));
    assert_eq!(
        serde_json::to_string(&entry).unwrap(),
        serde_json::to_string(&normalize(&item, &context)).unwrap()
    );
}
