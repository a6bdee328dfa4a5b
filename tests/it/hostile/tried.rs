//! Further inputs of the table: whole responses, archives, cells of a spreadsheet, addresses.

use std::fmt::Write as _;
use std::fs;
use std::net::IpAddr;
use std::path::Path;

use offprint::internals::http::is_internal;
use offprint::internals::oai::read_page;

use super::table::cell;
use super::{done, offprint, record, response, store_of, titled};

/// Bytes of what is large.
const LARGE: usize = 10 << 20;

/// A response: what it is, and its bytes.
type Body = (&'static str, fn() -> Vec<u8>);

/// Whole responses.
const BODIES: &[Body] = &[
    ("nothing", || Vec::new()),
    ("10 MB of NUL", || vec![0; LARGE]),
    ("10 MB of `<`", || vec![b'<'; LARGE]),
    ("a web page", || {
        b"<!DOCTYPE html><html><body>Not here</body></html>".to_vec()
    }),
    ("entities that expand to 10^9 letters", || {
        let mut dtd = String::from("<!ENTITY a0 \"aaaaaaaaaa\">");
        for n in 1..9 {
            let inner = format!("&a{};", n - 1).repeat(10);
            let _ = write!(dtd, "<!ENTITY a{n} \"{inner}\">");
        }
        let page = response(&record("oai:h:1", "<t>&a8;</t>"));
        page.replacen(
            "<OAI-PMH",
            &format!("<!DOCTYPE OAI-PMH [{dtd}]><OAI-PMH"),
            1,
        )
        .into_bytes()
    }),
    ("an external entity", || {
        let page = response(&record("oai:h:1", "<t>&x;</t>"));
        let dtd = "<!DOCTYPE OAI-PMH [<!ENTITY x SYSTEM \"file:///etc/passwd\">]><OAI-PMH";
        page.replacen("<OAI-PMH", dtd, 1).into_bytes()
    }),
    ("elements in one another, 100,000 deep", || {
        let deep = format!("{}{}", "<a>".repeat(100_000), "</a>".repeat(100_000));
        response(&record("oai:h:1", &deep)).into_bytes()
    }),
    ("an element that never closes", || {
        response(&record("oai:h:1", &"<a>text".repeat(1000))).into_bytes()
    }),
    ("100,000 attributes", || {
        let mut attributes = String::new();
        for n in 0..100_000 {
            let _ = write!(attributes, " a{n}='1'");
        }
        response(&record("oai:h:1", &format!("<t{attributes}>A</t>"))).into_bytes()
    }),
    ("a token of 10 MB", || {
        let token = "x".repeat(LARGE);
        response(&format!("<resumptionToken>{token}</resumptionToken>")).into_bytes()
    }),
    ("an identifier of 10 MB", || {
        response(&record(&"x".repeat(LARGE), "<t>A</t>")).into_bytes()
    }),
    ("an element name of 10 MB", || {
        let name = "x".repeat(LARGE);
        response(&record("oai:h:1", &format!("<{name}/>"))).into_bytes()
    }),
    ("UTF-16 without its last byte", || {
        let page = response(&record("oai:h:1", "<t>A</t>"));
        let mut bytes = vec![0xFF, 0xFE];
        bytes.extend(page.encode_utf16().flat_map(u16::to_le_bytes));
        bytes.pop();
        bytes
    }),
];

fn read(body: &[u8]) -> String {
    match read_page(body) {
        Ok(page) if page.complete => format!("read; records: {}", page.records.len()),
        Ok(page) => format!(
            "cut short, so it is requested again; records: {}",
            page.records.len()
        ),
        Err(error) => format!("refused: {}", cell(&error.to_string()).replace('<', "&lt;")),
    }
}

/// A member of a tar archive: its name, its kind, where a link leads.
type Member = (&'static str, tar::EntryType, &'static str);

/// Archives, each with one member beside an honest page.
const MEMBERS: &[(&str, Member)] = &[
    (
        "a path that leads out",
        ("../evil.xml", tar::EntryType::Regular, ""),
    ),
    (
        "an absolute path",
        ("/tmp/evil.xml", tar::EntryType::Regular, ""),
    ),
    (
        "a symbolic link",
        ("pages/2.xml", tar::EntryType::Symlink, "/etc/passwd"),
    ),
    (
        "a hard link",
        ("pages/2.xml", tar::EntryType::Link, "/etc/passwd"),
    ),
    (
        "a character device",
        ("pages/2.xml", tar::EntryType::Char, ""),
    ),
    ("a named pipe", ("pages/2.xml", tar::EntryType::Fifo, "")),
    (
        "a name of control characters",
        ("pages/\u{1b}[2J.xml", tar::EntryType::Regular, ""),
    ),
];

fn archive(path: &Path, (name, kind, link): &Member) {
    let mut out = tar::Builder::new(fs::File::create(path).unwrap());
    let page = response(&record("oai:h:1", &titled("A")));
    let other = response(&record("oai:h:2", &titled("B")));
    for (name, kind, link, bytes) in [
        ("pages/1.xml", tar::EntryType::Regular, "", page.as_bytes()),
        (*name, *kind, *link, other.as_bytes()),
    ] {
        let mut header = tar::Header::new_gnu();
        header.set_entry_type(kind);
        header.set_mode(0o644);
        let is_file = kind == tar::EntryType::Regular;
        header.set_size(if is_file { bytes.len() as u64 } else { 0 });
        // Written as they are: the crate refuses such names.
        let fields = header.as_mut_bytes();
        fields[..name.len()].copy_from_slice(name.as_bytes());
        fields[157..157 + link.len()].copy_from_slice(link.as_bytes());
        header.set_cksum();
        out.append(&header, if is_file { bytes } else { &[] })
            .unwrap();
    }
    out.finish().unwrap();
}

/// Checks the number of records of an archive, and that nothing is written beside the store.
fn imported(member: &Member) -> String {
    let folder = tempfile::tempdir().unwrap();
    let inner = folder.path().join("here");
    fs::create_dir(&inner).unwrap();
    archive(&inner.join("saved.tar"), member);
    let output = offprint(&inner, &["harvest", "saved.tar", "--name", "h"]);
    let code = output.status.code();
    assert!(matches!(code, Some(0 | 1 | 4)), "{member:?}: {code:?}");
    let outside: Vec<_> = fs::read_dir(folder.path()).unwrap().collect();
    assert_eq!(outside.len(), 1, "{member:?} wrote {outside:?}");
    let names = fs::read_dir(&inner).unwrap().flatten();
    let foreign: Vec<_> = names
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .filter(|name| name != "saved.tar" && !name.starts_with("offprint.db"))
        .collect();
    assert_eq!(foreign, Vec::<String>::new(), "{member:?}");
    let lines = done(&inner, &["export", "jsonl"]);
    match lines.lines().count() {
        1 => "left out; the honest page is read".to_owned(),
        2 => "read like any page; nothing is unpacked to its name".to_owned(),
        count => format!("{count} records"),
    }
}

/// Cells that a spreadsheet would take for formulas.
const CELLS: [&str; 11] = [
    "=1+1",
    "=HYPERLINK(\"http://evil.example\")",
    "+1",
    "-1",
    "@SUM(A1)",
    "=cmd|' /C calc'!A0",
    "＝1+1",
    "＠SUM(A1)",
    "a,b",
    "a\"b",
    "1-2",
];

/// The titles of a CSV export, in the order of the records.
fn titles(folder: &Path, arguments: &[&str], separator: u8) -> Vec<String> {
    let text = done(
        folder,
        &[&["export", "csv", "--fields", "title"], arguments].concat(),
    );
    let text = text.trim_start_matches('\u{feff}');
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(separator)
        .from_reader(text.as_bytes());
    let rows = reader.records().map(|row| row.unwrap()[0].to_owned());
    rows.collect()
}

/// Addresses that a redirect or a record may lead to.
const ADDRESSES: [&str; 14] = [
    "127.0.0.1",
    "10.0.0.1",
    "172.16.0.1",
    "192.168.0.1",
    "169.254.169.254",
    "100.64.0.1",
    "0.0.0.0",
    "::1",
    "fe80::1",
    "fc00::1",
    "::ffff:127.0.0.1",
    "64:ff9b::7f00:1",
    "2002:7f00:1::",
    "193.0.0.1",
];

/// The sections of the table.
pub(super) fn sections(page: &mut String) {
    page.push_str("\n## Responses\n\n| response | what becomes of it |\n|---|---|\n");
    for (name, body) in BODIES {
        let _ = writeln!(page, "| {name} | {} |", read(&body()));
    }
    page.push_str(
        "\n## Archives of saved responses\n\nEach holds an honest page and one member of this kind. Nothing is written but the store.\n\n\
         | member | name | what becomes of it |\n|---|---|---|\n",
    );
    for (name, member) in MEMBERS {
        let _ = writeln!(
            page,
            "| {name} | `{}` | {} |",
            cell(member.0),
            imported(member)
        );
    }
    page.push_str(
        "\n## Cells of a spreadsheet\n\n`export csv` writes values as they are, for programs; `--excel` is for spreadsheets.\n\n\
         | title | `export csv` | `export csv --excel` |\n|---|---|---|\n",
    );
    let records: Vec<String> = CELLS
        .iter()
        .enumerate()
        .map(|(n, title)| record(&format!("oai:h:{n}"), &titled(title)))
        .collect();
    let store = store_of(&[response(&records.concat())]);
    let plain = titles(store.path(), &[], b',');
    let excel = titles(store.path(), &["--excel"], b';');
    for ((title, plain), excel) in CELLS.iter().zip(&plain).zip(&excel) {
        let _ = writeln!(
            page,
            "| `{}` | `{}` | `{}` |",
            cell(title),
            cell(plain),
            cell(excel)
        );
    }
    page.push_str(
        "\n## Addresses\n\nWhere a redirect or a record leads. The address of the endpoint itself may be anywhere.\n\n\
         | address | what becomes of the request |\n|---|---|\n",
    );
    for address in ADDRESSES {
        let parsed: IpAddr = address.parse().unwrap();
        let result = if is_internal(parsed) {
            "refused: inside a network"
        } else {
            "sent, if it is on the host of the endpoint"
        };
        let _ = writeln!(page, "| `{address}` | {result} |");
    }
}
