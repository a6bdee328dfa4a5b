//! Runs, take-downs, what is kept, and exports that keep track.

use serde::{Deserialize, Serialize};

use super::{ExportId, RunNo, SourceId, Time};

/// A run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunRow {
    /// Number.
    pub run_no: RunNo,
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

/// The result of suppressing a record.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TakeDown {
    /// True if it had been taken down before.
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

/// The result of compacting.
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
    /// True if only changes are written.
    pub delta: bool,
}

/// An export that has begun.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExportBatch {
    /// Number of the export.
    pub export_id: ExportId,
    /// Number of the delta to be written.
    pub delta_no: i64,
    /// True if an earlier turn did not end, and its delta is written again.
    pub is_retry: bool,
    /// True if everything is due: the first time, and after a change of options.
    pub everything: bool,
    /// The changes to write of each source.
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
    /// The base of its article ids.
    pub id_base: String,
    /// OAI identifier.
    pub identifier: String,
    /// When it was removed.
    pub at: Time,
}

/// The changes to write of a source: changes after one seq and up to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ExportSpan {
    /// Source.
    pub source_id: SourceId,
    /// Exclusive.
    pub after: i64,
    /// Inclusive.
    pub upto: i64,
}
