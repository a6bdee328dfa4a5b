//! Comparing the index of records with what reading a page again gives, for every engine.

use std::collections::HashMap;

use super::types::{PageNo, SourceId};
use crate::oai::{PageHead, RecordRef, read_page};

/// A version of a record, as the index has it.
#[derive(Debug)]
pub(super) struct Version {
    pub(super) page: (SourceId, PageNo),
    pub(super) identifier: String,
    pub(super) offset: i64,
    pub(super) hash: i64,
    pub(super) datestamp: String,
    pub(super) deleted: bool,
    pub(super) gone: bool,
}

/// Reads a page again. The error says what is wrong with it; so it does of a head that is not the page's own, which
/// decides how each of its records is read.
pub(super) fn reread(body: &[u8], head: &str) -> Result<Vec<RecordRef>, String> {
    let page = read_page(body).map_err(|e| format!("cannot be read any more: {e}"))?;
    if serde_json::from_str::<PageHead>(head).is_ok_and(|head| head == page.head) {
        Ok(page.records)
    } else {
        Err("has another head than its body".to_owned())
    }
}

/// Each version that points to a page is on it, as the index says.
pub(super) fn forwards(
    place: &str,
    records: &[RecordRef],
    versions: &[Version],
    list_sets: &[String],
    complaints: &mut Vec<String>,
) {
    let by_offset: HashMap<usize, &RecordRef> = records
        .iter()
        .map(|record| (record.offset, record))
        .collect();
    for version in versions {
        let name = &version.identifier;
        let read = usize::try_from(version.offset)
            .ok()
            .and_then(|offset| by_offset.get(&offset));
        match read {
            None => complaints.push(format!(
                "{place} no longer has {name} at {}",
                version.offset
            )),
            Some(read) if read.identifier != *name => {
                complaints.push(format!(
                    "{place} has {} where the index has {name}",
                    read.identifier
                ));
            }
            Some(read)
                if read.hash.cast_signed() != version.hash
                    && !is_hashed_otherwise(read, list_sets) =>
            {
                complaints.push(format!(
                    "{place} has another content of {name} than the index"
                ));
            }
            // Gone by reconciliation, though what is pointed at is live.
            Some(read) if read.deleted != version.deleted && !version.gone => {
                complaints.push(format!("{place} does not agree whether {name} is deleted"));
            }
            Some(read) if read.datestamp > version.datestamp => {
                complaints.push(format!("{place} has {name} newer than the index"));
            }
            Some(_) => {}
        }
    }
}

/// Returns whether the header names a set whose list is harvested: such sets may be left out of the content hash.
pub(super) fn is_hashed_otherwise(record: &RecordRef, list_sets: &[String]) -> bool {
    record.set_specs.iter().any(|set| list_sets.contains(set))
}

/// Returns whether a record of a page must be in the index elsewhere, since none of the versions that point to the page
/// is it.
pub(super) fn is_to_be_known(record: &RecordRef, versions: &[Version]) -> bool {
    // Tombstones may not have been believed, and what has no metadata was requested alone.
    let left_out = record.identifier.is_empty() || record.deleted || !record.has_metadata;
    !left_out
        && !versions
            .iter()
            .any(|version| version.identifier == record.identifier)
}
