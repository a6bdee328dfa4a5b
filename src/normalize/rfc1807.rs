//! The crosswalk from RFC 1807 to the article.
//!
//! OJS puts the publisher in the first `organization`, issue and pages in the second, and writes one language,
//! the journal's, without saying so: texts have no language here.

use super::context::{FormatRecord, SourceContext};
use super::description::{Description, Kind};
use super::dialect::Dialect;
use super::{citation, creator, date, rights, text};
use crate::article::{Abstract, Code, Funding, LangText, LinkRel};
use crate::metadata::rfc1807::Rfc1807;
use crate::values::Doi;

/// Describes an article from its record in RFC 1807.
pub(crate) fn describe(
    record: &FormatRecord,
    from: &Rfc1807,
    context: &SourceContext,
) -> Description {
    let dialect = Dialect::of_source(
        context,
        &record.record.header.identifier,
        &record.record.header.set_specs,
    );
    let mut out = Description::new(&record.metadata_prefix, Kind::Rfc1807);
    out.note_unread(from.unread.as_ref());
    let mut organizations = 0;
    for (name, raw) in &from.fields {
        match name.as_str() {
            "language" => out.language("language", raw),
            "title" => out.title("title", raw, None, None),
            "author" => author(&mut out, raw, dialect),
            "organization" => {
                organizations += 1;
                organization(&mut out, raw, organizations, dialect);
            }
            "date" => published(&mut out, raw),
            "id" | "other_access" => access(&mut out, name, raw),
            "keyword" => keywords(&mut out, raw, dialect),
            "abstract" => {
                if let Some(value) = out.cleaned("abstracts", raw, text::paragraphs) {
                    out.article.abstracts.push(Abstract::plain(value, None));
                    out.set_origin("abstracts", "abstract");
                }
            }
            "copyright" => copyright(&mut out, raw),
            // about the record
            "bib_version" | "entry" | "end" | "revision" => {}
            "handle" => out.identifier("handle", raw),
            // in OJS the sponsor, and files beside the article
            "monitoring" if dialect.is_ojs() => {
                if let Some(name) = out.cleaned("funding", raw, text::plain) {
                    out.article.funding.push(Funding::named(name));
                    out.set_origin("funding", "monitoring");
                }
            }
            "type" if raw.starts_with("http") => out.link("type", LinkRel::Related, raw, None),
            // `type` is the section's word for its items, `period` and `series` have no field
            _ => out.add_unmapped_element(name, None, raw),
        }
    }
    out
}

fn author(out: &mut Description, raw: &str, dialect: Dialect) {
    let Some(value) = out.cleaned("contributors", raw, text::plain) else {
        return;
    };
    let name = creator::parse(&value, dialect.affiliated_names());
    for code in name.codes {
        out.add_finding(code, "contributors", &value);
    }
    if !name.contributor.affiliations.is_empty() {
        out.set_origin("contributors.affiliations", "author");
    }
    out.article.contributors.push(name.contributor);
    out.set_origin("contributors", "author");
}

fn organization(out: &mut Description, raw: &str, count: usize, dialect: Dialect) {
    if !dialect.is_ojs() {
        out.add_unmapped_element("organization", None, raw);
    } else if count == 1 {
        out.article.journal.publisher =
            out.line("journal.publisher", "organization", Some(&raw.to_owned()));
    } else if count == 2 {
        citation::issue(out, "organization", raw);
    } else {
        out.add_unmapped_element("organization", None, raw);
    }
}

fn published(out: &mut Description, raw: &str) {
    match date::parse(raw) {
        Some(date) if date.date != "1970-01-01" => {
            out.article.published = Some(date);
            out.set_origin("published", "date");
        }
        _ => {
            out.add_finding(Code::InvalidDate, "published", raw);
            out.add_unmapped_element("date", None, raw);
        }
    }
}

/// `id` is the article's page in OJS; `other_access` has its kind before the address: `url:http://…`.
fn access(out: &mut Description, name: &str, raw: &str) {
    let bare = ["url:", "URL:", "doi:", "DOI:"]
        .iter()
        .find_map(|kind| raw.strip_prefix(kind))
        .unwrap_or(raw);
    if bare.starts_with("http") {
        if out
            .article
            .links
            .iter()
            .any(|link| link.rel == LinkRel::Landing && link.url == bare)
        {
            return;
        }
        out.url(name, bare, None);
    } else if Doi::parse(bare).is_some() {
        out.doi(name, bare);
    } else {
        out.add_unmapped_element(name, None, raw);
    }
}

fn keywords(out: &mut Description, raw: &str, dialect: Dialect) {
    let parts: Vec<&str> = if dialect.is_ojs() {
        raw.split(';').collect()
    } else {
        vec![raw]
    };
    for part in parts {
        let Some(value) = out.cleaned("keywords", part, text::plain) else {
            continue;
        };
        let keyword = LangText { value, lang: None };
        out.add_keyword("keyword", keyword);
    }
}

fn copyright(out: &mut Description, raw: &str) {
    let Some(value) = out.cleaned("copyright", raw, text::plain) else {
        return;
    };
    if let Some(license) = rights::license(raw) {
        out.article.license = Some(license);
        out.set_origin("license", "copyright");
    }
    match rights::copyright(&value, None) {
        Some(copyright) => {
            out.article.copyright = Some(copyright);
            out.set_origin("copyright", "copyright");
        }
        None if out.article.license.is_none() => out.add_unmapped_element("copyright", None, raw),
        None => {}
    }
}
