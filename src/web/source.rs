//! The pages of a source: its state, years and issues, and the articles of each.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use axum::extract::{Query, State};
use axum::response::{Html, IntoResponse, Response};
use serde::Deserialize;

use super::app::{App, unavailable};
use super::highlight::Highlighter;
use super::hits::{HitPage, hit_page};
use super::pages::{not_found, page_of};
use super::source_lines::Line;
use super::sources::lines;
use super::view::{encoded, form, hit, link, page};
use crate::provider::{Provider, View};
use crate::report::{bdi, esc, failing_paragraph, number};
use crate::store::{ArticleSearch, FacetCounts, ItemNo, StoreResult};

/// Articles on a page.
const ARTICLES: usize = 50;

/// Years that are listed with their issues at once.
const YEARS: usize = 200;

/// What is requested of a source: all of it, one year, or one issue.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct SourceRequest {
    name: String,
    year: String,
    issue: String,
    /// Number of the item after which the list of all articles continues.
    after: String,
    /// Page of a year or issue, from 1.
    page: String,
}

impl SourceRequest {
    /// Returns the facet of the articles that are listed.
    fn facet(&self) -> Option<(&'static str, &str)> {
        [("issue", &self.issue), ("year", &self.year)]
            .into_iter()
            .find(|(_, value)| !value.is_empty())
            .map(|(kind, value)| (kind, value.as_str()))
    }
}

/// A list of articles, and the address where it continues.
struct Listed {
    views: Vec<View>,
    next: Option<String>,
}

pub(super) async fn source(
    State(app): State<App>,
    Query(request): Query<SourceRequest>,
) -> Response {
    let read = async {
        let sources = lines(&app).await?;
        let found = sources.lines.iter();
        let Some(line) = found
            .into_iter()
            .find(|line| line.source.name == request.name)
        else {
            return Ok(None);
        };
        let facets = app
            .provider
            .store()
            .facet_counts(Some(line.source.source_id))
            .await?;
        let listed = list(&app, line, &request).await?;
        Ok(Some(match request.facet() {
            None => whole(&app.provider, line, &facets, &listed),
            Some(facet) => part(&app.provider, line, facet, &facets, &listed),
        }))
    };
    match read.await {
        Ok(Some(page)) => Html(page).into_response(),
        Ok(None) => not_found(State(app)).await,
        Err(error) => unavailable(&error),
    }
}

/// Reads the articles of a page, in the order in which they were first seen.
async fn list(app: &App, line: &Line, request: &SourceRequest) -> StoreResult<Listed> {
    let name = encoded(&line.source.name);
    let Some((kind, value)) = request.facet() else {
        let after = request.after.parse::<i64>().map_or(ItemNo::START, ItemNo);
        let (views, next) = app
            .provider
            .views_after(line.source.source_id, after, ARTICLES)
            .await?;
        let next = next.map(|next| format!("/source?name={name}&amp;after={next}"));
        return Ok(Listed { views, next });
    };
    let page = page_of(&request.page);
    let search = ArticleSearch {
        source_id: Some(line.source.source_id),
        facets: BTreeMap::from([(kind.to_owned(), value.to_owned())]),
        ..ArticleSearch::default()
    };
    let HitPage {
        views, has_more, ..
    } = hit_page(app, search, page, ARTICLES).await?;
    let next = has_more.then(|| {
        let value = encoded(value);
        format!(
            "/source?name={name}&amp;{kind}={value}&amp;page={}",
            page + 2
        )
    });
    Ok(Listed { views, next })
}

/// Draws a source: where it stands, its years and issues, and its articles.
fn whole(provider: &Provider, line: &Line, facets: &FacetCounts, listed: &Listed) -> String {
    let source = &line.source;
    let mut out = form("", Some(&source.name), std::slice::from_ref(source), []);
    if let Some(one) = &line.failing {
        failing_paragraph(&mut out, one);
    }
    let _ = writeln!(
        out,
        "<dl><dt>Address</dt><dd>{}</dd><dt>Set</dt><dd><a href=\"/oai?verb=ListRecords&amp;metadataPrefix=oai_dc&amp;set={}\">\
         <code>{}</code></a></dd><dt>Articles</dt><dd>{}</dd><dt>Withdrawn</dt><dd>{}</dd></dl>",
        link(&source.base_url, &source.base_url),
        encoded(&source.set),
        esc(&source.set),
        number(line.counts.live),
        number(line.counts.deleted),
    );
    years(&mut out, &source.name, facets);
    out.push_str("<h2>Articles</h2>\n");
    articles(&mut out, listed);
    page(provider, &source.title, &out)
}

/// Draws the articles of a year or an issue.
fn part(
    provider: &Provider,
    line: &Line,
    (kind, value): (&str, &str),
    facets: &FacetCounts,
    listed: &Listed,
) -> String {
    let source = &line.source;
    let mut out = format!(
        "<nav aria-label=\"Source\"><ul><li><a href=\"/source?name={}\">{}</a></li></ul></nav>\n",
        encoded(&source.name),
        bdi(&source.title),
    );
    let title = if kind == "year" {
        let issues = issues_by_year(facets).remove(value).unwrap_or_default();
        if !issues.is_empty() {
            out.push_str("<h2>Issues</h2>\n<ul class=\"issues\">");
            for (issue, articles) in &issues {
                issue_link(&mut out, &source.name, issue, *articles);
            }
            out.push_str("</ul>\n<h2>Articles</h2>\n");
        }
        value.to_owned()
    } else {
        issue_name(value)
    };
    articles(&mut out, listed);
    page(provider, &format!("{title} – {}", source.title), &out)
}

fn articles(out: &mut String, listed: &Listed) {
    if listed.views.is_empty() {
        out.push_str("<p>There is no article here.</p>\n");
    }
    out.push_str("<ul class=\"hits\">");
    for view in &listed.views {
        hit(out, view, &Highlighter::default());
    }
    out.push_str("</ul>\n");
    if let Some(next) = &listed.next {
        let _ = writeln!(
            out,
            "<p class=\"turn\"><a rel=\"next\" href=\"{next}\">More articles</a></p>"
        );
    }
}

/// Issues with their articles, by year.
type ByYear = BTreeMap<String, Vec<(String, u64)>>;

fn issues_by_year(facets: &FacetCounts) -> ByYear {
    let mut years = ByYear::new();
    for count in facets.get("issue").into_iter().flatten() {
        let year = count.value.split('|').next().unwrap_or_default();
        let issues = years.entry(year.to_owned()).or_default();
        issues.push((count.value.clone(), count.articles));
    }
    for issues in years.values_mut() {
        issues.sort_by_cached_key(|(issue, _)| std::cmp::Reverse(issue_order(issue)));
    }
    years
}

/// Returns what issues are sorted by: their volume and number, as numbers where they begin with digits.
fn issue_order(issue: &str) -> Vec<(u64, String)> {
    let number = |text: &str| {
        let digits: String = text.chars().take_while(char::is_ascii_digit).collect();
        (digits.parse().unwrap_or(0), text.to_owned())
    };
    issue.split('|').skip(1).map(number).collect()
}

/// Writes the years of a source, the newest first, with the issues of each.
fn years(out: &mut String, name: &str, facets: &FacetCounts) {
    let mut issues = issues_by_year(facets);
    let mut years: BTreeMap<&str, u64> = facets
        .get("year")
        .into_iter()
        .flatten()
        .map(|count| (count.value.as_str(), count.articles))
        .collect();
    for year in issues.keys() {
        years.entry(year).or_default();
    }
    let years: Vec<(String, u64)> = years
        .into_iter()
        .rev()
        .take(YEARS)
        .map(|(year, articles)| (year.to_owned(), articles))
        .collect();
    if years.is_empty() {
        return;
    }
    out.push_str("<h2>Years and issues</h2>\n<dl class=\"years\">\n");
    for (year, articles) in years {
        let _ = match (year.as_str(), articles) {
            ("", _) => write!(out, "<dt>Without a year</dt><dd>"),
            (_, 0) => write!(out, "<dt>{}</dt><dd>", esc(&year)),
            _ => write!(
                out,
                "<dt><a href=\"/source?name={}&amp;year={}\">{}</a> <span class=\"soft\">{}</span></dt><dd>",
                encoded(name),
                encoded(&year),
                esc(&year),
                number(articles)
            ),
        };
        out.push_str("<ul class=\"issues\">");
        for (issue, articles) in issues.remove(&year).unwrap_or_default() {
            issue_link(out, name, &issue, articles);
        }
        out.push_str("</ul></dd>\n");
    }
    out.push_str("</dl>\n");
}

fn issue_link(out: &mut String, name: &str, issue: &str, articles: u64) {
    let _ = write!(
        out,
        "<li><a href=\"/source?name={}&amp;issue={}\">{}</a> <span class=\"soft\">{}</span></li>",
        encoded(name),
        encoded(issue),
        bdi(&numbered(issue)),
        number(articles)
    );
}

/// Returns volume and number of an issue: `Vol. 5 No. 6`.
fn numbered(issue: &str) -> String {
    let mut parts = issue.split('|').skip(1);
    let volume = parts.next().unwrap_or_default();
    let number = parts.next().unwrap_or_default();
    let parts = [("Vol.", volume), ("No.", number)]
        .into_iter()
        .filter(|(_, value)| !value.is_empty())
        .map(|(name, value)| format!("{name} {value}"));
    parts.collect::<Vec<_>>().join(" ")
}

/// Returns the name of an issue, a value of that facet: `Vol. 5 No. 6 (2004)`.
pub(super) fn issue_name(issue: &str) -> String {
    let year = issue.split('|').next().unwrap_or_default();
    let numbered = numbered(issue);
    match (year, &*numbered) {
        ("", _) => numbered,
        (_, "") => year.to_owned(),
        _ => format!("{numbered} ({year})"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::FacetCount;

    #[rstest::rstest]
    #[case("2004|5|6", "Vol. 5 No. 6 (2004)")]
    #[case("2004||6", "No. 6 (2004)")]
    #[case("|5|", "Vol. 5")]
    #[case("2004", "2004")]
    fn issues_are_named(#[case] value: &str, #[case] expected: &str) {
        assert_eq!(issue_name(value), expected);
    }

    #[test]
    fn issues_of_a_year_come_with_the_newest_first() {
        let count = |value: &str| FacetCount {
            value: value.to_owned(),
            articles: 1,
        };
        let issues = ["2004|5|2", "2004|5|10", "2003|4|1", "2004|5|Special"];
        let facets = BTreeMap::from([("issue".to_owned(), issues.map(count).to_vec())]);
        let years = issues_by_year(&facets);
        let names: Vec<&str> = years["2004"].iter().map(|(issue, _)| &**issue).collect();
        assert_eq!(names, ["2004|5|10", "2004|5|2", "2004|5|Special"]);
        assert_eq!(years.len(), 2);
    }
}
