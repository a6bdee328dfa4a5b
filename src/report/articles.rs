//! Articles of a store, made anew from the records.

use crate::article::Entry;
use crate::normalize::derive::{context_of, item_of, learn};
use crate::normalize::{SourceContext, article_id, normalize};
use crate::store::{ItemKey, ItemNo, Selection, Source, SourceId, Store, StoreResult, StoredItem};

/// Items in one read.
const BATCH: usize = 200;

/// Reads articles out of a store, one or all.
pub struct Articles<'a> {
    store: &'a dyn Store,
    sources: Vec<(Source, SourceContext)>,
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
            let mut context = context_of(&source);
            if source.profile.is_none() {
                context.profile = learn(store, &source).await?;
            }
            sources.push((source, context));
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
        let Some((_, context)) = self.of(key.source_id) else {
            return Ok(None);
        };
        let items = self
            .store
            .items(key.source_id, Selection::All, key.item_no.previous(), 1)
            .await?;
        Ok(items
            .into_iter()
            .find(|item| item.item_no == key.item_no)
            .map(|item| {
                let entry = normalize(&item_of(&item), context);
                (item, entry)
            }))
    }

    /// Shows all items of a source with their articles, in the order they were first seen.
    ///
    /// Errors: of the store.
    pub async fn each(
        &self,
        source_id: SourceId,
        mut see: impl FnMut(&StoredItem, &Entry),
    ) -> StoreResult<()> {
        let Some((_, context)) = self.of(source_id) else {
            return Ok(());
        };
        let mut after = ItemNo::START;
        loop {
            let items = self
                .store
                .items(source_id, Selection::All, after, BATCH)
                .await?;
            let Some(last) = items.last() else {
                return Ok(());
            };
            after = last.item_no;
            for item in &items {
                see(item, &normalize(&item_of(item), context));
            }
        }
    }

    fn of(&self, source_id: SourceId) -> Option<&(Source, SourceContext)> {
        self.sources
            .iter()
            .find(|(source, _)| source.source_id == source_id)
    }
}
