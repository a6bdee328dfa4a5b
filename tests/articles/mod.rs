//! Articles made in code, as nasty as sources are.

#![allow(dead_code, reason = "each test file uses a part")]

use offprint::article::{
    Affiliation, Code, Contributor, ContributorKind, Copyright, Finding, Funding, Identifier, LangText,
    License, Link, LinkRel, NameVariant, Pages, PartialDate, Precision, Provenance, Reference, Role, Scheme,
    Title, Unmapped,
};
use offprint::{Article, Deletion};
use uuid::Uuid;

pub fn provenance(number: u32) -> Provenance {
    Provenance {
        source: "cac".to_owned(),
        base_url: "https://journals.example.org/index.php/cac/oai".to_owned(),
        oai_identifier: format!("oai:journals.example.org:article/{number}"),
        datestamp: "2024-02-29T23:59:59Z".to_owned(),
        sets: vec!["cac:RP".to_owned(), "driver".to_owned()],
        metadata_prefixes: vec!["oai_dc".to_owned()],
        harvested_at: "2024-03-01T01:02:03Z".to_owned(),
        raw_sha256: "0123456789abcdef".repeat(4),
        fields: [("titles".to_owned(), "oai_dc:title".to_owned())].into(),
    }
}

/// An article with nothing but its provenance.
pub fn bare(number: u32) -> Article {
    let id = Uuid::new_v5(&Uuid::NAMESPACE_URL, &number.to_be_bytes());
    Article::new(id.to_string(), provenance(number))
}

pub fn deletion(number: u32) -> Deletion {
    Deletion::new(bare(number).id, provenance(number))
}

/// What Journal Publishing demands in every version, and no more.
pub fn sufficient(number: u32) -> Article {
    let mut article = bare(number);
    article.language = some("en");
    article.titles = vec![title("Oil and gas pipelines", Some("en"))];
    article.journal.title = some("Central Asia and the Caucasus");
    article.journal.issn_electronic = some("2002-3839");
    article.published = date("2004-12-31", Precision::Day);
    article
}

/// An article that has everything, well-behaved.
pub fn full(number: u32) -> Article {
    let mut article = sufficient(number);
    article.doi = some("10.37178/ca-c.00.1.01");
    article.kind = some("article");
    article.titles = vec![
        Title {
            value: "Oil & gas pipelines: between Moscow and Beijing".to_owned(),
            lang: some("en"),
            subtitle: some("between Moscow and Beijing"),
        },
        title("Нефте- и газопроводы", Some("ru")),
        title("Pipelines, a second English title", Some("en")),
    ];
    article.contributors = vec![
        Contributor {
            family: some("Tolipov"),
            given: some("Zaur"),
            suffix: some("Jr."),
            raw: "Tolipov, Zaur".to_owned(),
            kind: ContributorKind::Person,
            orcid: some("https://orcid.org/0000-0002-1825-0097"),
            affiliations: vec![affiliation("CNRS / EHESS, Paris", Some("https://ror.org/02feahw73"))],
            variants: vec![NameVariant {
                lang: some("ru"),
                family: some("Толипов"),
                given: some("Заур"),
                raw: "Толипов Заур".to_owned(),
            }],
            ..Contributor::default()
        },
        Contributor {
            raw: "Saodat Ismailov".to_owned(),
            affiliations: vec![affiliation("CNRS / EHESS, Paris", Some("https://ror.org/02feahw73"))],
            ..Contributor::default()
        },
        Contributor {
            role: Role::Editor,
            kind: ContributorKind::Organization,
            raw: "CA&C Press <AB>".to_owned(),
            ..Contributor::default()
        },
    ];
    article.abstracts = vec![
        text("First paragraph, 5 < 7 > 3 & so on.\n\nSecond\nparagraph.", Some("en")),
        text("Первый абзац.", Some("ru")),
    ];
    article.keywords =
        vec![text("security", Some("en")), text("Казахстан", Some("ru")), text("“Great Game”", Some("en"))];
    article.journal.titles_by_lang = [
        ("en".to_owned(), "Central Asia and the Caucasus".to_owned()),
        ("ru".to_owned(), "Центральная Азия и Кавказ".to_owned()),
    ]
    .into();
    article.journal.abbreviation = some("CA&C");
    article.journal.issn_print = some("1404-6091");
    article.journal.publisher = some("CA&C Press AB");
    article.section = some("REGIONAL POLITICS");
    article.volume = some("5");
    article.issue = some("1-2");
    article.issue_title = some("Energy");
    article.issue_year = Some(2004);
    article.pages =
        Some(Pages { raw: "5-13".to_owned(), first: some("5"), last: some("13"), elocation_id: None });
    article.identifiers = vec![
        identifier(Scheme::Doi, "10.37178/ca-c.00.1.01"),
        identifier(Scheme::PublisherId, "382"),
        identifier(Scheme::IssueDoi, "10.37178/ca-c.00.1"),
        identifier(Scheme::GalleyDoi, "10.37178/ca-c.00.1.01.g7"),
        identifier(Scheme::Urn, "urn:nbn:de:0000-1234"),
        identifier(Scheme::Handle, "20.500.1/77"),
        identifier(Scheme::Arxiv, "2101.00001"),
        identifier(Scheme::Pmid, "123456"),
        identifier(Scheme::Isbn, "9783161484100"),
        identifier(Scheme::Other, "local 7"),
    ];
    let base = "https://journals.example.org/index.php/cac/article";
    article.links = vec![
        link(LinkRel::Landing, &format!("{base}/view/382"), None),
        link(LinkRel::Galley, &format!("{base}/view/382/7"), Some("application/pdf")),
        link(LinkRel::Fulltext, &format!("{base}/download/382/7"), Some("application/pdf")),
        link(LinkRel::Related, "https://doi.org/10.5281/zenodo.1", None),
    ];
    article.license = Some(License {
        url: some("https://creativecommons.org/licenses/by/4.0/"),
        name: some("CC BY 4.0"),
        raw: "Creative Commons Attribution 4.0".to_owned(),
    });
    article.copyright = Some(Copyright {
        statement: some("Copyright (c) 2004 CA&C Press AB"),
        year: Some(2004),
        holder: some("CA&C Press AB"),
    });
    article.funding = vec![
        Funding { name: "Science Fund".to_owned(), award: some("SF-1/22") },
        Funding { name: "Ministry & Sons".to_owned(), award: None },
    ];
    article.references = vec![
        Reference {
            raw: "A. Author, Title & Subtitle, 1999. https://doi.org/10.1000/XYZ1. Accessed 2001".to_owned(),
            doi: some("10.1000/xyz1"),
        },
        Reference { raw: "Another <1999>".to_owned(), doi: None },
    ];
    article.findings = vec![Finding {
        code: Code::UnsplitName,
        field: "contributors".to_owned(),
        raw: "Saodat Ismailov".to_owned(),
    }];
    article.unmapped =
        vec![Unmapped {
            element: "dc:coverage".to_owned(), lang: some("ru"), value: "Кавказ".to_owned()
        }];
    article
}

/// Articles within what the model promises: they validate against the JSON Schema, too.
pub fn nasty() -> Vec<Article> {
    let mut all = vec![bare(1), sufficient(2), full(3)];
    let mut add = |change: &dyn Fn(&mut Article)| {
        let number = 10 + u32::try_from(all.len()).unwrap();
        let mut article = full(number);
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
    add(&|a| a.provenance.sets.clear());
    add(&|a| (a.journal.issn_print, a.journal.issn_electronic) = (None, None));
    add(&|a| (a.journal.title, a.journal.titles_by_lang) = (None, [].into()));
    // Every part doubled.
    add(&|a| {
        macro_rules! double {
            ($($part:ident),*) => {$( let again = a.$part.clone(); a.$part.extend(again); )*};
        }
        double!(titles, contributors, abstracts, keywords, identifiers, links, funding, references, unmapped);
    });
    add(&|a| {
        a.journal.issn_unknown = vec!["2002-3839".to_owned(), "1404-6091".to_owned(), "1234-567X".to_owned()];
    });
    // Scripts.
    add(&|a| {
        a.language = some("ar");
        a.titles = vec![title("\u{202B}تاريخ آسيا الوسطى\u{202C} (2004)", Some("ar"))];
        a.abstracts = vec![text("ملخّص\n\nفقرة ثانية", Some("ar")), text("תקציר", Some("he"))];
        a.contributors[0].family = some("ابن سينا");
    });
    add(&|a| {
        a.language = some("zh-Hant");
        a.titles = vec![title("中亞與高加索：石油", Some("zh-Hant")), title("中亚与高加索", Some("zh-Hans"))];
        a.contributors = vec![
            Contributor {
                family: some("王"), given: some("小明"), raw: "王小明".to_owned(), ..person()
            },
            Contributor { raw: "김철수".to_owned(), ..Contributor::default() },
            Contributor {
                family: some("𠮷田"), given: some("太郎"), raw: "𠮷田太郎".to_owned(), ..person()
            },
        ];
    });
    add(&|a| {
        a.titles = vec![title("e\u{301}tude 𝔸 🧪 \u{1D54F}\u{1F469}\u{200D}\u{1F52C}\u{FE0F}", Some("fr"))]
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
    add(&|a| a.abstracts = vec![text(&"A sentence & more of it. ".repeat(20_000), Some("en"))]);
    add(&|a| a.abstracts = vec![text(&"p\n\n".repeat(500), Some("en"))]);
    add(&|a| {
        a.references = (0..500).map(|n| Reference { raw: format!("Work {n}"), doi: None }).collect();
    });
    // Markup-like text and characters XML forbids.
    add(&|a| {
        a.titles = vec![title("<i>p</i> < 0.05 &amp; ]]> <!-- <![CDATA[ &#0; &nbsp;", Some("en"))];
        a.abstracts = vec![text("<p>one</p><br/>\n\n</abstract><script>alert(1)</script>", Some("en"))];
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
        a.titles = vec![title("Ohne Sprache", None), title("Sans langue", Some("fr")), title("Zwei", None)];
        a.abstracts = vec![text("one", Some("en")), text("zwei", None), text("drei", Some("de"))];
        a.keywords = vec![text("a", None), text("b", Some("und")), text("c", Some("EN"))];
    });
    add(&|a| {
        a.titles = vec![title("One", Some("fr")), title("Two", Some("fr")), title("Three", Some("FR"))];
        a.abstracts =
            vec![text("a", Some("en")), text("b", Some("EN")), text("a", Some("en")), text("c", None)];
        a.keywords = vec![text("k", Some("en")), text("k", Some("EN")), text("k", None), text("l", None)];
        a.journal.titles_by_lang =
            [("en".to_owned(), "Another Title".to_owned()), ("und".to_owned(), "A Third".to_owned())].into();
    });
    add(&|a| {
        a.journal.title = None;
        a.journal.titles_by_lang =
            [("fr".to_owned(), "Asie centrale".to_owned()), ("und".to_owned(), "Asia".to_owned())].into();
    });
    add(&|a| a.language = some("sr-Latn-RS"));
    // Names.
    add(&|a| {
        a.contributors = vec![
            Contributor { given: some("Suharto"), raw: "Suharto".to_owned(), ..person() },
            Contributor { family: some("Solo"), raw: "Solo".to_owned(), ..person() },
            Contributor { raw: "van der Berg, J. & Smith, K.".to_owned(), ..Contributor::default() },
            Contributor { role: Role::Translator, ..a.contributors[0].clone() },
            Contributor { role: Role::Contributor, ..a.contributors[1].clone() },
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
    for (value, precision) in
        [("2004", Precision::Year), ("2004-02", Precision::Month), ("1799-12-01", Precision::Day)]
    {
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
    add(&|a| a.copyright = Some(Copyright { statement: None, year: Some(2004), holder: None }));
    add(&|a| a.copyright = Some(Copyright { statement: None, year: None, holder: some("Somebody") }));
    add(&|a| a.license = Some(License { url: None, name: None, raw: "All rights reserved".to_owned() }));
    // Kinds.
    for kind in ["researchArticle", "research article", "review", "bookReview", "conferenceObject"] {
        add(&|a| a.kind = some(kind));
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

/// Articles that break what the model promises, as if a value had slipped through.
pub fn broken() -> Vec<Article> {
    let mut all = Vec::new();
    let mut add = |change: &dyn Fn(&mut Article)| {
        let mut article = full(1000 + u32::try_from(all.len()).unwrap());
        change(&mut article);
        all.push(article);
    };
    // Empty strings everywhere.
    for blank in ["", " ", "\n\t", "\u{0}", "\u{200B}\u{FEFF}", "\u{A0}"] {
        add(&|a| {
            let blank = || Some(blank.to_owned());
            let value = blank().unwrap();
            (a.doi, a.kind, a.language) = (blank(), blank(), blank());
            a.titles.push(Title { value: value.clone(), lang: blank(), subtitle: blank() });
            a.titles[0].subtitle = blank();
            a.titles[1].lang = blank();
            for contributor in &mut a.contributors {
                (contributor.suffix, contributor.orcid) = (blank(), blank());
                contributor.affiliations.push(Affiliation { name: value.clone(), ror: blank() });
                contributor.variants.push(NameVariant {
                    lang: blank(),
                    family: blank(),
                    given: blank(),
                    raw: value.clone(),
                });
            }
            a.contributors.push(Contributor { raw: value.clone(), ..a.contributors[0].clone() });
            a.contributors.push(Contributor {
                raw: value.clone(),
                family: blank(),
                given: blank(),
                ..person()
            });
            a.contributors[1].family = blank();
            a.abstracts = vec![text(&value, Some("en")), text(&format!("a\n\n{value}\n\nb"), Some(&value))];
            a.keywords = vec![text(&value, Some("en")), text("k", Some(&value))];
            a.journal.issn_unknown.push(value.clone());
            (a.journal.abbreviation, a.journal.publisher) = (blank(), blank());
            a.journal.titles_by_lang.insert(value.clone(), value.clone());
            (a.section, a.volume, a.issue, a.issue_title) = (blank(), blank(), blank(), blank());
            a.pages =
                Some(Pages { raw: value.clone(), first: blank(), last: blank(), elocation_id: blank() });
            for identifier in &mut a.identifiers {
                identifier.value.clone_from(&value);
            }
            for link in &mut a.links {
                (link.url, link.media_type) = (value.clone(), blank());
            }
            a.license = Some(License { url: blank(), name: blank(), raw: value.clone() });
            a.copyright = Some(Copyright { statement: blank(), year: None, holder: blank() });
            a.funding = vec![Funding { name: value.clone(), award: blank() }];
            a.references = vec![Reference { raw: value.clone(), doi: blank() }];
            a.unmapped = vec![
                Unmapped { element: value.clone(), lang: blank(), value: value.clone() },
                Unmapped { element: value.clone(), lang: blank(), value: "kept".to_owned() },
            ];
            a.provenance.sets.push(value.clone());
        });
        add(&|a| {
            a.provenance.source = blank.to_owned();
            a.provenance.base_url = blank.to_owned();
            a.provenance.datestamp = blank.to_owned();
            a.provenance.oai_identifier = blank.to_owned();
            a.provenance.raw_sha256 = blank.to_owned();
        });
    }
    for url in [
        "http://example.org/a b",
        "http://ex ample.org/",
        "not a url",
        "javascript:alert(1)",
        "https://é.example/ü?<>\"{}|^`%zz#a#b",
        "http:relative",
        "//example.org",
        "http://[::1",
    ] {
        add(&|a| {
            for link in &mut a.links {
                link.url = url.to_owned();
            }
            a.license = Some(License { url: some(url), name: None, raw: String::new() });
            a.contributors[0].affiliations = vec![affiliation("A", Some(url))];
        });
    }
    for lang in ["en_US", "english language", "x", "123", "de-", "zh_Hans_CN", "i-klingon", "x-klingon"] {
        add(&|a| a.language = some(lang));
        add(&|a| {
            a.titles[1].lang = some(lang);
            a.abstracts[1].lang = some(lang);
            a.keywords[1].lang = some(lang);
            a.unmapped[0].lang = some(lang);
            a.contributors[0].variants[0].lang = some(lang);
            a.journal.titles_by_lang.insert(lang.to_owned(), "In some language".to_owned());
        });
    }
    for doi in ["https://doi.org/10.1/a", "10.1/a b", "10.x/y", "10.1", "10.1/<&\">"] {
        add(&|a| {
            a.doi = some(doi);
            a.identifiers = vec![
                identifier(Scheme::Doi, doi),
                identifier(Scheme::GalleyDoi, doi),
                identifier(Scheme::Doi, "10.1234/second"),
            ];
            a.references = vec![Reference { raw: "Ref İ".to_owned(), doi: some(doi) }];
        });
    }
    for orcid in [
        "0000-0002-1825-0097",
        "https://orcid.org/0000-0002-1825-0098",
        "http://orcid.org/0000-0002-1825-0097",
    ] {
        add(&|a| a.contributors[0].orcid = some(orcid));
    }
    for (value, precision) in [
        ("2004-02-30", Precision::Day),
        ("2004-13", Precision::Month),
        ("20040131", Precision::Day),
        ("", Precision::Year),
        ("0", Precision::Year),
        ("-500-01-01", Precision::Day),
        ("2004-12-31", Precision::Year),
        ("2004", Precision::Day),
        ("+2004-1-1", Precision::Day),
    ] {
        add(&|a| a.published = date(value, precision));
    }
    add(&|a| (a.issue_year, a.published) = (Some(0), None));
    add(&|a| a.issue_year = Some(i32::MIN));
    add(&|a| a.copyright = Some(Copyright { statement: None, year: Some(20_044), holder: some("H") }));
    add(&|a| a.journal.issn_print = some("1404 6091"));
    add(&|a| {
        a.journal.issn_print = some("not an issn");
        a.journal.issn_electronic = some("20023839");
    });
    add(&|a| {
        a.pages = Some(Pages { raw: "x".to_owned(), first: None, last: some("9"), elocation_id: some("e1") })
    });
    add(&|a| {
        a.pages =
            Some(Pages { raw: "1, 2".to_owned(), first: some("1"), last: None, elocation_id: some("e1") });
    });
    all
}

pub fn some(text: &str) -> Option<String> {
    Some(text.to_owned())
}

pub fn person() -> Contributor {
    Contributor { kind: ContributorKind::Person, ..Contributor::default() }
}

pub fn title(value: &str, lang: Option<&str>) -> Title {
    Title { value: value.to_owned(), lang: lang.map(str::to_owned), subtitle: None }
}

pub fn text(value: &str, lang: Option<&str>) -> LangText {
    LangText { value: value.to_owned(), lang: lang.map(str::to_owned) }
}

pub fn affiliation(name: &str, ror: Option<&str>) -> Affiliation {
    Affiliation { name: name.to_owned(), ror: ror.map(str::to_owned) }
}

pub fn identifier(scheme: Scheme, value: &str) -> Identifier {
    Identifier { scheme, value: value.to_owned() }
}

pub fn link(rel: LinkRel, url: &str, media_type: Option<&str>) -> Link {
    Link { rel, url: url.to_owned(), media_type: media_type.map(str::to_owned) }
}

#[expect(clippy::unnecessary_wraps, reason = "reads better where it is used")]
pub fn date(date: &str, precision: Precision) -> Option<PartialDate> {
    Some(PartialDate { date: date.to_owned(), precision })
}
