//! The status for people: a summary, then what needs them first.

use std::fmt::Write as _;

use super::report::{MAX_REASON, SourceStatus, State, Status, Summary, UnansweredSource};
use crate::cli::output::{counted, plain};
use crate::display::excerpt;
use crate::normalize::LANDING_PAGE;
use crate::report::{day_and_time, tries};
use crate::store::{Attempts, Counts, Fleet, Gap, Time};

/// Sources up to which each has a paragraph.
const PARAGRAPHS: usize = 20;
/// Failing sources that are listed of many.
const FAILING: usize = 10;
/// Incomplete sources that are listed of many.
const INCOMPLETE: usize = 5;
/// Workers that are listed, and leases that were left.
const WORKERS: usize = 5;
/// Open gaps of a source that are shown; JSON has all.
const GAPS: usize = 10;
/// Longest error in a list, bytes.
const MAX_ERROR: usize = 160;

impl Status {
    /// Returns the status as text: a paragraph for each source, failing ones first; of more than 20 sources, those that
    /// need attention, or one line for each.
    pub(super) fn describe(&self, all: bool) -> String {
        let mut text = format!("{}\nstore {}", self.summary.describe(), self.store);
        let (live, deleted) = self.sources.iter().fold((0, 0), |(live, deleted), source| {
            (live + source.records.live, deleted + source.records.deleted)
        });
        let _ = writeln!(text, ": {live} live, {deleted} deleted");
        let count = self.sources.len() + self.unanswered.len();
        if count <= PARAGRAPHS {
            self.describe_each(&mut text);
        } else if all {
            self.describe_table(&mut text);
        } else {
            self.describe_some(&mut text);
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

    fn describe_each(&self, text: &mut String) {
        for state in [
            State::Failing,
            State::Incomplete,
            State::New,
            State::Complete,
        ] {
            for source in self.sources.iter().filter(|source| source.state == state) {
                source.describe(text);
            }
            let unanswered = self.unanswered.iter();
            for source in unanswered.filter(|source| source.state == state) {
                source.describe(text);
            }
        }
    }

    /// The sources that need attention.
    fn describe_some(&self, text: &mut String) {
        let failing = self.failing();
        if !failing.is_empty() {
            text.push_str("\nfailing\n");
        }
        for (name, attempts, next) in failing.iter().take(FAILING) {
            let error = attempts.error.as_deref().unwrap_or("unknown reason");
            let _ = writeln!(
                text,
                "  {}: {}, {}",
                plain(name),
                plain(&excerpt(error, MAX_ERROR)),
                tries(attempts, *next)
            );
        }
        if failing.len() > FAILING {
            let more = failing.len() - FAILING;
            let _ = writeln!(text, "  {more} more: offprint status --failing");
        }
        let incomplete: Vec<&SourceStatus> = self
            .sources
            .iter()
            .filter(|source| source.state == State::Incomplete)
            .collect();
        if !incomplete.is_empty() {
            text.push_str("\nincomplete\n");
        }
        for source in incomplete.iter().take(INCOMPLETE) {
            let _ = writeln!(text, "  {}: {}", plain(&source.name), source.lack());
        }
        if incomplete.len() > INCOMPLETE {
            let more = incomplete.len() - INCOMPLETE;
            let _ = writeln!(text, "  {more} more: offprint status --unavailable");
        }
        text.push_str("\n`offprint status --all` lists every source\n");
    }

    /// One line for each source.
    fn describe_table(&self, text: &mut String) {
        let names = self.sources.iter().map(|source| &source.name);
        let names = names.chain(self.unanswered.iter().map(|source| &source.name));
        let width = names.map(|name| name.chars().count()).max().unwrap_or(0);
        let _ = writeln!(
            text,
            "\n{:width$}  {:10}  {:>9}  {:>9}  complete up to, or last error",
            "source", "state", "live", "deleted"
        );
        let mut lines: Vec<(State, String)> = Vec::new();
        for source in &self.sources {
            let Counts { live, deleted, .. } = source.records;
            let (state, word) = (source.state, source.state.as_str());
            lines.push((
                state,
                format!(
                    "{:width$}  {word:10}  {live:>9}  {deleted:>9}  {}",
                    plain(&source.name),
                    source.last()
                ),
            ));
        }
        for source in &self.unanswered {
            let (state, word) = (source.state, source.state.as_str());
            let error = source.attempts.error.as_deref().unwrap_or_default();
            lines.push((
                state,
                format!(
                    "{:width$}  {word:10}  {:>9}  {:>9}  {}",
                    plain(&source.name),
                    "",
                    "",
                    plain(&excerpt(error, MAX_ERROR))
                ),
            ));
        }
        lines.sort_by_key(|(state, _)| *state);
        for (_, line) in lines {
            let _ = writeln!(text, "{}", line.trim_end());
        }
    }

    /// Name, attempts and next attempt of each failing source.
    fn failing(&self) -> Vec<(&str, &Attempts, Option<Time>)> {
        let known = self.sources.iter().filter_map(|source| {
            let attempts = source.attempts.as_ref()?;
            Some((source.name.as_str(), attempts, source.next_attempt))
        });
        let unanswered = self
            .unanswered
            .iter()
            .filter(|source| source.state == State::Failing)
            .map(|source| (source.name.as_str(), &source.attempts, source.next_attempt));
        known.chain(unanswered).collect()
    }
}

impl Summary {
    /// Returns one line: `6 sources: 2 failing, 4 complete; 1 due`.
    fn describe(self) -> String {
        let Self {
            sources,
            complete,
            incomplete,
            failing,
            new,
            due,
        } = self;
        let mut line = match sources {
            0 => return "no source yet".to_owned(),
            _ => format!("{}: ", counted(sources, "source")),
        };
        let states = [
            (failing, "failing"),
            (incomplete, "incomplete"),
            (new, "not yet harvested"),
            (complete, "complete"),
        ];
        let states: Vec<String> = states
            .iter()
            .filter(|(count, _)| *count > 0)
            .map(|(count, state)| format!("{count} {state}"))
            .collect();
        line.push_str(&states.join(", "));
        if due > 0 {
            let _ = write!(line, "; {due} due");
        }
        line
    }
}

/// Writes why the last attempts failed, how many, and when the next is.
fn describe_failure(attempts: &Attempts, next: Option<Time>, text: &mut String) {
    let error = attempts.error.as_deref().unwrap_or("unknown reason");
    let _ = writeln!(
        text,
        "  failing: {}\n    {}",
        plain(&excerpt(error, MAX_REASON)),
        tries(attempts, next)
    );
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
    for worker in workers.iter().take(WORKERS) {
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
    if workers.len() > WORKERS {
        let _ = writeln!(
            text,
            "  {} more workers; --json lists all",
            workers.len() - WORKERS
        );
    }
    for lease in leases.iter().filter(|lease| lease.expired).take(WORKERS) {
        let _ = writeln!(
            text,
            "  {}  released by {}, for the next worker",
            plain(&lease.host),
            plain(&lease.owner)
        );
    }
}

/// Returns the missing part in words.
pub(super) fn named(gap: &Gap) -> String {
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
        if self.state == State::Failing {
            text.push_str("  has never answered\n");
            describe_failure(&self.attempts, self.next_attempt, text);
        } else {
            text.push_str("  not yet harvested\n");
        }
    }
}

impl SourceStatus {
    fn describe(&self, text: &mut String) {
        let _ = writeln!(text, "\n{}  {}", self.name, self.base_url);
        if let Some(attempts) = &self.attempts {
            describe_failure(attempts, self.next_attempt, text);
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
        self.describe_streams(text);
        self.describe_gaps(text);
    }

    fn describe_streams(&self, text: &mut String) {
        let live = self.records.live;
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
    }

    fn describe_gaps(&self, text: &mut String) {
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

    /// Returns what is missing, in a few words.
    fn lack(&self) -> String {
        let gaps = self.gaps.iter().filter(|gap| !gap.acknowledged);
        match (gaps.clone().count(), gaps.clone().next()) {
            (0, _) | (_, None) => "a list is under way".to_owned(),
            (count, Some(gap)) => format!(
                "{count} missing, such as {}: {}",
                named(gap),
                plain(&excerpt(&gap.reason, MAX_ERROR))
            ),
        }
    }

    /// Returns why it fails, else up to when it is complete.
    fn last(&self) -> String {
        if let Some(error) = self
            .attempts
            .as_ref()
            .and_then(|attempts| attempts.error.as_deref())
        {
            return plain(&excerpt(error, MAX_ERROR));
        }
        let streams = self
            .streams
            .iter()
            .filter(|stream| stream.prefix != LANDING_PAGE);
        let until = streams.map(|stream| stream.harvested_until).min().flatten();
        until.map_or("no complete list yet".to_owned(), day_and_time)
    }
}
