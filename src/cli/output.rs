//! Writing to stdout and stderr: safe for a terminal, without secrets, and without a panic when the reader has gone.

use std::io::{self, Write};

use clap::builder::styling::{AnsiColor, Style};
use serde::Serialize;

use crate::display::{TerminalText, is_stderr_terminal};
use crate::redact::redact;

/// Writes text for people to stdout; a line feed is added where none ends it.
///
/// # Errors
/// As stdout; a broken pipe too, which [`Exit::of`](crate::cli::exit::Exit::of) takes for success.
pub fn to_stdout(text: &str) -> io::Result<()> {
    print(&TerminalText::block(text))
}

/// Writes a value to stdout as indented JSON.
///
/// # Errors
/// As [`to_stdout`].
pub fn json(value: &impl Serialize) -> io::Result<()> {
    print(&TerminalText::json(&serde_json::to_string_pretty(value)?))
}

/// Stdout for data that other programs read: as it is into a pipe or file; on a terminal, without control characters.
pub fn data() -> io::BufWriter<Box<dyn Write + Send>> {
    io::BufWriter::new(crate::display::stdout())
}

#[expect(clippy::disallowed_methods, reason = "the text is safe by its type")]
fn print(text: &TerminalText) -> io::Result<()> {
    let text = text.as_str();
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes())?;
    if !text.ends_with('\n') {
        out.write_all(b"\n")?;
    }
    out.flush()
}

/// Writes a message to stderr, without secrets, cut at [`MAX_MESSAGE`](crate::display::MAX_MESSAGE) bytes. Where stderr
/// is gone there is nobody left to tell.
pub fn to_stderr(message: &str) {
    eprint(&TerminalText::message(&redact(message)));
}

/// Writes a message to stderr behind a label, which has the colours of clap's own on a terminal that shows them.
pub fn labelled(label: Label, message: &str) {
    let (name, style) = match label {
        Label::Error => ("error", AnsiColor::Red.on_default().bold()),
        Label::Warning => ("warning", AnsiColor::Yellow.on_default().bold()),
        Label::Hint => ("hint", AnsiColor::Green.on_default()),
    };
    let message = TerminalText::message(&redact(&format!("{name}: {message}")));
    if !is_stderr_coloured() {
        return eprint(&message);
    }
    let rest = &message.as_str()[name.len()..];
    eprint_styled(name, style, rest);
}

/// The kind of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Label {
    /// The kind of failure.
    Error,
    /// Something that a person should know of, beside a success.
    Warning,
    /// A hint that says what to type.
    Hint,
}

/// Returns whether stderr is a terminal whose user wants colours (<https://no-color.org>).
fn is_stderr_coloured() -> bool {
    let is_dumb = std::env::var_os("TERM").is_none_or(|term| term == "dumb");
    let refuses = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    !is_dumb && !refuses && is_stderr_terminal()
}

#[expect(clippy::disallowed_methods, reason = "the text is safe by its type")]
fn eprint_styled(name: &str, style: Style, rest: &str) {
    let _ = writeln!(io::stderr(), "{style}{name}{style:#}{rest}");
}

/// Writes a value to stderr as JSON on one line.
pub fn json_to_stderr(value: &serde_json::Value) {
    eprint(&TerminalText::json(&redact(&value.to_string())));
}

#[expect(clippy::disallowed_methods, reason = "the text is safe by its type")]
fn eprint(text: &TerminalText) {
    let _ = writeln!(io::stderr(), "{text}");
}

/// Returns a count with its noun: `1 source`, `2 sources`.
pub(crate) fn counted<N: Copy + std::fmt::Display + PartialEq + From<u8>>(
    count: N,
    noun: &str,
) -> String {
    let plural = if count == N::from(1) { "" } else { "s" };
    format!("{count} {noun}{plural}")
}

/// A text from outside as one line that is safe on a terminal.
pub fn plain(text: &str) -> String {
    TerminalText::line(text).to_string()
}
