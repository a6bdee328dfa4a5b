//! Links of an article in JATS: identifiers, addresses, related articles, licences, funders and cited works.

use super::stub::is_stub;
use crate::article::{Code, Copyright, Funding, LangText, Reference, RelationType, Scheme};
use crate::metadata::jats::{self, Jats};
use crate::metadata::stated::Leaf;
use crate::normalize::description::Description;
use crate::normalize::stated::funder_url;
use crate::normalize::{rights, text};
use crate::values::Doi;

pub(super) fn identifiers(out: &mut Description, jats: &Jats) {
    for id in &jats.ids {
        if is_stub(&id.value) {
            out.add_finding(Code::Placeholder, "identifiers", &id.value);
            continue;
        }
        let Some(value) = out.cleaned("identifiers", &id.value, text::plain) else {
            continue;
        };
        match id.kind.as_deref().map(str::to_ascii_lowercase).as_deref() {
            Some("doi") => out.doi("article-id", &value),
            // the number or slug that OJS gives the article
            Some("other") if jats.nlm && !value.contains([':', '/', ' ']) => {
                out.identify("article-id", Scheme::PublisherId, value);
            }
            Some("publisher-id" | "publisher") => {
                out.identify("article-id", Scheme::PublisherId, value)
            }
            Some("pmid") => out.identify("article-id", Scheme::Pmid, value),
            Some("arxiv") => out.identify("article-id", Scheme::Arxiv, value),
            Some("handle" | "hdl") => out.identify("article-id", Scheme::Handle, value),
            _ => out.identifier("article-id", &value),
        }
    }
    for id in &jats.issue_ids {
        let is_doi = id.kind.as_deref() == Some("doi");
        match Doi::parse(&id.value).filter(|_| is_doi) {
            Some(doi) => out.identify("issue-id", Scheme::IssueDoi, doi),
            None => out.add_unmapped_element("issue-id", None, &id.value),
        }
    }
    for uri in &jats.self_uris {
        out.url("self-uri", &uri.url, uri.content_type.as_deref());
    }
    for related in &jats.related {
        self::related(out, related);
    }
}

/// A related article by `related-article-type` (JATS 1.3, suggested values). The type says what the article at hand is
/// to it, or what the other is.
fn related(out: &mut Description, related: &jats::Related) {
    let kind = match related
        .kind
        .as_deref()
        .map(str::to_ascii_lowercase)
        .as_deref()
    {
        Some("corrected-article" | "addended-article") => RelationType::Corrects,
        Some("correction-forward" | "correction" | "corrigendum" | "erratum" | "addendum") => {
            RelationType::CorrectedBy
        }
        Some("retracted-article" | "partial-retraction-of") => RelationType::Retracts,
        Some("retraction-forward" | "retraction" | "partial-retraction") => {
            RelationType::RetractedBy
        }
        Some("commentary-article" | "letter-reply-of" | "object-of-concern") => {
            RelationType::CommentsOn
        }
        Some("commentary" | "letter" | "article-reference" | "concern") => {
            RelationType::CommentedBy
        }
        Some("peer-reviewed-article" | "reviewed-article" | "peer-reviewed-material") => {
            RelationType::Reviews
        }
        Some("translated-article" | "translation-of") => RelationType::TranslationOf,
        Some("translation") => RelationType::TranslatedAs,
        Some("preprint" | "updated-article") => RelationType::VersionOf,
        _ => RelationType::Related,
    };
    let leaf = Leaf {
        element: "related-article".to_owned(),
        lang: None,
        value: related.id.clone(),
    };
    out.relate(kind, &leaf);
}

pub(super) fn permissions(out: &mut Description, jats: &Jats) {
    for license in &jats.licenses {
        self::license(out, license);
    }
    copyright(out, jats);
}

/// A licence by its address or its words.
fn license(out: &mut Description, license: &jats::License) {
    let stated = [("license", &license.url), ("license-p", &license.text)]
        .into_iter()
        .find_map(|(element, raw)| {
            let raw = raw.as_ref()?;
            Some((element, rights::license(raw)?))
        });
    match (stated, &license.text) {
        (Some((element, found)), _) if out.article.license.is_none() => {
            out.article.license = Some(found);
            out.set_origin("license", element);
        }
        (Some((_, other)), _) => {
            let known = out.article.license.as_ref().map(|license| &license.url);
            if known != Some(&other.url) {
                out.add_unmapped_element("license", None, &other.raw);
            }
        }
        (None, Some(text)) => out.add_unmapped_element("license-p", None, text),
        (None, None) => {
            if let Some(url) = &license.url {
                out.add_unmapped_element("license", None, url);
            }
        }
    }
    // the words beside an address: the licence as printed where they name the same, else kept
    if let (Some(_), Some(text)) = (&license.url, &license.text) {
        let named = rights::license(text);
        let known = out.article.license.as_mut();
        match (named, known) {
            (Some(named), Some(known))
                if rights::is_same_kind(&named, known) && known.raw.starts_with("http") =>
            {
                known.raw = named.raw;
            }
            _ => out.add_unmapped_element("license-p", None, text),
        }
    }
}

/// The statement in the article's language, with year and holder.
fn copyright(out: &mut Description, jats: &Jats) {
    let own = out.article.language.clone();
    let statements = out.texts(
        "copyright",
        "copyright-statement",
        &jats.copyright_statements,
        text::plain,
    );
    let statement = statements
        .iter()
        .find(|text| text.lang.is_some() && text.lang == own)
        .or(statements.first());
    let holders = out.texts(
        "copyright",
        "copyright-holder",
        &jats.copyright_holders,
        text::plain,
    );
    let year = jats
        .copyright_years
        .iter()
        .find_map(|year| year.trim().parse().ok());
    let mut copyright = Copyright {
        statement: statement.map(|text| text.value.clone()),
        year,
        holder: holders.first().map(|text| text.value.clone()),
    };
    if let Some(statement) = &copyright.statement
        && let Some(parsed) = rights::copyright(statement, own.as_deref())
    {
        copyright.year = copyright.year.or(parsed.year);
        copyright.holder = copyright.holder.or(parsed.holder);
    }
    leave_out(out, jats, &copyright, &statements, &holders);
    if copyright != Copyright::default() {
        out.article.copyright = Some(copyright);
        out.set_origin("copyright", "copyright-statement");
    }
}

/// Keeps the copyright statements, holders and years that the article does not take.
fn leave_out(
    out: &mut Description,
    jats: &Jats,
    copyright: &Copyright,
    statements: &[LangText],
    holders: &[LangText],
) {
    for text in statements
        .iter()
        .filter(|text| Some(&text.value) != copyright.statement.as_ref())
    {
        out.add_unmapped_element("copyright-statement", text.lang.as_deref(), &text.value);
    }
    for text in holders
        .iter()
        .filter(|text| Some(&text.value) != copyright.holder.as_ref())
    {
        out.add_unmapped_element("copyright-holder", text.lang.as_deref(), &text.value);
    }
    for raw in &jats.copyright_years {
        if raw.trim().parse().ok() != copyright.year || copyright.year.is_none() {
            out.add_unmapped_element("copyright-year", None, raw);
        }
    }
}

pub(super) fn funding(out: &mut Description, jats: &Jats) {
    for award in &jats.awards {
        let Some(name) = out.cleaned("funding", &award.source, text::plain) else {
            continue;
        };
        let number = award
            .award
            .as_ref()
            .and_then(|raw| out.cleaned("funding", raw, text::plain));
        let funder_id = award.funder_id.as_deref();
        let funding = Funding {
            award: number,
            funder_id: funder_id.and_then(funder_url),
            ..Funding::named(name)
        };
        if let (Some(raw), None) = (funder_id, &funding.funder_id) {
            out.add_unmapped_element("institution-id", None, raw);
        }
        out.add_funding("funding-source", funding);
    }
    for statement in &jats.funding_statements {
        out.add_unmapped_element("funding-statement", None, statement);
    }
}

/// References stay as they are; white space of the XML apart.
pub(super) fn references(out: &mut Description, jats: &Jats) {
    for reference in &jats.references {
        if text::is_placeholder(&reference.raw) {
            out.add_finding(Code::Placeholder, "references", &reference.raw);
            continue;
        }
        let raw = text::strip_control_chars(&reference.raw);
        let raw = raw.split_whitespace().collect::<Vec<_>>().join(" ");
        let doi = reference.doi.as_deref().and_then(Doi::parse);
        let doi = doi.or_else(|| Doi::find(&text::plain(&raw).value));
        if raw.is_empty() {
            continue;
        }
        out.set_origin(
            "references",
            if reference.printed {
                "mixed-citation"
            } else {
                "element-citation"
            },
        );
        out.article.references.push(Reference {
            raw,
            doi: doi.map(String::from),
        });
    }
}
