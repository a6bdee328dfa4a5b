//! Settings of single formats: flag and environment, then the file, then defaults.

use std::str::FromStr;

use chrono::{DateTime, Utc};
use clap::Args;

use crate::cli::config::Config;
use crate::cli::values::{Contact, ControlText, MarcProfile, MetadataPrefix};
use crate::export::{crossref, marc, vufind};

/// Settings of the catalog formats.
#[derive(Clone, Debug, Default, Args)]
pub struct Catalog {
    /// What MARC records are for [default: generic]
    #[arg(long, env = "OFFPRINT_PROFILE")]
    pub profile: Option<MarcProfile>,

    /// MARC code of the organisation that makes the records: 003 and 040
    #[arg(long, env = "OFFPRINT_ORGANIZATION", value_name = "CODE")]
    pub organization: Option<ControlText>,

    /// Put before the article's id in MARC 001, and before the OAI identifier in vufind
    #[arg(long, env = "OFFPRINT_ID_PREFIX", value_name = "PREFIX")]
    pub id_prefix: Option<ControlText>,

    /// Taken from the front of OAI identifiers, for vufind
    #[arg(long, env = "OFFPRINT_ID_STRIP", value_name = "PREFIX")]
    pub id_strip: Option<ControlText>,

    /// Control number of a journal's own record, for MARC 773 $w; may be given more than once
    #[arg(
        long = "host-record",
        env = "OFFPRINT_HOST_RECORD",
        value_name = "ISSN|SOURCE=NUMBER",
        value_delimiter = ','
    )]
    pub host_records: Vec<HostRecord>,
}

/// Settings of deposits.
#[derive(Clone, Debug, Default, Args)]
pub struct Deposit {
    /// Name of who deposits at Crossref
    #[arg(long, env = "OFFPRINT_DEPOSITOR", value_name = "NAME")]
    pub depositor: Option<ControlText>,

    /// Mail address that Crossref sends its report to
    #[arg(long, env = "OFFPRINT_DEPOSITOR_EMAIL", value_name = "MAIL")]
    pub depositor_email: Option<Contact>,

    /// The organisation that registers [default: the depositor]
    #[arg(long, env = "OFFPRINT_REGISTRANT", value_name = "NAME")]
    pub registrant: Option<ControlText>,
}

impl Deposit {
    /// Decides who deposits. The number of the batch is the time, to the millisecond.
    pub fn crossref(&self, config: &Config, now: DateTime<Utc>) -> crossref::CrossrefOptions {
        let email = self
            .depositor_email
            .as_ref()
            .or(config.depositor_email.as_ref());
        crossref::CrossrefOptions {
            depositor: text(self.depositor.as_ref(), config.depositor.as_ref()),
            email: email.map(|email| email.as_str().to_owned()),
            registrant: text(self.registrant.as_ref(), config.registrant.as_ref()),
            timestamp: now
                .format("%Y%m%d%H%M%S%3f")
                .to_string()
                .parse()
                .unwrap_or_default(),
        }
    }
}

/// A flag, else what the file says.
fn text(flag: Option<&ControlText>, file: Option<&ControlText>) -> Option<String> {
    flag.or(file).map(|text| text.as_str().to_owned())
}

/// The control number of a host record, and whose it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostRecord {
    /// ISSN of the journal, or name of the source.
    pub key: String,
    /// Control number.
    pub number: ControlText,
}

impl FromStr for HostRecord {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (key, number) = text.split_once('=').unwrap_or_default();
        if key.is_empty() {
            return Err(
                "a host record is an ISSN or source, = and a number, such as 1404-6091=12345"
                    .to_owned(),
            );
        }
        Ok(Self {
            key: key.to_owned(),
            number: number.parse()?,
        })
    }
}

impl Catalog {
    /// Decides what VuFind knows records by.
    pub fn vufind(
        &self,
        config: &Config,
        prefix: Option<&MetadataPrefix>,
    ) -> vufind::VuFindOptions {
        vufind::VuFindOptions {
            prefix: prefix.map(|prefix| prefix.as_str().to_owned()),
            id_strip: text(self.id_strip.as_ref(), config.id_strip.as_ref()).unwrap_or_default(),
            id_prefix: text(self.id_prefix.as_ref(), config.id_prefix.as_ref()).unwrap_or_default(),
        }
    }

    /// Decides how MARC is written. A host record of the command line goes before one of the file.
    pub fn marc(&self, config: &Config) -> marc::MarcOptions {
        let file = config.host_record.iter();
        let flags = self
            .host_records
            .iter()
            .map(|record| (&record.key, &record.number));
        marc::MarcOptions {
            profile: match self
                .profile
                .or(config.profile)
                .unwrap_or(MarcProfile::Generic)
            {
                MarcProfile::Generic => marc::Profile::Generic,
                MarcProfile::Koha => marc::Profile::Koha,
                MarcProfile::VuFind => marc::Profile::VuFind,
            },
            organization: text(self.organization.as_ref(), config.organization.as_ref()),
            id_prefix: text(self.id_prefix.as_ref(), config.id_prefix.as_ref()).unwrap_or_default(),
            host_records: file
                .chain(flags)
                .map(|(key, number)| (key.clone(), number.as_str().to_owned()))
                .collect(),
        }
    }
}
