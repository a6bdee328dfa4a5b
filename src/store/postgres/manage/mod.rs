//! What a person does to a store, and exports that keep track of what they have written.

mod compact;
mod departed;
mod exports;
mod forget;
mod formats;
pub(super) mod settings;
mod sources;

use std::path::Path;

use async_trait::async_trait;

use super::transact::{read, write};
use super::{Check, PostgresStore};
use crate::store::{SourceId, ExportId, 
    Compacted, Counts, ExportSpec, ExportStore, ExportTurn, Forgotten, Keep, ManageStore, Removed,
    SourceSettings, SourceSpec, StoreError, StoreResult, TakeDown, Time,
};

#[async_trait]
impl ManageStore for PostgresStore {
    async fn rename_source(&self, name: &str, to: &str) -> StoreResult<()> {
        write!(self, |tx| sources::rename(&tx, name, to))
    }

    async fn move_source(&self, name: &str, base_url: &str) -> StoreResult<()> {
        write!(self, |tx| sources::relocate(&tx, name, base_url))
    }

    async fn remove_source(&self, name: &str) -> StoreResult<Counts> {
        let removed = write!(self, |tx| sources::remove(&tx, name))?;
        self.pages.clear();
        Ok(removed)
    }

    async fn note_start(&self, source_id: SourceId, started: Time) -> StoreResult<()> {
        write!(self, |tx| sources::note_start(&tx, source_id, started))
    }

    async fn last_starts(&self) -> StoreResult<Vec<(i64, Time)>> {
        read!(self, |tx| sources::last_starts(&tx))
    }

    async fn note_listing(&self, source_id: SourceId, started: Time) -> StoreResult<()> {
        write!(self, |tx| settings::note_listing(&tx, source_id, started))
    }

    async fn last_listings(&self) -> StoreResult<Vec<(i64, Time)>> {
        read!(self, |tx| settings::last_listings(&tx))
    }

    async fn save_source_settings(&self, settings: &[SourceSettings]) -> StoreResult<u64> {
        write!(self, |tx| settings::save(&tx, settings))
    }

    async fn source_settings(&self) -> StoreResult<Vec<SourceSettings>> {
        read!(self, |tx| settings::all(&tx))
    }

    async fn note_attempt(
        &self,
        spec: &SourceSpec,
        started: Time,
        error: Option<&str>,
    ) -> StoreResult<()> {
        write!(self, |tx| settings::note_attempt(&tx, spec, started, error))
    }

    async fn drop_format(&self, name: &str, prefix: &str, set: Option<&str>) -> StoreResult<u64> {
        let dropped = write!(self, |tx| formats::drop(&tx, name, prefix, set))?;
        self.pages.clear();
        Ok(dropped)
    }

    async fn acknowledge(&self, source_id: SourceId, identifier: Option<&str>) -> StoreResult<u64> {
        write!(self, |tx| sources::acknowledge(&tx, source_id, identifier))
    }

    async fn forget(&self, source_id: SourceId, identifier: &str) -> StoreResult<TakeDown> {
        let done = write!(self, |tx| forget::forget(&tx, source_id, identifier))?;
        self.pages.clear();
        Ok(done)
    }

    async fn forgotten(
        &self,
        source_id: SourceId,
        after: i64,
        upto: i64,
    ) -> StoreResult<Vec<Forgotten>> {
        read!(self, |tx| forget::forgotten(&tx, source_id, after, upto))
    }

    async fn reindex(&self) -> StoreResult<Vec<String>> {
        self.complaints(Check::Index).await
    }

    async fn compact(&self, keep: Keep) -> StoreResult<Compacted> {
        let before = read!(self, |tx| compact::size(&tx))?;
        let mut done = Compacted {
            before,
            ..Compacted::default()
        };
        for source_id in read!(self, |tx| compact::sources(&tx))? {
            if keep == Keep::Current {
                done.versions += write!(self, |tx| compact::versions(&tx, source_id))?;
            }
            if keep != Keep::All {
                done.bodies += write!(self, |tx| compact::bodies(&tx, source_id))?;
            }
        }
        self.pages.clear();
        // What was dropped is free for what comes; the files shrink by VACUUM FULL alone, which is the operator's.
        let client = self.client().await.map_err(|fault| fault.at(&self.shown))?;
        for table in ["page_body", "record_old"] {
            let vacuum = client
                .batch_execute(&format!("VACUUM (ANALYZE) {table}"))
                .await;
            vacuum.map_err(|error| super::Fault::from(error).at(&self.shown))?;
        }
        done.after = read!(self, |tx| compact::size(&tx))?;
        Ok(done)
    }

    async fn backup(&self, _to: &Path) -> StoreResult<u64> {
        Err(StoreError::Unsupported {
            what: format!("{} is backed up by the means of PostgreSQL", self.shown),
            instead: "use pg_dump or pg_basebackup; `offprint store copy` makes a file of it",
        })
    }
}

#[async_trait]
impl ExportStore for PostgresStore {
    async fn begin_export(&self, spec: &ExportSpec) -> StoreResult<ExportTurn> {
        write!(self, |tx| exports::begin(&tx, spec))
    }

    async fn peek_export(&self, spec: &ExportSpec) -> StoreResult<ExportTurn> {
        write!(self, |tx| exports::peek(&tx, spec))
    }

    async fn removed(
        &self,
        export_id: ExportId,
        after: i64,
        upto: i64,
        limit: usize,
    ) -> StoreResult<Vec<Removed>> {
        read!(self, |tx| exports::removed(
            &tx, export_id, after, upto, limit
        ))
    }

    async fn end_export(&self, export_id: ExportId, wrote: bool) -> StoreResult<()> {
        write!(self, |tx| exports::end(&tx, export_id, wrote))
    }
}
