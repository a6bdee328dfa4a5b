//! `records`: an endpoint as an iterator of raw records.

use std::path::PathBuf;

use offprint::{HarvestReport, RawRecord};
use pyo3::prelude::*;

use crate::convert::{self, Datestamp, Texts};
use crate::error;
use crate::feed::{Feed, Next};
use crate::harvest::{Plan, Ticker};
use crate::report::Report;

/// A record as it was received.
#[pyclass(frozen, module = "offprint")]
pub(crate) struct Record(RawRecord);

impl From<RawRecord> for Record {
    fn from(record: RawRecord) -> Self {
        Self(record)
    }
}

#[pymethods]
impl Record {
    /// OAI identifier.
    #[getter]
    fn identifier(&self) -> &str {
        &self.0.header.identifier
    }

    /// Datestamp, as received.
    #[getter]
    fn datestamp(&self) -> &str {
        &self.0.header.datestamp
    }

    /// setSpecs.
    #[getter]
    fn sets(&self) -> Vec<String> {
        self.0.header.set_specs.clone()
    }

    /// True if the record was deleted, or is missing in a complete list.
    #[getter]
    fn deleted(&self) -> bool {
        self.0.header.deleted
    }

    /// metadataPrefix.
    #[getter]
    fn prefix(&self) -> &str {
        &self.0.metadata_prefix
    }

    /// The `<record>` element; repaired only where it was not well-formed.
    #[getter]
    fn xml(&self) -> &str {
        &self.0.xml
    }

    /// Name of the source in the store.
    #[getter]
    fn source(&self) -> &str {
        &self.0.source
    }

    /// Time of the response that the record was received in, as ISO 8601.
    #[getter]
    fn harvested_at(&self) -> String {
        self.0.harvested_at.to_rfc3339()
    }

    fn __repr__(&self) -> String {
        let header = &self.0.header;
        format!(
            "<offprint.Record {} {}{}>",
            header.identifier,
            header.datestamp,
            if header.deleted { " deleted" } else { "" }
        )
    }
}

/// The position of the iterator.
enum State {
    /// No request was sent yet.
    Start(Box<Plan>),
    Harvesting(Box<Plan>, Feed<RawRecord, Option<HarvestReport>>),
    Stored(Feed<RawRecord>),
    End,
}

/// The records of an endpoint or store: an iterator of `Record`.
#[pyclass(module = "offprint")]
pub(crate) struct Records {
    state: State,
    deleted: bool,
    report: Option<HarvestReport>,
}

impl Records {
    /// Records that are stored.
    pub(crate) fn stored(feed: Feed<RawRecord>) -> Self {
        Self {
            state: State::Stored(feed),
            deleted: true,
            report: None,
        }
    }

    /// Returns the next record; `None` at the end.
    fn next(&mut self, py: Python<'_>) -> PyResult<Option<RawRecord>> {
        loop {
            match &mut self.state {
                State::End => return Ok(None),
                State::Start(_) => {
                    let State::Start(plan) = std::mem::replace(&mut self.state, State::End) else {
                        continue;
                    };
                    let collection = plan.open(py)?;
                    let records = plan.harvest(&collection).records();
                    let feed = Feed::start(records, offprint::HarvestedRecords::report)?;
                    self.state = State::Harvesting(plan, feed);
                }
                State::Stored(feed) => match feed.next(py, |_| Ok(()))? {
                    Next::Value(record) => return Ok(Some(record)),
                    _ => return Ok(None),
                },
                State::Harvesting(plan, feed) => {
                    match feed.next(py, |py| plan.progress.tick(py))? {
                        Next::Value(record) => return Ok(Some(record)),
                        Next::Nothing => return Ok(None),
                        Next::End(report) => {
                            self.report = report;
                            return match self.report.as_ref().and_then(error::of_report) {
                                Some(error) => Err(error),
                                None => Ok(None),
                            };
                        }
                    }
                }
            }
        }
    }
}

#[pymethods]
impl Records {
    fn __iter__(this: PyRef<'_, Self>) -> PyRef<'_, Self> {
        this
    }

    fn __next__(&mut self, py: Python<'_>) -> PyResult<Option<Record>> {
        loop {
            match self.next(py) {
                Ok(Some(record)) if record.header.deleted && !self.deleted => {}
                Ok(Some(record)) => return Ok(Some(record.into())),
                ended => {
                    self.state = State::End;
                    return ended.map(|_| None);
                }
            }
        }
    }

    /// The report of the harvest; None before its end.
    #[getter]
    fn report(&self) -> Option<Report> {
        self.report.clone().map(Report::from)
    }

    /// Ends the iteration, and the harvest. The records that were harvested stay in the store.
    fn close(&mut self) {
        self.state = State::End;
    }
}

/// Harvests an OAI-PMH endpoint, and returns an iterator over its records as they were received.
#[pyfunction]
#[pyo3(signature = (
    url, prefix = "oai_dc", *, store = None, sets = None, since = None, until = None, rate = Some(1.0), contact = None,
    deleted = true, progress = None
))]
#[expect(clippy::too_many_arguments, reason = "keyword arguments of Python")]
pub(crate) fn records(
    url: String,
    prefix: &str,
    store: Option<PathBuf>,
    sets: Option<Texts>,
    since: Option<Datestamp>,
    until: Option<Datestamp>,
    rate: Option<f64>,
    contact: Option<String>,
    deleted: bool,
    progress: Option<Py<PyAny>>,
) -> PyResult<Records> {
    let plan = Plan {
        url,
        store,
        formats: vec![prefix.to_owned()],
        sets: Texts::into_vec(sets),
        from: since.map(|date| date.0),
        until: until.map(|date| date.0),
        rate: convert::rate(rate)?,
        contact,
        progress: Ticker::new(progress),
    };
    Ok(Records {
        state: State::Start(Box::new(plan)),
        deleted,
        report: None,
    })
}
