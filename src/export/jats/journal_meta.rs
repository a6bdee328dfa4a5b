//! `journal-meta`: the journal's id, titles, ISSNs and publisher.

use std::collections::BTreeSet;

use super::context::Context;
use crate::article::{Journal, Provenance};
use crate::export::lang;
use crate::export::xml::{Xml, is_blank};
use crate::normalize::journals::ojs_path;
use crate::values::{Issn, LanguageTag};

/// Returns whether there is an ISSN that can be written.
pub(super) fn has_issn(journal: &Journal) -> bool {
    issns(journal).any(|(issn, _)| Issn::printed(issn).is_some())
}

/// Returns whether there is a title.
pub(super) fn has_title(journal: &Journal) -> bool {
    journal
        .title
        .iter()
        .chain(journal.titles.iter().map(|title| &title.value))
        .any(|title| !is_blank(title))
}

pub(super) fn write(xml: &mut Xml, context: &mut Context<'_>) {
    let journal = &context.article.journal;
    for (issn, _) in issns(journal).filter(|(issn, _)| Issn::printed(issn).is_none()) {
        context.leftovers.add("issn", issn);
    }
    let context = &*context;
    xml.group("journal-meta", &[], |xml| {
        let (kind, id) = journal_id(&context.article.provenance);
        xml.leaf("journal-id", &[("journal-id-type", kind)], &id);
        titles(xml, context);
        let mut seen = BTreeSet::new();
        for (issn, medium) in issns(journal) {
            if Issn::printed(issn).is_some() && seen.insert(issn) {
                let pub_type = match medium {
                    "print" => "ppub",
                    "electronic" => "epub",
                    _ => "",
                };
                let attributes = [("pub-type", pub_type), ("publication-format", medium)];
                xml.leaf("issn", &attributes, issn);
            }
        }
        xml.group("publisher", &[], |xml| {
            xml.leaf(
                "publisher-name",
                &[],
                journal.publisher.as_deref().unwrap_or_default(),
            );
            if journal.publisher.is_some() {
                let place = journal.publisher_place.as_deref();
                xml.leaf("publisher-loc", &[], place.unwrap_or_default());
            }
        });
    });
}

fn issns(journal: &Journal) -> impl Iterator<Item = (&str, &'static str)> {
    let known = [
        (&journal.issn_print, "print"),
        (&journal.issn_electronic, "electronic"),
    ];
    known
        .into_iter()
        .filter_map(|(issn, medium)| Some((issn.as_deref()?, medium)))
        .chain(journal.issn_unknown.iter().map(|issn| (issn.as_str(), "")))
        .map(|(issn, medium)| (issn.trim(), medium))
}

/// The main title is the one in the article's language, else the first; the others are translations of it.
fn titles(xml: &mut Xml, context: &Context<'_>) {
    let journal = &context.article.journal;
    let article = context.lang.as_str();
    let by_lang: Vec<(String, &str)> = journal
        .titles
        .iter()
        .filter(|title| !is_blank(&title.value))
        .map(|title| {
            let tag = title.lang.as_deref().unwrap_or("und");
            (lang::of_text(Some(tag), article), title.value.trim())
        })
        .collect();
    let named = journal
        .title
        .as_deref()
        .map(str::trim)
        .filter(|title| !is_blank(title));
    let own = |(tag, _): &&(String, &str)| lang::same(tag, article);
    let main = match named {
        Some(title) => {
            let mut same = by_lang.iter().filter(|(_, other)| *other == title);
            same.clone().find(own).or_else(|| same.next())
        }
        None => by_lang.iter().find(own).or(by_lang.first()),
    };
    let title = named.or(main.map(|(_, title)| *title));
    xml.group("journal-title-group", &[], |xml| {
        if let Some(title) = title {
            // `und` is the key of a title without a language.
            let tag = main.map_or("", |(tag, _)| lang::attribute(tag, article));
            xml.leaf(
                "journal-title",
                &[("xml:lang", if tag == "und" { "" } else { tag })],
                title,
            );
        }
        other_titles(xml, &by_lang, title, article);
        xml.leaf(
            "abbrev-journal-title",
            &[],
            journal.abbreviation.as_deref().unwrap_or_default(),
        );
    });
}

/// Further titles in the article's language, then those in others.
fn other_titles(xml: &mut Xml, by_lang: &[(String, &str)], main: Option<&str>, article: &str) {
    let (own, foreign): (Vec<_>, Vec<_>) = by_lang
        .iter()
        .filter(|(_, other)| Some(*other) != main)
        .partition(|(tag, _)| lang::same(tag, article));
    // The same title as `zh` and `zh-CN` is one.
    let primary = |tag: &str| LanguageTag::primary_of(tag).to_ascii_lowercase();
    let mut seen = BTreeSet::new();
    let foreign = foreign
        .into_iter()
        .filter(|(tag, other)| seen.insert((primary(tag), *other)));
    for (_, other) in own {
        xml.leaf("journal-title", &[], other);
    }
    for (tag, other) in foreign {
        xml.group("trans-title-group", &[("xml:lang", tag)], |xml| {
            xml.leaf("trans-title", &[], other);
        });
    }
}

/// Returns the identifier of the journal: the path that Open Journal Systems gives it, taken from its sets
/// (`path:SECTION`) or its base URL (`…/index.php/path/oai`); else the name of the source in this collection.
fn journal_id(provenance: &Provenance) -> (&'static str, String) {
    if let Some(path) = ojs_path(provenance) {
        return ("publisher-id", path.to_string());
    }
    let candidates = [
        &provenance.source,
        &provenance.base_url,
        &provenance.oai_identifier,
    ];
    let name = candidates
        .into_iter()
        .find(|name| !is_blank(name))
        .map_or("unknown", |name| name.as_str());
    ("aggregator", name.to_owned())
}
