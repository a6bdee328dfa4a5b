//! Workers over one PostgreSQL store: four beside one where the servers are slow, and records a second where they
//! are not, deriving included. The database runs on this machine too, and waits for its disk.
//!
//! `make bench-fleet`; `OFFPRINT_FLEET_BENCH="hosts=16 records=500 latency=1000 all=100000"` sets it up: records of
//! each slow host, milliseconds, and how many records the fast ones have together.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::io;
use std::net::Ipv4Addr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::measure;
use crate::postgres::{Database, Server};
use crate::provider::{Manner, Provider};
use testkit::pages::Pages;

/// The settings that docs/fleet.md advises, for a machine with 4 GB; with a compression that every server has.
const SETTINGS: &str = "shared_buffers=1GB max_wal_size=8GB wal_compression=on";

/// Hosts that one worker asks side by side.
const CONCURRENCY: &str = "4";

/// Runs all of it and prints what came of it.
pub(crate) fn compare(folder: &Path) -> io::Result<()> {
    let text = std::env::var("OFFPRINT_FLEET_BENCH").unwrap_or_default();
    let pairs: BTreeMap<&str, &str> = text
        .split_whitespace()
        .filter_map(|pair| pair.split_once('='))
        .collect();
    let number = |name: &str, default| {
        pairs
            .get(name)
            .and_then(|value| value.parse().ok())
            .unwrap_or(default)
    };
    let hosts = number("hosts", 16).clamp(1, 200);
    let place = std::env::temp_dir().join(format!("offprint-bench-fleet-{}", std::process::id()));
    fs::create_dir_all(&place)?;
    let server = Arc::new(Server::own_set(&place, SETTINGS));
    let mut fleet = Fleet {
        server: Arc::clone(&server),
        folder: folder.to_owned(),
        hosts,
    };

    println!("{}\n", measure::machine());
    println!(
        "| {hosts} hosts | workers | records | wall s | records/s | bytes a record in the database |"
    );
    println!("|---|---|---|---|---|---|");
    let slow = Arc::new(Pages::open(folder, number("records", 500))?);
    let latency = Duration::from_millis(number("latency", 1000) as u64);
    let mut walls = Vec::new();
    for workers in [1, 4] {
        walls.push(fleet.harvest(&slow, latency, workers)?);
    }
    for all in [number("all", 100_000) / 10, number("all", 100_000)] {
        let fast = Arc::new(Pages::open(folder, (all / hosts).max(100))?);
        fleet.harvest(&fast, Duration::ZERO, 2)?;
    }
    println!("\nfour workers: {:.1} times one", walls[0] / walls[1]);
    drop(fleet);
    drop(server);
    fs::remove_dir_all(&place)
}

struct Fleet {
    server: Arc<Server>,
    folder: PathBuf,
    hosts: usize,
}

impl Fleet {
    /// Harvests the same pages from each host into a new database; seconds by the clock.
    fn harvest(
        &mut self,
        pages: &Arc<Pages>,
        latency: Duration,
        workers: usize,
    ) -> io::Result<f64> {
        let database = self.server.database();
        let mut config = String::new();
        for number in 0..self.hosts {
            let address = Ipv4Addr::new(127, 0, 1, u8::try_from(number + 1).unwrap_or(u8::MAX));
            let manner = Manner {
                latency,
                gzip: false,
            };
            let provider = Provider::start_at(address, Arc::clone(pages), manner)?;
            let _ = writeln!(
                config,
                "[[source]]\nname = \"host-{number}\"\nurl = \"{}\"\n",
                provider.url
            );
        }
        let file = self.folder.join("fleet.toml");
        fs::write(&file, config)?;
        let began = Instant::now();
        let crew = (0..workers)
            .map(|_| worker(&file, &database))
            .collect::<io::Result<Vec<Child>>>()?;
        for mut worker in crew {
            let status = worker.wait()?;
            if !status.success() {
                return Err(io::Error::other(format!("a worker ended with {status}")));
            }
        }
        let wall = began.elapsed().as_secs_f64();
        let sum = |sql: &str| database.run(sql).parse().unwrap_or(f64::NAN);
        let records: f64 = sum("SELECT count(*) FROM record");
        let bytes: f64 = sum("SELECT pg_database_size(current_database())");
        let kind = if latency.is_zero() {
            "as fast as they can".to_owned()
        } else {
            format!("{latency:?} an answer")
        };
        println!(
            "| {kind} | {workers} | {records} | {wall:.1} | {:.0} | {:.0} |",
            records / wall,
            bytes / records
        );
        Ok(wall)
    }
}

fn worker(config: &Path, database: &Database) -> io::Result<Child> {
    Command::new(crate::program())
        .args([
            "worker",
            "--once",
            "--quiet",
            "--rate",
            "unlimited",
            "--concurrency",
            CONCURRENCY,
        ])
        .arg("--config")
        .arg(config)
        .args(["--store", &database.url()])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .spawn()
}
