//! What goes into the store and comes out of it.

use std::sync::Arc;

use bytes::Bytes;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::oai::PageHead;

/// Times in the store are whole microseconds UTC.
pub type Time = DateTime<Utc>;

/// A source to open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceSpec {
    /// Name, where the configuration gives one; else one is made from host and path.
    pub name: Option<String>,
    /// Base URL of the endpoint.
    pub base_url: String,
}

/// A source: one endpoint under a name.
#[derive(Clone, Debug, PartialEq)]
pub struct Source {
    /// Number in this store.
    pub source_id: i64,
    /// Name, unique in the store.
    pub name: String,
    /// Base URL, as pinned after redirects.
    pub base_url: String,
    /// Frozen at creation, without scheme; article ids derive from it.
    pub id_base: String,
    /// Proof of ownership; handed out at opening.
    pub fence: i64,
    /// Newest change.
    pub seq: i64,
    /// What Identify said, and when.
    pub identify: Option<Remembered>,
    /// Learned profile, JSON.
    pub profile: Option<String>,
    /// What the articles were derived by.
    pub derivation: Option<String>,
    /// Records up to this seq are derived.
    pub derived_seq: i64,
}

/// What an endpoint said of itself, remembered for a day.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Remembered {
    /// When it was asked.
    pub asked_at: Time,
    /// Identify.
    pub identify: crate::oai::Identify,
    /// Days of the widest window that the server bears, where it has refused wider ones.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub widest: Option<i64>,
}

/// One metadataPrefix and set of a source.
#[derive(Clone, Debug, PartialEq)]
pub struct Stream {
    /// Number within the source.
    pub stream_no: i64,
    /// Number of the format within the source.
    pub format_no: i64,
    /// metadataPrefix.
    pub metadata_prefix: String,
    /// setSpec; the whole repository without.
    pub set_spec: Option<String>,
    /// Where the next incremental harvest starts, before the overlap; `None` until a list was complete.
    pub cursor: Option<Time>,
    /// Number of the last complete full list; 0 before the first.
    pub last_complete_list: i64,
    /// Number of the newest list begun, full or incremental; 0 before the first.
    pub last_list: i64,
    /// The checkpoint: windows in order.
    pub windows: Vec<Window>,
}

/// How a window is fetched.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WindowKind {
    /// ListRecords.
    List,
    /// ListIdentifiers, then GetRecord for each.
    Identifiers,
    /// GetRecord alone.
    Get,
}

/// How far a window has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WindowState {
    /// Not begun.
    Todo,
    /// Begun: `token` tells where to go on.
    Open,
    /// Its end was seen and its count agrees.
    Done,
    /// Replaced by narrower windows.
    Split,
    /// Given up; its loss is a gap.
    Gap,
}

/// A span of datestamps of one stream; the checkpoint of a harvest is its windows.
#[derive(Clone, Debug, PartialEq)]
pub struct Window {
    /// Number within the stream.
    pub window_no: i64,
    /// `from` as sent, or none.
    pub from: Option<String>,
    /// `until` as sent, or none.
    pub until: Option<String>,
    /// A set narrower than the stream's, when the window was split by sets.
    pub set_spec: Option<String>,
    /// How it is fetched.
    pub kind: WindowKind,
    /// How far it is.
    pub state: WindowState,
    /// resumptionToken of the next page.
    pub token: Option<String>,
    /// When that token was received.
    pub token_at: Option<Time>,
    /// responseDate of the window's first page, as received.
    pub first_response: Option<String>,
    /// The list this window is part of.
    pub list_no: i64,
    /// completeListSize, as last promised.
    pub list_size: Option<i64>,
    /// Records on its committed pages.
    pub seen: i64,
    /// Newest datestamp seen, as received.
    pub newest: Option<String>,
    /// Tries that failed.
    pub tries: i64,
    /// The last failure.
    pub error: Option<String>,
}

impl Window {
    /// A window that has not begun.
    pub fn todo(window_no: i64, list_no: i64, from: Option<String>, until: Option<String>) -> Self {
        Self {
            window_no,
            from,
            until,
            set_spec: None,
            kind: WindowKind::List,
            state: WindowState::Todo,
            token: None,
            token_at: None,
            first_response: None,
            list_no,
            list_size: None,
            seen: 0,
            newest: None,
            tries: 0,
            error: None,
        }
    }
}

/// A page to be written.
#[derive(Clone, Debug)]
pub struct NewPage {
    /// Window it belongs to.
    pub window_no: i64,
    /// `ListRecords`, `ListIdentifiers`, `GetRecord`, `landing_page`.
    pub kind: String,
    /// When the response had come in.
    pub fetched_at: Time,
    /// The URL asked, without credentials.
    pub request: String,
    /// HTTP status; 0 for a page read from disk.
    pub status: u16,
    /// Response headers worth keeping, as JSON.
    pub headers: String,
    /// Content coding on the wire: `gzip`, `identity`.
    pub wire_coding: String,
    /// Body after content coding, as received otherwise.
    pub body: Bytes,
    /// sha256 of `body`.
    pub sha256: [u8; 32],
    /// Hash of its record slices; a page that comes again has the same.
    pub list_hash: u64,
    /// What a slice needs to be read alone.
    pub head: PageHead,
    /// Repairs that reading it took, as JSON.
    pub repairs: String,
    /// Records and headers it listed, those not kept included.
    pub listed: u32,
    /// Its records in order.
    pub records: Vec<NewRecord>,
}

/// A record on a [`NewPage`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewRecord {
    /// OAI identifier.
    pub identifier: String,
    /// Datestamp as received.
    pub datestamp: String,
    /// Whether it is a tombstone.
    pub deleted: bool,
    /// Offset in the page's body, bytes.
    pub offset: u64,
    /// Length, bytes.
    pub len: u64,
    /// Content hash: deleted flag, sorted setSpecs, metadata bytes; not the datestamp.
    pub hash: u64,
}

/// What goes into one transaction.
#[derive(Clone, Debug, Default)]
pub struct Batch {
    /// The run it belongs to.
    pub run_no: i64,
    /// The stream it belongs to.
    pub stream_no: i64,
    /// Pages in list order.
    pub pages: Vec<NewPage>,
    /// Windows in their new state: inserted or replaced by number.
    pub windows: Vec<Window>,
    /// The stream's new checkpoint, when a list was completed.
    pub stream: Option<StreamUpdate>,
    /// Gaps found.
    pub gaps: Vec<NewGap>,
    /// Gaps closed: by number.
    pub closed_gaps: Vec<i64>,
    /// Keep the bodies of pages that bring nothing new.
    pub keep_all: bool,
    /// Leave a record as it is when its datestamp in the store is newer: for pages that were saved earlier.
    pub only_newer: bool,
}

/// The new checkpoint of a stream.
#[derive(Clone, Debug, PartialEq)]
pub struct StreamUpdate {
    /// Next incremental start, before the overlap.
    pub cursor: Option<Time>,
    /// Number of the complete full list, when this was one.
    pub last_complete_list: Option<i64>,
}

/// What a commit did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tally {
    /// Records on its pages.
    pub records: u64,
    /// Items never seen before, live.
    pub new: u64,
    /// Live items whose content changed, or that came back.
    pub changed: u64,
    /// Items that became deleted, or were first seen deleted.
    pub deleted: u64,
    /// Records that brought nothing.
    pub unchanged: u64,
    /// Tombstones not believed, since the same list holds the record live.
    pub stale_deleted: u64,
    /// Of all of them, those whose identifier the same list had brought before.
    pub repeated: u64,
}

impl std::ops::AddAssign for Tally {
    fn add_assign(&mut self, other: Self) {
        self.records += other.records;
        self.new += other.new;
        self.changed += other.changed;
        self.deleted += other.deleted;
        self.unchanged += other.unchanged;
        self.stale_deleted += other.stale_deleted;
        self.repeated += other.repeated;
    }
}

/// What could not be had.
#[derive(Clone, Debug, PartialEq)]
pub struct NewGap {
    /// Identifier, when one is known.
    pub identifier: Option<String>,
    /// `from` of the lost window.
    pub from: Option<String>,
    /// `until` of the lost window.
    pub until: Option<String>,
    /// Why.
    pub reason: String,
}

/// A gap in the store.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Gap {
    /// Stream.
    pub stream_no: i64,
    /// Number within the stream.
    pub gap_no: i64,
    /// Identifier, when one is known.
    pub identifier: Option<String>,
    /// `from` of the lost window.
    pub from: Option<String>,
    /// `until` of the lost window.
    pub until: Option<String>,
    /// Why.
    pub reason: String,
    /// Tries so far.
    pub tries: i64,
    /// The last of them.
    pub last_try: Time,
    /// A person knows of it.
    pub acknowledged: bool,
}

/// What reconciliation found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reconciled {
    /// Live before.
    pub known: u64,
    /// Of those, missing from the list.
    pub missing: u64,
    /// Whether they were marked as gone.
    pub applied: bool,
}

/// An item by number and identifier.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ItemRef {
    /// Number within the source.
    pub item_no: i64,
    /// OAI identifier.
    pub identifier: String,
}

/// Items by state.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// Offered.
    pub live: u64,
    /// Withdrawn.
    pub deleted: u64,
    /// Known but never had.
    pub unavailable: u64,
}

/// A run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunRow {
    /// Number.
    pub run_no: i64,
    /// `harvest`, `run`, `demo`.
    pub kind: String,
    /// Begun.
    pub started: Time,
    /// Ended; `None` while it runs, or when it was killed.
    pub ended: Option<Time>,
    /// `complete`, `incomplete`, `failed`, `interrupted`.
    pub outcome: Option<String>,
    /// Report, JSON.
    pub report: Option<String>,
}

/// Which items to read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Selection {
    /// All.
    All,
    /// With a record changed after this seq: what derivation has to look at.
    Dirty {
        /// Exclusive.
        after: i64,
    },
    /// Whose article changed after one seq and up to another.
    Changed {
        /// Exclusive.
        after: i64,
        /// Inclusive.
        upto: i64,
    },
    /// Whose article changed by a cause after this seq: what changed since a run.
    Caused {
        /// Exclusive.
        after: i64,
    },
    /// Whose article changed at this time or later.
    Since {
        /// Inclusive.
        from: Time,
    },
}

/// An item with the newest version of each of its formats.
#[derive(Clone, Debug)]
pub struct StoredItem {
    /// Number within the source.
    pub item_no: i64,
    /// OAI identifier.
    pub identifier: String,
    /// One per format, in the order the formats were first harvested.
    pub records: Vec<StoredRecord>,
    /// The derived row, when there is one.
    pub article: Option<ArticleState>,
}

/// A record as stored.
#[derive(Clone, Debug)]
pub struct StoredRecord {
    /// metadataPrefix.
    pub metadata_prefix: String,
    /// Datestamp as received.
    pub datestamp: String,
    /// Deleted, by tombstone or by reconciliation.
    pub deleted: bool,
    /// Why it is deleted: `tombstone`, `gone`; or nothing.
    pub cause: Option<String>,
    /// When this version was fetched.
    pub fetched_at: Time,
    /// The change it came with.
    pub seq: i64,
    /// Its bytes, as received.
    pub raw: Bytes,
    /// What its page says of encoding and namespaces.
    pub head: Arc<PageHead>,
}

/// A page as stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredPage {
    /// Number within the source.
    pub page_no: i64,
    /// The run that brought it.
    pub run_no: i64,
    /// metadataPrefix of its stream.
    pub metadata_prefix: String,
    /// As in [`NewPage`].
    pub kind: String,
    /// When the response had come in.
    pub fetched_at: Time,
    /// The URL asked, without credentials.
    pub request: String,
    /// HTTP status; 0 for a page read from disk.
    pub status: u16,
    /// Response headers worth keeping, as JSON.
    pub headers: String,
    /// Content coding on the wire.
    pub wire_coding: String,
    /// sha256 of the body as it came. A take-down may have blanked some of it since.
    pub sha256: [u8; 32],
    /// Identifier of the only record it belongs to, for pages that do not name it themselves: landing pages.
    pub identifier: Option<String>,
    /// Body after content coding; none when the page brought nothing new and was not kept.
    pub body: Option<Bytes>,
}

/// The derived row of an item.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ArticleState {
    /// The article's change number.
    pub seq: i64,
    /// When it changed.
    pub changed_at: Time,
    /// Hash of the exported article.
    pub hash: u64,
    /// Deleted or not.
    pub deleted: bool,
}

/// A derived row to be written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ArticleRow {
    /// Item.
    pub item_no: i64,
    /// Highest seq among the records it was made from.
    pub record_seq: i64,
    /// Deleted or not.
    pub deleted: bool,
    /// Hash of the exported article.
    pub hash: u64,
    /// Codes of its findings, each with its count.
    pub codes: Vec<(String, u32)>,
    /// Keys by which the same article may be found elsewhere: (`doi`, …), (`url`, …), (`title`, …).
    pub keys: Vec<(String, String)>,
}

/// What deriving wrote.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DeriveTally {
    /// New or changed.
    pub changed: u64,
    /// Unchanged.
    pub unchanged: u64,
}

/// What a record may be asked for by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Lookup {
    /// Its OAI identifier.
    Identifier(String),
    /// A key of its article, as in [`ArticleRow::keys`].
    Key {
        /// `doi`, `url`, `title`.
        kind: String,
        /// The key.
        key: String,
    },
}

/// An item of any source.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ItemKey {
    /// Source.
    pub source_id: i64,
    /// Number within the source.
    pub item_no: i64,
}

/// A version of a record, and where its bytes stand.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Version {
    /// metadataPrefix.
    pub metadata_prefix: String,
    /// The change it came with.
    pub seq: i64,
    /// Whether it is the newest of its format.
    pub newest: bool,
    /// Datestamp as received.
    pub datestamp: String,
    /// Deleted, by tombstone or by reconciliation.
    pub deleted: bool,
    /// Why it is deleted: `tombstone`, `gone`; or nothing.
    pub cause: Option<String>,
    /// Its page, numbered within the source.
    pub page_no: i64,
    /// Offset in the page's body, bytes.
    pub offset: u64,
    /// Length, bytes.
    pub len: u64,
    /// When the page was fetched.
    pub fetched_at: Time,
    /// The run that fetched it.
    pub run_no: i64,
    /// The URL asked, without credentials.
    pub request: String,
    /// Whether the page's body is kept.
    pub kept: bool,
}

/// How often a finding was made in a source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CodeCount {
    /// Its code.
    pub code: String,
    /// Findings.
    pub findings: u64,
    /// Articles with one or more.
    pub articles: u64,
    /// The first of them.
    pub first_item: i64,
}

/// A key that several articles have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SharedKey {
    /// The key.
    pub key: String,
    /// How many have it.
    pub count: u64,
    /// Which, by source and number; empty when they are more than was asked for.
    pub items: Vec<ItemKey>,
}

/// Something taken down.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Forgotten {
    /// OAI identifier.
    pub identifier: String,
    /// The change it was.
    pub seq: i64,
    /// When.
    pub at: Time,
}

/// What a take-down did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TakeDown {
    /// Whether it had been taken down before.
    pub again: bool,
    /// Versions of the record removed, former ones and all formats included.
    pub versions: u64,
    /// Pages in which it was blanked.
    pub pages: u64,
}

/// Bodies that are kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Keep {
    /// All that came.
    All,
    /// Those that some version of a record, former or present, stands in.
    #[default]
    Changed,
    /// Those that the present version of a record stands in; history goes.
    Current,
}

/// What compacting did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Compacted {
    /// Bodies dropped.
    pub bodies: u64,
    /// Former versions of records dropped.
    pub versions: u64,
    /// Size of the store before, bytes.
    pub before: u64,
    /// Size of the store after, bytes.
    pub after: u64,
}

/// An export that keeps track of what it has written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExportSpec {
    /// Name.
    pub name: String,
    /// Format.
    pub format: String,
    /// Hash of all else that decides what is written: when it differs, everything is written again.
    pub options_hash: u64,
    /// Names of the sources; all without.
    pub sources: Vec<String>,
    /// Whether only changes are written.
    pub delta: bool,
}

/// An export that has begun.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExportTurn {
    /// Number of the export.
    pub export_id: i64,
    /// Number of the delta to be written.
    pub delta_no: i64,
    /// Whether an earlier turn did not end, and its delta is written again.
    pub redo: bool,
    /// Whether everything is due: the first time, and after a change of options.
    pub everything: bool,
    /// What to write of each source.
    pub spans: Vec<ExportSpan>,
    /// Articles of sources that were removed are deletions up to this number; 0 when there are none.
    pub removed_upto: i64,
}

/// An article that an export had written, of a source that was removed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Removed {
    /// Number, in the order of removal.
    pub removal_no: i64,
    /// Name of the source.
    pub source: String,
    /// Address of the source.
    pub base_url: String,
    /// What its article ids derive from.
    pub id_base: String,
    /// OAI identifier.
    pub identifier: String,
    /// When it was removed.
    pub at: Time,
}

/// What to write of a source: changes after one seq and up to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ExportSpan {
    /// Source.
    pub source_id: i64,
    /// Exclusive.
    pub after: i64,
    /// Inclusive.
    pub upto: i64,
}
