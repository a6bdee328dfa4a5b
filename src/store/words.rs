//! Words as PostgreSQL's index has them: in lower case, without accents, with their places.

use std::collections::BTreeMap;

use unicode_normalization::UnicodeNormalization as _;
use unicode_normalization::char::is_combining_mark;

use super::provide::{ArticleText, MOST_ASKED};

/// Words of an article that are looked at: their places are numbered up to 16383.
const MOST: usize = 5000;
/// Longest word, bytes.
const LONGEST: usize = 200;
/// Places between two fields, so that no phrase goes from one to the other.
const GAP: usize = 10;

/// The words of a text, split where there is neither letter nor digit.
fn words(text: &str) -> impl Iterator<Item = String> {
    text.split(|c: char| !c.is_alphanumeric() && !is_combining_mark(c))
        .filter_map(|word| {
            let folded: String = word
                .nfd()
                .filter(|c| !is_combining_mark(*c))
                .flat_map(char::to_lowercase)
                .collect();
            (!folded.is_empty() && folded.len() <= LONGEST).then_some(folded)
        })
}

/// An article as a `tsvector`: `'word':1,5 'other':2`.
pub(super) fn vector(text: &ArticleText) -> String {
    let mut places: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    let mut place = 0;
    for field in [&text.title, &text.name, &text.number] {
        for line in field.lines() {
            for word in words(line).take(MOST.saturating_sub(place)) {
                place += 1;
                places.entry(word).or_default().push(place);
            }
            place += GAP;
        }
    }
    let lexemes = places.into_iter().map(|(word, places)| {
        let places: Vec<String> = places.iter().take(255).map(ToString::to_string).collect();
        format!("'{word}':{}", places.join(","))
    });
    lexemes.collect::<Vec<_>>().join(" ")
}

/// A search as a `tsquery`: all words, those written in one as a phrase; the last may go on. `None` where there is no
/// word.
pub(super) fn query(text: &str) -> Option<String> {
    let phrases = text.split_whitespace().map(|word| {
        words(word)
            .map(|word| format!("'{word}'"))
            .collect::<Vec<_>>()
            .join(" <-> ")
    });
    let phrases: Vec<String> = phrases
        .filter(|phrase| !phrase.is_empty())
        .take(MOST_ASKED)
        .collect();
    (!phrases.is_empty()).then(|| phrases.join(" & ") + ":*")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_folded_and_placed() {
        let text = ArticleText {
            title: "Études d'Été\nÉtudes".to_owned(),
            name: "Čapek".to_owned(),
            number: "10.1/a'b\\".to_owned(),
        };
        assert_eq!(
            vector(&text),
            "'1':37 '10':36 'a':38 'b':39 'capek':25 'd':2 'ete':3 'etudes':1,14"
        );
        assert_eq!(query("ÉTU").unwrap(), "'etu':*");
        assert_eq!(
            query(" 10.1/A  b ").unwrap(),
            "'10' <-> '1' <-> 'a' & 'b':*"
        );
        assert_eq!(query("' & | ! \\ \" *"), None);
    }
}
