//! Bounds on one run: a list that never ends must end.

use std::fmt;
use std::time::Duration;

use crate::harvest::SourceReport;

/// Bounds of one source in one run; the next run resumes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RunBudget {
    /// Records on pages.
    pub max_records: u64,
    /// Bytes of pages, after content coding.
    pub max_bytes: u64,
    /// Time.
    pub max_time: Duration,
}

impl Default for RunBudget {
    fn default() -> Self {
        Self {
            max_records: 50_000_000,
            max_bytes: 500_000_000_000,
            max_time: Duration::from_hours(24),
        }
    }
}

/// A bound that a run has come to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RunLimit {
    /// Records.
    Records(u64),
    /// Bytes.
    Bytes(u64),
    /// Time.
    Time(Duration),
}

impl fmt::Display for RunLimit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Records(most) => write!(f, "stopped after {most} records (max_records)"),
            Self::Bytes(most) => write!(f, "stopped after {most} bytes (max_bytes)"),
            Self::Time(most) => write!(f, "stopped after {} seconds (max_time)", most.as_secs()),
        }?;
        f.write_str("; the next run resumes")
    }
}

/// The bounds of records and bytes, which are looked at between requests. That of time ends a request too, and is
/// kept where the source's harvest begins.
#[derive(Clone, Copy, Debug)]
pub(super) struct RunLimits(pub(super) RunBudget);

impl RunLimits {
    /// Returns the bound that was reached, if any.
    pub(super) fn reached(&self, report: &SourceReport) -> Option<RunLimit> {
        let RunBudget {
            max_records,
            max_bytes,
            ..
        } = self.0;
        if report.tally.records >= max_records {
            Some(RunLimit::Records(max_records))
        } else if report.bytes >= max_bytes {
            Some(RunLimit::Bytes(max_bytes))
        } else {
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn says_which_bound_was_reached() {
        let mut report = SourceReport::new("a", "https://a.example/oai");
        let limits = RunLimits(RunBudget {
            max_records: 10,
            max_bytes: 1000,
            ..RunBudget::default()
        });
        assert_eq!(limits.reached(&report), None);
        report.bytes = 1000;
        assert_eq!(limits.reached(&report), Some(RunLimit::Bytes(1000)));
        report.tally.records = 10;
        assert_eq!(limits.reached(&report), Some(RunLimit::Records(10)));
    }
}
