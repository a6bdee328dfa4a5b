//! The record reader.

use offprint::internals::oai::{PageHead, read_record, standalone_record};

/// Text that was read has no character that XML 1.0 forbids, and records that are passed on are XML for a strict
/// reader. A first byte of `1` makes the slice one of a page in windows-1251.
pub fn check(slice: &[u8]) {
    let encoding = if slice.first() == Some(&b'1') {
        "windows-1251"
    } else {
        ""
    };
    let head = PageHead {
        encoding: encoding.to_owned(),
        ..PageHead::default()
    };
    if let Ok(standalone) = standalone_record(slice, &head) {
        for xml in standalone.metadata.iter().chain([&standalone.record]) {
            assert!(roxmltree::Document::parse(xml).is_ok(), "{xml:?}");
        }
    }
    let Ok(record) = read_record(slice, &head) else {
        return;
    };
    let allowed =
        |c: char| (' '..'\u{fffe}').contains(&c) || c > '\u{ffff}' || "\t\n\r".contains(c);
    assert!(
        record
            .metadata
            .iter()
            .chain(&record.abouts)
            .all(|text| text.chars().all(allowed))
    );
}
