//! Learning what the records of a source have in common: its profile.

use crate::article::Entry;
use crate::normalize::context::SourceContext;
use crate::normalize::journal_facts::KnownJournal;
use crate::normalize::journals::JournalLearner;
use crate::normalize::normalize;
use crate::normalize::profile::Profile;
use crate::normalize::profile_builder::ProfileBuilder;
use crate::normalize::stored::{context_of, unhashed_item_of};
use crate::store::{ItemNo, Selection, Source, Store, StoreResult};

/// Items a source's profile is learned from: the first so many, so that it does not drift.
const LEARN_FROM: usize = 1000;
/// Items in one read.
const BATCH: usize = 200;
/// First items that a source's journals are learned from.
const JOURNAL_FIRST: usize = 200;
/// Number of the item behind which more are read; each further place is twice as far.
const JOURNAL_NEXT: i64 = 400;
/// Items read at each of these places.
const JOURNAL_PROBE: usize = 50;

/// Learns the profile of a source from all its records, with the settings of its journals.
pub(crate) async fn learn(store: &dyn Store, source: &Source) -> StoreResult<Profile> {
    let mut context = context_of(source);
    let settings = std::mem::take(&mut context.profile.journal_settings);
    context.profile = learn_records(store, source).await?;
    let journals = learn_journals(store, source, &context).await?;
    // A clone, which finds these journals too.
    Ok(Profile {
        journals,
        journal_settings: settings,
        ..context.profile.clone()
    })
}

/// Learns the journals from the first articles and from some behind them, at places that stay where they are as the
/// source grows.
async fn learn_journals(
    store: &dyn Store,
    source: &Source,
    context: &SourceContext,
) -> StoreResult<Vec<KnownJournal>> {
    let mut learner = JournalLearner::default();
    let mut next = JOURNAL_NEXT;
    let (mut after, mut wanted) = (ItemNo::START, JOURNAL_FIRST);
    loop {
        let items = store
            .items(source.source_id, Selection::All, after, wanted)
            .await?;
        for item in &items {
            if let Entry::Live(article) = normalize(&unhashed_item_of(item), context) {
                learner.see(&article);
            }
        }
        if items.len() < wanted {
            return Ok(learner.finish(context.repository_name.as_deref()));
        }
        (after, next) = (ItemNo(next), 2 * next);
        wanted = JOURNAL_PROBE;
    }
}

async fn learn_records(store: &dyn Store, source: &Source) -> StoreResult<Profile> {
    let mut builder = ProfileBuilder::of(&context_of(source));
    let (mut after, mut seen) = (ItemNo::START, 0);
    while seen < LEARN_FROM {
        let items = store
            .items(
                source.source_id,
                Selection::All,
                after,
                BATCH.min(LEARN_FROM - seen),
            )
            .await?;
        let Some(last) = items.last() else { break };
        after = last.item_no;
        seen += items.len();
        for item in &items {
            builder.add(&unhashed_item_of(item));
        }
    }
    Ok(builder.finish())
}
