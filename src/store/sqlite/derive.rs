//! Article rows: derived from records, numbered like them.

use rusqlite::{Connection, OptionalExtension};

use super::session::SqliteSession;
use crate::store::derived::{self, New, Stored, Wanted, classify, prepare};
use crate::store::facets::tokens;
use crate::store::fault::Result;
use crate::store::groups::Groups;
use crate::store::keys;
use crate::store::location::SearchIndex;
use crate::store::query::values;
use crate::store::search::{self, text_row};
use crate::store::session::Session;
use crate::store::types::{ArticleRow, DeriveTally, Deriving, ItemNo, SourceId};

pub(super) async fn put(
    session: &SqliteSession<'_>,
    source_id: SourceId,
    deriving: &Deriving,
    rows: &[ArticleRow],
) -> Result<(DeriveTally, Option<i64>)> {
    let (before, is_alone) = derived::lock(session, source_id, deriving).await?;
    let now = session.stamp().await?;
    let (wanted, mut groups) = prepare(session, source_id, rows).await?;
    let mut written = Written {
        search: search::index(session).await?,
        is_alone,
        seq: before,
        tally: DeriveTally::default(),
    };
    write(
        &session.conn(),
        source_id,
        &wanted,
        now,
        &mut groups,
        &mut written,
    )?;
    groups.save(session, source_id).await?;
    if written.seq > before {
        let sql = "UPDATE source SET seq = $2 WHERE source_id = $1";
        Session::run(session, sql, &values![source_id, written.seq]).await?;
    }
    Ok((written.tally, is_alone.then_some(written.seq)))
}

/// The source's seq, and what became of the rows.
struct Written {
    /// What is put into the index of words.
    search: SearchIndex,
    /// Nothing else has changed the source since the items were read.
    is_alone: bool,
    seq: i64,
    tally: DeriveTally,
}

/// Writes rows one by one.
fn write(
    conn: &Connection,
    source_id: SourceId,
    rows: &[Wanted<'_>],
    now: i64,
    groups: &mut Groups,
    written: &mut Written,
) -> Result<()> {
    let last: Option<ItemNo> = conn
        .prepare_cached("SELECT max(item_no) FROM article WHERE source_id = ?1")?
        .query_row([source_id], |row| row.get(0))?;
    for wanted in rows {
        let row = wanted.row;
        if !written.is_alone && newest_record(conn, source_id, row.item_no)? != Some(row.record_seq)
        {
            continue; // it has moved on since it was read
        }
        // Behind the last article there is nothing to look for.
        let stored = if last.is_some_and(|last| row.item_no <= last) {
            stored(conn, source_id, row.item_no)?
        } else {
            None
        };
        let new = classify(
            stored.as_ref(),
            wanted,
            &mut written.seq,
            now,
            &mut written.tally,
        );
        put_text(conn, source_id, wanted.row, stored.as_ref(), &new, written)?;
        if !new.same {
            put_row(conn, source_id, wanted, &new)?;
            put_keys(conn, source_id, wanted, stored.as_ref(), &new)?;
            let left = stored.map(|old| (old.groups, !old.deleted));
            groups.count((new.groups, !row.deleted), left);
        }
    }
    Ok(())
}

fn put_row(conn: &Connection, source_id: SourceId, wanted: &Wanted<'_>, new: &New) -> Result<()> {
    let row = wanted.row;
    let [facets_no, codes_no, issue_no] = new.groups;
    conn.prepare_cached(
        "INSERT OR REPLACE INTO article (source_id, item_no, seq, cause_seq, record_seq, changed_at, deleted,
             hash, facets_no, codes_no, issue_no, keys)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)",
    )?
    .execute((
        source_id,
        row.item_no,
        new.seq,
        new.cause_seq,
        row.record_seq,
        new.changed_at,
        row.deleted,
        row.hash.cast_signed(),
        facets_no,
        codes_no,
        issue_no,
        &wanted.keys,
    ))?;
    Ok(())
}

/// The plus keeps it to the item's own records: by the index of all changes it would look through them all.
pub(super) const NEWEST_RECORD: &str =
    "SELECT max(+seq) FROM record WHERE source_id = ?1 AND item_no = ?2";

fn newest_record(conn: &Connection, source_id: SourceId, item_no: ItemNo) -> Result<Option<i64>> {
    Ok(conn
        .prepare_cached(NEWEST_RECORD)?
        .query_row((source_id, item_no), |row| row.get(0))?)
}

fn stored(conn: &Connection, source_id: SourceId, item_no: ItemNo) -> Result<Option<Stored>> {
    let stored = conn
        .prepare_cached(
            "SELECT cause_seq, record_seq, seq, changed_at, deleted, hash, facets_no, codes_no, issue_no, keys FROM article
             WHERE source_id = ?1 AND item_no = ?2",
        )?
        .query_row((source_id, item_no), |row| {
            Ok(Stored {
                cause_seq: row.get(0)?,
                record_seq: row.get(1)?,
                seq: row.get(2)?,
                changed_at: row.get(3)?,
                deleted: row.get(4)?,
                hash: row.get(5)?,
                groups: [row.get(6)?, row.get(7)?, row.get(8)?],
                keys: row.get(9)?,
            })
        })
        .optional()?;
    Ok(stored)
}

/// Puts the words of an article into the index where they are new, or not there yet.
fn put_text(
    conn: &Connection,
    source_id: SourceId,
    row: &ArticleRow,
    stored: Option<&Stored>,
    new: &New,
    written: &Written,
) -> Result<()> {
    if written.search == SearchIndex::None {
        return Ok(());
    }
    let rowid = text_row(source_id, row.item_no);
    if let Some(stored) = stored {
        let there: Option<i64> = conn
            .prepare_cached("SELECT 1 FROM article_text WHERE rowid = ?1")?
            .query_row([rowid], |found| found.get(0))
            .optional()?;
        if there.is_some() {
            if stored.seq == new.seq {
                return Ok(());
            }
            conn.prepare_cached("DELETE FROM article_text WHERE rowid = ?1")?
                .execute([rowid])?;
        }
    }
    if !row.deleted {
        conn.prepare_cached(
            "INSERT INTO article_text (rowid, title, name, number, summary, facet) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        )?
        .execute((
            rowid,
            &row.text.title,
            &row.text.name,
            &row.text.number,
            match written.search {
                SearchIndex::Abstracts => &row.text.summary,
                _ => "",
            },
            tokens(&row.facets).join(" "),
        ))?;
    }
    Ok(())
}

/// Removes the keys of an article where they differ, and puts in the new ones where that does not come later.
fn put_keys(
    conn: &Connection,
    source_id: SourceId,
    wanted: &Wanted<'_>,
    stored: Option<&Stored>,
    new: &New,
) -> Result<()> {
    let item_no = wanted.row.item_no;
    if let Some(stored) = stored {
        if stored.keys == wanted.keys {
            return Ok(());
        }
        let mut delete = conn.prepare_cached(
            "DELETE FROM article_key WHERE kind = ?1 AND key_hash = ?2 AND source_id = ?3 AND item_no = ?4",
        )?;
        for key in keys::unpack(&stored.keys) {
            delete.execute((key.kind, key.hash, source_id, item_no))?;
        }
    }
    if new.keyed_later {
        return Ok(());
    }
    let mut insert = conn.prepare_cached(
        "INSERT INTO article_key (kind, key_hash, source_id, item_no) VALUES (?1, ?2, ?3, ?4)",
    )?;
    for key in keys::unpack(&wanted.keys) {
        insert.execute((key.kind, key.hash, source_id, item_no))?;
    }
    Ok(())
}
