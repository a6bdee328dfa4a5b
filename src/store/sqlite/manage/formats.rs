//! Removing one format of a source.

use rusqlite::{Connection, TransactionBehavior};

use super::super::fault::{Fault, Outcome};
use super::sources;
use crate::normalize::LANDING_PAGE;
use crate::store::convert::count;
use crate::store::drop_format::{
    ARTICLES, HAND_OVER, PAGES, RECORDS, Row, SOURCE, STRANDED, STREAM, STREAMS, removal, stranded,
};

/// Removes a format, or one set of it; how many records went.
pub(super) fn drop(
    conn: &mut Connection,
    name: &str,
    prefix: &str,
    set: Option<&str>,
) -> Outcome<u64> {
    let tx = conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let source_id = sources::optional_id(&tx, name)?.ok_or_else(|| sources::unknown(name))?;
    let streams = tx
        .prepare(STREAMS)?
        .query_map([source_id], |row| {
            Ok(Row {
                stream_no: row.get(0)?,
                format_no: row.get(1)?,
                prefix: row.get(2)?,
                set: row.get(3)?,
            })
        })?
        .collect::<Result<Vec<_>, _>>()?;
    let removal = removal(&streams, prefix, set).map_err(Fault::invalid)?;
    let mut removed = 0;
    if removal.heir.is_none() {
        let left: i64 = tx.query_row(
            STRANDED,
            (source_id, removal.format_no, LANDING_PAGE),
            |row| row.get(0),
        )?;
        if left > 0 {
            return Err(Fault::invalid(stranded(prefix, left)));
        }
        for statement in RECORDS {
            removed = tx.execute(statement, (source_id, removal.format_no))?;
        }
        tx.execute(ARTICLES, [source_id])?;
    }
    for stream_no in removal.streams {
        if let Some(heir) = removal.heir {
            for statement in HAND_OVER {
                tx.execute(statement, (heir, source_id, stream_no))?;
            }
        } else {
            for statement in PAGES {
                tx.execute(statement, (source_id, stream_no))?;
            }
        }
        for statement in STREAM {
            tx.execute(statement, (source_id, stream_no))?;
        }
    }
    tx.execute(SOURCE, [source_id])?;
    tx.commit()?;
    Ok(count(i64::try_from(removed).unwrap_or(i64::MAX)))
}
