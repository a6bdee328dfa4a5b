//! The version of the schema.

use super::error::{StoreError, StoreResult};

/// The schema version that this version makes and reads; the same for every engine.
pub(super) const SCHEMA_VERSION: i64 = 13;

/// Sees that a store has the schema of this version.
pub(super) fn check_version(found: i64, path: &str) -> StoreResult<()> {
    let (path, known) = (path.to_owned(), SCHEMA_VERSION);
    match found.cmp(&known) {
        std::cmp::Ordering::Equal => Ok(()),
        std::cmp::Ordering::Greater => Err(StoreError::Newer { path, found, known }),
        std::cmp::Ordering::Less => Err(StoreError::Older { path, found, known }),
    }
}
