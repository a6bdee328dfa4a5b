//! A response page: records by position, sets, formats, and the end of the list.

use std::ops::Range;

use serde::{Deserialize, Serialize};
use xxhash_rust::xxh3::Xxh3;

use crate::oai::repair::Repairs;
use crate::oai::{ErrorCode, Identify, ProtocolError, ResumptionToken, Verb};

/// Deepest nesting that is read.
pub(crate) const MAX_DEPTH: usize = 256;

/// The part of a page that a record's slice needs to be read alone.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct PageHead {
    /// Encoding decided for the page, by its WHATWG name; UTF-8 when empty.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub encoding: String,
    /// Namespace declarations of the elements around the records: (prefix, URI); the default namespace has
    /// an empty prefix.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub namespaces: Vec<(String, String)>,
    /// Set if the page was well-formed and needed no repair.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_sound: bool,
}

/// Where a record or header stands in its page, and what its header says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RecordRef {
    /// OAI identifier; empty when the record has none.
    pub identifier: String,
    /// Datestamp, as received; empty when the record has none.
    pub datestamp: String,
    /// `status="deleted"`.
    pub deleted: bool,
    /// setSpecs, as received.
    pub set_specs: Vec<String>,
    /// Set if there is non-empty metadata.
    pub has_metadata: bool,
    /// Offset in the body as received, bytes.
    pub offset: usize,
    /// Length, bytes.
    pub len: usize,
    /// Content hash: deleted flag, sorted setSpecs, metadata bytes; not the datestamp.
    pub hash: u64,
    /// Where its metadata stands in the body as received, bytes.
    pub metadata: Range<usize>,
}

impl RecordRef {
    /// Returns the content hash as if the header did not name these sets: those whose lists are harvested, since a
    /// server may name in each the one set alone that was requested.
    pub fn hash_without(&self, body: &[u8], sets: &[String]) -> u64 {
        let others = self.set_specs.iter().filter(|set| !sets.contains(set));
        let metadata = body.get(self.metadata.clone()).unwrap_or_default();
        content_hash(self.deleted, others.map(String::as_str), metadata)
    }
}

/// The content hash of a record: deleted flag, sorted setSpecs, metadata bytes.
pub(super) fn content_hash<'s>(
    deleted: bool,
    sets: impl Iterator<Item = &'s str>,
    metadata: &[u8],
) -> u64 {
    let mut hash = Xxh3::new();
    hash.update(&[u8::from(deleted)]);
    let mut sets: Vec<&str> = sets.collect();
    sets.sort_unstable();
    for set in sets {
        hash.update(set.as_bytes());
        hash.update(&[0]);
    }
    hash.update(metadata);
    hash.digest()
}

/// A set of ListSets.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Set {
    /// setSpec.
    pub spec: String,
    /// setName.
    pub name: String,
}

/// A format of ListMetadataFormats.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct MetadataFormat {
    /// metadataPrefix.
    pub prefix: String,
    /// URL of its schema.
    pub schema: String,
    /// The XML namespace.
    pub namespace: String,
}

/// The end of a list page.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum ListEnd {
    /// No resumptionToken: the list has this one page, or the server lost the rest.
    #[default]
    NoToken,
    /// An empty resumptionToken: the end of a list of several pages.
    Empty,
    /// There is more.
    More(ResumptionToken),
}

/// A response.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
// shape: one field for each element of an OAI-PMH response
pub struct Page {
    /// responseDate, as received.
    pub response_date: Option<String>,
    /// The base URL that the response repeats, and the metadataPrefix it was requested.
    pub request: (String, Option<String>),
    /// The verb whose answer this is, by its element.
    pub verb: Option<Verb>,
    /// Errors of the protocol.
    pub errors: Vec<ProtocolError>,
    /// Records (ListRecords, GetRecord) or headers (ListIdentifiers), in order.
    pub records: Vec<RecordRef>,
    /// Sets.
    pub sets: Vec<Set>,
    /// Formats.
    pub formats: Vec<MetadataFormat>,
    /// Identify.
    pub identify: Option<Identify>,
    /// The end of the list.
    pub end: ListEnd,
    /// completeListSize.
    pub complete_list_size: Option<u64>,
    /// cursor.
    pub cursor: Option<u64>,
    /// The part that a slice needs to be read alone.
    pub head: PageHead,
    /// The repairs.
    pub repairs: Repairs,
    /// Set if its end was seen. A page without is cut short, whatever it holds.
    pub complete: bool,
}

impl Page {
    /// Returns whether the page has this error.
    pub fn has_error(&self, code: &ErrorCode) -> bool {
        self.errors.iter().any(|error| error.code == *code)
    }

    /// Returns whether the page reports an empty list, and nothing else.
    pub fn is_empty_list(&self) -> bool {
        !self.errors.is_empty()
            && self
                .errors
                .iter()
                .all(|error| error.code == ErrorCode::NoRecordsMatch)
    }

    /// Hash of the record slices: two pages with the same records have the same, whatever their responseDate.
    pub fn list_hash(&self, body: &[u8]) -> u64 {
        let mut hash = Xxh3::new();
        for record in &self.records {
            hash.update(&body[record.offset..record.offset + record.len]);
        }
        hash.digest()
    }
}

/// Why a response could not be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ReadError {
    /// The body is empty.
    #[error("the response is empty")]
    Empty,
    /// The root element is not `OAI-PMH`.
    #[error("not an OAI-PMH response: it begins with <{root}>")]
    NotOai {
        /// Name of the root element, or the first characters of the text.
        root: String,
    },
    /// Not well-formed, and beyond repair.
    #[error("malformed XML at byte {offset}: {detail}")]
    Malformed {
        /// Offset in the body as received.
        offset: usize,
        /// The detail.
        detail: String,
    },
    /// Elements are nested deeper than is read.
    #[error("elements nested deeper than {MAX_DEPTH} at byte {offset}")]
    TooDeep {
        /// Offset in the body as received.
        offset: usize,
    },
    /// There is no record in what should be one.
    #[error("no record in the slice")]
    NoRecord,
}
