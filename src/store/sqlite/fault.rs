//! Failures of SQLite, and what they are called.

use rusqlite::{ErrorCode, ffi};

use crate::store::error::StoreError;
use crate::store::fault::Fault;

/// Returns whether something would have to be written first, to the file or beside it, and cannot be: it may only be
/// read, or the disk is full.
pub(super) fn needs_writing(fault: &Fault) -> bool {
    matches!(fault, Fault::Sqlite(rusqlite::Error::SqliteFailure(error, _))
        if matches!(error.code, ErrorCode::ReadOnly | ErrorCode::CannotOpen | ErrorCode::PermissionDenied)
            || is_full(*error))
}

/// Returns whether a fault is a full disk.
pub(super) fn is_full_disk(fault: &Fault) -> bool {
    matches!(fault, Fault::Sqlite(rusqlite::Error::SqliteFailure(error, _)) if is_full(*error))
}

/// Returns whether the disk is full. The shared-memory file is grown first, and its failure is reported as an I/O error.
fn is_full(error: ffi::Error) -> bool {
    error.code == ErrorCode::DiskFull || error.extended_code == ffi::SQLITE_IOERR_SHMSIZE
}

/// The error as callers see it, with the path of the store.
pub(super) fn at(fault: Fault, path: &str) -> StoreError {
    let path = || path.to_owned();
    match fault {
        Fault::Store(StoreError::Engine { detail, .. }) => StoreError::Engine {
            path: path(),
            detail,
        },
        Fault::Store(error) => error,
        Fault::Sqlite(error) => {
            let (code, no_space) = match &error {
                rusqlite::Error::SqliteFailure(e, _) => (Some(e.code), is_full(*e)),
                _ => (None, false),
            };
            match code {
                _ if no_space => StoreError::Full { path: path() },
                Some(ErrorCode::ReadOnly | ErrorCode::CannotOpen | ErrorCode::PermissionDenied) => {
                    StoreError::Denied {
                        path: path(),
                        detail: error.to_string(),
                    }
                }
                Some(ErrorCode::DatabaseCorrupt) => {
                    StoreError::Damaged(format!("{}: {error}", path()))
                }
                Some(ErrorCode::NotADatabase) => StoreError::NotAStore {
                    path: path(),
                    detail: "no SQLite database".to_owned(),
                },
                _ => StoreError::Engine {
                    path: path(),
                    detail: error.to_string(),
                },
            }
        }
        #[cfg(feature = "postgres")]
        Fault::Postgres(_) | Fault::NoConnection(_) => StoreError::Engine {
            path: path(),
            detail: "a failure of another engine".to_owned(),
        },
    }
}

/// The error for a file that could not be opened, read or locked.
pub(super) fn io_error(path: &str, what: &str, error: &std::io::Error) -> StoreError {
    use std::io::ErrorKind::{PermissionDenied, QuotaExceeded, ReadOnlyFilesystem, StorageFull};
    match error.kind() {
        PermissionDenied | ReadOnlyFilesystem => StoreError::Denied {
            path: path.to_owned(),
            detail: format!("{what}: {error}"),
        },
        StorageFull | QuotaExceeded => StoreError::Full {
            path: path.to_owned(),
        },
        _ if wrong_path(error).is_some() => path_error(path, error),
        _ => StoreError::Engine {
            path: path.to_owned(),
            detail: format!("{what}: {error}"),
        },
    }
}

/// The error for a path that leads to no file: it is the path that is wrong, not the disk.
pub(super) fn path_error(path: &str, error: &std::io::Error) -> StoreError {
    use std::io::ErrorKind::{PermissionDenied, ReadOnlyFilesystem};
    if matches!(error.kind(), PermissionDenied | ReadOnlyFilesystem) {
        return io_error(path, "cannot open", error);
    }
    StoreError::Unusable {
        path: path.to_owned(),
        detail: wrong_path(error).map_or_else(|| error.to_string(), str::to_owned),
    }
}

/// Describes what is wrong with a path, where the system says that it is the path.
fn wrong_path(error: &std::io::Error) -> Option<&'static str> {
    use std::io::ErrorKind::{InvalidFilename, IsADirectory, NotADirectory, NotFound};
    Some(match error.kind() {
        NotFound => "its folder does not exist",
        NotADirectory => "a part of its path is not a folder",
        IsADirectory => "it is a folder",
        InvalidFilename => "its name is too long",
        _ => return None,
    })
}
