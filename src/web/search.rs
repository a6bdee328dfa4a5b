//! Searching: the request, the results, and their page.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use axum::extract::{Query, State};
use axum::response::Response;
use serde::Deserialize;

use super::app::App;
use super::highlight::Highlighter;
use super::hits::{HitPage, hit_page};
use super::pages::{page_of, shown};
use super::view::{encoded, form, hit, page};
use crate::export::language_name;
use crate::provider::{Provider, SourceLine, View};
use crate::report::{bdi, esc, number};
use crate::store::{ArticleSearch, FacetCount, FacetCounts, SourceId, StoreResult};

/// Hits on a page.
pub(super) const HITS: usize = 20;

/// Longest search, characters.
const MAX_WORDS: usize = 500;

/// Values of a filter that are shown at once, and at most.
const VALUES: usize = 8;
const MAX_VALUES: usize = 100;

/// Filters: the parameter, which is the kind of facet, and its name on the page.
const FILTERS: [(&str, &str); 4] = [
    ("year", "Year"),
    ("language", "Language"),
    ("type", "Type"),
    ("license", "Licence"),
];

/// A search as requested.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct SearchRequest {
    pub(super) q: String,
    pub(super) source: String,
    year: String,
    language: String,
    #[serde(rename = "type")]
    kind: String,
    license: String,
    issue: String,
    pub(super) page: String,
}

impl SearchRequest {
    /// Returns the words, as far as they are looked at.
    pub(super) fn words(&self) -> String {
        self.q.chars().take(MAX_WORDS).collect()
    }

    /// Returns the parameters that are set, without the page.
    fn parameters(&self) -> Vec<(&'static str, &str)> {
        let all = [
            ("q", &self.q),
            ("source", &self.source),
            ("year", &self.year),
            ("language", &self.language),
            ("type", &self.kind),
            ("license", &self.license),
            ("issue", &self.issue),
        ];
        all.into_iter()
            .filter(|(_, value)| !value.is_empty())
            .map(|(name, value)| (name, value.as_str()))
            .collect()
    }

    fn value(&self, name: &str) -> &str {
        let parameters = self.parameters();
        let found = parameters.iter().find(|(known, _)| *known == name);
        found.map_or("", |(_, value)| value)
    }

    fn facets(&self) -> BTreeMap<String, String> {
        self.parameters()
            .into_iter()
            .filter(|(name, _)| !matches!(*name, "q" | "source"))
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect()
    }

    /// Returns the address of the same search with one parameter changed; a blank value leaves it out.
    fn link(&self, name: &str, value: &str) -> String {
        let mut out = String::from("/search?");
        let others = self.parameters();
        let others = others.into_iter().filter(|(known, _)| *known != name);
        let changed = Some((name, value)).filter(|(_, value)| !value.is_empty());
        for (n, (name, value)) in others.chain(changed).enumerate() {
            let separator = if n == 0 { "" } else { "&amp;" };
            let _ = write!(out, "{separator}{name}={}", encoded(value));
        }
        out
    }
}

/// The results of a search: those of one page, and the counts of all.
pub(super) struct Results {
    /// From 0.
    pub(super) page: usize,
    pub(super) views: Vec<View>,
    /// True if there is another page.
    pub(super) has_more: bool,
    pub(super) matches: u64,
    /// True if there are more matches than were counted.
    pub(super) is_cut: bool,
    pub(super) facets: FacetCounts,
    /// Sources with matches, those with most first.
    pub(super) sources: Vec<(SourceLine, u64)>,
    /// All sources.
    all_sources: Vec<SourceLine>,
}

/// Searches, for people and for programs.
pub(super) async fn find(app: &App, request: &SearchRequest) -> StoreResult<Results> {
    let page = page_of(&request.page);
    let sources = app.provider.sources().await?;
    let source_id = Some(request.source.as_str()).filter(|name| !name.is_empty());
    let source_id = source_id.map(|name| {
        let found = sources.iter().find(|one| one.name == name);
        found.map_or(SourceId::START, |one| one.source_id)
    });
    let search = ArticleSearch {
        words: request.words(),
        source_id,
        facets: request.facets(),
        ..ArticleSearch::default()
    };
    let HitPage {
        hits,
        views,
        has_more,
    } = hit_page(app, search, page, HITS).await?;
    let mut of_sources: Vec<(SourceLine, u64)> = hits
        .sources
        .into_iter()
        .filter_map(|(source_id, count)| {
            let line = sources.iter().find(|line| line.source_id == source_id)?;
            Some((line.clone(), count))
        })
        .collect();
    of_sources.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    Ok(Results {
        page,
        views,
        has_more,
        matches: hits.matches,
        is_cut: hits.is_cut,
        facets: hits.facets,
        sources: of_sources,
        all_sources: sources,
    })
}

pub(super) async fn search(
    State(app): State<App>,
    Query(request): Query<SearchRequest>,
) -> Response {
    let read = async {
        let results = find(&app, &request).await?;
        Ok(draw(&app.provider, &request, &results))
    };
    shown(read.await)
}

fn draw(provider: &Provider, request: &SearchRequest, results: &Results) -> String {
    let sources = &results.all_sources;
    let kept = request.parameters();
    let kept = kept
        .into_iter()
        .filter(|(name, _)| !matches!(*name, "q" | "source"));
    let mut out = form(&request.words(), Some(&request.source), sources, kept);
    chosen(&mut out, sources, request);
    out.push_str("<div class=\"with-filters\">\n<div>\n");
    let is_search = !request.facets().is_empty() || !request.words().trim().is_empty();
    if is_search {
        summary(&mut out, results);
        hits(&mut out, request, results);
    } else {
        out.push_str(
            "<p>Search for words of titles, keywords and names, or choose a filter.</p>\n",
        );
    }
    out.push_str("</div>\n");
    filters(&mut out, request, results);
    out.push_str("</div>\n");
    page(provider, "Search", &out)
}

fn summary(out: &mut String, results: &Results) {
    let matches = number(results.matches);
    let _ = match results.matches {
        0 => writeln!(
            out,
            "<p>Nothing was found. Try fewer words, or the beginning of the last one.</p>"
        ),
        _ if results.is_cut => writeln!(
            out,
            "<p>More than {matches} articles. These are the best of the first {matches}; the counts are theirs. Add a \
             word or a filter.</p>"
        ),
        1 => writeln!(out, "<p>1 article</p>"),
        _ => writeln!(out, "<p>{matches} articles</p>"),
    };
    out.push_str("<p class=\"to-filters\"><a href=\"#filters\">Filters</a></p>\n");
}

fn hits(out: &mut String, request: &SearchRequest, results: &Results) {
    let words = Highlighter::new(&request.words());
    let first = results.page * HITS + 1;
    let _ = writeln!(out, "<ol class=\"hits\" start=\"{first}\">");
    for view in &results.views {
        hit(out, view, &words);
    }
    out.push_str("</ol>\n<p class=\"turn\">");
    let mut turn = |page: usize, rel: &str, text: &str| {
        let _ = write!(
            out,
            "<a rel=\"{rel}\" href=\"{}\">{text}</a> ",
            request.link("page", &(page + 1).to_string())
        );
    };
    if results.page > 0 {
        turn(results.page - 1, "prev", "Previous");
    }
    if results.has_more {
        turn(results.page + 1, "next", "Next");
    }
    out.push_str("</p>\n");
}

/// Writes the filters that are in force, each with a way to leave it.
fn chosen(out: &mut String, sources: &[SourceLine], request: &SearchRequest) {
    let names = [("source", "Source"), ("issue", "Issue")]
        .into_iter()
        .chain(FILTERS)
        .filter(|(name, _)| !request.value(name).is_empty());
    let mut names = names.peekable();
    if names.peek().is_none() {
        return;
    }
    out.push_str("<ul class=\"chosen\" aria-label=\"Filters in force\">");
    for (name, label) in names {
        let value = request.value(name);
        let shown = match name {
            "source" => {
                let found = sources.iter().find(|source| source.name == value);
                found.map_or_else(|| value.to_owned(), |source| source.title.clone())
            }
            "issue" => super::source::issue_name(value),
            _ => facet_name(name, value),
        };
        let _ = write!(
            out,
            "<li>{label}: {} <a href=\"{}\" aria-label=\"Remove the filter {label}\">×</a></li>",
            bdi(&shown),
            request.link(name, "")
        );
    }
    out.push_str("</ul>\n");
}

fn filters(out: &mut String, request: &SearchRequest, results: &Results) {
    out.push_str("<nav class=\"filters\" id=\"filters\" aria-label=\"Filters\">\n");
    if request.source.is_empty() && results.sources.len() > 1 {
        let sources = results.sources.iter().map(|(source, articles)| {
            let link = request.link("source", &source.name);
            (link, source.title.clone(), *articles)
        });
        filter(out, "Source", sources);
    }
    for (kind, label) in FILTERS {
        if !request.value(kind).is_empty() {
            continue;
        }
        let mut values: Vec<&FacetCount> = results.facets.get(kind).into_iter().flatten().collect();
        if kind == "year" {
            values.sort_by(|a, b| b.value.cmp(&a.value));
        }
        let values = values.into_iter().map(|count| {
            let link = request.link(kind, &count.value);
            (link, facet_name(kind, &count.value), count.articles)
        });
        filter(out, label, values);
    }
    out.push_str("</nav>\n");
}

/// Writes one filter: the address, name and number of articles of each value.
fn filter(out: &mut String, label: &str, values: impl Iterator<Item = (String, String, u64)>) {
    let items: Vec<String> = values
        .take(MAX_VALUES)
        .map(|(link, name, articles)| {
            format!(
                "<li><a href=\"{link}\">{}</a> <span class=\"soft\">{}</span></li>\n",
                bdi(&name),
                number(articles)
            )
        })
        .collect();
    if items.is_empty() {
        return;
    }
    let (first, more) = items.split_at(items.len().min(VALUES));
    let _ = write!(
        out,
        "<details open=\"open\"><summary>{}</summary>\n<ul>\n{}</ul>\n",
        esc(label),
        first.concat()
    );
    if !more.is_empty() {
        let _ = write!(
            out,
            "<details class=\"more\"><summary>{} more</summary>\n<ul>\n{}</ul>\n</details>\n",
            more.len(),
            more.concat()
        );
    }
    out.push_str("</details>\n");
}

/// Returns a value as people read it.
pub(super) fn facet_name(kind: &str, value: &str) -> String {
    match kind {
        "language" => language_name(value).unwrap_or_else(|| value.to_owned()),
        _ => value.to_owned(),
    }
}
