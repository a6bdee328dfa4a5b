//! Compares a derived row with the stored one: the same for every engine.

use super::convert::json;
use super::fault::Result;
use super::groups::{CODES, FACETS, GroupNumbers, Groups, ISSUE};
use super::keys;
use super::provide::Facets;
use super::session::Session;
use super::types::{ArticleRow, DeriveTally, SourceId};

/// The row as it stands.
#[derive(Clone, Debug)]
pub(super) struct Stored {
    pub(super) cause_seq: i64,
    pub(super) record_seq: i64,
    pub(super) seq: i64,
    pub(super) changed_at: i64,
    pub(super) deleted: bool,
    pub(super) hash: i64,
    pub(super) groups: GroupNumbers,
    /// Its keys, packed.
    pub(super) keys: Vec<u8>,
}

/// A row that is wanted, with what is derived from it.
#[derive(Debug)]
pub(super) struct Wanted<'r> {
    pub(super) row: &'r ArticleRow,
    groups: GroupNumbers,
    pub(super) keys: Vec<u8>,
}

/// The row as it is to be.
#[derive(Clone, Debug)]
pub(super) struct New {
    pub(super) cause_seq: i64,
    pub(super) seq: i64,
    pub(super) changed_at: i64,
    pub(super) groups: GroupNumbers,
    /// Nothing of it differs from what stands.
    pub(super) same: bool,
}

/// Finds the groups of rows, and packs their keys.
pub(super) async fn prepare<'r>(
    session: &dyn Session,
    source_id: SourceId,
    rows: &'r [ArticleRow],
) -> Result<(Vec<Wanted<'r>>, Groups)> {
    let mut contents = Vec::with_capacity(rows.len());
    for row in rows {
        // A deletion has no findings.
        let codes = if row.deleted { &[][..] } else { &row.codes };
        let (mut facets, mut issue) = (row.facets.clone(), Facets::new());
        issue.extend(facets.remove_entry(ISSUE));
        contents.push([
            (FACETS, json(&facets)?),
            (CODES, json(&codes)?),
            (ISSUE, json(&issue)?),
        ]);
    }
    let distinct = contents.iter().flatten().cloned().collect();
    let groups = Groups::of(session, source_id, distinct).await?;
    let mut wanted = Vec::with_capacity(rows.len());
    for (row, contents) in rows.iter().zip(contents) {
        wanted.push(Wanted {
            row,
            groups: contents.map(|(kind, content)| groups.number(kind, content)),
            keys: keys::pack(&row.keys)?,
        });
    }
    Ok((wanted, groups))
}

/// Judges a row, and counts it. `seq` is the source's, and goes up where the article changes; `now` is the time of
/// the change. Hash and status decide: a row that keeps both keeps its number.
pub(super) fn classify(
    stored: Option<&Stored>,
    wanted: &Wanted<'_>,
    seq: &mut i64,
    now: i64,
    tally: &mut DeriveTally,
) -> New {
    let row = wanted.row;
    let (cause_seq, own_seq, changed_at) = match stored {
        Some(old) if old.hash == row.hash.cast_signed() && old.deleted == row.deleted => {
            tally.unchanged += 1;
            let moved = if old.record_seq == row.record_seq {
                old.changed_at
            } else {
                now
            };
            (old.cause_seq, old.seq, moved)
        }
        _ => {
            tally.changed += 1;
            *seq += 1;
            let by_record = stored.is_none_or(|old| row.record_seq > old.record_seq);
            (if by_record { row.record_seq } else { *seq }, *seq, now)
        }
    };
    let mut groups = wanted.groups;
    if let Some(old) = stored.filter(|_| row.deleted && row.facets.is_empty()) {
        (groups[0], groups[2]) = (old.groups[0], old.groups[2]);
    }
    let same = stored.is_some_and(|old| {
        old.seq == own_seq
            && old.record_seq == row.record_seq
            && old.groups == groups
            && old.keys == wanted.keys
    });
    New {
        cause_seq,
        seq: own_seq,
        changed_at,
        groups,
        same,
    }
}
