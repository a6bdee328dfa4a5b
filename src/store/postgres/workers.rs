//! Workers, as they describe themselves, and the state of the fleet.

use deadpool_postgres::Transaction;

use super::{schedule, sql};
use crate::store::convert::{count, time};
use crate::store::fault::Result;
use crate::store::lease::{Fleet, LeaseRow, WorkerRow};

/// Writes the figures of a worker; returns whether it was asked to end.
pub(super) async fn beat(tx: &Transaction<'_>, worker: &WorkerRow) -> Result<bool> {
    let row = sql::one(
        tx,
        &format!(
            "INSERT INTO worker (name, started, seen, stopping, concurrency, visits, sources, records, failures, version)
             VALUES ($1, {now}, {now}, $2, $3, $4, $5, $6, $7, $8)
             ON CONFLICT (name) DO UPDATE SET
                 seen = excluded.seen, stopping = excluded.stopping, concurrency = excluded.concurrency,
                 visits = excluded.visits, sources = excluded.sources, records = excluded.records,
                 failures = excluded.failures
             RETURNING draining",
            now = sql::NOW
        ),
        &[
            &worker.name,
            &worker.stopping,
            &worker.concurrency,
            &worker.visits,
            &worker.sources,
            &worker.records,
            &worker.failures,
            &worker.version,
        ],
    )
    .await?;
    // Of one that was killed nobody else tells; a day later nobody asks.
    sql::run(
        tx,
        &format!("DELETE FROM worker WHERE seen < {} - 86400000000", sql::NOW),
        &[],
    )
    .await?;
    Ok(row.try_get(0)?)
}

/// Asks workers to end after the work under way: the one of this name or on this machine, or all; returns their names.
pub(super) async fn drain(tx: &Transaction<'_>, name: Option<&str>) -> Result<Vec<String>> {
    let rows = sql::rows(
        tx,
        "UPDATE worker SET draining = true
         WHERE $1::text IS NULL OR name = $1 OR starts_with(name, $1 || ':')
         RETURNING name",
        &[&name],
    )
    .await?;
    let mut names = rows
        .iter()
        .map(|row| Ok(row.try_get(0)?))
        .collect::<Result<Vec<String>>>()?;
    names.sort_unstable();
    if !names.is_empty() {
        sql::run(
            tx,
            "SELECT pg_notify($1, $2)",
            &[&schedule::CHANNEL, &schedule::DRAINING],
        )
        .await?;
    }
    Ok(names)
}

pub(super) async fn leave(tx: &Transaction<'_>, worker: &str) -> Result<()> {
    sql::run(tx, "DELETE FROM worker WHERE name = $1", &[&worker]).await?;
    // Others that wait for nothing but the end of its work may end as well.
    schedule::signal(tx).await
}

pub(super) async fn fleet(tx: &Transaction<'_>) -> Result<Fleet> {
    let mut fleet = Fleet::default();
    let rows = sql::rows(
        tx,
        "SELECT name, started, seen, stopping OR draining, concurrency, visits, sources, records, failures, version
         FROM worker ORDER BY name COLLATE \"C\"",
        &[],
    )
    .await?;
    for row in rows {
        fleet.workers.push(WorkerRow {
            name: row.try_get(0)?,
            started: time(row.try_get(1)?)?,
            seen: time(row.try_get(2)?)?,
            stopping: row.try_get(3)?,
            concurrency: row.try_get(4)?,
            visits: row.try_get(5)?,
            sources: row.try_get(6)?,
            records: row.try_get(7)?,
            failures: row.try_get(8)?,
            version: row.try_get(9)?,
        });
    }
    let rows = sql::rows(
        tx,
        &format!(
            "SELECT name, owner, epoch, lease_until, lease_until <= {} FROM host
             WHERE owner IS NOT NULL AND lease_until IS NOT NULL ORDER BY name",
            sql::NOW
        ),
        &[],
    )
    .await?;
    for row in rows {
        fleet.leases.push(LeaseRow {
            host: row.try_get(0)?,
            owner: row.try_get(1)?,
            epoch: row.try_get(2)?,
            until: time(row.try_get(3)?)?,
            expired: row.try_get(4)?,
        });
    }
    let row = sql::one(
        tx,
        &format!(
            "SELECT count(*), count(*) FILTER (WHERE next_due <= {}), count(*) FILTER (WHERE failures > 0)
             FROM source_setting WHERE plan IS NOT NULL",
            sql::NOW
        ),
        &[],
    )
    .await?;
    fleet.scheduled = count(row.try_get(0)?);
    fleet.due = count(row.try_get(1)?);
    fleet.failing = count(row.try_get(2)?);
    Ok(fleet)
}
