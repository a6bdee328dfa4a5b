//! Changes in the order of their time, and the index of words.

use std::sync::atomic::Ordering;

use async_trait::async_trait;
use deadpool_postgres::Transaction;
use tokio_postgres::Row;
use tokio_postgres::types::ToSql;

use super::derive::STAMPING;
use super::fault::{Fault, Outcome};
use super::transact::read;
use super::{PostgresStore, items, sql};
use crate::store::changes::{self, Dialect};
use crate::store::convert::{count, int, micros, time};
use crate::store::words::{query, vector};
use crate::store::{
    ArticleRow, Change, ChangeFilter, ItemKey, ItemNo, Position, ProvideStore, SourceId, StoreKey,
    StoreResult, StoredItem, Time,
};

/// How far behind what it has replayed the horizon of a standby is: it has no part in the locks of its primary.
const LAG: i64 = 60_000_000;

#[async_trait]
impl ProvideStore for PostgresStore {
    async fn store_key(&self) -> StoreResult<StoreKey> {
        read!(self, |tx| store_key(&tx))
    }

    async fn horizon(&self) -> StoreResult<Time> {
        let taken = read!(self, |tx| horizon(&tx))?;
        let last = self.horizon.fetch_max(taken, Ordering::Relaxed);
        time(last.max(taken))
    }

    async fn earliest_change(&self) -> StoreResult<Option<Time>> {
        read!(self, |tx| earliest(&tx))
    }

    async fn changes(
        &self,
        filter: &ChangeFilter,
        after: Option<Position>,
        limit: usize,
    ) -> StoreResult<Vec<Change>> {
        read!(self, |tx| changes(&tx, filter, after, limit))
    }

    async fn count_changes(&self, filter: &ChangeFilter) -> StoreResult<u64> {
        read!(self, |tx| count_changes(&tx, filter))
    }

    async fn change(&self, source_id: SourceId, identifier: &str) -> StoreResult<Option<Change>> {
        read!(self, |tx| change(&tx, source_id, identifier))
    }

    async fn departed(&self, source: &str, identifier: &str) -> StoreResult<Option<Change>> {
        read!(self, |tx| one_departed(&tx, source, identifier))
    }

    async fn departed_sets(&self) -> StoreResult<Vec<(String, String)>> {
        read!(self, |tx| departed_sets(&tx))
    }

    async fn items_at(
        &self,
        source_id: SourceId,
        item_nos: &[ItemNo],
    ) -> StoreResult<Vec<StoredItem>> {
        read!(self, |tx| items::at(&tx, &self.pages, source_id, item_nos))
    }

    async fn known_sets(&self) -> StoreResult<Vec<(SourceId, String)>> {
        read!(self, |tx| known_sets(&tx))
    }

    async fn search(
        &self,
        words: &str,
        source_id: Option<SourceId>,
        skip: usize,
        limit: usize,
    ) -> StoreResult<Vec<ItemKey>> {
        read!(self, |tx| search(&tx, words, source_id, skip, limit))
    }
}

async fn store_key(tx: &Transaction<'_>) -> Outcome<StoreKey> {
    let rows = sql::rows(
        tx,
        "SELECT key, value FROM meta WHERE key IN ('store_uuid', 'token_key')",
        &[],
    )
    .await?;
    let mut found: (Option<String>, Option<String>) = (None, None);
    for row in rows {
        let place = if row.try_get::<_, &str>(0)? == "store_uuid" {
            &mut found.0
        } else {
            &mut found.1
        };
        *place = Some(row.try_get(1)?);
    }
    match found {
        (Some(uuid), Some(secret)) => Ok(StoreKey { uuid, secret }),
        _ => Err(Fault::damaged(
            "its meta has no token_key: a command that may write to it brings its schema up to date",
        )),
    }
}

/// Whoever stamps changes shares a lock until they are committed; who has it alone knows that none is under way.
async fn horizon(tx: &Transaction<'_>) -> Outcome<i64> {
    let standby = sql::one(
        tx,
        "SELECT pg_is_in_recovery(),
                (extract(epoch FROM pg_last_xact_replay_timestamp()) * 1000000)::bigint",
        &[],
    )
    .await?;
    if standby.try_get(0)? {
        return Ok(standby.try_get::<_, Option<i64>>(1)?.unwrap_or(LAG) - LAG);
    }
    sql::run(tx, "SELECT pg_advisory_xact_lock($1)", &[&STAMPING]).await?;
    Ok(sql::one(tx, &format!("SELECT {}", sql::NOW), &[])
        .await?
        .try_get(0)?)
}

async fn earliest(tx: &Transaction<'_>) -> Outcome<Option<Time>> {
    let row = sql::one(
        tx,
        "SELECT least((SELECT min(changed_at) FROM article), (SELECT min(at) FROM forgotten),
                      (SELECT min(at) FROM departed))",
        &[],
    )
    .await?;
    Ok(row.try_get::<_, Option<i64>>(0)?.map(time).transpose()?)
}

/// Parameters by position, collected while the statement is put together.
#[derive(Default)]
struct Parameters(Vec<Box<dyn ToSql + Sync + Send>>);

impl Parameters {
    fn add(&mut self, value: impl ToSql + Sync + Send + 'static) -> String {
        self.0.push(Box::new(value));
        format!("${}", self.0.len())
    }

    fn all(&self) -> Vec<&(dyn ToSql + Sync)> {
        self.0
            .iter()
            .map(|value| value.as_ref() as &(dyn ToSql + Sync))
            .collect()
    }
}

impl Dialect for Parameters {
    const JOIN: &'static str = "JOIN";
    const TRUE: &'static str = "true";

    fn same(left: &str, right: &str) -> String {
        format!("md5({left})::uuid = md5({right})::uuid")
    }

    fn number(&mut self, value: i64) -> String {
        self.add(value)
    }

    fn text(&mut self, value: String) -> String {
        self.add(value)
    }

    fn has_facet(&mut self, kind: &str, values: &[String]) -> StoreResult<String> {
        let kind = self.add(kind.to_owned());
        let values = self.add(values.to_vec());
        Ok(format!(
            "a.facets::jsonb -> {kind}::text ?| {values}::text[]"
        ))
    }
}

async fn changes(
    tx: &Transaction<'_>,
    filter: &ChangeFilter,
    after: Option<Position>,
    limit: usize,
) -> Outcome<Vec<Change>> {
    let mut parameters = Parameters::default();
    let statement = changes::listing(filter, after, limit, &mut parameters)?;
    let rows = sql::rows(tx, &statement, &parameters.all()).await?;
    let mut found = rows.iter().map(read_change).collect::<Outcome<Vec<_>>>()?;
    let mut parameters = Parameters::default();
    if let Some(statement) = changes::departed(filter, after, limit, &mut parameters)? {
        for row in sql::rows(tx, &statement, &parameters.all()).await? {
            found.push(read_change(&row)?);
        }
    }
    found.extend(taken_down(tx, filter, after).await?);
    Ok(changes::in_order(found, limit))
}

async fn count_changes(tx: &Transaction<'_>, filter: &ChangeFilter) -> Outcome<u64> {
    let mut parameters = Parameters::default();
    let statement = changes::counting(filter, &mut parameters)?;
    let row = sql::one(tx, &statement, &parameters.all()).await?;
    let mut rows: i64 = row.try_get(0)?;
    let mut parameters = Parameters::default();
    if let Some(statement) = changes::counting_departed(filter, &mut parameters)? {
        rows += sql::one(tx, &statement, &parameters.all())
            .await?
            .try_get::<_, i64>(0)?;
    }
    Ok(count(rows) + taken_down(tx, filter, None).await?.len() as u64)
}

async fn one_departed(
    tx: &Transaction<'_>,
    source: &str,
    identifier: &str,
) -> Outcome<Option<Change>> {
    let statement = changes::one_departed::<Parameters>("$1", "$2::text");
    sql::maybe(tx, &statement, &[&source, &identifier])
        .await?
        .as_ref()
        .map(read_change)
        .transpose()
}

async fn departed_sets(tx: &Transaction<'_>) -> Outcome<Vec<(String, String)>> {
    let rows = sql::rows(
        tx,
        "SELECT name, set_spec FROM departed_set ORDER BY name, set_spec",
        &[],
    )
    .await?;
    rows.iter()
        .map(|row| Ok((row.try_get(0)?, row.try_get(1)?)))
        .collect()
}

/// Take-downs are few: all of them are looked at.
async fn taken_down(
    tx: &Transaction<'_>,
    filter: &ChangeFilter,
    after: Option<Position>,
) -> Outcome<Vec<Change>> {
    let from = changes::from(filter, after);
    let rows = sql::rows(
        tx,
        "SELECT at, source_id, -seq, identifier, true, seq, facets FROM forgotten
         WHERE at < $1 AND at >= $2 AND ($3::bigint IS NULL OR source_id = $3)",
        &[&micros(filter.before), &from, &filter.source_id],
    )
    .await?;
    let mut found = rows.iter().map(read_change).collect::<Outcome<Vec<_>>>()?;
    changes::wanted(&mut found, filter, after);
    Ok(found)
}

async fn change(
    tx: &Transaction<'_>,
    source_id: SourceId,
    identifier: &str,
) -> Outcome<Option<Change>> {
    for statement in [
        "SELECT a.changed_at, a.source_id, a.item_no, i.identifier, a.status <> 0, a.seq, a.facets
         FROM item i JOIN article a ON a.source_id = i.source_id AND a.item_no = i.item_no
         WHERE i.source_id = $1 AND md5(i.identifier)::uuid = md5($2)::uuid",
        "SELECT at, source_id, -seq, identifier, true, seq, facets FROM forgotten
         WHERE source_id = $1 AND md5(identifier)::uuid = md5($2)::uuid",
    ] {
        if let Some(row) = sql::maybe(tx, statement, &[&source_id, &identifier]).await? {
            return Ok(Some(read_change(&row)?));
        }
    }
    Ok(None)
}

fn read_change(row: &Row) -> Outcome<Change> {
    let facets: &str = row.try_get(6)?;
    Ok(Change {
        position: Position {
            changed_at: time(row.try_get(0)?)?,
            source_id: row.try_get(1)?,
            item_no: row.try_get(2)?,
        },
        identifier: row.try_get(3)?,
        deleted: row.try_get(4)?,
        seq: row.try_get(5)?,
        facets: changes::facets(facets)?,
        // Other statements have no such column.
        departed: if row.len() > 7 { row.try_get(7)? } else { None },
    })
}

async fn known_sets(tx: &Transaction<'_>) -> Outcome<Vec<(SourceId, String)>> {
    let rows = sql::rows(
        tx,
        "SELECT source_id, set_spec FROM source_set ORDER BY source_id, set_spec",
        &[],
    )
    .await?;
    rows.iter()
        .map(|row| Ok((row.try_get(0)?, row.try_get(1)?)))
        .collect()
}

async fn search(
    tx: &Transaction<'_>,
    words: &str,
    source_id: Option<SourceId>,
    skip: usize,
    limit: usize,
) -> Outcome<Vec<ItemKey>> {
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
) -> Outcome<()> {
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
