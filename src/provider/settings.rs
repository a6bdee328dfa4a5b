//! The settings of a provider.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::store::Facets;

/// Identity and list sizes of a provider.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The URL it is reached at.
    pub base_url: String,
    /// repositoryName.
    pub name: String,
    /// adminEmail; one at least.
    pub emails: Vec<String>,
    /// Namespace identifier of its OAI identifiers, a domain name; made from the store's own id without.
    pub repository: Option<String>,
    /// Records on a page.
    pub page_size: usize,
    /// Headers on a page of ListIdentifiers.
    pub identifiers_size: usize,
    /// Lifetime of a resumptionToken.
    pub token_life: Duration,
    /// The signing key of tokens; by default one made for the store.
    pub token_key: Option<String>,
    /// Sets by what articles are, beside those of the sources: setSpec → set.
    pub sets: BTreeMap<String, VirtualSet>,
    /// Room for rendered records, bytes.
    pub cache_bytes: usize,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            base_url: "http://127.0.0.1:8080/oai".to_owned(),
            name: "offprint".to_owned(),
            emails: Vec::new(),
            repository: None,
            page_size: 100,
            identifiers_size: 1000,
            token_life: Duration::from_hours(24),
            token_key: None,
            sets: BTreeMap::new(),
            cache_bytes: 64 << 20,
        }
    }
}

/// A set by what articles are, of all sources.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct VirtualSet {
    /// setName.
    pub name: String,
    /// Each kind named must have one of its values.
    pub facets: Facets,
}
