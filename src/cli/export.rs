//! `offprint export`: the articles of the store, in a format others read.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use crate::cli::config::Config;
use crate::cli::exit::Failure;
use crate::cli::values::{JatsVersion, SourceName, TagSet};

/// Formats of `export`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// JATS XML, a file an article
    Jats,
    /// JSON Lines, one article or deletion a line
    Jsonl,
}

/// Arguments of `export`.
#[derive(Clone, Debug, Args)]
#[command(after_help = "Examples:
  offprint export jsonl > articles.jsonl
  offprint export jats -o jats/
  offprint export jsonl --changed-since 3 -o changes.jsonl
  offprint export jsonl --source cac | jq -r .doi")]
pub struct ExportArgs {
    /// What to write
    pub format: Format,

    /// Where to write: a path, or - for stdout
    #[arg(long, short, value_name = "PATH", default_value = "-")]
    pub output: PathBuf,

    /// Only what changed after this run; `offprint status` lists runs
    #[arg(long, value_name = "RUN", value_parser = clap::value_parser!(i64).range(1..))]
    pub changed_since: Option<i64>,

    /// Only this source, by its name in the store; may be given more than once
    #[arg(long = "source", value_name = "NAME")]
    pub sources: Vec<SourceName>,

    /// JATS tag set [default: publishing; archiving for an article without ISSN or title]
    #[arg(long, env = "OFFPRINT_TAG_SET")]
    pub tag_set: Option<TagSet>,

    /// JATS version [default: 1.3]
    #[arg(long, env = "OFFPRINT_JATS_VERSION", value_name = "VERSION")]
    pub jats_version: Option<JatsVersion>,
}

/// How JATS is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Jats {
    /// Tag set; by what the article has, without.
    pub tag_set: Option<TagSet>,
    /// Version.
    pub version: JatsVersion,
}

impl ExportArgs {
    /// Decides how JATS is written: flag and environment, then the file, then defaults.
    ///
    /// # Errors
    /// Wrong usage: Archiving is written as 1.3 and 1.4 only.
    pub fn jats(&self, config: &Config) -> Result<Jats, Failure> {
        let tag_set = self.tag_set.or(config.tag_set);
        let version = self.jats_version.or(config.jats_version).unwrap_or(JatsVersion::V1_3);
        if tag_set == Some(TagSet::Archiving) && version < JatsVersion::V1_3 {
            return Err(Failure::usage("the archiving tag set is written as JATS 1.3 or 1.4"));
        }
        Ok(Jats { tag_set, version })
    }

    /// Whether the export goes to stdout.
    pub fn to_stdout(&self) -> bool {
        self.output.as_os_str() == "-"
    }
}
