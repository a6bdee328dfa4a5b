//! Records as received: the newest version of each, in UTF-8, with its header and all namespaces.
//!
//! A record is mended only where it was not well-formed. A stream is one document, `<records>` around them all; a
//! file holds the record itself, or `<records>` where an item has several formats. A withdrawn record is its tombstone;
//! one that was withdrawn without any has a tombstone made of its identifier and datestamp. Landing pages are no records.

use std::io::{self, Write};

use super::Format;
use super::xml::Xml;
use crate::article::{Article, Entry, Status};
use crate::normalize::LANDING_PAGE;
use crate::oai::whole_record;
use crate::store::StoredItem;

const PROLOG: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";
const OAI: &str = "http://www.openarchives.org/OAI/2.0/";

/// Which records.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RawOptions {
    /// metadataPrefix; all formats without.
    pub prefix: Option<String>,
}

/// The format `raw`.
#[derive(Clone, Debug, Default)]
pub struct Raw {
    options: RawOptions,
    records: Vec<(String, bool)>,
}

impl Raw {
    /// Writes the records asked for.
    pub fn new(options: RawOptions) -> Self {
        Self {
            options,
            records: Vec::new(),
        }
    }
}

impl Format for Raw {
    fn name(&self) -> &'static str {
        "raw"
    }

    fn extension(&self) -> &'static str {
        "xml"
    }

    fn media_type(&self) -> &'static str {
        "application/xml"
    }

    fn stored(&mut self, item: &StoredItem) {
        self.records.clear();
        for stored in &item.records {
            let wanted = self
                .options
                .prefix
                .as_ref()
                .is_none_or(|prefix| *prefix == stored.metadata_prefix);
            if !wanted || stored.metadata_prefix == LANDING_PAGE {
                continue;
            }
            let Ok(whole) = whole_record(&stored.raw, &stored.head) else {
                tracing::warn!(identifier = %item.identifier, "a record cannot be read, not even mended");
                continue;
            };
            self.records.push((whole.record, whole.deleted));
        }
    }

    fn takes(&self, entry: &Entry) -> bool {
        entry.status() == Status::Deleted || !self.records.is_empty()
    }

    fn head(&mut self, out: &mut dyn Write) -> io::Result<()> {
        writeln!(out, "{PROLOG}<records xmlns=\"{OAI}\">")
    }

    fn entry(&mut self, out: &mut dyn Write, entry: &Entry) -> io::Result<()> {
        let deleted = entry.status() == Status::Deleted;
        // What is gone is not handed on as if it were there.
        let mut written = false;
        for (record, tombstone) in self
            .records
            .iter()
            .filter(|(_, tombstone)| *tombstone || !deleted)
        {
            written |= *tombstone || !deleted;
            writeln!(out, "{record}")?;
        }
        if !written {
            writeln!(out, "{}", tombstone(entry))?;
        }
        Ok(())
    }

    fn tail(&mut self, out: &mut dyn Write) -> io::Result<()> {
        out.write_all(b"</records>\n")
    }

    fn file(&mut self, out: &mut dyn Write, _: &Article) -> io::Result<()> {
        if let [(record, _)] = self.records.as_slice() {
            return writeln!(out, "{PROLOG}{record}");
        }
        self.head(out)?;
        for (record, _) in &self.records {
            writeln!(out, "{record}")?;
        }
        self.tail(out)
    }
}

fn tombstone(entry: &Entry) -> String {
    let provenance = entry.provenance();
    let mut xml = Xml::default();
    xml.group("record", &[("xmlns", OAI)], |xml| {
        xml.group("header", &[("status", "deleted")], |xml| {
            xml.leaf("identifier", &[], &provenance.oai_identifier);
            xml.leaf("datestamp", &[], &provenance.datestamp);
            for set in &provenance.sets {
                xml.leaf("setSpec", &[], set);
            }
        });
    });
    xml.into_string()
}
