//! Whatever an article holds, its JATS is well-formed and without characters that XML 1.0 forbids.

mod articles;

use offprint::Article;
use offprint::article::{
    Affiliation, Contributor, ContributorKind, Copyright, Funding, Identifier, LangText, License, Link,
    LinkRel, Pages, PartialDate, Precision, Reference, Scheme, Title, Unmapped,
};
use offprint::export::file_name;
use offprint::export::jats::{JatsOptions, document, lint};
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
    let affiliation = (text(), maybe()).prop_map(|(name, ror)| Affiliation { name, ror });
    (kind, maybe(), maybe(), maybe(), text(), maybe(), vec(affiliation, 0..3)).prop_map(
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
    vec((text(), maybe()).prop_map(|(value, lang)| LangText { value, lang }), 0..4)
}

fn article() -> impl Strategy<Value = Article> {
    let title =
        (text(), maybe(), maybe()).prop_map(|(value, lang, subtitle)| Title { value, lang, subtitle });
    let words = (vec(title, 0..4), vec(contributor(), 0..4), lang_texts(), lang_texts(), maybe(), maybe());
    let journal =
        (maybe(), proptest::collection::btree_map(text(), text(), 0..3), maybe(), vec(text(), 0..3));
    let issue = (maybe(), maybe(), maybe(), any::<Option<i32>>(), maybe(), text());
    let schemes = vec![
        Scheme::Doi,
        Scheme::IssueDoi,
        Scheme::GalleyDoi,
        Scheme::Urn,
        Scheme::PublisherId,
        Scheme::Isbn,
    ];
    let identifier =
        (proptest::sample::select(schemes), text()).prop_map(|(scheme, value)| Identifier { scheme, value });
    let rels = vec![LinkRel::Landing, LinkRel::Galley, LinkRel::Fulltext, LinkRel::Related];
    let link = (proptest::sample::select(rels), text(), maybe()).prop_map(|(rel, url, media_type)| Link {
        rel,
        url,
        media_type,
    });
    let rest =
        (vec(identifier, 0..4), vec(link, 0..4), maybe(), maybe(), text(), vec((text(), maybe()), 0..3));
    (words, journal, issue, rest).prop_map(|(words, journal, issue, rest)| {
        let mut article = articles::bare(1);
        (
            article.titles,
            article.contributors,
            article.abstracts,
            article.keywords,
            article.language,
            article.kind,
        ) = words;
        (
            article.journal.title,
            article.journal.titles_by_lang,
            article.journal.issn_print,
            article.journal.issn_unknown,
        ) = journal;
        let (first, last, elocation_id, year, volume, raw) = issue;
        article.published = first.clone().map(|date| PartialDate { date, precision: Precision::Day });
        article.pages = Some(Pages { raw: raw.clone(), first, last, elocation_id });
        (article.issue_year, article.volume) = (year, volume);
        let (identifiers, links, url, statement, source, pairs) = rest;
        (article.identifiers, article.links) = (identifiers, links);
        article.license = Some(License { url, name: None, raw });
        article.copyright = Some(Copyright { statement: statement.clone(), year, holder: statement });
        article.provenance.source.clone_from(&source);
        article.provenance.sets = vec![source];
        article.references = pairs.iter().cloned().map(|(raw, doi)| Reference { raw, doi }).collect();
        article.funding = pairs.iter().cloned().map(|(name, award)| Funding { name, award }).collect();
        article.unmapped =
            pairs.into_iter().map(|(value, lang)| Unmapped { element: value.clone(), lang, value }).collect();
        article
    })
}

fn forbidden(c: char) -> bool {
    matches!(c, '\0'..='\u{8}' | '\u{B}' | '\u{C}' | '\u{E}'..='\u{1F}' | '\u{FFFE}' | '\u{FFFF}')
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
