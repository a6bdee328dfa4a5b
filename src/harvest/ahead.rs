//! Asking for the next page while the last is being read: its token stands at the end of the bytes.

use tokio::task::JoinHandle;
use url::Url;

use crate::http::{Client, Credentials, Expect, HttpError, Response};

/// A page that was asked for before it was known to be wanted. Dropped, it is given up.
pub(super) struct Ahead {
    url: Url,
    task: JoinHandle<Result<Response, HttpError>>,
}

impl Ahead {
    /// Asks once, beside what the caller does.
    pub(super) fn start(client: Client, url: Url, credentials: Credentials) -> Self {
        let asked = url.clone();
        let task =
            tokio::spawn(async move { client.get(&asked, Expect::Protocol, &credentials).await });
        Self { url, task }
    }

    /// Returns whether it is the page at this address.
    pub(super) fn is_of(&self, url: &Url) -> bool {
        self.url == *url
    }

    /// Returns the response; `None` if the task ended without one.
    pub(super) async fn answer(mut self) -> Option<Result<Response, HttpError>> {
        (&mut self.task).await.ok()
    }
}

impl Drop for Ahead {
    fn drop(&mut self) {
        self.task.abort();
    }
}
