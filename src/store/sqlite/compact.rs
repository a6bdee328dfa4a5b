//! Dropping what need not be kept, in small transactions.

use rusqlite::{Connection, TransactionBehavior};

use crate::phase::{Phase, Phases};
use crate::store::convert::count;
use crate::store::fault::Result;
use crate::store::integrity_checks::DROPPING;
use crate::store::types::{Compacted, Keep};

/// Bodies or versions that go in one transaction.
const BATCH: i64 = 1000;
/// Pages of the file that are given back in one.
const VACUUM: i64 = 4096;

pub(super) fn compact(conn: &mut Connection, keep: Keep, phases: &Phases) -> Result<Compacted> {
    let before = size(conn)?;
    let mut done = Compacted {
        before,
        ..Compacted::default()
    };
    let phase = phases.begin(DROPPING, None);
    if keep == Keep::Current {
        done.versions = repeat(
            conn,
            "DELETE FROM record_old WHERE (source_id, item_no, format_no, seq) IN
                 (SELECT source_id, item_no, format_no, seq FROM record_old LIMIT ?1)",
            &phase,
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
            &phase,
        )?;
        conn.execute_batch("DROP TABLE pointed")?;
    }
    drop(phase);
    give_back(conn, phases)?;
    conn.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))?;
    conn.execute_batch("PRAGMA optimize")?;
    done.after = size(conn)?;
    Ok(done)
}

/// Gives free pages back to the file system. A file made without `auto_vacuum` keeps its size.
fn give_back(conn: &Connection, phases: &Phases) -> Result<()> {
    let free = || conn.query_row("PRAGMA freelist_count", [], |row| row.get::<_, i64>(0));
    let mut before = free()?;
    let phase = phases.begin("giving back space", Some(count(before)));
    while before > 0 {
        conn.execute_batch(&format!("PRAGMA incremental_vacuum({VACUUM})"))?;
        let left = free()?;
        if left >= before {
            break;
        }
        phase.advance(count(before - left));
        before = left;
    }
    Ok(())
}

fn repeat(conn: &mut Connection, delete: &str, phase: &Phase) -> Result<u64> {
    let mut all = 0;
    loop {
        let tx = conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let gone = tx.execute(delete, [BATCH])?;
        tx.commit()?;
        if gone == 0 {
            return Ok(all);
        }
        all += gone as u64;
        phase.advance(gone as u64);
    }
}

fn size(conn: &Connection) -> Result<u64> {
    let pages: i64 = conn.query_row("PRAGMA page_count", [], |row| row.get(0))?;
    let page: i64 = conn.query_row("PRAGMA page_size", [], |row| row.get(0))?;
    Ok(count(pages) * count(page))
}
