//! Lists whose size, windows, sets or clock are not as told, and lists that change meanwhile.

use chrono::{TimeDelta, Utc};

use crate::harvesting::case::{COUNT, Case, FIRST, MIDDLE};
use crate::harvesting::outcome::{Expect, Kept};
use crate::harvesting::repository::{ListSize, Repository, Software, identifier};
use crate::harvesting::script::{Fault, Place, Times};

/// Months from the first record to the present: a server that accepts no wider windows is sent one request for each.
fn months() -> usize {
    let days = (Utc::now() - Repository::new(1).records[0].datestamp).num_days();
    usize::try_from(days / 30 + 1).unwrap()
}

/// Ranges before a wrong earliestDatestamp that are looked into.
const BEFORE: usize = 60;

/// Identifiers outside of what a request selects.
fn outside(selects: impl Fn(&crate::harvesting::repository::Record) -> bool) -> Vec<String> {
    let records = Repository::new(COUNT).records;
    records
        .into_iter()
        .filter(|record| !selects(record))
        .map(|record| record.identifier)
        .collect()
}

fn sizes() -> Vec<Case> {
    let sized = |fault, size, does, expect| {
        Case::new(fault, "each list", does, expect)
            .repository(move |repository| repository.list_size = size)
    };
    vec![
        sized(
            "completeListSize too big",
            ListSize::Off(13),
            "lists the identifiers; since it has them all, says that the promise was wrong",
            Expect::all().says("completeListSize|promised"),
        ),
        sized(
            "completeListSize too big, and the list ends with a full page",
            ListSize::Off(13),
            "takes the list again by narrower windows, until each is complete",
            Expect::all(),
        )
        .repository(|repository| repository.records = Repository::new(50).records),
        sized(
            "completeListSize too small",
            ListSize::Off(-13),
            "goes on to the end of the list",
            Expect::all(),
        ),
        Case::new(
            "records that are counted, but left out of ListRecords",
            "last pages",
            "sees that even narrower windows do not come to what was promised; takes them by ListIdentifiers and \
             GetRecord",
            Expect::all(),
        )
        .rule(Place::AnyPage, Times::Always, Fault::Unlisted(21))
        .bad(26),
        sized("no completeListSize", ListSize::Absent, "goes by the token", Expect::all()),
    ]
}

fn windows() -> Vec<Case> {
    let mut cases = Vec::new();
    for (fault, status) in [
        ("413 for windows wider than a month", 413),
        ("422 for windows wider than a month", 422),
        ("500 for windows wider than a month", 500),
    ] {
        cases.push(
            Case::new(fault, "each list", "narrows the windows", Expect::all())
                .rule(
                    Place::WiderThan(31),
                    Times::Always,
                    Fault::Status(status, Vec::new()),
                )
                .plain_until_now(1 + months()),
        );
    }
    for (fault, place, does, expect) in [
        (
            "413 for lists that are open at their end, and a wrong earliestDatestamp",
            Place::OpenEnd,
            "looks before it too",
            Expect::all(),
        ),
        (
            "413 for windows wider than a month, and a wrong earliestDatestamp",
            Place::WiderThan(31),
            "looks before it too, month by month, and says where it stopped",
            Expect::all().says("open at its start"),
        ),
        (
            "500 for windows wider than a year, and a wrong earliestDatestamp",
            Place::WiderThan(366),
            "looks before it too, year by year, and says where it stopped",
            Expect::all().says("open at its start"),
        ),
    ] {
        let status = if fault.starts_with("500") { 500 } else { 413 };
        cases.push(
            Case::new(fault, "each list", does, expect)
                .repository(|repository| repository.earliest = Some("2021-06-01T00:00:00Z"))
                .rule(place, Times::Always, Fault::Status(status, Vec::new()))
                .plain_until_now(1 + months() + BEFORE),
        );
    }
    cases.push(
        Case::new(
            "413 for windows wider than a day",
            "each list",
            "narrows the windows",
            Expect::all(),
        )
        .repository(|repository| {
            repository.records.truncate(12);
            for (record, days) in repository.records.iter_mut().zip(2..) {
                record.datestamp = Utc::now() - TimeDelta::days(30 - days);
            }
        })
        .rule(
            Place::WiderThan(1),
            Times::Always,
            Fault::Status(413, Vec::new()),
        )
        .plain(1 + 31),
    );
    cases.push(
        Case::new(
            "`from` ignored",
            "second run",
            "says so, drops what has not changed",
            Expect::all().says("from"),
        )
        .repository(|repository| repository.ignores_dates = true)
        .after(Repository::publish),
    );
    cases.push(
        Case::new(
            "`from` and `until` ignored, and a failing record",
            "middle page",
            "ends, keeps all others, lists it as a gap",
            Expect::lost(&MIDDLE.identifier()),
        )
        .repository(|repository| repository.ignores_dates = true)
        .rule(
            MIDDLE.holding(),
            Times::Always,
            Fault::Status(500, Vec::new()),
        ),
    );
    let year = outside(|record| record.datestamp.format("%Y").to_string() == "2020");
    let expect = Expect {
        kept: Kept::But(year),
        ..Expect::all()
    };
    cases.push(
        Case::new(
            "no fault: a span of dates",
            "`--from`, `--until`",
            "keeps the span",
            expect,
        )
        .arguments(&["--from", "2020-01-01", "--until", "2020-12-31"]),
    );
    for (fault, seconds, software) in [
        ("no fault: datestamps of days", false, Software::Unnamed),
        ("no fault: software without a name", true, Software::Unnamed),
    ] {
        cases.push(
            Case::new(fault, "list", "keeps all", Expect::all()).repository(|repository| {
                repository.seconds = seconds;
                repository.software = software;
            }),
        );
    }
    cases
}

fn answers() -> Vec<Case> {
    let reviews = Expect {
        kept: Kept::But(outside(|record| record.set == "jcs:REV")),
        ..Expect::all()
    };
    vec![
        Case::new(
            "noRecordsMatch",
            "empty repository",
            "has nothing to do",
            Expect::all(),
        )
        .repository(|repository| repository.records.clear()),
        Case::new(
            "noRecordsMatch",
            "second run",
            "has nothing to do",
            Expect::all(),
        )
        .after(|_| {}),
        Case::new(
            "status 204 where noRecordsMatch should stand",
            "second run",
            "has nothing to do, once Identify and ListIdentifiers have borne it out",
            Expect::all().says("204"),
        )
        .after(|_| {})
        .rule(Place::WiderThan(0), Times::Always, Fault::Nothing(204)),
        Case::new(
            "empty answer where noRecordsMatch should stand",
            "second run",
            "has nothing to do, once Identify and ListIdentifiers have borne it out",
            Expect::all().says("empty"),
        )
        .after(|_| {})
        .rule(Place::WiderThan(0), Times::Always, Fault::Nothing(200)),
        Case::new(
            "record that makes the answer empty",
            "second run",
            "isolates the record, keeps all others, lists it as a gap",
            Expect::lost(&identifier(COUNT)),
        )
        .after(Repository::publish)
        .rule(
            Place::Holding(identifier(COUNT)),
            Times::Always,
            Fault::Nothing(200),
        ),
        Case::new(
            "empty answers from here on",
            "second run",
            "fails: nothing answers any more",
            Expect::failed().kept(Kept::All),
        )
        .after(|_| {})
        .rule(Place::Everywhere, Times::Always, Fault::Nothing(200)),
        Case::new(
            "status 204 for each list",
            "first run",
            "fails, names it",
            Expect::failed().says("204"),
        )
        .rule(Place::WiderThan(0), Times::Always, Fault::Nothing(204)),
        Case::new(
            "empty answer to each list",
            "first run",
            "fails, names it",
            Expect::failed().says("empty"),
        )
        .rule(Place::WiderThan(0), Times::Always, Fault::Nothing(200)),
        Case::new(
            "500 for each Identify",
            "first run",
            "lists all the same",
            Expect::all().says("Identify failed"),
        )
        .rule(
            Place::Identify,
            Times::Always,
            Fault::Status(500, Vec::new()),
        ),
        Case::new(
            "500 for each ListRecords",
            "each list",
            "takes the list by ListIdentifiers and GetRecord",
            Expect::all(),
        )
        .rule(
            Place::AnyPage,
            Times::Always,
            Fault::Status(500, Vec::new()),
        )
        .bad(47),
        Case::new(
            "noRecordsMatch beside badArgument",
            "each list",
            "fails, names the error that is one",
            Expect::failed().says("badArgument"),
        )
        .rule(
            Place::AnyPage,
            Times::Always,
            Fault::Protocol("noRecordsMatch+badArgument"),
        ),
        Case::new(
            "cannotDisseminateFormat",
            "first page",
            "fails, names the format",
            Expect::failed().says("marc21|cannotDisseminateFormat"),
        )
        .arguments(&["--prefix", "marc21"]),
        Case::new("no fault: a set", "`--set`", "keeps the set", reviews)
            .arguments(&["--set", "jcs:REV"]),
        Case::new(
            "unknown set, answered by noRecordsMatch",
            "`--set`",
            "fails: looks the set up in ListSets, names it",
            Expect::failed().says("jcs:NONE"),
        )
        .arguments(&["--set", "jcs:NONE"]),
        Case::new(
            "noSetHierarchy",
            "`--set`",
            "fails, names it",
            Expect::failed().says("set"),
        )
        .repository(|repository| repository.has_sets = false)
        .arguments(&["--set", "jcs:REV"]),
    ]
}

fn changes() -> Vec<Case> {
    let clock = |fault, seconds| {
        Case::new(
            fault,
            "second run",
            "goes by the newest datestamp seen as well, misses nothing new",
            Expect::all(),
        )
        .repository(move |repository| repository.clock_off = seconds)
        .after(Repository::publish)
    };
    vec![
        clock("clock three days ahead", 3 * 86_400),
        clock("clock a year ahead", 365 * 86_400),
        clock("clock three days behind", -3 * 86_400),
        clock("no fault: a new record", 0),
        Case::new(
            "`from` before the start of the server, which it calls its earliest datestamp",
            "second run",
            "lists everything, without `from`, and remembers that",
            Expect::all(),
        )
        .repository(|repository| {
            repository.rejects_before = Some("2031-01-01");
            repository.earliest = Some("2031-01-01T00:00:00Z");
        })
        .after(Repository::publish),
        Case::new(
            "record edited later",
            "second run",
            "takes the new version",
            Expect::all(),
        )
        .after(|repository| repository.touch(&identifier(12))),
        Case::new(
            "record repeated over the page edge",
            "each page",
            "keeps it once",
            Expect::all(),
        )
        .repository(|repository| repository.repeats_edge = true),
        Case::new(
            "record edited in mid-list, so that another slips over the page edge",
            "first page",
            "sees that the count disagrees, lists again, keeps both",
            Expect::all(),
        )
        .rule(FIRST.page(), Times::Once, Fault::Touch(identifier(2))),
    ]
}

/// ListRecords fails, and ListIdentifiers says that there is nothing.
fn contradictions() -> Vec<Case> {
    let contradicting = |fault, place, does, refusal: Fault, expect| {
        Case::new(fault, place, does, expect)
            .rule(Place::Verb("ListRecords"), Times::Always, refusal)
            .rule(
                Place::Verb("ListIdentifiers"),
                Times::Always,
                Fault::Protocol("noRecordsMatch"),
            )
    };
    // Failed, and the span is a gap.
    let lost = |kept| Expect {
        exit: 1,
        kept,
        ..Expect::partial()
    };
    let own_code = || Fault::Protocol("tokenStorageFull");
    let unlisted = Kept::But(vec![identifier(COUNT)]);
    vec![
        contradicting(
            "own code for each ListRecords, while ListIdentifiers names nothing",
            "first run",
            "fails, notes a gap: the list is not taken for an empty one",
            own_code(),
            lost(Kept::Received),
        ),
        Case::new(
            "own code for each list",
            "first run",
            "asks for narrower windows down to a part of a day, then gives up",
            lost(Kept::Received),
        )
        .rule(Place::Verb("ListRecords"), Times::Always, own_code())
        .rule(Place::Verb("ListIdentifiers"), Times::Always, own_code()),
        contradicting(
            "422 for each ListRecords, while ListIdentifiers names nothing",
            "first run",
            "fails, notes a gap: the list is not taken for an empty one",
            Fault::Status(422, Vec::new()),
            lost(Kept::Received),
        ),
        contradicting(
            "own code for each ListRecords, while ListIdentifiers names nothing",
            "second run",
            "fails, notes a gap: the list is not taken for an empty one",
            own_code(),
            lost(unlisted.clone()),
        )
        .after(Repository::publish),
        contradicting(
            "422 for each ListRecords, while ListIdentifiers names nothing",
            "second run",
            "fails, notes a gap: the list is not taken for an empty one",
            Fault::Status(422, Vec::new()),
            lost(unlisted),
        )
        .after(Repository::publish),
        Case::new(
            "500 for a record, while ListIdentifiers names nothing",
            "middle page",
            "isolates the record by narrower lists, keeps all others",
            Expect::partial().kept(Kept::But(vec![MIDDLE.identifier()])),
        )
        .bad(1)
        .rule(
            MIDDLE.holding(),
            Times::Always,
            Fault::Status(500, Vec::new()),
        )
        .rule(
            Place::Verb("ListIdentifiers"),
            Times::Always,
            Fault::Protocol("noRecordsMatch"),
        ),
        Case::new(
            "500 where noRecordsMatch should stand",
            "second run",
            "has nothing to do, once ListIdentifiers, which names records elsewhere, has confirmed it",
            Expect::all().says("500"),
        )
        .after(|_| {})
        .rule(
            Place::Verb("ListRecords"),
            Times::Always,
            Fault::Status(500, Vec::new()),
        ),
        Case::new(
            "noSetHierarchy",
            "each list of no set",
            "fails, names it",
            Expect::failed().says("noSetHierarchy, although no set was requested"),
        )
        .rule(
            Place::AnyPage,
            Times::Always,
            Fault::Protocol("noSetHierarchy"),
        ),
    ]
}

pub fn cases() -> Vec<Case> {
    [sizes(), windows(), answers(), contradictions(), changes()].concat()
}
