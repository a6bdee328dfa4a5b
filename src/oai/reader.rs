//! The streaming reader of responses: one pass of events over the text, never a tree.
//!
//! A record's metadata is not looked into: only where it stands is kept, in bytes of the body as received.

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

use crate::display::{MAX_QUOTE, excerpt};
use crate::oai::decode::{Decoded, Offsets, decode_page};
use crate::oai::identify::IdentifyReader;
use crate::oai::page::{
    ListEnd, MAX_DEPTH, MetadataFormat, Page, ReadError, RecordRef, Set, content_hash,
};
use crate::oai::plain;
use crate::oai::reference::{
    attribute, count_bare_ampersands, is_deleted, plain_text, push_text, resolve,
};
use crate::oai::repair::Repair;
use crate::oai::repair_text::{repair_text, trim};
use crate::oai::{ErrorCode, Identify, ProtocolError, ResumptionToken, Verb};

/// Longest text of one protocol element, bytes.
const MAX_TEXT: usize = 64 * 1024;
/// Most namespaces declared around the records that are kept.
const MAX_NAMESPACES: usize = 256;
/// Most protocol errors, formats or compressions kept of one response.
const MAX_ITEMS: usize = 10_000;

/// Reads a response out of its body, after content coding. What is almost XML is repaired, each repair
/// counted; the offsets of records are those of the bytes as received.
pub fn read_page(body: &[u8]) -> Result<Page, ReadError> {
    read_page_as(body, None)
}

/// Reads a response that came with a Content-Type: its charset holds where the body declares none.
///
/// # Errors
/// As [`read_page`].
pub fn read_page_as(body: &[u8], content_type: Option<&str>) -> Result<Page, ReadError> {
    if body.iter().all(u8::is_ascii_whitespace) {
        return Err(ReadError::Empty);
    }
    let decoded = decode_page(body, content_type);
    let place = Place {
        decoded: &decoded,
        mended: None,
    };
    let mut page = match PageReader::new(&decoded.text, &place, body).read() {
        Ok(page) => {
            // Forbidden characters do not hinder the reader; they count all the same.
            let mut page = page;
            for _ in forbidden_bytes(decoded.text.as_bytes()) {
                page.repairs.note(Repair::ControlCharacter);
            }
            page
        }
        Err(ReadError::Malformed { .. }) => {
            let mended = repair_text(&decoded.text);
            let place = Place {
                decoded: &decoded,
                mended: Some(&mended.offsets),
            };
            let mut page = PageReader::new(&mended.text, &place, body).read()?;
            page.repairs.merge(&mended.repairs);
            page
        }
        Err(other) => return Err(other),
    };
    page.repairs.merge(&decoded.repairs);
    page.head.is_sound = page.repairs.is_empty();
    decoded.encoding.clone_into(&mut page.head.encoding);
    Ok(page)
}

/// Bytes below 0x20 that XML 1.0 forbids. Checked in blocks, since there is hardly ever one.
fn forbidden_bytes(bytes: &[u8]) -> impl Iterator<Item = u8> {
    let forbidden = |byte: &u8| *byte < 0x20 && !matches!(byte, b'\t' | b'\n' | b'\r');
    bytes
        .chunks(1024)
        .filter(move |block| {
            block
                .iter()
                .fold(false, |seen, byte| seen | forbidden(byte))
        })
        .flat_map(move |block| block.iter().copied().filter(move |byte| forbidden(byte)))
}

/// The way back from the text that is read to the bytes as received.
struct Place<'a> {
    decoded: &'a Decoded<'a>,
    mended: Option<&'a Offsets>,
}

impl Place<'_> {
    fn raw(&self, at: usize) -> usize {
        self.decoded
            .offsets
            .origin(self.mended.map_or(at, |offsets| offsets.origin(at)))
    }
}

/// An element the reader is in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Within {
    Root,
    Verb,
    Record,
    Header,
}

/// A protocol element whose text is being gathered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Field {
    ResponseDate,
    Request,
    Error,
    Identifier,
    Datestamp,
    SetSpec,
    SetName,
    Prefix,
    Schema,
    Namespace,
    Token,
}

struct PageReader<'a, 'p> {
    reader: Reader<&'a [u8]>,
    /// Bytes passed over beside the reader of events.
    passed: usize,
    place: &'p Place<'p>,
    body: &'p [u8],
    page: Page,
    path: Vec<Within>,
    text: String,
    /// True if `text` is only the beginning.
    is_cut: bool,
    record: RecordRef,
    metadata: std::ops::Range<usize>,
    list_verb: bool,
}

impl<'a, 'p> PageReader<'a, 'p> {
    fn new(text: &'a str, place: &'p Place<'p>, body: &'p [u8]) -> Self {
        let mut reader = Reader::from_str(text);
        reader.config_mut().allow_dangling_amp = true;
        Self {
            reader,
            passed: 0,
            place,
            body,
            page: Page::default(),
            path: Vec::new(),
            text: String::new(),
            is_cut: false,
            record: RecordRef::default(),
            metadata: 0..0,
            list_verb: false,
        }
    }

    fn offset(&self) -> usize {
        usize::try_from(self.reader.buffer_position())
            .unwrap_or(usize::MAX)
            .saturating_add(self.passed)
    }

    fn next(&mut self) -> Result<Event<'a>, ReadError> {
        self.reader
            .read_event()
            .map_err(|error| ReadError::Malformed {
                offset: self
                    .place
                    .raw(usize::try_from(self.reader.error_position()).unwrap_or(0) + self.passed),
                detail: excerpt(&error.to_string(), MAX_QUOTE).into_owned(),
            })
    }

    fn read(mut self) -> Result<Page, ReadError> {
        loop {
            let start = self.offset();
            match self.next()? {
                Event::Start(tag) => self.open(&tag, start)?,
                Event::Empty(tag) => self.empty(&tag, start)?,
                Event::End(_) => {
                    self.close();
                    if self.page.complete {
                        return Ok(self.page);
                    }
                }
                Event::Text(text) if self.path.is_empty() => Self::outside(&text)?,
                Event::Eof if self.path.is_empty() => return Err(ReadError::Empty),
                // Cut short: what came whole is kept, and `complete` stays false.
                Event::Eof => return Ok(self.page),
                _ => {}
            }
        }
    }

    /// Text before the root element: blank, or no XML at all.
    fn outside(text: &str) -> Result<(), ReadError> {
        let text = text.trim_matches(|c: char| c.is_whitespace() || c == '\u{feff}' || c == '\0');
        if text.is_empty() {
            return Ok(());
        }
        Err(ReadError::NotOai {
            root: text.chars().take(60).filter(|c| !c.is_control()).collect(),
        })
    }

    fn open(&mut self, tag: &BytesStart<'a>, start: usize) -> Result<(), ReadError> {
        let name = tag.local_name();
        let name: &str = name.as_ref();
        match self.path.last() {
            None => self.open_document(name, tag),
            Some(Within::Root) => self.open_in_root(name, tag),
            Some(Within::Verb) => self.open_in_verb(name, tag, start),
            Some(Within::Record) => self.open_in_record(name, tag),
            Some(Within::Header) => self.open_in_header(name),
        }
    }

    fn open_document(&mut self, name: &str, tag: &BytesStart<'a>) -> Result<(), ReadError> {
        if name != "OAI-PMH" {
            return Err(ReadError::NotOai {
                root: name.chars().take(60).collect(),
            });
        }
        self.declare(tag);
        self.path.push(Within::Root);
        Ok(())
    }

    fn open_in_root(&mut self, name: &str, tag: &BytesStart<'a>) -> Result<(), ReadError> {
        match name {
            "responseDate" => self.field(Field::ResponseDate)?,
            "error" => self.error_element(tag)?,
            "request" => {
                self.page.request.1 = attribute(tag, "metadataPrefix");
                self.field(Field::Request)?;
            }
            "Identify" => {
                self.page.verb = Some(Verb::Identify);
                let identify = IdentifyReader::default();
                let identify = self.identify(identify)?;
                self.page.identify = Some(identify);
            }
            "resumptionToken" if self.page.end == ListEnd::NoToken => {
                self.page.repairs.note(Repair::MisplacedToken);
                self.token_attributes(tag);
                self.field(Field::Token)?;
            }
            _ => {
                let Some(verb) = verb_element(name) else {
                    return self.skip();
                };
                self.page.verb = Some(verb);
                self.list_verb = verb == Verb::ListIdentifiers;
                self.declare(tag);
                self.path.push(Within::Verb);
            }
        }
        Ok(())
    }

    fn open_in_verb(
        &mut self,
        name: &str,
        tag: &BytesStart<'a>,
        start: usize,
    ) -> Result<(), ReadError> {
        match name {
            "record" => {
                self.begin_record(start);
                self.path.push(Within::Record);
            }
            "header" => {
                self.begin_record(start);
                self.deleted(tag);
                self.path.push(Within::Header);
            }
            "set" => self.set()?,
            "metadataFormat" => self.format()?,
            "resumptionToken" => {
                self.token_attributes(tag);
                self.field(Field::Token)?;
            }
            "error" => self.error_element(tag)?,
            _ => self.skip()?,
        }
        Ok(())
    }

    fn open_in_record(&mut self, name: &str, tag: &BytesStart<'a>) -> Result<(), ReadError> {
        match name {
            "header" => {
                self.deleted(tag);
                self.path.push(Within::Header);
            }
            "metadata" => {
                let from = self.offset();
                let (to, filled) = self.skip_to_end()?;
                // A second one stands beside the first.
                let from = if self.metadata.is_empty() {
                    from
                } else {
                    self.metadata.start
                };
                self.metadata = from..to;
                self.record.has_metadata |= filled;
            }
            _ => self.skip()?,
        }
        Ok(())
    }

    fn open_in_header(&mut self, name: &str) -> Result<(), ReadError> {
        match name {
            "identifier" => self.field(Field::Identifier),
            "datestamp" => self.field(Field::Datestamp),
            "setSpec" => self.field(Field::SetSpec),
            _ => self.skip(),
        }
    }

    fn error_element(&mut self, tag: &BytesStart<'a>) -> Result<(), ReadError> {
        let code = attribute(tag, "code").unwrap_or_default();
        self.field(Field::Error)?;
        self.error(&code);
        Ok(())
    }

    fn empty(&mut self, tag: &BytesStart<'a>, start: usize) -> Result<(), ReadError> {
        let name = tag.local_name();
        match (self.path.last(), name.as_ref()) {
            (None, "OAI-PMH") => self.page.complete = true,
            (None, name) => {
                return Err(ReadError::NotOai {
                    root: name.chars().take(60).collect(),
                });
            }
            (Some(Within::Root), "error") => {
                self.text.clear();
                self.error(&attribute(tag, "code").unwrap_or_default());
            }
            (Some(Within::Root), "resumptionToken") if self.page.end == ListEnd::NoToken => {
                self.page.repairs.note(Repair::MisplacedToken);
                self.token_attributes(tag);
                self.page.end = ListEnd::Empty;
            }
            (Some(Within::Root), name) => {
                if let Some(verb) = verb_element(name) {
                    self.page.verb = Some(verb);
                }
            }
            (Some(Within::Verb), "resumptionToken") => {
                self.token_attributes(tag);
                self.page.end = ListEnd::Empty;
            }
            (Some(Within::Verb), "record" | "header") => {
                self.begin_record(start);
                self.deleted(tag);
                self.finish_record();
            }
            (Some(Within::Record), "header") => self.deleted(tag),
            _ => {}
        }
        Ok(())
    }

    fn close(&mut self) {
        match self.path.pop() {
            Some(Within::Root) => self.page.complete = true,
            Some(Within::Record) => self.finish_record(),
            Some(Within::Header) if self.path.last() == Some(&Within::Verb) => self.finish_record(),
            _ => {}
        }
    }

    fn begin_record(&mut self, start: usize) {
        self.record = RecordRef {
            offset: self.place.raw(start),
            ..RecordRef::default()
        };
        self.metadata = 0..0;
    }

    fn finish_record(&mut self) {
        let mut record = std::mem::take(&mut self.record);
        record.len = self.place.raw(self.offset()).saturating_sub(record.offset);
        let metadata = self.place.raw(self.metadata.start)..self.place.raw(self.metadata.end);
        record.hash = content_hash(
            record.deleted,
            record.set_specs.iter().map(String::as_str),
            self.body.get(metadata.clone()).unwrap_or_default(),
        );
        record.metadata = metadata;
        self.page.records.push(record);
    }

    fn deleted(&mut self, tag: &BytesStart<'a>) {
        self.record.deleted = attribute(tag, "status").is_some_and(|status| is_deleted(&status));
    }

    fn declare(&mut self, tag: &BytesStart<'a>) {
        for attribute in tag.attributes().with_checks(false).flatten().take(64) {
            let key: &str = attribute.key.as_ref();
            let prefix = match key.strip_prefix("xmlns") {
                Some("") => "",
                Some(rest) if rest.starts_with(':') => &rest[1..],
                _ => continue,
            };
            let value = plain_text(&attribute.value);
            let namespaces = &mut self.page.head.namespaces;
            namespaces.retain(|(known, _)| known != prefix);
            if namespaces.len() < MAX_NAMESPACES {
                namespaces.push((prefix.to_owned(), value));
            }
        }
    }

    fn token_attributes(&mut self, tag: &BytesStart<'a>) {
        let number = |name| attribute(tag, name).and_then(|value| value.trim().parse().ok());
        self.page.complete_list_size = number("completeListSize");
        self.page.cursor = number("cursor");
        self.page.end = ListEnd::More(ResumptionToken {
            value: String::new(),
            expiration_date: attribute(tag, "expirationDate"),
        });
    }

    fn error(&mut self, code: &str) {
        if self.page.errors.len() < MAX_ITEMS {
            let message = self.text.trim().chars().take(300).collect();
            self.page.errors.push(ProtocolError {
                code: ErrorCode::parse(code),
                message,
            });
        }
    }

    /// Gathers the text of the element just opened, to its end, and puts it where it belongs.
    fn field(&mut self, field: Field) -> Result<(), ReadError> {
        self.gather()?;
        let text = trim(&self.text);
        match field {
            Field::ResponseDate => self.page.response_date = Some(text.to_owned()),
            Field::Request => text.clone_into(&mut self.page.request.0),
            // Of several the first is the OAI identifier.
            // What is left of one that was cut may be the name of another.
            Field::Identifier if self.record.identifier.is_empty() && !self.is_cut => {
                text.clone_into(&mut self.record.identifier);
            }
            Field::Datestamp => text.clone_into(&mut self.record.datestamp),
            Field::SetSpec => self.record.set_specs.push(text.to_owned()),
            // What is left of it would be another token.
            Field::Token if self.is_cut => {
                return Err(ReadError::Malformed {
                    offset: self.place.raw(self.offset()),
                    detail: format!("a resumptionToken longer than {MAX_TEXT} bytes"),
                });
            }
            Field::Token => {
                self.page.end = match std::mem::take(&mut self.page.end) {
                    ListEnd::More(token) if !text.is_empty() => ListEnd::More(ResumptionToken {
                        value: text.to_owned(),
                        ..token
                    }),
                    _ => ListEnd::Empty,
                };
            }
            Field::SetName => {
                if let Some(set) = self.page.sets.last_mut() {
                    text.clone_into(&mut set.name);
                }
            }
            Field::Prefix | Field::Schema | Field::Namespace => {
                if let Some(format) = self.page.formats.last_mut() {
                    let slot = match field {
                        Field::Prefix => &mut format.prefix,
                        Field::Schema => &mut format.schema,
                        _ => &mut format.namespace,
                    };
                    text.clone_into(slot);
                }
            }
            Field::Identifier | Field::Error => {}
        }
        Ok(())
    }

    /// Adds to the text of the element at hand, up to its bound.
    fn push(&mut self, text: &str) {
        let room = MAX_TEXT - self.text.len().min(MAX_TEXT);
        if text.len() > room {
            self.is_cut = true;
        }
        push_text(&text[..text.floor_char_boundary(room)], &mut self.text);
    }

    /// Text up to the end of the element just opened, into `self.text`; nested elements are passed over.
    fn gather(&mut self) -> Result<(), ReadError> {
        self.text.clear();
        self.is_cut = false;
        let mut depth = 0_usize;
        loop {
            match self.next()? {
                Event::Start(_) => depth = self.deeper(depth)?,
                Event::End(_) if depth == 0 => return Ok(()),
                Event::End(_) => depth -= 1,
                Event::Text(text) => self.push(&text),
                Event::CData(text) => self.push(&text),
                Event::GeneralRef(name) => {
                    let resolved = resolve(&name, &mut self.page.repairs);
                    self.push(&resolved);
                }
                Event::Eof => return Ok(()),
                _ => {}
            }
        }
    }

    fn deeper(&self, depth: usize) -> Result<usize, ReadError> {
        if depth >= MAX_DEPTH {
            return Err(ReadError::TooDeep {
                offset: self.place.raw(self.offset()),
            });
        }
        Ok(depth + 1)
    }

    fn skip(&mut self) -> Result<(), ReadError> {
        self.skip_to_end().map(|_| ())
    }

    /// Passes over the element just opened. Gives where its content ends, and whether it holds an element.
    fn skip_to_end(&mut self) -> Result<(usize, bool), ReadError> {
        let mut depth = 0_usize;
        let mut filled = false;
        if let Some(inside) = plain::inside(self.reader.get_ref()) {
            let rest = *self.reader.get_ref();
            *self.reader.get_mut() = &rest[inside.len..];
            self.passed += inside.len;
            filled = inside.has_elements;
        }
        loop {
            let at = self.offset();
            match self.next()? {
                Event::Start(_) => {
                    depth = self.deeper(depth)?;
                    filled = true;
                }
                Event::Empty(_) => filled = true,
                Event::End(_) if depth == 0 => return Ok((at, filled)),
                Event::End(_) => depth -= 1,
                Event::Text(text) => count_bare_ampersands(&text, &mut self.page.repairs),
                Event::GeneralRef(name) => {
                    resolve(&name, &mut self.page.repairs);
                }
                Event::Decl(_) | Event::DocType(_) => self.page.repairs.note(Repair::NestedProlog),
                Event::Eof => return Ok((at, filled)),
                _ => {}
            }
        }
    }

    fn set(&mut self) -> Result<(), ReadError> {
        if self.page.sets.len() < MAX_ITEMS * 10 {
            self.page.sets.push(Set::default());
        }
        self.children(|name| match name {
            "setSpec" => Some(Field::SetSpec),
            "setName" => Some(Field::SetName),
            _ => None,
        })?;
        if let (Some(set), Some(spec)) = (self.page.sets.last_mut(), self.record.set_specs.pop()) {
            set.spec = spec;
        }
        Ok(())
    }

    fn format(&mut self) -> Result<(), ReadError> {
        if self.page.formats.len() < MAX_ITEMS {
            self.page.formats.push(MetadataFormat::default());
        }
        self.children(|name| match name {
            "metadataPrefix" => Some(Field::Prefix),
            "schema" => Some(Field::Schema),
            "metadataNamespace" => Some(Field::Namespace),
            _ => None,
        })
    }

    /// Reads the children of the element just opened, each into its field.
    fn children(&mut self, field: impl Fn(&str) -> Option<Field>) -> Result<(), ReadError> {
        loop {
            match self.next()? {
                Event::Start(tag) => match field(tag.local_name().as_ref()) {
                    Some(field) => self.field(field)?,
                    None => self.skip()?,
                },
                Event::End(_) | Event::Eof => return Ok(()),
                _ => {}
            }
        }
    }

    fn identify(&mut self, mut identify: IdentifyReader) -> Result<Identify, ReadError> {
        loop {
            match self.next()? {
                Event::Start(tag) => {
                    if identify.depth() > MAX_DEPTH {
                        return Err(ReadError::TooDeep {
                            offset: self.place.raw(self.offset()),
                        });
                    }
                    identify.open(tag.local_name().as_ref());
                }
                Event::Text(text) => identify.text(&text),
                Event::CData(text) => identify.text(&text),
                Event::GeneralRef(name) => identify.text(&resolve(&name, &mut self.page.repairs)),
                Event::End(_) => {
                    if identify.depth() == 0 {
                        return Ok(identify.finish());
                    }
                    identify.close();
                }
                Event::Eof => return Ok(identify.finish()),
                _ => {}
            }
        }
    }
}

fn verb_element(name: &str) -> Option<Verb> {
    [
        Verb::GetRecord,
        Verb::ListIdentifiers,
        Verb::ListMetadataFormats,
        Verb::ListRecords,
        Verb::ListSets,
        Verb::Identify,
    ]
    .into_iter()
    .find(|verb| verb.as_str() == name)
}
