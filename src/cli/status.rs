//! `offprint status`: where every source of the store stands.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use clap::Args;
use serde::Serialize;

use crate::cli::context::Context;
use crate::cli::exit::Exit;
use crate::cli::output::{self, plain};
use crate::cli::redact;
use crate::display::excerpt;
use crate::normalize::{LANDING_PAGE, Profile};
use crate::oai::Software;
#[cfg(feature = "postgres")]
use crate::store::{Access, Location, RunNo};
use crate::store::{
    Attempts, Counts, Fleet, FormatCount, Gap, RunRow, Source, Store, StoreResult, Stream, Time,
    Window,
};

/// Runs that are shown.
const RUNS: usize = 5;
/// Open gaps of a source that are shown to people; JSON has all.
const GAPS: usize = 10;

/// Longest reason of a gap that is shown, bytes.
const MAX_REASON: usize = 1000;

/// Arguments of `status`.
#[derive(Clone, Debug, Args)]
#[command(after_help = "Examples:
  offprint status
  offprint status --unavailable
  offprint status --json | jq -r '.sources[] | select(.gaps != []) | .name'")]
pub struct StatusArgs {
    /// Only what could not be had, a line each: source, what, why, tries, whether acknowledged
    #[arg(long)]
    pub unavailable: bool,

    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

/// Runs `status`.
pub(super) async fn run(context: &Context, args: &StatusArgs) -> anyhow::Result<Exit> {
    let store = context.open_read().await?;
    let mut status = Status::read(context.store.to_string(), store.as_ref()).await?;
    status.fleet = fleet(context).await?;
    if args.unavailable {
        let missing = status.missing();
        if args.json {
            output::json(&missing)?;
        } else if !missing.is_empty() {
            output::to_stdout(&missing.iter().map(Missing::describe).collect::<String>())?;
        }
    } else if args.json {
        output::json(&status)?;
    } else {
        output::to_stdout(&status.describe())?;
    }
    Ok(Exit::Done)
}

/// Where every source stands.
#[derive(Clone, Debug, Serialize)]
pub struct Status {
    /// The store.
    pub store: String,
    /// By name.
    pub sources: Vec<SourceStatus>,
    /// Configured and added sources that have never answered, by name.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub unanswered: Vec<UnansweredSource>,
    /// The newest first.
    pub runs: Vec<RunStatus>,
    /// Workers and leases; none where the store is a file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fleet: Option<Fleet>,
}

/// A configured or added source that has never answered.
#[derive(Clone, Debug, Serialize)]
pub struct UnansweredSource {
    /// Name.
    pub name: String,
    /// Base URL as configured, without secrets.
    pub base_url: String,
    /// The outcome of its harvests.
    #[serde(flatten)]
    pub attempts: Attempts,
}

/// Where a source stands.
#[derive(Clone, Debug, Serialize)]
pub struct SourceStatus {
    /// Name.
    pub name: String,
    /// Base URL.
    pub base_url: String,
    /// The repositoryName of Identify.
    pub repository_name: Option<String>,
    /// Software behind it: that of Identify, else what its records show signs of.
    pub software: Option<Software>,
    /// The signs it was recognised by.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub software_signs: Vec<String>,
    /// Records by state.
    pub records: Counts,
    /// One per format and set.
    pub streams: Vec<StreamStatus>,
    /// The open gaps.
    pub gaps: Vec<Gap>,
    /// The outcome of the newest runs of a configured or added source, if they failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub attempts: Option<Attempts>,
}

/// Where a stream stands.
#[derive(Clone, Debug, Serialize)]
pub struct StreamStatus {
    /// metadataPrefix.
    pub prefix: String,
    /// setSpec.
    pub set: Option<String>,
    /// Changes up to this time are in the store.
    pub harvested_until: Option<Time>,
    /// True if a list is under way: the next harvest resumes it.
    pub unfinished: bool,
    /// Live records in this format.
    pub records: u64,
    /// Records that the server cannot give in this format.
    pub absent: u64,
}

/// A run.
#[derive(Clone, Debug, Serialize)]
pub struct RunStatus {
    /// Number, for `--changed-since`.
    pub run: RunNo,
    /// The command.
    pub kind: String,
    /// Begun.
    pub started: Time,
    /// Ended.
    pub ended: Option<Time>,
    /// The outcome.
    pub outcome: Option<String>,
}

impl Status {
    /// Reads the state of a store.
    ///
    /// # Errors
    /// As the store.
    pub async fn read(location: String, store: &dyn Store) -> StoreResult<Self> {
        let mut unanswered: BTreeMap<String, UnansweredSource> = store
            .source_settings()
            .await?
            .into_iter()
            .filter_map(|settings| {
                let name = settings.spec.name?;
                let source = UnansweredSource {
                    name: name.clone(),
                    base_url: redact(&settings.spec.base_url),
                    attempts: settings.attempts,
                };
                Some((name, source))
            })
            .collect();
        let mut sources = Vec::new();
        for source in store.sources().await? {
            let attempts = unanswered
                .remove(&source.name)
                .map(|known| known.attempts)
                .filter(|attempts| attempts.failures > 0);
            let records = store.counts(source.source_id).await?;
            let streams = store.streams(source.source_id).await?;
            let gaps = store.gaps(source.source_id).await?;
            let formats = store.format_counts(source.source_id).await?;
            sources.push(SourceStatus {
                attempts,
                ..SourceStatus::new(source, records, streams, &formats, gaps)
            });
        }
        let runs = store
            .runs(RUNS)
            .await?
            .into_iter()
            .map(RunStatus::from)
            .collect();
        Ok(Self {
            store: location,
            sources,
            unanswered: unanswered.into_values().collect(),
            runs,
            fleet: None,
        })
    }

    /// The same for people.
    pub fn describe(&self) -> String {
        let mut text = format!("store {}\n", self.store);
        if self.sources.is_empty() && self.unanswered.is_empty() {
            text.push_str("\nno source yet\n");
        }
        for source in &self.sources {
            source.describe(&mut text);
        }
        for source in &self.unanswered {
            source.describe(&mut text);
        }
        if !self.runs.is_empty() {
            text.push_str("\nruns\n");
        }
        for run in &self.runs {
            let outcome = run.outcome.as_deref().unwrap_or("not ended");
            let _ = writeln!(
                text,
                "  {:>4}  {}  {}  {outcome}",
                run.run,
                day_and_time(run.started),
                run.kind
            );
        }
        if let Some(fleet) = &self.fleet {
            describe_fleet(fleet, &mut text);
        }
        text
    }
}

/// Workers and leases, where workers share the store.
#[cfg(feature = "postgres")]
async fn fleet(context: &Context) -> StoreResult<Option<Fleet>> {
    match &context.store {
        Location::Postgres(_) => Ok(Some(
            context
                .store
                .open_fleet(Access::Read, context.store_options())
                .await?
                .fleet()
                .await?,
        )),
        Location::File(_) => Ok(None),
    }
}

#[cfg(not(feature = "postgres"))]
#[expect(
    clippy::unused_async,
    clippy::unnecessary_wraps,
    reason = "the same shape with either feature"
)]
async fn fleet(_context: &Context) -> StoreResult<Option<Fleet>> {
    Ok(None)
}

fn describe_fleet(fleet: &Fleet, text: &mut String) {
    let Fleet {
        workers,
        leases,
        scheduled,
        due,
        failing,
    } = fleet;
    let _ = writeln!(
        text,
        "\nfleet\n  {scheduled} sources scheduled, {due} due, {failing} failing"
    );
    for worker in workers {
        let held = leases
            .iter()
            .filter(|lease| lease.owner == worker.name && !lease.expired)
            .count();
        let state = if worker.stopping { ", ending" } else { "" };
        let _ = writeln!(
            text,
            "  {}  {held} of {} hosts leased, {} sources, {} records, last heard of {}{state}",
            plain(&worker.name),
            worker.concurrency,
            worker.sources,
            worker.records,
            worker.seen.format("%Y-%m-%d %H:%M:%S UTC"),
        );
    }
    for lease in leases.iter().filter(|lease| lease.expired) {
        let _ = writeln!(
            text,
            "  {}  released by {}, for the next worker",
            plain(&lease.host),
            plain(&lease.owner)
        );
    }
}

/// Something that could not be had.
#[derive(Clone, Debug, Serialize)]
pub struct Missing<'a> {
    /// Name of its source.
    pub source: &'a str,
    /// The gap and its reason.
    #[serde(flatten)]
    pub gap: &'a Gap,
}

impl Missing<'_> {
    /// One line, its parts between tabs.
    fn describe(&self) -> String {
        let known = if self.gap.acknowledged {
            "acknowledged"
        } else {
            ""
        };
        let [source, what, why] = [
            self.source,
            &named(self.gap),
            &excerpt(&self.gap.reason, MAX_REASON),
        ]
        .map(plain);
        format!("{source}\t{what}\t{why}\t{}\t{known}\n", self.gap.tries)
    }
}

impl Status {
    /// All that could not be had.
    fn missing(&self) -> Vec<Missing<'_>> {
        self.sources
            .iter()
            .flat_map(|source| {
                source.gaps.iter().map(|gap| Missing {
                    source: &source.name,
                    gap,
                })
            })
            .collect()
    }
}

/// Returns the missing part in words.
fn named(gap: &Gap) -> String {
    match (&gap.identifier, &gap.from, &gap.until) {
        (Some(identifier), ..) => plain(identifier),
        (None, None, None) => "the whole list".to_owned(),
        (None, from, until) => {
            let end = |date: &Option<String>| date.as_deref().map(plain).unwrap_or_default();
            format!("{}..{}", end(from), end(until))
        }
    }
}

impl UnansweredSource {
    fn describe(&self, text: &mut String) {
        let _ = writeln!(text, "\n{}  {}", plain(&self.name), self.base_url);
        match (&self.attempts.error, self.attempts.last) {
            (Some(error), Some(last)) => {
                let _ = writeln!(
                    text,
                    "  has never answered; last tried {}: {}",
                    day_and_time(last),
                    plain(error)
                );
            }
            _ => text.push_str("  not yet harvested\n"),
        }
    }
}

impl SourceStatus {
    fn new(
        source: Source,
        records: Counts,
        streams: Vec<Stream>,
        formats: &[FormatCount],
        gaps: Vec<Gap>,
    ) -> Self {
        let identify = source.identify.map(|remembered| remembered.identify);
        let profile: Profile = source
            .profile
            .as_deref()
            .and_then(|json| serde_json::from_str(json).ok())
            .unwrap_or_default();
        let recognised = profile.software.map(|name| Software {
            name,
            version: None,
        });
        Self {
            name: source.name,
            base_url: redact(&source.base_url),
            repository_name: identify
                .as_ref()
                .map(|identify| identify.repository_name.clone()),
            software: identify
                .and_then(|identify| identify.software)
                .or(recognised),
            software_signs: profile.software_signs,
            records,
            streams: streams
                .into_iter()
                .map(|stream| StreamStatus::new(stream, formats))
                .collect(),
            gaps,
            attempts: None,
        }
    }

    fn describe(&self, text: &mut String) {
        let _ = writeln!(text, "\n{}  {}", self.name, self.base_url);
        if let Some(Attempts {
            last: Some(last),
            error: Some(error),
            ..
        }) = &self.attempts
        {
            let _ = writeln!(
                text,
                "  last tried {}: {}",
                day_and_time(*last),
                plain(error)
            );
        }
        let Counts {
            live,
            deleted,
            unavailable,
        } = self.records;
        let _ = write!(text, "  {live} live, {deleted} deleted");
        if unavailable > 0 {
            let _ = write!(text, ", {unavailable} not had");
        }
        text.push('\n');
        // Landing pages are fetched for records, not as a list.
        for stream in self
            .streams
            .iter()
            .filter(|stream| stream.prefix != LANDING_PAGE)
        {
            let set = stream
                .set
                .as_deref()
                .map(|set| format!(" set {}", plain(set)))
                .unwrap_or_default();
            let until = stream
                .harvested_until
                .map_or("no complete list yet".to_owned(), |time| {
                    format!("complete up to {}", day_and_time(time))
                });
            let unfinished = if stream.unfinished {
                ", a list is under way"
            } else {
                ""
            };
            let share = if stream.absent > 0 {
                format!("{} of {live} records, ", stream.records)
            } else {
                String::new()
            };
            let _ = writeln!(
                text,
                "  {}{set}: {share}{until}{unfinished}",
                plain(&stream.prefix)
            );
        }
        for gap in self.gaps.iter().take(GAPS) {
            let what = named(gap);
            let known = if gap.acknowledged {
                ", acknowledged"
            } else {
                ""
            };
            let _ = writeln!(
                text,
                "  missing {what}: {} ({} tries{known})",
                plain(&excerpt(&gap.reason, MAX_REASON)),
                gap.tries
            );
        }
        if self.gaps.len() > GAPS {
            let _ = writeln!(
                text,
                "  missing {} more; --json lists all",
                self.gaps.len() - GAPS
            );
        }
    }
}

impl StreamStatus {
    fn new(stream: Stream, formats: &[FormatCount]) -> Self {
        let count = formats
            .iter()
            .find(|count| count.metadata_prefix == stream.metadata_prefix);
        Self {
            prefix: stream.metadata_prefix,
            set: stream.set_spec,
            harvested_until: stream.cursor,
            unfinished: stream.windows.iter().any(Window::is_open),
            records: count.map_or(0, |count| count.live),
            absent: count.map_or(0, |count| count.absent),
        }
    }
}

impl From<RunRow> for RunStatus {
    fn from(run: RunRow) -> Self {
        Self {
            run: run.run_no,
            kind: run.kind,
            started: run.started,
            ended: run.ended,
            outcome: run.outcome,
        }
    }
}

fn day_and_time(time: Time) -> String {
    time.format("%Y-%m-%d %H:%M UTC").to_string()
}
