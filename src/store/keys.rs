//! Keys of articles, by which the same article is found in another source. The store has a hash of each; the text is in
//! the article.

use xxhash_rust::xxh3::xxh3_64;

use super::fault::{Fault, Result};

/// Kinds of keys, by their number in the store.
const KINDS: [&str; 3] = ["doi", "url", "title"];
/// Bytes of a packed key: its kind and its hash.
const PACKED: usize = 9;

/// A key as the store has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct HashedKey {
    /// Number of its kind.
    pub(super) kind: i64,
    /// Hash of its text.
    pub(super) hash: i64,
}

impl HashedKey {
    pub(super) fn of(kind: &str, key: &str) -> Result<Self> {
        Ok(Self {
            kind: kind_number(kind)?,
            hash: key_hash(key),
        })
    }
}

pub(super) fn kind_number(kind: &str) -> Result<i64> {
    let number = KINDS.iter().position(|known| *known == kind);
    number
        .map(super::convert::int)
        .ok_or_else(|| Fault::damaged(format!("a key of unknown kind {kind:?}")))
}

/// Returns the hash by which a key of an article is looked up.
pub fn key_hash(key: &str) -> i64 {
    xxh3_64(key.as_bytes()).cast_signed()
}

/// Packs the keys of an article, each once and in their order.
pub(super) fn pack(keys: &[(String, String)]) -> Result<Vec<u8>> {
    let mut hashed = Vec::with_capacity(keys.len());
    for (kind, key) in keys {
        hashed.push(HashedKey::of(kind, key)?);
    }
    hashed.sort_unstable();
    hashed.dedup();
    let mut packed = Vec::with_capacity(hashed.len() * PACKED);
    for key in hashed {
        packed.push(u8::try_from(key.kind).unwrap_or(u8::MAX));
        packed.extend_from_slice(&key.hash.to_le_bytes());
    }
    Ok(packed)
}

/// Unpacks the keys of an article.
pub(super) fn unpack(packed: &[u8]) -> impl Iterator<Item = HashedKey> {
    let (packed, _) = packed.as_chunks::<PACKED>();
    packed.iter().map(|[kind, hash @ ..]| HashedKey {
        kind: i64::from(*kind),
        hash: i64::from_le_bytes(*hash),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_packed_once_and_in_their_order() {
        let key = |kind: &str, key: &str| (kind.to_owned(), key.to_owned());
        let keys = [key("title", "a"), key("doi", "10.1/x"), key("title", "a")];
        let packed = pack(&keys).unwrap();
        let kinds: Vec<i64> = unpack(&packed).map(|key| key.kind).collect();
        assert_eq!(kinds, [0, 2]);
        assert_eq!(
            unpack(&packed).next(),
            Some(HashedKey::of("doi", "10.1/x").unwrap())
        );
        assert!(pack(&[key("isbn", "1")]).is_err());
    }
}
