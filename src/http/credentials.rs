//! Credentials of a request: headers and a password of its source. Neither is ever shown.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use reqwest::RequestBuilder;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use tokio::time::Instant;
use url::{Origin, Url};

use crate::http::HttpError;

/// Headers and credentials of one source, sent to one origin alone. `Debug` shows the names of the headers only.
#[derive(Clone, Default)]
pub struct Credentials {
    origin: Option<Origin>,
    headers: HeaderMap,
    user: Option<(String, String)>,
    deadline: Option<Deadline>,
}

/// The moment after which no request may be sent. It is moved as long as the right to send requests is held.
#[derive(Clone, Debug)]
pub struct Deadline(Arc<Mutex<Instant>>);

impl Deadline {
    /// Creates a deadline.
    pub fn new(end: Instant) -> Self {
        Self(Arc::new(Mutex::new(end)))
    }

    /// Moves the deadline, for all its clones.
    pub fn move_to(&self, end: Instant) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = end;
    }

    fn is_over(&self) -> bool {
        Instant::now() >= *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Credentials {
    /// Creates empty credentials for the origin (scheme, host and port) of a URL.
    pub fn for_origin(url: &Url) -> Self {
        Self {
            origin: Some(url.origin()),
            ..Self::default()
        }
    }

    /// Adds a header that is sent with each request.
    ///
    /// # Errors
    /// [`HttpError::Other`] when HTTP does not allow the name or the value.
    pub fn header(&mut self, name: &str, value: &str) -> Result<(), HttpError> {
        let bad = || HttpError::Other {
            detail: format!("invalid HTTP header {name:?} or its value"),
        };
        let name = HeaderName::from_bytes(name.as_bytes()).map_err(|_| bad())?;
        let mut value = HeaderValue::from_str(value).map_err(|_| bad())?;
        value.set_sensitive(true);
        self.headers.insert(name, value);
        Ok(())
    }

    /// Sends a user name and password with each request (RFC 7617).
    pub fn basic(&mut self, user: &str, password: &str) {
        self.user = Some((user.to_owned(), password.to_owned()));
    }

    /// Sends no request after a deadline.
    pub fn set_deadline(&mut self, deadline: Deadline) {
        self.deadline = Some(deadline);
    }

    /// Returns whether the deadline has passed.
    pub(crate) fn is_over(&self) -> bool {
        self.deadline.as_ref().is_some_and(Deadline::is_over)
    }

    /// Adds headers and credentials to a request, unless it goes to another origin than they are for: that of
    /// [`for_origin`](Self::for_origin), else that of the URL that was `asked` before redirects.
    pub(crate) fn apply(&self, request: RequestBuilder, to: &Url, asked: &Url) -> RequestBuilder {
        let own = self.origin.clone().unwrap_or_else(|| asked.origin());
        if to.origin() != own {
            return request;
        }
        let request = request.headers(self.headers.clone());
        match &self.user {
            Some((user, password)) => request.basic_auth(user, Some(password)),
            None => request,
        }
    }
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&str> = self.headers.keys().map(HeaderName::as_str).collect();
        f.debug_struct("Credentials")
            .field("headers", &names)
            .field("user", &self.user.is_some())
            .finish_non_exhaustive()
    }
}
