//! `offprint run`: what cron runs. Every source that is due, then every configured export.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;

use chrono::Utc;
use clap::Args;
use serde::Serialize;

use crate::cli::config::Config;
use crate::cli::connection::Connection;
use crate::cli::context::Context;
use crate::cli::exit::{Exit, Failure};
use crate::cli::export::ExportConfig;
use crate::cli::harvest::{self, HarvestArgs};
use crate::cli::kept;
use crate::cli::output;
use crate::cli::redact;
use crate::cli::schedule::Schedule;
use crate::cli::values::FailOn;
use crate::harvest::{HarvestError, Harvester, Outcome, SourceReport};
use crate::http::{Client, address};
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
    let config = &kept::config(context).await?;
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
    let Due {
        config: due,
        relist,
        others: not_due,
    } = due(config, store.as_ref(), args.all, began).await?;
    let run_no = store.begin_run("run").await?;
    let fail_on = args.fail_on.or(config.fail_on).unwrap_or(FailOn::New);
    let (sources, stopped) = if due.source.is_empty() {
        (Vec::new(), None)
    } else {
        let wanted = HarvestArgs {
            connection: args.connection.clone(),
            ..HarvestArgs::default()
        };
        let mut plan = wanted.plan(&due)?;
        for (job, relist) in plan.jobs.iter_mut().zip(relist) {
            job.plan.relist = relist;
        }
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
            report
                .exports
                .push(write(store.as_ref(), config, export).await);
        }
    }
    let closed = store
        .end_run(
            run_no,
            report.outcome.as_str(),
            &serde_json::to_string(&report)?,
        )
        .await;
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

/// What is to be harvested now.
struct Due {
    /// The configuration with the sources that are due.
    config: Config,
    /// Of each of them, whether a list from its beginning is due too.
    relist: Vec<bool>,
    /// Names of the others.
    others: Vec<String>,
}

/// Parts the sources by their schedules.
async fn due(config: &Config, store: &dyn Store, all: bool, now: Time) -> Result<Due, StoreError> {
    let known = store.sources().await?;
    let by_name: HashMap<&str, i64> = known
        .iter()
        .map(|known| (&*known.name, known.source_id))
        .collect();
    let by_url: HashMap<&str, i64> = known
        .iter()
        .map(|known| (&*known.base_url, known.source_id))
        .collect();
    let starts: HashMap<i64, Time> = store.last_starts().await?.into_iter().collect();
    let listings: HashMap<i64, Time> = store.last_listings().await?.into_iter().collect();
    let (schedule, reconcile) = (
        config.schedule.clone().unwrap_or_default(),
        config.reconcile.clone(),
    );
    let reconcile = reconcile.unwrap_or_else(Schedule::monthly);
    let mut due = Due {
        config: config.clone(),
        relist: Vec::new(),
        others: Vec::new(),
    };
    due.config.source.clear();
    for source in &config.source {
        // In the store under its name, or under another with its address.
        let stored = by_name
            .get(source.name.as_str())
            .or_else(|| by_url.get(address(source.url.url()).as_str()));
        let last = |times: &HashMap<i64, Time>| stored.and_then(|id| times.get(id)).copied();
        if all
            || source
                .schedule
                .as_ref()
                .unwrap_or(&schedule)
                .is_due(last(&starts), now)
        {
            let reconcile = source.reconcile.as_ref().unwrap_or(&reconcile);
            due.relist
                .push(reconcile.is_due_again(last(&listings), last(&starts), now));
            due.config.source.push(source.clone());
        } else {
            due.others.push(source.name.to_string());
        }
    }
    Ok(due)
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
        let note = export
            .note
            .map(|note| format!(" ({note})"))
            .unwrap_or_default();
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
