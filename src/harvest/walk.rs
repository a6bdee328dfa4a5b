//! Walking one window to its end, page by page, and telling when the end is not the end.

use std::collections::HashSet;

use chrono::Utc;
use sha2::{Digest, Sha256};

use crate::harvest::endpoint::{Answer, AskError, Endpoint};
use crate::harvest::plan::{Calendar, span_of};
use crate::harvest::report::SourceReport;
use crate::harvest::{HarvestError, Observer};
use crate::oai::{ErrorCode, Identify, ListArgs, ListEnd, Page, ProtocolError, RecordRef, Request, Verb};
use crate::store::{
    Batch, NewGap, NewPage, NewRecord, Source, Store, Stream, Window, WindowKind, WindowState,
};

/// Pages in a row without a record but with a token that are borne.
const MAX_EMPTY_PAGES: u32 = 10;

/// How the walk of a window ended.
#[derive(Debug)]
pub(super) enum WindowEnd {
    /// All of it was had.
    Done,
    /// Something is wrong with it.
    Trouble(Trouble),
    /// As much as was asked for was had.
    Limited,
    /// Nothing more can be had from this source now.
    Stopped(AskError),
}

/// What is wrong with a window.
#[derive(Debug)]
pub(super) enum Trouble {
    /// A page of it cannot be had.
    Poison(AskError),
    /// Its token was refused: it expired, or never was good.
    TokenRefused,
    /// A page or token came again.
    Looping,
    /// It ended before all that completeListSize promised had come.
    Short {
        seen: i64,
        promised: i64,
        /// Its last page was as full as the others, as a list's last seldom is.
        last_page_full: bool,
    },
    /// A full page came without a token, as OJS 3.3.0-1 to -5 end every list.
    FullPageWithoutToken,
    /// The server answers with an error that a list should not have.
    Refused(ProtocolError),
}

impl std::fmt::Display for Trouble {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Poison(error) => error.fmt(f),
            Self::TokenRefused => f.write_str("the resumptionToken was refused"),
            Self::Looping => f.write_str("the list came back to a page it had given before"),
            Self::Short { seen, promised, .. } => {
                write!(f, "the list ended after {seen} of the {promised} records it promised")
            }
            Self::FullPageWithoutToken => f.write_str("a full page came without a resumptionToken"),
            Self::Refused(error) => write!(f, "the server refused: {error}"),
        }
    }
}

/// Walks the windows of one stream.
pub(super) struct Walker<'a> {
    pub(super) store: &'a dyn Store,
    pub(super) endpoint: &'a Endpoint,
    pub(super) source: &'a Source,
    pub(super) stream: Stream,
    pub(super) identify: &'a Identify,
    pub(super) calendar: Calendar,
    pub(super) run_no: i64,
    pub(super) keep_all: bool,
    /// Path of the journal, where the source is one journal of an OJS site.
    pub(super) journal: Option<String>,
    pub(super) limit: Option<u64>,
    pub(super) observer: &'a dyn Observer,
    pub(super) report: &'a mut SourceReport,
}

/// Where a page leads.
enum Step {
    Next(Request),
    End(WindowEnd),
}

/// What the pages of a window have been so far, by which a list that goes in circles or ends too soon is known.
#[derive(Default)]
struct Course {
    tokens: HashSet<String>,
    hashes: HashSet<u64>,
    empty_pages: u32,
    /// Records on its first page, when there are more.
    page_size: Option<usize>,
}

impl Course {
    /// Whether this page, empty ones apart, has come before.
    fn came_before(&mut self, page: &Page, hash: u64) -> bool {
        if page.records.is_empty() {
            self.empty_pages += 1;
            return false;
        }
        self.empty_pages = 0;
        !self.hashes.insert(hash)
    }

    /// Whether a token leads back, or through empty pages without an end.
    fn leads_back(&mut self, token: &str, asked: &Request) -> bool {
        let own = matches!(asked, Request::Resume { token: sent, .. } if sent == token);
        own || !self.tokens.insert(token.to_owned()) || self.empty_pages > MAX_EMPTY_PAGES
    }

    /// Whether a list that says it is at its end is.
    fn judge_end(&self, window: &Window, page: &Page) -> WindowEnd {
        // Without another page to compare with, one of ten, fifty, a hundred records may well be full.
        let listed = page.records.len();
        let full = self.page_size.map_or(listed >= 10 && listed.is_multiple_of(10), |size| listed >= size);
        if let Some(promised) = window.list_size
            && window.seen < promised
        {
            let last_page_full = full || self.page_size.is_none();
            return WindowEnd::Trouble(Trouble::Short { seen: window.seen, promised, last_page_full });
        }
        if full && page.end == ListEnd::NoToken && window.list_size.is_none() {
            return WindowEnd::Trouble(Trouble::FullPageWithoutToken);
        }
        WindowEnd::Done
    }
}

/// What a page leaves to do.
struct Taken {
    page: NewPage,
    /// Live records without metadata, to be asked for one by one.
    bare: Vec<String>,
}

impl Walker<'_> {
    /// Walks a window, from its token if it has one.
    pub(super) async fn walk(&mut self, window: &mut Window) -> Result<WindowEnd, HarvestError> {
        match window.kind {
            WindowKind::List => self.walk_list(window, Verb::ListRecords).await,
            WindowKind::Identifiers | WindowKind::Get => self.walk_list(window, Verb::ListIdentifiers).await,
        }
    }

    /// The request of a window's next page.
    fn request(&self, window: &Window, verb: Verb) -> Request {
        if let Some(token) = &window.token {
            return Request::Resume { verb, token: token.clone() };
        }
        let args = ListArgs {
            metadata_prefix: self.stream.metadata_prefix.clone(),
            set: window.set_spec.clone().or_else(|| self.stream.set_spec.clone()),
            from: window.from.clone(),
            until: window.until.clone(),
        };
        if verb == Verb::ListIdentifiers {
            Request::ListIdentifiers(args)
        } else {
            Request::ListRecords(args)
        }
    }

    async fn walk_list(&mut self, window: &mut Window, verb: Verb) -> Result<WindowEnd, HarvestError> {
        let mut course = Course::default();
        window.state = WindowState::Open;
        let mut asked = self.request(window, verb);
        let mut answer = self.ask(&asked).await;
        loop {
            let got = match answer {
                Ok(got) => got,
                Err(error) if error.is_cancelled() => return Err(HarvestError::Interrupted),
                Err(error) if error.stops_source() => return Ok(WindowEnd::Stopped(error)),
                Err(error) => return Ok(WindowEnd::Trouble(Trouble::Poison(error))),
            };
            if let Some(trouble) = Self::protocol_error(&got.page, window) {
                return Ok(WindowEnd::Trouble(trouble));
            }
            let hash = got.page.list_hash(&got.response.body);
            if course.came_before(&got.page, hash) {
                return Ok(WindowEnd::Trouble(Trouble::Looping));
            }
            if window.first_response.is_none() {
                window.first_response.clone_from(&got.page.response_date);
            }
            let size = got.page.complete_list_size.and_then(|size| i64::try_from(size).ok());
            window.list_size = size.or(window.list_size);
            let mut batch = self.batch(&got, window, hash, verb).await?;
            let step = self.step(&got, window, verb, &asked, &mut course);
            if matches!(step, Step::End(WindowEnd::Done)) {
                window.state = WindowState::Done;
                window.token = None;
            }
            batch.windows = vec![window.clone()];
            // The next page is on its way while this one is written.
            let ahead = async {
                match &step {
                    Step::Next(request) if !self.endpoint.is_cancelled() => {
                        Some(self.endpoint.ask(request).await)
                    }
                    _ => None,
                }
            };
            let (committed, ahead) = tokio::join!(self.store.commit(self.source, batch), ahead);
            self.report.tally += committed?;
            self.report.pages += 1;
            let total = window.list_size.and_then(|size| u64::try_from(size).ok());
            self.observer.page(&self.source.name, self.report.tally.records, total);
            match (step, ahead) {
                (Step::End(end), _) => return Ok(end),
                (Step::Next(_), None) => return Err(HarvestError::Interrupted),
                (Step::Next(request), Some(ahead)) => {
                    self.count(&ahead);
                    (asked, answer) = (request, ahead);
                }
            }
        }
    }

    /// Where a page leads: on by its token, which the window then holds, or to an end.
    fn step(
        &self,
        got: &Answer,
        window: &mut Window,
        verb: Verb,
        asked: &Request,
        course: &mut Course,
    ) -> Step {
        let page = &got.page;
        let ListEnd::More(token) = &page.end else {
            return Step::End(course.judge_end(window, page));
        };
        if course.leads_back(&token.value, asked) {
            return Step::End(WindowEnd::Trouble(Trouble::Looping));
        }
        course.page_size.get_or_insert(page.records.len());
        window.token = Some(token.value.clone());
        window.token_at = Some(got.response.fetched_at);
        if self.limit.is_some_and(|limit| u64::try_from(window.seen).unwrap_or(0) >= limit) {
            return Step::End(WindowEnd::Limited);
        }
        Step::Next(self.request(window, verb))
    }

    /// Asks, and counts the tries.
    pub(super) async fn ask(&mut self, request: &Request) -> Result<Answer, AskError> {
        let answer = self.endpoint.ask(request).await;
        self.count(&answer);
        answer
    }

    fn count(&mut self, answer: &Result<Answer, AskError>) {
        self.report.requests += u64::from(match answer {
            Ok(answer) => answer.tries,
            Err(error) => error.tries,
        });
    }

    /// An error of the protocol in answer to a list request. An empty list is none.
    fn protocol_error(page: &Page, window: &Window) -> Option<Trouble> {
        let error = page.errors.first()?;
        match error.code {
            ErrorCode::NoRecordsMatch if window.token.is_none() => None,
            // In mid-list it says that the token leads nowhere.
            ErrorCode::NoRecordsMatch | ErrorCode::BadResumptionToken => Some(Trouble::TokenRefused),
            ErrorCode::BadArgument if window.token.is_some() => Some(Trouble::TokenRefused),
            _ => Some(Trouble::Refused(error.clone())),
        }
    }

    /// What is to be committed of an answer: the page, and what had to be asked for beside it.
    async fn batch(
        &mut self,
        got: &Answer,
        window: &mut Window,
        hash: u64,
        verb: Verb,
    ) -> Result<Batch, HarvestError> {
        let mut taken = self.take(got, window, hash, verb);
        let mut batch = Batch {
            run_no: self.run_no,
            stream_no: self.stream.stream_no,
            keep_all: self.keep_all,
            ..Batch::default()
        };
        let single = if verb == Verb::ListIdentifiers {
            self.wanted(window, &mut taken.page, &got.page.records).await?
        } else {
            taken.bare
        };
        batch.pages.push(taken.page);
        for identifier in single {
            match self.get_record(&identifier, window).await? {
                Ok(page) => batch.pages.push(page),
                Err(reason) => batch.gaps.push(self.gap(Some(&identifier), window, reason)),
            }
        }
        Ok(batch)
    }

    /// Of the headers of a ListIdentifiers page, tombstones are records; of the others, those this list has
    /// not brought yet are to be asked for one by one.
    async fn wanted(
        &self,
        window: &Window,
        page: &mut NewPage,
        headers: &[RecordRef],
    ) -> Result<Vec<String>, HarvestError> {
        page.records.retain(|record| record.deleted);
        let live: Vec<String> = headers
            .iter()
            .filter(|header| !header.deleted && !header.identifier.is_empty())
            .map(|header| header.identifier.clone())
            .collect();
        let seen = self
            .store
            .seen_in_list(self.source.source_id, self.stream.format_no, window.list_no, &live)
            .await?;
        Ok(live
            .into_iter()
            .zip(seen)
            .filter_map(|(identifier, seen)| (!seen).then_some(identifier))
            .collect())
    }

    /// Asks for one record. The inner error says why it cannot be had.
    pub(super) async fn get_record(
        &mut self,
        identifier: &str,
        window: &mut Window,
    ) -> Result<Result<NewPage, String>, HarvestError> {
        let request = Request::GetRecord {
            identifier: identifier.to_owned(),
            metadata_prefix: self.stream.metadata_prefix.clone(),
        };
        let got = match self.ask(&request).await {
            Ok(got) => got,
            Err(error) if error.is_cancelled() => return Err(HarvestError::Interrupted),
            Err(error) if error.stops_source() => return Err(HarvestError::Ask(error)),
            Err(error) => return Ok(Err(error.to_string())),
        };
        if let Some(error) = got.page.errors.first() {
            return Ok(Err(format!("the server refused: {error}")));
        }
        let hash = got.page.list_hash(&got.response.body);
        let taken = self.take(&got, window, hash, Verb::GetRecord);
        let sound =
            taken.page.records.iter().any(|record| record.identifier == identifier) && taken.bare.is_empty();
        Ok(if sound { Ok(taken.page) } else { Err("the record has no metadata".to_owned()) })
    }

    /// A page ready for the store, without the records that are not to be believed.
    fn take(&mut self, got: &Answer, window: &mut Window, hash: u64, verb: Verb) -> Taken {
        let (page, response) = (&got.page, &got.response);
        self.report.repaired(&page.repairs);
        let mut bare = Vec::new();
        let mut records = Vec::with_capacity(page.records.len());
        let live_sets =
            page.records.iter().filter(|record| !record.deleted).flat_map(|record| &record.set_specs);
        let own_sets = self.journal.as_ref().is_some_and(|journal| {
            live_sets.clone().next().is_none()
                || live_sets.clone().any(|set| journal_of(set) == journal.as_str())
        });
        for record in &page.records {
            if record.identifier.is_empty() {
                self.report.lose("a record without identifier", format!("at {}", got.asked));
                continue;
            }
            if record.deleted && own_sets && self.is_foreign(record) {
                self.report
                    .note("tombstones of another journal were dropped, as this server is known to show them");
                continue;
            }
            if verb != Verb::ListIdentifiers && !record.deleted && !record.has_metadata {
                bare.push(record.identifier.clone());
                continue;
            }
            if record.datestamp > *window.newest.get_or_insert_default() {
                window.newest = Some(record.datestamp.clone());
            }
            records.push(NewRecord {
                identifier: record.identifier.clone(),
                datestamp: record.datestamp.clone(),
                deleted: record.deleted,
                offset: record.offset as u64,
                len: record.len as u64,
                hash: record.hash,
            });
        }
        let listed = u32::try_from(page.records.len()).unwrap_or(u32::MAX);
        window.seen += i64::from(listed);
        let page = NewPage {
            window_no: window.window_no,
            kind: verb.as_str().to_owned(),
            fetched_at: response.fetched_at,
            request: crate::http::redact(&got.asked),
            status: response.status,
            headers: response.kept_headers(),
            wire_coding: response.wire_coding.to_owned(),
            body: response.body.clone(),
            sha256: Sha256::digest(&response.body).into(),
            list_hash: hash,
            head: page.head.clone(),
            repairs: serde_json::to_string(&page.repairs).unwrap_or_default(),
            listed,
            records,
        };
        Taken { page, bare }
    }

    /// OJS 3.4 and later show the tombstones of journal number one at every journal's endpoint.
    fn is_foreign(&self, record: &RecordRef) -> bool {
        let Some(journal) = &self.journal else { return false };
        let mut sets = record
            .set_specs
            .iter()
            .map(|set| journal_of(set))
            .filter(|journal| *journal != "driver")
            .peekable();
        sets.peek().is_some() && sets.all(|set| set != journal.as_str())
    }

    pub(super) fn gap(&mut self, identifier: Option<&str>, window: &Window, reason: String) -> NewGap {
        let what = identifier.map_or_else(|| span_of(window).to_string(), str::to_owned);
        self.report.lose(what, &reason);
        NewGap {
            identifier: identifier.map(str::to_owned),
            from: window.from.clone(),
            until: window.until.clone(),
            reason,
        }
    }

    /// Writes windows and gaps without a page.
    pub(super) async fn note_windows(
        &mut self,
        windows: Vec<Window>,
        gaps: Vec<NewGap>,
    ) -> Result<(), HarvestError> {
        let batch = Batch {
            run_no: self.run_no,
            stream_no: self.stream.stream_no,
            windows,
            gaps,
            ..Batch::default()
        };
        self.store.commit(self.source, batch).await?;
        Ok(())
    }

    /// The time that stands for the open end of a window.
    pub(super) fn latest() -> chrono::DateTime<Utc> {
        // A server's clock may be ahead of ours.
        Utc::now() + chrono::TimeDelta::days(1)
    }
}

/// The journal a setSpec belongs to: what stands before its first colon.
fn journal_of(set_spec: &str) -> &str {
    set_spec.split(':').next().unwrap_or_default()
}
