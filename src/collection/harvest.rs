//! One harvest of one source, with its run opened and closed for the caller.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use futures_util::future::{BoxFuture, FutureExt as _};
use tokio_util::sync::CancellationToken;

use super::progress::{Progress, Reporter};
use crate::error::{ErrorKind, Result};
use crate::harvest::source_plan::BEST;
use crate::harvest::{HarvestError, Harvester, Loss, Outcome, SourcePlan, SourceReport, import};
use crate::hint;
use crate::http::{Client, Options, Rate};
use crate::normalize::derive::{PHASE_BEHIND, derive_harvested, warn_not_derived};
use crate::phase::LazyPhase;
use crate::store::{RunNo, Store};

/// A harvest that is being set up. See [`Collection::harvest`](crate::Collection::harvest) and
/// [`Collection::import`](crate::Collection::import).
#[must_use = "nothing is harvested before `run`"]
pub struct Harvest {
    pub(super) store: Arc<dyn Store>,
    pub(super) plan: SourcePlan,
    options: Options,
    /// Saved responses in place of an endpoint.
    saved: Option<PathBuf>,
    pub(super) reporter: Reporter,
    stop: Option<BoxFuture<'static, ()>>,
    derives: bool,
}

impl Harvest {
    pub(super) fn of_endpoint(store: Arc<dyn Store>, base_url: String) -> Self {
        let plan = SourcePlan {
            url: base_url,
            ..SourcePlan::default()
        };
        Self {
            store,
            plan,
            options: Options::default(),
            saved: None,
            reporter: Reporter::default(),
            stop: None,
            derives: true,
        }
    }

    pub(super) fn of_files(store: Arc<dyn Store>, path: PathBuf) -> Self {
        Self {
            saved: Some(path),
            ..Self::of_endpoint(store, String::new())
        }
    }

    /// Names the source. Without a name it is named after its address.
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.plan.name = Some(name.into());
        self
    }

    /// Harvests these metadataPrefixes; `oai_dc` by default. The first decides whether an article is live.
    pub fn formats<S: Into<String>>(mut self, prefixes: impl IntoIterator<Item = S>) -> Self {
        self.plan.prefixes = prefixes.into_iter().map(Into::into).collect();
        self
    }

    /// Harvests the richest format that the endpoint offers, beside `oai_dc`.
    pub fn best_format(self) -> Self {
        self.formats([BEST])
    }

    /// Harvests only these setSpecs; the whole repository by default.
    pub fn sets<S: Into<String>>(mut self, specs: impl IntoIterator<Item = S>) -> Self {
        self.plan.sets = specs.into_iter().map(Into::into).collect();
        self
    }

    /// Harvests only records with this datestamp or a later one: `YYYY-MM-DD` or `YYYY-MM-DDThh:mm:ssZ`.
    pub fn from(mut self, datestamp: impl Into<String>) -> Self {
        self.plan.extent.from = Some(datestamp.into());
        self
    }

    /// Harvests only records with this datestamp or an earlier one.
    pub fn until(mut self, datestamp: impl Into<String>) -> Self {
        self.plan.extent.until = Some(datestamp.into());
        self
    }

    /// Stops after about this many records of each list.
    pub fn limit(mut self, records: u64) -> Self {
        self.plan.extent.limit = Some(records);
        self
    }

    /// Lists everything again, and marks the records that the list no longer holds as deleted.
    pub fn reconcile(mut self) -> Self {
        self.plan.extent.reconcile = true;
        self
    }

    /// Requests per second to the host; one by default.
    pub fn rate(mut self, rate: Rate) -> Self {
        self.options.host.rate = rate;
        self
    }

    /// A mail address for the operator of the endpoint to write to, sent as `From`.
    pub fn contact(mut self, address: impl Into<String>) -> Self {
        self.options.contact = Some(address.into());
        self
    }

    /// Calls this function after every page that was stored. It must not block.
    pub fn on_progress(mut self, callback: impl Fn(&Progress) + Send + Sync + 'static) -> Self {
        self.reporter.callback = Some(Arc::new(callback));
        self
    }

    /// Ends the harvest after the page that it is on once this future resolves. The next harvest continues from there.
    pub fn stop_when(mut self, signal: impl Future<Output = ()> + Send + 'static) -> Self {
        self.stop = Some(signal.boxed());
        self
    }

    /// Leaves it to the first reading of the entries to derive the articles, which saves half of the work where they
    /// are read next. Entries that were [changed since](crate::Entries::changed_since) a run are found only once the
    /// articles were derived.
    pub fn derive_later(mut self) -> Self {
        self.derives = false;
        self
    }

    /// Harvests. A future that is dropped leaves every page that was stored; the next harvest continues from there.
    ///
    /// # Errors
    /// When the store fails, or the base URL is invalid. An endpoint that fails is not an error here: the report has
    /// the outcome and the reason, since part of the records may have been stored.
    pub async fn run(self) -> Result<HarvestReport> {
        let harvester = Harvester {
            run_no: self.store.begin_run("harvest").await?,
            store: Arc::clone(&self.store),
            client: Client::new(self.options).map_err(HarvestError::from)?,
            observer: Arc::new(self.reporter),
            cancel: CancellationToken::new(),
        };
        let work = async {
            let report = match &self.saved {
                Some(path) => Box::pin(import(&harvester, &self.plan, path)).await,
                None => Box::pin(harvester.harvest(&self.plan)).await,
            }?;
            if let Some(source_id) = report.source_id.filter(|_| self.derives) {
                let phase = LazyPhase::growing(PHASE_BEHIND);
                let store = self.store.as_ref();
                let derived = derive_harvested(store, source_id, &harvester.cancel, &phase).await;
                let _ = derived.inspect_err(warn_not_derived);
            }
            Ok::<_, HarvestError>(report)
        };
        let result = match self.stop {
            None => work.await,
            Some(stop) => until_stopped(work, stop, &harvester.cancel).await,
        };
        let (outcome, report) = match &result {
            Ok(report) => (report.outcome, serde_json::json!([report]).to_string()),
            Err(_) => (Outcome::Failed, "[]".to_owned()),
        };
        self.store
            .end_run(harvester.run_no, outcome.as_str(), &report)
            .await?;
        Ok(HarvestReport::new(harvester.run_no, &result?))
    }
}

/// Works until the work is done; once the signal resolves, the work is asked to end.
async fn until_stopped<T>(
    work: impl Future<Output = T>,
    stop: BoxFuture<'static, ()>,
    cancel: &CancellationToken,
) -> T {
    let mut work = std::pin::pin!(work);
    tokio::select! {
        done = &mut work => return done,
        () = stop => cancel.cancel(),
    }
    work.await
}

impl fmt::Debug for Harvest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Harvest")
            .field("plan", &self.plan)
            .finish_non_exhaustive()
    }
}

/// The report of a harvest. Its `Display` is the line that the command prints.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
// shape: published; the figures of one harvest, flat for the users of the library
pub struct HarvestReport {
    /// Number of the run, for [`Entries::changed_since`](crate::Entries::changed_since).
    pub run: i64,
    /// Name of the source.
    pub source: String,
    /// The outcome.
    pub outcome: Outcome,
    /// Live records that were not known before.
    pub new: u64,
    /// Live records that have changed.
    pub changed: u64,
    /// Records that became deleted, or were first seen deleted.
    pub deleted: u64,
    /// Requests sent, retries included.
    pub requests: u64,
    /// Records and date ranges that could not be fetched, in this run or an earlier one. The next harvest requests
    /// them again.
    pub gaps: u64,
    /// Gaps of this run with their reasons; at most 1,000.
    pub losses: Vec<Loss>,
    /// Why the harvest stopped early.
    pub error: Option<String>,
    /// The kind of that error, where it has one.
    pub error_kind: Option<ErrorKind>,
    /// A hint, if one is known: one sentence that says what to type.
    pub hint: Option<String>,
    summary: String,
}

impl HarvestReport {
    fn new(run: RunNo, report: &SourceReport) -> Self {
        Self {
            run: run.0,
            source: report.source.clone(),
            outcome: report.outcome,
            new: report.tally.new,
            changed: report.tally.changed,
            deleted: report.tally.deleted,
            requests: report.requests,
            gaps: report.open_gaps,
            losses: report.losses.clone(),
            error: report.error.clone(),
            error_kind: report.stopped_by.as_deref().map(ErrorKind::of_harvest),
            hint: report.stopped_by.as_deref().and_then(hint::of_harvest),
            summary: report.to_string(),
        }
    }
}

impl fmt::Display for HarvestReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.source, self.summary)
    }
}
