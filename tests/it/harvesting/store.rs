//! Opening a store to look into it.

use std::path::Path;

use offprint::internals::store::{SqliteStore, Store};

/// Opens the store at `path` for reading, beside whoever writes to it.
pub fn open_store(path: &Path) -> Box<dyn Store> {
    Box::new(SqliteStore::open_read(path).expect("the store can be opened"))
}
