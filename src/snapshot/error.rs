//! Errors of snapshots.

use std::io;
use std::path::Path;

use crate::export::ExportError;
use crate::store::StoreError;

/// Why there is no snapshot.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SnapshotError {
    /// A file could not be written or read.
    #[error("cannot {action} {path}: {error}")]
    Io {
        /// The action that failed.
        action: &'static str,
        /// With which file.
        path: String,
        /// The error.
        error: io::Error,
    },
    /// Something stands where it was to go.
    #[error("{path} already exists; a snapshot does not replace files")]
    Exists {
        /// The place.
        path: String,
    },
    /// The articles could not be written.
    #[error(transparent)]
    Export(#[from] Box<crate::Error>),
    /// It was cancelled while it fetched files.
    #[error("interrupted")]
    Interrupted,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl SnapshotError {
    pub(crate) fn io(action: &'static str, path: &Path, error: io::Error) -> Self {
        Self::Io {
            action,
            path: path.display().to_string(),
            error,
        }
    }
}

impl From<ExportError> for SnapshotError {
    fn from(error: ExportError) -> Self {
        Self::Export(Box::new(error.into()))
    }
}
