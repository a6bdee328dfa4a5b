//! A hidden folder inside an output folder, where files wait until all are written.

use std::fs::{self, File};
use std::io;
use std::path::Path;

use super::error::ExportError;
use crate::temporary::Temporary;

/// Name of the hidden folder.
const STAGING: &str = ".offprint-staging";

/// The hidden folder of an output folder, which is locked meanwhile. Dropped, it goes with all that is in it.
#[derive(Debug)]
pub(super) struct FolderStaging {
    folder: Temporary,
    /// Held open: it carries the lock.
    _lock: Option<File>,
}

impl FolderStaging {
    /// Opens an output folder, and creates it where it is missing; its parent has to exist. What a killed export left
    /// in its hidden folder is removed.
    pub(super) fn open(path: &Path) -> Result<Self, ExportError> {
        match fs::create_dir(path) {
            Ok(()) => {}
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(ExportError::io("create", path, error)),
        }
        if !path.is_dir() {
            let error = io::ErrorKind::NotADirectory.into();
            return Err(ExportError::io("open", path, error));
        }
        let lock = lock(path)?;
        let staging = path.join(STAGING);
        let folder = Temporary::folder_at(staging.clone())
            .map_err(|error| ExportError::io("create", staging, error))?;
        Ok(Self {
            folder,
            _lock: lock,
        })
    }

    /// Where files are staged.
    pub(super) fn path(&self) -> &Path {
        self.folder.path()
    }
}

/// Locks the folder by its own handle, so that no lock file is left in it. Where folders cannot be opened or
/// locked (Windows, some network file systems) the export continues without.
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
