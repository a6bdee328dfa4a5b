//! A small XML writer that cannot write what XML 1.0 forbids, nor control characters, nor an element without content.

use crate::blocks::run_of_pairs;
use crate::display::is_safe_in_xml;
use crate::normalize::text::{is_clean, strip_control_chars};

/// The XML declaration of every document.
pub(super) const PROLOG: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";

/// Attributes; one with a blank value is left out, so that `xml:lang=""` and the like never arise.
pub(super) type Attributes<'a> = &'a [(&'static str, &'a str)];

/// Bytes of a usual document.
const USUAL: usize = 16 << 10;

/// Spaces of the usual depths.
const INDENT: &str = "                ";

/// Builds elements in a string, one a line, indented.
#[derive(Debug, Default)]
pub(super) struct Xml {
    out: String,
    depth: usize,
    /// Where the content of the innermost [`mixed`](Self::mixed) begins.
    inside: usize,
}

impl Xml {
    /// Begins a document of usual length.
    pub(super) fn with_room() -> Self {
        Self {
            out: String::with_capacity(USUAL),
            ..Self::default()
        }
    }

    /// Returns what was written.
    pub(super) fn into_string(self) -> String {
        self.out
    }

    /// An element with child elements, which `body` writes. When it writes none, nothing is left of it.
    /// Says whether it was written.
    pub(super) fn group(
        &mut self,
        name: &'static str,
        attributes: Attributes<'_>,
        body: impl FnOnce(&mut Self),
    ) -> bool {
        let before = self.out.len();
        self.start(name, attributes);
        self.out.push('>');
        let inside = self.out.len();
        self.depth += 1;
        body(self);
        self.depth -= 1;
        if self.out.len() == inside {
            self.out.truncate(before);
            return false;
        }
        self.line();
        self.end(name);
        true
    }

    /// An element with text. A blank text leaves nothing. Says whether it was written.
    pub(super) fn leaf(
        &mut self,
        name: &'static str,
        attributes: Attributes<'_>,
        text: &str,
    ) -> bool {
        self.mixed(name, attributes, |xml| xml.text(text))
    }

    /// An element with text and inline elements, which `body` writes without breaking lines.
    pub(super) fn mixed(
        &mut self,
        name: &'static str,
        attributes: Attributes<'_>,
        body: impl FnOnce(&mut Self),
    ) -> bool {
        let before = self.out.len();
        self.start(name, attributes);
        self.out.push('>');
        let inside = self.out.len();
        self.inside = inside;
        body(self);
        self.out
            .truncate(self.out.trim_end_matches(' ').len().max(inside));
        if self.out.len() == inside {
            self.out.truncate(before);
            return false;
        }
        self.end(name);
        true
    }

    /// An element that is complete by its attributes.
    pub(super) fn void(&mut self, name: &'static str, attributes: Attributes<'_>) {
        self.start(name, attributes);
        self.out.push_str("/>");
    }

    /// Text inside [`mixed`](Self::mixed): white space collapsed, none at the beginning, forbidden characters
    /// left out. Blank text is nothing at all.
    pub(super) fn text(&mut self, text: &str) {
        if is_blank(text) {
            return;
        }
        let spaced = self.out.len() == self.inside || self.out.ends_with(' ');
        push_escaped(&mut self.out, text, spaced);
    }

    /// An element with text, or with the JATS inline content that is given beside it.
    pub(super) fn marked(
        &mut self,
        name: &'static str,
        attributes: Attributes<'_>,
        text: &str,
        markup: Option<&str>,
    ) -> bool {
        match markup.filter(|markup| !is_blank(markup)) {
            Some(markup) => self.mixed(name, attributes, |xml| {
                xml.out.push_str(&strip_control_chars(markup));
            }),
            None => self.leaf(name, attributes, text),
        }
    }

    /// One space inside [`mixed`](Self::mixed), none at the beginning and none beside another.
    pub(super) fn space(&mut self) {
        if self.out.len() > self.inside && !self.out.ends_with(' ') {
            self.out.push(' ');
        }
    }

    /// An inline element inside [`mixed`](Self::mixed).
    pub(super) fn inline(&mut self, name: &'static str, attributes: Attributes<'_>, text: &str) {
        if is_blank(text) {
            return;
        }
        self.open_tag(name, attributes);
        self.out.push('>');
        push_escaped(&mut self.out, text, true);
        self.out.truncate(self.out.trim_end_matches(' ').len());
        self.end(name);
    }

    fn start(&mut self, name: &str, attributes: Attributes<'_>) {
        self.line();
        self.open_tag(name, attributes);
    }

    fn open_tag(&mut self, name: &str, attributes: Attributes<'_>) {
        self.out.push('<');
        self.out.push_str(name);
        for (key, value) in attributes {
            if is_blank(value) {
                continue;
            }
            self.out.push(' ');
            self.out.push_str(key);
            self.out.push_str("=\"");
            push_escaped(&mut self.out, value, true);
            self.out.truncate(self.out.trim_end_matches(' ').len());
            self.out.push('"');
        }
    }

    fn end(&mut self, name: &str) {
        self.out.push_str("</");
        self.out.push_str(name);
        self.out.push('>');
    }

    fn line(&mut self) {
        if !self.out.is_empty() {
            self.out.push('\n');
            for depth in (0..self.depth).step_by(INDENT.len()) {
                self.out
                    .push_str(&INDENT[..INDENT.len().min(self.depth - depth)]);
            }
        }
    }
}

/// Returns whether nothing of a text can be seen: empty, white space, forbidden or zero-width characters only.
pub(super) fn is_blank(text: &str) -> bool {
    text.chars().all(|c| {
        !c.is_ascii_graphic()
            && (c.is_whitespace()
            || c.is_control()
            || !is_safe_in_xml(c)
            || matches!(c, '\u{AD}' | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{2069}' | '\u{FEFF}'))
    })
}

/// White space of XML, and the control characters that stood for it (line and page breaks, separators).
fn is_space(c: char) -> bool {
    matches!(c, ' ' | '\t'..='\r' | '\u{1C}'..='\u{1F}' | '\u{85}' | '\u{2028}' | '\u{2029}')
}

/// Appends escaped text; `spaced` says that a space at its beginning would be one too many.
fn push_escaped(out: &mut String, text: &str, mut spaced: bool) {
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        // Most of a text: copied in one piece.
        let (run, after) = rest.split_at(ordinary_run(rest.as_bytes()));
        if !run.is_empty() {
            out.push_str(run);
            (rest, spaced) = (after, false);
            continue;
        }
        rest = &rest[c.len_utf8()..];
        if is_space(c) {
            if !spaced {
                out.push(' ');
                spaced = true;
            }
            continue;
        }
        if !is_safe_in_xml(c) {
            continue;
        }
        spaced = false;
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            _ => out.push(c),
        }
    }
}

/// Bytes that are looked at in one go.
const BLOCK: usize = 16;

/// Length of the run that `text` begins with: of ordinary characters, and of single blanks between them.
fn ordinary_run(text: &[u8]) -> usize {
    if !text.first().is_some_and(|first| is_ordinary(*first)) {
        return 0;
    }
    // a blank is followed by an ordinary byte
    run_of_pairs::<BLOCK>(text, b' ', goes_on)
}

fn goes_on(byte: u8, next: u8) -> bool {
    is_ordinary(byte) || (byte == b' ' && is_ordinary(next))
}

/// Bytes of visible ASCII that is not escaped, and of the characters from U+00C0 to U+07FF. A run of them that
/// begins at a character ends at one.
fn is_ordinary(byte: u8) -> bool {
    matches!(byte, 0x21..=0x7E | 0x80..=0xBF | 0xC3..=0xDF)
        && !matches!(byte, b'&' | b'<' | b'>' | b'"')
}

/// Text as it will be read back: for comparing.
pub(super) fn collapsed(text: &str) -> String {
    if is_clean(text.as_bytes()) {
        return text.to_owned();
    }
    let mut out = String::with_capacity(text.len());
    for word in text.split(is_space) {
        let before = out.len();
        if before > 0 {
            out.push(' ');
        }
        let start = out.len();
        out.push_str(&strip_control_chars(word));
        if out.len() == start {
            out.truncate(before);
        }
    }
    out
}

/// Appends text with what XML takes for markup escaped, all spaces kept, forbidden characters left out.
pub(crate) fn escape(out: &mut String, text: &str) {
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        // Most of a text: copied in one piece.
        let run = rest
            .bytes()
            .take_while(|byte| is_ordinary(*byte) || *byte == b' ');
        let (run, after) = rest.split_at(run.count());
        if !run.is_empty() {
            out.push_str(run);
            rest = after;
            continue;
        }
        rest = &rest[c.len_utf8()..];
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            _ if is_safe_in_xml(c) => out.push(c),
            _ => {}
        }
    }
}
