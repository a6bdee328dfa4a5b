//! The exceptions: one class for each kind of error, all with `message` and `hint`.

use offprint::{ErrorKind, HarvestReport, Outcome};
use pyo3::prelude::*;

use crate::report::Report;

/// Makes the exception of an error.
pub(crate) fn of(error: offprint::Error) -> PyErr {
    make(class(Some(error.kind())), &error.to_string(), error.hint())
}

/// Makes an exception for input that cannot be read.
pub(crate) fn read(message: String, hint: Option<String>) -> PyErr {
    make("ReadError", &message, hint)
}

/// Returns an exception for a harvest that did not get everything.
pub(crate) fn of_report(report: &HarvestReport) -> Option<PyErr> {
    match report.outcome {
        Outcome::Complete if report.gaps == 0 => None,
        Outcome::Failed => {
            let message = report.error.clone().unwrap_or_else(|| report.to_string());
            let message = format!("{}: {message}", report.source);
            Some(make(class(report.error_kind), &message, report.hint.clone()))
        }
        _ => Some(incomplete(report)),
    }
}

fn incomplete(report: &HarvestReport) -> PyErr {
    let hint = report.hint.clone().unwrap_or_else(|| {
        "harvest again later: only what is missing is requested; `report.losses` lists it".to_owned()
    });
    Python::attach(|py| {
        let made = exception(py, "IncompleteError", &report.to_string(), Some(hint))
            .and_then(|error| {
                error.setattr("report", Report::from(report.clone()).into_pyobject(py)?)?;
                Ok(PyErr::from_value(error))
            });
        made.unwrap_or_else(|error| error)
    })
}

fn class(kind: Option<ErrorKind>) -> &'static str {
    match kind {
        Some(ErrorKind::Endpoint) => "EndpointError",
        Some(ErrorKind::Protocol) => "ProtocolError",
        Some(ErrorKind::Read) => "ReadError",
        Some(ErrorKind::Store) => "StoreError",
        Some(ErrorKind::Export) => "ExportError",
        _ => "Error",
    }
}

fn make(class: &str, message: &str, hint: Option<String>) -> PyErr {
    Python::attach(|py| match exception(py, class, message, hint) {
        Ok(error) => PyErr::from_value(error),
        Err(error) => error,
    })
}

fn exception<'py>(
    py: Python<'py>,
    class: &str,
    message: &str,
    hint: Option<String>,
) -> PyResult<Bound<'py, PyAny>> {
    py.import("offprint._errors")?
        .getattr(class)?
        .call1((message, hint))
}
