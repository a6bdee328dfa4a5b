//! Languages of elements: BCP 47, and only where they differ from the article's.

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
