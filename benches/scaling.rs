//! The cost of an article against its size: no value, and no number of values, may take more than time linear in it,
//! give or take a logarithm.
//!
//! Each shape is a record of one hostile kind in three sizes. A record is read, made an article and written in every
//! export format, all in a process of its own under valgrind, which counts instructions: they hardly depend on the
//! machine. It fails where ten times the size costs more than [`MOST`] times the instructions.
//!
//! `OFFPRINT_BLESS=1 make scaling` writes `scaling.tsv`, which the manual shows. `make scaling` runs all shapes, `OFFPRINT_SHAPES=amp,creators make scaling` those whose name has one of the words.

use std::process::{Command, ExitCode};

use offprint::Entry;
use offprint::internals::export::{self, Options};
use offprint::internals::normalize::{FormatRecord, Item, SourceContext, normalize};
use offprint::internals::oai::{Software, read_page, read_record, standalone_record};

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
    /// The children of `oai_dc:dc`, or of a root of another format.
    make: fn(usize) -> String,
    /// Name and attributes of the root, where the record is not in Dublin Core.
    root: Option<&'static str>,
    /// The metadata of a second record of the item, in JATS.
    jats: Option<fn(usize) -> String>,
}

impl Shape {
    const fn one(name: &'static str, make: fn(usize) -> String) -> Self {
        Self {
            name,
            sizes: BYTES,
            make,
            root: None,
            jats: None,
        }
    }

    /// Many values in a record of another format than Dublin Core.
    const fn of(root: &'static str, name: &'static str, make: fn(usize) -> String) -> Self {
        Self {
            root: Some(root),
            ..Self::many(name, make)
        }
    }

    const fn many(name: &'static str, make: fn(usize) -> String) -> Self {
        Self {
            sizes: VALUES,
            ..Self::one(name, make)
        }
    }

    const fn and_jats(self, jats: fn(usize) -> String) -> Self {
        Self {
            jats: Some(jats),
            ..self
        }
    }
}

/// Start tag of Dublin Core.
const DUBLIN_CORE: &str = "oai_dc:dc xmlns:oai_dc=\"http://www.openarchives.org/OAI/2.0/oai_dc/\" xmlns:dc=\"http://purl.org/dc/elements/1.1/\"";
/// Start tags of other formats.
const MARC: &str = "record xmlns=\"http://www.loc.gov/MARC21/slim\"";
const MODS: &str = "mods xmlns=\"http://www.loc.gov/mods/v3\"";
const DATACITE: &str = "resource xmlns=\"http://datacite.org/schema/kernel-4\"";
const DIM: &str = "dim:dim xmlns:dim=\"http://www.dspace.org/xmlns/dspace/dim\"";

/// Many values, each with its number in the place of `#` and a language of its own in the place of `@`.
fn repeated(value: &str, count: usize) -> String {
    let letter = |n: usize| char::from(b'a' + u8::try_from(n % 26).unwrap_or_default());
    let repeat = |n: usize| {
        let code: String = [n / 676, n / 26, n].map(letter).into_iter().collect();
        let region = char::from(b'A' + u8::try_from(n / 17_576 % 26).unwrap_or_default());
        let lang = format!("{code}-{region}X");
        value.replace('#', &n.to_string()).replace('@', &lang)
    };
    (0..count).map(repeat).collect()
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

/// An article in JATS with many values in a group, each with its number in the place of `#`.
fn jats(group: &str, value: &str, count: usize) -> String {
    let values: String = (0..count)
        .map(|n| value.replace('#', &n.to_string()))
        .collect();
    let meta = if group.is_empty() {
        values
    } else {
        format!("<{group}>{values}</{group}>")
    };
    format!("<article><front><article-meta>{meta}</article-meta></front></article>")
}

const SHAPES: &[Shape] = &[
    Shape::one("title: words", |n| one("title", "word ", n)),
    Shape::one("title: < runs", |n| one("title", "&lt;", n)),
    Shape::one("title: markup opened", |n| one("title", "&lt;i&gt;", n)),
    Shape::one("description: style opened", |n| one("description", "&lt;style&gt;", n)),
    Shape::one("description: comments opened", |n| one("description", "&lt;!--", n)),
    Shape::one("description: CDATA opened", |n| one("description", "&lt;![CDATA[", n)),
    Shape::one("description: & runs", |n| one("description", "&amp;", n)),
    Shape::one("description: entities", |n| one("description", "&amp;lt;p&amp;gt;", n)),
    Shape::one("description: paragraphs", |n| one("description", "&lt;p&gt;Words. &lt;/p&gt;", n)),
    Shape::one("description: nested markup", |n| {
            let depth = n / 14 + 1;
            let text = "&lt;b&gt;".repeat(depth) + "x" + &"&lt;/b&gt;".repeat(depth);
            element("description", &text)
    }),
    Shape::one("rights: digits", |n| one("rights", "2024 ", n)),
    Shape::one("rights: style opened", |n| one("rights", "&lt;style&gt;", n)),
    Shape::one("rights: addresses", |n| one("rights", "https://creativecommons.org/x ", n)),
    Shape::one("source: digits", |n| one("source", "1", n)),
    Shape::one("source: citations", |n| one("source", "Journal; Vol. 1 No. 2 (2024); 1-2; ", n)),
    Shape::one("creator: commas", |n| one("creator", "Author, A., ", n)),
    Shape::one("subject: separators", |n| one("subject", "a; ", n)),
    Shape::one("identifier: a long DOI", |n| one("identifier", "10.1234/", n)),
    Shape::one("date: digits", |n| one("date", "2024-01-", n)),
    Shape::one("language: letters", |n| one("language", "en-", n)),
    Shape::many("creators", |n| many("creator", "Author#, Given#", n)),
    Shape::many("creators, all the same", |n| many("creator", "Author, Given", n)),
    Shape::many("contributors", |n| many("contributor", "Author#, Given#", n)),
    Shape::many("subjects", |n| many("subject", "subject #", n)),
    Shape::many("languages", |n| many("language", "l#", n)),
    Shape::many("titles", |n| many("title", "Title number #", n)),
    Shape::many("descriptions", |n| many("description", "Abstract number #.", n)),
    Shape::many("identifiers", |n| many("identifier", "10.1234/a.#", n)),
    Shape::many("links", |n| many("identifier", "https://a.example/article/view/#", n)),
    Shape::many("relations", |n| many("relation", "https://a.example/article/view/1/#", n)),
    Shape::many("sources", |n| many("source", "Journal#; Vol. # No. 2 (2024); 1-2", n)),
    Shape::many("rights", |n| many("rights", "Copyright (c) 2024 Holder #", n)),
    Shape::many("dates", |n| many("date", "2024-01-0#", n)),
    Shape::many("unknown elements", |n| many("other", "value #", n)),
    Shape::many("creators in as many languages", |n| repeated("<dc:creator xml:lang=\"@\">Author#, Given</dc:creator>", n)),
    Shape::many("titles in as many languages", |n| repeated("<dc:title xml:lang=\"@\">A &lt;i&gt;title&lt;/i&gt; #</dc:title>", n)),
    Shape::many("descriptions in as many languages", |n| repeated("<dc:description xml:lang=\"@\">The abstract number # of this.</dc:description>", n)),
    Shape::many("elements of as many names", |n| repeated("<dc:other#>value</dc:other#>", n)),
    Shape::many("files and folders", |n| repeated("<dc:identifier>https://a.example/#/a.pdf</dc:identifier><dc:relation>https://a.example/b#/</dc:relation>", n / 2)),
    Shape::many("pictures", |n| many("identifier", "https://a.example/#.png", n)),
    Shape::many("addresses of the server itself", |n| many("identifier", "http://localhost:8080/handle/1/#", n)),
    Shape::many("funders", |n| many("contributor", "Funder #", n)),
    Shape::many("types", |n| many("type", "type #", n)),
    Shape::many("ISSNs", |n| many("identifier", "ISSN 1234-#", n)),
    Shape::of(MARC, "MARC: hosts", |n| repeated("<datafield tag=\"773\" ind1=\"0\" ind2=\" \"><subfield code=\"p\">J#</subfield><subfield code=\"v\">#</subfield><subfield code=\"g\">Vol. #</subfield></datafield>", n)),
    Shape::of(MARC, "MARC: files", |n| repeated("<datafield tag=\"856\" ind1=\"4\" ind2=\"0\"><subfield code=\"u\">https://a.example/#</subfield><subfield code=\"q\">a/b#</subfield></datafield>", n)),
    Shape::of(MARC, "MARC: names", |n| repeated("<datafield tag=\"700\" ind1=\"1\" ind2=\" \"><subfield code=\"a\">Author#, Given</subfield><subfield code=\"u\">Institute #</subfield></datafield>", n)),
    Shape::of(MARC, "MARC: subjects, numbers, funders", |n| repeated("<datafield tag=\"650\" ind1=\" \" ind2=\"4\"><subfield code=\"a\">s#</subfield></datafield><datafield tag=\"024\" ind1=\"7\" ind2=\" \"><subfield code=\"a\">n#</subfield></datafield><datafield tag=\"536\" ind1=\" \" ind2=\" \"><subfield code=\"a\">f#</subfield></datafield>", n / 3)),
    Shape::of(MODS, "MODS: names", |n| repeated("<name type=\"personal\"><namePart>Author#, Given</namePart><affiliation>Institute #</affiliation></name>", n)),
    Shape::of(MODS, "MODS: identifiers, related items, subjects", |n| repeated("<identifier type=\"other\">n#</identifier><relatedItem><titleInfo><title>t#</title></titleInfo></relatedItem><subject><topic>s#</topic></subject>", n / 3)),
    Shape::of(DATACITE, "DataCite: creators", |n| format!("<titles><title>t</title></titles><creators>{}</creators>", repeated("<creator><creatorName>Author#, Given</creatorName><affiliation>Institute #</affiliation></creator>", n))),
    Shape::of(DATACITE, "DataCite: dates, relations, funders", |n| format!("<titles><title>t</title></titles><dates>{}</dates><relatedIdentifiers>{}</relatedIdentifiers><fundingReferences>{}</fundingReferences>", repeated("<date dateType=\"Accepted\">2#</date>", n / 3), repeated("<relatedIdentifier relatedIdentifierType=\"DOI\" relationType=\"Cites\">10.1234/#</relatedIdentifier>", n / 3), repeated("<fundingReference><funderName>f#</funderName><awardNumber>#</awardNumber></fundingReference>", n / 3))),
    Shape::of(DIM, "DIM: fields", |n| repeated("<dim:field mdschema=\"dc\" element=\"subject\">s#</dim:field><dim:field mdschema=\"dc\" element=\"identifier\" qualifier=\"other\">n#</dim:field><dim:field mdschema=\"local\" element=\"e#\">v</dim:field><dim:field mdschema=\"dc\" element=\"contributor\" qualifier=\"author\">Author#, G</dim:field>", n / 4)),
    Shape::many("one author, affiliations in JATS", |_| element("creator", "Author, Given")).and_jats(|n| {
        format!("<article><front><article-meta><contrib-group><contrib contrib-type=\"author\"><name><surname>Author</surname><given-names>Given</given-names></name>{}</contrib></contrib-group></article-meta></front></article>", repeated("<aff>Institute #</aff><role>role #</role>", n / 2))
    }),
    Shape::many("funders, dates, numbers, links in JATS", |_| element("title", "t")).and_jats(|n| {
        format!("<article><front><article-meta>{}<history>{}</history><funding-group>{}</funding-group></article-meta></front></article>", repeated("<article-id pub-id-type=\"other\">n#</article-id>", n / 4), repeated("<date date-type=\"received\"><year>#</year></date>", n / 4), repeated("<award-group><funding-source>f</funding-source><award-id>#</award-id></award-group>", n / 2))
    }),
    Shape::many("references in JATS", |_| element("title", "t")).and_jats(|n| {
        format!("<article><front><article-meta></article-meta></front><back><ref-list>{}</ref-list></back></article>", repeated("<ref><mixed-citation>Work #. 10.1234/#</mixed-citation></ref>", n))
    }),
    Shape::many("creators, and in JATS", |n| many("creator", "Author#, Given#", n)).and_jats(|n| {
        jats("contrib-group", "<contrib contrib-type=\"author\"><name><surname>Author#</surname><given-names>Given#</given-names></name></contrib>", n)
    }),
    Shape::many("creators, and others in JATS", |n| many("creator", "Author#, Given#", n)).and_jats(|n| {
        jats("contrib-group", "<contrib contrib-type=\"author\"><name><surname>Other#</surname><given-names>Given#</given-names></name></contrib>", n)
    }),
    Shape::many("subjects, and in JATS", |n| many("subject", "subject #", n))
        .and_jats(|n| jats("kwd-group", "<kwd>other #</kwd>", n)),
    Shape::many("titles, and in JATS", |n| many("title", "Title number #", n))
        .and_jats(|n| jats("title-group", "<trans-title-group xml:lang=\"fr\"><trans-title>Titre #</trans-title></trans-title-group>", n)),
    Shape::many("descriptions, and in JATS", |n| many("description", "The abstract number # of this article.", n))
        .and_jats(|n| jats("", "<trans-abstract xml:lang=\"fr\"><p>Article # est un article.</p></trans-abstract>", n)),
    Shape::many("links, and in JATS", |n| many("identifier", "https://a.example/article/view/#", n))
        .and_jats(|n| jats("", "<self-uri xmlns:xlink=\"http://www.w3.org/1999/xlink\" content-type=\"text/html\" xlink:href=\"https://a.example/article/view/#\"/>", n)),
    Shape::many("ISBNs", |n| many("identifier", "urn:isbn:97831#", n)),
    Shape::many("subjects in as many languages", |n| repeated("<dc:subject xml:lang=\"@\">subject #</dc:subject>", n)),
    Shape::one("source: DOIs", |n| one("source", "Journal, 1 (2024), doi:10.1234/a; ", n)),
    Shape::many("source: as many DOIs", |n| element("source", &format!("Journal, Vol. 1 (2024){}", repeated("; doi:10.1234/a.#", n)))),
    Shape::of(MARC, "MARC: names, and their forms in other scripts", |n| repeated("<datafield tag=\"700\" ind1=\"1\" ind2=\" \"><subfield code=\"6\">880-01</subfield><subfield code=\"a\">Author#, Given</subfield></datafield><datafield tag=\"880\" ind1=\"1\" ind2=\" \"><subfield code=\"6\">700-01/(N</subfield><subfield code=\"a\">Автор#, И.</subfield></datafield>", n / 2)),
    Shape::many("one author, names in JATS", |_| element("creator", "Author, Given")).and_jats(|n| {
        format!("<article><front><article-meta><contrib-group><contrib contrib-type=\"author\"><name-alternatives>{}</name-alternatives></contrib></contrib-group></article-meta></front></article>", repeated("<name xml:lang=\"@\"><surname>Author#</surname><given-names>Given</given-names></name>", n))
    }),
];

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().collect();
    if let [_, run, shape, size] = &arguments[..]
        && run == "run"
    {
        let (shape, size) = (shape.parse::<usize>(), size.parse::<usize>());
        if let (Ok(shape), Ok(size)) = (shape, size) {
            let shape = &SHAPES[shape];
            let metadata = match shape.root {
                None => format!("<{DUBLIN_CORE}>{}</oai_dc:dc>", (shape.make)(size)),
                Some(root) => {
                    let name = root.split(' ').next().unwrap_or(root);
                    format!("<{root}>{}</{name}>", (shape.make)(size))
                }
            };
            article(&metadata, shape.jats.map(|jats| jats(size)));
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
    let mut table = String::new();
    println!(
        "{:<32} {:>10} {:>10} {:>10}   ten times the size",
        "million instructions for", "small", "medium", "large"
    );
    for (number, shape) in SHAPES.iter().enumerate() {
        if !wanted.is_empty() && !wanted.iter().any(|word| shape.name.contains(word)) {
            continue;
        }
        let mut counted = Vec::new();
        for size in shape.sizes {
            let Some(instructions) = count(number, size) else {
                eprintln!(
                    "scaling: {} of {size} was not counted; is valgrind installed?",
                    shape.name
                );
                return ExitCode::FAILURE;
            };
            counted.push(instructions.saturating_sub(base).max(1));
        }
        #[expect(clippy::cast_precision_loss, reason = "a ratio")]
        let ratios: Vec<f64> = counted
            .windows(2)
            .map(|pair| pair[1] as f64 / pair[0] as f64)
            .collect();
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
        let most = ratios[0].max(ratios[1]);
        table += &format!("{}\t{most:.0}\t{:.0}\n", shape.name, ratios[0] * ratios[1]);
    }
    if wanted.is_empty() && std::env::var_os("OFFPRINT_BLESS").is_some() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/scaling.tsv");
        if let Err(error) = std::fs::write(path, &table) {
            eprintln!("scaling: {path}: {error}");
            return ExitCode::FAILURE;
        }
    }
    if failed.is_empty() {
        return ExitCode::SUCCESS;
    }
    eprintln!(
        "scaling: more than {MOST} times for ten times the size: {}",
        failed.join(", ")
    );
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
    let counted = said
        .lines()
        .find_map(|line| line.split_once("Collected : "));
    counted?.1.trim().parse().ok()
}

/// Reads a record, makes an article of it, and writes that in every format: once as of unknown software, once as of OJS.
fn article(metadata: &str, jats: Option<String>) {
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
    let mut records = vec![record];
    if let Some(metadata) = jats {
        let mut second = records[0].clone();
        second.metadata_prefix = "jats".to_owned();
        second.record.metadata = Some(metadata);
        records.push(second);
    }
    let item = Item {
        identifier: "oai:a:1".to_owned(),
        records,
    };
    let ojs = Software {
        name: "Open Journal Systems".to_owned(),
        version: Some("3.4.0.7".to_owned()),
    };
    for software in [None, Some(ojs)] {
        let context = SourceContext {
            base_url: "https://a.example/index.php/j/oai".to_owned(),
            software,
            ..SourceContext::default()
        };
        export(&normalize(&item, &context));
    }
}

/// Writes an article in every format.
fn export(entry: &Entry) {
    let mut options = Options::default();
    options.crossref.depositor = Some("Library".to_owned());
    options.crossref.email = Some("library@example.org".to_owned());
    for format in export::FORMATS {
        let Ok(exporter) = format.exporter(&options) else {
            continue;
        };
        let mut out = Vec::new();
        exporter
            .document(entry.into(), &mut out)
            .expect("memory takes it");
    }
}
