//! `offprint export`: the articles of the store, in a format others read.

mod configured;
mod format_options;
mod interrupt;
mod options;
mod pieces;
mod place;
mod selection;
mod settings;
mod turn;

use std::io::Write as _;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use chrono::Utc;
use clap::Args;

use crate::article;
use crate::cli::config::Config;
use crate::cli::connection::Connection;
use crate::cli::context::Context;
use crate::cli::derived::may_be_read;
use crate::cli::exit::{Exit, Failure};
use crate::cli::journals;
use crate::cli::output::{self, Label, counted};
use crate::cli::values::{ChangedSince, ExportFormat, SourceName};
use crate::display::is_stdout_terminal;
use crate::export::{
    Choice, CountSink, Counts, Destination, EntrySink, ExportError, Exporter, Layout, LimitSink,
    LintSink, Options, OutFile, Scope, Since, derive_and_export, export_collection, jsonl,
};
use crate::normalize::derive::derive_all;
use crate::report::duplicates::duplicate_of;
use crate::store::Store;

use interrupt::Interruptible;

pub use configured::ExportConfig;
pub use options::ExportOptions;
pub use pieces::{Pieces, ShardBy};
pub(crate) use place::{Place, check_folder};
pub use selection::{Selection, Status};
pub use settings::FormatSettings;
pub(crate) use turn::Named;

/// Arguments of `export`.
#[derive(Clone, Debug, Args)]
#[command(after_help = "Examples:
  offprint export jsonl > articles.jsonl
  offprint export jats -o jats/                    one file per article: metadata only, no full text
  offprint export jats -o jats.tar.zst             the same in one archive; .zip too
  offprint export jats --tar | ssh archive tar -x
  offprint export jsonl --shard-size 100000000 -o articles.jsonl.zst
  offprint export jsonl --changed-since 3 -o changes.jsonl
  offprint export jsonl --changed-since last --name catalog -o changes.jsonl
  offprint export jsonl --changed-since 2026-11-24 --dry-run
  offprint export marcxml --organization DE-101 -o catalog.xml
  offprint export jsonl --bulk --changed-since 3 | curl -sT- -H 'content-type: application/x-ndjson' http://localhost:9200/articles/_bulk
  offprint export jsonl --bulk --template | curl -sT- -H 'content-type: application/json' http://localhost:9200/_index_template/offprint
  offprint export csv --excel --has doi --from-year 2020 -o articles.csv
  offprint export jsonl --source cac | jq -r .doi
  offprint export bibtex https://journal.example.org/oai -o articles.bib")]
pub struct ExportArgs {
    /// Export format; `-f FORMAT` does the same
    #[arg(value_parser = ExportFormat::parser())]
    pub format: ExportFormat,

    /// Harvest this journal first, as `offprint get URL --format FORMAT` does [default: export the store]
    #[arg(value_name = "URL", conflicts_with_all = ["changed_since", "name", "sources"])]
    pub url: Option<String>,

    /// Output path, or - for stdout
    #[arg(long, short, value_name = "PATH", default_value = "-")]
    pub output: PathBuf,

    /// Only changes after this run (`offprint status` lists runs), at this date or later, or since the last
    /// export under --name
    #[arg(long, value_name = "RUN|DATE|last")]
    pub changed_since: Option<ChangedSince>,

    /// Name of this export: the store remembers its position, and its files are numbered
    #[arg(long, value_name = "NAME")]
    pub name: Option<SourceName>,

    /// Count the entries without writing
    #[arg(long)]
    pub dry_run: bool,

    /// Write a tar archive to stdout, one file per article
    #[arg(long)]
    pub tar: bool,

    /// The selection and the format settings.
    #[command(flatten)]
    pub options: ExportOptions,

    /// Check each article by rules of JATS4R beyond the DTD; exit with 4 if one is broken
    #[arg(long)]
    pub lint: bool,

    /// Connection settings, with a URL.
    #[command(flatten, next_help_heading = "Connection, with a URL")]
    pub connection: Connection,
}

impl ExportArgs {
    /// Decides how the format is written.
    ///
    /// # Errors
    /// Wrong usage: options that the format does not have, or that do not go together.
    pub fn format_options(&self, config: &Config) -> Result<Options, Failure> {
        let settings = &self.options.settings;
        let options = settings.options(self.format, config, Utc::now())?;
        let info = self.format.info();
        if self.lint && !info.options.contains(&"lint") {
            return Err(settings::not_for("lint", self.format));
        }
        if self.tar && !self.to_stdout() {
            return Err(Failure::usage(
                "--tar is for stdout: name a file that ends in .tar instead",
            ));
        }
        if info.layout == Layout::Spool && self.to_stdout() && !self.dry_run {
            let why = format!("{} is written to a folder: name one with -o", info.name);
            return Err(Failure::usage(why));
        }
        if self.is_binary() && self.to_stdout() && !self.dry_run && is_stdout_terminal() {
            let name = if self.tar {
                "a tar archive".to_owned()
            } else {
                info.name.to_owned()
            };
            return Err(Failure::usage(format!(
                "{name} is binary and is not written to a terminal"
            ))
            .hint("name a file with `-o FILE`, or pipe the output to another program"));
        }
        if self.name.is_some() != (self.changed_since == Some(ChangedSince::Last)) {
            return Err(Failure::usage(
                "--changed-since last and --name NAME go together",
            ));
        }
        Ok(options)
    }

    /// Checks what can be checked before the store is opened.
    ///
    /// # Errors
    /// As of [`format_options`](Self::format_options); a setting that the format cannot do without.
    pub fn check(&self, config: &Config) -> anyhow::Result<()> {
        let options = self.format_options(config)?;
        let exporter = self.exporter(&options)?;
        Ok(self.place(exporter).check()?)
    }

    fn exporter(&self, options: &Options) -> anyhow::Result<Arc<dyn Exporter>> {
        self.format.exporter(options).map_err(|error| {
            if error.is_missing_setting() || error.is_not_built() {
                anyhow::Error::from(
                    Failure::usage(error.to_string()).hint(error.hint().unwrap_or_default()),
                )
            } else {
                crate::Error::from(error).into()
            }
        })
    }

    /// Returns whether the format is binary, and so unfit for a terminal.
    fn is_binary(&self) -> bool {
        self.tar || !is_text(self.format.info().media_type)
    }

    /// Returns what is exported.
    fn choice(&self) -> Choice {
        Choice {
            changed_since: match self.changed_since {
                Some(ChangedSince::Run(run)) => Some(Since::Run(run)),
                Some(ChangedSince::Time(time)) => Some(Since::Time(time)),
                Some(ChangedSince::Last) | None => None,
            },
            ..self.options.choice(self.status())
        }
    }

    fn status(&self) -> Option<article::Status> {
        Status::filter(
            self.options.selection.status,
            self.format.info(),
            &self.destination(),
            self.changed_since.is_some(),
        )
    }

    fn place(&self, exporter: Arc<dyn Exporter>) -> Place {
        Place {
            exporter,
            destination: self.destination(),
            split: self.options.pieces.wanted(),
            status: self.status(),
        }
    }

    /// Returns whether the export goes to stdout.
    pub fn to_stdout(&self) -> bool {
        self.output.as_os_str() == "-"
    }
}

/// Writes the index template for the documents of `--bulk`.
fn write_template(args: &ExportArgs, flat: bool) -> anyhow::Result<Exit> {
    let template = serde_json::to_string_pretty(&jsonl::index_template(flat))?;
    if args.to_stdout() {
        output::to_stdout(&template)?;
        return Ok(Exit::Done);
    }
    let write = || {
        let mut file = OutFile::open(&args.output)?;
        writeln!(file, "{template}")
            .map_err(|error| ExportError::io("write", &args.output, error))?;
        file.commit()
    };
    write().map_err(crate::Error::from)?;
    Ok(Exit::Done)
}

/// Runs `export`: exports what the store holds.
pub(super) async fn run(context: &Context, args: &ExportArgs) -> anyhow::Result<Exit> {
    let options = args.format_options(&context.config)?;
    if args.options.settings.template {
        return write_template(args, options.jsonl.flat);
    }
    // A setting that it cannot do without is missed before the store is looked at, as is a folder.
    let exporter = args.exporter(&options)?;
    check_folder(&args.output)?;
    let prefers_native = options.jats.prefer_native && exporter.info().name == "jats";
    let faults = Arc::new(AtomicU64::new(0));
    let counts = match &args.name {
        Some(name) => named(context, args, name, (exporter, options)).await?,
        None => once(context, args, exporter, &options, &faults).await?,
    };
    let Some(counts) = counts else {
        context.progress.println("nothing new");
        return Ok(Exit::Done);
    };
    report(context, args, &counts, prefers_native)?;
    Ok(match faults.load(Ordering::Relaxed) {
        0 => Exit::Done,
        faults => {
            context.progress.println(&format!("{faults} rules broken"));
            Exit::Incomplete
        }
    })
}

/// Reports what was exported, and what was left out.
fn report(
    context: &Context,
    args: &ExportArgs,
    counts: &Counts,
    prefers_native: bool,
) -> anyhow::Result<()> {
    let what = if args.dry_run {
        "would be exported"
    } else {
        "exported"
    };
    let article = if args.changed_since.is_some() {
        "changed article"
    } else {
        "article"
    };
    let said = format!(
        "{} and {} {what}",
        counted(counts.live, article),
        counted(counts.deleted, "deletion")
    );
    if args.dry_run {
        output::to_stdout(&said)?;
    } else {
        context.progress.println(&said);
    }
    if prefers_native {
        let native = counts.native;
        context.progress.println(&format!(
            "{native} of the articles are the server's own JATS, which was valid"
        ));
    }
    for note in notes(counts) {
        context.progress.println(&note);
    }
    let selection = &args.options.selection;
    let is_filtered = selection.shard.is_none() && !selection.is_empty();
    if (counts.live, counts.deleted, counts.left_out) == (0, 0, 0) && is_filtered {
        output::labelled(Label::Warning, "nothing matches these options");
    }
    Ok(())
}

/// Returns whether a media type is textual.
fn is_text(media_type: &str) -> bool {
    media_type.starts_with("text/")
        || ["json", "xml", "bibtex", "research-info-systems"]
            .iter()
            .any(|kind| media_type.contains(kind))
}

/// Returns what a user should know of the counts: `3 left out: 2 without an ISSN, 1 without a DOI`.
pub(crate) fn notes(counts: &Counts) -> Vec<String> {
    let mut notes = Vec::new();
    if counts.left_out > 0 {
        let reasons = counts.reasons.iter();
        let reasons: Vec<String> = reasons
            .map(|(reason, count)| format!("{count} {reason}"))
            .collect();
        notes.push(format!(
            "{} left out: {}",
            counts.left_out,
            reasons.join(", ")
        ));
    }
    let others = counts.notes.iter();
    notes.extend(others.map(|(note, count)| format!("{note}: {count}")));
    notes
}

/// An export that is not remembered.
async fn once(
    context: &Context,
    args: &ExportArgs,
    exporter: Arc<dyn Exporter>,
    options: &Options,
    faults: &Arc<AtomicU64>,
) -> anyhow::Result<Option<Counts>> {
    let choice = args.choice();
    let scope = if choice.is_part() || args.options.selection.limit.is_some() {
        Scope::Delta
    } else {
        Scope::Full
    };
    let store = open(context, args).await?;
    let place = args.place(Arc::clone(&exporter));
    place.check()?;
    let target: Box<dyn EntrySink> = if args.dry_run {
        Box::new(CountSink::new(exporter))
    } else {
        place.open(scope).map_err(crate::Error::from)?
    };
    let target: Box<dyn EntrySink> = match args.options.selection.limit {
        Some(left) => Box::new(LimitSink { to: target, left }),
        None => target,
    };
    let counts = if args.lint {
        let faults = Arc::clone(faults);
        let report = Box::new(move |identifier: &str, fault: &str| {
            faults.fetch_add(1, Ordering::Relaxed);
            output::to_stderr(&output::plain(&format!("{identifier}: {fault}")));
        });
        let target = LintSink {
            to: target,
            options: options.jats,
            report,
        };
        export(context, store.as_ref(), args, target).await?
    } else {
        export(context, store.as_ref(), args, target).await?
    };
    if let Some(hint) = place.deletions_hint(options).filter(|_| !args.dry_run) {
        context.progress.println(&hint);
    }
    Ok(Some(counts))
}

/// An export whose place the store remembers.
async fn named(
    context: &Context,
    args: &ExportArgs,
    name: &SourceName,
    (exporter, options): (Arc<dyn Exporter>, Options),
) -> anyhow::Result<Option<Counts>> {
    if args.tar || args.lint || args.options.selection.limit.is_some() {
        let why = "--tar, --lint and --limit are for exports without --name";
        return Err(Failure::usage(why).into());
    }
    let store = open(context, args).await?;
    journals::apply_all(context, store.as_ref()).await?;
    derive_all(store.as_ref()).await?;
    let path = args.output.clone();
    let named = Named::new(
        name.as_str(),
        path,
        &args.options,
        true,
        (exporter, options),
    )?;
    if args.dry_run {
        return Ok(Some(named.count(store.as_ref()).await?));
    }
    let done = named.write(store.as_ref(), &context.shutdown.token).await?;
    if let Some(note) = done.note {
        context.progress.println(note);
    }
    for hint in &done.hints {
        context.progress.println(hint);
    }
    Ok(done.path.map(|_| done.counts))
}

async fn export(
    context: &Context,
    store: &dyn Store,
    args: &ExportArgs,
    target: impl EntrySink,
) -> anyhow::Result<Counts> {
    let target = Interruptible::new(target, &context.shutdown.token);
    let mut choice = args.choice();
    journals::apply_all(context, store).await?;
    let fold_duplicates = args.options.selection.fold_duplicates;
    if store.is_writable() && !fold_duplicates {
        return Ok(derive_and_export(store, &choice, target).await?);
    }
    if store.is_writable() {
        derive_all(store).await?;
    }
    if fold_duplicates {
        choice.excluded_duplicates = Arc::new(duplicate_of(store).await?.into_keys().collect());
    }
    Ok(export_collection(store, &choice, target).await?)
}

impl ExportArgs {
    fn destination(&self) -> Destination {
        if self.tar {
            return Destination::Archive(PathBuf::from("-"));
        }
        Destination::parse(&self.output, self.format.info())
    }
}

/// Opens the store to bring its articles up to date; where it cannot be written to, to read what is in it.
async fn open(context: &Context, args: &ExportArgs) -> anyhow::Result<Arc<dyn Store>> {
    match context.open_write().await {
        // What changed is only known of articles that are up to date.
        Err(error) if args.changed_since.is_none() && may_be_read(&error) => {
            Ok(context.open_read().await?)
        }
        other => Ok(other?),
    }
}
