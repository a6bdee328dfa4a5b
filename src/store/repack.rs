//! Packing bodies again, more densely than a harvest has the time for.

use bytes::Bytes;
use sha2::{Digest, Sha256};

use super::body::{Packed, codec, repack, unpack};
use super::convert::count;
use super::fault::Result;
use super::query::{FromRow, Row, values};
use super::redaction::is_redacted;
use super::session::Session;
use super::types::{PageNo, SourceId};

/// Bodies read at once.
const BATCH: usize = 20;

/// The place of a body.
pub(super) type Place = (SourceId, PageNo);

/// A body that a harvest packed.
#[derive(Clone, Debug)]
pub(super) struct Quick {
    place: Place,
    dict_id: i64,
    raw_len: u64,
    body: Bytes,
    sha256: Bytes,
    note: Option<String>,
}

/// A body that is packed again.
#[derive(Clone, Debug)]
pub(super) struct Dense {
    place: Place,
    before: usize,
    note: Option<String>,
    packed: Packed,
}

impl FromRow for Quick {
    fn from_row(row: &dyn Row) -> Result<Self> {
        let bytes = |at| Ok::<_, super::fault::Fault>(row.bytes(at)?.unwrap_or_default().to_vec());
        Ok(Self {
            place: (row.get(0)?, row.get(1)?),
            dict_id: row.get(2)?,
            raw_len: row.get(3)?,
            body: bytes(4)?.into(),
            sha256: bytes(5)?.into(),
            note: row.get(6)?,
        })
    }
}

impl Quick {
    pub(super) fn place(&self) -> Place {
        self.place
    }

    /// Packs the body again, or takes it as it is where that is smaller; `None` where it is damaged.
    fn pack(self) -> Option<Dense> {
        let body = unpack(codec::ZSTD, self.dict_id, &self.body, self.raw_len).ok()?;
        let is_sound = Sha256::digest(&body)[..] == *self.sha256;
        if !is_sound && !is_redacted(self.note.as_deref(), &body) {
            return None;
        }
        let before = self.body.len();
        let mut packed = repack(&body).ok()?;
        if packed.bytes.len() >= before {
            packed.bytes = self.body;
        }
        Some(Dense {
            place: self.place,
            before,
            note: self.note,
            packed,
        })
    }
}

/// Returns how many bodies a harvest packed.
pub(super) async fn quick_bodies(session: &dyn Session) -> Result<u64> {
    let sql = "SELECT count(*) FROM page_body WHERE codec = $1";
    Ok(count(session.value(sql, &values![codec::ZSTD]).await?))
}

/// Reads some bodies behind a place that a harvest packed.
pub(super) async fn quick(session: &dyn Session, after: Place) -> Result<Vec<Quick>> {
    let sql = "SELECT p.source_id, p.page_no, b.dict_id, p.raw_len, b.body, p.sha256, p.note
         FROM page p JOIN page_body b USING (source_id, page_no)
         WHERE (p.source_id, p.page_no) > ($1, $2) AND b.codec = $3
         ORDER BY p.source_id, p.page_no LIMIT $4";
    let values = values![after.0, after.1, codec::ZSTD, BATCH];
    session.all(sql, &values).await
}

/// Packs bodies again.
pub(super) fn pack(bodies: Vec<Quick>) -> Vec<Dense> {
    bodies.into_iter().filter_map(Quick::pack).collect()
}

/// Writes bodies, but those that a take-down rewrote meanwhile.
pub(super) async fn put(session: &dyn Session, bodies: &[Dense]) -> Result<u64> {
    let sql = "UPDATE page_body SET codec = $3, dict_id = 0, body = $4
         WHERE source_id = $1 AND page_no = $2 AND codec = $5 AND length(body) = $6
           AND (SELECT p.note FROM page p WHERE p.source_id = $1 AND p.page_no = $2)
               IS NOT DISTINCT FROM CAST($7 AS TEXT)";
    let mut written = 0;
    for body in bodies {
        let (source_id, page_no) = body.place;
        let packed = &body.packed;
        let values = values![
            source_id,
            page_no,
            packed.codec,
            packed.bytes.clone(),
            codec::ZSTD,
            body.before,
            &body.note,
        ];
        written += session.run(sql, &values).await?;
    }
    Ok(written)
}
