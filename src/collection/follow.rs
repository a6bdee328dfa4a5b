//! The records of a harvest under way, read from the store while it runs.

use std::collections::VecDeque;
use std::fmt;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};

use futures_util::Stream;
use futures_util::stream::{self, BoxStream, StreamExt as _, TryStreamExt as _};
use tokio::sync::watch;
use tokio::task::JoinHandle;

use super::harvest::{Harvest, HarvestReport};
use super::progress::Progress;
use super::records::{RawRecord, Span, Wanted, read};
use crate::error::Result;
use crate::harvest::source_plan::BEST;
use crate::store::{ListNo, Source, Store, StoreError};

impl Harvest {
    /// Harvests, and streams the source's records as they are stored. The harvest does not wait for the reader.
    ///
    /// Records that were stored before come too, so that the stream has all records of the source. Where the source was
    /// harvested to its end before, the stream begins once the changes were fetched. A record that changes while it is
    /// harvested comes again.
    ///
    /// Runs on the tokio runtime of the caller. Dropping the stream stops the harvest.
    ///
    /// # Examples
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let journal = offprint::cli::demo::DemoJournal::start().await?;
    /// # let url = journal.base_url();
    /// # let folder = tempfile::tempdir()?;
    /// # let collection = offprint::Collection::open(folder.path().join("journal.db")).await?;
    /// use futures_util::TryStreamExt as _;
    ///
    /// let mut records = collection
    ///     .harvest(url)
    ///     .formats(["oai_dc"])
    /// #   .rate(offprint::Rate::Unlimited)
    ///     .records();
    /// let mut deleted = 0;
    /// while let Some(record) = records.try_next().await? {
    ///     deleted += usize::from(record.header.deleted);
    /// }
    /// assert_eq!(deleted, 6);
    /// assert_eq!(records.report().map(|report| report.gaps), Some(0));
    /// # Ok(())
    /// # }
    /// ```
    pub fn records(self) -> HarvestedRecords {
        HarvestedRecords::new(self.derive_later())
    }

    /// Returns which records of the source belong to this harvest.
    fn wanted_records(&self) -> Wanted {
        let prefix = match self.plan.prefixes.as_slice() {
            [] => Some("oai_dc".to_owned()),
            [prefix] if prefix != BEST => Some(prefix.clone()),
            _ => None,
        };
        Wanted {
            prefix,
            sets: self.plan.sets.clone(),
            from: self.plan.extent.from.clone(),
            until: self.plan.extent.until.clone(),
            ..Wanted::default()
        }
    }
}

/// The records of a harvest under way. See [`Harvest::records`].
#[must_use = "nothing is harvested before the stream is read"]
pub struct HarvestedRecords {
    /// The harvest that was not started yet.
    waiting: Option<Harvest>,
    reading: Option<BoxStream<'static, Result<RawRecord>>>,
    report: Arc<Mutex<Option<HarvestReport>>>,
}

impl HarvestedRecords {
    pub(super) fn new(harvest: Harvest) -> Self {
        Self {
            waiting: Some(harvest),
            reading: None,
            report: Arc::default(),
        }
    }

    /// The report of the harvest, once the stream has ended.
    pub fn report(&self) -> Option<HarvestReport> {
        self.report
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}

impl Stream for HarvestedRecords {
    type Item = Result<RawRecord>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if let Some(harvest) = self.waiting.take() {
            let report = Arc::clone(&self.report);
            self.reading = Some(follow(Follower::start(harvest, report)).boxed());
        }
        match &mut self.reading {
            Some(reading) => reading.poll_next_unpin(context),
            None => Poll::Ready(None),
        }
    }
}

impl fmt::Debug for HarvestedRecords {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HarvestedRecords")
            .field("report", &self.report())
            .finish_non_exhaustive()
    }
}

/// A harvest in a task of its own, and how far its records were read.
struct Follower {
    store: Arc<dyn Store>,
    task: Task,
    progress: watch::Receiver<Progress>,
    report: Arc<Mutex<Option<HarvestReport>>>,
    /// Spans to read; the next one begins after `read_upto`.
    spans: VecDeque<Span>,
    read_upto: i64,
    /// Formats of the harvest.
    wanted: Arc<Wanted>,
}

/// The task of a harvest, which ends with the follower.
struct Task(Option<JoinHandle<Result<HarvestReport>>>);

impl Drop for Task {
    fn drop(&mut self) {
        if let Some(task) = &self.0 {
            task.abort();
        }
    }
}

impl Follower {
    fn start(harvest: Harvest, report: Arc<Mutex<Option<HarvestReport>>>) -> Self {
        Self {
            store: Arc::clone(&harvest.store),
            progress: harvest.reporter.newest.subscribe(),
            wanted: Arc::new(harvest.wanted_records()),
            task: Task(Some(tokio::spawn(harvest.run()))),
            report,
            spans: VecDeque::new(),
            read_upto: 0,
        }
    }

    /// Waits until there is more to read, and returns the span; `None` at the end of the harvest.
    async fn next(&mut self) -> Result<Option<Span>> {
        loop {
            let Some(task) = &mut self.task.0 else {
                return Ok(self.spans.pop_front());
            };
            tokio::select! {
                biased;
                done = task => {
                    self.task.0 = None;
                    let report = done.map_err(|error| StoreError::Engine {
                        path: "the harvest".to_owned(),
                        detail: format!("stopped: {error}"),
                    })??;
                    let span = self.span(&report.source).await?;
                    self.spans.extend(span);
                    *self.report.lock().unwrap_or_else(PoisonError::into_inner) = Some(report);
                }
                Ok(()) = self.progress.changed() => {
                    let name = self.progress.borrow_and_update().source.clone();
                    if let Some(span) = self.span_of_first_list(&name).await? {
                        return Ok(Some(span));
                    }
                }
            }
        }
    }

    /// Returns what is new while a source is listed for the first time. Of one that was listed before, the records that
    /// are stored may be about to change.
    async fn span_of_first_list(&mut self, name: &str) -> Result<Option<Span>> {
        let Some(source) = self.source(name).await? else {
            return Ok(None);
        };
        let streams = self.store.streams(source.source_id).await?;
        if streams
            .iter()
            .any(|stream| stream.last_complete_list > ListNo::START)
        {
            return Ok(None);
        }
        self.span(name).await
    }

    /// Returns what is new of a source.
    async fn span(&mut self, name: &str) -> Result<Option<Span>> {
        let Some(source) = self.source(name).await? else {
            return Ok(None);
        };
        let after = std::mem::replace(&mut self.read_upto, source.seq);
        Ok((after < source.seq).then(|| Span::new(&source, after, source.seq)))
    }

    async fn source(&self, name: &str) -> Result<Option<Source>> {
        let sources = self.store.sources().await?;
        Ok(sources.into_iter().find(|source| source.name == name))
    }
}

/// Streams the records of the spans.
fn follow(follower: Follower) -> impl Stream<Item = Result<RawRecord>> + Send + 'static {
    stream::try_unfold(follower, async |mut follower| {
        let Some(span) = follower.next().await? else {
            return Ok(None);
        };
        let records = read(
            Arc::clone(&follower.store),
            Arc::clone(&follower.wanted),
            span,
        );
        Ok::<_, crate::Error>(Some((records, follower)))
    })
    .try_flatten()
}
