//! The report of a run: its sources, exports and snapshots.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::PathBuf;

use serde::Serialize;
use tokio_util::sync::CancellationToken;

use crate::cli::config::Config;
use crate::cli::context::Context;
use crate::cli::exit::{Exit, Failure};
use crate::cli::export::{ExportConfig, Named, check_folder, notes};
use crate::cli::output::{self, counted};
use crate::cli::snapshot::scheduled::SnapshotReport;
use crate::harvest::{Outcome, SourceReport};
use crate::redact::redact;
use crate::store::{CommitStats, RunNo, Store};

/// The report of a run, as stored.
#[derive(Debug, Serialize)]
pub(super) struct RunReport {
    pub(super) run: RunNo,
    pub(super) outcome: Outcome,
    pub(super) sources: Vec<SourceReport>,
    /// Names of the sources that were not due.
    pub(super) not_due: Vec<String>,
    pub(super) exports: Vec<ExportReport>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) snapshots: Vec<SnapshotReport>,
}

impl RunReport {
    /// Returns the run in one line: `3 sources: 2 complete, 1 failed; 4 new, 1 changed, 0 deleted in 9 requests; 2 not
    /// due`.
    pub(super) fn total(&self) -> String {
        let mut by_outcome: BTreeMap<Outcome, usize> = BTreeMap::new();
        let mut tally = CommitStats::default();
        let mut requests = 0;
        for source in &self.sources {
            *by_outcome.entry(source.outcome).or_default() += 1;
            tally += source.tally;
            requests += source.requests;
        }
        let outcomes: Vec<String> = by_outcome
            .iter()
            .map(|(outcome, count)| format!("{count} {}", outcome.as_str()))
            .collect();
        let mut total = match self.sources.len() {
            0 => "no source due".to_owned(),
            count => format!("{}: {}", counted(count, "source"), outcomes.join(", ")),
        };
        if !self.sources.is_empty() {
            let _ = write!(
                total,
                "; {} new, {} changed, {} deleted in {}",
                tally.new,
                tally.changed,
                tally.deleted,
                counted(requests, "request")
            );
        }
        if !self.not_due.is_empty() {
            let _ = write!(total, "; {} not due", self.not_due.len());
        }
        total
    }
}

impl RunReport {
    /// Says what was exported and packed; a failed export or snapshot fails the run.
    pub(super) fn print(&self, context: &Context, exit: Exit) -> Exit {
        let mut exit = exit;
        for snapshot in &self.snapshots {
            exit = snapshot.print(context, exit);
        }
        for export in &self.exports {
            let name = &export.name;
            if let Some(error) = &export.error {
                output::to_stderr(&format!("export {name}: {error}"));
                exit = Exit::Failed;
                continue;
            }
            let note = export
                .note
                .map(|note| format!(" ({note})"))
                .unwrap_or_default();
            context.progress.println(&match &export.path {
                None => format!("export {name}: nothing new"),
                Some(path) => format!(
                    "export {name}: {} and {} to {}{note}",
                    counted(export.articles, "article"),
                    counted(export.deletions, "deletion"),
                    path.display()
                ),
            });
            for note in &export.notes {
                context.progress.println(&format!("export {name}: {note}"));
            }
        }
        exit
    }
}

/// The result of an export.
#[derive(Debug, Serialize)]
pub(super) struct ExportReport {
    name: String,
    /// Where it was written; nothing when there was nothing new, or when it failed.
    path: Option<PathBuf>,
    articles: u64,
    deletions: u64,
    left_out: u64,
    note: Option<&'static str>,
    /// Notes for its users: the reasons for skipped entries, and the place of the deletions.
    notes: Vec<String>,
    error: Option<String>,
}

/// Writes one export; what goes wrong with it does not stop the others.
pub(super) async fn write(
    store: &dyn Store,
    config: &Config,
    export: &ExportConfig,
    cancel: &CancellationToken,
) -> ExportReport {
    let mut report = ExportReport {
        name: export.name.to_string(),
        path: None,
        articles: 0,
        deletions: 0,
        left_out: 0,
        note: None,
        notes: Vec::new(),
        error: None,
    };
    let written = match Named::configured(export, config).and_then(|named| {
        check_folder(&export.path)?;
        Ok(named)
    }) {
        Ok(named) => named
            .write(store, cancel)
            .await
            .map_err(|error| error.to_string()),
        Err(Failure { message, hint, .. }) => Err(match hint {
            Some(hint) => format!("{message}\n  hint: {hint}"),
            None => message,
        }),
    };
    match written {
        Ok(done) => {
            report.path = done.path;
            report.articles = done.counts.live;
            report.deletions = done.counts.deleted;
            report.left_out = done.counts.left_out;
            report.note = done.note;
            report.notes = done.hints;
            report.notes.extend(notes(&done.counts));
        }
        Err(error) => report.error = Some(redact(&error)),
    }
    report
}
