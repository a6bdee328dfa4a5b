//! MARC 21 for library catalogs: MARCXML and ISO 2709 of the same records.
//!
//! A live article is a component part of its journal (773), encoded in UTF-8 and described with ISBD punctuation.
//! A withdrawn one is a record with `d` in leader byte 5 that holds 001, 003, 005 and 245, so that a catalog that
//! loads it can take its copy out. MARCXML has no limits; ISO 2709 holds 9,999 bytes a
//! field and 99,999 a record: longer summaries are parted, and what had to be cut is said in a 500.

mod articles;
mod crosswalk;
mod fixed;
mod iso2709;
mod limit;
mod names;
mod record;
mod xml;

use std::collections::BTreeMap;
use std::io::{self, Write};

use super::Format;
use crate::article::{Article, Entry};

/// What the records are for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Profile {
    /// Any catalog: bibliographic level `b`, serial component part.
    #[default]
    Generic,
    /// Koha: the same, and an item type (942 $c).
    Koha,
    /// VuFind: bibliographic level `a`, which it shows as an article.
    VuFind,
}

/// How MARC is written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MarcOptions {
    /// What the records are for.
    pub profile: Profile,
    /// MARC code of the organisation whose control numbers these are: 003 and 040 $a $c.
    pub organization: Option<String>,
    /// Put before the article's id in 001.
    pub id_prefix: String,
    /// Control numbers of host records for 773 $w, by ISSN of the journal or name of the source.
    pub host_records: BTreeMap<String, String>,
}

/// One record in MARCXML.
#[cfg(feature = "serve")]
pub(super) fn element(article: &Article, options: &MarcOptions) -> String {
    xml::write(&crosswalk::live(article, options))
}

/// The format `marcxml`: a `collection` of records.
#[derive(Clone, Debug, Default)]
pub struct MarcXml {
    options: MarcOptions,
}

impl MarcXml {
    /// Writes the MARC asked for.
    pub fn new(options: MarcOptions) -> Self {
        Self { options }
    }
}

impl Format for MarcXml {
    fn name(&self) -> &'static str {
        "marcxml"
    }

    fn extension(&self) -> &'static str {
        "xml"
    }

    fn media_type(&self) -> &'static str {
        "application/marcxml+xml"
    }

    fn head(&mut self, out: &mut dyn Write) -> io::Result<()> {
        out.write_all(xml::HEAD.as_bytes())
    }

    fn entry(&mut self, out: &mut dyn Write, entry: &Entry) -> io::Result<()> {
        out.write_all(xml::write(&crosswalk::record(entry, &self.options)).as_bytes())
    }

    fn tail(&mut self, out: &mut dyn Write) -> io::Result<()> {
        out.write_all(xml::TAIL.as_bytes())
    }

    fn file(&mut self, out: &mut dyn Write, article: &Article) -> io::Result<()> {
        self.head(out)?;
        out.write_all(xml::write(&crosswalk::live(article, &self.options)).as_bytes())?;
        self.tail(out)
    }
}

/// The format `marc`: records in ISO 2709, one after the other.
#[derive(Clone, Debug, Default)]
pub struct Marc {
    options: MarcOptions,
}

impl Marc {
    /// Writes the MARC asked for.
    pub fn new(options: MarcOptions) -> Self {
        Self { options }
    }
}

impl Format for Marc {
    fn name(&self) -> &'static str {
        "marc"
    }

    fn extension(&self) -> &'static str {
        "mrc"
    }

    fn media_type(&self) -> &'static str {
        "application/marc"
    }

    fn entry(&mut self, out: &mut dyn Write, entry: &Entry) -> io::Result<()> {
        out.write_all(&iso2709::write(&limit::fit(crosswalk::record(
            entry,
            &self.options,
        ))))
    }

    fn file(&mut self, out: &mut dyn Write, article: &Article) -> io::Result<()> {
        out.write_all(&iso2709::write(&limit::fit(crosswalk::live(
            article,
            &self.options,
        ))))
    }
}
