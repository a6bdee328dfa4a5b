//! Titles of journals, abbreviated and in full.

/// Words that abbreviated titles leave out.
const SMALL: [&str; 24] = [
    "a", "an", "and", "as", "at", "by", "d", "da", "de", "der", "des", "di", "do", "du", "e", "et",
    "for", "für", "in", "l", "la", "of", "on", "the",
];

/// Returns whether a title is another one with its words cut short, as ISO 4 does: `Appl. Phys. Lett.`
pub(super) fn abbreviates(short: &str, long: &str) -> bool {
    let words = |text: &str| -> Vec<String> {
        text.to_lowercase()
            .split(|c: char| !c.is_alphanumeric())
            .filter(|word| !word.is_empty() && !SMALL.contains(word))
            .map(str::to_owned)
            .collect()
    };
    if short.len() >= long.len() {
        return false;
    }
    let (short, long) = (words(short), words(long));
    let is_cut = |(short, long): (&String, &String)| {
        let mut letters = long.chars();
        // `Mtg` is `Meeting`: its letters in order, the first one first
        long.starts_with(short.as_str())
            || (long.chars().next() == short.chars().next()
                && short.chars().all(|c| letters.any(|other| other == c)))
    };
    short.len() >= 2 && short.len() == long.len() && short.iter().zip(&long).all(is_cut)
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("Appl Phys Lett", "Applied Physics Letters")]
    #[case("J. Seams", "Journal of Seams")]
    #[case(
        "Proc Natl Acad Sci USA",
        "Proceedings of the National Academy of Sciences USA"
    )]
    #[case("Rev. Bras. Educ.", "Revista Brasileira de Educação")]
    fn words_are_cut_short(#[case] short: &str, #[case] long: &str) {
        assert!(abbreviates(short, long));
    }

    #[rstest]
    #[case::same("Journal of Seams", "Journal of Seams")]
    #[case::others("Appl Phys Lett", "Journal of Applied Physics")]
    #[case::longer("J Seams", "Journal of Seams and Joints")]
    #[case::one_word("Phys", "Physics")]
    fn other_titles_are_no_longer_form(#[case] short: &str, #[case] long: &str) {
        assert!(!abbreviates(short, long));
    }
}
