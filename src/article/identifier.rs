//! Identifiers and links.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The scheme of an identifier. A DOI belongs to the thing its element named: the article's
/// (`dc:identifier`), the issue's (`dc:source`) or a galley's (`dc:relation`); never one for another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Scheme {
    /// The article's DOI, bare.
    Doi,
    /// The DOI of the issue, bare.
    IssueDoi,
    /// The DOI of a galley, bare.
    GalleyDoi,
    /// A URN, `urn:` included.
    Urn,
    /// A handle, bare.
    Handle,
    /// The number or slug the journal's software gives the article.
    PublisherId,
    /// An arXiv id, bare.
    Arxiv,
    /// A PubMed id.
    Pmid,
    /// An ISBN, digits only.
    Isbn,
    /// Anything else.
    Other,
}

/// One identifier.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
pub struct Identifier {
    /// Kind.
    pub scheme: Scheme,
    /// Value in the scheme's bare form.
    pub value: String,
}

/// The target of a link.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum LinkRel {
    /// The article's page.
    Landing,
    /// The viewer page of a galley.
    Galley,
    /// A full-text file.
    Fulltext,
    /// Something the article relates to.
    Related,
}

/// One link.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
pub struct Link {
    /// Where it leads.
    pub rel: LinkRel,
    /// Absolute URL.
    #[schemars(extend("format" = "iri"))]
    pub url: String,
    /// Media type of the target, where the source names one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub media_type: Option<String>,
}
