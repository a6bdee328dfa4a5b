//! `article-categories`: the section of the journal and the subjects.

use super::context::Context;
use crate::export::lang;
use crate::export::xml::Xml;

/// The section of the journal, and the article's other subjects, each language in a group of its own.
pub(super) fn write(xml: &mut Xml, context: &Context<'_>) {
    let article = context.article;
    let unmapped = article.unmapped.iter();
    let subjects = unmapped.filter(|one| is_subject(&one.element));
    let groups = lang::groups(subjects.map(|subject| {
        let tag = lang::of_text(subject.lang.as_deref(), &context.lang);
        (tag, &subject.value)
    }));
    xml.group("article-categories", &[], |xml| {
        xml.group("subj-group", &[("subj-group-type", "heading")], |xml| {
            let section = article.section.as_deref().unwrap_or_default();
            xml.leaf("subject", &[], section);
        });
        for (tag, subjects) in groups {
            let attributes = [("xml:lang", lang::attribute(&tag, &context.lang))];
            xml.group("subj-group", &attributes, |xml| {
                for subject in subjects {
                    xml.leaf("subject", &[], subject);
                }
            });
        }
    });
}

/// Returns whether an element of a record is a subject of JATS, which stands in a group of its language.
pub(super) fn is_subject(element: &str) -> bool {
    element
        .split_once(':')
        .is_some_and(|(format, name)| format.contains("jats") && name == "subject")
}
