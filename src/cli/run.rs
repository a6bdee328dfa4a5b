//! `offprint run`: what cron runs. Every source that is due, then every configured export.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::PathBuf;
use std::sync::Arc;

use chrono::Utc;
use clap::Args;
use serde::Serialize;
use tokio_util::sync::CancellationToken;

use crate::cli::bounds::Bounds;
use crate::cli::config::Config;
use crate::cli::connection::Connection;
use crate::cli::context::Context;
use crate::cli::due::{History, schedule_of};
use crate::cli::exit::{Exit, Failure};
use crate::cli::export::{ExportConfig, Named, check_folder, notes};
use crate::cli::harvest::{self, HarvestArgs};
use crate::cli::journals;
use crate::cli::output;
use crate::cli::redact;
use crate::cli::schedule::Schedule;
use crate::cli::stored_settings;
use crate::cli::values::FailOn;
use crate::harvest::{HarvestError, Harvester, Outcome, SourceReport};
use crate::http::Client;
use crate::normalize::derive::derive_all;
use crate::store::{CommitStats, RunNo, Store, StoreError, Time};

/// Due sources up to which each is reported; of more, only those that are not as usual.
const LISTED: usize = 20;

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

    /// Exit with 4 for any gap, for new gaps, or for none [default: new]
    #[arg(long, env = "OFFPRINT_FAIL_ON", value_name = "LOSS")]
    pub fail_on: Option<FailOn>,

    /// Print the run's report as JSON
    #[arg(long)]
    pub json: bool,

    /// Bounds on one run.
    #[command(flatten)]
    pub bounds: Bounds,

    /// Connection settings.
    #[command(flatten)]
    pub connection: Connection,
}

/// The report of a run, as stored.
#[derive(Debug, Serialize)]
struct RunReport {
    run: RunNo,
    outcome: Outcome,
    sources: Vec<SourceReport>,
    /// Names of the sources that were not due.
    not_due: Vec<String>,
    exports: Vec<ExportReport>,
}

impl RunReport {
    /// Returns the run in one line: `3 sources: 2 complete, 1 failed; 4 new, 1 changed, 0 deleted in 9 requests; 2 not
    /// due`.
    fn total(&self) -> String {
        let mut by_outcome: BTreeMap<Outcome, usize> = BTreeMap::new();
        let mut tally = CommitStats::default();
        let mut requests = 0;
        for source in &self.sources {
            *by_outcome.entry(source.outcome).or_default() += 1;
            tally += source.tally;
            requests += source.requests;
        }
        let outcomes: Vec<String> = by_outcome
            .iter()
            .map(|(outcome, count)| format!("{count} {}", outcome.as_str()))
            .collect();
        let mut total = match self.sources.len() {
            0 => "no source due".to_owned(),
            1 => format!("1 source: {}", outcomes.join(", ")),
            count => format!("{count} sources: {}", outcomes.join(", ")),
        };
        if !self.sources.is_empty() {
            let _ = write!(
                total,
                "; {} new, {} changed, {} deleted in {}",
                tally.new,
                tally.changed,
                tally.deleted,
                counted(requests, "request")
            );
        }
        if !self.not_due.is_empty() {
            let _ = write!(total, "; {} not due", self.not_due.len());
        }
        total
    }
}

fn counted(count: u64, noun: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} {noun}{plural}")
}

/// The result of an export.
#[derive(Debug, Serialize)]
struct ExportReport {
    name: String,
    /// Where it was written; nothing when there was nothing new, or when it failed.
    path: Option<PathBuf>,
    articles: u64,
    deletions: u64,
    left_out: u64,
    note: Option<&'static str>,
    /// Notes for its users: the reasons for skipped entries, and the place of the deletions.
    notes: Vec<String>,
    error: Option<String>,
}

/// Runs `run`.
pub(super) async fn run(context: &Context, args: &RunArgs) -> anyhow::Result<Exit> {
    let config = &stored_settings::config(context).await?;
    if config.source.is_empty() {
        return Err(Failure::config("the configuration has no source to run")
            .hint("`offprint init` writes one, `offprint add URL` adds a source")
            .into());
    }
    // What is wrong with the exports is reported before any request.
    for export in &config.export {
        Named::configured(export, config)?;
    }
    let began = Utc::now();
    let store = context.open_or_create().await?;
    let Due {
        config: due,
        full_list,
        others: not_due,
    } = due(config, store.as_ref(), args.all, began).await?;
    let is_brief = due.source.len() > LISTED;
    context.progress.set_brief(is_brief);
    let finishing = context.shutdown.finishing();
    let run_no = store.begin_run("run").await?;
    let fail_on = args.fail_on.or(config.fail_on).unwrap_or(FailOn::New);
    let (sources, stopped) = if due.source.is_empty() {
        (Vec::new(), None)
    } else {
        let wanted = HarvestArgs {
            bounds: args.bounds,
            connection: args.connection.clone(),
            ..HarvestArgs::default()
        };
        let mut plan = wanted.plan(&due)?;
        for (job, full_list) in plan.jobs.iter_mut().zip(full_list) {
            job.plan.extent.full_list_due = full_list;
            job.is_scheduled = true;
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
        let exports = async {
            journals::apply(config, store.as_ref()).await?;
            derive_all(store.as_ref()).await?;
            for export in &config.export {
                let written = write(store.as_ref(), config, export, &context.shutdown.token);
                report.exports.push(written.await);
            }
            Ok::<_, crate::Error>(())
        };
        tokio::select! {
            done = exports => derived = done,
            () = context.shutdown.token.cancelled() => {}
        }
    }
    let closed = store
        .end_run(
            run_no,
            report.outcome.as_str(),
            &serde_json::to_string(&report)?,
        )
        .await;
    drop(finishing);
    if let Some(error) = stopped {
        return Err(error.into());
    }
    derived?;
    closed?;
    if args.json {
        output::json(&report)?;
    }
    let exit = harvest::exit(&report.sources, fail_on);
    harvest::print_report(context, &report.sources, exit);
    let exit = print_report(context, &report.exports, exit);
    context.progress.println(&report.total());
    Ok(exit)
}

/// The due sources.
struct Due {
    /// The configuration with the sources that are due.
    config: Config,
    /// For each of them, whether a complete list is due too.
    full_list: Vec<bool>,
    /// Names of the others.
    others: Vec<String>,
}

/// Splits the sources by their schedules.
async fn due(config: &Config, store: &dyn Store, all: bool, now: Time) -> Result<Due, StoreError> {
    let history = History::read(store, now).await?;
    let reconcile = config.reconcile.clone().unwrap_or_else(Schedule::monthly);
    let mut due = Due {
        config: config.clone(),
        full_list: Vec::new(),
        others: Vec::new(),
    };
    due.config.source.clear();
    for source in &config.source {
        let (start, listing) = history.of(source.name.as_str(), source.url.url());
        if all || schedule_of(config, source).is_due(start, now) {
            let reconcile = source.reconcile.as_ref().unwrap_or(&reconcile);
            due.full_list
                .push(reconcile.is_due_again(listing, start, now));
            due.config.source.push(source.clone());
        } else {
            due.others.push(source.name.to_string());
        }
    }
    Ok(due)
}

/// Writes one export; what goes wrong with it does not stop the others.
async fn write(
    store: &dyn Store,
    config: &Config,
    export: &ExportConfig,
    cancel: &CancellationToken,
) -> ExportReport {
    let mut report = ExportReport {
        name: export.name.to_string(),
        path: None,
        articles: 0,
        deletions: 0,
        left_out: 0,
        note: None,
        notes: Vec::new(),
        error: None,
    };
    let written = match Named::configured(export, config).and_then(|named| {
        check_folder(&export.path)?;
        Ok(named)
    }) {
        Ok(named) => named
            .write(store, cancel)
            .await
            .map_err(|error| error.to_string()),
        Err(Failure { message, hint, .. }) => Err(match hint {
            Some(hint) => format!("{message}\n  hint: {hint}"),
            None => message,
        }),
    };
    match written {
        Ok(done) => {
            report.path = done.path;
            report.articles = done.counts.live;
            report.deletions = done.counts.deleted;
            report.left_out = done.counts.left_out;
            report.note = done.note;
            report.notes = done.hints;
            report.notes.extend(notes(&done.counts));
        }
        Err(error) => report.error = Some(redact(&error)),
    }
    report
}

/// Says what was exported; a failed export fails the run.
fn print_report(context: &Context, exports: &[ExportReport], exit: Exit) -> Exit {
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
        context.progress.println(&match &export.path {
            None => format!("export {name}: nothing new"),
            Some(path) => format!(
                "export {name}: {} articles and {} deletions to {}{note}",
                export.articles,
                export.deletions,
                path.display()
            ),
        });
        for note in &export.notes {
            context.progress.println(&format!("export {name}: {note}"));
        }
    }
    exit
}
