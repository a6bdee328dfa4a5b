//! Findings: values that were repaired, doubted or dropped on the way from the record to the article.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The severity of a finding.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// A stated value could not be read, or is known to be incomplete.
    Error,
    /// A value is in doubt: sources contradict each other, or it was inferred.
    Warning,
    /// A routine repair, or a value that holds nothing.
    Info,
}

/// One finding.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
pub struct Finding {
    /// The code.
    pub code: Code,
    /// The severity; decided by the code alone.
    pub severity: Severity,
    /// Field of the article, or element of the record.
    pub field: String,
    /// The value as received.
    pub raw: String,
}

impl Finding {
    /// A finding of this kind, with the severity of its kind.
    pub fn new(code: Code, field: impl Into<String>, raw: impl Into<String>) -> Self {
        Self {
            code,
            severity: code.severity(),
            field: field.into(),
            raw: raw.into(),
        }
    }
}

impl Code {
    /// Returns the severity of findings of this kind.
    pub fn severity(self) -> Severity {
        match self {
            Self::UnreadableMetadata
            | Self::Unread
            | Self::InvalidDate
            | Self::InvalidIssn
            | Self::InvalidDoi
            | Self::InvalidLink
            | Self::TruncatedText => Severity::Error,
            Self::RepairedXml
            | Self::UnalignedNames
            | Self::UnknownLanguage
            | Self::InferredLanguage
            | Self::UnparsedSource
            | Self::UnparsedPages
            | Self::Conflict
            | Self::Unmapped => Severity::Warning,
            Self::DoubleEscaped
            | Self::MarkupRemoved
            | Self::Placeholder
            | Self::EmptyValue
            | Self::DuplicateValue
            | Self::UnsplitName
            | Self::PartialDate
            | Self::AmbiguousIssn
            | Self::GluedParagraphs => Severity::Info,
        }
    }
}

/// Kinds of finding. The names are stable; a new kind is no breaking change.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Code {
    /// The record's bytes were repaired before they could be read.
    RepairedXml,
    /// The record's metadata could not be read at all.
    UnreadableMetadata,
    /// The record is in a format that no crosswalk reads; it is kept as received.
    Unread,
    /// Entities were escaped twice; one layer was undone.
    DoubleEscaped,
    /// Markup was taken out of a plain-text field.
    MarkupRemoved,
    /// A placeholder or untranslated label of the software was dropped.
    Placeholder,
    /// An empty or meaningless value was dropped.
    EmptyValue,
    /// A value repeated itself; one was kept.
    DuplicateValue,
    /// A name could not be split safely into family and given name.
    UnsplitName,
    /// Names by language could not be aligned; one language was taken.
    UnalignedNames,
    /// A language tag or code is not one that BCP 47 can carry.
    UnknownLanguage,
    /// The language was inferred from other fields.
    InferredLanguage,
    /// A date did not parse, or is impossible.
    InvalidDate,
    /// A date was taken as less precise than written.
    PartialDate,
    /// The source citation could not be taken apart as a whole.
    UnparsedSource,
    /// Pages could not be parsed.
    UnparsedPages,
    /// An ISSN's check digit is wrong.
    InvalidIssn,
    /// One ISSN alone does not tell print from online.
    AmbiguousIssn,
    /// A DOI is malformed.
    InvalidDoi,
    /// A link is malformed, or known to be wrong.
    InvalidLink,
    /// Two statements of the record contradict each other; the better one was taken.
    Conflict,
    /// Text seems cut off where the source software drops what follows a bare `<`.
    TruncatedText,
    /// Paragraphs had run together and were split.
    GluedParagraphs,
    /// A value found no place in the model; it is among `unmapped`.
    Unmapped,
}
