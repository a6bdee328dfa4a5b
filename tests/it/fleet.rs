//! Workers as processes over one PostgreSQL store: killed, stopped for longer than their leases, with the network to
//! the database stalled and cut, and with the database restarted beneath them. Every journal is harvested once and
//! whole, no host is asked by two at a time, and none faster than its rate.
//!
//! `OFFPRINT_FLEET="workers=8 hosts=500 journals=2000"` sets the size, and `rate=2` the requests a second. With
//! `kills=60` a worker is killed each second of a minute, and another takes its place; with `machines=1` each worker is
//! a machine of its own, with a network that is unplugged for longer than its leases.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test may stop at once"
)]

mod host;
mod line;
mod machines;
use crate::postgres;

use std::fmt::Write as _;
use std::net::Ipv4Addr;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use offprint::internals::store::{Access, PostgresStore, Store as _};

use host::{Host, RECORDS, polite};
use line::{Line, State as Network};
use machines::{HUB, Machines};
use postgres::{Database, Server};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

/// Seconds of a lease.
const LEASE: u64 = 4;

struct Size {
    workers: usize,
    hosts: usize,
    journals: usize,
    /// Requests a second that a host bears.
    rate: usize,
    /// The number of further workers to kill, one per second.
    kills: usize,
    /// True if each worker is a machine of its own.
    machines: bool,
}

impl Size {
    fn read() -> Self {
        let text = std::env::var("OFFPRINT_FLEET").unwrap_or_default();
        let number = |key: &str, otherwise| {
            let found = text
                .split_whitespace()
                .find_map(|word| word.strip_prefix(key)?.strip_prefix('='));
            found.map_or(otherwise, |number| number.parse().unwrap())
        };
        Self {
            workers: number("workers", 3),
            hosts: number("hosts", 12),
            journals: number("journals", 36),
            rate: number("rate", 5),
            kills: number("kills", 0),
            machines: number("machines", 0) > 0,
        }
    }
}

/// A worker, killed with this.
struct Worker(Child);

impl Worker {
    fn start(mut command: Command, folder: &Path, url: &str, name: &str, more: &[&str]) -> Self {
        let log = std::fs::File::create(folder.join(format!("{name}.log"))).unwrap();
        for (variable, _) in std::env::vars_os() {
            let text = variable.to_string_lossy().to_ascii_lowercase();
            if text.starts_with("offprint_") || text.ends_with("_proxy") {
                command.env_remove(&variable);
            }
        }
        command
            .args([
                "worker",
                "--until-idle",
                "--verbose",
                "--lease",
                &LEASE.to_string(),
                "--store",
                url,
            ])
            .args(["--contact", &format!("{name}@fleet.example")])
            .args(more)
            .current_dir(folder)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log);
        Self(command.spawn().unwrap())
    }

    fn signal(&self, signal: &str) {
        let status = Command::new("kill")
            .args([signal, &self.0.id().to_string()])
            .status()
            .unwrap();
        assert!(status.success(), "{signal}");
    }

    fn is_over(&mut self) -> bool {
        self.0.try_wait().unwrap().is_some()
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_journal_is_harvested_whatever_befalls_the_workers() {
    let size = Size::read();
    let folder = tempfile::tempdir().unwrap();
    std::fs::set_permissions(
        folder.path(),
        std::os::unix::fs::PermissionsExt::from_mode(0o755),
    )
    .unwrap();
    let server = Arc::new(Server::own(folder.path()));
    let database = server.database();
    // One more for the worker that comes late.
    let machines = size.machines.then(|| Machines::start(size.workers + 1));
    let at = if size.machines {
        HUB
    } else {
        Ipv4Addr::LOCALHOST
    };
    let line = Line::between(at, server.port()).await;
    let through = format!(
        "postgres://postgres@{at}:{}/{}?sslmode=disable",
        line.port, database.name
    );
    let mut hosts = Vec::new();
    let mut config = format!(
        "rate = {}\nschedule = \"daily\"\nbackoff = 0.2\n",
        size.rate
    );
    for number in 0..size.hosts {
        let (host, port) = Host::start(number, at).await;
        hosts.push(host);
        for journal in (number..size.journals).step_by(size.hosts) {
            write!(
                config,
                "[[source]]\nname = \"j{journal}\"\nurl = \"http://{at}:{port}/j{journal}/oai\"\n"
            )
            .unwrap();
        }
    }
    std::fs::write(folder.path().join("offprint.toml"), config).unwrap();

    let concurrency = (size.hosts / size.workers / 2).clamp(2, 32).to_string();
    let mut started = 0;
    let mut start = |number: usize, more: &[&str]| {
        let program = env!("CARGO_BIN_EXE_offprint");
        let command = if size.machines {
            Machines::command(number, program)
        } else {
            Command::new(program)
        };
        let more = [&["--concurrency", &*concurrency], more].concat();
        started += 1;
        Worker::start(
            command,
            folder.path(),
            &through,
            &format!("w{started}"),
            &more,
        )
    };
    let began = Instant::now();
    let mut workers: Vec<Worker> = (0..size.workers).map(|number| start(number, &[])).collect();
    // The network to the database stands still, then it breaks; one is stopped for longer than its leases, one is
    // killed, the database restarts, and another takes the place of the killed one.
    for (seconds, network) in [
        (1.2, Network::Stalled),
        (0.6, Network::Open),
        (0.4, Network::Cut),
        (0.3, Network::Open),
    ] {
        tokio::time::sleep(Duration::from_secs_f64(seconds)).await;
        line.set(network);
    }
    workers[0].signal("-STOP");
    workers[1].signal("-KILL");
    if size.machines {
        Machines::plugged(2, false);
    }
    let restarted = Arc::clone(&server);
    tokio::task::spawn_blocking(move || {
        restarted.stop("immediate");
        restarted.start_again();
    })
    .await
    .unwrap();
    let metrics = if size.machines {
        format!("{}:9464", Machines::address(size.workers))
    } else {
        free_address()
    };
    workers.push(start(size.workers, &["--metrics", &metrics]));
    let figures = metrics_of(&metrics).await;
    assert!(
        figures.contains("offprint_worker_leases ") && figures.ends_with("# EOF\n"),
        "{figures}"
    );
    tokio::time::sleep(Duration::from_secs(LEASE + 2)).await;
    workers[0].signal("-CONT");
    if size.machines {
        Machines::plugged(2, true);
    }
    let (mut killed, mut kills) = (vec![1], Vec::new());
    let end = Instant::now() + Duration::from_secs(60 + 2 * size.journals as u64);
    while !workers.iter_mut().all(Worker::is_over) {
        assert!(
            Instant::now() < end,
            "the workers do not come to an end: {}",
            logs(folder.path())
        );
        tokio::time::sleep(Duration::from_millis(100)).await;
        if kills.len() < size.kills
            && kills
                .last()
                .is_none_or(|last: &Instant| last.elapsed().as_secs() >= 1)
        {
            // Which one it is depends on how far they have come.
            let alive: Vec<usize> = (0..workers.len())
                .filter(|&n| !workers[n].is_over())
                .collect();
            let Some(&victim) =
                alive.get(hosts[0].asked.lock().unwrap().len() % alive.len().max(1))
            else {
                continue;
            };
            workers[victim].signal("-KILL");
            killed.push(victim);
            kills.push(Instant::now());
            workers.push(start(victim % size.workers, &[]));
        }
    }
    for (number, worker) in workers.iter_mut().enumerate() {
        let status = worker.0.wait().unwrap();
        assert!(
            status.success() || killed.contains(&number),
            "worker {number}: {status}, {}",
            logs(folder.path())
        );
    }
    println!(
        "{} journals of {} hosts in {:?}",
        size.journals,
        size.hosts,
        began.elapsed()
    );

    all_is_there(&database, &size, folder.path()).await;
    drop(machines);
    for host in &hosts {
        polite(host, size.rate);
    }
}

/// Every record once, every list to its end, no lease left, nothing failed.
async fn all_is_there(database: &Database, size: &Size, folder: &Path) {
    let store = PostgresStore::open(&database.url(), Access::Read)
        .await
        .unwrap();
    let sources = store.sources().await.unwrap();
    assert_eq!(sources.len(), size.journals);
    let counts = database.run(
        "SELECT count(*), count(DISTINCT source_id), (SELECT count(*) FROM article), (SELECT count(*) FROM record_old),
                (SELECT count(*) FROM gap), (SELECT count(*) FROM host WHERE owner IS NOT NULL)
         FROM record",
    );
    let (all, journals) = (size.journals * RECORDS, size.journals);
    assert_eq!(
        counts,
        format!("{all}|{journals}|{all}|0|0|0"),
        "{}",
        logs(folder)
    );
    assert_eq!(store.check().await.unwrap(), Vec::<String>::new());
    let unfinished = "SELECT count(*) FROM stream WHERE cursor IS NULL";
    assert_eq!(database.run(unfinished), "0", "each list came to its end");
    let not_due = "SELECT count(*) FROM source_setting WHERE next_due > 0 AND failures = 0";
    assert_eq!(
        database.run(not_due),
        size.journals.to_string(),
        "and none failed"
    );
}

/// The bounds of a source: those of the worker's flags or environment, else of the source, else of the file.
#[rstest::rstest]
#[case::flag("max_records = 40", &["--max-records", "10"], None, 10)]
#[case::environment("max_records = 40", &[], Some("20"), 20)]
#[case::source("max_records = 40\n[[source]]\nmax_records = 30", &[], None, 30)]
#[case::file("max_records = 40", &[], None, 40)]
fn a_worker_stops_a_source_at_its_bounds(
    #[case] settings: &str,
    #[case] flags: &[&str],
    #[case] variable: Option<&str>,
    #[case] records: usize,
) {
    let folder = tempfile::tempdir().unwrap();
    let database = Arc::new(Server::shared()).database();
    let journal = crate::harvesting::server::Server::start(
        crate::harvesting::repository::Repository::new(50),
        Vec::new(),
    );
    let table = if settings.contains("[[source]]") {
        ""
    } else {
        "[[source]]"
    };
    let config = format!(
        "rate = \"unlimited\"\n{settings}\n{table}\nname = \"j\"\nurl = \"{}\"\n",
        journal.url()
    );
    std::fs::write(folder.path().join("offprint.toml"), config).unwrap();
    let mut command = crate::cli_support::offprint(folder.path());
    command.args(["worker", "--once", "--store", &database.url()]);
    if let Some(variable) = variable {
        command.env("OFFPRINT_MAX_RECORDS", variable);
    }
    let output = command.args(flags).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{said}");
    let kept = database.run("SELECT count(*) FROM record");
    assert_eq!(kept, records.to_string(), "{said}");
}

#[test]
fn a_worker_sends_one_message_for_the_sources_that_begin_to_fail() {
    let folder = tempfile::tempdir().unwrap();
    let database = Arc::new(Server::shared()).database();
    let down = [free_address(), free_address()];
    let mut config =
        "rate = \"unlimited\"\nbackoff = 0.01\n[notify]\ncommand = \"cat >> messages.txt\"\n"
            .to_owned();
    for (name, address) in ["a", "b"].iter().zip(&down) {
        write!(
            config,
            "[[source]]\nname = \"{name}\"\nurl = \"http://{address}/oai\"\n"
        )
        .unwrap();
    }
    std::fs::write(folder.path().join("offprint.toml"), config).unwrap();
    for _ in 0..2 {
        let mut command = crate::cli_support::offprint(folder.path());
        command.args(["worker", "--once", "--store", &database.url()]);
        let output = command.output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(0), "{said}");
        // Due again, as after an hour.
        database.run("UPDATE source_setting SET next_due = 0");
    }
    let messages = std::fs::read_to_string(folder.path().join("messages.txt")).unwrap();
    assert_eq!(messages.matches("offprint:").count(), 1, "{messages}");
    assert!(
        messages.starts_with("offprint: 2 sources began to fail\n"),
        "{messages}"
    );
}

/// An address of this machine that nobody listens at.
fn free_address() -> String {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().to_string()
}

/// Returns the metrics of a worker (OpenMetrics) once it is up.
async fn metrics_of(address: &str) -> String {
    let connected = async {
        loop {
            match tokio::net::TcpStream::connect(address).await {
                Ok(stream) => break stream,
                Err(_) => tokio::time::sleep(Duration::from_millis(50)).await,
            }
        }
    };
    let mut stream = tokio::time::timeout(Duration::from_mins(2), connected)
        .await
        .expect("no metrics are served");
    stream
        .write_all(b"GET /metrics HTTP/1.0\r\n\r\n")
        .await
        .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    answer
}

fn logs(folder: &Path) -> String {
    let mut text = String::new();
    for entry in std::fs::read_dir(folder).unwrap().flatten() {
        if entry
            .path()
            .extension()
            .is_some_and(|extension| extension == "log")
        {
            writeln!(text, "--- {}", entry.file_name().display()).unwrap();
            let log = std::fs::read_to_string(entry.path()).unwrap();
            let lines: Vec<&str> = log.lines().collect();
            text += &lines[lines.len().saturating_sub(12)..].join("\n");
            text.push('\n');
        }
    }
    text
}
