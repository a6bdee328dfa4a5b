//! From an answer to what is committed of it: its page without the records that are not to be believed.

use std::collections::HashSet;

use sha2::{Digest, Sha256};

use crate::harvest::HarvestError;
use crate::harvest::endpoint::Answer;
use crate::harvest::plan::span_of;
use crate::harvest::walk::Walker;
use crate::oai::Verb;
use crate::store::{Batch, NewGap, NewPage, NewRecord, Window, WindowNo};

/// What a page leaves to do.
pub(super) struct Taken {
    pub(super) page: NewPage,
    /// Live records without metadata, to be asked for one by one.
    pub(super) bare: Vec<String>,
}

impl Walker<'_> {
    /// What is to be committed of an answer to a list request. Records that have to be asked for one by one, of a list
    /// of records those without metadata, are committed on the way, so that a process that dies does not ask for them
    /// again.
    pub(super) async fn batch(
        &mut self,
        got: &Answer,
        window: &mut Window,
        verb: Verb,
        single: Option<Vec<String>>,
    ) -> Result<Batch, HarvestError> {
        let foreign = self.foreign_tombstones(&got.page.records).await?;
        let mut taken = self.take(got, window, verb, &foreign);
        window.seen += i64::from(taken.page.listed);
        if verb == Verb::ListIdentifiers {
            // Of the headers, tombstones are records.
            taken.page.records.retain(|record| record.deleted);
        }
        let single = single.unwrap_or(taken.bare);
        if self.doubts_tombstones && window.from.is_some() {
            self.doubt(window, &mut taken.page).await?;
        }
        let mut batch = self.empty_batch();
        batch.gaps = self.fetch_singles(single, window).await?;
        batch.pages.push(taken.page);
        Ok(batch)
    }

    pub(super) fn empty_batch(&self) -> Batch {
        Batch {
            run_no: self.run_no,
            stream_no: self.stream.stream_no,
            keep_all: self.keep_all,
            ..Batch::default()
        }
    }

    /// Believes tombstones of live records only when GetRecord no longer gives the record: on a server that is
    /// known to list both, one may come alone in a later list.
    async fn doubt(&mut self, window: &Window, page: &mut NewPage) -> Result<(), HarvestError> {
        let deleted: Vec<String> = page
            .records
            .iter()
            .filter(|record| record.deleted)
            .map(|record| record.identifier.clone())
            .collect();
        let live = self
            .store
            .live_datestamps(self.source.source_id, self.stream.format_no, &deleted)
            .await?;
        for (identifier, live) in deleted.into_iter().zip(live) {
            let elsewhere = page
                .records
                .iter()
                .any(|record| !record.deleted && record.identifier == identifier);
            if live.is_none() || elsewhere {
                continue;
            }
            if let Ok(batch) = self.get_record(&identifier, window.list_no).await?
                && batch
                    .pages
                    .iter()
                    .flat_map(|page| &page.records)
                    .any(|record| !record.deleted)
            {
                self.report.tally += self.store.commit(self.source, batch).await?;
                page.records
                    .retain(|record| record.identifier != identifier);
                self.report
                    .note("tombstones of records that the server still gives were not believed");
            }
        }
        Ok(())
    }

    /// Windows with the next numbers, in their order.
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

    pub(super) fn next_window_no(&self) -> WindowNo {
        self.stream
            .windows
            .iter()
            .map(|window| window.window_no)
            .max()
            .unwrap_or_default()
            .next()
    }

    /// A page ready for the store, without the records that are not to be believed.
    pub(super) fn take(
        &mut self,
        got: &Answer,
        window: &mut Window,
        verb: Verb,
        foreign: &HashSet<String>,
    ) -> Taken {
        let (page, response) = (&got.page, &got.response);
        self.report.repaired(&page.repairs);
        let mut bare = Vec::new();
        let mut records = Vec::with_capacity(page.records.len());
        for record in &page.records {
            if record.identifier.is_empty() {
                self.report.lose(
                    "a record without identifier",
                    format!("at {}", crate::http::shown(&got.asked)),
                );
                continue;
            }
            if record.deleted && foreign.contains(&record.identifier) {
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
            records.push(NewRecord::from(record));
        }
        let page = NewPage {
            window_no: window.window_no,
            kind: verb.as_str().to_owned(),
            fetched_at: response.fetched_at,
            request: crate::http::shown(&got.asked),
            status: response.status,
            headers: response.kept_headers(),
            wire_coding: response.wire_coding.to_owned(),
            body: response.body.clone(),
            sha256: Sha256::digest(&response.body).into(),
            head: page.head.clone(),
            repairs: serde_json::to_string(&page.repairs).unwrap_or_default(),
            listed: u32::try_from(page.records.len()).unwrap_or(u32::MAX),
            records,
        };
        Taken { page, bare }
    }

    pub(super) fn gap(
        &mut self,
        identifier: Option<&str>,
        window: &Window,
        reason: String,
    ) -> NewGap {
        let what = identifier.map_or_else(|| span_of(window).to_string(), str::to_owned);
        self.report.lose(what, &reason);
        NewGap {
            identifier: identifier.map(str::to_owned),
            from: window.from.clone(),
            until: window.until.clone(),
            reason,
        }
    }
}
