//! The pages as a WARC 1.1 file (ISO 28500:2017), a gzip member a record, for those who keep web archives.
//!
//! Only what the store has is written: bodies after content coding, response headers as far as they are kept, and of
//! a request its URL. A page whose body was not kept has no record; its line in `requests.tsv` tells of it. A page
//! that was read from disk is a `resource`, for there was no exchange.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;

use chrono::{DateTime, SecondsFormat, Utc};
use flate2::Compression;
use flate2::write::GzEncoder;
use reqwest::StatusCode;
use serde_json::{Map, Value};
use url::{Position, Url};
use uuid::Uuid;

use crate::hex;
use crate::store::{Source, StoredPage};
use crate::values::DisplaySafeUrl;

/// The content of the warcinfo record.
const INFO: &str = concat!(
    "software: offprint ",
    env!("CARGO_PKG_VERSION"),
    "\r\nformat: WARC File Format 1.1\r\ndescription: bodies stand after content coding; response headers are those \
     kept with a page, a content coding renamed X-Archive-Orig-Content-Encoding; requests have their URL, without \
     credentials, and no other header as sent\r\n"
);

/// A WARC file under way.
pub(super) struct Warc {
    out: BufWriter<File>,
    base_url: DisplaySafeUrl,
    is_begun: bool,
}

/// A WARC record.
struct Record<'a> {
    kind: &'static str,
    media_type: &'a str,
    id: Uuid,
    date: DateTime<Utc>,
    /// Named fields of this kind of record.
    fields: Vec<(&'static str, String)>,
}

impl Warc {
    pub(super) fn create(path: &Path, source: &Source) -> io::Result<Self> {
        let out = BufWriter::with_capacity(1 << 18, super::folder::create(path)?);
        Ok(Self {
            out,
            base_url: DisplaySafeUrl::from(&source.base_url),
            is_begun: false,
        })
    }

    /// Writes what there is of a page.
    pub(super) fn page(&mut self, page: &StoredPage) -> io::Result<()> {
        self.begin(page.fetched_at)?;
        let Some(body) = &page.body else {
            return Ok(());
        };
        let digest = ("WARC-Payload-Digest", sha256(body));
        let id = |kind: &str| self.id(&format!("{}/{kind}/{}", page.page_no, hex::sha256(body)));
        let (request_id, response_id) = (id("request"), id("response"));
        let date = page.fetched_at;
        let url = Url::parse(&page.request)
            .ok()
            .filter(|url| page.status != 0 && url.has_host());
        let Some(url) = url else {
            let target = ("WARC-Target-URI", uri(&page.request));
            let fields = vec![target, digest];
            let media_type = "application/octet-stream";
            return self.record(
                &Record {
                    kind: "resource",
                    media_type,
                    id: id("resource"),
                    date,
                    fields,
                },
                body,
            );
        };
        let target = ("WARC-Target-URI", url.to_string());
        let host = &url[Position::BeforeHost..Position::AfterPort];
        let asked = &url[Position::BeforePath..Position::AfterQuery];
        let request = Record {
            kind: "request",
            media_type: "application/http;msgtype=request",
            id: request_id,
            date,
            fields: vec![target.clone(), concurrent(response_id)],
        };
        self.record(
            &request,
            format!("GET {asked} HTTP/1.1\r\nHost: {host}\r\n\r\n").as_bytes(),
        )?;
        let mut block = head(page).into_bytes();
        block.extend_from_slice(body);
        let response = Record {
            kind: "response",
            media_type: "application/http;msgtype=response",
            id: response_id,
            date,
            fields: vec![target, concurrent(request_id), digest],
        };
        self.record(&response, &block)
    }

    /// Makes the file whole.
    pub(super) fn finish(mut self) -> io::Result<()> {
        self.begin(DateTime::default())?;
        self.out
            .into_inner()
            .map_err(io::IntoInnerError::into_error)?
            .sync_data()
    }

    /// Dated as the first page, so that the same store gives the same bytes.
    fn begin(&mut self, date: DateTime<Utc>) -> io::Result<()> {
        if self.is_begun {
            return Ok(());
        }
        self.is_begun = true;
        let fields = vec![("WARC-Filename", "pages.warc.gz".to_owned())];
        let info = Record {
            kind: "warcinfo",
            media_type: "application/warc-fields",
            id: self.id(INFO),
            date,
            fields,
        };
        self.record(&info, INFO.as_bytes())
    }

    fn id(&self, name: &str) -> Uuid {
        Uuid::new_v5(
            &Uuid::NAMESPACE_URL,
            format!("{}#{name}", self.base_url).as_bytes(),
        )
    }

    fn record(&mut self, record: &Record<'_>, block: &[u8]) -> io::Result<()> {
        let mut out = GzEncoder::new(&mut self.out, Compression::default());
        let date = record.date.to_rfc3339_opts(SecondsFormat::Micros, true);
        write!(
            out,
            "WARC/1.1\r\nWARC-Type: {}\r\nWARC-Record-ID: {}\r\n",
            record.kind,
            urn(record.id)
        )?;
        write!(out, "WARC-Date: {date}\r\n")?;
        for (name, value) in &record.fields {
            write!(out, "{name}: {value}\r\n")?;
        }
        write!(
            out,
            "WARC-Block-Digest: {}\r\nContent-Type: {}\r\n",
            sha256(block),
            record.media_type
        )?;
        write!(out, "Content-Length: {}\r\n\r\n", block.len())?;
        out.write_all(block)?;
        out.write_all(b"\r\n\r\n")?;
        out.finish().map(|_| ())
    }
}

/// Status line and headers of a response, as far as they are kept.
fn head(page: &StoredPage) -> String {
    let reason = StatusCode::from_u16(page.status)
        .ok()
        .and_then(|status| status.canonical_reason());
    let mut head = format!(
        "HTTP/1.1 {} {}\r\n",
        page.status,
        reason.unwrap_or_default()
    );
    let kept: Map<String, Value> = serde_json::from_str(&page.headers).unwrap_or_default();
    for (name, value) in &kept {
        let Some(value) = value
            .as_str()
            .filter(|value| !value.contains(char::is_control))
        else {
            continue;
        };
        // The body stands without its coding, which a reader would else undo once more.
        let name = if name == "content-encoding" {
            "X-Archive-Orig-Content-Encoding"
        } else {
            name
        };
        head.extend([name, ": ", value, "\r\n"]);
    }
    head.push_str("\r\n");
    head
}

fn concurrent(id: Uuid) -> (&'static str, String) {
    ("WARC-Concurrent-To", urn(id))
}

fn urn(id: Uuid) -> String {
    format!("<urn:uuid:{id}>")
}

fn sha256(bytes: &[u8]) -> String {
    format!("sha256:{}", hex::sha256(bytes))
}

/// A text without the characters that no URI has.
fn uri(text: &str) -> String {
    text.chars()
        .filter(|c| !c.is_control())
        .collect::<String>()
        .replace(' ', "%20")
}
