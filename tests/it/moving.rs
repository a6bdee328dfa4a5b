//! From other harvesters: what they kept is read, and the next harvest of the endpoint continues from it.

use crate::cli_support::{done, run};

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use flate2::Compression;
use flate2::write::GzEncoder;
use offprint::cli::demo::DemoJournal;
use serde_json::Value;
use tempfile::TempDir;
use tokio::runtime::Runtime;

/// The last day of the windows that were harvested: after all datestamps of the sample.
const DAY: &str = "2026-11-23";
/// The same as the name of a file has it.
const TIME: i64 = 1_795_392_000;
const PATTERN: &str = "oai:ojs.ca-c.test:article/*";

/// The report of the one source of a harvest.
fn harvest(directory: &Path, arguments: &[&str]) -> Value {
    let told = done(directory, &[&["harvest", "--json"], arguments].concat());
    let report: Value = serde_json::from_str(&told).unwrap();
    assert_eq!(report["sources"].as_array().unwrap().len(), 1);
    report["sources"][0].clone()
}

/// Titles, links and status of each article by its identifier.
fn articles(directory: &Path) -> BTreeMap<String, (String, String)> {
    let text = done(directory, &["export", "jsonl"]);
    let one = |line: &str| {
        let article: Value = serde_json::from_str(line).unwrap();
        let identifier = article["provenance"]["oai_identifier"]
            .as_str()
            .unwrap()
            .to_owned();
        (
            identifier,
            (
                format!("{} {}", article["titles"], article["links"]),
                article["status"].to_string(),
            ),
        )
    };
    text.lines().map(one).collect()
}

/// A record of a page, taken apart.
struct Record {
    identifier: String,
    header: String,
    metadata: Option<String>,
}

fn between<'a>(text: &'a str, open: &str, close: &str) -> Option<&'a str> {
    let start = text.find(open)? + open.len();
    Some(&text[start..start + text[start..].find(close)?])
}

/// The pages of the sample journal in Dublin Core, as the endpoint at this URL gives them.
fn pages(url: &str) -> Vec<Vec<Record>> {
    let origin = url.split("/index.php").next().unwrap();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("samples/ojs-3.4-cac");
    let page = |number: u32| {
        let text =
            fs::read_to_string(folder.join(format!("cac-listrecords-oai_dc-page{number}.xml")))
                .unwrap();
        let text = text.replace("http://127.0.0.1:8081", origin);
        let record = |record: &str| Record {
            identifier: between(record, "<identifier>", "</identifier>")
                .unwrap()
                .to_owned(),
            header: between(record, "<header", "</header>").unwrap().to_owned(),
            metadata: between(record, "<metadata>", "</metadata>").map(str::to_owned),
        };
        text.split("<record>").skip(1).map(record).collect()
    };
    (1..=3).map(page).collect()
}

/// A response as metha keeps it: its own type, as Go's `encoding/xml` writes it.
fn metha_response(records: &[Record], token: &str) -> String {
    let mut list = String::new();
    for record in records {
        let status = if record.header.contains("deleted") {
            "deleted"
        } else {
            ""
        };
        write!(
            list,
            "<record xmlns=\"http://www.openarchives.org/OAI/2.0/\"><header status=\"{status}\">"
        )
        .unwrap();
        for name in ["identifier", "datestamp"] {
            let value =
                between(&record.header, &format!("<{name}>"), &format!("</{name}>")).unwrap();
            write!(list, "<{name}>{value}</{name}>").unwrap();
        }
        for set in record.header.split("<setSpec>").skip(1) {
            write!(
                list,
                "<setSpec>{}</setSpec>",
                set.split('<').next().unwrap()
            )
            .unwrap();
        }
        let metadata = record.metadata.as_deref().unwrap_or_default();
        write!(
            list,
            "</header><metadata>{metadata}</metadata><about></about></record>"
        )
        .unwrap();
    }
    let end = |token: &str| {
        format!(
            "<resumptionToken completeListSize=\"\" cursor=\"\" expirationDate=\"\">{token}</resumptionToken>"
        )
    };
    let none = end("");
    format!(
        "<Response><responseDate>2026-11-24T02:49:02Z</responseDate><request verb=\"ListRecords\" set=\"\" \
         metadataPrefix=\"oai_dc\"></request><error code=\"\"></error><GetRecord><record><header status=\"\">\
         </header><metadata></metadata><about></about></record></GetRecord><Identify></Identify>\
         <ListIdentifiers>{none}</ListIdentifiers><ListMetadataFormats></ListMetadataFormats>\
         <ListRecords>{list}{}</ListRecords><ListSets>{none}</ListSets></Response>",
        end(token)
    )
}

fn gzip(path: &Path, text: &str) {
    let mut out = GzEncoder::new(fs::File::create(path).unwrap(), Compression::default());
    out.write_all(text.as_bytes()).unwrap();
    out.finish().unwrap();
}

/// The name of a list's folder: base64 with the alphabet of URLs, without padding.
fn metha_name(identity: &str) -> String {
    const ALPHABET: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let letters = |chunk: &[u8]| {
        let bits = (0..3).fold(0_usize, |bits, at| {
            bits << 8 | usize::from(chunk.get(at).copied().unwrap_or(0))
        });
        (0..=chunk.len())
            .map(move |at| char::from(ALPHABET[bits >> (18 - 6 * at) & 63]))
            .collect::<String>()
    };
    identity.as_bytes().chunks(3).map(letters).collect()
}

/// A cache as metha leaves it, with one list.
pub(crate) fn metha_cache(place: &Path, url: &str) -> PathBuf {
    let list = place.join(metha_name(&format!("#oai_dc#{url}")));
    fs::create_dir_all(&list).unwrap();
    let pages = pages(url);
    for (number, page) in pages.iter().enumerate() {
        let token = if number + 1 == pages.len() {
            ""
        } else {
            "more"
        };
        gzip(
            &list.join(format!("{DAY}-{number:08}.xml.gz")),
            &metha_response(page, token),
        );
    }
    fs::write(
        list.join(format!("{DAY}-00000003.xml-tmp-123456")),
        "<Response><resp",
    )
    .unwrap();
    list
}

struct World {
    runtime: Runtime,
    journal: Option<DemoJournal>,
    dir: TempDir,
}

impl World {
    fn new() -> Self {
        let runtime = Runtime::new().unwrap();
        let journal = Some(runtime.block_on(DemoJournal::start()).unwrap());
        Self {
            runtime,
            journal,
            dir: TempDir::new().unwrap(),
        }
    }

    fn url(&self) -> String {
        self.journal.as_ref().unwrap().base_url().to_owned()
    }

    fn path(&self) -> &Path {
        self.dir.path()
    }

    /// Returns the result of a harvest of the endpoint itself.
    fn live(&self) -> BTreeMap<String, (String, String)> {
        let other = TempDir::new().unwrap();
        done(other.path(), &["harvest", &self.url()]);
        let found = articles(other.path());
        assert_eq!(found.len(), 271);
        found
    }

    /// The next harvest of the endpoint asks only for what is new; how much there is of it.
    fn goes_on(&self) -> Value {
        let report = harvest(self.path(), &[&self.url()]);
        assert_eq!(report["outcome"], "complete", "{report}");
        assert!(
            report["tally"]["records"].as_u64().unwrap() < 20,
            "all was listed again: {report}"
        );
        report["tally"].clone()
    }
}

impl Drop for World {
    fn drop(&mut self) {
        if let Some(journal) = self.journal.take() {
            let _ = self.runtime.block_on(journal.stop());
        }
    }
}

#[test]
fn imports_a_metha_cache_and_continues_from_it() {
    let world = World::new();
    let cache = world.path().join("metha");
    let list = metha_cache(&cache, &world.url());
    let report = harvest(world.path(), &[cache.to_str().unwrap()]);
    assert_eq!(
        (&report["base_url"], &report["pages"]),
        (&world.url().into(), &3.into()),
        "{report}"
    );
    assert_eq!(
        report["tally"]["new"].as_u64().unwrap() + report["tally"]["deleted"].as_u64().unwrap(),
        271
    );
    assert_eq!(articles(world.path()), world.live());
    // Once more, by the list's own folder: nothing comes twice.
    let again = harvest(world.path(), &[list.to_str().unwrap()]);
    assert_eq!(again["tally"]["unchanged"], 271, "{again}");
    let new = world.goes_on();
    assert_eq!(new["records"], new["unchanged"], "{new}");
}

#[test]
fn deletions_in_later_metha_windows_win() {
    let world = World::new();
    let list = metha_cache(world.path(), &world.url());
    let mut page = pages(&world.url()).remove(0);
    page.truncate(2);
    for record in &mut page {
        record.metadata = None;
        record.header = record.header.replace('>', " status=\"deleted\">");
        let old =
            between(&record.header, "<datestamp status=\"deleted\">", "</").map(str::to_owned);
        assert!(old.is_some(), "{}", record.header);
        let (identifier, date) = (&record.identifier, "2026-11-24T01:00:00Z");
        record.header =
            format!(" deleted><identifier>{identifier}</identifier><datestamp>{date}</datestamp>");
    }
    let mut text = metha_response(&page, "");
    // Two responses in one file, as `metha-pack` leaves them.
    text.push_str(&metha_response(&[], ""));
    fs::write(list.join("2026-11-24-00000000.xml"), text).unwrap();
    harvest(world.path(), &[list.to_str().unwrap()]);
    let found = articles(world.path());
    for record in &page {
        assert_eq!(found[&record.identifier].1, "\"deleted\"");
    }
}

#[test]
fn a_shard_of_metha_is_read() {
    let world = World::new();
    let shard = world.path().join("metha/v2/ab/cd/abcd012345678901");
    let group = shard.join("seg/oai_dc+cac-ART-12345678");
    fs::create_dir_all(&group).unwrap();
    let meta = serde_json::json!({
        "layout": "v2", "base_url": world.url(), "created": "2026-11-24T00:00:00Z",
        "groups": [{"format": "oai_dc", "set": "cac:ART", "dir": "oai_dc+cac-ART-12345678"}],
    });
    fs::write(shard.join("meta.json"), meta.to_string()).unwrap();
    let mut segment = Vec::new();
    for page in pages(&world.url()) {
        segment.extend(zstd::encode_all(metha_response(&page, "more").as_bytes(), 1).unwrap());
    }
    fs::write(group.join("000001.zst"), segment).unwrap();
    let report = harvest(
        world.path(),
        &[world.path().join("metha").to_str().unwrap()],
    );
    assert_eq!(
        (&report["pages"], &report["tally"]["records"]),
        (&3.into(), &271.into())
    );
    let status: Value = serde_json::from_str(&done(world.path(), &["status", "--json"])).unwrap();
    assert!(status.to_string().contains("cac:ART"), "{status}");
}

#[test]
fn reports_a_broken_metha_file_and_lists_everything_next() {
    let world = World::new();
    let list = metha_cache(world.path(), &world.url());
    let broken = list.join(format!("{DAY}-00000001.xml.gz"));
    let bytes = fs::read(&broken).unwrap();
    fs::write(&broken, &bytes[..bytes.len() / 2]).unwrap();
    let output = run(world.path(), &["harvest", list.to_str().unwrap()]);
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(4), "{stderr}");
    assert!(
        stderr.contains(&format!("missing {DAY}-00000001.xml")),
        "{stderr}"
    );
    let report = harvest(world.path(), &[&world.url()]);
    assert_eq!(report["tally"]["records"], 271, "{report}");
    assert!(
        report["tally"]["unchanged"].as_u64().unwrap() > 100,
        "{report}"
    );
}

fn in_name(identifier: &str) -> String {
    identifier.replace(|c: char| !c.is_ascii_alphanumeric(), "_")
}

/// A folder as vufindharvest leaves it, with a file a record.
fn vufind_folder(world: &World) -> PathBuf {
    let folder = world.path().join("cac");
    fs::create_dir_all(folder.join("processed")).unwrap();
    for (number, record) in pages(&world.url()).iter().flatten().enumerate() {
        let name = format!("{TIME}_{}", in_name(&record.identifier));
        match &record.metadata {
            Some(metadata) => {
                // What VuFind has imported is a folder further.
                let place = if number % 2 == 0 {
                    folder.clone()
                } else {
                    folder.join("processed")
                };
                fs::write(place.join(name + ".xml"), metadata.trim()).unwrap();
            }
            None => fs::write(folder.join(name + ".delete"), &record.identifier).unwrap(),
        }
    }
    fs::write(folder.join("last_harvest.txt"), format!("{DAY}T00:00:00Z")).unwrap();
    folder
}

#[test]
fn imports_a_vufindharvest_folder_and_continues_from_it() {
    let world = World::new();
    let (folder, url) = (vufind_folder(&world), world.url());
    let arguments = [
        folder.to_str().unwrap(),
        "--base-url",
        &url,
        "--prefix",
        "oai_dc",
        "--identifiers",
        PATTERN,
    ];
    harvest(world.path(), &arguments);
    assert_eq!(articles(world.path()), world.live());
    let again = harvest(world.path(), &arguments);
    assert_eq!(again["tally"]["unchanged"], 271, "{again}");
    // Their datestamps and sets are known only now.
    let new = world.goes_on();
    assert_eq!(new["new"], 0, "{new}");
    // What the endpoint said itself is newer.
    let again = harvest(world.path(), &arguments);
    assert_eq!(again["tally"]["unchanged"], 271, "{again}");
}

#[test]
fn a_later_deletion_in_a_folder_of_vufindharvest_holds() {
    let world = World::new();
    let folder = vufind_folder(&world);
    let gone = pages(&world.url())[0][0].identifier.clone();
    fs::write(
        folder.join(format!("{}_{}.delete", TIME + 60, in_name(&gone))),
        &gone,
    )
    .unwrap();
    let arguments = [
        folder.to_str().unwrap(),
        "--base-url",
        &world.url(),
        "--identifiers",
        PATTERN,
    ];
    harvest(world.path(), &arguments);
    assert_eq!(articles(world.path())[&gone].1, "\"deleted\"");
}

#[test]
fn combined_files_of_vufindharvest_get_their_identifiers_from_its_log() {
    let world = World::new();
    let folder = world.path().join("cac");
    fs::create_dir_all(&folder).unwrap();
    let mut log = String::new();
    for (number, page) in pages(&world.url()).iter().enumerate() {
        let (mut inner, mut live, mut deleted) = (String::new(), Vec::new(), Vec::new());
        for record in page {
            match &record.metadata {
                Some(metadata) => {
                    inner.push_str(metadata.trim());
                    live.push(record.identifier.clone());
                }
                None => deleted.push(record.identifier.clone()),
            }
        }
        let time = TIME + i64::try_from(number).unwrap();
        let name = |id: &str, kind: &str| folder.join(format!("{time}_{}.{kind}", in_name(id)));
        fs::write(
            name(&live[0], "xml"),
            format!("<collection>{inner}</collection>"),
        )
        .unwrap();
        if let Some(first) = deleted.first() {
            fs::write(name(first, "delete"), deleted.join("\n")).unwrap();
        }
        log.push_str(&(live.join("\n") + "\n"));
    }
    let arguments = [folder.to_str().unwrap(), "--base-url", &world.url()];
    // Without its log, only the first of each file could be told, if that.
    let output = run(world.path(), &[&["harvest"], &arguments[..]].concat());
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(4), "{stderr}");
    assert!(stderr.contains("--identifiers"), "{stderr}");
    fs::write(folder.join("harvest.log"), log).unwrap();
    harvest(world.path(), &arguments);
    assert_eq!(articles(world.path()), world.live());
}
