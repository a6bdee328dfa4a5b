//! Exports of what the store holds: records as received, shards, filters, lines for other loaders.

use crate::cli_support::{done, run, sample_store};
use crate::support;
use crate::validators;

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use serde_json::Value;
use tempfile::TempDir;

use validators::xmllint;

/// A store with what one response held.
fn store_of(records: &str) -> TempDir {
    let directory = TempDir::new().unwrap();
    let page = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<oai:OAI-PMH xmlns:oai=\"http://www.openarchives.org/OAI/2.0/\" \
         xmlns:dc=\"http://purl.org/dc/elements/1.1/\" xmlns:odc=\"http://www.openarchives.org/OAI/2.0/oai_dc/\">\
         <oai:responseDate>2024-01-01T00:00:00Z</oai:responseDate>\
         <oai:request verb=\"ListRecords\" metadataPrefix=\"oai_dc\">https://h.example.org/oai</oai:request>\
         <oai:ListRecords>{records}</oai:ListRecords></oai:OAI-PMH>"
    );
    let pages = directory.path().join("pages");
    fs::create_dir(&pages).unwrap();
    fs::write(pages.join("1.xml"), page).unwrap();
    done(directory.path(), &["harvest", "pages"]);
    directory
}

fn record(identifier: &str, metadata: &str) -> String {
    format!(
        "<oai:record><oai:header><oai:identifier>{identifier}</oai:identifier>\
         <oai:datestamp>2023-05-06T07:08:09Z</oai:datestamp></oai:header>\
         <oai:metadata><odc:dc>{metadata}</odc:dc></oai:metadata></oai:record>"
    )
}

fn files(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

fn ids(jsonl: &str) -> Vec<String> {
    let id = |line: &str| {
        serde_json::from_str::<Value>(line).unwrap()["id"]
            .as_str()
            .unwrap()
            .to_owned()
    };
    jsonl.lines().map(id).collect()
}

#[test]
fn raw_holds_every_record_of_the_sample_as_it_was_received() {
    let store = sample_store();
    let raw = done(store.path(), &["export", "raw"]);
    xmllint(None, raw.as_bytes());
    assert_eq!(raw.matches("<header status=\"deleted\">").count(), 6);
    for page in 1..=3 {
        let sample = support::sample(&format!(
            "ojs-3.4-cac/cac-listrecords-oai_dc-page{page}.xml"
        ));
        let sample = String::from_utf8(sample).unwrap();
        for record in sample.split("<record>").skip(1) {
            let record = record.split("</record>").next().unwrap();
            assert!(raw.contains(record), "{record}");
        }
    }
    done(store.path(), &["export", "raw", "-o", "raw/"]);
    let names = files(&store.path().join("raw"));
    assert_eq!(names.len(), 265 + 1);
    let one = fs::read(store.path().join("raw").join(&names[0])).unwrap();
    xmllint(None, &one);
    assert!(
        String::from_utf8(one)
            .unwrap()
            .contains("<record xmlns=\"http://www.openarchives.org/OAI/2.0/\"")
    );
}

#[test]
fn raw_brings_namespaces_along_and_mends_what_is_broken() {
    let broken = record("oai:h:2", "<dc:title>A &nbsp; B & C \u{8}</dc:title>");
    let sound = record("oai:h:1", "<dc:title xml:lang=\"en\">A &amp; B</dc:title>");
    let store = store_of(&format!("{sound}{broken}"));
    let raw = done(store.path(), &["export", "raw"]);
    xmllint(None, raw.as_bytes());
    assert!(
        raw.contains("<dc:title xml:lang=\"en\">A &amp; B</dc:title>"),
        "{raw}"
    );
    done(store.path(), &["export", "vufind", "-o", "vufind"]);
    for name in files(&store.path().join("vufind")) {
        let bytes = fs::read(store.path().join("vufind").join(&name)).unwrap();
        xmllint(None, &bytes);
        let text = String::from_utf8(bytes).unwrap();
        assert!(
            text.contains("<odc:dc ")
                && text.contains("xmlns:dc=\"http://purl.org/dc/elements/1.1/\""),
            "{text}"
        );
        assert!(!text.contains("oai:header"), "{text}");
    }
    assert_eq!(
        files(&store.path().join("vufind")),
        ["1683356889_oai_h_1.xml", "1683356889_oai_h_2.xml"]
    );
}

#[test]
fn vufind_finds_its_layout_and_the_deletions() {
    let store = sample_store();
    done(store.path(), &["export", "vufind", "-o", "vufind"]);
    let folder = store.path().join("vufind");
    let names = files(&folder);
    let deleted: Vec<&String> = names
        .iter()
        .filter(|name| name.ends_with(".delete"))
        .collect();
    assert_eq!((names.len(), deleted.len()), (271, 6));
    // 2024-05-05T05:05:05Z
    let one = "1714885505_oai_ojs_ca_c_test_article_385.delete";
    assert_eq!(
        fs::read_to_string(folder.join(one)).unwrap(),
        "oai:ojs.ca-c.test:article/385"
    );
    // Again: the same names, whole files.
    done(store.path(), &["export", "vufind", "-o", "vufind"]);
    assert_eq!(files(&folder), names);
    let refused = run(store.path(), &["export", "vufind"]);
    assert_eq!(refused.status.code(), Some(2));
}

#[test]
fn identifiers_that_look_the_same_have_files_of_their_own() {
    let records = record("oai:h:a/1", "<dc:title>One</dc:title>")
        + &record("oai:h:a.1", "<dc:title>Two</dc:title>");
    let store = store_of(&records);
    done(store.path(), &["export", "vufind", "-o", "vufind"]);
    let folder = store.path().join("vufind");
    let texts: BTreeSet<String> = files(&folder)
        .iter()
        .map(|name| fs::read_to_string(folder.join(name)).unwrap())
        .collect();
    assert_eq!(texts.len(), 2);
}

#[test]
fn shards_are_disjoint_and_complete() {
    let mut records = String::new();
    for number in 0..2_500 {
        let _ = write!(
            records,
            "{}",
            record(&format!("oai:h:{number}"), "<dc:title>T</dc:title>")
        );
    }
    let store = store_of(&records);
    let all: BTreeSet<String> = ids(&done(store.path(), &["export", "jsonl"]))
        .into_iter()
        .collect();
    assert_eq!(all.len(), 2_500);
    for count in [2, 3, 5] {
        let mut parts = Vec::new();
        let mut filled = 0;
        for index in 1..=count {
            let part = ids(&done(
                store.path(),
                &["export", "jsonl", "--shard", &format!("{index}/{count}")],
            ));
            filled += usize::from(!part.is_empty());
            parts.extend(part);
        }
        assert_eq!(parts.len(), all.len(), "{count}");
        assert_eq!(parts.into_iter().collect::<BTreeSet<_>>(), all, "{count}");
        // Three blocks of 1,024.
        assert_eq!(filled, count.min(3), "{count}");
    }
}

#[test]
fn filters_choose() {
    let store = sample_store();
    let count = |arguments: &[&str]| {
        let mut all = vec!["export", "jsonl"];
        all.extend(arguments);
        ids(&done(store.path(), &all)).len()
    };
    assert_eq!(count(&[]), 271);
    assert_eq!(count(&["--status", "deleted"]), 6);
    assert_eq!(
        count(&["--status", "live", "--language", "en"]),
        265 - count(&["--status", "live", "--language", "ru"])
    );
    // As the server's own ListRecords of that set has it.
    assert_eq!(count(&["--set", "cac:RP"]), 46);
    assert_eq!(count(&["--id", "oai:ojs.ca-c.test:article/643"]), 1);
    assert_eq!(
        count(&["--doi", "https://doi.org/10.37178/ca-c.00.1.01"]),
        1
    );
    let (old, new) = (
        count(&["--status", "live"]),
        count(&["--status", "live", "--from-year", "2004"]),
    );
    assert!(0 < new && new < old, "{new} of {old}");
    assert!(count(&["--status", "live", "--volume", "5", "--issue", "6"]) > 0);
    assert_eq!(
        run(store.path(), &["export", "jsonl", "--shard", "3/2"])
            .status
            .code(),
        Some(2)
    );
    assert_eq!(
        run(store.path(), &["export", "csv", "--bulk"])
            .status
            .code(),
        Some(2)
    );
    assert_eq!(
        run(store.path(), &["export", "crossref"]).status.code(),
        Some(2)
    );
}

#[test]
fn a_filtered_export_leaves_the_other_files_of_a_folder() {
    let store = sample_store();
    done(store.path(), &["export", "jats", "-o", "jats/"]);
    let before = files(&store.path().join("jats"));
    done(
        store.path(),
        &["export", "jats", "-o", "jats/", "--set", "cac:RP"],
    );
    assert_eq!(files(&store.path().join("jats")), before);
}

#[test]
fn bulk_lines_are_actions_and_documents() {
    let store = sample_store();
    for flat in [&[][..], &["--flat"][..]] {
        let mut arguments = vec!["export", "jsonl", "--bulk"];
        arguments.extend(flat);
        let text = done(store.path(), &arguments);
        let mut lines = text
            .lines()
            .map(|line| serde_json::from_str::<Value>(line).unwrap());
        let (mut indexed, mut deleted) = (0, 0);
        while let Some(action) = lines.next() {
            if let Some(target) = action.get("index") {
                let document = lines.next().unwrap();
                assert_eq!(target["_id"], document["id"]);
                indexed += 1;
            } else {
                assert!(action["delete"]["_id"].is_string(), "{action}");
                deleted += 1;
            }
        }
        assert_eq!((indexed, deleted), (265, 6));
    }
}

#[test]
fn flat_lines_have_the_fields_of_vufind() {
    let store = sample_store();
    let of = |number: &str| {
        let id = format!("oai:ojs.ca-c.test:article/{number}");
        let text = done(store.path(), &["export", "jsonl", "--flat", "--id", &id]);
        serde_json::from_str::<Value>(&text).unwrap()
    };
    let article = of("643");
    for (field, expected) in [
        ("author", serde_json::json!(["BURNASHEV, Igor"])),
        ("language", serde_json::json!(["English"])),
        ("publishDate", serde_json::json!(["2004"])),
        ("container_title", "CENTRAL ASIA AND THE CAUCASUS".into()),
        ("container_volume", "5".into()),
        ("container_issue", "6".into()),
        ("container_start_page", "103".into()),
        (
            "container_reference",
            "Vol. 5, No. 6 (2004), p. 103-110".into(),
        ),
        ("format", serde_json::json!(["Article"])),
        ("status_str", "live".into()),
    ] {
        assert_eq!(article[field], expected, "{field}");
    }
    let everything = article["allfields"].to_string();
    for word in ["KAZAKHSTAN-BELARUS", "BURNASHEV", "CAUCASUS"] {
        assert!(everything.contains(word), "{everything}");
    }
    for value in article.as_object().unwrap().values() {
        let flat = |value: &Value| value.is_string();
        assert!(
            flat(value)
                || value
                    .as_array()
                    .is_some_and(|values| values.iter().all(flat)),
            "{value}"
        );
    }
    let deletion = of("385");
    assert_eq!(deletion["status_str"], "deleted");
    assert_eq!(deletion.get("title"), None);
}

/// An abstract as editors paste it: paragraphs, sub- and superscripts, a formula, escaped as OJS sends it.
const FORMULA: &str = "&lt;p&gt;H&lt;sub&gt;2&lt;/sub&gt;O &lt;em&gt;at&lt;/em&gt; 10&lt;sup&gt;-3&lt;/sup&gt; m &amp;amp; \
     &lt;math xmlns=\"http://www.w3.org/1998/Math/MathML\"&gt;&lt;msup&gt;&lt;mi&gt;x&lt;/mi&gt;&lt;mn&gt;2&lt;/mn&gt;\
     &lt;/msup&gt;&lt;/math&gt; &amp;lt; 5&lt;/p&gt;&lt;p&gt;مرحبا 中文 e\u{301} 𝔸&lt;br&gt;&lt;/p&gt;";

#[test]
fn markup_of_editors_becomes_valid_jats_of_every_kind() {
    let store = store_of(&record(
        "oai:h:1",
        &format!(
            "<dc:title>CO&lt;sub&gt;2&lt;/sub&gt; &lt;i&gt;in situ&lt;/i&gt;</dc:title>\
             <dc:description>{FORMULA}</dc:description><dc:date>2020-01-02</dc:date>\
             <dc:source>Journal; Vol. 1 No. 2 (2020); 3-4</dc:source><dc:source>2002-3839</dc:source>"
        ),
    ));
    let catalog = validators::tool("node_modules/@jats4r/dtds/schema/catalog.xml");
    for tag_set in ["publishing", "archiving"] {
        for version in ["1.1", "1.2", "1.3", "1.4"] {
            if tag_set == "archiving" && version < "1.3" {
                continue;
            }
            let arguments = [
                "export",
                "jats",
                "--lint",
                "--tag-set",
                tag_set,
                "--jats-version",
                version,
            ];
            done(store.path(), &[&arguments[..], &["-o", "jats/"]].concat());
            let file = files(&store.path().join("jats"))
                .into_iter()
                .find(|name| {
                    Path::new(name)
                        .extension()
                        .is_some_and(|extension| extension == "xml")
                })
                .unwrap();
            let path = store.path().join("jats").join(file);
            let output = std::process::Command::new("xmllint")
                .args(["--nonet", "--noout", "--valid"])
                .arg(&path)
                .env("XML_CATALOG_FILES", &catalog)
                .output()
                .expect(validators::MISSING);
            assert!(
                output.status.success() && output.stderr.is_empty(),
                "{tag_set} {version}: {}",
                String::from_utf8_lossy(&output.stderr)
            );
            let text = fs::read_to_string(path).unwrap();
            assert!(text.contains("𝔸") && !text.contains("&lt;sub"), "{text}");
        }
    }
}
