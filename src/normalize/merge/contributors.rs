//! Contributors from several formats: names from one, affiliations and ORCID iDs from the others.

use super::{Kind, Merger, OAI_FIRST, kind_of};
use crate::article::{Code, Contributor, ContributorKind, Unmapped};
use crate::normalize::description::Description;

impl Merger<'_> {
    pub(super) fn contributors(&mut self) {
        let mut described = self.ranked(OAI_FIRST).filter(|d| !d.article.contributors.is_empty());
        let Some(first) = described.next() else { return };
        let others: Vec<_> = described.collect();
        self.article.contributors.clone_from(&first.article.contributors);
        self.came_from("contributors", first);
        if kind_of(&first.format) == Kind::LandingPage {
            // only here do names matter that the page prints whole
            for name in &first.article.contributors {
                if name.kind == ContributorKind::Unknown {
                    self.found(Code::UnsplitName, "contributors", &name.raw);
                }
            }
        }
        for description in others {
            self.enrich(description);
        }
    }

    fn enrich(&mut self, from: &Description) {
        let count = self.article.contributors.len();
        let given = &from.article.contributors;
        let mut taken = vec![false; count];
        for (index, other) in given.iter().enumerate() {
            // A name in its own place comes first, so that namesakes keep their order.
            let in_place =
                index < count && !taken[index] && matches(&self.article.contributors[index], other);
            let at = if in_place {
                Some(index)
            } else {
                let mut elsewhere =
                    (0..count).filter(|&at| !taken[at] && matches(&self.article.contributors[at], other));
                elsewhere.next().or_else(|| {
                    let alike = given.len() == count && !taken[index];
                    (alike && share_a_word(&self.article.contributors[index], other)).then_some(index)
                })
            };
            match at {
                Some(at) => {
                    taken[at] = true;
                    self.complete(at, other, from);
                }
                None => self.stranger(other, from),
            }
        }
    }

    fn complete(&mut self, at: usize, other: &Contributor, from: &Description) {
        let name = &mut self.article.contributors[at];
        let mut conflict = None;
        for affiliation in &other.affiliations {
            match name.affiliations.iter_mut().find(|known| known.name == affiliation.name) {
                None => name.affiliations.push(affiliation.clone()),
                Some(known) => {
                    if known.ror.is_none() {
                        known.ror.clone_from(&affiliation.ror);
                    }
                }
            }
        }
        match (&name.orcid, &other.orcid) {
            (None, Some(orcid)) => name.orcid = Some(orcid.clone()),
            (Some(known), Some(orcid)) if known != orcid => conflict = Some(orcid.clone()),
            _ => {}
        }
        if !other.affiliations.is_empty() {
            self.came_from("contributors.affiliations", from);
        }
        if other.orcid.is_some() {
            self.came_from("contributors.orcid", from);
        }
        if let Some(orcid) = conflict {
            self.found(Code::Conflict, "contributors.orcid", &orcid);
        }
    }

    /// Nobody of that name is known: neither name nor affiliation is lost.
    fn stranger(&mut self, other: &Contributor, from: &Description) {
        self.found(Code::Conflict, "contributors", &other.raw);
        for affiliation in &other.affiliations {
            self.article.unmapped.push(Unmapped {
                element: format!("{}:affiliation of {}", from.format, other.raw),
                lang: None,
                value: affiliation.name.clone(),
            });
        }
    }
}

/// Whether both are one person's name: the same words in any order, in any of the languages.
fn matches(name: &Contributor, other: &Contributor) -> bool {
    let wanted = name_words(other);
    let variants = name.variants.iter().map(|variant| word_list(&variant.raw));
    !wanted.is_empty() && std::iter::once(name_words(name)).chain(variants).any(|words| words == wanted)
}

fn share_a_word(name: &Contributor, other: &Contributor) -> bool {
    let wanted = name_words(other);
    name_words(name).iter().any(|word| word.chars().count() > 1 && wanted.contains(word))
}

fn name_words(name: &Contributor) -> Vec<String> {
    match (&name.given, &name.family) {
        (None, None) => word_list(&name.raw),
        (given, family) => {
            let parts = [given, family, &name.suffix];
            word_list(&parts.map(|part| part.as_deref().unwrap_or("")).join(" "))
        }
    }
}

fn word_list(value: &str) -> Vec<String> {
    let mut words: Vec<String> = value
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_lowercase)
        .collect();
    words.sort();
    words.dedup();
    words
}
