//! What a request carries to be let in: headers and a password of its source. Shown nowhere.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use reqwest::RequestBuilder;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use tokio::time::Instant;

use crate::http::HttpError;

/// Headers and credentials of one source; its `Debug` tells names alone.
#[derive(Clone, Default)]
pub struct Access {
    headers: HeaderMap,
    user: Option<(String, String)>,
    until: Option<Until>,
}

/// The moment until which may be asked; it is moved on as long as the right to ask is held.
#[derive(Clone, Debug)]
pub struct Until(Arc<Mutex<Instant>>);

impl Until {
    /// Until then, unless it is moved.
    pub fn new(end: Instant) -> Self {
        Self(Arc::new(Mutex::new(end)))
    }

    /// Moves it.
    pub fn move_to(&self, end: Instant) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = end;
    }

    fn is_over(&self) -> bool {
        Instant::now() >= *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Access {
    /// Sends a header with each request. Fails when the name or value is none that HTTP allows.
    pub fn header(&mut self, name: &str, value: &str) -> Result<(), HttpError> {
        let bad = || HttpError::Other {
            detail: format!("{name:?} with its value is no HTTP header"),
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

    /// Asks no more after this moment.
    pub fn until(&mut self, until: Until) {
        self.until = Some(until);
    }

    /// Whether that moment has come.
    pub(crate) fn is_over(&self) -> bool {
        self.until.as_ref().is_some_and(Until::is_over)
    }

    pub(crate) fn put(&self, request: RequestBuilder) -> RequestBuilder {
        let request = request.headers(self.headers.clone());
        match &self.user {
            Some((user, password)) => request.basic_auth(user, Some(password)),
            None => request,
        }
    }
}

impl fmt::Debug for Access {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&str> = self.headers.keys().map(HeaderName::as_str).collect();
        f.debug_struct("Access")
            .field("headers", &names)
            .field("user", &self.user.is_some())
            .finish_non_exhaustive()
    }
}
