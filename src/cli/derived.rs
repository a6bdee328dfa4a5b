//! The store with its articles brought up to date, for commands that read what was derived.

use crate::cli::context::Context;
use crate::normalize::derive::derive_all;
use crate::store::{Access, SqliteStore, StoreError};

/// Opens the store and derives what is not yet. Where it cannot be written to, beside a running harvest or on a
/// read-only disk, it is read as it stands.
pub(super) async fn open(context: &Context) -> anyhow::Result<SqliteStore> {
    let path = context.store_path()?;
    let store = match SqliteStore::create_or_open(path, Access::Write { create: false }) {
        Err(StoreError::Locked { .. }) => {
            context.progress.say("a harvest is under way: what it has not derived yet is left out");
            return Ok(SqliteStore::open_read(path)?);
        }
        Err(StoreError::Engine { .. } | StoreError::Full { .. }) => SqliteStore::open_read(path)?,
        opened => opened?,
    };
    if store.is_writable() {
        derive_all(&store).await?;
    }
    Ok(store)
}
