//! `offprint run`: what cron runs. Every source that is due, then every configured export.

use std::path::PathBuf;
use std::sync::Arc;

use chrono::Utc;
use clap::Args;
use serde::Serialize;

use crate::cli::config::{Config, ExportConfig};
use crate::cli::connection::Connection;
use crate::cli::context::Context;
use crate::cli::exit::{Exit, Failure};
use crate::cli::harvest::{self, HarvestArgs};
use crate::cli::output;
use crate::cli::redact;
use crate::cli::values::FailOn;
use crate::harvest::{HarvestError, Harvester, Outcome, SourceReport};
use crate::http::Client;
use crate::normalize::derive::derive_all;
use crate::store::{Store, StoreError, Time};

/// Arguments of `run`.
#[derive(Clone, Debug, Default, Args)]
#[command(after_help = "Examples:
  offprint run
  offprint run --quiet                 in a crontab: says something only when it matters
  offprint run --all --json | jq .exports

Sources, their schedules and the exports are those of offprint.toml.")]
pub struct RunArgs {
    /// Harvest every source, whether it is due or not
    #[arg(long)]
    pub all: bool,

    /// Exit with 4 for any loss, for new ones, or for none [default: new]
    #[arg(long, env = "OFFPRINT_FAIL_ON", value_name = "LOSS")]
    pub fail_on: Option<FailOn>,

    /// Print the run's report as JSON
    #[arg(long)]
    pub json: bool,

    /// How endpoints are asked.
    #[command(flatten)]
    pub connection: Connection,
}

/// What a run did, as it is kept in the store.
#[derive(Debug, Serialize)]
struct RunReport {
    run: i64,
    outcome: Outcome,
    sources: Vec<SourceReport>,
    /// Names of the sources that were not due.
    not_due: Vec<String>,
    exports: Vec<ExportReport>,
}

/// What became of an export.
#[derive(Debug, Serialize)]
struct ExportReport {
    name: String,
    /// Where it was written; nothing when there was nothing new, or when it failed.
    path: Option<PathBuf>,
    articles: u64,
    deletions: u64,
    note: Option<&'static str>,
    error: Option<String>,
}

/// Runs `run`.
pub(super) async fn run(context: &Context, args: &RunArgs) -> anyhow::Result<Exit> {
    let config = &context.config;
    if config.source.is_empty() {
        return Err(Failure::config("the configuration has no source to run")
            .hint("`offprint init` writes one, `offprint add URL` adds a source")
            .into());
    }
    // What is wrong with the exports is told before anything is asked.
    for export in &config.export {
        export.named(config)?;
    }
    let began = Utc::now();
    let store = context.open_or_create().await?;
    let (due, not_due) = due(config, store.as_ref(), args.all, began).await?;
    let run_no = store.begin_run("run").await?;
    let fail_on = args.fail_on.or(config.fail_on).unwrap_or(FailOn::New);
    let (sources, stopped) = if due.is_empty() {
        (Vec::new(), None)
    } else {
        let wanted =
            HarvestArgs { sources: due, connection: args.connection.clone(), ..HarvestArgs::default() };
        let plan = wanted.plan(config)?;
        let harvester = Harvester {
            run_no,
            store: Arc::clone(&store),
            client: Client::new(plan.options).map_err(HarvestError::from)?,
            observer: Arc::clone(&context.progress) as _,
            cancel: context.shutdown.token.clone(),
        };
        harvest::harvest_all(&harvester, &plan.jobs, began).await
    };
    let mut report = RunReport {
        run: run_no,
        outcome: harvest::outcome(&sources, stopped.is_some()),
        sources,
        not_due,
        exports: Vec::new(),
    };
    let mut derived = Ok(());
    if stopped.is_none() && !context.shutdown.token.is_cancelled() {
        derived = derive_all(store.as_ref()).await.map(|_| ());
        for export in config.export.iter().filter(|_| derived.is_ok()) {
            report.exports.push(write(store.as_ref(), config, export).await);
        }
    }
    let closed = store.end_run(run_no, report.outcome.as_str(), &serde_json::to_string(&report)?).await;
    if let Some(error) = stopped {
        return Err(error.into());
    }
    derived?;
    closed?;
    if args.json {
        output::json(&report)?;
    }
    let exit = harvest::exit(&report.sources, fail_on);
    harvest::tell(context, &report.sources, exit);
    Ok(tell(context, &report.exports, exit))
}

/// Names of the sources that are due, and of those that are not.
async fn due(
    config: &Config,
    store: &dyn Store,
    all: bool,
    now: Time,
) -> Result<(Vec<String>, Vec<String>), StoreError> {
    let known = store.sources().await?;
    let starts = store.last_starts().await?;
    let default = config.schedule.clone().unwrap_or_default();
    let (due, not_due) = config.source.iter().partition::<Vec<_>, _>(|source| {
        // In the store under its name, or under another with its address.
        let url = redact_url(source.url.url());
        let stored = known
            .iter()
            .find(|stored| stored.name == source.name.as_str())
            .or_else(|| known.iter().find(|stored| stored.base_url == url));
        let last = stored.and_then(|stored| starts.iter().find(|(id, _)| *id == stored.source_id));
        all || source.schedule.as_ref().unwrap_or(&default).is_due(last.map(|(_, time)| *time), now)
    });
    let names = |sources: Vec<&crate::cli::config::SourceConfig>| {
        sources.into_iter().map(|source| source.name.to_string()).collect()
    };
    Ok((names(due), names(not_due)))
}

fn redact_url(url: &url::Url) -> String {
    crate::http::redact(url)
}

/// Writes one export; what goes wrong with it does not stop the others.
async fn write(store: &dyn Store, config: &Config, export: &ExportConfig) -> ExportReport {
    let mut report = ExportReport {
        name: export.name.to_string(),
        path: None,
        articles: 0,
        deletions: 0,
        note: None,
        error: None,
    };
    let written = match export.named(config) {
        Ok(named) => named.write(store).await.map_err(|error| error.to_string()),
        Err(error) => Err(error.to_string()),
    };
    match written {
        Ok(done) => {
            report.path = done.path;
            report.articles = done.counts.live;
            report.deletions = done.counts.deleted;
            report.note = done.note;
        }
        Err(error) => report.error = Some(redact(&error)),
    }
    report
}

/// Says what was exported; a failed export fails the run.
fn tell(context: &Context, exports: &[ExportReport], exit: Exit) -> Exit {
    let mut exit = exit;
    for export in exports {
        let name = &export.name;
        if let Some(error) = &export.error {
            output::to_stderr(&format!("export {name}: {error}"));
            exit = Exit::Failed;
            continue;
        }
        let note = export.note.map(|note| format!(" ({note})")).unwrap_or_default();
        context.progress.say(&match &export.path {
            None => format!("export {name}: nothing new"),
            Some(path) => format!(
                "export {name}: {} articles and {} deletions to {}{note}",
                export.articles,
                export.deletions,
                path.display()
            ),
        });
    }
    exit
}
