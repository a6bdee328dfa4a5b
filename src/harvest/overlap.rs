//! The overlap: records that an incremental list would return again although the store has them. After a change that
//! moved all datestamps, the whole repository lies in the overlap behind the cursor, night after night until something
//! newer comes. There the identifiers are listed instead, and compared with what the store knows; where a server counts
//! its lists, their first page is enough.

use chrono::{DateTime, TimeDelta, Utc};

use crate::harvest::HarvestError;
use crate::harvest::plan::{DateRange, WindowRange, end_of_day, listed_range, start_of_day};
use crate::harvest::window::{Window, WindowKind, WindowState};
use crate::harvest::work::{ListWork, MissingRecord};
use crate::oai::{Datestamp, Granularity, Page, RecordRef};
use crate::store::WindowNo;

/// Known records in the overlap from which on their identifiers are compared: what OJS gives on a page of records.
const MIN_OVERLAP: u64 = 100;
/// Records of a page of identifiers that may differ and are requested one by one: beside this, a tenth of the page.
const DIFF_ALLOWANCE: usize = 5;

/// Returns the windows of the list from `from` on: what is newer than the cursor's granule first, then the overlap to
/// be verified. None when the overlap holds little, or nothing is known about it.
pub(super) async fn overlap_windows(
    work: &mut ListWork<'_>,
    cursor: DateTime<Utc>,
    from: &str,
) -> Result<Option<Vec<Window>>, HarvestError> {
    let Some(from) = Datestamp::parse(from) else {
        return Ok(None);
    };
    let Some(listed_at) = listed_before(work, from.time) else {
        return Ok(None);
    };
    let by_day = work.cx.dates.by_day || work.cx.dates.granularity == Granularity::Day;
    let (low, high) = if by_day {
        (start_of_day(from.time), end_of_day(cursor))
    } else {
        (from.time, cursor)
    };
    if work.cx.dates.granularity == Granularity::Day && !proves(listed_at, cursor, Granularity::Day)
    {
        return Ok(None);
    }
    let from = work.cx.dates.granularity.format(low);
    let known = work
        .cx
        .store
        .count_in_range(work.cx.source.source_id, work.stream.format_no, &from, None)
        .await?;
    if known <= MIN_OVERLAP {
        return Ok(None);
    }
    work.overlap.listed_at = Some(listed_at);
    let beyond = high + TimeDelta::seconds(1);
    let (newer, until) = if beyond > Utc::now() {
        (None, None)
    } else {
        let newer = WindowRange {
            from: Some(work.cx.dates.granularity.format(beyond)),
            until: None,
        };
        (Some(newer), Some(work.cx.dates.granularity.format(high)))
    };
    let list_no = work.stream.last_list.next();
    let overlap = Window {
        kind: WindowKind::VerifyOverlap,
        ..Window::todo(WindowNo::START, list_no, Some(from), until)
    };
    let newer = newer.map(|span| Window::todo(WindowNo::START, list_no, span.from, span.until));
    Ok(Some(newer.into_iter().chain([overlap]).collect()))
}

/// When the list before this one began, by the server's clock, if it reached from this time on to the present.
fn listed_before(work: &ListWork<'_>, from: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let (windows, DateRange { start, end }) =
        listed_range(&work.stream.windows, work.cx.dates.granularity)?;
    if windows
        .iter()
        .any(|window| window.state != WindowState::Done)
    {
        return None;
    }
    // What a list has brought says at once that there is little to bring again.
    let size: i64 = windows
        .iter()
        .map(|window| window.seen.max(window.list_size.unwrap_or(0)))
        .sum();
    if u64::try_from(size).unwrap_or(0) <= MIN_OVERLAP {
        return None;
    }
    let first = windows
        .iter()
        .filter_map(|window| window.first_response.as_deref())
        .min()?;
    let listed_at = Datestamp::parse(first)?.time;
    let reaches = start.is_none_or(|start| start <= from) && end.is_none_or(|end| end > listed_at);
    reaches.then_some(listed_at)
}

/// Returns those live headers that differ from the store.
pub(super) async fn differing(
    work: &ListWork<'_>,
    live: Vec<MissingRecord>,
) -> Result<Vec<MissingRecord>, HarvestError> {
    let identifiers: Vec<String> = live
        .iter()
        .map(|header| header.identifier.clone())
        .collect();
    let known = work
        .cx
        .store
        .live_datestamps(
            work.cx.source.source_id,
            work.stream.format_no,
            &identifiers,
        )
        .await?;
    let is_proven = |header: &MissingRecord| {
        work.overlap
            .listed_at
            .zip(Datestamp::parse(&header.datestamp))
            .is_some_and(|(listed_at, date)| proves(listed_at, date.time, date.granularity))
    };
    let differs = |header: &MissingRecord, known: Option<String>| {
        known.as_deref() != Some(header.datestamp.as_str()) || !is_proven(header)
    };
    let pairs = live.into_iter().zip(known);
    Ok(pairs
        .filter_map(|(header, known)| differs(&header, known).then_some(header))
        .collect())
}

/// Counts what a page of newer records holds of the overlap, which was not requested.
pub(super) fn count_overlap(work: &mut ListWork<'_>, window: &Window, page: &Page) {
    let time = |bound: &Option<String>| {
        bound
            .as_deref()
            .and_then(Datestamp::parse)
            .map(|date| date.time)
    };
    let overlap = work
        .stream
        .windows
        .iter()
        .find(|other| other.kind == WindowKind::VerifyOverlap);
    let Some((low, newer)) = overlap
        .and_then(|overlap| time(&overlap.from))
        .zip(time(&window.from))
    else {
        return;
    };
    let is_overlap = |record: &&RecordRef| {
        let date = Datestamp::parse(&record.datestamp).map(|date| date.time);
        date.is_some_and(|date| date >= low && date < newer)
    };
    work.overlap.records_seen += page.records.iter().filter(is_overlap).count() as u64;
}

/// Returns whether the list of what is newer has brought the overlap too, as much of it as is known, from a server that
/// gives everything whatever dates are requested.
pub(super) async fn overlap_already_received(
    work: &ListWork<'_>,
    overlap: &Window,
) -> Result<bool, HarvestError> {
    let newer = work.stream.windows.iter().find(|other| {
        other.list_no == overlap.list_no
            && other.kind == WindowKind::List
            && other.state == WindowState::Done
            && other.until.is_none()
    });
    let Some(newer) = newer.filter(|newer| newer.from.is_some() && work.overlap.records_seen > 0)
    else {
        return Ok(false);
    };
    let (source_id, format_no) = (work.cx.source.source_id, work.stream.format_no);
    let until = overlap.until.as_deref();
    let from = overlap.from.as_deref().unwrap_or_default();
    let known = work
        .cx
        .store
        .count_in_range(source_id, format_no, from, until)
        .await?;
    let all = work
        .cx
        .store
        .count_in_range(source_id, format_no, "", None)
        .await?;
    Ok(work.overlap.records_seen >= known
        && u64::try_from(newer.seen).is_ok_and(|seen| seen >= all))
}

/// Returns whether the first page of a comparison says that nothing has stirred: the server counts as many records as
/// are known, in a span that ended well before they were listed. Whatever has changed since has left it.
pub(super) async fn overlap_unchanged(
    work: &ListWork<'_>,
    window: &Window,
) -> Result<bool, HarvestError> {
    let whole_list =
        work.stream.set_spec.is_none() && window.set_spec.is_none() && window.token.is_none();
    let (Some(size), Some(from), Some(until)) = (window.list_size, &window.from, &window.until)
    else {
        return Ok(false);
    };
    // A server's idea of a day may be off by a time zone.
    let is_past = work
        .overlap
        .listed_at
        .zip(Datestamp::parse(until))
        .is_some_and(|(listed_at, until)| {
            listed_at - end_of_day(until.time) > TimeDelta::hours(24)
        });
    if !whole_list || !is_past {
        return Ok(false);
    }
    let (source_id, format_no) = (work.cx.source.source_id, work.stream.format_no);
    let known = work
        .cx
        .store
        .count_in_range(source_id, format_no, from, Some(until))
        .await?;
    Ok(u64::try_from(size).is_ok_and(|size| size == known))
}

/// Returns whether so much of a page differs that its records had better be listed.
pub(super) fn exceeds_diff_limit(differing: usize, page: &[RecordRef]) -> bool {
    differing > DIFF_ALLOWANCE + page.len() / 10
}

/// Returns whether a record that still has the datestamp it was listed with is the same still: had it changed after the
/// list, it would have a later one. Not so within the granule of the list itself, nor, where that is a day, in the one
/// before, as servers count their days in zones of their own.
fn proves(listed_at: DateTime<Utc>, datestamp: DateTime<Utc>, granularity: Granularity) -> bool {
    match granularity {
        Granularity::Second => (listed_at - datestamp).abs() > TimeDelta::seconds(1),
        Granularity::Day => (listed_at.date_naive() - datestamp.date_naive()).num_days() > 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_datestamp_proves_when_a_change_would_have_moved_it() {
        let time = |text: &str| Datestamp::parse(text).unwrap().time;
        let proven = |listed: &str, datestamp: &str, granularity| {
            proves(time(listed), time(datestamp), granularity)
        };
        let listed = "2024-03-10T01:00:00Z";
        assert!(proven(listed, "2024-03-10T00:59:58Z", Granularity::Second));
        assert!(!proven(listed, "2024-03-10T00:59:59Z", Granularity::Second));
        assert!(!proven(listed, "2024-03-10T01:00:01Z", Granularity::Second));
        assert!(
            proven(listed, "2024-03-10T06:00:00Z", Granularity::Second),
            "a clock five hours ahead"
        );
        assert!(proven(listed, "2024-03-08", Granularity::Day));
        assert!(!proven(listed, "2024-03-09", Granularity::Day));
        assert!(!proven(listed, "2024-03-11", Granularity::Day));
    }
}
