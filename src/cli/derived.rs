//! The store with its articles brought up to date, for commands that read what was derived.

use std::sync::Arc;

use crate::cli::context::Context;
use crate::cli::journals;
use crate::cli::values::SourceName;
use crate::normalize::derive::derive_all;
use crate::store::{SearchIndex, Store, StoreError};

/// Opens the store and derives what is not yet. Where it cannot be written to, beside a running harvest, on a
/// read-only disk or as another user's, it is read as it stands.
pub(super) async fn open(context: &Context) -> anyhow::Result<Arc<dyn Store>> {
    open_for(context, None).await
}

/// The same for a source: a name that is mistyped is reported before the work.
pub(super) async fn open_for(
    context: &Context,
    source: Option<&SourceName>,
) -> anyhow::Result<Arc<dyn Store>> {
    open_with(context, source, false).await
}

/// The same for searches: where nothing else was said, articles are found by words from then on.
#[cfg(feature = "serve")]
pub(super) async fn open_for_search(context: &Context) -> anyhow::Result<Arc<dyn Store>> {
    open_with(context, None, true).await
}

async fn open_with(
    context: &Context,
    source: Option<&SourceName>,
    searches: bool,
) -> anyhow::Result<Arc<dyn Store>> {
    let store = match context.open_write().await {
        Err(StoreError::Locked { .. }) => {
            context
                .progress
                .println("a harvest is under way: what it has not derived yet is left out");
            context.open_read().await?
        }
        Err(error) if may_be_read(&error) => context.open_read().await?,
        opened => opened?,
    };
    check_source(store.as_ref(), source).await?;
    if store.is_writable() {
        if searches && store.search_index().await?.is_none() {
            store.set_search_index(SearchIndex::Words).await?;
        }
        journals::apply_all(context, store.as_ref()).await?;
        derive_all(store.as_ref()).await?;
    }
    Ok(store)
}

/// Returns whether a store that cannot be opened for writing may still be read: beside a harvest, where files may only
/// be read, or on a full disk.
pub(super) fn may_be_read(error: &StoreError) -> bool {
    matches!(
        error,
        StoreError::Locked { .. }
            | StoreError::Denied { .. }
            | StoreError::Unusable { .. }
            | StoreError::Engine { .. }
            | StoreError::Full { .. }
    )
}

async fn check_source(store: &dyn Store, source: Option<&SourceName>) -> anyhow::Result<()> {
    let Some(name) = source else { return Ok(()) };
    let sources = store.sources().await?;
    if sources.iter().any(|source| source.name == name.as_str()) {
        return Ok(());
    }
    let what = "source";
    let name = name.to_string();
    Err(StoreError::Unknown { what, name }.into())
}
