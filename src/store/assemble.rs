//! Putting items together from the rows of their records and the pages these are on, for every engine.
//!
//! Memory is bounded whatever the pages are: a batch holds records of [`BATCH_BYTES`] (or one item, where that alone has
//! more), each page is unpacked once a batch, and records of a page above [`PINNED`] are copied, so that they do not
//! keep the whole page.

use std::collections::HashMap;
use std::sync::Arc;

use bytes::Bytes;

use super::body::ReadPage;
use super::types::Time;
use super::{ArticleState, StoreError, StoreResult, StoredItem, StoredRecord};

/// Bytes of records in a batch, beyond which no further item is added.
const BATCH_BYTES: u64 = 16 << 20;

/// Largest page, in bytes, that its records may keep in memory.
const PINNED: usize = 256 << 10;

/// A record as its row tells of it.
pub(super) struct RecordRow {
    pub(super) format_no: i64,
    pub(super) page_no: i64,
    pub(super) offset: i64,
    pub(super) len: i64,
    pub(super) datestamp: String,
    pub(super) deleted: bool,
    pub(super) cause: Option<String>,
    pub(super) seq: i64,
}

/// Where the bytes of a record are.
struct Pointer {
    item: usize,
    record: usize,
    offset: i64,
    len: i64,
}

/// Items whose records have no bytes yet.
pub(super) struct Assembly {
    source_id: i64,
    /// metadataPrefix by number.
    formats: HashMap<i64, String>,
    items: Vec<StoredItem>,
    pointers: HashMap<i64, Vec<Pointer>>,
    bytes: u64,
}

impl Assembly {
    pub(super) fn new(source_id: i64, formats: HashMap<i64, String>) -> Self {
        Self {
            source_id,
            formats,
            items: Vec::new(),
            pointers: HashMap::new(),
            bytes: 0,
        }
    }

    /// Whether a row begins another item.
    pub(super) fn is_next(&self, item_no: i64) -> bool {
        self.items.last().is_none_or(|item| item.item_no != item_no)
    }

    /// Whether there are enough bytes: no further item is to be added.
    pub(super) fn is_full(&self) -> bool {
        self.bytes > BATCH_BYTES
    }

    /// Begins an item.
    pub(super) fn begin(
        &mut self,
        item_no: i64,
        identifier: String,
        article: Option<ArticleState>,
    ) {
        self.items.push(StoredItem {
            item_no,
            identifier,
            records: Vec::new(),
            article,
            list_sets: Vec::new(),
        });
    }

    /// Adds a record to the last item.
    pub(super) fn add(&mut self, row: RecordRow) -> StoreResult<()> {
        let place = self.items.len().saturating_sub(1);
        let Some(item) = self.items.last_mut() else {
            return Ok(());
        };
        let metadata_prefix = self.formats.get(&row.format_no).cloned().ok_or_else(|| {
            StoreError::Damaged(format!(
                "no stream of format {} in source {}",
                row.format_no, self.source_id
            ))
        })?;
        self.bytes = self.bytes.saturating_add(row.len.unsigned_abs());
        self.pointers.entry(row.page_no).or_default().push(Pointer {
            item: place,
            record: item.records.len(),
            offset: row.offset,
            len: row.len,
        });
        item.records.push(StoredRecord {
            metadata_prefix,
            datestamp: row.datestamp,
            deleted: row.deleted,
            cause: row.cause,
            fetched_at: Time::UNIX_EPOCH,
            seq: row.seq,
            raw: Bytes::new(),
            head: Arc::default(),
        });
        Ok(())
    }

    /// The pages that records are on, in their order.
    pub(super) fn pages(&self) -> Vec<i64> {
        let mut pages: Vec<i64> = self.pointers.keys().copied().collect();
        pages.sort_unstable();
        pages
    }

    /// Gives the records on a page their bytes; where one lies outside of it, its offset and length.
    pub(super) fn place(&mut self, page_no: i64, page: &ReadPage) -> Result<(), (i64, i64)> {
        for pointer in self.pointers.remove(&page_no).unwrap_or_default() {
            let (offset, len) = (pointer.offset, pointer.len);
            let raw = page.slice(offset, len).ok_or((offset, len))?;
            let record = self
                .items
                .get_mut(pointer.item)
                .and_then(|item| item.records.get_mut(pointer.record));
            if let Some(record) = record {
                record.raw = if page.body.len() > PINNED {
                    Bytes::copy_from_slice(&raw)
                } else {
                    raw
                };
                record.head = Arc::clone(&page.head);
                record.fetched_at = page.fetched_at;
            }
        }
        Ok(())
    }

    /// The items, once all pages were placed.
    pub(super) fn finish(self) -> Vec<StoredItem> {
        self.items
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::oai::PageHead;

    fn page(len: usize) -> ReadPage {
        ReadPage {
            body: vec![b'x'; len].into(),
            head: Arc::new(PageHead::default()),
            fetched_at: Time::UNIX_EPOCH,
        }
    }

    fn assembly() -> Assembly {
        let formats = HashMap::from([(1, "oai_dc".to_owned())]);
        Assembly::new(1, formats)
    }

    fn record(page_no: i64, offset: i64, len: i64) -> RecordRow {
        RecordRow {
            format_no: 1,
            page_no: page_no,
            offset,
            len,
            datestamp: "2024-05-01".to_owned(),
            deleted: false,
            cause: None,
            seq: 1,
        }
    }

    #[test]
    fn records_of_a_large_page_do_not_keep_it() {
        for (size, keeps) in [(PINNED, true), (PINNED + 1, false)] {
            let page = page(size);
            let mut assembly = assembly();
            assembly.begin(1, "a".to_owned(), None);
            assembly.add(record(1, 3, 4)).unwrap();
            assembly.place(1, &page).unwrap();
            let items = assembly.finish();
            let raw = &items[0].records[0].raw;
            assert_eq!(raw, "xxxx");
            let within = page.body.as_ptr_range().contains(&raw.as_ptr());
            assert_eq!(within, keeps, "{size} bytes");
        }
    }

    #[test]
    fn batches_are_full_by_their_bytes() {
        let mut assembly = assembly();
        assembly.begin(1, "a".to_owned(), None);
        assembly.add(record(1, 0, 16 << 20)).unwrap();
        assert!(!assembly.is_full());
        assembly.add(record(2, 0, 1)).unwrap();
        assert!(assembly.is_full());
    }

    #[test]
    fn rejects_records_outside_of_their_page() {
        let mut assembly = assembly();
        assembly.begin(1, "a".to_owned(), None);
        assembly.add(record(1, 8, 4)).unwrap();
        assert_eq!(assembly.place(1, &page(10)), Err((8, 4)));
    }
}
