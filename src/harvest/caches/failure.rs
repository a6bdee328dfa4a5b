//! Failures to read a cache.

use std::path::Path;

use crate::harvest::HarvestError;

/// Returns the error of a file or folder that cannot be read.
pub(super) fn failed(path: &Path) -> impl Fn(std::io::Error) -> HarvestError {
    move |error| HarvestError::Import {
        path: path.display().to_string(),
        detail: error.to_string(),
    }
}
