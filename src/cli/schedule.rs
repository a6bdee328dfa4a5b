//! The schedule of a source.

use std::fmt;
use std::str::FromStr;

use chrono::TimeDelta;
use serde::{Deserialize, Serialize};

use crate::store::Time;

/// A schedule: a word, or a number with a unit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Schedule {
    text: String,
    /// None: never by itself.
    period: Option<TimeDelta>,
}

impl Schedule {
    /// Returns whether a source is due, given the start of its last run. A tenth of the period is let off: a nightly
    /// run that begins a little earlier than the night before still finds it due.
    pub fn is_due(&self, last: Option<Time>, now: Time) -> bool {
        match (self.period, last) {
            (None, _) => false,
            (Some(_), None) => true,
            (Some(period), Some(last)) => now - last >= period - period / 10,
        }
    }
}

impl Schedule {
    /// Returns when something is due that was last done at a time; none: never by itself. What was never done is due
    /// now.
    pub fn next(&self, last: Option<Time>, now: Time) -> Option<Time> {
        let period = self.period?;
        Some(last.map_or(now, |last| last + (period - period / 10)))
    }

    /// The same of something that may be tried and not be done, last done at one time and with the last run that may
    /// have tried it at another: at first at the next run, then after a day, two more, four more, up to the period.
    pub fn is_due_again(&self, done: Option<Time>, run: Option<Time>, now: Time) -> bool {
        let (Some(period), Some(done)) = (self.period, done) else {
            return self.is_due(done, now);
        };
        let due = done + (period - period / 10);
        let tries = |time: Time| tries_within(time - due, period);
        self.is_due(Some(done), now) && run.is_none_or(|run| run < due || tries(run) < tries(now))
    }

    /// Time from one harvest to the next; none: never by itself.
    pub fn period(&self) -> Option<std::time::Duration> {
        self.period.and_then(|period| period.to_std().ok())
    }

    /// Once in thirty days.
    pub fn monthly() -> Self {
        Self {
            text: "monthly".to_owned(),
            period: Some(TimeDelta::days(30)),
        }
    }
}

/// Tries after the first within a time: a day after it, two after that, four, and so on up to the period.
fn tries_within(time: TimeDelta, period: TimeDelta) -> u32 {
    // A nightly run may begin a little earlier than the night before.
    let slack = TimeDelta::hours(2).min(period / 10);
    let mut wait = TimeDelta::days(1).min(period);
    let (mut next, mut tries) = (wait, 0);
    while next <= time + slack {
        wait = (wait * 2).min(period);
        next += wait;
        tries += 1;
    }
    tries
}

impl Default for Schedule {
    fn default() -> Self {
        Self {
            text: "daily".to_owned(),
            period: Some(TimeDelta::days(1)),
        }
    }
}

impl FromStr for Schedule {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let number = |unit: &str| {
            text.strip_suffix(unit)
                .and_then(|digits| digits.parse::<u32>().ok())
        };
        let period = match text {
            "never" => None,
            "hourly" => Some(TimeDelta::hours(1)),
            "daily" => Some(TimeDelta::days(1)),
            "weekly" => Some(TimeDelta::weeks(1)),
            "monthly" => Some(TimeDelta::days(30)),
            _ => {
                let minutes = [("m", 1), ("h", 60), ("d", 24 * 60), ("w", 7 * 24 * 60)]
                    .iter()
                    .find_map(|(unit, minutes)| Some(i64::from(number(unit)?) * minutes))
                    .filter(|minutes| (1..=366 * 24 * 60).contains(minutes));
                let minutes = minutes.ok_or(
                    "a schedule is hourly, daily, weekly, monthly, never, or a number with m, h, d or w such as 12h",
                )?;
                Some(TimeDelta::minutes(minutes))
            }
        };
        Ok(Self {
            text: text.to_owned(),
            period,
        })
    }
}

impl TryFrom<String> for Schedule {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl From<Schedule> for String {
    fn from(schedule: Schedule) -> Self {
        schedule.text
    }
}

impl fmt::Display for Schedule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn time(text: &str) -> Time {
        text.parse().unwrap()
    }

    /// A cron that begins within a few minutes of the same time each night, and runs that take long.
    #[test]
    fn a_daily_cron_skips_no_day() {
        let daily = Schedule::default();
        let nights = [
            "2026-03-01T03:17:30Z",
            "2026-03-02T03:17:00Z",
            "2026-03-03T03:20:00Z",
            "2026-03-04T02:17:00Z",
        ];
        for pair in nights.windows(2) {
            assert!(daily.is_due(Some(time(pair[0])), time(pair[1])), "{pair:?}");
        }
        assert!(!daily.is_due(Some(time(nights[0])), time("2026-03-01T15:00:00Z")));
    }

    #[test]
    fn periods() {
        let start = time("2026-03-01T00:00:00Z");
        for (text, early, due) in [
            ("12h", "2026-03-01T10:47:59Z", "2026-03-01T10:48:00Z"),
            ("hourly", "2026-03-01T00:53:59Z", "2026-03-01T00:54:00Z"),
            ("weekly", "2026-03-07T07:11:59Z", "2026-03-07T07:12:00Z"),
            ("90m", "2026-03-01T01:20:59Z", "2026-03-01T01:21:00Z"),
        ] {
            let schedule: Schedule = text.parse().unwrap();
            assert!(!schedule.is_due(Some(start), time(early)), "{text}");
            assert!(schedule.is_due(Some(start), time(due)), "{text}");
            assert!(schedule.is_due(None, start));
            assert_eq!(schedule.to_string(), text);
        }
        assert!(!"never".parse::<Schedule>().unwrap().is_due(None, start));
        for text in ["", "often", "12", "h", "0h", "-1d", "9999w", "1.5h"] {
            assert!(text.parse::<Schedule>().is_err(), "{text}");
        }
    }

    /// A list that is due after 27 nights and never believed.
    #[test]
    fn failed_attempts_back_off() {
        let monthly = Schedule::monthly();
        let done = time("2026-03-01T03:17:00Z");
        let mut run = time("2026-03-27T03:17:00Z");
        let mut tried = Vec::new();
        for night in 27..150 {
            let now = done + TimeDelta::days(night) + TimeDelta::minutes(night % 7);
            if monthly.is_due_again(Some(done), Some(run), now) {
                tried.push(night);
            }
            run = now;
        }
        assert_eq!(tried, [27, 28, 30, 34, 42, 58, 88, 118, 148]);
        assert!(monthly.is_due_again(None, Some(run), run));
        assert!(
            !"never"
                .parse::<Schedule>()
                .unwrap()
                .is_due_again(Some(done), None, run)
        );
    }
}
