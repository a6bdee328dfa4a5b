//! The sources of the collection with their counts, as they are cached.

use crate::provider::SourceLine;
use crate::report::FailingSource;
use crate::store::Counts;

/// A source, its counts, and why it fails.
#[derive(Debug)]
pub(super) struct Line {
    pub(super) source: SourceLine,
    pub(super) counts: Counts,
    pub(super) failing: Option<FailingSource>,
}

/// The sources of the collection.
#[derive(Debug)]
pub(super) struct Sources {
    /// By name.
    pub(super) lines: Vec<Line>,
    /// Sources that fail and have never answered.
    pub(super) unanswered: Vec<FailingSource>,
}
