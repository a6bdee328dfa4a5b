//! Figures of a source, kept by blocks of its items: a report reads the articles of the blocks that have changed.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use xxhash_rust::xxh3::xxh3_64_with_seed;

use crate::article::Entry;
use crate::report::card::CardBuilder;
use crate::report::{Articles, CollectionStats};
use crate::store::{ItemNo, KeptFigures, Source, Store, StoreResult};

/// Raise it when the figures mean something else.
const EDITION: u64 = 1;

/// Figures of some articles of a source.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Figures {
    pub(super) stats: CollectionStats,
    pub(super) card: CardBuilder,
}

impl Figures {
    /// Takes the figures of a source whose articles are derived, and keeps them where the store may be written.
    ///
    /// # Errors
    /// Of the store.
    pub(super) async fn read(
        store: &dyn Store,
        articles: &Articles<'_>,
        source: &Source,
    ) -> StoreResult<Self> {
        let named = (&source.name, &source.derivation);
        let seed = serde_json::to_vec(&named).unwrap_or_default();
        let seed = xxh3_64_with_seed(&seed, EDITION);
        let marks = store.article_marks(source.source_id, seed).await?;
        let mut blocks = kept(store, source, &marks).await?;
        let stale: BTreeSet<i64> = marks
            .keys()
            .copied()
            .filter(|block| !blocks.contains_key(block))
            .collect();
        let mut read: BTreeMap<i64, Self> = BTreeMap::new();
        let skip = |after: ItemNo| next_stale(&stale, after);
        articles
            .each_beyond(source.source_id, skip, |item, entry| {
                let block = item.item_no.block();
                if !stale.contains(&block) {
                    return;
                }
                let figures = read.entry(block).or_default();
                figures.stats.add_entry(item, entry);
                if let Entry::Live(article) = entry {
                    figures.card.add_entry(article);
                }
            })
            .await?;
        if store.is_writable() && !read.is_empty() {
            let fresh = read.iter().filter_map(|(block, figures)| {
                Some(KeptFigures {
                    block: *block,
                    mark: *marks.get(block)?,
                    body: serde_json::to_string(figures).ok()?,
                })
            });
            let fresh = fresh.collect();
            store.keep_figures(source.source_id, fresh).await?;
        }
        blocks.append(&mut read);
        let mut all = Self::default();
        for figures in blocks.into_values() {
            all.stats.add(&figures.stats);
            all.card.add(figures.card);
        }
        Ok(all)
    }
}

/// The kept figures of the blocks that have not changed.
async fn kept(
    store: &dyn Store,
    source: &Source,
    marks: &BTreeMap<i64, u64>,
) -> StoreResult<BTreeMap<i64, Figures>> {
    let kept = store.kept_figures(source.source_id).await?.into_iter();
    let kept = kept.filter(|kept| marks.get(&kept.block) == Some(&kept.mark));
    Ok(kept
        .filter_map(|kept| Some((kept.block, serde_json::from_str(&kept.body).ok()?)))
        .collect())
}

/// The item behind which the next block begins that has to be read.
fn next_stale(stale: &BTreeSet<i64>, after: ItemNo) -> ItemNo {
    let block = after.next().block();
    match stale.range(block..).next() {
        Some(next) if *next == block => after,
        Some(next) => ItemNo::of_block(*next).previous(),
        None => ItemNo(i64::MAX),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_that_have_not_changed_are_skipped() {
        let stale = BTreeSet::from([0, 2]);
        let skip = |after| next_stale(&stale, ItemNo(after)).0;
        assert_eq!(skip(0), 0);
        assert_eq!(skip(998), 998);
        assert_eq!(skip(999), 1999);
        assert_eq!(skip(1500), 1999);
        assert_eq!(skip(2500), 2500);
        assert_eq!(skip(2999), i64::MAX);
    }
}
