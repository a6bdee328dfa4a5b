//! What all routes share.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use tokio::sync::Semaphore;

use super::cached::StaleWhileRevalidate;
use super::metrics::Metrics;
use super::source_lines::Sources;
use crate::provider::{Provider, TtlCache};
use crate::store::{Store, StoreResult, Time};

/// Lifetime of the cached list of sources.
const SOURCES_FRESH: Duration = Duration::from_mins(1);
/// Lifetime of cached statistics.
const REPORT_FRESH: Duration = Duration::from_mins(10);

/// The limits of a server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Connections at the same time; more wait.
    pub connections: usize,
    /// Connections of one client at the same time: for one more, its oldest without a request closes. A client is an
    /// IPv4 address or a /64 network of IPv6.
    pub client_connections: usize,
    /// Longest time to answer a request.
    pub time: Duration,
    /// Longest time to send a request's headers, the wait of an idle connection included.
    pub idle: Duration,
    /// Longest life of a connection, for slow readers too.
    pub life: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: 1024,
            client_connections: 256,
            time: Duration::from_mins(1),
            idle: Duration::from_secs(30),
            life: Duration::from_mins(10),
        }
    }
}

/// The state shared by all routes.
#[derive(Clone)]
pub(super) struct App {
    pub(super) provider: Arc<Provider>,
    pub(super) metrics: Arc<Metrics>,
    pub(super) report: Arc<StaleWhileRevalidate<Arc<str>>>,
    pub(super) sources: Arc<TtlCache<Arc<Sources>>>,
    pub(super) schedule: Option<Arc<dyn Schedule>>,
    /// Places of pages that read articles: each may hold twenty of them, as large as a source writes them.
    pub(super) drawing: Arc<Semaphore>,
}

/// Pages of articles that are drawn at one time.
const MAX_DRAWN: usize = 4;

impl App {
    pub(super) fn new(
        provider: Arc<Provider>,
        schedule: Option<Arc<dyn Schedule>>,
        metrics: Arc<Metrics>,
    ) -> Self {
        Self {
            provider,
            metrics,
            report: Arc::new(StaleWhileRevalidate::new(REPORT_FRESH)),
            sources: Arc::new(TtlCache::new(SOURCES_FRESH)),
            schedule,
            drawing: Arc::new(Semaphore::new(MAX_DRAWN)),
        }
    }
}

/// When sources are harvested next.
#[async_trait]
pub trait Schedule: Send + Sync {
    /// Returns the times of the next attempts, by the names of the sources.
    ///
    /// # Errors
    /// As the store.
    async fn next_attempts(&self, store: &dyn Store) -> StoreResult<HashMap<String, Time>>;
}

/// The store failed; what it said goes to the log, not to the client.
pub(super) fn unavailable(error: &crate::store::StoreError) -> Response {
    if let crate::store::StoreError::Unsupported { what, instead } = error {
        return (StatusCode::NOT_IMPLEMENTED, format!("{what}: {instead}\n")).into_response();
    }
    tracing::error!("{error}");
    let retry = [(axum::http::header::RETRY_AFTER, "60")];
    (
        StatusCode::SERVICE_UNAVAILABLE,
        retry,
        "the store cannot be read at the moment\n",
    )
        .into_response()
}
