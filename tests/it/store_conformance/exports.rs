//! Exports that keep track of what they have written.

use offprint::internals::store::{
    ExportId, ExportSpan, ExportSpec, Source, Store, StoreError, Stream,
};

use super::Engine;
use super::build::*;
use super::derive::derive;

fn spec_of(name: &str) -> ExportSpec {
    ExportSpec {
        name: name.to_owned(),
        format: "jsonl".to_owned(),
        options_hash: u64::MAX,
        sources: Vec::new(),
        delta: true,
    }
}

async fn change(
    store: &dyn Store,
    source: &Source,
    stream: &Stream,
    list_no: i64,
    content: &str,
) -> i64 {
    let pages = vec![page(1, &[live("a", content)])];
    store
        .commit(source, list(stream, list_no, pages))
        .await
        .unwrap();
    now(store, source).await.seq
}

pub(crate) async fn batches_of_an_export_meet(engine: &impl Engine) {
    let store = engine.open().await;
    let (source, stream) = source_and_stream(&*store).await;
    let first = change(&*store, &source, &stream, 1, "1").await;
    let span = |after, upto| {
        vec![ExportSpan {
            source_id: source.source_id,
            after,
            upto,
        }]
    };
    let turn = store.begin_export(&spec_of("catalog")).await.unwrap();
    assert_eq!(
        (turn.delta_no, turn.is_retry, turn.everything),
        (1, false, true)
    );
    assert_eq!(turn.spans, span(0, first));
    store.end_export(turn.export_id, true).await.unwrap();
    // Nothing to write takes no number.
    let turn = store.begin_export(&spec_of("catalog")).await.unwrap();
    assert_eq!((turn.delta_no, turn.everything), (2, false));
    assert_eq!(turn.spans, span(first, first));
    store.end_export(turn.export_id, false).await.unwrap();
    let second = change(&*store, &source, &stream, 2, "2").await;
    let turn = store.begin_export(&spec_of("catalog")).await.unwrap();
    assert_eq!((turn.delta_no, &turn.spans), (2, &span(first, second)));
    // Another export has its own way.
    assert_eq!(
        store.begin_export(&spec_of("other")).await.unwrap().spans,
        span(0, second)
    );
}

pub(crate) async fn an_unfinished_export_batch_is_repeated(engine: &impl Engine) {
    let store = engine.open().await;
    let (source, stream) = source_and_stream(&*store).await;
    change(&*store, &source, &stream, 1, "1").await;
    let begun = store.begin_export(&spec_of("catalog")).await.unwrap();
    let later = change(&*store, &source, &stream, 2, "2").await;
    let again = store.begin_export(&spec_of("catalog")).await.unwrap();
    assert!(again.is_retry);
    assert_eq!(
        (again.delta_no, &again.spans),
        (begun.delta_no, &begun.spans)
    );
    store.end_export(again.export_id, true).await.unwrap();
    let next = store.begin_export(&spec_of("catalog")).await.unwrap();
    assert_eq!(
        (next.delta_no, next.spans[0].after, next.spans[0].upto),
        (2, begun.spans[0].upto, later)
    );
}

pub(crate) async fn changed_options_force_full_export(engine: &impl Engine) {
    let store = engine.open().await;
    let (source, stream) = source_and_stream(&*store).await;
    change(&*store, &source, &stream, 1, "1").await;
    let turn = store.begin_export(&spec_of("catalog")).await.unwrap();
    store.end_export(turn.export_id, true).await.unwrap();
    let other = ExportSpec {
        options_hash: 7,
        ..spec_of("catalog")
    };
    let turn = store.begin_export(&other).await.unwrap();
    assert_eq!(
        (turn.everything, turn.delta_no, turn.spans[0].after),
        (true, 2, 0)
    );
    let unknown = ExportSpec {
        sources: vec!["nosuch".to_owned()],
        ..spec_of("catalog")
    };
    assert!(matches!(
        store.begin_export(&unknown).await,
        Err(StoreError::Unknown { .. })
    ));
    assert!(store.end_export(ExportId(99), true).await.is_err());
}

pub(crate) async fn numbers_of_published_files_are_not_reused(engine: &impl Engine) {
    let store = engine.open().await;
    let (source, stream) = source_and_stream(&*store).await;
    change(&*store, &source, &stream, 1, "1").await;
    let cut_off = store.begin_export(&spec_of("catalog")).await.unwrap();
    let head = change(&*store, &source, &stream, 2, "2").await;
    let other = ExportSpec {
        options_hash: 7,
        ..spec_of("catalog")
    };
    let turn = store.begin_export(&other).await.unwrap();
    assert_eq!(
        (turn.delta_no, turn.is_retry, turn.everything),
        (cut_off.delta_no + 1, false, true)
    );
    assert_eq!((turn.spans[0].after, turn.spans[0].upto), (0, head));
    // Cut off too, and begun again: the same number now.
    assert_eq!(
        store.begin_export(&other).await.unwrap().delta_no,
        turn.delta_no
    );
    // As a full export nothing is numbered, and the next delta is a number on.
    let full = store
        .begin_export(&ExportSpec {
            delta: false,
            ..other.clone()
        })
        .await
        .unwrap();
    store.end_export(full.export_id, true).await.unwrap();
    assert_eq!(
        store.begin_export(&other).await.unwrap().delta_no,
        turn.delta_no + 1
    );
}

pub(crate) async fn previews_change_nothing(engine: &impl Engine) {
    let store = engine.open().await;
    let (source, stream) = source_and_stream(&*store).await;
    let head = change(&*store, &source, &stream, 1, "1").await;
    for _ in 0..2 {
        let turn = store.preview_export(&spec_of("catalog")).await.unwrap();
        assert_eq!(
            (
                turn.delta_no,
                turn.is_retry,
                turn.everything,
                turn.spans[0].upto
            ),
            (1, false, true, head)
        );
    }
    assert!(
        !store
            .begin_export(&spec_of("catalog"))
            .await
            .unwrap()
            .is_retry
    );
}

pub(crate) async fn items_of_a_removed_source_are_reported_once(engine: &impl Engine) {
    let store = engine.open().await;
    let (source, stream) = source_and_stream(&*store).await;
    let pages = vec![page(1, &[live("a", "1"), live("b", "1"), tombstone("c")])];
    store
        .commit(&source, list(&stream, 1, pages))
        .await
        .unwrap();
    derive(&*store, &source, 0).await;
    let turn = store.begin_export(&spec_of("catalog")).await.unwrap();
    assert_eq!(turn.removed_upto, 0);
    store.end_export(turn.export_id, true).await.unwrap();
    let pages = vec![page(2, &[live("late", "1"), tombstone("b")])];
    store
        .commit(&source, list(&stream, 2, pages))
        .await
        .unwrap();
    derive(&*store, &source, 0).await;
    // One that never had anything of it, and one that does not begin before it is gone.
    store.remove_source("cac").await.unwrap();
    let late = store.begin_export(&spec_of("late")).await.unwrap();
    assert_eq!(late.removed_upto, 0);

    let turn = store.begin_export(&spec_of("catalog")).await.unwrap();
    let removed = store
        .removed(turn.export_id, 0, turn.removed_upto, 10)
        .await
        .unwrap();
    let names: Vec<&str> = removed.iter().map(|one| one.identifier.as_str()).collect();
    assert_eq!(names, ["a", "b", "late"]);
    assert_eq!(
        (&removed[0].source, &removed[0].id_base),
        (&source.name, &source.id_base)
    );
    let two = store
        .removed(turn.export_id, 0, turn.removed_upto, 2)
        .await
        .unwrap();
    assert_eq!(two, removed[..2]);
    let rest = store
        .removed(turn.export_id, two[1].removal_no, turn.removed_upto, 2)
        .await
        .unwrap();
    assert_eq!(rest, removed[2..]);
    // Cut off: told again. Ended: no more.
    assert_eq!(
        store
            .begin_export(&spec_of("catalog"))
            .await
            .unwrap()
            .removed_upto,
        turn.removed_upto
    );
    store.end_export(turn.export_id, true).await.unwrap();
    assert_eq!(
        store
            .begin_export(&spec_of("catalog"))
            .await
            .unwrap()
            .removed_upto,
        0
    );
    assert!(
        store
            .removed(turn.export_id, 0, i64::MAX, 10)
            .await
            .unwrap()
            .is_empty()
    );
}
