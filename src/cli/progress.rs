//! Progress bars on a terminal's stderr; nothing in a pipe.

use std::collections::HashMap;
use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use chrono::Utc;
use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle};

use crate::cli::output::{self, Label};
use crate::cli::values::LogFormat;
use crate::display::{MAX_MESSAGE, MAX_QUOTE, excerpt, is_stderr_terminal};
use crate::harvest::Observer;
use crate::phase::PhaseObserver;
use crate::redact::redact;

/// A bar for each source under way, and a line for each that is done.
pub struct Progress {
    bars: Option<MultiProgress>,
    by_name: Mutex<HashMap<String, ProgressBar>>,
    lines: bool,
    json: bool,
    /// No line for a source that is done.
    is_brief: AtomicBool,
    phases: Mutex<HashMap<u64, ProgressBar>>,
    /// The number of the newest phase.
    newest: AtomicU64,
}

impl fmt::Debug for Progress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Progress")
            .field("bars", &self.bars.is_some())
            .finish_non_exhaustive()
    }
}

impl Progress {
    /// Progress on stderr: bars where it is a terminal, summary lines anywhere; nothing unless `shown`. As logs
    /// are in JSON, so are the lines, and there are no bars.
    pub fn new(shown: bool, format: LogFormat) -> Self {
        let json = format == LogFormat::Json;
        let bars = (shown && !json && is_stderr_terminal())
            .then(|| MultiProgress::with_draw_target(ProgressDrawTarget::stderr()));
        Self {
            bars,
            by_name: Mutex::default(),
            lines: shown,
            json,
            is_brief: AtomicBool::new(false),
            phases: Mutex::default(),
            newest: AtomicU64::new(0),
        }
    }

    /// Returns whether there is a terminal to show bars on.
    pub fn has_bars(&self) -> bool {
        self.bars.is_some()
    }

    /// Leaves out the line of each source that is done, where there are too many to read.
    pub fn set_brief(&self, is_brief: bool) {
        self.is_brief.store(is_brief, Ordering::Relaxed);
    }

    /// Returns whether no line is written for a source that is done.
    pub fn is_brief(&self) -> bool {
        self.is_brief.load(Ordering::Relaxed)
    }

    /// Writes something to stderr while no bar is in the way.
    pub fn suspend<R>(&self, write: impl FnOnce() -> R) -> R {
        match &self.bars {
            Some(bars) => bars.suspend(write),
            None => write(),
        }
    }

    /// Tells people something, unless they requested quiet.
    pub fn println(&self, line: &str) {
        if self.lines {
            self.eprintln_always(line);
        }
    }

    /// Warns people, even if they requested quiet.
    pub fn warn(&self, line: &str) {
        if self.json {
            self.eprintln_always(&format!("warning: {line}"));
        } else {
            self.suspend(|| output::labelled(Label::Warning, line));
        }
    }

    /// Tells people something even if they requested quiet.
    pub fn eprintln_always(&self, line: &str) {
        if self.json {
            let line = excerpt(line, MAX_MESSAGE);
            output::json_to_stderr(
                &serde_json::json!({"timestamp": Utc::now(), "level": "INFO", "message": line}),
            );
        } else {
            self.suspend(|| output::to_stderr(line));
        }
    }

    fn phases(&self) -> MutexGuard<'_, HashMap<u64, ProgressBar>> {
        self.phases.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn with(&self, name: &str, act: impl FnOnce(&ProgressBar)) {
        let bars = self.by_name.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(bar) = bars.get(name) {
            act(bar);
        }
    }
}

/// A list of unknown length, and one of known length (completeListSize).
const OPEN: &str = "{prefix} {spinner} {human_pos} records, {rate} {wide_msg}";
const SIZED: &str =
    "{prefix} {bar:30} {human_pos}/{human_len} records, {rate}, {eta} left {wide_msg}";

/// A phase of unknown length, and one of known length.
const OPEN_PHASE: &str = "{prefix} {spinner} {done} {wide_msg}";
const SIZED_PHASE: &str =
    "{prefix} {bar:30} {human_pos}/{human_len}, {rate}, {eta} left {wide_msg}";

fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template)
        .unwrap_or_else(|_| ProgressStyle::default_bar())
        .with_key("rate", |state: &ProgressState, out: &mut dyn fmt::Write| {
            let _ = write!(out, "{:.0} a second", state.per_sec());
        })
        .with_key("done", |state: &ProgressState, out: &mut dyn fmt::Write| {
            if state.pos() > 0 {
                let _ = write!(out, "{}, {:.0} a second", state.pos(), state.per_sec());
            }
        })
}

impl PhaseObserver for Progress {
    fn begin(&self, name: &str, total: Option<u64>) -> u64 {
        let number = self.newest.fetch_add(1, Ordering::Relaxed);
        if let Some(bars) = &self.bars {
            let (bar, template) = match total {
                Some(total) => (ProgressBar::new(total), SIZED_PHASE),
                None => (ProgressBar::no_length(), OPEN_PHASE),
            };
            let bar = bars.add(bar);
            bar.set_style(style(template));
            bar.set_prefix(name.to_owned());
            bar.enable_steady_tick(Duration::from_millis(200));
            self.phases().insert(number, bar);
        }
        number
    }

    fn grow(&self, phase: u64, steps: u64) {
        if let Some(bar) = self.phases().get(&phase) {
            bar.inc_length(steps);
        }
    }

    fn advance(&self, phase: u64, steps: u64) {
        if let Some(bar) = self.phases().get(&phase) {
            bar.inc(steps);
            // What is added meanwhile is shown as well.
            if bar.length().is_some_and(|length| length < bar.position()) {
                bar.set_length(bar.position());
            }
        }
    }

    fn end(&self, phase: u64) {
        if let Some(bar) = self.phases().remove(&phase) {
            bar.finish_and_clear();
        }
    }
}

impl Observer for Progress {
    fn source_started(&self, name: &str) {
        let Some(bars) = &self.bars else { return };
        let bar = bars.add(ProgressBar::no_length());
        bar.set_style(style(OPEN));
        bar.set_prefix(name.to_owned());
        bar.enable_steady_tick(Duration::from_millis(200));
        self.by_name
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(name.to_owned(), bar);
    }

    fn endpoint_found(&self, name: &str, url: &str) {
        self.println(&format!("{name}: using the endpoint {url}"));
    }

    fn page(&self, name: &str, seen: u64, total: Option<u64>) {
        self.with(name, |bar| {
            // A server may promise fewer than it sends: the bar then follows what has come.
            if let Some(total) = total.map(|total| total.max(seen))
                && bar.length() != Some(total)
            {
                bar.set_length(total);
                bar.set_style(style(SIZED));
            }
            bar.set_position(seen);
            bar.set_message("");
        });
    }

    fn waiting(&self, name: &str, seconds: f64, why: &str) {
        self.with(name, |bar| {
            let why = output::plain(&excerpt(&redact(why), MAX_QUOTE));
            bar.set_message(format!("waiting {seconds:.0} s: {why}"))
        });
    }

    fn source_done(&self, name: &str, summary: &str) {
        let bar = self
            .by_name
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .remove(name);
        if let Some(bar) = bar {
            bar.finish_and_clear();
        }
        if !self.is_brief() {
            self.println(&format!("{name}: {summary}"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accepts_templates() {
        for template in [OPEN, SIZED, OPEN_PHASE, SIZED_PHASE] {
            assert!(ProgressStyle::with_template(template).is_ok(), "{template}");
        }
    }
}
