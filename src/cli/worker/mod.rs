//! `offprint worker`: one of any number of processes that harvest what is due, on any number of machines, over one
//! PostgreSQL store.

mod fleet;
mod heartbeat;
mod metrics;
mod outbox;
mod visit;

use std::net::SocketAddr;
use std::sync::{Arc, RwLock};
use std::time::Duration;

use clap::Args;
use clap::builder::FalseyValueParser;
use tokio::task::JoinSet;
use tokio::time::Instant;

use crate::cli::bounds::Bounds;
use crate::cli::config::{Config, SourceConfig};
use crate::cli::connection::Connection;
use crate::cli::context::Context;
use crate::cli::exit::{Exit, Failure};
use crate::cli::harvest::{HarvestArgs, derives};
use crate::cli::schedule::Schedule;
use crate::cli::stored_settings;
use crate::harvest::{self, HarvestError, ListedFormats, SourcePlan};
use crate::http::Client;
use crate::store::{Access, Scheduled, StoreError, StoreResult};

use heartbeat::Heartbeat;
use metrics::Metrics;
use outbox::Outbox;
use visit::{Known, StoredPlan, WorkerContext};

pub use fleet::FleetAction;

/// Hosts contacted in parallel, when nothing says otherwise.
const CONCURRENCY: usize = 8;

/// Default duration of a lease, seconds.
const LEASE: u64 = 120;

/// Longest wait before a worker looks by itself for what has become due.
const LOOK: Duration = Duration::from_secs(15);

/// Longest duration of one run of a worker; changes since a run can be exported.
const RUN: Duration = Duration::from_hours(1);

/// Pause before a store that went away is contacted again, by a worker that stays.
const AWAY: Duration = Duration::from_secs(5);

/// Time after which the sources of the store are read again.
const READ_AGAIN: Duration = Duration::from_secs(30);

/// Arguments of `worker`.
#[derive(Clone, Debug, Default, Args)]
#[command(
    after_help = "Examples:
  offprint worker --store postgres://offprint@db.example.org/offprint
  offprint worker --until-idle         in a crontab: ends when nothing is due
  offprint worker --concurrency 32 --metrics 127.0.0.1:9464
  offprint worker list
  offprint worker drain harvester-2    before maintenance of that machine

Any number of workers share one PostgreSQL store. Each leases hosts with due sources, and sends no request to hosts that
another has leased. The sources, schedules and priorities are those of offprint.toml, which should be the same on all
machines; all workers harvest the sources in the store. SIGTERM and SIGINT stop it after the
current page.",
    args_conflicts_with_subcommands = true
)]
pub struct WorkerArgs {
    /// What to do instead.
    #[command(subcommand)]
    pub action: Option<FleetAction>,

    /// Hosts contacted in parallel [default: 8]
    #[arg(long, env = "OFFPRINT_CONCURRENCY", value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub concurrency: Option<u16>,

    /// Lease duration in seconds; hosts of a dead worker are reassigned afterwards [default: 120]
    #[arg(long, env = "OFFPRINT_LEASE", value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(3..=3600))]
    pub lease: Option<u64>,

    /// Exit when nothing is due at any worker
    #[arg(long)]
    pub until_idle: bool,

    /// Exit when no unleased work is due
    #[arg(long, conflicts_with = "until_idle")]
    pub once: bool,

    /// Leave deriving the articles to the commands that read them
    #[arg(long, env = "OFFPRINT_NO_DERIVE", value_parser = FalseyValueParser::new())]
    pub no_derive: bool,

    /// Serve metrics for Prometheus at http://ADDRESS/metrics [default: none]
    #[arg(long, env = "OFFPRINT_METRICS", value_name = "ADDRESS")]
    pub metrics: Option<SocketAddr>,

    /// Bounds on one visit of a source.
    #[command(flatten)]
    pub bounds: Bounds,

    /// Connection settings.
    #[command(flatten)]
    pub connection: Connection,
}

/// Runs `worker`.
pub(super) async fn run(context: &Context, args: &WorkerArgs) -> anyhow::Result<Exit> {
    if let Some(action) = &args.action {
        return fleet::run(context, action).await;
    }
    let config = &stored_settings::config(context).await?;
    let store = context
        .store
        .open_fleet(Access::Write { create: true }, context.store_options())
        .await?;
    let client =
        Client::new(args.connection.options(config, &config.source)).map_err(HarvestError::from)?;
    let wanted = scheduled(config, args)?;
    let new = store.schedule(&wanted).await?;
    if new > 0 {
        context
            .progress
            .println(&format!("{new} sources are new or have another schedule"));
    }
    let metrics = Metrics::default();
    if let Some(address) = args.metrics.or(config.worker.metrics) {
        metrics.serve(address).await?;
    }
    let term = Duration::from_secs(args.lease.or(config.worker.lease).unwrap_or(LEASE));
    let concurrency = args
        .concurrency
        .or(config.worker.concurrency)
        .map_or(CONCURRENCY, usize::from);
    let worker = Arc::new(WorkerContext {
        name: name(),
        store,
        client,
        observer: Arc::clone(&context.progress) as _,
        cancel: context.shutdown.token.clone(),
        drain: context.shutdown.token.child_token(),
        term,
        known: RwLock::new(Arc::new(Known::of(config.clone())?)),
        metrics,
        outbox: Outbox::new(config),
        bounds: args.bounds,
        derives: derives(args.no_derive, config),
    });
    let _finishing = context.shutdown.finishing();
    let mut messages = JoinSet::new();
    let done = work(context, &worker, args, concurrency, &mut messages).await;
    worker.outbox.send_all(messages).await;
    // Whatever the end was: those who look at the fleet should not wait for this one.
    let left = worker.store.leave(&worker.name).await;
    done?;
    left?;
    context.progress.println(&format!(
        "{} hosts done, {} records",
        worker.metrics.visits(),
        worker.metrics.records()
    ));
    Ok(Exit::Done)
}

/// Leases, visits, and waits, until it is stopped, or, where that is requested, until nothing is due.
async fn work(
    context: &Context,
    worker: &Arc<WorkerContext>,
    args: &WorkerArgs,
    concurrency: usize,
    messages: &mut JoinSet<()>,
) -> StoreResult<()> {
    // Each a task of its own: leases are renewed whatever happens here.
    let mut visits = JoinSet::new();
    let mut heartbeat = Heartbeat::new(worker, concurrency);
    let mut run = worker.begin_run().await?;
    let (mut run_began, mut read) = (Instant::now(), Instant::now());
    loop {
        let news = worker.store.take_news();
        let stopping = worker.drain.is_cancelled();
        if heartbeat.report(stopping, news.is_draining).await {
            worker.drain.cancel();
        }
        let stopping = worker.drain.is_cancelled();
        if (news.sources_added || read.elapsed() >= READ_AGAIN) && !stopping {
            schedule_added(context, worker, args).await;
            read = Instant::now();
        }
        if run_began.elapsed() >= RUN && !stopping {
            worker.end_run(run).await?;
            run = worker.begin_run().await?;
            run_began = Instant::now();
        }
        if !stopping && visits.len() < concurrency {
            let asked = Instant::now();
            let free = concurrency - visits.len();
            match worker.store.lease(&worker.name, free, worker.term).await {
                Ok(leases) => {
                    for lease in leases {
                        visits.spawn(Arc::clone(worker).visit(lease, run, asked));
                    }
                }
                Err(error) => stay(worker, args, error).await?,
            }
        }
        worker.metrics.leases(visits.len());
        worker.outbox.send_due(messages);
        if visits.is_empty() {
            if stopping || args.once {
                break;
            }
            if wait_until_due(worker, args).await? == Idle::Done {
                break;
            }
        } else {
            tokio::select! {
                ended = visits.join_next() => if let Some(Err(error)) = ended {
                    tracing::error!(%error, "a visit broke down; its lease runs out");
                },
                () = worker.store.wait(LOOK.min(worker.term / 3)), if !stopping => {}
            }
        }
    }
    worker.end_run(run).await
}

/// What a worker without a visit does next.
#[derive(PartialEq, Eq)]
enum Idle {
    /// Looks for due sources again.
    Look,
    /// Ends, for nothing is due soon and it is to run until then.
    Done,
}

/// Waits until a source may be due.
async fn wait_until_due(worker: &WorkerContext, args: &WorkerArgs) -> StoreResult<Idle> {
    let until = match worker.store.until_due().await {
        Ok(until) => until,
        Err(error) => {
            stay(worker, args, error).await?;
            Some(LOOK)
        }
    };
    // What is far off is not what is due now: a lease that has to run out is waited for.
    if args.until_idle && until.is_none_or(|until| until > worker.term) {
        return Ok(Idle::Done);
    }
    let pause = until.unwrap_or(LOOK).clamp(Duration::from_millis(50), LOOK);
    tokio::select! {
        () = worker.drain.cancelled() => {}
        () = worker.store.wait(pause) => {}
    }
    Ok(Idle::Look)
}

/// Notes the sources that were added since, to the store or to offprint.toml, so that a worker knows them without a
/// restart. Rates of hosts stay as they were read first.
async fn schedule_added(context: &Context, worker: &WorkerContext, args: &WorkerArgs) {
    let added = async {
        let (config, _) = Config::find(context.config_path.as_deref())?;
        let config = stored_settings::of(&config, worker.store.as_ref()).await?;
        let wanted = scheduled(&config, args)?;
        worker.learn(Known::of(config)?);
        anyhow::Ok(worker.store.schedule(&wanted).await?)
    };
    match added.await {
        Ok(0) => {}
        Ok(new) => context
            .progress
            .println(&format!("{new} sources are new or have another schedule")),
        Err(error) => tracing::warn!("cannot read what was added: {error}"),
    }
}

/// A store that went away: one that works until its work is done gives up, one that stays waits for it.
async fn stay(worker: &WorkerContext, args: &WorkerArgs, error: StoreError) -> StoreResult<()> {
    if args.once || args.until_idle || !matches!(error, StoreError::Away { .. }) {
        return Err(error);
    }
    tracing::warn!(%error, "waiting for the store");
    tokio::select! {
        () = worker.cancel.cancelled() => Ok(()),
        () = tokio::time::sleep(AWAY) => Ok(()),
    }
}

/// The sources of the configuration, as they are noted in the store.
fn scheduled(config: &Config, args: &WorkerArgs) -> Result<Vec<Scheduled>, Failure> {
    if config.source.is_empty() {
        return Ok(Vec::new());
    }
    let wanted = HarvestArgs {
        connection: args.connection.clone(),
        ..HarvestArgs::default()
    };
    let plan = wanted.plan(config)?;
    config
        .source
        .iter()
        .zip(plan.jobs)
        .map(|(source, job)| one(config, source, &job.plan))
        .collect()
}

fn one(config: &Config, source: &SourceConfig, plan: &SourcePlan) -> Result<Scheduled, Failure> {
    let stored = StoredPlan {
        url: crate::http::address(source.url.url()),
        prefixes: plan.prefixes.clone(),
        keeps_formats: plan.listed == ListedFormats::Default,
        sets: plan.sets.clone(),
        keep_all: plan.keep_all,
        reconcile: source
            .reconcile
            .clone()
            .or_else(|| config.reconcile.clone())
            .unwrap_or_else(Schedule::monthly),
        landing_pages: plan.enrich != harvest::Enrich::None,
        bounds: Bounds::configured(config, Some(source)),
    };
    let schedule = source
        .schedule
        .clone()
        .or_else(|| config.schedule.clone())
        .unwrap_or_default();
    Ok(Scheduled {
        name: source.name.to_string(),
        base_url: stored.url.clone(),
        group: visit::table(&config.host, source.url.url()).and_then(|table| table.group.clone()),
        plan: serde_json::to_string(&stored)
            .map_err(|error| Failure::config(format!("source {}: {error}", source.name)))?,
        period: schedule.period(),
        priority: source.priority.unwrap_or(0),
    })
}

/// A name that no other worker has, and that says where it runs.
fn name() -> String {
    let host = std::env::var("HOSTNAME")
        .ok()
        .or_else(|| std::fs::read_to_string("/proc/sys/kernel/hostname").ok())
        .map(|name| name.trim().to_owned())
        .filter(|name| !name.is_empty());
    format!(
        "{}:{}:{:08x}",
        host.as_deref().unwrap_or("worker"),
        std::process::id(),
        fastrand::u32(..)
    )
}
