//! `offprint worker list` and `drain`: the workers that share a store.

use std::fmt::Write as _;

use clap::{Args, Subcommand};
use serde::Serialize;

use crate::cli::context::Context;
use crate::cli::exit::{Exit, Failure};
use crate::cli::output::{self, plain};
use crate::store::{Access, Fleet, WorkerRow};

/// What can be done with workers.
#[derive(Clone, Debug, Subcommand)]
pub enum FleetAction {
    /// List the workers: what each has harvested, and when it was last heard of
    List(ListArgs),
    /// Ask workers to finish the sources under way, release their hosts, and end
    Drain(DrainArgs),
}

/// Arguments of `worker list`.
#[derive(Clone, Debug, Args)]
pub struct ListArgs {
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

/// Arguments of `worker drain`.
#[derive(Clone, Debug, Args)]
pub struct DrainArgs {
    /// Name of a worker as `worker list` shows it, or of its machine
    #[arg(value_name = "NAME", required_unless_present = "all")]
    pub name: Option<String>,

    /// Ask all workers
    #[arg(long, conflicts_with = "name")]
    pub all: bool,
}

/// A worker, and the number of hosts it leases.
#[derive(Serialize)]
struct Listed<'a> {
    #[serde(flatten)]
    worker: &'a WorkerRow,
    leases: usize,
}

/// Runs `worker list` or `worker drain`.
pub(super) async fn run(context: &Context, action: &FleetAction) -> anyhow::Result<Exit> {
    match action {
        FleetAction::List(args) => list(context, args).await,
        FleetAction::Drain(args) => drain(context, args).await,
    }
}

async fn list(context: &Context, args: &ListArgs) -> anyhow::Result<Exit> {
    let options = context.store_options();
    let store = context.store.open_fleet(Access::Read, options).await?;
    let fleet = store.fleet().await?;
    let workers: Vec<Listed<'_>> = fleet
        .workers
        .iter()
        .map(|worker| listed(&fleet, worker))
        .collect();
    if args.json {
        output::json(&workers)?;
    } else if workers.is_empty() {
        output::to_stdout("no worker is running")?;
    } else {
        output::to_stdout(&table(&workers))?;
    }
    Ok(Exit::Done)
}

fn listed<'a>(fleet: &Fleet, worker: &'a WorkerRow) -> Listed<'a> {
    let is_held = |lease: &&crate::store::LeaseRow| lease.owner == worker.name && !lease.expired;
    Listed {
        worker,
        leases: fleet.leases.iter().filter(is_held).count(),
    }
}

/// One line for each worker.
fn table(workers: &[Listed<'_>]) -> String {
    let names = workers
        .iter()
        .map(|listed| listed.worker.name.chars().count());
    let width = names.max().unwrap_or(0);
    let mut text = format!(
        "{:width$}  {:7}  {:>7}  {:>8}  {:>9}  {:>8}  last heard of\n",
        "worker", "state", "hosts", "sources", "records", "failures"
    );
    for Listed { worker, leases } in workers {
        let state = if worker.stopping { "ending" } else { "working" };
        let hosts = format!("{leases}/{}", worker.concurrency);
        let _ = writeln!(
            text,
            "{:width$}  {state:7}  {hosts:>7}  {:>8}  {:>9}  {:>8}  {}",
            plain(&worker.name),
            worker.sources,
            worker.records,
            worker.failures,
            worker.seen.format("%Y-%m-%d %H:%M:%S UTC")
        );
    }
    text
}

async fn drain(context: &Context, args: &DrainArgs) -> anyhow::Result<Exit> {
    let options = context.store_options();
    let access = Access::Write { create: false };
    let store = context.store.open_fleet(access, options).await?;
    let names = store.drain(args.name.as_deref()).await?;
    if names.is_empty() {
        let failure = match &args.name {
            Some(name) => Failure::refused(format!("no worker has the name {name:?}")),
            None => Failure::refused("no worker is running"),
        };
        return Err(failure
            .hint("`offprint worker list` shows the workers")
            .into());
    }
    for name in names {
        context.progress.println(&format!(
            "{} ends after the sources under way",
            plain(&name)
        ));
    }
    Ok(Exit::Done)
}
