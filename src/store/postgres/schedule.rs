//! The schedule of the workers: sources and the times they are due.

use std::collections::HashMap;
use std::time::Duration;

use deadpool_postgres::Transaction;

use super::session::PostgresSession;
use super::sql;
use crate::store::convert::{count, int, micros_of, time};
use crate::store::fault::Result;
use crate::store::lease::{Due, Lease, Scheduled, Visit};
use crate::store::naming::{host_and_port, url_key};
use crate::store::types::{SourceSettings, SourceSpec};
use crate::store::{hosts, settings};

/// Channel on which workers hear that something has become due.
pub(super) const CHANNEL: &str = "offprint_due";

/// Sources noted in one transaction.
pub(super) const AT_ONCE: usize = 200;

/// First pause of a source of which nothing could be fetched, unless its period is shorter; each further one is twice
/// as long.
const FIRST_PAUSE: Duration = Duration::from_hours(1);

/// The longest such pause, unless its period is longer.
const LONGEST_PAUSE: Duration = Duration::from_hours(7 * 24);

/// The scheduled settings of a source: plan, period, priority, group, base URL.
pub(super) type Noted = (String, Option<i64>, i32, Option<String>, String);

/// All that is noted, by name.
pub(super) async fn known(tx: &Transaction<'_>) -> Result<HashMap<String, Noted>> {
    let rows = sql::rows(
        tx,
        "SELECT d.name, d.plan, d.period, d.priority, lane.name, d.base_url
         FROM source_setting d
         LEFT JOIN host h ON h.host_id = d.host_id LEFT JOIN host lane ON lane.host_id = h.lane_id
         WHERE d.plan IS NOT NULL",
        &[],
    )
    .await?;
    rows.iter()
        .map(|row| {
            Ok((
                row.try_get(0)?,
                (
                    row.try_get(1)?,
                    row.try_get(2)?,
                    row.try_get(3)?,
                    row.try_get(4)?,
                    row.try_get(5)?,
                ),
            ))
        })
        .collect()
}

/// Returns whether a source is noted just so.
pub(super) fn is_known(known: &HashMap<String, Noted>, source: &Scheduled) -> bool {
    known
        .get(&source.name)
        .is_some_and(|(plan, period, priority, group, base_url)| {
            *plan == source.plan
                && *base_url == source.base_url
                && *period == source.period.map(micros_of)
                && *priority == source.priority
                && *group == source.group.as_deref().map(lane_name)
        })
}

fn lane_name(group: &str) -> String {
    format!("group {group}")
}

pub(super) async fn put(tx: &Transaction<'_>, scheduled: &[&Scheduled]) -> Result<()> {
    let mut lanes = Vec::new();
    for source in scheduled {
        lanes.extend(put_one(tx, source).await?);
    }
    lanes.sort_unstable();
    lanes.dedup();
    refresh(tx, &lanes).await?;
    signal(tx).await
}

/// Payload of a signal: sources were added to the store.
pub(super) const ADDED: &str = "added";

/// Payload of a signal: a worker was asked to end.
pub(super) const DRAINING: &str = "draining";

/// Tells all workers to look at what is due, once this is committed.
pub(super) async fn signal(tx: &Transaction<'_>) -> Result<()> {
    sql::run(tx, "SELECT pg_notify($1, '')", &[&CHANNEL]).await?;
    Ok(())
}

/// Notes one source; the number of the host, or group, with which it is leased.
async fn put_one(tx: &Transaction<'_>, scheduled: &Scheduled) -> Result<Option<i64>> {
    let spec = SourceSpec {
        name: Some(scheduled.name.clone()),
        base_url: scheduled.base_url.clone(),
    };
    let (name, _) = settings::name_of(&PostgresSession(tx), &spec).await?;
    let host_id = match host_and_port(&scheduled.base_url) {
        Some(host) => Some(hosts::host_id(&PostgresSession(tx), &host).await?),
        None => None,
    };
    let lane_id = match &scheduled.group {
        Some(group) => Some(hosts::host_id(&PostgresSession(tx), &lane_name(group)).await?),
        None => None,
    };
    sql::run(
        tx,
        "UPDATE host SET lane_id = $2 WHERE host_id = $1",
        &[&host_id, &lane_id],
    )
    .await?;
    let period = scheduled.period.map(micros_of);
    sql::run(
        tx,
        &format!(
            "INSERT INTO source_setting (name, base_url, url_key, host_id, plan, period, priority, next_due)
             SELECT $1, $2, $3, $4, $5, $6::bigint, $7,
                    CASE WHEN $6 IS NOT NULL THEN
                        coalesce((SELECT last_start + $6 FROM source WHERE name = $1 AND last_start <= {now}), {now}) END
             ON CONFLICT (name) DO UPDATE SET
                 base_url = excluded.base_url, url_key = excluded.url_key, host_id = excluded.host_id,
                 plan = excluded.plan, period = excluded.period, priority = excluded.priority,
                 next_due = CASE WHEN source_setting.plan IS NOT NULL
                                  AND source_setting.period IS NOT DISTINCT FROM excluded.period
                                 THEN source_setting.next_due ELSE excluded.next_due END",
            now = sql::NOW
        ),
        &[
            &name,
            &scheduled.base_url,
            &url_key(&scheduled.base_url),
            &host_id,
            &scheduled.plan,
            &period,
            &scheduled.priority,
        ],
    )
    .await?;
    Ok(lane_id.or(host_id))
}

/// Sets when hosts are due, and how urgent they are, from their sources.
pub(super) async fn refresh(tx: &Transaction<'_>, lanes: &[i64]) -> Result<()> {
    sql::run(
        tx,
        "UPDATE host SET next_due = due.next_due, priority = coalesce(due.priority, 0)
         FROM unnest($1::bigint[]) lane (host_id)
         CROSS JOIN LATERAL (
             SELECT min(d.next_due) AS next_due, max(d.priority) FILTER (WHERE d.next_due IS NOT NULL) AS priority
             FROM host h JOIN source_setting d ON d.host_id = h.host_id
             WHERE coalesce(h.lane_id, h.host_id) = lane.host_id
               AND (h.host_id = lane.host_id OR h.lane_id = lane.host_id)) due
         WHERE host.host_id = lane.host_id",
        &[&lanes],
    )
    .await?;
    Ok(())
}

pub(super) async fn due(tx: &Transaction<'_>, lease: &Lease, limit: usize) -> Result<Vec<Due>> {
    let rows = sql::rows(
        tx,
        &format!(
            "SELECT d.name, d.plan, s.last_listing, s.last_start
             FROM host h JOIN source_setting d ON d.host_id = h.host_id LEFT JOIN source s ON s.name = d.name
             WHERE (h.host_id = $1 OR h.lane_id = $1) AND d.next_due <= {}
             ORDER BY d.priority DESC, d.next_due, d.name LIMIT $2",
            sql::NOW
        ),
        &[&lease.host_id, &int(limit)],
    )
    .await?;
    let mut due = Vec::new();
    for row in &rows {
        let (last_listing, last_start): (Option<i64>, Option<i64>) =
            (row.try_get(2)?, row.try_get(3)?);
        due.push(Due {
            name: row.try_get(0)?,
            plan: row.try_get(1)?,
            last_listing: last_listing.map(time).transpose()?,
            last_start: last_start.map(time).transpose()?,
        });
    }
    Ok(due)
}

pub(super) async fn visited(
    tx: &Transaction<'_>,
    lease: &Lease,
    name: &str,
    visit: Visit,
    error: Option<&str>,
) -> Result<Option<(SourceSettings, SourceSettings)>> {
    let held = sql::maybe(
        tx,
        "SELECT 1 FROM host WHERE host_id = $1 AND epoch = $2 AND owner = $3 FOR NO KEY UPDATE",
        &[&lease.host_id, &lease.epoch, &lease.owner],
    )
    .await?;
    if held.is_none() {
        return Ok(None);
    }
    let before = settings::named(&PostgresSession(tx), name).await?;
    match visit {
        Visit::Harvested => {
            sql::run(
                tx,
                "UPDATE source_setting SET failures = 0, failing_since = NULL, last_error = NULL, last_attempt = $2,
                     next_due = $2 + period WHERE name = $1",
                &[&name, &lease.since],
            )
            .await?;
            sql::run(
                tx,
                "UPDATE source SET last_start = $2 WHERE name = $1",
                &[&name, &lease.since],
            )
            .await?;
        }
        Visit::Failed => {
            sql::run(
                tx,
                &format!(
                    "UPDATE source_setting SET failures = failures + 1, failing_since = coalesce(failing_since, $2),
                         last_attempt = $2, last_error = $3,
                         next_due = {} + least(
                             least(period, $4::bigint) * (1 << least(failures, 12)::integer),
                             greatest(period, $5::bigint))
                     WHERE name = $1 AND period IS NOT NULL",
                    sql::NOW
                ),
                &[
                    &name,
                    &lease.since,
                    &error,
                    &micros_of(FIRST_PAUSE),
                    &micros_of(LONGEST_PAUSE),
                ],
            )
            .await?;
        }
    }
    let after = settings::named(&PostgresSession(tx), name).await?;
    Ok(before.zip(after))
}

/// Makes due what is due later than any schedule allows: its time was stored while a clock was ahead.
pub(super) async fn distrust_far_future(tx: &Transaction<'_>) -> Result<()> {
    let rows = sql::rows(
        tx,
        &format!(
            "UPDATE source_setting d SET next_due = {now} FROM host h
             WHERE h.host_id = d.host_id AND d.next_due > {now} + greatest(d.period, $1::bigint)
             RETURNING coalesce(h.lane_id, h.host_id)",
            now = sql::NOW
        ),
        &[&micros_of(LONGEST_PAUSE)],
    )
    .await?;
    let mut lanes = rows
        .iter()
        .map(|row| Ok(row.try_get(0)?))
        .collect::<Result<Vec<i64>>>()?;
    lanes.sort_unstable();
    lanes.dedup();
    refresh(tx, &lanes).await
}

pub(super) async fn until_due(tx: &Transaction<'_>) -> Result<Option<Duration>> {
    let row = sql::one(
        tx,
        &format!(
            "SELECT (SELECT min(greatest(next_due, lease_until)) FROM host
                     WHERE next_due IS NOT NULL AND lane_id IS NULL) - {}",
            sql::NOW
        ),
        &[],
    )
    .await?;
    Ok(row
        .try_get::<_, Option<i64>>(0)?
        .map(|micros| Duration::from_micros(count(micros))))
}
