//! The crosswalk from MODS to the article. The host, `relatedItem[@type="host"]`, is the journal.

use super::context::FormatRecord;
use super::creator::role_of;
use super::description::{Description, Kind, Medium};
use super::dialect::NameStyle;
use super::jats::orcid;
use super::{creator, date, labels, rights, text};
use crate::article::{
    Affiliation, Code, Contributor, ContributorKind, Funding, LinkRel, Role, Scheme,
};
use crate::metadata::Text;
use crate::metadata::mods::{Id, Mods, Name, Part, Title};

/// Describes an article from its record in MODS.
pub(crate) fn describe(record: &FormatRecord, mods: &Mods) -> Description {
    let mut out = Description::new(&record.metadata_prefix, Kind::Mods);
    out.note_unread(mods.unread.as_ref());
    for raw in &mods.languages {
        let is_known = out.article.language.is_some();
        out.language("language", raw);
        if is_known {
            out.add_unmapped_element("language", None, raw);
        }
    }
    for title in &mods.titles {
        self::title(&mut out, title);
    }
    for name in &mods.names {
        self::name(&mut out, name);
    }
    out.abstracts("abstract", &mods.abstracts);
    out.article.keywords = out.texts("keywords", "subject", &mods.subjects, text::plain);
    genres(&mut out, &mods.genres);
    host(&mut out, mods);
    part(&mut out, &mods.part);
    for raw in &mods.dates {
        published(&mut out, raw);
    }
    for id in &mods.ids {
        identifier(&mut out, id);
    }
    links(&mut out, mods);
    conditions(&mut out, mods);
    for raw in &mods.funding {
        if let Some(name) = out.cleaned("funding", raw, text::plain) {
            out.article.funding.push(Funding::named(name));
            out.set_origin("funding", "note");
        }
    }
    for url in &mods.related {
        out.link("relatedItem", LinkRel::Related, url, None);
    }
    out.article.journal.publisher_place =
        out.line("journal.publisher_place", "place", mods.place.as_ref());
    out.files_of(&mods.files);
    out.add_unmapped_leaves(&mods.rest);
    for (element, value) in &mods.others {
        out.add_unmapped_element(element, None, value);
    }
    for Text { value, lang } in &mods.notes {
        let lang = out.lang("note", lang.as_ref());
        out.add_unmapped_element("note", lang.as_deref(), value);
    }
    out
}

fn title(out: &mut Description, title: &Title) {
    let lang = out.lang("titles", title.lang.as_ref());
    match title.kind.as_deref() {
        None | Some("translated") => {
            out.title("titleInfo", &title.value, title.subtitle.as_ref(), lang)
        }
        Some(kind) => {
            let element = format!("titleInfo[{kind}]");
            for value in [Some(&title.value), title.subtitle.as_ref()]
                .into_iter()
                .flatten()
            {
                out.add_unmapped_element(&element, lang.as_deref(), value);
            }
        }
    }
}

fn name(out: &mut Description, from: &Name) {
    if is_of(from, &["fnd", "funder", "spn", "sponsor"]) {
        return funder(out, from);
    }
    let role = role(out, from);
    let Some(mut contributor) = named(out, from) else {
        return;
    };
    contributor.role = role;
    match (&contributor.suffix, &from.terms) {
        (None, terms) => contributor.suffix = name_part(out, terms.as_ref()),
        (Some(_), Some(terms)) => out.add_unmapped_element("namePart", None, terms),
        (Some(_), None) => {}
    }
    out.set_origin("contributors", "name");
    for raw in &from.affiliations {
        if let Some(name) = out.cleaned("contributors.affiliations", raw, text::plain) {
            contributor.affiliations.push(Affiliation::named(name));
            out.set_origin("contributors.affiliations", "affiliation");
        }
    }
    orcid(
        out,
        &mut contributor,
        "nameIdentifier",
        from.orcid.as_deref(),
    );
    for id in &from.ids {
        out.add_unmapped_element("nameIdentifier", None, id);
    }
    out.article.contributors.push(contributor);
}

fn is_of(name: &Name, roles: &[&str]) -> bool {
    name.roles.iter().any(|role| roles.contains(&role.as_str()))
}

/// A name that is a funder's; what a funder has no field for is kept.
fn funder(out: &mut Description, from: &Name) {
    let whole = from.whole.as_ref();
    if let Some(name) = whole.and_then(|raw| out.cleaned("funding", raw, text::plain)) {
        out.article.funding.push(Funding::named(name));
        out.set_origin("funding", "name");
    }
    let parts = [&from.family, &from.given, &from.terms, &from.orcid];
    let parts = parts.into_iter().flatten();
    for value in parts.chain(&from.affiliations).chain(&from.ids) {
        out.add_unmapped_element("name", None, value);
    }
}

fn role(out: &mut Description, from: &Name) -> Role {
    if from.roles.is_empty() {
        return Role::Author;
    }
    // of several the one that says most of the text
    let stated = from.roles.iter().filter_map(|word| role_of(word)).min();
    if stated.is_none() {
        for word in &from.roles {
            out.add_unmapped_element("roleTerm", None, word);
        }
    }
    stated.unwrap_or(Role::Contributor)
}

fn name_part(out: &mut Description, raw: Option<&String>) -> Option<String> {
    out.cleaned("contributors", raw?, text::plain)
}

/// A contributor by the parts of the name, else by the whole.
fn named(out: &mut Description, from: &Name) -> Option<Contributor> {
    let family = name_part(out, from.family.as_ref());
    let given = name_part(out, from.given.as_ref());
    if family.is_none() && given.is_none() {
        let raw = name_part(out, from.whole.as_ref())?;
        if from.kind.as_deref().is_some_and(|kind| kind != "personal") {
            return Some(Contributor {
                kind: ContributorKind::Organization,
                raw,
                ..Contributor::default()
            });
        }
        let parsed = creator::parse(&raw, NameStyle::PRINTED);
        for code in parsed.codes {
            out.add_finding(code, "contributors", &raw);
        }
        return Some(parsed.contributor);
    }
    if let Some(whole) = &from.whole {
        // the name in display form, beside its parts
        out.add_unmapped_element("namePart", None, whole);
    }
    let parts: Vec<&str> = [&family, &given]
        .into_iter()
        .flatten()
        .map(String::as_str)
        .collect();
    let raw = parts.join(", ");
    Some(Contributor {
        kind: ContributorKind::Person,
        family,
        given,
        raw,
        ..Contributor::default()
    })
}

fn genres(out: &mut Description, genres: &[String]) {
    for genre in genres {
        let Some(value) = out.cleaned("type", genre, text::plain) else {
            continue;
        };
        let before = out.article.resource_type.clone();
        if !out.kind("genre", &value) || out.article.resource_type == before {
            out.add_unmapped_element("genre", None, &value);
        }
    }
}

fn host(out: &mut Description, mods: &Mods) {
    for title in &mods.host_titles {
        match title.kind.as_deref() {
            Some("abbreviated") if out.article.journal.abbreviation.is_none() => {
                out.article.journal.abbreviation =
                    out.line("journal.abbreviation", "relatedItem", Some(&title.value));
            }
            None if out.article.journal.title.is_none() => {
                out.article.journal.title =
                    out.line("journal.title", "relatedItem", Some(&title.value));
            }
            _ => out.add_unmapped_element("relatedItem", None, &title.value),
        }
        if let Some(subtitle) = &title.subtitle {
            out.add_unmapped_element("relatedItem", None, subtitle);
        }
    }
    for id in &mods.host_ids {
        match id.kind.as_str() {
            "issn" | "issn-l" => out.issn("relatedItem", &id.value, Medium::Unknown),
            "eissn" | "e-issn" => out.issn("relatedItem", &id.value, Medium::Electronic),
            "pissn" | "p-issn" => out.issn("relatedItem", &id.value, Medium::Print),
            _ => out.add_unmapped_element("relatedItem", None, &id.value),
        }
    }
    let publisher = mods.host_publisher.as_ref().or(mods.publisher.as_ref());
    out.article.journal.publisher = out.line("journal.publisher", "publisher", publisher);
    if let (Some(_), Some(other)) = (&mods.host_publisher, &mods.publisher) {
        out.add_unmapped_element("publisher", None, other);
    }
}

fn part(out: &mut Description, part: &Part) {
    // `v. 5`, where a caption holds label and number
    let bare = |raw: &Option<String>, words: &labels::Words| {
        let raw = raw.as_deref()?;
        let rest = words
            .at_start(raw, None)
            .map_or(raw, |found| found.rest)
            .trim();
        Some(
            if rest.starts_with(char::is_numeric) {
                rest
            } else {
                raw
            }
            .to_owned(),
        )
    };
    out.article.volume = out.line(
        "volume",
        "part",
        bare(&part.volume, labels::volume()).as_ref(),
    );
    out.article.issue = out.line(
        "issue",
        "part",
        bare(&part.issue, labels::number()).as_ref(),
    );
    out.article.issue_title = out.line("issue_title", "part", part.issue_title.as_ref());
    if let Some(raw) = &part.date {
        if let Some(date) = date::parse(raw) {
            out.article.issue_year = date.parts().map(|(year, _, _)| year);
            out.set_origin("issue_year", "part");
        } else {
            out.add_finding(Code::InvalidDate, "issue_year", raw);
        }
    }
    // what the first of the forms below leaves aside
    let beside = match (&part.list, &part.start) {
        (list, Some(_)) => [list, &part.article_number],
        (Some(_), None) => [&part.end, &part.article_number],
        (None, None) => [&part.end, &None],
    };
    for raw in beside.into_iter().flatten() {
        out.add_unmapped_element("part", None, raw);
    }
    match (&part.list, &part.start, &part.end, &part.article_number) {
        (_, Some(first), Some(last), _) if first != last => {
            out.pages("extent", &format!("{first}-{last}"))
        }
        (_, Some(first), _, _) => out.pages("extent", first),
        (Some(list), None, _, _) => out.pages("extent", list),
        (None, None, _, Some(number)) => out.pages("part", number),
        (None, None, _, None) => {}
    }
}

fn published(out: &mut Description, raw: &str) {
    let parsed = date::parse(raw.trim_matches(['[', ']', '©', 'c', '.', ' ']));
    match parsed {
        Some(date) if out.article.published.is_none() => {
            out.article.published = Some(date);
            out.set_origin("published", "originInfo");
        }
        Some(date)
            if out
                .article
                .published
                .as_ref()
                .is_some_and(|known| known.date.starts_with(&date.date)) => {}
        _ => out.add_unmapped_element("originInfo", None, raw),
    }
}

fn identifier(out: &mut Description, id: &Id) {
    match id.kind.as_str() {
        "doi" => out.doi("identifier", &id.value),
        "issn" => out.issn("identifier", &id.value, Medium::Unknown),
        "eissn" => out.issn("identifier", &id.value, Medium::Electronic),
        "pissn" => out.issn("identifier", &id.value, Medium::Print),
        "hdl" | "handle" => match super::identifier::classify(&id.value) {
            super::identifier::Classified::Handle(value) => {
                out.identify("identifier", Scheme::Handle, value)
            }
            // named as one, whatever its form
            _ if id.value.contains('/') && !id.value.contains("://") => {
                out.identify("identifier", Scheme::Handle, id.value.clone());
            }
            _ => out.identifier("identifier", &id.value),
        },
        _ => out.identifier("identifier", &id.value),
    }
}

fn links(out: &mut Description, mods: &Mods) {
    let is_file = |url: &crate::metadata::mods::Url| url.access.as_deref() == Some("raw object");
    if mods.media_types.len() != 1 || !mods.urls.iter().any(is_file) {
        for media_type in &mods.media_types {
            out.add_unmapped_element("internetMediaType", None, media_type);
        }
    }
    let media_type = match mods.media_types.as_slice() {
        [only] => Some(only.as_str()),
        _ => None,
    };
    for url in mods.urls.iter().filter(|url| !url.url.is_empty()) {
        match url
            .access
            .as_deref()
            .map(str::to_ascii_lowercase)
            .as_deref()
        {
            Some("raw object") => out.link("location", LinkRel::Fulltext, &url.url, media_type),
            Some("preview") => out.link("location", LinkRel::Related, &url.url, None),
            _ => out.url("location", &url.url, None),
        }
    }
}

fn conditions(out: &mut Description, mods: &Mods) {
    for (raw, href) in &mods.conditions {
        let license = href
            .as_deref()
            .and_then(rights::license)
            .or_else(|| rights::license(raw));
        let value = if raw.is_empty() {
            None
        } else {
            out.cleaned("copyright", raw, text::plain)
        };
        let copyright = value
            .as_deref()
            .and_then(|value| rights::copyright(value, None));
        let says_license = rights::license(raw).is_some();
        if !says_license && copyright.is_none() {
            out.add_unmapped_element("accessCondition", None, raw);
        }
        if let Some(href) = href.as_ref().filter(|href| rights::license(href).is_none()) {
            out.add_unmapped_element("accessCondition/@href", None, href);
        }
        if out.article.license.is_none() && license.is_some() {
            out.article.license = license;
            out.set_origin("license", "accessCondition");
        }
        if out.article.copyright.is_none() && copyright.is_some() {
            out.article.copyright = copyright;
            out.set_origin("copyright", "accessCondition");
        }
    }
}
