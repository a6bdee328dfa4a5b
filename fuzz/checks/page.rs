//! The page reader, its repairs and its tokens.

use offprint::internals::oai::{
    ListEnd, PageHead, Request, Verb, read_page, read_record, whole_record,
};

/// Whatever comes: the slices lie within the body, what is made whole needs no further repair, and a token goes
/// back as it came.
pub fn check(body: &[u8]) {
    let Ok(page) = read_page(body) else { return };
    for record in &page.records {
        let slice = &body[record.offset..record.offset + record.len];
        let _ = read_record(slice, &page.head);
        let Ok(whole) = whole_record(slice, &page.head) else {
            continue;
        };
        let again = read_record(whole.record.as_bytes(), &PageHead::default());
        assert!(
            again.is_ok_and(|again| again.repairs.is_empty()),
            "{:?}",
            whole.record
        );
    }
    let _ = page.list_hash(body);
    if let ListEnd::More(token) = &page.end {
        let request = Request::Resume {
            verb: Verb::ListRecords,
            token: token.value.clone(),
            metadata_prefix: None,
        };
        let base = url::Url::parse("https://a.example/oai?own=1").unwrap();
        let sent = request.url(&base);
        assert_eq!(sent.query_pairs().last().unwrap().1, token.value);
        assert_eq!(sent.query_pairs().count(), 3);
    }
}
