//! The state that all harvests of a run share.

use std::sync::Arc;

use tokio_util::sync::CancellationToken;

use crate::harvest::Observer;
use crate::http::Client;
use crate::store::{RunNo, Store};

/// Harvests sources into a store.
#[derive(Clone)]
pub struct Harvester {
    /// The store.
    pub store: Arc<dyn Store>,
    /// The client.
    pub client: Client,
    /// The observer of progress.
    pub observer: Arc<dyn Observer>,
    /// Ends the harvest at a page's edge.
    pub cancel: CancellationToken,
    /// The run it is part of.
    pub run_no: RunNo,
}
