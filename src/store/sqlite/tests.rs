//! Tests of this engine's internals.

use bytes::Bytes;
use sha2::{Digest, Sha256};

use super::*;
use crate::oai::PageHead;
use crate::store::error::StoreError;
use crate::store::query::Dialect;
use crate::store::types::{
    ItemNo, ListNo, NewPage, NewRecord, Selection, SourceSpec, Time, Window, WindowNo,
};
use crate::store::{groups, items};

/// A page of one record that does not pack well, 64 KiB.
fn noisy_page(identifier: &str, seed: u64) -> NewPage {
    let mut random = fastrand::Rng::with_seed(seed);
    let body: Bytes = std::iter::repeat_with(|| random.u8(..))
        .take(1 << 16)
        .collect();
    NewPage {
        window_no: WindowNo(1),
        kind: "ListRecords".to_owned(),
        fetched_at: Time::UNIX_EPOCH,
        request: String::new(),
        status: 200,
        headers: "{}".to_owned(),
        wire_coding: "identity".to_owned(),
        sha256: Sha256::digest(&body).into(),
        head: PageHead::default(),
        listed: 1,
        records: vec![NewRecord {
            identifier: identifier.to_owned(),
            datestamp: "2024-05-01".to_owned(),
            deleted: false,
            offset: 0,
            len: body.len() as u64,
            hash: seed,
        }],
        body,
    }
}

#[tokio::test]
async fn a_full_disk_is_named_and_loses_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a.db");
    let store = SqliteStore::create_or_open(&path, Access::Write { create: true }).unwrap();
    let spec = SourceSpec {
        name: None,
        base_url: "https://example.org/oai".to_owned(),
    };
    let source = store.open_source(&spec).await.unwrap();
    let stream = store.open_stream(&source, "oai_dc", None).await.unwrap();
    let batch = |ids: &[&str]| Batch {
        stream_no: stream.stream_no,
        pages: ids
            .iter()
            .zip(1..)
            .map(|(id, seed)| noisy_page(id, seed))
            .collect(),
        windows: vec![Window {
            seen: crate::store::convert::int(ids.len()),
            ..Window::todo(WindowNo(1), ListNo(1), None, None)
        }],
        ..Batch::default()
    };
    store.commit(&source, batch(&["a"])).await.unwrap();
    let before = (
        store.sources().await.unwrap(),
        store.streams(source.source_id).await.unwrap(),
    );

    let limit = async |pages: i64| {
        let set = store.on_writer(move |conn| {
            let used: i64 = conn.pragma_query_value(None, "page_count", |row| row.get(0))?;
            conn.pragma_update_and_check(None, "max_page_count", used + pages, |_| Ok(()))?;
            Ok(())
        });
        set.await.unwrap();
    };
    limit(12).await;
    let full = store.commit(&source, batch(&["a", "b", "c", "d"])).await;
    assert!(matches!(full, Err(StoreError::Full { .. })), "{full:?}");
    assert!(full.unwrap_err().to_string().contains("a.db"));
    let after = (
        store.sources().await.unwrap(),
        store.streams(source.source_id).await.unwrap(),
    );
    assert_eq!(after, before);
    assert_eq!(
        store
            .items(source.source_id, Selection::All, ItemNo::START, 9)
            .await
            .unwrap()
            .len(),
        1
    );
    assert_eq!(store.check().await.unwrap(), Vec::<String>::new());

    limit(1000).await;
    let tally = store
        .commit(&source, batch(&["a", "b", "c", "d"]))
        .await
        .unwrap();
    assert_eq!(
        (tally.new, tally.unchanged),
        (3, 1),
        "with room again, it goes on"
    );
    assert_eq!(store.check().await.unwrap(), Vec::<String>::new());
}

#[tokio::test]
async fn a_writer_that_panics_is_an_error_for_those_who_come_after() {
    let dir = tempfile::tempdir().unwrap();
    let store =
        SqliteStore::create_or_open(dir.path().join("a.db"), Access::Write { create: true })
            .unwrap();
    let lost = store
        .on_writer(|_| -> Result<()> { panic!("as if by a bug") })
        .await;
    assert!(matches!(lost, Err(StoreError::Engine { .. })), "{lost:?}");
    let after = store.begin_run("harvest").await;
    assert!(matches!(after, Err(StoreError::Engine { .. })), "{after:?}");
    assert!(
        store.sources().await.unwrap().is_empty(),
        "readers are not concerned"
    );
}

#[tokio::test]
async fn per_item_queries_use_an_index() {
    let dir = tempfile::tempdir().unwrap();
    let store =
        SqliteStore::create_or_open(dir.path().join("a.db"), Access::Write { create: true })
            .unwrap();
    let plan = async |query: String| {
        let explain = store.read(move |conn| {
            let mut statement = conn.prepare(&format!("EXPLAIN QUERY PLAN {query}"))?;
            let mut rows = statement.raw_query();
            let mut plan = Vec::new();
            while let Some(row) = rows.next()? {
                plan.push(row.get::<_, String>(3)?);
            }
            Ok(plan.join("; "))
        });
        explain.await.unwrap()
    };
    let listed = Dialect::Sqlite.numbers("$2", "page_no");
    let join = Dialect::Sqlite.lookup_join();
    let pages = plan(items::pages_by_number(&listed, join)).await;
    assert!(
        pages.contains("SEARCH p USING PRIMARY KEY (source_id=? AND page_no=?)"),
        "{pages}"
    );
    let groups = plan(groups::by_content(Dialect::Sqlite)).await;
    assert!(
        groups.contains("article_group_by_content (source_id=? AND content_hash=?)"),
        "{groups}"
    );
    let newest = plan(derive::NEWEST_RECORD.to_owned()).await;
    assert!(
        newest.contains("USING PRIMARY KEY (source_id=? AND item_no=?)"),
        "{newest}"
    );
    let batch = plan(
        "SELECT DISTINCT item_no FROM record
         WHERE source_id = 1 AND item_no > 5 AND seq + 0 > 7 AND seq + 0 <= 9 ORDER BY item_no LIMIT 10"
            .to_owned(),
    )
    .await;
    assert!(
        batch.contains("USING PRIMARY KEY") && !batch.contains("TEMP B-TREE"),
        "{batch}"
    );
}

/// A kill during the creation of a store leaves the file of before, half written over, and the journal to roll back.
#[test]
fn a_journal_left_by_a_kill_is_rolled_back_for_readers_too() {
    let dir = tempfile::tempdir().unwrap();
    let (live, left) = (dir.path().join("live.db"), dir.path().join("left.db"));
    let conn = rusqlite::Connection::open(&live).unwrap();
    // Little memory: the change goes to the file before its end.
    conn.execute_batch(
        "PRAGMA cache_size = 1; CREATE TABLE t (x); BEGIN; CREATE TABLE u (x);
         INSERT INTO u SELECT zeroblob(4000) FROM json_each('[1,2,3,4,5,6,7,8,9]');",
    )
    .unwrap();
    let journal = |path: &std::path::Path| format!("{}-journal", path.display());
    std::fs::copy(&live, &left).unwrap();
    std::fs::copy(journal(&live), journal(&left)).unwrap();
    // Another program's file; but it can be read, and says so.
    let error = open::reader(&left).map(|_| ()).unwrap_err();
    assert!(matches!(error, StoreError::NotAStore { .. }), "{error}");
    assert!(!std::path::Path::new(&journal(&left)).exists());
}

/// As on a medium that nobody can write to; a test may be run by one who can write everywhere.
#[tokio::test]
async fn an_immutable_store_is_read_without_files_beside_it() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("50% of #1?.db");
    let store = SqliteStore::create_or_open(&path, Access::Write { create: true }).unwrap();
    store.begin_run("harvest").await.unwrap();
    drop(store);
    let reading = open::Reading::beside_writer(path.clone());
    let conn = reading.immutable().connect().unwrap();
    let runs: i64 = conn
        .query_row("SELECT count(*) FROM run", [], |row| row.get(0))
        .unwrap();
    assert_eq!(runs, 1);
    let beside = |suffix: &str| guard::beside(&path, suffix);
    assert!(!beside("-wal").exists() && !beside("-shm").exists());
}
