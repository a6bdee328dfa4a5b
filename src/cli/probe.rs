//! `offprint probe`: what an endpoint is, can and gets wrong, in a few requests.

use std::fmt::Write as _;
use std::sync::Arc;

use clap::Args;
use serde::Serialize;

use crate::cli::connection::Connection;
use crate::cli::context::Context;
use crate::cli::exit::Exit;
use crate::cli::output::{self, plain};
use crate::cli::values::Endpoint;
use crate::harvest::probe::{Dates, Probe, Token, probe};
use crate::harvest::{self, HarvestError};
use crate::http::Client;
use crate::oai::{DeletedRecord, Granularity, Identify};

/// Sets that are shown to people; JSON has all that were read.
const SETS: usize = 12;

/// Arguments of `probe`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  offprint probe https://journal.example.org/index.php/journal/oai
  offprint probe https://journal.example.org/oai --json | jq .advice

It sends about nine requests, at the rate of a harvest, and writes nothing.")]
pub struct ProbeArgs {
    /// Base URL of the endpoint, or a page of the journal
    pub url: Endpoint,

    /// Print JSON
    #[arg(long)]
    pub json: bool,

    /// Connection settings.
    #[command(flatten)]
    pub connection: Connection,
}

/// The JSON output: the probe and more.
#[derive(Serialize)]
struct Answer<'a> {
    #[serde(flatten)]
    probe: &'a Probe,
    latency_millis: u64,
    full_harvest_requests: Option<u64>,
    source: String,
}

/// Runs `probe`.
pub(super) async fn run(context: &Context, args: &ProbeArgs) -> anyhow::Result<Exit> {
    let client =
        Client::new(args.connection.options(&context.config, None)).map_err(HarvestError::from)?;
    let probe = ask(context, &client, &args.url).await?;
    let source = probe.source_block(&probe.name());
    if args.json {
        output::json(&Answer {
            latency_millis: probe.latency(),
            full_harvest_requests: probe.full_harvest_requests(),
            source,
            probe: &probe,
        })?;
    } else {
        output::to_stdout(&describe(&probe, &source))?;
    }
    Ok(Exit::Done)
}

/// Probes one endpoint.
pub(super) async fn ask(
    context: &Context,
    client: &Client,
    url: &Endpoint,
) -> Result<Probe, HarvestError> {
    let observer = Arc::clone(&context.progress) as _;
    let cancel = context.shutdown.token.clone();
    let endpoint = harvest::Endpoint::new(
        client.clone(),
        url.url().clone(),
        &url.to_string(),
        observer,
        cancel,
    );
    let probe = probe(endpoint).await?;
    if let Some(found) = &probe.found {
        let found = plain(found);
        context
            .progress
            .println(&format!("using the endpoint {found}"));
    }
    Ok(probe)
}

/// The probe for people.
fn describe(probe: &Probe, source: &str) -> String {
    let mut text = String::new();
    describe_endpoint(&mut text, probe);
    describe_list(&mut text, probe);
    if let Some(identify) = &probe.identify {
        describe_dates(&mut text, identify);
    }
    describe_transfer(&mut text, probe);
    lines(&mut text, "what went wrong", &probe.problems);
    let quirks: Vec<String> = probe
        .quirks
        .iter()
        .filter(|quirk| !quirk.versions.is_all())
        .map(|quirk| format!("{}: {}; {}", quirk.id, quirk.server, quirk.harvest))
        .collect();
    lines(&mut text, "known of this version", &quirks);
    lines(&mut text, "good to know", &probe.advice);
    let _ = write!(text, "\nfor offprint.toml\n\n{source}");
    text
}

/// Describes the name, the software, the formats and the sets of the endpoint.
fn describe_endpoint(text: &mut String, probe: &Probe) {
    if let Some(identify) = &probe.identify {
        line(text, "name", &identify.repository_name);
        let software = identify.software.as_ref().map(|software| {
            let version = software.version.as_deref();
            format!(
                "{} {}",
                software.name,
                version.unwrap_or("(version not stated)")
            )
        });
        let guess = if probe.ojs {
            "not stated; Open Journal Systems by its URL"
        } else {
            "not stated"
        };
        line(text, "software", software.as_deref().unwrap_or(guess));
    }
    line(text, "answered at", &probe.url);
    let formats = probe.formats.iter().map(|format| format.prefix.as_str());
    line(text, "formats", &names(formats, probe.formats.len()));
    let sets = probe.sets.iter().map(|set| set.spec.as_str());
    let mut sets = names(sets.take(SETS), probe.sets.len());
    if probe.more_sets {
        sets.push_str(" (and more that were not requested)");
    }
    line(text, "sets", if sets.is_empty() { "none" } else { &sets });
}

/// Describes the first page of its list of records.
fn describe_list(text: &mut String, probe: &Probe) {
    let list = &probe.list;
    let total = list
        .total
        .map_or_else(|| "not stated".to_owned(), |total| total.to_string());
    line(text, "records", &total);
    let full = probe
        .full_harvest_requests()
        .map(|n| format!("; a full harvest takes about {n} requests"));
    let page = format!(
        "{} records, {} of them deleted{}",
        list.page_size,
        list.deleted,
        full.unwrap_or_default()
    );
    line(text, "first page", &page);
    let token = match list.token {
        Token::Unknown => "not known",
        Token::NotNeeded => "not needed",
        Token::Missing => "missing, though there is more",
        Token::Broken => "leads nowhere",
        Token::Once => "leads on once",
        Token::Repeatable => "can be sent again",
    };
    line(text, "resumptionToken", token);
    let dates = match list.dates {
        Dates::Unknown => "not known",
        Dates::Ignored => "ignored",
        Dates::ByDay => "compared by day",
        Dates::Honoured => "kept to",
        Dates::Off => "do not find a record by its own datestamp",
    };
    line(text, "from and until", dates);
}

/// Describes the dates that Identify states.
fn describe_dates(text: &mut String, identify: &Identify) {
    let granularity = match identify.granularity {
        Granularity::Day => "days",
        Granularity::Second => "seconds",
    };
    line(text, "granularity", granularity);
    let deleted = match identify.deleted_record {
        DeletedRecord::No => "not reported",
        DeletedRecord::Transient => "reported for a limited time",
        DeletedRecord::Persistent => "reported",
    };
    line(text, "deleted records", deleted);
    line(text, "earliest datestamp", &identify.earliest_datestamp);
}

/// Describes the compression, the repairs and the latency of its responses.
fn describe_transfer(text: &mut String, probe: &Probe) {
    let list = &probe.list;
    line(text, "compression", if list.gzip { "gzip" } else { "none" });
    if list.repairs > 0 {
        let repairs = format!("{} on the first page", list.repairs);
        line(text, "repairs", &repairs);
    }
    let tries: u32 = probe.requests.iter().map(|asked| asked.tries).sum();
    let latency = format!("{} ms, the middle of {tries} requests", probe.latency());
    line(text, "latency", &latency);
}

/// A name and its value, where there is one.
fn line(text: &mut String, name: &str, value: &str) {
    if !value.is_empty() {
        let _ = writeln!(text, "{name:<20} {}", plain(value));
    }
}

/// A title and the lines below it, where there are any.
fn lines(text: &mut String, title: &str, lines: &[String]) {
    if lines.is_empty() {
        return;
    }
    let _ = writeln!(text, "\n{title}");
    for line in lines {
        let _ = writeln!(text, "  {}", plain(line));
    }
}

/// The first few names of so many.
fn names<'a>(shown: impl Iterator<Item = &'a str>, all: usize) -> String {
    let shown: Vec<&str> = shown.collect();
    match all - shown.len() {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}
