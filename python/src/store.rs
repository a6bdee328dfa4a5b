//! `Store`: harvests, records and articles of a store.

use std::path::{Path, PathBuf};

use offprint::Collection;
use pyo3::prelude::*;

use crate::articles::{Articles, Selection};
use crate::convert::{Datestamp, Texts};
use crate::error;
use crate::feed::Feed;
use crate::harvest::{Harvest, harvest};
use crate::record::Records;
use crate::wait::wait_for;

/// Opens a store for writing, and creates it if it does not exist.
pub(crate) fn open_or_create(py: Python<'_>, path: &Path) -> PyResult<Collection> {
    let opened = match database(path) {
        Some(url) => wait_for(py, Collection::connect(url))?,
        None => wait_for(py, Collection::open(path))?,
    };
    opened.map_err(error::of)
}

/// Opens a store that exists.
pub(crate) fn open_existing(py: Python<'_>, path: &Path, for_writing: bool) -> PyResult<Collection> {
    if database(path).is_some() {
        return open_or_create(py, path);
    }
    let collection = wait_for(py, Collection::open_read_only(path))?.map_err(error::of)?;
    if for_writing {
        drop(collection);
        return open_or_create(py, path);
    }
    Ok(collection)
}

/// Returns the URL of a database that is named in place of a file.
fn database(path: &Path) -> Option<&str> {
    let text = path.to_str()?;
    (text.starts_with("postgres://") || text.starts_with("postgresql://")).then_some(text)
}

/// A store: a file, or the URL of a PostgreSQL database. It is opened when it is read or harvested into.
#[pyclass(frozen, module = "offprint")]
pub(crate) struct Store {
    path: PathBuf,
}

#[pymethods]
impl Store {
    #[new]
    fn new(path: PathBuf) -> Self {
        Self { path }
    }

    /// Harvests an endpoint into this store, and returns an iterator over its articles as dicts.
    #[pyo3(signature = (
        url, *, formats = None, sets = None, since = None, until = None, rate = Some(1.0), contact = None,
        deleted = false, changed_since = None, progress = None
    ))]
    #[expect(clippy::too_many_arguments, reason = "keyword arguments of Python")]
    fn harvest(
        &self,
        url: String,
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
        harvest(
            url,
            Some(self.path.clone()),
            formats,
            sets,
            since,
            until,
            rate,
            contact,
            deleted,
            changed_since,
            progress,
        )
    }

    /// Returns articles of the store: an iterable of dicts, and an Arrow stream.
    #[pyo3(signature = (
        *, source = None, set = None, language = None, id = None, from_year = None, changed_since = None, deleted = false
    ))]
    #[expect(clippy::too_many_arguments, reason = "keyword arguments of Python")]
    fn articles(
        &self,
        source: Option<Texts>,
        set: Option<Texts>,
        language: Option<Texts>,
        id: Option<Texts>,
        from_year: Option<i32>,
        changed_since: Option<i64>,
        deleted: bool,
    ) -> Articles {
        let selection = Selection {
            sources: Texts::into_vec(source),
            sets: Texts::into_vec(set),
            languages: Texts::into_vec(language),
            ids: Texts::into_vec(id),
            from_year,
            changed_since,
            deleted,
        };
        Articles::new(self.path.clone(), selection)
    }

    /// Returns an iterator over the records of the store, as they were received.
    #[pyo3(signature = (*, source = None, set = None, prefix = None, deleted = true))]
    fn records(
        &self,
        py: Python<'_>,
        source: Option<Texts>,
        set: Option<Texts>,
        prefix: Option<String>,
        deleted: bool,
    ) -> PyResult<Records> {
        let mut records = open_existing(py, &self.path, false)?.records();
        for source in Texts::into_vec(source) {
            records = records.source(source);
        }
        for set in Texts::into_vec(set) {
            records = records.set(set);
        }
        if let Some(prefix) = prefix {
            records = records.format(prefix);
        }
        if !deleted {
            records = records.live();
        }
        Ok(Records::stored(Feed::start(records, |_| ())?))
    }

    fn __repr__(&self) -> String {
        // A URL may hold a password.
        format!("<offprint.Store {}>", offprint::cli::redact(&self.path.to_string_lossy()))
    }
}
