//! Exports that keep track of what they have written.

use offprint::store::{ExportSpan, ExportSpec, Source, Store, StoreError, Stream};

use super::Engine;
use super::build::*;

fn spec_of(name: &str) -> ExportSpec {
    ExportSpec {
        name: name.to_owned(),
        format: "jsonl".to_owned(),
        options_hash: u64::MAX,
        sources: Vec::new(),
        delta: true,
    }
}

async fn change(store: &dyn Store, source: &Source, stream: &Stream, list_no: i64, content: &str) -> i64 {
    let pages = vec![page(1, &[live("a", content)])];
    store.commit(source, list(stream, list_no, pages)).await.unwrap();
    now(store, source).await.seq
}

pub(crate) async fn turns_of_an_export_meet(engine: &impl Engine) {
    let store = engine.open().await;
    let (source, stream) = source_and_stream(&*store).await;
    let first = change(&*store, &source, &stream, 1, "1").await;
    let span = |after, upto| vec![ExportSpan { source_id: source.source_id, after, upto }];
    let turn = store.begin_export(&spec_of("catalog")).await.unwrap();
    assert_eq!((turn.delta_no, turn.redo, turn.everything), (1, false, true));
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
    assert_eq!(store.begin_export(&spec_of("other")).await.unwrap().spans, span(0, second));
}

pub(crate) async fn a_turn_that_did_not_end_is_begun_again(engine: &impl Engine) {
    let store = engine.open().await;
    let (source, stream) = source_and_stream(&*store).await;
    change(&*store, &source, &stream, 1, "1").await;
    let begun = store.begin_export(&spec_of("catalog")).await.unwrap();
    let later = change(&*store, &source, &stream, 2, "2").await;
    let again = store.begin_export(&spec_of("catalog")).await.unwrap();
    assert!(again.redo);
    assert_eq!((again.delta_no, &again.spans), (begun.delta_no, &begun.spans));
    store.end_export(again.export_id, true).await.unwrap();
    let next = store.begin_export(&spec_of("catalog")).await.unwrap();
    assert_eq!((next.delta_no, next.spans[0].after, next.spans[0].upto), (2, begun.spans[0].upto, later));
}

pub(crate) async fn other_options_are_everything_anew(engine: &impl Engine) {
    let store = engine.open().await;
    let (source, stream) = source_and_stream(&*store).await;
    change(&*store, &source, &stream, 1, "1").await;
    let turn = store.begin_export(&spec_of("catalog")).await.unwrap();
    store.end_export(turn.export_id, true).await.unwrap();
    let other = ExportSpec { options_hash: 7, ..spec_of("catalog") };
    let turn = store.begin_export(&other).await.unwrap();
    assert_eq!((turn.everything, turn.delta_no, turn.spans[0].after), (true, 2, 0));
    let unknown = ExportSpec { sources: vec!["nosuch".to_owned()], ..spec_of("catalog") };
    assert!(matches!(store.begin_export(&unknown).await, Err(StoreError::Unknown { .. })));
    assert!(store.end_export(99, true).await.is_err());
}
