//! One list of a stream: begun or resumed, fetched, and its end noted.

use chrono::{DateTime, TimeDelta, Utc};

use crate::harvest::HarvestError;
use crate::harvest::overlap::overlap_windows;
use crate::harvest::plan::{DateRange, WindowRange, cursor_after, listed_range};
use crate::harvest::record_queue::RecordQueue;
use crate::harvest::records::{RecordOutcome, get_record};
use crate::harvest::report::ListSeen;
use crate::harvest::session::fetch_windows;
use crate::harvest::source_plan::SourcePlan;
use crate::harvest::window::{Window, WindowKind, WindowState, latest};
use crate::harvest::work::ListWork;
use crate::oai::Datestamp;
use crate::store::{FormatAbsence, Gap, ListNo, NewGap, StreamUpdate, WindowNo};

/// Harvests a stream: resumes what is open, else begins a new list.
pub(super) async fn harvest_stream(
    work: &mut ListWork<'_>,
    plan: &SourcePlan,
) -> Result<ListSeen, HarvestError> {
    let bounded = plan.extent.from.is_some() || plan.extent.until.is_some();
    let resumes = !bounded && !plan.is_full() && work.stream.windows.iter().any(Window::is_open);
    if resumes {
        work.report.note("resumed where the last run had stopped");
    } else {
        work.stream.windows = first_windows(work, plan).await?;
        work.cx
            .store
            .replace_windows(work.cx.source, work.stream.stream_no, &work.stream.windows)
            .await?;
    }
    let list_no = work
        .stream
        .windows
        .iter()
        .map(|window| window.list_no)
        .max()
        .unwrap_or_default();
    let ranges = retry_gaps(work, list_no).await?;
    fetch_windows(work).await?;
    if work.stream.windows.iter().all(|window| window.seen == 0)
        && let Some(set) = work.stream.set_spec.clone()
    {
        check_set(work, set).await?;
    }
    let seen = finish_list(work, list_no).await?;
    close_ranges(work, &ranges, seen.whole).await?;
    Ok(seen)
}

/// The stored cursor, unless it lies in the future: then it comes from a clock that was ahead, and would hide all
/// changes until that time has come.
fn trusted_cursor(work: &ListWork<'_>) -> Option<DateTime<Utc>> {
    work.stream
        .cursor
        .filter(|cursor| *cursor <= Utc::now() + TimeDelta::days(1))
}

/// Returns the windows of a new list: everything, or what may have changed since the cursor; in one, unless the server
/// is known to accept only narrower ones.
async fn first_windows(
    work: &mut ListWork<'_>,
    plan: &SourcePlan,
) -> Result<Vec<Window>, HarvestError> {
    let dates = work.cx.dates;
    let bound = |value: &Option<String>, is_until| {
        value
            .as_ref()
            .map(|value| {
                dates
                    .bound(value, is_until)
                    .ok_or_else(|| HarvestError::BadDate {
                        value: value.clone(),
                    })
            })
            .transpose()
    };
    let (mut from, until) = (
        bound(&plan.extent.from, false)?,
        bound(&plan.extent.until, true)?,
    );
    if from.is_none()
        && until.is_none()
        && !plan.is_full()
        && !plan.extent.full_list_due
        && let Some(cursor) = trusted_cursor(work)
    {
        let after = dates.from_after(cursor);
        if work.facts.widest_window_days.is_none()
            && let Some(windows) = overlap_windows(work, cursor, &after).await?
        {
            return Ok(work.numbered(windows));
        }
        from = accepted_from(work, after);
    }
    let list_no = work.stream.last_list.next();
    let ranges = match work.facts.widest_window_days {
        Some(widest) => dates.within(
            WindowRange { from, until },
            work.cx.earliest(),
            latest(None),
            widest,
        ),
        None => vec![WindowRange { from, until }],
    };
    let kind = if work.is_partial_format() {
        WindowKind::Identifiers
    } else {
        WindowKind::List
    };
    let windows = ranges.into_iter().map(|range| Window {
        kind,
        ..Window::todo(WindowNo::START, list_no, range.from, range.until)
    });
    Ok(work.numbered(windows.collect()))
}

/// The `from` of an incremental list, as the server accepts it: none where it rejects what lies before the time that it
/// calls its earliest datestamp.
fn accepted_from(work: &ListWork<'_>, from: String) -> Option<String> {
    if !work.facts.rejects_early_from {
        return Some(from);
    }
    let time = |bound: &str| Datestamp::parse(bound).map(|date| date.time);
    let earliest = time(&work.cx.identify.earliest_datestamp);
    let is_early = earliest
        .zip(time(&from))
        .is_some_and(|(earliest, from)| from < earliest);
    (!is_early).then_some(from)
}

/// Requests what could not be fetched before: records one by one, at once; ranges of datestamps with the rest of the
/// list. Returns the gaps that are ranges.
async fn retry_gaps(work: &mut ListWork<'_>, list_no: ListNo) -> Result<Vec<Gap>, HarvestError> {
    let stream_no = work.stream.stream_no;
    let mut gaps = work.cx.store.gaps(work.cx.source.source_id).await?;
    gaps.retain(|gap| gap.stream_no == stream_no);
    let (single, ranges): (Vec<Gap>, Vec<Gap>) =
        gaps.into_iter().partition(|gap| gap.identifier.is_some());
    reopen_ranges(work, &ranges, list_no).await?;
    // Those that are skipped stay as they are.
    let mut queue = RecordQueue::from(single);
    while let Some(gap) = queue.next(&mut work.streak) {
        let Some(identifier) = gap.identifier.clone() else {
            continue;
        };
        let batch = match get_record(work, &identifier, list_no).await? {
            RecordOutcome::Fetched(mut batch) => {
                queue.on_success(&mut work.streak);
                batch.closed_gaps.push(gap.gap_no);
                *batch
            }
            RecordOutcome::Absent => {
                queue.on_success(&mut work.streak);
                let prefix = work.stream.metadata_prefix.clone();
                work.facts.partial_formats.insert(prefix);
                let mut batch = work.empty_batch();
                batch.absences.push(FormatAbsence {
                    identifier,
                    datestamp: String::new(),
                });
                batch
            }
            RecordOutcome::Failed(reason) => {
                work.streak.record_failure(&reason);
                let mut batch = work.empty_batch();
                batch.gaps.push(NewGap {
                    identifier: gap.identifier.clone(),
                    from: gap.from,
                    until: gap.until,
                    reason,
                });
                batch
            }
        };
        work.commit(batch).await?;
    }
    Ok(ranges)
}

/// Opens a window for each range that no open window covers.
async fn reopen_ranges(
    work: &mut ListWork<'_>,
    ranges: &[Gap],
    list_no: ListNo,
) -> Result<(), HarvestError> {
    for gap in ranges {
        let range = WindowRange {
            from: gap.from.clone(),
            until: gap.until.clone(),
        };
        let is_covered = work.stream.windows.iter().any(|window| {
            window.is_open() && window.set_spec.is_none() && window.range() == range
                || window.from.is_none() && window.until.is_none() && window.is_open()
        });
        if is_covered {
            continue;
        }
        let window = Window::todo(work.next_window_no(), list_no, range.from, range.until);
        work.save_windows(vec![window.clone()], vec![]).await?;
        work.stream.windows.push(window);
    }
    Ok(())
}

/// Closes the gaps whose ranges came now, or that narrower gaps stand for; all of them after a complete list. One that
/// failed again as a whole is the same gap still, with what a person noted of it.
async fn close_ranges(
    work: &mut ListWork<'_>,
    ranges: &[Gap],
    is_complete: bool,
) -> Result<(), HarvestError> {
    let lost = |gap: &&Gap| {
        work.stream.windows.iter().any(|window| {
            window.state == WindowState::Gap && window.from == gap.from && window.until == gap.until
        })
    };
    let mut batch = work.empty_batch();
    batch.closed_gaps = ranges
        .iter()
        .filter(|gap| is_complete || !lost(gap))
        .map(|gap| gap.gap_no)
        .collect();
    if !batch.closed_gaps.is_empty() {
        work.commit(batch).await?;
    }
    Ok(())
}

/// An empty answer to an unknown set is no empty set.
async fn check_set(work: &mut ListWork<'_>, set: String) -> Result<(), HarvestError> {
    let sets = work.list_sets().await?;
    if sets.is_empty() || sets.iter().any(|known| known.spec == set) {
        return Ok(());
    }
    Err(HarvestError::UnknownSet {
        set,
        known: sets.into_iter().take(50).map(|set| set.spec).collect(),
    })
}

/// Returns the cursor after these windows of a list.
fn moved_cursor(known: Option<DateTime<Utc>>, windows: &[&Window]) -> Option<DateTime<Utc>> {
    let response = windows
        .iter()
        .filter_map(|window| window.first_response.as_deref())
        .min();
    let newest = windows
        .iter()
        .filter_map(|window| window.newest.as_deref())
        .max();
    let cursor = cursor_after(response, newest);
    // An empty incremental list tells nothing of the index; the old cursor stays good.
    if newest.is_none() {
        known.or(cursor)
    } else {
        cursor.max(known)
    }
}

/// Moves the cursor, when the list reached to the present without a break behind it.
async fn finish_list(work: &mut ListWork<'_>, list_no: ListNo) -> Result<ListSeen, HarvestError> {
    let granularity = work.cx.dates.granularity;
    let part = ListSeen {
        stream_no: work.stream.stream_no,
        list_no,
        from_start: false,
        whole: false,
        is_counted: false,
        is_partial_format: work.is_partial_format(),
    };
    let Some((windows, DateRange { start, end })) = listed_range(&work.stream.windows, granularity)
    else {
        return Ok(part);
    };
    // Ends that had to be closed lie beyond all there is.
    let is_overlap = |window: &Window| window.kind == WindowKind::VerifyOverlap;
    let compared = work.stream.windows.iter().any(is_overlap);
    let from_start = !compared && start.is_none_or(|start| start <= work.cx.earliest());
    if end.is_some_and(|end| end < Utc::now()) {
        return Ok(part);
    }
    let follows_on = start
        .zip(trusted_cursor(work))
        .is_some_and(|(start, cursor)| start <= cursor);
    if work.limit.is_some() || !(from_start || follows_on) {
        return Ok(part);
    }
    let whole = from_start
        && windows
            .iter()
            .all(|window| window.state != WindowState::Gap);
    let is_all = |window: &&Window| window.list_size.is_some_and(|size| window.seen >= size);
    let is_counted = windows.iter().all(is_all);
    let cursor = moved_cursor(trusted_cursor(work), &windows);
    // Of what is known from before where the list begins, it tells nothing.
    let known_before = match start.filter(|_| whole) {
        Some(start) => {
            let before = granularity.format(start - granularity.granule());
            let (source_id, format_no) = (work.cx.source.source_id, work.stream.format_no);
            work.cx
                .store
                .count_in_range(source_id, format_no, "", Some(&before))
                .await?
        }
        None => 0,
    };
    let whole = whole && known_before == 0;
    let mut batch = work.empty_batch();
    batch.stream = Some(StreamUpdate {
        cursor,
        last_complete_list: whole.then_some(list_no),
    });
    work.commit(batch).await?;
    Ok(ListSeen {
        from_start,
        whole,
        is_counted,
        ..part
    })
}
