//! The store: pages as received, the index of their records, checkpoints, and what is derived of them.
//!
//! The interface has two engines in mind. Every key leads with the source; every change of a source is
//! numbered by that source (`seq`); a writer proves by its `fence` that no other has taken the source over.

#[cfg(feature = "postgres")]
pub mod postgres;
pub mod sqlite;

mod assemble;
mod blank;
mod body;
mod changes;
mod choice;
mod convert;
pub mod copy;
mod derived;
mod drop_format;
mod error;
mod file_mode;
mod incoming;
mod lease;
mod naming;
mod open;
mod provide;
mod reindex;
mod rules;
mod types;
#[cfg(feature = "postgres")]
mod words;

use std::path::Path;

use async_trait::async_trait;

pub use copy::CopyStore;
pub use error::StoreError;
pub use file_mode::FileMode;
pub use lease::*;
pub(crate) use naming::{asks_elsewhere, source_name};
pub use open::{Access, Location};
#[cfg(feature = "postgres")]
pub use postgres::PostgresStore;
pub(crate) use provide::has_facets;
pub use provide::{ArticleText, Change, ChangeFilter, Facets, Position, ProvideStore, StoreKey};
pub use sqlite::SqliteStore;
pub use types::*;

/// A result of the store.
pub type StoreResult<T> = Result<T, StoreError>;

/// What a harvest needs: sources, checkpoints, and the one way in for pages.
#[async_trait]
pub trait HarvestStore: Send + Sync {
    /// Opens a source for writing, creating it at first sight, and fences out whoever wrote to it before.
    /// Found by `name`, else by `base_url`.
    async fn open_source(&self, spec: &SourceSpec) -> StoreResult<Source>;

    /// Finds a source as [`open_source`](Self::open_source) does, without creating, moving or fencing it.
    async fn find_source(&self, spec: &SourceSpec) -> StoreResult<Option<Source>>;

    /// Remembers what the endpoint said of itself, and the base URL at which it answered.
    async fn remember_identify(
        &self,
        source: &Source,
        base_url: &str,
        identify: &Remembered,
    ) -> StoreResult<()>;

    /// Drops the streams of a source for which its endpoint has not answered a list request, with their gaps.
    async fn drop_unanswered_streams(&self, source: &Source) -> StoreResult<()>;

    /// Remembers what a harvest has learned of the server.
    async fn remember_facts(&self, source: &Source, facts: &ServerFacts) -> StoreResult<()>;

    /// Opens the stream of one metadataPrefix and set, creating it at first sight, with its windows. Until a commit
    /// brings what the endpoint answered to one of its list requests, no other method returns the stream, and it is
    /// dropped when the source is opened next, or by [`drop_unanswered_streams`](Self::drop_unanswered_streams).
    async fn open_stream(
        &self,
        source: &Source,
        metadata_prefix: &str,
        set_spec: Option<&str>,
    ) -> StoreResult<Stream>;

    /// Replaces the checkpoint of a stream by these windows.
    async fn replace_windows(
        &self,
        source: &Source,
        stream_no: i64,
        windows: &[Window],
    ) -> StoreResult<()>;

    /// Writes pages, the index of their records, the windows they belong to and the gaps they left, in one
    /// transaction. Pages of one stream come in list order.
    async fn commit(&self, source: &Source, batch: Batch) -> StoreResult<Tally>;

    /// Marks as vanished what a complete full list, number `list_no` of these streams, no longer held. Does
    /// nothing, and says so, when more of the known live records would go than the limit allows.
    async fn reconcile(
        &self,
        source: &Source,
        stream_nos: &[i64],
        list_no: i64,
        limit: ShrinkLimit,
    ) -> StoreResult<Reconciled>;

    /// Marks as gone these live records of a stream, (identifier, datestamp) each, as [`reconcile`](Self::reconcile)
    /// does, where they were not seen with a later datestamp since; how many they were.
    async fn withdraw(
        &self,
        source: &Source,
        stream_no: i64,
        records: &[(String, String)],
    ) -> StoreResult<u64>;

    /// Live records of a stream whose item has no record in another format, or none fetched since the record's
    /// newest version: landing pages to be had. In batches after `after_item`.
    async fn items_without(
        &self,
        source: &Source,
        stream_no: i64,
        other_prefix: &str,
        after_item: i64,
        limit: usize,
    ) -> StoreResult<Vec<ItemRef>>;

    /// Opens a run.
    async fn begin_run(&self, kind: &str) -> StoreResult<i64>;

    /// Closes a run with its outcome and report (JSON), and notes how far each source had come.
    async fn end_run(&self, run_no: i64, outcome: &str, report: &str) -> StoreResult<()>;

    /// Notes where a source stood (`seq`) before and after a run.
    async fn note_run_source(
        &self,
        run_no: i64,
        source_id: i64,
        seq_from: i64,
        seq_to: i64,
    ) -> StoreResult<()>;
}

/// What readers need; none of it waits for a writer.
#[async_trait]
pub trait ReadStore: Send + Sync {
    /// Whether it was opened for writing.
    fn is_writable(&self) -> bool;

    /// All sources, by name.
    async fn sources(&self) -> StoreResult<Vec<Source>>;

    /// One of them by its number.
    async fn source(&self, source_id: i64) -> StoreResult<Source>;

    /// Streams and windows of a source.
    async fn streams(&self, source_id: i64) -> StoreResult<Vec<Stream>>;

    /// How many items of a source are live, deleted and unavailable.
    async fn counts(&self, source_id: i64) -> StoreResult<Counts>;

    /// Open gaps of a source.
    async fn gaps(&self, source_id: i64) -> StoreResult<Vec<Gap>>;

    /// For each identifier, the datestamp as of which the server could not give it in this format.
    async fn absences(
        &self,
        source_id: i64,
        format_no: i64,
        identifiers: &[String],
    ) -> StoreResult<Vec<Option<String>>>;

    /// Live and absent records of each format of a source, in the order the formats were first harvested.
    async fn format_counts(&self, source_id: i64) -> StoreResult<Vec<FormatCount>>;

    /// Newest runs first.
    async fn runs(&self, limit: usize) -> StoreResult<Vec<RunRow>>;

    /// `seq_to` of each source at a run's end: {source_id → seq}. Sources the run did not touch stand where
    /// the latest earlier run left them.
    async fn run_heads(&self, run_no: i64) -> StoreResult<Vec<(i64, i64)>>;

    /// Items of a source in `item_no` order, after `after_item`, at most `limit`, each with the newest
    /// version of every format it has.
    async fn items(
        &self,
        source_id: i64,
        selection: Selection,
        after_item: i64,
        limit: usize,
    ) -> StoreResult<Vec<StoredItem>>;

    /// For each identifier, the datestamp that its record in this format was last seen with, where that is live.
    async fn live_datestamps(
        &self,
        source_id: i64,
        format_no: i64,
        identifiers: &[String],
    ) -> StoreResult<Vec<Option<String>>>;

    /// How many records of a format, tombstones among them, the endpoint is known to list with datestamps from one up
    /// to another, both inclusive, as texts; without `until` all from there on.
    async fn count_dated(
        &self,
        source_id: i64,
        format_no: i64,
        from: &str,
        until: Option<&str>,
    ) -> StoreResult<u64>;

    /// For each identifier, whether this list (`list_no`) has already brought a record of it in this format.
    async fn seen_in_list(
        &self,
        source_id: i64,
        format_no: i64,
        list_no: i64,
        identifiers: &[String],
    ) -> StoreResult<Vec<bool>>;

    /// Pages of a source in the order they came, after `after_page`, at most `limit`, with the bodies that were
    /// kept.
    async fn pages(
        &self,
        source_id: i64,
        after_page: i64,
        limit: usize,
    ) -> StoreResult<Vec<StoredPage>>;

    /// Bodies whose page, sha256 or index do not agree; empty when the store is sound.
    async fn check(&self) -> StoreResult<Vec<String>>;
}

/// What people ask of a collection: one record and its history, findings, keys in common.
#[async_trait]
pub trait InsightStore: Send + Sync {
    /// Items found so, at most `limit`, by source and number.
    async fn find(&self, lookup: &Lookup, limit: usize) -> StoreResult<Vec<(ItemKey, String)>>;

    /// Items of a source in `item_no` order, after `after_item`, at most `limit`, without their records.
    async fn item_refs(
        &self,
        source_id: i64,
        after_item: i64,
        limit: usize,
    ) -> StoreResult<Vec<ItemRef>>;

    /// Versions of an item's records, former ones too: by format, the newest first.
    async fn versions(&self, item: ItemKey) -> StoreResult<Vec<Version>>;

    /// Findings of the articles of a source, by code.
    async fn code_counts(&self, source_id: i64) -> StoreResult<Vec<CodeCount>>;

    /// Items of a source whose article has a finding of this code; in batches as [`item_refs`](Self::item_refs).
    async fn items_with_code(
        &self,
        source_id: i64,
        code: &str,
        after_item: i64,
        limit: usize,
    ) -> StoreResult<Vec<ItemRef>>;

    /// Keys of a kind that several live articles have, of any source, in their order after `after`, at most
    /// `limit`. Where more than `most` have one, they are counted only.
    async fn shared_keys(
        &self,
        kind: &str,
        after: &str,
        limit: usize,
        most: usize,
    ) -> StoreResult<Vec<SharedKey>>;

    /// Keys of an article: (kind, key), in their order.
    async fn keys(&self, item: ItemKey) -> StoreResult<Vec<(String, String)>>;
}

/// What derivation writes.
#[async_trait]
pub trait DeriveStore: Send + Sync {
    /// Writes article rows of one source. A row whose hash and status are unchanged keeps its seq; a changed
    /// one gets a new seq, and as `cause_seq` the seq of the record change behind it, else its own.
    /// Rows whose item has moved on since it was read are left for the next round.
    ///
    /// `changed_at` moves with the hash, the status, and `record_seq`: whoever is handed records as received is to
    /// hear of every change of theirs. It is stamped by the store's clock inside the transaction, never before a
    /// stamp already given. A deleted row keeps the facets that the live one had, where it has none itself; its text
    /// goes.
    async fn put_articles(&self, source_id: i64, rows: &[ArticleRow]) -> StoreResult<DeriveTally>;

    /// Notes that all records up to `derived_seq` are derived, with this profile and derivation.
    async fn finish_derive(
        &self,
        source_id: i64,
        derived_seq: i64,
        profile: &str,
        derivation: &str,
    ) -> StoreResult<()>;
}

/// What a person does to a store. Sources are named as [`ReadStore::sources`] names them.
#[async_trait]
pub trait ManageStore: Send + Sync {
    /// Gives a source another name; refused when a source has it.
    async fn rename_source(&self, name: &str, to: &str) -> StoreResult<()>;

    /// Tells where the endpoint of a source is now. Its ids stay as they are; refused when another source has
    /// that address. Identify is asked anew.
    async fn move_source(&self, name: &str, base_url: &str) -> StoreResult<()>;

    /// Removes a source with all that is known of it. Exports that keep track of what they have written are left a
    /// note of its articles.
    async fn remove_source(&self, name: &str) -> StoreResult<Counts>;

    /// Notes that a run begun at this time has harvested a source.
    async fn note_start(&self, source_id: i64, started: Time) -> StoreResult<()>;

    /// When the last run that harvested each source began: {source_id → time}.
    async fn last_starts(&self) -> StoreResult<Vec<(i64, Time)>>;

    /// Notes that a run begun at this time has listed a source from its beginning to the present.
    async fn note_listing(&self, source_id: i64, started: Time) -> StoreResult<()>;

    /// When the last such run of each source began: {source_id → time}.
    async fn last_listings(&self) -> StoreResult<Vec<(i64, Time)>>;

    /// Saves the settings of sources, all or none; a source of that name, else of that URL, takes them over. No source
    /// row is written. Returns how many sources the store did not know.
    async fn save_source_settings(&self, settings: &[SourceSettings]) -> StoreResult<u64>;

    /// The settings and attempts of all configured and added sources, by name.
    async fn source_settings(&self) -> StoreResult<Vec<SourceSettings>>;

    /// Notes that a run begun at this time has tried a configured or added source, and why it failed.
    async fn note_attempt(
        &self,
        spec: &SourceSpec,
        started: Time,
        error: Option<&str>,
    ) -> StoreResult<()>;

    /// Removes what was harvested of a source in one format, or of one set of it: streams, gaps and records. Records of
    /// the format that another stream may list stay. Returns how many records were removed.
    ///
    /// # Errors
    /// [`StoreError::Unknown`] without such a source or stream, [`StoreError::Invalid`] when it is the source's only
    /// format or when items would be left without any record.
    async fn drop_format(&self, name: &str, prefix: &str, set: Option<&str>) -> StoreResult<u64>;

    /// Notes that a person knows of the open gaps of a source, or of those of one identifier. Tells how many
    /// were not known of before.
    async fn acknowledge(&self, source_id: i64, identifier: Option<&str>) -> StoreResult<u64>;

    /// Takes a record down: its bytes are blanked in every page that holds them, all its versions and what was
    /// derived of them removed, and it is not taken in again. It stays known by its identifier, as a deletion.
    async fn forget(&self, source_id: i64, identifier: &str) -> StoreResult<TakeDown>;

    /// What was taken down of a source by changes after one seq and up to another.
    async fn forgotten(&self, source_id: i64, after: i64, upto: i64)
    -> StoreResult<Vec<Forgotten>>;

    /// Records that reading their pages anew does not reproduce; empty when all do.
    async fn reindex(&self) -> StoreResult<Vec<String>>;

    /// Drops what need not be kept, and gives its room back to the file system.
    async fn compact(&self, keep: Keep) -> StoreResult<Compacted>;

    /// Copies the store into a file, whole, as it is at this moment, beside a running harvest too; its size in
    /// bytes. The file appears when it is complete; what stood there is replaced. Refused by an engine that has
    /// means of its own.
    async fn backup(&self, to: &Path) -> StoreResult<u64>;
}

/// Exports that keep track of what they have written.
#[async_trait]
pub trait ExportStore: Send + Sync {
    /// Begins a turn of an export: what has changed since its last one up to now. A turn that did not end is
    /// begun again with the same number and the same end; but its number is spent, and everything is due anew, when
    /// its settings have changed meanwhile.
    async fn begin_export(&self, spec: &ExportSpec) -> StoreResult<ExportTurn>;

    /// What [`begin_export`](Self::begin_export) would begin. Nothing is noted.
    async fn peek_export(&self, spec: &ExportSpec) -> StoreResult<ExportTurn>;

    /// What an export had written of sources that were removed: after one number and up to another, at most `limit`.
    async fn removed(
        &self,
        export_id: i64,
        after: i64,
        upto: i64,
        limit: usize,
    ) -> StoreResult<Vec<Removed>>;

    /// Ends a turn: what it was to write is written, or there was nothing, and its number is free.
    async fn end_export(&self, export_id: i64, wrote: bool) -> StoreResult<()>;
}

/// A whole store engine.
pub trait Store:
    HarvestStore
    + ReadStore
    + InsightStore
    + DeriveStore
    + ManageStore
    + ExportStore
    + ProvideStore
    + CopyStore
{
}

impl<T> Store for T where
    T: HarvestStore
        + ReadStore
        + InsightStore
        + DeriveStore
        + ManageStore
        + ExportStore
        + ProvideStore
        + CopyStore
{
}
