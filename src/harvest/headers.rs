//! Reads ListIdentifiers for a failed window: which of its records the list has not brought.

use std::collections::HashSet;

use chrono::{DateTime, TimeDelta, Utc};

use crate::harvest::HarvestError;
use crate::harvest::context::list_request;
use crate::harvest::page_history::PageHistory;
use crate::harvest::plan::{DateHandling, WindowRange, end_of_day, start_of_day};
use crate::harvest::records::not_received;
use crate::harvest::tombstones::foreign_tombstones;
use crate::harvest::window::{Window, WindowKind};
use crate::harvest::work::{ListWork, MissingRecord};
use crate::oai::{Datestamp, Granularity, ListEnd, RecordRef, Verb};
use crate::store::ItemNo;

/// Most records that are held in memory for one window; a longer list is split by dates.
const MAX_MISSING: usize = 50_000;
/// Records read at once from the store.
const BATCH: usize = 500;

/// The list of identifiers of a window whose list of records failed.
#[derive(Debug)]
pub(super) enum IdentifierList {
    /// The server gives none.
    Unavailable,
    /// It names nothing at all.
    Empty,
    /// It names records; these of them the list has not brought.
    Missing(Vec<MissingRecord>),
}

impl IdentifierList {
    fn of(named: u64, missing: Vec<MissingRecord>) -> Self {
        if named == 0 {
            Self::Empty
        } else {
            Self::Missing(missing)
        }
    }
}

/// Lists the identifiers of a window, in at most so many requests, and returns those that the list has not brought.
pub(super) async fn list_missing(
    work: &mut ListWork<'_>,
    window: &Window,
    most: u64,
    tolerates_loop: bool,
) -> Result<IdentifierList, HarvestError> {
    let mut walked = Window {
        kind: WindowKind::Identifiers,
        ..window.restarted()
    };
    let mut history = PageHistory::default();
    let mut missing = Vec::new();
    let mut named = 0;
    loop {
        let request = list_request(&work.stream, &walked, Verb::ListIdentifiers, &work.facts);
        let Ok(got) = work.send(&request, work.tries(window)).await? else {
            return Ok(IdentifierList::Unavailable);
        };
        let page = got.page;
        let is_past_end = page.is_empty_list() && history.pages() > 0;
        if !page.errors.is_empty() && !is_past_end {
            return Ok(if page.is_empty_list() {
                IdentifierList::of(named, missing)
            } else {
                IdentifierList::Unavailable
            });
        }
        let hash = page.list_hash(&got.response.body);
        if history.is_repeat(&page, hash) {
            return Ok(looped(tolerates_loop, named, missing));
        }
        history.record_identifiers(&page);
        named += page.records.len() as u64;
        work.headers.names_records |= named > 0;
        work.budget.expect_records(named);
        walked.list_size = page
            .complete_list_size
            .and_then(|size| i64::try_from(size).ok())
            .or(walked.list_size);
        let foreign = foreign_tombstones(work, &page.records).await?;
        let own = own_headers(&page.records, &foreign);
        missing.extend(not_received(work, own, window.list_no).await?);
        if missing.len() > MAX_MISSING {
            return Ok(IdentifierList::Unavailable);
        }
        let ListEnd::More(token) = &page.end else {
            return Ok(IdentifierList::of(named, missing));
        };
        let leads_back = history.is_loop(&token.value, &request);
        if history.pages() >= most || history.seems_ended(&walked, leads_back) {
            return Ok(IdentifierList::of(named, missing));
        }
        if leads_back {
            return Ok(looped(tolerates_loop, named, missing));
        }
        walked.token = Some(token.value.clone());
    }
}

/// A list that came back to a page it had given before: good where its only page leads to itself.
fn looped(tolerates_loop: bool, named: u64, missing: Vec<MissingRecord>) -> IdentifierList {
    if tolerates_loop {
        IdentifierList::of(named, missing)
    } else {
        IdentifierList::Unavailable
    }
}

/// Returns whether ListIdentifiers works: it names records where there are some. That it names none in a window then
/// means that the window is empty.
pub(super) async fn lists_identifiers(
    work: &mut ListWork<'_>,
    window: &Window,
) -> Result<bool, HarvestError> {
    if work.headers.names_records || window.from.is_none() && window.until.is_none() {
        return Ok(work.headers.names_records);
    }
    let whole = Window {
        from: None,
        until: None,
        ..window.restarted()
    };
    let request = list_request(&work.stream, &whole, Verb::ListIdentifiers, &work.facts);
    if let Ok(got) = work.send(&request, 1).await? {
        work.headers.names_records = !got.page.records.is_empty();
    }
    Ok(work.headers.names_records)
}

/// Returns the headers of a page, without those of foreign tombstones.
fn own_headers(records: &[RecordRef], foreign: &HashSet<String>) -> Vec<MissingRecord> {
    records
        .iter()
        .filter(|header| !header.identifier.is_empty())
        .filter(|header| !header.deleted || !foreign.contains(&header.identifier))
        .map(|header| MissingRecord {
            identifier: header.identifier.clone(),
            datestamp: header.datestamp.clone(),
        })
        .collect()
}

/// The live records of the source's first format that have no record in this one: for servers that list not even
/// identifiers in a format that some items lack. None where this is the first format.
pub(super) async fn missing_by_store(
    work: &mut ListWork<'_>,
    window: &Window,
) -> Result<Option<Vec<MissingRecord>>, HarvestError> {
    let (store, source) = (work.cx.store, work.cx.source);
    let streams = store.streams(source.source_id).await?;
    let Some(first) = streams
        .first()
        .filter(|first| first.format_no != work.stream.format_no)
    else {
        return Ok(None);
    };
    let mut missing = Vec::new();
    let mut after = ItemNo::START;
    loop {
        let items = store
            .items_without(
                source,
                first.stream_no,
                &work.stream.metadata_prefix,
                after,
                BATCH,
            )
            .await?;
        let Some(last) = items.last() else {
            return Ok(Some(missing));
        };
        after = last.item_no;
        let identifiers: Vec<String> = items.into_iter().map(|item| item.identifier).collect();
        let datestamps = store
            .live_datestamps(source.source_id, first.format_no, &identifiers)
            .await?;
        let records = identifiers
            .into_iter()
            .zip(datestamps)
            .map(|(identifier, datestamp)| MissingRecord {
                identifier,
                datestamp: datestamp.unwrap_or_default(),
            })
            .collect();
        missing.extend(not_received(work, records, window.list_no).await?);
        if missing.len() > MAX_MISSING {
            return Ok(None);
        }
    }
}

/// Returns the records known to be missing from a window, of the last list of identifiers, if that was of this window
/// or of one that contains it.
pub(super) async fn known_missing(
    work: &mut ListWork<'_>,
    window: &Window,
) -> Result<Option<Vec<MissingRecord>>, HarvestError> {
    let Some((listed, missing)) = work.headers.missing.take() else {
        return Ok(None);
    };
    let is_part = listed.list_no == window.list_no && listed.contains(window);
    let missing = not_received(work, missing, listed.list_no).await?;
    let own = is_part.then(|| {
        missing
            .iter()
            .filter(|record| window.holds(&record.datestamp))
            .cloned()
            .collect()
    });
    work.headers.missing = Some((listed, missing));
    Ok(own)
}

/// Forgets records of the last list of identifiers: they were requested, whatever came of it.
pub(super) fn forget_missing(work: &mut ListWork<'_>, requested: &[MissingRecord]) {
    let requested: std::collections::HashSet<&str> = requested
        .iter()
        .map(|record| record.identifier.as_str())
        .collect();
    if let Some((_, missing)) = &mut work.headers.missing {
        missing.retain(|record| !requested.contains(record.identifier.as_str()));
    }
}

/// The windows in the place of one, of which these records are missing: two halves of them, and what has come beside
/// them; none when their datestamps do not distinguish them.
pub(super) fn halves(
    dates: DateHandling,
    window: &Window,
    missing: &[MissingRecord],
) -> Option<Vec<Window>> {
    let mut granules: Vec<DateTime<Utc>> = missing
        .iter()
        .filter_map(|record| Datestamp::parse(&record.datestamp))
        .map(|date| granule_of(dates, date.time))
        .collect();
    granules.sort_unstable();
    let (first, last) = (*granules.first()?, *granules.last()?);
    let middle = granules.len() / 2;
    // The first of the right half: the nearest place where the datestamp changes.
    let cut = (0..granules.len())
        .flat_map(|off| [middle.checked_sub(off), Some(middle + off)])
        .flatten()
        .find(|&at| at > 0 && at < granules.len() && granules[at - 1] < granules[at])
        .map(|at| granules[at])?;
    let second = TimeDelta::seconds(1);
    let end = |granule: DateTime<Utc>| {
        if is_by_day(dates) {
            end_of_day(granule)
        } else {
            granule
        }
    };
    let format = |time: DateTime<Utc>| Some(dates.granularity.format(time));
    let bound = |bound: &Option<String>| bound.as_deref().and_then(Datestamp::parse);
    let mut parts = Vec::new();
    if bound(&window.from).is_none_or(|from| from.time < first) {
        parts.push(window.covered_part(WindowRange {
            from: window.from.clone(),
            until: format(first - second),
        }));
    }
    parts.push(window.part(WindowRange {
        from: format(first),
        until: format(cut - second),
    }));
    parts.push(window.part(WindowRange {
        from: format(cut),
        until: format(end(last)),
    }));
    let until = bound(&window.until).map(|until| match until.granularity {
        Granularity::Day => end_of_day(until.time),
        Granularity::Second => until.time,
    });
    if until.is_none_or(|until| until > end(last)) {
        parts.push(window.covered_part(WindowRange {
            from: format(end(last) + second),
            until: window.until.clone(),
        }));
    }
    Some(parts)
}

fn is_by_day(dates: DateHandling) -> bool {
    dates.by_day || dates.granularity == Granularity::Day
}

fn granule_of(dates: DateHandling, time: DateTime<Utc>) -> DateTime<Utc> {
    if is_by_day(dates) {
        start_of_day(time)
    } else {
        time
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::{ListNo, WindowNo};

    const DAYS: DateHandling = DateHandling {
        granularity: Granularity::Day,
        by_day: false,
    };

    fn missing(dates: &[&str]) -> Vec<MissingRecord> {
        dates
            .iter()
            .map(|date| MissingRecord {
                identifier: (*date).to_owned(),
                datestamp: (*date).to_owned(),
            })
            .collect()
    }

    #[test]
    fn halves_cover_the_window_and_list_only_what_is_missing() {
        let window = Window::todo(WindowNo(1), ListNo(1), Some("2024-01-01".to_owned()), None);
        let records = missing(&["2024-03-01", "2024-03-02", "2024-05-01", "2024-05-02"]);
        let parts = halves(DAYS, &window, &records).unwrap();
        let shown: Vec<(String, bool)> = parts
            .iter()
            .map(|part| (part.range().to_string(), part.is_open()))
            .collect();
        assert_eq!(
            shown,
            [
                ("datestamps 2024-01-01 to 2024-02-29".to_owned(), false),
                ("datestamps 2024-03-01 to 2024-04-30".to_owned(), true),
                ("datestamps 2024-05-01 to 2024-05-02".to_owned(), true),
                ("datestamps from 2024-05-03".to_owned(), false),
            ]
        );
    }

    #[test]
    fn records_of_one_day_cannot_be_halved() {
        let window = Window::todo(WindowNo(1), ListNo(1), None, None);
        let records = missing(&["2024-03-01", "2024-03-01", "2024-03-01"]);
        assert_eq!(halves(DAYS, &window, &records), None);
    }
}
