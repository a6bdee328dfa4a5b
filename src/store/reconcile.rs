//! Conclusions from the known records about those not received: unreported deletions, landing pages still to fetch.

use super::convert::{int, json};
use super::fault::Result;
use super::query::{Value, identifiers, values};
use super::session::Session;
use super::types::{
    FormatNo, ItemNo, ItemRef, ListNo, Reconciled, ShrinkLimit, Source, SourceId, StreamNo,
};
use super::{source_row, stream_key};

pub(super) async fn reconcile(
    session: &dyn Session,
    source: &Source,
    stream_nos: &[StreamNo],
    list_no: ListNo,
    limit: ShrinkLimit,
) -> Result<Reconciled> {
    let mut numbers = source_row::lock(session, source).await?;
    let source_id = source.source_id;
    let streams: Vec<[StreamNo; 1]> = stream_nos.iter().map(|stream_no| [*stream_no]).collect();
    let rows = session.dialect().json_rows("$2");
    let in_streams = format!("IN (SELECT CAST(value ->> 0 AS BIGINT) FROM {rows})");
    let streams = Value::Text(json(&streams)?);
    let sql = format!(
        "SELECT count(*) FROM record WHERE source_id = $1 AND stream_no {in_streams} AND NOT deleted"
    );
    let known: u64 = session
        .value(&sql, &[source_id.into(), streams.clone()])
        .await?;
    // What has an open gap was in the list, but could not be fetched: it is not gone.
    let sql = format!(
        "SELECT r.item_no, r.format_no FROM record r
         WHERE r.source_id = $1 AND r.stream_no {in_streams} AND NOT r.deleted AND r.seen_list < $3
           AND NOT EXISTS (
               SELECT 1 FROM gap g JOIN item i ON i.source_id = g.source_id AND i.item_no = r.item_no
               WHERE g.source_id = r.source_id AND g.stream_no = r.stream_no
                 AND g.identifier_hash = i.identifier_hash AND g.identifier = i.identifier)
         ORDER BY r.item_no, r.format_no"
    );
    let missing: Vec<(ItemNo, FormatNo)> = session
        .all(&sql, &[source_id.into(), streams, list_no.into()])
        .await?;
    let applied = limit.allows(missing.len() as u64, known);
    let mut sample = Vec::new();
    if !applied {
        let sql = "SELECT identifier FROM item WHERE source_id = $1 AND item_no = $2";
        for (item_no, _) in missing.iter().take(Reconciled::SAMPLE) {
            sample.push(session.value(sql, &values![source_id, *item_no]).await?);
        }
    }
    if applied && !missing.is_empty() {
        mark_gone(session, source_id, &missing, numbers.seq).await?;
        numbers.seq += int(missing.len());
        source_row::advance(session, source_id, numbers).await?;
    }
    Ok(Reconciled {
        known,
        missing: missing.len() as u64,
        applied,
        sample,
    })
}

pub(super) async fn mark_deleted(
    session: &dyn Session,
    source: &Source,
    stream_no: StreamNo,
    records: &[(String, String)],
) -> Result<u64> {
    let mut numbers = source_row::lock(session, source).await?;
    let source_id = source.source_id;
    let format_no = stream_key::key(session, source_id, stream_no)
        .await?
        .format_no;
    let rows = session.dialect().identifier_rows("$3");
    let join = session.dialect().lookup_join();
    let sql = format!(
        "SELECT r.item_no, r.datestamp, u.n FROM {rows}
         {join} item i ON i.source_id = $1 AND i.identifier_hash = u.hash AND i.identifier = u.identifier
         {join} record r ON r.source_id = $1 AND r.item_no = i.item_no AND r.format_no = $2
         WHERE NOT r.deleted ORDER BY u.n"
    );
    let named = identifiers(records.iter().map(|(identifier, _)| &**identifier))?;
    let found: Vec<(ItemNo, String, i64)> = session
        .all(&sql, &[source_id.into(), format_no.into(), named])
        .await?;
    // PostgreSQL counts from 1; each is one of `records`, in their order.
    let first = session.dialect().pick(0, 1);
    let mut gone: Vec<(ItemNo, FormatNo)> = Vec::new();
    for (item_no, datestamp, n) in found {
        let named = usize::try_from(n - first).ok().and_then(|n| records.get(n));
        let is_known = gone.iter().any(|(known, _)| *known == item_no);
        if named.is_some_and(|(_, named)| datestamp <= *named) && !is_known {
            gone.push((item_no, format_no));
        }
    }
    mark_gone(session, source_id, &gone, numbers.seq).await?;
    numbers.seq += int(gone.len());
    source_row::advance(session, source_id, numbers).await?;
    Ok(gone.len() as u64)
}

/// Marks records, by item and format, with the numbers that follow `seq`.
async fn mark_gone(
    session: &dyn Session,
    source_id: SourceId,
    records: &[(ItemNo, FormatNo)],
    seq: i64,
) -> Result<()> {
    let numbered: Vec<(ItemNo, FormatNo, i64)> = records
        .iter()
        .zip(seq + 1..)
        .map(|((item_no, format_no), seq)| (*item_no, *format_no, seq))
        .collect();
    let rows = session.dialect().json_rows("$2");
    let marked = format!(
        "(SELECT CAST(value ->> 0 AS BIGINT) AS item_no, CAST(value ->> 1 AS BIGINT) AS format_no,
                 CAST(value ->> 2 AS BIGINT) AS seq FROM {rows})"
    );
    let values = [source_id.into(), Value::Text(json(&numbered)?)];
    let sql = format!(
        "INSERT INTO record_old SELECT * FROM record
         WHERE source_id = $1 AND (item_no, format_no) IN (SELECT item_no, format_no FROM {marked} m)"
    );
    session.run(&sql, &values).await?;
    // The pointer stays at the last that was seen of it.
    if session.dialect().pick(true, false) {
        let sql = "UPDATE record SET deleted = true, cause = 'gone', seq = $4
             WHERE source_id = $1 AND item_no = $2 AND format_no = $3";
        for (item_no, format_no, seq) in numbered {
            let values = values![source_id, item_no, format_no, seq];
            session.run(sql, &values).await?;
        }
        return Ok(());
    }
    // One statement for all of them, where each would wait for the server.
    let sql = format!(
        "UPDATE record SET deleted = true, cause = 'gone', seq = m.seq FROM {marked} m
         WHERE record.source_id = $1 AND record.item_no = m.item_no AND record.format_no = m.format_no"
    );
    session.run(&sql, &values).await?;
    Ok(())
}

pub(super) async fn items_without(
    session: &dyn Session,
    source_id: SourceId,
    stream_no: StreamNo,
    other_prefix: &str,
    after_item: ItemNo,
    limit: usize,
) -> Result<Vec<ItemRef>> {
    let format_no = stream_key::key(session, source_id, stream_no)
        .await?
        .format_no;
    // seen_seq, not seq: a landing page fetched again and found unchanged has been fetched nevertheless.
    let sql = "SELECT r.item_no, i.identifier
         FROM record r
         JOIN item i ON i.source_id = r.source_id AND i.item_no = r.item_no
         LEFT JOIN record o ON o.source_id = r.source_id AND o.item_no = r.item_no AND o.format_no =
             (SELECT format_no FROM stream WHERE source_id = $1 AND metadata_prefix = $3 LIMIT 1)
         WHERE r.source_id = $1 AND r.item_no > $4 AND r.format_no = $2 AND NOT r.deleted
           AND (o.seq IS NULL OR o.seen_seq < r.seq)
         ORDER BY r.item_no LIMIT $5";
    session
        .all(
            sql,
            &values![source_id, format_no, other_prefix, after_item, limit],
        )
        .await
}
