//! A folder with one file per article and an index of them.
//!
//! New and changed files are staged in a hidden folder inside; only when all are written and synced do they
//! move to their places, so a failure on the way leaves the whole folder as it was. A crash in the middle of
//! the moves leaves every file whole and named by the index, and the next export puts it right.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::counts::Scope;
use super::error::ExportError;
use super::file::sync_folder;
use super::format::{EntryRef, Exporter, FormatInfo, Rendered, render_file};
use super::index::{self, Line, Lines};
use super::staging::FolderStaging;
use crate::article::Status;
use crate::temporary;

pub(super) struct Folder {
    path: PathBuf,
    staging: FolderStaging,
    scope: Scope,
    old: Lines,
    new: Lines,
    staged: BTreeSet<String>,
    buffer: Vec<u8>,
}

impl Folder {
    /// Opens, and creates where missing, the folder itself; its parent has to exist.
    pub(super) fn open(
        path: &Path,
        format: &FormatInfo,
        scope: Scope,
    ) -> Result<Self, ExportError> {
        let staging = FolderStaging::open(path)?;
        let old = index::read(path, format.extension)?;
        Ok(Self {
            path: path.to_owned(),
            staging,
            scope,
            old,
            new: Lines::new(),
            staged: BTreeSet::new(),
            buffer: Vec::new(),
        })
    }

    /// Writes an entry; one that the format leaves out has no file, like one that was deleted.
    pub(super) fn push(
        &mut self,
        exporter: &dyn Exporter,
        entry: EntryRef<'_>,
    ) -> Result<Rendered, ExportError> {
        let provenance = entry.entry.provenance();
        let file = exporter.file_name(entry.entry);
        let rendered = render_file(exporter, entry, &mut self.buffer)
            .map_err(|error| ExportError::io("write", self.path.join(&file), error))?;
        if rendered.is_written() {
            self.stage(&file)
                .map_err(|error| ExportError::io("write", self.path.join(&file), error))?;
        } else if self.staged.remove(&file) {
            let staged = self.staging.path().join(&file);
            fs::remove_file(&staged).map_err(|error| ExportError::io("remove", staged, error))?;
        }
        let line = Line {
            id: entry.entry.id().to_owned(),
            source: provenance.source.clone(),
            identifier: provenance.oai_identifier.clone(),
            file,
            status: if rendered.is_written() {
                Status::Live
            } else {
                Status::Deleted
            },
        };
        self.new.insert(line.file.clone(), line);
        Ok(rendered.in_folder(entry.entry.status()))
    }

    /// Writes the buffer to the staging folder, unless the very same file is already in place.
    fn stage(&mut self, file: &str) -> io::Result<()> {
        let place = self.path.join(file);
        // Only a file of the same size is read: a pipe would never end.
        let is_alike = fs::metadata(&place)
            .is_ok_and(|old| old.is_file() && old.len() == self.buffer.len() as u64);
        let same = is_alike && fs::read(&place).is_ok_and(|old| old == self.buffer);
        if same && !self.staged.contains(file) {
            return Ok(());
        }
        File::create(self.staging.path().join(file))?.write_all(&self.buffer)?;
        self.staged.insert(file.to_owned());
        Ok(())
    }

    /// Puts everything in its place and writes the index.
    pub(super) fn finish(mut self) -> Result<(), ExportError> {
        for file in &self.staged {
            let staged = self.staging.path().join(file);
            File::open(&staged)
                .and_then(|file| file.sync_all())
                .map_err(|error| ExportError::io("write", staged, error))?;
        }
        let old = std::mem::take(&mut self.old);
        let new = std::mem::take(&mut self.new);
        let mut lines = match self.scope {
            Scope::Full => Lines::new(),
            Scope::Delta => old.clone(),
        };
        // An article whose source was renamed has a file of another name now.
        let ids: BTreeSet<&str> = new.values().map(|line| line.id.as_str()).collect();
        lines.retain(|_, line| !ids.contains(line.id.as_str()));
        lines.extend(new);
        let wanted: BTreeSet<&str> = lines
            .values()
            .filter(|line| line.status == Status::Live)
            .map(|line| line.file.as_str())
            .collect();
        // From here on the process ends with all files in their places, or with none.
        let moves = temporary::moving();
        // Until the moves are done the index names old and new files, so that none is ever forgotten.
        let gone = old.values().filter(|line| !lines.contains_key(&line.file));
        index::write(&self.path, lines.values().chain(gone))?;
        for file in &self.staged {
            let place = self.path.join(file);
            fs::rename(self.staging.path().join(file), &place)
                .map_err(|error| ExportError::io("replace", place, error))?;
        }
        for file in old
            .values()
            .chain(lines.values())
            .map(|line| line.file.as_str())
        {
            if !wanted.contains(file) {
                let place = self.path.join(file);
                remove(&place).map_err(|error| ExportError::io("remove", place, error))?;
            }
        }
        drop(moves);
        sync_folder(Some(&self.path));
        index::write(&self.path, lines.values())
    }
}

fn remove(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}
