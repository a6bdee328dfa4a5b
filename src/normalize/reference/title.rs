//! The title of a journal before an issue.

use super::scan::starts_with;
use crate::values::Issn;

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
pub(super) fn journal_before(text: &str) -> &str {
    let separators = [
        ',', ':', ';', '(', '[', '/', '-', '–', '—', '|', ' ', '\u{a0}', '،', '؛',
    ];
    let trimmed = text.trim_start_matches(['.', ',', ';', ':', ' ', '"', '”', '“', '»', '’']);
    // `"Seams".`, quoted as a whole
    let end = trimmed.trim_end_matches(['.', ',', ' ']);
    let text = match end.strip_suffix(['"', '”']) {
        Some(bare) if trimmed.len() < text.len() && !bare.contains(['"', '“']) => bare,
        _ => trimmed,
    };
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

/// The title without an ISSN in brackets or behind its name, and what stands behind that.
pub(super) fn without_issn<'a>(title: &'a str, issns: &mut Vec<String>) -> &'a str {
    // `Seams -- ISSN 0043-2199`
    for (at, _) in title.match_indices("ISSN") {
        let behind = title[at + 4..].trim_start_matches([':', ' ']);
        if let Some(issn) =
            Issn::of_any_check_digit(behind.trim_end_matches([' ', '-', '–', ',', ';']))
        {
            issns.push(issn.into());
            return journal_before(&title[..at]);
        }
    }
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
pub(super) fn without_publisher(title: &str, year_first: bool) -> &str {
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
