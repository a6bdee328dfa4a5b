//! Live articles by facet: counted for each source while articles are derived, and marked in the index of words.

use std::collections::BTreeMap;

use super::convert::json;
use super::fault::Result;
use super::provide::{FacetCount, FacetCounts, Facets};
use super::query::{Value, values};
use super::session::Session;
use super::types::SourceId;

/// Kinds that are counted and searched by.
const KINDS: [&str; 5] = ["issue", "language", "license", "type", "year"];

/// Longest value that is counted, bytes.
const MAX_VALUE: usize = 200;

/// Most values of a kind that are reported.
const MAX_REPORTED: usize = 2000;

/// Returns the values that an article is counted under: primary languages, and licences by name where they have one.
pub(super) fn counted(facets: &Facets) -> impl Iterator<Item = (&'static str, &str)> {
    KINDS.into_iter().flat_map(|kind| {
        let values = facets.get(kind).map_or(&[][..], Vec::as_slice);
        let is_url = |value: &str| value.starts_with("http");
        let has_name = values.iter().any(|value| !is_url(value));
        let wanted = move |value: &&String| {
            let in_kind = match kind {
                "language" => !value.contains('-'),
                "license" => !(has_name && is_url(value)),
                _ => true,
            };
            in_kind && value.len() <= MAX_VALUE
        };
        let values = values.iter().filter(wanted);
        values.map(move |value| (kind, value.as_str()))
    })
}

/// Returns the word by which a facet stands in the index of words: no text has it by chance.
pub(super) fn token(kind: &str, value: &str) -> String {
    let hash = xxhash_rust::xxh3::xxh3_64(format!("{kind}\0{value}").as_bytes());
    format!("{}{:012x}", &kind[..1], hash >> 16)
}

/// Returns the words of all facets that an article is counted under.
pub(super) fn tokens(facets: &Facets) -> Vec<String> {
    counted(facets)
        .map(|(kind, value)| token(kind, value))
        .collect()
}

/// Changes of the counts of a source.
#[derive(Debug, Default)]
pub(super) struct FacetChanges(BTreeMap<(&'static str, String), i64>);

impl FacetChanges {
    /// Counts so many more articles with these facets, or fewer.
    pub(super) fn add(&mut self, facets: &Facets, by: i64) {
        for (kind, value) in counted(facets) {
            *self.0.entry((kind, value.to_owned())).or_default() += by;
        }
    }

    /// Writes the changes.
    pub(super) async fn apply(self, session: &dyn Session, source_id: SourceId) -> Result<()> {
        let changes: Vec<(&str, String, i64)> = self
            .0
            .into_iter()
            .filter(|(_, by)| *by != 0)
            .map(|((kind, value), by)| (kind, value, by))
            .collect();
        if changes.is_empty() {
            return Ok(());
        }
        let rows = session.dialect().json_rows("$2");
        let sql = format!(
            "INSERT INTO facet_count (source_id, kind, value, articles)
             SELECT CAST($1 AS BIGINT), value ->> 0, value ->> 1, CAST(value ->> 2 AS BIGINT) FROM {rows} WHERE true
             ON CONFLICT (source_id, kind, value) DO UPDATE SET articles = facet_count.articles + excluded.articles"
        );
        let values = [source_id.into(), Value::Text(json(&changes)?)];
        session.run(&sql, &values).await?;
        if changes.iter().any(|(.., by)| *by < 0) {
            let sql = "DELETE FROM facet_count WHERE source_id = $1 AND articles <= 0";
            session.run(sql, &values![source_id]).await?;
        }
        Ok(())
    }
}

/// Returns the kept counts of one source, or of all; issues only of one.
pub(super) async fn counts(
    session: &dyn Session,
    source_id: Option<SourceId>,
) -> Result<FacetCounts> {
    let (sql, values) = match source_id {
        Some(source_id) => (
            "SELECT kind, value, articles FROM facet_count WHERE source_id = $1",
            values![source_id].to_vec(),
        ),
        None => (
            "SELECT kind, value, CAST(sum(articles) AS BIGINT) FROM facet_count WHERE kind <> 'issue'
             GROUP BY kind, value",
            Vec::new(),
        ),
    };
    let rows: Vec<(String, String, u64)> = session.all(sql, &values).await?;
    let mut counts = FacetCounts::new();
    for (kind, value, articles) in rows {
        let values = counts.entry(kind).or_default();
        values.push(FacetCount { value, articles });
    }
    sort(&mut counts);
    Ok(counts)
}

/// Counts the values of articles.
#[derive(Debug, Default)]
pub(super) struct Counter(BTreeMap<&'static str, BTreeMap<String, u64>>);

impl Counter {
    pub(super) fn add(&mut self, facets: &Facets, articles: u64) {
        for (kind, value) in counted(facets) {
            let values = self.0.entry(kind).or_default();
            match values.get_mut(value) {
                Some(count) => *count += articles,
                None => {
                    values.insert(value.to_owned(), articles);
                }
            }
        }
    }

    pub(super) fn finish(self) -> FacetCounts {
        let kinds = self.0.into_iter().map(|(kind, values)| {
            let values = values
                .into_iter()
                .map(|(value, articles)| FacetCount { value, articles });
            (kind.to_owned(), values.collect())
        });
        let mut counts = kinds.collect();
        sort(&mut counts);
        counts
    }
}

/// Sorts the values of each kind, the most frequent first.
fn sort(counts: &mut FacetCounts) {
    for values in counts.values_mut() {
        values.sort_by(|a, b| {
            let by_count = b.articles.cmp(&a.articles);
            by_count.then_with(|| a.value.cmp(&b.value))
        });
        values.truncate(MAX_REPORTED);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn facets(pairs: &[(&str, &[&str])]) -> Facets {
        let owned = |values: &[&str]| values.iter().map(ToString::to_string).collect();
        pairs
            .iter()
            .map(|(kind, values)| ((*kind).to_owned(), owned(values)))
            .collect()
    }

    #[test]
    fn counts_languages_by_primary_tag_and_licences_by_name() {
        let own = facets(&[
            ("language", &["pt-BR", "pt"]),
            (
                "license",
                &["https://creativecommons.org/licenses/by/4.0/", "CC BY 4.0"],
            ),
            ("set", &["a"]),
        ]);
        let found: Vec<_> = counted(&own).collect();
        assert_eq!(found, [("language", "pt"), ("license", "CC BY 4.0")]);
        let nameless = facets(&[("license", &["https://example.org/terms"])]);
        assert_eq!(counted(&nameless).count(), 1);
    }

    #[test]
    fn tokens_differ_by_kind_and_value() {
        assert_ne!(token("year", "2004"), token("issue", "2004"));
        assert_ne!(token("year", "2004"), token("year", "2005"));
        assert_eq!(token("year", "2004").len(), 13);
    }
}
