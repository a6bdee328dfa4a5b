//! The error of the library: what failed, where, and after how many attempts.

use url::Url;

use crate::export::ExportError;
use crate::harvest::HarvestError;
use crate::hint;
use crate::oai::{ErrorCode, ProtocolError, ReadError};
use crate::store::StoreError;
use crate::values::DisplaySafeUrl;

/// A result of this library.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why a piece of work stopped. Its message says what failed, where, and after how many attempts.
///
/// Records that a harvest could not fetch are not errors: they are [gaps](crate::HarvestReport::gaps). A doubtful value
/// is a [finding](crate::article::Finding).
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub struct Error(pub(crate) Cause);

/// The kind of failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The endpoint gave no usable response, or the request could not be sent.
    Endpoint,
    /// The repository answered with an error of the protocol.
    Protocol,
    /// A record or response could not be read.
    Read,
    /// The store failed.
    Store,
    /// An export failed.
    Export,
}

/// The errors of the rooms.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Cause {
    #[error(transparent)]
    Harvest(HarvestError),
    #[error(transparent)]
    Store(StoreError),
    #[error(transparent)]
    Export(ExportError),
    #[error(transparent)]
    Read(ReadError),
    #[error("the repository returned {error} for {url}")]
    Protocol {
        error: ProtocolError,
        url: DisplaySafeUrl,
    },
    #[error("the list repeats itself at {url}")]
    ListRepeats { url: DisplaySafeUrl },
    #[error("expected one live record, found {live} live and {deleted} deleted")]
    NotOneRecord { live: usize, deleted: usize },
}

impl Error {
    /// The kind of failure.
    pub fn kind(&self) -> ErrorKind {
        match &self.0 {
            Cause::Harvest(error) => ErrorKind::of_harvest(error),
            Cause::Store(_) => ErrorKind::Store,
            Cause::ListRepeats { .. } => ErrorKind::Endpoint,
            Cause::Export(_) => ErrorKind::Export,
            Cause::Read(_) | Cause::NotOneRecord { .. } => ErrorKind::Read,
            Cause::Protocol { .. } => ErrorKind::Protocol,
        }
    }

    /// The error code of the protocol (`badArgument`, `cannotDisseminateFormat` …), where the repository sent one.
    pub fn protocol_code(&self) -> Option<&str> {
        match &self.0 {
            Cause::Protocol { error, .. } => Some(error.code.as_str()),
            _ => None,
        }
    }

    /// A hint, if one is known: one sentence that says what to type.
    pub fn hint(&self) -> Option<String> {
        match &self.0 {
            Cause::Harvest(error) => hint::of_harvest(error),
            Cause::Store(error) => hint::of_store(error).map(str::to_owned),
            Cause::Export(error) => error.hint().map(str::to_owned),
            Cause::Read(_)
            | Cause::Protocol { .. }
            | Cause::ListRepeats { .. }
            | Cause::NotOneRecord { .. } => None,
        }
    }

    pub(crate) fn has_code(&self, code: &ErrorCode) -> bool {
        matches!(&self.0, Cause::Protocol { error, .. } if error.code == *code)
    }

    pub(crate) fn protocol(error: ProtocolError, url: &Url) -> Self {
        Self(Cause::Protocol {
            error,
            url: DisplaySafeUrl::from(url),
        })
    }

    pub(crate) fn list_repeats(url: &Url) -> Self {
        Self(Cause::ListRepeats {
            url: DisplaySafeUrl::from(url),
        })
    }
}

impl ErrorKind {
    /// Returns the kind of an error of a harvest.
    pub(crate) fn of_harvest(error: &HarvestError) -> Self {
        match error {
            HarvestError::Store(_) => Self::Store,
            _ => Self::Endpoint,
        }
    }
}

impl From<HarvestError> for Error {
    fn from(error: HarvestError) -> Self {
        Self(Cause::Harvest(error))
    }
}

impl From<StoreError> for Error {
    fn from(error: StoreError) -> Self {
        Self(Cause::Store(error))
    }
}

impl From<ExportError> for Error {
    fn from(error: ExportError) -> Self {
        Self(Cause::Export(error))
    }
}

impl From<ReadError> for Error {
    fn from(error: ReadError) -> Self {
        Self(Cause::Read(error))
    }
}
