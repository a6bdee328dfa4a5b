//! The journal an article appeared in.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::LangText;

/// Shape of an ISSN in the schema; its check digit is not looked at.
const ISSN: &str = "^[0-9]{4}-[0-9]{3}[0-9X]$";

/// Journal, as far as one article's record states.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Journal {
    /// The journal's title: one per journal of a source, whatever the article's language.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// Titles as the article's record states them, by language.
    pub titles: Vec<LangText>,
    /// Abbreviated title.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub abbreviation: Option<String>,
    /// The journal's own DOI, bare.
    #[schemars(regex(pattern = super::DOI))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub doi: Option<String>,
    /// Print ISSN, `1234-567X`.
    #[schemars(regex(pattern = ISSN))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub issn_print: Option<String>,
    /// Online ISSN.
    #[schemars(regex(pattern = ISSN))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub issn_electronic: Option<String>,
    /// ISSNs of unknown medium.
    #[schemars(inner(regex(pattern = ISSN)))]
    pub issn_unknown: Vec<String>,
    /// Publisher.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub publisher: Option<String>,
    /// Place of publication.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub publisher_place: Option<String>,
}

impl Journal {
    /// The journal's title in a language, as this article's record states it.
    pub fn title_in(&self, lang: &str) -> Option<&str> {
        let title = self
            .titles
            .iter()
            .find(|title| title.lang.as_deref() == Some(lang))?;
        Some(&title.value)
    }

    /// Adds a title as stated, unless the language has one. Returns the title that stands for the language.
    pub(crate) fn add_title(&mut self, lang: Option<&str>, title: &str) -> &str {
        let known = self
            .titles
            .iter()
            .position(|known| known.lang.as_deref() == lang);
        let at = known.unwrap_or_else(|| {
            self.titles.push(LangText {
                value: title.to_owned(),
                lang: lang.map(str::to_owned),
            });
            self.titles.len() - 1
        });
        &self.titles[at].value
    }
}
