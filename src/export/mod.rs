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
mod counts;
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
mod named_values;
mod options;
mod registry;
mod shard;
mod sink;
mod split;
mod spool;
mod staging;
mod target;
mod url;
mod xml;

pub use choice::{Choice, Since};
pub use collection::{derive_and_export, export_collection, export_turn, has_changes};
#[cfg(feature = "serve")]
pub(crate) use columns::language_name;
pub use counts::{Counts, Scope};
pub use error::ExportError;
pub(crate) use fields::full_texts;
#[cfg(feature = "cli")]
pub(crate) use fields::{issns, journal_page, journal_title, opt as plain_text};
#[cfg(feature = "cli")]
pub(crate) use file::OutFile;
pub use filter::{Filter, Has, JournalFilter};
pub use format::{
    Deletions, EntryRef, Exporter, FormatInfo, Frame, Layout, Rendered, RenderedEntry, TextFrame,
};
pub use name::file_name;
pub use named_values::NamedValues;
pub(crate) use named_values::named_values;
pub use options::Options;
pub use registry::{FORMATS, Format, exporter, find_format};
pub use shard::Shard;
pub use sink::{CountSink, EntrySink, LimitSink, LintCallback, LintSink, SplitByStatus};
pub use split::{SplitBy, SplitFiles};
pub use target::{Destination, Target, export};
#[cfg(feature = "serve")]
pub(crate) use xml::escape as escape_xml;
