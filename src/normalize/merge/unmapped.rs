//! Values without a field, each once.

use std::collections::HashSet;

use crate::article::{Link, Unmapped};
use crate::normalize::seen::Seen;

/// Values without a field. One without a language is kept where no other has the same text.
pub(super) struct UniqueUnmapped<'a> {
    pub(super) kept: Vec<Unmapped>,
    texts: Seen,
    in_languages: Seen,
    media_types: HashSet<&'a str>,
}

impl<'a> UniqueUnmapped<'a> {
    pub(super) fn new(links: &'a [Link]) -> Self {
        let media_types = links.iter().filter_map(|link| link.media_type.as_deref());
        Self {
            kept: Vec::new(),
            texts: Seen::default(),
            in_languages: Seen::default(),
            media_types: media_types.collect(),
        }
    }

    /// Keeps a value, unless it is known.
    pub(super) fn push(&mut self, value: Unmapped) {
        let text = value.value.as_str();
        let known = match &value.lang {
            None => self
                .texts
                .find(&self.kept, &text, |known| known.value.as_str()),
            lang => self.in_languages.find(&self.kept, &(text, lang), |known| {
                (known.value.as_str(), &known.lang)
            }),
        };
        let is_of_link = value.element.ends_with("856$q") && self.media_types.contains(text);
        if known.is_none() && !is_of_link {
            self.kept.push(value);
        }
    }
}
