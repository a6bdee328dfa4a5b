//! The resumptionToken and its attributes (§3.5).

/// A `<resumptionToken>` that leads on. An empty one ends its list and is [`None`] on the page.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ResumptionToken {
    /// The token: opaque, to be sent back as it is.
    pub value: String,
    /// `expirationDate`, as received.
    pub expiration_date: Option<String>,
}
