//! Titles, abstracts, keywords.

use super::Crosswalk;
use crate::article::{Abstract, Code, LangText, Title};
use crate::normalize::dialect::SEMICOLONS;
use crate::normalize::text;

impl Crosswalk<'_> {
    /// Titles, the article's own language first. A subtitle is told apart where two languages share it: OJS
    /// lends a title without one that of another language.
    pub(super) fn titles(&mut self) {
        let mut titles: Vec<(Option<String>, String)> = Vec::new();
        for element in self.elements("title", "titles") {
            let Some(value) = self.cleaned("titles", element, text::plain) else {
                continue;
            };
            if self.dialect.is_ojs() && gap(&element.value) {
                // OJS takes `<and>` for a tag and leaves the blanks around it
                self.out
                    .found(Code::TruncatedText, "titles", element.value.trim());
            }
            let lang = self.lang(element);
            if titles.contains(&(lang.clone(), value.clone())) {
                self.out.found(Code::DuplicateValue, "titles", &value);
                continue;
            }
            titles.push((lang, value));
        }
        if titles.is_empty() {
            return;
        }
        let own = titles.remove(self.preferred(&titles));
        titles.insert(0, own);
        let subtitle = if self.dialect.is_ojs() {
            shared_subtitle(&titles)
        } else {
            None
        };
        if let Some(subtitle) = &subtitle {
            self.out
                .found(Code::DuplicateValue, "titles.subtitle", subtitle);
        }
        let with_subtitle = |(lang, value): (Option<String>, String)| {
            let subtitle = subtitle
                .as_ref()
                .filter(|subtitle| value.ends_with(subtitle.as_str()))
                .cloned();
            Title {
                value,
                lang,
                subtitle,
                ..Title::default()
            }
        };
        self.out.article.titles = titles.into_iter().map(with_subtitle).collect();
        self.out.came_from("titles", "title");
    }

    /// Abstracts by language. Elsewhere than in OJS `dc:description` takes notes too: of several in one
    /// language the longest is the abstract.
    pub(super) fn abstracts(&mut self) {
        let mut abstracts: Vec<Abstract> = Vec::new();
        for element in self.elements("description", "abstracts") {
            let Some(value) = self.cleaned("abstracts", element, text::paragraphs) else {
                continue;
            };
            let text = Abstract::plain(value, self.lang(element));
            if abstracts.contains(&text) {
                self.out
                    .found(Code::DuplicateValue, "abstracts", &text.value);
                continue;
            }
            if text.value.starts_with("Fil: ") {
                // an affiliation, as repositories of Argentina note it
                self.out
                    .keep("dc:description", text.lang.as_deref(), &text.value);
                continue;
            }
            if !self.dialect.is_ojs()
                && let Some(other) = abstracts.iter_mut().find(|other| other.lang == text.lang)
            {
                let note = if text.value.len() > other.value.len() {
                    std::mem::replace(other, text)
                } else {
                    text
                };
                self.out
                    .keep("dc:description", note.lang.as_deref(), &note.value);
                continue;
            }
            abstracts.push(text);
        }
        if !abstracts.is_empty() {
            self.out.article.abstracts = abstracts;
            self.out.came_from("abstracts", "description");
        }
    }

    /// Keywords and subjects, which OJS mixes; one element each since 3.1.2, one joined string up to 2.4.
    pub(super) fn keywords(&mut self) {
        let joined = self.dialect.joins_subjects(self.dc);
        let mut keywords: Vec<LangText> = Vec::new();
        for element in self.elements("subject", "keywords") {
            let Some(value) = self.cleaned("keywords", element, text::plain) else {
                continue;
            };
            let lang = self.lang(element);
            let parts: Vec<&str> = if joined {
                value.split(SEMICOLONS).collect()
            } else {
                vec![&value]
            };
            for part in parts
                .into_iter()
                .map(str::trim)
                .filter(|part| !part.is_empty())
            {
                let keyword = LangText {
                    value: part.to_owned(),
                    lang: lang.clone(),
                };
                if keywords.contains(&keyword) {
                    self.out.found(Code::DuplicateValue, "keywords", part);
                } else {
                    keywords.push(keyword);
                }
            }
        }
        if !keywords.is_empty() {
            self.out.article.keywords = keywords;
            self.out.came_from("keywords", "subject");
        }
    }
}

/// Two blanks between words, where a stripped tag leaves them.
fn gap(value: &str) -> bool {
    let value = value.trim();
    value.match_indices("  ").any(|(at, _)| {
        let before = value[..at].chars().next_back();
        let after = value[at..].trim_start_matches(' ').chars().next();
        // an indented line is no gap
        before.is_some_and(|c| !c.is_whitespace()) && after.is_some_and(|c| !c.is_whitespace())
    })
}

/// The text behind a colon that the first title shares with one in another language.
fn shared_subtitle(titles: &[(Option<String>, String)]) -> Option<String> {
    let (lang, own) = titles.first()?;
    own.match_indices(": ")
        .map(|(at, colon)| &own[at + colon.len()..])
        .find_map(|subtitle| {
            let tail = format!(": {subtitle}");
            titles[1..]
                .iter()
                .any(|(other_lang, other)| {
                    other_lang != lang && other != own && other.ends_with(&tail)
                })
                .then(|| subtitle.to_owned())
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn subtitles_shared_between_languages() {
        let titles = |pairs: &[(&str, &str)]| -> Vec<(Option<String>, String)> {
            pairs
                .iter()
                .map(|(l, v)| (Some((*l).to_owned()), (*v).to_owned()))
                .collect()
        };
        let shared = titles(&[
            ("en", "Water: A Study: Part I"),
            ("ru", "Вода: A Study: Part I"),
        ]);
        assert_eq!(shared_subtitle(&shared).as_deref(), Some("A Study: Part I"));
        assert_eq!(
            shared_subtitle(&titles(&[("en", "Water: A Study"), ("ru", "Вода: очерк")])),
            None
        );
        assert_eq!(shared_subtitle(&titles(&[("en", "Water: A Study")])), None);
    }

    #[test]
    fn gaps() {
        assert!(gap("Problems  Prospects"));
        assert!(!gap("one\n    two"));
        assert!(!gap("  one two  "));
    }
}
