//! Canonical articles that are kept packed: a cache that is made again from the records where it is missing.

use bytes::Bytes;

use super::body::PageCache;
use super::convert::json;
use super::fault::Result;
use super::items::{self, are_neighbours};
use super::query::{FromRow, Row, Value, values};
use super::session::Session;
use super::types::{ItemNo, KeptArticle, SourceId, StoredItem};
use crate::hex;

/// The kept articles of items, by number.
pub(super) async fn articles(
    session: &dyn Session,
    source_id: SourceId,
    item_nos: &[ItemNo],
) -> Result<Vec<KeptArticle>> {
    let (Some(first), Some(last)) = (item_nos.iter().min(), item_nos.iter().max()) else {
        return Ok(Vec::new());
    };
    if are_neighbours(item_nos) {
        let sql = "SELECT item_no, key, hash, len, body FROM kept_article
             WHERE source_id = $1 AND item_no BETWEEN $2 AND $3 ORDER BY item_no";
        return session.all(sql, &values![source_id, *first, *last]).await;
    }
    let rows = session.dialect().json_rows("$2");
    let join = session.dialect().lookup_join();
    let sql = format!(
        "SELECT k.item_no, k.key, k.hash, k.len, k.body
         FROM (SELECT CAST(value ->> 0 AS BIGINT) AS item_no FROM {rows}) u
         {join} kept_article k ON k.source_id = $1 AND k.item_no = u.item_no ORDER BY k.item_no"
    );
    let numbers: Vec<[ItemNo; 1]> = item_nos.iter().map(|item_no| [*item_no]).collect();
    session
        .all(&sql, &[source_id.into(), Value::Text(json(&numbers)?)])
        .await
}

/// Items, and the kept articles of those that are read.
pub(super) async fn items_with_articles(
    session: &dyn Session,
    cache: &PageCache,
    source_id: SourceId,
    item_nos: &[ItemNo],
) -> Result<(Vec<StoredItem>, Vec<KeptArticle>)> {
    let items = items::at(session, cache, source_id, item_nos).await?;
    let read: Vec<ItemNo> = items.iter().map(|item| item.item_no).collect();
    let kept = articles(session, source_id, &read).await?;
    Ok((items, kept))
}

impl FromRow for KeptArticle {
    fn from_row(row: &dyn Row) -> Result<Self> {
        Ok(Self {
            item_no: row.get(0)?,
            key: row.get::<i64>(1)?.cast_unsigned(),
            hash: row.get::<i64>(2)?.cast_unsigned(),
            len: usize::try_from(row.get::<u64>(3)?).unwrap_or(usize::MAX),
            body: row.bytes(4)?.unwrap_or_default().to_vec().into(),
        })
    }
}

/// Keeps articles in the place of those that were kept of the same items.
pub(super) async fn keep(
    session: &dyn Session,
    source_id: SourceId,
    articles: &[KeptArticle],
) -> Result<()> {
    const CONFLICT: &str = "ON CONFLICT (source_id, item_no) DO UPDATE SET
         key = excluded.key, hash = excluded.hash, len = excluded.len, body = excluded.body";
    if session.dialect().pick(true, false) {
        let sql = format!(
            "INSERT INTO kept_article (source_id, item_no, key, hash, len, body) VALUES ($1, $2, $3, $4, $5, $6) {CONFLICT}"
        );
        for article in articles {
            let (key, hash) = (article.key.cast_signed(), article.hash.cast_signed());
            let row = values![
                source_id,
                article.item_no,
                key,
                hash,
                article.len,
                article.body.clone()
            ];
            session.run(&sql, &row).await?;
        }
        return Ok(());
    }
    // One statement for all of them, where each would wait for the server.
    let rows: Vec<(ItemNo, i64, i64, usize, String)> = articles
        .iter()
        .map(|article| {
            let (key, hash) = (article.key.cast_signed(), article.hash.cast_signed());
            (
                article.item_no,
                key,
                hash,
                article.len,
                hex::write(&article.body),
            )
        })
        .collect();
    let sql = format!(
        "INSERT INTO kept_article (source_id, item_no, key, hash, len, body)
         SELECT $1, CAST(value ->> 0 AS BIGINT), CAST(value ->> 1 AS BIGINT), CAST(value ->> 2 AS BIGINT),
                CAST(value ->> 3 AS BIGINT), decode(value ->> 4, 'hex')
         FROM {} {CONFLICT}",
        session.dialect().json_rows("$2")
    );
    session
        .run(&sql, &[source_id.into(), Value::Text(json(&rows)?)])
        .await?;
    Ok(())
}

/// Returns the sample of a source.
pub(super) async fn sample(session: &dyn Session, source_id: SourceId) -> Result<Option<Vec<u8>>> {
    let sql = "SELECT line FROM kept_sample WHERE source_id = $1";
    let mut line = None;
    session
        .each(sql, &values![source_id], &mut |row| {
            line = row.bytes(0)?.map(<[u8]>::to_vec);
            Ok(())
        })
        .await?;
    Ok(line)
}

/// Keeps the sample of a source where it has none yet; returns the one that it has now.
pub(super) async fn keep_sample(
    session: &dyn Session,
    source_id: SourceId,
    line: Bytes,
) -> Result<Vec<u8>> {
    let sql = "INSERT INTO kept_sample (source_id, line) VALUES ($1, $2) ON CONFLICT DO NOTHING";
    session.run(sql, &values![source_id, line.clone()]).await?;
    let kept = sample(session, source_id).await?;
    Ok(kept.unwrap_or_else(|| line.to_vec()))
}

/// Drops all kept articles; how many there were.
pub(super) async fn drop_all(session: &dyn Session) -> Result<u64> {
    session.run("DELETE FROM kept_sample", &[]).await?;
    session.run("DELETE FROM kept_article", &[]).await
}
