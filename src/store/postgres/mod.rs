//! The engine for many machines: a PostgreSQL database, any number of processes that write and read.
//!
//! Each subject is a file of plain functions over a transaction; the traits only hand over to them. A source is
//! written to by whoever holds its fence, and its row is locked from the first statement to the commit: within a
//! source the order of commits is the order of its numbers.

mod absences;
mod check;
mod commit;
mod connect;
mod copy;
mod derive;
mod fault;
mod gaps;
mod insight;
mod item_sets;
mod items;
mod lease;
mod manage;
mod open;
mod pages;
mod provide;
mod reconcile;
mod runs;
mod schedule;
mod signal;
mod sources;
mod sql;
mod streams;
mod transact;
mod workers;

use std::sync::Arc;
use std::sync::atomic::AtomicI64;

use async_trait::async_trait;
use deadpool_postgres::Pool;

use connect::Server;
use fault::Fault;
use signal::Signal;
use transact::{Tries, read, write};

use super::body::{self, PageCache};
use super::rules::RULES;
use super::{
    Access, ArticleRow, Batch, Counts, DeriveStore, DeriveTally, FormatCount, Gap, HarvestStore,
    ItemRef, Lease, ReadStore, Reconciled, Remembered, RunRow, Selection, ServerFacts, ShrinkLimit,
    Source, SourceSpec, StoreError, StoreResult, StoredItem, StoredPage, Stream, Tally, Window,
};
use crate::store::{FormatNo, ItemNo, ListNo, PageNo, RunNo, SourceId, StreamNo};

/// A store in a PostgreSQL database; it may be shared by any number of processes.
#[derive(Clone)]
pub struct PostgresStore {
    /// The URL without its password, for messages.
    shown: String,
    server: Arc<Server>,
    pool: Pool,
    pages: Arc<PageCache>,
    writable: bool,
    signal: Arc<Signal>,
    /// The last horizon drawn, microseconds.
    horizon: Arc<AtomicI64>,
    /// The lease that a source has to be under to be opened.
    lease: Option<Lease>,
}

impl std::fmt::Debug for PostgresStore {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("PostgresStore").field(&self.shown).finish()
    }
}

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

    /// Goes on with a check from batch to batch, until its end or until there are enough complaints.
    async fn complaints(&self, what: Check) -> StoreResult<Vec<String>> {
        let mut complaints = Vec::new();
        let mut after = (SourceId::START, PageNo::START);
        loop {
            let (last, more) = match what {
                Check::Bodies => read!(self, |tx| check::bodies(&tx, after)),
                Check::Index => read!(self, |tx| check::reindex(&tx, after)),
            }?;
            complaints.extend(more);
            if complaints.len() >= super::rules::MOST {
                complaints.truncate(super::rules::MOST);
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
impl HarvestStore for PostgresStore {
    async fn open_source(&self, spec: &SourceSpec) -> StoreResult<Source> {
        write!(self, |tx| sources::open(&tx, spec, self.lease.as_ref()))
    }

    async fn find_source(&self, spec: &SourceSpec) -> StoreResult<Option<Source>> {
        read!(self, |tx| sources::search(&tx, spec))
    }

    async fn remember_identify(
        &self,
        source: &Source,
        base_url: &str,
        identify: &Remembered,
    ) -> StoreResult<()> {
        write!(self, |tx| sources::remember(
            &tx, source, base_url, identify
        ))
    }

    async fn remember_facts(&self, source: &Source, facts: &ServerFacts) -> StoreResult<()> {
        write!(self, |tx| sources::remember_facts(&tx, source, facts))
    }

    async fn drop_unanswered_streams(&self, source: &Source) -> StoreResult<()> {
        write!(self, |tx| streams::drop_unanswered(&tx, source))
    }

    async fn open_stream(
        &self,
        source: &Source,
        metadata_prefix: &str,
        set_spec: Option<&str>,
    ) -> StoreResult<Stream> {
        write!(self, |tx| streams::open(
            &tx,
            source,
            metadata_prefix,
            set_spec
        ))
    }

    async fn replace_windows(
        &self,
        source: &Source,
        stream_no: StreamNo,
        windows: &[Window],
    ) -> StoreResult<()> {
        write!(self, |tx| streams::replace(&tx, source, stream_no, windows))
    }

    async fn commit(&self, source: &Source, batch: Batch) -> StoreResult<Tally> {
        let failed = |detail: String| StoreError::Engine {
            path: self.shown.clone(),
            detail,
        };
        let packed = tokio::task::spawn_blocking(move || {
            body::pack(batch.pages.iter().map(|page| &page.body)).map(|bodies| (batch, bodies))
        });
        let (batch, bodies) = packed
            .await
            .map_err(|e| failed(format!("packing a page stopped: {e}")))?
            .map_err(|e| failed(format!("cannot pack a page: {e}")))?;
        write!(self, |tx| commit::commit(&tx, source, &batch, &bodies))
    }

    async fn reconcile(
        &self,
        source: &Source,
        stream_nos: &[StreamNo],
        list_no: ListNo,
        limit: ShrinkLimit,
    ) -> StoreResult<Reconciled> {
        write!(self, |tx| reconcile::reconcile(
            &tx, source, stream_nos, list_no, limit
        ))
    }

    async fn withdraw(
        &self,
        source: &Source,
        stream_no: StreamNo,
        records: &[(String, String)],
    ) -> StoreResult<u64> {
        write!(self, |tx| reconcile::withdraw(
            &tx, source, stream_no, records
        ))
    }

    async fn items_without(
        &self,
        source: &Source,
        stream_no: StreamNo,
        other_prefix: &str,
        after_item: ItemNo,
        limit: usize,
    ) -> StoreResult<Vec<ItemRef>> {
        let source_id = source.source_id;
        read!(self, |tx| reconcile::items_without(
            &tx,
            source_id,
            stream_no,
            other_prefix,
            after_item,
            limit
        ))
    }

    async fn begin_run(&self, kind: &str) -> StoreResult<RunNo> {
        write!(self, |tx| runs::begin(&tx, kind))
    }

    async fn end_run(&self, run_no: RunNo, outcome: &str, report: &str) -> StoreResult<()> {
        write!(self, |tx| runs::end(&tx, run_no, outcome, report))
    }

    async fn note_run_source(
        &self,
        run_no: RunNo,
        source_id: SourceId,
        seq_from: i64,
        seq_to: i64,
    ) -> StoreResult<()> {
        write!(self, |tx| runs::note(
            &tx, run_no, source_id, seq_from, seq_to
        ))
    }
}

#[async_trait]
impl ReadStore for PostgresStore {
    fn is_writable(&self) -> bool {
        self.writable
    }

    async fn sources(&self) -> StoreResult<Vec<Source>> {
        read!(self, |tx| sources::all(&tx))
    }

    async fn source(&self, source_id: SourceId) -> StoreResult<Source> {
        read!(self, |tx| sources::by_id(&tx, source_id))
    }

    async fn streams(&self, source_id: SourceId) -> StoreResult<Vec<Stream>> {
        read!(self, |tx| streams::all(&tx, source_id))
    }

    async fn counts(&self, source_id: SourceId) -> StoreResult<Counts> {
        read!(self, |tx| items::counts(&tx, source_id))
    }

    async fn gaps(&self, source_id: SourceId) -> StoreResult<Vec<Gap>> {
        read!(self, |tx| gaps::all(&tx, source_id))
    }

    async fn absences(
        &self,
        source_id: SourceId,
        format_no: FormatNo,
        identifiers: &[String],
    ) -> StoreResult<Vec<Option<String>>> {
        read!(self, |tx| absences::known(
            &tx,
            source_id,
            format_no,
            identifiers
        ))
    }

    async fn format_counts(&self, source_id: SourceId) -> StoreResult<Vec<FormatCount>> {
        read!(self, |tx| absences::format_counts(&tx, source_id))
    }

    async fn runs(&self, limit: usize) -> StoreResult<Vec<RunRow>> {
        read!(self, |tx| runs::newest(&tx, limit))
    }

    async fn run_heads(&self, run_no: RunNo) -> StoreResult<Vec<(SourceId, i64)>> {
        read!(self, |tx| runs::heads(&tx, run_no))
    }

    async fn items(
        &self,
        source_id: SourceId,
        selection: Selection,
        after_item: ItemNo,
        limit: usize,
    ) -> StoreResult<Vec<StoredItem>> {
        read!(self, |tx| items::items(
            &tx,
            &self.pages,
            source_id,
            selection,
            after_item,
            limit
        ))
    }

    async fn live_datestamps(
        &self,
        source_id: SourceId,
        format_no: FormatNo,
        identifiers: &[String],
    ) -> StoreResult<Vec<Option<String>>> {
        read!(self, |tx| items::live_datestamps(
            &tx,
            source_id,
            format_no,
            identifiers
        ))
    }

    async fn count_dated(
        &self,
        source_id: SourceId,
        format_no: FormatNo,
        from: &str,
        until: Option<&str>,
    ) -> StoreResult<u64> {
        read!(self, |tx| items::count_dated(
            &tx, source_id, format_no, from, until
        ))
    }

    async fn seen_in_list(
        &self,
        source_id: SourceId,
        format_no: FormatNo,
        list_no: ListNo,
        identifiers: &[String],
    ) -> StoreResult<Vec<bool>> {
        read!(self, |tx| items::seen_in_list(
            &tx,
            source_id,
            format_no,
            list_no,
            identifiers
        ))
    }

    async fn pages(
        &self,
        source_id: SourceId,
        after_page: PageNo,
        limit: usize,
    ) -> StoreResult<Vec<StoredPage>> {
        read!(self, |tx| pages::pages(&tx, source_id, after_page, limit))
    }

    async fn check(&self) -> StoreResult<Vec<String>> {
        let mut complaints: Vec<String> = Vec::new();
        for rule in RULES {
            complaints.extend(read!(self, |tx| check::rule(&tx, rule))?);
        }
        complaints.extend(self.complaints(Check::Bodies).await?);
        Ok(complaints)
    }
}

#[async_trait]
impl DeriveStore for PostgresStore {
    async fn put_articles(
        &self,
        source_id: SourceId,
        rows: &[ArticleRow],
    ) -> StoreResult<DeriveTally> {
        write!(self, |tx| derive::put(&tx, source_id, rows))
    }

    async fn finish_derive(
        &self,
        source_id: SourceId,
        derived_seq: i64,
        profile: &str,
        derivation: &str,
    ) -> StoreResult<()> {
        write!(self, |tx| derive::finish(
            &tx,
            source_id,
            derived_seq,
            profile,
            derivation
        ))
    }
}
