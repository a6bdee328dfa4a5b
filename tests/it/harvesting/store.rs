//! Opening a store to look into it.

use std::path::Path;

use offprint::internals::store::{ReadStore, SqliteStore};

/// Opens the store at `path` for reading, beside whoever writes to it.
pub fn open_store(path: &Path) -> Box<dyn ReadStore> {
    Box::new(SqliteStore::open_read(path).expect("the store can be opened"))
}
