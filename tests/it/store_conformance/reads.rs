//! Reading: batches, formats, runs, what is still wanted.

use offprint::internals::store::{Batch, ItemNo, ListNo, RunNo, Selection, SourceId, StoreError};

use super::Engine;
use super::build::*;

pub(crate) async fn items_come_in_batches_with_all_formats(engine: &impl Engine) {
    let store = engine.open().await;
    let (source, dc) = source_and_stream(&*store).await;
    let marc = store.open_stream(&source, "marcxml", None).await.unwrap();
    let ids: Vec<String> = (0..25)
        .map(|n| format!("oai:example.org:article/{n}"))
        .collect();
    for chunk in ids.chunks(4) {
        let records: Vec<Rec> = chunk.iter().map(|id| live(id, "dc")).collect();
        store
            .commit(&source, batch(&dc, vec![page(1, &records)]))
            .await
            .unwrap();
    }
    let some: Vec<Rec> = ids.iter().step_by(2).map(|id| live(id, "marc")).collect();
    store
        .commit(&source, batch(&marc, vec![page(1, &some)]))
        .await
        .unwrap();
    // Another source is another world, with the same identifiers.
    let other = store.open_source(&spec("other")).await.unwrap();
    let other_dc = store.open_stream(&other, "oai_dc", None).await.unwrap();
    store
        .commit(
            &other,
            batch(&other_dc, vec![page(1, &[live(&ids[0], "other")])]),
        )
        .await
        .unwrap();
    assert_eq!(
        all(&*store, &other).await[0].records[0].raw,
        live(&ids[0], "other").raw().as_bytes()
    );

    let mut read = Vec::new();
    let mut after = ItemNo::START;
    loop {
        let batch = store
            .items(source.source_id, Selection::All, after, 7)
            .await
            .unwrap();
        let Some(last) = batch.last() else { break };
        after = last.item_no;
        assert!(batch.len() <= 7);
        read.extend(batch);
    }
    assert_eq!(identifiers(&read), ids);
    for (n, item) in read.iter().enumerate() {
        let formats: Vec<_> = item
            .records
            .iter()
            .map(|r| (&*r.metadata_prefix, &r.raw[..]))
            .collect();
        let dc = live(&ids[n], "dc").raw();
        let marc = live(&ids[n], "marc").raw();
        if n % 2 == 0 {
            assert_eq!(
                formats,
                [("oai_dc", dc.as_bytes()), ("marcxml", marc.as_bytes())]
            );
        } else {
            assert_eq!(formats, [("oai_dc", dc.as_bytes())]);
        }
        assert_eq!(item.article, None);
    }
    assert!(
        store
            .items(SourceId(99), Selection::All, ItemNo::START, 9)
            .await
            .unwrap()
            .is_empty()
    );
}

pub(crate) async fn landing_pages_are_wanted_once(engine: &impl Engine) {
    let store = engine.open().await;
    let (source, dc) = source_and_stream(&*store).await;
    let records = [
        live("a", "1"),
        tombstone("b"),
        live("c", "1"),
        live("d", "1"),
    ];
    store
        .commit(&source, list(&dc, 1, vec![page(1, &records)]))
        .await
        .unwrap();
    let wanted = async |after, limit| {
        let items = store
            .items_without(&source, dc.stream_no, "landing_page", after, limit)
            .await
            .unwrap();
        items
            .into_iter()
            .map(|item| item.identifier)
            .collect::<Vec<_>>()
    };
    assert_eq!(
        wanted(ItemNo::START, 9).await,
        ["a", "c", "d"],
        "before the format was ever opened"
    );
    let landing = store
        .open_stream(&source, "landing_page", None)
        .await
        .unwrap();
    assert_eq!(wanted(ItemNo::START, 2).await, ["a", "c"]);
    assert_eq!(wanted(ItemNo(3), 2).await, ["d"]);
    let fetch = async |id: &str, content: &str| {
        let page = page(0, &[live(id, content)]);
        store
            .commit(&source, batch(&landing, vec![page]))
            .await
            .unwrap();
    };
    fetch("a", "<html>").await;
    fetch("c", "<html>").await;
    assert_eq!(wanted(ItemNo::START, 9).await, ["d"]);
    let changed = [live("a", "2"), live("c", "1"), live("d", "2")];
    store
        .commit(&source, list(&dc, 2, vec![page(1, &changed)]))
        .await
        .unwrap();
    assert_eq!(
        wanted(ItemNo::START, 9).await,
        ["a", "d"],
        "the record is newer than its landing page"
    );
    fetch("a", "<html>").await;
    assert_eq!(
        wanted(ItemNo::START, 9).await,
        ["d"],
        "fetched again, though it had not changed"
    );
    sound(&*store).await;
}

pub(crate) async fn runs_and_their_heads(engine: &impl Engine) {
    let store = engine.open().await;
    let (a, a_dc) = source_and_stream(&*store).await;
    let b = store.open_source(&spec("b")).await.unwrap();
    let b_dc = store.open_stream(&b, "oai_dc", None).await.unwrap();
    let records = |ids: &[&str]| {
        vec![page(
            1,
            &ids.iter().map(|id| live(id, "1")).collect::<Vec<_>>(),
        )]
    };

    let first = store.begin_run("harvest").await.unwrap();
    store
        .commit(
            &a,
            Batch {
                run_no: first,
                ..batch(&a_dc, records(&["x", "y"]))
            },
        )
        .await
        .unwrap();
    store
        .note_run_source(first, a.source_id, 0, 2)
        .await
        .unwrap();
    store
        .end_run(first, "complete", r#"{"records":2}"#)
        .await
        .unwrap();
    assert_eq!(store.run_heads(first).await.unwrap(), [(a.source_id, 2)]);

    // Killed: it never ends, but what it wrote is known.
    let second = store.begin_run("harvest").await.unwrap();
    store
        .commit(
            &b,
            Batch {
                run_no: second,
                ..batch(&b_dc, records(&["x"]))
            },
        )
        .await
        .unwrap();

    let third = store.begin_run("run").await.unwrap();
    store
        .commit(
            &b,
            Batch {
                run_no: third,
                ..batch(&b_dc, records(&["x", "y", "z"]))
            },
        )
        .await
        .unwrap();
    store.end_run(third, "incomplete", "{}").await.unwrap();

    assert_eq!(store.run_heads(first).await.unwrap(), [(a.source_id, 2)]);
    assert_eq!(
        store.run_heads(second).await.unwrap(),
        [(a.source_id, 2), (b.source_id, 1)]
    );
    assert_eq!(
        store.run_heads(third).await.unwrap(),
        [(a.source_id, 2), (b.source_id, 3)]
    );

    // A run that only reconciles or derives moves the source on as well.
    let fourth = store.begin_run("run").await.unwrap();
    store
        .reconcile(&a, &[a_dc.stream_no], ListNo(5), share(1.0))
        .await
        .unwrap();
    store.end_run(fourth, "complete", "{}").await.unwrap();
    assert_eq!(
        store.run_heads(fourth).await.unwrap(),
        [(a.source_id, 4), (b.source_id, 3)]
    );

    let runs = store.runs(10).await.unwrap();
    assert_eq!(
        runs.iter().map(|r| r.run_no).collect::<Vec<_>>(),
        [fourth, third, second, first]
    );
    assert_eq!(runs[3].outcome.as_deref(), Some("complete"));
    assert_eq!(runs[3].report.as_deref(), Some(r#"{"records":2}"#));
    assert!(runs[3].ended.unwrap() >= runs[3].started);
    assert_eq!((runs[2].ended, runs[2].outcome.as_deref()), (None, None));
    assert_eq!(
        (&*runs[1].kind, runs[1].outcome.as_deref()),
        ("run", Some("incomplete"))
    );
    assert_eq!(store.runs(1).await.unwrap().len(), 1);
    assert!(matches!(
        store.run_heads(RunNo(99)).await,
        Err(StoreError::Unknown { what: "run", .. })
    ));
    sound(&*store).await;
}

pub(crate) async fn large_pages_and_empty_slices(engine: &impl Engine) {
    let store = engine.open().await;
    let (source, dc) = source_and_stream(&*store).await;
    // Larger than what is kept unpacked, and hard to pack.
    let mut random = 1_u64;
    let noise: String = std::iter::repeat_with(|| {
        random = random
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        char::from(b' ' + (random >> 58) as u8)
    })
    .take(18 << 20)
    .collect();
    let records = [live("big", &noise), live("after", "1")];
    let mut last = page(1, &records);
    last.records[1].len = 0;
    store.commit(&source, batch(&dc, vec![last])).await.unwrap();
    for _ in 0..2 {
        let items = all(&*store, &source).await;
        assert!(items[0].records[0].raw == records[0].raw().as_bytes());
        assert!(items[1].records[0].raw.is_empty());
    }
    sound(&*store).await;
}

pub(crate) async fn a_list_knows_its_received_records(engine: &impl Engine) {
    let store = engine.open().await;
    let (source, dc) = source_and_stream(&*store).await;
    let marc = store.open_stream(&source, "marcxml", None).await.unwrap();
    store
        .commit(
            &source,
            list(&dc, 1, vec![page(1, &[live("a", "1"), live("b", "1")])]),
        )
        .await
        .unwrap();
    store
        .commit(
            &source,
            list(&dc, 2, vec![page(1, &[live("b", "1"), tombstone("c")])]),
        )
        .await
        .unwrap();
    let asked = ["a", "b", "c", "d"].map(str::to_owned);
    let seen = async |format_no, list_no| {
        store
            .seen_in_list(source.source_id, format_no, list_no, &asked)
            .await
            .unwrap()
    };
    assert_eq!(
        seen(dc.format_no, ListNo(2)).await,
        [false, true, true, false]
    );
    assert_eq!(
        seen(dc.format_no, ListNo(1)).await,
        [true, false, false, false]
    );
    assert_eq!(seen(marc.format_no, ListNo(2)).await, [false; 4]);
}

pub(crate) async fn datestamps_are_known_and_counted(engine: &impl Engine) {
    let store = engine.open().await;
    let (source, dc) = source_and_stream(&*store).await;
    let dated = |record: Rec, datestamp: &str| Rec {
        datestamp: datestamp.to_owned(),
        ..record
    };
    let records = [
        dated(live("a", "1"), "2024-05-01T10:00:00Z"),
        dated(live("b", "1"), "2024-05-01T23:59:59Z"),
        dated(tombstone("c"), "2024-05-02T00:00:00Z"),
        dated(live("d", "1"), "2024-05-02T00:00:00Z"),
    ];
    store
        .commit(&source, list(&dc, 1, vec![page(1, &records)]))
        .await
        .unwrap();
    // The same content with another datestamp.
    let again = [dated(live("a", "1"), "2024-05-02T11:00:00Z")];
    store
        .commit(&source, list(&dc, 2, vec![page(2, &again)]))
        .await
        .unwrap();

    let asked = ["a", "b", "c", "e"].map(str::to_owned);
    let known = store
        .live_datestamps(source.source_id, dc.format_no, &asked)
        .await
        .unwrap();
    let known: Vec<Option<&str>> = known.iter().map(Option::as_deref).collect();
    assert_eq!(
        known,
        [
            Some("2024-05-02T11:00:00Z"),
            Some("2024-05-01T23:59:59Z"),
            None,
            None
        ]
    );

    let count = async |format_no, from, until| {
        store
            .count_in_range(source.source_id, format_no, from, until)
            .await
            .unwrap()
    };
    assert_eq!(count(dc.format_no, "2024-05-01T00:00:00Z", None).await, 4);
    assert_eq!(
        count(
            dc.format_no,
            "2024-05-01T00:00:00Z",
            Some("2024-05-01T23:59:59Z")
        )
        .await,
        1
    );
    assert_eq!(
        count(
            dc.format_no,
            "2024-05-02T00:00:00Z",
            Some("2024-05-02T00:00:00Z")
        )
        .await,
        2
    );
    assert_eq!(
        count(dc.format_no.next(), "2024-05-01T00:00:00Z", None).await,
        0
    );
    // What is gone without a tombstone is nothing that the endpoint lists.
    let gone = [("d".to_owned(), "2024-05-02T00:00:00Z".to_owned())];
    assert_eq!(
        store
            .mark_deleted(&source, dc.stream_no, &gone)
            .await
            .unwrap(),
        1
    );
    assert_eq!(count(dc.format_no, "2024-05-02T00:00:00Z", None).await, 2);
}
