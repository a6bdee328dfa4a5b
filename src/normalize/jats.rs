//! The crosswalk from JATS and the NLM DTDs to the article.
//!
//! OJS's plugins write it with faults of their own: the number of the volume twice (`55`), 1970-01-01 for a date
//! that is not there, co-authors without a reference to their affiliation. Up to 3.0 it names the journal's editors
//! and managers among the contributors of every article.

use super::date;
use super::description::{Description, Kind, Medium};
use super::identifier;
use super::text;
use super::{FormatRecord, pages, rights};
use crate::article::{
    Affiliation, Code, Contributor, ContributorKind, Copyright, Funding, LinkRel, NameVariant,
    Pages, PartialDate, Reference, Role, Scheme,
};
use crate::metadata::jats::{self, Jats, PersonName, PubDate};
use crate::oai::is_xml_char;

/// What OJS writes for a date that is not there: the first day of Unix time.
const EPOCH: &str = "1970-01-01";

/// Describes an article from its record in JATS.
pub(crate) fn describe(record: &FormatRecord, jats: &Jats) -> Description {
    let mut out = Description::new(&record.metadata_prefix, Kind::Jats);
    out.unread(jats.unread.as_ref());
    if let Some(raw) = &jats.lang {
        out.language("article/@xml:lang", raw);
    }
    kind(&mut out, jats);
    titles(&mut out, jats);
    let of_journal = jats.nlm && jats.contributors.iter().any(|c| is_kind(c, &["jmanager"]));
    for contributor in &jats.contributors {
        if of_journal && is_kind(contributor, &["editor", "secteditor", "jmanager"]) {
            staff(&mut out, contributor);
        } else {
            self::contributor(&mut out, contributor);
        }
    }
    for affiliation in &jats.loose_affiliations {
        out.found(
            Code::Unmapped,
            "contributors.affiliations",
            &affiliation.name,
        );
        out.keep_of("aff", None, &affiliation.name);
    }
    out.abstracts("abstract", &jats.abstracts);
    for (kind, text) in &jats.other_abstracts {
        let lang = out.lang("abstracts", text.lang.as_ref());
        out.keep_of(&format!("abstract[{kind}]"), lang.as_deref(), &text.value);
    }
    out.article.keywords = out.texts("keywords", "kwd", &jats.keywords, text::plain);
    journal(&mut out, jats);
    issue(&mut out, jats);
    dates(&mut out, jats);
    identifiers(&mut out, jats);
    permissions(&mut out, jats);
    funding(&mut out, jats);
    references(&mut out, jats);
    for (element, text) in &jats.others {
        let lang = out.lang(element, text.lang.as_ref());
        out.keep_of(element, lang.as_deref(), &text.value);
    }
    out
}

fn is_kind(contributor: &jats::Contributor, kinds: &[&str]) -> bool {
    contributor
        .kind
        .as_deref()
        .is_some_and(|kind| kinds.iter().any(|known| kind.eq_ignore_ascii_case(known)))
}

/// Somebody who works for the journal, and has no part in the article.
fn staff(out: &mut Description, contributor: &jats::Contributor) {
    for name in &contributor.names {
        let parts = [&name.surname, &name.given, &name.whole]
            .into_iter()
            .flatten();
        let name = parts.map(String::as_str).collect::<Vec<_>>().join(", ");
        let kind = contributor.kind.as_deref().unwrap_or("contrib");
        out.keep_of(&format!("contrib[{kind}]"), None, &name);
    }
}

/// `article-type` in words. `other` says nothing.
fn kind(out: &mut Description, jats: &Jats) {
    if let Some(raw) = jats
        .article_type
        .as_ref()
        .filter(|raw| !matches!(raw.as_str(), "other" | "article"))
        && !out.kind("article/@article-type", raw)
    {
        out.keep_of("article/@article-type", None, raw);
    }
}

fn titles(out: &mut Description, jats: &Jats) {
    for (at, title) in jats.titles.iter().enumerate() {
        let mut lang = out.lang("titles", title.lang.as_ref());
        if at == 0 && title.lang.is_none() {
            lang.clone_from(&out.article.language);
        }
        out.title("article-title", &title.value, title.subtitle.as_ref(), lang);
    }
}

fn contributor(out: &mut Description, from: &jats::Contributor) {
    let role = match from.kind.as_deref().map(str::to_ascii_lowercase).as_deref() {
        None | Some("author" | "corresp" | "authors") => Role::Author,
        Some("editor" | "guest-editor" | "reviewing-editor") => Role::Editor,
        Some("translator") => Role::Translator,
        Some(_) => Role::Contributor,
    };
    let mut contributor = Contributor {
        role,
        ..Contributor::default()
    };
    let mut names = from
        .names
        .iter()
        .filter_map(|name| person(out, name))
        .collect::<Vec<_>>()
        .into_iter();
    if let Some((_, first)) = names.next() {
        contributor = Contributor { role, ..first };
        for (lang, name) in names {
            if name.raw != contributor.raw {
                let (family, given, raw) = (name.family, name.given, name.raw);
                contributor.variants.push(NameVariant {
                    lang,
                    family,
                    given,
                    raw,
                });
            }
        }
    } else if let Some(name) = from
        .collab
        .as_ref()
        .and_then(|raw| out.cleaned("contributors", raw, text::plain))
    {
        contributor.kind = ContributorKind::Organization;
        contributor.raw = name;
    } else {
        return;
    }
    out.came_from("contributors", "contrib");
    for affiliation in &from.affiliations {
        let Some(name) = out.cleaned("contributors.affiliations", &affiliation.name, text::plain)
        else {
            continue;
        };
        let affiliation = Affiliation {
            ror: affiliation.ror.as_deref().and_then(ror),
            ..Affiliation::named(name)
        };
        if !contributor.affiliations.contains(&affiliation) {
            contributor.affiliations.push(affiliation);
            out.came_from("contributors.affiliations", "aff");
        }
    }
    orcid(out, &mut contributor, "contrib-id", from.orcid.as_deref());
    out.article.contributors.push(contributor);
}

/// Takes an ORCID iD in, or keeps what is none.
pub(crate) fn orcid(
    out: &mut Description,
    contributor: &mut Contributor,
    element: &str,
    raw: Option<&str>,
) {
    let Some(raw) = raw else { return };
    contributor.orcid = identifier::orcid(raw);
    if contributor.orcid.is_some() {
        out.came_from("contributors.orcid", element);
    } else {
        out.found(Code::Unmapped, "contributors.orcid", raw);
        out.keep_of(element, None, raw);
    }
}

/// ROR id as a full https URL.
pub(crate) fn ror(raw: &str) -> Option<String> {
    let id = raw
        .trim()
        .trim_end_matches('/')
        .rsplit('/')
        .next()?
        .to_ascii_lowercase();
    let is_ror =
        id.len() == 9 && id.starts_with('0') && id.bytes().all(|b| b.is_ascii_alphanumeric());
    is_ror.then(|| format!("https://ror.org/{id}"))
}

fn person(out: &mut Description, from: &PersonName) -> Option<(Option<String>, Contributor)> {
    let lang = out.lang("contributors", from.lang.as_ref());
    let part = |out: &mut Description, raw: Option<&String>| {
        out.cleaned("contributors", raw?, text::plain)
    };
    if let Some(whole) = &from.whole {
        let raw = part(out, Some(whole))?;
        let parsed = super::creator::parse(&raw, super::dialect::NameStyle::PRINTED);
        return Some((
            lang,
            Contributor {
                raw,
                ..parsed.contributor
            },
        ));
    }
    let (family, given) = (
        part(out, from.surname.as_ref()),
        part(out, from.given.as_ref()),
    );
    let suffix = part(out, from.suffix.as_ref());
    let raw = match (&family, &given) {
        (Some(family), Some(given)) if family.to_lowercase() == given.to_lowercase() => {
            // a mononym, entered twice because both fields were mandatory
            out.found(Code::DuplicateValue, "contributors", family);
            let (raw, given) = (given.clone(), Some(given.clone()));
            return Some((
                lang,
                Contributor {
                    kind: ContributorKind::Person,
                    given,
                    suffix,
                    raw,
                    ..Contributor::default()
                },
            ));
        }
        (Some(family), Some(given)) => format!("{family}, {given}"),
        (Some(one), None) | (None, Some(one)) => one.clone(),
        (None, None) => return None,
    };
    let kind = ContributorKind::Person;
    Some((
        lang,
        Contributor {
            kind,
            family,
            given,
            suffix,
            raw,
            ..Contributor::default()
        },
    ))
}

fn journal(out: &mut Description, jats: &Jats) {
    for title in &jats.journal_titles {
        let Some(value) = out.line("journal.title", "journal-title", Some(&title.value)) else {
            continue;
        };
        let lang = out.lang("journal.title", title.lang.as_ref());
        let own = out.article.language.clone();
        let journal = &mut out.article.journal;
        if journal.title.is_none() || (lang.is_some() && lang == own) {
            journal.title = Some(value.clone());
        }
        journal.add_title(lang.as_deref(), &value);
    }
    let abbreviation = jats.journal_abbreviations.first().map(|text| &text.value);
    out.article.journal.abbreviation =
        out.line("journal.abbreviation", "abbrev-journal-title", abbreviation);
    out.article.journal.publisher = out.line(
        "journal.publisher",
        "publisher-name",
        jats.publisher.as_ref(),
    );
    for issn in &jats.issns {
        let medium = match issn
            .medium
            .as_deref()
            .map(str::to_ascii_lowercase)
            .as_deref()
        {
            Some("epub" | "electronic" | "online" | "online-only") => Medium::Electronic,
            Some("ppub" | "print" | "paper") => Medium::Print,
            _ => Medium::Unknown,
        };
        out.issn("issn", &issn.value, medium);
    }
}

fn issue(out: &mut Description, jats: &Jats) {
    out.article.volume = out.line("volume", "volume", jats.volume.as_ref());
    out.article.issue = out.line("issue", "issue", jats.issue.as_ref());
    let own = out.article.language.clone();
    let mut titles = out.texts(
        "issue_title",
        "issue-title",
        &jats.issue_titles,
        text::plain,
    );
    if !titles.is_empty() {
        let at = titles
            .iter()
            .position(|title| title.lang.is_some() && title.lang == own)
            .unwrap_or(0);
        out.article.issue_title = Some(titles.remove(at).value);
        for title in titles {
            out.keep_of("issue-title", title.lang.as_deref(), &title.value);
        }
    }
    let mut headings = out.texts("section", "subject", &jats.headings, text::plain);
    if !headings.is_empty() {
        let at = headings
            .iter()
            .position(|text| text.lang.is_some() && text.lang == own)
            .unwrap_or(0);
        out.article.section = Some(headings.remove(at).value);
    }
    for text in headings {
        out.keep_of("subject", text.lang.as_deref(), &text.value);
    }
    for text in &jats.subjects {
        let lang = out.lang("section", text.lang.as_ref());
        out.keep_of("subject", lang.as_deref(), &text.value);
    }
    match (
        &jats.page_range,
        &jats.first_page,
        &jats.last_page,
        &jats.elocation_id,
    ) {
        (Some(range), Some(first), last, _) if pages::parse(range).first.is_none() => {
            // of `10-15, 18-20` the first and the last page stand apart
            let (raw, first, last) = (
                range.trim().to_owned(),
                first.trim(),
                last.as_deref().map(str::trim),
            );
            let last = last.filter(|last| *last != first).map(str::to_owned);
            out.article.pages = Some(Pages {
                raw,
                first: Some(first.to_owned()),
                last,
                elocation_id: None,
            });
            out.came_from("pages", "page-range");
        }
        (Some(range), _, _, _) => out.pages("page-range", range),
        (None, Some(first), Some(last), _) if first != last => {
            out.pages("fpage", &format!("{first}-{last}"))
        }
        (None, Some(first), _, _) => out.pages("fpage", first),
        (None, None, _, Some(id)) => {
            out.pages("elocation-id", id);
            if let Some(pages) = &mut out.article.pages {
                (pages.first, pages.last) = (None, None);
                pages.elocation_id = Some(pages.raw.clone());
            }
        }
        (None, None, _, None) => {}
    }
}

/// The date of publication: online before print before any other that is not the issue's. The year of the
/// collection is the issue's.
fn dates(out: &mut Description, jats: &Jats) {
    let named = |date: &PubDate, names: &[&str]| {
        let is = |value: &Option<String>| {
            value
                .as_deref()
                .is_some_and(|value| names.iter().any(|name| value.eq_ignore_ascii_case(name)))
        };
        (is(&date.kind), is(&date.format))
    };
    let mut best: Option<(u8, PartialDate)> = None;
    let mut epoch = false;
    for raw in &jats.dates {
        let Some(date) = date::parse(&raw.date) else {
            if !raw.date.is_empty() {
                out.found(Code::InvalidDate, "published", &raw.date);
                out.keep_of("pub-date", None, &raw.date);
            }
            continue;
        };
        if date.date == EPOCH {
            epoch = true;
            out.found(Code::InvalidDate, "published", &raw.date);
            continue;
        }
        if named(raw, &["collection", "issue-pub", "issue"]).0 {
            out.article.issue_year = date
                .parts()
                .map(|(year, _, _)| year)
                .filter(|year| !epoch || *year != 1970);
            if out.article.issue_year.is_some() {
                out.came_from("issue_year", "pub-date");
            }
            continue;
        }
        let rank = match (
            named(raw, &["pub", "epub", "epub-ppub"]).0,
            named(raw, &["electronic", "epub"]).1,
        ) {
            (true, true) => 0,
            (true, false) => 1,
            _ if named(raw, &["ppub"]).0 => 2,
            _ if named(
                raw,
                &["preprint", "retracted", "corrected", "nihms-submitted"],
            )
            .0 =>
            {
                out.keep_of("pub-date", None, &date.date);
                continue;
            }
            _ => 3,
        };
        let other = if best.as_ref().is_none_or(|(known, _)| rank < *known) {
            best.replace((rank, date)).map(|(_, other)| other)
        } else {
            Some(date)
        };
        // in print beside online
        if let Some(other) =
            other.filter(|other| best.as_ref().is_none_or(|(_, best)| best != other))
        {
            out.keep_of("pub-date", None, &other.date);
        }
    }
    if let Some((_, date)) = best {
        out.article.published = Some(date);
        out.came_from("published", "pub-date");
    }
    for date in jats
        .history
        .iter()
        .filter(|date| !date.date.is_empty() && date.date != EPOCH)
    {
        out.keep_of(
            &format!("history[{}]", date.kind.as_deref().unwrap_or("date")),
            None,
            &date.date,
        );
    }
}

fn identifiers(out: &mut Description, jats: &Jats) {
    for id in &jats.ids {
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
    for id in jats
        .issue_ids
        .iter()
        .filter(|id| id.kind.as_deref() == Some("doi"))
    {
        if let Some(doi) = identifier::doi(&id.value) {
            out.identify("issue-id", Scheme::IssueDoi, doi);
        }
    }
    for uri in &jats.self_uris {
        out.url("self-uri", &uri.url, uri.content_type.as_deref());
    }
    for url in &jats.related {
        let doi = identifier::doi(url).map(|doi| format!("https://doi.org/{doi}"));
        out.link(
            "related-article",
            LinkRel::Related,
            doi.as_deref().unwrap_or(url),
            None,
        );
    }
}

fn permissions(out: &mut Description, jats: &Jats) {
    for license in &jats.licenses {
        let stated = [("license", &license.url), ("license-p", &license.text)]
            .into_iter()
            .find_map(|(element, raw)| {
                let raw = raw.as_ref()?;
                Some((element, rights::license(raw)?))
            });
        match (stated, &license.text) {
            (Some((element, found)), _) if out.article.license.is_none() => {
                out.article.license = Some(found);
                out.came_from("license", element);
            }
            (Some(_), _) => {}
            (None, Some(text)) => out.keep_of("license-p", None, text),
            (None, None) => {
                if let Some(url) = &license.url {
                    out.keep_of("license", None, url);
                }
            }
        }
    }
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
    if copyright != Copyright::default() {
        out.article.copyright = Some(copyright);
        out.came_from("copyright", "copyright-statement");
    }
}

fn funding(out: &mut Description, jats: &Jats) {
    for award in &jats.awards {
        let Some(name) = out.cleaned("funding", &award.source, text::plain) else {
            continue;
        };
        let number = award
            .award
            .as_ref()
            .and_then(|raw| out.cleaned("funding", raw, text::plain));
        let funding = Funding {
            award: number,
            ..Funding::named(name)
        };
        if !out.article.funding.contains(&funding) {
            out.article.funding.push(funding);
            out.came_from("funding", "funding-source");
        }
    }
    for statement in &jats.funding_statements {
        out.keep_of("funding-statement", None, statement);
    }
}

/// References stay as they are; white space of the XML apart.
fn references(out: &mut Description, jats: &Jats) {
    for reference in &jats.references {
        if text::is_placeholder(&reference.raw) {
            out.found(Code::Placeholder, "references", &reference.raw);
            continue;
        }
        let raw: String = reference.raw.chars().filter(|c| is_xml_char(*c)).collect();
        let raw = raw.split_whitespace().collect::<Vec<_>>().join(" ");
        let doi = reference.doi.as_deref().and_then(identifier::doi);
        let doi = doi.or_else(|| identifier::find_doi(&text::plain(&raw).value));
        if raw.is_empty() {
            continue;
        }
        out.came_from(
            "references",
            if reference.printed {
                "mixed-citation"
            } else {
                "element-citation"
            },
        );
        out.article.references.push(Reference { raw, doi });
    }
}
