//! Citations of a journal article as software other than OJS and reference styles write them.
//!
//! The value is scanned from the first place that can begin a volume, number, year or page: what stands before it
//! is the journal. A place is accepted only when everything behind it is understood, or when it begins with a label,
//! so that a title that holds figures stays whole. EPrints, DSpace, Érudit, SciELO, DOAJ, HAL, Cairn, KCI, Invenio,
//! arXiv's journal-ref, APA, Chicago and Vancouver styles come to the same few parts.

mod cited;
mod date;
mod scan;
mod surroundings;
mod title;
mod words;

use super::source::Citation;
use super::{labels, pages};
use scan::{First, Scan};
use surroundings::{behind_slashes, without_availability, without_brackets, without_size};
use title::{journal_before, without_issn, without_publisher};
use words::STATUS;

pub(crate) use cited::Cited;
pub(crate) use title::without_label;

/// Longest value that is scanned, bytes.
const MAX: usize = 2_000;
/// Places in a value where an issue may begin that are tried.
const MAX_PLACES: usize = 80;

/// Takes a citation apart; `None` where no place in it is sure to be the end of the journal's title.
pub(crate) fn parse(value: &str, lang: Option<&str>) -> Option<Cited> {
    if value.len() > MAX {
        return status_only(value);
    }
    if let Some(latin) = with_latin_digits(value) {
        return parse(&latin, lang);
    }
    if !value.contains(|c: char| c.is_ascii_digit()) {
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
            && !is_in_address(value, at)
            && before.is_some_and(|c| {
                c.is_whitespace() || matches!(c, ',' | ';' | '.' | ':' | ')' | '،' | '؛')
            })
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

/// Returns whether a text is a citation and nothing else: a short title, without the year and names of a reference
/// before it.
pub(crate) fn is_bare_citation(text: &str) -> bool {
    parse(text, None).is_some_and(|cited| {
        let title = cited.citation.journal.as_deref().unwrap_or_default();
        title.split_whitespace().count() <= 12
            && !title.contains([';', '(', '"', '“'])
            && !title.contains(|c: char| c.is_ascii_digit())
            && cited.has_place()
    })
}

/// The value with its Arabic and Persian digits as `0` to `9`; `None` where it has none.
fn with_latin_digits(value: &str) -> Option<String> {
    let latin = |c: char| {
        let value = pages::digit(c).filter(|_| matches!(c, '\u{660}'..='\u{6F9}'))?;
        char::from_digit(value, 10)
    };
    // most values are ASCII, and these digits begin with one of two bytes
    let has_lead = memchr::memchr2(0xD9, 0xDB, value.as_bytes()).is_some();
    (has_lead && value.chars().any(|c| latin(c).is_some()))
        .then(|| value.chars().map(|c| latin(c).unwrap_or(c)).collect())
}

/// Returns whether a place lies within an address or a DOI, whose figures are no issue.
fn is_in_address(value: &str, at: usize) -> bool {
    let word = value[..at].rsplit(char::is_whitespace).next();
    word.is_some_and(|word| word.contains("://") || word.contains("10.") && word.contains('/'))
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

#[cfg(test)]
mod tests;
