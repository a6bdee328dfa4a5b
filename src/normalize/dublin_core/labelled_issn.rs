//! ISSNs with a word on what they are.

use crate::normalize::description::Medium;
use crate::values::Issn;

/// Words for the medium of an ISSN, in lower case.
const ELECTRONIC: [&str; 22] = [
    "e",
    "eissn",
    "online",
    "onlineissn",
    "issnonline",
    "electronic",
    "electronicissn",
    "electrónico",
    "electrónica",
    "eletrônico",
    "eletrónico",
    "eletrônica",
    "électronique",
    "elettronico",
    "elektronisch",
    "elektronik",
    "elektroniczny",
    "digital",
    "web",
    "ligne",
    "электронный",
    "онлайн",
];
const PRINT: [&str; 16] = [
    "p",
    "pissn",
    "print",
    "printed",
    "printissn",
    "issnprint",
    "impreso",
    "impresa",
    "impresso",
    "impressa",
    "imprimé",
    "gedruckt",
    "basılı",
    "papier",
    "paper",
    "печатный",
];
/// Words that may stand beside.
const NEUTRAL: [&str; 13] = [
    "issn",
    "issne",
    "issnp",
    "issnl",
    "l",
    "linking",
    "urn",
    "en",
    "línea",
    "version",
    "versión",
    "issnelectronic",
    "media",
];

/// Several ISSNs in one text, at least one of them with a word on what it is: `0975-0959 (Online); 0301-1208 (Print)`.
/// Empty where a part is no ISSN.
pub(super) fn labelled_issns(raw: &str) -> Vec<(Medium, &str)> {
    let parts = || raw.split([';', ',', '/']).map(str::trim);
    if parts().count() < 2 {
        return labelled_issn(raw).into_iter().collect();
    }
    let mut is_labelled = false;
    let found: Option<Vec<(Medium, &str)>> = parts()
        .map(|part| {
            let labelled = labelled_issn(part);
            is_labelled |= labelled.is_some();
            labelled.or_else(|| Issn::of_any_check_digit(part).map(|_| (Medium::Unknown, part)))
        })
        .collect();
    found.filter(|_| is_labelled).unwrap_or_default()
}

/// An ISSN with a word on what it is, before or behind it: `ISSN 1234-5678`, `eISSN: …`, `urn:ISSN:…`,
/// `1234-5678 (online)`. The medium and the number; `None` without such a word, and where other words stand beside.
pub(super) fn labelled_issn(raw: &str) -> Option<(Medium, &str)> {
    if raw.len() > 60 {
        return None;
    }
    let start = raw.find(|c: char| c.is_ascii_digit())?;
    let number = &raw[start..];
    let end = number
        .find(|c: char| {
            !(c.is_ascii_digit() || matches!(c, 'x' | 'X' | '-' | '‐' | '‑' | '–' | '−'))
        })
        .unwrap_or(number.len());
    let (number, behind) = number.split_at(end);
    if number.chars().filter(char::is_ascii_alphanumeric).count() != 8 {
        return None;
    }
    // Two numbers are two ISSNs.
    if behind.contains(|c: char| c.is_ascii_digit()) {
        return None;
    }
    let mut medium = None;
    let mut named = false;
    let words = raw[..start].split(|c: char| !c.is_alphabetic());
    for word in words.chain(behind.split(|c: char| !c.is_alphabetic())) {
        let word = word.to_lowercase();
        if word.is_empty() {
            continue;
        }
        if ELECTRONIC.contains(&word.as_str()) || word == "issne" {
            medium = medium.or(Some(Medium::Electronic));
        } else if PRINT.contains(&word.as_str()) || word == "issnp" {
            medium = medium.or(Some(Medium::Print));
        } else if !NEUTRAL.contains(&word.as_str()) {
            return None;
        }
        named |= word.contains("issn");
    }
    // a bare number with a dash is an ISSN; without one it may be a date
    let is_issn = named || number.len() > 8;
    (is_issn && (named || medium.is_some())).then(|| (medium.unwrap_or(Medium::Unknown), number))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_of_issns() {
        assert!(matches!(
            labelled_issn("eISSN: 2002-3839"),
            Some((Medium::Electronic, "2002-3839"))
        ));
        assert!(matches!(
            labelled_issn("urn:ISSN:1404-6091"),
            Some((Medium::Unknown, "1404-6091"))
        ));
        assert_eq!(
            labelled_issn("0017-5749 (Print)"),
            Some((Medium::Print, "0017-5749"))
        );
        assert_eq!(
            labelled_issn("1521-3773 electrónico"),
            Some((Medium::Electronic, "1521-3773"))
        );
        for other in [
            "Journal 5",
            "2049-3630",
            "Vol 2049-3630",
            "p 20493630",
            "Online 2012-2013 edition",
        ] {
            assert!(labelled_issn(other).is_none(), "{other}");
        }
    }
}
