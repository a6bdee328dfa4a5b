//! Requests of an incremental harvest when a whole repository lies in the overlap behind its cursor, as after a change
//! that moved all datestamps: the records are not fetched again, and no change among them is missed.

use crate::harvesting;

use chrono::{DateTime, TimeDelta, Timelike as _, Utc};
use harvesting::command::Harvest;
use harvesting::outcome::Snapshot;
use harvesting::repository::{ListSize, Repository, Software, identifier};
use harvesting::script::{Fault, Place, Rule, Times};
use harvesting::server::Server;

/// Requests of one harvest: (Identify apart) pages of records, pages of identifiers, single records.
type Asked = (usize, usize, usize);

/// A store of its own for harvests of one server.
struct Nights {
    folder: tempfile::TempDir,
    server: Server,
}

impl Nights {
    fn new(repository: Repository) -> Self {
        Self {
            folder: tempfile::tempdir().unwrap(),
            server: Server::start(repository, vec![]),
        }
    }

    /// Harvests, and has the store hold what the server does.
    fn harvest(&self) -> Asked {
        self.server.take_hits();
        let harvest = Harvest::of_records(self.folder.path(), &self.server.url());
        let finished = harvest.run();
        assert_eq!(finished.code, Some(0), "{}", finished.stderr);
        let snapshot = Snapshot::read(harvest.store());
        let repository = self.server.repository();
        let known = repository
            .records
            .iter()
            .map(|record| record.identifier.clone())
            .collect();
        assert_eq!(snapshot.identifiers(), known);
        for ((_, identifier, _), found) in &snapshot.items {
            let record = repository.record(identifier).unwrap();
            assert_eq!(
                found.datestamp,
                repository.stamp(record.datestamp),
                "{identifier}"
            );
            assert_eq!(found.deleted, record.deleted, "{identifier}");
            let raw = String::from_utf8_lossy(&found.raw);
            assert!(
                record.deleted || raw.contains(&format!("{}<", record.title)),
                "{identifier}: {raw}"
            );
        }
        assert_eq!(snapshot.gaps, []);
        let hits = self.server.take_hits();
        let count = |verb| hits.iter().filter(|hit| hit.is(verb)).count();
        (
            count("ListRecords"),
            count("ListIdentifiers"),
            count("GetRecord"),
        )
    }

    /// Moves all datestamps to this time.
    fn touch_all(&self, to: DateTime<Utc>) {
        self.server.edit(|repository| {
            for record in &mut repository.records {
                record.datestamp = to;
            }
        });
    }
}

fn ago(time: TimeDelta) -> DateTime<Utc> {
    Utc::now() - time
}

/// So many minutes after an hour ago; in the morning so many ahead, as by a clock that is, since it is to be the same
/// day.
fn today(minutes: i64) -> DateTime<Utc> {
    let now = Utc::now();
    now + TimeDelta::minutes(if now.hour() < 12 {
        minutes
    } else {
        minutes - 60
    })
}

/// As OJS 3.4 answers: whole days are compared. All records on one day of 2021.
fn ojs(count: u32) -> Repository {
    Repository {
        page_size: 100,
        software: Software::Ojs("3.4.0.5"),
        whole_days: true,
        ..Repository::crowded(count)
    }
}

#[test]
fn all_are_fetched_once_when_all_datestamps_were_moved() {
    let nights = Nights::new(Repository {
        page_size: 100,
        ..Repository::new(350)
    });
    nights.server.edit(|repository| {
        for record in &mut repository.records {
            record.datestamp = Utc::now() - TimeDelta::days(30 + i64::from(record.number) * 5);
        }
    });
    assert_eq!(nights.harvest(), (4, 0, 0));
    assert_eq!(nights.harvest(), (1, 0, 0), "few lie in the overlap");
    nights.touch_all(ago(TimeDelta::days(20)));
    assert_eq!(nights.harvest(), (4, 0, 0), "all have changed");
    for _ in 0..3 {
        assert_eq!(
            nights.harvest(),
            (1, 1, 0),
            "what is newer, and a count of what is not"
        );
    }
}

#[test]
fn within_the_day_they_are_compared_by_their_identifiers() {
    let nights = Nights::new(ojs(350));
    nights.harvest();
    nights.touch_all(today(5));
    assert_eq!(nights.harvest().0, 4);
    // No count proves anything yet: what is edited today stays within the day.
    assert_eq!(nights.harvest(), (0, 4, 0));
    nights.server.edit(|repository| {
        for number in [3, 170, 349] {
            let record = repository
                .records
                .iter_mut()
                .find(|record| record.number == number)
                .unwrap();
            (record.datestamp, record.deleted) = (today(9), number == 349);
            record.title.push_str(", revised");
        }
        repository.publish();
        repository.records.last_mut().unwrap().datestamp = today(9);
    });
    assert_eq!(
        nights.harvest(),
        (0, 4, 3),
        "two edited and one new; the tombstone stands in the list"
    );
    assert_eq!(nights.harvest(), (0, 4, 0));
}

#[test]
fn lists_records_if_many_have_changed() {
    let nights = Nights::new(ojs(350));
    nights.harvest();
    nights.touch_all(today(5));
    nights.harvest();
    nights.touch_all(today(9));
    assert_eq!(nights.harvest(), (4, 1, 0));
}

#[test]
fn fetches_edited_and_late_records() {
    let nights = Nights::new(ojs(350));
    nights.harvest();
    assert_eq!(nights.harvest(), (1, 1, 0));
    nights
        .server
        .edit(|repository| repository.touch(&identifier(12)));
    // Newer than the day of all others, and so no longer among them.
    assert_eq!(nights.harvest(), (1, 1, 0));
    // One that the server's index was late with, and another that is edited at the same time: the count is as it was.
    nights.server.edit(|repository| {
        let day = repository.records[0].datestamp;
        repository.touch(&identifier(20));
        repository.publish();
        repository.records.last_mut().unwrap().datestamp = day;
    });
    assert_eq!(nights.harvest(), (1, 4, 1));
}

#[test]
fn a_server_that_does_not_count_is_compared_with() {
    for list_size in [ListSize::Absent, ListSize::Off(3)] {
        let nights = Nights::new(Repository {
            list_size,
            ..ojs(350)
        });
        nights.harvest();
        let (records, identifiers, single) = nights.harvest();
        assert!(
            records <= 5 && identifiers >= 4 && single == 0,
            "{records} {identifiers} {single}"
        );
    }
}

#[test]
fn trusts_day_granularity_once_the_day_is_over() {
    let days = |time| {
        let nights = Nights::new(Repository {
            seconds: false,
            software: Software::Unnamed,
            ..ojs(350)
        });
        nights.touch_all(time);
        nights.harvest();
        nights.harvest()
    };
    assert_eq!(days(ago(TimeDelta::days(20))), (1, 1, 0));
    assert_eq!(days(Utc::now()), (4, 0, 0));
}

#[test]
fn failing_identifier_lists_are_not_a_loss() {
    let nights = Nights::new(ojs(350));
    nights.harvest();
    for status in [500, 404, 403] {
        nights.server.script(vec![Rule::new(
            Place::Verb("ListIdentifiers"),
            Times::Always,
            Fault::Status(status, vec![]),
        )]);
        assert_eq!(nights.harvest().0, 5, "{status}");
    }
}

/// A comparison brings few of the records that there are: what it does not bring is not gone, although the list began
/// at the repository's beginning.
#[test]
fn records_missing_from_an_incremental_list_are_kept() {
    let nights = Nights::new(Repository {
        deleted_record: "no",
        ..ojs(350)
    });
    nights
        .server
        .edit(|repository| repository.records.retain(|record| !record.deleted));
    nights.harvest();
    for _ in 0..2 {
        assert_eq!(nights.harvest(), (1, 1, 0));
    }
}

/// A server that gives everything whatever dates are requested has given the overlap with what is newer.
#[test]
fn received_overlap_is_not_listed_again() {
    let refuses = Rule::new(
        Place::Verb("ListIdentifiers"),
        Times::Always,
        Fault::Protocol("badVerb"),
    );
    for rules in [vec![], vec![refuses]] {
        let nights = Nights::new(Repository {
            ignores_dates: true,
            ..ojs(350)
        });
        nights.harvest();
        nights.server.script(rules);
        assert_eq!(nights.harvest(), (4, 0, 0));
        nights.server.edit(Repository::publish);
        assert_eq!(nights.harvest(), (4, 0, 0));
    }
}
