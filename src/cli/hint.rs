//! Hints: what may help, apart from what went wrong.

use std::io;

use crate::cli::exit::{Failure, harvest_error, store_error};
use crate::error::Error;
use crate::export::ExportError;
use crate::hint::of_store;
use crate::snapshot::SnapshotError;

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
        if let Some(error) = error.downcast_ref::<Error>() {
            return error.hint();
        }
        if let Some(error) = error.downcast_ref::<ExportError>() {
            return error.hint().map(str::to_owned);
        }
        io_kind(error).and_then(of_io).map(str::to_owned)
    })
}

/// Returns the kind of a failure to read or write that no other type describes.
fn io_kind(error: &(dyn std::error::Error + 'static)) -> Option<io::ErrorKind> {
    if let Some(SnapshotError::Io { error, .. }) = error.downcast_ref() {
        return Some(error.kind());
    }
    error.downcast_ref::<io::Error>().map(io::Error::kind)
}

/// Returns the hint for a file or a stream that cannot be written.
fn of_io(kind: io::ErrorKind) -> Option<&'static str> {
    Some(match kind {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
            "make room and run the command again; what stood there before is untouched"
        }
        io::ErrorKind::ReadOnlyFilesystem | io::ErrorKind::PermissionDenied => {
            "choose a path this user may write to"
        }
        _ => return None,
    })
}
