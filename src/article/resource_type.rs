//! The kind of work an article is, as a COAR resource type.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A term of the COAR Resource Types vocabulary, 3.1.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ResourceType {
    /// English label of the term: `journal article`.
    pub label: String,
    /// URI of the term: `http://purl.org/coar/resource_type/c_6501`.
    #[schemars(regex(pattern = r"^http://purl\.org/coar/resource_type/"))]
    pub uri: String,
    /// The word or term as received.
    pub raw: String,
}
