//! Many clients at once, each listing all records of `offprint serve`.
//!
//! `make load` harvests 100,000 made-up records into a store, serves it, and lets 200 clients list it side by side over
//! connections that stay open. It fails when an answer is not a page of the list, or a client that came to the end did
//! not have every record. `OFFPRINT_LOAD` sets it up: `records=100000 clients=200 seconds=120 prefix=oai_dc`, in any
//! order; after so many seconds the clients stop where they are, 0 lets all of them come to the end.

#[path = "../answer.rs"]
mod answer;
#[allow(dead_code, reason = "the bench takes more of it")]
#[path = "../provider.rs"]
mod provider;

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, BufRead as _, BufReader, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use answer::read;
use provider::{Manner, Provider};
use testkit::pages::Pages;

struct Settings {
    records: usize,
    clients: usize,
    seconds: u64,
    prefix: String,
}

#[derive(Default)]
struct Totals {
    records: AtomicU64,
    bytes: AtomicU64,
    requests: AtomicU64,
    whole: AtomicUsize,
}

fn main() -> io::Result<()> {
    let text = std::env::var("OFFPRINT_LOAD").unwrap_or_default();
    let pairs: BTreeMap<&str, &str> = text
        .split_whitespace()
        .filter_map(|pair| pair.split_once('='))
        .collect();
    let number = |name: &str, default: usize| {
        pairs
            .get(name)
            .and_then(|n| n.parse().ok())
            .unwrap_or(default)
    };
    let settings = Settings {
        records: number("records", 100_000),
        clients: number("clients", 200),
        seconds: number("seconds", 120) as u64,
        prefix: (*pairs.get("prefix").unwrap_or(&"oai_dc")).to_owned(),
    };
    let offprint = std::env::args()
        .nth(1)
        .unwrap_or_else(|| "target/dist/offprint".to_owned());
    let folder = Path::new("target/bench");
    fs::create_dir_all(folder)?;
    let store = folder.join(format!("load-{}.db", settings.records));
    if !store.exists() {
        let pages = Arc::new(Pages::open(folder, settings.records)?);
        let provider = Provider::start(pages, Manner::default())?;
        let mut harvest = Command::new(&offprint);
        harvest.arg("--store").arg(&store).args([
            "harvest",
            &provider.url,
            "--rate",
            "unlimited",
            "--quiet",
        ]);
        if !harvest.status()?.success() {
            return Err(io::Error::other("the harvest failed"));
        }
    }
    let mut server = Command::new(&offprint)
        .arg("--store")
        .arg(&store)
        .args(["serve", "--listen", "127.0.0.1:0"])
        .stdout(Stdio::piped())
        .spawn()?;
    let done = load(&settings, &mut server);
    server.kill()?;
    server.wait()?;
    done
}

fn load(settings: &Settings, server: &mut Child) -> io::Result<()> {
    let mut url = String::new();
    let out = server
        .stdout
        .take()
        .ok_or_else(|| io::Error::other("no output of the server"))?;
    BufReader::new(out).read_line(&mut url)?;
    let address = url
        .trim()
        .trim_start_matches("http://")
        .trim_end_matches("/oai")
        .to_owned();
    std::thread::sleep(Duration::from_secs(3)); // the second of the last change has to be over
    let totals = Arc::new(Totals::default());
    let (cpu, began) = (cpu(server.id())?, Instant::now());
    let deadline = (settings.seconds > 0).then(|| began + Duration::from_secs(settings.seconds));
    let clients: Vec<_> = (0..settings.clients)
        .map(|_| {
            let (address, prefix, totals) = (
                address.clone(),
                settings.prefix.clone(),
                Arc::clone(&totals),
            );
            let records = settings.records as u64;
            std::thread::Builder::new()
                .stack_size(512 * 1024)
                .spawn(move || client(&address, &prefix, records, deadline, &totals))
        })
        .collect::<io::Result<_>>()?;
    let mut memory = Vec::new();
    while clients.iter().any(|client| !client.is_finished()) {
        memory.push(resident(server.id())?);
        std::thread::sleep(Duration::from_millis(500));
    }
    let seconds = began.elapsed().as_secs_f64();
    for client in clients {
        client
            .join()
            .map_err(|_| io::Error::other("a client panicked"))??;
    }
    let records = totals.records.load(Ordering::Relaxed);
    let half = memory.get(memory.len() / 2).copied().unwrap_or_default();
    println!(
        "{} clients, {seconds:.0} s: {records} records in {} pages, {:.0} MB, no error; {} lists to their end\n\
         {:.0} records/s; processor of the server {:.1} s, of {:.1} s passed; memory {half} MB at half time, {} MB at most",
        settings.clients,
        totals.requests.load(Ordering::Relaxed),
        totals.bytes.load(Ordering::Relaxed) as f64 / 1e6,
        totals.whole.load(Ordering::Relaxed),
        records as f64 / seconds,
        self::cpu(server.id())? - cpu,
        seconds,
        memory.iter().max().copied().unwrap_or_default(),
    );
    Ok(())
}

/// Lists everything, page by page.
fn client(
    address: &str,
    prefix: &str,
    records: u64,
    deadline: Option<Instant>,
    totals: &Totals,
) -> io::Result<()> {
    let stream = TcpStream::connect(address)?;
    stream.set_nodelay(true)?;
    let mut reader = BufReader::with_capacity(64 * 1024, stream.try_clone()?);
    let mut out = stream;
    let mut query = format!("verb=ListRecords&metadataPrefix={prefix}");
    let (mut seen, mut body) = (0, Vec::new());
    loop {
        write!(out, "GET /oai?{query} HTTP/1.1\r\nHost: load\r\n\r\n")?;
        read(&mut reader, &mut body)?;
        let page = std::str::from_utf8(&body).map_err(io::Error::other)?;
        let found = page.matches("<header").count() as u64;
        if found == 0 || !page.ends_with("</OAI-PMH>\n") {
            return Err(io::Error::other(format!(
                "no page of a list: {}",
                page.chars().take(600).collect::<String>()
            )));
        }
        seen += found;
        totals.records.fetch_add(found, Ordering::Relaxed);
        totals.bytes.fetch_add(body.len() as u64, Ordering::Relaxed);
        totals.requests.fetch_add(1, Ordering::Relaxed);
        let token = page
            .rsplit_once("</resumptionToken>")
            .and_then(|(before, _)| before.rsplit_once('>'));
        match token {
            Some((_, token)) => query = format!("verb=ListRecords&resumptionToken={token}"),
            None if seen == records => {
                totals.whole.fetch_add(1, Ordering::Relaxed);
                return Ok(());
            }
            None => return Err(io::Error::other(format!("{seen} records of {records}"))),
        }
        if deadline.is_some_and(|deadline| Instant::now() > deadline) {
            return Ok(());
        }
    }
}

/// Memory of a process, MB.
fn resident(id: u32) -> io::Result<u64> {
    let status = fs::read_to_string(format!("/proc/{id}/status"))?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))
        .unwrap_or_default();
    Ok(line
        .split_whitespace()
        .next()
        .and_then(|kib| kib.parse::<u64>().ok())
        .unwrap_or_default()
        / 1024)
}

/// Processor time of a process, seconds (proc_pid_stat(5)).
fn cpu(id: u32) -> io::Result<f64> {
    let stat = fs::read_to_string(format!("/proc/{id}/stat"))?;
    let fields = stat
        .rsplit_once(')')
        .map_or("", |(_, rest)| rest)
        .split_whitespace();
    let ticks: Vec<f64> = fields
        .skip(11)
        .take(2)
        .filter_map(|field| field.parse().ok())
        .collect();
    Ok(ticks.iter().sum::<f64>() / 100.0)
}
