//! Bounds on one run: records, bytes and time.

use std::time::Duration;

use clap::Args;
use serde::{Deserialize, Serialize};

use crate::cli::config::{Config, SourceConfig};
use crate::harvest::RunBudget;

/// Bounds of each source in one run; the next run resumes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Args, Serialize, Deserialize)]
#[serde(default)]
pub struct Bounds {
    /// Stop a source after this many records in one run; the next run resumes [default: 50000000]
    #[arg(long, env = "OFFPRINT_MAX_RECORDS", value_name = "N")]
    pub max_records: Option<u64>,

    /// Stop a source after this many bytes of pages in one run [default: 500000000000]
    #[arg(long, env = "OFFPRINT_MAX_BYTES", value_name = "N")]
    pub max_bytes: Option<u64>,

    /// Stop a source after this many seconds in one run [default: 86400]
    #[arg(long, env = "OFFPRINT_MAX_TIME", value_name = "SECONDS")]
    pub max_time: Option<u64>,
}

impl Bounds {
    /// Returns the bounds that the configuration sets for a source: its own, else those of the file.
    pub fn configured(config: &Config, source: Option<&SourceConfig>) -> Self {
        let own = |value: fn(&SourceConfig) -> Option<u64>| source.and_then(value);
        Self {
            max_records: own(|source| source.max_records).or(config.max_records),
            max_bytes: own(|source| source.max_bytes).or(config.max_bytes),
            max_time: own(|source| source.max_time).or(config.max_time),
        }
    }

    /// Returns these bounds, with those of `other` where one is not set.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        Self {
            max_records: self.max_records.or(other.max_records),
            max_bytes: self.max_bytes.or(other.max_bytes),
            max_time: self.max_time.or(other.max_time),
        }
    }

    /// Returns the budget of a run, with the default where a bound is not set.
    pub fn budget(self) -> RunBudget {
        let default = RunBudget::default();
        RunBudget {
            max_records: self.max_records.unwrap_or(default.max_records),
            max_bytes: self.max_bytes.unwrap_or(default.max_bytes),
            max_time: self.max_time.map_or(default.max_time, Duration::from_secs),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flag_wins_over_the_source_and_that_over_the_file() {
        let config: Config = toml::from_str(
            "max_records = 1\nmax_bytes = 2\n[[source]]\nname = \"a\"\nurl = \"https://a.example/oai\"\nmax_records = 3",
        )
        .unwrap();
        let flags = Bounds {
            max_time: Some(4),
            ..Bounds::default()
        };
        assert_eq!(
            flags
                .or(Bounds::configured(&config, config.source.first()))
                .budget(),
            RunBudget {
                max_records: 3,
                max_bytes: 2,
                max_time: Duration::from_secs(4),
            }
        );
        assert_eq!(
            Bounds::configured(&Config::default(), None).budget(),
            RunBudget::default()
        );
    }
}
