//! Articles of a store, one by one or all of a source.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::num::NonZero;
use std::pin::pin;
use std::thread::available_parallelism;

use futures_util::TryStreamExt as _;
use futures_util::future::BoxFuture;
use futures_util::stream::{self, StreamExt as _};
use serde::de::DeserializeOwned;

use crate::article::Entry;
use crate::normalize::article_id;
use crate::normalize::entries::{EntryReader, FoundItem, Reading, entries, items_in_batches};
use crate::store::{
    ItemKey, ItemKeys, ItemNo, Selection, Source, SourceId, Store, StoreResult, StoredItem,
};

/// Items with fields of their articles; `None` of a deleted one.
type Parts<P> = Vec<(ItemKey, Option<P>)>;

/// Items in one read of parts.
const PIECE: usize = 200;
/// Items in one read of keys.
const KEYS: usize = 1000;

/// Reads articles out of a store, one or all.
pub struct Articles<'a> {
    store: &'a dyn Store,
    sources: Vec<(Source, EntryReader)>,
}

impl std::fmt::Debug for Articles<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Articles")
            .field("sources", &self.sources)
            .finish_non_exhaustive()
    }
}

impl<'a> Articles<'a> {
    /// Learns what the sources of the store are, by name.
    ///
    /// Errors: of the store.
    pub async fn open(store: &'a dyn Store) -> StoreResult<Self> {
        let mut sources = Vec::new();
        for source in store.sources().await? {
            let reader = EntryReader::open(store, &source).await?;
            sources.push((source, reader));
        }
        Ok(Self { store, sources })
    }

    /// The sources, by name.
    pub fn sources(&self) -> impl Iterator<Item = &Source> {
        self.sources.iter().map(|(source, _)| source)
    }

    /// A source by its number.
    pub fn source(&self, source_id: SourceId) -> Option<&Source> {
        self.of(source_id).map(|(source, _)| source)
    }

    /// The stable id of an article.
    pub fn id(&self, source_id: SourceId, identifier: &str) -> Option<String> {
        self.of(source_id)
            .map(|(source, _)| article_id(&source.id_base, identifier))
    }

    /// An item with its article; `None` when it is not there.
    ///
    /// Errors: of the store.
    pub async fn one(&self, key: ItemKey) -> StoreResult<Option<(StoredItem, Entry)>> {
        let Some((_, reader)) = self.of(key.source_id) else {
            return Ok(None);
        };
        let items = self
            .store
            .items(key.source_id, Selection::All, key.item_no.previous(), 1)
            .await?;
        let wanted = items.into_iter().filter(|item| item.item_no == key.item_no);
        let mut entries = reader.entries_of(self.store, wanted.collect()).await?;
        Ok(entries.pop())
    }

    /// Reads the fields that `P` names of the articles of items, many at once; of a deleted article there are none. Items
    /// that are not there are left out.
    ///
    /// Errors: of the store.
    pub(super) async fn parts<P: DeserializeOwned + Send + 'static>(
        &self,
        keys: &[ItemKey],
    ) -> StoreResult<HashMap<ItemKey, Option<P>>> {
        let mut by_source: BTreeMap<SourceId, BTreeSet<ItemNo>> = BTreeMap::new();
        for key in keys {
            by_source
                .entry(key.source_id)
                .or_default()
                .insert(key.item_no);
        }
        let mut pieces = Vec::new();
        for (source_id, item_nos) in by_source {
            let item_nos: Vec<ItemNo> = item_nos.into_iter().collect();
            pieces.extend(
                item_nos
                    .chunks(PIECE)
                    .map(|some| (source_id, some.to_vec())),
            );
        }
        let at_once = available_parallelism().map_or(1, NonZero::get) + 1;
        let pieces = stream::iter(pieces)
            .map(|(source_id, item_nos)| self.piece(source_id, item_nos))
            .buffer_unordered(at_once);
        pieces.try_concat().await.map(HashMap::from_iter)
    }

    /// Reads the keys of the articles of items, many at once; items that are not there are left out.
    ///
    /// Errors: of the store.
    pub(super) async fn keys(&self, items: &[ItemKey]) -> StoreResult<HashMap<ItemKey, ItemKeys>> {
        let mut items = items.to_vec();
        items.sort_unstable();
        let at_once = available_parallelism().map_or(1, NonZero::get) + 1;
        let pieces: Vec<Vec<ItemKey>> = items.chunks(KEYS).map(<[ItemKey]>::to_vec).collect();
        let pieces = stream::iter(pieces)
            .map(|piece| self.keys_of_piece(piece))
            .buffer_unordered(at_once);
        let found: Vec<ItemKeys> = pieces.try_concat().await?;
        Ok(found.into_iter().map(|keys| (keys.item, keys)).collect())
    }

    fn keys_of_piece(&self, items: Vec<ItemKey>) -> BoxFuture<'_, StoreResult<Vec<ItemKeys>>> {
        Box::pin(async move { self.store.item_keys(&items).await })
    }

    /// Reads the parts of a few items of one source.
    fn piece<P: DeserializeOwned + Send + 'static>(
        &self,
        source_id: SourceId,
        item_nos: Vec<ItemNo>,
    ) -> BoxFuture<'_, StoreResult<Parts<P>>> {
        Box::pin(async move {
            let mut parts = Vec::with_capacity(item_nos.len());
            let Some((_, reader)) = self.of(source_id) else {
                return Ok(parts);
            };
            let mut batches = pin!(items_in_batches(self.store, source_id, &item_nos));
            while let Some(items) = batches.try_next().await? {
                let read = reader.parts_of(self.store, items).await?;
                parts.extend(read.into_iter().map(|(item, article)| {
                    let key = ItemKey {
                        source_id,
                        item_no: item.item_no,
                    };
                    (key, article)
                }));
            }
            Ok(parts)
        })
    }

    /// Shows all items of a source with their articles, in the order they were first seen.
    ///
    /// Errors: of the store.
    pub async fn each(
        &self,
        source_id: SourceId,
        see: impl FnMut(&StoredItem, &Entry),
    ) -> StoreResult<()> {
        self.each_beyond(source_id, |after| after, see).await
    }

    /// The same, for the items that `skip` does not leave out: it gives the item number to go on behind, at that number
    /// or beyond it.
    ///
    /// Errors: of the store.
    pub(super) async fn each_beyond(
        &self,
        source_id: SourceId,
        skip: impl Fn(ItemNo) -> ItemNo + Copy + Send,
        mut see: impl FnMut(&StoredItem, &Entry),
    ) -> StoreResult<()> {
        let Some((source, reader)) = self.of(source_id) else {
            return Ok(());
        };
        let work = |reading: &mut Reading<'_>, found: Vec<FoundItem>| -> Vec<(StoredItem, Entry)> {
            let made = found.into_iter().map(|found| reading.entry(found));
            made.collect()
        };
        let all = Selection::All;
        let mut batches = pin!(entries(self.store, source, reader, all, skip, work));
        while let Some(batch) = batches.try_next().await? {
            for (item, entry) in &batch {
                see(item, entry);
            }
        }
        Ok(())
    }

    fn of(&self, source_id: SourceId) -> Option<&(Source, EntryReader)> {
        self.sources
            .iter()
            .find(|(source, _)| source.source_id == source_id)
    }
}
