//! A visit: one host under one lease, source by source.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use chrono::Utc;
use serde::{Deserialize, Serialize};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use url::Url;

use super::metrics::Metrics;
use super::outbox::Outbox;
use crate::cli::bounds::Bounds;
use crate::cli::config::{Config, HostConfig};
use crate::cli::connection;
use crate::cli::deriving;
use crate::cli::exit::Failure;
use crate::cli::schedule::Schedule;
use crate::harvest::{
    Enrich, Extent, HarvestError, Harvester, ListedFormats, Observer, Outcome, SourcePlan,
    SourceReport,
};
use crate::http::{Client, Credentials, Deadline, host_of};
use crate::normalize::derive::warn_not_derived;
use crate::store::{Due, Lease, LeaseStore, RunNo, Store, StoreError, StoreResult, Visit};

/// Sources taken on in one visit; what is left is due at once, for any worker that is free.
const MOST: usize = 500;

/// Sources in a row that cannot be reached at all before the host counts as dead, and the others are put off unasked.
const DEAD: usize = 2;

/// The stored plan of a source.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct StoredPlan {
    pub(super) url: String,
    pub(super) prefixes: Vec<String>,
    #[serde(default)]
    pub(super) keeps_formats: bool,
    pub(super) sets: Vec<String>,
    pub(super) keep_all: bool,
    pub(super) reconcile: Schedule,
    pub(super) landing_pages: bool,
    #[serde(default)]
    pub(super) bounds: Bounds,
}

/// The shared context of a worker.
pub(super) struct WorkerContext {
    pub(super) name: String,
    pub(super) store: Arc<dyn LeaseStore>,
    pub(super) client: Client,
    pub(super) observer: Arc<dyn Observer>,
    pub(super) cancel: CancellationToken,
    /// Cancelled when the worker is to end after the sources under way.
    pub(super) drain: CancellationToken,
    /// Length of a lease.
    pub(super) term: Duration,
    /// What was read of offprint.toml and the store last.
    pub(super) known: RwLock<Arc<Known>>,
    pub(super) metrics: Metrics,
    pub(super) outbox: Outbox,
    /// Bounds given to this worker; they win over those stored with a source.
    pub(super) bounds: Bounds,
    /// Articles are derived right after the harvest of their source: that work is as much, and so is shared as well.
    pub(super) derives: bool,
}

/// What a worker reads again while it runs.
pub(super) struct Known {
    /// The configuration, with the sources of the store.
    config: Config,
    /// Credentials by source name; secrets are never stored.
    credentials: HashMap<String, Credentials>,
}

impl Known {
    pub(super) fn of(config: Config) -> Result<Self, Failure> {
        let credentials = config
            .source
            .iter()
            .map(|source| Ok((source.name.to_string(), connection::credentials(source)?)))
            .collect::<Result<_, Failure>>()?;
        Ok(Self {
            config,
            credentials,
        })
    }
}

/// A source that has come to the end of its lists, and its report.
type Listed = (Due, Box<SourceReport>);

/// The result of one source.
enum Done {
    Harvested(Box<SourceReport>),
    /// The lease is over, or the worker is to end: it stays due.
    Broken,
}

impl WorkerContext {
    pub(super) async fn begin_run(&self) -> StoreResult<RunNo> {
        self.store.begin_run("worker").await
    }

    pub(super) async fn end_run(&self, run_no: RunNo) -> StoreResult<()> {
        let report = serde_json::json!({
            "run": run_no,
            "outcome": "complete",
            "worker": self.name,
            "visits": self.metrics.visits(),
            "records": self.metrics.records(),
        });
        self.store
            .end_run(run_no, Outcome::Complete.as_str(), &report.to_string())
            .await
    }

    /// Harvests what is due at a host, and gives the lease back. An error of the store is reported, and the lease left
    /// to run out: the worker finds out by itself whether the store is still there.
    pub(super) async fn visit(self: Arc<Self>, lease: Lease, run_no: RunNo, leased: Instant) {
        let until = Deadline::new(leased + self.margin());
        let cancel = self.cancel.child_token();
        let watch = self.watch(&lease, &until, leased);
        let work = self.harvest_host(&lease, run_no, &until, &cancel);
        tokio::pin!(work);
        let done = tokio::select! {
            done = &mut work => done,
            () = watch => {
                // It ends at its page's edge.
                cancel.cancel();
                self.metrics.lost();
                tracing::warn!(host = lease.host, "the lease is over, or could not be renewed");
                work.await
            }
        };
        let released = match done {
            Ok(()) => self.store.release(&lease).await,
            Err(error) => Err(error),
        };
        if let Err(error) = released {
            tracing::warn!(host = lease.host, %error, "a visit broke off");
        }
        self.metrics.visited();
    }

    /// Returns how long an unrenewed lease is used after its start: the rest is for clocks that differ and
    /// for requests that are under way.
    fn margin(&self) -> Duration {
        self.term * 2 / 3
    }

    /// Renews a lease; returns when it is lost, or was not renewed in time.
    async fn watch(&self, lease: &Lease, until: &Deadline, leased: Instant) {
        let mut end = leased + self.margin();
        loop {
            tokio::time::sleep_until(Instant::now() + self.term / 4).await;
            let asked = Instant::now();
            if asked >= end {
                return;
            }
            // A store that is away for too long costs the lease.
            match tokio::time::timeout_at(end, self.store.renew(lease, self.term)).await {
                Ok(Ok(true)) => {
                    end = asked + self.margin();
                    until.move_to(end);
                }
                Ok(Ok(false)) | Err(_) => return,
                Ok(Err(error)) => {
                    tracing::debug!(host = lease.host, %error, "a lease could not be renewed yet");
                }
            }
        }
    }

    /// Harvests what is due at a host, and derives the articles of each source beside the lists of the others.
    async fn harvest_host(
        &self,
        lease: &Lease,
        run_no: RunNo,
        until: &Deadline,
        cancel: &CancellationToken,
    ) -> StoreResult<()> {
        let store = self.store.under(lease);
        let harvester = Harvester {
            store: Arc::clone(&store),
            client: self.client.clone(),
            observer: Arc::clone(&self.observer),
            cancel: cancel.clone(),
            run_no,
        };
        let (listed, queue) = unbounded_channel();
        let lists = self.list_due(lease, &harvester, until, listed);
        let rest = self.derive_and_note(lease, store.as_ref(), cancel, queue);
        let (listed, noted) = tokio::join!(lists, rest);
        listed.and(noted)
    }

    /// Derives the articles of sources as they come, and notes that they were visited. One that is stopped is still due.
    async fn derive_and_note(
        &self,
        lease: &Lease,
        store: &dyn Store,
        cancel: &CancellationToken,
        mut listed: UnboundedReceiver<Listed>,
    ) -> StoreResult<()> {
        let known = self.known();
        let phase = deriving::begin();
        while let Some((source, report)) = listed.recv().await {
            if let Some(source_id) = report.source_id.filter(|_| self.derives) {
                let config = &known.config;
                match deriving::derive_one(store, config, source_id, cancel, &phase).await {
                    Ok(true) => {}
                    Ok(false) => return Ok(()),
                    Err(error @ StoreError::Away { .. }) => return Err(error),
                    Err(error) => warn_not_derived(&error),
                }
            }
            self.note(lease, &source, &report).await?;
        }
        Ok(())
    }

    /// Harvests what is due at a host, source by source, and tells which of them has come to the end of its lists.
    async fn list_due(
        &self,
        lease: &Lease,
        harvester: &Harvester,
        until: &Deadline,
        listed: UnboundedSender<Listed>,
    ) -> StoreResult<()> {
        let due = self.store.due(lease, MOST).await?;
        let cancel = &harvester.cancel;
        let mut dead = 0;
        let mut first = true;
        for source in due {
            if cancel.is_cancelled() || self.drain.is_cancelled() {
                return Ok(());
            }
            if dead >= DEAD {
                self.failed(lease, &source, "the host did not answer")
                    .await?;
                continue;
            }
            let Ok(plan) = serde_json::from_str::<StoredPlan>(&source.plan) else {
                tracing::warn!(
                    source = source.name,
                    "its plan was noted by another version"
                );
                let error = "its plan was noted by another version";
                self.failed(lease, &source, error).await?;
                continue;
            };
            if first {
                first = false;
                self.keep_distance(&plan.url, cancel).await;
            }
            match self.harvest_source(harvester, &source, plan, until).await? {
                Done::Broken => return Ok(()),
                Done::Harvested(report) => {
                    dead = if is_dead(&report) { dead + 1 } else { 0 };
                    if listed.send((source, report)).is_err() {
                        return Ok(());
                    }
                }
            }
        }
        Ok(())
    }

    fn known(&self) -> Arc<Known> {
        Arc::clone(&self.known.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Replaces what was read before.
    pub(super) fn learn(&self, known: Known) {
        *self.known.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(known);
    }

    /// Another worker may have asked the host a moment ago: the first request keeps its distance from that.
    async fn keep_distance(&self, url: &str, cancel: &CancellationToken) {
        let period = Url::parse(url)
            .ok()
            .and_then(|url| self.client.period(&url));
        if let Some(period) = period {
            tokio::select! {
                () = tokio::time::sleep(period) => {}
                () = cancel.cancelled() => {}
            }
        }
    }

    /// The plan of a source as the schedule has it.
    fn source_plan(&self, source: &Due, plan: StoredPlan, until: &Deadline) -> SourcePlan {
        let credentials = &self.known().credentials;
        let mut credentials = credentials.get(&source.name).cloned().unwrap_or_default();
        credentials.set_deadline(until.clone());
        let full_list_due =
            plan.reconcile
                .is_due_again(source.last_listing, source.last_start, Utc::now());
        SourcePlan {
            name: Some(source.name.clone()),
            url: plan.url,
            prefixes: plan.prefixes,
            listed: if plan.keeps_formats {
                ListedFormats::Default
            } else {
                ListedFormats::All
            },
            sets: plan.sets,
            keep_all: plan.keep_all,
            extent: Extent {
                full_list_due,
                ..Extent::default()
            },
            enrich: if plan.landing_pages {
                Enrich::All
            } else {
                Enrich::None
            },
            budget: self.bounds.or(plan.bounds).budget(),
            credentials,
            is_configured: true,
            ..SourcePlan::default()
        }
    }

    async fn harvest_source(
        &self,
        harvester: &Harvester,
        source: &Due,
        plan: StoredPlan,
        until: &Deadline,
    ) -> StoreResult<Done> {
        let plan = self.source_plan(source, plan, until);
        let began = Utc::now();
        let report = match harvester.harvest(&plan).await {
            Ok(report) => report,
            Err(HarvestError::Store(StoreError::Fenced { source_name })) => {
                tracing::warn!(source = source_name, "another worker has taken it over");
                return Ok(Done::Broken);
            }
            Err(HarvestError::Store(error)) => return Err(error),
            Err(HarvestError::Interrupted) => return Ok(Done::Broken),
            Err(error) => {
                let mut report = SourceReport::new(&source.name, &plan.url);
                report.outcome = Outcome::Failed;
                report.error = Some(error.to_string());
                report
            }
        };
        if report.outcome == Outcome::Interrupted {
            return Ok(Done::Broken);
        }
        if let Some(source_id) = report.source_id
            && report.counts_as_listed(source.last_listing.is_some())
        {
            harvester.store.note_listing(source_id, began).await?;
        }
        Ok(Done::Harvested(Box::new(report)))
    }

    async fn note(&self, lease: &Lease, source: &Due, report: &SourceReport) -> StoreResult<()> {
        self.metrics.harvested(report.tally.records);
        let visit = if report.outcome == Outcome::Failed {
            self.metrics.failed();
            tracing::warn!(
                source = source.name,
                error = report.error.as_deref().unwrap_or_default(),
                "nothing could be had"
            );
            Visit::Failed
        } else {
            tracing::info!(
                source = source.name,
                records = report.tally.records,
                seconds = report.seconds,
                "harvested"
            );
            Visit::Harvested
        };
        self.visited(lease, source, visit, report.error.as_deref())
            .await
    }

    async fn failed(&self, lease: &Lease, source: &Due, error: &str) -> StoreResult<()> {
        self.metrics.failed();
        self.visited(lease, source, Visit::Failed, Some(error))
            .await
    }

    async fn visited(
        &self,
        lease: &Lease,
        source: &Due,
        visit: Visit,
        error: Option<&str>,
    ) -> StoreResult<()> {
        let noted = self.store.visited(lease, &source.name, visit, error);
        if let Some((before, after)) = noted.await? {
            self.outbox.note(&before, &after);
        }
        Ok(())
    }
}

/// Returns whether the host itself did not answer or refused all clients.
fn is_dead(report: &SourceReport) -> bool {
    report.outcome == Outcome::Failed
        && report
            .stopped_by
            .as_deref()
            .is_some_and(|error| match error {
                HarvestError::Request(error) => error.stops_host() || error.is_unreachable(),
                _ => false,
            })
}

/// The table of a host, by its name with or without port.
pub(super) fn table<'c>(
    hosts: &'c BTreeMap<String, HostConfig>,
    url: &Url,
) -> Option<&'c HostConfig> {
    hosts
        .get(&host_of(url))
        .or_else(|| hosts.get(url.host_str().unwrap_or_default()))
}
