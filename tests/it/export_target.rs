//! Where exports go: whole files or none, folders that stay within themselves.

use crate::articles;
mod pieces;

use std::collections::BTreeSet;
use std::fs;
use std::io::{self, Read as _, Write};
use std::path::Path;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};

use offprint::internals::export::{
    self, Counts, Deletions, Destination, EntryRef, Exporter, FormatInfo, Frame, Layout, Options,
    Rendered, Scope, Target, TextFrame, export,
};
use offprint::{Article, Deletion, Entry};
use rstest::rstest;
use serde_json::Value;

use articles::{bare, deletion, full, sufficient};

fn live(article: Article) -> Entry {
    Entry::Live(Box::new(article))
}

fn run(format: &str, destination: &Destination, scope: Scope, entries: Vec<Entry>) -> Counts {
    let exporter = export::exporter(format, &Options::default()).unwrap();
    export(entries, destination.open(exporter, scope).unwrap()).unwrap()
}

/// Names in a folder, hidden ones too.
fn names(folder: &Path) -> BTreeSet<String> {
    fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect()
}

fn index(folder: &Path) -> Vec<Value> {
    let text = fs::read_to_string(folder.join("index.jsonl")).unwrap();
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

/// A format that fails at the second entry of a file, or at the second file of a folder.
struct Failing(io::ErrorKind, AtomicU32);

impl Failing {
    fn exporter(kind: io::ErrorKind) -> Arc<dyn Exporter> {
        Arc::new(Self(kind, AtomicU32::new(0)))
    }
}

impl Exporter for Failing {
    fn info(&self) -> &'static FormatInfo {
        &FormatInfo {
            name: "failing",
            summary: "fails",
            extension: "xml",
            media_type: "text/plain",
            layout: Layout::Stream,
            deletions: Deletions::Always,
            options: &[],
        }
    }

    fn entry(&self, _: EntryRef<'_>, out: &mut Vec<u8>) -> io::Result<Rendered> {
        out.extend_from_slice(b"new\n");
        match self.1.fetch_add(1, Ordering::Relaxed) {
            1 => Err(self.0.into()),
            _ => Ok(Rendered::Written),
        }
    }

    fn document(&self, entry: EntryRef<'_>, out: &mut Vec<u8>) -> io::Result<Rendered> {
        self.entry(entry, out)
    }

    fn frame(&self) -> Box<dyn Frame> {
        self.1.store(0, Ordering::Relaxed);
        Box::new(TextFrame::default())
    }
}

#[test]
fn an_unknown_format_is_named_in_the_error() {
    let error = export::exporter("docx", &Options::default()).err().unwrap();
    assert!(error.is_unknown_format());
    assert!(error.to_string().contains("docx"));
    let mut options = Options::default();
    assert!(
        export::exporter("crossref", &options)
            .err()
            .unwrap()
            .is_missing_setting()
    );
    options.crossref.depositor = Some("Library".to_owned());
    options.crossref.email = Some("library@example.org".to_owned());
    for registered in export::FORMATS {
        assert_eq!(
            registered.exporter(&options).unwrap().info().name,
            registered.info.name
        );
    }
    assert!(export::FORMATS.is_sorted_by_key(|registered| registered.info.name));
}

#[test]
fn recognises_destinations_by_their_form() {
    let folder = tempfile::tempdir().unwrap();
    let of = |name: &str, path: &Path| {
        Destination::parse(
            path,
            export::exporter(name, &Options::default()).unwrap().info(),
        )
    };
    for format in ["jsonl", "jats"] {
        assert_eq!(of(format, Path::new("-")), Destination::Stdout);
        assert_eq!(
            of(format, folder.path()),
            Destination::Folder(folder.path().to_owned())
        );
        assert_eq!(
            of(format, Path::new("new/")),
            Destination::Folder("new/".into())
        );
        assert_eq!(
            of(format, Path::new("new.xml")),
            Destination::File("new.xml".into())
        );
    }
    // A file per article is what JATS is by nature; JSON Lines are one file.
    assert_eq!(
        of("jats", Path::new("new")),
        Destination::Folder("new".into())
    );
    assert_eq!(
        of("jsonl", Path::new("new")),
        Destination::File("new".into())
    );
}

#[rstest]
#[case::plain("out.jsonl")]
#[case::gzip("out.jsonl.gz")]
#[case::zstd("out.jsonl.ZST")]
fn a_file_is_written_and_counted(#[case] name: &str) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    let entries = vec![live(bare(1)), Entry::Deleted(deletion(2)), live(full(3))];
    let counts = run(
        "jsonl",
        &Destination::File(path.clone()),
        Scope::Full,
        entries,
    );
    assert_eq!(
        counts,
        Counts {
            live: 2,
            deleted: 1,
            left_out: 0,
            native: 0,
            ..Counts::default()
        }
    );
    let bytes = fs::read(&path).unwrap();
    let text = match name.rsplit_once('.').unwrap().1 {
        "gz" => {
            let mut text = String::new();
            flate2::read::GzDecoder::new(bytes.as_slice())
                .read_to_string(&mut text)
                .unwrap();
            text
        }
        "ZST" => String::from_utf8(zstd::decode_all(bytes.as_slice()).unwrap()).unwrap(),
        _ => String::from_utf8(bytes).unwrap(),
    };
    let ids: Vec<String> = text
        .lines()
        .map(|line| serde_json::from_str::<Entry>(line).unwrap().id().to_owned())
        .collect();
    assert_eq!(ids, [bare(1).id, bare(2).id, bare(3).id]);
    assert_eq!(names(folder.path()), BTreeSet::from([name.to_owned()]));
}

#[rstest]
#[case::full_disk(io::ErrorKind::StorageFull)]
#[case::any_fault(io::ErrorKind::Other)]
fn a_failure_leaves_the_old_file(#[case] kind: io::ErrorKind) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("out.xml");
    fs::write(&path, "old").unwrap();
    let target = Destination::File(path.clone())
        .open(Failing::exporter(kind), Scope::Full)
        .unwrap();
    let error = export(vec![live(bare(1)), live(bare(2))], target).unwrap_err();
    assert_eq!(error.path(), path);
    assert_eq!(error.is_full(), kind == io::ErrorKind::StorageFull);
    assert_eq!(error.hint().is_some(), error.is_full());
    assert_eq!(fs::read_to_string(&path).unwrap(), "old");
    assert_eq!(names(folder.path()), BTreeSet::from(["out.xml".to_owned()]));
}

#[test]
fn an_export_that_is_given_up_leaves_the_old_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("out.jsonl");
    fs::write(&path, "old").unwrap();
    let format = export::exporter("jsonl", &Options::default()).unwrap();
    let mut target = Destination::File(path.clone())
        .open(format, Scope::Full)
        .unwrap();
    target.push((&live(bare(1))).into()).unwrap();
    drop(target);
    assert_eq!(fs::read_to_string(&path).unwrap(), "old");
    assert_eq!(names(folder.path()).len(), 1);
}

#[test]
fn a_target_that_cannot_be_written_fails_before_the_work() {
    let folder = tempfile::tempdir().unwrap();
    let open = |destination: Destination| {
        destination.open(
            export::exporter("jats", &Options::default()).unwrap(),
            Scope::Full,
        )
    };
    let missing = folder.path().join("no/such/out.xml");
    let error = open(Destination::File(missing.clone())).unwrap_err();
    assert_eq!(
        (error.path(), error.io_kind()),
        (missing.as_path(), Some(io::ErrorKind::NotFound))
    );
    assert!(open(Destination::Folder(folder.path().join("no/such/folder"))).is_err());
    assert!(open(Destination::File(folder.path().to_owned())).is_err());
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_device_is_an_error_and_stays_a_device() {
    let format = export::exporter("jsonl", &Options::default()).unwrap();
    let target = Destination::File("/dev/full".into())
        .open(format, Scope::Full)
        .unwrap();
    let error = export(vec![live(full(1))], target).unwrap_err();
    assert!(error.is_full(), "{error}");
    assert!(!fs::metadata("/dev/full").unwrap().is_file());
}

#[cfg(unix)]
#[test]
fn a_link_stays_and_its_file_is_replaced_with_its_permissions() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let (real, link) = (
        folder.path().join("real.jsonl"),
        folder.path().join("latest.jsonl"),
    );
    fs::write(&real, "old").unwrap();
    fs::set_permissions(&real, fs::Permissions::from_mode(0o640)).unwrap();
    std::os::unix::fs::symlink("real.jsonl", &link).unwrap();
    run(
        "jsonl",
        &Destination::File(link.clone()),
        Scope::Full,
        vec![live(bare(1))],
    );
    assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
    assert!(fs::read_to_string(&real).unwrap().contains(&bare(1).id));
    assert_eq!(
        fs::metadata(&real).unwrap().permissions().mode() & 0o777,
        0o640
    );
}

#[derive(Clone)]
struct Pipe(Arc<Mutex<Vec<u8>>>);

impl Write for Pipe {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut taken = self.0.lock().unwrap();
        if taken.len() > 1000 {
            return Err(io::ErrorKind::BrokenPipe.into());
        }
        taken.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_reader_that_leaves_ends_the_export_without_an_error() {
    let pipe = Pipe(Arc::default());
    let format = export::exporter("jsonl", &Options::default()).unwrap();
    let target = Target::stream(Box::new(pipe.clone()), format).unwrap();
    let taken = std::cell::Cell::new(0);
    let entries = (0..1000).map(|number| {
        taken.set(taken.get() + 1);
        live(full(number))
    });
    export(entries, target).unwrap();
    assert!(
        taken.get() < 10,
        "{} articles were made for nobody",
        taken.get()
    );
}

#[test]
fn a_folder_holds_a_file_for_each_live_article_and_an_index() {
    let folder = tempfile::tempdir().unwrap();
    let to = Destination::Folder(folder.path().join("out"));
    let entries = vec![
        live(full(2)),
        live(sufficient(1)),
        Entry::Deleted(deletion(3)),
    ];
    let counts = run("jats", &to, Scope::Full, entries);
    assert_eq!(
        counts,
        Counts {
            live: 2,
            deleted: 1,
            left_out: 0,
            native: 0,
            ..Counts::default()
        }
    );
    let out = folder.path().join("out");
    let lines = index(&out);
    assert_eq!(lines.len(), 3);
    let mut expected = BTreeSet::from(["index.jsonl".to_owned()]);
    for line in &lines {
        let file = line["file"].as_str().unwrap();
        assert!(
            file.starts_with("cac_oai-journals.example.org-article-"),
            "{file}"
        );
        if line["status"] == "live" {
            let text = fs::read_to_string(out.join(file)).unwrap();
            assert!(text.contains(line["id"].as_str().unwrap()));
            assert!(text.contains("<!DOCTYPE article PUBLIC"));
            expected.insert(file.to_owned());
        } else {
            assert_eq!(line["identifier"], "oai:journals.example.org:article/3");
        }
    }
    assert_eq!(names(&out), expected);
}

#[test]
fn full_exports_remove_old_files_and_deltas_touch_only_their_own() {
    let folder = tempfile::tempdir().unwrap();
    let to = Destination::Folder(folder.path().to_owned());
    let status = || -> Vec<(String, String)> {
        let mut all: Vec<_> = index(folder.path())
            .iter()
            .map(|line| {
                (
                    line["id"].as_str().unwrap().to_owned(),
                    line["status"].as_str().unwrap().to_owned(),
                )
            })
            .collect();
        all.sort();
        all
    };
    let expected = |numbers: &[(u32, &str)]| -> Vec<(String, String)> {
        let mut all: Vec<_> = numbers
            .iter()
            .map(|(n, status)| (bare(*n).id, (*status).to_owned()))
            .collect();
        all.sort();
        all
    };
    fs::write(folder.path().join("notes.txt"), "mine").unwrap();
    run(
        "jats",
        &to,
        Scope::Full,
        (1..=4).map(|n| live(full(n))).collect(),
    );
    assert_eq!(names(folder.path()).len(), 6);

    // 1 is withdrawn, 2 changed, 5 is new; 3 and 4 stay.
    let mut changed = full(2);
    changed.volume = Some("99".to_owned());
    run(
        "jats",
        &to,
        Scope::Delta,
        vec![Entry::Deleted(deletion(1)), live(changed), live(full(5))],
    );
    assert_eq!(
        status(),
        expected(&[
            (1, "deleted"),
            (2, "live"),
            (3, "live"),
            (4, "live"),
            (5, "live")
        ])
    );
    assert_eq!(names(folder.path()).len(), 6);

    // A full export without 3 and 4.
    run(
        "jats",
        &to,
        Scope::Full,
        vec![Entry::Deleted(deletion(1)), live(full(2)), live(full(5))],
    );
    assert_eq!(
        status(),
        expected(&[(1, "deleted"), (2, "live"), (5, "live")])
    );
    assert_eq!(names(folder.path()).len(), 4);
    assert_eq!(
        fs::read_to_string(folder.path().join("notes.txt")).unwrap(),
        "mine"
    );

    // 1 comes back.
    run("jats", &to, Scope::Delta, vec![live(full(1))]);
    assert_eq!(status(), expected(&[(1, "live"), (2, "live"), (5, "live")]));
    assert_eq!(names(folder.path()).len(), 5);
}

#[test]
fn deltas_and_a_full_export_come_to_the_same_folder() {
    let (one, two) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let to = |folder: &tempfile::TempDir| Destination::Folder(folder.path().to_owned());
    run(
        "jats",
        &to(&one),
        Scope::Full,
        vec![live(full(1)), live(full(2))],
    );
    run(
        "jats",
        &to(&one),
        Scope::Delta,
        vec![live(sufficient(3)), Entry::Deleted(deletion(1))],
    );
    run(
        "jats",
        &to(&two),
        Scope::Full,
        vec![
            Entry::Deleted(deletion(1)),
            live(full(2)),
            live(sufficient(3)),
        ],
    );
    assert_eq!(names(one.path()), names(two.path()));
    for name in names(one.path()) {
        assert_eq!(
            fs::read(one.path().join(&name)).unwrap(),
            fs::read(two.path().join(&name)).unwrap(),
            "{name}"
        );
    }
}

#[test]
fn an_unchanged_file_is_not_written_again() {
    let folder = tempfile::tempdir().unwrap();
    let to = Destination::Folder(folder.path().to_owned());
    run("jats", &to, Scope::Full, vec![live(full(1))]);
    let path = folder
        .path()
        .join(index(folder.path())[0]["file"].as_str().unwrap());
    let before = fs::File::open(&path).unwrap();
    let long_ago = std::time::UNIX_EPOCH + std::time::Duration::from_secs(1_000_000);
    before.set_modified(long_ago).unwrap();
    run("jats", &to, Scope::Full, vec![live(full(1))]);
    assert_eq!(fs::metadata(&path).unwrap().modified().unwrap(), long_ago);
}

#[test]
fn a_failure_leaves_the_old_folder() {
    let folder = tempfile::tempdir().unwrap();
    let to = Destination::Folder(folder.path().to_owned());
    run("jats", &to, Scope::Full, vec![live(full(1)), live(full(2))]);
    let read = || -> Vec<(String, Vec<u8>)> {
        names(folder.path())
            .into_iter()
            .map(|name| (name.clone(), fs::read(folder.path().join(name)).unwrap()))
            .collect()
    };
    let before = read();
    let target = to
        .open(Failing::exporter(io::ErrorKind::StorageFull), Scope::Full)
        .unwrap();
    let error = export(vec![live(full(1)), live(full(2))], target).unwrap_err();
    assert!(error.is_full());
    assert_eq!(read(), before);
}

#[test]
fn leftovers_of_a_killed_export_are_cleared() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join(".offprint-staging")).unwrap();
    fs::write(folder.path().join(".offprint-staging/half.xml"), "<half").unwrap();
    run(
        "jats",
        &Destination::Folder(folder.path().to_owned()),
        Scope::Full,
        vec![live(full(1))],
    );
    assert_eq!(names(folder.path()).len(), 2);
}

#[test]
fn two_exports_do_not_write_to_one_folder() {
    let folder = tempfile::tempdir().unwrap();
    let to = Destination::Folder(folder.path().to_owned());
    let open = || {
        to.open(
            export::exporter("jats", &Options::default()).unwrap(),
            Scope::Full,
        )
    };
    let first = open().unwrap();
    let error = open().unwrap_err();
    assert!(error.to_string().contains("another export"), "{error}");
    first.finish().unwrap();
    open().unwrap();
}

fn named(source: &str, identifier: &str, number: u32) -> Article {
    let mut article = sufficient(number);
    source.clone_into(&mut article.provenance.source);
    identifier.clone_into(&mut article.provenance.oai_identifier);
    article
}

#[test]
fn hostile_identifiers_stay_inside_and_apart() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out");
    let long = "x".repeat(300);
    let pairs = [
        ("..", "../../etc/passwd"),
        ("/etc", "/etc/passwd"),
        ("C:\\", "C:\\Windows\\system32"),
        ("CON", "CON"),
        ("con.xml", "aux.xml"),
        ("", ""),
        (".", "."),
        ("index.jsonl", "index.jsonl"),
        ("a", "oai:x:Article/1"),
        ("a", "oai:x:article/1"),
        ("A", "oai:x:article/1"),
        ("a", "oai:x:article-1"),
        ("a", "nul\0byte\nline"),
        ("журнал", "статья/1"),
        ("журнал", "статья/2"),
        ("a", long.as_str()),
        (long.as_str(), long.as_str()),
        ("-rf", "--help"),
    ];
    let entries = pairs
        .iter()
        .zip(0..)
        .map(|((source, identifier), n)| live(named(source, identifier, n)))
        .collect();
    run(
        "jats",
        &Destination::Folder(out.clone()),
        Scope::Full,
        entries,
    );
    assert_eq!(names(folder.path()), BTreeSet::from(["out".to_owned()]));
    let found = names(&out);
    assert_eq!(found.len(), pairs.len() + 1);
    let lowercase: BTreeSet<String> = found.iter().map(|name| name.to_lowercase()).collect();
    assert_eq!(
        lowercase.len(),
        found.len(),
        "names differ by more than case"
    );
    assert!(
        found
            .iter()
            .all(|name| name.len() <= 160 && name.is_ascii())
    );
    assert_eq!(
        export::file_name("CON", "CON", "xml"),
        export::file_name("CON", "CON", "xml")
    );
}

#[test]
fn an_index_cannot_have_files_outside_of_the_folder_removed() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out");
    fs::create_dir(&out).unwrap();
    let victim = folder.path().join("victim_x_0123456789ab.xml");
    fs::write(&victim, "precious").unwrap();
    for file in [
        "../victim_x_0123456789ab.xml",
        victim.to_str().unwrap(),
        "victim",
        "index.jsonl",
        "",
    ] {
        let line = serde_json::json!({
            "id": "x", "source": "a", "identifier": "b", "file": file, "status": "live",
        });
        fs::write(out.join("index.jsonl"), format!("{line}\n")).unwrap();
        let format = export::exporter("jats", &Options::default()).unwrap();
        let error = Destination::Folder(out.clone())
            .open(format, Scope::Full)
            .unwrap_err();
        assert!(error.hint().is_some(), "{error}");
    }
    assert_eq!(fs::read_to_string(&victim).unwrap(), "precious");
}

#[test]
fn a_folder_of_another_format_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let to = Destination::Folder(folder.path().to_owned());
    run("jats", &to, Scope::Full, vec![live(full(1))]);
    let error = to
        .open(
            export::exporter("jsonl", &Options::default()).unwrap(),
            Scope::Full,
        )
        .unwrap_err();
    assert!(error.to_string().contains("another format"), "{error}");
    assert_eq!(names(folder.path()).len(), 2);
}

#[rstest]
fn a_renamed_source_leaves_no_files_of_its_old_name(
    #[values(Scope::Full, Scope::Delta)] scope: Scope,
) {
    let folder = tempfile::tempdir().unwrap();
    let to = Destination::Folder(folder.path().to_owned());
    run(
        "jats",
        &to,
        Scope::Full,
        vec![live(named("old", "oai:x:article/1", 1))],
    );
    run(
        "jats",
        &to,
        scope,
        vec![live(named("new", "oai:x:article/1", 1))],
    );
    let file = export::file_name("new", "oai:x:article/1", "xml");
    assert_eq!(
        names(folder.path()),
        BTreeSet::from([file, "index.jsonl".to_owned()])
    );
    assert_eq!(index(folder.path()).len(), 1);
}

#[test]
fn a_deleted_article_of_the_same_run_leaves_no_file() {
    let folder = tempfile::tempdir().unwrap();
    let to = Destination::Folder(folder.path().to_owned());
    let gone: Deletion = deletion(1);
    run(
        "jats",
        &to,
        Scope::Full,
        vec![live(full(1)), Entry::Deleted(gone)],
    );
    assert_eq!(
        names(folder.path()),
        BTreeSet::from(["index.jsonl".to_owned()])
    );
}
