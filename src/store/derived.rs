//! Derivations, and the comparison of a derived row with the stored one: the same for every engine.

use super::convert::json;
use super::error::StoreError;
use super::fault::{Fault, Result};
use super::groups::{CODES, FACETS, GroupNumbers, Groups, ISSUE};
use super::keys;
use super::provide::Facets;
use super::query::values;
use super::search;
use super::session::Session;
use super::source_row;
use super::types::{ArticleRow, DeriveTally, Deriving, SourceId};

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
    /// Its keys are put into their table when the derivation ends, for it has a new seq.
    pub(super) keyed_later: bool,
}

/// Stands before the name of a derivation that is under way: until it has ended, none holds for all articles.
const UNDER_WAY: char = '~';

/// Begins a derivation: those under way that know the source differently are over. One that is begun again, or by
/// several, goes on.
pub(super) async fn begin(
    session: &dyn Session,
    source_id: SourceId,
    derivation: &str,
) -> Result<Deriving> {
    let seq = source_row::lock_unfenced(session, source_id).await?;
    let sql = "UPDATE source SET derivation = $3 || CAST($2 AS TEXT)
         WHERE source_id = $1 AND derivation IS DISTINCT FROM CAST($2 AS TEXT)";
    let values = values![source_id, derivation, UNDER_WAY.to_string()];
    session.run(sql, &values).await?;
    Ok(Deriving {
        derivation: derivation.to_owned(),
        seq: Some(seq),
        search: search::index(session).await?,
    })
}

/// Locks the row of a source for the writes of a derivation, unless another one has begun since. Returns the source's
/// seq, and whether the derivation alone has changed the source since it began.
pub(super) async fn lock(
    session: &dyn Session,
    source_id: SourceId,
    deriving: &Deriving,
) -> Result<(i64, bool)> {
    let seq = source_row::lock_unfenced(session, source_id).await?;
    let sql = "SELECT name, derivation FROM source WHERE source_id = $1";
    let row: Option<(String, Option<String>)> = session.first(sql, &values![source_id]).await?;
    let (source_name, current) = row.ok_or_else(|| Fault::unknown("source", &source_id))?;
    let current = current.unwrap_or_default();
    if current.strip_prefix(UNDER_WAY).unwrap_or(&current) != deriving.derivation {
        return Err(StoreError::Superseded { source_name }.into());
    }
    Ok((seq, deriving.seq == Some(seq)))
}

/// Notes that all records up to one are derived.
pub(super) async fn finish(
    session: &dyn Session,
    source_id: SourceId,
    deriving: &Deriving,
    derived_seq: i64,
    profile: &str,
) -> Result<()> {
    let (seq, _) = lock(session, source_id, deriving).await?;
    if derived_seq > seq {
        return Err(Fault::invalid(format!(
            "source number {source_id} is said to be derived up to {derived_seq}, but stands at {seq}"
        )));
    }
    let sql =
        "UPDATE source SET derived_seq = $2, profile = $3, derivation = $4 WHERE source_id = $1";
    let values = values![source_id, derived_seq, profile, &deriving.derivation];
    session.run(sql, &values).await?;
    Ok(())
}

/// Sets the profile of a source, all of whose articles are due then.
pub(super) async fn set_profile(
    session: &dyn Session,
    source_id: SourceId,
    profile: &str,
) -> Result<()> {
    source_row::lock_unfenced(session, source_id).await?;
    let sql = "UPDATE source SET profile = $2, derivation = NULL WHERE source_id = $1";
    session.run(sql, &values![source_id, profile]).await?;
    Ok(())
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
        keyed_later: stored.is_none_or(|old| old.seq != own_seq),
        cause_seq,
        seq: own_seq,
        changed_at,
        groups,
        same,
    }
}
