//! Characters and white space.

use unicode_normalization::{UnicodeNormalization, is_nfc};

use crate::blocks::run_of_pairs;

/// One line: clean characters, white space folded to single blanks, NFC.
pub(super) fn line(text: &str) -> String {
    if is_clean(text.as_bytes()) {
        return if is_composed(text) || is_nfc(text) {
            text.to_owned()
        } else {
            text.nfc().collect()
        };
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
        let Some(c) = character(c, previous) else {
            continue;
        };
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
    if is_composed(&out) || is_nfc(&out) {
        out
    } else {
        out.nfc().collect()
    }
}

/// Length of the run that `text` begins with: of ordinary characters, and of single blanks between them.
fn ordinary_run(text: &[u8]) -> usize {
    if !text.first().is_some_and(|first| is_ordinary(*first)) {
        return 0;
    }
    let fits = |byte, next| is_fine(byte) & !are_blanks(byte, next);
    let run = &text[..run_of_pairs::<BLOCK>(text, 0, fits)];
    run.strip_suffix(b" ").unwrap_or(run).len()
}

fn are_blanks(a: u8, b: u8) -> bool {
    matches!((a, b), (b' ', b' '))
}

/// Returns whether a byte is an ordinary one or a blank.
const fn is_fine(byte: u8) -> bool {
    is_ordinary(byte) || byte == b' '
}

/// The same for each byte: what is left of a text behind its blocks is looked up.
const FINE: [bool; 256] = {
    let mut fine = [false; 256];
    let mut byte = 0_u8;
    // the last byte is in no text
    while byte < u8::MAX {
        fine[byte as usize] = is_fine(byte);
        byte += 1;
    }
    fine
};

/// Returns whether all bytes of a block are ordinary ones or blanks, without a branch for each.
fn is_fine_block(block: &[u8; BLOCK]) -> bool {
    block.iter().fold(true, |all, byte| all & is_fine(*byte))
}

/// Returns whether two characters are one but for case. Labels in many scripts are looked for in each text: what can be
/// told without the tables of Unicode is.
pub(crate) fn same_letter(a: char, b: char) -> bool {
    // The only other character whose small letter is in ASCII.
    const KELVIN: char = '\u{212a}';
    match (a.is_ascii(), b.is_ascii()) {
        _ if a == b => true,
        (true, true) => a.eq_ignore_ascii_case(&b),
        (true, false) if b != KELVIN => false,
        (false, true) if a != KELVIN => false,
        _ => a.to_lowercase().eq(b.to_lowercase()),
    }
}

/// Returns whether a text is one line already: ordinary characters, and single blanks between them.
pub(crate) fn is_clean(text: &[u8]) -> bool {
    let (blocks, rest) = text.as_chunks();
    text.first() != Some(&b' ')
        && text.last() != Some(&b' ')
        && blocks.iter().all(is_fine_block)
        && rest.iter().all(|byte| FINE[usize::from(*byte)])
        && memchr::memmem::find(text, b"  ").is_none()
}

/// Bytes looked at in one go.
const BLOCK: usize = 32;

/// Bytes of visible ASCII and of the characters from U+00C0 to U+07FF, none of which is white space or left out.
/// A run of them that begins at a character ends at one.
const fn is_ordinary(byte: u8) -> bool {
    matches!(byte, 0x21..=0x7E | 0x80..=0xBF | 0xC3..=0xDF)
}

/// Returns whether a text is surely in NFC: all below U+0300, Cyrillic up to U+047F, or from U+C0000 on, where the
/// marks of inline markup are (Unicode Annex 15, NFC_Quick_Check).
fn is_composed(text: &str) -> bool {
    let may_compose = |byte: u8| matches!(byte, 0xCC..=0xCF | 0xD2..=0xF2 | 0xF4..);
    let (blocks, rest) = text.as_bytes().as_chunks::<BLOCK>();
    let may_any = |block: &[u8]| {
        block
            .iter()
            .fold(false, |any, byte| any | may_compose(*byte))
    };
    !blocks.iter().any(|block| may_any(block)) && !may_any(rest)
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

#[cfg(test)]
mod tests {
    use super::*;

    /// Character by character, as the rules are written.
    fn slow_line(text: &str) -> String {
        let mut out = String::new();
        let mut blank = false;
        let mut previous = None;
        for c in text.chars() {
            let Some(c) = character(c, previous) else {
                continue;
            };
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
        out.nfc().collect()
    }

    #[test]
    fn ascii_has_no_small_letters_elsewhere() {
        let beyond =
            ('\u{80}'..=char::MAX).filter(|c| c.to_lowercase().all(|small| small.is_ascii()));
        assert_eq!(beyond.collect::<String>(), "\u{212a}");
    }

    proptest::proptest! {
        #[test]
        fn quick_ways_come_to_the_same(text in r"([a-z]{1,9}|[а-я]{1,5}|[ ]{1,2}|[\t\n\u{a0}\u{ad}\u{85}\u{200d}\u{2028}]|é|e\u{301}|[“–”]|\PC){0,30}") {
            proptest::prop_assert_eq!(line(&text), slow_line(&text));
        }

        #[test]
        fn letters_are_the_same_but_for_case(any in "..", near in "[a-zA-Zµßſİıéа-яА-Я\u{212a}]{2}") {
            for pair in [any, near] {
                let (a, b) = (pair.chars().next().unwrap(), pair.chars().nth(1).unwrap());
                proptest::prop_assert_eq!(same_letter(a, b), a.to_lowercase().eq(b.to_lowercase()));
            }
        }
    }
}
