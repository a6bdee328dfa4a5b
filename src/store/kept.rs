//! Canonical articles that are kept packed: a cache that is made again from the records where it is missing.

use bytes::Bytes;

use super::body::PageCache;
use super::fault::Result;
use super::items::{self, are_neighbours};
use super::query::{FromRow, Row, Value, values};
use super::session::Session;
use super::types::{ItemNo, KeptArticle, SourceId, StoredItem};

/// The kept articles of items, by number.
pub(super) async fn articles(
    session: &dyn Session,
    source_id: SourceId,
    item_nos: &[ItemNo],
) -> Result<Vec<KeptArticle>> {
    let (Some(first), Some(last)) = (item_nos.iter().min(), item_nos.iter().max()) else {
        return Ok(Vec::new());
    };
    let dialect = session.dialect();
    let (item_no, number) = dialect.pick(
        ("k.article_no & 0xffffffffff", "k.article_no"),
        ("k.item_no", "k.item_no"),
    );
    if are_neighbours(item_nos) {
        let between = dialect.pick(
            "k.article_no BETWEEN ($1 << 40) + $2 AND ($1 << 40) + $3",
            "k.source_id = $1 AND k.item_no BETWEEN $2 AND $3",
        );
        let sql = format!(
            "SELECT {item_no}, k.mark, k.body FROM kept_article k WHERE {between} ORDER BY {number}"
        );
        return session.all(&sql, &values![source_id, *first, *last]).await;
    }
    let (wanted, join) = (dialect.numbers("$2", "item_no"), dialect.lookup_join());
    let is_listed = dialect.pick(
        "k.article_no = ($1 << 40) + u.item_no",
        "k.source_id = $1 AND k.item_no = u.item_no",
    );
    let sql = format!(
        "SELECT {item_no}, k.mark, k.body
         FROM {wanted} {join} kept_article k ON {is_listed} ORDER BY {number}"
    );
    let numbers = item_nos.iter().map(|item_no| item_no.0).collect();
    session
        .all(&sql, &[source_id.into(), Value::Ints(numbers)])
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
            mark: row.get::<i64>(1)?.cast_unsigned(),
            body: row.bytes(2)?.unwrap_or_default().to_vec().into(),
        })
    }
}

/// Keeps articles in the place of those that were kept of the same items.
pub(super) async fn keep(
    session: &dyn Session,
    source_id: SourceId,
    articles: &[KeptArticle],
) -> Result<()> {
    const REPLACE: &str = "DO UPDATE SET mark = excluded.mark, body = excluded.body";
    if session.dialect().pick(true, false) {
        let sql = format!(
            "INSERT INTO kept_article (article_no, mark, body) VALUES (($1 << 40) + $2, $3, $4)
             ON CONFLICT (article_no) {REPLACE}"
        );
        for article in articles {
            let mark = article.mark.cast_signed();
            let row = values![source_id, article.item_no, mark, article.body.clone()];
            session.run(&sql, &row).await?;
        }
        return Ok(());
    }
    // One statement for all of them, where each would wait for the server.
    let item_nos = articles.iter().map(|article| article.item_no.0).collect();
    let marks = articles.iter().map(|article| article.mark.cast_signed());
    let bodies = articles.iter().map(|article| article.body.clone());
    let values = [
        source_id.into(),
        Value::Ints(item_nos),
        Value::Ints(marks.collect()),
        Value::ByteLists(bodies.collect()),
    ];
    let sql = format!(
        "INSERT INTO kept_article (source_id, item_no, mark, body)
         SELECT $1, * FROM unnest($2::bigint[], $3::bigint[], $4::bytea[])
         ON CONFLICT (source_id, item_no) {REPLACE}"
    );
    session.run(&sql, &values).await?;
    Ok(())
}

/// Drops the kept articles of a source.
pub(super) async fn drop_of(session: &dyn Session, source_id: SourceId) -> Result<()> {
    let sql = session.dialect().pick(
        "DELETE FROM kept_article WHERE article_no >= ($1 << 40) AND article_no < (($1 + 1) << 40)",
        "DELETE FROM kept_article WHERE source_id = $1",
    );
    session.run(sql, &values![source_id]).await?;
    Ok(())
}

/// Drops the kept article of an item.
pub(super) async fn drop_one(
    session: &dyn Session,
    source_id: SourceId,
    item_no: ItemNo,
) -> Result<()> {
    let sql = session.dialect().pick(
        "DELETE FROM kept_article WHERE article_no = ($1 << 40) + $2",
        "DELETE FROM kept_article WHERE source_id = $1 AND item_no = $2",
    );
    session.run(sql, &values![source_id, item_no]).await?;
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
