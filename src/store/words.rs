//! Words of a text, in lower case and without accents, and the index of words that PostgreSQL has.

#[cfg(feature = "postgres")]
use std::collections::BTreeMap;

use unicode_normalization::UnicodeNormalization as _;
use unicode_normalization::char::is_combining_mark;

use super::facets::token;
#[cfg(feature = "postgres")]
use super::provide::ArticleText;
use super::provide::{ArticleSearch, MOST_ASKED};

/// Words of an article that are looked at: their places are numbered up to 16383.
#[cfg(feature = "postgres")]
const MOST: usize = 5000;
/// Longest word, bytes.
const LONGEST: usize = 200;
/// Places between two fields, so that no phrase goes from one to the other.
#[cfg(feature = "postgres")]
const GAP: usize = 10;

/// Returns whether a character is of a word.
pub(crate) fn is_of_word(c: char) -> bool {
    c.is_alphanumeric() || is_combining_mark(c)
}

/// Returns a word as it is compared: in lower case, without accents.
pub(crate) fn folded(word: &str) -> String {
    word.nfd()
        .filter(|c| !is_combining_mark(*c))
        .flat_map(char::to_lowercase)
        .collect()
}

/// Returns the words of a text, split where there is neither letter nor digit.
pub(crate) fn words(text: &str) -> impl Iterator<Item = String> {
    text.split(|c: char| !is_of_word(c)).filter_map(|word| {
        let folded = folded(word);
        (!folded.is_empty() && folded.len() <= LONGEST).then_some(folded)
    })
}

/// Returns an article as a `tsvector` with weights: `'word':1A,5A 'other':2B ':facet'`.
#[cfg(feature = "postgres")]
pub(super) fn vector(text: &ArticleText, facets: &[String]) -> String {
    let mut places: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut place = 0;
    let fields = [
        (&text.title, 'A'),
        (&text.name, 'B'),
        (&text.number, 'B'),
        (&text.summary, 'D'),
    ];
    for (field, weight) in fields {
        for line in field.lines() {
            for word in words(line).take(MOST.saturating_sub(place)) {
                place += 1;
                let places = places.entry(word).or_default();
                places.push(format!("{place}{weight}"));
            }
            place += GAP;
        }
    }
    let lexemes = places.into_iter().map(|(word, places)| {
        let places = &places[..places.len().min(255)];
        format!("'{word}':{}", places.join(","))
    });
    let facets = facets.iter().map(|facet| format!("':{facet}'"));
    lexemes.chain(facets).collect::<Vec<_>>().join(" ")
}

/// Returns the phrases of a search: what is written without a space is one.
pub(crate) fn phrases(text: &str) -> Vec<Vec<String>> {
    text.split_whitespace()
        .map(|phrase| words(phrase).collect::<Vec<_>>())
        .filter(|phrase| !phrase.is_empty())
        .take(MOST_ASKED)
        .collect()
}

/// Returns a search as a `tsquery`: all phrases, of which the last may go on, and all facets. `None` where there is
/// neither.
pub(super) fn query(search: &ArticleSearch) -> Option<String> {
    let phrases = phrases(&search.words).into_iter().map(|phrase| {
        let words: Vec<String> = phrase.iter().map(|word| format!("'{word}'")).collect();
        words.join(" <-> ")
    });
    let mut parts: Vec<String> = phrases.collect();
    if let Some(last) = parts.last_mut() {
        last.push_str(":*");
    }
    let facets = search.facets.iter();
    parts.extend(facets.map(|(kind, value)| format!("':{}'", token(kind, value))));
    (!parts.is_empty()).then(|| parts.join(" & "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(feature = "postgres")]
    #[test]
    fn words_are_folded_and_placed() {
        let text = ArticleText {
            title: "Études d'Été\nÉtudes".to_owned(),
            name: "Čapek".to_owned(),
            number: "10.1/a'b\\".to_owned(),
            summary: "Été".to_owned(),
        };
        assert_eq!(
            vector(&text, &["y1".to_owned()]),
            "'1':37B '10':36B 'a':38B 'b':39B 'capek':25B 'd':2A 'ete':3A,50D 'etudes':1A,14A ':y1'"
        );
    }

    #[rstest::rstest]
    #[case("ÉTU", Some("'etu':*"))]
    #[case(" 10.1/A  b ", Some("'10' <-> '1' <-> 'a' & 'b':*"))]
    #[case("' & | ! \\ \" *", None)]
    fn searches_are_phrases(#[case] words: &str, #[case] expected: Option<&str>) {
        let mut search = ArticleSearch {
            words: words.to_owned(),
            ..ArticleSearch::default()
        };
        assert_eq!(query(&search).as_deref(), expected);
        search.facets.insert("year".to_owned(), "2004".to_owned());
        let facet = format!("':{}'", token("year", "2004"));
        assert!(query(&search).unwrap().ends_with(&facet));
    }
}
