//! The one way in for pages, in the order of the data model: lock, number and fence the source; look up what
//! is known; pages and bodies; items; versions; windows, stream, gaps.

use rusqlite::{CachedStatement, Connection, OptionalExtension, Transaction};

use super::fault::{Fault, Outcome};
use super::manage::forget;
use super::sources::{self, Numbers};
use super::streams::{self, StreamKey};
use super::{absences, gaps, item_sets, runs};
use crate::store::blank::spans_in;
use crate::store::body::Packed;
use crate::store::convert::{int, json, micros};
use crate::store::incoming::{Known, Verdict, chosen, judge};
use crate::store::{
    Batch, FormatNo, ItemNo, ListNo, NewPage, NewRecord, PageNo, RunNo, Source, SourceId, Tally,
    WindowNo,
};

/// Writes a batch whose bodies are packed already, in order.
pub(super) fn commit(
    conn: &mut Connection,
    source: &Source,
    batch: &Batch,
    bodies: &[Packed],
) -> Outcome<Tally> {
    let (tx, before) = sources::lock(conn, source)?;
    let stream = streams::key(&tx, source.source_id, batch.stream_no)?;
    let mut commit = Commit::new(&tx, stream, before)?;
    for (page, body) in batch.pages.iter().zip(bodies) {
        let list_no = commit.list_of(batch, page.window_no)?;
        commit.page(batch, page, body, list_no)?;
    }
    let (mut numbers, tally) = (commit.numbers, commit.tally);
    drop(commit);
    for window in &batch.windows {
        let of_window = batch
            .pages
            .iter()
            .filter(|page| page.window_no == window.window_no);
        let added = of_window.map(|page| i64::from(page.listed)).sum();
        let first = streams::first_page(&tx, stream, window, added, before.next_page)?;
        streams::put(&tx, stream, window, first)?;
    }
    if let Some(update) = &batch.stream {
        streams::update(&tx, stream, update, &mut numbers)?;
    }
    gaps::write(&tx, stream, batch)?;
    absences::write(&tx, stream, batch)?;
    if batch.is_response() {
        streams::accept(&tx, stream)?;
    }
    sources::advance(&tx, source.source_id, numbers)?;
    if batch.run_no > RunNo::START && !batch.pages.is_empty() {
        runs::note_source(&tx, batch.run_no, source.source_id, before.seq, numbers.seq)?;
    }
    tx.commit()?;
    Ok(tally)
}

struct Commit<'t> {
    tx: &'t Transaction<'t>,
    stream: StreamKey,
    /// The set whose list this is.
    set_spec: Option<String>,
    numbers: Numbers,
    tally: Tally,
    /// Any record of the source was taken down; of most sources none was.
    has_forgotten: bool,
    /// The last record was of an unknown item: so is the next, as a rule, and its insert tells.
    expects_new: bool,
    statements: Statements<'t>,
}

/// What runs for each record, prepared once a batch.
struct Statements<'t> {
    look_up: CachedStatement<'t>,
    new_item: CachedStatement<'t>,
    new_version: CachedStatement<'t>,
}

impl<'t> Commit<'t> {
    fn new(tx: &'t Transaction<'t>, stream: StreamKey, numbers: Numbers) -> Outcome<Self> {
        let statements = Statements {
            look_up: tx.prepare_cached(
                "SELECT i.item_no, r.hash, r.deleted, r.seen_list, r.datestamp
                 FROM item i LEFT JOIN record r
                   ON r.source_id = i.source_id AND r.item_no = i.item_no AND r.format_no = ?3
                 WHERE i.source_id = ?1 AND i.identifier = ?2",
            )?,
            new_item: tx.prepare_cached(
                "INSERT INTO item (source_id, item_no, identifier) VALUES (?1, ?2, ?3)
                 ON CONFLICT (source_id, identifier) DO NOTHING",
            )?,
            new_version: tx.prepare_cached(
                "INSERT OR REPLACE INTO record (source_id, item_no, format_no, stream_no, page_no, off, len,
                     datestamp, deleted, cause, seen_list, seen_seq, hash, seq)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?13, ?12, ?13)",
            )?,
        };
        let has_forgotten = forget::has_forgotten(tx, stream.source_id)?;
        Ok(Self {
            tx,
            stream,
            set_spec: item_sets::set_of(tx, stream)?,
            numbers,
            tally: Tally::default(),
            has_forgotten,
            expects_new: false,
            statements,
        })
    }

    /// The list a page belongs to; 0 for a page outside of windows.
    fn list_of(&self, batch: &Batch, window_no: WindowNo) -> Outcome<ListNo> {
        if let Some(window) = batch.windows.iter().find(|w| w.window_no == window_no) {
            return Ok(window.list_no);
        }
        let stored = self
            .tx
            .prepare_cached(
                "SELECT list_no FROM harvest_window
                 WHERE source_id = ?1 AND stream_no = ?2 AND window_no = ?3",
            )?
            .query_row(
                (self.stream.source_id, self.stream.stream_no, window_no),
                |row| row.get(0),
            )
            .optional()?;
        Ok(stored.unwrap_or_default())
    }

    fn page(
        &mut self,
        batch: &Batch,
        page: &NewPage,
        body: &Packed,
        list_no: ListNo,
    ) -> Outcome<()> {
        let page_no = self.numbers.next_page;
        self.numbers.next_page = page_no.next();
        let first_seq = self.numbers.seq;
        let mut blanks = Vec::new();
        for record in chosen(page, &mut self.tally)? {
            if self.has_forgotten
                && forget::is_forgotten(self.tx, self.stream.source_id, &record.identifier)?
            {
                blanks.extend(spans_in(page, &record.identifier));
                continue;
            }
            self.record(page_no, list_no, record, batch.only_newer)?;
        }
        let StreamKey {
            source_id,
            stream_no,
            ..
        } = self.stream;
        // Only a page that brought something is ever pointed at; of another, its line in the log is enough.
        let keeps_body = batch.keep_all || self.numbers.seq > first_seq;
        let (headers, head) = if keeps_body {
            (page.headers.as_str(), json(&page.head)?)
        } else {
            ("{}", "{}".to_owned())
        };
        self.tx
            .prepare_cached(
                "INSERT INTO page (source_id, page_no, stream_no, window_no, run_no, kind, fetched_at, request,
                     status, headers, wire_coding, sha256, list_hash, raw_len, records, head, repairs, seq_to)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18)",
            )?
            .execute(rusqlite::params![
                source_id,
                page_no,
                stream_no,
                page.window_no,
                batch.run_no,
                page.kind,
                micros(page.fetched_at),
                page.request,
                page.status,
                headers,
                page.wire_coding,
                page.sha256,
                page.list_hash.cast_signed(),
                int(page.body.len()),
                page.listed,
                head,
                page.repairs,
                self.numbers.seq,
            ])?;
        if keeps_body {
            self.tx
                .prepare_cached(
                    "INSERT INTO page_body (source_id, page_no, codec, dict_id, body)
                     VALUES (?1, ?2, ?3, 0, ?4)",
                )?
                .execute((source_id, page_no, body.codec, &*body.bytes))?;
            if !blanks.is_empty() {
                forget::blank(self.tx, source_id, page_no, &page.body, &blanks)?;
            }
        }
        Ok(())
    }

    fn record(
        &mut self,
        page_no: PageNo,
        list_no: ListNo,
        record: &NewRecord,
        only_newer: bool,
    ) -> Outcome<()> {
        let (item_no, known) = self.item(&record.identifier)?;
        let verdict = judge(known.as_ref(), record, list_no, only_newer, &mut self.tally);
        match verdict {
            Verdict::Leave => {}
            Verdict::SeenAgain => self.seen_again(item_no, list_no, record)?,
            Verdict::First => self.new_version(item_no, page_no, list_no, record)?,
            Verdict::Supersede => {
                supersede(
                    self.tx,
                    self.stream.source_id,
                    item_no,
                    self.stream.format_no,
                )?;
                self.new_version(item_no, page_no, list_no, record)?;
            }
        }
        if let Some(set) = &self.set_spec
            && !record.deleted
            && item_sets::add(self.tx, self.stream.source_id, item_no, set, list_no)?
            && verdict == Verdict::SeenAgain
        {
            self.numbers.seq += 1;
            item_sets::touch(self.tx, self.stream, item_no, self.numbers.seq)?;
        }
        Ok(())
    }

    /// The item of an identifier, numbered now if it is unknown, and the newest version of its record.
    fn item(&mut self, identifier: &str) -> Outcome<(ItemNo, Option<Known>)> {
        if self.expects_new
            && let Some(item_no) = self.new_item(identifier)?
        {
            return Ok((item_no, None));
        }
        if let Some(found) = self.look_up(identifier)? {
            self.expects_new = false;
            return Ok(found);
        }
        self.expects_new = true;
        let item_no = self.new_item(identifier)?;
        let unsure =
            || Fault::damaged(format!("item {identifier:?} is in one of its indexes only"));
        Ok((item_no.ok_or_else(unsure)?, None))
    }

    fn look_up(&mut self, identifier: &str) -> Outcome<Option<(ItemNo, Option<Known>)>> {
        let key = (self.stream.source_id, identifier, self.stream.format_no);
        let found = self.statements.look_up.query_row(key, |row| {
            let hash: Option<i64> = row.get(1)?;
            let known = match hash {
                Some(hash) => Some(Known {
                    hash,
                    deleted: row.get(2)?,
                    seen_list: row.get(3)?,
                    datestamp: row.get(4)?,
                }),
                None => None,
            };
            Ok((row.get(0)?, known))
        });
        Ok(found.optional()?)
    }

    /// The number of a new item; nothing when it is known.
    fn new_item(&mut self, identifier: &str) -> Outcome<Option<ItemNo>> {
        let item_no = self.numbers.next_item;
        let added =
            self.statements
                .new_item
                .execute((self.stream.source_id, item_no, identifier))?
                > 0;
        if added {
            self.numbers.next_item = item_no.next();
        }
        Ok(added.then_some(item_no))
    }

    fn new_version(
        &mut self,
        item_no: ItemNo,
        page_no: PageNo,
        list_no: ListNo,
        record: &NewRecord,
    ) -> Outcome<()> {
        self.numbers.seq += 1;
        let position = |n: u64| i64::try_from(n).unwrap_or(i64::MAX); // within the body, as was checked
        self.statements.new_version.execute(rusqlite::params![
            self.stream.source_id,
            item_no,
            self.stream.format_no,
            self.stream.stream_no,
            page_no,
            position(record.offset),
            position(record.len),
            record.datestamp,
            record.deleted,
            record.deleted.then_some("tombstone"),
            list_no,
            record.hash.cast_signed(),
            self.numbers.seq,
        ])?;
        Ok(())
    }

    /// Nothing new: the pointer stays, for what was exported of it is still true.
    fn seen_again(&mut self, item_no: ItemNo, list_no: ListNo, record: &NewRecord) -> Outcome<()> {
        let StreamKey {
            source_id,
            stream_no,
            format_no,
            ..
        } = self.stream;
        self.tx
            .prepare_cached(
                "UPDATE record SET stream_no = ?4, seen_list = ?5, seen_seq = ?6, datestamp = max(datestamp, ?7)
                 WHERE source_id = ?1 AND item_no = ?2 AND format_no = ?3",
            )?
            .execute((
                source_id,
                item_no,
                format_no,
                stream_no,
                list_no,
                self.numbers.seq,
                &record.datestamp,
            ))?;
        Ok(())
    }
}

/// Keeps the newest version of a record in its history, before another takes its place.
pub(super) fn supersede(
    tx: &Transaction<'_>,
    source_id: SourceId,
    item_no: ItemNo,
    format_no: FormatNo,
) -> Outcome<()> {
    tx.prepare_cached(
        "INSERT INTO record_old SELECT * FROM record
         WHERE source_id = ?1 AND item_no = ?2 AND format_no = ?3",
    )?
    .execute((source_id, item_no, format_no))?;
    Ok(())
}
