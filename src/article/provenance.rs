//! Where an article came from.

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
    /// For each field that is set, the element or format it came from.
    pub fields: Origins,
}

/// Where one field came from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Origin {
    /// Field of the article: `titles`, `journal.issn_print`.
    pub field: String,
    /// Format and element: `oai_dc:title`.
    pub from: String,
}

/// The origins of an article's fields, sorted by field.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct Origins(Vec<Origin>);

/// Fields of a usual article: room for them is made at once.
const USUAL: usize = 24;

impl Origins {
    /// Format and element that the field came from.
    pub fn get(&self, field: &str) -> Option<&str> {
        let at = self.position(field).ok()?;
        Some(&self.0[at].from)
    }

    /// Notes the origin of a field, unless one is noted already.
    pub(crate) fn add(&mut self, field: &str, from: impl FnOnce() -> String) {
        if let Err(at) = self.position(field) {
            if self.0.is_empty() {
                self.0.reserve(USUAL);
            }
            self.0.insert(at, Origin::new(field, from()));
        }
    }

    /// Notes the origin of a field, whatever was noted before.
    pub(crate) fn set(&mut self, field: &str, from: String) {
        match self.position(field) {
            Ok(at) => self.0[at].from = from,
            Err(at) => self.0.insert(at, Origin::new(field, from)),
        }
    }

    /// Removes the origin of a field, and returns the element.
    pub(crate) fn remove(&mut self, field: &str) -> Option<String> {
        let at = self.position(field).ok()?;
        Some(self.0.remove(at).from)
    }

    /// Keeps the origins of the fields that pass the test.
    pub(crate) fn retain(&mut self, mut keep: impl FnMut(&str) -> bool) {
        self.0.retain(|origin| keep(&origin.field));
    }

    /// The origins, sorted by field.
    pub fn iter(&self) -> std::slice::Iter<'_, Origin> {
        self.0.iter()
    }

    /// The origins themselves, to change their texts in place; their fields stay sorted.
    pub(crate) fn texts_mut(&mut self) -> impl Iterator<Item = &mut Origin> {
        self.0.iter_mut()
    }

    fn position(&self, field: &str) -> Result<usize, usize> {
        self.0
            .binary_search_by(|origin| origin.field.as_str().cmp(field))
    }
}

impl<'a> IntoIterator for &'a Origins {
    type Item = &'a Origin;
    type IntoIter = std::slice::Iter<'a, Origin>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.iter()
    }
}

impl FromIterator<(String, String)> for Origins {
    fn from_iter<T: IntoIterator<Item = (String, String)>>(origins: T) -> Self {
        let mut all = Self::default();
        for (field, from) in origins {
            all.set(&field, from);
        }
        all
    }
}

impl Origin {
    fn new(field: &str, from: String) -> Self {
        Self {
            field: field.to_owned(),
            from,
        }
    }
}
