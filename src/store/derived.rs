//! Compares a derived row with the stored one: the same for every engine.

use super::convert::{from_json, json};
use super::error::StoreResult;
use super::facets::FacetChanges;
use super::provide::Facets;
use super::types::{ArticleRow, DeriveTally};

/// The row as it stands.
#[derive(Clone, Debug)]
pub(super) struct Stored {
    pub(super) cause_seq: i64,
    pub(super) record_seq: i64,
    pub(super) seq: i64,
    pub(super) changed_at: i64,
    pub(super) deleted: bool,
    pub(super) hash: i64,
    pub(super) codes: String,
    pub(super) facets: String,
}

/// The row as it is to be.
#[derive(Clone, Debug)]
pub(super) struct New {
    pub(super) cause_seq: i64,
    pub(super) seq: i64,
    pub(super) changed_at: i64,
    pub(super) codes: String,
    pub(super) facets: String,
    /// Nothing of it differs from what stands.
    pub(super) same: bool,
}

/// What a batch of rows changes beside them.
#[derive(Debug, Default)]
pub(super) struct BatchChanges {
    pub(super) tally: DeriveTally,
    pub(super) facets: FacetChanges,
}

/// Judges a row, and counts it. `seq` is the source's, and goes up where the article changes; `now` is the time of
/// the change. Hash and status decide: a row that keeps both keeps its number.
pub(super) fn classify(
    stored: Option<&Stored>,
    row: &ArticleRow,
    seq: &mut i64,
    now: i64,
    changes: &mut BatchChanges,
) -> StoreResult<New> {
    let codes = json(&row.codes)?;
    let (cause_seq, own_seq, changed_at) = match stored {
        Some(old) if old.hash == row.hash.cast_signed() && old.deleted == row.deleted => {
            changes.tally.unchanged += 1;
            let moved = if old.record_seq == row.record_seq {
                old.changed_at
            } else {
                now
            };
            (old.cause_seq, old.seq, moved)
        }
        _ => {
            changes.tally.changed += 1;
            *seq += 1;
            let by_record = stored.is_none_or(|old| row.record_seq > old.record_seq);
            (if by_record { row.record_seq } else { *seq }, *seq, now)
        }
    };
    let facets = match stored {
        Some(old) if row.deleted && row.facets.is_empty() => old.facets.clone(),
        _ => json(&row.facets)?,
    };
    if stored.is_none_or(|old| old.facets != facets || old.deleted != row.deleted) {
        let old = stored.filter(|old| !old.deleted);
        let old: Option<Facets> = old
            .map(|old| from_json(&old.facets, "facets of an article"))
            .transpose()?;
        let new = Some(&row.facets).filter(|_| !row.deleted);
        changes.facets.replace(old.as_ref(), new);
    }
    let same = stored.is_some_and(|old| {
        old.seq == own_seq
            && old.record_seq == row.record_seq
            && old.codes == codes
            && old.facets == facets
    });
    Ok(New {
        cause_seq,
        seq: own_seq,
        changed_at,
        codes,
        facets,
        same,
    })
}
