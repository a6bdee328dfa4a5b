//! One request, one response.

use std::collections::HashMap;
use std::sync::{Arc, OnceLock};
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use chrono::{DateTime, Utc};
use reqwest::header::{
    ACCEPT_ENCODING, ACCEPT_LANGUAGE, CONTENT_ENCODING, CONTENT_TYPE, FROM, HeaderMap, HeaderValue,
};
use tokio::time::Instant;
use url::Url;

use crate::bounded_file;
use crate::http::address::host_of;
use crate::http::block_page::recognise;
use crate::http::body::Body;
use crate::http::failure::{classify, describe, of_setup};
use crate::http::host::{HostLimiter, Hosts};
use crate::http::internal::NamedHosts;
use crate::http::redirect;
use crate::http::retry::{allowance_pause, asked_pause};
use crate::http::{BlockPage, Credentials, HostRate, HttpError};
use crate::oai::ojs;
use crate::values::DisplaySafeUrl;

/// Redirects followed in a row.
const MAX_REDIRECTS: usize = 5;
/// Largest file of certificates of authorities, bytes.
const MAX_AUTHORITIES: u64 = 64 << 20;
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

/// The time for which an unused connection stays open. Of thousands of hosts that are done with, the open ones would
/// come to more than a process may have, and keep their buffers.
const IDLE_CONNECTION: Duration = Duration::from_secs(5);

/// Options of the client. The defaults are polite.
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
    /// Longest pause that is sat out; a server that requests more is left alone until then.
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

/// The expected kind of a response.
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
    connections: Arc<Connections>,
    hosts: Arc<Hosts>,
    named: NamedHosts,
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
                    .map_err(|_| other(format!("invalid contact {contact:?}")))?,
            );
            agent = format!("{agent}; {contact}");
        }
        let named = NamedHosts::default();
        let options = Arc::new(options);
        let connections = Connections {
            agent: agent + ")",
            headers,
            authorities: options.ca_file.as_deref().map(authorities).transpose()?,
            named: named.clone(),
            options: Arc::clone(&options),
            plain: OnceLock::new(),
            secure: OnceLock::new(),
        };
        let hosts = Arc::new(Hosts::new(options.host.clone(), options.hosts.clone()));
        Ok(Self {
            connections: Arc::new(connections),
            hosts,
            named,
            options,
        })
    }

    /// Returns the options.
    pub fn options(&self) -> &Options {
        &self.options
    }

    /// Time between two requests to the host of a URL; none where there is no limit.
    pub fn period(&self, url: &Url) -> Option<Duration> {
        self.hosts.period(&host_of(url))
    }

    pub(crate) fn limiter(&self, url: &Url) -> Arc<HostLimiter> {
        self.hosts.limiter(&host_of(url))
    }

    /// Sends one request and follows its redirects, in each host's turn. A status other than 200 is an error, unless
    /// the page under it is one of OAI-PMH; and so is a page that was not expected.
    ///
    /// The host of `url` may be inside the network, other hosts that redirects lead to may not: a URL that comes out of
    /// harvested data is fetched only when its host is that of its source.
    pub async fn get(
        &self,
        url: &Url,
        expect: Expect,
        credentials: &Credentials,
    ) -> Result<Response, HttpError> {
        self.named.add(url);
        let mut hop = Hop::first(url);
        for _ in 0..=MAX_REDIRECTS {
            let limiter = self.limiter(&hop.url);
            let _turn = limiter.enter().await?;
            // Checked last: a process that stood still wakes up here as well.
            if credentials.is_over() {
                return Err(HttpError::DeadlineExceeded);
            }
            match self.send_once(&hop, expect, credentials).await {
                // OJS redirects from a disabled interface to the front page.
                Err(HttpError::Status {
                    status: 200,
                    page: Some(BlockPage::WebPage),
                    retry_after,
                }) if hop.url.path() != url.path() => {
                    return Err(HttpError::Status {
                        status: 200,
                        page: Some(BlockPage::FrontPage),
                        retry_after,
                    });
                }
                Err(error) => return Err(error),
                Ok(Fetched::Response(response)) => {
                    limiter.recover();
                    limiter.pause_after_request();
                    if let Some(pause) = allowance_pause(&response.headers, SystemTime::now()) {
                        limiter.pause(pause.min(self.options.max_pause));
                    }
                    return Ok(*response);
                }
                Ok(Fetched::Redirect(next)) => {
                    if self.named.forbids(&next) {
                        return Err(HttpError::Redirect {
                            to: DisplaySafeUrl::from(&next),
                            why: "to an address inside this network",
                        });
                    }
                    hop.follow(next)?;
                }
            }
        }
        Err(HttpError::Redirect {
            to: DisplaySafeUrl::from(&hop.url),
            why: "too many redirects",
        })
    }

    /// Posts JSON once, without the turn of its host. A redirect is not followed, and of the response only the status
    /// is read.
    ///
    /// # Errors
    /// No connection, no response in time, or a status that is not a success.
    pub async fn post_json(&self, url: &Url, body: Vec<u8>) -> Result<(), HttpError> {
        check_scheme(url)?;
        self.named.add(url);
        let request = self
            .connections
            .of(url)?
            .post(url.clone())
            .header(CONTENT_TYPE, "application/json")
            .body(body);
        let after = self.options.total_timeout;
        let response = tokio::time::timeout(after, request.send())
            .await
            .map_err(|_| HttpError::Timeout {
                stage: "waiting for the response",
                after,
            })?
            .map_err(|error| classify(url, &error, self.options.connect_timeout))?;
        if response.status().is_success() {
            return Ok(());
        }
        Err(HttpError::Status {
            status: response.status().as_u16(),
            page: None,
            retry_after: None,
        })
    }

    async fn send_once(
        &self,
        hop: &Hop<'_>,
        expect: Expect,
        credentials: &Credentials,
    ) -> Result<Fetched, HttpError> {
        let url = &hop.url;
        check_scheme(url)?;
        let started = Instant::now();
        let deadline = started + self.options.total_timeout;
        let idle = self.options.idle_timeout;
        let mut request = self.connections.of(url)?.get(url.clone());
        if let Some(language) = &hop.language {
            request = request.header(ACCEPT_LANGUAGE, language);
        }
        let request = credentials.apply(request, url, hop.asked);
        let response = tokio::time::timeout(idle, request.send())
            .await
            .map_err(|_| HttpError::Timeout {
                stage: "waiting for the response",
                after: idle,
            })?
            .map_err(|error| classify(url, &error, self.options.connect_timeout))?;
        let status = response.status().as_u16();
        let headers = response.headers().clone();
        if matches!(status, 301 | 302 | 303 | 307 | 308) {
            return redirect::target(url, &headers).map(Fetched::Redirect);
        }
        let coding = headers
            .get(CONTENT_ENCODING)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default();
        // 203 is 200 through a proxy that changed something (RFC 9110 §15.3.4).
        let succeeded = matches!(status, 200 | 203);
        let max_body = self.options.max_body;
        let body = Body::new(coding, if succeeded { max_body } else { ERROR_PAGE });
        let (bytes, wire_coding) = self.read_body(response, body, deadline, succeeded).await?;
        let page = recognise(&headers, &bytes).filter(|page| !succeeded || !expect.allows(*page));
        // Some servers send OAI-PMH errors with an HTTP error status.
        let answers =
            succeeded || expect == Expect::Protocol && is_oai_error_document(status, &bytes);
        if !answers || page.is_some() {
            let retry_after = asked_pause(&headers, SystemTime::now());
            return Err(HttpError::Status {
                status,
                page,
                retry_after,
            });
        }
        Ok(Fetched::Response(Box::new(Response {
            url: url.clone(),
            status,
            headers,
            wire_coding,
            body: Bytes::from(bytes),
            fetched_at: Utc::now(),
            took: started.elapsed(),
        })))
    }

    /// Reads a body to its end, or as much of an error page as came. Returns it with its coding on the wire.
    async fn read_body(
        &self,
        mut response: reqwest::Response,
        mut body: Body,
        deadline: Instant,
        succeeded: bool,
    ) -> Result<(Vec<u8>, &'static str), HttpError> {
        let idle = self.options.idle_timeout;
        loop {
            let patience = idle.min(deadline.saturating_duration_since(Instant::now()));
            let (stage, after) = if patience < idle {
                ("whole response", self.options.total_timeout)
            } else {
                ("reading the body", idle)
            };
            let piece = tokio::time::timeout(patience, response.chunk())
                .await
                .map_err(|_| HttpError::Timeout { stage, after })?;
            match piece {
                Ok(Some(piece)) => match body.push(&piece) {
                    Err(HttpError::TooLarge { .. }) if !succeeded => break,
                    other => other?,
                },
                Err(error) if succeeded => {
                    return Err(HttpError::ConnectionClosed {
                        received: body.received(),
                        detail: describe(&error),
                    });
                }
                // Of an error page, what came is enough.
                Ok(None) | Err(_) => break,
            }
        }
        match body.finish() {
            Err(_) if !succeeded => Ok((Vec::new(), "identity")),
            finished => finished,
        }
    }
}

/// Refuses what is not a web address.
fn check_scheme(url: &Url) -> Result<(), HttpError> {
    if matches!(url.scheme(), "http" | "https") && url.host_str().is_some() {
        return Ok(());
    }
    Err(HttpError::BadUrl {
        url: DisplaySafeUrl::from(url),
        detail: "only these are fetched".to_owned(),
    })
}

impl Expect {
    fn allows(self, page: BlockPage) -> bool {
        // A page may well speak of captchas, and have a form to log in with; only a block page is one.
        self == Self::WebPage
            && matches!(
                page,
                BlockPage::WebPage | BlockPage::Login | BlockPage::Captcha | BlockPage::Disabled
            )
    }
}

/// Returns whether an error page is an error of OAI-PMH, which needs no status of its own (§3.6). A status that asks to
/// wait or that denies access holds, whatever the page says.
fn is_oai_error_document(status: u16, body: &[u8]) -> bool {
    let has = |text: &[u8]| memchr::memmem::find(body, text).is_some();
    matches!(status, 400 | 404 | 406 | 410 | 422 | 500)
        && has(b"OAI-PMH")
        && has(b"<error")
        && !has(b"<record")
}

enum Fetched {
    Response(Box<Response>),
    Redirect(Url),
}

/// A request on its way through redirects.
struct Hop<'a> {
    /// The URL before redirects.
    asked: &'a Url,
    url: Url,
    /// `Accept-Language`, where the URL is in a locale of OJS.
    language: Option<String>,
    has_dropped_locale: bool,
}

impl<'a> Hop<'a> {
    fn first(asked: &'a Url) -> Self {
        Self {
            asked,
            url: asked.clone(),
            language: ojs::endpoint_locale(asked).map(ojs::accept_language),
            has_dropped_locale: false,
        }
    }

    /// Goes on to the next URL. OJS 3.5 redirects a URL in a locale that it would not choose by itself to that same
    /// URL, until the locale comes back as a cookie or as `Accept-Language`. No cookies are sent; where the header does
    /// not help either, the URL without the locale does.
    fn follow(&mut self, next: Url) -> Result<(), HttpError> {
        if next.path() != self.url.path() || next.origin() != self.url.origin() {
            self.language = ojs::endpoint_locale(&next).map(ojs::accept_language);
            self.url = next;
            return Ok(());
        }
        let locale = ojs::endpoint_locale(&self.url)
            .or_else(|| ojs::page_locale(&self.url))
            .map(str::to_owned);
        match locale {
            Some(locale) if self.language.is_none() => {
                self.language = Some(ojs::accept_language(&locale));
                self.url = next;
            }
            Some(locale) if next == self.url && !self.has_dropped_locale => {
                self.has_dropped_locale = true;
                self.language = None;
                self.url = ojs::without_locale(&self.url, &locale);
            }
            _ if next == self.url => {
                return Err(HttpError::Redirect {
                    to: DisplaySafeUrl::from(&next),
                    why: "to itself",
                });
            }
            _ => self.url = next,
        }
        Ok(())
    }
}

/// The connections, for http and for https: reading the certificates of the system takes milliseconds, so they are
/// read when https is first used.
#[derive(Debug)]
struct Connections {
    agent: String,
    headers: HeaderMap,
    /// Certificates of further authorities.
    authorities: Option<Vec<reqwest::Certificate>>,
    named: NamedHosts,
    options: Arc<Options>,
    plain: OnceLock<reqwest::Client>,
    secure: OnceLock<reqwest::Client>,
}

impl Connections {
    /// Returns the client for a URL.
    fn of(&self, url: &Url) -> Result<&reqwest::Client, HttpError> {
        let is_plain = url.scheme() == "http" && !has_secure_proxy();
        let made = if is_plain { &self.plain } else { &self.secure };
        if let Some(client) = made.get() {
            return Ok(client);
        }
        let builder = reqwest::Client::builder().dns_resolver(self.named.clone());
        let builder = match &self.authorities {
            _ if is_plain => builder.tls_certs_only([]),
            Some(authorities) => builder.tls_certs_merge(authorities.clone()),
            None => builder,
        };
        let client = self.build(builder)?;
        Ok(made.get_or_init(|| client))
    }

    fn build(&self, builder: reqwest::ClientBuilder) -> Result<reqwest::Client, HttpError> {
        let builder = if self.options.direct {
            builder.no_proxy()
        } else {
            builder
        };
        builder
            .user_agent(&self.agent)
            .default_headers(self.headers.clone())
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            .connect_timeout(self.options.connect_timeout)
            .pool_max_idle_per_host(self.options.host.concurrency.max(1) as usize)
            .pool_idle_timeout(IDLE_CONNECTION)
            .build()
            .map_err(|error| of_setup(&error))
    }
}

/// Returns whether requests of http may go to a proxy by https.
fn has_secure_proxy() -> bool {
    ["http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"]
        .iter()
        .filter_map(std::env::var_os)
        .any(|proxy| proxy.to_string_lossy().trim().starts_with("https:"))
}

/// Certificates of further authorities, PEM.
fn authorities(path: &std::path::Path) -> Result<Vec<reqwest::Certificate>, HttpError> {
    let failed = |detail: String| HttpError::Other {
        detail: format!("ca_file {}: {detail}", path.display()),
    };
    let pem =
        bounded_file::read(path, MAX_AUTHORITIES).map_err(|error| failed(error.to_string()))?;
    let found =
        reqwest::Certificate::from_pem_bundle(&pem).map_err(|error| failed(describe(&error)))?;
    if found.is_empty() {
        return Err(failed("it holds no certificate".to_owned()));
    }
    Ok(found)
}
