//! Funding of the work.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A funder or sponsor, and what it awarded.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
pub struct Funding {
    /// Name, as received.
    pub name: String,
    /// Name in the Open Funder Registry or in OpenAIRE's list of funders, where `name` is a code of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub registry_name: Option<String>,
    /// Identifier of the funder, as a full URL: Open Funder Registry (`https://doi.org/10.13039/…`) or ROR.
    #[schemars(extend("format" = "iri"))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub funder_id: Option<String>,
    /// Award number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub award: Option<String>,
}

impl Funding {
    /// A funder of which the name alone is known.
    pub fn named(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            ..Self::default()
        }
    }
}
