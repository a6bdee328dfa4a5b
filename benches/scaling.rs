//! The cost of an article against its size: no value, and no number of values, may take more than time linear in it,
//! give or take a logarithm.
//!
//! Each shape is a record of one hostile kind in three sizes. A record is read, made an article and written in every
//! export format, all in a process of its own under valgrind, which counts instructions: they hardly depend on the
//! machine. It fails where ten times the size costs more than [`MOST`] times the instructions.
//!
//! `make scaling` runs all shapes, `OFFPRINT_SHAPES=amp,creators make scaling` those whose name has one of the words.

use std::process::{Command, ExitCode};

use offprint::internals::export::{self, Options};
use offprint::internals::normalize::{FormatRecord, Item, SourceContext, normalize};
use offprint::internals::oai::{read_page, read_record, standalone_record};

/// Most that ten times the size may cost.
const MOST: f64 = 15.0;

/// Sizes of one value, bytes.
const BYTES: [usize; 3] = [10_000, 100_000, 1_000_000];
/// Numbers of values.
const VALUES: [usize; 3] = [1_000, 10_000, 100_000];

/// A kind of record.
struct Shape {
    name: &'static str,
    sizes: [usize; 3],
    /// The children of `oai_dc:dc`.
    make: fn(usize) -> String,
}

fn element(name: &str, text: &str) -> String {
    format!("<dc:{name}>{text}</dc:{name}>")
}

/// One value: a text of `piece` repeated to a size.
fn one(name: &str, piece: &str, size: usize) -> String {
    element(name, &piece.repeat(size / piece.len() + 1))
}

/// Many values, each with its number in the place of `#`.
fn many(name: &str, value: &str, count: usize) -> String {
    (0..count)
        .map(|n| element(name, &value.replace('#', &n.to_string())))
        .collect()
}

const SHAPES: &[Shape] = &[
    Shape { name: "title: words", sizes: BYTES, make: |n| one("title", "word ", n) },
    Shape { name: "title: < runs", sizes: BYTES, make: |n| one("title", "&lt;", n) },
    Shape { name: "title: markup opened", sizes: BYTES, make: |n| one("title", "&lt;i&gt;", n) },
    Shape { name: "description: style opened", sizes: BYTES, make: |n| one("description", "&lt;style&gt;", n) },
    Shape { name: "description: comments opened", sizes: BYTES, make: |n| one("description", "&lt;!--", n) },
    Shape { name: "description: CDATA opened", sizes: BYTES, make: |n| one("description", "&lt;![CDATA[", n) },
    Shape { name: "description: & runs", sizes: BYTES, make: |n| one("description", "&amp;", n) },
    Shape { name: "description: entities", sizes: BYTES, make: |n| one("description", "&amp;lt;p&amp;gt;", n) },
    Shape { name: "description: paragraphs", sizes: BYTES, make: |n| one("description", "&lt;p&gt;Words. &lt;/p&gt;", n) },
    Shape {
        name: "description: nested markup",
        sizes: BYTES,
        make: |n| {
            let depth = n / 14 + 1;
            let text = "&lt;b&gt;".repeat(depth) + "x" + &"&lt;/b&gt;".repeat(depth);
            element("description", &text)
        },
    },
    Shape { name: "rights: digits", sizes: BYTES, make: |n| one("rights", "2024 ", n) },
    Shape { name: "rights: style opened", sizes: BYTES, make: |n| one("rights", "&lt;style&gt;", n) },
    Shape { name: "rights: addresses", sizes: BYTES, make: |n| one("rights", "https://creativecommons.org/x ", n) },
    Shape { name: "source: digits", sizes: BYTES, make: |n| one("source", "1", n) },
    Shape { name: "source: citations", sizes: BYTES, make: |n| one("source", "Journal; Vol. 1 No. 2 (2024); 1-2; ", n) },
    Shape { name: "creator: commas", sizes: BYTES, make: |n| one("creator", "Author, A., ", n) },
    Shape { name: "subject: separators", sizes: BYTES, make: |n| one("subject", "a; ", n) },
    Shape { name: "identifier: a long DOI", sizes: BYTES, make: |n| one("identifier", "10.1234/", n) },
    Shape { name: "date: digits", sizes: BYTES, make: |n| one("date", "2024-01-", n) },
    Shape { name: "language: letters", sizes: BYTES, make: |n| one("language", "en-", n) },
    Shape { name: "creators", sizes: VALUES, make: |n| many("creator", "Author#, Given#", n) },
    Shape { name: "creators, all the same", sizes: VALUES, make: |n| many("creator", "Author, Given", n) },
    Shape { name: "contributors", sizes: VALUES, make: |n| many("contributor", "Author#, Given#", n) },
    Shape { name: "subjects", sizes: VALUES, make: |n| many("subject", "subject #", n) },
    Shape { name: "languages", sizes: VALUES, make: |n| many("language", "l#", n) },
    Shape { name: "titles", sizes: VALUES, make: |n| many("title", "Title number #", n) },
    Shape { name: "descriptions", sizes: VALUES, make: |n| many("description", "Abstract number #.", n) },
    Shape { name: "identifiers", sizes: VALUES, make: |n| many("identifier", "10.1234/a.#", n) },
    Shape { name: "links", sizes: VALUES, make: |n| many("identifier", "https://a.example/article/view/#", n) },
    Shape { name: "relations", sizes: VALUES, make: |n| many("relation", "https://a.example/article/view/1/#", n) },
    Shape { name: "sources", sizes: VALUES, make: |n| many("source", "Journal#; Vol. # No. 2 (2024); 1-2", n) },
    Shape { name: "rights", sizes: VALUES, make: |n| many("rights", "Copyright (c) 2024 Holder #", n) },
    Shape { name: "dates", sizes: VALUES, make: |n| many("date", "2024-01-0#", n) },
    Shape { name: "unknown elements", sizes: VALUES, make: |n| many("other", "value #", n) },
];

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().collect();
    if let [_, run, shape, size] = &arguments[..]
        && run == "run"
    {
        let (shape, size) = (shape.parse::<usize>(), size.parse::<usize>());
        if let (Ok(shape), Ok(size)) = (shape, size) {
            article(&(SHAPES[shape].make)(size));
        }
        return ExitCode::SUCCESS;
    }
    measure()
}

/// Measures every shape, and says which cost too much.
fn measure() -> ExitCode {
    let wanted = std::env::var("OFFPRINT_SHAPES").unwrap_or_default();
    let wanted: Vec<&str> = wanted.split(',').filter(|word| !word.is_empty()).collect();
    let base = count(0, 0).unwrap_or_default();
    let mut failed = Vec::new();
    println!("{:<32} {:>10} {:>10} {:>10}   ten times the size", "million instructions for", "small", "medium", "large");
    for (number, shape) in SHAPES.iter().enumerate() {
        if !wanted.is_empty() && !wanted.iter().any(|word| shape.name.contains(word)) {
            continue;
        }
        let mut counted = Vec::new();
        for size in shape.sizes {
            let Some(instructions) = count(number, size) else {
                eprintln!("scaling: {} of {size} was not counted; is valgrind installed?", shape.name);
                return ExitCode::FAILURE;
            };
            counted.push(instructions.saturating_sub(base).max(1));
        }
        #[expect(clippy::cast_precision_loss, reason = "a ratio")]
        let ratios: Vec<f64> = counted.windows(2).map(|pair| pair[1] as f64 / pair[0] as f64).collect();
        let is_too_much = ratios.iter().any(|ratio| *ratio > MOST);
        println!(
            "{:<32} {:>10} {:>10} {:>10}   {:.1} {:.1}{}",
            shape.name,
            counted[0] / 1_000_000,
            counted[1] / 1_000_000,
            counted[2] / 1_000_000,
            ratios[0],
            ratios[1],
            if is_too_much { "  too much" } else { "" }
        );
        if is_too_much {
            failed.push(shape.name);
        }
    }
    if failed.is_empty() {
        return ExitCode::SUCCESS;
    }
    eprintln!("scaling: more than {MOST} times for ten times the size: {}", failed.join(", "));
    ExitCode::FAILURE
}

/// Instructions of a process that handles one record.
fn count(shape: usize, size: usize) -> Option<u64> {
    let output = Command::new("valgrind")
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
        .arg(std::env::current_exe().ok()?)
        .args(["run", &shape.to_string(), &size.to_string()])
        .output()
        .ok()?;
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    let counted = said.lines().find_map(|line| line.split_once("Collected : "));
    counted?.1.trim().parse().ok()
}

/// Reads a record, makes it an article, and writes it in every format.
fn article(children: &str) {
    let metadata = format!(
        "<oai_dc:dc xmlns:oai_dc=\"http://www.openarchives.org/OAI/2.0/oai_dc/\" xmlns:dc=\"http://purl.org/dc/elements/1.1/\">\
         {children}</oai_dc:dc>"
    );
    let page = format!(
        "<OAI-PMH xmlns=\"http://www.openarchives.org/OAI/2.0/\"><responseDate>2024-01-01T00:00:00Z</responseDate>\
         <request>https://a.example/oai</request><ListRecords><record><header><identifier>oai:a:1</identifier>\
         <datestamp>2024-01-01</datestamp></header><metadata>{metadata}</metadata></record></ListRecords></OAI-PMH>"
    );
    let read = read_page(page.as_bytes()).expect("it is a response");
    let place = &read.records[0];
    let slice = &page.as_bytes()[place.offset..place.offset + place.len];
    let standalone = standalone_record(slice, &read.head).expect("it is well-formed");
    assert!(standalone.metadata.is_some());
    let record = FormatRecord {
        metadata_prefix: "oai_dc".to_owned(),
        record: read_record(slice, &read.head).expect("it is a record"),
        fetched_at: chrono::DateTime::UNIX_EPOCH,
        sha256: String::new(),
    };
    let item = Item {
        identifier: "oai:a:1".to_owned(),
        records: vec![record],
    };
    let context = SourceContext {
        base_url: "https://a.example/index.php/j/oai".to_owned(),
        ..SourceContext::default()
    };
    let entry = normalize(&item, &context);
    let mut options = Options::default();
    options.crossref.depositor = Some("Library".to_owned());
    options.crossref.email = Some("library@example.org".to_owned());
    for format in export::FORMATS {
        let Ok(exporter) = format.exporter(&options) else {
            continue;
        };
        let mut out = Vec::new();
        exporter
            .document((&entry).into(), &mut out)
            .expect("memory takes it");
    }
}
