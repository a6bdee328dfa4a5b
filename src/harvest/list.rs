//! One list of a stream: begun or gone on with, walked, and its end noted.

use chrono::{DateTime, TimeDelta, Utc};

use crate::harvest::compare::is_comparison;
use crate::harvest::plan::{Span, Stretch, cursor_after, span_of, stretch};
use crate::harvest::single::Line;
use crate::harvest::source::SourcePlan;
use crate::harvest::walk::Walker;
use crate::harvest::{HarvestError, Listing, isolate};
use crate::store::{
    Gap, ListNo, NewGap, StreamNo, StreamUpdate, Window, WindowKind, WindowNo, WindowState,
};

/// A list that was walked to its end.
pub(super) struct ListSeen {
    pub(super) stream_no: StreamNo,
    pub(super) list_no: ListNo,
    /// From the repository's beginning to the present.
    pub(super) from_start: bool,
    /// And without a gap.
    pub(super) whole: bool,
}

impl ListSeen {
    /// What it tells of the repository.
    pub(super) fn listing(&self) -> Listing {
        match (self.from_start, self.whole) {
            (false, _) => Listing::Part,
            (true, false) => Listing::Doubted,
            (true, true) => Listing::Whole,
        }
    }
}

impl Walker<'_> {
    /// Harvests the stream: goes on with what is open, else begins a new list.
    pub(super) async fn harvest_stream(
        &mut self,
        plan: &SourcePlan,
    ) -> Result<ListSeen, HarvestError> {
        let bounded = plan.from.is_some() || plan.until.is_some();
        let resumes =
            !bounded && !plan.everything() && self.stream.windows.iter().any(isolate::is_open);
        if resumes {
            self.report.note("went on where the last run had stopped");
        } else {
            self.stream.windows = self.first_windows(plan).await?;
            self.store
                .replace_windows(self.source, self.stream.stream_no, &self.stream.windows)
                .await?;
        }
        let list_no = self
            .stream
            .windows
            .iter()
            .map(|window| window.list_no)
            .max()
            .unwrap_or_default();
        let spans = self.retry_gaps(list_no).await?;
        self.walk_all().await?;
        self.close_spans(&spans).await?;
        if self.stream.windows.iter().all(|window| window.seen == 0)
            && let Some(set) = self.stream.set_spec.clone()
        {
            self.check_set(set).await?;
        }
        self.finish_list(list_no).await
    }

    /// The stored cursor, unless it lies in the future: then it comes from a clock that was ahead, and would hide all
    /// changes until that time has come.
    pub(super) fn trusted_cursor(&self) -> Option<DateTime<Utc>> {
        self.stream
            .cursor
            .filter(|cursor| *cursor <= Utc::now() + TimeDelta::days(1))
    }

    /// The windows of a new list: everything, or what may have changed since the cursor; in one, unless the server
    /// is known to bear only narrower ones.
    async fn first_windows(&mut self, plan: &SourcePlan) -> Result<Vec<Window>, HarvestError> {
        let bound = |value: &Option<String>, is_until| {
            value
                .as_ref()
                .map(|value| {
                    self.calendar
                        .bound(value, is_until)
                        .ok_or_else(|| HarvestError::BadDate {
                            value: value.clone(),
                        })
                })
                .transpose()
        };
        let (mut from, until) = (bound(&plan.from, false)?, bound(&plan.until, true)?);
        if from.is_none()
            && until.is_none()
            && !plan.everything()
            && !plan.relist
            && let Some(cursor) = self.trusted_cursor()
        {
            let after = self.calendar.from_after(cursor);
            if self.widest.is_none()
                && let Some(windows) = self.compared(cursor, &after).await?
            {
                return Ok(self.numbered(windows));
            }
            from = Some(after);
        }
        let list_no = self.stream.last_list.next();
        let spans = match self.widest {
            Some(widest) => {
                let latest = isolate::latest(None);
                self.calendar
                    .within(Span { from, until }, self.earliest(), latest, widest)
            }
            None => vec![Span { from, until }],
        };
        let windows = spans
            .into_iter()
            .map(|span| Window::todo(WindowNo::START, list_no, span.from, span.until));
        Ok(self.numbered(windows.collect()))
    }

    /// Asks again for what could not be had before: records one by one, at once; spans of datestamps with the
    /// rest of the list. Gives the gaps that are spans.
    async fn retry_gaps(&mut self, list_no: ListNo) -> Result<Vec<Gap>, HarvestError> {
        let stream_no = self.stream.stream_no;
        let mut gaps = self.store.gaps(self.source.source_id).await?;
        gaps.retain(|gap| gap.stream_no == stream_no);
        let (single, spans): (Vec<Gap>, Vec<Gap>) =
            gaps.into_iter().partition(|gap| gap.identifier.is_some());
        for gap in &spans {
            let span = Span {
                from: gap.from.clone(),
                until: gap.until.clone(),
            };
            if self
                .stream
                .windows
                .iter()
                .any(|window| span_of(window) == span)
            {
                continue;
            }
            let window = Window::todo(self.next_window_no(), list_no, span.from, span.until);
            self.note_windows(vec![window.clone()], vec![]).await?;
            self.stream.windows.push(window);
        }
        // Those that are passed over stay as they are.
        let mut line = Line::from(single);
        while let Some(gap) = line.next(&mut self.vain) {
            let Some(identifier) = &gap.identifier else {
                continue;
            };
            let batch = match self.get_record(identifier, list_no).await? {
                Ok(mut batch) => {
                    line.came(&mut self.vain);
                    batch.closed_gaps.push(gap.gap_no);
                    batch
                }
                Err(reason) => {
                    self.vain.failed(&reason);
                    let mut batch = self.empty_batch();
                    batch.gaps.push(NewGap {
                        identifier: gap.identifier.clone(),
                        from: gap.from,
                        until: gap.until,
                        reason,
                    });
                    batch
                }
            };
            self.report.tally += self.store.commit(self.source, batch).await?;
        }
        Ok(spans)
    }

    /// Closes the spans that were had now, or that narrower gaps stand for. One that failed again as a whole is
    /// the same gap still, with what a person noted of it.
    async fn close_spans(&mut self, spans: &[Gap]) -> Result<(), HarvestError> {
        let lost = |gap: &&Gap| {
            self.stream.windows.iter().any(|window| {
                window.state == WindowState::Gap
                    && window.from == gap.from
                    && window.until == gap.until
            })
        };
        let mut batch = self.empty_batch();
        batch.closed_gaps = spans
            .iter()
            .filter(|gap| !lost(gap))
            .map(|gap| gap.gap_no)
            .collect();
        if !batch.closed_gaps.is_empty() {
            self.store.commit(self.source, batch).await?;
        }
        Ok(())
    }

    /// An empty answer to an unknown set is no empty set.
    async fn check_set(&mut self, set: String) -> Result<(), HarvestError> {
        let sets = self.list_sets().await?;
        if sets.is_empty() || sets.iter().any(|known| known.spec == set) {
            return Ok(());
        }
        Err(HarvestError::UnknownSet {
            set,
            known: sets.into_iter().take(50).map(|set| set.spec).collect(),
        })
    }

    /// The windows that the list was walked in, without those that others stand for, and the last unbroken stretch that
    /// they cover; `None` without a window.
    pub(super) fn listed(&self) -> Option<(Vec<&Window>, Stretch)> {
        let is_own =
            |window: &&Window| window.kind != WindowKind::Get && window.state != WindowState::Split;
        let windows: Vec<&Window> = self.stream.windows.iter().filter(is_own).collect();
        let spans: Vec<Span> = windows.iter().map(|window| span_of(window)).collect();
        let stretch = stretch(&spans, self.calendar.granularity)?;
        Some((windows, stretch))
    }

    /// Moves the cursor, when the list reached to the present without a break behind it.
    async fn finish_list(&mut self, list_no: ListNo) -> Result<ListSeen, HarvestError> {
        let part = ListSeen {
            stream_no: self.stream.stream_no,
            list_no,
            from_start: false,
            whole: false,
        };
        let Some((windows, Stretch { start, end })) = self.listed() else {
            return Ok(part);
        };
        // Ends that had to be closed lie beyond all there is.
        let compared = self.stream.windows.iter().any(is_comparison);
        let from_start = !compared && start.is_none_or(|start| start <= self.earliest());
        if end.is_some_and(|end| end < Utc::now()) {
            return Ok(part);
        }
        let follows_on = start
            .zip(self.trusted_cursor())
            .is_some_and(|(start, cursor)| start <= cursor);
        if self.limit.is_some() || !(from_start || follows_on) {
            return Ok(part);
        }
        let whole = from_start
            && windows
                .iter()
                .all(|window| window.state != WindowState::Gap);
        // Of what is known from before where the list begins, it tells nothing.
        let known_before = match start.filter(|_| whole) {
            Some(start) => {
                let before = self
                    .calendar
                    .granularity
                    .format(start - self.calendar.granularity.granule());
                let (source_id, format_no) = (self.source.source_id, self.stream.format_no);
                self.store
                    .count_in_range(source_id, format_no, "", Some(&before))
                    .await?
            }
            None => 0,
        };
        let whole = whole && known_before == 0;
        let response = windows
            .iter()
            .filter_map(|window| window.first_response.as_deref())
            .min();
        let newest = windows
            .iter()
            .filter_map(|window| window.newest.as_deref())
            .max();
        let cursor = cursor_after(response, newest);
        // An empty incremental list tells nothing of the index; the old cursor stays good.
        let cursor = if newest.is_none() {
            self.trusted_cursor().or(cursor)
        } else {
            cursor.max(self.trusted_cursor())
        };
        let mut batch = self.empty_batch();
        batch.stream = Some(StreamUpdate {
            cursor,
            last_complete_list: whole.then_some(list_no),
        });
        self.store.commit(self.source, batch).await?;
        Ok(ListSeen {
            from_start,
            whole,
            ..part
        })
    }
}
