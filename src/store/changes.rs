//! The statements that choose changes: the same for every engine, but for how it names parameters and looks into JSON.

use std::fmt::Write as _;

use super::convert::{from_json, json, micros};
use super::fault::{Fault, Result};
use super::groups::FACETS;
use super::provide::{Change, ChangeFilter, Facets, Position, StoreIdentity, has_facets};
use super::query::{Dialect, FromRow, Row, Value, identifier_hash, identifiers, values};
use super::session::Session;
use super::types::{SourceId, Time};

/// The values of a statement, collected while it is put together.
struct Builder {
    dialect: Dialect,
    values: Vec<Value>,
}

impl Builder {
    fn new(session: &dyn Session) -> Self {
        Self {
            dialect: session.dialect(),
            values: Vec::new(),
        }
    }

    /// Adds a value; what stands for it in the statement.
    fn add(&mut self, value: impl Into<Value>) -> String {
        self.values.push(value.into());
        format!("${}", self.values.len())
    }

    /// Joins a table to the articles, which lead.
    fn join(&self) -> &'static str {
        self.dialect.pick("CROSS JOIN", "JOIN")
    }

    /// The condition that `a.facets`, as JSON, has one of these values of a kind.
    fn has_facet(&mut self, kind: &str, wanted: &[String]) -> Result<String> {
        let kind = self.add(self.dialect.pick(format!("$.{kind}"), kind.to_owned()));
        let wanted: Vec<[&String; 1]> = wanted.iter().map(|value| [value]).collect();
        let wanted = self.add(json(&wanted)?);
        let wanted = format!(
            "SELECT value ->> 0 FROM {}",
            self.dialect.json_rows(&wanted)
        );
        Ok(self.dialect.pick(
            format!(
                "EXISTS (SELECT 1 FROM json_each(a.facets, {kind}) f WHERE f.value IN ({wanted}))"
            ),
            format!("CAST(a.facets AS jsonb) -> CAST({kind} AS TEXT) ?| ARRAY({wanted})"),
        ))
    }

    /// The condition that the row `f` of the table `facet` is one of these values of a kind.
    fn is_facet(&mut self, kind: &str, wanted: &[String]) -> Result<String> {
        let kind = self.add(kind);
        let wanted = self.add(identifiers(wanted.iter().map(String::as_str))?);
        let rows = self.dialect.identifier_rows(&wanted);
        Ok(format!(
            "f.kind = {kind} AND f.value_hash IN (SELECT hash FROM {rows})
             AND f.value IN (SELECT identifier FROM {rows})"
        ))
    }

    /// A query for the groups (source_id, group_no) that have one of the values of each kind.
    fn groups(&mut self, filter: &ChangeFilter) -> Result<String> {
        let mut sql = String::from(
            "SELECT g.source_id, g.group_no FROM article_group g WHERE g.articles > 0",
        );
        for (n, (kind, values)) in filter.facets.iter().enumerate() {
            let is_facet = self.is_facet(kind, values)?;
            let of_source = match filter.source_id {
                Some(source_id) => format!(" AND f.source_id = {}", self.add(source_id)),
                None => String::new(),
            };
            if n == 0 {
                sql = format!(
                    "SELECT DISTINCT f.source_id, f.group_no FROM facet f WHERE {is_facet}{of_source}"
                );
            } else {
                sql = format!(
                    "SELECT m.source_id, m.group_no FROM ({sql}) m WHERE EXISTS (
                         SELECT 1 FROM facet f WHERE f.source_id = m.source_id AND f.group_no = m.group_no
                         AND {is_facet})"
                );
            }
        }
        Ok(sql)
    }
}

/// The order in which articles are looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Walk {
    /// By their changes; each is looked at for its facets.
    Changes,
    /// Group by group; what is found is sorted.
    Groups,
}

impl Walk {
    /// Chooses the walk that looks at fewer articles for so many changes.
    async fn of(session: &dyn Session, filter: &ChangeFilter, limit: usize) -> Result<Self> {
        if filter.facets.is_empty() {
            return Ok(Self::Changes);
        }
        let mut builder = Builder::new(session);
        let groups = builder.groups(filter)?;
        let sql = format!(
            "SELECT CAST(coalesce(sum(g.articles), 0) AS BIGINT) FROM ({groups}) m
             JOIN article_group g ON g.source_id = m.source_id AND g.group_no = m.group_no"
        );
        let members: u64 = session.value(&sql, &builder.values).await?;
        let limit = limit as u64;
        if members <= limit.saturating_mul(FEW_PAGES) {
            return Ok(Self::Groups);
        }
        if members > limit.saturating_mul(MANY_PAGES) {
            return Ok(Self::Changes);
        }
        let sql =
            "SELECT CAST(coalesce(sum(articles), 0) AS BIGINT) FROM article_group WHERE kind = $1";
        let all: u64 = session.value(sql, &values![FACETS]).await?;
        // A page of changes is found among so many of all.
        let is_dense = limit.saturating_mul(all) / members.max(1) < members;
        Ok(if is_dense {
            Self::Changes
        } else {
            Self::Groups
        })
    }
}

/// Up to so many pages of a list, all its articles are sorted for each.
const FEW_PAGES: u64 = 5;
/// Beyond so many, they are not.
const MANY_PAGES: u64 = 50;

/// The changes after one, in their order.
fn listing(
    filter: &ChangeFilter,
    after: Option<Position>,
    limit: usize,
    walk: Walk,
    builder: &mut Builder,
) -> Result<String> {
    let deleted = if filter.prefix.is_some() {
        "a.deleted OR r.deleted"
    } else {
        "a.deleted"
    };
    let chosen = chosen(filter, after, walk, builder)?;
    let limit = builder.add(limit);
    let order = if filter.source_id.is_some() {
        "changed_at, item_no"
    } else {
        "changed_at, source_id, item_no"
    };
    let join = builder.join();
    Ok(format!(
        "SELECT a.changed_at, a.source_id, a.item_no, i.identifier, a.deleted, a.seq, g.content
         FROM (SELECT a.changed_at AS changed_at, a.source_id AS source_id, a.item_no AS item_no,
                      {deleted} AS deleted, a.seq AS seq, a.facets_no AS facets_no
               {chosen} ORDER BY {order} LIMIT {limit}) a
         {join} item i ON i.source_id = a.source_id AND i.item_no = a.item_no
         {join} article_group g ON g.source_id = a.source_id AND g.group_no = a.facets_no
         ORDER BY a.changed_at, a.source_id, a.item_no"
    ))
}

/// Returns the query that counts changes.
fn counting(filter: &ChangeFilter, builder: &mut Builder) -> Result<String> {
    let walk = if filter.facets.is_empty() {
        Walk::Changes
    } else {
        Walk::Groups
    };
    Ok(format!(
        "SELECT count(*) {}",
        chosen(filter, None, walk, builder)?
    ))
}

/// Returns the query for items removed with their source, with the columns of [`listing`] and the name the source had;
/// `None` where none of it is wanted.
fn departed_listing(
    filter: &ChangeFilter,
    after: Option<Position>,
    limit: usize,
    builder: &mut Builder,
) -> Result<Option<String>> {
    let Some(chosen) = departed_chosen(filter, after, builder)? else {
        return Ok(None);
    };
    let limit = builder.add(limit);
    Ok(Some(format!(
        "SELECT a.at, {NOWHERE}, a.departed_no - {DEPARTED}, a.identifier, true, {NOWHERE}, a.facets, a.name
         {chosen} ORDER BY a.at, a.departed_no LIMIT {limit}"
    )))
}

/// Returns the query that counts them.
fn counting_departed(filter: &ChangeFilter, builder: &mut Builder) -> Result<Option<String>> {
    let chosen = departed_chosen(filter, None, builder)?;
    Ok(chosen.map(|chosen| format!("SELECT count(*) {chosen}")))
}

/// The one of name `$1` and identifier `$3`, whose hash is `$2`.
fn one_departed_sql() -> String {
    let gone = gone();
    format!(
        "SELECT a.at, {NOWHERE}, a.departed_no - {DEPARTED}, a.identifier, true, {NOWHERE}, a.facets, a.name
         FROM departed a WHERE a.name = $1 AND a.identifier_hash = $2 AND a.identifier = $3 AND {gone}"
    )
}

/// Number of the source that is no more; a long one, as the columns of other changes.
const NOWHERE: &str = "0 * a.at";
/// Before all numbers of items and take-downs, so that they have an order of their own.
const DEPARTED: i64 = 1 << 62;

/// That nothing of the same name and identifier is there again.
fn gone() -> &'static str {
    "NOT EXISTS (SELECT 1 FROM source s JOIN item i ON i.source_id = s.source_id
                         AND i.identifier_hash = a.identifier_hash AND i.identifier = a.identifier
                     JOIN article x ON x.source_id = i.source_id AND x.item_no = i.item_no WHERE s.name = a.name)
     AND NOT EXISTS (SELECT 1 FROM source s JOIN forgotten f ON f.source_id = s.source_id
                         AND f.identifier_hash = a.identifier_hash AND f.identifier = a.identifier
                     WHERE s.name = a.name)"
}

fn departed_chosen(
    filter: &ChangeFilter,
    after: Option<Position>,
    builder: &mut Builder,
) -> Result<Option<String>> {
    if filter.source_id.is_some() && filter.departed.is_none() {
        return Ok(None);
    }
    let before = builder.add(filter.before);
    let mut sql = format!("FROM departed a WHERE a.at < {before} AND {}", gone());
    if let Some(name) = &filter.departed {
        let name = builder.add(name);
        let _ = write!(sql, " AND a.name = {name}");
    }
    if let Some(from) = filter.from {
        let from = builder.add(from);
        let _ = write!(sql, " AND a.at >= {from}");
    }
    match after {
        Some(after) if after.source_id == SourceId::START => {
            let at = builder.add(after.changed_at);
            let number = builder.add(after.item_no.0.saturating_add(DEPARTED));
            let _ = write!(sql, " AND (a.at, a.departed_no) > ({at}, {number})");
        }
        // At the same time they come before all others.
        Some(after) => {
            let at = builder.add(after.changed_at);
            let _ = write!(sql, " AND a.at > {at}");
        }
        None => {}
    }
    for (kind, values) in &filter.facets {
        let _ = write!(sql, " AND {}", builder.has_facet(kind, values)?);
    }
    Ok(Some(sql))
}

/// The time from which take-downs are looked at, in microseconds.
fn from(filter: &ChangeFilter, after: Option<Position>) -> i64 {
    let from = filter.from.map_or(i64::MIN, micros);
    after.map_or(from, |after| from.max(micros(after.changed_at)))
}

/// The part of a statement behind its columns.
fn chosen(
    filter: &ChangeFilter,
    after: Option<Position>,
    walk: Walk,
    builder: &mut Builder,
) -> Result<String> {
    let join = builder.join();
    let mut sql = match walk {
        Walk::Changes => "FROM article a".to_owned(),
        Walk::Groups => format!(
            "FROM ({}) m {join} article a ON a.source_id = m.source_id AND a.facets_no = m.group_no",
            builder.groups(filter)?
        ),
    };
    if let Some(prefix) = &filter.prefix {
        let prefix = builder.add(prefix);
        let _ = write!(
            sql,
            " {join} record r ON r.source_id = a.source_id AND r.item_no = a.item_no AND r.format_no =
              (SELECT s.format_no FROM stream s WHERE s.source_id = a.source_id AND s.metadata_prefix = {prefix}
               LIMIT 1)"
        );
    }
    let before = builder.add(filter.before);
    let _ = write!(sql, " WHERE a.changed_at < {before}");
    if let Some(source_id) = filter.source_id {
        let source = builder.add(source_id);
        let _ = write!(sql, " AND a.source_id = {source}");
    }
    if let Some(from) = filter.from {
        let from = builder.add(from);
        let _ = write!(sql, " AND a.changed_at >= {from}");
    }
    if let Some(after) = after {
        let at = builder.add(after.changed_at);
        let item = builder.add(after.item_no);
        // In the order of the index that is gone through.
        if filter.source_id.is_some() {
            let _ = write!(sql, " AND (a.changed_at, a.item_no) > ({at}, {item})");
        } else {
            let source = builder.add(after.source_id);
            let _ = write!(
                sql,
                " AND (a.changed_at, a.source_id, a.item_no) > ({at}, {source}, {item})"
            );
        }
    }
    if walk == Walk::Changes {
        for (kind, values) in &filter.facets {
            let is_facet = builder.is_facet(kind, values)?;
            let _ = write!(
                sql,
                " AND EXISTS (SELECT 1 FROM facet f
                      WHERE f.source_id = a.source_id AND f.group_no = a.facets_no AND {is_facet})"
            );
        }
    }
    Ok(sql)
}

/// The take-downs that a filter wants, of all that were read: those are few, and chosen here.
fn wanted(found: &mut Vec<Change>, filter: &ChangeFilter, after: Option<Position>) {
    found.retain(|change| {
        after.is_none_or(|after| change.position > after)
            && has_facets(&change.facets, &filter.facets)
    });
}

/// One page of changes of every kind, each kind as many as the page may have.
fn in_order(mut found: Vec<Change>, limit: usize) -> Vec<Change> {
    found.sort_by_key(|change| change.position);
    found.truncate(limit);
    found
}

/// Facets as they are kept.
fn facets(json: &str) -> Result<Facets> {
    Ok(if json == "{}" {
        Facets::new()
    } else {
        from_json(json, "facets of an article")?
    })
}

impl FromRow for Change {
    fn from_row(row: &dyn Row) -> Result<Self> {
        Ok(Self {
            position: Position {
                changed_at: row.get(0)?,
                source_id: row.get(1)?,
                item_no: row.get(2)?,
            },
            identifier: row.get(3)?,
            deleted: row.get(4)?,
            seq: row.get(5)?,
            facets: facets(row.str(6)?)?,
            // Other statements have no such column.
            departed: if row.columns() > 7 { row.get(7)? } else { None },
        })
    }
}

pub(super) async fn changes(
    session: &dyn Session,
    filter: &ChangeFilter,
    after: Option<Position>,
    limit: usize,
) -> Result<Vec<Change>> {
    let walk = Walk::of(session, filter, limit).await?;
    let mut builder = Builder::new(session);
    let sql = listing(filter, after, limit, walk, &mut builder)?;
    let mut found: Vec<Change> = session.all(&sql, &builder.values).await?;
    let mut builder = Builder::new(session);
    if let Some(sql) = departed_listing(filter, after, limit, &mut builder)? {
        found.extend(session.all::<Change>(&sql, &builder.values).await?);
    }
    found.extend(taken_down(session, filter, after).await?);
    Ok(in_order(found, limit))
}

pub(super) async fn count(session: &dyn Session, filter: &ChangeFilter) -> Result<u64> {
    let mut builder = Builder::new(session);
    let sql = counting(filter, &mut builder)?;
    let mut rows: u64 = session.value(&sql, &builder.values).await?;
    let mut builder = Builder::new(session);
    if let Some(sql) = counting_departed(filter, &mut builder)? {
        rows += session.value::<u64>(&sql, &builder.values).await?;
    }
    Ok(rows + taken_down(session, filter, None).await?.len() as u64)
}

/// Take-downs are few: all of them are looked at.
async fn taken_down(
    session: &dyn Session,
    filter: &ChangeFilter,
    after: Option<Position>,
) -> Result<Vec<Change>> {
    let sql = "SELECT at, source_id, -seq, identifier, true, seq, facets FROM forgotten
         WHERE at < $1 AND at >= $2 AND (CAST($3 AS BIGINT) IS NULL OR source_id = $3)";
    let values = values![filter.before, from(filter, after), filter.source_id];
    let mut found: Vec<Change> = session.all(sql, &values).await?;
    wanted(&mut found, filter, after);
    Ok(found)
}

pub(super) async fn change(
    session: &dyn Session,
    source_id: SourceId,
    identifier: &str,
) -> Result<Option<Change>> {
    let values = values![source_id, identifier_hash(identifier), identifier];
    for sql in [
        "SELECT a.changed_at, a.source_id, a.item_no, i.identifier, a.deleted, a.seq, g.content
         FROM item i JOIN article a ON a.source_id = i.source_id AND a.item_no = i.item_no
         JOIN article_group g ON g.source_id = a.source_id AND g.group_no = a.facets_no
         WHERE i.source_id = $1 AND i.identifier_hash = $2 AND i.identifier = $3",
        "SELECT at, source_id, -seq, identifier, true, seq, facets FROM forgotten
         WHERE source_id = $1 AND identifier_hash = $2 AND identifier = $3",
    ] {
        if let Some(change) = session.first(sql, &values).await? {
            return Ok(Some(change));
        }
    }
    Ok(None)
}

pub(super) async fn departed(
    session: &dyn Session,
    source: &str,
    identifier: &str,
) -> Result<Option<Change>> {
    let values = values![source, identifier_hash(identifier), identifier];
    session.first(&one_departed_sql(), &values).await
}

pub(super) async fn departed_sets(session: &dyn Session) -> Result<Vec<(String, String)>> {
    let sql = "SELECT name, set_spec FROM departed_set ORDER BY name, set_spec";
    session.all(sql, &[]).await
}

pub(super) async fn known_sets(session: &dyn Session) -> Result<Vec<(SourceId, String)>> {
    let sql =
        "SELECT DISTINCT source_id, value FROM facet WHERE kind = 'set' ORDER BY source_id, value";
    session.all(sql, &[]).await
}

/// When the change that stands first was made.
pub(super) async fn earliest(session: &dyn Session) -> Result<Option<Time>> {
    let sql = "SELECT min(at) FROM (SELECT min(changed_at) AS at FROM article
                              UNION ALL SELECT min(at) FROM forgotten UNION ALL SELECT min(at) FROM departed) a";
    session.value(sql, &[]).await
}

/// By what tokens are signed and the store is named.
pub(super) async fn identity(session: &dyn Session) -> Result<StoreIdentity> {
    let sql = "SELECT value FROM meta WHERE key = $1";
    let uuid = session.find(sql, &values!["store_uuid"]).await?;
    let secret = session.find(sql, &values!["token_key"]).await?;
    match (uuid, secret) {
        (Some(uuid), Some(secret)) => Ok(StoreIdentity { uuid, secret }),
        _ => Err(Fault::damaged(
            "its table meta has no store_uuid or token_key",
        )),
    }
}
