//! What a collection of many sources costs those who look at it: the report, `status`, `findings`, and the pages of `serve`.
//!
//! `make many` writes 3,000 sources of 20 articles each into a store, through the library and without a network, one in
//! ten of them failing. Then it runs the command named by `OFFPRINT`, and prints the time and the size of each page.
//! `OFFPRINT_MANY="sources=3000 records=20"` sets it up.
//!
//! It fails when a page is larger than 3 MB, or `status` writes more than 40 lines.

#![expect(clippy::unwrap_used, reason = "a test may stop at once")]

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Instant;

use bytes::Bytes;
use chrono::{DateTime, Utc};
use offprint::internals::normalize::derive::derive_all;
use offprint::internals::oai::read_page;
use offprint::internals::store::{
    Access, Attempts, Batch, ListNo, NewPage, NewRecord, SearchIndex, SourceSettings, SourceSpec,
    SqliteStore, Store as _, Window, WindowNo,
};

/// Largest page, bytes.
const MAX_PAGE: u64 = 3_000_000;
/// Most lines of `status`.
const MAX_LINES: usize = 40;

#[test]
#[ignore = "a measurement: make many"]
fn pages_of_3000_sources_stay_small() {
    let text = std::env::var("OFFPRINT_MANY").unwrap_or_default();
    let pairs: BTreeMap<&str, usize> = text
        .split_whitespace()
        .filter_map(|pair| pair.split_once('='))
        .filter_map(|(name, value)| Some((name, value.parse().ok()?)))
        .collect();
    let sources = pairs.get("sources").copied().unwrap_or(3000);
    let records = pairs.get("records").copied().unwrap_or(20);
    let offprint = std::env::var("OFFPRINT");
    let offprint =
        PathBuf::from(offprint.unwrap_or_else(|_| env!("CARGO_BIN_EXE_offprint").to_owned()));
    let folder = tempfile::tempdir().unwrap();
    let store = folder.path().join("many.db");
    let began = Instant::now();
    write(&store, sources, records);
    println!(
        "{sources} sources, {} articles: store of {:.1} MB in {:.1} s\n\n| | s | bytes | lines |\n|---|---|---|---|",
        sources * records,
        megabytes(&store),
        began.elapsed().as_secs_f64()
    );
    let faults = look(&offprint, &store, folder.path());
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// Writes the store: each source with one page of records, derived, and its settings.
fn write(path: &Path, sources: usize, records: usize) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let store = SqliteStore::create_or_open(path, Access::Write { create: true }).unwrap();
    runtime.block_on(async {
        let mut settings = Vec::new();
        for n in 0..sources {
            let spec = SourceSpec {
                name: Some(format!("journal-{n:05}")),
                base_url: format!("https://journal-{n:05}.example.org/index.php/j/oai"),
            };
            let source = store.open_source(&spec).await.unwrap();
            let stream = store.open_stream(&source, "oai_dc", None).await.unwrap();
            let body = Bytes::from(body(n, records));
            let page = read_page(&body).unwrap();
            let new = NewPage {
                window_no: WindowNo(1),
                kind: "ListRecords".to_owned(),
                fetched_at: DateTime::<Utc>::UNIX_EPOCH,
                request: spec.base_url.clone(),
                status: 200,
                headers: "{}".to_owned(),
                wire_coding: "identity".to_owned(),
                sha256: [0; 32],
                head: page.head.clone(),
                listed: u32::try_from(records).unwrap(),
                records: page.records.iter().map(NewRecord::from).collect(),
                body,
            };
            let batch = Batch {
                stream_no: stream.stream_no,
                pages: vec![new],
                windows: vec![Window::todo(WindowNo(1), ListNo(1), None, None)],
                ..Batch::default()
            };
            store.commit(&source, batch).await.unwrap();
            settings.push(SourceSettings {
                spec,
                settings: None,
                attempts: Attempts::default(),
            });
        }
        store.save_source_settings(&settings).await.unwrap();
        for (n, known) in settings.iter().enumerate() {
            let error = (n % 10 == 0).then_some("HTTP 503 (Service Unavailable) after 5 attempts");
            let at = DateTime::<Utc>::UNIX_EPOCH;
            store.note_attempt(&known.spec, at, error).await.unwrap();
        }
        store.set_search_index(SearchIndex::Words).await.unwrap();
        derive_all(&store).await.unwrap();
    });
}

/// A page of records of one source.
fn body(source: usize, records: usize) -> Vec<u8> {
    let mut xml = String::from(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<OAI-PMH xmlns=\"http://www.openarchives.org/OAI/2.0/\">\
         <responseDate>2026-01-01T00:00:00Z</responseDate><request verb=\"ListRecords\">x</request><ListRecords>\n",
    );
    for n in 0..records {
        let (year, issue) = (2000 + n % 25, 1 + n % 4);
        let _ = writeln!(
            xml,
            "<record><header><identifier>oai:journal-{source:05}.example.org:article/{n}</identifier>\
             <datestamp>2026-01-01T00:00:00Z</datestamp><setSpec>j:ART</setSpec></header><metadata>\
             <oai_dc:dc xmlns:oai_dc=\"http://www.openarchives.org/OAI/2.0/oai_dc/\" \
             xmlns:dc=\"http://purl.org/dc/elements/1.1/\"><dc:title>Article {n} of journal {source} on pastures</dc:title>\
             <dc:creator>Ivanova, Anna</dc:creator><dc:subject>steppe</dc:subject>\
             <dc:description>What became of the pastures of region {source}.</dc:description>\
             <dc:date>{year}-03-01</dc:date><dc:type>info:eu-repo/semantics/article</dc:type>\
             <dc:identifier>https://journal-{source:05}.example.org/index.php/j/article/view/{n}</dc:identifier>\
             <dc:identifier>10.99999/j{source}.{n}</dc:identifier>\
             <dc:source>Journal {source}; Vol. {year} No. {issue} ({year}); {n}-{n}</dc:source>\
             <dc:language>eng</dc:language><dc:rights>https://creativecommons.org/licenses/by/4.0/</dc:rights>\
             </oai_dc:dc></metadata></record>"
        );
    }
    xml.push_str("</ListRecords></OAI-PMH>\n");
    xml.into_bytes()
}

/// Runs the commands and asks for the pages; returns what is too large.
fn look(offprint: &Path, store: &Path, folder: &Path) -> Vec<String> {
    let mut faults = Vec::new();
    let command = |arguments: &[&str]| {
        let began = Instant::now();
        let output = Command::new(offprint)
            .args(["--quiet", "--store"])
            .arg(store)
            .args(arguments)
            .output()
            .unwrap();
        assert!(output.status.success(), "{arguments:?}: {output:?}");
        (began.elapsed().as_secs_f64(), output.stdout)
    };
    for arguments in [
        ["status"].as_slice(),
        &["status", "--all"],
        &["findings"],
        &["report"],
    ] {
        let (seconds, out) = command(arguments);
        let lines = String::from_utf8_lossy(&out).lines().count();
        row(&arguments.join(" "), seconds, out.len() as u64, Some(lines));
        if arguments == ["status"] && lines > MAX_LINES {
            faults.push(format!("status: {lines} lines"));
        }
        if arguments == ["report"] && out.len() as u64 > MAX_PAGE {
            faults.push(format!("report: {} bytes", out.len()));
        }
    }
    let report = folder.join("report");
    let (seconds, _) = command(&["report", "-o", &format!("{}/", report.display())]);
    let size = |path: PathBuf| fs::metadata(path).unwrap().len();
    let index = size(report.join("index.html"));
    row("report -o report/, index.html", seconds, index, None);
    let pages = fs::read_dir(report.join("sources")).unwrap();
    let largest = pages
        .map(|page| size(page.unwrap().path()))
        .max()
        .unwrap_or_default();
    row("the largest page of a source", 0.0, largest, None);
    faults.extend(
        (index.max(largest) > MAX_PAGE).then(|| format!("report/: {index} and {largest} bytes")),
    );
    let (mut server, address) = serve(offprint, store);
    for path in [
        "/",
        "/?page=2",
        "/source?name=journal-00000",
        "/search?q=pastures",
        "/search?q=pastures&year=2004",
        "/api/sources",
        "/oai?verb=ListSets",
    ] {
        let began = Instant::now();
        let bytes = get(&address, path);
        row(
            &format!("serve: {path}"),
            began.elapsed().as_secs_f64(),
            bytes,
            None,
        );
        faults.extend((bytes > MAX_PAGE).then(|| format!("{path}: {bytes} bytes")));
    }
    server.kill().unwrap();
    server.wait().unwrap();
    faults
}

/// Starts the server; returns it with its address.
fn serve(offprint: &Path, store: &Path) -> (Child, String) {
    let mut server = Command::new(offprint)
        .args(["--quiet", "--store"])
        .arg(store)
        .args(["serve", "--listen", "127.0.0.1:0"])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut url = String::new();
    BufReader::new(server.stdout.take().unwrap())
        .read_line(&mut url)
        .unwrap();
    let address = url.trim().trim_start_matches("http://");
    (server, address.trim_end_matches("/oai").to_owned())
}

/// Asks for a page; returns its size with its headers, bytes.
fn get(site: &str, path: &str) -> u64 {
    let mut stream = TcpStream::connect(site).unwrap();
    let request = format!("GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    assert!(answer.starts_with(b"HTTP/1.1 200"), "{path}");
    answer.len() as u64
}

fn row(what: &str, seconds: f64, bytes: u64, lines: Option<usize>) {
    let lines = lines.map(|lines| lines.to_string()).unwrap_or_default();
    println!("| {what} | {seconds:.2} | {bytes} | {lines} |");
}

#[expect(clippy::cast_precision_loss, reason = "of bytes")]
fn megabytes(path: &Path) -> f64 {
    fs::metadata(path).unwrap().len() as f64 / 1e6
}
