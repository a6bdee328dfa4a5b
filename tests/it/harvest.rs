//! Harvests of the sample journal, and of endpoints that are none, through the library.

use std::sync::Arc;
use std::time::Duration;

use offprint::cli::demo::DemoJournal;
use offprint::internals::harvest::{
    Extent, Harvester, Listing, NoObserver, Outcome, SourcePlan, SourceReport,
};
use offprint::internals::http::{Client, HostRate, Options, Rate};
use offprint::internals::store::{Access, ItemNo, RunNo, Selection, SqliteStore, Store as _};
use tokio_util::sync::CancellationToken;
use wiremock::matchers::{method, query_param};
use wiremock::{Mock, MockServer, ResponseTemplate};

struct Bench {
    folder: tempfile::TempDir,
    store: Arc<SqliteStore>,
}

fn open(folder: &tempfile::TempDir) -> Arc<SqliteStore> {
    let path = folder.path().join("offprint.db");
    Arc::new(SqliteStore::create_or_open(path, Access::Write { create: true }).unwrap())
}

impl Bench {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = open(&folder);
        Self { folder, store }
    }

    /// Bytes of the store when it is closed; it is open again afterwards.
    fn size(&mut self) -> u64 {
        let elsewhere = tempfile::tempdir().unwrap();
        self.store = open(&elsewhere);
        let size = std::fs::metadata(self.folder.path().join("offprint.db"))
            .unwrap()
            .len();
        self.store = open(&self.folder);
        size
    }

    async fn harvest(&self, plan: SourcePlan) -> SourceReport {
        let host = HostRate {
            rate: Rate::Unlimited,
            ..HostRate::default()
        };
        let options = Options {
            host,
            backoff: Duration::from_millis(1),
            tries: 2,
            ..Options::default()
        };
        let harvester = Harvester {
            store: self.store.clone(),
            client: Client::new(options).unwrap(),
            observer: Arc::new(NoObserver),
            cancel: CancellationToken::new(),
            run_no: self.store.begin_run("test").await.unwrap(),
        };
        let report = harvester.harvest(&plan).await.unwrap();
        assert_eq!(
            self.store.check().await.unwrap(),
            Vec::<String>::new(),
            "the store is sound"
        );
        report
    }

    async fn identifiers(&self) -> Vec<(String, bool)> {
        let source = self.store.sources().await.unwrap().remove(0);
        let items = self
            .store
            .items(source.source_id, Selection::All, ItemNo::START, 10_000)
            .await
            .unwrap();
        items
            .into_iter()
            .map(|item| (item.identifier, item.records[0].deleted))
            .collect()
    }
}

fn plan(url: &str) -> SourcePlan {
    SourcePlan {
        url: url.to_owned(),
        ..SourcePlan::default()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_journal_is_harvested_then_only_its_changes() {
    let journal = DemoJournal::start().await.unwrap();
    let bench = Bench::new();
    let first = bench.harvest(plan(journal.base_url())).await;
    assert_eq!(
        (first.tally.new, first.tally.deleted, first.tally.changed),
        (265, 6, 0)
    );
    assert_eq!((first.requests, first.outcome), (4, Outcome::Complete));

    let again = bench.harvest(plan(journal.base_url())).await;
    assert_eq!(
        (again.tally.new, again.tally.changed, again.tally.deleted),
        (0, 0, 0)
    );
    assert_eq!(again.requests, 1, "Identify is remembered");

    journal.publish_changes();
    let second = bench.harvest(plan(journal.base_url())).await;
    assert_eq!(
        (second.tally.new, second.tally.changed, second.tally.deleted),
        (1, 1, 1)
    );
    assert_eq!(
        bench
            .identifiers()
            .await
            .iter()
            .filter(|(_, deleted)| !deleted)
            .count(),
        265
    );

    let full = bench
        .harvest(SourcePlan {
            extent: Extent {
                full: true,
                ..Extent::default()
            },
            ..plan(journal.base_url())
        })
        .await;
    assert_eq!((full.tally.records, full.tally.unchanged), (272, 272));
}

#[tokio::test(flavor = "multi_thread")]
async fn sets_and_dates_limit_the_requests() {
    let journal = DemoJournal::start().await.unwrap();
    let bench = Bench::new();
    let report = bench
        .harvest(SourcePlan {
            sets: vec!["cac:RP".into()],
            ..plan(journal.base_url())
        })
        .await;
    assert_eq!(report.outcome, Outcome::Complete);
    let regional = bench.identifiers().await;
    assert!(
        regional.len() < 271
            && regional
                .iter()
                .any(|(id, _)| id == "oai:ojs.ca-c.test:article/643")
    );

    let bench = Bench::new();
    let day = Some("2020-02-23".to_owned());
    let report = bench
        .harvest(SourcePlan {
            extent: Extent {
                from: day.clone(),
                until: day,
                ..Extent::default()
            },
            ..plan(journal.base_url())
        })
        .await;
    assert_eq!(report.outcome, Outcome::Complete);
    assert!(
        bench
            .identifiers()
            .await
            .contains(&("oai:ojs.ca-c.test:article/643".to_owned(), false))
    );
    // A bounded harvest is no ground for an incremental one.
    let all = bench.harvest(plan(journal.base_url())).await;
    assert_eq!(all.tally.records, 271);
}

#[tokio::test(flavor = "multi_thread")]
async fn names_unknown_sets_and_formats() {
    let journal = DemoJournal::start().await.unwrap();
    let bench = Bench::new();
    let report = bench
        .harvest(SourcePlan {
            sets: vec!["cac:NONE".into()],
            ..plan(journal.base_url())
        })
        .await;
    assert_eq!(report.outcome, Outcome::Failed);
    assert_eq!(
        report.error.unwrap(),
        "the repository has no set \"cac:NONE\""
    );

    let report = bench
        .harvest(SourcePlan {
            prefixes: vec!["nlm".into()],
            ..plan(journal.base_url())
        })
        .await;
    assert_eq!(report.outcome, Outcome::Failed);
    assert_eq!(
        report.error.unwrap(),
        "the repository does not offer the format \"nlm\""
    );
}

/// Harvests from a server that answers everything with this.
async fn harvest_from(answer: ResponseTemplate) -> SourceReport {
    let server = MockServer::start().await;
    Mock::given(method("GET"))
        .respond_with(answer)
        .mount(&server)
        .await;
    Bench::new()
        .harvest(plan(&format!("{}/index.php/j/oai", server.uri())))
        .await
}

#[tokio::test(flavor = "multi_thread")]
async fn distinguishes_pages_that_are_not_endpoints() {
    let html = |status: u16, body: &str| {
        ResponseTemplate::new(status)
            .set_body_raw(format!("<!DOCTYPE html><html>{body}</html>"), "text/html")
    };
    let cases = [
        (html(200, "<h1>Welcome</h1>"), "status 200: a web page"),
        (
            html(403, "<title>Just a moment...</title>"),
            "status 403: a Cloudflare block page",
        ),
        (
            html(200, "<input type=\"password\">"),
            "status 200: a login page",
        ),
        (html(404, "Not Found"), "status 404: a web page"),
        (ResponseTemplate::new(403), "status 403"),
        (
            ResponseTemplate::new(200).set_body_string("<rss/>"),
            "not an OAI-PMH response: it begins with <rss>",
        ),
        (ResponseTemplate::new(200), "the response is empty"),
    ];
    for (answer, expected) in cases {
        let report = harvest_from(answer).await;
        assert_eq!(report.outcome, Outcome::Failed);
        let error = report.error.unwrap();
        assert!(error.starts_with(expected), "{error}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wall_stops_the_host_and_is_not_tried_again() {
    let server = MockServer::start().await;
    let wall = ResponseTemplate::new(403).insert_header("cf-mitigated", "challenge");
    Mock::given(method("GET"))
        .respond_with(wall)
        .expect(1)
        .mount(&server)
        .await;
    let report = Bench::new().harvest(plan(&server.uri())).await;
    assert_eq!(report.requests, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn sends_user_agent_and_contact() {
    let server = MockServer::start().await;
    Mock::given(method("GET"))
        .and(query_param("verb", "Identify"))
        .respond_with(ResponseTemplate::new(404))
        .mount(&server)
        .await;
    let bench = Bench::new();
    let options = Options {
        contact: Some("library@example.org".to_owned()),
        ..Options::default()
    };
    let harvester = Harvester {
        store: bench.store.clone(),
        client: Client::new(options).unwrap(),
        observer: Arc::new(NoObserver),
        cancel: CancellationToken::new(),
        run_no: RunNo::START,
    };
    harvester.harvest(&plan(&server.uri())).await.unwrap();
    let request = &server.received_requests().await.unwrap()[0];
    assert_eq!(request.headers["from"], "library@example.org");
    assert!(
        request.headers["user-agent"]
            .to_str()
            .unwrap()
            .starts_with("offprint/")
    );
    assert_eq!(request.headers["accept-encoding"], "gzip");
    assert!(!request.headers.contains_key("cookie"));
}

/// A server that has no tombstones, and lists these articles.
async fn list(server: &MockServer, articles: std::ops::Range<u32>) {
    server.reset().await;
    let response = |content: String| {
        let body = format!(
            "<?xml version=\"1.0\"?><OAI-PMH xmlns=\"http://www.openarchives.org/OAI/2.0/\">\
             <responseDate>2024-06-01T00:00:00Z</responseDate><request>x</request>{content}</OAI-PMH>"
        );
        ResponseTemplate::new(200).set_body_raw(body, "text/xml")
    };
    let identify = "<Identify><repositoryName>r</repositoryName><protocolVersion>2.0</protocolVersion>\
                    <earliestDatestamp>2024-01-01</earliestDatestamp><deletedRecord>no</deletedRecord>\
                    <granularity>YYYY-MM-DD</granularity></Identify>";
    let record = |n: u32| {
        format!(
            "<record><header><identifier>oai:r:{n}</identifier><datestamp>2024-05-01</datestamp></header>\
             <metadata><dc><title>{n}</title></dc></metadata></record>"
        )
    };
    let records = articles.map(record).collect::<Vec<_>>().concat();
    for (verb, content) in [
        ("Identify", identify.to_owned()),
        (
            "ListRecords",
            format!("<ListRecords>{records}</ListRecords>"),
        ),
    ] {
        Mock::given(query_param("verb", verb))
            .respond_with(response(content))
            .mount(server)
            .await;
    }
}

/// Old OJS without path info has the journal in the query, and it belongs to each request.
#[tokio::test(flavor = "multi_thread")]
async fn arguments_of_the_address_go_with_each_request() {
    let server = MockServer::start().await;
    list(&server, 0..3).await;
    let stray = wiremock::matchers::query_param_is_missing("journal");
    Mock::given(stray)
        .respond_with(ResponseTemplate::new(500))
        .with_priority(1)
        .mount(&server)
        .await;
    let bench = Bench::new();
    for _ in 0..2 {
        let report = bench
            .harvest(plan(&format!(
                "{}/index.php?journal=x&page=oai",
                server.uri()
            )))
            .await;
        assert_eq!(
            (report.outcome, report.tally.records),
            (Outcome::Complete, 3),
            "{report}"
        );
    }
    for request in server.received_requests().await.unwrap() {
        assert!(
            request
                .url
                .query()
                .unwrap()
                .starts_with("journal=x&page=oai&verb="),
            "{}",
            request.url
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn missing_records_vanish_unless_they_are_too_many() {
    let server = MockServer::start().await;
    let bench = Bench::new();
    let live = async || {
        bench
            .identifiers()
            .await
            .iter()
            .filter(|(_, deleted)| !deleted)
            .count()
    };
    list(&server, 0..31).await;
    bench.harvest(plan(&server.uri())).await;
    assert_eq!(live().await, 31);

    // An incremental list tells nothing of what it does not hold.
    list(&server, 0..3).await;
    let report = bench.harvest(plan(&server.uri())).await;
    assert_eq!((report.outcome, live().await), (Outcome::Complete, 31));

    list(&server, 2..31).await;
    let full = SourcePlan {
        extent: Extent {
            reconcile: true,
            ..Extent::default()
        },
        ..plan(&server.uri())
    };
    let report = bench.harvest(full.clone()).await;
    assert_eq!((report.tally.deleted, live().await), (2, 29));

    list(&server, 20..31).await;
    let report = bench.harvest(full.clone()).await;
    assert_eq!((report.outcome, live().await), (Outcome::Incomplete, 29));
    assert!(
        report.losses[0].reason.contains("18 of 29 known records"),
        "{:?}",
        report.losses
    );
    let report = bench
        .harvest(SourcePlan {
            extent: Extent {
                allow_shrink: true,
                ..full.extent.clone()
            },
            ..full.clone()
        })
        .await;
    assert_eq!((report.outcome, live().await), (Outcome::Complete, 11));

    // What comes back is live again.
    list(&server, 0..31).await;
    let report = bench.harvest(full).await;
    assert_eq!((report.tally.changed, live().await), (20, 31));
}

/// Where deletions are not told, a list that is due finds them; where they are, there is no need of one.
#[tokio::test(flavor = "multi_thread")]
async fn fetches_a_due_full_list_if_tombstones_are_unreliable() {
    let server = MockServer::start().await;
    let bench = Bench::new();
    list(&server, 0..31).await;
    let due = SourcePlan {
        extent: Extent {
            full_list_due: true,
            ..Extent::default()
        },
        ..plan(&server.uri())
    };
    assert_eq!(
        bench.harvest(due.clone()).await.listing,
        Listing::Whole,
        "the first list is one"
    );
    list(&server, 2..31).await;
    let report = bench.harvest(plan(&server.uri())).await;
    assert_eq!((report.listing, report.tally.deleted), (Listing::Part, 0));
    let asked = async |verb: &str| {
        let requests = server.received_requests().await.unwrap();
        requests
            .into_iter()
            .rfind(|request| request.url.query().unwrap().contains(verb))
    };
    let report = bench.harvest(due).await;
    assert_eq!((report.listing, report.tally.deleted), (Listing::Whole, 2));
    assert!(
        !asked("ListRecords")
            .await
            .unwrap()
            .url
            .query()
            .unwrap()
            .contains("from=")
    );

    // The sample journal is Open Journal Systems, and says that it tells deletions: it is not believed.
    let journal = DemoJournal::start().await.unwrap();
    let bench = Bench::new();
    bench.harvest(plan(journal.base_url())).await;
    let report = bench
        .harvest(SourcePlan {
            extent: Extent {
                full_list_due: true,
                ..Extent::default()
            },
            ..plan(journal.base_url())
        })
        .await;
    assert_eq!(
        (report.listing, report.tally.unchanged),
        (Listing::Whole, 271)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_year_of_nights_without_news_does_not_fill_the_store() {
    let server = MockServer::start().await;
    let mut bench = Bench::new();
    list(&server, 0..99).await;
    bench.harvest(plan(&server.uri())).await;
    let first = bench.store.runs(1).await.unwrap()[0].run_no;
    let mut sizes = Vec::new();
    for _ in 0..2 {
        for _ in 0..20 {
            let report = bench.harvest(plan(&server.uri())).await;
            assert_eq!(
                (report.outcome, report.tally.unchanged),
                (Outcome::Complete, 99)
            );
            let run_no = bench.store.runs(1).await.unwrap()[0].run_no;
            let report = serde_json::to_string(&report).unwrap();
            bench
                .store
                .end_run(run_no, "complete", &report)
                .await
                .unwrap();
        }
        sizes.push(bench.size());
    }
    assert!(sizes[1] <= sizes[0], "{sizes:?}");
    assert!(bench.store.runs(100).await.unwrap().len() < 12);
    // What changed since a night that is forgotten is still known.
    assert_eq!(
        bench
            .store
            .run_heads(RunNo(first.0 + 3))
            .await
            .unwrap()
            .len(),
        1
    );
}
