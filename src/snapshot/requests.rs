//! `data/requests.tsv` and `data/source.json`: the requests and their targets, so that a snapshot can be read back as
//! if it had just been harvested.

use std::collections::HashMap;
use std::fmt::Write as _;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::hex;
use crate::normalize::LANDING_PAGE;
use crate::store::{Remembered, RunNo, StoredPage};
use crate::values::DisplaySafeUrl;

/// The columns.
pub(super) const HEAD: &str =
    "page\tfile\trequest\ttime\tstatus\twire_coding\tsha256\tkind\tformat\trun\tidentifier\n";

/// The description of a source in a snapshot.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SourceFile {
    /// The name in the collection.
    pub name: String,
    /// Base URL of its endpoint; secrets in it are masked.
    pub base_url: DisplaySafeUrl,
    /// The Identify response.
    pub identify: Option<Remembered>,
}

/// The request of a page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// As requested, without credentials.
    pub request: String,
    /// When the response had come in.
    pub time: DateTime<Utc>,
    /// HTTP status; 0 for a page read from disk.
    pub status: u16,
    /// Content coding on the wire.
    pub wire_coding: String,
    /// `ListRecords`, `GetRecord`, `landing_page`.
    pub kind: String,
    /// metadataPrefix.
    pub format: String,
    /// The run that brought it.
    pub run: RunNo,
    /// The identifier of the article, for a landing page.
    pub identifier: Option<String>,
}

/// The requests of a snapshot, by file name.
#[derive(Clone, Debug, Default)]
pub struct Requests(HashMap<String, Request>);

impl Requests {
    /// Reads the text of `requests.tsv`; an incomplete line is passed over, for the page says most itself.
    pub fn parse(text: &str) -> Self {
        let mut lines = text.lines();
        let columns: Vec<&str> = lines.next().unwrap_or_default().split('\t').collect();
        let place = |name: &str| columns.iter().position(|column| *column == name);
        let one = |line: &str| {
            let cells: Vec<&str> = line.split('\t').collect();
            let cell = |name: &str| place(name).and_then(|place| cells.get(place)).copied();
            let file = cell("file").filter(|file| !file.is_empty())?;
            let request = Request {
                request: cell("request")?.to_owned(),
                time: DateTime::parse_from_rfc3339(cell("time")?).ok()?.to_utc(),
                status: cell("status")?.parse().ok()?,
                wire_coding: cell("wire_coding")?.to_owned(),
                kind: cell("kind")?.to_owned(),
                format: cell("format")?.to_owned(),
                run: RunNo(cell("run")?.parse().ok()?),
                identifier: cell("identifier")
                    .filter(|text| !text.is_empty())
                    .map(str::to_owned),
            };
            Some((file.to_owned(), request))
        };
        Self(lines.filter_map(one).collect())
    }

    /// Returns the request of a file in `data/pages/`.
    pub fn get(&self, file: &str) -> Option<&Request> {
        self.0.get(file)
    }
}

/// Name of a page's file; none for a page whose body was not kept.
pub(super) fn file_name(page: &StoredPage) -> Option<String> {
    let suffix = if page.kind == LANDING_PAGE {
        "html"
    } else {
        "xml"
    };
    page.body
        .as_ref()
        .map(|_| format!("{:06}.{suffix}", page.page_no))
}

/// The line of a page. `sha256` is of the body as it came; it was blanked since where the file has another.
pub(super) fn line(out: &mut String, page: &StoredPage) {
    let time = page
        .fetched_at
        .to_rfc3339_opts(chrono::SecondsFormat::Micros, true);
    let _ = writeln!(
        out,
        "{}\t{}\t{}\t{time}\t{}\t{}\t{}\t{}\t{}\t{}\t{}",
        page.page_no,
        file_name(page).unwrap_or_default(),
        cell(&page.request),
        page.status,
        cell(&page.wire_coding),
        hex::write(&page.sha256),
        cell(&page.kind),
        cell(&page.metadata_prefix),
        page.run_no,
        cell(page.identifier.as_deref().unwrap_or_default()),
    );
}

/// A text that cannot end its cell.
fn cell(text: &str) -> String {
    text.chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect()
}
