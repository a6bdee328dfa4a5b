//! The page reader and its repairs: whatever comes, the slices lie within the body and read by themselves.
#![no_main]

use libfuzzer_sys::fuzz_target;
use offprint::oai::{read_page, read_record};

fuzz_target!(|body: &[u8]| {
    let Ok(page) = read_page(body) else { return };
    for record in &page.records {
        let slice = &body[record.offset..record.offset + record.len];
        let _ = read_record(slice, &page.head);
    }
    let _ = page.list_hash(body);
});
