//! Deriving: from the records in the store to articles, and to the index of what changed.

use std::pin::pin;

use futures_util::TryStreamExt as _;
use tokio_util::sync::CancellationToken;

use crate::normalize::context::{SourceContext, derivation};
use crate::normalize::entries::{EntryReader, FoundItem, Reading, entries};
use crate::normalize::journal_facts::JournalSetting;
use crate::normalize::learn::learn;
use crate::normalize::stored::context_of;
use crate::phase::{self, Phase};
use crate::store::{
    ArticleRow, DeriveTally, ItemNo, Selection, Source, SourceId, Store, StoreError, StoreResult,
};

/// Name of the phase: other work waits for it.
pub(crate) const PHASE: &str = "deriving articles first";
/// Name of the phase behind a harvest.
pub(crate) const PHASE_BEHIND: &str = "deriving articles";

/// Returns the number of changes of a source that are not derived yet, at most.
pub(crate) fn dirty(source: &Source) -> u64 {
    u64::try_from(source.seq - source.derived_seq).unwrap_or(0)
}

/// Brings the articles of a source up to date with its records, its profile and this version of the
/// crosswalks. Only what changed is looked at, unless the crosswalks or the profile did.
pub async fn derive(store: &dyn Store, source: &Source) -> StoreResult<DeriveTally> {
    match Derivation::due(store, source).await? {
        Some(due) => {
            let phase = Phase::begin(PHASE, Some(dirty(source)));
            due.run(store, source, &phase).await
        }
        None => Ok(DeriveTally::default()),
    }
}

/// Derives a source whose lists have ended, until it is told to stop: what is left then is derived by the command that
/// reads the articles next. Returns whether it came to its end.
///
/// # Errors
/// Those of the store. They are no failure of the harvest: see [`warn_not_derived`].
pub(crate) async fn derive_harvested(
    store: &dyn Store,
    source_id: SourceId,
    stop: &CancellationToken,
    phase: &Phase,
) -> StoreResult<bool> {
    let work = async {
        let source = store.source(source_id).await?;
        if let Some(due) = Derivation::due(store, &source).await? {
            phase.grow(dirty(&source));
            due.run(store, &source, phase).await?;
        }
        Ok(true)
    };
    // Whatever a batch has begun to write is written whole or not at all.
    tokio::select! {
        biased;
        () = stop.cancelled() => Ok(false),
        done = work => done,
    }
}

/// Logs that a source could not be derived behind its harvest, which has succeeded all the same.
pub(crate) fn warn_not_derived(error: &StoreError) {
    tracing::warn!(%error, "articles are not derived yet; the next export derives them");
}

/// The work to bring a source up to date.
pub(crate) struct Derivation {
    /// The items that are looked at.
    pub(crate) selection: Selection,
    /// Facts about the source, with its profile as just learned.
    pub(crate) context: SourceContext,
    name: String,
}

impl Derivation {
    /// The derivation that is due; `None` where the articles are up to date.
    pub(crate) async fn due(store: &dyn Store, source: &Source) -> StoreResult<Option<Self>> {
        let dirty = Selection::Dirty {
            after: source.derived_seq,
        };
        let known = context_of(source);
        if source.derivation.as_ref() == Some(&derivation(&known))
            && store
                .items(source.source_id, dirty, ItemNo::START, 1)
                .await?
                .is_empty()
        {
            return Ok(None);
        }
        let context = SourceContext {
            profile: learn(store, source).await?,
            ..known
        };
        let name = derivation(&context);
        let selection = if source.derivation.as_ref() == Some(&name) {
            dirty
        } else {
            Selection::All
        };
        Ok(Some(Self {
            selection,
            context,
            name,
        }))
    }

    /// Derives, item by item.
    pub(crate) async fn run(
        self,
        store: &dyn Store,
        source: &Source,
        phase: &Phase,
    ) -> StoreResult<DeriveTally> {
        if self.selection == Selection::All && phase::is_observed() {
            let counts = store.counts(source.source_id).await?;
            phase.grow((counts.live + counts.deleted).saturating_sub(dirty(source)));
        }
        let mut tally = DeriveTally::default();
        let reader = EntryReader::new(store, source.source_id, self.context.clone());
        let derived = |reading: &mut Reading<'_>, found: Vec<FoundItem>| -> Vec<ArticleRow> {
            let rows = found.into_iter().map(|found| {
                let read = reading.read(found);
                reading.row(read).0
            });
            rows.collect()
        };
        let mut batches = pin!(entries(
            store,
            source,
            &reader,
            self.selection,
            |after| after,
            derived
        ));
        while let Some(rows) = batches.try_next().await? {
            phase.advance(rows.len() as u64);
            let put = store.put_articles(source.source_id, &rows).await?;
            tally.changed += put.changed;
            tally.unchanged += put.unchanged;
        }
        self.finish(store, source).await?;
        Ok(tally)
    }

    /// Notes that every item of the selection has its row.
    pub(crate) async fn finish(self, store: &dyn Store, source: &Source) -> StoreResult<()> {
        let profile = serde_json::to_string(&self.context.profile).unwrap_or_default();
        store
            .finish_derive(source.source_id, source.seq, &profile, &self.name)
            .await
    }
}

/// Derives every source of a store.
pub async fn derive_all(store: &dyn Store) -> StoreResult<DeriveTally> {
    let mut tally = DeriveTally::default();
    let sources = store.sources().await?;
    let mut phase = None;
    for source in &sources {
        let Some(due) = Derivation::due(store, source).await? else {
            continue;
        };
        let begin = || Phase::begin(PHASE, Some(sources.iter().map(dirty).sum()));
        let one = due
            .run(store, source, phase.get_or_insert_with(begin))
            .await?;
        tally.changed += one.changed;
        tally.unchanged += one.unchanged;
    }
    Ok(tally)
}

/// Sets what holds for the journals of a source. Its articles are out of date where that has changed.
///
/// # Errors
/// Failures of the store.
pub async fn set_journals(
    store: &dyn Store,
    source: &Source,
    settings: Vec<JournalSetting>,
) -> StoreResult<()> {
    let mut profile = context_of(source).profile;
    if profile.journal_settings == settings {
        return Ok(());
    }
    if source.profile.is_none() {
        profile = learn(store, source).await?;
    }
    profile.journal_settings = settings;
    let profile = serde_json::to_string(&profile).unwrap_or_default();
    store
        .finish_derive(source.source_id, source.derived_seq, &profile, "")
        .await
}
