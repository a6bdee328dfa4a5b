//! What is done about a window that fails: again from its start, then narrower, then record by record, so
//! that all that is healthy is had and what is not is known by name.

use chrono::{DateTime, TimeDelta, Utc};

use crate::harvest::HarvestError;
use crate::harvest::plan::span_of;
use crate::harvest::walk::{Trouble, Walker, WindowEnd};
use crate::oai::{Datestamp, ErrorCode, ListArgs, ListEnd, Request, Set, Verb};
use crate::store::{Batch, Window, WindowKind, WindowState};

/// Failed windows that are borne before the rest is given up, beside one for every page that came.
const PATIENCE: u64 = 25;
/// Missing records that are asked for one by one before the window is split instead.
const MAX_SINGLE: usize = 100;
/// Pages of identifiers listed to check a window.
const MAX_CHECK_PAGES: usize = 10_000;

impl Walker<'_> {
    /// Walks all windows of the stream that are not done. An error when the source had to be left.
    pub(super) async fn walk_all(&mut self) -> Result<(), HarvestError> {
        let mut failures = 0;
        loop {
            let open = |window: &Window| matches!(window.state, WindowState::Todo | WindowState::Open);
            let Some(index) = self.stream.windows.iter().position(open) else { return Ok(()) };
            let mut window = self.stream.windows[index].clone();
            let pages = self.report.pages;
            let end = self.walk(&mut window).await;
            self.stream.windows[index] = window.clone();
            match end? {
                WindowEnd::Done => {}
                WindowEnd::Limited => {
                    self.report
                        .note("stopped at the limit that was asked for; the next harvest goes on from there");
                    return Ok(());
                }
                WindowEnd::Stopped(error) => return Err(HarvestError::Ask(error)),
                WindowEnd::Trouble(trouble) => {
                    failures += 1;
                    if self.report.pages == pages && failures > PATIENCE + self.report.pages {
                        return self.give_up(&trouble).await;
                    }
                    self.answer(window, &trouble).await?;
                }
            }
        }
    }

    /// Answers trouble with a window by others in its place.
    async fn answer(&mut self, mut window: Window, trouble: &Trouble) -> Result<(), HarvestError> {
        tracing::debug!(window = window.window_no, span = %span_of(&window), %trouble, "window in trouble");
        window.error = Some(trouble.to_string());
        let again = matches!(trouble, Trouble::TokenRefused | Trouble::Looping | Trouble::Short { .. });
        if again && window.tries == 0 {
            self.report.note(format!("{trouble}; {} was begun again", span_of(&window)));
            return self.replace(window, vec![]).await;
        }
        if window.kind == WindowKind::List
            && let Trouble::Short { promised, last_page_full, .. } = trouble
            && self.check_by_identifiers(&mut window, *promised, *last_page_full).await?
        {
            return self.settle(window, WindowState::Done, vec![]).await;
        }
        if let Trouble::Refused(error) = trouble {
            if error.code == ErrorCode::CannotDisseminateFormat {
                return Err(self.unknown_format().await);
            }
            // Whatever its dates, this list is not to be had.
            let gap = self.gap(None, &window, trouble.to_string());
            return self.settle(window, WindowState::Gap, vec![gap]).await;
        }
        let children = self.narrower(&window).await?;
        if !children.is_empty() {
            self.report.note(format!("{trouble}; {} was fetched in smaller parts", span_of(&window)));
            return self.replace(window, children).await;
        }
        if matches!(trouble, Trouble::FullPageWithoutToken) && window.seen % 100 != 0 {
            self.report.note(format!("{trouble}; no smaller part of {} has more", span_of(&window)));
            return self.settle(window, WindowState::Done, vec![]).await;
        }
        let gap = self.gap(None, &window, trouble.to_string());
        self.settle(window, WindowState::Gap, vec![gap]).await
    }

    /// Narrower windows in the place of one: its halves by date; then its records one by one; then its sets.
    /// None when there is nothing narrower.
    async fn narrower(&mut self, window: &Window) -> Result<Vec<Window>, HarvestError> {
        let like = |from: Option<String>, until: Option<String>, kind, set_spec| Window {
            set_spec,
            kind,
            ..Window::todo(0, window.list_no, from, until)
        };
        let (earliest, latest) = (self.earliest(), Self::latest());
        if let Some((first, second)) =
            self.calendar.split(window.from.as_deref(), window.until.as_deref(), earliest, latest)
        {
            return Ok([first, second]
                .into_iter()
                .map(|span| like(span.from, span.until, window.kind, window.set_spec.clone()))
                .collect());
        }
        let here = || (window.from.clone(), window.until.clone());
        if window.kind == WindowKind::List {
            let (from, until) = here();
            return Ok(vec![like(from, until, WindowKind::Identifiers, window.set_spec.clone())]);
        }
        if window.set_spec.is_some() || self.stream.set_spec.is_some() {
            return Ok(vec![]);
        }
        Ok(self
            .list_sets()
            .await?
            .into_iter()
            // The set of a whole journal is no narrower, and OJS's totals for `driver` are wrong.
            .filter(|set| set.spec.contains(':') && set.spec != "driver")
            .map(|set| {
                let (from, until) = here();
                like(from, until, WindowKind::List, Some(set.spec))
            })
            .collect())
    }

    /// The error that names the formats there are.
    async fn unknown_format(&mut self) -> HarvestError {
        let known = match self.ask(&Request::ListMetadataFormats { identifier: None }).await {
            Ok(got) => got.page.formats.into_iter().map(|format| format.prefix).collect(),
            Err(_) => vec![],
        };
        HarvestError::UnknownFormat { prefix: self.stream.metadata_prefix.clone(), known }
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
                    if tokens.len() < MAX_CHECK_PAGES && tokens.insert(token.value.clone()) =>
                {
                    request = Request::Resume { verb: Verb::ListSets, token: token.value };
                }
                _ => return Ok(sets),
            }
        }
    }

    /// Puts windows in the place of one; without any, the same again from its start.
    async fn replace(&mut self, mut window: Window, mut children: Vec<Window>) -> Result<(), HarvestError> {
        if children.is_empty() {
            children.push(Window {
                kind: window.kind,
                set_spec: window.set_spec.clone(),
                tries: window.tries + 1,
                first_response: window.first_response.clone(),
                ..Window::todo(0, window.list_no, window.from.clone(), window.until.clone())
            });
        }
        let mut next = self.stream.windows.iter().map(|window| window.window_no).max().unwrap_or(0);
        for child in &mut children {
            next += 1;
            child.window_no = next;
        }
        window.state = WindowState::Split;
        window.token = None;
        let mut changed = vec![window.clone()];
        changed.extend(children.iter().cloned());
        self.note_windows(changed, vec![]).await?;
        self.update(window);
        self.stream.windows.extend(children);
        Ok(())
    }

    async fn settle(
        &mut self,
        mut window: Window,
        state: WindowState,
        gaps: Vec<crate::store::NewGap>,
    ) -> Result<(), HarvestError> {
        window.state = state;
        window.token = None;
        self.note_windows(vec![window.clone()], gaps).await?;
        self.update(window);
        Ok(())
    }

    fn update(&mut self, window: Window) {
        if let Some(slot) = self.stream.windows.iter_mut().find(|slot| slot.window_no == window.window_no) {
            *slot = window;
        }
    }

    /// Too much fails: what is left becomes gaps.
    async fn give_up(&mut self, trouble: &Trouble) -> Result<(), HarvestError> {
        let reason = format!("given up after too many failures, the last: {trouble}");
        let open: Vec<Window> = self
            .stream
            .windows
            .iter()
            .filter(|window| matches!(window.state, WindowState::Todo | WindowState::Open))
            .cloned()
            .collect();
        for window in open {
            let gap = self.gap(None, &window, reason.clone());
            self.settle(window, WindowState::Gap, vec![gap]).await?;
        }
        Ok(())
    }

    /// Lists the identifiers of a window that ended before its promise, and asks for those that did not come.
    /// Whether the window can be believed to be whole after that: when the identifiers are as many as
    /// promised; or no more than had come, and that not at the edge of a page.
    async fn check_by_identifiers(
        &mut self,
        window: &mut Window,
        promised: i64,
        last_page_full: bool,
    ) -> Result<bool, HarvestError> {
        let Some(listed) = self.list_identifiers(window).await? else { return Ok(false) };
        let seen = self
            .store
            .seen_in_list(self.source.source_id, self.stream.format_no, window.list_no, &listed.live)
            .await?;
        let missing: Vec<String> = listed
            .live
            .into_iter()
            .zip(seen)
            .filter_map(|(identifier, seen)| (!seen).then_some(identifier))
            .collect();
        let all_listed = i64::try_from(listed.total).unwrap_or(i64::MAX) >= promised;
        if missing.len() > MAX_SINGLE || !(all_listed || missing.is_empty() && !last_page_full) {
            return Ok(false);
        }
        if missing.is_empty() {
            let held = listed.total;
            self.report.note(format!("completeListSize promised {promised} records, the lists hold {held}"));
        }
        for identifier in missing {
            let mut batch =
                Batch { run_no: self.run_no, stream_no: self.stream.stream_no, ..Batch::default() };
            match self.get_record(&identifier, window).await? {
                Ok(page) => batch.pages.push(page),
                Err(reason) => batch.gaps.push(self.gap(Some(&identifier), window, reason)),
            }
            batch.windows.push(window.clone());
            self.report.tally += self.store.commit(self.source, batch).await?;
        }
        Ok(true)
    }

    /// All identifiers of a window; `None` when their list fails too.
    async fn list_identifiers(&mut self, window: &Window) -> Result<Option<Listed>, HarvestError> {
        let args = ListArgs {
            metadata_prefix: self.stream.metadata_prefix.clone(),
            set: window.set_spec.clone().or_else(|| self.stream.set_spec.clone()),
            from: window.from.clone(),
            until: window.until.clone(),
        };
        let mut request = Request::ListIdentifiers(args);
        let mut listed = Listed::default();
        let mut tokens = std::collections::HashSet::new();
        for _ in 0..MAX_CHECK_PAGES {
            let got = match self.ask(&request).await {
                Ok(got) => got,
                Err(error) if error.is_cancelled() => return Err(HarvestError::Interrupted),
                Err(error) if error.stops_source() => return Err(HarvestError::Ask(error)),
                Err(_) => return Ok(None),
            };
            if got.page.errors.iter().any(|error| error.code != ErrorCode::NoRecordsMatch) {
                return Ok(None);
            }
            listed.total += got.page.records.len();
            listed.live.extend(
                got.page.records.into_iter().filter(|header| !header.deleted).map(|header| header.identifier),
            );
            match got.page.end {
                ListEnd::More(token) => {
                    if !tokens.insert(token.value.clone()) {
                        return Ok(None);
                    }
                    request = Request::Resume { verb: Verb::ListIdentifiers, token: token.value };
                }
                ListEnd::Empty | ListEnd::NoToken => return Ok(Some(listed)),
            }
        }
        Ok(None)
    }

    /// The time that stands for an open beginning. Servers are careless of their earliestDatestamp: one that
    /// is about now is not believed.
    fn earliest(&self) -> DateTime<Utc> {
        let unknown = DateTime::from_timestamp(631_152_000, 0).unwrap_or_default(); // 1990
        Datestamp::parse(&self.identify.earliest_datestamp)
            .map(|date| date.time)
            .filter(|time| *time > unknown && *time < Utc::now() - TimeDelta::days(2))
            .unwrap_or(unknown)
    }
}

/// What a list of identifiers holds.
#[derive(Debug, Default)]
struct Listed {
    live: Vec<String>,
    total: usize,
}
