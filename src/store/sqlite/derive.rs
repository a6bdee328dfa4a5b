//! Article rows: derived from records, numbered like them.

use chrono::Utc;
use rusqlite::{Connection, OptionalExtension, Transaction, TransactionBehavior};

use super::fault::{Fault, Outcome};
use super::provide::text_row;
use super::sources;
use crate::store::convert::micros;
use crate::store::derived::{New, Stored, judge};
use crate::store::{ArticleRow, DeriveTally, ItemNo, SourceId};

pub(super) fn put(
    conn: &mut Connection,
    source_id: SourceId,
    rows: &[ArticleRow],
) -> Outcome<DeriveTally> {
    let tx = conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let before = sources::by_id(&tx, source_id)?.seq;
    let mut seq = before;
    let now = stamp(&tx)?;
    let mut tally = DeriveTally::default();
    for row in rows {
        if newest_record(&tx, source_id, row.item_no)? != Some(row.record_seq) {
            continue; // it has moved on since it was read
        }
        let stored = stored(&tx, source_id, row.item_no)?;
        let is_new = stored.is_none();
        let New {
            cause_seq,
            seq: own_seq,
            changed_at,
            codes,
            facets,
            same,
        } = judge(stored.as_ref(), row, &mut seq, now, &mut tally)?;
        put_text(
            &tx,
            source_id,
            row,
            stored.as_ref().is_some_and(|old| old.seq == own_seq),
        )?;
        if !same {
            tx.prepare_cached(
                "INSERT OR REPLACE INTO article (source_id, item_no, seq, cause_seq, record_seq, changed_at, status,
                     hash, codes, facets)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
            )?
            .execute((
                source_id,
                row.item_no,
                own_seq,
                cause_seq,
                row.record_seq,
                changed_at,
                row.deleted,
                row.hash.cast_signed(),
                codes,
                facets,
            ))?;
            put_sets(&tx, source_id, row)?;
        }
        put_keys(&tx, source_id, row, is_new)?;
    }
    if seq > before {
        tx.execute(
            "UPDATE source SET seq = ?2 WHERE source_id = ?1",
            (source_id, seq),
        )?;
    }
    tx.commit()?;
    Ok(tally)
}

/// The time of a change: the clock's, but never before a change already told.
pub(super) fn stamp(tx: &Transaction<'_>) -> Outcome<i64> {
    let newest: Option<i64> = tx.query_row("SELECT max(at) FROM (SELECT max(changed_at) AS at FROM article UNION ALL SELECT max(at) FROM forgotten UNION ALL SELECT max(at) FROM departed)", [], |row| row.get(0))?;
    Ok(micros(Utc::now()).max(newest.unwrap_or(i64::MIN)))
}

/// The plus keeps it to the item's own records: by the index of all changes it would look through them all.
pub(super) const NEWEST_RECORD: &str =
    "SELECT max(+seq) FROM record WHERE source_id = ?1 AND item_no = ?2";

fn newest_record(
    tx: &Transaction<'_>,
    source_id: SourceId,
    item_no: ItemNo,
) -> Outcome<Option<i64>> {
    Ok(tx
        .prepare_cached(NEWEST_RECORD)?
        .query_row((source_id, item_no), |row| row.get(0))?)
}

fn stored(tx: &Transaction<'_>, source_id: SourceId, item_no: ItemNo) -> Outcome<Option<Stored>> {
    let stored = tx
        .prepare_cached(
            "SELECT cause_seq, record_seq, seq, changed_at, status, hash, codes, facets FROM article
             WHERE source_id = ?1 AND item_no = ?2",
        )?
        .query_row((source_id, item_no), |row| {
            Ok(Stored {
                cause_seq: row.get(0)?,
                record_seq: row.get(1)?,
                seq: row.get(2)?,
                changed_at: row.get(3)?,
                deleted: row.get(4)?,
                hash: row.get(5)?,
                codes: row.get(6)?,
                facets: row.get(7)?,
            })
        })
        .optional()?;
    Ok(stored)
}

/// Puts the words of an article into the index where they are new, or not there yet.
fn put_text(
    tx: &Transaction<'_>,
    source_id: SourceId,
    row: &ArticleRow,
    unchanged: bool,
) -> Outcome<()> {
    let rowid = text_row(source_id, row.item_no);
    let there: Option<i64> = tx
        .prepare_cached("SELECT 1 FROM article_text WHERE rowid = ?1")?
        .query_row([rowid], |found| found.get(0))
        .optional()?;
    if there.is_some() {
        if unchanged {
            return Ok(());
        }
        tx.prepare_cached("DELETE FROM article_text WHERE rowid = ?1")?
            .execute([rowid])?;
    }
    if !row.deleted {
        tx.prepare_cached(
            "INSERT INTO article_text (rowid, title, name, number) VALUES (?1, ?2, ?3, ?4)",
        )?
        .execute((rowid, &row.text.title, &row.text.name, &row.text.number))?;
    }
    Ok(())
}

fn put_sets(tx: &Transaction<'_>, source_id: SourceId, row: &ArticleRow) -> Outcome<()> {
    let mut insert = tx
        .prepare_cached("INSERT OR IGNORE INTO source_set (source_id, set_spec) VALUES (?1, ?2)")?;
    for set in row.facets.get("set").into_iter().flatten() {
        insert.execute((source_id, set))?;
    }
    Ok(())
}

/// Replaces the keys of an article where they differ; a new article has none yet.
fn put_keys(
    tx: &Transaction<'_>,
    source_id: SourceId,
    row: &ArticleRow,
    is_new: bool,
) -> Outcome<()> {
    let mut wanted: Vec<&(String, String)> = row.keys.iter().collect();
    wanted.sort_unstable();
    wanted.dedup();
    if !is_new {
        let present = tx
            .prepare_cached(
                "SELECT kind, key FROM article_key WHERE source_id = ?1 AND item_no = ?2 ORDER BY kind, key",
            )?
            .query_map((source_id, row.item_no), |row| Ok((row.get(0)?, row.get(1)?)))?
            .collect::<Result<Vec<(String, String)>, _>>()?;
        if present.iter().eq(wanted.iter().copied()) {
            return Ok(());
        }
        tx.prepare_cached("DELETE FROM article_key WHERE source_id = ?1 AND item_no = ?2")?
            .execute((source_id, row.item_no))?;
    }
    let mut insert = tx.prepare_cached(
        "INSERT INTO article_key (source_id, item_no, kind, key) VALUES (?1, ?2, ?3, ?4)",
    )?;
    for (kind, key) in wanted {
        insert.execute((source_id, row.item_no, kind, key))?;
    }
    Ok(())
}

pub(super) fn finish(
    conn: &mut Connection,
    source_id: SourceId,
    derived_seq: i64,
    profile: &str,
    derivation: &str,
) -> Outcome<()> {
    let tx = conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let source = sources::by_id(&tx, source_id)?;
    if derived_seq > source.seq {
        return Err(Fault::invalid(format!(
            "source {:?} is said to be derived up to {derived_seq}, but stands at {}",
            source.name, source.seq,
        )));
    }
    tx.execute(
        "UPDATE source SET derived_seq = ?2, profile = ?3, derivation = ?4 WHERE source_id = ?1",
        (source_id, derived_seq, profile, derivation),
    )?;
    tx.commit()?;
    Ok(())
}
