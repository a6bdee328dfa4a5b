//! Digital Object Identifiers.

use super::{percent_decoded, strip_ignoring_case, text_value, without_scheme};

/// A DOI, bare: `10.`, the registrant, a slash and the suffix (ISO 26324; DOI Handbook, section 2.2).
///
/// ```
/// use offprint::internals::values::Doi;
///
/// let doi = Doi::parse("https://doi.org/10.5555/ABC%2F1").unwrap();
/// assert_eq!(doi, "10.5555/abc/1");
/// assert_eq!(doi.url(), "https://doi.org/10.5555/abc/1");
/// assert_eq!((doi.prefix(), doi.suffix()), ("10.5555", "abc/1"));
/// assert_eq!(Doi::parse("see 10.5555/abc"), None);
/// assert_eq!(Doi::find("Smith 2004, doi:10.5555/abc."), Doi::parse("10.5555/abc"));
/// assert_eq!(Doi::bare("10.5555/a b"), None);
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Doi(String);

text_value!(Doi);

/// Longest DOI, bytes.
const MAX: usize = 2_000;

impl Doi {
    /// Parses a DOI that stands alone, into lower case: bare, with `doi:`, or as a URL of a resolver, percent-encoded or
    /// with a stop behind it. Returns `None` for a longer text and for other things.
    pub fn parse(raw: &str) -> Option<Self> {
        let mut rest = raw.trim();
        let mut is_url = false;
        // `doi: https://doi.org/10.…` and the like stack their prefixes.
        for _ in 0..4 {
            if let Some(after) = strip_resolver(rest) {
                rest = after;
                is_url = true;
            } else if let Some(after) = ["info:doi/", "urn:doi:", "doi:", "doi ", "doi="]
                .iter()
                .find_map(|prefix| strip_ignoring_case(rest, prefix))
            {
                // `DOI : 10.…`
                rest = after.trim_start_matches([' ', ':', '=', '\u{a0}']);
            } else {
                break;
            }
        }
        // nothing to decode, and no DOI
        if !rest.contains('%') && !rest.trim_start().starts_with("10.") {
            return None;
        }
        let decoded = if is_url || rest.contains("%2f") || rest.contains("%2F") {
            percent_decoded(rest)?
        } else {
            rest.to_owned()
        };
        let doi = trimmed(&decoded);
        is_bare(doi).then(|| Self(doi.to_lowercase()))
    }

    /// Takes a text that is a bare DOI already, as it stands.
    pub fn bare(text: &str) -> Option<Self> {
        is_bare(text).then(|| Self(text.to_owned()))
    }

    /// Finds the first DOI within a text, such as a reference; in lower case.
    pub fn find(text: &str) -> Option<Self> {
        let mut from = 0;
        while let Some(found) = text[from..].find("10.") {
            let at = from + found;
            from = at + 3;
            if text[..at].ends_with(|c: char| c.is_ascii_alphanumeric() || c == '.') {
                continue;
            }
            let end = text[at..]
                .find(|c: char| c.is_whitespace() || matches!(c, '"' | '”' | '“' | '<' | '|'))
                .map_or(text.len(), |end| at + end);
            if let Some(doi) = Self::parse(&text[at..end]) {
                return Some(doi);
            }
        }
        None
    }

    /// Returns the prefix, which names the registrant: `10.5555`.
    pub fn prefix(&self) -> &str {
        self.0.split_once('/').map_or("", |(prefix, _)| prefix)
    }

    /// Returns the suffix.
    pub fn suffix(&self) -> &str {
        self.0.split_once('/').map_or("", |(_, suffix)| suffix)
    }

    /// Returns the URL at which it resolves, with the characters that end a path percent-encoded.
    pub fn url(&self) -> String {
        let path = self.0.replace('%', "%25").replace('#', "%23");
        format!("https://doi.org/{}", path.replace('?', "%3F"))
    }
}

fn strip_resolver(text: &str) -> Option<&str> {
    let rest = without_scheme(text).trim_start_matches('/');
    ["dx.doi.org/", "www.doi.org/", "doi.org/"]
        .iter()
        .find_map(|host| strip_ignoring_case(rest, host))
        .map(|rest| rest.trim_start_matches('/'))
}

/// Without what stands behind a DOI in running text; a bracket goes only when it was never opened.
fn trimmed(text: &str) -> &str {
    let mut doi = text.trim();
    loop {
        let before = doi.len();
        doi = doi.trim_end_matches(['.', ',', ';', ':', '"', '\'', '”', '’', '»', '…', ' ']);
        for (open, close) in [('(', ')'), ('[', ']'), ('<', '>'), ('{', '}')] {
            if doi.ends_with(close) && doi.matches(open).count() < doi.matches(close).count() {
                doi = &doi[..doi.len() - 1];
            }
        }
        if doi.len() == before {
            return doi;
        }
    }
}

fn is_bare(doi: &str) -> bool {
    let Some((prefix, suffix)) = doi.split_once('/') else {
        return false;
    };
    let Some(registrant) = prefix.strip_prefix("10.") else {
        return false;
    };
    let digits = |part: &str| {
        !part.is_empty() && part.len() <= 9 && part.bytes().all(|byte| byte.is_ascii_digit())
    };
    let mut parts = registrant.split('.');
    parts
        .next()
        .is_some_and(|first| digits(first) && first.len() >= 4)
        && parts.all(digits)
        && !suffix.is_empty()
        && doi.len() <= MAX
        && !suffix.contains(|c: char| c.is_whitespace() || c.is_control())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("10.1234/ABC", Some("10.1234/abc"))]
    #[case("doi:10.1234/abc.", Some("10.1234/abc"))]
    #[case("DOI: https://doi.org/10.1234/abc", Some("10.1234/abc"))]
    #[case("http://dx.doi.org/10.1234%2Fabc(1)", Some("10.1234/abc(1)"))]
    #[case(
        "10.1016/S0002-9440(10)61234-5)",
        Some("10.1016/s0002-9440(10)61234-5")
    )]
    #[case("info:doi/10.5281/zenodo.1", Some("10.5281/zenodo.1"))]
    #[case(
        "10.1002/(SICI)1099(199612)17:12<1::AID-1>3.0.CO;2-9",
        Some("10.1002/(sici)1099(199612)17:12<1::aid-1>3.0.co;2-9")
    )]
    #[case("DOI : 10.5555/j.jsp.1", Some("10.5555/j.jsp.1"))]
    #[case("DOI=10.1234/abc", Some("10.1234/abc"))]
    #[case("NNT : 10.1234/abc", None)]
    #[case("doing 10.1234/abc", None)]
    #[case("10.1234/", None)]
    #[case("10.12/abc", None)]
    #[case("https://example.org/10.1234/abc", None)]
    #[case("see 10.1234/abc", None)]
    fn parses_what_stands_alone(#[case] raw: &str, #[case] expected: Option<&str>) {
        assert_eq!(Doi::parse(raw).as_deref(), expected);
    }

    #[rstest]
    #[case(
        "Smith (2004). A title. https://doi.org/10.1234/ABC.5.",
        Some("10.1234/abc.5")
    )]
    #[case("pp. 10.12 and (doi:10.5555/x-1), next", Some("10.5555/x-1"))]
    #[case("Almaty, 1997, p. 10.", None)]
    fn finds_one_in_a_reference(#[case] text: &str, #[case] expected: Option<&str>) {
        assert_eq!(Doi::find(text).as_deref(), expected);
    }

    #[test]
    fn signs_that_end_a_path_are_escaped_in_the_url() {
        let doi = Doi::bare("10.1002/a#b?c%d").unwrap();
        assert_eq!(doi.url(), "https://doi.org/10.1002/a%23b%3Fc%25d");
    }

    proptest! {
        #[test]
        fn a_doi_stays_itself(suffix in "[a-z0-9][a-z0-9._()/-]{0,20}[a-z0-9]") {
            let bare = format!("10.1234/{suffix}");
            if let Some(found) = Doi::parse(&bare) {
                prop_assert_eq!(Doi::parse(&found.url()), Some(found.clone()));
                prop_assert_eq!(Doi::parse(&format!("DOI: {}.", found.to_uppercase())), Some(found));
            }
        }

        #[test]
        fn never_panics(raw in "\\PC{0,40}|(https?://|doi:|10\\.|%[0-9a-fé]{2}){1,4}\\PC{0,12}") {
            let _ = Doi::parse(&raw);
            let _ = Doi::find(&raw);
        }
    }
}
