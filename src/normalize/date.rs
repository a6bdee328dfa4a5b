//! Dates as journals write them: ISO 8601, cut short, with a time, with zeros for what is not known.

mod printed;

use chrono::NaiveDate;

use crate::article::{PartialDate, Precision};

/// A date as precise as is sure. Of ISO 8601: `2004-12-31`, `2004/12/31`, `20041231`, with a time or not,
/// `2004-12`, `2004`; zeros for month or day are none (`2004-00-00` is `2004`). A time's zone does not move
/// the day. Other forms: `31.12.2004`, `31 December 2004`, `December 31, 2004`, `[2004]`, `c2004`; of an
/// interval what both ends share, of `05/06/2004` the year. `None` for impossible dates, for the rest, and for
/// years before 1000 or after 2100.
pub fn parse(raw: &str) -> Option<PartialDate> {
    iso(raw.trim()).or_else(|| printed::parse(raw.trim()))
}

fn iso(text: &str) -> Option<PartialDate> {
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
fn from_parts(year: u32, month: Option<u32>, day: Option<u32>) -> Option<PartialDate> {
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("2004-12-31", Some("2004-12-31"))]
    #[case("2004/12/31", Some("2004-12-31"))]
    #[case(" 2004-12-31T23:59:59Z ", Some("2004-12-31"))]
    #[case("2004-12-31T00:00:00.000+05:00", Some("2004-12-31"))]
    #[case("2004-12-31 10:11:12", Some("2004-12-31"))]
    #[case("20041231", Some("2004-12-31"))]
    #[case("2004-1-5", Some("2004-01-05"))]
    #[case("2004-12", Some("2004-12"))]
    #[case("2004", Some("2004"))]
    #[case("2004-00-00", Some("2004"))]
    #[case("2004-12-00", Some("2004-12"))]
    #[case("2004-00-31", None)]
    #[case("0000-00-00", None)]
    #[case("2004-02-30", None)]
    #[case("2003-02-29", None)]
    #[case("2004-13", None)]
    #[case("31-12-2004", Some("2004-12-31"))]
    #[case("31.12.2004", Some("2004-12-31"))]
    #[case("12/31/2004", Some("2004-12-31"))]
    #[case("05.06.2004", Some("2004-06-05"))]
    #[case("05/06/2004", Some("2004"))]
    #[case("31.02.2004", None)]
    #[case("13/13/2004", None)]
    #[case("17 May 2004", Some("2004-05-17"))]
    #[case("May 17, 2004", Some("2004-05-17"))]
    #[case("Sept. 1, 2004", Some("2004-09-01"))]
    #[case("December 2004", Some("2004-12"))]
    #[case("May 32, 2004", None)]
    #[case("Spring 2004", Some("2004"))]
    #[case("Published in 1983", Some("1983"))]
    #[case("2004 Dec", Some("2004-12"))]
    #[case("2004 Dec 15", Some("2004-12-15"))]
    #[case("Wed Dec 31 00:00:00 EST 2003", Some("2003-12-31"))]
    #[case("12/2004", Some("2004-12"))]
    #[case("07/1973", Some("1973-07"))]
    #[case("2012-02-03+01:00", Some("2012-02-03"))]
    #[case("1 de diciembre de 2004", Some("2004-12-01"))]
    #[case("31 декабря 2004 г.", Some("2004-12-31"))]
    #[case("2004年12月31日", Some("2004-12-31"))]
    #[case("13/2004", None)]
    #[case("12:2004", None)]
    #[case("Volume 2004 of 12 parts", None)]
    #[case("accessed 2004-05 twice", None)]
    #[case("[2004]", Some("2004"))]
    #[case("c2004", Some("2004"))]
    #[case("(2004-05)", Some("2004-05"))]
    #[case("2004-05-17/2004-05-31", Some("2004-05"))]
    #[case("2004-05-17/2004-06-01", Some("2004"))]
    #[case("2004-05/2005-06", None)]
    #[case("2004/2005", None)]
    #[case("0999", None)]
    #[case("2101", None)]
    #[case("2004-12-31 and later", None)]
    #[case("2004-2005", None)]
    #[case("2004-12-31-1", None)]
    #[case("", None)]
    #[case("in press", None)]
    fn forms(#[case] raw: &str, #[case] expected: Option<&str>) {
        let got = parse(raw);
        assert_eq!(got.as_ref().map(|date| date.date.as_str()), expected);
        if let Some(date) = got {
            let parts = date.parts().unwrap();
            let precision = match (parts.1, parts.2) {
                (None, _) => Precision::Year,
                (Some(_), None) => Precision::Month,
                (Some(_), Some(_)) => Precision::Day,
            };
            assert_eq!(date.precision, precision);
        }
    }

    proptest! {
        #[test]
        fn keeps_parsed_values(raw in "\\PC{0,24}|[0-9]{4}[-/][0-9]{2}([-/][0-9]{2})?(T[0-9:Z]{0,9})?") {
            if let Some(date) = parse(&raw) {
                prop_assert_eq!(parse(&date.date), Some(date));
            }
        }
    }
}
