//! Figures of a whole collection: per source and over all.

use std::collections::{BTreeMap, HashMap};

use chrono::Utc;
use serde::Serialize;

use crate::article::SCHEMA_VERSION;
use crate::oai::Software;
use crate::phase::Phase;
use crate::report::card::Card;
use crate::report::duplicates::{self, DuplicateScope, Group};
use crate::report::figures::Figures;
use crate::report::source_facts::SourceFacts;
use crate::report::{Articles, CollectionStats, FailingSource};
use crate::store::{Counts, Gap, RunNo, Source, Store, StoreResult, Time};
use crate::values::DisplaySafeUrl;

/// Runs that are listed.
const RUNS: usize = 10;
/// Open gaps of a source that are listed one by one.
const GAPS: usize = 20;
/// Groups of duplicates that are listed one by one.
const GROUPS: usize = 10;

/// Figures of a collection.
#[derive(Clone, Debug, Serialize)]
pub struct CollectionReport {
    /// The store.
    pub store: String,
    /// When the figures were taken.
    pub made_at: Time,
    /// Version of the article model.
    pub schema_version: &'static str,
    /// Over all sources; an article that several have counts in each.
    pub all: CollectionStats,
    /// By name.
    pub sources: Vec<SourceReport>,
    /// Sources that fail and have never answered, by name.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub unanswered: Vec<FailingSource>,
    /// The same article more than once.
    pub duplicates: DuplicateSummary,
    /// The newest first.
    pub runs: Vec<RunSummary>,
}

/// Figures of a source.
#[derive(Clone, Debug, Serialize)]
pub struct SourceReport {
    /// Name.
    pub name: String,
    /// Base URL.
    pub base_url: DisplaySafeUrl,
    /// The repositoryName of Identify.
    pub repository_name: Option<String>,
    /// Software behind it.
    pub software: Option<Software>,
    /// Records by state.
    pub records: Counts,
    /// Changes up to this time are in the store, by format and set.
    pub harvested_until: BTreeMap<String, Option<Time>>,
    /// The number of open gaps.
    pub open_gaps: usize,
    /// The first of them.
    pub gaps: Vec<Gap>,
    /// Why its newest runs failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failing: Option<FailingSource>,
    /// Formats that were harvested.
    pub formats: Vec<String>,
    /// Fields that its articles lack, with the advice.
    pub card: Card,
    /// Figures of its articles.
    #[serde(flatten)]
    pub stats: CollectionStats,
}

/// The number of duplicates.
#[derive(Clone, Debug, Default, Serialize)]
pub struct DuplicateSummary {
    /// Groups of articles that are the same.
    pub groups: usize,
    /// Articles in them.
    pub articles: usize,
    /// Groups with articles of several sources.
    pub across_sources: usize,
    /// The number of those with articles of several hosts.
    pub across_hosts: usize,
    /// The first groups.
    pub examples: Vec<Group>,
}

/// A run.
#[derive(Clone, Debug, Serialize)]
pub struct RunSummary {
    /// Number.
    pub run: RunNo,
    /// The command.
    pub kind: String,
    /// Begun.
    pub started: Time,
    /// Ended.
    pub ended: Option<Time>,
    /// The outcome.
    pub outcome: Option<String>,
}

impl CollectionReport {
    /// Takes the figures of a store whose articles are derived.
    ///
    /// Errors: of the store.
    pub async fn read(location: String, store: &dyn Store) -> StoreResult<Self> {
        let articles = Articles::open(store).await?;
        let mut failing: BTreeMap<String, FailingSource> =
            FailingSource::all(store, &HashMap::new())
                .await?
                .into_iter()
                .map(|one| (one.name.clone(), one))
                .collect();
        let mut all = CollectionStats::default();
        let mut sources = Vec::new();
        let phase = Phase::begin("reading sources", Some(articles.sources().count() as u64));
        for source in articles.sources() {
            let mut report = SourceReport::read(store, &articles, source).await?;
            phase.advance(1);
            report.failing = failing.remove(&source.name);
            all.add(&report.stats);
            sources.push(report);
        }
        drop(phase);
        let _phase = Phase::begin("looking for duplicates", None);
        let runs = store.runs(RUNS).await?.into_iter().map(|run| RunSummary {
            run: run.run_no,
            kind: run.kind,
            started: run.started,
            ended: run.ended,
            outcome: run.outcome,
        });
        Ok(Self {
            store: location,
            made_at: Utc::now(),
            schema_version: SCHEMA_VERSION,
            all,
            sources,
            unanswered: failing.into_values().collect(),
            duplicates: DuplicateSummary::read(store, &articles).await?,
            runs: runs.collect(),
        })
    }

    /// Notes when failing sources are tried again, by their names.
    pub fn schedule(&mut self, next: &HashMap<String, Time>) {
        let known = self.sources.iter_mut();
        let known = known.filter_map(|source| source.failing.as_mut());
        for source in known.chain(&mut self.unanswered) {
            source.next_attempt = next.get(&source.name).copied();
        }
    }
}

impl SourceReport {
    async fn read(
        store: &dyn Store,
        articles: &Articles<'_>,
        source: &Source,
    ) -> StoreResult<Self> {
        let Figures { mut stats, card } = Figures::read(store, articles, source).await?;
        let facts = SourceFacts::read(store, source).await?;
        let taken_down = store.forgotten(source.source_id, 0, i64::MAX).await?;
        stats.deletions.taken_down = taken_down.len() as u64;
        let streams = store
            .streams(source.source_id)
            .await?
            .into_iter()
            .map(|stream| {
                let set = stream
                    .set_spec
                    .map(|set| format!(" {set}"))
                    .unwrap_or_default();
                (format!("{}{set}", stream.metadata_prefix), stream.cursor)
            });
        let mut gaps = store.gaps(source.source_id).await?;
        let open_gaps = gaps.len();
        gaps.truncate(GAPS);
        Ok(Self {
            name: source.name.clone(),
            base_url: facts.base_url,
            repository_name: facts.repository_name,
            card: card.finish(facts.software.as_ref(), &facts.formats),
            failing: None,
            formats: facts.formats,
            software: facts.software,
            records: store.counts(source.source_id).await?,
            harvested_until: streams.collect(),
            open_gaps,
            gaps,
            stats,
        })
    }
}

impl DuplicateSummary {
    async fn read(store: &dyn Store, articles: &Articles<'_>) -> StoreResult<Self> {
        let groups = duplicates::find(store, articles).await?.groups;
        let mut summary = Self {
            groups: groups.len(),
            ..Self::default()
        };
        for group in &groups {
            let across = duplicates::across(articles, group);
            summary.articles += group.len();
            summary.across_sources += usize::from(across >= DuplicateScope::Sources);
            summary.across_hosts += usize::from(across == DuplicateScope::Hosts);
        }
        let examples = &groups[..groups.len().min(GROUPS)];
        summary.examples = duplicates::describe(articles, examples).await?;
        Ok(summary)
    }
}
