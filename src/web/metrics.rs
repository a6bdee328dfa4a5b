//! Figures for Prometheus.

use std::sync::atomic::AtomicU64;
use std::time::Duration;

use axum::http::StatusCode;
use axum::response::Response;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};
use prometheus_client::registry::Registry;

use crate::openmetrics;

type Labels = Vec<(&'static str, String)>;

/// The metrics.
pub(super) struct Metrics {
    registry: Registry,
    requests: Family<Labels, Counter>,
    seconds: Family<Labels, Histogram>,
    answers: Family<Labels, Counter>,
    records: Counter<u64, AtomicU64>,
    pub(super) connections: Gauge,
}

impl Metrics {
    pub(super) fn new() -> Self {
        let mut registry = Registry::with_prefix("offprint");
        let requests = Family::<Labels, Counter>::default();
        let seconds = Family::<Labels, Histogram>::new_with_constructor(|| {
            Histogram::new(exponential_buckets(0.001, 4.0, 8))
        });
        let answers = Family::<Labels, Counter>::default();
        let records = Counter::<u64, AtomicU64>::default();
        let connections = Gauge::default();
        registry.register(
            "http_requests",
            "Requests, by route and status",
            requests.clone(),
        );
        registry.register(
            "http_request_seconds",
            "Time to answer, by route",
            seconds.clone(),
        );
        registry.register(
            "oai_answers",
            "Answers of the provider, by verb and error",
            answers.clone(),
        );
        registry.register(
            "oai_records",
            "Records and headers handed out",
            records.clone(),
        );
        registry.register("connections", "Open connections", connections.clone());
        Self {
            registry,
            requests,
            seconds,
            answers,
            records,
            connections,
        }
    }

    pub(super) fn request(&self, route: &'static str, status: StatusCode, took: Duration) {
        let status = ("status", status.as_str().to_owned());
        self.requests
            .get_or_create(&vec![("route", route.to_owned()), status])
            .inc();
        self.seconds
            .get_or_create(&vec![("route", route.to_owned())])
            .observe(took.as_secs_f64());
    }

    /// An answer of the provider; only verbs of the protocol are distinguished.
    pub(super) fn answer(&self, verb: Option<&str>, error: Option<&str>, records: usize) {
        const VERBS: [&str; 6] = [
            "GetRecord",
            "Identify",
            "ListIdentifiers",
            "ListMetadataFormats",
            "ListRecords",
            "ListSets",
        ];
        let verb = verb.filter(|verb| VERBS.contains(verb)).unwrap_or("none");
        let error = ("error", error.unwrap_or("none").to_owned());
        self.answers
            .get_or_create(&vec![("verb", verb.to_owned()), error])
            .inc();
        self.records.inc_by(records as u64);
    }
}

/// The route of a path, for labels: what is none of ours is one.
pub(super) fn route(path: &str) -> &'static str {
    const ROUTES: [&str; 14] = [
        "/",
        "/oai",
        "/oai.xsl",
        "/search",
        "/article",
        "/source",
        "/api/sources",
        "/api/search",
        "/api/article",
        "/openapi.json",
        "/report",
        "/style.css",
        "/health",
        "/metrics",
    ];
    ROUTES
        .into_iter()
        .find(|route| *route == path)
        .unwrap_or("other")
}

impl Metrics {
    /// All figures, in the text format of OpenMetrics.
    pub(super) fn response(&self) -> Response {
        openmetrics::answer(&self.registry)
    }
}
