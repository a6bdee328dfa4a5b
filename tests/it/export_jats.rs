//! JATS: every article is valid by the DTD, clean by our own lint, and says what the crosswalk wants.

use crate::articles;
use crate::support;
use crate::validators;

use std::path::Path;
use std::process::Command;

use offprint::Article;
use offprint::article::Entry;
use offprint::internals::export::Options;
use offprint::internals::export::jats::{JatsOptions, TagSet, Version, document, lint, resolve};
use offprint::internals::normalize::{Item, LANDING_PAGE};
use offprint::internals::oai::{Header, Record};
use rstest::rstest;

use articles::{bare, broken, deletion, full, nasty, sufficient};
use validators::jats::{faulty, validate};
use validators::{live, stream};

const VERSIONS: [Version; 4] = [Version::V1_1, Version::V1_2, Version::V1_3, Version::V1_4];

fn all() -> Vec<Article> {
    nasty().into_iter().chain(broken()).collect()
}

fn documents(articles: &[Article], tag_set: TagSet, version: Version) -> Vec<String> {
    articles
        .iter()
        .map(|article| {
            document(
                article,
                JatsOptions {
                    tag_set,
                    version,
                    ..JatsOptions::default()
                },
            )
        })
        .collect()
}

#[rstest]
fn every_article_is_valid_under_archiving(
    #[values(Version::V1_1, Version::V1_2, Version::V1_3, Version::V1_4)] version: Version,
) {
    validate(&documents(&all(), TagSet::Archiving, version));
}

#[rstest]
fn every_article_that_has_what_publishing_demands_is_valid_under_it(
    #[values(Version::V1_1, Version::V1_2, Version::V1_3, Version::V1_4)] version: Version,
) {
    let auto = JatsOptions {
        version,
        ..JatsOptions::default()
    };
    let mut articles = all();
    let before = articles.len();
    articles.retain(|article| resolve(article, auto) == TagSet::Publishing);
    // All but the few that were made without an ISSN, a title or a date.
    assert!(
        articles.len() > before * 4 / 5,
        "{} of {before}",
        articles.len()
    );
    validate(&documents(&articles, TagSet::Publishing, version));
}

#[test]
fn every_article_is_valid_under_the_tag_set_chosen_for_it() {
    validate(&documents(&all(), TagSet::Auto, Version::default()));
}

/// The sample journal's merged articles have affiliations, references, sections, names in two scripts.
#[test]
fn merged_articles_are_valid_and_clean() {
    let items = support::sample_items_in_all_formats();
    let context = support::sample_context(&items);
    let entries = items
        .iter()
        .map(|item| offprint::internals::normalize::normalize(item, &context));
    let articles: Vec<Article> = entries
        .filter_map(|entry| match entry {
            Entry::Live(article) => Some(*article),
            Entry::Deleted(_) => None,
        })
        .collect();
    assert!(
        articles
            .iter()
            .filter(|article| !article.references.is_empty())
            .count()
            > 200
    );
    validate(&documents(&articles, TagSet::Auto, Version::default()));
    validate(&documents(
        &articles[..40],
        TagSet::Archiving,
        Version::V1_4,
    ));
    for document in documents(&articles, TagSet::Auto, Version::default()) {
        assert_eq!(lint(&document), [], "{document}");
    }
}

/// Articles of hand-written records of every format, with what is rare in them.
#[test]
fn articles_of_nasty_records_are_valid_and_clean() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus/article");
    let mut articles = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let Ok(metadata) = String::from_utf8(std::fs::read(entry.unwrap().path()).unwrap()) else {
            continue;
        };
        let header = Header {
            identifier: "oai:x.org:article/1".to_owned(),
            ..Header::default()
        };
        for prefix in ["oai_dc", LANDING_PAGE] {
            let record = Record {
                header: header.clone(),
                metadata: Some(metadata.clone()),
                ..Record::default()
            };
            let records = vec![support::format_record(record, prefix)];
            let item = Item {
                identifier: header.identifier.clone(),
                records,
            };
            articles.push(support::article(
                &item,
                &support::source("https://x.org/oai"),
            ));
        }
    }
    assert!(articles.len() >= 40, "{}", articles.len());
    let documents = documents(&articles, TagSet::Auto, Version::default());
    validate(&documents);
    for document in documents {
        assert_eq!(lint(&document), [], "{document}");
    }
}

#[test]
fn the_validator_finds_fault_with_an_invalid_document() {
    let sound = document(&full(1), JatsOptions::default());
    let unsound = sound.replacen("<article-meta>", "<article-meta><nonsense/>", 1);
    let without_doctype: String = sound
        .lines()
        .filter(|line| !line.starts_with("<!DOCTYPE"))
        .collect();
    let twice_an_id = sound.replacen("<aff id=\"aff1\"", "<aff id=\"aff1\"/><aff id=\"aff1\"", 1);
    let found = faulty(&[sound, unsound, without_doctype, twice_an_id]);
    assert_eq!(found.keys().collect::<Vec<_>>(), [&1, &2, &3], "{found:?}");
}

#[test]
fn every_article_is_clean_by_the_lint() {
    for article in all() {
        for version in VERSIONS {
            let document = document(
                &article,
                JatsOptions {
                    version,
                    ..JatsOptions::default()
                },
            );
            assert_eq!(lint(&document), [], "{document}");
        }
    }
}

#[test]
fn publishing_is_left_for_archiving_only_where_something_is_missing() {
    let auto = |article: &Article, version| {
        resolve(
            article,
            JatsOptions {
                version,
                ..JatsOptions::default()
            },
        )
    };
    let sound = sufficient(1);
    let mut undated = sufficient(1);
    undated.published = None;
    let mut untitled = sufficient(1);
    untitled.titles.clear();
    let mut no_issn = sufficient(1);
    no_issn.journal.issn_electronic = None;
    let mut no_journal = sufficient(1);
    no_journal.journal.title = None;
    for version in VERSIONS {
        assert_eq!(auto(&sound, version), TagSet::Publishing);
        assert_eq!(auto(&untitled, version), TagSet::Archiving);
        assert_eq!(auto(&no_issn, version), TagSet::Archiving);
        assert_eq!(auto(&no_journal, version), TagSet::Archiving);
        assert_eq!(auto(&bare(1), version), TagSet::Archiving);
    }
    assert_eq!(auto(&undated, Version::V1_1), TagSet::Archiving);
    assert_eq!(auto(&undated, Version::V1_2), TagSet::Publishing);
}

#[test]
fn only_doctype_and_version_differ_between_tag_sets() {
    let body = |tag_set, version: Version| {
        let document = document(
            &full(1),
            JatsOptions {
                tag_set,
                version,
                ..JatsOptions::default()
            },
        );
        let (_, body) = document.split_once("<article ").unwrap();
        body.replace(&format!("dtd-version=\"{}\"", version.as_str()), "")
    };
    let first = body(TagSet::Publishing, Version::V1_3);
    for version in VERSIONS {
        assert_eq!(body(TagSet::Publishing, version), first);
        assert_eq!(body(TagSet::Archiving, version), first);
    }
}

#[test]
fn a_full_article_has_every_field_of_the_crosswalk() {
    insta::assert_snapshot!("full", document(&full(643), JatsOptions::default()));
}

#[test]
fn an_article_with_nothing_is_still_one() {
    insta::assert_snapshot!("bare", document(&bare(1), JatsOptions::default()));
}

#[test]
fn a_stream_is_one_well_formed_document() {
    let mut entries = live(nasty());
    entries.push(Entry::Deleted(deletion(7)));
    let text = String::from_utf8(stream("jats", &Options::default(), entries)).unwrap();
    assert_eq!(lint(&text), []);
    assert_eq!(text.matches("\n<article ").count(), nasty().len());
    assert_eq!(text.matches("\n<deleted-article ").count(), 1);
    assert!(text.ends_with("</articles>\n"));
    let path = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(path.path(), &text).unwrap();
    let status = Command::new("xmllint")
        .args(["--nonet", "--noout"])
        .arg(path.path())
        .status()
        .unwrap();
    assert!(status.success());
}

#[test]
fn an_article_cut_out_of_a_stream_is_valid() {
    let text = String::from_utf8(stream("jats", &Options::default(), live([full(1)]))).unwrap();
    let start = text.find("<article ").unwrap();
    let end = text.find("</article>\n").unwrap() + "</article>\n".len();
    let archiving = document(
        &full(1),
        JatsOptions {
            tag_set: TagSet::Archiving,
            ..JatsOptions::default()
        },
    );
    let head = &archiving[..archiving.find("<article ").unwrap()];
    validate(&[format!("{head}{}", &text[start..end])]);
}

#[test]
fn markup_in_references_is_set_as_jats_does() {
    let mut article = full(1);
    let raw = "Doe J. <i>On H<sub>2</sub>O</i> &amp; more. <a href=\"https://doi.org/10.5555/x\">10.5555/X</a>, p<5";
    article.references = vec![offprint::article::Reference {
        raw: raw.to_owned(),
        doi: Some("10.5555/x".to_owned()),
    }];
    let document = document(&article, JatsOptions::default());
    let expected = "Doe J. <italic>On H</italic><sub>2</sub><italic>O</italic> &amp; more. \
         <pub-id pub-id-type=\"doi\">10.5555/X</pub-id>, p&lt;5</mixed-citation>";
    assert!(
        document.contains(expected),
        "{}",
        &document[document.find("<back>").unwrap()..]
    );
    validate(&[document]);
}
