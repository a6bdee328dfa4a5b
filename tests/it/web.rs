//! The collection over HTTP: what the protocol leaves to the transport, and the pages for people.

use crate::providing;

use std::sync::Arc;
use std::time::Duration;

use offprint::internals::store::{Attempts, SourceSettings, SourceSpec, Store as _, Time};
use offprint::internals::web::{Limits, serve};
use providing::{Served, answer_of, encode, recorded, valid::check};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;

struct Server {
    served: Served,
    address: std::net::SocketAddr,
    stop: CancellationToken,
    task: tokio::task::JoinHandle<std::io::Result<()>>,
}

struct Answer {
    status: u16,
    head: String,
    body: Vec<u8>,
}

impl Answer {
    fn header(&self, name: &str) -> Option<&str> {
        let line = self
            .head
            .lines()
            .find(|line| line.to_ascii_lowercase().starts_with(&format!("{name}:")))?;
        Some(line.split_once(':')?.1.trim())
    }

    fn text(&self) -> String {
        String::from_utf8(self.body.clone()).unwrap()
    }
}

async fn start(served: Served, limits: Limits) -> Server {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let stop = CancellationToken::new();
    let task = tokio::spawn(serve(
        listener,
        Arc::clone(&served.provider),
        limits,
        stop.clone(),
    ));
    Server {
        served,
        address,
        stop,
        task,
    }
}

impl Server {
    async fn send(&self, request: &str) -> Answer {
        let mut stream = TcpStream::connect(self.address).await.unwrap();
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).await.unwrap();
        let at = answer
            .windows(4)
            .position(|four| four == b"\r\n\r\n")
            .unwrap();
        let head = String::from_utf8(answer[..at].to_vec()).unwrap();
        let mut body = answer[at + 4..].to_vec();
        if head
            .to_ascii_lowercase()
            .contains("transfer-encoding: chunked")
        {
            body = unchunked(&body);
        }
        Answer {
            status: head[9..12].parse().unwrap(),
            head,
            body,
        }
    }

    async fn get(&self, path: &str, headers: &str) -> Answer {
        self.send(&format!(
            "GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n{headers}\r\n"
        ))
        .await
    }

    async fn post(&self, kind: &str, body: &str) -> Answer {
        let length = body.len();
        self.send(&format!(
            "POST /oai HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: {kind}\r\nContent-Length: {length}\r\n\r\n{body}"
        ))
        .await
    }
}

fn unchunked(mut rest: &[u8]) -> Vec<u8> {
    let mut body = Vec::new();
    loop {
        let end = rest.windows(2).position(|two| two == b"\r\n").unwrap();
        let size = usize::from_str_radix(std::str::from_utf8(&rest[..end]).unwrap(), 16).unwrap();
        if size == 0 {
            return body;
        }
        body.extend_from_slice(&rest[end + 2..end + 2 + size]);
        rest = &rest[end + 4 + size..];
    }
}

const FORM: &str = "application/x-www-form-urlencoded";

#[tokio::test]
async fn get_and_post_are_answered_alike() {
    let server = start(recorded().await, Limits::default()).await;
    let query = "verb=ListIdentifiers&metadataPrefix=oai_dc&set=cac%3Acac&from=2026-01-01";
    let got = server.get(&format!("/oai?{query}"), "").await;
    assert_eq!(
        (got.status, got.header("content-type")),
        (200, Some("text/xml; charset=utf-8"))
    );
    let got = check(&got.text()).unwrap();
    for kind in [FORM, "Application/X-WWW-Form-Urlencoded; charset=UTF-8"] {
        let posted = server.post(kind, query).await;
        assert_eq!(check(&posted.text()).unwrap().headers(), got.headers());
    }
    assert_eq!(server.post("application/json", "{}").await.status, 415);
    assert_eq!(
        check(&server.post(FORM, "").await.text()).unwrap().errors(),
        ["badVerb"]
    );
    let head = server
        .send("HEAD /oai?verb=Identify HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        .await;
    assert_eq!((head.status, head.body.len()), (200, 0));
    assert_eq!(head.header("content-type"), Some("text/xml; charset=utf-8"));
    assert_eq!(
        server
            .send("PUT /oai HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
            .await
            .status,
        405
    );
    let long = format!("verb=Identify&x={}", "a".repeat(100_000));
    assert_eq!(server.post(FORM, &long).await.status, 413);
    let many = (0..200)
        .map(|n| format!("a{n}=1"))
        .collect::<Vec<_>>()
        .join("&");
    assert_eq!(
        check(
            &server
                .get(&format!("/oai?verb=Identify&{many}"), "")
                .await
                .text()
        )
        .unwrap()
        .errors()[0],
        "badArgument"
    );
}

#[tokio::test]
async fn answers_are_packed_and_known_again() {
    let server = start(recorded().await, Limits::default()).await;
    let path = "/oai?verb=ListSets";
    let plain = server.get(path, "").await;
    let gzip = server.get(path, "Accept-Encoding: gzip\r\n").await;
    assert_eq!(gzip.header("content-encoding"), Some("gzip"));
    let mut unpacked = String::new();
    std::io::Read::read_to_string(
        &mut flate2::read::GzDecoder::new(&gzip.body[..]),
        &mut unpacked,
    )
    .unwrap();
    assert_eq!(
        check(&unpacked).unwrap().texts("setSpec"),
        check(&plain.text()).unwrap().texts("setSpec")
    );
    let zstd = server.get(path, "Accept-Encoding: zstd\r\n").await;
    assert_eq!(zstd.header("content-encoding"), Some("zstd"));
    check(std::str::from_utf8(&zstd::decode_all(&zstd.body[..]).unwrap()).unwrap()).unwrap();

    let etag = plain.header("etag").unwrap().to_owned();
    let again = server
        .get(path, &format!("If-None-Match: {etag}\r\n"))
        .await;
    assert_eq!((again.status, again.body.len()), (304, 0));
    assert_eq!(
        server.get(path, "If-None-Match: W/\"0\"\r\n").await.status,
        200
    );
    // A page that leads on has none: its token would grow old in a cache.
    assert_eq!(
        server
            .get("/oai?verb=ListRecords&metadataPrefix=oai_dc", "")
            .await
            .header("etag"),
        None
    );
    // Another source is another answer.
    server.served.open_source("other").await;
    assert_eq!(
        server
            .get("/oai?verb=Identify", &format!("If-None-Match: {etag}\r\n"))
            .await
            .status,
        200
    );
}

#[tokio::test]
async fn a_browser_gets_pages_and_a_harvester_does_not() {
    let server = start(recorded().await, Limits::default()).await;
    let browser = server
        .get("/oai", "Accept: text/html,application/xhtml+xml\r\n")
        .await;
    assert_eq!(
        (browser.status, browser.header("location")),
        (303, Some("/"))
    );
    assert_eq!(
        check(&server.get("/oai", "Accept: */*\r\n").await.text())
            .unwrap()
            .errors(),
        ["badVerb"]
    );
    let home = server.get("/", "").await;
    assert_eq!(home.status, 200);
    let policy = home.header("content-security-policy").unwrap();
    assert!(
        policy.contains("default-src 'none'") && !policy.contains("script"),
        "{policy}"
    );
    assert!(
        home.text().contains("A &lt;catalog&gt; &amp; more") && home.text().contains("ListRecords")
    );
    assert!(!home.text().contains("<script"));
    for (path, status) in [
        ("/search", 200),
        ("/report", 200),
        ("/style.css", 200),
        ("/health", 200),
        ("/none", 404),
        ("/article?identifier=x", 404),
    ] {
        let mut got = server.get(path, "").await;
        while got.status == 202 {
            // A busy machine is still counting, and the answer waits for it a while.
            got = server.get(path, "").await;
        }
        assert_eq!(got.status, status, "{path}");
    }
}

#[tokio::test]
async fn search_finds_title_keyword_name_doi_and_issn() {
    let mut collection = providing::empty(providing::settings()).await;
    collection.source = collection.open_source("s").await;
    let one = "<dc:title>Études of the Steppe</dc:title><dc:creator>Ivanova, Anna</dc:creator>\
               <dc:identifier>https://doi.org/10.1234/abc.5</dc:identifier><dc:source>1404-6091</dc:source>\
               <dc:subject>pastoralism; grazing rights</dc:subject>";
    let two = "<dc:title>&lt;script&gt;alert(1)&lt;/script&gt; Steppe</dc:title>";
    collection
        .bring("oai_dc", &answer_of("x:1", &[], Some(one)))
        .await;
    collection
        .bring("oai_dc", &answer_of("x:2", &[], Some(two)))
        .await;
    collection.derive().await;
    let server = start(collection, Limits::default()).await;
    let found = async |words: &str| {
        let page = server
            .get(&format!("/search?q={}", encode(words)), "")
            .await;
        assert_eq!(page.status, 200, "{words}");
        page.text().matches("/article?identifier=").count()
    };
    for (words, expected) in [
        ("steppe", 2),
        ("ETUDES", 1),
        ("étu", 1),
        ("ivanova steppe", 1),
        ("10.1234/abc.5", 1),
        ("1404-6091", 1),
        ("pastoralism", 1),
        ("grazing ivanova", 1),
        ("nothing", 0),
        ("", 0),
        ("\" OR *", 0),
        ("title:steppe", 0),
        ("steppe NOT etudes", 0),
    ] {
        assert_eq!(found(words).await, expected, "{words}");
    }
    let page = server.get("/search?q=steppe", "").await.text();
    assert!(
        !page.contains("<script>") && page.contains("&lt;script&gt;") || !page.contains("alert(1)"),
        "{page}"
    );
    let elsewhere = server.get("/search?q=steppe&source=none", "").await.text();
    assert_eq!(elsewhere.matches("/article?identifier=").count(), 0);

    let identifier = "oai:catalog.example.org:s:x:1";
    for asked in [identifier, "x:1"] {
        let page = server
            .get(&format!("/article?identifier={}", encode(asked)), "")
            .await
            .text();
        assert!(
            page.contains("Études of the Steppe") && page.contains("Ivanova"),
            "{page}"
        );
    }
    for format in [
        "jats", "jsonl", "marcxml", "marc", "bibtex", "ris", "csl", "csv", "dc", "raw",
    ] {
        let answer = server
            .get(
                &format!("/article?identifier={identifier}&format={format}"),
                "",
            )
            .await;
        assert_eq!(answer.status, 200, "{format}");
        assert!(
            !answer.body.is_empty() && answer.header("content-disposition").is_some(),
            "{format}"
        );
    }
    assert_eq!(
        server
            .get(&format!("/article?identifier={identifier}&format=none"), "")
            .await
            .status,
        404
    );
    // What is withdrawn is found no more.
    server
        .served
        .bring("oai_dc", &answer_of("x:1", &[], None))
        .await;
    server.served.derive().await;
    assert_eq!(found("etudes").await, 0);
    server.served.forget("x:2").await;
    assert_eq!(found("steppe").await, 0);
}

#[tokio::test]
async fn refuses_input_over_the_limits() {
    let limits = Limits {
        idle: Duration::from_millis(200),
        ..Limits::default()
    };
    let server = start(recorded().await, limits).await;
    let headers = format!("X-Long: {}\r\n", "a".repeat(64 * 1024));
    assert_eq!(server.get("/oai?verb=Identify", &headers).await.status, 431);
    let headers = "X-A: a\r\n".repeat(300);
    assert_eq!(server.get("/oai?verb=Identify", &headers).await.status, 431);
    // Who begins a request and does not end it is not waited for.
    let mut slow = TcpStream::connect(server.address).await.unwrap();
    slow.write_all(b"GET /oai?verb=Identify HTTP/1.1\r\nHo")
        .await
        .unwrap();
    let mut rest = Vec::new();
    tokio::time::timeout(Duration::from_secs(20), slow.read_to_end(&mut rest))
        .await
        .unwrap()
        .unwrap();
    assert!(!String::from_utf8_lossy(&rest).contains("200 OK"));
}

/// Connections that send nothing.
async fn idle(server: &Server, count: usize) -> Vec<TcpStream> {
    let mut open = Vec::new();
    for _ in 0..count {
        open.push(TcpStream::connect(server.address).await.unwrap());
    }
    open
}

#[tokio::test]
async fn one_client_does_not_keep_health_from_others() {
    let server = start(recorded().await, Limits::default()).await;
    let open = idle(&server, 1100).await;
    let health = tokio::time::timeout(Duration::from_secs(20), server.get("/health", ""));
    assert_eq!(health.await.unwrap().text(), "ok\n");
    drop(open);
}

#[tokio::test]
async fn connections_beyond_all_limits_close_the_oldest_idle_ones() {
    let limits = Limits {
        connections: 8,
        client_connections: 100,
        ..Limits::default()
    };
    let server = start(recorded().await, limits).await;
    let open = idle(&server, 50).await;
    for _ in 0..3 {
        let health = tokio::time::timeout(Duration::from_secs(20), server.get("/health", ""));
        assert_eq!(health.await.unwrap().text(), "ok\n");
    }
    drop(open);
}

#[tokio::test]
async fn stops_on_request() {
    let server = start(recorded().await, Limits::default()).await;
    let idle = TcpStream::connect(server.address).await.unwrap();
    assert_eq!(server.get("/health", "").await.text(), "ok\n");
    server.stop.cancel();
    tokio::time::timeout(Duration::from_secs(20), server.task)
        .await
        .unwrap()
        .unwrap()
        .unwrap();
    drop(idle);
    assert!(TcpStream::connect(server.address).await.is_err());
}

#[tokio::test]
async fn metrics_count_the_served_records() {
    let server = start(recorded().await, Limits::default()).await;
    server
        .get("/oai?verb=ListRecords&metadataPrefix=oai_dc", "")
        .await;
    server.get("/oai?verb=nonsense", "").await;
    let figures = server.get("/metrics", "").await.text();
    for line in [
        "offprint_oai_records_total 10",
        "offprint_oai_answers_total{verb=\"ListRecords\",error=\"none\"} 1",
        "offprint_oai_answers_total{verb=\"none\",error=\"badVerb\"} 1",
        "offprint_http_requests_total{route=\"/oai\",status=\"200\"} 2",
        "offprint_connections 1",
    ] {
        assert!(figures.contains(line), "{line} is not in\n{figures}");
    }
}

#[tokio::test]
async fn an_article_says_how_to_cite_it_to_people_and_programs() {
    let server = start(recorded().await, Limits::default()).await;
    let path = "/article?identifier=oai%3Aojs.ca-c.test%3Aarticle%2F382";
    let page = server.get(path, "").await.text();
    for expected in [
        "<meta name=\"citation_title\" content=\"Oil and Gas Pipelines",
        "<meta name=\"citation_author\" content=\"TOLIPOV, Zaur\"/>",
        "<meta name=\"citation_journal_title\" content=\"CENTRAL ASIA AND THE CAUCASUS\"/>",
        "<meta name=\"citation_volume\" content=\"1\"/>",
        "<meta name=\"citation_firstpage\" content=\"5\"/>",
        "<script type=\"application/ld+json\">{",
        "TOLIPOV, Z., &amp; ISMAILOV, S. (2000). Oil and Gas Pipelines",
        "<summary>BibTeX</summary>",
        "<summary>RIS</summary>",
        "<a href=\"/source?name=cac\">",
    ] {
        assert!(page.contains(expected), "{expected} in {page}");
    }
}

#[tokio::test]
async fn a_source_lists_its_articles_page_by_page() {
    let server = start(recorded().await, Limits::default()).await;
    let page = server.get("/source?name=cac", "").await.text();
    assert!(page.contains("<a href=\"/article?identifier="), "{page}");
    let (_, next) = page.split_once("rel=\"next\" href=\"").unwrap();
    let next = next.split('"').next().unwrap().replace("&amp;", "&");
    let second = server.get(&next, "").await;
    assert_eq!(second.status, 200);
    assert_ne!(second.text(), page);
    assert_eq!(server.get("/source?name=nosuch", "").await.status, 404);
}

#[tokio::test]
async fn searches_are_json_as_described() {
    let server = start(recorded().await, Limits::default()).await;
    let json =
        |answer: Answer| -> serde_json::Value { serde_json::from_str(&answer.text()).unwrap() };
    let sources = json(server.get("/api/sources", "").await);
    assert_eq!(sources["sources"][0]["name"], "cac");
    let found = json(server.get("/api/search?q=kazakhstan", "").await);
    assert!(!found["articles"].as_array().unwrap().is_empty(), "{found}");
    assert_eq!(found["articles"][0]["status"], "live");
    let year = &found["facets"]["year"][0];
    let narrowed = format!(
        "/api/search?q=kazakhstan&year={}",
        year["value"].as_str().unwrap()
    );
    let narrowed = json(server.get(&narrowed, "").await);
    assert_eq!(narrowed["matches"], year["articles"]);
    assert_eq!(narrowed["facets"]["source"][0]["value"], "cac");
    let article = server
        .get(
            "/api/article?identifier=oai%3Aojs.ca-c.test%3Aarticle%2F382",
            "",
        )
        .await;
    assert_eq!(json(article)["schema_version"], "1.0");
    assert_eq!(
        server.get("/api/article?identifier=x", "").await.status,
        404
    );
    let described = json(server.get("/openapi.json", "").await);
    for path in described["paths"].as_object().unwrap().keys() {
        let status = server.get(path, "").await.status;
        assert!([200, 404].contains(&status), "{path}: {status}");
    }
}

#[tokio::test]
async fn words_of_a_search_are_marked() {
    let server = start(recorded().await, Limits::default()).await;
    let page = server.get("/search?q=kazakhstan", "").await.text();
    assert!(
        page.contains("<mark>KAZAKHSTAN</mark>") || page.contains("<mark>Kazakhstan</mark>"),
        "{page}"
    );
}

#[tokio::test]
async fn filters_narrow_a_search_and_can_be_left() {
    let server = start(recorded().await, Limits::default()).await;
    let page = server.get("/search?q=kazakhstan", "").await.text();
    let (_, link) = page.split_once("<summary>Year</summary>").unwrap();
    let (_, link) = link.split_once("href=\"").unwrap();
    let link = link.split('"').next().unwrap().replace("&amp;", "&");
    assert!(link.starts_with("/search?q=kazakhstan&year="), "{link}");
    let narrowed = server.get(&link, "").await.text();
    assert!(
        narrowed
            .contains("<a href=\"/search?q=kazakhstan\" aria-label=\"Remove the filter Year\">")
    );
    let count = |page: &str| page.matches("/article?identifier=").count();
    assert!(
        count(&narrowed) > 0 && count(&narrowed) < count(&page),
        "{narrowed}"
    );
    // A filter alone is a search, and one without words or filters shows what there is.
    let english = server.get("/search?language=en", "").await.text();
    assert!(english.contains("English") && count(&english) == 20);
    let none = server.get("/search", "").await.text();
    assert!(none.contains("<summary>Year</summary>") && count(&none) == 0);
}

#[tokio::test]
async fn a_source_shows_its_years_and_issues() {
    let server = start(recorded().await, Limits::default()).await;
    let page = server.get("/source?name=cac", "").await.text();
    assert!(
        page.contains("<a href=\"/source?name=cac&amp;year=2000\">2000</a>"),
        "{page}"
    );
    let (_, link) = page.split_once("&amp;issue=").unwrap();
    let issue = link.split('"').next().unwrap();
    let issue = server
        .get(&format!("/source?name=cac&issue={issue}"), "")
        .await
        .text();
    assert!(
        issue.contains("No. ") && issue.contains("/article?identifier="),
        "{issue}"
    );
    assert!(
        issue.contains("<a href=\"/source?name=cac\">"),
        "the way back: {issue}"
    );
    let year = server.get("/source?name=cac&year=2000", "").await.text();
    assert!(year.contains("<h2>Issues</h2>") && year.contains("/article?identifier="));
    let none = server.get("/source?name=cac&year=1900", "").await.text();
    assert!(none.contains("There is no article here."));
}

#[tokio::test]
async fn failing_sources_say_why_and_since_when() {
    let server = start(recorded().await, Limits::default()).await;
    let spec = |name: &str| SourceSpec {
        name: Some(name.to_owned()),
        base_url: format!("https://journals.example.org/index.php/{name}/oai"),
    };
    let store = &server.served.store;
    let time = |text: &str| text.parse::<Time>().unwrap();
    for (name, error) in [("cac", "HTTP 503 <b>"), ("never", "no such host")] {
        let known = SourceSettings {
            spec: spec(name),
            settings: None,
            attempts: Attempts::default(),
        };
        store.save_source_settings(&[known]).await.unwrap();
        let at = time("2026-01-31T04:00:00Z");
        store
            .note_attempt(&spec(name), at, Some(error))
            .await
            .unwrap();
    }
    let said = "1 failure, last tried 2026-01-31 04:00 UTC";
    let home = server.get("/", "").await.text();
    assert!(
        home.contains("Failing sources: 2") && home.contains("HTTP 503 &lt;b&gt;"),
        "{home}"
    );
    assert!(home.contains("<bdi>never</bdi>") && home.contains(said));
    let source = server.get("/source?name=cac", "").await.text();
    assert!(
        source.contains("HTTP 503 &lt;b&gt;") && source.contains(said),
        "{source}"
    );
    let mut report = server.get("/report", "").await;
    while report.status == 202 {
        report = server.get("/report", "").await;
    }
    assert!(report.text().contains(said) && report.text().contains("no such host"));
    assert!(
        report.text().contains("<a href=\"/\"><strong>"),
        "a way back"
    );
}

/// Returns an answer of the provider as a browser shows it.
async fn transformed(server: &Server, query: &str) -> String {
    let answer = server.get(&format!("/oai?{query}"), "").await;
    let text = answer.text();
    assert!(text.contains("<?xml-stylesheet type=\"text/xsl\" href=\"/oai.xsl\"?>"));
    assert!(
        answer
            .header("content-security-policy")
            .unwrap()
            .contains("script-src 'self'")
    );
    let folder = tempfile::tempdir().unwrap();
    let (sheet, page) = (
        folder.path().join("oai.xsl"),
        folder.path().join("answer.xml"),
    );
    let style = server.get("/oai.xsl", "").await;
    assert_eq!(
        style.header("content-type"),
        Some("text/xsl; charset=utf-8")
    );
    std::fs::write(&sheet, style.body).unwrap();
    std::fs::write(&page, text).unwrap();
    let output = std::process::Command::new("xsltproc")
        .args(["--nonet", "--novalid"])
        .args([&sheet, &page])
        .output()
        .unwrap_or_else(|error| panic!("xsltproc: {error}; see scripts/setup.sh"));
    let log = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && log.is_empty(), "{query}: {log}");
    String::from_utf8(output.stdout).unwrap()
}

#[tokio::test]
async fn browsers_show_answers_as_pages_with_links() {
    let server = start(recorded().await, Limits::default()).await;
    for (query, expected) in [
        (
            "verb=Identify",
            "<dt>repositoryName</dt>\n<dd>A &lt;catalog&gt; &amp; more</dd>",
        ),
        (
            "verb=ListMetadataFormats",
            "href=\"/oai?verb=ListRecords&amp;metadataPrefix=jats\"",
        ),
        (
            "verb=ListSets",
            "href=\"/oai?verb=ListRecords&amp;metadataPrefix=oai_dc&amp;set=cac\"",
        ),
        ("verb=ListRecords&metadataPrefix=oai_dc", "<dt>title</dt>"),
        ("verb=ListRecords&metadataPrefix=oai_dc", ">Next page</a>"),
        ("verb=ListRecords&metadataPrefix=jats", "&lt;article"),
        (
            "verb=ListIdentifiers&metadataPrefix=oai_dc",
            "href=\"/article?identifier=oai:catalog.example.org:cac:oai:ojs.ca-c.test:article/382\"",
        ),
        ("verb=nonsense", "<b class=\"attend\">badVerb</b>"),
    ] {
        let page = transformed(&server, query).await;
        assert!(
            page.contains(expected),
            "{query}: {expected} is not in {page}"
        );
        assert!(page.contains("<a href=\"/\"><strong>A &lt;catalog&gt; &amp; more</strong></a>"));
        assert!(!page.contains("SITE-NAV") && page.starts_with("<!DOCTYPE html"));
    }
    // The links lead on.
    let first = transformed(&server, "verb=ListRecords&metadataPrefix=oai_dc").await;
    let (_, next) = first.split_once("<a rel=\"next\" href=\"").unwrap();
    let next = next.split('"').next().unwrap().replace("&amp;", "&");
    let second = check(&server.get(&next, "").await.text()).unwrap();
    assert_eq!(second.errors(), Vec::<&str>::new());
}
