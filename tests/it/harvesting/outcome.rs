//! Compares the store after a harvest with the expected state.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::Path;

use offprint::internals::store::{Gap, ItemNo, Selection, Store, WindowState};

use crate::harvesting::render;
use crate::harvesting::repository::Repository;
use crate::harvesting::store::open_store;

/// An item as found: by identifier.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    pub datestamp: String,
    pub deleted: bool,
    pub cause: Option<String>,
    /// The record as received, white space around it aside.
    pub raw: Vec<u8>,
}

/// The content of a store, run times and page boundaries aside.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Snapshot {
    /// By (source URL path, identifier, metadataPrefix): ports differ between servers.
    pub items: BTreeMap<(String, String, String), Found>,
    pub gaps: Vec<Gap>,
    /// `from` and `until` of windows the next run continues with.
    pub unfinished: Vec<(Option<String>, Option<String>)>,
    /// Reports of all runs.
    pub reports: String,
    /// The result of the store's own check.
    pub complaints: Vec<String>,
}

impl Snapshot {
    /// Reads the store at `path`; empty when there is none.
    pub fn read(path: &Path) -> Self {
        if !path.exists() {
            return Self::default();
        }
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        runtime.block_on(async { Self::collect(open_store(path).as_ref()).await })
    }

    async fn collect(store: &dyn Store) -> Self {
        let mut snapshot = Self {
            complaints: store.check().await.unwrap(),
            ..Self::default()
        };
        for source in store.sources().await.unwrap() {
            let path = source
                .base_url
                .splitn(4, '/')
                .nth(3)
                .unwrap_or_default()
                .to_owned();
            let mut after = ItemNo::START;
            loop {
                let items = store
                    .items(source.source_id, Selection::All, after, 100)
                    .await
                    .unwrap();
                let Some(last) = items.last() else { break };
                after = last.item_no;
                for item in items {
                    for record in item.records {
                        let found = Found {
                            datestamp: record.datestamp,
                            deleted: record.deleted,
                            cause: record.cause,
                            raw: record.raw.trim_ascii().to_vec(),
                        };
                        let key = (
                            path.clone(),
                            item.identifier.clone(),
                            record.metadata_prefix,
                        );
                        assert!(
                            snapshot.items.insert(key, found).is_none(),
                            "one record a format"
                        );
                    }
                }
            }
            snapshot
                .gaps
                .extend(store.gaps(source.source_id).await.unwrap());
            let streams = store.streams(source.source_id).await.unwrap();
            snapshot.unfinished.extend(
                streams
                    .into_iter()
                    .flat_map(|stream| stream.windows)
                    .filter(|window| matches!(window.state, WindowState::Todo | WindowState::Open))
                    .map(|window| (window.from, window.until)),
            );
        }
        for run in store.runs(100).await.unwrap() {
            snapshot
                .reports
                .push_str(run.report.as_deref().unwrap_or_default());
            snapshot.reports.push('\n');
        }
        snapshot
    }

    /// Identifiers of all items.
    pub fn identifiers(&self) -> BTreeSet<String> {
        self.items
            .keys()
            .map(|(_, identifier, _)| identifier.clone())
            .collect()
    }

    /// Returns the wrong records: each must be one the repository has, as it was sent.
    pub fn wrong_records(
        &self,
        repository: &Repository,
        damaged: &HashMap<String, Vec<Vec<u8>>>,
    ) -> Vec<String> {
        let mut wrong = Vec::new();
        for ((_, identifier, _), found) in &self.items {
            let Some(record) = repository.record(identifier) else {
                wrong.push(format!("{identifier} is no record of the repository"));
                continue;
            };
            if found.deleted != record.deleted {
                wrong.push(format!(
                    "{identifier}: deleted is {}, not {}",
                    found.deleted, record.deleted
                ));
            }
            let clean = render::record(repository, record);
            let header = render::header(repository, record);
            // A tombstone may be taken from a list of identifiers.
            let is_header = record.deleted && found.raw == header.trim().as_bytes();
            let as_sent = |sent: &Vec<Vec<u8>>| sent.contains(&found.raw);
            if found.raw != clean.as_bytes()
                && !is_header
                && !damaged.get(identifier).is_some_and(as_sent)
            {
                wrong.push(format!(
                    "{identifier}: raw bytes differ from those sent: {:?}",
                    String::from_utf8_lossy(&found.raw[..found.raw.len().min(200)])
                ));
            }
        }
        wrong
    }
}

/// Which records must be in the store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kept {
    /// All of the repository.
    All,
    /// All but these.
    But(Vec<String>),
    /// Exactly those that came in responses which could be read.
    Received,
    /// All but these, which may be there or not.
    Perhaps(Vec<String>),
    /// Those that came in readable responses at least: what more a client gets at depends on how it asks.
    AtLeastReceived,
}

/// The expected gaps.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Gaps {
    /// There is none.
    None,
    /// One names this record, and none names another.
    Record(String),
    /// Missing records lie in date ranges that are listed: as gaps, or as windows the next run continues with.
    Span,
    /// Not looked at.
    Any,
}

/// The expected outcome of a harvest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expect {
    pub exit: i32,
    pub kept: Kept,
    pub gaps: Gaps,
    /// Words of which stderr, the gaps or the run's report must hold one, in any letter case. Each entry is
    /// a list of alternatives, separated by `|`.
    pub says: Vec<&'static str>,
    /// After the fault nothing more may be asked.
    pub stops: bool,
}

impl Expect {
    /// Complete: all kept, exit 0, no gap.
    pub fn all() -> Self {
        Self {
            exit: 0,
            kept: Kept::All,
            gaps: Gaps::None,
            says: Vec::new(),
            stops: false,
        }
    }

    /// One record is lost, and named.
    pub fn lost(identifier: &str) -> Self {
        Self {
            exit: 4,
            kept: Kept::But(vec![identifier.into()]),
            gaps: Gaps::Record(identifier.into()),
            ..Self::all()
        }
    }

    /// The received part is kept, the rest is a gap.
    pub fn partial() -> Self {
        Self {
            exit: 4,
            kept: Kept::Received,
            gaps: Gaps::Span,
            ..Self::all()
        }
    }

    /// Nothing could be fetched.
    pub fn failed() -> Self {
        Self {
            exit: 1,
            kept: Kept::Received,
            gaps: Gaps::Any,
            ..Self::all()
        }
    }

    pub fn says(mut self, words: &'static str) -> Self {
        self.says.push(words);
        self
    }

    pub fn kept(self, kept: Kept) -> Self {
        Self { kept, ..self }
    }

    pub fn stops(mut self) -> Self {
        self.stops = true;
        self
    }

    /// Returns the wrong identifiers.
    pub fn wrong_identifiers(
        &self,
        snapshot: &Snapshot,
        repository: &Repository,
        received: &BTreeSet<String>,
    ) -> Vec<String> {
        let all: BTreeSet<String> = repository
            .records
            .iter()
            .filter(|r| !r.foreign)
            .map(|r| r.identifier.clone())
            .collect();
        let without = |ids: &[String]| {
            all.iter()
                .filter(|id| !ids.contains(id))
                .cloned()
                .collect::<BTreeSet<_>>()
        };
        let received: BTreeSet<String> = received.intersection(&all).cloned().collect();
        let (least, most) = match &self.kept {
            Kept::All => (all.clone(), all),
            Kept::But(ids) => (without(ids), without(ids)),
            Kept::Perhaps(ids) => (without(ids), all),
            Kept::Received => (received.clone(), received),
            Kept::AtLeastReceived => (received, all),
        };
        let kept = snapshot.identifiers();
        let list = |ids: Vec<&String>| ids.into_iter().cloned().collect::<Vec<_>>().join(" ");
        let mut wrong = Vec::new();
        let missing: Vec<_> = least.difference(&kept).collect();
        if !missing.is_empty() {
            wrong.push(format!("{} missing: {}", missing.len(), list(missing)));
        }
        let surplus: Vec<_> = kept.difference(&most).collect();
        if !surplus.is_empty() {
            wrong.push(format!("{} too many: {}", surplus.len(), list(surplus)));
        }
        wrong
    }

    /// Returns the wrong gaps.
    pub fn wrong_gaps(&self, snapshot: &Snapshot, repository: &Repository) -> Vec<String> {
        let gaps = &snapshot.gaps;
        let ok = match &self.gaps {
            Gaps::Any => true,
            Gaps::None => gaps.is_empty(),
            Gaps::Record(identifier) => {
                !gaps.is_empty()
                    && gaps
                        .iter()
                        .all(|gap| gap.identifier.as_ref() == Some(identifier))
            }
            Gaps::Span => {
                let kept = snapshot.identifiers();
                let mut missing = repository
                    .records
                    .iter()
                    .filter(|r| !r.foreign && !kept.contains(&r.identifier));
                let windows = snapshot.unfinished.iter();
                let spans: Vec<_> = gaps
                    .iter()
                    .filter(|gap| gap.identifier.is_none())
                    .map(|gap| (&gap.from, &gap.until))
                    .chain(windows.map(|(from, until)| (from, until)))
                    .collect();
                missing.all(|record| {
                    let stamp = record.datestamp.format("%Y-%m-%dT%H:%M:%SZ").to_string();
                    spans
                        .iter()
                        .any(|(from, until)| holds(from.as_deref(), until.as_deref(), &stamp))
                        || gaps
                            .iter()
                            .any(|gap| gap.identifier.as_ref() == Some(&record.identifier))
                })
            }
        };
        let shown: Vec<String> = gaps
            .iter()
            .map(|gap| {
                format!(
                    "({:?} {:?}..{:?} {})",
                    gap.identifier, gap.from, gap.until, gap.reason
                )
            })
            .collect();
        if ok {
            Vec::new()
        } else {
            vec![format!(
                "gaps: wanted {:?}, found {}",
                self.gaps,
                shown.join(", ")
            )]
        }
    }

    /// Words that nobody said.
    pub fn unsaid(&self, snapshot: &Snapshot, stderr: &str) -> Vec<String> {
        let reasons: Vec<&str> = snapshot
            .gaps
            .iter()
            .map(|gap| gap.reason.as_str())
            .collect();
        let said = format!("{stderr}\n{}\n{}", reasons.join("\n"), snapshot.reports).to_lowercase();
        self.says
            .iter()
            .filter(|words| {
                !words
                    .split('|')
                    .any(|word| said.contains(&word.to_lowercase()))
            })
            .map(|words| format!("nothing says {words:?}"))
            .collect()
    }
}

/// Returns whether a span of dates holds a datestamp in seconds.
fn holds(from: Option<&str>, until: Option<&str>, stamp: &str) -> bool {
    let like = |bound: &str| stamp.get(..bound.len()).unwrap_or(stamp).to_owned();
    from.is_none_or(|from| *from <= *like(from)) && until.is_none_or(|until| *like(until) <= *until)
}
