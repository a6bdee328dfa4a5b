//! What is known when a window has failed.

use crate::harvest::failure::WindowFailure;
use crate::oai::ErrorCode;
use crate::store::{ServerFacts, Window, WindowKind};

/// The identifiers of the window by ListIdentifiers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::harvest) enum Headers {
    /// It was not asked.
    Unknown,
    /// It fails as well, or names nothing at all.
    Unavailable,
    /// So many of the records that it names have not come.
    Missing {
        /// The number of them.
        count: usize,
        /// True if their datestamps distinguish them.
        is_divisible: bool,
    },
}

/// Signs by which the rows of the table differ.
#[derive(Clone, Copy, Debug, Default)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a question of its own to the state of the harvest"
)]
// shape: one field for each question that a row of the table asks
pub(in crate::harvest) struct Signs {
    /// The list has cost as much as it may.
    pub(in crate::harvest) budget_spent: bool,
    /// The window it is a part of failed in the same way.
    pub(in crate::harvest) fails_like_parent: bool,
    /// The records come in the order of their datestamps, and those have advanced.
    pub(in crate::harvest) advances: bool,
    /// It was resumed from the token of an earlier run.
    pub(in crate::harvest) is_resumed: bool,
    /// It has brought one page, shorter than others of the list.
    pub(in crate::harvest) is_single_short_page: bool,
    /// It can be split by dates.
    pub(in crate::harvest) is_divisible: bool,
    /// It spans less than an hour.
    pub(in crate::harvest) is_below_an_hour: bool,
    /// It has times of day, and could be listed by whole days.
    pub(in crate::harvest) has_times: bool,
    /// It lies before all that the server says it has.
    pub(in crate::harvest) precedes_earliest: bool,
    /// The `from` was chosen by the harvest, not by a person.
    pub(in crate::harvest) may_drop_from: bool,
    /// It lists what may have changed since a complete list.
    pub(in crate::harvest) is_increment: bool,
    /// It is the whole list, and has not begun.
    pub(in crate::harvest) is_untouched: bool,
    /// ListIdentifiers was asked whether it is empty.
    pub(in crate::harvest) emptiness_asked: bool,
    /// And it is.
    pub(in crate::harvest) is_confirmed_empty: bool,
    /// The server has accepted a list of records, however narrow.
    pub(in crate::harvest) accepts_list_records: bool,
    /// Window after window has failed.
    pub(in crate::harvest) fails_throughout: bool,
    /// Most records lack the format, as a sample shows.
    pub(in crate::harvest) is_mostly_absent: bool,
    /// The server does not offer the format.
    pub(in crate::harvest) format_unknown: bool,
    /// The version that the server names does not cut its lists.
    pub(in crate::harvest) ends_lists_properly: bool,
    /// It names as many records as have come.
    pub(in crate::harvest) names_all_received: bool,
    /// The harvest is restricted to a set already.
    pub(in crate::harvest) has_set: bool,
}

/// All that decides.
pub(in crate::harvest) struct Situation<'a> {
    pub(in crate::harvest) failure: &'a WindowFailure,
    pub(in crate::harvest) window: &'a Window,
    pub(in crate::harvest) facts: &'a ServerFacts,
    pub(in crate::harvest) headers: Headers,
    pub(in crate::harvest) signs: Signs,
}

impl Situation<'_> {
    pub(super) fn is_list(&self) -> bool {
        self.window.kind == WindowKind::List
    }

    pub(super) fn is_first(&self) -> bool {
        self.window.restarts == 0 && !self.signs.fails_like_parent
    }

    pub(super) fn is_bounded(&self) -> bool {
        self.window.from.is_some() || self.window.until.is_some()
    }

    pub(super) fn has_code(&self, code: &ErrorCode) -> bool {
        self.failure.code() == Some(code)
    }

    pub(super) fn missing_at_most(&self, most: usize) -> bool {
        matches!(self.headers, Headers::Missing { count, .. } if count <= most)
    }

    pub(super) fn may_compare(&self) -> bool {
        self.headers == Headers::Unknown
    }
}
