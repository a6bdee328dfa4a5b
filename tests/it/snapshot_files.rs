//! Snapshots with the full texts: fetched from the endpoint's host alone, within bounds, each linked to its article.

use crate::cli_support;

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::Output;

use serde_json::Value;
use sha2::{Digest as _, Sha256};
use tempfile::TempDir;
use tokio::runtime::Runtime;
use wiremock::matchers::{path, query_param};
use wiremock::{Mock, MockServer, ResponseTemplate};

const PDF: &[u8] = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n";

/// A journal of four articles: a PDF, one that is not there, one on another host, one larger than the others.
struct World {
    runtime: Runtime,
    server: MockServer,
    dir: TempDir,
}

impl World {
    fn new() -> Self {
        let runtime = Runtime::new().unwrap();
        let server = runtime.block_on(MockServer::start());
        let uri = server.uri();
        let mut records = String::new();
        for number in 1..=4 {
            let host = if number == 3 {
                "http://other.example"
            } else {
                &uri
            };
            write!(
records,
                "<record><header><identifier>oai:j.example:article/{number}</identifier>\
                 <datestamp>2024-01-0{number}T00:00:00Z</datestamp><setSpec>j:ART</setSpec></header><metadata>\
                 <oai_dc:dc xmlns:oai_dc=\"http://www.openarchives.org/OAI/2.0/oai_dc/\" \
                 xmlns:dc=\"http://purl.org/dc/elements/1.1/\"><dc:title>Article {number}</dc:title>\
                 <dc:identifier>{uri}/index.php/j/article/view/{number}</dc:identifier>\
                 <dc:relation>{host}/index.php/j/article/view/{number}/{number}1</dc:relation></oai_dc:dc>\
                 </metadata></record>"
            ).unwrap();
        }
        let answer = |inner: &str| {
            let text = format!(
                "<?xml version=\"1.0\" encoding=\"UTF-8\"?><OAI-PMH xmlns=\"http://www.openarchives.org/OAI/2.0/\">\
                 <responseDate>2024-02-01T00:00:00Z</responseDate><request>{uri}/index.php/j/oai</request>{inner}\
                 </OAI-PMH>"
            );
            ResponseTemplate::new(200).set_body_raw(text, "text/xml")
        };
        let identify = format!(
            "<Identify><repositoryName>J</repositoryName><baseURL>{uri}/index.php/j/oai</baseURL>\
             <protocolVersion>2.0</protocolVersion><adminEmail>a@j.example</adminEmail>\
             <earliestDatestamp>2024-01-01T00:00:00Z</earliestDatestamp><deletedRecord>persistent</deletedRecord>\
             <granularity>YYYY-MM-DDThh:mm:ssZ</granularity></Identify>"
        );
        let list = format!("<ListRecords>{records}</ListRecords>");
        let large = [PDF, &[b' '; 4096]].concat();
        runtime.block_on(async {
            for (verb, inner) in [
                ("Identify", identify.as_str()),
                ("ListRecords", list.as_str()),
            ] {
                Mock::given(query_param("verb", verb))
                    .respond_with(answer(inner))
                    .mount(&server)
                    .await;
            }
            for (number, body) in [(1, PDF.to_vec()), (4, large)] {
                let file =
                    ResponseTemplate::new(200).set_body_raw(body, "application/pdf;charset=binary");
                let place = format!("/index.php/j/article/download/{number}/{number}1");
                Mock::given(path(place))
                    .respond_with(file)
                    .mount(&server)
                    .await;
            }
        });
        Self {
            runtime,
            server,
            dir: TempDir::new().unwrap(),
        }
    }

    fn path(&self) -> &Path {
        self.dir.path()
    }

    fn run(&self, arguments: &[&str]) -> Output {
        let mut command = cli_support::offprint(self.path());
        command
            .env("OFFPRINT_RATE", "unlimited")
            .env("OFFPRINT_BACKOFF", "0.01")
            .args(arguments);
        command.output().unwrap()
    }

    fn snapshot(&self, name: &str, more: &[&str]) -> (Vec<Value>, String) {
        let arguments = [&["snapshot", "j", "--with-files", "-o", name], more].concat();
        let output = self.run(&arguments);
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(4), "{stderr}");
        let list = fs::read_to_string(self.path().join(name).join("data/files.jsonl")).unwrap();
        (
            list.lines()
                .map(|line| serde_json::from_str(line).unwrap())
                .collect(),
            stderr,
        )
    }
}

#[test]
fn full_texts_are_in_the_snapshot_or_reported_missing() {
    let world = World::new();
    let url = format!("{}/index.php/j/oai", world.server.uri());
    assert_eq!(
        world.run(&["harvest", &url, "--name", "j"]).status.code(),
        Some(0)
    );
    let articles = String::from_utf8(world.run(&["export", "jsonl"]).stdout).unwrap();
    let articles: Vec<Value> = articles
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();

    let (files, stderr) = world.snapshot("bag", &[]);
    assert_eq!(files.len(), 4);
    for (file, article) in files.iter().zip(&articles) {
        assert_eq!(file["article"], article["id"]);
    }
    let had: Vec<&Value> = files
        .iter()
        .filter(|file| file["path"].is_string())
        .collect();
    assert_eq!(had.len(), 2);
    for file in &had {
        let place = file["path"].as_str().unwrap();
        assert!(
            place.starts_with("files/j_")
                && Path::new(place).extension().is_some_and(|e| e == "pdf")
                && !place.contains(".."),
            "{place}"
        );
        let bytes = fs::read(world.path().join("bag/data").join(place)).unwrap();
        assert!(bytes.starts_with(PDF));
        assert_eq!(file["bytes"], bytes.len());
        let sum = Sha256::digest(&bytes)
            .iter()
            .fold(String::new(), |hex, byte| format!("{hex}{byte:02x}"));
        assert_eq!(file["sha256"], sum);
        assert_eq!(file["media_type"], "application/pdf");
    }
    // What is not there is named: in its line, in bag-info, on stderr.
    let why = |number: usize| files[number - 1]["error"].as_str().unwrap().to_owned();
    assert!(
        why(2).contains("404") && why(3).contains("another host"),
        "{files:?}"
    );
    let info = fs::read_to_string(world.path().join("bag/bag-info.txt")).unwrap();
    assert!(
        info.contains("Completeness: incomplete: 2 files could not be had"),
        "{info}"
    );
    let place = "/index.php/j/article/download/2/21";
    assert!(
        info.contains(place) && stderr.contains(place),
        "{info}\n{stderr}"
    );
    assert_eq!(
        world.run(&["snapshot", "--verify", "bag"]).status.code(),
        Some(0)
    );

    // Bounds hold, and what they cut is said.
    let (files, _) = world.snapshot("few", &["--max-files", "1"]);
    assert!(
        files[3]["error"]
            .as_str()
            .unwrap()
            .contains("limit of 1 files"),
        "{files:?}"
    );
    let (files, _) = world.snapshot("small", &["--max-file-bytes", "1000"]);
    assert!(files[0]["path"].is_string());
    assert!(
        files[3]["error"]
            .as_str()
            .unwrap()
            .contains("limit of 1000 bytes"),
        "{files:?}"
    );
    let (files, _) = world.snapshot("little", &["--max-total-bytes", "100"]);
    assert!(
        files[3]["error"]
            .as_str()
            .unwrap()
            .contains("limit of 100 bytes"),
        "{files:?}"
    );

    // Of a URL too.
    let output = world.run(&["snapshot", &url, "--with-files", "-o", "direct"]);
    assert_eq!(
        output.status.code(),
        Some(4),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    assert!(world.path().join("direct/data/files.jsonl").is_file());
    world.runtime.block_on(async { world.server.reset().await });
}
