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
