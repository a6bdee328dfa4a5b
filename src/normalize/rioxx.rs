//! The crosswalk from RIOXX to the article.

use super::context::{FormatRecord, SourceContext};
use super::creator::role_of;
use super::description::{Description, Kind, Medium};
use super::identifier;
use crate::article::{HistoryEvent, RelationType, Role};
use crate::metadata::rioxx::{Grant, Rioxx};
use crate::metadata::stated::{Agent, Leaf, Typed};
use crate::values::{Doi, Issn};

/// Describes an article from its record in RIOXX.
pub(crate) fn describe(
    record: &FormatRecord,
    article: Rioxx,
    context: &SourceContext,
) -> Description {
    let Rioxx {
        titles,
        authors,
        contributors,
        abstracts,
        subjects,
        languages,
        publishers,
        sources,
        types,
        ids,
        version_of_record,
        related,
        files,
        published,
        accepted,
        licenses,
        grants,
        rest,
        unread,
    } = article;
    let mut out = Description::new(&record.metadata_prefix, Kind::Profile);
    out.note_unread(unread.as_ref());
    out.languages_of(&languages);
    for title in &titles {
        out.title_of(title, None);
    }
    people(&mut out, authors, contributors);
    out.abstracts_of(abstracts);
    out.keywords_of(subjects);
    out.article.journal.publisher = out.line_of("journal.publisher", &publishers);
    for leaf in sources {
        source(&mut out, &leaf, context);
    }
    out.types_of(&types);
    if let Some(leaf) = version_of_record {
        self::version_of_record(&mut out, &leaf);
    }
    identifiers(&mut out, &ids, &related);
    out.files_of(&files);
    out.published_of(&published);
    if let Some(leaf) = accepted {
        out.happened(HistoryEvent::Accepted, &leaf);
    }
    for leaf in &licenses {
        out.rights_of(Some(leaf), None);
    }
    for Grant { funder, award } in grants {
        out.funder(funder, award);
    }
    out.add_unmapped_leaves(&rest);
    out
}

fn people(out: &mut Description, authors: Vec<Agent>, contributors: Vec<Agent>) {
    for author in authors {
        out.agent(Role::Author, author);
    }
    for contributor in contributors {
        let role = contributor.role.as_deref().and_then(role_of);
        out.agent(role.unwrap_or(Role::Contributor), contributor);
    }
}

/// The version of record: its DOI is the article's.
fn version_of_record(out: &mut Description, leaf: &Leaf) {
    match Doi::parse(&leaf.value) {
        Some(_) => out.doi(&leaf.element, &leaf.value),
        None => out.relate(RelationType::VersionOf, leaf),
    }
}

fn identifiers(out: &mut Description, ids: &[Leaf], related: &[Typed]) {
    for leaf in ids {
        out.page_or_identifier(&leaf.element, &leaf.value);
    }
    for related in related {
        self::related(out, related);
    }
}

/// A related work, or the article itself as it wants to be cited.
fn related(out: &mut Description, Typed { kind, leaf }: &Typed) {
    let is_own = kind
        .as_deref()
        .is_some_and(|kind| kind.eq_ignore_ascii_case("cite-as"));
    if is_own {
        out.page_or_identifier(&leaf.element, &leaf.value);
    } else {
        out.relate(RelationType::Related, leaf);
    }
}

/// `source`: an ISSN, an ISBN, or the title of the journal.
fn source(out: &mut Description, leaf: &Leaf, context: &SourceContext) {
    if Issn::of_any_check_digit(&leaf.value).is_some() {
        out.issn(&leaf.element, &leaf.value, Medium::Unknown);
    } else if let identifier::Classified::Isbn(_) = identifier::classify(&leaf.value) {
        out.identifier(&leaf.element, &leaf.value);
    } else {
        out.citation_of(leaf, context);
    }
}
