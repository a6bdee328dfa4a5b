//! The remedy for a failed window. One table, read from top to bottom: the first row that applies decides. It
//! does nothing by itself; `recovery` carries it out.

use std::fmt;

use crate::harvest::failure::WindowFailure;
use crate::oai::ErrorCode;
use crate::store::{FailureKind, ServerFacts, Window, WindowKind, WindowState};

/// Missing records that are requested one by one rather than by narrower lists.
const FEW: usize = 6;
/// The same where the list itself came to its end, so that narrower ones would bring no more.
const FEW_AT_END: usize = 100;

/// The remedy for a failed window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Remedy {
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
    pub(super) fn next_state(self) -> Option<WindowState> {
        match self {
            Self::CompareIdentifiers | Self::ConfirmEmpty | Self::Stop => None,
            Self::FetchMissing | Self::Accept | Self::AcceptUnverified => Some(WindowState::Done),
            Self::Gap | Self::GiveUp => Some(WindowState::Gap),
            _ => Some(WindowState::Split),
        }
    }

    /// Returns what it does, in words.
    pub(super) fn describe(self) -> &'static str {
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

/// The identifiers of the window by ListIdentifiers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Headers {
    /// It was not asked.
    Unknown,
    /// It fails as well.
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
pub(super) struct Signs {
    /// The list has cost as much as it may.
    pub(super) budget_spent: bool,
    /// The window it is a part of failed in the same way.
    pub(super) fails_like_parent: bool,
    /// The records come in the order of their datestamps, and those have advanced.
    pub(super) advances: bool,
    /// It was resumed from the token of an earlier run.
    pub(super) is_resumed: bool,
    /// It has brought one page, shorter than others of the list.
    pub(super) is_single_short_page: bool,
    /// It can be split by dates.
    pub(super) is_divisible: bool,
    /// It spans less than an hour.
    pub(super) is_below_an_hour: bool,
    /// It has times of day, and could be listed by whole days.
    pub(super) has_times: bool,
    /// It lies before all that the server says it has.
    pub(super) precedes_earliest: bool,
    /// The `from` was chosen by the harvest, not by a person.
    pub(super) may_drop_from: bool,
    /// It lists what may have changed since a complete list.
    pub(super) is_increment: bool,
    /// It is the whole list, and has not begun.
    pub(super) is_untouched: bool,
    /// ListIdentifiers was asked whether it is empty.
    pub(super) emptiness_asked: bool,
    /// And it is.
    pub(super) is_confirmed_empty: bool,
    /// The server has accepted a list of records, however narrow.
    pub(super) accepts_list_records: bool,
    /// Window after window has failed.
    pub(super) fails_throughout: bool,
    /// Most records lack the format, as a sample shows.
    pub(super) is_mostly_absent: bool,
    /// The server does not offer the format.
    pub(super) format_unknown: bool,
    /// The version that the server names does not cut its lists.
    pub(super) ends_lists_properly: bool,
    /// It names as many records as have come.
    pub(super) names_all_received: bool,
    /// The harvest is restricted to a set already.
    pub(super) has_set: bool,
}

/// All that decides.
pub(super) struct Situation<'a> {
    pub(super) failure: &'a WindowFailure,
    pub(super) window: &'a Window,
    pub(super) facts: &'a ServerFacts,
    pub(super) headers: Headers,
    pub(super) signs: Signs,
}

impl Situation<'_> {
    fn is_list(&self) -> bool {
        self.window.kind == WindowKind::List
    }

    fn is_first(&self) -> bool {
        self.window.restarts == 0 && !self.signs.fails_like_parent
    }

    fn is_bounded(&self) -> bool {
        self.window.from.is_some() || self.window.until.is_some()
    }

    fn has_code(&self, code: &ErrorCode) -> bool {
        self.failure.code() == Some(code)
    }

    fn missing_at_most(&self, most: usize) -> bool {
        matches!(self.headers, Headers::Missing { count, .. } if count <= most)
    }

    fn may_compare(&self) -> bool {
        self.headers == Headers::Unknown
    }
}

/// A row of the table.
pub(super) struct Rule {
    /// Kinds of failure it is for; all when empty.
    pub(super) failures: &'static [FailureKind],
    /// When it applies, in words.
    pub(super) when: &'static str,
    applies: fn(&Situation<'_>) -> bool,
    /// The remedy.
    pub(super) remedy: Remedy,
    /// Why.
    pub(super) reason: &'static str,
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

/// Returns the row that applies.
pub(super) fn remedy(situation: &Situation<'_>) -> &'static Rule {
    let kind = situation.failure.kind();
    RULES
        .iter()
        .filter(|rule| rule.failures.is_empty() || rule.failures.contains(&kind))
        .find(|rule| (rule.applies)(situation))
        .unwrap_or(&LAST)
}

/// The last row, which always applies.
static LAST: Rule = rule(
    &[],
    "nothing of that",
    |_| true,
    Remedy::Gap,
    "nothing smaller is left",
);

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let failures: Vec<&str> = self.failures.iter().map(|kind| name(*kind)).collect();
        let failures = if failures.is_empty() {
            "any".to_owned()
        } else {
            failures.join(", ")
        };
        let state = match self.remedy.next_state() {
            Some(WindowState::Done) => "done",
            Some(WindowState::Gap) => "gap",
            Some(_) => "split",
            None => "–",
        };
        write!(
            f,
            "| {failures} | {} | {} | {state} | {} |",
            self.when,
            self.remedy.describe(),
            self.reason
        )
    }
}

/// The name of a failure for people.
fn name(kind: FailureKind) -> &'static str {
    match kind {
        F::PageFailed => "page failed",
        F::TooWide => "too wide",
        F::TokenRefused => "token refused",
        F::Loop => "loop",
        F::Incomplete => "incomplete",
        F::FullPageWithoutToken => "full page without token",
        F::EndUnproven => "end unproven",
        F::Refused => "refused",
        F::FormatRefused => "format refused",
        F::Changed => "changed",
    }
}

/// The table for people, in Markdown.
#[cfg(test)]
pub(super) fn table() -> String {
    let mut table =
        String::from("| failure | when | what is done | window | why |\n|---|---|---|---|---|\n");
    for rule in RULES {
        table.push_str(&rule.to_string());
        table.push('\n');
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::harvest::failure::Shortage;
    use crate::oai::ProtocolError;
    use crate::store::{ListNo, WindowNo};

    fn decide(failure: &WindowFailure, headers: Headers, signs: Signs) -> Remedy {
        decide_for(
            &Window::todo(WindowNo(1), ListNo(1), None, None),
            failure,
            headers,
            signs,
        )
    }

    fn decide_for(
        window: &Window,
        failure: &WindowFailure,
        headers: Headers,
        signs: Signs,
    ) -> Remedy {
        remedy(&Situation {
            failure,
            window,
            facts: &ServerFacts::default(),
            headers,
            signs,
        })
        .remedy
    }

    #[rstest::rstest]
    #[case(0, true, Remedy::Accept)]
    #[case(6, true, Remedy::FetchMissing)]
    #[case(7, true, Remedy::SplitByMissing)]
    #[case(7, false, Remedy::ByIdentifiers)]
    fn missing_records_decide_the_remedy(
        #[case] count: usize,
        #[case] is_divisible: bool,
        #[case] wanted: Remedy,
    ) {
        let headers = Headers::Missing {
            count,
            is_divisible,
        };
        assert_eq!(
            decide(&WindowFailure::Loop, headers, Signs::default()),
            wanted
        );
    }

    #[test]
    fn a_spent_budget_ends_the_list_whatever_failed() {
        let signs = Signs {
            budget_spent: true,
            advances: true,
            ..Signs::default()
        };
        assert_eq!(
            decide(&WindowFailure::Loop, Headers::Unknown, signs),
            Remedy::GiveUp
        );
    }

    #[test]
    fn a_sorted_list_continues_where_it_stopped() {
        let signs = Signs {
            advances: true,
            ..Signs::default()
        };
        let token = WindowFailure::TokenRefused(None);
        assert_eq!(decide(&token, Headers::Unknown, signs), Remedy::Continue);
    }

    #[test]
    fn a_rejected_from_is_dropped() {
        let refused = WindowFailure::Refused(ProtocolError {
            code: ErrorCode::BadArgument,
            message: String::new(),
        });
        let signs = Signs {
            may_drop_from: true,
            ..Signs::default()
        };
        assert_eq!(decide(&refused, Headers::Unknown, signs), Remedy::DropFrom);
        assert_eq!(
            decide(&refused, Headers::Unknown, Signs::default()),
            Remedy::Gap
        );
    }

    #[test]
    fn a_count_check_that_finds_all_records_refutes_complete_list_size() {
        let short = WindowFailure::Incomplete(Shortage {
            came: 47,
            promised: 60,
            last_page_full: false,
        });
        let window = Window {
            kind: WindowKind::VerifyCount,
            ..Window::todo(WindowNo(1), ListNo(1), None, None)
        };
        let signs = Signs {
            names_all_received: true,
            ..Signs::default()
        };
        let verdict = |signs| decide_for(&window, &short, Headers::Unknown, signs);
        assert_eq!(verdict(signs), Remedy::AcceptUnverified);
        assert_eq!(verdict(Signs::default()), Remedy::Gap);
    }

    #[test]
    fn every_row_has_words_and_the_last_applies_always() {
        for rule in RULES {
            assert!(!rule.when.is_empty() && !rule.reason.is_empty());
            assert!(!rule.remedy.describe().is_empty());
        }
        assert_eq!(
            decide(
                &WindowFailure::Changed,
                Headers::Unavailable,
                Signs {
                    has_set: true,
                    ..Signs::default()
                }
            ),
            Remedy::Gap
        );
    }

    /// The manual has the table as it stands here.
    #[test]
    fn the_manual_has_the_table() {
        const BEGIN: &str = "<!-- table of remedies: written by a test -->\n";
        const END: &str = "<!-- end of the table of remedies -->";
        let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/bad-input.md");
        let page = std::fs::read_to_string(&path).unwrap_or_default();
        let (head, rest) = page
            .split_once(BEGIN)
            .expect("the page marks where the table begins");
        let (_, tail) = rest.split_once(END).expect("and where it ends");
        let wanted = format!("{head}{BEGIN}\n{}\n{END}{tail}", table());
        if std::env::var_os("OFFPRINT_BLESS").is_some() {
            std::fs::write(&path, &wanted).expect("the manual can be written");
        }
        assert!(
            page == wanted || std::env::var_os("OFFPRINT_BLESS").is_some(),
            "docs/bad-input.md differs from the table; OFFPRINT_BLESS=1 writes it again"
        );
    }

    /// The picture in the module documentation of `window` and in the manual names each state that a remedy leads to.
    #[test]
    fn the_picture_shows_the_transitions_of_the_table() {
        let source = include_str!("window.rs");
        let manual = include_str!("../../docs/bad-input.md");
        let picture: Vec<&str> = source
            .lines()
            .skip_while(|line| !line.starts_with("//! ```text"))
            .skip(1)
            .take_while(|line| !line.starts_with("//! ```"))
            .map(|line| line.trim_start_matches("//!").trim())
            .collect();
        let in_manual = |line: &&str| manual.contains(*line);
        assert!(
            picture.iter().all(in_manual),
            "the manual has another picture"
        );
        let text = picture.join("\n");
        for state in RULES.iter().filter_map(|rule| rule.remedy.next_state()) {
            let word = match state {
                WindowState::Done => "▶ done",
                WindowState::Gap => "▶ gap",
                WindowState::Split => "▶ split",
                WindowState::Todo | WindowState::Open => panic!("no remedy leads back"),
            };
            assert!(text.contains(word), "{word}");
        }
    }
}
