//! The crosswalk from DataCite and OpenAIRE 4 to the article.
//!
//! The identifier of the resource is the article's DOI; what it is published in is the journal (`relatedItem` of DataCite,
//! `citation…` of OpenAIRE). A DOI of the publisher's version is not the article's own: it is a relation.

use super::context::{FormatRecord, SourceContext};
use super::creator::role_of;
use super::description::{Description, Kind, Medium};
use super::dublin_core::same_language;
use super::stated::funder_url;
use crate::article::{HistoryEvent, RelationType, Role, Title};
use crate::metadata::datacite::{DataCite, Funding, Host, Part, Related, Rights};
use crate::metadata::stated::{Agent, Leaf, Organization, Typed};
use crate::values::Doi;

/// Describes an article from its resource in DataCite or OpenAIRE.
pub(crate) fn describe(
    record: &FormatRecord,
    resource: DataCite,
    context: &SourceContext,
) -> Description {
    let DataCite {
        titles,
        creators,
        contributors,
        publishers,
        year,
        dates,
        subjects,
        languages,
        types,
        ids,
        other_ids,
        related,
        hosts,
        sources,
        citation_title,
        part,
        descriptions,
        rights,
        funding,
        files,
        rest,
        unread,
    } = resource;
    let mut out = Description::new(&record.metadata_prefix, Kind::Native);
    out.note_unread(unread.as_ref());
    out.languages_of(&languages);
    self::titles(&mut out, titles);
    people(&mut out, creators, contributors);
    self::descriptions(&mut out, descriptions, context);
    out.keywords_of(subjects);
    out.article.journal.publisher = out.line_of("journal.publisher", &publishers);
    self::dates(&mut out, dates, year);
    out.types_of(&types);
    if let Some(title) = out.line_of("journal.title", &citation_title) {
        out.article.journal.title = Some(title);
    }
    self::part(&mut out, part);
    for host in hosts {
        self::host(&mut out, host);
    }
    for leaf in sources {
        out.citation_of(&leaf, context);
    }
    identifiers(&mut out, &ids, &other_ids, &related);
    for Rights { text, uri } in &rights {
        out.rights_of(uri.as_ref(), text.as_ref());
    }
    funders(&mut out, funding);
    out.files_of(&files);
    out.add_unmapped_leaves(&rest);
    out
}

fn people(out: &mut Description, creators: Vec<Agent>, contributors: Vec<Agent>) {
    for creator in creators {
        out.agent(Role::Author, creator);
    }
    for contributor in contributors {
        self::contributor(out, contributor);
    }
}

fn identifiers(out: &mut Description, ids: &[Typed], other_ids: &[Typed], related: &[Related]) {
    for id in ids {
        out.identifier_of(id);
    }
    for id in other_ids {
        self::other_id(out, id);
    }
    for Related { relation, id } in related {
        self::related(out, relation.as_deref(), id);
    }
}

fn funders(out: &mut Description, funding: Vec<Funding>) {
    for Funding {
        funder,
        award,
        others,
    } in funding
    {
        out.funder(funder, award);
        out.add_unmapped_leaves(&others);
    }
}

/// Titles; a subtitle goes to the title before it.
fn titles(out: &mut Description, titles: Vec<Typed>) {
    let mut titles = titles.into_iter().peekable();
    while let Some(title) = titles.next() {
        let is_variant =
            title.is(&["AlternativeTitle"]) && !is_in_another_language(out, &title.leaf);
        if is_variant || title.is(&["Other", "Subtitle"]) {
            out.add_unmapped_leaf(&title.leaf);
            continue;
        }
        let subtitle = titles.next_if(|next| next.is(&["Subtitle"]));
        out.title_of(&title.leaf, subtitle.as_ref().map(|title| &title.leaf));
    }
}

/// Returns whether an alternative title is in a language that no title has: it is the title for its readers.
fn is_in_another_language(out: &Description, leaf: &Leaf) -> bool {
    let titles = &out.article.titles;
    leaf.lang.as_deref().is_some_and(|lang| {
        let differs = |known: &Title| {
            let known = known.lang.as_deref();
            known.is_some_and(|known| !same_language(known, lang))
        };
        !titles.is_empty() && titles.iter().all(differs)
    })
}

/// A contributor by `contributorType`. A funder pays; an institution that hosts or distributes has no part in the work.
fn contributor(out: &mut Description, agent: Agent) {
    let role = agent.role.clone().unwrap_or_default();
    match role.to_ascii_lowercase().as_str() {
        "funder" | "sponsor" => {
            // the grant, and the funder's own identifier
            let (mut award, mut id) = (None, None);
            for Typed { leaf, .. } in agent.ids {
                let grant = super::dim::grant_agreement(&leaf).and_then(|grant| grant.award);
                if funder_url(&leaf.value).is_some() && id.is_none() {
                    id = Some(leaf);
                    continue;
                }
                out.add_unmapped_leaf(&leaf);
                if let (Some(value), None) = (grant, &award) {
                    award = Some(Leaf { value, ..leaf });
                }
            }
            let places = agent.affiliations.into_iter();
            let places = places.flat_map(|place| [place.name, place.id]);
            for leaf in places.chain([agent.family, agent.given]).flatten() {
                out.add_unmapped_leaf(&leaf);
            }
            let name = agent.whole;
            out.funder(Organization { name, id }, award);
        }
        "hostinginstitution"
        | "distributor"
        | "registrationagency"
        | "registrationauthority"
        | "rightsholder"
        | "datamanager"
        | "contactperson" => {
            let parts = [agent.whole, agent.family, agent.given];
            for leaf in parts.into_iter().flatten() {
                let element = format!("{}[{role}]", leaf.element);
                out.add_unmapped_leaf(&Leaf { element, ..leaf });
            }
            let places = agent.affiliations.into_iter();
            let places = places.flat_map(|place| [place.name, place.id]).flatten();
            for leaf in agent.ids.into_iter().map(|id| id.leaf).chain(places) {
                out.add_unmapped_leaf(&leaf);
            }
        }
        role => out.agent(role_of(role).unwrap_or(Role::Contributor), agent),
    }
}

fn descriptions(out: &mut Description, descriptions: Vec<Typed>, context: &SourceContext) {
    let mut abstracts = Vec::new();
    for description in descriptions {
        let element = &description.leaf.element;
        match description
            .kind
            .as_deref()
            .map(str::to_ascii_lowercase)
            .as_deref()
        {
            None | Some("abstract") => abstracts.push(description.leaf),
            // `Journal of Seams, 5(2), 1-10` (DataCite, appendix 1)
            Some("seriesinformation") => {
                out.citation_of(&description.leaf, context);
            }
            Some(kind) => {
                let element = format!("{element}[{kind}]");
                let leaf = description.leaf;
                out.add_unmapped_leaf(&Leaf { element, ..leaf });
            }
        }
    }
    out.abstracts_of(abstracts);
}

/// The date of publication: issued, else the year, else available. The others are steps of the history, or kept.
fn dates(out: &mut Description, dates: Vec<Typed>, year: Option<Leaf>) {
    let (mut issued, mut available) = (Vec::new(), Vec::new());
    for date in dates {
        match date.kind.as_deref().map(str::to_ascii_lowercase).as_deref() {
            Some("issued") | None => issued.push(date.leaf),
            Some("available") => available.push(date.leaf),
            Some("submitted") => out.happened(HistoryEvent::Received, &date.leaf),
            Some("accepted") => out.happened(HistoryEvent::Accepted, &date.leaf),
            Some(kind) => {
                let element = format!("{}[{kind}]", date.leaf.element);
                let leaf = date.leaf;
                out.add_unmapped_leaf(&Leaf { element, ..leaf });
            }
        }
    }
    // the year of a date that is issued says nothing more
    issued.extend(year);
    out.published_of(&issued);
    if issued.is_empty() {
        out.published_of(&available);
    } else {
        out.add_unmapped_leaves(&available);
    }
}

/// Volume, issue and pages, where they are not known.
fn part(out: &mut Description, part: Part) {
    let Part {
        volume,
        issue,
        number,
        first,
        last,
        year,
    } = part;
    // of two statements the second one is kept, unless it says the same
    if out.article.volume.is_none() {
        out.article.volume = out.line_of("volume", &volume);
    } else if let Some(leaf) =
        volume.filter(|leaf| out.article.volume.as_ref() != Some(&leaf.value))
    {
        out.add_unmapped_leaf(&leaf);
    }
    if out.article.issue.is_none() {
        out.article.issue = out.line_of("issue", &issue);
    } else if let Some(leaf) = issue.filter(|leaf| out.article.issue.as_ref() != Some(&leaf.value))
    {
        out.add_unmapped_leaf(&leaf);
    }
    if let Some(pages) = &out.article.pages {
        let raw = pages.raw.clone();
        for leaf in [first, last].into_iter().flatten() {
            if !raw.contains(&leaf.value) {
                out.add_unmapped_leaf(&leaf);
            }
        }
    } else {
        out.pages_of(first.as_ref(), last.as_ref());
    }
    if let Some(number) = number {
        // `numberType`: Article, Chapter, Report, Other
        let is_article = number.kind.is_none() || number.is(&["Article"]);
        if is_article && out.article.pages.is_none() {
            out.pages(&number.leaf.element, &number.leaf.value);
        } else {
            out.add_unmapped_leaf(&number.leaf);
        }
    }
    if let Some(year) = year {
        let value = year.value.parse().ok();
        match value {
            Some(value) if out.article.issue_year.is_none() => {
                out.article.issue_year = Some(value);
                out.set_origin("issue_year", &year.element);
            }
            _ => out.add_unmapped_leaf(&year),
        }
    }
}

/// The work that the article is published in; of another work its identifiers are related ones.
fn host(out: &mut Description, host: Host) {
    let is_host = host
        .relation
        .as_deref()
        .is_some_and(|relation| ["IsPublishedIn", "IsPartOf"].contains(&relation));
    if !is_host {
        return other_work(out, host);
    }
    let Host {
        relation: _,
        ids,
        titles,
        publisher,
        part,
    } = host;
    for id in ids {
        let is_issn = id.is(&["ISSN", "EISSN", "LISSN"]);
        match Doi::parse(&id.leaf.value).filter(|_| !is_issn) {
            None => journal_id(out, &id),
            Some(doi) => {
                out.article.journal.doi = Some(doi.into());
                out.set_origin("journal.doi", &id.leaf.element);
            }
        }
    }
    for title in titles {
        if out.article.journal.title.is_none() && title.kind.is_none() {
            out.article.journal.title = out.line_of("journal.title", [&title.leaf]);
        } else {
            out.add_unmapped_leaf(&title.leaf);
        }
    }
    match publisher {
        Some(leaf) if out.article.journal.publisher.is_none() => {
            out.article.journal.publisher = out.line_of("journal.publisher", [&leaf]);
        }
        Some(leaf) => out.add_unmapped_leaf(&leaf),
        None => {}
    }
    self::part(out, part);
}

/// Another work: its identifiers are related ones, the rest is kept.
fn other_work(out: &mut Description, work: Host) {
    let Host {
        relation,
        ids,
        titles,
        publisher,
        part,
    } = work;
    for id in &ids {
        self::related(out, relation.as_deref(), id);
    }
    for title in titles {
        out.add_unmapped_leaf(&title.leaf);
    }
    out.add_unmapped_leaves(&publisher.into_iter().collect::<Vec<_>>());
    let Part {
        volume,
        issue,
        number,
        first,
        last,
        year,
    } = part;
    let number = number.map(|number| number.leaf);
    for leaf in [volume, issue, number, first, last, year]
        .into_iter()
        .flatten()
    {
        out.add_unmapped_leaf(&leaf);
    }
}

/// An ISSN of the journal; another identifier of it is kept.
fn journal_id(out: &mut Description, id: &Typed) {
    let medium = if id.is(&["EISSN"]) {
        Medium::Electronic
    } else {
        Medium::Unknown
    };
    if id.is(&["ISSN", "EISSN", "LISSN"]) {
        out.issn(&id.leaf.element, &id.leaf.value, medium);
    } else {
        out.add_unmapped_leaf(&id.leaf);
    }
}

/// An identifier that the resource goes by elsewhere. An OAI identifier says nothing new.
fn other_id(out: &mut Description, id: &Typed) {
    let is_own = id.is(&["oai"]) || id.leaf.value.starts_with("oai:");
    let is_other_doi = out.article.doi.is_some() && Doi::parse(&id.leaf.value).is_some();
    if is_other_doi {
        out.relate(RelationType::VersionOf, &id.leaf);
    } else if is_own {
        out.add_unmapped_leaf(&id.leaf);
    } else {
        out.identifier_of(id);
    }
}

/// A related work by `relationType`. What the article is part of or published in, by its ISSN, is the journal.
fn related(out: &mut Description, relation: Option<&str>, id: &Typed) {
    let name = relation.unwrap_or_default().to_ascii_lowercase();
    let in_host = matches!(name.as_str(), "ispartof" | "ispublishedin" | "");
    if in_host && id.is(&["ISSN", "EISSN", "LISSN"]) {
        journal_id(out, id);
        return;
    }
    let kind = match name.as_str() {
        "ispartof" | "ispublishedin" => RelationType::PartOf,
        "haspart" => RelationType::HasPart,
        "isversionof" | "isnewversionof" | "isvariantformof" | "isidenticalto" => {
            RelationType::VersionOf
        }
        "hasversion" | "ispreviousversionof" | "isoriginalformof" => RelationType::HasVersion,
        "issupplementto" => RelationType::SupplementTo,
        "issupplementedby" => RelationType::SupplementedBy,
        "isobsoletedby" => RelationType::ReplacedBy,
        "obsoletes" => RelationType::Replaces,
        "reviews" => RelationType::Reviews,
        "istranslationof" => RelationType::TranslationOf,
        "hastranslation" => RelationType::TranslatedAs,
        _ => RelationType::Related,
    };
    out.relate(kind, &id.leaf);
}
