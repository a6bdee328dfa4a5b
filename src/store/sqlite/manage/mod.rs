//! What a person does to a store, and exports that keep track of what they have written.

mod backup;
mod compact;
mod departed;
mod exports;
pub(super) mod forget;
mod formats;
mod reindex;
mod settings;
mod sources;

use std::path::Path;

use async_trait::async_trait;

use super::SqliteStore;
use crate::store::{SourceId, ExportId, 
    Compacted, Counts, ExportSpec, ExportStore, ExportTurn, Forgotten, Keep, ManageStore, Removed,
    SourceSettings, SourceSpec, StoreResult, TakeDown, Time,
};

#[async_trait]
impl ManageStore for SqliteStore {
    async fn rename_source(&self, name: &str, to: &str) -> StoreResult<()> {
        let (name, to) = (name.to_owned(), to.to_owned());
        self.write(move |conn| sources::rename(conn, &name, &to))
            .await
    }

    async fn move_source(&self, name: &str, base_url: &str) -> StoreResult<()> {
        let (name, base_url) = (name.to_owned(), base_url.to_owned());
        self.write(move |conn| sources::relocate(conn, &name, &base_url))
            .await
    }

    async fn remove_source(&self, name: &str) -> StoreResult<Counts> {
        let name = name.to_owned();
        let removed = self.write(move |conn| sources::remove(conn, &name)).await?;
        self.readers.pages.clear();
        Ok(removed)
    }

    async fn note_start(&self, source_id: SourceId, started: Time) -> StoreResult<()> {
        self.write(move |conn| sources::note_start(conn, source_id, started))
            .await
    }

    async fn last_starts(&self) -> StoreResult<Vec<(i64, Time)>> {
        self.read(|conn, _| sources::last_starts(conn)).await
    }

    async fn note_listing(&self, source_id: SourceId, started: Time) -> StoreResult<()> {
        self.write(move |conn| settings::note_listing(conn, source_id, started))
            .await
    }

    async fn last_listings(&self) -> StoreResult<Vec<(i64, Time)>> {
        self.read(|conn, _| settings::last_listings(conn)).await
    }

    async fn save_source_settings(&self, settings: &[SourceSettings]) -> StoreResult<u64> {
        let settings = settings.to_vec();
        self.write(move |conn| settings::save(conn, &settings))
            .await
    }

    async fn source_settings(&self) -> StoreResult<Vec<SourceSettings>> {
        self.read(|conn, _| settings::all(conn)).await
    }

    async fn note_attempt(
        &self,
        spec: &SourceSpec,
        started: Time,
        error: Option<&str>,
    ) -> StoreResult<()> {
        let (spec, error) = (spec.clone(), error.map(str::to_owned));
        self.write(move |conn| settings::note_attempt(conn, &spec, started, error.as_deref()))
            .await
    }

    async fn drop_format(&self, name: &str, prefix: &str, set: Option<&str>) -> StoreResult<u64> {
        let (name, prefix, set) = (name.to_owned(), prefix.to_owned(), set.map(str::to_owned));
        let dropped = self
            .write(move |conn| formats::drop(conn, &name, &prefix, set.as_deref()))
            .await?;
        self.readers.pages.clear();
        Ok(dropped)
    }

    async fn acknowledge(&self, source_id: SourceId, identifier: Option<&str>) -> StoreResult<u64> {
        let identifier = identifier.map(str::to_owned);
        self.write(move |conn| sources::acknowledge(conn, source_id, identifier.as_deref()))
            .await
    }

    async fn forget(&self, source_id: SourceId, identifier: &str) -> StoreResult<TakeDown> {
        let identifier = identifier.to_owned();
        let done = self
            .write(move |conn| forget::forget(conn, source_id, &identifier))
            .await?;
        self.readers.pages.clear();
        Ok(done)
    }

    async fn forgotten(
        &self,
        source_id: SourceId,
        after: i64,
        upto: i64,
    ) -> StoreResult<Vec<Forgotten>> {
        self.read(move |conn, _| forget::forgotten(conn, source_id, after, upto))
            .await
    }

    async fn reindex(&self) -> StoreResult<Vec<String>> {
        self.read(|conn, _| reindex::reindex(conn)).await
    }

    async fn compact(&self, keep: Keep) -> StoreResult<Compacted> {
        let done = self.write(move |conn| compact::compact(conn, keep)).await?;
        self.readers.pages.clear();
        Ok(done)
    }

    async fn backup(&self, to: &Path) -> StoreResult<u64> {
        let to = to.to_owned();
        self.read(move |conn, _| backup::backup(conn, &to)).await
    }
}

#[async_trait]
impl ExportStore for SqliteStore {
    async fn begin_export(&self, spec: &ExportSpec) -> StoreResult<ExportTurn> {
        let spec = spec.clone();
        self.write(move |conn| exports::begin(conn, &spec)).await
    }

    async fn peek_export(&self, spec: &ExportSpec) -> StoreResult<ExportTurn> {
        let spec = spec.clone();
        self.write(move |conn| exports::peek(conn, &spec)).await
    }

    async fn removed(
        &self,
        export_id: ExportId,
        after: i64,
        upto: i64,
        limit: usize,
    ) -> StoreResult<Vec<Removed>> {
        self.read(move |conn, _| exports::removed(conn, export_id, after, upto, limit))
            .await
    }

    async fn end_export(&self, export_id: ExportId, wrote: bool) -> StoreResult<()> {
        self.write(move |conn| exports::end(conn, export_id, wrote))
            .await
    }
}
