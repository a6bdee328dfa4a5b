//! `dc:type`: the kind of work, and in OJS the section.

use super::Crosswalk;
use crate::article::Code;
use crate::normalize::{rights, text};

/// Words of free text that name a kind of work.
const KINDS: [&str; 22] = [
    "article",
    "journal article",
    "research article",
    "review article",
    "review",
    "book review",
    "editorial",
    "letter",
    "note",
    "news",
    "preprint",
    "book",
    "book chapter",
    "book part",
    "thesis",
    "bachelor thesis",
    "master thesis",
    "doctoral thesis",
    "conference paper",
    "conference object",
    "report",
    "dataset",
];

impl Crosswalk<'_> {
    /// The kind comes from a term of a vocabulary (eu-repo, COAR), elsewhere than in OJS from free text too.
    /// The free text of OJS is, per locale, what the section calls its items, or when the section says
    /// nothing a label on peer review; then the type of the submission. So where no label stands, the first
    /// text of each language is the section's.
    pub(super) fn kind(&mut self) {
        let mut free: Vec<(Option<String>, String)> = Vec::new();
        let mut labelled = false;
        for element in self.elements("type", "type") {
            let Some(value) = self.cleaned("type", element, text::plain) else {
                continue;
            };
            match term(&value) {
                Some(Term::Kind(kind)) => {
                    if self.out.article.kind.is_none() {
                        self.out.article.kind = Some(kind);
                        self.out.came_from("type", "type");
                    } else if self.out.article.kind.as_ref() != Some(&kind) {
                        self.out.keep("dc:type", None, &value);
                    }
                    continue;
                }
                Some(Term::Aspect) => {
                    self.out.keep("dc:type", None, &value);
                    continue;
                }
                None => {}
            }
            let lang = self.lang(element);
            if self.dialect.is_ojs() && rights::is_peer_review_label(&value) {
                labelled = true;
                self.out.keep("dc:type", lang.as_deref(), &value);
            } else if free.contains(&(lang.clone(), value.clone())) {
                self.out.found(Code::DuplicateValue, "type", &value);
            } else {
                free.push((lang, value));
            }
        }
        if self.dialect.is_ojs() {
            if !labelled {
                self.section(&mut free);
            }
        } else if self.out.article.kind.is_none()
            && let Some(at) = free
                .iter()
                .position(|(_, value)| KINDS.contains(&&*value.to_lowercase()))
        {
            self.out.article.kind = Some(free.remove(at).1.to_lowercase());
            self.out.came_from("type", "type");
        }
        for (lang, value) in free {
            self.out.keep("dc:type", lang.as_deref(), &value);
        }
    }

    fn section(&mut self, free: &mut Vec<(Option<String>, String)>) {
        if free.is_empty() {
            return;
        }
        let at = self.preferred(free);
        // `article` says no more than the kind does
        let says_kind = |value: &str| {
            self.out
                .article
                .kind
                .as_deref()
                .is_some_and(|k| k.eq_ignore_ascii_case(value))
        };
        if says_kind(&free[at].1) {
            return;
        }
        self.out.article.section = Some(free.remove(at).1);
        self.out.came_from("section", "type");
    }
}

enum Term {
    /// A kind of work.
    Kind(String),
    /// Its version or access, which no field takes.
    Aspect,
}

/// Terms of the info:eu-repo and COAR resource type vocabularies.
fn term(value: &str) -> Option<Term> {
    if !value.contains('/') {
        return None;
    }
    if let Some((_, term)) = value.split_once("info:eu-repo/semantics/") {
        let aspect = term.ends_with("Version") || term.ends_with("Access") || term == "draft";
        return Some(if aspect {
            Term::Aspect
        } else {
            Term::Kind(term.to_owned())
        });
    }
    let (_, code) = value.split_once("purl.org/coar/")?;
    let (vocabulary, code) = code.split_once('/')?;
    if vocabulary != "resource_type" {
        return Some(Term::Aspect);
    }
    Some(Term::Kind(
        match code {
            "c_6501" => "journal article",
            "c_2df8fbb1" => "research article",
            "c_dcae04bc" => "review article",
            "c_ba08" => "book review",
            "c_b239" => "editorial",
            "c_5794" => "conference paper",
            "c_816b" => "preprint",
            "c_ddb1" => "dataset",
            "c_2f33" => "book",
            "c_3248" => "book part",
            "c_46ec" => "thesis",
            "c_93fc" => "report",
            other => other,
        }
        .to_owned(),
    ))
}
