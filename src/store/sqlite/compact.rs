//! Dropping what need not be kept, in small transactions.

use rusqlite::{Connection, TransactionBehavior};

use crate::store::convert::count;
use crate::store::fault::Result;
use crate::store::types::{Compacted, Keep};

/// Bodies or versions that go in one transaction.
const BATCH: i64 = 1000;
/// Pages of the file that are given back in one.
const VACUUM: i64 = 4096;

pub(super) fn compact(conn: &mut Connection, keep: Keep) -> Result<Compacted> {
    let before = size(conn)?;
    let mut done = Compacted {
        before,
        ..Compacted::default()
    };
    if keep == Keep::Current {
        done.versions = repeat(
            conn,
            "DELETE FROM record_old WHERE (source_id, item_no, format_no, seq) IN
                 (SELECT source_id, item_no, format_no, seq FROM record_old LIMIT ?1)",
        )?;
    }
    if keep != Keep::All {
        // Without an index by page, the bodies pointed at are gathered once.
        conn.execute_batch(
            "CREATE TEMP TABLE IF NOT EXISTS pointed (source_id, page_no, PRIMARY KEY (source_id, page_no));
             DELETE FROM pointed;
             INSERT OR IGNORE INTO pointed SELECT source_id, page_no FROM record;
             INSERT OR IGNORE INTO pointed SELECT source_id, page_no FROM record_old;",
        )?;
        done.bodies = repeat(
            conn,
            "DELETE FROM page_body WHERE rowid IN
                 (SELECT b.rowid FROM page_body b
                  WHERE NOT EXISTS (SELECT 1 FROM pointed p
                                    WHERE p.source_id = b.source_id AND p.page_no = b.page_no)
                  LIMIT ?1)",
        )?;
        conn.execute_batch("DROP TABLE pointed")?;
    }
    while conn.query_row("PRAGMA freelist_count", [], |row| row.get::<_, i64>(0))? > 0 {
        let free: i64 = conn.query_row("PRAGMA freelist_count", [], |row| row.get(0))?;
        conn.execute_batch(&format!("PRAGMA incremental_vacuum({VACUUM})"))?;
        let left: i64 = conn.query_row("PRAGMA freelist_count", [], |row| row.get(0))?;
        if left >= free {
            break; // a file made without auto_vacuum keeps its size
        }
    }
    conn.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))?;
    conn.execute_batch("PRAGMA optimize")?;
    done.after = size(conn)?;
    Ok(done)
}

fn repeat(conn: &mut Connection, delete: &str) -> Result<u64> {
    let mut all = 0;
    loop {
        let tx = conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let gone = tx.execute(delete, [BATCH])?;
        tx.commit()?;
        if gone == 0 {
            return Ok(all);
        }
        all += gone as u64;
    }
}

fn size(conn: &Connection) -> Result<u64> {
    let pages: i64 = conn.query_row("PRAGMA page_count", [], |row| row.get(0))?;
    let page: i64 = conn.query_row("PRAGMA page_size", [], |row| row.get(0))?;
    Ok(count(pages) * count(page))
}
