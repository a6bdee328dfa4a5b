//! `offprint harvest`: records from endpoints, or from saved responses, into the store.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use chrono::Utc;
use clap::Args;
use clap::builder::FalseyValueParser;
use futures_util::stream::{self, StreamExt as _};
use serde::Serialize;

use crate::cli::config::{Config, SourceConfig};
use crate::cli::connection::{Connection, access};
use crate::cli::context::Context;
use crate::cli::exit::{Exit, Failure};
use crate::cli::hint;
use crate::cli::kept;
use crate::cli::output::{self, plain};
use crate::cli::redact;
use crate::cli::values::{Endpoint, Enrich, FailOn, MetadataPrefix, SetSpec, SourceName, datestamp};
use crate::harvest::{self, HarvestError, Harvester, Outcome, SourcePlan, SourceReport};
use crate::http::{Client, Options, host_of};
use crate::oai::Datestamp;
use crate::store::{StoreError, Time};

/// Hosts asked at the same time; sources on one host take turns.
const AT_ONCE: usize = 256;
/// Losses of a source that are told on stderr; the report has more.
const LOSSES: usize = 10;

/// Arguments of `harvest`.
#[derive(Clone, Debug, Default, Args)]
#[command(after_help = "Examples:
  offprint harvest https://journal.example.org/index.php/journal/oai
  offprint harvest https://journal.example.org/oai --prefix oai_dc,jats
  offprint harvest https://journal.example.org/oai --set j:ART --from 2024-01-01
  offprint harvest                     every source of offprint.toml
  offprint harvest ./saved-responses   pages saved as files, without a network
  offprint harvest ~/.cache/metha      all that metha has harvested
  offprint harvest local/harvest/cac --base-url https://journal.example.org/oai \\
    --identifiers 'oai:journal.example.org:article/*'
                                       what VuFind's harvester has

A second harvest of the same source asks for what has changed since.
A run that was cut off goes on where it stood.")]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of the command line")]
pub struct HarvestArgs {
    /// URLs, names from offprint.toml, or saved responses: a directory, .tar, .tar.gz, .xml, .xml.gz;
    /// the cache of metha or the folder of vufindharvest
    /// [default: every source of offprint.toml]
    #[arg(value_name = "SOURCE")]
    pub sources: Vec<String>,

    /// Record format to ask for; may be given more than once; `best`: the richest offered [default: oai_dc]
    #[arg(long = "prefix", env = "OFFPRINT_PREFIX", value_name = "PREFIX", value_delimiter = ',')]
    pub prefixes: Vec<MetadataPrefix>,

    /// Only this set; may be given more than once
    #[arg(long = "set", value_name = "SET")]
    pub sets: Vec<SetSpec>,

    /// Only records changed at or after this date
    #[arg(long, value_name = "DATE", value_parser = datestamp)]
    pub from: Option<Datestamp>,

    /// Only records changed at or before this date
    #[arg(long, value_name = "DATE", value_parser = datestamp)]
    pub until: Option<Datestamp>,

    /// Harvest everything again, whatever is known
    #[arg(long, conflicts_with_all = ["from", "until"])]
    pub full: bool,

    /// List everything, and take what the list no longer holds for deleted
    #[arg(long, conflicts_with_all = ["from", "until"])]
    pub reconcile: bool,

    /// Believe a list that lacks more than a tenth of the known records
    #[arg(long)]
    pub allow_shrink: bool,

    /// Stop after about so many records of each list; the next harvest goes on from there
    #[arg(long, value_name = "N")]
    pub limit: Option<u64>,

    /// Keep the pages that bring nothing new too
    #[arg(long, env = "OFFPRINT_KEEP_ALL", value_parser = FalseyValueParser::new())]
    pub keep_all: bool,

    /// Name of the source in the store, when one SOURCE is given [default: made from its URL]
    #[arg(long)]
    pub name: Option<SourceName>,

    /// Of saved records: base URL of the endpoint they came from [default: as they say themselves]
    #[arg(long, value_name = "URL")]
    pub base_url: Option<Endpoint>,

    /// Of saved records whose identifiers are cut or spoilt: how the identifiers look, `*` for what differs at the end
    #[arg(long, value_name = "PATTERN", value_parser = identifiers)]
    pub identifiers: Option<String>,

    /// Fetch this beside the records
    #[arg(long, env = "OFFPRINT_ENRICH", value_delimiter = ',')]
    pub enrich: Vec<Enrich>,

    /// Exit with 4 for any loss, for new ones, or for none [default: any]
    #[arg(long, env = "OFFPRINT_FAIL_ON", value_name = "LOSS")]
    pub fail_on: Option<FailOn>,

    /// Print the run's report as JSON
    #[arg(long)]
    pub json: bool,

    /// How endpoints are asked.
    #[command(flatten)]
    pub connection: Connection,
}

/// What a harvest is to do, with every setting decided.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The sources.
    pub jobs: Vec<Job>,
    /// How endpoints are asked.
    pub options: Options,
    /// What makes a finished harvest exit with 4.
    pub fail_on: FailOn,
}

/// One source.
#[derive(Clone, Debug)]
pub struct Job {
    /// Saved responses to read, instead of asking an endpoint.
    pub saved: Option<PathBuf>,
    /// What to harvest.
    pub plan: SourcePlan,
    /// Host or group of hosts whose turn it takes; those of different lanes go side by side.
    pub lane: String,
    /// Sources of its lane that may be under way at the same time.
    pub abreast: usize,
}

/// What a run did, as it is kept in the store.
#[derive(Debug, Serialize)]
struct RunReport<'a> {
    run: i64,
    outcome: Outcome,
    sources: &'a [SourceReport],
}

impl Job {
    /// Whether a machine other than this one is asked.
    fn is_abroad(&self) -> bool {
        let host = url::Url::parse(&self.plan.url).ok().and_then(|url| url.host_str().map(str::to_owned));
        host.is_some_and(|host| host != "localhost" && !host.starts_with("127.") && host != "[::1]")
    }
}

/// Runs `harvest`.
pub(super) async fn run(context: &Context, args: &HarvestArgs) -> anyhow::Result<Exit> {
    let plan = args.plan(&kept::config(context).await?)?;
    let store = context.open_or_create().await?;
    if plan.options.contact.is_none() && plan.jobs.iter().any(Job::is_abroad) {
        tracing::warn!(
            "no contact is set: with --contact MAIL an operator can reach you before blocking you"
        );
    }
    let client = Client::new(plan.options).map_err(HarvestError::from)?;
    let harvester = Harvester {
        run_no: store.begin_run("harvest").await?,
        store,
        client,
        observer: Arc::clone(&context.progress) as _,
        cancel: context.shutdown.token.clone(),
    };
    let (reports, stopped) = harvest_all(&harvester, &plan.jobs, Utc::now()).await;
    let run =
        RunReport { run: harvester.run_no, outcome: outcome(&reports, stopped.is_some()), sources: &reports };
    let closed = harvester.store.end_run(run.run, run.outcome.as_str(), &serde_json::to_string(&run)?).await;
    if let Some(error) = stopped {
        return Err(error.into());
    }
    closed?;
    if args.json {
        output::json(&run)?;
    }
    let exit = exit(&reports, plan.fail_on);
    tell(context, &reports, exit);
    Ok(exit)
}

/// Harvests sources, host beside host, in a run that began at this time. The reports come in the order of the
/// jobs; an error of the store stops all of them, and those that had ended are told beside it.
pub(super) async fn harvest_all(
    harvester: &Harvester,
    jobs: &[Job],
    began: Time,
) -> (Vec<SourceReport>, Option<StoreError>) {
    let mut lanes: Vec<(&str, Vec<usize>)> = Vec::new();
    let mut known: HashMap<&str, usize> = HashMap::new();
    for (number, job) in jobs.iter().enumerate() {
        let lane = *known.entry(&job.lane).or_insert_with(|| {
            lanes.push((&job.lane, Vec::new()));
            lanes.len() - 1
        });
        lanes[lane].1.push(number);
    }
    let lanes = lanes.iter().map(|(_, numbers)| {
        let abreast = numbers.iter().map(|&number| jobs[number].abreast).min().unwrap_or(1).max(1);
        let one = |&number: &usize| async move { (number, harvest_one(harvester, &jobs[number]).await) };
        stream::iter(numbers).map(one).buffer_unordered(abreast).boxed()
    });
    let mut results = stream::iter(lanes).flatten_unordered(AT_ONCE);
    let mut reports = Vec::new();
    let mut stopped = None;
    while let Some((number, result)) = results.next().await {
        match result {
            Ok(report) => reports.push((number, report)),
            Err(error) => {
                // The others end at their page's edge.
                harvester.cancel.cancel();
                stopped.get_or_insert(error);
            }
        }
    }
    reports.sort_by_key(|(number, _)| *number);
    let reports: Vec<SourceReport> = reports.into_iter().map(|(_, report)| report).collect();
    if stopped.is_none() {
        stopped = note_starts(harvester, &reports, began).await.err();
    }
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
        Err(error) => Ok(failed(job, error)),
        Ok(report) => Ok(report),
    }
}

/// Notes when the run began that harvested these: by that, the next is due. One that was interrupted is due still.
async fn note_starts(harvester: &Harvester, reports: &[SourceReport], began: Time) -> Result<(), StoreError> {
    let sources = harvester.store.sources().await?;
    let ids: HashMap<&str, i64> = sources.iter().map(|source| (&*source.name, source.source_id)).collect();
    for report in reports.iter().filter(|report| report.outcome != Outcome::Interrupted) {
        if let Some(source_id) = ids.get(&*report.source) {
            harvester.store.note_start(*source_id, began).await?;
            if report.listed {
                harvester.store.note_listing(*source_id, began).await?;
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

/// How a run ended that an error of the store may have stopped.
pub(super) fn outcome(reports: &[SourceReport], stopped: bool) -> Outcome {
    if stopped { Outcome::Failed } else { worst(reports) }
}

/// How a run ended: as the worst of its sources, but failed only when all of them did.
fn worst(reports: &[SourceReport]) -> Outcome {
    let failed = |report: &&SourceReport| report.outcome == Outcome::Failed;
    if !reports.is_empty() && reports.iter().filter(failed).count() == reports.len() {
        return Outcome::Failed;
    }
    let softened = |report: &SourceReport| match report.outcome {
        Outcome::Failed => Outcome::Incomplete,
        outcome => outcome,
    };
    reports.iter().map(softened).max().unwrap_or(Outcome::Complete)
}

/// The exit code of a run that went to its end.
pub(super) fn exit(reports: &[SourceReport], fail_on: FailOn) -> Exit {
    let fresh = |report: &SourceReport| !report.losses.is_empty() || report.error.is_some();
    match (worst(reports), fail_on) {
        (Outcome::Complete | Outcome::Interrupted, _) | (Outcome::Incomplete, FailOn::None) => Exit::Done,
        (Outcome::Incomplete, FailOn::New) if !reports.iter().any(fresh) => Exit::Done,
        (Outcome::Incomplete, _) => Exit::Incomplete,
        (Outcome::Failed, _) => Exit::Failed,
    }
}

/// Says what was lost and what may help: when that is why the command fails, even though quiet was asked for.
pub(super) fn tell(context: &Context, reports: &[SourceReport], exit: Exit) {
    let say = |line: &str| {
        let line = redact(line);
        if context.quiet && exit != Exit::Done {
            context.progress.insist(&line);
        } else {
            context.progress.say(&line);
        }
    };
    for report in reports {
        let source = plain(&report.source);
        if context.quiet && report.outcome != Outcome::Complete {
            say(&format!("{source}: {}", plain(&report.to_string())));
        }
        for loss in report.losses.iter().take(LOSSES) {
            say(&format!("  missing {}: {}", plain(&loss.what), plain(&loss.reason)));
        }
        if report.losses.len() > LOSSES {
            let more = report.losses.len() - LOSSES;
            say(&format!("  missing {more} more; `offprint status --json` lists all"));
        }
        if context.verbose {
            for note in &report.notes {
                say(&format!("  note: {}", plain(note)));
            }
        }
        if let Some(hint) = report.stopped_by.as_ref().and_then(|error| hint::of_harvest(error)) {
            say(&format!("  hint: {}", plain(&hint)));
        }
    }
}

impl HarvestArgs {
    /// Decides every setting: flag and environment, then the source's own table, then the file, then defaults.
    ///
    /// # Errors
    /// Wrong usage: no source, an unknown one, one twice, dates that exclude each other, a name for several.
    pub fn plan(&self, config: &Config) -> Result<Plan, Failure> {
        if self.from.zip(self.until).is_some_and(|(from, until)| from.time > until.time) {
            return Err(Failure::usage("--from is later than --until"));
        }
        let chosen: Vec<Target<'_>> = if self.sources.is_empty() {
            config.source.iter().map(Target::Named).collect()
        } else {
            let found = self.sources.iter().map(|text| find(text, config)).collect::<Result<Vec<_>, _>>()?;
            found.into_iter().map(each).collect::<Result<Vec<_>, _>>()?.concat()
        };
        if chosen.is_empty() {
            return Err(Failure::usage("no source given, and the configuration has none")
                .hint("offprint harvest https://journal.example.org/index.php/journal/oai"));
        }
        if self.name.is_some() && chosen.len() != 1 {
            return Err(Failure::usage("--name takes one SOURCE"));
        }
        if (self.base_url.is_some() || self.identifiers.is_some())
            && !matches!(chosen[..], [Target::Saved(_)])
        {
            return Err(Failure::usage(
                "--base-url and --identifiers are of one folder or file of saved records",
            ));
        }
        if !self.sources.is_empty()
            && let Some(at) = (1..chosen.len()).find(|&at| chosen[..at].contains(&chosen[at]))
        {
            let given = self.sources.get(at).map_or_else(String::new, |text| redact(text));
            return Err(Failure::usage(format!("the source {given} is given twice")));
        }
        let named = chosen.iter().filter_map(|target| match target {
            Target::Named(source) => Some(*source),
            _ => None,
        });
        Ok(Plan {
            options: self.connection.options(config, named),
            jobs: chosen.iter().map(|target| self.job(config, target)).collect::<Result<_, _>>()?,
            fail_on: self.fail_on.or(config.fail_on).unwrap_or_default(),
        })
    }

    fn job(&self, config: &Config, target: &Target<'_>) -> Result<Job, Failure> {
        let (source, url, saved) = match target {
            Target::Named(source) => (Some(*source), source.url.url().to_string(), None),
            Target::Endpoint(endpoint) => (None, endpoint.url().to_string(), None),
            Target::Saved(path) => {
                let known = config.source.iter().find(|source| Some(&source.name) == self.name.as_ref());
                let known = self.base_url.as_ref().or(known.map(|source| &source.url));
                (None, known.map_or_else(String::new, |known| known.url().to_string()), Some(path.clone()))
            }
        };
        let (lane, abreast) = match target {
            Target::Named(source) => lane(config, &source.url),
            Target::Endpoint(endpoint) => lane(config, endpoint),
            // What one harvester kept may be of one source.
            Target::Saved(path) => (path.parent().unwrap_or(path).display().to_string(), 1),
        };
        let name = self.name.as_ref().or(source.map(|source| &source.name));
        let prefixes = given(&self.prefixes)
            .or_else(|| source.and_then(|source| source.prefixes.as_deref()))
            .or(config.prefixes.as_deref())
            .unwrap_or_default();
        let sets = given(&self.sets).or_else(|| source.and_then(|source| source.sets.as_deref()));
        let enrich = given(&self.enrich)
            .or_else(|| source.and_then(|source| source.enrich.as_deref()))
            .or(config.enrich.as_deref())
            .unwrap_or_default();
        let written = |stamp: Datestamp| stamp.granularity.format(stamp.time);
        let plan = SourcePlan {
            name: name.map(ToString::to_string),
            url,
            // None is oai_dc to the library.
            prefixes: prefixes.iter().map(ToString::to_string).collect(),
            sets: sets.unwrap_or_default().iter().map(ToString::to_string).collect(),
            identifiers: self.identifiers.clone(),
            from: self.from.map(written),
            until: self.until.map(written),
            full: self.full,
            reconcile: self.reconcile,
            relist: false, // that is for `run` to say
            allow_shrink: self.allow_shrink,
            limit: self.limit,
            keep_all: self.keep_all || config.keep_all == Some(true),
            enrich: if enrich.contains(&Enrich::LandingPage) {
                harvest::Enrich::All
            } else {
                harvest::Enrich::None
            },
            access: source.map(access).transpose()?.unwrap_or_default(),
        };
        Ok(Job { saved, plan, lane, abreast })
    }
}

/// The host whose turn an endpoint takes, or the group it belongs to; and how many requests that bears at a time.
fn lane(config: &Config, endpoint: &Endpoint) -> (String, usize) {
    let host = host_of(endpoint.url());
    let bare = endpoint.url().host_str().unwrap_or_default();
    let table = config.host.get(&host).or_else(|| config.host.get(bare));
    let group = table.and_then(|table| table.group.as_ref()).map(|group| format!("group {group}"));
    let abreast: u32 = table.and_then(|table| table.concurrency).unwrap_or_default().into();
    (group.unwrap_or(host), usize::try_from(abreast).unwrap_or(1))
}

/// What a SOURCE turned out to be.
#[derive(Clone, Debug, PartialEq)]
enum Target<'a> {
    /// A source of the configuration.
    Named(&'a SourceConfig),
    /// An endpoint.
    Endpoint(Endpoint),
    /// Saved responses.
    Saved(PathBuf),
}

/// The flag's values, when there are any.
fn given<T>(flag: &[T]) -> Option<&[T]> {
    (!flag.is_empty()).then_some(flag)
}

/// Finds a SOURCE: a URL, a name, then a path.
fn find<'a>(text: &str, config: &'a Config) -> Result<Target<'a>, Failure> {
    if text.contains("://") {
        let endpoint: Endpoint = text.parse().map_err(Failure::usage)?;
        let known = config.source.iter().find(|source| source.url == endpoint);
        return Ok(known.map_or(Target::Endpoint(endpoint), Target::Named));
    }
    if let Some(source) = config.source.iter().find(|source| source.name.as_str() == text) {
        return Ok(Target::Named(source));
    }
    if Path::new(text).exists() {
        return Ok(Target::Saved(PathBuf::from(text)));
    }
    let hint = if text.contains('.') && text.contains('/') {
        "a URL begins with https:// or http://"
    } else {
        "a name needs a [[source]] table in offprint.toml"
    };
    Err(Failure::usage(format!("no source {text:?}: neither a URL, nor a name, nor a path")).hint(hint))
}

/// The collections that saved responses are.
fn each(target: Target<'_>) -> Result<Vec<Target<'_>>, Failure> {
    let Target::Saved(path) = target else { return Ok(vec![target]) };
    let found = harvest::collections(&path).map_err(|error| Failure::usage(error.to_string()))?;
    Ok(found.into_iter().map(Target::Saved).collect())
}

/// A pattern of identifiers.
fn identifiers(text: &str) -> Result<String, String> {
    match text.trim().strip_suffix('*') {
        Some(start) if !start.is_empty() && !start.contains('*') => Ok(text.trim().to_owned()),
        _ => Err("a pattern ends with its only *, as in oai:journal.example.org:article/*".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = r#"
        prefixes = ["oai_dc", "marcxml"]
        enrich = ["landing-page"]
        fail_on = "new"
        [[source]]
        name = "a"
        url = "https://a.example/oai"
        [[source]]
        name = "b"
        url = "https://b.example/oai"
        sets = ["b:ART"]
        prefixes = ["jats"]
        enrich = []
    "#;

    fn plan(sources: &[&str], change: impl FnOnce(&mut HarvestArgs)) -> Result<Plan, Failure> {
        let config = Config::parse(FILE).unwrap();
        let sources = sources.iter().map(|&text| text.to_owned()).collect();
        let mut args = HarvestArgs { sources, ..HarvestArgs::default() };
        change(&mut args);
        args.plan(&config)
    }

    #[test]
    fn settings_of_a_source_go_before_those_of_the_file() {
        let plan = plan(&[], |_| {}).unwrap();
        let [a, b] = &plan.jobs[..] else { panic!("two sources") };
        assert_eq!(a.plan.name.as_deref(), Some("a"));
        assert_eq!(a.plan.prefixes, ["oai_dc", "marcxml"]);
        assert_eq!(a.plan.enrich, harvest::Enrich::All);
        assert!(a.plan.sets.is_empty());
        assert_eq!(b.plan.prefixes, ["jats"]);
        assert_eq!(b.plan.enrich, harvest::Enrich::None);
        assert_eq!(b.plan.sets, ["b:ART"]);
        assert_eq!(plan.fail_on, FailOn::New);
    }

    #[test]
    fn flags_go_before_all() {
        let plan = plan(&["b"], |args| {
            args.prefixes = vec!["oai_dc".parse().unwrap()];
            args.sets = vec!["b:ED".parse().unwrap()];
            args.from = Some(datestamp("2024-01-01T10:00:00Z").unwrap());
            args.fail_on = Some(FailOn::None);
        })
        .unwrap();
        let [job] = &plan.jobs[..] else { panic!("one source") };
        assert_eq!(job.plan.prefixes, ["oai_dc"]);
        assert_eq!(job.plan.sets, ["b:ED"]);
        assert_eq!(job.plan.from.as_deref(), Some("2024-01-01T10:00:00Z"));
        assert_eq!(plan.fail_on, FailOn::None);
    }

    #[test]
    fn a_url_of_the_file_is_its_source() {
        let plan = plan(&["https://b.example/oai?verb=Identify", "https://c.example/oai"], |_| {}).unwrap();
        assert_eq!(plan.jobs[0].plan.name.as_deref(), Some("b"));
        assert_eq!(plan.jobs[1].plan.name, None);
        assert_eq!(plan.jobs[1].plan.url, "https://c.example/oai");
    }

    #[test]
    fn a_source_given_twice_is_refused() {
        assert!(plan(&["a", "https://a.example/oai"], |_| {}).is_err());
        assert!(plan(&["https://c.example/oai", "https://c.example/oai"], |_| {}).is_err());
    }

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
            (vec![new_gap], [Exit::Incomplete, Exit::Incomplete, Exit::Done]),
            (vec![report(Outcome::Failed), report(Outcome::Failed)], [Exit::Failed; 3]),
        ];
        for (reports, exits) in cases {
            let found = [FailOn::Any, FailOn::New, FailOn::None].map(|fail_on| exit(&reports, fail_on));
            assert_eq!(found, exits, "{reports:?}");
        }
        let mut failed = report(Outcome::Failed);
        failed.error = Some("host a.example was not found".to_owned());
        let some = [failed, report(Outcome::Complete)];
        assert_eq!(exit(&some, FailOn::New), Exit::Incomplete);
    }
}
