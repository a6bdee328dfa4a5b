//! The one way in for pages, in the order of the data model: lock, number and fence the source; look up what
//! is known; pages and bodies; items; versions; windows, stream, gaps.

use rusqlite::{CachedStatement, Connection, OptionalExtension};

use super::session::SqliteSession;
use crate::store::body::Packed;
use crate::store::convert::{int, json, micros};
use crate::store::fault::{Fault, Result};
use crate::store::incoming::{Known, RecordAction, classify, dedupe_page};
use crate::store::query::identifier_hash;
use crate::store::redaction::{redact_body, spans_in};
use crate::store::source_row::{self, Numbers};
use crate::store::stream_key::{self, StreamKey, StreamRow};
use crate::store::types::{
    Batch, CommitStats, FormatNo, ItemNo, ListNo, NewPage, NewRecord, PageNo, RunNo, Source,
    SourceId, WindowNo,
};
use crate::store::{absences, gaps, runs, streams};

/// Writes a batch whose bodies are packed already, in order.
pub(super) async fn commit(
    session: &SqliteSession<'_>,
    source: &Source,
    batch: &Batch,
    bodies: &[Packed],
) -> Result<CommitStats> {
    let source_id = source.source_id;
    let before = source_row::lock(session, source).await?;
    let stream = stream_key::row(session, source_id, batch.stream_no).await?;
    let (mut numbers, stats) = write_pages(session, &stream, before, batch, bodies)?;
    streams::put_all(session, &stream, batch, before.next_page, &mut numbers).await?;
    gaps::write(session, &stream, batch).await?;
    absences::write(session, &stream, batch).await?;
    source_row::advance(session, source_id, numbers).await?;
    if batch.run_no > RunNo::START && !batch.pages.is_empty() {
        runs::note_source(session, batch.run_no, source_id, before.seq, numbers.seq).await?;
    }
    Ok(stats)
}

/// Writes pages with their items and versions, record by record; how far they have brought the source.
fn write_pages(
    session: &SqliteSession<'_>,
    stream: &StreamRow,
    before: Numbers,
    batch: &Batch,
    bodies: &[Packed],
) -> Result<(Numbers, CommitStats)> {
    if batch.pages.is_empty() {
        return Ok((before, CommitStats::default()));
    }
    let conn = session.conn();
    let mut commit = PendingBatch::new(&conn, stream, before)?;
    for (page, body) in batch.pages.iter().zip(bodies) {
        let list_no = commit.list_of(batch, page.window_no)?;
        commit.page(batch, page, body, list_no)?;
    }
    Ok((commit.numbers, commit.stats))
}

struct PendingBatch<'t> {
    conn: &'t Connection,
    stream: StreamKey,
    /// The set whose list this is.
    set_spec: Option<String>,
    numbers: Numbers,
    stats: CommitStats,
    /// Any record of the source was taken down; of most sources none was.
    has_forgotten: bool,
    /// The last record was of an unknown item: so is the next, as a rule, and its insert tells.
    expects_new: bool,
    statements: Statements<'t>,
}

/// Statements that run for each record, prepared once per batch.
struct Statements<'t> {
    look_up: CachedStatement<'t>,
    new_item: CachedStatement<'t>,
    new_version: CachedStatement<'t>,
}

impl<'t> PendingBatch<'t> {
    fn new(
        conn: &'t Connection,
        StreamRow { key, set_spec, .. }: &StreamRow,
        numbers: Numbers,
    ) -> Result<Self> {
        let stream = *key;
        let statements = Statements {
            look_up: conn.prepare_cached(
                "SELECT i.item_no, r.hash, r.deleted, r.seen_list, r.datestamp
                 FROM item i LEFT JOIN record r
                   ON r.source_id = i.source_id AND r.item_no = i.item_no AND r.format_no = ?3
                 WHERE i.source_id = ?1 AND i.identifier = ?2 AND i.identifier_hash = ?4",
            )?,
            new_item: conn.prepare_cached(
                "INSERT INTO item (source_id, item_no, identifier, identifier_hash) VALUES (?1, ?2, ?3, ?4)
                 ON CONFLICT (source_id, identifier) DO NOTHING",
            )?,
            new_version: conn.prepare_cached(
                "INSERT OR REPLACE INTO record (source_id, item_no, format_no, stream_no, page_no, off, len,
                     datestamp, deleted, cause, seen_list, seen_seq, hash, seq)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?13, ?12, ?13)",
            )?,
        };
        let has_forgotten = has_forgotten(conn, stream.source_id)?;
        Ok(Self {
            conn,
            stream,
            set_spec: set_spec.clone(),
            numbers,
            stats: CommitStats::default(),
            has_forgotten,
            expects_new: false,
            statements,
        })
    }

    /// The list a page belongs to; 0 for a page outside of windows.
    fn list_of(&self, batch: &Batch, window_no: WindowNo) -> Result<ListNo> {
        if let Some(window) = batch.windows.iter().find(|w| w.window_no == window_no) {
            return Ok(window.list_no);
        }
        let stored = self
            .conn
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
    ) -> Result<()> {
        let page_no = self.numbers.next_page;
        self.numbers.next_page = page_no.next();
        let first_seq = self.numbers.seq;
        let mut blanks = Vec::new();
        for record in dedupe_page(page, &mut self.stats)? {
            if self.has_forgotten
                && is_forgotten(self.conn, self.stream.source_id, &record.identifier)?
            {
                blanks.extend(spans_in(page, &record.identifier));
                continue;
            }
            self.record(page_no, list_no, record, batch.only_newer)?;
        }
        // Only a page that brought something is ever pointed at; of another, its line in the log is enough.
        let keeps_body = batch.keep_all || self.numbers.seq > first_seq;
        let (body, note) = if keeps_body && !blanks.is_empty() {
            let (body, note) = redact_body(page_no, &page.body, &blanks, None)?;
            (body, Some(note))
        } else {
            (body.clone(), None)
        };
        self.insert_page(page_no, batch.run_no, page, keeps_body, note.as_deref())?;
        if keeps_body {
            self.conn
                .prepare_cached(
                    "INSERT INTO page_body (source_id, page_no, codec, dict_id, body)
                     VALUES (?1, ?2, ?3, 0, ?4)",
                )?
                .execute((self.stream.source_id, page_no, body.codec, &*body.bytes))?;
        }
        Ok(())
    }

    /// Writes the line of a page in the log; its headers and head only where its body is kept.
    fn insert_page(
        &self,
        page_no: PageNo,
        run_no: RunNo,
        page: &NewPage,
        keeps_body: bool,
        note: Option<&str>,
    ) -> Result<()> {
        let (headers, head) = if keeps_body {
            (page.headers.as_str(), json(&page.head)?)
        } else {
            ("{}", "{}".to_owned())
        };
        self.conn
            .prepare_cached(
                "INSERT INTO page (source_id, page_no, stream_no, window_no, run_no, kind, fetched_at, request,
                     status, headers, wire_coding, sha256, raw_len, records, head, seq_to, note)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17)",
            )?
            .execute(rusqlite::params![
                self.stream.source_id,
                page_no,
                self.stream.stream_no,
                page.window_no,
                run_no,
                page.kind,
                micros(page.fetched_at),
                page.request,
                page.status,
                headers,
                page.wire_coding,
                page.sha256,
                int(page.body.len()),
                page.listed,
                head,
                self.numbers.seq,
                note,
            ])?;
        Ok(())
    }

    fn record(
        &mut self,
        page_no: PageNo,
        list_no: ListNo,
        record: &NewRecord,
        only_newer: bool,
    ) -> Result<()> {
        let (item_no, known) = self.item(&record.identifier)?;
        let action = classify(known.as_ref(), record, list_no, only_newer, &mut self.stats);
        let StreamKey {
            source_id,
            format_no,
            ..
        } = self.stream;
        match action {
            RecordAction::Leave => {}
            RecordAction::SeenAgain => self.seen_again(item_no, list_no, record)?,
            RecordAction::First => self.new_version(item_no, page_no, list_no, record)?,
            RecordAction::Supersede => {
                supersede(self.conn, source_id, item_no, format_no)?;
                self.new_version(item_no, page_no, list_no, record)?;
            }
        }
        if let Some(set) = &self.set_spec
            && !record.deleted
            && name_item(self.conn, source_id, item_no, set, list_no)?
            && action == RecordAction::SeenAgain
        {
            self.numbers.seq += 1;
            let sql = "UPDATE record SET seq = ?4 WHERE source_id = ?1 AND item_no = ?2 AND format_no = ?3";
            self.conn.prepare_cached(sql)?.execute((
                source_id,
                item_no,
                format_no,
                self.numbers.seq,
            ))?;
        }
        Ok(())
    }

    /// The item of an identifier, numbered now if it is unknown, and the newest version of its record.
    fn item(&mut self, identifier: &str) -> Result<(ItemNo, Option<Known>)> {
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

    fn look_up(&mut self, identifier: &str) -> Result<Option<(ItemNo, Option<Known>)>> {
        let key = (
            self.stream.source_id,
            identifier,
            self.stream.format_no,
            identifier_hash(identifier),
        );
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
    fn new_item(&mut self, identifier: &str) -> Result<Option<ItemNo>> {
        let item_no = self.numbers.next_item;
        let added = self.statements.new_item.execute((
            self.stream.source_id,
            item_no,
            identifier,
            identifier_hash(identifier),
        ))? > 0;
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
    ) -> Result<()> {
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
    fn seen_again(&mut self, item_no: ItemNo, list_no: ListNo, record: &NewRecord) -> Result<()> {
        let StreamKey {
            source_id,
            stream_no,
            format_no,
            ..
        } = self.stream;
        self.conn
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
fn supersede(
    conn: &Connection,
    source_id: SourceId,
    item_no: ItemNo,
    format_no: FormatNo,
) -> Result<()> {
    conn.prepare_cached(
        "INSERT INTO record_old SELECT * FROM record
         WHERE source_id = ?1 AND item_no = ?2 AND format_no = ?3",
    )?
    .execute((source_id, item_no, format_no))?;
    Ok(())
}

/// Returns whether a record was taken down.
fn is_forgotten(conn: &Connection, source_id: SourceId, identifier: &str) -> Result<bool> {
    let sql =
        "SELECT 1 FROM forgotten WHERE source_id = ?1 AND identifier = ?2 AND identifier_hash = ?3";
    Ok(conn
        .prepare_cached(sql)?
        .exists((source_id, identifier, identifier_hash(identifier)))?)
}

/// Returns whether any record of the source was taken down.
fn has_forgotten(conn: &Connection, source_id: SourceId) -> Result<bool> {
    let sql = "SELECT 1 FROM forgotten WHERE source_id = ?1";
    Ok(conn.prepare_cached(sql)?.exists([source_id])?)
}

/// Notes that a set's list has named an item; whether none of its lists had before.
fn name_item(
    conn: &Connection,
    source_id: SourceId,
    item_no: ItemNo,
    set_spec: &str,
    list_no: ListNo,
) -> Result<bool> {
    let key = (source_id, item_no, set_spec, list_no);
    let known = conn
        .prepare_cached(
            "UPDATE item_set SET seen_list = max(seen_list, ?4)
             WHERE source_id = ?1 AND item_no = ?2 AND set_spec = ?3",
        )?
        .execute(key)?
        > 0;
    if !known {
        conn.prepare_cached(
            "INSERT INTO item_set (source_id, item_no, set_spec, seen_list) VALUES (?1, ?2, ?3, ?4)",
        )?
        .execute(key)?;
    }
    Ok(!known)
}
