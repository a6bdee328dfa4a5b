//! Settings of a snapshot.

use crate::export::jats::JatsOptions;

/// The settings of a snapshot.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    /// The `Source-Organization`.
    pub organization: Option<String>,
    /// Whom to ask: `Contact-Email`.
    pub contact: Option<String>,
    /// Set to write the pages as WARC too.
    pub warc: bool,
    /// The JATS options.
    pub jats: JatsOptions,
}
