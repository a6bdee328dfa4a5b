//! One request, one response.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use chrono::{DateTime, Utc};
use reqwest::header::{ACCEPT_ENCODING, CONTENT_ENCODING, FROM, HeaderMap, HeaderValue, LOCATION};
use url::Url;

use crate::http::body::Body;
use crate::http::host::{Gate, Hosts};
use crate::http::retry::{allowance_pause, asked_pause};
use crate::http::wall::recognise;
use crate::http::{Access, HostRate, HttpError, Wall};
use crate::redact::redact;

/// Redirects followed in a row.
const MAX_REDIRECTS: usize = 5;
/// Largest part of an error page that is looked at.
const ERROR_PAGE: u64 = 256 * 1024;
/// Response headers that are kept with a page.
const KEPT_HEADERS: [&str; 10] = [
    "content-type",
    "content-encoding",
    "date",
    "server",
    "x-powered-by",
    "last-modified",
    "etag",
    "retry-after",
    "via",
    "cf-ray",
];

/// How long a connection that is not used stays open. Of thousands of hosts that are done with, the open ones would
/// come to more than a process may have, and keep their buffers.
const IDLE_CONNECTION: Duration = Duration::from_secs(5);

/// How the client behaves. The defaults are polite.
#[derive(Clone, Debug)]
pub struct Options {
    /// Address of who runs this, for `From`.
    pub contact: Option<String>,
    /// Rate and concurrency of a host without its own.
    pub host: HostRate,
    /// Hosts with their own, by `host` or `host:port`.
    pub hosts: HashMap<String, HostRate>,
    /// Longest wait for a connection.
    pub connect_timeout: Duration,
    /// Longest silence: until the response begins, and between pieces of its body.
    pub idle_timeout: Duration,
    /// Longest whole response.
    pub total_timeout: Duration,
    /// Largest body after decoding, bytes.
    pub max_body: u64,
    /// Tries for an ordinary failure.
    pub tries: u32,
    /// First pause after a failure.
    pub backoff: Duration,
    /// Authorities that are trusted beside the system's own, PEM.
    pub ca_file: Option<std::path::PathBuf>,
    /// Without the proxies of the environment: for a server on this machine.
    pub direct: bool,
    /// Longest pause that is sat out; a server that asks for more is left alone until then.
    pub max_pause: Duration,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            contact: None,
            host: HostRate::default(),
            hosts: HashMap::new(),
            connect_timeout: Duration::from_secs(30),
            idle_timeout: Duration::from_mins(2),
            total_timeout: Duration::from_mins(15),
            max_body: 64 * 1024 * 1024,
            tries: 5,
            backoff: Duration::from_secs(2),
            ca_file: None,
            direct: false,
            max_pause: Duration::from_mins(10),
        }
    }
}

/// What an answer is to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expect {
    /// A response of the protocol: any web page is an error.
    Protocol,
    /// A web page: a bot wall or a login page is an error.
    WebPage,
}

/// A response with status 200 whose whole body is in; or an error of the protocol under another status.
#[derive(Clone, Debug)]
pub struct Response {
    /// Where it came from, after redirects.
    pub url: Url,
    /// HTTP status.
    pub status: u16,
    /// All headers.
    pub headers: HeaderMap,
    /// Content coding on the wire.
    pub wire_coding: &'static str,
    /// The body, decoded.
    pub body: Bytes,
    /// When it was in.
    pub fetched_at: DateTime<Utc>,
    /// From sending to the last byte.
    pub took: Duration,
}

impl Response {
    /// The headers worth keeping with a page, as JSON.
    pub fn kept_headers(&self) -> String {
        let kept: serde_json::Map<String, serde_json::Value> = KEPT_HEADERS
            .iter()
            .filter_map(|name| {
                Some((
                    (*name).to_owned(),
                    self.headers.get(*name)?.to_str().ok()?.into(),
                ))
            })
            .collect();
        serde_json::Value::Object(kept).to_string()
    }
}

/// The client. Cheap to clone; all clones share the limits of each host.
#[derive(Clone, Debug)]
pub struct Client {
    http: reqwest::Client,
    hosts: Arc<Hosts>,
    options: Arc<Options>,
}

impl Client {
    /// A client. Fails when TLS cannot be set up or the contact is no header value.
    pub fn new(options: Options) -> Result<Self, HttpError> {
        // Another part of the process may have chosen its provider already; either will do.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let other = |detail: String| HttpError::Other { detail };
        let mut headers = HeaderMap::new();
        headers.insert(ACCEPT_ENCODING, HeaderValue::from_static("gzip"));
        let mut agent = format!(
            "offprint/{} (+https://crates.io/crates/offprint",
            env!("CARGO_PKG_VERSION")
        );
        if let Some(contact) = &options.contact {
            headers.insert(
                FROM,
                HeaderValue::from_str(contact)
                    .map_err(|_| other(format!("contact {contact:?} is no mail address")))?,
            );
            agent = format!("{agent}; {contact}");
        }
        let builder = reqwest::Client::builder();
        let builder = match &options.ca_file {
            Some(path) => builder.tls_certs_merge(authorities(path)?),
            None => builder,
        };
        let http = if options.direct {
            builder.no_proxy()
        } else {
            builder
        }
        .user_agent(agent + ")")
        .default_headers(headers)
        .redirect(reqwest::redirect::Policy::none())
        .retry(reqwest::retry::never())
        .connect_timeout(options.connect_timeout)
        .pool_max_idle_per_host(options.host.concurrency.max(1) as usize)
        .pool_idle_timeout(IDLE_CONNECTION)
        .build()
        .map_err(|error| other(chain(&error)))?;
        let hosts = Arc::new(Hosts::new(options.host.clone(), options.hosts.clone()));
        Ok(Self {
            http,
            hosts,
            options: Arc::new(options),
        })
    }

    /// Its options.
    pub fn options(&self) -> &Options {
        &self.options
    }

    /// Time between two requests to the host of a URL; none where there is no limit.
    pub fn period(&self, url: &Url) -> Option<Duration> {
        self.hosts.period(&host_of(url))
    }

    pub(crate) fn gate(&self, url: &Url) -> Arc<Gate> {
        self.hosts.gate(&host_of(url))
    }

    /// Asks once, with redirects, in the host's turn. A status other than 200 is an error, unless the page under it
    /// is one of the protocol's; and so is a page that was not to be expected.
    pub async fn get(
        &self,
        url: &Url,
        expect: Expect,
        access: &Access,
    ) -> Result<Response, HttpError> {
        let asked = url;
        let mut url = url.clone();
        for _ in 0..=MAX_REDIRECTS {
            let gate = self.gate(&url);
            let _turn = gate.enter().await?;
            // Looked at last: a process that stood still wakes up here as well.
            if access.is_over() {
                return Err(HttpError::Over);
            }
            match self.get_here(&url, expect, access).await {
                // OJS sends whoever asks a switched-off interface to the front page.
                Err(HttpError::Status {
                    status: 200,
                    wall: Some(Wall::WebPage),
                    retry_after,
                }) if url.path() != asked.path() => {
                    return Err(HttpError::Status {
                        status: 200,
                        wall: Some(Wall::FrontPage),
                        retry_after,
                    });
                }
                Err(error) => return Err(error),
                Ok(Step::Here(response)) => {
                    gate.eased();
                    gate.settle();
                    if let Some(pause) = allowance_pause(&response.headers, SystemTime::now()) {
                        gate.hold(pause.min(self.options.max_pause));
                    }
                    return Ok(*response);
                }
                Ok(Step::Elsewhere(next)) => url = next,
            }
        }
        Err(HttpError::Redirect {
            to: shown(&url),
            why: "too many redirects",
        })
    }

    async fn get_here(
        &self,
        url: &Url,
        expect: Expect,
        access: &Access,
    ) -> Result<Step, HttpError> {
        if !matches!(url.scheme(), "http" | "https") || url.host_str().is_none() {
            return Err(HttpError::BadUrl {
                url: shown(url),
                detail: "only these are fetched".to_owned(),
            });
        }
        let started = tokio::time::Instant::now();
        let deadline = started + self.options.total_timeout;
        let idle = self.options.idle_timeout;
        let failure = |error: reqwest::Error| self.failure(url, &error);
        let timeout = |stage| move |_| HttpError::Timeout { stage, after: idle };
        let mut response =
            tokio::time::timeout(idle, access.put(self.http.get(url.clone())).send())
                .await
                .map_err(timeout("waiting for the response"))?
                .map_err(failure)?;
        let status = response.status().as_u16();
        let headers = response.headers().clone();
        if matches!(status, 301 | 302 | 303 | 307 | 308) {
            return follow(url, &headers).map(Step::Elsewhere);
        }
        let coding = headers
            .get(CONTENT_ENCODING)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default();
        // 203 is 200 through a proxy that changed something (RFC 9110 §15.3.4).
        let succeeded = matches!(status, 200 | 203);
        let limit = if succeeded {
            self.options.max_body
        } else {
            ERROR_PAGE
        };
        let mut body = Body::new(coding, limit);
        loop {
            let patience =
                idle.min(deadline.saturating_duration_since(tokio::time::Instant::now()));
            let piece = tokio::time::timeout(patience, response.chunk())
                .await
                .map_err(|_| {
                    if patience < idle {
                        HttpError::Timeout {
                            stage: "whole response",
                            after: self.options.total_timeout,
                        }
                    } else {
                        HttpError::Timeout {
                            stage: "reading the body",
                            after: idle,
                        }
                    }
                })?;
            match piece {
                Ok(Some(piece)) => match body.push(&piece) {
                    Err(HttpError::TooLarge { .. }) if !succeeded => break,
                    other => other?,
                },
                Err(error) if succeeded => {
                    return Err(HttpError::Cut {
                        received: body.received(),
                        detail: chain(&error),
                    });
                }
                // Of an error page, what came is enough.
                Ok(None) | Err(_) => break,
            }
        }
        let (bytes, wire_coding) = match body.finish() {
            Ok(finished) => finished,
            Err(_) if !succeeded => (Vec::new(), "identity"),
            Err(error) => return Err(error),
        };
        let wall = recognise(&headers, &bytes).filter(|wall| !succeeded || !expect.allows(*wall));
        // A server may dress an error of the protocol as one of HTTP.
        let answers = succeeded || expect == Expect::Protocol && is_dressed(status, &bytes);
        if !answers || wall.is_some() {
            let retry_after = asked_pause(&headers, SystemTime::now());
            return Err(HttpError::Status {
                status,
                wall,
                retry_after,
            });
        }
        Ok(Step::Here(Box::new(Response {
            url: url.clone(),
            status,
            headers,
            wire_coding,
            body: Bytes::from(bytes),
            fetched_at: Utc::now(),
            took: started.elapsed(),
        })))
    }

    fn failure(&self, url: &Url, error: &reqwest::Error) -> HttpError {
        let host = host_of(url);
        let detail = chain(error);
        if error.is_dns() {
            return HttpError::Dns { host };
        }
        if error.is_timeout() {
            return HttpError::Timeout {
                stage: "connecting",
                after: self.options.connect_timeout,
            };
        }
        let lower = detail.to_lowercase();
        if lower.contains("certificate") || lower.contains("handshake") || lower.contains("tls") {
            return HttpError::Tls { host, detail };
        }
        if error.is_connect() {
            return HttpError::Connect { host, detail };
        }
        if error.is_request() || error.is_body() {
            return HttpError::Cut {
                received: 0,
                detail,
            };
        }
        HttpError::Other { detail }
    }
}

impl Expect {
    fn allows(self, wall: Wall) -> bool {
        // A page may well speak of captchas, and have a form to log in with; only a page made by a wall is one.
        self == Self::WebPage
            && matches!(
                wall,
                Wall::WebPage | Wall::Login | Wall::Captcha | Wall::Disabled
            )
    }
}

/// Whether an error page is an error of the protocol, which needs no status of its own (§3.6). What a status says of
/// patience or of doors that are shut holds whatever the page says.
fn is_dressed(status: u16, body: &[u8]) -> bool {
    let has = |text: &[u8]| memchr::memmem::find(body, text).is_some();
    matches!(status, 400 | 404 | 406 | 410 | 422 | 500)
        && has(b"OAI-PMH")
        && has(b"<error")
        && !has(b"<record")
}

enum Step {
    Here(Box<Response>),
    Elsewhere(Url),
}

/// Certificates of further authorities, PEM.
fn authorities(path: &std::path::Path) -> Result<Vec<reqwest::Certificate>, HttpError> {
    let failed = |detail: String| HttpError::Other {
        detail: format!("ca_file {}: {detail}", path.display()),
    };
    let pem = std::fs::read(path).map_err(|error| failed(error.to_string()))?;
    let found =
        reqwest::Certificate::from_pem_bundle(&pem).map_err(|error| failed(chain(&error)))?;
    if found.is_empty() {
        return Err(failed("it holds no certificate".to_owned()));
    }
    Ok(found)
}

/// Where a redirect leads, if it may: never from https down to http, never to another site unasked.
fn follow(from: &Url, headers: &HeaderMap) -> Result<Url, HttpError> {
    let location = headers
        .get(LOCATION)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    let to = from.join(location).ok().filter(|_| !location.is_empty());
    let Some(to) = to else {
        return Err(HttpError::Redirect {
            to: redact(location),
            why: "it names no address",
        });
    };
    let refuse = |why| {
        Err(HttpError::Redirect {
            to: shown(&to),
            why,
        })
    };
    if from.scheme() == "https" && to.scheme() == "http" {
        return refuse("from https down to http");
    }
    let bare = |url: &Url| {
        url.host_str()
            .unwrap_or_default()
            .trim_start_matches("www.")
            .to_ascii_lowercase()
    };
    if bare(from) != bare(&to) {
        return refuse("to another host; if it is the journal's new home, move the source there");
    }
    Ok(to)
}

/// Host and, if it is not the scheme's own, port.
pub(crate) fn host_of(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    url.port()
        .map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
}

/// A URL as it is kept: without user name and password.
pub(crate) fn address(url: &Url) -> String {
    let mut url = url.clone();
    let _ = url.set_username("");
    let _ = url.set_password(None);
    url.into()
}

/// A URL as it is shown: without secrets in its query either.
pub(crate) fn shown(url: &Url) -> String {
    redact(&address(url))
}

/// An error with its causes, without its URL.
fn chain(error: &dyn std::error::Error) -> String {
    let mut parts = Vec::new();
    let mut next = Some(error);
    while let Some(error) = next {
        let text = error.to_string();
        // The library's own outermost words name the URL and nothing else.
        if !text.starts_with("error sending request") && parts.last() != Some(&text) {
            parts.push(text);
        }
        next = error.source();
    }
    parts.join(": ")
}
