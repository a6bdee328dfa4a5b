//! A provider over a store of recorded answers, and what its answers are checked by.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test fails by panicking"
)]
#![allow(dead_code, reason = "each test program takes the part it needs")]

pub(crate) mod valid;

use std::sync::Arc;

use bytes::Bytes;
use offprint::internals::normalize::derive::derive_all;
use offprint::internals::oai::read_page;
use offprint::internals::provider::{Provider, Settings, VirtualSet};
use offprint::internals::store::{
    Access, Batch, NewPage, NewRecord, SearchIndex, Source, SourceId, SourceSpec, SqliteStore,
    Store as _, Stream, Time, Window, WindowNo, WindowState,
};
use sha2::{Digest, Sha256};

use valid::{Element, check};

/// The first recorded page: 96 live records, 4 tombstones, in six sets.
pub(crate) const PAGE: &str = "ojs-3.4-cac/cac-listrecords-oai_dc-page1.xml";

pub(crate) fn sample(path: &str) -> String {
    std::fs::read_to_string(format!("{}/samples/{path}", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

/// A store with a source, and a provider over it.
pub(crate) struct Served {
    pub(crate) directory: tempfile::TempDir,
    pub(crate) store: Arc<SqliteStore>,
    pub(crate) provider: Arc<Provider>,
    pub(crate) source: Source,
}

pub(crate) fn settings() -> Settings {
    let english = VirtualSet {
        name: "In English".to_owned(),
        facets: [("language".to_owned(), vec!["en".to_owned()])].into(),
    };
    Settings {
        base_url: "http://catalog.example.org/oai".to_owned(),
        name: "A <catalog> & more".to_owned(),
        emails: vec!["library@example.org".to_owned()],
        repository: Some("catalog.example.org".to_owned()),
        page_size: 10,
        identifiers_size: 25,
        sets: [("english".to_owned(), english)].into(),
        ..Settings::default()
    }
}

/// An empty store.
pub(crate) async fn empty(settings: Settings) -> Served {
    let directory = tempfile::tempdir().unwrap();
    let store = SqliteStore::create_or_open(
        directory.path().join("a.db"),
        Access::Write { create: true },
    )
    .unwrap();
    let store = Arc::new(store);
    let provider = Provider::open(Arc::clone(&store) as _, settings)
        .await
        .unwrap();
    let source = Source {
        source_id: SourceId::START,
        name: String::new(),
        base_url: String::new(),
        id_base: String::new(),
        fence: 0,
        seq: 0,
        identify: None,
        facts: offprint::internals::store::ServerFacts::default(),
        profile: None,
        derivation: None,
        derived_seq: 0,
    };
    Served {
        directory,
        store,
        provider: Arc::new(provider),
        source,
    }
}

/// The recorded page in `oai_dc` and in `jats`.
pub(crate) async fn recorded() -> Served {
    served(
        settings(),
        &[
            ("oai_dc", PAGE),
            ("jats", "ojs-3.4-cac/cac-listrecords-jats-page1.xml"),
        ],
    )
    .await
}

pub(crate) async fn served(settings: Settings, pages: &[(&str, &str)]) -> Served {
    let mut served = empty(settings).await;
    served.source = served.open_source("cac").await;
    for (prefix, path) in pages {
        served.bring(prefix, &sample(path)).await;
    }
    served.derive().await;
    served.spread();
    served
}

impl Served {
    pub(crate) async fn open_source(&self, name: &str) -> Source {
        let base_url = format!("https://journals.example.org/index.php/{name}/oai");
        self.store
            .open_source(&SourceSpec {
                name: Some(name.to_owned()),
                base_url,
            })
            .await
            .unwrap()
    }

    /// Commits a page as if it had just been fetched.
    pub(crate) async fn bring(&self, prefix: &str, body: &str) {
        let stream = self
            .store
            .open_stream(&self.source, prefix, None)
            .await
            .unwrap();
        let batch = batch(&stream, body);
        self.store.commit(&self.source, batch).await.unwrap();
    }

    pub(crate) async fn derive(&self) {
        self.store
            .set_search_index(SearchIndex::Words)
            .await
            .unwrap();
        derive_all(&*self.store).await.unwrap();
    }

    /// Gives each change a second of its own, from 2026-01-01T00:00:01Z on.
    pub(crate) fn spread(&self) {
        self.sql(
            "UPDATE article SET changed_at = (strftime('%s', '2026-01-01') + item_no) * 1000000
             WHERE changed_at > strftime('%s', '2026-06-01') * 1000000",
        );
    }

    pub(crate) fn sql(&self, sql: &str) {
        rusqlite::Connection::open(self.directory.path().join("a.db"))
            .unwrap()
            .execute_batch(sql)
            .unwrap();
    }

    /// Asks, and checks that the answer is what OAI-PMH.xsd demands.
    pub(crate) async fn ask(&self, query: &str) -> Element {
        let arguments: Vec<(String, String)> = url::form_urlencoded::parse(query.as_bytes())
            .into_owned()
            .collect();
        let answer = self.provider.answer(&arguments).await.unwrap();
        check(&answer.xml).unwrap_or_else(|wrong| panic!("{query}: {wrong}\n{}", answer.xml))
    }

    /// All records or headers of a list, page by page: (identifier, datestamp, deleted).
    pub(crate) async fn walk(&self, query: &str) -> Vec<(String, String, bool)> {
        let verb = query.split('&').next().unwrap().to_owned();
        let mut found = Vec::new();
        let mut answer = self.ask(query).await;
        loop {
            if answer.errors() == ["noRecordsMatch"] && found.is_empty() {
                return found;
            }
            let headers = answer.headers();
            assert!(!headers.is_empty(), "{query}: {:?}", answer.errors());
            found.extend(headers);
            match answer.token() {
                Some(token) if !token.text.is_empty() => {
                    answer = self
                        .ask(&format!("{verb}&resumptionToken={}", encode(&token.text)))
                        .await;
                }
                Some(token) => {
                    assert_eq!(
                        token.attribute("completeListSize"),
                        Some(&*found.len().to_string())
                    );
                    return found;
                }
                None => return found,
            }
        }
    }

    pub(crate) async fn forget(&self, identifier: &str) {
        self.store
            .forget(self.source.source_id, identifier)
            .await
            .unwrap();
        self.sql("UPDATE forgotten SET at = strftime('%s', '2026-05-01') * 1000000");
    }
}

pub(crate) fn encode(text: &str) -> String {
    url::form_urlencoded::byte_serialize(text.as_bytes()).collect()
}

pub(crate) fn at(text: &str) -> Time {
    text.parse().unwrap()
}

fn batch(stream: &Stream, body: &str) -> Batch {
    let body = Bytes::from(body.to_owned());
    let page = read_page(&body).unwrap();
    let records: Vec<NewRecord> = page.records.iter().map(NewRecord::from).collect();
    let listed = u32::try_from(records.len()).unwrap();
    let list_no = stream.last_list.next();
    let page = NewPage {
        window_no: WindowNo(1),
        kind: "ListRecords".to_owned(),
        fetched_at: at("2026-11-24T03:00:00Z"),
        request: "https://journals.example.org/oai?verb=ListRecords".to_owned(),
        status: 200,
        headers: "{}".to_owned(),
        wire_coding: "identity".to_owned(),
        sha256: Sha256::digest(&body).into(),
        head: page.head,
        listed,
        records,
        body,
    };
    let window = Window {
        state: WindowState::Open,
        seen: listed.into(),
        ..Window::todo(WindowNo(1), list_no, None, None)
    };
    Batch {
        stream_no: stream.stream_no,
        pages: vec![page],
        windows: vec![window],
        ..Batch::default()
    }
}

/// One record in Dublin Core, in an answer of its own.
pub(crate) fn answer_of(identifier: &str, sets: &[&str], elements: Option<&str>) -> String {
    let sets: String = sets
        .iter()
        .flat_map(|set| ["<setSpec>", set, "</setSpec>"])
        .collect();
    let (status, metadata) = match elements {
        None => (" status=\"deleted\"", String::new()),
        Some(elements) => (
            "",
            format!(
                "<metadata><oai_dc:dc xmlns:oai_dc=\"http://www.openarchives.org/OAI/2.0/oai_dc/\" \
             xmlns:dc=\"http://purl.org/dc/elements/1.1/\">{elements}</oai_dc:dc></metadata>"
            ),
        ),
    };
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?><OAI-PMH xmlns=\"http://www.openarchives.org/OAI/2.0/\">\
         <responseDate>2026-11-24T03:00:00Z</responseDate><request verb=\"ListRecords\">http://x/oai</request>\
         <ListRecords><record><header{status}><identifier>{identifier}</identifier>\
         <datestamp>2026-11-20T00:00:00Z</datestamp>{sets}</header>{metadata}</record></ListRecords></OAI-PMH>"
    )
}
