//! `offprint get`: from the URL of a journal to a file, in one command.
//!
//! It is `harvest` and `export` with other defaults: the store is one of the user's cache folder, the format is taken
//! from the name of the file, and only live articles of this source are written.

mod format;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Args;

use crate::cli::connection::Connection;
use crate::cli::context::Context;
use crate::cli::exit::{Exit, Failure};
use crate::cli::export::{self, ExportArgs, ExportOptions, FormatSettings, Selection, Status};
use crate::cli::harvest::{self, HarvestArgs};
use crate::cli::values::{Endpoint, ExportFormat, MetadataPrefix, SourceName};
use crate::collection::cache;
use crate::harvest::Outcome;
use crate::store::Location;

/// Arguments of `get`.
#[derive(Clone, Debug, Args)]
#[command(after_help = "Examples:
  offprint get https://journal.example.org/index.php/journal -o articles.bib
  offprint get https://journal.example.org/index.php/journal -o journal.parquet
  offprint get https://journal.example.org/index.php/journal -o jats/
  offprint get https://journal.example.org/oai --format marcxml -o catalog.xml
  offprint get https://journal.example.org/oai --from-year 2020 | jq -r .doi

The name of the file decides the format: .jsonl, .json (CSL), .bib, .ris, .csv, .parquet, .mrc, .marcxml,
.jats.xml and any other FORMAT.xml; .gz and .zst compress; a folder, .tar or .zip holds JATS, one file per article.

What is harvested is kept in the cache folder, so that the next call requests only changes.")]
pub struct GetArgs {
    /// Address of the journal: its OAI-PMH endpoint, or any of its pages
    #[arg(value_name = "URL")]
    pub url: String,

    /// File or folder to write; - for stdout
    #[arg(long, short, value_name = "PATH", default_value = "-")]
    pub output: PathBuf,

    /// Export format [default: by the name of the file; jats in a folder, jsonl on stdout]
    #[arg(long, short, value_parser = ExportFormat::parser())]
    pub format: Option<ExportFormat>,

    /// Which articles are written.
    #[command(flatten)]
    pub selection: Selection,

    /// Settings of formats.
    #[command(flatten, next_help_heading = "Format options")]
    pub settings: FormatSettings,

    /// Connection settings.
    #[command(flatten, next_help_heading = "Connection")]
    pub connection: Connection,
}

/// Runs `get`.
pub(super) async fn run(context: &Context, args: &GetArgs) -> anyhow::Result<Exit> {
    let format = match args.format {
        Some(format) => format,
        None => format::of_path(&args.output)?,
    };
    let mut settings = args.settings.clone();
    let prefix = settings.prefix.clone();
    if !format.info().options.contains(&"prefix") {
        settings.prefix = None;
    }
    let export = ExportArgs {
        format,
        output: args.output.clone(),
        url: None,
        changed_since: None,
        name: None,
        dry_run: false,
        tar: false,
        options: ExportOptions {
            selection: args.selection.clone(),
            settings,
            ..ExportOptions::default()
        },
        lint: false,
        connection: args.connection.clone(),
    };
    let harvest = HarvestArgs {
        prefixes: prefix.into_iter().collect(),
        ..HarvestArgs::default()
    };
    harvest_and_export(context, &args.url, harvest, export).await
}

/// Runs `export FORMAT URL`.
pub(super) async fn export_url(
    context: &Context,
    url: &str,
    args: &ExportArgs,
) -> anyhow::Result<Exit> {
    harvest_and_export(context, url, HarvestArgs::default(), args.clone()).await
}

/// The outcome of harvesting a URL.
pub(super) enum Fetched {
    /// The store has articles of the source.
    Source {
        /// The context with the cached store.
        cached: Box<Context>,
        /// Name of the source.
        name: String,
        /// The exit code of the harvest.
        exit: Exit,
    },
    /// There is nothing to go on with.
    Nothing(Exit),
}

/// Harvests what has changed at a URL into its cached store.
pub(super) async fn harvest_url(
    context: &Context,
    url: &str,
    prefixes: &[MetadataPrefix],
    connection: &Connection,
) -> anyhow::Result<Fetched> {
    let wanted = HarvestArgs {
        prefixes: prefixes.to_vec(),
        connection: connection.clone(),
        ..HarvestArgs::default()
    };
    harvest_into_cache(context, &endpoint(url)?, wanted).await
}

async fn harvest_into_cache(
    context: &Context,
    endpoint: &Endpoint,
    wanted: HarvestArgs,
) -> anyhow::Result<Fetched> {
    let wanted = HarvestArgs {
        sources: vec![endpoint.url().to_string()],
        ..wanted
    };
    let plan = wanted.plan(&context.config)?;
    let fail_on = plan.fail_on;
    let cached = in_cache(context, endpoint)?;
    let store = cached.open_or_create().await?;
    let finishing = context.shutdown.finishing();
    // What reads the articles next derives them in passing.
    let run = harvest::harvest(&cached, Arc::clone(&store), plan, "get", None).await;
    drop(finishing);
    let reports = run?.sources;
    let exit = harvest::exit(&reports, fail_on);
    harvest::print_report(context, &reports, exit);
    let Some((report, source_id)) = reports
        .first()
        .and_then(|report| Some((report, report.source_id?)))
    else {
        return Ok(Fetched::Nothing(failed(exit)));
    };
    if report.outcome == Outcome::Interrupted {
        return Ok(Fetched::Nothing(exit));
    }
    // A mistyped set or format is no reason to write what an earlier call asked for.
    if let Some(error) = report.stopped_by.as_deref()
        && Exit::of_harvest(error) == Exit::Usage
    {
        return Ok(Fetched::Nothing(Exit::Usage));
    }
    if report.outcome == Outcome::Failed && store.counts(source_id).await?.live == 0 {
        return Ok(Fetched::Nothing(failed(exit)));
    }
    if report.outcome != Outcome::Complete {
        context.progress.warn(
            "the journal was not harvested completely; what earlier harvests brought is used as well",
        );
    }
    let name = store.source(source_id).await?.name;
    // What there is can be written.
    let exit = if exit == Exit::Failed {
        Exit::Incomplete
    } else {
        exit
    };
    Ok(Fetched::Source {
        cached: Box::new(cached),
        name,
        exit,
    })
}

/// Harvests what has changed at a URL into its cached store, and exports the live articles of that source.
async fn harvest_and_export(
    context: &Context,
    url: &str,
    harvest: HarvestArgs,
    mut export: ExportArgs,
) -> anyhow::Result<Exit> {
    let endpoint = endpoint(url)?;
    // Whatever is wrong with the file or its format is reported before anything is requested.
    export.check(&context.config)?;
    export::check_folder(&export.output)?;
    let wanted = HarvestArgs {
        sets: export.options.selection.sets.clone(),
        connection: export.connection.clone(),
        ..harvest
    };
    let (cached, name, exit) = match harvest_into_cache(context, &endpoint, wanted).await? {
        Fetched::Source { cached, name, exit } => (cached, name, exit),
        Fetched::Nothing(exit) => return Ok(exit),
    };
    export.options.sources = vec![name.parse::<SourceName>().map_err(Failure::usage)?];
    export.options.selection.status.get_or_insert(Status::Live);
    let exported = export::run(&cached, &export).await?;
    if exported == Exit::Done {
        tell_how_to_update(context, &export);
        return Ok(exit);
    }
    Ok(exported)
}

/// The exit code when there is nothing to export.
fn failed(exit: Exit) -> Exit {
    if exit == Exit::Done {
        Exit::Failed
    } else {
        exit
    }
}

fn tell_how_to_update(context: &Context, export: &ExportArgs) {
    if export.output.as_os_str() == "-" {
        return;
    }
    context
        .progress
        .println(&format!("written to {}", export.output.display()));
    context.progress.println(
        "to update it, run the same command again: it requests only changes; \
         for many journals or a schedule, `offprint add URL` and `offprint run`",
    );
}

/// Reads the URL; one without a scheme is https.
fn endpoint(text: &str) -> Result<Endpoint, Failure> {
    let text = text.trim();
    let scheme = text.split_once(":/").map(|(scheme, _)| scheme);
    if scheme.is_some_and(|scheme| scheme.bytes().all(|byte| byte.is_ascii_alphabetic())) {
        return text.parse().map_err(Failure::usage);
    }
    if Path::new(text).exists() {
        return Err(
            Failure::usage(format!("{text:?} is a file or folder, not a URL")).hint(
                "`offprint harvest PATH` reads saved responses, `offprint export FORMAT` exports them",
            ),
        );
    }
    if !text.contains('.') && !text.starts_with("localhost") {
        return Err(Failure::usage(format!("invalid URL {text:?}"))
            .hint("for example `offprint get https://journal.example.org/index.php/journal`"));
    }
    format!("https://{text}").parse().map_err(Failure::usage)
}

/// Returns the context with the store that is named, else with the cached one of the endpoint's host.
fn in_cache(context: &Context, endpoint: &Endpoint) -> Result<Context, Failure> {
    if context.is_store_named {
        return Ok(context.clone());
    }
    let Some(path) = cache::path_of(endpoint.url()) else {
        return Err(
            Failure::config("no cache folder: neither XDG_CACHE_HOME nor HOME names one")
                .hint("name a store with --store FILE"),
        );
    };
    cache::create_folder(&path).map_err(|(folder, error)| {
        Failure::config(format!("cannot create {}: {error}", folder.display()))
            .hint("name a store with --store FILE, or another folder with XDG_CACHE_HOME")
    })?;
    tracing::debug!(path = %path.display(), "cached store");
    Ok(Context {
        store: Location::File(path),
        ..context.clone()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[rstest::rstest]
    #[case("https://a.example/j/oai", "https://a.example/j/oai")]
    #[case(" a.example/j ", "https://a.example/j")]
    #[case("localhost:8080/oai", "https://localhost:8080/oai")]
    fn a_url_without_a_scheme_is_https(#[case] text: &str, #[case] expected: &str) {
        assert_eq!(endpoint(text).unwrap().to_string(), expected);
    }

    #[rstest::rstest]
    #[case("src")]
    #[case("journal")]
    #[case("ftp://a.example/oai")]
    fn refuses_what_is_no_url(#[case] text: &str) {
        assert_eq!(endpoint(text).unwrap_err().exit, Exit::Usage);
    }
}
