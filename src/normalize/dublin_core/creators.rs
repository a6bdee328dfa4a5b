//! `dc:creator` and `dc:contributor`.

use super::{Crosswalk, same_language};
use crate::article::{Affiliation, Code, Contributor, Funding, NameVariant, Role};
use crate::metadata::oai_dc::Element;
use crate::normalize::dialect::NameStyle;
use crate::normalize::{creator, identifier, text};

/// Names in one language, in order.
type Group = (Option<String>, Vec<Contributor>);

impl Crosswalk<'_> {
    /// Creators, in order. From 3.4.0-2 OJS names each author once per locale: the names in the article's
    /// language are taken, and the others become variants where the lists are of one length.
    pub(super) fn creators(&mut self) {
        let style = self.dialect.name_style(self.dc);
        let mut groups: Vec<Group> = Vec::new();
        for element in self.elements("creator", "contributors") {
            let lang = self.lang(element);
            let names = self.names(element, Role::Author, style);
            // Elsewhere than in OJS a language on a name says nothing about the list.
            match groups
                .iter_mut()
                .find(|(other, _)| !style.ojs || *other == lang)
            {
                Some((_, group)) => group.extend(names),
                None => groups.push((lang, names)),
            }
        }
        for (_, group) in &mut groups {
            self.without_repeats(group);
        }
        groups.retain(|(_, group)| !group.is_empty());
        if groups.is_empty() {
            return;
        }
        let (_, mut names) = groups.remove(self.leading_group(&groups));
        for (lang, group) in groups {
            if group.len() == names.len() {
                for (name, other) in names.iter_mut().zip(group) {
                    self.add_variant(name, lang.clone(), other);
                }
            } else {
                let raw: Vec<&str> = group.iter().map(|name| name.raw.as_str()).collect();
                self.out
                    .found(Code::UnalignedNames, "contributors", &raw.join("; "));
                for affiliation in group.iter().flat_map(|name| &name.affiliations) {
                    self.keep_affiliation(lang.as_deref(), affiliation);
                }
            }
        }
        self.out.article.contributors = names;
        self.out.came_from("contributors", "creator");
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
        let titled = self.out.article.titles.iter().find_map(|title| {
            let lang = title.lang.as_deref()?;
            groups.iter().position(|(other, group)| {
                group.len() == longest
                    && other
                        .as_deref()
                        .is_some_and(|other| same_language(other, lang))
            })
        });
        titled
            .or_else(|| groups.iter().position(|(_, group)| group.len() == longest))
            .unwrap_or(preferred)
    }

    fn keep_affiliation(&mut self, lang: Option<&str>, affiliation: &Affiliation) {
        if let Some(name) = &affiliation.name {
            self.out.keep("dc:creator affiliation", lang, name);
        }
    }

    fn add_variant(&mut self, name: &mut Contributor, lang: Option<String>, other: Contributor) {
        for affiliation in other.affiliations {
            if !name.affiliations.contains(&affiliation) {
                self.keep_affiliation(lang.as_deref(), &affiliation);
            }
        }
        let known = name.variants.iter().any(|variant| variant.raw == other.raw);
        if other.raw != name.raw && !known {
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
        for name in group.drain(..) {
            if seen.contains(&name) {
                self.out
                    .found(Code::DuplicateValue, "contributors", &name.raw);
            } else {
                seen.push(name);
            }
        }
        *group = seen;
    }

    /// The names of one element: one, unless software that joins them put several in.
    fn names(&mut self, element: &Element, role: Role, style: NameStyle) -> Vec<Contributor> {
        let Some(value) = self.cleaned("contributors", element, text::plain) else {
            return Vec::new();
        };
        if identifier::orcid(&value).is_some()
            || value.starts_with("http://")
            || value.starts_with("https://")
        {
            // an identifier of somebody, and of whom it does not say
            self.out.found(Code::Unmapped, "contributors", &value);
            self.out.keep(&format!("dc:{}", element.name), None, &value);
            return Vec::new();
        }
        let parts = creator::joined_names(&value, style.ojs).unwrap_or_else(|| vec![value]);
        let mut names = Vec::with_capacity(parts.len());
        for part in &parts {
            let mut name = creator::parse(part, style);
            for code in name.codes {
                self.out.found(code, "contributors", part);
            }
            if let Some(salutation) = &name.salutation {
                self.out.found(Code::Unmapped, "contributors", part);
                self.out.keep("dc:creator salutation", None, salutation);
            }
            if name.contributor.orcid.is_some() {
                self.out.came_from("contributors.orcid", &element.name);
            }
            name.contributor.role = role;
            names.push(name.contributor);
        }
        names
    }

    /// Sponsors in OJS; elsewhere people and bodies who took part.
    pub(super) fn contributors(&mut self) {
        if !self.dialect.is_ojs() {
            let style = self.dialect.name_style(self.dc);
            for element in self.elements("contributor", "contributors") {
                for name in self.names(element, Role::Contributor, style) {
                    let known = self
                        .out
                        .article
                        .contributors
                        .iter()
                        .any(|other| other.raw == name.raw);
                    if known {
                        self.out
                            .found(Code::DuplicateValue, "contributors", &name.raw);
                    } else {
                        self.out.article.contributors.push(name);
                        self.out.came_from("contributors", "contributor");
                    }
                }
            }
            return;
        }
        for element in self.elements("contributor", "funding") {
            let Some(name) = self.cleaned("funding", element, text::plain) else {
                continue;
            };
            let funding = Funding::named(name);
            if self.out.article.funding.contains(&funding) {
                self.out
                    .found(Code::DuplicateValue, "funding", &funding.name);
            } else {
                self.out.article.funding.push(funding);
                self.out.came_from("funding", "contributor");
            }
        }
    }
}
