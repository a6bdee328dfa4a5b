//! Words for kinds of work, as terms of the COAR Resource Types 3.1.
//!
//! A word is matched without case, blanks and punctuation, so that `conferenceObject`, `conference object` and
//! `Conference Object` are one. The words come from info:eu-repo (driver and OpenAIRE guidelines), JATS, EPrints,
//! DSpace, Invenio, bepress, HAL, SciELO, DOAJ and DataCite, in the languages their interfaces are used in.

use std::collections::HashMap;
use std::sync::LazyLock;

use super::text::letters_and_digits;
use crate::article::ResourceType;

/// The common beginning of all terms.
const VOCABULARY: &str = "http://purl.org/coar/resource_type/";

/// A term: its code, its label, the label of the term above it, and words that mean it, joined by `|`.
struct Term {
    code: &'static str,
    label: &'static str,
    parent: &'static str,
    words: &'static str,
}

static TERMS: LazyLock<Vec<Term>> = LazyLock::new(|| {
    let lines = include_str!("data/resource-types.tsv").lines();
    let rows = lines.filter(|line| !line.starts_with('#') && !line.is_empty());
    rows.filter_map(|line| {
        let mut cells = line.split('\t');
        Some(Term {
            code: cells.next()?,
            label: cells.next()?,
            parent: cells.next()?,
            words: cells.next().unwrap_or_default(),
        })
    })
    .collect()
});

/// Folded words, labels and codes, each with the index of its term.
static INDEX: LazyLock<HashMap<String, usize>> = LazyLock::new(|| {
    let mut index = HashMap::new();
    for (at, term) in TERMS.iter().enumerate() {
        let words = term.words.split('|').chain([term.label, term.code]);
        for word in words
            .map(letters_and_digits)
            .filter(|word| !word.is_empty())
        {
            index.entry(word).or_insert(at);
        }
    }
    index
});

/// Longest value that can be a word for a kind of work, bytes.
const MAX_WORD: usize = 200;

/// The term that a word or URI means; `None` for any other text.
pub(crate) fn parse(raw: &str) -> Option<ResourceType> {
    let raw = raw.trim();
    if raw.len() > MAX_WORD {
        return None;
    }
    let word = match raw.strip_prefix("info:eu-repo/semantics/") {
        // nearly every record of OJS has it so, and the term ends it
        Some(word) if !word.contains(':') => word,
        _ => match raw.rsplit_once("info:eu-repo/semantics/") {
            Some((_, word)) => word,
            None => match raw.rsplit_once("/resource_type/") {
                Some((_, code)) => code.trim_end_matches('/'),
                None => raw,
            },
        },
    };
    let term = &TERMS[find(word)?];
    Some(ResourceType {
        label: term.label.to_owned(),
        uri: [VOCABULARY, term.code].concat(),
        raw: raw.to_owned(),
    })
}

fn find(word: &str) -> Option<usize> {
    let index = &*INDEX;
    // `article`, as nearly every record of OJS has it, is folded already
    if let Some(at) = index
        .get(word)
        .or_else(|| index.get(&letters_and_digits(word)))
    {
        return Some(*at);
    }
    // `Article(학술지논문)`, `Article / Letter to editor`, `Makale - Uluslararası`: a word before its translation or
    // qualifier
    let parts = word.split_once(['(', '[', '（', '/']).or_else(|| {
        let has_blank = word.contains(' ');
        let mut dashes = [" - ", " – "].into_iter().filter(|_| has_blank);
        dashes.find_map(|dash| word.split_once(dash))
    });
    let Some((head, rest)) = parts else {
        // `doc-type:article`, `publications:dataset`: a term behind the name of its list
        let (_, term) = word.rsplit_once(':')?;
        return index.get(&letters_and_digits(term)).copied();
    };
    let (head, rest) = (letters_and_digits(head), letters_and_digits(rest));
    // `text (article)`: text says nothing on the kind of work
    let general = index.get("text").copied();
    let of_head = index.get(&head).copied();
    of_head
        .filter(|at| Some(*at) != general)
        .or_else(|| index.get(&rest).copied())
        .or(of_head)
}

/// Returns whether one term lies above the other or is the same: `journal article` and `research article`.
pub(crate) fn agree(a: &ResourceType, b: &ResourceType) -> bool {
    let above = |label: &str, wanted: &str| {
        let mut label = label;
        // the tree is five levels deep
        (0..8).any(|_| {
            let found = label == wanted;
            let parent = TERMS
                .iter()
                .find(|term| term.label == label)
                .map(|term| term.parent);
            label = parent.unwrap_or_default();
            found
        })
    };
    above(&a.label, &b.label) || above(&b.label, &a.label)
}

/// Returns whether the first term says more than the second: it lies below it.
pub(crate) fn is_narrower(a: &ResourceType, b: &ResourceType) -> bool {
    a.label != b.label && agree(a, b) && depth(&a.label) > depth(&b.label)
}

fn depth(label: &str) -> usize {
    let parent = TERMS
        .iter()
        .find(|term| term.label == label)
        .map_or("", |term| term.parent);
    if parent.is_empty() || parent == label {
        0
    } else {
        1 + depth(parent)
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("info:eu-repo/semantics/article", "journal article")]
    #[case("article", "journal article")]
    #[case("Journal Article", "journal article")]
    #[case("http://purl.org/coar/resource_type/c_2df8fbb1", "research article")]
    #[case("info:eu-repo/semantics/conferenceObject", "conference object")]
    #[case("Conference or Workshop Item", "conference object")]
    #[case("masterThesis", "master thesis")]
    #[case("Thèse", "thesis")]
    #[case("publications:dataset", "dataset")]
    #[case("doc-type:article", "journal article")]
    #[case("text (article)", "journal article")]
    #[case("Doctoral Dissertation", "doctoral thesis")]
    #[case("Journal (Paginated)", "journal article")]
    #[case("Article(학술지논문)", "journal article")]
    #[case("Статья", "journal article")]
    #[case("Makale - Uluslararası", "journal article")]
    #[case("学术论文", "journal article")]
    #[case("research-article", "research article")]
    #[case("Software", "software")]
    #[case("Photograph", "still image")]
    fn terms_of_words(#[case] raw: &str, #[case] label: &str) {
        assert_eq!(parse(raw).map(|kind| kind.label).as_deref(), Some(label));
    }

    #[rstest]
    #[case("PeerReviewed")]
    #[case("Articles on water")]
    #[case("REGIONAL POLITICS")]
    #[case("Collection")]
    #[case("Seams - Articles on water")]
    fn other_texts(#[case] raw: &str) {
        assert_eq!(parse(raw), None);
    }

    #[test]
    fn narrower_terms_agree() {
        let of = |raw: &str| parse(raw).unwrap();
        assert!(agree(&of("article"), &of("research article")));
        assert!(is_narrower(&of("research article"), &of("article")));
        assert!(!agree(&of("article"), &of("thesis")));
    }

    #[test]
    fn every_parent_is_a_term() {
        for term in TERMS.iter().filter(|term| !term.parent.is_empty()) {
            assert!(
                TERMS.iter().any(|other| other.label == term.parent),
                "{}",
                term.label
            );
        }
    }
}
