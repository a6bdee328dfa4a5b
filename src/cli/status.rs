//! `offprint status`: where every source of the store stands.

mod figures;
mod report;
mod text;

use std::collections::{BTreeMap, HashSet};

use chrono::Utc;
use clap::Args;

use crate::cli::config::Config;
use crate::cli::context::Context;
use crate::cli::due::next_attempts;
use crate::cli::exit::Exit;
use crate::cli::output::{self, plain};
use crate::cli::stored_settings;
use crate::display::excerpt;
use crate::normalize::Profile;
use crate::oai::Software;
#[cfg(feature = "postgres")]
use crate::store::{Access, Location};
use crate::store::{
    Attempts, Counts, Fleet, FormatCount, Gap, RunRow, Source, Store, StoreResult, Stream, Time,
    Window,
};
use crate::values::DisplaySafeUrl;

use report::MAX_REASON;
pub use report::{
    Missing, RunStatus, SourceStatus, State, Status, StreamStatus, Summary, UnansweredSource,
};

/// Runs that are shown.
const RUNS: usize = 5;

/// Arguments of `status`.
#[derive(Clone, Debug, Args)]
#[command(after_help = "Examples:
  offprint status
  offprint status --failing
  offprint status --figures > /var/lib/node_exporter/offprint.prom
  offprint status --unavailable
  offprint status --json | jq -r '.sources[] | select(.gaps != []) | .name'")]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a switch of the command line"
)]
pub struct StatusArgs {
    /// Only gaps, one per line: source, record or window, reason, attempts, acknowledged
    #[arg(long)]
    pub unavailable: bool,

    /// Only sources whose last attempt failed: why, since when, how often, and when the next attempt is due
    #[arg(long, conflicts_with = "unavailable")]
    pub failing: bool,

    /// One line for each source, where there are more than 20 [default: those that need you]
    #[arg(long, conflicts_with = "unavailable")]
    pub all: bool,

    /// Print figures for Prometheus, which its textfile collector reads
    #[arg(long, conflicts_with_all = ["unavailable", "failing", "all", "json"])]
    pub figures: bool,

    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

/// Runs `status`.
pub(super) async fn run(context: &Context, args: &StatusArgs) -> anyhow::Result<Exit> {
    let store = context.open_read().await?;
    let mut status = Status::read(context.store.to_string(), store.as_ref()).await?;
    status.fleet = fleet(context).await?;
    let config = stored_settings::config(context).await?;
    status.schedule(&config, store.as_ref(), Utc::now()).await?;
    if args.failing {
        status.retain_failing();
    }
    if args.figures {
        output::to_stdout(&status.figures())?;
        return Ok(Exit::Done);
    }
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
        output::to_stdout(&status.describe(args.all || args.failing))?;
    }
    Ok(Exit::Done)
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
                    base_url: DisplaySafeUrl::from(&settings.spec.base_url),
                    state: if settings.attempts.failures > 0 {
                        State::Failing
                    } else {
                        State::New
                    },
                    next_attempt: None,
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
            let mut source = SourceStatus::new(source, records, streams, &formats, gaps);
            source.attempts = attempts;
            source.state = source.judge();
            sources.push(source);
        }
        let runs = store
            .runs(RUNS)
            .await?
            .into_iter()
            .map(RunStatus::from)
            .collect();
        let mut status = Self {
            store: location,
            summary: Summary::default(),
            sources,
            unanswered: unanswered.into_values().collect(),
            runs,
            fleet: None,
        };
        status.summary = status.summarize();
        Ok(status)
    }

    /// Notes when each source is to be harvested again, by the schedules of the configuration.
    ///
    /// # Errors
    /// As the store.
    pub(super) async fn schedule(
        &mut self,
        config: &Config,
        store: &dyn Store,
        now: Time,
    ) -> StoreResult<()> {
        let next = next_attempts(config, store, now).await?;
        for source in &mut self.sources {
            source.next_attempt = next.get(source.name.as_str()).copied();
        }
        for source in &mut self.unanswered {
            source.next_attempt = next.get(source.name.as_str()).copied();
        }
        let known: HashSet<&str> = self
            .sources
            .iter()
            .map(|source| source.name.as_str())
            .chain(self.unanswered.iter().map(|source| source.name.as_str()))
            .collect();
        // Those of the file that no run has tried are not in the store.
        let untried: Vec<UnansweredSource> = config
            .source
            .iter()
            .filter(|source| !known.contains(source.name.as_str()))
            .map(|source| UnansweredSource {
                name: source.name.to_string(),
                base_url: DisplaySafeUrl::from(source.url.url().as_str()),
                state: State::New,
                next_attempt: next.get(source.name.as_str()).copied(),
                attempts: Attempts::default(),
            })
            .collect();
        self.unanswered.extend(untried);
        self.unanswered.sort_by(|a, b| a.name.cmp(&b.name));
        self.summary = self.summarize();
        self.summary.due = next.values().filter(|next| **next <= now).count();
        Ok(())
    }

    fn summarize(&self) -> Summary {
        let mut summary = Summary::default();
        let states = self.sources.iter().map(|source| source.state);
        for state in states.chain(self.unanswered.iter().map(|source| source.state)) {
            summary.sources += 1;
            *match state {
                State::Failing => &mut summary.failing,
                State::Incomplete => &mut summary.incomplete,
                State::New => &mut summary.new,
                State::Complete => &mut summary.complete,
            } += 1;
        }
        summary
    }

    fn retain_failing(&mut self) {
        self.sources.retain(|source| source.state == State::Failing);
        self.unanswered
            .retain(|source| source.state == State::Failing);
        self.runs.clear();
        self.fleet = None;
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
            &text::named(self.gap),
            &excerpt(&self.gap.reason, MAX_REASON),
        ]
        .map(plain);
        format!("{source}\t{what}\t{why}\t{}\t{known}\n", self.gap.tries)
    }
}

impl Status {
    /// All that could not be fetched.
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
            base_url: DisplaySafeUrl::from(&source.base_url),
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
            state: State::default(),
            next_attempt: None,
        }
    }

    fn judge(&self) -> State {
        if self.attempts.is_some() {
            State::Failing
        } else if self.gaps.iter().any(|gap| !gap.acknowledged)
            || self.streams.iter().any(|stream| stream.unfinished)
        {
            State::Incomplete
        } else {
            State::Complete
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
