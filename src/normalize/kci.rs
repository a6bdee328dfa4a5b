//! The crosswalk from the Korea Citation Index to the article.

use super::context::FormatRecord;
use super::description::{Description, Kind, Medium};
use super::language;
use crate::article::{Code, LinkRel, Role, Scheme};
use crate::metadata::kci::Kci;
use crate::metadata::stated::Leaf;

/// Describes an article from its record in KCI's format.
pub(crate) fn describe(record: &FormatRecord, article: Kci) -> Description {
    let Kci {
        journal,
        issns,
        published: (year, month),
        id,
        categories,
        texts,
        authors,
        doi,
        uci,
        url,
        language,
        rest,
    } = article;
    let mut out = Description::new(&record.metadata_prefix, Kind::Native);
    out.note_unread(rest.unread.as_ref());
    let own = self::language(&mut out, language.as_ref());
    for title in in_languages(texts.titles, own.as_deref()) {
        out.title_of(&title, None);
    }
    for author in authors {
        out.agent(Role::Author, author);
    }
    out.abstracts_of(in_languages(texts.abstracts, own.as_deref()));
    out.keywords_of(in_languages(texts.keywords, own.as_deref()));
    out.article.journal.title = out.line_of("journal.title", &journal.title);
    out.article.journal.publisher = out.line_of("journal.publisher", &journal.publisher);
    for leaf in issns {
        let medium = if leaf.element == "eissn" {
            Medium::Electronic
        } else {
            Medium::Unknown
        };
        out.issn(&leaf.element, &leaf.value, medium);
    }
    volume(&mut out, journal.volume);
    out.article.issue = out.line_of("issue", &journal.issue);
    out.pages_of(journal.first_page.as_ref(), journal.last_page.as_ref());
    published(&mut out, year, month.as_ref());
    if let Some(doi) = doi {
        out.doi(&doi.element, &doi.value);
    }
    if let Some(id) = id {
        out.identify(&id.element, Scheme::PublisherId, id.value);
    }
    if let Some(uci) = uci {
        out.identify(&uci.element, Scheme::Other, uci.value);
    }
    if let Some(url) = url {
        out.link(&url.element, LinkRel::Landing, &url.value, None);
    }
    out.add_unmapped_leaves(&categories);
    out.add_unmapped_leaves(&rest.leaves);
    out
}

/// The volume; 0 stands for a journal without volumes.
fn volume(out: &mut Description, volume: Option<Leaf>) {
    match volume {
        Some(leaf) if leaf.value == "0" => {
            out.add_finding(Code::Placeholder, "volume", &leaf.value);
        }
        volume => out.article.volume = out.line_of("volume", &volume),
    }
}

/// The article's language, from a Korean word for it or from a code.
fn language(out: &mut Description, leaf: Option<&Leaf>) -> Option<String> {
    let leaf = leaf?;
    let code = match leaf.value.as_str() {
        "한국어" | "국문" => "ko",
        "영어" | "영문" => "en",
        "일본어" => "ja",
        "중국어" => "zh",
        "독일어" => "de",
        "프랑스어" => "fr",
        "러시아어" => "ru",
        "스페인어" => "es",
        other => other,
    };
    out.language(&leaf.element, code);
    out.article.language.clone()
}

/// `original` is the article's language, `english` is English; of a `foreign` text the language is not told.
fn in_languages(leaves: Vec<Leaf>, own: Option<&str>) -> Vec<Leaf> {
    let tagged = |leaf: Leaf| {
        let lang = match leaf.lang.as_deref().map(str::to_ascii_lowercase).as_deref() {
            Some("original") => own.map(str::to_owned),
            Some("english") => Some("en".to_owned()),
            Some("foreign") | None => None,
            Some(other) => Some(language::bcp47(other).unwrap_or_else(|| other.to_owned())),
        };
        Leaf { lang, ..leaf }
    };
    leaves.into_iter().map(tagged).collect()
}

/// Year and month in one date.
fn published(out: &mut Description, year: Option<Leaf>, month: Option<&Leaf>) {
    let number = month.and_then(|month| month.value.parse::<u8>().ok());
    let number = number.filter(|month| (1..=12).contains(month));
    if let (Some(month), true) = (month, number.is_none() || year.is_none()) {
        out.add_unmapped_leaf(month);
    }
    let Some(year) = year else { return };
    let value = match number {
        Some(month) => format!("{}-{month:02}", year.value),
        None => year.value.clone(),
    };
    out.published_of(&[Leaf { value, ..year }]);
}
