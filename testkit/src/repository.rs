//! A repository of synthetic records, and how it selects and pages them (§2.7, §3.5).

use chrono::{DateTime, Days, NaiveDate, NaiveDateTime, TimeDelta, Utc};

/// A record of the repository.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    pub identifier: String,
    pub number: u32,
    pub datestamp: DateTime<Utc>,
    pub set: String,
    pub deleted: bool,
    pub title: String,
    /// A tombstone of another journal, which OJS 3.4 shows to the wrong endpoint.
    pub foreign: bool,
}

/// The software that Identify names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Software {
    Ojs(&'static str),
    Unnamed,
}

/// The value of `completeListSize`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ListSize {
    Exact,
    Absent,
    /// The true size plus this.
    Off(i64),
}

/// The form of the token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenStyle {
    /// 32 hex digits, as OJS.
    Hex,
    /// With characters that need escaping in XML and in a query.
    Awkward,
    /// With white space around it.
    Padded,
}

/// A repository.
#[derive(Clone, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is a habit of its own")]
pub struct Repository {
    /// First path segment after `index.php`, and the setSpec above all others.
    pub journal: &'static str,
    pub records: Vec<Record>,
    pub page_size: usize,
    pub seconds: bool,
    /// OJS from 3.4.0-2 compares whole days although it advertises seconds.
    pub whole_days: bool,
    pub deleted_record: &'static str,
    /// The false earliestDatestamp of Identify.
    pub earliest: Option<&'static str>,
    pub software: Software,
    pub list_size: ListSize,
    pub token_style: TokenStyle,
    /// Ignores `from` and `until`.
    pub ignores_dates: bool,
    /// Each page begins with the last record of the page before.
    pub repeats_edge: bool,
    pub has_sets: bool,
    /// Clock of responseDate against ours, seconds.
    pub clock_off: i64,
    /// Compresses when the client takes gzip.
    pub gzip: bool,
    /// Arguments that each request must carry; it repeats them in what it says of its address.
    pub keys: Vec<(&'static str, &'static str)>,
    /// Refuses a token without metadataPrefix beside it.
    pub token_wants_prefix: bool,
    /// Refuses a `from` before this.
    pub rejects_before: Option<&'static str>,
    /// A second format, which only each record of so many has: a list with any other is refused.
    pub partial_format: Option<(&'static str, u32)>,
}

/// The arguments of a list, and how far it has come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct List {
    pub verb: String,
    pub prefix: String,
    pub set: Option<String>,
    pub from: Option<String>,
    pub until: Option<String>,
    pub offset: usize,
    /// Makes otherwise equal tokens differ.
    pub salt: u32,
}

/// One page of a list.
#[derive(Clone, Debug)]
pub struct Slice {
    pub records: Vec<Record>,
    pub total: usize,
    pub offset: usize,
    pub page: usize,
    pub pages: usize,
}

impl Slice {
    pub fn is_last(&self) -> bool {
        self.page + 1 >= self.pages
    }
}

impl Repository {
    /// `count` records, spread over years, one in eight on the same day as the one before, one in fifteen
    /// deleted; ten a page; as OJS 3.3 answers.
    pub fn new(count: u32) -> Self {
        let start = NaiveDate::from_ymd_opt(2019, 3, 1).unwrap();
        let records = (0..count)
            .map(|n| {
                let shares_day = n % 8 == 5;
                let day = start + Days::new(u64::from(n - u32::from(shares_day)) * 29);
                let (hour, minute) = if shares_day {
                    (17, n % 60)
                } else {
                    (8, n % 60)
                };
                Record {
                    identifier: identifier(n),
                    number: n,
                    datestamp: day.and_hms_opt(hour, minute, 7).unwrap().and_utc(),
                    set: ["jcs:ART", "jcs:REV", "jcs:ED"][n as usize % 3].to_owned(),
                    deleted: n % 15 == 7,
                    title: format!("On the {}. observation", n + 1),
                    foreign: false,
                }
            })
            .collect();
        Self {
            journal: "jcs",
            records,
            page_size: 10,
            seconds: true,
            whole_days: false,
            deleted_record: "persistent",
            earliest: None,
            software: Software::Ojs("3.3.0.14"),
            list_size: ListSize::Exact,
            token_style: TokenStyle::Hex,
            ignores_dates: false,
            repeats_edge: false,
            has_sets: true,
            clock_off: 0,
            gzip: false,
            keys: Vec::new(),
            token_wants_prefix: false,
            rejects_before: None,
            partial_format: None,
        }
    }

    /// Returns whether it can give a record in a format.
    pub fn has_format(&self, record: &Record, prefix: &str) -> bool {
        match self.partial_format {
            Some((partial, every)) if prefix == partial => record.number.is_multiple_of(every),
            _ => true,
        }
    }

    /// Returns whether it offers a format.
    pub fn offers(&self, prefix: &str) -> bool {
        prefix == "oai_dc"
            || self
                .partial_format
                .is_some_and(|(partial, _)| partial == prefix)
    }

    /// All records on one day and in one set, so that no window or set can take them apart.
    pub fn crowded(count: u32) -> Self {
        let mut repository = Self::new(count);
        let day = NaiveDate::from_ymd_opt(2021, 5, 4).unwrap();
        for record in &mut repository.records {
            record.datestamp = day.and_hms_opt(9, 0, 0).unwrap().and_utc();
            record.set = "jcs:ART".into();
        }
        repository
    }

    pub fn path(&self) -> String {
        format!("/index.php/{}/oai", self.journal)
    }

    pub fn record(&self, identifier: &str) -> Option<&Record> {
        let mut named = self
            .records
            .iter()
            .filter(|record| record.identifier == identifier);
        let first = named.next();
        named.fold(
            first,
            |best, next| if next.deleted { best } else { Some(next) },
        )
    }

    pub fn stamp(&self, time: DateTime<Utc>) -> String {
        if self.seconds {
            time.format("%Y-%m-%dT%H:%M:%SZ").to_string()
        } else {
            time.format("%Y-%m-%d").to_string()
        }
    }

    pub fn now(&self) -> DateTime<Utc> {
        Utc::now() + TimeDelta::seconds(self.clock_off)
    }

    /// Edits a record as an editor would: its text changes and its datestamp becomes the newest.
    pub fn touch(&mut self, identifier: &str) {
        let newest = self
            .records
            .iter()
            .map(|record| record.datestamp)
            .max()
            .unwrap();
        let record = self
            .records
            .iter_mut()
            .find(|record| record.identifier == identifier)
            .unwrap();
        record.datestamp = newest + Days::new(1);
        record.title.push_str(", revised");
    }

    /// Adds a live record stamped now.
    pub fn publish(&mut self) {
        let number = u32::try_from(self.records.len()).unwrap();
        let mut record = Self::new(1).records.remove(0);
        record.identifier = identifier(number);
        record.number = number;
        record.datestamp = Utc::now();
        self.records.push(record);
    }

    /// All records the arguments select, by datestamp.
    pub fn select(&self, list: &List) -> Vec<&Record> {
        let [from, until] =
            [&list.from, &list.until].map(|bound| bound.as_deref().and_then(parse_stamp));
        let is_in_window =
            |record: &Record| self.ignores_dates || self.in_window(record, from, until);
        let is_in_set = |record: &Record| {
            list.set
                .as_deref()
                .is_none_or(|set| in_set(&record.set, set))
        };
        let mut selected: Vec<&Record> = self
            .records
            .iter()
            .filter(|record| is_in_set(record) && is_in_window(record))
            .collect();
        selected.sort_by_key(|record| (record.datestamp, record.number));
        selected
    }

    /// The page at the list's offset; `None` past its end.
    pub fn page(&self, list: &List) -> Option<Slice> {
        let selected = self.select(list);
        if list.offset >= selected.len() {
            return None;
        }
        let begin = if self.repeats_edge {
            list.offset.saturating_sub(1)
        } else {
            list.offset
        };
        let end = (list.offset + self.page_size).min(selected.len());
        Some(Slice {
            records: selected[begin..end].iter().copied().cloned().collect(),
            total: selected.len(),
            offset: list.offset,
            page: list.offset / self.page_size,
            pages: selected.len().div_ceil(self.page_size),
        })
    }

    fn in_window(&self, record: &Record, from: Option<Bound>, until: Option<Bound>) -> bool {
        let whole_days = self.whole_days || !self.seconds;
        let stamp = record.datestamp;
        let after = from.is_none_or(|(from, _)| {
            if whole_days {
                stamp.date_naive() >= from.date_naive()
            } else {
                stamp >= from
            }
        });
        let before = until.is_none_or(|(until, day)| {
            if whole_days || day {
                stamp.date_naive() <= until.date_naive()
            } else {
                stamp <= until
            }
        });
        after && before
    }
}

/// A datestamp, and whether it names a day.
pub type Bound = (DateTime<Utc>, bool);

/// Identifier of the `n`-th record.
pub fn identifier(n: u32) -> String {
    format!("oai:ojs.example.org:article/{}", 101 + n)
}

/// A datestamp of either granularity, and whether it names a day.
pub fn parse_stamp(text: &str) -> Option<Bound> {
    if let Ok(day) = NaiveDate::parse_from_str(text, "%Y-%m-%d") {
        return Some((day.and_hms_opt(0, 0, 0)?.and_utc(), true));
    }
    NaiveDateTime::parse_from_str(text, "%Y-%m-%dT%H:%M:%SZ")
        .ok()
        .map(|time| (time.and_utc(), false))
}

fn in_set(spec: &str, wanted: &str) -> bool {
    spec.strip_prefix(wanted)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with(':'))
}
