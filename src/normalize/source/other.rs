//! Citations of other software: `Journal, Vol 5 (2), pp. 3-4`, `Journal, 5 (2). pp. 3-4`. What is certain is
//! taken, the rest is left over.

use super::citation::Citation;
use crate::normalize::{labels, pages};

/// Words before pages, in lower case.
const PAGES: &[&str] = &[
    "pages", "pp.", "pp", "p.", "págs.", "pag.", "seiten", "стр.", "с.", "s.", "hal.", "hlm.",
];

/// Takes a whole citation apart; `None` when no volume or number is found in it.
pub(super) fn whole(text: &str, lang: Option<&str>) -> Option<Citation> {
    let starts = text.char_indices().skip(1).filter_map(|(at, c)| {
        let before = text[..at].chars().next_back()?;
        ((before.is_whitespace() || matches!(before, ',' | ';' | '.' | ':')) && c.is_alphanumeric())
            .then_some(at)
    });
    for at in starts {
        let rest = &text[at..];
        if !begins_issue(rest, lang) {
            continue;
        }
        // `5. évf. 6. szám`, `5 巻 6 号`: here the figures before the label are its own
        let own = text[..at]
            .rsplit("; ")
            .next()
            .unwrap_or("")
            .trim_matches(['.', ',', ' ']);
        if !own.is_empty() && own.chars().all(|c| pages::digit(c).is_some()) {
            return None;
        }
        let journal = text[..at].trim_end_matches([',', '.', ':', ';', '(', '-', '–', ' ']);
        if journal.is_empty() || !journal.contains(char::is_alphabetic) {
            return None;
        }
        let mut citation = read(rest, lang);
        let mut journal = journal;
        // `Journal 2015;5(2):10-20`
        if citation.year.is_none()
            && let Some((before, year)) = year_at_end(journal)
        {
            citation.year = Some(year);
            journal = before;
        }
        return Some(Citation {
            journal: Some(journal.to_owned()),
            ..citation
        });
    }
    None
}

/// Takes apart what follows a known title.
pub(super) fn after_title(rest: &str, lang: Option<&str>) -> Citation {
    let rest = rest.trim_start_matches([',', '.', ':', ';', ' ']);
    if rest.is_empty() || begins_issue(rest, lang) || year(rest).is_some() {
        return read(rest, lang);
    }
    Citation {
        leftover: Some(rest.to_owned()),
        ..Citation::default()
    }
}

/// Returns whether what follows a title is sure to be no part of a longer one.
pub(super) fn is_certain(rest: &str) -> bool {
    begins_issue(rest.trim_start_matches([',', '.', ':', ' ']), None)
}

/// A labelled volume or number with figures, or `5 (2)` with pages behind it.
fn begins_issue(rest: &str, lang: Option<&str>) -> bool {
    let labelled = labels::volume()
        .at_start(rest, lang)
        .or_else(|| {
            labels::number()
                .at_start(rest, lang)
                .filter(|found| !found.initial)
        })
        .is_some_and(|found| !figures(found.rest.trim_start()).is_empty());
    if labelled {
        return true;
    }
    let volume = figures(rest);
    if volume.is_empty() || volume.len() > 4 {
        return false;
    }
    let after = rest[volume.len()..].trim_start();
    let Some(inner) = after.strip_prefix('(') else {
        // A year before pages is a book's.
        return volume.len() < 4 && pages_after(after).is_some();
    };
    let Some((number, after)) = inner.split_once(')') else {
        return false;
    };
    number.len() <= 8
        && number.starts_with(|c: char| c.is_ascii_digit())
        && year(&format!("({number})")).is_none()
        && after.trim_start().starts_with([':', ',', '.'])
}

fn read(text: &str, lang: Option<&str>) -> Citation {
    let mut citation = Citation::default();
    let mut rest = text;
    loop {
        rest = rest.trim_start_matches([',', '.', ':', ';', ' ']);
        if rest.is_empty() {
            break;
        }
        if let Some((value, after)) = year(rest).filter(|_| citation.year.is_none()) {
            citation.year = Some(value);
            rest = after;
        } else if let Some((pages, after)) = pages_after(rest).filter(|_| citation.pages.is_none())
        {
            citation.pages = Some(pages.to_owned());
            rest = after;
        } else if let Some((value, after)) = valued(
            labels::volume()
                .at_start(rest, lang)
                .map(|found| found.rest),
        )
        .filter(|_| citation.volume.is_none())
        {
            citation.volume = Some(value.to_owned());
            rest = after;
        } else if let Some((value, after)) = valued(
            labels::number()
                .at_start(rest, lang)
                .map(|found| found.rest),
        )
        .filter(|_| citation.number.is_none())
        {
            citation.number = Some(value.to_owned());
            rest = after;
        } else if let Some((value, after)) = bracketed(rest).filter(|_| citation.number.is_none()) {
            citation.number = Some(value.to_owned());
            rest = after;
        } else if let Some((pages, after)) =
            bare_range(rest).filter(|_| citation.pages.is_none() && citation.volume.is_some())
        {
            citation.pages = Some(pages.to_owned());
            rest = after;
        } else if let Some((value, after)) =
            bare_volume(rest).filter(|_| citation == Citation::default())
        {
            citation.volume = Some(value.to_owned());
            rest = after;
        } else {
            citation.leftover = Some(rest.to_owned());
            break;
        }
    }
    citation
}

fn figures(text: &str) -> &str {
    &text[..text
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(text.len())]
}

/// One word that begins with a figure, after a label.
fn valued(rest: Option<&str>) -> Option<(&str, &str)> {
    let rest = rest?.trim_start();
    let end = rest
        .find(|c: char| c.is_whitespace() || matches!(c, ',' | ';' | ':' | '(' | ')'))
        .unwrap_or(rest.len());
    let (value, after) = rest.split_at(end);
    let value = value.trim_end_matches('.');
    value
        .starts_with(|c: char| c.is_ascii_digit())
        .then_some((value, after))
}

/// `(2004)`, `(2004-05-17)` or `2004`, whole.
fn year(rest: &str) -> Option<(i32, &str)> {
    let inner = rest.strip_prefix('(').unwrap_or(rest);
    let digits = figures(inner);
    let value = digits
        .parse()
        .ok()
        .filter(|value| digits.len() == 4 && (1000..=2100).contains(value))?;
    let after = &inner[4..];
    let day = after
        .get(..6)
        .filter(|_| rest.starts_with('(') && after[6..].starts_with(')'));
    if let Some(day) = day
        && day.bytes().enumerate().all(|(at, b)| {
            if at % 3 == 0 {
                b == b'-'
            } else {
                b.is_ascii_digit()
            }
        })
    {
        return Some((value, &after[7..]));
    }
    let after = if rest.starts_with('(') {
        after.strip_prefix(')')?
    } else {
        after
    };
    after
        .chars()
        .next()
        .is_none_or(|c| c.is_whitespace() || matches!(c, ',' | ';' | '.' | ':' | ')'))
        .then_some((value, after))
}

/// A title and the year behind it.
fn year_at_end(text: &str) -> Option<(&str, i32)> {
    let (before, word) = text.rsplit_once(' ')?;
    let (value, after) = year(word)?;
    let before = before.trim_end_matches([',', '.', ':', ';', '(', ' ']);
    (after.is_empty() && before.contains(char::is_alphabetic)).then_some((before, value))
}

/// Pages with a word before them.
fn pages_after(rest: &str) -> Option<(&str, &str)> {
    let rest = rest.trim_start_matches([',', '.', ':', ' ']);
    PAGES.iter().find_map(|word| {
        let head = rest
            .get(..word.len())
            .filter(|head| head.to_lowercase() == *word)?;
        let after = rest[head.len()..].trim_start();
        page_run(after)
    })
}

/// A range without a word before it.
fn bare_range(rest: &str) -> Option<(&str, &str)> {
    page_run(rest).filter(|(run, _)| pages::parse(run).last.is_some())
}

/// The longest run at the start that reads as pages.
fn page_run(rest: &str) -> Option<(&str, &str)> {
    let end = rest
        .find(|c: char| c.is_whitespace() || matches!(c, ',' | ';' | '(' | ')'))
        .unwrap_or(rest.len());
    let (run, after) = rest.split_at(end);
    let run = run.trim_end_matches('.');
    (!run.is_empty() && run.contains(|c: char| c.is_ascii_digit()) && pages::looks_like_pages(run))
        .then_some((run, after))
}

fn bracketed(rest: &str) -> Option<(&str, &str)> {
    let (number, after) = rest.strip_prefix('(')?.split_once(')')?;
    (number.len() <= 12
        && number.starts_with(|c: char| c.is_ascii_digit())
        && figures(number).len() <= 3)
        .then_some((number.trim(), after))
}

fn bare_volume(rest: &str) -> Option<(&str, &str)> {
    let volume = figures(rest);
    (!volume.is_empty() && volume.len() <= 4).then(|| (volume, &rest[volume.len()..]))
}
