//! Every command line that a page shows is one that the command takes, whether it can run here or not.

use clap::{Command, CommandFactory as _};
use offprint::cli::Cli;

use super::pages::pages;

/// The words of a line of a shell, as far as its pipes, redirections and comments.
fn words(line: &str) -> Vec<String> {
    let (mut words, mut word, mut quote, mut begun) = (Vec::new(), String::new(), None, false);
    for c in line.chars() {
        match (quote, c) {
            (Some(open), _) if c == open => quote = None,
            (None, '\'' | '"') => (quote, begun) = (Some(c), true),
            (None, '#') if word.is_empty() => break,
            (None, '|' | '>' | ';' | '&' | ')') => break,
            (None, _) if c.is_whitespace() => {
                if begun || !word.is_empty() {
                    words.push(std::mem::take(&mut word));
                }
                begun = false;
            }
            _ => word.push(c),
        }
    }
    if begun || !word.is_empty() {
        words.push(word);
    }
    words
}

/// Where the command is called in a line of code.
fn calls(line: &str) -> Vec<Vec<String>> {
    let found = line.match_indices("offprint ").filter(|(at, _)| {
        let before = &line[..*at];
        let before = before
            .strip_suffix("ExecStart=/usr/local/bin/")
            .unwrap_or(before);
        before.is_empty() || before.ends_with(|c: char| c.is_whitespace() || "(;".contains(c))
    });
    found.map(|(at, _)| words(&line[at..])).collect()
}

#[test]
fn command_lines_are_valid() {
    let mut seen = 0;
    let mut wrong = Vec::new();
    for page in pages() {
        for block in page.blocks() {
            let shell = block.language.split(',').next().unwrap_or_default();
            if !["console", "sh", "ini", ""].contains(&shell) {
                continue;
            }
            let text = block.text.replace("\\\n", " ").replace("\n> ", " ");
            let asked = |line: &str| shell != "console" || line.starts_with("$ ");
            for words in text.lines().filter(|line| asked(line)).flat_map(calls) {
                seen += 1;
                if let Err(error) = Cli::command().try_get_matches_from(&words)
                    && error.use_stderr()
                {
                    wrong.push(format!("{}: {}\n{error}", page.path, words.join(" ")));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(seen > 30, "{seen}");
}

/// In prose a command line may have placeholders: its subcommand and its options exist.
#[test]
fn commands_in_prose_exist() {
    let mut cli = Cli::command();
    cli.build();
    let mut seen = 0;
    let mut wrong = Vec::new();
    for page in pages() {
        let prose = page.prose();
        let calls = prose
            .split('`')
            .skip(1)
            .step_by(2)
            .filter_map(|code| code.strip_prefix("offprint "));
        for call in calls {
            seen += 1;
            if let Err(word) = exists(&cli, call) {
                wrong.push(format!("{}: `offprint {call}`: {word}", page.path));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(seen > 30, "{seen}");
}

fn exists(cli: &Command, call: &str) -> Result<(), String> {
    let mut command = cli;
    for word in call.split_whitespace() {
        // `list\|move\|remove` of a table: each of them.
        let choices: Vec<_> = word
            .split('|')
            .map(|word| word.trim_end_matches('\\'))
            .collect();
        let below = |name: &str| {
            command
                .get_subcommands()
                .find(|below| below.get_name() == name)
        };
        if command.has_subcommands()
            && choices
                .iter()
                .all(|name| name.starts_with(|c: char| c.is_ascii_lowercase()))
        {
            for name in &choices {
                below(name).ok_or_else(|| format!("no command {name}"))?;
            }
            if choices.len() > 1 {
                return Ok(());
            }
            command = below(choices[0]).ok_or("no command")?;
        } else if let Some(option) = word.trim_matches(|c| "[],".contains(c)).strip_prefix("--") {
            let option = option.split('=').next().unwrap_or_default();
            let known = command
                .get_arguments()
                .any(|argument| argument.get_long() == Some(option));
            if !known && option != "help" && option != "version" {
                return Err(format!("no option --{option}"));
            }
        }
    }
    Ok(())
}
