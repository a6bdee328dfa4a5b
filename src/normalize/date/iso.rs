//! Dates of ISO 8601.

use chrono::NaiveDate;

use crate::article::{PartialDate, Precision};

/// Reads a date of ISO 8601.
pub(super) fn parse(text: &str) -> Option<PartialDate> {
    let date = text.find(['T', 't', ' ']).map_or(Some(text), |at| {
        is_time(&text[at + 1..]).then(|| &text[..at])
    })?;
    let parts: Vec<&str> = match date.find(['-', '/', '.']) {
        Some(at) => date.split(&date[at..=at]).collect(),
        None if date.len() == 8 && date.is_ascii() => vec![&date[..4], &date[4..6], &date[6..]],
        None => vec![date],
    };
    let number = |at: usize, longest: usize| match parts.get(at) {
        None => Some(None),
        Some(part) => {
            let figures = !part.is_empty()
                && part.len() <= longest
                && part.bytes().all(|byte| byte.is_ascii_digit());
            figures
                .then(|| part.parse::<u32>().ok())
                .flatten()
                .map(Some)
        }
    };
    if parts.len() > 3 || parts[0].len() != 4 {
        return None;
    }
    let year = number(0, 4)?.filter(|year| (1000..=2100).contains(year))?;
    let month = number(1, 2)?.filter(|month| *month != 0);
    let day = number(2, 2)?.filter(|day| *day != 0);
    from_parts(year, month, day)
}

/// `None` where there is no such month or day; a day without its month is none.
pub(super) fn from_parts(year: u32, month: Option<u32>, day: Option<u32>) -> Option<PartialDate> {
    Some(match (month, day) {
        (None, None) => PartialDate {
            date: format!("{year:04}"),
            precision: Precision::Year,
        },
        (Some(month), None) if month <= 12 => PartialDate {
            date: format!("{year:04}-{month:02}"),
            precision: Precision::Month,
        },
        (Some(month), Some(day)) => {
            NaiveDate::from_ymd_opt(i32::try_from(year).ok()?, month, day)?;
            PartialDate {
                date: format!("{year:04}-{month:02}-{day:02}"),
                precision: Precision::Day,
            }
        }
        _ => return None,
    })
}

/// Figures, colons and a zone: enough to know a time by, since its value is not used.
fn is_time(text: &str) -> bool {
    let text = text.trim();
    text.starts_with(|c: char| c.is_ascii_digit())
        && text.len() <= 40
        && text.chars().all(|c| {
            c.is_ascii_digit()
                || matches!(
                    c,
                    ':' | '.' | ',' | '+' | '-' | 'Z' | 'z' | ' ' | 'U' | 'T' | 'C' | 'G' | 'M'
                )
        })
        && (text.contains(':') || text.bytes().take_while(u8::is_ascii_digit).count() >= 4)
}
