//! `offprint export`: the articles of the store, in a format others read.

mod selection;
mod settings;

use std::path::PathBuf;
use std::sync::Arc;

use chrono::Utc;
use clap::{Args, ValueEnum};
use serde::{Deserialize, Serialize};

use crate::cli::config::Config;
use crate::cli::context::Context;
use crate::cli::exit::{Exit, Failure};
use crate::cli::values::{JatsVersion, MetadataPrefix, SourceName, TagSet};
use crate::export::jsonl::JsonLinesOptions;
use crate::export::raw::RawOptions;
use crate::export::urls::UrlsOptions;
use crate::export::vufind::VuFindFolder;
use crate::export::{Choice, Counts, Destination, Options, Receive, Scope, export_collection, format, jats};
use crate::normalize::derive::derive_all;
use crate::report::duplicates::duplicate_of;
use crate::store::{Store, StoreError};

pub use selection::Selection;
pub use settings::{Catalog, Deposit};

/// Formats of `export`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ValueEnum)]
#[serde(rename_all = "kebab-case")]
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
    /// Records as received, in XML
    Raw,
    /// RIS
    Ris,
    /// URLs of full texts, one a line
    Urls,
    /// A folder for VuFind's import: a file a record, and .delete files
    Vufind,
}

impl Format {
    /// Its name, here and in the library.
    pub fn name(self) -> String {
        self.to_possible_value().map(|value| value.get_name().to_owned()).unwrap_or_default()
    }
}

/// Arguments of `export`.
#[derive(Clone, Debug, Args)]
#[command(after_help = "Examples:
  offprint export jsonl > articles.jsonl
  offprint export jats -o jats/
  offprint export jsonl --changed-since 3 -o changes.jsonl
  offprint export marcxml --organization DE-101 -o catalog.xml
  offprint export jsonl --bulk --changed-since 3 | curl -sT- -H 'content-type: application/x-ndjson' http://localhost:9200/articles/_bulk
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

    /// Settings of what is chosen.
    #[command(flatten)]
    pub selection: Selection,

    /// Records of this format alone, for raw and vufind [default: all in raw, the first in vufind]
    #[arg(long, value_name = "PREFIX")]
    pub prefix: Option<MetadataPrefix>,

    /// Flat fields by the names of VuFind's Solr schema, for jsonl
    #[arg(long)]
    pub flat: bool,

    /// Action lines for _bulk of Elasticsearch and OpenSearch, for jsonl
    #[arg(long)]
    pub bulk: bool,

    /// The landing pages too, for urls
    #[arg(long)]
    pub landing: bool,

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
        Jats::decide(self.tag_set.or(config.tag_set), self.jats_version.or(config.jats_version))
    }

    /// Decides how every format is written.
    ///
    /// # Errors
    /// Wrong usage: see [`jats`](Self::jats), or an option that the format has not.
    pub fn options(&self, config: &Config) -> Result<Options, Failure> {
        if (self.flat || self.bulk) && self.format != Format::Jsonl {
            return Err(Failure::usage("--flat and --bulk are for jsonl"));
        }
        if self.prefix.is_some() && !matches!(self.format, Format::Raw | Format::Vufind) {
            return Err(Failure::usage("--prefix is for raw and vufind"));
        }
        if self.landing && self.format != Format::Urls {
            return Err(Failure::usage("--landing is for urls"));
        }
        Ok(Options {
            urls: UrlsOptions { landing: self.landing },
            jats: self.jats(config)?.options(),
            jsonl: JsonLinesOptions { flat: self.flat, bulk: self.bulk },
            raw: RawOptions { prefix: self.prefix.as_ref().map(|prefix| prefix.as_str().to_owned()) },
            marc: self.catalog.marc(config),
            crossref: self.deposit.crossref(config, Utc::now()),
        })
    }

    /// What is exported.
    pub fn choice(&self) -> Choice {
        Choice {
            sources: self.sources.iter().map(|name| name.as_str().to_owned()).collect(),
            changed_since: self.changed_since,
            shard: self.selection.shard,
            filter: self.selection.filter(),
            folded: Arc::default(),
        }
    }

    /// Whether the export goes to stdout.
    pub fn to_stdout(&self) -> bool {
        self.output.as_os_str() == "-"
    }
}

impl Jats {
    /// What is asked for, with defaults for what is not.
    pub(super) fn decide(tag_set: Option<TagSet>, version: Option<JatsVersion>) -> Result<Self, Failure> {
        let version = version.unwrap_or(JatsVersion::V1_3);
        if tag_set == Some(TagSet::Archiving) && version < JatsVersion::V1_3 {
            return Err(Failure::usage("the archiving tag set is written as JATS 1.3 or 1.4"));
        }
        Ok(Self { tag_set, version })
    }
}

/// Runs `export`.
pub(super) async fn run(context: &Context, args: &ExportArgs) -> anyhow::Result<Exit> {
    let options = args.options(&context.config)?;
    let choice = args.choice();
    let name = args.format.name();
    let counts = if args.format == Format::Vufind {
        if args.to_stdout() {
            return Err(Failure::usage("vufind is written to a folder: name one with -o").into());
        }
        let store = open(context, args).await?;
        let folder = VuFindFolder::open(&args.output, options.raw.prefix).map_err(crate::Error::from)?;
        export(store.as_ref(), args, folder).await?
    } else {
        let format = format(&name, &options).map_err(|error| {
            if error.is_missing_setting() {
                anyhow::Error::from(Failure::usage(error.to_string()))
            } else {
                crate::Error::from(error).into()
            }
        })?;
        let store = open(context, args).await?;
        let scope = if choice.is_part() { Scope::Delta } else { Scope::Full };
        let destination = Destination::parse(&args.output, format.as_ref());
        let target = destination.open(format, scope).map_err(crate::Error::from)?;
        export(store.as_ref(), args, target).await?
    };
    context.progress.say(&format!("{} articles and {} deletions exported", counts.live, counts.deleted));
    if counts.left_out > 0 {
        context.progress.say(&format!("{} left out, for which {name} has no form", counts.left_out));
    }
    Ok(Exit::Done)
}

async fn export(store: &dyn Store, args: &ExportArgs, target: impl Receive) -> anyhow::Result<Counts> {
    if store.is_writable() {
        derive_all(store).await?;
    }
    let mut choice = args.choice();
    if args.selection.fold_duplicates {
        choice.folded = Arc::new(duplicate_of(store).await?.into_keys().collect());
    }
    Ok(export_collection(store, &choice, target).await?)
}

/// Opens the store to bring its articles up to date; beside a running harvest, to read what it has written.
async fn open(context: &Context, args: &ExportArgs) -> anyhow::Result<Arc<dyn Store>> {
    match context.open_write().await {
        // What changed is only known of articles that are up to date.
        Err(StoreError::Locked { .. }) if args.changed_since.is_none() => Ok(context.open_read().await?),
        other => Ok(other?),
    }
}

impl Jats {
    pub(super) fn options(self) -> jats::JatsOptions {
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
