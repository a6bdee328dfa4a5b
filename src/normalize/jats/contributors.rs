//! Contributors of JATS: names, roles, affiliations and ORCID iDs.

use super::stub::is_stub;
use crate::article::{Affiliation, Code, Contributor, ContributorKind, NameVariant, Role};
use crate::metadata::jats::{self, ContributorRole, PersonName};
use crate::normalize::creator::role_of;
use crate::normalize::description::Description;
use crate::normalize::dialect::NameStyle;
use crate::normalize::seen::Seen;
use crate::normalize::{creator, text};
use crate::values::{Orcid, Ror};

pub(super) fn is_kind(contributor: &jats::Contributor, kinds: &[&str]) -> bool {
    contributor
        .kind
        .as_deref()
        .is_some_and(|kind| kinds.iter().any(|known| kind.eq_ignore_ascii_case(known)))
}

/// Somebody who works for the journal, and has no part in the article.
pub(super) fn staff(out: &mut Description, contributor: &jats::Contributor) {
    for name in &contributor.names {
        let parts = [&name.surname, &name.given, &name.suffix, &name.whole]
            .into_iter()
            .flatten();
        let name = parts.map(String::as_str).collect::<Vec<_>>().join(", ");
        let kind = contributor.kind.as_deref().unwrap_or("contrib");
        out.add_unmapped_element(&format!("contrib[{kind}]"), None, &name);
    }
}

pub(super) fn contributor(out: &mut Description, from: &jats::Contributor) {
    let Some(mut contributor) = named(out, from) else {
        return;
    };
    contributor.role = role(from);
    contributor.corresponding = from.corresponding;
    roles(out, &mut contributor, &from.roles);
    out.set_origin("contributors", "contrib");
    let mut seen = Seen::default();
    for from in &from.affiliations {
        if let Some(affiliation) = affiliation(out, from)
            && seen.push(&mut contributor.affiliations, affiliation)
        {
            out.set_origin("contributors.affiliations", "aff");
        }
    }
    contributor.orcid_authenticated = from.orcid_authenticated;
    orcid(out, &mut contributor, "contrib-id", from.orcid.as_deref());
    out.article.contributors.push(contributor);
}

/// The role; who belongs to a group that wrote the article has contributed.
fn role(from: &jats::Contributor) -> Role {
    if from.is_member {
        return Role::Contributor;
    }
    match from.kind.as_deref().map(str::to_ascii_lowercase).as_deref() {
        None | Some("author" | "corresp" | "authors") => Role::Author,
        Some("editor" | "guest-editor" | "reviewing-editor") => Role::Editor,
        Some("translator") => Role::Translator,
        Some(word) => role_of(word).unwrap_or(Role::Contributor),
    }
}

/// A contributor by name: a person, whose further names are variants, an organisation, or nobody named.
fn named(out: &mut Description, from: &jats::Contributor) -> Option<Contributor> {
    let names: Vec<_> = from
        .names
        .iter()
        .filter_map(|name| person(out, name))
        .collect();
    let mut names = names.into_iter();
    if let Some((_, mut contributor)) = names.next() {
        for (lang, name) in names {
            if name.raw != contributor.raw {
                let (family, given, raw) = (name.family, name.given, name.raw);
                contributor.variants.push(NameVariant {
                    lang,
                    family,
                    given,
                    raw,
                });
            }
        }
        return Some(contributor);
    }
    let collab = from.collab.as_ref();
    if let Some(raw) = collab.and_then(|raw| out.cleaned("contributors", raw, text::plain)) {
        return Some(Contributor {
            kind: ContributorKind::Organization,
            raw,
            ..Contributor::default()
        });
    }
    from.is_anonymous.then(|| Contributor {
        raw: "Anonymous".to_owned(),
        ..Contributor::default()
    })
}

/// An affiliation by name, ROR id or both.
fn affiliation(out: &mut Description, from: &jats::Affiliation) -> Option<Affiliation> {
    let name = if is_stub(&from.name) {
        out.add_finding(Code::Placeholder, "contributors.affiliations", &from.name);
        None
    } else {
        out.cleaned("contributors.affiliations", &from.name, text::plain)
    };
    let country = from.country.as_ref().map(|code| code.to_ascii_uppercase());
    let is_code = |code: &String| code.len() == 2 && code.bytes().all(|b| b.is_ascii_uppercase());
    let affiliation = Affiliation {
        name,
        ror: from.ror.as_deref().and_then(Ror::parse).map(String::from),
        country: country.filter(is_code),
        raw: None,
    };
    (affiliation.name.is_some() || affiliation.ror.is_some()).then_some(affiliation)
}

/// Roles of `CRediT`, by their URIs or words; other roles are kept.
fn roles(out: &mut Description, contributor: &mut Contributor, roles: &[ContributorRole]) {
    let mut seen = Seen::default();
    for ContributorRole { word, uri } in roles {
        let of_uri = uri.as_deref().and_then(|uri| {
            let (_, term) = uri.rsplit_once("contributor-roles/")?;
            Some(term.trim_end_matches('/').to_ascii_lowercase())
        });
        let Some(term) = of_uri.or_else(|| credit_term(word)) else {
            out.add_unmapped_element("role", None, word);
            continue;
        };
        seen.push(&mut contributor.credit, term);
    }
}

/// The term of `CRediT` (ANSI/NISO Z39.104-2022) that a word names.
fn credit_term(word: &str) -> Option<String> {
    const TERMS: [&str; 14] = [
        "conceptualization",
        "data-curation",
        "formal-analysis",
        "funding-acquisition",
        "investigation",
        "methodology",
        "project-administration",
        "resources",
        "software",
        "supervision",
        "validation",
        "visualization",
        "writing-original-draft",
        "writing-review-editing",
    ];
    let words = word.split(|c: char| !c.is_alphanumeric());
    let words: Vec<String> = words
        .filter(|word| !word.is_empty())
        .map(str::to_lowercase)
        .collect();
    let folded = words.join("-").replace("-and-", "-");
    TERMS.contains(&folded.as_str()).then_some(folded)
}

/// Takes an ORCID iD in, or keeps what is none.
pub(crate) fn orcid(
    out: &mut Description,
    contributor: &mut Contributor,
    element: &str,
    raw: Option<&str>,
) {
    let Some(raw) = raw else { return };
    contributor.orcid = Orcid::parse(raw).map(String::from);
    if contributor.orcid.is_some() {
        out.set_origin("contributors.orcid", element);
    } else {
        out.add_finding(Code::Unmapped, "contributors.orcid", raw);
        out.add_unmapped_element(element, None, raw);
    }
}

fn person(out: &mut Description, from: &PersonName) -> Option<(Option<String>, Contributor)> {
    let lang = out.lang("contributors", from.lang.as_ref());
    let part = |out: &mut Description, raw: Option<&String>| {
        out.cleaned("contributors", raw?, text::plain)
    };
    if let Some(whole) = &from.whole {
        let raw = part(out, Some(whole))?;
        let parsed = creator::parse(&raw, NameStyle::PRINTED);
        return Some((
            lang,
            Contributor {
                raw,
                ..parsed.contributor
            },
        ));
    }
    let (family, given) = (
        part(out, from.surname.as_ref()),
        part(out, from.given.as_ref()),
    );
    let suffix = part(out, from.suffix.as_ref());
    let raw = match (&family, &given) {
        (Some(family), Some(given)) if family.to_lowercase() == given.to_lowercase() => {
            // a mononym, entered twice because both fields were mandatory
            out.add_finding(Code::DuplicateValue, "contributors", family);
            let (raw, given) = (given.clone(), Some(given.clone()));
            return Some((
                lang,
                Contributor {
                    kind: ContributorKind::Person,
                    given,
                    suffix,
                    raw,
                    ..Contributor::default()
                },
            ));
        }
        (Some(family), Some(given)) => format!("{family}, {given}"),
        (Some(one), None) | (None, Some(one)) => one.clone(),
        (None, None) => return None,
    };
    let kind = ContributorKind::Person;
    Some((
        lang,
        Contributor {
            kind,
            family,
            given,
            suffix,
            raw,
            ..Contributor::default()
        },
    ))
}
