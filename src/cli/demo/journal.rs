//! The sample journal: recorded pages of an Open Journal Systems 3.4, served from loopback.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::io::{self, Write as _};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::Router;
use axum::extract::{Query, Request, State};
use axum::http::StatusCode;
use axum::http::header::{ACCEPT_ENCODING, CONTENT_ENCODING, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use chrono::{DateTime, Duration, Utc};
use flate2::{Compression, write::GzEncoder};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::oai::{Datestamp, ErrorCode, Granularity};

/// Where the recorded server ran.
const RECORDED_HOST: &str = "http://127.0.0.1:8081";
const PAGES: [&str; 3] = [
    include_str!("../../../samples/ojs-3.4-cac/cac-listrecords-oai_dc-page1.xml"),
    include_str!("../../../samples/ojs-3.4-cac/cac-listrecords-oai_dc-page2.xml"),
    include_str!("../../../samples/ojs-3.4-cac/cac-listrecords-oai_dc-page3.xml"),
];
const CHANGES: &str =
    include_str!("../../../samples/ojs-3.4-cac/second/cac-listrecords-oai_dc-second.xml");
const IDENTIFY: &str = include_str!("../../../samples/ojs-3.4-cac/cac-identify.xml");
const SETS: &str = include_str!("../../../samples/ojs-3.4-cac/cac-listsets.xml");
const FORMATS: &str = "\t<ListMetadataFormats>\n\t\t<metadataFormat>\n\t\t\t<metadataPrefix>oai_dc</metadataPrefix>\n\
    \t\t\t<schema>http://www.openarchives.org/OAI/2.0/oai_dc.xsd</schema>\n\
    \t\t\t<metadataNamespace>http://www.openarchives.org/OAI/2.0/oai_dc/</metadataNamespace>\n\
    \t\t</metadataFormat>\n\t</ListMetadataFormats>\n";
const LANDING_PAGE: &str = include_str!("../../../samples/landing/643.html");

/// Records on a page of ListRecords, and headers on one of ListIdentifiers, as the recorded server has them.
const RECORDS_PER_PAGE: usize = 100;
const HEADERS_PER_PAGE: usize = 500;

/// When the journal was recorded: 2026-11-24T03:00:00Z.
const RECORDED_AT: i64 = 1_795_489_200;

/// The sample journal, served over HTTP from 127.0.0.1. It stops when this is dropped.
#[derive(Debug)]
pub struct DemoJournal {
    base_url: String,
    journal: Shared,
    stop: CancellationToken,
    server: JoinHandle<io::Result<()>>,
}

type Shared = Arc<Mutex<Journal>>;

impl DemoJournal {
    /// Serves the journal on a free port.
    ///
    /// # Errors
    /// When the loopback address has no free port.
    pub async fn start() -> io::Result<Self> {
        Self::start_on(0).await
    }

    /// Serves the journal on this port; 0 is a free one.
    ///
    /// # Errors
    /// When the port is taken.
    pub async fn start_on(port: u16) -> io::Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", port)).await?;
        let host = format!("http://{}", listener.local_addr()?);
        let base_url = format!("{host}/index.php/cac/oai");
        let journal: Shared = Arc::new(Mutex::new(Journal::new(host)));
        let router = Router::new()
            .fallback(respond)
            .with_state(Arc::clone(&journal));
        let stop = CancellationToken::new();
        let stopped = stop.clone().cancelled_owned();
        let server = axum::serve(listener, router).with_graceful_shutdown(stopped);
        Ok(Self {
            base_url,
            journal,
            stop,
            server: tokio::spawn(server.into_future()),
        })
    }

    /// The base URL of its endpoint: `http://127.0.0.1:PORT/index.php/cac/oai`.
    pub fn base_url(&self) -> &str {
        &self.base_url
    }

    /// Corrects the title of one article, deletes one article and adds one, all dated five hours later by the
    /// journal's own clock, which stands still otherwise.
    pub fn publish_changes(&self) {
        lock(&self.journal).publish_changes();
    }

    /// Finishes the current responses, then stops.
    ///
    /// # Errors
    /// When the server failed while it ran.
    pub async fn stop(mut self) -> io::Result<()> {
        self.stop.cancel();
        (&mut self.server).await.map_err(io::Error::other)?
    }
}

impl Drop for DemoJournal {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

fn lock(journal: &Shared) -> MutexGuard<'_, Journal> {
    journal.lock().unwrap_or_else(PoisonError::into_inner)
}

async fn respond(
    State(journal): State<Shared>,
    Query(arguments): Query<HashMap<String, String>>,
    request: Request,
) -> Response {
    let path = request.uri().path();
    let (kind, text) = if path.trim_end_matches('/') == "/index.php/cac/oai" {
        (
            "text/xml;charset=utf-8",
            lock(&journal).response(&arguments),
        )
    } else if path == "/index.php/cac/article/view/643" {
        let page = lock(&journal).at_this_host(LANDING_PAGE);
        ("text/html; charset=utf-8", page)
    } else {
        return (StatusCode::NOT_FOUND, "404 Not Found").into_response();
    };
    let accepted = request.headers().get(ACCEPT_ENCODING);
    let accepts_gzip = accepted
        .and_then(|value| value.to_str().ok())
        .is_some_and(|value| value.contains("gzip"));
    match accepts_gzip.then(|| gzip(&text)) {
        Some(Ok(body)) => {
            ([(CONTENT_TYPE, kind), (CONTENT_ENCODING, "gzip")], body).into_response()
        }
        _ => ([(CONTENT_TYPE, kind)], text).into_response(),
    }
}

fn gzip(text: &str) -> io::Result<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(text.as_bytes())?;
    encoder.finish()
}

/// The records of the journal, and its clock.
#[derive(Debug)]
struct Journal {
    host: String,
    now: DateTime<Utc>,
    records: Vec<Record>,
}

/// A `<record>` element as recorded, with its indentation and last line feed.
#[derive(Debug)]
struct Record(String);

/// A protocol error (§3.6).
struct Refusal(ErrorCode, &'static str);

impl Journal {
    fn new(host: String) -> Self {
        let mut journal = Self {
            host,
            now: DateTime::from_timestamp(RECORDED_AT, 0).unwrap_or_default(),
            records: Vec::new(),
        };
        for page in PAGES {
            let records = records(&journal.at_this_host(page));
            journal.records.extend(records);
        }
        journal
    }

    fn at_this_host(&self, text: &str) -> String {
        text.replace(RECORDED_HOST, &self.host)
    }

    fn publish_changes(&mut self) {
        self.now += Duration::hours(5);
        let now = Granularity::Second.format(self.now);
        for Record(xml) in records(&self.at_this_host(CHANGES)) {
            let record = Record(xml.replace(Record(xml.clone()).field("datestamp"), &now));
            let known = |other: &Record| other.field("identifier") == record.field("identifier");
            match self.records.iter().position(known) {
                Some(at) => self.records[at] = record,
                None => self.records.push(record),
            }
        }
    }

    /// The document that answers a request.
    fn response(&self, arguments: &HashMap<String, String>) -> String {
        let content = self
            .content(arguments)
            .unwrap_or_else(|Refusal(code, message)| {
                format!("\t<error code=\"{}\">{message}</error>\n", code.as_str())
            });
        let host = &self.host;
        let now = Granularity::Second.format(self.now);
        let verb = match arguments.get("verb").map(String::as_str) {
            Some(verb) if !content.starts_with("\t<error") => format!(" verb=\"{verb}\""),
            _ => String::new(),
        };
        format!(
            r#"<?xml version="1.0" encoding="UTF-8"?>
<OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/"
	xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"
	xsi:schemaLocation="http://www.openarchives.org/OAI/2.0/
		http://www.openarchives.org/OAI/2.0/OAI-PMH.xsd">
	<responseDate>{now}</responseDate>
	<request{verb}>{host}/index.php/cac/oai</request>
{content}</OAI-PMH>
"#
        )
    }

    /// The element of a response that the verb is about.
    fn content(&self, arguments: &HashMap<String, String>) -> Result<String, Refusal> {
        let argument = |name: &str| arguments.get(name).map(String::as_str);
        match argument("verb") {
            Some("Identify") => Ok(self.recorded(IDENTIFY, "Identify")),
            Some("ListMetadataFormats") => Ok(FORMATS.to_owned()),
            Some("ListSets") => Ok(self.recorded(SETS, "ListSets")),
            Some("GetRecord") => {
                check_prefix(argument("metadataPrefix"))?;
                let wanted = argument("identifier").unwrap_or_default();
                let found = self
                    .records
                    .iter()
                    .find(|one| one.field("identifier") == wanted);
                let record = found.ok_or(Refusal(
                    ErrorCode::IdDoesNotExist,
                    "No matching identifier in this repository",
                ))?;
                Ok(format!("\t<GetRecord>\n{}\t</GetRecord>\n", record.0))
            }
            Some(verb @ ("ListRecords" | "ListIdentifiers")) => {
                let place = match argument("resumptionToken") {
                    Some(token) => Place::parse(token)?,
                    None => Place::first(&argument)?,
                };
                self.list(verb, &place)
            }
            _ => Err(Refusal(ErrorCode::BadVerb, "Illegal OAI verb")),
        }
    }

    /// The element of a recorded response, with its indentation and last line feed.
    fn recorded(&self, response: &str, element: &str) -> String {
        let (start, end) = (format!("\t<{element}>\n"), format!("\t</{element}>\n"));
        let inner = between(response, &start, &end);
        self.at_this_host(&format!("{start}{inner}{end}"))
    }

    fn list(&self, verb: &str, place: &Place) -> Result<String, Refusal> {
        let is_headers = verb == "ListIdentifiers";
        let size = if is_headers {
            HEADERS_PER_PAGE
        } else {
            RECORDS_PER_PAGE
        };
        let records: Vec<_> = self
            .records
            .iter()
            .filter(|one| place.selects(one))
            .collect();
        let (total, cursor, next) = (records.len(), place.offset, place.offset + size);
        if cursor >= total {
            return Err(Refusal(
                ErrorCode::NoRecordsMatch,
                "No matching records in this repository",
            ));
        }
        let mut content = format!("\t<{verb}>\n");
        for record in &records[cursor..next.min(total)] {
            content.push_str(&if is_headers {
                record.header()
            } else {
                record.0.clone()
            });
        }
        if next < total {
            let token = place.token(next);
            let _ = writeln!(
                content,
                "\t\t<resumptionToken completeListSize=\"{total}\" cursor=\"{cursor}\">{token}</resumptionToken>"
            );
        } else if cursor > 0 {
            let _ = writeln!(
                content,
                "\t\t<resumptionToken completeListSize=\"{total}\" cursor=\"{cursor}\" />"
            );
        }
        let _ = writeln!(content, "\t</{verb}>");
        Ok(content)
    }
}

impl Record {
    /// The text of a header element.
    fn field(&self, name: &str) -> &str {
        between(&self.0, &format!("<{name}>"), &format!("</{name}>"))
    }

    /// The header alone, indented as in ListIdentifiers: a level less than in a record.
    fn header(&self) -> String {
        self.0
            .lines()
            .skip_while(|line| !line.contains("<header"))
            .take_while(|line| !line.contains("<metadata>") && !line.contains("</record>"))
            .flat_map(|line| [line.strip_prefix('\t').unwrap_or(line), "\n"])
            .collect()
    }
}

/// A list and the position in it. OJS compares whole days, whatever the granularity.
#[derive(Debug, Default)]
struct Place {
    offset: usize,
    /// setSpec; everything when empty.
    set: String,
    /// Days, inclusive; no limit when empty.
    from: String,
    until: String,
}

impl Place {
    /// The start of a list.
    fn first<'a>(argument: &impl Fn(&str) -> Option<&'a str>) -> Result<Self, Refusal> {
        let day = |name| {
            argument(name).map_or(Ok(String::new()), |text| {
                Datestamp::parse(text)
                    .map(|stamp| Granularity::Day.format(stamp.time))
                    .ok_or(Refusal(ErrorCode::BadArgument, "Illegal date parameter"))
            })
        };
        let place = Self {
            offset: 0,
            set: argument("set").unwrap_or_default().to_owned(),
            from: day("from")?,
            until: day("until")?,
        };
        check_prefix(argument("metadataPrefix"))?;
        Ok(place)
    }

    /// The resumptionToken of the list at this offset.
    fn token(&self, offset: usize) -> String {
        let Self {
            set, from, until, ..
        } = self;
        format!("{offset}!{set}!{from}!{until}")
    }

    fn parse(token: &str) -> Result<Self, Refusal> {
        let message = "The requested resumptionToken is invalid or has expired";
        let parts: Vec<&str> = token.split('!').collect();
        match (parts.as_slice(), parts[0].parse()) {
            ([_, set, from, until], Ok(offset)) => Ok(Self {
                offset,
                set: (*set).to_owned(),
                from: (*from).to_owned(),
                until: (*until).to_owned(),
            }),
            _ => Err(Refusal(ErrorCode::BadResumptionToken, message)),
        }
    }

    fn selects(&self, record: &Record) -> bool {
        let datestamp = record.field("datestamp");
        let day = datestamp.get(..10).unwrap_or(datestamp);
        (self.set.is_empty() || self.set == "cac" || self.set == record.field("setSpec"))
            && self.from.as_str() <= day
            && (self.until.is_empty() || day <= self.until.as_str())
    }
}

fn check_prefix(prefix: Option<&str>) -> Result<(), Refusal> {
    match prefix {
        Some("oai_dc") => Ok(()),
        Some(_) => Err(Refusal(
            ErrorCode::CannotDisseminateFormat,
            "The requested metadataPrefix is not supported by this repository",
        )),
        None => Err(Refusal(
            ErrorCode::BadArgument,
            "Missing metadataPrefix parameter",
        )),
    }
}

/// The records of a recorded page, whose shape is known: no XML reader is needed.
fn records(page: &str) -> Vec<Record> {
    page.split("\t\t<record>\n")
        .skip(1)
        .filter_map(|piece| piece.split_once("\t\t</record>\n"))
        .map(|(inner, _)| Record(format!("\t\t<record>\n{inner}\t\t</record>\n")))
        .collect()
}

/// The text between two marks; empty without them.
fn between<'a>(text: &'a str, start: &str, end: &str) -> &'a str {
    text.split_once(start)
        .and_then(|(_, rest)| rest.split_once(end))
        .map_or("", |(inner, _)| inner)
}
