//! Leases of hosts: one statement takes them, and the fences of their sources go up with it.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use deadpool_postgres::Transaction;

use super::transact::{read, write};
use super::{PostgresStore, schedule, sql, workers};
use crate::store::Store;
use crate::store::convert::{int, micros_of};
use crate::store::error::{StoreError, StoreResult};
use crate::store::fault::Result;
use crate::store::lease::{Due, Fleet, Lease, LeaseStore, News, Scheduled, Visit, WorkerRow};
use crate::store::naming::source_name;
use crate::store::types::{SourceSettings, SourceSpec};

#[async_trait]
impl LeaseStore for PostgresStore {
    async fn schedule(&self, sources: &[Scheduled]) -> StoreResult<u64> {
        let known = read!(self, |tx| schedule::known(&tx))?;
        let news: Vec<&Scheduled> = sources
            .iter()
            .filter(|source| !schedule::is_known(&known, source))
            .collect();
        write!(self, |tx| schedule::distrust_far_future(&tx))?;
        for some in news.chunks(schedule::AT_ONCE) {
            write!(self, |tx| schedule::put(&tx, some))?;
        }
        Ok(news.len() as u64)
    }

    async fn lease(&self, owner: &str, most: usize, term: Duration) -> StoreResult<Vec<Lease>> {
        write!(self, |tx| lease(&tx, owner, most, term))
    }

    async fn due(&self, lease: &Lease, limit: usize) -> StoreResult<Vec<Due>> {
        read!(self, |tx| schedule::due(&tx, lease, limit))
    }

    async fn renew(&self, lease: &Lease, term: Duration) -> StoreResult<bool> {
        write!(self, |tx| renew(&tx, lease, term))
    }

    async fn visited(
        &self,
        lease: &Lease,
        name: &str,
        visit: Visit,
        error: Option<&str>,
    ) -> StoreResult<Option<(SourceSettings, SourceSettings)>> {
        write!(self, |tx| schedule::visited(&tx, lease, name, visit, error))
    }

    async fn release(&self, lease: &Lease) -> StoreResult<()> {
        write!(self, |tx| release(&tx, lease))
    }

    async fn until_due(&self) -> StoreResult<Option<Duration>> {
        read!(self, |tx| schedule::until_due(&tx))
    }

    async fn wait(&self, most: Duration) {
        self.signal.wait(&self.server, most).await;
    }

    fn take_news(&self) -> News {
        self.signal.take_news()
    }

    async fn beat(&self, worker: &WorkerRow) -> StoreResult<bool> {
        write!(self, |tx| workers::beat(&tx, worker))
    }

    async fn drain(&self, name: Option<&str>) -> StoreResult<Vec<String>> {
        write!(self, |tx| workers::drain(&tx, name))
    }

    async fn leave(&self, worker: &str) -> StoreResult<()> {
        write!(self, |tx| workers::leave(&tx, worker))
    }

    async fn fleet(&self) -> StoreResult<Fleet> {
        read!(self, |tx| workers::fleet(&tx))
    }

    fn under(&self, lease: &Lease) -> Arc<dyn Store> {
        Arc::new(Self {
            lease: Some(lease.clone()),
            ..self.clone()
        })
    }
}

async fn lease(
    tx: &Transaction<'_>,
    owner: &str,
    most: usize,
    term: Duration,
) -> Result<Vec<Lease>> {
    let rows = sql::rows(
        tx,
        &format!(
            "WITH clock AS MATERIALIZED (SELECT {} AS now),
             free AS (
                 SELECT host_id FROM host, clock
                 WHERE next_due <= now AND (lease_until IS NULL OR lease_until <= now) AND lane_id IS NULL
                 ORDER BY priority DESC, next_due, host_id LIMIT $3
                 FOR UPDATE OF host SKIP LOCKED)
             UPDATE host SET owner = $1, epoch = epoch + 1, lease_until = now + $2
             FROM free, clock WHERE host.host_id = free.host_id
             RETURNING host.host_id, host.name, host.epoch, now",
            sql::NOW
        ),
        &[&owner, &micros_of(term), &int(most)],
    )
    .await?;
    let mut leases = Vec::new();
    for row in &rows {
        leases.push(Lease {
            host_id: row.try_get(0)?,
            host: row.try_get(1)?,
            epoch: row.try_get(2)?,
            owner: owner.to_owned(),
            since: row.try_get(3)?,
        });
    }
    if !leases.is_empty() {
        // Whoever wrote to them until now, and has not noticed that its lease is over, writes no more.
        let hosts: Vec<i64> = leases.iter().map(|lease| lease.host_id).collect();
        sql::run(
            tx,
            "UPDATE source SET fence = fence + 1
             WHERE host_id IN (SELECT host_id FROM host WHERE host_id = ANY ($1) OR lane_id = ANY ($1))",
            &[&hosts],
        )
        .await?;
    }
    Ok(leases)
}

async fn renew(tx: &Transaction<'_>, lease: &Lease, term: Duration) -> Result<bool> {
    let renewed = sql::run(
        tx,
        &format!(
            "UPDATE host SET lease_until = {} + $4 WHERE host_id = $1 AND epoch = $2 AND owner = $3",
            sql::NOW
        ),
        &[&lease.host_id, &lease.epoch, &lease.owner, &micros_of(term)],
    )
    .await?;
    Ok(renewed > 0)
}

async fn release(tx: &Transaction<'_>, lease: &Lease) -> Result<()> {
    let held = sql::run(
        tx,
        "UPDATE host SET owner = NULL, lease_until = NULL WHERE host_id = $1 AND epoch = $2 AND owner = $3",
        &[&lease.host_id, &lease.epoch, &lease.owner],
    )
    .await?;
    if held > 0 {
        schedule::refresh(tx, &[lease.host_id]).await?;
    }
    Ok(())
}

/// Holds the lease until the transaction ends: a worker that slept through it must not fence out its successor.
pub(super) async fn hold(tx: &Transaction<'_>, lease: &Lease, spec: &SourceSpec) -> Result<()> {
    let held = sql::maybe(
        tx,
        "SELECT 1 FROM host WHERE host_id = $1 AND epoch = $2 AND owner = $3 FOR SHARE",
        &[&lease.host_id, &lease.epoch, &lease.owner],
    )
    .await?;
    if held.is_none() {
        let source_name = spec
            .name
            .clone()
            .unwrap_or_else(|| source_name(&spec.base_url));
        return Err(StoreError::Fenced { source_name }.into());
    }
    Ok(())
}
