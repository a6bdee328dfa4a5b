//! The windows that are fetched in the place of one that failed.

use chrono::{DateTime, TimeDelta, Utc};

use crate::harvest::HarvestError;
use crate::harvest::failure::WindowFailure;
use crate::harvest::fetch::Progress;
use crate::harvest::page_history::Order;
use crate::harvest::plan::{WindowRange, date_range, end_of_day, start_of_day};
use crate::harvest::remedy::Remedy;
use crate::harvest::window::{Window, WindowKind, WindowState, latest, time_of};
use crate::harvest::work::ListWork;
use crate::oai::{Datestamp, Granularity};
use crate::store::FailureKind;

/// Days of the narrowest window that is split by its days.
const NARROWEST: i64 = 1;

/// The windows in the place of one whose records come in the order of their datestamps: what it has brought, and the
/// rest.
pub(super) fn continuation(
    work: &ListWork<'_>,
    window: &Window,
    progress: Progress,
) -> Option<Vec<Window>> {
    let (order, date) = progress.date?;
    let dates = work.cx.dates;
    let by_day = dates.by_day || dates.granularity == Granularity::Day;
    let second = TimeDelta::seconds(1);
    let format = |time: DateTime<Utc>| Some(dates.granularity.format(time));
    let bound = |bound: &Option<String>| bound.as_deref().and_then(time_of);
    let (from, until) = (bound(&window.from), bound(&window.until));
    let (covered, rest) = match order {
        Order::Ascending => {
            let cut = if by_day { start_of_day(date) } else { date };
            let floor = |time| if by_day { start_of_day(time) } else { time };
            if from.is_some_and(|from| cut <= floor(from)) || until.is_some_and(|until| cut > until)
            {
                return None;
            }
            (
                (window.from.clone(), format(cut - second)),
                (format(cut), window.until.clone()),
            )
        }
        Order::Descending => {
            let cut = if by_day { end_of_day(date) } else { date };
            let ceil = |time| if by_day { end_of_day(time) } else { time };
            if until.is_some_and(|until| cut >= ceil(until)) || from.is_some_and(|from| cut < from)
            {
                return None;
            }
            (
                (format(cut + second), window.until.clone()),
                (window.from.clone(), format(cut)),
            )
        }
    };
    let range = |(from, until)| WindowRange { from, until };
    Some(vec![
        window.covered_part(range(covered)),
        window.part(range(rest)),
    ])
}

pub(super) fn parts_of(window: &Window, ranges: Vec<WindowRange>) -> Vec<Window> {
    ranges.into_iter().map(|range| window.part(range)).collect()
}

/// The narrower ranges of a remedy. Learns how wide a window may be.
pub(super) fn parts_for(
    work: &mut ListWork<'_>,
    window: &Window,
    failure: &WindowFailure,
    remedy: Remedy,
) -> Vec<WindowRange> {
    if remedy == Remedy::BeforeEarliest {
        return years_before_earliest(work, window, failure);
    }
    if remedy == Remedy::CalendarUnits {
        // Of a window that was refused nothing is known but that: no window is narrower than a day by its days.
        let days = work.cx.dates.days(window);
        let refused = days.map(|days| (days - 1).max(NARROWEST));
        let widest = work.facts.widest_window_days.into_iter().chain(refused);
        work.facts.widest_window_days = widest.min();
        return parts_by_date(work, window, FailureKind::TooWide);
    }
    parts_by_date(work, window, failure.kind())
}

/// The parts of a window that is wider than the server is known to accept, which it need not be sent.
pub(super) fn accepted_parts(work: &ListWork<'_>, window: &Window) -> Option<Vec<Window>> {
    let widest = work.facts.widest_window_days?.max(NARROWEST);
    let days = work.cx.dates.days(window)?;
    let is_part = window.parent_no.is_some() && window.kind == WindowKind::List;
    if !is_part || window.token.is_some() || days <= widest {
        return None;
    }
    let ranges = work
        .cx
        .dates
        .within(window.range(), work.cx.earliest(), latest(None), widest);
    Some(parts_of(window, ranges))
}

/// The narrower ranges of a window that failed in this way.
pub(super) fn parts_by_date(
    work: &ListWork<'_>,
    window: &Window,
    kind: FailureKind,
) -> Vec<WindowRange> {
    let (earliest, latest) = (work.cx.earliest(), latest(Some(window)));
    let (from, until) = (window.from.as_deref(), window.until.as_deref());
    let dates = work.cx.dates;
    match kind {
        FailureKind::TooWide => dates.split_by_calendar_unit(from, until, earliest, latest),
        FailureKind::PageFailed => dates.split_closed(from, until, earliest, latest),
        _ => dates.split(from, until, earliest, latest),
    }
}

/// The years before all that the server says it has, in the place of a list that is open at its start.
fn years_before_earliest(
    work: &mut ListWork<'_>,
    window: &Window,
    failure: &WindowFailure,
) -> Vec<WindowRange> {
    let until = window.until.as_deref().and_then(Datestamp::parse);
    let Some(until) = until else { return vec![] };
    let is_accepted =
        |other: &&Window| other.list_no == window.list_no && other.state == WindowState::Done;
    let accepted = work
        .stream
        .windows
        .iter()
        .filter(is_accepted)
        .filter_map(|other| work.cx.dates.days(other));
    let widest = work
        .facts
        .widest_window_days
        .into_iter()
        .chain(accepted.max())
        .min();
    let (mut ranges, begins) = work.cx.dates.split_before_earliest(until.time, widest);
    if matches!(failure, WindowFailure::PageFailed(_)) && window.seen == 0 {
        work.report.note(format!(
            "the server takes no list that is open at its start: what is dated before {begins} was not requested"
        ));
    } else if let Some(first) = Datestamp::parse(&begins).filter(|_| !ranges.is_empty()) {
        // Something is there, and such a list is accepted: the rest may hold it.
        let granularity = work.cx.dates.granularity;
        ranges.push(WindowRange {
            from: None,
            until: Some(granularity.format(first.time - granularity.granule())),
        });
    }
    ranges
}

/// All that is open, record by record, in the place of its parts by date: where even the narrowest list of records
/// fails, its width is not the reason.
pub(super) fn merge_open_windows(work: &mut ListWork<'_>, window: &Window) -> Vec<Window> {
    work.facts.widest_window_days = None;
    let ranges: Vec<WindowRange> = work
        .stream
        .windows
        .iter()
        .filter(|other| other.is_open())
        .map(Window::range)
        .collect();
    let granularity = work.cx.dates.granularity;
    let Some(open) = date_range(&ranges, granularity) else {
        return vec![];
    };
    let bound = |time: Option<DateTime<Utc>>| time.map(|time| granularity.format(time));
    let whole = window.part(WindowRange {
        from: bound(open.start),
        until: bound(open.end),
    });
    // The range is the last unbroken one, and a gap that is requested again may lie before it.
    let whole = if whole.contains(window) {
        whole
    } else {
        window.part(window.range())
    };
    work.drop_open(window, |other| whole.contains(other));
    vec![whole.fetched_as(WindowKind::Identifiers)]
}

/// A window for each set of the repository.
pub(super) async fn by_sets(
    work: &mut ListWork<'_>,
    window: &Window,
) -> Result<Vec<Window>, HarvestError> {
    let sets = work.list_sets().await?;
    Ok(sets
        .into_iter()
        // The set of a whole journal is no narrower, and OJS's totals for `driver` are wrong.
        .filter(|set| set.spec.contains(':') && set.spec != "driver")
        .map(|set| Window {
            set_spec: Some(set.spec),
            ..window.fetched_as(WindowKind::List)
        })
        .collect())
}
