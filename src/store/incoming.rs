//! Classifies the records of a page: those that count, and each against the known version. The same
//! for every engine.

use std::collections::HashMap;

use super::error::{StoreError, StoreResult};
use super::types::{CommitStats, ListNo, NewPage, NewRecord};

/// The newest version of a record, as far as a newer one is judged by it.
#[derive(Clone, Debug)]
pub(super) struct Known {
    pub(super) hash: i64,
    pub(super) deleted: bool,
    pub(super) seen_list: ListNo,
    pub(super) datestamp: String,
}

/// The action for a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum RecordAction {
    /// Leave what is known as it is.
    Leave,
    /// Note that it was seen again.
    SeenAgain,
    /// It is the first version of its format.
    First,
    /// It takes the place of the version known.
    Supersede,
}

/// One record for each identifier on a page: its newest live one, else its newest tombstone; of equals the last.
/// Were both of two versions taken, each harvest of the same page would find two changes.
pub(super) fn dedupe_page<'p>(
    page: &'p NewPage,
    stats: &mut CommitStats,
) -> StoreResult<Vec<&'p NewRecord>> {
    let body_len = page.body.len() as u64;
    let mut places: HashMap<&str, usize> = HashMap::with_capacity(page.records.len());
    let mut chosen: Vec<&NewRecord> = Vec::with_capacity(page.records.len());
    stats.records += page.records.len() as u64;
    for record in &page.records {
        if record
            .offset
            .checked_add(record.len)
            .is_none_or(|end| end > body_len)
        {
            return Err(StoreError::Invalid(format!(
                "record {:?} at {}+{} lies outside of its page of {body_len} bytes",
                record.identifier, record.offset, record.len,
            )));
        }
        let Some(&place) = places.get(&*record.identifier) else {
            places.insert(&record.identifier, chosen.len());
            chosen.push(record);
            continue;
        };
        let Some(earlier) = chosen.get_mut(place) else {
            continue;
        };
        stats.repeated += 1;
        match (earlier.deleted, record.deleted) {
            (false, true) => stats.shadowed_tombstones += 1,
            (true, false) => {
                stats.shadowed_tombstones += 1;
                *earlier = record;
            }
            _ => {
                stats.unchanged += 1;
                if record.datestamp >= earlier.datestamp {
                    *earlier = record;
                }
            }
        }
    }
    Ok(chosen)
}

/// Judges a record of a list (0: of none) by the version known, and counts it.
pub(super) fn classify(
    known: Option<&Known>,
    record: &NewRecord,
    list_no: ListNo,
    only_newer: bool,
    stats: &mut CommitStats,
) -> RecordAction {
    let Some(known) = known else {
        *(if record.deleted {
            &mut stats.deleted
        } else {
            &mut stats.new
        }) += 1;
        return RecordAction::First;
    };
    let same_list = list_no > ListNo::START && known.seen_list == list_no;
    stats.repeated += u64::from(same_list);
    if record.deleted && !known.deleted && same_list {
        // What one list holds both live and deleted is live.
        stats.shadowed_tombstones += 1;
        RecordAction::Leave
    } else if (only_newer || same_list && known.deleted == record.deleted)
        && known.datestamp > record.datestamp
    {
        // Saved earlier than what is known; or an old version that one list holds beside the new.
        stats.unchanged += 1;
        RecordAction::Leave
    } else if known.deleted == record.deleted && known.hash == record.hash.cast_signed() {
        stats.unchanged += 1;
        RecordAction::SeenAgain
    } else {
        *(if record.deleted {
            &mut stats.deleted
        } else {
            &mut stats.changed
        }) += 1;
        RecordAction::Supersede
    }
}
