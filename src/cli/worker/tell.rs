//! A worker's word of itself, for whoever looks at the fleet.

use std::time::Duration;

use tokio::time::Instant;

use super::visit::Crew;
use crate::store::{Time, WorkerRow};

/// Interval between two heartbeats without a change.
const EVERY: Duration = Duration::from_secs(10);

pub(super) struct Teller<'c> {
    crew: &'c Crew,
    concurrency: usize,
    told: Option<(Instant, bool)>,
}

impl<'c> Teller<'c> {
    pub(super) fn new(crew: &'c Crew, concurrency: usize) -> Self {
        Self {
            crew,
            concurrency,
            told: None,
        }
    }

    /// Tells the store, if it is time to. That it cannot be told is no reason to stop.
    pub(super) async fn tell(&mut self, stopping: bool) {
        if self
            .told
            .is_some_and(|(at, said)| at.elapsed() < EVERY && said == stopping)
        {
            return;
        }
        let number = |n: u64| i64::try_from(n).unwrap_or(i64::MAX);
        let metrics = &self.crew.metrics;
        let row = WorkerRow {
            name: self.crew.name.clone(),
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
        if let Err(error) = self.crew.store.beat(&row).await {
            tracing::debug!(%error, "heartbeat could not be written to the store");
        }
        self.told = Some((Instant::now(), stopping));
    }
}
