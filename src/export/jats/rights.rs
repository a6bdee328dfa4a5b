//! `permissions` and `funding-group`.

use super::context::Context;
use crate::export::url;
use crate::export::xml::{Xml, is_blank};
use crate::values::Ror;

/// Namespace of NISO's Access and License Indicators; its last slash is part of it.
pub(super) const ALI: &str = "http://www.niso.org/schemas/ali/1.0/";

/// Copyright, free access and licence.
pub(super) fn permissions(xml: &mut Xml, context: &mut Context<'_>) {
    let article = context.article;
    let leftovers = &mut context.leftovers;
    xml.group("permissions", &[], |xml| {
        if let Some(copyright) = &article.copyright {
            xml.leaf(
                "copyright-statement",
                &[],
                copyright.statement.as_deref().unwrap_or_default(),
            );
            let year = copyright.year.map(|year| year.to_string());
            let holder = copyright
                .holder
                .as_deref()
                .filter(|holder| !is_blank(holder));
            let sound = copyright
                .year
                .is_some_and(|year| (1000..=9999).contains(&year));
            match year {
                Some(year) if sound => {
                    xml.leaf("copyright-year", &[], &year);
                }
                year => leftovers.add("copyright.year", &year.unwrap_or_default()),
            }
            xml.leaf("copyright-holder", &[], holder.unwrap_or_default());
        }
        let Some(license) = &article.license else {
            return;
        };
        let given = license.url.as_deref().unwrap_or_default();
        let href = url::href(given);
        if href.is_none() {
            leftovers.add("license.url", given);
        }
        let href = href.unwrap_or_default();
        // Creative Commons licences let everyone pass the article on: it is free to read.
        if href.contains("://creativecommons.org/") {
            xml.void("ali:free_to_read", &[]);
        }
        // Words, and the address alone only where there are none: readers print both.
        let is_words = |text: &&String| !is_blank(text) && !text.contains("://");
        let texts = [Some(&license.raw), license.name.as_ref()];
        let words = texts.into_iter().flatten().find(is_words);
        let text = words.or(license.url.as_ref()).or(Some(&license.raw));
        xml.group("license", &[("xlink:href", &href)], |xml| {
            xml.leaf("ali:license_ref", &[], &href);
            xml.leaf("license-p", &[], text.map_or("", String::as_str));
        });
    });
}

/// Funders and sponsors, each with its award.
pub(super) fn funding(xml: &mut Xml, context: &Context<'_>) {
    xml.group("funding-group", &[], |xml| {
        for funding in &context.article.funding {
            xml.group("award-group", &[], |xml| {
                let id = funding.funder_id.as_deref().and_then(url::href);
                match id {
                    None => {
                        xml.leaf("funding-source", &[], &funding.name);
                    }
                    Some(id) => {
                        let kind = if Ror::is_url(&id) { "ror" } else { "doi" };
                        xml.group("funding-source", &[], |xml| {
                            xml.group("institution-wrap", &[], |xml| {
                                xml.leaf("institution", &[], &funding.name);
                                xml.leaf("institution-id", &[("institution-id-type", kind)], &id);
                            });
                        });
                    }
                }
                xml.leaf(
                    "award-id",
                    &[],
                    funding.award.as_deref().unwrap_or_default(),
                );
            });
        }
    });
}
