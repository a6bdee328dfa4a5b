//! setSpecs: one for each source, below it those received, beside them those of the configuration.

use std::fmt::Write as _;

/// Returns whether a text is a valid setSpec (OAI-PMH.xsd).
pub fn is_valid(spec: &str) -> bool {
    spec.split(':')
        .all(|part| !part.is_empty() && part.bytes().all(is_plain))
}

/// Characters of a setSpec's part, and of a metadataPrefix (OAI-PMH.xsd).
pub(crate) fn is_plain(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-_.!~*'()".contains(&byte)
}

/// The set of a source.
pub(crate) fn of_source(name: &str) -> String {
    let mut out = String::new();
    escape(&mut out, name);
    out
}

/// A set received, below its source. A character that a setSpec cannot have is written `!` and its bytes in
/// hexadecimal, and so is `!` itself.
pub(crate) fn received(source: &str, spec: &str) -> String {
    let mut out = of_source(source);
    let mut begun = false;
    for part in spec.split(':') {
        if begun && part.is_empty() || !begun && part.is_empty() && spec.starts_with(':') {
            out.push_str(if begun { "!3A" } else { ":!3A" });
        } else if !part.is_empty() {
            out.push(':');
            escape(&mut out, part);
        }
        begun = true;
    }
    out
}

fn escape(out: &mut String, text: &str) {
    for byte in text.bytes() {
        if is_plain(byte) && byte != b'!' {
            out.push(char::from(byte));
        } else {
            let _ = write!(out, "!{byte:02X}");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn received_sets_are_valid_set_specs() {
        for (spec, expected) in [
            ("cac:ART", "s:cac:ART"),
            ("a b", "s:a!20b"),
            ("hep-th!", "s:hep-th!21"),
            ("é", "s:!C3!A9"),
            ("a::b", "s:a!3A:b"),
            ("a:", "s:a!3A"),
            (":a", "s:!3A:a"),
        ] {
            assert_eq!(received("s", spec), expected);
            assert!(is_valid(expected), "{expected}");
        }
        assert_eq!(of_source("a:b"), "a!3Ab");
        assert!(!is_valid("") && !is_valid("a:") && !is_valid("a b") && !is_valid("é"));
    }
}
