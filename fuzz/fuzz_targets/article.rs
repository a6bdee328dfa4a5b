//! The crosswalk: any metadata becomes an article without a control character.
#![no_main]

use libfuzzer_sys::fuzz_target;
use offprint::normalize::{FormatRecord, Item, SourceContext, normalize};
use offprint::oai::{Header, Record};

fuzz_target!(|metadata: &str| {
    let header = Header { identifier: "oai:x:1".to_owned(), ..Header::default() };
    let record = Record { header, metadata: Some(metadata.to_owned()), ..Record::default() };
    let record = FormatRecord {
        metadata_prefix: "oai_dc".to_owned(),
        record,
        fetched_at: Default::default(),
        sha256: String::new(),
    };
    let item = Item { identifier: "oai:x:1".to_owned(), records: vec![record] };
    let entry = normalize(&item, &SourceContext::default());
    let offprint::Entry::Live(article) = entry else { panic!("it is not deleted") };
    assert!(article.titles.iter().all(|title| !title.value.chars().any(char::is_control)));
});
