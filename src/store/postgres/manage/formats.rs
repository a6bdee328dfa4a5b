//! Removing one format of a source.

use deadpool_postgres::Transaction;

use super::super::fault::{Fault, Outcome};
use super::super::sql;
use super::sources;
use crate::normalize::LANDING_PAGE;
use crate::store::drop_format::{
    ARTICLES, HAND_OVER, PAGES, RECORDS, Row, SOURCE, STRANDED, STREAM, STREAMS, removal, stranded,
};

/// Removes a format, or one set of it; how many records went.
pub(super) async fn drop(
    tx: &Transaction<'_>,
    name: &str,
    prefix: &str,
    set: Option<&str>,
) -> Outcome<u64> {
    let source_id = sources::optional_id(tx, name)
        .await?
        .ok_or_else(|| sources::unknown(name))?;
    super::super::sources::lock_unfenced(tx, source_id).await?;
    let streams = sql::rows(tx, STREAMS, &[&source_id])
        .await?
        .iter()
        .map(|row| {
            Ok(Row {
                stream_no: row.try_get(0)?,
                format_no: row.try_get(1)?,
                prefix: row.try_get(2)?,
                set: row.try_get(3)?,
            })
        })
        .collect::<Outcome<Vec<_>>>()?;
    let removal = removal(&streams, prefix, set).map_err(Fault::invalid)?;
    let mut removed = 0;
    if removal.heir.is_none() {
        let row = sql::one(
            tx,
            STRANDED,
            &[&source_id, &removal.format_no, &LANDING_PAGE],
        )
        .await?;
        let left: i64 = row.try_get(0)?;
        if left > 0 {
            return Err(Fault::invalid(stranded(prefix, left)));
        }
        for statement in RECORDS {
            removed = sql::run(tx, statement, &[&source_id, &removal.format_no]).await?;
        }
        sql::run(tx, ARTICLES, &[&source_id]).await?;
    }
    for stream_no in removal.streams {
        if let Some(heir) = removal.heir {
            for statement in HAND_OVER {
                sql::run(tx, statement, &[&heir, &source_id, &stream_no]).await?;
            }
        } else {
            for statement in PAGES {
                sql::run(tx, statement, &[&source_id, &stream_no]).await?;
            }
        }
        for statement in STREAM {
            sql::run(tx, statement, &[&source_id, &stream_no]).await?;
        }
    }
    sql::run(tx, SOURCE, &[&source_id]).await?;
    Ok(removed)
}
