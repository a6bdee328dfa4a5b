//! Failures of SQLite, and what they are called.

use rusqlite::{ErrorCode, ffi};

use crate::store::error::StoreError;
use crate::store::fault::Fault;

/// Returns whether something would have to be written first: to the file, or beside it.
pub(super) fn needs_writing(fault: &Fault) -> bool {
    matches!(fault, Fault::Sqlite(rusqlite::Error::SqliteFailure(error, _))
        if matches!(error.code, ErrorCode::ReadOnly | ErrorCode::CannotOpen | ErrorCode::PermissionDenied))
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
            let (code, extended) = match &error {
                rusqlite::Error::SqliteFailure(e, _) => (Some(e.code), e.extended_code),
                _ => (None, 0),
            };
            match code {
                // The shared-memory file is grown first, and its failure is reported as an I/O error.
                _ if extended == ffi::SQLITE_IOERR_SHMSIZE => StoreError::Full { path: path() },
                Some(ErrorCode::ReadOnly | ErrorCode::CannotOpen | ErrorCode::PermissionDenied) => {
                    StoreError::Denied {
                        path: path(),
                        detail: error.to_string(),
                    }
                }
                Some(ErrorCode::DiskFull) => StoreError::Full { path: path() },
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
        _ => StoreError::Engine {
            path: path.to_owned(),
            detail: format!("{what}: {error}"),
        },
    }
}
