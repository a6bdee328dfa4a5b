//! The history of the pages of a window, by which a list that goes in circles, ends too soon or ignores its
//! dates is recognised.

use std::collections::HashSet;

use chrono::{DateTime, Utc};
use xxhash_rust::xxh3::xxh3_64;

use crate::harvest::failure::{Shortage, WindowFailure};
use crate::oai::{Datestamp, ListEnd, Page, Request};
use crate::store::Window;

/// Consecutive pages without a record but with a token that are tolerated.
const MAX_EMPTY_PAGES: u32 = 3;
/// Consecutive pages without a new record, as in a list that goes round and round, that are tolerated.
const MAX_STALE_PAGES: u32 = 10;

/// The order in which datestamps came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Order {
    /// Never earlier than the one before.
    Ascending,
    /// Never later than the one before.
    Descending,
}

/// The history of the pages of a window.
#[derive(Debug, Default)]
pub(super) struct PageHistory {
    tokens: HashSet<String>,
    hashes: HashSet<u64>,
    pages: u64,
    empty_pages: u32,
    stale_pages: u32,
    /// Hashes of the identifiers that have come.
    identifiers: HashSet<u64>,
    /// Records whose identifier had come before.
    repeated: i64,
    /// Records on its first page, when there are more.
    page_size: Option<usize>,
    dates: DateTrail,
}

/// Records of a page that show in which order a list comes.
const ORDER_SAMPLE: usize = 4;

/// The datestamps of the records that came, in their order.
#[derive(Clone, Debug, Default)]
struct DateTrail {
    last: Option<DateTime<Utc>>,
    rises: bool,
    falls: bool,
    /// Those of the last page that had records.
    page: Vec<DateTime<Utc>>,
}

impl DateTrail {
    fn add_page(&mut self, dates: Vec<DateTime<Utc>>) {
        for &date in &dates {
            if let Some(last) = self.last {
                self.rises |= date > last;
                self.falls |= date < last;
            }
            self.last = Some(date);
        }
        if !dates.is_empty() {
            self.page = dates;
        }
    }

    /// The datestamp at three quarters of the last page: its very last records may be out of order, such as edited ones
    /// in a list by identifier, and would not show it.
    fn safe_date(&self) -> Option<DateTime<Utc>> {
        let enough = self.page.len() >= ORDER_SAMPLE;
        let at = self.page.len().saturating_sub(1) * 3 / 4;
        self.page.get(at).copied().filter(|_| enough)
    }
}

impl PageHistory {
    /// Returns pages that came, empty ones included.
    pub(super) fn pages(&self) -> u64 {
        self.pages
    }

    /// Returns different pages with records that came.
    pub(super) fn record_pages(&self) -> u64 {
        self.hashes.len() as u64
    }

    /// Returns the records on the one page with records that has come; none when there were several.
    pub(super) fn single_page(&self) -> Option<usize> {
        (self.hashes.len() == 1).then_some(self.identifiers.len())
    }

    /// Returns whether the last page had no record.
    pub(super) fn is_past_records(&self) -> bool {
        self.empty_pages > 0
    }

    /// Returns whether this page, empty ones apart, has come before.
    pub(super) fn is_repeat(&mut self, page: &Page, hash: u64) -> bool {
        self.pages += 1;
        if page.records.is_empty() {
            self.empty_pages += 1;
            return false;
        }
        self.empty_pages = 0;
        !self.hashes.insert(hash)
    }

    /// Returns whether a token was followed before.
    pub(super) fn has_token(&self, token: &str) -> bool {
        self.tokens.contains(token)
    }

    /// Returns whether a token leads back, or through pages without anything new and without an end.
    pub(super) fn is_loop(&mut self, token: &str, sent: &Request) -> bool {
        let own = matches!(sent, Request::Resume { token: sent, .. } if sent == token);
        own || !self.tokens.insert(token.to_owned())
            || self.empty_pages >= MAX_EMPTY_PAGES
            || self.stale_pages > MAX_STALE_PAGES
    }

    /// Returns whether a list that does not say how long it is seems to have ended: an empty page leads to itself, or
    /// several follow one another, behind pages that had records.
    pub(super) fn seems_ended(&self, window: &Window, leads_back: bool) -> bool {
        let had_records = !self.identifiers.is_empty();
        let empty = self.empty_pages >= MAX_EMPTY_PAGES || (self.empty_pages > 0 && leads_back);
        window.list_size.is_none() && had_records && empty
    }

    /// Notes the size of a page that leads on.
    pub(super) fn set_page_size(&mut self, page: &Page) {
        self.page_size.get_or_insert(page.records.len());
    }

    /// Records the identifiers and datestamps of a page. Returns how many of its records are new to the window.
    pub(super) fn record_identifiers(&mut self, page: &Page) -> u64 {
        let mut fresh = 0;
        for record in &page.records {
            if self
                .identifiers
                .insert(xxh3_64(record.identifier.as_bytes()))
            {
                fresh += 1;
            } else {
                self.repeated += 1;
            }
        }
        let dates = page
            .records
            .iter()
            .filter_map(|record| Datestamp::parse(&record.datestamp));
        self.dates.add_page(dates.map(|date| date.time).collect());
        if fresh > 0 {
            self.stale_pages = 0;
        } else if !page.records.is_empty() {
            self.stale_pages += 1;
        }
        fresh
    }

    /// Returns whether all has come that a window's list promised.
    pub(super) fn has_all(&self, window: &Window) -> bool {
        window
            .list_size
            .is_some_and(|promised| promised > 0 && window.seen - self.repeated >= promised)
    }

    /// Counts records that came before this walk was begun: in a window that is resumed, the store knows them.
    pub(super) fn add_repeats(&mut self, records: u64) {
        self.repeated += i64::try_from(records).unwrap_or(i64::MAX);
    }

    /// Returns the datestamp up to which the list has come, and its order, where its records came in the order of
    /// their datestamps: what lies behind need not be requested again.
    pub(super) fn progress(&self) -> Option<(Order, DateTime<Utc>)> {
        let date = self.dates.safe_date()?;
        match (self.dates.rises, self.dates.falls) {
            (true, false) => Some((Order::Ascending, date)),
            (false, true) => Some((Order::Descending, date)),
            _ => None,
        }
    }

    /// Returns what is wrong with a list that says it is at its end; nothing when it is.
    pub(super) fn check_end(&self, window: &Window, page: &Page) -> Option<WindowFailure> {
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
            return Some(WindowFailure::Incomplete(Shortage {
                came,
                promised,
                last_page_full,
            }));
        }
        let is_cut = last_page_full && page.end == ListEnd::NoToken && window.list_size.is_none();
        is_cut.then_some(WindowFailure::FullPageWithoutToken)
    }
}

/// The note on a server that ignores dates.
pub(super) const IGNORES_DATES: &str =
    "the server ignores from and until: it lists everything each time";

/// Returns whether most live records of a page lie outside of the dates that were requested, by more than the two days
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

    fn dated(dates: &[&str]) -> Page {
        let record = |date: &&str| RecordRef {
            datestamp: (*date).to_owned(),
            identifier: (*date).to_owned(),
            ..RecordRef::default()
        };
        Page {
            records: dates.iter().map(record).collect(),
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
    fn tells_ends_from_lists_that_are_cut() {
        let mut two_pages = PageHistory::default();
        two_pages.set_page_size(&page(100, ListEnd::More(ResumptionToken::default())));
        let done = |history: &PageHistory, window: &Window, page: &Page| {
            history.check_end(window, page).is_none()
        };
        let (counted, uncounted) = (window(150, Some(150)), window(150, None));
        assert!(done(&two_pages, &counted, &page(50, ListEnd::Empty)));
        assert!(!done(
            &two_pages,
            &window(150, Some(151)),
            &page(50, ListEnd::Empty)
        ));
        assert!(done(&two_pages, &uncounted, &page(50, ListEnd::NoToken)));
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
        let one_page = PageHistory::default();
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
        two_pages.record_identifiers(&page(2, ListEnd::Empty));
        assert!(!done(&two_pages, &counted, &page(50, ListEnd::Empty)));
    }

    #[test]
    fn progress_is_known_where_datestamps_come_in_order() {
        let progress = |dates: &[&str]| {
            let mut history = PageHistory::default();
            history.record_identifiers(&dated(dates));
            history
                .progress()
                .map(|(order, date)| (order, date.to_rfc3339()))
        };
        assert_eq!(
            progress(&["2024-01-01", "2024-01-01", "2024-02-01", "2024-03-01"]),
            Some((Order::Ascending, "2024-02-01T00:00:00+00:00".to_owned()))
        );
        assert_eq!(
            progress(&["2024-04-01", "2024-03-01", "2024-02-01", "2024-01-01"]),
            Some((Order::Descending, "2024-02-01T00:00:00+00:00".to_owned()))
        );
        assert_eq!(
            progress(&["2024-02-01", "2024-01-01", "2024-03-01", "2024-04-01"]),
            None
        );
        assert_eq!(
            progress(&["2024-01-01", "2024-02-01"]),
            None,
            "too few to tell"
        );
    }

    #[test]
    fn recognises_dates_that_are_ignored() {
        let window = Window {
            from: Some("2024-01-10".to_owned()),
            ..Window::todo(WindowNo(1), ListNo(1), None, None)
        };
        assert!(!ignores_dates(
            &window,
            &dated(&["2024-01-09", "2024-02-01"])
        ));
        assert!(ignores_dates(
            &window,
            &dated(&["2020-01-01", "2021-01-01", "2024-02-01"])
        ));
        assert!(!ignores_dates(
            &Window::todo(WindowNo(1), ListNo(1), None, None),
            &dated(&["2020-01-01"])
        ));
    }
}
