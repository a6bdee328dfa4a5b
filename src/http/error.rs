//! What goes wrong between here and a response.

use std::time::Duration;

use chrono::{DateTime, Utc};

use crate::http::Wall;

/// Why there is no usable response. URLs are without credentials.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum HttpError {
    /// The URL is none that can be fetched.
    #[error("{url:?} is no http or https URL: {detail}")]
    BadUrl {
        /// As given.
        url: String,
        /// What is wrong with it.
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
        /// What the system said.
        detail: String,
    },
    /// The certificate or the handshake is bad. It is never switched off.
    #[error("TLS with {host} failed: {detail}")]
    Tls {
        /// Host name.
        host: String,
        /// What the TLS library said.
        detail: String,
    },
    /// Nothing came for too long.
    #[error("no answer within {} s ({stage})", .after.as_secs_f64())]
    Timeout {
        /// `connecting`, `waiting for the response`, `reading the body`, `whole response`.
        stage: &'static str,
        /// The limit.
        after: Duration,
    },
    /// The connection ended before the response did.
    #[error("response cut short after {received} bytes: {detail}")]
    Cut {
        /// Bytes that came.
        received: u64,
        /// What the connection said.
        detail: String,
    },
    /// The body does not decode.
    #[error("response does not decode as {coding}: {detail}")]
    Coding {
        /// Its content coding.
        coding: String,
        /// What the decoder said.
        detail: String,
    },
    /// The body has a content coding that is not read here.
    #[error("the response is encoded as {coding}, which was not asked for and cannot be read")]
    UnknownCoding {
        /// As announced.
        coding: String,
    },
    /// The body is larger than is taken.
    #[error("response larger than the limit of {limit} bytes")]
    TooLarge {
        /// The limit, bytes after decoding.
        limit: u64,
    },
    /// A status that is no success.
    #[error("status {status}{}{}", .wall.as_ref().map(|wall| format!(": {wall}")).unwrap_or_default(), asked(*.retry_after))]
    Status {
        /// HTTP status.
        status: u16,
        /// What the page turned out to be.
        wall: Option<Wall>,
        /// What Retry-After or X-RateLimit-Reset asked for.
        retry_after: Option<Duration>,
    },
    /// A redirect that is not followed.
    #[error("redirected to {to}: {why}")]
    Redirect {
        /// Where to.
        to: String,
        /// Why it is not followed.
        why: &'static str,
    },
    /// The host is left alone until a stated time.
    #[error("{host} is left alone until {}: {why}", .until.format("%Y-%m-%d %H:%M:%SZ"))]
    Stopped {
        /// Host.
        host: String,
        /// Until when.
        until: DateTime<Utc>,
        /// Why.
        why: String,
    },
    /// The right to ask the host is over; see [`Until`](crate::http::Until).
    #[error("the host may not be asked any more")]
    Over,
    /// Anything else of the HTTP library.
    #[error("request failed: {detail}")]
    Other {
        /// What it said.
        detail: String,
    },
}

/// What a server asked for, where it is long enough to be worth telling.
fn asked(pause: Option<Duration>) -> String {
    match pause.map(|pause| pause.as_secs().div_ceil(60)) {
        Some(minutes) if minutes > 1 => {
            format!(", with the wish to be left alone for {minutes} minutes")
        }
        _ => String::new(),
    }
}
