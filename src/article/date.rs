//! Dates as precise as their source, and no more.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The precision of a date.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Precision {
    /// `2004-12-31`
    Day,
    /// `2004-12`
    Month,
    /// `2004`
    Year,
}

/// A calendar date that may lack its day or month.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PartialDate {
    /// ISO 8601, cut to what is known: `2004-12-31`, `2004-12` or `2004`.
    #[schemars(regex(pattern = r"^[0-9]{4}(-[0-9]{2}(-[0-9]{2})?)?$"))]
    pub date: String,
    /// The precision.
    pub precision: Precision,
}

impl PartialDate {
    /// Year, month (1–12) and day, as far as known; `None` for a date that does not parse.
    pub fn parts(&self) -> Option<(i32, Option<u32>, Option<u32>)> {
        let mut parts = self.date.splitn(3, '-');
        let year = parts.next()?.parse().ok()?;
        let month = parts.next().map(str::parse).transpose().ok()?;
        let day = parts.next().map(str::parse).transpose().ok()?;
        Some((year, month, day))
    }
}
