//! A text in a language, as records state it.

/// A text and the language its element names, as received.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Text {
    /// The text, entities undone once.
    pub value: String,
    /// `xml:lang` or `lang`, as received.
    pub lang: Option<String>,
}
