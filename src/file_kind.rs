//! What stands at a path where a regular file is expected. To open a named pipe waits for its other end, perhaps for
//! ever, so it is looked at first.

use std::fs::{self, FileType};
use std::io::{self, ErrorKind};
use std::path::Path;

/// Describes what stands at a path in the place of a regular file; nothing where there is such a file, or nothing at
/// all. A link counts as what it leads to.
pub(crate) fn obstacle(path: &Path) -> Option<&'static str> {
    match fs::metadata(path) {
        Ok(found) => describe(found.file_type()),
        Err(error) if error.kind() == ErrorKind::NotFound => fs::symlink_metadata(path)
            .is_ok()
            .then_some("a symbolic link to nothing"),
        Err(_) => None,
    }
}

/// Fails where something else than a regular file stands at a path.
pub(crate) fn check_regular(path: &Path) -> io::Result<()> {
    match obstacle(path) {
        Some(kind) => Err(io::Error::other(format!("it is {kind}"))),
        None => Ok(()),
    }
}

/// Describes a type of file; nothing if it is regular.
pub(crate) fn describe(kind: FileType) -> Option<&'static str> {
    if kind.is_file() {
        return None;
    }
    if kind.is_dir() {
        return Some("a folder");
    }
    if kind.is_symlink() {
        return Some("a symbolic link");
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::FileTypeExt as _;
        if kind.is_fifo() {
            return Some("a named pipe");
        }
        if kind.is_socket() {
            return Some("a socket");
        }
    }
    Some("a device")
}
