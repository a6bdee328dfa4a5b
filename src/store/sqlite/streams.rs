//! Streams and their windows: the checkpoint of a harvest.

use rusqlite::{Connection, OptionalExtension, Row, Transaction};

use super::fault::{Fault, Outcome};
use super::item_sets;
use super::sources::{self, Numbers};
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

pub(super) fn open(
    conn: &mut Connection,
    source: &Source,
    metadata_prefix: &str,
    set_spec: Option<&str>,
) -> Outcome<Stream> {
    let (tx, _) = sources::lock(conn, source)?;
    let id = source.source_id;
    let found: Option<i64> = tx
        .query_row(
            "SELECT stream_no FROM stream WHERE source_id = ?1 AND metadata_prefix = ?2 AND set_spec IS ?3",
            (id, metadata_prefix, set_spec),
            |row| row.get(0),
        )
        .optional()?;
    let stream_no = match found {
        Some(stream_no) => stream_no,
        None => tx.query_row(
            "INSERT INTO stream (source_id, stream_no, format_no, metadata_prefix, set_spec)
             SELECT ?1, coalesce(max(stream_no), 0) + 1,
                    coalesce(max(format_no) FILTER (WHERE metadata_prefix = ?2), max(format_no) + 1, 1), ?2, ?3
             FROM stream WHERE source_id = ?1
             RETURNING stream_no",
            (id, metadata_prefix, set_spec),
            |row| row.get(0),
        )?,
    };
    let stream = read(&tx, id, ANY)?
        .into_iter()
        .find(|stream| stream.stream_no == stream_no);
    tx.commit()?;
    stream.ok_or_else(|| unknown(id, stream_no))
}

/// Condition of the streams for which the endpoint has answered a list request.
const ACCEPTED: &str = "s.accepted <> 0";

/// Condition of all streams, those of an attempt that is under way included.
const ANY: &str = "TRUE";

/// Streams of a source that its endpoint has answered for, each with its windows.
pub(super) fn all(conn: &Connection, source_id: SourceId) -> Outcome<Vec<Stream>> {
    read(conn, source_id, ACCEPTED)
}

/// Drops the streams of attempts that the endpoint never answered.
pub(super) fn drop_unaccepted(tx: &Transaction<'_>, source_id: SourceId) -> Outcome<()> {
    for table in ["harvest_window", "gap"] {
        tx.execute(
            &format!(
                "DELETE FROM {table} WHERE source_id = ?1 AND stream_no IN (
                     SELECT stream_no FROM stream WHERE source_id = ?1 AND accepted = 0)"
            ),
            [source_id],
        )?;
    }
    tx.execute(
        "DELETE FROM stream WHERE source_id = ?1 AND accepted = 0",
        [source_id],
    )?;
    Ok(())
}

/// Notes that the endpoint has answered a list request of a stream.
pub(super) fn accept(tx: &Transaction<'_>, stream: StreamKey) -> Outcome<()> {
    if !stream.accepted {
        tx.execute(
            "UPDATE stream SET accepted = 1 WHERE source_id = ?1 AND stream_no = ?2",
            (stream.source_id, stream.stream_no),
        )?;
    }
    Ok(())
}

fn read(conn: &Connection, source_id: SourceId, condition: &str) -> Outcome<Vec<Stream>> {
    // Lists are numbered for all streams of a format together, so that a number names one list only.
    let mut statement = conn.prepare_cached(&format!(
        "SELECT s.stream_no, s.format_no, s.metadata_prefix, s.set_spec, s.cursor, s.last_complete_list,
                (SELECT max(o.last_list) FROM stream o
                 WHERE o.source_id = s.source_id AND o.format_no = s.format_no)
         FROM stream s WHERE s.source_id = ?1 AND {condition} ORDER BY s.stream_no"
    ))?;
    let mut rows = statement.query([source_id])?;
    let mut streams = Vec::new();
    while let Some(row) = rows.next()? {
        let stream_no = row.get(0)?;
        let cursor: Option<i64> = row.get(4)?;
        streams.push(Stream {
            stream_no,
            format_no: row.get(1)?,
            metadata_prefix: row.get(2)?,
            set_spec: row.get(3)?,
            cursor: cursor.map(time).transpose()?,
            last_complete_list: row.get(5)?,
            last_list: row.get(6)?,
            windows: windows(conn, source_id, stream_no)?,
        });
    }
    Ok(streams)
}

pub(super) fn key(conn: &Connection, source_id: SourceId, stream_no: StreamNo) -> Outcome<StreamKey> {
    conn.prepare_cached(
        "SELECT format_no, accepted <> 0 FROM stream WHERE source_id = ?1 AND stream_no = ?2",
    )?
    .query_row((source_id, stream_no), |row| {
        Ok(StreamKey {
            source_id,
            stream_no,
            format_no: row.get(0)?,
            accepted: row.get(1)?,
        })
    })
    .optional()?
    .ok_or_else(|| unknown(source_id, stream_no))
}

fn unknown(source_id: SourceId, stream_no: StreamNo) -> Fault {
    StoreError::Unknown {
        what: "stream",
        name: format!("{source_id}/{stream_no}"),
    }
    .into()
}

fn windows(conn: &Connection, source_id: SourceId, stream_no: StreamNo) -> Outcome<Vec<Window>> {
    let mut statement = conn.prepare_cached(
        "SELECT window_no, win_from, win_until, set_spec, kind, state, token, token_at, first_response,
                list_no, list_size, seen, newest, restarts, error, parent_no, failure, fresh
         FROM harvest_window WHERE source_id = ?1 AND stream_no = ?2 ORDER BY window_no",
    )?;
    let mut rows = statement.query((source_id, stream_no))?;
    let mut windows = Vec::new();
    while let Some(row) = rows.next()? {
        windows.push(window(row)?);
    }
    Ok(windows)
}

fn window(row: &Row<'_>) -> Outcome<Window> {
    let kind: String = row.get(4)?;
    let state: String = row.get(5)?;
    let token_at: Option<i64> = row.get(7)?;
    let failure: Option<String> = row.get(16)?;
    Ok(Window {
        window_no: row.get(0)?,
        from: row.get(1)?,
        until: row.get(2)?,
        set_spec: row.get(3)?,
        kind: kind_of(&kind)?,
        state: state_of(&state)?,
        token: row.get(6)?,
        token_at: token_at.map(time).transpose()?,
        first_response: row.get(8)?,
        list_no: row.get(9)?,
        list_size: row.get(10)?,
        seen: row.get(11)?,
        newest: row.get(12)?,
        restarts: row.get(13)?,
        error: row.get(14)?,
        parent_no: row.get(15)?,
        failure: failure.as_deref().map(failure_of).transpose()?,
        fresh: row.get(17)?,
    })
}

pub(super) fn replace(
    conn: &mut Connection,
    source: &Source,
    stream_no: StreamNo,
    windows: &[Window],
) -> Outcome<()> {
    let (tx, numbers) = sources::lock(conn, source)?;
    let stream = key(&tx, source.source_id, stream_no)?;
    let firsts = windows
        .iter()
        .map(|window| first_page(&tx, stream, window, 0, numbers.next_page))
        .collect::<Outcome<Vec<_>>>()?;
    tx.execute(
        "DELETE FROM harvest_window WHERE source_id = ?1 AND stream_no = ?2",
        (source.source_id, stream_no),
    )?;
    for (window, first) in windows.iter().zip(firsts) {
        put(&tx, stream, window, first)?;
    }
    tx.commit()?;
    Ok(())
}

/// The page from which a window's `seen` counts: where it began, or, when `seen` does not go on from the
/// stored one by the records `added`, where it began anew: at `next_page`.
pub(super) fn first_page(
    tx: &Transaction<'_>,
    stream: StreamKey,
    window: &Window,
    added: i64,
    next_page: PageNo,
) -> Outcome<i64> {
    let stored: Option<(i64, i64)> = tx
        .prepare_cached(
            "SELECT seen, first_page FROM harvest_window
             WHERE source_id = ?1 AND stream_no = ?2 AND window_no = ?3",
        )?
        .query_row(
            (stream.source_id, stream.stream_no, window.window_no),
            |row| Ok((row.get(0)?, row.get(1)?)),
        )
        .optional()?;
    Ok(match stored {
        Some((seen, first)) if window.seen == seen.saturating_add(added) => first,
        _ => next_page,
    })
}

/// Inserts or replaces a window.
pub(super) fn put(
    tx: &Transaction<'_>,
    stream: StreamKey,
    window: &Window,
    first_page: PageNo,
) -> Outcome<()> {
    tx.prepare_cached(
        "INSERT OR REPLACE INTO harvest_window (source_id, stream_no, window_no, win_from, win_until, set_spec,
             kind, state, token, token_at, first_response, list_no, list_size, seen, first_page, newest, restarts,
             error, parent_no, failure, fresh)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21)",
    )?
    .execute(rusqlite::params![
        stream.source_id,
        stream.stream_no,
        window.window_no,
        window.from,
        window.until,
        window.set_spec,
        kind_word(window.kind),
        state_word(window.state),
        window.token,
        window.token_at.map(micros),
        window.first_response,
        window.list_no,
        window.list_size,
        window.seen,
        first_page,
        window.newest,
        window.restarts,
        window.error,
        window.parent_no,
        window.failure.map(failure_word),
        window.fresh,
    ])?;
    tx.prepare_cached(
        "UPDATE stream SET last_list = max(last_list, ?3) WHERE source_id = ?1 AND stream_no = ?2",
    )?
    .execute((stream.source_id, stream.stream_no, window.list_no))?;
    Ok(())
}

/// Moves a stream's checkpoint on. A list is complete only when each of its windows is done.
pub(super) fn update(
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
        let unfinished: Vec<Window> = windows(tx, source_id, stream_no)?
            .into_iter()
            .filter(|w| {
                w.list_no == list_no && !matches!(w.state, WindowState::Done | WindowState::Split)
            })
            .collect();
        if let Some(window) = unfinished.first() {
            return Err(Fault::invalid(format!(
                "list {list_no} of stream {stream_no} is called complete, but its window {} is {}",
                window.window_no,
                state_word(window.state),
            )));
        }
        for item_no in item_sets::prune(tx, stream, list_no)? {
            numbers.seq += i64::from(item_sets::touch(tx, stream, item_no, numbers.seq + 1)?);
        }
    }
    tx.execute(
        "UPDATE stream SET cursor = ?3, last_complete_list = coalesce(?4, last_complete_list)
         WHERE source_id = ?1 AND stream_no = ?2",
        (
            source_id,
            stream_no,
            update.cursor.map(micros),
            update.last_complete_list,
        ),
    )?;
    Ok(())
}
