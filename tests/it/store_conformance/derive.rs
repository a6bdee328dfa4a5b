//! Article rows, and choosing by what changed.

use offprint::internals::store::{
    ArticleRow, DeriveTally, ItemNo, Selection, Source, Store, StoreError, StoredItem,
};

use super::Engine;
use super::build::*;

/// The row a derivation makes of an item; `version` stands for what the normalizer makes of it.
fn row(item: &StoredItem, version: u64) -> ArticleRow {
    ArticleRow {
        item_no: item.item_no,
        record_seq: item.records.iter().map(|r| r.seq).max().unwrap(),
        deleted: item.records[0].deleted,
        hash: xxhash_rust::xxh3::xxh3_64(&item.records[0].raw) ^ version,
        codes: vec![("date_guessed".to_owned(), 2)],
        keys: vec![("doi".to_owned(), format!("10.1234/{}", item.identifier))],
        ..ArticleRow::default()
    }
}

pub(super) async fn derive(store: &dyn Store, source: &Source, version: u64) -> DeriveTally {
    let derivation = version.to_string();
    let begun = store.begin_derive(source.source_id, &derivation).await;
    let mut deriving = begun.unwrap();
    let head = now(store, source).await.seq;
    let rows: Vec<ArticleRow> = all(store, source)
        .await
        .iter()
        .map(|item| row(item, version))
        .collect();
    let put = store.put_articles(source.source_id, &mut deriving, rows.clone());
    let tally = put.await.unwrap();
    store
        .finish_derive(source.source_id, &deriving, head, "{}")
        .await
        .unwrap();
    tally
}

pub(crate) async fn a_derivation_is_over_when_another_begins(engine: &impl Engine) {
    let store = engine.open().await;
    let (source, dc) = source_and_stream(&*store).await;
    let pages = vec![page(1, &[live("a", "1"), live("b", "1")])];
    store.commit(&source, list(&dc, 1, pages)).await.unwrap();
    let source_id = source.source_id;
    let begin = async |derivation| store.begin_derive(source_id, derivation).await.unwrap();
    let current = async || now(&*store, &source).await.derivation;
    let rows: Vec<_> = all(&*store, &source)
        .await
        .iter()
        .map(|item| row(item, 0))
        .collect();

    let mut first = begin("1").await;
    let put = store.put_articles(source_id, &mut first, rows[..1].to_vec());
    assert_eq!(put.await.unwrap().changed, 1);
    let mut second = begin("2").await;
    let refused = store
        .put_articles(source_id, &mut first, rows[1..].to_vec())
        .await;
    assert!(
        matches!(refused, Err(StoreError::Superseded { .. })),
        "{refused:?}"
    );
    let refused = store.finish_derive(source_id, &first, 2, "{}").await;
    assert!(
        matches!(refused, Err(StoreError::Superseded { .. })),
        "{refused:?}"
    );
    assert_ne!(current().await.as_deref(), Some("2"), "it is under way");

    // Several that know the source alike are one.
    let mut third = begin("2").await;
    let put = store.put_articles(source_id, &mut second, rows.clone());
    assert_eq!((put.await.unwrap().changed, second.seq), (1, Some(4)));
    let finish = store.finish_derive(source_id, &second, 2, "{}");
    finish.await.unwrap();
    assert_eq!(current().await.as_deref(), Some("2"));
    let put = store.put_articles(source_id, &mut third, rows.clone());
    assert_eq!((put.await.unwrap().changed, third.seq), (0, None));

    store.set_profile(source_id, "{}").await.unwrap();
    let refused = store
        .put_articles(source_id, &mut third, rows.clone())
        .await;
    assert!(
        matches!(refused, Err(StoreError::Superseded { .. })),
        "{refused:?}"
    );
    sound(&*store).await;
}

pub(crate) async fn articles_change_with_their_content(engine: &impl Engine) {
    let store = engine.open().await;
    let (source, dc) = source_and_stream(&*store).await;
    let records = [live("a", "1"), live("b", "1"), tombstone("c")];
    store
        .commit(&source, list(&dc, 1, vec![page(1, &records)]))
        .await
        .unwrap();
    assert_eq!(
        derive(&*store, &source, 0).await,
        DeriveTally {
            changed: 3,
            unchanged: 0
        }
    );
    let first = all(&*store, &source).await;
    let states: Vec<_> = first.iter().map(|i| i.article.clone().unwrap()).collect();
    assert_eq!(
        states
            .iter()
            .map(|a| (a.seq, a.deleted))
            .collect::<Vec<_>>(),
        [(4, false), (5, false), (6, true)]
    );
    assert_eq!(states[0].hash, row(&first[0], 0).hash);
    let derived = now(&*store, &source).await;
    assert_eq!((derived.seq, derived.derived_seq), (6, 3));
    assert_eq!(
        (derived.profile.as_deref(), derived.derivation.as_deref()),
        (Some("{}"), Some("0"))
    );

    assert_eq!(
        derive(&*store, &source, 0).await,
        DeriveTally {
            changed: 0,
            unchanged: 3
        }
    );
    let again: Vec<_> = all(&*store, &source)
        .await
        .into_iter()
        .map(|i| i.article.unwrap())
        .collect();
    assert_eq!(again, states, "neither number nor time moves");
    assert_eq!(now(&*store, &source).await.seq, 6);

    store
        .commit(&source, list(&dc, 2, vec![page(1, &[live("b", "2")])]))
        .await
        .unwrap();
    assert_eq!(
        derive(&*store, &source, 0).await,
        DeriveTally {
            changed: 1,
            unchanged: 2
        }
    );
    let third: Vec<_> = all(&*store, &source)
        .await
        .into_iter()
        .map(|i| i.article.unwrap())
        .collect();
    assert_eq!((&third[0], &third[2]), (&states[0], &states[2]));
    assert_eq!(third[1].seq, 8);
    assert!(third[1].changed_at >= states[1].changed_at);

    let begun = store.begin_derive(source.source_id, "0").await.unwrap();
    let finish = store.finish_derive(source.source_id, &begun, 9, "{}");
    let refused = finish.await;
    assert!(
        matches!(refused, Err(StoreError::Invalid(_))),
        "{refused:?}"
    );
    sound(&*store).await;
}

pub(crate) async fn causes_tell_records_from_derivations(engine: &impl Engine) {
    let store = engine.open().await;
    let (source, dc) = source_and_stream(&*store).await;
    let changed_since = async |after| {
        let items = items(&*store, &source, Selection::Caused { after }).await;
        identifiers(&items)
            .into_iter()
            .map(str::to_owned)
            .collect::<Vec<_>>()
    };
    store
        .commit(
            &source,
            list(&dc, 1, vec![page(1, &[live("a", "1"), live("b", "1")])]),
        )
        .await
        .unwrap();
    let harvested = now(&*store, &source).await.seq;
    derive(&*store, &source, 0).await;
    assert_eq!(changed_since(0).await, ["a", "b"]);
    assert!(
        changed_since(harvested).await.is_empty(),
        "deriving what the harvest brought is no later change"
    );

    store
        .commit(&source, list(&dc, 2, vec![page(1, &[live("b", "2")])]))
        .await
        .unwrap();
    let second = now(&*store, &source).await.seq;
    derive(&*store, &source, 0).await;
    assert_eq!(changed_since(harvested).await, ["b"]);
    assert!(changed_since(second).await.is_empty());

    // A newer normalizer changes all without any record having changed.
    derive(&*store, &source, 1).await;
    assert_eq!(changed_since(second).await, ["a", "b"]);
    let renewed = now(&*store, &source).await.seq;
    assert!(changed_since(renewed).await.is_empty());

    // A record that changes without changing the article moves nothing, then or later.
    let item = &all(&*store, &source).await[0];
    let hash = item.article.as_ref().unwrap().hash;
    store
        .commit(
            &source,
            list(&dc, 3, vec![page(1, &[live("a", "other markup")])]),
        )
        .await
        .unwrap();
    let item = &all(&*store, &source).await[0];
    let same = ArticleRow {
        hash,
        ..row(item, 0)
    };
    let tally = put_rows(&*store, &source, &[same]).await;
    assert_eq!(
        tally,
        DeriveTally {
            changed: 0,
            unchanged: 1
        }
    );
    assert!(changed_since(renewed).await.is_empty());
    let later = ArticleRow {
        hash: hash + 1,
        ..row(item, 0)
    };
    put_rows(&*store, &source, &[later]).await;
    let own = all(&*store, &source).await[0].article.as_ref().unwrap().seq;
    assert_eq!(
        changed_since(own - 1).await,
        ["a"],
        "by the derivation, for its record was derived before"
    );
}

pub(crate) async fn selections_choose_by_change(engine: &impl Engine) {
    let store = engine.open().await;
    let (source, dc) = source_and_stream(&*store).await;
    let marc = store.open_stream(&source, "marcxml", None).await.unwrap();
    let records = ["a", "b", "c"].map(|id| live(id, "1"));
    store
        .commit(&source, batch(&dc, vec![page(1, &records)]))
        .await
        .unwrap();
    derive(&*store, &source, 0).await; // articles at 4, 5, 6
    store
        .commit(
            &source,
            batch(&marc, vec![page(1, &[live("c", "m"), live("b", "m")])]),
        )
        .await
        .unwrap();
    store
        .commit(&source, batch(&dc, vec![page(1, &[live("c", "2")])]))
        .await
        .unwrap();
    let chosen = async |selection| {
        let items = items(&*store, &source, selection).await;
        identifiers(&items).join(" ")
    };
    assert_eq!(chosen(Selection::All).await, "a b c");
    assert_eq!(chosen(Selection::Dirty { after: 0 }).await, "a b c");
    assert_eq!(
        chosen(Selection::Dirty { after: 3 }).await,
        "b c",
        "each once, in item order"
    );
    assert_eq!(chosen(Selection::Dirty { after: 8 }).await, "c");
    assert_eq!(chosen(Selection::Dirty { after: 9 }).await, "");
    assert_eq!(chosen(Selection::Changed { after: 4, upto: 5 }).await, "b");
    assert_eq!(
        chosen(Selection::Changed { after: 3, upto: 99 }).await,
        "a b c"
    );
    assert_eq!(chosen(Selection::Changed { after: 6, upto: 99 }).await, "");
    assert_eq!(chosen(Selection::Caused { after: 1 }).await, "b c");
    let batches = store
        .items(
            source.source_id,
            Selection::Dirty { after: 3 },
            ItemNo(2),
            1,
        )
        .await
        .unwrap();
    assert_eq!(identifiers(&batches), ["c"]);
    assert_eq!(
        batches[0].records.len(),
        2,
        "with all its formats, changed or not"
    );
}

pub(crate) async fn many_changes_are_chosen_as_few(engine: &impl Engine) {
    let store = engine.open().await;
    let (source, dc) = source_and_stream(&*store).await;
    let pages: Vec<_> = (0..21)
        .map(|n| {
            page(
                1,
                &(0..500)
                    .map(|m| live(&format!("{n}/{m}"), "1"))
                    .collect::<Vec<_>>(),
            )
        })
        .collect();
    store.commit(&source, batch(&dc, pages)).await.unwrap();
    for after in [0, 10_499, 3_000] {
        let mut found = Vec::new();
        let mut from = ItemNo::START;
        loop {
            let items = store
                .items(source.source_id, Selection::Dirty { after }, from, 4_000)
                .await
                .unwrap();
            let Some(last) = items.last() else { break };
            from = last.item_no;
            found.extend(items.iter().map(|item| item.item_no));
        }
        assert_eq!(found, (after + 1..=10_500).map(ItemNo).collect::<Vec<_>>());
    }
}

pub(crate) async fn outdated_derivations_are_skipped(engine: &impl Engine) {
    let store = engine.open().await;
    let (source, dc) = source_and_stream(&*store).await;
    store
        .commit(
            &source,
            batch(&dc, vec![page(1, &[live("a", "1"), live("b", "1")])]),
        )
        .await
        .unwrap();
    let begun = store.begin_derive(source.source_id, "0").await;
    let mut deriving = begun.unwrap();
    let rows: Vec<_> = all(&*store, &source)
        .await
        .iter()
        .map(|item| row(item, 0))
        .collect();
    store
        .commit(&source, batch(&dc, vec![page(1, &[live("a", "2")])]))
        .await
        .unwrap();
    let put_all = store.put_articles(source.source_id, &mut deriving, rows.clone());
    assert_eq!(
        put_all.await.unwrap(),
        DeriveTally {
            changed: 1,
            unchanged: 0
        }
    );
    let items = all(&*store, &source).await;
    assert_eq!(items[0].article, None);
    assert!(items[1].article.is_some());
    let unknown = ArticleRow {
        item_no: ItemNo(99),
        ..rows[0].clone()
    };
    assert_eq!(
        put_rows(&*store, &source, &[unknown]).await,
        DeriveTally::default()
    );
    sound(&*store).await;
}
