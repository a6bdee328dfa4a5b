//! Values that stand for nothing.

/// Python's text for a missing value; some templates of Janeway write it.
pub(super) fn is_stub(raw: &str) -> bool {
    raw.trim() == "None"
}
