//! The Identify response (§4.2), with the descriptions that reveal the software.

use serde::{Deserialize, Serialize};

use crate::oai::Granularity;

/// The level of support for deletions (§2.5.1).
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
    /// Returns whether this is Open Journal Systems.
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
    /// The level of support for deletions.
    pub deleted_record: DeletedRecord,
    /// Granularity of its datestamps.
    pub granularity: Granularity,
    /// Content codings it names.
    pub compressions: Vec<String>,
    /// `repositoryIdentifier` of its oai-identifier description.
    pub repository_identifier: Option<String>,
    /// `sampleIdentifier` of the same.
    pub sample_identifier: Option<String>,
    /// The software, from the toolkit description.
    pub software: Option<Software>,
    /// Texts and elements of other descriptions that name software, cut to 200 characters.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub mentions: Vec<String>,
}

/// Words of descriptions that name software, in lower case.
const MENTIONS: [&str; 9] = [
    "eprints server software",
    "(eprints ",
    "dspace",
    "xoai",
    "digital commons",
    "bepress",
    "invenio",
    "janeway",
    "open journal systems",
];

/// Takes the elements below `<Identify>` in one by one.
#[derive(Default)]
pub(crate) struct IdentifyReader {
    identify: Identify,
    path: Vec<String>,
    text: String,
    toolkit: Option<Software>,
}

impl IdentifyReader {
    pub(crate) fn depth(&self) -> usize {
        self.path.len()
    }

    pub(crate) fn open(&mut self, name: &str) {
        if self
            .path
            .first()
            .is_some_and(|first| first == "description")
        {
            self.mention(name);
        }
        self.path.push(name.to_owned());
        self.text.clear();
    }

    pub(crate) fn text(&mut self, text: &str) {
        if self.text.len() < 10_000 {
            self.text.push_str(text);
        }
    }

    /// Notes a text or an element that names software.
    fn mention(&mut self, text: &str) {
        let lower = text.to_lowercase();
        let mentions = &mut self.identify.mentions;
        if mentions.len() < 10 && MENTIONS.iter().any(|word| lower.contains(word)) {
            let text: String = text.chars().take(200).collect();
            if !mentions.contains(&text) {
                mentions.push(text);
            }
        }
    }

    pub(crate) fn close(&mut self) {
        let text = std::mem::take(&mut self.text).trim().to_owned();
        if self
            .path
            .first()
            .is_some_and(|first| first == "description")
        {
            self.mention(&text);
        }
        let path: Vec<&str> = self.path.iter().map(String::as_str).collect();
        let identify = &mut self.identify;
        match path.as_slice() {
            ["repositoryName"] => identify.repository_name = text,
            // Some repeat it as it was requested.
            ["baseURL"] => identify.base_url = crate::redact::redact(&text),
            ["protocolVersion"] => identify.protocol_version = text,
            ["adminEmail"] if identify.admin_emails.len() < 100 => identify.admin_emails.push(text),
            ["earliestDatestamp"] => identify.earliest_datestamp = text,
            ["deletedRecord"] => {
                identify.deleted_record = match text.to_ascii_lowercase().as_str() {
                    "persistent" => DeletedRecord::Persistent,
                    "transient" => DeletedRecord::Transient,
                    _ => DeletedRecord::No,
                };
            }
            ["granularity"] => identify.granularity = Granularity::parse(&text).unwrap_or_default(),
            ["compression"] if identify.compressions.len() < 100 => {
                identify.compressions.push(text)
            }
            ["description", "oai-identifier", "repositoryIdentifier"] => {
                identify.repository_identifier = Some(text);
            }
            ["description", "oai-identifier", "sampleIdentifier"] => {
                identify.sample_identifier = Some(text)
            }
            ["description", "toolkit", "title"] => {
                self.toolkit = Some(Software {
                    name: text,
                    version: None,
                });
            }
            ["description", "toolkit", "version"] => {
                if let Some(software) = &mut self.toolkit {
                    software.version = Some(text).filter(|version| !version.is_empty());
                }
            }
            _ => {}
        }
        self.path.pop();
    }

    pub(crate) fn finish(mut self) -> Identify {
        self.identify.software = self.toolkit.filter(|software| !software.name.is_empty());
        self.identify
    }
}
