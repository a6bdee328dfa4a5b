//! Articles as the store keeps them: the canonical line of each, packed against what it was made of.
//!
//! A kept article is found stale by its key, a hash of everything that went into it: this version of the crosswalks,
//! what is known of the source, and the records of the item. The prefix that it is packed against is made of the same,
//! so that nothing but the packed line itself is stored.

use chrono::{DateTime, Utc};
use xxhash_rust::xxh3::{Xxh3, xxh3_64};
use zstd::zstd_safe::{CCtx, DCtx, get_error_name};

use crate::json;
use crate::normalize::{FormatRecord, Item, SourceContext, derivation, normalize};
use crate::oai::{Header, Record};
use crate::store::{KeptArticle, StoredItem};

/// Quick: the prefix has most of what the line has.
const LEVEL: i32 = -1;
/// The part of each record in the prefix, bytes.
const OF_RECORD: usize = 32 << 10;
/// The greatest length of a prefix, bytes.
const PREFIX: usize = 96 << 10;
/// A longer line is not kept.
const LONGEST: usize = 8 << 20;

/// A record whose article has the fields that most have: what is alike in all lines of a source.
const SAMPLE: &str = r#"<oai_dc:dc xmlns:oai_dc="http://www.openarchives.org/OAI/2.0/oai_dc/" xmlns:dc="http://purl.org/dc/elements/1.1/">
<dc:title xml:lang="en">A</dc:title>
<dc:creator>Doe, Jane</dc:creator>
<dc:creator>Roe, Jack</dc:creator>
<dc:subject xml:lang="en">a</dc:subject>
<dc:subject xml:lang="en">b</dc:subject>
<dc:description xml:lang="en">A.</dc:description>
<dc:publisher xml:lang="en">P</dc:publisher>
<dc:date>2020-01-01</dc:date>
<dc:type>info:eu-repo/semantics/article</dc:type>
<dc:type>info:eu-repo/semantics/publishedVersion</dc:type>
<dc:type xml:lang="en">Peer-reviewed Article</dc:type>
<dc:format>application/pdf</dc:format>
<dc:identifier>https://journal.example/index.php/j/article/view/1</dc:identifier>
<dc:identifier>10.1234/j.1</dc:identifier>
<dc:source xml:lang="en">J; Vol. 1 No. 1 (2020): J; 1-2</dc:source>
<dc:source>1234-5679</dc:source>
<dc:language>en</dc:language>
<dc:relation>https://journal.example/index.php/j/article/view/1/1</dc:relation>
<dc:rights xml:lang="en">Copyright (c) 2020 Jane Doe</dc:rights>
<dc:rights xml:lang="en">https://creativecommons.org/licenses/by/4.0</dc:rights>
</oai_dc:dc>"#;

/// The part that is the same for all articles of a source.
#[derive(Debug)]
pub(crate) struct Packing {
    /// Hash of the crosswalks and of what is known of the source.
    seed: u64,
    /// A line that is made up.
    sample: Vec<u8>,
}

impl Packing {
    pub(crate) fn of(context: &SourceContext) -> Self {
        let record = FormatRecord {
            metadata_prefix: "oai_dc".to_owned(),
            record: Record {
                header: Header {
                    identifier: "a".to_owned(),
                    datestamp: "2020-01-01T00:00:00Z".to_owned(),
                    ..Header::default()
                },
                metadata: Some(SAMPLE.to_owned()),
                ..Record::default()
            },
            fetched_at: DateTime::<Utc>::UNIX_EPOCH,
            sha256: String::new(),
        };
        let item = Item {
            identifier: "a".to_owned(),
            records: vec![record],
        };
        Self {
            seed: xxh3_64(derivation(context).as_bytes()),
            sample: json::line(&normalize(&item, context)).unwrap_or_default(),
        }
    }

    /// Returns the hash of everything that the article of an item is made of.
    fn key(&self, item: &StoredItem) -> u64 {
        let mut hasher = Xxh3::with_seed(self.seed);
        let mut add = |part: &[u8]| {
            hasher.update(&(part.len() as u64).to_le_bytes());
            hasher.update(part);
        };
        let counts = [item.list_sets.len(), item.records.len()];
        add(item.identifier.as_bytes());
        for count in counts {
            add(&(count as u64).to_le_bytes());
        }
        for set in &item.list_sets {
            add(set.as_bytes());
        }
        for record in &item.records {
            add(record.metadata_prefix.as_bytes());
            add(record.datestamp.as_bytes());
            add(&[u8::from(record.deleted)]);
            add(&record.fetched_at.timestamp_micros().to_le_bytes());
            add(record.head.encoding.as_bytes());
            add(&(record.head.namespaces.len() as u64).to_le_bytes());
            for (prefix, uri) in &record.head.namespaces {
                add(prefix.as_bytes());
                add(uri.as_bytes());
            }
            add(&record.raw);
        }
        hasher.digest()
    }

    /// The dictionary for packing lines: the sample, and the records of the item.
    fn prefix(&self, item: &StoredItem) -> Vec<u8> {
        let mut prefix = self.sample.clone();
        for record in &item.records {
            let room = OF_RECORD.min(PREFIX.saturating_sub(prefix.len()));
            prefix.extend_from_slice(&record.raw[..record.raw.len().min(room)]);
        }
        prefix
    }
}

/// Packs and unpacks lines, one after the other.
pub(crate) struct Packer {
    pack: CCtx<'static>,
    unpack: DCtx<'static>,
}

impl Packer {
    pub(crate) fn new() -> Self {
        Self {
            pack: CCtx::create(),
            unpack: DCtx::create(),
        }
    }

    /// Packs the line of an item's article; `None` where it cannot be kept.
    pub(crate) fn pack(
        &mut self,
        packing: &Packing,
        item: &StoredItem,
        line: &[u8],
    ) -> Option<KeptArticle> {
        if line.len() > LONGEST {
            return None;
        }
        let mut body = Vec::with_capacity(zstd::zstd_safe::compress_bound(line.len()));
        let prefix = packing.prefix(item);
        self.pack
            .compress_using_dict(&mut body, line, &prefix, LEVEL)
            .map_err(|code| tracing::debug!(error = get_error_name(code), "cannot pack an article"))
            .ok()?;
        body.shrink_to_fit();
        Some(KeptArticle {
            item_no: item.item_no,
            key: packing.key(item),
            hash: xxh3_64(line),
            len: line.len(),
            body: body.into(),
        })
    }

    /// Returns the line of an item's article, where it is neither stale nor damaged.
    pub(crate) fn unpack(
        &mut self,
        packing: &Packing,
        item: &StoredItem,
        kept: &KeptArticle,
    ) -> Option<Vec<u8>> {
        if kept.len > LONGEST || kept.key != packing.key(item) {
            return None;
        }
        let mut line = Vec::with_capacity(kept.len);
        let prefix = packing.prefix(item);
        self.unpack
            .decompress_using_dict(&mut line, &kept.body, &prefix)
            .ok()?;
        (xxh3_64(&line) == kept.hash).then_some(line)
    }
}
