//! The forms of an address: its host, as it is stored, and as it is shown.

use url::Url;

use crate::redact::redact;

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
