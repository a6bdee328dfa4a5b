//! Records that cannot be fetched, or that are not what they should be.

use crate::harvesting::case::{COUNT, Case, FIRST, LAST, MIDDLE, SPOTS};
use crate::harvesting::damage::Damage;
use crate::harvesting::outcome::{Expect, Gaps, Kept};
use crate::harvesting::repository::{Record, Repository, Software, identifier};
use crate::harvesting::script::{Coding, Fault, Place, Times, Wire};

const ISOLATED: &str = "isolates the record, keeps all others, lists it as a gap";

fn error_500() -> Fault {
    Fault::Status(500, Vec::new())
}

/// A tombstone of a record, under the same identifier.
fn tombstone(repository: &Repository, n: usize, days: i64) -> Record {
    let live = repository.records[n].clone();
    Record {
        deleted: true,
        datestamp: live.datestamp + chrono::TimeDelta::days(days),
        ..live
    }
}

/// Tombstones of another journal, which OJS 3.4 and later show to every journal but the first.
fn add_foreign(repository: &mut Repository) {
    for n in [2, 12, 30] {
        let mut foreign = tombstone(repository, n, 1);
        foreign.identifier = format!("oai:ojs.example.org:article/{}", 9000 + n);
        foreign.set = "other:ART".into();
        foreign.foreign = true;
        repository.records.push(foreign);
    }
}

fn poisons() -> Vec<Case> {
    let mut cases = Vec::new();
    for spot in SPOTS {
        for (fault, how) in [
            (
                "record that makes the server fail with 500 for ever",
                error_500(),
            ),
            (
                "record at which the body is cut for ever",
                Fault::Wire(Wire::Cut),
            ),
            (
                "record at which an unframed body ends for ever",
                Fault::Wire(Wire::CutUnframed),
            ),
            (
                "record whose gzip is truncated for ever",
                Fault::Coding(Coding::Truncated),
            ),
            (
                "record that the connection is reset at for ever",
                Fault::Wire(Wire::Reset),
            ),
            (
                "record that makes an error with a code of its own for ever",
                Fault::Protocol("internalError"),
            ),
        ] {
            let expect = Expect::lost(&spot.identifier());
            cases.push(Case::new(fault, spot.name, ISOLATED, expect).rule(
                spot.holding(),
                Times::Always,
                how,
            ));
        }
        cases.push(
            Case::new(
                "record that makes each list fail, while GetRecord answers",
                spot.name,
                "takes it by GetRecord",
                Expect::all(),
            )
            .rule(
                Place::ListHolding(spot.identifier()),
                Times::Always,
                error_500(),
            ),
        );
        cases.push(
            Case::new(
                "record that makes each list answer cannotDisseminateFormat",
                spot.name,
                "takes it by GetRecord",
                Expect::all(),
            )
            .rule(
                Place::ListHolding(spot.identifier()),
                Times::Always,
                Fault::Protocol("cannotDisseminateFormat"),
            ),
        );
        cases.push(
            Case::new(
                "record that makes even lists of identifiers fail",
                spot.name,
                "keeps all others, lists the span of dates it is in as a gap",
                Expect {
                    gaps: Gaps::Span,
                    ..Expect::lost(&spot.identifier())
                },
            )
            .rule(Place::Naming(spot.identifier()), Times::Always, error_500()),
        );
    }
    // Record 21 has its day in common with record 20.
    let shared = |fault, change: fn(&mut Repository)| {
        Case::new(
            fault,
            "middle page",
            ISOLATED,
            Expect::lost(&identifier(21)),
        )
        .repository(change)
        .rule(Place::Holding(identifier(21)), Times::Always, error_500())
    };
    cases.push(shared("failing record beside another of its day", |_| {}));
    cases.push(shared(
        "failing record beside another of its day and set",
        |repository| {
            repository.records[20].set = repository.records[21].set.clone();
        },
    ));
    cases.push(shared(
        "failing record beside another of its second and set",
        |repository| {
            repository.records[20].set = repository.records[21].set.clone();
            repository.records[20].datestamp = repository.records[21].datestamp;
        },
    ));
    cases.push(shared("failing record, days only, no sets", |repository| {
        repository.seconds = false;
        repository.has_sets = false;
        repository.software = Software::Unnamed;
    }));
    cases.push(shared(
        "failing record, OJS that compares whole days",
        |repository| {
            repository.whole_days = true;
            repository.software = Software::Ojs("3.4.0.10");
        },
    ));
    let two = vec![FIRST.identifier(), LAST.identifier()];
    let expect = Expect {
        kept: Kept::But(two),
        gaps: Gaps::Span,
        exit: 4,
        ..Expect::all()
    };
    cases.push(
        Case::new(
            "two failing records",
            "first and last page",
            ISOLATED,
            expect,
        )
        .rule(FIRST.holding(), Times::Always, error_500())
        .rule(LAST.holding(), Times::Always, error_500()),
    );
    cases
}

fn shapes() -> Vec<Case> {
    let mut cases = Vec::new();
    for spot in SPOTS {
        let doubtful = Expect {
            kept: Kept::Perhaps(vec![spot.identifier()]),
            ..Expect::lost(&spot.identifier())
        };
        let case = |fault, does, expect| Case::new(fault, spot.name, does, expect);
        let damage = |damage| (spot.holding(), Times::Always, Fault::Damage(damage));
        let (place, times, fault) = damage(Damage::NoMetadata);
        cases.push(
            case(
                "record without metadata that is not deleted",
                "lists it as a gap",
                doubtful.clone(),
            )
            .rule(place, times, fault),
        );
        let (place, times, fault) = damage(Damage::NoDatestamp);
        cases.push(
            case(
                "record without datestamp",
                "keeps it, with a finding",
                Expect::all(),
            )
            .rule(place, times, fault),
        );
        let (place, times, fault) = damage(Damage::Longer(10_000_000));
        cases.push(case("record of 10 MB", "keeps it", Expect::all()).rule(place, times, fault));
        let (place, times, fault) = damage(Damage::Nested(50_000));
        cases.push(
            case(
                "record of 50,000 nested elements",
                "refuses it by name, lists it as a gap",
                doubtful.says("deep|depth|nest"),
            )
            .rule(place, times, fault),
        );
    }
    let expect = Expect::lost(&MIDDLE.identifier()).says("large|size|bound|limit|bytes| MB");
    cases.push(
        Case::new(
            "record of 200 MB",
            MIDDLE.name,
            "stops reading at its bound, lists it as a gap",
            expect,
        )
        .rule(
            MIDDLE.holding(),
            Times::Always,
            Fault::Wire(Wire::Flood(200_000_000)),
        )
        .hangs_up(),
    );
    cases
}

fn deletions() -> Vec<Case> {
    let live_wins = "takes the live one";
    let twin = |fault, days: i64| {
        Case::new(fault, "one list", live_wins, Expect::all()).repository(move |repository| {
            repository.software = Software::Ojs("3.2.1.4");
            repository.records.push(tombstone(repository, 10, days));
        })
    };
    vec![
        Case::new(
            "deleted records",
            "list",
            "keeps them as deleted",
            Expect::all(),
        ),
        twin("the same identifier live, later deleted", 200),
        twin("the same identifier deleted, later live", -200),
        twin("the same identifier deleted and live in one second", 0),
        Case::new(
            "tombstones of another journal (OJS 3.4)",
            "list",
            "drops them",
            Expect::all(),
        )
        .repository(|repository| {
            repository.software = Software::Ojs("3.4.0.10");
            repository.whole_days = true;
            add_foreign(repository);
        }),
        Case::new(
            "tombstone that comes later",
            "second run",
            "marks the record as deleted",
            Expect::all(),
        )
        .after(|repository| {
            let newest = repository
                .records
                .iter()
                .map(|record| record.datestamp)
                .max()
                .unwrap();
            repository.records[4].deleted = true;
            repository.records[4].datestamp = newest + chrono::TimeDelta::days(3);
        }),
        Case::new(
            "tombstone of a record that is still there (OJS 3.2)",
            "second run",
            "asks for the record, and keeps it",
            Expect::all(),
        )
        .repository(|repository| repository.software = Software::Ojs("3.2.1.4"))
        .after(|repository| {
            let newest = repository
                .records
                .iter()
                .map(|record| record.datestamp)
                .max()
                .unwrap();
            let datestamp = newest + chrono::TimeDelta::days(3);
            let live = repository.records[4].clone();
            repository.records.push(Record {
                deleted: true,
                datestamp,
                ..live
            });
        }),
        Case::new(
            "record that comes back to life",
            "second run",
            "takes it",
            Expect::all(),
        )
        .after(|repository| {
            let newest = repository
                .records
                .iter()
                .map(|record| record.datestamp)
                .max()
                .unwrap();
            repository.records[7].deleted = false;
            repository.records[7].datestamp = newest + chrono::TimeDelta::days(3);
        }),
    ]
}

pub fn cases() -> Vec<Case> {
    debug_assert_eq!(COUNT, 47, "the records named here are of this repository");
    [poisons(), shapes(), deletions()].concat()
}
