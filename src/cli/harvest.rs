//! `offprint harvest`: records from endpoints, or from saved responses, into the store.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Args;

use crate::cli::config::{Config, SourceConfig};
use crate::cli::context::Context;
use crate::cli::exit::{Exit, Failure};
use crate::cli::values::{
    Backoff, Contact, Endpoint, Enrich, FailOn, MetadataPrefix, SetSpec, SourceName, Timeout, datestamp,
};
use crate::cli::{hint, redact};
use crate::harvest::{self, Harvester, Outcome, SourcePlan, SourceReport};
use crate::http::{Client, HostRate, Options, Rate};
use crate::oai::Datestamp;
use crate::store::{Access, HarvestStore as _, SqliteStore};

/// Arguments of `harvest`.
#[derive(Clone, Debug, Default, Args)]
#[command(after_help = "Examples:
  offprint harvest https://journal.example.org/index.php/journal/oai
  offprint harvest https://journal.example.org/index.php/journal/oai --prefix oai_dc --prefix jats
  offprint harvest https://journal.example.org/index.php/journal/oai --set journal:ART --from 2024-01-01
  offprint harvest                     every source of offprint.toml
  offprint harvest ./saved-responses   pages saved as files, without a network

A second harvest of the same source asks for what has changed since. A run that was cut off goes on where it stood.")]
pub struct HarvestArgs {
    /// URLs, names from offprint.toml, or saved responses: a directory, .tar, .tar.gz, .xml, .xml.gz
    /// [default: every source of offprint.toml]
    #[arg(value_name = "SOURCE")]
    pub sources: Vec<String>,

    /// Record format to ask for; may be given more than once [default: oai_dc]
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

    /// Harvest everything again, and find out what is gone
    #[arg(long, conflicts_with_all = ["from", "until"])]
    pub full: bool,

    /// Name of the source in the store, when one SOURCE is given [default: made from its URL]
    #[arg(long)]
    pub name: Option<SourceName>,

    /// Fetch this beside the records
    #[arg(long, env = "OFFPRINT_ENRICH", value_delimiter = ',')]
    pub enrich: Vec<Enrich>,

    /// Exit with 4 for any loss, for new ones, or for none [default: any]
    #[arg(long, env = "OFFPRINT_FAIL_ON", value_name = "LOSS")]
    pub fail_on: Option<FailOn>,

    /// How endpoints are asked.
    #[command(flatten)]
    pub connection: Connection,
}

/// How endpoints are asked.
#[derive(Clone, Debug, Default, Args)]
pub struct Connection {
    /// Requests a second and host, also as a fraction (0.5, 1/3), or `unlimited` [default: 1]
    #[arg(long, env = "OFFPRINT_RATE", value_name = "N|unlimited")]
    pub rate: Option<Rate>,

    /// Your mail address, sent with each request so that an operator can reach you
    #[arg(long, env = "OFFPRINT_CONTACT", value_name = "MAIL")]
    pub contact: Option<Contact>,

    /// Longest wait for an answer, seconds [default: 60]
    #[arg(long, env = "OFFPRINT_TIMEOUT", value_name = "SECONDS")]
    pub timeout: Option<Timeout>,

    /// First pause after a failure, seconds; each further one is twice as long [default: 2]
    #[arg(long, env = "OFFPRINT_BACKOFF", value_name = "SECONDS")]
    pub backoff: Option<Backoff>,
}

/// What a harvest is to do, with every setting decided.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    /// The sources.
    pub jobs: Vec<Job>,
    /// Limits of each host that is asked, by [`Endpoint::host`].
    pub limits: BTreeMap<String, Limit>,
    /// Address sent as `From:`.
    pub contact: Option<Contact>,
    /// Longest wait for an answer.
    pub timeout: Timeout,
    /// First pause after a failure.
    pub backoff: Backoff,
    /// What makes a finished harvest exit with 4.
    pub fail_on: FailOn,
}

/// One source.
#[derive(Clone, Debug, PartialEq)]
pub struct Job {
    /// Name, where one was given.
    pub name: Option<SourceName>,
    /// Where its records are.
    pub target: Target,
    /// Record formats, the first of which decides whether an article is live.
    pub prefixes: Vec<MetadataPrefix>,
    /// Sets; the whole repository without.
    pub sets: Vec<SetSpec>,
    /// Inclusive.
    pub from: Option<Datestamp>,
    /// Inclusive.
    pub until: Option<Datestamp>,
    /// Everything, though it was harvested before.
    pub full: bool,
    /// What is fetched beside the records.
    pub enrich: Vec<Enrich>,
}

/// Where records are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// At an endpoint.
    Endpoint(Endpoint),
    /// In saved responses.
    Saved(PathBuf),
}

/// Limits of a host.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Limit {
    /// Requests a second.
    pub rate: Rate,
    /// Requests under way at the same time.
    pub concurrency: u8,
}

impl HarvestArgs {
    /// Decides every setting: flag and environment, then the source's own table, then the file, then defaults.
    ///
    /// # Errors
    /// Wrong usage: no source, an unknown one, dates that exclude each other, a name for several sources.
    pub fn plan(&self, config: &Config) -> Result<Plan, Failure> {
        if self.from.zip(self.until).is_some_and(|(from, until)| from.time > until.time) {
            return Err(Failure::usage("--from is later than --until"));
        }
        let chosen = if self.sources.is_empty() {
            config.source.iter().map(|source| (Target::Endpoint(source.url.clone()), Some(source))).collect()
        } else {
            self.sources.iter().map(|text| find(text, config)).collect::<Result<Vec<_>, _>>()?
        };
        if chosen.is_empty() {
            return Err(Failure::usage("no source given, and the configuration has none")
                .hint("offprint harvest https://journal.example.org/index.php/journal/oai"));
        }
        if self.name.is_some() && chosen.len() != 1 {
            return Err(Failure::usage("--name takes one SOURCE"));
        }
        let limits = self.connection.limits(config, &chosen);
        Ok(Plan {
            limits,
            jobs: chosen.into_iter().map(|(target, source)| self.job(config, target, source)).collect(),
            contact: self.connection.contact.clone().or_else(|| config.contact.clone()),
            timeout: self.connection.timeout.or(config.timeout).unwrap_or_default(),
            backoff: self.connection.backoff.or(config.backoff).unwrap_or_default(),
            fail_on: self.fail_on.or(config.fail_on).unwrap_or_default(),
        })
    }

    fn job(&self, config: &Config, target: Target, source: Option<&SourceConfig>) -> Job {
        let own_prefixes = source.and_then(|source| source.prefixes.clone());
        let own_sets = source.and_then(|source| source.sets.clone());
        let own_enrich = source.and_then(|source| source.enrich.clone());
        Job {
            name: self.name.clone().or_else(|| source.map(|source| source.name.clone())),
            target,
            prefixes: first_given(&self.prefixes, [own_prefixes, config.prefixes.clone()])
                .unwrap_or_else(|| "oai_dc".parse().into_iter().collect()),
            sets: first_given(&self.sets, [own_sets]).unwrap_or_default(),
            from: self.from,
            until: self.until,
            full: self.full,
            enrich: first_given(&self.enrich, [own_enrich, config.enrich.clone()]).unwrap_or_default(),
        }
    }
}

impl Connection {
    /// The limits of each host. A flag decides; else the slowest of the host's table (without one, of the
    /// file's rate) and of the sources on that host.
    pub fn limits<'a>(
        &self,
        config: &Config,
        chosen: impl IntoIterator<Item = &'a (Target, Option<&'a SourceConfig>)>,
    ) -> BTreeMap<String, Limit> {
        let mut limits = BTreeMap::new();
        for (target, source) in chosen {
            let Target::Endpoint(url) = target else { continue };
            let key = url.host();
            let table =
                config.host.get(&key).or_else(|| config.host.get(url.url().host_str().unwrap_or_default()));
            let limit = limits.entry(key).or_insert_with(|| Limit {
                rate: table.and_then(|host| host.rate).or(config.rate).unwrap_or_default(),
                concurrency: table.and_then(|host| host.concurrency).unwrap_or_default().into(),
            });
            if let Some(rate) = source.and_then(|source| source.rate) {
                limit.rate = limit.rate.slower(rate);
            }
            if let Some(rate) = self.rate {
                limit.rate = rate;
            }
        }
        limits
    }
}

impl Plan {
    /// Options of the client that carries the plan out.
    pub fn options(&self) -> Options {
        let hosts = self.limits.iter().map(|(host, limit)| {
            (host.clone(), HostRate { rate: limit.rate, concurrency: limit.concurrency.into(), group: None })
        });
        connection_options(self.timeout, self.backoff, self.contact.as_ref(), hosts.collect())
    }
}

/// Options of a client by the settings of the command line.
pub fn connection_options(
    timeout: Timeout,
    backoff: Backoff,
    contact: Option<&Contact>,
    hosts: std::collections::HashMap<String, HostRate>,
) -> Options {
    let defaults = Options::default();
    let idle = timeout.duration();
    Options {
        contact: contact.map(|contact| contact.as_str().to_owned()),
        hosts,
        connect_timeout: defaults.connect_timeout.min(idle),
        idle_timeout: idle,
        // A page that comes in steadily may take this many times the patience for silence.
        total_timeout: idle * 15,
        backoff: backoff.duration(),
        ..defaults
    }
}

/// Sources that are harvested side by side; those of one host wait for each other all the same.
const SIDE_BY_SIDE: usize = 16;

/// Runs `harvest`.
pub(super) async fn run(context: &Context, args: &HarvestArgs) -> anyhow::Result<Exit> {
    let plan = args.plan(&context.config)?;
    let store = Arc::new(SqliteStore::create_or_open(context.store_path()?, Access::Write { create: true })?);
    let run_no = store.begin_run("harvest").await?;
    let harvester = Harvester {
        store: Arc::clone(&store) as Arc<dyn crate::store::Store>,
        client: Client::new(plan.options())?,
        observer: Arc::clone(&context.progress) as Arc<dyn harvest::Observer>,
        cancel: context.shutdown.token.clone(),
        run_no,
    };
    let done = carry_out(&harvester, &plan).await;
    let outcome = done.as_ref().map_or("failed", |reports| outcome_word(reports));
    let report =
        done.as_ref().ok().and_then(|reports| serde_json::to_string(reports).ok()).unwrap_or_default();
    store.end_run(run_no, outcome, &report).await?;
    let reports = done?;
    for report in &reports {
        tell(context, report);
    }
    Ok(exit(&reports, plan.fail_on))
}

/// Harvests every source of a plan. Stops at an error of the store; others are in the reports.
pub async fn carry_out(harvester: &Harvester, plan: &Plan) -> anyhow::Result<Vec<SourceReport>> {
    use futures_util::{StreamExt as _, TryStreamExt as _};
    let jobs = plan.jobs.iter().map(|job| {
        let source = SourcePlan {
            name: job.name.as_ref().map(|name| name.as_str().to_owned()),
            url: match &job.target {
                Target::Endpoint(url) => url.url().as_str().to_owned(),
                Target::Saved(_) => String::new(),
            },
            prefixes: job.prefixes.iter().map(|prefix| prefix.as_str().to_owned()).collect(),
            sets: job.sets.iter().map(|set| set.as_str().to_owned()).collect(),
            from: job.from.map(|date| date.granularity.format(date.time)),
            until: job.until.map(|date| date.granularity.format(date.time)),
            full: job.full,
            enrich: if job.enrich.is_empty() { harvest::Enrich::None } else { harvest::Enrich::All },
            ..SourcePlan::default()
        };
        async move {
            match &job.target {
                Target::Endpoint(_) => harvester.harvest(&source).await,
                Target::Saved(path) => harvest::import(harvester, &source, path).await,
            }
        }
    });
    let reports = futures_util::stream::iter(jobs).buffered(SIDE_BY_SIDE).try_collect().await;
    Ok(reports.map_err(crate::Error::from)?)
}

/// What a source lost and what may help, for people.
fn tell(context: &Context, report: &SourceReport) {
    /// Losses that are told; the store has all.
    const TOLD: usize = 10;
    for loss in report.losses.iter().take(TOLD) {
        context.progress.say(&redact(&format!("  missing {}: {}", loss.what, loss.reason)));
    }
    if report.losses.len() > TOLD {
        let more = report.losses.len() - TOLD;
        context.progress.say(&format!("  missing {more} more; `offprint status --json` lists all"));
    }
    if context.verbose {
        for note in &report.notes {
            context.progress.say(&redact(&format!("  note: {note}")));
        }
    }
    if let Some(hint) = report.stopped_by.as_ref().and_then(|error| hint::of_harvest(error)) {
        context.progress.say(&format!("  hint: {hint}"));
    }
}

fn outcome_word(reports: &[SourceReport]) -> &'static str {
    let worst = reports.iter().map(|report| report.outcome).max().unwrap_or(Outcome::Complete);
    match worst {
        Outcome::Complete => "complete",
        Outcome::Interrupted => "interrupted",
        Outcome::Failed if reports.iter().all(|report| report.outcome == Outcome::Failed) => "failed",
        Outcome::Incomplete | Outcome::Failed => "incomplete",
    }
}

/// 1 when nothing could be had at all, 4 when something is missing.
fn exit(reports: &[SourceReport], fail_on: FailOn) -> Exit {
    if !reports.is_empty() && reports.iter().all(|report| report.outcome == Outcome::Failed) {
        return Exit::Failed;
    }
    let missing = |report: &SourceReport| match fail_on {
        FailOn::Any => report.outcome > Outcome::Complete,
        FailOn::New => report.error.is_some() || !report.losses.is_empty(),
        FailOn::None => false,
    };
    if reports.iter().any(missing) { Exit::Incomplete } else { Exit::Done }
}

/// The flag's values, else the first list that is there.
fn first_given<T: Clone, const N: usize>(flag: &[T], others: [Option<Vec<T>>; N]) -> Option<Vec<T>> {
    if flag.is_empty() { others.into_iter().flatten().next() } else { Some(flag.to_vec()) }
}

/// Finds a SOURCE: a URL, a name, then a path.
fn find<'a>(text: &str, config: &'a Config) -> Result<(Target, Option<&'a SourceConfig>), Failure> {
    if text.contains("://") {
        let url: Endpoint = text.parse().map_err(Failure::usage)?;
        let source = config.source.iter().find(|source| source.url == url);
        return Ok((Target::Endpoint(url), source));
    }
    if let Some(source) = config.source.iter().find(|source| source.name.as_str() == text) {
        return Ok((Target::Endpoint(source.url.clone()), Some(source)));
    }
    if Path::new(text).exists() {
        return Ok((Target::Saved(PathBuf::from(text)), None));
    }
    let hint = if text.contains('.') && text.contains('/') {
        "a URL begins with https:// or http://"
    } else {
        "a name needs a [[source]] table in offprint.toml"
    };
    Err(Failure::usage(format!("no source {text:?}: neither a URL, nor a name, nor a path")).hint(hint))
}
