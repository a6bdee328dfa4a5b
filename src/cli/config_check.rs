//! `offprint config check`: every mistake of the configuration file, with its line.

use std::ops::Range;

use clap::{Args, Subcommand};

use crate::cli::config::{Config, read_text};
use crate::cli::context::Context;
use crate::cli::exit::{Exit, Failure};
use crate::cli::output;

/// Mistakes reported per table.
const MOST: usize = 20;

/// Arguments of `config`.
#[derive(Debug, Args)]
#[command(
    arg_required_else_help = true,
    after_help = "Examples:
  offprint config check
  offprint config check --config /etc/offprint/offprint.toml"
)]
pub struct ConfigArgs {
    #[command(subcommand)]
    command: ConfigCommand,
}

#[derive(Debug, Subcommand)]
enum ConfigCommand {
    /// List every mistake with its line, without a network
    Check,
}

/// Runs `config`.
pub(super) fn run(context: &Context, args: &ConfigArgs) -> anyhow::Result<Exit> {
    let ConfigCommand::Check = args.command;
    let Some(path) = &context.config_path else {
        return Err(Failure::config("no configuration file found")
            .hint("`offprint init` writes one")
            .into());
    };
    let text = read_text(path)?;
    let mistakes = mistakes(&text);
    for mistake in &mistakes {
        output::to_stderr(&format!("error: {}:{mistake}", path.display()));
    }
    if !mistakes.is_empty() {
        return Ok(Exit::Config);
    }
    let config = Config::parse(&text).unwrap_or_default();
    output::to_stdout(&format!(
        "{} is right: {}, {}",
        path.display(),
        output::counted(config.source.len(), "source"),
        output::counted(config.export.len(), "export")
    ))?;
    Ok(Exit::Done)
}

/// All mistakes as `LINE:COLUMN: what`. A parser stops at the first, so each table is read by itself, the rest
/// blank, and again without the line that was wrong.
fn mistakes(text: &str) -> Vec<String> {
    let Err(first) = Config::parse(text) else {
        return names(text);
    };
    if text.parse::<toml::Table>().is_err() {
        return vec![first];
    }
    let lines: Vec<&str> = text.lines().collect();
    let mut starts: Vec<usize> = (1..lines.len())
        // A table within a table of a list is read with it.
        .filter(|&at| is_header(lines[at]) && !lines[at].trim_start().starts_with("[[source."))
        .collect();
    starts.insert(0, 0);
    starts.push(lines.len());
    let mut found: Vec<String> = starts
        .windows(2)
        .flat_map(|table| mistakes_of_table(&lines, table[0]..table[1]))
        .collect();
    found.sort_by_key(|mistake| line_of(mistake));
    // Wrong between tables, and in none of them.
    if found.is_empty() {
        found.push(first);
    }
    found
}

/// The mistakes of the lines of one table.
fn mistakes_of_table(lines: &[&str], table: Range<usize>) -> Vec<String> {
    let mut own: Vec<&str> = lines
        .iter()
        .enumerate()
        .map(|(at, line)| {
            // Groups stay, for sources name them.
            let stays = table.contains(&at) || line.trim_start().starts_with("[group.");
            if stays { line } else { "" }
        })
        .collect();
    let mut found: Vec<String> = Vec::new();
    for _ in 0..MOST {
        let Err(mistake) = Config::parse(&own.join("\n")) else {
            break;
        };
        // A key that is missing because its line was wrong is no second mistake.
        if !found.is_empty() && mistake.contains("missing field") {
            break;
        }
        let value = line_of(&mistake).and_then(|line| value_at(&own, line, table.end));
        found.push(mistake);
        let Some(value) = value else { break };
        own[value].fill("");
    }
    found
}

/// The lines of the key and its value at a line, counted from 1. A value may go over several lines.
fn value_at(lines: &[&str], line: usize, end: usize) -> Option<Range<usize>> {
    let at = line.checked_sub(1).filter(|&at| at < lines.len())?;
    let from = (0..=at).rev().find(|&at| is_key(lines[at]))?;
    let to = (from + 1..end).find(|&at| is_key(lines[at])).unwrap_or(end);
    let is_within = at < to && !lines[from..=at].iter().any(|line| is_header(line));
    is_within.then_some(from..to)
}

/// The line that a mistake names, counted from 1.
fn line_of(mistake: &str) -> Option<usize> {
    mistake.split(':').next()?.parse().ok()
}

/// Names that lead nowhere.
fn names(text: &str) -> Vec<String> {
    let config = Config::parse(text).unwrap_or_default();
    let mut found = Vec::new();
    for export in &config.export {
        for name in export.sources() {
            if !config
                .source
                .iter()
                .any(|source| source.name.as_str() == name)
            {
                let line = text
                    .lines()
                    .position(|line| {
                        !line.starts_with('#') && line.contains(&format!("\"{}\"", export.name))
                    })
                    .map_or(1, |at| at + 1);
                found.push(format!(
                    "{line}:1: the export {} names unknown source {name}",
                    export.name
                ));
            }
        }
    }
    found
}

/// Returns whether a line begins with a key.
fn is_key(line: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || "_-.\"' ".contains(c);
    line.split_once('=')
        .is_some_and(|(key, _)| !key.trim().is_empty() && key.chars().all(plain))
}

/// Returns whether a line opens a table: `[host."a.example"]`, `[[source]]`.
fn is_header(line: &str) -> bool {
    let line = line.split('#').next().unwrap_or_default().trim();
    let inner = line
        .strip_prefix("[[")
        .and_then(|rest| rest.strip_suffix("]]"));
    let inner = inner.or_else(|| {
        line.strip_prefix('[')
            .and_then(|rest| rest.strip_suffix(']'))
    });
    inner.is_some_and(|inner| {
        !inner.is_empty() && !inner.contains(['[', ']', ',']) && !inner.starts_with('"')
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_mistake_has_its_line() {
        let text = "rate = \"fast\"\nstroe = \"a\"\n\n[[source]]\nname = \"a\"\nurl = \"ftp://h/\"\nsets = [\n  \"\",\n]\n\n[[source]]\nname = \"b\"\n\n[host.\"h\"]\nconcurrency = 99\n";
        let lines: Vec<String> = mistakes(text)
            .iter()
            .map(|mistake| mistake.split(':').next().unwrap().to_owned())
            .collect();
        assert_eq!(
            lines,
            ["1", "2", "6", "7", "11", "15"],
            "{:#?}",
            mistakes(text)
        );
    }

    #[test]
    fn valid_toml_has_no_mistakes() {
        assert_eq!(mistakes("rate = 1\n"), Vec::<String>::new());
        assert_eq!(mistakes("rate = \n[[source]\n").len(), 1);
        let twice = "[[source]]\nname = \"a\"\nurl = \"http://h/\"\n[[source]]\nname = \"a\"\nurl = \"http://i/\"\n";
        assert_eq!(mistakes(twice), ["5:8: two sources have the name a"]);
        let export =
            "[[export]]\nname = \"x\"\nformat = \"jsonl\"\npath = \"x\"\nsources = [\"a\"]\n";
        assert_eq!(
            mistakes(export),
            ["2:1: the export x names unknown source a"]
        );
    }
}
