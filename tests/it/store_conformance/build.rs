//! Pages, windows and batches for the cases.

use bytes::Bytes;
use offprint::internals::oai::PageHead;
use offprint::internals::store::{
    ArticleRow, Batch, DeriveTally, ItemNo, ListNo, NewPage, NewRecord, ShrinkLimit, Source,
    SourceSpec, Store, StoredItem, Stream, Time, Window, WindowNo, WindowState,
};
use sha2::{Digest, Sha256};
use xxhash_rust::xxh3::xxh3_64;

/// A record in the making.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Rec {
    pub(crate) identifier: String,
    pub(crate) datestamp: String,
    pub(crate) content: String,
    pub(crate) deleted: bool,
}

impl Rec {
    pub(crate) fn raw(&self) -> String {
        format!(
            "<record>{} {} {}</record>",
            self.identifier, self.content, self.deleted
        )
    }

    pub(crate) fn dated(mut self, datestamp: &str) -> Self {
        datestamp.clone_into(&mut self.datestamp);
        self
    }
}

pub(crate) fn live(identifier: &str, content: &str) -> Rec {
    Rec {
        identifier: identifier.to_owned(),
        datestamp: "2024-05-01T00:00:00Z".to_owned(),
        content: content.to_owned(),
        deleted: false,
    }
}

pub(crate) fn tombstone(identifier: &str) -> Rec {
    Rec {
        content: String::new(),
        deleted: true,
        ..live(identifier, "")
    }
}

pub(crate) fn at(micros: i64) -> Time {
    Time::from_timestamp_micros(1_700_000_000_000_000 + micros).unwrap()
}

pub(crate) fn page(window_no: i64, records: &[Rec]) -> NewPage {
    let mut body = String::from("<OAI-PMH>");
    let mut index = Vec::new();
    for record in records {
        let raw = record.raw();
        index.push(NewRecord {
            identifier: record.identifier.clone(),
            datestamp: record.datestamp.clone(),
            deleted: record.deleted,
            offset: body.len() as u64,
            len: raw.len() as u64,
            hash: xxh3_64(format!("{}{}", record.content, record.deleted).as_bytes()),
        });
        body.push_str(&raw);
    }
    body.push_str("</OAI-PMH>");
    let body = Bytes::from(body);
    NewPage {
        window_no: WindowNo(window_no),
        kind: "ListRecords".to_owned(),
        fetched_at: at(1),
        request: "https://example.org/oai?verb=ListRecords".to_owned(),
        status: 200,
        headers: "{}".to_owned(),
        wire_coding: "gzip".to_owned(),
        sha256: Sha256::digest(&body).into(),
        head: PageHead {
            encoding: String::new(),
            namespaces: vec![("dc".into(), "urn:dc".into())],
            is_sound: true,
        },
        listed: u32::try_from(records.len()).unwrap(),
        records: index,
        body,
    }
}

/// An open window of a list.
pub(crate) fn window(window_no: i64, list_no: i64) -> Window {
    Window {
        state: WindowState::Open,
        ..Window::todo(WindowNo(window_no), ListNo(list_no), None, None)
    }
}

pub(crate) fn batch(stream: &Stream, pages: Vec<NewPage>) -> Batch {
    Batch {
        stream_no: stream.stream_no,
        pages,
        ..Batch::default()
    }
}

/// Pages of window 1 in the list of that number; it says how many records it has seen.
pub(crate) fn list(stream: &Stream, list_no: i64, pages: Vec<NewPage>) -> Batch {
    let seen = pages.iter().flat_map(|page| &page.records).map(|_| 1).sum();
    let windows = vec![Window {
        seen,
        ..window(1, list_no)
    }];
    Batch {
        windows,
        ..batch(stream, pages)
    }
}

/// A list may lack this share of the known records.
pub(crate) fn share(share: f64) -> ShrinkLimit {
    ShrinkLimit { share, records: 0 }
}

pub(crate) fn spec(name: &str) -> SourceSpec {
    SourceSpec {
        name: Some(name.to_owned()),
        base_url: format!("https://example.org/{name}/oai"),
    }
}

pub(crate) async fn source_and_stream(store: &dyn Store) -> (Source, Stream) {
    let source = store.open_source(&spec("cac")).await.unwrap();
    let stream = store.open_stream(&source, "oai_dc", None).await.unwrap();
    (source, stream)
}

/// All items of a selection, batch by batch: of large records a batch holds few.
pub(crate) async fn items(
    store: &dyn Store,
    source: &Source,
    selection: offprint::internals::store::Selection,
) -> Vec<StoredItem> {
    let mut all = Vec::new();
    let mut after = ItemNo::START;
    loop {
        let batch = store
            .items(source.source_id, selection, after, 10_000)
            .await
            .unwrap();
        let Some(last) = batch.last() else {
            return all;
        };
        after = last.item_no;
        all.extend(batch);
    }
}

pub(crate) async fn all(store: &dyn Store, source: &Source) -> Vec<StoredItem> {
    items(store, source, offprint::internals::store::Selection::All).await
}

pub(crate) fn identifiers(items: &[StoredItem]) -> Vec<&str> {
    items.iter().map(|item| item.identifier.as_str()).collect()
}

/// The source as it stands.
pub(crate) async fn now(store: &dyn Store, source: &Source) -> Source {
    let sources = store.sources().await.unwrap();
    sources
        .into_iter()
        .find(|s| s.source_id == source.source_id)
        .unwrap()
}

pub(crate) async fn sound(store: &dyn Store) {
    let complaints = store.check().await.unwrap();
    assert!(complaints.is_empty(), "{complaints:#?}");
}

/// Writes article rows as a derivation does that began before, and may not be the only one to change the source.
pub(crate) async fn put_rows(
    store: &dyn Store,
    source: &Source,
    rows: &[ArticleRow],
) -> DeriveTally {
    let mut deriving = store.begin_derive(source.source_id, "0").await.unwrap();
    deriving.seq = None;
    let put = store.put_articles(source.source_id, &mut deriving, rows.to_vec());
    put.await.unwrap()
}
