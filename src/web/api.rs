//! The same searches as JSON, described by OpenAPI at `/openapi.json`.

use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use super::app::{App, unavailable};
use super::pages::Article;
use super::search::{HITS, SearchRequest, find};
use super::sources::lines;
use crate::article::Entry;
use crate::report::FailingSource;
use crate::store::{FacetCount, FacetCounts};
use crate::values::DisplaySafeUrl;

/// The description of this interface.
const OPENAPI: &str = include_str!("openapi.json");

/// Results of a search.
#[derive(Debug, Serialize)]
struct Results {
    /// The page, from 1.
    page: usize,
    /// Articles on a page.
    per_page: usize,
    /// True if there is another page.
    has_more: bool,
    /// Matches; where `is_cut`, those that were counted and ranked.
    matches: u64,
    /// True if there are more matches than were counted.
    is_cut: bool,
    /// Matches by facet.
    facets: Facets,
    /// Articles, the best match first.
    articles: Vec<Entry>,
}

/// Matches by facet, the most frequent values first.
#[derive(Debug, Default, Serialize)]
struct Facets {
    source: Vec<FacetCount>,
    year: Vec<FacetCount>,
    language: Vec<FacetCount>,
    r#type: Vec<FacetCount>,
    license: Vec<FacetCount>,
}

impl Facets {
    fn new(mut facets: FacetCounts, sources: Vec<FacetCount>) -> Self {
        let mut values = |kind: &str| facets.remove(kind).unwrap_or_default();
        Self {
            source: sources,
            year: values("year"),
            language: values("language"),
            r#type: values("type"),
            license: values("license"),
        }
    }
}

/// A source.
#[derive(Debug, Serialize)]
struct Source {
    name: String,
    title: String,
    set: String,
    base_url: DisplaySafeUrl,
    live: u64,
    deleted: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    failing: Option<FailingSource>,
}

pub(super) async fn sources(State(app): State<App>) -> Response {
    match lines(&app).await {
        Ok(sources) => {
            let sources: Vec<Source> = sources
                .lines
                .iter()
                .map(|line| Source {
                    name: line.source.name.clone(),
                    title: line.source.title.clone(),
                    set: line.source.set.clone(),
                    base_url: line.source.base_url.clone(),
                    live: line.counts.live,
                    deleted: line.counts.deleted,
                    failing: line.failing.clone(),
                })
                .collect();
            json(StatusCode::OK, &serde_json::json!({ "sources": sources }))
        }
        Err(error) => unavailable(&error),
    }
}

pub(super) async fn search(State(app): State<App>, Query(asked): Query<SearchRequest>) -> Response {
    match find(&app, &asked).await {
        Ok(hits) => {
            let sources = hits
                .sources
                .into_iter()
                .map(|(source, articles)| FacetCount {
                    value: source.name,
                    articles,
                });
            let results = Results {
                page: hits.page + 1,
                per_page: HITS,
                has_more: hits.has_more,
                matches: hits.matches,
                is_cut: hits.is_cut,
                facets: Facets::new(hits.facets, sources.collect()),
                articles: hits.views.into_iter().map(|view| view.entry).collect(),
            };
            json(StatusCode::OK, &results)
        }
        Err(error) => unavailable(&error),
    }
}

pub(super) async fn article(State(app): State<App>, Query(asked): Query<Article>) -> Response {
    match app.provider.view(&asked.identifier).await {
        Ok(Some(view)) => json(StatusCode::OK, &view.entry),
        Ok(None) => {
            let error = serde_json::json!({ "error": "no article has this identifier" });
            json(StatusCode::NOT_FOUND, &error)
        }
        Err(error) => unavailable(&error),
    }
}

fn json(status: StatusCode, value: &impl Serialize) -> Response {
    match serde_json::to_vec(value) {
        Ok(body) => (status, [(CONTENT_TYPE, "application/json")], body).into_response(),
        Err(error) => {
            tracing::error!("{error}");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

pub(super) async fn description() -> Response {
    ([(CONTENT_TYPE, "application/json")], OPENAPI).into_response()
}
