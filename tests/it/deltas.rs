//! Random rounds of change, harvest and export, some of them killed: whoever applies the changes in order holds
//! what the full export holds.
//!
//! Thirty rounds, or as many as `OFFPRINT_ROUNDS` says; `OFFPRINT_SEED` gives others.

use crate::cli_support;
use crate::harvesting;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use chrono::Utc;
use fastrand::Rng;
use serde_json::Value;

use harvesting::repository::Repository;
use harvesting::server::Server;

/// Records at the beginning: three pages.
const COUNT: u32 = 24;

/// A client's copy of the collection: the newest line of each article or deletion, by its id.
#[derive(Clone, Debug, Default, PartialEq)]
struct Held(BTreeMap<String, Value>);

impl Held {
    fn apply(&mut self, lines: &str) {
        for line in lines.lines() {
            let mut entry: Value = serde_json::from_str(line).unwrap();
            // When a version was fetched is no change of the article.
            entry["provenance"]["harvested_at"].take();
            self.0
                .insert(entry["id"].as_str().unwrap().to_owned(), entry);
        }
    }

    fn assert_same(&self, full: &Self, when: &str) {
        for (id, entry) in &full.0 {
            assert_eq!(self.0.get(id), Some(entry), "{when}: {id}");
        }
        assert_eq!(
            self.0.len(),
            full.0.len(),
            "{when}: more than the full export has"
        );
    }
}

/// Takes each numbered file once, when it is first seen.
#[derive(Default)]
struct Follower {
    held: Held,
    taken: Vec<PathBuf>,
}

impl Follower {
    fn take(&mut self, folder: &Path) {
        for file in numbered(folder) {
            if !self.taken.contains(&file) {
                self.held.apply(&std::fs::read_to_string(&file).unwrap());
                self.taken.push(file);
            }
        }
    }
}

/// Asks for what changed since the newest run it knew of.
#[derive(Default)]
struct Asker {
    held: Held,
    run: i64,
}

/// The files of changes in their order.
fn numbered(folder: &Path) -> Vec<PathBuf> {
    let files = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    let named = |path: &PathBuf| {
        path.file_name()
            .unwrap()
            .to_string_lossy()
            .starts_with("changes.")
    };
    let mut files: Vec<_> = files.filter(named).collect();
    files.sort();
    files
}

/// A journal, and the folder its collection is kept in.
struct World {
    server: Server,
    dir: tempfile::TempDir,
    rng: Rng,
    /// The duration of an undisturbed run.
    lasts: Duration,
}

impl World {
    fn new(seed: u64) -> Self {
        let server = Server::start(Repository::new(COUNT), Vec::new());
        let dir = tempfile::tempdir().unwrap();
        let config = format!(
            "rate = \"unlimited\"\nbackoff = 0.01\n\n[[source]]\nname = \"jcs\"\nurl = \"{}\"\n\n\
             [[export]]\nname = \"changes\"\nformat = \"jsonl\"\npath = \"out/changes.jsonl\"\n\
             changed_since = \"last\"\n",
            server.url()
        );
        std::fs::write(dir.path().join("offprint.toml"), config).unwrap();
        std::fs::create_dir(dir.path().join("out")).unwrap();
        Self {
            server,
            dir,
            rng: Rng::with_seed(seed),
            lasts: Duration::ZERO,
        }
    }

    fn out(&self) -> PathBuf {
        self.dir.path().join("out")
    }

    /// Runs a command that must succeed; its output.
    fn offprint(&self, arguments: &[&str]) -> String {
        let output = cli_support::offprint(self.dir.path())
            .args(arguments)
            .output()
            .unwrap();
        let complaint = String::from_utf8_lossy(&output.stderr);
        // A list that was edited between a kill and its resumption may have to be called incomplete: what is
        // exported of it has to add up all the same.
        let fine: &[i32] = if arguments[0] == "run" { &[0, 4] } else { &[0] };
        let code = output.status.code();
        assert!(
            code.is_some_and(|code| fine.contains(&code)),
            "offprint {arguments:?}: {code:?} {complaint}"
        );
        String::from_utf8(output.stdout).unwrap()
    }

    fn full(&self) -> Held {
        let mut held = Held::default();
        held.apply(&self.offprint(&["export", "jsonl", "--quiet"]));
        held
    }

    /// Brings someone who asks up to date.
    fn answer(&self, asker: &mut Asker) {
        let status: Value = serde_json::from_str(&self.offprint(&["status", "--json"])).unwrap();
        let newest = status["runs"][0]["run"].as_i64().unwrap();
        let since = asker.run.to_string();
        let mut arguments = vec!["export", "jsonl", "--quiet"];
        if asker.run > 0 {
            arguments.extend(["--changed-since", &since]);
        }
        asker.held.apply(&self.offprint(&arguments));
        asker.run = newest;
    }

    /// Makes the edits of one day.
    fn edit(&mut self) {
        for _ in 0..self.rng.usize(0..6) {
            let action = self.rng.u8(0..12);
            let choice = self.rng.usize(..);
            self.server.edit(|repository| {
                let place = choice % repository.records.len();
                let record = &mut repository.records[place];
                match action {
                    0..4 => {
                        record.title.push_str(", revised");
                        record.datestamp = Utc::now();
                    }
                    4..7 => {
                        record.deleted = true;
                        record.datestamp = Utc::now();
                    }
                    // Published again as it was.
                    7..9 => {
                        record.deleted = false;
                        record.datestamp = Utc::now();
                    }
                    // Saved without a change.
                    9 => record.datestamp = Utc::now(),
                    _ => repository.publish(),
                }
            });
        }
    }

    fn start(&self, arguments: &[&str]) -> Child {
        let ready = cli_support::offprint(self.dir.path());
        let mut command = Command::new(ready.get_program());
        command.args(arguments).current_dir(self.dir.path());
        for (name, value) in ready.get_envs() {
            match value {
                Some(value) => command.env(name, value),
                None => command.env_remove(name),
            };
        }
        command
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap()
    }

    /// Kills a command at a moment nobody chose, or as soon as it has begun to write its file; tells whether it
    /// was still at work.
    fn kill(&mut self, arguments: &[&str]) -> bool {
        let mut child = self.start(arguments);
        if self.rng.bool() {
            std::thread::sleep(self.lasts.mul_f64(self.rng.f64()));
        } else {
            let is_hidden = |entry: std::io::Result<std::fs::DirEntry>| {
                entry.is_ok_and(|entry| entry.file_name().to_string_lossy().starts_with('.'))
            };
            let before = std::fs::read_dir(self.out()).unwrap().count();
            // Either the file under way, or, when this looks too late, its name in place.
            let begun = |folder: &Path| {
                std::fs::read_dir(folder).unwrap().any(is_hidden)
                    || std::fs::read_dir(folder).unwrap().count() > before
            };
            while child.try_wait().unwrap().is_none() && !begun(&self.out()) {
                std::thread::yield_now();
            }
        }
        let was_at_work = child.try_wait().unwrap().is_none();
        let _ = child.kill();
        child.wait().unwrap();
        // What a killed export leaves beside its place is nobody's file.
        for entry in std::fs::read_dir(self.out()).unwrap().map(Result::unwrap) {
            if entry.file_name().to_string_lossy().starts_with('.') {
                std::fs::remove_file(entry.path()).unwrap();
            }
        }
        was_at_work
    }
}

fn number(name: &str, default: u64) -> u64 {
    std::env::var(name)
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or(default)
}

#[test]
fn changes_add_up_to_the_whole() {
    let (rounds, seed) = (number("OFFPRINT_ROUNDS", 30), number("OFFPRINT_SEED", 1));
    let mut world = World::new(seed);
    let (mut follower, mut asker) = (Follower::default(), Asker::default());
    let mut killed = 0;
    for round in 0..rounds {
        let when = format!("round {round}, seed {seed}");
        if round > 0 {
            world.edit();
        }
        if round % 10 == 9 {
            let records = world.server.repository().records;
            let one = &records[world.rng.usize(..records.len())].identifier;
            let _ = cli_support::offprint(world.dir.path())
                .args(["forget", "jcs", one, "--yes"])
                .output();
        }
        for _ in 0..[0, 0, 1, 2][world.rng.usize(..4)] {
            killed += u32::from(world.kill(&["run", "--all", "--quiet"]));
            // Some look at once, some only when all is well again.
            if world.rng.bool() {
                follower.take(&world.out());
            }
            if world.rng.bool() {
                world.edit();
            }
        }
        if world.rng.u8(0..4) == 0 && asker.run > 0 {
            let (file, since) = (world.out().join("partial.jsonl"), asker.run.to_string());
            let before = std::fs::read(&file).ok();
            let path = file.to_str().unwrap().to_owned();
            if world.kill(&["export", "jsonl", "--changed-since", &since, "-o", &path]) {
                killed += 1;
                let after = std::fs::read_to_string(&file).ok();
                // Whole lines, or what stood there before.
                if after.as_deref().map(str::as_bytes) != before.as_deref() {
                    Held::default().apply(&after.unwrap_or_default());
                }
            }
        }
        let begun = Instant::now();
        world.offprint(&["run", "--all", "--quiet"]);
        world.lasts = begun.elapsed();
        follower.take(&world.out());
        let full = world.full();
        follower
            .held
            .assert_same(&full, &format!("{when}, numbered files"));
        if world.rng.bool() || round + 1 == rounds {
            world.answer(&mut asker);
            asker
                .held
                .assert_same(&full, &format!("{when}, changes since a run"));
        }
    }
    // Whoever comes late reads them all from the first on.
    let mut late = Follower::default();
    late.take(&world.out());
    late.held.assert_same(&world.full(), "all files at the end");
    assert!(world.offprint(&["store", "check"]).contains("sound"));
    println!(
        "{rounds} rounds, {killed} killed at work, {} files of changes",
        follower.taken.len()
    );
    assert!(killed > 0, "nothing was killed");
    assert!(follower.taken.len() > 1, "nothing changed");
}
