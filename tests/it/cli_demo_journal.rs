//! The sample journal of `demo`: what a harvester needs of it, over HTTP.

use std::io::Read as _;

use flate2::read::GzDecoder;
use offprint::cli::demo::DemoJournal;
use reqwest::{Client, StatusCode};

fn client() -> Client {
    // Another test of this process may have been first; the provider is the same.
    let _ = rustls::crypto::ring::default_provider().install_default();
    Client::builder().no_proxy().build().unwrap()
}

async fn get(journal: &DemoJournal, query: &str) -> String {
    let url = format!("{}?{query}", journal.base_url());
    let response = client().get(url).send().await.unwrap();
    assert_eq!(response.status(), StatusCode::OK, "{query}");
    assert_eq!(response.headers()["content-type"], "text/xml;charset=utf-8");
    response.text().await.unwrap()
}

fn between<'a>(text: &'a str, start: &str, end: &str) -> Option<&'a str> {
    let (_, rest) = text.split_once(start)?;
    Some(rest.split_once(end)?.0)
}

/// All pages of a list.
async fn pages(journal: &DemoJournal, verb: &str, arguments: &str) -> Vec<String> {
    let mut pages = vec![get(journal, &format!("verb={verb}&{arguments}")).await];
    let token = |page: &str| {
        let (_, element) = page.split_once("<resumptionToken")?;
        between(element, "\">", "</resumptionToken>").map(str::to_owned)
    };
    while let Some(token) = token(pages.last().unwrap()) {
        let query = format!("verb={verb}&resumptionToken={token}");
        pages.push(get(journal, &query).await);
        assert!(pages.len() < 10);
    }
    pages
}

#[tokio::test]
async fn list_has_the_recorded_records() {
    let journal = DemoJournal::start().await.unwrap();
    let pages = pages(&journal, "ListRecords", "metadataPrefix=oai_dc").await;
    let recorded = [
        include_str!("../../samples/ojs-3.4-cac/cac-listrecords-oai_dc-page1.xml"),
        include_str!("../../samples/ojs-3.4-cac/cac-listrecords-oai_dc-page2.xml"),
        include_str!("../../samples/ojs-3.4-cac/cac-listrecords-oai_dc-page3.xml"),
    ];
    assert_eq!(pages.len(), recorded.len());
    let host = journal.base_url().replace("/index.php/cac/oai", "");
    for (page, recorded) in pages.iter().zip(recorded) {
        let recorded = recorded.replace("http://127.0.0.1:8081", &host);
        let list = |page| between(page, "<ListRecords>", "<resumptionToken").map(str::to_owned);
        assert_eq!(list(page), list(&recorded));
        assert!(page.contains("completeListSize=\"271\""));
    }
}

/// Sizes as the recorded server gave them for the same requests.
#[rstest::rstest]
#[case("", 271)]
#[case("&set=cac", 271)]
#[case("&set=cac:RP", 46)]
#[case("&from=2025-06-01", 46)]
#[case("&from=2026-01-01T12:00:00Z", 22)]
#[case("&from=2020-02-23T23:00:00Z&until=2020-02-23T23:59:59Z", 1)]
#[case("&until=2019-03-01T00:00:00Z", 4)]
#[tokio::test]
async fn lists_are_selected_by_day_and_set(#[case] arguments: &str, #[case] size: usize) {
    let journal = DemoJournal::start().await.unwrap();
    let arguments = format!("metadataPrefix=oai_dc{arguments}");
    let headers = pages(&journal, "ListIdentifiers", &arguments).await;
    assert_eq!(headers.len(), 1);
    assert_eq!(headers[0].matches("<header").count(), size);
}

/// Codes as recorded for the same requests.
#[rstest::rstest]
#[case("verb=Nope", "badVerb")]
#[case("verb=ListRecords", "badArgument")]
#[case("verb=ListRecords&metadataPrefix=oai_dc&from=today", "badArgument")]
#[case("verb=ListRecords&metadataPrefix=mods", "cannotDisseminateFormat")]
#[case("verb=ListRecords&resumptionToken=deadbeef", "badResumptionToken")]
#[case("verb=ListRecords&metadataPrefix=oai_dc&set=nosuch", "noRecordsMatch")]
#[case(
    "verb=GetRecord&metadataPrefix=oai_dc&identifier=oai:a:1",
    "idDoesNotExist"
)]
#[tokio::test]
async fn refusals_have_status_200(#[case] query: &str, #[case] code: &str) {
    let journal = DemoJournal::start().await.unwrap();
    let response = get(&journal, query).await;
    assert_eq!(between(&response, "<error code=\"", "\""), Some(code));
}

#[tokio::test]
async fn changes_come_with_the_next_incremental_list() {
    let journal = DemoJournal::start().await.unwrap();
    let identify = get(&journal, "verb=Identify").await;
    let before = between(&identify, "<responseDate>", "<").unwrap();
    journal.publish_changes();
    let query = format!("metadataPrefix=oai_dc&from={before}");
    let list = pages(&journal, "ListRecords", &query).await.concat();
    let mut changed: Vec<_> = list
        .split("<record>")
        .skip(1)
        .filter(|record| between(record, "<datestamp>", "<").unwrap() > before)
        .map(|record| {
            let identifier = between(record, "article/", "<").unwrap();
            (identifier, record.contains("status=\"deleted\""))
        })
        .collect();
    changed.sort_unstable();
    assert_eq!(changed, [("384", false), ("400", true), ("653", false)]);
}

#[tokio::test]
async fn gzip_and_landing_page_are_served() {
    let journal = DemoJournal::start().await.unwrap();
    let request = client()
        .get(format!("{}?verb=Identify", journal.base_url()))
        .header("accept-encoding", "gzip");
    let response = request.send().await.unwrap();
    assert_eq!(response.headers()["content-encoding"], "gzip");
    let body = response.bytes().await.unwrap();
    let mut text = String::new();
    GzDecoder::new(&body[..]).read_to_string(&mut text).unwrap();
    assert!(text.contains("<repositoryName>CENTRAL ASIA AND THE CAUCASUS</repositoryName>"));

    let page = journal.base_url().replace("/oai", "/article/view/643");
    let html = client()
        .get(&page)
        .send()
        .await
        .unwrap()
        .text()
        .await
        .unwrap();
    assert!(html.contains("citation_author_institution"));
    let missing = client()
        .get(page.replace("643", "644"))
        .send()
        .await
        .unwrap();
    assert_eq!(missing.status(), StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn stops_on_request() {
    let journal = DemoJournal::start().await.unwrap();
    let url = journal.base_url().to_owned();
    journal.stop().await.unwrap();
    assert!(client().get(&url).send().await.unwrap_err().is_connect());
}
