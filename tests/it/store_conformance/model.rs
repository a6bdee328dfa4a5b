//! Random lists, committed to the store and to a map, must leave the same.

use std::collections::BTreeMap;

use offprint::internals::store::{Batch, CommitStats, ListNo, Selection};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

use super::Engine;
use super::build::*;

/// A full list, in commits of pages of records, perhaps reconciled at its end.
#[derive(Clone, Debug)]
struct List {
    commits: Vec<Vec<Vec<Rec>>>,
    reconcile: Option<f64>,
    keep_all: bool,
}

#[derive(Clone, Debug, PartialEq)]
struct Stored {
    raw: String,
    deleted: bool,
    cause: Option<&'static str>,
    datestamp: String,
    list_no: ListNo,
    /// The number of its changes.
    versions: u32,
}

#[derive(Default)]
struct Model {
    records: BTreeMap<String, Stored>,
}

impl Model {
    fn page(&mut self, list_no: ListNo, page: &[Rec]) -> CommitStats {
        let repeated = page.iter().enumerate().filter(|(position, record)| {
            let before = page[..*position]
                .iter()
                .any(|earlier| earlier.identifier == record.identifier);
            let known = self.records.get(&record.identifier);
            before || known.is_some_and(|known| known.list_no == list_no)
        });
        let mut tally = CommitStats {
            records: page.len() as u64,
            repeated: repeated.count() as u64,
            ..CommitStats::default()
        };
        for (position, record) in page.iter().enumerate() {
            let others = || {
                page.iter()
                    .enumerate()
                    .filter(|(_, o)| o.identifier == record.identifier)
            };
            let live_there = others().any(|(_, other)| !other.deleted);
            let superseded = others().any(|(n, other)| {
                let newer = (&other.datestamp, n) > (&record.datestamp, position);
                newer && other.deleted == record.deleted
            });
            if record.deleted && live_there {
                tally.shadowed_tombstones += 1;
                // Of several tombstones only the last meets the live one; the others bring nothing.
            } else if superseded {
                tally.unchanged += 1;
            } else {
                self.record(list_no, record, &mut tally);
            }
        }
        tally
    }

    fn record(&mut self, list_no: ListNo, record: &Rec, tally: &mut CommitStats) {
        let new = |versions| Stored {
            raw: record.raw(),
            deleted: record.deleted,
            cause: record.deleted.then_some("tombstone"),
            datestamp: record.datestamp.clone(),
            list_no,
            versions,
        };
        let Some(old) = self.records.get_mut(&record.identifier) else {
            self.records.insert(record.identifier.clone(), new(1));
            *(if record.deleted {
                &mut tally.deleted
            } else {
                &mut tally.new
            }) += 1;
            return;
        };
        if record.deleted && !old.deleted && old.list_no == list_no {
            tally.shadowed_tombstones += 1;
        } else if record.deleted == old.deleted
            && old.list_no == list_no
            && old.datestamp > record.datestamp
        {
            // An old version beside the new one.
            tally.unchanged += 1;
        } else if old.raw == record.raw() && old.deleted == record.deleted {
            old.list_no = list_no;
            old.datestamp = old.datestamp.clone().max(record.datestamp.clone());
            tally.unchanged += 1;
        } else {
            *old = new(old.versions + 1);
            *(if record.deleted {
                &mut tally.deleted
            } else {
                &mut tally.changed
            }) += 1;
        }
    }

    fn reconcile(&mut self, list_no: ListNo, max_loss: f64) -> (u64, u64, bool) {
        let known = self
            .records
            .values()
            .filter(|r| !r.deleted)
            .map(|_| 1)
            .sum::<u32>();
        let missing = || |r: &&mut Stored| !r.deleted && r.list_no < list_no;
        let lost = self
            .records
            .values_mut()
            .filter(missing())
            .map(|_| 1)
            .sum::<u32>();
        let applied = lost == 0 || f64::from(lost) / f64::from(known) <= max_loss;
        if applied {
            for record in self.records.values_mut().filter(missing()) {
                record.deleted = true;
                record.cause = Some("gone");
                record.versions += 1;
            }
        }
        (known.into(), lost.into(), applied)
    }
}

fn lists() -> impl Strategy<Value = Vec<List>> {
    let record = (0..6_u8, 0..3_u8, prop::bool::weighted(0.3), 1..4_u8).prop_map(
        |(id, content, deleted, day)| {
            let id = format!("oai:x:{id}");
            let record = if deleted {
                tombstone(&id)
            } else {
                live(&id, &content.to_string())
            };
            record.dated(&format!("2024-05-0{day}"))
        },
    );
    let page = prop::collection::vec(record, 0..5);
    let commit = prop::collection::vec(page, 0..3);
    let reconcile = prop::option::of(prop::sample::select(vec![0.0, 0.5, 1.0]));
    let list = (
        prop::collection::vec(commit, 1..4),
        reconcile,
        any::<bool>(),
    )
        .prop_map(|(commits, reconcile, keep_all)| List {
            commits,
            reconcile,
            keep_all,
        });
    prop::collection::vec(list, 1..5)
}

pub(crate) async fn random_commits_agree_with_a_simple_model(engine: &impl Engine) {
    let store = engine.open().await;
    let mut runner = TestRunner::new_with_rng(
        Config::default(),
        TestRng::deterministic_rng(RngAlgorithm::ChaCha),
    );
    for case in 0..60 {
        let lists = lists().new_tree(&mut runner).unwrap().current();
        // Each case has a source of its own.
        let source = store
            .open_source(&spec(&format!("case-{case}")))
            .await
            .unwrap();
        let stream = store.open_stream(&source, "oai_dc", None).await.unwrap();
        let mut model = Model::default();
        let mut seq = 0;
        for (list_no, one) in (1..).zip(&lists) {
            let before = model.records.clone();
            let mut seen = 0;
            for commit in &one.commits {
                let mut expected = CommitStats::default();
                for page in commit {
                    expected += model.page(ListNo(list_no), page);
                }
                let pages = commit.iter().map(|records| page(1, records)).collect();
                let mut written = Batch {
                    keep_all: one.keep_all,
                    ..list(&stream, list_no, pages)
                };
                seen += expected.records.cast_signed();
                written.windows[0].seen = seen;
                let tally = store.commit(&source, written).await.unwrap();
                assert_eq!(tally, expected, "{lists:#?}");
            }
            if let Some(max_loss) = one.reconcile {
                let expected = model.reconcile(ListNo(list_no), max_loss);
                let done = store
                    .reconcile(
                        &source,
                        &[stream.stream_no],
                        ListNo(list_no),
                        share(max_loss),
                    )
                    .await
                    .unwrap();
                assert_eq!(
                    (done.known, done.missing, done.applied),
                    expected,
                    "{lists:#?}"
                );
            }
            let stored = all(&*store, &source).await;
            let stored: BTreeMap<_, _> = stored
                .iter()
                .map(|item| (item.identifier.clone(), item))
                .collect();
            assert_eq!(
                stored.keys().collect::<Vec<_>>(),
                model.records.keys().collect::<Vec<_>>()
            );
            for (identifier, expected) in &model.records {
                let record = &stored[identifier].records[0];
                assert_eq!(
                    record.raw,
                    expected.raw.as_bytes(),
                    "{identifier} in {lists:#?}"
                );
                let state = (record.deleted, record.cause.as_deref(), &*record.datestamp);
                assert_eq!(
                    state,
                    (expected.deleted, expected.cause, &*expected.datestamp),
                    "{lists:#?}"
                );
            }
            let dirty = items(&*store, &source, Selection::Dirty { after: seq }).await;
            let mut dirty = identifiers(&dirty);
            dirty.sort_unstable();
            let versions = |r: Option<&Stored>| r.map_or(0, |r| r.versions);
            let changed: Vec<_> = model
                .records
                .iter()
                .filter(|(id, now)| now.versions > versions(before.get(*id)))
                .map(|(id, _)| id.as_str())
                .collect();
            assert_eq!(dirty, changed, "{lists:#?}");
            let made: u32 = model.records.values().map(|r| r.versions).sum();
            seq = now(&*store, &source).await.seq;
            assert_eq!(seq, i64::from(made), "a number for each version");
        }
    }
    sound(&*store).await;
}
