//! Crosswalks from the formats as received to the canonical article.
//!
//! Each format has a crosswalk of its own that describes the article as far as the record
//! tells; merging makes one article of the descriptions. The values inside are taken apart by
//! modules of one subject each, which know nothing of formats: [`text`], [`source`], [`pages`] …

pub(crate) mod batches;
mod creator;
pub mod date;
pub mod derive;
mod description;
mod dialect;
mod dublin_core;
pub mod identifier;
mod labels;
mod landing;
pub mod language;
mod merge;
pub mod pages;
mod profile;
pub mod rights;
pub mod source;
pub mod text;

use chrono::{DateTime, SecondsFormat, Utc};
use uuid::Uuid;

use crate::article::{Code, Deletion, Entry, Provenance};
use crate::metadata::oai_dc::{self, Dc};
use crate::oai::{Record, Software};
use description::Description;
use dublin_core::Told;

pub use profile::{IssnPair, JournalTitle, Learner, Profile, derivation};

/// metadataPrefix of an article's HTML page in the store.
pub const LANDING_PAGE: &str = "landing_page";

/// Version of the crosswalks. Raise it with every change of what they give: articles are then derived anew.
pub const VERSION: u32 = 1;

/// What is known of a source beside the record in hand.
#[derive(Clone, Debug, Default)]
pub struct SourceContext {
    /// Name of the source in this collection.
    pub name: String,
    /// Base URL of its endpoint, as pinned.
    pub base_url: String,
    /// The frozen key that article ids derive from.
    pub id_base: String,
    /// Software behind the endpoint, where Identify tells.
    pub software: Option<Software>,
    /// `repositoryName` of Identify.
    pub repository_name: Option<String>,
    /// What the source's other records taught.
    pub profile: Profile,
}

/// A record in one format, as the store hands it out.
#[derive(Clone, Debug)]
pub struct FormatRecord {
    /// Its metadataPrefix; `landing_page` for the article's HTML page.
    pub metadata_prefix: String,
    /// The record.
    pub record: Record,
    /// When this version was fetched.
    pub fetched_at: DateTime<Utc>,
    /// sha256 of its bytes as received, hexadecimal.
    pub sha256: String,
}

/// Everything the store holds of one item.
#[derive(Clone, Debug)]
pub struct Item {
    /// OAI identifier.
    pub identifier: String,
    /// One record per format; the first decides whether the article is live or deleted.
    pub records: Vec<FormatRecord>,
}

/// Maps one item to its article or deletion. Never fails: what cannot be read is a finding.
pub fn normalize(item: &Item, context: &SourceContext) -> Entry {
    let id = article_id(&context.id_base, &item.identifier);
    let provenance = provenance(item, context);
    if item.records.first().is_some_and(|first| first.record.header.deleted) {
        return Entry::Deleted(Deletion::new(id, provenance));
    }
    let live: Vec<&FormatRecord> =
        item.records.iter().filter(|record| !record.record.header.deleted).collect();
    // Dublin Core is described last: names, titles and citation depend on the language, which others state.
    let read: Vec<Read> = live.iter().map(|record| read(record)).collect();
    let told = read.iter().find_map(|read| {
        let Read::Described(description) = read else { return None };
        let tag = description.article.language.clone()?;
        Some(Told { tag, origin: description.article.provenance.fields.get("language")?.clone() })
    });
    let descriptions: Vec<Description> = live
        .iter()
        .zip(read)
        .map(|(record, read)| {
            let mut description = match read {
                Read::Described(description) => *description,
                Read::DublinCore(dc) => dublin_core::describe(record, dc, context, told.as_ref()),
            };
            note_repairs(&mut description, record);
            description
        })
        .collect();
    Entry::Live(Box::new(merge::merge(&descriptions, id, provenance)))
}

/// The article's stable id: UUIDv5 of the OAI identifier in the namespace UUIDv5(URL, `id_base`), RFC 9562.
pub fn article_id(id_base: &str, identifier: &str) -> String {
    let namespace = Uuid::new_v5(&Uuid::NAMESPACE_URL, id_base.as_bytes());
    Uuid::new_v5(&namespace, identifier.as_bytes()).to_string()
}

fn provenance(item: &Item, context: &SourceContext) -> Provenance {
    let mut provenance = Provenance {
        source: context.name.clone(),
        base_url: context.base_url.clone(),
        oai_identifier: item.identifier.clone(),
        metadata_prefixes: item.records.iter().map(|record| record.metadata_prefix.clone()).collect(),
        ..Provenance::default()
    };
    if let Some(first) = item.records.first() {
        let header = &first.record.header;
        provenance.datestamp.clone_from(&header.datestamp);
        provenance.sets.clone_from(&header.set_specs);
        provenance.harvested_at = first.fetched_at.to_rfc3339_opts(SecondsFormat::Secs, true);
        provenance.raw_sha256.clone_from(&first.sha256);
    }
    provenance
}

/// A record as far as it can be taken by itself.
enum Read {
    /// By the crosswalk of its format.
    Described(Box<Description>),
    /// In Dublin Core, which depends on the others.
    DublinCore(Dc),
}

/// Reads one record. Its format is known by what it holds: prefixes are names that each server chooses.
fn read(record: &FormatRecord) -> Read {
    let prefix = &record.metadata_prefix;
    let unreadable = |reason: &str| {
        let mut description = Description::new(prefix);
        description.found(Code::UnreadableMetadata, prefix, reason);
        description
    };
    let description = match record.record.metadata.as_deref() {
        None => unreadable("no metadata"),
        Some(html) if is_html(record, html) => landing::describe(record, html),
        Some(xml) => match oai_dc::read(xml) {
            Some(dc) => return Read::DublinCore(dc),
            None => unreadable("no crosswalk reads this format"),
        },
    };
    Read::Described(Box::new(description))
}

fn note_repairs(description: &mut Description, record: &FormatRecord) {
    if !record.record.repairs.is_empty() {
        let repairs = serde_json::to_string(&record.record.repairs).unwrap_or_default();
        description.found(Code::RepairedXml, &record.metadata_prefix, &repairs);
    }
}

/// Whether the record is an article's page rather than metadata in XML.
fn is_html(record: &FormatRecord, metadata: &str) -> bool {
    record.metadata_prefix == LANDING_PAGE
        || oai_dc::root_name(metadata).is_some_and(|name| name.eq_ignore_ascii_case("html"))
}
