//! The streaming reader of responses: one pass of events over the bytes, never a tree.

use serde::{Deserialize, Serialize};

/// What a record's slice needs from its page to be read alone.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct PageHead {
    /// Encoding decided for the page, by its WHATWG name; UTF-8 when empty.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub encoding: String,
    /// Namespace declarations of the elements around the records: (prefix, URI); the default namespace has
    /// an empty prefix.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub namespaces: Vec<(String, String)>,
}

/// Where a record stands in its page.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RecordRef {}

/// A page.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Page {}

/// Why a page could not be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ReadError {}

/// Reads a page.
pub fn read_page(_body: &[u8]) -> Result<Page, ReadError> {
    unimplemented!()
}
