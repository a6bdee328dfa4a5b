//! The SQLite engine: the conformance suite, and what is this engine's own.

#[cfg(test)]
mod tests {
    use std::path::Path;
    use std::sync::Arc;

    use offprint::internals::store::{
        Access, Batch, ItemNo, Selection, SourceSpec, SqliteStore, Store, StoreError, Window,
    };
    use rusqlite::Connection;

    use crate::store_conformance::build::{batch, list, live, page, source_and_stream, window};
    use crate::store_conformance::{Engine, conformance};

    struct Sqlite(tempfile::TempDir);

    impl Sqlite {
        fn new() -> Self {
            Self(tempfile::tempdir().unwrap())
        }

        fn path(&self) -> std::path::PathBuf {
            self.0.path().join("offprint.db")
        }

        fn write(&self) -> SqliteStore {
            SqliteStore::create_or_open(self.path(), Access::Write { create: true }).unwrap()
        }
    }

    impl Engine for Sqlite {
        async fn open(&self) -> Arc<dyn Store> {
            Arc::new(self.write())
        }
    }

    conformance!(Sqlite::new());

    fn open(path: &Path, create: bool) -> Result<SqliteStore, StoreError> {
        SqliteStore::create_or_open(path, Access::Write { create })
    }

    fn number(path: &Path, query: &str) -> i64 {
        Connection::open(path)
            .unwrap()
            .query_row(query, [], |row| row.get(0))
            .unwrap()
    }

    fn change(path: &Path, sql: &str) {
        Connection::open(path).unwrap().execute_batch(sql).unwrap();
    }

    #[test]
    fn creates_a_missing_store_only_on_request() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.db");
        assert!(matches!(
            open(&path, false),
            Err(StoreError::Missing { .. })
        ));
        assert!(matches!(
            SqliteStore::open_read(&path),
            Err(StoreError::Missing { .. })
        ));
        assert_eq!(
            std::fs::read_dir(dir.path()).unwrap().count(),
            0,
            "and nothing is left behind"
        );
        drop(open(&path, true).unwrap());
        drop(open(&path, false).unwrap());
        drop(SqliteStore::open_read(&path).unwrap());
        let nowhere = dir.path().join("no/such/place.db");
        assert!(matches!(
            open(&nowhere, true),
            Err(StoreError::Unusable { .. })
        ));
    }

    #[test]
    fn creation_fixes_the_shape_of_the_file() {
        let engine = Sqlite::new();
        drop(engine.write());
        assert_eq!(number(&engine.path(), "PRAGMA page_size"), 8192);
        assert_eq!(number(&engine.path(), "PRAGMA auto_vacuum"), 2);
        let mode: String = Connection::open(engine.path())
            .unwrap()
            .query_row("PRAGMA journal_mode", [], |row| row.get(0))
            .unwrap();
        assert_eq!(mode, "wal");
        let uuid: String = Connection::open(engine.path())
            .unwrap()
            .query_row(
                "SELECT value FROM meta WHERE key = 'store_uuid'",
                [],
                |row| row.get(0),
            )
            .unwrap();
        assert!(uuid::Uuid::parse_str(&uuid).is_ok());
    }

    #[test]
    fn one_process_writes_and_its_lock_goes_with_it() {
        let engine = Sqlite::new();
        let first = engine.write();
        assert!(matches!(
            open(&engine.path(), true),
            Err(StoreError::Locked { .. })
        ));
        #[cfg(unix)]
        {
            let link = engine.0.path().join("other-name.db");
            std::os::unix::fs::symlink(engine.path(), &link).unwrap();
            assert!(
                matches!(open(&link, false), Err(StoreError::Locked { .. })),
                "whatever it is called"
            );
        }
        drop(first);
        drop(open(&engine.path(), false).unwrap());
    }

    #[tokio::test]
    async fn readers_work_beside_the_writer() {
        let engine = Sqlite::new();
        let writer = engine.write();
        let reader = SqliteStore::open_read(engine.path()).unwrap();
        assert!(reader.sources().await.unwrap().is_empty());
        let (source, stream) = source_and_stream(&writer).await;
        writer
            .commit(&source, batch(&stream, vec![page(1, &[live("a", "1")])]))
            .await
            .unwrap();
        assert_eq!(reader.counts(source.source_id).await.unwrap().live, 1);
        drop(writer);
        assert_eq!(
            reader
                .items(source.source_id, Selection::All, ItemNo(0), 9)
                .await
                .unwrap()
                .len(),
            1
        );
        let refused = reader.begin_run("harvest").await;
        assert!(
            matches!(refused, Err(StoreError::Engine { .. })),
            "{refused:?}"
        );
    }

    #[test]
    fn other_files_are_refused_and_left_alone() {
        let dir = tempfile::tempdir().unwrap();
        let text = dir.path().join("notes.txt");
        std::fs::write(
            &text,
            "a shopping list that is long enough to be a header of something else. ".repeat(9),
        )
        .unwrap();
        let foreign = dir.path().join("foreign.db");
        change(&foreign, "PRAGMA application_id = 7; CREATE TABLE t (x)");
        let nameless = dir.path().join("nameless.db");
        change(&nameless, "CREATE TABLE t (x)");
        let short = dir.path().join("short");
        std::fs::write(&short, "x").unwrap();
        for path in [
            &text,
            &foreign,
            &nameless,
            &short,
            &dir.path().to_path_buf(),
        ] {
            let before = std::fs::read(path).ok();
            for result in [
                open(path, true),
                open(path, false),
                SqliteStore::open_read(path),
            ] {
                assert!(
                    matches!(result, Err(StoreError::NotAStore { .. })),
                    "{path:?}: {result:?}"
                );
            }
            assert_eq!(std::fs::read(path).ok(), before, "{path:?}");
        }
    }

    #[test]
    fn turns_an_empty_file_into_a_store_only_on_request() {
        let engine = Sqlite::new();
        std::fs::write(engine.path(), "").unwrap();
        assert!(matches!(
            open(&engine.path(), false),
            Err(StoreError::NotAStore { .. })
        ));
        assert!(matches!(
            SqliteStore::open_read(engine.path()),
            Err(StoreError::NotAStore { .. })
        ));
        drop(engine.write());
        assert_eq!(number(&engine.path(), "PRAGMA page_size"), 8192);
    }

    #[test]
    fn refuses_a_store_of_another_schema() {
        let engine = Sqlite::new();
        drop(engine.write());
        change(
            &engine.path(),
            "UPDATE meta SET value = '99' WHERE key = 'schema_version'",
        );
        for refused in [
            open(&engine.path(), true).map(drop),
            SqliteStore::open_read(engine.path()).map(drop),
        ] {
            assert!(
                matches!(refused, Err(StoreError::Newer { found: 99, .. })),
                "{refused:?}"
            );
        }
        change(
            &engine.path(),
            "UPDATE meta SET value = '1' WHERE key = 'schema_version'",
        );
        for refused in [
            open(&engine.path(), true).map(drop),
            SqliteStore::open_read(engine.path()).map(drop),
        ] {
            assert!(
                matches!(refused, Err(StoreError::Older { found: 1, .. })),
                "{refused:?}"
            );
        }
    }

    #[tokio::test]
    async fn a_page_without_news_keeps_its_row_and_no_body() {
        let engine = Sqlite::new();
        let store = engine.write();
        let (source, stream) = source_and_stream(&store).await;
        let pages = || vec![page(1, &[live("a", "1"), live("b", "1")])];
        for keep_all in [false, false, true] {
            let batch = Batch {
                keep_all,
                ..batch(&stream, pages())
            };
            store.commit(&source, batch).await.unwrap();
        }
        assert_eq!(number(&engine.path(), "SELECT count(*) FROM page"), 3);
        let bodies = "SELECT group_concat(page_no) || '' = '1,3' FROM page_body";
        assert_eq!(
            number(&engine.path(), bodies),
            1,
            "the first brought news, the last was kept"
        );
        assert_eq!(number(&engine.path(), "SELECT count(*) FROM record_old"), 0);
    }

    #[tokio::test]
    async fn superseded_versions_go_to_the_history() {
        let engine = Sqlite::new();
        let store = engine.write();
        let (source, stream) = source_and_stream(&store).await;
        for content in ["1", "2", "3"] {
            let batch = batch(&stream, vec![page(1, &[live("a", content)])]);
            store.commit(&source, batch).await.unwrap();
        }
        let history =
            "SELECT group_concat(seq || '@' || page_no) || '' = '1@1,2@2' FROM record_old";
        assert_eq!(number(&engine.path(), history), 1);
        assert_eq!(number(&engine.path(), "SELECT count(*) FROM page_body"), 3);
    }

    #[tokio::test]
    async fn damage_is_named_and_found() {
        let engine = Sqlite::new();
        let store = engine.write();
        let (source, stream) = source_and_stream(&store).await;
        let pages = vec![
            page(1, &[live("a", &"long ".repeat(100))]),
            page(1, &[live("b", "1")]),
        ];
        store.commit(&source, batch(&stream, pages)).await.unwrap();
        assert!(store.check().await.unwrap().is_empty());
        change(
            &engine.path(),
            "UPDATE page_body SET body = substr(body, 1, 40) || x'00' || substr(body, 42) WHERE page_no = 1",
        );
        let damaged = store
            .items(source.source_id, Selection::All, ItemNo(0), 9)
            .await
            .unwrap_err();
        assert!(
            matches!(&damaged, StoreError::Damaged(what) if what.contains("page 1 of source")),
            "{damaged}"
        );
        let rest = store
            .items(source.source_id, Selection::All, ItemNo(1), 9)
            .await
            .unwrap();
        assert_eq!(rest[0].identifier, "b", "what is sound can be read");
        let complaints = store.check().await.unwrap();
        assert_eq!(complaints.len(), 1, "{complaints:?}");
        assert!(complaints[0].contains("page 1"));
    }

    #[tokio::test]
    async fn check_finds_each_broken_rule() {
        let engine = Sqlite::new();
        let store = engine.write();
        let (source, stream) = source_and_stream(&store).await;
        let pages = vec![
            page(1, &[live("a", "1"), live("b", "1")]),
            page(1, &[live("a", "2")]),
        ];
        let windows = vec![Window {
            seen: 3,
            token: Some("t".into()),
            ..window(1, 1)
        }];
        store
            .commit(
                &source,
                Batch {
                    windows,
                    ..batch(&stream, pages)
                },
            )
            .await
            .unwrap();
        assert!(store.check().await.unwrap().is_empty());
        let breaks = [
            (
                "DELETE FROM page_body WHERE page_no = 1",
                "body is not there",
            ),
            ("DELETE FROM page WHERE page_no = 2", "has no page"),
            (
                "UPDATE record SET len = 100000 WHERE item_no = 1",
                "do not hold",
            ),
            (
                "UPDATE record SET seq = 1 WHERE item_no = 2",
                "is used 2 times",
            ),
            (
                "UPDATE record SET seq = 99 WHERE item_no = 2",
                "above the source's 3",
            ),
            ("UPDATE source SET derived_seq = 4", "derived up to 4"),
            ("UPDATE record_old SET seq = 1000", "newer than its newest"),
            ("UPDATE source SET next_item = 2", "hands out item 2"),
            ("UPDATE source SET next_page = 2", "hands out page 2"),
            (
                "UPDATE page SET sha256 = x'00' WHERE page_no = 2",
                "does not have its sha256",
            ),
            (
                "UPDATE page SET head = '' WHERE page_no = 2",
                "unreadable head",
            ),
            ("UPDATE page SET seq_to = 0 WHERE page_no = 2", "seq falls"),
            ("UPDATE harvest_window SET seen = 7", "counts 7 records"),
            (
                "UPDATE harvest_window SET first_page = 9",
                "no page it came on",
            ),
            (
                "UPDATE stream SET last_complete_list = 1",
                "is complete, but its window 1 is open",
            ),
            ("DELETE FROM item WHERE item_no = 2", "has no item"),
            (
                "INSERT INTO article VALUES (1, 9, 3, 3, 3, 0, 0, 0, 1, 2, 3, x'')",
                "has no record",
            ),
            (
                "INSERT INTO article VALUES (1, 9, 3, 3, 3, 0, 0, 0, 1, 2, 3, x'')",
                "is in a group that is not there",
            ),
            (
                "INSERT INTO article_group VALUES (1, 1, 'codes', '[]', 0, 3)",
                "group 1 counts 3 articles, and has 0",
            ),
            ("DELETE FROM source", "which is not there"),
            ("UPDATE stream SET format_no = 5", "format without stream"),
        ];
        drop(store);
        let sound = std::fs::read(engine.path()).unwrap();
        for (sql, complaint) in breaks {
            std::fs::write(engine.path(), &sound).unwrap();
            change(&engine.path(), sql);
            let found = SqliteStore::open_read(engine.path())
                .unwrap()
                .check()
                .await
                .unwrap();
            assert!(
                found.iter().any(|c| c.contains(complaint)),
                "{sql}: {found:?}"
            );
        }
    }

    #[tokio::test]
    async fn a_source_is_named_after_its_url() {
        let engine = Sqlite::new();
        let store = engine.write();
        let mut names = Vec::new();
        for url in [
            "http://example.org/a/oai",
            "http://example.org/a/request",
            "http://example.org/oai",
        ] {
            let spec = SourceSpec {
                name: None,
                base_url: url.to_owned(),
            };
            names.push(store.open_source(&spec).await.unwrap().name);
        }
        assert_eq!(names, ["example-org-a", "example-org-a-2", "example-org"]);
        assert_eq!(
            number(
                &engine.path(),
                "SELECT count(*) FROM host WHERE name = 'example.org:80'"
            ),
            1
        );
    }

    #[cfg(unix)]
    #[tokio::test]
    async fn files_of_a_store_are_for_their_owner_alone() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let mode_of = |name: &str| {
            let file = std::fs::metadata(folder.path().join(name)).unwrap();
            file.permissions().mode() & 0o777
        };
        for (name, mode) in [("a.db", "0600"), ("b.db", "0640")] {
            let mode: offprint::internals::store::FileMode = mode.parse().unwrap();
            let path = folder.path().join(name);
            let store = SqliteStore::open(&path, Access::Write { create: true }, mode).unwrap();
            source_and_stream(&store).await;
            for suffix in ["", "-wal", "-shm", ".lock"] {
                let name = format!("{name}{suffix}");
                assert_eq!(mode_of(&name), mode.bits(), "{name}");
            }
        }
    }

    #[tokio::test]
    async fn refuses_to_write_to_a_store_that_was_removed_moved_or_replaced() {
        type Harm = fn(&std::path::Path);
        let folder = tempfile::tempdir().unwrap();
        let harms: [Harm; 4] = [
            |path| std::fs::remove_file(path).unwrap(),
            |path| std::fs::rename(path, path.with_extension("moved")).unwrap(),
            |path| {
                std::fs::copy(path, path.with_extension("copy")).unwrap();
                std::fs::rename(path.with_extension("copy"), path).unwrap();
            },
            |path| std::fs::remove_file(path.with_extension("db.lock")).unwrap(),
        ];
        for (n, harm) in harms.into_iter().enumerate() {
            let path = folder.path().join(format!("{n}.db"));
            let store = SqliteStore::create_or_open(&path, Access::Write { create: true }).unwrap();
            let (source, stream) = source_and_stream(&store).await;
            let batch = || list(&stream, 1, vec![page(1, &[live("a", "1")])]);
            harm(&path);
            let refused = store.commit(&source, batch()).await;
            assert!(
                matches!(refused, Err(StoreError::Replaced { .. })),
                "{n}: {refused:?}"
            );
        }
    }

    /// Memory does not depend on the size of pages: records are read in batches, one page at a time.
    #[cfg(target_os = "linux")]
    #[tokio::test]
    #[ignore = "takes a store with pages of 64 MB"]
    async fn large_pages_are_read_in_bounded_memory() {
        // What is resident at most, and since when, is the kernel's to say.
        let peak = || {
            let status = std::fs::read_to_string("/proc/self/status").unwrap();
            let line = status.lines().find(|line| line.starts_with("VmHWM:"));
            let kilobytes = line.unwrap().split_whitespace().nth(1).unwrap();
            kilobytes.parse::<u64>().unwrap() >> 10
        };
        let folder = tempfile::tempdir().unwrap();
        for (n, records) in [20_000_usize, 3].into_iter().enumerate() {
            let path = folder.path().join(format!("{n}.db"));
            let identifiers: Vec<String> = (0..records).map(|n| format!("r{n:06}")).collect();
            {
                let store =
                    SqliteStore::create_or_open(&path, Access::Write { create: true }).unwrap();
                let (source, stream) = source_and_stream(&store).await;
                let text = "words of an article ".repeat((64 << 20) / 20 / records);
                let all: Vec<_> = identifiers.iter().map(|id| live(id, &text)).collect();
                store
                    .commit(&source, list(&stream, 1, vec![page(1, &all)]))
                    .await
                    .unwrap();
            }
            let store = SqliteStore::open_read(&path).unwrap();
            let source = store.sources().await.unwrap().remove(0);
            std::fs::write("/proc/self/clear_refs", "5").unwrap();
            let (before, began) = (peak(), std::time::Instant::now());
            let (mut after, mut read) = (ItemNo::START, 0);
            loop {
                let items = store
                    .items(source.source_id, Selection::All, after, 200)
                    .await
                    .unwrap();
                let Some(last) = items.last() else { break };
                after = last.item_no;
                read += items.len();
            }
            let grown = peak().saturating_sub(before);
            println!("{records} records: {grown} MiB, {:?}", began.elapsed());
            assert_eq!(read, records);
            // The page itself, the batch (one record of 21 MB may come on top of 16 MiB), and what it is packed in.
            assert!(grown < 160, "{records} records: {grown} MiB");
        }
    }
}
