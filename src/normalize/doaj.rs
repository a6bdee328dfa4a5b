//! The crosswalk from DOAJ's article format to the article.

use super::context::FormatRecord;
use super::description::{Description, Kind, Medium};
use crate::article::{Role, Scheme};
use crate::metadata::doaj::Doaj;

/// Describes an article from its record in DOAJ's format.
pub(crate) fn describe(record: &FormatRecord, article: Doaj) -> Description {
    let Doaj {
        language,
        journal,
        issn,
        eissn,
        date,
        doi,
        record_id,
        document_type,
        texts,
        authors,
        full_texts,
        rest,
    } = article;
    let mut out = Description::new(&record.metadata_prefix, Kind::Profile);
    out.note_unread(rest.unread.as_ref());
    out.languages_of(language.as_slice());
    for title in &texts.titles {
        out.title_of(title, None);
    }
    for author in authors {
        out.agent(Role::Author, author);
    }
    out.abstracts_of(texts.abstracts);
    out.keywords_of(texts.keywords);
    out.article.journal.title = out.line_of("journal.title", &journal.title);
    out.article.journal.publisher = out.line_of("journal.publisher", &journal.publisher);
    for (leaf, medium) in [(issn, Medium::Print), (eissn, Medium::Electronic)] {
        if let Some(leaf) = leaf {
            out.issn(&leaf.element, &leaf.value, medium);
        }
    }
    out.article.volume = out.line_of("volume", &journal.volume);
    out.article.issue = out.line_of("issue", &journal.issue);
    out.pages_of(journal.first_page.as_ref(), journal.last_page.as_ref());
    out.published_of(&date);
    if let Some(doi) = doi {
        out.doi(&doi.element, &doi.value);
    }
    if let Some(id) = record_id {
        out.identify(&id.element, Scheme::PublisherId, id.value);
    }
    out.types_of(document_type.as_slice());
    out.files_of(&full_texts);
    out.add_unmapped_leaves(&rest.leaves);
    out
}
