//! ORCID iDs.

use super::{strip_ignoring_case, text_value, without_scheme};

/// Where ORCID iDs resolve.
const BASE: &str = "https://orcid.org/";

/// An ORCID iD as a full URL, with a right check digit (ISO 27729; ISO 7064 MOD 11-2).
///
/// ```
/// use offprint::internals::values::Orcid;
///
/// let orcid = Orcid::parse("0000-0002-1825-0097").unwrap();
/// assert_eq!(orcid, "https://orcid.org/0000-0002-1825-0097");
/// assert_eq!(orcid.id(), "0000-0002-1825-0097");
/// assert_eq!(Orcid::parse("0000-0002-1825-0098"), None);
/// assert_eq!(Orcid::url("0000-0002-1825-0097"), None);
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Orcid(String);

text_value!(Orcid);

impl Orcid {
    /// Parses an ORCID iD that is bare, behind `orcid:`, or a URL.
    pub fn parse(raw: &str) -> Option<Self> {
        // fifteen figures and a check digit; most names have none
        if raw.bytes().filter(u8::is_ascii_digit).count() < 15 {
            return None;
        }
        let text = without_scheme(raw.trim().trim_end_matches(['/', '.']));
        let text = strip_ignoring_case(text, "www.").unwrap_or(text);
        let text = ["orcid.org/", "orcid:", "orcid "]
            .iter()
            .find_map(|prefix| strip_ignoring_case(text, prefix))
            .unwrap_or(text)
            .trim();
        let signs: Vec<char> = text
            .chars()
            .filter(|c| !matches!(c, '-' | '\u{2010}'..='\u{2015}' | ' '))
            .collect();
        if signs.len() != 16 || text.chars().count() > 19 {
            return None;
        }
        let check = check_digit(&signs[..15])?;
        if signs[15].to_ascii_uppercase() != check || signs.iter().all(|c| *c == '0') {
            return None;
        }
        let signs: String = signs.iter().map(char::to_ascii_uppercase).collect();
        let groups = [&signs[..4], &signs[4..8], &signs[8..12], &signs[12..]];
        Some(Self(format!("{BASE}{}", groups.join("-"))))
    }

    /// Takes a text that is the full URL already.
    pub fn url(text: &str) -> Option<Self> {
        Self::parse(text).filter(|orcid| orcid.0 == text)
    }

    /// Returns the bare iD: `0000-0002-1825-0097`.
    pub fn id(&self) -> &str {
        self.0.strip_prefix(BASE).unwrap_or(&self.0)
    }
}

/// Returns the check digit of fifteen figures by ISO 7064 MOD 11-2.
fn check_digit(digits: &[char]) -> Option<char> {
    let mut total = 0;
    for c in digits {
        total = (total + c.to_digit(10)?) * 2;
    }
    match (12 - total % 11) % 11 {
        10 => Some('X'),
        digit => char::from_digit(digit, 10),
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("0000-0002-1825-0097", Some("https://orcid.org/0000-0002-1825-0097"))]
    #[case(
        "http://orcid.org/0000-0002-1694-233x",
        Some("https://orcid.org/0000-0002-1694-233X")
    )]
    #[case(
        "https://www.orcid.org/0000000218250097/",
        Some("https://orcid.org/0000-0002-1825-0097")
    )]
    #[case("0000-0002-1825-0098", None)]
    #[case("0000-0000-0000-0000", None)]
    #[case("https://example.org/0000-0002-1825-0097", None)]
    fn parses_right_check_digits(#[case] raw: &str, #[case] expected: Option<&str>) {
        assert_eq!(Orcid::parse(raw).as_deref(), expected);
    }

    proptest::proptest! {
        #[test]
        fn never_panics(raw in "\\PC{0,40}|(https?://|orcid|[0-9]{4}|-|é){1,6}") {
            let _ = Orcid::parse(&raw);
        }
    }
}
