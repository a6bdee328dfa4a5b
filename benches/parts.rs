//! Benchmarks of the single parts: the reader and its repairs, the normalizer, each exporter, the store.
//! `make parts` runs them; over pages of a hundred made-up records, as OJS 3.4 gives them.

use std::io;
use std::path::Path;

use bytes::Bytes;
use chrono::{DateTime, Utc};
use divan::counter::{BytesCount, ItemsCount};
use divan::{Bencher, black_box};
use offprint::article::Entry;
use offprint::internals::export::{
    Choice, FORMATS, Options, Target, crossref::CrossrefOptions, export_collection, exporter,
};
use offprint::internals::normalize::derive::derive_all;
use offprint::internals::normalize::{FormatRecord, Item, Profile, SourceContext, normalize};
use offprint::internals::oai::{Page, read_page, read_record};
use offprint::internals::store::{
    Access, Batch, ListNo, NewPage, NewRecord, SourceSpec, SqliteStore, Store as _, StreamNo,
    Window, WindowNo,
};

fn main() {
    divan::main();
}

/// The bytes of a page.
fn body() -> Vec<u8> {
    numbered_body(3)
}

/// The bytes of one of ten pages.
fn numbered_body(number: usize) -> Vec<u8> {
    let folder = Path::new("target/bench");
    std::fs::create_dir_all(folder).unwrap();
    let mut body = Vec::new();
    testkit::pages::Pages::open(folder, 1000)
        .unwrap()
        .read(number, &mut body)
        .unwrap();
    body
}

fn parsed() -> (Vec<u8>, Page) {
    let body = body();
    let page = read_page(&body).unwrap();
    (body, page)
}

fn context() -> SourceContext {
    SourceContext {
        name: "steppe".to_owned(),
        base_url: "https://journals.steppe.test/index.php/steppe/oai".to_owned(),
        id_base: "journals.steppe.test/index.php/steppe/oai".to_owned(),
        software: None,
        repository_name: None,
        mentions: Vec::new(),
        profile: Profile::default(),
    }
}

fn items() -> Vec<Item> {
    let (body, page) = parsed();
    let item = |found: &offprint::internals::oai::RecordRef| Item {
        identifier: found.identifier.clone(),
        records: vec![FormatRecord {
            metadata_prefix: "oai_dc".to_owned(),
            record: read_record(&body[found.offset..found.offset + found.len], &page.head).unwrap(),
            fetched_at: DateTime::<Utc>::UNIX_EPOCH,
            sha256: String::new(),
        }],
    };
    page.records.iter().map(item).collect()
}

#[divan::bench]
fn reader(bencher: Bencher<'_, '_>) {
    let body = body();
    bencher
        .counter(BytesCount::of_slice(&body))
        .bench(|| read_page(black_box(&body)));
}

/// The same page with a stray `&`, so that all of it is repaired.
#[divan::bench]
fn repair(bencher: Bencher<'_, '_>) {
    let text =
        String::from_utf8(body())
            .unwrap()
            .replacen("</dc:title>", " < & \u{8}</dc:title>", 1);
    bencher
        .counter(BytesCount::of_str(&text))
        .bench(|| read_page(black_box(text.as_bytes())));
}

#[divan::bench]
fn records(bencher: Bencher<'_, '_>) {
    let (body, page) = parsed();
    bencher
        .counter(ItemsCount::new(page.records.len()))
        .bench(|| {
            for found in &page.records {
                black_box(read_record(
                    &body[found.offset..found.offset + found.len],
                    &page.head,
                ))
                .unwrap();
            }
        });
}

#[divan::bench]
fn normalizer(bencher: Bencher<'_, '_>) {
    let (items, context) = (items(), context());
    bencher.counter(ItemsCount::new(items.len())).bench(|| {
        for item in &items {
            black_box(normalize(item, &context));
        }
    });
}

#[divan::bench(args = FORMATS.iter().map(|format| format.info.name).filter(|name| !matches!(*name, "raw" | "vufind")))]
fn export(bencher: Bencher<'_, '_>, name: &str) {
    let context = context();
    let entries: Vec<Entry> = items()
        .iter()
        .map(|item| normalize(item, &context))
        .collect();
    let options = Options {
        crossref: CrossrefOptions {
            depositor: Some("Steppe Press".to_owned()),
            email: Some("editor@steppe.test".to_owned()),
            ..CrossrefOptions::default()
        },
        ..Options::default()
    };
    bencher.counter(ItemsCount::new(entries.len())).bench(|| {
        let exporter = exporter(name, &options).unwrap();
        let mut target = Target::stream(Box::new(io::sink()), exporter).unwrap();
        for entry in &entries {
            target.push(entry.into()).unwrap();
        }
    });
}

/// One page into a new store, its transaction included.
#[divan::bench]
fn store(bencher: Bencher<'_, '_>) {
    let (body, page) = parsed();
    let body = Bytes::from(body);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    bencher
        .counter(ItemsCount::new(page.records.len()))
        .with_inputs(|| {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("store.db");
            let store = SqliteStore::create_or_open(path, Access::Write { create: true }).unwrap();
            let spec = SourceSpec {
                name: Some("steppe".to_owned()),
                base_url: context().base_url,
            };
            let source = runtime.block_on(store.open_source(&spec)).unwrap();
            let stream = runtime
                .block_on(store.open_stream(&source, "oai_dc", None))
                .unwrap();
            (folder, store, source, batch(&body, &page, stream.stream_no))
        })
        .bench_values(|(folder, store, source, batch)| {
            runtime.block_on(store.commit(&source, batch)).unwrap();
            (folder, store)
        });
}

fn batch(body: &Bytes, page: &Page, stream_no: StreamNo) -> Batch {
    let records = page.records.iter().map(NewRecord::from);
    let window = Window {
        seen: 100,
        ..Window::todo(WindowNo(1), ListNo(1), None, None)
    };
    let page = NewPage {
        window_no: WindowNo(1),
        kind: "ListRecords".to_owned(),
        fetched_at: DateTime::<Utc>::UNIX_EPOCH,
        request: context().base_url,
        status: 200,
        headers: "{}".to_owned(),
        wire_coding: "identity".to_owned(),
        sha256: [0; 32],
        head: page.head.clone(),
        listed: 100,
        records: records.collect(),
        body: body.clone(),
    };
    Batch {
        stream_no,
        pages: vec![page],
        windows: vec![window],
        ..Batch::default()
    }
}

/// A store of a thousand records, its articles derived, and kept or not.
fn stored(runtime: &tokio::runtime::Runtime, path: &Path, keeps: bool) -> SqliteStore {
    let store = stored_pages(runtime, path, keeps);
    runtime.block_on(derive_all(&store)).unwrap();
    store
}

/// A store of a thousand records.
fn stored_pages(runtime: &tokio::runtime::Runtime, path: &Path, keeps: bool) -> SqliteStore {
    let store = SqliteStore::create_or_open(path, Access::Write { create: true })
        .unwrap()
        .keep_articles(keeps);
    runtime.block_on(async {
        let spec = SourceSpec {
            name: Some("steppe".to_owned()),
            base_url: context().base_url,
        };
        let source = store.open_source(&spec).await.unwrap();
        let stream = store.open_stream(&source, "oai_dc", None).await.unwrap();
        for number in 0..10 {
            let body = Bytes::from(numbered_body(number));
            let page = read_page(&body).unwrap();
            let batch = batch(&body, &page, stream.stream_no);
            store.commit(&source, batch).await.unwrap();
        }
    });
    store
}

/// A thousand records from the store to a format, their articles kept or made again.
#[divan::bench(args = [("jsonl", true), ("jsonl", false), ("jats", true), ("jats", false)])]
fn again(bencher: Bencher<'_, '_>, (name, keeps): (&str, bool)) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    let folder = tempfile::tempdir().unwrap();
    let store = stored(&runtime, &folder.path().join("store.db"), keeps);
    bencher.counter(ItemsCount::new(1000_usize)).bench(|| {
        let exporter = exporter(name, &Options::default()).unwrap();
        let target = Target::stream(Box::new(io::sink()), exporter).unwrap();
        let counts = runtime.block_on(export_collection(&store, &Choice::default(), target));
        assert_eq!(counts.unwrap().live, 1000);
    });
}

/// The derived rows of a thousand records, their articles kept or not.
#[divan::bench(args = [true, false], sample_count = 20)]
fn first(bencher: Bencher<'_, '_>, keeps: bool) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    bencher
        .counter(ItemsCount::new(1000_usize))
        .with_inputs(|| {
            let folder = tempfile::tempdir().unwrap();
            let store = stored_pages(&runtime, &folder.path().join("store.db"), keeps);
            (folder, store)
        })
        .bench_values(|(folder, store)| {
            runtime.block_on(derive_all(&store)).unwrap();
            (folder, store)
        });
}

/// The least that reading a thousand records can cost: packing their pages by zstd -1.
#[divan::bench]
fn packing(bencher: Bencher<'_, '_>) {
    let bodies: Vec<Vec<u8>> = (0..10).map(numbered_body).collect();
    bencher.counter(ItemsCount::new(1000_usize)).bench(|| {
        for body in &bodies {
            black_box(zstd::bulk::compress(body, 1)).unwrap();
        }
    });
}
