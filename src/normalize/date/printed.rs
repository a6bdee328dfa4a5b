//! Dates in other forms than ISO 8601's.

use super::{from_parts, iso};
use crate::article::PartialDate;

const MONTHS: [&str; 12] = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];

/// A date as people print it.
pub(super) fn parse(text: &str) -> Option<PartialDate> {
    if text.len() > 60 {
        return None;
    }
    interval(text)
        .or_else(|| bracketed(text))
        .or_else(|| day_first(text))
        .or_else(|| in_words(text))
}

/// `2004-05-17/2004-06-01`: what both ends share.
fn interval(text: &str) -> Option<PartialDate> {
    let (from, until) = text.split_once('/')?;
    // `2004/05` is a month
    if from.trim().len() < 7 || until.trim().len() < 7 {
        return None;
    }
    let (from, until) = (iso(from.trim())?.parts()?, iso(until.trim())?.parts()?);
    let year = u32::try_from(from.0).ok().filter(|_| from.0 == until.0)?;
    let month = from.1.filter(|_| from.1 == until.1);
    from_parts(
        year,
        month,
        from.2.filter(|_| month.is_some() && from.2 == until.2),
    )
}

/// `[2004]`, `(2004-05)`, `c2004`, `ca. 2004`, `©2004`
fn bracketed(text: &str) -> Option<PartialDate> {
    let bare = text.trim_matches(['[', ']', '(', ')', '?', '©', ' ']);
    let bare = ["ca.", "ca", "c.", "c"]
        .iter()
        .find_map(|word| bare.strip_prefix(word))
        .unwrap_or(bare)
        .trim();
    if bare.len() == text.len() {
        None
    } else {
        iso(bare)
    }
}

/// `31.12.2004`, `31/12/2004`; with slashes and dashes either may be the month, unless one is above twelve.
fn day_first(text: &str) -> Option<PartialDate> {
    let sign = text.find(['.', '/', '-']).map(|at| &text[at..=at])?;
    let parts: Vec<&str> = text.split(sign).map(str::trim).collect();
    let [first, second, year] = parts.as_slice() else {
        return None;
    };
    let number = |part: &str, longest| {
        let figures =
            !part.is_empty() && part.len() <= longest && part.bytes().all(|b| b.is_ascii_digit());
        figures.then(|| part.parse::<u32>().ok()).flatten()
    };
    let (first, second) = (number(first, 2)?, number(second, 2)?);
    let year = number(year, 4).filter(|year| (1000..=2100).contains(year))?;
    match (first, second) {
        _ if sign == "." => from_parts(year, Some(second), Some(first)),
        (13.., 1..=12) => from_parts(year, Some(second), Some(first)),
        (1..=12, 13..) => from_parts(year, Some(first), Some(second)),
        (1..=12, 1..=12) if first == second => from_parts(year, Some(first), Some(second)),
        (1..=12, 1..=12) => from_parts(year, None, None),
        _ => None,
    }
}

/// `17 May 2004`, `May 17, 2004`, `May 2004`, months whole or cut to three or four letters.
fn in_words(text: &str) -> Option<PartialDate> {
    let words: Vec<&str> = text
        .split([' ', ',', '.'])
        .filter(|word| !word.is_empty())
        .collect();
    let (day, month, year) = match words.as_slice() {
        [month, year] => (None, *month, *year),
        [month, day, year] if month.starts_with(char::is_alphabetic) => (Some(*day), *month, *year),
        [day, month, year] => (Some(*day), *month, *year),
        _ => return None,
    };
    let lower = month.to_lowercase();
    let cut = (3..=4).contains(&lower.len());
    let month = MONTHS
        .iter()
        .position(|name| *name == lower || (cut && name.starts_with(&lower)))?
        + 1;
    let day = match day {
        None => None,
        Some(day) => Some(day.parse::<u32>().ok()?),
    };
    let year = year
        .parse::<u32>()
        .ok()
        .filter(|value| year.len() == 4 && (1000..=2100).contains(value))?;
    from_parts(year, u32::try_from(month).ok(), day)
}
