//! The store: pages as received, the index of their records, checkpoints, and what is derived of them.
//!
//! The interface has two engines in mind. Every key leads with the source; every change of a source is
//! numbered by that source (`seq`); a writer proves by its `fence` that no other has taken the source over.

#[cfg(feature = "postgres")]
pub mod postgres;
pub mod sqlite;

mod absences;
mod body;
mod changes;
mod choice;
mod convert;
pub mod copy;
mod departed;
mod derived;
mod drop_format;
mod error;
mod exports;
mod facets;
mod fault;
mod figures;
mod file_mode;
mod forget;
mod formats;
mod gaps;
mod groups;
mod hosts;
mod incoming;
mod insight;
mod integrity_checks;
mod item_sets;
mod items;
mod kept;
mod keys;
mod lease;
mod location;
mod naming;
mod open;
mod pages;
mod provide;
mod query;
mod reconcile;
mod redaction;
mod reindex;
mod repack;
mod runs;
mod search;
mod session;
mod settings;
mod source_row;
mod sources;
mod stream_key;
mod streams;
pub mod tables;
mod types;
mod version;
pub(crate) mod words;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;

pub use error::{StoreError, StoreResult};
pub use file_mode::FileMode;
pub use keys::key_hash;
pub use lease::*;
pub use location::{Access, Location, OpenOptions, SearchIndex};
pub(crate) use naming::{asks_elsewhere, source_name};
#[cfg(feature = "postgres")]
pub use postgres::PostgresStore;
#[cfg(feature = "serve")]
pub(crate) use provide::has_facets;
pub use provide::{
    ArticleSearch, ArticleText, Change, ChangeFilter, FacetCount, FacetCounts, Facets, Position,
    SearchHits, StoreIdentity,
};
pub use sqlite::SqliteStore;
pub use types::*;

use crate::phase::Phase;
use query::Value;
use session::{Engine, Mode, execute, script};
use sources::Began;
use tables::Table;

/// A store: sources, checkpoints, pages as received, the index of their records, and what is derived of them.
///
/// Most of it is written once, as scripts over a transaction of whichever engine; what an engine does in its own way
/// has no body here.
#[async_trait]
pub trait Store: Engine {
    /// Opens a source for writing, creating it at first sight, and fences out its previous writer.
    /// Found by `name`, else by `base_url`.
    async fn open_source(&self, spec: &SourceSpec) -> StoreResult<Source> {
        let work = script!(session, [spec] sources::open(session, &spec));
        execute(self, Mode::Write, work).await
    }

    /// Removes what killed runs have left of sources without an answered list.
    async fn drop_abandoned(&self) -> StoreResult<()> {
        let read = script!(session, [] sources::abandoned(session));
        if !execute(self, Mode::Read, read).await?.is_empty() {
            let drop = script!(session, [] sources::drop_abandoned(session));
            execute(self, Mode::Write, drop).await?;
        }
        Ok(())
    }

    /// Finds a source as [`open_source`](Self::open_source) does, without creating, moving or fencing it.
    async fn find_source(&self, spec: &SourceSpec) -> StoreResult<Option<Source>> {
        let work = script!(session, [spec] sources::search(session, &spec));
        execute(self, Mode::Read, work).await
    }

    /// Remembers what the endpoint said of itself, and the base URL at which it answered.
    async fn remember_identify(
        &self,
        source: &Source,
        base_url: &str,
        identify: &Remembered,
    ) -> StoreResult<()> {
        let work = script!(session, [source, base_url, identify] sources::remember(session, &source, &base_url, &identify));
        execute(self, Mode::Write, work).await
    }

    /// Drops the streams of a source for which its endpoint has not answered a list request, with their gaps; and the
    /// source itself if it has never had another. Returns whether the source is still there.
    async fn drop_unanswered(&self, source: &Source) -> StoreResult<bool> {
        let work = script!(session, [source] sources::drop_unanswered(session, &source));
        execute(self, Mode::Write, work).await
    }

    /// Remembers what a harvest has learned of the server.
    async fn remember_facts(&self, source: &Source, facts: &ServerFacts) -> StoreResult<()> {
        let work =
            script!(session, [source, facts] sources::remember_facts(session, &source, &facts));
        execute(self, Mode::Write, work).await
    }

    /// Opens the stream of one metadataPrefix and set, creating it at first sight, with its windows. Until a commit
    /// brings what the endpoint answered to one of its list requests, no other method returns the stream, and it is
    /// dropped when the source is opened next, or by [`drop_unanswered`](Self::drop_unanswered).
    async fn open_stream(
        &self,
        source: &Source,
        metadata_prefix: &str,
        set_spec: Option<&str>,
    ) -> StoreResult<Stream> {
        let set_spec = set_spec.map(str::to_owned);
        let work = script!(session, [source, metadata_prefix, set_spec] streams::open(session, &source, &metadata_prefix, set_spec.as_deref()));
        execute(self, Mode::Write, work).await
    }

    /// Replaces the checkpoint of a stream by these windows.
    async fn replace_windows(
        &self,
        source: &Source,
        stream_no: StreamNo,
        windows: &[Window],
    ) -> StoreResult<()> {
        let work = script!(session, [source, windows] streams::replace(session, &source, stream_no, &windows));
        execute(self, Mode::Write, work).await
    }

    /// Writes pages, the index of their records, the windows they belong to and the gaps they left, in one
    /// transaction. Pages of one stream come in list order.
    async fn commit(&self, source: &Source, batch: Batch) -> StoreResult<CommitStats>;

    /// Marks as vanished what a complete full list, number `list_no` of these streams, no longer held. Does
    /// nothing, and says so, when more of the known live records would go than the limit allows.
    async fn reconcile(
        &self,
        source: &Source,
        stream_nos: &[StreamNo],
        list_no: ListNo,
        limit: ShrinkLimit,
    ) -> StoreResult<Reconciled> {
        let work = script!(session, [source, stream_nos] reconcile::reconcile(session, &source, &stream_nos, list_no, limit));
        execute(self, Mode::Write, work).await
    }

    /// Marks as gone these live records of a stream, (identifier, datestamp) each, as [`reconcile`](Self::reconcile)
    /// does, where they were not seen with a later datestamp since; how many they were.
    async fn mark_deleted(
        &self,
        source: &Source,
        stream_no: StreamNo,
        records: &[(String, String)],
    ) -> StoreResult<u64> {
        let work = script!(session, [source, records] reconcile::mark_deleted(session, &source, stream_no, &records));
        execute(self, Mode::Write, work).await
    }

    /// Live records of a stream whose item has no record in another format, or none fetched since the record's
    /// newest version: landing pages to fetch. In batches after `after_item`.
    async fn items_without(
        &self,
        source: &Source,
        stream_no: StreamNo,
        other_prefix: &str,
        after_item: ItemNo,
        limit: usize,
    ) -> StoreResult<Vec<ItemRef>> {
        let work = script!(session, [source, other_prefix] reconcile::items_without(session, source.source_id, stream_no, &other_prefix, after_item, limit));
        execute(self, Mode::Read, work).await
    }

    /// Opens a run.
    async fn begin_run(&self, kind: &str) -> StoreResult<RunNo> {
        let work = script!(session, [kind] runs::begin(session, &kind));
        execute(self, Mode::Write, work).await
    }

    /// Closes a run with its outcome and report (JSON), and notes how far each source had come.
    async fn end_run(&self, run_no: RunNo, outcome: &str, report: &str) -> StoreResult<()> {
        let work =
            script!(session, [outcome, report] runs::end(session, run_no, &outcome, &report));
        execute(self, Mode::Durable, work).await
    }

    /// Notes where a source stood (`seq`) before and after a run.
    async fn note_run_source(
        &self,
        run_no: RunNo,
        source_id: SourceId,
        seq_from: i64,
        seq_to: i64,
    ) -> StoreResult<()> {
        let work = script!(session, [] runs::note(session, run_no, source_id, seq_from, seq_to));
        execute(self, Mode::Write, work).await
    }

    /// All sources, by name.
    async fn sources(&self) -> StoreResult<Vec<Source>> {
        let work = script!(session, [] source_row::all(session));
        execute(self, Mode::Read, work).await
    }

    /// One of them by its number.
    async fn source(&self, source_id: SourceId) -> StoreResult<Source> {
        let work = script!(session, [] source_row::by_id(session, source_id));
        execute(self, Mode::Read, work).await
    }

    /// Streams and windows of a source.
    async fn streams(&self, source_id: SourceId) -> StoreResult<Vec<Stream>> {
        let work = script!(session, [] streams::all(session, source_id));
        execute(self, Mode::Read, work).await
    }

    /// Counts the items of a source that are live, deleted and unavailable.
    async fn counts(&self, source_id: SourceId) -> StoreResult<Counts> {
        let work = script!(session, [] items::counts(session, source_id));
        execute(self, Mode::Read, work).await
    }

    /// Open gaps of a source.
    async fn gaps(&self, source_id: SourceId) -> StoreResult<Vec<Gap>> {
        let work = script!(session, [] gaps::all(session, source_id));
        execute(self, Mode::Read, work).await
    }

    /// For each identifier, the datestamp as of which the server could not give it in this format.
    async fn absences(
        &self,
        source_id: SourceId,
        format_no: FormatNo,
        identifiers: &[String],
    ) -> StoreResult<Vec<Option<String>>> {
        let work = script!(session, [identifiers] absences::known(session, source_id, format_no, &identifiers));
        execute(self, Mode::Read, work).await
    }

    /// Live and absent records of each format of a source, in the order the formats were first harvested.
    async fn format_counts(&self, source_id: SourceId) -> StoreResult<Vec<FormatCount>> {
        let work = script!(session, [] absences::format_counts(session, source_id));
        execute(self, Mode::Read, work).await
    }

    /// Newest runs first.
    async fn runs(&self, limit: usize) -> StoreResult<Vec<RunRow>> {
        let work = script!(session, [] runs::newest(session, limit));
        execute(self, Mode::Read, work).await
    }

    /// `seq_to` of each source at a run's end: {source_id → seq}. Sources the run did not touch stand where
    /// the latest earlier run left them.
    async fn run_heads(&self, run_no: RunNo) -> StoreResult<Vec<(SourceId, i64)>> {
        let work = script!(session, [] runs::heads(session, run_no));
        execute(self, Mode::Read, work).await
    }

    /// Numbers of the items of a selection after `after_item`, ascending, at most `limit`.
    async fn item_nos(
        &self,
        source_id: SourceId,
        selection: Selection,
        after_item: ItemNo,
        limit: usize,
    ) -> StoreResult<Vec<ItemNo>> {
        let work =
            script!(session, [] items::numbers(session, source_id, selection, after_item, limit));
        execute(self, Mode::Read, work).await
    }

    /// Items of a source in `item_no` order, after `after_item`, at most `limit`, each with the newest
    /// version of every format it has.
    async fn items(
        &self,
        source_id: SourceId,
        selection: Selection,
        after_item: ItemNo,
        limit: usize,
    ) -> StoreResult<Vec<StoredItem>> {
        let cache = Arc::clone(self.page_cache());
        let work = script!(session, [cache] items::items(session, &cache, source_id, selection, after_item, limit));
        execute(self, Mode::Read, work).await
    }

    /// For each identifier, the datestamp that its record in this format was last seen with, where that is live.
    async fn live_datestamps(
        &self,
        source_id: SourceId,
        format_no: FormatNo,
        identifiers: &[String],
    ) -> StoreResult<Vec<Option<String>>> {
        let work = script!(session, [identifiers] items::live_datestamps(session, source_id, format_no, &identifiers));
        execute(self, Mode::Read, work).await
    }

    /// Counts the records of a format, tombstones included, that the endpoint lists with datestamps from one up
    /// to another, both inclusive, as texts; without `until` all from there on.
    async fn count_in_range(
        &self,
        source_id: SourceId,
        format_no: FormatNo,
        from: &str,
        until: Option<&str>,
    ) -> StoreResult<u64> {
        let until = until.map(str::to_owned);
        let work = script!(session, [from, until] items::count_in_range(session, source_id, format_no, &from, until.as_deref()));
        execute(self, Mode::Read, work).await
    }

    /// For each identifier, whether this list (`list_no`) has already brought a record of it in this format.
    async fn seen_in_list(
        &self,
        source_id: SourceId,
        format_no: FormatNo,
        list_no: ListNo,
        identifiers: &[String],
    ) -> StoreResult<Vec<bool>> {
        let work = script!(session, [identifiers] items::seen_in_list(session, source_id, format_no, list_no, &identifiers));
        execute(self, Mode::Read, work).await
    }

    /// Pages of a source in the order they came, after `after_page`, at most `limit`, with the bodies that were
    /// kept.
    async fn pages(
        &self,
        source_id: SourceId,
        after_page: PageNo,
        limit: usize,
    ) -> StoreResult<Vec<StoredPage>> {
        let work = script!(session, [] pages::pages(session, source_id, after_page, limit));
        execute(self, Mode::Read, work).await
    }

    /// Bodies whose page, sha256 or index do not agree; empty when the store is sound.
    async fn check(&self) -> StoreResult<Vec<String>>;

    /// Items found so, at most `limit`, by source and number.
    async fn find(&self, lookup: &Lookup, limit: usize) -> StoreResult<Vec<(ItemKey, String)>> {
        let work = script!(session, [lookup] insight::find(session, &lookup, limit));
        execute(self, Mode::Read, work).await
    }

    /// Items of a source in `item_no` order, after `after_item`, at most `limit`, without their records.
    async fn item_refs(
        &self,
        source_id: SourceId,
        after_item: ItemNo,
        limit: usize,
    ) -> StoreResult<Vec<ItemRef>> {
        let work = script!(session, [] insight::item_refs(session, source_id, after_item, limit));
        execute(self, Mode::Read, work).await
    }

    /// Versions of an item's records, former ones too: by format, the newest first.
    async fn versions(&self, item: ItemKey) -> StoreResult<Vec<Version>> {
        let work = script!(session, [] insight::versions(session, item));
        execute(self, Mode::Read, work).await
    }

    /// Findings of the articles of a source, by code.
    async fn code_counts(&self, source_id: SourceId) -> StoreResult<Vec<CodeCount>> {
        let work = script!(session, [] insight::code_counts(session, source_id));
        execute(self, Mode::Read, work).await
    }

    /// Items of a source whose article has a finding of this code; in batches as [`item_refs`](Self::item_refs).
    async fn items_with_code(
        &self,
        source_id: SourceId,
        code: &str,
        after_item: ItemNo,
        limit: usize,
    ) -> StoreResult<Vec<ItemRef>> {
        let work = script!(session, [code] insight::items_with_code(session, source_id, &code, after_item, limit));
        execute(self, Mode::Read, work).await
    }

    /// Keys of a kind that several live articles have, of any source, in the order of their hashes after `after`:
    /// those among so many keys of articles. Where more than `most` have one, only the first of them is named.
    async fn shared_keys(
        &self,
        kind: &str,
        after: Option<i64>,
        rows: usize,
        most: usize,
    ) -> StoreResult<SharedKeys> {
        let work = script!(session, [kind] insight::shared_keys(session, &kind, after, rows, most));
        execute(self, Mode::Read, work).await
    }

    /// The keys of the articles of items, with their identifiers, in no order. Items that are not there are left out.
    async fn item_keys(&self, items: &[ItemKey]) -> StoreResult<Vec<ItemKeys>> {
        let work = script!(session, [items] insight::item_keys(session, &items));
        execute(self, Mode::Read, work).await
    }

    /// Writes article rows of one source. A row whose hash and status are unchanged keeps its seq; a changed
    /// one gets a new seq, and as `cause_seq` the seq of the record change behind it, else its own.
    /// Rows whose item has moved on since it was read are left for the next round.
    ///
    /// `changed_at` moves with the hash, the status, and `record_seq`: clients of records as received must
    /// hear of every change of theirs. It is stamped by the store's clock inside the transaction, never before a
    /// stamp already given. A deleted row keeps the facets that the live one had, where it has none itself; its text
    /// goes.
    async fn put_articles(
        &self,
        source_id: SourceId,
        deriving: &mut Deriving,
        rows: Vec<ArticleRow>,
    ) -> StoreResult<DeriveTally>;

    /// A mark of each block of items that has articles, which changes with what decides their figures.
    async fn article_marks(
        &self,
        source_id: SourceId,
        seed: u64,
    ) -> StoreResult<BTreeMap<i64, u64>> {
        let work = script!(session, [] figures::marks(session, source_id, seed));
        execute(self, Mode::Read, work).await
    }

    /// The figures that are kept of a source, by block.
    async fn kept_figures(&self, source_id: SourceId) -> StoreResult<Vec<KeptFigures>> {
        let work = script!(session, [] figures::kept(session, source_id));
        execute(self, Mode::Read, work).await
    }

    /// Keeps figures, each in the place of those that were kept of the same block.
    async fn keep_figures(
        &self,
        source_id: SourceId,
        figures: Vec<KeptFigures>,
    ) -> StoreResult<()> {
        let kept = Arc::new(figures);
        let work = script!(session, [kept] figures::keep(session, source_id, &kept));
        execute(self, Mode::Write, work).await
    }

    /// The kept articles of these items, by number; those that are not kept are left out.
    async fn kept_articles(
        &self,
        source_id: SourceId,
        item_nos: &[ItemNo],
    ) -> StoreResult<Vec<KeptArticle>> {
        let work = script!(session, [item_nos] kept::articles(session, source_id, &item_nos));
        execute(self, Mode::Read, work).await
    }

    /// These items and their kept articles, as of one moment: [`items_at`](Self::items_at) and
    /// [`kept_articles`](Self::kept_articles) in one.
    async fn items_with_articles(
        &self,
        source_id: SourceId,
        item_nos: &[ItemNo],
    ) -> StoreResult<(Vec<StoredItem>, Vec<KeptArticle>)> {
        let cache = Arc::clone(self.page_cache());
        let work = script!(session, [item_nos, cache] kept::items_with_articles(session, &cache, source_id, &item_nos));
        execute(self, Mode::Read, work).await
    }

    /// Keeps articles, each in the place of the one that was kept of the same item.
    async fn keep_articles(
        &self,
        source_id: SourceId,
        articles: Vec<KeptArticle>,
    ) -> StoreResult<()> {
        let articles = Arc::new(articles);
        let work = script!(session, [articles] kept::keep(session, source_id, &articles));
        execute(self, Mode::Write, work).await
    }

    /// The line of an article that those of a source are packed against, where there is one.
    async fn kept_sample(&self, source_id: SourceId) -> StoreResult<Option<Vec<u8>>> {
        let work = script!(session, [] kept::sample(session, source_id));
        execute(self, Mode::Read, work).await
    }

    /// Keeps that line where there is none yet; returns the one that there is.
    async fn keep_sample(&self, source_id: SourceId, line: Bytes) -> StoreResult<Vec<u8>> {
        let work = script!(session, [line] kept::keep_sample(session, source_id, line.clone()));
        execute(self, Mode::Write, work).await
    }

    /// Drops the kept articles, which are made again when they are needed; how many there were.
    async fn drop_kept_articles(&self) -> StoreResult<u64> {
        let work = script!(session, [] kept::drop_all(session));
        execute(self, Mode::Write, work).await
    }

    /// Begins to derive the articles of a source, before their items are read. Derivations under way with another hash are
    /// over: their writes are refused with [`StoreError::Superseded`].
    async fn begin_derive(&self, source_id: SourceId, derivation: &str) -> StoreResult<Deriving> {
        let work = script!(session, [derivation] derived::begin(session, source_id, &derivation));
        execute(self, Mode::Write, work).await
    }

    /// Notes that all records up to `derived_seq` are derived, with this profile.
    async fn finish_derive(
        &self,
        source_id: SourceId,
        deriving: &Deriving,
        derived_seq: i64,
        profile: &str,
    ) -> StoreResult<()> {
        loop {
            let work = script!(session, [] keys::index(session, source_id));
            if !execute(self, Mode::Write, work).await? {
                break;
            }
        }
        let work = script!(session, [deriving, profile] derived::finish(session, source_id, &deriving, derived_seq, &profile));
        execute(self, Mode::Write, work).await
    }

    /// Sets the profile of a source. All its articles are to be derived then.
    async fn set_profile(&self, source_id: SourceId, profile: &str) -> StoreResult<()> {
        let work = script!(session, [profile] derived::set_profile(session, source_id, &profile));
        execute(self, Mode::Write, work).await
    }

    /// Gives a source another name; refused when a source has it.
    async fn rename_source(&self, name: &str, to: &str) -> StoreResult<()> {
        let work = script!(session, [name, to] sources::rename(session, &name, &to));
        execute(self, Mode::Write, work).await
    }

    /// Tells where the endpoint of a source is now. Its ids stay as they are; refused when another source has
    /// that address. Identify is requested again.
    async fn move_source(&self, name: &str, base_url: &str) -> StoreResult<()> {
        let work = script!(session, [name, base_url] sources::relocate(session, &name, &base_url));
        execute(self, Mode::Write, work).await
    }

    /// Removes a source with all that is known of it. Exports that keep track of what they have written are left a
    /// note of its articles.
    async fn remove_source(&self, name: &str) -> StoreResult<Counts> {
        let work = script!(session, [name] sources::remove(session, &name));
        let done = execute(self, Mode::Write, work).await?;
        self.page_cache().clear();
        Ok(done)
    }

    /// Notes that a run begun at this time has harvested a source.
    async fn note_start(&self, source_id: SourceId, started: Time) -> StoreResult<()> {
        let work =
            script!(session, [] sources::note_began(session, Began::Last, source_id, started));
        execute(self, Mode::Write, work).await
    }

    /// When the last run that harvested each source began: {source_id → time}.
    async fn last_starts(&self) -> StoreResult<Vec<(SourceId, Time)>> {
        let work = script!(session, [] sources::began(session, Began::Last));
        execute(self, Mode::Read, work).await
    }

    /// Notes that a run begun at this time has listed a source from its beginning to the present.
    async fn note_listing(&self, source_id: SourceId, started: Time) -> StoreResult<()> {
        let work =
            script!(session, [] sources::note_began(session, Began::Listing, source_id, started));
        execute(self, Mode::Write, work).await
    }

    /// When the last such run of each source began: {source_id → time}.
    async fn last_listings(&self) -> StoreResult<Vec<(SourceId, Time)>> {
        let work = script!(session, [] sources::began(session, Began::Listing));
        execute(self, Mode::Read, work).await
    }

    /// Saves the settings of sources, all or none; a source of that name, else of that URL, takes them over. No source
    /// row is written. Returns how many sources the store did not know.
    async fn save_source_settings(&self, sources: &[SourceSettings]) -> StoreResult<u64> {
        let work = script!(session, [sources] settings::save(session, &sources));
        execute(self, Mode::Write, work).await
    }

    /// The settings and attempts of all configured and added sources, by name.
    async fn source_settings(&self) -> StoreResult<Vec<SourceSettings>> {
        let work = script!(session, [] settings::all(session));
        execute(self, Mode::Read, work).await
    }

    /// Notes that a run begun at this time has tried a configured or added source, and why it failed.
    async fn note_attempt(
        &self,
        spec: &SourceSpec,
        started: Time,
        error: Option<&str>,
    ) -> StoreResult<()> {
        let error = error.map(str::to_owned);
        let work = script!(session, [spec, error] settings::note_attempt(session, &spec, started, error.as_deref()));
        execute(self, Mode::Write, work).await
    }

    /// Removes what was harvested of a source in one format, or of one set of it: streams, gaps and records. Records of
    /// the format that another stream may list stay. Returns how many records were removed.
    ///
    /// # Errors
    /// [`StoreError::Unknown`] without such a source or stream, [`StoreError::Invalid`] when it is the source's only
    /// format or when items would be left without any record.
    async fn drop_format(&self, name: &str, prefix: &str, set: Option<&str>) -> StoreResult<u64> {
        let set = set.map(str::to_owned);
        let work = script!(session, [name, prefix, set] formats::drop(session, &name, &prefix, set.as_deref()));
        let dropped = execute(self, Mode::Write, work).await?;
        self.page_cache().clear();
        Ok(dropped)
    }

    /// Notes that a person knows of the open gaps of a source, or of those of one identifier. Tells how many
    /// were not known of before.
    async fn acknowledge(&self, source_id: SourceId, identifier: Option<&str>) -> StoreResult<u64> {
        let identifier = identifier.map(str::to_owned);
        let work = script!(session, [identifier] sources::acknowledge(session, source_id, identifier.as_deref()));
        execute(self, Mode::Write, work).await
    }

    /// Takes a record down: its bytes are blanked in every page that holds them, all its versions and what was
    /// derived of them removed, and it is not taken in again. It stays known by its identifier, as a deletion.
    async fn forget(&self, source_id: SourceId, identifier: &str) -> StoreResult<TakeDown> {
        let work = script!(session, [identifier] forget::forget(session, source_id, &identifier));
        let done = execute(self, Mode::Erase, work).await?;
        self.page_cache().clear();
        Ok(done)
    }

    /// Returns the items of a source suppressed by changes after one seq and up to another.
    async fn forgotten(
        &self,
        source_id: SourceId,
        after: i64,
        upto: i64,
    ) -> StoreResult<Vec<Forgotten>> {
        let work = script!(session, [] forget::forgotten(session, source_id, after, upto));
        execute(self, Mode::Read, work).await
    }

    /// Records that reading their pages again does not reproduce; empty when all do.
    async fn reindex(&self) -> StoreResult<Vec<String>>;

    /// Packs the bodies of pages again, more densely; how many. One that is damaged stays as it is.
    async fn repack(&self) -> StoreResult<u64> {
        let mut after = (SourceId::START, PageNo::START);
        let mut written = 0;
        let work = script!(session, [] repack::quick_bodies(session));
        let all = execute(self, Mode::Read, work).await?;
        let phase = Phase::begin("packing pages", Some(all));
        loop {
            let work = script!(session, [] repack::quick(session, after));
            let bodies = execute(self, Mode::Read, work).await?;
            let Some(last) = bodies.last() else {
                return Ok(written);
            };
            after = last.place();
            let read = bodies.len() as u64;
            let packing = tokio::task::spawn_blocking(move || repack::pack(bodies));
            let dense = packing.await.map_err(|error| StoreError::Engine {
                path: String::new(),
                detail: format!("packing pages stopped: {error}"),
            })?;
            let dense = Arc::new(dense);
            let work = script!(session, [dense] repack::put(session, &dense));
            written += execute(self, Mode::Write, work).await?;
            phase.advance(read);
        }
    }

    /// Drops what need not be kept, and gives its room back to the file system.
    async fn compact(&self, keep: Keep) -> StoreResult<Compacted>;

    /// Copies the store into a file, whole, as it is at this moment, beside a running harvest too; its size in
    /// bytes. The file appears when it is complete; what stood there is replaced. Refused by an engine that has
    /// means of its own.
    async fn backup(&self, to: &Path) -> StoreResult<u64>;

    /// Begins a turn of an export: what has changed since its last one up to now. A turn that did not end is
    /// begun again with the same number and the same end; but its number is spent, and everything is due again, when
    /// its settings have changed meanwhile.
    async fn begin_export(&self, spec: &ExportSpec) -> StoreResult<ExportBatch> {
        let work = script!(session, [spec] exports::begin(session, &spec));
        execute(self, Mode::Write, work).await
    }

    /// Returns the batch that [`begin_export`](Self::begin_export) would begin. Nothing is noted.
    async fn preview_export(&self, spec: &ExportSpec) -> StoreResult<ExportBatch> {
        let work = script!(session, [spec] exports::preview(session, &spec));
        execute(self, Mode::Write, work).await
    }

    /// Returns the exported items of removed sources: after one number and up to another, at most `limit`.
    async fn removed(
        &self,
        export_id: ExportId,
        after: i64,
        upto: i64,
        limit: usize,
    ) -> StoreResult<Vec<Removed>> {
        let work = script!(session, [] exports::removed(session, export_id, after, upto, limit));
        execute(self, Mode::Read, work).await
    }

    /// Ends a turn: what it was to write is written, or there was nothing, and its number is free.
    async fn end_export(&self, export_id: ExportId, wrote: bool) -> StoreResult<()> {
        let work = script!(session, [] exports::end(session, export_id, wrote));
        execute(self, Mode::Write, work).await
    }

    /// Returns the identity of this store.
    async fn store_identity(&self) -> StoreResult<StoreIdentity> {
        let work = script!(session, [] changes::identity(session));
        execute(self, Mode::Read, work).await
    }

    /// A time up to which all changes can be seen: none that is stamped at or before it is still to be committed. Close
    /// to the clock, and never going back while the store is open.
    async fn safe_read_time(&self) -> StoreResult<Time>;

    /// When the change that stands first was made.
    async fn earliest_change(&self) -> StoreResult<Option<Time>> {
        let work = script!(session, [] changes::earliest(session));
        execute(self, Mode::Read, work).await
    }

    /// The newest change of each item that has an article, take-downs, and deletions of what went with its source, in
    /// the order of their [`Position`], after one that the same filter gave, at most `limit`. An item that changes
    /// moves to the end of the order.
    async fn changes(
        &self,
        filter: &ChangeFilter,
        after: Option<Position>,
        limit: usize,
    ) -> StoreResult<Vec<Change>> {
        let work = script!(session, [filter] changes::changes(session, &filter, after, limit));
        execute(self, Mode::Read, work).await
    }

    /// Counts the [`changes`](Self::changes).
    async fn count_changes(&self, filter: &ChangeFilter) -> StoreResult<u64> {
        let work = script!(session, [filter] changes::count(session, &filter));
        execute(self, Mode::Read, work).await
    }

    /// The newest change of one item.
    async fn change(&self, source_id: SourceId, identifier: &str) -> StoreResult<Option<Change>> {
        let work = script!(session, [identifier] changes::change(session, source_id, &identifier));
        execute(self, Mode::Read, work).await
    }

    /// The deletion of what went with a source of this name. What is there again, under the same name, has none.
    async fn departed(&self, source: &str, identifier: &str) -> StoreResult<Option<Change>> {
        let work =
            script!(session, [source, identifier] changes::departed(session, &source, &identifier));
        execute(self, Mode::Read, work).await
    }

    /// Names of sources that went, with the setSpecs that their articles were in, and an empty one each.
    async fn departed_sets(&self) -> StoreResult<Vec<(String, String)>> {
        let work = script!(session, [] changes::departed_sets(session));
        execute(self, Mode::Read, work).await
    }

    /// These items of a source, by number, each with the newest version of every format; those that are not there
    /// are left out. Fewer where they are large, the first of them: go on with those after the last that came.
    async fn items_at(
        &self,
        source_id: SourceId,
        item_nos: &[ItemNo],
    ) -> StoreResult<Vec<StoredItem>> {
        let cache = Arc::clone(self.page_cache());
        let work =
            script!(session, [item_nos, cache] items::at(session, &cache, source_id, &item_nos));
        execute(self, Mode::Read, work).await
    }

    /// setSpecs that articles are or were in: (source, setSpec), in this order.
    async fn known_sets(&self) -> StoreResult<Vec<(SourceId, String)>> {
        let work = script!(session, [] changes::known_sets(session));
        execute(self, Mode::Read, work).await
    }

    /// Live articles that have these words and facets, with the numbers of matches by facet.
    async fn search(&self, search: &ArticleSearch) -> StoreResult<SearchHits> {
        let work = script!(session, [search] search::search(session, &search));
        execute(self, Mode::Read, work).await
    }

    /// Live articles of one source, or of all, by facet; issues only of one.
    async fn facet_counts(&self, source_id: Option<SourceId>) -> StoreResult<FacetCounts> {
        let work = script!(session, [] facets::counts(session, source_id));
        execute(self, Mode::Read, work).await
    }

    /// Returns what searches find; `None` of a store of which nothing was said yet: searches find nothing.
    async fn search_index(&self) -> StoreResult<Option<SearchIndex>> {
        let work = script!(session, [] search::setting(session));
        execute(self, Mode::Read, work).await
    }

    /// Sets what searches find. Where that changes, articles are found again once they are derived next.
    async fn set_search_index(&self, wanted: SearchIndex) -> StoreResult<()> {
        if self.search_index().await? == Some(wanted) {
            return Ok(());
        }
        let work = script!(session, [] search::set_index(session, wanted));
        execute(self, Mode::Write, work).await
    }

    /// Rows of a table in the order of its key, after a key, at most `limit`.
    async fn rows(
        &self,
        table: &'static Table,
        after: Option<Vec<Value>>,
        limit: usize,
    ) -> StoreResult<Vec<Vec<Value>>>;

    /// Adds rows to a table.
    async fn add_rows(&self, table: &'static Table, rows: Vec<Vec<Value>>) -> StoreResult<()>;

    /// Sees that new rows are numbered after those that were added, and that articles are derived once more: each
    /// engine has an index of their words of its own.
    async fn settle(&self) -> StoreResult<()>;
}
