//! From the bytes of a page to text, and from places in the text back to the bytes.

use std::borrow::Cow;

use encoding_rs::{Encoding, ISO_2022_JP, UTF_8, UTF_16BE, UTF_16LE};
use memchr::{memchr_iter, memmem};

use crate::oai::repair::{Repair, Repairs};

/// Bytes at the start of a body that are searched for the XML declaration or the root element.
const PROLOG_WINDOW: usize = 64 * 1024;

/// The way from offsets in a text back to those in what it was made from.
#[derive(Clone, Debug, Default)]
pub(crate) struct Offsets {
    /// (in the text, in the origin), ascending; from each on, both run in step.
    steps: Vec<(usize, usize)>,
}

impl Offsets {
    /// From here on, `text` and `origin` run in step.
    pub(crate) fn step(&mut self, text: usize, origin: usize) {
        match self.steps.last_mut() {
            Some(last) if text - last.0 == origin - last.1 => {}
            Some(last) if last.0 == text => last.1 = origin,
            _ => self.steps.push((text, origin)),
        }
    }

    /// The offset in the origin of an offset in the text.
    pub(crate) fn origin(&self, text: usize) -> usize {
        let after = self.steps.partition_point(|step| step.0 <= text);
        match after.checked_sub(1).map(|index| self.steps[index]) {
            Some((from_text, from_origin)) => from_origin + (text - from_text),
            None => text,
        }
    }
}

/// A page or slice as text.
#[derive(Debug)]
pub(crate) struct Decoded<'a> {
    /// The text, from the prolog on.
    pub(crate) text: Cow<'a, str>,
    /// The way back to the bytes.
    pub(crate) offsets: Offsets,
    /// WHATWG name of the encoding; empty for UTF-8.
    pub(crate) encoding: &'static str,
    /// The repairs.
    pub(crate) repairs: Repairs,
}

/// Decodes a page: skips what stands before its prolog, honours a byte-order mark, then what the bytes are,
/// then the encoding it declares, then that of its Content-Type (RFC 7303 §3). A wrong declaration is no reason to read
/// nonsense: valid UTF-8 is UTF-8.
pub(crate) fn decode_page<'a>(body: &'a [u8], content_type: Option<&str>) -> Decoded<'a> {
    if let Some((encoding, mark)) = Encoding::for_bom(body)
        && encoding != UTF_8
    {
        return decode_utf16(body, mark, encoding == UTF_16BE);
    }
    // Without a mark, the first `<` tells UTF-16 and its byte order (XML 1.0, appendix F).
    if body.starts_with(b"\0<") || body.starts_with(b"<\0") {
        return decode_utf16(body, 0, body[0] == 0);
    }
    let mut repairs = Repairs::default();
    let start = prolog_start(body, &mut repairs);
    let declared = declared_encoding(&body[start..]).or_else(|| content_type.and_then(charset_of));
    let mut decoded = decode_bytes(&body[start..], declared);
    if start > 0 {
        for step in &mut decoded.offsets.steps {
            step.1 += start;
        }
        if decoded.offsets.steps.first().is_none_or(|step| step.0 != 0) {
            decoded.offsets.steps.insert(0, (0, start));
        }
    }
    decoded.repairs.merge(&repairs);
    decoded
}

/// Decodes a slice of a page whose encoding was decided with its page.
pub(crate) fn decode_slice<'a>(slice: &'a [u8], encoding: &str) -> Decoded<'a> {
    match Encoding::for_label(encoding.as_bytes()) {
        Some(utf16) if utf16 == UTF_16BE || utf16 == UTF_16LE => {
            decode_utf16(slice, 0, utf16 == UTF_16BE)
        }
        other => decode_bytes(slice, other),
    }
}

/// Where the document begins: at the declaration, else at the root element.
fn prolog_start(body: &[u8], repairs: &mut Repairs) -> usize {
    let mut start = 0;
    if body.starts_with(b"\xEF\xBB\xBF") {
        repairs.note(Repair::ByteOrderMark);
        start = 3;
    }
    let head = &body[start..body.len().min(start + PROLOG_WINDOW)];
    let blank = head
        .iter()
        .take_while(|byte| byte.is_ascii_whitespace())
        .count();
    let rest = &head[blank..];
    if rest.starts_with(b"<?xml") || rest.starts_with(b"<OAI-PMH") {
        if blank > 0 {
            repairs.note(Repair::JunkBeforeProlog);
        }
        return start + blank;
    }
    match memmem::find(head, b"<?xml").or_else(|| memmem::find(head, b"<OAI-PMH")) {
        Some(0) | None => start,
        Some(junk) => {
            repairs.note(Repair::JunkBeforeProlog);
            start + junk
        }
    }
}

/// The encoding that a Content-Type names, if it is known.
fn charset_of(content_type: &str) -> Option<&'static Encoding> {
    content_type
        .split(';')
        .skip(1)
        .filter_map(|parameter| parameter.split_once('='))
        .find(|(name, _)| name.trim().eq_ignore_ascii_case("charset"))
        .and_then(|(_, label)| {
            let label = label.trim().trim_matches(['"', '\'']);
            Encoding::for_label(label.as_bytes())
        })
}

/// The encoding named in the XML declaration, if it is known.
fn declared_encoding(document: &[u8]) -> Option<&'static Encoding> {
    if !document.starts_with(b"<?xml") {
        return None;
    }
    let declaration = &document[..document.len().min(200)];
    let declaration = &declaration[..memmem::find(declaration, b"?>")?];
    let value = &declaration[memmem::find(declaration, b"encoding")? + 8..];
    let open = value.iter().position(|byte| matches!(byte, b'"' | b'\''))?;
    let label = &value[open + 1..];
    let close = label.iter().position(|byte| *byte == value[open])?;
    Encoding::for_label(&label[..close])
}

fn decode_bytes<'a>(bytes: &'a [u8], declared: Option<&'static Encoding>) -> Decoded<'a> {
    let mut repairs = Repairs::default();
    let declared = declared
        .filter(|encoding| *encoding != UTF_8 && *encoding != UTF_16LE && *encoding != UTF_16BE);
    if declared != Some(ISO_2022_JP)
        && let Ok(text) = simdutf8::basic::from_utf8(bytes)
    {
        if declared.is_some() && !text.is_ascii() {
            repairs.note(Repair::Mislabelled);
        }
        return Decoded {
            text: Cow::Borrowed(text),
            offsets: Offsets::default(),
            encoding: "",
            repairs,
        };
    }
    if let Some(encoding) = declared {
        return decode_legacy(bytes, encoding, repairs);
    }
    if let Some(encoding) = mislabelled(bytes) {
        repairs.note(Repair::Mislabelled);
        return decode_legacy(bytes, encoding, repairs);
    }
    let mut text = String::with_capacity(bytes.len() + 16);
    let mut offsets = Offsets::default();
    let mut origin = 0;
    for chunk in bytes.utf8_chunks() {
        offsets.step(text.len(), origin);
        text.push_str(chunk.valid());
        origin += chunk.valid().len();
        if !chunk.invalid().is_empty() {
            offsets.step(text.len(), origin);
            text.push(char::REPLACEMENT_CHARACTER);
            origin += chunk.invalid().len();
            repairs.note(Repair::BadEncoding);
        }
    }
    offsets.step(text.len(), origin);
    Decoded {
        text: Cow::Owned(text),
        offsets,
        encoding: "",
        repairs,
    }
}

/// The encoding of bytes that claim to be UTF-8, when hardly any of their high bytes are.
fn mislabelled(bytes: &[u8]) -> Option<&'static Encoding> {
    let (mut good, mut bad) = (0_usize, 0_usize);
    for chunk in bytes.utf8_chunks() {
        good += chunk.valid().chars().filter(|c| !c.is_ascii()).count();
        bad += usize::from(!chunk.invalid().is_empty());
    }
    if bad < 4 || bad < 4 * good {
        return None;
    }
    let mut detector = chardetng::EncodingDetector::new(chardetng::Iso2022JpDetection::Deny);
    detector.feed(bytes, true);
    Some(detector.guess(None, chardetng::Utf8Detection::Deny))
}

/// Decodes an encoding in which `<` and `>` are single bytes: piece by piece from tag to tag, so that the
/// place of each tag is known in both.
fn decode_legacy(
    bytes: &[u8],
    encoding: &'static Encoding,
    mut repairs: Repairs,
) -> Decoded<'static> {
    let mut text = String::with_capacity(bytes.len() * 3 / 2);
    let mut offsets = Offsets::default();
    let mut from = 0;
    for to in memchr_iter(b'<', bytes).chain(std::iter::once(bytes.len())) {
        let (piece, malformed) = encoding.decode_without_bom_handling(&bytes[from..to]);
        offsets.step(text.len(), from);
        text.push_str(&piece);
        if malformed {
            repairs.note(Repair::BadEncoding);
        }
        from = to;
    }
    offsets.step(text.len(), bytes.len());
    Decoded {
        text: Cow::Owned(text),
        offsets,
        encoding: encoding.name(),
        repairs,
    }
}

fn decode_utf16(bytes: &[u8], skip: usize, big_endian: bool) -> Decoded<'static> {
    let units = bytes[skip..].chunks_exact(2).map(|pair| {
        if big_endian {
            u16::from_be_bytes([pair[0], pair[1]])
        } else {
            u16::from_le_bytes([pair[0], pair[1]])
        }
    });
    let mut text = String::with_capacity(bytes.len());
    let mut offsets = Offsets::default();
    let mut repairs = Repairs::default();
    let mut origin = skip;
    for unit in char::decode_utf16(units) {
        let character = unit.unwrap_or_else(|_| {
            repairs.note(Repair::BadEncoding);
            char::REPLACEMENT_CHARACTER
        });
        if character == '<' {
            offsets.step(text.len(), origin);
        }
        text.push(character);
        origin += 2 * character.len_utf16();
        if character == '>' {
            offsets.step(text.len(), origin);
        }
    }
    let encoding = if big_endian { UTF_16BE } else { UTF_16LE };
    Decoded {
        text: Cow::Owned(text),
        offsets,
        encoding: encoding.name(),
        repairs,
    }
}
