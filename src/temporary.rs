//! Temporary files and folders: written beside the place they are for, then renamed into it.
//!
//! Each is named `.NAME.0123456789abcdef.tmp` after the file it will become, and locked while its process lives. A
//! process that is killed leaves its temporary file; the next one with the same goal finds that no lock is held on it
//! and removes it. A process that stops early removes all of its own: see [`stop`].

use std::collections::BTreeSet;
use std::ffi::{OsStr, OsString};
use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;
#[cfg(feature = "cli")]
use std::time::Instant;

/// Files that SQLite keeps beside a database.
const SIDE_FILES: [&str; 3] = ["-journal", "-wal", "-shm"];
/// The time for which [`stop`] waits for files that are being moved.
#[cfg(feature = "cli")]
const MOVES: Duration = Duration::from_secs(5);

/// Files that this process has written and not yet moved to their places.
struct Registry {
    paths: BTreeSet<PathBuf>,
    /// The process is stopping: nothing more is created.
    closed: bool,
}

static REGISTRY: Mutex<Registry> = Mutex::new(Registry {
    paths: BTreeSet::new(),
    closed: false,
});
/// Held while finished files are moved to their places.
static MOVING: Mutex<()> = Mutex::new(());

fn registry() -> MutexGuard<'static, Registry> {
    REGISTRY.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Keeps [`stop`] from ending the process half-way through a set of renames. Hold it for renames alone.
pub(crate) fn moving() -> MutexGuard<'static, ()> {
    MOVING.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Removes every temporary file and folder of this process, and creates no more: what is called just before the process
/// ends. Files that are being moved to their places are waited for, for at most five seconds.
#[cfg(feature = "cli")]
pub(crate) fn stop() {
    let begun = Instant::now();
    let moves = loop {
        match MOVING.try_lock() {
            Ok(guard) => break Some(guard),
            Err(std::sync::TryLockError::Poisoned(guard)) => break Some(guard.into_inner()),
            Err(std::sync::TryLockError::WouldBlock) if begun.elapsed() < MOVES => {
                std::thread::sleep(Duration::from_millis(5));
            }
            Err(std::sync::TryLockError::WouldBlock) => break None,
        }
    };
    let paths = {
        let mut registry = registry();
        registry.closed = true;
        std::mem::take(&mut registry.paths)
    };
    for path in paths {
        discard(&set_aside(path));
    }
    // The moves that would follow are of files that are gone.
    std::mem::forget(moves);
}

/// Removes a file or folder. A thread that is writing a file in it, or removing it too, can make that fail for a moment.
fn discard(path: &Path) {
    for _ in 0..100 {
        if remove(path).is_ok() {
            break;
        }
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// Gives a temporary folder another name, so that no thread can create more files in it. Returns the new path. A file
/// keeps its name, which the files beside it share.
fn set_aside(path: PathBuf) -> PathBuf {
    if !path.is_dir() {
        return path;
    }
    let goal = path.file_name().and_then(goal_of);
    let Some(name) = goal.and_then(|goal| name_for(Path::new(goal)).ok()) else {
        return path;
    };
    let aside = path.with_file_name(name);
    match fs::rename(&path, &aside) {
        Ok(()) => aside,
        Err(_) => path,
    }
}

/// A temporary file or folder of this process. Dropped, it is removed.
#[derive(Debug)]
pub(crate) struct Temporary {
    path: PathBuf,
    /// Carries the lock that tells other processes that it is in use.
    _lock: Option<File>,
    is_placed: bool,
}

impl Temporary {
    /// Creates an empty file beside `goal`, after removing those that killed processes left there.
    pub(crate) fn file_beside(goal: &Path, access: Access) -> io::Result<(Self, File)> {
        remove_stale(goal);
        loop {
            let path = goal.with_file_name(name_for(goal)?);
            let Some(file) = create_file(&path, access)? else {
                continue;
            };
            let temporary = Self::register(path, lock(&file))?;
            // Another process may have taken it for stale before it was locked.
            if temporary.path.exists() {
                return Ok((temporary, file));
            }
        }
    }

    /// Creates an empty file for `goal` in a temporary folder, whose lock covers it.
    pub(crate) fn file_in(folder: &Self, goal: &Path) -> io::Result<(Self, File)> {
        loop {
            let path = folder.path.join(name_for(goal)?);
            if let Some(file) = create_file(&path, Access::Default)? {
                return Ok((Self::register(path, None)?, file));
            }
        }
    }

    /// Creates an empty folder beside `goal`, likewise.
    pub(crate) fn folder_beside(goal: &Path, access: Access) -> io::Result<Self> {
        remove_stale(goal);
        loop {
            let path = goal.with_file_name(name_for(goal)?);
            match create_folder(&path, access) {
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => continue,
                other => other?,
            }
            let handle = File::open(&path).ok();
            let temporary = Self::register(path, handle.as_ref().and_then(lock))?;
            if temporary.path.exists() {
                return Ok(temporary);
            }
        }
    }

    /// Creates an empty folder at a fixed place, in place of what a killed process left there. The caller holds a lock
    /// that keeps other processes away from it.
    pub(crate) fn folder_at(path: PathBuf) -> io::Result<Self> {
        remove(&path)?;
        create_folder(&path, Access::Default)?;
        Self::register(path, None)
    }

    fn register(path: PathBuf, lock: Option<File>) -> io::Result<Self> {
        let mut registry = registry();
        if registry.closed {
            let _ = remove(&path);
            return Err(io::ErrorKind::Interrupted.into());
        }
        registry.paths.insert(path.clone());
        Ok(Self {
            path,
            _lock: lock,
            is_placed: false,
        })
    }

    /// Where it stands.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Puts it in its place; what stands there is replaced.
    pub(crate) fn rename_to(mut self, goal: &Path) -> io::Result<()> {
        fs::rename(&self.path, goal)?;
        self.is_placed = true;
        Ok(())
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        // Registered until it is gone: the process may be stopped meanwhile.
        if !self.is_placed {
            // SQLite may still be closing a store in it.
            let aside = set_aside(self.path.clone());
            registry().paths.insert(aside.clone());
            discard(&aside);
            registry().paths.remove(&aside);
        }
        registry().paths.remove(&self.path);
    }
}

/// The permissions of a new file or folder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Access {
    /// By the umask.
    Default,
    /// The user alone: it holds, or may hold, credentials.
    Private,
}

/// Creates a file; nothing where there is one already.
fn create_file(path: &Path, access: Access) -> io::Result<Option<File>> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create_new(true);
    #[cfg(unix)]
    if access == Access::Private {
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    }
    match options.open(path) {
        Ok(file) => Ok(Some(file)),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(None),
        Err(error) => Err(error),
    }
}

fn create_folder(path: &Path, access: Access) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    #[cfg(unix)]
    if access == Access::Private {
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    }
    builder.create(path)
}

/// A new hidden name for what will become `goal`.
fn name_for(goal: &Path) -> io::Result<OsString> {
    let name = goal.file_name().ok_or(io::ErrorKind::InvalidFilename)?;
    let mut hidden = OsString::from(".");
    hidden.push(name);
    hidden.push(format!(".{:016x}.tmp", fastrand::u64(..)));
    Ok(hidden)
}

/// The name that a temporary file will have, if its own name is that of one.
fn goal_of(temporary: &OsStr) -> Option<&str> {
    let name = temporary
        .to_str()?
        .strip_prefix('.')?
        .strip_suffix(".tmp")?;
    let (goal, random) = name.rsplit_once('.')?;
    let is_random = random.len() == 16 && random.bytes().all(|byte| byte.is_ascii_hexdigit());
    (is_random && !goal.is_empty()).then_some(goal)
}

/// Removes the temporary files and folders for `goal` that no living process holds, where the folder can be read.
pub(crate) fn remove_stale(goal: &Path) {
    // Elsewhere locks keep the owner itself from reading the file.
    if !cfg!(unix) {
        return;
    }
    let Some(name) = goal.file_name().and_then(OsStr::to_str) else {
        return;
    };
    let folder = match goal.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let is_plain = |kind: fs::FileType| kind.is_file() || kind.is_dir();
        if goal_of(&entry.file_name()) == Some(name)
            && entry.file_type().is_ok_and(is_plain)
            // One that cannot be opened or locked may be in use: it stays.
            && let Ok(file) = File::open(entry.path())
            && file.try_lock().is_ok()
        {
            let _ = remove(&entry.path());
        }
    }
}

/// Locks a file as long as the handle, or a copy of it, is open.
fn lock(file: &File) -> Option<File> {
    if !cfg!(unix) {
        return None;
    }
    let handle = file.try_clone().ok()?;
    handle.try_lock().ok()?;
    Some(handle)
}

/// Removes a file or folder with all that is in it; a link is removed, never followed.
fn remove(path: &Path) -> io::Result<()> {
    let found = match fs::symlink_metadata(path) {
        Ok(found) => found,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(error),
    };
    if found.is_dir() {
        return fs::remove_dir_all(path);
    }
    for ending in SIDE_FILES {
        let mut side = path.as_os_str().to_owned();
        side.push(ending);
        let _ = fs::remove_file(side);
    }
    fs::remove_file(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(folder: &Path) -> Vec<String> {
        let names = fs::read_dir(folder).unwrap();
        names
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect()
    }

    #[test]
    fn removes_what_a_killed_process_left() {
        let folder = tempfile::tempdir().unwrap();
        let goal = folder.path().join("a.jsonl");
        fs::write(folder.path().join(".a.jsonl.0123456789abcdef.tmp"), "half").unwrap();
        let stale_folder = folder.path().join(".a.jsonl.fedcba9876543210.tmp");
        fs::create_dir(&stale_folder).unwrap();
        fs::write(stale_folder.join("bag"), "half").unwrap();
        let (temporary, _file) = Temporary::file_beside(&goal, Access::Default).unwrap();
        let own = temporary.path().file_name().unwrap().to_owned();
        assert_eq!(names(folder.path()), [own.into_string().unwrap()]);
        drop(temporary);
        assert!(names(folder.path()).is_empty());
    }

    #[test]
    fn keeps_what_is_in_use_or_of_another_name() {
        let folder = tempfile::tempdir().unwrap();
        let goal = folder.path().join("a.jsonl");
        let others = [
            ".b.jsonl.0123456789abcdef.tmp",
            ".a.jsonl.tmp",
            ".a.jsonl.0123.tmp",
        ];
        for name in others {
            fs::write(folder.path().join(name), "other").unwrap();
        }
        let (first, _file) = Temporary::file_beside(&goal, Access::Default).unwrap();
        let second = Temporary::folder_beside(&goal, Access::Default).unwrap();
        assert!(first.path().exists() && second.path().exists());
        assert_eq!(names(folder.path()).len(), others.len() + 2);
    }

    #[cfg(unix)]
    #[test]
    fn private_files_are_readable_by_their_owner_alone() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let goal = folder.path().join("a");
        let (file, _) = Temporary::file_beside(&goal, Access::Private).unwrap();
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(file.path()), 0o600);
        let folder = Temporary::folder_beside(&goal, Access::Private).unwrap();
        assert_eq!(mode(folder.path()), 0o700);
    }
}
