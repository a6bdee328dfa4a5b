//! Records in XML, made once and kept while there is room: clients that harvest all at the same time ask for the same.

use std::sync::{Arc, Mutex, PoisonError};

use lru::LruCache;

use crate::store::Position;

/// A version of an item in a format: changes move its position.
pub(crate) type Key = (Position, u64);

/// Rendered records, the least recently used going first.
pub(crate) struct Rendered {
    room: usize,
    inner: Mutex<(LruCache<Key, Arc<str>>, usize)>,
}

/// Overhead of an entry beside its text, bytes.
const OVERHEAD: usize = 128;

impl Rendered {
    pub(crate) fn new(room: usize) -> Self {
        Self {
            room,
            inner: Mutex::new((LruCache::unbounded(), 0)),
        }
    }

    /// Returns the cached values of these keys, in order.
    pub(crate) fn get(&self, keys: &[Key]) -> Vec<Option<Arc<str>>> {
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        keys.iter().map(|key| inner.0.get(key).cloned()).collect()
    }

    pub(crate) fn put(&self, records: impl IntoIterator<Item = (Key, Arc<str>)>) {
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        let (cache, size) = &mut *inner;
        for (key, record) in records {
            *size += record.len() + OVERHEAD;
            if let Some(former) = cache.put(key, record) {
                *size -= former.len() + OVERHEAD;
            }
        }
        while *size > self.room {
            let Some((_, record)) = cache.pop_lru() else {
                break;
            };
            *size -= record.len() + OVERHEAD;
        }
    }
}
