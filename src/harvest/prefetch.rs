//! Requests for the next page while the last one is being read: its token stands at the end of the bytes.

use tokio::task::JoinHandle;
use url::Url;

use crate::http::{Client, Credentials, Expect, HttpError, Response};

/// A page that is requested before it is known to be wanted. Dropping it cancels the request.
pub(super) struct Prefetch {
    url: Url,
    task: JoinHandle<Result<Response, HttpError>>,
}

impl Prefetch {
    /// Sends one request, without waiting for its response.
    pub(super) fn start(client: Client, url: Url, credentials: Credentials) -> Self {
        let requested = url.clone();
        let task =
            tokio::spawn(
                async move { client.get(&requested, Expect::Protocol, &credentials).await },
            );
        Self { url, task }
    }

    /// Returns whether it is the page at this address.
    pub(super) fn is_of(&self, url: &Url) -> bool {
        self.url == *url
    }

    /// Returns the response; `None` if the task ended without one.
    pub(super) async fn response(mut self) -> Option<Result<Response, HttpError>> {
        (&mut self.task).await.ok()
    }
}

impl Drop for Prefetch {
    fn drop(&mut self) {
        self.task.abort();
    }
}
