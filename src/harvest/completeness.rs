//! Compares the parts that a list was fetched in with the number of records that the whole list had promised.

use crate::harvest::window::{Window, WindowKind, WindowState};
use crate::harvest::work::ListWork;

/// Puts a count check behind the windows when parts came to less than the whole had promised and nothing says why: a
/// list of one page gives no size, and so hides what it leaves out. Returns whether there is one.
pub(super) fn schedule_count_check(work: &mut ListWork<'_>) -> bool {
    let Some(whole) = first_shortfall(work) else {
        return false;
    };
    let check = Window {
        window_no: work.next_window_no(),
        parent_no: Some(whole.window_no),
        kind: WindowKind::VerifyCount,
        ..whole.restarted()
    };
    work.stream.windows.push(check);
    true
}

/// The first window that was split and whose parts came to less than it had promised, without a gap.
fn first_shortfall<'w>(work: &'w ListWork<'_>) -> Option<&'w Window> {
    let windows = &work.stream.windows;
    let list_no = windows.iter().map(|window| window.list_no).max()?;
    let own = || windows.iter().filter(|window| window.list_no == list_no);
    let mut split: Vec<&Window> = own()
        .filter(|window| window.state == WindowState::Split)
        .filter(|window| window.kind == WindowKind::List && window.parent_no.is_none())
        .collect();
    split.sort_by_key(|window| window.window_no);
    split.into_iter().find(|whole| {
        let is_checked =
            own().any(|check| check.kind == WindowKind::VerifyCount && check.contains(whole));
        let has_gap = own().any(|part| part.state == WindowState::Gap && whole.contains(part));
        let is_compared = work
            .headers
            .missing
            .as_ref()
            .is_some_and(|(listed, _)| listed.contains(whole));
        !is_checked
            && !has_gap
            && !is_compared
            && whole
                .list_size
                .is_some_and(|promised| received(work, whole) < promised)
    })
}

/// Returns the different records that a window and its parts brought, and those that were requested one by one.
pub(super) fn received(work: &ListWork<'_>, whole: &Window) -> i64 {
    let counts = |part: &&Window| {
        part.list_no == whole.list_no
            && part.kind != WindowKind::VerifyCount
            && (part.kind == WindowKind::Get || whole.contains(part))
    };
    work.stream
        .windows
        .iter()
        .filter(counts)
        .map(|part| part.fresh)
        .sum()
}
