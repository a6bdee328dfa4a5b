//! Shared by the readers of XML formats: a lenient event reader, and the resolution of references.

use quick_xml::XmlVersion;
use quick_xml::events::{BytesRef, BytesStart};
use quick_xml::reader::Reader;

use crate::oai::is_xml_char;

/// A reader of events that continues where tags do not match: records are repaired when their page is
/// read, and what is left of a broken one is still worth reading.
pub(crate) fn lenient(xml: &str) -> Reader<&[u8]> {
    let mut reader = Reader::from_reader(xml.as_bytes());
    let config = reader.config_mut();
    config.check_end_names = false;
    config.allow_unmatched_ends = true;
    config.allow_dangling_amp = true;
    reader
}

/// The text a reference stands for. An entity that XML does not know stays as written, so that a later
/// step may resolve it; a reference to a character that XML forbids gives nothing.
pub(crate) fn resolve(reference: &BytesRef<'_>) -> String {
    if reference.is_char_ref() {
        return match reference.resolve_char_ref() {
            Ok(Some(c)) if is_xml_char(c) => c.to_string(),
            _ => String::new(),
        };
    }
    match &**reference {
        "amp" => "&".to_owned(),
        "lt" => "<".to_owned(),
        "gt" => ">".to_owned(),
        "quot" => "\"".to_owned(),
        "apos" => "'".to_owned(),
        name => format!("&{name};"),
    }
}

/// The value of the first attribute with this local name (`lang` finds `xml:lang`).
pub(crate) fn attribute(tag: &BytesStart<'_>, local_name: &str) -> Option<String> {
    tag.attributes()
        .with_checks(false)
        .flatten()
        .find_map(|attribute| {
            if attribute.key.local_name().into_inner() != local_name {
                return None;
            }
            Some(match attribute.normalized_value(XmlVersion::Explicit1_0) {
                Ok(value) => value.into_owned(),
                Err(_) => attribute.value.into_owned(),
            })
        })
}

/// Appends as much of `text` as fits into `limit` bytes; whether all did.
pub(crate) fn push_bounded(value: &mut String, text: &str, limit: usize) -> bool {
    let room = limit.saturating_sub(value.len());
    if text.len() <= room {
        value.push_str(text);
        return true;
    }
    let mut end = room;
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    value.push_str(&text[..end]);
    false
}
