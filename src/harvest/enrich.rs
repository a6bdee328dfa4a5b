//! Landing pages: fetched beside the list, politely, when a record is new or has changed.

use std::collections::HashMap;

use chrono::{DateTime, TimeDelta, Utc};
use sha2::{Digest, Sha256};
use url::Url;
use xxhash_rust::xxh3::xxh3_64;

use crate::article::{Entry, LinkRel};
use crate::harvest::endpoint::{Endpoint, RequestError};
use crate::harvest::harvester::Harvester;
use crate::harvest::source_plan::Enrich;
use crate::harvest::{HarvestError, SourceReport};
use crate::http::{Response, host_of};
use crate::metadata::landing_page;
use crate::normalize::LANDING_PAGE;
use crate::normalize::entries::EntryReader;
use crate::normalize::stored::context_of;
use crate::oai::PageHead;
use crate::store::{
    Batch, GapNo, ItemNo, ItemRef, NewGap, NewPage, NewRecord, Selection, Source, Store, Stream,
    StreamNo, Window, WindowKind, WindowNo, WindowState,
};

/// The time for which a page that could not be fetched is left alone.
const LEAVE_ALONE: TimeDelta = TimeDelta::days(7);
/// Items looked at in one read.
const BATCH: usize = 200;

/// Fetches the landing pages of live items whose page was never had, or is older than their newest version.
pub(super) async fn landing_pages(
    harvester: &Harvester,
    enrich: &Enrich,
    source: &Source,
    endpoint: &Endpoint,
    report: &mut SourceReport,
) -> Result<(), HarvestError> {
    let store = harvester.store.as_ref();
    let stream = store.open_stream(source, LANDING_PAGE, None).await?;
    let failed = failed_pages(store, source, &stream).await?;
    let reader = EntryReader::new(store, source.source_id, context_of(source));
    let mut window = Window::todo(WindowNo(1), stream.last_list.next(), None, None);
    window.kind = WindowKind::Get;
    window.state = WindowState::Done;
    store
        .replace_windows(source, stream.stream_no, std::slice::from_ref(&window))
        .await?;
    // The first format is the one whose records are articles.
    let Some(records) = store.streams(source.source_id).await?.into_iter().next() else {
        return Ok(());
    };
    let mut pages = Pages {
        harvester,
        source,
        endpoint,
        reader,
        failed,
        stream_no: stream.stream_no,
        window,
    };
    let mut after = ItemNo::START;
    loop {
        let wanted = store
            .items_without(source, records.stream_no, LANDING_PAGE, after, BATCH)
            .await?;
        let Some(last) = wanted.last() else {
            return Ok(());
        };
        after = last.item_no;
        for item in wanted.iter().filter(|item| enrich.wants(&item.identifier)) {
            if endpoint.is_cancelled() {
                return Err(HarvestError::Interrupted);
            }
            pages.fetch(item, report).await?;
        }
    }
}

/// The landing pages of a source under way.
struct Pages<'a> {
    harvester: &'a Harvester,
    source: &'a Source,
    endpoint: &'a Endpoint,
    reader: EntryReader,
    /// Pages that failed before, by identifier: their gap, and when they were last tried.
    failed: HashMap<String, (GapNo, DateTime<Utc>)>,
    stream_no: StreamNo,
    window: Window,
}

impl Pages<'_> {
    /// Fetches the landing page of an item, unless it failed a short while ago, and commits it or its gap.
    async fn fetch(
        &mut self,
        item: &ItemRef,
        report: &mut SourceReport,
    ) -> Result<(), HarvestError> {
        let store = self.harvester.store.as_ref();
        let failure = self.failed.get(&item.identifier);
        if failure.is_some_and(|(_, last_try)| is_recent(*last_try)) {
            return Ok(());
        }
        let url = landing_url(store, self.source, &self.reader, item.item_no).await?;
        let Some(url) = url.filter(|url| is_at_endpoint(url, self.endpoint, report)) else {
            return Ok(());
        };
        let mut batch = Batch {
            run_no: self.harvester.run_no,
            stream_no: self.stream_no,
            ..Batch::default()
        };
        report.requests += 1;
        match self.endpoint.fetch(&url).await {
            Ok(response) => {
                report.landing_pages += 1;
                batch.closed_gaps.extend(failure.map(|(gap_no, _)| *gap_no));
                batch.pages.push(page(&item.identifier, &url, &response));
                self.window.seen += 1;
                batch.windows.push(self.window.clone());
            }
            Err(error) => batch.gaps.push(gap(&item.identifier, error, report)?),
        }
        store.commit(self.source, batch).await?;
        Ok(())
    }
}

/// Returns the pages that could not be fetched before, by identifier: their gaps, and when they were last tried.
async fn failed_pages(
    store: &dyn Store,
    source: &Source,
    stream: &Stream,
) -> Result<HashMap<String, (GapNo, DateTime<Utc>)>, HarvestError> {
    let gaps = store.gaps(source.source_id).await?;
    Ok(gaps
        .into_iter()
        .filter(|gap| gap.stream_no == stream.stream_no)
        .filter_map(|gap| Some((gap.identifier?, (gap.gap_no, gap.last_try))))
        .collect())
}

/// Returns whether a page is on the host of the endpoint: an address out of a record must not lead elsewhere.
fn is_at_endpoint(url: &Url, endpoint: &Endpoint, report: &mut SourceReport) -> bool {
    let is_there = host_of(url) == host_of(endpoint.base_url());
    if !is_there {
        report.note("landing pages on another host than the endpoint's were not fetched");
    }
    is_there
}

/// Returns the address of the landing page that an item names.
async fn landing_url(
    store: &dyn Store,
    source: &Source,
    reader: &EntryReader,
    item_no: ItemNo,
) -> Result<Option<Url>, HarvestError> {
    let found = store
        .items(source.source_id, Selection::All, item_no.previous(), 1)
        .await?;
    let mut entries = reader.entries_of(store, found).await?;
    let Some((_, Entry::Live(article))) = entries.pop() else {
        return Ok(None);
    };
    let landing = article
        .links
        .iter()
        .find(|link| link.rel == LinkRel::Landing);
    Ok(landing.and_then(|link| Url::parse(&link.url).ok()))
}

/// Returns the gap that a failed request leaves.
///
/// # Errors
/// When no further page is to be requested.
fn gap(
    identifier: &str,
    error: RequestError,
    report: &mut SourceReport,
) -> Result<NewGap, HarvestError> {
    if error.is_cancelled() {
        return Err(HarvestError::Interrupted);
    }
    if error.stops_host() {
        return Err(HarvestError::Request(error));
    }
    report.lose(format!("landing page of {identifier}"), error.to_string());
    Ok(NewGap {
        identifier: Some(identifier.to_owned()),
        from: None,
        until: None,
        reason: format!("landing page: {error}"),
    })
}

/// Returns whether a page was tried not long ago. A time in the future comes from a clock that was ahead.
fn is_recent(last_try: DateTime<Utc>) -> bool {
    let age = Utc::now() - last_try;
    age >= TimeDelta::zero() && age < LEAVE_ALONE
}

/// The record that a landing page is.
pub(super) fn record(identifier: &str, fetched_at: DateTime<Utc>, body: &[u8]) -> NewRecord {
    // What a page says counts, not the session and statistics around it.
    let said = landing_page::read(&String::from_utf8_lossy(body));
    NewRecord {
        identifier: identifier.to_owned(),
        datestamp: fetched_at.to_rfc3339_opts(chrono::SecondsFormat::Micros, true),
        deleted: false,
        offset: 0,
        len: body.len() as u64,
        hash: xxh3_64(format!("{said:?}").as_bytes()),
    }
}

fn page(identifier: &str, url: &Url, response: &Response) -> NewPage {
    let record = record(identifier, response.fetched_at, &response.body);
    NewPage {
        window_no: WindowNo(1),
        kind: LANDING_PAGE.to_owned(),
        fetched_at: response.fetched_at,
        request: crate::http::address(url),
        status: response.status,
        headers: response.kept_headers(),
        wire_coding: response.wire_coding.to_owned(),
        body: response.body.clone(),
        sha256: Sha256::digest(&response.body).into(),
        head: PageHead::default(),
        listed: 1,
        records: vec![record],
    }
}
