//! The configuration file: its example, its mistakes, and where it is looked for.

use crate::cli_support;

use std::fs;

use assert_cmd::Command;
use cli_support::offprint;
use offprint::cli::config::Config;
use offprint::internals::http::Rate;
use offprint::internals::store::Location;
use serde_json::Value;
use tempfile::TempDir;

const EXAMPLE: &str = include_str!("../../offprint.example.toml");

/// The example with every key taken out of its comment.
fn uncommented() -> String {
    let is_key = |line: &str| {
        line.starts_with('[')
            || line.split_once(" = ").is_some_and(|(key, _)| {
                !key.is_empty() && key.chars().all(|c| c.is_ascii_lowercase() || c == '_')
            })
    };
    let lines = EXAMPLE.lines().map(|line| match line.strip_prefix("# ") {
        Some(key) if is_key(key) => key,
        _ => line,
    });
    lines.collect::<Vec<_>>().join("\n")
}

fn without_value(path: &str, value: &Value, out: &mut Vec<String>) {
    match value {
        Value::Null => out.push(path.to_owned()),
        Value::Array(items) if items.is_empty() => out.push(path.to_owned()),
        Value::Array(items) => {
            for item in items {
                without_value(path, item, out);
            }
        }
        Value::Object(map) if map.is_empty() => out.push(path.to_owned()),
        Value::Object(map) => {
            for (key, item) in map {
                without_value(&format!("{path}.{key}"), item, out);
            }
        }
        _ => {}
    }
}

#[test]
fn example_changes_nothing_as_it_is() {
    assert_eq!(Config::parse(EXAMPLE).unwrap(), Config::default());
}

/// A key of the example that the type lacks is refused by the parser; one that the type has and the example
/// lacks is left without a value.
#[test]
fn example_and_type_have_the_same_keys() {
    let config = Config::parse(&uncommented()).unwrap();
    let mut missing = Vec::new();
    without_value("", &serde_json::to_value(&config).unwrap(), &mut missing);
    assert_eq!(
        missing,
        Vec::<String>::new(),
        "keys the example does not show"
    );
}

/// Each key of the file names its flag and its variable, and the help has both.
#[test]
fn example_names_flags_that_exist() {
    let directory = TempDir::new().unwrap();
    let help: String = [
        &["--help"][..],
        &["harvest", "--help"],
        &["export", "--help"],
        &["worker", "--help"],
        &["serve", "--help"],
    ]
    .iter()
    .map(|arguments| {
        let output = offprint(directory.path())
            .args(*arguments)
            .output()
            .unwrap();
        String::from_utf8(output.stdout).unwrap()
    })
    .collect();
    let words =
        EXAMPLE.split(|c: char| c.is_whitespace() || matches!(c, ',' | '.' | ';' | '(' | ')'));
    let named: Vec<_> = words
        .filter(|word| word.starts_with("--") || word.starts_with("OFFPRINT_"))
        .collect();
    assert!(named.len() > 20, "{named:?}");
    for word in named {
        assert!(
            help.contains(word),
            "{word} is in the example but not in the help"
        );
    }
}

#[test]
fn reports_mistakes_with_their_line() {
    let cases = [
        ("stroe = \"a.db\"\n", "1:1: unknown field `stroe`"),
        (
            "rate = 1\n\ntimeout = 0\n",
            "3:11: a timeout is 1 to 3600 seconds",
        ),
        ("rate = \"fast\"\n", "1:8: a rate is requests a second"),
        ("prefixes = []\n", "1:1: prefixes is empty"),
        ("[[source]]\nname = \"a\"\n", "missing field `url`"),
        (
            "[[source]]\nname = \"a\"\nurl = \"ftp://h/\"\n",
            "3:7: invalid endpoint URL \"ftp://h/\"",
        ),
        (
            "[[source]]\nname = \"a\"\nurl = \"http://h/\"\n[[source]]\nname = \"a\"\nurl = \"http://i/\"\n",
            "5:8: two sources have the name a",
        ),
        (
            "[[source]]\nname = \"a\"\nurl = \"http://h/\"\ngroup = \"g\"\n",
            "4:9: the source a names the group g, which there is not",
        ),
        (
            "[group.g]\nprefixes = []\n",
            "1:2: the prefixes of the group g are empty",
        ),
        (
            "[group.g]\nurl = \"http://h/\"\n",
            "2:1: unknown field `url`",
        ),
        (
            "[host.\"a/b\"]\nrate = 1\n",
            "1:8: invalid host name \"a/b\"",
        ),
        (
            "[host.\"a\"]\nconcurrency = 99\n",
            "2:15: concurrency is 1 to 16",
        ),
        ("rate = \n", "1:"),
    ];
    for (text, expected) in cases {
        let error = Config::parse(text).unwrap_err();
        assert!(
            error.contains(expected),
            "{text:?} gave {error:?}, not {expected:?}"
        );
    }
}

/// Flag, then source, then group, then the top of the file.
#[test]
fn sources_take_from_their_group_what_they_do_not_set() {
    let text = r#"
        prefixes = ["marcxml"]
        [group.slow]
        rate = "1/3"
        prefixes = ["jats"]
        sets = ["x"]
        schedule = "weekly"
        reconcile = "never"
        user = "library"
        password_env = "PATH"
        [[source]]
        name = "a"
        url = "https://a.example/oai"
        group = "slow"
        [[source]]
        name = "b"
        url = "https://b.example/oai"
        group = "slow"
        rate = 2
        sets = []
        prefixes = ["oai_dc"]
        user = "other"
        [[source]]
        name = "c"
        url = "https://c.example/oai"
    "#;
    let config = Config::parse(text).unwrap();
    let [a, b, c] = &config.source[..] else {
        panic!("three sources")
    };
    assert_eq!(a.rate, Some("1/3".parse().unwrap()));
    assert_eq!(a.schedule.as_ref().unwrap().to_string(), "weekly");
    assert_eq!(a.reconcile.as_ref().unwrap().to_string(), "never");
    assert_eq!(
        (a.user.as_deref(), a.password_env.as_deref()),
        (Some("library"), Some("PATH"))
    );
    assert_eq!(
        (b.rate, b.sets.as_deref()),
        (Some(Rate::PerSecond(2.0)), Some(&[][..]))
    );
    // The group's password is not for another user.
    assert_eq!(
        (b.user.as_deref(), b.password_env.as_deref()),
        (Some("other"), None)
    );
    assert_eq!((&c.rate, &c.schedule, &c.prefixes), (&None, &None, &None));
    let plan = |arguments: &[&str]| {
        let all = [&["offprint", "harvest"], arguments].concat();
        match <offprint::cli::Cli as clap::Parser>::try_parse_from(all)
            .unwrap()
            .command
        {
            offprint::cli::Command::Harvest(arguments) => arguments.plan(&config).unwrap(),
            _ => panic!("another command"),
        }
    };
    let prefixes = |arguments: &[&str]| -> Vec<String> {
        plan(arguments)
            .jobs
            .iter()
            .map(|job| job.plan.prefixes.join(","))
            .collect()
    };
    assert_eq!(prefixes(&[]), ["jats", "oai_dc", "marcxml"]);
    assert_eq!(prefixes(&["--prefix", "nlm"]), ["nlm", "nlm", "nlm"]);
    assert_eq!(
        plan(&[]).options.hosts["a.example"].rate,
        "1/3".parse().unwrap()
    );
}

#[test]
fn hides_secrets() {
    for text in [
        "store = \"mysql://me:s3cret@db/x\"\n",
        "[[source]]\nname = \"a\"\nurl = \"ftp://me:s3cret@h/\"\n",
        "rate = \"http://me:s3cret@h/\"\n",
        "fail_on = \"http://me:s3cret@h/\"\n",
    ] {
        let error = Config::parse(text).unwrap_err();
        assert!(!error.contains("s3cret"), "{error}");
    }
    let text = "[[source]]\nname = \"a\"\nurl = \"https://me:s3cret@h/oai\"\n";
    let config = Config::parse(text).unwrap();
    assert!(!format!("{config:?}").contains("s3cret"));
    assert!(config.source[0].url.url().password().is_some());
}

#[test]
fn relative_paths_start_at_the_configuration_file() {
    let directory = TempDir::new().unwrap();
    let path = directory.path().join("conf.toml");
    fs::write(&path, "store = \"data/a.db\"\nrate = 2\n").unwrap();
    let (config, found) = Config::find(Some(&path)).unwrap();
    assert_eq!(
        config.store,
        Some(Location::File(directory.path().join("data/a.db")))
    );
    assert_eq!(config.rate, Some(Rate::PerSecond(2.0)));
    assert_eq!(found, Some(path));
}

/// Flag, then environment, then file; a host record of the command line goes before one of the file.
#[test]
fn settings_of_the_catalog_are_decided_in_order() {
    let text = "organization = \"FILE\"\nid_prefix = \"file-\"\nprofile = \"koha\"\n[host_record]\ncac = \"1\"\nother = \"2\"\n";
    let config = Config::parse(text).unwrap();
    let parse = |arguments: &[&str]| {
        let mut all = vec!["offprint", "export", "marc"];
        all.extend(arguments);
        match <offprint::cli::Cli as clap::Parser>::try_parse_from(all)
            .unwrap()
            .command
        {
            offprint::cli::Command::Export(arguments) => {
                arguments.format_options(&config).unwrap().marc
            }
            _ => panic!("another command"),
        }
    };
    let of_file = parse(&[]);
    assert_eq!(of_file.organization.as_deref(), Some("FILE"));
    assert_eq!(of_file.id_prefix, "file-");
    assert_eq!(of_file.host_records["cac"], "1");
    let of_flags = parse(&[
        "--organization",
        "FLAG",
        "--id-prefix",
        "f",
        "--host-record",
        "cac=9,1404-6091=8",
    ]);
    assert_eq!(of_flags.organization.as_deref(), Some("FLAG"));
    assert_eq!(of_flags.id_prefix, "f");
    assert_eq!(of_flags.host_records.len(), 3);
    assert_eq!(parse(&["--host-record", "cac=9"]).host_records["cac"], "9");
}

#[test]
fn a_wrong_file_exits_with_3() {
    let directory = TempDir::new().unwrap();
    fs::write(
        directory.path().join("offprint.toml"),
        "rate = 1\nspeed = 3\n",
    )
    .unwrap();
    let output = offprint(directory.path()).arg("status").output().unwrap();
    assert_eq!(output.status.code(), Some(3));
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert!(
        stderr.starts_with("error: offprint.toml:2:1: unknown field `speed`"),
        "{stderr}"
    );
    assert!(output.stdout.is_empty());
}

#[test]
fn a_named_file_that_is_not_there_exits_with_3() {
    let directory = TempDir::new().unwrap();
    for arguments in [
        &["--config", "none.toml", "status"],
        &["--config", ".", "status"],
    ] {
        let output = offprint(directory.path()).args(arguments).output().unwrap();
        assert_eq!(output.status.code(), Some(3));
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert!(
            stderr.starts_with("error: cannot read the configuration "),
            "{stderr}"
        );
    }
}

/// Which file was read shows in where the store is looked for.
#[test]
fn files_are_looked_for_in_order() {
    let directory = TempDir::new().unwrap();
    let stderr = |command: &mut Command| {
        let output = command.arg("status").output().unwrap();
        assert_eq!(output.status.code(), Some(3));
        String::from_utf8(output.stderr).unwrap()
    };
    let first_line = |text: String| text.lines().next().unwrap_or_default().to_owned();
    let shown = |name: &str| {
        let path = directory.path().join(name);
        format!("error: no store at {}", path.display())
    };
    assert_eq!(
        first_line(stderr(&mut offprint(directory.path()))),
        shown("offprint.db")
    );

    let xdg = directory.path().join("offprint");
    fs::create_dir(&xdg).unwrap();
    fs::write(xdg.join("offprint.toml"), "store = \"xdg.db\"\n").unwrap();
    let path = xdg.join("xdg.db").display().to_string();
    assert_eq!(
        first_line(stderr(&mut offprint(directory.path()))),
        shown(&path)
    );

    fs::write(
        directory.path().join("offprint.toml"),
        "store = \"here.db\"\n",
    )
    .unwrap();
    assert_eq!(
        first_line(stderr(&mut offprint(directory.path()))),
        shown("here.db")
    );

    fs::write(
        directory.path().join("named.toml"),
        "store = \"named.db\"\n",
    )
    .unwrap();
    let named = || {
        let mut command = offprint(directory.path());
        command.env("OFFPRINT_CONFIG", "named.toml");
        command
    };
    assert_eq!(first_line(stderr(&mut named())), shown("named.db"));
    let environment = "environment.db";
    assert_eq!(
        first_line(stderr(named().env("OFFPRINT_STORE", environment))),
        shown(environment)
    );
    let both = |command: &mut Command| {
        stderr(
            command
                .env("OFFPRINT_STORE", environment)
                .args(["--store", "flag.db"]),
        )
    };
    assert_eq!(first_line(both(&mut named())), shown("flag.db"));
}
