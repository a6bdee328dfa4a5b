//! A host with journals of two pages each, which notes who asks when.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::net::Ipv4Addr;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use axum::extract::{Path as Segment, RawQuery, State};
use axum::http::HeaderMap;

/// Records of a journal: two pages.
pub(crate) const RECORDS: usize = 6;

/// A request that a host was sent.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    from: String,
    began: Instant,
    ended: Instant,
}

/// A host with its journals.
#[derive(Debug)]
pub(crate) struct Host {
    number: usize,
    pub(crate) asked: Mutex<Vec<Asked>>,
}

impl Host {
    pub(crate) async fn start(number: usize, at: Ipv4Addr) -> (Arc<Self>, u16) {
        let host = Arc::new(Self {
            number,
            asked: Mutex::default(),
        });
        let listener = tokio::net::TcpListener::bind((at, 0)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let routes = axum::Router::new()
            .route("/{journal}/oai", axum::routing::get(answer))
            .with_state(Arc::clone(&host));
        tokio::spawn(async move { axum::serve(listener, routes).await.unwrap() });
        (host, port)
    }
}

async fn answer(
    State(host): State<Arc<Host>>,
    Segment(journal): Segment<String>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> ([(&'static str, &'static str); 1], String) {
    let began = Instant::now();
    let query = query.unwrap_or_default();
    let from = headers
        .get("from")
        .map(|from| from.to_str().unwrap().to_owned())
        .unwrap_or_default();
    tokio::time::sleep(Duration::from_millis(10)).await;
    let asked = Asked {
        from,
        began,
        ended: Instant::now(),
    };
    host.asked.lock().unwrap().push(asked);
    let body = if query.contains("verb=Identify") {
        format!(
            "<Identify><repositoryName>{journal}</repositoryName><baseURL>http://h/{journal}/oai</baseURL>\
             <protocolVersion>2.0</protocolVersion><adminEmail>a@example.org</adminEmail>\
             <earliestDatestamp>2020-01-01T00:00:00Z</earliestDatestamp><deletedRecord>persistent</deletedRecord>\
             <granularity>YYYY-MM-DDThh:mm:ssZ</granularity></Identify>"
        )
    } else if query.contains("resumptionToken=second") {
        list(
            host.number,
            &journal,
            RECORDS / 2..RECORDS,
            "<resumptionToken completeListSize=\"6\" cursor=\"3\"/>",
        )
    } else if query.contains("verb=ListRecords") {
        let more = "<resumptionToken completeListSize=\"6\" cursor=\"0\">second</resumptionToken>";
        list(host.number, &journal, 0..RECORDS / 2, more)
    } else {
        "<error code=\"badVerb\">no</error>".to_owned()
    };
    let page = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?><OAI-PMH xmlns=\"http://www.openarchives.org/OAI/2.0/\">\
         <responseDate>2026-01-01T00:00:00Z</responseDate><request>http://h/{journal}/oai</request>{body}</OAI-PMH>"
    );
    ([("content-type", "text/xml")], page)
}

fn list(host: usize, journal: &str, numbers: std::ops::Range<usize>, token: &str) -> String {
    let mut text = "<ListRecords>".to_owned();
    for n in numbers {
        write!(
            text,
            "<record><header><identifier>oai:h{host}:{journal}/{n}</identifier>\
             <datestamp>2024-05-0{}T00:00:00Z</datestamp></header><metadata>\
             <oai_dc:dc xmlns:oai_dc=\"http://www.openarchives.org/OAI/2.0/oai_dc/\" \
             xmlns:dc=\"http://purl.org/dc/elements/1.1/\"><dc:title>Title {n} of {journal}</dc:title>\
             <dc:type>article</dc:type></oai_dc:dc></metadata></record>",
            n + 1
        )
        .unwrap();
    }
    text + token + "</ListRecords>"
}

/// No two requests at a time, whoever asks; none sooner than the rate after the one before. A machine that is busy sends
/// late, and what follows arrives the nearer: by less than half a period.
pub(crate) fn polite(host: &Host, rate: usize) {
    let mut asked = host.asked.lock().unwrap().clone();
    asked.sort_by_key(|asked| asked.began);
    let mut by: HashMap<&str, usize> = HashMap::new();
    for pair in asked.windows(2) {
        let gap = pair[1].began - pair[0].began;
        let least = Duration::from_secs(1) / u32::try_from(2 * rate).unwrap();
        assert!(
            gap >= least,
            "host {} was asked again after {gap:?}: {pair:?}",
            host.number
        );
        assert!(
            pair[1].began >= pair[0].ended,
            "host {} was asked twice at a time: {pair:?}",
            host.number
        );
    }
    for one in &asked {
        *by.entry(&one.from).or_default() += 1;
    }
    assert!(!by.is_empty(), "host {} was never asked", host.number);
}
