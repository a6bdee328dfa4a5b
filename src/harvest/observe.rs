//! Watching a harvest while it runs.

/// Notified of a harvest as it runs, from any of its tasks; it must not block.
pub trait Observer: Send + Sync {
    /// A source is begun.
    fn source_started(&self, name: &str);

    /// The URL given is not that of an endpoint, and the endpoint at this one is used instead.
    fn endpoint_found(&self, _name: &str, _url: &str) {}

    /// A page was written: `seen` records of this source so far, of `total` where the server promises one.
    fn page(&self, name: &str, seen: u64, total: Option<u64>);

    /// The harvest waits: `why` says what is waited for.
    fn waiting(&self, name: &str, seconds: f64, why: &str);

    /// A source is done; `summary` is one line for people.
    fn source_done(&self, name: &str, summary: &str);
}

/// Watches nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoObserver;

impl Observer for NoObserver {
    fn source_started(&self, _name: &str) {}

    fn page(&self, _name: &str, _seen: u64, _total: Option<u64>) {}

    fn waiting(&self, _name: &str, _seconds: f64, _why: &str) {}

    fn source_done(&self, _name: &str, _summary: &str) {}
}
