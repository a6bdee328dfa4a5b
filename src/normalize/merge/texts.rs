//! Titles, abstracts and keywords from several formats.

use std::collections::{HashMap, HashSet};

use super::mergeable::{Mergeable, contains_words, is_head, letters, paragraphs, same, words};
use super::{Kind, Merger, Order};
use crate::article::{Abstract, Code, Title};
use crate::normalize::dublin_core::same_language;

/// Texts: those that name their language before those that do not.
const TEXTS: Order = [
    Kind::Native,
    Kind::DublinCore,
    Kind::Jats,
    Kind::Mods,
    Kind::LandingPage,
    Kind::Marc,
    Kind::Profile,
    Kind::Rfc1807,
];
/// More titles or abstracts than any article has: a text of another format is compared with as many.
const COMPARED: usize = 64;

impl Merger<'_> {
    pub(super) fn titles(&mut self) {
        for description in self.ranked(TEXTS) {
            let first = self.article.titles.is_empty();
            for title in &description.article.titles {
                self.title(title, first);
                self.set_origin("titles", description);
            }
        }
        let own = self.article.language.clone();
        if let Some(own) = own
            && let Some(at) = self
                .article
                .titles
                .iter()
                .position(|t| t.lang.as_deref().is_some_and(|l| same_language(l, &own)))
        {
            let title = self.article.titles.remove(at);
            self.article.titles.insert(0, title);
        }
    }

    fn title(&mut self, title: &Title, first: bool) {
        if first {
            self.article.titles.push(title.clone());
            return;
        }
        let own = self.article.language.clone();
        let lang = |title: &Title| title.lang.clone().or_else(|| own.clone());
        let titles = &mut self.article.titles;
        if let Some(known) = titles
            .iter_mut()
            .take(COMPARED)
            .find(|known| known.value.agrees(&title.value))
        {
            complete_title(known, title);
            return;
        }
        // Without a language it may be any of them.
        let mut compared = titles.iter().take(COMPARED);
        if title.lang.is_none() && compared.any(|known| is_head(&title.value, &known.value)) {
            return;
        }
        let known = if title.lang.is_some() {
            titles
                .iter_mut()
                .take(COMPARED)
                .find(|known| same(lang(known).as_deref(), title.lang.as_deref()))
        } else {
            let at = titles
                .iter()
                .take(COMPARED)
                .position(|known| contains_words(&title.value, &known.value));
            titles.get_mut(at.unwrap_or(0))
        };
        let Some(known) = known else {
            titles.push(title.clone());
            return;
        };
        if is_head(&title.value, &known.value) {
            return;
        }
        let lang = known.lang.clone().or_else(|| title.lang.clone());
        let better = Title {
            lang,
            ..title.clone()
        };
        if title.subtitle.is_some() && is_head(&known.value, &title.value) {
            // old versions leave the subtitle out
            *known = better;
            return;
        }
        let cut = contains_words(&title.value, &known.value);
        let lost = if cut {
            std::mem::replace(known, better).value
        } else {
            title.value.clone()
        };
        self.add_finding(Code::Conflict, "titles", &lost);
    }

    pub(super) fn abstracts(&mut self) {
        for description in self.ranked(TEXTS) {
            let first = self.article.abstracts.is_empty();
            for text in &description.article.abstracts {
                self.set_origin("abstracts", description);
                if first {
                    self.article.abstracts.push(text.clone());
                } else {
                    self.one_abstract(text, description.kind);
                }
            }
        }
    }

    fn one_abstract(&mut self, text: &Abstract, kind: Kind) {
        let own = self.article.language.clone();
        let abstracts = &mut self.article.abstracts;
        let wanted = letters(&text.value);
        let alike = |known: &Abstract| {
            let known = letters(&known.value);
            known.starts_with(&wanted) || wanted.starts_with(&known)
        };
        let in_language = |known: &Abstract| {
            let lang = known.lang.as_ref().or(own.as_ref());
            text.lang.is_none() || same(lang.map(String::as_str), text.lang.as_deref())
        };
        let compared = &abstracts[..abstracts.len().min(COMPARED)];
        let at = compared
            .iter()
            .position(|known| letters(&known.value) == wanted)
            .or_else(|| {
                compared
                    .iter()
                    .position(|known| in_language(known) && alike(known))
            })
            .or_else(|| compared.iter().position(in_language));
        let Some(known) = at.and_then(|at| abstracts.get_mut(at)) else {
            abstracts.push(text.clone());
            return;
        };
        let known_letters = letters(&known.value);
        if known.sections.is_empty() && known_letters == wanted {
            known.sections.clone_from(&text.sections);
        }
        if known_letters == wanted {
            if known.lang.is_none() {
                known.lang.clone_from(&text.lang);
            }
            // more blanks, the same letters: its words had run together; JATS marks paragraphs
            let parted = words(&text.value) == words(&known.value)
                && kind == Kind::Jats
                && paragraphs(&text.value) > paragraphs(&known.value);
            if text.markup.is_some() && known.markup.is_none()
                || words(&text.value) > words(&known.value)
                || parted
            {
                known.value.clone_from(&text.value);
                known.markup.clone_from(&text.markup);
            }
        } else if wanted.starts_with(&known_letters) || contains_words(&text.value, &known.value) {
            let cut = std::mem::replace(&mut known.value, text.value.clone());
            known.markup.clone_from(&text.markup);
            self.add_finding(Code::Conflict, "abstracts", &cut);
        } else if !known_letters.starts_with(&wanted) {
            self.add_finding(Code::Conflict, "abstracts", &text.value);
        }
    }

    pub(super) fn keywords(&mut self) {
        let mut langs: HashSet<Option<&str>> = HashSet::new();
        // places by letters, of the keywords before `indexed`
        let mut known: HashMap<String, usize> = HashMap::new();
        let mut indexed = 0;
        for description in self.ranked(TEXTS) {
            let keywords = &description.article.keywords;
            let mut added = Vec::new();
            for text in keywords {
                let known = known.get(&letters(&text.value)).copied();
                match known.and_then(|at| self.article.keywords.get_mut(at)) {
                    Some(known) if known.lang.is_none() => known.lang.clone_from(&text.lang),
                    Some(_) => {}
                    None => added.push(text.clone()),
                }
            }
            for text in added {
                let of_lang = langs.iter().any(|lang| same(*lang, text.lang.as_deref()));
                let has_lang = of_lang || text.lang.is_none();
                if has_lang && !langs.is_empty() {
                    self.add_finding(Code::Conflict, "keywords", &text.value);
                } else {
                    self.article.keywords.push(text);
                }
                self.set_origin("keywords", description);
            }
            langs.extend(keywords.iter().map(|text| text.lang.as_deref()));
            for (at, text) in self.article.keywords.iter().enumerate().skip(indexed) {
                known.entry(letters(&text.value)).or_insert(at);
            }
            indexed = self.article.keywords.len();
        }
    }
}

/// Completes a title by the same one of another format.
fn complete_title(known: &mut Title, title: &Title) {
    if known.lang.is_none() {
        known.lang.clone_from(&title.lang);
    }
    if known.markup.is_none() && title.markup.is_some() {
        // the same title, of which the other format lost the markup
        known.value.clone_from(&title.value);
        known.markup.clone_from(&title.markup);
        known.subtitle = known.subtitle.take().and(title.subtitle.clone());
    }
    if known.subtitle.is_none() {
        let fits = |subtitle: &&String| known.value.ends_with(subtitle.as_str());
        known.subtitle = title.subtitle.as_ref().filter(fits).cloned();
    }
}
