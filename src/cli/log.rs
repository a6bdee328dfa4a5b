//! Logs on stderr, beside progress bars rather than through them.

use std::borrow::Cow;
use std::io::{self, Write};
use std::sync::Arc;

use serde_json::Value;
use tracing::Level;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

use crate::cli::context::Context;
use crate::cli::progress::Progress;
use crate::cli::values::LogFormat;
use crate::display::{MAX_MESSAGE, TerminalText, excerpt, is_stderr_terminal};
use crate::redact::redact;

/// Starts logging: warnings, with `--verbose` what the program does, with `--quiet` errors. RUST_LOG, where
/// it is set, decides by target: `warn,offprint=trace,hyper=debug`.
pub(super) fn init(context: &Context) {
    let usual = || match (context.quiet, context.verbose) {
        (true, _) => Targets::new().with_default(Level::ERROR),
        (false, true) => Targets::new()
            .with_default(Level::WARN)
            .with_target("offprint", Level::DEBUG),
        (false, false) => Targets::new().with_default(Level::WARN),
    };
    let named = std::env::var("RUST_LOG").ok();
    let targets = named.and_then(|named| named.parse().ok());
    let targets = targets.unwrap_or_else(usual);
    let colour =
        is_stderr_terminal() && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
    let style = match (context.log_format, colour) {
        (LogFormat::Json, _) => Style::Json,
        (LogFormat::Text, true) => Style::Coloured,
        (LogFormat::Text, false) => Style::Plain,
    };
    let builder = tracing_subscriber::fmt()
        .with_max_level(Level::TRACE) // the targets decide
        .with_target(false)
        .with_ansi(colour)
        // where nobody reads stderr any more, a warning must not end what it warns of
        .log_internal_errors(false)
        .with_writer(BesideBars {
            progress: Arc::clone(&context.progress),
            style,
        });
    // Only the first call of a process can succeed, and that one has.
    let _ = match context.log_format {
        LogFormat::Text => builder.finish().with(targets).try_init(),
        LogFormat::Json => builder.json().finish().with(targets).try_init(),
    };
}

/// The format of log events.
#[derive(Clone, Copy)]
enum Style {
    Json,
    Plain,
    /// With colours of our own (SGR sequences) around the fields.
    Coloured,
}

struct BesideBars {
    progress: Arc<Progress>,
    style: Style,
}

impl<'a> MakeWriter<'a> for BesideBars {
    type Writer = Line<'a>;

    fn make_writer(&'a self) -> Line<'a> {
        Line {
            progress: &self.progress,
            style: self.style,
        }
    }
}

struct Line<'a> {
    progress: &'a Progress,
    style: Style,
}

#[expect(clippy::disallowed_methods, reason = "the text was made safe")]
fn write(text: &str) -> io::Result<()> {
    io::stderr().write_all(text.as_bytes())
}

/// An event whose strings are cut, where it is longer than a message may be.
fn short_json(event: &str) -> Cow<'_, str> {
    fn cut(value: &mut Value) {
        match value {
            Value::String(text) => *text = excerpt(text, MAX_MESSAGE).into_owned(),
            Value::Array(values) => values.iter_mut().for_each(cut),
            Value::Object(values) => values.values_mut().for_each(cut),
            _ => {}
        }
    }
    if event.len() <= MAX_MESSAGE {
        return Cow::Borrowed(event);
    }
    match serde_json::from_str::<Value>(event) {
        Ok(mut value) => {
            cut(&mut value);
            Cow::Owned(value.to_string())
        }
        Err(_) => excerpt(event, MAX_MESSAGE),
    }
}

/// A line whose colours stay: the formatter escapes ESC in what it is given, so that each one here is its own.
fn coloured(line: &str) -> String {
    let mut safe = String::with_capacity(line.len());
    let mut rest = line;
    while let Some(at) = rest.find("\u{1b}[") {
        let (text, sequence) = rest.split_at(at);
        let end = sequence[2..].find(|c: char| !matches!(c, '0'..='9' | ';'));
        safe.push_str(TerminalText::block(text).as_str());
        match end {
            Some(end) if sequence[2 + end..].starts_with('m') => {
                safe.push_str(&sequence[..end + 3]);
                rest = &sequence[end + 3..];
            }
            _ => {
                safe.push(char::REPLACEMENT_CHARACTER);
                rest = &sequence[1..];
            }
        }
    }
    safe.push_str(TerminalText::block(rest).as_str());
    safe
}

impl Write for Line<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        // An event comes in one piece, and whatever library made it.
        let event = redact(&String::from_utf8_lossy(bytes));
        let event = event.trim_end_matches('\n');
        let safe = match self.style {
            Style::Json => TerminalText::json(&short_json(event)).to_string() + "\n",
            Style::Plain => TerminalText::message(event).to_string() + "\n",
            Style::Coloured => coloured(&excerpt(event, MAX_MESSAGE)) + "\n",
        };
        self.progress.suspend(|| write(&safe))?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_colours_and_no_other_sequence() {
        assert_eq!(
            coloured("\u{1b}[33mWARN\u{1b}[0m a\u{1b}[2Jb\u{9b}31m\u{202e}"),
            "\u{1b}[33mWARN\u{1b}[0m a\u{fffd}[2Jb\u{fffd}31m\u{fffd}"
        );
    }

    #[test]
    fn cuts_the_strings_of_a_long_event() {
        let event =
            serde_json::json!({"level": "WARN", "fields": {"message": "x".repeat(1 << 20)}});
        let short = short_json(&event.to_string()).into_owned();
        assert!(short.len() < 2 * MAX_MESSAGE);
        let read: Value = serde_json::from_str(&short).unwrap();
        assert_eq!(read["level"], "WARN");
    }
}
