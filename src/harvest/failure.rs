//! Failures of a window.

use std::fmt;

use crate::harvest::endpoint::{Cause, RequestError};
use crate::http::HttpError;
use crate::oai::{ErrorCode, ProtocolError, ReadError};
use crate::store::FailureKind;

/// The failure of a window.
#[derive(Debug)]
pub(super) enum WindowFailure {
    /// A page of it could not be fetched or read.
    PageFailed(RequestError),
    /// The token was refused: it expired, or never was good.
    TokenRefused(Option<ProtocolError>),
    /// A page or token came again.
    Loop,
    /// It ended before all that completeListSize promised had come.
    Incomplete(Shortage),
    /// A full page came without a token, as OJS 3.3.0-1 to -5 end every list.
    FullPageWithoutToken,
    /// A token led to an error or to empty pages, and no completeListSize says whether that is the end.
    EndUnproven,
    /// A list of records failed, and ListIdentifiers, which has to name them, names none in any window.
    NamesNothing,
    /// The server answered with an error that a list should not have.
    Refused(ProtocolError),
    /// Much of what was to be verified has changed.
    Changed,
}

impl WindowFailure {
    /// Returns its kind.
    pub(super) fn kind(&self) -> FailureKind {
        match self {
            Self::PageFailed(error) if is_too_wide(error) => FailureKind::TooWide,
            Self::TokenRefused(_) => FailureKind::TokenRefused,
            Self::Loop => FailureKind::Loop,
            Self::Incomplete(_) => FailureKind::Incomplete,
            Self::FullPageWithoutToken => FailureKind::FullPageWithoutToken,
            Self::EndUnproven => FailureKind::EndUnproven,
            Self::Refused(error) if error.code == ErrorCode::CannotDisseminateFormat => {
                FailureKind::FormatRefused
            }
            // An error with a code of its own is a failure like a status 500.
            Self::PageFailed(_)
            | Self::Refused(ProtocolError {
                code: ErrorCode::Other(_),
                ..
            }) => FailureKind::PageFailed,
            Self::Refused(_) | Self::NamesNothing => FailureKind::Refused,
            Self::Changed => FailureKind::Changed,
        }
    }

    /// Returns whether the server answers with an error whose code is its own, which may pass like a status 500.
    pub(super) fn is_nonstandard_code(&self) -> bool {
        matches!(self, Self::Refused(error) if matches!(error.code, ErrorCode::Other(_)))
    }

    /// Returns whether the list may be short by so little that the count itself may be wrong.
    pub(super) fn is_small_shortage(&self) -> bool {
        matches!(self, Self::Incomplete(shortage) if shortage.is_small())
    }

    /// Returns the error of the protocol.
    pub(super) fn code(&self) -> Option<&ErrorCode> {
        match self {
            Self::Refused(error) => Some(&error.code),
            _ => None,
        }
    }

    /// Returns whether there was a response with nothing in it.
    pub(super) fn is_empty_response(&self) -> bool {
        matches!(self, Self::PageFailed(error) if is_empty_response(error))
    }

    /// Returns whether the answer may stand in the place of noRecordsMatch: a status or an error of the server's own. A
    /// list that came, and cannot be read, is no such answer.
    pub(super) fn may_mean_nothing(&self) -> bool {
        let has_status = matches!(
            self,
            Self::PageFailed(RequestError {
                cause: Cause::Http(HttpError::Status { .. }),
                ..
            })
        );
        has_status || self.is_empty_response() || self.is_nonstandard_code()
    }

    /// Returns whether the server may have stopped answering at all.
    pub(super) fn is_unresponsive(&self) -> bool {
        let Self::PageFailed(error) = self else {
            return false;
        };
        matches!(
            error.cause,
            Cause::Http(
                HttpError::Timeout { .. }
                    | HttpError::ConnectionClosed { .. }
                    | HttpError::Status { .. }
            ) | Cause::Read(ReadError::Empty)
        )
    }
}

/// Returns whether there was a response with nothing in it: some servers answer status 204, or an empty body, where
/// the protocol has noRecordsMatch. A server that crashes on a record does the same.
pub(super) fn is_empty_response(error: &RequestError) -> bool {
    matches!(
        error.cause,
        Cause::Read(ReadError::Empty) | Cause::Http(HttpError::Status { status: 204, .. })
    )
}

/// Returns whether the server said that it does not accept so wide a window.
fn is_too_wide(error: &RequestError) -> bool {
    let Cause::Http(error) = &error.cause else {
        return false;
    };
    matches!(
        error,
        HttpError::Status {
            status: 413 | 414 | 422,
            ..
        }
    )
}

/// By how much a list fell short of its promise.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Shortage {
    /// Different records that came.
    pub(super) came: i64,
    /// completeListSize.
    pub(super) promised: i64,
    /// The last page was as full as the others, as a list's last seldom is.
    pub(super) last_page_full: bool,
}

impl Shortage {
    /// Returns whether so little is missing that the count itself may be wrong, or a record have slipped over a
    /// page's edge: OJS counts some twice, and pages by offset over a list that is being edited.
    pub(super) fn is_small(self) -> bool {
        let missing = self.promised - self.came;
        !self.last_page_full && missing <= 100 && missing <= (self.promised / 10).max(1)
    }
}

impl fmt::Display for WindowFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::PageFailed(error) => error.fmt(f),
            Self::TokenRefused(None) => f.write_str("the resumptionToken was refused"),
            Self::TokenRefused(Some(error)) => {
                write!(f, "the resumptionToken was refused: {error}")
            }
            Self::Loop => f.write_str("the list came back to a page it had given before"),
            Self::Incomplete(Shortage { came, promised, .. }) => {
                write!(
                    f,
                    "the list ended after {came} of the {promised} records it promised"
                )
            }
            Self::FullPageWithoutToken => f.write_str("a full page came without a resumptionToken"),
            Self::EndUnproven => {
                f.write_str("the last resumptionToken led past the end of the list")
            }
            Self::Refused(error) => write!(f, "the server refused: {error}"),
            Self::NamesNothing => {
                f.write_str("ListRecords failed, and ListIdentifiers names no records")
            }
            Self::Changed => f.write_str("much of what was known has changed"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[rstest::rstest]
    #[case(150, 151, false, true)]
    #[case(100, 151, true, false)]
    #[case(20, 151, false, false)]
    #[case(5, 6, false, true)]
    fn tells_small_shortages_from_lost_pages(
        #[case] came: i64,
        #[case] promised: i64,
        #[case] last_page_full: bool,
        #[case] small: bool,
    ) {
        let shortage = Shortage {
            came,
            promised,
            last_page_full,
        };
        assert_eq!(shortage.is_small(), small);
    }
}
