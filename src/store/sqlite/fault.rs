//! Failures inside the engine, before the path of the store is known.

use rusqlite::{ErrorCode, ffi};

use crate::store::StoreError;

/// What a statement or a rule of the store failed with.
#[derive(Debug)]
pub(super) enum Fault {
    Sql(rusqlite::Error),
    Store(StoreError),
}

pub(super) type Outcome<T> = Result<T, Fault>;

impl From<rusqlite::Error> for Fault {
    fn from(error: rusqlite::Error) -> Self {
        Self::Sql(error)
    }
}

impl From<StoreError> for Fault {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl Fault {
    pub(super) fn damaged(what: impl Into<String>) -> Self {
        Self::Store(StoreError::Damaged(what.into()))
    }

    pub(super) fn invalid(what: impl Into<String>) -> Self {
        Self::Store(StoreError::Invalid(what.into()))
    }

    /// A failure of the engine's own machinery; the path is filled in by [`Fault::at`].
    pub(super) fn engine(detail: impl Into<String>) -> Self {
        Self::Store(StoreError::Engine {
            path: String::new(),
            detail: detail.into(),
        })
    }

    /// Whether something would have to be written first: to the file, or beside it.
    pub(super) fn needs_writing(&self) -> bool {
        use ErrorCode::{CannotOpen, PermissionDenied, ReadOnly};
        matches!(self, Self::Sql(rusqlite::Error::SqliteFailure(error, _))
            if matches!(error.code, ReadOnly | CannotOpen | PermissionDenied))
    }

    /// The error as callers see it, with the path of the store.
    pub(super) fn at(self, path: &str) -> StoreError {
        let path = || path.to_owned();
        match self {
            Self::Store(StoreError::Engine { detail, .. }) => StoreError::Engine {
                path: path(),
                detail,
            },
            Self::Store(error) => error,
            Self::Sql(error) => {
                let (code, extended) = match &error {
                    rusqlite::Error::SqliteFailure(e, _) => (Some(e.code), e.extended_code),
                    _ => (None, 0),
                };
                match code {
                    // The shared-memory file is grown first, and its failure is told as an I/O error.
                    _ if extended == ffi::SQLITE_IOERR_SHMSIZE => StoreError::Full { path: path() },
                    Some(
                        ErrorCode::ReadOnly | ErrorCode::CannotOpen | ErrorCode::PermissionDenied,
                    ) => StoreError::Denied {
                        path: path(),
                        detail: error.to_string(),
                    },
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
        }
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
