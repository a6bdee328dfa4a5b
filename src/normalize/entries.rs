//! Entries of stored items: the one way from the store to articles.
//!
//! An article is made of its records once and then kept, packed, beside them ([`super::kept`]). What is missing or
//! stale is made again, and kept where the store may be written.

use std::num::NonZero;
use std::sync::Arc;
use std::thread::available_parallelism;

use futures_util::future::{BoxFuture, ready};
use futures_util::{Stream, StreamExt as _, TryStreamExt, stream};
use serde::de::DeserializeOwned;
use tokio::sync::OnceCell;

use crate::article::{Article, Entry};
use crate::json;
use crate::normalize::context::SourceContext;
use crate::normalize::kept::{Packer, Packing, line_len};
use crate::normalize::learn::learn;
use crate::normalize::normalize;
use crate::normalize::row::row;
use crate::normalize::stored::{context_of, item_of};
use crate::store::{
    ArticleRow, ItemNo, KeptArticle, SearchIndex, Selection, Source, SourceId, Store, StoreError,
    StoreResult, StoredItem,
};

/// Items in one read and one piece of work.
const BATCH: usize = 200;
/// Items whose numbers are looked up together.
const LOOKED_UP: usize = 32 * BATCH;
/// Items that the sample of a source is chosen from.
const SAMPLED: usize = 20;

/// Makes the entries of one source; cheap to clone.
#[derive(Clone, Debug)]
pub(crate) struct EntryReader(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    source_id: SourceId,
    context: SourceContext,
    /// True if the store keeps articles.
    finds: bool,
    /// True if articles that are made are kept.
    keeps: bool,
    /// Learned when items are first looked for; without a sample nothing is kept.
    packing: OnceCell<Packing>,
}

impl EntryReader {
    /// Returns a reader for a source, whose profile is learned now where none was yet.
    ///
    /// # Errors
    /// Those of the store.
    pub(crate) async fn open(store: &dyn Store, source: &Source) -> StoreResult<Self> {
        let mut context = context_of(source);
        if source.profile.is_none() {
            context.profile = learn(store, source).await?;
        }
        Ok(Self::new(store, source.source_id, context))
    }

    /// Returns a reader that knows this of a source.
    pub(crate) fn new(store: &dyn Store, source_id: SourceId, context: SourceContext) -> Self {
        let finds = store.keeps_articles();
        Self(Arc::new(Inner {
            source_id,
            context,
            finds,
            keeps: finds && store.is_writable(),
            packing: OnceCell::new(),
        }))
    }

    /// Returns what is known of the source.
    pub(crate) fn context(&self) -> &SourceContext {
        &self.0.context
    }

    fn packing(&self) -> Option<&Packing> {
        self.0.packing.get()
    }

    /// Reads the sample of the source; where there is none yet, one of the first of these items becomes it.
    async fn learn_packing(&self, store: &dyn Store, item_nos: &[ItemNo]) -> StoreResult<()> {
        let Inner {
            source_id,
            context,
            finds,
            keeps,
            ..
        } = &*self.0;
        if !finds || self.packing().is_some() {
            return Ok(());
        }
        let mut sample = store.kept_sample(*source_id).await?;
        if sample.is_none() && *keeps {
            let some = &item_nos[..item_nos.len().min(SAMPLED)];
            let items = store.items_at(*source_id, some).await?;
            if let Some(line) = Packing::sample(&items, context) {
                sample = Some(store.keep_sample(*source_id, line.into()).await?);
            }
        }
        if let Some(sample) = sample {
            let packing = Packing::of(context, sample);
            self.0.packing.get_or_init(async || packing).await;
        }
        Ok(())
    }

    /// Begins to make entries, on the thread that makes them.
    pub(crate) fn begin(&self) -> Reading<'_> {
        Reading {
            reader: self,
            packer: Packer::new(),
            fresh: Vec::new(),
        }
    }

    /// Finds the kept articles of items.
    ///
    /// # Errors
    /// Those of the store.
    pub(crate) async fn find(
        &self,
        store: &dyn Store,
        items: Vec<StoredItem>,
    ) -> StoreResult<Vec<FoundItem>> {
        let item_nos: Vec<ItemNo> = items.iter().map(|item| item.item_no).collect();
        self.learn_packing(store, &item_nos).await?;
        let kept = if self.packing().is_some() && !items.is_empty() {
            store.kept_articles(self.0.source_id, &item_nos).await?
        } else {
            Vec::new()
        };
        Ok(FoundItem::join(items, kept))
    }

    /// Reads items by their numbers, which ascend, with their kept articles: as many of the first as fit into memory.
    async fn read(&self, store: &dyn Store, item_nos: &[ItemNo]) -> StoreResult<Vec<FoundItem>> {
        if self.packing().is_none() {
            let items = store.items_at(self.0.source_id, item_nos).await?;
            return self.find(store, items).await;
        }
        let (items, kept) = store
            .items_with_articles(self.0.source_id, item_nos)
            .await?;
        Ok(FoundItem::join(items, kept))
    }

    /// Reads the fields of the articles of items that `P` names, away from the threads of the runtime; `None` of a
    /// deleted one. Kept articles are not read whole.
    ///
    /// # Errors
    /// Those of the store.
    pub(crate) async fn parts_of<P: DeserializeOwned + Send + 'static>(
        &self,
        store: &dyn Store,
        items: Vec<StoredItem>,
    ) -> StoreResult<Vec<(StoredItem, Option<P>)>> {
        let found = self.find(store, items).await?;
        self.away(move |reading| {
            let parts = found.into_iter().map(|found| {
                let read = reading.read(found);
                reading.part(read)
            });
            parts.collect()
        })
        .await
    }

    /// Makes the entries of a few items, away from the threads of the runtime.
    ///
    /// # Errors
    /// Those of the store.
    pub(crate) async fn entries_of(
        &self,
        store: &dyn Store,
        items: Vec<StoredItem>,
    ) -> StoreResult<Vec<(StoredItem, Entry)>> {
        let found = self.find(store, items).await?;
        self.away(move |reading| {
            let entries = found.into_iter().map(|found| reading.entry(found));
            entries.collect()
        })
        .await
    }

    /// Reads on a thread for blocking work.
    async fn away<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Reading<'_>) -> T + Send + 'static,
    ) -> StoreResult<T> {
        let reader = self.clone();
        let work = tokio::task::spawn_blocking(move || work(&mut reader.begin()));
        work.await.map_err(|error| StoreError::Engine {
            path: self.context().name.clone(),
            detail: format!("articles could not be made: {error}"),
        })
    }
}

/// An item, and its article as it was kept.
#[derive(Debug)]
pub(crate) struct FoundItem {
    pub(crate) item: StoredItem,
    kept: Option<KeptArticle>,
}

impl FoundItem {
    /// Gives items their kept articles; both ascend.
    fn join(items: Vec<StoredItem>, kept: Vec<KeptArticle>) -> Vec<Self> {
        let mut kept = kept.into_iter().peekable();
        let found = items.into_iter().map(|item| {
            while kept.next_if(|kept| kept.item_no < item.item_no).is_some() {}
            let kept = kept.next_if(|kept| kept.item_no == item.item_no);
            Self { item, kept }
        });
        found.collect()
    }

    /// Returns the length of the line of the kept article, bytes.
    pub(crate) fn kept_len(&self) -> usize {
        self.kept.as_ref().and_then(line_len).unwrap_or_default()
    }
}

impl From<StoredItem> for FoundItem {
    fn from(item: StoredItem) -> Self {
        Self { item, kept: None }
    }
}

/// An item and its entry, of which only the canonical line may be known yet.
#[derive(Debug)]
pub(crate) struct ReadItem {
    pub(crate) item: StoredItem,
    form: Form,
}

#[derive(Debug)]
#[expect(
    clippy::large_enum_variant,
    reason = "entries are handled one at a time"
)]
enum Form {
    /// The line of a live article that was kept.
    Kept(Vec<u8>),
    /// The entry as made now; its line, where it was written to be kept.
    Made(Entry, Option<Vec<u8>>),
}

impl ReadItem {
    /// Returns the canonical line of a live article, where it is known; it never is of one that no crosswalk reads.
    pub(crate) fn line(&self) -> Option<&[u8]> {
        match &self.form {
            Form::Kept(line) | Form::Made(_, Some(line)) => Some(line),
            Form::Made(_, None) => None,
        }
    }
}

/// Makes entries one after the other.
pub(crate) struct Reading<'r> {
    reader: &'r EntryReader,
    packer: Packer,
    /// Articles that were made and shall be kept.
    fresh: Vec<KeptArticle>,
}

impl Reading<'_> {
    /// Reads the article of an item as it was kept, else makes it.
    pub(crate) fn read(&mut self, found: FoundItem) -> ReadItem {
        let FoundItem { item, kept } = found;
        let mut line = Vec::new();
        let form = if self.unpack(&item, kept.as_ref(), &mut line) {
            Form::Kept(line)
        } else {
            self.make(&item)
        };
        ReadItem { item, form }
    }

    /// Appends the canonical line of a live article as it was kept; returns whether it has.
    pub(crate) fn append_kept(&mut self, found: &FoundItem, lines: &mut Vec<u8>) -> bool {
        self.unpack(&found.item, found.kept.as_ref(), lines)
    }

    fn unpack(
        &mut self,
        item: &StoredItem,
        kept: Option<&KeptArticle>,
        lines: &mut Vec<u8>,
    ) -> bool {
        let kept = kept.zip(self.reader.packing());
        kept.is_some_and(|(kept, packing)| self.packer.unpack(packing, item, kept, lines))
    }

    fn make(&mut self, item: &StoredItem) -> Form {
        let entry = normalize(&item_of(item), self.reader.context());
        let line = match &entry {
            Entry::Live(article) if self.reader.0.keeps && !article.is_unread() => {
                json::line(article).ok()
            }
            _ => None,
        };
        if let (Some(line), Some(packing)) = (&line, self.reader.packing()) {
            self.fresh.extend(self.packer.pack(packing, item, line));
        }
        Form::Made(entry, line)
    }

    /// Returns the entry of an item in full.
    pub(crate) fn open(&self, read: ReadItem) -> (StoredItem, Entry) {
        let ReadItem { item, form } = read;
        let entry = match form {
            Form::Made(entry, _) => entry,
            Form::Kept(line) => match article_of(&line) {
                Some(article) => Entry::Live(Box::new(article)),
                None => normalize(&item_of(&item), self.reader.context()),
            },
        };
        (item, entry)
    }

    /// Returns the fields of an article that `P` names; `None` of a deleted one.
    fn part<P: DeserializeOwned>(&self, read: ReadItem) -> (StoredItem, Option<P>) {
        if let Some(part) = read
            .line()
            .and_then(|line| serde_json::from_slice(line).ok())
        {
            return (read.item, Some(part));
        }
        let (item, entry) = self.open(read);
        let part = match &entry {
            Entry::Live(article) => json::line(article).ok(),
            Entry::Deleted(_) => None,
        };
        let part = part.and_then(|line| serde_json::from_slice(&line).ok());
        (item, part)
    }

    /// Returns the derived row of an item with the texts for an index of words, and its entry in full.
    pub(crate) fn row(
        &self,
        read: ReadItem,
        search: SearchIndex,
    ) -> (ArticleRow, StoredItem, Entry) {
        let ReadItem { item, form } = read;
        match form {
            Form::Made(entry, line) => {
                let row = row(&item, &entry, line.as_deref(), search);
                (row, item, entry)
            }
            form @ Form::Kept(_) => {
                let (item, entry) = self.open(ReadItem { item, form });
                (row(&item, &entry, None, search), item, entry)
            }
        }
    }

    /// Reads or makes the entry of an item.
    pub(crate) fn entry(&mut self, found: FoundItem) -> (StoredItem, Entry) {
        let read = self.read(found);
        self.open(read)
    }
}

/// Reads the line of an article. As text, for its bytes are checked faster at once than value by value.
fn article_of(line: &[u8]) -> Option<Article> {
    let line = simdutf8::basic::from_utf8(line).ok()?;
    serde_json::from_str(line).ok()
}

/// Works on the items of a selection with their articles, batch by batch and on all cores; the results come in the
/// order of the items. `skip` gives the item number to go on behind, at that number or beyond it.
///
/// Articles that had to be made are kept, unless the store is open for reading or told not to keep them.
///
/// # Errors
/// Those of the store.
pub(crate) fn entries<'a, T: Send + 'static>(
    store: &'a dyn Store,
    source: &'a Source,
    reader: &'a EntryReader,
    selection: Selection,
    skip: impl Fn(ItemNo) -> ItemNo + Copy + Send + 'a,
    work: impl Fn(&mut Reading<'_>, Vec<FoundItem>) -> T + Clone + Send + 'static,
) -> impl Stream<Item = StoreResult<T>> + Send + 'a {
    let worker = reader.clone();
    let work = move |found: Vec<FoundItem>| {
        let mut reading = worker.begin();
        let result = work(&mut reading, found);
        (result, reading.fresh)
    };
    batches(store, source, reader, selection, skip, work).and_then(
        move |(result, fresh)| async move {
            if !fresh.is_empty() {
                store.keep_articles(source.source_id, fresh).await?;
            }
            Ok(result)
        },
    )
}

/// Reads batches of items and hands them to the threads for blocking work, a few at a time; returns the results in
/// order. Batches are read side by side too, for unpacking pages takes as long as what is done with them.
fn batches<'a, T: Send + 'static>(
    store: &'a dyn Store,
    source: &'a Source,
    reader: &'a EntryReader,
    selection: Selection,
    skip: impl Fn(ItemNo) -> ItemNo + Copy + Send + 'a,
    work: impl Fn(Vec<FoundItem>) -> T + Clone + Send + 'a + 'static,
) -> impl Stream<Item = StoreResult<T>> + Send + 'a {
    let batch = move |item_nos: Vec<ItemNo>| -> BoxFuture<'a, StoreResult<(T, Vec<ItemNo>)>> {
        let work = work.clone();
        Box::pin(async move {
            let found = reader.read(store, &item_nos).await?;
            let read = found.last().map_or(item_nos.len(), |last| {
                item_nos.partition_point(|item_no| *item_no <= last.item.item_no)
            });
            let task = tokio::task::spawn_blocking(move || work(found));
            let done = task.await.map_err(|error| StoreError::Engine {
                path: source.name.clone(),
                detail: format!("a batch stopped: {error}"),
            })?;
            Ok((done, item_nos[read..].to_vec()))
        })
    };
    // While one is passed on and another read, no processor waits for work.
    let under_way = match available_parallelism().map_or(1, NonZero::get) {
        1 => 1,
        workers => workers + 2,
    };
    let numbers = numbers(store, reader, selection, skip);
    let started = numbers.map_ok(batch.clone()).try_buffered(under_way);
    // Where items are too large for one batch, the rest comes one after the other, so that memory stays bounded.
    let whole = started.map_ok(move |(done, rest)| {
        let batch = batch.clone();
        let later = stream::try_unfold(rest, move |rest| {
            let batch = batch.clone();
            async move {
                if rest.is_empty() {
                    return Ok(None);
                }
                batch(rest).await.map(Some)
            }
        });
        stream::once(ready(Ok(done))).chain(later).boxed()
    });
    whole.try_flatten()
}

/// Numbers of the items of a selection in pieces, a batch each.
fn numbers<'a>(
    store: &'a dyn Store,
    reader: &'a EntryReader,
    selection: Selection,
    skip: impl Fn(ItemNo) -> ItemNo + Copy + Send + 'a,
) -> impl Stream<Item = StoreResult<Vec<ItemNo>>> + Send + 'a {
    let looked_up = stream::try_unfold(ItemNo::START, move |after| async move {
        let found = store
            .item_nos(reader.0.source_id, selection, skip(after), LOOKED_UP)
            .await?;
        // Before batches are read side by side, so that the sample does not depend on which of them comes first.
        reader.learn_packing(store, &found).await?;
        let last = found.last().copied();
        Ok::<_, StoreError>(last.map(|last| (found, last)))
    });
    let pieces = looked_up.map_ok(move |found| {
        let mut rest = &found[..];
        let mut pieces = Vec::with_capacity(found.len().div_ceil(BATCH));
        while let Some(first) = rest.first() {
            let after = skip(first.previous());
            rest = &rest[rest.partition_point(|item_no| *item_no <= after)..];
            let (piece, later) = rest.split_at(rest.len().min(BATCH));
            if !piece.is_empty() {
                pieces.push(Ok(piece.to_vec()));
            }
            rest = later;
        }
        stream::iter(pieces)
    });
    pieces.try_flatten()
}

/// Reads these items of a source, which ascend, in batches: as many at once as fit into memory.
pub(crate) fn items_in_batches<'a>(
    store: &'a dyn Store,
    source_id: SourceId,
    item_nos: &'a [ItemNo],
) -> impl Stream<Item = StoreResult<Vec<StoredItem>>> {
    stream::try_unfold(item_nos, move |rest| async move {
        if rest.is_empty() {
            return Ok(None);
        }
        let items = store.items_at(source_id, rest).await?;
        let Some(last) = items.last().map(|item| item.item_no) else {
            return Ok(None);
        };
        let read = rest.partition_point(|item_no| *item_no <= last);
        Ok(Some((items, &rest[read..])))
    })
}
