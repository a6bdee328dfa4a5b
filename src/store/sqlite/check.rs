//! Whether what is stored agrees with itself: the invariants of the data model, one query each.

use rusqlite::Connection;
use sha2::{Digest, Sha256};

use super::convert::count;
use super::fault::Outcome;
use super::manage::forget;
use crate::store::body::unpack;

/// Complaints told of one kind at most.
const MOST: usize = 100;

/// Queries whose every row is a complaint.
const RULES: &[&str] = &[
    // Pointers
    "SELECT format('source %d: record %s, format %d, seq %d points to page %d, whose %s',
                v.source_id, coalesce(i.identifier, v.item_no), v.format_no, v.seq, v.page_no,
                CASE WHEN p.page_no IS NULL THEN 'row is not there'
                     WHEN b.page_no IS NULL THEN 'body is not there'
                     ELSE format('%d bytes do not hold %d+%d', p.raw_len, v.off, v.len) END)
     FROM (SELECT source_id, item_no, format_no, seq, page_no, off, len FROM record
           UNION ALL SELECT source_id, item_no, format_no, seq, page_no, off, len FROM record_old) v
     LEFT JOIN item i USING (source_id, item_no)
     LEFT JOIN page p USING (source_id, page_no)
     LEFT JOIN page_body b USING (source_id, page_no)
     WHERE b.page_no IS NULL OR p.page_no IS NULL OR v.off < 0 OR v.len < 0 OR v.off + v.len > p.raw_len",
    "SELECT format('source %d: body %d has no page', source_id, page_no) FROM page_body b
     WHERE NOT EXISTS (SELECT 1 FROM page p WHERE p.source_id = b.source_id AND p.page_no = b.page_no)",
    "SELECT format('source %d: record of item %d has no item', source_id, item_no) FROM record r
     WHERE NOT EXISTS (SELECT 1 FROM item i WHERE i.source_id = r.source_id AND i.item_no = r.item_no)",
    "SELECT format('source %d: record of item %d has a format without stream, %d', source_id, item_no, format_no)
     FROM record r
     WHERE NOT EXISTS (SELECT 1 FROM stream s WHERE s.source_id = r.source_id AND s.format_no = r.format_no)",
    "SELECT format('source %d: article of item %d has no record', source_id, item_no) FROM article a
     WHERE NOT EXISTS (SELECT 1 FROM record r WHERE r.source_id = a.source_id AND r.item_no = a.item_no)",
    "SELECT format('%s of source %d, which is not there', what, source_id)
     FROM (SELECT 'item' AS what, source_id FROM item UNION SELECT 'stream', source_id FROM stream
           UNION SELECT 'page', source_id FROM page UNION SELECT 'article', source_id FROM article)
     WHERE source_id NOT IN (SELECT source_id FROM source)",
    // Numbers
    "SELECT format('source %d: seq %d is used %d times', source_id, seq, count(*))
     FROM (SELECT source_id, seq FROM record UNION ALL SELECT source_id, seq FROM record_old
           UNION ALL SELECT source_id, seq FROM article)
     GROUP BY source_id, seq HAVING count(*) > 1",
    "SELECT format('source %d: %s has seq %d above the source''s %d', s.source_id, v.what, max(v.seq), s.seq)
     FROM source s JOIN (SELECT 'a record' AS what, source_id, seq FROM record
           UNION ALL SELECT 'a former record', source_id, seq FROM record_old
           UNION ALL SELECT 'an article', source_id, seq FROM article
           UNION ALL SELECT 'an article''s cause', source_id, cause_seq FROM article
           UNION ALL SELECT 'a page', source_id, seq_to FROM page
           UNION ALL SELECT 'a run', source_id, seq_to FROM run_source) v USING (source_id)
     WHERE v.seq > s.seq GROUP BY s.source_id, v.what",
    "SELECT format('source %d: derived up to %d, beyond its seq %d', source_id, derived_seq, seq)
     FROM source WHERE derived_seq > seq",
    "SELECT format('source %d: item %d, format %d has a former version %d newer than its newest %s',
                o.source_id, o.item_no, o.format_no, o.seq, coalesce(r.seq, 'none'))
     FROM record_old o LEFT JOIN record r USING (source_id, item_no, format_no)
     WHERE r.seq IS NULL OR o.seq >= r.seq",
    "SELECT format('source %d: seq falls from %d to %d at page %d', source_id, before, seq_to, page_no)
     FROM (SELECT source_id, page_no, seq_to,
                  lag(seq_to) OVER (PARTITION BY source_id ORDER BY page_no) AS before FROM page)
     WHERE seq_to < before",
    "SELECT format('source %d: article of item %d was made from record %d, its newest is %d',
                a.source_id, a.item_no, a.record_seq, max(r.seq))
     FROM article a JOIN record r USING (source_id, item_no)
     GROUP BY a.source_id, a.item_no HAVING a.record_seq > max(r.seq)",
    "SELECT format('source %d: hands out item %d, but has %d', s.source_id, s.next_item, max(i.item_no))
     FROM source s JOIN item i USING (source_id) GROUP BY s.source_id HAVING max(i.item_no) >= s.next_item",
    "SELECT format('source %d: hands out page %d, but has %d', s.source_id, s.next_page, max(p.page_no))
     FROM source s JOIN page p USING (source_id) GROUP BY s.source_id HAVING max(p.page_no) >= s.next_page",
    // Checkpoints
    "SELECT format('source %d: window %d of stream %d counts %d records, its pages hold %d',
                w.source_id, w.window_no, w.stream_no, w.seen, total(p.records))
     FROM harvest_window w
     LEFT JOIN page p ON p.source_id = w.source_id AND p.stream_no = w.stream_no AND p.window_no = w.window_no
          AND p.page_no >= w.first_page
     GROUP BY w.source_id, w.stream_no, w.window_no HAVING w.seen <> total(p.records)",
    "SELECT format('source %d: window %d of stream %d has a token, but no page it came on',
                w.source_id, w.window_no, w.stream_no)
     FROM harvest_window w
     WHERE w.token IS NOT NULL AND NOT EXISTS (
         SELECT 1 FROM page p WHERE p.source_id = w.source_id AND p.stream_no = w.stream_no
            AND p.window_no = w.window_no AND p.page_no >= w.first_page)",
    "SELECT format('source %d: list %d of stream %d is complete, but its window %d is %s',
                s.source_id, s.last_complete_list, s.stream_no, w.window_no, w.state)
     FROM stream s JOIN harvest_window w USING (source_id, stream_no)
     WHERE w.list_no = s.last_complete_list AND w.state NOT IN ('done', 'split')",
];

/// Every complaint, in words; none when the store is sound.
pub(super) fn check(conn: &Connection) -> Outcome<Vec<String>> {
    let mut complaints = Vec::new();
    collect(conn, "PRAGMA integrity_check", &mut complaints)?;
    if complaints == ["ok"] {
        complaints.clear();
    } else {
        return Ok(complaints); // what the queries below would find has this for its cause
    }
    for rule in RULES {
        collect(conn, rule, &mut complaints)?;
    }
    bodies(conn, &mut complaints)?;
    Ok(complaints)
}

fn collect(conn: &Connection, query: &str, complaints: &mut Vec<String>) -> Outcome<()> {
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
fn bodies(conn: &Connection, complaints: &mut Vec<String>) -> Outcome<()> {
    let mut statement = conn.prepare(
        "SELECT source_id, page_no, b.codec, b.dict_id, p.raw_len, p.sha256, p.head, b.body, p.note
         FROM page p JOIN page_body b USING (source_id, page_no)",
    )?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let (source_id, page_no): (i64, i64) = (row.get(0)?, row.get(1)?);
        let mut complain = |what: &str| complaints.push(format!("source {source_id}: page {page_no} {what}"));
        let (Ok(sha256), Ok(stored)) = (row.get_ref(5)?.as_blob(), row.get_ref(7)?.as_blob()) else {
            complain("has no bytes for its hash or body");
            continue;
        };
        match unpack(row.get(2)?, row.get(3)?, stored, count(row.get(4)?)) {
            Ok(body) if Sha256::digest(&body)[..] == *sha256 => {}
            // A take-down rewrote it, and noted what it is since.
            Ok(body) if forget::is_blanked(row.get(8)?, &body) => {}
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
