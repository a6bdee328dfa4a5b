//! Relations to other articles, and what happened to the article itself.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The relation of the article to another work.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum RelationType {
    /// Corrects the other work.
    Corrects,
    /// Is corrected by it.
    CorrectedBy,
    /// Retracts it.
    Retracts,
    /// Is retracted by it.
    RetractedBy,
    /// Comments on it.
    CommentsOn,
    /// Is commented on by it.
    CommentedBy,
    /// Reviews it.
    Reviews,
    /// Is a translation of it.
    TranslationOf,
    /// Has it as a translation.
    TranslatedAs,
    /// Is a version of it.
    VersionOf,
    /// Has it as a version.
    HasVersion,
    /// Is a part of it.
    PartOf,
    /// Has it as a part.
    HasPart,
    /// Is supplemented by it, such as a data set.
    SupplementedBy,
    /// Supplements it.
    SupplementTo,
    /// Replaces it.
    Replaces,
    /// Is replaced by it.
    ReplacedBy,
    /// Belongs together with it in a way the source does not state.
    Related,
}

/// A relation to another work.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
pub struct Relation {
    /// The kind of relation.
    #[serde(rename = "type")]
    pub kind: RelationType,
    /// The other work's DOI, bare.
    #[schemars(regex(pattern = super::DOI))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub doi: Option<String>,
    /// The other work's URL.
    #[schemars(extend("format" = "iri"))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
}

/// An event in the history of an article.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum HistoryEvent {
    /// Submitted to the journal.
    Received,
    /// Revised by its authors.
    Revised,
    /// Accepted for publication.
    Accepted,
    /// First published online.
    PublishedOnline,
    /// Published in print.
    PublishedPrint,
    /// Corrected after publication.
    Corrected,
    /// Retracted.
    Retracted,
}

/// One step of the article's history.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
pub struct HistoryDate {
    /// The event.
    pub event: HistoryEvent,
    /// When, as precise as the source: `2004-12-31`, `2004-12` or `2004`.
    #[schemars(regex(pattern = r"^[0-9]{4}(-[0-9]{2}(-[0-9]{2})?)?$"))]
    pub date: String,
}
