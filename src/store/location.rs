//! Where a store is, and how it is opened there.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::file_mode::FileMode;
use crate::redact::redact;

/// Where a store is. It is shown, and written, without its password.
#[derive(Clone, PartialEq, Eq)]
pub enum Location {
    /// A file of the embedded engine.
    File(PathBuf),
    /// A URL of a PostgreSQL database; it may hold a password.
    Postgres(String),
}

/// The mode in which a store is opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// For reading; beside writers.
    Read,
    /// For writing: a file by one process at a time, a database by any number.
    Write {
        /// True to create what does not exist.
        create: bool,
    },
}

/// What the search of a catalogue finds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SearchIndex {
    /// Nothing: a store that no catalogue is served from need not keep an index of words.
    #[default]
    None,
    /// Words of titles, keywords and names.
    Words,
    /// Words of abstracts too.
    Abstracts,
}

/// Settings for creating and using a store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OpenOptions {
    /// Permissions of the files of a store that is created.
    pub mode: FileMode,
    /// True if articles are kept beside the records that they were made of, and read from there.
    pub keep_articles: bool,
    /// What searches find; `None` leaves a store as it is.
    pub search: Option<SearchIndex>,
}

impl Default for OpenOptions {
    fn default() -> Self {
        Self {
            mode: FileMode::default(),
            keep_articles: true,
            search: None,
        }
    }
}

impl FromStr for Location {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text.is_empty() {
            return Err("a store needs a path".to_owned());
        }
        match text.split_once("://").map(|(scheme, _)| scheme) {
            None => Ok(Self::File(PathBuf::from(text))),
            Some("postgres" | "postgresql") => Ok(Self::Postgres(text.to_owned())),
            Some(_) => Err(format!("no store engine for {}", redact(text))),
        }
    }
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => write!(f, "{}", path.display()),
            Self::Postgres(url) => f.write_str(&redact(url)),
        }
    }
}

impl fmt::Debug for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Location({self})")
    }
}

impl Serialize for Location {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Location {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?
            .parse()
            .map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn locations_hide_passwords() {
        let location: Location = "postgres://me:s3cret@db/offprint".parse().unwrap();
        assert!(!format!("{location} {location:?}").contains("s3cret"));
        assert!(!serde_json::to_string(&location).unwrap().contains("s3cret"));
        let error = "mysql://me:s3cret@db/x".parse::<Location>().unwrap_err();
        assert_eq!(error, "no store engine for mysql://***@db/x");
    }
}
