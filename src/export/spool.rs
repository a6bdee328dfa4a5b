//! A folder that another program empties: a file per article or deletion. There is no index, and what is in the folder is
//! left alone. Files wait in a hidden folder until all are written: an export that fails adds none.

use std::collections::HashSet;
use std::fs::{self, File};
use std::io::Write as _;
use std::path::{Path, PathBuf};

use super::error::ExportError;
use super::file::sync_folder;
use super::format::{EntryRef, Exporter, Rendered};
use super::staging::FolderStaging;
use crate::temporary;

/// An open folder.
pub(super) struct Spool {
    path: PathBuf,
    staging: FolderStaging,
    /// Names of the files, in the order they are written.
    names: Vec<String>,
    /// The same in lower case: some file systems do not tell case apart.
    used: HashSet<String>,
    buffer: Vec<u8>,
}

impl Spool {
    /// Opens the folder, and creates it where it is missing.
    pub(super) fn open(path: &Path) -> Result<Self, ExportError> {
        Ok(Self {
            path: path.to_owned(),
            staging: FolderStaging::open(path)?,
            names: Vec::new(),
            used: HashSet::new(),
            buffer: Vec::new(),
        })
    }

    /// Stages the file of an entry.
    pub(super) fn push(
        &mut self,
        exporter: &dyn Exporter,
        entry: EntryRef<'_>,
    ) -> Result<Rendered, ExportError> {
        self.buffer.clear();
        let rendered = exporter
            .document(entry, &mut self.buffer)
            .map_err(|error| ExportError::io("render", exporter.info().name, error))?;
        if !rendered.is_written() {
            return Ok(rendered);
        }
        let mut name = exporter.file_name(entry.entry);
        // Two identifiers that look the same once unsafe characters are replaced.
        if !self.used.insert(name.to_ascii_lowercase()) {
            let id: String = entry.entry.id().chars().take(8).collect();
            name = match name.rsplit_once('.') {
                Some((stem, extension)) => format!("{stem}_{id}.{extension}"),
                None => format!("{name}_{id}"),
            };
            self.used.insert(name.to_ascii_lowercase());
        }
        File::create(self.staging.path().join(&name))
            .and_then(|mut file| file.write_all(&self.buffer))
            .map_err(|error| ExportError::io("write", self.path.join(&name), error))?;
        self.names.push(name);
        Ok(rendered)
    }

    /// Moves the files to their places: all of them, or none that was not there before.
    pub(super) fn finish(self) -> Result<(), ExportError> {
        for name in &self.names {
            File::open(self.staging.path().join(name))
                .and_then(|file| file.sync_all())
                .map_err(|error| ExportError::io("write", self.path.join(name), error))?;
        }
        let moves = temporary::moving();
        let mut added = Vec::new();
        for name in &self.names {
            let place = self.path.join(name);
            let is_new = !place.exists();
            if let Err(error) = fs::rename(self.staging.path().join(name), &place) {
                for place in added {
                    let _ = fs::remove_file(place);
                }
                return Err(ExportError::io("write", place, error));
            }
            if is_new {
                added.push(place);
            }
        }
        drop(moves);
        sync_folder(Some(&self.path));
        Ok(())
    }
}
