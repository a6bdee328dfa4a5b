//! What `offprint status` reports.

use serde::Serialize;

use crate::oai::Software;
use crate::store::{Attempts, Counts, Fleet, Gap, RunNo, Time};
use crate::values::DisplaySafeUrl;

/// Longest reason of a gap that is shown, bytes.
pub(super) const MAX_REASON: usize = 1000;

/// Where every source stands.
#[derive(Clone, Debug, Serialize)]
pub struct Status {
    /// The store.
    pub store: String,
    /// Sources by state.
    pub summary: Summary,
    /// By name.
    pub sources: Vec<SourceStatus>,
    /// Configured and added sources that have never answered, by name.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub unanswered: Vec<UnansweredSource>,
    /// The newest first.
    pub runs: Vec<RunStatus>,
    /// Workers and leases; none where the store is a file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fleet: Option<Fleet>,
}

/// The number of sources by state; each is in one, and may be due as well.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Summary {
    /// All of them.
    pub sources: usize,
    /// Everything was harvested.
    pub complete: usize,
    /// Records or dates are missing, or a list is unfinished.
    pub incomplete: usize,
    /// The last attempt failed.
    pub failing: usize,
    /// Configured or added, and not yet tried.
    pub new: usize,
    /// To be harvested by the next `offprint run`.
    pub due: usize,
}

/// The state of a source.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// The last attempt failed.
    Failing,
    /// Records or dates are missing and not acknowledged, or a list is unfinished.
    Incomplete,
    /// Configured or added, and not yet tried.
    New,
    /// Everything was harvested.
    #[default]
    Complete,
}

impl State {
    /// Returns the word, as in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Failing => "failing",
            Self::Incomplete => "incomplete",
            Self::New => "new",
            Self::Complete => "complete",
        }
    }
}

/// A configured or added source that has never answered.
#[derive(Clone, Debug, Serialize)]
pub struct UnansweredSource {
    /// Name.
    pub name: String,
    /// Base URL as configured, without secrets.
    pub base_url: DisplaySafeUrl,
    /// Failing or new.
    pub state: State,
    /// When it is to be tried again; in the past: by the next run.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_attempt: Option<Time>,
    /// The outcome of its harvests.
    #[serde(flatten)]
    pub attempts: Attempts,
}

/// Where a source stands.
#[derive(Clone, Debug, Serialize)]
pub struct SourceStatus {
    /// Name.
    pub name: String,
    /// Base URL.
    pub base_url: DisplaySafeUrl,
    /// The state.
    pub state: State,
    /// When it is to be harvested again, where it is configured or added; in the past: by the next run.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_attempt: Option<Time>,
    /// The repositoryName of Identify.
    pub repository_name: Option<String>,
    /// Software behind it: that of Identify, else what its records show signs of.
    pub software: Option<Software>,
    /// The signs it was recognised by.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub software_signs: Vec<String>,
    /// Records by state.
    pub records: Counts,
    /// One per format and set.
    pub streams: Vec<StreamStatus>,
    /// The open gaps.
    pub gaps: Vec<Gap>,
    /// The outcome of the newest runs of a configured or added source, if they failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub attempts: Option<Attempts>,
}

/// Where a stream stands.
#[derive(Clone, Debug, Serialize)]
pub struct StreamStatus {
    /// metadataPrefix.
    pub prefix: String,
    /// setSpec.
    pub set: Option<String>,
    /// Changes up to this time are in the store.
    pub harvested_until: Option<Time>,
    /// True if a list is under way: the next harvest resumes it.
    pub unfinished: bool,
    /// Live records in this format.
    pub records: u64,
    /// Records that the server cannot give in this format.
    pub absent: u64,
}

/// A run.
#[derive(Clone, Debug, Serialize)]
pub struct RunStatus {
    /// Number, for `--changed-since`.
    pub run: RunNo,
    /// The command.
    pub kind: String,
    /// Begun.
    pub started: Time,
    /// Ended.
    pub ended: Option<Time>,
    /// The outcome.
    pub outcome: Option<String>,
}

/// Something that could not be fetched.
#[derive(Clone, Debug, Serialize)]
pub struct Missing<'a> {
    /// Name of its source.
    pub source: &'a str,
    /// The gap and its reason.
    #[serde(flatten)]
    pub gap: &'a Gap,
}
