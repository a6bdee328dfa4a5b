//! The embedded engine: one SQLite file, one process that writes, any number that read beside it.
//!
//! A single thread owns the writing connection and works off what it is sent; readers have connections of
//! their own on tokio's blocking pool. Each subject is a file of plain functions over a connection; the
//! traits only hand over to them.

mod absences;
mod check;
mod commit;
mod connections;
mod copy;
mod derive;
mod fault;
mod gaps;
mod guard;
mod insight;
mod item_sets;
mod items;
mod manage;
mod open;
mod pages;
mod provide;
mod reconcile;
mod runs;
mod sources;
mod streams;
#[cfg(test)]
mod tests;

use std::path::Path;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use rusqlite::Connection;

use connections::{Readers, Writer};
use fault::{Fault, Outcome, io_error};
use open::Reading;

#[cfg(doc)]
use super::StoreError;
use super::body::{self, PageCache};
use super::{
    Access, ArticleRow, Batch, Counts, DeriveStore, DeriveTally, FileMode, FormatCount, Gap,
    HarvestStore, ItemRef, ReadStore, Reconciled, Remembered, RunRow, Selection, ServerFacts,
    ShrinkLimit, Source, SourceSpec, StoreResult, StoredItem, StoredPage, Stream, Tally, Window,
};

/// A store in one SQLite file.
#[derive(Debug)]
pub struct SqliteStore {
    /// As given, for messages.
    path: String,
    readers: Arc<Readers>,
    /// `None` when open for reading only.
    writer: Option<Writer>,
    horizon: Arc<Mutex<provide::Horizon>>,
}

impl SqliteStore {
    /// Opens a store, creating it when the access says so. Blocks for a moment: it reads, and at creation
    /// writes, a few pages of a file.
    ///
    /// Errors: [`StoreError::Missing`], [`StoreError::Locked`], [`StoreError::NotAStore`],
    /// [`StoreError::Newer`], [`StoreError::Full`].
    pub fn create_or_open(path: impl AsRef<Path>, access: Access) -> StoreResult<Self> {
        Self::open(path, access, FileMode::default())
    }

    /// Opens a store as [`create_or_open`](Self::create_or_open) does; files that are created get this mode.
    ///
    /// # Errors
    ///
    /// As [`create_or_open`](Self::create_or_open).
    pub fn open(path: impl AsRef<Path>, access: Access, mode: FileMode) -> StoreResult<Self> {
        let path = path.as_ref();
        let shown = path.display().to_string();
        match access {
            Access::Read => {
                let (reading, conn) = open::reader(path)?;
                Ok(Self::new(shown, Readers::new(reading, Some(conn)), None))
            }
            Access::Write { create } => {
                let (real, conn, guard) = open::writer(path, create, mode)?;
                let writer = Writer::start(conn, guard)
                    .map_err(|e| io_error(&shown, "cannot start its writer", &e))?;
                let readers = Readers::new(Reading::beside_writer(real), None);
                Ok(Self::new(shown, readers, Some(writer)))
            }
        }
    }

    fn new(path: String, readers: Arc<Readers>, writer: Option<Writer>) -> Self {
        Self {
            path,
            readers,
            writer,
            horizon: Arc::default(),
        }
    }

    /// Opens a store for reading; it need not be free of writers.
    pub fn open_read(path: impl AsRef<Path>) -> StoreResult<Self> {
        Self::create_or_open(path, Access::Read)
    }

    async fn write<T: Send + 'static>(
        &self,
        job: impl FnOnce(&mut Connection) -> Outcome<T> + Send + 'static,
    ) -> StoreResult<T> {
        let written = match &self.writer {
            Some(writer) => writer.run(job).await,
            None => Err(Fault::engine("it is open for reading only")),
        };
        written.map_err(|fault| fault.at(&self.path))
    }

    async fn read<T: Send + 'static>(
        &self,
        job: impl FnOnce(&Connection, &PageCache) -> Outcome<T> + Send + 'static,
    ) -> StoreResult<T> {
        self.readers
            .run(job)
            .await
            .map_err(|fault| fault.at(&self.path))
    }
}

#[async_trait]
impl HarvestStore for SqliteStore {
    async fn open_source(&self, spec: &SourceSpec) -> StoreResult<Source> {
        let spec = spec.clone();
        self.write(move |conn| sources::open(conn, &spec)).await
    }

    async fn find_source(&self, spec: &SourceSpec) -> StoreResult<Option<Source>> {
        let spec = spec.clone();
        self.read(move |conn, _| sources::search(conn, &spec)).await
    }

    async fn remember_identify(
        &self,
        source: &Source,
        base_url: &str,
        identify: &Remembered,
    ) -> StoreResult<()> {
        let (source, base_url, identify) = (source.clone(), base_url.to_owned(), identify.clone());
        self.write(move |conn| sources::remember(conn, &source, &base_url, &identify))
            .await
    }

    async fn remember_facts(&self, source: &Source, facts: &ServerFacts) -> StoreResult<()> {
        let (source, facts) = (source.clone(), facts.clone());
        self.write(move |conn| sources::remember_facts(conn, &source, &facts))
            .await
    }

    async fn drop_unanswered_streams(&self, source: &Source) -> StoreResult<()> {
        let source = source.clone();
        self.write(move |conn| {
            let (tx, _) = sources::lock(conn, &source)?;
            streams::drop_unaccepted(&tx, source.source_id)?;
            tx.commit()?;
            Ok(())
        })
        .await
    }

    async fn open_stream(
        &self,
        source: &Source,
        metadata_prefix: &str,
        set_spec: Option<&str>,
    ) -> StoreResult<Stream> {
        let (source, prefix, set) = (
            source.clone(),
            metadata_prefix.to_owned(),
            set_spec.map(str::to_owned),
        );
        self.write(move |conn| streams::open(conn, &source, &prefix, set.as_deref()))
            .await
    }

    async fn replace_windows(
        &self,
        source: &Source,
        stream_no: i64,
        windows: &[Window],
    ) -> StoreResult<()> {
        let (source, windows) = (source.clone(), windows.to_vec());
        self.write(move |conn| streams::replace(conn, &source, stream_no, &windows))
            .await
    }

    async fn commit(&self, source: &Source, batch: Batch) -> StoreResult<Tally> {
        let source = source.clone();
        let packed = tokio::task::spawn_blocking(move || {
            body::pack(batch.pages.iter().map(|page| &page.body)).map(|bodies| (batch, bodies))
        });
        let (batch, bodies) = packed
            .await
            .map_err(|e| Fault::engine(format!("packing a page stopped: {e}")).at(&self.path))?
            .map_err(|e| io_error(&self.path, "cannot pack a page", &e))?;
        self.write(move |conn| commit::commit(conn, &source, &batch, &bodies))
            .await
    }

    async fn reconcile(
        &self,
        source: &Source,
        stream_nos: &[i64],
        list_no: i64,
        limit: ShrinkLimit,
    ) -> StoreResult<Reconciled> {
        let (source, stream_nos) = (source.clone(), stream_nos.to_vec());
        self.write(move |conn| reconcile::reconcile(conn, &source, &stream_nos, list_no, limit))
            .await
    }

    async fn withdraw(
        &self,
        source: &Source,
        stream_no: i64,
        records: &[(String, String)],
    ) -> StoreResult<u64> {
        let (source, records) = (source.clone(), records.to_vec());
        self.write(move |conn| reconcile::withdraw(conn, &source, stream_no, &records))
            .await
    }

    async fn items_without(
        &self,
        source: &Source,
        stream_no: i64,
        other_prefix: &str,
        after_item: i64,
        limit: usize,
    ) -> StoreResult<Vec<ItemRef>> {
        let (source_id, prefix) = (source.source_id, other_prefix.to_owned());
        self.read(move |conn, _| {
            reconcile::items_without(conn, source_id, stream_no, &prefix, after_item, limit)
        })
        .await
    }

    async fn begin_run(&self, kind: &str) -> StoreResult<i64> {
        let kind = kind.to_owned();
        self.write(move |conn| runs::begin(conn, &kind)).await
    }

    async fn end_run(&self, run_no: i64, outcome: &str, report: &str) -> StoreResult<()> {
        let (outcome, report) = (outcome.to_owned(), report.to_owned());
        self.write(move |conn| runs::end(conn, run_no, &outcome, &report))
            .await
    }

    async fn note_run_source(
        &self,
        run_no: i64,
        source_id: i64,
        seq_from: i64,
        seq_to: i64,
    ) -> StoreResult<()> {
        self.write(move |conn| runs::note(conn, run_no, source_id, seq_from, seq_to))
            .await
    }
}

#[async_trait]
impl ReadStore for SqliteStore {
    fn is_writable(&self) -> bool {
        self.writer.is_some()
    }

    async fn sources(&self) -> StoreResult<Vec<Source>> {
        self.read(|conn, _| sources::all(conn)).await
    }

    async fn source(&self, source_id: i64) -> StoreResult<Source> {
        self.read(move |conn, _| sources::by_id(conn, source_id))
            .await
    }

    async fn streams(&self, source_id: i64) -> StoreResult<Vec<Stream>> {
        self.read(move |conn, _| streams::all(conn, source_id))
            .await
    }

    async fn counts(&self, source_id: i64) -> StoreResult<Counts> {
        self.read(move |conn, _| items::counts(conn, source_id))
            .await
    }

    async fn gaps(&self, source_id: i64) -> StoreResult<Vec<Gap>> {
        self.read(move |conn, _| gaps::all(conn, source_id)).await
    }

    async fn runs(&self, limit: usize) -> StoreResult<Vec<RunRow>> {
        self.read(move |conn, _| runs::newest(conn, limit)).await
    }

    async fn run_heads(&self, run_no: i64) -> StoreResult<Vec<(i64, i64)>> {
        self.read(move |conn, _| runs::heads(conn, run_no)).await
    }

    async fn items(
        &self,
        source_id: i64,
        selection: Selection,
        after_item: i64,
        limit: usize,
    ) -> StoreResult<Vec<StoredItem>> {
        self.read(move |conn, pages| {
            items::items(conn, pages, source_id, selection, after_item, limit)
        })
        .await
    }

    async fn live_datestamps(
        &self,
        source_id: i64,
        format_no: i64,
        identifiers: &[String],
    ) -> StoreResult<Vec<Option<String>>> {
        let identifiers = identifiers.to_vec();
        self.read(move |conn, _| items::live_datestamps(conn, source_id, format_no, &identifiers))
            .await
    }

    async fn count_dated(
        &self,
        source_id: i64,
        format_no: i64,
        from: &str,
        until: Option<&str>,
    ) -> StoreResult<u64> {
        let (from, until) = (from.to_owned(), until.map(str::to_owned));
        self.read(move |conn, _| {
            items::count_dated(conn, source_id, format_no, &from, until.as_deref())
        })
        .await
    }

    async fn seen_in_list(
        &self,
        source_id: i64,
        format_no: i64,
        list_no: i64,
        identifiers: &[String],
    ) -> StoreResult<Vec<bool>> {
        let identifiers = identifiers.to_vec();
        self.read(move |conn, _| {
            items::seen_in_list(conn, source_id, format_no, list_no, &identifiers)
        })
        .await
    }

    async fn absences(
        &self,
        source_id: i64,
        format_no: i64,
        identifiers: &[String],
    ) -> StoreResult<Vec<Option<String>>> {
        let identifiers = identifiers.to_vec();
        self.read(move |conn, _| absences::known(conn, source_id, format_no, &identifiers))
            .await
    }

    async fn format_counts(&self, source_id: i64) -> StoreResult<Vec<FormatCount>> {
        self.read(move |conn, _| absences::format_counts(conn, source_id))
            .await
    }

    async fn pages(
        &self,
        source_id: i64,
        after_page: i64,
        limit: usize,
    ) -> StoreResult<Vec<StoredPage>> {
        self.read(move |conn, _| pages::pages(conn, source_id, after_page, limit))
            .await
    }

    async fn check(&self) -> StoreResult<Vec<String>> {
        self.read(|conn, _| check::check(conn)).await
    }
}

#[async_trait]
impl DeriveStore for SqliteStore {
    async fn put_articles(&self, source_id: i64, rows: &[ArticleRow]) -> StoreResult<DeriveTally> {
        let rows = rows.to_vec();
        self.write(move |conn| derive::put(conn, source_id, &rows))
            .await
    }

    async fn finish_derive(
        &self,
        source_id: i64,
        derived_seq: i64,
        profile: &str,
        derivation: &str,
    ) -> StoreResult<()> {
        let (profile, derivation) = (profile.to_owned(), derivation.to_owned());
        self.write(move |conn| derive::finish(conn, source_id, derived_seq, &profile, &derivation))
            .await
    }
}
