//! Deriving behind the harvest: the articles of a source are made once its lists have ended, beside the lists of others.
//!
//! Only then is everything known that they are made of: the records of all formats, and what the records of a source
//! have in common. What is derived so is complete, and an export or a provider never meets an article of which a format
//! is still to come.

use tokio::sync::mpsc::UnboundedReceiver;
use tokio_util::sync::CancellationToken;

use crate::cli::config::Config;
use crate::cli::journals;
use crate::normalize::derive::{PHASE_BEHIND, derive_harvested, warn_not_derived};
use crate::phase::LazyPhase;
use crate::store::{SourceId, Store, StoreResult};

/// Derives sources one after the other as they come, with the settings that the configuration has for their journals.
/// The work ends when no more can come, or when `stop` is cancelled. Failures are logged.
pub(super) async fn derive_behind(
    store: &dyn Store,
    config: &Config,
    stop: &CancellationToken,
    mut listed: UnboundedReceiver<SourceId>,
) {
    let phase = begin();
    loop {
        let source_id = tokio::select! {
            () = stop.cancelled() => return,
            next = listed.recv() => match next {
                Some(source_id) => source_id,
                None => return,
            },
        };
        if let Err(error) = derive_one(store, config, source_id, stop, &phase).await {
            warn_not_derived(&error);
        }
    }
}

/// The phase, which begins when something is due.
pub(super) fn begin() -> LazyPhase {
    LazyPhase::growing(PHASE_BEHIND)
}

/// Derives a source, with the settings that the configuration has for its journals. Returns whether it came to its end.
///
/// # Errors
/// Those of the store.
pub(super) async fn derive_one(
    store: &dyn Store,
    config: &Config,
    source_id: SourceId,
    stop: &CancellationToken,
    phase: &LazyPhase,
) -> StoreResult<bool> {
    let source = store.source(source_id).await?;
    journals::apply_to(config, store, &source).await?;
    derive_harvested(store, source_id, stop, phase).await
}
