//! `title-group`: the title in the article's language, its translations, and what else it is called.

use std::collections::BTreeSet;

use super::context::Context;
use crate::article::{Article, Title};
use crate::export::fields::title_parts as parts;
use crate::export::xml::{Attributes, Xml, is_blank};
use crate::export::{lang, marked};

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
    let mut written = BTreeSet::new();
    for (at, (tag, title)) in titles.iter().enumerate() {
        let is_new = written.insert((tag.to_ascii_lowercase(), title.value.as_str()));
        if at == main {
            continue;
        }
        let first = !lang::same(tag, article)
            && !lang::same(tag, main_lang)
            && translated.insert(tag.to_ascii_lowercase());
        if first {
            translations.push((tag, title));
        } else if is_new {
            alternatives.push((tag, title));
        }
    }
    xml.group("title-group", &[], |xml| {
        let tag = lang::attribute(main_lang, article);
        pair(
            xml,
            ["article-title", "subtitle"],
            &[("xml:lang", tag)],
            main_title,
        );
        for (tag, title) in translations {
            xml.group("trans-title-group", &[("xml:lang", tag)], |xml| {
                pair(xml, ["trans-title", "trans-subtitle"], &[], title);
            });
        }
        for (tag, title) in alternatives {
            xml.marked(
                "alt-title",
                &[("xml:lang", lang::attribute(tag, article))],
                &title.value,
                title.markup.as_deref(),
            );
        }
    });
}

/// Title and subtitle in two elements, with their inline markup.
fn pair(xml: &mut Xml, names: [&'static str; 2], attributes: Attributes<'_>, title: &Title) {
    let marked = marked::title(title);
    let (main, sub) = parts(title);
    let (main_markup, sub_markup) = marked.unzip();
    xml.marked(names[0], attributes, &main, main_markup.as_deref());
    xml.marked(names[1], attributes, &sub, sub_markup.as_deref());
}
