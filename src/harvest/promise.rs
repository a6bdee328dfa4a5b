//! Whether the parts that a list was fetched in came to what the whole of it had promised.

use crate::harvest::HarvestError;
use crate::harvest::course::Trouble;
use crate::harvest::isolate::again;
use crate::harvest::walk::Walker;
use crate::oai::Datestamp;
use crate::store::{Window, WindowKind, WindowState};

/// Whether a window is such a check.
pub(super) fn is_check(window: &Window) -> bool {
    window.kind == WindowKind::VerifyCount
}

impl Walker<'_> {
    /// Puts a check behind the windows when parts came to less than the whole had promised and nothing says why: a list
    /// of one page gives no size, and so hides what it leaves out. Whether there is one.
    pub(super) fn checks_promise(&mut self) -> bool {
        let Some(whole) = self.unkept() else {
            return false;
        };
        let check = Window {
            window_no: self.next_window_no(),
            kind: WindowKind::VerifyCount,
            ..again(whole)
        };
        self.stream.windows.push(check);
        true
    }

    /// The first window that was split and whose parts came to less than it had promised, without a gap.
    fn unkept(&self) -> Option<&Window> {
        let windows = &self.stream.windows;
        let list_no = windows.iter().map(|window| window.list_no).max()?;
        let mut split: Vec<&Window> = windows
            .iter()
            .filter(|window| window.list_no == list_no && window.state == WindowState::Split)
            .filter(|window| window.kind == WindowKind::List)
            .collect();
        split.sort_by_key(|window| window.window_no);
        split.into_iter().find(|whole| {
            let parts = || {
                windows
                    .iter()
                    .filter(|part| part.list_no == list_no && lies_in(part, whole))
            };
            let is_known = windows
                .iter()
                .any(|check| is_check(check) && lies_in(whole, check))
                || parts().any(|part| part.state == WindowState::Gap);
            !is_known
                && whole
                    .list_size
                    .is_some_and(|promised| self.came(whole) < promised)
        })
    }

    /// Records that the parts of a window brought.
    fn came(&self, whole: &Window) -> i64 {
        let counts = |part: &&Window| {
            part.list_no == whole.list_no
                && part.state == WindowState::Done
                && part.kind != WindowKind::Get
                && !is_check(part)
                && lies_in(part, whole)
        };
        self.stream
            .windows
            .iter()
            .filter(counts)
            .map(|part| part.seen)
            .sum()
    }

    /// What a check that did not end well says: where it named all that had come, the promise was wrong; else nobody
    /// knows.
    pub(super) async fn judge_check(
        &mut self,
        window: Window,
        trouble: &Trouble,
    ) -> Result<(), HarvestError> {
        if let Trouble::Short(shortage) = trouble
            && shortage.came >= self.came(&window)
        {
            self.report
                .note(format!("{trouble}, and its identifiers are no more"));
            return self.settle(window, WindowState::Done, vec![]).await;
        }
        self.lose(window, trouble).await
    }
}

/// Whether a window lies within another.
pub(super) fn lies_in(part: &Window, whole: &Window) -> bool {
    let time = |bound: Option<&str>| bound.and_then(Datestamp::parse).map(|date| date.time);
    let (from, until) = (time(part.from.as_deref()), time(part.until.as_deref()));
    let after =
        time(whole.from.as_deref()).is_none_or(|first| from.is_some_and(|from| from >= first));
    let before =
        time(whole.until.as_deref()).is_none_or(|last| until.is_some_and(|until| until <= last));
    after && before && (whole.set_spec.is_none() || whole.set_spec == part.set_spec)
}
