//! An export of the configuration file: `[[export]]`.

use std::collections::BTreeMap;
use std::path::PathBuf;

use chrono::Utc;
use serde::{Deserialize, Serialize};

use super::settings::{Catalog, Deposit, HostRecord};
use super::{FormatSettings, Named, Pieces, Place, Selection, ShardBy, Status};
use crate::cli::config::Config;
use crate::cli::exit::Failure;
use crate::cli::values::{
    Contact, ControlText, ExportFormat, MetadataPrefix, SetSpec, Since, SourceName,
};
use crate::export::csv::Separator;
use crate::export::{Choice, Destination, Has, jats, marc};

/// An export that `run` writes: what to write where, and every option that `export` has for it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(
    missing_docs,
    reason = "described in offprint.example.toml, like the options of `export`"
)]
pub struct ExportConfig {
    /// Name, unique in the file; by it the store knows how far the export has come.
    pub name: SourceName,
    pub format: ExportFormat,
    pub path: PathBuf,
    /// Only changes, each time in a file of its own; everything without.
    pub changed_since: Option<Since>,
    // What is chosen.
    pub sources: Option<Vec<SourceName>>,
    pub sets: Option<Vec<SetSpec>>,
    pub languages: Option<Vec<String>>,
    pub from_year: Option<i32>,
    pub to_year: Option<i32>,
    pub journals: Option<Vec<String>>,
    pub issns: Option<Vec<String>>,
    pub licenses: Option<Vec<String>>,
    pub types: Option<Vec<String>>,
    pub has: Option<Vec<Has>>,
    pub status: Option<Status>,
    // Settings of formats, as at the top of the file.
    pub prefix: Option<MetadataPrefix>,
    pub flat: Option<bool>,
    pub bulk: Option<bool>,
    pub landing: Option<bool>,
    pub excel: Option<Separator>,
    pub fields: Option<Vec<String>>,
    pub tag_set: Option<jats::TagSet>,
    pub jats_version: Option<jats::Version>,
    pub prefer: Option<jats::Prefer>,
    pub profile: Option<marc::Profile>,
    pub organization: Option<ControlText>,
    pub id_prefix: Option<ControlText>,
    pub id_strip: Option<ControlText>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub host_record: BTreeMap<String, ControlText>,
    pub depositor: Option<ControlText>,
    pub depositor_email: Option<Contact>,
    pub registrant: Option<ControlText>,
    // Several files.
    pub shard_size: Option<u64>,
    pub shard_by: Option<ShardBy>,
}

impl ExportConfig {
    /// Returns the export as it is to be written.
    ///
    /// # Errors
    /// Wrong usage: an option that the format does not have, or a value that is not one.
    pub(crate) fn named(&self, config: &Config) -> Result<Named, Failure> {
        let named = |failure: Failure| failure.within(&format!("export {}", self.name));
        let options = self
            .settings()
            .options(self.format, config, Utc::now())
            .map_err(named)?;
        let exporter = self.format.exporter(&options).map_err(|error| {
            named(Failure::usage(error.to_string()).hint(error.hint().unwrap_or_default()))
        })?;
        let selection = self.selection().map_err(named)?;
        let destination = Destination::parse(&self.path, self.format.info());
        let is_delta = self.changed_since.is_some();
        let status = Status::filter(self.status, self.format.info(), &destination, is_delta);
        let mut filter = selection.filter();
        filter.status = status;
        let place = Place {
            exporter,
            destination,
            split: Pieces {
                shard_size: self.shard_size,
                shard_by: self.shard_by,
            }
            .wanted(),
            status,
        };
        place.check().map_err(named)?;
        Ok(Named {
            name: self.name.to_string(),
            place,
            path: self.path.clone(),
            options,
            choice: Choice {
                sources: self
                    .sources
                    .iter()
                    .flatten()
                    .map(ToString::to_string)
                    .collect(),
                filter,
                ..Choice::default()
            },
            delta: is_delta,
        })
    }

    fn settings(&self) -> FormatSettings {
        FormatSettings {
            prefix: self.prefix.clone(),
            flat: self.flat.unwrap_or_default(),
            bulk: self.bulk.unwrap_or_default(),
            template: false,
            excel: self.excel,
            fields: self.fields.clone().unwrap_or_default(),
            landing: self.landing.unwrap_or_default(),
            tag_set: self.tag_set,
            jats_version: self.jats_version,
            prefer: self.prefer,
            catalog: Catalog {
                profile: self.profile,
                organization: self.organization.clone(),
                id_prefix: self.id_prefix.clone(),
                id_strip: self.id_strip.clone(),
                host_records: HostRecord::of_table(&self.host_record),
            },
            deposit: Deposit {
                depositor: self.depositor.clone(),
                depositor_email: self.depositor_email.clone(),
                registrant: self.registrant.clone(),
            },
        }
    }

    fn selection(&self) -> Result<Selection, Failure> {
        let list = |values: &Option<Vec<String>>| values.clone().unwrap_or_default();
        let (languages, issns) = (list(&self.languages), list(&self.issns));
        for language in &languages {
            super::selection::language(language).map_err(Failure::usage)?;
        }
        for issn in &issns {
            super::selection::issn(issn).map_err(Failure::usage)?;
        }
        Ok(Selection {
            sets: self.sets.clone().unwrap_or_default(),
            languages,
            from_year: self.from_year,
            to_year: self.to_year,
            journals: list(&self.journals),
            issns,
            licenses: list(&self.licenses),
            types: list(&self.types),
            has: self.has.clone().unwrap_or_default(),
            ..Selection::default()
        })
    }
}
