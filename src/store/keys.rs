//! Keys of articles, by which the same article is found in another source. The store has a hash of each; the text is in
//! the article.

use xxhash_rust::xxh3::xxh3_64;

use super::fault::{Fault, Result};
use super::query::{FromRow, Row, Value, values};
use super::session::Session;
use super::source_row;
use super::types::{ItemNo, SourceId, StoredKey};

/// Kinds of keys, by their number in the store.
const KINDS: [&str; 3] = ["doi", "url", "title"];
/// Bytes of a packed key: its kind and its hash.
const PACKED: usize = 9;
/// Articles whose keys are put into their table in one transaction.
const AT_ONCE: usize = 50_000;

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

    /// Returns the key with the name of its kind; `None` of a kind that is not known.
    pub(super) fn stored(self) -> Option<StoredKey> {
        let kind = KINDS.get(usize::try_from(self.kind).ok()?)?;
        Some(StoredKey {
            kind,
            hash: self.hash,
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

/// An article whose keys are not in their table yet.
struct Unkeyed {
    seq: i64,
    item_no: ItemNo,
    keys: Vec<u8>,
}

impl FromRow for Unkeyed {
    fn from_row(row: &dyn Row) -> Result<Self> {
        Ok(Self {
            seq: row.get(0)?,
            item_no: row.get(1)?,
            keys: row.bytes(2)?.unwrap_or_default().to_vec(),
        })
    }
}

/// Puts the keys of some articles into their table whose keys are not there yet. Hashes come in no order: put in with
/// each batch of articles, they would write nearly all of the table every time. Returns whether there may be more.
pub(super) async fn index(session: &dyn Session, source_id: SourceId) -> Result<bool> {
    source_row::lock_unfenced(session, source_id).await?;
    let sql = "SELECT keyed_seq FROM source WHERE source_id = $1";
    let keyed: i64 = session.value(sql, &values![source_id]).await?;
    let sql = "SELECT seq, item_no, keys FROM article
         WHERE source_id = $1 AND seq > $2 ORDER BY seq LIMIT $3";
    let values = values![source_id, keyed, AT_ONCE];
    let articles: Vec<Unkeyed> = session.all(sql, &values).await?;
    let Some(last) = articles.last().map(|article| article.seq) else {
        return Ok(false);
    };
    let mut rows: Vec<(HashedKey, ItemNo)> = articles
        .iter()
        .flat_map(|article| unpack(&article.keys).map(|key| (key, article.item_no)))
        .collect();
    rows.sort_unstable();
    add(session, source_id, &rows).await?;
    let sql = "UPDATE source SET keyed_seq = $2 WHERE source_id = $1";
    session.run(sql, &values![source_id, last]).await?;
    Ok(articles.len() == AT_ONCE)
}

/// Adds keys of articles, those that are there already apart.
async fn add(
    session: &dyn Session,
    source_id: SourceId,
    keys: &[(HashedKey, ItemNo)],
) -> Result<()> {
    const ONCE: &str = "ON CONFLICT DO NOTHING";
    if session.dialect().pick(true, false) {
        let sql = format!(
            "INSERT INTO article_key (kind, key_hash, source_id, item_no) VALUES ($1, $2, $3, $4) {ONCE}"
        );
        for (key, item_no) in keys {
            let row = values![key.kind, key.hash, source_id, *item_no];
            session.run(&sql, &row).await?;
        }
        return Ok(());
    }
    // One statement for all of them, where each would wait for the server.
    let column =
        |value: fn(&(HashedKey, ItemNo)) -> i64| Value::Ints(keys.iter().map(value).collect());
    let values = [
        source_id.into(),
        column(|(key, _)| key.kind),
        column(|(key, _)| key.hash),
        column(|(_, item_no)| item_no.0),
    ];
    let sql = format!(
        "INSERT INTO article_key (source_id, kind, key_hash, item_no)
         SELECT $1, * FROM unnest($2::bigint[], $3::bigint[], $4::bigint[]) {ONCE}"
    );
    session.run(&sql, &values).await?;
    Ok(())
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
