//! Management of a store: names, addresses, removal, take-downs, compacting.

use offprint::internals::oai::Identify;
use offprint::internals::store::{
    ArticleRow, Attempts, Batch, FormatNo, Keep, NewGap, Remembered, Selection, SourceId,
    SourceSettings, StoreError, StoredItem, StreamNo,
};

use super::Engine;
use super::build::*;

pub(crate) async fn sources_are_renamed_and_moved_and_keep_their_ids(engine: &impl Engine) {
    let store = engine.open().await;
    let (source, _) = source_and_stream(&*store).await;
    store.open_source(&spec("other")).await.unwrap();
    let asked_at = at(5);
    let known = Remembered {
        asked_at,
        identify: Identify::default(),
        redirects: false,
        best: Vec::new(),
        pages: Vec::new(),
    };
    store
        .remember_identify(&source, &source.base_url, &known)
        .await
        .unwrap();
    store.rename_source("cac", "caucasus").await.unwrap();
    store
        .move_source("caucasus", "https://new.example.org/cac/oai")
        .await
        .unwrap();
    let moved = now(&*store, &source).await;
    assert_eq!(
        (&*moved.name, &*moved.base_url),
        ("caucasus", "https://new.example.org/cac/oai")
    );
    assert_eq!(moved.id_base, source.id_base);
    assert!(
        moved.identify.unwrap().asked_at < asked_at,
        "Identify is to be asked anew"
    );
    let fenced = store.commit(&source, Batch::default()).await;
    assert!(
        matches!(fenced, Err(StoreError::Fenced { .. })),
        "{fenced:?}"
    );
    // The address it began with still leads to it, and does not bring it back.
    let opened = store.open_source(&spec("caucasus").clone()).await.unwrap();
    assert_eq!(opened.source_id, source.source_id);
    let refused = store.rename_source("caucasus", "other").await;
    assert!(
        matches!(refused, Err(StoreError::Invalid(_))),
        "{refused:?}"
    );
    let refused = store
        .move_source("caucasus", "https://example.org/other/oai")
        .await;
    assert!(
        matches!(refused, Err(StoreError::Invalid(_))),
        "{refused:?}"
    );
    let unknown = store.rename_source("cac", "x").await;
    assert!(
        matches!(unknown, Err(StoreError::Unknown { .. })),
        "{unknown:?}"
    );
}

pub(crate) async fn a_removed_source_leaves_nothing(engine: &impl Engine) {
    let store = engine.open().await;
    let (source, stream) = source_and_stream(&*store).await;
    let other = store.open_source(&spec("other")).await.unwrap();
    let other_stream = store.open_stream(&other, "oai_dc", None).await.unwrap();
    for (source, stream) in [(&source, &stream), (&other, &other_stream)] {
        let pages = vec![page(1, &[live("a", "1"), tombstone("b")])];
        store.commit(source, list(stream, 1, pages)).await.unwrap();
    }
    let counts = store.remove_source("cac").await.unwrap();
    assert_eq!((counts.live, counts.deleted), (1, 1));
    assert_eq!(store.sources().await.unwrap().len(), 1);
    assert!(all(&*store, &source).await.is_empty());
    assert_eq!(all(&*store, &other).await.len(), 2);
    sound(&*store).await;
    assert!(matches!(
        store.remove_source("cac").await,
        Err(StoreError::Unknown { .. })
    ));
}

pub(crate) async fn starts_are_remembered(engine: &impl Engine) {
    let store = engine.open().await;
    let (source, _) = source_and_stream(&*store).await;
    assert_eq!(store.last_starts().await.unwrap(), []);
    // A later time that is stored comes from a clock that was ahead: it does not stay.
    store.note_start(source.source_id, at(30)).await.unwrap();
    store.note_start(source.source_id, at(20)).await.unwrap();
    assert_eq!(
        store.last_starts().await.unwrap(),
        [(source.source_id, at(20))]
    );
    assert_eq!(store.last_listings().await.unwrap(), []);
    store.note_listing(source.source_id, at(25)).await.unwrap();
    store.note_listing(source.source_id, at(15)).await.unwrap();
    assert_eq!(
        store.last_listings().await.unwrap(),
        [(source.source_id, at(15))]
    );
}

pub(crate) async fn settings_are_saved_without_a_source(engine: &impl Engine) {
    let store = engine.open().await;
    let (source, stream) = source_and_stream(&*store).await;
    assert_eq!(store.source_settings().await.unwrap(), []);
    let settings = |name: &str, settings: &str| SourceSettings {
        spec: spec(name),
        settings: Some(settings.to_owned()),
        attempts: Attempts::default(),
    };
    let both = [
        settings("cac", "{}"),
        settings("other", "{\"group\":\"slow\"}"),
    ];
    assert_eq!(store.save_source_settings(&both).await.unwrap(), 1);
    // Nobody who writes to a source is fenced out by that, and no source appears.
    store
        .commit(&source, list(&stream, 1, vec![page(1, &[live("a", "1")])]))
        .await
        .unwrap();
    assert_eq!(store.sources().await.unwrap().len(), 1);
    assert_eq!(store.source_settings().await.unwrap(), both);
    let again = [settings("cac", "{\"rate\":1}")];
    assert_eq!(store.save_source_settings(&again).await.unwrap(), 0);
    assert_eq!(store.source_settings().await.unwrap()[0], again[0]);
    assert_eq!(store.source(source.source_id).await.unwrap().name, "cac");
    assert!(matches!(
        store.source(SourceId(999)).await,
        Err(StoreError::Unknown { .. })
    ));
    store.remove_source("other").await.unwrap();
    assert_eq!(store.source_settings().await.unwrap().len(), 1);
}

pub(crate) async fn attempts_are_noted_without_a_source(engine: &impl Engine) {
    let store = engine.open().await;
    store
        .note_attempt(&spec("cac"), at(10), Some("refused"))
        .await
        .unwrap();
    store
        .note_attempt(&spec("cac"), at(20), Some("refused again"))
        .await
        .unwrap();
    assert_eq!(store.sources().await.unwrap(), []);
    assert_eq!(store.find_source(&spec("cac")).await.unwrap(), None);
    let attempts = || async { store.source_settings().await.unwrap()[0].attempts.clone() };
    assert_eq!(
        attempts().await,
        Attempts {
            last: Some(at(20)),
            failures: 2,
            failing_since: Some(at(10)),
            error: Some("refused again".to_owned())
        }
    );
    store
        .note_attempt(&spec("cac"), at(15), None)
        .await
        .unwrap();
    assert_eq!(
        attempts().await,
        Attempts {
            last: Some(at(15)),
            ..Attempts::default()
        }
    );
    store.rename_source("cac", "caucasus").await.unwrap();
    assert!(store.rename_source("cac", "x").await.is_err());
    store.remove_source("caucasus").await.unwrap();
    assert_eq!(store.source_settings().await.unwrap(), []);
}

pub(crate) async fn a_stream_without_an_answer_leaves_nothing(engine: &impl Engine) {
    let store = engine.open().await;
    let (source, stream) = source_and_stream(&*store).await;
    store
        .commit(&source, list(&stream, 1, vec![page(1, &[live("a", "1")])]))
        .await
        .unwrap();
    let wrong = store.open_stream(&source, "jtas", None).await.unwrap();
    store
        .replace_windows(&source, wrong.stream_no, &[window(1, 1)])
        .await
        .unwrap();
    let prefixes = || async {
        let streams = store.streams(source.source_id).await.unwrap();
        let prefixes = streams.iter().map(|stream| stream.metadata_prefix.clone());
        prefixes.collect::<Vec<_>>()
    };
    assert_eq!(prefixes().await, ["oai_dc"]);
    let source = store.open_source(&spec("cac")).await.unwrap();
    let right = store.open_stream(&source, "jats", None).await.unwrap();
    assert_eq!(
        (right.stream_no, right.format_no),
        (StreamNo(2), FormatNo(2))
    );
    assert_eq!(right.windows, []);
    store
        .commit(&source, list(&right, 1, vec![page(1, &[live("a", "2")])]))
        .await
        .unwrap();
    assert_eq!(prefixes().await, ["oai_dc", "jats"]);
    sound(&*store).await;
}

pub(crate) async fn a_format_is_dropped(engine: &impl Engine) {
    let store = engine.open().await;
    let (source, dc) = source_and_stream(&*store).await;
    let both = vec![page(1, &[live("a", "1"), live("b", "1")])];
    store.commit(&source, list(&dc, 1, both)).await.unwrap();
    let jats = store.open_stream(&source, "jats", None).await.unwrap();
    let pages = vec![page(1, &[live("a", "2")])];
    store.commit(&source, list(&jats, 1, pages)).await.unwrap();
    let set = store
        .open_stream(&source, "oai_dc", Some("cac:ART"))
        .await
        .unwrap();
    let pages = vec![page(1, &[live("b", "3")])];
    store.commit(&source, list(&set, 2, pages)).await.unwrap();

    let refused = store.drop_format("cac", "oai_dc", None).await;
    assert!(
        matches!(refused, Err(StoreError::Invalid(ref why)) if why.contains("1 records are known in oai_dc alone")),
        "{refused:?}"
    );
    let unknown = store.drop_format("cac", "marcxml", None).await;
    assert!(
        matches!(unknown, Err(StoreError::Invalid(_))),
        "{unknown:?}"
    );
    // Another stream of the format may list the records of a set.
    let of_set = store.drop_format("cac", "oai_dc", Some("cac:ART")).await;
    assert_eq!(of_set.unwrap(), 0);
    sound(&*store).await;
    assert_eq!(all(&*store, &source).await.len(), 2);
    assert_eq!(store.drop_format("cac", "jats", None).await.unwrap(), 1);
    sound(&*store).await;
    let streams = store.streams(source.source_id).await.unwrap();
    assert_eq!(streams.len(), 1);
    let records: Vec<usize> = all(&*store, &source)
        .await
        .iter()
        .map(|item| item.records.len())
        .collect();
    assert_eq!(records, [1, 1]);
    let last = store.drop_format("cac", "oai_dc", None).await;
    assert!(matches!(last, Err(StoreError::Invalid(_))), "{last:?}");
}

fn gap(identifier: Option<&str>) -> NewGap {
    NewGap {
        identifier: identifier.map(str::to_owned),
        from: None,
        until: None,
        reason: "status 500".into(),
    }
}

pub(crate) async fn gaps_are_acknowledged(engine: &impl Engine) {
    let store = engine.open().await;
    let (source, stream) = source_and_stream(&*store).await;
    let gaps = vec![gap(Some("a")), gap(Some("b")), gap(None)];
    store
        .commit(
            &source,
            Batch {
                gaps,
                ..batch(&stream, Vec::new())
            },
        )
        .await
        .unwrap();
    assert_eq!(
        store
            .acknowledge(source.source_id, Some("b"))
            .await
            .unwrap(),
        1
    );
    assert_eq!(
        store
            .acknowledge(source.source_id, Some("c"))
            .await
            .unwrap(),
        0
    );
    let acknowledged = |gaps: Vec<offprint::internals::store::Gap>| -> Vec<bool> {
        gaps.iter().map(|gap| gap.acknowledged).collect()
    };
    assert_eq!(
        acknowledged(store.gaps(source.source_id).await.unwrap()),
        [false, true, false]
    );
    assert_eq!(store.acknowledge(source.source_id, None).await.unwrap(), 2);
    // Missed once more, it is still the one that is known of.
    let again = Batch {
        gaps: vec![gap(Some("a"))],
        ..batch(&stream, Vec::new())
    };
    store.commit(&source, again).await.unwrap();
    assert_eq!(
        acknowledged(store.gaps(source.source_id).await.unwrap()),
        [true; 3]
    );
}

pub(crate) async fn suppressed_records_are_removed_and_stay_away(engine: &impl Engine) {
    let store = engine.open().await;
    let (source, stream) = source_and_stream(&*store).await;
    let pages = vec![page(
        1,
        &[live("a", "one"), live("b", "secret"), live("c", "three")],
    )];
    store
        .commit(&source, list(&stream, 1, pages))
        .await
        .unwrap();
    // A second version, and a page that holds it unchanged beside another's change.
    let pages = vec![page(1, &[live("a", "one"), live("b", "secret two")])];
    store
        .commit(&source, list(&stream, 2, pages))
        .await
        .unwrap();
    let pages = vec![page(1, &[live("b", "secret two"), live("c", "changed")])];
    store
        .commit(&source, list(&stream, 3, pages))
        .await
        .unwrap();
    let items = all(&*store, &source).await;
    let rows: Vec<ArticleRow> = items
        .iter()
        .map(|item| ArticleRow {
            item_no: item.item_no,
            record_seq: item.records[0].seq,
            deleted: false,
            hash: 1,
            codes: Vec::new(),
            keys: vec![("doi".into(), item.identifier.clone())],
            ..ArticleRow::default()
        })
        .collect();
    put_rows(&*store, &source, &rows).await;
    let before = now(&*store, &source).await.seq;

    let done = store.forget(source.source_id, "b").await.unwrap();
    assert_eq!((done.versions, done.again), (2, false));
    // These pages are none that the protocol's reader knows: the pointers alone lead to the bytes.
    assert!(done.pages >= 2, "{done:?}");
    assert_eq!(identifiers(&all(&*store, &source).await), ["a", "c"]);
    let gone = store
        .forgotten(source.source_id, before, i64::MAX)
        .await
        .unwrap();
    assert_eq!((gone.len(), &*gone[0].identifier), (1, "b"));
    assert_eq!(gone[0].seq, now(&*store, &source).await.seq);
    assert!(
        store
            .forgotten(source.source_id, gone[0].seq, i64::MAX)
            .await
            .unwrap()
            .is_empty()
    );
    sound(&*store).await;

    // It comes again, alone, beside another's change, and as what could not be fetched.
    let pages = vec![
        page(1, &[live("b", "secret three")]),
        page(1, &[live("b", "secret"), live("a", "new")]),
    ];
    let gaps = vec![gap(Some("b"))];
    store
        .commit(
            &source,
            Batch {
                gaps,
                ..list(&stream, 4, pages)
            },
        )
        .await
        .unwrap();
    assert_eq!(identifiers(&all(&*store, &source).await), ["a", "c"]);
    assert!(store.gaps(source.source_id).await.unwrap().is_empty());
    let changed = items_of_a(&*store, &source).await;
    assert_eq!(changed, live("a", "new").raw());
    assert!(store.forget(source.source_id, "b").await.unwrap().again);
    sound(&*store).await;
}

async fn items_of_a(
    store: &dyn offprint::internals::store::Store,
    source: &offprint::internals::store::Source,
) -> String {
    let items = items(store, source, Selection::All).await;
    String::from_utf8(items[0].records[0].raw.to_vec()).unwrap()
}

pub(crate) async fn unknown_records_can_be_suppressed(engine: &impl Engine) {
    let store = engine.open().await;
    let (source, stream) = source_and_stream(&*store).await;
    let done = store.forget(source.source_id, "a").await.unwrap();
    assert_eq!((done.versions, done.pages), (0, 0));
    store
        .commit(&source, list(&stream, 1, vec![page(1, &[live("a", "1")])]))
        .await
        .unwrap();
    assert!(all(&*store, &source).await.is_empty());
    assert!(store.forget(SourceId(9), "a").await.is_err());
}

pub(crate) async fn compacting_keeps_the_selected_pages(engine: &impl Engine) {
    let store = engine.open().await;
    let (source, stream) = source_and_stream(&*store).await;
    let lists = [
        vec![live("a", "1"), live("b", "1")],
        vec![live("a", "2"), live("b", "2")],
        vec![live("a", "2")],
    ];
    for (list_no, records) in (1..).zip(lists) {
        let batch = Batch {
            keep_all: true,
            ..list(&stream, list_no, vec![page(1, &records)])
        };
        store.commit(&source, batch).await.unwrap();
    }
    let before = all(&*store, &source).await;
    let dropped = |keep| {
        let store = store.clone();
        async move {
            let done = store.compact(keep).await.unwrap();
            (done.bodies, done.versions)
        }
    };
    assert_eq!(dropped(Keep::All).await, (0, 0));
    assert_eq!(dropped(Keep::Changed).await, (1, 0));
    sound(&*store).await;
    assert_eq!(dropped(Keep::Current).await, (1, 2));
    sound(&*store).await;
    let after = all(&*store, &source).await;
    let raw = |items: &[offprint::internals::store::StoredItem]| -> Vec<bytes::Bytes> {
        items
            .iter()
            .flat_map(|item| &item.records)
            .map(|record| record.raw.clone())
            .collect()
    };
    assert_eq!(raw(&before), raw(&after));
}

pub(crate) async fn bodies_are_packed_again(engine: &impl Engine) {
    let store = engine.open().await;
    let (source, dc) = source_and_stream(&*store).await;
    let records: Vec<_> = (0..300).map(|n| live(&format!("x{n}"), "1")).collect();
    store
        .commit(&source, list(&dc, 1, vec![page(1, &records)]))
        .await
        .unwrap();
    let before: Vec<_> = raws(&all(&*store, &source).await);
    assert_eq!(store.repack().await.unwrap(), 1);
    assert_eq!(store.repack().await.unwrap(), 0, "once is enough");
    assert_eq!(raws(&all(&*store, &source).await), before);
    store.forget(source.source_id, "x7").await.unwrap();
    assert_eq!(store.repack().await.unwrap(), 1, "a take-down rewrote it");
    assert_eq!(all(&*store, &source).await.len(), 299);
    sound(&*store).await;
}

fn raws(items: &[StoredItem]) -> Vec<bytes::Bytes> {
    let records = items.iter().flat_map(|item| &item.records);
    records.map(|record| record.raw.clone()).collect()
}
