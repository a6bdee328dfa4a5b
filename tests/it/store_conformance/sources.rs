//! Sources, streams, windows: found, fenced, kept.

use offprint::internals::oai::Identify;
use offprint::internals::store::{
    Batch, ItemNo, ListNo, NewGap, Remembered, RunNo, Source, SourceId, SourceSpec, Store,
    StoreError, Stream, StreamNo, StreamUpdate, Window, WindowKind, WindowNo, WindowState,
};

use super::Engine;
use super::build::*;

fn unnamed(base_url: &str) -> SourceSpec {
    SourceSpec {
        name: None,
        base_url: base_url.to_owned(),
    }
}

pub(crate) async fn names_and_urls_find_a_source(engine: &impl Engine) {
    let store = engine.open().await;
    let first = store
        .open_source(&unnamed("http://journals.example.org/index.php/cac/oai"))
        .await
        .unwrap();
    assert_eq!(first.name, "journals-example-org-cac");
    assert_eq!(first.id_base, "journals.example.org/index.php/cac/oai");
    for same in [
        "https://journals.example.org/index.php/cac/oai/",
        "http://JOURNALS.example.org:80/index.php/cac/oai?verb=Identify",
    ] {
        let again = store.open_source(&unnamed(same)).await.unwrap();
        assert_eq!(again.source_id, first.source_id, "{same}");
        assert_eq!(again.id_base, first.id_base);
    }
    // Journals that differ by an argument alone are two.
    let by_argument = store
        .open_source(&unnamed("https://example.org/index.php?journal=a&page=oai"))
        .await
        .unwrap();
    let other = store
        .open_source(&unnamed("https://example.org/index.php?journal=b&page=oai"))
        .await
        .unwrap();
    assert_ne!(by_argument.source_id, other.source_id);
    // Under a name that is new, the URL still finds it, and its own name stays.
    let named = SourceSpec {
        name: Some("other".to_owned()),
        base_url: "https://journals.example.org/index.php/cac/oai".to_owned(),
    };
    assert_eq!(
        store.open_source(&named).await.unwrap().name,
        "journals-example-org-cac"
    );
    // Under its name, a new URL is where the site has moved; ids stay.
    let moved = SourceSpec {
        name: Some("journals-example-org-cac".to_owned()),
        base_url: "https://new.example.org/oai".to_owned(),
    };
    let moved = store.open_source(&moved).await.unwrap();
    assert_eq!(moved.source_id, first.source_id);
    assert_eq!(moved.base_url, "https://new.example.org/oai");
    assert_eq!(moved.id_base, first.id_base);
    let found = store
        .open_source(&unnamed("https://new.example.org/oai"))
        .await
        .unwrap();
    assert_eq!(found.source_id, first.source_id);
    let sources = store.sources().await.unwrap();
    assert_eq!(sources.len(), 3);
    assert!(sources.is_sorted_by(|a, b| a.name < b.name));
}

pub(crate) async fn redirects_are_remembered(engine: &impl Engine) {
    let store = engine.open().await;
    let asked = unnamed("http://example.org/index.php/cac/oai");
    let source = store.open_source(&asked).await.unwrap();
    assert_eq!(source.identify, None);
    let remembered = Remembered {
        asked_at: at(123_456),
        identify: Identify {
            repository_name: "Cadernos".to_owned(),
            ..Identify::default()
        },
        redirects: false,
        best: Vec::new(),
        pages: Vec::new(),
    };
    let pinned = "https://example.org/index.php/cac/en/oai";
    store
        .remember_identify(&source, pinned, &remembered)
        .await
        .unwrap();
    let again = store.open_source(&asked).await.unwrap();
    assert_eq!(again.source_id, source.source_id);
    assert_eq!(
        again.base_url, pinned,
        "asking for the old address does not undo it"
    );
    assert_eq!(again.identify, Some(remembered));
    assert_eq!(again.id_base, source.id_base);
    let direct = store.open_source(&unnamed(pinned)).await.unwrap();
    assert_eq!(direct.source_id, source.source_id);
}

/// A response without records, after which a stream stays.
async fn accept(store: &dyn Store, source: &Source, stream: &Stream) {
    let response = batch(stream, vec![page(9, &[])]);
    store.commit(source, response).await.unwrap();
}

pub(crate) async fn reopening_a_source_fences_previous_writer(engine: &impl Engine) {
    let store = engine.open().await;
    let (old, stream) = source_and_stream(&*store).await;
    accept(&*store, &old, &stream).await;
    let new = store.open_source(&spec("cac")).await.unwrap();
    assert_eq!(new.fence, old.fence + 1);
    let remembered = Remembered {
        asked_at: at(0),
        identify: Identify::default(),
        redirects: false,
        best: Vec::new(),
        pages: Vec::new(),
    };
    let results = [
        store
            .commit(&old, batch(&stream, vec![page(1, &[live("a", "1")])]))
            .await
            .err(),
        store
            .replace_windows(&old, stream.stream_no, &[window(1, 1)])
            .await
            .err(),
        store
            .remember_identify(&old, "https://example.org/x", &remembered)
            .await
            .err(),
        store
            .reconcile(&old, &[stream.stream_no], ListNo(1), share(1.0))
            .await
            .err(),
        store.open_stream(&old, "marcxml", None).await.err(),
    ];
    for result in results {
        assert!(
            matches!(&result, Some(StoreError::Fenced { source_name }) if source_name == "cac"),
            "{result:?}"
        );
    }
    assert!(all(&*store, &new).await.is_empty());
    assert_eq!(
        store.streams(new.source_id).await.unwrap(),
        std::slice::from_ref(&stream)
    );
    assert_eq!(now(&*store, &new).await, new);
    store
        .commit(&new, batch(&stream, vec![page(1, &[live("a", "1")])]))
        .await
        .unwrap();
    // Others are not concerned.
    let other = store.open_source(&spec("other")).await.unwrap();
    store.open_source(&spec("cac")).await.unwrap();
    store.open_stream(&other, "oai_dc", None).await.unwrap();
}

pub(crate) async fn streams_are_numbered(engine: &impl Engine) {
    let store = engine.open().await;
    let (source, whole) = source_and_stream(&*store).await;
    let art = store
        .open_stream(&source, "oai_dc", Some("cac:ART"))
        .await
        .unwrap();
    let marc = store.open_stream(&source, "marcxml", None).await.unwrap();
    let again = store.open_stream(&source, "oai_dc", None).await.unwrap();
    assert_eq!(again, whole);
    assert_ne!(art.stream_no, whole.stream_no);
    assert_eq!(art.format_no, whole.format_no, "one format");
    assert!(
        marc.format_no > whole.format_no,
        "in the order of the first harvest"
    );
    assert_eq!(
        (whole.cursor, whole.last_complete_list, whole.last_list),
        (None, ListNo(0), ListNo(0))
    );
    store
        .replace_windows(
            &source,
            whole.stream_no,
            &[Window::todo(WindowNo(1), ListNo(3), None, None)],
        )
        .await
        .unwrap();
    for stream in [&whole, &art, &marc] {
        accept(&*store, &source, stream).await;
    }
    let last = |streams: Vec<offprint::internals::store::Stream>| {
        streams.iter().map(|s| s.last_list.0).collect::<Vec<_>>()
    };
    assert_eq!(
        last(store.streams(source.source_id).await.unwrap()),
        [3, 3, 0],
        "lists are numbered by format"
    );
    store
        .replace_windows(&source, whole.stream_no, &[])
        .await
        .unwrap();
    assert_eq!(
        last(store.streams(source.source_id).await.unwrap()),
        [3, 3, 0],
        "and never again"
    );
}

pub(crate) async fn windows_come_back_as_written(engine: &impl Engine) {
    let store = engine.open().await;
    let (source, stream) = source_and_stream(&*store).await;
    let states = [
        WindowState::Todo,
        WindowState::Open,
        WindowState::Done,
        WindowState::Split,
        WindowState::Gap,
    ];
    let kinds = [WindowKind::List, WindowKind::Identifiers, WindowKind::Get];
    let mut windows: Vec<Window> = states
        .into_iter()
        .zip(kinds.into_iter().cycle())
        .zip(1..)
        .map(|((state, kind), n)| Window {
            state,
            kind,
            ..Window::todo(WindowNo(n), ListNo(2), Some(format!("2024-0{n}-01")), None)
        })
        .collect();
    windows[1] = Window {
        until: Some("2024-12-31".to_owned()),
        set_spec: Some("cac:ART".to_owned()),
        token_at: Some(at(7)),
        first_response: Some("2025-01-01T00:00:00Z".to_owned()),
        list_size: Some(300),
        newest: Some("2024-11-30T10:00:00Z".to_owned()),
        fresh: 3,
        restarts: 2,
        parent_no: Some(WindowNo(1)),
        failure: Some(offprint::internals::store::FailureKind::TokenRefused),
        error: Some("timed out".to_owned()),
        ..windows[1].clone()
    };
    store
        .replace_windows(&source, stream.stream_no, &windows)
        .await
        .unwrap();
    let stored = store.open_stream(&source, "oai_dc", None).await.unwrap();
    assert_eq!(stored.windows, windows);
    let fewer = windows.split_off(3);
    store
        .replace_windows(&source, stream.stream_no, &fewer)
        .await
        .unwrap();
    assert_eq!(
        store
            .open_stream(&source, "oai_dc", None)
            .await
            .unwrap()
            .windows,
        fewer
    );
}

pub(crate) async fn everything_outlives_the_process(engine: &impl Engine) {
    let store = engine.open().await;
    let (source, stream) = source_and_stream(&*store).await;
    let run_no = store.begin_run("harvest").await.unwrap();
    let gap = NewGap {
        identifier: Some("c".into()),
        from: None,
        until: None,
        reason: "500".into(),
    };
    let update = StreamUpdate {
        cursor: Some(at(5)),
        last_complete_list: None,
    };
    let pages = vec![page(1, &[live("a", "1"), tombstone("b")])];
    let written = Batch {
        run_no,
        gaps: vec![gap],
        stream: Some(update),
        ..list(&stream, 1, pages)
    };
    store.commit(&source, written).await.unwrap();
    store.end_run(run_no, "complete", "{}").await.unwrap();
    let before = (
        store.sources().await.unwrap(),
        store.streams(source.source_id).await.unwrap(),
        store.gaps(source.source_id).await.unwrap(),
        store.runs(9).await.unwrap(),
        store.run_heads(run_no).await.unwrap(),
        store.counts(source.source_id).await.unwrap(),
        format!("{:?}", all(&*store, &source).await),
    );
    drop(store);
    let store = engine.open().await;
    let after = (
        store.sources().await.unwrap(),
        store.streams(source.source_id).await.unwrap(),
        store.gaps(source.source_id).await.unwrap(),
        store.runs(9).await.unwrap(),
        store.run_heads(run_no).await.unwrap(),
        store.counts(source.source_id).await.unwrap(),
        format!("{:?}", all(&*store, &source).await),
    );
    assert_eq!(after, before);
    assert_eq!(after.1[0].cursor, Some(at(5)));
    assert_eq!(
        (after.5.live, after.5.deleted, after.5.unavailable),
        (1, 1, 1)
    );
    let again = store.open_source(&spec("cac")).await.unwrap();
    let tally = store
        .commit(
            &again,
            list(&stream, 2, vec![page(1, &[live("a", "1"), live("d", "1")])]),
        )
        .await
        .unwrap();
    assert_eq!((tally.unchanged, tally.new), (1, 1));
    assert_eq!(
        now(&*store, &again).await.seq,
        source.seq + 3,
        "numbers go on"
    );
    sound(&*store).await;
}

pub(crate) async fn unknown_keys_are_errors(engine: &impl Engine) {
    let store = engine.open().await;
    let (source, stream) = source_and_stream(&*store).await;
    let no_source = offprint::internals::store::Source {
        source_id: SourceId(99),
        ..source.clone()
    };
    let no_stream = Batch {
        stream_no: StreamNo(99),
        ..Batch::default()
    };
    let results = [
        store.commit(&no_source, batch(&stream, vec![])).await.err(),
        store.commit(&source, no_stream).await.err(),
        store
            .replace_windows(&source, StreamNo(99), &[])
            .await
            .err(),
        store
            .items_without(&source, StreamNo(99), "landing_page", ItemNo(0), 9)
            .await
            .err(),
        store.begin_derive(SourceId(99), "").await.err(),
        store.set_profile(SourceId(99), "").await.err(),
        store.run_heads(RunNo(99)).await.err(),
        store.end_run(RunNo(99), "complete", "{}").await.err(),
    ];
    for result in results {
        assert!(
            matches!(result, Some(StoreError::Unknown { .. })),
            "{result:?}"
        );
    }
}
