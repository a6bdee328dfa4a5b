//! The loop that fetches the windows of a list. What is done about one that fails stands in `remedy`.

use crate::harvest::HarvestError;
use crate::harvest::completeness::schedule_count_check;
use crate::harvest::fetch::{Fetched, fetch_window};
use crate::harvest::overlap::overlap_already_received;
use crate::harvest::page_history::IGNORES_DATES;
use crate::harvest::parts::accepted_parts;
use crate::harvest::recovery::{fetch_left_over, handle_failure};
use crate::harvest::window::{Window, WindowKind, WindowState};
use crate::harvest::work::ListWork;

/// Fetches all windows of the list that are still open.
///
/// # Errors
/// When the source had to be left.
pub(super) async fn fetch_windows(work: &mut ListWork<'_>) -> Result<(), HarvestError> {
    loop {
        let Some(mut window) = next_window(work) else {
            if fetch_left_over(work).await? || schedule_count_check(work) {
                continue;
            }
            learn_page_size(work);
            return Ok(());
        };
        if let Some(parts) = accepted_parts(work, &window) {
            work.replace(window, parts).await?;
            continue;
        }
        if window.kind == WindowKind::VerifyOverlap
            && overlap_already_received(work, &window).await?
        {
            work.report.note(IGNORES_DATES);
            work.settle(window, WindowState::Done, vec![]).await?;
            continue;
        }
        let fetched = fetch_window(work, &mut window).await;
        work.update(window.clone());
        match fetched? {
            Fetched::Complete => {
                let is_narrow = work.facts.widest_window_days.is_some();
                work.budget.on_success(is_narrow);
            }
            Fetched::LimitReached => {
                work.report
                    .note("stopped at the limit that was given; the next harvest resumes there");
                return Ok(());
            }
            Fetched::Stopped(_) if window.kind == WindowKind::VerifyOverlap => {
                let list = Window {
                    parent_no: None,
                    ..window.fetched_as(WindowKind::List)
                };
                work.replace(window, vec![list]).await?;
            }
            Fetched::Stopped(error) => return Err(HarvestError::Request(error)),
            Fetched::Failed(failure, progress) => {
                handle_failure(work, window, &failure, progress).await?;
            }
        }
    }
}

/// The window that comes next. What lies before all that the server says it has comes last, when it is known how wide a
/// list may be.
fn next_window(work: &ListWork<'_>) -> Option<Window> {
    let windows = &work.stream.windows;
    let is_within = |window: &&Window| window.is_open() && !work.cx.precedes_earliest(window);
    windows
        .iter()
        .find(is_within)
        .or_else(|| windows.iter().find(|window| window.is_open()))
        .cloned()
}

/// Remembers how long a page is on a server whose lists fail: a shorter one is the last.
fn learn_page_size(work: &mut ListWork<'_>) {
    let longest = work.budget.longest_page();
    if work.budget.has_failed() && work.facts.longest_page.unwrap_or(0) < longest {
        work.facts.longest_page = Some(longest);
    }
}
