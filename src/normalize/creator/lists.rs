//! Several names in one value.

use super::organization::{is_eastern, is_organization};
use super::titles::is_generation;
use crate::normalize::text::is_lower;

/// The names of a value that holds several, `Family, Given` each: joined by semicolons, by `and`, or by commas
/// where the given names are initials. In OJS a semicolon parts an affiliation, so that all given names have
/// to be initials there. `None` where it may be one name.
pub(crate) fn joined_names(value: &str, ojs: bool) -> Option<Vec<String>> {
    if value.contains([';', '；'])
        && let Some(names) = with_affiliations(value)
    {
        return Some(names);
    }
    if !ojs
        && value.starts_with(is_eastern)
        && let Some(names) = eastern(value)
    {
        return Some(names);
    }
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
    if memchr::memchr_iter(b',', value.as_bytes()).count() < 2 {
        return if ojs {
            None
        } else {
            pair(value).or_else(|| whole_pair(value))
        };
    }
    if let Some(names) = undivided(value, ojs) {
        return Some(names);
    }
    if memchr::memchr_iter(b',', value.as_bytes()).count() < 3 {
        return None;
    }
    let words: Vec<&str> = value
        .split(',')
        .map(|word| word.trim().trim_start_matches("& "))
        .collect();
    let names: Vec<String> = words.chunks(2).map(|pair| pair.join(", ")).collect();
    (words.len() >= 4 && names.iter().all(|name| is_name(name) && has_initials(name)))
        .then_some(names)
}

/// The names of a value that lists them as signed, `Jane Doe, Paul Smith`: two words or more each. For software that is
/// known to write them so, since `Smith Jones, Mary Ann` is one name elsewhere.
pub(crate) fn signed_names(value: &str) -> Option<Vec<String>> {
    let parts: Vec<&str> = value
        .split([',', ';'])
        .flat_map(|part| part.split(" and "))
        .map(str::trim)
        .filter(|part| !part.is_empty())
        .collect();
    let is_whole = |part: &&str| {
        (2..=5).contains(&part.split_whitespace().count())
            && !is_organization(part)
            && part
                .split_whitespace()
                .all(|word| word.starts_with(char::is_uppercase))
    };
    (parts.len() > 1 && parts.iter().all(is_whole))
        .then(|| parts.into_iter().map(str::to_owned).collect())
}

/// `홍길동(한국대학교);이영희(서울대학교)`: each name with an affiliation in brackets (KCI).
fn with_affiliations(value: &str) -> Option<Vec<String>> {
    let parts: Vec<&str> = value
        .split([';', '；'])
        .map(str::trim)
        .filter(|part| !part.is_empty())
        .collect();
    let is_affiliated = |part: &&str| {
        part.split_once('(').is_some_and(|(name, rest)| {
            !name.is_empty()
                && !name.contains(',')
                && rest.ends_with(')')
                && rest.matches(')').count() == 1
        })
    };
    (parts.len() > 1 && parts.iter().all(is_affiliated))
        .then(|| parts.into_iter().map(str::to_owned).collect())
}

/// Words between two names.
const CONJUNCTIONS: [&str; 10] = [
    " and ", " & ", " und ", " et ", " y ", " e ", " и ", " та ", " і ", " dan ",
];

/// Two whole names: `Jean Dupont et Marie Martin`. `José Ortega y Gasset` is one.
fn whole_pair(value: &str) -> Option<Vec<String>> {
    if value.contains([',', ';', '(']) || is_organization(value) {
        return None;
    }
    let word = CONJUNCTIONS.iter().find(|word| value.contains(**word))?;
    let parts: Vec<&str> = value.split(word).collect();
    let is_person = |part: &&str| is_whole(part) && !is_organization(part);
    (parts.len() == 2 && parts.iter().all(is_person))
        .then(|| parts.into_iter().map(str::to_owned).collect())
}

/// Two to four words with capitals, and nothing else.
fn is_whole(part: &str) -> bool {
    let words = part.split_whitespace();
    (2..=4).contains(&words.clone().count())
        && words.clone().all(|word| {
            word.starts_with(char::is_uppercase)
                && word
                    .chars()
                    .all(|c| c.is_alphabetic() || matches!(c, '.' | '-' | '\'' | '’'))
        })
}

/// Names in Han, Hangul or Kana: `山田 太郎; 佐藤 花子`, `김철수, 이영희`. A comma may also part family and given name, which
/// are shorter.
fn eastern(value: &str) -> Option<Vec<String>> {
    let names = |separators: &[char]| -> Vec<String> {
        let parts = value.split(separators).map(str::trim);
        parts
            .filter(|part| !part.is_empty())
            .map(str::to_owned)
            .collect()
    };
    let length = |name: &str| name.chars().filter(|c| *c != ' ').count();
    let is_name = |name: &String| {
        name.chars().all(|c| is_eastern(c) || c == ' ')
            && (2..=6).contains(&length(name))
            && !is_organization(name)
    };
    let is_long = |name: &String| {
        let is_hangul = name.starts_with(|c| ('\u{AC00}'..='\u{D7AF}').contains(&c));
        length(name) >= if is_hangul { 3 } else { 4 }
    };
    let parts = if value.contains([',', '，']) {
        Some(names(&[',', '，'])).filter(|parts| parts.iter().all(is_long))?
    } else {
        names(&[';', '；', '、'])
    };
    (parts.len() > 1 && parts.iter().all(is_name)).then_some(parts)
}

/// Two names that their initials show: `Wilson E, Rink G`, `J. Smith and B. Jones`.
fn pair(value: &str) -> Option<Vec<String>> {
    let (first, second) = CONJUNCTIONS
        .iter()
        .chain(&[", "])
        .find_map(|word| value.split_once(word))?;
    let parts = [first.trim(), second.trim()];
    // `Moran III, Ellis A.J.` is one name
    let is_one_style = parts[0].contains('.') == parts[1].contains('.');
    if is_one_style && let [Some(first), Some(second)] = parts.map(family_and_initials) {
        return Some(vec![first, second]);
    }
    let is_signed = |part: &str| {
        let words: Vec<&str> = part.split(' ').collect();
        let Some((family, initials)) = words.split_last() else {
            return false;
        };
        let is_initial = |word: &&str| {
            word.ends_with('.')
                && word.split(['.', '-']).all(|letter| {
                    letter.chars().count() <= 1 && letter.chars().all(char::is_uppercase)
                })
        };
        (1..=3).contains(&initials.len())
            && initials.iter().all(is_initial)
            && family.chars().count() > 1
            && family.starts_with(char::is_uppercase)
            && family
                .chars()
                .all(|c| c.is_alphabetic() || matches!(c, '-' | '\'' | '’'))
    };
    parts
        .iter()
        .all(|part| is_signed(part))
        .then(|| parts.map(str::to_owned).to_vec())
}

/// Names without a comma of their own, joined by commas: `Wilson E, Rink G, Brook KA`, `Parde F., Kirk T. and Mill J.`,
/// and, elsewhere than in OJS, `Joan Benito, Aron Courtland, Ann Roe`. The first two are given as `Wilson, E`.
fn undivided(value: &str, ojs: bool) -> Option<Vec<String>> {
    let value = without_et_al(value);
    let parts: Vec<&str> = value
        .split(',')
        .flat_map(|part| part.split(" and "))
        .flat_map(|part| part.split(" & "))
        .map(|part| {
            part.trim()
                .trim_start_matches("and ")
                .trim_start_matches("& ")
        })
        .filter(|part| !part.is_empty())
        .collect();
    if parts.len() < 3
        || parts
            .iter()
            .any(|part| is_organization(part) || part.contains(|c: char| c.is_ascii_digit()))
    {
        return None;
    }
    let abbreviated: Option<Vec<String>> =
        parts.iter().map(|part| family_and_initials(part)).collect();
    if abbreviated.is_some() {
        return abbreviated;
    }
    (!ojs && parts.iter().all(|part| is_whole(part)))
        .then(|| parts.into_iter().map(str::to_owned).collect())
}

/// `Brook KA` as `Brook, KA`.
fn family_and_initials(part: &str) -> Option<String> {
    let (family, initials) = part.rsplit_once(' ')?;
    let letters: Vec<char> = initials
        .chars()
        .filter(|c| !matches!(c, '.' | '-'))
        .collect();
    let is_initials = !is_generation(initials)
        && (1..=3).contains(&letters.len())
        && letters.iter().all(|c| c.is_uppercase())
        && (initials.contains('.') || letters.len() == initials.chars().count());
    let is_family = family.chars().count() > 1
        && family.starts_with(char::is_uppercase)
        && family.contains(char::is_lowercase)
        && !family.contains('.');
    (is_initials && is_family).then(|| format!("{family}, {initials}"))
}

/// The value without `et al.` or its like at the end.
pub(super) fn without_et_al(value: &str) -> &str {
    const WORDS: [&str; 9] = [
        "et al.",
        "et al",
        "et. al.",
        "and others",
        "& others",
        "и др.",
        "y otros",
        "u.a.",
        "у др.",
    ];
    WORDS
        .iter()
        .find_map(|word| {
            let (head, tail) = value.split_at_checked(value.len().checked_sub(word.len())?)?;
            // a text whose small letters are longer is left as it is
            if !is_lower(tail, word) || value.to_lowercase().len() != value.len() {
                return None;
            }
            // a word of its own, behind a name
            (head.ends_with([' ', ',']) && head.contains(char::is_alphabetic))
                .then(|| head.trim_end_matches([' ', ',', ';']))
        })
        .unwrap_or(value)
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
    #[case("Wilson E, Rink G, Brook KA", false, &["Wilson, E", "Rink, G", "Brook, KA"])]
    #[case("Wilson E, Rink G", false, &["Wilson, E", "Rink, G"])]
    #[case("Иванов И.И. и Петров П.П.", false, &["Иванов, И.И.", "Петров, П.П."])]
    #[case("Jean Dupont et Marie Martin", false, &["Jean Dupont", "Marie Martin"])]
    #[case("山田 太郎; 佐藤 花子", false, &["山田 太郎", "佐藤 花子"])]
    #[case("김철수, 이영희", false, &["김철수", "이영희"])]
    #[case("山田, 太郎; 佐藤, 花子", false, &["山田, 太郎", "佐藤, 花子"])]
    #[case("J. Smith and B.-K. Jones", false, &["J. Smith", "B.-K. Jones"])]
    #[case("Parde F., Kirk T., Mill J. and Whit D.", false, &["Parde, F.", "Kirk, T.", "Mill, J.", "Whit, D."])]
    #[case("Joan Benito, Aron Courtland, Ann Roe", false, &["Joan Benito", "Aron Courtland", "Ann Roe"])]
    #[case("홍길동(한국대학교);이영희(서울대학교)", false, &["홍길동(한국대학교)", "이영희(서울대학교)"])]
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
    #[case("Joan Benito, Aron Courtland, Ann Roe", true)]
    #[case("Doe, Jane, Mary", false)]
    #[case("Wilson E, Rink G", true)]
    #[case("Wilson Rink, G.", false)]
    #[case("Smith and Jones", false)]
    #[case("J. Smith, Ltd.", false)]
    #[case("José Ortega y Gasset", false)]
    #[case("Moran III, Ellis A.J.", false)]
    #[case("Moran III, Ellis AJ", false)]
    #[case("John and Mary Smith", false)]
    #[case("Department of Seams and Faculty of Joints", false)]
    #[case("歐陽, 小明", false)]
    #[case("佐々木, 健太郎", false)]
    #[case("남궁, 민수", false)]
    #[case("Lakeside Map Collection, Lakeside College Library, Boston", false)]
    #[case("van der Berg, Jan, Utrecht", false)]
    fn one(#[case] value: &str, #[case] ojs: bool) {
        assert_eq!(joined_names(value, ojs), None);
    }
}
