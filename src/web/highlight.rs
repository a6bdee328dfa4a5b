//! Marks the words of a search in the texts that it found.

use std::ops::Range;

use crate::report::esc;
use crate::store::words::{folded, is_of_word, phrases};

/// Characters of a text shown before its first hit, and after.
const BEFORE: usize = 90;
const AFTER: usize = 170;

/// The words of a search.
#[derive(Debug, Default)]
pub(super) struct Highlighter {
    phrases: Vec<Vec<String>>,
}

/// A word of a text: where it stands, and how it is compared.
struct Word {
    at: Range<usize>,
    folded: String,
}

impl Highlighter {
    pub(super) fn new(words: &str) -> Self {
        Self {
            phrases: phrases(words),
        }
    }

    /// Returns plain text as markup, with the hits marked.
    pub(super) fn text(&self, text: &str) -> String {
        format!("<bdi>{}</bdi>", self.markup(&esc(text)))
    }

    /// Marks the hits in markup, outside of its tags.
    pub(super) fn markup(&self, markup: &str) -> String {
        let mut out = String::with_capacity(markup.len() + 32);
        let mut done = 0;
        for hit in self.hits(&words_of(markup)) {
            out.push_str(&markup[done..hit.start]);
            out.push_str("<mark>");
            out.push_str(&markup[hit.clone()]);
            out.push_str("</mark>");
            done = hit.end;
        }
        out.push_str(&markup[done..]);
        out
    }

    /// Returns the passage of a plain text around its first hit, marked; `None` without a hit.
    pub(super) fn passage(&self, text: &str) -> Option<String> {
        let text = esc(text);
        let words = words_of(&text);
        let hit = self.hits(&words).into_iter().next()?;
        let from = hit.start.saturating_sub(BEFORE);
        let until = hit.end + AFTER;
        let mut inside = words
            .iter()
            .filter(|word| word.at.start >= from && word.at.end <= until);
        let first = inside.next().map_or(hit.start, |word| word.at.start);
        let last = inside.next_back().map_or(hit.end, |word| word.at.end);
        let (first, last) = (first.min(hit.start), last.max(hit.end));
        let is_first = words.first().is_none_or(|word| word.at.start >= first);
        let is_last = words.last().is_none_or(|word| word.at.end <= last);
        let (before, first) = if is_first { ("", 0) } else { ("… ", first) };
        let (after, last) = if is_last {
            ("", text.len())
        } else {
            (" …", last)
        };
        Some(format!(
            "<bdi>{before}{}{after}</bdi>",
            self.markup(&text[first..last])
        ))
    }

    /// Returns where the words of the phrases stand, in order.
    fn hits(&self, words: &[Word]) -> Vec<Range<usize>> {
        let mut hits: Vec<Range<usize>> = Vec::new();
        for start in 0..words.len() {
            let longest = self
                .phrases
                .iter()
                .enumerate()
                .filter(|(n, phrase)| is_at(&words[start..], phrase, n + 1 == self.phrases.len()))
                .map(|(_, phrase)| phrase.len())
                .max()
                .unwrap_or_default();
            for word in &words[start..start + longest] {
                if hits.last().is_none_or(|last| last.end <= word.at.start) {
                    hits.push(word.at.clone());
                }
            }
        }
        hits
    }
}

/// Returns whether a phrase begins here; the last word of the last phrase may be the beginning of one.
fn is_at(words: &[Word], phrase: &[String], is_last: bool) -> bool {
    phrase.len() <= words.len()
        && phrase.iter().enumerate().all(|(n, wanted)| {
            let found = &words[n].folded;
            found == wanted || (is_last && n + 1 == phrase.len() && found.starts_with(wanted))
        })
}

/// Returns the words of markup, without its tags and character references.
fn words_of(markup: &str) -> Vec<Word> {
    let mut words = Vec::new();
    let mut at = 0;
    while let Some(c) = markup[at..].chars().next() {
        let rest = &markup[at..];
        let length = match c {
            '<' => rest.find('>').map_or(rest.len(), |end| end + 1),
            '&' => rest.find(';').map_or(1, |end| end + 1),
            _ if is_of_word(c) => {
                let length = rest.find(|c| !is_of_word(c)).unwrap_or(rest.len());
                words.push(Word {
                    at: at..at + length,
                    folded: folded(&rest[..length]),
                });
                length
            }
            _ => c.len_utf8(),
        };
        at += length;
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[rstest::rstest]
    #[case("sea", "Steppe & Sea", "<bdi>Steppe &amp; <mark>Sea</mark></bdi>")]
    #[case("sea", "Unseasonal", "<bdi>Unseasonal</bdi>")]
    #[case("жиз", "Жизнь", "<bdi><mark>Жизнь</mark></bdi>")]
    #[case("etudes", "Études", "<bdi><mark>Études</mark></bdi>")]
    #[case(
        "cafe sea",
        "Café; seasons",
        "<bdi><mark>Café</mark>; <mark>seasons</mark></bdi>"
    )]
    #[case("sea cafe", "seasons", "<bdi>seasons</bdi>")]
    #[case(
        "10.1/abc",
        "10.1/abc, 10.2/abc",
        "<bdi><mark>10</mark>.<mark>1</mark>/<mark>abc</mark>, 10.2/abc</bdi>"
    )]
    #[case("amp", "R&D", "<bdi>R&amp;D</bdi>")]
    #[case("a", "<b>", "<bdi>&lt;b&gt;</bdi>")]
    #[case("", "a", "<bdi>a</bdi>")]
    fn marks_whole_words(#[case] words: &str, #[case] text: &str, #[case] expected: &str) {
        assert_eq!(Highlighter::new(words).text(text), expected);
    }

    #[test]
    fn leaves_tags_alone() {
        let words = Highlighter::new("i coli");
        assert_eq!(
            words.markup("<i>E. coli</i>"),
            "<i>E. <mark>coli</mark></i>"
        );
    }

    #[test]
    fn shows_the_passage_around_the_first_hit() {
        let text = format!("{}the steppe {}", "word ".repeat(100), "more ".repeat(100));
        let passage = Highlighter::new("steppe").passage(&text).unwrap();
        assert!(
            passage.starts_with("<bdi>… word") && passage.ends_with("more …</bdi>"),
            "{passage}"
        );
        assert!(passage.contains("the <mark>steppe</mark> more") && passage.len() < 350);
        assert_eq!(
            Highlighter::new("sea").passage("By the sea."),
            Some("<bdi>By the <mark>sea</mark>.</bdi>".to_owned())
        );
        assert_eq!(Highlighter::new("sea").passage("Dry land"), None);
    }
}
