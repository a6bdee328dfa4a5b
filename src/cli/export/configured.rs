//! An export of the configuration file: `[[export]]`.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::{Catalog, Deposit, Format, Jats, Named, Status, options};
use crate::cli::config::Config;
use crate::cli::exit::Failure;
use crate::cli::values::{MetadataPrefix, SetSpec, Since, SourceName};
use crate::export::jsonl::JsonLinesOptions;
use crate::export::{Choice, Filter, Options};

/// An export that `run` writes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExportConfig {
    /// Name, unique in the file; by it the store knows how far the export has come.
    pub name: SourceName,
    /// Format.
    pub format: Format,
    /// Where to.
    pub path: PathBuf,
    /// Only changes, each time in a file of its own; everything without.
    pub changed_since: Option<Since>,
    /// Names of its sources; all without.
    pub sources: Option<Vec<SourceName>>,
    /// Sets; all without.
    pub sets: Option<Vec<SetSpec>>,
    /// Languages; all without.
    pub languages: Option<Vec<String>>,
    /// Published in this year or later.
    pub from_year: Option<i32>,
    /// Articles or deletions alone.
    pub status: Option<Status>,
    /// Record format, for raw and vufind.
    pub prefix: Option<MetadataPrefix>,
    /// Flat fields, for jsonl.
    pub flat: Option<bool>,
    /// Action lines, for jsonl.
    pub bulk: Option<bool>,
}

impl ExportConfig {
    /// The export as it is to be written.
    ///
    /// # Errors
    /// Wrong usage: an option that the format has not.
    pub(crate) fn named(&self, config: &Config) -> Result<Named, Failure> {
        let jsonl = JsonLinesOptions {
            flat: self.flat.unwrap_or_default(),
            bulk: self.bulk.unwrap_or_default(),
        };
        self.format.check(jsonl, self.prefix.as_ref())?;
        let jats = Jats::decide(config.tag_set, config.jats_version, config.prefer)?;
        let strings = |names: &Option<Vec<SourceName>>| -> Vec<String> {
            names.iter().flatten().map(ToString::to_string).collect()
        };
        Ok(Named {
            name: self.name.to_string(),
            format: self.format,
            path: self.path.clone(),
            options: Options {
                jsonl,
                ..options(
                    config,
                    jats,
                    &Catalog::default(),
                    &Deposit::default(),
                    self.prefix.as_ref(),
                )
            },
            choice: Choice {
                sources: strings(&self.sources),
                filter: Filter {
                    sets: self
                        .sets
                        .iter()
                        .flatten()
                        .map(|set| set.as_str().to_owned())
                        .collect(),
                    languages: self.languages.clone().unwrap_or_default(),
                    from_year: self.from_year,
                    status: self.status.map(Into::into),
                    ..Filter::default()
                },
                ..Choice::default()
            },
            delta: self.changed_since.is_some(),
        })
    }
}
