//! Runs, and how far each source had come in them.

use chrono::Utc;
use rusqlite::{Connection, Row, Transaction, TransactionBehavior};

use super::fault::{Fault, Outcome};
use crate::store::convert::{int, micros, time};
use crate::store::{RunNo, RunRow, SourceId, StoreError};

/// Runs, and lines of pages, without news that are kept.
const IDLE_KEPT: i64 = 7;

pub(super) fn begin(conn: &mut Connection, kind: &str) -> Outcome<RunNo> {
    conn.execute(
        "INSERT INTO run (kind, started) VALUES (?1, ?2)",
        (kind, micros(Utc::now())),
    )?;
    Ok(RunNo(conn.last_insert_rowid()))
}

pub(super) fn end(
    conn: &mut Connection,
    run_no: RunNo,
    outcome: &str,
    report: &str,
) -> Outcome<()> {
    // All that the run wrote is on the disk before its end is told; in between, losing the tail is safe.
    conn.pragma_update(None, "synchronous", "FULL")?;
    let ended = write_end(conn, run_no, outcome, report);
    conn.pragma_update(None, "synchronous", "NORMAL")?;
    ended
}

fn write_end(conn: &mut Connection, run_no: RunNo, outcome: &str, report: &str) -> Outcome<()> {
    let tx = conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let found = tx.execute(
        "UPDATE run SET ended = ?2, outcome = ?3, report = ?4 WHERE run_id = ?1",
        (run_no, micros(Utc::now()), outcome, report),
    )?;
    if found == 0 {
        return Err(unknown(run_no));
    }
    // Every source that has moved since it was noted last, by deriving as well.
    tx.execute(
        "INSERT INTO run_source (run_id, source_id, seq_from, seq_to)
         SELECT ?1, source_id, noted, seq
         FROM (SELECT source_id, seq, coalesce(
                   (SELECT seq_to FROM run_source r
                    WHERE r.source_id = source.source_id AND r.run_id <= ?1 ORDER BY r.run_id DESC LIMIT 1),
                   0) AS noted
               FROM source)
         WHERE seq > noted
         ON CONFLICT DO UPDATE SET seq_to = excluded.seq_to",
        [run_no],
    )?;
    forget_idle_runs(&tx)?;
    tx.commit()?;
    Ok(())
}

pub(super) fn note(
    conn: &mut Connection,
    run_no: RunNo,
    source_id: SourceId,
    seq_from: i64,
    seq_to: i64,
) -> Outcome<()> {
    let tx = conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
    note_source(&tx, run_no, source_id, seq_from, seq_to)?;
    forget_idle_pages(&tx, source_id)?;
    tx.commit()?;
    Ok(())
}

/// Lines of pages that brought nothing are kept for the newest ones alone, and for those that a window counts: a
/// year of nights without news must not fill the store.
fn forget_idle_pages(tx: &Transaction<'_>, source_id: SourceId) -> Outcome<()> {
    tx.execute(
        "DELETE FROM page WHERE source_id = ?1 AND page_no IN (
             SELECT p.page_no FROM page p
             WHERE p.source_id = ?1
               AND p.page_no < (SELECT coalesce(min(w.first_page), 9223372036854775807)
                                FROM harvest_window w WHERE w.source_id = ?1 AND w.stream_no = p.stream_no)
               AND NOT EXISTS (SELECT 1 FROM page_body b WHERE b.source_id = ?1 AND b.page_no = p.page_no)
             ORDER BY p.page_no DESC LIMIT -1 OFFSET ?2)",
        (source_id, IDLE_KEPT),
    )?;
    Ok(())
}

/// The same for runs that came to their end and moved no source; the newest of each source stays, for it tells
/// when the source is due.
fn forget_idle_runs(tx: &Transaction<'_>) -> Outcome<()> {
    let idle = "SELECT r.run_id FROM run r
                WHERE r.ended IS NOT NULL AND r.outcome = 'complete' AND NOT EXISTS (
                    SELECT 1 FROM run_source s WHERE s.run_id = r.run_id AND s.seq_to > s.seq_from)
                AND r.run_id NOT IN (SELECT max(run_id) FROM run_source GROUP BY source_id)
                ORDER BY r.run_id DESC LIMIT -1 OFFSET ?1";
    tx.execute(
        &format!("DELETE FROM run_source WHERE run_id IN ({idle})"),
        [IDLE_KEPT],
    )?;
    tx.execute(
        &format!("DELETE FROM run WHERE run_id IN ({idle})"),
        [IDLE_KEPT],
    )?;
    Ok(())
}

/// Widens what is noted of a source's way in a run.
pub(super) fn note_source(
    tx: &Transaction<'_>,
    run_no: RunNo,
    source_id: SourceId,
    seq_from: i64,
    seq_to: i64,
) -> Outcome<()> {
    tx.prepare_cached(
        "INSERT INTO run_source (run_id, source_id, seq_from, seq_to) VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT DO UPDATE SET seq_from = min(seq_from, excluded.seq_from),
                                   seq_to = max(seq_to, excluded.seq_to)",
    )?
    .execute((run_no, source_id, seq_from, seq_to))?;
    Ok(())
}

/// Newest first.
pub(super) fn newest(conn: &Connection, limit: usize) -> Outcome<Vec<RunRow>> {
    let mut statement = conn.prepare_cached(
        "SELECT run_id, kind, started, ended, outcome, report FROM run ORDER BY run_id DESC LIMIT ?1",
    )?;
    let mut rows = statement.query([int(limit)])?;
    let mut runs = Vec::new();
    while let Some(row) = rows.next()? {
        runs.push(read(row)?);
    }
    Ok(runs)
}

fn read(row: &Row<'_>) -> Outcome<RunRow> {
    let ended: Option<i64> = row.get(3)?;
    Ok(RunRow {
        run_no: row.get(0)?,
        kind: row.get(1)?,
        started: time(row.get(2)?)?,
        ended: ended.map(time).transpose()?,
        outcome: row.get(4)?,
        report: row.get(5)?,
    })
}

pub(super) fn heads(conn: &Connection, run_no: RunNo) -> Outcome<Vec<(SourceId, i64)>> {
    // A run that is forgotten moved nothing: where it ended, the one before it had.
    let newest: Option<RunNo> =
        conn.query_row("SELECT max(run_id) FROM run", [], |row| row.get(0))?;
    if run_no <= RunNo::START || newest.is_none_or(|newest| run_no > newest) {
        return Err(unknown(run_no));
    }
    let mut statement = conn.prepare_cached(
        "SELECT s.source_id, r.seq_to FROM source s
         JOIN run_source r ON r.source_id = s.source_id AND r.run_id =
             (SELECT max(run_id) FROM run_source WHERE source_id = s.source_id AND run_id <= ?1)
         ORDER BY s.source_id",
    )?;
    let rows = statement.query_map([run_no], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

fn unknown(run_no: RunNo) -> Fault {
    StoreError::Unknown {
        what: "run",
        name: run_no.to_string(),
    }
    .into()
}
