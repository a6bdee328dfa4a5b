//! `offprint export`: the articles of the store, in a format others read.

mod settings;

use std::path::PathBuf;

use chrono::Utc;
use clap::{Args, ValueEnum};

use crate::cli::config::Config;
use crate::cli::context::Context;
use crate::cli::exit::{Exit, Failure};
use crate::cli::values::{JatsVersion, SourceName, TagSet};
use crate::export::{Choice, Destination, Options, Scope, export_collection, format, jats};
use crate::normalize::derive::derive_all;
use crate::store::{Access, SqliteStore, StoreError};

pub use settings::{Catalog, Deposit};

/// Formats of `export`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// BibTeX
    Bibtex,
    /// Crossref deposit XML, for articles with a DOI
    Crossref,
    /// CSL-JSON
    Csl,
    /// CSV, a row an article or deletion
    Csv,
    /// Dublin Core in XML (oai_dc)
    Dc,
    /// DOAJ article XML
    Doaj,
    /// JATS XML, a file an article
    Jats,
    /// JSON Lines, one article or deletion a line
    Jsonl,
    /// MARC 21 in ISO 2709
    Marc,
    /// MARC 21 in MARCXML
    Marcxml,
    /// RIS
    Ris,
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

    /// Settings of the catalog formats.
    #[command(flatten)]
    pub catalog: Catalog,

    /// Settings of deposits.
    #[command(flatten)]
    pub deposit: Deposit,
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

/// Runs `export`.
pub(super) async fn run(context: &Context, args: &ExportArgs) -> anyhow::Result<Exit> {
    let jats = args.jats(&context.config)?;
    let options = Options {
        jats: jats.options(),
        marc: args.catalog.marc(&context.config),
        crossref: args.deposit.crossref(&context.config, Utc::now()),
    };
    let name = args.format.to_possible_value().map(|value| value.get_name().to_owned()).unwrap_or_default();
    let format = format(&name, &options).map_err(|error| {
        if error.is_missing_setting() {
            Failure::usage(error.to_string()).into()
        } else {
            anyhow::Error::from(crate::Error::from(error))
        }
    })?;
    let store = open(context, args)?;
    let scope =
        if args.changed_since.is_some() || !args.sources.is_empty() { Scope::Delta } else { Scope::Full };
    let target =
        Destination::parse(&args.output, format.as_ref()).open(format, scope).map_err(crate::Error::from)?;
    if store.is_writable() {
        derive_all(&store).await?;
    }
    let choice = Choice {
        sources: args.sources.iter().map(|name| name.as_str().to_owned()).collect(),
        changed_since: args.changed_since,
    };
    let counts = export_collection(&store, &choice, target).await?;
    context.progress.say(&format!("{} articles and {} deletions exported", counts.live, counts.deleted));
    if counts.left_out > 0 {
        context.progress.say(&format!("{} left out, for which {name} has no form", counts.left_out));
    }
    Ok(Exit::Done)
}

/// Opens the store to bring its articles up to date; beside a running harvest, to read what it has written.
fn open(context: &Context, args: &ExportArgs) -> anyhow::Result<SqliteStore> {
    let path = context.store_path()?;
    match SqliteStore::create_or_open(path, Access::Write { create: false }) {
        // What changed is only known of articles that are up to date.
        Err(StoreError::Locked { .. }) if args.changed_since.is_none() => Ok(SqliteStore::open_read(path)?),
        other => Ok(other?),
    }
}

impl Jats {
    fn options(self) -> jats::JatsOptions {
        jats::JatsOptions {
            tag_set: match self.tag_set {
                None => jats::TagSet::Auto,
                Some(TagSet::Publishing) => jats::TagSet::Publishing,
                Some(TagSet::Archiving) => jats::TagSet::Archiving,
            },
            version: match self.version {
                JatsVersion::V1_1 => jats::Version::V1_1,
                JatsVersion::V1_2 => jats::Version::V1_2,
                JatsVersion::V1_3 => jats::Version::V1_3,
                JatsVersion::V1_4 => jats::Version::V1_4,
            },
        }
    }
}
