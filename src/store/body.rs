//! Bodies of pages: one zstd frame each, and a bounded cache of the unpacked.

use std::io::Read;
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use lru::LruCache;

use crate::oai::PageHead;

use super::fault::{Fault, Result};
use super::types::{Batch, PageNo, SourceId, Time};

/// Quick, and within a tenth of the denser levels on pages of XML.
const LEVEL: i32 = 1;

/// Takes three times as long, and saves a sixth.
const DENSE_LEVEL: i32 = 6;

/// Room the cache may take, bytes of unpacked bodies.
const CACHE_BYTES: usize = 8 << 20;

/// The most that is reserved for a body in advance: a damaged length must not ask for the whole memory.
const RESERVE: usize = 8 << 20;

/// The coding of a stored body. The numbers are part of the store's format.
pub(crate) mod codec {
    /// As it is.
    pub(crate) const PLAIN: i64 = 0;
    /// One zstd frame with a checksum.
    pub(crate) const ZSTD: i64 = 1;
    /// The same, packed again more densely.
    pub(crate) const ZSTD_DENSE: i64 = 2;
}

/// A body ready to be stored.
#[derive(Clone, Debug)]
pub(crate) struct Packed {
    pub(crate) codec: i64,
    pub(crate) bytes: Bytes,
}

/// Packs bodies; costly, so never inside a transaction nor on a thread of the async runtime.
pub(crate) fn pack<'a>(bodies: impl Iterator<Item = &'a Bytes>) -> std::io::Result<Vec<Packed>> {
    let mut compressor = zstd::bulk::Compressor::new(LEVEL)?;
    compressor.set_parameter(zstd::zstd_safe::CParameter::ChecksumFlag(true))?;
    bodies
        .map(|body| {
            let packed = compressor.compress(body)?;
            Ok(if packed.len() < body.len() {
                Packed {
                    codec: codec::ZSTD,
                    bytes: packed.into(),
                }
            } else {
                Packed {
                    codec: codec::PLAIN,
                    bytes: body.clone(),
                }
            })
        })
        .collect()
}

/// Packs a body again, more densely.
pub(crate) fn repack(body: &[u8]) -> std::io::Result<Packed> {
    let mut compressor = zstd::bulk::Compressor::new(DENSE_LEVEL)?;
    compressor.set_parameter(zstd::zstd_safe::CParameter::ChecksumFlag(true))?;
    Ok(Packed {
        codec: codec::ZSTD_DENSE,
        bytes: compressor.compress(body)?.into(),
    })
}

/// Packs the bodies of a batch on a thread of their own.
pub(super) async fn pack_batch(batch: Batch) -> Result<(Batch, Vec<Packed>)> {
    let packed = tokio::task::spawn_blocking(move || {
        pack(batch.pages.iter().map(|page| &page.body)).map(|bodies| (batch, bodies))
    });
    packed
        .await
        .map_err(|e| Fault::engine(format!("packing a page stopped: {e}")))?
        .map_err(|e| Fault::engine(format!("cannot pack a page: {e}")))
}

/// Unpacks a body of `raw_len` bytes; the error says what is wrong with it.
pub(crate) fn unpack(
    codec: i64,
    dict_id: i64,
    stored: &[u8],
    raw_len: u64,
) -> std::result::Result<Bytes, String> {
    let body = match (codec, dict_id) {
        (codec::PLAIN, 0) => stored.to_vec(),
        (codec::ZSTD | codec::ZSTD_DENSE, 0) if raw_len <= RESERVE as u64 => {
            zstd::bulk::decompress(stored, usize::try_from(raw_len).unwrap_or(RESERVE))
                .map_err(|e| e.to_string())?
        }
        (codec::ZSTD | codec::ZSTD_DENSE, 0) => {
            let mut body = Vec::with_capacity(RESERVE);
            let decoder = zstd::Decoder::with_buffer(stored).map_err(|e| e.to_string())?;
            // One byte more than promised is enough to know.
            decoder
                .take(raw_len.saturating_add(1))
                .read_to_end(&mut body)
                .map_err(|e| e.to_string())?;
            body
        }
        _ => return Err(format!("unknown codec {codec} with dictionary {dict_id}")),
    };
    if body.len() as u64 == raw_len {
        Ok(body.into())
    } else {
        Err(format!(
            "unpacks to {} bytes or more instead of {raw_len}",
            body.len()
        ))
    }
}

/// A page as readers need it; cloning it is cheap.
#[derive(Clone, Debug)]
pub(crate) struct ReadPage {
    pub(crate) body: Bytes,
    pub(crate) head: Arc<PageHead>,
    pub(crate) fetched_at: Time,
}

impl ReadPage {
    /// A record's bytes; nothing where they would lie outside of the page.
    pub(crate) fn slice(&self, offset: u64, len: u64) -> Option<Bytes> {
        let from = usize::try_from(offset).ok()?;
        let to = from.checked_add(usize::try_from(len).ok()?)?;
        (to <= self.body.len()).then(|| self.body.slice(from..to))
    }
}

/// Unpacked pages by (source_id, page_no), the least recently used going first; and one page that is larger than the
/// cache itself.
#[derive(Debug)]
pub struct PageCache {
    inner: Mutex<Inner>,
    /// Held while a page is unpacked that is larger than the cache, so that readers do not unpack several at once.
    unpacking: Mutex<()>,
}

#[derive(Debug)]
struct Inner {
    pages: LruCache<(SourceId, PageNo), ReadPage>,
    bytes: usize,
    /// The last page read that has more bytes than all of the others may have: batch after batch comes from it.
    large: Option<((SourceId, PageNo), ReadPage)>,
}

impl PageCache {
    pub(crate) fn new() -> Self {
        Self {
            inner: Mutex::new(Inner {
                pages: LruCache::unbounded(),
                bytes: 0,
                large: None,
            }),
            unpacking: Mutex::default(),
        }
    }

    /// Returns a page of `raw_len` bytes, which is unpacked where it is not here.
    ///
    /// # Errors
    /// Those of `unpack`.
    pub(super) fn get_or_unpack(
        &self,
        place: (SourceId, PageNo),
        raw_len: u64,
        unpack: impl FnOnce() -> Result<ReadPage>,
    ) -> Result<ReadPage> {
        let _alone = (raw_len > CACHE_BYTES as u64).then(|| {
            let unpacking = self.unpacking.lock();
            unpacking.unwrap_or_else(PoisonError::into_inner)
        });
        if let Some(page) = self.get(place.0, place.1) {
            return Ok(page);
        }
        let page = unpack()?;
        self.put(place.0, place.1, page.clone());
        Ok(page)
    }

    pub(crate) fn get(&self, source_id: SourceId, page_no: PageNo) -> Option<ReadPage> {
        let mut inner = self.lock();
        match &inner.large {
            Some((place, page)) if *place == (source_id, page_no) => Some(page.clone()),
            _ => inner.pages.get(&(source_id, page_no)).cloned(),
        }
    }

    pub(crate) fn put(&self, source_id: SourceId, page_no: PageNo, page: ReadPage) {
        let size = page.body.len();
        let mut inner = self.lock();
        if size > CACHE_BYTES {
            inner.large = Some(((source_id, page_no), page));
            return;
        }
        inner.bytes += size;
        if let Some((_, old)) = inner.pages.push((source_id, page_no), page) {
            inner.bytes -= old.body.len();
        }
        while inner.bytes > CACHE_BYTES {
            let Some((_, old)) = inner.pages.pop_lru() else {
                break;
            };
            inner.bytes -= old.body.len();
        }
    }

    /// Lets go of every page, since bodies were rewritten.
    pub(crate) fn clear(&self) {
        let mut inner = self.lock();
        inner.pages.clear();
        inner.bytes = 0;
        inner.large = None;
    }

    /// A reader that panicked leaves a cache that is still sound.
    fn lock(&self) -> std::sync::MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn packed(body: &[u8]) -> Packed {
        pack(std::iter::once(&Bytes::copy_from_slice(body)))
            .unwrap()
            .remove(0)
    }

    #[test]
    fn bodies_come_back_as_they_were() {
        for body in [&b""[..], b"x", &b"<record/>".repeat(1000)] {
            let packed = packed(body);
            assert_eq!(
                unpack(packed.codec, 0, &packed.bytes, body.len() as u64).unwrap(),
                body
            );
        }
        assert_eq!(packed(&b"<record/>".repeat(1000)).codec, codec::ZSTD);
        assert_eq!(packed(b"x").codec, codec::PLAIN);
        let body = b"<record/>".repeat(1000);
        let dense = repack(&body).unwrap();
        assert_eq!(
            unpack(dense.codec, 0, &dense.bytes, body.len() as u64).unwrap(),
            body
        );
    }

    #[test]
    fn reports_damage_without_unpacking() {
        let body = b"<record><title>one</title></record>".repeat(50);
        let packed = packed(&body);
        let raw_len = body.len() as u64;
        for position in 0..packed.bytes.len() {
            let mut damaged = packed.bytes.to_vec();
            damaged[position] ^= 0x10;
            match unpack(codec::ZSTD, 0, &damaged, raw_len) {
                Err(_) => {}
                // Some bits of a frame's header say nothing of its content.
                Ok(unpacked) => assert_eq!(unpacked, body, "byte {position}"),
            }
        }
        assert!(
            unpack(
                codec::ZSTD,
                0,
                &packed.bytes[..packed.bytes.len() - 3],
                raw_len
            )
            .is_err()
        );
        assert!(unpack(codec::ZSTD, 0, &packed.bytes, raw_len - 1).is_err());
        assert!(unpack(codec::ZSTD, 0, &packed.bytes, u64::MAX).is_err());
        assert!(unpack(9, 0, &packed.bytes, raw_len).is_err());
        assert!(unpack(codec::ZSTD, 7, &packed.bytes, raw_len).is_err());
    }

    #[test]
    fn the_cache_is_bounded_by_bytes() {
        let cache = PageCache::new();
        let page = |size: usize| ReadPage {
            body: vec![0; size].into(),
            head: Arc::new(PageHead::default()),
            fetched_at: Time::UNIX_EPOCH,
        };
        let third = CACHE_BYTES / 3;
        for page_no in 1..=3 {
            cache.put(SourceId(1), PageNo(page_no), page(third));
        }
        cache.put(SourceId(1), PageNo(3), page(third));
        assert!(
            cache.get(SourceId(1), PageNo(1)).is_some(),
            "used again, so the second is the oldest"
        );
        cache.put(SourceId(1), PageNo(4), page(third));
        assert!(cache.get(SourceId(1), PageNo(2)).is_none());
        assert!(
            cache.get(SourceId(1), PageNo(1)).is_some()
                && cache.get(SourceId(1), PageNo(3)).is_some()
                && cache.get(SourceId(1), PageNo(4)).is_some()
        );
        for page_no in [5, 6] {
            cache.put(SourceId(1), PageNo(page_no), page(CACHE_BYTES + 1));
            assert!(cache.get(SourceId(1), PageNo(page_no)).is_some());
        }
        assert!(
            cache.get(SourceId(1), PageNo(5)).is_none(),
            "one that is larger than the cache itself, and no more"
        );
        assert_eq!(cache.lock().bytes, 3 * third);
    }
}
