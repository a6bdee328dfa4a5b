//! Exports: one file per format behind one small trait.
//!
//! A [`Format`] turns entries into bytes and knows nothing of files; a [`Target`] takes the bytes to stdout,
//! to one file, to a folder or an archive with a file per article, and leaves what stood there until the new export is
//! whole. To add a format, write one file with a type that implements [`Format`] and name it in [`FORMATS`].
//!
//! ```
//! use offprint::internals::export::{self, Destination, Options, Scope};
//! # fn main() -> Result<(), offprint::internals::export::ExportError> {
//! # let folder = std::env::temp_dir();
//! # let path = folder.join("offprint-doc-example.jsonl");
//! # let entries: Vec<offprint::Entry> = Vec::new();
//! let format = export::format("jsonl", &Options::default())?;
//! let mut target = Destination::File(path.clone()).open(format, Scope::Full)?;
//! for entry in &entries {
//!     target.push(entry)?;
//! }
//! let counts = target.finish()?;
//! assert_eq!((counts.live, counts.deleted), (0, 0));
//! # std::fs::remove_file(path).ok();
//! # Ok(())
//! # }
//! ```

pub mod bibtex;
pub mod crossref;
pub mod csl;
pub mod csv;
pub mod dc;
pub mod doaj;
pub mod jats;
pub mod jsonl;
pub mod marc;
#[cfg(feature = "parquet")]
pub mod parquet;
pub mod raw;
pub mod ris;
pub mod schema;
pub mod urls;
pub mod vufind;

mod archive;
mod collection;
#[cfg(feature = "serve")]
pub(crate) mod element;
mod error;
mod file;
mod filter;
mod folder;
mod index;
mod lang;
mod name;
#[cfg(feature = "serve")]
mod openaire;
mod pick;
mod pieces;
mod receive;
mod shard;
mod styled;
mod target;
mod url;
mod xml;

use std::io::{self, Write};

use serde::{Deserialize, Serialize};

use crate::article::{Article, Entry};
use crate::store::StoredItem;

pub use collection::{
    Choice, Since, derive_and_export, export_collection, export_turn, has_changes,
};
pub use error::ExportError;
#[cfg(feature = "cli")]
pub(crate) use file::OutFile;
pub use filter::Filter;
pub use name::file_name;
pub(crate) use pick::full_texts;
pub use pieces::{Make, Pieced, Pieces};
pub use receive::{Linted, Parted, Receive, Tally, Tell};
pub use shard::Shard;
pub use target::{Destination, Target};
#[cfg(feature = "serve")]
pub(crate) use xml::escape as escape_xml;

/// Turns entries into bytes. Called as `head`, `entry` for each, `tail`; or, in a folder, `file` for each.
pub trait Format: Send {
    /// Name on the command line, such as `jats`.
    fn name(&self) -> &'static str;

    /// File name extension, without a dot.
    fn extension(&self) -> &'static str;

    /// Media type (RFC 6838).
    fn media_type(&self) -> &'static str;

    /// The stored item behind the entry that comes next, for formats of what was received.
    fn stored(&mut self, _item: &StoredItem) {}

    /// Whether it has a form for an entry. What it has none for is counted, and not written.
    fn takes(&self, _entry: &Entry) -> bool {
        true
    }

    /// Whether what it writes for an entry is the server's own document, as received.
    fn hands_on(&self, _entry: &Entry) -> bool {
        false
    }

    /// Whether one file per article is what its users expect.
    fn is_file_per_article(&self) -> bool {
        false
    }

    /// What stands before the first entry of a stream.
    fn head(&mut self, _out: &mut dyn Write) -> io::Result<()> {
        Ok(())
    }

    /// One entry of a stream, live or deleted.
    fn entry(&mut self, out: &mut dyn Write, entry: &Entry) -> io::Result<()>;

    /// What stands after the last entry of a stream.
    fn tail(&mut self, _out: &mut dyn Write) -> io::Result<()> {
        Ok(())
    }

    /// The whole file of one live article in a folder.
    fn file(&mut self, out: &mut dyn Write, article: &Article) -> io::Result<()>;
}

/// Settings of formats that have any.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// JATS: tag set and version.
    pub jats: jats::JatsOptions,
    /// MARC: profile, and what the catalog wants to be called.
    pub marc: marc::MarcOptions,
    /// JSON Lines: which fields, and for which loader.
    pub jsonl: jsonl::JsonLinesOptions,
    /// Raw records: which formats.
    pub raw: raw::RawOptions,
    /// VuFind: ids.
    pub vufind: vufind::VuFindOptions,
    /// Crossref: who deposits.
    pub crossref: crossref::CrossrefOptions,
    /// URLs: which.
    pub urls: urls::UrlsOptions,
}

/// A format that can be asked for by name.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Registered {
    /// Name on the command line.
    pub name: &'static str,
    /// What it is, in one line.
    pub summary: &'static str,
    make: fn(&Options) -> Result<Box<dyn Format>, ExportError>,
}

/// All formats, by name.
pub const FORMATS: &[Registered] = &[
    Registered {
        name: "bibtex",
        summary: "BibTeX, UTF-8",
        make: |_| Ok(Box::new(bibtex::BibTeX)),
    },
    Registered {
        name: "crossref",
        summary: "Crossref deposit XML, for articles with a DOI",
        make: |options| Ok(Box::new(crossref::Crossref::new(&options.crossref)?)),
    },
    Registered {
        name: "csl",
        summary: "CSL-JSON, an array of items",
        make: |_| Ok(Box::new(csl::Csl::default())),
    },
    Registered {
        name: "csv",
        summary: "CSV, a row an article or deletion",
        make: |_| Ok(Box::new(csv::Csv)),
    },
    Registered {
        name: "dc",
        summary: "Dublin Core in XML (oai_dc)",
        make: |_| Ok(Box::new(dc::DublinCore)),
    },
    Registered {
        name: "doaj",
        summary: "DOAJ article XML",
        make: |_| Ok(Box::new(doaj::Doaj)),
    },
    Registered {
        name: "jats",
        summary: "JATS XML (ANSI/NISO Z39.96), metadata only",
        make: |options| Ok(Box::new(jats::Jats::new(options.jats))),
    },
    Registered {
        name: "jsonl",
        summary: "JSON Lines of the canonical article",
        make: |options| Ok(Box::new(jsonl::JsonLines::new(options.jsonl))),
    },
    Registered {
        name: "marc",
        summary: "MARC 21 in ISO 2709, UTF-8",
        make: |options| Ok(Box::new(marc::Marc::new(options.marc.clone()))),
    },
    Registered {
        name: "marcxml",
        summary: "MARC 21 in MARCXML",
        make: |options| Ok(Box::new(marc::MarcXml::new(options.marc.clone()))),
    },
    Registered {
        name: "parquet",
        summary: "Parquet, a row an article or deletion",
        #[cfg(feature = "parquet")]
        make: |_| Ok(Box::new(parquet::Parquet::default())),
        #[cfg(not(feature = "parquet"))]
        make: |_| Err(ExportError::not_built("parquet")),
    },
    Registered {
        name: "raw",
        summary: "records as received, in XML",
        make: |options| Ok(Box::new(raw::Raw::new(options.raw.clone()))),
    },
    Registered {
        name: "ris",
        summary: "RIS, for reference managers",
        make: |_| Ok(Box::new(ris::Ris)),
    },
    Registered {
        name: "urls",
        summary: "URLs of full texts, one a line",
        make: |options| Ok(Box::new(urls::Urls::new(options.urls))),
    },
];

/// The format of this name. Errors: an unknown name, or a setting that the format cannot do without.
pub fn format(name: &str, options: &Options) -> Result<Box<dyn Format>, ExportError> {
    let registered = FORMATS.iter().find(|registered| registered.name == name);
    (registered
        .ok_or_else(|| ExportError::unknown_format(name))?
        .make)(options)
}

/// Whether the entries are everything there is, or only what changed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Scope {
    /// All entries: in a folder, files of articles that are not among them go.
    #[default]
    Full,
    /// Changes: in a folder, files of articles that are not among them stay.
    Delta,
}

/// What an export wrote.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// Live articles.
    pub live: u64,
    /// Deletions.
    pub deleted: u64,
    /// Entries that the format has no form for.
    pub left_out: u64,
    /// Of the live articles, those handed on as the server's own documents.
    #[serde(default, skip_serializing_if = "is_none")]
    pub native: u64,
}

impl std::ops::AddAssign for Counts {
    fn add_assign(&mut self, other: Self) {
        self.live += other.live;
        self.deleted += other.deleted;
        self.left_out += other.left_out;
        self.native += other.native;
    }
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "as serde wants it")]
fn is_none(count: &u64) -> bool {
    *count == 0
}

/// Exports all entries of an iterator to an open target; stops early, without an error, when the reader at
/// the other end of stdout has gone.
pub fn export(
    entries: impl IntoIterator<Item = Entry>,
    mut target: Target,
) -> Result<Counts, ExportError> {
    for entry in entries {
        target.push(&entry)?;
        if target.is_closed() {
            break;
        }
    }
    target.finish()
}
