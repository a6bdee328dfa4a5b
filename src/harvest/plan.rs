//! Which windows of datestamps a list is fetched in, where the next one starts, and how a window is split.

use chrono::{DateTime, Datelike, Days, NaiveDate, NaiveTime, TimeDelta, Utc};

use crate::oai::{Datestamp, Granularity, Identify};
use crate::store::{Window, WindowKind, WindowState};

/// First year whose datestamps are looked for where a list cannot be open at its start: that of the epoch.
const EPOCH: i32 = 1970;
/// Spans that are requested to find what is older than a repository says.
const YEARS_BACK: usize = 60;

/// The way a repository treats dates.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DateHandling {
    /// Granularity of its datestamps.
    pub granularity: Granularity,
    /// True if it compares whole days although it advertises seconds: OJS since 3.4.0-2.
    pub by_day: bool,
}

impl DateHandling {
    /// By what the repository says of itself, and by its address where it does not name its software.
    pub fn of(identify: &Identify, base_url: &str) -> Self {
        Self {
            granularity: identify.granularity,
            by_day: is_ojs(identify, base_url),
        }
    }

    /// Returns the overlap of an incremental harvest behind its cursor: one granule, one day at day
    /// granularity, two days on OJS.
    pub fn overlap(self) -> TimeDelta {
        if self.by_day {
            TimeDelta::days(2)
        } else {
            self.granularity.granule()
        }
    }

    /// `from` of the incremental harvest after this cursor.
    pub fn from_after(self, cursor: DateTime<Utc>) -> String {
        self.granularity.format(cursor - self.overlap())
    }

    /// Brings a date that a person gave into the repository's granularity; `until` to the end of its day.
    pub fn bound(self, value: &str, is_until: bool) -> Option<String> {
        let date = Datestamp::parse(value)?;
        if self.granularity == Granularity::Second
            && date.granularity == Granularity::Day
            && is_until
        {
            return Some(self.granularity.format(end_of_day(date.time)));
        }
        Some(self.granularity.format(date.time))
    }

    /// Splits a window in two at a day's edge; where the server and the window allow, within a day. Empty when it
    /// cannot be narrower. `earliest` and `latest` stand for its open ends.
    pub fn split(
        self,
        from: Option<&str>,
        until: Option<&str>,
        earliest: DateTime<Utc>,
        latest: DateTime<Utc>,
    ) -> Vec<WindowRange> {
        let (low, high) = ends(from, until, earliest, latest);
        match self.middle(low, high) {
            Some(middle) => self.cut(from, until, &[middle]),
            // A window open at one end: what may still lie beyond `latest` or before `earliest` is cut off.
            None if until.is_none() => self.cut(from, until, &[end_of_day(high)]),
            None if from.is_none() => {
                self.cut(from, until, &[start_of_day(low) - TimeDelta::seconds(1)])
            }
            None => vec![],
        }
    }

    /// Splits a window for a server that takes no wide ones, and to which an open end is as wide as it gets: as
    /// [`split`](Self::split), but with its ends closed at `earliest` and `latest`; what lies before `earliest`, which
    /// a server may have wrong, is the last span.
    pub fn split_closed(
        self,
        from: Option<&str>,
        until: Option<&str>,
        earliest: DateTime<Utc>,
        latest: DateTime<Utc>,
    ) -> Vec<WindowRange> {
        let (low, high) = ends(from, until, earliest, latest);
        let is_open = from.is_none() || until.is_none();
        if is_open && self.middle(low, high).is_none() {
            return std::iter::once(self.closed(low, high))
                .chain(self.before(from, low))
                .collect();
        }
        self.split(from, until, earliest, latest)
    }

    /// A span with both its ends, a little wider than the times that stood for open ones.
    fn closed(self, low: DateTime<Utc>, high: DateTime<Utc>) -> WindowRange {
        WindowRange {
            from: Some(self.granularity.format(low)),
            until: Some(self.granularity.format(high)),
        }
    }

    /// Returns the range before the time that stood for an open beginning.
    fn before(self, from: Option<&str>, low: DateTime<Utc>) -> Option<WindowRange> {
        let until = low - self.granularity.granule();
        from.is_none().then(|| WindowRange {
            from: None,
            until: Some(self.granularity.format(until)),
        })
    }

    /// The years before and with a time, the last first, in spans of at most so many days, for a server that takes no
    /// list that is open at its start; and where they begin. Not more than a few dozen.
    pub fn split_before_earliest(
        self,
        high: DateTime<Utc>,
        widest: Option<i64>,
    ) -> (Vec<WindowRange>, String) {
        let mut spans = Vec::new();
        for year in (EPOCH..=high.year()).rev() {
            let day = |month, day| NaiveDate::from_ymd_opt(year, month, day).unwrap_or_default();
            let last = end_of_day(day(12, 31).and_time(NaiveTime::MIN).and_utc()).min(high);
            let span = self.closed(
                start_of_day(day(1, 1).and_time(NaiveTime::MIN).and_utc()),
                last,
            );
            spans.extend(
                self.within(span, high, high, widest.unwrap_or(366))
                    .into_iter()
                    .rev(),
            );
            if spans.len() >= YEARS_BACK {
                spans.truncate(YEARS_BACK);
                break;
            }
        }
        let begins = spans.last().and_then(|span| span.from.clone());
        (
            spans,
            begins.unwrap_or_else(|| self.granularity.format(high)),
        )
    }

    /// Splits a window into years, one of at most a year into months, one of at most a month into days, and a
    /// day in two: for a server that only takes narrow ones. Its open ends are closed, being as wide as it gets; what
    /// lies before `earliest`, which a server may have wrong, is the last span.
    pub fn split_by_calendar_unit(
        self,
        from: Option<&str>,
        until: Option<&str>,
        earliest: DateTime<Utc>,
        latest: DateTime<Utc>,
    ) -> Vec<WindowRange> {
        let (low, high) = ends(from, until, earliest, latest);
        let days = (high.date_naive() - low.date_naive()).num_days();
        let begins: fn(NaiveDate) -> bool = match days {
            ..=1 => return self.split_closed(from, until, earliest, latest),
            2..=31 => |_| true,
            32..=366 => |day| day.day() == 1,
            _ => |day| day.ordinal() == 1,
        };
        let cuts: Vec<_> = low
            .date_naive()
            .iter_days()
            .skip(1)
            .take_while(|day| *day <= high.date_naive())
            .filter(|day| begins(*day))
            .map(|day| day.and_time(NaiveTime::MIN).and_utc() - TimeDelta::seconds(1))
            .collect();
        let closed = self.closed(low, high);
        let spans = self.cut(closed.from.as_deref(), closed.until.as_deref(), &cuts);
        spans.into_iter().chain(self.before(from, low)).collect()
    }

    /// A span in parts of at most so many days, by the [`split_by_calendar_unit`](Self::split_by_calendar_unit).
    pub fn within(
        self,
        span: WindowRange,
        earliest: DateTime<Utc>,
        latest: DateTime<Utc>,
        widest: i64,
    ) -> Vec<WindowRange> {
        let (from, until) = (span.from.as_deref(), span.until.as_deref());
        let (low, high) = ends(from, until, earliest, latest);
        if days_between(low, high) <= widest.max(1) {
            return vec![span];
        }
        let parts = self.split_by_calendar_unit(from, until, earliest, latest);
        parts
            .into_iter()
            .flat_map(|part| self.within(part, earliest, latest, widest))
            .collect()
    }

    /// Returns whether a window with both its ends spans less than an hour.
    pub fn is_below_an_hour(self, window: &Window) -> bool {
        self.granularity == Granularity::Second
            && closed_ends(window).is_some_and(|(low, high)| high - low < TimeDelta::hours(1))
    }

    /// Days that a window with both its ends spans.
    pub fn days(self, window: &Window) -> Option<i64> {
        closed_ends(window).map(|(low, high)| days_between(low, high))
    }

    /// The spans between cuts, each cut being the last second of one.
    fn cut(
        self,
        from: Option<&str>,
        until: Option<&str>,
        cuts: &[DateTime<Utc>],
    ) -> Vec<WindowRange> {
        let mut from = from.map(str::to_owned);
        let mut spans = Vec::with_capacity(cuts.len() + 1);
        for cut in cuts {
            spans.push(WindowRange {
                from: from.take(),
                until: Some(self.granularity.format(*cut)),
            });
            from = Some(self.granularity.format(*cut + TimeDelta::seconds(1)));
        }
        spans.push(WindowRange {
            from,
            until: until.map(str::to_owned),
        });
        spans
    }

    /// The last second of the first half.
    fn middle(self, low: DateTime<Utc>, high: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let days = (high.date_naive() - low.date_naive()).num_days();
        if days > 0 {
            let half = Days::new(u64::try_from((days - 1) / 2).unwrap_or(0));
            let day = low.date_naive().checked_add_days(half)?;
            Some(end_of_day(day.and_time(NaiveTime::MIN).and_utc()))
        } else if self.by_day || self.granularity == Granularity::Day {
            None
        } else {
            let seconds = (high - low).num_seconds();
            (seconds >= 1).then(|| low + TimeDelta::seconds(seconds / 2))
        }
    }
}

/// Days from one time to another, both counted.
/// The ends of a window that has both.
fn closed_ends(window: &Window) -> Option<(DateTime<Utc>, DateTime<Utc>)> {
    let time = |bound: &Option<String>| {
        bound
            .as_deref()
            .and_then(Datestamp::parse)
            .map(|date| date.time)
    };
    time(&window.from).zip(time(&window.until))
}

fn days_between(low: DateTime<Utc>, high: DateTime<Utc>) -> i64 {
    (high.date_naive() - low.date_naive()).num_days() + 1
}

/// The ends of a window, with these for the open ones.
fn ends(
    from: Option<&str>,
    until: Option<&str>,
    earliest: DateTime<Utc>,
    latest: DateTime<Utc>,
) -> (DateTime<Utc>, DateTime<Utc>) {
    let time = |bound: Option<&str>| bound.and_then(Datestamp::parse).map(|date| date.time);
    let high = time(until);
    let low = time(from).unwrap_or_else(|| high.map_or(earliest, |high| earliest.min(high)));
    (low, high.unwrap_or_else(|| latest.max(low)))
}

/// A span of datestamps, both ends inclusive; an open end is the repository's own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WindowRange {
    /// First.
    pub from: Option<String>,
    /// Last.
    pub until: Option<String>,
}

impl std::fmt::Display for WindowRange {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match (&self.from, &self.until) {
            (None, None) => f.write_str("the whole list"),
            (Some(from), None) => write!(f, "datestamps from {from}"),
            (None, Some(until)) => write!(f, "datestamps until {until}"),
            (Some(from), Some(until)) if from == until => write!(f, "datestamps of {from}"),
            (Some(from), Some(until)) => write!(f, "datestamps {from} to {until}"),
        }
    }
}

/// The windows that a list was fetched in, without those that others stand for, and the last unbroken range of
/// datestamps that they cover; none without a window.
pub(super) fn listed_range(
    windows: &[Window],
    granularity: Granularity,
) -> Option<(Vec<&Window>, DateRange)> {
    let is_own =
        |window: &&Window| window.kind != WindowKind::Get && window.state != WindowState::Split;
    let windows: Vec<&Window> = windows.iter().filter(is_own).collect();
    let ranges: Vec<WindowRange> = windows
        .iter()
        .map(|window| WindowRange {
            from: window.from.clone(),
            until: window.until.clone(),
        })
        .collect();
    let range = date_range(&ranges, granularity)?;
    Some((windows, range))
}

pub(super) fn start_of_day(time: DateTime<Utc>) -> DateTime<Utc> {
    time.date_naive().and_time(NaiveTime::MIN).and_utc()
}

pub(super) fn end_of_day(time: DateTime<Utc>) -> DateTime<Utc> {
    start_of_day(time) + TimeDelta::days(1) - TimeDelta::seconds(1)
}

/// Returns whether an endpoint is Open Journal Systems: by its own word, else by the form of its address.
pub fn is_ojs(identify: &Identify, base_url: &str) -> bool {
    identify.software.as_ref().map_or_else(
        || base_url.contains("index.php/") && base_url.trim_end_matches('/').ends_with("/oai"),
        crate::oai::Software::is_ojs,
    )
}

/// An unbroken date_range of datestamps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DateRange {
    /// Where it begins; without, at the repository's own beginning.
    pub start: Option<DateTime<Utc>>,
    /// Where it ends; without, at the present.
    pub end: Option<DateTime<Utc>>,
}

/// The last unbroken date_range that spans cover; `None` without a span.
pub fn date_range(spans: &[WindowRange], granularity: Granularity) -> Option<DateRange> {
    let time = |bound: &Option<String>| {
        bound
            .as_deref()
            .and_then(Datestamp::parse)
            .map(|date| date.time)
    };
    let mut bounds: Vec<_> = spans
        .iter()
        .map(|span| (time(&span.from), time(&span.until)))
        .collect();
    bounds.sort_unstable();
    let mut bounds = bounds.into_iter();
    let (mut start, mut reach) = bounds.next()?;
    for (from, until) in bounds {
        if let (Some(end), Some(from)) = (reach, from)
            && from > end + granularity.granule()
        {
            (start, reach) = (Some(from), until);
            continue;
        }
        reach = reach.zip(until).map(|(end, until)| end.max(until));
    }
    Some(DateRange { start, end: reach })
}

/// The cursor after a complete list: the earlier of its first responseDate and the newest datestamp seen,
/// since a server's clock may be ahead and its index behind.
pub fn cursor_after(first_response: Option<&str>, newest: Option<&str>) -> Option<DateTime<Utc>> {
    let time = |text: &str| Datestamp::parse(text).map(|date| date.time);
    match (first_response.and_then(time), newest.and_then(time)) {
        (Some(response), Some(newest)) => Some(response.min(newest)),
        (response, newest) => response.or(newest),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn time(text: &str) -> DateTime<Utc> {
        Datestamp::parse(text).unwrap().time
    }

    const OJS: DateHandling = DateHandling {
        granularity: Granularity::Second,
        by_day: true,
    };
    const SECONDS: DateHandling = DateHandling {
        granularity: Granularity::Second,
        by_day: false,
    };
    const DAYS: DateHandling = DateHandling {
        granularity: Granularity::Day,
        by_day: false,
    };

    #[test]
    fn overlap_is_one_granule_and_two_days_on_ojs() {
        let cursor = time("2024-03-10T12:00:00Z");
        assert_eq!(OJS.from_after(cursor), "2024-03-08T12:00:00Z");
        assert_eq!(SECONDS.from_after(cursor), "2024-03-10T11:59:59Z");
        assert_eq!(DAYS.from_after(cursor), "2024-03-09");
    }

    #[test]
    fn bounds_take_the_repositorys_granularity() {
        assert_eq!(
            SECONDS.bound("2024-03-10", false).unwrap(),
            "2024-03-10T00:00:00Z"
        );
        assert_eq!(
            SECONDS.bound("2024-03-10", true).unwrap(),
            "2024-03-10T23:59:59Z"
        );
        assert_eq!(
            DAYS.bound("2024-03-10T12:00:00Z", true).unwrap(),
            "2024-03-10"
        );
        assert_eq!(DAYS.bound("last week", true), None);
    }

    #[test]
    fn halves_meet_without_gap_or_overlap() {
        for calendar in [OJS, SECONDS, DAYS] {
            let halves = calendar.split(None, None, time("2020-01-01"), time("2020-01-31"));
            let [first, second] = <[WindowRange; 2]>::try_from(halves).unwrap();
            assert_eq!((first.from, second.until), (None, None));
            let until = Datestamp::parse(&first.until.unwrap()).unwrap();
            let from = Datestamp::parse(&second.from.unwrap()).unwrap();
            assert_eq!(from.time - until.time, calendar.granularity.granule());
        }
    }

    #[test]
    fn splitting_ends_at_a_day_on_ojs_and_at_a_granule_elsewhere() {
        let rounds = |calendar: DateHandling| {
            let mut span = WindowRange {
                from: None,
                until: None,
            };
            let mut rounds = 0;
            while let Some(first) = calendar
                .split_closed(
                    span.from.as_deref(),
                    span.until.as_deref(),
                    time("2020-01-01"),
                    time("2024-01-01"),
                )
                .into_iter()
                .next()
            {
                span = first;
                rounds += 1;
                assert!(rounds < 60);
            }
            (rounds, span)
        };
        assert_eq!(rounds(OJS).1.until.unwrap(), "2020-01-01T23:59:59Z");
        assert_eq!(rounds(DAYS).1.until.unwrap(), "2020-01-01");
        assert!(rounds(SECONDS).0 > rounds(OJS).0);
    }

    #[test]
    fn keeps_records_beyond_an_open_end() {
        let day = time("2030-01-01");
        let parts = OJS.split(Some("2030-01-01T00:00:00Z"), None, time("2020-01-01"), day);
        assert_eq!(
            parts.iter().map(ToString::to_string).collect::<Vec<_>>(),
            [
                "datestamps 2030-01-01T00:00:00Z to 2030-01-01T23:59:59Z",
                "datestamps from 2030-01-02T00:00:00Z",
            ]
        );
        let parts = DAYS.split(None, Some("2001-05-01"), time("2020-01-01"), day);
        assert_eq!(
            parts.iter().map(ToString::to_string).collect::<Vec<_>>(),
            ["datestamps until 2001-04-30", "datestamps of 2001-05-01",]
        );
    }

    #[test]
    fn the_ladder_goes_from_years_to_days() {
        let split_by_calendar_unit = |from: &str, until: &str| {
            DAYS.split_by_calendar_unit(Some(from), Some(until), time(from), time(until))
        };
        let years = split_by_calendar_unit("2020-03-05", "2022-02-01");
        assert_eq!(
            years.iter().map(ToString::to_string).collect::<Vec<_>>(),
            [
                "datestamps 2020-03-05 to 2020-12-31",
                "datestamps 2021-01-01 to 2021-12-31",
                "datestamps 2022-01-01 to 2022-02-01",
            ]
        );
        assert_eq!(split_by_calendar_unit("2021-01-01", "2021-12-31").len(), 12);
        assert_eq!(split_by_calendar_unit("2021-02-01", "2021-02-28").len(), 28);
        assert_eq!(split_by_calendar_unit("2021-02-01", "2021-02-02").len(), 2);
        assert_eq!(split_by_calendar_unit("2021-02-01", "2021-02-01").len(), 0);
        // What is older than the repository says comes last.
        let open = DAYS.split_by_calendar_unit(None, None, time("2020-03-05"), time("2022-02-01"));
        assert_eq!(open[..3], years);
        assert_eq!(
            open[3..],
            [WindowRange {
                from: None,
                until: Some("2020-03-04".to_owned())
            }]
        );
        let day = SECONDS.split_closed(None, None, time("2020-03-05"), time("2020-03-05"));
        assert_eq!(day[1].until.as_deref(), Some("2020-03-04T23:59:59Z"));
    }

    #[test]
    fn splits_years_before_the_earliest_datestamp() {
        let (spans, begins) = SECONDS.split_before_earliest(time("2019-02-27T08:00:00Z"), None);
        assert_eq!(spans.len(), 50);
        assert_eq!(
            spans[0].to_string(),
            "datestamps 2019-01-01T00:00:00Z to 2019-02-27T08:00:00Z"
        );
        assert_eq!(
            spans[1].to_string(),
            "datestamps 2018-01-01T00:00:00Z to 2018-12-31T23:59:59Z"
        );
        assert_eq!(begins, "1970-01-01T00:00:00Z");
        let (spans, begins) = DAYS.split_before_earliest(time("2019-02-27"), Some(31));
        assert_eq!((spans.len(), &*begins), (YEARS_BACK, "2014-03-01"));
        assert_eq!(spans[1].to_string(), "datestamps 2019-01-01 to 2019-01-31");
        assert_eq!(DAYS.split_before_earliest(time("1969-12-31"), None).0, []);
    }

    #[test]
    fn ranges_are_cut_to_the_accepted_width() {
        let span = || WindowRange {
            from: Some("2020-01-10".to_owned()),
            until: Some("2021-03-05".to_owned()),
        };
        let parts = |widest| DAYS.within(span(), time("2020-01-10"), time("2021-03-05"), widest);
        assert_eq!(parts(1000), [span()]);
        assert_eq!(parts(366).len(), 2);
        assert_eq!(parts(31).len(), 15);
        // 416 days of whole months one by one, and the five of March together.
        assert_eq!(parts(7).len(), 417);
    }

    #[test]
    fn stretches_end_at_holes() {
        let span = |from: &str, until: &str| {
            let bound = |text: &str| (!text.is_empty()).then(|| text.to_owned());
            WindowRange {
                from: bound(from),
                until: bound(until),
            }
        };
        let of = |spans: &[WindowRange]| {
            let DateRange { start, end } = date_range(spans, Granularity::Day).unwrap();
            (start, end)
        };
        assert_eq!(of(&[span("", "")]), (None, None));
        assert_eq!(
            of(&[span("2020-02-01", ""), span("", "2020-01-31")]),
            (None, None)
        );
        assert_eq!(
            of(&[span("", "2020-01-31"), span("2020-03-01", "")]),
            (Some(time("2020-03-01")), None)
        );
        assert_eq!(
            of(&[span("2020-01-01", "2020-01-31")]),
            (Some(time("2020-01-01")), Some(time("2020-01-31")))
        );
        assert_eq!(
            of(&[span("2020-01-01", ""), span("2020-01-05", "2020-01-06")]),
            (Some(time("2020-01-01")), None)
        );
        assert_eq!(date_range(&[], Granularity::Day), None);
    }

    #[test]
    fn the_cursor_is_the_earlier_of_clock_and_index() {
        assert_eq!(
            cursor_after(Some("2024-05-01T00:00:00Z"), Some("2024-04-01")),
            Some(time("2024-04-01"))
        );
        assert_eq!(
            cursor_after(Some("2024-05-01T00:00:00Z"), Some("2099-01-01")),
            Some(time("2024-05-01"))
        );
        assert_eq!(
            cursor_after(Some("2024-05-01T00:00:00Z"), None),
            Some(time("2024-05-01"))
        );
        assert_eq!(cursor_after(None, None), None);
    }
}
