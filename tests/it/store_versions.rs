//! Stores that former versions wrote: opened, brought up to date, and the same as one of today.

use crate::cli_support;

use std::fs;
use std::path::{Path, PathBuf};

use cli_support::offprint;
use offprint::internals::store::{Access, ReadStore as _, Selection, SqliteStore};
use serde_json::Value;

/// The pages the stores were made from.
const PAGES: [&str; 3] = [
    "cac-identify.xml",
    "cac-listrecords-marcxml-page3.xml",
    "cac-listrecords-oai_dc-page3.xml",
];

fn manifest(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

fn run(folder: &Path, arguments: &[&str]) {
    let output = offprint(folder).args(arguments).output().unwrap();
    assert_eq!(
        output.status.code(),
        Some(0),
        "{arguments:?}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
}

/// Articles as exported, without what may differ: when they were harvested, and what made them.
fn articles(folder: &Path, store: &str) -> Vec<Value> {
    run(
        folder,
        &["--store", store, "export", "jsonl", "-o", "articles.jsonl"],
    );
    let text = fs::read_to_string(folder.join("articles.jsonl")).unwrap();
    let mut articles: Vec<Value> = text
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    for article in &mut articles {
        without_times(article);
    }
    articles.sort_by_key(|article| article["id"].to_string());
    articles
}

fn without_times(value: &mut Value) {
    match value {
        Value::Object(map) => {
            map.remove("harvested_at");
            map.values_mut().for_each(without_times);
        }
        Value::Array(items) => items.iter_mut().for_each(without_times),
        _ => {}
    }
}

/// Every record: identifier, format, whether it is deleted, and its bytes.
async fn records(store: &SqliteStore) -> Vec<(String, String, bool, Vec<u8>)> {
    let source = store.sources().await.unwrap().remove(0);
    let items = store
        .items(source.source_id, Selection::All, 0, 10_000)
        .await
        .unwrap();
    let all = items.into_iter().flat_map(|item| {
        let identifier = item.identifier;
        item.records.into_iter().map(move |record| {
            (
                identifier.clone(),
                record.metadata_prefix,
                record.deleted,
                record.raw.to_vec(),
            )
        })
    });
    let mut all: Vec<_> = all.collect();
    all.sort();
    all
}

#[test]
fn a_store_of_each_schema_is_brought_up_to_date() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    fs::create_dir(here.join("pages")).unwrap();
    for page in PAGES {
        fs::copy(
            manifest("samples/ojs-3.4-cac").join(page),
            here.join("pages").join(page),
        )
        .unwrap();
    }
    run(
        here,
        &[
            "--store",
            "new.db",
            "harvest",
            "pages",
            "--name",
            "cac",
            "--prefix",
            "oai_dc,marcxml",
        ],
    );
    let expected = articles(here, "new.db");
    assert_eq!(expected.len(), 71);
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let new = SqliteStore::open_read(here.join("new.db")).unwrap();
    let expected_records = runtime.block_on(records(&new));
    let mut versions = 0;
    for entry in fs::read_dir(manifest("tests/fixtures")).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "zst") {
            continue;
        }
        versions += 1;
        let packed = fs::read(&path).unwrap();
        fs::write(here.join("old.db"), zstd::decode_all(&*packed).unwrap()).unwrap();
        let old = SqliteStore::create_or_open(here.join("old.db"), Access::Write { create: false })
            .unwrap();
        let found = runtime.block_on(async { (old.check().await.unwrap(), records(&old).await) });
        drop(old);
        assert_eq!(found.0, Vec::<String>::new(), "{}", path.display());
        assert!(
            found.1 == expected_records,
            "{}: the records differ",
            path.display()
        );
        assert_eq!(articles(here, "old.db"), expected, "{}", path.display());
        // And it is harvested into as before: nothing of it is new.
        run(
            here,
            &[
                "--store",
                "old.db",
                "harvest",
                "pages",
                "--name",
                "cac",
                "--prefix",
                "oai_dc,marcxml",
            ],
        );
        assert_eq!(articles(here, "old.db"), expected, "{}", path.display());
        fs::remove_file(here.join("old.db")).unwrap();
    }
    assert!(versions >= 1, "no store of a former version");
}
