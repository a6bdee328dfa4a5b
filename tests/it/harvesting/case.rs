//! One line of the table of faults: what goes wrong, where, and what must come of it.

use std::collections::VecDeque;
use std::io::Write as _;
use std::sync::Mutex;

use crate::harvesting::command::Harvest;
use crate::harvesting::outcome::{Expect, Gaps, Snapshot};
use crate::harvesting::repository::{Repository, identifier};
use crate::harvesting::script::{Fault, Nth, Place, Rule, Times};
use crate::harvesting::server::{Hit, Server};
use crate::harvesting::tls::Front;

/// Records of the usual repository: five pages.
pub const COUNT: u32 = 47;

/// Harvests at once. Most of their time is waiting.
const WORKERS: usize = 12;

/// Requests that a failing list may cost beside twice those of a plain client and three for each bad record.
const ALLOWANCE: usize = 40;

/// A place on the way through a list, with a live record there that is alone in its day.
#[derive(Clone, Copy, Debug)]
pub struct Spot {
    pub name: &'static str,
    pub nth: Nth,
    /// Pages before it.
    pub pages_before: usize,
    record: u32,
}

pub const FIRST: Spot = Spot {
    name: "first page",
    nth: Nth::First,
    pages_before: 0,
    record: 3,
};
pub const MIDDLE: Spot = Spot {
    name: "middle page",
    nth: Nth::Middle,
    pages_before: 2,
    record: 23,
};
pub const LAST: Spot = Spot {
    name: "last page",
    nth: Nth::Last,
    pages_before: 4,
    record: 43,
};
pub const SPOTS: [Spot; 3] = [FIRST, MIDDLE, LAST];

impl Spot {
    pub fn identifier(&self) -> String {
        identifier(self.record)
    }

    /// The page, whatever it holds.
    pub fn page(&self) -> Place {
        Place::Page(self.nth)
    }

    /// Whatever would hold the record.
    pub fn holding(&self) -> Place {
        Place::Holding(self.identifier())
    }

    /// All from this page on.
    pub fn onward(&self) -> Place {
        Place::AfterPages(self.pages_before)
    }
}

/// A case.
#[derive(Clone, Debug)]
pub struct Case {
    /// The fault.
    pub fault: &'static str,
    /// Where.
    pub place: &'static str,
    /// The behaviour of offprint, for the table.
    pub does: &'static str,
    pub repository: Repository,
    pub rules: Vec<Rule>,
    pub arguments: Vec<&'static str>,
    /// Harvests once in peace, then edits the repository so, then harvests as the case says.
    pub after: Option<fn(&mut Repository)>,
    pub expect: Expect,
    /// True if a front that speaks TLS stands before the server.
    pub tls: bool,
    /// True if the client hangs up in the middle of a response, which the server notices when it next writes.
    pub hangs_up: bool,
    /// Records that no list brings.
    pub bad: usize,
    /// Requests of a plain client, where they are not Identify and the pages of one list.
    pub plain: Option<usize>,
    /// The requests of a plain client grow with the present date.
    pub is_dated: bool,
    /// Requests that it may cost, where that is less than any failing list may.
    pub most: Option<usize>,
}

impl Case {
    pub fn new(
        fault: &'static str,
        place: &'static str,
        does: &'static str,
        expect: Expect,
    ) -> Self {
        Self {
            fault,
            place,
            does,
            repository: Repository::new(COUNT),
            rules: Vec::new(),
            arguments: vec!["--timeout", "2"],
            after: None,
            bad: match &expect.gaps {
                Gaps::Record(_) => 1,
                _ => 0,
            },
            plain: None,
            is_dated: false,
            most: None,
            expect,
            tls: false,
            hangs_up: false,
        }
    }

    pub fn over_tls(mut self) -> Self {
        self.tls = true;
        self
    }

    pub fn hangs_up(mut self) -> Self {
        self.hangs_up = true;
        self
    }

    pub fn rule(mut self, place: Place, times: Times, fault: Fault) -> Self {
        self.rules.push(Rule::new(place, times, fault));
        self
    }

    pub fn repository(mut self, change: impl FnOnce(&mut Repository)) -> Self {
        change(&mut self.repository);
        self
    }

    pub fn arguments(mut self, arguments: &[&'static str]) -> Self {
        self.arguments.extend(arguments);
        self
    }

    pub fn after(mut self, edit: fn(&mut Repository)) -> Self {
        self.after = Some(edit);
        self
    }

    /// So many records come by no list.
    pub fn bad(mut self, records: usize) -> Self {
        self.bad = records;
        self
    }

    /// A plain client would send so many requests: of a server that accepts only narrow windows, one for each.
    pub fn plain(mut self, requests: usize) -> Self {
        self.plain = Some(requests);
        self
    }

    /// It costs so many requests at most.
    pub fn at_most(mut self, requests: usize) -> Self {
        self.most = Some(requests);
        self
    }

    /// Sets the requests of a plain client that sends one for each month up to the present.
    pub fn plain_until_now(mut self, requests: usize) -> Self {
        self.is_dated = true;
        self.plain(requests)
    }

    /// Requests that it may cost: twice those of a plain client, three for each bad record, and 40.
    pub fn bound(&self) -> usize {
        let any = 2 * self.plain_requests() + 3 * self.bad + ALLOWANCE;
        self.most.unwrap_or(any)
    }

    /// Requests of a plain client: Identify, and the pages of one complete list.
    pub fn plain_requests(&self) -> usize {
        let pages = self
            .repository
            .records
            .len()
            .div_ceil(self.repository.page_size);
        self.plain.unwrap_or(1 + pages.max(1))
    }

    fn name(&self) -> String {
        let tls = if self.tls { ", over TLS" } else { "" };
        format!("{} ({}{tls})", self.fault, self.place)
    }

    /// The place, by which its requests are noted: those over TLS stand apart.
    pub fn noted_place(&self) -> String {
        let tls = if self.tls { ", over TLS" } else { "" };
        format!("{}{tls}", self.place)
    }

    /// Runs it; what is wrong with its outcome.
    fn run(&self) -> Vec<String> {
        let dir = tempfile::tempdir().expect("there is a place for temporary files");
        let first = if self.after.is_some() {
            Vec::new()
        } else {
            self.rules.clone()
        };
        let server = Server::start(self.repository.clone(), first);
        let front = self.tls.then(|| Front::start(server.port()));
        let mut harvest = match &front {
            Some(front) => Harvest::of_records(dir.path(), &front.url(&server.url()))
                .args(&["--ca-file", front.ca_file()]),
            None => Harvest::of_records(dir.path(), &server.url()),
        };
        harvest = harvest.args(&self.arguments);
        if let Some(edit) = self.after {
            let finished = harvest.run();
            if finished.code != Some(0) {
                return vec![format!(
                    "the first harvest exits {:?}: {}",
                    finished.code, finished.stderr
                )];
            }
            server.edit(edit);
            server.script(self.rules.clone());
            server.take_hits();
        }
        let started = std::time::Instant::now();
        let finished = harvest.run();
        let seconds = started.elapsed().as_secs_f64();
        measured(self, server.hits().len(), seconds);
        let snapshot = Snapshot::read(harvest.store());
        let repository = server.repository();

        let mut wrong = Vec::new();
        if finished.hung {
            wrong.push("it hangs".to_owned());
        }
        if finished.code != Some(self.expect.exit) {
            wrong.push(format!(
                "exit {:?}, not {}",
                finished.code, self.expect.exit
            ));
        }
        wrong.extend(
            self.expect
                .wrong_identifiers(&snapshot, &repository, &server.healthy()),
        );
        wrong.extend(snapshot.wrong_records(&repository, &server.damaged()));
        wrong.extend(self.expect.wrong_gaps(&snapshot, &repository));
        wrong.extend(self.expect.unsaid(&snapshot, &finished.stderr));
        wrong.extend(snapshot.complaints.clone());
        wrong.extend(self.wrong_requests(&server.hits()));
        if server.fired().contains(&0) {
            wrong.push(format!("a fault never came: {:?}", server.fired()));
        }
        // Arguments that are meant to be refused are refused.
        let is_meant =
            self.repository.token_wants_prefix || self.repository.rejects_before.is_some();
        if self.expect.exit != 1 && !is_meant {
            wrong.extend(server.refused().into_iter().filter(|refusal| {
                refusal.starts_with("badArgument") || refusal.starts_with("badVerb")
            }));
        }
        if !wrong.is_empty() {
            wrong.push(format!("stderr: {}", finished.stderr.trim()));
        }
        wrong
    }

    /// Returns faults in the requests that no harvest may have, whatever the server does.
    fn wrong_requests(&self, hits: &[Hit]) -> Vec<String> {
        let mut wrong = Vec::new();
        let mut when = |what: &str, is_wrong: &dyn Fn(&Hit) -> bool| {
            if let Some(hit) = hits.iter().find(|hit| is_wrong(hit)) {
                wrong.push(format!("{what}: {}?{}", hit.path, hit.query));
            }
        };
        when("a cookie was sent", &|hit| hit.header("cookie").is_some());
        // Through a front, the end of a response reaches the client before the server has counted it.
        when("two requests at once", &|hit| {
            hit.in_flight > 1 && !self.tls && !self.hangs_up
        });
        when("another host was asked", &|hit| {
            !hit.header("host").unwrap_or("").starts_with("127.0.0.1")
        });
        when("no name of the tool", &|hit| {
            !hit.header("user-agent")
                .unwrap_or("")
                .to_lowercase()
                .contains("offprint")
        });
        if hits.len() > self.bound() {
            wrong.push(format!("{} requests, bound {}", hits.len(), self.bound()));
        }
        if self.expect.stops
            && let Some(fault) = hits.iter().position(|hit| hit.faulty)
        {
            let more = hits[fault + 1..]
                .iter()
                .filter(|hit| hit.path.ends_with("/oai"))
                .count();
            if more > 0 {
                wrong.push(format!("{more} requests after the server had said no"));
            }
        }
        wrong
    }
}

/// Where the requests of each case stand that the page shows.
pub fn requests_file() -> std::path::PathBuf {
    std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/faults/requests.tsv")
}

/// Notes what a case cost, when the page is written again: a line of its own for each, so that tests side by side do
/// not meet.
fn measured(case: &Case, requests: usize, seconds: f64) {
    let Some(folder) = std::env::var_os("OFFPRINT_FAULT_REQUESTS") else {
        return;
    };
    let line = format!(
        "{}\t{}\t{requests}\t{}\t{seconds:.1}\n",
        case.fault,
        case.noted_place(),
        case.bound()
    );
    let mut file = std::fs::OpenOptions::new()
        .create(true)
        .append(true)
        .open(folder)
        .expect("the file of requests can be opened");
    file.write_all(line.as_bytes())
        .expect("the file of requests can be written");
}

/// Runs cases side by side and reports all that fail. `OFFPRINT_FAULT` picks those whose name holds it.
pub fn run_all(cases: Vec<Case>) {
    let wanted = std::env::var("OFFPRINT_FAULT").unwrap_or_default();
    let queue: Mutex<VecDeque<Case>> = Mutex::new(
        cases
            .into_iter()
            .filter(|case| case.name().contains(&wanted))
            .collect(),
    );
    let failures = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..WORKERS {
            scope.spawn(|| {
                loop {
                    let Some(case) = queue.lock().unwrap().pop_front() else {
                        return;
                    };
                    let wrong = case.run();
                    if !wrong.is_empty() {
                        let text = format!("{}\n    {}", case.name(), wrong.join("\n    "));
                        failures.lock().unwrap().push(text);
                    }
                }
            });
        }
    });
    let failures = failures.into_inner().unwrap();
    assert!(
        failures.is_empty(),
        "{} cases fail:\n\n{}\n",
        failures.len(),
        failures.join("\n\n")
    );
}
