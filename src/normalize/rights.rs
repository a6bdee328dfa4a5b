//! Licences and copyright lines.

mod copyright;
mod creative_commons;
mod license;
mod names;

pub use copyright::copyright;
pub use license::{is_same_kind, license};

use super::labels;

/// Returns whether a text is what OJS prints as the type of every article of a journal, in any language: not a
/// statement about the article.
pub fn is_peer_review_label(text: &str) -> bool {
    labels::is_peer_reviewed(text)
}
