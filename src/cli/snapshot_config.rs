//! A table `[[snapshot]]` of the configuration: snapshots that `offprint run` makes by a schedule.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::cli::schedule::Schedule;
use crate::cli::values::SourceName;

/// Snapshots that `offprint run` makes by a schedule.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SnapshotConfig {
    /// Name, unique in the file.
    pub name: SourceName,
    /// Folder that receives them, each as `SOURCE-DATE`.
    pub path: PathBuf,
    /// The time from one snapshot of a source to the next; a month without.
    pub schedule: Option<Schedule>,
    /// Names of the sources; all of the store without.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sources: Vec<SourceName>,
    /// Each is one .tar file.
    #[serde(default)]
    pub tar: bool,
    /// The requests and responses are written as WARC too.
    #[serde(default)]
    pub warc: bool,
}
