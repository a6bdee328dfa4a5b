//! Tests of `probe` on the sample journal and on faulty servers.

#![expect(clippy::unwrap_used, reason = "a test may stop at once")]

use crate::cli_support::run;

use offprint::cli::config::Config;
use offprint::cli::demo::DemoJournal;
use serde_json::Value;
use tempfile::TempDir;
use tokio::runtime::Runtime;
use wiremock::matchers::query_param;
use wiremock::{Mock, MockServer, Request, ResponseTemplate};

fn probe(url: &str) -> Value {
    let directory = TempDir::new().unwrap();
    let output = run(directory.path(), &["probe", url, "--json"]);
    assert_eq!(
        output.status.code(),
        Some(0),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    serde_json::from_slice(&output.stdout).unwrap()
}

fn ids(probe: &Value) -> Vec<&str> {
    probe["quirks"]
        .as_array()
        .unwrap()
        .iter()
        .map(|quirk| quirk["id"].as_str().unwrap())
        .collect()
}

#[test]
fn the_sample_journal() {
    let runtime = Runtime::new().unwrap();
    let journal = runtime.block_on(DemoJournal::start()).unwrap();
    let found = probe(journal.base_url());
    assert_eq!(found["identify"]["software"]["version"], "3.4.0.10");
    let list = &found["list"];
    assert_eq!(list["total"], 271);
    assert_eq!(list["page_size"], 100);
    assert_eq!(list["token"], "repeatable");
    assert_eq!(list["dates"], "by_day");
    assert_eq!(list["gzip"], true);
    assert_eq!(found["full_harvest_requests"], 4);
    assert_eq!(found["problems"], Value::Array(Vec::new()));
    assert!(ids(&found).contains(&"whole-days") && !ids(&found).contains(&"no-token"));
    assert!(found["requests"].as_array().unwrap().len() <= 9);
    // The table given is one that the configuration takes.
    let config = Config::parse(found["source"].as_str().unwrap()).unwrap();
    assert_eq!(config.source[0].url.url().as_str(), journal.base_url());

    let directory = TempDir::new().unwrap();
    let output = run(directory.path(), &["probe", journal.base_url()]);
    let text = String::from_utf8(output.stdout).unwrap();
    for line in [
        "software             Open Journal Systems 3.4.0.10",
        "records              271",
        "[[source]]",
    ] {
        assert!(text.lines().any(|found| found == line), "{line} in {text}");
    }
}

fn response(verb: &str, inner: &str) -> String {
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<OAI-PMH xmlns=\"http://www.openarchives.org/OAI/2.0/\">\
         <responseDate>2026-01-01T00:00:00Z</responseDate><request>http://localhost/oai</request>{}</OAI-PMH>",
        if verb.is_empty() {
            inner.to_owned()
        } else {
            format!("<{verb}>{inner}</{verb}>")
        }
    )
}

fn identify(version: &str, deleted_record: &str) -> String {
    response(
        "Identify",
        &format!(
            "<repositoryName>Test</repositoryName><baseURL>http://localhost/oai</baseURL>\
             <protocolVersion>2.0</protocolVersion><adminEmail>a@b.example</adminEmail>\
             <earliestDatestamp>2020-01-01T00:00:00Z</earliestDatestamp><deletedRecord>{deleted_record}</deletedRecord>\
             <granularity>YYYY-MM-DDThh:mm:ssZ</granularity><description><toolkit><title>Open Journal Systems</title>\
             <version>{version}</version></toolkit></description>"
        ),
    )
}

fn records(numbers: std::ops::Range<u32>) -> String {
    numbers.map(record).collect::<Vec<_>>().concat()
}

fn record(n: u32) -> String {
    format!(
        "<record><header><identifier>oai:x:article/{n}</identifier>\
         <datestamp>20{:02}-05-01T10:00:00Z</datestamp><setSpec>j:ART</setSpec></header>\
         <metadata><dc><title>{n}</title></dc></metadata></record>",
        10 + n % 10
    )
}

async fn serve(
    identify: String,
    list: impl Fn(&Request) -> String + Send + Sync + 'static,
) -> MockServer {
    let server = MockServer::start().await;
    let sets = "<set><setSpec>a</setSpec><setName>A</setName></set><set><setSpec>a:ART</setSpec>\
                <setName>Articles</setName></set><set><setSpec>b</setSpec><setName>B</setName></set>\
                <set><setSpec>driver</setSpec><setName>D</setName></set>";
    let formats = "<metadataFormat><metadataPrefix>oai_dc</metadataPrefix><schema>s</schema>\
                   <metadataNamespace>n</metadataNamespace></metadataFormat>";
    for (verb, body) in [
        ("Identify", identify),
        ("ListSets", response("ListSets", sets)),
        (
            "ListMetadataFormats",
            response("ListMetadataFormats", formats),
        ),
    ] {
        let answer = ResponseTemplate::new(200).set_body_raw(body, "text/xml");
        Mock::given(query_param("verb", verb))
            .respond_with(answer)
            .mount(&server)
            .await;
    }
    Mock::given(query_param("verb", "ListRecords"))
        .respond_with(move |request: &Request| {
            ResponseTemplate::new(200).set_body_raw(list(request), "text/xml")
        })
        .mount(&server)
        .await;
    server
}

fn argument(request: &Request, name: &str) -> Option<String> {
    request
        .url
        .query_pairs()
        .find(|(key, _)| key == name)
        .map(|(_, value)| value.into_owned())
}

#[test]
fn a_server_that_gives_no_token_and_ignores_dates() {
    let runtime = Runtime::new().unwrap();
    let list = |_: &Request| response("ListRecords", &records(0..100));
    let server = runtime.block_on(serve(identify("3.3.0.3", "no"), list));
    let found = probe(&format!("{}/index.php/index/oai", server.uri()));
    assert_eq!(found["list"]["token"], "missing");
    assert_eq!(found["list"]["dates"], "ignored");
    assert_eq!(found["list"]["gzip"], false);
    assert_eq!(found["list"]["total"], Value::Null);
    assert_eq!(found["journals"], serde_json::json!(["a", "b"]));
    assert!(ids(&found).contains(&"no-token") && ids(&found).contains(&"earliest-is-now"));
    let advice = found["advice"].to_string();
    for words in [
        "2 journals",
        "no token leads to them",
        "from and until are ignored",
        "deletions are not reported",
    ] {
        assert!(advice.contains(words), "{words} in {advice}");
    }
}

/// The second answer to a token is another page, and dates are kept to the second.
#[test]
fn a_token_that_is_good_once() {
    let runtime = Runtime::new().unwrap();
    let calls = std::sync::atomic::AtomicU32::new(0);
    let list = move |request: &Request| {
        if argument(request, "resumptionToken").is_some() {
            let call = calls.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            let from = 20 + call * 20;
            return response(
                "ListRecords",
                &format!("{}<resumptionToken/>", records(from..from + 20)),
            );
        }
        if let Some(from) = argument(request, "from") {
            let year: u32 = from[2..4].parse().unwrap();
            if !from.ends_with("10:00:00Z") {
                return response("", "<error code=\"noRecordsMatch\">none</error>");
            }
            return response("ListRecords", &records(year - 10..year - 9));
        }
        response(
            "ListRecords",
            &format!(
                "{}<resumptionToken completeListSize=\"60\">t</resumptionToken>",
                records(0..20)
            ),
        )
    };
    let server = runtime.block_on(serve(identify("3.3.0.13", "persistent"), list));
    let found = probe(&server.uri());
    assert_eq!(found["list"]["token"], "once");
    assert_eq!(found["list"]["dates"], "honoured");
    assert_eq!(found["list"]["total"], 60);
}

#[test]
fn reports_failing_requests_and_probes_the_rest() {
    let runtime = Runtime::new().unwrap();
    let list = |_: &Request| response("", "<error code=\"cannotDisseminateFormat\">no</error>");
    let server = runtime.block_on(serve(identify("", "no"), list));
    let found = probe(&server.uri());
    assert_eq!(found["list"]["token"], "unknown");
    assert_eq!(
        found["problems"],
        serde_json::json!(["ListRecords was refused: cannotDisseminateFormat: no"])
    );
    assert_eq!(found["formats"][0]["prefix"], "oai_dc");
}

#[test]
fn no_endpoint_at_all_fails() {
    let runtime = Runtime::new().unwrap();
    let server = runtime.block_on(MockServer::start());
    let directory = TempDir::new().unwrap();
    let output = run(directory.path(), &["probe", &server.uri()]);
    assert_eq!(output.status.code(), Some(1));
    assert!(output.stdout.is_empty());
    assert!(String::from_utf8_lossy(&output.stderr).starts_with("error: status 404"));
}
