//! `data/files/` and `data/files.jsonl`: the full texts, fetched politely and within bounds, each linked to its
//! article.
//!
//! Only the host of the endpoint is contacted: an address out of a record must not lead elsewhere.

use std::collections::HashMap;
use std::fs::File;
use std::io::{BufRead as _, BufReader, BufWriter, Write as _};
use std::time::Duration;

use serde::Serialize;
use tokio::time::Instant;
use url::Url;

use super::bag::{self, Bag};
use super::error::SnapshotError;
use super::folder;
use crate::article::Entry;
use crate::export::{file_name, full_texts};
use crate::harvest::Endpoint;
use crate::hex;
use crate::http::{Response, host_of};
use crate::store::Source;

/// The bounds on fetched files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounds {
    /// Largest file, bytes.
    pub file: u64,
    /// All files together, bytes.
    pub total: u64,
    /// Most files.
    pub files: u64,
    /// Longest time for all of them.
    pub time: Duration,
}

impl Default for Bounds {
    /// 64 MiB a file, 10 GiB, 10,000 files, one day.
    fn default() -> Self {
        Self {
            file: 64 << 20,
            total: 10 << 30,
            files: 10_000,
            time: Duration::from_hours(24),
        }
    }
}

/// The settings of the file fetcher.
#[derive(Clone)]
pub struct Files {
    /// The endpoint whose host is contacted.
    pub endpoint: Endpoint,
    /// The bounds on fetched files.
    pub bounds: Bounds,
}

/// A file that could not be fetched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Missing {
    /// Where it should have been.
    pub url: String,
    /// Why it was not had.
    pub reason: String,
}

/// A line of `files.jsonl`.
#[derive(Serialize)]
struct Line<'a> {
    /// Id of the article.
    article: &'a str,
    url: &'a str,
    #[serde(flatten)]
    outcome: &'a FetchOutcome,
}

/// The result of fetching a file.
#[derive(Clone, Serialize)]
#[serde(untagged)]
enum FetchOutcome {
    Fetched {
        path: String,
        media_type: String,
        sha256: String,
        bytes: u64,
    },
    Missing {
        error: String,
    },
}

/// A fetch under way.
struct Fetch<'a> {
    files: &'a Files,
    source: &'a Source,
    began: Instant,
    count: u64,
    total: u64,
    /// Why no more is requested.
    stopped: Option<String>,
}

/// Fetches the files that the articles of the bag name, each once.
pub(super) async fn fetch(
    source: &Source,
    files: &Files,
    bag: &mut Bag,
) -> Result<Vec<Missing>, SnapshotError> {
    bag.folder("files")?;
    let list = bag.payload("files.jsonl");
    let failed = |error| SnapshotError::io("write", &list, error);
    let mut out = BufWriter::new(folder::create(&list).map_err(failed)?);
    let articles = bag.payload("articles.jsonl");
    let unread = |error| SnapshotError::io("read", &articles, error);
    let mut fetch = Fetch {
        files,
        source,
        began: Instant::now(),
        count: 0,
        total: 0,
        stopped: None,
    };
    let mut known: HashMap<String, FetchOutcome> = HashMap::new();
    let mut missing = Vec::new();
    for line in BufReader::new(File::open(&articles).map_err(unread)?).lines() {
        let entry: Entry =
            serde_json::from_str(&line.map_err(unread)?).map_err(|error| unread(error.into()))?;
        let Entry::Live(article) = entry else {
            continue;
        };
        for url in full_texts(&article) {
            let outcome = if let Some(outcome) = known.get(&url) {
                outcome.clone()
            } else {
                let outcome = fetch.one(&url, bag).await?;
                if let FetchOutcome::Missing { error } = &outcome {
                    missing.push(Missing {
                        url: url.clone(),
                        reason: error.clone(),
                    });
                }
                known.insert(url.clone(), outcome.clone());
                outcome
            };
            let line = Line {
                article: &article.id,
                url: &url,
                outcome: &outcome,
            };
            serde_json::to_writer(&mut out, &line).map_err(|error| failed(error.into()))?;
            out.write_all(b"\n").map_err(failed)?;
        }
    }
    out.into_inner()
        .map_err(|error| failed(error.into_error()))?
        .sync_data()
        .map_err(failed)?;
    Ok(missing)
}

impl Fetch<'_> {
    async fn one(&mut self, url: &str, bag: &Bag) -> Result<FetchOutcome, SnapshotError> {
        let missing = |error: String| Ok(FetchOutcome::Missing { error });
        let endpoint = &self.files.endpoint;
        let Some(address) = Url::parse(url)
            .ok()
            .filter(|url| matches!(url.scheme(), "http" | "https"))
        else {
            return missing("not an http or https URL".to_owned());
        };
        if host_of(&address) != host_of(endpoint.base_url()) {
            return missing("it is on another host than the endpoint's".to_owned());
        }
        if let Some(why) = self.stopped.clone().or_else(|| self.limit()) {
            return missing(format!("not requested: {why}"));
        }
        self.count += 1;
        let rest = self.files.bounds.time.saturating_sub(self.began.elapsed());
        let response = match tokio::time::timeout(rest, endpoint.fetch(&address)).await {
            Ok(Ok(response)) => response,
            Ok(Err(error)) if error.is_cancelled() => return Err(SnapshotError::Interrupted),
            Ok(Err(error)) => {
                if error.stops_host() {
                    self.stopped = Some("the host does not want to be asked".to_owned());
                }
                return missing(error.to_string());
            }
            Err(_) => return missing("the time for files is over".to_owned()),
        };
        self.keep(url, &response, bag)
    }

    /// Why nothing more may be fetched.
    fn limit(&self) -> Option<String> {
        let bounds = &self.files.bounds;
        if self.count >= bounds.files {
            Some(format!("the limit of {} files is reached", bounds.files))
        } else if self.total >= bounds.total {
            Some(format!(
                "the limit of {} bytes in all is reached",
                bounds.total
            ))
        } else {
            (self.began.elapsed() >= bounds.time).then(|| "the time for files is over".to_owned())
        }
    }

    fn keep(
        &mut self,
        url: &str,
        response: &Response,
        bag: &Bag,
    ) -> Result<FetchOutcome, SnapshotError> {
        let bytes = response.body.len() as u64;
        let bounds = &self.files.bounds;
        if bytes > bounds.file {
            return Ok(FetchOutcome::Missing {
                error: format!("it is larger than the limit of {} bytes", bounds.file),
            });
        }
        if bytes > bounds.total - self.total.min(bounds.total) {
            let error = format!(
                "with it, all would be larger than the limit of {} bytes",
                bounds.total
            );
            return Ok(FetchOutcome::Missing { error });
        }
        let header = response
            .headers
            .get("content-type")
            .and_then(|value| value.to_str().ok());
        let media_type = media_type(header.unwrap_or_default());
        let name = file_name(&self.source.name, url, extension(&media_type));
        bag::write(&bag.payload("files").join(&name), &response.body)?;
        self.total += bytes;
        let sha256 = hex::sha256(&response.body);
        Ok(FetchOutcome::Fetched {
            path: format!("files/{name}"),
            media_type,
            sha256,
            bytes,
        })
    }
}

/// The type of a `Content-Type`, without parameters (RFC 9110, 8.3.1); what is none is bytes of any kind.
fn media_type(header: &str) -> String {
    let essence = header
        .split(';')
        .next()
        .unwrap_or_default()
        .trim()
        .to_ascii_lowercase();
    let is_token = |text: &str| {
        !text.is_empty()
            && text.len() <= 127
            && text
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"!#$&-^_.+".contains(&byte))
    };
    let is_type = essence
        .split_once('/')
        .is_some_and(|(kind, name)| is_token(kind) && is_token(name));
    if is_type {
        essence
    } else {
        "application/octet-stream".to_owned()
    }
}

/// Returns the extension for a media type; never taken from the server or the URL.
fn extension(media_type: &str) -> &'static str {
    match media_type {
        "application/pdf" => "pdf",
        "text/html" | "application/xhtml+xml" => "html",
        "text/xml" | "application/xml" | "application/jats+xml" => "xml",
        "application/epub+zip" => "epub",
        "text/plain" => "txt",
        "application/msword" => "doc",
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document" => "docx",
        "application/zip" => "zip",
        "image/jpeg" => "jpg",
        "image/png" => "png",
        "audio/mpeg" => "mp3",
        "video/mp4" => "mp4",
        _ => "bin",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_media_type_is_one_or_bytes() {
        assert_eq!(
            media_type("Application/PDF; charset=binary"),
            "application/pdf"
        );
        for header in ["", "pdf", "a/b/c", "../../x", "text/ html", "text/h\u{e9}"] {
            assert_eq!(media_type(header), "application/octet-stream", "{header}");
        }
    }
}
