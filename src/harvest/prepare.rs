//! From a response to what is committed of it: its page, without the records that are not to be believed.

use std::collections::HashSet;

use sha2::{Digest, Sha256};

use crate::harvest::endpoint::OaiResponse;
use crate::harvest::work::ListWork;
use crate::oai::{RecordRef, Verb};
use crate::store::{NewPage, NewRecord, Window};
use crate::values::DisplaySafeUrl;

/// A page ready for the store.
pub(super) struct PreparedPage {
    pub(super) page: NewPage,
    /// Live records without metadata, to be requested one by one.
    pub(super) missing_metadata: Vec<String>,
}

/// Prepares a page for the store, without the records that are not to be believed.
pub(super) fn prepare_page(
    work: &mut ListWork<'_>,
    got: &OaiResponse,
    window: &mut Window,
    verb: Verb,
    foreign: &HashSet<String>,
) -> PreparedPage {
    let (page, response) = (&got.page, &got.response);
    work.report.repaired(&page.repairs);
    let mut missing_metadata = Vec::new();
    let mut records = Vec::with_capacity(page.records.len());
    for record in &page.records {
        if record.identifier.is_empty() {
            work.report.lose(
                "a record without identifier, or with one over 64 KiB",
                format!("at {}", DisplaySafeUrl::from(&got.url)),
            );
            continue;
        }
        if record.deleted && foreign.contains(&record.identifier) {
            work.report.note(
                "tombstones of another journal were dropped, as this server is known to show them",
            );
            continue;
        }
        if verb != Verb::ListIdentifiers && !record.deleted && !record.has_metadata {
            missing_metadata.push(record.identifier.clone());
            continue;
        }
        if record.datestamp > *window.newest.get_or_insert_default() {
            window.newest = Some(record.datestamp.clone());
        }
        records.push(new_record(record, &response.body, &work.cx.list_sets));
    }
    work.report.bytes += response.body.len() as u64;
    let page = NewPage {
        window_no: window.window_no,
        kind: verb.as_str().to_owned(),
        fetched_at: response.fetched_at,
        request: DisplaySafeUrl::from(&got.url).into(),
        status: response.status,
        headers: response.kept_headers(),
        wire_coding: response.wire_coding.to_owned(),
        body: response.body.clone(),
        sha256: Sha256::digest(&response.body).into(),
        head: page.head.clone(),
        listed: u32::try_from(page.records.len()).unwrap_or(u32::MAX),
        records,
    };
    PreparedPage {
        page,
        missing_metadata,
    }
}

/// Returns a record for the store. Its hash leaves out the sets whose lists are harvested: each of them names its own.
fn new_record(record: &RecordRef, body: &[u8], list_sets: &[String]) -> NewRecord {
    let mut known = NewRecord::from(record);
    if record.set_specs.iter().any(|set| list_sets.contains(set)) {
        known.hash = record.hash_without(body, list_sets);
    }
    known
}
