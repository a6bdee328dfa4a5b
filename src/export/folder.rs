//! A folder with one file per article and an index of them.
//!
//! New and changed files are staged in a hidden folder inside; only when all are written and synced do they
//! move to their places, so a failure on the way leaves the whole folder as it was. A crash in the middle of
//! the moves leaves every file whole and named by the index, and the next export puts it right.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::file::sync_folder;
use super::index::{self, Line, Lines};
use super::target::render_file;
use super::{EntryRef, ExportError, Exporter, FormatInfo, Rendered, Scope};
use crate::article::Status;

/// Where files wait for the end of the export.
const STAGING: &str = ".offprint-staging";

pub(super) struct Folder {
    path: PathBuf,
    staging: PathBuf,
    /// Held open: it carries the lock.
    _lock: Option<File>,
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
        match fs::create_dir(path) {
            Ok(()) => {}
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(ExportError::io("create", path, error)),
        }
        let lock = lock(path)?;
        let old = index::read(path, format.extension)?;
        let staging = path.join(STAGING);
        // What a killed export left there; the lock says that nobody else is at it.
        clear(&staging).map_err(|error| ExportError::io("clear", &staging, error))?;
        fs::create_dir(&staging).map_err(|error| ExportError::io("create", &staging, error))?;
        Ok(Self {
            path: path.to_owned(),
            staging,
            _lock: lock,
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
            let staged = self.staging.join(&file);
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
        let same = fs::read(self.path.join(file)).is_ok_and(|old| old == self.buffer);
        if same && !self.staged.contains(file) {
            return Ok(());
        }
        File::create(self.staging.join(file))?.write_all(&self.buffer)?;
        self.staged.insert(file.to_owned());
        Ok(())
    }

    /// Puts everything in its place and writes the index.
    pub(super) fn finish(mut self) -> Result<(), ExportError> {
        for file in &self.staged {
            let staged = self.staging.join(file);
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
        // Until the moves are done the index names old and new files, so that none is ever forgotten.
        let gone = old.values().filter(|line| !lines.contains_key(&line.file));
        index::write(&self.path, lines.values().chain(gone))?;
        for file in &self.staged {
            let place = self.path.join(file);
            fs::rename(self.staging.join(file), &place)
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
        sync_folder(Some(&self.path));
        index::write(&self.path, lines.values())
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = clear(&self.staging);
    }
}

/// Locks the folder by its own handle, so that no lock file is left in it. Where folders cannot be opened or
/// locked (Windows, some network file systems) the export goes on without.
fn lock(path: &Path) -> Result<Option<File>, ExportError> {
    let Ok(folder) = File::open(path) else {
        return Ok(None);
    };
    match folder.try_lock() {
        Ok(()) => Ok(Some(folder)),
        Err(fs::TryLockError::WouldBlock) => Err(ExportError::busy(path)),
        Err(fs::TryLockError::Error(_)) => Ok(None),
    }
}

/// Removes a staging folder and the files in it; a link of that name is removed, never followed.
fn clear(staging: &Path) -> io::Result<()> {
    match fs::symlink_metadata(staging) {
        Ok(found) if found.is_dir() => fs::remove_dir_all(staging),
        Ok(_) => fs::remove_file(staging),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(error),
    }
}

fn remove(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}
