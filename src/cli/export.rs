//! `offprint export`: the articles of the store, in a format others read.

mod configured;
mod pieces;
mod selection;
mod settings;
mod turn;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use chrono::Utc;
use clap::{Args, ValueEnum};
use serde::{Deserialize, Serialize};

use crate::cli::config::Config;
use crate::cli::context::Context;
use crate::cli::exit::{Exit, Failure};
use crate::cli::output;
use crate::cli::values::{ChangedSince, JatsVersion, MetadataPrefix, Prefer, SourceName, TagSet};
use crate::export::jsonl::JsonLinesOptions;
use crate::export::raw::RawOptions;
use crate::export::urls::UrlsOptions;
use crate::export::vufind::VuFindFolder;
use crate::export::{
    Choice, Counts, Destination, ExportError, Linted, Options, Parted, Pieced, Receive, Scope,
    Since, Tally, derive_and_export, export_collection, format, jats, marc,
};
use crate::normalize::derive::derive_all;
use crate::report::duplicates::duplicate_of;
use crate::store::{Store, StoreError};

pub use configured::ExportConfig;
pub use pieces::{Pieces, ShardBy};
pub use selection::{Selection, Status};
pub use settings::{Catalog, Deposit};
pub(crate) use turn::Named;

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
    /// Parquet, one row an article or deletion
    Parquet,
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
        self.to_possible_value()
            .map(|value| value.get_name().to_owned())
            .unwrap_or_default()
    }

    /// Refuses options of other formats.
    pub(crate) fn check(
        self,
        jsonl: JsonLinesOptions,
        prefix: Option<&MetadataPrefix>,
    ) -> Result<(), Failure> {
        if jsonl != JsonLinesOptions::default() && self != Self::Jsonl {
            return Err(Failure::usage("--flat and --bulk are for jsonl"));
        }
        if prefix.is_some() && !matches!(self, Self::Raw | Self::Vufind) {
            return Err(Failure::usage("--prefix is for raw and vufind"));
        }
        Ok(())
    }
}

/// Arguments of `export`.
#[expect(clippy::struct_excessive_bools, reason = "flags of a command line")]
#[derive(Clone, Debug, Args)]
#[command(after_help = "Examples:
  offprint export jsonl > articles.jsonl
  offprint export jats -o jats/                    a file an article: metadata only, no full text
  offprint export jats -o jats.tar.zst             the same in one archive; .zip too
  offprint export jats --tar | ssh archive tar -x
  offprint export jsonl --shard-size 100000000 -o articles.jsonl.zst
  offprint export jsonl --changed-since 3 -o changes.jsonl
  offprint export jsonl --changed-since last --name catalog -o changes.jsonl
  offprint export jsonl --changed-since 2026-11-24 --dry-run
  offprint export marcxml --organization DE-101 -o catalog.xml
  offprint export jsonl --bulk --changed-since 3 | curl -sT- -H 'content-type: application/x-ndjson' http://localhost:9200/articles/_bulk
  offprint export jsonl --source cac | jq -r .doi")]
pub struct ExportArgs {
    /// What to write
    pub format: Format,

    /// Where to write: a path, or - for stdout
    #[arg(long, short, value_name = "PATH", default_value = "-")]
    pub output: PathBuf,

    /// Only what changed after this run (`offprint status` lists runs), at this date or later, or since the last
    /// export under --name
    #[arg(long, value_name = "RUN|DATE|last")]
    pub changed_since: Option<ChangedSince>,

    /// Name under which the store remembers how far this export has come; its files are numbered
    #[arg(long, value_name = "NAME")]
    pub name: Option<SourceName>,

    /// Count what would be exported, and write nothing
    #[arg(long)]
    pub dry_run: bool,

    /// To stdout: a tar archive with a file an article
    #[arg(long)]
    pub tar: bool,

    /// Settings of an export in several files.
    #[command(flatten)]
    pub pieces: Pieces,

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

    /// Whose JATS: own, made from the article, or native, the server's own where it is valid [default: own]
    #[arg(long, env = "OFFPRINT_PREFER", hide_possible_values = true)]
    pub prefer: Option<Prefer>,

    /// Check each article by the rules of JATS4R that the DTD does not see; exit with 4 where one is broken
    #[arg(long)]
    pub lint: bool,

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
    /// Whose.
    pub prefer: Prefer,
}

impl ExportArgs {
    /// Decides how JATS is written: flag and environment, then the file, then defaults.
    ///
    /// # Errors
    /// Wrong usage: Archiving is written as 1.3 and 1.4 only.
    pub fn jats(&self, config: &Config) -> Result<Jats, Failure> {
        let version = self.jats_version.or(config.jats_version);
        Jats::decide(
            self.tag_set.or(config.tag_set),
            version,
            self.prefer.or(config.prefer),
        )
    }

    /// Decides how every format is written.
    ///
    /// # Errors
    /// Wrong usage: see [`jats`](Self::jats), or an option that the format has not.
    pub fn options(&self, config: &Config) -> Result<Options, Failure> {
        let jsonl = JsonLinesOptions {
            flat: self.flat,
            bulk: self.bulk,
        };
        self.format.check(jsonl, self.prefix.as_ref())?;
        if self.lint && self.format != Format::Jats {
            return Err(Failure::usage("--lint is for jats"));
        }
        if self.tar && !self.to_stdout() {
            return Err(Failure::usage(
                "--tar is for stdout: name a file that ends in .tar instead",
            ));
        }
        if self.format == Format::Vufind && self.to_stdout() && !self.dry_run {
            return Err(Failure::usage(
                "vufind is written to a folder: name one with -o",
            ));
        }
        if self.name.is_some() != (self.changed_since == Some(ChangedSince::Last)) {
            return Err(Failure::usage(
                "--changed-since last and --name NAME go together",
            ));
        }
        if self.landing && self.format != Format::Urls {
            return Err(Failure::usage("--landing is for urls"));
        }
        let urls = UrlsOptions {
            landing: self.landing,
        };
        let (jats, prefix) = (self.jats(config)?, self.prefix.as_ref());
        Ok(Options {
            jsonl,
            urls,
            ..options(config, jats, &self.catalog, &self.deposit, prefix)
        })
    }

    /// What is exported.
    pub fn choice(&self) -> Choice {
        Choice {
            sources: self
                .sources
                .iter()
                .map(|name| name.as_str().to_owned())
                .collect(),
            changed_since: match self.changed_since {
                Some(ChangedSince::Run(run)) => Some(Since::Run(run)),
                Some(ChangedSince::Time(time)) => Some(Since::Time(time)),
                Some(ChangedSince::Last) | None => None,
            },
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
    pub(super) fn decide(
        tag_set: Option<TagSet>,
        version: Option<JatsVersion>,
        prefer: Option<Prefer>,
    ) -> Result<Self, Failure> {
        let version = version.unwrap_or(JatsVersion::V1_3);
        if tag_set == Some(TagSet::Archiving) && version < JatsVersion::V1_3 {
            return Err(Failure::usage(
                "the archiving tag set is written as JATS 1.3 or 1.4",
            ));
        }
        Ok(Self {
            tag_set,
            version,
            prefer: prefer.unwrap_or_default(),
        })
    }
}

/// Settings of the formats: those given, then those of the file.
fn options(
    config: &Config,
    jats: Jats,
    catalog: &Catalog,
    deposit: &Deposit,
    prefix: Option<&MetadataPrefix>,
) -> Options {
    Options {
        jats: jats.options(),
        marc: catalog.marc(config),
        vufind: catalog.vufind(config, prefix),
        crossref: deposit.crossref(config, Utc::now()),
        raw: RawOptions {
            prefix: prefix.map(|prefix| prefix.as_str().to_owned()),
        },
        ..Options::default()
    }
}

/// Runs `export`.
pub(super) async fn run(context: &Context, args: &ExportArgs) -> anyhow::Result<Exit> {
    let options = args.options(&context.config)?;
    let name = args.format.name();
    if args.format != Format::Vufind {
        // A setting that it cannot do without is missed before the store is looked at.
        format(&name, &options).map_err(|error| {
            if error.is_missing_setting() || error.is_not_built() {
                anyhow::Error::from(
                    Failure::usage(error.to_string()).hint(error.hint().unwrap_or_default()),
                )
            } else {
                crate::Error::from(error).into()
            }
        })?;
    }
    let prefers_native = options.jats.prefer_native && args.format == Format::Jats;
    let faults = Arc::new(AtomicU64::new(0));
    let counts = match &args.name {
        Some(name) => named(context, args, name, options).await?,
        None => once(context, args, &options, &faults).await?,
    };
    let Some(counts) = counts else {
        context.progress.say("nothing new");
        return Ok(Exit::Done);
    };
    let what = if args.dry_run {
        "would be exported"
    } else {
        "exported"
    };
    let articles = if args.changed_since.is_some() {
        "changed articles"
    } else {
        "articles"
    };
    let said = format!(
        "{} {articles} and {} deletions {what}",
        counts.live, counts.deleted
    );
    if args.dry_run {
        output::to_stdout(&said)?;
    } else {
        context.progress.say(&said);
    }
    if prefers_native {
        let native = counts.native;
        context.progress.say(&format!(
            "{native} of the articles are the server's own JATS, which was valid"
        ));
    }
    if counts.left_out > 0 {
        context.progress.say(&format!(
            "{} left out, for which {name} has no form",
            counts.left_out
        ));
    }
    Ok(match faults.load(Ordering::Relaxed) {
        0 => Exit::Done,
        faults => {
            context.progress.say(&format!("{faults} rules broken"));
            Exit::Incomplete
        }
    })
}

/// An export that is not remembered.
async fn once(
    context: &Context,
    args: &ExportArgs,
    options: &Options,
    faults: &Arc<AtomicU64>,
) -> anyhow::Result<Option<Counts>> {
    let choice = args.choice();
    let scope = if choice.is_part() {
        Scope::Delta
    } else {
        Scope::Full
    };
    let store = open(context, args).await?;
    let target = if args.dry_run {
        let format = (args.format != Format::Vufind).then(|| format(&args.format.name(), options));
        Box::new(Tally::new(format.transpose().map_err(crate::Error::from)?))
    } else {
        match (args.destination(options)?, args.pieces.wanted()) {
            (Destination::File(path), Some(by)) if !is_parted(args.format, options) => {
                let (kind, options) = (args.format.name(), options.clone());
                let make = Box::new(move || format(&kind, &options));
                Box::new(Pieced::open(&path, by, scope, make).map_err(crate::Error::from)?)
            }
            (_, Some(_)) => return Err(pieces::no_file().into()),
            (destination, None) => open_target(args.format, options, &destination, scope)
                .map_err(crate::Error::from)?,
        }
    };
    let counts = if args.lint {
        let faults = Arc::clone(faults);
        let tell = Box::new(move |identifier: &str, fault: &str| {
            faults.fetch_add(1, Ordering::Relaxed);
            output::to_stderr(&output::plain(&format!("{identifier}: {fault}")));
        });
        export(
            store.as_ref(),
            args,
            Linted {
                to: target,
                options: options.jats,
                tell,
            },
        )
        .await?
    } else {
        export(store.as_ref(), args, target).await?
    };
    if args.is_parted(options) && !args.dry_run {
        context.progress.say(&format!(
            "deletions are in {}: match them by control number (001); bulkmarcimport.pl would add them, and its -d \
             empties the whole catalog",
            beside(&args.output).display()
        ));
    }
    Ok(Some(counts))
}

/// An export whose place the store remembers.
async fn named(
    context: &Context,
    args: &ExportArgs,
    name: &SourceName,
    options: Options,
) -> anyhow::Result<Option<Counts>> {
    if args.tar || args.lint || args.pieces.wanted().is_some() {
        let why = "--tar, --lint, --shard-size and --shard-by are for exports without --name";
        return Err(Failure::usage(why).into());
    }
    let store = open(context, args).await?;
    derive_all(store.as_ref()).await?;
    let named = Named {
        name: name.to_string(),
        format: args.format,
        path: args.output.clone(),
        options,
        choice: args.choice(),
        delta: true,
    };
    if args.dry_run {
        return Ok(Some(named.count(store.as_ref()).await?));
    }
    let done = named.write(store.as_ref()).await?;
    if let Some(note) = done.note {
        context.progress.say(note);
    }
    Ok(done.path.map(|_| done.counts))
}

async fn export(
    store: &dyn Store,
    args: &ExportArgs,
    target: impl Receive,
) -> anyhow::Result<Counts> {
    let mut choice = args.choice();
    if store.is_writable() && !args.selection.fold_duplicates {
        return Ok(derive_and_export(store, &choice, target).await?);
    }
    if store.is_writable() {
        derive_all(store).await?;
    }
    if args.selection.fold_duplicates {
        choice.folded = Arc::new(duplicate_of(store).await?.into_keys().collect());
    }
    Ok(export_collection(store, &choice, target).await?)
}

impl ExportArgs {
    fn destination(&self, options: &Options) -> Result<Destination, crate::Error> {
        if self.tar {
            return Ok(Destination::Archive(PathBuf::from("-")));
        }
        if self.format == Format::Vufind {
            return Ok(Destination::Folder(self.output.clone()));
        }
        Ok(Destination::parse(
            &self.output,
            format(&self.format.name(), options)?.as_ref(),
        ))
    }

    /// Whether deletions have a file of their own.
    fn is_parted(&self, options: &Options) -> bool {
        is_parted(self.format, options)
            && self
                .destination(options)
                .is_ok_and(|place| matches!(place, Destination::File(_)))
    }
}

/// Koha's loader takes a record marked as deleted for a new one.
fn is_parted(format: Format, options: &Options) -> bool {
    matches!(format, Format::Marc | Format::Marcxml) && options.marc.profile == marc::Profile::Koha
}

/// Where deletions go that have a file of their own: `catalog.deleted.mrc` beside `catalog.mrc`.
fn beside(path: &Path) -> PathBuf {
    let name = path
        .file_name()
        .map(|name| name.to_string_lossy().into_owned())
        .unwrap_or_default();
    match name.char_indices().skip(1).find(|(_, c)| *c == '.') {
        Some((dot, _)) => path.with_file_name(format!("{}.deleted{}", &name[..dot], &name[dot..])),
        None => path.with_file_name(format!("{name}.deleted")),
    }
}

/// Opens what takes an export.
fn open_target(
    kind: Format,
    options: &Options,
    destination: &Destination,
    scope: Scope,
) -> Result<Box<dyn Receive>, ExportError> {
    let open = |destination: &Destination| destination.open(format(&kind.name(), options)?, scope);
    Ok(match destination {
        Destination::Folder(path) if kind == Format::Vufind => {
            Box::new(VuFindFolder::open(path, options.vufind.clone())?)
        }
        Destination::File(path) if is_parted(kind, options) => Box::new(Parted {
            live: open(destination)?,
            deleted: open(&Destination::File(beside(path)))?,
        }),
        _ => Box::new(open(destination)?),
    })
}

/// Opens the store to bring its articles up to date; beside a running harvest, to read what it has written.
async fn open(context: &Context, args: &ExportArgs) -> anyhow::Result<Arc<dyn Store>> {
    match context.open_write().await {
        // What changed is only known of articles that are up to date.
        Err(StoreError::Locked { .. }) if args.changed_since.is_none() => {
            Ok(context.open_read().await?)
        }
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
            prefer_native: self.prefer == Prefer::Native,
        }
    }
}
