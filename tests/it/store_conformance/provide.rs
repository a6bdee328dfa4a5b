//! Changes in one order, and what they are chosen and searched by.

use offprint::internals::store::{
    ArticleRow, ArticleSearch, ArticleText, Change, ChangeFilter, FacetCounts, Facets, ItemNo,
    Position, SearchIndex, Source, SourceId, Store, StoreError, StoredItem, Time,
};

use super::Engine;
use super::build::*;

fn facets(pairs: &[(&str, &str)]) -> Facets {
    let mut facets = Facets::new();
    for (kind, value) in pairs {
        facets
            .entry((*kind).to_owned())
            .or_default()
            .push((*value).to_owned());
    }
    facets
}

/// A row whose set is the identifier's first letter, and whose title is its content.
fn row(item: &StoredItem, version: u64) -> ArticleRow {
    let raw = String::from_utf8(item.records[0].raw.to_vec()).unwrap();
    let deleted = item.records[0].deleted;
    ArticleRow {
        item_no: item.item_no,
        record_seq: item.records.iter().map(|r| r.seq).max().unwrap(),
        deleted,
        hash: xxhash_rust::xxh3::xxh3_64(raw.as_bytes()) ^ version,
        facets: if deleted {
            Facets::new()
        } else {
            facets(&[("set", &item.identifier[..1]), ("year", "2020")])
        },
        text: if deleted {
            ArticleText::default()
        } else {
            ArticleText {
                title: format!("Études {}", raw.split(' ').nth(1).unwrap()),
                name: "Ivanova, A.".to_owned(),
                number: "10.1234/abc-5\n1404-6091".to_owned(),
                summary: String::new(),
            }
        },
        ..ArticleRow::default()
    }
}

async fn derive(store: &dyn Store, source: &Source) {
    let rows: Vec<ArticleRow> = all(store, source)
        .await
        .iter()
        .map(|item| row(item, 0))
        .collect();
    put_rows(store, source, &rows).await;
}

fn everything() -> ChangeFilter {
    ChangeFilter {
        from: None,
        before: far(),
        source_id: None,
        departed: None,
        prefix: None,
        facets: Facets::new(),
    }
}

fn far() -> Time {
    Time::from_timestamp(250_000_000_000, 0).unwrap()
}

fn names(changes: &[Change]) -> Vec<&str> {
    changes
        .iter()
        .map(|change| change.identifier.as_str())
        .collect()
}

async fn changes(store: &dyn Store, filter: &ChangeFilter) -> Vec<Change> {
    let found = store.changes(filter, None, 1000).await.unwrap();
    assert!(found.is_sorted_by_key(|change| change.position));
    assert_eq!(
        store.count_changes(filter).await.unwrap(),
        found.len() as u64
    );
    // In steps it is the same.
    let mut stepped: Vec<Change> = Vec::new();
    loop {
        let next = store
            .changes(filter, stepped.last().map(|last| last.position), 2)
            .await
            .unwrap();
        if next.is_empty() {
            break;
        }
        stepped.extend(next);
    }
    assert_eq!(stepped, found);
    found
}

pub(crate) async fn changes_come_in_the_order_of_their_time(engine: &impl Engine) {
    let store = engine.open().await;
    assert_eq!(store.earliest_change().await.unwrap(), None);
    let (a, a_dc) = source_and_stream(&*store).await;
    let b = store.open_source(&spec("b")).await.unwrap();
    let b_dc = store.open_stream(&b, "oai_dc", None).await.unwrap();
    store
        .commit(
            &a,
            list(
                &a_dc,
                1,
                vec![page(
                    1,
                    &[live("x1", "1"), live("y2", "1"), tombstone("x3")],
                )],
            ),
        )
        .await
        .unwrap();
    store
        .commit(&b, list(&b_dc, 1, vec![page(1, &[live("x1", "1")])]))
        .await
        .unwrap();
    derive(&*store, &b).await;
    derive(&*store, &a).await;
    let found = changes(&*store, &everything()).await;
    assert_eq!(found.len(), 4);
    assert_eq!(
        (found[0].position.source_id, names(&found)[0]),
        (b.source_id, "x1")
    );
    assert_eq!(names(&found[1..]), ["x1", "y2", "x3"]);
    assert_eq!(
        found
            .iter()
            .map(|change| change.deleted)
            .collect::<Vec<_>>(),
        [false, false, false, true]
    );
    assert_eq!(
        store.earliest_change().await.unwrap(),
        Some(found[0].position.changed_at)
    );

    // A change moves to the end, and only that.
    store
        .commit(&a, list(&a_dc, 2, vec![page(1, &[live("x1", "2")])]))
        .await
        .unwrap();
    derive(&*store, &a).await;
    let moved = changes(&*store, &everything()).await;
    assert_eq!(names(&moved), ["x1", "y2", "x3", "x1"]);
    assert_eq!(
        moved[..3],
        [found[0].clone(), found[2].clone(), found[3].clone()]
    );
    let one = store.change(a.source_id, "x1").await.unwrap().unwrap();
    assert_eq!(one, moved[3]);
    assert_eq!(store.change(a.source_id, "none").await.unwrap(), None);

    let own = ChangeFilter {
        source_id: Some(a.source_id),
        ..everything()
    };
    assert_eq!(names(&changes(&*store, &own).await), ["y2", "x3", "x1"]);
    let from = ChangeFilter {
        from: Some(one.position.changed_at),
        ..everything()
    };
    assert_eq!(names(&changes(&*store, &from).await), ["x1"], "inclusive");
    let before = ChangeFilter {
        before: one.position.changed_at,
        ..everything()
    };
    assert_eq!(changes(&*store, &before).await.len(), 3, "exclusive");

    let items = store
        .items_at(a.source_id, &[ItemNo(2), ItemNo(1), ItemNo(99), ItemNo(2)])
        .await
        .unwrap();
    assert_eq!(identifiers(&items), ["x1", "y2"]);
    assert_eq!(items[0].records[0].raw, live("x1", "2").raw().as_bytes());
}

pub(crate) async fn a_record_of_any_format_moves_its_item(engine: &impl Engine) {
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
    derive(&*store, &source).await;
    let before = changes(&*store, &everything()).await;
    store
        .commit(&source, batch(&marc, vec![page(1, &[live("a", "m")])]))
        .await
        .unwrap();
    derive(&*store, &source).await;
    let after = changes(&*store, &everything()).await;
    assert_eq!(names(&after), ["b", "a"], "though the article is the same");
    assert_eq!(after[1].seq, before[0].seq, "which its number says");
    derive(&*store, &source).await;
    assert_eq!(
        changes(&*store, &everything()).await,
        after,
        "deriving again moves nothing"
    );

    let in_marc = ChangeFilter {
        prefix: Some("marcxml".to_owned()),
        ..everything()
    };
    assert_eq!(names(&changes(&*store, &in_marc).await), ["a"]);
    store
        .commit(&source, batch(&marc, vec![page(1, &[tombstone("a")])]))
        .await
        .unwrap();
    derive(&*store, &source).await;
    assert!(
        changes(&*store, &in_marc).await[0].deleted,
        "in this format"
    );
    assert!(
        !store
            .change(source.source_id, "a")
            .await
            .unwrap()
            .unwrap()
            .deleted,
        "the article is not"
    );
    let none = ChangeFilter {
        prefix: Some("mods".to_owned()),
        ..everything()
    };
    assert!(changes(&*store, &none).await.is_empty());
}

pub(crate) async fn facets_choose_and_outlive_deletion(engine: &impl Engine) {
    let store = engine.open().await;
    let (source, dc) = source_and_stream(&*store).await;
    let records = [live("x1", "1"), live("x2", "1"), live("y3", "1")];
    store
        .commit(&source, list(&dc, 1, vec![page(1, &records)]))
        .await
        .unwrap();
    derive(&*store, &source).await;
    let chosen = async |pairs: &[(&str, &str)]| {
        let filter = ChangeFilter {
            facets: facets(pairs),
            ..everything()
        };
        names(&changes(&*store, &filter).await)
            .into_iter()
            .map(str::to_owned)
            .collect::<Vec<_>>()
    };
    assert_eq!(chosen(&[("set", "x")]).await, ["x1", "x2"]);
    assert_eq!(
        chosen(&[("set", "x"), ("set", "y")]).await,
        ["x1", "x2", "y3"],
        "one of a kind's values"
    );
    assert_eq!(
        chosen(&[("set", "y"), ("year", "2020")]).await,
        ["y3"],
        "each kind"
    );
    assert!(chosen(&[("set", "y"), ("year", "2021")]).await.is_empty());
    assert!(chosen(&[("language", "en")]).await.is_empty());
    let known = [
        (source.source_id, "x".to_owned()),
        (source.source_id, "y".to_owned()),
    ];
    assert_eq!(store.known_sets().await.unwrap(), known);

    store
        .commit(&source, list(&dc, 2, vec![page(1, &[tombstone("x1")])]))
        .await
        .unwrap();
    derive(&*store, &source).await;
    assert_eq!(
        chosen(&[("set", "x")]).await,
        ["x2", "x1"],
        "its deletion is told to those who took the set"
    );
    store.forget(source.source_id, "x2").await.unwrap();
    assert_eq!(
        chosen(&[("set", "x")]).await,
        ["x1", "x2"],
        "and a take-down"
    );
    let gone = store.change(source.source_id, "x2").await.unwrap().unwrap();
    assert!(gone.deleted && gone.position.item().is_none());
    let all = changes(&*store, &everything()).await;
    assert_eq!(names(&all), ["y3", "x1", "x2"]);
    let raw = ChangeFilter {
        prefix: Some("oai_dc".to_owned()),
        source_id: Some(source.source_id),
        ..everything()
    };
    assert_eq!(names(&changes(&*store, &raw).await), ["y3", "x1", "x2"]);
    store.remove_source("cac").await.unwrap();
    assert!(store.known_sets().await.unwrap().is_empty());
    sound(&*store).await;
}

pub(crate) async fn items_of_a_removed_source_become_deletions(engine: &impl Engine) {
    let store = engine.open().await;
    let (source, dc) = source_and_stream(&*store).await;
    let records = [
        live("x1", "1"),
        live("y2", "1"),
        live("y3", "1"),
        tombstone("x4"),
    ];
    store
        .commit(&source, list(&dc, 1, vec![page(1, &records)]))
        .await
        .unwrap();
    derive(&*store, &source).await;
    store.forget(source.source_id, "y3").await.unwrap();
    let before = store.safe_read_time().await.unwrap();
    assert_eq!(store.departed("cac", "x1").await.unwrap(), None);

    // With its old name, all of it goes; under the new one it is there.
    store.rename_source("cac", "caucasus").await.unwrap();
    let old = ChangeFilter {
        source_id: Some(SourceId::START),
        departed: Some("cac".to_owned()),
        ..everything()
    };
    let found = changes(&*store, &old).await;
    assert_eq!(names(&found), ["y3", "x1", "y2", "x4"]);
    for change in &found {
        assert!(
            change.deleted
                && change.position.item().is_none()
                && change.position.changed_at >= before
        );
        assert_eq!(change.departed.as_deref(), Some("cac"));
    }
    assert_eq!(
        found[1].facets,
        facets(&[("set", "x"), ("year", "2020")]),
        "in the sets it was in"
    );
    assert_eq!(
        store.departed("cac", "x1").await.unwrap().as_ref(),
        Some(&found[1])
    );
    let of_set = ChangeFilter {
        facets: facets(&[("set", "x")]),
        ..old.clone()
    };
    assert_eq!(names(&changes(&*store, &of_set).await), ["x1"]);
    let own = ChangeFilter {
        source_id: Some(source.source_id),
        ..everything()
    };
    assert_eq!(
        changes(&*store, &own).await.len(),
        4,
        "a source without a name has nothing of it"
    );
    assert_eq!(changes(&*store, &everything()).await.len(), 8);
    let sets = [("cac", ""), ("cac", "x"), ("cac", "y")];
    let found = store.departed_sets().await.unwrap();
    assert_eq!(
        found
            .iter()
            .map(|(name, set)| (&**name, &**set))
            .collect::<Vec<_>>(),
        sets
    );
    // The same name once more is no change.
    store.rename_source("caucasus", "caucasus").await.unwrap();
    assert_eq!(changes(&*store, &everything()).await.len(), 8);

    store.remove_source("caucasus").await.unwrap();
    let found = changes(&*store, &everything()).await;
    assert_eq!(
        names(&found),
        ["y3", "x1", "y2", "x4", "y3", "x1", "y2", "x4"]
    );
    let earliest = store.earliest_change().await.unwrap();
    assert_eq!(earliest, Some(found[0].position.changed_at));

    // What comes back under its name is there, and nothing else.
    let again = store.open_source(&spec("cac")).await.unwrap();
    let dc = store.open_stream(&again, "oai_dc", None).await.unwrap();
    store
        .commit(&again, list(&dc, 1, vec![page(1, &[live("x1", "2")])]))
        .await
        .unwrap();
    derive(&*store, &again).await;
    let both = ChangeFilter {
        source_id: Some(again.source_id),
        ..old
    };
    let found = changes(&*store, &both).await;
    assert_eq!(names(&found), ["y3", "y2", "x4", "x1"]);
    assert!(!found[3].deleted);
    assert_eq!(store.departed("cac", "x1").await.unwrap(), None);
    assert!(store.departed("cac", "y2").await.unwrap().is_some());
    sound(&*store).await;
}

pub(crate) async fn words_find_live_articles(engine: &impl Engine) {
    let store = engine.open().await;
    store.set_search_index(SearchIndex::Words).await.unwrap();
    let (source, dc) = source_and_stream(&*store).await;
    store
        .commit(
            &source,
            list(
                &dc,
                1,
                vec![page(1, &[live("a", "steppe"), live("b", "desert")])],
            ),
        )
        .await
        .unwrap();
    derive(&*store, &source).await;
    let found = async |words: &str, source_id| {
        let search = ArticleSearch {
            words: words.to_owned(),
            source_id,
            limit: 10,
            ..ArticleSearch::default()
        };
        let hits = store.search(&search).await.unwrap();
        hits.items
            .iter()
            .map(|key| key.item_no.0)
            .collect::<Vec<_>>()
    };
    assert_eq!(found("Steppe", None).await, [1]);
    for (words, count) in [
        ("etudes", 2),
        ("études ivanova", 2),
        ("etu", 2),
        ("tudes", 0),
        ("steppe desert", 0),
        ("1404-6091", 2),
        ("10.1234/abc-5", 2),
        ("", 0),
        ("\"", 0),
        ("steppe OR desert", 0),
        ("a* NEAR(b)", 0),
        ("-- ; ' %", 0),
    ] {
        assert_eq!(found(words, None).await.len(), count, "{words}");
    }
    assert_eq!(found("etudes", Some(source.source_id)).await.len(), 2);
    assert!(
        found("etudes", Some(source.source_id.next()))
            .await
            .is_empty()
    );
    for (skip, limit) in [(1, 10), (0, 1)] {
        let search = ArticleSearch {
            words: "etudes".to_owned(),
            skip,
            limit,
            ..ArticleSearch::default()
        };
        let hits = store.search(&search).await.unwrap();
        assert_eq!((hits.items.len(), hits.matches), (1, 2));
    }
    // Changed, deleted, forgotten: old words are gone.
    store
        .commit(
            &source,
            list(
                &dc,
                2,
                vec![page(1, &[live("a", "forest"), tombstone("b")])],
            ),
        )
        .await
        .unwrap();
    derive(&*store, &source).await;
    assert!(found("steppe", None).await.is_empty() && found("desert", None).await.is_empty());
    assert_eq!(found("forest", None).await, [1]);
    store.forget(source.source_id, "a").await.unwrap();
    assert!(found("forest", None).await.is_empty());
}

/// Writes an article row as a derivation would: title, abstract, and facets.
async fn put(
    store: &dyn Store,
    source: &Source,
    item: &StoredItem,
    text: [&str; 2],
    pairs: &[(&str, &str)],
) {
    let row = ArticleRow {
        text: ArticleText {
            title: text[0].to_owned(),
            summary: text[1].to_owned(),
            ..ArticleText::default()
        },
        facets: facets(pairs),
        hash: text[0].len() as u64,
        ..row(item, 0)
    };
    put_rows(store, source, &[row]).await;
}

fn counts_of(counts: &FacetCounts, kind: &str) -> Vec<(String, u64)> {
    let values = counts.get(kind).into_iter().flatten();
    values
        .map(|count| (count.value.clone(), count.articles))
        .collect()
}

pub(crate) async fn facets_narrow_searches_and_are_counted(engine: &impl Engine) {
    let store = engine.open().await;
    store.set_search_index(SearchIndex::Words).await.unwrap();
    let (source, dc) = source_and_stream(&*store).await;
    let records = [live("a", "1"), live("b", "1"), live("c", "1")];
    store
        .commit(&source, list(&dc, 1, vec![page(1, &records)]))
        .await
        .unwrap();
    let items = all(&*store, &source).await;
    put(
        &*store,
        &source,
        &items[0],
        ["Steppe", ""],
        &[("year", "2004"), ("issue", "2004|5|6")],
    )
    .await;
    put(
        &*store,
        &source,
        &items[1],
        ["Steppes and seas", ""],
        &[("year", "2004"), ("type", "review")],
    )
    .await;
    put(
        &*store,
        &source,
        &items[2],
        ["Steppe birds", ""],
        &[("year", "2005")],
    )
    .await;
    let search = async |words: &str, facets: &[(&str, &str)]| {
        let facets = facets
            .iter()
            .map(|(kind, value)| ((*kind).to_owned(), (*value).to_owned()));
        let search = ArticleSearch {
            words: words.to_owned(),
            facets: facets.collect(),
            limit: 10,
            ..ArticleSearch::default()
        };
        store.search(&search).await.unwrap()
    };
    let two = |a: &str, n: u64, b: &str, m: u64| vec![(a.to_owned(), n), (b.to_owned(), m)];
    let all_steppes = search("steppe", &[]).await;
    assert_eq!((all_steppes.matches, all_steppes.is_cut), (3, false));
    assert_eq!(
        counts_of(&all_steppes.facets, "year"),
        two("2004", 2, "2005", 1)
    );
    assert_eq!(all_steppes.sources, [(source.source_id, 3)]);
    let of_2004 = search("steppe", &[("year", "2004")]).await;
    assert_eq!(of_2004.items.len(), 2);
    assert_eq!(
        counts_of(&of_2004.facets, "type"),
        [("review".to_owned(), 1)]
    );
    assert_eq!(
        search("steppe", &[("year", "2004"), ("type", "review")])
            .await
            .matches,
        1
    );
    // Facets alone, and none of a value that is only alike.
    let issue = search("", &[("issue", "2004|5|6")]).await;
    assert_eq!(
        issue
            .items
            .iter()
            .map(|key| key.item_no.0)
            .collect::<Vec<_>>(),
        [1]
    );
    assert_eq!(search("", &[("year", "2004|5|6")]).await.matches, 0);
    assert_eq!(search("y2004", &[]).await.matches, 0);

    // Kept counts move with the articles.
    let kept = async |source_id| store.facet_counts(source_id).await.unwrap();
    assert_eq!(
        counts_of(&kept(None).await, "year"),
        two("2004", 2, "2005", 1)
    );
    assert_eq!(kept(None).await.get("issue"), None);
    assert_eq!(
        counts_of(&kept(Some(source.source_id)).await, "issue").len(),
        1
    );
    assert_eq!(
        counts_of(&search("", &[]).await.facets, "year"),
        two("2004", 2, "2005", 1)
    );
    put(
        &*store,
        &source,
        &items[2],
        ["Steppe birds, again", ""],
        &[("year", "2004")],
    )
    .await;
    assert_eq!(
        counts_of(&kept(None).await, "year"),
        [("2004".to_owned(), 3)]
    );
    store.forget(source.source_id, "c").await.unwrap();
    assert_eq!(
        counts_of(&kept(None).await, "year"),
        [("2004".to_owned(), 2)]
    );
    store
        .commit(&source, list(&dc, 2, vec![page(1, &[tombstone("a")])]))
        .await
        .unwrap();
    let gone = all(&*store, &source).await;
    put_rows(&*store, &source, &[row(&gone[0], 0)]).await;
    assert_eq!(
        counts_of(&kept(None).await, "year"),
        [("2004".to_owned(), 1)]
    );
    store.remove_source(&source.name).await.unwrap();
    assert!(kept(None).await.is_empty());
}

pub(crate) async fn abstracts_are_found_where_switched_on(engine: &impl Engine) {
    let store = engine.open().await;
    store.set_search_index(SearchIndex::Words).await.unwrap();
    let (source, dc) = source_and_stream(&*store).await;
    store
        .commit(&source, list(&dc, 1, vec![page(1, &[live("a", "1")])]))
        .await
        .unwrap();
    let items = all(&*store, &source).await;
    let found = async || {
        let search = ArticleSearch {
            words: "grazing".to_owned(),
            limit: 10,
            ..ArticleSearch::default()
        };
        store.search(&search).await.unwrap().matches
    };
    let write = async || {
        put(
            &*store,
            &source,
            &items[0],
            ["Steppe", "Grazing rights"],
            &[],
        )
        .await;
        let begun = store.begin_derive(source.source_id, "1").await.unwrap();
        let finish = store.finish_derive(source.source_id, &begun, 1, "{}");
        finish.await.unwrap();
    };
    write().await;
    assert_eq!(found().await, 0);
    let wanted = SearchIndex::Abstracts;
    store.set_search_index(wanted).await.unwrap();
    let derivation = || async { store.source(source.source_id).await.unwrap().derivation };
    assert_eq!(derivation().await, None, "all of it is derived again");
    write().await;
    assert_eq!(found().await, 1);
    // Again is no change.
    store.set_search_index(wanted).await.unwrap();
    assert_eq!(derivation().await.as_deref(), Some("1"));
    store.set_search_index(SearchIndex::Words).await.unwrap();
    write().await;
    assert_eq!(found().await, 0);
}

pub(crate) async fn search_can_be_switched_off(engine: &impl Engine) {
    let store = engine.open().await;
    let (source, dc) = source_and_stream(&*store).await;
    assert_eq!(store.search_index().await.unwrap(), None);
    store.set_search_index(SearchIndex::None).await.unwrap();
    store
        .commit(&source, list(&dc, 1, vec![page(1, &[live("a", "1")])]))
        .await
        .unwrap();
    let items = all(&*store, &source).await;
    let write = async || {
        let texts = ["Steppe", "Grazing rights"];
        put(&*store, &source, &items[0], texts, &[]).await;
    };
    let search = ArticleSearch {
        words: "steppe".to_owned(),
        limit: 10,
        ..ArticleSearch::default()
    };
    write().await;
    let refused = store.search(&search).await;
    assert!(
        matches!(refused, Err(StoreError::Unsupported { .. })),
        "{refused:?}"
    );
    store.set_search_index(SearchIndex::Words).await.unwrap();
    write().await;
    assert_eq!(store.search(&search).await.unwrap().matches, 1);
}

pub(crate) async fn the_safe_read_time_precedes_future_changes(engine: &impl Engine) {
    let store = engine.open().await;
    let (source, dc) = source_and_stream(&*store).await;
    let mut last = Time::UNIX_EPOCH;
    for n in 0..5 {
        let horizon = store.safe_read_time().await.unwrap();
        assert!(horizon >= last);
        last = horizon;
        store
            .commit(
                &source,
                list(&dc, n + 1, vec![page(1, &[live("a", &n.to_string())])]),
            )
            .await
            .unwrap();
        derive(&*store, &source).await;
        let change = store.change(source.source_id, "a").await.unwrap().unwrap();
        assert!(
            change.position.changed_at >= horizon,
            "{:?} {horizon}",
            change.position
        );
    }
    let key = store.store_identity().await.unwrap();
    assert!(key.uuid.len() == 36 && key.secret.len() >= 32);
    assert_eq!(store.store_identity().await.unwrap(), key);
    let position = Position {
        changed_at: last,
        source_id: SourceId(1),
        item_no: ItemNo(-1),
    };
    assert_eq!(position.item(), None);
}
