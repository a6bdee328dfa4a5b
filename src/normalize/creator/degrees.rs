//! Academic degrees behind a name: `Roe, Ann, Ph.D.`

use crate::normalize::text::is_lower;

/// Degrees without their full stops, in lower case. `MA` and `MD` alone may be initials: they need a comma before them.
const DEGREES: [&str; 24] = [
    "phd", "dphil", "md", "ma", "msc", "ms", "mba", "mph", "bsc", "ba", "dds", "dmd", "rn", "jd",
    "llm", "llb", "edd", "dsc", "frcp", "frcs", "pharmd", "psyd", "dvm", "facs",
];

/// Letters of the longest of them.
const LONGEST: usize = 6;

/// The name without degrees behind its given name. The name as received stays in the article.
pub(super) fn without_degrees(name: &str) -> &str {
    let mut name = without_bracketed_titles(name.trim_end());
    while let Some((head, last)) = name.rsplit_once(',')
        && head.contains(',')
        && is_degree(last)
    {
        name = head.trim_end();
    }
    // `Robert Jones, Ph.D.`; `García Pérez, M.A.` may be initials
    if let Some((head, last)) = name.rsplit_once(',')
        && !head.contains(',')
        && head.trim().contains(' ')
        && is_degree(last)
        && last.chars().filter(|c| c.is_alphabetic()).count() >= 3
    {
        name = head.trim_end();
    }
    // sure without a comma too
    for degree in [" Ph.D.", " PhD", " Ph. D."] {
        if let Some(head) = name.strip_suffix(degree)
            && head.trim_end_matches(',').contains(',')
        {
            name = head.trim_end_matches([',', ' ']);
        }
    }
    name
}

/// Words of academic titles, without their full stops, in lower case.
const TITLES: [&str; 24] = [
    "prof",
    "dr",
    "drs",
    "phd",
    "pd",
    "apl",
    "em",
    "jun",
    "univ",
    "hon",
    "habil",
    "mag",
    "dipl",
    "ing",
    "priv",
    "doz",
    "rer",
    "nat",
    "phil",
    "med",
    "jur",
    "hc",
    "msc",
    "professor",
];

/// The name without titles in brackets at its end: `Schulze, Peter (Prof. Dr.)` (OPUS).
fn without_bracketed_titles(name: &str) -> &str {
    let Some((head, inner)) = name
        .strip_suffix(')')
        .and_then(|name| name.rsplit_once('('))
    else {
        return name;
    };
    let mut words = inner
        .split(|c: char| c.is_whitespace() || matches!(c, '.' | '-' | ','))
        .filter(|word| !word.is_empty())
        .peekable();
    let is_known = |word: &str| TITLES.iter().any(|title| is_lower(word, title));
    let is_title = words.peek().is_some() && words.all(is_known);
    if is_title { head.trim_end() } else { name }
}

fn is_degree(text: &str) -> bool {
    let letters = text.chars().filter(|c| !c.is_whitespace() && *c != '.');
    // most are longer than any degree
    if letters.clone().nth(LONGEST).is_some() {
        return false;
    }
    let bare: String = letters.collect();
    DEGREES.iter().any(|degree| is_lower(&bare, degree))
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("Roe, Ann, Ph.D.", "Roe, Ann")]
    #[case("Roe, Ann, MD, MPH", "Roe, Ann")]
    #[case("Roe, Ann PhD", "Roe, Ann")]
    #[case("Robert Jones, Ph.D.", "Robert Jones")]
    #[case("Schulze, Peter (Prof. Dr.)", "Schulze, Peter")]
    #[case("Schulze, Peter (Priv.-Doz. Dr. med.)", "Schulze, Peter")]
    fn degrees_are_left_out(#[case] name: &str, #[case] bare: &str) {
        assert_eq!(without_degrees(name), bare);
    }

    #[rstest]
    #[case::family_name("Ma, Ann")]
    #[case::given_name("Roe, Ma")]
    #[case::initials("Roe, Ann M.D.")]
    #[case::suffix("Roe, Ann, Jr.")]
    #[case::called("Roe, Ann (Nan)")]
    #[case::nothing("Roe, Ann ()")]
    #[case::two_family_names("García Pérez, M.A.")]
    fn other_words_stay(#[case] name: &str) {
        assert_eq!(without_degrees(name), name);
    }
}
