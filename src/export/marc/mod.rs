//! MARC 21 for library catalogs: MARCXML and ISO 2709 of the same records.
//!
//! A live article is a component part of its journal (773), encoded in UTF-8 and described with ISBD punctuation.
//! A withdrawn one is a record with `d` in leader byte 5 that holds 001, 003, 005 and 245, so that a catalog that
//! loads it can take its copy out. MARCXML has no limits; ISO 2709 holds 9,999 bytes a
//! field and 99,999 a record: longer summaries are split, and what had to be cut is said in a 500.

mod articles;
mod classification;
mod crosswalk;
mod fixed;
mod iso2709;
mod limit;
mod names;
mod options;
mod record;
mod xml;

pub(super) use names::relator;
pub use options::{MarcOptions, Profile};

use std::io::{self, Write as _};
use std::sync::Arc;

use super::format::{
    Deletions, EntryRef, Exporter, FormatInfo, Frame, Layout, Rendered, TextFrame,
};

/// The format `marc`.
pub(super) const INFO: FormatInfo = FormatInfo {
    name: "marc",
    summary: "MARC 21 in ISO 2709, UTF-8",
    extension: "mrc",
    media_type: "application/marc",
    layout: Layout::Stream,
    deletions: Deletions::Always,
    options: &["profile", "organization", "id-prefix", "host-record"],
};

/// The format `marcxml`.
pub(super) const XML_INFO: FormatInfo = FormatInfo {
    name: "marcxml",
    summary: "MARC 21 in MARCXML",
    extension: "xml",
    media_type: "application/marcxml+xml",
    layout: Layout::Stream,
    deletions: Deletions::Always,
    options: &["profile", "organization", "id-prefix", "host-record"],
};

/// One record in MARCXML.
#[cfg(feature = "serve")]
pub(super) fn element(article: &crate::article::Article, options: &MarcOptions) -> String {
    xml::write(&crosswalk::live(article, options))
}

/// The list of deleted ids, which VuFind's `util/deletes.php` takes as `flat`.
const DELETED_INFO: FormatInfo = FormatInfo {
    name: "deleted ids",
    summary: "Control numbers of deleted records, one a line",
    extension: "txt",
    media_type: "text/plain",
    layout: Layout::Stream,
    deletions: Deletions::Always,
    options: &[],
};

/// Writes the ids of deletions, one a line.
#[derive(Clone, Debug, Default)]
pub(super) struct DeletedIds {
    prefix: String,
}

impl DeletedIds {
    /// Returns an exporter that puts a prefix before each id.
    pub(super) fn new(prefix: String) -> Self {
        Self { prefix }
    }
}

impl Exporter for DeletedIds {
    fn info(&self) -> &'static FormatInfo {
        &DELETED_INFO
    }

    fn entry(&self, entry: EntryRef<'_>, out: &mut Vec<u8>) -> io::Result<Rendered> {
        writeln!(out, "{}{}", self.prefix, entry.entry.id())?;
        Ok(Rendered::Written)
    }
}

/// Writes MARCXML: a `collection` of records.
#[derive(Clone, Debug, Default)]
pub struct MarcXml {
    options: MarcOptions,
}

impl MarcXml {
    /// Writes the MARC requested.
    pub fn new(options: MarcOptions) -> Self {
        Self { options }
    }
}

impl Exporter for MarcXml {
    fn info(&self) -> &'static FormatInfo {
        &XML_INFO
    }

    fn entry(&self, entry: EntryRef<'_>, out: &mut Vec<u8>) -> io::Result<Rendered> {
        if self.options.profile == Profile::VuFind && entry.live().is_none() {
            // SolrMarc would make a document of it, in the place of the article.
            return Ok(Rendered::DELETION);
        }
        let record = crosswalk::record(entry.entry, &self.options);
        out.extend_from_slice(xml::write(&record).as_bytes());
        Ok(Rendered::Written)
    }

    fn frame(&self) -> Box<dyn Frame> {
        Box::new(TextFrame::new(xml::HEAD, xml::TAIL))
    }

    fn deletions(&self) -> Option<Arc<dyn Exporter>> {
        Some(match self.options.profile {
            Profile::VuFind => Arc::new(DeletedIds::new(self.options.id_prefix.clone())),
            Profile::Generic | Profile::Koha => Arc::new(self.clone()),
        })
    }
}

/// Writes records in ISO 2709, one after the other.
#[derive(Clone, Debug, Default)]
pub struct Marc {
    options: MarcOptions,
}

impl Marc {
    /// Writes the MARC requested.
    pub fn new(options: MarcOptions) -> Self {
        Self { options }
    }
}

impl Exporter for Marc {
    fn info(&self) -> &'static FormatInfo {
        &INFO
    }

    fn entry(&self, entry: EntryRef<'_>, out: &mut Vec<u8>) -> io::Result<Rendered> {
        if self.options.profile == Profile::VuFind && entry.live().is_none() {
            // SolrMarc would make a document of it, in the place of the article.
            return Ok(Rendered::DELETION);
        }
        let record = limit::fit(crosswalk::record(entry.entry, &self.options));
        out.extend_from_slice(&iso2709::write(&record));
        Ok(Rendered::Written)
    }

    fn deletions(&self) -> Option<Arc<dyn Exporter>> {
        Some(match self.options.profile {
            Profile::VuFind => Arc::new(DeletedIds::new(self.options.id_prefix.clone())),
            Profile::Generic | Profile::Koha => Arc::new(self.clone()),
        })
    }
}
