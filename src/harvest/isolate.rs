//! What is done about a window that fails: again from its start, then narrower, then record by record, so
//! that all that is healthy is had and what is not is known by name.

use chrono::{DateTime, TimeDelta, Utc};

use crate::harvest::HarvestError;
use crate::harvest::compare::{is_comparison, list_instead};
use crate::harvest::course::{IGNORES_DATES, Trouble, WindowEnd};
use crate::harvest::endpoint::{AskError, Cause};
use crate::harvest::plan::{Span, span_of, stretch};
use crate::harvest::promise::{is_check, lies_in};
use crate::harvest::walk::Walker;
use crate::http::HttpError;
use crate::oai::{Datestamp, ErrorCode, ListEnd, ReadError, Request, Set, Verb};
use crate::store::{ListNo, NewGap, Window, WindowKind, WindowNo, WindowState};

/// Failed windows that are borne before the rest is given up, beside one for every page that came: enough to
/// halve thirty years down to a day.
const PATIENCE: u64 = 20;
/// Failed windows in a row that are borne, however many pages came: enough to halve thirty years down to a second,
/// and to look at both halves.
const IN_A_ROW: u32 = 60;
/// Windows that are looked into for a record, before all are fetched record by record.
const SAMPLED: usize = 5;
/// Pages of sets read.
const MAX_SET_PAGES: usize = 1000;

impl Walker<'_> {
    /// Walks all windows of the stream that are not done. An error when the source had to be left.
    pub(super) async fn walk_all(&mut self) -> Result<(), HarvestError> {
        let mut failures = 0;
        loop {
            let Some(index) = self.next_window() else {
                if !self.checks_promise() {
                    return Ok(());
                }
                continue;
            };
            let mut window = self.stream.windows[index].clone();
            if is_comparison(&window) && self.came_unasked(&window).await? {
                self.report.note(IGNORES_DATES);
                self.settle(window, WindowState::Done, vec![]).await?;
                continue;
            }
            let end = self.walk(&mut window).await;
            self.update(window.clone());
            match end? {
                WindowEnd::Done => self.failed_in_row = 0,
                WindowEnd::Limited => {
                    self.report
                        .note("stopped at the limit that was asked for; the next harvest goes on from there");
                    return Ok(());
                }
                WindowEnd::Trouble(_) | WindowEnd::Stopped(_) if is_comparison(&window) => {
                    let list = list_instead(&window);
                    self.replace(window, vec![list]).await?;
                }
                WindowEnd::Stopped(error) => return Err(HarvestError::Ask(error)),
                WindowEnd::Trouble(trouble) => {
                    // What is only begun again counts when it fails again.
                    failures += u64::from(window.restarts > 0 || !trouble.is_of_its_own());
                    self.failed_in_row += 1;
                    self.check_alive(&trouble).await?;
                    if failures > PATIENCE + self.report.pages || self.failed_in_row > IN_A_ROW {
                        if self.by_identifiers().await? {
                            (failures, self.failed_in_row) = (0, 0);
                            continue;
                        }
                        return self.give_up(&trouble).await;
                    }
                    self.answer(window, &trouble).await?;
                }
            }
        }
    }

    /// The window that comes next. What lies before all that the server says it has comes last, when it is known how wide
    /// a list may be.
    fn next_window(&self) -> Option<usize> {
        let windows = &self.stream.windows;
        let is_within = |window: &Window| is_open(window) && !self.is_before_all(window);
        windows
            .iter()
            .position(is_within)
            .or_else(|| windows.iter().position(is_open))
    }

    /// A server that has stopped answering answers narrower windows no better: whether it still says who it is
    /// tells the one from the other.
    async fn check_alive(&mut self, trouble: &Trouble) -> Result<(), HarvestError> {
        let Trouble::Poison(error) = trouble else {
            return Ok(());
        };
        let silent = matches!(
            error.cause,
            Cause::Http(
                HttpError::Timeout { .. }
                    | HttpError::ConnectionClosed { .. }
                    | HttpError::Status { .. }
            ) | Cause::Read(ReadError::Empty)
        );
        if !silent {
            return Ok(());
        }
        match self.ask_at_most(&Request::Identify, 1).await {
            Err(now) if now.is_cancelled() => Err(HarvestError::Interrupted),
            Err(_) => Err(HarvestError::Ask(error.clone())),
            Ok(_) => Ok(()),
        }
    }

    /// Answers trouble with a window by others in its place.
    async fn answer(&mut self, mut window: Window, trouble: &Trouble) -> Result<(), HarvestError> {
        tracing::debug!(window = window.window_no.0, span = %span_of(&window), %trouble, "window in trouble");
        window.error = Some(trouble.to_string());
        if is_check(&window) {
            return self.judge_check(window, trouble).await;
        }
        match trouble {
            Trouble::Poison(error) if self.is_silence(&window, error).await? => {
                return self.judge_silence(window, trouble).await;
            }
            Trouble::Refused(error) => match error.code {
                // One record that cannot be written in a format can make this of a whole list.
                ErrorCode::CannotDisseminateFormat => {
                    if let Some(unknown) = self.unknown_format().await {
                        return Err(unknown);
                    }
                }
                ErrorCode::NoSetHierarchy => {
                    let set = self.stream.set_spec.clone().unwrap_or_default();
                    return Err(HarvestError::UnknownSet { set, known: vec![] });
                }
                // A code of the server's own is a failure like a status 500.
                ErrorCode::Other(_) if window.restarts == 0 => {
                    return self.begin_again(window, trouble).await;
                }
                ErrorCode::Other(_) => {}
                ErrorCode::BadArgument => {
                    let Some(by_days) = by_days(&window) else {
                        // Before all there is, some take no date for good.
                        return if self.is_before_all(&window) {
                            self.settle(window, WindowState::Done, vec![]).await
                        } else {
                            self.lose(window, trouble).await
                        };
                    };
                    self.report.note(format!(
                        "{trouble}; {} was asked for by days",
                        span_of(&window)
                    ));
                    return self.replace(window, vec![by_days]).await;
                }
                _ => return self.lose(window, trouble).await,
            },
            Trouble::Short(shortage) if shortage.is_small() => {
                if window.kind == WindowKind::List {
                    let by_identifiers = Window {
                        kind: WindowKind::Identifiers,
                        ..again(&window)
                    };
                    return self.replace(window, vec![by_identifiers]).await;
                }
                self.report
                    .note(format!("{trouble}, and its identifiers are no more"));
                return self.settle(window, WindowState::Done, vec![]).await;
            }
            Trouble::TokenRefused | Trouble::Looping | Trouble::Short(_)
                if window.restarts == 0 =>
            {
                return self.begin_again(window, trouble).await;
            }
            _ => {}
        }
        let narrower = self.narrower(&window, trouble).await?;
        if !narrower.is_empty() {
            self.report.note(format!(
                "{trouble}; {} was fetched in smaller parts",
                span_of(&window)
            ));
            return self.replace(window, narrower).await;
        }
        if matches!(trouble, Trouble::FullPageWithoutToken) && window.seen % 100 != 0 {
            self.report.note(format!(
                "{trouble}; no smaller part of {} has more",
                span_of(&window)
            ));
            return self.settle(window, WindowState::Done, vec![]).await;
        }
        self.lose(window, trouble).await
    }

    async fn begin_again(&mut self, window: Window, trouble: &Trouble) -> Result<(), HarvestError> {
        self.report
            .note(format!("{trouble}; {} was begun again", span_of(&window)));
        let again = Window {
            restarts: 1,
            ..again(&window)
        };
        self.replace(window, vec![again]).await
    }

    /// Narrower windows in the place of one: parts by date; then its records one by one; then its sets. None
    /// when there is nothing narrower.
    async fn narrower(
        &mut self,
        window: &Window,
        trouble: &Trouble,
    ) -> Result<Vec<Window>, HarvestError> {
        let is_list_refused = window.kind == WindowKind::List
            && matches!(trouble, Trouble::Poison(error) if is_too_wide(error))
            && !self.bears_lists(window.list_no);
        if !self.ignores_dates {
            let (earliest, latest) = (self.earliest(), latest(Some(window)));
            let (from, until) = (window.from.as_deref(), window.until.as_deref());
            let parts = match trouble {
                _ if self.is_before_all(window) => self.step_back(window, trouble),
                _ if is_list_refused && self.calendar.is_below_an_hour(window) => {
                    return Ok(self.gathered(window));
                }
                Trouble::Poison(error) if is_too_wide(error) => {
                    let refused = self.calendar.days(window).map(|days| days - 1);
                    self.widest = self.widest.into_iter().chain(refused).min();
                    self.calendar.ladder(from, until, earliest, latest)
                }
                Trouble::Poison(_) => self.calendar.split_closed(from, until, earliest, latest),
                _ => self.calendar.split(from, until, earliest, latest),
            };
            if !parts.is_empty() {
                let part = |span: Span| Window {
                    from: span.from,
                    until: span.until,
                    ..again(window)
                };
                return Ok(parts.into_iter().map(part).collect());
            }
        } else if window.from.is_some() || window.until.is_some() {
            return Ok(self.undivided(window));
        }
        if is_list_refused {
            return Ok(self.gathered(window));
        }
        if window.kind == WindowKind::List {
            return Ok(vec![Window {
                kind: WindowKind::Identifiers,
                ..again(window)
            }]);
        }
        if window.set_spec.is_some() || self.stream.set_spec.is_some() {
            return Ok(vec![]);
        }
        let sets = self.list_sets().await?;
        Ok(sets
            .into_iter()
            // The set of a whole journal is no narrower, and OJS's totals for `driver` are wrong.
            .filter(|set| set.spec.contains(':') && set.spec != "driver")
            .map(|set| Window {
                kind: WindowKind::List,
                set_spec: Some(set.spec),
                ..again(window)
            })
            .collect())
    }

    /// Whether a window lies before all that the server says it has.
    fn is_before_all(&self, window: &Window) -> bool {
        let until = window.until.as_deref().and_then(Datestamp::parse);
        window.from.is_none() && until.is_some_and(|until| until.time < self.earliest())
    }

    /// The years before all that the server says it has, in the place of a list that is open at its start.
    fn step_back(&mut self, window: &Window, trouble: &Trouble) -> Vec<Span> {
        let until = window.until.as_deref().and_then(Datestamp::parse);
        let Some(until) = until else { return vec![] };
        let is_borne =
            |other: &&Window| other.list_no == window.list_no && other.state == WindowState::Done;
        let borne = self
            .stream
            .windows
            .iter()
            .filter(is_borne)
            .filter_map(|other| self.calendar.days(other));
        let widest = self.widest.into_iter().chain(borne.max()).min();
        let (mut spans, begins) = self.calendar.years_back(until.time, widest);
        if matches!(trouble, Trouble::Poison(_)) && window.seen == 0 {
            self.report.note(format!(
                "the server takes no list that is open at its start: what is dated before {begins} was not asked for"
            ));
        } else if let Some(first) = Datestamp::parse(&begins).filter(|_| !spans.is_empty()) {
            // Something is there, and such a list is taken: the rest may hold it.
            let rest = self
                .calendar
                .granularity
                .format(first.time - self.calendar.granularity.granule());
            spans.push(Span {
                from: None,
                until: Some(rest),
            });
        }
        spans
    }

    /// Whether the server took a list of records, of this walk, however narrow.
    fn bears_lists(&self, list_no: ListNo) -> bool {
        self.stream.windows.iter().any(|other| {
            (other.list_no, other.kind, other.state)
                == (list_no, WindowKind::List, WindowState::Done)
        })
    }

    /// All that is open, record by record, in the place of its parts by date: where even the narrowest list of records is
    /// said to be too wide, its width is not the reason.
    fn gathered(&mut self, window: &Window) -> Vec<Window> {
        self.widest = None;
        let spans: Vec<Span> = self
            .stream
            .windows
            .iter()
            .filter(|other| is_open(other))
            .map(span_of)
            .collect();
        let Some(stretch) = stretch(&spans, self.calendar.granularity) else {
            return vec![];
        };
        let bound =
            |time: Option<DateTime<Utc>>| time.map(|time| self.calendar.granularity.format(time));
        let whole = Window {
            from: bound(stretch.start),
            until: bound(stretch.end),
            ..again(window)
        };
        // The stretch is the last unbroken one, and a span asked for again may lie before it.
        let whole = if lies_in(window, &whole) {
            whole
        } else {
            again(window)
        };
        self.leave_out(window, |other| lies_in(other, &whole));
        vec![Window {
            kind: WindowKind::Identifiers,
            ..whole
        }]
    }

    /// The whole list, record by record, in the place of all parts by date: on a server that does not heed
    /// dates each of them is the whole.
    fn undivided(&mut self, window: &Window) -> Vec<Window> {
        self.leave_out(window, |_| true);
        vec![Window {
            kind: WindowKind::Identifiers,
            from: None,
            until: None,
            ..again(window)
        }]
    }

    /// Has one window stand for others that are open.
    fn leave_out(&mut self, window: &Window, others: impl Fn(&Window) -> bool) {
        for other in self
            .stream
            .windows
            .iter_mut()
            .filter(|other| is_open(other) && others(other))
        {
            if other.window_no != window.window_no {
                other.state = WindowState::Split;
            }
        }
    }

    /// Puts windows in the place of one, so that they come next.
    async fn replace(
        &mut self,
        mut window: Window,
        parts: Vec<Window>,
    ) -> Result<(), HarvestError> {
        let parts = self.numbered(parts);
        window.state = WindowState::Split;
        window.token = None;
        self.update(window.clone());
        let place = self
            .stream
            .windows
            .iter()
            .position(|known| known.window_no == window.window_no);
        let place = place.unwrap_or(self.stream.windows.len());
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
        self.note_windows(changed, vec![]).await
    }

    pub(super) async fn lose(
        &mut self,
        window: Window,
        trouble: &Trouble,
    ) -> Result<(), HarvestError> {
        let gap = self.gap(None, &window, trouble.to_string());
        self.settle(window, WindowState::Gap, vec![gap]).await
    }

    pub(super) async fn settle(
        &mut self,
        mut window: Window,
        state: WindowState,
        gaps: Vec<NewGap>,
    ) -> Result<(), HarvestError> {
        window.state = state;
        window.token = None;
        self.update(window.clone());
        self.note_windows(vec![window], gaps).await
    }

    fn update(&mut self, window: Window) {
        if let Some(slot) = self
            .stream
            .windows
            .iter_mut()
            .find(|slot| slot.window_no == window.window_no)
        {
            *slot = window;
        }
    }

    /// Puts lists of identifiers in the place of all lists of records that are open: too many of these fail. Not where
    /// that would ask for record after record in vain, as far as one shows. Whether it was done.
    async fn by_identifiers(&mut self) -> Result<bool, HarvestError> {
        let is_list = |window: &&Window| is_open(window) && window.kind == WindowKind::List;
        let open: Vec<Window> = self
            .stream
            .windows
            .iter()
            .filter(is_list)
            .cloned()
            .collect();
        let Some(list_no) = open.first().map(|window| window.list_no) else {
            return Ok(false);
        };
        for window in open.iter().take(SAMPLED) {
            let fresh = again(window);
            let Ok(got) = self.ask(&self.request(&fresh, Verb::ListIdentifiers)).await else {
                return Ok(false);
            };
            if !got.page.errors.is_empty() && !got.page.is_empty_list() {
                return Ok(false);
            }
            let Some(one) = got.page.records.iter().find(|record| !record.deleted) else {
                continue;
            };
            let Ok(batch) = self.get_record(&one.identifier, list_no).await? else {
                return Ok(false);
            };
            self.report.tally += self.store.commit(self.source, batch).await?;
            break;
        }
        self.report
            .note("too many lists of records failed: the rest was fetched record by record");
        for window in open {
            let by_identifiers = Window {
                kind: WindowKind::Identifiers,
                ..again(&window)
            };
            self.replace(window, vec![by_identifiers]).await?;
        }
        Ok(true)
    }

    /// Too much fails: what is left becomes one gap where nothing came at all, else one for each window.
    async fn give_up(&mut self, trouble: &Trouble) -> Result<(), HarvestError> {
        let reason = format!("given up after too many failures, the last: {trouble}");
        let mut open: Vec<Window> = self
            .stream
            .windows
            .iter()
            .filter(|window| is_open(window))
            .cloned()
            .collect();
        for window in &mut open {
            window.state = WindowState::Gap;
            window.token = None;
        }
        let nothing_came = self.report.tally.records == 0;
        let whole = Window::todo(WindowNo::START, ListNo::START, None, None);
        let lost: Vec<&Window> = if nothing_came {
            vec![&whole]
        } else {
            open.iter().collect()
        };
        let gaps = lost
            .into_iter()
            .map(|window| self.gap(None, window, reason.clone()))
            .collect();
        for window in &open {
            self.update(window.clone());
        }
        self.note_windows(open, gaps).await
    }

    /// The error that names the formats there are; none where the one asked for is among them.
    async fn unknown_format(&mut self) -> Option<HarvestError> {
        let known: Vec<String> = match self
            .ask(&Request::ListMetadataFormats { identifier: None })
            .await
        {
            Ok(got) => got
                .page
                .formats
                .into_iter()
                .map(|format| format.prefix)
                .collect(),
            Err(_) => vec![],
        };
        let prefix = self.stream.metadata_prefix.clone();
        (!known.contains(&prefix)).then_some(HarvestError::UnknownFormat { prefix, known })
    }

    /// The sets of the repository; none when it has none, or cannot say.
    pub(super) async fn list_sets(&mut self) -> Result<Vec<Set>, HarvestError> {
        let mut sets = Vec::new();
        let mut request = Request::ListSets;
        let mut tokens = std::collections::HashSet::new();
        loop {
            let got = match self.ask(&request).await {
                Ok(got) => got,
                Err(error) if error.is_cancelled() => return Err(HarvestError::Interrupted),
                Err(error) if error.stops_source() => return Err(HarvestError::Ask(error)),
                Err(_) => return Ok(sets),
            };
            sets.extend(got.page.sets);
            match got.page.end {
                ListEnd::More(token)
                    if tokens.len() < MAX_SET_PAGES && tokens.insert(token.value.clone()) =>
                {
                    request = Request::Resume {
                        verb: Verb::ListSets,
                        token: token.value,
                    };
                }
                _ => return Ok(sets),
            }
        }
    }

    /// The time that stands for an open beginning. Servers are careless of their earliestDatestamp: one that
    /// is about now is not believed, and any may be off by a time zone.
    pub(super) fn earliest(&self) -> DateTime<Utc> {
        let unknown = DateTime::from_timestamp(631_152_000, 0).unwrap_or_default(); // 1990
        Datestamp::parse(&self.identify.earliest_datestamp)
            .map(|date| date.time)
            .filter(|time| *time > unknown && *time < Utc::now() - TimeDelta::days(2))
            .map_or(unknown, |time| time - TimeDelta::days(2))
    }
}

/// The time that stands for the open end of a window: a server's clock may be ahead of ours, and so may the
/// dates of its records.
pub(super) fn latest(window: Option<&Window>) -> DateTime<Utc> {
    let tomorrow = Utc::now() + TimeDelta::days(1);
    let newest = window
        .and_then(|window| window.newest.as_deref())
        .and_then(Datestamp::parse);
    newest.map_or(tomorrow, |newest| tomorrow.max(newest.time))
}

/// Whether a window is still to be walked, or walked on.
pub(super) fn is_open(window: &Window) -> bool {
    matches!(window.state, WindowState::Todo | WindowState::Open)
}

/// A window with bounds of days in the place of one with times of day, which a server may refuse although it gives
/// its granularity as seconds.
fn by_days(window: &Window) -> Option<Window> {
    let day = |bound: &Option<String>| {
        bound
            .as_deref()
            .map(|bound| bound.split('T').next().unwrap_or_default().to_owned())
    };
    let (from, until) = (day(&window.from), day(&window.until));
    let differs = from != window.from || until != window.until;
    differs.then(|| Window {
        from,
        until,
        ..again(window)
    })
}

/// A window like another, not begun.
pub(super) fn again(window: &Window) -> Window {
    Window {
        kind: window.kind,
        set_spec: window.set_spec.clone(),
        ..Window::todo(
            WindowNo::START,
            window.list_no,
            window.from.clone(),
            window.until.clone(),
        )
    }
}

/// Whether the server said that it does not take so wide a window.
fn is_too_wide(error: &AskError) -> bool {
    let Cause::Http(error) = &error.cause else {
        return false;
    };
    matches!(
        error,
        HttpError::TooLarge { .. }
            | HttpError::Status {
                status: 413 | 414 | 422,
                ..
            }
    )
}
