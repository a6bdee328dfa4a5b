//! Routes for people: the first page, one article in all formats, the report.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Query, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{Html, IntoResponse, Response};
use serde::Deserialize;

use super::app::{App, unavailable};
use super::home::{self, Shown};
use super::sources::{lines, next_attempts};
use super::{article, view};
use crate::article::Entry;
use crate::export::{self, EntryRef, Options};
use crate::provider::View;
use crate::report::{CollectionReport, STYLE, html_in_site};
use crate::store::StoreResult;

/// Pages of hits that are turned to.
const MAX_PAGE: usize = 500;
/// Time that a browser waits for a report before it gets a "try again" page.
const PATIENCE: Duration = Duration::from_secs(1);
/// The report is one file with its style inside.
const REPORT_POLICY: &str =
    "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'";

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Home {
    /// Part of the names of the sources that are listed.
    name: String,
    page: String,
}

pub(super) async fn home(State(app): State<App>, Query(asked): Query<Home>) -> Response {
    let name: String = asked.name.chars().take(200).collect();
    let read = async {
        let sources = lines(&app).await?;
        let prefixes = app.provider.prefixes().await?;
        let shown = Shown {
            name: &name,
            page: page_of(&asked.page),
        };
        Ok(home::home(&app.provider, &sources, &shown, &prefixes))
    };
    shown(read.await)
}

/// Returns a page number from 0.
pub(super) fn page_of(text: &str) -> usize {
    text.parse::<usize>().unwrap_or(1).clamp(1, MAX_PAGE) - 1
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
    shown(prefixes.map(|prefixes| article::draw(&app.provider, &view, &prefixes)))
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
    let scheduled = app.clone();
    let make = move || async move {
        let mut figures =
            CollectionReport::read(provider.settings().name.clone(), provider.store()).await?;
        figures.schedule(&next_attempts(&scheduled).await?);
        Ok(html_in_site(&figures).into())
    };
    match app.report.get(PATIENCE, make).await {
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
    ([kind, (CACHE_CONTROL, "max-age=3600")], STYLE).into_response()
}

pub(super) async fn icon() -> Response {
    let kind = (CONTENT_TYPE, "image/svg+xml");
    (
        [kind, (CACHE_CONTROL, "max-age=86400")],
        include_str!("icon.svg"),
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

pub(super) fn shown(page: StoreResult<String>) -> Response {
    match page {
        Ok(page) => Html(page).into_response(),
        Err(error) => unavailable(&error),
    }
}
