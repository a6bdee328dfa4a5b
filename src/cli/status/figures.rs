//! The status as figures for Prometheus, to be scraped from a file by node_exporter's textfile collector.

use std::fmt::{Display, Write as _};

use super::report::{State, Status};
use crate::normalize::LANDING_PAGE;

impl Status {
    /// Returns the figures in the text format of Prometheus (0.0.4).
    pub(super) fn figures(&self) -> String {
        let mut out = String::new();
        let summary = self.summary;
        let states = [
            (State::Failing, summary.failing),
            (State::Incomplete, summary.incomplete),
            (State::New, summary.new),
            (State::Complete, summary.complete),
        ];
        gauge(
            &mut out,
            "offprint_sources",
            "Sources by state",
            states.map(|(state, count)| (label("state", state.as_str()), count)),
        );
        gauge(
            &mut out,
            "offprint_sources_due",
            "Sources that the next run harvests",
            [(String::new(), summary.due)],
        );
        let (live, deleted) = self.sources.iter().fold((0, 0), |(live, deleted), source| {
            (live + source.records.live, deleted + source.records.deleted)
        });
        gauge(
            &mut out,
            "offprint_records",
            "Records by status",
            [
                (label("status", "live"), live),
                (label("status", "deleted"), deleted),
            ],
        );
        self.source_figures(&mut out);
        self.fleet_figures(&mut out);
        out
    }

    fn source_figures(&self, out: &mut String) {
        gauge(
            out,
            "offprint_source_harvested_timestamp_seconds",
            "Time up to which the changes of a source are in the store",
            self.sources.iter().filter_map(|source| {
                let streams = source.streams.iter();
                let streams = streams.filter(|stream| stream.prefix != LANDING_PAGE);
                let until = streams.map(|stream| stream.harvested_until).min()??;
                Some((label("source", &source.name), until.timestamp()))
            }),
        );
        let known = self.sources.iter().filter_map(|source| {
            let attempts = source.attempts.as_ref()?;
            Some((label("source", &source.name), attempts.failures))
        });
        let unanswered = self
            .unanswered
            .iter()
            .map(|source| (label("source", &source.name), source.attempts.failures));
        gauge(
            out,
            "offprint_source_failures",
            "Failed runs in a row, of sources that fail",
            known.chain(unanswered.filter(|(_, failures)| *failures > 0)),
        );
        gauge(
            out,
            "offprint_source_open_gaps",
            "Missing records and dates that are not acknowledged, of sources that have any",
            self.sources.iter().filter_map(|source| {
                let gaps = source.gaps.iter().filter(|gap| !gap.acknowledged).count();
                (gaps > 0).then(|| (label("source", &source.name), gaps))
            }),
        );
    }

    fn fleet_figures(&self, out: &mut String) {
        let Some(fleet) = &self.fleet else { return };
        gauge(
            out,
            "offprint_queue_sources",
            "Sources that workers are to harvest now",
            [(String::new(), fleet.due)],
        );
        gauge(
            out,
            "offprint_worker_seen_timestamp_seconds",
            "Last sign of life of a worker",
            fleet
                .workers
                .iter()
                .map(|worker| (label("worker", &worker.name), worker.seen.timestamp())),
        );
        gauge(
            out,
            "offprint_worker_leases",
            "Hosts that a worker has leased",
            fleet.workers.iter().map(|worker| {
                let leases = fleet.leases.iter();
                let held = leases.filter(|lease| lease.owner == worker.name && !lease.expired);
                (label("worker", &worker.name), held.count())
            }),
        );
        gauge(
            out,
            "offprint_worker_stopping",
            "Whether a worker is about to end",
            fleet
                .workers
                .iter()
                .map(|worker| (label("worker", &worker.name), u8::from(worker.stopping))),
        );
    }
}

/// Writes a metric with its samples; nothing without one.
fn gauge<V: Display>(
    out: &mut String,
    name: &str,
    help: &str,
    samples: impl IntoIterator<Item = (String, V)>,
) {
    let mut samples = samples.into_iter().peekable();
    if samples.peek().is_none() {
        return;
    }
    let _ = writeln!(out, "# HELP {name} {help}\n# TYPE {name} gauge");
    for (labels, value) in samples {
        let _ = writeln!(out, "{name}{labels} {value}");
    }
}

/// Returns one label, its value escaped.
fn label(name: &str, value: &str) -> String {
    let value = value
        .replace('\\', "\\\\")
        .replace('"', "\\\"")
        .replace('\n', "\\n");
    format!("{{{name}=\"{value}\"}}")
}
