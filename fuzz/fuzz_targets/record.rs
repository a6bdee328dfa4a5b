//! The record reader: what it hands on has no character that XML 1.0 forbids.
#![no_main]

use libfuzzer_sys::fuzz_target;
use offprint::oai::{PageHead, read_record};

fuzz_target!(|slice: &[u8]| {
    let encoding = if slice.first() == Some(&b'1') { "windows-1251" } else { "" };
    let head = PageHead { encoding: encoding.to_owned(), ..PageHead::default() };
    let Ok(record) = read_record(slice, &head) else { return };
    let allowed = |c: char| c >= ' ' && c < '\u{fffe}' || c > '\u{ffff}' || "\t\n\r".contains(c);
    assert!(record.metadata.iter().chain(&record.abouts).all(|text| text.chars().all(allowed)));
});
