//! The PostgreSQL engine: the conformance suite, and what is this engine's own.

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;
    use std::sync::Arc;
    use std::time::Duration;

    use offprint::internals::store::copy::copy;
    use offprint::internals::store::{
        Access, ArticleRow, Batch, ItemNo, LeaseStore as _, Location, PostgresStore, Scheduled,
        Selection, SourceId, SourceSpec, Store, StoreError, Visit, Window,
    };

    use crate::postgres::{Database, Server};
    use crate::store_conformance::build::{
        batch, list, live, page, source_and_stream, spec, tombstone, window,
    };
    use crate::store_conformance::{Engine, conformance};

    struct Postgres(Database);

    impl Postgres {
        fn new() -> Self {
            Self(Database::new())
        }
    }

    impl Engine for Postgres {
        async fn open(&self) -> Arc<dyn Store> {
            let access = Access::Write { create: true };
            Arc::new(PostgresStore::open(&self.0.url(), access).await.unwrap())
        }
    }

    conformance!(Postgres::new());

    async fn open(url: &str, create: bool) -> Result<PostgresStore, StoreError> {
        PostgresStore::open(url, Access::Write { create }).await
    }

    #[tokio::test]
    async fn creates_a_missing_database_only_on_request() {
        let database = Database::new();
        let url = database.url();
        assert!(matches!(
            open(&url, false).await,
            Err(StoreError::Missing { .. })
        ));
        assert!(matches!(
            PostgresStore::open(&url, Access::Read).await,
            Err(StoreError::Missing { .. })
        ));
        // Several at once: the first makes it, the others find it.
        let all = futures_util::future::join_all((0..4).map(|_| open(&url, true))).await;
        assert!(all.iter().all(Result::is_ok), "{all:?}");
        let reader = PostgresStore::open(&url, Access::Read).await.unwrap();
        let refused = reader.begin_run("harvest").await;
        assert!(
            matches!(refused, Err(StoreError::Engine { .. })),
            "{refused:?}"
        );
        let nowhere = url.replace(&database.name, "no_such_database");
        assert!(matches!(
            open(&nowhere, true).await,
            Err(StoreError::Missing { .. })
        ));
    }

    #[tokio::test]
    async fn stores_of_another_schema_and_foreign_ones_are_refused_by_name() {
        let database = Database::new();
        open(&database.url(), true).await.unwrap();
        database.run("UPDATE meta SET value = '99' WHERE key = 'schema_version'");
        let refused = open(&database.url(), true).await;
        assert!(
            matches!(refused, Err(StoreError::Newer { found: 99, .. })),
            "{refused:?}"
        );
        database.run("UPDATE meta SET value = '1' WHERE key = 'schema_version'");
        let refused = open(&database.url(), true).await;
        assert!(
            matches!(refused, Err(StoreError::Older { found: 1, .. })),
            "{refused:?}"
        );
        let foreign = Database::new();
        foreign.run("CREATE TABLE t (x int)");
        let refused = open(&foreign.url(), true).await;
        assert!(
            matches!(refused, Err(StoreError::NotAStore { .. })),
            "{refused:?}"
        );
        foreign.run("CREATE TABLE meta (x int)");
        let refused = open(&foreign.url(), true).await;
        assert!(
            matches!(refused, Err(StoreError::NotAStore { .. })),
            "{refused:?}"
        );
    }

    #[tokio::test]
    async fn a_server_that_is_not_there_is_named_without_the_password() {
        let free = std::net::TcpListener::bind("127.0.0.1:0")
            .unwrap()
            .local_addr()
            .unwrap()
            .port();
        let error = open(&format!("postgres://me:s3cret@127.0.0.1:{free}/x"), true)
            .await
            .unwrap_err();
        assert!(matches!(error, StoreError::Away { .. }), "{error:?}");
        assert!(
            error.to_string().contains("postgres://***@127.0.0.1"),
            "{error}"
        );
        assert!(!format!("{error:?}").contains("s3cret"));
    }

    /// The tables as `docs/fleet.md` parts them for very large collections.
    fn parted() -> String {
        let mut sql = include_str!("../../src/store/postgres/schema.sql").to_owned();
        for table in [
            "record",
            "record_old",
            "item",
            "page",
            "page_body",
            "article",
            "article_key",
        ] {
            let begins = sql.find(&format!("CREATE TABLE {table} (")).unwrap();
            let ends = begins + sql[begins..].find("\n)").unwrap() + 2;
            let rest = sql.split_off(ends);
            let (_settings, rest) = rest.split_once(';').unwrap();
            sql.push_str(" PARTITION BY HASH (source_id);");
            for part in 0..3 {
                write!(
                    sql,
                    "CREATE TABLE {table}_{part} PARTITION OF {table}
                     FOR VALUES WITH (MODULUS 3, REMAINDER {part});"
                )
                .unwrap();
            }
            sql.push_str(rest);
        }
        sql + "INSERT INTO meta VALUES ('schema_version', '13'), ('store_uuid', 'parted')"
    }

    #[tokio::test]
    async fn partitions_make_no_difference() {
        let (plain, database) = (Database::new(), Database::new());
        database.run(&parted());
        let mut told = Vec::new();
        for database in [&plain, &database] {
            let store = open(&database.url(), true).await.unwrap();
            for n in 1..=5 {
                let source = store.open_source(&spec(&format!("s{n}"))).await.unwrap();
                let stream = store.open_stream(&source, "oai_dc", None).await.unwrap();
                for content in ["1", "2"] {
                    let records = [live("a", content), live("b", "1"), tombstone("c")];
                    let pages = vec![page(1, &records)];
                    let tally = store
                        .commit(&source, list(&stream, n, pages))
                        .await
                        .unwrap();
                    told.push(format!("{tally:?}"));
                }
                let items = store
                    .items(source.source_id, Selection::All, ItemNo(0), 10)
                    .await
                    .unwrap();
                told.push(format!(
                    "{:?}",
                    items
                        .iter()
                        .map(|item| &item.identifier)
                        .collect::<Vec<_>>()
                ));
            }
            assert_eq!(store.check().await.unwrap(), Vec::<String>::new());
        }
        let parts =
            database.run("SELECT count(*) FROM pg_class WHERE relispartition AND relkind = 'r'");
        assert_eq!(parts, "21", "seven tables in three parts each");
        let (plain, parted) = told.split_at(told.len() / 2);
        assert_eq!(plain, parted);
    }

    fn scheduled(name: &str) -> Scheduled {
        Scheduled {
            name: name.to_owned(),
            base_url: format!("https://{name}.example.org/oai"),
            group: None,
            plan: "{}".to_owned(),
            period: Some(Duration::from_hours(24)),
            priority: 0,
        }
    }

    /// The names of what is due, each visited as failed.
    async fn visit_due(store: &PostgresStore) -> Vec<String> {
        let mut names = Vec::new();
        for lease in store.lease("w", 10, Duration::from_mins(1)).await.unwrap() {
            for due in store.due(&lease, 10).await.unwrap() {
                let failed = store.visited(&lease, &due.name, Visit::Failed, Some("refused"));
                failed.await.unwrap();
                names.push(due.name);
            }
            store.release(&lease).await.unwrap();
        }
        names.sort();
        names
    }

    #[tokio::test]
    async fn a_source_is_scheduled_before_it_has_answered() {
        let database = Database::new();
        let store = open(&database.url(), true).await.unwrap();
        let both = [scheduled("a"), scheduled("b")];
        assert_eq!(store.schedule(&both).await.unwrap(), 2);
        assert_eq!(store.schedule(&both).await.unwrap(), 0, "as noted before");
        assert_eq!(visit_due(&store).await, ["a", "b"]);
        assert_eq!(store.sources().await.unwrap(), []);
        let attempts = &store.source_settings().await.unwrap()[0].attempts;
        assert_eq!(
            (attempts.failures, attempts.error.as_deref()),
            (1, Some("refused"))
        );
        assert_eq!(visit_due(&store).await, [""; 0], "after the first pause");
    }

    #[tokio::test]
    async fn a_due_time_that_a_clock_ahead_has_left_is_not_trusted() {
        let database = Database::new();
        let store = open(&database.url(), true).await.unwrap();
        store.schedule(&[scheduled("a")]).await.unwrap();
        database.run("UPDATE source_setting SET next_due = next_due + 86400000000 * 3650");
        database.run("UPDATE host SET next_due = next_due + 86400000000 * 3650");
        assert_eq!(visit_due(&store).await, [""; 0]);
        store.schedule(&[scheduled("a")]).await.unwrap();
        assert_eq!(visit_due(&store).await, ["a"]);
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn waiting_commands_notice_a_released_lock() {
        let database = Database::new();
        let waiting = open(&database.url(), true).await.unwrap();
        let leaving = open(&database.url(), true).await.unwrap();
        let minutes = std::time::Duration::from_mins(10);
        let waited = tokio::spawn(async move { waiting.wait(minutes).await });
        // It may not listen yet when it is told first.
        let told = async {
            while !waited.is_finished() {
                leaving.leave("another").await.unwrap();
            }
        };
        tokio::time::timeout(minutes / 10, told)
            .await
            .expect("nothing was heard");
    }

    /// A database that has not looked at its tables yet takes them for nearly empty: what is looked up by its key must
    /// be, all the same. A new collection would be harvested the slower the more there is of it.
    #[tokio::test]
    async fn without_statistics_a_commit_reads_no_more_than_it_touches() {
        const COMMITS: i64 = 60;
        const RECORDS: i64 = 50;
        let database = Database::new();
        let store = open(&database.url(), true).await.unwrap();
        for table in ["item", "record", "forgotten"] {
            database.run(&format!(
                "ALTER TABLE {table} SET (autovacuum_enabled = off)"
            ));
        }
        let (source, stream) = source_and_stream(&store).await;
        let records = |first: i64| -> Vec<_> {
            (first..first + RECORDS)
                .map(|n| live(&format!("r{n}"), "1"))
                .collect()
        };
        for commit in 0..COMMITS {
            let windows = vec![Window {
                seen: (commit + 1) * RECORDS,
                ..window(1, 1)
            }];
            let pages = vec![page(1, &records(commit * RECORDS))];
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
        }
        drop(store);
        // A connection counts what it read when it ends.
        while database
            .run("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()")
            != "1"
        {
            tokio::task::yield_now().await;
        }
        let read = database.run(
            "SELECT sum(seq_tup_read + coalesce(idx_tup_fetch, 0)) FROM pg_stat_user_tables
             WHERE relname IN ('item', 'record') AND n_tup_ins > 0",
        );
        let read: i64 = read.parse().unwrap();
        let all = COMMITS * RECORDS;
        assert!(read < 10 * all, "{read} rows were read for {all} records");
    }

    /// A server that crashes between commits, and in the middle of them.
    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn committed_pages_survive_a_server_restart_once() {
        let folder = tempfile::tempdir().unwrap();
        // The server's own user has to reach its folder.
        std::fs::set_permissions(
            folder.path(),
            std::os::unix::fs::PermissionsExt::from_mode(0o755),
        )
        .unwrap();
        let server = Arc::new(Server::own(folder.path()));
        let database = server.database();
        let store = Arc::new(open(&database.url(), true).await.unwrap());
        let (source, stream) = source_and_stream(&*store).await;
        let writer = {
            let (store, source) = (Arc::clone(&store), source.clone());
            tokio::spawn(async move {
                for n in 0..60_i64 {
                    let pages = vec![page(
                        1,
                        &[live(&format!("r{n}"), "1"), live("same", &n.to_string())],
                    )];
                    let windows = vec![Window {
                        seen: 2 * (n + 1),
                        ..window(1, 1)
                    }];
                    let tally = store
                        .commit(
                            &source,
                            Batch {
                                windows,
                                ..batch(&stream, pages)
                            },
                        )
                        .await
                        .unwrap();
                    assert_eq!(tally.new, if n == 0 { 2 } else { 1 }, "commit {n}");
                }
            })
        };
        for how in ["immediate", "fast"] {
            tokio::time::sleep(std::time::Duration::from_millis(150)).await;
            let stopped = Arc::clone(&server);
            tokio::task::spawn_blocking(move || {
                stopped.stop(how);
                stopped.start_again();
            })
            .await
            .unwrap();
        }
        writer.await.unwrap();
        assert_eq!(store.check().await.unwrap(), Vec::<String>::new());
        assert_eq!(store.counts(source.source_id).await.unwrap().live, 61);
        assert_eq!(
            database.run("SELECT count(*) FROM page"),
            "60",
            "each page once"
        );
        assert_eq!(database.run("SELECT seq FROM source"), "120");
    }

    /// Changes of many writers at once: whoever reads up to a source's number misses none.
    #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
    async fn no_change_is_missed_whatever_the_order_of_commits() {
        let database = Database::new();
        let store = Arc::new(open(&database.url(), true).await.unwrap());
        let spec = |n: i64| SourceSpec {
            name: None,
            base_url: format!("https://example.org/{n}/oai"),
        };
        let mut sources = Vec::new();
        let mut writers = Vec::new();
        for n in 0..4 {
            let source = store.open_source(&spec(n)).await.unwrap();
            let stream = store.open_stream(&source, "oai_dc", None).await.unwrap();
            sources.push(source.source_id);
            let store = Arc::clone(&store);
            writers.push(tokio::spawn(async move {
                for m in 0..40_i64 {
                    let pages = vec![page(1, &[live(&format!("r{m}"), "1")])];
                    let windows = vec![Window {
                        seen: m + 1,
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
                }
            }));
        }
        // Several derive the same sources meanwhile, as workers and exports do.
        for _ in 0..2 {
            let (store, sources) = (Arc::clone(&store), sources.clone());
            writers.push(tokio::spawn(async move {
                for round in 0..30_u64 {
                    for &source_id in &sources {
                        let begun = store.begin_derive(source_id, "0").await;
                        let items = store
                            .items(source_id, Selection::All, ItemNo(0), 100)
                            .await
                            .unwrap();
                        let row = |item: &offprint::internals::store::StoredItem| ArticleRow {
                            item_no: item.item_no,
                            record_seq: item.records.iter().map(|record| record.seq).max().unwrap(),
                            deleted: false,
                            hash: round / 10,
                            codes: Vec::new(),
                            keys: vec![("doi".to_owned(), format!("10.1/{}", item.item_no))],
                            ..ArticleRow::default()
                        };
                        let rows: Vec<_> = items.iter().map(row).collect();
                        let mut deriving = begun.unwrap();
                        let put = store.put_articles(source_id, &mut deriving, rows);
                        put.await.unwrap();
                    }
                }
            }));
        }
        // The reader goes from number to number, and keeps what it was told.
        let mut seen: std::collections::HashMap<(SourceId, ItemNo), i64> =
            std::collections::HashMap::new();
        let mut at: std::collections::HashMap<SourceId, i64> = std::collections::HashMap::new();
        loop {
            let ended = writers.iter().all(tokio::task::JoinHandle::is_finished);
            for source in store.sources().await.unwrap() {
                let after = at.insert(source.source_id, source.seq).unwrap_or(0);
                let span = Selection::Changed {
                    after,
                    upto: source.seq,
                };
                for item in store
                    .items(source.source_id, span, ItemNo(0), 1000)
                    .await
                    .unwrap()
                {
                    let article = item.article.unwrap();
                    seen.insert((source.source_id, item.item_no), article.seq);
                }
            }
            if ended {
                break;
            }
        }
        for writer in writers {
            writer.await.unwrap();
        }
        for &source_id in &sources {
            let items = store
                .items(source_id, Selection::All, ItemNo(0), 1000)
                .await
                .unwrap();
            assert_eq!(items.len(), 40);
            for item in items {
                if let Some(article) = item.article {
                    assert_eq!(
                        seen.get(&(source_id, item.item_no)),
                        Some(&article.seq),
                        "of source {source_id}"
                    );
                }
            }
        }
        assert_eq!(store.check().await.unwrap(), Vec::<String>::new());
    }

    #[tokio::test]
    async fn a_store_is_copied_either_way_and_stays_the_same() {
        let folder = tempfile::tempdir().unwrap();
        let file = |name: &str| Location::File(folder.path().join(name));
        let create = Access::Write { create: true };
        let first = file("a.db").open(create).await.unwrap();
        let (source, stream) = source_and_stream(&*first).await;
        let run = first.begin_run("harvest").await.unwrap();
        for contents in [["1", "1"], ["2", "1"]] {
            let pages = vec![page(
                1,
                &[
                    live("a", contents[0]),
                    live("б", contents[1]),
                    tombstone("c"),
                ],
            )];
            first
                .commit(
                    &source,
                    Batch {
                        run_no: run,
                        ..batch(&stream, pages)
                    },
                )
                .await
                .unwrap();
        }
        first.end_run(run, "complete", "{}").await.unwrap();
        first.forget(source.source_id, "c").await.unwrap();
        let databases = [Database::new(), Database::new()];
        let there = Location::Postgres(databases[0].url())
            .open(create)
            .await
            .unwrap();
        let elsewhere = Location::Postgres(databases[1].url())
            .open(create)
            .await
            .unwrap();
        let back = file("b.db").open(create).await.unwrap();
        let mut sums = Vec::new();
        for (from, to) in [(&first, &there), (&there, &elsewhere), (&elsewhere, &back)] {
            sums.push(copy(from, to, |_| {}).await.unwrap());
            assert_eq!(to.check().await.unwrap(), Vec::<String>::new());
        }
        assert!(
            sums[0]
                .iter()
                .any(|copied| copied.table == "record_old" && copied.rows == 1),
            "{sums:?}"
        );
        assert!(sums.iter().all(|sum| *sum == sums[0]));
        assert_eq!(
            back.sources().await.unwrap(),
            first.sources().await.unwrap()
        );
        let refused = copy(&first, &there, |_| {}).await;
        assert!(
            matches!(refused, Err(StoreError::Invalid(_))),
            "it is not empty any more: {refused:?}"
        );
        // And it continues there.
        let spec = SourceSpec {
            name: None,
            base_url: "https://other.example/oai".to_owned(),
        };
        let other = there.open_source(&spec).await.unwrap();
        assert!(other.source_id > source.source_id);
        assert!(there.begin_run("harvest").await.unwrap() > run);
    }

    /// Measures the database's throughput and the size of a record. A measurement: `make fleet` prints it, of
    /// `OFFPRINT_RECORDS` records (240,000).
    #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
    #[ignore = "a measurement"]
    async fn records_a_second() {
        const SOURCES: i64 = 4;
        const PAGES: i64 = 10;
        const RECORDS: i64 = 100;
        let wanted =
            std::env::var("OFFPRINT_RECORDS").map_or(240_000, |number| number.parse().unwrap());
        let commits = (wanted / (SOURCES * PAGES * RECORDS)).max(1);
        let database = Database::new();
        let store = Arc::new(open(&database.url(), true).await.unwrap());
        let spec = |n: i64| SourceSpec {
            name: None,
            base_url: format!("https://example.org/{n}/oai"),
        };
        let all = SOURCES * commits * PAGES * RECORDS;
        for content in ["first", "second"] {
            let began = std::time::Instant::now();
            let mut writers = Vec::new();
            for n in 0..SOURCES {
                let source = store.open_source(&spec(n)).await.unwrap();
                let stream = store.open_stream(&source, "oai_dc", None).await.unwrap();
                let store = Arc::clone(&store);
                writers.push(tokio::spawn(async move {
                    let mut seen = 0;
                    for commit in 0..commits {
                        let text =
                            "Words as they stand in a record of an article. ".repeat(12) + content;
                        let one = |page_no: i64| {
                            let first = (commit * PAGES + page_no) * RECORDS;
                            let name = |n| format!("oai:ojs.example.org:article/{n}");
                            let records: Vec<_> = (first..first + RECORDS)
                                .map(|n| live(&name(n), &format!("{n} {text}")))
                                .collect();
                            page(1, &records)
                        };
                        let pages = (0..PAGES).map(one).collect();
                        seen += PAGES * RECORDS;
                        let windows = vec![Window {
                            seen,
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
                    }
                }));
            }
            for writer in writers {
                writer.await.unwrap();
            }
            let seconds = u32::try_from(began.elapsed().as_millis()).unwrap();
            println!(
                "{content}: {all} records in {seconds} ms: {} a second",
                all * 1000 / i64::from(seconds)
            );
            println!("{}", database.run(
                "SELECT relname, pg_size_pretty(pg_total_relation_size(oid)),
                        pg_total_relation_size(oid) / greatest((SELECT count(*) FROM record), 1) AS bytes_a_record
                 FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace
                 ORDER BY pg_total_relation_size(oid) DESC LIMIT 5",
            ));
        }
    }
}
