//! International Standard Serial Numbers.

use super::text_value;

/// An ISSN in its printed form, `1234-567X` (ISO 3297).
///
/// ```
/// use offprint::internals::values::Issn;
///
/// assert_eq!(Issn::parse("e-ISSN: 2002–3839 (online)").unwrap(), "2002-3839");
/// assert_eq!(Issn::parse("2002-3838"), None); // its check digit is wrong
/// assert_eq!(Issn::of_any_check_digit("2002-3838").unwrap(), "2002-3838");
/// assert_eq!(Issn::printed("20023839"), None);
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Issn(String);

text_value!(Issn);

impl Issn {
    /// Parses an ISSN with a right check digit, with or without `ISSN`, `e-ISSN:` before it, a dash within and a note
    /// behind it.
    pub fn parse(raw: &str) -> Option<Self> {
        Self::of_any_check_digit(raw).filter(Self::has_right_check_digit)
    }

    /// Parses as [`parse`](Self::parse) does, and also accepts a wrong check digit.
    pub fn of_any_check_digit(raw: &str) -> Option<Self> {
        let text = raw.trim();
        // `ISSN` further on in a text names something else's.
        let named =
            text.as_bytes().windows(4).take(13).position(|word| {
                matches!(word[0], b'i' | b'I') && word.eq_ignore_ascii_case(b"issn")
            });
        let body = named.map_or(text, |at| {
            text[at + 4..].trim_start_matches(|c: char| !c.is_ascii_digit())
        });
        let body = body
            .split_once('(')
            .map_or(body, |(before, _)| before)
            .trim();
        // most of what is asked about begins with a word
        if !body.starts_with(|c: char| c.is_ascii_digit()) {
            return None;
        }
        let signs = signs(body)?;
        // Eight figures alone may be a date.
        if named.is_none() && body.chars().count() == 8 && is_date(&signs) {
            return None;
        }
        Some(Self([&signs[..4], "-", &signs[4..]].concat()))
    }

    /// Takes a text that has the printed form already; its check digit may be wrong, as the journal printed it.
    pub fn printed(text: &str) -> Option<Self> {
        let is_printed = text.len() == 9
            && text.bytes().enumerate().all(|(at, byte)| match at {
                4 => byte == b'-',
                8 => byte.is_ascii_digit() || byte == b'X',
                _ => byte.is_ascii_digit(),
            });
        is_printed.then(|| Self(text.to_owned()))
    }

    /// Returns whether the last sign is the check digit of the others.
    pub fn has_right_check_digit(&self) -> bool {
        let signs = self.0.chars().filter(|c| *c != '-');
        let sum: u32 = signs
            .zip((1..=8).rev())
            .map(|(c, weight)| c.to_digit(10).unwrap_or(10) * weight)
            .sum();
        sum.is_multiple_of(11) && self.0 != "0000-0000"
    }
}

/// Returns the eight signs without the dash.
fn signs(body: &str) -> Option<String> {
    let mut signs = String::with_capacity(9);
    for c in body.chars() {
        match c {
            '-' | '\u{2010}'..='\u{2015}' | '−' if signs.len() == 4 => {}
            '0'..='9' => signs.push(c),
            'x' | 'X' | 'х' if signs.len() == 7 => signs.push('X'),
            _ => return None,
        }
        if signs.len() > 8 {
            return None;
        }
    }
    (signs.len() == 8).then_some(signs)
}

fn is_date(digits: &str) -> bool {
    let number = |range| {
        digits
            .get(range)
            .and_then(|part: &str| part.parse::<u32>().ok())
            .unwrap_or(0)
    };
    (1900..=2100).contains(&number(0..4))
        && (1..=12).contains(&number(4..6))
        && (1..=31).contains(&number(6..8))
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("2002-3839", Some("2002-3839"))]
    #[case("1404-6091", Some("1404-6091"))]
    #[case("2434-561x", Some("2434-561X"))]
    #[case("e-ISSN: 2002–3839 (online)", Some("2002-3839"))]
    #[case("20023839", Some("2002-3839"))]
    #[case("2002-3838", None)]
    #[case("0000-0000", None)]
    #[case("2002-383", None)]
    #[case("20041231", None)]
    #[case("onlineIssn", None)]
    fn parses_right_check_digits(#[case] raw: &str, #[case] expected: Option<&str>) {
        assert_eq!(Issn::parse(raw).as_deref(), expected);
    }

    #[rstest]
    #[case("2002-3838", Some("2002-3838"))]
    #[case("0000-0000", Some("0000-0000"))]
    #[case("20041231", None)]
    fn accepts_wrong_check_digits_on_request(#[case] raw: &str, #[case] expected: Option<&str>) {
        assert_eq!(Issn::of_any_check_digit(raw).as_deref(), expected);
    }

    proptest::proptest! {
        #[test]
        fn never_panics(raw in "\\PC{0,40}|(issn ?|[0-9]{4}|-|х){1,4}\\PC{0,12}") {
            let _ = Issn::parse(&raw);
        }
    }
}
