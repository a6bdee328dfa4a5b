//! Records as received, in two layouts: `raw`, whole records with their headers, and `vufind`, a folder as VuFind's
//! harvester leaves it.
//!
//! In `raw` a record is the newest version, in UTF-8, with its header and all namespaces. It is repaired only where it
//! was not well-formed. A stream is one document, `<records>` around them all; a file holds the record itself, or
//! `<records>` where an item has several formats. A withdrawn record is its tombstone; one that was withdrawn without
//! any has a tombstone made of its identifier and datestamp. Landing pages are not records.
//!
//! In `vufind` the metadata of each live record is a file `TIME_IDENTIFIER.xml`, and each withdrawn record a file
//! `TIME_IDENTIFIER.delete` that holds the identifier. VuFind's style sheets and `batch-delete.sh` go by an id that is
//! neither in the metadata nor made by them: the OAI identifier, or what is left of it (idPrefix, idSearch in
//! `oai.ini`), put into the record's root as `identifier`. MARC has an id of its own in 001 and stays as it is. TIME is
//! the record's datestamp in seconds since 1970, so that files sort in the order of the changes, and the same export
//! writes the same names. The import takes the files away when it is done with them.

use std::io::{self, Write};

use super::format::{
    Deletions, EntryRef, Exporter, FormatInfo, Frame, Layout, Rendered, TextFrame,
};
use super::xml::{PROLOG, Xml};
use crate::article::{Entry, Status};
use crate::normalize::LANDING_PAGE;
use crate::oai::{Datestamp, standalone_record};
use crate::store::StoredRecord;

/// The format `raw`.
pub(super) const INFO: FormatInfo = FormatInfo {
    name: "raw",
    summary: "Records as received, in XML",
    extension: "xml",
    media_type: "application/xml",
    layout: Layout::Stream,
    deletions: Deletions::Always,
    options: &["prefix"],
};

/// The format `vufind`.
pub(super) const VUFIND_INFO: FormatInfo = FormatInfo {
    name: "vufind",
    summary: "A folder for VuFind's import: one file per record, and .delete files",
    extension: "xml",
    media_type: "application/xml",
    layout: Layout::Spool,
    deletions: Deletions::Always,
    options: &["prefix", "id-prefix", "id-strip"],
};

const OAI: &str = "http://www.openarchives.org/OAI/2.0/";
const NO_RECORD: Rendered = Rendered::LeftOut("no record of the format");
/// Malformed beyond repair, or beyond the bounds that [`standalone_record`] sets.
const NOT_STRICT: Rendered = Rendered::LeftOut("a record that strict XML readers refuse");

/// Longest part of a file's name that is taken from the identifier, bytes.
const IDENTIFIER_LEN: usize = 160;

/// Which records, and the ids that VuFind knows them by.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RawOptions {
    /// metadataPrefix; all formats without, in `vufind` the first.
    pub prefix: Option<String>,
    /// Taken from the front of OAI identifiers that begin with it.
    pub id_strip: String,
    /// Put in front of what is left.
    pub id_prefix: String,
}

impl RawOptions {
    fn is_wanted(&self, stored: &StoredRecord) -> bool {
        let wanted = self
            .prefix
            .as_ref()
            .is_none_or(|prefix| *prefix == stored.metadata_prefix);
        wanted && stored.metadata_prefix != LANDING_PAGE
    }

    /// Returns the id that VuFind knows a record by.
    fn id(&self, identifier: &str) -> String {
        format!(
            "{}{}",
            self.id_prefix,
            identifier
                .strip_prefix(&self.id_strip)
                .unwrap_or(identifier)
        )
    }
}

/// Writes whole records.
#[derive(Clone, Debug, Default)]
pub struct Raw {
    options: RawOptions,
}

impl Raw {
    /// Returns an exporter of the records requested.
    pub fn new(options: RawOptions) -> Self {
        Self { options }
    }

    /// Returns the records of an item, each with whether it is a tombstone; where there are none, why.
    fn records(&self, entry: EntryRef<'_>) -> Result<Vec<(String, bool)>, Rendered> {
        let wanted = entry
            .records
            .iter()
            .filter(|stored| self.options.is_wanted(stored));
        let mut none = NO_RECORD;
        let mut records = Vec::new();
        for stored in wanted {
            if let Ok(whole) = standalone_record(&stored.raw, &stored.head) {
                records.push((whole.record, whole.deleted));
            } else {
                let identifier = &entry.entry.provenance().oai_identifier;
                tracing::warn!(%identifier, "a record cannot be read, not even mended");
                none = NOT_STRICT;
            }
        }
        if records.is_empty() {
            Err(none)
        } else {
            Ok(records)
        }
    }
}

impl Exporter for Raw {
    fn info(&self) -> &'static FormatInfo {
        &INFO
    }

    fn writes_records(&self) -> bool {
        true
    }

    fn entry(&self, entry: EntryRef<'_>, out: &mut Vec<u8>) -> io::Result<Rendered> {
        let deleted = entry.live().is_none();
        let records = match self.records(entry) {
            Err(none) if !deleted => return Ok(none),
            records => records.unwrap_or_default(),
        };
        // What is gone is not passed on as if it were there.
        let mut written = false;
        for (record, _) in records
            .iter()
            .filter(|(_, is_tombstone)| *is_tombstone || !deleted)
        {
            written = true;
            writeln!(out, "{record}")?;
        }
        if !written {
            writeln!(out, "{}", tombstone(entry.entry))?;
        }
        Ok(Rendered::Written)
    }

    fn document(&self, entry: EntryRef<'_>, out: &mut Vec<u8>) -> io::Result<Rendered> {
        let records = match self.records(entry) {
            Err(none) => return Ok(none),
            Ok(records) => records,
        };
        match records.as_slice() {
            [(record, _)] => writeln!(out, "{PROLOG}{record}")?,
            records => {
                let mut frame = self.frame();
                frame.begin(out)?;
                for (record, _) in records {
                    writeln!(out, "{record}")?;
                }
                frame.end(out)?;
            }
        }
        Ok(Rendered::Written)
    }

    fn frame(&self) -> Box<dyn Frame> {
        Box::new(TextFrame::new(
            format!("{PROLOG}\n<records xmlns=\"{OAI}\">\n"),
            "</records>\n",
        ))
    }
}

fn tombstone(entry: &Entry) -> String {
    let provenance = entry.provenance();
    tombstone_of(
        &provenance.oai_identifier,
        &provenance.datestamp,
        &provenance.sets,
    )
}

/// Returns the record of an item that was withdrawn without a tombstone.
pub(crate) fn tombstone_of(identifier: &str, datestamp: &str, sets: &[String]) -> String {
    let mut xml = Xml::default();
    xml.group("record", &[("xmlns", OAI)], |xml| {
        xml.group("header", &[("status", "deleted")], |xml| {
            xml.leaf("identifier", &[], identifier);
            xml.leaf("datestamp", &[], datestamp);
            for set in sets {
                xml.leaf("setSpec", &[], set);
            }
        });
    });
    xml.into_string()
}

/// Writes the metadata of records for VuFind's import.
#[derive(Clone, Debug, Default)]
pub struct VuFind {
    options: RawOptions,
}

impl VuFind {
    /// Returns an exporter of the records requested.
    pub fn new(options: RawOptions) -> Self {
        Self { options }
    }
}

impl Exporter for VuFind {
    fn info(&self) -> &'static FormatInfo {
        &VUFIND_INFO
    }

    fn entry(&self, entry: EntryRef<'_>, out: &mut Vec<u8>) -> io::Result<Rendered> {
        let provenance = entry.entry.provenance();
        let id = self.options.id(&provenance.oai_identifier);
        if entry.live().is_none() {
            out.extend_from_slice(id.as_bytes());
            return Ok(Rendered::Written);
        }
        let stored = entry
            .records
            .iter()
            .find(|stored| self.options.is_wanted(stored));
        let Some(stored) = stored else {
            return Ok(NO_RECORD);
        };
        let Ok(whole) = standalone_record(&stored.raw, &stored.head) else {
            return Ok(NOT_STRICT);
        };
        let metadata = whole.metadata.and_then(|metadata| {
            if stored.metadata_prefix.to_ascii_lowercase().contains("marc") {
                Some(metadata)
            } else {
                with_id(&metadata, &id, &provenance.datestamp)
            }
        });
        let Some(metadata) = metadata else {
            return Ok(NO_RECORD);
        };
        writeln!(out, "{PROLOG}{metadata}")?;
        Ok(Rendered::Written)
    }

    fn file_name(&self, entry: &Entry) -> String {
        let provenance = entry.provenance();
        let time =
            Datestamp::parse(&provenance.datestamp).map_or(0, |stamp| stamp.time.timestamp());
        let identifier: String = self
            .options
            .id(&provenance.oai_identifier)
            .chars()
            .map(|c| if c.is_ascii_alphanumeric() { c } else { '_' })
            .take(IDENTIFIER_LEN)
            .collect();
        let extension = match entry.status() {
            Status::Live => "xml",
            Status::Deleted => "delete",
        };
        format!("{time}_{identifier}.{extension}")
    }
}

/// Returns the metadata with id and datestamp as first children of its root, where the style sheets look for them;
/// `None` where it has no root to hold them.
fn with_id(metadata: &str, id: &str, datestamp: &str) -> Option<String> {
    let end = end_of_root_tag(metadata)?;
    let (start, rest) = metadata.split_at(end);
    let escape = |text: &str| quick_xml::escape::escape(text).into_owned();
    let (id, datestamp) = (escape(id), escape(datestamp));
    // In no namespace, whatever the root declares.
    Some(format!(
        "{start}<identifier xmlns=\"\">{id}</identifier><datestamp xmlns=\"\">{datestamp}</datestamp>{rest}"
    ))
}

/// Returns where the content of the root element begins; `None` for an empty-element tag.
fn end_of_root_tag(xml: &str) -> Option<usize> {
    let mut reader = quick_xml::Reader::from_str(xml);
    loop {
        match reader.read_event().ok()? {
            quick_xml::events::Event::Start(_) => {
                return usize::try_from(reader.buffer_position()).ok();
            }
            quick_xml::events::Event::Empty(_) | quick_xml::events::Event::Eof => return None,
            _ => {}
        }
    }
}
