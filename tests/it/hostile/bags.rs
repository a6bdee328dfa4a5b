//! Bags that try to cost memory, or to pass for what they are not: what `snapshot --verify` says of each.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use offprint::internals::snapshot::verify;

use super::table::cell;

/// Bytes of what is large.
const LARGE: usize = 16 << 20;

/// Writes a bag into a folder; a path that ends with `.tar` is an archive.
type Write = fn(&Path);

const DECLARATION: &str = "BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n";

/// A bag of one honest file, with this manifest.
fn with_manifest(folder: &Path, manifest: &[u8]) {
    fs::create_dir_all(folder.join("data")).unwrap();
    fs::write(folder.join("bagit.txt"), DECLARATION).unwrap();
    fs::write(folder.join("bag-info.txt"), "Payload-Oxum: 1.1\n").unwrap();
    fs::write(folder.join("data/a"), "a").unwrap();
    fs::write(folder.join("manifest-sha512.txt"), manifest).unwrap();
}

/// An archive of one entry with this header and these bytes, of which the header may say what it likes.
fn with_entry(path: &Path, kind: tar::EntryType, name: &str, size: u64, bytes: &[u8]) {
    let mut header = tar::Header::new_gnu();
    header.set_entry_type(kind);
    header.set_size(size);
    header.as_mut_bytes()[..name.len()].copy_from_slice(name.as_bytes());
    header.set_cksum();
    let mut all = header.as_bytes().to_vec();
    all.extend_from_slice(bytes);
    all.resize(all.len().next_multiple_of(512) + 1024, 0);
    fs::write(path, all).unwrap();
}

const BAGS: &[(&str, &str, Write)] = &[
    ("a manifest of 16 MB of NUL", "bag", |path| {
        with_manifest(path, &vec![0; LARGE]);
    }),
    ("a manifest line of 16 MB", "bag", |path| {
        let mut line = b"0123  data/".to_vec();
        line.resize(LARGE, b'x');
        with_manifest(path, &line);
    }),
    (
        "a million lines of files that are not there",
        "bag",
        |path| {
            let mut lines = String::new();
            for n in 0..1_000_000 {
                let _ = writeln!(lines, "ab  data/{n}");
            }
            with_manifest(path, lines.as_bytes());
        },
    ),
    ("one file on a million lines", "bag", |path| {
        with_manifest(path, "ab  data/a\n".repeat(1_000_000).as_bytes());
    }),
    ("paths that lead out", "bag", |path| {
        with_manifest(
            path,
            b"ab  ../../etc/passwd\nab  /etc/passwd\nab  data/%2e%2e/x\n",
        );
    }),
    ("a path of terminal sequences", "bag", |path| {
        with_manifest(path, "ab  data/\u{1b}]0;x\u{7}\u{202e}\n".as_bytes());
    }),
    ("a declaration of 16 MB", "bag", |path| {
        with_manifest(path, b"");
        fs::write(path.join("bagit.txt"), vec![b' '; LARGE]).unwrap();
    }),
    ("a link to a file elsewhere", "bag", |path| {
        with_manifest(path, b"");
        #[cfg(unix)]
        std::os::unix::fs::symlink("/etc/passwd", path.join("data/link")).unwrap();
    }),
    (
        "an archive whose file is said to have 2^62 bytes",
        "bag.tar",
        |path| {
            with_entry(path, tar::EntryType::Regular, "bag/data/a", 1 << 62, b"a");
        },
    ),
    (
        "an archive whose name is said to have 2^62 bytes",
        "bag.tar",
        |path| {
            with_entry(path, tar::EntryType::GNULongName, "x", 1 << 62, b"a");
        },
    ),
    ("an archive with a name of 16 MB", "bag.tar", |path| {
        let kind = tar::EntryType::GNULongName;
        with_entry(path, kind, "x", LARGE as u64, &vec![b'x'; LARGE]);
    }),
    (
        "an archive with an extended header of 16 MB",
        "bag.tar",
        |path| {
            let kind = tar::EntryType::XHeader;
            with_entry(path, kind, "x", LARGE as u64, &vec![b'x'; LARGE]);
        },
    ),
    ("an archive with a file of holes", "bag.tar", |path| {
        with_entry(path, tar::EntryType::GNUSparse, "bag/data/a", 1, b"a");
    }),
    ("an archive of 16 MB of NUL", "bag.tar", |path| {
        fs::write(path, vec![0; LARGE]).unwrap();
    }),
    ("an archive of 16 MB of `x`", "bag.tar", |path| {
        fs::write(path, vec![b'x'; LARGE]).unwrap();
    }),
];

/// The section of the table.
pub(super) fn section(page: &mut String) {
    page.push_str(
        "\n## Bags\n\nTo check a bag that you were given, run:\n\n```sh\noffprint snapshot --verify bag.tar\n```\n\nThe same of each of these. Messages are cut, and a bag gets at most 101 complaints.\n\n\
         | bag | what is said of it |\n|---|---|\n",
    );
    for (name, file, write) in BAGS {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(file);
        write(&path);
        let said = match verify(&path) {
            Ok(found) => {
                let size: usize = found.complaints.iter().map(String::len).sum();
                assert!(
                    found.complaints.len() <= 101 && size < 64 << 10,
                    "{name}: {size}"
                );
                assert!(!found.complaints.is_empty(), "{name} is valid");
                let others = found.complaints.len() - 1;
                format!("{}; {others} more", cell(&found.complaints[0]))
            }
            Err(error) => {
                let place = folder.path().display().to_string();
                cell(&error.to_string().replace(&place, "")).replace('<', "&lt;")
            }
        };
        let _ = writeln!(page, "| {name} | {said} |");
    }
}
