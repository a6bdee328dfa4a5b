//! Groups of articles that have the same facets, the same codes of findings, or the same issue: what each has is stored
//! once, and how many articles have it is counted as rows are written, so that totals need no look at the articles.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::convert::from_json;
use super::facets::FacetChanges;
use super::fault::Result;
use super::provide::Facets;
use super::query::{Dialect, Value, identifier_hash, identifiers, values};
use super::session::Session;
use super::types::SourceId;

/// Kind of the groups whose content is [`Facets`] without the issue.
pub(super) const FACETS: &str = "facets";
/// Kind of the groups whose content is a list of codes with their counts.
pub(super) const CODES: &str = "codes";
/// Kind of the groups whose content is [`Facets`] with the issue alone, of which a source has many.
pub(super) const ISSUE: &str = "issue";

/// Numbers of the groups that an article is in: facets, codes, issue.
pub(super) type GroupNumbers = [i64; 3];

/// The groups that a batch of articles is in, and how many join and leave each.
#[derive(Debug, Default)]
pub(super) struct Groups {
    numbers: HashMap<(&'static str, String), i64>,
    changes: BTreeMap<i64, Change>,
}

/// Articles that join a group, less those that leave it.
#[derive(Clone, Copy, Debug, Default)]
struct Change {
    all: i64,
    live: i64,
}

impl Groups {
    /// Finds the groups of these contents, and makes those that are not there yet.
    pub(super) async fn of(
        session: &dyn Session,
        source_id: SourceId,
        contents: BTreeSet<(&'static str, String)>,
    ) -> Result<Self> {
        let sql = by_content(session.dialect());
        let texts: BTreeSet<&str> = contents.iter().map(|(_, content)| &**content).collect();
        let values = [source_id.into(), identifiers(texts.into_iter())?];
        let known: Vec<(String, String, i64)> = session.all(&sql, &values).await?;
        let known: HashMap<(&str, &str), i64> = known
            .iter()
            .map(|(kind, content, group_no)| ((&**kind, &**content), *group_no))
            .collect();
        let mut groups = Self::default();
        for (kind, content) in contents {
            let group_no = match known.get(&(kind, &*content)) {
                Some(group_no) => *group_no,
                None => add(session, source_id, kind, &content).await?,
            };
            groups.numbers.insert((kind, content), group_no);
        }
        Ok(groups)
    }

    /// Returns the number of the group of a kind with this content.
    pub(super) fn number(&self, kind: &'static str, content: String) -> i64 {
        let number = self.numbers.get(&(kind, content));
        number.copied().unwrap_or_default()
    }

    /// Counts an article, live or deleted, that joins groups and leaves others.
    pub(super) fn count(
        &mut self,
        (joins, is_live): (GroupNumbers, bool),
        leaves: Option<(GroupNumbers, bool)>,
    ) {
        let left = leaves.map(|(left, was_live)| (left, was_live, -1));
        for (groups, is_live, by) in [(joins, is_live, 1)].into_iter().chain(left) {
            for group_no in groups {
                let change = self.changes.entry(group_no).or_default();
                change.all += by;
                change.live += if is_live { by } else { 0 };
            }
        }
    }

    /// Writes the counts of the groups, and of the facets that live articles have.
    pub(super) async fn save(self, session: &dyn Session, source_id: SourceId) -> Result<()> {
        let all = self.changes.iter();
        let all: Vec<(i64, i64)> = all
            .filter(|(_, change)| change.all != 0)
            .map(|(group_no, change)| (*group_no, change.all))
            .collect();
        count_articles(session, source_id, &all).await?;
        let live = self.changes.iter().filter(|(_, change)| change.live != 0);
        let live: BTreeMap<i64, i64> = live
            .map(|(group_no, change)| (*group_no, change.live))
            .collect();
        count_facets(session, source_id, &live).await
    }
}

/// Returns the query that finds the groups of the source `$1` by the contents in `$2`. It names the index to SQLite, which would
/// otherwise scan all groups of the source for each content.
pub(super) fn by_content(dialect: Dialect) -> String {
    let rows = dialect.identifier_rows("$2");
    let join = dialect.lookup_join();
    let index = dialect.pick("INDEXED BY article_group_by_content", "");
    format!(
        "SELECT g.kind, g.content, g.group_no FROM {rows} {join} article_group g {index}
             ON g.source_id = $1 AND g.content_hash = u.hash AND g.content = u.identifier"
    )
}

/// Changes the numbers of articles of groups.
async fn count_articles(
    session: &dyn Session,
    source_id: SourceId,
    changes: &[(i64, i64)],
) -> Result<()> {
    if session.dialect().pick(true, false) {
        let sql = "UPDATE article_group SET articles = articles + $3 WHERE source_id = $1 AND group_no = $2";
        for (group_no, change) in changes {
            let values = values![source_id, *group_no, *change];
            session.run(sql, &values).await?;
        }
        return Ok(());
    }
    if changes.is_empty() {
        return Ok(());
    }
    // One statement for all of them, where each would wait for the server.
    let sql = "UPDATE article_group SET articles = articles + u.change
         FROM unnest($2::bigint[], $3::bigint[]) u (group_no, change)
         WHERE article_group.source_id = $1 AND article_group.group_no = u.group_no";
    let (group_nos, changes) = changes.iter().copied().unzip();
    let values = [
        source_id.into(),
        Value::Ints(group_nos),
        Value::Ints(changes),
    ];
    session.run(sql, &values).await?;
    Ok(())
}

/// Counts live articles that join or leave groups by the facets of these.
async fn count_facets(
    session: &dyn Session,
    source_id: SourceId,
    live: &BTreeMap<i64, i64>,
) -> Result<()> {
    if live.is_empty() {
        return Ok(());
    }
    let wanted = session.dialect().numbers("$2", "group_no");
    let join = session.dialect().lookup_join();
    let sql = format!(
        "SELECT g.group_no, g.content
         FROM {wanted} {join} article_group g ON g.source_id = $1 AND g.group_no = u.group_no
         WHERE g.kind <> '{CODES}'"
    );
    let values = [
        source_id.into(),
        Value::Ints(live.keys().copied().collect()),
    ];
    let groups: Vec<(i64, String)> = session.all(&sql, &values).await?;
    let mut changes = FacetChanges::default();
    for (group_no, content) in groups {
        let facets: Facets = from_json(&content, "facets of an article")?;
        changes.add(&facets, live.get(&group_no).copied().unwrap_or_default());
    }
    changes.apply(session, source_id).await
}

/// Adds a group, and the values by which it is found.
async fn add(session: &dyn Session, source_id: SourceId, kind: &str, content: &str) -> Result<i64> {
    let sql = "INSERT INTO article_group (source_id, group_no, kind, content, content_hash, articles)
         SELECT CAST($1 AS BIGINT), 1 + coalesce(max(group_no), 0), CAST($2 AS TEXT), CAST($3 AS TEXT), CAST($4 AS BIGINT), 0
         FROM article_group WHERE source_id = $1
         RETURNING group_no";
    let values = values![source_id, kind, content, identifier_hash(content)];
    let group_no: i64 = session.value(sql, &values).await?;
    if kind == FACETS {
        let facets: Facets = from_json(content, "facets of an article")?;
        let values: BTreeSet<(&String, &String)> = facets
            .iter()
            .flat_map(|(kind, values)| values.iter().map(move |value| (kind, value)))
            .collect();
        let sql = "INSERT INTO facet (kind, value_hash, source_id, group_no, value)
             VALUES ($1, $2, $3, $4, $5)";
        for (kind, value) in values {
            let values = values![kind, identifier_hash(value), source_id, group_no, value];
            session.run(sql, &values).await?;
        }
    }
    Ok(group_no)
}

/// Counts an article out of its groups; its row is about to go.
pub(super) async fn leave(
    session: &dyn Session,
    source_id: SourceId,
    left: GroupNumbers,
    was_live: bool,
) -> Result<()> {
    let mut groups = Groups::default();
    for group_no in left {
        let live = if was_live { -1 } else { 0 };
        groups.changes.insert(group_no, Change { all: -1, live });
    }
    groups.save(session, source_id).await
}
