//! Saved responses: a directory, an archive or single files of pages, brought in as if they came off the wire.

use std::collections::{BTreeSet, HashSet};
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use sha2::{Digest, Sha256};
use url::Url;
use xxhash_rust::xxh3::xxh3_64;

use crate::harvest::bag::{self, SavedBag};
use crate::harvest::base_url::any_base_url;
use crate::harvest::caches::Cache;
use crate::harvest::contact::refuse_other_name;
use crate::harvest::saved::{Read, Saved, by_metadata, import_error, read};
use crate::harvest::{HarvestError, Harvester, Outcome, SourcePlan, SourceReport};
use crate::normalize::LANDING_PAGE;
use crate::oai::{Datestamp, Identify, Page, Verb};
use crate::redact::is_masked;
use crate::snapshot::{Gone, SourceFile};
use crate::store::{
    Batch, CommitStats, NewPage, NewRecord, Remembered, RunNo, Source, SourceSpec, Stream,
    StreamUpdate, Window, WindowKind, WindowState,
};
use crate::values::DisplaySafeUrl;

/// Brings saved responses in, file by file. The base URL is the one the responses repeat, unless the plan names
/// one; files that are plainly not responses, and lists in formats the plan does not name, are passed over with a note.
/// A response that cannot be read is a loss.
/// A record that the store holds in a newer version stays as it is. Of a snapshot, its pages are read with the
/// requests they answered, and it says what their source is. Of what another harvester kept, see `caches`: there the
/// next harvest of the endpoint continues from where that harvester had come to.
pub async fn import(
    harvester: &Harvester,
    plan: &SourcePlan,
    path: &Path,
) -> Result<SourceReport, HarvestError> {
    let started = Instant::now();
    let mut report = SourceReport::new("", &plan.url);
    let (sender, mut receiver) = tokio::sync::mpsc::channel(2);
    let saved_bag = SavedBag::open(path)?;
    let cache = if saved_bag.is_none() {
        Cache::open(path, plan)?
    } else {
        None
    };
    if saved_bag.is_some() {
        compare_checksums(path, &mut report).await?;
    }
    let origin = Origin { saved_bag, cache };
    let (bag, from) = (origin.saved_bag.clone(), origin.cache.clone());
    let root = path.to_owned();
    let reading =
        tokio::task::spawn_blocking(move || read(&root, bag.as_ref(), from.as_ref(), &sender));
    // What comes before the source is known: an Identify answer that names no list, or a note.
    let mut importer: Option<Importer<'_>> = None;
    let mut has_response = false;
    while let Some(read) = receiver.recv().await {
        if harvester.cancel.is_cancelled() {
            report.outcome = Outcome::Interrupted;
            break;
        }
        let saved = match read {
            Read::Page(saved) => *saved,
            Read::Other(note) => {
                report.note(note);
                continue;
            }
            Read::Lost(what, why) => {
                report.lose(what, why);
                continue;
            }
        };
        has_response = true;
        if importer.is_none() {
            importer = begin(harvester, plan, &origin, &saved, &mut report).await?;
        }
        if let Some(importer) = &mut importer {
            importer.take(saved, &mut report).await?;
        }
    }
    drop(receiver);
    let ended = reading.await;
    ended.map_err(|error| import_error(path, error.to_string()))??;
    match importer {
        Some(importer) => importer.finish(path, report, started).await,
        None => Err(nothing_imported(path, has_response, &report)),
    }
}

/// The error of a path without a list that says where it came from.
fn nothing_imported(path: &Path, has_response: bool, report: &SourceReport) -> HarvestError {
    let why = if has_response {
        "no OAI-PMH responses that say where they came from; --base-url says it"
    } else {
        "no OAI-PMH response in it"
    };
    let lost = report.losses.first();
    let lost = lost.map(|loss| format!("; {}: {}", loss.what, loss.reason));
    import_error(path, why.to_owned() + &lost.unwrap_or_default())
}

/// Counts as losses what differs from the checksums of a snapshot: its pages may be damaged and yet readable.
async fn compare_checksums(path: &Path, report: &mut SourceReport) -> Result<(), HarvestError> {
    let root = path.to_owned();
    let verified = tokio::task::spawn_blocking(move || crate::snapshot::verify(&root))
        .await
        .map_err(|error| import_error(path, error.to_string()))?
        .map_err(|error| import_error(path, error.to_string()))?;
    for complaint in verified.complaints {
        report.lose(
            format!("a part of the snapshot: {complaint}"),
            "the snapshot is damaged",
        );
    }
    Ok(())
}

/// The origin of saved responses.
struct Origin {
    saved_bag: Option<SavedBag>,
    cache: Option<Cache>,
}

impl Origin {
    /// The description of the source in a snapshot.
    fn told(&self) -> Option<&SourceFile> {
        self.saved_bag.as_ref().map(|bag| &bag.source)
    }
}

/// Opens the source of saved responses, now that one of them is there. Returns nothing where it does not say where it
/// came from.
async fn begin<'h>(
    harvester: &'h Harvester,
    plan: &'h SourcePlan,
    origin: &Origin,
    saved: &Saved,
    report: &mut SourceReport,
) -> Result<Option<Importer<'h>>, HarvestError> {
    let told = origin.told();
    let repeated = told.map_or(saved.page.request.0.trim(), |source| source.base_url.trim());
    let cached = origin.cache.as_ref().and_then(Cache::base_url);
    let url = match plan.url.as_str() {
        "" => cached.unwrap_or(repeated),
        url => url,
    };
    let Ok(url) = any_base_url(url) else {
        let why = "it does not say where it came from";
        if saved.page.records.is_empty() {
            report.note(format!("{} was passed over: {why}", saved.name));
        } else {
            report.lose(&*saved.name, why);
        }
        return Ok(None);
    };
    let (source, is_new) = open_source(harvester, plan, told, &url, report).await?;
    if let Some(identify) = told.and_then(|told| told.identify.as_ref())
        && source
            .identify
            .as_ref()
            .is_none_or(|known| known.asked_at < identify.asked_at)
    {
        harvester
            .store
            .remember_identify(&source, &source.base_url, identify)
            .await?;
    }
    harvester.observer.source_started(&source.name);
    report.source.clone_from(&source.name);
    report.base_url = DisplaySafeUrl::from(&source.base_url);
    let gone = origin.saved_bag.as_ref().map(|bag| Arc::clone(&bag.gone));
    Ok(Some(Importer {
        harvester,
        plan,
        is_new,
        // Into an empty source, the versions of a snapshot go in the order they came, whatever their datestamps.
        only_newer: origin.saved_bag.is_none() || source.seq > 0,
        source,
        other_formats: BTreeSet::new(),
        cache: origin.cache.clone(),
        gone: gone.unwrap_or_default(),
        streams: Vec::new(),
        last_prefix: None,
        list: RunNo::START,
        in_list: HashSet::new(),
    }))
}

/// Opens the source of an address. Returns whether it is new.
async fn open_source(
    harvester: &Harvester,
    plan: &SourcePlan,
    told: Option<&SourceFile>,
    url: &Url,
    report: &mut SourceReport,
) -> Result<(Source, bool), HarvestError> {
    let mut spec = SourceSpec {
        name: plan.name.clone(),
        base_url: crate::http::address(url),
    };
    let known = harvester.store.sources().await?;
    if is_masked(url) {
        // The store may know what the snapshot does not tell.
        match known
            .iter()
            .find(|source| DisplaySafeUrl::from(&source.base_url).as_str() == spec.base_url)
        {
            Some(whole) => spec.base_url.clone_from(&whole.base_url),
            None => report.note(
                "a secret in the source's address is masked: `offprint source move` gives it the whole one",
            ),
        }
    }
    if let (None, Some(told)) = (&spec.name, told) {
        // Another source may have its name, and it may be known under another.
        let is_free = known
            .iter()
            .all(|source| source.name != told.name && source.base_url != spec.base_url);
        spec.name = is_free.then(|| told.name.clone());
    }
    let known = harvester.store.find_source(&spec).await?;
    let is_new = known.is_none();
    if let Some(known) = known {
        if let Some(name) = &plan.name {
            refuse_other_name(name, &known, &spec.base_url)?;
        }
        // Saved pages say where they came from, not where the source is now.
        spec.base_url = known.base_url;
    }
    Ok((harvester.store.open_source(&spec).await?, is_new))
}

struct Importer<'a> {
    harvester: &'a Harvester,
    plan: &'a SourcePlan,
    source: Source,
    /// True if this import made the source.
    is_new: bool,
    only_newer: bool,
    /// Formats of the records that were passed over.
    other_formats: BTreeSet<String>,
    /// The description by another harvester of its cache.
    cache: Option<Cache>,
    /// Records that vanished without a tombstone, as recorded by a snapshot.
    gone: Arc<Vec<Gone>>,
    /// Each with the run of a snapshot that its window stands for.
    streams: Vec<(Stream, Window, RunNo)>,
    last_prefix: Option<String>,
    /// Number of the list in hand of a cache, and hashes of the identifiers it has brought.
    list: RunNo,
    in_list: HashSet<u64>,
}

impl Importer<'_> {
    /// Ends the import, now that all is read.
    async fn finish(
        mut self,
        path: &Path,
        mut report: SourceReport,
        started: Instant,
    ) -> Result<SourceReport, HarvestError> {
        if report.outcome == Outcome::Complete {
            self.go_on_from_there(&mut report).await?;
            self.mark_deleted(&mut report).await?;
        }
        report.source_id = Some(self.source.source_id);
        report.seconds = started.elapsed().as_secs_f64();
        if report.pages == 0 && report.landing_pages == 0 && report.outcome == Outcome::Complete {
            self.nothing_found(path, &mut report);
            if self.is_new {
                // Nothing of it was wanted: the store stays as it was.
                self.harvester.store.remove_source(&report.source).await?;
                report.source_id = None;
            }
        }
        if report.source_id.is_some() {
            self.source.note_run(self.harvester).await?;
        }
        self.harvester
            .observer
            .source_done(&report.source, &report.to_string());
        Ok(report)
    }

    /// Notes in the report that no page had a record in a wanted format.
    fn nothing_found(&self, path: &Path, report: &mut SourceReport) {
        report.outcome = Outcome::Failed;
        let path = path.display().to_string();
        let found: Vec<String> = self.other_formats.iter().cloned().collect();
        let error = if found.is_empty() {
            let detail = "no page with records was found".to_owned();
            HarvestError::Import { path, detail }
        } else {
            let wanted = self.plan.wanted_prefixes();
            HarvestError::ImportFormat {
                path,
                found,
                wanted,
            }
        };
        report.error = Some(error.to_string());
        report.stopped_by = Some(Arc::new(error));
    }

    /// Remembers what a saved response to Identify says.
    async fn remember(&self, identify: &Identify, saved: &Saved) -> Result<(), HarvestError> {
        let response_date = saved.page.response_date.as_deref();
        let remembered = Remembered {
            asked_at: response_date
                .and_then(Datestamp::parse)
                .map_or(saved.modified, |date| date.time),
            identify: identify.clone(),
            redirects: false,
            best: Vec::new(),
            pages: Vec::new(),
        };
        self.harvester
            .store
            .remember_identify(&self.source, &self.source.base_url, &remembered)
            .await?;
        Ok(())
    }

    async fn take(&mut self, saved: Saved, report: &mut SourceReport) -> Result<(), HarvestError> {
        let page = &saved.page;
        if let Some(identify) = &page.identify {
            return self.remember(identify, &saved).await;
        }
        let run = saved
            .request
            .as_ref()
            .map_or_else(|| self.list_of(page), |request| request.run);
        if let Some(request) = saved
            .request
            .as_ref()
            .filter(|request| request.kind == LANDING_PAGE)
        {
            let index = self.stream(LANDING_PAGE, run).await?;
            let Some(new) =
                bag::landing_page(self.streams[index].1.window_no, request, &saved.body)
            else {
                report.lose(
                    saved.name,
                    "the snapshot does not say whose landing page it is",
                );
                return Ok(());
            };
            report.landing_pages += 1;
            return self.commit(index, new).await.map(|_| ());
        }
        if !matches!(page.verb, Some(Verb::ListRecords | Verb::GetRecord))
            || page.records.is_empty()
        {
            return Ok(());
        }
        let prefix = self.prefix(&saved);
        let wanted = if self.plan.prefixes.is_empty() {
            &["oai_dc".to_owned()][..]
        } else {
            &self.plan.prefixes
        };
        // A snapshot comes back as a whole, and a cache has one format.
        let is_whole =
            (saved.request.is_some() && self.plan.prefixes.is_empty()) || self.cache.is_some();
        if !is_whole && !wanted.contains(&prefix) {
            report.note(format!("{} holds {prefix} and was passed over", saved.name));
            self.other_formats.insert(prefix);
            return Ok(());
        }
        report.repaired(&page.repairs);
        let index = self.stream(&prefix, run).await?;
        let mut new = new_page(&saved, &self.streams[index].1, report);
        if self.only_newer {
            self.leave_gone(index, &mut new).await?;
        }
        report.tally += self.commit(index, new).await?;
        report.pages += 1;
        self.harvester
            .observer
            .page(&self.source.name, report.tally.records, None);
        Ok(())
    }

    async fn commit(&mut self, index: usize, new: NewPage) -> Result<CommitStats, HarvestError> {
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
    async fn stream(&mut self, prefix: &str, run: RunNo) -> Result<usize, HarvestError> {
        if let Some(index) = self
            .streams
            .iter()
            .position(|(stream, ..)| stream.metadata_prefix == prefix)
        {
            let (_, window, of_run) = &mut self.streams[index];
            if *of_run != run {
                *of_run = run;
                *window = Window {
                    kind: WindowKind::Get,
                    state: WindowState::Done,
                    ..Window::todo(window.window_no.next(), window.list_no.next(), None, None)
                };
            }
            return Ok(index);
        }
        let set = self.cache.as_ref().and_then(Cache::set);
        let stream = self
            .harvester
            .store
            .open_stream(&self.source, prefix, set)
            .await?;
        let next = stream
            .windows
            .iter()
            .map(|window| window.window_no)
            .max()
            .unwrap_or_default()
            .next();
        let mut window = Window::todo(next, stream.last_list.next(), None, None);
        // Whether a saved list was whole cannot be known: it moves no cursor.
        window.kind = WindowKind::Get;
        window.state = WindowState::Done;
        self.streams.push((stream, window, run));
        Ok(self.streams.len() - 1)
    }

    /// A cache holds list after list: where an identifier comes again, another has begun, in which what was live
    /// may be deleted.
    fn list_of(&mut self, page: &Page) -> RunNo {
        if self.cache.is_none() {
            return RunNo::START;
        }
        let hashes: Vec<u64> = page
            .records
            .iter()
            .map(|record| xxh3_64(record.identifier.as_bytes()))
            .collect();
        if hashes.iter().any(|hash| self.in_list.contains(hash)) {
            self.list = self.list.next();
            self.in_list.clear();
        }
        self.in_list.extend(hashes);
        self.list
    }

    /// Lets the next harvest of the endpoint continue from where the other harvester had come to.
    async fn go_on_from_there(&mut self, report: &mut SourceReport) -> Result<(), HarvestError> {
        let Some(until) = self.cache.as_ref().and_then(Cache::until) else {
            return Ok(());
        };
        for (stream, ..) in &self.streams {
            if stream.metadata_prefix == LANDING_PAGE
                || stream.cursor.is_some_and(|cursor| cursor >= until)
            {
                continue;
            }
            let update = StreamUpdate {
                cursor: Some(until),
                last_complete_list: None,
            };
            let batch = Batch {
                run_no: self.harvester.run_no,
                stream_no: stream.stream_no,
                stream: Some(update),
                ..Batch::default()
            };
            self.harvester.store.commit(&self.source, batch).await?;
            report.note(format!(
                "{} goes on from {}; whether all was had before, a harvest with --full tells",
                stream.metadata_prefix,
                until.format("%Y-%m-%d")
            ));
        }
        Ok(())
    }

    /// Leaves out of a page that comes once more what has gone since, and is known to have.
    async fn leave_gone(&self, index: usize, page: &mut NewPage) -> Result<(), HarvestError> {
        let stream = &self.streams[index].0;
        let of_stream = self
            .gone
            .iter()
            .filter(|gone| gone.format == stream.metadata_prefix);
        let gone: HashSet<&str> = of_stream.map(|gone| &*gone.identifier).collect();
        let here: Vec<String> = page
            .records
            .iter()
            .map(|record| record.identifier.clone())
            .collect();
        if !here.iter().any(|identifier| gone.contains(&**identifier)) {
            return Ok(());
        }
        let live = self
            .harvester
            .store
            .live_datestamps(self.source.source_id, stream.format_no, &here)
            .await?;
        let mut live = live.into_iter().map(|datestamp| datestamp.is_some());
        page.records
            .retain(|record| live.next() == Some(true) || !gone.contains(&*record.identifier));
        Ok(())
    }

    /// Takes for deleted what a snapshot says to have gone without a tombstone.
    async fn mark_deleted(&mut self, report: &mut SourceReport) -> Result<(), HarvestError> {
        for (stream, ..) in &self.streams {
            let of_stream = self
                .gone
                .iter()
                .filter(|gone| gone.format == stream.metadata_prefix);
            let records: Vec<(String, String)> = of_stream
                .map(|gone| (gone.identifier.clone(), gone.datestamp.clone()))
                .collect();
            if !records.is_empty() {
                let store = &self.harvester.store;
                report.tally.deleted += store
                    .mark_deleted(&self.source, stream.stream_no, &records)
                    .await?;
            }
        }
        Ok(())
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
                report.lose(
                    format!("a record of {}", saved.name),
                    "it has no identifier, one over 64 KiB, or no metadata",
                );
            }
            sound
        })
        .map(NewRecord::from)
        .collect();
    let fetched_at = page
        .response_date
        .as_deref()
        .and_then(Datestamp::parse)
        .map_or(saved.modified, |date| date.time);
    let told = saved.request.as_ref();
    NewPage {
        window_no: window.window_no,
        kind: page.verb.map_or("", Verb::as_str).to_owned(),
        fetched_at: told.map_or(fetched_at, |request| request.time),
        request: told.map_or_else(
            || format!("file:{}", saved.name),
            |request| request.request.clone(),
        ),
        status: told.map_or(0, |request| request.status),
        headers: "{}".to_owned(),
        wire_coding: told
            .map_or("identity", |request| request.wire_coding.as_str())
            .to_owned(),
        body: saved.body.clone(),
        sha256: Sha256::digest(&saved.body).into(),
        head: page.head.clone(),
        listed: u32::try_from(page.records.len()).unwrap_or(u32::MAX),
        records,
    }
}
