//! Carrying out what the table of remedies says of a window that failed.

use crate::harvest::HarvestError;
use crate::harvest::completeness::received;
use crate::harvest::context::list_request;
use crate::harvest::failure::{WindowFailure, is_empty_response};
use crate::harvest::fetch::Progress;
use crate::harvest::headers::{
    IdentifierList, forget_missing, halves, known_missing, list_missing, lists_identifiers,
    missing_by_store,
};
use crate::harvest::parts::{
    by_sets, continuation, merge_open_windows, parts_by_date, parts_for, parts_of,
};
use crate::harvest::plan::{WindowRange, start_of_day};
use crate::harvest::records::{fetch_records, not_received};
use crate::harvest::remedy::{Headers, Remedy, Rule, Signs, Situation, remedy};
use crate::harvest::window::{Window, WindowKind, WindowState, time_of};
use crate::harvest::work::{ListWork, MissingRecord};
use crate::oai::{Request, Verb};
use crate::store::{FailureKind, ListNo, WindowNo};

/// Failed windows after which the server is asked whether it still answers.
const CHECK_ALIVE_EVERY: u32 = 4;
/// Records that show whether most lack a format.
const FORMAT_SAMPLE: usize = 10;
/// Gaps that are named one by one when a list is given up.
const NAMED: usize = 1000;

/// Does what the table says of a window that failed.
pub(super) async fn handle_failure(
    work: &mut ListWork<'_>,
    mut window: Window,
    failure: &WindowFailure,
    progress: Progress,
) -> Result<(), HarvestError> {
    let kind = failure.kind();
    tracing::debug!(window = %window.window_no, range = %window.range(), %failure, "window failed");
    if window.kind != WindowKind::VerifyOverlap {
        work.budget.add_failure();
        check_alive(work, failure).await?;
    }
    window.failure = Some(kind);
    window.error = Some(failure.to_string());
    let mut signs = signs_of(work, &window, failure, progress);
    let format_error = match kind {
        FailureKind::FormatRefused => unknown_format(work).await?,
        _ => None,
    };
    signs.format_unknown = format_error.is_some();
    if signs.accepts_list_records && has_failed_sibling(work, &window) {
        work.budget.add_branch();
    }
    let mut headers = known_headers(work, &window).await?;
    loop {
        let rule = remedy(&Situation {
            failure,
            window: &window,
            facts: &work.facts,
            headers,
            signs,
        });
        tracing::debug!(window = %window.window_no, remedy = ?rule.remedy, reason = rule.reason, "remedy");
        match rule.remedy {
            Remedy::CompareIdentifiers => {
                headers = compare_identifiers(work, &window, failure, progress, &mut signs).await?;
                signs.budget_spent = work.budget.is_spent();
            }
            Remedy::ConfirmEmpty => {
                signs.emptiness_asked = true;
                signs.is_confirmed_empty = confirm_empty(work, &window).await?;
            }
            Remedy::Stop => {
                return Err(format_error.unwrap_or_else(|| no_set(work, &window)));
            }
            _ => return apply(work, window, failure, rule, progress).await,
        }
    }
}

/// A server that has stopped answering answers narrower windows no better: whether it still says who it is tells the
/// one from the other.
async fn check_alive(work: &mut ListWork<'_>, failure: &WindowFailure) -> Result<(), HarvestError> {
    let WindowFailure::PageFailed(error) = failure else {
        return Ok(());
    };
    let failures = work.budget.consecutive_failures();
    let is_due = failures == 1 || failures.is_multiple_of(CHECK_ALIVE_EVERY);
    if !is_due || !failure.is_unresponsive() {
        return Ok(());
    }
    match work.send(&Request::Identify, 1).await {
        Err(HarvestError::Interrupted) => Err(HarvestError::Interrupted),
        Ok(Ok(_)) => Ok(()),
        Ok(Err(_)) | Err(_) => Err(HarvestError::Request(error.clone())),
    }
}

fn signs_of(
    work: &ListWork<'_>,
    window: &Window,
    failure: &WindowFailure,
    progress: Progress,
) -> Signs {
    let cx = work.cx;
    let parent = window.parent_no.and_then(|parent| work.window(parent));
    let is_whole = !work.stream.windows.iter().any(|other| {
        other.list_no == window.list_no
            && other.state == WindowState::Split
            && other.kind != WindowKind::VerifyOverlap
    });
    let cursor = work.stream.cursor.filter(|_| !cx.habits.is_full);
    let since = cursor.and_then(|cursor| time_of(&cx.dates.from_after(cursor)));
    let from = window.from.as_deref().and_then(time_of);
    // Whole days begin before the time of day that the cursor has.
    let follows_cursor = since
        .zip(from)
        .is_some_and(|(since, from)| from >= start_of_day(since));
    let names_all_received = match failure {
        WindowFailure::Incomplete(shortage) => shortage.came >= received(work, window),
        _ => false,
    };
    let is_date_based = matches!(
        failure.kind(),
        FailureKind::TooWide | FailureKind::PageFailed | FailureKind::FormatRefused
    );
    Signs {
        budget_spent: work.budget.is_spent(),
        fails_like_parent: parent.is_some_and(|parent| parent.failure == Some(failure.kind())),
        advances: !work.facts.ignores_dates && continuation(work, window, progress).is_some(),
        is_resumed: progress.is_resumed,
        is_single_short_page: progress.is_single_short_page,
        is_divisible: !work.facts.ignores_dates
            && (!parts_by_date(work, window, failure.kind()).is_empty()
                && (is_date_based || !is_narrow(work, window))),
        is_below_an_hour: cx.dates.is_below_an_hour(window),
        has_times: window.with_day_granularity().is_some(),
        precedes_earliest: cx.precedes_earliest(window),
        may_drop_from: window.from.is_some()
            && window.until.is_none()
            && follows_cursor
            && !cx.habits.has_bounds,
        is_increment: follows_cursor && window.until.is_none(),
        is_untouched: is_whole && window.token.is_none(),
        accepts_list_records: work.accepts_list_records(),
        fails_throughout: work.budget.is_failing_throughout(),
        ends_lists_properly: cx.habits.ends_lists_properly,
        names_all_received,
        has_set: window.set_spec.is_some() || work.stream.set_spec.is_some(),
        ..Signs::default()
    }
}

/// Returns whether the other half of a window failed too.
fn has_failed_sibling(work: &ListWork<'_>, window: &Window) -> bool {
    window.parent_no.is_some()
        && work.stream.windows.iter().any(|other| {
            other.parent_no == window.parent_no
                && other.window_no != window.window_no
                && other.failure.is_some()
        })
}

/// Returns whether a window spans a day at most.
fn is_narrow(work: &ListWork<'_>, window: &Window) -> bool {
    work.cx.dates.days(window).is_some_and(|days| days <= 1)
}

/// Returns the known identifiers of a window without a request.
async fn known_headers(work: &mut ListWork<'_>, window: &Window) -> Result<Headers, HarvestError> {
    if let Some(missing) = known_missing(work, window).await? {
        return Ok(missing_headers(work, window, &missing));
    }
    Ok(if work.headers.is_unavailable {
        Headers::Unavailable
    } else {
        Headers::Unknown
    })
}

fn missing_headers(work: &ListWork<'_>, window: &Window, missing: &[MissingRecord]) -> Headers {
    let is_divisible =
        !work.facts.ignores_dates && halves(work.cx.dates, window, missing).is_some();
    Headers::Missing {
        count: missing.len(),
        is_divisible,
    }
}

/// Lists the identifiers of a window, and of a format that some items lack a sample of its records.
async fn compare_identifiers(
    work: &mut ListWork<'_>,
    window: &Window,
    failure: &WindowFailure,
    progress: Progress,
    signs: &mut Signs,
) -> Result<Headers, HarvestError> {
    // A list that ran past its end is not followed there again.
    let most = match failure {
        WindowFailure::EndUnproven => progress.pages.max(1),
        _ => u64::MAX,
    };
    let is_format = failure.kind() == FailureKind::FormatRefused;
    let listed = list_missing(work, window, most, progress.is_single_short_page).await?;
    let missing = match listed {
        IdentifierList::Missing(missing) => Some(missing),
        // No record has the format, which is why the list was refused.
        IdentifierList::Empty if is_format => Some(vec![]),
        IdentifierList::Unavailable if is_format => missing_by_store(work, window).await?,
        IdentifierList::Empty => {
            signs.is_confirmed_empty = signs.is_increment
                && progress.pages == 0
                && failure.may_mean_nothing()
                && lists_identifiers(work, window).await?;
            None
        }
        IdentifierList::Unavailable => None,
    };
    let Some(mut missing) = missing else {
        work.headers.is_unavailable = true;
        return Ok(Headers::Unavailable);
    };
    if is_format && missing.len() > FORMAT_SAMPLE {
        let step = missing.len() / FORMAT_SAMPLE;
        let sample: Vec<MissingRecord> = missing.iter().step_by(step).cloned().collect();
        let before = work.report.tally.records;
        let requested = sample.len() as u64;
        let gaps = fetch_records(work, sample.clone(), window).await?;
        work.save_windows(vec![], gaps).await?;
        let came = work.report.tally.records - before;
        signs.is_mostly_absent = came * 3 < requested * 2;
        missing.retain(|record| !sample.contains(record));
    } else {
        signs.is_mostly_absent = is_format;
    }
    let headers = missing_headers(work, window, &missing);
    work.headers.missing = Some((window.clone(), missing));
    Ok(headers)
}

/// Returns whether the list of identifiers, which needs no metadata, is as empty as the list of records was.
async fn confirm_empty(work: &mut ListWork<'_>, window: &Window) -> Result<bool, HarvestError> {
    let request = list_request(&work.stream, window, Verb::ListIdentifiers, &work.facts);
    Ok(match work.send(&request, 1).await? {
        Ok(got) => got.page.is_empty_list(),
        Err(error) => is_empty_response(&error),
    })
}

/// The error that names the formats there are; none where the requested one is among them.
async fn unknown_format(work: &mut ListWork<'_>) -> Result<Option<HarvestError>, HarvestError> {
    if work.is_partial_format() || work.format_offered {
        return Ok(None);
    }
    let request = Request::ListMetadataFormats { identifier: None };
    let known: Vec<String> = match work.send(&request, u32::MAX).await? {
        Ok(got) => got
            .page
            .formats
            .into_iter()
            .map(|format| format.prefix)
            .collect(),
        Err(_) => vec![],
    };
    let prefix = work.stream.metadata_prefix.clone();
    if known.contains(&prefix) {
        work.format_offered = true;
        return Ok(None);
    }
    Ok(Some(HarvestError::UnknownFormat { prefix, known }))
}

/// The error of a repository that has no sets: it names the one that was requested.
fn no_set(work: &ListWork<'_>, window: &Window) -> HarvestError {
    let set = window.set_spec.as_ref().or(work.stream.set_spec.as_ref());
    match set {
        Some(set) => HarvestError::UnknownSet {
            set: set.clone(),
            known: vec![],
        },
        None => HarvestError::NoSets,
    }
}

/// Carries out a remedy.
async fn apply(
    work: &mut ListWork<'_>,
    window: Window,
    failure: &WindowFailure,
    rule: &Rule,
    progress: Progress,
) -> Result<(), HarvestError> {
    match rule.remedy {
        Remedy::Accept | Remedy::AcceptUnverified => {
            learn_end(work, failure, progress);
            if rule.remedy == Remedy::AcceptUnverified
                || window.kind == WindowKind::List && failure.kind() == FailureKind::Incomplete
            {
                work.report.note(format!("{failure}; {}", rule.reason));
            }
            return work.settle(window, WindowState::Done, vec![]).await;
        }
        Remedy::FetchMissing => return fetch_missing(work, window, failure, progress).await,
        Remedy::Gap => {
            let gap = work.gap(None, &window, failure.to_string());
            return work.settle(window, WindowState::Gap, vec![gap]).await;
        }
        Remedy::GiveUp => return give_up(work, failure).await,
        _ => {}
    }
    let range = window.range();
    let parts = parts_by_remedy(work, &window, failure, rule.remedy, progress).await?;
    if parts.is_empty() {
        let gap = work.gap(None, &window, failure.to_string());
        return work.settle(window, WindowState::Gap, vec![gap]).await;
    }
    note_parts(work, failure, &range, rule.remedy);
    if matches!(rule.remedy, Remedy::Halve | Remedy::SplitByMissing) {
        work.budget.add_first_branch();
        // A half that is healthy tells a bad record from a server that accepts no window so wide.
        work.replace_behind(window, parts).await
    } else {
        work.replace(window, parts).await
    }
}

/// Returns the windows that take the place of one that failed; none where the remedy knows of none.
async fn parts_by_remedy(
    work: &mut ListWork<'_>,
    window: &Window,
    failure: &WindowFailure,
    remedy: Remedy,
    progress: Progress,
) -> Result<Vec<Window>, HarvestError> {
    let range = window.range();
    Ok(match remedy {
        Remedy::Restart => {
            work.report
                .note(format!("{failure}; {range} was begun again"));
            vec![Window {
                restarts: window.restarts + 1,
                parent_no: window.parent_no,
                ..window.restarted()
            }]
        }
        Remedy::Continue => continuation(work, window, progress).unwrap_or_default(),
        Remedy::SplitByMissing => {
            let missing = known_missing(work, window).await?.unwrap_or_default();
            halves(work.cx.dates, window, &missing).unwrap_or_default()
        }
        Remedy::Halve | Remedy::CalendarUnits | Remedy::BeforeEarliest => {
            parts_of(window, parts_for(work, window, failure, remedy))
        }
        Remedy::WholeDays => {
            work.report
                .note(format!("{failure}; {range} was requested by days"));
            window.with_day_granularity().into_iter().collect()
        }
        Remedy::DropFrom => {
            work.facts.rejects_early_from = true;
            work.report
                .note(format!("{failure}; everything was listed, without `from`"));
            vec![window.part(WindowRange {
                from: None,
                until: window.until.clone(),
            })]
        }
        Remedy::ByIdentifiers => vec![window.fetched_as(WindowKind::Identifiers)],
        Remedy::MergeByIdentifiers => merge_open_windows(work, window),
        Remedy::WholeListByIdentifiers => {
            work.drop_open(window, |_| true);
            let whole = window.part(WindowRange {
                from: None,
                until: None,
            });
            vec![whole.fetched_as(WindowKind::Identifiers)]
        }
        Remedy::BySets => by_sets(work, window).await?,
        Remedy::FetchList => vec![Window {
            parent_no: None,
            ..window.fetched_as(WindowKind::List)
        }],
        _ => vec![],
    })
}

/// Says that a window was fetched another way.
fn note_parts(
    work: &mut ListWork<'_>,
    failure: &WindowFailure,
    range: &WindowRange,
    remedy: Remedy,
) {
    let how = match remedy {
        Remedy::Continue
        | Remedy::SplitByMissing
        | Remedy::Halve
        | Remedy::CalendarUnits
        | Remedy::BySets => "was fetched in smaller parts",
        Remedy::ByIdentifiers | Remedy::MergeByIdentifiers | Remedy::WholeListByIdentifiers => {
            "was fetched record by record"
        }
        _ => return,
    };
    work.report.note(format!("{failure}; {range} {how}"));
}

/// Remembers how the server ends its lists.
fn learn_end(work: &mut ListWork<'_>, failure: &WindowFailure, progress: Progress) {
    match failure.kind() {
        FailureKind::EndUnproven => work.facts.token_past_end = true,
        // Of a list of one page it says nothing that its token is missing.
        FailureKind::FullPageWithoutToken if progress.pages > 1 => {
            work.facts.full_last_page = true;
        }
        _ => {}
    }
}

/// Requests what is missing of a window, and ends it.
async fn fetch_missing(
    work: &mut ListWork<'_>,
    window: Window,
    failure: &WindowFailure,
    progress: Progress,
) -> Result<(), HarvestError> {
    let missing = known_missing(work, &window).await?.unwrap_or_default();
    learn_end(work, failure, progress);
    work.report.note(format!(
        "{failure}; {} of its records were requested one by one",
        missing.len()
    ));
    let gaps = fetch_records(work, missing.clone(), &window).await?;
    forget_missing(work, &missing);
    work.settle(window, WindowState::Done, gaps).await
}

/// Requests what a list of identifiers named and no part of its window has brought: a server's idea of a day may
/// differ. Returns whether there was anything.
pub(super) async fn fetch_left_over(work: &mut ListWork<'_>) -> Result<bool, HarvestError> {
    let Some((listed, missing)) = work.headers.missing.take() else {
        return Ok(false);
    };
    // What lies in a gap is known to be missing.
    let is_lost = |record: &MissingRecord| {
        work.stream.windows.iter().any(|window| {
            window.state == WindowState::Gap
                && window.list_no == listed.list_no
                && window.holds(&record.datestamp)
        })
    };
    let missing: Vec<MissingRecord> = missing
        .into_iter()
        .filter(|record| !is_lost(record))
        .collect();
    let missing = not_received(work, missing, listed.list_no).await?;
    // The list was compared: its count need not be checked.
    work.headers.missing = Some((listed.clone(), vec![]));
    if missing.is_empty() {
        return Ok(false);
    }
    let gaps = fetch_records(work, missing, &listed).await?;
    work.save_windows(vec![], gaps).await?;
    Ok(true)
}

/// Too much fails: what is known to be missing is named; else what is left becomes one gap where nothing came at all,
/// else one for each window.
async fn give_up(work: &mut ListWork<'_>, failure: &WindowFailure) -> Result<(), HarvestError> {
    let reason =
        format!("given up: the list has cost as much as it may; the last failure: {failure}");
    let open: Vec<Window> = work
        .stream
        .windows
        .iter()
        .filter(|window| {
            window.is_open() || window.failure.is_some() && window.state == WindowState::Open
        })
        .cloned()
        .collect();
    let mut settled = Vec::new();
    let mut lost: Vec<Window> = Vec::new();
    let mut gaps = Vec::new();
    for mut window in open {
        let missing = known_missing(work, &window).await?;
        window.token = None;
        if let Some(missing) = missing.filter(|missing| missing.len() <= NAMED) {
            window.state = WindowState::Done;
            for record in &missing {
                gaps.push(work.gap(Some(&record.identifier), &window, reason.clone()));
            }
            forget_missing(work, &missing);
        } else {
            window.state = WindowState::Gap;
            lost.push(window.clone());
        }
        work.update(window.clone());
        settled.push(window);
    }
    if work.report.tally.records == 0 && !lost.is_empty() {
        lost = vec![Window::todo(WindowNo::START, ListNo::START, None, None)];
    }
    for window in lost {
        gaps.push(work.gap(None, &window, reason.clone()));
    }
    work.save_windows(settled, gaps).await
}
