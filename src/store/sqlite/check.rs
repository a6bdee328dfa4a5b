//! Checks that the stored data agree with one another: the invariants of the data model, one query each.

use rusqlite::Connection;
use sha2::{Digest, Sha256};

use crate::phase::Phases;
use crate::store::body::unpack;
use crate::store::convert::count;
use crate::store::fault::Result;
use crate::store::integrity_checks::{COMPARING, MOST, RULES, STORED};
use crate::store::redaction::is_redacted;
use crate::store::types::{PageNo, SourceId};

/// Every complaint, in words; none when the store is sound.
pub(super) fn check(conn: &Connection, phases: &Phases) -> Result<Vec<String>> {
    let mut complaints = Vec::new();
    let phase = phases.begin("checking tables", Some(1 + RULES.len() as u64));
    collect(conn, "PRAGMA integrity_check", &mut complaints)?;
    if complaints == ["ok"] {
        complaints.clear();
    } else {
        return Ok(complaints); // what the queries below would find has this for its cause
    }
    phase.advance(1);
    for rule in RULES {
        collect(conn, rule, &mut complaints)?;
        phase.advance(1);
    }
    drop(phase);
    bodies(conn, phases, &mut complaints)?;
    Ok(complaints)
}

fn collect(conn: &Connection, query: &str, complaints: &mut Vec<String>) -> Result<()> {
    let mut statement = conn.prepare(query)?;
    let mut rows = statement.query([])?;
    let mut found = 0;
    while let Some(row) = rows.next()? {
        if found == MOST {
            complaints.push("and more of the same".to_owned());
            break;
        }
        complaints.push(row.get(0)?);
        found += 1;
    }
    Ok(())
}

/// Unpacks every body and compares it with what its page says.
fn bodies(conn: &Connection, phases: &Phases, complaints: &mut Vec<String>) -> Result<()> {
    let all = conn.query_row(STORED, [], |row| row.get(0))?;
    let phase = phases.begin(COMPARING, Some(count(all)));
    let mut statement = conn.prepare(
        "SELECT source_id, page_no, b.codec, b.dict_id, p.raw_len, p.sha256, p.head, b.body, p.note
         FROM page p JOIN page_body b USING (source_id, page_no)",
    )?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        phase.advance(1);
        let (source_id, page_no): (SourceId, PageNo) = (row.get(0)?, row.get(1)?);
        let mut complain =
            |what: &str| complaints.push(format!("source {source_id}: page {page_no} {what}"));
        let (Ok(sha256), Ok(stored)) = (row.get_ref(5)?.as_blob(), row.get_ref(7)?.as_blob())
        else {
            complain("has no bytes for its hash or body");
            continue;
        };
        match unpack(row.get(2)?, row.get(3)?, stored, count(row.get(4)?)) {
            Ok(body) if Sha256::digest(&body)[..] == *sha256 => {}
            // A take-down rewrote it, and noted what it is since.
            Ok(body) if is_redacted(row.get::<_, Option<String>>(8)?.as_deref(), &body) => {}
            Ok(_) => complain("does not have its sha256"),
            Err(e) => complain(&format!("does not unpack: {e}")),
        }
        let head: String = row.get(6)?;
        if let Err(e) = serde_json::from_str::<crate::oai::PageHead>(&head) {
            complain(&format!("has an unreadable head: {e}"));
        }
    }
    Ok(())
}
