//! Text and its references: what they stand for, without what XML 1.0 forbids.

use quick_xml::events::BytesStart;

use crate::oai::repair::{Repair, Repairs};
use crate::oai::repair_text::{is_xml_char, parse_char_reference};

/// Returns whether a header's status says that its record is deleted, in any letter case.
pub(crate) fn is_deleted(status: &str) -> bool {
    status.trim().eq_ignore_ascii_case("deleted")
}

/// An attribute's value by local name.
pub(crate) fn attribute(tag: &BytesStart<'_>, name: &str) -> Option<String> {
    tag.attributes()
        .with_checks(false)
        .flatten()
        .take(64)
        .find(|attribute| attribute.key.local_name().as_ref() == name)
        .map(|attribute| plain_text(&attribute.value))
}

/// Attribute text with its references resolved.
pub(super) fn plain_text(raw: &str) -> String {
    let mut text = String::with_capacity(raw.len());
    let mut rest = raw;
    while let Some(at) = rest.find('&') {
        push_text(&rest[..at], &mut text);
        match rest[at..].find(';') {
            Some(end) if end <= 40 => {
                text.push_str(&resolve(&rest[at + 1..at + end], &mut Repairs::default()));
                rest = &rest[at + end + 1..];
            }
            _ => {
                text.push('&');
                rest = &rest[at + 1..];
            }
        }
    }
    push_text(rest, &mut text);
    text
}

/// Appends what XML 1.0 allows of a text.
pub(super) fn push_text(text: &str, out: &mut String) {
    if text.chars().all(is_xml_char) {
        out.push_str(text);
    } else {
        out.extend(text.chars().filter(|c| is_xml_char(*c)));
    }
}

/// A dangling ampersand arrives at the head of its text.
pub(super) fn count_bare_ampersands(text: &str, repairs: &mut Repairs) {
    if text.starts_with('&') {
        repairs.note(Repair::BareAmpersand);
    }
}

/// Resolves a reference; a forbidden character is dropped, an unknown name taken literally.
pub(crate) fn resolve(name: &str, repairs: &mut Repairs) -> std::borrow::Cow<'static, str> {
    use std::borrow::Cow;
    match name {
        "amp" => return Cow::Borrowed("&"),
        "lt" => return Cow::Borrowed("<"),
        "gt" => return Cow::Borrowed(">"),
        "quot" => return Cow::Borrowed("\""),
        "apos" => return Cow::Borrowed("'"),
        _ => {}
    }
    if let Some(number) = name.strip_prefix('#') {
        return match parse_char_reference(number) {
            Some(c) if is_xml_char(c) => Cow::Owned(c.to_string()),
            Some(_) => {
                repairs.note(Repair::ControlReference);
                Cow::Borrowed("")
            }
            None => {
                repairs.note(Repair::BareAmpersand);
                Cow::Owned(format!("&{name};"))
            }
        };
    }
    if let Some(text) = quick_xml::escape::resolve_html5_entity(name) {
        repairs.note(Repair::UndeclaredEntity);
        return Cow::Borrowed(text);
    }
    let is_name = !name.is_empty()
        && name.len() <= 40
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric());
    repairs.note(if is_name {
        Repair::UndeclaredEntity
    } else {
        Repair::BareAmpersand
    });
    Cow::Owned(format!("&{name};"))
}
