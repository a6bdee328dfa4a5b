//! Articles for people to look at.

use super::{Provider, identifier};
use crate::article::Entry;
use crate::store::{ItemKey, ItemNo, Selection, SourceId, StoreResult, StoredItem};
use crate::values::DisplaySafeUrl;

/// An article, or the deletion of one.
#[derive(Clone, Debug)]
pub struct View {
    /// The identifier in this repository.
    pub identifier: String,
    /// The article or deletion.
    pub entry: Entry,
    /// The records behind it.
    pub item: StoredItem,
}

/// A source as this repository describes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceLine {
    /// Number in the store.
    pub source_id: SourceId,
    /// Name.
    pub name: String,
    /// The repositoryName, or else the source name.
    pub title: String,
    /// setSpec.
    pub set: String,
    /// Base URL, without credentials.
    pub base_url: DisplaySafeUrl,
}

impl Provider {
    /// The sources, by name.
    ///
    /// Errors: of the store.
    pub async fn sources(&self) -> StoreResult<Vec<SourceLine>> {
        let collection = self.collection().await?;
        let mut sources: Vec<SourceLine> = collection
            .sources
            .iter()
            .map(|(source_id, source)| SourceLine {
                source_id: *source_id,
                name: source.name.clone(),
                title: source
                    .reader
                    .context()
                    .repository_name
                    .clone()
                    .unwrap_or_else(|| source.name.clone()),
                set: source.spec.clone(),
                base_url: source.base_url.clone(),
            })
            .collect();
        sources.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(sources)
    }

    /// metadataPrefixes of this repository.
    ///
    /// Errors: of the store.
    pub async fn prefixes(&self) -> StoreResult<Vec<String>> {
        Ok(self
            .collection()
            .await?
            .formats
            .iter()
            .map(|format| format.prefix.clone())
            .collect())
    }

    /// metadataPrefixes that an item can be fetched in.
    ///
    /// Errors: of the store.
    pub async fn prefixes_of(&self, identifier: &str) -> StoreResult<Vec<String>> {
        let collection = self.collection().await?;
        let Some(change) = self.change(&collection, identifier).await? else {
            return Ok(Vec::new());
        };
        let formats = self.formats_of(&collection, &change).await?;
        Ok(formats.iter().map(|format| format.prefix.clone()).collect())
    }

    /// An item by its identifier in this repository, else by the one it has at its source.
    ///
    /// Errors: of the store.
    pub async fn view(&self, identifier: &str) -> StoreResult<Option<View>> {
        let collection = self.collection().await?;
        let ours = self
            .change(&collection, identifier)
            .await?
            .and_then(|change| change.position.item());
        let key = if ours.is_some() {
            ours
        } else {
            let lookup = crate::store::Lookup::Identifier(identifier.to_owned());
            self.store
                .find(&lookup, 1)
                .await?
                .first()
                .map(|(key, _)| *key)
        };
        match key {
            Some(key) => self.view_at(key).await,
            None => Ok(None),
        }
    }

    /// Live articles of a source after an item, `limit` items at most, and the item after which the next ones come.
    ///
    /// Errors: of the store.
    pub async fn views_after(
        &self,
        source_id: SourceId,
        after: ItemNo,
        limit: usize,
    ) -> StoreResult<(Vec<View>, Option<ItemNo>)> {
        let items = self
            .store
            .items(source_id, Selection::All, after, limit)
            .await?;
        let next = items.last().map(|item| item.item_no);
        let next = next.filter(|_| items.len() == limit);
        let mut views = Vec::new();
        for item in items {
            let key = ItemKey {
                source_id,
                item_no: item.item_no,
            };
            let view = self.view_at(key).await?;
            views.extend(view.filter(|view| matches!(view.entry, Entry::Live(_))));
        }
        Ok((views, next))
    }

    /// An item by its number.
    ///
    /// Errors: of the store.
    pub async fn view_at(&self, key: ItemKey) -> StoreResult<Option<View>> {
        let collection = self.collection().await?;
        let Some(source) = collection.sources.get(&key.source_id) else {
            return Ok(None);
        };
        let items = self.store.items_at(key.source_id, &[key.item_no]).await?;
        let mut entries = source.reader.entries_of(self.store.as_ref(), items).await?;
        let Some((item, entry)) = entries.pop() else {
            return Ok(None);
        };
        let identifier = identifier::write(&self.repository, &source.name, &item.identifier);
        Ok(Some(View {
            identifier,
            entry,
            item,
        }))
    }
}
