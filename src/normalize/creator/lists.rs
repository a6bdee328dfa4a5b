//! Several names in one value.

use super::is_organization;

/// The names of a value that holds several, `Family, Given` each: joined by semicolons, by `and`, or by commas
/// where the given names are initials. In OJS a semicolon parts an affiliation, so that all given names have
/// to be initials there. `None` where it may be one name.
pub(crate) fn joined_names(value: &str, ojs: bool) -> Option<Vec<String>> {
    if value.contains(';') {
        let parts: Vec<&str> = value
            .split(';')
            .map(str::trim)
            .filter(|part| !part.is_empty())
            .collect();
        if parts.len() > 1 {
            let names = parts
                .iter()
                .all(|part| is_name(part) && (!ojs || has_initials(part)));
            return names.then(|| parts.into_iter().map(str::to_owned).collect());
        }
    }
    for word in [" and ", " & "]
        .into_iter()
        .filter(|word| value.contains(*word))
    {
        let parts: Vec<&str> = value.split(word).map(str::trim).collect();
        if parts.iter().all(|part| is_name(part)) {
            return Some(parts.into_iter().map(str::to_owned).collect());
        }
    }
    // most values hold one name, and its one comma
    if memchr::memchr_iter(b',', value.as_bytes()).count() < 3 {
        return None;
    }
    let words: Vec<&str> = value.split(',').map(str::trim).collect();
    let names: Vec<String> = words.chunks(2).map(|pair| pair.join(", ")).collect();
    (words.len() >= 4 && names.iter().all(|name| is_name(name) && has_initials(name)))
        .then_some(names)
}

fn is_name(part: &str) -> bool {
    part.matches(',').count() == 1
        && part.split_whitespace().count() <= 5
        && !part.chars().any(|c| c.is_ascii_digit())
        && !is_organization(part)
        && part
            .split(',')
            .all(|half| half.contains(char::is_alphabetic))
}

/// `Family, J. R.`
fn has_initials(part: &str) -> bool {
    part.split_once(',').is_some_and(|(family, given)| {
        let initials = given.split(|c: char| c.is_whitespace() || matches!(c, '.' | '-'));
        family.chars().count() > 1
            && given.contains('.')
            && initials.clone().any(|initial| !initial.is_empty())
            && initials
                .filter(|initial| !initial.is_empty())
                .all(|initial| {
                    initial.chars().count() <= 2 && initial.starts_with(char::is_uppercase)
                })
    })
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("Doe, J.; Roe, R. A.", false, &["Doe, J.", "Roe, R. A."])]
    #[case("Doe, J.; Roe, R. A.", true, &["Doe, J.", "Roe, R. A."])]
    #[case("Doe, Jane; Roe, Richard", false, &["Doe, Jane", "Roe, Richard"])]
    #[case("González, A. B., Pérez, C. D.", true, &["González, A. B.", "Pérez, C. D."])]
    #[case("Smith, John and Doe, Jane", true, &["Smith, John", "Doe, Jane"])]
    fn several(#[case] value: &str, #[case] ojs: bool, #[case] names: &[&str]) {
        assert_eq!(
            joined_names(value, ojs).as_deref(),
            Some(
                names
                    .iter()
                    .map(|&n| n.to_owned())
                    .collect::<Vec<_>>()
                    .as_slice()
            )
        );
    }

    #[rstest]
    // a town behind a semicolon, in OJS
    #[case("Doe, Jane; Oxford, England", true)]
    #[case("Doe, J.; University of X", false)]
    #[case("Doe, J.", false)]
    #[case("King, Martin Luther, Jr.", true)]
    #[case("Smith and Sons, Ltd", true)]
    #[case("University of X, Faculty of Law and Society, Y", true)]
    fn one(#[case] value: &str, #[case] ojs: bool) {
        assert_eq!(joined_names(value, ojs), None);
    }
}
