//! Settings of formats.

use super::{crossref, csv, jats, jsonl, marc, raw, urls};

/// The settings of all formats.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// JATS: tag set and version.
    pub jats: jats::JatsOptions,
    /// MARC: profile and names of the catalog.
    pub marc: marc::MarcOptions,
    /// JSON Lines: which fields, and for which loader.
    pub jsonl: jsonl::JsonLinesOptions,
    /// CSV: which columns, and for which program.
    pub csv: csv::CsvOptions,
    /// Records as received: which, and under which ids.
    pub raw: raw::RawOptions,
    /// Crossref: the depositor.
    pub crossref: crossref::CrossrefOptions,
    /// URLs: which.
    pub urls: urls::UrlsOptions,
}
