//! Searching the catalog by words and facets: the same steps for both engines, each with the query of its own index.

use std::collections::BTreeMap;

use super::convert::{from_json, json};
use super::error::StoreError;
use super::facets::{Counter, counts, token};
use super::fault::Result;
use super::location::SearchIndex;
use super::provide::{ArticleSearch, FacetCounts, Facets, MOST_ASKED, SearchHits};
use super::query::{Column, FromRow, Row, Value, values};
use super::session::Session;
use super::types::{ItemKey, ItemNo, SourceId};

/// Most matches that are counted and ranked.
pub(super) const MOST_MATCHES: usize = 20_000;

/// Key of the setting of what is in the index.
const INDEX: &str = "search";

/// Row of SQLite's index of words for an item.
pub(super) fn text_row(source_id: SourceId, item_no: ItemNo) -> i64 {
    (source_id.0 << 40) + item_no.0
}

pub(super) async fn search(session: &dyn Session, search: &ArticleSearch) -> Result<SearchHits> {
    let query = session
        .dialect()
        .pick(fts_query(search), super::words::query(search));
    let Some(query) = query else {
        return Ok(SearchHits {
            facets: counts(session, search.source_id).await?,
            ..SearchHits::default()
        });
    };
    if index(session).await? == SearchIndex::None {
        let off = StoreError::Unsupported {
            what: "search is switched off in this store".to_owned(),
            instead: "set search = \"words\" in the configuration file, and start `offprint serve` again",
        };
        return Err(off.into());
    }
    let mut found = matches(session, search, &query).await?;
    let is_cut = found.len() > MOST_MATCHES;
    found.truncate(MOST_MATCHES);
    let items = if search.words.trim().is_empty() {
        let page = found.iter().skip(search.skip).take(search.limit);
        page.copied().collect()
    } else {
        let last = found.last().copied().filter(|_| is_cut);
        ranked(session, search, &query, last).await?
    };
    let mut sources: BTreeMap<SourceId, u64> = BTreeMap::new();
    for item in &found {
        *sources.entry(item.source_id).or_default() += 1;
    }
    Ok(SearchHits {
        items,
        matches: found.len() as u64,
        is_cut,
        sources: sources.into_iter().collect(),
        facets: count(session, &found).await?,
    })
}

/// One row of the index of words.
struct Match(ItemKey);

impl FromRow for Match {
    fn from_row(row: &dyn Row) -> Result<Self> {
        if row.columns() > 1 {
            return ItemKey::from_row(row).map(Self);
        }
        let number: i64 = Column::read(row, 0)?;
        Ok(Self(ItemKey {
            source_id: SourceId(number >> 40),
            item_no: ItemNo(number & ((1 << 40) - 1)),
        }))
    }
}

/// The condition of a search on the index of words: `$1` is the query, `$2` and `$3` are bounds, both inclusive.
fn chosen(
    session: &dyn Session,
    search: &ArticleSearch,
    query: &str,
    last: Option<ItemKey>,
) -> (&'static str, Vec<Value>) {
    let (first, end) = match search.source_id {
        Some(source_id) => (source_id, source_id),
        None => (SourceId::START, SourceId(i64::MAX >> 40)),
    };
    session.dialect().pick(
        {
            let end = last.map_or_else(
                || text_row(end, ItemNo((1 << 40) - 1)),
                |last| text_row(last.source_id, last.item_no),
            );
            let first = text_row(first, ItemNo::START);
            (
                "FROM article_text WHERE article_text MATCH $1 AND rowid >= $2 AND rowid <= $3",
                values![query, first, end].to_vec(),
            )
        },
        (
            "FROM article_text WHERE words @@ CAST($1 AS text)::tsquery AND source_id >= $2 AND source_id <= $3",
            values![query, first, end].to_vec(),
        ),
    )
}

/// Returns the matches in the order of their sources; one more than are looked at where there are more.
async fn matches(
    session: &dyn Session,
    search: &ArticleSearch,
    query: &str,
) -> Result<Vec<ItemKey>> {
    let (from, mut values) = chosen(session, search, query, None);
    let columns = session.dialect().pick("rowid", "source_id, item_no");
    values.push((MOST_MATCHES + 1).into());
    let sql = format!("SELECT {columns} {from} LIMIT $4");
    let found: Vec<Match> = session.all(&sql, &values).await?;
    let mut found: Vec<ItemKey> = found.into_iter().map(|found| found.0).collect();
    found.sort_unstable();
    Ok(found)
}

/// Returns one page of the matches, the best first; titles weigh more than names, and those more than abstracts.
async fn ranked(
    session: &dyn Session,
    search: &ArticleSearch,
    query: &str,
    last: Option<ItemKey>,
) -> Result<Vec<ItemKey>> {
    let (from, mut values) = chosen(session, search, query, last);
    values.extend(values![search.limit, search.skip, MOST_MATCHES]);
    let sql = session.dialect().pick(
        format!(
            "SELECT rowid {from} AND $6 > 0
             ORDER BY bm25(article_text, 4.0, 2.0, 2.0, 1.0, 0.0), rowid LIMIT $4 OFFSET $5"
        ),
        format!(
            "SELECT source_id, item_no FROM (SELECT source_id, item_no, words {from} LIMIT $6) t
             ORDER BY ts_rank(words, CAST($1 AS text)::tsquery, 1) DESC, source_id, item_no LIMIT $4 OFFSET $5"
        ),
    );
    let found: Vec<Match> = session.all(&sql, &values).await?;
    Ok(found.into_iter().map(|found| found.0).collect())
}

/// Counts the facets of articles.
async fn count(session: &dyn Session, items: &[ItemKey]) -> Result<FacetCounts> {
    let keys: Vec<[i64; 2]> = items
        .iter()
        .map(|item| [item.source_id.0, item.item_no.0])
        .collect();
    let rows = session.dialect().json_rows("$1");
    let join = session.dialect().lookup_join();
    let sql = format!(
        "SELECT f.content, count(*) FROM {rows} j {join} article a
             ON a.source_id = CAST(j.value ->> 0 AS BIGINT) AND a.item_no = CAST(j.value ->> 1 AS BIGINT)
         {join} article_group f ON f.source_id = a.source_id AND f.group_no IN (a.facets_no, a.issue_no)
         WHERE NOT a.deleted GROUP BY f.source_id, f.group_no, f.content"
    );
    let mut counter = Counter::default();
    session
        .each(&sql, &[Value::Text(json(&keys)?)], &mut |row| {
            let facets: Facets = from_json(row.str(0)?, "facets of an article")?;
            counter.add(&facets, row.get(1)?);
            Ok(())
        })
        .await?;
    Ok(counter.finish())
}

/// Returns a search for FTS5: each word as a string, without operators; the last may be the beginning of one.
fn fts_query(search: &ArticleSearch) -> Option<String> {
    let mut words = search
        .words
        .split_whitespace()
        .filter(|word| word.chars().any(char::is_alphanumeric))
        .take(MOST_ASKED)
        .map(|word| format!("\"{}\"", word.replace('"', "\"\"").replace('\0', " ")))
        .collect::<Vec<_>>()
        .join(" ");
    if !words.is_empty() {
        words = format!("{{title name number summary}} : ({words}*)");
    }
    let facets = search
        .facets
        .iter()
        .map(|(kind, value)| format!("facet : \"{}\"", token(kind, value)));
    let parts: Vec<String> = Some(words)
        .filter(|words| !words.is_empty())
        .into_iter()
        .chain(facets)
        .collect();
    (!parts.is_empty()).then(|| parts.join(" AND "))
}

/// Returns what is put into the index.
pub(super) async fn index(session: &dyn Session) -> Result<SearchIndex> {
    Ok(setting(session).await?.unwrap_or_default())
}

/// Returns what is wanted in the index; `None` of a store of which nothing was said yet.
pub(super) async fn setting(session: &dyn Session) -> Result<Option<SearchIndex>> {
    let sql = "SELECT value FROM meta WHERE key = $1";
    let value: Option<String> = session.find(sql, &values![INDEX]).await?;
    let setting = value.map(|value| from_json(&value, "what searches find"));
    Ok(setting.transpose()?)
}

/// Sets what is put into the index. Where that changes, the index is made again with the next derivation, and
/// derivations under way, whose texts are made for another one, are over.
pub(super) async fn set_index(session: &dyn Session, wanted: SearchIndex) -> Result<()> {
    if setting(session).await? == Some(wanted) {
        return Ok(());
    }
    let sql = "INSERT INTO meta (key, value) VALUES ($1, $2)
         ON CONFLICT (key) DO UPDATE SET value = excluded.value";
    session.run(sql, &values![INDEX, json(&wanted)?]).await?;
    let clear = session.dialect().pick(
        "INSERT INTO article_text (article_text) VALUES ('delete-all')",
        "DELETE FROM article_text",
    );
    session.run(clear, &[]).await?;
    if wanted != SearchIndex::None {
        let again = "UPDATE source SET derivation = NULL";
        session.run(again, &[]).await?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_and_facets_are_one_query() {
        let search = ArticleSearch {
            words: "caspian \"oil".to_owned(),
            facets: [("year".to_owned(), "2004".to_owned())].into(),
            ..ArticleSearch::default()
        };
        let query = fts_query(&search).unwrap();
        assert!(
            query.starts_with(
                "{title name number summary} : (\"caspian\" \"\"\"oil\"*) AND facet : \"y"
            ),
            "{query}"
        );
        assert_eq!(fts_query(&ArticleSearch::default()), None);
    }
}
