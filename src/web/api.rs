//! The same searches as JSON, described by OpenAPI at `/openapi.json`.

use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use super::pages::{self, Article, Search};
use super::view::HITS;
use super::{App, unavailable};
use crate::article::Entry;

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
    /// Articles, the best match first.
    articles: Vec<Entry>,
}

/// A source.
#[derive(Debug, Serialize)]
struct Source {
    name: String,
    title: String,
    set: String,
    base_url: String,
    live: u64,
    deleted: u64,
}

pub(super) async fn sources(State(app): State<App>) -> Response {
    match pages::lines(&app).await {
        Ok(lines) => {
            let sources: Vec<Source> = lines
                .into_iter()
                .map(|(source, counts)| Source {
                    name: source.name,
                    title: source.title,
                    set: source.set,
                    base_url: source.base_url,
                    live: counts.live,
                    deleted: counts.deleted,
                })
                .collect();
            json(StatusCode::OK, &serde_json::json!({ "sources": sources }))
        }
        Err(error) => unavailable(&error),
    }
}

pub(super) async fn search(State(app): State<App>, Query(asked): Query<Search>) -> Response {
    match pages::find(&app, &asked).await {
        Ok((_, hits)) => {
            let results = Results {
                page: hits.page + 1,
                per_page: HITS,
                has_more: hits.more,
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
