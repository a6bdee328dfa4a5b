//! Identifiers of the Research Organization Registry.

use super::text_value;

/// Where ROR ids resolve.
const BASE: &str = "https://ror.org/";

/// A ROR id as a full URL (ROR schema 2.0).
///
/// ```
/// use offprint::internals::values::Ror;
///
/// assert_eq!(Ror::parse("ror.org/03YRM5C26/").unwrap(), "https://ror.org/03yrm5c26");
/// assert_eq!(Ror::parse("Institute of Physics"), None);
/// assert!(Ror::is_url("https://ror.org/03yrm5c26"));
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Ror(String);

text_value!(Ror);

impl Ror {
    /// Parses a ROR id that is bare or the end of a URL.
    pub fn parse(raw: &str) -> Option<Self> {
        let id = raw
            .trim()
            .trim_end_matches('/')
            .rsplit('/')
            .next()?
            .to_ascii_lowercase();
        let is_ror = id.len() == 9
            && id.starts_with('0')
            && id.bytes().all(|byte| byte.is_ascii_alphanumeric());
        is_ror.then(|| Self(format!("{BASE}{id}")))
    }

    /// Parses a ROR id that is written as an address of the registry: a bare one may be a number of another kind.
    pub fn parse_address(raw: &str) -> Option<Self> {
        Self::parse(raw).filter(|_| raw.contains("ror.org/"))
    }

    /// Returns whether a text is an address of the registry.
    pub fn is_url(text: &str) -> bool {
        text.starts_with(BASE)
    }
}
