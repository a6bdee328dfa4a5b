//! The course of a window's list so far, by which one that goes in circles, ends too soon or does not heed its
//! dates is known.

use std::collections::HashSet;

use crate::harvest::endpoint::AskError;
use xxhash_rust::xxh3::xxh3_64;

use crate::oai::{Datestamp, ErrorCode, ListEnd, Page, ProtocolError, Request};
use crate::store::Window;

/// Pages in a row without a record but with a token that are borne.
const MAX_EMPTY_PAGES: u32 = 10;
/// Pages in a row of which every record had come before, as in a list that goes round and round, that are borne.
const MAX_STALE_PAGES: u32 = 10;

/// How the walk of a window ended.
#[derive(Debug)]
pub(super) enum WindowEnd {
    /// All of it was had.
    Done,
    /// Something is wrong with it.
    Trouble(Trouble),
    /// As much as was asked for was had.
    Limited,
    /// Nothing more can be had from this source now.
    Stopped(AskError),
}

/// What is wrong with a window.
#[derive(Debug)]
pub(super) enum Trouble {
    /// A page of it cannot be had.
    Poison(AskError),
    /// Its token was refused: it expired, or never was good.
    TokenRefused,
    /// A page or token came again.
    Looping,
    /// It ended before all that completeListSize promised had come.
    Short(Shortage),
    /// A full page came without a token, as OJS 3.3.0-1 to -5 end every list.
    FullPageWithoutToken,
    /// The server answers with an error that a list should not have.
    Refused(ProtocolError),
    /// Much of what was to be compared has changed.
    Changed,
}

impl Trouble {
    /// Whether the server answers with an error whose code is its own, which may pass like a status 500.
    pub(super) fn is_of_its_own(&self) -> bool {
        matches!(self, Self::Refused(error) if matches!(error.code, ErrorCode::Other(_)))
    }
}

/// By how much a list fell short of its promise.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Shortage {
    /// Different records that came.
    pub(super) came: i64,
    /// completeListSize.
    pub(super) promised: i64,
    /// Its last page was as full as the others, as a list's last seldom is.
    pub(super) last_page_full: bool,
}

impl Shortage {
    /// Whether so little is missing that the count itself may be wrong, or a record have slipped over a page's
    /// edge: OJS counts some twice, and pages by offset over a list that is being edited.
    pub(super) fn is_small(self) -> bool {
        let missing = self.promised - self.came;
        !self.last_page_full && missing <= 100 && missing <= (self.promised / 10).max(1)
    }
}

impl std::fmt::Display for Trouble {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Poison(error) => error.fmt(f),
            Self::TokenRefused => f.write_str("the resumptionToken was refused"),
            Self::Looping => f.write_str("the list came back to a page it had given before"),
            Self::Short(Shortage { came, promised, .. }) => {
                write!(
                    f,
                    "the list ended after {came} of the {promised} records it promised"
                )
            }
            Self::FullPageWithoutToken => f.write_str("a full page came without a resumptionToken"),
            Self::Refused(error) => write!(f, "the server refused: {error}"),
            Self::Changed => f.write_str("much of what was known has changed"),
        }
    }
}

/// Where a page leads.
pub(super) enum Step {
    Next(Request),
    End(WindowEnd),
}

/// What the pages of a window have been so far.
#[derive(Default)]
pub(super) struct Course {
    tokens: HashSet<String>,
    hashes: HashSet<u64>,
    empty_pages: u32,
    stale_pages: u32,
    /// Hashes of the identifiers that have come.
    identifiers: HashSet<u64>,
    /// Records whose identifier had come before.
    repeated: i64,
    /// Records on its first page, when there are more.
    page_size: Option<usize>,
}

impl Course {
    /// Whether this page, empty ones apart, has come before.
    pub(super) fn came_before(&mut self, page: &Page, hash: u64) -> bool {
        if page.records.is_empty() {
            self.empty_pages += 1;
            return false;
        }
        self.empty_pages = 0;
        !self.hashes.insert(hash)
    }

    /// Whether a token was led on by before.
    pub(super) fn knows(&self, token: &str) -> bool {
        self.tokens.contains(token)
    }

    /// Whether a token leads back, or through pages without anything new and without an end.
    pub(super) fn leads_back(&mut self, token: &str, asked: &Request) -> bool {
        let own = matches!(asked, Request::Resume { token: sent, .. } if sent == token);
        own || !self.tokens.insert(token.to_owned())
            || self.empty_pages > MAX_EMPTY_PAGES
            || self.stale_pages > MAX_STALE_PAGES
    }

    /// Takes note of a page that leads on.
    pub(super) fn goes_on(&mut self, page: &Page) {
        self.page_size.get_or_insert(page.records.len());
    }

    /// Takes note of the identifiers of a page.
    pub(super) fn sees(&mut self, page: &Page) {
        let mut fresh = false;
        for record in &page.records {
            if self
                .identifiers
                .insert(xxh3_64(record.identifier.as_bytes()))
            {
                fresh = true;
            } else {
                self.repeated += 1;
            }
        }
        if fresh {
            self.stale_pages = 0;
        } else if !page.records.is_empty() {
            self.stale_pages += 1;
        }
    }

    /// Whether all has come that a window's list promised.
    pub(super) fn has_all(&self, window: &Window) -> bool {
        window
            .list_size
            .is_some_and(|promised| promised > 0 && window.seen - self.repeated >= promised)
    }

    /// Takes note of records that came before this walk was begun: in a window that is gone on with, the store
    /// knows them.
    pub(super) fn repeats(&mut self, records: u64) {
        self.repeated += i64::try_from(records).unwrap_or(i64::MAX);
    }

    /// Whether a list that says it is at its end is.
    pub(super) fn judge_end(&self, window: &Window, page: &Page) -> WindowEnd {
        // Without another page to compare with, one of ten, fifty, a hundred records may well be full.
        let listed = page.records.len();
        let last_page_full = self
            .page_size
            .map_or(listed >= 10 && listed.is_multiple_of(10), |size| {
                listed >= size
            });
        let came = window.seen - self.repeated;
        if let Some(promised) = window.list_size
            && came < promised
        {
            return WindowEnd::Trouble(Trouble::Short(Shortage {
                came,
                promised,
                last_page_full,
            }));
        }
        if last_page_full && page.end == ListEnd::NoToken && window.list_size.is_none() {
            return WindowEnd::Trouble(Trouble::FullPageWithoutToken);
        }
        WindowEnd::Done
    }
}

/// What is said of a server that does not heed dates.
pub(super) const IGNORES_DATES: &str =
    "the server does not heed from and until: it lists everything each time";

/// Whether most live records of a page lie outside of the dates that were asked for, by more than the two days
/// that a server's idea of a day may be off.
pub(super) fn ignores_dates(window: &Window, page: &Page) -> bool {
    let bound = |text: &Option<String>| {
        text.as_deref()
            .and_then(Datestamp::parse)
            .map(|date| date.time)
    };
    let (from, until) = (bound(&window.from), bound(&window.until));
    if from.is_none() && until.is_none() {
        return false;
    }
    let slack = chrono::TimeDelta::days(2);
    let (mut live, mut outside) = (0_usize, 0_usize);
    for record in page.records.iter().filter(|record| !record.deleted) {
        let Some(date) = Datestamp::parse(&record.datestamp) else {
            continue;
        };
        live += 1;
        let early = from.is_some_and(|from| date.time < from - slack);
        let late = until.is_some_and(|until| date.time > until + slack);
        outside += usize::from(early || late);
    }
    outside * 2 > live
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::oai::{RecordRef, ResumptionToken};
    use crate::store::{ListNo, WindowNo};

    fn page(records: usize, end: ListEnd) -> Page {
        Page {
            records: vec![RecordRef::default(); records],
            end,
            ..Page::default()
        }
    }

    fn window(seen: i64, promised: Option<i64>) -> Window {
        Window {
            seen,
            list_size: promised,
            ..Window::todo(WindowNo(1), ListNo(1), None, None)
        }
    }

    #[test]
    fn ends_that_are_ends_and_ends_that_are_none() {
        let mut two_pages = Course::default();
        two_pages.goes_on(&page(100, ListEnd::More(ResumptionToken::default())));
        let done = |course: &Course, window: &Window, page: &Page| {
            matches!(course.judge_end(window, page), WindowEnd::Done)
        };
        assert!(done(
            &two_pages,
            &window(150, Some(150)),
            &page(50, ListEnd::Empty)
        ));
        assert!(!done(
            &two_pages,
            &window(150, Some(151)),
            &page(50, ListEnd::Empty)
        ));
        assert!(done(
            &two_pages,
            &window(150, None),
            &page(50, ListEnd::NoToken)
        ));
        assert!(!done(
            &two_pages,
            &window(200, None),
            &page(100, ListEnd::NoToken)
        ));
        assert!(done(
            &two_pages,
            &window(200, None),
            &page(100, ListEnd::Empty)
        ));
        let one_page = Course::default();
        assert!(done(
            &one_page,
            &window(7, None),
            &page(7, ListEnd::NoToken)
        ));
        assert!(!done(
            &one_page,
            &window(100, None),
            &page(100, ListEnd::NoToken)
        ));
        // A record that came twice hides one that slipped.
        two_pages.sees(&page(2, ListEnd::Empty));
        assert!(!done(
            &two_pages,
            &window(150, Some(150)),
            &page(50, ListEnd::Empty)
        ));
    }

    #[test]
    fn small_shortages_are_told_from_lost_pages() {
        let short = |came, promised, last_page_full| {
            Shortage {
                came,
                promised,
                last_page_full,
            }
            .is_small()
        };
        assert!(short(150, 151, false));
        assert!(!short(100, 151, true));
        assert!(!short(20, 151, false));
        assert!(short(5, 6, false));
    }

    #[test]
    fn dates_that_are_not_heeded() {
        let record = |date: &str| RecordRef {
            datestamp: date.to_owned(),
            ..RecordRef::default()
        };
        let of = |dates: &[&str]| Page {
            records: dates.iter().map(|date| record(date)).collect(),
            ..Page::default()
        };
        let window = Window {
            from: Some("2024-01-10".to_owned()),
            ..Window::todo(WindowNo(1), ListNo(1), None, None)
        };
        assert!(!ignores_dates(&window, &of(&["2024-01-09", "2024-02-01"])));
        assert!(ignores_dates(
            &window,
            &of(&["2020-01-01", "2021-01-01", "2024-02-01"])
        ));
        assert!(!ignores_dates(
            &Window::todo(WindowNo(1), ListNo(1), None, None),
            &of(&["2020-01-01"])
        ));
    }
}
