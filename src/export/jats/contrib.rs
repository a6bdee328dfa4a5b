//! `contrib-group` and the affiliations its contributors refer to.

use std::collections::BTreeSet;

use super::context::{Context, Leftovers};
use crate::article::{Affiliation, Contributor, ContributorKind, Role};
use crate::export::xml::{Xml, collapsed, is_blank};
use crate::export::{lang, url};
use crate::normalize::is_eastern as is_eastern_letter;
use crate::values::{Orcid, Ror};

/// Writes the contributors in the order of the source, then each affiliation once.
pub(super) fn write(xml: &mut Xml, context: &mut Context<'_>) {
    let mut affiliations = Affiliations::default();
    let article_lang = context.lang.clone();
    let leftovers = &mut context.leftovers;
    xml.group("contrib-group", &[], |xml| {
        for contributor in &context.article.contributors {
            if is_nameless(contributor) {
                leftovers.add(
                    "contributors.orcid",
                    contributor.orcid.as_deref().unwrap_or_default(),
                );
                for affiliation in &contributor.affiliations {
                    let name = affiliation.name.as_deref().unwrap_or_default();
                    leftovers.add("contributors.affiliations", name);
                }
                continue;
            }
            xml.group(
                "contrib",
                &[
                    ("contrib-type", contrib_type(contributor.role)),
                    (
                        "corresp",
                        if contributor.corresponding { "yes" } else { "" },
                    ),
                ],
                |xml| {
                    orcid(xml, contributor, leftovers);
                    names(xml, contributor, &article_lang);
                    for role in &contributor.credit {
                        let uri =
                            format!("https://credit.niso.org/contributor-roles/{}/", role.trim());
                        xml.leaf("role", &[("content-type", &uri)], &role.replace('-', " "));
                    }
                    let mut seen = BTreeSet::new();
                    for affiliation in &contributor.affiliations {
                        match affiliations.number(affiliation, leftovers) {
                            Some(number) if seen.insert(number) => {
                                xml.void(
                                    "xref",
                                    &[("ref-type", "aff"), ("rid", &format!("aff{number}"))],
                                );
                            }
                            _ => {}
                        }
                    }
                },
            );
        }
    });
    affiliations.write(xml);
}

fn contrib_type(role: Role) -> &'static str {
    match role {
        Role::Author => "author",
        Role::Editor => "editor",
        Role::Translator => "translator",
        Role::Advisor => "advisor",
        Role::Reviewer => "reviewer",
        Role::Illustrator => "illustrator",
        Role::Compiler => "compiler",
        Role::Contributor => "contributor",
    }
}

fn is_nameless(contributor: &Contributor) -> bool {
    let Contributor {
        family,
        given,
        raw,
        variants,
        ..
    } = contributor;
    [family.as_deref(), given.as_deref(), Some(raw)]
        .into_iter()
        .flatten()
        .all(is_blank)
        && variants
            .iter()
            .all(|variant| Name::of_variant(variant).is_nameless())
}

fn orcid(xml: &mut Xml, contributor: &Contributor, leftovers: &mut Leftovers) {
    let Some(orcid) = contributor
        .orcid
        .as_deref()
        .map(str::trim)
        .filter(|orcid| !is_blank(orcid))
    else {
        return;
    };
    if Orcid::url(orcid).is_some() {
        let authenticated = if contributor.orcid_authenticated {
            "true"
        } else {
            "false"
        };
        let attributes = [
            ("contrib-id-type", "orcid"),
            ("authenticated", authenticated),
        ];
        xml.leaf("contrib-id", &attributes, orcid);
    } else {
        leftovers.add("contributors.orcid", orcid);
    }
}

/// A name in one language, as `name`, `string-name` or `collab`.
struct Name<'a> {
    collab: bool,
    family: &'a str,
    given: &'a str,
    suffix: &'a str,
    raw: &'a str,
    lang: Option<&'a str>,
}

impl<'a> Name<'a> {
    fn of_contributor(contributor: &'a Contributor) -> Self {
        Self {
            collab: contributor.kind == ContributorKind::Organization,
            family: contributor.family.as_deref().unwrap_or_default(),
            given: contributor.given.as_deref().unwrap_or_default(),
            suffix: contributor.suffix.as_deref().unwrap_or_default(),
            raw: &contributor.raw,
            lang: None,
        }
    }

    fn of_variant(variant: &'a crate::article::NameVariant) -> Self {
        Self {
            collab: false,
            family: variant.family.as_deref().unwrap_or_default(),
            given: variant.given.as_deref().unwrap_or_default(),
            suffix: "",
            raw: &variant.raw,
            lang: variant.lang.as_deref(),
        }
    }

    fn is_nameless(&self) -> bool {
        [self.family, self.given, self.raw]
            .into_iter()
            .all(is_blank)
    }

    fn is_parted(&self) -> bool {
        !is_blank(self.family) || !is_blank(self.given)
    }

    /// The name in one piece.
    fn whole(&self) -> String {
        if is_blank(self.raw) {
            format!("{} {}", self.given, self.family)
        } else {
            self.raw.to_owned()
        }
    }

    fn style(&self) -> &'static str {
        if self.is_parted() && is_blank(self.family) {
            "given-only"
        } else if is_eastern(if self.is_parted() {
            self.family
        } else {
            self.raw
        }) {
            "eastern"
        } else {
            "western"
        }
    }

    fn write(&self, xml: &mut Xml, article_lang: &str) {
        let lang = lang::of_text(self.lang, article_lang);
        let lang = lang::attribute(&lang, article_lang);
        if self.collab {
            xml.leaf("collab", &[("xml:lang", lang)], &self.whole());
            return;
        }
        let attributes = [("name-style", self.style()), ("xml:lang", lang)];
        if self.is_parted() {
            xml.group("name", &attributes, |xml| {
                xml.leaf("surname", &[], self.family);
                xml.leaf("given-names", &[], self.given);
                xml.leaf("suffix", &[], self.suffix);
            });
        } else {
            xml.leaf("string-name", &attributes, self.raw);
        }
    }
}

/// One `name` or `collab` stands alone. Several, and a `string-name` (which Publishing 1.1 takes nowhere else),
/// stand among alternatives.
fn names(xml: &mut Xml, contributor: &Contributor, article_lang: &str) {
    let first = Name::of_contributor(contributor);
    let collab = first.collab;
    let mut names: Vec<Name<'_>> = Vec::with_capacity(1 + contributor.variants.len());
    names.push(first);
    names.extend(contributor.variants.iter().map(|variant| Name {
        collab,
        ..Name::of_variant(variant)
    }));
    names.retain(|name| !name.is_nameless());
    match names.as_slice() {
        [] => {}
        [name] if collab || name.is_parted() => name.write(xml, article_lang),
        names => {
            let group = if collab {
                "collab-alternatives"
            } else {
                "name-alternatives"
            };
            xml.group(group, &[], |xml| {
                for name in names {
                    name.write(xml, article_lang);
                }
            });
        }
    }
}

/// Returns whether a name is written in Han, Hangul or Kana, where the family name comes first.
fn is_eastern(name: &str) -> bool {
    let mut letters = name.chars().filter(|c| c.is_alphabetic()).peekable();
    letters.peek().is_some() && letters.all(is_eastern_letter)
}

/// Affiliations met so far; each is written once and referred to by its number.
#[derive(Default)]
struct Affiliations {
    numbers: std::collections::HashMap<[String; 3], usize>,
    /// Name, ROR id and country.
    ordered: Vec<[String; 3]>,
}

impl Affiliations {
    /// Number of an affiliation, from 1; `None` for a blank one.
    fn number(&mut self, affiliation: &Affiliation, leftovers: &mut Leftovers) -> Option<usize> {
        let ror = affiliation.ror.as_deref().unwrap_or_default();
        let valid = url::href(ror).filter(|ror| Ror::is_url(ror));
        if valid.is_none() {
            leftovers.add("contributors.affiliations.ror", ror);
        }
        let name = affiliation.name.as_deref().unwrap_or_default();
        let name = if is_blank(name) {
            String::new()
        } else {
            collapsed(name)
        };
        let country = affiliation.country.clone().unwrap_or_default();
        let key = [name, valid.unwrap_or_default(), country];
        if key.iter().all(String::is_empty) {
            return None;
        }
        let next = self.ordered.len() + 1;
        let number = *self.numbers.entry(key.clone()).or_insert(next);
        if number == next {
            self.ordered.push(key);
        }
        Some(number)
    }

    fn write(&self, xml: &mut Xml) {
        for (at, [name, ror, country]) in self.ordered.iter().enumerate() {
            let id = format!("aff{}", at + 1);
            if ror.is_empty() && country.is_empty() {
                // What was printed may hold positions, towns and departments: it is no institution's name.
                xml.leaf("aff", &[("id", &id)], name);
                continue;
            }
            xml.group("aff", &[("id", &id)], |xml| {
                xml.group("institution-wrap", &[], |xml| {
                    xml.leaf("institution-id", &[("institution-id-type", "ror")], ror);
                    xml.leaf("institution", &[], name);
                });
                xml.leaf("country", &[("country", country)], country);
            });
        }
    }
}
