//! Sources whose settings live in the store.

use crate::store::SourceSpec;

/// A source whose settings live in the store instead of a configuration file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptSource {
    /// Name and address.
    pub spec: SourceSpec,
    /// What a table of the configuration file would have beside them, a JSON object.
    pub settings: String,
}
