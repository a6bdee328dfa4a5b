//! Values between Rust and Python.

use offprint::{Entry, Rate};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::{PyDate, PyDateTime};
use pythonize::pythonize;

/// XML as text or bytes.
#[derive(FromPyObject)]
pub(crate) enum Xml {
    /// Text.
    Text(String),
    /// Bytes, in the encoding that the XML declaration names.
    Bytes(Vec<u8>),
}

impl Xml {
    pub(crate) fn as_bytes(&self) -> &[u8] {
        match self {
            Self::Text(text) => text.as_bytes(),
            Self::Bytes(bytes) => bytes,
        }
    }
}

/// Makes a dict of an entry, with the keys of the JSON Lines export.
pub(crate) fn entry<'py>(py: Python<'py>, entry: &Entry) -> PyResult<Bound<'py, PyAny>> {
    Ok(pythonize(py, entry)?)
}

/// Reads a rate: requests per second, `None` for no limit.
pub(crate) fn rate(rate: Option<f64>) -> PyResult<Rate> {
    match rate {
        None => Ok(Rate::Unlimited),
        Some(rate) if rate.is_finite() && rate > 0.0 => Ok(Rate::PerSecond(rate)),
        Some(rate) => Err(PyValueError::new_err(format!(
            "invalid rate {rate}: expected requests per second above 0, or None for no limit"
        ))),
    }
}

/// A datestamp: a text, a `datetime.date` or a `datetime.datetime`.
#[derive(Clone, Debug)]
pub(crate) struct Datestamp(pub(crate) String);

impl<'a, 'py> FromPyObject<'a, 'py> for Datestamp {
    type Error = PyErr;

    fn extract(value: Borrowed<'a, 'py, PyAny>) -> PyResult<Self> {
        if let Ok(text) = value.extract::<String>() {
            return Ok(Self(text));
        }
        if value.is_instance_of::<PyDateTime>() {
            let timezone = value.py().import("datetime")?.getattr("timezone")?;
            let utc = if value.getattr("tzinfo")?.is_none() {
                value.to_owned()
            } else {
                value.call_method1("astimezone", (timezone.getattr("utc")?,))?
            };
            let text = utc.call_method1("strftime", ("%Y-%m-%dT%H:%M:%SZ",))?;
            return Ok(Self(text.extract()?));
        }
        if value.is_instance_of::<PyDate>() {
            return Ok(Self(value.call_method0("isoformat")?.extract()?));
        }
        Err(PyValueError::new_err(
            "expected a date: a string, datetime.date or datetime.datetime",
        ))
    }
}

/// Texts: one, or several.
#[derive(FromPyObject)]
pub(crate) enum Texts {
    /// One.
    One(String),
    /// Several.
    Several(Vec<String>),
}

impl Texts {
    pub(crate) fn into_vec(texts: Option<Self>) -> Vec<String> {
        match texts {
            None => Vec::new(),
            Some(Self::One(text)) => vec![text],
            Some(Self::Several(texts)) => texts,
        }
    }
}
