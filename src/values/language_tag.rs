//! Tags of languages.

use super::text_value;

/// A well-formed BCP 47 tag in canonical case (RFC 5646, section 2.1).
///
/// Codes of ISO 639, names of languages and the locales of POSIX become tags in `normalize::language`.
///
/// ```
/// use offprint::internals::values::LanguageTag;
///
/// let tag = LanguageTag::parse("zh_hans_cn").unwrap();
/// assert_eq!(tag, "zh-Hans-CN");
/// assert_eq!(tag.primary(), "zh");
/// assert!(tag.is("ZH-hans-cn"));
/// assert_eq!(LanguageTag::parse("english language"), None);
/// assert_eq!(LanguageTag::primary_of("sr_RS@latin"), "sr");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LanguageTag(String);

text_value!(LanguageTag);

impl LanguageTag {
    /// Parses a tag; the underscores of locales become hyphens.
    pub fn parse(text: &str) -> Option<Self> {
        // a language alone, in canonical case
        if matches!(text.len(), 2 | 3) && text.bytes().all(|byte| byte.is_ascii_lowercase()) {
            return Some(Self(text.to_owned()));
        }
        let tag = language_tags::LanguageTag::parse(&text.trim().replace('_', "-")).ok()?;
        Some(Self(tag.into_string()))
    }

    /// Parses a tag whose subtags have to be registered.
    pub fn registered(text: &str) -> Option<Self> {
        let tag = language_tags::LanguageTag::parse(text).ok()?;
        tag.is_valid().then(|| Self(tag.into_string()))
    }

    /// Returns whether two tags are the same; case does not matter (RFC 5646, section 2.1.1).
    pub fn is(&self, other: &str) -> bool {
        self.0.eq_ignore_ascii_case(other)
    }

    /// Returns the primary language subtag: `sr` of `sr-Latn-RS`.
    pub fn primary(&self) -> &str {
        Self::primary_of(&self.0)
    }

    /// Returns the primary language subtag of a tag or locale.
    pub fn primary_of(tag: &str) -> &str {
        tag.split(['-', '_', '@']).next().unwrap_or(tag)
    }

    /// Returns whether a tag names a script: `zh-Hans`.
    pub fn has_script(tag: &str) -> bool {
        tag.split('-').skip(1).any(|subtag| subtag.len() == 4)
    }
}
