//! Streams and their windows: the checkpoint of a harvest.

use std::collections::HashMap;

use deadpool_postgres::Transaction;
use tokio_postgres::Row;

use super::fault::{Fault, Outcome};
use super::sources::{self, Numbers};
use super::{item_sets, sql};
use crate::store::convert::{
    failure_of, failure_word, kind_of, kind_word, micros, state_of, state_word, time,
};
use crate::store::{SourceId, StreamNo, FormatNo, PageNo, Source, StoreError, Stream, StreamUpdate, Window, WindowState};

/// What a commit has to know of a stream.
#[derive(Clone, Copy, Debug)]
pub(super) struct StreamKey {
    pub(super) source_id: SourceId,
    pub(super) stream_no: StreamNo,
    pub(super) format_no: FormatNo,
    pub(super) accepted: bool,
}

pub(super) async fn open(
    tx: &Transaction<'_>,
    source: &Source,
    metadata_prefix: &str,
    set_spec: Option<&str>,
) -> Outcome<Stream> {
    sources::lock(tx, source).await?;
    let id = source.source_id;
    let found = sql::maybe(
        tx,
        "SELECT stream_no FROM stream
         WHERE source_id = $1 AND metadata_prefix = $2 AND set_spec IS NOT DISTINCT FROM $3",
        &[&id, &metadata_prefix, &set_spec],
    )
    .await?;
    let row = match found {
        Some(row) => row,
        None => {
            sql::one(
                tx,
                "INSERT INTO stream (source_id, stream_no, format_no, metadata_prefix, set_spec)
                 SELECT $1, coalesce(max(stream_no), 0) + 1,
                        coalesce(max(format_no) FILTER (WHERE metadata_prefix = $2), max(format_no) + 1, 1), $2, $3
                 FROM stream WHERE source_id = $1
                 RETURNING stream_no",
                &[&id, &metadata_prefix, &set_spec],
            )
            .await?
        }
    };
    let stream_no = row.try_get(0)?;
    let stream = read(tx, id, ANY)
        .await?
        .into_iter()
        .find(|stream| stream.stream_no == stream_no);
    stream.ok_or_else(|| unknown(id, stream_no))
}

/// Condition of the streams for which the endpoint has answered a list request.
const ACCEPTED: &str = "accepted <> 0";

/// Condition of all streams, those of an attempt that is under way included.
const ANY: &str = "true";

/// Streams of a source that its endpoint has answered for, each with its windows.
pub(super) async fn all(tx: &Transaction<'_>, source_id: SourceId) -> Outcome<Vec<Stream>> {
    read(tx, source_id, ACCEPTED).await
}

/// Drops the streams of attempts that the endpoint never answered.
pub(super) async fn drop_unaccepted(tx: &Transaction<'_>, source_id: SourceId) -> Outcome<()> {
    for table in ["harvest_window", "gap"] {
        sql::run(
            tx,
            &format!(
                "DELETE FROM {table} WHERE source_id = $1 AND stream_no IN (
                     SELECT stream_no FROM stream WHERE source_id = $1 AND accepted = 0)"
            ),
            &[&source_id],
        )
        .await?;
    }
    sql::run(
        tx,
        "DELETE FROM stream WHERE source_id = $1 AND accepted = 0",
        &[&source_id],
    )
    .await?;
    Ok(())
}

/// The same for whoever harvests the source.
pub(super) async fn drop_unanswered(tx: &Transaction<'_>, source: &Source) -> Outcome<()> {
    sources::lock(tx, source).await?;
    drop_unaccepted(tx, source.source_id).await
}

/// Notes that the endpoint has answered a list request of a stream.
pub(super) async fn accept(tx: &Transaction<'_>, stream: StreamKey) -> Outcome<()> {
    if !stream.accepted {
        sql::run(
            tx,
            "UPDATE stream SET accepted = 1 WHERE source_id = $1 AND stream_no = $2",
            &[&stream.source_id, &stream.stream_no],
        )
        .await?;
    }
    Ok(())
}

async fn read(tx: &Transaction<'_>, source_id: SourceId, condition: &str) -> Outcome<Vec<Stream>> {
    let mut by_stream: HashMap<i64, Vec<Window>> = HashMap::new();
    for (stream_no, window) in windows(tx, source_id).await? {
        by_stream.entry(stream_no).or_default().push(window);
    }
    // Lists are numbered for all streams of a format together, so that a number names one list only.
    let rows = sql::rows(
        tx,
        &format!(
            "SELECT stream_no, format_no, metadata_prefix, set_spec, cursor, last_complete_list,
                    max(last_list) OVER (PARTITION BY format_no)
             FROM stream WHERE source_id = $1 AND {condition} ORDER BY stream_no"
        ),
        &[&source_id],
    )
    .await?;
    let mut streams = Vec::new();
    for row in rows {
        let stream_no = row.try_get(0)?;
        let cursor: Option<i64> = row.try_get(4)?;
        streams.push(Stream {
            stream_no,
            format_no: row.try_get(1)?,
            metadata_prefix: row.try_get(2)?,
            set_spec: row.try_get(3)?,
            cursor: cursor.map(time).transpose()?,
            last_complete_list: row.try_get(5)?,
            last_list: row.try_get(6)?,
            windows: by_stream.remove(&stream_no).unwrap_or_default(),
        });
    }
    Ok(streams)
}

pub(super) async fn key(
    tx: &Transaction<'_>,
    source_id: SourceId,
    stream_no: StreamNo,
) -> Outcome<StreamKey> {
    let row = sql::maybe(
        tx,
        "SELECT format_no, accepted <> 0 FROM stream WHERE source_id = $1 AND stream_no = $2",
        &[&source_id, &stream_no],
    )
    .await?;
    let row = row.ok_or_else(|| unknown(source_id, stream_no))?;
    Ok(StreamKey {
        source_id,
        stream_no,
        format_no: row.try_get(0)?,
        accepted: row.try_get(1)?,
    })
}

fn unknown(source_id: SourceId, stream_no: StreamNo) -> Fault {
    StoreError::Unknown {
        what: "stream",
        name: format!("{source_id}/{stream_no}"),
    }
    .into()
}

/// All windows of a source, each with the number of its stream.
async fn windows(tx: &Transaction<'_>, source_id: SourceId) -> Outcome<Vec<(i64, Window)>> {
    let rows = sql::rows(
        tx,
        "SELECT window_no, win_from, win_until, set_spec, kind, state, token, token_at, first_response,
                list_no, list_size, seen, newest, restarts, error, stream_no, parent_no, failure, fresh
         FROM harvest_window WHERE source_id = $1 ORDER BY stream_no, window_no",
        &[&source_id],
    )
    .await?;
    rows.iter()
        .map(|row| Ok((row.try_get(15)?, window(row)?)))
        .collect()
}

fn window(row: &Row) -> Outcome<Window> {
    let kind: String = row.try_get(4)?;
    let state: String = row.try_get(5)?;
    let token_at: Option<i64> = row.try_get(7)?;
    let failure: Option<String> = row.try_get(17)?;
    Ok(Window {
        window_no: row.try_get(0)?,
        from: row.try_get(1)?,
        until: row.try_get(2)?,
        set_spec: row.try_get(3)?,
        kind: kind_of(&kind)?,
        state: state_of(&state)?,
        token: row.try_get(6)?,
        token_at: token_at.map(time).transpose()?,
        first_response: row.try_get(8)?,
        list_no: row.try_get(9)?,
        list_size: row.try_get(10)?,
        seen: row.try_get(11)?,
        newest: row.try_get(12)?,
        restarts: row.try_get(13)?,
        error: row.try_get(14)?,
        parent_no: row.try_get(16)?,
        failure: failure.as_deref().map(failure_of).transpose()?,
        fresh: row.try_get(18)?,
    })
}

pub(super) async fn replace(
    tx: &Transaction<'_>,
    source: &Source,
    stream_no: StreamNo,
    windows: &[Window],
) -> Outcome<()> {
    let numbers = sources::lock(tx, source).await?;
    let stream = key(tx, source.source_id, stream_no).await?;
    let counted: Vec<(&Window, i64)> = windows.iter().map(|window| (window, 0)).collect();
    let firsts = first_pages(tx, stream, &counted, numbers.next_page).await?;
    sql::run(
        tx,
        "DELETE FROM harvest_window WHERE source_id = $1 AND stream_no = $2",
        &[&source.source_id, &stream_no],
    )
    .await?;
    for (window, first) in windows.iter().zip(firsts) {
        put(tx, stream, window, first).await?;
    }
    Ok(())
}

/// For each window, with the records added to it, the page from which its `seen` counts: where it began, or, when
/// `seen` does not go on from the stored one by the records added, where it began anew: at `next_page`.
pub(super) async fn first_pages(
    tx: &Transaction<'_>,
    stream: StreamKey,
    windows: &[(&Window, i64)],
    next_page: PageNo,
) -> Outcome<Vec<i64>> {
    let numbers: Vec<i64> = windows.iter().map(|(window, _)| window.window_no).collect();
    let rows = sql::rows(
        tx,
        "SELECT window_no, seen, first_page FROM harvest_window
         WHERE source_id = $1 AND stream_no = $2 AND window_no = ANY ($3)",
        &[&stream.source_id, &stream.stream_no, &numbers],
    )
    .await?;
    let mut stored: HashMap<i64, (i64, i64)> = HashMap::new();
    for row in rows {
        stored.insert(row.try_get(0)?, (row.try_get(1)?, row.try_get(2)?));
    }
    let first = |(window, added): &(&Window, i64)| match stored.get(&window.window_no) {
        Some((seen, first)) if window.seen == seen.saturating_add(*added) => *first,
        _ => next_page,
    };
    Ok(windows.iter().map(first).collect())
}

/// Inserts or replaces a window.
pub(super) async fn put(
    tx: &Transaction<'_>,
    stream: StreamKey,
    window: &Window,
    first_page: PageNo,
) -> Outcome<()> {
    sql::run(
        tx,
        "INSERT INTO harvest_window (source_id, stream_no, window_no, win_from, win_until, set_spec, kind, state,
             token, token_at, first_response, list_no, list_size, seen, first_page, newest, restarts, error,
             parent_no, failure, fresh)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21)
         ON CONFLICT (source_id, stream_no, window_no) DO UPDATE SET
             win_from = excluded.win_from, win_until = excluded.win_until, set_spec = excluded.set_spec,
             kind = excluded.kind, state = excluded.state, token = excluded.token, token_at = excluded.token_at,
             first_response = excluded.first_response, list_no = excluded.list_no,
             list_size = excluded.list_size, seen = excluded.seen, first_page = excluded.first_page,
             newest = excluded.newest, restarts = excluded.restarts, error = excluded.error,
             parent_no = excluded.parent_no, failure = excluded.failure, fresh = excluded.fresh",
        &[
            &stream.source_id,
            &stream.stream_no,
            &window.window_no,
            &window.from,
            &window.until,
            &window.set_spec,
            &kind_word(window.kind),
            &state_word(window.state),
            &window.token,
            &window.token_at.map(micros),
            &window.first_response,
            &window.list_no,
            &window.list_size,
            &window.seen,
            &first_page,
            &window.newest,
            &window.restarts,
            &window.error,
            &window.parent_no,
            &window.failure.map(failure_word),
            &window.fresh,
        ],
    )
    .await?;
    sql::run(
        tx,
        "UPDATE stream SET last_list = $3 WHERE source_id = $1 AND stream_no = $2 AND last_list < $3",
        &[&stream.source_id, &stream.stream_no, &window.list_no],
    )
    .await?;
    Ok(())
}

/// Moves a stream's checkpoint on. A list is complete only when each of its windows is done.
pub(super) async fn update(
    tx: &Transaction<'_>,
    stream: StreamKey,
    update: &StreamUpdate,
    numbers: &mut Numbers,
) -> Outcome<()> {
    let StreamKey {
        source_id,
        stream_no,
        ..
    } = stream;
    if let Some(list_no) = update.last_complete_list {
        let unfinished = windows(tx, source_id)
            .await?
            .into_iter()
            .find(|(number, window)| {
                *number == stream_no
                    && window.list_no == list_no
                    && !matches!(window.state, WindowState::Done | WindowState::Split)
            });
        if let Some((_, window)) = unfinished {
            return Err(Fault::invalid(format!(
                "list {list_no} of stream {stream_no} is called complete, but its window {} is {}",
                window.window_no,
                state_word(window.state),
            )));
        }
        for item_no in item_sets::prune(tx, stream, list_no).await? {
            let next = numbers.seq + 1;
            numbers.seq += i64::from(item_sets::touch(tx, stream, item_no, next).await?);
        }
    }
    sql::run(
        tx,
        "UPDATE stream SET cursor = $3, last_complete_list = coalesce($4, last_complete_list)
         WHERE source_id = $1 AND stream_no = $2",
        &[
            &source_id,
            &stream_no,
            &update.cursor.map(micros),
            &update.last_complete_list,
        ],
    )
    .await?;
    Ok(())
}
