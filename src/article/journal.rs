//! The journal an article appeared in.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Shape of an ISSN in the schema; its check digit is not looked at.
const ISSN: &str = "^[0-9]{4}-[0-9]{3}[0-9X]$";

/// Journal, as far as one article's record tells.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Journal {
    /// Title in the article's language, else the first given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// Titles by BCP 47 tag; `und` when the source names none.
    pub titles_by_lang: BTreeMap<String, String>,
    /// Abbreviated title.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub abbreviation: Option<String>,
    /// Print ISSN, `1234-567X`.
    #[schemars(regex(pattern = ISSN))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub issn_print: Option<String>,
    /// Online ISSN.
    #[schemars(regex(pattern = ISSN))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub issn_electronic: Option<String>,
    /// ISSNs of a medium the source does not tell.
    #[schemars(inner(regex(pattern = ISSN)))]
    pub issn_unknown: Vec<String>,
    /// Publisher.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub publisher: Option<String>,
}
