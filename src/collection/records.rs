//! The records of a collection as they were received.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use chrono::{DateTime, Utc};
use futures_util::Stream;
use futures_util::stream::{self, BoxStream, StreamExt as _, TryStreamExt as _};

use crate::error::Result;
use crate::export::raw::tombstone_of;
use crate::normalize::LANDING_PAGE;
use crate::oai::{Header, read_record, standalone_record};
use crate::store::{
    ItemNo, Selection, Source, SourceId, Store, StoreError, StoredItem, StoredRecord,
};
use crate::values::SetSpec;

/// Items that are read together.
const BATCH: usize = 200;

/// A record in one format, as it was received.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct RawRecord {
    /// Name of the source.
    pub source: String,
    /// metadataPrefix.
    pub metadata_prefix: String,
    /// The header. A record that is missing in a complete list is deleted too.
    pub header: Header,
    /// The `<record>` in UTF-8 with all its namespaces, as received; repaired only where it was not well-formed.
    pub xml: String,
    /// When it was received.
    pub harvested_at: DateTime<Utc>,
}

/// The selection of records.
#[derive(Clone, Debug, Default)]
pub(super) struct Wanted {
    pub(super) sources: Vec<String>,
    pub(super) sets: Vec<String>,
    pub(super) prefix: Option<String>,
    pub(super) from: Option<String>,
    pub(super) until: Option<String>,
    pub(super) live: bool,
}

impl Wanted {
    fn has(&self, record: &StoredRecord) -> bool {
        record.metadata_prefix != LANDING_PAGE
            && (!self.live || !record.deleted)
            && self
                .prefix
                .as_ref()
                .is_none_or(|prefix| *prefix == record.metadata_prefix)
            && self.has_date(&record.datestamp)
    }

    /// Returns whether a datestamp is wanted; both ends are inclusive, and a date stands for its whole day.
    fn has_date(&self, datestamp: &str) -> bool {
        let day = |bound: &str| datestamp.get(..bound.len()).unwrap_or(datestamp).to_owned();
        self.from
            .as_ref()
            .is_none_or(|from| day(from).as_str() >= from.as_str())
            && self
                .until
                .as_ref()
                .is_none_or(|until| day(until).as_str() <= until.as_str())
    }

    /// Returns whether one of these sets, or a set that it is part of, is wanted.
    fn has_set(&self, specs: &[String], more: &[String]) -> bool {
        let is_within = |spec: &String, set: &String| SetSpec::holds(set, spec);
        self.sets.is_empty()
            || self
                .sets
                .iter()
                .any(|set| specs.iter().chain(more).any(|spec| is_within(spec, set)))
    }
}

/// The records of a collection: a stream that is narrowed before it is read. See
/// [`Collection::records`](crate::Collection::records).
///
/// # Examples
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let folder = tempfile::tempdir()?;
/// # let collection = offprint::Collection::open(folder.path().join("journal.db")).await?;
/// # collection.import("samples/ojs-3.4-cac").run().await?;
/// use futures_util::TryStreamExt as _;
///
/// let records: Vec<_> = collection.records().format("oai_dc").live().try_collect().await?;
/// assert!(records[0].xml.starts_with("<record"));
/// # Ok(())
/// # }
/// ```
#[must_use = "a stream does nothing unless it is read"]
pub struct Records {
    store: Arc<dyn Store>,
    wanted: Wanted,
    /// The stream, once the first record was requested.
    reading: Option<BoxStream<'static, Result<RawRecord>>>,
}

impl Records {
    pub(super) fn new(store: Arc<dyn Store>) -> Self {
        Self {
            store,
            wanted: Wanted::default(),
            reading: None,
        }
    }

    /// Only records of this source; call it again for another.
    pub fn source(mut self, name: impl Into<String>) -> Self {
        self.wanted.sources.push(name.into());
        self
    }

    /// Only records in this set or its subsets; call it again for another.
    pub fn set(mut self, spec: impl Into<String>) -> Self {
        self.wanted.sets.push(spec.into());
        self
    }

    /// Only records in this format.
    pub fn format(mut self, metadata_prefix: impl Into<String>) -> Self {
        self.wanted.prefix = Some(metadata_prefix.into());
        self
    }

    /// No deleted records.
    pub fn live(mut self) -> Self {
        self.wanted.live = true;
        self
    }

    fn start(&self) -> BoxStream<'static, Result<RawRecord>> {
        let (store, wanted) = (Arc::clone(&self.store), Arc::new(self.wanted.clone()));
        let sources = {
            let (store, wanted) = (Arc::clone(&store), Arc::clone(&wanted));
            async move { chosen(store.as_ref(), &wanted.sources).await }
        };
        stream::once(sources)
            .map_ok(|sources| stream::iter(sources).map(Ok::<_, crate::Error>))
            .try_flatten()
            .map_ok(move |source| {
                let span = Span::new(&source, 0, i64::MAX);
                read(Arc::clone(&store), Arc::clone(&wanted), span)
            })
            .try_flatten()
            .boxed()
    }
}

impl Stream for Records {
    type Item = Result<RawRecord>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if self.reading.is_none() {
            self.reading = Some(self.start());
        }
        match &mut self.reading {
            Some(reading) => reading.poll_next_unpin(context),
            None => Poll::Ready(None),
        }
    }
}

impl fmt::Debug for Records {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Records")
            .field("wanted", &self.wanted)
            .finish_non_exhaustive()
    }
}

/// The sources of these names, all without any.
async fn chosen(store: &dyn Store, names: &[String]) -> Result<Vec<Source>> {
    let mut sources = store.sources().await?;
    let is_unknown = |name: &&String| !sources.iter().any(|source| source.name == **name);
    if let Some(name) = names.iter().find(is_unknown) {
        return Err(StoreError::Unknown {
            what: "source",
            name: name.clone(),
        }
        .into());
    }
    sources.retain(|source| names.is_empty() || names.contains(&source.name));
    Ok(sources)
}

/// The changes of a source that are read.
#[derive(Clone, Debug)]
pub(super) struct Span {
    source_id: SourceId,
    name: String,
    /// Change numbers: after the first, up to the second.
    after: i64,
    upto: i64,
}

impl Span {
    pub(super) fn new(source: &Source, after: i64, upto: i64) -> Self {
        Self {
            source_id: source.source_id,
            name: source.name.clone(),
            after,
            upto,
        }
    }

    fn selection(&self) -> Selection {
        match self.after {
            0 => Selection::All,
            after => Selection::Dirty { after },
        }
    }
}

/// Streams the records of a span, in the order of their items.
pub(super) fn read(
    store: Arc<dyn Store>,
    wanted: Arc<Wanted>,
    span: Span,
) -> impl Stream<Item = Result<RawRecord>> + Send + 'static {
    stream::try_unfold(
        (store, wanted, span, ItemNo::START),
        async |(store, wanted, span, after)| {
            let items = store
                .items(span.source_id, span.selection(), after, BATCH)
                .await?;
            let Some(last) = items.last().map(|item| item.item_no) else {
                return Ok(None);
            };
            let work = {
                let (wanted, span) = (Arc::clone(&wanted), span.clone());
                tokio::task::spawn_blocking(move || raw_records(items, &wanted, &span))
            };
            let records = work.await.map_err(|error| StoreError::Engine {
                path: span.name.clone(),
                detail: format!("a batch stopped: {error}"),
            })?;
            let batch = stream::iter(records).map(Ok::<_, crate::Error>);
            Ok::<_, crate::Error>(Some((batch, (store, wanted, span, last))))
        },
    )
    .try_flatten()
}

/// Makes records of items.
fn raw_records(items: Vec<StoredItem>, wanted: &Wanted, span: &Span) -> Vec<RawRecord> {
    let mut records = Vec::new();
    for item in items {
        let in_span = |record: &&StoredRecord| record.seq > span.after && record.seq <= span.upto;
        let chosen = item.records.iter().filter(in_span);
        records.extend(
            chosen
                .filter(|record| wanted.has(record))
                .map(|record| raw_record(&span.name, &item.identifier, record))
                .filter(|record| wanted.has_set(&record.header.set_specs, &item.list_sets)),
        );
    }
    records
}

/// Makes a record of what is stored.
fn raw_record(source: &str, identifier: &str, stored: &StoredRecord) -> RawRecord {
    let read = read_record(&stored.raw, &stored.head).map(|record| record.header);
    let was_deleted = read.as_ref().is_ok_and(|header| header.deleted);
    let header = Header {
        identifier: identifier.to_owned(),
        datestamp: stored.datestamp.clone(),
        deleted: stored.deleted,
        set_specs: read.map(|header| header.set_specs).unwrap_or_default(),
    };
    let xml = if stored.deleted && !was_deleted {
        // The last live version must not pass for one that is still offered.
        tombstone_of(&header.identifier, &header.datestamp, &header.set_specs)
    } else {
        standalone_record(&stored.raw, &stored.head).map_or_else(
            |_| {
                tracing::warn!(%identifier, "a record cannot be read, not even mended");
                String::from_utf8_lossy(&stored.raw).into_owned()
            },
            |whole| whole.record,
        )
    };
    RawRecord {
        source: source.to_owned(),
        metadata_prefix: stored.metadata_prefix.clone(),
        header,
        xml,
        harvested_at: stored.fetched_at,
    }
}
