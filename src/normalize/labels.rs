//! Words that journal software prints into Dublin Core, by language and version: labels of volume and
//! number, copyright lines, the text for peer-reviewed articles.

use std::cmp::Reverse;
use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

/// The label pair of one language; a label is empty where the translation lacks it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct IssueLabels {
    /// Primary language subtag.
    pub(super) lang: &'static str,
    /// Stands before the volume.
    pub(super) volume: &'static str,
    /// Stands before the number.
    pub(super) number: &'static str,
}

/// The copyright line of one language, with its placeholders `{$copyrightYear}` and `{$copyrightHolder}`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct CopyrightLine {
    /// Primary language subtag.
    pub(super) lang: &'static str,
    /// The pattern.
    pub(super) text: &'static str,
}

static ISSUE: LazyLock<Vec<IssueLabels>> = LazyLock::new(|| {
    rows(include_str!("data/issue-labels.tsv"))
        .filter_map(|cells| {
            Some(IssueLabels {
                lang: cells.first()?,
                volume: cells.get(2)?.trim(),
                number: cells.get(3)?.trim(),
            })
        })
        .collect()
});

static COPYRIGHT: LazyLock<Vec<CopyrightLine>> = LazyLock::new(|| {
    rows(include_str!("data/rights-patterns.tsv"))
        .filter_map(|cells| {
            Some(CopyrightLine {
                lang: cells.first()?,
                text: cells.get(1)?.trim(),
            })
        })
        .filter(|line| !line.text.is_empty())
        .collect()
});

static PEER_REVIEWED: LazyLock<HashSet<String>> = LazyLock::new(|| {
    rows(include_str!("data/peer-reviewed-labels.tsv"))
        .filter_map(|cells| cells.get(1).map(|text| folded(text)))
        .filter(|text| !text.is_empty())
        .collect()
});

static VOLUME: LazyLock<Words> = LazyLock::new(|| Words::new("volume", |labels| labels.volume));
static NUMBER: LazyLock<Words> = LazyLock::new(|| Words::new("number", |labels| labels.number));

/// Label pairs of every language and version of OJS.
pub(super) fn issue() -> &'static [IssueLabels] {
    &ISSUE
}

/// Copyright lines of every language and version of OJS.
pub(super) fn copyright() -> &'static [CopyrightLine] {
    &COPYRIGHT
}

/// Returns whether a text is OJS's words for a peer-reviewed article, in any language.
pub(super) fn is_peer_reviewed(text: &str) -> bool {
    PEER_REVIEWED.contains(&folded(text))
}

/// Words that stand before a volume.
pub(super) fn volume() -> &'static Words {
    &VOLUME
}

/// Words that stand before a number.
pub(super) fn number() -> &'static Words {
    &NUMBER
}

/// Labels of one kind.
pub(super) struct Words {
    kind: &'static str,
    /// By first letter in lower case, the longest first; with the language where the label is of the table.
    by_first: HashMap<char, Vec<(&'static str, Option<&'static str>)>>,
}

/// A label found at the start of a text.
#[derive(Clone, Copy, Debug)]
pub(super) struct Found<'a> {
    /// The text after it.
    pub(super) rest: &'a str,
    /// It is a label of the language requested, or the name of the untranslated label.
    pub(super) own_language: bool,
    /// It could be an initial or an ordinary word: one letter, or no sign at its end.
    pub(super) weak: bool,
    /// It has one letter.
    pub(super) initial: bool,
}

impl Words {
    fn new(kind: &'static str, label: fn(&IssueLabels) -> &'static str) -> Self {
        let own = issue()
            .iter()
            .map(|labels| (label(labels), Some(labels.lang)));
        let other = rows(include_str!("data/issue-words.tsv"))
            .filter(|cells| cells[0] == kind)
            .filter_map(|cells| cells.get(1).map(|word| (*word, None)));
        let mut by_first: HashMap<char, Vec<_>> = HashMap::new();
        for (label, lang) in own.chain(other) {
            if let Some(first) = first_letter(label) {
                by_first.entry(first).or_default().push((label, lang));
            }
        }
        for labels in by_first.values_mut() {
            labels.sort_by_key(|(label, lang)| (Reverse(label.chars().count()), *label, *lang));
            labels.dedup();
        }
        Self { kind, by_first }
    }

    /// The label at the start of `text`: those of `lang` first, then all, then all in any case; the longest
    /// of each.
    pub(super) fn at_start<'a>(&self, text: &'a str, lang: Option<&str>) -> Option<Found<'a>> {
        if let Some(inner) = text.strip_prefix("##issue.")
            && let Some((key, rest)) = inner.split_once("##")
        {
            let volume = key.starts_with("vol");
            return (volume == (self.kind == "volume")).then_some(Found {
                rest,
                own_language: true,
                weak: false,
                initial: false,
            });
        }
        let labels = self.by_first.get(&first_letter(text)?)?;
        let found = |label: &str, own_language: bool, exact: bool| {
            let rest = strip_label(text, label, exact)?;
            // `Cilt: 5`, where journals write their own labels
            let figures = rest.strip_prefix(':').map(str::trim_start);
            let rest = figures
                .filter(|after| after.starts_with(char::is_numeric))
                .unwrap_or(rest);
            let letters = label.chars().filter(|c| c.is_alphabetic()).count();
            let word = label.ends_with(|c: char| c.is_alphabetic());
            let weak = letters == 1 || (word && label.is_ascii());
            Some(Found {
                rest,
                own_language,
                weak,
                initial: letters == 1,
            })
        };
        lang.and_then(|lang| {
            labels
                .iter()
                .filter(|(_, own)| *own == Some(lang))
                .find_map(|(label, _)| found(label, true, true))
        })
        .or_else(|| {
            labels
                .iter()
                .find_map(|(label, _)| found(label, false, true))
        })
        .or_else(|| {
            labels
                .iter()
                .find_map(|(label, _)| found(label, false, false))
        })
    }
}

/// First sign of a text, in lower case.
fn first_letter(text: &str) -> Option<char> {
    text.chars()
        .find(|c| !is_invisible(*c))?
        .to_lowercase()
        .next()
}

/// Returns the text after `label` at the start of `text`. Joiners and direction marks do not count, a one-dot leader
/// is a dot, and a word must end where the label ends; a dot that the label lacks may follow it.
fn strip_label<'a>(text: &'a str, label: &str, exact: bool) -> Option<&'a str> {
    let same = |a: char, b: char| {
        a == b
            || (a == '․' && b == '.')
            || (a == '.' && b == '․')
            || (!exact && a.to_lowercase().eq(b.to_lowercase()))
    };
    let mut have = text
        .char_indices()
        .filter(|(_, c)| !is_invisible(*c))
        .peekable();
    let mut last = ' ';
    for want in label.chars().filter(|c| !is_invisible(*c)) {
        let (_, c) = have.next()?;
        if !same(c, want) {
            return None;
        }
        last = want;
    }
    let Some(&(at, next)) = have.peek() else {
        return Some("");
    };
    let mut rest = &text[at..];
    if last.is_alphabetic() {
        if next.is_alphabetic() && !is_ideographic(last) {
            return None;
        }
        let dotless = rest.trim_start_matches(['.', '․']);
        if dotless.len() < rest.len()
            && dotless.starts_with(|c: char| c.is_whitespace() || c.is_numeric())
        {
            rest = dotless;
        }
    }
    Some(rest)
}

fn is_ideographic(c: char) -> bool {
    ('\u{3040}'..='\u{9fff}').contains(&c)
}

/// Joiners, direction marks, the soft hyphen.
pub(super) fn is_invisible(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

fn rows(table: &'static str) -> impl Iterator<Item = Vec<&'static str>> {
    table
        .lines()
        .skip(1)
        .filter(|line| !line.is_empty())
        .map(|line| line.split('\t').collect())
}

/// Case, white space and a last full stop do not count.
fn folded(text: &str) -> String {
    text.split_whitespace()
        .collect::<Vec<_>>()
        .join(" ")
        .trim_end_matches('.')
        .to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_are_whole() {
        assert_eq!(issue().len(), 90);
        assert!(issue().contains(&IssueLabels {
            lang: "ru",
            volume: "Том",
            number: "№"
        }));
        assert!(
            copyright()
                .iter()
                .any(|line| line.lang == "fr"
                    && line.text == "© {$copyrightHolder} {$copyrightYear}")
        );
        assert!(copyright().iter().all(|line| line.text.contains('{')));
    }

    #[test]
    fn no_label_is_both() {
        for labels in issue() {
            assert!(
                issue()
                    .iter()
                    .all(|other| labels.volume.is_empty() || other.number != labels.volume)
            );
        }
    }

    #[test]
    fn longest_label_of_the_language_first() {
        let rest = |text, lang| {
            volume()
                .at_start(text, lang)
                .map(|found| (found.rest, found.own_language))
        };
        assert_eq!(rest("Vol. 5", Some("en")), Some((" 5", true)));
        assert_eq!(rest("Volum 5", Some("ro")), Some((" 5", true)));
        assert_eq!(rest("Volume 5", None), Some((" 5", false)));
        assert_eq!(rest("VOL 5", None), Some((" 5", false)));
        assert_eq!(rest("Voltaire 5", None), None);
        assert_eq!(rest("##issue.vol## 5", None), Some((" 5", true)));
        assert!(number().at_start("##issue.vol## 5", None).is_none());
        assert_eq!(rest("വോള് 5", Some("ml")), Some((" 5", true)));
        assert_eq!(rest("\u{200f}مجلد 5", Some("ar")), Some((" 5", true)));
    }

    #[test]
    fn peer_review_in_any_language() {
        assert!(is_peer_reviewed("Peer-reviewed Article"));
        assert!(is_peer_reviewed("рецензированная  статья"));
        assert!(is_peer_reviewed("Articolo Peer-review "));
        assert!(!is_peer_reviewed("Article"));
        assert!(!is_peer_reviewed(""));
    }
}
