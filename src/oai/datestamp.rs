//! UTC datestamps in both granularities (§3.3).

use chrono::{DateTime, Datelike as _, Duration, NaiveDate, NaiveDateTime, SecondsFormat, Utc};
use serde::{Deserialize, Serialize};

/// The finest unit a repository's datestamps have.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Granularity {
    /// `YYYY-MM-DD`
    #[default]
    #[serde(rename = "YYYY-MM-DD")]
    Day,
    /// `YYYY-MM-DDThh:mm:ssZ`
    #[serde(rename = "YYYY-MM-DDThh:mm:ssZ")]
    Second,
}

impl Granularity {
    /// Reads the value of Identify's `granularity`; lenient in letter case, since some servers are.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        if text.eq_ignore_ascii_case("YYYY-MM-DD") {
            Some(Self::Day)
        } else if text.eq_ignore_ascii_case("YYYY-MM-DDThh:mm:ssZ") {
            Some(Self::Second)
        } else {
            None
        }
    }

    /// Writes a time in this granularity.
    pub fn format(self, time: DateTime<Utc>) -> String {
        match self {
            Self::Day => time.format("%Y-%m-%d").to_string(),
            Self::Second => time.to_rfc3339_opts(SecondsFormat::Secs, true),
        }
    }

    /// One granule.
    pub fn granule(self) -> Duration {
        match self {
            Self::Day => Duration::days(1),
            Self::Second => Duration::seconds(1),
        }
    }
}

/// A datestamp as received, and the instant it names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Datestamp {
    /// The instant; midnight for a day.
    pub time: DateTime<Utc>,
    /// The granularity: days, or seconds.
    pub granularity: Granularity,
}

impl PartialOrd for Granularity {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Granularity {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        (*self as u8).cmp(&(*other as u8))
    }
}

impl Datestamp {
    /// Reads a datestamp. Beside the two forms of the specification it takes those seen in use: fractions
    /// of a second, an offset from UTC, no zone, a blank for the `T`, no seconds. A year of other than four digits is
    /// none (§3.3): nothing can be reckoned from the ends of time.
    ///
    /// ```
    /// use offprint::internals::oai::{Datestamp, Granularity};
    /// assert_eq!(Datestamp::parse("2004-12-31").unwrap().granularity, Granularity::Day);
    /// assert!(Datestamp::parse("2004-12-31T23:59:59Z").is_some());
    /// assert!(Datestamp::parse("yesterday").is_none());
    /// ```
    pub fn parse(text: &str) -> Option<Self> {
        Self::read(text.trim()).filter(|stamp| (1..=9999).contains(&stamp.time.year()))
    }

    fn read(text: &str) -> Option<Self> {
        if text.len() > 40 {
            return None;
        }
        if let Ok(day) = NaiveDate::parse_from_str(text, "%Y-%m-%d") {
            return Some(Self {
                time: day.and_time(chrono::NaiveTime::MIN).and_utc(),
                granularity: Granularity::Day,
            });
        }
        let second = |time| {
            Some(Self {
                time,
                granularity: Granularity::Second,
            })
        };
        if let Ok(time) = DateTime::parse_from_rfc3339(text) {
            return second(time.to_utc());
        }
        let local = text.trim_end_matches(['Z', 'z']).replacen(' ', "T", 1);
        ["%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%dT%H:%M"]
            .iter()
            .find_map(|form| NaiveDateTime::parse_from_str(&local, form).ok())
            .and_then(|time| second(time.and_utc()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[rstest::rstest]
    #[case("-262143-01-01")]
    #[case("-262143-01-01T00:00:00Z")]
    #[case("+262142-12-31")]
    #[case("+10000-01-01T00:00:00Z")]
    #[case("0000-01-01")]
    #[case("0001-01-01T00:00:00+10:00")]
    fn years_that_no_datestamp_has(#[case] text: &str) {
        assert_eq!(Datestamp::parse(text), None);
    }

    proptest::proptest! {
        #[test]
        fn written_values_parse_back(days in 0..3_652_058_i64, second in 0..86_400_i64) {
            let first = NaiveDate::from_ymd_opt(1, 1, 1).unwrap().and_time(chrono::NaiveTime::MIN).and_utc();
            let time = first + Duration::days(days) + Duration::seconds(second);
            let again = Datestamp::parse(&Granularity::Second.format(time)).unwrap();
            proptest::prop_assert_eq!(again, Datestamp { time, granularity: Granularity::Second });
            let day = Datestamp::parse(&Granularity::Day.format(time)).unwrap();
            proptest::prop_assert_eq!((day.time.date_naive(), day.granularity), (time.date_naive(), Granularity::Day));
        }
    }
}
