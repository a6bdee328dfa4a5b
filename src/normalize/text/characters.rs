//! Characters and white space.

use unicode_normalization::{UnicodeNormalization, is_nfc};

/// One line: clean characters, white space folded to single blanks, NFC.
pub(super) fn line(text: &str) -> String {
    if is_clean(text.as_bytes()) {
        return if is_composed(text) || is_nfc(text) { text.to_owned() } else { text.nfc().collect() };
    }
    let mut out = String::with_capacity(text.len());
    let mut blank = false;
    let mut previous = None;
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        // Most of a text: copied in one piece.
        let (run, after) = rest.split_at(ordinary_run(rest.as_bytes()));
        if !run.is_empty() {
            if blank && !out.is_empty() {
                out.push(' ');
            }
            blank = false;
            previous = run.chars().next_back();
            out.push_str(run);
            rest = after;
            continue;
        }
        rest = &rest[c.len_utf8()..];
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
    if is_composed(&out) || is_nfc(&out) { out } else { out.nfc().collect() }
}

/// Length of the run that `text` begins with: of ordinary characters, and of single blanks between them.
fn ordinary_run(text: &[u8]) -> usize {
    let mut at = 0;
    loop {
        at += text[at..].iter().position(|byte| !is_ordinary(*byte)).unwrap_or(text.len() - at);
        match text.get(at..at + 2) {
            Some([b' ', next]) if at > 0 && is_ordinary(*next) => at += 1,
            _ => return at,
        }
    }
}

/// Whether a text is one line already: ordinary characters, and single blanks between them.
fn is_clean(text: &[u8]) -> bool {
    let ordinary =
        |block: &[u8]| block.iter().fold(true, |all, byte| all & (is_ordinary(*byte) || *byte == b' '));
    let blanks = |pair: (&u8, &u8)| *pair.0 == b' ' && *pair.1 == b' ';
    text.first() != Some(&b' ')
        && text.last() != Some(&b' ')
        && text.chunks(BLOCK).all(ordinary)
        && !text.iter().zip(text.iter().skip(1)).fold(false, |any, pair| any | blanks(pair))
}

/// Bytes looked at in one go, without a branch for each.
const BLOCK: usize = 256;

/// Bytes of visible ASCII and of the characters from U+00C0 to U+07FF, none of which is white space or left out.
/// A run of them that begins at a character ends at one.
fn is_ordinary(byte: u8) -> bool {
    matches!(byte, 0x21..=0x7E | 0x80..=0xBF | 0xC3..=0xDF)
}

/// Whether a text is surely in NFC: all below U+0300, or Cyrillic up to U+047F (Unicode Annex 15, NFC_Quick_Check).
fn is_composed(text: &str) -> bool {
    let other = |byte: u8| matches!(byte, 0xCC..=0xCF | 0xD2..);
    text.as_bytes().chunks(BLOCK).all(|block| !block.iter().fold(false, |any, byte| any | other(*byte)))
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
