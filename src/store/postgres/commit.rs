//! The one way in for pages, in the order of the data model: lock, number and fence the source; look up what is
//! known; judge, in memory; then pages and bodies, items, versions; windows, stream, gaps. Each table is written by
//! one statement, whose columns are arrays.

use std::collections::HashMap;

use deadpool_postgres::Transaction;
use tokio_postgres::Row;

use super::session::PostgresSession;
use super::sql;
use crate::store::body::Packed;
use crate::store::convert::{int, json, micros};
use crate::store::fault::Result;
use crate::store::incoming::{Known, RecordAction, classify, dedupe_page};
use crate::store::query::identifier_hash;
use crate::store::redaction::{redact_body, spans_in};
use crate::store::source_row::{self, Numbers};
use crate::store::stream_key::{self, StreamKey};
use crate::store::types::{
    Batch, CommitStats, ItemNo, ListNo, NewPage, NewRecord, PageNo, RunNo, Source, SourceId,
    StreamNo, WindowNo,
};
use crate::store::{absences, gaps, runs, streams};

/// Writes a batch whose bodies are packed already, in order.
pub(super) async fn commit(
    session: &PostgresSession<'_, '_>,
    source: &Source,
    batch: &Batch,
    bodies: &[Packed],
) -> Result<CommitStats> {
    let tx = session.0;
    let source_id = source.source_id;
    let before = source_row::lock(session, source).await?;
    let row = stream_key::row(session, source_id, batch.stream_no).await?;
    let stream = row.key;
    let mut pending = PendingBatch {
        stream,
        first_seq: before.seq,
        numbers: before,
        stats: CommitStats::default(),
        lists: lists(tx, stream, batch).await?,
        items: look_up(tx, stream, batch).await?,
        new_items: Vec::new(),
        former: Vec::new(),
        pages: Vec::new(),
        named: Vec::new(),
    };
    for (page, body) in batch.pages.iter().zip(bodies) {
        pending.page(batch, page, body)?;
    }
    if let Some(set) = &row.set_spec {
        pending.join_set(tx, set).await?;
    }
    pending.write(tx, batch.run_no).await?;
    let PendingBatch {
        mut numbers, stats, ..
    } = pending;
    streams::put_all(session, &row, batch, before.next_page, &mut numbers).await?;
    gaps::write(session, &row, batch).await?;
    absences::write(session, &row, batch).await?;
    source_row::advance(session, source_id, numbers).await?;
    if batch.run_no > RunNo::START && !batch.pages.is_empty() {
        runs::note_source(session, batch.run_no, source_id, before.seq, numbers.seq).await?;
    }
    Ok(stats)
}

struct PendingBatch<'b> {
    stream: StreamKey,
    /// The source's number before this batch.
    first_seq: i64,
    numbers: Numbers,
    stats: CommitStats,
    /// The list of each window.
    lists: HashMap<WindowNo, ListNo>,
    items: HashMap<&'b str, Item>,
    new_items: Vec<(ItemNo, &'b str)>,
    former: Vec<(ItemNo, Version)>,
    pages: Vec<PageRow<'b>>,
    /// Items that are live on its pages, each with the list of its page.
    named: Vec<(ItemNo, ListNo)>,
}

/// The known state of an identifier.
#[derive(Default)]
struct Item {
    number: Option<ItemNo>,
    version: Option<Version>,
    /// True if the version is to be written.
    touched: bool,
    forgotten: bool,
}

/// A row of `record`.
#[derive(Clone)]
struct Version {
    known: Known,
    stream_no: StreamNo,
    page_no: PageNo,
    off: i64,
    len: i64,
    cause: Option<String>,
    seen_seq: i64,
    seq: i64,
}

struct PageRow<'b> {
    page_no: PageNo,
    page: &'b NewPage,
    headers: &'b str,
    head: String,
    seq_to: i64,
    body: Option<Packed>,
    note: Option<String>,
}

/// The list each window of a batch belongs to.
async fn lists(
    tx: &Transaction<'_>,
    stream: StreamKey,
    batch: &Batch,
) -> Result<HashMap<WindowNo, ListNo>> {
    let mut lists: HashMap<WindowNo, ListNo> = batch
        .windows
        .iter()
        .map(|window| (window.window_no, window.list_no))
        .collect();
    let others: Vec<WindowNo> = batch
        .pages
        .iter()
        .map(|page| page.window_no)
        .filter(|n| !lists.contains_key(n))
        .collect();
    if !others.is_empty() {
        let rows = sql::rows(
            tx,
            "SELECT window_no, list_no FROM harvest_window
             WHERE source_id = $1 AND stream_no = $2 AND window_no = ANY ($3)",
            &[&stream.source_id, &stream.stream_no, &others],
        )
        .await?;
        for row in rows {
            lists.insert(row.try_get(0)?, row.try_get(1)?);
        }
    }
    Ok(lists)
}

/// The known state of identifiers, each by its number in the list of them.
const LOOK_UP: &str = "SELECT u.n, i.item_no, f.seq IS NOT NULL, r.hash, r.deleted, r.seen_list, r.datestamp, r.stream_no,
            r.page_no, r.off, r.len, r.cause, r.seen_seq, r.seq
     FROM unnest($3::text[], $4::bigint[]) WITH ORDINALITY u (identifier, hash, n)
     LEFT JOIN LATERAL (
         SELECT * FROM item
         WHERE source_id = $1 AND identifier_hash = u.hash AND identifier = u.identifier LIMIT 1
     ) i ON true
     LEFT JOIN LATERAL (
         SELECT * FROM record WHERE source_id = $1 AND item_no = i.item_no AND format_no = $2 LIMIT 1
     ) r ON true
     LEFT JOIN LATERAL (
         SELECT * FROM forgotten
         WHERE source_id = $1 AND identifier_hash = u.hash AND identifier = u.identifier LIMIT 1
     ) f ON true
     WHERE i.item_no IS NOT NULL OR f.seq IS NOT NULL";

/// Reads the known state of all identifiers of a batch. Each is looked up by itself: to a database that has no
/// statistics of its tables yet, a join of whole tables looks as good, and takes the longer the more there is.
async fn look_up<'b>(
    tx: &Transaction<'_>,
    stream: StreamKey,
    batch: &'b Batch,
) -> Result<HashMap<&'b str, Item>> {
    let mut items: HashMap<&str, Item> = HashMap::new();
    for record in batch.pages.iter().flat_map(|page| &page.records) {
        items.entry(&record.identifier).or_default();
    }
    if items.is_empty() {
        return Ok(items);
    }
    let identifiers: Vec<&str> = items.keys().copied().collect();
    let hashes: Vec<i64> = identifiers
        .iter()
        .map(|identifier| identifier_hash(identifier))
        .collect();
    let rows = sql::rows(
        tx,
        LOOK_UP,
        &[&stream.source_id, &stream.format_no, &identifiers, &hashes],
    )
    .await?;
    for row in rows {
        let place: i64 = row.try_get(0)?;
        let Some(identifier) = usize::try_from(place - 1)
            .ok()
            .and_then(|place| identifiers.get(place))
        else {
            continue;
        };
        let item = Item {
            number: row.try_get(1)?,
            version: version_of(&row)?,
            touched: false,
            forgotten: row.try_get(2)?,
        };
        items.insert(identifier, item);
    }
    Ok(items)
}

/// Reads the newest version of a record from a row of [`LOOK_UP`].
fn version_of(row: &Row) -> Result<Option<Version>> {
    let hash: Option<i64> = row.try_get(3)?;
    let Some(hash) = hash else { return Ok(None) };
    Ok(Some(Version {
        known: Known {
            hash,
            deleted: row.try_get(4)?,
            seen_list: row.try_get(5)?,
            datestamp: row.try_get(6)?,
        },
        stream_no: row.try_get(7)?,
        page_no: row.try_get(8)?,
        off: row.try_get(9)?,
        len: row.try_get(10)?,
        cause: row.try_get(11)?,
        seen_seq: row.try_get(12)?,
        seq: row.try_get(13)?,
    }))
}

impl<'b> PendingBatch<'b> {
    fn page(&mut self, batch: &Batch, page: &'b NewPage, body: &Packed) -> Result<()> {
        let page_no = self.numbers.next_page;
        self.numbers.next_page = page_no.next();
        let first_seq = self.numbers.seq;
        let list_no = self.lists.get(&page.window_no).copied().unwrap_or_default();
        let mut blanks = Vec::new();
        for record in dedupe_page(page, &mut self.stats)? {
            if self
                .items
                .get(&*record.identifier)
                .is_some_and(|item| item.forgotten)
            {
                blanks.extend(spans_in(page, &record.identifier));
                continue;
            }
            self.record(page_no, list_no, record, batch.only_newer);
        }
        // Only a page that brought something is ever pointed at; of another, its line in the log is enough.
        let keeps_body = batch.keep_all || self.numbers.seq > first_seq;
        let (body, note) = match (keeps_body, blanks.is_empty()) {
            (false, _) => (None, None),
            (true, true) => (Some(body.clone()), None),
            (true, false) => {
                let (body, note) = redact_body(page_no, &page.body, &blanks, None)?;
                (Some(body), Some(note))
            }
        };
        let (headers, head) = if keeps_body {
            (&*page.headers, json(&page.head)?)
        } else {
            ("{}", "{}".to_owned())
        };
        let seq_to = self.numbers.seq;
        self.pages.push(PageRow {
            page_no,
            page,
            headers,
            head,
            seq_to,
            body,
            note,
        });
        Ok(())
    }

    fn record(
        &mut self,
        page_no: PageNo,
        list_no: ListNo,
        record: &'b NewRecord,
        only_newer: bool,
    ) {
        let StreamKey { stream_no, .. } = self.stream;
        let item = self.items.entry(&record.identifier).or_default();
        let item_no = *item.number.get_or_insert_with(|| {
            let item_no = self.numbers.next_item;
            self.numbers.next_item = item_no.next();
            self.new_items.push((item_no, &record.identifier));
            item_no
        });
        let known = item.version.as_ref().map(|version| &version.known);
        let action = classify(known, record, list_no, only_newer, &mut self.stats);
        item.touched |= action != RecordAction::Leave;
        if !record.deleted {
            self.named.push((item_no, list_no));
        }
        match (action, &mut item.version) {
            (RecordAction::Leave, _) => {}
            // Nothing new: the pointer stays, for what was exported of it is still true.
            (RecordAction::SeenAgain, Some(version)) => {
                version.stream_no = stream_no;
                version.known.seen_list = list_no;
                version.seen_seq = self.numbers.seq;
                if version.known.datestamp < record.datestamp {
                    version.known.datestamp.clone_from(&record.datestamp);
                }
            }
            (_, version) => {
                if let Some(old) = version.take() {
                    self.former.push((item_no, old));
                }
                self.numbers.seq += 1;
                let position = |n: u64| i64::try_from(n).unwrap_or(i64::MAX); // within the body, as was checked
                *version = Some(Version {
                    known: Known {
                        hash: record.hash.cast_signed(),
                        deleted: record.deleted,
                        seen_list: list_no,
                        datestamp: record.datestamp.clone(),
                    },
                    stream_no,
                    page_no,
                    off: position(record.offset),
                    len: position(record.len),
                    cause: record.deleted.then(|| "tombstone".to_owned()),
                    seen_seq: self.numbers.seq,
                    seq: self.numbers.seq,
                });
            }
        }
    }

    /// Notes the set whose list this is. A record that is otherwise unchanged gets a new number by it.
    async fn join_set(&mut self, tx: &Transaction<'_>, set_spec: &str) -> Result<()> {
        let before = self.numbers.seq;
        let joined = name_items(tx, self.stream.source_id, set_spec, &self.named).await?;
        for item_no in joined {
            let version = self
                .items
                .values_mut()
                .filter(|item| item.number == Some(item_no))
                .find_map(|item| item.version.as_mut());
            if let Some(version) = version
                && self.first_seq >= version.seq
            {
                self.numbers.seq += 1;
                version.seq = self.numbers.seq;
            }
        }
        if let Some(last) = self.pages.last_mut()
            && self.numbers.seq > before
        {
            last.seq_to = self.numbers.seq;
        }
        Ok(())
    }

    async fn write(&self, tx: &Transaction<'_>, run_no: RunNo) -> Result<()> {
        write_pages(tx, self.stream, run_no, &self.pages).await?;
        if !self.new_items.is_empty() {
            let (numbers, identifiers): (Vec<ItemNo>, Vec<&str>) =
                self.new_items.iter().copied().unzip();
            let hashes: Vec<i64> = identifiers
                .iter()
                .map(|identifier| identifier_hash(identifier))
                .collect();
            sql::run(
                tx,
                "INSERT INTO item (source_id, item_no, identifier, identifier_hash)
                 SELECT $1, * FROM unnest($2::bigint[], $3::text[], $4::bigint[])",
                &[&self.stream.source_id, &numbers, &identifiers, &hashes],
            )
            .await?;
        }
        let former: Vec<(ItemNo, &Version)> = self
            .former
            .iter()
            .map(|(item, version)| (*item, version))
            .collect();
        write_versions(tx, self.stream, "INSERT INTO record_old", "", &former).await?;
        let mut present: Vec<(ItemNo, &Version)> = self
            .items
            .values()
            .filter(|item| item.touched)
            .filter_map(|item| Some((item.number?, item.version.as_ref()?)))
            .collect();
        // In the order of the key, so that neighbours lie together.
        present.sort_unstable_by_key(|(item_no, _)| *item_no);
        // The records of new items replace none: nothing is looked up for them.
        let first_new = self.new_items.first().map(|(item_no, _)| *item_no);
        let known =
            present.partition_point(|(item_no, _)| first_new.is_none_or(|new| *item_no < new));
        let (known, new) = present.split_at(known);
        write_versions(tx, self.stream, "INSERT INTO record", REPLACE, known).await?;
        write_versions(tx, self.stream, "INSERT INTO record", "", new).await
    }
}

const REPLACE: &str = "ON CONFLICT (source_id, item_no, format_no) DO UPDATE SET
    stream_no = excluded.stream_no, page_no = excluded.page_no, off = excluded.off, len = excluded.len,
    datestamp = excluded.datestamp, deleted = excluded.deleted, cause = excluded.cause,
    seen_list = excluded.seen_list, seen_seq = excluded.seen_seq, hash = excluded.hash, seq = excluded.seq";

async fn write_versions(
    tx: &Transaction<'_>,
    stream: StreamKey,
    insert: &str,
    conflict: &str,
    rows: &[(ItemNo, &Version)],
) -> Result<()> {
    if rows.is_empty() {
        return Ok(());
    }
    let numbers =
        |value: fn(&Version) -> i64| rows.iter().map(|(_, v)| value(v)).collect::<Vec<i64>>();
    let items: Vec<ItemNo> = rows.iter().map(|(item_no, _)| *item_no).collect();
    let stamps: Vec<&str> = rows.iter().map(|(_, v)| &*v.known.datestamp).collect();
    let deleted: Vec<bool> = rows.iter().map(|(_, v)| v.known.deleted).collect();
    let causes: Vec<Option<&str>> = rows.iter().map(|(_, v)| v.cause.as_deref()).collect();
    let query = format!(
        "{insert} (source_id, format_no, item_no, stream_no, page_no, off, len, datestamp, deleted, cause,
             seen_list, seen_seq, hash, seq)
         SELECT $1, $2, * FROM unnest($3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[], $7::bigint[],
             $8::text[], $9::bool[], $10::text[], $11::bigint[], $12::bigint[], $13::bigint[], $14::bigint[])
         {conflict}"
    );
    sql::run(
        tx,
        &query,
        &[
            &stream.source_id,
            &stream.format_no,
            &items,
            &numbers(|v| v.stream_no.0),
            &numbers(|v| v.page_no.0),
            &numbers(|v| v.off),
            &numbers(|v| v.len),
            &stamps,
            &deleted,
            &causes,
            &numbers(|v| v.known.seen_list.0),
            &numbers(|v| v.seen_seq),
            &numbers(|v| v.known.hash),
            &numbers(|v| v.seq),
        ],
    )
    .await?;
    Ok(())
}

async fn write_pages(
    tx: &Transaction<'_>,
    stream: StreamKey,
    run_no: RunNo,
    rows: &[PageRow<'_>],
) -> Result<()> {
    if rows.is_empty() {
        return Ok(());
    }
    let numbers = |value: fn(&PageRow<'_>) -> i64| rows.iter().map(value).collect::<Vec<i64>>();
    let page_nos = numbers(|row| row.page_no.0);
    let kinds: Vec<&str> = rows.iter().map(|row| &*row.page.kind).collect();
    let requests: Vec<&str> = rows.iter().map(|row| &*row.page.request).collect();
    let headers: Vec<&str> = rows.iter().map(|row| row.headers).collect();
    let codings: Vec<&str> = rows.iter().map(|row| &*row.page.wire_coding).collect();
    let hashes: Vec<&[u8]> = rows.iter().map(|row| &row.page.sha256[..]).collect();
    let heads: Vec<&str> = rows.iter().map(|row| &*row.head).collect();
    let notes: Vec<Option<&str>> = rows.iter().map(|row| row.note.as_deref()).collect();
    sql::run(
        tx,
        "INSERT INTO page (source_id, stream_no, run_no, page_no, window_no, kind, fetched_at, request, status,
             headers, wire_coding, sha256, raw_len, records, head, seq_to, note)
         SELECT $1, $2, $3, * FROM unnest($4::bigint[], $5::bigint[], $6::text[], $7::bigint[], $8::text[],
             $9::bigint[], $10::text[], $11::text[], $12::bytea[], $13::bigint[], $14::bigint[], $15::text[],
             $16::bigint[], $17::text[])",
        &[
            &stream.source_id,
            &stream.stream_no,
            &run_no,
            &page_nos,
            &numbers(|row| row.page.window_no.0),
            &kinds,
            &numbers(|row| micros(row.page.fetched_at)),
            &requests,
            &numbers(|row| row.page.status.into()),
            &headers,
            &codings,
            &hashes,
            &numbers(|row| int(row.page.body.len())),
            &numbers(|row| row.page.listed.into()),
            &heads,
            &numbers(|row| row.seq_to),
            &notes,
        ],
    )
    .await?;
    // Bodies one by one: an array of them would be in memory twice more.
    for row in rows {
        if let Some(body) = &row.body {
            sql::run(
                tx,
                "INSERT INTO page_body (source_id, page_no, codec, dict_id, body)
                 VALUES ($1, $2, $3, 0, $4)",
                &[&stream.source_id, &row.page_no, &body.codec, &&*body.bytes],
            )
            .await?;
        }
    }
    Ok(())
}

/// Notes that a set's list has named items; those that none of its lists had named before, in order.
async fn name_items(
    tx: &Transaction<'_>,
    source_id: SourceId,
    set_spec: &str,
    named: &[(ItemNo, ListNo)],
) -> Result<Vec<ItemNo>> {
    let (items, lists): (Vec<ItemNo>, Vec<ListNo>) = named.iter().copied().unzip();
    let rows = sql::rows(
        tx,
        "WITH added AS (
             INSERT INTO item_set AS s (source_id, item_no, set_spec, seen_list)
             SELECT $1, u.item_no, $2, max(u.list_no) FROM unnest($3::bigint[], $4::bigint[]) u (item_no, list_no)
             GROUP BY u.item_no
             ON CONFLICT (source_id, item_no, set_spec)
             DO UPDATE SET seen_list = greatest(s.seen_list, excluded.seen_list)
             RETURNING item_no, xmax = 0 AS is_new)
         SELECT item_no FROM added WHERE is_new ORDER BY item_no",
        &[&source_id, &set_spec, &items, &lists],
    )
    .await?;
    rows.iter().map(|row| Ok(row.try_get(0)?)).collect()
}
