//! What the sections of one article share while it is written.

use super::options::Version;
use crate::article::Article;
use crate::export::xml::is_blank;

/// State shared by the sections while one article is written.
pub(super) struct Context<'a> {
    pub(super) article: &'a Article,
    /// The language, as `article/@xml:lang` has it.
    pub(super) lang: String,
    /// Version of JATS that is written.
    pub(super) version: Version,
    /// Values that found no place.
    pub(super) leftovers: Leftovers,
}

/// Values that found no place on the way, as (field, value).
#[derive(Debug, Default)]
pub(super) struct Leftovers(pub(super) Vec<(&'static str, String)>);

impl Leftovers {
    /// Keeps a value, unless it is blank.
    pub(super) fn add(&mut self, field: &'static str, value: &str) {
        if !is_blank(value) {
            self.0.push((field, value.to_owned()));
        }
    }
}
