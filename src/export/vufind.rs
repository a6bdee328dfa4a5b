//! A folder as VuFind's harvester leaves it, for its import scripts: the metadata of each live record in a file
//! `TIME_IDENTIFIER.xml`, and for each withdrawn one a file `TIME_IDENTIFIER.delete` that holds the identifier.
//!
//! TIME is the record's datestamp in seconds since 1970, so that files sort in the order of the changes, and the same
//! export writes the same names. Characters of the identifier other than ASCII letters and digits are underscores.
//! The import takes the files away when it is done with them; what is in the folder is left alone.

use std::collections::HashSet;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::file::OutFile;
use super::{Counts, ExportError, Receive};
use crate::article::{Entry, Status};
use crate::normalize::LANDING_PAGE;
use crate::oai::{Datestamp, whole_record};
use crate::store::StoredItem;

/// Longest part of a name that is taken from the identifier, bytes.
const IDENTIFIER_LEN: usize = 160;

/// An open folder.
#[derive(Debug)]
pub struct VuFindFolder {
    path: PathBuf,
    prefix: Option<String>,
    used: HashSet<String>,
    counts: Counts,
}

impl VuFindFolder {
    /// Opens the folder, and creates it where it is missing. Of an item's formats the one named is written, else the
    /// first.
    pub fn open(path: &Path, prefix: Option<String>) -> Result<Self, ExportError> {
        match fs::create_dir(path) {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => {
                Err(ExportError::io("create", path, error))
            }
            _ if !path.is_dir() => Err(ExportError::io("open", path, io::ErrorKind::NotADirectory.into())),
            _ => Ok(Self { path: path.to_owned(), prefix, used: HashSet::new(), counts: Counts::default() }),
        }
    }

    /// Writes a file whole or not at all.
    fn write(&mut self, entry: &Entry, extension: &str, content: &str) -> Result<(), ExportError> {
        let provenance = entry.provenance();
        let time = Datestamp::parse(&provenance.datestamp).map_or(0, |stamp| stamp.time.timestamp());
        let identifier: String = provenance
            .oai_identifier
            .chars()
            .map(|c| if c.is_ascii_alphanumeric() { c } else { '_' })
            .take(IDENTIFIER_LEN)
            .collect();
        let stem = format!("{time}_{identifier}");
        let mut name = format!("{stem}.{extension}");
        // Two identifiers that look the same after that.
        if !self.used.insert(name.to_ascii_lowercase()) {
            name = format!("{stem}_{}.{extension}", entry.id().chars().take(8).collect::<String>());
            self.used.insert(name.to_ascii_lowercase());
        }
        let path = self.path.join(name);
        let mut file = OutFile::open(&path)?;
        file.write_all(content.as_bytes()).map_err(|error| ExportError::io("write", &path, error))?;
        file.commit()
    }
}

impl Receive for VuFindFolder {
    fn receive(&mut self, item: &StoredItem, entry: &Entry) -> Result<(), ExportError> {
        if entry.status() == Status::Deleted {
            self.write(entry, "delete", &entry.provenance().oai_identifier)?;
            self.counts.deleted += 1;
            return Ok(());
        }
        let stored = item.records.iter().find(|stored| match &self.prefix {
            Some(prefix) => *prefix == stored.metadata_prefix,
            None => stored.metadata_prefix != LANDING_PAGE,
        });
        let whole = stored.and_then(|stored| whole_record(&stored.raw, &stored.head).ok());
        match whole.and_then(|whole| whole.metadata) {
            Some(metadata) => {
                self.write(
                    entry,
                    "xml",
                    &format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n{metadata}\n"),
                )?;
                self.counts.live += 1;
            }
            None => self.counts.left_out += 1,
        }
        Ok(())
    }

    fn is_closed(&self) -> bool {
        false
    }

    fn finish(self) -> Result<Counts, ExportError> {
        Ok(self.counts)
    }
}
