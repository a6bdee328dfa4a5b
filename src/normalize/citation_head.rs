//! The head of a citation: what stands before the part that reads as an issue.

/// Returns whether a value has a part that reads as an issue behind a semicolon, as OJS writes its citations.
pub(super) fn has_issue_part(value: &str) -> bool {
    value.contains("; ") && before_issue(value).is_some()
}

/// The part of a citation before the first part that reads as an issue.
pub(super) fn before_issue(value: &str) -> Option<&str> {
    value.match_indices(';').find_map(|(at, _)| {
        let title = value[..at].trim();
        let next = value[at + 1..].split(';').next().unwrap_or("").trim();
        (!title.is_empty() && (reads_as_issue(next) || value[at + 1..].trim().is_empty()))
            .then_some(title)
    })
}

/// `Vol. 5 No. 6 (2004)`, `2004`, `No 2`, `(2004): Title`: a year in parentheses, a year alone, or a number
/// behind one short word.
fn reads_as_issue(part: &str) -> bool {
    let is_year = |word: &str| word.len() == 4 && word.bytes().all(|b| b.is_ascii_digit());
    let in_parentheses = part.match_indices('(').any(|(at, _)| {
        part[at + 1..]
            .split(')')
            .next()
            .is_some_and(|inner| is_year(inner.trim()))
    });
    if in_parentheses || is_year(part) {
        return true;
    }
    let mut words = part.split_whitespace();
    let (Some(label), Some(number)) = (words.next(), words.next()) else {
        return false;
    };
    (label.starts_with("##")
        || (label.chars().count() <= 9 && !label.starts_with(|c: char| c.is_ascii_digit())))
        && number.starts_with(|c: char| c.is_ascii_digit())
}
