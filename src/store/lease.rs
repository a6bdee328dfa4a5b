//! State shared by a fleet of workers: leases of hosts, due sources, active workers.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use super::Store;
use super::error::StoreResult;
use super::types::{SourceSettings, Time};

/// The right to ask a host, for a while. No two workers have one of the same host.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lease {
    /// Number of the host, or of the group of hosts that share a limit.
    pub host_id: i64,
    /// The name: `hostname:port`, or `group NAME`.
    pub host: String,
    /// The number of times it has been leased; with `owner` the proof of the lease.
    pub epoch: i64,
    /// Name of the worker.
    pub owner: String,
    /// When it was leased, by the clock of the store, µs since 1970.
    pub since: i64,
}

/// A source that workers are to harvest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scheduled {
    /// Name.
    pub name: String,
    /// Base URL of its endpoint.
    pub base_url: String,
    /// Group of hosts that its host shares a limit with.
    pub group: Option<String>,
    /// The harvest plan, JSON; the store does not read it.
    pub plan: String,
    /// The period; never harvested by itself if absent.
    pub period: Option<Duration>,
    /// The higher goes first.
    pub priority: i32,
}

/// A source that is due.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Due {
    /// Name of its settings.
    pub name: String,
    /// As scheduled.
    pub plan: String,
    /// When it was last listed from its beginning.
    pub last_listing: Option<Time>,
    /// When it was last harvested.
    pub last_start: Option<Time>,
}

/// The outcome of visiting a due source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Visit {
    /// Harvested, perhaps with gaps: due again after its period.
    Harvested,
    /// Nothing could be fetched: due again soon at first, then more and more seldom.
    Failed,
}

/// A worker, as it describes itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct WorkerRow {
    /// Name: machine, process, and a random part.
    pub name: String,
    /// Begun, by the clock of the store.
    pub started: Time,
    /// Last heard of, by the clock of the store.
    pub seen: Time,
    /// True if it is about to end, or was asked to.
    pub stopping: bool,
    /// Hosts it asks at the same time at most.
    pub concurrency: i64,
    /// Hosts it is done with.
    pub visits: i64,
    /// Sources it has harvested.
    pub sources: i64,
    /// Records it has brought.
    pub records: i64,
    /// Sources of which nothing could be fetched.
    pub failures: i64,
    /// The version.
    pub version: String,
}

/// A host that is leased.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LeaseRow {
    /// Host.
    pub host: String,
    /// Worker.
    pub owner: String,
    /// The number of times it has been leased.
    pub epoch: i64,
    /// End, unless renewed, by the clock of the store.
    pub until: Time,
    /// True if that has passed: the worker is gone, and another may take it.
    pub expired: bool,
}

/// What a worker hears beside that something is due.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct News {
    /// Sources were added to the store.
    pub sources_added: bool,
    /// A worker was asked to end.
    pub is_draining: bool,
}

/// Where the fleet stands.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Fleet {
    /// By name.
    pub workers: Vec<WorkerRow>,
    /// By host.
    pub leases: Vec<LeaseRow>,
    /// Sources that workers are to harvest.
    pub scheduled: u64,
    /// The number of those that are due.
    pub due: u64,
    /// The number of scheduled sources with consecutive failures.
    pub failing: u64,
}

/// The interface for workers that share a store.
#[async_trait]
pub trait LeaseStore: Store {
    /// Notes what is to be harvested; what is noted already stays as it is, due times too. Tells how many are new or
    /// have changed.
    async fn schedule(&self, sources: &[Scheduled]) -> StoreResult<u64>;

    /// Leases hosts where something is due and that are nobody's, at most so many, the most urgent first. Whoever had
    /// one before is fenced out of its sources.
    async fn lease(&self, owner: &str, most: usize, term: Duration) -> StoreResult<Vec<Lease>>;

    /// Returns the sources due at a host, the most urgent first, at most `limit`.
    async fn due(&self, lease: &Lease, limit: usize) -> StoreResult<Vec<Due>>;

    /// Prolongs a lease from now on. Whether it is still held.
    async fn renew(&self, lease: &Lease, term: Duration) -> StoreResult<bool>;

    /// Notes what became of a source, and when it is due again; nothing when the lease is lost. Returns its settings
    /// before and after, if it has any.
    async fn visited(
        &self,
        lease: &Lease,
        name: &str,
        visit: Visit,
        error: Option<&str>,
    ) -> StoreResult<Option<(SourceSettings, SourceSettings)>>;

    /// Gives a lease back.
    async fn release(&self, lease: &Lease) -> StoreResult<()>;

    /// Time until a host can be leased; none when nothing is to come. A host that is leased counts from the end of its
    /// lease.
    async fn until_due(&self) -> StoreResult<Option<Duration>>;

    /// Waits until something may have become due, at most so long.
    async fn wait(&self, most: Duration);

    /// Returns what was heard while waiting, since the last call.
    fn take_news(&self) -> News;

    /// Writes the figures of a worker; its times are the store's. Returns whether it was asked to end.
    async fn beat(&self, worker: &WorkerRow) -> StoreResult<bool>;

    /// Asks workers to end after the work under way: the one of this name, those on the machine of this name, or all.
    /// Returns their names.
    async fn drain(&self, name: Option<&str>) -> StoreResult<Vec<String>>;

    /// Forgets a worker that has ended.
    async fn leave(&self, worker: &str) -> StoreResult<()>;

    /// Where the fleet stands.
    async fn fleet(&self) -> StoreResult<Fleet>;

    /// The same store for a worker that asks this host: a source is opened only while the lease is held.
    fn under(&self, lease: &Lease) -> Arc<dyn Store>;
}
