//! The library as a program uses it: the protocol client, a collection, and their errors.

use futures_util::TryStreamExt as _;
use offprint::client::{Client, Record};
use offprint::{Collection, Entry, ErrorKind, Outcome, Rate};
use wiremock::matchers::query_param;
use wiremock::{Mock, MockServer, ResponseTemplate};

fn client(server: &MockServer) -> Client {
    Client::builder(server.uri())
        .rate(Rate::Unlimited)
        .attempts(1)
        .build()
        .unwrap()
}

/// A response that holds this element.
fn response(content: &str) -> ResponseTemplate {
    let body = format!(
        "<OAI-PMH xmlns=\"http://www.openarchives.org/OAI/2.0/\"><responseDate>2026-01-01T00:00:00Z</responseDate>\
         <request>http://localhost/oai</request>{content}</OAI-PMH>"
    );
    ResponseTemplate::new(200).set_body_raw(body, "text/xml")
}

/// A page of ListRecords with one record, and this token behind it.
fn page(number: u32, token: &str) -> ResponseTemplate {
    response(&format!(
        "<ListRecords><record><header><identifier>oai:x:{number}</identifier><datestamp>2024-01-01</datestamp></header>\
         <metadata><dc><title>T{number}</title></dc></metadata></record>\
         <resumptionToken>{token}</resumptionToken></ListRecords>"
    ))
}

async fn answer(server: &MockServer, name: &str, value: &str, response: ResponseTemplate) {
    Mock::given(query_param(name, value))
        .respond_with(response)
        .mount(server)
        .await;
}

fn identify() -> ResponseTemplate {
    ResponseTemplate::new(200).set_body_string(
        "<OAI-PMH xmlns=\"http://www.openarchives.org/OAI/2.0/\"><responseDate>2024-01-01T00:00:00Z</responseDate>\
         <request>x</request><Identify><repositoryName>X</repositoryName><protocolVersion>2.0</protocolVersion>\
         <earliestDatestamp>2020-01-01</earliestDatestamp><deletedRecord>persistent</deletedRecord>\
         <granularity>YYYY-MM-DD</granularity></Identify></OAI-PMH>",
    )
}

fn identifiers(records: &[Record]) -> Vec<&str> {
    records
        .iter()
        .map(|record| record.header.identifier.as_str())
        .collect()
}

#[tokio::test]
async fn list_records_follows_tokens() {
    let server = MockServer::start().await;
    answer(&server, "metadataPrefix", "oai_dc", page(1, "two")).await;
    answer(&server, "resumptionToken", "two", page(2, "")).await;
    let records: Vec<_> = client(&server)
        .list_records("oai_dc")
        .try_collect()
        .await
        .unwrap();
    assert_eq!(identifiers(&records), ["oai:x:1", "oai:x:2"]);
    assert_eq!(
        records[0].metadata.as_deref(),
        Some("<dc><title>T1</title></dc>")
    );
}

#[tokio::test]
async fn repeated_page_is_an_error_behind_its_records() {
    let server = MockServer::start().await;
    answer(&server, "verb", "ListRecords", page(1, "again")).await;
    let mut records = client(&server).list_records("oai_dc");
    assert!(records.try_next().await.unwrap().is_some());
    let error = records.try_next().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Endpoint);
    assert!(
        error.to_string().starts_with("the list repeats itself at"),
        "{error}"
    );
    assert!(records.try_next().await.unwrap().is_none());
}

#[tokio::test]
async fn empty_list_is_an_empty_stream_and_other_refusals_are_errors() {
    let server = MockServer::start().await;
    let refusal = |code| response(&format!("<error code=\"{code}\">no</error>"));
    answer(&server, "set", "empty", refusal("noRecordsMatch")).await;
    answer(
        &server,
        "metadataPrefix",
        "mods",
        refusal("cannotDisseminateFormat"),
    )
    .await;
    answer(&server, "verb", "GetRecord", refusal("idDoesNotExist")).await;
    answer(&server, "verb", "ListSets", refusal("noSetHierarchy")).await;
    let client = client(&server);
    let none = client
        .list_identifiers("oai_dc")
        .set("empty")
        .try_next()
        .await;
    assert!(none.unwrap().is_none());
    let error = client.list_records("mods").try_next().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Protocol);
    assert_eq!(error.protocol_code(), Some("cannotDisseminateFormat"));
    assert_eq!(client.get_record("oai:x:9", "oai_dc").await.unwrap(), None);
    assert_eq!(client.list_sets().await.unwrap(), []);
}

#[test]
fn rejects_invalid_base_url() {
    let error = Client::new("journal.example.org/oai").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Endpoint);
}

#[tokio::test]
async fn unreachable_endpoint_is_in_the_report() {
    let server = MockServer::start().await;
    let folder = tempfile::tempdir().unwrap();
    let collection = Collection::open(folder.path().join("a.db")).await.unwrap();
    let harvest = collection.harvest(server.uri()).rate(Rate::Unlimited);
    let report = harvest.run().await.unwrap();
    assert_eq!((report.outcome, report.new), (Outcome::Failed, 0));
    assert!(report.error.unwrap().contains("404"));
}

#[tokio::test]
async fn entries_are_narrowed_and_report_changes() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.db");
    let collection = Collection::open(&path).await.unwrap();
    let import = |pages: &str| {
        let pages = format!("{}/samples/ojs-3.4-cac/{pages}", env!("CARGO_MANIFEST_DIR"));
        collection.import(pages).name("cac").run()
    };
    let first = import("cac-listrecords-oai_dc-page1.xml").await.unwrap();
    let all: Vec<Entry> = collection.entries().try_collect().await.unwrap();
    assert_eq!(all.len(), 100);
    let russian = collection
        .entries()
        .live()
        .language("ru")
        .try_collect::<Vec<_>>()
        .await;
    assert!(russian.unwrap().len() < 100);
    let changes = collection
        .entries()
        .changed_since(first.run)
        .try_collect::<Vec<_>>()
        .await;
    assert_eq!(changes.unwrap(), []);

    import("second").await.unwrap();
    let changes = collection
        .entries()
        .changed_since(first.run)
        .try_collect::<Vec<_>>()
        .await;
    assert_eq!(changes.unwrap().len(), 3);

    let reader = Collection::open_read_only(&path).await.unwrap();
    let unknown = reader
        .entries()
        .source("other")
        .try_next()
        .await
        .unwrap_err();
    assert_eq!(unknown.kind(), ErrorKind::Store);
    let counts = reader
        .entries()
        .live()
        .write("jsonl", folder.path().join("a.jsonl"))
        .await;
    let lines = std::fs::read_to_string(folder.path().join("a.jsonl")).unwrap();
    assert_eq!(counts.unwrap().live, lines.lines().count() as u64);
    let format = reader
        .entries()
        .write("docx", folder.path().join("a.docx"))
        .await;
    assert_eq!(format.unwrap_err().kind(), ErrorKind::Export);
}

#[tokio::test]
async fn harvested_records_come_with_header_and_xml() {
    let server = MockServer::start().await;
    answer(&server, "verb", "Identify", identify()).await;
    answer(&server, "metadataPrefix", "oai_dc", page(1, "two")).await;
    answer(&server, "resumptionToken", "two", page(2, "")).await;
    let folder = tempfile::tempdir().unwrap();
    let collection = Collection::open(folder.path().join("a.db")).await.unwrap();
    let harvest = || {
        collection
            .harvest(server.uri())
            .formats(["oai_dc"])
            .rate(Rate::Unlimited)
    };
    let mut records = harvest().records();
    let mut xml = Vec::new();
    while let Some(record) = records.try_next().await.unwrap() {
        assert_eq!(record.metadata_prefix, "oai_dc");
        xml.push((record.header.identifier, record.xml));
    }
    let report = records.report().unwrap();
    assert_eq!((report.new, report.gaps), (2, 0));
    let identifiers: Vec<_> = xml
        .iter()
        .map(|(identifier, _)| identifier.as_str())
        .collect();
    assert_eq!(identifiers, ["oai:x:1", "oai:x:2"]);
    assert!(xml[0].1.contains("<title>T1</title>"), "{}", xml[0].1);

    // Those that are stored are the same, and so is what a later harvest gives.
    let stored: Vec<_> = collection.records().try_collect().await.unwrap();
    assert_eq!(stored[1].xml, xml[1].1);
    let again: Vec<_> = harvest().records().try_collect().await.unwrap();
    assert_eq!(again, stored);
}

#[tokio::test]
async fn records_are_narrowed_by_source_set_and_format() {
    let folder = tempfile::tempdir().unwrap();
    let collection = Collection::open(folder.path().join("a.db")).await.unwrap();
    let report = collection
        .import("samples/ojs-3.4-cac")
        .run()
        .await
        .unwrap();
    let all: Vec<_> = collection.records().try_collect().await.unwrap();
    let of_set: Vec<_> = collection
        .records()
        .source(&report.source)
        .set("cac:RP")
        .format("oai_dc")
        .live()
        .try_collect()
        .await
        .unwrap();
    assert!(!of_set.is_empty() && of_set.len() < all.len());
    assert!(of_set.iter().all(|record| !record.header.deleted
        && record.header.set_specs.iter().any(|set| set == "cac:RP")));
    let none: Vec<_> = collection
        .records()
        .format("mods")
        .try_collect()
        .await
        .unwrap();
    assert_eq!(none, []);
    let error = collection
        .records()
        .source("b")
        .try_next()
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Store);
}

#[tokio::test]
async fn harvest_that_is_stopped_reports_it_and_the_next_one_continues() {
    let server = MockServer::start().await;
    answer(&server, "verb", "Identify", identify()).await;
    answer(&server, "metadataPrefix", "oai_dc", page(1, "two")).await;
    answer(&server, "resumptionToken", "two", page(2, "")).await;
    let folder = tempfile::tempdir().unwrap();
    let collection = Collection::open(folder.path().join("a.db")).await.unwrap();
    let harvest = || {
        collection
            .harvest(server.uri())
            .formats(["oai_dc"])
            .rate(Rate::Unlimited)
    };
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let stop = std::sync::Mutex::new(Some(stop));
    let report = harvest()
        .on_progress(move |progress| {
            if progress.records > 0 {
                drop(stop.lock().unwrap().take());
            }
        })
        .stop_when(async move { drop(stopped.await) })
        .run()
        .await
        .unwrap();
    // The last page may have come before the signal was seen.
    assert!(matches!(
        report.outcome,
        Outcome::Interrupted | Outcome::Complete
    ));
    let report = harvest().run().await.unwrap();
    assert_eq!(report.outcome, Outcome::Complete);
    let entries: Vec<_> = collection.entries().try_collect().await.unwrap();
    assert_eq!(entries.len(), 2);
}

#[tokio::test]
async fn failed_harvest_reports_kind_and_hint() {
    let folder = tempfile::tempdir().unwrap();
    let collection = Collection::open(folder.path().join("a.db")).await.unwrap();
    let report = collection
        .harvest("http://127.0.0.1:9/oai")
        .rate(Rate::Unlimited)
        .run()
        .await
        .unwrap();
    assert_eq!(report.outcome, Outcome::Failed);
    assert_eq!(report.error_kind, Some(ErrorKind::Endpoint));
    assert!(report.hint.is_some());
    let missing = Collection::open_read_only(folder.path().join("b.db"))
        .await
        .unwrap_err();
    assert!(missing.hint().unwrap().contains("offprint harvest"));
}

#[tokio::test]
async fn articles_that_are_derived_later_are_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let at_once = Collection::open(folder.path().join("a.db")).await.unwrap();
    at_once.import("samples/ojs-3.4-cac").run().await.unwrap();
    let later = Collection::open(folder.path().join("b.db")).await.unwrap();
    let report = later
        .import("samples/ojs-3.4-cac")
        .derive_later()
        .run()
        .await
        .unwrap();
    let first: Vec<Entry> = later.entries().try_collect().await.unwrap();
    let second: Vec<Entry> = at_once.entries().try_collect().await.unwrap();
    let ids = |entries: &[Entry]| {
        entries
            .iter()
            .map(|entry| entry.id().to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(ids(&first), ids(&second));
    let changed: Vec<Entry> = later
        .entries()
        .changed_since(report.run)
        .try_collect()
        .await
        .unwrap();
    assert_eq!(changed.len(), 0);
}

#[cfg(feature = "arrow")]
#[tokio::test]
async fn record_batches_have_a_row_per_entry() {
    let folder = tempfile::tempdir().unwrap();
    let collection = Collection::open(folder.path().join("a.db")).await.unwrap();
    collection
        .import("samples/ojs-3.4-cac")
        .run()
        .await
        .unwrap();
    let mut batches = collection.entries().record_batches().unwrap();
    let schema = batches.schema();
    let mut rows = 0;
    while let Some(batch) = batches.try_next().await.unwrap() {
        assert_eq!(batch.schema(), schema);
        rows += batch.num_rows();
    }
    assert_eq!(rows, 272);
}

#[test]
fn a_named_prefix_goes_into_the_provenance() {
    let xml = b"<oai_dc:dc><dc:title>A Title</dc:title></oai_dc:dc>";
    let entries = Entry::from_oai_xml_as(xml, "oai_qdc").unwrap();
    assert_eq!(entries[0].provenance().metadata_prefixes, ["oai_qdc"]);
}
