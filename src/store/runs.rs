//! Runs, and how far each source had come in them.

use chrono::{TimeDelta, Utc};

use super::fault::{Fault, Result};
use super::query::{FromRow, Row, values};
use super::session::Session;
use super::types::{RunNo, RunRow, SourceId};

/// Runs, and lines of pages, without news that are kept.
const IDLE_KEPT: i64 = 7;

/// How long the tokens of transactions are kept: far longer than a client waits for a server.
const TOKENS_KEPT: TimeDelta = TimeDelta::days(1);

/// As good as no limit, in the SQL that both engines read.
const NO_LIMIT: i64 = i64::MAX;

pub(super) async fn begin(session: &dyn Session, kind: &str) -> Result<RunNo> {
    let tokens = session
        .dialect()
        .pick(None, Some("DELETE FROM commit_token WHERE at < $1"));
    if let Some(sql) = tokens {
        session.run(sql, &values![Utc::now() - TOKENS_KEPT]).await?;
    }
    let sql = "INSERT INTO run (kind, started) VALUES ($1, $2) RETURNING run_id";
    session.value(sql, &values![kind, Utc::now()]).await
}

pub(super) async fn end(
    session: &dyn Session,
    run_no: RunNo,
    outcome: &str,
    report: &str,
) -> Result<()> {
    let sql = "UPDATE run SET ended = $2, outcome = $3, report = $4 WHERE run_id = $1";
    let ended = values![run_no, Utc::now(), outcome, report];
    if session.run(sql, &ended).await? == 0 {
        return Err(Fault::unknown("run", &run_no));
    }
    // Every source that has moved since it was noted last, by deriving as well.
    let sql = "INSERT INTO run_source (run_id, source_id, seq_from, seq_to)
         SELECT $1, source_id, noted, seq
         FROM (SELECT source_id, seq, coalesce(
                   (SELECT seq_to FROM run_source r
                    WHERE r.source_id = source.source_id AND r.run_id <= $1 ORDER BY r.run_id DESC LIMIT 1),
                   0) AS noted
               FROM source) moved
         WHERE seq > noted
         ON CONFLICT (source_id, run_id) DO UPDATE SET seq_to = excluded.seq_to";
    session.run(sql, &values![run_no]).await?;
    forget_idle_runs(session).await
}

pub(super) async fn note(
    session: &dyn Session,
    run_no: RunNo,
    source_id: SourceId,
    seq_from: i64,
    seq_to: i64,
) -> Result<()> {
    note_source(session, run_no, source_id, seq_from, seq_to).await?;
    // Lines of pages that brought nothing are kept for the newest ones alone, and for those that a window counts: a
    // year of nights without news must not fill the store.
    let sql = "DELETE FROM page WHERE source_id = $1 AND page_no IN (
             SELECT p.page_no FROM page p
             WHERE p.source_id = $1
               AND p.page_no < (SELECT coalesce(min(w.first_page), 9223372036854775807)
                                FROM harvest_window w WHERE w.source_id = $1 AND w.stream_no = p.stream_no)
               AND NOT EXISTS (SELECT 1 FROM page_body b WHERE b.source_id = $1 AND b.page_no = p.page_no)
             ORDER BY p.page_no DESC LIMIT $2 OFFSET $3)";
    session
        .run(sql, &values![source_id, NO_LIMIT, IDLE_KEPT])
        .await?;
    Ok(())
}

/// Removes runs that came to their end and moved no source; the newest of each source stays, for it tells when the
/// source is due.
async fn forget_idle_runs(session: &dyn Session) -> Result<()> {
    let idle = "SELECT r.run_id FROM run r
                WHERE r.ended IS NOT NULL AND r.outcome = 'complete' AND NOT EXISTS (
                    SELECT 1 FROM run_source s WHERE s.run_id = r.run_id AND s.seq_to > s.seq_from)
                AND r.run_id NOT IN (SELECT max(run_id) FROM run_source GROUP BY source_id)
                ORDER BY r.run_id DESC LIMIT $1 OFFSET $2";
    for table in ["run_source", "run"] {
        let sql = format!("DELETE FROM {table} WHERE run_id IN ({idle})");
        session.run(&sql, &values![NO_LIMIT, IDLE_KEPT]).await?;
    }
    Ok(())
}

/// Widens what is noted of a source's way in a run.
pub(super) async fn note_source(
    session: &dyn Session,
    run_no: RunNo,
    source_id: SourceId,
    seq_from: i64,
    seq_to: i64,
) -> Result<()> {
    let sql = "INSERT INTO run_source AS r (run_id, source_id, seq_from, seq_to) VALUES ($1, $2, $3, $4)
         ON CONFLICT (source_id, run_id) DO UPDATE SET
             seq_from = CASE WHEN excluded.seq_from < r.seq_from THEN excluded.seq_from ELSE r.seq_from END,
             seq_to = CASE WHEN excluded.seq_to > r.seq_to THEN excluded.seq_to ELSE r.seq_to END";
    session
        .run(sql, &values![run_no, source_id, seq_from, seq_to])
        .await?;
    Ok(())
}

/// Newest first.
pub(super) async fn newest(session: &dyn Session, limit: usize) -> Result<Vec<RunRow>> {
    let sql = "SELECT run_id, kind, started, ended, outcome, report FROM run ORDER BY run_id DESC LIMIT $1";
    session.all(sql, &values![limit]).await
}

impl FromRow for RunRow {
    fn from_row(row: &dyn Row) -> Result<Self> {
        Ok(Self {
            run_no: row.get(0)?,
            kind: row.get(1)?,
            started: row.get(2)?,
            ended: row.get(3)?,
            outcome: row.get(4)?,
            report: row.get(5)?,
        })
    }
}

pub(super) async fn heads(session: &dyn Session, run_no: RunNo) -> Result<Vec<(SourceId, i64)>> {
    // A run that is forgotten moved nothing: where it ended, the one before it had.
    let newest: Option<RunNo> = session.value("SELECT max(run_id) FROM run", &[]).await?;
    if run_no <= RunNo::START || newest.is_none_or(|newest| run_no > newest) {
        return Err(Fault::unknown("run", &run_no));
    }
    let sql = "SELECT s.source_id, r.seq_to FROM source s
         JOIN run_source r ON r.source_id = s.source_id AND r.run_id =
             (SELECT max(run_id) FROM run_source WHERE source_id = s.source_id AND run_id <= $1)
         ORDER BY s.source_id";
    session.all(sql, &values![run_no]).await
}
