//! No character of a server's steers a terminal: on stdout for people, in JSON, on stderr, in logs.

use std::fs;
use std::path::Path;

use super::corpus::TERMINAL;
use super::{offprint, record, response, store_of, titled};

/// Returns whether a terminal may act on a character. Line feeds and tabs are the program's own.
fn acts(c: char) -> bool {
    c.is_control() && !matches!(c, '\n' | '\t')
        || matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

fn assert_safe(what: &str, text: &[u8]) {
    let text = String::from_utf8(text.to_vec()).unwrap();
    let found: Vec<char> = text.chars().filter(|&c| acts(c)).collect();
    assert!(found.is_empty(), "{what}: {found:?} in {text:?}");
}

/// A text in which every sequence stands, as XML can carry it.
fn hostile() -> String {
    let all: Vec<String> = TERMINAL
        .iter()
        .map(|(_, text)| format!("x{text}y"))
        .collect();
    let all = all.join(" ");
    // Reader and store take what XML forbids; escaped, each of them comes through somewhere.
    all.replace('&', "&amp;").replace('<', "&lt;")
}

fn hostile_store() -> tempfile::TempDir {
    let text = hostile();
    let metadata = format!(
        "<dc:dc xmlns:dc='http://purl.org/dc/elements/1.1/'><dc:title>{text}</dc:title><dc:creator>{text}</dc:creator>\
         <dc:subject>{text}</dc:subject><dc:description>{text}</dc:description><dc:publisher>{text}</dc:publisher>\
         <dc:identifier>https://h.example.org/{text}</dc:identifier><dc:rights>{text}</dc:rights><dc:type>{text}</dc:type>\
         <dc:source>{text}</dc:source><dc:language>{text}</dc:language><dc:date>{text}</dc:date>\
         <dc:other>{text}</dc:other></dc:dc>"
    );
    let records = record(&format!("oai:h:{text}"), &metadata)
        + &record("oai:h:1", &metadata).replace("<setSpec>a<", &format!("<setSpec>{text}<"));
    store_of(&[response(&records)])
}

#[test]
fn show_and_status_are_safe_for_a_terminal() {
    let store = hostile_store();
    for arguments in [
        &["show", "oai:h:1"][..],
        &["show", "oai:h:1", "--json"],
        &["show", "oai:h:1", "--history"],
        &["status"],
        &["status", "--json"],
        &["findings"],
        &["findings", "--json"],
        &["findings", "unmapped"],
        &["duplicates"],
        &["source", "list"],
        &["source", "list", "--json"],
        &["store", "check"],
        &["show", "oai:h:none"],
        &["status", "--verbose"],
        &[
            "export",
            "jsonl",
            "--verbose",
            "--log-format",
            "json",
            "-o",
            "a.jsonl",
        ],
    ] {
        let output = offprint(store.path(), arguments);
        assert_safe(&format!("stdout of {arguments:?}"), &output.stdout);
        assert_safe(&format!("stderr of {arguments:?}"), &output.stderr);
    }
}

/// Marks of direction belong to the text of right-to-left titles; controls belong to no text.
#[test]
fn exports_as_xml_have_no_control_characters() {
    let store = hostile_store();
    for format in ["jats", "dc", "marcxml", "doaj"] {
        let output = offprint(store.path(), &["export", format]);
        let text = String::from_utf8(output.stdout).unwrap();
        let is_break = |c| matches!(c, '\n' | '\r' | '\t');
        let found: Vec<char> = text
            .chars()
            .filter(|&c| c.is_control() && !is_break(c))
            .collect();
        assert!(!text.is_empty() && found.is_empty(), "{format}: {found:?}");
    }
    let output = offprint(store.path(), &["export", "jats", "--lint"]);
    assert_safe("stderr of the lint", &output.stderr);
}

#[test]
fn messages_quote_unexpected_responses_safely() {
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path().join("pages");
    fs::create_dir(&place).unwrap();
    let osc = "\u{1b}]0;owned\u{7}\u{9b}31m\u{202e}";
    let pages = [
        format!("<{osc}html>no OAI</html>"),
        format!("{osc} is no XML at all"),
        response(&format!("</{osc}>")),
        format!(
            "<OAI-PMH xmlns=\"http://www.openarchives.org/OAI/2.0/\"><responseDate>{osc}</responseDate>\
             <request>x</request><error code=\"{osc}\">{osc}</error></OAI-PMH>"
        ),
    ];
    for page in pages {
        fs::write(place.join("1.xml"), &page).unwrap();
        for format in ["text", "json"] {
            let arguments = ["harvest", "pages", "--verbose", "--log-format", format];
            let output = offprint(folder.path(), &arguments);
            assert_safe(&format!("stderr for {page:?}"), &output.stderr);
            assert_safe("stdout", &output.stdout);
        }
    }
}

/// What a server answers to `get` and `check`, in messages and on stdout.
#[test]
fn get_and_check_quote_a_server_safely() {
    let text = hostile();
    let identify = format!(
        "<Identify><repositoryName>{text}</repositoryName><baseURL>{text}</baseURL><protocolVersion>{text}</protocolVersion>\
         <adminEmail>{text}</adminEmail><earliestDatestamp>{text}</earliestDatestamp><deletedRecord>{text}</deletedRecord>\
         <granularity>{text}</granularity></Identify>"
    );
    let answers = [
        response("").replace("<ListRecords></ListRecords>", &identify),
        response(&record(&format!("oai:h:{text}"), &titled("A"))),
        format!("<{text}>"),
    ];
    for answer in answers {
        let listener = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let url = format!("http://{}/oai", listener.local_addr().unwrap());
        testkit::plain::serve(listener, move |_| {
            Ok(testkit::plain::Reply::xml(answer.clone()))
        });
        for command in ["get", "check"] {
            let folder = tempfile::tempdir().unwrap();
            let output = crate::cli_support::run(folder.path(), &[command, &url]);
            assert_safe(&format!("stdout of {command}"), &output.stdout);
            assert_safe(&format!("stderr of {command}"), &output.stderr);
        }
    }
}

/// Returns the output of `offprint` on a terminal (`script` of util-linux makes one).
#[cfg(target_os = "linux")]
fn on_a_terminal(folder: &Path, arguments: &str) -> (Option<i32>, String) {
    let output = std::process::Command::new("script")
        .args(["--quiet", "--return", "--command"])
        .arg(format!("{} {arguments}", env!("CARGO_BIN_EXE_offprint")))
        .arg("/dev/null")
        .current_dir(folder)
        .env("TERM", "xterm-256color")
        .env("XDG_CONFIG_HOME", folder)
        .stdin(std::process::Stdio::null())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    (output.status.code(), said)
}

#[cfg(target_os = "linux")]
#[test]
fn data_on_a_terminal_is_safe_too() {
    let store = hostile_store();
    for arguments in [
        "show oai:h:1 --raw",
        "export jsonl",
        "export raw",
        "duplicates",
    ] {
        let (_, said) = on_a_terminal(store.path(), arguments);
        let said = said.replace("\r\n", "\n");
        assert!(
            !said.contains("\u{1b}]") && !said.contains("\u{1b}[2J"),
            "{said:?}"
        );
        let c1 = |c: char| matches!(c, '\u{80}'..='\u{9f}' | '\u{202e}' | '\u{2066}' | '\u{7}');
        assert!(!said.contains(c1), "{arguments}: {said:?}");
    }
    // A pipe gets the bytes as they are.
    let raw = offprint(store.path(), &["show", "oai:h:1", "--raw"]).stdout;
    assert!(String::from_utf8(raw).unwrap().contains('\u{202e}'));
}

#[cfg(target_os = "linux")]
#[test]
fn binary_formats_are_not_written_to_a_terminal() {
    let store = hostile_store();
    for arguments in [
        "export marc",
        "export jsonl --tar",
        "export parquet",
        "export jats --tar",
    ] {
        if arguments.contains("parquet") && !cfg!(feature = "parquet") {
            continue;
        }
        let (code, said) = on_a_terminal(store.path(), arguments);
        assert_eq!(code, Some(2), "{arguments}: {said}");
        assert!(said.contains("is not written to a terminal"), "{said}");
        assert!(said.contains("name a file with `-o FILE`"), "{said}");
    }
    let (code, _) = on_a_terminal(store.path(), "export marc --dry-run");
    assert_eq!(code, Some(0));
}
