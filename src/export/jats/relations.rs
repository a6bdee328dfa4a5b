//! `related-article` and `related-object`: the works that an article corrects, retracts, translates or belongs to.

use crate::article::{Article, Relation, RelationType};
use crate::export::xml::Xml;
use crate::export::{fields, url};
use crate::values::Doi;

/// Writes the relations in their order.
pub(super) fn write(xml: &mut Xml, article: &Article) {
    for relation in &article.relations {
        let Some((kind, target)) = target(relation) else {
            continue;
        };
        if let Some(name) = article_type(relation.kind) {
            xml.void(
                "related-article",
                &[
                    ("related-article-type", name),
                    ("ext-link-type", kind),
                    ("xlink:href", &target),
                ],
            );
        } else {
            let attributes = [
                ("content-type", object_type(relation.kind)),
                ("xlink:href", target.as_str()),
            ];
            xml.leaf("related-object", &attributes, &target);
        }
    }
}

/// Returns the address of the other work, and which kind of link it is. A DOI is written as its address, which every
/// reader can follow.
fn target(relation: &Relation) -> Option<(&'static str, String)> {
    let doi = relation.doi.as_deref().and_then(Doi::bare);
    let doi = doi
        .and_then(|doi| fields::doi_url(&doi))
        .map(|url| ("doi", url));
    doi.or_else(|| Some(("uri", url::href(relation.url.as_deref()?)?)))
}

/// Returns the value of `related-article-type` (JATS4R and the tag library's list); `None` for relations to works that
/// need not be articles.
fn article_type(kind: RelationType) -> Option<&'static str> {
    Some(match kind {
        RelationType::Corrects => "corrected-article",
        RelationType::CorrectedBy => "correction-forward",
        RelationType::Retracts => "retracted-article",
        RelationType::RetractedBy => "retraction-forward",
        RelationType::CommentsOn => "commentary-article",
        RelationType::CommentedBy => "commentary",
        RelationType::TranslationOf => "translated-article",
        RelationType::TranslatedAs => "translation",
        RelationType::Replaces => "updated-article",
        RelationType::ReplacedBy => "update",
        _ => return None,
    })
}

/// Returns the `content-type` of a related object.
fn object_type(kind: RelationType) -> &'static str {
    match kind {
        RelationType::Reviews => "reviewed",
        RelationType::VersionOf => "version-of",
        RelationType::HasVersion => "has-version",
        RelationType::PartOf => "part-of",
        RelationType::HasPart => "has-part",
        RelationType::SupplementedBy => "supplement",
        RelationType::SupplementTo => "supplement-to",
        _ => "related",
    }
}
