//! Decides the options of a format: the flag or the key of the `[[export]]`, then the environment, then the top of the
//! file, then defaults.

use chrono::{DateTime, Utc};

use super::FormatSettings;
use super::settings::{Catalog, Deposit};
use crate::cli::config::Config;
use crate::cli::exit::Failure;
use crate::cli::values::{ControlText, ExportFormat};
use crate::export::jats::{JatsOptions, Prefer, TagSet, Version};
use crate::export::{Options, crossref, csv, jsonl, marc, raw, urls};

impl FormatSettings {
    /// Returns the options of a format. The number of a deposit is the time, to the millisecond.
    ///
    /// # Errors
    /// Wrong usage: an option that the format does not have, or values that do not go together.
    pub fn options(
        &self,
        format: ExportFormat,
        config: &Config,
        now: DateTime<Utc>,
    ) -> Result<Options, Failure> {
        self.refuse_foreign(format)?;
        let prefix = self
            .prefix
            .as_ref()
            .map(|prefix| prefix.as_str().to_owned());
        let catalog = &self.catalog;
        Ok(Options {
            jats: self.jats(config)?,
            marc: catalog.marc(config),
            jsonl: jsonl::JsonLinesOptions {
                flat: self.flat,
                bulk: self.bulk,
            },
            csv: csv::CsvOptions {
                excel: self.excel,
                fields: self.fields.clone(),
            },
            raw: raw::RawOptions {
                prefix,
                id_strip: text(catalog.id_strip.as_ref(), config.id_strip.as_ref())
                    .unwrap_or_default(),
                id_prefix: text(catalog.id_prefix.as_ref(), config.id_prefix.as_ref())
                    .unwrap_or_default(),
            },
            crossref: self.deposit.crossref(config, now),
            urls: urls::UrlsOptions {
                landing: self.landing,
            },
        })
    }

    /// Decides how JATS is written.
    ///
    /// # Errors
    /// Wrong usage: Archiving is written as 1.3 and 1.4 only.
    pub fn jats(&self, config: &Config) -> Result<JatsOptions, Failure> {
        let options = JatsOptions {
            tag_set: self.tag_set.or(config.tag_set).unwrap_or_default(),
            version: self
                .jats_version
                .or(config.jats_version)
                .unwrap_or_default(),
            prefer_native: self.prefer.or(config.prefer) == Some(Prefer::Native),
        };
        if options.tag_set == TagSet::Archiving && options.version < Version::V1_3 {
            return Err(Failure::usage(
                "the archiving tag set is written as JATS 1.3 or 1.4",
            ));
        }
        Ok(options)
    }
}

impl Deposit {
    fn crossref(&self, config: &Config, now: DateTime<Utc>) -> crossref::CrossrefOptions {
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

impl Catalog {
    /// Decides how MARC is written. A host record of the command line goes before one of the file.
    fn marc(&self, config: &Config) -> marc::MarcOptions {
        let file = config.host_record.iter();
        let flags = self
            .host_records
            .iter()
            .map(|record| (&record.key, &record.number));
        marc::MarcOptions {
            profile: self.profile.or(config.profile).unwrap_or_default(),
            organization: text(self.organization.as_ref(), config.organization.as_ref()),
            id_prefix: text(self.id_prefix.as_ref(), config.id_prefix.as_ref()).unwrap_or_default(),
            host_records: file
                .chain(flags)
                .map(|(key, number)| (key.clone(), number.as_str().to_owned()))
                .collect(),
        }
    }
}

/// Returns a flag, else what the file says.
fn text(flag: Option<&ControlText>, file: Option<&ControlText>) -> Option<String> {
    flag.or(file).map(|text| text.as_str().to_owned())
}
