//! Facts of a source that a report gives before its articles.

use crate::oai::Software;
use crate::store::{Source, SourceId, Store, StoreResult};
use crate::values::DisplaySafeUrl;

/// Facts of a source from Identify and its streams.
pub(super) struct SourceFacts {
    pub(super) base_url: DisplaySafeUrl,
    /// The repositoryName.
    pub(super) repository_name: Option<String>,
    pub(super) software: Option<Software>,
    /// Formats that were harvested, the landing pages too.
    pub(super) formats: Vec<String>,
}

impl SourceFacts {
    pub(super) async fn read(store: &dyn Store, source: &Source) -> StoreResult<Self> {
        let remembered = source.identify.as_ref();
        let identify = remembered.map(|remembered| &remembered.identify);
        Ok(Self {
            base_url: DisplaySafeUrl::from(&source.base_url),
            repository_name: identify.map(|identify| identify.repository_name.clone()),
            software: identify.and_then(|identify| identify.software.clone()),
            formats: formats(store, source.source_id).await?,
        })
    }
}

async fn formats(store: &dyn Store, source_id: SourceId) -> StoreResult<Vec<String>> {
    let mut formats: Vec<String> = Vec::new();
    for stream in store.streams(source_id).await? {
        if !formats.contains(&stream.metadata_prefix) {
            formats.push(stream.metadata_prefix);
        }
    }
    Ok(formats)
}
