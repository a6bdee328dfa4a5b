//! Figures of a worker, for Prometheus and for the fleet's own account.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use axum::routing::get;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;

use crate::cli::exit::Failure;
use crate::openmetrics;

/// Counters of a worker since its beginning.
#[derive(Clone, Debug, Default)]
pub(super) struct Metrics {
    visits: Counter<u64, AtomicU64>,
    sources: Counter<u64, AtomicU64>,
    records: Counter<u64, AtomicU64>,
    failures: Counter<u64, AtomicU64>,
    lost: Counter<u64, AtomicU64>,
    leases: Gauge,
}

impl Metrics {
    pub(super) fn visited(&self) {
        self.visits.inc();
    }

    pub(super) fn harvested(&self, records: u64) {
        self.sources.inc();
        self.records.inc_by(records);
    }

    pub(super) fn failed(&self) {
        self.failures.inc();
    }

    pub(super) fn lost(&self) {
        self.lost.inc();
    }

    pub(super) fn leases(&self, held: usize) {
        self.leases.set(i64::try_from(held).unwrap_or(i64::MAX));
    }

    pub(super) fn visits(&self) -> u64 {
        self.visits.get()
    }

    pub(super) fn sources(&self) -> u64 {
        self.sources.get()
    }

    pub(super) fn records(&self) -> u64 {
        self.records.get()
    }

    pub(super) fn failures(&self) -> u64 {
        self.failures.get()
    }

    /// Serves them from now on, as long as the process lives.
    pub(super) async fn serve(&self, address: SocketAddr) -> Result<(), Failure> {
        let failed =
            |error: std::io::Error| Failure::config(format!("no metrics at {address}: {error}"));
        let listener = tokio::net::TcpListener::bind(address)
            .await
            .map_err(failed)?;
        let registry = Arc::new(self.registry());
        let routes = axum::Router::new().route(
            "/metrics",
            get(move || {
                let registry = Arc::clone(&registry);
                async move { openmetrics::answer(&registry) }
            }),
        );
        tokio::spawn(async move {
            if let Err(error) = axum::serve(listener, routes).await {
                tracing::warn!(%error, "metrics are no longer served");
            }
        });
        Ok(())
    }

    fn registry(&self) -> Registry {
        let mut registry = Registry::with_prefix("offprint_worker");
        registry.register(
            "visits",
            "Hosts that the worker is done with",
            self.visits.clone(),
        );
        registry.register(
            "sources",
            "Sources harvested, failures included",
            self.sources.clone(),
        );
        registry.register("records", "Records brought", self.records.clone());
        registry.register(
            "failures",
            "Sources of which nothing could be had",
            self.failures.clone(),
        );
        registry.register(
            "leases_lost",
            "Leases that were over before the work was",
            self.lost.clone(),
        );
        registry.register("leases", "Hosts that are leased now", self.leases.clone());
        registry
    }
}
