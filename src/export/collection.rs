//! From the store to a target: every article of a collection, or what has changed since a run.

use std::collections::HashMap;
use std::pin::pin;

use futures_util::TryStreamExt as _;

use crate::article::{Deletion, Entry, Provenance};
use crate::error::Result;
use crate::export::batch::Work;
use crate::export::choice::{Choice, Since};
use crate::export::counts::{Counts, Scope};
use crate::export::error::ExportError;
use crate::export::format::EntryRef;
use crate::export::sink::EntrySink;
use crate::hex;
use crate::normalize::article_id;
use crate::normalize::derive::{self, Derivation};
use crate::normalize::entries::{EntryReader, FoundItem, Reading, entries};
use crate::phase::{self, LazyPhase, Phase};
use crate::redact::redact;
use crate::store::{
    ExportBatch, ExportSpan, Forgotten, ItemNo, Removed, Selection, Source, SourceId, Store,
    StoreError,
};

/// Identifiers of removed sources that are read together.
const BATCH: usize = 1000;

/// Name of the phase.
const PHASE: &str = "writing articles";

/// Returns the number of items of sources, where someone sees it and all of them are looked at.
async fn items(store: &dyn Store, sources: &[Source], is_whole: bool) -> Result<Option<u64>> {
    if !is_whole || !phase::is_observed() {
        return Ok(None);
    }
    let mut items = 0;
    for source in sources {
        let counts = store.counts(source.source_id).await?;
        items += counts.live + counts.deleted;
    }
    Ok(Some(items))
}

/// Writes the chosen articles and deletions to a target, source by source in the order of their names, items in
/// the order they were first seen.
///
/// Errors: of the store, an unknown source or run among them, and of what receives.
pub async fn export_collection(
    store: &dyn Store,
    choice: &Choice,
    target: impl EntrySink,
) -> Result<Counts> {
    export(store, choice, target, HashMap::new()).await
}

/// The same, with the articles of every source brought up to date. A source of which all are due and all are wanted
/// goes through the crosswalks once for both. What is chosen must not rest on what was derived before
/// ([`Choice::excluded_duplicates`] does).
///
/// Errors: as of [`export_collection`].
pub async fn derive_and_export(
    store: &dyn Store,
    choice: &Choice,
    target: impl EntrySink,
) -> Result<Counts> {
    let whole = choice.changed_since.is_none()
        && choice.shard.is_none()
        && choice.excluded_duplicates.is_empty();
    // A name that is mistyped is reported before the work.
    chosen(store, &choice.sources).await?;
    let mut in_passing = HashMap::new();
    let phase = LazyPhase::growing(derive::PHASE);
    for source in store.sources().await? {
        let Some(due) = Derivation::due(store, &source).await? else {
            continue;
        };
        let is_chosen = choice.sources.is_empty() || choice.sources.contains(&source.name);
        if whole && is_chosen && due.selection == Selection::All {
            in_passing.insert(source.source_id, due);
        } else {
            derive::derive(store, &source, due, &phase).await?;
        }
    }
    export(store, choice, target, in_passing).await
}

/// Writes what is chosen, and brings these sources up to date on the way.
async fn export(
    store: &dyn Store,
    choice: &Choice,
    mut target: impl EntrySink,
    mut in_passing: HashMap<SourceId, Derivation>,
) -> Result<Counts> {
    let heads = match choice.changed_since {
        Some(Since::Run(run)) => store.run_heads(run).await?,
        _ => Vec::new(),
    };
    let sources = chosen(store, &choice.sources).await?;
    let is_whole = choice.changed_since.is_none();
    let phase = Phase::begin(PHASE, items(store, &sources, is_whole).await?);
    for source in sources {
        let head = heads
            .iter()
            .find(|(source_id, _)| *source_id == source.source_id);
        let after = head.map_or(0, |(_, seq)| *seq);
        let mut taken_down = store.forgotten(source.source_id, after, i64::MAX).await?;
        let selection = match choice.changed_since {
            None => Selection::All,
            Some(Since::Run(_)) => Selection::Caused { after },
            Some(Since::Time(from)) => {
                taken_down.retain(|forgotten| forgotten.at >= from);
                Selection::Since { from }
            }
        };
        let due = in_passing.remove(&source.source_id);
        export_source(
            store,
            &source,
            Part {
                selection,
                taken_down,
                due,
            },
            choice,
            &phase,
            &mut target,
        )
        .await?;
        if target.is_closed() {
            break;
        }
    }
    Ok(Box::new(target).finish()?)
}

/// Writes what a turn of an export is to write: everything of its sources, or their changes; of these, what is chosen.
///
/// Errors: of the store and of the target, and a reader that went away, for what it had is not known.
pub async fn export_turn(
    store: &dyn Store,
    turn: &ExportBatch,
    scope: Scope,
    choice: &Choice,
    mut target: impl EntrySink,
) -> Result<Counts> {
    let sources = store.sources().await?;
    if scope == Scope::Delta {
        removed(store, turn, choice, &mut target).await?;
    }
    let wanted = |source: &&Source| {
        let spans = &turn.spans;
        spans.iter().any(|span| span.source_id == source.source_id)
    };
    let spanned: Vec<Source> = sources.iter().filter(wanted).cloned().collect();
    let phase = Phase::begin(PHASE, items(store, &spanned, scope == Scope::Full).await?);
    for span in &turn.spans {
        let Some(source) = sources
            .iter()
            .find(|source| source.source_id == span.source_id)
        else {
            continue;
        };
        let (selection, after) = match scope {
            Scope::Full => (Selection::All, 0),
            Scope::Delta => (
                Selection::Changed {
                    after: span.after,
                    upto: span.upto,
                },
                span.after,
            ),
        };
        let upto = if scope == Scope::Full {
            i64::MAX
        } else {
            span.upto
        };
        let taken_down = store.forgotten(source.source_id, after, upto).await?;
        export_source(
            store,
            source,
            Part {
                selection,
                taken_down,
                due: None,
            },
            choice,
            &phase,
            &mut target,
        )
        .await?;
    }
    if target.is_closed() {
        return Err(ExportError::io("write", "-", std::io::ErrorKind::BrokenPipe.into()).into());
    }
    Ok(Box::new(target).finish()?)
}

/// Returns whether a turn has any change to write.
///
/// Errors: of the store.
pub async fn has_changes(store: &dyn Store, turn: &ExportBatch) -> Result<bool> {
    if turn.removed_upto > 0 {
        return Ok(true);
    }
    for ExportSpan {
        source_id,
        after,
        upto,
    } in turn
        .spans
        .iter()
        .copied()
        .filter(|span| span.after < span.upto)
    {
        let changed = Selection::Changed { after, upto };
        if !store
            .items(source_id, changed, ItemNo::START, 1)
            .await?
            .is_empty()
            || !store.forgotten(source_id, after, upto).await?.is_empty()
        {
            return Ok(true);
        }
    }
    Ok(false)
}

/// The part of a source that is looked at.
struct Part {
    selection: Selection,
    /// Records taken down in that part.
    taken_down: Vec<Forgotten>,
    /// The derivation of all items, whose rows are written on the way.
    due: Option<Derivation>,
}

/// Writes what is chosen of a source: of its items, and of the records taken down. With a derivation of all items,
/// their rows are written too.
async fn export_source(
    store: &dyn Store,
    source: &Source,
    part: Part,
    choice: &Choice,
    phase: &Phase,
    target: &mut impl EntrySink,
) -> Result<()> {
    let Part {
        selection,
        taken_down,
        due,
    } = part;
    let reader = match &due {
        Some(due) => EntryReader::new(store, source.source_id, due.context.clone()),
        None => EntryReader::open(store, source).await?,
    };
    let shard = choice.shard;
    let skip = |after| shard.map_or(after, |shard| shard.skip(&source.name, after));
    let is_delta = selection != Selection::All;
    let mut derives = match due {
        Some(due) => Some((due.begin(store, source).await?, due)),
        None => None,
    };
    let work = Work {
        source: source.name.clone(),
        source_id: source.source_id,
        choice: choice.clone(),
        is_delta,
        derives: derives.as_ref().map(|(deriving, _)| deriving.search),
        is_unfiltered: choice.filter.passes_live(),
        renderer: target.renderer(),
    };
    let work = move |reading: &mut Reading<'_>, found: Vec<FoundItem>| work.run(reading, found);
    let mut batches = pin!(entries(store, source, &reader, selection, skip, work));
    while let Some(mut batch) = batches.try_next().await? {
        phase.advance(batch.items);
        if let Some((deriving, _)) = &mut derives {
            let rows = std::mem::take(&mut batch.rows);
            let put = store.put_articles(source.source_id, deriving, rows);
            match put.await {
                // The other one writes the rows; what is exported needs none.
                Err(StoreError::Superseded { .. }) => derives = None,
                put => drop(put?),
            }
        }
        batch.write(&source.name, target)?;
        if target.is_closed() {
            return Ok(());
        }
    }
    if let Some((deriving, due)) = derives
        && let Err(error) = due.finish(store, source, &deriving).await
        && !matches!(error, StoreError::Superseded { .. })
    {
        return Err(error.into());
    }
    write_taken_down(source, &taken_down, choice, is_delta, target)
}

/// Writes the records taken down as deletions. They have no item any more; the first shard has them.
fn write_taken_down(
    source: &Source,
    taken_down: &[Forgotten],
    choice: &Choice,
    is_delta: bool,
    target: &mut impl EntrySink,
) -> Result<()> {
    let shard = choice.shard;
    let has_first = shard.is_none_or(|shard| shard.has(&source.name, ItemNo::START));
    for forgotten in taken_down.iter().filter(|_| has_first) {
        let gone = Removed {
            removal_no: 0,
            source: source.name.clone(),
            base_url: source.base_url.clone(),
            id_base: source.id_base.clone(),
            identifier: forgotten.identifier.clone(),
            at: forgotten.at,
        };
        receive_gone(&gone, choice, is_delta, target)?;
    }
    Ok(())
}

/// Writes as deletions what went with its source.
async fn removed(
    store: &dyn Store,
    turn: &ExportBatch,
    choice: &Choice,
    target: &mut impl EntrySink,
) -> Result<()> {
    let mut after = 0;
    loop {
        let batch = store
            .removed(turn.export_id, after, turn.removed_upto, BATCH)
            .await?;
        let Some(last) = batch.last() else {
            return Ok(());
        };
        after = last.removal_no;
        for gone in batch.iter().filter(|gone| {
            choice
                .shard
                .is_none_or(|shard| shard.has(&gone.source, ItemNo::START))
        }) {
            receive_gone(gone, choice, true, target)?;
        }
    }
}

/// Writes an item that no longer exists as a deletion: its identifier and time, and nothing of the record.
fn receive_gone(
    gone: &Removed,
    choice: &Choice,
    is_delta: bool,
    target: &mut impl EntrySink,
) -> std::result::Result<(), ExportError> {
    let at = gone.at.to_rfc3339_opts(chrono::SecondsFormat::Secs, true);
    let provenance = Provenance {
        source: gone.source.clone(),
        base_url: redact(&gone.base_url),
        oai_identifier: gone.identifier.clone(),
        datestamp: at.clone(),
        harvested_at: at,
        raw_sha256: hex::sha256(&[]),
        ..Provenance::default()
    };
    let deletion = Deletion::new(article_id(&gone.id_base, &gone.identifier), provenance);
    match choice.filter.apply(Entry::Deleted(deletion), is_delta) {
        Some(entry) => target.write(EntryRef::from(&entry)),
        None => Ok(()),
    }
}

async fn chosen(store: &dyn Store, names: &[String]) -> Result<Vec<Source>> {
    let mut sources = store.sources().await?;
    if names.is_empty() {
        return Ok(sources);
    }
    if let Some(name) = names
        .iter()
        .find(|name| !sources.iter().any(|source| source.name == **name))
    {
        return Err(StoreError::Unknown {
            what: "source",
            name: name.clone(),
        }
        .into());
    }
    sources.retain(|source| names.contains(&source.name));
    Ok(sources)
}
