//! Benchmarks of the single parts: the reader and its repairs, the normalizer, each exporter, the store.
//! `make parts` runs them; over pages of a hundred made-up records, as OJS 3.4 gives them.

use std::io;
use std::path::Path;

use bytes::Bytes;
use chrono::{DateTime, Utc};
use divan::counter::{BytesCount, ItemsCount};
use divan::{Bencher, black_box};
use offprint::article::Entry;
use offprint::internals::export::{FORMATS, Options, Target, crossref::CrossrefOptions, exporter};
use offprint::internals::normalize::{FormatRecord, Item, Profile, SourceContext, normalize};
use offprint::internals::oai::{Page, read_page, read_record};
use offprint::internals::store::{StreamNo, Access, Batch, NewPage, NewRecord, SourceSpec, SqliteStore, Window, Store as _};

fn main() {
    divan::main();
}

/// The bytes of a page.
fn body() -> Vec<u8> {
    let folder = Path::new("target/bench");
    std::fs::create_dir_all(folder).unwrap();
    let mut body = Vec::new();
    testkit::pages::Pages::open(folder, 1000)
        .unwrap()
        .read(3, &mut body)
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

/// The same page with a stray `&`, so that all of it is mended.
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
        ..Window::todo(1, 1, None, None)
    };
    let page = NewPage {
        window_no: 1,
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
