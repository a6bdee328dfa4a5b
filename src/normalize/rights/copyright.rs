//! Copyright lines, as OJS prints them in every language, and simple ones of others.

use std::borrow::Cow;
use std::cmp::Reverse;
use std::collections::HashMap;
use std::sync::LazyLock;

use crate::article::Copyright;
use crate::normalize::labels;
use crate::normalize::text::same_letter;
use crate::values::LanguageTag;

/// A longer text is a notice, no line.
const MAX: usize = 300;

/// A line's words before, between and after its year and holder.
struct Pattern {
    lang: Option<&'static str>,
    before: &'static str,
    /// `None` where the line has a holder only.
    between: Option<&'static str>,
    after: &'static str,
    year_first: bool,
}

/// The beginning of a line.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Start {
    Nothing,
    /// Any sign for copyright.
    Sign,
    /// A letter, small: two that are the same but for case have the same.
    Letter(char),
}

impl Start {
    fn of(text: &str) -> Self {
        let text = text.trim_start();
        if strip_sign(text).is_some() {
            return Self::Sign;
        }
        text.chars()
            .flat_map(char::to_lowercase)
            .next()
            .map_or(Self::Nothing, Self::Letter)
    }
}

/// Patterns by what their lines begin with, those with the most words before year and holder first.
static PATTERNS: LazyLock<HashMap<Start, Vec<Pattern>>> = LazyLock::new(|| {
    let mut patterns: Vec<Pattern> = labels::copyright()
        .iter()
        .filter_map(|line| pattern(line.text, Some(line.lang)))
        .collect();
    // As other software writes it.
    for before in [
        "copyright (c)",
        "(c) copyright",
        "copyright:",
        "copyright",
        "(c)",
    ] {
        patterns.push(Pattern {
            lang: None,
            before,
            between: Some(""),
            after: "",
            year_first: true,
        });
    }
    patterns.sort_by_key(|pattern| Reverse(pattern.before.chars().count()));
    let mut by_start: HashMap<Start, Vec<Pattern>> = HashMap::new();
    for pattern in patterns {
        by_start
            .entry(Start::of(pattern.before))
            .or_default()
            .push(pattern);
    }
    by_start
});

fn pattern(text: &'static str, lang: Option<&'static str>) -> Option<Pattern> {
    let first = text.find('{')?;
    let first_end = first + text[first..].find('}')? + 1;
    let year_first = text[first..first_end].to_ascii_lowercase().contains("year");
    let before = text[..first].trim();
    let rest = &text[first_end..];
    let (between, after) = match rest.find('{') {
        Some(second) => (
            Some(rest[..second].trim()),
            rest[second + rest[second..].find('}')? + 1..].trim(),
        ),
        None => (None, rest.trim()),
    };
    Some(Pattern {
        lang,
        before,
        between,
        after,
        year_first,
    })
}

/// Year and holder of a copyright line, by the words of `lang` first, then of every language; the statement
/// is the line as received. A year or holder that the line lacks is absent. `None` for longer notices, for
/// text that is no copyright line, and for one that holds nothing but placeholders.
pub fn copyright(line: &str, lang: Option<&str>) -> Option<Copyright> {
    let line = line.trim();
    if line.is_empty() || (line.len() > MAX && line.chars().count() > MAX) {
        return None;
    }
    let text = without_placeholders(line);
    let lang = lang.map(|lang| LanguageTag::primary_of(lang).to_ascii_lowercase());
    // those without a word before come last, as they would among all
    let patterns = || {
        [Start::of(&text), Start::Nothing]
            .into_iter()
            .filter_map(|start| PATTERNS.get(&start))
            .flatten()
    };
    let of_language =
        patterns().filter(|pattern| lang.is_some() && pattern.lang == lang.as_deref());
    let (year, holder) = of_language
        .chain(patterns())
        .find_map(|pattern| pattern.read(&text))?;
    (year.is_some() || holder.is_some()).then(|| Copyright {
        statement: Some(line.to_owned()),
        year,
        holder,
    })
}

impl Pattern {
    fn read(&self, text: &str) -> Option<(Option<i32>, Option<String>)> {
        let rest = strip_words(text, self.before)?.trim();
        let rest = strip_sign(rest).unwrap_or(rest).trim();
        // A word that goes on is another word: `Copyrighted`.
        let joined = text.len() - rest.len() == self.before.len()
            && self.before.ends_with(char::is_alphabetic);
        if joined && rest.starts_with(char::is_alphanumeric) {
            return None;
        }
        let (year, holder) = if self.year_first {
            (leading_year(rest), None)
        } else {
            (None, None::<&str>)
        };
        let (year, holder) = match year {
            Some((year, after)) => {
                let after = after.trim_start();
                let after = self
                    .between
                    .and_then(|between| strip_words(after, between))
                    .unwrap_or(after);
                (year, after.trim_start_matches([',', '.', ';', ':', ' ']))
            }
            None => match trailing_year(rest) {
                Some((holder, year)) => (Some(year), holder),
                None => (None, holder.unwrap_or(rest)),
            },
        };
        let holder = holder.trim().trim_end_matches("()");
        let holder = if self.after.is_empty() {
            holder
        } else {
            holder.trim().trim_end_matches(self.after)
        };
        let holder = strip_words(holder, "by")
            .filter(|rest| rest.starts_with(' '))
            .unwrap_or(holder);
        let holder = before_licence(holder).trim_matches([',', ';', ':', ' ']);
        // Prose that begins like a line: `Copyright statement: authors must …`
        let signed = strip_sign(text.trim_start()).is_some()
            || self.before.chars().any(|c| matches!(c, '(' | '©' | '（'));
        if year.is_none()
            && (holder.split_whitespace().count() > 12 || (self.lang.is_none() && !signed))
        {
            return None;
        }
        let holder = holder
            .chars()
            .any(char::is_alphanumeric)
            .then(|| holder.to_owned());
        Some((year, holder))
    }
}

/// The holder without what a line says of the licence behind it.
fn before_licence(holder: &str) -> &str {
    const SENTENCES: &[&str] = &[
        ". this ",
        ". published ",
        ". licen",
        ". all rights",
        ". open access",
        ". creative commons",
        ". cc ",
        ". cc-",
        ". under ",
        ". distributed ",
        ". it is ",
        ". available ",
        ", under ",
        " under a creative",
        " under cc",
        " licensed under",
    ];
    // ASCII alone, so that places in both are the same
    let lower = holder.to_ascii_lowercase();
    // few lines have a sentence behind them: its first sign tells
    let marks = [b'.', b',', b' ', b'h']
        .map(|mark| (mark, memchr::memchr(mark, lower.as_bytes()).is_some()));
    let may_have = |words: &&&str| {
        marks
            .iter()
            .any(|(mark, is_there)| *is_there && words.as_bytes()[0] == *mark)
    };
    let ends = SENTENCES
        .iter()
        .chain(&["http://", "https://"])
        .filter(may_have);
    let end = ends.filter_map(|words| lower.find(words)).min();
    end.map_or(holder, |end| {
        holder[..end].trim_end_matches(['<', '(', '[', '|', '-', '–', ' '])
    })
}

/// The year at the start: of one year its value, of a span none; and what follows.
fn leading_year(text: &str) -> Option<(Option<i32>, &str)> {
    let (year, rest) = one_year(text.trim_start_matches('('))?;
    let rest = rest.trim_start_matches(')');
    let span = rest.trim_start();
    if let Some(second) = span.strip_prefix(['-', '–', '—', ',', '/'])
        && let Some((_, rest)) = one_year(second.trim_start())
    {
        return Some((None, rest));
    }
    Some((Some(year), rest))
}

/// Holder and year of `Holder 2004`, `Holder (2004)`, `Holder, 2004`.
fn trailing_year(text: &str) -> Option<(&str, i32)> {
    let end = text.trim_end_matches(['.', ')', ' ']);
    let start = end.char_indices().rev().nth(3)?.0;
    let (year, rest) = one_year(&end[start..])?;
    let holder = &end[..start];
    if !rest.is_empty()
        || holder.ends_with(|c: char| c.is_alphanumeric() || matches!(c, '-' | '–' | '/'))
    {
        return None;
    }
    Some((holder.trim_end_matches(['(', ',', ' ']), year))
}

fn one_year(text: &str) -> Option<(i32, &str)> {
    let digits = text
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(text.len());
    let year = text[..digits]
        .parse()
        .ok()
        .filter(|year| digits == 4 && (1000..=2100).contains(year))?;
    Some((year, &text[digits..]))
}

/// Returns the text after `words` at the start of `text`: case and blanks do not count, and every sign for copyright
/// is one.
fn strip_words<'a>(text: &'a str, words: &str) -> Option<&'a str> {
    let mut rest = text.trim_start();
    let mut words = words.trim_start();
    while !words.is_empty() {
        match (strip_sign(rest), strip_sign(words)) {
            (Some(after), Some(after_words)) => {
                rest = after.trim_start();
                words = after_words.trim_start();
            }
            (None, None) => {
                let (have, want) = (rest.chars().next()?, words.chars().next()?);
                if !same_letter(have, want) {
                    return None;
                }
                let after = &rest[have.len_utf8()..];
                words = &words[want.len_utf8()..];
                let blank = words.starts_with(char::is_whitespace) || strip_sign(words).is_some();
                words = words.trim_start();
                rest = if blank { after.trim_start() } else { after };
            }
            _ => return None,
        }
    }
    Some(rest)
}

fn strip_sign(text: &str) -> Option<&str> {
    // Most characters begin none, and every word is looked at.
    if !matches!(text.as_bytes().first(), Some(b'(' | 0xC2 | 0xE2 | 0xEF)) {
        return None;
    }
    ["(c)", "(C)", "©", "（c）", "（C）", "ⓒ", "Ⓒ", "(с)", "(С)"]
        .iter()
        .find_map(|sign| text.strip_prefix(sign))
}

/// The line without `{$copyrightYear}`, `{copyrightHolder}`, `##…##`.
fn without_placeholders(line: &str) -> Cow<'_, str> {
    if memchr::memchr2(b'{', b'#', line.as_bytes()).is_none() {
        return Cow::Borrowed(line);
    }
    let mut out = String::with_capacity(line.len());
    let mut rest = line;
    while let Some(at) = rest.find(['{', '#']) {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        let end = if let Some(inner) = rest.strip_prefix("##") {
            inner.find("##").map(|end| end + 4)
        } else if rest.starts_with('{') {
            rest.find('}')
                .filter(|end| rest[..*end].to_ascii_lowercase().contains("copyright"))
                .map(|end| end + 1)
        } else {
            None
        };
        let Some(end) = end else {
            out.push_str(&rest[..1]);
            rest = &rest[1..];
            continue;
        };
        rest = &rest[end..];
    }
    out.push_str(rest);
    Cow::Owned(out)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case(
        "Copyright (c) 2004 Igor BURNASHEV (Author)",
        Some(2004),
        Some("Igor BURNASHEV (Author)")
    )]
    #[case(
        "Copyright © 2021 Celine Zuber-Roy",
        Some(2021),
        Some("Celine Zuber-Roy")
    )]
    #[case("© CA&C Press AB 2004", Some(2004), Some("CA&C Press AB"))]
    #[case(
        "(c) Tous droits réservés Jean Dupont 2019",
        Some(2019),
        Some("Jean Dupont")
    )]
    #[case(
        "Merci de créditer les auteurs lors de toute citation : Jean Dupont (2019)",
        Some(2019),
        Some("Jean Dupont")
    )]
    #[case("Derechos de autor 2020 Ana Pérez", Some(2020), Some("Ana Pérez"))]
    #[case("Авторско право(c) 2019 Петар", Some(2019), Some("Петар"))]
    #[case("Derechos de autor (c) 2020 Ana Pérez", Some(2020), Some("Ana Pérez"))]
    #[case("حق نشر 2019 Ali", Some(2019), Some("Ali"))]
    #[case("Copyright (c)  Igor BURNASHEV", None, Some("Igor BURNASHEV"))]
    #[case("Copyright (c) 2004 ", Some(2004), None)]
    #[case("Copyright (c) 2004 {$copyrightHolder}", Some(2004), None)]
    #[case("Copyright (c) 2004-2006 Press", None, Some("Press"))]
    #[case("Copyright 2004 by Press", Some(2004), Some("Press"))]
    #[case("Copyright (c) 2004 Edition 2000", Some(2004), Some("Edition 2000"))]
    #[case(
        "Copyright (c) 2004 J. Doe https://creativecommons.org/licenses/by/4.0",
        Some(2004),
        Some("J. Doe")
    )]
    #[case(
        "© 2004, The Author(s). This is an open access article under CC BY-NC 4.0",
        Some(2004),
        Some("The Author(s)")
    )]
    #[case("(c) 2019 Press Ltd, under CC BY 4.0", Some(2019), Some("Press Ltd"))]
    fn lines(#[case] line: &str, #[case] year: Option<i32>, #[case] holder: Option<&str>) {
        let found = copyright(line, None).unwrap();
        assert_eq!((found.year, found.holder.as_deref()), (year, holder));
        assert_eq!(found.statement.as_deref(), Some(line.trim()));
    }

    #[rstest]
    #[case("Copyright (c) {$copyrightYear} {$copyrightHolder}")]
    #[case("Bản quyền (c) {copyrightHolder}")]
    #[case("版权所有（c）{$ COPYRIGHTYEAR} {$ copyrightHolder}")]
    #[case("https://creativecommons.org/licenses/by/4.0")]
    #[case("Authors who publish with this journal agree to the following terms")]
    #[case("Copyrighted material of 2004")]
    #[case("Copyright statement of the journal")]
    #[case("")]
    fn no_line(#[case] line: &str) {
        assert_eq!(copyright(line, None), None);
    }

    #[test]
    fn every_language_with_any_part_missing() {
        for line in labels::copyright() {
            for (year, holder) in [
                (Some(2004), Some("Ana Pérez, Ltd")),
                (None, Some("Ana Pérez")),
                (Some(2004), None),
            ] {
                let year_text = year.map(|year: i32| year.to_string()).unwrap_or_default();
                let text = line
                    .text
                    .replace("{$copyrightYear}", &year_text)
                    .replace("{$ COPYRIGHTYEAR}", &year_text)
                    .replace("{$copyrightHolder}", holder.unwrap_or_default())
                    .replace("{$ copyrightHolder}", holder.unwrap_or_default())
                    .replace("{copyrightHolder}", holder.unwrap_or_default());
                let has_year = line.text.to_ascii_lowercase().contains("year");
                let want = (year.filter(|_| has_year), holder.map(str::to_owned));
                for lang in [Some(line.lang), None] {
                    let got = copyright(&text, lang).map(|found| (found.year, found.holder));
                    let want = Some(want.clone())
                        .filter(|(year, holder)| year.is_some() || holder.is_some());
                    assert_eq!(got, want, "{text} [{lang:?}]");
                }
            }
        }
    }

    proptest! {
        #[test]
        fn prefilters_reject_no_matching_line(
            line in "( |©|\\(c\\)|\\(C\\)|（c）|ⓒ|c|C|Copyright|К|\\PC){0,3}\\PC{0,12}",
        ) {
            let others = PATTERNS.iter().filter(|(start, _)| ![Start::of(&line), Start::Nothing].contains(start));
            for pattern in others.flat_map(|(_, patterns)| patterns) {
                prop_assert_eq!(pattern.read(&line), None);
            }
        }

        #[test]
        fn never_panics(line in "\\PC{0,40}|(Copyright|\\(c\\)|©| |[0-9]{4}|-|\\{\\$|\\}|##|é){0,10}") {
            copyright(&line, Some("fr"));
        }
    }
}
