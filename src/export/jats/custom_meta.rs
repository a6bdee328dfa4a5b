//! `custom-meta-group`: where the article came from, and every value that found no place before.
//!
//! | `specific-use` | `meta-name` | value |
//! |---|---|---|
//! | `provenance` | `id` | id of the article in this collection |
//! | | `base-url`, `oai-identifier`, `datestamp`, `set-spec` | of the record; one `set-spec` for each set |
//! | | `raw-sha256` | sha256 of the record as received |
//! | `unplaced` | name of the article's field, as in the JSON | a value that JATS, or this tag set, has no place for |
//! | `unmapped` | name of the source's element | a value without a place in the article model |

use super::context::Context;
use super::subjects::is_subject;
use crate::export::lang;
use crate::export::xml::{Xml, is_blank};

/// Writes the group; it comes last in `article-meta`.
pub(super) fn write(xml: &mut Xml, context: &Context<'_>) {
    let article = context.article;
    let provenance = &article.provenance;
    xml.group("custom-meta-group", &[], |xml| {
        let single = [
            ("id", &article.id),
            ("base-url", &provenance.base_url),
            ("oai-identifier", &provenance.oai_identifier),
            ("datestamp", &provenance.datestamp),
        ];
        for (name, value) in single {
            one(xml, "provenance", "", name, value);
        }
        for set in &provenance.sets {
            one(xml, "provenance", "", "set-spec", set);
        }
        one(xml, "provenance", "", "raw-sha256", &provenance.raw_sha256);
        for (field, value) in &context.leftovers.0 {
            one(xml, "unplaced", "", field, value);
        }
        for unmapped in article
            .unmapped
            .iter()
            .filter(|unmapped| !is_subject(&unmapped.element))
        {
            let lang = lang::of_text(unmapped.lang.as_deref(), &context.lang);
            let lang = lang::attribute(&lang, &context.lang);
            let element = if is_blank(&unmapped.element) {
                "unknown"
            } else {
                &unmapped.element
            };
            one(xml, "unmapped", lang, element, &unmapped.value);
        }
    });
}

fn one(xml: &mut Xml, kind: &str, lang: &str, name: &str, value: &str) {
    if is_blank(value) {
        return;
    }
    xml.group(
        "custom-meta",
        &[("specific-use", kind), ("xml:lang", lang)],
        |xml| {
            xml.leaf("meta-name", &[], name);
            xml.leaf("meta-value", &[], value);
        },
    );
}
