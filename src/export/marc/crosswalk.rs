//! From an article to a MARC 21 bibliographic record (Library of Congress, MARC 21 Format for Bibliographic Data).

use std::collections::HashSet;

use super::options::{MarcOptions, Profile};
use super::record::{Field, Record};
use super::{articles, classification, fixed, names};
use crate::article::{Article, Deletion, Entry, LinkRel, Provenance, RelationType, Role, Scheme};
use crate::export::{fields, kind};
use crate::normalize::language;
use crate::values::Doi;

/// The record of an entry.
pub(super) fn record(entry: &Entry, options: &MarcOptions) -> Record {
    match entry {
        Entry::Live(article) => live(article, options),
        Entry::Deleted(deletion) => deleted(deletion, options),
    }
}

fn base(leader: String, id: &str, provenance: &Provenance, options: &MarcOptions) -> Record {
    let mut record = Record {
        leader,
        ..Record::default()
    };
    let number = fields::text(&format!("{}{id}", options.id_prefix)).unwrap_or_default();
    record.control.push(("001", number));
    record
        .control
        .extend(fields::opt(options.organization.as_deref()).map(|code| ("003", code)));
    record
        .control
        .extend(fixed::changed(provenance).map(|time| ("005", time)));
    record
}

fn deleted(deletion: &Deletion, options: &MarcOptions) -> Record {
    let leader = fixed::leader_of_deletion(options.profile);
    let mut record = base(leader, &deletion.id, &deletion.provenance, options);
    let identifier = fields::text(&deletion.provenance.oai_identifier).unwrap_or_default();
    record.push(Field::new("245", "00").with('a', format!("[Deleted record {identifier}].")));
    record
}

/// The record of a live article.
pub(super) fn live(article: &Article, options: &MarcOptions) -> Record {
    let leader = fixed::leader_of(article, options.profile);
    let mut record = base(leader, &article.id, &article.provenance, options);
    record.control.push(("006", fixed::ELECTRONIC.to_owned()));
    record.control.push(("007", fixed::REMOTE.to_owned()));
    record
        .control
        .push(("008", fixed::general(article, options.profile)));
    numbers(&mut record, article, options);
    languages(&mut record, article);
    let main = names::write(&mut record, article);
    titles(&mut record, article, main);
    publication(&mut record, article);
    notes(&mut record, article);
    subjects(&mut record, article, options);
    host(&mut record, article, options);
    relations(&mut record, article);
    links(&mut record, article);
    if options.profile == Profile::Koha {
        record.push(Field::new("942", "  ").with('c', "CR"));
    }
    record.sort();
    record
}

/// 024, 035, 040.
fn numbers(record: &mut Record, article: &Article, options: &MarcOptions) {
    record.push(
        Field::new("024", "7 ")
            .maybe('a', fields::doi(article).map(String::from))
            .maybe('2', fields::doi(article).map(|_| "doi")),
    );
    for (scheme, source) in [(Scheme::Urn, "urn"), (Scheme::Handle, "hdl")] {
        for value in fields::identifiers(article, scheme) {
            record.push(Field::new("024", "7 ").with('a', value).with('2', source));
        }
    }
    for (scheme, kind) in [
        (Scheme::Arxiv, "arXiv:"),
        (Scheme::Pmid, "PMID:"),
        (Scheme::Other, ""),
    ] {
        for value in fields::identifiers(article, scheme) {
            record.push(Field::new("024", "8 ").with('a', format!("{kind}{value}")));
        }
    }
    if let Some(identifier) = fields::text(&article.provenance.oai_identifier) {
        record.push(Field::new("035", "  ").with('a', format!("(OAI){identifier}")));
    }
    let organization = options.organization.as_deref();
    record.push(
        Field::new("040", "  ")
            .maybe('a', organization)
            .with('b', "eng")
            .with('e', "rda")
            .maybe('c', organization),
    );
}

/// 041: the text's language, and those of the summaries where they differ; languages that the MARC list lacks by
/// their BCP 47 tag.
fn languages(record: &mut Record, article: &Article) {
    let text = article.language.as_deref().and_then(language::marc);
    let mut summaries: Vec<&str> = Vec::new();
    for summary in article
        .abstracts
        .iter()
        .filter(|summary| fields::text(&summary.value).is_some())
    {
        let code = summary.lang.as_deref().and_then(language::marc);
        summaries.extend(code.filter(|code| Some(*code) != text && !summaries.contains(code)));
    }
    let mut field = Field::new("041", "  ").maybe('a', text);
    for summary in summaries {
        field = field.with('b', summary);
    }
    record.push(field);
    if text.is_none()
        && let Some(tag) = fields::language(None, article)
    {
        record.push(Field::new("041", " 7").with('a', tag).with('2', "rfc5646"));
    }
}

/// Second indicator of 245, by what the first is.
const NONFILING: [[&str; 10]; 2] = [
    ["00", "01", "02", "03", "04", "05", "06", "07", "08", "09"],
    ["10", "11", "12", "13", "14", "15", "16", "17", "18", "19"],
];

/// 245, and 246 for the title in other languages.
fn titles(record: &mut Record, article: &Article, main: bool) {
    let titles = fields::titles(article);
    let Some((first, others)) = titles.split_first() else {
        record.push(Field::new("245", NONFILING[usize::from(main)][0]).with('a', "[Untitled]."));
        return;
    };
    let (title, subtitle) = fields::title_parts(first);
    let code = fields::language(first.lang.as_deref(), article)
        .as_deref()
        .and_then(language::marc)
        .unwrap_or("");
    let nonfiling = articles::nonfiling(&title, code);
    let authors: Vec<String> = fields::names(article, &[Role::Author])
        .into_iter()
        .map(|(name, _)| name.direct())
        .collect();
    let mut field = Field::new("245", NONFILING[usize::from(main)][nonfiling]);
    // ISBD: the mark stands before what it introduces, at the end of the subfield.
    field = field
        .with(
            'a',
            if subtitle.is_empty() {
                title
            } else {
                format!("{title} :")
            },
        )
        .with('b', subtitle);
    if !authors.is_empty() {
        if let Some((_, last)) = field.subfields.last_mut() {
            last.push_str(" /");
        }
        field = field.with('c', authors.join(", "));
    }
    record.push(field.ended('.'));
    for title in others {
        let (title, subtitle) = fields::title_parts(title);
        let title = if subtitle.is_empty() {
            title
        } else {
            format!("{title} :")
        };
        record.push(Field::new("246", "31").with('a', title).with('b', subtitle));
    }
}

/// 264, 300, 336 to 338.
fn publication(record: &mut Record, article: &Article) {
    let year = fields::date(article).map(|date| format!("{:04}", date.year));
    let publisher = fields::opt(article.journal.publisher.as_deref());
    let place = fields::opt(article.journal.publisher_place.as_deref());
    // ISBD: `Place : Publisher, year.`
    let place = place.map(|place| match publisher {
        Some(_) => format!("{place} :"),
        None => place,
    });
    let mut field = Field::new("264", " 1")
        .maybe('a', place.as_ref())
        .maybe('b', publisher.as_ref());
    if (publisher.is_some() || place.is_some()) && year.is_some() {
        field = field.ended(',');
    }
    record.push(field.maybe('c', year).ended('.'));
    let is_number = article
        .pages
        .as_ref()
        .is_some_and(|pages| fields::opt(pages.first.as_deref()).is_none())
        && fields::pages(article).0.is_some();
    let unit = if is_number { "article" } else { "pages" };
    let pages =
        fields::page_range(article).map_or_else(String::new, |pages| format!(" ({unit} {pages})"));
    record.push(Field::new("300", "  ").with('a', format!("1 online resource{pages}")));
    let content = kind::of(article).content;
    for (tag, term, code, source) in [
        ("336", content.term, content.code, "rdacontent"),
        ("337", "computer", "c", "rdamedia"),
        ("338", "online resource", "cr", "rdacarrier"),
    ] {
        record.push(
            Field::new(tag, "  ")
                .with('a', term)
                .with('b', code)
                .with('2', source),
        );
    }
}

/// 500, 506, 520, 522, 536, 540, 542.
fn notes(record: &mut Record, article: &Article) {
    if let Some(section) = fields::opt(article.section.as_deref()) {
        record.push(
            Field::new("500", "  ")
                .with('a', format!("Section: {section}"))
                .ended('.'),
        );
    }
    for unmapped in article
        .unmapped
        .iter()
        .filter(|unmapped| unmapped.element == "dc:coverage")
    {
        record.push(Field::new("522", "  ").with('a', &unmapped.value));
    }
    if !article.references.is_empty() {
        let note = "Includes bibliographical references.";
        record.push(Field::new("504", "  ").with('a', note));
    }
    for text in &article.abstracts {
        record.push(Field::new("520", "3 ").with('a', fields::paragraphs(&text.value).join(" ")));
    }
    for funding in &article.funding {
        record.push(
            Field::new("536", "  ")
                .with('a', &funding.name)
                .maybe('f', funding.award.as_deref()),
        );
    }
    if let Some(license) = &article.license {
        let url = license.url.as_deref().and_then(crate::export::url::href);
        // Only what the licence itself says: Creative Commons lets everyone read.
        if url
            .as_deref()
            .is_some_and(|url| url.starts_with("https://creativecommons.org/"))
        {
            let open = Field::new("506", "0 ").with('a', "Open access.");
            record.push(
                open.with('f', "Unrestricted online access")
                    .with('2', "star"),
            );
        }
        let name = fields::opt(license.name.as_deref()).or_else(|| fields::text(&license.raw));
        record.push(Field::new("540", "  ").maybe('a', name).maybe('u', url));
    }
    if let Some(copyright) = &article.copyright {
        let year = copyright
            .year
            .filter(|year| (1000..=9999).contains(year))
            .map(|year| year.to_string());
        record.push(
            Field::new("542", "  ")
                .maybe('d', copyright.holder.as_deref())
                .maybe('f', copyright.statement.as_deref())
                .maybe('g', year),
        );
    }
}

/// 080 and 084 for keywords that are class numbers; 653, or 650 _4 where a discovery system makes its facet of 650 alone; 655.
fn subjects(record: &mut Record, article: &Article, options: &MarcOptions) {
    let (tag, indicators) = match options.profile {
        Profile::VuFind => ("650", " 4"),
        Profile::Generic | Profile::Koha => ("653", "  "),
    };
    for keyword in fields::keywords(article) {
        let classes = classification::parse(&keyword);
        if classes.is_empty() {
            record.push(Field::new(tag, indicators).with('a', keyword));
        }
        for class in classes {
            let (tag, indicators) = match class.source {
                None => ("080", "  "),
                Some(_) => ("084", "  "),
            };
            let field = Field::new(tag, indicators).with('a', class.number);
            record.push(field.maybe('2', class.source));
        }
    }
    if let Some(kind) = fields::type_label(article) {
        record.push(Field::new("655", " 7").with('a', kind).with('2', "local"));
    }
}

/// 773: the journal, and where in it the article stands.
fn host(record: &mut Record, article: &Article, options: &MarcOptions) {
    let journal = &article.journal;
    let issns = fields::issns(journal);
    let number = issns
        .iter()
        .copied()
        .chain([article.provenance.source.as_str()])
        .find_map(|key| options.host_records.get(key));
    let place = fields::opt(journal.publisher_place.as_deref());
    let publisher = fields::opt(journal.publisher.as_deref());
    let publication = match (place, publisher) {
        (Some(place), Some(publisher)) => Some(format!("{place} : {publisher}")),
        (place, publisher) => place.or(publisher),
    };
    let mut field = Field::new("773", "0 ")
        .maybe('t', fields::journal_title(journal))
        .maybe('d', publication)
        .maybe('g', in_words(article))
        .maybe('q', enumeration(article));
    for identifier in fields::identifiers(article, Scheme::IssueDoi) {
        field = field.with('o', format!("doi:{identifier}"));
    }
    // $x holds one ISSN, of the edition at hand, which is online; catalogs show every 773, so that the others stand here.
    field = field.maybe('x', issns.first());
    for issn in issns.iter().skip(1) {
        let medium = if journal.issn_print.as_deref() == Some(*issn) {
            " (print)"
        } else {
            ""
        };
        field = field.with('o', format!("ISSN {issn}{medium}"));
    }
    for isbn in fields::identifiers(article, Scheme::Isbn) {
        field = field.with('z', isbn);
    }
    field = field.maybe('w', number);
    if !field.subfields.is_empty() {
        // No name as the host's heading; language material; a serial.
        field = field.with('7', "nnas");
    }
    record.push(field);
}

/// Enumeration and first page, `5:6<103`; none where a level is more than a number or a range of numbers.
fn enumeration(article: &Article) -> Option<String> {
    let level = |value: &Option<String>| fields::opt(value.as_deref()).unwrap_or_default();
    let (volume, issue) = (level(&article.volume), level(&article.issue));
    let is_code = |level: &str| {
        level
            .chars()
            .all(|c| c.is_alphanumeric() || "-–/.".contains(c))
    };
    let (first, _) = fields::pages(article);
    let first = first.unwrap_or_default();
    if ![&volume, &issue, &first]
        .into_iter()
        .all(|level| is_code(level))
    {
        return None;
    }
    let mut place = volume;
    if !issue.is_empty() {
        if !place.is_empty() {
            place.push(':');
        }
        place.push_str(&issue);
    }
    if !first.is_empty() {
        place.push('<');
        place.push_str(&first);
    }
    (!place.is_empty()).then_some(place)
}

/// `Vol. 5, no. 6 (2004), p. 103-110`.
fn in_words(article: &Article) -> Option<String> {
    let mut words: Vec<String> = Vec::new();
    words.extend(fields::opt(article.volume.as_deref()).map(|volume| format!("vol. {volume}")));
    words.extend(fields::opt(article.issue.as_deref()).map(|issue| format!("no. {issue}")));
    let year = article
        .issue_year
        .filter(|year| (1000..=9999).contains(year));
    if let Some(year) = year.or_else(|| fields::date(article).map(|date| date.year)) {
        match words.last_mut() {
            Some(last) => last.extend([" (", &year.to_string(), ")"]),
            None => words.push(format!("({year})")),
        }
    }
    words.extend(fields::page_range(article).map(|pages| format!("p. {pages}")));
    (!words.is_empty()).then(|| words.join(", "))
}

/// 787: works that the article corrects, retracts, translates or belongs to.
fn relations(record: &mut Record, article: &Article) {
    for relation in &article.relations {
        let doi = relation.doi.as_deref().and_then(Doi::bare);
        let url = relation.url.as_deref().and_then(crate::export::url::href);
        record.push(match (doi, url) {
            (None, None) => continue,
            (doi, url) => Field::new("787", "08")
                .with('i', relation_phrase(relation.kind))
                .maybe('o', doi.as_ref().map(|doi| format!("doi:{doi}")))
                .maybe('o', url.filter(|_| doi.is_none())),
        });
    }
}

/// Relationship information of 787 $i.
fn relation_phrase(kind: RelationType) -> &'static str {
    match kind {
        RelationType::Corrects => "Correction of:",
        RelationType::CorrectedBy => "Corrected by:",
        RelationType::Retracts => "Retraction of:",
        RelationType::RetractedBy => "Retracted by:",
        RelationType::CommentsOn => "Comment on:",
        RelationType::CommentedBy => "Commented on by:",
        RelationType::Reviews => "Review of:",
        RelationType::TranslationOf => "Translation of:",
        RelationType::TranslatedAs => "Translated as:",
        RelationType::VersionOf => "Version of:",
        RelationType::HasVersion => "Has version:",
        RelationType::PartOf => "Part of:",
        RelationType::HasPart => "Has part:",
        RelationType::SupplementedBy => "Supplemented by:",
        RelationType::SupplementTo => "Supplement to:",
        RelationType::Replaces => "Replaces:",
        RelationType::ReplacedBy => "Replaced by:",
        RelationType::Related => "Related to:",
    }
}

/// 856: the DOI, which VuFind reads nowhere else, the article's page, its files, and what it relates to.
fn links(record: &mut Record, article: &Article) {
    let mut written: HashSet<String> = HashSet::new();
    let mut link = |indicators, url: String, media: Option<String>, what: &str| {
        if written.insert(url.clone()) {
            record.push(
                Field::new("856", indicators)
                    .with('u', url)
                    .maybe('q', media)
                    .with('3', what),
            );
        }
    };
    if let Some(url) = fields::doi(article).and_then(|doi| fields::doi_url(&doi)) {
        link("40", url, None, "DOI");
    }
    for (url, media) in fields::links(article, LinkRel::Landing) {
        link("40", url, media, "Article page");
    }
    for (url, media) in fields::fulltexts(article) {
        let label = fields::file_label(media.as_deref());
        link("41", url, media, label);
    }
    for (url, media) in fields::links(article, LinkRel::Related) {
        link("42", url, media, "Related resource");
    }
}
