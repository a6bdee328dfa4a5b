//! Fetching one window to its end, page by page; the next page is requested while the last is being read and written.

use chrono::{DateTime, Utc};

use crate::harvest::HarvestError;
use crate::harvest::context::{HarvestContext, list_request};
use crate::harvest::endpoint::{OaiResponse, RequestError};
use crate::harvest::failure::WindowFailure;
use crate::harvest::headers::lists_identifiers;
use crate::harvest::overlap::{count_overlap, differing, exceeds_diff_limit, overlap_unchanged};
use crate::harvest::page_history::{IGNORES_DATES, Order, PageHistory, ignores_dates};
use crate::harvest::prefetch::Prefetch;
use crate::harvest::prepare::prepare_page;
use crate::harvest::records::{
    check_limits, fetch_records, live_records, not_received, verify_tombstones,
};
use crate::harvest::tombstones::foreign_tombstones;
use crate::harvest::window::{Window, WindowKind, WindowState};
use crate::harvest::work::{ListWork, MissingRecord};
use crate::http::Response;
use crate::oai::{ErrorCode, ListEnd, Page, ProtocolError, Request, Verb, token_at_end};
use crate::store::{Batch, CommitStats, FailureKind};

/// A page, and the one behind it where it is on its way.
type Received = Result<(OaiResponse, Option<Prefetch>), RequestError>;

/// The result of fetching a window.
pub(super) enum Fetched {
    /// All of it came.
    Complete,
    /// As much as a person requested came.
    LimitReached,
    /// Nothing more can be fetched from this source now.
    Stopped(RequestError),
    /// Something is wrong with it.
    Failed(WindowFailure, Progress),
}

/// The progress of a failed window.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Progress {
    /// Pages with records that came.
    pub(super) pages: u64,
    /// The datestamp it has come to, where its records come in the order of theirs.
    pub(super) date: Option<(Order, DateTime<Utc>)>,
    /// It was resumed from the token of an earlier run.
    pub(super) is_resumed: bool,
    /// It has brought one page, shorter than others of the list.
    pub(super) is_single_short_page: bool,
}

/// Where a page leads.
enum Step {
    Next(Request),
    End(End),
}

enum End {
    Complete,
    LimitReached,
    Stopped(RequestError),
    Failed(WindowFailure),
}

/// One walk through the pages of a window.
struct Walk {
    verb: Verb,
    history: PageHistory,
    is_resumed: bool,
    prefetched: Option<Prefetch>,
}

/// Fetches a window, from its token if it has one.
pub(super) async fn fetch_window(
    work: &mut ListWork<'_>,
    window: &mut Window,
) -> Result<Fetched, HarvestError> {
    let mut walk = Walk {
        verb: window.verb(),
        history: PageHistory::default(),
        is_resumed: window.token.is_some(),
        prefetched: None,
    };
    if walk.is_resumed {
        // The limit is per run.
        let seen = u64::try_from(window.seen).unwrap_or(0);
        work.limit = work.limit.map(|limit| limit.saturating_add(seen));
    }
    window.state = WindowState::Open;
    let end = fetch_pages(work, window, &mut walk).await;
    // A prefetched page that was not used still counts as a request.
    work.count_requests(u32::from(walk.prefetched.is_some()));
    Ok(match end? {
        End::Complete => Fetched::Complete,
        End::LimitReached => Fetched::LimitReached,
        End::Stopped(error) => Fetched::Stopped(error),
        End::Failed(failure) => Fetched::Failed(failure, walk.progress(work)),
    })
}

impl Walk {
    fn progress(&self, work: &ListWork<'_>) -> Progress {
        let longest = work
            .budget
            .longest_page()
            .max(work.facts.longest_page.unwrap_or(0));
        Progress {
            pages: self.history.record_pages(),
            date: self.history.progress(),
            is_resumed: self.is_resumed,
            is_single_short_page: self
                .history
                .single_page()
                .is_some_and(|records| (records as u64) < longest),
        }
    }
}

async fn fetch_pages(
    work: &mut ListWork<'_>,
    window: &mut Window,
    walk: &mut Walk,
) -> Result<End, HarvestError> {
    let mut sent = list_request(&work.stream, window, walk.verb, &work.facts);
    let mut answer = request_page(work, &sent, None, walk, work.tries(window)).await;
    loop {
        count(work, &answer);
        let got = match answer {
            Ok((got, behind)) => {
                walk.prefetched = behind;
                got
            }
            Err(error) if error.is_cancelled() => return Err(HarvestError::Interrupted),
            Err(error) if error.stops_source() => return Ok(End::Stopped(error)),
            Err(error) => return Ok(End::Failed(WindowFailure::PageFailed(error))),
        };
        let got = match accept_page(work, window, walk, &sent, got).await? {
            Ok(got) => got,
            Err(failure) => return Ok(End::Failed(failure)),
        };
        let records = match records_of_page(work, window, &got.page).await? {
            Ok(records) => records,
            Err(failure) => return Ok(End::Failed(failure)),
        };
        let is_same =
            window.kind == WindowKind::VerifyOverlap && records.as_ref().is_some_and(Vec::is_empty);
        let batch = batch_of_page(work, &got, window, walk.verb, records).await?;
        let step = if is_same && overlap_unchanged(work, window).await? {
            Step::End(End::Complete)
        } else {
            next_step(work, &got, window, walk, &sent)
        };
        match commit_page(work, window, walk, got, batch, step).await? {
            (Step::End(end), _) => return Ok(end),
            (Step::Next(_), None) => return Err(HarvestError::Interrupted),
            (Step::Next(request), Some(next)) => {
                if let Err(limit) = check_limits(work) {
                    count(work, &next);
                    return Err(limit);
                }
                (sent, answer) = (request, next);
            }
        }
    }
}

/// Commits a page with the checkpoint that leads on from it, while the next one is requested.
async fn commit_page(
    work: &mut ListWork<'_>,
    window: &mut Window,
    walk: &mut Walk,
    got: OaiResponse,
    mut batch: Batch,
    mut step: Step,
) -> Result<(Step, Option<Received>), HarvestError> {
    let cx = work.cx;
    if matches!(step, Step::End(End::Complete)) {
        window.state = WindowState::Done;
        window.token = None;
    }
    batch.windows = vec![window.clone()];
    // The body goes with the batch: of many hosts side by side, most wait, and hold none.
    let page = got.page;
    drop(got.response);
    let tries = work.tries(window);
    let next = async {
        match &step {
            Step::Next(request) if !cx.endpoint.is_cancelled() => {
                let prefetched = walk.prefetched.take();
                Some(request_page(work, request, prefetched, walk, tries).await)
            }
            _ => None,
        }
    };
    let (committed, next) = tokio::join!(cx.store.commit(cx.source, batch), next);
    let committed = committed?;
    note_commit(work, window, &page, committed);
    if walk.is_resumed && committed.repeated > 0 {
        // A duplicate would hide a missing record in the count.
        walk.history.add_repeats(committed.repeated);
        if matches!(step, Step::End(End::Complete)) {
            step = Step::End(check_end(walk, window, &page));
        }
    }
    Ok((step, next))
}

/// Counts what a commit did.
fn note_commit(work: &mut ListWork<'_>, window: &mut Window, page: &Page, committed: CommitStats) {
    let fresh = (page.records.len() as u64).saturating_sub(committed.repeated);
    if window.kind == WindowKind::List {
        window.fresh += i64::try_from(fresh).unwrap_or(0);
    }
    work.budget.add_page(page, fresh);
    work.report.tally += committed;
    work.report.pages += 1;
    let total = window.list_size.and_then(|size| u64::try_from(size).ok());
    work.cx
        .observer
        .page(&work.cx.source.name, work.report.tally.records, total);
}

/// Looks at a page before anything of it is kept: an error of the protocol, or a page that came before, ends the walk.
async fn accept_page(
    work: &mut ListWork<'_>,
    window: &mut Window,
    walk: &mut Walk,
    sent: &Request,
    got: OaiResponse,
) -> Result<Result<OaiResponse, WindowFailure>, HarvestError> {
    let got = with_prefix(work, walk, sent, got).await?;
    if let Some(failure) = protocol_error(&got.page, window, walk) {
        save_partial_page(work, &got, window, walk.verb).await?;
        return Ok(Err(failure));
    }
    if names_nothing(work, window, walk, &got.page).await? {
        return Ok(Err(WindowFailure::NamesNothing));
    }
    let hash = got.page.list_hash(&got.response.body);
    if walk.history.is_repeat(&got.page, hash) {
        return Ok(Err(WindowFailure::Loop));
    }
    update_list_info(work, window, &got.page);
    walk.history.record_identifiers(&got.page);
    Ok(Ok(got))
}

/// Returns whether ListIdentifiers stands in for a list of records that failed, and names nothing, here or anywhere: then
/// the failure has no explanation, and this is no empty list.
async fn names_nothing(
    work: &mut ListWork<'_>,
    window: &Window,
    walk: &Walk,
    page: &Page,
) -> Result<bool, HarvestError> {
    let is_empty = page.records.is_empty() && walk.history.pages() == 0;
    if window.kind != WindowKind::Identifiers || walk.is_resumed {
        return Ok(false);
    }
    work.headers.names_records |= !page.records.is_empty();
    let has_failed = |other: &Window| {
        other.kind == WindowKind::List
            && other.list_no == window.list_no
            && other
                .failure
                .is_some_and(|kind| kind != FailureKind::FormatRefused)
    };
    if !is_empty || work.is_partial_format() || !work.stream.windows.iter().any(has_failed) {
        return Ok(false);
    }
    Ok(!lists_identifiers(work, window).await?)
}

/// Sends a refused token once more with metadataPrefix beside it, against the standard, since some servers want it.
async fn with_prefix(
    work: &mut ListWork<'_>,
    walk: &mut Walk,
    sent: &Request,
    got: OaiResponse,
) -> Result<OaiResponse, HarvestError> {
    let Request::Resume {
        verb,
        token,
        metadata_prefix: None,
    } = sent
    else {
        return Ok(got);
    };
    let is_refused = got.page.errors.iter().any(|error| {
        error.code == ErrorCode::BadArgument
            || (error.code == ErrorCode::BadResumptionToken
                && error
                    .message
                    .to_ascii_lowercase()
                    .contains("metadataprefix"))
    });
    if !is_refused || work.prefix_tried {
        return Ok(got);
    }
    work.prefix_tried = true;
    let request = Request::Resume {
        verb: *verb,
        token: token.clone(),
        metadata_prefix: Some(work.stream.metadata_prefix.clone()),
    };
    match work.send(&request, 1).await? {
        Ok(better) if better.page.errors.is_empty() && !better.page.records.is_empty() => {
            work.facts.token_wants_prefix = true;
            work.report
                .note("the server wants metadataPrefix beside the resumptionToken");
            walk.prefetched = None;
            Ok(better)
        }
        _ => Ok(got),
    }
}

/// An error of the protocol in answer to a list request. An empty list is none, unless another error stands beside that
/// word.
fn protocol_error(page: &Page, window: &Window, walk: &Walk) -> Option<WindowFailure> {
    let other = page
        .errors
        .iter()
        .find(|error| error.code != ErrorCode::NoRecordsMatch);
    let error: &ProtocolError = other.or(page.errors.first())?;
    let has_token = window.token.is_some();
    match error.code {
        ErrorCode::NoRecordsMatch if !has_token => None,
        // The token of the last page leads past the end.
        ErrorCode::NoRecordsMatch if !walk.is_resumed && walk.history.has_all(window) => None,
        ErrorCode::NoRecordsMatch if walk.history.pages() > 0 && window.list_size.is_none() => {
            Some(WindowFailure::EndUnproven)
        }
        ErrorCode::NoRecordsMatch => Some(WindowFailure::TokenRefused(None)),
        ErrorCode::BadResumptionToken | ErrorCode::BadArgument if has_token => {
            Some(WindowFailure::TokenRefused(Some(error.clone())))
        }
        ErrorCode::BadResumptionToken => Some(WindowFailure::TokenRefused(Some(error.clone()))),
        _ => Some(WindowFailure::Refused(error.clone())),
    }
}

/// Keeps the records that stand beside an error: the window is requested again, but may never bring them whole.
async fn save_partial_page(
    work: &mut ListWork<'_>,
    got: &OaiResponse,
    window: &mut Window,
    verb: Verb,
) -> Result<(), HarvestError> {
    // Of an overlap nothing needs to be kept: what differs is requested when it becomes a list.
    if got.page.records.is_empty() || window.kind == WindowKind::VerifyOverlap {
        return Ok(());
    }
    let records = match window.kind {
        WindowKind::List => None,
        _ => Some(not_received(work, live_records(&got.page.records), window.list_no).await?),
    };
    let mut batch = batch_of_page(work, got, window, verb, records).await?;
    batch.windows = vec![window.clone()];
    let committed = work.cx.store.commit(work.cx.source, batch).await?;
    note_commit(work, window, &got.page, committed);
    Ok(())
}

/// Takes over what a page says of its list.
fn update_list_info(work: &mut ListWork<'_>, window: &mut Window, page: &Page) {
    if window.first_response.is_none() {
        window.first_response.clone_from(&page.response_date);
    }
    let size = page
        .complete_list_size
        .and_then(|size| i64::try_from(size).ok());
    window.list_size = size.or(window.list_size);
    if window.kind == WindowKind::List {
        count_overlap(work, window, page);
    }
    if ignores_dates(window, page) {
        work.facts.ignores_dates = true;
        work.report.note(IGNORES_DATES);
    }
}

/// Returns, from the headers of a page of identifiers, the records to be requested one by one: those that this list has
/// not brought yet, and in an overlap those that differ from what is known. None in a list of records.
async fn records_of_page(
    work: &ListWork<'_>,
    window: &Window,
    page: &Page,
) -> Result<Result<Option<Vec<MissingRecord>>, WindowFailure>, HarvestError> {
    if window.kind == WindowKind::List {
        return Ok(Ok(None));
    }
    let mut live = live_records(&page.records);
    if window.kind == WindowKind::VerifyOverlap {
        live = differing(work, live).await?;
    }
    let records = not_received(work, live, window.list_no).await?;
    if window.kind == WindowKind::VerifyOverlap && exceeds_diff_limit(records.len(), &page.records)
    {
        return Ok(Err(WindowFailure::Changed));
    }
    Ok(Ok(Some(records)))
}

/// Builds the batch to commit from a response to a list request. Records that have to be requested one by one, of a
/// list of records those without metadata, are committed on the way, so that a process that dies does not request them
/// again.
async fn batch_of_page(
    work: &mut ListWork<'_>,
    got: &OaiResponse,
    window: &mut Window,
    verb: Verb,
    records: Option<Vec<MissingRecord>>,
) -> Result<Batch, HarvestError> {
    let foreign = foreign_tombstones(work, &got.page.records).await?;
    let mut prepared = prepare_page(work, got, window, verb, &foreign);
    window.seen += i64::from(prepared.page.listed);
    if verb == Verb::ListIdentifiers {
        // Of the headers, tombstones are records.
        prepared.page.records.retain(|record| record.deleted);
    }
    let bare = prepared.missing_metadata;
    let records = records.unwrap_or_else(|| {
        let headers = got.page.records.iter();
        headers
            .filter(|header| bare.contains(&header.identifier))
            .map(|header| MissingRecord {
                identifier: header.identifier.clone(),
                datestamp: header.datestamp.clone(),
            })
            .collect()
    });
    if work.cx.habits.verify_tombstones && window.from.is_some() {
        verify_tombstones(work, window, &mut prepared.page).await?;
    }
    let mut batch = work.empty_batch();
    batch.gaps = fetch_records(work, records, window).await?;
    batch.pages.push(prepared.page);
    Ok(batch)
}

/// Where a page leads: on by its token, which the window then holds, or to an end.
fn next_step(
    work: &ListWork<'_>,
    got: &OaiResponse,
    window: &mut Window,
    walk: &mut Walk,
    sent: &Request,
) -> Step {
    let ListEnd::More(token) = &got.page.end else {
        return Step::End(check_end(walk, window, &got.page));
    };
    let leads_back = walk.history.is_loop(&token.value, sent);
    if got.page.records.is_empty() && walk.history.has_all(window) {
        return Step::End(End::Complete);
    }
    if walk.history.seems_ended(window, leads_back) {
        return Step::End(End::Failed(WindowFailure::EndUnproven));
    }
    if leads_back {
        return Step::End(End::Failed(WindowFailure::Loop));
    }
    walk.history.set_page_size(&got.page);
    window.token = Some(token.value.clone());
    window.token_at = Some(got.response.fetched_at);
    if work
        .limit
        .is_some_and(|limit| u64::try_from(window.seen).unwrap_or(0) >= limit)
    {
        return Step::End(End::LimitReached);
    }
    Step::Next(list_request(&work.stream, window, walk.verb, &work.facts))
}

fn check_end(walk: &Walk, window: &Window, page: &Page) -> End {
    walk.history
        .check_end(window, page)
        .map_or(End::Complete, End::Failed)
}

/// Requests a page of a list, that may have been prefetched, and the one behind it once it is there. A page of
/// identifiers may lead to its records first, and a limit to nothing more.
async fn request_page(
    work: &ListWork<'_>,
    request: &Request,
    prefetched: Option<Prefetch>,
    walk: &Walk,
    tries: u32,
) -> Received {
    let verb = request.verb();
    let prefix = work
        .facts
        .token_wants_prefix
        .then(|| work.stream.metadata_prefix.clone());
    let may_prefetch = verb == Verb::ListRecords
        && work.limit.is_none()
        && !walk.history.is_past_records()
        && work.budget.consecutive_failures() == 0;
    let leads = |response: &Response| {
        let token = token_at_end(&response.body)?;
        let goes_on = may_prefetch && !walk.history.has_token(&token);
        goes_on.then(|| Request::Resume {
            verb,
            token,
            metadata_prefix: prefix.clone(),
        })
    };
    let cx: &HarvestContext<'_> = work.cx;
    cx.endpoint
        .request_with_prefetch(request, tries, prefetched, leads)
        .await
}

fn count(work: &mut ListWork<'_>, answer: &Received) {
    work.count_requests(match answer {
        Ok((answer, _)) => answer.tries,
        Err(error) => error.tries,
    });
}
