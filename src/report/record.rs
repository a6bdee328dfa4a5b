//! One record, from its raw bytes to its article.

use serde::Serialize;

use crate::article::Entry;
use crate::hex;
use crate::report::Articles;
use crate::store::{Gap, ItemKey, Store, StoreResult, StoredItem, Time, Version};

/// Everything a store knows of one record.
#[derive(Clone, Debug, Serialize)]
pub struct RecordView {
    /// Name of the source.
    pub source: String,
    /// OAI identifier.
    pub identifier: String,
    /// Stable id of the article.
    pub id: String,
    /// Each format, in the order the formats were first harvested; the first decides whether it is deleted.
    pub formats: Vec<FormatView>,
    /// The article, or its deletion.
    pub article: Entry,
    /// Versions of all formats, former ones too: by format, the newest first.
    pub history: Vec<Version>,
    /// The open gaps.
    pub gaps: Vec<Gap>,
    /// The item with its bytes.
    #[serde(skip)]
    pub item: StoredItem,
}

/// The newest version of a record in one format.
#[derive(Clone, Debug, Serialize)]
pub struct FormatView {
    /// metadataPrefix.
    pub metadata_prefix: String,
    /// Datestamp as received.
    pub datestamp: String,
    /// Deleted, by tombstone or by reconciliation.
    pub deleted: bool,
    /// Why it is deleted: `tombstone`, `gone`; or nothing.
    pub cause: Option<String>,
    /// When this version was fetched.
    pub fetched_at: Time,
    /// Length of its bytes as received.
    pub bytes: usize,
    /// sha256 of its bytes as received, hexadecimal.
    pub sha256: String,
    /// Encoding of its page; empty for UTF-8.
    pub encoding: String,
}

impl RecordView {
    /// Reads a record; `None` when it is not there.
    ///
    /// Errors: of the store.
    pub async fn read(
        store: &dyn Store,
        articles: &Articles<'_>,
        key: ItemKey,
    ) -> StoreResult<Option<Self>> {
        let Some((item, article)) = articles.one(key).await? else {
            return Ok(None);
        };
        let mut gaps = store.gaps(key.source_id).await?;
        gaps.retain(|gap| gap.identifier.as_deref() == Some(&*item.identifier));
        let formats = item.records.iter().map(|record| FormatView {
            metadata_prefix: record.metadata_prefix.clone(),
            datestamp: record.datestamp.clone(),
            deleted: record.deleted,
            cause: record.cause.clone(),
            fetched_at: record.fetched_at,
            bytes: record.raw.len(),
            sha256: hex::sha256(&record.raw),
            encoding: record.head.encoding.clone(),
        });
        Ok(Some(Self {
            source: articles
                .source(key.source_id)
                .map(|source| source.name.clone())
                .unwrap_or_default(),
            identifier: item.identifier.clone(),
            id: article.id().to_owned(),
            formats: formats.collect(),
            article,
            history: store.versions(key).await?,
            gaps,
            item,
        }))
    }
}
