//! The table of remedies, read from top to bottom: the first row that applies decides.

use super::kinds::Remedy;
use super::situation::{Headers, Situation};
use crate::oai::ErrorCode;
use crate::store::{FailureKind, WindowKind};

/// Missing records that are requested one by one rather than by narrower lists.
const FEW: usize = 6;
/// The same where the list itself came to its end, so that narrower ones would bring no more.
const FEW_AT_END: usize = 100;

/// A row of the table.
pub(in crate::harvest) struct Rule {
    /// Kinds of failure it is for; all when empty.
    pub(in crate::harvest) failures: &'static [FailureKind],
    /// When it applies, in words.
    pub(in crate::harvest) when: &'static str,
    pub(super) applies: fn(&Situation<'_>) -> bool,
    /// The remedy.
    pub(in crate::harvest) remedy: Remedy,
    /// Why.
    pub(in crate::harvest) reason: &'static str,
}

const fn rule(
    failures: &'static [FailureKind],
    when: &'static str,
    applies: fn(&Situation<'_>) -> bool,
    remedy: Remedy,
    reason: &'static str,
) -> Rule {
    Rule {
        failures,
        when,
        applies,
        remedy,
        reason,
    }
}

use FailureKind as F;

/// Failures of a list whose identifiers may show the missing records.
const COMPARABLE: &[FailureKind] = &[
    F::PageFailed,
    F::TokenRefused,
    F::Loop,
    F::Incomplete,
    F::FullPageWithoutToken,
    F::EndUnproven,
    F::FormatRefused,
];
/// Failures of a list whose pages came.
const CUT: &[FailureKind] = &[
    F::TokenRefused,
    F::Loop,
    F::Incomplete,
    F::FullPageWithoutToken,
];

/// The table.
#[expect(
    clippy::redundant_closure_for_method_calls,
    reason = "a method of one lifetime is no function for all of them"
)]
pub(super) const RULES: &[Rule] = &[
    rule(
        &[],
        "the window verifies an overlap",
        |s| s.window.kind == WindowKind::VerifyOverlap,
        Remedy::FetchList,
        "what changed there has to be fetched anyway",
    ),
    rule(
        &[F::Incomplete],
        "the window verifies a count, and names all that has come",
        |s| s.window.kind == WindowKind::VerifyCount && s.signs.names_all_received,
        Remedy::AcceptUnverified,
        "completeListSize was wrong: OJS counts some records twice",
    ),
    rule(
        &[F::EndUnproven],
        "the window verifies a count",
        |s| s.window.kind == WindowKind::VerifyCount,
        Remedy::Accept,
        "its identifiers have come to their end",
    ),
    rule(
        &[],
        "the window verifies a count",
        |s| s.window.kind == WindowKind::VerifyCount,
        Remedy::Gap,
        "nobody knows what is missing",
    ),
    rule(
        &[F::FormatRefused],
        "the repository does not offer the format",
        |s| s.signs.format_unknown,
        Remedy::Stop,
        "nothing of it can be had",
    ),
    rule(
        &[F::Refused],
        "the repository has no sets",
        |s| s.has_code(&ErrorCode::NoSetHierarchy),
        Remedy::Stop,
        "nothing of the set can be had",
    ),
    rule(
        &[],
        "the request budget of the list is spent",
        |s| s.signs.budget_spent,
        Remedy::GiveUp,
        "a list that fails may cost 2 × a plain client, 3 for each record that lists do not bring, and 40",
    ),
    rule(
        &[F::Refused],
        "badArgument for times of day",
        |s| s.has_code(&ErrorCode::BadArgument) && s.signs.has_times,
        Remedy::WholeDays,
        "some servers refuse the granularity that they advertise",
    ),
    rule(
        &[F::Refused],
        "badArgument before the earliest datestamp",
        |s| s.has_code(&ErrorCode::BadArgument) && s.signs.precedes_earliest,
        Remedy::Accept,
        "there is nothing before it",
    ),
    rule(
        &[F::Refused],
        "badArgument for a `from` that the harvest chose",
        |s| s.has_code(&ErrorCode::BadArgument) && s.signs.may_drop_from,
        Remedy::DropFrom,
        "some servers reject what lies before the time they were started, which they call their earliest datestamp",
    ),
    rule(
        &[F::Refused],
        "any other error of the protocol",
        |_| true,
        Remedy::Gap,
        "the same request would be refused again",
    ),
    rule(
        &[F::PageFailed],
        "an error with a code of the server's own, the first time",
        |s| s.failure.is_nonstandard_code() && s.is_first(),
        Remedy::Restart,
        "it may pass like a status 500",
    ),
    rule(
        &[F::PageFailed],
        "nothing at all where the whole list should be",
        |s| {
            s.failure.is_empty_response()
                && s.is_list()
                && s.signs.is_untouched
                && !s.signs.emptiness_asked
        },
        Remedy::ConfirmEmpty,
        "some servers answer status 204 or an empty body where noRecordsMatch should stand",
    ),
    rule(
        &[F::PageFailed],
        "ListIdentifiers confirms that nothing has changed",
        |s| s.signs.is_confirmed_empty && s.signs.is_increment,
        Remedy::AcceptUnverified,
        "the cursor stays, so that the next harvest requests the same again",
    ),
    rule(
        &[F::PageFailed],
        "ListIdentifiers confirms that there is nothing",
        |s| s.signs.is_confirmed_empty,
        Remedy::Gap,
        "of a list from the beginning, an empty response says nothing",
    ),
    rule(
        &[F::PageFailed, F::TooWide, F::TokenRefused, F::Loop],
        "the window lies before the earliest datestamp",
        |s| s.signs.precedes_earliest && s.signs.is_divisible,
        Remedy::BeforeEarliest,
        "some servers take no list that is open at its start, and earliestDatestamp may be wrong",
    ),
    rule(
        &[F::TooWide],
        "even a list of less than an hour, and no list of records was accepted",
        |s| s.is_list() && s.signs.is_below_an_hour && !s.signs.accepts_list_records,
        Remedy::MergeByIdentifiers,
        "its width is not the reason",
    ),
    rule(
        &[F::PageFailed, F::TooWide],
        "the server ignores dates, and ListIdentifiers was not asked",
        |s| s.is_list() && s.facts.ignores_dates && s.is_bounded() && s.may_compare(),
        Remedy::WholeListByIdentifiers,
        "each part by date is the whole list",
    ),
    rule(
        &[F::TooWide],
        "it can be split by dates",
        |s| s.signs.is_divisible,
        Remedy::CalendarUnits,
        "the next lists begin with the width that was accepted",
    ),
    rule(
        &[F::TooWide],
        "no list of records was accepted",
        |s| s.is_list() && !s.signs.accepts_list_records,
        Remedy::MergeByIdentifiers,
        "its width is not the reason",
    ),
    rule(
        &[F::TooWide],
        "a list of records",
        |s| s.is_list(),
        Remedy::ByIdentifiers,
        "a list of headers is smaller",
    ),
    rule(
        &[F::PageFailed],
        "window after window fails, no list of records was accepted, and ListIdentifiers fails as well",
        |s| {
            s.is_list()
                && s.signs.fails_throughout
                && !s.signs.accepts_list_records
                && s.headers == Headers::Unavailable
                && s.signs.is_divisible
        },
        Remedy::CalendarUnits,
        "the server may accept only narrow windows, and answer 500 to others",
    ),
    rule(
        &[F::PageFailed],
        "window after window fails, and no list of records was accepted",
        |s| s.is_list() && s.signs.fails_throughout && !s.signs.accepts_list_records,
        Remedy::MergeByIdentifiers,
        "narrower lists would fail as well",
    ),
    rule(
        &[F::FullPageWithoutToken],
        "the version that the server names ends its lists properly, or the server was found to",
        |s| s.is_list() && (s.signs.ends_lists_properly || s.facts.full_last_page),
        Remedy::Accept,
        "the last page is as long as the others",
    ),
    rule(
        COMPARABLE,
        "all that its identifiers name has come",
        |s| s.missing_at_most(0),
        Remedy::Accept,
        "there is no more",
    ),
    rule(
        COMPARABLE,
        "a few of the records that its identifiers name are missing",
        |s| s.missing_at_most(FEW),
        Remedy::FetchMissing,
        "cheaper than lists that would fail again",
    ),
    rule(
        &[F::Incomplete, F::EndUnproven],
        "some are missing at the end of a list",
        |s| s.missing_at_most(FEW_AT_END),
        Remedy::FetchMissing,
        "the list itself leaves them out",
    ),
    rule(
        &[F::FormatRefused],
        "most records lack the format",
        |s| s.signs.is_mostly_absent && s.headers != Headers::Unknown,
        Remedy::ByIdentifiers,
        "each list would be refused because of some of them",
    ),
    rule(
        COMPARABLE,
        "many are missing, of several datestamps",
        |s| {
            matches!(
                s.headers,
                Headers::Missing {
                    is_divisible: true,
                    ..
                }
            )
        },
        Remedy::SplitByMissing,
        "all healthy records come by lists, and what fails is known by name",
    ),
    rule(
        COMPARABLE,
        "many are missing, all of one datestamp",
        |s| matches!(s.headers, Headers::Missing { .. }),
        Remedy::ByIdentifiers,
        "no list can tell them apart",
    ),
    rule(
        &[F::TokenRefused],
        "the token was of an earlier run",
        |s| s.signs.is_resumed && s.is_first(),
        Remedy::Restart,
        "it has expired",
    ),
    rule(
        &[F::Loop],
        "a page shorter than others leads to itself, and ListIdentifiers was not asked",
        |s| s.signs.is_single_short_page && s.may_compare(),
        Remedy::CompareIdentifiers,
        "the list has but this page, and its token means nothing",
    ),
    rule(
        &[F::Loop],
        "a page shorter than others leads to itself",
        |s| s.signs.is_single_short_page,
        Remedy::AcceptUnverified,
        "the list has but this page, and its token means nothing",
    ),
    rule(
        &[
            F::PageFailed,
            F::TokenRefused,
            F::Loop,
            F::FullPageWithoutToken,
        ],
        "its records come in the order of their datestamps",
        |s| s.signs.advances,
        Remedy::Continue,
        "what lies behind need not be requested again",
    ),
    rule(
        COMPARABLE,
        "a list of records, and ListIdentifiers was not asked",
        |s| s.may_compare() && (s.is_list() || s.failure.kind() == F::FormatRefused),
        Remedy::CompareIdentifiers,
        "one list of headers tells what is missing",
    ),
    rule(
        &[F::EndUnproven],
        "ListIdentifiers fails as well, or it was a list of identifiers",
        |_| true,
        Remedy::AcceptUnverified,
        "every page that came was whole",
    ),
    rule(
        &[F::Incomplete],
        "a list of identifiers that is short by little",
        |s| !s.is_list() && s.failure.is_small_shortage(),
        Remedy::AcceptUnverified,
        "completeListSize was wrong",
    ),
    rule(
        &[F::TokenRefused, F::Loop, F::Incomplete],
        "the first time",
        |s| s.is_first(),
        Remedy::Restart,
        "the list may have been edited, or the token have expired",
    ),
    rule(
        &[F::FullPageWithoutToken],
        "the server ignores dates",
        |s| s.facts.ignores_dates,
        Remedy::AcceptUnverified,
        "no other list could say more",
    ),
    rule(
        CUT,
        "a list of identifiers brought nothing new and fails like the window it is a part of",
        |s| s.signs.fails_like_parent && s.window.fresh == 0 && s.window.kind != WindowKind::List,
        Remedy::Gap,
        "still narrower parts would fail as well",
    ),
    rule(
        &[
            F::PageFailed,
            F::TokenRefused,
            F::Loop,
            F::Incomplete,
            F::FullPageWithoutToken,
            F::FormatRefused,
        ],
        "it can be split by dates",
        |s| s.signs.is_divisible,
        Remedy::Halve,
        "what is healthy comes with one of the halves",
    ),
    rule(
        &[F::FullPageWithoutToken],
        "of another length than pages have as a rule",
        |s| s.window.seen % 100 != 0,
        Remedy::AcceptUnverified,
        "no smaller part has more",
    ),
    rule(
        &[F::FormatRefused],
        "a list of records",
        |s| s.is_list(),
        Remedy::ByIdentifiers,
        "GetRecord tells which records lack the format",
    ),
    rule(
        &[],
        "a list of records of no set",
        |s| s.is_list() && !s.signs.has_set,
        Remedy::BySets,
        "each set is narrower",
    ),
    rule(
        &[],
        "nothing of that",
        |_| true,
        Remedy::Gap,
        "nothing smaller is left",
    ),
];

/// The last row, which always applies.
pub(super) static LAST: Rule = rule(
    &[],
    "nothing of that",
    |_| true,
    Remedy::Gap,
    "nothing smaller is left",
);
