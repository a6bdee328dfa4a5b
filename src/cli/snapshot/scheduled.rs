//! The snapshots of `[[snapshot]]`: made by `offprint run`, once in a period for each source.

use std::fs;
use std::path::{Path, PathBuf};

use chrono::NaiveDate;
use serde::Serialize;

use super::{dated, settings_of};
use crate::cli::config::Config;
use crate::cli::context::Context;
use crate::cli::exit::Exit;
use crate::cli::output::{self, plain};
use crate::cli::schedule::Schedule;
use crate::cli::snapshot_config::SnapshotConfig;
use crate::redact::redact;
use crate::snapshot::{self, Completeness, Staging, Written};
use crate::store::{Source, Store, Time};

/// A snapshot that was made by a run.
#[derive(Debug, Serialize)]
pub(crate) struct SnapshotReport {
    /// Name of the table.
    name: String,
    source: String,
    /// Where it stands; nothing when it failed.
    path: Option<PathBuf>,
    /// Completeness, in the words of its `bag-info.txt`.
    completeness: Option<String>,
    error: Option<String>,
}

impl SnapshotReport {
    /// Says what was made; a snapshot that failed fails the run.
    pub(crate) fn print(&self, context: &Context, exit: Exit) -> Exit {
        let Self { name, source, .. } = self;
        match (&self.path, &self.error) {
            (Some(path), _) => {
                let completeness = self.completeness.as_deref().unwrap_or_default();
                let line = format!(
                    "snapshot {name}: {source} to {}, {}",
                    path.display(),
                    plain(completeness)
                );
                context.progress.println(&line);
                exit
            }
            (None, error) => {
                let error = error.as_deref().unwrap_or_default();
                output::to_stderr(&format!("snapshot {name}: {source}: {}", plain(error)));
                Exit::Failed
            }
        }
    }
}

/// Makes the snapshots of a table that are due. Articles have to be derived. One that fails does not stop the others.
///
/// # Errors
/// Of the store.
pub(crate) async fn write_due(
    context: &Context,
    config: &Config,
    store: &dyn Store,
    wanted: &SnapshotConfig,
    now: Time,
) -> Result<Vec<SnapshotReport>, crate::Error> {
    let schedule = wanted.schedule.clone().unwrap_or_else(Schedule::monthly);
    let mut reports = Vec::new();
    let sources = store.sources().await?;
    for name in &wanted.sources {
        if !sources.iter().any(|source| source.name == name.as_str()) {
            let why = format!("the store has no source {name}");
            reports.push(report(wanted, name.as_str(), Err(why)));
        }
    }
    let is_wanted = |source: &&Source| {
        let mut names = wanted.sources.iter();
        wanted.sources.is_empty() || names.any(|name| name.as_str() == source.name)
    };
    for source in sources.iter().filter(is_wanted) {
        let newest = newest(&wanted.path, &source.name);
        if !schedule.is_due(newest, now) || context.shutdown.token.is_cancelled() {
            continue;
        }
        let written = write(config, store, source, wanted, now).await;
        reports.push(report(wanted, &source.name, written));
    }
    Ok(reports)
}

async fn write(
    config: &Config,
    store: &dyn Store,
    source: &Source,
    wanted: &SnapshotConfig,
    now: Time,
) -> Result<Written, String> {
    let mut settings = settings_of(config).map_err(|failure| failure.message)?;
    settings.warc = wanted.warc;
    let path = wanted.path.join(dated(&source.name, now, wanted.tar));
    fs::create_dir_all(&wanted.path)
        .map_err(|error| format!("cannot create {}: {error}", wanted.path.display()))?;
    let staging = Staging::beside(&path, wanted.tar).map_err(|error| error.to_string())?;
    let written = snapshot::write(store, source, &settings, None, staging).await;
    written.map_err(|error| error.to_string())
}

fn report(
    wanted: &SnapshotConfig,
    source: &str,
    written: Result<Written, String>,
) -> SnapshotReport {
    let (written, error) = match written {
        Ok(written) => (Some(written), None),
        Err(error) => (None, Some(redact(&error))),
    };
    SnapshotReport {
        name: wanted.name.to_string(),
        source: source.to_owned(),
        completeness: written.as_ref().map(|written| match &written.completeness {
            Completeness::Incomplete(_) => "incomplete".to_owned(),
            other => other.to_string(),
        }),
        path: written.map(|written| written.path),
        error,
    }
}

/// Returns the day of the newest snapshot of a source in a folder, by the names of the files.
fn newest(folder: &Path, source: &str) -> Option<Time> {
    let names = fs::read_dir(folder).ok()?.flatten();
    let day = |name: std::ffi::OsString| {
        let name = name.into_string().ok()?;
        let day = name.strip_prefix(source)?.strip_prefix('-')?;
        let day = day.strip_suffix(".tar").unwrap_or(day);
        NaiveDate::parse_from_str(day, "%Y-%m-%d").ok()
    };
    let newest = names.filter_map(|entry| day(entry.file_name())).max()?;
    Some(newest.and_hms_opt(0, 0, 0)?.and_utc())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_snapshot_is_known_by_its_name() {
        let folder = tempfile::tempdir().unwrap();
        for name in [
            "cac-2026-03-31",
            "cac-2026-05-01.tar",
            "cac-old-2027-01-01",
            "cac-2026-13-01",
            "other-2026-06-01",
        ] {
            fs::write(folder.path().join(name), "").unwrap();
        }
        let newest = |source| newest(folder.path(), source).map(|time| time.to_rfc3339());
        assert_eq!(newest("cac").as_deref(), Some("2026-05-01T00:00:00+00:00"));
        assert_eq!(newest("new"), None);
    }
}
