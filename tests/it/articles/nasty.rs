//! Articles as nasty as sources are, within what the model promises.

use offprint::Article;
use offprint::article::{
    Contributor, ContributorKind, Copyright, License, NameVariant, Pages, Precision, Reference,
    Role,
};

use super::{affiliation, bare, date, full, kind, person, some, sufficient, summary, text, title};

/// Articles within what the model promises: they validate against the JSON Schema, too.
pub(crate) fn nasty() -> Vec<Article> {
    let mut all = vec![bare(1), sufficient(2), full(3)];
    let mut add = |change: &dyn Fn(&mut Article)| {
        let number = all.len();
        let mut article = full(u32::try_from(number).unwrap_or_default() + 10);
        change(&mut article);
        all.push(article);
    };
    // Every part missing.
    add(&|a| a.language = None);
    add(&|a| a.titles.clear());
    add(&|a| a.contributors.clear());
    add(&|a| a.abstracts.clear());
    add(&|a| a.keywords.clear());
    add(&|a| a.journal = offprint::article::Journal::default());
    add(&|a| a.published = None);
    add(&|a| a.issue_year = None);
    add(&|a| (a.published, a.issue_year) = (None, None));
    add(&|a| a.pages = None);
    add(&|a| a.identifiers.clear());
    add(&|a| a.links.clear());
    add(&|a| a.license = None);
    add(&|a| a.copyright = None);
    add(&|a| a.references.clear());
    add(&|a| a.funding.clear());
    add(&|a| a.unmapped.clear());
    add(&|a| a.provenance.sets.clear());
    add(&|a| (a.journal.issn_print, a.journal.issn_electronic) = (None, None));
    add(&|a| (a.journal.title, a.journal.titles) = (None, Vec::new()));
    // Every part doubled.
    add(&|a| {
        macro_rules! double {
            ($($part:ident),*) => {$( let again = a.$part.clone(); a.$part.extend(again); )*};
        }
        double!(
            titles,
            contributors,
            abstracts,
            keywords,
            identifiers,
            links,
            funding,
            references,
            unmapped
        );
    });
    add(&|a| {
        a.journal.issn_unknown = vec![
            "2002-3839".to_owned(),
            "1404-6091".to_owned(),
            "1234-567X".to_owned(),
        ];
    });
    // Scripts.
    add(&|a| {
        a.language = some("ar");
        a.titles = vec![title(
            "\u{202B}تاريخ آسيا الوسطى\u{202C} (2004)",
            Some("ar"),
        )];
        a.abstracts = vec![
            summary("ملخّص\n\nفقرة ثانية", Some("ar")),
            summary("תקציר", Some("he")),
        ];
        a.contributors[0].family = some("ابن سينا");
    });
    add(&|a| {
        a.language = some("zh-Hant");
        a.titles = vec![
            title("中亞與高加索：石油", Some("zh-Hant")),
            title("中亚与高加索", Some("zh-Hans")),
        ];
        a.contributors = vec![
            Contributor {
                family: some("王"),
                given: some("小明"),
                raw: "王小明".to_owned(),
                ..person()
            },
            Contributor {
                raw: "김철수".to_owned(),
                ..Contributor::default()
            },
            Contributor {
                family: some("𠮷田"),
                given: some("太郎"),
                raw: "𠮷田太郎".to_owned(),
                ..person()
            },
        ];
    });
    add(&|a| {
        a.titles = vec![title(
            "e\u{301}tude 𝔸 🧪 \u{1D54F}\u{1F469}\u{200D}\u{1F52C}\u{FE0F}",
            Some("fr"),
        )];
    });
    // Quantities.
    add(&|a| {
        a.contributors = (0..300)
            .map(|n| Contributor {
                family: some(&format!("Author{n}")),
                given: some("A."),
                raw: format!("Author{n}, A."),
                affiliations: vec![affiliation(&format!("University {}", n % 7), None); 2],
                ..person()
            })
            .collect();
    });
    add(&|a| {
        a.abstracts = vec![summary(
            &"A sentence & more of it. ".repeat(20_000),
            Some("en"),
        )]
    });
    add(&|a| a.abstracts = vec![summary(&"p\n\n".repeat(500), Some("en"))]);
    add(&|a| {
        a.references = (0..500)
            .map(|n| Reference {
                raw: format!("Work {n}"),
                doi: None,
            })
            .collect();
    });
    // Markup-like text and characters XML forbids.
    add(&|a| {
        a.titles = vec![title(
            "<i>p</i> < 0.05 &amp; ]]> <!-- <![CDATA[ &#0; &nbsp;",
            Some("en"),
        )];
        a.abstracts = vec![summary(
            "<p>one</p><br/>\n\n</abstract><script>alert(1)</script>",
            Some("en"),
        )];
        a.volume = some("\"5\"'");
    });
    add(&|a| {
        a.titles = vec![title(
            "nul\u{0} vt\u{B}ff\u{C} esc\u{1B} us\u{1F} nel\u{85} del\u{7F} bad\u{FFFE}\u{FFFF}",
            None,
        )];
        a.section = some("\u{1}\u{2}");
        a.issue_title = some("\u{FFFF}");
    });
    // Languages.
    add(&|a| a.language = some("de"));
    add(&|a| {
        a.language = None;
        a.titles = vec![
            title("Ohne Sprache", None),
            title("Sans langue", Some("fr")),
            title("Zwei", None),
        ];
        a.abstracts = vec![
            summary("one", Some("en")),
            summary("zwei", None),
            summary("drei", Some("de")),
        ];
        a.keywords = vec![
            text("a", None),
            text("b", Some("und")),
            text("c", Some("EN")),
        ];
    });
    add(&|a| {
        a.titles = vec![
            title("One", Some("fr")),
            title("Two", Some("fr")),
            title("Three", Some("FR")),
        ];
        a.abstracts = vec![
            summary("a", Some("en")),
            summary("b", Some("EN")),
            summary("a", Some("en")),
            summary("c", None),
        ];
        a.keywords = vec![
            text("k", Some("en")),
            text("k", Some("EN")),
            text("k", None),
            text("l", None),
        ];
        a.journal.titles = vec![text("Another Title", Some("en")), text("A Third", None)];
    });
    add(&|a| {
        a.journal.title = None;
        a.journal.titles = vec![text("Asie centrale", Some("fr")), text("Asia", None)];
    });
    add(&|a| a.language = some("sr-Latn-RS"));
    // Names.
    add(&|a| {
        a.contributors = vec![
            Contributor {
                given: some("Suharto"),
                raw: "Suharto".to_owned(),
                ..person()
            },
            Contributor {
                family: some("Solo"),
                raw: "Solo".to_owned(),
                ..person()
            },
            Contributor {
                raw: "van der Berg, J. & Smith, K.".to_owned(),
                ..Contributor::default()
            },
            Contributor {
                role: Role::Translator,
                ..a.contributors[0].clone()
            },
            Contributor {
                role: Role::Contributor,
                ..a.contributors[1].clone()
            },
            Contributor {
                kind: ContributorKind::Organization,
                raw: "Ministry".to_owned(),
                variants: vec![NameVariant {
                    lang: some("fr"),
                    raw: "Ministère".to_owned(),
                    ..NameVariant::default()
                }],
                ..Contributor::default()
            },
        ];
    });
    // Dates and pages.
    for (value, precision) in [
        ("2004", Precision::Year),
        ("2004-02", Precision::Month),
        ("1799-12-01", Precision::Day),
    ] {
        add(&|a| a.published = date(value, precision));
    }
    for (raw, first, last, elocation) in [
        ("xiv-xx", Some("xiv"), Some("xx"), None),
        ("5-13, 20", Some("5"), Some("13"), None),
        ("e12345", None, None, Some("e12345")),
        ("unclear", None, None, None),
        ("20-5", Some("20"), Some("5"), None),
        ("7", Some("7"), None, None),
        ("1-4294967296", Some("0"), Some("4294967295"), None),
    ] {
        add(&|a| {
            a.pages = Some(Pages {
                raw: raw.to_owned(),
                first: first.map(str::to_owned),
                last: last.map(str::to_owned),
                elocation_id: elocation.map(str::to_owned),
            });
        });
    }
    // Rights.
    add(&|a| {
        a.copyright = Some(Copyright {
            statement: None,
            year: Some(2004),
            holder: None,
        })
    });
    add(&|a| {
        a.copyright = Some(Copyright {
            statement: None,
            year: None,
            holder: some("Somebody"),
        })
    });
    add(&|a| {
        a.license = Some(License {
            url: None,
            name: None,
            raw: "All rights reserved".to_owned(),
        })
    });
    // Kinds.
    for word in [
        "researchArticle",
        "research article",
        "review",
        "bookReview",
        "conferenceObject",
    ] {
        add(&|a| a.resource_type = kind(word));
    }
    // Titles and subtitles.
    add(&|a| a.titles[0].subtitle = some("not a part of it"));
    add(&|a| a.titles[0].subtitle = Some(a.titles[0].value.clone()));
    // Where it came from.
    add(&|a| {
        a.provenance.source = "Архив".to_owned();
        a.provenance.base_url = "https://repo.example.org/oai/request".to_owned();
        a.provenance.oai_identifier = "oai:repo.example.org:1/2".to_owned();
        a.provenance.sets = vec!["com_1_2".to_owned(), "col:1_3".to_owned()];
    });
    all
}
