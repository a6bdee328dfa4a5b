//! The store with its articles brought up to date, for commands that read what was derived.

use std::sync::Arc;

use crate::cli::context::Context;
use crate::cli::journals;
use crate::normalize::derive::derive_all;
use crate::store::{Store, StoreError};

/// Opens the store and derives what is not yet. Where it cannot be written to, beside a running harvest or on a
/// read-only disk, it is read as it stands.
pub(super) async fn open(context: &Context) -> anyhow::Result<Arc<dyn Store>> {
    let store = match context.open_write().await {
        Err(StoreError::Locked { .. }) => {
            context
                .progress
                .println("a harvest is under way: what it has not derived yet is left out");
            return Ok(context.open_read().await?);
        }
        Err(StoreError::Engine { .. } | StoreError::Full { .. }) => context.open_read().await?,
        opened => opened?,
    };
    if store.is_writable() {
        journals::apply_all(context, store.as_ref()).await?;
        derive_all(store.as_ref()).await?;
    }
    Ok(store)
}
