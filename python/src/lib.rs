//! The Python module `offprint._offprint`: harvests, stores and articles for Python, and the command line.
//!
//! Everything that waits releases the interpreter lock and looks for signals every 100 ms; see [`wait`].

mod articles;
mod convert;
mod error;
mod feed;
mod harvest;
mod record;
mod report;
mod store;
mod wait;

use std::ffi::OsString;

use offprint::Entry;
use pyo3::prelude::*;

/// The functions and types of the module.
#[pymodule]
mod _offprint {
    #[pymodule_export]
    use super::articles::Articles;
    #[pymodule_export]
    use super::harvest::{Harvest, harvest};
    #[pymodule_export]
    use super::record::{Record, Records, records};
    #[pymodule_export]
    use super::report::Report;
    #[pymodule_export]
    use super::store::Store;
    #[pymodule_export]
    use super::{normalize, run_command};
}

/// Normalizes one record to an article.
///
/// `xml` is a GetRecord response, a `<record>`, or the metadata alone. Without `prefix` the format is recognized by the
/// elements. A deleted record gives a dict whose `status` is `deleted`.
#[pyfunction]
#[pyo3(signature = (xml, prefix = None))]
fn normalize<'py>(
    py: Python<'py>,
    xml: convert::Xml,
    prefix: Option<&str>,
) -> PyResult<Bound<'py, PyAny>> {
    let entries = match prefix {
        Some(prefix) => Entry::from_oai_xml_as(xml.as_bytes(), prefix),
        None => Entry::from_oai_xml(xml.as_bytes()),
    };
    match entries.map_err(error::of)?.as_slice() {
        [entry] => convert::entry(py, entry),
        entries => Err(error::read(
            format!("expected one record, found {}", entries.len()),
            Some("pass the records one by one".to_owned()),
        )),
    }
}

/// Runs the command line, the name of the program first, and returns its exit code.
#[pyfunction]
fn run_command(py: Python<'_>, arguments: Vec<OsString>) -> u8 {
    py.detach(|| offprint::cli::run_with(arguments) as u8)
}
