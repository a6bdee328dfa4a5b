//! The article of one description in Dublin Core: by far most articles have no other, and nothing of it has to be
//! copied or weighed against anything.
//!
//! It comes to what merging a list of this one description comes to; a test holds both together.

use std::collections::HashSet;
use std::hash::Hash;

use super::unmapped::UniqueUnmapped;
use crate::article::{
    Article, Code, Finding, Identifier, Journal, Link, LinkRel, Provenance, Scheme,
};
use crate::normalize::description::{Description, Kind};
use crate::normalize::dublin_core::same_language;
use crate::normalize::seen::Seen;

/// The description as the article, where it [is plain](is_plain).
pub(super) fn article(description: Description, id: String, provenance: Provenance) -> Article {
    let mut article = Article {
        id,
        ..description.article
    };
    own_title_first(&mut article);
    settle(&mut article.journal);
    let findings = std::mem::take(&mut article.findings);
    let split: HashSet<&str> = article
        .contributors
        .iter()
        .filter(|name| name.given.is_some() && name.family.is_some())
        .map(|name| name.raw.as_str())
        .collect();
    article.findings = findings
        .into_iter()
        .filter(|finding| !is_settled(finding, &article.journal, &split))
        .collect();
    let mut unmapped = UniqueUnmapped::new(&article.links);
    let values = std::mem::take(&mut article.unmapped);
    for value in values {
        unmapped.push(value);
    }
    article.unmapped = unmapped.kept;
    let mut fields = std::mem::replace(&mut article.provenance, provenance).fields;
    fields.retain(|name| is_set(name, &article));
    article.provenance.fields = fields;
    article
}

/// Returns whether the crosswalk gave identifiers, links and funders that stand as they are: merging has no more to do
/// than to take the article as it is.
pub(super) fn is_plain(description: &Description) -> bool {
    let article = &description.article;
    let is_landing = |link: &&Link| link.rel == LinkRel::Landing;
    let own_doi = |identifier: &Identifier| {
        identifier.scheme != Scheme::Doi || article.doi.as_ref() == Some(&identifier.value)
    };
    description.kind == Kind::DublinCore
        && article
            .volume
            .as_ref()
            .is_none_or(|volume| !volume.is_empty())
        && article.funding.len() <= 1
        && article.identifiers.iter().all(own_doi)
        && are_different(&article.identifiers, |identifier| identifier)
        && are_different(&article.relations, |relation| relation)
        && are_different(&article.history, |step| step)
        && article.links.iter().filter(is_landing).count() <= 1
        && are_different(&article.links, |link| link.url.as_str())
}

fn are_different<'a, T, K: Hash + PartialEq>(values: &'a [T], key: impl Fn(&'a T) -> K) -> bool {
    let mut seen = Seen::default();
    let mut numbered = values.iter().enumerate();
    numbered.all(|(at, value)| seen.find(values, &key(value), &key) == Some(at))
}

fn own_title_first(article: &mut Article) {
    let Some(own) = &article.language else { return };
    let in_own =
        |lang: &Option<String>| lang.as_deref().is_some_and(|lang| same_language(lang, own));
    if let Some(at) = article.titles.iter().position(|title| in_own(&title.lang)) {
        article.titles[..=at].rotate_right(1);
    }
}

/// A title without a language that one before it has too, and an ISSN whose medium is known, say nothing more.
fn settle(journal: &mut Journal) {
    let titles = &mut journal.titles;
    if let Some(at) = titles.iter().position(|title| title.lang.is_none())
        && titles[..at]
            .iter()
            .any(|known| known.value == titles[at].value)
    {
        titles.remove(at);
    }
    let (mut kept, mut seen) = (Vec::new(), Seen::default());
    for issn in std::mem::take(&mut journal.issn_unknown) {
        let media = [&journal.issn_print, &journal.issn_electronic];
        if !media.iter().any(|known| known.as_ref() == Some(&issn)) {
            seen.push(&mut kept, issn);
        }
    }
    journal.issn_unknown = kept;
}

/// Returns whether merging has settled a finding: `split` holds the names that were split after all.
fn is_settled(finding: &Finding, journal: &Journal, split: &HashSet<&str>) -> bool {
    match finding.code {
        Code::AmbiguousIssn => [&journal.issn_print, &journal.issn_electronic]
            .iter()
            .any(|issn| issn.as_ref() == Some(&finding.raw)),
        Code::UnsplitName => split.contains(finding.raw.as_str()),
        _ => false,
    }
}

/// Returns whether the field has a value, so that its origin is worth telling.
fn is_set(field: &str, article: &Article) -> bool {
    let journal = &article.journal;
    match field {
        "language" => article.language.is_some(),
        "titles" => !article.titles.is_empty(),
        "contributors" | "contributors.affiliations" | "contributors.orcid" => {
            !article.contributors.is_empty()
        }
        "abstracts" => !article.abstracts.is_empty(),
        "keywords" => !article.keywords.is_empty(),
        "journal.title" => journal.title.is_some(),
        "journal.abbreviation" => journal.abbreviation.is_some(),
        "journal.issn_print" => journal.issn_print.is_some(),
        "journal.issn_electronic" => journal.issn_electronic.is_some(),
        "journal.issn_unknown" => !journal.issn_unknown.is_empty(),
        "journal.publisher" => journal.publisher.is_some(),
        "doi" => article.doi.is_some(),
        "type" => article.resource_type.is_some(),
        "section" => article.section.is_some(),
        "volume" => article.volume.is_some(),
        "issue" => article.issue.is_some(),
        "issue_title" => article.issue_title.is_some(),
        "issue_year" => article.issue_year.is_some(),
        "pages" => article.pages.is_some(),
        "license" => article.license.is_some(),
        "copyright" => article.copyright.is_some(),
        "published" => article.published.is_some(),
        "identifiers" => !article.identifiers.is_empty(),
        "links" => !article.links.is_empty(),
        "funding" => !article.funding.is_empty(),
        "relations" => !article.relations.is_empty(),
        "history" => !article.history.is_empty(),
        "journal.doi" => journal.doi.is_some(),
        "journal.publisher_place" => journal.publisher_place.is_some(),
        "references" => !article.references.is_empty(),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;
    use proptest::prelude::*;

    use super::*;
    use crate::metadata::oai_dc;
    use crate::normalize::{FormatRecord, SourceContext, dublin_core};
    use crate::oai::{Header, Record, Software, read_page, read_record};

    /// Both ways give the same of this record.
    fn agree(record: Record, software: Option<Software>) {
        let metadata = record.metadata.clone().unwrap_or_default();
        let Some(dc) = oai_dc::read(&metadata) else {
            return;
        };
        let record = FormatRecord {
            metadata_prefix: "oai_dc".to_owned(),
            record,
            fetched_at: DateTime::UNIX_EPOCH,
            sha256: String::new(),
        };
        let context = SourceContext {
            software,
            ..SourceContext::default()
        };
        let description = dublin_core::describe(&record, dc, &context, None);
        if is_plain(&description) {
            let alone = article(description.clone(), "id".to_owned(), Provenance::default());
            let merged =
                super::super::merge_all(vec![description], "id".to_owned(), Provenance::default());
            assert_eq!(alone, merged);
        }
    }

    fn ojs() -> Software {
        Software {
            name: "Open Journal Systems".to_owned(),
            version: Some("3.4.0.10".to_owned()),
        }
    }

    #[test]
    fn every_sample_comes_to_what_merging_makes_of_it() {
        for page in 1..=3 {
            let path = format!(
                "{}/samples/ojs-3.4-cac/cac-listrecords-oai_dc-page{page}.xml",
                env!("CARGO_MANIFEST_DIR")
            );
            let body = std::fs::read(path).unwrap();
            let page = read_page(&body).unwrap();
            for found in &page.records {
                let slice = &body[found.offset..found.offset + found.len];
                for software in [Some(ojs()), None] {
                    agree(read_record(slice, &page.head).unwrap(), software);
                }
            }
        }
    }

    /// Values that meet in a field, are dropped from one, or contradict each other.
    const VALUES: [&str; 24] = [
        "Water",
        "Вода",
        "en",
        "rus",
        "Doe, Jane",
        "Doe",
        "Ministry of Water",
        "ministry of water",
        "2002-3839",
        "1404-6091",
        "2002-3838",
        "ISSN 2002-3839",
        "Water; Vol. 5 No. 6 (2004): Rivers; 7-9",
        "Water; Vol.  No. 6 (2004); -",
        "https://x.org/index.php/j/article/view/7",
        "https://x.org/index.php/j/article/view/7/1",
        "https://x.org/a.pdf",
        "http://hdl.handle.net/20.500.12345/7",
        "10.1234/a",
        "https://doi.org/10.1234/b",
        "application/pdf",
        "Copyright (c) 2004 Doe",
        "https://creativecommons.org/licenses/by/4.0",
        "2004-05-06",
    ];

    proptest! {
        #[test]
        fn whatever_stands_in_whatever_element(
            elements in proptest::collection::vec((0..oai_dc::ELEMENTS.len(), 0..VALUES.len(), 0..4_usize), 0..30),
            is_ojs: bool,
        ) {
            let langs = ["", r#" xml:lang="en""#, r#" xml:lang="ru""#, r#" xml:lang="zh""#];
            let written = elements.iter().map(|(name, value, lang)| {
                let name = oai_dc::ELEMENTS[*name];
                format!("<{name}{}>{}</{name}>", langs[*lang], VALUES[*value])
            });
            let header = Header { identifier: "oai:x.org:article/7".to_owned(), ..Header::default() };
            let metadata = Some(format!("<dc>{}</dc>", written.collect::<String>()));
            let other = Software { name: "EPrints".to_owned(), version: None };
            agree(Record { header, metadata, ..Record::default() }, Some(if is_ojs { ojs() } else { other }));
        }
    }
}
