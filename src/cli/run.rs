//! `offprint run`: what cron runs. Every source that is due, then every configured export and snapshot.

mod report;

use std::sync::Arc;

use chrono::Utc;
use clap::Args;
use clap::builder::FalseyValueParser;

use crate::cli::bounds::Bounds;
use crate::cli::config::Config;
use crate::cli::connection::Connection;
use crate::cli::context::Context;
use crate::cli::due::{History, schedule_of};
use crate::cli::exit::{Exit, Failure};
use crate::cli::export::Named;
use crate::cli::harvest::{self, HarvestArgs};
use crate::cli::journals;
use crate::cli::notify::{Changes, Messenger};
use crate::cli::output;
use crate::cli::schedule::Schedule;
use crate::cli::snapshot::scheduled;
use crate::cli::stored_settings;
use crate::cli::values::FailOn;
use crate::harvest::{HarvestError, Harvester, SourceReport};
use crate::http::Client;
use crate::normalize::derive::derive_all;
use crate::store::{RunNo, Store, StoreError, Time};

use report::RunReport;

/// Due sources up to which each is reported; of more, only those that are not as usual.
const LISTED: usize = 20;

/// Arguments of `run`.
#[derive(Clone, Debug, Default, Args)]
#[command(after_help = "Examples:
  offprint run
  offprint run --quiet                 in a crontab: says something only when it matters
  offprint run --all --json | jq .exports

Sources, their schedules, the exports and the snapshots are those of offprint.toml.")]
pub struct RunArgs {
    /// Harvest every source, whether it is due or not
    #[arg(long)]
    pub all: bool,

    /// Exit with 4 for any gap, for new gaps, or for none [default: new]
    #[arg(long, env = "OFFPRINT_FAIL_ON", value_name = "LOSS")]
    pub fail_on: Option<FailOn>,

    /// Leave deriving the articles to the exports and snapshots of this run, else to the next command that reads them
    #[arg(long, env = "OFFPRINT_NO_DERIVE", value_parser = FalseyValueParser::new())]
    pub no_derive: bool,

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

/// Runs `run`.
pub(super) async fn run(context: &Context, args: &RunArgs) -> anyhow::Result<Exit> {
    let config = &stored_settings::config(context).await?;
    check(config)?;
    let began = Utc::now();
    let store = context.open_or_create().await?;
    let before = store.source_settings().await?;
    let due = due(config, store.as_ref(), args.all, began).await?;
    context.progress.set_brief(due.config.source.len() > LISTED);
    let finishing = context.shutdown.finishing();
    let run_no = store.begin_run("run").await?;
    let derives = harvest::derives(args.no_derive, config);
    let by = derives.then_some(config);
    let (sources, stopped) = harvest_due(context, args, by, &store, run_no, &due, began).await?;
    let mut report = RunReport {
        run: run_no,
        outcome: harvest::outcome(&sources, stopped.is_some()),
        sources,
        not_due: due.others,
        exports: Vec::new(),
        snapshots: Vec::new(),
    };
    let mut written = Ok(());
    if stopped.is_none() && !context.shutdown.token.is_cancelled() {
        tokio::select! {
            done = write_all(context, config, store.as_ref(), derives, &mut report) => written = done,
            () = context.shutdown.token.cancelled() => {}
        }
    }
    let text = serde_json::to_string(&report)?;
    let closed = store.end_run(run_no, report.outcome.as_str(), &text).await;
    drop(finishing);
    if let Some(error) = stopped {
        return Err(error.into());
    }
    written?;
    closed?;
    if let Some(messenger) = Messenger::new(config) {
        let changes = Changes::between(&before, &store.source_settings().await?);
        messenger.send(&changes).await;
    }
    if args.json {
        output::json(&report)?;
    }
    let fail_on = args.fail_on.or(config.fail_on).unwrap_or(FailOn::New);
    let exit = harvest::exit(&report.sources, fail_on);
    harvest::print_report(context, &report.sources, exit);
    let exit = report.print(context, exit);
    context.progress.println(&report.total());
    Ok(exit)
}

/// Reports what is wrong with the configuration before any request.
fn check(config: &Config) -> Result<(), Failure> {
    if config.source.is_empty() {
        return Err(Failure::config("the configuration has no source to run")
            .hint("`offprint init` writes one, `offprint add URL` adds a source"));
    }
    for export in &config.export {
        Named::configured(export, config)?;
    }
    Ok(())
}

/// Harvests the due sources; an error of the store stops all of them, and the finished ones are reported beside it.
async fn harvest_due(
    context: &Context,
    args: &RunArgs,
    derives: Option<&Config>,
    store: &Arc<dyn Store>,
    run_no: RunNo,
    due: &Due,
    began: Time,
) -> anyhow::Result<(Vec<SourceReport>, Option<StoreError>)> {
    if due.config.source.is_empty() {
        return Ok((Vec::new(), None));
    }
    let wanted = HarvestArgs {
        bounds: args.bounds,
        connection: args.connection.clone(),
        ..HarvestArgs::default()
    };
    let mut plan = wanted.plan(&due.config)?;
    for (job, full_list) in plan.jobs.iter_mut().zip(&due.full_list) {
        job.plan.extent.full_list_due = *full_list;
        job.is_scheduled = true;
    }
    let harvester = Harvester {
        run_no,
        store: Arc::clone(store),
        client: Client::new(plan.options).map_err(HarvestError::from)?,
        observer: Arc::clone(&context.progress) as _,
        cancel: context.shutdown.token.clone(),
    };
    Ok(harvest::harvest_all(&harvester, &plan.jobs, began, derives).await)
}

/// Writes the exports and the snapshots that are due. Where there are some, or it `derives` in any case, what earlier
/// runs have left is derived before.
async fn write_all(
    context: &Context,
    config: &Config,
    store: &dyn Store,
    derives: bool,
    report: &mut RunReport,
) -> Result<(), crate::Error> {
    if derives || !(config.export.is_empty() && config.snapshot.is_empty()) {
        journals::apply(config, store).await?;
        derive_all(store).await?;
    }
    for export in &config.export {
        let written = report::write(store, config, export, &context.shutdown.token);
        report.exports.push(written.await);
    }
    for snapshot in &config.snapshot {
        let written = scheduled::write_due(context, config, store, snapshot, Utc::now());
        report.snapshots.extend(written.await?);
    }
    Ok(())
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
