//! What was repaired, doubted or dropped on the way from the record to the article.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// One finding.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Finding {
    /// What kind.
    pub code: Code,
    /// Field of the article, or element of the record.
    pub field: String,
    /// The value as received.
    pub raw: String,
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
    /// A name could not be parted safely into family and given name.
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
    /// Paragraphs had run together and were parted.
    GluedParagraphs,
    /// A value found no place in the model; it is among `unmapped`.
    Unmapped,
}
