//! Phases of long work, for whoever shows them: deriving, exporting, reading for a report.
//!
//! The observer belongs to a task and what it awaits ([`observed`]), so that no function on the way has to pass it on.
//! Without an observer, a phase costs nothing.

use std::sync::{Arc, OnceLock};

use tokio::task_local;

task_local! {
    static OBSERVER: Arc<dyn PhaseObserver>;
}

/// Shows phases.
pub(crate) trait PhaseObserver: Send + Sync {
    /// A phase begins, of so many steps if that is known; returns its number.
    fn begin(&self, name: &str, total: Option<u64>) -> u64;

    /// More steps of a phase have become known.
    fn grow(&self, phase: u64, steps: u64);

    /// So many more steps of a phase are done.
    fn advance(&self, phase: u64, steps: u64);

    /// A phase is over.
    fn end(&self, phase: u64);
}

/// Runs work whose phases an observer shows.
#[cfg(feature = "cli")]
pub(crate) async fn observed<F: Future>(observer: Arc<dyn PhaseObserver>, work: F) -> F::Output {
    OBSERVER.scope(observer, work).await
}

/// Returns whether phases are shown, so that a total is worth a query.
pub(crate) fn is_observed() -> bool {
    OBSERVER.try_with(|_| ()).is_ok()
}

/// The observer of a task, for work that goes on in another thread.
#[derive(Clone)]
pub(crate) struct Phases(Option<Arc<dyn PhaseObserver>>);

impl Phases {
    /// Returns the observer of this task, if it has one.
    pub(crate) fn current() -> Self {
        Self(OBSERVER.try_with(Arc::clone).ok())
    }

    /// Begins a phase of so many steps, if that is known.
    pub(crate) fn begin(&self, name: &str, total: Option<u64>) -> Phase {
        Phase(self.0.as_ref().map(|observer| {
            let phase = observer.begin(name, total);
            (Arc::clone(observer), phase)
        }))
    }
}

/// A phase under way; it ends when this is dropped.
pub(crate) struct Phase(Option<(Arc<dyn PhaseObserver>, u64)>);

impl Phase {
    /// Begins a phase of so many steps, if that is known.
    pub(crate) fn begin(name: &str, total: Option<u64>) -> Self {
        Phases::current().begin(name, total)
    }

    /// Notes that more steps have become known.
    pub(crate) fn grow(&self, steps: u64) {
        if let Some((observer, phase)) = &self.0 {
            observer.grow(*phase, steps);
        }
    }

    /// Notes that steps are done.
    pub(crate) fn advance(&self, steps: u64) {
        if let Some((observer, phase)) = &self.0 {
            observer.advance(*phase, steps);
        }
    }
}

/// A phase that begins with its first part, if there is one.
pub(crate) struct LazyPhase {
    name: &'static str,
    /// Steps of all parts; `None` if each tells its own.
    total: Option<u64>,
    phase: OnceLock<Phase>,
}

impl LazyPhase {
    /// A phase of so many steps.
    pub(crate) fn of(name: &'static str, total: u64) -> Self {
        Self {
            name,
            total: Some(total),
            phase: OnceLock::new(),
        }
    }

    /// A phase that grows with its parts.
    pub(crate) fn growing(name: &'static str) -> Self {
        Self {
            name,
            total: None,
            phase: OnceLock::new(),
        }
    }

    /// Begins a part of so many steps.
    pub(crate) fn part(&self, steps: u64) -> &Phase {
        let begin = || Phase::begin(self.name, Some(self.total.unwrap_or_default()));
        let phase = self.phase.get_or_init(begin);
        if self.total.is_none() {
            phase.grow(steps);
        }
        phase
    }
}

impl Drop for Phase {
    fn drop(&mut self) {
        if let Some((observer, phase)) = &self.0 {
            observer.end(*phase);
        }
    }
}

#[cfg(all(test, feature = "cli"))]
mod tests {
    use std::sync::{Mutex, MutexGuard, PoisonError};

    use super::*;

    #[derive(Default)]
    struct Log(Mutex<Vec<String>>);

    impl Log {
        fn lines(&self) -> MutexGuard<'_, Vec<String>> {
            self.0.lock().unwrap_or_else(PoisonError::into_inner)
        }

        fn note(&self, line: String) {
            self.lines().push(line);
        }
    }

    impl PhaseObserver for Log {
        fn begin(&self, name: &str, total: Option<u64>) -> u64 {
            self.note(format!("{name} of {total:?}"));
            7
        }

        fn grow(&self, phase: u64, steps: u64) {
            self.note(format!("{phase} +{steps}"));
        }

        fn advance(&self, phase: u64, steps: u64) {
            self.note(format!("{phase}: {steps}"));
        }

        fn end(&self, phase: u64) {
            self.note(format!("{phase} ends"));
        }
    }

    #[tokio::test]
    async fn an_observer_sees_the_phases_of_its_task() {
        let log = Arc::new(Log::default());
        let work = async {
            assert!(is_observed());
            let phase = Phase::begin("reading", Some(3));
            phase.grow(1);
            phase.advance(2);
        };
        observed(Arc::clone(&log) as _, work).await;
        let expected = ["reading of Some(3)", "7 +1", "7: 2", "7 ends"];
        assert_eq!(*log.lines(), expected);
    }

    #[tokio::test]
    async fn a_phase_without_an_observer_does_nothing() {
        assert!(!is_observed());
        Phase::begin("reading", None).advance(1);
    }
}
