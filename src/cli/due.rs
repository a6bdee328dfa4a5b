//! When sources were last tried, and by their schedules when they are due again.

use std::collections::HashMap;

use url::Url;

use crate::cli::config::{Config, SourceConfig};
use crate::cli::schedule::Schedule;
use crate::http::address;
use crate::store::{SourceId, Store, StoreError, Time};

/// When the sources of the store were last tried and last listed from their beginning. A time in the future comes from a
/// clock that was ahead: it is not trusted, or the source would not be due for as long.
pub(super) struct History {
    by_name: HashMap<String, SourceId>,
    by_url: HashMap<String, SourceId>,
    attempts: HashMap<String, Time>,
    starts: HashMap<SourceId, Time>,
    listings: HashMap<SourceId, Time>,
}

impl History {
    pub(super) async fn read(store: &dyn Store, now: Time) -> Result<Self, StoreError> {
        let sources = store.sources().await?;
        let past =
            |times: Vec<(SourceId, Time)>| times.into_iter().filter(|(_, time)| *time <= now);
        let attempts = store.source_settings().await?;
        Ok(Self {
            by_name: sources
                .iter()
                .map(|source| (source.name.clone(), source.source_id))
                .collect(),
            by_url: sources
                .iter()
                .map(|source| (source.base_url.clone(), source.source_id))
                .collect(),
            attempts: attempts
                .into_iter()
                .filter_map(|source| Some((source.spec.name?, source.attempts.last?)))
                .filter(|(_, time)| *time <= now)
                .collect(),
            starts: past(store.last_starts().await?).collect(),
            listings: past(store.last_listings().await?).collect(),
        })
    }

    /// Returns when a source of this name, else of this URL, was last tried, and when it was last listed.
    pub(super) fn of(&self, name: &str, url: &Url) -> (Option<Time>, Option<Time>) {
        let source = self
            .by_name
            .get(name)
            .or_else(|| self.by_url.get(&address(url)));
        let start = source.and_then(|id| self.starts.get(id));
        let listing = source.and_then(|id| self.listings.get(id));
        let attempt = self.attempts.get(name);
        (start.max(attempt).copied(), listing.copied())
    }

    /// Returns when a configured source is due: never without a time, and now with one in the past.
    pub(super) fn next(&self, config: &Config, source: &SourceConfig, now: Time) -> Option<Time> {
        let (last, _) = self.of(source.name.as_str(), source.url.url());
        schedule_of(config, source).next(last, now)
    }
}

/// Returns when the sources of a configuration are tried next, by name.
pub(super) async fn next_attempts(
    config: &Config,
    store: &dyn Store,
    now: Time,
) -> Result<HashMap<String, Time>, StoreError> {
    let history = History::read(store, now).await?;
    let next = config.source.iter().filter_map(|source| {
        let next = history.next(config, source, now)?;
        Some((source.name.to_string(), next))
    });
    Ok(next.collect())
}

/// Returns the schedule of a source: its own, else that of the file, else daily.
pub(super) fn schedule_of(config: &Config, source: &SourceConfig) -> Schedule {
    source
        .schedule
        .clone()
        .or_else(|| config.schedule.clone())
        .unwrap_or_default()
}
