//! Deriving: from the records in the store to articles, and to the index of what changed.

use std::pin::pin;

use futures_util::TryStreamExt as _;
use tokio_util::sync::CancellationToken;

use crate::normalize::context::{SourceContext, derivation};
use crate::normalize::entries::{EntryReader, FoundItem, Reading, entries};
use crate::normalize::journal_facts::JournalSetting;
use crate::normalize::learn::learn;
use crate::normalize::stored::context_of;
use crate::phase::{self, LazyPhase, Phase};
use crate::store::{
    ArticleRow, DeriveTally, Deriving, ItemNo, Selection, Source, SourceId, Store, StoreError,
    StoreResult,
};

/// Name of the phase: other work waits for it.
pub(crate) const PHASE: &str = "deriving articles first";
/// Name of the phase behind a harvest.
pub(crate) const PHASE_BEHIND: &str = "deriving articles";

/// Times that a derivation is begun where other processes know the source differently.
const TRIES: usize = 3;

/// Returns the number of changes of a source that are not derived yet, at most.
pub(crate) fn dirty(source: &Source) -> u64 {
    u64::try_from(source.seq - source.derived_seq).unwrap_or(0)
}

/// Brings the articles of a source up to date with its records, its profile and this version of the
/// crosswalks, as is due. Only what changed is looked at, unless the crosswalks or the profile did.
///
/// # Errors
/// Those of the store; [`StoreError::Superseded`] if other processes keep deriving it with other settings.
pub(crate) async fn derive(
    store: &dyn Store,
    source: &Source,
    due: Derivation,
    phase: &LazyPhase,
) -> StoreResult<DeriveTally> {
    let mut done = due.run(store, source, phase.part(dirty(source))).await;
    for _ in 1..TRIES {
        if !matches!(done, Err(StoreError::Superseded { .. })) {
            break;
        }
        // What the other one knows may be what has become of the source.
        let source = store.source(source.source_id).await?;
        let Some(due) = Derivation::due(store, &source).await? else {
            return Ok(DeriveTally::default());
        };
        done = due.run(store, &source, phase.part(0)).await;
    }
    done
}

/// Derives a source whose lists have ended, until `stop` is cancelled. The command that reads the articles next derives
/// the rest. Returns whether it came to its end.
///
/// # Errors
/// Those of the store. They are no failure of the harvest: see [`warn_not_derived`].
pub(crate) async fn derive_harvested(
    store: &dyn Store,
    source_id: SourceId,
    stop: &CancellationToken,
    phase: &LazyPhase,
) -> StoreResult<bool> {
    let work = async {
        let source = store.source(source_id).await?;
        if let Some(due) = Derivation::due(store, &source).await? {
            derive(store, &source, due, phase).await?;
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
    async fn run(
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
        let mut deriving = self.begin(store, source).await?;
        let reader = EntryReader::new(store, source.source_id, self.context.clone());
        let search = deriving.search;
        let derived = move |reading: &mut Reading<'_>, found: Vec<FoundItem>| -> Vec<ArticleRow> {
            let rows = found.into_iter().map(|found| {
                let read = reading.read(found);
                reading.row(read, search).0
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
            let put = store
                .put_articles(source.source_id, &mut deriving, rows)
                .await?;
            tally.changed += put.changed;
            tally.unchanged += put.unchanged;
        }
        self.finish(store, source, &deriving).await?;
        Ok(tally)
    }

    /// Begins to derive; the items are read after this.
    pub(crate) async fn begin(&self, store: &dyn Store, source: &Source) -> StoreResult<Deriving> {
        store.begin_derive(source.source_id, &self.name).await
    }

    /// Notes that every item of the selection has its row.
    pub(crate) async fn finish(
        &self,
        store: &dyn Store,
        source: &Source,
        deriving: &Deriving,
    ) -> StoreResult<()> {
        let profile = serde_json::to_string(&self.context.profile).unwrap_or_default();
        store
            .finish_derive(source.source_id, deriving, source.seq, &profile)
            .await
    }
}

/// Derives every source of a store.
pub async fn derive_all(store: &dyn Store) -> StoreResult<DeriveTally> {
    let mut tally = DeriveTally::default();
    let sources = store.sources().await?;
    let phase = LazyPhase::of(PHASE, sources.iter().map(dirty).sum());
    for source in &sources {
        let Some(due) = Derivation::due(store, source).await? else {
            continue;
        };
        let one = derive(store, source, due, &phase).await?;
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
    store.set_profile(source.source_id, &profile).await
}
