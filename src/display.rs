//! Text from outside, made safe for where it is shown.
//!
//! A server decides what stands in names, titles, error messages and addresses. Before any of it reaches a terminal it
//! becomes a [`TerminalText`], the only thing that the writers of the command line accept; before it is written as XML
//! it passes [`is_safe_in_xml`]; before it is put into a message it is cut by [`excerpt`].

use std::borrow::Cow;
use std::fmt;
use std::io::{self, IsTerminal as _, Write};

/// Longest message on a terminal or in a log, bytes.
pub const MAX_MESSAGE: usize = 8 * 1024;
/// Longest piece of remote text that is quoted in a message, bytes.
pub const MAX_QUOTE: usize = 200;

/// Returns whether a terminal may act on a character instead of showing it: C0 and C1 controls, DEL, and the controls
/// of bidirectional text (Unicode Standard Annex 9), which reorder what stands around them.
fn is_control(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{61C}' | '\u{200E}' | '\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2066}'..='\u{2069}' | '\u{FEFF}')
}

/// Text that is safe to print: it moves no cursor, changes no colour, title or clipboard, and reorders nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TerminalText(String);

impl TerminalText {
    /// One line: line breaks and tabs become spaces, other control characters U+FFFD.
    ///
    /// ```
    /// use offprint::internals::display::TerminalText;
    /// assert_eq!(TerminalText::line("a\u{1b}[2Jb\nc").as_str(), "a\u{fffd}[2Jb c");
    /// ```
    pub fn line(text: &str) -> Self {
        Self(replaced(text, |c| matches!(c, '\n' | '\r' | '\t')).into_owned())
    }

    /// Text of several lines: line feeds and tabs stay, other control characters become U+FFFD.
    pub fn block(text: &str) -> Self {
        let text = text.replace("\r\n", "\n");
        let kept = |c| matches!(c, '\n' | '\t');
        let safe = text.chars().map(|c| match c {
            c if kept(c) => c,
            c if is_control(c) => char::REPLACEMENT_CHARACTER,
            c => c,
        });
        Self(safe.collect())
    }

    /// A message: as [`block`](Self::block), cut at [`MAX_MESSAGE`] bytes.
    pub fn message(text: &str) -> Self {
        Self::block(&excerpt(text, MAX_MESSAGE))
    }

    /// A JSON document or line: control characters, which are legal inside JSON strings only, are escaped as `\uXXXX`,
    /// so that it stays the same document.
    pub fn json(json: &str) -> Self {
        if !json.chars().any(|c| is_control(c) && c != '\n') {
            return Self(json.to_owned());
        }
        let mut safe = String::with_capacity(json.len() + 64);
        for c in json.chars() {
            if is_control(c) && c != '\n' {
                let mut units = [0; 2];
                for unit in c.encode_utf16(&mut units) {
                    let _ = fmt::Write::write_fmt(&mut safe, format_args!("\\u{unit:04x}"));
                }
            } else {
                safe.push(c);
            }
        }
        Self(safe)
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for TerminalText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The text with control characters replaced: by a space where `is_blank` says so.
fn replaced(text: &str, is_blank: impl Fn(char) -> bool) -> Cow<'_, str> {
    if !text.chars().any(is_control) {
        return Cow::Borrowed(text);
    }
    let safe = text.chars().map(|c| match c {
        c if is_blank(c) || matches!(c, '\u{2028}' | '\u{2029}') => ' ',
        c if is_control(c) => char::REPLACEMENT_CHARACTER,
        c => c,
    });
    Cow::Owned(safe.collect())
}

/// Returns whether a character may stand in XML that others read: XML 1.0 allows it (§2.2), and it is no C1 control,
/// which XML allows and terminals act on.
pub(crate) fn is_safe_in_xml(c: char) -> bool {
    crate::oai::is_xml_char(c) && !matches!(c, '\u{7F}'..='\u{9F}')
}

/// The first `max` bytes of a text, and how much was left out.
///
/// ```
/// use offprint::internals::display::excerpt;
/// assert_eq!(excerpt("short", 10), "short");
/// assert_eq!(excerpt("0123456789abc", 10), "0123456789… (3 more bytes)");
/// ```
pub fn excerpt(text: &str, max: usize) -> Cow<'_, str> {
    if text.len() <= max {
        return Cow::Borrowed(text);
    }
    let end = text.floor_char_boundary(max);
    let more = text.len() - end;
    Cow::Owned(format!("{}… ({more} more bytes)", &text[..end]))
}

/// Returns whether stdout is a terminal.
#[expect(clippy::disallowed_methods, reason = "nothing is written")]
pub(crate) fn is_stdout_terminal() -> bool {
    io::stdout().is_terminal()
}

/// Returns whether stderr is a terminal.
#[expect(clippy::disallowed_methods, reason = "nothing is written")]
#[cfg(any(feature = "cli", feature = "serve"))]
pub(crate) fn is_stderr_terminal() -> bool {
    io::stderr().is_terminal()
}

/// Stdout for data: bytes as they are into a pipe or file, through a [`TerminalWriter`] to a terminal.
#[expect(clippy::disallowed_methods, reason = "the one way for data")]
pub(crate) fn stdout() -> Box<dyn Write + Send> {
    if is_stdout_terminal() {
        Box::new(TerminalWriter::new(io::stdout()))
    } else {
        Box::new(io::stdout())
    }
}

/// A writer to a terminal for data as it is: UTF-8 text whose control characters, apart from line feeds and tabs, are
/// replaced, and bytes that are not UTF-8 too.
#[derive(Debug)]
pub struct TerminalWriter<W> {
    out: W,
    /// The beginning of a character that the next write completes.
    rest: Vec<u8>,
}

impl<W: Write> TerminalWriter<W> {
    /// Writes to `out`.
    pub fn new(out: W) -> Self {
        Self {
            out,
            rest: Vec::new(),
        }
    }
}

/// Returns the length of the bytes without an incomplete character at their end, which has at most three.
fn complete(bytes: &[u8]) -> usize {
    let last = bytes.utf8_chunks().last();
    let open = last.map_or(&[][..], |chunk| chunk.invalid());
    let is_incomplete = str::from_utf8(open).is_err_and(|error| error.error_len().is_none());
    bytes.len() - if is_incomplete { open.len() } else { 0 }
}

impl<W: Write> Write for TerminalWriter<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.rest.extend_from_slice(bytes);
        let whole = complete(&self.rest);
        let text = String::from_utf8_lossy(&self.rest[..whole]);
        let written = self
            .out
            .write_all(TerminalText::block(&text).as_str().as_bytes());
        self.rest.drain(..whole);
        written.map(|()| bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Characters that a server may put into a name: C0, ESC, DEL, C1, overrides and isolates, a line separator.
    const HOSTILE: &str =
        "a\u{0}\u{7}\u{1b}]0;x\u{7f}\u{85}\u{9b}31m\u{202e}\u{2066}\u{200f}\u{2028}b";

    #[test]
    fn no_control_character_reaches_a_terminal() {
        for text in [
            TerminalText::line(HOSTILE),
            TerminalText::block(HOSTILE),
            TerminalText::message(HOSTILE),
            TerminalText::json(HOSTILE),
        ] {
            assert!(!text.as_str().chars().any(is_control), "{text:?}");
            assert!(text.as_str().starts_with('a') && text.as_str().ends_with('b'));
        }
        assert_eq!(TerminalText::line("a\r\nb\tc").as_str(), "a  b c");
        assert_eq!(TerminalText::block("a\r\nb\tc").as_str(), "a\nb\tc");
    }

    #[test]
    fn json_stays_the_same_document() {
        let value = serde_json::json!({ "title": HOSTILE });
        let shown = TerminalText::json(&serde_json::to_string_pretty(&value).unwrap());
        assert_eq!(
            serde_json::from_str::<serde_json::Value>(shown.as_str()).unwrap(),
            value
        );
    }

    #[test]
    fn messages_are_cut_between_characters() {
        let long = "é".repeat(MAX_MESSAGE);
        let shown = TerminalText::message(&long);
        assert!(
            shown.as_str().len() < MAX_MESSAGE + 40,
            "{}",
            shown.as_str().len()
        );
        assert!(shown.as_str().ends_with(" more bytes)"));
        assert_eq!(excerpt("aé", 2), "a… (2 more bytes)");
    }

    #[test]
    fn a_terminal_writer_filters_across_writes() {
        let mut out = TerminalWriter::new(Vec::new());
        for piece in [&b"a\xc2"[..], b"\x9b", b"1\xff\x1b[2J \xc3", b"\xa9\n"] {
            out.write_all(piece).unwrap();
        }
        assert_eq!(
            String::from_utf8(out.out).unwrap(),
            "a\u{fffd}1\u{fffd}\u{fffd}[2J é\n"
        );
    }
}
