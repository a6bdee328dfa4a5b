//! Windows: the ranges of datestamps that a list is fetched in. This file is their data; what is done when one fails
//! is decided in `remedy`.
//!
//! ```text
//!                 page committed
//!                 ┌──────────┐
//!                 ▼          │
//!   todo ──────▶ open ───────┘
//!                 ├── its end was seen and its count agrees ─────────▶ done
//!                 │
//!                 │   it failed:
//!                 ├── begin again, other kind, narrower parts ───────▶ split   (the parts are todo)
//!                 ├── all that its identifiers name has come ────────▶ done
//!                 └── nothing smaller, or the budget is spent ───────▶ gap
//! ```
//!
//! | kind | requests | used for |
//! |---|---|---|
//! | `list` | ListRecords | the ordinary case |
//! | `identifiers` | ListIdentifiers, then GetRecord for each record that the list has not brought | lists of records fail, or some items lack the format |
//! | `get` | GetRecord | the pages of single records of a list |
//! | `verify_overlap` | ListIdentifiers | what an incremental list would bring once more is compared with the store |
//! | `verify_count` | ListIdentifiers | parts came to fewer records than the whole had promised |

use chrono::{DateTime, TimeDelta, Utc};

use crate::harvest::plan::WindowRange;
use crate::oai::{Datestamp, Verb};
use crate::store::WindowNo;
pub(super) use crate::store::{Window, WindowKind, WindowState};

impl Window {
    /// Returns whether it is still to be fetched, or fetched on.
    pub fn is_open(&self) -> bool {
        matches!(self.state, WindowState::Todo | WindowState::Open)
    }

    /// Returns the verb of its list requests.
    pub(super) fn verb(&self) -> Verb {
        match self.kind {
            WindowKind::List => Verb::ListRecords,
            WindowKind::Identifiers
            | WindowKind::Get
            | WindowKind::VerifyOverlap
            | WindowKind::VerifyCount => Verb::ListIdentifiers,
        }
    }

    /// Returns its datestamps.
    pub(super) fn range(&self) -> WindowRange {
        WindowRange {
            from: self.from.clone(),
            until: self.until.clone(),
        }
    }

    /// Returns a window over the same range that has not begun; it is no longer a part of another.
    pub(super) fn restarted(&self) -> Self {
        Self {
            kind: self.kind,
            set_spec: self.set_spec.clone(),
            ..Self::todo(
                WindowNo::START,
                self.list_no,
                self.from.clone(),
                self.until.clone(),
            )
        }
    }

    /// Returns a part of it, to be fetched the same way.
    pub(super) fn part(&self, range: WindowRange) -> Self {
        Self {
            from: range.from,
            until: range.until,
            parent_no: Some(self.window_no),
            ..self.restarted()
        }
    }

    /// Returns the same range, to be fetched another way.
    pub(super) fn fetched_as(&self, kind: WindowKind) -> Self {
        Self {
            kind,
            parent_no: Some(self.window_no),
            ..self.restarted()
        }
    }

    /// Returns a part of it that needs no request: what it has brought covers that part.
    pub(super) fn covered_part(&self, range: WindowRange) -> Self {
        Self {
            state: WindowState::Done,
            first_response: self.first_response.clone(),
            newest: self.newest.clone(),
            ..self.part(range)
        }
    }

    /// Returns the window with bounds of whole days where they have times of day, which a server may refuse although
    /// it advertises a granularity of seconds.
    pub(super) fn with_day_granularity(&self) -> Option<Self> {
        let day = |bound: &Option<String>| {
            bound
                .as_deref()
                .map(|bound| bound.split('T').next().unwrap_or_default().to_owned())
        };
        let (from, until) = (day(&self.from), day(&self.until));
        let differs = from != self.from || until != self.until;
        differs.then(|| self.part(WindowRange { from, until }))
    }

    /// Returns whether another window lies within this one.
    pub(super) fn contains(&self, part: &Self) -> bool {
        let time = |bound: &Option<String>| bound.as_deref().and_then(time_of);
        let (from, until) = (time(&part.from), time(&part.until));
        let after = time(&self.from).is_none_or(|first| from.is_some_and(|from| from >= first));
        let before = time(&self.until).is_none_or(|last| until.is_some_and(|until| until <= last));
        after && before && (self.set_spec.is_none() || self.set_spec == part.set_spec)
    }

    /// Returns whether a datestamp lies within it.
    pub(super) fn holds(&self, datestamp: &str) -> bool {
        let Some(date) = time_of(datestamp) else {
            return self.from.is_none();
        };
        let bound = |bound: &Option<String>| bound.as_deref().and_then(Datestamp::parse);
        let after = bound(&self.from).is_none_or(|from| date >= from.time);
        let before = bound(&self.until).is_none_or(|until| match until.granularity {
            crate::oai::Granularity::Day => date.date_naive() <= until.time.date_naive(),
            crate::oai::Granularity::Second => date <= until.time,
        });
        after && before
    }
}

/// Returns the time that a bound of a window names.
pub(super) fn time_of(bound: &str) -> Option<DateTime<Utc>> {
    Datestamp::parse(bound).map(|date| date.time)
}

/// Returns the time that stands for the open end of a window: a server's clock may be ahead of ours, and so may the
/// dates of its records.
pub(super) fn latest(window: Option<&Window>) -> DateTime<Utc> {
    let tomorrow = Utc::now() + TimeDelta::days(1);
    let newest = window
        .and_then(|window| window.newest.as_deref())
        .and_then(time_of);
    newest.map_or(tomorrow, |newest| tomorrow.max(newest))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::ListNo;

    fn window(from: Option<&str>, until: Option<&str>) -> Window {
        Window::todo(
            WindowNo(1),
            ListNo(1),
            from.map(str::to_owned),
            until.map(str::to_owned),
        )
    }

    #[test]
    fn contains_what_lies_within() {
        let year = window(Some("2024-01-01"), Some("2024-12-31"));
        assert!(year.contains(&window(Some("2024-02-01"), Some("2024-02-29"))));
        assert!(!year.contains(&window(Some("2024-02-01"), None)));
        assert!(window(None, None).contains(&year));
    }

    #[test]
    fn holds_the_whole_of_its_last_day() {
        let year = window(Some("2024-01-01"), Some("2024-12-31"));
        assert!(year.holds("2024-12-31T23:59:59Z"));
        assert!(!year.holds("2025-01-01"));
    }

    #[test]
    fn a_restarted_window_has_brought_nothing() {
        let mut open = window(None, None);
        open.seen = 20;
        open.token = Some("x".to_owned());
        assert_eq!(open.restarted(), window(None, None).restarted());
    }
}
