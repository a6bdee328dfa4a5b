//! The statements that choose changes: the same for every engine, but for how it names parameters and looks into JSON.

use std::fmt::Write as _;

use super::convert::{from_json, int, micros};
use super::{Change, ChangeFilter, Facets, Position, SourceId, StoreResult, has_facets};

/// What an engine has of its own; it collects the parameters while a statement is put together.
pub(super) trait Dialect {
    /// Joins a table to the articles, which lead.
    const JOIN: &'static str;

    /// Adds a number; what stands for it in the statement.
    fn number(&mut self, value: i64) -> String;

    /// Adds a text; what stands for it in the statement.
    fn text(&mut self, value: String) -> String;

    /// What is true.
    const TRUE: &'static str;

    /// The condition that two columns have the same identifier.
    fn same(left: &str, right: &str) -> String;

    /// The condition that `a.facets` has one of these values of a kind.
    fn has_facet(&mut self, kind: &str, values: &[String]) -> StoreResult<String>;
}

/// The changes after one, in their order.
pub(super) fn listing(
    filter: &ChangeFilter,
    after: Option<Position>,
    limit: usize,
    dialect: &mut impl Dialect,
) -> StoreResult<String> {
    let deleted = if filter.prefix.is_some() {
        "a.status <> 0 OR r.deleted <> 0"
    } else {
        "a.status <> 0"
    };
    let chosen = chosen(filter, after, dialect)?;
    let limit = dialect.number(int(limit));
    let order = if filter.source_id.is_some() {
        "a.changed_at, a.item_no"
    } else {
        "a.changed_at, a.source_id, a.item_no"
    };
    Ok(format!(
        "SELECT a.changed_at, a.source_id, a.item_no, i.identifier, {deleted}, a.seq, a.facets
         {chosen} ORDER BY {order} LIMIT {limit}"
    ))
}

/// How many changes there are.
pub(super) fn counting(filter: &ChangeFilter, dialect: &mut impl Dialect) -> StoreResult<String> {
    Ok(format!(
        "SELECT count(*) {}",
        chosen(filter, None, dialect)?
    ))
}

/// What went with its source, with the columns of [`listing`] and the name the source had; `None` where none of it is
/// wanted.
pub(super) fn departed<D: Dialect>(
    filter: &ChangeFilter,
    after: Option<Position>,
    limit: usize,
    dialect: &mut D,
) -> StoreResult<Option<String>> {
    let Some(chosen) = departed_chosen(filter, after, dialect)? else {
        return Ok(None);
    };
    let (yes, limit) = (D::TRUE, dialect.number(int(limit)));
    Ok(Some(format!(
        "SELECT a.at, {NOWHERE}, a.departed_no - {DEPARTED}, a.identifier, {yes}, {NOWHERE}, a.facets, a.name
         {chosen} ORDER BY a.at, a.departed_no LIMIT {limit}"
    )))
}

/// How many of them there are.
pub(super) fn counting_departed(
    filter: &ChangeFilter,
    dialect: &mut impl Dialect,
) -> StoreResult<Option<String>> {
    let chosen = departed_chosen(filter, None, dialect)?;
    Ok(chosen.map(|chosen| format!("SELECT count(*) {chosen}")))
}

/// The one of this name and identifier, whose parameters are given.
pub(super) fn one_departed<D: Dialect>(name: &str, identifier: &str) -> String {
    let (yes, same, gone) = (D::TRUE, D::same("a.identifier", identifier), gone::<D>());
    format!(
        "SELECT a.at, {NOWHERE}, a.departed_no - {DEPARTED}, a.identifier, {yes}, {NOWHERE}, a.facets, a.name
         FROM departed a WHERE a.name = {name} AND {same} AND {gone}"
    )
}

/// Number of the source that is no more; a long one, as the columns of other changes.
const NOWHERE: &str = "0 * a.at";
/// Before all numbers of items and take-downs, so that they have an order of their own.
const DEPARTED: i64 = 1 << 62;

/// That nothing of the same name and identifier is there again.
fn gone<D: Dialect>() -> String {
    let (item, forgotten) = (
        D::same("i.identifier", "a.identifier"),
        D::same("f.identifier", "a.identifier"),
    );
    format!(
        "NOT EXISTS (SELECT 1 FROM source s JOIN item i ON i.source_id = s.source_id AND {item}
                     JOIN article x ON x.source_id = i.source_id AND x.item_no = i.item_no WHERE s.name = a.name)
         AND NOT EXISTS (SELECT 1 FROM source s JOIN forgotten f ON f.source_id = s.source_id AND {forgotten}
                         WHERE s.name = a.name)"
    )
}

fn departed_chosen<D: Dialect>(
    filter: &ChangeFilter,
    after: Option<Position>,
    dialect: &mut D,
) -> StoreResult<Option<String>> {
    if filter.source_id.is_some() && filter.departed.is_none() {
        return Ok(None);
    }
    let before = dialect.number(micros(filter.before));
    let mut sql = format!("FROM departed a WHERE a.at < {before} AND {}", gone::<D>());
    if let Some(name) = &filter.departed {
        let name = dialect.text(name.clone());
        let _ = write!(sql, " AND a.name = {name}");
    }
    if let Some(from) = filter.from {
        let from = dialect.number(micros(from));
        let _ = write!(sql, " AND a.at >= {from}");
    }
    match after {
        Some(after) if after.source_id == SourceId::START => {
            let at = dialect.number(micros(after.changed_at));
            let number = dialect.number(after.item_no.0.saturating_add(DEPARTED));
            let _ = write!(sql, " AND (a.at, a.departed_no) > ({at}, {number})");
        }
        // At the same time they come before all others.
        Some(after) => {
            let at = dialect.number(micros(after.changed_at));
            let _ = write!(sql, " AND a.at > {at}");
        }
        None => {}
    }
    for (kind, values) in &filter.facets {
        let _ = write!(sql, " AND {}", dialect.has_facet(kind, values)?);
    }
    Ok(Some(sql))
}

/// The time from which take-downs are looked at, in microseconds.
pub(super) fn from(filter: &ChangeFilter, after: Option<Position>) -> i64 {
    let from = filter.from.map_or(i64::MIN, micros);
    after.map_or(from, |after| from.max(micros(after.changed_at)))
}

/// The part of a statement behind its columns.
fn chosen<D: Dialect>(
    filter: &ChangeFilter,
    after: Option<Position>,
    dialect: &mut D,
) -> StoreResult<String> {
    let join = D::JOIN;
    let mut sql = format!(
        "FROM article a {join} item i ON i.source_id = a.source_id AND i.item_no = a.item_no"
    );
    if let Some(prefix) = &filter.prefix {
        let prefix = dialect.text(prefix.clone());
        let _ = write!(
            sql,
            " {join} record r ON r.source_id = a.source_id AND r.item_no = a.item_no AND r.format_no =
              (SELECT s.format_no FROM stream s WHERE s.source_id = a.source_id AND s.metadata_prefix = {prefix}
               LIMIT 1)"
        );
    }
    let before = dialect.number(micros(filter.before));
    let _ = write!(sql, " WHERE a.changed_at < {before}");
    if let Some(source_id) = filter.source_id {
        let source = dialect.number(source_id.0);
        let _ = write!(sql, " AND a.source_id = {source}");
    }
    if let Some(from) = filter.from {
        let from = dialect.number(micros(from));
        let _ = write!(sql, " AND a.changed_at >= {from}");
    }
    if let Some(after) = after {
        let at = dialect.number(micros(after.changed_at));
        let item = dialect.number(after.item_no.0);
        // In the order of the index that is gone through.
        if filter.source_id.is_some() {
            let _ = write!(sql, " AND (a.changed_at, a.item_no) > ({at}, {item})");
        } else {
            let source = dialect.number(after.source_id.0);
            let _ = write!(
                sql,
                " AND (a.changed_at, a.source_id, a.item_no) > ({at}, {source}, {item})"
            );
        }
    }
    for (kind, values) in &filter.facets {
        let _ = write!(sql, " AND {}", dialect.has_facet(kind, values)?);
    }
    Ok(sql)
}

/// The take-downs that a filter wants, of all that were read: those are few, and chosen here.
pub(super) fn wanted(found: &mut Vec<Change>, filter: &ChangeFilter, after: Option<Position>) {
    found.retain(|change| {
        after.is_none_or(|after| change.position > after)
            && has_facets(&change.facets, &filter.facets)
    });
}

/// One page of changes of every kind, each kind as many as the page may have.
pub(super) fn in_order(mut found: Vec<Change>, limit: usize) -> Vec<Change> {
    found.sort_by_key(|change| change.position);
    found.truncate(limit);
    found
}

/// Facets as they are kept.
pub(super) fn facets(json: &str) -> StoreResult<Facets> {
    if json == "{}" {
        Ok(Facets::new())
    } else {
        from_json(json, "facets of an article")
    }
}
