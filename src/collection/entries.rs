//! The entries of a collection as a stream, and their export.

use std::collections::VecDeque;
use std::fmt;
use std::path::Path;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};

use futures_util::Stream;
use futures_util::future::BoxFuture;

use crate::article::{Entry, Status};
use crate::error::Result;
use crate::export::{
    self, Choice, Counts, Destination, EntryRef, EntrySink, ExportError, Options, Scope, Since,
    derive_and_export, export_collection,
};
use crate::store::{RunNo, Store};

/// The entries of a collection: a stream that is narrowed before it is read. See
/// [`Collection::entries`](crate::Collection::entries).
///
/// Articles are made of the stored records on all cores while the stream is read.
///
/// # Examples
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let folder = tempfile::tempdir()?;
/// # let collection = offprint::Collection::open(folder.path().join("journal.db")).await?;
/// # collection.import("samples/ojs-3.4-cac").run().await?;
/// use futures_util::TryStreamExt as _;
/// use offprint::Entry;
///
/// let mut entries = collection.entries().language("ru").from_year(2004);
/// let mut titles = Vec::new();
/// while let Some(entry) = entries.try_next().await? {
///     match entry {
///         Entry::Live(article) => titles.extend(article.titles.into_iter().map(|title| title.value)),
///         Entry::Deleted(deletion) => println!("{} was deleted", deletion.id),
///     }
/// }
/// # Ok(())
/// # }
/// ```
#[must_use = "a stream does nothing unless it is read"]
pub struct Entries {
    store: Arc<dyn Store>,
    choice: Choice,
    /// The work, once the first entry was requested.
    reading: Option<Reading>,
}

impl Entries {
    pub(super) fn new(store: Arc<dyn Store>) -> Self {
        Self {
            store,
            choice: Choice::default(),
            reading: None,
        }
    }

    /// Only entries of this source; call it again for another.
    pub fn source(mut self, name: impl Into<String>) -> Self {
        self.choice.sources.push(name.into());
        self
    }

    /// Only entries in this set or its subsets; call it again for another.
    pub fn set(mut self, spec: impl Into<String>) -> Self {
        self.choice.filter.sets.push(spec.into());
        self
    }

    /// Only articles in this language, a BCP 47 tag or ISO 639 code; call it again for another.
    pub fn language(mut self, tag: impl Into<String>) -> Self {
        self.choice.filter.languages.push(tag.into());
        self
    }

    /// Only articles published in this year or later.
    pub fn from_year(mut self, year: i32) -> Self {
        self.choice.filter.from_year = Some(year);
        self
    }

    /// Only the article with this id or OAI identifier; call it again for another.
    pub fn id(mut self, id: impl Into<String>) -> Self {
        self.choice.filter.ids.push(id.into());
        self
    }

    /// Only articles, no deletions.
    pub fn live(mut self) -> Self {
        self.choice.filter.status = Some(Status::Live);
        self
    }

    /// Only what has changed since the end of this [run](crate::HarvestReport::run). An article that no longer matches
    /// the other conditions is reported as a deletion.
    pub fn changed_since(mut self, run: i64) -> Self {
        self.choice.changed_since = Some(Since::Run(RunNo(run)));
        self
    }

    /// Writes the entries in an export format (`jsonl`, `jats`, `marcxml` …, see `offprint
    /// export --help`). A path that ends in a slash receives one file per
    /// article; one that ends in `.gz`, `.zst`, `.tar` or `.zip` is compressed or archived.
    ///
    /// # Errors
    /// When the format is unknown, the path cannot be written, or the store fails.
    ///
    /// # Examples
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let folder = tempfile::tempdir()?;
    /// # let collection = offprint::Collection::open(folder.path().join("journal.db")).await?;
    /// # collection.import("samples/ojs-3.4-cac").run().await?;
    /// let counts = collection.entries().write("jsonl", folder.path().join("articles.jsonl")).await?;
    /// assert_eq!((counts.live, counts.deleted), (266, 6));
    /// # Ok(())
    /// # }
    /// ```
    pub async fn write(self, format: &str, path: impl AsRef<Path>) -> Result<Counts> {
        let exporter = export::exporter(format, &Options::default())?;
        let scope = match self.choice.changed_since {
            Some(_) => Scope::Delta,
            None => Scope::Full,
        };
        let target = Destination::parse(path.as_ref(), exporter.info()).open(exporter, scope)?;
        export_collection(self.store.as_ref(), &self.choice, target).await
    }

    /// Starts reading the collection.
    fn start(&self) -> Reading {
        let (store, choice) = (Arc::clone(&self.store), self.choice.clone());
        let queue = EntryQueue::default();
        let sink = queue.clone();
        // A source that is due is derived in passing; one that cannot be is normalized only.
        let work: BoxFuture<'static, Result<Counts>> = if store.is_writable() {
            Box::pin(async move { derive_and_export(store.as_ref(), &choice, sink).await })
        } else {
            Box::pin(async move { export_collection(store.as_ref(), &choice, sink).await })
        };
        Reading {
            queue,
            work: Some(work),
        }
    }
}

impl Stream for Entries {
    type Item = Result<Entry>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if self.reading.is_none() {
            self.reading = Some(self.start());
        }
        match &mut self.reading {
            Some(reading) => reading.poll(context),
            None => Poll::Ready(None),
        }
    }
}

impl fmt::Debug for Entries {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Entries")
            .field("choice", &self.choice)
            .finish_non_exhaustive()
    }
}

/// The work of reading, which continues while the queue is empty.
struct Reading {
    queue: EntryQueue,
    /// `None` once everything was read.
    work: Option<BoxFuture<'static, Result<Counts>>>,
}

impl Reading {
    fn poll(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<Entry>>> {
        if let Some(entry) = self.queue.pop() {
            return Poll::Ready(Some(Ok(entry)));
        }
        let Some(work) = &mut self.work else {
            return Poll::Ready(None);
        };
        let done = work.as_mut().poll(context);
        if done.is_ready() {
            self.work = None;
        }
        match (self.queue.pop(), done) {
            (Some(entry), Poll::Ready(Err(error))) => {
                self.work = Some(Box::pin(async { Err(error) }));
                Poll::Ready(Some(Ok(entry)))
            }
            (Some(entry), _) => Poll::Ready(Some(Ok(entry))),
            (None, Poll::Ready(Err(error))) => Poll::Ready(Some(Err(error))),
            (None, Poll::Ready(Ok(_))) => Poll::Ready(None),
            (None, Poll::Pending) => Poll::Pending,
        }
    }
}

/// Entries that were read and not yet taken: a few batches at most, since the work rests while there are any.
#[derive(Clone, Default)]
struct EntryQueue(Arc<Mutex<VecDeque<Entry>>>);

impl EntryQueue {
    fn pop(&self) -> Option<Entry> {
        self.lock().pop_front()
    }

    fn lock(&self) -> MutexGuard<'_, VecDeque<Entry>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl EntrySink for EntryQueue {
    fn write(&mut self, entry: EntryRef<'_>) -> Result<(), ExportError> {
        self.lock().push_back(entry.entry.clone());
        Ok(())
    }

    fn is_closed(&self) -> bool {
        false
    }

    fn finish(self: Box<Self>) -> Result<Counts, ExportError> {
        Ok(Counts::default())
    }
}
