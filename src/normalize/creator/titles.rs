//! Words beside a name that are not part of it: honorifics before it, generations behind it.

use crate::normalize::text::is_lower;

/// A suffix that is no part of a family name, as `Neto` and `Junior` are in Portuguese.
pub(super) fn is_generation(word: &str) -> bool {
    let bare = word.trim_end_matches('.');
    matches!(bare, "Jr" | "Sr" | "JR" | "SR" | "II" | "III" | "IV")
}

/// Returns whether a word is a title before a name.
pub(super) fn is_honorific(word: &str) -> bool {
    const WORDS: [&str; 14] = [
        "dr", "dra", "drs", "prof", "profa", "mr", "mrs", "ms", "herr", "frau", "ir", "ing",
        "assoc", "asst",
    ];
    let bare = word.trim_end_matches('.');
    WORDS.iter().any(|known| is_lower(bare, known))
}

/// A title that is no name: a bare `Ing` or `Ms` may be one.
pub(super) fn is_title_word(word: &str) -> bool {
    is_honorific(word) && (word.ends_with('.') || matches!(word, "Dr" | "Prof" | "Mr" | "Mrs"))
}
