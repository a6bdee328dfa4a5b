//! Records that are requested one by one: those that a list of identifiers names, and those that came without their
//! metadata.

use std::collections::HashSet;

use chrono::TimeDelta;

use crate::harvest::HarvestError;
use crate::harvest::prepare::prepare_page;
use crate::harvest::record_queue::RecordQueue;
use crate::harvest::window::{Window, WindowKind, WindowState};
use crate::harvest::work::{ListWork, MissingRecord};
use crate::oai::{Datestamp, ErrorCode, Granularity, RecordRef, Request, Verb};
use crate::store::{Batch, FormatAbsence, ListNo, NewGap, NewPage};

/// Tries that a record is worth: what was but a hiccup is requested again by the next run.
const TRIES: u32 = 2;
/// Absences that are committed at once.
const ABSENCES: usize = 20;

/// The result of requesting one record.
pub(super) enum RecordOutcome {
    /// It came: a batch that holds it.
    Fetched(Box<Batch>),
    /// The server cannot give it in this format.
    Absent,
    /// It could not be fetched, and why.
    Failed(String),
}

/// Requests one record.
pub(super) async fn get_record(
    work: &mut ListWork<'_>,
    identifier: &str,
    list_no: ListNo,
) -> Result<RecordOutcome, HarvestError> {
    check_limits(work)?;
    let request = Request::GetRecord {
        identifier: identifier.to_owned(),
        metadata_prefix: work.stream.metadata_prefix.clone(),
    };
    let tries = if work.streak.is_hopeless() { 1 } else { TRIES };
    work.budget.add_individual();
    let got = match work.send(&request, tries).await? {
        Ok(got) => got,
        Err(error) => return Ok(RecordOutcome::Failed(error.to_string())),
    };
    let refused = got.page.errors.first();
    if let Some(error) = refused.filter(|_| got.page.records.is_empty()) {
        return Ok(if error.code == ErrorCode::CannotDisseminateFormat {
            RecordOutcome::Absent
        } else {
            RecordOutcome::Failed(format!("the server refused: {error}"))
        });
    }
    let mut window = single_window(work, list_no);
    let prepared = prepare_page(work, &got, &mut window, Verb::GetRecord, &HashSet::new());
    let is_there = prepared
        .page
        .records
        .iter()
        .any(|record| record.identifier == identifier);
    if !prepared.missing_metadata.is_empty() || !is_there {
        return Ok(RecordOutcome::Failed(
            "the record has no metadata".to_owned(),
        ));
    }
    window.seen += i64::from(prepared.page.listed);
    window.fresh += i64::from(prepared.page.listed);
    work.update(window.clone());
    let mut batch = work.empty_batch();
    batch.pages.push(prepared.page);
    batch.windows.push(window);
    Ok(RecordOutcome::Fetched(Box::new(batch)))
}

/// Fails when the run has fetched as much of the source as it may.
pub(super) fn check_limits(work: &ListWork<'_>) -> Result<(), HarvestError> {
    if work.cx.endpoint.is_cancelled() {
        return Err(HarvestError::Interrupted);
    }
    match work.cx.limits.reached(work.report) {
        Some(limit) => Err(HarvestError::RunLimit(limit)),
        None => Ok(()),
    }
}

/// The window that pages of single records of a list belong to.
fn single_window(work: &ListWork<'_>, list_no: ListNo) -> Window {
    let known = |window: &&Window| window.kind == WindowKind::Get && window.list_no == list_no;
    work.stream
        .windows
        .iter()
        .find(known)
        .cloned()
        .unwrap_or_else(|| Window {
            kind: WindowKind::Get,
            state: WindowState::Done,
            ..Window::todo(work.next_window_no(), list_no, None, None)
        })
}

/// Requests records one by one, and commits each. Returns a gap for each that could not be fetched, or was skipped:
/// those are requested after all as soon as one comes.
pub(super) async fn fetch_records(
    work: &mut ListWork<'_>,
    records: Vec<MissingRecord>,
    window: &Window,
) -> Result<Vec<NewGap>, HarvestError> {
    let mut gaps = Vec::new();
    let mut absences: Vec<FormatAbsence> = Vec::new();
    let mut queue = RecordQueue::from(records);
    while let Some(record) = queue.next(&mut work.streak) {
        match get_record(work, &record.identifier, window.list_no).await? {
            RecordOutcome::Fetched(batch) => {
                queue.on_success(&mut work.streak);
                work.commit(*batch).await?;
            }
            RecordOutcome::Absent => {
                // An answer like any other: it is not a failure.
                queue.on_success(&mut work.streak);
                absences.push(absence(record));
                if absences.len() >= ABSENCES {
                    save_absences(work, std::mem::take(&mut absences)).await?;
                }
            }
            RecordOutcome::Failed(reason) => {
                work.streak.record_failure(&reason);
                gaps.push(work.gap(Some(&record.identifier), window, reason));
            }
        }
    }
    save_absences(work, absences).await?;
    if !queue.skipped.is_empty() {
        work.report
            .note("record after record failed: most of the others were not requested");
        let reason = work.streak.reason();
        for record in queue.into_rest() {
            gaps.push(work.gap(Some(&record.identifier), window, reason.clone()));
        }
    }
    Ok(gaps)
}

fn absence(record: MissingRecord) -> FormatAbsence {
    FormatAbsence {
        identifier: record.identifier,
        datestamp: record.datestamp,
    }
}

/// Commits that the server cannot give records in the stream's format, and remembers that it is such a format.
pub(super) async fn save_absences(
    work: &mut ListWork<'_>,
    absences: Vec<FormatAbsence>,
) -> Result<(), HarvestError> {
    if absences.is_empty() {
        return Ok(());
    }
    let prefix = work.stream.metadata_prefix.clone();
    work.facts.partial_formats.insert(prefix);
    let named = absences.iter().map(|absence| absence.identifier.clone());
    work.absent.extend(named);
    let mut batch = work.empty_batch();
    batch.absences = absences;
    work.commit(batch).await?;
    Ok(())
}

/// Returns, of the records that a list names, those not received yet, and that have changed since the server could not
/// give them in this format.
pub(super) async fn not_received(
    work: &ListWork<'_>,
    records: Vec<MissingRecord>,
    list_no: ListNo,
) -> Result<Vec<MissingRecord>, HarvestError> {
    let identifiers: Vec<String> = records
        .iter()
        .map(|record| record.identifier.clone())
        .collect();
    let (source_id, format_no) = (work.cx.source.source_id, work.stream.format_no);
    let store = work.cx.store;
    let seen = store
        .seen_in_list(source_id, format_no, list_no, &identifiers)
        .await?;
    let mut missing: Vec<MissingRecord> = records
        .into_iter()
        .zip(seen)
        .filter_map(|(record, seen)| (!seen).then_some(record))
        .filter(|record| !work.absent.contains(&record.identifier))
        .collect();
    if !work.is_partial_format() || work.cx.habits.is_full {
        return Ok(missing);
    }
    let identifiers: Vec<String> = missing
        .iter()
        .map(|record| record.identifier.clone())
        .collect();
    let absent = store.absences(source_id, format_no, &identifiers).await?;
    let known = store
        .live_datestamps(source_id, format_no, &identifiers)
        .await?;
    let mut states = absent.into_iter().zip(known);
    missing.retain(|record| {
        let (absent, known) = states.next().unwrap_or_default();
        let is_known = [absent, known].contains(&Some(record.datestamp.clone()));
        !(is_known && is_settled(work, &record.datestamp))
    });
    Ok(missing)
}

/// Returns whether a record that still has this datestamp has not changed since it was requested: one of days says
/// nothing of the rest of its day.
fn is_settled(work: &ListWork<'_>, datestamp: &str) -> bool {
    Datestamp::parse(datestamp).is_some_and(|date| match date.granularity {
        Granularity::Second => true,
        Granularity::Day => work
            .stream
            .cursor
            .is_some_and(|cursor| date.time + TimeDelta::days(2) <= cursor),
    })
}

/// Returns the headers of live records of a page of identifiers.
pub(super) fn live_records(headers: &[RecordRef]) -> Vec<MissingRecord> {
    headers
        .iter()
        .filter(|header| !header.deleted && !header.identifier.is_empty())
        .map(|header| MissingRecord {
            identifier: header.identifier.clone(),
            datestamp: header.datestamp.clone(),
        })
        .collect()
}

/// Drops tombstones of live records that GetRecord still gives: on a server that is known to list both, one may come
/// alone in a later list.
pub(super) async fn verify_tombstones(
    work: &mut ListWork<'_>,
    window: &Window,
    page: &mut NewPage,
) -> Result<(), HarvestError> {
    let deleted: Vec<String> = page
        .records
        .iter()
        .filter(|record| record.deleted)
        .map(|record| record.identifier.clone())
        .collect();
    let live = work
        .cx
        .store
        .live_datestamps(work.cx.source.source_id, work.stream.format_no, &deleted)
        .await?;
    for (identifier, live) in deleted.into_iter().zip(live) {
        let elsewhere = page
            .records
            .iter()
            .any(|record| !record.deleted && record.identifier == identifier);
        if live.is_none() || elsewhere {
            continue;
        }
        if let RecordOutcome::Fetched(batch) = get_record(work, &identifier, window.list_no).await?
            && batch
                .pages
                .iter()
                .flat_map(|page| &page.records)
                .any(|record| !record.deleted)
        {
            work.commit(*batch).await?;
            page.records
                .retain(|record| record.identifier != identifier);
            work.report
                .note("tombstones of records that the server still gives were not believed");
        }
    }
    Ok(())
}
