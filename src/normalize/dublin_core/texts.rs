//! Titles, abstracts, keywords.
//!
//! `dc:description` takes notes too elsewhere than in OJS: their words distinguish them from abstracts. Of several
//! texts in one language the longest is the abstract; two are kept where script or words show two languages.

use std::collections::HashMap;

use super::Crosswalk;
use crate::article::{Abstract, Code, LangText, Title};
use crate::normalize::dialect::SEMICOLONS;
use crate::normalize::seen::Seen;
use crate::normalize::{language, text};

impl Crosswalk<'_> {
    /// Titles, the article's own language first. A subtitle is separated if two languages share it: OJS
    /// lends a title without one that of another language.
    pub(super) fn titles(&mut self) {
        let mut titles: Vec<(Option<String>, String)> = Vec::new();
        let mut seen = Seen::default();
        let mut marked: HashMap<String, String> = HashMap::new();
        for element in self.elements("title", "titles") {
            let Some((value, markup)) = self.marked("titles", element, text::plain) else {
                continue;
            };
            if let Some(markup) = markup {
                marked.entry(value.clone()).or_insert(markup);
            }
            if self.dialect.is_ojs() && gap(&element.value) {
                // OJS takes `<and>` for a tag and leaves the blanks around it
                self.out
                    .add_finding(Code::TruncatedText, "titles", element.value.trim());
            }
            let lang = self.lang(element);
            let (lang, value) = self.with_prefix(lang, value);
            let title = (lang, value);
            let place = seen.find(&titles, &&title, |known| known);
            if place.is_some() {
                self.out
                    .add_finding(Code::DuplicateValue, "titles", &title.1);
            } else {
                titles.push(title);
            }
        }
        if titles.is_empty() {
            return;
        }
        let own = titles.remove(self.preferred(&titles));
        titles.insert(0, own);
        let subtitle = if self.dialect.is_ojs() {
            shared_subtitle(&titles)
        } else {
            None
        };
        if let Some(subtitle) = &subtitle {
            self.out
                .add_finding(Code::DuplicateValue, "titles.subtitle", subtitle);
        }
        let with_subtitle = |(lang, value): (Option<String>, String)| {
            let subtitle = subtitle
                .as_ref()
                .filter(|subtitle| value.ends_with(subtitle.as_str()))
                .cloned();
            Title {
                markup: marked.get(&value).cloned(),
                value,
                lang,
                subtitle,
            }
        };
        self.out.article.titles = titles.into_iter().map(with_subtitle).collect();
        self.out.set_origin("titles", "title");
    }

    /// `[pt] ANÁLISE`: a language in brackets before a text, where no attribute names one.
    fn with_prefix(&self, lang: Option<String>, value: String) -> (Option<String>, String) {
        if lang.is_some() || self.dialect.is_ojs() || !value.starts_with('[') {
            return (lang, value);
        }
        let prefix = value[1..].split_once(']').filter(|(code, text)| {
            (2..=3).contains(&code.len())
                && code.bytes().all(|b| b.is_ascii_lowercase())
                && text.starts_with(' ')
                && text.trim().contains(char::is_alphabetic)
        });
        match prefix.and_then(|(code, text)| Some((language::bcp47(code)?, text.trim()))) {
            Some((tag, text)) => (Some(tag), text.to_owned()),
            None => (None, value),
        }
    }

    /// Abstracts by language.
    pub(super) fn abstracts(&mut self) {
        let mut abstracts: Vec<Abstract> = Vec::new();
        let mut seen = Seen::default();
        for element in self.elements("description", "abstracts") {
            let Some((value, markup)) = self.marked("abstracts", element, text::paragraphs) else {
                continue;
            };
            let lang = self.lang(element);
            let (lang, value) = self.with_prefix(lang, value);
            let text = Abstract {
                markup,
                ..Abstract::plain(value, lang)
            };
            if seen.find(&abstracts, &&text, |known| known).is_some() {
                self.out
                    .add_finding(Code::DuplicateValue, "abstracts", &text.value);
                continue;
            }
            if self.keep_range(&text.value, "description") || self.keep_citation(&text) {
                continue;
            }
            if !self.dialect.is_ojs() && is_note(&text.value) {
                self.out
                    .add_unmapped("dc:description", text.lang.as_deref(), &text.value);
                continue;
            }
            if !self.dialect.is_ojs()
                && abstracts.len() < MAX_ABSTRACTS
                && let Some(other) = abstracts.iter_mut().find(|other| {
                    other.lang == text.lang && !are_two_languages(&other.value, &text.value)
                })
            {
                let length = |text: &str| text.chars().count();
                let note = if length(&text.value) > length(&other.value) {
                    std::mem::replace(other, text)
                } else {
                    text
                };
                self.out
                    .add_unmapped("dc:description", note.lang.as_deref(), &note.value);
                continue;
            }
            abstracts.push(text);
        }
        if !abstracts.is_empty() {
            self.out.article.abstracts = abstracts;
            self.out.set_origin("abstracts", "description");
        }
    }

    /// Keywords and subjects, which OJS mixes; one element each since 3.1.2, one joined string up to 2.4.
    pub(super) fn keywords(&mut self) {
        let joined = self.dialect.joins_subjects(self.dc);
        let by_comma = !self.dialect.is_ojs()
            && self
                .dc
                .named("subject")
                .filter(|e| !e.value.trim().is_empty())
                .count()
                == 1;
        for element in self.elements("subject", "keywords") {
            let Some(value) = self.cleaned("keywords", element, text::plain) else {
                continue;
            };
            if value.starts_with("info:eu-repo/classification/") {
                self.out.add_unmapped("dc:subject", None, &value);
                continue;
            }
            let lang = self.lang(element);
            let (lang, value) = self.with_prefix(lang, value);
            let parts: Vec<&str> = if joined {
                value.split(SEMICOLONS).collect()
            } else if self.dialect.is_ojs() {
                vec![&value]
            } else {
                keyword_parts(&value, by_comma)
            };
            for part in parts
                .into_iter()
                .map(str::trim)
                .filter(|part| !part.is_empty())
            {
                let keyword = LangText {
                    value: part.to_owned(),
                    lang: lang.clone(),
                };
                if !self.out.add_keyword("subject", keyword) {
                    self.out.add_finding(Code::DuplicateValue, "keywords", part);
                }
            }
        }
    }
}

/// More abstracts than any article has; from here on only the longest of a language is kept.
const MAX_ABSTRACTS: usize = 12;

/// Beginnings of what stands in `dc:description` and is not an abstract, in lower case.
const NOTES: [&str; 48] = [
    "fil: ",
    "comment: ",
    "comments: ",
    "made available in dspace",
    "made available in ",
    "submitted by ",
    "approved for entry",
    "rejected by ",
    "item withdrawn",
    "item reinstated",
    "item created via",
    "restored into",
    "international audience",
    "national audience",
    "[no abstract]",
    "no abstract",
    "n/a",
    "abstract not available",
    "includes bibliographical",
    "includes index",
    "bibliography:",
    "cataloged from",
    "title from",
    "mode of access",
    "errata slip",
    "thesis (",
    "thesis ph.d",
    "dissertation (",
    "text in ",
    "source: ",
    "publisher's version",
    "peer reviewed",
    "peer-reviewed",
    "published version",
    "accepted version",
    "the final version of this article",
    "this is the final version of",
    "this is the author",
    "final published version",
    "author's final manuscript",
    "author posting",
    "the entire dissertation/thesis text",
    "the entire thesis text",
    "reproduced with permission",
    "a thesis submitted ",
    "a dissertation submitted ",
    "submitted in partial fulfillment",
    "submitted in partial fulfilment",
];

/// Beginnings of notes that an abstract could have too; a text of more than [`NOTE_WORDS`] words is one.
const SHORT_NOTES: [&str; 50] = [
    "fundação para a ciência e a tecnologia",
    "fundação de amparo à pesquisa",
    "presented at the ",
    "paper presented at ",
    "poster presented at ",
    "typescript",
    "vita.",
    "caption title",
    "title supplied",
    "description based on",
    "at head of title",
    "digitized by ",
    "digitised by ",
    "master's thesis",
    "ph.d. thesis",
    "includes appendi",
    "includes vita",
    "also issued ",
    "also available ",
    "tez (",
    "dissertação (",
    "tese (",
    "tesis (",
    "mémoire (",
    "incluye bibliograf",
    "inclui bibliograf",
    "bibliogr",
    "advisor: ",
    "advisors: ",
    "supervisor: ",
    "degree: ",
    "department: ",
    "keywords: ",
    "funding: ",
    "adviser: ",
    "advisers: ",
    "major: ",
    "committee: ",
    "copyright ©",
    "copyright (c)",
    "copyright 19",
    "copyright 20",
    "postprint",
    "post-print",
    "this is a preprint",
    "this is a pre-",
    "this is an accepted manuscript",
    "this is the accepted",
    "this article was published in",
    "published in: ",
];
/// Words of a note at most.
const NOTE_WORDS: usize = 30;

/// Returns whether a description is a note on the record or the item rather than an abstract.
fn is_note(value: &str) -> bool {
    let mut start = String::with_capacity(64);
    start.extend(value.chars().take(48).flat_map(char::to_lowercase));
    let words = value.split_whitespace().count();
    let is_address = words == 1 && value.contains("://");
    // `Economics`, `v.26:pt.2=no.307-312 (1892)`: a heading, an enumeration
    let is_heading = words <= 2 && value.chars().count() < 40 && !value.ends_with(['.', '。']);
    let is_enumeration =
        words <= 4 && value.starts_with("v.") && value.contains(|c: char| c.is_ascii_digit());
    let says_note = |beginning: &&str| {
        start.strip_prefix(*beginning).is_some_and(|rest| {
            beginning.ends_with([' ', ':', '(', ']']) || !rest.starts_with(char::is_alphabetic)
        })
    };
    // `"Seams of glaciers, 1985."--T.p.`: a text on the item, and where on it
    let is_quoted = value.starts_with('"') && value.contains("\"--");
    // `xi, 123 p. : ill.`, the extent of the item
    let is_extent = || {
        let rest = value.trim_start_matches(|c: char| "ivxlc, ".contains(c));
        let unit = rest.trim_start_matches(|c: char| c.is_ascii_digit());
        unit.len() < rest.len()
            && [" p.", " page", " leaves", " pp.", "p.", " s.", " h."]
                .iter()
                .any(|word| unit.starts_with(word))
            && words <= 12
    };
    let is_short_note = || {
        words <= NOTE_WORDS
            && SHORT_NOTES
                .iter()
                .any(|beginning| start.starts_with(beginning))
    };
    is_address
        || is_heading
        || is_enumeration
        || is_quoted
        || NOTES.iter().any(says_note)
        || is_short_note()
        || is_extent()
        || start.starts_with('©')
        || thanks(&start)
}

/// `This research was supported by …`: who paid for the work, in a description of its own.
fn thanks(start: &str) -> bool {
    const SUBJECTS: [&str; 14] = [
        "this study ",
        "this work ",
        "this research ",
        "this project ",
        "this paper ",
        "this article ",
        "this material ",
        "the research ",
        "the work ",
        "the project ",
        "the study ",
        "research ",
        "publication of this article ",
        "open access publication ",
    ];
    const VERBS: [&str; 11] = [
        "made possible ",
        "supported ",
        "funded ",
        "financed ",
        "sponsored ",
        "partially ",
        "partly ",
        "in part ",
        "financially ",
        "based upon work supported",
        "based on work supported",
    ];
    const OPENINGS: [&str; 14] = [
        "supported by ",
        "funded by ",
        "financed by ",
        "sponsored by ",
        "funding for this ",
        "financial support ",
        "we thank ",
        "we are grateful ",
        "the author thanks ",
        "the authors thank ",
        "the authors acknowledge ",
        "the authors are grateful ",
        "acknowledgments: ",
        "acknowledgements: ",
    ];
    let says = |rest: &str| {
        ["was ", "is ", "were ", "has been "]
            .iter()
            .filter_map(|auxiliary| rest.strip_prefix(auxiliary))
            .any(|rest| VERBS.iter().any(|verb| rest.starts_with(verb)))
    };
    OPENINGS.iter().any(|opening| start.starts_with(opening))
        || SUBJECTS
            .iter()
            .filter_map(|subject| start.strip_prefix(subject))
            .any(says)
}

/// Words that announce an abstract, one for each language, in lower case.
const ABSTRACT_LABELS: [&str; 18] = [
    "abstract",
    "summary",
    "resumen",
    "resumo",
    "résumé",
    "resum",
    "zusammenfassung",
    "riassunto",
    "аннотация",
    "анотація",
    "резюме",
    "özet",
    "öz",
    "abstrak",
    "streszczenie",
    "sažetak",
    "rezumat",
    "samenvatting",
];

/// The label that a text begins with: `Resumen: …`.
fn abstract_label(text: &str) -> Option<&'static str> {
    let end = text.find(|c: char| !c.is_alphabetic())?;
    let (word, behind) = text.split_at(end);
    if !behind.trim_start().starts_with([':', '.', '-', '–', '—']) {
        return None;
    }
    let lower = word.to_lowercase();
    ABSTRACT_LABELS.into_iter().find(|label| *label == lower)
}

/// Returns whether two texts are in two languages: by their scripts, by the words that announce them, else by their
/// commonest words.
fn are_two_languages(a: &str, b: &str) -> bool {
    if let (Some(first), Some(second)) = (abstract_label(a), abstract_label(b)) {
        return first != second;
    }
    let scripts = (language::script(a), language::script(b));
    if let (Some(first), Some(second)) = scripts
        && first != second
    {
        return true;
    }
    match (language::guess(a), language::guess(b)) {
        (Some(first), Some(second)) => first != second,
        _ => false,
    }
}

/// The keywords that one value joins: by bars, by semicolons, and in a record with one subject by commas.
fn keyword_parts(value: &str, by_comma: bool) -> Vec<&str> {
    let is_term = |part: &&str| {
        let words = part.split_whitespace().count();
        (1..=7).contains(&words) && !part.contains(". ")
    };
    for bar in ['|', ';', '；', '؛'] {
        if value.contains(bar) {
            let parts: Vec<&str> = value
                .split(bar)
                .map(str::trim)
                .filter(|part| !part.is_empty())
                .collect();
            if parts.iter().all(is_term) {
                return parts;
            }
        }
    }
    if by_comma && value.matches([',', '，', '、']).count() >= 2 {
        let parts: Vec<&str> = value
            .split([',', '，', '、'])
            .map(str::trim)
            .filter(|part| !part.is_empty())
            .collect();
        let is_short = |part: &&str| part.split_whitespace().count() <= 4;
        // `81P05, 81P15, 81P16` are classes, `Doe, Jane, 1932-` is a name
        let is_word = |part: &&str| part.chars().filter(char::is_ascii_digit).count() < 2;
        if parts.len() >= 3 && parts.iter().all(|part| is_short(part) && is_word(part)) {
            return parts;
        }
    }
    vec![value]
}

/// Two blanks between words, where a stripped tag leaves them.
fn gap(value: &str) -> bool {
    let value = value.trim();
    if text::find(value, "  ").is_none() {
        return false;
    }
    value.match_indices("  ").any(|(at, _)| {
        let before = value[..at].chars().next_back();
        let after = value[at..].trim_start_matches(' ').chars().next();
        // an indented line is not a gap
        before.is_some_and(|c| !c.is_whitespace()) && after.is_some_and(|c| !c.is_whitespace())
    })
}

/// The text behind a colon that the first title shares with one in another language.
fn shared_subtitle(titles: &[(Option<String>, String)]) -> Option<String> {
    let (lang, own) = titles.first()?;
    let shared = titles[1..]
        .iter()
        .filter(|(other_lang, other)| other_lang != lang && other != own)
        .map(|(_, other)| {
            let pairs = own.bytes().rev().zip(other.bytes().rev());
            pairs.take_while(|(a, b)| a == b).count()
        })
        .max()?;
    // Both bytes of the separator are ASCII: what stands behind it is a text of its own.
    let start = own.len() - shared;
    let tail = &own.as_bytes()[start..];
    let at = tail.windows(2).position(|pair| pair == b": ")?;
    Some(own[start + at + 2..].to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn subtitles_shared_between_languages() {
        let titles = |pairs: &[(&str, &str)]| -> Vec<(Option<String>, String)> {
            pairs
                .iter()
                .map(|(l, v)| (Some((*l).to_owned()), (*v).to_owned()))
                .collect()
        };
        let shared = titles(&[
            ("en", "Water: A Study: Part I"),
            ("ru", "Вода: A Study: Part I"),
        ]);
        assert_eq!(shared_subtitle(&shared).as_deref(), Some("A Study: Part I"));
        assert_eq!(
            shared_subtitle(&titles(&[("en", "Water: A Study"), ("ru", "Вода: очерк")])),
            None
        );
        assert_eq!(shared_subtitle(&titles(&[("en", "Water: A Study")])), None);
    }

    #[test]
    fn notes_and_abstracts() {
        for note in [
            "International audience",
            "Comment: 12 pages, 8 figures",
            "Made available in DSpace on 2012-03-05T14:02:11Z (GMT). No. of bitstreams: 1",
            "v.10=[no.109-120] (1876)",
            "Economics",
            "http://dc.example.org/1/thumbnail.jpg",
            "\"Seams of glaciers, 32nd conference, 1985.\"--T.p.",
            "Paper presented at the meeting of seamstresses, Bern, 1985.",
            "Incluye bibliografía: h. 33-35.",
            "xi, 123 p. : ill.",
            "Author Posting. © The Author(s), 2010. This article is posted here by permission for personal use.",
        ] {
            assert!(is_note(note), "{note}");
        }
        for text in [
            "We prove it.",
            "\"Seams\" is a word that glaciologists use in two senses.",
            "Digital seams are described.",
            "Copyright law of seams is compared in two countries.",
            "123 patients with seams were examined in this study.",
            "12 p53 mutants were sequenced.",
            "Comments of readers are analysed in this study.",
            "International audiences of radio plays are described here.",
            "No abstracts were indexed before 1950, as this article shows in detail.",
        ] {
            assert!(!is_note(text), "{text}");
        }
    }

    #[test]
    fn joined_keywords() {
        let parts = |value| keyword_parts(value, true);
        assert_eq!(
            parts("Engineering, Industrial|Engineering, Mechanical"),
            ["Engineering, Industrial", "Engineering, Mechanical"]
        );
        assert_eq!(
            parts("skiing; simulation; modeling"),
            ["skiing", "simulation", "modeling"]
        );
        assert_eq!(
            parts("TBMM, tezkere, askeri güç"),
            ["TBMM", "tezkere", "askeri güç"]
        );
        for one in [
            "Business Administration, Management",
            "81P05, 81P15, 81P16",
            "Geology, Stratigraphic -- Guidebooks",
        ] {
            assert_eq!(parts(one), [one]);
        }
        assert_eq!(keyword_parts("TBMM, tezkere, askeri güç", false).len(), 1);
    }

    #[test]
    fn gaps() {
        assert!(gap("Problems  Prospects"));
        assert!(!gap("one\n    two"));
        assert!(!gap("  one two  "));
    }
}
