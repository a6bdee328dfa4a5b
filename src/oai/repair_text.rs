//! Makes text that is almost XML into XML, one named repair at a time. Runs only on pages that need it.

use std::collections::HashMap;
use std::ops::Range;

use memchr::memmem;
use quick_xml::escape::resolve_html5_entity;

use crate::oai::decode::Offsets;
use crate::oai::repair::{Repair, Repairs};

/// Elements of the protocol: a stray tag inside one never closes it.
const PROTOCOL: [&str; 8] = [
    "OAI-PMH",
    "ListRecords",
    "ListIdentifiers",
    "GetRecord",
    "record",
    "header",
    "metadata",
    "about",
];

/// Largest number of unclosed tags above the one that an end tag closes.
const MAX_UNCLOSED: usize = 4096;

/// Longest tag believed to be one.
const MAX_TAG: usize = 64 * 1024;

/// A text after repair.
#[derive(Debug)]
pub(crate) struct Repaired {
    pub(crate) text: String,
    pub(crate) offsets: Offsets,
    pub(crate) repairs: Repairs,
}

/// Repairs a text: forbidden characters and references to them are dropped, undeclared entities resolved or
/// taken literally, `&` and `<` that begin nothing escaped, tags that close or open nothing taken as text, a
/// declaration or DOCTYPE inside the document dropped.
pub(crate) fn repair_text(text: &str) -> Repaired {
    let markup = Markup::find(text);
    let mut out = Repaired {
        text: String::with_capacity(text.len() + 64),
        offsets: Offsets::default(),
        repairs: Repairs::default(),
    };
    let mut bare = markup.bare.iter().copied().peekable();
    let mut verbatim = markup.verbatim.iter().peekable();
    let mut dropped = markup.dropped.iter().peekable();
    let bytes = text.as_bytes();
    let (mut at, mut copied) = (0, 0);
    while at < bytes.len() {
        let byte = bytes[at];
        if byte >= 0x20 && byte != b'&' && byte != b'<' && byte != 0xEF {
            at += 1;
            continue;
        }
        if let Some(range) = dropped.next_if(|range| range.start == at) {
            out.replace(text, copied..at, range.clone(), "", Repair::NestedProlog);
            (at, copied) = (range.end, range.end);
            continue;
        }
        if let Some(range) = verbatim.next_if(|range| range.start == at) {
            copied = out.repair_verbatim(text, range.clone(), copied);
            at = range.end;
            continue;
        }
        if let Some(len) = forbidden(&bytes[at..]) {
            out.replace(text, copied..at, at..at + len, "", Repair::ControlCharacter);
            at += len;
            copied = at;
        } else if byte == b'<' && bare.next_if_eq(&at).is_some() {
            out.replace(text, copied..at, at..at + 1, "&lt;", Repair::BareLessThan);
            at += 1;
            copied = at;
        } else if byte == b'&' {
            let (len, repair) = Reference::read(&text[at..]).repair();
            if let Some((with, repair)) = repair {
                out.replace(text, copied..at, at..at + len, with, repair);
                copied = at + len;
            }
            at += len;
        } else {
            at += 1;
        }
    }
    out.copy(text, copied..text.len());
    out
}

impl Repaired {
    /// Repairs CDATA or a comment, in which only forbidden characters are looked for. Returns up to where the text is
    /// copied.
    fn repair_verbatim(&mut self, text: &str, range: Range<usize>, mut copied: usize) -> usize {
        let bytes = text.as_bytes();
        let mut at = range.start;
        while at < range.end {
            if let Some(len) = forbidden(&bytes[at..]) {
                self.replace(text, copied..at, at..at + len, "", Repair::ControlCharacter);
                at += len;
                copied = at;
            } else {
                at += 1;
            }
        }
        copied
    }

    fn copy(&mut self, from: &str, range: Range<usize>) {
        self.offsets.step(self.text.len(), range.start);
        self.text.push_str(&from[range]);
    }

    /// Copies what stands before, then writes `with` in place of `range`.
    fn replace(
        &mut self,
        from: &str,
        before: Range<usize>,
        range: Range<usize>,
        with: &str,
        repair: Repair,
    ) {
        self.copy(from, before);
        self.offsets.step(self.text.len(), range.start);
        self.text.push_str(match with {
            "<" => "&lt;",
            "&" => "&amp;",
            other => other,
        });
        self.offsets.step(self.text.len(), range.end);
        self.repairs.note(repair);
    }
}

/// Length of the character at the start that XML 1.0 forbids (§2.2), if it is one.
fn forbidden(bytes: &[u8]) -> Option<usize> {
    match bytes {
        [b'\t' | b'\n' | b'\r', ..] => None,
        [byte, ..] if *byte < 0x20 => Some(1),
        [0xEF, 0xBF, 0xBE | 0xBF, ..] => Some(3),
        _ => None,
    }
}

/// A text without the white space of XML at its ends (XML 1.0, §2.3). A no-break space is part of a name.
pub(crate) fn trim(text: &str) -> &str {
    text.trim_matches([' ', '\t', '\r', '\n'])
}

/// Returns whether XML 1.0 allows a character (§2.2).
pub(crate) fn is_xml_char(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | ' '..='\u{D7FF}' | '\u{E000}'..='\u{FFFD}' | '\u{10000}'..='\u{10FFFF}')
}

/// Returns whether XML 1.0 allows every character of a text. By bytes, in blocks: there is hardly ever one that it
/// forbids.
pub(crate) fn all_xml_chars(text: &str) -> bool {
    let bytes = text.as_bytes();
    // without a branch, so that the compiler looks at many bytes at once
    let control = |byte: u8| {
        u8::from(byte < 0x20)
            & u8::from(byte != b'\t')
            & u8::from(byte != b'\n')
            & u8::from(byte != b'\r')
    };
    !bytes
        .chunks(1024)
        .any(|block| block.iter().fold(0, |seen, byte| seen | control(*byte)) == 1)
        && !memchr::memmem::find_iter(bytes, b"\xEF\xBF")
            .any(|at| matches!(bytes.get(at + 2), Some(0xBE | 0xBF)))
}

/// A reference, or text that begins with an ampersand.
enum Reference {
    /// Fine as it is; its length.
    Sound(usize),
    /// To a forbidden character.
    Control(usize),
    /// An HTML entity that XML does not know, and what it stands for.
    Named(usize, &'static str),
    /// A named entity that nobody knows.
    Unknown,
    /// No reference at all.
    Bare,
}

impl Reference {
    /// Returns the length of the reference, and what it is replaced by, unless it is sound.
    fn repair(self) -> (usize, Option<(&'static str, Repair)>) {
        match self {
            Self::Sound(len) => (len, None),
            Self::Control(len) => (len, Some(("", Repair::ControlReference))),
            Self::Named(len, with) => (len, Some((with, Repair::UndeclaredEntity))),
            Self::Unknown => (1, Some(("&amp;", Repair::UndeclaredEntity))),
            Self::Bare => (1, Some(("&amp;", Repair::BareAmpersand))),
        }
    }

    fn read(text: &str) -> Self {
        let Some(end) = text
            .as_bytes()
            .iter()
            .take(40)
            .position(|byte| *byte == b';')
        else {
            return Self::Bare;
        };
        let name = &text[1..end];
        if let Some(number) = name.strip_prefix('#') {
            return match parse_char_reference(number) {
                None => Self::Bare,
                Some(c) if is_xml_char(c) => Self::Sound(end + 1),
                Some(_) => Self::Control(end + 1),
            };
        }
        if name.is_empty() || !name.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
            return Self::Bare;
        }
        match name {
            "amp" | "lt" | "gt" | "quot" | "apos" => Self::Sound(end + 1),
            _ => {
                resolve_html5_entity(name).map_or(Self::Unknown, |with| Self::Named(end + 1, with))
            }
        }
    }
}

/// Reads the number of a character reference: `None` when it is not a number, and U+0000, which no reference may
/// name, when there is no such character.
pub(crate) fn parse_char_reference(number: &str) -> Option<char> {
    let (digits, radix) = match number.strip_prefix(['x', 'X']) {
        Some(hex) => (hex, 16),
        None => (number, 10),
    };
    if digits.is_empty() || !digits.chars().all(|c| c.is_digit(radix)) {
        return None;
    }
    Some(
        u32::from_str_radix(digits, radix)
            .ok()
            .and_then(char::from_u32)
            .unwrap_or('\0'),
    )
}

/// Where markup stands that is to be treated apart.
#[derive(Default)]
struct Markup {
    /// `<` that begins no tag, or one that opens or closes nothing; ascending.
    bare: Vec<usize>,
    /// CDATA sections, comments and processing instructions.
    verbatim: Vec<Range<usize>>,
    /// Declarations inside the document, and every DOCTYPE.
    dropped: Vec<Range<usize>>,
}

/// Returns how a section that begins here begins and ends: a comment, CDATA, a declaration, a DOCTYPE.
fn section(rest: &[u8], absent: &[&'static [u8]]) -> Option<(&'static [u8], &'static [u8])> {
    const SECTIONS: [(&[u8], &[u8]); 4] = [
        (b"<!--", b"-->"),
        (b"<![CDATA[", b"]]>"),
        (b"<?", b"?>"),
        (b"<!DOCTYPE", b">"),
    ];
    let (begin, end) = SECTIONS
        .into_iter()
        .find(|(begin, _)| rest.starts_with(begin))?;
    let has_subset = || {
        let mut signs = rest.iter().take(MAX_TAG);
        signs.find(|byte| matches!(byte, b'[' | b'>')) == Some(&b'[')
    };
    if begin == b"<!DOCTYPE" && !absent.contains(&end) && has_subset() {
        return Some((begin, b"]>"));
    }
    Some((begin, end))
}

impl Markup {
    /// Takes a section that begins at a place, or a bare `<` where its end does not come. Returns where to go on.
    fn section(
        &mut self,
        text: &str,
        start: usize,
        (begin, end): (&'static [u8], &'static [u8]),
        absent: &mut Vec<&'static [u8]>,
    ) -> usize {
        let rest = &text.as_bytes()[start..];
        let is_absent = absent.contains(&end);
        let len = if is_absent {
            None
        } else {
            memmem::find(&rest[begin.len()..], end)
        };
        let Some(len) = len else {
            if !is_absent {
                absent.push(end);
            }
            self.bare.push(start);
            return start + 1;
        };
        let range = start..start + begin.len() + len + end.len();
        let behind = range.end;
        let is_nested = rest.starts_with(b"<?xml ") && start > 0;
        if is_nested || begin == b"<!DOCTYPE" {
            self.dropped.push(range);
        } else {
            self.verbatim.push(range);
        }
        behind
    }

    fn find(text: &str) -> Self {
        let mut found = Self::default();
        // Ends of sections that do not come any more: looked for once, not once for each section that has none.
        let mut absent: Vec<&'static [u8]> = Vec::new();
        let mut open = Open::default();
        let bytes = text.as_bytes();
        let mut at = 0;
        while let Some(offset) = memchr::memchr(b'<', &bytes[at..]) {
            let start = at + offset;
            let rest = &bytes[start..];
            if let Some((begin, end)) = section(rest, &absent) {
                at = found.section(text, start, (begin, end), &mut absent);
                continue;
            }
            match Tag::read(&text[start..]) {
                None => {
                    found.bare.push(start);
                    at = start + 1;
                }
                Some(tag) => {
                    at = start + tag.len;
                    match tag.kind {
                        TagKind::Empty => {}
                        TagKind::Start => open.push(tag.name, start),
                        TagKind::End => found.close(&mut open, tag.name, start),
                    }
                }
            }
        }
        found.bare.sort_unstable();
        found
    }

    /// Closes the element `name`. What stands open above it was no element: its tag is text; unless that is
    /// an element of the protocol, for then it is the closing tag that is text.
    fn close(&mut self, open: &mut Open<'_>, name: &str, at: usize) {
        if !open.has(name) {
            self.bare.push(at);
            return;
        }
        for (above, (candidate, _)) in open.tags.iter().rev().enumerate().take(MAX_UNCLOSED) {
            if *candidate == name {
                let starts = open.close(open.tags.len() - above - 1);
                self.bare.extend(starts);
                return;
            }
            if PROTOCOL.contains(&local(candidate)) {
                break;
            }
        }
        self.bare.push(at);
    }
}

/// Start tags without an end so far, the outermost first.
#[derive(Default)]
struct Open<'a> {
    /// Name and place.
    tags: Vec<(&'a str, usize)>,
    /// Number of open tags per name, to recognise an unmatched end tag at once.
    names: HashMap<&'a str, usize>,
}

impl<'a> Open<'a> {
    fn push(&mut self, name: &'a str, at: usize) {
        self.tags.push((name, at));
        *self.names.entry(name).or_default() += 1;
    }

    fn has(&self, name: &str) -> bool {
        self.names.get(name).is_some_and(|count| *count > 0)
    }

    /// Closes the tag of this number; gives the places of those above, which go with it.
    fn close(&mut self, number: usize) -> Vec<usize> {
        let gone: Vec<(&str, usize)> = self.tags.drain(number..).collect();
        for (name, _) in &gone {
            if let Some(count) = self.names.get_mut(name) {
                *count -= 1;
            }
        }
        gone.into_iter().skip(1).map(|(_, at)| at).collect()
    }
}

fn local(name: &str) -> &str {
    name.rsplit_once(':').map_or(name, |(_, local)| local)
}

enum TagKind {
    Start,
    End,
    Empty,
}

/// A tag by the grammar of XML 1.0 (§3.1).
struct Tag<'a> {
    name: &'a str,
    kind: TagKind,
    len: usize,
}

impl<'a> Tag<'a> {
    fn read(text: &'a str) -> Option<Self> {
        let bytes = &text.as_bytes()[..text.len().min(MAX_TAG)];
        let closing = bytes.get(1) == Some(&b'/');
        let start = if closing { 2 } else { 1 };
        let first = *bytes.get(start)?;
        if !(first.is_ascii_alphabetic() || matches!(first, b'_' | b':' | 0x80..)) {
            return None;
        }
        let mut at = start + name_len(&bytes[start..]);
        let name = text.get(start..at)?;
        loop {
            let space = blank_len(&bytes[at..]);
            at += space;
            match bytes.get(at)? {
                b'>' => {
                    let kind = if closing {
                        TagKind::End
                    } else {
                        TagKind::Start
                    };
                    return Some(Self {
                        name,
                        kind,
                        len: at + 1,
                    });
                }
                b'/' if !closing && bytes.get(at + 1) == Some(&b'>') => {
                    return Some(Self {
                        name,
                        kind: TagKind::Empty,
                        len: at + 2,
                    });
                }
                _ if closing || space == 0 => return None,
                _ => {}
            }
            at += attribute_len(&bytes[at..])?;
        }
    }
}

/// Returns how many bytes of a name come first.
fn name_len(bytes: &[u8]) -> usize {
    let is_name = |byte: &&u8| {
        byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b':' | b'-' | b'.' | 0x80..)
    };
    bytes.iter().take_while(is_name).count()
}

/// Returns how many blanks come first.
fn blank_len(bytes: &[u8]) -> usize {
    let blanks = bytes.iter().take_while(|byte| byte.is_ascii_whitespace());
    blanks.count()
}

/// Returns the length of an attribute with its quoted value; `None` where there is none.
fn attribute_len(bytes: &[u8]) -> Option<usize> {
    let mut at = name_len(bytes);
    if at == 0 {
        return None;
    }
    at += blank_len(&bytes[at..]);
    if bytes.get(at) != Some(&b'=') {
        return None;
    }
    at += 1;
    at += blank_len(&bytes[at..]);
    let quote = *bytes.get(at).filter(|byte| matches!(byte, b'"' | b'\''))?;
    at += 1;
    Some(at + bytes[at..].iter().position(|byte| *byte == quote)? + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Repairs endlessly nested openings, and terminates.
    #[rstest::rstest]
    #[case::comments("<!--", "")]
    #[case::sections("<![CDATA[", "")]
    #[case::doctypes("<!DOCTYPE", "")]
    #[case::subsets("<!DOCTYPE[", "")]
    #[case::elements("<a>", "</b>")]
    fn repairs_unclosed_markup(#[case] first: &str, #[case] then: &str) {
        const TIMES: usize = 300_000;
        let mended = repair_text(&(first.repeat(TIMES) + &then.repeat(TIMES)));
        assert!(!mended.repairs.is_empty());
    }
}
