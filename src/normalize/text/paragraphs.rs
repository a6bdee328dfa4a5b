//! Paragraphs of abstracts.

use std::collections::HashSet;
use std::sync::LazyLock;

use super::markup::{BLOCK, BREAK};
use super::{Cleaned, bare, characters};
use crate::article::Code;

/// A line of at least this many characters may have been wrapped by its author.
const WRAP: usize = 50;

/// Short forms that a full stop follows in mid-sentence.
static ABBREVIATIONS: LazyLock<HashSet<&str>> =
    LazyLock::new(|| include_str!("../data/abbreviations.txt").lines().collect());

/// First words of sentences, taken as evidence where the word before could be part of a name of a program.
static STARTERS: LazyLock<HashSet<&str>> = LazyLock::new(|| {
    include_str!("../data/sentence-starters.txt")
        .lines()
        .collect()
});

/// Extensions and domains that follow a dot in names.
static SUFFIXES: LazyLock<HashSet<&str>> =
    LazyLock::new(|| include_str!("../data/name-suffixes.txt").lines().collect());

/// Plain text with its paragraphs separated by a blank line. New paragraphs begin at block elements, doubled
/// line breaks, line ends that close a sentence or a short line, and where sentences had run together
/// (`ends.Next`, or a lone no-break space between them; [`Code::GluedParagraphs`]). Text that seems cut off
/// at a `<` gets [`Code::TruncatedText`].
pub fn paragraphs(raw: &str) -> Cleaned {
    let (mut text, mut codes) = bare(raw);
    if memchr::memchr(b'\r', text.as_bytes()).is_some() {
        text = text.replace("\r\n", "\n").replace('\r', "\n").into();
    }
    let spaced_by_nbsp = nbsp_is_spacing(&text);
    let mut parts: Vec<String> = Vec::new();
    let mut glued = false;
    if has_breaks(&text) {
        for block in text.split(BLOCK) {
            for chunk in blank_line_chunks(block) {
                for paragraph in join_lines(&chunk) {
                    glued |= part_glued(&paragraph, spaced_by_nbsp, &mut parts);
                }
            }
        }
    } else {
        glued = part_glued(&text, spaced_by_nbsp, &mut parts);
    }
    if glued && parts.len() > 1 {
        codes.push(Code::GluedParagraphs);
    }
    if parts.last().is_some_and(|last| looks_cut(last, &text)) {
        codes.push(Code::TruncatedText);
    }
    let value = if parts.len() == 1 {
        parts.remove(0)
    } else {
        parts.join("\n\n")
    };
    Cleaned { value, codes }
}

/// Returns whether there are line ends, or their marks, U+2028 and U+2029.
fn has_breaks(text: &str) -> bool {
    let bytes = text.as_bytes();
    memchr::memchr(b'\n', bytes).is_some()
        || memchr::memchr_iter(0xE2, bytes).any(|at| text[at..].starts_with([BREAK, BLOCK]))
}

/// Lines between blank lines; a doubled `<br>` is a blank line too.
fn blank_line_chunks(block: &str) -> Vec<Vec<&str>> {
    if !block.contains('\n') && !block.contains(BREAK) {
        return if block.trim().is_empty() {
            Vec::new()
        } else {
            vec![vec![block]]
        };
    }
    let mut chunks = vec![Vec::new()];
    for line in block.split(['\n', BREAK]) {
        if line.trim().is_empty() {
            chunks.push(Vec::new());
        } else if let Some(chunk) = chunks.last_mut() {
            chunk.push(line);
        }
    }
    // `text<br>\n` is one break, written twice: source lines after a `<br>` come as an empty piece.
    chunks.retain(|chunk| !chunk.is_empty());
    chunks
}

/// Joins wrapped lines, keeps the ends that close a sentence or a short line.
fn join_lines(lines: &[&str]) -> Vec<String> {
    let widths: Vec<usize> = lines
        .iter()
        .map(|line| line.trim().chars().count())
        .collect();
    let widest = widths.iter().copied().max().unwrap_or(0);
    let inner = lines.len().saturating_sub(1);
    let open = (0..inner)
        .filter(|&at| widths[at] >= WRAP && !ends_sentence(lines[at]))
        .count();
    let wrapped = inner >= 2 && open * 2 > inner;
    let mut out: Vec<String> = Vec::new();
    let mut fresh = true;
    for (at, line) in lines.iter().enumerate() {
        match out.last_mut() {
            Some(last) if !fresh => {
                last.push(' ');
                last.push_str(line);
            }
            _ => out.push((*line).to_owned()),
        }
        // A small letter continues with the sentence of an open line.
        let goes_on = lines
            .get(at + 1)
            .is_some_and(|next| next.trim().starts_with(char::is_lowercase));
        fresh = if wrapped {
            ends_sentence(line) && widths[at] * 5 < widest * 4
        } else {
            ends_sentence(line) || (widths[at] < WRAP && !goes_on)
        };
    }
    out
}

fn ends_sentence(line: &str) -> bool {
    line.trim_end().trim_end_matches(is_closer).ends_with([
        '.', '!', '?', '…', ':', '。', '؟', '।', '！', '？', '՝', '։',
    ])
}

fn is_closer(c: char) -> bool {
    matches!(c, '"' | '\'' | ')' | ']' | '”' | '’' | '»' | '“')
}

/// Returns whether no-break spaces stand between ordinary words all over: then they say nothing about paragraphs.
fn nbsp_is_spacing(text: &str) -> bool {
    let bytes = text.as_bytes();
    if !memchr::memchr_iter(0xC2, bytes).any(|at| bytes[at..].starts_with("\u{a0}".as_bytes())) {
        return false;
    }
    let chars: Vec<char> = text.chars().collect();
    let (mut inside, mut between) = (0_usize, 0_usize);
    for at in 1..chars.len().saturating_sub(1) {
        if chars[at] == '\u{a0}' {
            if chars[at - 1].is_alphanumeric() && chars[at + 1].is_alphanumeric() {
                inside += 1;
            } else if ends_sentence(&chars[at - 1].to_string()) && chars[at + 1].is_uppercase() {
                between += 1;
            }
        }
    }
    inside > 3 && inside > between
}

/// Parts one paragraph where sentences ran together, and says whether it did. Each part is cleaned, and left out where
/// nothing stays of it.
fn part_glued(text: &str, spaced_by_nbsp: bool, out: &mut Vec<String>) -> bool {
    let mut add =
        |part: &str| out.extend(Some(characters::line(part)).filter(|part| !part.is_empty()));
    let mut start = 0;
    let mut glued = false;
    for (at, c) in marks(text) {
        let after_mark = at + c.len_utf8();
        let closers =
            text[after_mark..].len() - text[after_mark..].trim_start_matches(is_closer).len();
        let after = after_mark + closers;
        let next = &text[after..];
        let split = if let Some(next) = next.strip_prefix('\u{a0}') {
            !spaced_by_nbsp
                && sentence_before(&text[start..at], 3).is_some()
                && starts_sentence(next)
        } else {
            c != '…' && runs_together(&text[start..at], c, next, closers > 0)
        };
        if split {
            add(&text[start..after]);
            start = after;
            glued = true;
        }
    }
    add(&text[start..]);
    glued
}

/// The marks that may end a sentence, and where they stand.
fn marks(text: &str) -> impl Iterator<Item = (usize, char)> {
    const ELLIPSIS: char = '…';
    let mut stops = memchr::memchr3_iter(b'.', b'!', b'?', text.as_bytes()).peekable();
    let ellipses =
        memchr::memchr_iter(0xE2, text.as_bytes()).filter(|at| text[*at..].starts_with(ELLIPSIS));
    let mut ellipses = ellipses.peekable();
    std::iter::from_fn(move || match (stops.peek(), ellipses.peek()) {
        (stop, Some(&at)) if stop.is_none_or(|stop| at < *stop) => {
            ellipses.next();
            Some((at, ELLIPSIS))
        }
        _ => stops.next().map(|at| (at, char::from(text.as_bytes()[at]))),
    })
}

/// The last word of `before` when a sentence may end with it: long enough, and no abbreviation.
fn sentence_before(before: &str, least: usize) -> Option<&str> {
    let before = before.trim_end_matches(is_closer).trim_end_matches('%');
    let word_start = before
        .rfind(|c: char| !c.is_alphanumeric())
        .map_or(0, |at| {
            at + before[at..].chars().next().map_or(1, char::len_utf8)
        });
    let word = &before[word_start..];
    let letters = word.chars().count();
    let numeric = word.chars().all(|c| c.is_ascii_digit());
    let enough = if numeric {
        letters == 4
    } else {
        letters >= least
    };
    // A lone word before the stop is a label (`Fig.`, `Vol.`), not a sentence.
    let sentence = before[..word_start].trim().chars().any(char::is_alphabetic) || letters > 8;
    let lower = word.to_lowercase();
    let short_form = ABBREVIATIONS.contains(&*lower);
    // `U.S.S.R.`, `example.org.`: a dot right before the word.
    let dotted = before[..word_start].ends_with(['.', '/', '@', '_', '\\']);
    (enough && sentence && !short_form && !dotted).then_some(word)
}

/// Returns whether a new sentence begins: a capital, perhaps after an opening quote.
fn starts_sentence(next: &str) -> bool {
    let mut chars = next
        .trim_start_matches(['“', '"', '«', '(', '„', '‘'])
        .chars();
    let Some(first) = chars.next() else {
        return false;
    };
    first.is_uppercase()
        && chars
            .next()
            .is_none_or(|c| c.is_lowercase() || c.is_whitespace() || c.is_uppercase())
}

/// `ends.Next`: careful with names of files and programs, initials, URLs and short forms.
fn runs_together(before: &str, mark: char, next: &str, closed: bool) -> bool {
    let next = if closed {
        next
    } else {
        next.trim_start_matches(['“', '«', '„'])
    };
    let word: String = next
        .chars()
        .take_while(|c| c.is_alphabetic() || matches!(c, '\'' | '’'))
        .collect();
    let mut letters = word.chars();
    let Some(first) = letters.next() else {
        return false;
    };
    if !first.is_uppercase() || !letters.all(|c| !c.is_uppercase()) {
        return false;
    }
    let follows = next[word.len()..].chars().next();
    // A single capital is a word only before a blank (`A new`); `A.B.` are initials.
    if word.chars().count() == 1 && follows != Some(' ') {
        return false;
    }
    // Only a blank or light punctuation ends an ordinary word.
    if !follows.is_none_or(|c| {
        c.is_whitespace() || matches!(c, ',' | ':' | ';' | '-' | '–' | '—' | ')' | '.')
    }) {
        return false;
    }
    if follows == Some('.')
        && !next[word.len() + 1..].starts_with(|c: char| c.is_whitespace())
        && next.len() > word.len() + 1
    {
        return false;
    }
    // Short forms end with a full stop only.
    let Some(last) = sentence_before(before, if mark == '.' { 3 } else { 2 }) else {
        return false;
    };
    if SUFFIXES.contains(&*word.to_lowercase()) || in_address(before) {
        return false;
    }
    let latin = first <= '\u{24f}';
    let starter = STARTERS.contains(&*word);
    let small = last.chars().all(char::is_lowercase);
    small || starter || !latin
}

/// Returns whether the word before the stop belongs to a URL, a DOI, an address or a path.
fn in_address(before: &str) -> bool {
    let token = before
        .rsplit(char::is_whitespace)
        .next()
        .unwrap_or_default();
    let lower = token.to_ascii_lowercase();
    token.contains(['/', '@', '\\', '_', '=', '#']) && !lower.contains("и/или")
        || lower.contains("www.")
        || lower.contains("doi:")
        || lower.starts_with("10.")
}

/// Evidence that text was lost at a bare `<`: a parenthesis opened near the end and never closed, with a
/// statistic (`p`, `n`) or nothing more in it, or a lone statistic at the very end.
fn looks_cut(last: &str, raw: &str) -> bool {
    if last.ends_with('<') {
        return true;
    }
    if ends_sentence(last) || last.ends_with([',', ';']) {
        return false;
    }
    let statistic = |word: &str| {
        matches!(
            word.to_lowercase().as_str(),
            "p" | "n" | "r" | "р" | "p-value" | "value" | "α" | "q" | "i2" | ""
        )
    };
    if let Some(open) = last.rfind(['(', '[']) {
        let inside = &last[open + 1..];
        if !inside.contains([')', ']']) && inside.chars().count() < 60 {
            return inside.split_whitespace().last().is_none_or(statistic)
                || inside.chars().count() < 20;
        }
    }
    let word = last.rsplit(char::is_whitespace).next().unwrap_or_default();
    // `… was significant at p `: the blank before the lost `<` is still there.
    !word.is_empty() && word.len() < 3 && statistic(word) && last.len() > 40 && raw.ends_with(' ')
}
