//! Records that are asked for one by one: those that a list of identifiers names, and those that came without their
//! metadata. Where one after the other fails, as on a server that gives no single record, not all are asked for.

use std::collections::{HashSet, VecDeque};

use crate::harvest::HarvestError;
use crate::harvest::compare::is_comparison;
use crate::harvest::walk::Walker;
use crate::oai::{RecordRef, Request, Verb};
use crate::store::{Batch, ListNo, NewGap, Window, WindowKind, WindowState};

/// Failures in a row that are taken each for itself.
const EACH: u32 = 2;
/// Failures in a row from which on records are passed over.
const IN_VAIN: u32 = 50;
/// Most records that are passed over before another is tried.
const WIDEST: u32 = 1000;

/// How often records were asked for in vain, since the last that came.
#[derive(Debug, Default)]
pub(super) struct Vain {
    failures: u32,
    /// After so many more records one is tried again; this many have gone by.
    step: u32,
    gone_by: u32,
    reason: String,
}

impl Vain {
    /// Whether the next record is likely to fail too, so that no second try is worth while.
    fn is_likely(&self) -> bool {
        self.failures > EACH
    }

    /// Whether the next record is not asked for.
    fn passes_over(&mut self) -> bool {
        if self.failures < IN_VAIN {
            return false;
        }
        self.gone_by += 1;
        self.gone_by < self.step
    }

    /// One was not had.
    pub(super) fn failed(&mut self, reason: &str) {
        self.failures += 1;
        reason.clone_into(&mut self.reason);
        if self.failures >= IN_VAIN {
            (self.step, self.gone_by) = ((self.step * 2).clamp(2, WIDEST), 0);
        }
    }

    fn reason(&self) -> String {
        format!(
            "not asked for after {} others had failed, the last: {}",
            self.failures, self.reason
        )
    }
}

/// What is to be asked for one by one.
#[derive(Debug)]
pub(super) struct Line<T> {
    waiting: VecDeque<T>,
    /// What was not asked for.
    pub(super) passed_over: Vec<T>,
}

impl<T> From<Vec<T>> for Line<T> {
    fn from(all: Vec<T>) -> Self {
        Self {
            waiting: all.into(),
            passed_over: Vec::new(),
        }
    }
}

impl<T> Line<T> {
    /// What is asked for next.
    pub(super) fn next(&mut self, vain: &mut Vain) -> Option<T> {
        while let Some(next) = self.waiting.pop_front() {
            if !vain.passes_over() {
                return Some(next);
            }
            self.passed_over.push(next);
        }
        None
    }

    /// One was had: those that were passed over come after all.
    pub(super) fn came(&mut self, vain: &mut Vain) {
        *vain = Vain::default();
        for next in self.passed_over.drain(..).rev() {
            self.waiting.push_front(next);
        }
    }
}

impl Walker<'_> {
    /// Of the headers of a page of identifiers, those to be asked for one by one: that this list has not brought yet,
    /// and in a comparison differ from what is known. `None` in a list of records.
    pub(super) async fn single(
        &self,
        window: &Window,
        headers: &[RecordRef],
    ) -> Result<Option<Vec<String>>, HarvestError> {
        if window.kind == WindowKind::List {
            return Ok(None);
        }
        let mut live: Vec<&RecordRef> = headers
            .iter()
            .filter(|header| !header.deleted && !header.identifier.is_empty())
            .collect();
        if is_comparison(window) {
            live = self.differing(live).await?;
        }
        let live: Vec<String> = live
            .into_iter()
            .map(|header| header.identifier.clone())
            .collect();
        let seen = self
            .store
            .seen_in_list(
                self.source.source_id,
                self.stream.format_no,
                window.list_no,
                &live,
            )
            .await?;
        Ok(Some(
            live.into_iter()
                .zip(seen)
                .filter_map(|(identifier, seen)| (!seen).then_some(identifier))
                .collect(),
        ))
    }

    /// Asks for records one by one, and commits each. A gap for each that was not had, or not asked for: those are asked
    /// for after all as soon as one comes.
    pub(super) async fn fetch_singles(
        &mut self,
        identifiers: Vec<String>,
        window: &Window,
    ) -> Result<Vec<NewGap>, HarvestError> {
        let mut gaps = Vec::new();
        let mut line = Line::from(identifiers);
        while let Some(identifier) = line.next(&mut self.vain) {
            match self.get_record(&identifier, window.list_no).await? {
                Ok(batch) => {
                    line.came(&mut self.vain);
                    self.report.tally += self.store.commit(self.source, batch).await?;
                }
                Err(reason) => {
                    self.vain.failed(&reason);
                    gaps.push(self.gap(Some(&identifier), window, reason));
                }
            }
        }
        if !line.passed_over.is_empty() {
            self.report
                .note("record after record failed: most of the others were not asked for");
            let reason = self.vain.reason();
            for identifier in line.passed_over {
                gaps.push(self.gap(Some(&identifier), window, reason.clone()));
            }
        }
        Ok(gaps)
    }

    /// Asks for one record. A batch that holds it, or the reason why it cannot be had.
    pub(super) async fn get_record(
        &mut self,
        identifier: &str,
        list_no: ListNo,
    ) -> Result<Result<Batch, String>, HarvestError> {
        let request = Request::GetRecord {
            identifier: identifier.to_owned(),
            metadata_prefix: self.stream.metadata_prefix.clone(),
        };
        let tries = if self.vain.is_likely() {
            1
        } else {
            self.tries()
        };
        let got = match self.ask_at_most(&request, tries).await {
            Ok(got) => got,
            Err(error) if error.is_cancelled() => return Err(HarvestError::Interrupted),
            Err(error) if error.stops_source() => return Err(HarvestError::Ask(error)),
            Err(error) => return Ok(Err(error.to_string())),
        };
        if let Some(error) = got
            .page
            .errors
            .first()
            .filter(|_| got.page.records.is_empty())
        {
            return Ok(Err(format!("the server refused: {error}")));
        }
        let mut window = self.single_window(list_no);
        let taken = self.take(&got, &mut window, Verb::GetRecord, &HashSet::new());
        if !taken.bare.is_empty()
            || taken
                .page
                .records
                .iter()
                .all(|record| record.identifier != identifier)
        {
            return Ok(Err("the record has no metadata".to_owned()));
        }
        window.seen += i64::from(taken.page.listed);
        if let Some(known) = self
            .stream
            .windows
            .iter_mut()
            .find(|known| known.window_no == window.window_no)
        {
            known.clone_from(&window);
        } else {
            self.stream.windows.push(window.clone());
        }
        let mut batch = self.empty_batch();
        batch.pages.push(taken.page);
        batch.windows.push(window);
        Ok(Ok(batch))
    }

    /// The window that pages of single records of a list belong to.
    fn single_window(&self, list_no: ListNo) -> Window {
        let known = |window: &&Window| window.kind == WindowKind::Get && window.list_no == list_no;
        self.stream
            .windows
            .iter()
            .find(known)
            .cloned()
            .unwrap_or_else(|| Window {
                kind: WindowKind::Get,
                state: WindowState::Done,
                ..Window::todo(self.next_window_no(), list_no, None, None)
            })
    }
}
