//! Dates in other forms than ISO 8601's.

use super::iso::{self, from_parts};
use crate::article::PartialDate;

/// Months from January on, in English, Spanish, Portuguese, French, German, Italian, Russian (both cases), Ukrainian,
/// Turkish, Polish, Dutch and Indonesian.
const MONTHS: [&str; 12] = [
    "january enero janeiro janvier januar gennaio январь января січня ocak stycznia januari",
    "february febrero fevereiro février februar febbraio февраль февраля лютого şubat lutego februari",
    "march marzo março mars märz marzo март марта березня mart marca maart maret",
    "april abril avril aprile апрель апреля квітня nisan kwietnia",
    "may mayo maio mai maggio май мая травня mayıs maja mei",
    "june junio junho juin juni giugno июнь июня червня haziran czerwca",
    "july julio julho juillet juli luglio июль июля липня temmuz lipca",
    "august agosto août август августа серпня ağustos sierpnia augustus agustus",
    "september septiembre setiembre setembro septembre settembre сентябрь сентября вересня eylül września",
    "october octubre outubro octobre oktober ottobre октябрь октября жовтня ekim października",
    "november noviembre novembro novembre ноябрь ноября листопада kasım listopada",
    "december diciembre dezembro décembre dezember dicembre декабрь декабря грудня aralık grudnia desember",
];

/// Words between the parts of a date.
const FILLERS: [&str; 9] = ["de", "del", "of", "the", "г", "года", "року", "den", "em"];

/// A date as people print it.
pub(super) fn parse(text: &str) -> Option<PartialDate> {
    if text.len() > 60 {
        return None;
    }
    interval(text)
        .or_else(|| bracketed(text))
        .or_else(|| without_zone(text))
        .or_else(|| of_mail(text))
        .or_else(|| month_first(text))
        .or_else(|| day_first(text))
        .or_else(|| in_signs(text))
        .or_else(|| in_words(text))
        .or_else(|| year_among_words(text))
}

/// `2012-02-03+01:00`: a date of XML Schema with its zone.
fn without_zone(text: &str) -> Option<PartialDate> {
    let (date, zone) = text.split_at_checked(10)?;
    let is_zone = zone == "Z"
        || (zone.len() == 6
            && zone.starts_with(['+', '-'])
            && zone.as_bytes().get(3) == Some(&b':'));
    is_zone.then(|| iso::parse(date)).flatten()
}

/// `Mon, 1 Jan 2001 10:11:12 GMT`: the date of a message (RFC 5322).
fn of_mail(text: &str) -> Option<PartialDate> {
    let (weekday, rest) = text.split_once(", ")?;
    let mut words = rest.split_whitespace();
    let (day, month, year) = (words.next()?, words.next()?, words.next()?);
    let is_mail = weekday.len() == 3
        && weekday.chars().all(char::is_alphabetic)
        && words.next().is_some_and(|time| time.contains(':'));
    is_mail
        .then(|| in_words(&[day, month, year].join(" ")))
        .flatten()
}

/// `12/2004`, `07.1973`
fn month_first(text: &str) -> Option<PartialDate> {
    let (month, year) = text.split_once(['/', '.', '-'])?;
    let figures = |part: &str, longest| {
        part.len() <= longest && !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit())
    };
    if !figures(month, 2) || !figures(year, 4) || year.len() != 4 {
        return None;
    }
    let year = year
        .parse()
        .ok()
        .filter(|year| (1000..=2100).contains(year))?;
    from_parts(
        year,
        Some(month.parse().ok().filter(|month| *month > 0)?),
        None,
    )
}

/// `2004年12月31日`, `2004년 12월`
fn in_signs(text: &str) -> Option<PartialDate> {
    let mut parts = text
        .split(['年', '月', '日', '년', '월', '일'])
        .map(str::trim);
    if !text.contains(['年', '년']) {
        return None;
    }
    let mut number = || {
        parts
            .next()
            .filter(|part| !part.is_empty())
            .map(str::parse::<u32>)
    };
    let year = number()?.ok().filter(|year| (1000..=2100).contains(year))?;
    from_parts(year, number().transpose().ok()?, number().transpose().ok()?)
}

/// `Published in 1983`, `Spring 2004`: words around the only figures, which are a year.
fn year_among_words(text: &str) -> Option<PartialDate> {
    let mut runs = text
        .split(|c: char| !c.is_ascii_digit())
        .filter(|run| !run.is_empty());
    let (Some(year), None) = (runs.next(), runs.next()) else {
        return None;
    };
    let at = text.find(year)?;
    let is_apart = |c: Option<char>| c.is_none_or(|c| !c.is_alphanumeric() && c != '-' && c != '.');
    let apart = is_apart(text[..at].chars().next_back())
        && is_apart(text[at + year.len()..].chars().next());
    let words = text.split_whitespace().count();
    let year = year
        .parse()
        .ok()
        .filter(|value| year.len() == 4 && (1000..=2100).contains(value))?;
    (apart && (2..=6).contains(&words))
        .then(|| from_parts(year, None, None))
        .flatten()
}

/// `2004-05-17/2004-06-01`: what both ends share.
fn interval(text: &str) -> Option<PartialDate> {
    let (from, until) = text.split_once('/')?;
    // `2004/05` is a month
    if from.trim().len() < 7 || until.trim().len() < 7 {
        return None;
    }
    let (from, until) = (
        iso::parse(from.trim())?.parts()?,
        iso::parse(until.trim())?.parts()?,
    );
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
        iso::parse(bare)
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
    // `1-May-2012`, `2012-May-01`; `Jan-Mar 2012` is no day
    let is_dashed = text.contains('-') && !text.contains(' ');
    let words: Vec<&str> = text
        .split(|c| matches!(c, ' ' | ',' | '.') || (is_dashed && c == '-'))
        .filter(|word| !word.is_empty() && !FILLERS.contains(&word.to_lowercase().as_str()))
        .collect();
    let is_year = |word: &str| word.len() == 4 && word.bytes().all(|b| b.is_ascii_digit());
    let (day, month, year) = match words.as_slice() {
        [year, month] if is_year(year) => (None, *month, *year),
        [year, month, day] if is_year(year) => (Some(*day), *month, *year),
        [month, year] => (None, *month, *year),
        // `Wed Dec 31 00:00:00 EST 2003`, as Java writes it
        [_, month, day, time, _, year] if time.contains(':') => (Some(*day), *month, *year),
        [month, day, year] if month.starts_with(char::is_alphabetic) => (Some(*day), *month, *year),
        [day, month, year] => (Some(*day), *month, *year),
        _ => return None,
    };
    let lower = month.to_lowercase();
    let month = month_number(&lower)?;
    let day = match day {
        None => None,
        // `1er janvier`, `3rd of May`
        Some(day) => Some(
            day.trim_end_matches(|c: char| c.is_alphabetic() || c == 'º')
                .parse::<u32>()
                .ok()?,
        ),
    };
    let year = year
        .parse::<u32>()
        .ok()
        .filter(|value| year.len() == 4 && (1000..=2100).contains(value))?;
    from_parts(year, Some(month), day)
}

/// The month that a word names, whole or cut to three or four letters; `None` where it may be two.
fn month_number(word: &str) -> Option<u32> {
    let number = |fits: &dyn Fn(&str) -> bool| {
        let mut found = (1..)
            .zip(MONTHS)
            .filter(|(_, names)| names.split(' ').any(fits));
        let first = found.next()?.0;
        found.next().is_none().then_some(first)
    };
    let cut = (3..=4).contains(&word.chars().count());
    number(&|name| name == word).or_else(|| cut.then(|| number(&|name| name.starts_with(word)))?)
}
