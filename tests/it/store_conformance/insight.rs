//! One record and its history, findings, keys in common.

use offprint::internals::store::{
    ArticleRow, ItemKey, ItemNo, Lookup, SharedKey, SharedKeys, Source, Store, key_hash,
};

use super::Engine;
use super::build::*;

/// Codes and keys of an article.
type Derived<'a> = (&'a [(&'a str, u32)], &'a [(&'a str, &'a str)]);

/// Gives the items of a source articles with these codes and keys.
async fn put(store: &dyn Store, source: &Source, articles: &[Derived<'_>]) {
    let items = all(store, source).await;
    let rows: Vec<ArticleRow> = items
        .iter()
        .zip(articles)
        .map(|(item, (codes, keys))| ArticleRow {
            item_no: item.item_no,
            record_seq: item.records.iter().map(|record| record.seq).max().unwrap(),
            deleted: item.records[0].deleted,
            hash: 1,
            codes: codes
                .iter()
                .map(|(code, count)| ((*code).to_owned(), *count))
                .collect(),
            keys: keys
                .iter()
                .map(|(kind, key)| ((*kind).to_owned(), (*key).to_owned()))
                .collect(),
            ..ArticleRow::default()
        })
        .collect();
    put_rows(store, source, &rows).await;
    // Keys are found once the derivation has ended.
    let begun = store.begin_derive(source.source_id, "0").await.unwrap();
    let finish = store.finish_derive(source.source_id, &begun, 0, "{}");
    finish.await.unwrap();
}

fn key(source: &Source, item_no: ItemNo) -> ItemKey {
    ItemKey {
        source_id: source.source_id,
        item_no,
    }
}

pub(crate) async fn records_are_found_by_identifier_and_key(engine: &impl Engine) {
    let store = engine.open().await;
    let (a, a_dc) = source_and_stream(&*store).await;
    let b = store.open_source(&spec("b")).await.unwrap();
    let b_dc = store.open_stream(&b, "oai_dc", None).await.unwrap();
    store
        .commit(
            &a,
            batch(&a_dc, vec![page(1, &[live("x", "1"), live("y", "1")])]),
        )
        .await
        .unwrap();
    store
        .commit(
            &b,
            batch(&b_dc, vec![page(1, &[live("w", "1"), live("x", "1")])]),
        )
        .await
        .unwrap();
    put(
        &*store,
        &a,
        &[(&[], &[("doi", "10.1/x"), ("url", "u")]), (&[], &[])],
    )
    .await;
    put(&*store, &b, &[(&[], &[]), (&[], &[("doi", "10.1/x")])]).await;

    let find = async |lookup: Lookup, limit| store.find(&lookup, limit).await.unwrap();
    let identifier = |text: &str| Lookup::Identifier(text.to_owned());
    let by = |kind: &str, key: &str| Lookup::Key {
        kind: kind.to_owned(),
        key: key.to_owned(),
    };
    let x = [
        (key(&a, ItemNo(1)), "x".to_owned()),
        (key(&b, ItemNo(2)), "x".to_owned()),
    ];
    assert_eq!(find(identifier("x"), 9).await, x);
    assert_eq!(find(identifier("x"), 1).await, x[..1]);
    assert_eq!(
        find(identifier("y"), 9).await,
        [(key(&a, ItemNo(2)), "y".to_owned())]
    );
    assert_eq!(find(identifier("X"), 9).await, []);
    assert_eq!(find(by("doi", "10.1/x"), 9).await, x);
    assert_eq!(find(by("url", "u"), 9).await, x[..1]);
    assert_eq!(find(by("url", "10.1/x"), 9).await, []);

    let refs = store
        .item_refs(a.source_id, ItemNo::START, 1)
        .await
        .unwrap();
    assert_eq!(
        (refs.len(), refs[0].item_no, &*refs[0].identifier),
        (1, ItemNo(1), "x")
    );
    let refs = store.item_refs(a.source_id, ItemNo(1), 9).await.unwrap();
    assert_eq!(
        refs.iter()
            .map(|item| &*item.identifier)
            .collect::<Vec<_>>(),
        ["y"]
    );
    let items = [1, 2, 99].map(|item_no| key(&a, ItemNo(item_no)));
    let mut keys = store.item_keys(&items).await.unwrap();
    keys.sort_by_key(|found| found.item);
    let keys: Vec<(&str, Vec<(&str, i64)>)> = keys
        .iter()
        .map(|found| {
            let keys = found.keys.iter().map(|key| (key.kind, key.hash));
            (&*found.identifier, keys.collect())
        })
        .collect();
    let x = vec![("doi", key_hash("10.1/x")), ("url", key_hash("u"))];
    assert_eq!(keys, [("x", x), ("y", vec![])]);
    assert_eq!(store.item_keys(&[]).await.unwrap(), []);
}

pub(crate) async fn versions_tell_the_history_of_a_record(engine: &impl Engine) {
    let store = engine.open().await;
    let (source, dc) = source_and_stream(&*store).await;
    let marc = store.open_stream(&source, "marcxml", None).await.unwrap();
    let records = [
        live("a", "1"),
        live("a", "2").dated("2024-06-01"),
        tombstone("a").dated("2024-07-01"),
    ];
    for (n, record) in records.iter().enumerate() {
        let number = i64::try_from(n).unwrap() + 1;
        store
            .commit(
                &source,
                list(
                    &dc,
                    number,
                    vec![page(1, &[live("b", "1"), record.clone()])],
                ),
            )
            .await
            .unwrap();
    }
    store
        .commit(&source, batch(&marc, vec![page(1, &[live("a", "marc")])]))
        .await
        .unwrap();
    let item = store
        .find(&Lookup::Identifier("a".to_owned()), 1)
        .await
        .unwrap()[0]
        .0;
    let versions = store.versions(item).await.unwrap();
    let told: Vec<_> = versions
        .iter()
        .map(|v| (&*v.metadata_prefix, v.newest, &*v.datestamp, v.deleted))
        .collect();
    let first = "2024-05-01T00:00:00Z";
    assert_eq!(
        told,
        [
            ("oai_dc", true, "2024-07-01", true),
            ("oai_dc", false, "2024-06-01", false),
            ("oai_dc", false, first, false),
            ("marcxml", true, first, false),
        ]
    );
    assert_eq!(
        versions.iter().map(|v| v.page_no.0).collect::<Vec<_>>(),
        [3, 2, 1, 4]
    );
    assert!(
        versions
            .iter()
            .all(|v| v.kept && v.request.contains("ListRecords"))
    );
    assert_eq!(versions[0].cause.as_deref(), Some("tombstone"));
    assert_eq!(versions[2].len, records[0].raw().len() as u64);
    assert!(versions[0].seq > versions[1].seq && versions[1].seq > versions[2].seq);
    assert_eq!(store.versions(key(&source, ItemNo(99))).await.unwrap(), []);
}

pub(crate) async fn findings_are_counted_by_code(engine: &impl Engine) {
    let store = engine.open().await;
    let (source, dc) = source_and_stream(&*store).await;
    let records = [
        live("a", "1"),
        live("b", "1"),
        live("c", "1"),
        tombstone("d"),
    ];
    store
        .commit(&source, batch(&dc, vec![page(1, &records)]))
        .await
        .unwrap();
    assert_eq!(store.code_counts(source.source_id).await.unwrap(), []);
    let codes: [&[(&str, u32)]; 4] = [
        &[],
        &[("conflict", 1), ("partial-date", 2)],
        &[("partial-date", 3)],
        &[("conflict", 1)],
    ];
    put(&*store, &source, &codes.map(|codes| (codes, &[][..]))).await;
    let counts = store.code_counts(source.source_id).await.unwrap();
    let counts: Vec<_> = counts
        .iter()
        .map(|c| (&*c.code, c.findings, c.articles))
        .collect();
    assert_eq!(
        counts,
        [("conflict", 1, 1), ("partial-date", 5, 2)],
        "deleted ones do not count"
    );
    let with = async |code: &str, after, limit| {
        let items = store
            .items_with_code(source.source_id, code, after, limit)
            .await
            .unwrap();
        items
            .into_iter()
            .map(|item| item.identifier)
            .collect::<Vec<_>>()
    };
    assert_eq!(with("partial-date", ItemNo::START, 9).await, ["b", "c"]);
    assert_eq!(with("partial-date", ItemNo::START, 1).await, ["b"]);
    assert_eq!(with("partial-date", ItemNo(2), 9).await, ["c"]);
    assert_eq!(with("partial", ItemNo::START, 9).await, [""; 0]);
}

pub(crate) async fn keys_in_common_are_found(engine: &impl Engine) {
    let store = engine.open().await;
    let (a, a_dc) = source_and_stream(&*store).await;
    let b = store.open_source(&spec("b")).await.unwrap();
    let b_dc = store.open_stream(&b, "oai_dc", None).await.unwrap();
    for (source, stream) in [(&a, &a_dc), (&b, &b_dc)] {
        let records = ["1", "2", "3"].map(|id| live(id, "1"));
        store
            .commit(source, batch(stream, vec![page(1, &records)]))
            .await
            .unwrap();
    }
    let [one, two, three] = ["10.1/1", "10.1/2", "10.1/3"].map(|doi| [("doi", doi)]);
    put(&*store, &a, &[(&[], &one), (&[], &two), (&[], &three)]).await;
    put(&*store, &b, &[(&[], &three), (&[], &one), (&[], &one)]).await;
    // All of them, so many rows at once.
    let shared = async |kind: &str, rows, most| {
        let (mut keys, mut after) = (Vec::new(), None);
        loop {
            let read = store.shared_keys(kind, after, rows, most).await.unwrap();
            keys.extend(read.keys);
            after = read.after;
            if after.is_none() {
                return keys;
            }
        }
    };
    let mut both = [
        SharedKey {
            hash: key_hash("10.1/1"),
            count: 3,
            items: vec![key(&a, ItemNo(1)), key(&b, ItemNo(2)), key(&b, ItemNo(3))],
        },
        SharedKey {
            hash: key_hash("10.1/3"),
            count: 2,
            items: vec![key(&a, ItemNo(3)), key(&b, ItemNo(1))],
        },
    ];
    both.sort_by_key(|shared| shared.hash);
    for rows in [1, 2, 3, 4, 6, 9] {
        assert_eq!(shared("doi", rows, 9).await, both, "{rows} rows at once");
    }
    for shared in &mut both {
        let few = if shared.count > 2 { 1 } else { 2 };
        shared.items.truncate(few);
    }
    for rows in [1, 2, 3, 4, 6, 9] {
        assert_eq!(shared("doi", rows, 2).await, both, "too many are counted");
    }
    assert_eq!(shared("url", 9, 9).await, []);
}

pub(crate) async fn counts_follow_their_articles(engine: &impl Engine) {
    let store = engine.open().await;
    let (source, dc) = source_and_stream(&*store).await;
    let records = ["a", "b", "c"].map(|id| live(id, "1"));
    store
        .commit(&source, list(&dc, 1, vec![page(1, &records)]))
        .await
        .unwrap();
    let counts = async || {
        let counts = store.code_counts(source.source_id).await.unwrap();
        let counts = counts.into_iter();
        counts
            .map(|count| (count.code, count.findings, count.articles))
            .collect::<Vec<_>>()
    };
    let of = |code: &str, findings, articles| (code.to_owned(), findings, articles);
    let one: [Derived<'_>; 3] = [
        (&[("conflict", 2)], &[("doi", "10.1/a")]),
        (&[("conflict", 2)], &[("doi", "10.1/b")]),
        (&[("partial-date", 1)], &[]),
    ];
    put(&*store, &source, &one).await;
    assert_eq!(
        counts().await,
        [of("conflict", 4, 2), of("partial-date", 1, 1)]
    );
    let two: [Derived<'_>; 3] = [
        (&[], &[("doi", "10.1/b")]),
        (&[("conflict", 2)], &[("doi", "10.1/b")]),
        (&[("conflict", 1)], &[]),
    ];
    put(&*store, &source, &two).await;
    assert_eq!(counts().await, [of("conflict", 3, 2)]);
    let shared = store.shared_keys("doi", None, 9, 9).await.unwrap().keys;
    assert_eq!(
        shared[0].items,
        [1, 2].map(|item| key(&source, ItemNo(item)))
    );
    store.forget(source.source_id, "b").await.unwrap();
    assert_eq!(counts().await, [of("conflict", 1, 1)]);
    let shared = store.shared_keys("doi", None, 9, 9).await.unwrap();
    assert_eq!(shared, SharedKeys::default());
    sound(&*store).await;
}
