//! The index of words.

use deadpool_postgres::Transaction;

use super::sql;
use crate::store::convert::int;
use crate::store::fault::Result;
use crate::store::types::{ArticleRow, ItemKey, ItemNo, SourceId};
use crate::store::words::{query, vector};

pub(super) async fn search(
    tx: &Transaction<'_>,
    words: &str,
    source_id: Option<SourceId>,
    skip: usize,
    limit: usize,
) -> Result<Vec<ItemKey>> {
    let Some(query) = query(words) else {
        return Ok(Vec::new());
    };
    let rows = sql::rows(
        tx,
        "SELECT source_id, item_no FROM article_text
         WHERE words @@ $1::text::tsquery AND ($2::bigint IS NULL OR source_id = $2)
         ORDER BY ts_rank(words, $1::text::tsquery, 1) DESC, source_id, item_no LIMIT $3 OFFSET $4",
        &[&query, &source_id, &int(limit), &int(skip)],
    )
    .await?;
    rows.iter()
        .map(|row| {
            Ok(ItemKey {
                source_id: row.try_get(0)?,
                item_no: row.try_get(1)?,
            })
        })
        .collect()
}

/// Puts the words of articles into the index where they differ, and notes the sets they are in.
pub(super) async fn put_texts(
    tx: &Transaction<'_>,
    source_id: SourceId,
    rows: &[&ArticleRow],
) -> Result<()> {
    let (deleted, live): (Vec<&ArticleRow>, Vec<&ArticleRow>) =
        rows.iter().copied().partition(|row| row.deleted);
    let gone: Vec<ItemNo> = deleted.iter().map(|row| row.item_no).collect();
    if !gone.is_empty() {
        let delete = "DELETE FROM article_text WHERE source_id = $1 AND item_no = ANY ($2)";
        sql::run(tx, delete, &[&source_id, &gone]).await?;
    }
    let items: Vec<ItemNo> = live.iter().map(|row| row.item_no).collect();
    let words: Vec<String> = live.iter().map(|row| vector(&row.text)).collect();
    if !items.is_empty() {
        sql::run(
            tx,
            "INSERT INTO article_text (source_id, item_no, words)
             SELECT $1, u.item_no, u.words::tsvector FROM unnest($2::bigint[], $3::text[]) u (item_no, words)
             ON CONFLICT (source_id, item_no) DO UPDATE SET words = excluded.words
             WHERE article_text.words <> excluded.words",
            &[&source_id, &items, &words],
        )
        .await?;
    }
    let mut sets: Vec<&str> = rows
        .iter()
        .filter_map(|row| row.facets.get("set"))
        .flatten()
        .map(String::as_str)
        .collect();
    sets.sort_unstable();
    sets.dedup();
    if !sets.is_empty() {
        sql::run(
            tx,
            "INSERT INTO source_set (source_id, set_spec) SELECT $1, * FROM unnest($2::text[]) ON CONFLICT DO NOTHING",
            &[&source_id, &sets],
        )
        .await?;
    }
    Ok(())
}
