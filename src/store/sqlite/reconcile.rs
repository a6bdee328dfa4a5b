//! What the known records say of what was not sent: deletions nobody told, landing pages still to fetch.

use rusqlite::{Connection, OptionalExtension as _, Transaction};

use super::commit::supersede;
use super::fault::Outcome;
use super::{sources, streams};
use crate::store::convert::int;
use crate::store::{
    FormatNo, ItemNo, ItemRef, ListNo, Reconciled, ShrinkLimit, Source, SourceId, StreamNo,
};

pub(super) fn reconcile(
    conn: &mut Connection,
    source: &Source,
    stream_nos: &[StreamNo],
    list_no: ListNo,
    limit: ShrinkLimit,
) -> Outcome<Reconciled> {
    let (tx, mut numbers) = sources::lock(conn, source)?;
    let source_id = source.source_id;
    let mut known = 0;
    let mut missing: Vec<(ItemNo, FormatNo)> = Vec::new();
    {
        // What has an open gap was in the list, but could not be had: it is not gone.
        let mut statement = tx.prepare_cached(
            "SELECT r.item_no, r.format_no,
                    r.seen_list < ?3 AND NOT EXISTS (
                        SELECT 1 FROM gap g JOIN item i ON i.source_id = g.source_id AND i.item_no = r.item_no
                        WHERE g.source_id = r.source_id AND g.stream_no = r.stream_no
                          AND g.identifier = i.identifier)
             FROM record r WHERE r.source_id = ?1 AND r.stream_no = ?2 AND r.deleted = 0",
        )?;
        let mut stream_nos = stream_nos.to_vec();
        stream_nos.sort_unstable();
        stream_nos.dedup();
        for stream_no in stream_nos {
            let mut rows = statement.query((source_id, stream_no, list_no))?;
            while let Some(row) = rows.next()? {
                known += 1_u64;
                if row.get(2)? {
                    missing.push((row.get(0)?, row.get(1)?));
                }
            }
        }
    }
    missing.sort_unstable();
    let applied = limit.allows(missing.len() as u64, known);
    let mut sample = Vec::new();
    if !applied {
        let mut name =
            tx.prepare_cached("SELECT identifier FROM item WHERE source_id = ?1 AND item_no = ?2")?;
        for &(item_no, _) in missing.iter().take(Reconciled::SAMPLE) {
            sample.push(name.query_row((source_id, item_no), |row| row.get(0))?);
        }
    }
    if applied {
        for &(item_no, format_no) in &missing {
            numbers.seq += 1;
            mark_gone(&tx, source_id, item_no, format_no, numbers.seq)?;
        }
        sources::advance(&tx, source_id, numbers)?;
    }
    tx.commit()?;
    Ok(Reconciled {
        known,
        missing: missing.len() as u64,
        applied,
        sample,
    })
}

pub(super) fn withdraw(
    conn: &mut Connection,
    source: &Source,
    stream_no: StreamNo,
    records: &[(String, String)],
) -> Outcome<u64> {
    let (tx, mut numbers) = sources::lock(conn, source)?;
    let source_id = source.source_id;
    let stream = streams::key(&tx, source_id, stream_no)?;
    let before = numbers.seq;
    for (identifier, datestamp) in records {
        let found: Option<ItemNo> = tx
            .prepare_cached(
                "SELECT r.item_no FROM item i
                 JOIN record r ON r.source_id = i.source_id AND r.item_no = i.item_no
                 WHERE i.source_id = ?1 AND i.identifier = ?2 AND r.format_no = ?3 AND r.deleted = 0
                   AND r.datestamp <= ?4",
            )?
            .query_row(
                (source_id, identifier, stream.format_no, datestamp),
                |row| row.get(0),
            )
            .optional()?;
        if let Some(item_no) = found {
            numbers.seq += 1;
            mark_gone(&tx, source_id, item_no, stream.format_no, numbers.seq)?;
        }
    }
    let marked = (numbers.seq - before).unsigned_abs();
    sources::advance(&tx, source_id, numbers)?;
    tx.commit()?;
    Ok(marked)
}

fn mark_gone(
    tx: &Transaction<'_>,
    source_id: SourceId,
    item_no: ItemNo,
    format_no: FormatNo,
    seq: i64,
) -> Outcome<()> {
    supersede(tx, source_id, item_no, format_no)?;
    // The pointer stays at the last that was seen of it.
    tx.prepare_cached(
        "UPDATE record SET deleted = 1, cause = 'gone', seq = ?4
         WHERE source_id = ?1 AND item_no = ?2 AND format_no = ?3",
    )?
    .execute((source_id, item_no, format_no, seq))?;
    Ok(())
}

pub(super) fn items_without(
    conn: &Connection,
    source_id: SourceId,
    stream_no: StreamNo,
    other_prefix: &str,
    after_item: ItemNo,
    limit: usize,
) -> Outcome<Vec<ItemRef>> {
    let stream = streams::key(conn, source_id, stream_no)?;
    // seen_seq, not seq: a landing page fetched again and found unchanged has been fetched nevertheless.
    let mut statement = conn.prepare_cached(
        "SELECT r.item_no, i.identifier
         FROM record r
         JOIN item i ON i.source_id = r.source_id AND i.item_no = r.item_no
         LEFT JOIN record o ON o.source_id = r.source_id AND o.item_no = r.item_no AND o.format_no =
             (SELECT format_no FROM stream WHERE source_id = ?1 AND metadata_prefix = ?3)
         WHERE r.source_id = ?1 AND r.item_no > ?4 AND r.format_no = ?2 AND r.deleted = 0
           AND (o.seq IS NULL OR o.seen_seq < r.seq)
         ORDER BY r.item_no LIMIT ?5",
    )?;
    let rows = statement.query_map(
        (
            source_id,
            stream.format_no,
            other_prefix,
            after_item,
            int(limit),
        ),
        |row| {
            Ok(ItemRef {
                item_no: row.get(0)?,
                identifier: row.get(1)?,
            })
        },
    )?;
    Ok(rows.collect::<Result<_, _>>()?)
}
