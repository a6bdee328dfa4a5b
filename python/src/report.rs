//! The report of a harvest.

use offprint::{HarvestReport, Outcome};
use pyo3::prelude::*;
use pyo3::types::PyDict;

/// The report of a harvest.
#[pyclass(frozen, module = "offprint")]
pub(crate) struct Report(HarvestReport);

impl From<HarvestReport> for Report {
    fn from(report: HarvestReport) -> Self {
        Self(report)
    }
}

#[pymethods]
impl Report {
    /// Number of the run, for `changed_since`.
    #[getter]
    fn run(&self) -> i64 {
        self.0.run
    }

    /// Name of the source in the store.
    #[getter]
    fn source(&self) -> &str {
        &self.0.source
    }

    /// The outcome: `complete`, `incomplete`, `interrupted` or `failed`.
    #[getter]
    fn outcome(&self) -> &'static str {
        self.0.outcome.as_str()
    }

    /// True if every record was harvested, in this run or an earlier one.
    #[getter]
    fn is_complete(&self) -> bool {
        self.0.outcome == Outcome::Complete && self.0.gaps == 0
    }

    /// Number of live records that were not known before.
    #[getter]
    fn new(&self) -> u64 {
        self.0.new
    }

    /// Number of live records that have changed.
    #[getter]
    fn changed(&self) -> u64 {
        self.0.changed
    }

    /// Number of records that became deleted, or were first seen deleted.
    #[getter]
    fn deleted(&self) -> u64 {
        self.0.deleted
    }

    /// Number of requests sent, retries included.
    #[getter]
    fn requests(&self) -> u64 {
        self.0.requests
    }

    /// Number of records and date ranges that could not be fetched. The next harvest requests them again.
    #[getter]
    fn gaps(&self) -> u64 {
        self.0.gaps
    }

    /// Losses of this run: dicts with `what` and `reason`.
    #[getter]
    fn losses<'py>(&self, py: Python<'py>) -> PyResult<Vec<Bound<'py, PyDict>>> {
        let loss = |loss: &offprint::Loss| {
            let dict = PyDict::new(py);
            dict.set_item("what", &loss.what)?;
            dict.set_item("reason", &loss.reason)?;
            Ok(dict)
        };
        self.0.losses.iter().map(loss).collect()
    }

    /// Why the harvest stopped early, or None.
    #[getter]
    fn error(&self) -> Option<&str> {
        self.0.error.as_deref()
    }

    fn __str__(&self) -> String {
        self.0.to_string()
    }

    fn __repr__(&self) -> String {
        format!("<offprint.Report {}>", self.0)
    }
}
