//! A value that a record states.

/// A value that a record states, with the element it stands in.
///
/// Whoever holds one puts it into a field of the article, among its unmapped values, or into a finding.
#[must_use = "a stated value goes into a field, among the unmapped values, or into a finding"]
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Leaf {
    /// Local name of the element as received; an attribute is `element/@attribute`.
    pub(crate) element: String,
    /// `xml:lang`, `lang` or the format's own attribute for the language, as received.
    pub(crate) lang: Option<String>,
    /// The text, entities undone once, without white space at its ends. Never empty.
    pub(crate) value: String,
}
