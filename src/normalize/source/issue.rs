//! The issue within a source citation: `Vol. 5 No. 6 (2004): Title`, with any part missing.

use crate::normalize::labels::{self, Found};
use crate::normalize::pages;

/// Commas of the scripts that journals are written in.
const COMMAS: &[char] = &[',', '،', '，', '、'];

/// The certainty that a text is an issue.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Evidence {
    /// It is empty.
    #[default]
    Nothing,
    /// It could be anything, so at most the title of an issue.
    Title,
    /// It begins with a year alone.
    Year,
    /// It begins with a label of volume or number.
    Labelled,
    /// Two of volume, number and year, by label.
    Full,
}

/// An issue, as printed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Issue {
    pub(super) volume: Option<String>,
    pub(super) number: Option<String>,
    pub(super) year: Option<i32>,
    pub(super) title: Option<String>,
    pub(super) leftover: Option<String>,
    pub(super) evidence: Evidence,
}

impl Issue {
    /// Reads an issue by the labels of `lang` first, then of every language.
    pub(super) fn parse(text: &str, lang: Option<&str>) -> Self {
        let text = text.trim();
        if text.is_empty() {
            return Self::default();
        }
        labelled(text, lang)
            .or_else(|| unlabelled(text, lang))
            .or_else(|| year_alone(text))
            .or_else(|| year_in_brackets(text))
            .unwrap_or_else(|| Self {
                title: some(text),
                evidence: Evidence::Title,
                ..Self::default()
            })
    }
}

/// `Vol. 5 No. 6 (2004): Title`, with one label at least.
fn labelled(text: &str, lang: Option<&str>) -> Option<Issue> {
    let mut issue = Issue::default();
    let mut rest = text;
    let volume_label = labels::volume().at_start(rest, lang);
    if let Some(found) = volume_label {
        let (volume, after) = volume_value(found, lang)?;
        issue.volume = volume;
        rest = after;
    }
    let before_number = rest.trim_start().trim_start_matches(COMMAS).trim_start();
    let number_label = labels::number().at_start(before_number, lang);
    if let Some(found) = number_label {
        rest = number_value(found, &mut issue, volume_label.is_some())?;
    } else if volume_label.is_none() {
        return None;
    } else if let Some((number, after)) = bracketed_number(rest) {
        // `Vol 5(2)`, as other software writes it.
        issue.number = some(number);
        rest = after;
    }
    let values = usize::from(issue.volume.is_some()) + usize::from(issue.number.is_some());
    let labels = || [volume_label, number_label].into_iter().flatten();
    let bare = rest.trim_start().is_empty() || rest.trim_start().starts_with(':');
    tail(rest, &mut issue);
    // `Volume 5, Number 2, 2020`
    let dated = issue
        .number
        .as_deref()
        .and_then(|number| number.rsplit_once(", "));
    if issue.year.is_none()
        && let Some((number, Some(year))) =
            dated.map(|(number, year)| (some(number), year_value(year)))
    {
        issue.number = number;
        issue.year = Some(year).filter(|year| *year > 0);
    }
    // Labels without a value: a pair, a year behind it, or nothing at all behind it.
    let empty_label = bare || issue.year.is_some() || labels().count() == 2;
    if values == 0 && !(empty_label && labels().all(|found| found.own_language || !found.weak)) {
        return None;
    }
    issue.evidence = if values + usize::from(issue.year.is_some()) >= 2 {
        Evidence::Full
    } else {
        Evidence::Labelled
    };
    Some(issue)
}

/// The volume after its label, if any; `None` when the label was an ordinary word after all.
fn volume_value<'a>(found: Found<'a>, lang: Option<&str>) -> Option<(Option<String>, &'a str)> {
    let rest = found.rest.trim_start();
    let number_follows = |rest: &str| {
        let rest = rest.trim_start().trim_start_matches(COMMAS).trim_start();
        labels::number().at_start(rest, lang).is_some()
    };
    if rest.is_empty()
        || rest.starts_with(':')
        || rest.starts_with(',')
        || year(rest).is_some()
        || number_follows(rest)
    {
        return Some((None, rest));
    }
    let end = rest
        .find(|c: char| pages::digit(c).is_none())
        .unwrap_or(rest.len());
    let after = &rest[end..];
    let integer = end > 0
        && after.chars().next().is_none_or(|c| {
            c.is_whitespace() || COMMAS.contains(&c) || matches!(c, ':' | '(' | ';' | '.')
        });
    if integer || (end > 0 && number_follows(after)) {
        return Some((some(&rest[..end]), after));
    }
    // A volume that is not an integer: one word, by its form or by what follows it.
    let end = rest
        .find(|c: char| c.is_whitespace() || matches!(c, ',' | ':' | '('))
        .unwrap_or(rest.len());
    let (word, after) = rest.split_at(end);
    let figures = word.contains(|c| pages::digit(c).is_some()) || pages::roman(word).is_some();
    let placed = after.trim_start().is_empty()
        || after.trim_start().starts_with([':', ','])
        || year(after.trim_start()).is_some()
        || number_follows(after);
    (placed && figures && !(found.weak && word.len() == 1 && !number_follows(after)))
        .then(|| (some(word), after))
}

/// The number after its label goes into `issue`; what follows it comes back. `None` when the label was an
/// ordinary word after all.
fn number_value<'a>(
    found: Found<'a>,
    issue: &mut Issue,
    after_volume_label: bool,
) -> Option<&'a str> {
    let rest = found.rest.trim_start();
    let end = number_end(rest);
    let number = rest[..end].trim_end().trim_end_matches(',');
    let after = &rest[end..];
    if number.is_empty() {
        return Some(after);
    }
    let figures = number.contains(|c| pages::digit(c).is_some()) || pages::roman(number).is_some();
    let starts =
        number.starts_with(|c| pages::digit(c).is_some()) || pages::roman(number).is_some();
    let words = number.split_whitespace().count();
    let dated = year(after.trim_start()).is_some();
    let believed = issue.volume.is_some()
        || (dated && (figures || found.own_language || !found.weak))
        || (figures && words <= 4 && (starts || !found.weak || after_volume_label))
        || (!found.weak && words <= 3)
        || (words <= 4 && counts(number))
        || (after_volume_label && found.own_language && words <= 3);
    if !believed {
        return None;
    }
    issue.number = some(number);
    Some(after)
}

/// Returns whether a number in words begins as such numbers do: supplements, special and extra issues.
fn counts(number: &str) -> bool {
    const BEGINNINGS: &[&str] = &[
        "sup", "spec", "espec", "esp.", "extra", "sonder", "beih", "hors", "spéc", "спец", "прил",
        "доп", "özel", "ek ",
    ];
    let lower = number.to_lowercase();
    BEGINNINGS
        .iter()
        .any(|beginning| lower.starts_with(beginning))
}

/// Where a number ends: at a year in brackets, or at a colon with a blank or nothing behind it.
fn number_end(rest: &str) -> usize {
    rest.char_indices()
        .find(|&(at, c)| match c {
            '(' => {
                year(&rest[at..]).is_some()
                    || years(&rest[at..]).is_some()
                    || rest[at..].starts_with("()")
            }
            ':' => rest[at + 1..].is_empty() || rest[at + 1..].starts_with(' '),
            _ => false,
        })
        .map_or(rest.len(), |(at, _)| at)
}

/// The year in brackets and the title after the colon.
fn tail(rest: &str, issue: &mut Issue) {
    let mut rest = rest.trim_start();
    // `Vol. 12 Special Issue (2004)`: words without a label, and the year behind them
    let later = rest
        .match_indices('(')
        .map(|(at, _)| at)
        .find(|&at| at > 0 && year(&rest[at..]).is_some());
    if let Some(at) = later.filter(|&at| !rest.starts_with(':') && !rest[..at].contains(": ")) {
        let words = rest[..at].trim_matches([',', '.', ' ']);
        if issue.number.is_none() && counts(words) {
            issue.number = some(words);
        } else {
            issue.leftover = some(words);
        }
        rest = &rest[at..];
    }
    if let Some((value, after)) = year(rest) {
        issue.year = value;
        rest = after.trim_start();
    } else if let Some((span, after)) = years(rest) {
        // Which of two years is the issue's, it is unclear.
        issue.leftover = some(span);
        rest = after.trim_start();
    } else if let Some(after) = rest.strip_prefix("()") {
        rest = after.trim_start();
    }
    match rest.strip_prefix(':') {
        Some(title) => issue.title = some(title),
        None => issue.leftover = some(rest.trim_matches([',', '.', ' '])).or(issue.leftover.take()),
    }
}

/// `(2)` right after a volume; years and spans of years are not numbers.
fn bracketed_number(rest: &str) -> Option<(&str, &str)> {
    let inner = rest.trim_start().strip_prefix('(')?;
    let (number, after) = inner.split_once(')')?;
    let figures = |part: &str| {
        !part.is_empty() && part.len() <= 3 && part.bytes().all(|byte| byte.is_ascii_digit())
    };
    number
        .split(['-', '–', '/'])
        .all(|part| figures(part.trim()))
        .then_some((number.trim(), after))
}

/// A year of three or four digits in brackets: its value, where it is one, and what follows.
fn year(rest: &str) -> Option<(Option<i32>, &str)> {
    let inner = rest.strip_prefix('(')?;
    let end = inner.find(')')?;
    let digits = inner[..end].trim();
    let value = year_value(digits)?;
    Some((Some(value).filter(|value| *value > 0), &inner[end + 1..]))
}

/// A span of years in brackets (`(2019-2020)`, `(2019/20)`): the span, and what follows.
fn years(rest: &str) -> Option<(&str, &str)> {
    let (span, after) = rest.strip_prefix('(')?.split_once(')')?;
    let (first, second) = span.split_once(['-', '–', '/'])?;
    let later = |part: &str| part.len() == 2 && part.bytes().all(|byte| byte.is_ascii_digit());
    let (first, second) = (first.trim(), second.trim());
    let years = year_value(first).is_some_and(|year| year > 0)
        && (year_value(second).is_some() || later(second));
    years.then_some((span.trim(), after))
}

/// A year of any calendar, or 0 for `0`; digits of any script.
fn year_value(digits: &str) -> Option<i32> {
    if digits == "0" {
        return Some(0);
    }
    if digits.chars().count() != 4 {
        return None;
    }
    let value = digits.chars().try_fold(0, |value, c| {
        Some(value * 10 + i32::try_from(pages::digit(c)?).ok()?)
    })?;
    (1000..3000).contains(&value).then_some(value)
}

/// `2004` or `2004: Title`.
fn year_alone(text: &str) -> Option<Issue> {
    let (digits, after) = match text.find(|c: char| pages::digit(c).is_none()) {
        Some(end) => text.split_at(end),
        None => (text, ""),
    };
    let after = after.trim_start();
    let title = match after.strip_prefix(':') {
        Some(title) if title.is_empty() || title.starts_with(' ') => some(title),
        None if after.is_empty() => None,
        _ => return None,
    };
    let year = year_value(digits).filter(|year| *year > 0)?;
    Some(Issue {
        year: Some(year),
        title,
        evidence: Evidence::Year,
        ..Issue::default()
    })
}

/// `(2004)` or `(2004): Title`, where label and number are both empty.
fn year_in_brackets(text: &str) -> Option<Issue> {
    let (value, after) = year(text)?;
    let after = after.trim_start();
    let title = match after.strip_prefix(':') {
        Some(title) => some(title),
        None if after.is_empty() => None,
        None => return None,
    };
    Some(Issue {
        year: Some(value?),
        title,
        evidence: Evidence::Year,
        ..Issue::default()
    })
}

/// Where a language lacks its labels only the figures are left: `5 6 (2004)`, `5, 6 (2004)`, `5 Nr. 6`.
fn unlabelled(text: &str, lang: Option<&str>) -> Option<Issue> {
    let digits = text
        .find(|c: char| pages::digit(c).is_none())
        .unwrap_or(text.len());
    if digits == 0 || text[..digits].chars().count() > 4 {
        return None;
    }
    if text[digits..].starts_with(|c: char| !c.is_whitespace() && !matches!(c, ',' | ':' | '(')) {
        return None;
    }
    let mut issue = Issue {
        volume: some(&text[..digits]),
        ..Issue::default()
    };
    let rest = text[digits..]
        .trim_start()
        .trim_start_matches(',')
        .trim_start();
    if let Some(found) = labels::number().at_start(rest, lang) {
        return labelled_number(found, issue, lacks(lang, true, false));
    }
    let end = number_end(rest);
    let number = rest[..end].trim_end();
    let figures = number
        .chars()
        .all(|c| pages::digit(c).is_some() || matches!(c, '-' | '–' | '/'));
    tail(&rest[end..], &mut issue);
    if issue.leftover.is_some() {
        return None;
    }
    let neither = lacks(lang, true, true);
    if number.is_empty() {
        if lacks(lang, true, false) && year_value(&text[..digits]).is_none_or(|year| year == 0) {
            issue.evidence = if issue.year.is_some() {
                Evidence::Full
            } else {
                Evidence::Labelled
            };
            return Some(issue);
        }
        // Volume or number, it is unclear; the year is one.
        issue.year?;
        issue.leftover = issue.volume.take();
        issue.evidence = Evidence::Year;
        return Some(issue);
    }
    let believed = if neither {
        number.split_whitespace().count() == 1
    } else {
        figures && issue.year.is_some()
    };
    believed.then(|| {
        issue.number = some(number);
        issue.evidence = Evidence::Full;
        issue
    })
}

/// Returns whether a language has no label for the volume, the number, or both.
fn lacks(lang: Option<&str>, volume: bool, number: bool) -> bool {
    lang.is_some_and(|lang| {
        labels::issue().iter().any(|labels| {
            labels.lang == lang
                && labels.volume.is_empty() == volume
                && labels.number.is_empty() == number
        })
    })
}

/// The number behind its label, where the volume has none.
fn labelled_number(found: Found<'_>, mut issue: Issue, lacks_volume: bool) -> Option<Issue> {
    let of_language = lacks_volume && found.own_language;
    let after = number_value(found, &mut issue, true)?;
    tail(after, &mut issue);
    let number = issue.number.as_deref().unwrap_or_default();
    let starts =
        number.starts_with(|c| pages::digit(c).is_some()) || (number.is_empty() && !found.weak);
    let plain = starts && issue.leftover.is_none();
    if !of_language && !plain {
        return None;
    }
    issue.evidence = Evidence::Full;
    Some(issue)
}

fn some(text: &str) -> Option<String> {
    let text = text.trim();
    (!text.is_empty()).then(|| text.to_owned())
}
