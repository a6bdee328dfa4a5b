//! Crosswalks from the formats as received to the canonical article.
//!
//! Each format has a crosswalk of its own that describes the article as far as the record
//! tells; merging makes one article of the descriptions. The values inside are taken apart by
//! modules of one subject each, which know nothing of formats: [`text`], [`source`], [`pages`] …

pub(crate) mod batches;
mod citation;
mod creator;
pub mod date;
pub mod derive;
mod description;
mod dialect;
mod distinct;
mod dublin_core;
pub(crate) mod facets;
mod from_oai;
mod funder;
pub mod identifier;
mod jats;
mod labels;
mod landing;
pub mod language;
mod marc;
mod merge;
mod mods;
pub mod pages;
mod profile;
mod reference;
mod resource_type;
mod rfc1807;
pub mod rights;
mod software;
pub mod source;
pub mod text;

use chrono::{DateTime, SecondsFormat, Utc};
use uuid::Uuid;

use crate::article::{Code, Deletion, Entry, Provenance};
use crate::metadata::{self, Metadata, oai_dc};
use crate::oai::{Record, Software};
use description::{Description, Kind};

pub(crate) use creator::is_eastern;
pub use profile::{IssnPair, JournalTitle, Learner, Profile, derivation};

/// metadataPrefix of an article's HTML page in the store.
pub const LANDING_PAGE: &str = "landing_page";

/// Version of the crosswalks. Raise it with every change of what they give: articles are then derived anew.
pub const VERSION: u32 = 4;

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
    if item
        .records
        .first()
        .is_some_and(|first| first.record.header.deleted)
    {
        return Entry::Deleted(Deletion::new(id, provenance));
    }
    let live = item
        .records
        .iter()
        .filter(|record| !record.record.header.deleted);
    let live: Vec<(&FormatRecord, Content<'_>)> =
        live.map(|record| (record, content(record))).collect();
    // Dublin Core is described last: names, titles and citation depend on the language, which others state.
    let richer: Vec<Option<Description>> = live
        .iter()
        .map(|(record, content)| describe(record, content, context))
        .collect();
    let hint = merge::language_hint(&richer);
    let mut descriptions: Vec<Description> = Vec::with_capacity(live.len());
    for ((record, content), richer) in live.into_iter().zip(richer) {
        let described = match (richer, content) {
            (Some(richer), _) => Some(richer),
            (None, Content::Xml(Metadata::DublinCore(dc))) => {
                Some(dublin_core::describe(record, dc, context, hint.as_ref()))
            }
            (None, _) => None,
        };
        if let Some(mut description) = described {
            note_repairs(&mut description, record);
            descriptions.push(description);
        }
    }
    Entry::Live(Box::new(merge::merge(descriptions, id, provenance)))
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
        metadata_prefixes: item
            .records
            .iter()
            .map(|record| record.metadata_prefix.clone())
            .collect(),
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

/// What a record holds, in the terms of its format.
enum Content<'a> {
    Nothing,
    Page(&'a str),
    Unknown,
    Xml(Metadata),
}

fn content(record: &FormatRecord) -> Content<'_> {
    let Some(text) = record.record.metadata.as_deref() else {
        return Content::Nothing;
    };
    // nearly every record, and known at once
    let plain = if record.metadata_prefix == LANDING_PAGE {
        None
    } else {
        oai_dc::read_plain(text)
    };
    match plain {
        Some(dc) => Content::Xml(Metadata::DublinCore(dc)),
        None if is_html(record, text) => Content::Page(text),
        None => metadata::read(text).map_or(Content::Unknown, Content::Xml),
    }
}

/// Describes the article from one record, by the crosswalk of its format; `None` for Dublin Core.
fn describe(
    record: &FormatRecord,
    held: &Content<'_>,
    context: &SourceContext,
) -> Option<Description> {
    let prefix = &record.metadata_prefix;
    let unreadable = |reason: &str| {
        let mut description = Description::new(prefix, Kind::DublinCore);
        description.found(Code::UnreadableMetadata, prefix, reason);
        description
    };
    Some(match held {
        Content::Nothing => unreadable("no metadata"),
        Content::Unknown => unreadable("no crosswalk reads this format"),
        Content::Page(html) => landing::describe(record, html),
        Content::Xml(Metadata::DublinCore(_)) => return None,
        Content::Xml(Metadata::Jats(jats)) => jats::describe(record, jats),
        Content::Xml(Metadata::Mods(mods)) => mods::describe(record, mods),
        Content::Xml(Metadata::Marc(marc)) => marc::describe(record, marc, context),
        Content::Xml(Metadata::Rfc1807(rfc1807)) => rfc1807::describe(record, rfc1807, context),
    })
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
