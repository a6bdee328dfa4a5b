//! The source citation, `dc:source`: `<Journal>; <issue>[; <pages>]` as OJS writes it, and what is certain of
//! the forms of other software.

mod citation;
mod issue;
mod other;

use std::borrow::Cow;

use self::issue::{Evidence, Issue};
use super::text::is_clean;
use super::{identifier, pages};
use crate::values::{Issn, LanguageTag};

pub use citation::Citation;

/// Longest value that is taken apart.
const MAX: usize = 4_000;

/// Takes a source citation apart. `lang` is the value's language (its labels are tried first), `known_titles`
/// are titles of the journal: one that the value begins with is the journal's, whatever signs it holds.
/// Without one, the first part that reads as an issue tells where the journal's title ends.
pub fn parse(value: &str, lang: Option<&str>, known_titles: &[String]) -> Citation {
    let mut text = folded(value);
    if !text.contains(';') && text.contains(['؛', '；']) {
        text = Cow::Owned(folded(&text.replace(['؛', '；'], "; ")).into_owned());
    }
    if text.is_empty() {
        return Citation::default();
    }
    if text.len() > MAX || is_identifier(&text) || is_keyed(&text) {
        return Citation {
            leftover: Some(text.into_owned()),
            ..Citation::default()
        };
    }
    let lang = lang.map(|lang| LanguageTag::primary_of(lang).to_ascii_lowercase());
    let lang = lang.as_deref();
    match known_title(&text, known_titles) {
        Some((title, rest)) => with_title(title, rest, lang),
        None => without_title(&text, lang),
    }
}

/// The journal is known; `rest` begins with what parts it from the issue.
fn with_title(title: &str, rest: &str, lang: Option<&str>) -> Citation {
    let journal = Some(title.to_owned());
    let Some(rest) = rest.strip_prefix(';') else {
        // Other software parts by comma or full stop.
        let citation = other::after_title(rest, lang);
        return Citation {
            journal,
            ..citation
        };
    };
    let parts = split(rest.trim_start());
    let first = Issue::parse(parts[0], lang);
    // The known title may be the beginning of a longer one: then an issue of full evidence comes later.
    let full = || {
        let issues = parts.iter().map(|part| Issue::parse(part, lang));
        issues
            .enumerate()
            .find(|(_, issue)| issue.evidence == Evidence::Full)
    };
    if first.evidence < Evidence::Year
        && let Some((at, issue)) = full()
    {
        let journal = Some(format!("{title}; {}", parts[..at].join("; ")));
        return Citation {
            journal,
            ..after_journal(issue, &parts[at..], lang)
        };
    }
    Citation {
        journal,
        ..after_journal(first, &parts, lang)
    }
}

/// The journal's title is not known: the issue's evidence decides.
fn without_title(text: &str, lang: Option<&str>) -> Citation {
    let parts = split(text);
    let first = Issue::parse(parts[0], lang);
    if first.evidence == Evidence::Full {
        return after_journal(first, &parts, lang);
    }
    if let Some((at, issue)) = later_issue(&parts, lang) {
        return Citation {
            journal: joined(&parts[..at]),
            ..after_journal(issue, &parts[at..], lang)
        };
    }
    if let Some(citation) = other::whole(text, lang) {
        return citation;
    }
    if parts.len() > 1 {
        return Citation {
            journal: joined(&parts[..1]),
            ..after_journal(Issue::parse(parts[1], lang), &parts[1..], lang)
        };
    }
    // A name alone is the journal's; with figures in it, it may be anything.
    if first.evidence == Evidence::Title && !text.chars().any(char::is_numeric) {
        return Citation {
            journal: Some(text.to_owned()),
            ..Citation::default()
        };
    }
    if first.evidence >= Evidence::Year {
        return after_journal(first, &parts, lang);
    }
    Citation {
        leftover: Some(text.to_owned()),
        ..Citation::default()
    }
}

/// The first part behind the journal with a label, else the first with a year, else the first that is empty. Parts
/// behind a label are not looked at.
fn later_issue(parts: &[&str], lang: Option<&str>) -> Option<(usize, Issue)> {
    let (mut dated, mut empty) = (None, None);
    for (at, part) in parts.iter().enumerate().skip(1) {
        let issue = Issue::parse(part, lang);
        match issue.evidence {
            Evidence::Labelled | Evidence::Full => return Some((at, issue)),
            Evidence::Year if dated.is_none() => dated = Some((at, issue)),
            Evidence::Nothing if empty.is_none() => empty = Some((at, issue)),
            _ => {}
        }
    }
    dated.or(empty)
}

/// The citation from the issue on, which is that of the first part, and the pages behind it.
fn after_journal(mut issue: Issue, parts: &[&str], lang: Option<&str>) -> Citation {
    let Some((&first, rest)) = parts.split_first() else {
        return Citation::default();
    };
    let mut rest = rest;
    // A number may hold `; `: the year then stands in the part after it.
    if issue.evidence >= Evidence::Labelled
        && issue.year.is_none()
        && issue.title.is_none()
        && let Some((&next, after)) = rest.split_first()
    {
        let joined = Issue::parse(&format!("{first}; {next}"), lang);
        if joined.year.is_some()
            && joined
                .number
                .as_ref()
                .is_some_and(|number| number.len() < 40)
        {
            issue = joined;
            rest = after;
        }
    }
    // Without an issue of its own, a part that reads as pages is pages.
    if issue.evidence == Evidence::Title && rest.is_empty() && reads_as_range(first) {
        return Citation {
            pages: Some(first.to_owned()),
            ..Citation::default()
        };
    }
    let mut citation = Citation {
        volume: issue.volume,
        number: issue.number,
        year: issue.year,
        issue_title: issue.title,
        leftover: issue.leftover,
        ..Citation::default()
    };
    if rest.iter().all(|part| part.is_empty()) {
        return citation;
    }
    let tail = pages_tail(rest);
    if citation.issue_title.is_some() {
        // Only a title of the issue can hold `; `.
        if tail > 0 {
            let title = std::iter::once(citation.issue_title.as_deref().unwrap_or_default())
                .chain(rest[..tail].iter().copied())
                .collect::<Vec<_>>()
                .join("; ");
            citation.issue_title = Some(title);
        }
        citation.pages = joined(&rest[tail..]);
    } else if tail == 0 || tail == rest.len() {
        citation.pages = joined(rest);
    } else {
        citation.pages = joined(&rest[tail..]);
        add(&mut citation.leftover, &rest[..tail].join("; "));
    }
    citation
}

/// Where the pages begin: the longest tail that reads as the pages of one article.
fn pages_tail(parts: &[&str]) -> usize {
    (0..parts.len())
        .find(|&at| {
            let tail = &parts[at..];
            let nothing = |part: &str| !part.contains(char::is_alphanumeric);
            (tail.iter().all(|part| pages::looks_like_pages(part))
                && pages::ascends(&tail.join("; ")))
                || (tail.len() == 1 && nothing(tail[0]))
        })
        .unwrap_or(parts.len())
}

/// A range of pages that is not one of years.
pub(super) fn reads_as_range(part: &str) -> bool {
    let pages = pages::parse(part);
    let year = |page: &str| {
        page.parse::<u32>()
            .is_ok_and(|page| (1800..=2100).contains(&page))
    };
    let years = pages.first.as_deref().is_some_and(year) && pages.last.as_deref().is_some_and(year);
    (pages.last.is_some() || pages.elocation_id.is_some()) && !years
}

fn joined(parts: &[&str]) -> Option<String> {
    let text = parts
        .iter()
        .filter(|part| !part.is_empty())
        .copied()
        .collect::<Vec<_>>()
        .join("; ");
    (!text.is_empty()).then_some(text)
}

fn add(leftover: &mut Option<String>, text: &str) {
    if text.is_empty() {
        return;
    }
    match leftover {
        Some(leftover) => {
            leftover.push_str("; ");
            leftover.push_str(text);
        }
        None => *leftover = Some(text.to_owned()),
    }
}

/// Parts between `; `; a last `;` parts too.
fn split(text: &str) -> Vec<&str> {
    let mut parts: Vec<&str> = text.split("; ").map(str::trim).collect();
    if let Some(last) = parts.last_mut()
        && let Some(before) = last.strip_suffix(';')
        && !last.ends_with("&;")
    {
        *last = before.trim_end();
        parts.push("");
    }
    parts
}

/// The longest known title that the value begins with and that ends where a separator stands.
fn known_title<'a>(text: &'a str, known_titles: &[String]) -> Option<(&'a str, &'a str)> {
    known_titles
        .iter()
        .filter_map(|title| {
            let title = folded(title);
            let end = prefix_len(text, &title)?;
            let (title, rest) = text.split_at(end);
            let rest = rest.trim_start();
            let ends = rest.is_empty()
                || rest.starts_with([';', ',', '.', '(', ':'])
                || (rest.len() < text.len() - end);
            (!title.is_empty() && ends).then_some((title, rest))
        })
        // After a title comes `;` in OJS: prefer one that ends there.
        .max_by_key(|(title, rest)| (rest.is_empty() || rest.starts_with(';'), title.len()))
        .filter(|(_, rest)| {
            rest.is_empty() || rest.starts_with([';', ',']) || other::is_certain(rest)
        })
}

/// Length in `text` of a prefix that equals `title` but for case.
fn prefix_len(text: &str, title: &str) -> Option<usize> {
    let mut have = text.char_indices();
    for want in title.chars() {
        let (_, c) = have.next()?;
        if c != want && !c.to_lowercase().eq(want.to_lowercase()) {
            return None;
        }
    }
    Some(have.next().map_or(text.len(), |(at, _)| at))
}

/// White space folded, direction marks and control characters gone.
fn folded(text: &str) -> Cow<'_, str> {
    // Hardly any value, and hardly any title of a journal, needs it.
    if is_clean(text.as_bytes()) {
        return Cow::Borrowed(text);
    }
    let words: String = text
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .filter(|c| !matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}' | '\u{ad}'))
        .collect();
    Cow::Owned(words.split_whitespace().collect::<Vec<_>>().join(" "))
}

/// ISSNs, DOIs and URLs stand in dc:source too; they are not citations.
fn is_identifier(text: &str) -> bool {
    !text.contains("; ")
        && (Issn::of_any_check_digit(text).is_some()
            || matches!(
                identifier::classify(text),
                identifier::Classified::Doi(_)
                    | identifier::Classified::Url(_)
                    | identifier::Classified::Urn(_)
                    | identifier::Classified::Isbn(_)
            ))
}

/// `reponame:…`, `instname:…`: what repositories write for each other.
fn is_keyed(text: &str) -> bool {
    text.split_once(':').is_some_and(|(key, value)| {
        key.len() > 2
            && key.bytes().all(|byte| byte.is_ascii_lowercase())
            && !value.starts_with(' ')
    })
}

#[cfg(test)]
mod tests;
