//! `offprint harvest`: records from endpoints, or from saved responses, into the store.

mod plan;

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use chrono::Utc;
use clap::Args;
use clap::builder::FalseyValueParser;
use futures_util::stream::{self, StreamExt as _};
use serde::Serialize;
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};

use crate::cli::bounds::Bounds;
use crate::cli::config::{Config, SourceConfig};
use crate::cli::connection::Connection;
use crate::cli::context::Context;
use crate::cli::deriving::derive_behind;
use crate::cli::exit::Exit;
use crate::cli::hint;
use crate::cli::output::{self, plain};
use crate::cli::stored_settings;
use crate::cli::values::{
    Endpoint, Enrich, FailOn, MetadataPrefix, SetSpec, SourceName, datestamp, datestamp_until,
};
use crate::harvest::{self, HarvestError, Harvester, LossKind, Outcome, SourceReport};
use crate::http::Client;
use crate::oai::Datestamp;
use crate::redact::redact;
use crate::store::{RunNo, SourceId, SourceSpec, Store, StoreError, Time};

pub use plan::{Job, Plan};

/// Hosts contacted in parallel; sources on one host take turns.
const AT_ONCE: usize = 256;
/// Losses of a source that are listed on stderr; the report has more.
const LOSSES: usize = 10;

/// Arguments of `harvest`.
#[derive(Clone, Debug, Default, Args)]
#[command(after_help = "Examples:
  offprint harvest https://journal.example.org/index.php/journal/oai
  offprint harvest https://journal.example.org/oai --prefix oai_dc,jats
  offprint harvest https://journal.example.org/oai --set j:ART --from 2024-01-01
  offprint harvest                     every source of offprint.toml
  offprint harvest ./saved-responses   pages saved as files, without a network
  offprint harvest ~/.cache/metha      import the cache of metha
  offprint harvest local/harvest/cac --base-url https://journal.example.org/oai \\
    --identifiers 'oai:journal.example.org:article/*'
                                       import a folder of vufindharvest

A second harvest of the same source requests only changes.
An interrupted run resumes where it stopped.")]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a switch of the command line"
)]
// shape: one field for each option of `offprint harvest`
pub struct HarvestArgs {
    /// URLs, names from offprint.toml or the store, or saved responses: a directory, .tar, .tar.gz,
    /// .xml, .xml.gz;
    /// the cache of metha or the folder of vufindharvest
    /// [default: every source of offprint.toml]
    #[arg(value_name = "SOURCE")]
    pub sources: Vec<String>,

    /// Record format to request; repeatable [default: `best`, the richest offered beside oai_dc, for a
    /// new source; else those it has]
    #[arg(
        long = "prefix",
        env = "OFFPRINT_PREFIX",
        value_name = "PREFIX",
        value_delimiter = ','
    )]
    pub prefixes: Vec<MetadataPrefix>,

    /// Only this set; repeatable
    #[arg(long = "set", value_name = "SET")]
    pub sets: Vec<SetSpec>,

    /// Only records changed at or after this date: 2024-05-01, 2024-05, 2024, or an age such as 7d
    #[arg(long, value_name = "DATE", value_parser = datestamp)]
    pub from: Option<Datestamp>,

    /// Only records changed at or before this date
    #[arg(long, value_name = "DATE", value_parser = datestamp_until)]
    pub until: Option<Datestamp>,

    /// Harvest all records again
    #[arg(long, conflicts_with_all = ["from", "until"])]
    pub full: bool,

    /// List all records and mark missing ones as deleted
    #[arg(long, conflicts_with_all = ["from", "until"])]
    pub reconcile: bool,

    /// Accept deletions of more than 10 % of the known records
    #[arg(long)]
    pub allow_shrink: bool,

    /// Stop after about N records of each list; the next harvest resumes
    #[arg(long, value_name = "N")]
    pub limit: Option<u64>,

    /// Also store pages without changes
    #[arg(long, env = "OFFPRINT_KEEP_ALL", value_parser = FalseyValueParser::new())]
    pub keep_all: bool,

    /// Leave deriving the articles to the next export, report or other command that reads them
    #[arg(long, env = "OFFPRINT_NO_DERIVE", value_parser = FalseyValueParser::new())]
    pub no_derive: bool,

    /// Name of the source in the store, when one SOURCE is given [default: made from its URL]
    #[arg(long)]
    pub name: Option<SourceName>,

    /// Base URL of the endpoint, for saved records [default: from the records]
    #[arg(long, value_name = "URL")]
    pub base_url: Option<Endpoint>,

    /// Pattern of the identifiers, for saved records with truncated ones (e.g. `oai:host:article/*`)
    #[arg(long, value_name = "PATTERN", value_parser = identifiers)]
    pub identifiers: Option<String>,

    /// Additional content to fetch
    #[arg(long, env = "OFFPRINT_ENRICH", value_delimiter = ',')]
    pub enrich: Vec<Enrich>,

    /// Exit with 4 for any gap, for new gaps, or for none [default: any]
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
pub(super) struct RunReport {
    run: RunNo,
    outcome: Outcome,
    pub(super) sources: Vec<SourceReport>,
}

/// Runs `harvest`.
pub(super) async fn run(context: &Context, args: &HarvestArgs) -> anyhow::Result<Exit> {
    let _finishing = context.shutdown.finishing();
    let config = stored_settings::config_with(context, &args.sources).await?;
    let plan = args.plan(&config)?;
    let store = context.open_or_create().await?;
    if plan.options.contact.is_none() && plan.jobs.iter().any(Job::is_remote) {
        tracing::warn!(
            "no contact is set: with --contact MAIL an operator can reach you before blocking you"
        );
    }
    let fail_on = plan.fail_on;
    let is_cache: Vec<bool> = plan
        .jobs
        .iter()
        .map(|job| job.saved.as_deref().is_some_and(harvest::is_metha))
        .collect();
    let derives = derives(args.no_derive, &config).then_some(&config);
    let run = harvest(context, Arc::clone(&store), plan, "harvest", derives).await?;
    let imported = is_cache.iter().zip(&run.sources);
    let imported = imported.filter_map(|(is_cache, report)| report.source_id.filter(|_| *is_cache));
    schedule_imported(context, store.as_ref(), &config, imported.collect()).await?;
    if args.json {
        output::json(&run)?;
    }
    let exit = exit(&run.sources, fail_on);
    print_report(context, &run.sources, exit);
    Ok(exit)
}

/// Adds the sources of another harvester's cache to those of the store, so that `run` and workers go on with them.
/// Lists of sets stay lists of sets.
async fn schedule_imported(
    context: &Context,
    store: &dyn Store,
    config: &Config,
    imported: Vec<SourceId>,
) -> anyhow::Result<()> {
    let mut added = Vec::new();
    for source_id in imported {
        let source = store.source(source_id).await?;
        let is_known = config.source.iter().any(|known| {
            known.name.as_str() == source.name || known.url.url().as_str() == source.base_url
        });
        let (Ok(name), Ok(url)) = (source.name.parse(), source.base_url.parse()) else {
            continue;
        };
        if is_known {
            continue;
        }
        let streams = store.streams(source_id).await?;
        let sets: Option<Vec<SetSpec>> = streams
            .iter()
            .map(|stream| stream.set_spec.as_deref()?.parse().ok())
            .collect();
        let mut wanted = SourceConfig::new(name, url);
        wanted.sets = sets.filter(|sets| !sets.is_empty());
        added.push(stored_settings::write(&wanted)?);
    }
    if store.save_source_settings(&added).await? > 0 {
        context.progress.println(&format!(
            "{} added to the sources of the store; `offprint run` continues where metha stopped",
            output::counted(added.len(), "source")
        ));
    }
    Ok(())
}

/// Returns whether articles are derived behind a harvest: a flag or the environment decides, else the file.
pub(super) fn derives(no_derive: bool, config: &Config) -> bool {
    !(no_derive || config.no_derive == Some(true))
}

/// Harvests what is planned as one run of the store. With a configuration, the articles are derived by it.
///
/// # Errors
/// When the store fails, or the settings of the client are invalid. A failing source is in its report.
pub(super) async fn harvest(
    context: &Context,
    store: Arc<dyn Store>,
    plan: Plan,
    command: &str,
    derives: Option<&Config>,
) -> anyhow::Result<RunReport> {
    let client = Client::new(plan.options).map_err(HarvestError::from)?;
    let harvester = Harvester {
        run_no: store.begin_run(command).await?,
        store,
        client,
        observer: Arc::clone(&context.progress) as _,
        cancel: context.shutdown.token.clone(),
    };
    let (sources, stopped) = harvest_all(&harvester, &plan.jobs, Utc::now(), derives).await;
    let run = RunReport {
        run: harvester.run_no,
        outcome: outcome(&sources, stopped.is_some()),
        sources,
    };
    let closed = harvester
        .store
        .end_run(run.run, run.outcome.as_str(), &serde_json::to_string(&run)?)
        .await;
    if let Some(error) = stopped {
        return Err(error.into());
    }
    closed?;
    Ok(run)
}

/// Harvests sources, host beside host, in a run that began at this time, and derives the articles of each behind its
/// lists where a configuration says by which settings. The reports come in the order of the jobs; an error of the store
/// stops all of them, and the finished ones are reported beside it.
pub(super) async fn harvest_all(
    harvester: &Harvester,
    jobs: &[Job],
    began: Time,
    derives: Option<&Config>,
) -> (Vec<SourceReport>, Option<StoreError>) {
    let (listed, queue) = unbounded_channel();
    let lists = list_all(harvester, jobs, began, listed);
    let Some(config) = derives else {
        return lists.await;
    };
    let store = harvester.store.as_ref();
    let deriving = derive_behind(store, config, &harvester.cancel, queue);
    tokio::join!(lists, deriving).0
}

/// Harvests sources as [`harvest_all`] does, and tells which of them has come to the end of its lists.
async fn list_all(
    harvester: &Harvester,
    jobs: &[Job],
    began: Time,
    listed: UnboundedSender<SourceId>,
) -> (Vec<SourceReport>, Option<StoreError>) {
    let mut host_groups: Vec<(&str, Vec<usize>)> = Vec::new();
    let mut known: HashMap<&str, usize> = HashMap::new();
    for (number, job) in jobs.iter().enumerate() {
        let host_group = *known.entry(&job.host_group).or_insert_with(|| {
            host_groups.push((&job.host_group, Vec::new()));
            host_groups.len() - 1
        });
        host_groups[host_group].1.push(number);
    }
    let host_groups = host_groups.iter().map(|(_, numbers)| {
        let concurrency = numbers
            .iter()
            .map(|&number| jobs[number].concurrency)
            .min()
            .unwrap_or(1)
            .max(1);
        let one =
            |&number: &usize| async move { (number, harvest_one(harvester, &jobs[number]).await) };
        stream::iter(numbers)
            .map(one)
            .buffer_unordered(concurrency)
            .boxed()
    });
    let mut results = stream::iter(host_groups).flatten_unordered(AT_ONCE);
    let mut reports = Vec::new();
    let mut stopped = None;
    while let Some((number, result)) = results.next().await {
        match result {
            Ok(report) => {
                // Where nothing is derived, nobody listens.
                let _ = report.source_id.map(|source_id| listed.send(source_id));
                reports.push((number, report));
            }
            Err(error) => {
                // The others end at their page's edge.
                harvester.cancel.cancel();
                stopped.get_or_insert(error);
            }
        }
    }
    reports.sort_by_key(|(number, _)| *number);
    if stopped.is_none() {
        let attempts = reports
            .iter()
            .map(|(number, report)| (&jobs[*number], report));
        stopped = note_attempts(harvester, attempts, began).await.err();
    }
    let reports = reports.into_iter().map(|(_, report)| report).collect();
    (reports, stopped)
}

/// Harvests one source. Only an error of the store is one.
async fn harvest_one(harvester: &Harvester, job: &Job) -> Result<SourceReport, StoreError> {
    let done = match &job.saved {
        Some(path) => harvest::import(harvester, &job.plan, path).await,
        None if harvester.cancel.is_cancelled() => Err(HarvestError::Interrupted),
        None => harvester.harvest(&job.plan).await,
    };
    match done {
        Err(HarvestError::Store(error)) => Err(error),
        Err(error) => {
            let report = failed(job, error);
            // What was interrupted before it began has nothing to say.
            if report.outcome == Outcome::Failed {
                let observer = &harvester.observer;
                observer.source_done(&report.source, &report.to_string());
            }
            Ok(report)
        }
        Ok(report) => Ok(report),
    }
}

/// Notes when the run began that tried these sources, and how each attempt ended: by that, the next is due. One that
/// was interrupted is still due.
async fn note_attempts<'a>(
    harvester: &Harvester,
    attempts: impl Iterator<Item = (&'a Job, &'a SourceReport)>,
    began: Time,
) -> Result<(), StoreError> {
    let store = &harvester.store;
    let listed: HashSet<SourceId> = store
        .last_listings()
        .await?
        .into_iter()
        .map(|(source_id, _)| source_id)
        .collect();
    for (job, report) in attempts {
        match report.outcome {
            Outcome::Interrupted => continue,
            Outcome::Failed if !job.is_scheduled => continue,
            _ => {}
        }
        if job.is_configured {
            let spec = SourceSpec {
                name: job.plan.name.clone(),
                base_url: job.plan.url.clone(),
            };
            let error = report
                .error
                .as_deref()
                .filter(|_| report.outcome == Outcome::Failed);
            store.note_attempt(&spec, began, error).await?;
        }
        if let Some(source_id) = report.source_id {
            // What was imported is as old as its files: changes since then are due, a complete list in its time.
            if job.saved.is_some() {
                store.note_listing(source_id, began).await?;
                continue;
            }
            store.note_start(source_id, began).await?;
            if report.counts_as_listed(listed.contains(&source_id)) {
                store.note_listing(source_id, began).await?;
            }
        }
    }
    Ok(())
}

/// The report of a source that could not even be begun.
fn failed(job: &Job, error: HarvestError) -> SourceReport {
    let saved = job.saved.as_ref().map(|path| path.display().to_string());
    let place = saved.unwrap_or_else(|| redact(&job.plan.url));
    let mut report = SourceReport::new(job.plan.name.as_deref().unwrap_or(&place), &place);
    if matches!(error, HarvestError::Interrupted) {
        report.outcome = Outcome::Interrupted;
        return report;
    }
    report.outcome = Outcome::Failed;
    report.error = Some(error.to_string());
    report.stopped_by = Some(Arc::new(error));
    report
}

/// Returns the outcome of a run that an error of the store may have stopped.
pub(super) fn outcome(reports: &[SourceReport], stopped: bool) -> Outcome {
    if stopped {
        Outcome::Failed
    } else {
        worst(reports)
    }
}

/// Returns the outcome of a run: the worst of its sources, but `Failed` only if all of them failed.
fn worst(reports: &[SourceReport]) -> Outcome {
    let failed = |report: &&SourceReport| report.outcome == Outcome::Failed;
    if !reports.is_empty() && reports.iter().filter(failed).count() == reports.len() {
        return Outcome::Failed;
    }
    let softened = |report: &SourceReport| match report.outcome {
        Outcome::Failed => Outcome::Incomplete,
        outcome => outcome,
    };
    reports
        .iter()
        .map(softened)
        .max()
        .unwrap_or(Outcome::Complete)
}

/// The exit code of a run that went to its end.
pub(super) fn exit(reports: &[SourceReport], fail_on: FailOn) -> Exit {
    let fresh = |report: &SourceReport| !report.losses.is_empty() || report.error.is_some();
    match (worst(reports), fail_on) {
        (Outcome::Complete | Outcome::Interrupted, _) | (Outcome::Incomplete, FailOn::None) => {
            Exit::Done
        }
        (Outcome::Incomplete, FailOn::New) if !reports.iter().any(fresh) => Exit::Done,
        (Outcome::Incomplete, _) => Exit::Incomplete,
        (Outcome::Failed, _) => Exit::Failed,
    }
}

/// Says what was lost and what may help: when that is why the command fails, even though quiet was requested.
pub(super) fn print_report(context: &Context, reports: &[SourceReport], exit: Exit) {
    let say = |line: &str| {
        let line = redact(line);
        if context.quiet && exit != Exit::Done {
            context.progress.eprintln_always(&line);
        } else {
            context.progress.println(&line);
        }
    };
    for report in reports {
        let source = plain(&report.source);
        let is_unsaid = context.quiet || context.progress.is_brief();
        if is_unsaid && report.outcome != Outcome::Complete {
            say(&format!("{source}: {}", plain(&report.to_string())));
        }
        for loss in report.losses.iter().take(LOSSES) {
            say(&format!(
                "  missing {}: {}",
                plain(&loss.what),
                plain(&loss.reason)
            ));
        }
        if report.losses.len() > LOSSES {
            let more = report.losses.len() - LOSSES;
            say(&format!(
                "  missing {more} more; `offprint status --json` lists all"
            ));
        }
        if context.verbose {
            for note in &report.notes {
                say(&format!("  note: {}", plain(note)));
            }
        }
        if report
            .losses
            .iter()
            .any(|loss| loss.kind == LossKind::MassDeletion)
        {
            say(&format!(
                "  hint: look at the journal; if so much is gone, `offprint harvest {source} --reconcile --allow-shrink`"
            ));
        }
        if let Some(hint) = report
            .stopped_by
            .as_ref()
            .and_then(|error| hint::of_harvest(error))
        {
            say(&format!("  hint: {}", plain(&hint)));
        }
    }
}

/// A pattern of identifiers.
fn identifiers(text: &str) -> Result<String, String> {
    match text.trim().strip_suffix('*') {
        Some(start) if !start.is_empty() && !start.contains('*') => Ok(text.trim().to_owned()),
        _ => Err(
            "a pattern ends with its only *, as in oai:journal.example.org:article/*".to_owned(),
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report(outcome: Outcome) -> SourceReport {
        let mut report = SourceReport::new("a", "https://a.example/oai");
        report.outcome = outcome;
        report
    }

    #[test]
    fn exit_codes_of_runs() {
        let old_gap = report(Outcome::Incomplete);
        let mut new_gap = report(Outcome::Incomplete);
        new_gap.lose("oai:a:1", "status 500");
        let cases = [
            (vec![report(Outcome::Complete)], [Exit::Done; 3]),
            (vec![old_gap], [Exit::Incomplete, Exit::Done, Exit::Done]),
            (
                vec![new_gap],
                [Exit::Incomplete, Exit::Incomplete, Exit::Done],
            ),
            (
                vec![report(Outcome::Failed), report(Outcome::Failed)],
                [Exit::Failed; 3],
            ),
        ];
        for (reports, exits) in cases {
            let found =
                [FailOn::Any, FailOn::New, FailOn::None].map(|fail_on| exit(&reports, fail_on));
            assert_eq!(found, exits, "{reports:?}");
        }
        let mut failed = report(Outcome::Failed);
        failed.error = Some("host a.example was not found".to_owned());
        let some = [failed, report(Outcome::Complete)];
        assert_eq!(exit(&some, FailOn::New), Exit::Incomplete);
    }
}
