//! Ways out of the store beside one file: archives, counts alone, what changed since the last time, deletions apart.

use crate::cli_support::{done_with_messages as done, offprint, sample_store};
use crate::validators;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde_json::Value;

use validators::{python, run as validator};

fn exit(directory: &Path, arguments: &[&str]) -> i32 {
    offprint(directory)
        .args(arguments)
        .output()
        .unwrap()
        .status
        .code()
        .unwrap()
}

fn lines(path: &Path) -> Vec<Value> {
    fs::read_to_string(path)
        .unwrap()
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

#[test]
fn an_archive_holds_what_a_folder_holds() {
    let store = sample_store();
    let at = |name: &str| store.path().join(name);
    let chosen = ["export", "jats", "--from-year", "2004"];
    done(store.path(), &[&chosen[..], &["-o", "jats/"]].concat());
    let folder: BTreeMap<String, String> = fs::read_dir(at("jats"))
        .unwrap()
        .map(|entry| entry.unwrap())
        .map(|entry| {
            (
                entry.file_name().into_string().unwrap(),
                fs::read_to_string(entry.path()).unwrap(),
            )
        })
        .collect();
    assert!((40..80).contains(&folder.len()), "{}", folder.len());
    for name in ["a.tar", "a.tar.gz", "a.tgz", "a.tar.zst", "a.zip", "-"] {
        let read = || {
            if name == "-" {
                return done(store.path(), &[&chosen[..], &["--tar"]].concat())
                    .0
                    .into_bytes();
            }
            done(store.path(), &[&chosen[..], &["-o", name]].concat());
            fs::read(at(name)).unwrap()
        };
        let bytes = read();
        let is_whole = matches!(name, "a.tar" | "a.zip");
        assert!(
            !is_whole || bytes == read(),
            "{name} differs from one time to the next"
        );
        let bytes = if name.ends_with("zst") {
            zstd::decode_all(&*bytes).unwrap()
        } else {
            bytes
        };
        let mut members: Vec<(String, String)> =
            serde_json::from_str(&python("archive.py", &[], &bytes)).unwrap();
        assert_eq!(members.len(), folder.len(), "{name}");
        let (last, index) = members.pop().unwrap();
        assert_eq!(last, "index.jsonl");
        for (member, text) in members {
            assert!(folder[&member] == text, "{member} of {name}");
        }
        let sorted = |text: &str| {
            let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
            lines.sort();
            lines
        };
        assert_eq!(sorted(&index), sorted(&folder["index.jsonl"]), "{name}");
    }
    assert_eq!(
        exit(store.path(), &["export", "jats", "--tar", "-o", "x.tar"]),
        2
    );
    // Nothing is left beside them.
    let hidden = fs::read_dir(store.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name());
    assert_eq!(
        hidden
            .filter(|name| name.to_string_lossy().starts_with('.'))
            .count(),
        0
    );
}

#[test]
fn a_dry_run_counts_and_writes_nothing() {
    let store = sample_store();
    let said = |arguments: &[&str]| {
        let all = [&["export"], arguments, &["--dry-run"]].concat();
        done(store.path(), &all).0
    };
    assert_eq!(
        said(&["jsonl", "-o", "x.jsonl"]),
        "265 articles and 6 deletions would be exported\n"
    );
    assert_eq!(
        said(&["vufind", "-o", "x"]),
        "265 articles and 6 deletions would be exported\n"
    );
    assert_eq!(
        said(&["ris", "-o", "x"]),
        "265 articles and 0 deletions would be exported\n"
    );
    assert_eq!(
        said(&["jats", "--changed-since", "1", "-o", "x"]),
        "0 changed articles and 0 deletions would be exported\n"
    );
    let last = [
        "jsonl",
        "--changed-since",
        "last",
        "--name",
        "catalog",
        "-o",
        "x.jsonl",
    ];
    for _ in 0..2 {
        assert_eq!(
            said(&last),
            "265 changed articles and 6 deletions would be exported\n"
        );
    }
    let left = fs::read_dir(store.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name());
    assert_eq!(
        left.filter(|name| name.to_string_lossy().starts_with('x'))
            .count(),
        0
    );
}

#[test]
fn changes_since_a_date_include_that_moment() {
    let store = sample_store();
    let count = |since: &str| {
        let (out, _) = done(store.path(), &["export", "jsonl", "--changed-since", since]);
        out.lines().count()
    };
    done(store.path(), &["export", "jsonl"]);
    assert_eq!(count("2020-01-01"), 271);
    assert_eq!(count("2999-01-01T00:00:00Z"), 0);
    assert_eq!(
        exit(
            store.path(),
            &["export", "jsonl", "--changed-since", "yesterday"]
        ),
        2
    );
    assert_eq!(
        exit(
            store.path(),
            &["export", "jsonl", "--changed-since", "last"]
        ),
        2
    );
    assert_eq!(
        exit(store.path(), &["export", "jsonl", "--name", "catalog"]),
        2
    );
}

#[test]
fn a_named_export_continues_and_reports_removed_sources() {
    let store = sample_store();
    let export = [
        "export",
        "jsonl",
        "--changed-since",
        "last",
        "--name",
        "catalog",
        "-o",
        "out.jsonl",
    ];
    done(store.path(), &export);
    let first = lines(&store.path().join("out.000001.jsonl"));
    assert_eq!(first.len(), 271);
    let (_, said) = done(store.path(), &export);
    assert!(said.contains("nothing new"), "{said}");

    let source = first[0]["provenance"]["source"].as_str().unwrap();
    done(store.path(), &["source", "remove", source, "--yes"]);
    let (counted, _) = done(store.path(), &[&export[..], &["--dry-run"]].concat());
    assert_eq!(
        counted,
        "0 changed articles and 265 deletions would be exported\n"
    );
    done(store.path(), &export);
    let ids = |lines: &[Value], status: &str| {
        let of_status = lines.iter().filter(|line| line["status"] == status);
        let mut ids: Vec<String> = of_status.map(|line| line["id"].to_string()).collect();
        ids.sort();
        ids
    };
    let second = lines(&store.path().join("out.000002.jsonl"));
    assert_eq!(ids(&second, "deleted"), ids(&first, "live"));
    assert_eq!(ids(&second, "live").len(), 0);
    let (_, said) = done(store.path(), &export);
    assert!(said.contains("nothing new"), "{said}");
    assert!(!store.path().join("out.000003.jsonl").exists());

    // Harvested again, they are there again.
    done(store.path(), &["harvest", "pages"]);
    done(store.path(), &export);
    assert_eq!(
        ids(&lines(&store.path().join("out.000003.jsonl")), "live"),
        ids(&first, "live")
    );
}

#[test]
fn koha_has_its_deletions_apart() {
    let store = sample_store();
    let (_, said) = done(
        store.path(),
        &["export", "marc", "--profile", "koha", "-o", "catalog.mrc"],
    );
    assert!(
        said.contains("catalog.deleted.mrc") && said.contains("-d "),
        "{said}"
    );
    let leaders = |name: &str| {
        let path = store.path().join(name);
        let output = validator("yaz-marcdump", &[path.to_str().unwrap()], b"");
        let text = String::from_utf8(output.stdout).unwrap();
        let leaders = text
            .lines()
            .filter(|line| line.len() == 24 && line.ends_with("4500"));
        leaders
            .map(|leader| leader[5..6].to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(leaders("catalog.mrc"), vec!["n"; 265]);
    assert_eq!(leaders("catalog.deleted.mrc"), vec!["d"; 6]);
    done(store.path(), &["export", "marc", "-o", "generic.mrc"]);
    assert_eq!(leaders("generic.mrc").len(), 265);
    assert_eq!(leaders("generic.deleted.mrc").len(), 6);
    let vufind = [
        "export",
        "marc",
        "--profile",
        "vufind",
        "--id-prefix",
        "op-",
    ];
    let (_, said) = done(store.path(), &[&vufind[..], &["-o", "vufind.mrc"]].concat());
    assert!(said.contains("deletes.php"), "{said}");
    assert_eq!(leaders("vufind.mrc"), vec!["n"; 265]);
    let ids = fs::read_to_string(store.path().join("vufind.deleted.txt")).unwrap();
    assert_eq!(ids.lines().filter(|id| id.starts_with("op-")).count(), 6);
}

#[test]
fn formats_that_people_read_hold_live_articles_alone() {
    let store = sample_store();
    let exported = |arguments: &[&str]| {
        let (_, said) = done(store.path(), &[&["export"], arguments].concat());
        said.lines()
            .find(|line| line.contains(" exported"))
            .unwrap()
            .to_owned()
    };
    for format in ["bibtex", "csl", "csv", "ris", "jats"] {
        let said = exported(&[format, "-o", &format!("{format}.tar")]);
        assert_eq!(said, "265 articles and 0 deletions exported", "{format}");
    }
    assert_eq!(
        exported(&["csv", "--status", "all", "-o", "all.csv"]),
        "265 articles and 6 deletions exported"
    );
    assert_eq!(
        exported(&["ris", "--status", "all", "-o", "all.ris"]),
        "265 articles and 6 deletions exported"
    );
    let ids = fs::read_to_string(store.path().join("all.deleted.txt")).unwrap();
    assert_eq!(ids.lines().count(), 6);
    assert_eq!(
        exported(&["jsonl", "-o", "all.jsonl"]),
        "265 articles and 6 deletions exported"
    );
}

#[test]
fn articles_are_chosen_by_what_they_are() {
    let store = sample_store();
    let counted = |arguments: &[&str]| {
        let all = [&["export", "csv", "--dry-run"], arguments].concat();
        let (counted, said) = done(store.path(), &all);
        let number: u64 = counted.split(' ').next().unwrap().parse().unwrap();
        (number, said)
    };
    let all = counted(&[]).0;
    assert_eq!(all, 265);
    assert_eq!(counted(&["--limit", "7"]).0, 7);
    let until = counted(&["--to-year", "2003"]).0;
    assert_eq!(until + counted(&["--from-year", "2004"]).0, all);
    assert_eq!(
        counted(&["--journal", "central asia and the caucasus"]).0,
        all
    );
    let (none, said) = counted(&["--issn", "0000-0000"]);
    assert_eq!(none, 0);
    assert!(said.contains("nothing matches"), "{said}");
    let (none, _) = counted(&["--license", "CC BY-ND"]);
    assert_eq!(none, 0);
}

#[test]
fn rejects_unknown_language() {
    let store = sample_store();
    let output = offprint(store.path())
        .args(["export", "csv", "--language", "blurb"])
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("unknown language"));
}

#[test]
fn writes_the_index_template() {
    let store = sample_store();
    done(
        store.path(),
        &[
            "export",
            "jsonl",
            "--bulk",
            "--template",
            "-o",
            "template.json",
        ],
    );
    let text = fs::read_to_string(store.path().join("template.json")).unwrap();
    let template: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(template["template"]["mappings"]["date_detection"], false);
}

#[test]
fn vufind_knows_records_and_deletions_by_one_id() {
    let store = sample_store();
    let strip = ["--id-strip", "oai:ojs.ca-c.test:", "--id-prefix", "ojs-"];
    done(
        store.path(),
        &[&["export", "vufind", "-o", "harvest"], &strip[..]].concat(),
    );
    let file = |name: &str| fs::read_to_string(store.path().join("harvest").join(name)).unwrap();
    assert_eq!(file("1714885505_ojs_article_385.delete"), "ojs-article/385");
    let mut names = fs::read_dir(store.path().join("harvest"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name());
    let of_643 = names
        .find(|name| name.to_string_lossy().ends_with("_ojs_article_643.xml"))
        .unwrap();
    let record = file(of_643.to_str().unwrap());
    // What import/xsl/ojs.xsl selects as the id.
    let query = "string(/*[local-name()='dc']/identifier)";
    let path = store.path().join("harvest").join(&of_643);
    let output = validator("xmllint", &["--xpath", query, path.to_str().unwrap()], b"");
    assert_eq!(
        String::from_utf8(output.stdout).unwrap().trim(),
        "ojs-article/643",
        "{record}"
    );
    assert!(
        record.contains("<datestamp xmlns=\"\">2020-02-23T14:36:31Z</datestamp>"),
        "{record}"
    );
}

#[test]
fn jats_is_linted_on_its_way() {
    let store = sample_store();
    let (_, said) = done(store.path(), &["export", "jats", "--lint", "-o", "a.tar"]);
    assert!(!said.contains("broken"), "{said}");
    assert_eq!(exit(store.path(), &["export", "jsonl", "--lint"]), 2);
}

#[test]
fn parts_together_are_the_whole() {
    let store = sample_store();
    let (whole, _) = done(store.path(), &["export", "jsonl"]);
    let (_, said) = done(
        store.path(),
        &["export", "jsonl", "--shard-size", "200000", "-o", "a.jsonl"],
    );
    assert!(
        said.contains("265 articles and 6 deletions exported"),
        "{said}"
    );
    let mut parts: Vec<_> = fs::read_dir(store.path())
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    parts.retain(|path| path.to_string_lossy().contains("a.part-"));
    parts.sort();
    assert!(parts.len() > 2, "{parts:?}");
    let parts: Vec<Vec<u8>> = parts.iter().map(|path| fs::read(path).unwrap()).collect();
    assert!(parts.concat() == whole.as_bytes());
    assert!(
        parts[..parts.len() - 1]
            .iter()
            .all(|part| (200_000..300_000).contains(&part.len()))
    );

    // Each part is a file of its format by itself.
    done(
        store.path(),
        &["export", "csl", "--shard-size", "50000", "-o", "a.json"],
    );
    for number in 1..=2 {
        let text =
            fs::read_to_string(store.path().join(format!("a.part-000{number}.json"))).unwrap();
        assert!(serde_json::from_str::<Vec<Value>>(&text).unwrap().len() > 20);
    }
    done(
        store.path(),
        &["export", "jsonl", "--shard-by", "source", "-o", "b.jsonl"],
    );
    let source = lines(&store.path().join("a.part-0001.jsonl"))[0]["provenance"]["source"].clone();
    let of_source = format!("b.source-{}.jsonl", source.as_str().unwrap());
    assert!(fs::read(store.path().join(of_source)).unwrap() == whole.as_bytes());
    for wrong in [
        &["export", "jsonl", "--shard-size", "1"][..],
        &["export", "jats", "--shard-size", "1", "-o", "jats/"],
        &["export", "jsonl", "--shard-size", "0", "-o", "c.jsonl"],
        &[
            "export",
            "jsonl",
            "--shard-size",
            "1",
            "--shard-by",
            "source",
            "-o",
            "c.jsonl",
        ],
    ] {
        assert_eq!(exit(store.path(), wrong), 2, "{wrong:?}");
    }
}

/// Runs the command where no file may grow beyond so many blocks of 512 bytes, as on a disk that is full.
fn crowded(directory: &Path, blocks: u32, arguments: &[&str]) -> std::process::Output {
    let mut command = std::process::Command::new("sh");
    let script = format!("trap '' XFSZ; ulimit -f {blocks}; exec \"$0\" \"$@\"");
    command
        .args(["-c", &script, env!("CARGO_BIN_EXE_offprint")])
        .args(arguments);
    command
        .current_dir(directory)
        .env("HOME", directory)
        .env("XDG_CONFIG_HOME", directory);
    command.output().unwrap()
}

/// All files below a folder, the store and the pages it came from left out.
fn tree(folder: &Path) -> BTreeMap<std::path::PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    for entry in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap()) {
        let (path, name) = (entry.path(), entry.file_name());
        let name = name.to_string_lossy();
        if name.starts_with("offprint.db") || name == "pages" || name == ".offprint.lock" {
            continue;
        }
        if path.is_dir() {
            found.extend(tree(&path));
            found.insert(path, Vec::new());
        } else {
            let bytes = fs::read(&path).unwrap();
            found.insert(path, bytes);
        }
    }
    found
}

#[test]
fn a_disk_that_is_full_leaves_what_was_there() {
    let store = sample_store();
    // The articles are made already: the store is not written to any more.
    let old = ["export", "jsonl", "--from-year", "2006", "-o"];
    for name in [
        "a.jsonl",
        "a.jsonl.zst",
        "a.xml",
        "a.parquet",
        "a.tar",
        "a.zip",
        "a.part-0001.jsonl",
    ] {
        done(store.path(), &[&old[..], &["whole"]].concat());
        fs::write(store.path().join(name), "old").unwrap();
    }
    done(
        store.path(),
        &["export", "jats", "--from-year", "2006", "-o", "jats/"],
    );
    done(
        store.path(),
        &[
            "export",
            "jats",
            "--from-year",
            "2006",
            "-o",
            "bag-of-none.tar",
        ],
    );
    let source = lines(&store.path().join("whole"))[0]["provenance"]["source"]
        .as_str()
        .unwrap()
        .to_owned();
    let before = tree(store.path());
    for arguments in [
        &["export", "jsonl", "-o", "a.jsonl"][..],
        &["export", "jsonl", "-o", "a.jsonl.zst"],
        &["export", "marcxml", "-o", "a.xml"],
        &["export", "parquet", "-o", "a.parquet"],
        &["export", "jats", "-o", "a.tar"],
        &["export", "jats", "-o", "a.zip"],
        &["export", "jats", "-o", "jats/"],
        &[
            "export",
            "jsonl",
            "--shard-size",
            "1000000",
            "-o",
            "a.jsonl",
        ],
        &["snapshot", &source, "-o", "bag"],
        &["snapshot", &source, "--tar", "-o", "bag.tar"],
    ] {
        // Room for what SQLite needs to read, and for an article: not for all, nor for an index of all.
        let output = crowded(store.path(), 80, arguments);
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{arguments:?}: {said}");
        assert!(said.contains("too large"), "{arguments:?}: {said}");
        assert!(
            tree(store.path()) == before,
            "{arguments:?}: {:?}",
            tree(store.path()).keys()
        );
    }
    // With room again, all is well.
    done(store.path(), &["export", "jsonl", "-o", "a.jsonl"]);
    assert_eq!(lines(&store.path().join("a.jsonl")).len(), 271);
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_device_is_an_error_and_a_closed_pipe_is_not() {
    use std::process::{Command, Stdio};

    let store = sample_store();
    let run = |arguments: &[&str], stdout: Stdio| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_offprint"));
        command
            .args(arguments)
            .current_dir(store.path())
            .stdout(stdout)
            .stderr(Stdio::piped());
        command
            .env("HOME", store.path())
            .env("XDG_CONFIG_HOME", store.path());
        command.spawn().unwrap()
    };
    let full = || {
        fs::OpenOptions::new()
            .write(true)
            .open("/dev/full")
            .unwrap()
    };
    for arguments in [
        &["export", "jsonl"][..],
        &["export", "jsonl", "-o", "/dev/full"],
        &["export", "parquet"],
        &["export", "jats", "--tar"],
        &["status", "--json"],
    ] {
        let output = run(arguments, full().into()).wait_with_output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{arguments:?}: {said}");
        assert!(said.contains("No space left"), "{arguments:?}: {said}");
    }
    for arguments in [
        &["export", "jsonl"][..],
        &["export", "csl"],
        &["export", "parquet"],
        &["export", "jats", "--tar"],
    ] {
        let mut child = run(arguments, Stdio::piped());
        // The reader goes after the first bytes.
        let mut first = [0; 10];
        let mut out = child.stdout.take().unwrap();
        std::io::Read::read_exact(&mut out, &mut first).unwrap();
        drop(out);
        let output = child.wait_with_output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(0), "{arguments:?}: {said}");
        assert!(!said.contains("error"), "{arguments:?}: {said}");
    }
}
