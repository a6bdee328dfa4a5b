//! The harvest of one source, from Identify to its report.

use std::sync::Arc;
use std::time::Instant;

use tokio_util::sync::CancellationToken;
use url::Url;

use crate::harvest::contact::Contact;
use crate::harvest::endpoint::{Endpoint, keep_own_arguments};
use crate::harvest::enrich::{self, Enrich};
use crate::harvest::list::ListSeen;
use crate::harvest::plan::{Calendar, is_ojs};
use crate::harvest::quirks;
use crate::harvest::single::Vain;
use crate::harvest::tombstones::journals_of;
use crate::harvest::walk::Walker;
use crate::harvest::{HarvestError, Listing, Observer, Outcome, SourceReport};
use crate::http::{Client, Credentials};
use crate::metadata;
use crate::normalize::LANDING_PAGE;
use crate::oai::{DeletedRecord, Request};
use crate::redact::{is_masked, redact};
use crate::store::{Remembered, RunNo, ServerFacts, ShrinkLimit, Source, Store, StreamNo};

/// In place of metadataPrefixes: the best that the endpoint offers.
pub const BEST: &str = "best";

/// Name of the loss when a list lacks more than is believed.
pub const GONE: &str = "what is gone";

/// Largest share of the known records that a list may lack and still be believed.
const MAX_LOSS: f64 = 0.1;

/// What to harvest of one source.
#[derive(Clone, Debug, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is a choice of its own")]
pub struct SourcePlan {
    /// Name, where one is given.
    pub name: Option<String>,
    /// Base URL of the endpoint.
    pub url: String,
    /// metadataPrefixes; the first decides whether an article is live. [`BEST`] alone: the richest offered beside
    /// `oai_dc`.
    pub prefixes: Vec<String>,
    /// setSpecs; the whole repository when empty.
    pub sets: Vec<String>,
    /// How the identifiers of a source look, `*` at the end for what differs: where a cache has only parts of them.
    pub identifiers: Option<String>,
    /// Only datestamps from here on.
    pub from: Option<String>,
    /// Only datestamps up to here.
    pub until: Option<String>,
    /// Everything again, whatever is known.
    pub full: bool,
    /// Find out what is gone: a full list, and deleted what it does not hold.
    pub reconcile: bool,
    /// Where the server is not to be trusted with deletions, the same: a full list is due.
    pub relist: bool,
    /// However much that is.
    pub allow_shrink: bool,
    /// Stop after about so many records of each list.
    pub limit: Option<u64>,
    /// Keep bodies of pages that bring nothing new.
    pub keep_all: bool,
    /// Landing pages to fetch.
    pub enrich: Enrich,
    /// Headers and credentials that the endpoint wants.
    pub credentials: Credentials,
    /// Whether name and URL are those of the configuration, which may say that a source has moved.
    pub is_configured: bool,
}

impl SourcePlan {
    /// The metadataPrefixes, with the default where none is given.
    pub(super) fn wanted_prefixes(&self) -> Vec<String> {
        match self.prefixes.as_slice() {
            [] => vec!["oai_dc".to_owned()],
            named => named.to_vec(),
        }
    }

    /// Whether everything is listed again, whatever is known.
    pub(super) fn everything(&self) -> bool {
        self.full || self.reconcile
    }
}

/// Harvests sources into a store.
#[derive(Clone)]
pub struct Harvester {
    /// The store.
    pub store: Arc<dyn Store>,
    /// The client.
    pub client: Client,
    /// Who watches.
    pub observer: Arc<dyn Observer>,
    /// Ends the harvest at a page's edge.
    pub cancel: CancellationToken,
    /// The run it is part of.
    pub run_no: RunNo,
}

impl Harvester {
    /// Harvests one source. An error of the store is an error; whatever else goes wrong is in the report, so that
    /// other sources go on.
    pub async fn harvest(&self, plan: &SourcePlan) -> Result<SourceReport, HarvestError> {
        let started = Instant::now();
        let located = self.locate(plan).await?;
        let name = located.name();
        self.observer.source_started(&name);
        let mut report = SourceReport::new(&name, located.base_url());
        let result = match Box::pin(self.contact(plan, located, &mut report)).await {
            Ok(contact) => {
                report.source.clone_from(&contact.source.name);
                report.source_id = Some(contact.source.source_id);
                let source = contact.source.clone();
                let result = self.harvest_source(plan, contact, &mut report).await;
                if !matches!(result, Err(HarvestError::Store(_))) {
                    self.store.drop_unanswered_streams(&source).await?;
                    source.note_run(self).await?;
                }
                result
            }
            Err(error) => Err(error),
        };
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
            Err(HarvestError::Ask(error)) if error.is_cancelled() => {
                report.outcome = Outcome::Interrupted
            }
            Err(HarvestError::Store(error)) => return Err(error.into()),
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
        if let Some(source_id) = report.source_id {
            let gaps = self.store.gaps(source_id).await?;
            report.open_gaps = gaps.iter().filter(|gap| !gap.acknowledged).count() as u64;
        }
        if report.open_gaps > 0 {
            report.outcome = report.outcome.max(Outcome::Incomplete);
        }
        report.seconds = started.elapsed().as_secs_f64();
        self.observer.source_done(&name, &report.to_string());
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
        let source = &source;
        let identify = remembered.identify.clone();
        let calendar = Calendar::of(&identify, endpoint.base_url().as_str());
        let doubted = identify.deleted_record != DeletedRecord::Persistent
            || is_ojs(&identify, endpoint.base_url().as_str());
        let plan = &SourcePlan {
            relist: plan.relist && doubted,
            ..plan.clone()
        };
        let mut listing = Listing::Whole;
        let prefixes = match plan.prefixes.as_slice() {
            [] => vec!["oai_dc".to_owned()],
            [best] if best == BEST => {
                self.best(plan, source, &endpoint, &mut remembered, report)
                    .await?
            }
            named => named.to_vec(),
        };
        if plan.is_configured {
            self.note_dropped(&prefixes, source, report).await?;
        }
        let sets: Vec<Option<&str>> = if plan.sets.is_empty() {
            vec![None]
        } else {
            plan.sets.iter().map(|set| Some(set.as_str())).collect()
        };
        for prefix in &prefixes {
            let mut lists = Vec::new();
            for set in &sets {
                let stream = self.store.open_stream(source, prefix, *set).await?;
                let mut walker = Walker {
                    store: self.store.as_ref(),
                    endpoint: &endpoint,
                    source,
                    stream,
                    identify: &identify,
                    calendar,
                    run_no: self.run_no,
                    keep_all: plan.keep_all,
                    journals: journals_of(&identify, endpoint.base_url()),
                    limit: plan.limit,
                    observer: self.observer.as_ref(),
                    report,
                    failed_in_row: 0,
                    vain: Vain::default(),
                    listed_at: None,
                    unasked: 0,
                    ignores_dates: false,
                    widest: source.facts.widest_window_days,
                    doubts_tombstones: quirks::has(&identify, "live-and-deleted"),
                };
                let list = walker.harvest_stream(plan).await;
                let facts = ServerFacts {
                    widest_window_days: walker.widest,
                    ..source.facts.clone()
                };
                if facts != source.facts {
                    // Known even when the list came to no good end: the next one begins with what is accepted.
                    self.store.remember_facts(source, &facts).await?;
                }
                lists.push(list?);
            }
            listing = lists
                .iter()
                .map(ListSeen::listing)
                .fold(listing, Listing::min);
            if (plan.reconcile || doubted) && !self.reconcile(plan, source, &lists, report).await? {
                listing = listing.min(Listing::Doubted);
            }
        }
        report.listing = listing;
        if plan.enrich != Enrich::None {
            enrich::landing_pages(self, &plan.enrich, source, &endpoint, report).await?;
        }
        Ok(())
    }

    /// Marks as gone what whole lists, one of each set, no longer hold; but not when so much is missing that the
    /// list is to be doubted instead. Whether they were believed.
    async fn reconcile(
        &self,
        plan: &SourcePlan,
        source: &Source,
        lists: &[ListSeen],
        report: &mut SourceReport,
    ) -> Result<bool, HarvestError> {
        let Some(first) = lists
            .iter()
            .map(|list| list.list_no)
            .min()
            .filter(|_| lists.iter().all(|list| list.whole))
        else {
            return Ok(true);
        };
        let streams: Vec<StreamNo> = lists.iter().map(|list| list.stream_no).collect();
        let limit = ShrinkLimit {
            share: if plan.allow_shrink { 1.0 } else { MAX_LOSS },
            records: 0,
        };
        let seen = self.store.reconcile(source, &streams, first, limit).await?;
        if seen.applied {
            report.tally.deleted += seen.missing;
            if seen.missing > 0 {
                report.note(format!(
                    "{} records were gone without a tombstone",
                    seen.missing
                ));
            }
        } else {
            report.lose(
                GONE,
                format!(
                    "the list lacks {} of {} known records, too many to believe: none was deleted",
                    seen.missing, seen.known
                ),
            );
        }
        Ok(seen.applied)
    }

    /// Notes the formats of the store that the configuration no longer names.
    async fn note_dropped(
        &self,
        prefixes: &[String],
        source: &Source,
        report: &mut SourceReport,
    ) -> Result<(), HarvestError> {
        for stream in self.store.streams(source.source_id).await? {
            let prefix = stream.metadata_prefix;
            if prefix != LANDING_PAGE && !prefixes.contains(&prefix) {
                report.note(format!(
                    "{prefix} is in the store and no longer harvested; `offprint source drop-format {} {prefix}` \
                     removes it",
                    source.name
                ));
            }
        }
        Ok(())
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
        if !remembered.best.is_empty() && !plan.everything() {
            return Ok(remembered.best.clone());
        }
        let request = Request::ListMetadataFormats { identifier: None };
        let answer = endpoint.ask(&request).await;
        report.requests += u64::from(
            answer
                .as_ref()
                .map_or_else(|error| error.tries, |answer| answer.tries),
        );
        remembered.best = metadata::best(&answer?.page.formats);
        self.store
            .remember_identify(source, &source.base_url, remembered)
            .await?;
        Ok(remembered.best.clone())
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

/// Reads the URL of an endpoint as a person gives it. One that was shown, with a mask in the place of a secret, is none.
pub fn base_url(text: &str) -> Result<Url, HarvestError> {
    let url = any_base_url(text)?;
    if is_masked(&url) {
        let detail = "a secret in it is masked; give the address in full".to_owned();
        return Err(HarvestError::BadUrl {
            url: redact(text),
            detail,
        });
    }
    Ok(url)
}

/// The same, masked or not: a snapshot has addresses as they are shown.
pub(super) fn any_base_url(text: &str) -> Result<Url, HarvestError> {
    let bad = |detail: &str| HarvestError::BadUrl {
        url: redact(text),
        detail: detail.to_owned(),
    };
    let mut url = Url::parse(text.trim()).map_err(|error| bad(&error.to_string()))?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(bad("it must begin with http:// or https://"));
    }
    // A URL copied from a browser brings its request along.
    keep_own_arguments(&mut url);
    url.set_fragment(None);
    Ok(url)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[rstest::rstest]
    #[case(
        "https://a.example/index.php/j/oai",
        "https://a.example/index.php/j/oai"
    )]
    #[case(" https://a.example/oai?verb=Identify ", "https://a.example/oai")]
    #[case(
        "https://a.example/oai.php?journal=j&verb=ListSets",
        "https://a.example/oai.php?journal=j"
    )]
    fn base_urls_as_people_give_them(#[case] given: &str, #[case] base: &str) {
        assert_eq!(base_url(given).unwrap().as_str(), base);
    }

    #[test]
    fn what_is_no_url_is_said_so() {
        assert!(base_url("a.example/oai").is_err());
        assert!(base_url("ftp://a.example/oai").is_err());
        let masked = base_url("https://a.example/oai?api_key=***")
            .unwrap_err()
            .to_string();
        assert!(masked.contains("masked"), "{masked}");
    }
}
