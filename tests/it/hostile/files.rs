//! Files on this machine that are damaged, or are not what a command expects at their place.

use std::fmt::Write as _;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::Command;

use super::{done, offprint, record, response, titled};

/// A case: the name of the file, the function that makes it in a folder with `pages/1.xml` and a store, and the command.
type Case = (&'static str, fn(&Path), &'static [&'static str]);

const HARVEST: &[&str] = &["harvest", "pages"];
const LIST: &[&str] = &["add", "--from-list", "list.csv", "--to-store"];
const EXPORT: &[&str] = &["export", "jats", "-o", "out/"];

const FILES: &[Case] = &[
    (
        "a saved page without its last byte",
        |here| {
            page(here, |page| {
                page.pop();
            })
        },
        HARVEST,
    ),
    ("an empty page", |here| page(here, Vec::clear), HARVEST),
    (
        "random bytes named `.xml`",
        |here| page(here, |page| *page = b"\x93\xFE\x01".to_vec()),
        HARVEST,
    ),
    (
        "a web page named `.xml`",
        |here| page(here, |page| *page = b"<html/>".to_vec()),
        HARVEST,
    ),
    (
        "a `README.txt` beside the pages",
        |here| write(&here.join("pages/README.txt"), b"of 2024"),
        HARVEST,
    ),
    (
        "an archive of nothing",
        |here| write(&here.join("a.tar"), &[0; 1024]),
        &["harvest", "a.tar"],
    ),
    (
        "an archive cut within a page",
        |here| write(&here.join("a.tar"), &archive(here)[..700]),
        &["harvest", "a.tar"],
    ),
    (
        "an archive without its end",
        |here| write(&here.join("a.tar"), &archive(here)[..1024]),
        &["harvest", "a.tar"],
    ),
    (
        "an archive that is a named pipe",
        |here| pipe(&here.join("a.tar")),
        &["snapshot", "--verify", "a.tar"],
    ),
    (
        "a list with an open quotation mark",
        |here| {
            write(
                &here.join("list.csv"),
                b"url\n\"http://a.example/oai\nhttp://b.example/oai\n",
            );
        },
        LIST,
    ),
    (
        "a list without an end",
        |here| symlink("/dev/zero", here.join("list.csv")).unwrap(),
        LIST,
    ),
    (
        "a named pipe as the lock of a store",
        |here| {
            fs::remove_file(here.join("offprint.db.lock")).unwrap();
            pipe(&here.join("offprint.db.lock"));
        },
        HARVEST,
    ),
    (
        "a folder as the log of a store",
        |here| fs::create_dir(here.join("offprint.db-wal")).unwrap(),
        &["status"],
    ),
    (
        "a link to nothing as a store",
        |here| symlink("nowhere", here.join("a.db")).unwrap(),
        &["harvest", "pages", "--store", "a.db"],
    ),
    (
        "a store in a folder that does not exist",
        |_| {},
        &["harvest", "pages", "--store", "no/a.db"],
    ),
    (
        "a named pipe as the index of an export",
        |here| {
            fs::create_dir(here.join("out")).unwrap();
            pipe(&here.join("out/index.jsonl"));
        },
        EXPORT,
    ),
    (
        "a named pipe as the target of a backup",
        |here| pipe(&here.join("a.db")),
        &["store", "backup", "a.db"],
    ),
];

fn write(path: &Path, bytes: &[u8]) {
    fs::write(path, bytes).unwrap();
}

/// Writes a second page, changed.
fn page(here: &Path, change: fn(&mut Vec<u8>)) {
    let mut bytes = response(&record("oai:h:2", &titled("B"))).into_bytes();
    change(&mut bytes);
    write(&here.join("pages/2.xml"), &bytes);
}

/// The first page in an archive: a header, and one block of it.
fn archive(here: &Path) -> Vec<u8> {
    let page = fs::read(here.join("pages/1.xml")).unwrap();
    assert!((200..=512).contains(&page.len()), "{}", page.len());
    let mut out = tar::Builder::new(Vec::new());
    out.append_path_with_name(here.join("pages/1.xml"), "1.xml")
        .unwrap();
    out.into_inner().unwrap()
}

fn pipe(path: &Path) {
    assert!(Command::new("mkfifo").arg(path).status().unwrap().success());
}

/// Returns the exit code of a command, and the line that says what was wrong.
fn outcome(make: fn(&Path), arguments: &[&str]) -> (i32, String) {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    fs::create_dir(here.join("pages")).unwrap();
    let first = response(&record("oai:h:1", &titled("A")));
    write(&here.join("pages/1.xml"), first.as_bytes());
    done(here, &["harvest", "pages", "--name", "h"]);
    make(here);
    let output = offprint(here, arguments);
    let said = String::from_utf8(output.stderr).unwrap();
    let line = said.lines().find_map(|line| {
        let line = line.trim();
        let error = line.strip_prefix("error: ");
        let failed = || line.split_once("; failed: ").map(|(_, why)| why);
        error
            .or_else(failed)
            .or_else(|| line.starts_with("missing ").then_some(line))
    });
    let code = output.status.code().unwrap();
    (code, line.unwrap_or_default().to_owned())
}

/// The section of the table.
pub(super) fn section(page: &mut String) {
    page.push_str(
        "\n## Files on this machine\n\nDamaged files, and what stands where a file is expected. A message names it, and no \
         command waits for a pipe.\n\n| file | command | exit code | message |\n|---|---|---|---|\n",
    );
    for (name, make, arguments) in FILES {
        let (code, message) = outcome(*make, arguments);
        assert!(code == 0 || !message.is_empty(), "{name}: {code}");
        let command = arguments.join(" ");
        let message = match &*message {
            "" => "none".to_owned(),
            message => message.replace('|', "\\|").replace('<', "&lt;"),
        };
        let _ = writeln!(page, "| {name} | `{command}` | {code} | {message} |");
    }
}
