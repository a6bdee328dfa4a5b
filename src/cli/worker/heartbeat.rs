//! The heartbeat of a worker: its figures in the store, for `status` and for other workers.

use std::time::Duration;

use tokio::time::Instant;

use super::visit::WorkerContext;
use crate::store::{Time, WorkerRow};

/// Interval between two heartbeats without a change.
const EVERY: Duration = Duration::from_secs(10);

pub(super) struct Heartbeat<'c> {
    worker: &'c WorkerContext,
    concurrency: usize,
    last: Option<(Instant, bool)>,
}

impl<'c> Heartbeat<'c> {
    pub(super) fn new(worker: &'c WorkerContext, concurrency: usize) -> Self {
        Self {
            worker,
            concurrency,
            last: None,
        }
    }

    /// Reports to the store, if it is time to or `now`; returns whether the worker was asked to end. A failure is no
    /// reason to stop.
    pub(super) async fn report(&mut self, stopping: bool, now: bool) -> bool {
        let is_recent = |(at, said): (Instant, bool)| at.elapsed() < EVERY && said == stopping;
        if !now && self.last.is_some_and(is_recent) {
            return false;
        }
        let number = |n: u64| i64::try_from(n).unwrap_or(i64::MAX);
        let metrics = &self.worker.metrics;
        let row = WorkerRow {
            name: self.worker.name.clone(),
            // Both are the store's to say.
            started: Time::UNIX_EPOCH,
            seen: Time::UNIX_EPOCH,
            stopping,
            concurrency: i64::try_from(self.concurrency).unwrap_or(i64::MAX),
            visits: number(metrics.visits()),
            sources: number(metrics.sources()),
            records: number(metrics.records()),
            failures: number(metrics.failures()),
            version: env!("CARGO_PKG_VERSION").to_owned(),
        };
        self.last = Some((Instant::now(), stopping));
        match self.worker.store.beat(&row).await {
            Ok(is_draining) => is_draining,
            Err(error) => {
                tracing::debug!(%error, "heartbeat could not be written to the store");
                false
            }
        }
    }
}
