//! Articles as single elements, each in its namespace: what a provider puts into `<metadata>`.

use super::jats::Version;
use super::marc::MarcOptions;
use super::{dc, jats, marc, openaire};
use crate::article::Article;

pub(crate) use super::openaire::NAMESPACE as OPENAIRE_NAMESPACE;

/// Namespace of JATS elements. JATS itself has none, which a `<metadata>` cannot hold; this is the one that PubMed
/// Central's provider uses for Archiving and Interchange.
pub(crate) const JATS_NAMESPACE: &str = "https://jats.nlm.nih.gov/ns/archiving/1.3/";

/// Namespace of MARCXML.
pub(crate) const MARC_NAMESPACE: &str = "http://www.loc.gov/MARC21/slim";

/// `oai_dc:dc`.
pub(crate) fn dublin_core(article: &Article) -> String {
    dc::element(article)
}

/// `article` of JATS 1.3.
pub(crate) fn jats(article: &Article) -> String {
    in_namespace(
        jats::element(article, Version::V1_3),
        "<article",
        JATS_NAMESPACE,
    )
}

/// `record` of MARCXML.
pub(crate) fn marcxml(article: &Article) -> String {
    let record = marc::element(article, &MarcOptions::default());
    in_namespace(record.trim_end().to_owned(), "<record", MARC_NAMESPACE)
}

/// `oaire:resource`.
pub(crate) fn openaire(article: &Article) -> String {
    openaire::element(article)
}

fn in_namespace(mut element: String, start: &str, namespace: &str) -> String {
    if element.starts_with(start) {
        element.insert_str(start.len(), &format!(" xmlns=\"{namespace}\""));
    }
    element
}
