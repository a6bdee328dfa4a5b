//! The crosswalk from JATS and the NLM DTDs to the article.
//!
//! OJS's plugins write it with faults of their own: the number of the volume twice (`55`), 1970-01-01 for a date
//! that is not there, co-authors without a reference to their affiliation. Up to 3.0 it names the journal's editors
//! and managers among the contributors of every article.

mod contributors;
mod dates;
mod linked;
mod stub;

pub(crate) use contributors::orcid;

use self::contributors::{contributor, is_kind, staff};
use self::dates::dates;
use self::linked::{funding, identifiers, permissions, references};
use self::stub::is_stub;
use super::context::FormatRecord;
use super::description::{Description, Kind, Medium};
use super::{language, pages, text};
use crate::article::{Abstract, AbstractSection, Code, Pages};
use crate::metadata::jats::Jats;
use crate::values::Doi;

/// Describes an article from its record in JATS.
pub(crate) fn describe(record: &FormatRecord, jats: &Jats) -> Description {
    let mut out = Description::new(&record.metadata_prefix, Kind::Jats);
    out.note_unread(jats.unread.as_ref());
    own_language(&mut out, jats);
    kind(&mut out, jats);
    titles(&mut out, jats);
    let of_journal = jats.nlm && jats.contributors.iter().any(|c| is_kind(c, &["jmanager"]));
    for contributor in &jats.contributors {
        if of_journal && is_kind(contributor, &["editor", "secteditor", "jmanager"]) {
            staff(&mut out, contributor);
        } else {
            self::contributor(&mut out, contributor);
        }
    }
    for affiliation in &jats.loose_affiliations {
        if is_stub(&affiliation.name) {
            out.add_finding(
                Code::Placeholder,
                "contributors.affiliations",
                &affiliation.name,
            );
            continue;
        }
        out.add_finding(
            Code::Unmapped,
            "contributors.affiliations",
            &affiliation.name,
        );
        out.add_unmapped_element("aff", None, &affiliation.name);
        if let Some(id) = &affiliation.ror {
            out.add_unmapped_element("institution-id", None, id);
        }
    }
    abstracts(&mut out, jats);
    for (kind, text) in &jats.other_abstracts {
        let lang = out.lang("abstracts", text.lang.as_ref());
        out.add_unmapped_element(&format!("abstract[{kind}]"), lang.as_deref(), &text.value);
    }
    out.article.keywords = out.texts("keywords", "kwd", &jats.keywords, text::plain);
    journal(&mut out, jats);
    issue(&mut out, jats);
    dates(&mut out, jats);
    identifiers(&mut out, jats);
    permissions(&mut out, jats);
    funding(&mut out, jats);
    references(&mut out, jats);
    out.add_unmapped_leaves(&jats.rest);
    // Janeway says `en` of every article
    out.drop_wrong_tags();
    out
}

/// The article's language, unless its title cannot be in it: some servers write `en` of every article.
fn own_language(out: &mut Description, jats: &Jats) {
    let Some(raw) = &jats.lang else { return };
    let own_title = jats.titles.first().filter(|title| title.lang.is_none());
    let tag = language::bcp47(raw);
    match (own_title, tag) {
        (Some(title), Some(tag)) if language::contradicts(&tag, &title.value) => {
            out.add_finding(Code::Conflict, "language", raw);
        }
        _ => out.language("article/@xml:lang", raw),
    }
}

/// The language of a text, unless its script says that it is another.
fn lang_of(out: &mut Description, field: &str, text: &str, raw: Option<&String>) -> Option<String> {
    out.lang(field, raw)
        .filter(|tag| !language::contradicts(tag, text))
}

fn abstracts(out: &mut Description, jats: &Jats) {
    for text in &jats.abstracts {
        let Some((value, markup)) = out.marked("abstracts", &text.value, text::paragraphs) else {
            continue;
        };
        let lang = lang_of(out, "abstracts", &value, text.lang.as_ref());
        let sections = text.sections.iter().map(|(label, raw)| {
            let marked = text::inline(raw, text::paragraphs, true);
            let (value, markup) = match marked {
                Some(inline) => (inline.value, inline.markup),
                None => (text::paragraphs(text::without_mark(raw)).value, None),
            };
            AbstractSection {
                label: text::plain(label).value,
                value,
                markup,
            }
        });
        let sections = sections.filter(|section| !section.label.is_empty());
        let found = Abstract {
            markup,
            sections: sections.collect(),
            ..Abstract::plain(value, lang)
        };
        out.add_abstract("abstract", found);
    }
}

/// A value, unless it is a stub.
fn stated<'a>(out: &mut Description, field: &str, raw: Option<&'a String>) -> Option<&'a String> {
    let raw = raw?;
    if is_stub(raw) {
        out.add_finding(Code::Placeholder, field, raw);
        return None;
    }
    Some(raw)
}

/// `article-type` in words. `other` says nothing.
fn kind(out: &mut Description, jats: &Jats) {
    if let Some(raw) = jats
        .article_type
        .as_ref()
        .filter(|raw| !matches!(raw.as_str(), "other" | "article"))
        && !out.kind("article/@article-type", raw)
    {
        out.add_unmapped_element("article/@article-type", None, raw);
    }
    for raw in &jats.resource_types {
        if !out.kind("custom-meta", raw) {
            out.add_unmapped_element("custom-meta", None, raw);
        }
    }
}

fn titles(out: &mut Description, jats: &Jats) {
    for (at, title) in jats.titles.iter().enumerate() {
        let mut lang = lang_of(out, "titles", &title.value, title.lang.as_ref());
        if at == 0 && title.lang.is_none() {
            lang.clone_from(&out.article.language);
        }
        out.title("article-title", &title.value, title.subtitle.as_ref(), lang);
    }
}

fn journal(out: &mut Description, jats: &Jats) {
    for title in &jats.journal_titles {
        let Some(value) = out.line("journal.title", "journal-title", Some(&title.value)) else {
            continue;
        };
        let lang = out.lang("journal.title", title.lang.as_ref());
        let own = out.article.language.clone();
        let journal = &mut out.article.journal;
        if journal.title.is_none() || (lang.is_some() && lang == own) {
            journal.title = Some(value.clone());
        }
        journal.add_title(lang.as_deref(), &value);
    }
    let abbreviation = jats.journal_abbreviations.first().map(|text| &text.value);
    out.article.journal.abbreviation =
        out.line("journal.abbreviation", "abbrev-journal-title", abbreviation);
    for text in jats.journal_abbreviations.iter().skip(1) {
        out.add_unmapped_element("abbrev-journal-title", None, &text.value);
    }
    out.article.journal.publisher_place = out.line(
        "journal.publisher_place",
        "publisher-loc",
        jats.publisher_place.as_ref(),
    );
    if let Some(raw) = &jats.journal_doi {
        match Doi::parse(raw) {
            Some(doi) => {
                out.article.journal.doi = Some(doi.into());
                out.set_origin("journal.doi", "journal-id");
            }
            None => out.add_unmapped_element("journal-id", None, raw),
        }
    }
    out.article.journal.publisher = out.line(
        "journal.publisher",
        "publisher-name",
        jats.publisher.as_ref(),
    );
    for issn in &jats.issns {
        let medium = match issn
            .medium
            .as_deref()
            .map(str::to_ascii_lowercase)
            .as_deref()
        {
            Some("epub" | "electronic" | "online" | "online-only") => Medium::Electronic,
            Some("ppub" | "print" | "paper") => Medium::Print,
            _ => Medium::Unknown,
        };
        out.issn("issn", &issn.value, medium);
    }
}

fn issue(out: &mut Description, jats: &Jats) {
    let volume = stated(out, "volume", jats.volume.as_ref());
    out.article.volume = out.line("volume", "volume", volume);
    let issue = stated(out, "issue", jats.issue.as_ref());
    out.article.issue = out.line("issue", "issue", issue);
    issue_title(out, jats);
    section(out, jats);
    pages(out, jats);
}

fn issue_title(out: &mut Description, jats: &Jats) {
    let own = out.article.language.clone();
    let mut titles = out.texts(
        "issue_title",
        "issue-title",
        &jats.issue_titles,
        text::plain,
    );
    if !titles.is_empty() {
        let at = titles
            .iter()
            .position(|title| title.lang.is_some() && title.lang == own)
            .unwrap_or(0);
        out.article.issue_title = Some(titles.remove(at).value);
        for title in titles {
            out.add_unmapped_element("issue-title", title.lang.as_deref(), &title.value);
        }
    }
}

/// The section of the journal; further subjects are kept.
fn section(out: &mut Description, jats: &Jats) {
    let own = out.article.language.clone();
    let mut headings = out.texts("section", "subject", &jats.headings, text::plain);
    if !headings.is_empty() {
        let at = headings
            .iter()
            .position(|text| text.lang.is_some() && text.lang == own)
            .unwrap_or(0);
        out.article.section = Some(headings.remove(at).value);
    }
    for text in headings {
        out.add_unmapped_element("subject", text.lang.as_deref(), &text.value);
    }
    for text in &jats.subjects {
        let lang = out.lang("section", text.lang.as_ref());
        out.add_unmapped_element("subject", lang.as_deref(), &text.value);
    }
}

/// The pages, in the fullest form that stands there.
fn pages(out: &mut Description, jats: &Jats) {
    match (
        &jats.page_range,
        &jats.first_page,
        &jats.last_page,
        &jats.elocation_id,
    ) {
        (Some(range), Some(first), last, _) if pages::parse(range).first.is_none() => {
            // of `10-15, 18-20` the first and the last page stand apart
            let [raw, first, last] = [Some(range), Some(first), last.as_ref()]
                .map(|value| value.map(|value| text::plain(value).value));
            let last = last.filter(|last| Some(last) != first.as_ref());
            out.article.pages = Some(Pages {
                raw: raw.unwrap_or_default(),
                first,
                last,
                elocation_id: None,
            });
            out.set_origin("pages", "page-range");
        }
        (Some(range), _, _, _) => out.pages("page-range", range),
        (None, Some(first), Some(last), _) if first != last => {
            out.pages("fpage", &format!("{first}-{last}"))
        }
        (None, Some(first), _, _) => out.pages("fpage", first),
        (None, None, _, Some(id)) => {
            out.pages("elocation-id", id);
            if let Some(pages) = &mut out.article.pages {
                (pages.first, pages.last) = (None, None);
                pages.elocation_id = Some(pages.raw.clone());
            }
        }
        (None, None, _, None) => {}
    }
    // what the first of these forms leaves aside
    let raw = out.article.pages.as_ref().map(|pages| pages.raw.clone());
    let parts = [&jats.first_page, &jats.last_page, &jats.elocation_id];
    for part in parts.into_iter().flatten() {
        if raw.as_ref().is_none_or(|raw| !raw.contains(part.trim())) {
            out.add_unmapped_element("fpage", None, part);
        }
    }
}
