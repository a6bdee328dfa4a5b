//! Licence and copyright.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Licence of the article.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct License {
    /// Canonical URL; Creative Commons with https and its last slash.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// Short name, such as `CC BY 4.0`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// As received.
    pub raw: String,
}

/// Copyright of the article.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Copyright {
    /// The line as received.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub statement: Option<String>,
    /// Year.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub year: Option<i32>,
    /// Holder.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub holder: Option<String>,
}
