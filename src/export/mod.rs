//! Exports: one file per format behind one small trait.
//!
//! An [`Exporter`] renders entries and knows nothing of files; a [`Target`] takes the bytes to stdout,
//! to one file, to a folder or an archive with a file per article, and leaves what stood there until the new export is
//! whole. To add a format, write one file with a type that implements [`Exporter`] and name it in [`FORMATS`].
//!
//! ```
//! use offprint::internals::export::{self, Destination, Options, Scope};
//! # fn main() -> Result<(), offprint::internals::export::ExportError> {
//! # let folder = std::env::temp_dir();
//! # let path = folder.join("offprint-doc-example.jsonl");
//! # let entries: Vec<offprint::Entry> = Vec::new();
//! let exporter = export::exporter("jsonl", &Options::default())?;
//! let mut target = Destination::File(path.clone()).open(exporter, Scope::Full)?;
//! for entry in &entries {
//!     target.push(entry.into())?;
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
pub mod datacite;
pub mod dc;
pub mod doaj;
pub mod jats;
pub mod jsonl;
pub mod jsonld;
pub mod marc;
pub mod mods;
pub mod openaire;
#[cfg(feature = "parquet")]
pub mod parquet;
pub mod raw;
pub mod ris;
pub mod schema;
pub mod urls;

mod archive;
mod batch;
mod choice;
mod collection;
mod columns;
#[cfg(feature = "serve")]
pub(crate) mod element;
mod error;
mod fields;
mod file;
mod filter;
mod folder;
mod format;
mod index;
mod inline_markup;
mod kind;
mod lang;
pub(crate) mod marked;
mod name;
mod options;
mod shard;
mod sink;
mod split;
mod spool;
mod staging;
mod target;
mod url;
mod xml;

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::article::{Entry, Status};

pub use choice::{Choice, Since};
pub use collection::{derive_and_export, export_collection, export_turn, has_changes};
pub use error::ExportError;
pub(crate) use fields::full_texts;
#[cfg(feature = "cli")]
pub(crate) use fields::{issns, journal_page, journal_title, opt as plain_text};
#[cfg(feature = "cli")]
pub(crate) use file::OutFile;
pub use filter::{Filter, Has, JournalFilter};
use format::left_out;
pub use format::{
    Deletions, EntryRef, Exporter, FormatInfo, Frame, Layout, Rendered, RenderedEntry, TextFrame,
};
pub use name::file_name;
pub(crate) use options::named_values;
pub use options::{NamedValues, Options};
pub use shard::Shard;
pub use sink::{CountSink, EntrySink, LimitSink, LintCallback, LintSink, SplitByStatus};
pub use split::{SplitBy, SplitFiles};
pub use target::{Destination, Target};
#[cfg(feature = "serve")]
pub(crate) use xml::escape as escape_xml;

/// A format that can be requested by name.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Format {
    /// The name, file extension and the like.
    pub info: &'static FormatInfo,
    make: fn(&Options) -> Result<Arc<dyn Exporter>, ExportError>,
}

/// All formats, in the order of their names. The command line reads this list too.
pub const FORMATS: &[Format] = &[
    Format {
        info: &bibtex::INFO,
        make: |_| Ok(Arc::new(bibtex::BibTeX)),
    },
    Format {
        info: &crossref::INFO,
        make: |options| Ok(Arc::new(crossref::Crossref::new(&options.crossref)?)),
    },
    Format {
        info: &csl::INFO,
        make: |_| Ok(Arc::new(csl::Csl)),
    },
    Format {
        info: &csv::INFO,
        make: |options| Ok(Arc::new(csv::Csv::new(&options.csv)?)),
    },
    Format {
        info: &datacite::INFO,
        make: |_| Ok(Arc::new(datacite::DataCite)),
    },
    Format {
        info: &dc::INFO,
        make: |_| Ok(Arc::new(dc::DublinCore)),
    },
    Format {
        info: &doaj::INFO,
        make: |_| Ok(Arc::new(doaj::Doaj)),
    },
    Format {
        info: &jats::INFO,
        make: |options| Ok(Arc::new(jats::Jats::new(options.jats))),
    },
    Format {
        info: &jsonl::INFO,
        make: |options| Ok(Arc::new(jsonl::JsonLines::new(options.jsonl))),
    },
    Format {
        info: &jsonld::INFO,
        make: |_| Ok(Arc::new(jsonld::JsonLd)),
    },
    Format {
        info: &marc::INFO,
        make: |options| Ok(Arc::new(marc::Marc::new(options.marc.clone()))),
    },
    Format {
        info: &marc::XML_INFO,
        make: |options| Ok(Arc::new(marc::MarcXml::new(options.marc.clone()))),
    },
    Format {
        info: &mods::INFO,
        make: |_| Ok(Arc::new(mods::Mods)),
    },
    Format {
        info: &openaire::INFO,
        make: |_| Ok(Arc::new(openaire::OpenAire)),
    },
    Format {
        #[cfg(feature = "parquet")]
        info: &parquet::INFO,
        #[cfg(not(feature = "parquet"))]
        info: &NO_PARQUET,
        #[cfg(feature = "parquet")]
        make: |_| Ok(Arc::new(parquet::Parquet)),
        #[cfg(not(feature = "parquet"))]
        make: |_| Err(ExportError::not_built("parquet")),
    },
    Format {
        info: &raw::INFO,
        make: |options| Ok(Arc::new(raw::Raw::new(options.raw.clone()))),
    },
    Format {
        info: &ris::INFO,
        make: |_| Ok(Arc::new(ris::Ris)),
    },
    Format {
        info: &urls::INFO,
        make: |options| Ok(Arc::new(urls::Urls::new(options.urls))),
    },
    Format {
        info: &raw::VUFIND_INFO,
        make: |options| Ok(Arc::new(raw::VuFind::new(options.raw.clone()))),
    },
];

#[cfg(not(feature = "parquet"))]
const NO_PARQUET: FormatInfo = FormatInfo {
    name: "parquet",
    summary: "Parquet; this program was built without it",
    extension: "parquet",
    media_type: "application/vnd.apache.parquet",
    layout: Layout::Stream,
    deletions: Deletions::Always,
    options: &[],
};

/// Returns the format of a name.
pub fn find_format(name: &str) -> Option<&'static Format> {
    FORMATS.iter().find(|format| format.info.name == name)
}

/// Returns the exporter of a format by its name.
///
/// # Errors
/// An unknown name, or a setting that the format cannot do without.
pub fn exporter(name: &str, options: &Options) -> Result<Arc<dyn Exporter>, ExportError> {
    find_format(name)
        .ok_or_else(|| ExportError::unknown_format(name))?
        .exporter(options)
}

impl Format {
    /// Returns an exporter with these settings.
    ///
    /// # Errors
    /// A setting that the format cannot do without.
    pub fn exporter(&self, options: &Options) -> Result<Arc<dyn Exporter>, ExportError> {
        (self.make)(options)
    }
}

/// The scope of an export: all entries, or the changed ones.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Scope {
    /// All entries: in a folder, files of articles that are not among them go.
    #[default]
    Full,
    /// Changes: in a folder, files of articles that are not among them stay.
    Delta,
}

/// The counts of an export.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// Live articles.
    pub live: u64,
    /// Deletions.
    pub deleted: u64,
    /// Entries that the format has no form for.
    pub left_out: u64,
    /// The number of skipped entries by reason.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub reasons: BTreeMap<String, u64>,
    /// Notes on changes to articles, with their counts.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub notes: BTreeMap<String, u64>,
    /// The number of live articles passed on as the server's own documents.
    #[serde(default, skip_serializing_if = "is_none")]
    pub native: u64,
}

impl std::ops::AddAssign for Counts {
    fn add_assign(&mut self, other: Self) {
        self.live += other.live;
        self.deleted += other.deleted;
        self.left_out += other.left_out;
        self.native += other.native;
        for (reason, count) in other.reasons {
            *self.reasons.entry(reason).or_default() += count;
        }
        for (note, count) in other.notes {
            *self.notes.entry(note).or_default() += count;
        }
    }
}

impl Counts {
    /// Counts an entry by what rendering it came to.
    pub fn add(&mut self, status: Status, rendered: Rendered) {
        if let Rendered::Noted(note, count) = rendered {
            *self.notes.entry(note.to_owned()).or_default() += count;
        }
        match (rendered, status) {
            (Rendered::LeftOut(reason), _) => {
                self.left_out += 1;
                *self.reasons.entry(reason.to_owned()).or_default() += 1;
            }
            (_, Status::Deleted) => self.deleted += 1,
            (Rendered::Native, Status::Live) => {
                self.live += 1;
                self.native += 1;
            }
            (Rendered::Written | Rendered::Noted(..), Status::Live) => self.live += 1,
        }
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
        target.push((&entry).into())?;
        if target.is_closed() {
            break;
        }
    }
    target.finish()
}
