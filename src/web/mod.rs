//! The collection over HTTP: the provider, and pages for people. Read-only.

mod api;
mod app;
mod article;
mod cached;
mod cite;
mod clients;
mod highlight;
mod hits;
mod home;
mod limits;
mod metrics;
mod oai;
mod pages;
mod search;
mod source;
mod source_lines;
mod sources;
mod view;

use std::io;
use std::sync::Arc;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::header::{CONTENT_SECURITY_POLICY, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS};
use axum::http::{HeaderValue, StatusCode};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tower_http::compression::CompressionLayer;
use tower_http::limit::RequestBodyLimitLayer;
use tower_http::timeout::TimeoutLayer;

use crate::provider::Provider;
use app::{App, unavailable};
use metrics::Metrics;

pub use app::{Limits, Schedule};

/// Longest body of a request, bytes: arguments of a POST.
const MAX_BODY: usize = 64 * 1024;

/// Pages load nothing from elsewhere, run no script, and stand in no frame.
const POLICY: &str = "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'; \
                      base-uri 'none'; frame-ancestors 'none'";

/// What is served.
#[derive(Clone)]
pub struct Site {
    /// The provider over the collection.
    pub provider: Arc<Provider>,
    /// When sources are harvested next; without it, pages do not say.
    pub schedule: Option<Arc<dyn Schedule>>,
}

impl From<Arc<Provider>> for Site {
    fn from(provider: Arc<Provider>) -> Self {
        Self {
            provider,
            schedule: None,
        }
    }
}

fn router(site: Site, limits: Limits, metrics: Arc<Metrics>) -> Router {
    let app = App::new(site.provider, site.schedule, metrics);
    let articles = Router::new()
        .route("/search", get(search::search))
        .route("/article", get(pages::article))
        .route("/source", get(source::source))
        .route("/api/search", get(api::search))
        .route("/api/article", get(api::article))
        .route_layer(middleware::from_fn_with_state(app.clone(), take_turns));
    Router::new()
        .merge(articles)
        .route("/oai", get(oai::get).post(oai::post))
        .route("/oai.xsl", get(oai::stylesheet))
        .route("/", get(pages::home))
        .route("/report", get(pages::report))
        .route("/api/sources", get(api::sources))
        .route("/openapi.json", get(api::description))
        .route("/style.css", get(pages::style))
        .route("/icon.svg", get(pages::icon))
        // Browsers ask for it where a page names no icon, as the report does not.
        .route("/favicon.ico", get(pages::icon))
        .route("/health", get(health))
        .route("/metrics", get(show_metrics))
        .fallback(pages::not_found)
        .layer(middleware::from_fn_with_state(app.clone(), observe))
        .layer(TimeoutLayer::with_status_code(
            StatusCode::SERVICE_UNAVAILABLE,
            limits.time,
        ))
        .layer(RequestBodyLimitLayer::new(MAX_BODY))
        .layer(CompressionLayer::new())
        .with_state(app)
}

/// Serves until the token is cancelled, then answers the requests and ends.
///
/// Errors: of the listener.
pub async fn serve(
    listener: TcpListener,
    site: impl Into<Site>,
    limits: Limits,
    stop: CancellationToken,
) -> io::Result<()> {
    let metrics = Arc::new(Metrics::new());
    let router = router(site.into(), limits, Arc::clone(&metrics));
    limits::serve(listener, router, limits, &metrics, stop).await
}

/// Draws few pages of articles at one time, whatever is asked.
async fn take_turns(State(app): State<App>, request: Request, next: Next) -> Response {
    let _turn = app.drawing.acquire().await;
    next.run(request).await
}

/// Counts requests and their time, and sets the headers that every answer has.
async fn observe(State(app): State<App>, request: Request, next: Next) -> Response {
    let route = metrics::route(request.uri().path());
    let begun = std::time::Instant::now();
    let mut response = next.run(request).await;
    app.metrics
        .request(route, response.status(), begun.elapsed());
    let headers = response.headers_mut();
    headers
        .entry(CONTENT_SECURITY_POLICY)
        .or_insert(HeaderValue::from_static(POLICY));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    response
}

async fn show_metrics(State(app): State<App>) -> Response {
    app.metrics.response()
}

/// Reports whether the store is readable.
async fn health(State(app): State<App>) -> Response {
    match app.provider.store().earliest_change().await {
        Ok(_) => "ok\n".into_response(),
        Err(error) => unavailable(&error),
    }
}
