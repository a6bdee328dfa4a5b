//! Measures the cost of harvesting and exporting, beside the least that they can cost.
//!
//! `make bench` serves 100,000 records from this process and runs, each as a process of its own: curl over the
//! same pages, zstd -1 and the bare tokenizer over the same bytes, `offprint harvest`, its exports, and a harvest
//! that finds nothing new. Processor time is what to compare: it hardly depends on what else the machine does, and
//! ratios to zstd -1 hardly depend on the machine.
//!
//! `OFFPRINT_BENCH` sets it up: `records=100000 runs=3 latency=50 gzip=0 postgres=1`, in any order. A latency in
//! milliseconds beside 0 adds a harvest, and curl, of that much for each answer. `OFFPRINT_OTHER` names a second build of
//! the command, whose exports are measured too: the static one.

mod answer;
mod database;
mod duplicates;
mod fleet;
mod gate;
mod journals;
mod measure;
#[path = "../../tests/it/postgres/mod.rs"]
mod postgres;
mod provider;
mod serving;
mod world;

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use measure::{Cost, median, run};
use provider::{Manner, Provider};
use sha2::Digest as _;
use testkit::pages::Pages;

/// Set for a child that is to run a stage by itself.
const STAGE: &str = "OFFPRINT_BENCH_STAGE";

const ZSTD: &str = "zstd -1 of the pages";
const HARVEST: &str = "harvest, without deriving";
const BOTH: &str = "harvest, with deriving";
const AFTER_BOTH: &str = "export jsonl, first after it";
const FIRST: &str = "export jsonl, first (with deriving)";
const AGAIN: &str = "export jsonl, again";
const ON_ONE_CORE: &str = "export jsonl, again, on one core";

struct Settings {
    records: usize,
    /// Journals of the source, where a stage compares that.
    journals: usize,
    runs: usize,
    latency: u64,
    gzip: bool,
    postgres: bool,
}

impl Settings {
    fn read() -> Self {
        let text = std::env::var("OFFPRINT_BENCH").unwrap_or_default();
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
        Self {
            records: usize::try_from(number("records", 100_000)).unwrap_or(usize::MAX),
            journals: usize::try_from(number("journals", 2_000)).unwrap_or(usize::MAX),
            runs: usize::try_from(number("runs", 3).max(1)).unwrap_or(1),
            latency: number("latency", 50),
            gzip: number("gzip", 0) > 0,
            postgres: number("postgres", 1) > 0,
        }
    }
}

fn main() -> io::Result<()> {
    let settings = Settings::read();
    let folder = PathBuf::from("target/bench");
    std::fs::create_dir_all(&folder)?;
    let stage = std::env::var(STAGE);
    match stage.as_deref() {
        Ok("world") => return world::compare(&folder),
        Ok("fleet") => return fleet::compare(&folder),
        Ok("gate") => return gate::compare(&folder),
        Ok("journals") => return journals::compare(&folder, settings.records, settings.journals),
        _ => {}
    }
    let pages = Pages::open(&folder, settings.records)?;
    match stage.as_deref() {
        Ok("hash") => hash(&pages),
        Ok("zstd") => compress(&pages).map(|bytes| eprintln!("{bytes}")),
        Ok("serve") => serve(&settings, pages),
        Ok("duplicates") => duplicates::compare(&Arc::new(pages), &folder),
        Ok("peers") => peers(&settings, &Arc::new(pages), &folder),
        Ok(_) => tokenize(&pages),
        Err(_) => compare(&settings, &Arc::new(pages), &folder),
    }
}

/// Serves the pages until the process is ended, for measures by hand and of other harvesters.
fn serve(settings: &Settings, pages: Pages) -> io::Result<()> {
    let latency = Duration::from_millis(settings.latency);
    let provider = Provider::start(
        Arc::new(pages),
        Manner {
            latency,
            gzip: settings.gzip,
        },
    )?;
    println!("{}", provider.url);
    loop {
        std::thread::park();
    }
}

/// zstd -1 over each page, as the store keeps them; gives the bytes that come of it.
fn compress(pages: &Pages) -> io::Result<usize> {
    let mut compressor = zstd::bulk::Compressor::new(1)?;
    let (mut page, mut bytes) = (Vec::new(), 0);
    for number in 0..pages.len() {
        pages.read(number, &mut page)?;
        bytes += compressor.compress(&page)?.len();
    }
    Ok(bytes)
}

/// sha256 of each page, as a harvest takes it.
fn hash(pages: &Pages) -> io::Result<()> {
    let mut page = Vec::new();
    for number in 0..pages.len() {
        pages.read(number, &mut page)?;
        std::hint::black_box(sha2::Sha256::digest(&page));
    }
    Ok(())
}

/// Every event of every page, thrown away.
fn tokenize(pages: &Pages) -> io::Result<()> {
    let mut page = Vec::new();
    for number in 0..pages.len() {
        pages.read(number, &mut page)?;
        let text = simdutf8::basic::from_utf8(&page).map_err(io::Error::other)?;
        let mut reader = quick_xml::Reader::from_str(text);
        while reader.read_event().map_err(io::Error::other)? != quick_xml::events::Event::Eof {}
    }
    Ok(())
}

/// One line of the table.
struct Line {
    name: String,
    costs: Vec<Cost>,
    note: String,
}

struct Bench<'a> {
    settings: &'a Settings,
    lines: Vec<Line>,
}

impl Bench<'_> {
    /// Measures a stage once more.
    fn stage(
        &mut self,
        name: &'static str,
        run: impl FnOnce() -> io::Result<(Cost, String)>,
    ) -> io::Result<()> {
        eprintln!("{name}");
        let (cost, note) = run()?;
        match self.lines.iter_mut().find(|line| line.name == name) {
            Some(line) => {
                line.costs.push(cost);
                line.note = note;
            }
            None => self.lines.push(Line {
                name: name.to_owned(),
                costs: vec![cost],
                note,
            }),
        }
        Ok(())
    }

    fn print(&self, bytes: u64) {
        let zstd = self.lines.iter().find(|line| line.name.starts_with("zstd"));
        let zstd = zstd.map_or(f64::NAN, |line| median(&line.costs).cpu);
        println!("{}", measure::machine());
        println!(
            "{} records, {}, medians of {}",
            self.settings.records,
            megabytes(bytes),
            self.settings.runs
        );
        println!(
            "\n| | wall s | CPU s | × zstd -1 | peak MB | records/s | |\n|---|---|---|---|---|---|---|"
        );
        for Line { name, costs, note } in &self.lines {
            let Cost { wall, cpu, peak } = median(costs);
            #[expect(clippy::cast_precision_loss, reason = "of records")]
            let rate = self.settings.records as f64 / wall;
            println!(
                "| {name} | {wall:.2} | {cpu:.2} | {:.2} | {:.0} | {rate:.0} | {note} |",
                cpu / zstd,
                peak * 1.048_576
            );
        }
    }
}

impl Bench<'_> {
    /// Prints what is measured by two lines.
    fn print_ratios(&self) {
        let of = |name: &str| {
            let line = self.lines.iter().find(|line| line.name == name);
            line.map(|line| median(&line.costs)).unwrap_or_default()
        };
        let zstd = of(ZSTD).cpu;
        println!(
            "\nharvest and first export together: {:.1} × zstd -1, or {:.1} where the export derives; \
             export on two cores, wall: {:.2} of one core's",
            (of(BOTH).cpu + of(AFTER_BOTH).cpu) / zstd,
            (of(HARVEST).cpu + of(FIRST).cpu) / zstd,
            of(AGAIN).wall / of(ON_ONE_CORE).wall
        );
    }
}

fn megabytes(bytes: u64) -> String {
    format!("{:.1} MB", bytes as f64 / 1e6)
}

fn compare(settings: &Settings, pages: &Arc<Pages>, folder: &Path) -> io::Result<()> {
    let gzip = settings.gzip;
    let fast = Provider::start(
        Arc::clone(pages),
        Manner {
            latency: Duration::ZERO,
            gzip,
        },
    )?;
    let latency = Duration::from_millis(settings.latency);
    let slow = Provider::start(Arc::clone(pages), Manner { latency, gzip })?;
    let mut bench = Bench {
        settings,
        lines: Vec::new(),
    };
    for _ in 0..settings.runs {
        once(&mut bench, pages, &fast, folder)?;
    }
    // The clock of a slow server hardly varies: once is enough.
    if settings.latency > 0 {
        bench.stage("curl, slow server", || curl(&slow, pages))?;
        bench.stage("harvest, slow server", || harvest(&slow, &fresh(folder)?))?;
    }
    if settings.postgres {
        postgres_store(&mut bench, &fast, folder)?;
    }
    bench.print(pages.bytes());
    bench.print_ratios();
    Ok(())
}

/// A harvest and the first export with a store in PostgreSQL, once.
fn postgres_store(bench: &mut Bench<'_>, fast: &Provider, folder: &Path) -> io::Result<()> {
    let place = std::env::temp_dir().join(format!("offprint-bench-{}", std::process::id()));
    std::fs::create_dir_all(&place)?;
    let postgres = database::Postgres::start(&place)?;
    let url = PathBuf::from(postgres.url());
    bench.stage("PostgreSQL: harvest, client and server", || {
        let cost = postgres.run(harvest_command(fast, &url).stdin(std::process::Stdio::null()))?;
        Ok((cost, format!("{} requests", fast.requests())))
    })?;
    bench.stage("PostgreSQL: export jsonl, first", || {
        let file = folder.join("articles.jsonl");
        let mut export = offprint(&url);
        let cost = postgres.run(export.args(["export", "jsonl", "--output"]).arg(file))?;
        Ok((cost, megabytes(postgres.bytes())))
    })?;
    drop(postgres);
    std::fs::remove_dir_all(&place)
}

/// The other harvesters that `OFFPRINT_PEERS` lists: a line each, its name and its command, `{url}` in it or at its
/// end.
fn peers(settings: &Settings, pages: &Arc<Pages>, folder: &Path) -> io::Result<()> {
    let provider = Provider::start(Arc::clone(pages), Manner::default())?;
    let list = std::env::var_os("OFFPRINT_PEERS")
        .map(std::fs::read_to_string)
        .transpose()?
        .unwrap_or_default();
    let mut bench = Bench {
        settings,
        lines: Vec::new(),
    };
    bench.stage("curl, thrown away", || curl(&provider, pages))?;
    bench.stage(ZSTD, || Ok((own("zstd")?, String::new())))?;
    bench.stage("harvest", || harvest(&provider, &fresh(folder)?))?;
    for (name, command) in list.lines().filter_map(|line| line.split_once('\t')) {
        let mut words: Vec<String> = command
            .split(' ')
            .map(|word| word.replace("{url}", &provider.url))
            .collect();
        if !command.contains("{url}") {
            words.push(provider.url.clone());
        }
        let Some((program, arguments)) = words.split_first() else {
            continue;
        };
        match run(Command::new(program).args(arguments)) {
            Ok(cost) => {
                let note = format!("{} requests", provider.requests());
                bench.lines.push(Line {
                    name: name.to_owned(),
                    costs: vec![cost],
                    note,
                });
            }
            Err(error) => eprintln!("{name}: {error}"),
        }
    }
    bench.print(pages.bytes());
    Ok(())
}

fn once(bench: &mut Bench<'_>, pages: &Pages, fast: &Provider, folder: &Path) -> io::Result<()> {
    bench.stage("curl, thrown away", || curl(fast, pages))?;
    bench.stage(ZSTD, || {
        Ok((own("zstd")?, megabytes(compress(pages)? as u64)))
    })?;
    bench.stage("quick-xml, bare", || Ok((own("tokenize")?, String::new())))?;
    let store = fresh(folder)?;
    bench.stage(BOTH, || {
        let cost = run(deriving(&mut harvest_command(fast, &store)))?;
        Ok((cost, format!("store {}", megabytes(size(&store)?))))
    })?;
    bench.stage(AFTER_BOTH, || export(offprint(&store), "jsonl", folder))?;
    let store = fresh(folder)?;
    bench.stage(HARVEST, || harvest(fast, &store))?;
    bench.stage("harvest, nothing new", || harvest(fast, &store))?;
    bench.stage(FIRST, || {
        let (cost, note) = export(offprint(&store), "jsonl", folder)?;
        Ok((cost, format!("{note}, store {}", megabytes(size(&store)?))))
    })?;
    bench.stage(AGAIN, || export(offprint(&store), "jsonl", folder))?;
    bench.stage(ON_ONE_CORE, || export(on_one_core(&store), "jsonl", folder))?;
    bench.stage("export jats, one stream", || {
        export(offprint(&store), "jats", folder)
    })?;
    if let Some(other) = std::env::var_os("OFFPRINT_OTHER") {
        bench.stage("other build: export jsonl, again", || {
            export(command(&other, &store), "jsonl", folder)
        })?;
        bench.stage("other build: export jats", || {
            export(command(&other, &store), "jats", folder)
        })?;
    }
    for name in ["report", "report, again"] {
        bench.stage(name, || {
            let file = folder.join("report.html");
            let mut report = offprint(&store);
            let cost = run(report.args(["report", "--output"]).arg(&file))?;
            Ok((cost, String::new()))
        })?;
    }
    // A store that is not served has no index of words; it is made when `serve` first opens the store.
    let unserved = folder.join("unserved/offprint.db");
    std::fs::create_dir_all(folder.join("unserved"))?;
    std::fs::copy(&store, &unserved)?;
    for (name, option) in [
        ("store compact", None),
        ("store compact --drop-articles", Some("--drop-articles")),
    ] {
        bench.stage(name, || {
            let cost = run(offprint(&unserved).args(["store", "compact"]).args(option))?;
            Ok((cost, format!("store {}", megabytes(size(&unserved)?))))
        })?;
    }
    bench.stage("serve, ListRecords, four clients", || {
        let mut serve = offprint(&store);
        serve.args(["serve", "--listen", "127.0.0.1:0"]);
        let (cost, rate) = serving::list(serve, 4)?;
        let words = megabytes(size(&store)?);
        Ok((cost, format!("{rate:.0} records/s in all; store with words {words}")))
    })?;
    Ok(())
}

/// Bytes of a store with the files beside it.
fn size(store: &Path) -> io::Result<u64> {
    let mut bytes = 0;
    for file in std::fs::read_dir(store.parent().unwrap_or(store))? {
        bytes += file?.metadata()?.len();
    }
    Ok(bytes)
}

/// An empty place for a store.
fn fresh(folder: &Path) -> io::Result<PathBuf> {
    let place = folder.join("store");
    if place.exists() {
        std::fs::remove_dir_all(&place)?;
    }
    std::fs::create_dir_all(&place)?;
    Ok(place.join("offprint.db"))
}

/// This program again, for one stage.
fn own(stage: &str) -> io::Result<Cost> {
    run(Command::new(std::env::current_exe()?)
        .env(STAGE, stage)
        .stderr(std::process::Stdio::null()))
}

/// Every page one after the other on one connection.
fn curl(provider: &Provider, pages: &Pages) -> io::Result<(Cost, String)> {
    let url = format!(
        "{}?verb=ListRecords&resumptionToken=[0-{}]",
        provider.url,
        pages.len() - 1
    );
    let cost =
        run(Command::new("curl").args(["--silent", "--fail", "--output", "/dev/null", &url]))?;
    Ok((cost, format!("{} requests", provider.requests())))
}

/// The command that is measured.
fn program() -> OsString {
    std::env::args_os()
        .nth(1)
        .unwrap_or_else(|| "target/dist/offprint".into())
}

fn offprint(store: &Path) -> Command {
    command(&program(), store)
}

fn command(program: &std::ffi::OsStr, store: &Path) -> Command {
    let mut command = Command::new(program);
    command.args(["--quiet", "--store"]).arg(store);
    command
}

/// The same, kept to the first processor.
fn on_one_core(store: &Path) -> Command {
    let whole = offprint(store);
    let mut command = Command::new("taskset");
    command
        .args(["--cpu-list", "0"])
        .arg(whole.get_program())
        .args(whole.get_args());
    command
}

fn harvest(provider: &Provider, store: &Path) -> io::Result<(Cost, String)> {
    let cost = run(&mut harvest_command(provider, store))?;
    let requests = provider.requests();
    let note = format!("{requests} requests, store {}", megabytes(size(store)?));
    Ok((cost, note))
}

fn harvest_command(provider: &Provider, store: &Path) -> Command {
    let mut harvest = offprint(store);
    harvest.args(["harvest", "--rate", "unlimited", "--name", "steppe"]);
    harvest.arg(&provider.url);
    harvest.env("OFFPRINT_NO_DERIVE", "1");
    harvest
}

/// The same harvest, which derives the articles.
fn deriving(harvest: &mut Command) -> &mut Command {
    harvest.env_remove("OFFPRINT_NO_DERIVE")
}

fn export(mut offprint: Command, format: &str, folder: &Path) -> io::Result<(Cost, String)> {
    let file = folder.join(format!("articles.{format}"));
    // JATS goes to standard output, for a path would be a folder of files.
    let to = if format == "jats" {
        Path::new("-")
    } else {
        &file
    };
    let cost = run(offprint.args(["export", format, "--output"]).arg(to))?;
    let note = std::fs::metadata(&file)
        .map(|file| megabytes(file.len()))
        .unwrap_or_default();
    Ok((cost, note))
}
