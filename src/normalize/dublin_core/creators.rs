//! `dc:creator` and `dc:contributor`.

use std::collections::HashMap;

use super::{Crosswalk, alignment, primary};
use crate::article::{Affiliation, Code, Contributor, Funding, NameVariant, Role};
use crate::metadata::oai_dc::Element;
use crate::normalize::dialect::NameStyle;
use crate::normalize::seen::Seen;
use crate::normalize::{creator, funder, text};
use crate::values::Orcid;

/// Names in one language, in order.
type Group = (Option<String>, Vec<Contributor>);

impl Crosswalk<'_> {
    /// Creators, in order. From 3.4.0-2 OJS names each author once per locale: the names in the article's
    /// language are taken, and the others become variants where the lists are of one length.
    pub(super) fn creators(&mut self) {
        let style = self.dialect.name_style(self.dc);
        let mut groups: Vec<Group> = Vec::new();
        let mut seen = Seen::default();
        for element in self.elements("creator", "contributors") {
            let lang = self.lang(element);
            let names = self.names(element, Role::Author, style, false);
            // Elsewhere than in OJS a language on a name says nothing about the list.
            let place = if style.ojs {
                seen.find(&groups, &&lang, |(other, _)| other)
            } else {
                groups.len().checked_sub(1)
            };
            match place.and_then(|at| groups.get_mut(at)) {
                Some((_, group)) => group.extend(names),
                None => groups.push((lang, names)),
            }
        }
        for (lang, group) in &mut groups {
            // where OJS names each author once per locale, a name that comes twice is that of two people
            if !style.ojs || lang.is_none() {
                self.without_repeats(group);
            }
        }
        groups.retain(|(_, group)| !group.is_empty());
        if groups.is_empty() {
            return;
        }
        let (_, mut names) = groups.remove(self.leading_group(&groups));
        let mut variants = vec![Seen::default(); names.len()];
        for (lang, group) in groups {
            if group.len() == names.len() {
                for ((name, seen), other) in names.iter_mut().zip(&mut variants).zip(group) {
                    self.add_variant(name, seen, lang.clone(), other);
                }
            } else if let Some(places) = alignment::places(&names, &group) {
                // who has no name in a locale is left out of its list
                for (at, other) in places.into_iter().zip(group) {
                    if let (Some(name), Some(seen)) = (names.get_mut(at), variants.get_mut(at)) {
                        self.add_variant(name, seen, lang.clone(), other);
                    }
                }
            } else {
                let raw: Vec<&str> = group.iter().map(|name| name.raw.as_str()).collect();
                self.out
                    .add_finding(Code::UnalignedNames, "contributors", &raw.join("; "));
                for affiliation in group.iter().flat_map(|name| &name.affiliations) {
                    self.keep_affiliation(lang.as_deref(), affiliation);
                }
            }
        }
        self.out.article.contributors = names;
        self.out.set_origin("contributors", "creator");
    }

    /// The group in the article's language, unless another is longer: OJS leaves out who has no name in a
    /// locale, so the longest list is the whole one.
    fn leading_group(&self, groups: &[Group]) -> usize {
        let longest = groups
            .iter()
            .map(|(_, group)| group.len())
            .max()
            .unwrap_or(0);
        let preferred = self.preferred(groups);
        if groups[preferred].1.len() == longest {
            return preferred;
        }
        let mut of_language: HashMap<String, usize> = HashMap::new();
        for (at, (lang, group)) in groups.iter().enumerate() {
            if let Some(lang) = lang.as_deref().filter(|_| group.len() == longest) {
                of_language.entry(primary(lang)).or_insert(at);
            }
        }
        let mut named = self.out.article.titles.iter();
        let titled =
            named.find_map(|title| of_language.get(&primary(title.lang.as_deref()?)).copied());
        titled
            .or_else(|| groups.iter().position(|(_, group)| group.len() == longest))
            .unwrap_or(preferred)
    }

    fn keep_affiliation(&mut self, lang: Option<&str>, affiliation: &Affiliation) {
        if let Some(name) = &affiliation.name {
            self.out.add_unmapped("dc:creator affiliation", lang, name);
        }
    }

    fn add_variant(
        &mut self,
        name: &mut Contributor,
        variants: &mut Seen,
        lang: Option<String>,
        other: Contributor,
    ) {
        for affiliation in other.affiliations {
            if !name.affiliations.contains(&affiliation) {
                self.keep_affiliation(lang.as_deref(), &affiliation);
            }
        }
        let raw = other.raw.as_str();
        let known = variants.find(&name.variants, &raw, |variant| variant.raw.as_str());
        if other.raw != name.raw && known.is_none() {
            let (family, given, raw) = (other.family, other.given, other.raw);
            name.variants.push(NameVariant {
                lang,
                family,
                given,
                raw,
            });
        }
    }

    /// The same name twice in one list is one person, named twice.
    fn without_repeats(&mut self, group: &mut Vec<Contributor>) {
        let mut seen: Vec<Contributor> = Vec::with_capacity(group.len());
        let mut places = Seen::default();
        for name in group.drain(..) {
            let is_known = places.find(&seen, &&name, |known| known);
            if is_known.is_some() {
                self.out
                    .add_finding(Code::DuplicateValue, "contributors", &name.raw);
            } else {
                seen.push(name);
            }
        }
        *group = seen;
    }

    /// The names of one element: one, unless software that joins them put several in. `is_signed` where it lists them
    /// as `Jane Doe, Paul Smith`.
    fn names(
        &mut self,
        element: &Element<'_>,
        role: Role,
        style: NameStyle,
        is_signed: bool,
    ) -> Vec<Contributor> {
        let (marked, affiliation) = without_elements(&element.value);
        let marked = marked.map(|value| Element {
            value: value.into(),
            ..element.clone()
        });
        let element = marked.as_ref().unwrap_or(element);
        let Some(value) = self.cleaned("contributors", element, text::plain) else {
            return Vec::new();
        };
        if is_identifier_of_somebody(&value) {
            // of whom is not stated
            self.out.add_finding(Code::Unmapped, "contributors", &value);
            self.out
                .add_unmapped(&format!("dc:{}", element.name), None, &value);
            return Vec::new();
        }
        let signed = is_signed.then(|| creator::signed_names(&value)).flatten();
        let parts = signed
            .or_else(|| creator::joined_names(&value, style.ojs))
            .unwrap_or_else(|| vec![value]);
        let single = parts.len() == 1;
        let mut names = Vec::with_capacity(parts.len());
        for part in &parts {
            let (part, number) = if style.ojs {
                (part.as_str(), None)
            } else {
                without_number(part)
            };
            if let Some(number) = number {
                self.out
                    .add_unmapped(&format!("dc:{} identifier", element.name), None, number);
            }
            let mut contributor = self.name(part, role, style);
            if single && contributor.orcid.is_none() {
                contributor.orcid = orcid_of(element);
            }
            if single && let Some(affiliation) = &affiliation {
                contributor
                    .affiliations
                    .push(Affiliation::named(affiliation.as_str()));
            }
            self.note_origins(element, &contributor);
            names.push(contributor);
        }
        names
    }

    /// One name, with its findings.
    fn name(&mut self, part: &str, role: Role, style: NameStyle) -> Contributor {
        let name = creator::parse(part, style);
        for code in name.codes {
            self.out.add_finding(code, "contributors", part);
        }
        if let Some(salutation) = &name.salutation {
            if style.ojs {
                self.out.add_finding(Code::Unmapped, "contributors", part);
            }
            self.out
                .add_unmapped("dc:creator salutation", None, salutation);
        }
        Contributor {
            role: name.role.filter(|_| !style.ojs).unwrap_or(role),
            ..name.contributor
        }
    }

    fn note_origins(&mut self, element: &Element<'_>, contributor: &Contributor) {
        if !contributor.affiliations.is_empty() {
            self.out
                .set_origin("contributors.affiliations", &element.name);
        }
        if contributor.orcid.is_some() {
            self.out.set_origin("contributors.orcid", &element.name);
        }
    }

    /// Returns whether a file of Digital Commons belongs to the record: that lists those who advised as they sign.
    fn has_digital_commons_file(&self) -> bool {
        let mut identifiers = self.dc.named("identifier");
        identifiers.any(|element| element.value.contains("/cgi/viewcontent.cgi?"))
    }

    /// Sponsors in OJS; elsewhere people and bodies who took part.
    pub(super) fn contributors(&mut self) {
        if !self.dialect.is_ojs() {
            let style = self.dialect.name_style(self.dc);
            let is_signed = self.has_digital_commons_file();
            let mut places = Seen::default();
            for element in self.elements("contributor", "contributors") {
                if self.openaire_term(element.value.trim(), "contributor") {
                    continue;
                }
                if let Some(funding) = funder::of_project(element.value.trim()) {
                    self.out.add_funding("contributor", funding);
                    continue;
                }
                for name in self.names(element, Role::Contributor, style, is_signed) {
                    let known = &self.out.article.contributors;
                    let place = places.find(known, &name.raw.as_str(), |known| known.raw.as_str());
                    if place.is_some() {
                        self.out
                            .add_finding(Code::DuplicateValue, "contributors", &name.raw);
                    } else {
                        self.out.article.contributors.push(name);
                        self.out.set_origin("contributors", "contributor");
                    }
                }
            }
            return;
        }
        for element in self.elements("contributor", "funding") {
            let Some(name) = self.cleaned("funding", element, text::plain) else {
                continue;
            };
            if !self
                .out
                .add_funding("contributor", Funding::named(name.clone()))
            {
                self.out.add_finding(Code::DuplicateValue, "funding", &name);
            }
        }
    }
}

/// `https://…`, an iD, `Supervisor: 0000-…`: an identifier in place of a name. A name before its iD has more words.
fn is_identifier_of_somebody(value: &str) -> bool {
    let behind_label = value
        .rsplit_once(':')
        .filter(|(label, _)| label.split_whitespace().count() == 1)
        .map_or("", |(_, behind)| behind);
    Orcid::parse(value).is_some()
        || Orcid::parse(behind_label).is_some()
        || value.starts_with("http://")
        || value.starts_with("https://")
}

/// `Jane Doe (7123456)`: a name, and the number of its account in brackets (figshare).
fn without_number(name: &str) -> (&str, Option<&str>) {
    let Some((head, inner)) = name
        .strip_suffix(')')
        .and_then(|rest| rest.rsplit_once(" ("))
    else {
        return (name, None);
    };
    let is_number = inner.len() >= 5 && inner.bytes().all(|b| b.is_ascii_digit());
    if is_number && head.contains(char::is_alphabetic) {
        (head.trim_end(), Some(inner))
    } else {
        (name, None)
    }
}

/// A name that stands in elements inside `dc:creator`, and the affiliation beside it (PoS, LRMI):
/// `<p:name>Aida Roe</p:name><p:affiliation>University of X</p:affiliation>`. Nothing where there are none.
fn without_elements(value: &str) -> (Option<String>, Option<String>) {
    if !value.contains('<') {
        return (None, None);
    }
    let mut parts: Vec<(String, String)> = Vec::new();
    let mut open = String::new();
    for piece in value.split('<') {
        let Some((tag, text)) = piece.split_once('>') else {
            continue;
        };
        let name = tag
            .trim_start_matches('/')
            .split([' ', '/'])
            .next()
            .unwrap_or_default();
        let Some((_, local)) = name.split_once(':') else {
            // HTML, which is cleaned elsewhere
            return (None, None);
        };
        if tag.starts_with('/') {
            open.clear();
        } else {
            local.clone_into(&mut open);
        }
        if !text.trim().is_empty() {
            parts.push((open.to_ascii_lowercase(), text.trim().to_owned()));
        }
    }
    let of = |names: &[&str]| {
        let found = parts
            .iter()
            .find(|(name, _)| names.contains(&name.as_str()));
        found.map(|(_, text)| text.clone())
    };
    let affiliation = of(&["affiliation", "organization", "institution"]);
    let name = of(&["name", "fullname", "fn", "creatorname"]);
    let all = || {
        parts
            .iter()
            .map(|(_, text)| text.as_str())
            .collect::<Vec<_>>()
            .join(" ")
    };
    (Some(name.unwrap_or_else(all)), affiliation)
}

/// An ORCID iD in an attribute: `id="https://orcid.org/…"` (DOAJ).
fn orcid_of(element: &Element<'_>) -> Option<String> {
    let ids = element.attributes.iter();
    ids.filter(|(name, _)| {
        [
            "id",
            "orcid",
            "authority",
            "nameidentifier",
            "about",
            "resource",
        ]
        .contains(&name.as_str())
    })
    .find_map(|(_, value)| Orcid::parse(value))
    .map(String::from)
}
