//! The table `[notify]` of the configuration: who hears of sources that begin to fail.

use serde::{Deserialize, Serialize};
use url::Url;

use crate::cli::values::Secret;

/// Receivers of messages about sources that begin to fail, and that answer again.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct NotifyConfig {
    /// URL to which JSON is posted; it may hold a secret.
    pub webhook: Option<Secret>,
    /// Command that reads a message on its standard input.
    pub command: Option<String>,
}

impl NotifyConfig {
    /// Returns the URL of the webhook.
    ///
    /// # Errors
    /// The fault of the URL, without the URL.
    pub fn url(&self) -> Result<Option<Url>, String> {
        let Some(webhook) = &self.webhook else {
            return Ok(None);
        };
        match Url::parse(webhook.reveal()) {
            Ok(url) if matches!(url.scheme(), "https" | "http") => Ok(Some(url)),
            Ok(_) => Err("the webhook is an http or https URL".to_owned()),
            Err(error) => Err(format!("invalid webhook: {error}")),
        }
    }
}
