//! Reads an issue part by part: volume, number, year, pages and identifiers in any order.

use super::cited::Cited;
use super::date::{date_at_start, months_at_start, year};
use super::words::{
    ANNUAL, ARTICLE_IDS, ARTICLE_NUMBER, FASCICLES, NUMBERS_BEHIND, PAGES, PAGES_BEHIND, PARTS,
    STATUS, SUPPLEMENTS, VOLUMES_BEHIND,
};
use crate::normalize::seen::Seen;
use crate::normalize::{labels, pages};
use crate::values::{Doi, Issn};

/// The beginning of an issue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum First {
    /// A labelled volume or number, or a volume with its number in brackets.
    Level,
    /// A year without brackets.
    Year,
    Other,
}

/// The part of an issue read so far.
pub(super) struct Scan<'a> {
    lang: Option<&'a str>,
    cited: Cited,
    /// The DOIs of `cited`.
    dois: Seen,
    /// Numbers without a label, in order; whether a labelled number came before.
    bare: Vec<(&'a str, bool)>,
    /// The year of the journal's life, and the text that states it.
    annual: Option<(&'a str, &'a str)>,
    labelled: bool,
    status: bool,
    /// True if the first figure stands before a colon or comma, as a volume does before its page.
    leads: bool,
    items: usize,
    pub(super) first: First,
    pub(super) leftover: Option<&'a str>,
}

impl<'a> Scan<'a> {
    pub(super) fn new(lang: Option<&'a str>) -> Self {
        Self {
            lang,
            cited: Cited::default(),
            dois: Seen::default(),
            bare: Vec::new(),
            annual: None,
            labelled: false,
            status: false,
            leads: false,
            items: 0,
            first: First::Other,
            leftover: None,
        }
    }

    pub(super) fn run(&mut self, text: &'a str) {
        let mut rest = text;
        loop {
            rest = without_separators(rest);
            if rest.is_empty() {
                return;
            }
            match self.item(rest) {
                Some(after) if after.len() < rest.len() => {
                    self.items += 1;
                    rest = after;
                }
                _ => {
                    self.leftover = Some(rest);
                    return;
                }
            }
        }
    }

    /// Reads one part; what stands behind it.
    fn item(&mut self, rest: &'a str) -> Option<&'a str> {
        consulted(rest)
            .or_else(|| self.status(rest))
            .or_else(|| self.identifiers(rest))
            .or_else(|| self.labelled_pages(rest))
            .or_else(|| self.eastern_level(rest))
            .or_else(|| self.level_behind(rest))
            .or_else(|| self.labelled_level(rest))
            .or_else(|| self.part(rest))
            .or_else(|| self.date(rest))
            .or_else(|| self.annual(rest))
            .or_else(|| self.article_id(rest))
            .or_else(|| self.epub(rest))
            .or_else(|| self.bracketed(rest))
            .or_else(|| self.dotted(rest))
            .or_else(|| self.pages_behind(rest))
            .or_else(|| self.range(rest))
            .or_else(|| self.number(rest))
    }

    fn status(&mut self, rest: &'a str) -> Option<&'a str> {
        let word = STATUS.iter().find(|word| starts_with(rest, word))?;
        let after = &rest[word.len()..];
        (!after.starts_with(char::is_alphanumeric)).then(|| {
            self.status = true;
            after
        })
    }

    fn identifiers(&mut self, rest: &'a str) -> Option<&'a str> {
        if let Some((issn, after)) = issn_at_start(rest).or_else(|| self.bare_issn(rest)) {
            self.cited.issns.push(issn.to_owned());
            return Some(after);
        }
        let bare = rest.trim_start_matches(['⟨', '<', '(', '[']);
        let label = [
            "retrieved from",
            "available at",
            "available from",
            "doi",
            "https://",
            "http://",
            "10.",
        ]
        .into_iter()
        .find(|label| starts_with(bare, label))?;
        let value = if label.contains("://") || label == "10." {
            bare
        } else {
            bare[label.len()..].trim_start_matches([':', '=', ' ', '.'])
        };
        let end = value
            .find(|c: char| c.is_whitespace() || matches!(c, '⟩' | '>'))
            .unwrap_or(value.len());
        let (value, after) = value.split_at(end);
        if let Some(doi) = Doi::parse(value) {
            self.dois.push(&mut self.cited.dois, doi);
        } else if !value.starts_with("http") {
            return None;
        }
        Some(after.trim_start_matches(['⟩', '>', ')', ']']))
    }

    /// `0035-2969` without a label, where it is no range of pages: behind the pages, or right behind the title.
    fn bare_issn(&self, rest: &'a str) -> Option<(&'a str, &'a str)> {
        let (word, after) = word_at_start(rest);
        let is_place = self.cited.citation.pages.is_some()
            || (self.items == 0 && after.trim_start_matches([',', ' ']).len() > 4);
        let has_form = word.len() == 9 && word.as_bytes()[4] == b'-';
        (is_place && has_form && Issn::parse(word).is_some()).then_some((word, after))
    }

    fn labelled_pages(&mut self, rest: &'a str) -> Option<&'a str> {
        if self.cited.citation.pages.is_some() {
            return None;
        }
        let number = ARTICLE_NUMBER.iter().find_map(|word| {
            let after = after_word(rest, word)?;
            let (run, after) = page_run(after)?;
            Some((run, after))
        });
        let (run, after) = number.or_else(|| {
            PAGES
                .iter()
                .find_map(|word| page_run(after_word(rest, word)?))
        })?;
        self.cited.citation.pages = Some(run.to_owned());
        self.labelled = true;
        Some(after)
    }

    fn labelled_level(&mut self, rest: &'a str) -> Option<&'a str> {
        if let Some(word) = SUPPLEMENTS.iter().find(|word| starts_with(rest, word)) {
            let after = &rest[word.len()..];
            if !after.starts_with(char::is_alphabetic) {
                let (value, behind) = word_at_start(after.trim_start_matches([' ', '.']));
                let (value, behind) = if value.chars().count() <= 4
                    && value.starts_with(|c: char| c.is_ascii_digit() || c.is_uppercase())
                    && year(value).is_none()
                {
                    (value, behind)
                } else {
                    ("", after)
                };
                let printed = rest[..rest.len() - behind.len()].trim();
                let printed = if value.is_empty() {
                    rest[..word.len()].trim()
                } else {
                    printed
                };
                let number = &mut self.cited.citation.number;
                *number = Some(match number.take() {
                    Some(number) => format!("{number} {printed}"),
                    None => printed.to_owned(),
                });
                self.mark_labelled();
                return Some(behind);
            }
        }
        if let Some(found) = labels::volume().at_start(rest, self.lang)
            && let Some((value, after)) = level(found.rest, self.lang)
            && self.cited.citation.volume.is_none()
        {
            if !is_status(value) {
                self.cited.citation.volume = Some(value.to_owned());
            }
            self.mark_labelled();
            return Some(after);
        }
        // Cairn's `N 353`
        let fascicle = || FASCICLES.iter().find_map(|word| after_word(rest, word));
        let behind = match rest.strip_prefix("N ").or_else(fascicle) {
            Some(behind) if behind.starts_with(|c: char| c.is_ascii_digit()) => behind,
            _ => labels::number().at_start(rest, self.lang)?.rest,
        };
        let (value, after) = level(behind, self.lang)?;
        if self.cited.citation.number.is_some() {
            return None;
        }
        if !is_status(value) {
            self.cited.citation.number = Some(value.to_owned());
        }
        self.mark_labelled();
        Some(after)
    }

    /// `第41卷第3期`, `41巻`, `3号`, `제21권 제1호`: figures before the word for what they count.
    fn eastern_level(&mut self, rest: &'a str) -> Option<&'a str> {
        let figures = rest.trim_start_matches(['第', '제']).trim_start();
        let (value, behind) = digits(figures)?;
        let mut after = behind.trim_start().chars();
        let counted = after.next()?;
        let citation = &mut self.cited.citation;
        let place = match counted {
            '巻' | '卷' | '권' => &mut citation.volume,
            '号' | '號' | '期' | '호' => &mut citation.number,
            _ => return None,
        };
        if place.is_some() {
            return None;
        }
        *place = Some(value.to_owned());
        self.mark_labelled();
        Some(after.as_str())
    }

    /// `141. évf.`, `3. nr.`: a number before the word for what it counts.
    fn level_behind(&mut self, rest: &'a str) -> Option<&'a str> {
        let (value, behind) = digits(rest)?;
        let words = behind.strip_prefix('.').unwrap_or(behind).trim_start();
        let is_volume = |word: &&&str| self.cited.citation.volume.is_none() && is_word(words, word);
        let is_number = |word: &&&str| self.cited.citation.number.is_none() && is_word(words, word);
        let (word, place) = if let Some(word) = VOLUMES_BEHIND.iter().find(is_volume) {
            (word, &mut self.cited.citation.volume)
        } else if let Some(word) = NUMBERS_BEHIND.iter().find(is_number) {
            (word, &mut self.cited.citation.number)
        } else {
            return None;
        };
        let after = &words[word.len()..];
        // `12 nr 3`: the number stands behind its word
        if after
            .trim_start_matches(['.', ' '])
            .starts_with(|c: char| c.is_ascii_digit())
            && !behind.starts_with('.')
        {
            return None;
        }
        *place = Some(value.to_owned());
        self.mark_labelled();
        Some(after)
    }

    /// `Part 2`, which is the number where no other is stated, and a part of it otherwise.
    fn part(&mut self, rest: &'a str) -> Option<&'a str> {
        let behind = PARTS.iter().find_map(|word| after_word(rest, word))?;
        let (value, after) = word_at_start(behind);
        let citation = &self.cited.citation;
        let has_level = citation.volume.is_some() || citation.number.is_some();
        if !is_count(value) || !has_level || citation.pages.is_some() {
            return None;
        }
        let printed = rest[..rest.len() - after.len()].trim_end_matches('.');
        let number = &mut self.cited.citation.number;
        *number = Some(match number.take() {
            Some(number) => format!("{number} {printed}"),
            None => value.to_owned(),
        });
        Some(after)
    }

    /// `Año 5`, `R. CXX`, `a. XCVIII`: the year of the journal's life.
    fn annual(&mut self, rest: &'a str) -> Option<&'a str> {
        let behind = annual_word(rest)?;
        let (value, after) = word_at_start(behind);
        // a letter alone may be an initial
        let is_letter = value.len() == 1 && !value.starts_with(|c: char| c.is_ascii_digit());
        if !is_count(value) || is_letter || self.annual.is_some() {
            return None;
        }
        let printed = rest[..rest.len() - after.len()].trim_end_matches([',', '.']);
        self.annual = Some((value, printed));
        self.mark_labelled();
        Some(after)
    }

    /// `PMID: 12345678`, `PMCID: PMC1234567`
    fn article_id(&mut self, rest: &'a str) -> Option<&'a str> {
        let behind = ARTICLE_IDS.iter().find_map(|word| after_word(rest, word))?;
        let (value, after) = word_at_start(behind);
        let figures = value.trim_start_matches("PMC");
        if figures.is_empty() || !figures.bytes().all(|b| b.is_ascii_digit()) {
            return None;
        }
        self.note(rest, after);
        Some(after)
    }

    /// `Epub 2015 Sep 8`, the day on which it was online.
    fn epub(&mut self, rest: &'a str) -> Option<&'a str> {
        let behind = after_word(rest, "epub")?;
        let (_, after) = date_at_start(behind)?;
        self.note(rest, after);
        Some(after)
    }

    /// Keeps what was read of `rest`, which has no field.
    fn note(&mut self, rest: &str, after: &str) {
        let note = rest[..rest.len() - after.len()].trim_end_matches('.');
        self.cited.notes.push(note.to_owned());
    }

    /// `45–60. o.`, `45.–60. lpp.`
    fn pages_behind(&mut self, rest: &'a str) -> Option<&'a str> {
        let (first, behind) = digits(rest)?;
        let behind = behind.strip_prefix('.').unwrap_or(behind);
        let (last, behind) = digits(behind.strip_prefix(['-', '–'])?)?;
        let words = behind.strip_prefix('.').unwrap_or(behind).trim_start();
        let word = PAGES_BEHIND.iter().find(|word| is_word(words, word))?;
        if self.cited.citation.pages.is_some() {
            return None;
        }
        self.cited.citation.pages = Some(format!("{first}–{last}"));
        self.labelled = true;
        Some(&words[word.len()..])
    }

    fn mark_labelled(&mut self) {
        self.labelled = true;
        self.mark_first(First::Level);
    }

    fn mark_first(&mut self, first: First) {
        if self.items == 0 {
            self.first = first;
        }
    }

    fn date(&mut self, rest: &'a str) -> Option<&'a str> {
        if self.cited.citation.year.is_some() {
            return None;
        }
        let labelled = after_word(rest, "year")
            .or_else(|| annual_word(rest))
            .unwrap_or(rest);
        let (year, after) = months_at_start(labelled).or_else(|| date_at_start(labelled))?;
        let after = after.strip_prefix('年').unwrap_or(after);
        if !rest.starts_with('(') {
            self.mark_first(First::Year);
        }
        self.cited.citation.year = Some(year);
        Some(after)
    }

    /// `(2)` behind a volume, and `50 (1-2)`.
    fn bracketed(&mut self, rest: &'a str) -> Option<&'a str> {
        if let Some(inner) = rest.strip_prefix('(') {
            let (number, after) = inner.split_once(')')?;
            let has_volume = self.cited.citation.volume.is_some() || !self.bare.is_empty();
            // `№ 3 (12)`: the third of the year is the twelfth of all
            let is_running = self.labelled && self.cited.citation.number.is_some();
            if is_running && number.bytes().all(|b| b.is_ascii_digit()) {
                return Some(after);
            }
            return (has_volume && self.cited.citation.number.is_none() && is_number(number)).then(
                || {
                    self.cited.citation.number = Some(number.trim().to_owned());
                    after
                },
            );
        }
        let (volume, behind) = digits(rest)?;
        let inner = behind.trim_start().strip_prefix('(')?;
        let (number, after) = inner.split_once(')')?;
        let fits = self.cited.citation.volume.is_none()
            && self.bare.is_empty()
            && self.cited.citation.number.is_none()
            && is_number(number)
            && year(number.trim()).is_none();
        fits.then(|| {
            self.cited.citation.volume = Some(volume.to_owned());
            self.cited.citation.number = Some(number.trim().to_owned());
            self.mark_first(First::Level);
            after
        })
    }

    /// `5.2 (2010)`, volume and number in the style of the MLA.
    fn dotted(&mut self, rest: &'a str) -> Option<&'a str> {
        let (volume, behind) = digits(rest)?;
        let (number, after) = word_at_start(behind.strip_prefix('.')?);
        let is_year_next = after.trim_start().strip_prefix('(').is_some_and(|inner| {
            let (inner, _) = inner.split_once(')').unwrap_or((inner, ""));
            inner.split_whitespace().any(|word| year(word).is_some())
        });
        let is_number = number.starts_with(|c: char| c.is_ascii_digit())
            && number
                .chars()
                .all(|c| c.is_ascii_digit() || matches!(c, '-' | '–' | '/'));
        let citation = &mut self.cited.citation;
        let fits = citation.volume.is_none()
            && citation.number.is_none()
            && self.bare.is_empty()
            && number.len() <= 7
            && is_number;
        if !fits || !is_year_next {
            return None;
        }
        citation.volume = Some(volume.to_owned());
        citation.number = Some(number.to_owned());
        self.mark_first(First::Level);
        Some(after)
    }

    /// A range of pages, or an article number, without a word before it.
    fn range(&mut self, rest: &'a str) -> Option<&'a str> {
        let (run, after) = page_run(rest)?;
        // `401-402: 214-221`, the volumes before a colon
        let is_volume = self.items == 0
            && rest[run.len()..].starts_with(':')
            && run.contains(['-', '–'])
            && run
                .chars()
                .all(|c| c.is_ascii_digit() || matches!(c, '-' | '–'))
            && page_run(without_separators(after)).is_some();
        if is_volume {
            self.cited.citation.volume = Some(run.to_owned());
            self.mark_first(First::Level);
            return Some(after);
        }
        let parsed = pages::parse(run);
        let is_range =
            parsed.last.is_some() || (parsed.elocation_id.is_some() && run.starts_with(['e', 'E']));
        let has_level = self.cited.citation.volume.is_some()
            || self.cited.citation.number.is_some()
            || self.cited.citation.year.is_some()
            || !self.bare.is_empty();
        (is_range && has_level && self.cited.citation.pages.is_none()).then(|| {
            self.cited.citation.pages = Some(run.to_owned());
            after
        })
    }

    /// A figure, with a letter before it or not: `86`, `B486`.
    fn number(&mut self, rest: &'a str) -> Option<&'a str> {
        let (word, after) = word_at_start(rest);
        // `XII, 3 (2012)`; a letter alone is a series: `Phys. Rev. D 90`
        let is_numeral = self.items == 0
            && word.len() > 1
            && word.bytes().all(|b| b"IVXLC".contains(&b))
            && pages::roman(word).is_some()
            && after
                .trim_start_matches([',', '.', ' '])
                .starts_with(|c: char| c.is_ascii_digit() || c == '(');
        if is_numeral {
            self.bare.push((word, false));
            return Some(after);
        }
        let figures = word.trim_start_matches(|c: char| c.is_ascii_uppercase());
        let letters = word.len() - figures.len();
        let fits = letters <= 1
            && !figures.is_empty()
            && figures.len() <= 7
            && figures.bytes().all(|b| b.is_ascii_digit())
            && self.bare.len() < 3;
        fits.then(|| {
            self.leads |= self.items == 0 && after.starts_with([':', ',']) && year(word).is_none();
            self.bare.push((
                word,
                self.cited.citation.number.is_some() && self.cited.citation.volume.is_none(),
            ));
            after
        })
    }

    pub(super) fn values(&self) -> usize {
        let citation = &self.cited.citation;
        [
            citation.volume.is_some() || self.annual.is_some() || !self.bare.is_empty(),
            citation.number.is_some(),
            citation.pages.is_some(),
            citation.year.is_some(),
        ]
        .into_iter()
        .filter(|has| *has)
        .count()
    }

    /// Returns whether what was read is sure to be an issue.
    pub(super) fn is_accepted(&self) -> bool {
        let citation = &self.cited.citation;
        let has_level = citation.volume.is_some()
            || citation.number.is_some()
            || self.annual.is_some()
            || !self.bare.is_empty();
        if self.leftover.is_some() {
            return self.first == First::Level && self.values() > 0;
        }
        if !self.cited.issns.is_empty() || self.status {
            return true;
        }
        // `101: 213103. doi:…`, `91, 108102. doi:…`
        if self.leads && self.bare.len() == 2 && !self.cited.dois.is_empty() {
            return true;
        }
        (has_level && (self.values() >= 2 || self.labelled))
            || (self.labelled && self.values() > 0 && self.first == First::Level)
    }

    /// Gives the figures without labels their places.
    pub(super) fn resolved(mut self) -> Cited {
        let mut bare = std::mem::take(&mut self.bare).into_iter();
        let citation = &mut self.cited.citation;
        let mut left: Vec<&str> = Vec::new();
        match self.annual {
            Some((value, _)) if citation.volume.is_none() => {
                citation.volume = Some(value.to_owned());
            }
            Some((_, printed)) => self.cited.notes.push(printed.to_owned()),
            None => {}
        }
        for (value, behind_number) in bare.by_ref() {
            if citation.volume.is_none() && !behind_number && value.len() <= 5 {
                citation.volume = Some(value.to_owned());
            } else if citation.pages.is_none() {
                citation.pages = Some(value.to_owned());
            } else if citation.number.is_none() {
                citation.number = Some(value.to_owned());
            } else {
                left.push(value);
            }
        }
        let rest = self.leftover.map(|text| text.trim().to_owned());
        citation.leftover = match (left.is_empty(), rest) {
            (true, rest) => rest,
            (false, None) => Some(left.join(" ")),
            (false, Some(rest)) => Some(format!("{} {rest}", left.join(" "))),
        };
        self.cited
    }
}

/// Returns the text behind `[consulta: 2 mayo 2013]`, the day somebody looked at a page.
fn consulted(text: &str) -> Option<&str> {
    const WORDS: [&str; 8] = [
        "consult",
        "accessed",
        "cited",
        "acesso",
        "viewed",
        "retrieved",
        "fecha de consulta",
        "citado",
    ];
    let inner = text.strip_prefix('[')?;
    let (said, after) = inner.split_once(']')?;
    WORDS
        .iter()
        .any(|word| starts_with(said, word))
        .then_some(after)
}

/// The text behind a word that counts a journal's years. `A. 5` is a series.
fn annual_word(rest: &str) -> Option<&str> {
    if rest.starts_with("A.") {
        return None;
    }
    ANNUAL.iter().find_map(|word| after_word(rest, word))
}

/// Returns whether a text is a figure of at most three digits or a Roman numeral.
fn is_count(text: &str) -> bool {
    let is_figure = (1..=3).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
    is_figure || pages::roman(text).is_some()
}

/// Returns whether a text begins with a word, and the word ends there.
fn is_word(text: &str, word: &str) -> bool {
    starts_with(text, word)
        && !(word.ends_with(char::is_alphabetic)
            && text[word.len()..].starts_with(char::is_alphanumeric))
}

fn without_separators(text: &str) -> &str {
    text.trim_start_matches(|c: char| {
        c.is_whitespace()
            || matches!(
                c,
                ',' | '.' | ':' | ';' | '–' | '—' | '|' | ')' | ']' | '"' | '”' | '،' | '؛'
            )
    })
    .trim_start_matches("- ")
}

pub(super) fn starts_with(text: &str, word: &str) -> bool {
    text.get(..word.len())
        .is_some_and(|head| head == word || head.to_lowercase() == word)
}

/// Returns the text after a word, which must end there.
fn after_word<'a>(text: &'a str, word: &str) -> Option<&'a str> {
    let after = starts_with(text, word).then(|| &text[word.len()..])?;
    let joined = word.ends_with(char::is_alphabetic) && after.starts_with(char::is_alphabetic);
    (!joined).then(|| after.trim_start_matches([':', '.', ' ', '\u{a0}']))
}

/// The run at the start that reads as pages.
fn page_run(text: &str) -> Option<(&str, &str)> {
    let end = text
        .find(|c: char| {
            c.is_whitespace() || matches!(c, ',' | ';' | '(' | ')' | '[' | '⟨' | '<' | '،')
        })
        .unwrap_or(text.len());
    let (run, mut after) = text.split_at(end);
    let mut run = run.trim_end_matches(['.', ':', '"']);
    // `12 - 19`
    if let Some(last) = after.trim_start().strip_prefix(['-', '–'])
        && let Some((_, behind)) = digits(last.trim_start())
        && !run.contains(['-', '–'])
    {
        run = &text[..text.len() - behind.len()];
        after = behind;
    }
    (run.contains(|c: char| c.is_ascii_digit()) && pages::looks_like_pages(run))
        .then_some((run, after))
}

fn digits(text: &str) -> Option<(&str, &str)> {
    let end = text
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(text.len());
    (end > 0 && end <= 5).then(|| text.split_at(end))
}

fn word_at_start(text: &str) -> (&str, &str) {
    let end = text
        .find(|c: char| {
            c.is_whitespace() || matches!(c, ',' | ';' | ':' | '(' | ')' | '[' | ']' | '،' | '؛')
        })
        .unwrap_or(text.len());
    let (word, after) = text.split_at(end);
    (word.trim_end_matches('.'), after)
}

/// The value behind a label: one with a figure, a numeral, a short word, or words up to the comma.
fn level<'a>(rest: &'a str, lang: Option<&str>) -> Option<(&'a str, &'a str)> {
    let rest = rest.trim_start_matches([' ', '.', ':', '°', 'º', '\u{a0}']);
    // `n°12, Iss Vol. 3`: a label within a value
    if let Some(found) = labels::number().at_start(rest, lang)
        && found
            .rest
            .trim_start_matches(['°', 'º', ' ', '.'])
            .starts_with(|c: char| c.is_ascii_digit())
    {
        return level(found.rest, None);
    }
    let (word, after) = word_at_start(rest);
    let has_figure = word.contains(|c: char| c.is_ascii_digit());
    let is_short =
        word.chars().count() <= 4 && !word.is_empty() && word.chars().all(char::is_alphanumeric);
    if has_figure || pages::roman(word).is_some() || is_status(word) {
        // `3 (4)` of a number: `5 (2)` behind a volume is its number, and stays
        return (year(word).is_none() || has_figure).then_some((word, after));
    }
    if is_short
        && (word.to_lowercase() == "spe"
            || word.to_lowercase() == "esp"
            || word.to_lowercase() == "spec")
    {
        return Some((word, after));
    }
    let end = rest.find([',', ';', '(']).unwrap_or(rest.len());
    let words = rest[..end].trim();
    let special = [
        "special",
        "especial",
        "spécial",
        "sonderheft",
        "supplement",
        "sonderband",
    ];
    let lower = words.to_lowercase();
    (words.split_whitespace().count() <= 4 && special.iter().any(|word| lower.contains(word)))
        .then(|| (words, &rest[end..]))
}

fn is_status(value: &str) -> bool {
    STATUS.contains(&value.to_lowercase().as_str())
}

/// A number in brackets: `2`, `1-2`, `Suppl 1`, `S1`.
fn is_number(text: &str) -> bool {
    let text = text.trim();
    text.len() <= 14
        && text.contains(|c: char| c.is_ascii_digit())
        && text
            .chars()
            .all(|c| c.is_alphanumeric() || matches!(c, '-' | '–' | '/' | ' ' | '.' | ','))
        && !text.split_whitespace().any(|word| year(word).is_some())
}

/// `ISSN 2049-3630`, `(ISSN: …)`, `(1461023X)`.
fn issn_at_start(text: &str) -> Option<(&str, &str)> {
    let (inner, bracket) = match text.strip_prefix('(') {
        Some(inner) => (inner, true),
        None => (text, false),
    };
    let label = ["e-issn", "p-issn", "eissn", "pissn", "issn-l", "issn"]
        .into_iter()
        .find(|label| starts_with(inner, label));
    if label.is_none() && !bracket {
        return None;
    }
    let value = label.map_or(inner, |label| {
        inner[label.len()..].trim_start_matches([':', '.', ' '])
    });
    let end = value
        .find(|c: char| !(c.is_ascii_digit() || matches!(c, 'x' | 'X' | '-' | '–')))
        .unwrap_or(value.len());
    let (issn, after) = value.split_at(end);
    let named = if label.is_some() {
        format!("ISSN {issn}")
    } else {
        issn.to_owned()
    };
    let is_issn = Issn::of_any_check_digit(&named).is_some();
    is_issn.then(|| (issn, after.trim_start_matches([')', ' ', '.'])))
}
