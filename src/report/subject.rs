//! The fields that the report card looks for.

use serde::Serialize;

/// A field that an article should have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Subject {
    /// A DOI.
    Doi,
    /// An ORCID iD of a contributor.
    Orcid,
    /// An affiliation of a contributor.
    Affiliation,
    /// An abstract.
    Abstract,
    /// A licence.
    License,
    /// The language of the text.
    Language,
    /// The works cited.
    References,
    /// Keywords.
    Keywords,
    /// A link to the full text.
    FullText,
}

impl Subject {
    /// Returns the name for people.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Doi => "DOI",
            Self::Orcid => "ORCID",
            Self::Affiliation => "affiliation",
            Self::Abstract => "abstract",
            Self::License => "licence",
            Self::Language => "language",
            Self::References => "references",
            Self::Keywords => "keywords",
            Self::FullText => "full text",
        }
    }
}
