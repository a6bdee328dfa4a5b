//! The crosswalk from ETD-MS to the article: a thesis, with its advisors.

use super::context::FormatRecord;
use super::creator::role_of;
use super::description::{Description, Kind};
use crate::article::Role;
use crate::metadata::etdms::Etdms;
use crate::metadata::stated::{Agent, Typed};

/// Words in a description without a role from which on it may be an abstract.
const ABSTRACT_WORDS: usize = 12;

/// Describes a thesis from its record in ETD-MS.
pub(crate) fn describe(record: &FormatRecord, thesis: Etdms) -> Description {
    let Etdms {
        titles,
        creators,
        contributors,
        subjects,
        descriptions,
        publishers,
        dates,
        types,
        ids,
        languages,
        rights,
        rest,
    } = thesis;
    let mut out = Description::new(&record.metadata_prefix, Kind::Profile);
    out.note_unread(rest.unread.as_ref());
    out.languages_of(&languages);
    for title in &titles {
        out.title_of(title, None);
    }
    for (agents, role) in [(creators, Role::Author), (contributors, Role::Contributor)] {
        for Typed { kind, leaf } in agents {
            let stated = kind.as_deref().and_then(role_of);
            let agent = Agent {
                whole: Some(leaf),
                ..Agent::default()
            };
            out.agent(stated.unwrap_or(role), agent);
        }
    }
    let (mut abstracts, mut notes) = (Vec::new(), Vec::new());
    let has_abstract = descriptions.iter().any(|text| text.is(&["abstract"]));
    for description in descriptions {
        let is_prose = || description.leaf.value.split_whitespace().count() >= ABSTRACT_WORDS;
        if description.is(&["abstract"])
            || (description.kind.is_none() && !has_abstract && is_prose())
        {
            abstracts.push(description.leaf);
        } else {
            notes.push(description.leaf);
        }
    }
    out.abstracts_of(abstracts);
    out.add_unmapped_leaves(&notes);
    out.keywords_of(subjects);
    out.article.journal.publisher = out.line_of("journal.publisher", &publishers);
    out.published_of(&dates);
    out.types_of(&types);
    for leaf in &ids {
        out.page_or_identifier(&leaf.element, &leaf.value);
    }
    for leaf in &rights {
        out.rights_of(None, Some(leaf));
    }
    out.add_unmapped_leaves(&rest.leaves);
    out
}
