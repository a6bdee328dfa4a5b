//! Values that flags, environment and configuration file have in common.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, NaiveDate, NaiveTime, Utc};
use clap::ValueEnum;
use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};
use serde::{Deserialize, Serialize, Serializer};
use url::Url;

use crate::export::{self, NamedValues};
use crate::harvest::base_url::base_url;
use crate::oai::Datestamp;
use crate::redact::redact;
use crate::store::RunNo;
pub use crate::values::SetSpec;
use crate::values::{DisplaySafeUrl, Doi, Issn};

/// Base URL of an endpoint, http or https; a password in it is not shown.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Endpoint(Url);

impl Endpoint {
    /// The URL.
    pub fn url(&self) -> &Url {
        &self.0
    }
}

impl FromStr for Endpoint {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        base_url(text)
            .map(Self)
            .map_err(|error| redact(&error.to_string()))
    }
}

impl TryFrom<String> for Endpoint {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        DisplaySafeUrl::from(self.0.as_str()).fmt(f)
    }
}

impl fmt::Debug for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Endpoint({self})")
    }
}

impl Serialize for Endpoint {
    /// Without a password.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// Texts that are checked when they are read.
macro_rules! checked_text {
    ($(#[$doc:meta])* $name:ident, $check:expr) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(try_from = "String")]
        pub struct $name(String);

        impl $name {
            /// The text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl FromStr for $name {
            type Err = String;

            fn from_str(text: &str) -> Result<Self, String> {
                let check: fn(&str) -> Result<(), &'static str> = $check;
                check(text).map(|()| Self(text.to_owned())).map_err(str::to_owned)
            }
        }

        impl TryFrom<String> for $name {
            type Error = String;

            fn try_from(text: String) -> Result<Self, String> {
                text.parse()
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

checked_text!(
    /// metadataPrefix: letters, digits and `-_.!~*'()` (OAI-PMH 2.0, §3.4).
    MetadataPrefix,
    |text| {
        let allowed = |c: char| c.is_ascii_alphanumeric() || "-_.!~*'()".contains(c);
        if !text.is_empty() && text.len() <= 100 && text.chars().all(allowed) {
            Ok(())
        } else {
            Err("a metadataPrefix has letters, digits and -_.!~*'() only, such as oai_dc")
        }
    }
);

checked_text!(
    /// Address of the operator; sent as `From:`.
    Contact,
    |text| {
        let (user, host) = text.split_once('@').unwrap_or_default();
        let visible = text.len() <= 254 && text.chars().all(|c| c.is_ascii_graphic());
        if visible && !user.is_empty() && !host.is_empty() && !host.contains('@') {
            Ok(())
        } else {
            Err("a contact is a mail address, such as library@example.org")
        }
    }
);

checked_text!(
    /// Name of a source: letters, digits and `._-`, so that it is no URL and no path.
    SourceName,
    |text| {
        let allowed = |c: char| c.is_alphanumeric() || "._-".contains(c);
        let plain = text.chars().next().is_some_and(char::is_alphanumeric) && text.chars().all(allowed);
        if plain && text.len() <= 100 {
            Ok(())
        } else {
            Err("a name has letters, digits and ._- only, and begins with a letter or digit")
        }
    }
);

checked_text!(
    /// A code or number as catalogs write them, such as `DE-101` or `(DE-599)ZDB2002383-9`.
    ControlText,
    |text| {
        let plain = text.len() <= 100 && !text.chars().any(char::is_control);
        if plain && !text.trim().is_empty() {
            Ok(())
        } else {
            Err("a code or number has 1 to 100 characters and no control characters")
        }
    }
);

checked_text!(
    /// A title, name or place of one line.
    PlainText,
    |text| {
        let plain = text.len() <= 500 && !text.chars().any(char::is_control);
        if plain && !text.trim().is_empty() {
            Ok(())
        } else {
            Err("a title or name has 1 to 500 bytes and no control characters")
        }
    }
);

checked_text!(
    /// An ISSN with its hyphen and a right check digit (ISO 3297).
    IssnText,
    |text| {
        match Issn::parse(text) {
            Some(issn) if issn == text => Ok(()),
            _ => Err("an ISSN has the form 1234-567X and a right check digit"),
        }
    }
);

checked_text!(
    /// A bare DOI.
    DoiText,
    |text| {
        match Doi::parse(text) {
            Some(doi) if doi.eq_ignore_ascii_case(text) => Ok(()),
            _ => Err("a DOI has the form 10.1234/abc"),
        }
    }
);

/// A text that is shown nowhere.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub struct Secret(String);

impl Secret {
    /// The text itself.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

impl Serialize for Secret {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str("***")
    }
}

/// First pause after a failure, seconds.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "f64", into = "f64")]
pub struct Backoff(f64);

impl Backoff {
    /// As a duration: up to 10 minutes.
    pub fn duration(self) -> Duration {
        Duration::from_secs_f64(self.0)
    }
}

impl Default for Backoff {
    fn default() -> Self {
        Self(2.0)
    }
}

impl From<Backoff> for f64 {
    fn from(backoff: Backoff) -> Self {
        backoff.0
    }
}

impl TryFrom<f64> for Backoff {
    type Error = String;

    fn try_from(seconds: f64) -> Result<Self, String> {
        if (0.001..=600.0).contains(&seconds) {
            Ok(Self(seconds))
        } else {
            Err("a pause is 0.001 to 600 seconds".to_owned())
        }
    }
}

impl FromStr for Backoff {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        text.trim().parse::<f64>().unwrap_or(f64::NAN).try_into()
    }
}

/// Longest silence of a server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "u64", into = "u64")]
pub struct Timeout(u64);

impl Timeout {
    /// As a duration: 1 second to 1 hour.
    pub fn duration(self) -> Duration {
        Duration::from_secs(self.0)
    }
}

impl Default for Timeout {
    fn default() -> Self {
        Self(60)
    }
}

impl From<Timeout> for u64 {
    fn from(timeout: Timeout) -> Self {
        timeout.0
    }
}

impl TryFrom<u64> for Timeout {
    type Error = String;

    fn try_from(seconds: u64) -> Result<Self, String> {
        match seconds {
            1..=3600 => Ok(Self(seconds)),
            _ => Err("a timeout is 1 to 3600 seconds".to_owned()),
        }
    }
}

impl FromStr for Timeout {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        text.parse().unwrap_or(0).try_into()
    }
}

/// The gaps that make a finished harvest exit with 4.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub enum FailOn {
    /// Any gap that is still open.
    #[default]
    Any,
    /// A gap of this run.
    New,
    /// No loss.
    None,
}

/// The start of a delta export.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Since {
    /// The export before.
    Last,
}

/// The start of one delta export.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChangedSince {
    /// The last export of that name.
    Last,
    /// The end of a run.
    Run(RunNo),
    /// A time.
    Time(DateTime<Utc>),
}

impl FromStr for ChangedSince {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let day = || {
            text.parse::<NaiveDate>()
                .ok()
                .map(|day| day.and_time(NaiveTime::MIN).and_utc())
        };
        match text.parse() {
            _ if text == "last" => Ok(Self::Last),
            Ok(run @ 1..) => Ok(Self::Run(RunNo(run))),
            Ok(_) => Err("runs are counted from 1".to_owned()),
            Err(_) => text
                .parse()
                .ok()
                .or_else(day)
                .or_else(|| Some(datestamp(text).ok()?.time))
                .map(Self::Time)
                .ok_or_else(|| {
                    "a run's number, a date such as 2026-11-24, 2026-11-24T06:00:00Z or 7d, or last"
                        .to_owned()
                }),
        }
    }
}

/// Additional content to fetch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub enum Enrich {
    /// The HTML page of each article.
    LandingPage,
}

/// The log format on stderr.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub enum LogFormat {
    /// For people.
    #[default]
    Text,
    /// One JSON object per line.
    Json,
}

/// A format of `export`.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ExportFormat(&'static export::Format);

impl ExportFormat {
    /// Returns the data of the format.
    pub fn info(self) -> &'static export::FormatInfo {
        self.0.info
    }

    /// Returns an exporter with these settings.
    ///
    /// # Errors
    /// A setting that the format cannot do without.
    pub fn exporter(
        self,
        options: &export::Options,
    ) -> Result<Arc<dyn export::Exporter>, export::ExportError> {
        self.0.exporter(options)
    }

    /// Returns the parser of a command-line argument: the registry with its summaries.
    pub(super) fn parser() -> impl TypedValueParser<Value = Self> {
        let values = export::FORMATS
            .iter()
            .map(|format| PossibleValue::new(format.info.name).help(format.info.summary));
        PossibleValuesParser::new(values).try_map(|name| name.parse::<Self>())
    }
}

impl PartialEq for ExportFormat {
    fn eq(&self, other: &Self) -> bool {
        self.info().name == other.info().name
    }
}

impl FromStr for ExportFormat {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        export::find_format(name).map(Self).ok_or_else(|| {
            let names: Vec<&str> = export::FORMATS
                .iter()
                .map(|format| format.info.name)
                .collect();
            format!(
                "unknown format {name:?}; expected one of {}",
                names.join(", ")
            )
        })
    }
}

impl TryFrom<String> for ExportFormat {
    type Error = String;

    fn try_from(name: String) -> Result<Self, String> {
        name.parse()
    }
}

impl From<ExportFormat> for String {
    fn from(format: ExportFormat) -> Self {
        format.info().name.to_owned()
    }
}

/// Returns the parser of an enumeration of the library.
pub(super) fn named_value<T>() -> impl TypedValueParser<Value = T>
where
    T: NamedValues + FromStr<Err = String> + Send + Sync,
{
    let values = T::VALUES
        .iter()
        .map(|(_, name, help)| PossibleValue::new(*name).help(*help));
    PossibleValuesParser::new(values).try_map(|name| name.parse::<T>())
}

/// Reads a date of `--from`: a day, a time, a year or month from its first day, or a number of days or weeks ago.
pub(super) fn datestamp(text: &str) -> Result<Datestamp, String> {
    date(text, Utc::now().date_naive(), false)
}

/// Reads a date of `--until`: as of `--from`, but a year or month up to its last day.
pub(super) fn datestamp_until(text: &str) -> Result<Datestamp, String> {
    date(text, Utc::now().date_naive(), true)
}

/// Reads a date, as seen from a day.
fn date(text: &str, today: NaiveDate, is_end: bool) -> Result<Datestamp, String> {
    let known = text.len() == 10 || text.ends_with('Z');
    let whole = Datestamp::parse(text).filter(|_| known);
    whole
        .or_else(|| Datestamp::parse(&period(text, is_end)?.to_string()))
        .or_else(|| Datestamp::parse(&days_ago(text, today)?.to_string()))
        .ok_or_else(|| {
            "a date is YYYY-MM-DD, YYYY-MM, YYYY or YYYY-MM-DDThh:mm:ssZ, or an age such as 7d or 4w".to_owned()
        })
}

/// Returns the first or last day of a year or month.
fn period(text: &str, is_end: bool) -> Option<NaiveDate> {
    let (year, month) = match (text.len(), text.split_once('-')) {
        (4, None) => (text, None),
        (7, Some((year, month))) => (year, Some(month)),
        _ => return None,
    };
    let year: i32 = year.parse().ok()?;
    let month: Option<u32> = month.map(str::parse).transpose().ok()?;
    if !is_end {
        return NaiveDate::from_ymd_opt(year, month.unwrap_or(1), 1);
    }
    let next = match month {
        None | Some(12) => NaiveDate::from_ymd_opt(year + 1, 1, 1),
        Some(month) => NaiveDate::from_ymd_opt(year, month + 1, 1),
    };
    next?.pred_opt()
}

/// Returns the day so many days or weeks before another.
fn days_ago(text: &str, today: NaiveDate) -> Option<NaiveDate> {
    let (number, days) = text
        .strip_suffix('d')
        .map(|number| (number, 1))
        .or_else(|| Some((text.strip_suffix('w')?, 7)))?;
    today.checked_sub_days(chrono::Days::new(
        number.parse::<u32>().ok().map(u64::from)? * days,
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::Rate;

    #[rstest::rstest]
    #[case("2020", false, Some("2020-01-01"))]
    #[case("2020", true, Some("2020-12-31"))]
    #[case("2020-02", false, Some("2020-02-01"))]
    #[case("2020-02", true, Some("2020-02-29"))]
    #[case("2020-12", true, Some("2020-12-31"))]
    #[case("7d", false, Some("2026-11-22"))]
    #[case("4w", true, Some("2026-11-01"))]
    #[case("2020-02-03", true, Some("2020-02-03"))]
    #[case("2020-13", false, None)]
    #[case("yesterday", false, None)]
    #[case("d", false, None)]
    #[case("-1d", false, None)]
    #[case("4294967296d", false, None)]
    fn dates_may_be_periods_and_ages(
        #[case] text: &str,
        #[case] is_end: bool,
        #[case] expected: Option<&str>,
    ) {
        let today = "2026-11-29".parse().unwrap();
        let stamp = date(text, today, is_end).ok();
        let day = stamp.map(|stamp| stamp.granularity.format(stamp.time));
        assert_eq!(day.as_deref(), expected);
    }

    #[test]
    fn rates() {
        for (text, rate) in [
            ("2", Some(Rate::PerSecond(2.0))),
            ("0.5", Some(Rate::PerSecond(0.5))),
            ("1/4", Some(Rate::PerSecond(0.25))),
            ("unlimited", Some(Rate::Unlimited)),
            ("0", None),
            ("-1", None),
            ("1/0", None),
            ("NaN", None),
            ("inf", None),
            ("fast", None),
            ("", None),
        ] {
            assert_eq!(text.parse::<Rate>().ok(), rate, "{text}");
        }
        assert_eq!(
            Rate::Unlimited.slower(Rate::PerSecond(2.0)),
            Rate::PerSecond(2.0)
        );
        assert_eq!(
            Rate::PerSecond(3.0).slower(Rate::PerSecond(2.0)),
            Rate::PerSecond(2.0)
        );
    }

    #[test]
    fn texts() {
        assert!("oai_dc".parse::<MetadataPrefix>().is_ok());
        assert!("oai dc".parse::<MetadataPrefix>().is_err());
        assert!("cac:PEER%20REVIEW".parse::<SetSpec>().is_ok());
        assert!("cac ART".parse::<SetSpec>().is_ok());
        assert!(" ".parse::<SetSpec>().is_err());
        assert!("a@b.example".parse::<Contact>().is_ok());
        assert!("a@b\r\nX-Header: 1".parse::<Contact>().is_err());
        assert!("a@".parse::<Contact>().is_err());
        assert!("cac-journal.1".parse::<SourceName>().is_ok());
        assert!("a/b".parse::<SourceName>().is_err());
        assert!("-x".parse::<SourceName>().is_err());
    }

    #[test]
    fn dates() {
        assert!(datestamp("2024-02-29").is_ok());
        assert!(datestamp("2024-02-29T10:00:00Z").is_ok());
        for text in [
            "2023-02-29",
            "24",
            "yesterday",
            "2024-02-29T10:00:00+02:00",
            "",
        ] {
            assert!(datestamp(text).is_err(), "{text}");
        }
    }
}
