//! Articles as the store keeps them: the canonical line of each, packed against what it was made of.
//!
//! A kept article is found stale or damaged by its mark, a hash of its line and of everything that went into it: this
//! version of the crosswalks, what is known of the source, and the records of the item. The prefix that it is packed against
//! is made of the same, so that nothing but the packed line itself is stored.

use std::io::Cursor;

use uuid::Uuid;
use xxhash_rust::xxh3::{Xxh3, xxh3_64, xxh3_64_with_seed};
use zstd::zstd_safe::{CCtx, DCtx, get_error_name, get_frame_content_size};

use crate::article::Entry;
use crate::json;
use crate::normalize::context::{SourceContext, derivation};
use crate::normalize::stored::item_of;
use crate::normalize::{id_namespace, normalize};
use crate::store::{KeptArticle, StoredItem};

/// Level of zstd; at level 1 articles take 9 % more. With the prefix set up as a dictionary of its own, which indexes it at
/// every byte and not at every third, they took 3 % less, and packing them more than twice as long.
const LEVEL: i32 = 3;
/// A longer line makes no sample.
const LONGEST_SAMPLE: usize = 16 << 10;
/// The part of each record in the prefix, bytes.
const OF_RECORD: usize = 32 << 10;
/// The greatest length of a prefix, bytes.
const PREFIX: usize = 96 << 10;
/// A longer line is not kept.
const LONGEST: usize = 8 << 20;

/// The part that is the same for all articles of a source.
#[derive(Debug)]
pub(crate) struct Packing {
    /// Hash of the crosswalks and of what is known of the source.
    seed: u64,
    /// The line of one of its articles: most of them have the same fields, and many of the same values.
    sample: Vec<u8>,
    /// The namespace of the ids of its articles.
    namespace: Uuid,
}

impl Packing {
    pub(crate) fn of(context: &SourceContext, sample: Vec<u8>) -> Self {
        let seed = xxh3_64(derivation(context).as_bytes());
        Self {
            seed: xxh3_64_with_seed(&sample, seed),
            sample,
            namespace: id_namespace(&context.id_base),
        }
    }

    /// Makes a sample of some items; `None` where none of them has an article.
    pub(crate) fn sample(items: &[StoredItem], context: &SourceContext) -> Option<Vec<u8>> {
        let lines = items
            .iter()
            .filter_map(|item| match normalize(&item_of(item), context) {
                Entry::Live(article) if !article.is_unread() => json::line(&article).ok(),
                _ => None,
            });
        // The longest has the most fields.
        lines
            .filter(|line| line.len() <= LONGEST_SAMPLE)
            .max_by_key(Vec::len)
    }

    /// Returns the hash of everything that the article of an item is made of, and of its line.
    fn mark(&self, item: &StoredItem, line: &[u8]) -> u64 {
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
        add(line);
        hasher.digest()
    }

    /// Makes the dictionary for packing lines in a buffer of this source: the sample, the id of the article, and the
    /// records of the item.
    fn prefix<'p>(&self, item: &StoredItem, prefix: &'p mut Vec<u8>) -> &'p [u8] {
        if prefix.is_empty() {
            prefix.extend_from_slice(&self.sample);
        }
        prefix.truncate(self.sample.len());
        let id = Uuid::new_v5(&self.namespace, item.identifier.as_bytes());
        let mut text = Uuid::encode_buffer();
        prefix.extend_from_slice(id.hyphenated().encode_lower(&mut text).as_bytes());
        for record in &item.records {
            let room = OF_RECORD.min(PREFIX.saturating_sub(prefix.len()));
            prefix.extend_from_slice(&record.raw[..record.raw.len().min(room)]);
        }
        prefix
    }
}

/// Returns the length of the line of a kept article, bytes; `None` where it cannot be one.
pub(crate) fn line_len(kept: &KeptArticle) -> Option<usize> {
    let len = get_frame_content_size(&kept.body).ok()??;
    usize::try_from(len).ok().filter(|len| *len <= LONGEST)
}

/// Packs and unpacks lines of one source, one after the other.
pub(crate) struct Packer {
    pack: CCtx<'static>,
    unpack: DCtx<'static>,
    prefix: Vec<u8>,
}

impl Packer {
    pub(crate) fn new() -> Self {
        Self {
            pack: CCtx::create(),
            unpack: DCtx::create(),
            prefix: Vec::new(),
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
        let prefix = packing.prefix(item, &mut self.prefix);
        self.pack
            .compress_using_dict(&mut body, line, prefix, LEVEL)
            .map_err(|code| tracing::debug!(error = get_error_name(code), "cannot pack an article"))
            .ok()?;
        body.shrink_to_fit();
        Some(KeptArticle {
            item_no: item.item_no,
            mark: packing.mark(item, line),
            body: body.into(),
        })
    }

    /// Appends the line of an item's article, where it is neither stale nor damaged; returns whether it has.
    pub(crate) fn unpack(
        &mut self,
        packing: &Packing,
        item: &StoredItem,
        kept: &KeptArticle,
        lines: &mut Vec<u8>,
    ) -> bool {
        let Some(len) = line_len(kept) else {
            return false;
        };
        let from = lines.len();
        lines.reserve(len);
        let mut line = Cursor::new(&mut *lines);
        line.set_position(from as u64);
        let prefix = packing.prefix(item, &mut self.prefix);
        let unpacked = self
            .unpack
            .decompress_using_dict(&mut line, &kept.body, prefix);
        let is_whole = unpacked == Ok(len) && packing.mark(item, &lines[from..]) == kept.mark;
        if !is_whole {
            lines.truncate(from);
        }
        is_whole
    }
}
