//! Routes for people: sources, search, one article in all formats, the report.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Query, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{Html, IntoResponse, Response};
use serde::Deserialize;

use super::cached::StaleWhileRevalidate;
use super::view::{self, Found, HITS};
use super::{App, home, unavailable};
use crate::article::Entry;
use crate::export::{self, EntryRef, Options};
use crate::provider::{SourceLine, TtlCache, View};
use crate::report::{CollectionReport, html};
use crate::store::{Counts, ItemNo, SourceId, StoreResult};

/// Longest search, characters.
const MAX_WORDS: usize = 500;
/// Pages of hits that are turned to.
const MAX_PAGE: usize = 500;
/// Lifetime of cached statistics.
const FRESH: Duration = Duration::from_mins(10);
/// Time that a browser waits for a report before it gets a "try again" page.
const PATIENCE: Duration = Duration::from_secs(1);
/// The report is one file with its style inside.
const REPORT_POLICY: &str =
    "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'";

/// Sources with their counts.
type Lines = Vec<(SourceLine, Counts)>;

/// Figures that take a while: made by one for all.
pub(super) struct Report {
    page: Arc<StaleWhileRevalidate<Arc<str>>>,
    counts: TtlCache<Lines>,
}

impl Default for Report {
    fn default() -> Self {
        Self {
            page: Arc::new(StaleWhileRevalidate::new(FRESH)),
            counts: TtlCache::new(FRESH / 10),
        }
    }
}

/// Returns the sources with their counts, by name.
pub(super) async fn lines(app: &App) -> StoreResult<Lines> {
    let count = async || {
        let mut lines = Vec::new();
        for source in app.provider.sources().await? {
            let counts = app.provider.store().counts(source.source_id).await?;
            lines.push((source, counts));
        }
        Ok(lines)
    };
    app.report.counts.get(count).await
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Home {
    /// Part of the names of the sources that are listed.
    name: String,
    page: String,
}

pub(super) async fn home(State(app): State<App>, Query(asked): Query<Home>) -> Response {
    let read = async { Ok((lines(&app).await?, app.provider.prefixes().await?)) };
    let name: String = asked.name.chars().take(200).collect();
    let page = page_of(&asked.page);
    shown(
        read.await
            .map(|(sources, prefixes)| home::home(&app.provider, &sources, &name, page, &prefixes)),
    )
}

/// Returns a page number from 0.
fn page_of(text: &str) -> usize {
    text.parse::<usize>().unwrap_or(1).clamp(1, MAX_PAGE) - 1
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct SourceQuery {
    name: String,
    /// Number of the item after which the list continues.
    after: String,
}

/// A source, with its articles in the order in which they were first seen.
pub(super) async fn source(State(app): State<App>, Query(asked): Query<SourceQuery>) -> Response {
    let after = asked.after.parse::<i64>().map_or(ItemNo::START, ItemNo);
    let read = async {
        let found = lines(&app).await?.into_iter();
        let Some((source, counts)) = found.into_iter().find(|(line, _)| line.name == asked.name)
        else {
            return Ok(None);
        };
        let (views, next) = app
            .provider
            .views_after(source.source_id, after, home::ARTICLES)
            .await?;
        Ok(Some((source, counts, views, next)))
    };
    match read.await {
        Ok(Some((source, counts, views, next))) => {
            Html(home::source(&app.provider, &source, counts, &views, next)).into_response()
        }
        Ok(None) => not_found(State(app)).await,
        Err(error) => unavailable(&error),
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Search {
    q: String,
    source: String,
    page: String,
}

/// The hits of one page.
pub(super) struct Hits {
    /// From 0.
    pub(super) page: usize,
    pub(super) views: Vec<View>,
    /// True if there is another page.
    pub(super) more: bool,
}

/// Searches, for people and for programs.
pub(super) async fn find(app: &App, asked: &Search) -> StoreResult<(Vec<SourceLine>, Hits)> {
    let words: String = asked.q.chars().take(MAX_WORDS).collect();
    let source = Some(&*asked.source).filter(|name| !name.is_empty());
    let page = page_of(&asked.page);
    let sources = app.provider.sources().await?;
    let source_id = source.map(|name| {
        sources
            .iter()
            .find(|one| one.name == name)
            .map_or(SourceId::START, |one| one.source_id)
    });
    let store = app.provider.store();
    let mut keys = store
        .search(&words, source_id, page * HITS, HITS + 1)
        .await?;
    let more = keys.len() > HITS;
    keys.truncate(HITS);
    let mut views = Vec::new();
    for key in keys {
        views.extend(app.provider.view_at(key).await?);
    }
    Ok((sources, Hits { page, views, more }))
}

pub(super) async fn search(State(app): State<App>, Query(asked): Query<Search>) -> Response {
    let words: String = asked.q.chars().take(MAX_WORDS).collect();
    let source = Some(&*asked.source).filter(|name| !name.is_empty());
    let found = find(&app, &asked).await.map(|(sources, hits)| {
        let found = Found {
            words: &words,
            source,
            page: hits.page,
            hits: hits.views,
            more: hits.more,
        };
        view::search(&app.provider, &sources, &found)
    });
    shown(found)
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Article {
    pub(super) identifier: String,
    format: String,
}

pub(super) async fn article(State(app): State<App>, Query(asked): Query<Article>) -> Response {
    let view = match app.provider.view(&asked.identifier).await {
        Ok(Some(view)) => view,
        Ok(None) => return not_found(State(app)).await,
        Err(error) => return unavailable(&error),
    };
    if !asked.format.is_empty() {
        return match in_format(&view, &asked.format) {
            Some(response) => response,
            None => not_found(State(app)).await,
        };
    }
    let prefixes = app.provider.prefixes_of(&view.identifier).await;
    shown(prefixes.map(|prefixes| view::article(&app.provider, &view, &prefixes)))
}

/// The article as one file of an export format; `None` for a format that is not known, or has no form for it.
fn in_format(view: &View, name: &str) -> Option<Response> {
    let exporter = export::exporter(name, &Options::default()).ok()?;
    let Entry::Live(article) = &view.entry else {
        return None;
    };
    let mut body = Vec::new();
    let entry = EntryRef::new(&view.entry, &view.item);
    if !exporter.document(entry, &mut body).ok()?.is_written() {
        return None;
    }
    let info = exporter.info();
    let kind = info.media_type;
    let kind = if kind.contains("xml") || kind.contains("json") {
        kind.to_owned()
    } else {
        format!("{kind}; charset=utf-8")
    };
    let file = format!("inline; filename=\"{}.{}\"", article.id, info.extension);
    let headers = [
        (CONTENT_TYPE, HeaderValue::from_str(&kind).ok()?),
        (CONTENT_DISPOSITION, HeaderValue::from_str(&file).ok()?),
    ];
    Some((headers, body).into_response())
}

/// The report is made once for all who ask within some minutes; after that they see it while the next one is made.
pub(super) async fn report(State(app): State<App>) -> Response {
    let provider = Arc::clone(&app.provider);
    let make = move || async move {
        let figures =
            CollectionReport::read(provider.settings().name.clone(), provider.store()).await?;
        Ok(html(&figures).into())
    };
    match app.report.page.get(PATIENCE, make).await {
        Ok(Some(page)) => {
            let policy = ("content-security-policy", REPORT_POLICY);
            ([policy], Html(page.to_string())).into_response()
        }
        Ok(None) => {
            let content =
                "<p>The figures are being counted; this page comes again by itself.</p>\n";
            let page = view::page(&app.provider, "Report", content);
            (StatusCode::ACCEPTED, [("refresh", "5")], Html(page)).into_response()
        }
        Err(error) => unavailable(&error),
    }
}

pub(super) async fn style() -> Response {
    let kind = (CONTENT_TYPE, "text/css; charset=utf-8");
    (
        [kind, (CACHE_CONTROL, "max-age=3600")],
        include_str!("style.css"),
    )
        .into_response()
}

pub(super) async fn not_found(State(app): State<App>) -> Response {
    let content = "<p>Page not found. Go to the <a href=\"/\">list of sources</a>.</p>\n";
    (
        StatusCode::NOT_FOUND,
        Html(view::page(&app.provider, "Not found", content)),
    )
        .into_response()
}

fn shown(page: StoreResult<String>) -> Response {
    match page {
        Ok(page) => Html(page).into_response(),
        Err(error) => unavailable(&error),
    }
}
