//! The index of words.

use rusqlite::Connection;

use crate::store::convert::int;
use crate::store::fault::Result;
use crate::store::provide::MOST_ASKED;
use crate::store::types::{ItemKey, ItemNo, SourceId};

/// Row of the index of words for an item.
pub(super) fn text_row(source_id: SourceId, item_no: ItemNo) -> i64 {
    (source_id.0 << 40) + item_no.0
}

pub(super) fn search(
    conn: &Connection,
    words: &str,
    source_id: Option<SourceId>,
    skip: usize,
    limit: usize,
) -> Result<Vec<ItemKey>> {
    let Some(query) = query(words) else {
        return Ok(Vec::new());
    };
    let (from, before) = match source_id {
        Some(source_id) => (
            text_row(source_id, ItemNo::START),
            text_row(source_id.next(), ItemNo::START),
        ),
        None => (0, i64::MAX),
    };
    let mut statement = conn.prepare_cached(
        "SELECT rowid FROM article_text WHERE article_text MATCH ?1 AND rowid >= ?2 AND rowid < ?3
         ORDER BY rank LIMIT ?4 OFFSET ?5",
    )?;
    let rows = statement.query_map((query, from, before, int(limit), int(skip)), |row| {
        let row: i64 = row.get(0)?;
        Ok(ItemKey {
            source_id: SourceId(row >> 40),
            item_no: ItemNo(row & ((1 << 40) - 1)),
        })
    })?;
    Ok(rows.collect::<std::result::Result<_, _>>()?)
}

/// Each word as a string of FTS5, which knows no operators; the last may go on.
fn query(words: &str) -> Option<String> {
    let mut query = words
        .split_whitespace()
        .filter(|word| word.chars().any(char::is_alphanumeric))
        .take(MOST_ASKED)
        .map(|word| format!("\"{}\"", word.replace('"', "\"\"").replace('\0', " ")))
        .collect::<Vec<_>>()
        .join(" ");
    if query.is_empty() {
        return None;
    }
    query.push('*');
    Some(query)
}
