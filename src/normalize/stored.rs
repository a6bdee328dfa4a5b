//! Stored records, in the shape that the crosswalks read.

use crate::hex;
use crate::normalize::context::{FormatRecord, Item, LANDING_PAGE, SourceContext};
use crate::oai::{Header, PageHead, Record, Repair, read_record};
use crate::redact::redact;
use crate::store::{Source, StoredItem, StoredRecord};

/// Returns the facts about a source beside its records.
pub(crate) fn context_of(source: &Source) -> SourceContext {
    let identify = source
        .identify
        .as_ref()
        .map(|remembered| &remembered.identify);
    SourceContext {
        name: source.name.clone(),
        base_url: redact(&source.base_url),
        id_base: source.id_base.clone(),
        software: identify.and_then(|identify| identify.software.clone()),
        repository_name: identify
            .map(|identify| identify.repository_name.clone())
            .filter(|name| !name.is_empty()),
        mentions: identify
            .map(|identify| identify.mentions.clone())
            .unwrap_or_default(),
        profile: source
            .profile
            .as_deref()
            .and_then(|json| serde_json::from_str(json).ok())
            .unwrap_or_default(),
    }
}

/// A stored item as the crosswalks take it. A record that cannot be read keeps its header's place, without
/// metadata, and the repairs say so.
pub(crate) fn item_of(item: &StoredItem) -> Item {
    let mut item_of = unhashed_item_of(item);
    for (record, stored) in item_of.records.iter_mut().zip(&item.records) {
        record.sha256 = hex::sha256(&stored.raw);
    }
    item_of
}

/// The same without the hashes of the records, for what is learned and not written.
pub(crate) fn unhashed_item_of(item: &StoredItem) -> Item {
    let mut records: Vec<FormatRecord> = item
        .records
        .iter()
        .map(|stored| format_record(&item.identifier, stored))
        .collect();
    // A server may name in a header the one set alone that was requested.
    if let Some(first) = records.first_mut() {
        let sets = &mut first.record.header.set_specs;
        for set in &item.list_sets {
            if !sets.contains(set) {
                sets.push(set.clone());
            }
        }
    }
    Item {
        identifier: item.identifier.clone(),
        records,
    }
}

fn format_record(identifier: &str, stored: &StoredRecord) -> FormatRecord {
    let bare = || Record {
        header: Header {
            identifier: identifier.to_owned(),
            datestamp: stored.datestamp.clone(),
            ..Header::default()
        },
        ..Record::default()
    };
    let mut record = if stored.metadata_prefix == LANDING_PAGE {
        Record {
            metadata: Some(page_text(&stored.raw, &stored.head)),
            ..bare()
        }
    } else {
        read_record(&stored.raw, &stored.head).unwrap_or_else(|_| {
            let mut record = bare();
            record.repairs.note(Repair::BadEncoding);
            record
        })
    };
    // Deleted by reconciliation, though its last version was live.
    record.header.deleted = stored.deleted;
    FormatRecord {
        metadata_prefix: stored.metadata_prefix.clone(),
        record,
        fetched_at: stored.fetched_at,
        sha256: String::new(),
    }
}

/// A web page as text: in the encoding of its page, else as it declares in its first bytes, else UTF-8.
fn page_text(raw: &[u8], head: &PageHead) -> String {
    let start = String::from_utf8_lossy(&raw[..raw.len().min(1024)]).to_ascii_lowercase();
    let declared = start.split("charset=").nth(1).map(|rest| {
        rest.trim_start_matches(['"', '\''])
            .chars()
            .take_while(|c| c.is_ascii_alphanumeric() || *c == '-')
            .collect::<String>()
    });
    let label = if head.encoding.is_empty() {
        declared.unwrap_or_default()
    } else {
        head.encoding.clone()
    };
    let encoding = encoding_rs::Encoding::for_label(label.as_bytes()).unwrap_or(encoding_rs::UTF_8);
    encoding.decode(raw).0.into_owned()
}
