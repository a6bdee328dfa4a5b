//! Text after a name in the same value: an affiliation, an ORCID iD.

use super::organization::is_organization;
use crate::values::Orcid;

/// Returns whether a text is an affiliation and no name: an organisation is named in it.
pub(super) fn is_affiliation(text: &str) -> bool {
    text.split([',', ';', '.'])
        .any(|part| is_organization(part.trim()))
}

/// The name without an affiliation in brackets (`John Smith (University of X)`) or behind a comma
/// (`John Smith, University of X`), and that affiliation. An organisation's own name stays whole.
pub(super) fn without_affiliation(name: &str) -> (&str, Option<&str>) {
    if let Some((head, inner)) = name
        .strip_suffix(')')
        .and_then(|rest| rest.rsplit_once('('))
        && !head.trim().is_empty()
        && !is_organization(head)
        && (is_affiliation(inner) || is_eastern_affiliation(head, inner))
    {
        return (head.trim(), Some(inner.trim()));
    }
    // `Silva, J. A. [UNESP]`: the letters of a body
    if let Some((head, inner)) = name
        .strip_suffix(']')
        .and_then(|rest| rest.rsplit_once('['))
        && head.trim_end().contains(' ')
        && (is_acronym(inner.trim()) || is_affiliation(inner))
    {
        return (head.trim(), Some(inner.trim()));
    }
    if let Some((head, rest)) = name.split_once(',')
        // `Group, Study` is a name of one word: what is left must be a person's
        && head.split_whitespace().count() > 1
        && !is_organization(name)
        && is_organization(rest.trim())
    {
        return (head.trim(), Some(rest.trim()));
    }
    // `Roe, Ann, University of Bern`: behind the given name
    if let Some((family, rest)) = name.split_once(',')
        && let Some((given, place)) = rest.split_once(',')
        && !given.trim().is_empty()
        && !is_organization(family)
        && !is_organization(given.trim())
        && place.trim().contains(' ')
        && is_organization(place.trim())
    {
        return (
            name[..family.len() + 1 + given.len()].trim(),
            Some(place.trim()),
        );
    }
    (name, None)
}

/// `UNESP`, `USP-RP`
fn is_acronym(text: &str) -> bool {
    (3..=12).contains(&text.len())
        && text.starts_with(char::is_alphabetic)
        && text
            .chars()
            .all(|c| c.is_uppercase() || matches!(c, '-' | '/'))
}

/// `홍길동(한국대학교)`: a whole name in Han, Hangul or Kana with a longer one in brackets.
fn is_eastern_affiliation(head: &str, inner: &str) -> bool {
    let is_eastern = |text: &str| {
        text.chars()
            .filter(|c| !c.is_whitespace())
            .all(super::organization::is_eastern)
    };
    is_eastern(head) && is_eastern(inner) && head.chars().count() <= 5 && inner.chars().count() >= 4
}

/// The name without an ORCID iD behind it, bare, as a URL or in brackets; and the iD, when its check digit is
/// right.
pub(super) fn without_orcid(name: &str) -> (&str, Option<String>) {
    let end = name.trim_end_matches([')', ']', '>', ' ', '.']);
    let start = end
        .rfind(|c: char| c.is_whitespace() || matches!(c, '(' | '[' | '<'))
        .map_or(0, |at| at + 1);
    // the last sign before may have several bytes
    let Some(word) = end.get(start..) else {
        return (name, None);
    };
    let Some(orcid) = Orcid::parse(word) else {
        return (name, None);
    };
    let mut head = name[..start].trim_end_matches(['(', '[', '<', ' ', ',', ';', ':', '-', '–']);
    if let Some(before) = head
        .len()
        .checked_sub(5)
        .and_then(|at| head.get(at..).map(|word| (at, word)))
        && before.1.eq_ignore_ascii_case("orcid")
    {
        head = head[..before.0].trim_end_matches(['(', '[', '<', ' ', ',', ';']);
    }
    if head.is_empty() {
        (name, None)
    } else {
        (head, Some(orcid.into()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn affiliations() {
        assert!(is_affiliation("Dept. of Law, University of X"));
        assert!(!is_affiliation("Doe, Jane"));
        assert_eq!(
            without_affiliation("Smith, John (ed.)"),
            ("Smith, John (ed.)", None)
        );
        assert_eq!(
            without_affiliation("Roe, Ann, University of Bern"),
            ("Roe, Ann", Some("University of Bern"))
        );
        for whole in [
            "Team, Editorial",
            "Roe, Ann, Jr.",
            "Roe, Ann, College",
            "Roe, Ann, Baroness of Bern",
        ] {
            assert_eq!(without_affiliation(whole), (whole, None));
        }
    }

    #[test]
    fn an_orcid_alone_is_not_a_name() {
        let alone = "https://orcid.org/0000-0002-1825-0097";
        assert_eq!(without_orcid(alone), (alone, None));
        assert_eq!(without_orcid("王　小明"), ("王　小明", None));
    }
}
