//! What a citation is taken apart into.

use crate::normalize::source::Citation;
use crate::values::Doi;

/// A citation, with the identifiers that stand in it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Cited {
    /// Journal, volume, number, year, pages; what is not understood is its `leftover`.
    pub(crate) citation: Citation,
    /// ISSNs, as printed.
    pub(crate) issns: Vec<String>,
    /// DOIs, bare.
    pub(crate) dois: Vec<Doi>,
    /// Parts that are understood and have no field: `PMID: 12345678`, `Epub 2015 Sep 8`.
    pub(crate) notes: Vec<String>,
}

impl Cited {
    /// Returns whether volume, number or pages are known.
    pub(crate) fn has_place(&self) -> bool {
        let citation = &self.citation;
        citation.volume.is_some() || citation.number.is_some() || citation.pages.is_some()
    }
}
