//! The invariants of the store that a query can check, for every engine.

/// Most complaints reported of one kind.
pub(super) const MOST: usize = 100;

/// The number of pages with a body.
pub(super) const STORED: &str = "SELECT count(*) FROM page_body";

/// Names of the phases of checking and compacting a store.
pub(super) const COMPARING: &str = "comparing pages with their hashes";
pub(super) const READING: &str = "reading pages again";
pub(super) const DROPPING: &str = "dropping pages and versions";

/// Queries whose every row is a complaint, in the SQL that the engines have in common.
pub(super) const RULES: &[&str] = &[
    // Pointers
    "SELECT format('source %s: record %s, format %s, seq %s points to page %s, whose %s',
                v.source_id, coalesce(i.identifier, CAST(v.item_no AS TEXT)), v.format_no, v.seq, v.page_no,
                CASE WHEN p.page_no IS NULL THEN 'row is not there'
                     WHEN b.page_no IS NULL THEN 'body is not there'
                     ELSE format('%s bytes do not hold %s+%s', p.raw_len, v.off, v.len) END)
     FROM (SELECT source_id, item_no, format_no, seq, page_no, off, len FROM record
           UNION ALL SELECT source_id, item_no, format_no, seq, page_no, off, len FROM record_old) v
     LEFT JOIN item i USING (source_id, item_no)
     LEFT JOIN page p USING (source_id, page_no)
     LEFT JOIN page_body b USING (source_id, page_no)
     WHERE b.page_no IS NULL OR p.page_no IS NULL OR v.off < 0 OR v.len < 0 OR v.off + v.len > p.raw_len",
    "SELECT format('source %s: body %s has no page', source_id, page_no) FROM page_body b
     WHERE NOT EXISTS (SELECT 1 FROM page p WHERE p.source_id = b.source_id AND p.page_no = b.page_no)",
    "SELECT format('source %s: record of item %s has no item', source_id, item_no) FROM record r
     WHERE NOT EXISTS (SELECT 1 FROM item i WHERE i.source_id = r.source_id AND i.item_no = r.item_no)",
    "SELECT format('source %s: record of item %s has a format without stream, %s', source_id, item_no, format_no)
     FROM record r
     WHERE NOT EXISTS (SELECT 1 FROM stream s WHERE s.source_id = r.source_id AND s.format_no = r.format_no)",
    "SELECT format('source %s: article of item %s has no record', source_id, item_no) FROM article a
     WHERE NOT EXISTS (SELECT 1 FROM record r WHERE r.source_id = a.source_id AND r.item_no = a.item_no)",
    "SELECT format('%s of source %s, which is not there', what, source_id)
     FROM (SELECT 'item' AS what, source_id FROM item UNION SELECT 'stream', source_id FROM stream
           UNION SELECT 'page', source_id FROM page UNION SELECT 'article', source_id FROM article) f
     WHERE source_id NOT IN (SELECT source_id FROM source)",
    "SELECT format('source %s: group %s counts %s articles, and has %s', g.source_id, g.group_no, g.articles, coalesce(c.n, 0))
     FROM article_group g LEFT JOIN (
         SELECT source_id, no, count(*) AS n FROM (
             SELECT source_id, facets_no AS no FROM article UNION ALL SELECT source_id, codes_no FROM article
             UNION ALL SELECT source_id, issue_no FROM article) a
         GROUP BY source_id, no) c ON c.source_id = g.source_id AND c.no = g.group_no
     WHERE g.articles <> coalesce(c.n, 0)",
    "SELECT format('source %s: article of item %s is in a group that is not there', source_id, item_no)
     FROM article a
     WHERE (SELECT count(*) FROM article_group g WHERE g.source_id = a.source_id
                AND (g.group_no = a.facets_no AND g.kind = 'facets' OR g.group_no = a.codes_no AND g.kind = 'codes'
                     OR g.group_no = a.issue_no AND g.kind = 'issue')) < 3",
    // Numbers
    "SELECT format('source %s: seq %s is used %s times', source_id, seq, count(*))
     FROM (SELECT source_id, seq FROM record UNION ALL SELECT source_id, seq FROM record_old
           UNION ALL SELECT source_id, seq FROM article) v
     GROUP BY source_id, seq HAVING count(*) > 1",
    "SELECT format('source %s: %s has seq %s above the source''s %s', s.source_id, v.what, max(v.seq), s.seq)
     FROM source s JOIN (SELECT 'a record' AS what, source_id, seq FROM record
           UNION ALL SELECT 'a former record', source_id, seq FROM record_old
           UNION ALL SELECT 'an article', source_id, seq FROM article
           UNION ALL SELECT 'an article''s cause', source_id, cause_seq FROM article
           UNION ALL SELECT 'a page', source_id, seq_to FROM page
           UNION ALL SELECT 'a run', source_id, seq_to FROM run_source) v USING (source_id)
     WHERE v.seq > s.seq GROUP BY s.source_id, v.what",
    "SELECT format('source %s: derived up to %s, beyond its seq %s', source_id, derived_seq, seq)
     FROM source WHERE derived_seq > seq",
    "SELECT format('source %s: item %s, format %s has a former version %s newer than its newest %s',
                o.source_id, o.item_no, o.format_no, o.seq, coalesce(CAST(r.seq AS TEXT), 'none'))
     FROM record_old o LEFT JOIN record r USING (source_id, item_no, format_no)
     WHERE r.seq IS NULL OR o.seq >= r.seq",
    "SELECT format('source %s: seq falls from %s to %s at page %s', source_id, before, seq_to, page_no)
     FROM (SELECT source_id, page_no, seq_to,
                  lag(seq_to) OVER (PARTITION BY source_id ORDER BY page_no) AS before FROM page) p
     WHERE seq_to < before",
    "SELECT format('source %s: article of item %s was made from record %s, its newest is %s',
                a.source_id, a.item_no, a.record_seq, max(r.seq))
     FROM article a JOIN record r USING (source_id, item_no)
     GROUP BY a.source_id, a.item_no HAVING a.record_seq > max(r.seq)",
    "SELECT format('source %s: hands out item %s, but has %s', s.source_id, s.next_item, max(i.item_no))
     FROM source s JOIN item i USING (source_id) GROUP BY s.source_id HAVING max(i.item_no) >= s.next_item",
    "SELECT format('source %s: hands out page %s, but has %s', s.source_id, s.next_page, max(p.page_no))
     FROM source s JOIN page p USING (source_id) GROUP BY s.source_id HAVING max(p.page_no) >= s.next_page",
    // Checkpoints
    "SELECT format('source %s: window %s of stream %s counts %s records, its pages hold %s',
                w.source_id, w.window_no, w.stream_no, w.seen, coalesce(sum(p.records), 0))
     FROM harvest_window w
     LEFT JOIN page p ON p.source_id = w.source_id AND p.stream_no = w.stream_no AND p.window_no = w.window_no
          AND p.page_no >= w.first_page
     GROUP BY w.source_id, w.stream_no, w.window_no HAVING w.seen <> coalesce(sum(p.records), 0)",
    "SELECT format('source %s: window %s of stream %s has a token, but no page it came on',
                w.source_id, w.window_no, w.stream_no)
     FROM harvest_window w
     WHERE w.token IS NOT NULL AND NOT EXISTS (
         SELECT 1 FROM page p WHERE p.source_id = w.source_id AND p.stream_no = w.stream_no
            AND p.window_no = w.window_no AND p.page_no >= w.first_page)",
    "SELECT format('source %s: list %s of stream %s is complete, but its window %s is %s',
                s.source_id, s.last_complete_list, s.stream_no, w.window_no, w.state)
     FROM stream s JOIN harvest_window w USING (source_id, stream_no)
     WHERE w.list_no = s.last_complete_list AND w.state NOT IN ('done', 'split')",
];
