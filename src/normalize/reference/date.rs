//! Dates within an issue, of which only the year is wanted.

use crate::article::Precision;
use crate::normalize::date;

pub(super) fn year(word: &str) -> Option<i32> {
    let value = (word.len() == 4 && word.bytes().all(|b| b.is_ascii_digit()))
        .then(|| word.parse().ok())
        .flatten()?;
    (1500..=2100).contains(&value).then_some(value)
}

/// `(2004)`, `(Mar 2010)`, `2016-01-01`, `2004`, `December 2010`, `2004 Dec 15`: the year, and what is behind.
pub(super) fn date_at_start(text: &str) -> Option<(i32, &str)> {
    if let Some(inner) = text.strip_prefix(['(', '[']) {
        let (inner, after) = inner.split_once([')', ']'])?;
        if inner.len() > 30 {
            return None;
        }
        return date::parse(inner.trim())
            .and_then(|date| date.parts())
            .map(|(year, _, _)| (year, after));
    }
    // whole date, then words, then a year alone
    let ends = text
        .char_indices()
        .filter(|(_, c)| c.is_whitespace() || matches!(c, ',' | ';' | ':' | ')' | '.' | '،'))
        .map(|(at, _)| at)
        .chain([text.len()])
        .take(4);
    ends.filter_map(|end| {
        let word = text[..end].trim_end_matches(['.', ',', '،']);
        let has_year = word
            .split(|c: char| !c.is_ascii_digit())
            .any(|part| year(part).is_some());
        let date = date::parse(word).filter(|_| has_year)?;
        // words around a year alone are none of the date's
        let is_plain = !word.contains(char::is_whitespace)
            || date.precision != Precision::Year
            || is_season(word);
        let (year, _, _) = date.parts().filter(|_| is_plain)?;
        Some((year, &text[end..]))
    })
    .last()
}

/// `2012 Sep-Oct`, `set./dez. 2012`, `jan./jun. 2012`: a year with a span of months, which has no day.
pub(super) fn months_at_start(text: &str) -> Option<(i32, &str)> {
    let ends = [';', ',', ':', '<'];
    let (first, rest) = text.split_once(char::is_whitespace)?;
    let rest = rest.trim_start();
    let end = rest
        .find(|c: char| c.is_whitespace() || ends.contains(&c))
        .unwrap_or(rest.len());
    let (second, after) = rest.split_at(end);
    let (months, value) = match (year(first), year(second.trim_end_matches('.'))) {
        (Some(value), None) => (second, value),
        (None, Some(value)) => (first, value),
        _ => return None,
    };
    let (from, to) = months.split_once(['-', '–', '/'])?;
    let is_month = |word: &str| {
        let word = word.trim_end_matches('.');
        word.chars().count() >= 3
            && date::parse(&format!("{word} 2000"))
                .is_some_and(|date| date.precision == Precision::Month)
    };
    (!first.contains(ends) && is_month(from) && is_month(to)).then_some((value, after))
}

/// `Winter 2005`, `2005 Fall`
fn is_season(text: &str) -> bool {
    const SEASONS: [&str; 17] = [
        "spring",
        "summer",
        "fall",
        "autumn",
        "winter",
        "printemps",
        "été",
        "automne",
        "hiver",
        "primavera",
        "verano",
        "otoño",
        "invierno",
        "frühjahr",
        "sommer",
        "herbst",
        "inverno",
    ];
    let is_known =
        |word: &&str| SEASONS.contains(&word.trim_end_matches([',', '.']).to_lowercase().as_str());
    let words: Vec<&str> = text.split_whitespace().collect();
    words.first().is_some_and(is_known) || (words.len() == 2 && is_known(&words[1]))
}
