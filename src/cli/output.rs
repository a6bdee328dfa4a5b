//! Writing to stdout and stderr without a panic when the reader has gone.

use std::io::{self, Write as _};

use serde::Serialize;

use crate::cli::redact;

/// Writes text to stdout; a line feed is added where none ends it.
///
/// # Errors
/// As stdout; a broken pipe too, which [`Exit::of`](crate::cli::exit::Exit::of) takes for success.
pub fn to_stdout(text: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes())?;
    if !text.ends_with('\n') {
        out.write_all(b"\n")?;
    }
    out.flush()
}

/// Writes a value to stdout as indented JSON.
///
/// # Errors
/// As [`to_stdout`].
pub fn json(value: &impl Serialize) -> io::Result<()> {
    to_stdout(&serde_json::to_string_pretty(value)?)
}

/// Writes a line to stderr, without secrets. Where stderr is gone there is nobody left to tell.
pub fn to_stderr(line: &str) {
    let _ = writeln!(io::stderr(), "{}", redact(line));
}

/// A text from outside without characters that could steer a terminal.
pub fn plain(text: &str) -> String {
    text.chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect()
}
