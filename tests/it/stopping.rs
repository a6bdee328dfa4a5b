//! Commands that write files, killed or stopped at random moments, or without room on the disk: what was there stays or
//! is replaced as a whole, and nothing else is left after the next run.
//!
//! `OFFPRINT_KILLS=200` kills each that often; a few times without. `make kills` does so.
#![cfg(unix)]

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::cli_support;

/// Articles of the store.
const ARTICLES: usize = 150;
/// Longest time that a stopped command may take: a second, and what a busy machine adds.
const PATIENCE: Duration = Duration::from_secs(20);

/// A command and the name in the folder `out` that it writes.
struct Case {
    arguments: &'static [&'static str],
    output: &'static str,
}

const CASES: &[Case] = &[
    Case {
        arguments: &["export", "jsonl", "-o", "out/a.jsonl"],
        output: "a.jsonl",
    },
    Case {
        arguments: &["export", "jats", "-o", "out/jats/"],
        output: "jats",
    },
    Case {
        arguments: &["export", "jats", "-o", "out/jats.tar.zst"],
        output: "jats.tar.zst",
    },
    Case {
        arguments: &[
            "export",
            "jsonl",
            "--shard-size",
            "100000",
            "-o",
            "out/parts.jsonl",
        ],
        output: "parts.jsonl",
    },
    Case {
        arguments: &["export", "vufind", "-o", "out/vufind"],
        output: "vufind",
    },
    Case {
        arguments: &["report", "-o", "out/report.html"],
        output: "report.html",
    },
    Case {
        arguments: &["snapshot", "j", "-o", "out/bag"],
        output: "bag",
    },
    Case {
        arguments: &["snapshot", "j", "--tar", "-o", "out/bag.tar"],
        output: "bag.tar",
    },
    Case {
        arguments: &["store", "backup", "out/copy.db"],
        output: "copy.db",
    },
    Case {
        arguments: &["store", "copy", "offprint.db", "out/other.db"],
        output: "other.db",
    },
];

/// A folder with a store, whose articles are derived.
fn prepared() -> TempDir {
    let folder = TempDir::new().unwrap();
    let pages = folder.path().join("pages");
    fs::create_dir(&pages).unwrap();
    for (number, numbers) in (0..ARTICLES).collect::<Vec<_>>().chunks(50).enumerate() {
        let mut records = String::new();
        for n in numbers {
            let _ = write!(
                records,
                "<record><header><identifier>oai:j:{n}</identifier><datestamp>2024-01-01</datestamp></header><metadata>\
                 <dc:dc xmlns:dc=\"http://purl.org/dc/elements/1.1/\"><dc:title>Article {n}</dc:title>\
                 <dc:creator>Author, {n}</dc:creator><dc:description>{}</dc:description></dc:dc></metadata></record>",
                "Words of an abstract. ".repeat(40)
            );
        }
        let page = format!(
            "<OAI-PMH xmlns=\"http://www.openarchives.org/OAI/2.0/\"><responseDate>2024-01-01T00:00:00Z</responseDate>\
             <request verb=\"ListRecords\" metadataPrefix=\"oai_dc\">https://j.example.org/oai</request>\
             <ListRecords>{records}</ListRecords></OAI-PMH>"
        );
        fs::write(pages.join(format!("{number}.xml")), page).unwrap();
    }
    fs::create_dir(folder.path().join("out")).unwrap();
    run(folder.path(), &["harvest", "pages", "--name", "j"], 0);
    run(folder.path(), &["export", "jsonl", "-o", "warm.jsonl"], 0);
    folder
}

fn command(folder: &Path, arguments: &[&str]) -> Command {
    let made = cli_support::offprint(folder);
    let mut command = Command::new(made.get_program());
    for (name, value) in made.get_envs() {
        match value {
            Some(value) => command.env(name, value),
            None => command.env_remove(name),
        };
    }
    command.current_dir(folder).args(arguments);
    command
}

fn run(folder: &Path, arguments: &[&str], code: i32) -> String {
    let output = command(folder, arguments).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(code), "{arguments:?}: {said}");
    said
}

fn spawn(folder: &Path, arguments: &[&str]) -> Child {
    command(folder, arguments)
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

/// Every file below a folder with its length. Contents of stores and bags have times in them.
fn files(folder: &Path) -> BTreeMap<PathBuf, u64> {
    let mut found = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).into_iter().flatten().flatten() {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_none_or(|ending| ending != "lock") {
                // The lock file of a store stays beside it.
                found.insert(path, entry.metadata().map_or(0, |file| file.len()));
            }
        }
    }
    found
}

fn signal(child: &Child, name: &str) {
    let sent = Command::new("kill")
        .args([format!("-{name}"), child.id().to_string()])
        .status();
    assert!(sent.unwrap().success());
}

fn clear(out: &Path) {
    fs::remove_dir_all(out).unwrap();
    fs::create_dir(out).unwrap();
}

/// Returns the files that an undisturbed command writes, and its duration.
fn undisturbed(folder: &Path, case: &Case) -> (BTreeMap<PathBuf, u64>, Duration) {
    let out = folder.join("out");
    clear(&out);
    let begun = Instant::now();
    run(folder, case.arguments, 0);
    let written = files(&out);
    assert!(!written.is_empty(), "{:?}", case.arguments);
    (written, begun.elapsed())
}

fn tries() -> u32 {
    std::env::var("OFFPRINT_KILLS").map_or(3, |tries| tries.parse().unwrap())
}

/// Moments spread over the time that a command takes, each a little off.
fn moments(length: Duration) -> impl Iterator<Item = Duration> {
    let tries = tries();
    (0..tries).map(move |n| length.mul_f64((f64::from(n) + fastrand::f64()) / f64::from(tries)))
}

#[test]
fn killed_at_random_moments_leaves_nothing_after_the_next_run() {
    let folder = prepared();
    let out = folder.path().join("out");
    for case in CASES {
        let (expected, length) = undisturbed(folder.path(), case);
        for moment in moments(length) {
            clear(&out);
            let mut child = spawn(folder.path(), case.arguments);
            std::thread::sleep(moment);
            signal(&child, "KILL");
            child.wait().unwrap();
            // What is there is whole, and does not stand in the way of the next run.
            let is_complete = out.join(case.output).exists();
            let refuses = matches!(case.arguments[0], "snapshot") || case.arguments[1] == "copy";
            if is_complete && refuses {
                // It refuses to replace the output, and still removes what the killed process left.
                spawn(folder.path(), case.arguments).wait().unwrap();
            } else {
                run(folder.path(), case.arguments, 0);
            }
            let found = files(&out);
            let left: Vec<_> = found
                .keys()
                .filter(|path| !expected.contains_key(*path))
                .collect();
            assert!(
                left.is_empty(),
                "{:?}, killed after {moment:?}, leaves {left:?}",
                case.arguments
            );
            assert_eq!(
                found.len(),
                expected.len(),
                "{:?} after {moment:?}",
                case.arguments
            );
        }
    }
    run(folder.path(), &["store", "check"], 0);
}

#[test]
fn stopped_by_a_signal_leaves_nothing_behind() {
    let folder = prepared();
    let out = folder.path().join("out");
    for case in CASES {
        let (expected, length) = undisturbed(folder.path(), case);
        for (n, moment) in moments(length).enumerate() {
            clear(&out);
            let (name, code) = [("INT", 130), ("TERM", 143), ("HUP", 143)][n % 3];
            let child = spawn(folder.path(), case.arguments);
            std::thread::sleep(moment.max(Duration::from_millis(30)));
            signal(&child, name);
            let begun = Instant::now();
            let output = child.wait_with_output().unwrap();
            let took = begun.elapsed();
            assert!(took < PATIENCE, "{:?} took {took:?}", case.arguments);
            let said = String::from_utf8_lossy(&output.stderr);
            // One that came before the handler was there, or after the end.
            if matches!(output.status.code(), None | Some(0)) {
                continue;
            }
            assert_eq!(
                output.status.code(),
                Some(code),
                "{:?}: {said}",
                case.arguments
            );
            let found = files(&out);
            let foreign: Vec<_> = found
                .keys()
                .filter(|path| !expected.contains_key(*path))
                .collect();
            assert!(
                foreign.is_empty(),
                "{:?} leaves {foreign:?}",
                case.arguments
            );
            assert!(
                found.is_empty() || found.len() == expected.len(),
                "{:?} leaves {} of {} files",
                case.arguments,
                found.len(),
                expected.len()
            );
        }
    }
}

/// Long work inside of a store: it stops within the patience, and leaves a sound store.
#[test]
fn stops_checking_and_compacting_a_store_by_a_signal() {
    let folder = prepared();
    for arguments in [
        &["store", "check", "--reindex"][..],
        &["store", "compact", "--keep", "current"],
    ] {
        let begun = Instant::now();
        run(folder.path(), arguments, 0);
        for (n, moment) in moments(begun.elapsed()).enumerate() {
            let (name, code) = [("INT", 130), ("TERM", 143), ("HUP", 143)][n % 3];
            let child = spawn(folder.path(), arguments);
            std::thread::sleep(moment.max(Duration::from_millis(30)));
            signal(&child, name);
            let begun = Instant::now();
            let output = child.wait_with_output().unwrap();
            let took = begun.elapsed();
            assert!(took < PATIENCE, "{arguments:?} took {took:?}");
            // One that came before the handler was there, or after the end.
            let ended = output.status.code();
            assert!(
                matches!(ended, None | Some(0)) || ended == Some(code),
                "{arguments:?}: {ended:?}"
            );
        }
        run(folder.path(), &["store", "check"], 0);
    }
}

/// Work that changes a store from within, killed: the store is sound, holds the same articles, and the next run ends.
#[test]
fn killed_while_a_store_is_rebuilt_loses_nothing() {
    let folder = prepared();
    let store = folder.path().join("offprint.db");
    let endings = ["-wal", "-shm", "-journal"];
    let side_file = |ending: &str| folder.path().join(format!("offprint.db{ending}"));
    let articles = |folder: &Path| {
        run(folder, &["export", "jsonl", "-o", "after.jsonl"], 0);
        fs::read(folder.join("after.jsonl")).unwrap()
    };
    // Every record a second time, in another version: old versions are what compacting removes.
    for page in fs::read_dir(folder.path().join("pages")).unwrap() {
        let path = page.unwrap().path();
        let changed = fs::read_to_string(&path)
            .unwrap()
            .replace("Article", "Paper");
        fs::write(&path, changed.replace("2024-01-01", "2024-02-01")).unwrap();
    }
    run(folder.path(), &["harvest", "pages", "--name", "j"], 0);
    let expected = articles(folder.path());
    let backup = folder.path().join("backup.db");
    run(folder.path(), &["store", "backup", "backup.db"], 0);
    let names = |folder: &Path| -> Vec<_> {
        let found = files(folder).into_keys();
        found
            .filter(|path| !endings.iter().any(|ending| *path == side_file(ending)))
            .collect()
    };
    let before = names(folder.path());
    for arguments in [
        &["store", "check", "--reindex"][..],
        &["store", "compact", "--keep", "current"],
    ] {
        let restore = || {
            for ending in endings {
                let _ = fs::remove_file(side_file(ending));
            }
            fs::copy(&backup, &store).unwrap();
        };
        restore();
        let begun = Instant::now();
        run(folder.path(), arguments, 0);
        for moment in moments(begun.elapsed()) {
            restore();
            let mut child = spawn(folder.path(), arguments);
            std::thread::sleep(moment);
            signal(&child, "KILL");
            child.wait().unwrap();
            run(folder.path(), &["store", "check"], 0);
            assert!(
                articles(folder.path()) == expected,
                "{arguments:?}, killed after {moment:?}"
            );
            run(folder.path(), arguments, 0);
            assert!(
                articles(folder.path()) == expected,
                "{arguments:?} again, killed after {moment:?}"
            );
            assert_eq!(names(folder.path()), before, "{arguments:?}");
        }
    }
}

/// Making a store and filling it: whatever the moment of the kill, the next harvest of the same responses completes it.
#[test]
fn killed_while_a_store_is_made_and_filled_loses_nothing() {
    let folder = prepared();
    let arguments = ["harvest", "pages", "--name", "j", "--store", "new.db"];
    let begun = Instant::now();
    run(folder.path(), &arguments, 0);
    let length = begun.elapsed();
    for moment in moments(length) {
        for ending in ["", "-wal", "-shm", "-journal", ".lock"] {
            let _ = fs::remove_file(folder.path().join(format!("new.db{ending}")));
        }
        let mut child = spawn(folder.path(), &arguments);
        std::thread::sleep(moment);
        signal(&child, "KILL");
        child.wait().unwrap();
        run(folder.path(), &arguments, 0);
        let lines = ["export", "jsonl", "--store", "new.db", "-o", "new.jsonl"];
        run(folder.path(), &lines, 0);
        let articles = fs::read_to_string(folder.path().join("new.jsonl")).unwrap();
        assert_eq!(
            articles.lines().count(),
            ARTICLES,
            "killed after {moment:?}"
        );
        run(folder.path(), &["store", "check", "--store", "new.db"], 0);
    }
}

/// A file system with room for `bytes`, where this user may mount one: what runs inside sees it at `place`.
fn on_a_small_disk(
    folder: &Path,
    place: &Path,
    kilobytes: u32,
    arguments: &[&str],
) -> Option<(i32, String, String)> {
    let script = format!(
        "\"$@\"; code=$?; find {place} -mindepth 1; exit $code",
        place = place.display(),
    );
    shell_on_a_small_disk(folder, place, kilobytes, &script, arguments)
}

/// The same for a script of the shell, whose arguments are the command.
fn shell_on_a_small_disk(
    folder: &Path,
    place: &Path,
    kilobytes: u32,
    script: &str,
    arguments: &[&str],
) -> Option<(i32, String, String)> {
    let script = format!(
        "mount -t tmpfs -o size={kilobytes}k tmpfs {place} || exit 99; cd {folder}; shift; {script}",
        place = place.display(),
        folder = folder.display()
    );
    let made = command(folder, arguments);
    let mut shell = Command::new("unshare");
    shell
        .args([
            "--user",
            "--map-root-user",
            "--mount",
            "sh",
            "-c",
            &script,
            "sh",
            "sh",
        ])
        .arg(made.get_program())
        .args(made.get_args());
    for (name, value) in made.get_envs() {
        match value {
            Some(value) => shell.env(name, value),
            None => shell.env_remove(name),
        };
    }
    let output = shell.output().ok()?;
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    let code = output.status.code()?;
    let is_refused = code == 99 || said.contains("unshare");
    let left = String::from_utf8_lossy(&output.stdout).into_owned();
    (!is_refused).then_some((code, said, left))
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_leaves_nothing_half_written() {
    let folder = prepared();
    let out = folder.path().join("out");
    for case in CASES {
        clear(&out);
        // `copy` has a target of its own, and reports a full store.
        let Some((code, said, left)) = on_a_small_disk(folder.path(), &out, 8, case.arguments)
        else {
            eprintln!("no file system can be mounted here: not tried");
            return;
        };
        assert_eq!(code, 1, "{:?}: {said}", case.arguments);
        assert!(
            said.to_lowercase().contains("no space left") && !said.contains("for offprint.db"),
            "{:?}: {said}",
            case.arguments
        );
        // It says where, and what to type.
        assert!(
            said.contains("out/") && said.contains("hint: "),
            "{:?}: {said}",
            case.arguments
        );
        // An empty folder that was requested may stay.
        let files: Vec<&str> = left
            .lines()
            .filter(|path| !path.ends_with("/jats") && !path.ends_with("/vufind"))
            .collect();
        assert!(files.is_empty(), "{:?} leaves {files:?}", case.arguments);
    }
}

/// The next `init` would take half a file for the user's own.
#[cfg(target_os = "linux")]
#[test]
fn init_on_a_full_disk_leaves_no_file() {
    let folder = prepared();
    let out = folder.path().join("out");
    let arguments = ["init", "out/offprint.toml"];
    let Some((code, said, left)) = on_a_small_disk(folder.path(), &out, 8, &arguments) else {
        eprintln!("no file system can be mounted here: not tried");
        return;
    };
    assert_eq!(code, 3, "{said}");
    assert!(said.to_lowercase().contains("no space left"), "{said}");
    assert_eq!(left, "");
}

/// Nothing has to be written to read, not even the index of SQLite's log.
#[cfg(target_os = "linux")]
#[rstest::rstest]
#[case(&["status", "--store", "out/j.db"])]
#[case(&["export", "jsonl", "--store", "out/j.db", "-o", "a.jsonl"])]
#[case(&["show", "oai:j:1", "--store", "out/j.db"])]
fn a_store_on_a_full_disk_can_be_read(#[case] arguments: &[&str]) {
    let folder = prepared();
    let out = folder.path().join("out");
    let room = fs::metadata(folder.path().join("offprint.db"))
        .unwrap()
        .len()
        / 1024
        + 512;
    let script = "cp offprint.db out/j.db; cat /dev/zero > out/filler 2> /dev/null; \"$@\"";
    let room = u32::try_from(room).unwrap();
    let Some((code, said, _)) = shell_on_a_small_disk(folder.path(), &out, room, script, arguments)
    else {
        eprintln!("no file system can be mounted here: not tried");
        return;
    };
    assert_eq!(code, 0, "{arguments:?}: {said}");
}

/// Bit of SIGHUP in the masks of a process's status.
#[cfg(target_os = "linux")]
const HANGUP: u64 = 1;

/// A mask of signals in the status of a process.
#[cfg(target_os = "linux")]
fn signals(process: &str, mask: &str) -> u64 {
    let status = fs::read_to_string(format!("/proc/{process}/status")).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix(mask));
    u64::from_str_radix(line.unwrap().trim(), 16).unwrap()
}

/// Starts a server by a script of the shell, and waits until it has said where it listens.
#[cfg(target_os = "linux")]
fn serving(folder: &Path, script: &str) -> Child {
    use std::io::BufRead as _;

    let made = command(folder, &["demo", "--serve"]);
    let mut child = Command::new("sh")
        .args(["-c", script, "sh"])
        .arg(made.get_program())
        .args(made.get_args())
        .current_dir(folder)
        .env("HOME", folder)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut first = String::new();
    let mut out = std::io::BufReader::new(child.stdout.take().unwrap());
    out.read_line(&mut first).unwrap();
    child
}

#[cfg(target_os = "linux")]
#[test]
fn a_hangup_stops_like_sigterm() {
    if signals("self", "SigIgn:") & HANGUP != 0 {
        eprintln!("SIGHUP is ignored here: not tried");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let mut child = serving(folder.path(), "exec \"$@\"");
    signal(&child, "HUP");
    assert_eq!(child.wait().unwrap().code(), Some(143));
}

/// A handler would override what `nohup` has set.
#[cfg(target_os = "linux")]
#[test]
fn leaves_an_ignored_hangup_alone() {
    let folder = tempfile::tempdir().unwrap();
    let mut child = serving(folder.path(), "trap '' HUP; exec \"$@\"");
    let process = child.id().to_string();
    let masks = ["SigIgn:", "SigCgt:"].map(|mask| signals(&process, mask) & HANGUP);
    signal(&child, "TERM");
    assert_eq!(child.wait().unwrap().code(), Some(143));
    assert_eq!(masks, [HANGUP, 0]);
}

/// `get` writes its target like an export; its own store is elsewhere.
#[cfg(target_os = "linux")]
#[test]
fn get_on_a_full_disk_names_the_file_and_a_hint() {
    let folder = prepared();
    let out = folder.path().join("out");
    let journal = cli_support::SampleJournal::start();
    let arguments = ["get", journal.url(), "-o", "out/a.jsonl"];
    let Some((code, said, left)) = on_a_small_disk(folder.path(), &out, 8, &arguments) else {
        eprintln!("no file system can be mounted here: not tried");
        return;
    };
    assert_eq!(code, 1, "{said}");
    assert!(
        said.contains("out/a.jsonl") && said.contains("hint: make room"),
        "{said}"
    );
    assert_eq!(left, "");
}

/// A full disk behind stdout, on every command that prints much.
#[cfg(target_os = "linux")]
#[rstest::rstest]
#[case(&["export", "jsonl"])]
#[case(&["report", "-o", "-"])]
#[case(&["status"])]
#[case(&["status", "--json"])]
#[case(&["findings"])]
#[case(&["duplicates", "--json"])]
#[case(&["show", "oai:j:1"])]
fn a_full_disk_behind_stdout_is_an_error_with_a_hint(#[case] arguments: &[&str]) {
    let folder = prepared();
    let full = fs::OpenOptions::new()
        .write(true)
        .open("/dev/full")
        .unwrap();
    let output = command(folder.path(), arguments)
        .stdout(full)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(1), "{arguments:?}: {said}");
    assert!(
        said.to_lowercase().contains("no space left") && said.contains("hint: make room"),
        "{arguments:?}: {said}"
    );
}
