//! One record, taken out of its page: header, metadata, about containers (§2.5).

use crate::oai::{PageHead, ReadError, Repairs};

/// The header of a record.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Header {
    /// OAI identifier, as received.
    pub identifier: String,
    /// Datestamp, as received.
    pub datestamp: String,
    /// setSpecs, as received.
    pub set_specs: Vec<String>,
    /// `status="deleted"`.
    pub deleted: bool,
}

/// One record.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Record {
    /// Its header.
    pub header: Header,
    /// What `<metadata>` holds: one element with its content, well-formed UTF-8 after repair. Prefixes
    /// declared further out may be used in it. Of a landing page, the whole HTML text.
    pub metadata: Option<String>,
    /// What each `<about>` holds.
    pub abouts: Vec<String>,
    /// What had to be repaired to read it.
    pub repairs: Repairs,
}

/// Reads one record from its slice of a page.
pub fn read_record(_slice: &[u8], _head: &PageHead) -> Result<Record, ReadError> {
    unimplemented!()
}
