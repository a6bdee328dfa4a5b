//! The embedded engine: one SQLite file, one process that writes, any number that read beside it.
//!
//! A single thread owns the writing connection and works off what it is sent; readers have connections of their own on
//! tokio's blocking pool. Scripts run there without waiting. What is written per record, and what SQLite does in its
//! own way, is in the files of this folder.

mod backup;
mod check;
mod commit;
mod compact;
mod connections;
mod copy;
mod derive;
mod fault;
mod guard;
mod horizon;
mod open;
mod reindex;
mod session;
#[cfg(test)]
mod tests;

use std::path::Path;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;

use connections::{Readers, Writer};
use fault::{at, io_error};
use open::Reading;
use session::{SqliteSession, at_once};

use super::Store;
use super::body::{self, PageCache};
#[cfg(doc)]
use super::error::StoreError;
use super::error::StoreResult;
use super::fault::{Fault, Result};
use super::file_mode::FileMode;
use super::location::Access;
use super::query::Value;
use super::session::{Engine, Mode, Script};
use super::tables::Table;
use super::types::{
    ArticleRow, Batch, CommitStats, Compacted, DeriveTally, Deriving, Keep, Source, SourceId, Time,
};
use crate::phase::Phases;

/// A store in one SQLite file.
#[derive(Debug)]
pub struct SqliteStore {
    /// As given, for messages.
    path: String,
    readers: Arc<Readers>,
    /// `None` when open for reading only.
    writer: Option<Writer>,
    horizon: Arc<Mutex<horizon::Horizon>>,
    keeps_articles: bool,
}

impl SqliteStore {
    /// Opens a store, creating it when the access says so. Blocks for a moment: it reads, and at creation
    /// writes, a few pages of a file.
    ///
    /// # Errors
    ///
    /// [`StoreError::Missing`], [`StoreError::Locked`], [`StoreError::NotAStore`], [`StoreError::Newer`],
    /// [`StoreError::Older`], [`StoreError::Full`].
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
                mode.warn_of_wider(path);
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
            keeps_articles: true,
        }
    }

    /// Sets whether articles are kept beside the records that they were made of; they are by default.
    #[must_use]
    pub fn keep_articles(mut self, keeps: bool) -> Self {
        self.keeps_articles = keeps;
        self
    }

    /// Opens a store for reading; it need not be free of writers.
    ///
    /// # Errors
    ///
    /// As [`create_or_open`](Self::create_or_open).
    pub fn open_read(path: impl AsRef<Path>) -> StoreResult<Self> {
        Self::create_or_open(path, Access::Read)
    }

    async fn write<T: Send + 'static>(
        &self,
        mode: Mode,
        job: impl FnOnce(&SqliteSession<'_>) -> Result<T> + Send + 'static,
    ) -> StoreResult<T> {
        self.on_writer(move |conn| session::transaction(conn, mode, job))
            .await
    }

    async fn on_writer<T: Send + 'static>(
        &self,
        job: impl FnOnce(&mut rusqlite::Connection) -> Result<T> + Send + 'static,
    ) -> StoreResult<T> {
        let written = match &self.writer {
            Some(writer) => writer.run(job).await,
            None => Err(Fault::engine("it is open for reading only")),
        };
        written.map_err(|fault| at(fault, &self.path))
    }

    async fn read<T: Send + 'static>(
        &self,
        job: impl FnOnce(&mut rusqlite::Connection) -> Result<T> + Send + 'static,
    ) -> StoreResult<T> {
        self.readers
            .run(job)
            .await
            .map_err(|fault| at(fault, &self.path))
    }
}

#[async_trait]
impl Engine for SqliteStore {
    fn is_writable(&self) -> bool {
        self.writer.is_some()
    }

    fn keeps_articles(&self) -> bool {
        self.keeps_articles
    }

    fn page_cache(&self) -> &Arc<PageCache> {
        &self.readers.pages
    }

    async fn execute(&self, mode: Mode, script: Script) -> StoreResult<()> {
        let job = move |session: &SqliteSession<'_>| at_once(script(session));
        if mode == Mode::Read {
            self.read(move |conn| session::transaction(conn, mode, job))
                .await
        } else {
            self.write(mode, job).await
        }
    }
}

#[async_trait]
impl Store for SqliteStore {
    async fn commit(&self, source: &Source, batch: Batch) -> StoreResult<CommitStats> {
        let source = source.clone();
        let (batch, bodies) = body::pack_batch(batch)
            .await
            .map_err(|fault| at(fault, &self.path))?;
        self.write(Mode::Write, move |session| {
            at_once(Box::pin(async move {
                commit::commit(session, &source, &batch, &bodies).await
            }))
        })
        .await
    }

    async fn put_articles(
        &self,
        source_id: SourceId,
        deriving: &mut Deriving,
        rows: Vec<ArticleRow>,
    ) -> StoreResult<DeriveTally> {
        let begun = deriving.clone();
        let put = self.write(Mode::Write, move |session| {
            at_once(Box::pin(async move {
                derive::put(session, source_id, &begun, &rows).await
            }))
        });
        let (tally, seq) = put.await?;
        deriving.seq = seq;
        Ok(tally)
    }

    async fn safe_read_time(&self) -> StoreResult<Time> {
        let shared = Arc::clone(&self.horizon);
        let micros = if self.is_writable() {
            let taken = self.on_writer(horizon::take).await?;
            horizon::note(&shared, taken)
        } else {
            let path = self.readers.path().to_owned();
            let taken =
                tokio::task::spawn_blocking(move || horizon::beside_a_writer(&shared, &path));
            let taken = taken
                .await
                .unwrap_or_else(|e| Err(Fault::engine(format!("taking the time stopped: {e}"))));
            taken.map_err(|fault| at(fault, &self.path))?
        };
        super::convert::time(micros)
    }

    async fn check(&self) -> StoreResult<Vec<String>> {
        let phases = Phases::current();
        self.read(move |conn| {
            let tx = conn.transaction()?;
            check::check(&tx, &phases)
        })
        .await
    }

    async fn reindex(&self) -> StoreResult<Vec<String>> {
        let phases = Phases::current();
        self.read(move |conn| {
            let tx = conn.transaction()?;
            reindex::reindex(&tx, &phases)
        })
        .await
    }

    async fn compact(&self, keep: Keep) -> StoreResult<Compacted> {
        let phases = Phases::current();
        let done = self
            .on_writer(move |conn| compact::compact(conn, keep, &phases))
            .await?;
        self.readers.pages.clear();
        Ok(done)
    }

    async fn backup(&self, to: &Path) -> StoreResult<u64> {
        let to = to.to_owned();
        let phases = Phases::current();
        self.read(move |conn| {
            let tx = conn.transaction()?;
            backup::backup(&tx, &to, &phases)
        })
        .await
    }

    async fn rows(
        &self,
        table: &'static Table,
        after: Option<Vec<Value>>,
        limit: usize,
    ) -> StoreResult<Vec<Vec<Value>>> {
        self.read(move |conn| copy::rows(conn, table, after, limit))
            .await
    }

    async fn add_rows(&self, table: &'static Table, rows: Vec<Vec<Value>>) -> StoreResult<()> {
        self.on_writer(move |conn| copy::add(conn, table, rows))
            .await
    }

    async fn settle(&self) -> StoreResult<()> {
        // New numbers come after the highest there is.
        self.on_writer(|conn| {
            conn.execute("UPDATE source SET derivation = NULL", [])?;
            Ok(())
        })
        .await
    }
}
