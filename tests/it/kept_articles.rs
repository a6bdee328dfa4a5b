//! Articles kept in the store: exports are the same with them and without, whatever has become of them.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use offprint::Collection;
use offprint::internals::export::{
    Choice, Destination, FORMATS, Options, Scope, derive_and_export,
};
use offprint::internals::report::CollectionReport;
use offprint::internals::store::{Access, SqliteStore, Store};
use rusqlite::Connection;

/// A store of the sample journal in these formats, with its articles derived and kept.
async fn sample_store(path: &Path, formats: &[&str]) {
    let collection = Collection::open(path).await.unwrap();
    let import = collection.import("samples/ojs-3.4-cac");
    let report = import.formats(formats.to_vec()).run().await.unwrap();
    assert!(report.new > 200, "{report}");
}

/// Formats that are made of lines, of articles and of records.
const SOME: [&str; 3] = ["jsonl", "jats", "raw"];

/// Exports of a store, by format: in these formats, else in all.
pub async fn exports(store: &dyn Store, names: &[&str]) -> BTreeMap<&'static str, Vec<u8>> {
    let folder = tempfile::tempdir().unwrap();
    let mut exports = BTreeMap::new();
    let wanted = |name| names.is_empty() || names.contains(&name);
    for format in FORMATS.iter().filter(|format| wanted(format.info.name)) {
        let Ok(exporter) = format.exporter(&Options::default()) else {
            continue; // it cannot do without a setting
        };
        let path = folder.path().join(format.info.name);
        let target = Destination::File(path.clone()).open(exporter, Scope::Full);
        derive_and_export(store, &Choice::default(), target.unwrap())
            .await
            .unwrap();
        exports.insert(format.info.name, fs::read(path).unwrap());
    }
    assert!(exports.len() >= 3, "{:?}", exports.keys());
    exports
}

pub fn open(path: &Path) -> SqliteStore {
    SqliteStore::create_or_open(path, Access::Write { create: false }).unwrap()
}

fn count(path: &Path) -> i64 {
    let store = Connection::open(path).unwrap();
    store
        .query_row("SELECT count(*) FROM kept_article", [], |row| row.get(0))
        .unwrap()
}

pub fn assert_same(
    left: &BTreeMap<&'static str, Vec<u8>>,
    right: &BTreeMap<&'static str, Vec<u8>>,
    what: &str,
) {
    for (name, bytes) in left {
        assert!(*bytes == right[name], "{name} differs {what}");
    }
}

async fn exports_do_not_depend_on_what_is_kept(formats: &[&str], names: &[&str]) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.db");
    sample_store(&path, formats).await;
    let kept = count(&path);
    assert!(kept > 200, "{kept} articles are kept");

    let made = exports(&open(&path).keep_articles(false), names).await;
    assert_same(
        &made,
        &exports(&open(&path), names).await,
        "with kept articles",
    );

    assert_eq!(
        open(&path).drop_kept_articles().await.unwrap(),
        u64::try_from(kept).unwrap()
    );
    let reader = SqliteStore::open_read(&path).unwrap();
    assert_same(
        &made,
        &exports(&reader, names).await,
        "without kept articles",
    );
    assert_eq!(count(&path), 0, "a reader keeps none");
    drop(reader);

    assert_same(
        &made,
        &exports(&open(&path), names).await,
        "while they are kept",
    );
    assert_eq!(count(&path), kept);
}

#[tokio::test]
async fn exports_of_dublin_core_do_not_depend_on_what_is_kept() {
    exports_do_not_depend_on_what_is_kept(&["oai_dc"], &[]).await;
}

#[tokio::test]
async fn exports_of_merged_formats_do_not_depend_on_what_is_kept() {
    exports_do_not_depend_on_what_is_kept(&["jats", "marcxml", "oai_dc"], &SOME).await;
}

#[tokio::test]
async fn damaged_and_stale_articles_are_made_again() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.db");
    sample_store(&path, &["oai_dc"]).await;
    let made = exports(&open(&path).keep_articles(false), &SOME).await;
    for harm in [
        "UPDATE kept_article SET mark = mark + 1",
        "UPDATE kept_article SET body = x''",
        "UPDATE kept_article SET body = CAST(substr(body, 1, 40) || x'00' || substr(body, 42) AS BLOB)",
        "UPDATE kept_article SET body = (SELECT body FROM kept_article ORDER BY article_no LIMIT 1)",
    ] {
        Connection::open(&path).unwrap().execute(harm, []).unwrap();
        assert_same(&made, &exports(&open(&path), &SOME).await, harm);
    }
}

#[tokio::test]
async fn what_is_forgotten_is_not_kept() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.db");
    sample_store(&path, &["oai_dc"]).await;
    let before = count(&path);
    let store = open(&path);
    let source = store.sources().await.unwrap().remove(0);
    let identifier = "oai:ojs.ca-c.test:article/382";
    store.forget(source.source_id, identifier).await.unwrap();
    assert_eq!(count(&path), before - 1);
    let sample = store.kept_sample(source.source_id).await.unwrap();
    assert_eq!(sample, None, "it may have been this article");
}

#[tokio::test]
async fn a_store_that_keeps_no_articles_has_none() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.db");
    sample_store(&path, &["oai_dc"]).await;
    let store = open(&path);
    store.drop_kept_articles().await.unwrap();
    drop(store);
    exports(&open(&path).keep_articles(false), &SOME).await;
    assert_eq!(count(&path), 0);
}

#[tokio::test]
async fn kept_figures_are_those_of_all_articles() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.db");
    sample_store(&path, &["oai_dc"]).await;
    let figures = async || {
        let report = CollectionReport::read(String::new(), &open(&path)).await;
        let mut json = serde_json::to_value(report.unwrap()).unwrap();
        json["made_at"].take();
        json
    };
    let change = |sql: &str| Connection::open(&path).unwrap().execute(sql, []).unwrap();
    let first = figures().await;
    assert_eq!(figures().await, first, "as they are kept");
    assert_eq!(change("UPDATE kept_figures SET mark = mark + 1"), 1);
    assert_eq!(figures().await, first, "stale ones are taken again");
    change("UPDATE kept_figures SET body = replace(body, '\"live\":', '\"live\":1')");
    assert_ne!(figures().await, first, "they are read");

    let store = open(&path);
    let source = store.sources().await.unwrap().remove(0);
    let identifier = "oai:ojs.ca-c.test:article/382";
    store.forget(source.source_id, identifier).await.unwrap();
    drop(store);
    let after = figures().await;
    assert_ne!(after, first);
    change("DELETE FROM kept_figures");
    assert_eq!(figures().await, after);
}
