//! What a repository says of itself (§4.2), with the descriptions that tell its software.

use serde::{Deserialize, Serialize};

use crate::oai::Granularity;

/// How a repository tells of deletions (§2.5.1).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum DeletedRecord {
    /// Not at all.
    #[default]
    No,
    /// For some time.
    Transient,
    /// For ever.
    Persistent,
}

/// The software behind an endpoint.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Software {
    /// `Open Journal Systems`, `DSpace` …
    pub name: String,
    /// `3.4.0.10`
    pub version: Option<String>,
}

impl Software {
    /// Whether this is Open Journal Systems.
    pub fn is_ojs(&self) -> bool {
        self.name.contains("Open Journal Systems") || self.name.eq_ignore_ascii_case("ojs")
    }

    /// Leading numbers of the version: `3.4.0.10` gives `[3, 4, 0, 10]`; what is absent is zero.
    pub fn version_numbers(&self) -> Option<[u32; 4]> {
        let version = self.version.as_deref()?.trim();
        if !version.starts_with(|c: char| c.is_ascii_digit()) {
            return None;
        }
        let mut numbers = [0; 4];
        for (slot, part) in numbers.iter_mut().zip(version.split(['.', '-'])) {
            let digits: String = part.chars().take_while(char::is_ascii_digit).collect();
            *slot = digits.parse().unwrap_or(0);
        }
        Some(numbers)
    }
}

/// The answer to Identify.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identify {
    /// Name for people.
    pub repository_name: String,
    /// The base URL it believes to have; often not the one that reaches it.
    pub base_url: String,
    /// `2.0`
    pub protocol_version: String,
    /// Addresses of its keepers.
    pub admin_emails: Vec<String>,
    /// Lower limit of all datestamps, as received.
    pub earliest_datestamp: String,
    /// How it tells of deletions.
    pub deleted_record: DeletedRecord,
    /// Granularity of its datestamps.
    pub granularity: Granularity,
    /// Content codings it names.
    pub compressions: Vec<String>,
    /// `repositoryIdentifier` of its oai-identifier description.
    pub repository_identifier: Option<String>,
    /// `sampleIdentifier` of the same.
    pub sample_identifier: Option<String>,
    /// Its software, by the toolkit description.
    pub software: Option<Software>,
}
