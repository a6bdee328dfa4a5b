//! Names: 100, 700, 710 and 720.

use super::record::{Field, Record};
use crate::article::{Article, Contributor, Role};
use crate::export::fields::{self, Name};

/// Writes all contributors. The first author has 100 when the name is a person's and safely split; a name that
/// is not has 720, uncontrolled. Says whether there is a 100.
pub(super) fn write(record: &mut Record, article: &Article) -> bool {
    let named = article
        .contributors
        .iter()
        .filter_map(|one| Some((Name::of(one)?, one)));
    let mut first_author = true;
    let mut main = false;
    let mut linked = 0;
    for (name, contributor) in named {
        let leads = contributor.role == Role::Author && std::mem::take(&mut first_author);
        let tag = if leads { "100" } else { "700" };
        main |= leads && matches!(name, Name::Person { .. });
        let main_field = field(tag, &name, contributor);
        let Some(links) = alternates(contributor, &main_field, linked) else {
            record.push(main_field);
            continue;
        };
        // The first is linked back; further ones stand beside it with the same link.
        record.push(main_field.linked(format!("880-{:02}", linked + 1)));
        linked += 1;
        for link in links {
            record.push(link);
        }
    }
    main
}

/// 880 for each name in another script, linked to the field that it belongs to; `None` where there is no other.
fn alternates(contributor: &Contributor, main: &Field, linked: usize) -> Option<Vec<Field>> {
    let tag = main.tag;
    let variants = fields::variants(contributor);
    if variants.is_empty() || linked + 1 > MOST_LINKS {
        return None;
    }
    let alternate = |(name, _): &(Name, Option<&str>)| {
        let bare = Contributor {
            role: contributor.role,
            ..Contributor::default()
        };
        let written = field(tag, name, &bare);
        // Under the tag that it is linked to, whatever the form of the name.
        let link = format!("{tag}-{:02}{}", linked + 1, script(name));
        let indicators = match name {
            Name::Person { .. } if matches!(tag, "100" | "700") => written.indicators,
            _ => main.indicators,
        };
        let mut alternate = Field::new("880", indicators);
        alternate.subfields = written.subfields;
        alternate.linked(link)
    };
    Some(variants.iter().map(alternate).collect())
}

/// Most linked pairs: an occurrence number has two digits.
const MOST_LINKS: usize = 99;

/// The code of a name's script as $6 has it (MARC 21, appendix A): `/(N` for Cyrillic.
fn script(name: &Name) -> &'static str {
    let name = name.inverted();
    let code = |c: char| {
        Some(match c {
            '\u{0400}'..='\u{052F}' => "/(N",
            '\u{0590}'..='\u{05FF}' => "/(2/r",
            '\u{0600}'..='\u{06FF}' | '\u{0750}'..='\u{077F}' | '\u{FB50}'..='\u{FDFF}' => "/(3/r",
            '\u{0370}'..='\u{03FF}' | '\u{1F00}'..='\u{1FFF}' => "/(S",
            '\u{3040}'..='\u{30FF}' | '\u{3400}'..='\u{9FFF}' | '\u{AC00}'..='\u{D7AF}' => "/$1",
            _ => return None,
        })
    };
    name.chars().find_map(code).unwrap_or_default()
}

/// The term and code of a role in the list of MARC relators.
pub(in crate::export) fn relator(role: Role) -> (&'static str, &'static str) {
    match role {
        Role::Author => ("author", "aut"),
        Role::Editor => ("editor", "edt"),
        Role::Translator => ("translator", "trl"),
        Role::Advisor => ("degree supervisor", "dgs"),
        Role::Reviewer => ("reviewer", "rev"),
        Role::Illustrator => ("illustrator", "ill"),
        Role::Compiler => ("compiler", "com"),
        Role::Contributor => ("contributor", "ctb"),
    }
}

fn field(tag: &'static str, name: &Name, contributor: &Contributor) -> Field {
    let (term, code) = relator(contributor.role);
    match name {
        Name::Person {
            family,
            given,
            suffix,
        } => {
            // First indicator: 0 for a forename alone, 1 for a surname.
            let indicators = if family.is_empty() { "0 " } else { "1 " };
            let parts = [family.as_str(), given.as_str()];
            let name = parts
                .into_iter()
                .filter(|part| !part.is_empty())
                .collect::<Vec<_>>()
                .join(", ");
            let affiliations = fields::affiliations(contributor).join("; ");
            let orcid = fields::orcid(contributor);
            Field::new(tag, indicators)
                .with('a', name)
                .ended(',')
                .with('c', suffix)
                .ended(',')
                .with('e', format!("{term}."))
                .with('u', affiliations)
                .maybe(
                    '0',
                    orcid.as_ref().map(|orcid| format!("(orcid){}", orcid.id())),
                )
                .maybe('1', orcid.map(String::from))
                .with('4', code)
        }
        Name::Organization(name) => Field::new("710", "2 ")
            .with('a', name)
            .ended(',')
            .with('e', format!("{term}."))
            .with('4', code),
        Name::Whole(name) => Field::new("720", "  ")
            .with('a', name)
            .ended(',')
            .with('e', format!("{term}."))
            .with('4', code),
    }
}
