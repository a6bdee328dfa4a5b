//! Article rows: derived from records, numbered like them.

use rusqlite::{Connection, OptionalExtension};

use super::session::SqliteSession;
use crate::store::derived::{BatchChanges, New, Stored, classify};
use crate::store::facets::tokens;
use crate::store::fault::Result;
use crate::store::query::values;
use crate::store::search::{indexes_abstracts, text_row};
use crate::store::session::Session;
use crate::store::source_row;
use crate::store::types::{ArticleRow, DeriveTally, ItemNo, SourceId};

pub(super) async fn put(
    session: &SqliteSession<'_>,
    source_id: SourceId,
    rows: &[ArticleRow],
) -> Result<DeriveTally> {
    let before = source_row::lock_unfenced(session, source_id).await?;
    let now = session.stamp().await?;
    let abstracts = indexes_abstracts(session).await?;
    let (seq, changes) = write(&session.conn(), source_id, rows, (before, now), abstracts)?;
    changes.facets.apply(session, source_id).await?;
    if seq > before {
        let sql = "UPDATE source SET seq = $2 WHERE source_id = $1";
        Session::run(session, sql, &values![source_id, seq]).await?;
    }
    Ok(changes.tally)
}

/// Writes rows one by one; the source's seq after them.
fn write(
    conn: &Connection,
    source_id: SourceId,
    rows: &[ArticleRow],
    (before, now): (i64, i64),
    abstracts: bool,
) -> Result<(i64, BatchChanges)> {
    let mut seq = before;
    let mut changes = BatchChanges::default();
    for row in rows {
        if newest_record(conn, source_id, row.item_no)? != Some(row.record_seq) {
            continue; // it has moved on since it was read
        }
        let stored = stored(conn, source_id, row.item_no)?;
        let is_new = stored.is_none();
        let new = classify(stored.as_ref(), row, &mut seq, now, &mut changes)?;
        let unchanged = stored.as_ref().is_some_and(|old| old.seq == new.seq);
        put_text(conn, source_id, row, unchanged, abstracts)?;
        if !new.same {
            put_row(conn, source_id, row, &new)?;
            put_sets(conn, source_id, row)?;
        }
        put_keys(conn, source_id, row, is_new)?;
    }
    Ok((seq, changes))
}

fn put_row(conn: &Connection, source_id: SourceId, row: &ArticleRow, new: &New) -> Result<()> {
    conn.prepare_cached(
        "INSERT OR REPLACE INTO article (source_id, item_no, seq, cause_seq, record_seq, changed_at, deleted,
             hash, codes, facets)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
    )?
    .execute((
        source_id,
        row.item_no,
        new.seq,
        new.cause_seq,
        row.record_seq,
        new.changed_at,
        row.deleted,
        row.hash.cast_signed(),
        &new.codes,
        &new.facets,
    ))?;
    Ok(())
}

/// The plus keeps it to the item's own records: by the index of all changes it would look through them all.
pub(super) const NEWEST_RECORD: &str =
    "SELECT max(+seq) FROM record WHERE source_id = ?1 AND item_no = ?2";

fn newest_record(conn: &Connection, source_id: SourceId, item_no: ItemNo) -> Result<Option<i64>> {
    Ok(conn
        .prepare_cached(NEWEST_RECORD)?
        .query_row((source_id, item_no), |row| row.get(0))?)
}

fn stored(conn: &Connection, source_id: SourceId, item_no: ItemNo) -> Result<Option<Stored>> {
    let stored = conn
        .prepare_cached(
            "SELECT cause_seq, record_seq, seq, changed_at, deleted, hash, codes, facets FROM article
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
    conn: &Connection,
    source_id: SourceId,
    row: &ArticleRow,
    unchanged: bool,
    abstracts: bool,
) -> Result<()> {
    let rowid = text_row(source_id, row.item_no);
    let there: Option<i64> = conn
        .prepare_cached("SELECT 1 FROM article_text WHERE rowid = ?1")?
        .query_row([rowid], |found| found.get(0))
        .optional()?;
    if there.is_some() {
        if unchanged {
            return Ok(());
        }
        conn.prepare_cached("DELETE FROM article_text WHERE rowid = ?1")?
            .execute([rowid])?;
    }
    if !row.deleted {
        conn.prepare_cached(
            "INSERT INTO article_text (rowid, title, name, number, summary, facet) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        )?
        .execute((
            rowid,
            &row.text.title,
            &row.text.name,
            &row.text.number,
            if abstracts { &row.text.summary } else { "" },
            tokens(&row.facets).join(" "),
        ))?;
    }
    Ok(())
}

fn put_sets(conn: &Connection, source_id: SourceId, row: &ArticleRow) -> Result<()> {
    let mut insert = conn
        .prepare_cached("INSERT OR IGNORE INTO source_set (source_id, set_spec) VALUES (?1, ?2)")?;
    for set in row.facets.get("set").into_iter().flatten() {
        insert.execute((source_id, set))?;
    }
    Ok(())
}

/// Replaces the keys of an article where they differ; a new article has none yet.
fn put_keys(conn: &Connection, source_id: SourceId, row: &ArticleRow, is_new: bool) -> Result<()> {
    let mut wanted: Vec<&(String, String)> = row.keys.iter().collect();
    wanted.sort_unstable();
    wanted.dedup();
    if !is_new {
        let present = conn
            .prepare_cached(
                "SELECT kind, key FROM article_key WHERE source_id = ?1 AND item_no = ?2 ORDER BY kind, key",
            )?
            .query_map((source_id, row.item_no), |row| Ok((row.get(0)?, row.get(1)?)))?
            .collect::<std::result::Result<Vec<(String, String)>, _>>()?;
        if present.iter().eq(wanted.iter().copied()) {
            return Ok(());
        }
        conn.prepare_cached("DELETE FROM article_key WHERE source_id = ?1 AND item_no = ?2")?
            .execute((source_id, row.item_no))?;
    }
    let mut insert = conn.prepare_cached(
        "INSERT INTO article_key (source_id, item_no, kind, key) VALUES (?1, ?2, ?3, ?4)",
    )?;
    for (kind, key) in wanted {
        insert.execute((source_id, row.item_no, kind, key))?;
    }
    Ok(())
}
