//! OAI-PMH errors (§3.6).

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::redact::redact;

/// The error codes of the protocol.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum ErrorCode {
    /// An argument is illegal, repeated or missing.
    BadArgument,
    /// The resumptionToken is invalid or has expired.
    BadResumptionToken,
    /// The verb is illegal, repeated or missing.
    BadVerb,
    /// The metadataPrefix is not supported, by the item or the repository.
    CannotDisseminateFormat,
    /// The identifier is unknown or illegal.
    IdDoesNotExist,
    /// The list is empty.
    NoRecordsMatch,
    /// No metadata formats for the item.
    NoMetadataFormats,
    /// The repository has no sets.
    NoSetHierarchy,
    /// A code the specification does not have.
    #[serde(untagged)]
    Other(String),
}

impl ErrorCode {
    /// Reads a code; in any letter case, since some servers are careless of it.
    pub fn parse(code: &str) -> Self {
        const KNOWN: [ErrorCode; 8] = [
            ErrorCode::BadArgument,
            ErrorCode::BadResumptionToken,
            ErrorCode::BadVerb,
            ErrorCode::CannotDisseminateFormat,
            ErrorCode::IdDoesNotExist,
            ErrorCode::NoRecordsMatch,
            ErrorCode::NoMetadataFormats,
            ErrorCode::NoSetHierarchy,
        ];
        let code = code.trim();
        KNOWN
            .into_iter()
            .find(|known| known.as_str().eq_ignore_ascii_case(code))
            .unwrap_or_else(|| Self::Other(code.chars().take(100).collect()))
    }

    /// The code as written in responses.
    pub fn as_str(&self) -> &str {
        match self {
            Self::BadArgument => "badArgument",
            Self::BadResumptionToken => "badResumptionToken",
            Self::BadVerb => "badVerb",
            Self::CannotDisseminateFormat => "cannotDisseminateFormat",
            Self::IdDoesNotExist => "idDoesNotExist",
            Self::NoRecordsMatch => "noRecordsMatch",
            Self::NoMetadataFormats => "noMetadataFormats",
            Self::NoSetHierarchy => "noSetHierarchy",
            Self::Other(code) => code,
        }
    }
}

/// An `<error>` element.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProtocolError {
    /// The code.
    pub code: ErrorCode,
    /// The repository's message, at most a few hundred characters.
    pub message: String,
}

impl fmt::Display for ProtocolError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.code.as_str() {
            "" => f.write_str("an error without a code")?,
            code => f.write_str(code)?,
        }
        // Some repeat the address that was asked.
        if self.message.is_empty() {
            Ok(())
        } else {
            write!(f, ": {}", redact(&self.message))
        }
    }
}
