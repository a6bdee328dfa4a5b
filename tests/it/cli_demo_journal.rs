//! The sample journal as a harvester meets it: over HTTP.

#![expect(clippy::unwrap_used, reason = "a test may stop at once")]

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
    let response = client()
        .get(format!("{}?{query}", journal.base_url()))
        .send()
        .await
        .unwrap();
    assert_eq!(response.status(), StatusCode::OK, "{query}");
    assert_eq!(response.headers()["content-type"], "text/xml;charset=utf-8");
    response.text().await.unwrap()
}

fn between<'a>(text: &'a str, start: &str, end: &str) -> Option<&'a str> {
    text.split_once(start)
        .and_then(|(_, rest)| rest.split_once(end))
        .map(|(inner, _)| inner)
}

fn token(page: &str) -> Option<&str> {
    let element = &page[page.find("<resumptionToken")?..];
    let head = &element[..element.find('>')?];
    if head.ends_with('/') {
        None
    } else {
        between(element, ">", "</resumptionToken>")
    }
}

/// All pages of a list.
async fn pages(journal: &DemoJournal, verb: &str, arguments: &str) -> Vec<String> {
    let mut pages = vec![get(journal, &format!("verb={verb}&{arguments}")).await];
    while let Some(token) = token(pages.last().unwrap()).map(str::to_owned) {
        assert!(
            token.len() == 32 && token.chars().all(|c| c.is_ascii_hexdigit()),
            "{token}"
        );
        pages.push(get(journal, &format!("verb={verb}&resumptionToken={token}")).await);
        assert!(pages.len() < 10);
    }
    pages
}

fn error_code(page: &str) -> Option<&str> {
    between(page, "<error code=\"", "\"")
}

/// Parts that differ between two answers to the same request: the time, and the host.
fn settled(page: &str, journal: &DemoJournal) -> String {
    let host = journal.base_url().trim_end_matches("/index.php/cac/oai");
    let page = page.replace(host, "http://127.0.0.1:8081");
    let times = |tag: &str, page: &str| {
        between(page, &format!("<{tag}>"), "<").map(|time| page.replacen(time, "TIME", 1))
    };
    times("responseDate", &page).unwrap_or(page)
}

#[tokio::test]
async fn the_whole_list_is_the_recorded_one() {
    let journal = DemoJournal::start().await.unwrap();
    let pages = pages(&journal, "ListRecords", "metadataPrefix=oai_dc").await;
    let count = |what: &str| {
        pages
            .iter()
            .map(|page| page.matches(what).count())
            .collect::<Vec<_>>()
    };
    assert_eq!(count("<record>"), [100, 100, 71]);
    assert_eq!(count("status=\"deleted\"").iter().sum::<usize>(), 6);
    assert_eq!(count("<metadata>").iter().sum::<usize>(), 265);
    assert_eq!(count("completeListSize=\"271\""), [1, 1, 1]);
    assert_eq!(count("expirationDate="), [1, 1, 0]);
    let recorded = [
        include_str!("../../samples/ojs-3.4-cac/cac-listrecords-oai_dc-page1.xml"),
        include_str!("../../samples/ojs-3.4-cac/cac-listrecords-oai_dc-page2.xml"),
        include_str!("../../samples/ojs-3.4-cac/cac-listrecords-oai_dc-page3.xml"),
    ];
    for (page, recorded) in pages.iter().zip(recorded) {
        let page = settled(page, &journal);
        let recorded = settled(recorded, &journal);
        let list = |page: &str| {
            page.split("\t\t<resumptionToken")
                .next()
                .unwrap_or_default()
                .to_owned()
        };
        assert_eq!(list(&page), list(&recorded));
    }
    journal.stop().await.unwrap();
}

#[tokio::test]
async fn identify_and_sets_are_the_recorded_ones() {
    let journal = DemoJournal::start().await.unwrap();
    let recorded = include_str!("../../samples/ojs-3.4-cac/cac-identify.xml");
    let answer = get(&journal, "verb=Identify").await;
    assert_eq!(settled(&answer, &journal), settled(recorded, &journal));
    let recorded = include_str!("../../samples/ojs-3.4-cac/cac-listsets.xml");
    let answer = get(&journal, "verb=ListSets").await;
    assert_eq!(settled(&answer, &journal), settled(recorded, &journal));
    let formats = get(
        &journal,
        "verb=ListMetadataFormats&identifier=oai:ojs.ca-c.test:article/643",
    )
    .await;
    assert_eq!(formats.matches("<metadataPrefix>").count(), 1);
    assert!(
        formats.contains(
            "\t<ListMetadataFormats>\n\t\t<metadataFormat>\n\t\t\t<metadataPrefix>oai_dc<"
        )
    );
}

/// Codes and words as recorded for the same requests.
#[tokio::test]
async fn refusals_come_with_status_200() {
    let journal = DemoJournal::start().await.unwrap();
    let list = "verb=ListRecords&metadataPrefix=oai_dc";
    for (query, code, message) in [
        ("", "badVerb", "Illegal OAI verb"),
        ("verb=Nope", "badVerb", "Illegal OAI verb"),
        (
            "verb=Identify&foo=bar",
            "badArgument",
            "foo is an illegal parameter",
        ),
        (
            "verb=ListRecords",
            "badArgument",
            "Missing metadataPrefix parameter",
        ),
        (
            &format!("{list}&metadataPrefix=oai_dc"),
            "badArgument",
            "Multiple values are not allowed for the metadataPrefix parameter",
        ),
        (
            &format!("{list}&resumptionToken=deadbeef0000"),
            "badArgument",
            "metadataPrefix is an illegal parameter",
        ),
        (
            &format!("{list}&from=2025-06-01T00:00Z"),
            "badArgument",
            "Illegal from parameter",
        ),
        (
            &format!("{list}&from=2022-01-01&until=2020-01-01"),
            "badArgument",
            "until parameter must be greater than or equal to from parameter",
        ),
        (
            &format!("{list}&from=2020-01-01&until=2021-01-01T00:00:00Z"),
            "badArgument",
            "until and from parameters must be of the same granularity",
        ),
        (
            "verb=GetRecord&metadataPrefix=oai_dc&identifier=foo",
            "badArgument",
            "Identifier is not in a valid format",
        ),
        (
            "verb=GetRecord&metadataPrefix=oai_dc&identifier=oai:ojs.ca-c.test:article/99999",
            "idDoesNotExist",
            "No matching identifier in this repository",
        ),
        (
            "verb=ListRecords&metadataPrefix=mods",
            "cannotDisseminateFormat",
            "The requested metadataPrefix is not supported by this repository",
        ),
        (
            "verb=ListRecords&resumptionToken=deadbeef0000",
            "badResumptionToken",
            "The requested resumptionToken is invalid or has expired",
        ),
        (
            &format!("{list}&from=2099-01-01"),
            "noRecordsMatch",
            "No matching records in this repository",
        ),
        (
            &format!("{list}&set=nosuch"),
            "noRecordsMatch",
            "No matching records in this repository",
        ),
    ] {
        let answer = get(&journal, query).await;
        assert_eq!(error_code(&answer), Some(code), "{query}");
        let expected = format!("<error code=\"{code}\">{message}</error></OAI-PMH>");
        assert!(answer.contains(&expected), "{query}: {answer}");
        let attributes = !matches!(code, "badArgument" | "badVerb");
        assert_eq!(answer.contains("<request verb="), attributes, "{query}");
    }
}

/// Sizes as recorded for the same requests.
#[tokio::test]
async fn lists_are_selected_by_day_and_set() {
    let journal = DemoJournal::start().await.unwrap();
    for (arguments, size) in [
        ("", 271),
        ("&set=cac", 271),
        ("&from=2025-06-01", 46),
        ("&from=2026-01-01T12:00:00Z", 22),
        ("&from=2020-02-23T23:00:00Z&until=2020-02-23T23:59:59Z", 1),
        ("&until=2019-03-01T00:00:00Z", 4),
        ("&set=cac:RP", 46),
        ("&set=cac:RP&from=2020-02-23&until=2020-02-23", 3),
        ("&from=2020-13-45", 271),
    ] {
        let arguments = format!("metadataPrefix=oai_dc{arguments}");
        let lists = pages(&journal, "ListIdentifiers", &arguments).await;
        // 500 headers fit on a page, so that there is no token.
        assert_eq!(lists.len(), 1);
        assert!(!lists[0].contains("resumptionToken"));
        assert_eq!(lists[0].matches("<header").count(), size, "{arguments}");
    }
}

#[tokio::test]
async fn a_token_can_be_sent_again_and_to_the_other_list() {
    let journal = DemoJournal::start().await.unwrap();
    let first = get(&journal, "verb=ListRecords&metadataPrefix=oai_dc").await;
    let token = token(&first).unwrap();
    let once = get(
        &journal,
        &format!("verb=ListRecords&resumptionToken={token}"),
    )
    .await;
    let twice = get(
        &journal,
        &format!("verb=ListRecords&resumptionToken={token}"),
    )
    .await;
    let records = |page: &str| {
        between(page, "<ListRecords>", "<resumptionToken")
            .unwrap()
            .to_owned()
    };
    assert_eq!(records(&once), records(&twice));
    assert_ne!(records(&once), records(&first));
    let headers = get(
        &journal,
        &format!("verb=ListIdentifiers&resumptionToken={token}"),
    )
    .await;
    assert_eq!(headers.matches("<header").count(), 171);
}

#[tokio::test]
async fn one_record_live_and_deleted() {
    let journal = DemoJournal::start().await.unwrap();
    let record = "verb=GetRecord&metadataPrefix=oai_dc&identifier=oai:ojs.ca-c.test:article/";
    let live = get(&journal, &format!("{record}643")).await;
    assert!(live.contains(
        "<dc:source xml:lang=\"en\">CENTRAL ASIA AND THE CAUCASUS; Vol. 5 No. 6 (2004); 103-110<"
    ));
    let landing = journal.base_url().replace("/oai", "/article/view/643");
    assert!(live.contains(&format!("<dc:identifier>{landing}</dc:identifier>")));
    let deleted = get(&journal, &format!("{record}385")).await;
    assert!(deleted.contains("<header status=\"deleted\">"));
    assert!(!deleted.contains("<metadata>"));
}

#[tokio::test]
async fn second_act_comes_with_the_next_incremental_list() {
    let journal = DemoJournal::start().await.unwrap();
    let before = pages(&journal, "ListRecords", "metadataPrefix=oai_dc")
        .await
        .concat();
    let first_response = between(&before, "<responseDate>", "<").unwrap().to_owned();
    journal.second_act();
    let query = format!("metadataPrefix=oai_dc&from={first_response}");
    let after = pages(&journal, "ListRecords", &query).await.concat();
    // Records that the first list held in the same words are of the same day, not of the second act.
    let mut fresh: Vec<_> = after
        .split("<record>")
        .skip(1)
        .map(|rest| rest.split("</record>").next().unwrap())
        .filter(|record| !before.contains(record))
        .map(|record| {
            let identifier = between(record, "article/", "<").unwrap();
            assert!(between(record, "<datestamp>", "<").unwrap() >= first_response.as_str());
            (identifier, record.contains("status=\"deleted\""))
        })
        .collect();
    fresh.sort_unstable();
    assert_eq!(fresh, [("384", false), ("400", true), ("653", false)]);
    assert!(after.contains("RELIGIOUS REVIVAL IN GEORGIA: A COMPARATIVE ANALYSIS"));
    assert!(before.contains("RELIGIOUS REVIVAL IN GEORGIA A COMPARATIVE ANALYSIS"));
    let whole = pages(&journal, "ListRecords", "metadataPrefix=oai_dc")
        .await
        .concat();
    assert_eq!(whole.matches("<record>").count(), 272);
    assert_eq!(whole.matches("status=\"deleted\"").count(), 7);
}

#[tokio::test]
async fn gzip_comes_when_it_is_asked_for() {
    let journal = DemoJournal::start().await.unwrap();
    let url = format!("{}?verb=Identify", journal.base_url());
    for (accepted, zipped) in [
        ("gzip", true),
        ("deflate, GZIP;q=0.5", true),
        ("gzip;q=0", false),
        ("br", false),
    ] {
        let response = client()
            .get(&url)
            .header("accept-encoding", accepted)
            .send()
            .await
            .unwrap();
        let coding = response
            .headers()
            .get("content-encoding")
            .map(|value| value.to_str().unwrap().to_owned());
        assert_eq!(coding.as_deref(), zipped.then_some("gzip"), "{accepted}");
        let body = response.bytes().await.unwrap();
        let mut text = String::new();
        if zipped {
            GzDecoder::new(&body[..]).read_to_string(&mut text).unwrap();
        } else {
            text = String::from_utf8(body.to_vec()).unwrap();
        }
        assert!(text.contains("<repositoryName>CENTRAL ASIA AND THE CAUCASUS</repositoryName>"));
    }
}

#[tokio::test]
async fn post_and_other_paths() {
    let journal = DemoJournal::start().await.unwrap();
    let client = client();
    let body =
        "verb=GetRecord&metadataPrefix=oai_dc&identifier=oai%3Aojs.ca-c.test%3Aarticle%2F643";
    let answer = client
        .post(journal.base_url())
        .body(body)
        .send()
        .await
        .unwrap()
        .text()
        .await
        .unwrap();
    assert!(answer.contains("<GetRecord>"), "{answer}");
    let site = journal.base_url().trim_end_matches("/cac/oai");
    for (path, status, words) in [
        ("/cac/oai/?verb=Identify", StatusCode::OK, "<Identify>"),
        (
            "/cac/article/view/643",
            StatusCode::OK,
            "citation_author_institution",
        ),
        (
            "/cac/article/view/644",
            StatusCode::NOT_FOUND,
            "404 Not Found",
        ),
        (
            "/nosuch/oai?verb=Identify",
            StatusCode::NOT_FOUND,
            "404 Not Found",
        ),
    ] {
        let response = client.get(format!("{site}{path}")).send().await.unwrap();
        assert_eq!(response.status(), status, "{path}");
        assert!(response.text().await.unwrap().contains(words), "{path}");
    }
    let response = client.delete(journal.base_url()).send().await.unwrap();
    assert_eq!(response.status(), StatusCode::METHOD_NOT_ALLOWED);
}

#[tokio::test]
async fn it_is_gone_after_stop() {
    let journal = DemoJournal::start().await.unwrap();
    let url = format!("{}?verb=Identify", journal.base_url());
    let client = client();
    client.get(&url).send().await.unwrap();
    journal.stop().await.unwrap();
    assert!(client.get(&url).send().await.unwrap_err().is_connect());
}
