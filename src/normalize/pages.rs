//! Pages and article numbers, which journals write as free text.

use crate::article::Pages;
use crate::normalize::text::same_letter;

/// Dashes of every kind that stand between pages.
const DASHES: &[char] = &[
    '-', '\u{2010}', '\u{2011}', '\u{2012}', '–', '—', '\u{2015}', '−', '\u{2043}', '~',
    '\u{301c}', '\u{ff5e}', '\u{ff0d}', '\u{fe63}',
];

/// Words that may stand before pages, in lower case.
const PAGE_WORDS: &[&str] = &[
    "pages",
    "page",
    "págs.",
    "págs",
    "pág.",
    "pags.",
    "pag.",
    "seiten",
    "seite",
    "стр.",
    "стор.",
    "str.",
    "pp.",
    "pp",
    "pgs.",
    "hal.",
    "hlm.",
    "ss.",
    "s.",
    "p.",
    "с.",
    "c.",
    "сс.",
    "ст.",
    "б.",
    "бб.",
    "sid.",
    "ص",
    "第",
    "页",
    "p",
    "с",
];

/// Words that stand before an article number, in lower case.
const ARTICLE_WORDS: &[&str] = &[
    "article id",
    "article number",
    "article no.",
    "article no",
    "article",
    "art. no.",
    "art. id",
    "art.",
    "art",
    "artículo",
    "artigo",
    "статья",
    "paper",
    "elocation id",
    "elocation-id",
    "elocation",
    "doc.",
    "id",
];

/// Longest value that is parsed.
const MAX: usize = 200;

/// Signs of Roman numerals, the greatest first.
const ROMAN: &[(&str, u64)] = &[
    ("m", 1000),
    ("cm", 900),
    ("d", 500),
    ("cd", 400),
    ("c", 100),
    ("xc", 90),
    ("l", 50),
    ("xl", 40),
    ("x", 10),
    ("ix", 9),
    ("v", 5),
    ("iv", 4),
    ("i", 1),
];

/// One page or article number, taken apart.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Token<'a> {
    /// Digits of any script.
    Number(u64),
    /// A Roman numeral.
    Roman(u64),
    /// A number with a short prefix: `S12`, `e123`.
    Prefixed(&'a str, u64),
    /// A number with something after it: `12a`, `2:15`, `12.3`.
    Compound,
}

/// Pages as printed and, where they are one page or one plain range, parsed: `103-110` has a first and a last
/// page, `7` a first one, `e12345` and a lone number of six digits or more are article numbers. Of anything
/// else only `raw` is given: `7, 9–12; 34` has pages between its first and its last that are not the article's.
/// A shortened last page (`123-9`) stays as printed.
pub fn parse(raw: &str) -> Pages {
    let raw = raw.trim();
    let mut pages = Pages {
        raw: raw.to_owned(),
        ..Pages::default()
    };
    if raw.len() > MAX {
        return pages;
    }
    let core = without_note(raw);
    if let Some(number) = strip_word(core, ARTICLE_WORDS).filter(|rest| token(rest).is_some()) {
        pages.elocation_id = Some(number.to_owned());
        return pages;
    }
    let core = strip_word(core, PAGE_WORDS).unwrap_or(core);
    // `1-20 p.` is a range; `20 p.` counts pages.
    let core = before_page_word(core)
        .filter(|range| two_tokens(range).is_some())
        .unwrap_or(core);
    if let Some((first, last)) = range(core) {
        pages.first = Some(first.to_owned());
        pages.last = Some(last.to_owned());
    } else if let Some(found) = token(core) {
        let article = match found {
            Token::Number(_) => core.chars().count() >= 6,
            Token::Prefixed(prefix, _) => prefix.starts_with(['e', 'E']),
            Token::Roman(_) | Token::Compound => false,
        };
        *(if article {
            &mut pages.elocation_id
        } else {
            &mut pages.first
        }) = Some(core.to_owned());
    }
    pages
}

/// The last page in full: `433` and `44` give `444`. Pages with other signs stay as printed.
/// `261-0` has no last page.
pub(super) fn whole_last(first: Option<&str>, last: &str) -> Option<String> {
    let is_number = |page: &str| page.bytes().all(|b| b.is_ascii_digit());
    match first {
        Some(first) if first.len() > last.len() && is_number(first) && is_number(last) => {
            let whole = [&first[..first.len() - last.len()], last].concat();
            (whole.as_str() > first).then_some(whole)
        }
        _ => Some(last.to_owned()),
    }
}

/// Returns whether a text reads as pages: pages and ranges, separated by commas, semicolons or `and`, with or without a
/// word before them and a note in brackets after them.
pub fn looks_like_pages(raw: &str) -> bool {
    let raw = raw.trim();
    if raw.is_empty() || raw.len() > MAX {
        return false;
    }
    let core = without_note(raw);
    if strip_word(core, ARTICLE_WORDS).is_some_and(|rest| token(rest).is_some()) {
        return true;
    }
    let (core, worded) = match strip_word(core, PAGE_WORDS) {
        Some(rest) => (rest, true),
        None => (core, false),
    };
    let core = before_page_word(core)
        .filter(|range| two_tokens(range).is_some())
        .unwrap_or(core);
    parts(core).all(|part| {
        let part = strip_word(part, PAGE_WORDS).unwrap_or(part);
        two_tokens(part).is_some()
            || token(part).is_some_and(|found| {
                // A lone capital is rather a letter than a page.
                worded
                    || !matches!(found, Token::Roman(_))
                    || part.len() > 1
                    || part.starts_with(char::is_lowercase)
            })
    })
}

/// Returns whether the numbers of a list of pages never fall: then it can be one article's.
pub(super) fn ascends(raw: &str) -> bool {
    let mut last = 0;
    let mut roman = false;
    for part in parts(without_note(raw)) {
        let part = strip_word(part, PAGE_WORDS).unwrap_or(part);
        let ends = two_tokens(part).map_or((part, part), |(first, last)| (first, last));
        let (Some(first), Some(to)) = (token(ends.0), token(ends.1).and_then(|t| t.value())) else {
            continue;
        };
        let Some(from) = first.value() else { continue };
        // the preface's numerals come before the figures
        let is_roman = matches!(first, Token::Roman(_));
        if roman && !is_roman {
            last = 0;
        }
        roman = is_roman;
        if from < last {
            return false;
        }
        last = to.max(from);
    }
    true
}

fn parts(core: &str) -> impl Iterator<Item = &str> {
    core.split([',', ';', '，', '、', '،', '&', '+'])
        .flat_map(|part| {
            let words = [" and ", " et ", " y ", " e ", " und ", " и ", " ve "];
            let has_words = memchr::memchr(b' ', part.as_bytes()).is_some();
            let parted = words
                .iter()
                .filter(|_| has_words)
                .find_map(|word| part.split_once(word));
            parted.map_or([Some(part), None], |(before, after)| {
                [Some(before), Some(after)]
            })
        })
        .flatten()
        .map(str::trim)
}

/// A first and a last page, when certain: rising, or shortened.
fn range(core: &str) -> Option<(&str, &str)> {
    let (first, last) = two_tokens(core)?;
    let certain = match (token(first)?, token(last)?) {
        (Token::Number(from), Token::Number(to)) => {
            to >= from || last.chars().count() < first.chars().count()
        }
        (Token::Prefixed(a, from), Token::Prefixed(b, to)) => {
            a.eq_ignore_ascii_case(b) && to >= from
        }
        (Token::Roman(from), Token::Roman(to)) => to >= from,
        // `S12-19`, but not `D17-1005`, which is one number of an anthology
        (Token::Prefixed(prefix, from), Token::Number(to)) => {
            let figures = first.chars().count() - prefix.chars().count();
            to >= from && last.chars().count() <= figures + 1
        }
        (Token::Roman(_), Token::Number(_)) | (Token::Compound, Token::Compound) => true,
        _ => false,
    };
    certain.then_some((first, last))
}

/// Two tokens with one dash, or doubled dash, between them.
fn two_tokens(core: &str) -> Option<(&str, &str)> {
    let (first, rest) = core.split_once(DASHES)?;
    let rest = rest.trim_start_matches(DASHES);
    let (first, last) = (first.trim(), rest.trim());
    let last = strip_word(last, PAGE_WORDS).unwrap_or(last);
    (token(first).is_some() && token(last).is_some()).then_some((first, last))
}

impl Token<'_> {
    fn value(&self) -> Option<u64> {
        match self {
            Self::Number(value) | Self::Roman(value) | Self::Prefixed(_, value) => Some(*value),
            Self::Compound => None,
        }
    }
}

fn token(text: &str) -> Option<Token<'_>> {
    if text.is_empty() || text.chars().count() > 16 || text.contains(char::is_whitespace) {
        return None;
    }
    if let Some(value) = number(text) {
        return Some(Token::Number(value));
    }
    if let Some(value) = roman(text) {
        return Some(Token::Roman(value));
    }
    let digits = text.find(|c: char| digit(c).is_some())?;
    let (prefix, rest) = text.split_at(digits);
    let letters = prefix.chars().count();
    let short = letters <= 3 || (letters <= 5 && prefix.starts_with(['e', 'E']));
    if !prefix.is_empty() {
        if !short || !prefix.chars().all(char::is_alphabetic) {
            return None;
        }
        // `P1.2`
        let is_pair = || {
            rest.split_once('.')
                .is_some_and(|(first, second)| number(first).is_some() && number(second).is_some())
        };
        return match number(rest) {
            Some(value) => Some(Token::Prefixed(prefix, value)),
            None => is_pair().then_some(Token::Compound),
        };
    }
    // `12a`, `5S`, `2:15`, `12.3`, `123.e4`, `12*`
    let end = text.find(|c: char| digit(c).is_none())?;
    let after = &text[end..];
    let suffix = after.chars().count() <= 2
        && !matches!(after, "p" | "pp" | "с")
        && after.chars().all(|c| c.is_alphabetic() || c == '*');
    let pair = after.strip_prefix([':', '.', '/']).is_some_and(|second| {
        number(second.strip_prefix(['e', 'E', 'S']).unwrap_or(second)).is_some()
    });
    (suffix || pair).then_some(Token::Compound)
}

/// Value of digits of one script or several, up to twelve.
fn number(text: &str) -> Option<u64> {
    if text.is_empty() || text.chars().count() > 12 {
        return None;
    }
    text.chars()
        .try_fold(0_u64, |value, c| Some(value * 10 + u64::from(digit(c)?)))
}

/// Value of a decimal digit in the scripts journals are written in.
pub(super) fn digit(c: char) -> Option<u32> {
    const ZEROS: &[u32] = &[
        0x30, 0x660, 0x6f0, 0x966, 0x9e6, 0xa66, 0xae6, 0xb66, 0xbe6, 0xc66, 0xce6, 0xd66, 0xe50,
        0xed0, 0xf20, 0x1040, 0x17e0, 0xff10,
    ];
    ZEROS
        .iter()
        .find_map(|zero| u32::from(c).checked_sub(*zero).filter(|value| *value < 10))
}

/// Value of a well-formed Roman numeral in one case.
pub(super) fn roman(text: &str) -> Option<u64> {
    let lower = text.to_ascii_lowercase();
    if text.is_empty() || text.len() > 12 || (text != lower && text != text.to_ascii_uppercase()) {
        return None;
    }
    let (mut value, mut rest) = (0, lower.as_str());
    for (sign, worth) in ROMAN {
        let most = if matches!(*sign, "m" | "c" | "x" | "i") {
            3
        } else {
            1
        };
        for _ in 0..most {
            let Some(after) = rest.strip_prefix(sign) else {
                break;
            };
            value += worth;
            rest = after;
        }
    }
    rest.is_empty().then_some(value)
}

/// Without a note after the pages (`[in Russian]`, `(in English)`) and without a last full stop.
fn without_note(raw: &str) -> &str {
    let mut core = raw.trim().trim_end_matches('.').trim_end();
    for (open, close) in [('[', ']'), ('(', ')')] {
        if let Some(inner) = core.strip_suffix(close)
            && let Some(at) = inner.rfind(open)
            && at > 0
            && inner[at + 1..].chars().any(char::is_alphabetic)
        {
            core = core[..at].trim_end();
        }
    }
    core
}

/// Returns the text before a last `p`, `pp` or `с`.
fn before_page_word(core: &str) -> Option<&str> {
    let before = ["pp", "p", "с", "стр"]
        .iter()
        .find_map(|word| core.strip_suffix(word))?;
    Some(before.trim_end_matches(['.', ' ']))
}

/// Returns the text after one of `words` and perhaps a blank, a dot or a colon; a word without its dot must be followed
/// by a blank or a digit.
fn strip_word<'a>(text: &'a str, words: &[&str]) -> Option<&'a str> {
    // as most pages do, and no word
    if text.starts_with(|c: char| c.is_ascii_digit()) {
        return None;
    }
    words.iter().find_map(|word| {
        let mut rest = text;
        for want in word.chars() {
            let first = rest.chars().next()?;
            if !same_letter(first, want) {
                return None;
            }
            rest = &rest[first.len_utf8()..];
        }
        let clean = rest.trim_start_matches(['.', ':']).trim_start();
        let parted = word.ends_with('.')
            || clean.len() < rest.len()
            || word.chars().count() > 3 && rest.starts_with(|c| digit(c).is_some());
        (parted && !clean.is_empty()).then_some(clean)
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rstest::rstest;

    use super::*;

    #[test]
    fn no_word_begins_with_a_digit() {
        let mut words = PAGE_WORDS.iter().chain(ARTICLE_WORDS);
        assert!(words.all(|word| !word.starts_with(|c: char| c.is_ascii_digit())));
    }

    #[rstest]
    #[case("103-110", Some("103"), Some("110"), None)]
    #[case("103–110", Some("103"), Some("110"), None)]
    #[case("103 — 110", Some("103"), Some("110"), None)]
    #[case("103--110", Some("103"), Some("110"), None)]
    #[case("pp. 12-19", Some("12"), Some("19"), None)]
    #[case("p. 7", Some("7"), None, None)]
    #[case("С. 5–10", Some("5"), Some("10"), None)]
    #[case("S. 12–19", Some("12"), Some("19"), None)]
    #[case("7", Some("7"), None, None)]
    #[case("S12", Some("S12"), None, None)]
    #[case("A12-A15", Some("A12"), Some("A15"), None)]
    #[case("xiv-xx", Some("xiv"), Some("xx"), None)]
    #[case("1-12 [in Russian]", Some("1"), Some("12"), None)]
    #[case("123-9", Some("123"), Some("9"), None)]
    #[case("110-103", None, None, None)]
    #[case("103–110, 115", None, None, None)]
    #[case("7, 9–12; 34", None, None, None)]
    #[case("1-20 p.", Some("1"), Some("20"), None)]
    #[case("20 p.", None, None, None)]
    #[case("20p", None, None, None)]
    #[case("e13", None, None, Some("e13"))]
    #[case("e12345", None, None, Some("e12345"))]
    #[case("eaay1234", None, None, Some("eaay1234"))]
    #[case("012001", None, None, Some("012001"))]
    #[case("Article 17", None, None, Some("17"))]
    #[case("eLocation: e12", None, None, Some("e12"))]
    #[case("e12-e15", Some("e12"), Some("e15"), None)]
    #[case("2:1-2:15", Some("2:1"), Some("2:15"), None)]
    #[case("۱۲-۱۹", Some("۱۲"), Some("۱۹"), None)]
    #[case("in press", None, None, None)]
    #[case("", None, None, None)]
    fn parsed(
        #[case] raw: &str,
        #[case] first: Option<&str>,
        #[case] last: Option<&str>,
        #[case] article: Option<&str>,
    ) {
        let pages = parse(raw);
        assert_eq!(
            (
                pages.first.as_deref(),
                pages.last.as_deref(),
                pages.elocation_id.as_deref()
            ),
            (first, last, article)
        );
        assert_eq!(pages.raw, raw);
    }

    #[rstest]
    #[case("103-110", true)]
    #[case("103–110, 115", true)]
    #[case("7, 9–12; 34", true)]
    #[case("1-12 [in Russian]", true)]
    #[case("pp. 12-19", true)]
    #[case("e12345", true)]
    #[case("xiv-xx", true)]
    #[case("iv", true)]
    #[case("C", false)]
    #[case("Part 2", false)]
    #[case("Water", false)]
    #[case("civil", false)]
    #[case("Special Issue", false)]
    #[case("2004: Title", false)]
    #[case("", false)]
    fn reads_as_pages(#[case] raw: &str, #[case] expected: bool) {
        assert_eq!(looks_like_pages(raw), expected);
    }

    #[test]
    fn one_article_never_goes_back() {
        assert!(ascends("7, 9–12; 34"));
        assert!(ascends("i-iv, 1-12"));
        assert!(!ascends("1-12, i-iv, 2"));
        assert!(!ascends("2030; 5-13"));
    }

    proptest! {
        #[test]
        fn a_range_parses_to_its_ends(first in 1_u32..9_999, more in 0_u32..500, dash in "[-–—]| - |--") {
            let (first, last) = (first.to_string(), (first + more).to_string());
            let pages = parse(&format!("{first}{dash}{last}"));
            prop_assert_eq!(pages.first, Some(first));
            prop_assert_eq!(pages.last, Some(last));
        }

        #[test]
        fn never_panics(raw in "\\PC{0,30}|[0-9ivxeS ,;.:–-]{0,20}") {
            let pages = parse(&raw);
            prop_assert!(pages.last.is_none() || pages.first.is_some());
            prop_assert!(pages.elocation_id.is_none() || pages.first.is_none());
            looks_like_pages(&raw);
            ascends(&raw);
        }
    }
}
