//! Crosswalks from the formats as received to the canonical article.
//!
//! Each format has a crosswalk of its own that describes the article as far as the record
//! tells; merging makes one article of the descriptions. The values inside are taken apart by
//! modules of one subject each, which know nothing of formats: [`text`], [`source`], [`pages`] …

mod arxiv;
mod citation;
mod citation_head;
mod context;
mod creator;
mod datacite;
pub mod date;
pub mod derive;
mod description;
mod dialect;
mod dim;
mod doaj;
mod dublin_core;
pub(crate) mod entries;
mod etdms;
pub(crate) mod facets;
mod from_oai;
mod funder;
pub mod identifier;
mod jats;
mod journal_facts;
pub(crate) mod journals;
mod kci;
mod kept;
mod labels;
mod landing;
pub mod language;
mod learn;
mod marc;
mod merge;
mod mods;
pub mod pages;
mod profile;
mod profile_builder;
mod profile_index;
mod reference;
mod resource_type;
mod rfc1807;
pub mod rights;
mod rioxx;
pub(crate) mod row;
pub(crate) mod seen;
mod software;
pub mod source;
mod stated;
pub(crate) mod stored;
pub mod text;
mod unfit;

use chrono::SecondsFormat;
use uuid::Uuid;

use crate::article::{Code, Deletion, Entry, Provenance};
use crate::metadata::{self, Metadata, oai_dc};
use description::{Description, Kind};

use context::is_html;
pub use context::{FormatRecord, Item, LANDING_PAGE, SourceContext, VERSION, derivation};
pub(crate) use creator::is_eastern;
pub use journal_facts::{JournalFacts, JournalSetting, KnownJournal};
pub use profile::{IssnPair, JournalTitle, Profile};
pub use profile_builder::ProfileBuilder;

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
    let mut richer: Vec<Option<Description>> = Vec::with_capacity(live.len());
    let mut plain: Vec<Option<oai_dc::Dc<'_>>> = Vec::with_capacity(live.len());
    let mut records: Vec<&FormatRecord> = Vec::with_capacity(live.len());
    for (record, content) in live {
        let (description, dc) = match describe(record, content, context) {
            Step::Described(description) => (Some(*description), None),
            Step::DublinCore(dc) => (None, Some(dc)),
        };
        richer.push(description);
        plain.push(dc);
        records.push(record);
    }
    let hint = merge::language_hint(&richer);
    let mut descriptions: Vec<Description> = Vec::with_capacity(records.len());
    for ((record, description), dc) in records.into_iter().zip(richer).zip(plain) {
        let dublin_core = |dc| dublin_core::describe(record, dc, context, hint.as_ref());
        if let Some(mut description) = description.or_else(|| dc.map(dublin_core)) {
            note_repairs(&mut description, record);
            descriptions.push(description);
        }
    }
    let mut article = merge::merge(descriptions, id, provenance);
    journals::settle(&mut article, context);
    unfit::strip(&mut article);
    Entry::Live(Box::new(article))
}

/// The article's stable id: UUIDv5 of the OAI identifier in the namespace UUIDv5(URL, `id_base`), RFC 9562.
pub fn article_id(id_base: &str, identifier: &str) -> String {
    Uuid::new_v5(&id_namespace(id_base), identifier.as_bytes()).to_string()
}

/// The namespace of the ids of a source's articles.
fn id_namespace(id_base: &str) -> Uuid {
    Uuid::new_v5(&Uuid::NAMESPACE_URL, id_base.as_bytes())
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

/// The content of a record, in the terms of its format.
enum Content<'a> {
    Nothing,
    Page(&'a str),
    Unknown,
    Xml(Metadata<'a>),
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

/// The first result of one record.
enum Step<'a> {
    Described(Box<Description>),
    /// To be described when the others are.
    DublinCore(oai_dc::Dc<'a>),
}

/// Describes the article from one record, by the crosswalk of its format; Dublin Core is given back.
fn describe<'a>(record: &FormatRecord, held: Content<'a>, context: &SourceContext) -> Step<'a> {
    let prefix = &record.metadata_prefix;
    let without = |code: Code, reason: &str| {
        let mut description = Description::new(prefix, Kind::DublinCore);
        description.add_finding(code, prefix, reason);
        description
    };
    let metadata = match held {
        Content::Nothing => {
            let description = without(Code::UnreadableMetadata, "no metadata");
            return Step::Described(Box::new(description));
        }
        Content::Unknown => {
            let description = without(Code::Unread, "no crosswalk reads this format");
            return Step::Described(Box::new(description));
        }
        Content::Page(html) => return Step::Described(Box::new(landing::describe(record, html))),
        Content::Xml(metadata) => metadata,
    };
    Step::Described(Box::new(match metadata {
        Metadata::DublinCore(dc) => return Step::DublinCore(dc),
        Metadata::Jats(jats) => jats::describe(record, &jats),
        Metadata::Mods(mods) => mods::describe(record, &mods),
        Metadata::Marc(marc) => marc::describe(record, &marc, context),
        Metadata::Rfc1807(rfc1807) => rfc1807::describe(record, &rfc1807, context),
        Metadata::Dim(dim) => dim::describe(record, *dim, context),
        Metadata::DataCite(resource) => datacite::describe(record, *resource, context),
        Metadata::ArXiv(article) => arxiv::describe(record, *article, context),
        Metadata::Doaj(article) => doaj::describe(record, *article),
        Metadata::Kci(article) => kci::describe(record, *article),
        Metadata::Rioxx(article) => rioxx::describe(record, *article, context),
        Metadata::Etdms(thesis) => etdms::describe(record, *thesis),
    }))
}

fn note_repairs(description: &mut Description, record: &FormatRecord) {
    if !record.record.repairs.is_empty() {
        let repairs = serde_json::to_string(&record.record.repairs).unwrap_or_default();
        description.add_finding(Code::RepairedXml, &record.metadata_prefix, &repairs);
    }
}
