//! Articles made in code, as nasty as sources are.

#![allow(dead_code, unused_imports, reason = "each test file uses a part")]
#![allow(
    clippy::too_many_lines,
    clippy::assigning_clones,
    reason = "a list of values, one by one"
)]

mod broken;
mod nasty;

use offprint::article::{
    Abstract, Affiliation, Code, Contributor, ContributorKind, Copyright, Finding, Funding,
    Identifier, LangText, License, Link, LinkRel, NameVariant, Pages, PartialDate, Precision,
    Provenance, Reference, ResourceType, Role, Scheme, Title, Unmapped,
};
use offprint::{Article, Deletion};
use uuid::Uuid;

pub(crate) use broken::broken;
pub(crate) use nasty::nasty;

pub(crate) fn provenance(number: u32) -> Provenance {
    Provenance {
        source: "cac".to_owned(),
        base_url: "https://journals.example.org/index.php/cac/oai".to_owned(),
        oai_identifier: format!("oai:journals.example.org:article/{number}"),
        datestamp: "2024-02-29T23:59:59Z".to_owned(),
        sets: vec!["cac:RP".to_owned(), "driver".to_owned()],
        metadata_prefixes: vec!["oai_dc".to_owned()],
        harvested_at: "2024-03-01T01:02:03Z".to_owned(),
        raw_sha256: "0123456789abcdef".repeat(4),
        fields: std::iter::once(("titles".to_owned(), "oai_dc:title".to_owned())).collect(),
    }
}

/// An article with nothing but its provenance.
pub(crate) fn bare(number: u32) -> Article {
    let id = Uuid::new_v5(&Uuid::NAMESPACE_URL, &number.to_be_bytes());
    Article::new(id.to_string(), provenance(number))
}

pub(crate) fn deletion(number: u32) -> Deletion {
    Deletion::new(bare(number).id, provenance(number))
}

/// Returns an article with the fields that Journal Publishing requires in every version, and no more.
pub(crate) fn sufficient(number: u32) -> Article {
    let mut article = bare(number);
    article.language = some("en");
    article.titles = vec![title("Oil and gas pipelines", Some("en"))];
    article.journal.title = some("Central Asia and the Caucasus");
    article.journal.issn_electronic = some("2002-3839");
    article.published = date("2004-12-31", Precision::Day);
    article
}

/// An article that has everything, well-behaved.
pub(crate) fn full(number: u32) -> Article {
    let mut article = sufficient(number);
    article.doi = some("10.37178/ca-c.00.1.01");
    article.resource_type = kind("article");
    article.titles = vec![
        Title {
            value: "Oil & gas pipelines: between Moscow and Beijing".to_owned(),
            lang: some("en"),
            subtitle: some("between Moscow and Beijing"),
            ..Title::default()
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
            affiliations: vec![affiliation(
                "CNRS / EHESS, Paris",
                Some("https://ror.org/02feahw73"),
            )],
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
            affiliations: vec![affiliation(
                "CNRS / EHESS, Paris",
                Some("https://ror.org/02feahw73"),
            )],
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
        summary(
            "First paragraph, 5 < 7 > 3 & so on.\n\nSecond\nparagraph.",
            Some("en"),
        ),
        summary("Первый абзац.", Some("ru")),
    ];
    article.keywords = vec![
        text("security", Some("en")),
        text("Казахстан", Some("ru")),
        text("“Great Game”", Some("en")),
    ];
    article.journal.titles = vec![
        text("Central Asia and the Caucasus", Some("en")),
        text("Центральная Азия и Кавказ", Some("ru")),
    ];
    article.journal.abbreviation = some("CA&C");
    article.journal.issn_print = some("1404-6091");
    article.journal.publisher = some("CA&C Press AB");
    article.section = some("REGIONAL POLITICS");
    article.volume = some("5");
    article.issue = some("1-2");
    article.issue_title = some("Energy");
    article.issue_year = Some(2004);
    article.pages = Some(Pages {
        raw: "5-13".to_owned(),
        first: some("5"),
        last: some("13"),
        elocation_id: None,
    });
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
        link(
            LinkRel::Galley,
            &format!("{base}/view/382/7"),
            Some("application/pdf"),
        ),
        link(
            LinkRel::Fulltext,
            &format!("{base}/download/382/7"),
            Some("application/pdf"),
        ),
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
        Funding {
            award: some("SF-1/22"),
            ..Funding::named("Science Fund")
        },
        Funding::named("Ministry & Sons"),
    ];
    article.references = vec![
        Reference {
            raw: "A. Author, Title & Subtitle, 1999. https://doi.org/10.1000/XYZ1. Accessed 2001"
                .to_owned(),
            doi: some("10.1000/xyz1"),
        },
        Reference {
            raw: "Another <1999>".to_owned(),
            doi: None,
        },
    ];
    article.findings = vec![Finding::new(
        Code::UnsplitName,
        "contributors",
        "Saodat Ismailov",
    )];
    article.unmapped = vec![Unmapped {
        element: "dc:coverage".to_owned(),
        lang: some("ru"),
        value: "Кавказ".to_owned(),
    }];
    article
}

#[expect(clippy::unnecessary_wraps, reason = "reads better where it is used")]
pub(crate) fn some(text: &str) -> Option<String> {
    Some(text.to_owned())
}

pub(crate) fn person() -> Contributor {
    Contributor {
        kind: ContributorKind::Person,
        ..Contributor::default()
    }
}

pub(crate) fn title(value: &str, lang: Option<&str>) -> Title {
    Title {
        value: value.to_owned(),
        lang: lang.map(str::to_owned),
        ..Title::default()
    }
}

/// A kind of work by its word, as a source has it.
#[expect(clippy::unnecessary_wraps, reason = "reads better where it is used")]
pub(crate) fn kind(word: &str) -> Option<ResourceType> {
    let (label, code) = match word {
        "article" | "info:eu-repo/semantics/article" => ("journal article", "c_6501"),
        "researchArticle" | "research article" => ("research article", "c_2df8fbb1"),
        "review" => ("review", "c_efa0"),
        "bookReview" => ("book review", "c_ba08"),
        "conferenceObject" => ("conference object", "c_c94f"),
        other => (other, "c_1843"),
    };
    Some(ResourceType {
        label: label.to_owned(),
        uri: format!("http://purl.org/coar/resource_type/{code}"),
        raw: word.to_owned(),
    })
}

pub(crate) fn summary(value: &str, lang: Option<&str>) -> Abstract {
    Abstract::plain(value.to_owned(), lang.map(str::to_owned))
}

pub(crate) fn text(value: &str, lang: Option<&str>) -> LangText {
    LangText {
        value: value.to_owned(),
        lang: lang.map(str::to_owned),
    }
}

pub(crate) fn affiliation(name: &str, ror: Option<&str>) -> Affiliation {
    Affiliation {
        ror: ror.map(str::to_owned),
        ..Affiliation::named(name)
    }
}

pub(crate) fn identifier(scheme: Scheme, value: &str) -> Identifier {
    Identifier {
        scheme,
        value: value.to_owned(),
    }
}

pub(crate) fn link(rel: LinkRel, url: &str, media_type: Option<&str>) -> Link {
    Link {
        rel,
        url: url.to_owned(),
        media_type: media_type.map(str::to_owned),
    }
}

#[expect(clippy::unnecessary_wraps, reason = "reads better where it is used")]
pub(crate) fn date(date: &str, precision: Precision) -> Option<PartialDate> {
    Some(PartialDate {
        date: date.to_owned(),
        precision,
    })
}
