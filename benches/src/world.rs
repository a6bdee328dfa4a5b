//! A world of journals on the loopback, each on a host of its own: as large and as slow as real ones, a tenth of them
//! dead and a tenth slow or broken. `offprint run` harvests it to the end, and once more.
//!
//! `make world`; `OFFPRINT_WORLD="endpoints=10000 size=0.1 time=0.1"` sets it up. Sizes and times by the clock are
//! those of the real world times `size` and `time`.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs::{self, File};
use std::io;
use std::net::TcpListener;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use crate::measure::{self, run_with};
use crate::offprint;
use testkit::pages::{PAGE, Pages, Random, response};
use testkit::plain::{self, Reply, Request};

/// Records of OJS endpoints, and seconds they take to answer, each at a share of all endpoints: figures of 6,778
/// endpoints asked in the years 2023 to 2025.
const RECORDS: [(f64, f64); 5] = [
    (0.0, 8.0),
    (0.5, 946.0),
    (0.9, 3_645.0),
    (0.99, 24_245.0),
    (1.0, 140_555.0),
];
const SECONDS: [(f64, f64); 5] = [
    (0.0, 0.3),
    (0.5, 1.1),
    (0.9, 2.5),
    (0.99, 14.5),
    (1.0, 30.0),
];

/// The figure at a share, on a line between the known ones, by their logarithms.
fn quantile(known: &[(f64, f64)], share: f64) -> f64 {
    let upper = known
        .iter()
        .position(|(at, _)| *at >= share)
        .unwrap_or(known.len() - 1)
        .max(1);
    let ((from, low), (to, high)) = (known[upper - 1], known[upper]);
    let part = (share - from) / (to - from);
    (low.ln() + (high.ln() - low.ln()) * part).exp()
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Manner {
    Well,
    /// Nothing listens.
    Refused,
    /// The journal is gone: a web page with 404.
    NotFound,
    /// A bot wall: a web page with 403.
    Wall,
    /// Ten times as slow.
    Slow,
    /// 503 with Retry-After, once.
    Busy,
    /// A body cut short, once.
    Cut,
    /// 500 for one page, always.
    Fails,
    /// A token that leads to its own page.
    Loops,
}

struct Endpoint {
    records: usize,
    latency: Duration,
    manner: Manner,
    /// Has failed once.
    failed: AtomicBool,
}

struct Settings {
    endpoints: usize,
    size: f64,
    time: f64,
}

impl Settings {
    fn read() -> Self {
        let text = std::env::var("OFFPRINT_WORLD").unwrap_or_default();
        let pairs: BTreeMap<&str, &str> = text
            .split_whitespace()
            .filter_map(|pair| pair.split_once('='))
            .collect();
        let number = |name: &str, default: f64| {
            pairs
                .get(name)
                .and_then(|value| value.parse().ok())
                .unwrap_or(default)
        };
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a count of endpoints"
        )]
        Self {
            endpoints: number("endpoints", 1000.0).clamp(1.0, 60_000.0) as usize,
            size: number("size", 0.1),
            time: number("time", 0.1),
        }
    }

    fn endpoint(&self, number: usize) -> Endpoint {
        let mut random = Random(number as u64 + 1);
        let mut share = || {
            #[expect(clippy::cast_precision_loss, reason = "of 53 bits")]
            let share = (random.next_u64() >> 11) as f64 / (1_u64 << 53) as f64;
            share
        };
        let (records, seconds) = (
            quantile(&RECORDS, share()) * self.size,
            quantile(&SECONDS, share()),
        );
        let manner = match number % 20 {
            0 if number % 40 == 0 => Manner::Refused,
            0 => Manner::NotFound,
            10 => Manner::Wall,
            5 => Manner::Slow,
            15 => [Manner::Busy, Manner::Cut, Manner::Fails, Manner::Loops][number / 20 % 4],
            _ => Manner::Well,
        };
        let slow = if manner == Manner::Slow { 10.0 } else { 1.0 };
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a count of records"
        )]
        Endpoint {
            records: (records as usize).max(1),
            latency: Duration::from_secs_f64((seconds * self.time * slow).min(20.0)),
            manner,
            failed: AtomicBool::new(false),
        }
    }
}

struct World {
    pages: Pages,
    endpoints: Vec<Endpoint>,
    requests: AtomicUsize,
}

/// Makes the world, harvests it, and says what that cost.
pub(crate) fn compare(folder: &Path) -> io::Result<()> {
    let settings = Settings::read();
    let endpoints: Vec<Endpoint> = (0..settings.endpoints)
        .map(|number| settings.endpoint(number))
        .collect();
    let most = endpoints
        .iter()
        .map(|endpoint| endpoint.records)
        .max()
        .unwrap_or(1);
    let pages = Pages::open(folder, most.next_multiple_of(10_000))?;
    let mut manners: BTreeMap<Manner, usize> = BTreeMap::new();
    for endpoint in &endpoints {
        *manners.entry(endpoint.manner).or_default() += 1;
    }
    let records: usize = endpoints.iter().map(|endpoint| endpoint.records).sum();
    println!("{}", measure::machine());
    println!(
        "{} endpoints, {records} records, the largest {most}; {manners:?}",
        endpoints.len()
    );
    let listener = TcpListener::bind(("0.0.0.0", 0))?;
    let port = listener.local_addr()?.port();
    let world = Arc::new(World {
        pages,
        endpoints,
        requests: AtomicUsize::new(0),
    });
    let config = folder.join("world.toml");
    fs::write(&config, configuration(&world.endpoints, port))?;
    let serving = Arc::clone(&world);
    plain::serve(listener, move |request| serving.respond(request));
    let place = folder.join("world");
    if place.exists() {
        fs::remove_dir_all(&place)?;
    }
    fs::create_dir_all(&place)?;
    println!(
        "\n| | wall s | CPU s | peak MB | requests | records | sources by outcome |\n|---|---|---|---|---|---|---|"
    );
    for name in ["run", "run, nothing new"] {
        let report = place.join("report.json");
        let rate = format!("{}", 1.0 / settings.time.max(0.001));
        let mut command = offprint(&place.join("offprint.db"));
        command.arg("--config").arg(&config).args([
            "run",
            "--all",
            "--json",
            "--backoff",
            "1",
            "--rate",
            &rate,
        ]);
        command.stderr(std::process::Stdio::null());
        let cost = run_with(&mut command, File::create(&report)?.into(), &[0, 4])?;
        let report = fs::read_to_string(report)?;
        println!(
            "| {name} | {:.1} | {:.2} | {:.0} | {} | {} | {} |",
            cost.wall,
            cost.cpu,
            cost.peak * 1.048_576,
            world.requests.swap(0, Ordering::Relaxed),
            sum(&report, "records"),
            outcomes(&report),
        );
    }
    let bytes = fs::metadata(place.join("offprint.db"))?.len();
    println!("\nstore {:.1} MB", bytes as f64 / 1e6);
    Ok(())
}

/// The port of what refuses: nobody listens to it (RFC 6335, reserved).
const REFUSES: u16 = 1;

fn configuration(endpoints: &[Endpoint], port: u16) -> String {
    let mut text = String::new();
    for (number, endpoint) in endpoints.iter().enumerate() {
        let port = if endpoint.manner == Manner::Refused {
            REFUSES
        } else {
            port
        };
        let (a, b, c) = (
            1 + number / 62_500,
            1 + number / 250 % 250,
            1 + number % 250,
        );
        let _ = write!(
            text,
            "[[source]]\nname = \"j{number}\"\nurl = \"http://127.{a}.{b}.{c}:{port}/index.php/j{number}/oai\"\n\n"
        );
    }
    text
}

/// Sum of a number in a report.
fn sum(report: &str, name: &str) -> u64 {
    let name = format!("\"{name}\":");
    let values = report.split(&name).skip(1);
    values
        .filter_map(|rest| {
            rest.trim_start()
                .split(|c: char| !c.is_ascii_digit())
                .next()?
                .parse::<u64>()
                .ok()
        })
        .sum()
}

fn outcomes(report: &str) -> String {
    let mut outcomes: BTreeMap<&str, usize> = BTreeMap::new();
    // The first is the run's own.
    for rest in report.split("\"outcome\":").skip(2) {
        *outcomes
            .entry(rest.split('"').nth(1).unwrap_or_default())
            .or_default() += 1;
    }
    let shown: Vec<String> = outcomes
        .iter()
        .map(|(outcome, count)| format!("{count} {outcome}"))
        .collect();
    shown.join(", ")
}

impl World {
    fn respond(&self, request: &Request) -> io::Result<Reply> {
        self.requests.fetch_add(1, Ordering::Relaxed);
        let name = request.target.split('/').nth(2);
        let number = name.and_then(|name| name.strip_prefix('j')?.parse::<usize>().ok());
        let endpoint = number.and_then(|number| self.endpoints.get(number));
        let endpoint = endpoint.ok_or_else(|| io::Error::other("there is no such journal"))?;
        std::thread::sleep(endpoint.latency);
        self.answer(endpoint, request)
    }

    fn answer(&self, endpoint: &Endpoint, request: &Request) -> io::Result<Reply> {
        const PAGE_OF_HTML: &str = "<!DOCTYPE html><html><body><h1>No</h1></body></html>";
        let html = |status, header| {
            let mut reply = Reply::html(status, PAGE_OF_HTML);
            reply.headers.push_str(header);
            reply
        };
        let argument = |name| request.argument(name);
        let lists = argument("verb") == Some("ListRecords");
        let page = argument("resumptionToken").map_or(0, |token| token.parse().unwrap_or(0));
        let last = (endpoint.records - 1) / PAGE;
        let first_failure =
            || lists && page == last / 2 && !endpoint.failed.swap(true, Ordering::Relaxed);
        match endpoint.manner {
            Manner::NotFound => return Ok(html("404 Not Found", "")),
            Manner::Wall => return Ok(html("403 Forbidden", "cf-mitigated: challenge\r\n")),
            Manner::Busy if first_failure() => {
                return Ok(html("503 Service Unavailable", "retry-after: 1\r\n"));
            }
            Manner::Fails if lists && last > 0 && page == last => {
                return Ok(html("500 Internal Server Error", ""));
            }
            _ => {}
        }
        let body = match argument("verb") {
            Some("ListRecords") if argument("from").is_none() => {
                self.page(endpoint, page.min(last), last)?
            }
            Some("ListRecords") => response(
                "",
                "\t<error code=\"noRecordsMatch\">No records match</error>\n",
            )
            .into_bytes(),
            Some("Identify") => {
                response(r#" verb="Identify""#, crate::provider::IDENTIFY).into_bytes()
            }
            Some("ListMetadataFormats") => {
                response(r#" verb="ListMetadataFormats""#, crate::provider::FORMATS).into_bytes()
            }
            _ => response("", "\t<error code=\"badVerb\">Illegal OAI verb</error>\n").into_bytes(),
        };
        Ok(Reply {
            is_cut: endpoint.manner == Manner::Cut && first_failure(),
            ..Reply::xml(body)
        })
    }

    /// A page of a journal: one of the made ones, with as many records as are left, and the journal's own token.
    fn page(&self, endpoint: &Endpoint, page: usize, last: usize) -> io::Result<Vec<u8>> {
        const RECORD: &str = "\t\t<record>\n";
        let mut body = Vec::new();
        self.pages.read(page, &mut body)?;
        let text = String::from_utf8(body).map_err(io::Error::other)?;
        let end = text.rfind("\t\t<resumptionToken").unwrap_or(text.len());
        let left = endpoint.records - page * PAGE;
        let end = text[..end]
            .match_indices(RECORD)
            .nth(left)
            .map_or(end, |(at, _)| at);
        let next = match page {
            _ if page == last => String::new(),
            1 if endpoint.manner == Manner::Loops => "1".to_owned(),
            _ => (page + 1).to_string(),
        };
        Ok(format!(
            "{}\t\t<resumptionToken completeListSize=\"{}\" cursor=\"{}\">{next}</resumptionToken>\n\t</ListRecords>\n</OAI-PMH>\n",
            &text[..end],
            endpoint.records,
            page * PAGE,
        )
        .into_bytes())
    }
}
