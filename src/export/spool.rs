//! A folder that another program empties: a file per article or deletion, written whole or not at all. There is no
//! index, and what is in the folder is left alone.

use std::collections::HashSet;
use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use super::file::OutFile;
use super::{EntryRef, ExportError, Exporter, Rendered};

/// An open folder.
pub(super) struct Spool {
    path: PathBuf,
    used: HashSet<String>,
    buffer: Vec<u8>,
}

impl Spool {
    /// Opens the folder, and creates it where it is missing.
    pub(super) fn open(path: &Path) -> Result<Self, ExportError> {
        match fs::create_dir(path) {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => {
                Err(ExportError::io("create", path, error))
            }
            _ if !path.is_dir() => Err(ExportError::io(
                "open",
                path,
                io::ErrorKind::NotADirectory.into(),
            )),
            _ => Ok(Self {
                path: path.to_owned(),
                used: HashSet::new(),
                buffer: Vec::new(),
            }),
        }
    }

    /// Writes the file of an entry.
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
        let path = self.path.join(name);
        let mut file = OutFile::open(&path)?;
        file.write_all(&self.buffer)
            .map_err(|error| ExportError::io("write", &path, error))?;
        file.commit()?;
        Ok(rendered)
    }
}
