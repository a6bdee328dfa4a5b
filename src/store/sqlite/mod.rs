//! The embedded engine.

/// A store in one SQLite file.
#[derive(Debug)]
pub struct SqliteStore {}
