//! Characters and white space.

use unicode_normalization::{UnicodeNormalization, is_nfc};

/// One line: clean characters, white space folded to single blanks, NFC.
pub(super) fn line(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut blank = false;
    let mut previous = None;
    for c in text.chars() {
        let Some(c) = character(c, previous) else { continue };
        if c.is_whitespace() {
            blank = true;
            continue;
        }
        if blank && !out.is_empty() {
            out.push(' ');
        }
        blank = false;
        previous = Some(c);
        out.push(c);
    }
    if is_nfc(&out) { out } else { out.nfc().collect() }
}

/// The character to write for `c`; `None` for what is invisible rubbish or forbidden in XML 1.0.
fn character(c: char, previous: Option<char>) -> Option<char> {
    match c {
        '\t' | '\n' | '\r' => Some(c),
        // C1 controls are windows-1252 in disguise, as HTML treats their numeric references.
        '\u{80}'..='\u{9f}' => windows_1252(c),
        // Control characters, soft hyphen, zero-width and direction marks, noncharacters.
        _ if c.is_control() => c.is_whitespace().then_some(' '),
        '\u{ad}'
        | '\u{180e}'
        | '\u{200b}'
        | '\u{200e}'
        | '\u{200f}'
        | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{2069}'
        | '\u{feff}'
        | '\u{fff9}'..='\u{fffb}' => None,
        // Joiners shape words in Persian, Hindi, Malayalam …; elsewhere they are rubbish.
        '\u{200c}' | '\u{200d}' => previous.filter(|c| *c >= '\u{600}').map(|_| c),
        _ if u32::from(c) & 0xfffe == 0xfffe || ('\u{fdd0}'..='\u{fdef}').contains(&c) => None,
        _ => Some(c),
    }
}

fn windows_1252(c: char) -> Option<char> {
    let byte = [u8::try_from(u32::from(c)).ok()?];
    let (text, _, _) = encoding_rs::WINDOWS_1252.decode(&byte);
    text.chars().next().filter(|c| !c.is_control())
}
