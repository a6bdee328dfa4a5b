//! The web page of figures: well-formed, self-contained, escaped, and in agreement with the store.

#![expect(clippy::unwrap_used, reason = "a test may stop at once")]

use crate::cli_support::{done, offprint};

use std::collections::BTreeMap;
use std::fs;

use quick_xml::Reader;
use quick_xml::events::Event;
use serde_json::Value;
use tempfile::TempDir;

const SAMPLES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/samples/ojs-3.4-cac");
const EVIL: &str =
    "\"'><script src=\"https://evil.example/x.js\">alert(1)</script><img src=x onerror=alert(1)>";

/// The sample journal, and one that puts markup everywhere.
fn collection() -> TempDir {
    let directory = TempDir::new().unwrap();
    let here = directory.path();
    done(here, &["harvest", SAMPLES, "--name", "cac", "--quiet"]);
    fs::create_dir(here.join("evil")).unwrap();
    let text = EVIL
        .replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;");
    let attribute = text.replace('"', "&quot;");
    let record = |n: u32| {
        format!(
            "<record><header><identifier>oai:{text}:{n}</identifier><datestamp>2024-01-01</datestamp></header>\
             <metadata><oai_dc:dc xmlns:oai_dc=\"http://www.openarchives.org/OAI/2.0/oai_dc/\" \
             xmlns:dc=\"http://purl.org/dc/elements/1.1/\"><dc:title>{text}</dc:title><dc:creator>{text}</dc:creator>\
             <dc:date>{text}</dc:date><dc:language>{text}</dc:language><dc:rights>{text}</dc:rights>\
             <dc:identifier>https://evil.example/article/view/1</dc:identifier>\
             <dc:identifier>10.1234/&lt;b&gt;{n}</dc:identifier><dc:rights>https://evil.example/{attribute}</dc:rights>\
             </oai_dc:dc></metadata></record>"
        )
    };
    let page = format!(
        "<OAI-PMH xmlns=\"http://www.openarchives.org/OAI/2.0/\"><responseDate>2024-01-01T00:00:00Z</responseDate>\
         <request verb=\"ListRecords\" metadataPrefix=\"oai_dc\">https://evil.example/oai</request>\
         <ListRecords>{}{}</ListRecords></OAI-PMH>",
        record(1),
        record(2)
    );
    fs::write(here.join("evil/page.xml"), page).unwrap();
    done(here, &["harvest", "evil", "--name", "evil", "--quiet"]);
    directory
}

/// An element: its name and attributes.
type Element = (String, BTreeMap<String, String>);

/// All elements and the text of a page that is well-formed XML; fails where it is not.
fn read(page: &str) -> (Vec<Element>, String) {
    let mut reader = Reader::from_str(page);
    let (mut elements, mut text) = (Vec::new(), String::new());
    let mut depth = 0;
    loop {
        match reader.read_event().unwrap() {
            event @ (Event::Start(_) | Event::Empty(_)) => {
                depth += i32::from(matches!(event, Event::Start(_)));
                let (Event::Start(tag) | Event::Empty(tag)) = event else {
                    unreachable!()
                };
                let attributes = tag.attributes().map(|attribute| {
                    let attribute = attribute.unwrap();
                    let value = attribute.value.to_string();
                    (attribute.key.as_ref().to_owned(), value)
                });
                elements.push((tag.name().as_ref().to_owned(), attributes.collect()));
            }
            Event::End(_) => depth -= 1,
            Event::Text(content) => text.push_str(&content),
            Event::GeneralRef(name) => {
                text.push_str(match &*name {
                    "lt" => "<",
                    "gt" => ">",
                    "amp" => "&",
                    "quot" => "\"",
                    "#39" => "'",
                    other => panic!("entity {other}"),
                });
            }
            Event::Eof => break,
            _ => {}
        }
    }
    assert_eq!(depth, 0);
    (elements, text)
}

#[test]
fn the_page_is_well_formed_and_needs_nothing_from_elsewhere() {
    let directory = collection();
    let here = directory.path();
    done(here, &["report", "-o", "report.html"]);
    let page = fs::read_to_string(here.join("report.html")).unwrap();
    assert!(page.starts_with("<!DOCTYPE html>\n<html lang=\"en\">"));
    let (elements, text) = read(&page);
    for (name, attributes) in &elements {
        let forbidden = [
            "script", "link", "img", "iframe", "object", "embed", "image", "use", "base", "form",
        ];
        assert!(!forbidden.contains(&name.as_str()), "{name}");
        for (attribute, value) in attributes {
            assert!(
                !attribute.starts_with("on") && attribute != "src" && attribute != "srcset",
                "{name} {attribute}"
            );
            if attribute == "href" {
                assert!(
                    name == "a" && (value.starts_with('#') || value.starts_with("http")),
                    "{name} {value}"
                );
            }
        }
    }
    let style = page
        .split_once("<style>")
        .unwrap()
        .1
        .split_once("</style>")
        .unwrap()
        .0;
    assert!(!style.contains("url(") && !style.contains("@import"));
    assert!(style.contains("prefers-color-scheme: dark") && style.contains("@media print"));
    // What the source wrote is there, as text.
    assert!(text.contains(EVIL), "its title");
    assert!(page.contains("&lt;script src=&quot;https://evil.example/x.js&quot;&gt;"));
    // Every place that is linked to is there, and each chart has its numbers and a name.
    let ids: Vec<&str> = elements
        .iter()
        .filter_map(|(_, of)| of.get("id").map(String::as_str))
        .collect();
    for (_, attributes) in &elements {
        if let Some(id) = attributes
            .get("href")
            .and_then(|href| href.strip_prefix('#'))
        {
            assert!(ids.contains(&id), "{id}");
        }
        if attributes
            .get("role")
            .is_some_and(|role| role == "img" || role == "region")
        {
            assert!(
                attributes
                    .get("aria-label")
                    .is_some_and(|label| !label.is_empty()),
                "{attributes:?}"
            );
        }
    }
    let unique: std::collections::BTreeSet<_> = ids.iter().collect();
    assert_eq!(unique.len(), ids.len(), "{ids:?}");
    assert!(elements.iter().filter(|(name, _)| name == "rect").count() > 20);
    let charts = elements.iter().filter(|(name, _)| name == "figure").count();
    let numbers = elements
        .iter()
        .filter(|(_, of)| of.get("class").is_some_and(|class| class == "table"))
        .count();
    assert!(
        charts > 0 && numbers >= charts,
        "{charts} charts, {numbers} tables"
    );
    // A second report replaces the first.
    done(here, &["report", "-o", "report.html"]);
    assert_eq!(
        fs::read_dir(here)
            .unwrap()
            .filter(|file| {
                file.as_ref()
                    .unwrap()
                    .file_name()
                    .to_string_lossy()
                    .contains("report")
            })
            .count(),
        1
    );
}

#[test]
fn the_figures_agree_with_the_export() {
    let directory = collection();
    let here = directory.path();
    let report: Value = serde_json::from_str(&done(here, &["report", "--json"])).unwrap();
    let mut live = 0;
    let mut published = BTreeMap::<String, u64>::new();
    let mut fields = BTreeMap::<&str, u64>::new();
    let mut licenses = BTreeMap::<String, u64>::new();
    let mut findings = BTreeMap::<String, u64>::new();
    let mut deleted = 0;
    for line in done(here, &["export", "jsonl", "--source", "cac"]).lines() {
        let entry: Value = serde_json::from_str(line).unwrap();
        if entry["status"] == "deleted" {
            deleted += 1;
            continue;
        }
        live += 1;
        if let Some(date) = entry["published"]["date"].as_str() {
            *published.entry(date[..4].to_owned()).or_default() += 1;
        }
        if let Some(license) = entry["license"]["name"].as_str() {
            *licenses.entry(license.to_owned()).or_default() += 1;
        }
        for finding in entry["findings"].as_array().unwrap() {
            *findings
                .entry(finding["code"].as_str().unwrap().to_owned())
                .or_default() += 1;
        }
        let filled = |key: &str| {
            entry[key]
                .as_array()
                .is_some_and(|values| !values.is_empty())
        };
        for (field, has) in [
            ("DOI", entry.get("doi").is_some()),
            ("abstract", filled("abstracts")),
            ("keywords", filled("keywords")),
            ("pages", entry.get("pages").is_some()),
            ("references", filled("references")),
        ] {
            *fields.entry(field).or_default() += u64::from(has);
        }
    }
    let source = &report["sources"][0];
    assert_eq!(source["name"], "cac");
    assert_eq!(
        (&source["live"], &source["deletions"]["tombstone"]),
        (&live.into(), &deleted.into())
    );
    assert_eq!(
        (&source["records"]["live"], &source["records"]["deleted"]),
        (&live.into(), &deleted.into())
    );
    let map =
        |value: &Value| -> BTreeMap<String, u64> { serde_json::from_value(value.clone()).unwrap() };
    assert_eq!(map(&source["published"]), published);
    assert_eq!(map(&source["licenses"]["values"]), licenses);
    let told: BTreeMap<String, u64> = source["findings"]
        .as_object()
        .unwrap()
        .iter()
        .map(|(code, found)| (code.clone(), found["findings"].as_u64().unwrap()))
        .collect();
    assert_eq!(told, findings);
    for (field, count) in fields {
        let told = source["fields"]
            .as_array()
            .unwrap()
            .iter()
            .find(|told| told["field"] == field)
            .unwrap();
        assert_eq!(told["articles"], count, "{field}");
    }
    assert_eq!(
        map(&source["harvested"]).values().sum::<u64>(),
        live + deleted
    );
    // Over all: the sum.
    assert_eq!(report["all"]["live"], live + 2);
    assert_eq!(
        report["duplicates"]["groups"], 1,
        "two records of one landing page"
    );
    assert_eq!(report["duplicates"]["across_sources"], 0);
    assert_eq!(report["runs"].as_array().unwrap().len(), 2);
    // And the page says the same.
    let (_, text) = read(&done(here, &["report"]));
    for number in [live + 2, published["2003"], findings["truncated-text"]] {
        assert!(text.contains(&number.to_string()), "{number}");
    }
}

#[test]
fn an_empty_store_has_a_page_too() {
    let directory = TempDir::new().unwrap();
    let here = directory.path();
    let access = offprint::internals::store::Access::Write { create: true };
    drop(
        offprint::internals::store::SqliteStore::create_or_open(here.join("offprint.db"), access)
            .unwrap(),
    );
    let (_, text) = read(&done(here, &["report"]));
    assert!(text.contains("No sources yet."), "{text}");
    let output = offprint(here)
        .args(["report", "-o", "nowhere/report.html"])
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(
        String::from_utf8(output.stderr)
            .unwrap()
            .contains("nowhere/report.html")
    );
}
