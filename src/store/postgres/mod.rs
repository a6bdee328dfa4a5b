//! The engine for many machines: a PostgreSQL database, any number of processes that write and read.
//!
//! Scripts run over a transaction of their own; what writes many rows at once is in the files of this folder. A source
//! is written to by the holder of its fence, and its row is locked from the first statement to the commit: within a
//! source the order of commits is the order of its numbers.

mod check;
mod commit;
mod compact;
mod connect;
mod copy;
mod derive;
mod fault;
mod horizon;
mod lease;
mod open;
mod schedule;
mod search;
mod session;
mod signal;
mod sql;
mod store;
mod transact;
mod workers;

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use async_trait::async_trait;

pub use store::PostgresStore;

use connect::Server;
use session::PostgresSession;
use transact::{Tries, read, write};

use super::body::{self, PageCache};
use super::error::{StoreError, StoreResult};
use super::fault::Fault;
use super::integrity_checks::{COMPARING, DROPPING, READING, RULES};
use super::location::Access;
use super::query::Value;
use super::session::{Engine, Mode, Script};
use super::tables::Table;
use super::types::{
    ArticleRow, Batch, CommitStats, Compacted, DeriveTally, Deriving, Keep, PageNo, Source,
    SourceId, SourceSpec, Time,
};
use super::{Store, sources};
use crate::phase::Phase;

impl PostgresStore {
    /// Opens the store at a `postgres://` URL, and makes its schema, or brings it up to date, when the access says so.
    ///
    /// Errors: [`StoreError::Missing`], [`StoreError::NotAStore`], [`StoreError::Newer`], [`StoreError::Away`] when
    /// there is no server, [`StoreError::Engine`] when it may only be read.
    pub async fn open(url: &str, access: Access) -> StoreResult<Self> {
        let server = Server::read(url)?;
        let writable = access != Access::Read;
        let store = Self {
            shown: server.shown.clone(),
            pool: server.pool(!writable)?,
            server: Arc::new(server),
            signal: Arc::default(),
            horizon: Arc::default(),
            pages: Arc::new(PageCache::new()),
            writable,
            keeps_articles: true,
            lease: None,
        };
        let mut tries = Tries::first();
        loop {
            let opened = async {
                let mut client = store.client().await?;
                let tx = client.transaction().await?;
                open::open(&tx, access, &store.shown).await?;
                tx.commit().await?;
                Ok::<_, Fault>(())
            };
            match opened.await {
                Ok(()) => return Ok(store),
                Err(fault) => tries.again(fault, &store.shown).await?,
            }
        }
    }

    /// Sets whether articles are kept beside the records that they were made of; they are by default.
    #[must_use]
    pub fn keep_articles(mut self, keeps: bool) -> Self {
        self.keeps_articles = keeps;
        self
    }

    /// Goes on with a check from batch to batch, until its end or until there are enough complaints.
    async fn complaints(&self, what: Check) -> StoreResult<Vec<String>> {
        let mut complaints = Vec::new();
        let mut after = (SourceId::START, PageNo::START);
        let name = match what {
            Check::Bodies => COMPARING,
            Check::Index => READING,
        };
        let all = read!(self, |tx| check::stored_bodies(&tx))?;
        let phase = Phase::begin(name, Some(all));
        loop {
            let check::Batch {
                last,
                read,
                complaints: more,
            } = match what {
                Check::Bodies => read!(self, |tx| check::bodies(&tx, after)),
                Check::Index => read!(self, |tx| check::reindex(&tx, after)),
            }?;
            phase.advance(read);
            complaints.extend(more);
            if complaints.len() >= super::integrity_checks::MOST {
                complaints.truncate(super::integrity_checks::MOST);
                complaints.push("and more of the same".to_owned());
                return Ok(complaints);
            }
            let Some(last) = last else {
                return Ok(complaints);
            };
            after = last;
        }
    }
}

#[derive(Clone, Copy)]
enum Check {
    Bodies,
    Index,
}

#[async_trait]
impl Engine for PostgresStore {
    fn is_writable(&self) -> bool {
        self.writable
    }

    fn keeps_articles(&self) -> bool {
        self.keeps_articles
    }

    fn page_cache(&self) -> &Arc<PageCache> {
        &self.pages
    }

    async fn execute(&self, mode: Mode, script: Script) -> StoreResult<()> {
        if mode == Mode::Read {
            read!(self, |tx| script(&PostgresSession(&tx)))
        } else {
            write!(self, |tx| script(&PostgresSession(&tx)))
        }
    }
}

#[async_trait]
impl Store for PostgresStore {
    async fn open_source(&self, spec: &SourceSpec) -> StoreResult<Source> {
        write!(self, |tx| async {
            if let Some(lease) = &self.lease {
                lease::hold(&tx, lease, spec).await?;
            }
            sources::open(&PostgresSession(&tx), spec).await
        })
    }

    async fn commit(&self, source: &Source, batch: Batch) -> StoreResult<CommitStats> {
        let (batch, bodies) = body::pack_batch(batch)
            .await
            .map_err(|fault| fault.at(&self.shown))?;
        write!(self, |tx| commit::commit(
            &PostgresSession(&tx),
            source,
            &batch,
            &bodies
        ))
    }

    async fn put_articles(
        &self,
        source_id: SourceId,
        deriving: &mut Deriving,
        rows: Vec<ArticleRow>,
    ) -> StoreResult<DeriveTally> {
        let begun = deriving.clone();
        let (tally, seq) = write!(self, |tx| derive::put(
            &PostgresSession(&tx),
            source_id,
            &begun,
            &rows
        ))?;
        deriving.seq = seq;
        Ok(tally)
    }

    async fn safe_read_time(&self) -> StoreResult<Time> {
        let taken = read!(self, |tx| horizon::take(&tx))?;
        let last = self.horizon.fetch_max(taken, Ordering::Relaxed);
        super::convert::time(last.max(taken))
    }

    async fn check(&self) -> StoreResult<Vec<String>> {
        let mut complaints: Vec<String> = Vec::new();
        let phase = Phase::begin("checking tables", Some(RULES.len() as u64));
        for rule in RULES {
            complaints.extend(read!(self, |tx| check::rule(&tx, rule))?);
            phase.advance(1);
        }
        drop(phase);
        complaints.extend(self.complaints(Check::Bodies).await?);
        Ok(complaints)
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
        let phase = Phase::begin(DROPPING, None);
        for source_id in read!(self, |tx| compact::all_sources(&tx))? {
            if keep == Keep::Current {
                done.versions += write!(self, |tx| compact::versions(&tx, source_id))?;
            }
            if keep != Keep::All {
                done.bodies += write!(self, |tx| compact::bodies(&tx, source_id))?;
            }
        }
        drop(phase);
        let _phase = Phase::begin("giving back space", None);
        self.pages.clear();
        // What was dropped is free for what comes; the files shrink by VACUUM FULL alone, which is the operator's.
        let client = self.client().await.map_err(|fault| fault.at(&self.shown))?;
        for table in ["page_body", "record_old"] {
            let vacuum = client
                .batch_execute(&format!("VACUUM (ANALYZE) {table}"))
                .await;
            vacuum.map_err(|error| Fault::from(error).at(&self.shown))?;
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

    async fn rows(
        &self,
        table: &'static Table,
        after: Option<Vec<Value>>,
        limit: usize,
    ) -> StoreResult<Vec<Vec<Value>>> {
        read!(self, |tx| copy::rows(&tx, table, after.as_deref(), limit))
    }

    async fn add_rows(&self, table: &'static Table, rows: Vec<Vec<Value>>) -> StoreResult<()> {
        write!(self, |tx| copy::add(&tx, table, &rows))
    }

    async fn settle(&self) -> StoreResult<()> {
        write!(self, |tx| copy::settle(&tx))
    }
}
