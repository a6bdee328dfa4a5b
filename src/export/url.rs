//! Links that XML Linking and `ali:license_ref` can carry.

use std::fmt::Write as _;

use super::xml::is_blank;
use crate::normalize::identifier::is_plain_url;
use crate::oai::is_xml_char;

/// Namespace of `xlink:href`.
pub(super) const XLINK: &str = "http://www.w3.org/1999/xlink";

/// Schemes that a reader may follow without harm.
const SCHEMES: &[&str] = &["http", "https", "ftp", "doi", "hdl", "info", "urn", "ark"];

/// An absolute URI or IRI, with the characters that RFC 3987 forbids in one percent-encoded; `None` for what is
/// none, or has a scheme that is not for links (`javascript:`, `data:`).
pub(super) fn href(url: &str) -> Option<String> {
    let url = url.trim();
    if is_plain_url(url) {
        return Some(url.to_owned());
    }
    if is_blank(url) {
        return None;
    }
    let mut out = String::with_capacity(url.len());
    let mut rest = url.chars();
    while let Some(c) = rest.next() {
        match c {
            '%' if !hex_follows(rest.as_str()) => out.push_str("%25"),
            ' ' | '"' | '<' | '>' | '\\' | '^' | '`' | '{' | '|' | '}' => encode(&mut out, c),
            // A second hash is none of a fragment's characters.
            '#' if out.contains('#') => encode(&mut out, c),
            _ if c.is_control() || c.is_whitespace() || !is_xml_char(c) => encode(&mut out, c),
            _ => out.push(c),
        }
    }
    let parsed = url::Url::parse(&out).ok()?;
    let known = SCHEMES.contains(&parsed.scheme());
    let hosted = !matches!(parsed.scheme(), "http" | "https" | "ftp") || out.contains("://");
    (known && hosted).then_some(out)
}

fn hex_follows(rest: &str) -> bool {
    rest.len() >= 2 && rest.bytes().take(2).all(|b| b.is_ascii_hexdigit())
}

fn encode(out: &mut String, c: char) {
    for byte in c.encode_utf8(&mut [0; 4]).bytes() {
        let _ = write!(out, "%{byte:02X}");
    }
}
