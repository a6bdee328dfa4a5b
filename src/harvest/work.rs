//! One list at work: what it has come to, and the requests and commits that all parts of the harvest share.

use std::collections::HashSet;

use chrono::{DateTime, Utc};

use crate::harvest::budget::FailureBudget;
use crate::harvest::context::HarvestContext;
use crate::harvest::endpoint::{OaiResponse, RequestError};
use crate::harvest::record_queue::FailureStreak;
use crate::harvest::window::{Window, WindowKind, WindowState};
use crate::harvest::{HarvestError, SourceReport};
use crate::oai::{ListEnd, Request, Set, Verb};
use crate::store::{Batch, CommitStats, NewGap, ServerFacts, Stream, WindowNo};

/// Pages of sets read.
const MAX_SET_PAGES: usize = 1000;

/// One list of a stream at work.
pub(super) struct ListWork<'a> {
    pub(super) cx: &'a HarvestContext<'a>,
    /// The checkpoint.
    pub(super) stream: Stream,
    /// Facts about the server.
    pub(super) facts: ServerFacts,
    pub(super) budget: FailureBudget,
    pub(super) streak: FailureStreak,
    pub(super) overlap: Overlap,
    pub(super) headers: HeaderList,
    /// A refused token was sent once more with metadataPrefix.
    pub(super) prefix_tried: bool,
    /// ListMetadataFormats has named the format.
    pub(super) format_offered: bool,
    /// Records that the server could not give in this format, as far as this list asked.
    pub(super) absent: HashSet<String>,
    /// Records after which the list stops, where a person requested that.
    pub(super) limit: Option<u64>,
    pub(super) report: &'a mut SourceReport,
}

/// The overlap of an incremental list, as far as known.
#[derive(Debug, Default)]
pub(super) struct Overlap {
    /// When the list began that it is compared with, by the server's clock.
    pub(super) listed_at: Option<DateTime<Utc>>,
    /// Records of the overlap that came with what is newer, and were not requested.
    pub(super) records_seen: u64,
}

/// The answers of ListIdentifiers for failed windows.
#[derive(Debug, Default)]
pub(super) struct HeaderList {
    /// True if the server gave no such list.
    pub(super) is_unavailable: bool,
    /// True if one of them has named a record, in whatever window.
    pub(super) names_records: bool,
    /// The window it was of, and the records that it named and the list had not brought.
    pub(super) missing: Option<(Window, Vec<MissingRecord>)>,
}

/// A record that a list of identifiers named, and that the list has not brought.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct MissingRecord {
    pub(super) identifier: String,
    pub(super) datestamp: String,
}

impl<'a> ListWork<'a> {
    /// A list of a stream that has not begun.
    pub(super) fn new(
        cx: &'a HarvestContext<'a>,
        stream: Stream,
        facts: ServerFacts,
        limit: Option<u64>,
        report: &'a mut SourceReport,
    ) -> Self {
        Self {
            cx,
            stream,
            facts,
            budget: FailureBudget::default(),
            streak: FailureStreak::default(),
            overlap: Overlap::default(),
            headers: HeaderList::default(),
            prefix_tried: false,
            format_offered: false,
            absent: HashSet::new(),
            limit,
            report,
        }
    }

    /// Sends a request, and counts the tries.
    ///
    /// # Errors
    /// [`HarvestError::Interrupted`] when it was cancelled, [`HarvestError::Ask`] when nothing more can be fetched from
    /// the source. Any other failure is the inner error.
    pub(super) async fn send(
        &mut self,
        request: &Request,
        tries: u32,
    ) -> Result<Result<OaiResponse, RequestError>, HarvestError> {
        let answer = self.cx.endpoint.request_at_most(request, tries).await;
        self.count_requests(match &answer {
            Ok(answer) => answer.tries,
            Err(error) => error.tries,
        });
        match answer {
            Ok(answer) => Ok(Ok(answer)),
            Err(error) if error.is_cancelled() => Err(HarvestError::Interrupted),
            Err(error) if error.stops_source() => Err(HarvestError::Request(error)),
            Err(error) => Ok(Err(error)),
        }
    }

    /// Counts requests.
    pub(super) fn count_requests(&mut self, requests: u32) {
        self.report.requests += u64::from(requests);
        self.budget.spend(requests.into());
    }

    /// Returns the tries that are worth making for a window. Where it is a part of one that failed, what was but a
    /// hiccup is requested again by still narrower ones.
    pub(super) fn tries(&self, window: &Window) -> u32 {
        if window.parent_no.is_some() || self.budget.consecutive_failures() > 0 {
            1
        } else {
            u32::MAX
        }
    }

    /// Returns whether the server can give only some records in the stream's format.
    pub(super) fn is_partial_format(&self) -> bool {
        self.facts
            .partial_formats
            .contains(&self.stream.metadata_prefix)
    }

    /// Returns whether the server accepted a list of records, however narrow: a page of one came.
    pub(super) fn accepts_list_records(&self) -> bool {
        self.stream
            .windows
            .iter()
            .any(|window| window.kind == WindowKind::List && window.seen > 0)
    }

    /// Returns the sets of the repository; none when it has none, or cannot say.
    pub(super) async fn list_sets(&mut self) -> Result<Vec<Set>, HarvestError> {
        let mut sets = Vec::new();
        let mut request = Request::ListSets;
        let mut tokens = HashSet::new();
        loop {
            let Ok(got) = self.send(&request, u32::MAX).await? else {
                return Ok(sets);
            };
            sets.extend(got.page.sets);
            match got.page.end {
                ListEnd::More(token)
                    if tokens.len() < MAX_SET_PAGES && tokens.insert(token.value.clone()) =>
                {
                    request = Request::Resume {
                        verb: Verb::ListSets,
                        token: token.value,
                        metadata_prefix: None,
                    };
                }
                _ => return Ok(sets),
            }
        }
    }

    /// Returns a batch of the stream with nothing in it.
    pub(super) fn empty_batch(&self) -> Batch {
        Batch {
            run_no: self.cx.run_no,
            stream_no: self.stream.stream_no,
            keep_all: self.cx.habits.keep_all,
            ..Batch::default()
        }
    }

    /// Commits a batch, and counts what it did.
    pub(super) async fn commit(&mut self, batch: Batch) -> Result<CommitStats, HarvestError> {
        let tally = self.cx.store.commit(self.cx.source, batch).await?;
        self.report.tally += tally;
        Ok(tally)
    }

    /// Writes windows and gaps without a page.
    pub(super) async fn save_windows(
        &mut self,
        windows: Vec<Window>,
        gaps: Vec<NewGap>,
    ) -> Result<(), HarvestError> {
        let mut batch = self.empty_batch();
        (batch.windows, batch.gaps) = (windows, gaps);
        self.commit(batch).await?;
        Ok(())
    }

    /// Reports something missing, and returns its gap.
    pub(super) fn gap(
        &mut self,
        identifier: Option<&str>,
        window: &Window,
        reason: String,
    ) -> NewGap {
        let what = identifier.map_or_else(|| window.range().to_string(), str::to_owned);
        self.report.lose(what, &reason);
        // A record is known by its name: which window it was missed in says nothing.
        let range = window.range();
        let bound = |bound: Option<String>| bound.filter(|_| identifier.is_none());
        NewGap {
            identifier: identifier.map(str::to_owned),
            from: bound(range.from),
            until: bound(range.until),
            reason,
        }
    }

    /// Returns the window of a number.
    pub(super) fn window(&self, window_no: WindowNo) -> Option<&Window> {
        self.stream
            .windows
            .iter()
            .find(|window| window.window_no == window_no)
    }

    /// Takes over the state of a window.
    pub(super) fn update(&mut self, window: Window) {
        let known = self
            .stream
            .windows
            .iter_mut()
            .find(|known| known.window_no == window.window_no);
        match known {
            Some(known) => *known = window,
            None => self.stream.windows.push(window),
        }
    }

    /// Returns windows with the next numbers, in their order.
    pub(super) fn numbered(&self, windows: Vec<Window>) -> Vec<Window> {
        let numbers = std::iter::successors(Some(self.next_window_no()), |n| Some(n.next()));
        numbers
            .zip(windows)
            .map(|(window_no, window)| Window {
                window_no,
                ..window
            })
            .collect()
    }

    /// Returns the number of the next window.
    pub(super) fn next_window_no(&self) -> WindowNo {
        self.stream
            .windows
            .iter()
            .map(|window| window.window_no)
            .max()
            .unwrap_or_default()
            .next()
    }

    /// Puts windows in the place of one, so that they come next.
    pub(super) async fn replace(
        &mut self,
        window: Window,
        parts: Vec<Window>,
    ) -> Result<(), HarvestError> {
        let place = self
            .stream
            .windows
            .iter()
            .position(|known| known.window_no == window.window_no)
            .unwrap_or(self.stream.windows.len());
        self.replace_at(place, window, parts).await
    }

    /// Puts windows in the place of one, so that they come last: what lies beside it is fetched before.
    pub(super) async fn replace_behind(
        &mut self,
        window: Window,
        parts: Vec<Window>,
    ) -> Result<(), HarvestError> {
        self.replace_at(self.stream.windows.len(), window, parts)
            .await
    }

    async fn replace_at(
        &mut self,
        place: usize,
        mut window: Window,
        parts: Vec<Window>,
    ) -> Result<(), HarvestError> {
        let parts = self.numbered(parts);
        window.state = WindowState::Split;
        window.token = None;
        self.update(window.clone());
        let dropped = |known: &&Window| {
            known.state == WindowState::Split && known.window_no != window.window_no
        };
        let mut changed: Vec<Window> = self
            .stream
            .windows
            .iter()
            .filter(dropped)
            .cloned()
            .collect();
        changed.push(window);
        changed.extend(parts.iter().cloned());
        self.stream.windows.splice(place..place, parts);
        self.save_windows(changed, vec![]).await
    }

    /// Ends a window as done or as a gap.
    pub(super) async fn settle(
        &mut self,
        mut window: Window,
        state: WindowState,
        gaps: Vec<NewGap>,
    ) -> Result<(), HarvestError> {
        window.state = state;
        window.token = None;
        self.update(window.clone());
        self.save_windows(vec![window], gaps).await
    }

    /// Lets one window stand for others that are open.
    pub(super) fn drop_open(&mut self, window: &Window, others: impl Fn(&Window) -> bool) {
        for other in self
            .stream
            .windows
            .iter_mut()
            .filter(|other| other.is_open() && others(other))
        {
            if other.window_no != window.window_no {
                other.state = WindowState::Split;
            }
        }
    }
}
