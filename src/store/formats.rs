//! Removing one format of a source.

use super::drop_format::{
    ARTICLES, HAND_OVER, PAGES, RECORDS, SOURCE, STRANDED, STREAM, STREAMS, StreamRow, removal,
    stranded,
};
use super::fault::{Fault, Result};
use super::query::{FromRow, Row, values};
use super::session::Session;
use super::source_row;
use crate::normalize::LANDING_PAGE;

impl FromRow for StreamRow {
    fn from_row(row: &dyn Row) -> Result<Self> {
        Ok(Self {
            stream_no: row.get(0)?,
            format_no: row.get(1)?,
            prefix: row.get(2)?,
            set: row.get(3)?,
        })
    }
}

/// Removes a format, or one set of it; how many records went.
pub(super) async fn drop(
    session: &dyn Session,
    name: &str,
    prefix: &str,
    set: Option<&str>,
) -> Result<u64> {
    let source = source_row::named(session, name).await?;
    let source = source.ok_or_else(|| Fault::unknown("source", name))?;
    let source_id = source.source_id;
    source_row::lock_unfenced(session, source_id).await?;
    let streams: Vec<StreamRow> = session.all(STREAMS, &values![source_id]).await?;
    let removal = removal(&streams, prefix, set).map_err(Fault::invalid)?;
    let mut removed = 0;
    if removal.heir.is_none() {
        let left: i64 = session
            .value(
                STRANDED,
                &values![source_id, removal.format_no, LANDING_PAGE],
            )
            .await?;
        if left > 0 {
            return Err(Fault::invalid(stranded(prefix, left)));
        }
        for sql in RECORDS {
            removed = session
                .run(sql, &values![source_id, removal.format_no])
                .await?;
        }
        session.run(ARTICLES, &values![source_id]).await?;
    }
    for stream_no in removal.streams {
        if let Some(heir) = removal.heir {
            for sql in HAND_OVER {
                session
                    .run(sql, &values![heir, source_id, stream_no])
                    .await?;
            }
        } else {
            for sql in PAGES {
                session.run(sql, &values![source_id, stream_no]).await?;
            }
        }
        for sql in STREAM {
            session.run(sql, &values![source_id, stream_no]).await?;
        }
    }
    session.run(SOURCE, &values![source_id]).await?;
    Ok(removed)
}
