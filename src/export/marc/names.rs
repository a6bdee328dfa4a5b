//! Names: 100, 700, 710 and 720.

use super::record::{Field, Record};
use crate::article::{Article, Contributor, Role};
use crate::export::pick::{self, Name};

/// Writes all contributors. The first author has 100 when the name is a person's and safely parted; a name that
/// is not has 720, uncontrolled. Says whether there is a 100.
pub(super) fn write(record: &mut Record, article: &Article) -> bool {
    let named = article
        .contributors
        .iter()
        .filter_map(|one| Some((Name::of(one)?, one)));
    let mut first_author = true;
    let mut main = false;
    for (name, contributor) in named {
        let leads = contributor.role == Role::Author && std::mem::take(&mut first_author);
        let tag = if leads { "100" } else { "700" };
        main |= leads && matches!(name, Name::Person { .. });
        record.push(field(tag, &name, contributor));
    }
    main
}

fn field(tag: &'static str, name: &Name, contributor: &Contributor) -> Field {
    let (term, code) = match contributor.role {
        Role::Author => ("author", "aut"),
        Role::Editor => ("editor", "edt"),
        Role::Translator => ("translator", "trl"),
        Role::Advisor => ("degree supervisor", "dgs"),
        Role::Reviewer => ("reviewer", "rev"),
        Role::Illustrator => ("illustrator", "ill"),
        Role::Compiler => ("compiler", "com"),
        Role::Contributor => ("contributor", "ctb"),
    };
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
            let affiliations = pick::affiliations(contributor).join("; ");
            let orcid = pick::orcid(contributor).map(|orcid| format!("(orcid){orcid}"));
            Field::new(tag, indicators)
                .with('a', name)
                .ended(',')
                .with('c', suffix)
                .ended(',')
                .with('e', format!("{term}."))
                .with('u', affiliations)
                .maybe('0', orcid)
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
