//! The last step: no text of an article has a character that no line of output can carry.
//!
//! Crosswalks clean most values and keep some as received. A field that is new does not compile until it is named here.

use super::text::{is_unfit, strip_control_chars};
use crate::article::{
    Abstract, AbstractSection, Affiliation, Article, Contributor, Copyright, Finding, Funding,
    HistoryDate, Identifier, Journal, LangText, License, Link, NameVariant, Pages, PartialDate,
    Provenance, Reference, Relation, ResourceType, Title, Unmapped,
};

/// Drops such characters. The names of the record stay as they are, and so does its provenance but for the elements.
pub(super) fn strip(article: &mut Article) {
    let Article {
        schema_version: _,
        id: _,
        status: _,
        doi,
        resource_type,
        language,
        titles,
        contributors,
        abstracts,
        keywords,
        journal,
        section,
        volume,
        issue,
        issue_title,
        issue_year: _,
        pages,
        published,
        identifiers,
        links,
        license,
        copyright,
        funding,
        relations,
        history,
        references,
        provenance,
        findings,
        unmapped,
    } = article;
    options([doi, language, section, volume, issue, issue_title]);
    each(titles, title);
    each(contributors, contributor);
    each(abstracts, abstract_);
    each(keywords, lang_text);
    self::journal(journal);
    each(resource_type, kind);
    each(pages, self::pages);
    each(identifiers, |Identifier { scheme: _, value }| text(value));
    each(links, link);
    each(license, self::license);
    each(copyright, self::copyright);
    each(funding, self::funding);
    each(relations, relation);
    each(published, |PartialDate { date, precision: _ }| text(date));
    each(history, |HistoryDate { event: _, date }| text(date));
    each(references, reference);
    let Provenance { fields, .. } = provenance;
    // their fields are those of the article
    each(fields.texts_mut(), |origin| text(&mut origin.from));
    each(findings, finding);
    each(unmapped, self::unmapped);
}

fn text(text: &mut String) {
    let may_be = |byte: u8| (byte < b' ' && byte != b'\n') || matches!(byte, 0x7F | 0xC2 | 0xEF);
    // without a branch for each: nearly all texts have none
    let any = text.bytes().fold(false, |any, byte| any | may_be(byte));
    if any && text.contains(is_unfit) {
        *text = strip_control_chars(text);
    }
}

fn option(value: &mut Option<String>) {
    if let Some(value) = value {
        text(value);
    }
}

fn options<const N: usize>(values: [&mut Option<String>; N]) {
    values.into_iter().for_each(option);
}

fn each<'a, T: 'a>(values: impl IntoIterator<Item = &'a mut T>, strip: impl FnMut(&'a mut T)) {
    values.into_iter().for_each(strip);
}

fn lang_text(LangText { value, lang }: &mut LangText) {
    text(value);
    option(lang);
}

fn title(title: &mut Title) {
    let Title {
        value,
        markup,
        lang,
        subtitle,
    } = title;
    text(value);
    options([markup, lang, subtitle]);
}

fn abstract_(abstract_: &mut Abstract) {
    let Abstract {
        value,
        markup,
        lang,
        sections,
    } = abstract_;
    text(value);
    options([markup, lang]);
    each(sections, |section| {
        let AbstractSection {
            label,
            value,
            markup,
        } = section;
        text(label);
        text(value);
        option(markup);
    });
}

fn contributor(contributor: &mut Contributor) {
    let Contributor {
        role: _,
        credit,
        kind: _,
        family,
        given,
        suffix,
        raw,
        orcid,
        orcid_authenticated: _,
        corresponding: _,
        affiliations,
        variants,
    } = contributor;
    text(raw);
    options([family, given, suffix, orcid]);
    each(credit, text);
    each(affiliations, affiliation);
    each(variants, |variant| {
        let NameVariant {
            lang,
            family,
            given,
            raw,
        } = variant;
        text(raw);
        options([lang, family, given]);
    });
}

fn affiliation(affiliation: &mut Affiliation) {
    let Affiliation {
        name,
        ror,
        country,
        raw,
    } = affiliation;
    options([name, ror, country, raw]);
}

fn journal(journal: &mut Journal) {
    let Journal {
        title,
        titles,
        abbreviation,
        doi,
        issn_print,
        issn_electronic,
        issn_unknown,
        publisher,
        publisher_place,
    } = journal;
    options([title, abbreviation, doi, issn_print, issn_electronic]);
    options([publisher, publisher_place]);
    each(titles, lang_text);
    each(issn_unknown, text);
}

fn kind(ResourceType { label, uri, raw }: &mut ResourceType) {
    [label, uri, raw].into_iter().for_each(text);
}

fn pages(pages: &mut Pages) {
    let Pages {
        raw,
        first,
        last,
        elocation_id,
    } = pages;
    text(raw);
    options([first, last, elocation_id]);
}

fn link(link: &mut Link) {
    let Link {
        rel: _,
        url,
        media_type,
    } = link;
    text(url);
    option(media_type);
}

fn license(License { url, name, raw }: &mut License) {
    text(raw);
    options([url, name]);
}

fn copyright(copyright: &mut Copyright) {
    let Copyright {
        statement,
        year: _,
        holder,
    } = copyright;
    options([statement, holder]);
}

fn funding(funding: &mut Funding) {
    let Funding {
        name,
        registry_name,
        funder_id,
        award,
    } = funding;
    text(name);
    options([registry_name, funder_id, award]);
}

fn relation(Relation { kind: _, doi, url }: &mut Relation) {
    options([doi, url]);
}

fn reference(Reference { raw, doi }: &mut Reference) {
    text(raw);
    option(doi);
}

fn finding(finding: &mut Finding) {
    let Finding {
        code: _,
        severity: _,
        field,
        raw,
    } = finding;
    text(field);
    text(raw);
}

fn unmapped(unmapped: &mut Unmapped) {
    let Unmapped {
        element,
        value,
        lang,
    } = unmapped;
    text(element);
    text(value);
    option(lang);
}
