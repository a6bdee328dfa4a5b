//! Runs, and how far each source had come in them.

use chrono::Utc;
use deadpool_postgres::Transaction;
use tokio_postgres::Row;

use super::fault::{Fault, Outcome};
use super::sql;
use crate::store::convert::{int, micros, time};
use crate::store::{RunNo, RunRow, SourceId, StoreError};

/// Runs, and lines of pages, without news that are kept.
const IDLE_KEPT: i64 = 7;

pub(super) async fn begin(tx: &Transaction<'_>, kind: &str) -> Outcome<RunNo> {
    let row = sql::one(
        tx,
        "INSERT INTO run (kind, started) VALUES ($1, $2) RETURNING run_id",
        &[&kind, &micros(Utc::now())],
    )
    .await?;
    Ok(row.try_get(0)?)
}

pub(super) async fn end(
    tx: &Transaction<'_>,
    run_no: RunNo,
    outcome: &str,
    report: &str,
) -> Outcome<()> {
    let found = sql::run(
        tx,
        "UPDATE run SET ended = $2, outcome = $3, report = $4 WHERE run_id = $1",
        &[&run_no, &micros(Utc::now()), &outcome, &report],
    )
    .await?;
    if found == 0 {
        return Err(unknown(run_no));
    }
    // Every source that has moved since it was noted last, by deriving as well.
    sql::run(
        tx,
        "INSERT INTO run_source (run_id, source_id, seq_from, seq_to)
         SELECT $1, source_id, noted, seq
         FROM (SELECT source_id, seq, coalesce(
                   (SELECT seq_to FROM run_source r
                    WHERE r.source_id = source.source_id AND r.run_id <= $1 ORDER BY r.run_id DESC LIMIT 1),
                   0) AS noted
               FROM source) moved
         WHERE seq > noted
         ON CONFLICT (source_id, run_id) DO UPDATE SET seq_to = excluded.seq_to",
        &[&run_no],
    )
    .await?;
    forget_idle_runs(tx).await
}

pub(super) async fn note(
    tx: &Transaction<'_>,
    run_no: RunNo,
    source_id: SourceId,
    seq_from: i64,
    seq_to: i64,
) -> Outcome<()> {
    note_source(tx, run_no, source_id, seq_from, seq_to).await?;
    forget_idle_pages(tx, source_id).await
}

/// Lines of pages that brought nothing are kept for the newest ones alone, and for those that a window counts: a
/// year of nights without news must not fill the store.
async fn forget_idle_pages(tx: &Transaction<'_>, source_id: SourceId) -> Outcome<()> {
    sql::run(
        tx,
        "DELETE FROM page WHERE source_id = $1 AND page_no IN (
             SELECT p.page_no FROM page p
             WHERE p.source_id = $1
               AND p.page_no < (SELECT coalesce(min(w.first_page), 9223372036854775807)
                                FROM harvest_window w WHERE w.source_id = $1 AND w.stream_no = p.stream_no)
               AND NOT EXISTS (SELECT 1 FROM page_body b WHERE b.source_id = $1 AND b.page_no = p.page_no)
             ORDER BY p.page_no DESC OFFSET $2)",
        &[&source_id, &IDLE_KEPT],
    )
    .await?;
    Ok(())
}

/// The same for runs that came to their end and moved no source; the newest of each source stays, for it tells
/// when the source is due.
async fn forget_idle_runs(tx: &Transaction<'_>) -> Outcome<()> {
    sql::run(
        tx,
        "WITH idle AS (
             SELECT r.run_id FROM run r
             WHERE r.ended IS NOT NULL AND r.outcome = 'complete' AND NOT EXISTS (
                 SELECT 1 FROM run_source s WHERE s.run_id = r.run_id AND s.seq_to > s.seq_from)
             AND NOT EXISTS (
                 SELECT 1 FROM run_source s WHERE s.run_id = r.run_id AND NOT EXISTS (
                     SELECT 1 FROM run_source t WHERE t.source_id = s.source_id AND t.run_id > s.run_id))
             ORDER BY r.run_id DESC OFFSET $1),
         gone AS (DELETE FROM run_source WHERE run_id IN (SELECT run_id FROM idle))
         DELETE FROM run WHERE run_id IN (SELECT run_id FROM idle)",
        &[&IDLE_KEPT],
    )
    .await?;
    Ok(())
}

/// Widens what is noted of a source's way in a run.
pub(super) async fn note_source(
    tx: &Transaction<'_>,
    run_no: RunNo,
    source_id: SourceId,
    seq_from: i64,
    seq_to: i64,
) -> Outcome<()> {
    sql::run(
        tx,
        "INSERT INTO run_source AS r (run_id, source_id, seq_from, seq_to) VALUES ($1, $2, $3, $4)
         ON CONFLICT (source_id, run_id) DO UPDATE SET seq_from = least(r.seq_from, excluded.seq_from),
                                                       seq_to = greatest(r.seq_to, excluded.seq_to)",
        &[&run_no, &source_id, &seq_from, &seq_to],
    )
    .await?;
    Ok(())
}

/// Newest first.
pub(super) async fn newest(tx: &Transaction<'_>, limit: usize) -> Outcome<Vec<RunRow>> {
    let rows = sql::rows(
        tx,
        "SELECT run_id, kind, started, ended, outcome, report FROM run ORDER BY run_id DESC LIMIT $1",
        &[&int(limit)],
    )
    .await?;
    rows.iter().map(read).collect()
}

fn read(row: &Row) -> Outcome<RunRow> {
    let ended: Option<i64> = row.try_get(3)?;
    Ok(RunRow {
        run_no: row.try_get(0)?,
        kind: row.try_get(1)?,
        started: time(row.try_get(2)?)?,
        ended: ended.map(time).transpose()?,
        outcome: row.try_get(4)?,
        report: row.try_get(5)?,
    })
}

pub(super) async fn heads(tx: &Transaction<'_>, run_no: RunNo) -> Outcome<Vec<(SourceId, i64)>> {
    // A run that is forgotten moved nothing: where it ended, the one before it had.
    let newest: Option<RunNo> = sql::one(tx, "SELECT max(run_id) FROM run", &[])
        .await?
        .try_get(0)?;
    if run_no <= RunNo::START || newest.is_none_or(|newest| run_no > newest) {
        return Err(unknown(run_no));
    }
    let rows = sql::rows(
        tx,
        "SELECT s.source_id, r.seq_to FROM source s
         CROSS JOIN LATERAL (SELECT seq_to FROM run_source r
                             WHERE r.source_id = s.source_id AND r.run_id <= $1
                             ORDER BY r.run_id DESC LIMIT 1) r
         ORDER BY s.source_id",
        &[&run_no],
    )
    .await?;
    rows.iter()
        .map(|row| Ok((row.try_get(0)?, row.try_get(1)?)))
        .collect()
}

fn unknown(run_no: RunNo) -> Fault {
    StoreError::Unknown {
        what: "run",
        name: run_no.to_string(),
    }
    .into()
}
