//! Where an article came from.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The record behind an article.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Provenance {
    /// Name of the source in this collection.
    pub source: String,
    /// Base URL of its endpoint.
    #[schemars(extend("format" = "iri"))]
    pub base_url: String,
    /// OAI identifier.
    pub oai_identifier: String,
    /// Datestamp of the newest record version, as received.
    pub datestamp: String,
    /// setSpecs of its header.
    pub sets: Vec<String>,
    /// Formats the article was made from.
    pub metadata_prefixes: Vec<String>,
    /// When the version was fetched, RFC 3339 in UTC.
    #[schemars(extend("format" = "date-time"))]
    pub harvested_at: String,
    /// sha256 of the record's bytes as received, in hexadecimal.
    #[schemars(regex(pattern = "^[0-9a-f]{64}$"))]
    pub raw_sha256: String,
    /// For each field that is set, the element or format it came from: `titles` → `oai_dc:title`.
    pub fields: BTreeMap<String, String>,
}
