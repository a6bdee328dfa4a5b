//! The report of a harvest, for people and for programs.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::harvest::HarvestError;
use crate::store::{CommitStats, ListNo, SourceId, StreamNo};
use crate::values::DisplaySafeUrl;

/// The outcome of the harvest of a source.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// All there is was had.
    Complete,
    /// It went to its end, but something could not be fetched: the gaps say what.
    Incomplete,
    /// It was cancelled; the next run continues from here.
    Interrupted,
    /// Nothing could be fetched.
    Failed,
}

impl Outcome {
    /// The word of it, as in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Complete => "complete",
            Self::Incomplete => "incomplete",
            Self::Interrupted => "interrupted",
            Self::Failed => "failed",
        }
    }
}

/// The extent to which a repository was listed, and whether vanished records can be found by it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Listing {
    /// Changes, or a part of the list.
    #[default]
    Part,
    /// Every list went from the repository's beginning to the present, but with a gap, or was not believed.
    Doubted,
    /// Every list did, and was whole.
    Whole,
}

/// A list that came to its end.
#[derive(Clone, Copy, Debug)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a question of its own"
)]
pub(super) struct ListSeen {
    pub(super) stream_no: StreamNo,
    pub(super) list_no: ListNo,
    /// From the repository's beginning to the present.
    pub(super) from_start: bool,
    /// And without a gap.
    pub(super) whole: bool,
    /// The server's count of its records agrees with what came.
    pub(super) is_counted: bool,
    /// Some items lack its format.
    pub(super) is_partial_format: bool,
}

impl ListSeen {
    /// Returns what it says of the repository.
    pub(super) fn listing(&self) -> Listing {
        match (self.from_start, self.whole) {
            (false, _) => Listing::Part,
            (true, false) => Listing::Doubted,
            (true, true) => Listing::Whole,
        }
    }
}

/// The kind of a loss.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LossKind {
    /// A record, or a range of datestamps.
    #[default]
    Missing,
    /// Deletions that were too many to believe.
    MassDeletion,
}

/// Something that could not be fetched.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Loss {
    /// The kind.
    #[serde(default)]
    pub kind: LossKind,
    /// The missing thing: an identifier or a range of datestamps.
    pub what: String,
    /// Why.
    pub reason: String,
}

/// The report of the harvest of one source.
#[derive(Clone, Debug, Serialize, Deserialize)]
// shape: one field for each key of a source in the report of a run
pub struct SourceReport {
    /// Name of the source.
    pub source: String,
    /// Number of the source in the store; none until its endpoint has answered.
    #[serde(skip)]
    pub source_id: Option<SourceId>,
    /// The base URL, without secrets.
    pub base_url: DisplaySafeUrl,
    /// The outcome.
    pub outcome: Outcome,
    /// Requests sent, tries included.
    pub requests: u64,
    /// Pages kept.
    pub pages: u64,
    /// Bytes of pages, after content coding.
    #[serde(skip)]
    pub bytes: u64,
    /// Records by what became of them.
    pub tally: CommitStats,
    /// Landing pages fetched.
    pub landing_pages: u64,
    /// Repairs by kind.
    pub repairs: BTreeMap<String, u64>,
    /// Losses of this run.
    pub losses: Vec<Loss>,
    /// Gaps still open, those of earlier runs included.
    pub open_gaps: u64,
    /// The extent to which the repository was listed.
    #[serde(skip)]
    pub listing: Listing,
    /// Notes: restarts, splits, doubted tombstones.
    pub notes: Vec<String>,
    /// The error that stopped it.
    pub error: Option<String>,
    /// The same as a value, for hints.
    #[serde(skip)]
    pub stopped_by: Option<Arc<HarvestError>>,
    /// The duration.
    pub seconds: f64,
}

/// Most losses and notes that a report lists.
const MAX_LISTED: usize = 1000;

impl SourceReport {
    /// A report on nothing yet.
    pub fn new(source: &str, base_url: &str) -> Self {
        Self {
            source: source.to_owned(),
            source_id: None,
            base_url: DisplaySafeUrl::from(base_url),
            outcome: Outcome::Complete,
            requests: 0,
            pages: 0,
            bytes: 0,
            tally: CommitStats::default(),
            landing_pages: 0,
            repairs: BTreeMap::new(),
            losses: Vec::new(),
            open_gaps: 0,
            listing: Listing::Part,
            notes: Vec::new(),
            error: None,
            stopped_by: None,
            seconds: 0.0,
        }
    }

    /// Returns whether the run counts as a search for vanished records. A first list has nothing to look for, and its
    /// gaps are requested again by themselves; any other does only when it can be told by.
    pub fn counts_as_listed(&self, was_listed: bool) -> bool {
        self.listing == Listing::Whole || (!was_listed && self.listing == Listing::Doubted)
    }

    /// Notes something once.
    pub fn note(&mut self, note: impl Into<String>) {
        let note = note.into();
        if self.notes.len() < MAX_LISTED && !self.notes.contains(&note) {
            self.notes.push(note);
        }
    }

    /// Notes something missing, once: however often it was requested, it is one loss.
    pub fn lose(&mut self, what: impl Into<String>, reason: impl Into<String>) {
        self.lose_as(LossKind::Missing, what, reason);
    }

    /// Notes a loss of a kind.
    pub fn lose_as(&mut self, kind: LossKind, what: impl Into<String>, reason: impl Into<String>) {
        let (what, reason) = (what.into(), reason.into());
        if let Some(known) = self.losses.iter_mut().find(|loss| loss.what == what) {
            known.reason = reason;
        } else if self.losses.len() < MAX_LISTED {
            self.losses.push(Loss { kind, what, reason });
        }
        self.outcome = self.outcome.max(Outcome::Incomplete);
    }

    /// Counts repairs.
    pub fn repaired(&mut self, repairs: &crate::oai::Repairs) {
        for (repair, count) in &repairs.0 {
            let name = serde_json::to_value(repair)
                .ok()
                .and_then(|name| name.as_str().map(str::to_owned));
            *self.repairs.entry(name.unwrap_or_default()).or_insert(0) += u64::from(*count);
        }
    }
}

impl fmt::Display for SourceReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let tally = &self.tally;
        if tally.new + tally.changed + tally.deleted == 0 && self.outcome == Outcome::Complete {
            f.write_str("nothing new")?;
        } else {
            write!(
                f,
                "{} new, {} changed, {} deleted",
                tally.new, tally.changed, tally.deleted
            )?;
        }
        let unchanged = tally.unchanged + tally.shadowed_tombstones;
        if unchanged > 0 {
            write!(f, ", {unchanged} unchanged")?;
        }
        if self.landing_pages > 0 {
            write!(f, ", {}", count(self.landing_pages, "landing page"))?;
        }
        let repairs: u64 = self.repairs.values().sum();
        if repairs > 0 {
            write!(f, ", {}", count(repairs, "repair"))?;
        }
        match (self.requests, self.pages) {
            (0, pages) if pages > 0 => write!(f, " from {}", count(pages, "page"))?,
            (requests, _) => write!(f, " in {}", count(requests, "request"))?,
        }
        match self.outcome {
            Outcome::Complete => {}
            Outcome::Incomplete => write!(
                f,
                "; incomplete: {} could not be had",
                self.losses.len().max(1)
            )?,
            Outcome::Interrupted => {
                f.write_str("; interrupted, the next run continues from here")?
            }
            Outcome::Failed => f.write_str("; failed")?,
        }
        if let Some(error) = &self.error {
            write!(f, ": {error}")?;
        }
        Ok(())
    }
}

/// A number of things, in words.
fn count(number: u64, thing: &str) -> String {
    if number == 1 {
        format!("1 {thing}")
    } else {
        format!("{number} {thing}s")
    }
}
