//! URLs as they may be shown.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize};
use url::Url;

use crate::redact::redact;

/// The text of a URL without its secrets: user, password, and arguments that are secrets by their names.
///
/// Errors, reports and pages hold URLs as this type, so that none can be shown as it was requested.
///
/// ```
/// use offprint::internals::values::DisplaySafeUrl;
///
/// let url = url::Url::parse("https://me:s3cret@a.example/oai?api_key=s3&verb=Identify").unwrap();
/// assert_eq!(DisplaySafeUrl::from(&url).as_str(), "https://a.example/oai?api_key=***&verb=Identify");
/// assert_eq!(DisplaySafeUrl::from("postgres://me:s3cret@db/x").as_str(), "postgres://***@db/x");
/// ```
#[derive(Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct DisplaySafeUrl(String);

impl DisplaySafeUrl {
    /// Returns the text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<&Url> for DisplaySafeUrl {
    fn from(url: &Url) -> Self {
        let mut url = url.clone();
        let _ = url.set_username("");
        let _ = url.set_password(None);
        Self(redact(url.as_str()))
    }
}

impl From<&str> for DisplaySafeUrl {
    fn from(text: &str) -> Self {
        Self(redact(text))
    }
}

impl From<&String> for DisplaySafeUrl {
    fn from(text: &String) -> Self {
        Self(redact(text))
    }
}

impl From<String> for DisplaySafeUrl {
    fn from(text: String) -> Self {
        Self(redact(&text))
    }
}

impl<'de> Deserialize<'de> for DisplaySafeUrl {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(Self::from)
    }
}

impl std::ops::Deref for DisplaySafeUrl {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl PartialEq<str> for DisplaySafeUrl {
    fn eq(&self, other: &str) -> bool {
        self.0 == other
    }
}

impl PartialEq<&str> for DisplaySafeUrl {
    fn eq(&self, other: &&str) -> bool {
        self.0 == *other
    }
}

impl From<DisplaySafeUrl> for String {
    fn from(url: DisplaySafeUrl) -> Self {
        url.0
    }
}

impl fmt::Debug for DisplaySafeUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

impl fmt::Display for DisplaySafeUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
