//! Citations of a journal article as software other than OJS and reference styles write them.
//!
//! The value is scanned from the first place that can begin a volume, number, year or page: what stands before it
//! is the journal. A place is accepted only when everything behind it is understood, or when it begins with a label,
//! so that a title that holds figures stays whole. EPrints, DSpace, Érudit, SciELO, DOAJ, HAL, Cairn, KCI, Invenio,
//! arXiv's journal-ref, APA, Chicago and Vancouver styles come to the same few parts.

use super::labels;
use super::pages;
use super::source::Citation;
use crate::article::Precision;
use crate::values::{Doi, Issn};

/// Longest value that is scanned, bytes.
const MAX: usize = 2_000;
/// Places in a value where an issue may begin that are tried.
const MAX_PLACES: usize = 80;

/// Words before pages, in lower case, the longest first.
const PAGES: &[&str] = &[
    "pages", "page", "págs.", "pág.", "pags.", "pag.", "seiten", "стр.", "pp.", "pp", "pgs.",
    "hal.", "hlm.", "p.", "s.", "с.", "p", "págs", "стр",
];

/// Words before an article number, in lower case, the longest first.
const ARTICLE_NUMBER: &[&str] = &[
    "article number",
    "article no.",
    "article no",
    "article id",
    "article",
    "art. no.",
    "art. no",
    "art. id",
    "art.",
    "artículo",
    "artigo",
    "paper no.",
    "e-location",
    "id",
];

/// Words on the state of publication, which stand where an issue would.
const STATUS: &[&str] = &[
    "in press",
    "(in press)",
    "[in press]",
    "(submitted)",
    "(unpublished)",
    "(forthcoming)",
    "(accepted)",
    "(online first)",
    "online first",
    "online in advance of print",
    "ahead of print",
    "ahead-of-print",
    "epub ahead",
    "early view",
    "(early view)",
    "ahead",
];

/// Words of supplements, in lower case.
const SUPPLEMENTS: &[&str] = &[
    "supplement",
    "suppl.",
    "suppl",
    "supl.",
    "supl",
    "beiheft",
    "beih.",
    "дополн.",
];

/// Words before a number that no translation of OJS has, in lower case.
const FASCICLES: &[&str] = &[
    "fascicule",
    "fascicolo",
    "fascículo",
    "fasc.",
    "heft",
    "cahier",
    "cuaderno",
    "livraison",
    "zeszyt",
    "z.",
];

/// A citation, with the identifiers that stand in it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Cited {
    /// Journal, volume, number, year, pages; what is not understood is its `leftover`.
    pub(crate) citation: Citation,
    /// ISSNs, as printed.
    pub(crate) issns: Vec<String>,
    /// DOIs, bare.
    pub(crate) dois: Vec<Doi>,
}

impl Cited {
    /// Returns whether volume, number or pages are known.
    pub(crate) fn has_place(&self) -> bool {
        let citation = &self.citation;
        citation.volume.is_some() || citation.number.is_some() || citation.pages.is_some()
    }
}

/// Takes a citation apart; `None` where no place in it is sure to be the end of the journal's title.
pub(crate) fn parse(value: &str, lang: Option<&str>) -> Option<Cited> {
    if value.len() > MAX || !value.contains(|c: char| c.is_ascii_digit()) {
        return status_only(value);
    }
    if let Some(cited) = run_together(value) {
        return Some(cited);
    }
    let value = without_availability(behind_slashes(value));
    let bare;
    let value = if value.contains(":]") {
        bare = without_brackets(value);
        bare.as_str()
    } else {
        value
    };
    let value = without_size(value);
    let places = value.char_indices().filter(|&(at, c)| {
        let before = value[..at].chars().next_back();
        let begins = c.is_alphanumeric() || matches!(c, '(' | '[' | '⟨');
        // `5.2` is one number
        let is_within = value[..at]
            .strip_suffix('.')
            .is_some_and(|head| head.ends_with(|c: char| c.is_ascii_digit()));
        begins
            && !is_within
            && before.is_some_and(|c| c.is_whitespace() || matches!(c, ',' | ';' | '.' | ':' | ')'))
    });
    for (at, _) in places.take(MAX_PLACES) {
        let journal = journal_before(&value[..at]);
        if !journal.contains(char::is_alphabetic) {
            continue;
        }
        let mut scan = Scan::new(lang);
        scan.run(&value[at..]);
        if scan.is_accepted() {
            let year_first = scan.first == First::Year;
            let mut cited = scan.resolved();
            let journal = without_issn(journal, &mut cited.issns);
            cited.citation.journal = Some(without_publisher(journal, year_first).to_owned());
            return Some(cited);
        }
    }
    None
}

/// `Phys.Rev.D76:013009,2007`, as INSPIRE writes journal references: volume, first page or range, and year behind an
/// abbreviated title, without blanks between them.
pub(crate) fn run_together(value: &str) -> Option<Cited> {
    let (head, tail) = value.trim().split_once(':')?;
    let title = head.trim_end_matches(|c: char| c.is_ascii_digit());
    let volume = &head[title.len()..];
    // a letter of the series stands right before the volume
    let is_series = |c: char| c.is_ascii_uppercase();
    let is_title = title.starts_with(char::is_uppercase)
        && title.trim_end_matches(is_series).ends_with('.')
        && title.matches('.').count() >= 2;
    let (run, year) = tail.rsplit_once(',')?;
    let year = year.trim();
    let year = year
        .parse::<i32>()
        .ok()
        .filter(|value| year.len() == 4 && (1800..=2100).contains(value))?;
    let is_pages = run.contains(|c: char| c.is_ascii_digit())
        && run.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
    (is_title && (1..=4).contains(&volume.len()) && is_pages).then(|| Cited {
        citation: Citation {
            journal: Some(title.to_owned()),
            volume: Some(volume.to_owned()),
            pages: Some(run.to_owned()),
            year: Some(year),
            ..Citation::default()
        },
        ..Cited::default()
    })
}

/// The journal and issue of a reference by GOST 7.1, `Title / Authors // Journal. — 2008. — Т. 12, № 3. — С. 45-67. —
/// Бібліогр.: 12 назв.`, without the notes at its end. Another value stays as it is.
fn behind_slashes(value: &str) -> &str {
    const NOTES: [&str; 5] = ["Бібліогр", "Библиогр", "ISSN", "укр.", "рос."];
    let bare = value.strip_prefix("//").map(str::trim_start);
    let Some(mut text) = bare.or_else(|| value.rsplit_once(" // ").map(|(_, text)| text)) else {
        return value;
    };
    while let Some((head, note)) = text.rsplit_once(" — ").or_else(|| text.rsplit_once(" – "))
        && NOTES.iter().any(|word| note.starts_with(word))
    {
        text = head;
    }
    text
}

/// The citation without the address at its end and the day of a visit: `… Disponível em: <http://…>. Acesso em: 12 jan. 2013`.
fn without_availability(value: &str) -> &str {
    const WORDS: [&str; 5] = [
        "Disponível em",
        "Disponible en",
        "Disponibile su",
        "Режим доступа",
        "Режим доступу",
    ];
    let at = WORDS.iter().filter_map(|word| value.find(word)).min();
    at.filter(|at| *at > 0)
        .map_or(value, |at| value[..at].trim_end())
}

/// `[Journal:] Seams [ISSN:] 2049-3630 [Volume:] 5` without the brackets around its labels (EconStor).
fn without_brackets(value: &str) -> String {
    let mut bare = String::with_capacity(value.len());
    let mut rest = value;
    while let Some((before, after)) = rest.split_once('[') {
        bare.push_str(before);
        match after.split_once(":]") {
            Some((label, behind)) if label.chars().all(char::is_alphabetic) => {
                bare.push_str(label);
                bare.push(':');
                rest = behind;
            }
            _ => {
                bare.push('[');
                rest = after;
            }
        }
    }
    bare.push_str(rest);
    bare
}

/// The citation without the number of pages at its end: `… (2007) [5 pages]`, `…, 066, 10 pages`.
fn without_size(value: &str) -> &str {
    let trimmed = value.trim_end_matches([']', ')', '.', ' ']);
    let Some(head) = ["pages", "pp"]
        .iter()
        .find_map(|word| trimmed.strip_suffix(word))
    else {
        return value;
    };
    let head = head.trim_end();
    let bare = head.trim_end_matches(|c: char| c.is_ascii_digit());
    let is_size = bare.len() < head.len() && bare.trim_end().ends_with(['[', '(', ',']);
    if is_size {
        bare.trim_end_matches(['[', '(', ',', ' '])
    } else {
        value
    }
}

/// A title without the word that announces it: `In: Journal of Seams`.
pub(crate) fn without_label(title: &str) -> &str {
    const LABELS: [&str; 6] = [
        "in:",
        "published in:",
        "is part of:",
        "ispartof:",
        "source:",
        "journal:",
    ];
    let label = LABELS.iter().find(|label| starts_with(title, label));
    label.map_or(title, |label| title[label.len()..].trim_start())
}

/// Takes apart what follows a journal's title that stands elsewhere: `4 (8) 72-74`.
pub(crate) fn issue(value: &str, lang: Option<&str>) -> Option<Cited> {
    if value.len() > MAX {
        return None;
    }
    let mut scan = Scan::new(lang);
    scan.run(value);
    (scan.leftover.is_none() && scan.values() > 0).then(|| scan.resolved())
}

/// Takes apart a value that begins with a label for a volume or number: `Volume: 5, Issue: 2`.
pub(crate) fn labelled_issue(value: &str, lang: Option<&str>) -> Option<Cited> {
    let labelled = |words: &labels::Words| {
        words.at_start(value, lang).is_some_and(|found| {
            let rest = found.rest.trim_start_matches([':', '.', ' ', '°', 'º']);
            !found.initial && rest.starts_with(|c: char| c.is_ascii_digit())
        })
    };
    (labelled(labels::volume()) || labelled(labels::number()))
        .then(|| issue(value, lang))
        .flatten()
}

/// `Journal of Seams (In Press)`: a journal without an issue yet.
fn status_only(value: &str) -> Option<Cited> {
    let lower = value.to_lowercase();
    let words = STATUS.iter().filter(|word| word.starts_with(['(', '[']));
    let at = words.filter_map(|word| lower.find(word)).min()?;
    let journal = journal_before(value.get(..at)?);
    (!journal.is_empty()).then(|| Cited {
        citation: Citation {
            journal: Some(journal.to_owned()),
            ..Citation::default()
        },
        ..Cited::default()
    })
}

/// Words in brackets behind the title of a journal on the web, without the last bracket.
const MEDIA: [&str; 8] = [
    "[en línea]",
    "[en ligne]",
    "[en linea]",
    "[online]",
    "[on-line]",
    "[internet]",
    "[Internet]",
    "[Online]",
];

/// The title before an issue, without the punctuation that ends it.
fn journal_before(text: &str) -> &str {
    let separators = [
        ',', ':', ';', '(', '[', '/', '-', '–', '—', '|', ' ', '\u{a0}',
    ];
    let text = text.trim_start_matches(['.', ',', ';', ':', ' ', '"', '”', '“', '»', '’']);
    let text = without_label(text);
    // `Seams. - Bern : Joints`, as ISBD parts a title from its place and publisher
    let text = text.split(". - ").next().unwrap_or(text);
    let text = text.trim_end_matches(separators);
    let text = MEDIA
        .iter()
        .find_map(|word| text.trim_end_matches('.').strip_suffix(word))
        .map_or(text, |head| head.trim_end_matches(separators));
    let bare = text.trim_end_matches(|c: char| c == '.' || separators.contains(&c));
    // a full stop stays where an abbreviation needs it: `Phys. Rev. Lett.`
    if text.len() == bare.len() + 1 && bare.contains('.') {
        text
    } else {
        bare
    }
}

/// The title without an ISSN in brackets, and what stands behind that.
fn without_issn<'a>(title: &'a str, issns: &mut Vec<String>) -> &'a str {
    for (at, _) in title.match_indices('(') {
        let Some((inner, _)) = title[at + 1..].split_once(')') else {
            continue;
        };
        if let Some(issn) = Issn::of_any_check_digit(inner) {
            issns.push(issn.into());
            return journal_before(&title[..at]);
        }
    }
    title
}

/// HAL writes `Journal, Publisher, Year, Volume`: the publisher goes where its name shows that it is one.
fn without_publisher(title: &str, year_first: bool) -> &str {
    const WORDS: &[&str] = &[
        "springer",
        "elsevier",
        "wiley",
        "verlag",
        "press",
        "taylor",
        "sage",
        "ieee",
        "acm",
        "mdpi",
        "publishing",
        "publisher",
        "publishers",
        "publications",
        "éditions",
        "editions",
        "éditeur",
        "ltd",
        "inc",
        "gmbh",
        "bv",
        "b.v.",
        "hindawi",
        "frontiers",
        "karger",
        "thieme",
        "blackwell",
        "kluwer",
        "dunod",
        "armand",
        "presses",
        "masson",
        "association",
        "society",
        "société",
        "cnrs",
        "inra",
        "edp",
        "iop",
        "aip",
        "aps",
        "université",
    ];
    if !year_first {
        return title;
    }
    let Some((head, last)) = title.rsplit_once(", ") else {
        return title;
    };
    let is_publisher = last
        .split([' ', '-'])
        .any(|word| WORDS.contains(&word.trim_matches(['(', ')', '.']).to_lowercase().as_str()));
    if is_publisher { head } else { title }
}

/// The beginning of an issue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum First {
    /// A labelled volume or number, or a volume with its number in brackets.
    Level,
    /// A year without brackets.
    Year,
    Other,
}

/// The part of an issue read so far.
struct Scan<'a> {
    lang: Option<&'a str>,
    cited: Cited,
    /// Numbers without a label, in order; whether a labelled number came before.
    bare: Vec<(&'a str, bool)>,
    labelled: bool,
    status: bool,
    items: usize,
    first: First,
    leftover: Option<&'a str>,
}

impl<'a> Scan<'a> {
    fn new(lang: Option<&'a str>) -> Self {
        Self {
            lang,
            cited: Cited::default(),
            bare: Vec::new(),
            labelled: false,
            status: false,
            items: 0,
            first: First::Other,
            leftover: None,
        }
    }

    fn run(&mut self, text: &'a str) {
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
            .or_else(|| self.labelled_level(rest))
            .or_else(|| self.date(rest))
            .or_else(|| self.bracketed(rest))
            .or_else(|| self.dotted(rest))
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
            if !self.cited.dois.contains(&doi) {
                self.cited.dois.push(doi);
            }
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
        let labelled = after_word(rest, "year").unwrap_or(rest);
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
            let is_running = !has_volume && self.cited.citation.number.is_some();
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
            self.bare.push((
                word,
                self.cited.citation.number.is_some() && self.cited.citation.volume.is_none(),
            ));
            after
        })
    }

    fn values(&self) -> usize {
        let citation = &self.cited.citation;
        [
            citation.volume.is_some() || !self.bare.is_empty(),
            citation.number.is_some(),
            citation.pages.is_some(),
            citation.year.is_some(),
        ]
        .into_iter()
        .filter(|has| *has)
        .count()
    }

    /// Returns whether what was read is sure to be an issue.
    fn is_accepted(&self) -> bool {
        let citation = &self.cited.citation;
        let has_level =
            citation.volume.is_some() || citation.number.is_some() || !self.bare.is_empty();
        if self.leftover.is_some() {
            return self.first == First::Level && self.values() > 0;
        }
        if !self.cited.issns.is_empty() || self.status {
            return true;
        }
        (has_level && (self.values() >= 2 || self.labelled))
            || (self.labelled && self.values() > 0 && self.first == First::Level)
    }

    /// Gives the figures without labels their places.
    fn resolved(mut self) -> Cited {
        let mut bare = std::mem::take(&mut self.bare).into_iter();
        let citation = &mut self.cited.citation;
        let mut left: Vec<&str> = Vec::new();
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

fn without_separators(text: &str) -> &str {
    text.trim_start_matches(|c: char| {
        c.is_whitespace()
            || matches!(
                c,
                ',' | '.' | ':' | ';' | '–' | '—' | '|' | ')' | ']' | '"' | '”'
            )
    })
    .trim_start_matches("- ")
}

fn starts_with(text: &str, word: &str) -> bool {
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
        .find(|c: char| c.is_whitespace() || matches!(c, ',' | ';' | '(' | ')' | '[' | '⟨' | '<'))
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
        .find(|c: char| c.is_whitespace() || matches!(c, ',' | ';' | ':' | '(' | ')' | '[' | ']'))
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

fn year(word: &str) -> Option<i32> {
    let value = (word.len() == 4 && word.bytes().all(|b| b.is_ascii_digit()))
        .then(|| word.parse().ok())
        .flatten()?;
    (1500..=2100).contains(&value).then_some(value)
}

/// `(2004)`, `(Mar 2010)`, `2016-01-01`, `2004`, `December 2010`, `2004 Dec 15`: the year, and what is behind.
fn date_at_start(text: &str) -> Option<(i32, &str)> {
    if let Some(inner) = text.strip_prefix(['(', '[']) {
        let (inner, after) = inner.split_once([')', ']'])?;
        if inner.len() > 30 {
            return None;
        }
        return super::date::parse(inner.trim())
            .and_then(|date| date.parts())
            .map(|(year, _, _)| (year, after));
    }
    // whole date, then words, then a year alone
    let ends = text
        .char_indices()
        .filter(|(_, c)| c.is_whitespace() || matches!(c, ',' | ';' | ':' | ')' | '.'))
        .map(|(at, _)| at)
        .chain([text.len()])
        .take(4);
    ends.filter_map(|end| {
        let word = text[..end].trim_end_matches(['.', ',']);
        let has_year = word
            .split(|c: char| !c.is_ascii_digit())
            .any(|part| year(part).is_some());
        let date = super::date::parse(word).filter(|_| has_year)?;
        // words around a year alone are none of the date's
        let is_plain = !word.contains(char::is_whitespace)
            || date.precision != Precision::Year
            || is_season(word);
        let (year, _, _) = date.parts().filter(|_| is_plain)?;
        Some((year, &text[end..]))
    })
    .last()
}

/// `2012 Sep-Oct`, `set./dez. 2012`, `jan./jun. 2012`: a year with a span of months, which has no day.
fn months_at_start(text: &str) -> Option<(i32, &str)> {
    let end = text.find([';', ',', ':', '<']).unwrap_or(text.len());
    let (head, _) = text.split_at(end);
    let words: Vec<&str> = head.split_whitespace().take(2).collect();
    let [first, second] = words.as_slice() else {
        return None;
    };
    let (months, value) = match (year(first), year(second.trim_end_matches('.'))) {
        (Some(value), None) => (second, value),
        (None, Some(value)) => (first, value),
        _ => return None,
    };
    let is_month = |word: &str| {
        let word = word.trim_end_matches('.');
        word.chars().count() >= 3
            && super::date::parse(&format!("{word} 2000"))
                .is_some_and(|date| date.precision == Precision::Month)
    };
    let parts: Vec<&str> = months.split(['-', '–', '/']).collect();
    (parts.len() == 2 && parts.iter().all(|part| is_month(part))).then(|| {
        let behind = second.as_ptr().addr() - text.as_ptr().addr() + second.len();
        (value, &text[behind..])
    })
}

/// `Winter 2005`
fn is_season(text: &str) -> bool {
    const SEASONS: [&str; 17] = [
        "spring",
        "summer",
        "fall",
        "autumn",
        "winter",
        "printemps",
        "été",
        "automne",
        "hiver",
        "primavera",
        "verano",
        "otoño",
        "invierno",
        "frühjahr",
        "sommer",
        "herbst",
        "inverno",
    ];
    let first = text.split_whitespace().next().unwrap_or_default();
    SEASONS.contains(&first.trim_end_matches([',', '.']).to_lowercase().as_str())
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

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    /// `journal|volume|number|year|pages`, `-` if unknown.
    fn told(cited: &Cited) -> String {
        let Citation {
            journal,
            volume,
            number,
            year,
            pages,
            ..
        } = &cited.citation;
        let year = year.map(|year| year.to_string());
        [journal, volume, number, &year, pages]
            .map(|value| value.clone().unwrap_or_else(|| "-".to_owned()))
            .join("|")
    }

    #[rstest]
    #[case::eprints(
        "Journal of Seams, 54 (6). pp. 1919-1923. ISSN 2049-3630. http://r.example.org/a",
        "Journal of Seams|54|6|-|1919-1923"
    )]
    #[case::eprints_in_press(
        "Journal of Seams. ISSN 2049-3630 (In Press)",
        "Journal of Seams|-|-|-|-"
    )]
    #[case::eprints_article(
        "Journal of Seams, 3 . Art. No. e01856 . ISSN 2049-3630",
        "Journal of Seams|3|-|-|e01856"
    )]
    #[case::eprints_doi(
        "Cell host & microbe, 18 (4). pp. 433-44. ISSN 1931-3128 DOI: 10.1016/j.chom.2015.09.007 <http://dx.doi.org/10.1016/j.chom.2015.09.007>",
        "Cell host & microbe|18|4|-|433-44"
    )]
    #[case::mla(
        "Journal of Seams 5.2 (2010): 103-110",
        "Journal of Seams|5|2|2010|103-110"
    )]
    #[case::mla_month(
        "Journal of Seams 5.2-3 (Mar 2010): 103",
        "Journal of Seams|5|2-3|2010|103"
    )]
    #[case::inspire("Phys.Rev.D76:013009,2007", "Phys.Rev.D|76|-|2007|013009")]
    #[case::inspire_range("Astrophys.J.667:L183-L186,2007", "Astrophys.J.|667|-|2007|L183-L186")]
    #[case::size(
        "Phys. Rev. B 76, 035404 (2007) [5 pages]",
        "Phys. Rev. B|76|-|2007|035404"
    )]
    #[case::announced("In: Journal of Seams, 5 (2), pp. 1-9", "Journal of Seams|5|2|-|1-9")]
    #[case::erudit(
        "Revue des coutures ; vol. 6 no. 2 (2015)",
        "Revue des coutures|6|2|2015|-"
    )]
    #[case::dspace_series("Journal of Seams;Vol. 5, no. 2", "Journal of Seams|5|2|-|-")]
    #[case::year_first("Value Chain (2021) 5, 1, pages 10-12.", "Value Chain|5|1|2021|10-12")]
    #[case::cairn(
        "Revue des coutures, N 353, 1, 2016-01-01, pp.57-59",
        "Revue des coutures|-|353|2016|57-59"
    )]
    #[case::scielo(
        "Revista de costuras v.39 n.1 suppl.2 2019",
        "Revista de costuras|39|1 suppl.2|2019|-"
    )]
    #[case::scielo_special(
        "Revista Latino-Americana de Enfermagem v.20 n.spe 2011",
        "Revista Latino-Americana de Enfermagem|20|spe|2011|-"
    )]
    #[case::scielo_supplement(
        "Cadernos de Saúde Pública v.23 suppl.1 2007",
        "Cadernos de Saúde Pública|23|suppl.1|2007|-"
    )]
    #[case::scielo_number("Educar em Revista n.33 2009", "Educar em Revista|-|33|2009|-")]
    #[case::scielo_ahead("Ciência Rural ahead 2015", "Ciência Rural|-|-|2015|-")]
    #[case::escholarship(
        "The Journal of Seams, 43(5). UC X: Retrieved from: http://e.example.org/uc/1",
        "The Journal of Seams|43|5|-|-"
    )]
    #[case::invenio("Seams: 29 (1975) no. 4, pp. 750-762", "Seams|29|4|1975|750-762")]
    #[case::kci("이음매연구, 21(1), 35, pp.233-262", "이음매연구|21|1|-|233-262")]
    #[case::doaj(
        "Journal of X Insights, Vol 6, Iss 2, p e12 (2013)",
        "Journal of X Insights|6|2|2013|e12"
    )]
    #[case::doaj_supplement(
        "Journal of X Insights, Vol 7, Iss S1, Pp S1-S9 (2014)",
        "Journal of X Insights|7|S1|2014|S1-S9"
    )]
    #[case::doaj_numeral(
        "Journal of X Insights, Vol XII, Iss Special Issue, Pp 5-9 (2014)",
        "Journal of X Insights|XII|Special Issue|2014|5-9"
    )]
    #[case::doaj_ahead(
        "Journal of X Insights, Vol ahead-of-print, Iss ahead-of-print, Pp 1-5 (2016)",
        "Journal of X Insights|-|-|2016|1-5"
    )]
    #[case::doaj_page(
        "Journal of X Insights, Vol 17, p 3 (2016)",
        "Journal of X Insights|17|-|2016|3"
    )]
    #[case::hal(
        "Journal of Mathematical Imaging and Vision, Springer Verlag, 2013, 50 (1-2), pp.5-17. ⟨10.1007/s10851-013-0470-3⟩",
        "Journal of Mathematical Imaging and Vision|50|1-2|2013|5-17"
    )]
    #[case::arxiv("Rev. Mod. Phys. 86, 1261 (2014)", "Rev. Mod. Phys.|86|-|2014|1261")]
    #[case::arxiv_series("Phys. Rev. D 90, 123008 (2014)", "Phys. Rev. D|90|-|2014|123008")]
    #[case::arxiv_number(
        "Lett. Math. Phys. 108 (2018), no. 2, 359-376",
        "Lett. Math. Phys.|108|2|2018|359-376"
    )]
    #[case::chicago(
        "Atmospheric Chemistry and Physics 14, no. 20 (2014): 10989–11010.",
        "Atmospheric Chemistry and Physics|14|20|2014|10989–11010"
    )]
    #[case::chicago_month(
        "Immun. Inflamm. Dis. 1, no. 1 (October 2013): 3–13.",
        "Immun. Inflamm. Dis.|1|1|2013|3–13"
    )]
    #[case::apa(
        "Combustion Science and Technology 2015, 187(11), 1759-1789. doi: 10.1080/00102202.2015.1064911",
        "Combustion Science and Technology|187|11|2015|1759-1789"
    )]
    #[case::vancouver(
        "Genes Dev. 2011 Feb 15;25(4):310-22. doi: 10.1101/gad.1984311",
        "Genes Dev|25|4|2011|310-22"
    )]
    #[case::plos("PLoS ONE 7(3): e31819.", "PLoS ONE|7|3|-|e31819")]
    #[case::colon(
        "Biological Theory, 6(3) : 260-271.",
        "Biological Theory|6|3|-|260-271"
    )]
    #[case::issn_behind_title(
        "Ecology Letters (1461023X) vol.4 (2001)",
        "Ecology Letters|4|-|2001|-"
    )]
    #[case::mdpi(
        "Sustainability; Volume 5; Issue 2; Pages: 12-19",
        "Sustainability|5|2|-|12-19"
    )]
    #[case::labels_in_brackets(
        "[Journal:] Seams Quarterly [ISSN:] 2049-3630 [Volume:] 130 [Year:] 2010 [Issue:] 2 [Pages:] 123-145",
        "Seams Quarterly|130|2|2010|123-145"
    )]
    #[case::diva(
        "Journal of Seams, 2049-3630, 2012, 12:3, s. 45-67",
        "Journal of Seams|12|3|2012|45-67"
    )]
    #[case::bars(
        "Revue des coutures | Vol. 50 | 1 | 2009-03-27 | p. 3-24 | 2049-3630",
        "Revue des coutures|50|1|2009|3-24"
    )]
    #[case::japanese("縫目, 2012, 41巻, 3号, p. 123-130", "縫目|41|3|2012|123-130")]
    #[case::chinese("接缝学报, 第41卷第3期, 123-130, 2012", "接缝学报|41|3|2012|123-130")]
    #[case::korean("이음매연구, 제21권 제1호, pp.233-262", "이음매연구|21|1|-|233-262")]
    #[case::gost(
        "Дослідження швів / І.І. Іваненко // Фізика швів. — 2008. — Т. 12, № 3. — С. 45-67. — Бібліогр.: 12 назв. — укр.",
        "Фізика швів|12|3|2008|45-67"
    )]
    #[case::gost_dashes(
        "// Вестник швов. – 2012. – № 3 (12). – С. 45–67.",
        "Вестник швов|-|3|2012|45–67"
    )]
    #[case::months(
        "J Town Seams. 2012 Sep-Oct;12(3 Suppl 1):S45-67.",
        "J Town Seams|12|3 Suppl 1|2012|S45-67"
    )]
    #[case::season_in_brackets(
        "Town Quarterly 12 (Fall 2012): 45–67",
        "Town Quarterly|12|-|2012|45–67"
    )]
    #[case::abnt(
        "Revista de Costuras, v. 12, n. 3, p. 45-67, set./dez. 2012. Disponível em: <http://x.example.org/1>. Acesso em: 12 jan. 2013.",
        "Revista de Costuras|12|3|2012|45-67"
    )]
    #[case::iso_690(
        "Town Journal [en línea]. 2012, vol. 12, núm. 3 [consulta: 2 mayo 2013], pp. 45-67. ISSN 2049-3630",
        "Town Journal|12|3|2012|45-67"
    )]
    #[case::isbd(
        "Zeitschrift für Nähte. - Bern : Naht, 12. 2012, H. 3, S. 45 - 67",
        "Zeitschrift für Nähte|12|3|2012|45 - 67"
    )]
    #[case::fascicle(
        "Revue des coutures, 2012, tome 12, fascicule 3, pp. 45-67",
        "Revue des coutures|12|3|2012|45-67"
    )]
    #[case::numeral(
        "Rivista di cuciture, XII, 3 (2012), pp. 45-67",
        "Rivista di cuciture|XII|3|2012|45-67"
    )]
    #[case::season(
        "Seams Quarterly Review: vol. 44, no. 1, Winter 2005",
        "Seams Quarterly Review|44|1|2005|-"
    )]
    #[case::bibtex(
        "PLoS ONE, vol. 12, no. 3, e0173667, 2017",
        "PLoS ONE|12|3|2017|e0173667"
    )]
    fn forms(#[case] value: &str, #[case] expected: &str) {
        let cited = parse(value, None).unwrap();
        assert_eq!(told(&cited), expected);
    }

    #[rstest]
    #[case::title_with_figures("Studies on the Year 2000")]
    #[case::book("Proceedings of X. Berlin: Springer, 2010, S. 5-9")]
    #[case::place("Davis Lab")]
    #[case::report("Report 12 of the committee on seams")]
    #[case::pages_alone("9 pages")]
    fn other_texts(#[case] value: &str) {
        assert_eq!(parse(value, None), None);
    }

    #[test]
    fn identifiers_in_a_citation() {
        let cited = parse(
            "Journal of Seams, 54 (6). pp. 1-9. ISSN 2049-3630. doi:10.5555/a.1",
            None,
        )
        .unwrap();
        assert_eq!(cited.issns, ["2049-3630"]);
        assert_eq!(cited.dois, ["10.5555/a.1"]);
    }

    #[test]
    fn an_issue_without_its_journal() {
        let cited = issue("4 (8) 72-74", None).unwrap();
        assert_eq!(told(&cited), "-|4|8|-|72-74");
        assert_eq!(issue("Беларусь, Гродно", None), None);
    }

    proptest::proptest! {
        #[test]
        fn never_panics(value in "(\\PC{0,6}|; |: |Vol\\. ?|No\\. ?|\\([0-9]{4}\\)|[0-9]{1,4}|, |pp\\. ?|ISSN |doi:|ahead |Том |第|suppl\\.){0,16}") {
            parse(&value, None);
            issue(&value, None);
        }
    }
}
