//! ISO 2709:2008 as MARC 21 uses it: leader, directory of 12-byte entries, fields.

use std::fmt::Write as _;

use super::record::Record;

const SUBFIELD: u8 = 0x1F;
const FIELD_END: u8 = 0x1E;
const RECORD_END: u8 = 0x1D;

/// Leader and the end of directory and record.
pub(super) const FRAME: usize = 24 + 1 + 1;
/// One entry of the directory.
pub(super) const ENTRY: usize = 12;

/// Length of a record, bytes.
pub(super) fn len(record: &Record) -> usize {
    let control = record
        .control
        .iter()
        .map(|(_, value)| ENTRY + value.len() + 1);
    let data = record.data.iter().map(|field| ENTRY + field.len());
    FRAME + control.chain(data).sum::<usize>()
}

/// The bytes of a record that [fits](super::limit::fit).
pub(super) fn write(record: &Record) -> Vec<u8> {
    let mut directory = String::new();
    let mut body = Vec::new();
    let mut enter = |tag: &str, body: &[u8], start: usize| {
        let _ = write!(directory, "{tag}{:04}{start:05}", body.len() - start);
    };
    for (tag, value) in &record.control {
        let start = body.len();
        body.extend_from_slice(value.as_bytes());
        body.push(FIELD_END);
        enter(tag, &body, start);
    }
    for field in &record.data {
        let start = body.len();
        body.extend_from_slice(field.indicators.as_bytes());
        for (code, value) in &field.subfields {
            body.push(SUBFIELD);
            body.push(u8::try_from(*code).unwrap_or(b'a'));
            body.extend_from_slice(value.as_bytes());
        }
        body.push(FIELD_END);
        enter(field.tag, &body, start);
    }
    let base = 24 + directory.len() + 1;
    let total = base + body.len() + 1;
    let leader = &record.leader;
    let mut out = Vec::with_capacity(total);
    out.extend_from_slice(
        format!("{total:05}{}{base:05}{}", &leader[5..12], &leader[17..24]).as_bytes(),
    );
    out.extend_from_slice(directory.as_bytes());
    out.push(FIELD_END);
    out.extend_from_slice(&body);
    out.push(RECORD_END);
    out
}
