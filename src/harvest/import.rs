//! Saved responses: a directory, an archive or single files of pages, brought in as if they came off the wire.

use std::fs::File;
use std::io::{Cursor, Read};
use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use flate2::read::MultiGzDecoder;
use quick_xml::events::Event;
use sha2::{Digest, Sha256};

use crate::harvest::bag::{self, SavedBag};
use crate::harvest::{HarvestError, Harvester, Outcome, SourcePlan, SourceReport};
use crate::normalize::LANDING_PAGE;
use crate::oai::{Datestamp, Page, Verb, read_page, read_record};
use crate::snapshot::Request;
use crate::store::{
    Batch, NewPage, NewRecord, Remembered, Source, SourceSpec, Stream, Tally, Window, WindowKind, WindowState,
};

/// Largest file after unpacking, bytes.
const MAX_FILE: u64 = 256 * 1024 * 1024;
/// Most files read in one import.
const MAX_FILES: usize = 1_000_000;
/// Deepest folder.
const MAX_DEPTH: usize = 32;

/// A saved response.
struct Saved {
    name: String,
    modified: DateTime<Utc>,
    body: bytes::Bytes,
    page: Page,
    /// What a snapshot says of it.
    request: Option<Request>,
}

/// Brings saved responses in, file by file. The base URL is the one the responses repeat, unless the plan names
/// one; files that are no responses, and lists in formats the plan does not name, are passed over with a note.
/// A record that the store holds in a newer version stays as it is. Of a snapshot, its pages are read with the
/// requests they answered, and it says what their source is.
pub async fn import(
    harvester: &Harvester,
    plan: &SourcePlan,
    path: &Path,
) -> Result<SourceReport, HarvestError> {
    let started = std::time::Instant::now();
    let mut report = SourceReport::new("", &plan.url);
    let (sender, mut receiver) = tokio::sync::mpsc::channel(2);
    let saved_bag = SavedBag::open(path)?;
    let root = saved_bag.as_ref().and_then(SavedBag::folder).unwrap_or_else(|| path.to_owned());
    let bag = saved_bag.clone();
    let reading = tokio::task::spawn_blocking(move || {
        let mut take = |name: String, modified, bytes: Vec<u8>| {
            let request = bag.as_ref().and_then(|bag| bag.requests.get(&name)).cloned();
            let page = if request.as_ref().is_some_and(|request| request.kind == LANDING_PAGE) {
                Ok(Page { complete: true, ..Page::default() })
            } else {
                read_page(&bytes)
            };
            let read = match page {
                Ok(page) if page.complete => Ok(Saved { name, modified, body: bytes.into(), page, request }),
                Ok(_) => Err(format!("{name} is cut short and was passed over")),
                Err(error) => Err(format!("{name} was passed over: {error}")),
            };
            sender.blocking_send(read).is_ok()
        };
        match bag.as_ref().filter(|bag| bag.folder().is_none()) {
            Some(bag) => {
                bag.read_archive(&mut |name, bytes| take(name, Utc::now(), bytes)).map_err(|error| {
                    HarvestError::Import { path: root.display().to_string(), detail: error.to_string() }
                })
            }
            None => read_files(&root, &mut take),
        }
    });
    // What comes before the source is known: an Identify answer that names no list, or a note.
    let mut importer: Option<Importer<'_>> = None;
    while let Some(read) = receiver.recv().await {
        if harvester.cancel.is_cancelled() {
            report.outcome = Outcome::Interrupted;
            break;
        }
        let saved = match read {
            Ok(saved) => saved,
            Err(note) => {
                report.note(note);
                continue;
            }
        };
        if importer.is_none() {
            let told = saved_bag.as_ref().map(|bag| &bag.source);
            let repeated = told.map_or(saved.page.request.0.trim(), |source| source.base_url.trim());
            let url = if plan.url.is_empty() { repeated } else { &plan.url };
            let Ok(url) = crate::harvest::source::base_url(url) else {
                report.note(format!("{} was passed over: it does not say where it came from", saved.name));
                continue;
            };
            let mut spec = SourceSpec { name: plan.name.clone(), base_url: crate::http::redact(&url) };
            if let (None, Some(told)) = (&spec.name, told) {
                let known = harvester.store.sources().await?;
                // Another source may have its name, and it may be known under another.
                let is_free =
                    known.iter().all(|source| source.name != told.name && source.base_url != spec.base_url);
                spec.name = is_free.then(|| told.name.clone());
            }
            let source = harvester.store.open_source(&spec).await?;
            if let Some(identify) = told.and_then(|told| told.identify.as_ref())
                && source.identify.as_ref().is_none_or(|known| known.asked_at < identify.asked_at)
            {
                harvester.store.remember_identify(&source, &source.base_url, identify).await?;
            }
            harvester.observer.source_started(&source.name);
            report.source.clone_from(&source.name);
            report.base_url.clone_from(&source.base_url);
            // Into an empty source, the versions of a snapshot go in the order they came, whatever their datestamps.
            let only_newer = saved_bag.is_none() || source.seq > 0;
            importer = Some(Importer {
                harvester,
                plan,
                source,
                only_newer,
                streams: Vec::new(),
                last_prefix: None,
            });
        }
        if let Some(importer) = &mut importer {
            importer.take(saved, &mut report).await?;
        }
    }
    drop(receiver);
    let failed = |detail: String| HarvestError::Import { path: path.display().to_string(), detail };
    reading.await.map_err(|error| failed(error.to_string()))??;
    let Some(importer) = importer else {
        return Err(failed("no OAI-PMH responses that say where they came from".to_owned()));
    };
    if report.pages == 0 && report.outcome == Outcome::Complete {
        report.outcome = Outcome::Failed;
        report.error = Some("no page with records was found".to_owned());
    }
    report.seconds = started.elapsed().as_secs_f64();
    importer.source.note_run(harvester).await?;
    harvester.observer.source_done(&report.source, &report.to_string());
    Ok(report)
}

struct Importer<'a> {
    harvester: &'a Harvester,
    plan: &'a SourcePlan,
    source: Source,
    only_newer: bool,
    /// Each with the run of a snapshot that its window stands for.
    streams: Vec<(Stream, Window, i64)>,
    last_prefix: Option<String>,
}

impl Importer<'_> {
    async fn take(&mut self, saved: Saved, report: &mut SourceReport) -> Result<(), HarvestError> {
        let page = &saved.page;
        if let Some(identify) = &page.identify {
            let asked_at = page
                .response_date
                .as_deref()
                .and_then(Datestamp::parse)
                .map_or(saved.modified, |date| date.time);
            let remembered = Remembered { asked_at, identify: identify.clone(), widest: None };
            self.harvester.store.remember_identify(&self.source, &report.base_url, &remembered).await?;
            return Ok(());
        }
        let run = saved.request.as_ref().map_or(0, |request| request.run);
        if let Some(request) = saved.request.as_ref().filter(|request| request.kind == LANDING_PAGE) {
            let index = self.stream(LANDING_PAGE, run).await?;
            let Some(new) = bag::landing_page(self.streams[index].1.window_no, request, &saved.body) else {
                return Ok(());
            };
            report.landing_pages += 1;
            return self.commit(index, new).await.map(|_| ());
        }
        if !matches!(page.verb, Some(Verb::ListRecords | Verb::GetRecord)) || page.records.is_empty() {
            return Ok(());
        }
        let prefix = self.prefix(&saved);
        let wanted =
            if self.plan.prefixes.is_empty() { &["oai_dc".to_owned()][..] } else { &self.plan.prefixes };
        // A snapshot comes back as a whole.
        let is_whole = saved.request.is_some() && self.plan.prefixes.is_empty();
        if !is_whole && !wanted.contains(&prefix) {
            report.note(format!("{} holds {prefix} and was passed over", saved.name));
            return Ok(());
        }
        report.repaired(&page.repairs);
        let index = self.stream(&prefix, run).await?;
        let new = new_page(&saved, &self.streams[index].1, report);
        report.tally += self.commit(index, new).await?;
        report.pages += 1;
        self.harvester.observer.page(&self.source.name, report.tally.records, None);
        Ok(())
    }

    async fn commit(&mut self, index: usize, new: NewPage) -> Result<Tally, HarvestError> {
        let (stream, window, _) = &mut self.streams[index];
        window.seen += i64::from(new.listed);
        let batch = Batch {
            run_no: self.harvester.run_no,
            stream_no: stream.stream_no,
            pages: vec![new],
            windows: vec![window.clone()],
            keep_all: self.plan.keep_all,
            only_newer: self.only_newer,
            ..Batch::default()
        };
        Ok(self.harvester.store.commit(&self.source, batch).await?)
    }

    /// The stream of a format, opened at its first page; one list an import. Of a snapshot, one list a run: what is
    /// live in one may be deleted in the next.
    async fn stream(&mut self, prefix: &str, run: i64) -> Result<usize, HarvestError> {
        if let Some(index) = self.streams.iter().position(|(stream, ..)| stream.metadata_prefix == prefix) {
            let (_, window, of_run) = &mut self.streams[index];
            if *of_run != run {
                *of_run = run;
                *window = Window {
                    kind: WindowKind::Get,
                    state: WindowState::Done,
                    ..Window::todo(window.window_no + 1, window.list_no + 1, None, None)
                };
            }
            return Ok(index);
        }
        let stream = self.harvester.store.open_stream(&self.source, prefix, None).await?;
        let next = stream.windows.iter().map(|window| window.window_no).max().unwrap_or(0) + 1;
        let mut window = Window::todo(next, stream.last_list + 1, None, None);
        // Whether a saved list was whole cannot be known: it moves no cursor.
        window.kind = WindowKind::Get;
        window.state = WindowState::Done;
        self.streams.push((stream, window, run));
        Ok(self.streams.len() - 1)
    }

    /// The format of a page: as its request says, else by its metadata, else as the page before.
    fn prefix(&mut self, saved: &Saved) -> String {
        let told = saved.request.as_ref().map(|request| request.format.clone());
        let prefix = told
            .or_else(|| saved.page.request.1.clone())
            .or_else(|| by_metadata(saved))
            .or_else(|| self.last_prefix.clone())
            .unwrap_or_else(|| "oai_dc".to_owned());
        self.last_prefix = Some(prefix.clone());
        prefix
    }
}

fn new_page(saved: &Saved, window: &Window, report: &mut SourceReport) -> NewPage {
    let page = &saved.page;
    let records = page
        .records
        .iter()
        .filter(|record| {
            let sound = !record.identifier.is_empty() && (record.deleted || record.has_metadata);
            if !sound {
                report.lose(format!("a record of {}", saved.name), "it has no identifier or no metadata");
            }
            sound
        })
        .map(|record| NewRecord {
            identifier: record.identifier.clone(),
            datestamp: record.datestamp.clone(),
            deleted: record.deleted,
            offset: record.offset as u64,
            len: record.len as u64,
            hash: record.hash,
        })
        .collect();
    let fetched_at =
        page.response_date.as_deref().and_then(Datestamp::parse).map_or(saved.modified, |date| date.time);
    let told = saved.request.as_ref();
    NewPage {
        window_no: window.window_no,
        kind: page.verb.map_or("", Verb::as_str).to_owned(),
        fetched_at: told.map_or(fetched_at, |request| request.time),
        request: told.map_or_else(|| format!("file:{}", saved.name), |request| request.request.clone()),
        status: told.map_or(0, |request| request.status),
        headers: "{}".to_owned(),
        wire_coding: told.map_or("identity", |request| request.wire_coding.as_str()).to_owned(),
        body: saved.body.clone(),
        sha256: Sha256::digest(&saved.body).into(),
        list_hash: page.list_hash(&saved.body),
        head: page.head.clone(),
        repairs: serde_json::to_string(&page.repairs).unwrap_or_default(),
        listed: u32::try_from(page.records.len()).unwrap_or(u32::MAX),
        records,
    }
}

/// The metadataPrefix that the first metadata element of a page goes by.
fn by_metadata(saved: &Saved) -> Option<String> {
    let found = saved.page.records.iter().find(|record| record.has_metadata)?;
    let slice = saved.body.get(found.offset..found.offset + found.len)?;
    let metadata = read_record(slice, &saved.page.head).ok()?.metadata?;
    let mut reader = quick_xml::Reader::from_str(&metadata);
    loop {
        match reader.read_event().ok()? {
            Event::Start(tag) | Event::Empty(tag) => {
                let name = tag.local_name();
                return Some(
                    match name.as_ref() {
                        "dc" => "oai_dc",
                        "qualifieddc" => "qdc",
                        "record" => "marcxml",
                        "oai_marc" => "oai_marc",
                        "rfc1807" => "rfc1807",
                        "article" => "jats",
                        "mods" => "mods",
                        other => other,
                    }
                    .to_owned(),
                );
            }
            Event::Eof => return None,
            _ => {}
        }
    }
}

/// Reads every file below a path in the order of their names, archives and compressed files opened, for as
/// long as they are taken.
fn read_files(
    path: &Path,
    take: &mut dyn FnMut(String, DateTime<Utc>, Vec<u8>) -> bool,
) -> Result<(), HarvestError> {
    let mut files = Vec::new();
    list(path, 0, &mut files)?;
    files.sort_by_key(|file| natural(&file.to_string_lossy()));
    for file in files {
        let failed = |error: std::io::Error| HarvestError::Import {
            path: file.display().to_string(),
            detail: error.to_string(),
        };
        let opened = File::open(&file).map_err(failed)?;
        let modified =
            opened.metadata().and_then(|meta| meta.modified()).map_or_else(|_| Utc::now(), DateTime::from);
        let name = file.strip_prefix(path).ok().filter(|rest| !rest.as_os_str().is_empty()).unwrap_or(&file);
        let name = name.display().to_string();
        let (bytes, name) = unpack(opened, name).map_err(failed)?;
        if !has_extension(&name, "tar") {
            if !take(name, modified, bytes) {
                return Ok(());
            }
            continue;
        }
        let mut archive = tar::Archive::new(Cursor::new(bytes));
        for entry in archive.entries().map_err(failed)?.take(MAX_FILES) {
            let entry = entry.map_err(failed)?;
            if !entry.header().entry_type().is_file() {
                continue;
            }
            // The name is only ever shown and sorted by; nothing is written under it.
            let name = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
            let seconds = entry.header().mtime().ok().and_then(|seconds| i64::try_from(seconds).ok());
            let modified =
                seconds.and_then(|seconds| DateTime::from_timestamp(seconds, 0)).unwrap_or(modified);
            let (bytes, name) = unpack(entry, name).map_err(failed)?;
            if !take(name, modified, bytes) {
                return Ok(());
            }
        }
    }
    Ok(())
}

fn list(path: &Path, depth: usize, files: &mut Vec<PathBuf>) -> Result<(), HarvestError> {
    let failed = |error: std::io::Error| HarvestError::Import {
        path: path.display().to_string(),
        detail: error.to_string(),
    };
    let kind = std::fs::metadata(path).map_err(failed)?;
    if kind.is_file() {
        files.push(path.to_owned());
    } else if kind.is_dir() && depth < MAX_DEPTH {
        for entry in std::fs::read_dir(path).map_err(failed)? {
            let entry = entry.map_err(failed)?;
            let hidden = entry.file_name().to_string_lossy().starts_with('.');
            // A link may lead in a circle.
            if !hidden && !entry.file_type().map_err(failed)?.is_symlink() && files.len() < MAX_FILES {
                list(&entry.path(), depth + 1, files)?;
            }
        }
    }
    Ok(())
}

/// The content of a file, unpacked by its name or its first bytes; and its name without `.gz` or `.zst`.
fn unpack(mut reader: impl Read, name: String) -> std::io::Result<(Vec<u8>, String)> {
    let mut start = [0; 4];
    let mut len = 0;
    while len < 4 {
        match reader.read(&mut start[len..])? {
            0 => break,
            more => len += more,
        }
    }
    let whole = Cursor::new(start[..len].to_vec()).chain(reader);
    let stem = |ending: &str| name.strip_suffix(ending).map_or_else(|| name.clone(), str::to_owned);
    if start.starts_with(&[0x1F, 0x8B]) {
        let stem = if has_extension(&name, "tgz") { stem(".tgz") + ".tar" } else { stem(".gz") };
        return Ok((bounded(MultiGzDecoder::new(whole))?, stem));
    }
    if start == [0x28, 0xB5, 0x2F, 0xFD] {
        return Ok((bounded(zstd::Decoder::new(whole)?)?, stem(".zst")));
    }
    Ok((bounded(whole)?, name))
}

fn bounded(reader: impl Read) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    if reader.take(MAX_FILE + 1).read_to_end(&mut bytes)? as u64 > MAX_FILE {
        return Err(std::io::Error::other(format!("larger than {MAX_FILE} bytes after unpacking")));
    }
    Ok(bytes)
}

fn has_extension(name: &str, extension: &str) -> bool {
    Path::new(name).extension().is_some_and(|own| own.eq_ignore_ascii_case(extension))
}

/// Sorts `page2` before `page10`: runs of digits go by their value.
fn natural(name: &str) -> Vec<(String, u64)> {
    let mut parts = Vec::new();
    let mut rest = name;
    while !rest.is_empty() {
        let text = rest.find(|c: char| c.is_ascii_digit()).unwrap_or(rest.len());
        let digits = rest[text..].find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len() - text);
        parts.push((rest[..text].to_owned(), rest[text..text + digits].parse().unwrap_or(u64::MAX)));
        rest = &rest[text + digits..];
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_in_names_sort_by_value() {
        let mut names = ["page10.xml", "page2.xml", "page1.xml"];
        names.sort_by_key(|name| natural(name));
        assert_eq!(names, ["page1.xml", "page2.xml", "page10.xml"]);
    }
}
