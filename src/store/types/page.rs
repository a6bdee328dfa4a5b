//! Pages with their records on the way in, and what became of them.

use bytes::Bytes;
use serde::{Deserialize, Serialize};

use super::{GapNo, PageNo, RunNo, StreamNo, StreamUpdate, Time, Window, WindowNo};
use crate::oai::{PageHead, RecordRef};

/// A page to be written.
#[derive(Clone, Debug)]
pub struct NewPage {
    /// Window it belongs to.
    pub window_no: WindowNo,
    /// `ListRecords`, `ListIdentifiers`, `GetRecord`, `landing_page`.
    pub kind: String,
    /// When the response had come in.
    pub fetched_at: Time,
    /// The URL requested, without credentials.
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
    /// The context that a slice needs to be read alone.
    pub head: PageHead,
    /// Records and headers it listed, those not kept included.
    pub listed: u32,
    /// The records in order.
    pub records: Vec<NewRecord>,
}

/// A record on a [`NewPage`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewRecord {
    /// OAI identifier.
    pub identifier: String,
    /// Datestamp as received.
    pub datestamp: String,
    /// True if it is a tombstone.
    pub deleted: bool,
    /// Offset in the page's body, bytes.
    pub offset: u64,
    /// Length, bytes.
    pub len: u64,
    /// Content hash: deleted flag, sorted setSpecs, metadata bytes; not the datestamp.
    pub hash: u64,
}

impl From<&RecordRef> for NewRecord {
    fn from(record: &RecordRef) -> Self {
        Self {
            identifier: record.identifier.clone(),
            datestamp: record.datestamp.clone(),
            deleted: record.deleted,
            offset: record.offset as u64,
            len: record.len as u64,
            hash: record.hash,
        }
    }
}

/// The content of one transaction.
#[derive(Clone, Debug, Default)]
pub struct Batch {
    /// The run it belongs to.
    pub run_no: RunNo,
    /// The stream it belongs to.
    pub stream_no: StreamNo,
    /// Pages in list order.
    pub pages: Vec<NewPage>,
    /// Windows in their new state: inserted or replaced by number.
    pub windows: Vec<Window>,
    /// The stream's new checkpoint, when a list was completed.
    pub stream: Option<StreamUpdate>,
    /// Gaps found.
    pub gaps: Vec<NewGap>,
    /// Gaps closed: by number.
    pub closed_gaps: Vec<GapNo>,
    /// Records that the server cannot give in the stream's format.
    pub absences: Vec<FormatAbsence>,
    /// Keep the bodies of pages that bring nothing new.
    pub keep_all: bool,
    /// Leave a record as it is when its datestamp in the store is newer: for pages that were saved earlier.
    pub only_newer: bool,
}

impl Batch {
    /// Returns whether it holds what an endpoint answered to a list request.
    pub(crate) fn is_response(&self) -> bool {
        !self.pages.is_empty() || self.stream.is_some() || !self.absences.is_empty()
            // A record that is missing was named by a list.
            || self.gaps.iter().any(|gap| gap.identifier.is_some())
    }
}

/// The counts of a commit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CommitStats {
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
    pub shadowed_tombstones: u64,
    /// The number of records whose identifier the same list had returned before.
    pub repeated: u64,
}

impl std::ops::AddAssign for CommitStats {
    fn add_assign(&mut self, other: Self) {
        self.records += other.records;
        self.new += other.new;
        self.changed += other.changed;
        self.deleted += other.deleted;
        self.unchanged += other.unchanged;
        self.shadowed_tombstones += other.shadowed_tombstones;
        self.repeated += other.repeated;
    }
}

/// The open gaps.
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

/// A record that the server cannot give in a format, as of a datestamp. It is not a gap.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FormatAbsence {
    /// OAI identifier.
    pub identifier: String,
    /// Datestamp of its header, as received; empty when none is known.
    pub datestamp: String,
}

/// A gap in the store.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Gap {
    /// Stream.
    pub stream_no: StreamNo,
    /// Number within the stream.
    pub gap_no: GapNo,
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

/// The number of records that a complete list may lack and still be accepted.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ShrinkLimit {
    /// Share of the known live records, 0 to 1.
    pub share: f64,
    /// This many are believed, up to half of the known ones.
    pub records: u64,
}

/// The result of reconciliation.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reconciled {
    /// Live before.
    pub known: u64,
    /// The number of those missing from the list.
    pub missing: u64,
    /// True if they were marked as vanished.
    pub applied: bool,
    /// Identifiers of the first of them, where they were not marked.
    pub sample: Vec<String>,
}

impl Reconciled {
    /// Most identifiers in the sample.
    pub const SAMPLE: usize = 20;
}

impl ShrinkLimit {
    /// Returns whether a list is believed that lacks so many of the known records.
    pub fn allows(self, missing: u64, known: u64) -> bool {
        #[expect(
            clippy::cast_precision_loss,
            reason = "a share; the last bits do not matter"
        )]
        let is_small_share = missing as f64 <= self.share * known as f64;
        let are_few = missing <= self.records && missing.saturating_mul(2) <= known;
        are_few || is_small_share
    }
}

/// A page as stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredPage {
    /// Number within the source.
    pub page_no: PageNo,
    /// The run that brought it.
    pub run_no: RunNo,
    /// metadataPrefix of its stream.
    pub metadata_prefix: String,
    /// As in [`NewPage`].
    pub kind: String,
    /// When the response had come in.
    pub fetched_at: Time,
    /// The URL requested, without credentials.
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
