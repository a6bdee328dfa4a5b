//! Contributors from several formats: names from one, affiliations and ORCID iDs from the others.

use std::collections::HashMap;

use super::mergeable::letters;
use super::{Kind, Merger, RECORD_FIRST};
use crate::article::{Affiliation, Code, Contributor, ContributorKind, Role, Unmapped};
use crate::normalize::description::Description;
use crate::normalize::seen::Seen;

/// More affiliations than a person has: one of another format is compared with as many.
const COMPARED: usize = 64;

impl Merger<'_> {
    pub(super) fn contributors(&mut self) {
        let mut described = self
            .ranked(RECORD_FIRST)
            .filter(|d| !d.article.contributors.is_empty());
        let Some(first) = described.next() else {
            return;
        };
        let others: Vec<_> = described.collect();
        self.article
            .contributors
            .clone_from(&first.article.contributors);
        for field in [
            "contributors",
            "contributors.affiliations",
            "contributors.orcid",
        ] {
            self.set_origin(field, first);
        }
        if first.kind == Kind::LandingPage {
            // only here do names matter that the page prints whole
            for name in &first.article.contributors {
                if name.kind == ContributorKind::Unknown {
                    self.add_finding(Code::UnsplitName, "contributors", &name.raw);
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
        let known = NameIndex::of(&self.article.contributors);
        let mut places: Vec<Option<usize>> = Vec::with_capacity(given.len());
        for (index, other) in given.iter().enumerate() {
            let words = name_words(other);
            // A name in its own place comes first, so that namesakes keep their order.
            let in_place = index < count && !taken[index] && known.has(index, &words);
            let at = if in_place {
                Some(index)
            } else {
                known.first_free(&words, &taken).or_else(|| {
                    let alike = given.len() == count && !taken[index];
                    (alike && share_a_word(&self.article.contributors[index], &words))
                        .then_some(index)
                })
            };
            if let Some(at) = at {
                taken[at] = true;
                self.complete(at, other, from);
            }
            places.push(at);
        }
        // Who names all that are known, and more, has the whole list.
        let whole = taken.iter().all(|taken| *taken)
            && matches!(
                from.kind,
                Kind::Native | Kind::Jats | Kind::Mods | Kind::Marc
            );
        if whole && count < given.len() {
            let known = std::mem::take(&mut self.article.contributors);
            let list = given.iter().zip(&places);
            let list =
                list.map(|(other, at)| at.and_then(|at| known.get(at)).unwrap_or(other).clone());
            self.article.contributors = list.collect();
            return;
        }
        for (other, at) in given.iter().zip(places) {
            if at.is_none() {
                self.unmatched_contributor(other, from);
            }
        }
    }

    fn complete(&mut self, at: usize, other: &Contributor, from: &Description) {
        let name = &mut self.article.contributors[at];
        let mut conflict = None;
        complete_affiliations(name, other);
        name.corresponding |= other.corresponding;
        let mut credit = Seen::default();
        for term in &other.credit {
            credit.push(&mut name.credit, term.clone());
        }
        if name.orcid.is_none() || name.orcid == other.orcid {
            name.orcid_authenticated |= other.orcid_authenticated;
        }
        match (&name.orcid, &other.orcid) {
            (None, Some(orcid)) => name.orcid = Some(orcid.clone()),
            (Some(known), Some(orcid)) if known != orcid => conflict = Some(orcid.clone()),
            _ => {}
        }
        complete_parts(name, other, from.kind);
        complete_role(name, other, from.kind);
        let mut variants = Seen::default();
        for variant in &other.variants {
            let raw = variant.raw.as_str();
            let known = variants.find(&name.variants, &raw, |known| known.raw.as_str());
            if known.is_none() && name.raw != raw {
                name.variants.push(variant.clone());
            }
        }
        if !other.affiliations.is_empty() {
            self.set_origin("contributors.affiliations", from);
        }
        if other.orcid.is_some() {
            self.set_origin("contributors.orcid", from);
        }
        if let Some(orcid) = conflict {
            self.add_finding(Code::Conflict, "contributors.orcid", &orcid);
        }
    }

    /// Nobody of that name is known: neither name nor affiliation is lost.
    fn unmatched_contributor(&mut self, other: &Contributor, from: &Description) {
        self.add_finding(Code::Conflict, "contributors", &other.raw);
        for affiliation in &other.affiliations {
            self.article.unmapped.push(Unmapped {
                element: format!("{}:affiliation of {}", from.format, other.raw),
                lang: None,
                value: affiliation
                    .name
                    .clone()
                    .or(affiliation.ror.clone())
                    .unwrap_or_default(),
            });
        }
    }
}

/// Adds the affiliations of the same person in another format; those that are alike complete each other.
fn complete_affiliations(name: &mut Contributor, other: &Contributor) {
    let single = name.affiliations.len() == 1 && other.affiliations.len() == 1;
    for affiliation in &other.affiliations {
        let same_name = |known: &Affiliation| match (&known.name, &affiliation.name) {
            (Some(known), Some(other)) => one_in_other(&letters(known), &letters(other)),
            // an identifier alone
            _ => single && known.ror.is_none() != affiliation.ror.is_none(),
        };
        let alike = |known: &&mut Affiliation| {
            (known.ror.is_some() && known.ror == affiliation.ror) || same_name(known)
        };
        match name.affiliations.iter_mut().take(COMPARED).find(alike) {
            None => name.affiliations.push(affiliation.clone()),
            Some(known) => {
                if known.ror.is_none() {
                    known.ror.clone_from(&affiliation.ror);
                }
                if known.name.is_none() {
                    known.name.clone_from(&affiliation.name);
                }
                if known.country.is_none() {
                    known.country.clone_from(&affiliation.country);
                }
            }
        }
    }
}

/// Takes the parts of a name from a format that splits names.
fn complete_parts(name: &mut Contributor, other: &Contributor, from: Kind) {
    let parted = matches!(from, Kind::Native | Kind::Jats | Kind::Mods | Kind::Marc);
    if parted && name.kind == ContributorKind::Unknown && name_words(name) == name_words(other) {
        (name.kind, name.suffix) = (other.kind, other.suffix.clone());
        (name.family, name.given) = (other.family.clone(), other.given.clone());
    } else if parted && name.suffix.is_none() {
        name.suffix.clone_from(&other.suffix);
    }
}

/// Takes a role that tells more.
fn complete_role(name: &mut Contributor, other: &Contributor, from: Kind) {
    let vague = matches!(name.role, Role::Author | Role::Contributor);
    let telling = !matches!(other.role, Role::Author | Role::Contributor)
        || (name.role == Role::Contributor
            && other.role == Role::Author
            && from != Kind::LandingPage);
    if vague && telling && from != Kind::Rfc1807 {
        name.role = other.role;
    }
}
/// Names by their words. Two names are one person's when they have the same words in any order, in any of the
/// languages.
struct NameIndex {
    places: HashMap<Vec<String>, Vec<usize>>,
}

impl NameIndex {
    fn of(names: &[Contributor]) -> Self {
        let mut places: HashMap<Vec<String>, Vec<usize>> = HashMap::new();
        for (at, name) in names.iter().enumerate() {
            let variants = name.variants.iter().map(|variant| word_list(&variant.raw));
            for words in std::iter::once(name_words(name)).chain(variants) {
                let at_words = places.entry(words).or_default();
                if at_words.last() != Some(&at) {
                    at_words.push(at);
                }
            }
        }
        Self { places }
    }

    fn has(&self, at: usize, words: &[String]) -> bool {
        let places = self.places.get(words);
        !words.is_empty() && places.is_some_and(|places| places.binary_search(&at).is_ok())
    }

    /// The first place of a name with these words that is not taken.
    fn first_free(&self, words: &[String], taken: &[bool]) -> Option<usize> {
        if words.is_empty() {
            return None;
        }
        let places = self.places.get(words)?;
        places.iter().copied().find(|at| !taken[*at])
    }
}

fn share_a_word(name: &Contributor, wanted: &[String]) -> bool {
    name_words(name)
        .iter()
        .any(|word| word.chars().count() > 1 && wanted.contains(word))
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

/// Returns whether two affiliations are one, written at different lengths.
fn one_in_other(a: &str, b: &str) -> bool {
    a == b || (a.chars().count().min(b.chars().count()) >= 8 && (a.contains(b) || b.contains(a)))
}
