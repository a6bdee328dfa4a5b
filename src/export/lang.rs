//! Languages of elements: BCP 47, and only where they differ from the article's.

use std::collections::HashMap;

use crate::values::LanguageTag;

/// A tag that `xml:lang` can carry, or `None`. Underscores of locale names become hyphens.
pub(super) fn tag(lang: &str) -> Option<String> {
    LanguageTag::parse(lang).map(String::from)
}

/// Language of the whole article: `und` where the source names none that can be written. Never left out, since
/// the DTD would then say `en`.
pub(super) fn of_article(lang: Option<&str>) -> String {
    lang.and_then(tag).unwrap_or_else(|| "und".to_owned())
}

/// Language of a text within an article. A text without a tag is taken to be in the article's language, as
/// XML has it; one whose tag cannot be written is `und`.
pub(super) fn of_text(lang: Option<&str>, article: &str) -> String {
    match lang.map(str::trim) {
        None | Some("") => article.to_owned(),
        // a tag that was written once already
        Some(lang) if lang == article => article.to_owned(),
        Some(lang) => tag(lang).unwrap_or_else(|| "und".to_owned()),
    }
}

/// Returns whether two tags are the same; case does not matter (RFC 5646, 2.1.1).
pub(super) fn same(a: &str, b: &str) -> bool {
    a.eq_ignore_ascii_case(b)
}

/// Returns the value of `xml:lang`: empty, hence not written, where it is the article's.
pub(super) fn attribute<'a>(lang: &'a str, article: &str) -> &'a str {
    if same(lang, article) { "" } else { lang }
}

/// Texts by their languages, in the order in which the languages are met. A group has the tag of its first text.
pub(super) fn groups<T: AsRef<str>, V>(
    texts: impl IntoIterator<Item = (T, V)>,
) -> Vec<(T, Vec<V>)> {
    let mut groups: Vec<(T, Vec<V>)> = Vec::new();
    let mut places: HashMap<String, usize> = HashMap::new();
    for (tag, text) in texts {
        // most texts follow one of their language
        if let Some((last, texts)) = groups.last_mut()
            && same(last.as_ref(), tag.as_ref())
        {
            texts.push(text);
            continue;
        }
        let next = groups.len();
        let place = *places
            .entry(tag.as_ref().to_ascii_lowercase())
            .or_insert(next);
        match groups.get_mut(place) {
            Some((_, texts)) => texts.push(text),
            None => groups.push((tag, vec![text])),
        }
    }
    groups
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_texts_by_language_in_the_order_met() {
        let texts = [("en", 1), ("fr", 2), ("EN", 3), ("en", 4), ("", 5)];
        assert_eq!(
            groups(texts),
            [("en", vec![1, 3, 4]), ("fr", vec![2]), ("", vec![5])]
        );
    }
}
