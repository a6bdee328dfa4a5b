//! What is done about a failed window.

use crate::store::WindowState;

/// The remedy for a failed window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::harvest) enum Remedy {
    /// Begin it again from its start.
    Restart,
    /// Go on from the datestamp that it has come to.
    Continue,
    /// List its identifiers, and see which the list has not brought; then look here again.
    CompareIdentifiers,
    /// Ask again whether there is nothing, by ListIdentifiers; then look here again.
    ConfirmEmpty,
    /// Request what is missing by GetRecord.
    FetchMissing,
    /// List the two halves of what is missing.
    SplitByMissing,
    /// List the two halves of its dates.
    Halve,
    /// List its years; of a year the months, of a month the days, of a day the halves.
    CalendarUnits,
    /// List it by whole days.
    WholeDays,
    /// List it without its `from`.
    DropFrom,
    /// List the years before the earliest datestamp one by one.
    BeforeEarliest,
    /// List its identifiers, and request each record.
    ByIdentifiers,
    /// The same for all that is still open, as one window.
    MergeByIdentifiers,
    /// The same for the whole list.
    WholeListByIdentifiers,
    /// List its sets one by one.
    BySets,
    /// Fetch it as a list of records.
    FetchList,
    /// Accept it as it is.
    Accept,
    /// Accept it, and say that it could not be verified.
    AcceptUnverified,
    /// Note a gap.
    Gap,
    /// Note gaps for all that is still open.
    GiveUp,
    /// Stop the source.
    Stop,
}

impl Remedy {
    /// Returns the state that the window goes to; none where the table is looked at again, or nothing goes on.
    pub(in crate::harvest) fn next_state(self) -> Option<WindowState> {
        match self {
            Self::CompareIdentifiers | Self::ConfirmEmpty | Self::Stop => None,
            Self::FetchMissing | Self::Accept | Self::AcceptUnverified => Some(WindowState::Done),
            Self::Gap | Self::GiveUp => Some(WindowState::Gap),
            _ => Some(WindowState::Split),
        }
    }

    /// Returns what it does, in words.
    pub(in crate::harvest) fn describe(self) -> &'static str {
        match self {
            Self::Restart => "begin it again, once",
            Self::Continue => "go on from the datestamp it has come to",
            Self::CompareIdentifiers => "list its identifiers, then look further",
            Self::ConfirmEmpty => "ask ListIdentifiers whether it is empty, then look further",
            Self::FetchMissing => "request what is missing by GetRecord",
            Self::SplitByMissing => "list the two halves of what is missing",
            Self::Halve => "list the two halves of its dates",
            Self::CalendarUnits => "list its years, months or days",
            Self::WholeDays => "list it by whole days",
            Self::DropFrom => "list it without `from`",
            Self::BeforeEarliest => "list the years before it one by one",
            Self::ByIdentifiers => "list its identifiers, and request each record",
            Self::MergeByIdentifiers => {
                "list the identifiers of all that is open, and request each record"
            }
            Self::WholeListByIdentifiers => "list all identifiers, and request each record",
            Self::BySets => "list its sets one by one",
            Self::FetchList => "fetch it as a list of records",
            Self::Accept => "accept it",
            Self::AcceptUnverified => "accept it, with a note",
            Self::Gap => "note a gap",
            Self::GiveUp => "note gaps for all that is open",
            Self::Stop => "stop the source",
        }
    }
}
