//! Characters that no line of output can carry, in what is kept as received.

use crate::oai::{all_xml_chars, is_xml_char};

/// Returns whether no line of output can carry a character: XML 1.0 forbids it, or it is a control character beyond
/// ASCII.
pub(crate) fn is_unfit(c: char) -> bool {
    !is_xml_char(c) || matches!(c, '\u{7f}'..='\u{9f}')
}

/// A text as received, but for such characters.
pub(crate) fn strip_control_chars(text: &str) -> String {
    // all of U+0080 to U+009F begin with the byte 0xC2
    if all_xml_chars(text) && memchr::memchr2(0x7F, 0xC2, text.as_bytes()).is_none() {
        return text.to_owned();
    }
    text.chars().filter(|c| !is_unfit(*c)).collect()
}
