//! Commits: what a page changes, what it leaves, and what a complete list tells.

use std::sync::Arc;

use offprint::internals::store::{
    Batch, CommitStats, ListNo, NewGap, NewPage, Reconciled, StoreError, Stream, StreamNo,
    StreamUpdate, Window, WindowState,
};

use super::Engine;
use super::build::*;

pub(crate) async fn page_index_and_checkpoint_land_together(engine: &impl Engine) {
    let store = engine.open().await;
    let (source, stream) = source_and_stream(&*store).await;
    let records = [live("a", "1"), tombstone("b"), live("c", "3")];
    let written = Window {
        seen: 3,
        token: Some("next".to_owned()),
        token_at: Some(at(2)),
        list_size: Some(250),
        ..window(1, 1)
    };
    let windows = vec![written.clone()];
    let first = Batch {
        windows,
        ..batch(&stream, vec![page(1, &records)])
    };
    let tally = store.commit(&source, first).await.unwrap();
    assert_eq!(
        tally,
        CommitStats {
            records: 3,
            new: 2,
            deleted: 1,
            ..CommitStats::default()
        }
    );
    assert_eq!(
        store.streams(source.source_id).await.unwrap()[0].windows,
        [written]
    );
    let items = all(&*store, &source).await;
    assert_eq!(identifiers(&items), ["a", "b", "c"]);
    for (item, record) in items.iter().zip(&records) {
        let [stored] = &item.records[..] else {
            panic!("{item:?}")
        };
        assert_eq!(stored.raw, record.raw().as_bytes());
        assert_eq!(stored.metadata_prefix, "oai_dc");
        assert_eq!(stored.datestamp, record.datestamp);
        assert_eq!(stored.deleted, record.deleted);
        assert_eq!(
            stored.cause.as_deref(),
            record.deleted.then_some("tombstone")
        );
        assert_eq!(stored.fetched_at, at(1));
        assert_eq!(
            stored.head.namespaces,
            [("dc".to_owned(), "urn:dc".to_owned())]
        );
    }
    assert_eq!(
        items.iter().map(|i| i.records[0].seq).collect::<Vec<_>>(),
        [1, 2, 3]
    );
    assert_eq!(now(&*store, &source).await.seq, 3);
    let counts = store.counts(source.source_id).await.unwrap();
    assert_eq!((counts.live, counts.deleted, counts.unavailable), (2, 1, 0));
    sound(&*store).await;
}

pub(crate) async fn unchanged_records_keep_their_version(engine: &impl Engine) {
    let store = engine.open().await;
    let (source, stream) = source_and_stream(&*store).await;
    store
        .commit(
            &source,
            list(&stream, 1, vec![page(1, &[live("a", "1"), live("b", "1")])]),
        )
        .await
        .unwrap();
    let records = [
        live("a", "1").dated("2025-01-01T00:00:00Z"),
        live("b", "1").dated("2020-01-01T00:00:00Z"),
    ];
    let later = NewPage {
        fetched_at: at(9),
        ..page(1, &records)
    };
    let tally = store
        .commit(&source, list(&stream, 2, vec![later]))
        .await
        .unwrap();
    assert_eq!(
        tally,
        CommitStats {
            records: 2,
            unchanged: 2,
            ..CommitStats::default()
        }
    );
    let items = all(&*store, &source).await;
    let [a, b] = &items[..] else {
        panic!("{items:?}")
    };
    assert_eq!((a.records[0].seq, b.records[0].seq), (1, 2));
    assert_eq!(
        a.records[0].fetched_at,
        at(1),
        "the version is the one fetched first"
    );
    assert_eq!(a.records[0].datestamp, "2025-01-01T00:00:00Z");
    assert_eq!(
        b.records[0].datestamp, "2024-05-01T00:00:00Z",
        "never backwards"
    );
    assert_eq!(now(&*store, &source).await.seq, 2);
    sound(&*store).await;
}

pub(crate) async fn changed_records_get_a_new_seq(engine: &impl Engine) {
    let store = engine.open().await;
    let (source, stream) = source_and_stream(&*store).await;
    store
        .commit(
            &source,
            list(&stream, 1, vec![page(1, &[live("a", "1"), live("b", "1")])]),
        )
        .await
        .unwrap();
    let steps: [(_, CommitStats); 4] = [
        (
            live("a", "2"),
            CommitStats {
                records: 1,
                changed: 1,
                ..CommitStats::default()
            },
        ),
        (
            tombstone("a"),
            CommitStats {
                records: 1,
                deleted: 1,
                ..CommitStats::default()
            },
        ),
        (
            tombstone("a"),
            CommitStats {
                records: 1,
                unchanged: 1,
                ..CommitStats::default()
            },
        ),
        (
            live("a", "2"),
            CommitStats {
                records: 1,
                changed: 1,
                ..CommitStats::default()
            },
        ),
    ];
    let mut seqs = vec![1];
    for ((record, expected), list_no) in steps.into_iter().zip(2..) {
        let tally = store
            .commit(
                &source,
                list(
                    &stream,
                    list_no,
                    vec![page(1, std::slice::from_ref(&record))],
                ),
            )
            .await;
        assert_eq!(tally.unwrap(), expected, "{record:?}");
        let items = all(&*store, &source).await;
        assert_eq!(items[0].records[0].raw, record.raw().as_bytes());
        assert_eq!(items[1].records[0].seq, 2, "the other stays");
        seqs.push(items[0].records[0].seq);
    }
    assert_eq!(seqs, [1, 3, 4, 4, 5]);
    // Two versions in one batch are two changes.
    let pages = vec![page(1, &[live("a", "8")]), page(1, &[live("a", "9")])];
    let tally = store
        .commit(&source, list(&stream, 7, pages))
        .await
        .unwrap();
    assert_eq!(
        tally,
        CommitStats {
            records: 2,
            changed: 2,
            repeated: 1,
            ..CommitStats::default()
        }
    );
    assert_eq!(
        all(&*store, &source).await[0].records[0].raw,
        live("a", "9").raw().as_bytes()
    );
    sound(&*store).await;
}

pub(crate) async fn live_wins_within_a_list(engine: &impl Engine) {
    let store = engine.open().await;
    let (source, stream) = source_and_stream(&*store).await;
    let stale = CommitStats {
        records: 1,
        shadowed_tombstones: 1,
        repeated: 1,
        ..CommitStats::default()
    };
    // Live first, its tombstone on a later page, in a later commit.
    store
        .commit(&source, list(&stream, 1, vec![page(1, &[live("a", "1")])]))
        .await
        .unwrap();
    let tally = store
        .commit(&source, batch(&stream, vec![page(1, &[tombstone("a")])]))
        .await
        .unwrap();
    assert_eq!(tally, stale);
    // Tombstone first.
    let tally = store
        .commit(&source, batch(&stream, vec![page(1, &[tombstone("b")])]))
        .await
        .unwrap();
    assert_eq!(tally.deleted, 1);
    let tally = store
        .commit(&source, batch(&stream, vec![page(1, &[live("b", "1")])]))
        .await
        .unwrap();
    assert_eq!(tally.changed, 1);
    // Known from an earlier list and met unchanged in this one.
    store
        .commit(
            &source,
            list(&stream, 2, vec![page(1, &[live("a", "1"), tombstone("a")])]),
        )
        .await
        .unwrap();
    let tally = store
        .commit(&source, batch(&stream, vec![page(1, &[tombstone("a")])]))
        .await
        .unwrap();
    assert_eq!(tally, stale);
    // On one page, in either order.
    let records = [
        live("c", "1"),
        tombstone("c"),
        tombstone("d"),
        live("d", "1"),
    ];
    let tally = store
        .commit(&source, list(&stream, 3, vec![page(1, &records)]))
        .await
        .unwrap();
    assert_eq!(
        tally,
        CommitStats {
            records: 4,
            new: 2,
            shadowed_tombstones: 2,
            repeated: 2,
            ..CommitStats::default()
        }
    );
    let items = all(&*store, &source).await;
    assert!(
        items.iter().all(|item| !item.records[0].deleted),
        "{items:?}"
    );
    assert_eq!(store.counts(source.source_id).await.unwrap().live, 4);
}

pub(crate) async fn accepts_a_tombstone_of_a_later_list(engine: &impl Engine) {
    let store = engine.open().await;
    let (source, stream) = source_and_stream(&*store).await;
    store
        .commit(
            &source,
            list(&stream, 1, vec![page(1, &[live("a", "1"), live("b", "1")])]),
        )
        .await
        .unwrap();
    let tally = store
        .commit(&source, list(&stream, 2, vec![page(1, &[tombstone("a")])]))
        .await
        .unwrap();
    assert_eq!(
        tally,
        CommitStats {
            records: 1,
            deleted: 1,
            ..CommitStats::default()
        }
    );
    // Outside of any list there is nothing to compare with.
    let tally = store
        .commit(&source, batch(&stream, vec![page(77, &[tombstone("b")])]))
        .await
        .unwrap();
    assert_eq!(tally.deleted, 1);
    let counts = store.counts(source.source_id).await.unwrap();
    assert_eq!((counts.live, counts.deleted), (0, 2));
    let items = all(&*store, &source).await;
    assert_eq!(items[0].records[0].cause.as_deref(), Some("tombstone"));
}

pub(crate) async fn an_identifier_twice_on_a_page_is_one_record(engine: &impl Engine) {
    let store = engine.open().await;
    let (source, stream) = source_and_stream(&*store).await;
    let records = [live("a", "1"), live("b", "1"), live("a", "2")];
    let tally = store
        .commit(&source, list(&stream, 1, vec![page(1, &records)]))
        .await
        .unwrap();
    assert_eq!(
        tally,
        CommitStats {
            records: 3,
            new: 2,
            unchanged: 1,
            repeated: 1,
            ..CommitStats::default()
        }
    );
    let items = all(&*store, &source).await;
    assert_eq!(identifiers(&items), ["a", "b"]);
    assert_eq!(
        items[0].records[0].raw,
        live("a", "2").raw().as_bytes(),
        "the last is taken"
    );
    // The same page again brings nothing.
    let tally = store
        .commit(&source, list(&stream, 2, vec![page(1, &records)]))
        .await
        .unwrap();
    assert_eq!(
        tally,
        CommitStats {
            records: 3,
            unchanged: 3,
            repeated: 1,
            ..CommitStats::default()
        }
    );
    sound(&*store).await;
}

pub(crate) async fn a_failing_batch_leaves_nothing_behind(engine: &impl Engine) {
    let store = engine.open().await;
    let (source, stream) = source_and_stream(&*store).await;
    store
        .commit(&source, list(&stream, 1, vec![page(1, &[live("a", "1")])]))
        .await
        .unwrap();
    let state = async || {
        (
            now(&*store, &source).await,
            store.streams(source.source_id).await.unwrap(),
            store.gaps(source.source_id).await.unwrap(),
            format!("{:?}", all(&*store, &source).await),
        )
    };
    let before = state().await;
    let gap = NewGap {
        identifier: None,
        from: None,
        until: None,
        reason: "500".to_owned(),
    };
    for (offset, len) in [(0, 10_000), (u64::MAX, 2), (9, u64::MAX)] {
        let mut outside = page(1, &[live("c", "1")]);
        outside.records[0].offset = offset;
        outside.records[0].len = len;
        let pages = vec![page(1, &[live("a", "2"), live("b", "1")]), outside];
        let mut bad = Batch {
            gaps: vec![gap.clone()],
            ..list(&stream, 2, pages)
        };
        bad.windows[0].token = Some("next".to_owned());
        let refused = store.commit(&source, bad).await;
        assert!(
            matches!(refused, Err(StoreError::Invalid(_))),
            "{refused:?}"
        );
        assert_eq!(state().await, before);
    }
    let pages = vec![page(1, &[live("a", "2")])];
    let tally = store
        .commit(&source, list(&stream, 2, pages))
        .await
        .unwrap();
    assert_eq!(tally.changed, 1, "and the source goes on");
    assert_eq!(now(&*store, &source).await.seq, before.0.seq + 1);
    sound(&*store).await;
}

pub(crate) async fn a_list_is_complete_when_its_windows_are(engine: &impl Engine) {
    let store = engine.open().await;
    let (source, stream) = source_and_stream(&*store).await;
    let windows = [
        window(1, 4),
        window(2, 4),
        Window {
            state: WindowState::Split,
            ..window(3, 4)
        },
    ];
    store
        .replace_windows(&source, stream.stream_no, &windows)
        .await
        .unwrap();
    let done = |n| Window {
        state: WindowState::Done,
        ..window(n, 4)
    };
    let complete = Some(StreamUpdate {
        cursor: Some(at(3)),
        last_complete_list: Some(ListNo(4)),
    });
    for (state, n) in [
        (WindowState::Open, 1),
        (WindowState::Gap, 1),
        (WindowState::Todo, 1),
    ] {
        let windows = vec![
            Window {
                state,
                ..window(n, 4)
            },
            done(2),
        ];
        let early = Batch {
            windows,
            stream: complete.clone(),
            ..batch(&stream, vec![])
        };
        let refused = store.commit(&source, early).await;
        assert!(
            matches!(&refused, Err(StoreError::Invalid(why)) if why.contains("window 1")),
            "{refused:?}"
        );
    }
    let unfinished = store.open_stream(&source, "oai_dc", None).await.unwrap();
    assert_eq!(unfinished.last_complete_list, ListNo(0));
    let all_done = Batch {
        windows: vec![done(1), done(2)],
        stream: complete,
        ..batch(&stream, vec![])
    };
    store.commit(&source, all_done).await.unwrap();
    let stream_now = &store.streams(source.source_id).await.unwrap()[0];
    assert_eq!(
        (stream_now.last_complete_list, stream_now.cursor),
        (ListNo(4), Some(at(3)))
    );
    let incremental = Some(StreamUpdate {
        cursor: Some(at(8)),
        last_complete_list: None,
    });
    store
        .commit(
            &source,
            Batch {
                stream: incremental,
                ..batch(&stream, vec![])
            },
        )
        .await
        .unwrap();
    let stream_now = &store.streams(source.source_id).await.unwrap()[0];
    assert_eq!(
        (stream_now.last_complete_list, stream_now.cursor),
        (ListNo(4), Some(at(8)))
    );
    sound(&*store).await;
}

pub(crate) async fn a_restarted_window_counts_from_zero(engine: &impl Engine) {
    let store = engine.open().await;
    let (source, stream) = source_and_stream(&*store).await;
    let two = || page(1, &[live("a", "1"), live("b", "1")]);
    let seen = |seen| Batch {
        windows: vec![Window {
            seen,
            ..window(1, 1)
        }],
        ..batch(&stream, vec![two()])
    };
    store.commit(&source, seen(2)).await.unwrap();
    store.commit(&source, seen(4)).await.unwrap();
    sound(&*store).await;
    // The token had expired: from the window's beginning, in one commit or told before.
    store.commit(&source, seen(2)).await.unwrap();
    sound(&*store).await;
    store
        .replace_windows(&source, stream.stream_no, &[window(1, 1)])
        .await
        .unwrap();
    sound(&*store).await;
    store.commit(&source, seen(2)).await.unwrap();
    sound(&*store).await;
    // Kept as it is among other windows.
    let kept = store.streams(source.source_id).await.unwrap()[0]
        .windows
        .clone();
    store
        .replace_windows(&source, stream.stream_no, &[kept[0].clone(), window(2, 1)])
        .await
        .unwrap();
    sound(&*store).await;
    store.commit(&source, seen(9)).await.unwrap();
    let complaints = store.check().await.unwrap();
    assert!(
        complaints.iter().any(|c| c.contains("counts 9 records")),
        "{complaints:?}"
    );
}

pub(crate) async fn gaps_stay_until_filled(engine: &impl Engine) {
    let store = engine.open().await;
    let (source, stream) = source_and_stream(&*store).await;
    let bad_record = |reason: &str| NewGap {
        identifier: Some("x".to_owned()),
        from: Some("2024-01-01".to_owned()),
        until: None,
        reason: reason.to_owned(),
    };
    let lost_window = NewGap {
        identifier: None,
        from: Some("2024-02-01".to_owned()),
        until: Some("2024-02-02".to_owned()),
        reason: "500".to_owned(),
    };
    let gaps = vec![bad_record("500"), lost_window.clone()];
    store
        .commit(
            &source,
            Batch {
                gaps,
                ..batch(&stream, vec![])
            },
        )
        .await
        .unwrap();
    let elsewhere = NewGap {
        from: None,
        ..bad_record("cut short")
    };
    store
        .commit(
            &source,
            Batch {
                gaps: vec![elsewhere],
                ..batch(&stream, vec![])
            },
        )
        .await
        .unwrap();
    let open = store.gaps(source.source_id).await.unwrap();
    let [record, window] = &open[..] else {
        panic!("{open:?}")
    };
    assert_eq!(
        (record.identifier.as_deref(), record.tries, &*record.reason),
        (Some("x"), 2, "cut short")
    );
    assert_eq!(
        (window.from.as_deref(), window.until.as_deref()),
        (Some("2024-02-01"), Some("2024-02-02"))
    );
    assert_eq!((window.tries, window.acknowledged), (1, false));
    assert!(window.last_try <= chrono::Utc::now());
    assert_eq!(store.counts(source.source_id).await.unwrap().unavailable, 1);
    // The record arrives: its gap closes by itself.
    store
        .commit(&source, batch(&stream, vec![page(1, &[live("x", "1")])]))
        .await
        .unwrap();
    assert_eq!(
        store.gaps(source.source_id).await.unwrap(),
        std::slice::from_ref(window)
    );
    assert_eq!(store.counts(source.source_id).await.unwrap().unavailable, 0);
    let closed_gaps = vec![window.gap_no];
    store
        .commit(
            &source,
            Batch {
                closed_gaps,
                ..batch(&stream, vec![])
            },
        )
        .await
        .unwrap();
    assert!(store.gaps(source.source_id).await.unwrap().is_empty());
    // Had before, but not any more: a gap, and still available.
    let again = vec![bad_record("500")];
    store
        .commit(
            &source,
            Batch {
                gaps: again,
                ..batch(&stream, vec![])
            },
        )
        .await
        .unwrap();
    assert_eq!(store.counts(source.source_id).await.unwrap().unavailable, 0);
}

pub(crate) async fn reconciling_marks_missing_records(engine: &impl Engine) {
    let store = engine.open().await;
    let (source, stream) = source_and_stream(&*store).await;
    let old = ["a", "b", "c", "d"].map(|id| live(id, "1"));
    store
        .commit(&source, list(&stream, 1, vec![page(1, &old)]))
        .await
        .unwrap();
    let new = [live("a", "1"), live("b", "2"), tombstone("d")];
    store
        .commit(&source, list(&stream, 2, vec![page(1, &new)]))
        .await
        .unwrap();
    let done = store
        .reconcile(&source, &[stream.stream_no], ListNo(2), share(0.5))
        .await
        .unwrap();
    assert_eq!(
        done,
        Reconciled {
            known: 3,
            missing: 1,
            applied: true,
            ..Reconciled::default()
        }
    );
    let items = all(&*store, &source).await;
    let causes: Vec<_> = items
        .iter()
        .map(|i| i.records[0].cause.as_deref())
        .collect();
    assert_eq!(causes, [None, None, Some("gone"), Some("tombstone")]);
    let gone = &items[2].records[0];
    assert!(gone.deleted);
    assert_eq!(
        gone.raw,
        live("c", "1").raw().as_bytes(),
        "what was last seen of it"
    );
    assert_eq!(gone.seq, now(&*store, &source).await.seq);
    let again = store
        .reconcile(&source, &[stream.stream_no], ListNo(2), share(0.5))
        .await
        .unwrap();
    assert_eq!(
        again,
        Reconciled {
            known: 2,
            missing: 0,
            applied: true,
            ..Reconciled::default()
        }
    );
    // It comes back as it was.
    let tally = store
        .commit(&source, list(&stream, 3, vec![page(1, &[live("c", "1")])]))
        .await
        .unwrap();
    assert_eq!(
        tally,
        CommitStats {
            records: 1,
            changed: 1,
            ..CommitStats::default()
        }
    );
    assert_eq!(store.counts(source.source_id).await.unwrap().live, 3);
    sound(&*store).await;
}

pub(crate) async fn reconciling_refuses_mass_deletion(engine: &impl Engine) {
    let store = engine.open().await;
    let (source, stream) = source_and_stream(&*store).await;
    let old = ["a", "b", "c", "d"].map(|id| live(id, "1"));
    store
        .commit(&source, list(&stream, 1, vec![page(1, &old)]))
        .await
        .unwrap();
    store
        .commit(&source, list(&stream, 2, vec![page(1, &old[..1])]))
        .await
        .unwrap();
    let before = now(&*store, &source).await;
    let refused = store
        .reconcile(&source, &[stream.stream_no], ListNo(2), share(0.74))
        .await
        .unwrap();
    assert_eq!(
        refused,
        Reconciled {
            known: 4,
            missing: 3,
            applied: false,
            sample: ["b", "c", "d"].map(str::to_owned).to_vec(),
        }
    );
    assert_eq!(now(&*store, &source).await, before);
    assert_eq!(store.counts(source.source_id).await.unwrap().live, 4);
    let exactly = store
        .reconcile(&source, &[stream.stream_no], ListNo(2), share(0.75))
        .await
        .unwrap();
    assert!(exactly.applied);
    assert_eq!(store.counts(source.source_id).await.unwrap().live, 1);
    let empty = store.open_stream(&source, "marcxml", None).await.unwrap();
    let nothing = store
        .reconcile(&source, &[empty.stream_no], ListNo(2), share(0.0))
        .await
        .unwrap();
    assert_eq!(
        nothing,
        Reconciled {
            known: 0,
            missing: 0,
            applied: true,
            ..Reconciled::default()
        }
    );
}

pub(crate) async fn reconciling_keeps_unavailable_records(engine: &impl Engine) {
    let store = engine.open().await;
    let (source, stream) = source_and_stream(&*store).await;
    store
        .commit(
            &source,
            list(&stream, 1, vec![page(1, &[live("a", "1"), live("b", "1")])]),
        )
        .await
        .unwrap();
    let gap = NewGap {
        identifier: Some("b".into()),
        from: None,
        until: None,
        reason: "unreadable".into(),
    };
    let second = Batch {
        gaps: vec![gap],
        ..list(&stream, 2, vec![page(1, &[live("a", "1")])])
    };
    store.commit(&source, second).await.unwrap();
    let done = store
        .reconcile(&source, &[stream.stream_no], ListNo(2), share(1.0))
        .await
        .unwrap();
    assert_eq!(
        done,
        Reconciled {
            known: 2,
            missing: 0,
            applied: true,
            ..Reconciled::default()
        }
    );
    assert_eq!(store.counts(source.source_id).await.unwrap().live, 2);
}

pub(crate) async fn marking_deleted_keeps_records_seen_later(engine: &impl Engine) {
    let store = engine.open().await;
    let (source, stream) = source_and_stream(&*store).await;
    let marc = store.open_stream(&source, "marcxml", None).await.unwrap();
    let records = [
        live("a", "1"),
        live("b", "1"),
        live("c", "1").dated("2024-05-02T00:00:00Z"),
        tombstone("d"),
    ];
    store
        .commit(&source, list(&stream, 1, vec![page(1, &records)]))
        .await
        .unwrap();
    store
        .commit(&source, batch(&marc, vec![page(1, &[live("b", "m")])]))
        .await
        .unwrap();
    let before = now(&*store, &source).await.seq;
    let gone = ["b", "a", "c", "d", "b", "never seen"];
    let gone = gone.map(|identifier| (identifier.to_owned(), "2024-05-01T00:00:00Z".to_owned()));
    assert_eq!(
        store
            .mark_deleted(&source, stream.stream_no, &gone)
            .await
            .unwrap(),
        2
    );
    let items = all(&*store, &source).await;
    let causes: Vec<_> = items
        .iter()
        .map(|i| i.records[0].cause.as_deref())
        .collect();
    assert_eq!(
        causes,
        [Some("gone"), Some("gone"), None, Some("tombstone")]
    );
    assert_eq!(
        items[1].records[0].seq,
        before + 1,
        "in the order they are told"
    );
    assert_eq!(items[0].records[0].seq, before + 2);
    assert_eq!(now(&*store, &source).await.seq, before + 2);
    assert_eq!(
        items[0].records[0].raw,
        live("a", "1").raw().as_bytes(),
        "what was last seen of it"
    );
    assert!(
        !items[1].records[1].deleted,
        "the other format was not named"
    );
    assert_eq!(
        store
            .mark_deleted(&source, stream.stream_no, &gone)
            .await
            .unwrap(),
        0
    );
    assert_eq!(
        store
            .mark_deleted(&source, stream.stream_no, &[])
            .await
            .unwrap(),
        0
    );
    let unknown = store.mark_deleted(&source, StreamNo(99), &gone).await;
    assert!(
        matches!(unknown, Err(StoreError::Unknown { .. })),
        "{unknown:?}"
    );
    sound(&*store).await;
    // It comes back as it was.
    store
        .commit(&source, list(&stream, 2, vec![page(1, &[live("a", "1")])]))
        .await
        .unwrap();
    assert_eq!(store.counts(source.source_id).await.unwrap().live, 2);
}

pub(crate) async fn sets_reconcile_together(engine: &impl Engine) {
    let store = engine.open().await;
    let source = store.open_source(&spec("cac")).await.unwrap();
    let art = store
        .open_stream(&source, "oai_dc", Some("cac:ART"))
        .await
        .unwrap();
    let rev = store
        .open_stream(&source, "oai_dc", Some("cac:REV"))
        .await
        .unwrap();
    let marc = store.open_stream(&source, "marcxml", None).await.unwrap();
    store
        .commit(
            &source,
            list(&art, 1, vec![page(1, &[live("a", "1"), live("b", "1")])]),
        )
        .await
        .unwrap();
    store
        .commit(&source, list(&rev, 1, vec![page(1, &[live("c", "1")])]))
        .await
        .unwrap();
    store
        .commit(
            &source,
            list(&marc, 1, vec![page(1, &[live("a", "m"), live("b", "m")])]),
        )
        .await
        .unwrap();
    // An article moves from one section to the other: a tombstone here, live there.
    store
        .commit(
            &source,
            list(&rev, 2, vec![page(1, &[live("b", "1"), live("c", "1")])]),
        )
        .await
        .unwrap();
    let tally = store
        .commit(&source, list(&art, 2, vec![page(1, &[tombstone("b")])]))
        .await
        .unwrap();
    assert_eq!(tally.shadowed_tombstones, 1);
    let done = store
        .reconcile(
            &source,
            &[art.stream_no, rev.stream_no, art.stream_no],
            ListNo(2),
            share(1.0),
        )
        .await
        .unwrap();
    assert_eq!(
        done,
        Reconciled {
            known: 3,
            missing: 1,
            applied: true,
            ..Reconciled::default()
        }
    );
    let items = all(&*store, &source).await;
    let deleted: Vec<_> = items
        .iter()
        .map(|i| (i.identifier.as_str(), i.records[0].deleted))
        .collect();
    assert_eq!(deleted, [("a", true), ("b", false), ("c", false)]);
    assert!(
        !items[0].records[1].deleted,
        "the other format was not listed"
    );
    let counts = store.counts(source.source_id).await.unwrap();
    assert_eq!(
        (counts.live, counts.deleted),
        (2, 1),
        "the first format decides"
    );
}

pub(crate) async fn saved_pages_do_not_go_back_in_time(engine: &impl Engine) {
    let store = engine.open().await;
    let (source, stream) = source_and_stream(&*store).await;
    let dated = |content: &str, datestamp| page(1, &[live("a", content).dated(datestamp)]);
    store
        .commit(&source, list(&stream, 1, vec![dated("2", "2024-05-02")]))
        .await
        .unwrap();
    let saved = |page| Batch {
        only_newer: true,
        ..list(&stream, 2, vec![page])
    };
    let older = store
        .commit(&source, saved(dated("1", "2024-05-01")))
        .await
        .unwrap();
    assert_eq!(
        older,
        CommitStats {
            records: 1,
            unchanged: 1,
            ..CommitStats::default()
        }
    );
    assert_eq!(
        all(&*store, &source).await[0].records[0].raw,
        live("a", "2").raw().as_bytes()
    );
    let newer = store
        .commit(&source, saved(dated("3", "2024-05-03")))
        .await
        .unwrap();
    assert_eq!(
        newer,
        CommitStats {
            records: 1,
            changed: 1,
            ..CommitStats::default()
        }
    );
    sound(&*store).await;
}

pub(crate) async fn lacking_a_format_is_not_a_gap(engine: &impl Engine) {
    let store = engine.open().await;
    let (source, stream) = source_and_stream(&*store).await;
    let gap = NewGap {
        identifier: Some("a".to_owned()),
        from: None,
        until: None,
        reason: "no answer".to_owned(),
    };
    let missed = Batch {
        gaps: vec![gap],
        ..batch(&stream, vec![])
    };
    store.commit(&source, missed).await.unwrap();
    let absent = |identifier: &str| offprint::internals::store::FormatAbsence {
        identifier: identifier.to_owned(),
        datestamp: "2024-05-01".to_owned(),
    };
    let lacking = Batch {
        absences: vec![absent("a"), absent("b")],
        ..batch(&stream, vec![])
    };
    store.commit(&source, lacking).await.unwrap();
    assert_eq!(store.gaps(source.source_id).await.unwrap(), []);
    let known = |identifiers: [&str; 2]| {
        let store = Arc::clone(&store);
        let (source_id, format_no) = (source.source_id, stream.format_no);
        let identifiers = identifiers.map(str::to_owned);
        async move {
            store
                .absences(source_id, format_no, &identifiers)
                .await
                .unwrap()
        }
    };
    assert_eq!(
        known(["a", "c"]).await,
        [Some("2024-05-01".to_owned()), None]
    );
    // What comes after all is absent no longer.
    store
        .commit(
            &source,
            list(&stream, 1, vec![page(1, &[live("a", "x"), live("c", "y")])]),
        )
        .await
        .unwrap();
    assert_eq!(
        known(["a", "b"]).await,
        [None, Some("2024-05-01".to_owned())]
    );
    let counts = store.format_counts(source.source_id).await.unwrap();
    assert_eq!(
        counts,
        [offprint::internals::store::FormatCount {
            metadata_prefix: "oai_dc".to_owned(),
            live: 2,
            absent: 1,
        }]
    );
    sound(&*store).await;
}

pub(crate) async fn an_item_has_the_sets_of_its_lists(engine: &impl Engine) {
    let store = engine.open().await;
    let source = store.open_source(&spec("cac")).await.unwrap();
    let a = store
        .open_stream(&source, "oai_dc", Some("a"))
        .await
        .unwrap();
    let b = store
        .open_stream(&source, "oai_dc", Some("b"))
        .await
        .unwrap();
    let sets = || async {
        all(&*store, &source)
            .await
            .into_iter()
            .map(|item| (item.identifier, item.list_sets.join(" ")))
            .collect::<Vec<_>>()
    };
    let pages = |stream: &Stream, list_no, names: &[&str]| {
        let records: Vec<Rec> = names.iter().map(|name| live(name, "x")).collect();
        list(stream, list_no, vec![page(1, &records)])
    };
    store
        .commit(&source, pages(&a, 1, &["1", "2"]))
        .await
        .unwrap();
    let before = now(&*store, &source).await.seq;
    let tally = store.commit(&source, pages(&b, 2, &["1"])).await.unwrap();
    assert_eq!((tally.unchanged, tally.changed), (1, 0));
    // Its article has another set now: it is to be derived.
    assert_eq!(now(&*store, &source).await.seq, before + 1);
    assert_eq!(
        sets().await,
        [
            ("1".to_owned(), "a b".to_owned()),
            ("2".to_owned(), "a".to_owned())
        ]
    );
    // A complete list of the set no longer names it.
    let mut last = pages(&b, 3, &["3"]);
    last.windows[0].state = WindowState::Done;
    last.stream = Some(StreamUpdate {
        cursor: None,
        last_complete_list: Some(ListNo(3)),
    });
    store.commit(&source, last).await.unwrap();
    assert_eq!(sets().await[0], ("1".to_owned(), "a".to_owned()));
    sound(&*store).await;
}
