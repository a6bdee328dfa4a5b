//! Pages, as printed and as parsed.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Where in the issue the article stands.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Pages {
    /// As received.
    pub raw: String,
    /// First page: `103`, `xiv`, `S12`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first: Option<String>,
    /// Last page; absent for a single one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last: Option<String>,
    /// Article number of an online journal: `e12345`, `012001`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub elocation_id: Option<String>,
}
