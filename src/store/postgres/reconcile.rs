//! What the known records say of what was not sent: deletions nobody told, landing pages still to fetch.

use deadpool_postgres::Transaction;

use super::fault::Outcome;
use super::{sources, sql, streams};
use crate::store::convert::{count, int};
use crate::store::{
    FormatNo, ItemNo, ItemRef, ListNo, Reconciled, ShrinkLimit, Source, SourceId, StreamNo,
};

pub(super) async fn reconcile(
    tx: &Transaction<'_>,
    source: &Source,
    stream_nos: &[StreamNo],
    list_no: ListNo,
    limit: ShrinkLimit,
) -> Outcome<Reconciled> {
    let mut numbers = sources::lock(tx, source).await?;
    let source_id = source.source_id;
    let known = sql::one(
        tx,
        "SELECT count(*) FROM record WHERE source_id = $1 AND stream_no = ANY ($2) AND deleted = 0",
        &[&source_id, &stream_nos],
    )
    .await?;
    let known = count(known.try_get(0)?);
    // What has an open gap was in the list, but could not be had: it is not gone.
    let rows = sql::rows(
        tx,
        "SELECT r.item_no, r.format_no FROM record r
         WHERE r.source_id = $1 AND r.stream_no = ANY ($2) AND r.deleted = 0 AND r.seen_list < $3
           AND NOT EXISTS (
               SELECT 1 FROM gap g JOIN item i ON i.source_id = g.source_id AND i.item_no = r.item_no
               WHERE g.source_id = r.source_id AND g.stream_no = r.stream_no AND g.identifier = i.identifier)
         ORDER BY r.item_no, r.format_no",
        &[&source_id, &stream_nos, &list_no],
    )
    .await?;
    let mut items: Vec<ItemNo> = Vec::new();
    let mut formats: Vec<FormatNo> = Vec::new();
    for row in rows {
        items.push(row.try_get(0)?);
        formats.push(row.try_get(1)?);
    }
    let missing = items.len() as u64;
    let applied = limit.allows(missing, known);
    let mut sample = Vec::new();
    if !applied {
        let first: Vec<ItemNo> = items.iter().copied().take(Reconciled::SAMPLE).collect();
        let rows = sql::rows(
            tx,
            "SELECT identifier FROM item WHERE source_id = $1 AND item_no = ANY ($2) ORDER BY item_no",
            &[&source_id, &first],
        )
        .await?;
        for row in rows {
            sample.push(row.try_get(0)?);
        }
    }
    if applied && missing > 0 {
        mark_gone(tx, source_id, &items, &formats, numbers.seq).await?;
        numbers.seq += int(items.len());
        sources::advance(tx, source_id, numbers).await?;
    }
    Ok(Reconciled {
        known,
        missing,
        applied,
        sample,
    })
}

pub(super) async fn withdraw(
    tx: &Transaction<'_>,
    source: &Source,
    stream_no: StreamNo,
    records: &[(String, String)],
) -> Outcome<u64> {
    let mut numbers = sources::lock(tx, source).await?;
    let source_id = source.source_id;
    let stream = streams::key(tx, source_id, stream_no).await?;
    let (identifiers, datestamps): (Vec<&str>, Vec<&str>) = records
        .iter()
        .map(|(identifier, datestamp)| (&**identifier, &**datestamp))
        .unzip();
    // In the order they were told, as the embedded engine numbers them.
    let rows = sql::rows(
        tx,
        "SELECT r.item_no FROM unnest($3::text[], $4::text[]) WITH ORDINALITY u (identifier, datestamp, n)
         CROSS JOIN LATERAL (
             SELECT item_no FROM item
             WHERE source_id = $1 AND md5(identifier)::uuid = md5(u.identifier)::uuid LIMIT 1
         ) i
         CROSS JOIN LATERAL (
             SELECT item_no FROM record
             WHERE source_id = $1 AND item_no = i.item_no AND format_no = $2 AND deleted = 0
               AND datestamp <= u.datestamp COLLATE \"C\" LIMIT 1
         ) r
         GROUP BY r.item_no ORDER BY min(u.n)",
        &[&source_id, &stream.format_no, &identifiers, &datestamps],
    )
    .await?;
    let items = rows
        .iter()
        .map(|row| row.try_get(0))
        .collect::<Result<Vec<ItemNo>, _>>()?;
    mark_gone(
        tx,
        source_id,
        &items,
        &vec![stream.format_no; items.len()],
        numbers.seq,
    )
    .await?;
    numbers.seq += int(items.len());
    sources::advance(tx, source_id, numbers).await?;
    Ok(items.len() as u64)
}

/// Marks records, by item and format, with the numbers that follow `seq`.
async fn mark_gone(
    tx: &Transaction<'_>,
    source_id: SourceId,
    items: &[ItemNo],
    formats: &[FormatNo],
    seq: i64,
) -> Outcome<()> {
    sql::run(
        tx,
        "INSERT INTO record_old SELECT r.* FROM record r
         JOIN unnest($2::bigint[], $3::bigint[]) u (item_no, format_no) USING (item_no, format_no)
         WHERE r.source_id = $1",
        &[&source_id, &items, &formats],
    )
    .await?;
    // The pointer stays at the last that was seen of it.
    sql::run(
        tx,
        "UPDATE record r SET deleted = 1, cause = 'gone', seq = $4 + u.n
         FROM unnest($2::bigint[], $3::bigint[]) WITH ORDINALITY u (item_no, format_no, n)
         WHERE r.source_id = $1 AND r.item_no = u.item_no AND r.format_no = u.format_no",
        &[&source_id, &items, &formats, &seq],
    )
    .await?;
    Ok(())
}

pub(super) async fn items_without(
    tx: &Transaction<'_>,
    source_id: SourceId,
    stream_no: StreamNo,
    other_prefix: &str,
    after_item: ItemNo,
    limit: usize,
) -> Outcome<Vec<ItemRef>> {
    let stream = streams::key(tx, source_id, stream_no).await?;
    // seen_seq, not seq: a landing page fetched again and found unchanged has been fetched nevertheless.
    let rows = sql::rows(
        tx,
        "SELECT r.item_no, i.identifier
         FROM record r
         JOIN item i ON i.source_id = r.source_id AND i.item_no = r.item_no
         LEFT JOIN record o ON o.source_id = r.source_id AND o.item_no = r.item_no AND o.format_no =
             (SELECT format_no FROM stream WHERE source_id = $1 AND metadata_prefix = $3 LIMIT 1)
         WHERE r.source_id = $1 AND r.item_no > $4 AND r.format_no = $2 AND r.deleted = 0
           AND (o.seq IS NULL OR o.seen_seq < r.seq)
         ORDER BY r.item_no LIMIT $5",
        &[
            &source_id,
            &stream.format_no,
            &other_prefix,
            &after_item,
            &int(limit),
        ],
    )
    .await?;
    rows.iter()
        .map(|row| {
            Ok(ItemRef {
                item_no: row.try_get(0)?,
                identifier: row.try_get(1)?,
            })
        })
        .collect()
}
