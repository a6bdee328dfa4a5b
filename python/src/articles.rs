//! The articles of a store: an iterable, and an Arrow stream.

use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

use arrow_array::ffi_stream::FFI_ArrowArrayStream;
use arrow_array::{RecordBatch, RecordBatchReader};
use arrow_schema::{ArrowError, SchemaRef};
use offprint::{Collection, Entries, Entry};
use pyo3::prelude::*;
use pyo3::types::PyCapsule;

use crate::convert;
use crate::error;
use crate::feed::{Feed, Next};
use crate::store::open_existing;
use crate::wait::wait_for;

/// The selection of articles.
#[derive(Clone, Default)]
pub(crate) struct Selection {
    pub(crate) sources: Vec<String>,
    pub(crate) sets: Vec<String>,
    pub(crate) languages: Vec<String>,
    pub(crate) ids: Vec<String>,
    pub(crate) from_year: Option<i32>,
    pub(crate) changed_since: Option<i64>,
    pub(crate) deleted: bool,
}

impl Selection {
    fn entries(&self, collection: &Collection) -> Entries {
        let mut entries = collection.entries();
        for source in &self.sources {
            entries = entries.source(source);
        }
        for set in &self.sets {
            entries = entries.set(set);
        }
        for language in &self.languages {
            entries = entries.language(language);
        }
        for id in &self.ids {
            entries = entries.id(id);
        }
        if let Some(year) = self.from_year {
            entries = entries.from_year(year);
        }
        if let Some(run) = self.changed_since {
            entries = entries.changed_since(run);
        }
        if self.deleted { entries } else { entries.live() }
    }
}

/// Articles of a store. Each iteration reads the store again.
///
/// `pyarrow.table(articles)`, and every other program that takes an Arrow stream, reads them without a copy.
#[pyclass(frozen, module = "offprint")]
pub(crate) struct Articles {
    path: PathBuf,
    selection: Selection,
}

impl Articles {
    pub(crate) fn new(path: PathBuf, selection: Selection) -> Self {
        Self { path, selection }
    }

    fn entries(&self, py: Python<'_>) -> PyResult<Entries> {
        // Changes are found among derived articles, which only a writer brings up to date.
        let for_writing = self.selection.changed_since.is_some();
        let collection = open_existing(py, &self.path, for_writing)?;
        Ok(self.selection.entries(&collection))
    }
}

#[pymethods]
impl Articles {
    fn __iter__(&self, py: Python<'_>) -> PyResult<ArticleIterator> {
        let feed = Feed::start(self.entries(py)?, |_| ())?;
        Ok(ArticleIterator(Mutex::new(feed)))
    }

    /// Writes the articles in an export format, and returns the numbers of articles and deletions.
    fn write(&self, py: Python<'_>, format: &str, path: PathBuf) -> PyResult<(u64, u64)> {
        let entries = self.entries(py)?;
        let counts = wait_for(py, entries.write(format, path))?.map_err(error::of)?;
        Ok((counts.live, counts.deleted))
    }

    /// The Arrow PyCapsule interface: a stream of record batches.
    #[pyo3(signature = (requested_schema = None))]
    fn __arrow_c_stream__<'py>(
        &self,
        py: Python<'py>,
        requested_schema: Option<Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyCapsule>> {
        // The interface leaves it to the producer whether another schema is honoured.
        let _ = requested_schema;
        let batches = self.entries(py)?.record_batches().map_err(error::of)?;
        let reader = Reader {
            schema: batches.schema(),
            feed: Feed::start(batches, |_| ())?,
        };
        let stream = FFI_ArrowArrayStream::new(Box::new(reader));
        PyCapsule::new_with_value(py, stream, c"arrow_array_stream")
    }
}

/// An iterator over articles.
#[pyclass(frozen)]
struct ArticleIterator(Mutex<Feed<Entry>>);

#[pymethods]
impl ArticleIterator {
    fn __iter__(this: PyRef<'_, Self>) -> PyRef<'_, Self> {
        this
    }

    fn __next__<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        let mut feed = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match feed.next(py, |_| Ok(()))? {
            Next::Value(entry) => convert::entry(py, &entry).map(Some),
            _ => Ok(None),
        }
    }
}

/// Record batches for the reader of a stream.
struct Reader {
    schema: SchemaRef,
    feed: Feed<RecordBatch>,
}

impl Iterator for Reader {
    type Item = Result<RecordBatch, ArrowError>;

    fn next(&mut self) -> Option<Self::Item> {
        let batch = self.feed.blocking_next()?;
        Some(batch.map_err(|error| ArrowError::ExternalError(Box::new(error))))
    }
}

impl RecordBatchReader for Reader {
    fn schema(&self) -> SchemaRef {
        SchemaRef::clone(&self.schema)
    }
}
