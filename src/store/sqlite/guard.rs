//! The files of a store: who may read them, and whether they are still those that were opened.

use std::fs::{self, File, OpenOptions};
use std::path::{Path, PathBuf};

use crate::file_kind;
use crate::store::error::{StoreError, StoreResult};
use crate::store::file_mode::FileMode;

/// The path of a file beside the store.
pub(super) fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut beside = path.as_os_str().to_owned();
    beside.push(suffix);
    beside.into()
}

/// Files that SQLite keeps beside a database. It follows no links to them.
const SIDE_FILES: [&str; 3] = ["-wal", "-shm", "-journal"];

/// Refuses a store beside which something else stands in the place of a file of SQLite's.
pub(super) fn check_side_files(path: &Path, shown: &str) -> StoreResult<()> {
    for suffix in SIDE_FILES {
        if let Ok(found) = fs::symlink_metadata(beside(path, suffix))
            && let Some(kind) = file_kind::describe(found.file_type())
        {
            return Err(in_the_way(shown, suffix, kind));
        }
    }
    Ok(())
}

/// Refuses a store beside which something else stands in the place of the lock file.
pub(super) fn check_lock_file(path: &Path, shown: &str) -> StoreResult<()> {
    match file_kind::obstacle(&beside(path, ".lock")) {
        Some(kind) => Err(in_the_way(shown, ".lock", kind)),
        None => Ok(()),
    }
}

fn in_the_way(shown: &str, suffix: &str, kind: &str) -> StoreError {
    StoreError::Unusable {
        path: shown.to_owned(),
        detail: format!("{shown}{suffix} is {kind}, not a file"),
    }
}

/// A file that is held open, as the file system knows it.
#[derive(Debug)]
struct Held {
    path: PathBuf,
    identity: Identity,
}

/// Device and number of a file; where there are none, that it is there at all.
type Identity = Option<(u64, u64)>;

/// Holds the lock of the writer, and sees that nobody has moved, removed or replaced the files meanwhile.
#[derive(Debug)]
pub(super) struct Guard {
    lock: File,
    held: [Held; 2],
}

impl Guard {
    pub(super) fn new(path: &Path, lock: File) -> std::io::Result<Self> {
        let held = |path: PathBuf| {
            let identity = identity(&path)?;
            Ok::<_, std::io::Error>(Held { path, identity })
        };
        Ok(Self {
            held: [held(path.to_owned())?, held(beside(path, ".lock"))?],
            lock,
        })
    }

    /// Fails when the store or its lock is no longer the file that was opened: what is written would be lost.
    pub(super) fn check(&self) -> StoreResult<()> {
        for Held {
            path,
            identity: held,
        } in &self.held
        {
            if identity(path).ok().as_ref() != Some(held) {
                return Err(StoreError::Replaced {
                    path: path.display().to_string(),
                });
            }
        }
        Ok(())
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        let _ = self.lock.unlock(); // closing it does the same
    }
}

#[cfg(unix)]
fn identity(path: &Path) -> std::io::Result<Identity> {
    use std::os::unix::fs::MetadataExt as _;
    fs::metadata(path).map(|file| Some((file.dev(), file.ino())))
}

#[cfg(not(unix))]
fn identity(path: &Path) -> std::io::Result<Identity> {
    fs::metadata(path).map(|_| None)
}

/// Creates a file that only those may read whom the mode lets.
pub(super) fn create(path: &Path, mode: FileMode) -> std::io::Result<File> {
    let file = options(mode).create_new(true).open(path)?;
    set_mode(&file, mode)?;
    Ok(file)
}

/// Opens a file, which is created so where it is missing.
pub(super) fn open_or_create(path: &Path, mode: FileMode) -> std::io::Result<File> {
    match create(path, mode) {
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {
            OpenOptions::new().write(true).open(path)
        }
        created => created,
    }
}

#[cfg(unix)]
fn options(mode: FileMode) -> OpenOptions {
    use std::os::unix::fs::OpenOptionsExt as _;
    let mut options = File::options();
    options.write(true).mode(mode.bits());
    options
}

#[cfg(not(unix))]
fn options(_: FileMode) -> OpenOptions {
    let mut options = File::options();
    options.write(true);
    options
}

/// The mode as stated, whatever the umask leaves of it.
#[cfg(unix)]
fn set_mode(file: &File, mode: FileMode) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    file.set_permissions(fs::Permissions::from_mode(mode.bits()))
}

#[cfg(not(unix))]
#[expect(clippy::unnecessary_wraps, reason = "as where files have a mode")]
fn set_mode(_: &File, _: FileMode) -> std::io::Result<()> {
    Ok(())
}
