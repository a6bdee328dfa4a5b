//! `title-group`: the title in the article's language, its translations, and what else it is called.

use std::collections::BTreeSet;

use super::xml::{Xml, is_blank};
use super::{Context, lang};
use crate::article::{Article, Title};
use crate::export::fields::title_parts as parts;

/// Returns whether there is a title.
pub(super) fn has_title(article: &Article) -> bool {
    article.titles.iter().any(|title| !is_blank(&title.value))
}

/// The first title in the article's language is the main one, else the first. One title each in other
/// languages is a translation; a further one in a language that has its title is an `alt-title`.
pub(super) fn write(xml: &mut Xml, context: &Context<'_>) {
    let article = context.lang.as_str();
    let titles: Vec<(String, &Title)> = context
        .article
        .titles
        .iter()
        .filter(|title| !is_blank(&title.value))
        .map(|title| (lang::of_text(title.lang.as_deref(), article), title))
        .collect();
    let main = titles
        .iter()
        .position(|(tag, _)| lang::same(tag, article))
        .unwrap_or(0);
    let Some((main_lang, main_title)) = titles.get(main) else {
        return;
    };
    let mut translated = BTreeSet::new();
    let mut translations = Vec::new();
    let mut alternatives = Vec::new();
    for (at, (tag, title)) in titles.iter().enumerate().filter(|(at, _)| *at != main) {
        let first = !lang::same(tag, article)
            && !lang::same(tag, main_lang)
            && translated.insert(tag.to_ascii_lowercase());
        if first {
            translations.push((tag, title));
        } else if titles[..at]
            .iter()
            .all(|(t, other)| !lang::same(t, tag) || other.value != title.value)
        {
            alternatives.push((tag, title));
        }
    }
    xml.group("title-group", &[], |xml| {
        let tag = lang::attribute(main_lang, article);
        let (title, subtitle) = parts(main_title);
        xml.leaf("article-title", &[("xml:lang", tag)], &title);
        xml.leaf("subtitle", &[("xml:lang", tag)], &subtitle);
        for (tag, title) in translations {
            xml.group("trans-title-group", &[("xml:lang", tag)], |xml| {
                let (title, subtitle) = parts(title);
                xml.leaf("trans-title", &[], &title);
                xml.leaf("trans-subtitle", &[], &subtitle);
            });
        }
        for (tag, title) in alternatives {
            xml.leaf(
                "alt-title",
                &[("xml:lang", lang::attribute(tag, article))],
                &title.value,
            );
        }
    });
}
