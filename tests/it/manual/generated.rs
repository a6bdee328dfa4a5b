//! Generated parts of the manual match their sources: `OFFPRINT_BLESS=1` writes it again.

use std::fmt::Write as _;
use std::fs;

use clap::{Command, CommandFactory as _};
use offprint::cli::Cli;
use serde_json::Value;
use tempfile::TempDir;

use super::pages::{pages, root};
use crate::cli_support::offprint;

/// Compares a page with what it should be.
fn same(path: &str, expected: &str) {
    let file = root().join(path);
    if std::env::var_os("OFFPRINT_BLESS").is_some() {
        fs::write(&file, expected).unwrap();
    }
    let found = fs::read_to_string(&file).unwrap_or_default();
    assert!(
        found == expected,
        "{path} is out of date: run `OFFPRINT_BLESS=1 cargo test --test it manual`"
    );
}

#[test]
fn commands_are_described_by_their_help() {
    let mut out =
        "# Commands\n\nThe output of `--help` for each command. `offprint man` writes the same as manual pages:

```sh
offprint man -o man
```\n"
            .to_owned();
    let mut cli = Cli::command();
    cli.build();
    describe(&cli, &mut vec![], &mut out);
    same("docs/reference/commands.md", &out);
}

fn describe(command: &Command, path: &mut Vec<String>, out: &mut String) {
    let directory = TempDir::new().unwrap();
    let output = offprint(directory.path())
        .args(&*path)
        .arg("--help")
        .output()
        .unwrap();
    assert!(output.status.success(), "{path:?}");
    let help = String::from_utf8(output.stdout).unwrap();
    let level = if path.len() > 1 { "###" } else { "##" };
    let name = path
        .iter()
        .fold("offprint".to_owned(), |name, word| format!("{name} {word}"));
    let lines: Vec<_> = help.trim_end().lines().map(str::trim_end).collect();
    write!(
        out,
        "\n{level} {name}\n\n```text\n{}\n```\n",
        lines.join("\n")
    )
    .unwrap();
    for below in command
        .get_subcommands()
        .filter(|below| !below.is_hide_set() && below.get_name() != "help")
    {
        path.push(below.get_name().to_owned());
        describe(below, path, out);
        path.pop();
    }
}

/// A block of code behind `<!-- file: PATH -->` is that file.
#[test]
fn quoted_files_are_the_files() {
    let mut seen = 0;
    for page in pages()
        .iter()
        .filter(|page| page.text.contains("<!-- file: "))
    {
        let mut expected = String::new();
        let mut rest = &*page.text;
        while let Some((before, behind)) = rest.split_once("<!-- file: ") {
            seen += 1;
            let (path, behind) = behind.split_once(" -->\n\n```").unwrap();
            let (language, behind) = behind.split_once('\n').unwrap();
            let (_, behind) = behind.split_once("\n```\n").unwrap();
            let file = fs::read_to_string(root().join(path)).unwrap();
            write!(
                expected,
                "{before}<!-- file: {path} -->\n\n```{language}\n{}\n```\n",
                file.trim_end()
            )
            .unwrap();
            rest = behind;
        }
        expected += rest;
        same(&page.path, &expected);
    }
    assert!(seen > 0);
}

/// The table of rules in the manual is `tests/receivers.tsv`, and each test that it names is there.
#[test]
fn rules_of_receivers_are_held_by_tests() {
    const BEGIN: &str = "<!-- rules: tests/receivers.tsv -->\n";
    const END: &str = "\n<!-- rules: end -->";
    let rows = fs::read_to_string(root().join("tests/receivers.tsv")).unwrap();
    let mut table = "\n| format | receiver | rule | source |\n|---|---|---|---|\n".to_owned();
    for row in rows.lines().filter(|row| !row.starts_with('#')) {
        let [format, receiver, rule, source, test] = row.split('\t').collect::<Vec<_>>()[..] else {
            panic!("five columns: {row}");
        };
        let (file, name) = test.split_once("::").unwrap();
        let code = fs::read_to_string(root().join(format!("tests/it/{file}.rs"))).unwrap();
        assert!(
            code.contains(&format!("fn {name}(")),
            "there is no test {test}"
        );
        writeln!(table, "| {format} | {receiver} | {rule} | {source} |").unwrap();
    }
    let path = "docs/exports.md";
    let page = fs::read_to_string(root().join(path)).unwrap();
    let (before, behind) = page.split_once(BEGIN).unwrap();
    let (_, after) = behind.split_once(END).unwrap();
    same(path, &format!("{before}{BEGIN}{table}{END}{after}"));
}

#[test]
fn the_article_is_described_by_its_schema() {
    let schema = fs::read_to_string(root().join("schemas/article.schema.json")).unwrap();
    let schema: Value = serde_json::from_str(&schema).unwrap();
    let mut out =
        "# The article\n\nA line of `offprint export jsonl` is an article or a deletion, by \
                   `schemas/article.schema.json`. Values that are absent are left out, never \
                   null; a reader ignores properties that it does not know.\n"
            .to_owned();
    for (name, of) in schema["$defs"].as_object().unwrap() {
        write!(out, "\n## {name}\n\n").unwrap();
        if let Some(text) = of["description"].as_str() {
            writeln!(out, "{}\n", cell(text)).unwrap();
        }
        if let Some(properties) = of["properties"].as_object() {
            let required = of["required"].as_array().cloned().unwrap_or_default();
            out += "| property | holds | meaning |\n|---|---|---|\n";
            for (property, of) in properties {
                let always = if required.contains(&Value::from(property.as_str())) {
                    ", always"
                } else {
                    ""
                };
                let meaning = cell(of["description"].as_str().unwrap_or_default());
                writeln!(out, "| `{property}` | {}{always} | {meaning} |", holds(of)).unwrap();
            }
        } else {
            out += "| value | meaning |\n|---|---|\n";
            let values = of["oneOf"].as_array().cloned().unwrap_or_default();
            for value in &values {
                for name in value["enum"]
                    .as_array()
                    .cloned()
                    .unwrap_or_else(|| vec![value["const"].clone()])
                {
                    let meaning = cell(value["description"].as_str().unwrap_or_default());
                    writeln!(out, "| `{}` | {meaning} |", name.as_str().unwrap()).unwrap();
                }
            }
            for value in of["enum"].as_array().into_iter().flatten() {
                writeln!(out, "| `{}` | |", value.as_str().unwrap()).unwrap();
            }
        }
    }
    same("docs/reference/article.md", &out);
}

/// A text as a cell of a table.
fn cell(text: &str) -> String {
    text.replace('\n', " ").replace('|', "\\|")
}

/// Describes the content of a property.
fn holds(of: &Value) -> String {
    if let Some(name) = of["$ref"]
        .as_str()
        .and_then(|to| to.strip_prefix("#/$defs/"))
    {
        return format!("[{name}](#{})", name.to_lowercase());
    }
    match &of["type"] {
        Value::String(name) if name == "array" => format!("list of {}", holds(&of["items"])),
        Value::String(name) => name.clone(),
        other => panic!("{other} in {of}"),
    }
}
