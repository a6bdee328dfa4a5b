//! `harvest`: an endpoint as an iterator of articles.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use offprint::{Collection, Entry, HarvestReport};
use pyo3::prelude::*;
use tokio::sync::oneshot;

use crate::convert::{self, Datestamp, Texts};
use crate::error;
use crate::feed::{Feed, Next};
use crate::report::Report;
use crate::store::open_or_create;
use crate::wait::{let_end, wait, wait_for};

/// The time that a harvest has to end at a page's edge after Ctrl-C.
const GRACE: Duration = Duration::from_secs(3);

/// The plan of a harvest, as its arguments say it.
pub(crate) struct Plan {
    pub(crate) url: String,
    pub(crate) store: Option<PathBuf>,
    pub(crate) formats: Vec<String>,
    pub(crate) sets: Vec<String>,
    pub(crate) from: Option<String>,
    pub(crate) until: Option<String>,
    pub(crate) rate: offprint::Rate,
    pub(crate) contact: Option<String>,
    pub(crate) progress: Ticker,
}

impl Plan {
    /// Opens the store that is named, else the one that `offprint get` keeps for the host.
    pub(crate) fn open(&self, py: Python<'_>) -> PyResult<Collection> {
        match &self.store {
            Some(path) => open_or_create(py, path),
            None => wait_for(py, Collection::cached(&self.url))?.map_err(error::of),
        }
    }

    /// Sets the harvest up.
    pub(crate) fn harvest(&self, collection: &Collection) -> offprint::Harvest {
        let mut harvest = collection
            .harvest(self.url.as_str())
            .sets(self.sets.clone())
            .rate(self.rate);
        harvest = if self.formats.is_empty() {
            harvest.best_format()
        } else {
            harvest.formats(self.formats.clone())
        };
        if let Some(from) = &self.from {
            harvest = harvest.from(from);
        }
        if let Some(until) = &self.until {
            harvest = harvest.until(until);
        }
        if let Some(contact) = &self.contact {
            harvest = harvest.contact(contact);
        }
        let newest = Arc::clone(&self.progress.newest);
        harvest.on_progress(move |progress| {
            *newest.lock().unwrap_or_else(PoisonError::into_inner) =
                Some((progress.records, progress.total));
        })
    }

    /// Returns whether a datestamp lies in the range that is harvested.
    fn has_date(&self, datestamp: &str) -> bool {
        let cut = |bound: &str| datestamp.get(..bound.len()).unwrap_or(datestamp).to_owned();
        self.from.as_ref().is_none_or(|from| cut(from) >= *from)
            && self.until.as_ref().is_none_or(|until| cut(until) <= *until)
    }
}

/// Calls a Python function with the newest progress, on the thread that waits.
pub(crate) struct Ticker {
    callback: Option<Py<PyAny>>,
    newest: Arc<Mutex<Option<(u64, Option<u64>)>>>,
}

impl Ticker {
    pub(crate) fn new(callback: Option<Py<PyAny>>) -> Self {
        Self {
            callback,
            newest: Arc::default(),
        }
    }

    pub(crate) fn tick(&self, py: Python<'_>) -> PyResult<()> {
        let newest = self
            .newest
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        if let (Some(callback), Some(progress)) = (&self.callback, newest) {
            callback.call1(py, progress)?;
        }
        Ok(())
    }
}

/// The position of the iterator.
enum State {
    Start { deleted: bool, changed_since: Option<i64> },
    Reading(Feed<Entry>),
    End,
}

/// The articles of an endpoint: an iterator of dicts. The harvest begins with the first `next()`.
#[pyclass(module = "offprint")]
pub(crate) struct Harvest {
    plan: Plan,
    state: State,
    report: Option<HarvestReport>,
}

#[pymethods]
impl Harvest {
    fn __iter__(this: PyRef<'_, Self>) -> PyRef<'_, Self> {
        this
    }

    fn __next__<'py>(&mut self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        loop {
            match &mut self.state {
                State::End => return Ok(None),
                State::Start { deleted, changed_since } => {
                    let (deleted, changed_since) = (*deleted, *changed_since);
                    self.state = State::End;
                    self.state = State::Reading(self.start(py, deleted, changed_since)?);
                }
                State::Reading(feed) => match feed.next(py, |_| Ok(())) {
                    Ok(Next::Value(entry)) => {
                        if self.plan.has_date(&entry.provenance().datestamp) {
                            return convert::entry(py, &entry).map(Some);
                        }
                    }
                    Ok(_) => {
                        self.state = State::End;
                        return match self.report.as_ref().and_then(error::of_report) {
                            Some(error) => Err(error),
                            None => Ok(None),
                        };
                    }
                    Err(error) => {
                        self.state = State::End;
                        return Err(error);
                    }
                },
            }
        }
    }

    /// The report of the harvest; None before the first article.
    #[getter]
    fn report(&self) -> Option<Report> {
        self.report.clone().map(Report::from)
    }

    /// Ends the iteration. The records that were harvested stay in the store.
    fn close(&mut self) {
        self.state = State::End;
    }
}

impl Harvest {
    pub(crate) fn new(plan: Plan, deleted: bool, changed_since: Option<i64>) -> Self {
        Self {
            plan,
            state: State::Start { deleted, changed_since },
            report: None,
        }
    }

    /// Harvests, and begins to read the articles.
    fn start(
        &mut self,
        py: Python<'_>,
        deleted: bool,
        changed_since: Option<i64>,
    ) -> PyResult<Feed<Entry>> {
        let collection = self.plan.open(py)?;
        let (stop, stopped) = oneshot::channel::<()>();
        let harvest = self.plan.harvest(&collection).derive_later().stop_when(async move {
            if stopped.await.is_err() {
                std::future::pending::<()>().await;
            }
        });
        let mut run = std::pin::pin!(harvest.run());
        let report = match wait(py, run.as_mut(), |py| self.plan.progress.tick(py)) {
            Ok(report) => report.map_err(error::of)?,
            Err(interrupt) => {
                let _ = stop.send(());
                let_end(py, run, GRACE)?;
                return Err(interrupt);
            }
        };
        self.report = Some(report.clone());
        if report.outcome == offprint::Outcome::Failed
            && let Some(error) = error::of_report(&report)
        {
            return Err(error);
        }
        let mut entries = collection.entries().source(report.source);
        for set in &self.plan.sets {
            entries = entries.set(set);
        }
        if !deleted {
            entries = entries.live();
        }
        if let Some(run) = changed_since {
            entries = entries.changed_since(run);
        }
        Feed::start(entries, |_| ())
    }
}

/// Harvests an OAI-PMH endpoint, and returns an iterator over its articles as dicts.
#[pyfunction]
#[pyo3(signature = (
    url, *, store = None, formats = None, sets = None, since = None, until = None, rate = Some(1.0), contact = None,
    deleted = false, changed_since = None, progress = None
))]
#[expect(clippy::too_many_arguments, reason = "keyword arguments of Python")]
pub(crate) fn harvest(
    url: String,
    store: Option<PathBuf>,
    formats: Option<Texts>,
    sets: Option<Texts>,
    since: Option<Datestamp>,
    until: Option<Datestamp>,
    rate: Option<f64>,
    contact: Option<String>,
    deleted: bool,
    changed_since: Option<i64>,
    progress: Option<Py<PyAny>>,
) -> PyResult<Harvest> {
    let plan = Plan {
        url,
        store,
        formats: Texts::into_vec(formats),
        sets: Texts::into_vec(sets),
        from: since.map(|date| date.0),
        until: until.map(|date| date.0),
        rate: convert::rate(rate)?,
        contact,
        progress: Ticker::new(progress),
    };
    Ok(Harvest::new(plan, deleted, changed_since))
}
