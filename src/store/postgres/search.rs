//! The index of words.

use deadpool_postgres::Transaction;

use super::sql;
use crate::store::facets::tokens;
use crate::store::fault::Result;
use crate::store::provide::ArticleText;
use crate::store::types::{ArticleRow, ItemNo, SourceId};
use crate::store::words::vector;

/// Puts the words of articles into the index where they differ.
pub(super) async fn put_texts(
    tx: &Transaction<'_>,
    source_id: SourceId,
    rows: &[&ArticleRow],
    abstracts: bool,
) -> Result<()> {
    let (deleted, live): (Vec<&ArticleRow>, Vec<&ArticleRow>) =
        rows.iter().copied().partition(|row| row.deleted);
    let gone: Vec<ItemNo> = deleted.iter().map(|row| row.item_no).collect();
    if !gone.is_empty() {
        let delete = "DELETE FROM article_text WHERE source_id = $1 AND item_no = ANY ($2)";
        sql::run(tx, delete, &[&source_id, &gone]).await?;
    }
    let items: Vec<ItemNo> = live.iter().map(|row| row.item_no).collect();
    let words = live.iter().map(|row| {
        let facets = tokens(&row.facets);
        if abstracts {
            return vector(&row.text, &facets);
        }
        let text = ArticleText {
            summary: String::new(),
            ..row.text.clone()
        };
        vector(&text, &facets)
    });
    let words: Vec<String> = words.collect();
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
    Ok(())
}
