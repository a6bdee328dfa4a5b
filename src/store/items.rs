//! Items with the newest version of each format, in keyset batches.
//!
//! Memory is bounded whatever the pages are: a batch holds records of [`BATCH_BYTES`] at most (or one item), each page
//! is unpacked once a batch, and where a batch has few records of a page above [`PINNED`] they are copied, so that they
//! do not keep the page.

use std::collections::BTreeSet;
use std::sync::Arc;

use bytes::Bytes;

use super::body::{PageCache, ReadPage, unpack};
use super::choice::{Choice, FEW};
use super::convert::from_json;
use super::fault::{Fault, Result};
use super::item_sets;
use super::query::{FromRow, Row, Value, identifiers, values};
use super::session::Session;
use super::types::{
    ArticleState, Counts, FormatNo, ItemNo, ListNo, PageNo, Selection, SourceId, StoredItem,
    StoredRecord, Time,
};
use crate::oai::PageHead;

/// Bytes of records in a batch at most; one item may have more.
const BATCH_BYTES: u64 = 16 << 20;

/// Largest page, in bytes, that a few of its records may keep in memory.
const PINNED: usize = 256 << 10;

/// Bytes of pages that are unpacked at the same time, unless one alone has more.
const UNPACKED: u64 = 16 << 20;

/// Items of a selection after one number, in their order, at most `limit`.
pub(super) async fn items(
    session: &dyn Session,
    cache: &PageCache,
    source_id: SourceId,
    selection: Selection,
    after_item: ItemNo,
    limit: usize,
) -> Result<Vec<StoredItem>> {
    let chosen = numbers(session, source_id, selection, after_item, limit).await?;
    at(session, cache, source_id, &chosen).await
}

/// Numbers of the items of a selection after one of them, ascending, at most `limit`.
pub(super) async fn numbers(
    session: &dyn Session,
    source_id: SourceId,
    selection: Selection,
    after_item: ItemNo,
    limit: usize,
) -> Result<Vec<ItemNo>> {
    let (choice, after, upto) = choice(session, source_id, selection).await?;
    let values = values![source_id, after_item, limit, after, upto];
    let numbers: Vec<(ItemNo,)> = session.all(&choice, &values).await?;
    Ok(numbers.into_iter().map(|(item_no,)| item_no).collect())
}

/// Items by their numbers, in their order. Fewer than all where they are large: the caller continues after the last.
pub(super) async fn at(
    session: &dyn Session,
    cache: &PageCache,
    source_id: SourceId,
    item_nos: &[ItemNo],
) -> Result<Vec<StoredItem>> {
    let (Some(first), Some(last)) = (item_nos.iter().min(), item_nos.iter().max()) else {
        return Ok(Vec::new());
    };
    let sql = "SELECT format_no, metadata_prefix FROM stream WHERE source_id = $1";
    let formats: Vec<(FormatNo, String)> = session.all(sql, &values![source_id]).await?;
    let mut pending = Pending::of(formats);
    if are_neighbours(item_nos) {
        let wanted: BTreeSet<ItemNo> = item_nos.iter().copied().collect();
        neighbours(session, source_id, [*first, *last], &wanted, &mut pending).await?;
    } else {
        scattered(session, source_id, item_nos, &mut pending).await?;
    }
    let mut items = fill(session, cache, source_id, pending).await?;
    item_sets::fill(session, source_id, &mut items).await?;
    Ok(items)
}

/// Returns whether a range of item numbers holds few others than these.
pub(super) fn are_neighbours(item_nos: &[ItemNo]) -> bool {
    let (Some(first), Some(last)) = (item_nos.iter().min(), item_nos.iter().max()) else {
        return false;
    };
    let span = usize::try_from(last.0.saturating_sub(first.0)).unwrap_or(usize::MAX);
    span < item_nos.len().saturating_mul(2)
}

/// SQL that chooses item numbers of source `$1` after item `$2`, `$3` at most, with the bounds it wants as `$4` and
/// `$5`.
async fn choice(
    session: &dyn Session,
    source_id: SourceId,
    selection: Selection,
) -> Result<(String, i64, i64)> {
    let Choice {
        table,
        column,
        after,
        upto,
    } = Choice::of(selection);
    let few = selection != Selection::All && {
        let sql = format!(
            "SELECT count(*) FROM (SELECT 1 FROM {table}
             WHERE source_id = $1 AND {column} > $2 AND {column} <= $3 LIMIT $4) c"
        );
        let values = values![source_id, after, upto, FEW + 1];
        session.value::<i64>(&sql, &values).await? <= FEW
    };
    // Adding nothing keeps a term from choosing the index.
    let (by_item, by_change) = if few { (" + 0", "") } else { ("", " + 0") };
    let choice = format!(
        "SELECT DISTINCT item_no FROM {table}
         WHERE source_id = $1 AND item_no{by_item} > $2
           AND {column}{by_change} > $4 AND {column}{by_change} <= $5
         ORDER BY item_no LIMIT $3"
    );
    Ok((choice, after, upto))
}

/// Reads rows of items that follow one another: each table once, in its order.
async fn neighbours(
    session: &dyn Session,
    source_id: SourceId,
    [first, last]: [ItemNo; 2],
    wanted: &BTreeSet<ItemNo>,
    pending: &mut Pending,
) -> Result<()> {
    let values = values![source_id, first, last];
    let range = "WHERE source_id = $1 AND item_no BETWEEN $2 AND $3 ORDER BY item_no";
    let sql = format!("SELECT item_no, identifier FROM item {range}");
    session
        .each(&sql, &values, &mut |row| {
            if wanted.contains(&row.get(0)?) {
                pending.items.push(bare_item(row)?);
            }
            Ok(())
        })
        .await?;
    let sql = format!("SELECT item_no, seq, changed_at, hash, deleted FROM article {range}");
    let mut item = 0;
    session
        .each(&sql, &values, &mut |row| {
            if let Some(found) = pending.find(&mut item, row.get(0)?) {
                pending.items[found].article = article(row, 1)?;
            }
            Ok(())
        })
        .await?;
    let sql = format!(
        "SELECT item_no, format_no, page_no, off, len, datestamp, deleted, cause, seq FROM record {range}, format_no"
    );
    let mut item = 0;
    session
        .each(
            &sql,
            &values,
            &mut |row| match pending.find(&mut item, row.get(0)?) {
                Some(found) => pending.add_record(found, row, 1),
                None => Ok(()),
            },
        )
        .await?;
    pending.cut();
    Ok(())
}

/// Reads rows of items here and there.
async fn scattered(
    session: &dyn Session,
    source_id: SourceId,
    item_nos: &[ItemNo],
    pending: &mut Pending,
) -> Result<()> {
    // Each is looked up by itself: to PostgreSQL, before it has statistics, a join of whole tables looks as good.
    let tables = session.dialect().pick(
        "CROSS JOIN item i ON i.source_id = $1 AND i.item_no = c.item_no
         LEFT JOIN article a ON a.source_id = $1 AND a.item_no = c.item_no
         LEFT JOIN record r ON r.source_id = $1 AND r.item_no = c.item_no",
        "CROSS JOIN LATERAL (SELECT * FROM item WHERE source_id = $1 AND item_no = c.item_no LIMIT 1) i
         LEFT JOIN LATERAL (
             SELECT * FROM article WHERE source_id = $1 AND item_no = c.item_no LIMIT 1) a ON true
         LEFT JOIN LATERAL (
             SELECT * FROM record WHERE source_id = $1 AND item_no = c.item_no OFFSET 0) r ON true",
    );
    let wanted = session.dialect().numbers("$2", "item_no");
    let sql = format!(
        "WITH chosen AS MATERIALIZED (SELECT DISTINCT item_no FROM {wanted})
         SELECT c.item_no, i.identifier, a.seq, a.changed_at, a.hash, a.deleted,
                r.format_no, r.page_no, r.off, r.len, r.datestamp, r.deleted, r.cause, r.seq
         FROM chosen c {tables}
         ORDER BY c.item_no, r.format_no"
    );
    let numbers = item_nos.iter().map(|item_no| item_no.0).collect();
    let values = [source_id.into(), Value::Ints(numbers)];
    session
        .each(&sql, &values, &mut |row| {
            let item_no: ItemNo = row.get(0)?;
            if pending
                .items
                .last()
                .is_none_or(|item| item.item_no != item_no)
            {
                let mut item = bare_item(row)?;
                item.article = article(row, 2)?;
                pending.items.push(item);
            }
            if row.get::<Option<FormatNo>>(6)?.is_none() {
                return Ok(());
            }
            pending.add_record(pending.items.len() - 1, row, 6)
        })
        .await?;
    pending.cut();
    Ok(())
}

/// Where the bytes of a record are.
struct Pointer {
    item: usize,
    record: usize,
    page_no: PageNo,
    offset: u64,
    len: u64,
}

/// Items without the bytes of their records, and where these are.
struct Pending {
    formats: Vec<(FormatNo, String)>,
    items: Vec<StoredItem>,
    pointers: Vec<Pointer>,
    bytes: u64,
    /// The first item that has no room in the batch.
    full: Option<usize>,
}

impl Pending {
    fn of(formats: Vec<(FormatNo, String)>) -> Self {
        Self {
            formats,
            items: Vec::new(),
            pointers: Vec::new(),
            bytes: 0,
            full: None,
        }
    }

    /// Returns the place of an item, where it is there; `at` goes on with rows that ascend.
    fn find(&self, at: &mut usize, item_no: ItemNo) -> Option<usize> {
        while self.items.get(*at)?.item_no < item_no {
            *at += 1;
        }
        (self.items[*at].item_no == item_no).then_some(*at)
    }

    /// Adds a record, whose columns begin at `from`, to an item.
    fn add_record(&mut self, item: usize, row: &dyn Row, from: usize) -> Result<()> {
        let is_new = self.pointers.last().is_none_or(|last| last.item != item);
        if is_new && self.bytes > BATCH_BYTES && self.full.is_none() {
            self.full = Some(item);
        }
        if self.full.is_some() {
            return Ok(());
        }
        let Some(StoredItem {
            item_no, records, ..
        }) = self.items.get_mut(item)
        else {
            return Ok(());
        };
        let format_no: FormatNo = row.get(from)?;
        let known = self.formats.iter().find(|(known, _)| *known == format_no);
        let (_, metadata_prefix) = known.ok_or_else(|| {
            Fault::damaged(format!(
                "no stream of format {format_no} for item {item_no}"
            ))
        })?;
        let len: u64 = row.get(from + 3)?;
        self.bytes += len;
        self.pointers.push(Pointer {
            item,
            record: records.len(),
            page_no: row.get(from + 1)?,
            offset: row.get(from + 2)?,
            len,
        });
        records.push(StoredRecord {
            metadata_prefix: metadata_prefix.clone(),
            datestamp: row.get(from + 4)?,
            deleted: row.get(from + 5)?,
            cause: row.get(from + 6)?,
            fetched_at: Time::UNIX_EPOCH,
            seq: row.get(from + 7)?,
            raw: Bytes::new(),
            head: Arc::default(),
        });
        Ok(())
    }

    /// Leaves out what has no room.
    fn cut(&mut self) {
        if let Some(full) = self.full {
            self.items.truncate(full);
        }
    }
}

/// An item, of whose row the number and the identifier stand first.
fn bare_item(row: &dyn Row) -> Result<StoredItem> {
    Ok(StoredItem {
        item_no: row.get(0)?,
        identifier: row.get(1)?,
        records: Vec::new(),
        article: None,
        list_sets: Vec::new(),
    })
}

/// The state of an article, whose columns begin at `from`.
fn article(row: &dyn Row, from: usize) -> Result<Option<ArticleState>> {
    let Some(seq) = row.get(from)? else {
        return Ok(None);
    };
    Ok(Some(ArticleState {
        seq,
        changed_at: row.get(from + 1)?,
        hash: row.get::<i64>(from + 2)?.cast_unsigned(),
        deleted: row.get(from + 3)?,
    }))
}

/// Fetches the pages that records are on, each once, and gives the records their bytes.
async fn fill(
    session: &dyn Session,
    cache: &PageCache,
    source_id: SourceId,
    pending: Pending,
) -> Result<Vec<StoredItem>> {
    let Pending {
        mut items,
        mut pointers,
        ..
    } = pending;
    pointers.sort_by_key(|pointer| pointer.page_no);
    let mut missing: Vec<&[Pointer]> = Vec::new();
    for on_page in pointers.chunk_by(|a, b| a.page_no == b.page_no) {
        match cache.get(source_id, on_page[0].page_no) {
            Some(page) => place(source_id, &mut items, on_page, &page)?,
            None => missing.push(on_page),
        }
    }
    let numbers: Vec<PageNo> = missing.iter().map(|on_page| on_page[0].page_no).collect();
    for some in in_portions(session, source_id, &numbers).await? {
        let pages = load(session, cache, source_id, &some).await?;
        for (page_no, page) in pages {
            let of_page = missing.iter().find(|on_page| on_page[0].page_no == page_no);
            if let Some(on_page) = of_page {
                place(source_id, &mut items, on_page, &page)?;
            }
        }
    }
    Ok(items)
}

/// Gives records the bytes that they have on a page.
fn place(
    source_id: SourceId,
    items: &mut [StoredItem],
    pointers: &[Pointer],
    page: &ReadPage,
) -> Result<()> {
    let wanted: u64 = pointers.iter().map(|pointer| pointer.len).sum();
    let keeps_page = page.body.len() <= PINNED || wanted >= page.body.len() as u64 / 2;
    for pointer in pointers {
        let Pointer {
            page_no,
            offset,
            len,
            ..
        } = *pointer;
        let raw = page.slice(offset, len).ok_or_else(|| {
            Fault::damaged(format!(
                "page {page_no} of source number {source_id}: a record at {offset}+{len} lies outside of it"
            ))
        })?;
        let record = items
            .get_mut(pointer.item)
            .and_then(|item| item.records.get_mut(pointer.record));
        if let Some(record) = record {
            record.raw = if keeps_page {
                raw
            } else {
                Bytes::copy_from_slice(&raw)
            };
            record.head = Arc::clone(&page.head);
            record.fetched_at = page.fetched_at;
        }
    }
    Ok(())
}

/// Pages in portions that may be unpacked at the same time.
async fn in_portions(
    session: &dyn Session,
    source_id: SourceId,
    page_nos: &[PageNo],
) -> Result<Vec<Vec<PageNo>>> {
    if page_nos.len() < 2 {
        return Ok(page_nos.iter().map(|page_no| vec![*page_no]).collect());
    }
    let (listed, values) = listed(session, source_id, page_nos);
    let join = session.dialect().lookup_join();
    let sql = format!(
        "SELECT p.page_no, p.raw_len FROM {listed} {join} page p ON p.source_id = $1 AND p.page_no = u.page_no
         ORDER BY p.page_no"
    );
    let sizes: Vec<(PageNo, u64)> = session.all(&sql, &values).await?;
    if sizes.len() < page_nos.len() {
        let known = |page_no: &&PageNo| !sizes.iter().any(|(known, _)| known == *page_no);
        if let Some(page_no) = page_nos.iter().find(known) {
            return Err(no_body(session, source_id, *page_no).await);
        }
    }
    let mut portions: Vec<Vec<PageNo>> = Vec::new();
    let mut bytes = u64::MAX;
    for (page_no, size) in sizes {
        match portions.last_mut() {
            Some(portion) if bytes.saturating_add(size) <= UNPACKED => {
                portion.push(page_no);
                bytes += size;
            }
            _ => {
                portions.push(vec![page_no]);
                bytes = size;
            }
        }
    }
    Ok(portions)
}

/// A table `u (page_no)` of page numbers, and the values it needs.
fn listed(session: &dyn Session, source_id: SourceId, page_nos: &[PageNo]) -> (String, [Value; 2]) {
    let table = session.dialect().numbers("$2", "page_no");
    let numbers = page_nos.iter().map(|page_no| page_no.0).collect();
    (table, [source_id.into(), Value::Ints(numbers)])
}

/// Reads the pages of the table `u (page_no)`.
pub(super) fn pages_by_number(listed: &str, join: &str) -> String {
    format!(
        "SELECT p.page_no, p.fetched_at, p.head, p.raw_len, b.codec, b.dict_id, b.body
         FROM {listed} {join} page p ON p.source_id = $1 AND p.page_no = u.page_no
         {join} page_body b ON b.source_id = p.source_id AND b.page_no = p.page_no"
    )
}

async fn load(
    session: &dyn Session,
    cache: &PageCache,
    source_id: SourceId,
    page_nos: &[PageNo],
) -> Result<Vec<(PageNo, ReadPage)>> {
    let (listed, values) = listed(session, source_id, page_nos);
    let join = session.dialect().lookup_join();
    let sql = pages_by_number(&listed, join);
    let mut pages = Vec::new();
    session
        .each(&sql, &values, &mut |row| {
            let page_no: PageNo = row.get(0)?;
            let unpack = || unpacked(source_id, page_no, row);
            let page = cache.get_or_unpack((source_id, page_no), row.get(3)?, unpack)?;
            pages.push((page_no, page));
            Ok(())
        })
        .await?;
    let is_there = |page_no: &&PageNo| !pages.iter().any(|(known, _)| known == *page_no);
    if let Some(page_no) = page_nos.iter().find(is_there) {
        return Err(no_body(session, source_id, *page_no).await);
    }
    Ok(pages)
}

fn unpacked(source_id: SourceId, page_no: PageNo, row: &dyn Row) -> Result<ReadPage> {
    let place = || format!("page {page_no} of source number {source_id}");
    let stored = row
        .bytes(6)
        .map_err(|_| Fault::damaged(format!("{}: its body is not bytes", place())))?
        .unwrap_or_default();
    let body = unpack(row.get(4)?, row.get(5)?, stored, row.get(3)?)
        .map_err(|e| Fault::damaged(format!("{}: {e}", place())))?;
    let head: PageHead = from_json(row.str(2)?, &format!("{}: its head", place()))?;
    Ok(ReadPage {
        body,
        head: Arc::new(head),
        fetched_at: row.get(1)?,
    })
}

async fn no_body(session: &dyn Session, source_id: SourceId, page_no: PageNo) -> Fault {
    let sql = "SELECT name FROM source WHERE source_id = $1";
    match session.find::<String>(sql, &values![source_id]).await {
        Ok(Some(name)) => Fault::damaged(format!(
            "page {page_no} of source {name:?}: its body is not there"
        )),
        Ok(None) => Fault::damaged(format!(
            "page {page_no} of source number {source_id}: its body is not there"
        )),
        Err(fault) => fault,
    }
}

/// For each identifier, the datestamp of its record in a format where that is live.
pub(super) async fn live_datestamps(
    session: &dyn Session,
    source_id: SourceId,
    format_no: FormatNo,
    wanted: &[String],
) -> Result<Vec<Option<String>>> {
    let rows = session.dialect().identifier_rows("$3");
    let sql = format!(
        "SELECT (SELECT r.datestamp FROM item i JOIN record r ON r.source_id = i.source_id AND r.item_no = i.item_no
                 WHERE i.source_id = $1 AND i.identifier_hash = u.hash AND i.identifier = u.identifier
                   AND r.format_no = $2 AND NOT r.deleted)
         FROM {rows} ORDER BY u.n"
    );
    let wanted = identifiers(wanted.iter().map(String::as_str))?;
    let found: Vec<(Option<String>,)> = session
        .all(&sql, &[source_id.into(), format_no.into(), wanted])
        .await?;
    Ok(found.into_iter().map(|(datestamp,)| datestamp).collect())
}

/// Counts the known records of a format with datestamps in a range.
pub(super) async fn count_in_range(
    session: &dyn Session,
    source_id: SourceId,
    format_no: FormatNo,
    from: &str,
    until: Option<&str>,
) -> Result<u64> {
    let sql = "SELECT count(*) FROM record
         WHERE source_id = $1 AND format_no = $2 AND datestamp >= $3
           AND (CAST($4 AS TEXT) IS NULL OR datestamp <= $4) AND cause IS DISTINCT FROM 'gone'";
    session
        .value(sql, &values![source_id, format_no, from, until])
        .await
}

/// For each identifier, whether a list has brought a record of it in a format.
pub(super) async fn seen_in_list(
    session: &dyn Session,
    source_id: SourceId,
    format_no: FormatNo,
    list_no: ListNo,
    wanted: &[String],
) -> Result<Vec<bool>> {
    let rows = session.dialect().identifier_rows("$3");
    let sql = format!(
        "SELECT EXISTS (SELECT 1 FROM item i JOIN record r ON r.source_id = i.source_id AND r.item_no = i.item_no
                        WHERE i.source_id = $1 AND i.identifier_hash = u.hash AND i.identifier = u.identifier
                          AND r.format_no = $2 AND r.seen_list = $4)
         FROM {rows} ORDER BY u.n"
    );
    let wanted = identifiers(wanted.iter().map(String::as_str))?;
    let values = [source_id.into(), format_no.into(), wanted, list_no.into()];
    let found: Vec<(bool,)> = session.all(&sql, &values).await?;
    Ok(found.into_iter().map(|(seen,)| seen).collect())
}

/// The first format an item has decides its status. Unavailable is what only gaps tell of.
pub(super) async fn counts(session: &dyn Session, source_id: SourceId) -> Result<Counts> {
    // In SQLite, a bare column beside min() comes from the row of the minimum.
    let first = session.dialect().pick(
        "SELECT deleted, min(format_no) FROM record WHERE source_id = $1 GROUP BY item_no",
        "SELECT DISTINCT ON (item_no) deleted FROM record WHERE source_id = $1 ORDER BY item_no, format_no",
    );
    let sql = format!(
        "SELECT count(*) FILTER (WHERE NOT deleted), count(*) FILTER (WHERE deleted),
                (SELECT count(DISTINCT g.identifier) FROM gap g
                 WHERE g.source_id = $1 AND NOT EXISTS (
                     SELECT 1 FROM item i JOIN record r ON r.source_id = i.source_id AND r.item_no = i.item_no
                     WHERE i.source_id = g.source_id AND i.identifier_hash = g.identifier_hash
                       AND i.identifier = g.identifier))
         FROM ({first}) f"
    );
    let counts = session.first(&sql, &values![source_id]).await?;
    Ok(counts.unwrap_or_default())
}

impl FromRow for Counts {
    fn from_row(row: &dyn Row) -> Result<Self> {
        Ok(Self {
            live: row.get(0)?,
            deleted: row.get(1)?,
            unavailable: row.get(2)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn item() -> StoredItem {
        let record = StoredRecord {
            metadata_prefix: "oai_dc".to_owned(),
            datestamp: "2024-05-01".to_owned(),
            deleted: false,
            cause: None,
            fetched_at: Time::UNIX_EPOCH,
            seq: 1,
            raw: Bytes::new(),
            head: Arc::default(),
        };
        StoredItem {
            item_no: ItemNo(1),
            identifier: "a".to_owned(),
            records: vec![record],
            article: None,
            list_sets: Vec::new(),
        }
    }

    fn placed(size: usize, offset: u64) -> Result<(ReadPage, Bytes)> {
        let page = ReadPage {
            body: vec![b'x'; size].into(),
            head: Arc::default(),
            fetched_at: Time::UNIX_EPOCH,
        };
        let pointer = Pointer {
            item: 0,
            record: 0,
            page_no: PageNo(1),
            offset,
            len: 4,
        };
        let mut items = [item()];
        place(SourceId(1), &mut items, &[pointer], &page)?;
        let raw = items[0].records[0].raw.clone();
        Ok((page, raw))
    }

    #[test]
    fn records_of_a_large_page_do_not_keep_it() {
        for (size, keeps) in [(PINNED, true), (PINNED + 1, false)] {
            let (page, raw) = placed(size, 3).unwrap();
            assert_eq!(raw, "xxxx");
            let within = page.body.as_ptr_range().contains(&raw.as_ptr());
            assert_eq!(within, keeps, "{size} bytes");
        }
    }

    #[test]
    fn rejects_records_outside_of_their_page() {
        assert!(placed(10, 6).is_ok());
        assert!(placed(10, 7).is_err());
    }
}
