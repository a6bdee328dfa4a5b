//! Walking one window to its end, page by page; the next page is asked for while the last is being read and written.

use chrono::{DateTime, Utc};

use crate::harvest::ahead::Ahead;
use crate::harvest::compare::{is_comparison, is_much};
use crate::harvest::course::{Course, IGNORES_DATES, Step, Trouble, WindowEnd, ignores_dates};
use crate::harvest::endpoint::{Answer, AskError, Endpoint};
use crate::harvest::plan::Calendar;
use crate::harvest::report::SourceReport;
use crate::harvest::single::Vain;
use crate::harvest::{HarvestError, Observer};
use crate::http::Response;
use crate::oai::{
    ErrorCode, Identify, JournalPath, ListArgs, ListEnd, Page, Request, Verb, token_at_end,
};
use crate::store::{NewGap, RunNo, Source, Store, Stream, Window, WindowKind, WindowState};

/// A page, and the one behind it where it is on its way.
type Asked = Result<(Answer, Option<Ahead>), AskError>;

/// Walks the windows of one stream.
pub(super) struct Walker<'a> {
    pub(super) store: &'a dyn Store,
    pub(super) endpoint: &'a Endpoint,
    pub(super) source: &'a Source,
    pub(super) stream: Stream,
    pub(super) identify: &'a Identify,
    pub(super) calendar: Calendar,
    pub(super) run_no: RunNo,
    pub(super) keep_all: bool,
    /// Journals that the source may be of, where it is one journal of an OJS site.
    pub(super) journals: Vec<JournalPath>,
    pub(super) limit: Option<u64>,
    pub(super) observer: &'a dyn Observer,
    pub(super) report: &'a mut SourceReport,
    /// Windows that failed since one came to its end.
    pub(super) failed_in_row: u32,
    /// What came of asking for records one by one.
    pub(super) vain: Vain,
    /// Days of the widest window that the server bears, where it has refused wider ones.
    pub(super) widest: Option<i64>,
    /// The server is known to list tombstones of records that it still has.
    pub(super) doubts_tombstones: bool,
    /// When the list began that the overlap is compared with, by the server's clock.
    pub(super) listed_at: Option<DateTime<Utc>>,
    /// Records of the overlap that came with what is newer.
    pub(super) unasked: u64,
    /// The server gives what it likes, whatever dates are asked for.
    pub(super) ignores_dates: bool,
}

impl Walker<'_> {
    /// Walks a window, from its token if it has one.
    pub(super) async fn walk(&mut self, window: &mut Window) -> Result<WindowEnd, HarvestError> {
        let mut ahead = None;
        let end = self.walk_pages(window, &mut ahead).await;
        // Asked for, and not wanted after all.
        self.report.requests += u64::from(ahead.is_some());
        end
    }

    async fn walk_pages(
        &mut self,
        window: &mut Window,
        ahead: &mut Option<Ahead>,
    ) -> Result<WindowEnd, HarvestError> {
        let verb = match window.kind {
            WindowKind::List => Verb::ListRecords,
            _ => Verb::ListIdentifiers,
        };
        let mut course = Course::default();
        let gone_on_with = window.token.is_some();
        if gone_on_with {
            // As many again as were asked for, beside those of the run before.
            let seen = u64::try_from(window.seen).unwrap_or(0);
            self.limit = self.limit.map(|limit| limit.saturating_add(seen));
        }
        window.state = WindowState::Open;
        let mut asked = self.request(window, verb);
        let mut answer = self.ask_ahead(&asked, None, &course).await;
        self.count(&answer);
        loop {
            let got = match answer {
                Ok((got, behind)) => {
                    *ahead = behind;
                    got
                }
                Err(error) if error.is_cancelled() => return Err(HarvestError::Interrupted),
                Err(error) if error.stops_source() => return Ok(WindowEnd::Stopped(error)),
                Err(error) => return Ok(WindowEnd::Trouble(Trouble::Poison(error))),
            };
            if let Some(trouble) = protocol_error(&got.page, window) {
                // The token of the last page leads past the end.
                let past_end = got.page.is_empty_list() && !gone_on_with && course.has_all(window);
                if !past_end {
                    self.save_beside(&got, window, verb).await?;
                    return Ok(WindowEnd::Trouble(trouble));
                }
            }
            let hash = got.page.list_hash(&got.response.body);
            if course.came_before(&got.page, hash) {
                return Ok(WindowEnd::Trouble(Trouble::Looping));
            }
            self.look_at(&got.page, window);
            course.sees(&got.page);
            let single = self.single(window, &got.page.records).await?;
            let compares = is_comparison(window);
            if compares
                && single
                    .as_ref()
                    .is_some_and(|single| is_much(single.len(), &got.page.records))
            {
                return Ok(WindowEnd::Trouble(Trouble::Changed));
            }
            let is_same = compares && single.as_ref().is_some_and(Vec::is_empty);
            let mut batch = self.batch(&got, window, verb, single).await?;
            let mut step = if is_same && self.is_unstirred(window).await? {
                Step::End(WindowEnd::Done)
            } else {
                self.step(&got, window, verb, &asked, &mut course)
            };
            if matches!(step, Step::End(WindowEnd::Done)) {
                window.state = WindowState::Done;
                window.token = None;
            }
            batch.windows = vec![window.clone()];
            // The body goes with the batch: of many hosts side by side, most wait, and hold none.
            let page = got.page;
            drop(got.response);
            let next = async {
                match &step {
                    Step::Next(request) if !self.endpoint.is_cancelled() => {
                        Some(self.ask_ahead(request, ahead.take(), &course).await)
                    }
                    _ => None,
                }
            };
            let (committed, next) = tokio::join!(self.store.commit(self.source, batch), next);
            let committed = committed?;
            self.report.tally += committed;
            self.report.pages += 1;
            let total = window.list_size.and_then(|size| u64::try_from(size).ok());
            self.observer
                .page(&self.source.name, self.report.tally.records, total);
            if gone_on_with && committed.repeated > 0 {
                // One that came twice stands in for one that did not come at all.
                course.repeats(committed.repeated);
                if matches!(step, Step::End(WindowEnd::Done)) {
                    step = Step::End(course.judge_end(window, &page));
                }
            }
            match (step, next) {
                (Step::End(end), _) => return Ok(end),
                (Step::Next(_), None) => return Err(HarvestError::Interrupted),
                (Step::Next(request), Some(next)) => {
                    self.count(&next);
                    (asked, answer) = (request, next);
                }
            }
        }
    }

    /// Keeps the records that stand beside an error: the window is asked for again, but may never have them whole.
    async fn save_beside(
        &mut self,
        got: &Answer,
        window: &mut Window,
        verb: Verb,
    ) -> Result<(), HarvestError> {
        // Of a comparison nothing needs to be kept: what differs is asked for when it is made a list.
        if got.page.records.is_empty() || is_comparison(window) {
            return Ok(());
        }
        let single = self.single(window, &got.page.records).await?;
        let mut batch = self.batch(got, window, verb, single).await?;
        batch.windows = vec![window.clone()];
        self.report.tally += self.store.commit(self.source, batch).await?;
        self.report.pages += 1;
        Ok(())
    }

    /// The request of a window's next page.
    pub(super) fn request(&self, window: &Window, verb: Verb) -> Request {
        if let Some(token) = &window.token {
            return Request::Resume {
                verb,
                token: token.clone(),
            };
        }
        let args = ListArgs {
            metadata_prefix: self.stream.metadata_prefix.clone(),
            set: window
                .set_spec
                .clone()
                .or_else(|| self.stream.set_spec.clone()),
            from: window.from.clone(),
            until: window.until.clone(),
        };
        if verb == Verb::ListIdentifiers {
            Request::ListIdentifiers(args)
        } else {
            Request::ListRecords(args)
        }
    }

    /// Takes note of what a page says of its list.
    fn look_at(&mut self, page: &Page, window: &mut Window) {
        if window.first_response.is_none() {
            window.first_response.clone_from(&page.response_date);
        }
        let size = page
            .complete_list_size
            .and_then(|size| i64::try_from(size).ok());
        window.list_size = size.or(window.list_size);
        if window.kind == WindowKind::List {
            self.count_unasked(window, page);
        }
        if !self.ignores_dates && ignores_dates(window, page) {
            self.ignores_dates = true;
            self.report.note(IGNORES_DATES);
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
        let ListEnd::More(token) = &got.page.end else {
            return Step::End(course.judge_end(window, &got.page));
        };
        if course.leads_back(&token.value, asked) {
            return Step::End(WindowEnd::Trouble(Trouble::Looping));
        }
        course.goes_on(&got.page);
        window.token = Some(token.value.clone());
        window.token_at = Some(got.response.fetched_at);
        if self
            .limit
            .is_some_and(|limit| u64::try_from(window.seen).unwrap_or(0) >= limit)
        {
            return Step::End(WindowEnd::Limited);
        }
        Step::Next(self.request(window, verb))
    }

    /// Asks, and counts the tries.
    pub(super) async fn ask(&mut self, request: &Request) -> Result<Answer, AskError> {
        self.ask_at_most(request, self.tries()).await
    }

    /// The same, with so many tries.
    pub(super) async fn ask_at_most(
        &mut self,
        request: &Request,
        tries: u32,
    ) -> Result<Answer, AskError> {
        let answer = self.endpoint.ask_on(request, tries, None, |_| None).await;
        self.count(&answer);
        answer.map(|(answer, _)| answer)
    }

    /// Asks for a page of a list, that may have been asked for `ahead`, and for the one behind it once it is there.
    /// A page of identifiers may lead to its records first, and a limit to nothing more.
    async fn ask_ahead(&self, request: &Request, ahead: Option<Ahead>, course: &Course) -> Asked {
        let verb = request.verb();
        let leads = |response: &Response| {
            let token = token_at_end(&response.body)?;
            let goes_on =
                verb == Verb::ListRecords && self.limit.is_none() && !course.knows(&token);
            goes_on.then_some(Request::Resume { verb, token })
        };
        self.endpoint
            .ask_on(request, self.tries(), ahead, leads)
            .await
    }

    /// Tries worth making. When one window after the other fails, patience with each is wasted: what was
    /// but a hiccup is asked for again by the narrower ones.
    pub(super) fn tries(&self) -> u32 {
        if self.failed_in_row > 1 { 1 } else { u32::MAX }
    }

    fn count(&mut self, answer: &Asked) {
        self.report.requests += u64::from(match answer {
            Ok((answer, _)) => answer.tries,
            Err(error) => error.tries,
        });
    }

    /// Writes windows and gaps without a page.
    pub(super) async fn note_windows(
        &mut self,
        windows: Vec<Window>,
        gaps: Vec<NewGap>,
    ) -> Result<(), HarvestError> {
        let mut batch = self.empty_batch();
        (batch.windows, batch.gaps) = (windows, gaps);
        self.store.commit(self.source, batch).await?;
        Ok(())
    }
}

/// An error of the protocol in answer to a list request. An empty list is none, unless another error stands beside
/// that word.
fn protocol_error(page: &Page, window: &Window) -> Option<Trouble> {
    let other = page
        .errors
        .iter()
        .find(|error| error.code != ErrorCode::NoRecordsMatch);
    let error = other.or(page.errors.first())?;
    match error.code {
        ErrorCode::NoRecordsMatch if window.token.is_none() => None,
        // In mid-list it says that the token leads nowhere.
        ErrorCode::NoRecordsMatch | ErrorCode::BadResumptionToken => Some(Trouble::TokenRefused),
        ErrorCode::BadArgument if window.token.is_some() => Some(Trouble::TokenRefused),
        _ => Some(Trouble::Refused(error.clone())),
    }
}
