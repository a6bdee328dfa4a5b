//! Streams and their windows: the checkpoint of a harvest.

use std::collections::HashMap;

use super::convert::{failure_of, failure_word, kind_of, kind_word, state_of, state_word};
use super::fault::{Fault, Result};
use super::item_sets;
use super::query::{FromRow, Row, Value, values};
use super::session::Session;
use super::source_row::{self, Numbers};
use super::stream_key::{StreamKey, StreamRow, row, unknown};
use super::types::{
    Batch, PageNo, Source, SourceId, Stream, StreamNo, StreamUpdate, Window, WindowNo, WindowState,
};

pub(super) async fn open(
    session: &dyn Session,
    source: &Source,
    metadata_prefix: &str,
    set_spec: Option<&str>,
) -> Result<Stream> {
    source_row::lock(session, source).await?;
    let id = source.source_id;
    let stream = values![id, metadata_prefix, set_spec];
    let sql = "SELECT stream_no FROM stream
         WHERE source_id = $1 AND metadata_prefix = $2 AND set_spec IS NOT DISTINCT FROM $3";
    let stream_no = if let Some(stream_no) = session.find(sql, &stream).await? {
        stream_no
    } else {
        let sql = "INSERT INTO stream (source_id, stream_no, format_no, metadata_prefix, set_spec, accepted)
                 SELECT $1, coalesce(max(stream_no), 0) + 1,
                        coalesce(max(format_no) FILTER (WHERE metadata_prefix = $2), max(format_no) + 1, 1), $2, $3,
                        false
                 FROM stream WHERE source_id = $1
                 RETURNING stream_no";
        session.value(sql, &stream).await?
    };
    let stream = read(session, id, ANY)
        .await?
        .into_iter()
        .find(|stream| stream.stream_no == stream_no);
    stream.ok_or_else(|| unknown(id, stream_no))
}

/// Condition of the streams for which the endpoint has answered a list request.
const ACCEPTED: &str = "accepted";

/// Condition of all streams, those of an attempt that is under way included.
const ANY: &str = "true";

/// Streams of a source that its endpoint has answered for, each with its windows.
pub(super) async fn all(session: &dyn Session, source_id: SourceId) -> Result<Vec<Stream>> {
    read(session, source_id, ACCEPTED).await
}

/// Drops the streams of attempts that the endpoint never answered.
pub(super) async fn drop_unaccepted(session: &dyn Session, source_id: SourceId) -> Result<()> {
    for table in ["harvest_window", "gap"] {
        let sql = format!(
            "DELETE FROM {table} WHERE source_id = $1 AND stream_no IN (
                 SELECT stream_no FROM stream WHERE source_id = $1 AND NOT accepted)"
        );
        session.run(&sql, &values![source_id]).await?;
    }
    let sql = "DELETE FROM stream WHERE source_id = $1 AND NOT accepted";
    session.run(sql, &values![source_id]).await?;
    Ok(())
}

/// Notes that the endpoint has answered a list request of a stream.
async fn accept(session: &dyn Session, stream: StreamKey) -> Result<()> {
    if !stream.accepted {
        let sql = "UPDATE stream SET accepted = true WHERE source_id = $1 AND stream_no = $2";
        session
            .run(sql, &values![stream.source_id, stream.stream_no])
            .await?;
    }
    Ok(())
}

async fn read(session: &dyn Session, source_id: SourceId, condition: &str) -> Result<Vec<Stream>> {
    let mut by_stream: HashMap<StreamNo, Vec<Window>> = HashMap::new();
    for OfStream { stream_no, window } in windows(session, source_id).await? {
        by_stream.entry(stream_no).or_default().push(window);
    }
    // Lists are numbered for all streams of a format together, so that a number names one list only.
    let sql = format!(
        "SELECT stream_no, format_no, metadata_prefix, set_spec, cursor, last_complete_list,
                (SELECT max(o.last_list) FROM stream o
                 WHERE o.source_id = s.source_id AND o.format_no = s.format_no)
         FROM stream s WHERE source_id = $1 AND {condition} ORDER BY stream_no"
    );
    let mut streams: Vec<Stream> = session.all(&sql, &values![source_id]).await?;
    for stream in &mut streams {
        stream.windows = by_stream.remove(&stream.stream_no).unwrap_or_default();
    }
    Ok(streams)
}

impl FromRow for Stream {
    fn from_row(row: &dyn Row) -> Result<Self> {
        Ok(Self {
            stream_no: row.get(0)?,
            format_no: row.get(1)?,
            metadata_prefix: row.get(2)?,
            set_spec: row.get(3)?,
            cursor: row.get(4)?,
            last_complete_list: row.get(5)?,
            last_list: row.get(6)?,
            windows: Vec::new(),
        })
    }
}

/// A window with the number of its stream.
struct OfStream {
    stream_no: StreamNo,
    window: Window,
}

impl FromRow for OfStream {
    fn from_row(row: &dyn Row) -> Result<Self> {
        Ok(Self {
            stream_no: row.get(18)?,
            window: Window::from_row(row)?,
        })
    }
}

impl FromRow for Window {
    fn from_row(row: &dyn Row) -> Result<Self> {
        Ok(Self {
            window_no: row.get(0)?,
            from: row.get(1)?,
            until: row.get(2)?,
            set_spec: row.get(3)?,
            kind: kind_of(row.str(4)?)?,
            state: state_of(row.str(5)?)?,
            token: row.get(6)?,
            token_at: row.get(7)?,
            first_response: row.get(8)?,
            list_no: row.get(9)?,
            list_size: row.get(10)?,
            seen: row.get(11)?,
            newest: row.get(12)?,
            restarts: row.get(13)?,
            error: row.get(14)?,
            parent_no: row.get(15)?,
            failure: row.text(16)?.map(failure_of).transpose()?,
            fresh: row.get(17)?,
        })
    }
}

/// All windows of a source.
async fn windows(session: &dyn Session, source_id: SourceId) -> Result<Vec<OfStream>> {
    let sql = "SELECT window_no, win_from, win_until, set_spec, kind, state, token, token_at, first_response,
                list_no, list_size, seen, newest, restarts, error, parent_no, failure, fresh, stream_no
         FROM harvest_window WHERE source_id = $1 ORDER BY stream_no, window_no";
    session.all(sql, &values![source_id]).await
}

pub(super) async fn replace(
    session: &dyn Session,
    source: &Source,
    stream_no: StreamNo,
    windows: &[Window],
) -> Result<()> {
    let numbers = source_row::lock(session, source).await?;
    let stream = row(session, source.source_id, stream_no).await?;
    let stored = stored(session, stream.key, windows).await?;
    let sql = "DELETE FROM harvest_window WHERE source_id = $1 AND stream_no = $2";
    session
        .run(sql, &values![source.source_id, stream_no])
        .await?;
    for window in windows {
        let first = first_page(&stored, window, 0, numbers.next_page);
        put(session, stream.key, window, first).await?;
    }
    note_last_list(session, &stream, windows).await
}

/// Records and first page of the windows of a stream as they are stored.
type StoredWindows = HashMap<WindowNo, (i64, PageNo)>;

/// Reads those of these windows.
async fn stored(
    session: &dyn Session,
    stream: StreamKey,
    windows: &[Window],
) -> Result<StoredWindows> {
    let wanted = session.dialect().numbers("$3", "window_no");
    let sql = format!(
        "SELECT window_no, seen, first_page FROM harvest_window
         WHERE source_id = $1 AND stream_no = $2 AND window_no IN (SELECT u.window_no FROM {wanted})"
    );
    let numbers = windows.iter().map(|window| window.window_no.0).collect();
    let values = [
        stream.source_id.into(),
        stream.stream_no.into(),
        Value::Ints(numbers),
    ];
    let rows: Vec<(WindowNo, i64, PageNo)> = session.all(&sql, &values).await?;
    Ok(rows
        .into_iter()
        .map(|(window_no, seen, first)| (window_no, (seen, first)))
        .collect())
}

/// The page from which a window's `seen` counts: where it began, or, when `seen` does not continue from the stored one
/// by the records `added`, where it began again: at `next_page`.
fn first_page(stored: &StoredWindows, window: &Window, added: i64, next_page: PageNo) -> PageNo {
    match stored.get(&window.window_no) {
        Some((seen, first)) if window.seen == seen.saturating_add(added) => *first,
        _ => next_page,
    }
}

/// Inserts or replaces a window.
async fn put(
    session: &dyn Session,
    stream: StreamKey,
    window: &Window,
    first_page: PageNo,
) -> Result<()> {
    let sql = "INSERT INTO harvest_window (source_id, stream_no, window_no, win_from, win_until, set_spec, kind, state,
             token, token_at, first_response, list_no, list_size, seen, first_page, newest, restarts, error,
             parent_no, failure, fresh)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18,
             $19, $20, $21)
         ON CONFLICT (source_id, stream_no, window_no) DO UPDATE SET
             win_from = excluded.win_from, win_until = excluded.win_until, set_spec = excluded.set_spec,
             kind = excluded.kind, state = excluded.state, token = excluded.token, token_at = excluded.token_at,
             first_response = excluded.first_response, list_no = excluded.list_no,
             list_size = excluded.list_size, seen = excluded.seen, first_page = excluded.first_page,
             newest = excluded.newest, restarts = excluded.restarts, error = excluded.error,
             parent_no = excluded.parent_no, failure = excluded.failure, fresh = excluded.fresh";
    let values = values![
        stream.source_id,
        stream.stream_no,
        window.window_no,
        &window.from,
        &window.until,
        &window.set_spec,
        kind_word(window.kind),
        state_word(window.state),
        &window.token,
        window.token_at,
        &window.first_response,
        window.list_no,
        window.list_size,
        window.seen,
        first_page,
        &window.newest,
        window.restarts,
        &window.error,
        window.parent_no,
        window.failure.map(failure_word),
        window.fresh,
    ];
    session.run(sql, &values).await?;
    Ok(())
}

/// Notes the newest list of these windows, if it is newer than the stream's.
async fn note_last_list(
    session: &dyn Session,
    stream: &StreamRow,
    windows: &[Window],
) -> Result<()> {
    let newest = windows.iter().map(|window| window.list_no).max();
    let Some(newest) = newest.filter(|newest| *newest > stream.last_list) else {
        return Ok(());
    };
    let sql = "UPDATE stream SET last_list = $3 WHERE source_id = $1 AND stream_no = $2";
    let values = values![stream.key.source_id, stream.key.stream_no, newest];
    session.run(sql, &values).await?;
    Ok(())
}

/// Moves a stream's checkpoint on. A list is complete only when each of its windows is done.
async fn update(
    session: &dyn Session,
    stream: &StreamRow,
    update: &StreamUpdate,
    numbers: &mut Numbers,
) -> Result<()> {
    let StreamKey {
        source_id,
        stream_no,
        ..
    } = stream.key;
    if let Some(list_no) = update.last_complete_list {
        let unfinished = windows(session, source_id)
            .await?
            .into_iter()
            .find(|found| {
                found.stream_no == stream_no
                    && found.window.list_no == list_no
                    && !matches!(found.window.state, WindowState::Done | WindowState::Split)
            });
        if let Some(OfStream { window, .. }) = unfinished {
            return Err(Fault::invalid(format!(
                "list {list_no} of stream {stream_no} is called complete, but its window {} is {}",
                window.window_no,
                state_word(window.state),
            )));
        }
        for item_no in item_sets::prune(session, stream, list_no).await? {
            let seq = numbers.seq + 1;
            if item_sets::touch(session, stream.key, item_no, seq).await? {
                numbers.seq = seq;
            }
        }
    }
    let sql = "UPDATE stream SET cursor = $3, last_complete_list = coalesce($4, last_complete_list)
         WHERE source_id = $1 AND stream_no = $2";
    let values = values![
        source_id,
        stream_no,
        update.cursor,
        update.last_complete_list
    ];
    session.run(sql, &values).await?;
    Ok(())
}

/// Writes the windows of a batch, with the records that its pages add to them, and the stream's checkpoint.
pub(super) async fn put_all(
    session: &dyn Session,
    stream: &StreamRow,
    batch: &Batch,
    next_page: PageNo,
    numbers: &mut Numbers,
) -> Result<()> {
    if !batch.windows.is_empty() {
        let stored = stored(session, stream.key, &batch.windows).await?;
        for window in &batch.windows {
            let of_window = batch
                .pages
                .iter()
                .filter(|page| page.window_no == window.window_no);
            let added = of_window.map(|page| i64::from(page.listed)).sum();
            let first = first_page(&stored, window, added, next_page);
            put(session, stream.key, window, first).await?;
        }
        note_last_list(session, stream, &batch.windows).await?;
    }
    if let Some(checkpoint) = &batch.stream {
        update(session, stream, checkpoint, numbers).await?;
    }
    if batch.is_response() {
        accept(session, stream.key).await?;
    }
    Ok(())
}
