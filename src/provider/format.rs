//! Metadata formats: made of the article, or passed on as received.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use chrono::DateTime;
use quick_xml::NsReader;
use quick_xml::events::Event;
use quick_xml::name::ResolveResult;

use super::set;
use crate::export::element;
use crate::oai::standalone_record;
use crate::store::{ChangeFilter, Store, StoreResult, Time};

/// Prefix of formats that are served as received.
pub(crate) const RAW: &str = "raw_";
/// Changes looked through for a record that shows its namespace.
const LOOKED_AT: usize = 20;

/// Namespace and schema of the formats made of the article.
const OAI_DC: (&str, &str) = (
    "http://www.openarchives.org/OAI/2.0/oai_dc/",
    "http://www.openarchives.org/OAI/2.0/oai_dc.xsd",
);
const JATS: (&str, &str) = (
    element::JATS_NAMESPACE,
    "https://jats.nlm.nih.gov/archiving/1.3/xsd/JATS-archivearticle1-3.xsd",
);
const MARCXML: (&str, &str) = (
    element::MARC_NAMESPACE,
    "http://www.loc.gov/standards/marcxml/schema/MARC21slim.xsd",
);
const OPENAIRE: (&str, &str) = (
    element::OPENAIRE_NAMESPACE,
    "https://www.openaire.eu/schema/repo-lit/4.0/openaire.xsd",
);

/// The origin of a record's metadata.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    DublinCore,
    Jats,
    Marcxml,
    OpenAire,
    /// As received in this metadataPrefix.
    Raw(String),
}

/// A metadata format.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Format {
    pub(crate) prefix: String,
    pub(crate) schema: String,
    pub(crate) namespace: String,
    pub(crate) kind: Kind,
}

impl Format {
    /// Those made of the article.
    pub(crate) fn own() -> Vec<Self> {
        let format = |prefix: &str, (namespace, schema): (&str, &str), kind| Self {
            prefix: prefix.to_owned(),
            schema: schema.to_owned(),
            namespace: namespace.to_owned(),
            kind,
        };
        vec![
            format("oai_dc", OAI_DC, Kind::DublinCore),
            format("jats", JATS, Kind::Jats),
            format("marcxml", MARCXML, Kind::Marcxml),
            format("oai_openaire", OPENAIRE, Kind::OpenAire),
        ]
    }

    /// One as received; `None` for a prefix that OAI-PMH.xsd does not take.
    pub(crate) fn raw(prefix: &str, (namespace, schema): (String, String)) -> Option<Self> {
        (!prefix.is_empty() && prefix.bytes().all(set::is_plain)).then(|| Self {
            prefix: format!("{RAW}{prefix}"),
            schema,
            namespace,
            kind: Kind::Raw(prefix.to_owned()),
        })
    }

    /// Adds to a choice what has a record in this format.
    pub(crate) fn narrow(&self, filter: &mut ChangeFilter) {
        match &self.kind {
            Kind::Raw(prefix) => filter.prefix = Some(prefix.clone()),
            Kind::OpenAire => {
                filter
                    .facets
                    .insert("format".to_owned(), vec![self.prefix.clone()]);
            }
            _ => {}
        }
    }
}

/// Namespace and schema by metadataPrefix, as records received show them.
#[derive(Default)]
pub(crate) struct Namespaces {
    known: Mutex<HashMap<String, (String, String)>>,
}

impl Namespaces {
    /// Looks at records of this format until one shows its namespace; else the usual one, if there is any.
    pub(crate) async fn of(
        &self,
        store: &dyn Store,
        prefix: &str,
    ) -> StoreResult<(String, String)> {
        let known = || self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(found) = known().get(prefix) {
            return Ok(found.clone());
        }
        let filter = ChangeFilter {
            prefix: Some(prefix.to_owned()),
            ..ChangeFilter::until(far())
        };
        let mut shown = None;
        for change in store.changes(&filter, None, LOOKED_AT).await? {
            let Some(item) = change.position.item().filter(|_| !change.deleted) else {
                continue;
            };
            let items = store.items_at(item.source_id, &[item.item_no]).await?;
            let record = items
                .iter()
                .flat_map(|item| &item.records)
                .find(|record| record.metadata_prefix == prefix && !record.deleted);
            let metadata = record
                .and_then(|record| standalone_record(&record.raw, &record.head).ok()?.metadata);
            shown = metadata.and_then(|xml| root(&xml));
            if shown.is_some() {
                break;
            }
        }
        let (namespace, schema) = shown.clone().unwrap_or_default();
        let usual = usual(prefix);
        let or = |found: String, usual: &str| {
            if found.is_empty() {
                usual.to_owned()
            } else {
                found
            }
        };
        let found = (or(namespace, usual.0), or(schema, usual.1));
        if shown.is_some() {
            known().insert(prefix.to_owned(), found.clone());
        }
        Ok(found)
    }
}

/// Later than any change.
pub(crate) fn far() -> Time {
    DateTime::from_timestamp(253_402_300_799, 0).unwrap_or_default()
}

/// Namespace of a root element, and the schema that it says belongs to it.
fn root(xml: &str) -> Option<(String, String)> {
    let mut reader = NsReader::from_str(xml);
    loop {
        match reader.read_resolved_event().ok()? {
            (namespace, Event::Start(tag) | Event::Empty(tag)) => {
                let ResolveResult::Bound(namespace) = namespace else {
                    return None;
                };
                let namespace: &str = namespace.as_ref();
                let namespace = namespace.to_owned();
                let location =
                    tag.attributes()
                        .with_checks(false)
                        .flatten()
                        .find_map(|attribute| {
                            let key: &str = attribute.key.as_ref();
                            (key.rsplit(':').next() == Some("schemaLocation"))
                                .then(|| attribute.value.to_string())
                        });
                let words: Vec<&str> = location
                    .as_deref()
                    .unwrap_or_default()
                    .split_whitespace()
                    .collect();
                let pair = words.chunks_exact(2).find(|pair| pair[0] == namespace);
                return Some((namespace, pair.map_or("", |pair| pair[1]).to_owned()));
            }
            (_, Event::Eof) => return None,
            _ => {}
        }
    }
}

/// Namespace and schema that repositories usually give.
fn usual(prefix: &str) -> (&'static str, &'static str) {
    match prefix {
        "oai_dc" => OAI_DC,
        "marcxml" | "marc21" => MARCXML,
        "oai_marc" => (
            "http://www.openarchives.org/OAI/1.1/oai_marc",
            "http://www.openarchives.org/OAI/1.1/oai_marc.xsd",
        ),
        "rfc1807" => (
            "http://info.internet.isi.edu:80/in-notes/rfc/files/rfc1807.txt",
            "http://www.openarchives.org/OAI/1.1/rfc1807.xsd",
        ),
        "mods" => (
            "http://www.loc.gov/mods/v3",
            "http://www.loc.gov/standards/mods/v3/mods-3-7.xsd",
        ),
        "jats" | "oai_openaire_jats" => (
            "http://jats.nlm.nih.gov",
            "https://jats.nlm.nih.gov/publishing/0.4/xsd/JATS-journalpublishing0.xsd",
        ),
        "oai_openaire" => OPENAIRE,
        _ => ("", ""),
    }
}
