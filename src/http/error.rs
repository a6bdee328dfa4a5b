//! Errors between the client and a response.

use std::time::Duration;

use chrono::{DateTime, Utc};

use crate::http::BlockPage;
use crate::values::DisplaySafeUrl;

/// Why there is no usable response. URLs are without credentials.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum HttpError {
    /// The URL cannot be fetched.
    #[error("invalid http or https URL {url:?}: {detail}")]
    BadUrl {
        /// As given.
        url: DisplaySafeUrl,
        /// The fault.
        detail: String,
    },
    /// The host name does not resolve.
    #[error("host {host} was not found")]
    Dns {
        /// Host name.
        host: String,
    },
    /// No connection.
    #[error("no connection to {host}: {detail}")]
    Connect {
        /// Host and port.
        host: String,
        /// The message of the system.
        detail: String,
    },
    /// No connection over TLS. Certificates are always checked.
    #[error("TLS with {host} failed: {detail}")]
    Tls {
        /// Host and port.
        host: String,
        /// The kind of failure.
        failure: TlsFailure,
        /// The message of the TLS library.
        detail: String,
    },
    /// This machine names no authority that certificates could be checked by.
    #[error("certificates cannot be checked: {detail}")]
    NoAuthorities {
        /// The message of the TLS library.
        detail: String,
    },
    /// The server did not speak HTTP.
    #[error("{host} does not answer with HTTP: {detail}")]
    NotHttp {
        /// Host and port.
        host: String,
        /// The message of the HTTP library.
        detail: String,
    },
    /// The server speaks HTTP, but the head of its response cannot be read.
    #[error("{host} answers with an invalid HTTP head: {detail}")]
    InvalidHead {
        /// Host and port.
        host: String,
        /// The message of the HTTP library.
        detail: String,
    },
    /// Nothing came for too long.
    #[error("no response within {} s ({stage})", .after.as_secs_f64())]
    Timeout {
        /// `connecting`, `waiting for the response`, `reading the body`, `whole response`.
        stage: &'static str,
        /// The limit.
        after: Duration,
    },
    /// The connection ended before the response did.
    #[error("response cut short after {received} bytes: {detail}")]
    ConnectionClosed {
        /// Bytes that came.
        received: u64,
        /// The message of the connection.
        detail: String,
    },
    /// The body does not decode.
    #[error("response does not decode as {coding}: {detail}")]
    ContentEncoding {
        /// The content coding.
        coding: String,
        /// The message of the decoder.
        detail: String,
    },
    /// The body has a content coding that is not read here.
    #[error("the response is encoded as {coding}, which was not requested and cannot be read")]
    UnsupportedEncoding {
        /// As announced.
        coding: String,
    },
    /// The body is larger than is taken.
    #[error("response larger than the limit of {limit} bytes")]
    TooLarge {
        /// The limit, bytes after decoding.
        limit: u64,
    },
    /// A status that is not a success.
    #[error("status {status}{}{}", .page.as_ref().map(|page| format!(": {page}")).unwrap_or_default(), asked(*.retry_after))]
    Status {
        /// HTTP status.
        status: u16,
        /// The kind of page in the body.
        page: Option<BlockPage>,
        /// The pause requested by Retry-After or X-RateLimit-Reset.
        retry_after: Option<Duration>,
    },
    /// A redirect that is not followed.
    #[error("redirected to {to}: {why}")]
    Redirect {
        /// Where to.
        to: DisplaySafeUrl,
        /// Why it is not followed.
        why: &'static str,
    },
    /// A redirect whose Location is missing or is not a URL.
    #[error("{}", no_target(.location.as_str()))]
    NoRedirectTarget {
        /// The Location as sent; empty if there is none.
        location: DisplaySafeUrl,
    },
    /// The host is left alone until a stated time.
    #[error("no requests to {host} until {}: {why}", .until.format("%Y-%m-%d %H:%M:%SZ"))]
    HostPaused {
        /// Host.
        host: String,
        /// Until when.
        until: DateTime<Utc>,
        /// Why.
        why: String,
    },
    /// The right to send requests to the host is over; see [`Deadline`](crate::http::Deadline).
    #[error("no more requests may be sent to the host")]
    DeadlineExceeded,
    /// Anything else of the HTTP library.
    #[error("request failed: {detail}")]
    Other {
        /// The message.
        detail: String,
    },
}

/// The kind of a TLS failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum TlsFailure {
    /// The certificate is not valid, or not for this host.
    Certificate,
    /// The server ended the handshake with an alert.
    Alert,
    /// The server does not speak TLS on this port.
    NotTls,
    /// The connection was closed in the handshake.
    Closed,
    /// The two sides have no version or cipher in common, or one broke the protocol.
    Other,
}

/// Formats the pause that a server requested, if it is long enough to mention.
fn asked(pause: Option<Duration>) -> String {
    match pause.map(|pause| pause.as_secs().div_ceil(60)) {
        Some(minutes) if minutes > 1 => {
            format!(", with the wish to be left alone for {minutes} minutes")
        }
        _ => String::new(),
    }
}

/// Describes a redirect that leads nowhere.
fn no_target(location: &str) -> String {
    if location.is_empty() {
        "redirected without a Location".to_owned()
    } else {
        format!("redirected to {location:?}, which is not a URL")
    }
}
