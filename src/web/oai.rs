//! The provider's route: arguments of GET and POST, validators.

use axum::body::Bytes;
use axum::extract::{RawQuery, State};
use axum::http::header::{
    ACCEPT, CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG, IF_NONE_MATCH, LOCATION,
    VARY,
};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};

use super::app::{App, unavailable};
use crate::report::site_nav;

/// More arguments than any request has.
const MAX_ARGUMENTS: usize = 50;

/// Shows answers to people: a transformation that browsers apply.
const STYLESHEET: &str = include_str!("oai.xsl");

/// The transformation counts as a script. No script is served, and none in an answer may run.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; \
                      frame-ancestors 'none'";

pub(super) async fn stylesheet(State(app): State<App>) -> Response {
    let nav = site_nav(&app.provider.settings().name);
    let kind = (CONTENT_TYPE, "text/xsl; charset=utf-8");
    let body = STYLESHEET.replacen("SITE-NAV", &nav, 1);
    ([kind, (CACHE_CONTROL, "max-age=3600")], body).into_response()
}

pub(super) async fn get(
    State(app): State<App>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Response {
    let query = query.unwrap_or_default();
    // A person who opens the base URL gets the page for people; harvesters do not ask for HTML.
    if query.is_empty() && accepts_html(&headers) {
        return (StatusCode::SEE_OTHER, [(LOCATION, "/"), (VARY, "Accept")]).into_response();
    }
    answer(&app, &headers, arguments(query.as_bytes())).await
}

pub(super) async fn post(
    State(app): State<App>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
    body: Bytes,
) -> Response {
    let kind = headers
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim();
    if !kind.eq_ignore_ascii_case("application/x-www-form-urlencoded") {
        let message = "arguments of a POST come as application/x-www-form-urlencoded (OAI-PMH 2.0, 3.1.1.2)\n";
        return (StatusCode::UNSUPPORTED_MEDIA_TYPE, message).into_response();
    }
    let mut all = arguments(query.unwrap_or_default().as_bytes());
    all.extend(arguments(&body));
    answer(&app, &headers, all).await
}

fn arguments(form: &[u8]) -> Vec<(String, String)> {
    url::form_urlencoded::parse(form)
        .into_owned()
        .take(MAX_ARGUMENTS)
        .collect()
}

fn accepts_html(headers: &HeaderMap) -> bool {
    headers
        .get(ACCEPT)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|accept| accept.contains("text/html"))
}

async fn answer(app: &App, headers: &HeaderMap, arguments: Vec<(String, String)>) -> Response {
    let answer = match app.provider.answer(&arguments).await {
        Ok(answer) => answer,
        Err(error) => return unavailable(&error),
    };
    let verb = arguments
        .iter()
        .find(|(name, _)| name == "verb")
        .map(|(_, value)| value.as_str());
    app.metrics.answer(
        verb,
        answer.error.as_ref().map(crate::oai::ErrorCode::as_str),
        answer.records,
    );
    let etag = answer.etag.map(|hash| format!("W/\"{hash:016x}\""));
    let cache = (CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    let etag_value = etag
        .as_deref()
        .and_then(|etag| HeaderValue::from_str(etag).ok());
    let known = etag.as_deref().is_some_and(|etag| matches(headers, etag));
    let policy = (CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
    let mut response = if known {
        (StatusCode::NOT_MODIFIED, [cache]).into_response()
    } else {
        let kind = (
            CONTENT_TYPE,
            HeaderValue::from_static("text/xml; charset=utf-8"),
        );
        ([kind, cache, policy], answer.xml).into_response()
    };
    if let Some(etag) = etag_value {
        response.headers_mut().insert(ETAG, etag);
    }
    response
}

/// Weak comparison (RFC 9110, 8.8.3.2).
fn matches(headers: &HeaderMap, etag: &str) -> bool {
    let bare = etag.trim_start_matches("W/");
    headers
        .get_all(IF_NONE_MATCH)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .any(|value| {
            value.trim() == "*"
                || value
                    .split(',')
                    .any(|one| one.trim().trim_start_matches("W/") == bare)
        })
}
