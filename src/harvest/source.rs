//! The harvest of one source, from Identify to its report.

use std::sync::Arc;
use std::time::Instant;

use crate::harvest::contact::Contact;
use crate::harvest::context::{Habits, HarvestContext};
use crate::harvest::endpoint::Endpoint;
use crate::harvest::enrich;
use crate::harvest::harvester::Harvester;
use crate::harvest::limits::{RunLimit, RunLimits};
use crate::harvest::list::harvest_stream;
use crate::harvest::plan::{DateHandling, is_ojs};
use crate::harvest::quirks;
use crate::harvest::reconcile::reconcile;
use crate::harvest::report::{ListSeen, Listing};
use crate::harvest::source_plan::{BEST, Enrich, ListedFormats, SourcePlan};
use crate::harvest::tombstones::journals_of;
use crate::harvest::work::ListWork;
use crate::harvest::{HarvestError, Outcome, SourceReport};
use crate::metadata;
use crate::normalize::LANDING_PAGE;
use crate::oai::{DeletedRecord, Identify, Request};
use crate::store::{Remembered, ServerFacts, Source};

impl Harvester {
    /// Harvests one source. An error of the store is an error; whatever else goes wrong is in the report, so that
    /// other sources go on.
    pub async fn harvest(&self, plan: &SourcePlan) -> Result<SourceReport, HarvestError> {
        let started = Instant::now();
        let most = plan.budget.max_time;
        let timed = Self {
            cancel: self.cancel.child_token(),
            ..self.clone()
        };
        let mut harvest = std::pin::pin!(timed.harvest_in_time(plan));
        let ended = tokio::time::timeout(most, &mut harvest).await;
        let mut report = if let Ok(report) = ended {
            report?
        } else {
            // A request that is under way ends too, however slowly its answer comes.
            timed.cancel.cancel();
            let mut report = harvest.await?;
            if !self.cancel.is_cancelled() && report.outcome == Outcome::Interrupted {
                conclude(
                    &mut report,
                    Err(HarvestError::RunLimit(RunLimit::Time(most))),
                )?;
            }
            report
        };
        report.seconds = started.elapsed().as_secs_f64();
        self.observer
            .source_done(&report.source, &report.to_string());
        Ok(report)
    }

    /// The same, until it is cancelled.
    async fn harvest_in_time(&self, plan: &SourcePlan) -> Result<SourceReport, HarvestError> {
        let located = self.locate(plan).await?;
        let name = located.name();
        self.observer.source_started(&name);
        let mut report = SourceReport::new(&name, located.base_url());
        let result = match Box::pin(self.contact(plan, located, &mut report)).await {
            Ok(contact) => {
                report.source.clone_from(&contact.source.name);
                report.source_id = Some(contact.source.source_id);
                let source = contact.source.clone();
                let result = Box::pin(self.harvest_source(plan, contact, &mut report)).await;
                if !matches!(result, Err(HarvestError::Store(_))) {
                    if self.store.drop_unanswered(&source).await? {
                        source.note_run(self).await?;
                    } else {
                        report.source_id = None;
                    }
                }
                result
            }
            Err(error) => Err(error),
        };
        conclude(&mut report, result)?;
        if let Some(source_id) = report.source_id {
            let gaps = self.store.gaps(source_id).await?;
            report.open_gaps = gaps.iter().filter(|gap| !gap.acknowledged).count() as u64;
        }
        if report.open_gaps > 0 {
            report.outcome = report.outcome.max(Outcome::Incomplete);
        }
        Ok(report)
    }

    async fn harvest_source(
        &self,
        plan: &SourcePlan,
        contact: Contact,
        report: &mut SourceReport,
    ) -> Result<(), HarvestError> {
        let Contact {
            source,
            endpoint,
            mut remembered,
        } = contact;
        let (source, store) = (&source, self.store.as_ref());
        let identify = remembered.identify.clone();
        let dates = DateHandling::of(&identify, endpoint.base_url().as_str());
        let doubted = identify.deleted_record != DeletedRecord::Persistent
            || is_ojs(&identify, endpoint.base_url().as_str());
        let mut plan = plan.clone();
        plan.extent.full_list_due &= doubted;
        let plan = &plan;
        let mut listing = Listing::Whole;
        let prefixes = match plan.wanted_prefixes() {
            best if best == [BEST] => {
                self.best(plan, source, &endpoint, &mut remembered, report)
                    .await?
            }
            named => named,
        };
        let mut facts = known_facts(plan, source);
        let cx = HarvestContext {
            store,
            endpoint: &endpoint,
            source,
            identify: &identify,
            dates,
            run_no: self.run_no,
            observer: self.observer.as_ref(),
            habits: habits(plan, &identify, &endpoint),
            list_sets: self.list_sets(plan, source).await?,
            limits: RunLimits(plan.budget),
        };
        for prefix in &prefixes {
            let lists = self
                .harvest_format(plan, &cx, prefix, &mut facts, report)
                .await?;
            let seen = lists.iter().map(ListSeen::listing);
            listing = seen.fold(listing, Listing::min);
            let shrink = plan.extent.allow_shrink;
            let is_believed = !(plan.extent.reconcile || doubted)
                || reconcile(store, source, &endpoint, &lists, prefix, shrink, report).await?;
            if !is_believed {
                listing = listing.min(Listing::Doubted);
            }
        }
        report.listing = listing;
        if plan.enrich != Enrich::None {
            enrich::landing_pages(self, &plan.enrich, source, &endpoint, report).await?;
        }
        Ok(())
    }

    /// Harvests the lists of one format: one of each set, or that of the whole repository.
    async fn harvest_format(
        &self,
        plan: &SourcePlan,
        cx: &HarvestContext<'_>,
        prefix: &str,
        facts: &mut ServerFacts,
        report: &mut SourceReport,
    ) -> Result<Vec<ListSeen>, HarvestError> {
        let sets: Vec<Option<&str>> = if plan.sets.is_empty() {
            vec![None]
        } else {
            plan.sets.iter().map(|set| Some(set.as_str())).collect()
        };
        let mut lists = Vec::new();
        for set in sets {
            let stream = self.store.open_stream(cx.source, prefix, set).await?;
            let mut work = ListWork::new(cx, stream, facts.clone(), plan.extent.limit, report);
            let list = harvest_stream(&mut work, plan).await;
            *facts = work.facts;
            if *facts != cx.source.facts {
                // Known even when the list came to no good end: the next one begins with what is accepted.
                self.store.remember_facts(cx.source, facts).await?;
            }
            lists.push(list?);
        }
        Ok(lists)
    }

    /// The sets whose lists are harvested, now or in earlier runs.
    async fn list_sets(
        &self,
        plan: &SourcePlan,
        source: &Source,
    ) -> Result<Vec<String>, HarvestError> {
        let mut sets = plan.sets.clone();
        for stream in self.store.streams(source.source_id).await? {
            sets.extend(stream.set_spec);
        }
        sets.sort_unstable();
        sets.dedup();
        Ok(sets)
    }

    /// Returns the formats of a source that was harvested before, where the plan leaves the choice to the source; none
    /// where the best were chosen for it.
    async fn formats_to_keep(
        &self,
        plan: &SourcePlan,
        source: &Source,
        remembered: &Remembered,
    ) -> Result<Option<Vec<String>>, HarvestError> {
        if plan.listed != ListedFormats::Default || !remembered.best.is_empty() {
            return Ok(None);
        }
        let mut formats: Vec<String> = Vec::new();
        for stream in self.store.streams(source.source_id).await? {
            let prefix = stream.metadata_prefix;
            if prefix != LANDING_PAGE && !formats.contains(&prefix) {
                formats.push(prefix);
            }
        }
        Ok((!formats.is_empty()).then_some(formats))
    }

    /// The best of the formats that the endpoint offers. They are remembered as long as Identify is, so that a source
    /// that exists already takes up what its endpoint has come to offer.
    async fn best(
        &self,
        plan: &SourcePlan,
        source: &Source,
        endpoint: &Endpoint,
        remembered: &mut Remembered,
        report: &mut SourceReport,
    ) -> Result<Vec<String>, HarvestError> {
        if let Some(formats) = self.formats_to_keep(plan, source, remembered).await? {
            return Ok(formats);
        }
        if !remembered.best.is_empty() && !plan.is_full() {
            return Ok(remembered.best.clone());
        }
        let request = Request::ListMetadataFormats { identifier: None };
        let answer = endpoint.request(&request).await;
        report.requests += u64::from(
            answer
                .as_ref()
                .map_or_else(|error| error.tries, |answer| answer.tries),
        );
        let answer = match answer {
            Ok(answer) => answer,
            // One that fails at this alone may list all the same.
            Err(error) if !error.stops_host() => {
                report.note(format!(
                    "ListMetadataFormats failed, so only oai_dc is harvested: {error}"
                ));
                return Ok(vec!["oai_dc".to_owned()]);
            }
            Err(error) => return Err(error.into()),
        };
        let software = remembered.identify.software.as_ref();
        remembered.best = metadata::best(&answer.page.formats, software);
        self.store
            .remember_identify(source, &source.base_url, remembered)
            .await?;
        Ok(remembered.best.clone())
    }
}

/// Notes in the report how the harvest ended.
///
/// # Errors
/// When the store failed.
fn conclude(
    report: &mut SourceReport,
    result: Result<(), HarvestError>,
) -> Result<(), HarvestError> {
    match result {
        Ok(()) => {
            // Nothing came, and something is known to be there.
            if report.tally.records + report.landing_pages == 0
                && let Some(loss) = report.losses.first()
            {
                report.error = Some(loss.reason.clone());
                report.outcome = Outcome::Failed;
            }
        }
        Err(HarvestError::Interrupted) => report.outcome = Outcome::Interrupted,
        Err(HarvestError::Request(error)) if error.is_cancelled() => {
            report.outcome = Outcome::Interrupted
        }
        Err(error @ HarvestError::Store(_)) => return Err(error),
        Err(error) => {
            // What was had before stays; whether any was decides.
            let had = report.tally.records + report.landing_pages > 0;
            report.outcome = if had {
                Outcome::Incomplete
            } else {
                Outcome::Failed
            };
            report.error = Some(error.to_string());
            report.stopped_by = Some(Arc::new(error));
        }
    }
    Ok(())
}

/// Returns what is known of the server, as far as a plan believes it.
fn known_facts(plan: &SourcePlan, source: &Source) -> ServerFacts {
    if !plan.extent.full {
        return source.facts.clone();
    }
    // Servers are repaired. How wide a window may be is found out again at a price.
    ServerFacts {
        widest_window_days: source.facts.widest_window_days,
        longest_page: source.facts.longest_page,
        ..ServerFacts::default()
    }
}

fn habits(plan: &SourcePlan, identify: &Identify, endpoint: &Endpoint) -> Habits {
    Habits {
        keep_all: plan.keep_all,
        journals: journals_of(identify, endpoint.base_url()),
        verify_tombstones: quirks::has(identify, "live-and-deleted"),
        ends_lists_properly: quirks::ends_lists_properly(identify),
        is_full: plan.extent.full,
        has_bounds: plan.extent.from.is_some() || plan.extent.until.is_some(),
    }
}

impl Source {
    /// Notes how far the run has brought the source.
    pub(super) async fn note_run(&self, harvester: &Harvester) -> Result<(), HarvestError> {
        let seq = harvester.store.source(self.source_id).await?.seq;
        harvester
            .store
            .note_run_source(harvester.run_no, self.source_id, self.seq, seq)
            .await?;
        Ok(())
    }
}
