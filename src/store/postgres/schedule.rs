//! What the workers harvest, and when it is due.

use std::collections::HashMap;
use std::time::Duration;

use deadpool_postgres::Transaction;

use super::fault::Outcome;
use super::{sources, sql};
use crate::store::convert::{count, int, micros_of, time};
use crate::store::{Due, Lease, Scheduled, SourceSpec, Visit};

/// Channel on which workers hear that something has become due.
pub(super) const CHANNEL: &str = "offprint_due";

/// Sources noted in one transaction.
pub(super) const AT_ONCE: usize = 200;

/// First pause of a source of which nothing could be had, unless its period is shorter; each further one is twice as
/// long.
const FIRST_PAUSE: Duration = Duration::from_hours(1);

/// The longest such pause, unless its period is longer.
const LONGEST_PAUSE: Duration = Duration::from_hours(7 * 24);

/// What is noted of a source: plan, period, priority, group.
pub(super) type Noted = (String, Option<i64>, i32, Option<String>);

/// All that is noted, by name.
pub(super) async fn known(tx: &Transaction<'_>) -> Outcome<HashMap<String, Noted>> {
    let rows = sql::rows(
        tx,
        "SELECT s.name, d.plan, d.period, d.priority, lane.name
         FROM schedule d JOIN source s USING (source_id)
         LEFT JOIN host h ON h.host_id = s.host_id LEFT JOIN host lane ON lane.host_id = h.lane_id",
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
                ),
            ))
        })
        .collect()
}

/// Whether a source is noted just so.
pub(super) fn is_known(known: &HashMap<String, Noted>, source: &Scheduled) -> bool {
    known
        .get(&source.name)
        .is_some_and(|(plan, period, priority, group)| {
            *plan == source.plan
                && *period == source.period.map(micros_of)
                && *priority == source.priority
                && *group == source.group.as_deref().map(lane_name)
        })
}

fn lane_name(group: &str) -> String {
    format!("group {group}")
}

pub(super) async fn put(tx: &Transaction<'_>, scheduled: &[&Scheduled]) -> Outcome<()> {
    let mut lanes = Vec::new();
    for source in scheduled {
        lanes.extend(put_one(tx, source).await?);
    }
    lanes.sort_unstable();
    lanes.dedup();
    refresh(tx, &lanes).await?;
    signal(tx).await
}

/// Tells all workers to look at what is due, once this is committed.
pub(super) async fn signal(tx: &Transaction<'_>) -> Outcome<()> {
    sql::run(tx, "SELECT pg_notify($1, '')", &[&CHANNEL]).await?;
    Ok(())
}

/// Notes one source; the number of the host, or group, with which it is leased.
async fn put_one(tx: &Transaction<'_>, scheduled: &Scheduled) -> Outcome<Option<i64>> {
    let spec = SourceSpec {
        name: Some(scheduled.name.clone()),
        base_url: scheduled.base_url.clone(),
    };
    let (source_id, _) = sources::find_or_create(tx, &spec).await?;
    let lane_id = match &scheduled.group {
        Some(group) => Some(sources::host_id(tx, &lane_name(group)).await?),
        None => None,
    };
    let host = sql::maybe(
        tx,
        "UPDATE host SET lane_id = $2 FROM source
         WHERE source.source_id = $1 AND host.host_id = source.host_id RETURNING host.host_id",
        &[&source_id, &lane_id],
    )
    .await?;
    let period = scheduled.period.map(micros_of);
    sql::run(
        tx,
        &format!(
            "INSERT INTO schedule (source_id, plan, period, priority, next_due)
             SELECT source_id, $2, $3::bigint, $4,
                    CASE WHEN $3 IS NOT NULL THEN coalesce(last_start + $3, {}) END
             FROM source WHERE source_id = $1
             ON CONFLICT (source_id) DO UPDATE SET
                 plan = excluded.plan, period = excluded.period, priority = excluded.priority,
                 next_due = CASE WHEN schedule.period IS NOT DISTINCT FROM excluded.period
                                 THEN schedule.next_due ELSE excluded.next_due END",
            sql::NOW
        ),
        &[&source_id, &scheduled.plan, &period, &scheduled.priority],
    )
    .await?;
    let host_id = host.map(|row| row.try_get(0)).transpose()?;
    Ok(lane_id.or(host_id))
}

/// Sets when hosts are due, and how urgent they are, from their sources.
pub(super) async fn refresh(tx: &Transaction<'_>, lanes: &[i64]) -> Outcome<()> {
    sql::run(
        tx,
        "UPDATE host SET next_due = due.next_due, priority = coalesce(due.priority, 0)
         FROM unnest($1::bigint[]) lane (host_id)
         CROSS JOIN LATERAL (
             SELECT min(d.next_due) AS next_due, max(d.priority) FILTER (WHERE d.next_due IS NOT NULL) AS priority
             FROM host h JOIN source s ON s.host_id = h.host_id JOIN schedule d ON d.source_id = s.source_id
             WHERE coalesce(h.lane_id, h.host_id) = lane.host_id
               AND (h.host_id = lane.host_id OR h.lane_id = lane.host_id)) due
         WHERE host.host_id = lane.host_id",
        &[&lanes],
    )
    .await?;
    Ok(())
}

pub(super) async fn due(tx: &Transaction<'_>, lease: &Lease, limit: usize) -> Outcome<Vec<Due>> {
    let rows = sql::rows(
        tx,
        &format!(
            "SELECT s.source_id, s.name, d.plan, s.last_listing, s.last_start
             FROM host h JOIN source s ON s.host_id = h.host_id JOIN schedule d ON d.source_id = s.source_id
             WHERE (h.host_id = $1 OR h.lane_id = $1) AND d.next_due <= {}
             ORDER BY d.priority DESC, d.next_due, s.source_id LIMIT $2",
            sql::NOW
        ),
        &[&lease.host_id, &int(limit)],
    )
    .await?;
    let mut due = Vec::new();
    for row in &rows {
        let (last_listing, last_start): (Option<i64>, Option<i64>) =
            (row.try_get(3)?, row.try_get(4)?);
        due.push(Due {
            source_id: row.try_get(0)?,
            name: row.try_get(1)?,
            plan: row.try_get(2)?,
            last_listing: last_listing.map(time).transpose()?,
            last_start: last_start.map(time).transpose()?,
        });
    }
    Ok(due)
}

pub(super) async fn visited(
    tx: &Transaction<'_>,
    lease: &Lease,
    source_id: i64,
    visit: Visit,
) -> Outcome<()> {
    let held = sql::maybe(
        tx,
        "SELECT 1 FROM host WHERE host_id = $1 AND epoch = $2 AND owner = $3 FOR NO KEY UPDATE",
        &[&lease.host_id, &lease.epoch, &lease.owner],
    )
    .await?;
    if held.is_none() {
        return Ok(());
    }
    match visit {
        Visit::Harvested => {
            sql::run(
                tx,
                "UPDATE schedule SET failures = 0, next_due = $2 + period WHERE source_id = $1",
                &[&source_id, &lease.since],
            )
            .await?;
            sql::run(
                tx,
                "UPDATE source SET last_start = greatest(coalesce(last_start, 0), $2) WHERE source_id = $1",
                &[&source_id, &lease.since],
            )
            .await?;
        }
        Visit::Failed => {
            sql::run(
                tx,
                &format!(
                    "UPDATE schedule SET failures = failures + 1, next_due = {} + least(
                         least(period, $2::bigint) * (1 << least(failures, 12)), greatest(period, $3::bigint))
                     WHERE source_id = $1 AND period IS NOT NULL",
                    sql::NOW
                ),
                &[&source_id, &micros_of(FIRST_PAUSE), &micros_of(LONGEST_PAUSE)],
            )
            .await?;
        }
    }
    // A redirect may have brought it to another host.
    let moved = sql::maybe(
        tx,
        "SELECT coalesce(h.lane_id, h.host_id) FROM source s JOIN host h USING (host_id)
         WHERE s.source_id = $1 AND coalesce(h.lane_id, h.host_id) <> $2",
        &[&source_id, &lease.host_id],
    )
    .await?;
    if let Some(row) = moved {
        refresh(tx, &[row.try_get(0)?]).await?;
    }
    Ok(())
}

pub(super) async fn until_due(tx: &Transaction<'_>) -> Outcome<Option<Duration>> {
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
