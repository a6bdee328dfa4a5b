//! Progress of a harvest, as it is reported to the caller.

use std::sync::Arc;

use tokio::sync::watch;

use crate::harvest::Observer;

/// The state of a harvest under way.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Progress {
    /// Name of the source.
    pub source: String,
    /// Records that were received and stored so far.
    pub records: u64,
    /// Number of records in the list under way, where the repository states it.
    pub total: Option<u64>,
}

/// The callback for progress.
pub(super) type Callback = Arc<dyn Fn(&Progress) + Send + Sync>;

/// Hands the progress on.
#[derive(Default)]
pub(super) struct Reporter {
    pub(super) callback: Option<Callback>,
    /// The newest progress, for a reader that follows the harvest.
    pub(super) newest: watch::Sender<Progress>,
}

impl Observer for Reporter {
    fn source_started(&self, name: &str) {
        self.report(Progress {
            source: name.to_owned(),
            ..Progress::default()
        });
    }

    fn page(&self, name: &str, seen: u64, total: Option<u64>) {
        self.report(Progress {
            source: name.to_owned(),
            records: seen,
            total,
        });
    }

    fn waiting(&self, _name: &str, _seconds: f64, _why: &str) {}

    fn source_done(&self, _name: &str, _summary: &str) {}
}

impl Reporter {
    fn report(&self, progress: Progress) {
        if let Some(callback) = &self.callback {
            callback(&progress);
        }
        self.newest.send_replace(progress);
    }
}
