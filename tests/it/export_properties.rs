//! Whatever an article holds, its exports are well-formed and without characters that XML 1.0 forbids.

use crate::articles;

use offprint::article::{
    Abstract, Affiliation, Contributor, ContributorKind, Copyright, Funding, Identifier, LangText,
    License, Link, LinkRel, Pages, PartialDate, Precision, Reference, Scheme, Title, Unmapped,
};
use offprint::internals::export::jats::{JatsOptions, document, lint};
use offprint::internals::export::{self, Options, file_name};
use offprint::{Article, Entry};
use proptest::collection::vec;
use proptest::prelude::*;
use quick_xml::Reader;
use quick_xml::events::Event;

/// Any text: forbidden and invisible characters, markup and blanks more often than chance has them.
fn text() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        3 => any::<String>(),
        2 => "[ -~]{0,12}",
        1 => proptest::sample::select(vec![
            "", " ", "\n\n", "\r\n", "\0", "\u{B}", "\u{1F}", "\u{FFFE}", "\u{200B}", "]]>", "<p>", "&amp;", "&",
            "\"", "--", "<![CDATA[", "en", "und", "en-GB", "10.1234/x", "2004-02-29", "https://example.org/a b",
            "https://orcid.org/0000-0002-1825-0097", "2002-3839", "е\u{301}", "👩‍🔬", "עברית",
        ]).prop_map(str::to_owned),
    ];
    vec(piece, 0..3).prop_map(|pieces| pieces.concat())
}

fn maybe() -> impl Strategy<Value = Option<String>> {
    proptest::option::of(text())
}

fn contributor() -> impl Strategy<Value = Contributor> {
    let kind = proptest::sample::select(vec![
        ContributorKind::Person,
        ContributorKind::Organization,
        ContributorKind::Unknown,
    ]);
    let affiliation = (text(), maybe()).prop_map(|(name, ror)| Affiliation {
        ror,
        ..Affiliation::named(name)
    });
    (
        kind,
        maybe(),
        maybe(),
        maybe(),
        text(),
        maybe(),
        vec(affiliation, 0..3),
    )
        .prop_map(
            |(kind, family, given, suffix, raw, orcid, affiliations)| Contributor {
                kind,
                family,
                given,
                suffix,
                raw,
                orcid,
                affiliations,
                ..Contributor::default()
            },
        )
}

fn lang_texts() -> impl Strategy<Value = Vec<LangText>> {
    vec(
        (text(), maybe()).prop_map(|(value, lang)| LangText { value, lang }),
        0..4,
    )
}

fn article() -> impl Strategy<Value = Article> {
    let title = (text(), maybe(), maybe()).prop_map(|(value, lang, subtitle)| Title {
        value,
        lang,
        subtitle,
        ..Title::default()
    });
    let words = (
        vec(title, 0..4),
        vec(contributor(), 0..4),
        lang_texts(),
        lang_texts(),
        maybe(),
        maybe(),
    );
    let journal = (maybe(), lang_texts(), maybe(), vec(text(), 0..3));
    let issue = (
        maybe(),
        maybe(),
        maybe(),
        any::<Option<i32>>(),
        maybe(),
        text(),
    );
    let schemes = vec![
        Scheme::Doi,
        Scheme::IssueDoi,
        Scheme::GalleyDoi,
        Scheme::Urn,
        Scheme::PublisherId,
        Scheme::Isbn,
    ];
    let identifier = (proptest::sample::select(schemes), text())
        .prop_map(|(scheme, value)| Identifier { scheme, value });
    let rels = vec![
        LinkRel::Landing,
        LinkRel::Galley,
        LinkRel::Fulltext,
        LinkRel::Related,
    ];
    let link =
        (proptest::sample::select(rels), text(), maybe()).prop_map(|(rel, url, media_type)| Link {
            rel,
            url,
            media_type,
        });
    let rest = (
        vec(identifier, 0..4),
        vec(link, 0..4),
        maybe(),
        maybe(),
        text(),
        vec((text(), maybe()), 0..3),
    );
    (words, journal, issue, rest).prop_map(|(words, journal, issue, rest)| {
        let mut article = articles::bare(1);
        let (abstracts, kind);
        (
            article.titles,
            article.contributors,
            abstracts,
            article.keywords,
            article.language,
            kind,
        ) = words;
        article.abstracts = abstracts
            .into_iter()
            .map(|text: LangText| Abstract::plain(text.value, text.lang))
            .collect();
        article.resource_type = kind.and_then(|word: String| articles::kind(&word));
        (
            article.journal.title,
            article.journal.titles,
            article.journal.issn_print,
            article.journal.issn_unknown,
        ) = journal;
        let (first, last, elocation_id, year, volume, raw) = issue;
        article.published = first.clone().map(|date| PartialDate {
            date,
            precision: Precision::Day,
        });
        article.pages = Some(Pages {
            raw: raw.clone(),
            first,
            last,
            elocation_id,
        });
        (article.issue_year, article.volume) = (year, volume);
        let (identifiers, links, url, statement, source, pairs) = rest;
        (article.identifiers, article.links) = (identifiers, links);
        article.license = Some(License {
            url,
            name: None,
            raw,
        });
        article.copyright = Some(Copyright {
            statement: statement.clone(),
            year,
            holder: statement,
        });
        article.provenance.source.clone_from(&source);
        article.provenance.sets = vec![source];
        article.references = pairs
            .iter()
            .cloned()
            .map(|(raw, doi)| Reference { raw, doi })
            .collect();
        article.funding = pairs
            .iter()
            .cloned()
            .map(|(name, award)| Funding {
                award,
                ..Funding::named(name)
            })
            .collect();
        article.unmapped = pairs
            .into_iter()
            .map(|(value, lang)| Unmapped {
                element: value.clone(),
                lang,
                value,
            })
            .collect();
        article
    })
}

fn forbidden(c: char) -> bool {
    matches!(c, '\0'..='\u{8}' | '\u{B}' | '\u{C}' | '\u{E}'..='\u{1F}' | '\u{FFFE}' | '\u{FFFF}')
}

/// The whole file of an article in a format; empty where the format has no form for it.
fn file(format: &str, article: &Article) -> Vec<u8> {
    let mut options = Options::default();
    options.crossref.depositor = Some("Library".to_owned());
    options.crossref.email = Some("library@example.org".to_owned());
    let exporter = export::exporter(format, &options).unwrap_or_else(|error| panic!("{error}"));
    let mut out = Vec::new();
    exporter
        .document((&Entry::Live(Box::new(article.clone()))).into(), &mut out)
        .unwrap_or_else(|error| panic!("{error}"));
    out
}

/// Walks an ISO 2709 record by its directory: every entry has to lead to a field that ends where it says.
fn fields(record: &[u8]) -> Option<usize> {
    let number = |bytes: &[u8]| std::str::from_utf8(bytes).ok()?.parse::<usize>().ok();
    let base = number(record.get(12..17)?)?;
    if number(record.get(..5)?)? != record.len()
        || record.last() != Some(&0x1D)
        || record.len() > 99_999
    {
        return None;
    }
    let directory = record.get(24..base - 1)?;
    let body = record.get(base..)?;
    let mut next = 0;
    for entry in directory.chunks(12) {
        let (length, start) = (number(entry.get(3..7)?)?, number(entry.get(7..12)?)?);
        let field = body.get(start..start + length)?;
        let inside = field.get(..length - 1)?;
        if start != next
            || field.last() != Some(&0x1E)
            || inside.iter().any(|byte| matches!(byte, 0x1D | 0x1E))
        {
            return None;
        }
        next = start + length;
    }
    (next + 1 == body.len()).then_some(directory.len() / 12)
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(400) })]

    #[test]
    fn any_article_is_well_formed_jats_and_clean(article in article()) {
        let document = document(&article, JatsOptions::default());
        prop_assert!(!document.contains(forbidden));
        let mut reader = Reader::from_str(&document);
        loop {
            match reader.read_event() {
                Ok(Event::Eof) => break,
                Ok(Event::Start(tag) | Event::Empty(tag)) => {
                    for attribute in tag.attributes() {
                        prop_assert!(attribute.is_ok(), "{attribute:?}");
                    }
                }
                // References to characters, too, would bring forbidden ones back.
                Ok(Event::GeneralRef(name)) => {
                    prop_assert!(matches!(&*name.xml10_content(), "amp" | "lt" | "gt" | "quot"));
                }
                Ok(_) => {}
                Err(error) => return Err(TestCaseError::fail(format!("{error} in {document}"))),
            }
        }
        prop_assert_eq!(lint(&document), [], "{}", document);
    }

    #[test]
    fn any_article_is_well_formed_in_every_format_of_xml(article in article()) {
        for format in ["marcxml", "dc", "doaj", "crossref"] {
            let text = String::from_utf8(file(format, &article)).unwrap_or_default();
            prop_assert!(!text.contains(forbidden), "{}", format);
            let mut reader = Reader::from_str(&text);
            loop {
                match reader.read_event() {
                    Ok(Event::Eof) => break,
                    Ok(_) => {}
                    Err(error) => return Err(TestCaseError::fail(format!("{format}: {error} in {text}"))),
                }
            }
        }
    }

    #[test]
    fn any_article_is_a_sound_record_of_iso_2709(article in article()) {
        let record = file("marc", &article);
        prop_assert!(fields(&record).is_some_and(|count| count > 8), "{}", String::from_utf8_lossy(&record));
    }

    #[test]
    fn any_article_has_lines_that_are_tags_in_ris_and_braces_that_balance_in_bibtex(article in article()) {
        let ris = String::from_utf8(file("ris", &article)).unwrap_or_default();
        for line in ris.split("\r\n").filter(|line| !line.is_empty()) {
            prop_assert!(line.get(2..6) == Some("  - ") && !line.contains(['\r', '\n']), "{:?}", line);
        }
        let bibtex = String::from_utf8(file("bibtex", &article)).unwrap_or_default();
        let mut depth = 0_i32;
        for c in bibtex.chars() {
            depth += match c { '{' => 1, '}' => -1, _ => 0 };
            prop_assert!(depth >= 0, "{}", bibtex);
        }
        prop_assert_eq!(depth, 0, "{}", bibtex);
        prop_assert!(serde_json::from_slice::<serde_json::Value>(&file("csl", &article)).is_ok());
    }

    #[test]
    fn the_lint_survives_anything(text in text()) {
        let _ = lint(&text);
    }

    #[test]
    fn a_file_name_never_leaves_its_folder(source in text(), identifier in text()) {
        let name = file_name(&source, &identifier, "xml");
        prop_assert!(name.len() <= 160);
        prop_assert!(name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_')), "{}", name);
        prop_assert!(!name.starts_with(['.', '-']), "{}", name);
        prop_assert!(!name.contains(".."), "{}", name);
        let path = std::path::Path::new(&name);
        prop_assert_eq!(path.components().count(), 1);
        // The part before the first dot is what Windows takes for a device.
        prop_assert!(name.split('.').next().unwrap().contains('_'));
    }
}
