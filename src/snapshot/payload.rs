//! The payload of a snapshot, and its `bag-info.txt`.

use std::fmt;
use std::io::Write as _;

use chrono::Utc;
use serde::Deserialize as _;
use serde_json::{Value, json};

use super::bag::{self, Bag};
use super::error::SnapshotError;
use super::files::Missing;
use super::requests::{self, SourceFile};
use super::settings::Settings;
use super::warc::Warc;
use super::{folder, gone};
use crate::article::SCHEMA_VERSION;
use crate::export::{Choice, Destination, Options, Scope, export_collection, exporter};
use crate::harvest::{Outcome, SourceReport};
use crate::normalize::{LANDING_PAGE, VERSION};
use crate::phase::Phase;
use crate::store::{ItemNo, ListNo, PageNo, RunRow, Selection, Source, Store, Window, WindowState};
use crate::values::DisplaySafeUrl;

/// Pages in one read.
const BATCH: usize = 16;
/// Missing files that are named.
const NAMED: usize = 20;
/// Items in one read.
const ITEMS: usize = 200;
/// Runs that are looked through for the last that harvested a source.
const RUNS: usize = 1000;

/// The completeness of a source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Completeness {
    /// Every list was seen to its end, and nothing is missing.
    Complete,
    /// Something is missing: what.
    Incomplete(Vec<String>),
    /// Nothing is known to be missing, but no list was seen to its end: saved responses.
    Unknown,
}

impl Completeness {
    /// The same without these files.
    pub(super) fn without(self, missing: &[Missing]) -> Self {
        if missing.is_empty() {
            return self;
        }
        let names: Vec<&str> = missing.iter().take(NAMED).map(|file| &*file.url).collect();
        let more = missing.len().saturating_sub(NAMED);
        let more = if more > 0 {
            format!(" and {more} more, see data/files.jsonl")
        } else {
            String::new()
        };
        let lack = format!(
            "{} files could not be had: {}{more}",
            missing.len(),
            names.join(", ")
        );
        match self {
            Self::Incomplete(mut why) => {
                why.push(lack);
                Self::Incomplete(why)
            }
            Self::Complete | Self::Unknown => Self::Incomplete(vec![lack]),
        }
    }
}

impl fmt::Display for Completeness {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Complete => f.write_str("complete"),
            Self::Incomplete(why) => write!(f, "incomplete: {}", why.join("; ")),
            Self::Unknown => f.write_str("unknown: no list was seen to its end"),
        }
    }
}

/// The elements of `bag-info.txt` (RFC 8493, 2.2.2), less the Oxum.
pub(super) fn info(
    source: &Source,
    settings: &Settings,
    completeness: &Completeness,
) -> Vec<(&'static str, String)> {
    let identify = source
        .identify
        .as_ref()
        .map(|remembered| &remembered.identify);
    let name = identify.map_or(&source.name, |identify| &identify.repository_name);
    let mut info = Vec::new();
    info.extend(
        settings
            .organization
            .clone()
            .map(|text| ("Source-Organization", text)),
    );
    info.extend(settings.contact.clone().map(|text| ("Contact-Email", text)));
    info.push((
        "External-Description",
        format!("Metadata of {name}, as harvested over OAI-PMH"),
    ));
    info.push(("Bagging-Date", Utc::now().format("%Y-%m-%d").to_string()));
    info.push((
        "External-Identifier",
        DisplaySafeUrl::from(&source.base_url).into(),
    ));
    info.push(("Internal-Sender-Identifier", source.name.clone()));
    info.push((
        "Bag-Software-Agent",
        concat!("offprint ", env!("CARGO_PKG_VERSION")).to_owned(),
    ));
    info.push(("Completeness", completeness.to_string()));
    info
}

/// Writes the payload; returns whether the source is complete.
pub(super) async fn write(
    store: &dyn Store,
    source: &Source,
    settings: &Settings,
    bag: &mut Bag,
) -> Result<Completeness, SnapshotError> {
    let formats = pages(store, source, settings, bag).await?;
    gone(store, source, bag).await?;
    articles(store, source, settings, bag).await?;
    let known = SourceFile {
        name: source.name.clone(),
        base_url: DisplaySafeUrl::from(&source.base_url),
        identify: source.identify.clone(),
    };
    bag.put(
        "source.json",
        &pretty(&serde_json::to_value(known).unwrap_or_default()),
    )?;
    let last = last_report(store, source).await?;
    let report = last.as_ref().map_or(Value::Null, |(run, report)| {
        json!({"run": run.run_no, "kind": run.kind, "started": run.started, "ended": run.ended, "report": report})
    });
    bag.put("report.json", &pretty(&report))?;
    let versions = json!({
        "offprint": env!("CARGO_PKG_VERSION"),
        "crosswalks": VERSION,
        "article_schema": SCHEMA_VERSION,
        "derivation": source.derivation,
        "jats": settings.jats.version.as_str(),
        "formats": formats,
    });
    bag.put("versions.json", &pretty(&versions))?;
    completeness(store, source, last.as_ref().map(|(_, report)| report)).await
}

/// Writes the pages and the list of their requests; the formats they hold.
async fn pages(
    store: &dyn Store,
    source: &Source,
    settings: &Settings,
    bag: &mut Bag,
) -> Result<Vec<String>, SnapshotError> {
    let folder = bag.folder("pages")?;
    let path = bag.payload("requests.tsv");
    let failed = |error| SnapshotError::io("write", &path, error);
    let mut requests = std::io::BufWriter::new(folder::create(&path).map_err(failed)?);
    requests
        .write_all(requests::HEAD.as_bytes())
        .map_err(failed)?;
    let warc_path = bag.payload("pages.warc.gz");
    let warc_failed = |error| SnapshotError::io("write", &warc_path, error);
    let mut warc = None;
    if settings.warc {
        warc = Some(Warc::create(&warc_path, source).map_err(warc_failed)?);
    }
    let mut formats = Vec::new();
    let phase = Phase::begin("copying pages", None);
    let mut after = PageNo::START;
    loop {
        let pages = store.pages(source.source_id, after, BATCH).await?;
        let Some(last) = pages.last() else { break };
        phase.advance(pages.len() as u64);
        after = last.page_no;
        let mut lines = String::new();
        for page in pages {
            requests::line(&mut lines, &page);
            if let Some(warc) = &mut warc {
                warc.page(&page).map_err(warc_failed)?;
            }
            if let (Some(name), Some(body)) = (requests::file_name(&page), &page.body) {
                bag::write(&folder.join(name), body)?;
            }
            if !formats.contains(&page.metadata_prefix) {
                formats.push(page.metadata_prefix);
            }
        }
        requests.write_all(lines.as_bytes()).map_err(failed)?;
    }
    requests
        .into_inner()
        .map_err(|error| failed(error.into_error()))?
        .sync_data()
        .map_err(failed)?;
    if let Some(warc) = warc {
        warc.finish().map_err(warc_failed)?;
    }
    Ok(formats)
}

/// Writes the list of what went without a tombstone.
async fn gone(store: &dyn Store, source: &Source, bag: &mut Bag) -> Result<(), SnapshotError> {
    let mut text = gone::HEAD.to_owned();
    let mut after = ItemNo::START;
    loop {
        let items = store
            .items(source.source_id, Selection::All, after, ITEMS)
            .await?;
        let Some(last) = items.last() else { break };
        after = last.item_no;
        for item in &items {
            gone::lines(&mut text, item);
        }
    }
    bag.put("gone.tsv", text.as_bytes())
}

/// Writes the articles as JSON Lines and as JATS.
async fn articles(
    store: &dyn Store,
    source: &Source,
    settings: &Settings,
    bag: &mut Bag,
) -> Result<(), SnapshotError> {
    let choice = Choice {
        sources: vec![source.name.clone()],
        ..Choice::default()
    };
    let options = Options {
        jats: settings.jats,
        ..Options::default()
    };
    let jats = bag.folder("jats")?;
    let places = [
        ("jsonl", Destination::File(bag.payload("articles.jsonl"))),
        ("jats", Destination::Folder(jats)),
    ];
    for (name, place) in places {
        let target = place.open(exporter(name, &options)?, Scope::Full)?;
        export_collection(store, &choice, target)
            .await
            .map_err(Box::new)?;
    }
    Ok(())
}

/// The last run that harvested a source and came to its end, and what it says of the source.
async fn last_report(
    store: &dyn Store,
    source: &Source,
) -> Result<Option<(RunRow, SourceReport)>, SnapshotError> {
    for run in store.runs(RUNS).await? {
        let report: Option<Value> = run
            .report
            .as_deref()
            .and_then(|text| serde_json::from_str(text).ok());
        let sources = report
            .as_ref()
            .and_then(|report| report["sources"].as_array())
            .into_iter()
            .flatten();
        let mut reports = sources.filter_map(|one| SourceReport::deserialize(one).ok());
        if let Some(own) = reports.find(|report| report.source == source.name) {
            return Ok(Some((run, own)));
        }
    }
    Ok(None)
}

async fn completeness(
    store: &dyn Store,
    source: &Source,
    last: Option<&SourceReport>,
) -> Result<Completeness, SnapshotError> {
    let mut why = Vec::new();
    let streams = store.streams(source.source_id).await?;
    let lists = || {
        streams
            .iter()
            .filter(|stream| stream.metadata_prefix != LANDING_PAGE)
    };
    let mut open = 0;
    let mut formats: Vec<&str> = Vec::new();
    for stream in lists() {
        let is_open =
            |window: &&Window| matches!(window.state, WindowState::Todo | WindowState::Open);
        let windows = stream.windows.iter().filter(is_open).count();
        open += windows;
        if windows > 0 && !formats.contains(&&*stream.metadata_prefix) {
            formats.push(&stream.metadata_prefix);
        }
    }
    let gaps = store.gaps(source.source_id).await?.len();
    if gaps > 0 {
        why.push(format!("{gaps} open gaps"));
    }
    if open > 0 {
        why.push(format!(
            "{open} windows of datestamps not seen to their end in {}",
            formats.join(", ")
        ));
    }
    match last {
        Some(report) if why.is_empty() && report.outcome != Outcome::Complete => {
            let error = report
                .error
                .as_ref()
                .map(|error| format!(", {error}"))
                .unwrap_or_default();
            why.push(format!(
                "the last harvest is {}{error}",
                report.outcome.as_str()
            ));
        }
        _ => {}
    }
    Ok(if !why.is_empty() {
        Completeness::Incomplete(why)
    } else if lists().any(|stream| stream.last_complete_list == ListNo::START) || streams.is_empty()
    {
        Completeness::Unknown
    } else {
        Completeness::Complete
    })
}

fn pretty(value: &Value) -> Vec<u8> {
    format!("{value:#}\n").into_bytes()
}
