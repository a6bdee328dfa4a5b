//! Blanking what was taken down in a stored page: the one case in which a body is rewritten.

use bytes::Bytes;
use chrono::Utc;
use serde::{Deserialize, Serialize};

use super::body::{Packed, pack};
use super::convert::json;
use super::error::{StoreError, StoreResult};
use super::types::{NewPage, PageNo, Time};
use crate::hex;
use crate::oai::read_page;

/// Offset and length in a body, bytes.
pub(super) type Span = (usize, usize);

/// The note on a page whose body was rewritten; its own sha256 stays that of the bytes as received.
#[derive(Debug, Serialize, Deserialize)]
struct Note {
    /// sha256 of the body as it is now.
    sha256: String,
    /// Bytes blanked, by offset and length.
    blanked: Vec<Span>,
    /// When last.
    at: Time,
}

/// Where a version of a record stands.
#[derive(Clone, Debug)]
pub(super) struct Place {
    pub(super) page_no: PageNo,
    pub(super) offset: usize,
    pub(super) len: usize,
    /// The address, of a page that is not a page of records.
    pub(super) request: Option<String>,
}

/// A stored page, unpacked.
#[derive(Clone, Copy, Debug)]
pub(super) struct Unpacked<'a> {
    pub(super) page_no: PageNo,
    pub(super) kind: &'a str,
    pub(super) request: &'a str,
    pub(super) body: &'a [u8],
}

impl Place {
    pub(super) fn new(page_no: PageNo, off: i64, len: i64, kind: &str, request: String) -> Self {
        Self {
            page_no,
            offset: usize::try_from(off).unwrap_or(usize::MAX),
            len: usize::try_from(len).unwrap_or(0),
            request: (!is_protocol(kind)).then_some(request),
        }
    }
}

/// Returns whether a page is of the protocol, and so names its records itself.
pub(super) fn is_protocol(kind: &str) -> bool {
    matches!(kind, "ListRecords" | "ListIdentifiers" | "GetRecord")
}

/// Where an identifier, whose versions stand in these places, is on a stored page: also where it came again unchanged
/// beside others.
pub(super) fn spans_of(page: Unpacked<'_>, identifier: &str, places: &[Place]) -> Vec<Span> {
    let mut spans: Vec<Span> = places
        .iter()
        .filter(|place| place.page_no == page.page_no)
        .map(|place| (place.offset, place.len))
        .collect();
    if is_protocol(page.kind) {
        // What cannot be read any more is known by its pointers alone.
        let records = read_page(page.body)
            .map(|page| page.records)
            .unwrap_or_default();
        let same = records
            .iter()
            .filter(|record| record.identifier == identifier);
        spans.extend(same.map(|record| (record.offset, record.len)));
    } else if places
        .iter()
        .any(|place| place.request.as_deref() == Some(page.request))
    {
        spans.push((0, page.body.len()));
    }
    spans
}

/// Where an identifier stands on a page that is about to be written.
pub(super) fn spans_in(page: &NewPage, identifier: &str) -> Vec<Span> {
    let place = |n: u64| usize::try_from(n).unwrap_or(usize::MAX);
    let same = page
        .records
        .iter()
        .filter(|record| record.identifier == identifier);
    same.map(|record| (place(record.offset), place(record.len)))
        .collect()
}

/// A body with blanks in these places, packed, and the note for its page, which had perhaps one before. Offsets of what
/// is left stay.
pub(super) fn redact_body(
    page_no: PageNo,
    body: &[u8],
    spans: &[Span],
    earlier: Option<&str>,
) -> StoreResult<(Packed, String)> {
    let mut body = body.to_vec();
    for (offset, len) in spans {
        if let Some(bytes) = offset
            .checked_add(*len)
            .and_then(|end| body.get_mut(*offset..end))
        {
            bytes.fill(b' ');
        }
    }
    let mut blanked = earlier
        .and_then(|text| serde_json::from_str::<Note>(text).ok())
        .map_or_else(Vec::new, |note| note.blanked);
    blanked.extend(spans);
    blanked.sort_unstable();
    blanked.dedup();
    let note = json(&Note {
        sha256: hex::sha256(&body),
        blanked,
        at: Utc::now(),
    })?;
    let body = Bytes::from(body);
    let packed = pack(std::iter::once(&body)).map(|mut packed| packed.remove(0));
    let packed =
        packed.map_err(|e| StoreError::Invalid(format!("cannot pack page {page_no}: {e}")))?;
    Ok((packed, note))
}

/// Returns whether a body is what a take-down left of it.
pub(super) fn is_redacted(note: Option<&str>, body: &[u8]) -> bool {
    note.and_then(|text| serde_json::from_str::<Note>(text).ok())
        .is_some_and(|note| note.sha256 == hex::sha256(body))
}
