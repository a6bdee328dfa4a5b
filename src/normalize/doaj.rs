//! The crosswalk from DOAJ's article format to the article.

use super::FormatRecord;
use super::description::{Description, Kind, Medium};
use crate::article::{Role, Scheme};
use crate::metadata::doaj::Doaj;

/// Describes an article from its record in DOAJ's format.
pub(crate) fn describe(record: &FormatRecord, article: Doaj) -> Description {
    let Doaj {
        language,
        publisher,
        journal_title,
        issn,
        eissn,
        date,
        volume,
        issue,
        first_page,
        last_page,
        doi,
        record_id,
        document_type,
        titles,
        authors,
        abstracts,
        full_texts,
        keywords,
        rest,
        unread,
    } = article;
    let mut out = Description::new(&record.metadata_prefix, Kind::Profile);
    out.unread(unread.as_ref());
    out.languages_of(language.as_slice());
    for title in &titles {
        out.title_of(title, None);
    }
    for author in authors {
        out.agent(Role::Author, author);
    }
    out.abstracts_of(abstracts);
    out.keywords_of(keywords);
    out.article.journal.title = out.line_of("journal.title", &journal_title);
    out.article.journal.publisher = out.line_of("journal.publisher", &publisher);
    for (leaf, medium) in [(issn, Medium::Print), (eissn, Medium::Electronic)] {
        if let Some(leaf) = leaf {
            out.issn(&leaf.element, &leaf.value, medium);
        }
    }
    out.article.volume = out.line_of("volume", &volume);
    out.article.issue = out.line_of("issue", &issue);
    out.pages_of(first_page.as_ref(), last_page.as_ref());
    out.published_of(&date);
    if let Some(doi) = doi {
        out.doi(&doi.element, &doi.value);
    }
    if let Some(id) = record_id {
        out.identify(&id.element, Scheme::PublisherId, id.value);
    }
    out.types_of(document_type.as_slice());
    out.files_of(&full_texts);
    out.keep_rest(&rest);
    out
}
