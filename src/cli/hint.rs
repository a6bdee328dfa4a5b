//! Hints: what may help, apart from what went wrong.

use crate::cli::exit::{Failure, harvest_error, store_error};
use crate::error::Error;
use crate::export::ExportError;
use crate::hint::of_store;

pub(crate) use crate::hint::of_harvest;

/// Returns a hint for an error, where one is known.
pub fn hint(error: &anyhow::Error) -> Option<String> {
    error.chain().find_map(|error| {
        if let Some(failure) = error.downcast_ref::<Failure>() {
            return failure.hint.clone();
        }
        if let Some(error) = store_error(error) {
            return of_store(error).map(str::to_owned);
        }
        if let Some(error) = harvest_error(error) {
            return of_harvest(error);
        }
        match error.downcast_ref::<Error>() {
            Some(error) => error.hint(),
            None => error
                .downcast_ref::<ExportError>()
                .and_then(ExportError::hint)
                .map(str::to_owned),
        }
    })
}
