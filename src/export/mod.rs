//! Exports: one file per format behind one small trait.
//!
//! A [`Format`] turns entries into bytes and knows nothing of files; a [`Target`] takes the bytes to stdout,
//! to one file or to a folder with a file per article, and leaves what stood there until the new export is
//! whole. To add a format, write one file with a type that implements [`Format`] and name it in [`FORMATS`].
//!
//! ```
//! use offprint::export::{self, Destination, Options, Scope};
//! # fn main() -> Result<(), offprint::export::ExportError> {
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

pub mod jats;
pub mod jsonl;
pub mod schema;

mod collection;
mod error;
mod file;
mod folder;
mod index;
mod name;
mod target;

use std::io::{self, Write};

use serde::{Deserialize, Serialize};

use crate::article::{Article, Entry};

pub use collection::{Choice, export_collection, export_turn, has_changes};
pub use error::ExportError;
#[cfg(feature = "cli")]
pub(crate) use file::OutFile;
pub use name::file_name;
pub use target::{Destination, Target};

/// Turns entries into bytes. Called as `head`, `entry` for each, `tail`; or, in a folder, `file` for each.
pub trait Format: Send {
    /// Name on the command line, such as `jats`.
    fn name(&self) -> &'static str;

    /// File name extension, without a dot.
    fn extension(&self) -> &'static str;

    /// Media type (RFC 6838).
    fn media_type(&self) -> &'static str;

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
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// JATS: tag set and version.
    pub jats: jats::JatsOptions,
}

/// A format that can be asked for by name.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Registered {
    /// Name on the command line.
    pub name: &'static str,
    /// What it is, in one line.
    pub summary: &'static str,
    make: fn(&Options) -> Box<dyn Format>,
}

/// All formats, by name.
pub const FORMATS: &[Registered] = &[
    Registered {
        name: "jats",
        summary: "JATS XML (ANSI/NISO Z39.96), metadata only",
        make: |options| Box::new(jats::Jats::new(options.jats)),
    },
    Registered {
        name: "jsonl",
        summary: "JSON Lines of the canonical article",
        make: |_| Box::new(jsonl::JsonLines),
    },
];

/// The format of this name. An unknown name is the only error.
pub fn format(name: &str, options: &Options) -> Result<Box<dyn Format>, ExportError> {
    FORMATS
        .iter()
        .find(|registered| registered.name == name)
        .map(|registered| (registered.make)(options))
        .ok_or_else(|| ExportError::unknown_format(name))
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
}

/// Exports all entries of an iterator to an open target; stops early, without an error, when the reader at
/// the other end of stdout has gone.
pub fn export(entries: impl IntoIterator<Item = Entry>, mut target: Target) -> Result<Counts, ExportError> {
    for entry in entries {
        target.push(&entry)?;
        if target.is_closed() {
            break;
        }
    }
    target.finish()
}
