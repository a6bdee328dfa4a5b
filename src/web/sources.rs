//! The sources of the collection: their counts, and why some fail.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::Duration;

use super::App;
use crate::provider::{SourceLine, TtlCache};
use crate::report::FailingSource;
use crate::store::{Counts, StoreResult, Time};

/// Lifetime of the cached list.
const FRESH: Duration = Duration::from_mins(1);

/// A source, its counts, and why it fails.
#[derive(Debug)]
pub(super) struct Line {
    pub(super) source: SourceLine,
    pub(super) counts: Counts,
    pub(super) failing: Option<FailingSource>,
}

/// The sources of the collection.
#[derive(Debug)]
pub(super) struct Sources {
    /// By name.
    pub(super) lines: Vec<Line>,
    /// Sources that fail and have never answered.
    pub(super) unanswered: Vec<FailingSource>,
}

/// The list, read by one for all who ask.
pub(super) fn cache() -> Arc<TtlCache<Arc<Sources>>> {
    Arc::new(TtlCache::new(FRESH))
}

/// Returns the sources with their counts and failures.
pub(super) async fn lines(app: &App) -> StoreResult<Arc<Sources>> {
    let read = async || {
        let store = app.provider.store();
        let failing = FailingSource::all(store, &next_attempts(app).await?).await?;
        let mut unanswered: BTreeMap<String, FailingSource> = failing
            .into_iter()
            .map(|one| (one.name.clone(), one))
            .collect();
        let mut lines = Vec::new();
        for source in app.provider.sources().await? {
            lines.push(Line {
                counts: store.counts(source.source_id).await?,
                failing: unanswered.remove(&source.name),
                source,
            });
        }
        Ok(Arc::new(Sources {
            lines,
            unanswered: unanswered.into_values().collect(),
        }))
    };
    app.sources.get(read).await
}

/// Returns when sources are tried next, as far as a schedule says.
pub(super) async fn next_attempts(app: &App) -> StoreResult<HashMap<String, Time>> {
    match &app.schedule {
        Some(schedule) => schedule.next_attempts(app.provider.store()).await,
        None => Ok(HashMap::new()),
    }
}
