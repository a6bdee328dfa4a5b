//! Hints: what may help, apart from what went wrong.

use crate::cli::exit::{Failure, store_error};
use crate::store::StoreError;

/// What may help against this error, where anything is known to.
pub fn hint(error: &anyhow::Error) -> Option<String> {
    error.chain().find_map(|error| match error.downcast_ref::<Failure>() {
        Some(failure) => failure.hint.clone(),
        None => store_error(error).and_then(of_store).map(str::to_owned),
    })
}

fn of_store(error: &StoreError) -> Option<&'static str> {
    Some(match error {
        StoreError::Missing { .. } => {
            "`offprint harvest URL` makes one; --store or OFFPRINT_STORE says where another is"
        }
        StoreError::Locked { .. } => "wait until it has ended, or harvest into another store with --store",
        StoreError::Newer { .. } => "use the version that wrote it, or a later one",
        StoreError::Full { .. } => "make room and run again: it goes on where this run stopped",
        StoreError::Unknown { what: "source", .. } => "`offprint status` lists the sources of the store",
        _ => return None,
    })
}
