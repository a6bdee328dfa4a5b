//! `dc:type`: the kind of work, and in OJS the section.

use super::Crosswalk;
use crate::article::Code;
use crate::normalize::seen::Seen;
use crate::normalize::{resource_type, rights, text};

impl Crosswalk<'_> {
    /// The kind comes from a term of a vocabulary (eu-repo, COAR), elsewhere than in OJS from free text too. Of
    /// several that agree the narrowest is taken, of others the first.
    ///
    /// The free text of OJS is, per locale, what the section calls its items, or when the section says
    /// nothing a label on peer review; then the type of the submission. So where no label stands, the first
    /// text of each language is the section's.
    pub(super) fn kind(&mut self) {
        let is_ojs = self.dialect.is_ojs();
        let mut free: Vec<(Option<String>, String)> = Vec::new();
        let mut seen = Seen::default();
        let mut labelled = false;
        for element in self.elements("type", "type") {
            let Some(value) = self.cleaned("type", element, text::plain) else {
                continue;
            };
            let is_term = is_vocabulary_term(&value);
            if is_term || !is_ojs {
                let lang = self.lang(element);
                if !self.kind_word(&value) {
                    seen.push(&mut free, (lang, value));
                }
                continue;
            }
            let lang = self.lang(element);
            if rights::is_peer_review_label(&value) {
                labelled = true;
                self.out.add_unmapped("dc:type", lang.as_deref(), &value);
            } else if !seen.push(&mut free, (lang, value.clone())) {
                self.out.add_finding(Code::DuplicateValue, "type", &value);
            }
        }
        if is_ojs && !labelled {
            self.section(&mut free);
        }
        for (lang, value) in free {
            self.out.add_unmapped("dc:type", lang.as_deref(), &value);
        }
    }

    /// Takes a word for the kind of work. Returns whether it is one and nothing of it is left to keep.
    fn kind_word(&mut self, value: &str) -> bool {
        let before = self.out.article.resource_type.clone();
        if !self.out.kind("type", value) {
            return false;
        }
        let Some(before) = before else {
            return true;
        };
        let replaced = self.out.article.resource_type.as_ref() != Some(&before);
        if replaced {
            self.out.add_unmapped("dc:type", None, &before.raw);
        }
        replaced
            || resource_type::parse(value).is_some_and(|kind| {
                // the same term in other words says nothing more
                kind.label == before.label
            })
    }

    fn section(&mut self, free: &mut Vec<(Option<String>, String)>) {
        let kind = self.out.article.resource_type.as_ref();
        let term = kind.map(|kind| kind.raw.rsplit('/').next().unwrap_or_default().to_owned());
        // aspects of the work, which no field takes
        let is_aspect = |value: &str| is_vocabulary_term(value);
        let mut texts: Vec<(Option<String>, String)> = Vec::new();
        free.retain(|(lang, value)| {
            let is_text = !is_aspect(value);
            if is_text {
                texts.push((lang.clone(), value.clone()));
            }
            !is_text
        });
        if texts.is_empty() {
            return;
        }
        let at = self.preferred(&texts);
        // `article` says no more than the kind does
        if term.is_some_and(|term| term.eq_ignore_ascii_case(&texts[at].1)) {
            free.append(&mut texts);
            return;
        }
        self.out.article.section = Some(texts.remove(at).1);
        self.out.set_origin("section", "type");
        free.append(&mut texts);
    }
}

/// Returns whether the value is a term of the info:eu-repo or COAR vocabularies, of a kind of work or of another
/// aspect.
fn is_vocabulary_term(value: &str) -> bool {
    text::find(value, "info:eu-repo/semantics/").is_some()
        || text::find(value, "purl.org/coar/").is_some()
}
