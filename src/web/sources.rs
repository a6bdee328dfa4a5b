//! The sources of the collection: their counts, and why some fail.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use super::app::App;
use super::source_lines::{Line, Sources};
use crate::report::FailingSource;
use crate::store::{StoreResult, Time};

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
