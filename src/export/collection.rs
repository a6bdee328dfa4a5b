//! From the store to a target: every article of a collection, or what has changed since a run.

use crate::article::Entry;
use crate::error::Result;
use crate::export::{Counts, ExportError, Filter, Shard, Target};
use crate::normalize::derive::{context_of, item_of, learn};
use crate::normalize::{SourceContext, normalize};
use crate::store::{Selection, Source, Store, StoreError, StoredItem};

/// Items in one read.
const BATCH: usize = 200;

/// What of a collection is exported.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Choice {
    /// Names of sources; all without.
    pub sources: Vec<String>,
    /// Only what changed after this run.
    pub changed_since: Option<i64>,
    /// Only this part of it.
    pub shard: Option<Shard>,
    /// Only what passes.
    pub filter: Filter,
}

impl Choice {
    /// Whether it is less than the whole collection.
    pub fn is_part(&self) -> bool {
        *self != Self::default()
    }
}

/// What takes the items of a collection: each as it is stored, and as the entry it comes to.
pub trait Receive: Send {
    /// Takes one item.
    fn receive(&mut self, item: &StoredItem, entry: &Entry) -> std::result::Result<(), ExportError>;

    /// Whether more items are of no use.
    fn is_closed(&self) -> bool;

    /// Completes the export.
    fn finish(self) -> std::result::Result<Counts, ExportError>;
}

impl Receive for Target {
    fn receive(&mut self, item: &StoredItem, entry: &Entry) -> std::result::Result<(), ExportError> {
        self.see(item);
        self.push(entry)
    }

    fn is_closed(&self) -> bool {
        Self::is_closed(self)
    }

    fn finish(self) -> std::result::Result<Counts, ExportError> {
        Self::finish(self)
    }
}

/// Writes the chosen articles and deletions to a target, source by source in the order of their names, items in
/// the order they were first seen.
///
/// Errors: of the store, an unknown source or run among them, and of what receives.
pub async fn export_collection(
    store: &dyn Store,
    choice: &Choice,
    mut target: impl Receive,
) -> Result<Counts> {
    let heads = match choice.changed_since {
        Some(run) => Some(store.run_heads(run).await?),
        None => None,
    };
    for source in chosen(store, &choice.sources).await? {
        let selection = heads.as_ref().map_or(Selection::All, |heads| {
            let head = heads.iter().find(|(source_id, _)| *source_id == source.source_id);
            Selection::Caused { after: head.map_or(0, |(_, seq)| *seq) }
        });
        let context = context(store, &source).await?;
        let mut after = 0;
        loop {
            if let Some(shard) = choice.shard {
                after = shard.skip(&source.name, after);
            }
            let items = store.items(source.source_id, selection, after, BATCH).await?;
            let Some(last) = items.last() else { break };
            after = last.item_no;
            for item in &items {
                if choice.shard.is_some_and(|shard| !shard.has(&source.name, item.item_no)) {
                    continue;
                }
                let entry = normalize(&item_of(item), &context);
                if let Some(entry) = choice.filter.apply(entry, choice.changed_since.is_some()) {
                    target.receive(item, &entry)?;
                }
            }
            if target.is_closed() {
                return Ok(target.finish()?);
            }
        }
    }
    Ok(target.finish()?)
}

async fn chosen(store: &dyn Store, names: &[String]) -> Result<Vec<Source>> {
    let mut sources = store.sources().await?;
    if names.is_empty() {
        return Ok(sources);
    }
    if let Some(name) = names.iter().find(|name| !sources.iter().any(|source| source.name == **name)) {
        return Err(StoreError::Unknown { what: "source", name: name.clone() }.into());
    }
    sources.retain(|source| names.contains(&source.name));
    Ok(sources)
}

/// The context of a source, its profile learned now where none was yet.
async fn context(store: &dyn Store, source: &Source) -> Result<SourceContext> {
    let mut context = context_of(source);
    if source.profile.is_none() {
        context.profile = learn(store, source).await?;
    }
    Ok(context)
}
