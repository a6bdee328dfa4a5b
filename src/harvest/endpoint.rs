//! Asking an endpoint until it answers, or until it is clear that it will not.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use chrono::{TimeDelta, Utc};
use tokio_util::sync::CancellationToken;
use url::Url;

use crate::harvest::Observer;
use crate::harvest::prefetch::Prefetch;
use crate::http::retry::{Contact, RetryDecision, classify, pauses};
use crate::http::{BlockPage, Client, Credentials, Expect, HttpError, Response, looks_like_html};
use crate::oai::{Page, ReadError, Request, read_page_as};
use crate::values::DisplaySafeUrl;

/// The time for which a host that showed bot protection is left alone.
const STOP_FOR: TimeDelta = TimeDelta::hours(1);

/// One endpoint.
#[derive(Clone)]
pub struct Endpoint {
    client: Client,
    base_url: Url,
    name: String,
    observer: Arc<dyn Observer>,
    cancel: CancellationToken,
    credentials: Credentials,
    /// True if it has ever answered; shared by its clones.
    has_answered: Arc<AtomicBool>,
}

/// A page, and the response it was read from.
#[derive(Clone, Debug)]
pub struct OaiResponse {
    /// The page: whole, without errors of transport.
    pub page: Page,
    /// The response.
    pub response: Response,
    /// The URL that was requested, before redirects.
    pub url: Url,
    /// Tries it took.
    pub tries: u32,
}

/// The fault of the last response.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Cause {
    /// There was no usable response.
    Http(HttpError),
    /// It could not be read.
    Read(ReadError),
    /// It ends before its root element does.
    CutShort {
        /// Bytes of the body.
        bytes: usize,
    },
    /// It answers another verb, or nothing.
    NoAnswer,
    /// It was cancelled.
    Cancelled,
}

/// A request that got no usable answer.
#[derive(Clone, Debug)]
pub struct RequestError {
    /// The requested URL.
    pub url: DisplaySafeUrl,
    /// Tries made.
    pub tries: u32,
    /// The fault of the last one.
    pub cause: Cause,
    /// The decision for the source and its host.
    pub decision: RetryDecision,
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Http(error) => error.fmt(f),
            Self::Read(error) => error.fmt(f),
            Self::CutShort { bytes } => write!(
                f,
                "the response ends after {bytes} bytes, before </OAI-PMH>"
            ),
            Self::NoAnswer => f.write_str("the response does not answer the request"),
            Self::Cancelled => f.write_str("interrupted"),
        }
    }
}

impl fmt::Display for RequestError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.cause)?;
        if self.tries > 1 {
            write!(f, " (after {} tries)", self.tries)?;
        }
        write!(f, " at {}", self.url)
    }
}

impl std::error::Error for RequestError {}

impl RequestError {
    /// Returns whether nothing more can be fetched from this source now.
    pub fn stops_source(&self) -> bool {
        matches!(
            self.decision,
            RetryDecision::StopSource | RetryDecision::StopHost
        )
    }

    /// Returns whether the host does not want us.
    pub fn stops_host(&self) -> bool {
        self.decision == RetryDecision::StopHost
    }

    /// Returns whether no connection came about.
    pub fn is_unreachable(&self) -> bool {
        matches!(
            self.cause,
            Cause::Http(HttpError::Dns { .. } | HttpError::Connect { .. })
        )
    }

    /// Returns whether a web page or nothing of OAI-PMH answers at the URL, so that the endpoint may be elsewhere.
    pub(super) fn is_not_an_endpoint(&self) -> bool {
        match &self.cause {
            Cause::Http(HttpError::Status { status, page, .. }) => {
                let is_page = match page {
                    Some(page) => matches!(page, BlockPage::WebPage | BlockPage::Login),
                    None => *status != 200,
                };
                is_page && matches!(status, 200 | 400 | 404 | 405 | 406 | 410)
            }
            Cause::Read(ReadError::NotOai { .. } | ReadError::Empty) | Cause::NoAnswer => true,
            _ => false,
        }
    }

    /// Returns whether the server is there, and failed at making this one answer.
    pub(super) fn is_request_specific(&self) -> bool {
        let status_500 = matches!(
            self.cause,
            Cause::Http(HttpError::Status { status: 500, .. })
        );
        let unreadable = matches!(
            self.cause,
            Cause::Read(ReadError::Malformed { .. } | ReadError::TooDeep { .. })
        );
        status_500 || unreadable
    }

    /// Returns whether it was cancelled.
    pub fn is_cancelled(&self) -> bool {
        matches!(self.cause, Cause::Cancelled)
    }
}

impl Endpoint {
    /// An endpoint at this base URL.
    pub fn new(
        client: Client,
        base_url: Url,
        name: &str,
        observer: Arc<dyn Observer>,
        cancel: CancellationToken,
    ) -> Self {
        Self {
            client,
            base_url,
            name: name.to_owned(),
            observer,
            cancel,
            credentials: Credentials::default(),
            has_answered: Arc::default(),
        }
    }

    /// Sends these headers and credentials with each request.
    #[must_use]
    pub fn with_credentials(self, credentials: Credentials) -> Self {
        Self {
            credentials,
            ..self
        }
    }

    /// Says whether the endpoint has answered in an earlier run: one that has is worth waiting for.
    #[must_use]
    pub fn with_history(self, has_answered: bool) -> Self {
        self.has_answered.store(has_answered, Ordering::Relaxed);
        self
    }

    /// The same endpoint at another URL of its host.
    #[must_use]
    pub(super) fn at(&self, base_url: Url) -> Self {
        Self {
            base_url,
            ..self.clone()
        }
    }

    /// Returns the base URL, as pinned.
    pub fn base_url(&self) -> &Url {
        &self.base_url
    }

    /// The client that asks it.
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// Returns whether it was cancelled.
    pub fn is_cancelled(&self) -> bool {
        self.cancel.is_cancelled()
    }

    /// Pins the base URL to where redirects ended.
    pub fn pin(&mut self, answer: &OaiResponse) {
        let mut base = answer.response.url.clone();
        keep_own_arguments(&mut base);
        self.base_url = base;
    }

    /// Asks until there is an answer: a whole page of the verb requested, or errors of the protocol; as often as
    /// the failure is worth.
    pub async fn request(&self, request: &Request) -> Result<OaiResponse, RequestError> {
        self.request_at_most(request, u32::MAX).await
    }

    /// The same with fewer tries.
    pub async fn request_at_most(
        &self,
        request: &Request,
        tries: u32,
    ) -> Result<OaiResponse, RequestError> {
        self.request_with_prefetch(request, tries, None, |_| None)
            .await
            .map(|(answer, _)| answer)
    }

    /// The same with a page that may have been prefetched, and prefetches the next one as soon as this one is there:
    /// `leads` returns the request that its bytes seem to lead to.
    pub(super) async fn request_with_prefetch(
        &self,
        request: &Request,
        tries: u32,
        first: Option<Prefetch>,
        leads: impl Fn(&Response) -> Option<Request>,
    ) -> Result<(OaiResponse, Option<Prefetch>), RequestError> {
        let url = request.url(&self.base_url);
        let given = first.is_some();
        let first = first.filter(|first| first.is_of(&url));
        let wasted = u32::from(given && first.is_none());
        let mut ahead = None;
        let (response, page, tries) = self
            .send_with_retry(&url, Expect::Protocol, tries, first, |response| {
                ahead = leads(response).map(|next| {
                    Prefetch::start(
                        self.client.clone(),
                        next.url(&self.base_url),
                        self.credentials.clone(),
                    )
                });
                let page = read_answer(request, response);
                if page.is_err() {
                    ahead = None;
                }
                page
            })
            .await?;
        Ok((
            OaiResponse {
                page,
                response,
                url,
                tries: tries + wasted,
            },
            ahead,
        ))
    }

    /// Sends a request to what may be a web page: its response when it is OAI-PMH, else the page and the error it is.
    pub(super) async fn request_or_page(
        &self,
        request: &Request,
        tries: u32,
    ) -> Result<Result<OaiResponse, (Response, RequestError)>, RequestError> {
        let url = request.url(&self.base_url);
        let (response, page, tries) = self
            .send_with_retry(
                &url,
                Expect::WebPage,
                tries,
                None,
                |response| match read_answer(request, response) {
                    Ok(page) => Ok(Ok(page)),
                    Err(cause) if looks_like_html(&response.body) => Ok(Err(cause)),
                    Err(cause) => Err(cause),
                },
            )
            .await?;
        if let Ok(page) = page {
            return Ok(Ok(OaiResponse {
                page,
                response,
                url,
                tries,
            }));
        }
        let error = HttpError::Status {
            status: response.status,
            page: Some(BlockPage::WebPage),
            retry_after: None,
        };
        let error = RequestError {
            url: DisplaySafeUrl::from(&url),
            tries,
            cause: Cause::Http(error),
            decision: RetryDecision::StopSource,
        };
        Ok(Err((response, error)))
    }

    /// Fetches a page that is no OAI-PMH, with the same patience.
    pub async fn fetch(&self, url: &Url) -> Result<Response, RequestError> {
        self.send_with_retry(url, Expect::WebPage, u32::MAX, None, |_| Ok(()))
            .await
            .map(|(response, (), _)| response)
    }

    /// Sends a request until `read` accepts a response, at most `most` times; the first time takes a prefetched
    /// response where there is one. Returns the response, what was read, and the number of tries.
    async fn send_with_retry<T>(
        &self,
        url: &Url,
        expect: Expect,
        most: u32,
        mut first: Option<Prefetch>,
        mut read: impl FnMut(&Response) -> Result<T, Cause>,
    ) -> Result<(Response, T, u32), RequestError> {
        let options = self.client.options();
        let mut pauses = pauses(options.backoff, options.max_pause);
        let mut tries = 0;
        let failed = |tries, cause, decision| RequestError {
            url: DisplaySafeUrl::from(url),
            tries,
            cause,
            decision,
        };
        loop {
            tries += 1;
            let got = tokio::select! {
                biased;
                () = self.cancel.cancelled() => return Err(failed(tries, Cause::Cancelled, RetryDecision::Fail)),
                got = self.get(url, expect, first.take()) => got,
            };
            let cause = match got {
                Ok(response) => match read(&response) {
                    Ok(read) => {
                        self.has_answered.store(true, Ordering::Relaxed);
                        return Ok((response, read, tries));
                    }
                    Err(cause) => cause,
                },
                Err(HttpError::DeadlineExceeded) => Cause::Cancelled,
                Err(error) => Cause::Http(error),
            };
            let decision = self.judge(url, &cause);
            let own = || pauses.next().unwrap_or(options.max_pause);
            match self.pause_before_retry(url, &cause, decision, tries, most, own) {
                Ok(pause) => self.wait(pause, &cause).await,
                Err(decision) => return Err(failed(tries, cause, decision)),
            }
        }
    }

    /// Returns what a failed try means for the request, the source and the host.
    fn judge(&self, url: &Url, cause: &Cause) -> RetryDecision {
        let contact = if self.has_answered.load(Ordering::Relaxed) {
            Contact::Known
        } else {
            Contact::First
        };
        match cause {
            Cause::Cancelled => RetryDecision::Fail,
            // What one journal refuses is its own affair; two make it the host's.
            Cause::Http(HttpError::Status { status: 403, .. })
                if self.client.limiter(url).refused(&self.name) =>
            {
                RetryDecision::StopHost
            }
            Cause::Http(error) => classify(error, self.client.options().tries, contact),
            _ => Self::judge_reading(cause),
        }
    }

    /// Returns the pause before the next try, or the decision if there is none: `own` is the pause that the server
    /// has not requested.
    fn pause_before_retry(
        &self,
        url: &Url,
        cause: &Cause,
        decision: RetryDecision,
        tries: u32,
        most: u32,
        own: impl FnOnce() -> Duration,
    ) -> Result<Duration, RetryDecision> {
        let limiter = self.client.limiter(url);
        let RetryDecision::Retry {
            pause: asked,
            tries: worth,
            slow_down,
        } = decision
        else {
            if decision == RetryDecision::StopHost
                && !matches!(cause, Cause::Http(HttpError::HostPaused { .. }))
            {
                limiter.stop(Utc::now() + STOP_FOR, &cause.to_string());
            }
            return Err(decision);
        };
        let pause = asked.unwrap_or_else(own);
        if let Some(asked) = asked
            && asked > self.client.options().max_pause
        {
            // Too long to wait for: requests before then are refused here, without asking the server.
            let until = Utc::now() + TimeDelta::from_std(asked).unwrap_or(STOP_FOR);
            limiter.stop(until, "the server asked to come back then");
            return Err(RetryDecision::StopHost);
        }
        if slow_down {
            limiter.slow_down(asked);
        }
        if tries >= worth.min(most) {
            return Err(Self::judge_giving_up(cause));
        }
        Ok(pause)
    }

    async fn get(
        &self,
        url: &Url,
        expect: Expect,
        first: Option<Prefetch>,
    ) -> Result<Response, HttpError> {
        if let Some(first) = first
            && let Some(answer) = first.response().await
        {
            return answer;
        }
        self.client.get(url, expect, &self.credentials).await
    }

    async fn wait(&self, pause: Duration, cause: &Cause) {
        self.observer
            .waiting(&self.name, pause.as_secs_f64(), &cause.to_string());
        tracing::debug!(source = self.name, seconds = pause.as_secs_f64(), %cause, "waiting before the next try");
        tokio::select! {
            () = self.cancel.cancelled() => {}
            () = tokio::time::sleep(pause) => {}
        }
    }

    /// Decides what follows when all attempts failed: a server that is away or busy is left, one that fails at this
    /// request may answer a narrower one.
    fn judge_giving_up(cause: &Cause) -> RetryDecision {
        match cause {
            Cause::Http(
                HttpError::Dns { .. }
                | HttpError::Connect { .. }
                | HttpError::Tls { .. }
                | HttpError::NoAuthorities { .. }
                | HttpError::NotHttp { .. }
                | HttpError::InvalidHead { .. }
                | HttpError::Other { .. }
                | HttpError::Status {
                    status: 429 | 503, ..
                },
            ) => RetryDecision::StopSource,
            _ => RetryDecision::Fail,
        }
    }

    /// Returns whether an answer that came whole but cannot be used may come better the next time.
    fn judge_reading(cause: &Cause) -> RetryDecision {
        let tries = match cause {
            // A proxy's page or a cut one is a hiccup; a malformed one comes again, but is cheap to ask for once more.
            Cause::CutShort { .. }
            | Cause::Read(ReadError::Empty | ReadError::NotOai { .. })
            | Cause::NoAnswer => 3,
            Cause::Read(ReadError::TooDeep { .. }) => 1,
            _ => 2,
        };
        RetryDecision::Retry {
            pause: None,
            tries,
            slow_down: false,
        }
    }
}

/// The page of a response: whole, and of the verb that was requested, or with errors of the protocol.
fn read_answer(request: &Request, response: &Response) -> Result<Page, Cause> {
    let content_type = response
        .headers
        .get("content-type")
        .and_then(|value| value.to_str().ok());
    let page = read_page_as(&response.body, content_type).map_err(Cause::Read)?;
    if !page.complete {
        return Err(Cause::CutShort {
            bytes: response.body.len(),
        });
    }
    if page.errors.is_empty() && page.verb != Some(request.verb()) {
        return Err(Cause::NoAnswer);
    }
    Ok(page)
}

/// Takes the arguments of the protocol off a URL, and leaves those that belong to the address: `journal=x` where OJS
/// has no path info, or what a redirect added.
pub(super) fn keep_own_arguments(url: &mut Url) {
    let own: Vec<String> = url
        .query()
        .unwrap_or_default()
        .split('&')
        .filter(|argument| {
            let name = argument.split('=').next().unwrap_or_default();
            ![
                "",
                "verb",
                "metadataPrefix",
                "set",
                "from",
                "until",
                "identifier",
                "resumptionToken",
            ]
            .contains(&name)
        })
        .map(str::to_owned)
        .collect();
    url.set_query((!own.is_empty()).then(|| own.join("&")).as_deref());
}
