//! Articles that no source should lead to: what the model promises does not hold.

use offprint::Article;
use offprint::article::{
    Affiliation, Contributor, Copyright, Funding, License, NameVariant, Pages, Precision,
    Reference, Scheme, Title, Unmapped,
};

use super::{affiliation, date, full, identifier, kind, person, some, summary, text};

/// Articles that break what the model promises, as if a value had slipped through.
pub(crate) fn broken() -> Vec<Article> {
    let mut all = Vec::new();
    let mut add = |change: &dyn Fn(&mut Article)| {
        let mut article = full(u32::try_from(all.len()).unwrap_or_default() + 1000);
        change(&mut article);
        all.push(article);
    };
    // Empty strings everywhere.
    for blank in ["", " ", "\n\t", "\u{0}", "\u{200B}\u{FEFF}", "\u{A0}"] {
        add(&|a| {
            let value = blank.to_owned();
            let blank = || Some(value.clone());
            (a.doi, a.resource_type, a.language) = (blank(), kind(&value), blank());
            a.titles.push(Title {
                value: value.clone(),
                markup: blank(),
                lang: blank(),
                subtitle: blank(),
            });
            a.titles[0].subtitle = blank();
            a.titles[1].lang = blank();
            for contributor in &mut a.contributors {
                (contributor.suffix, contributor.orcid) = (blank(), blank());
                contributor.affiliations.push(Affiliation {
                    name: blank(),
                    ror: blank(),
                    ..Affiliation::default()
                });
                contributor.variants.push(NameVariant {
                    lang: blank(),
                    family: blank(),
                    given: blank(),
                    raw: value.clone(),
                });
            }
            a.contributors.push(Contributor {
                raw: value.clone(),
                ..a.contributors[0].clone()
            });
            a.contributors.push(Contributor {
                raw: value.clone(),
                family: blank(),
                given: blank(),
                ..person()
            });
            a.contributors[1].family = blank();
            a.abstracts = vec![
                summary(&value, Some("en")),
                summary(&format!("a\n\n{value}\n\nb"), Some(&value)),
            ];
            a.keywords = vec![text(&value, Some("en")), text("k", Some(&value))];
            a.journal.issn_unknown.push(value.clone());
            (a.journal.abbreviation, a.journal.publisher) = (blank(), blank());
            a.journal.titles.push(text(&value, Some(&value)));
            (a.section, a.volume, a.issue, a.issue_title) = (blank(), blank(), blank(), blank());
            a.pages = Some(Pages {
                raw: value.clone(),
                first: blank(),
                last: blank(),
                elocation_id: blank(),
            });
            for identifier in &mut a.identifiers {
                identifier.value.clone_from(&value);
            }
            for link in &mut a.links {
                (link.url, link.media_type) = (value.clone(), blank());
            }
            a.license = Some(License {
                url: blank(),
                name: blank(),
                raw: value.clone(),
            });
            a.copyright = Some(Copyright {
                statement: blank(),
                year: None,
                holder: blank(),
            });
            a.funding = vec![Funding {
                award: blank(),
                ..Funding::named(value.clone())
            }];
            a.references = vec![Reference {
                raw: value.clone(),
                doi: blank(),
            }];
            a.unmapped = vec![
                Unmapped {
                    element: value.clone(),
                    lang: blank(),
                    value: value.clone(),
                },
                Unmapped {
                    element: value.clone(),
                    lang: blank(),
                    value: "kept".to_owned(),
                },
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
            a.license = Some(License {
                url: some(url),
                name: None,
                raw: String::new(),
            });
            a.contributors[0].affiliations = vec![affiliation("A", Some(url))];
        });
    }
    for lang in [
        "en_US",
        "english language",
        "x",
        "123",
        "de-",
        "zh_Hans_CN",
        "i-klingon",
        "x-klingon",
    ] {
        add(&|a| a.language = some(lang));
        add(&|a| {
            a.titles[1].lang = some(lang);
            a.abstracts[1].lang = some(lang);
            a.keywords[1].lang = some(lang);
            a.unmapped[0].lang = some(lang);
            a.contributors[0].variants[0].lang = some(lang);
            a.journal.titles.push(text("In some language", Some(lang)));
        });
    }
    for doi in [
        "https://doi.org/10.1/a",
        "10.1/a b",
        "10.x/y",
        "10.1",
        "10.1/<&\">",
    ] {
        add(&|a| {
            a.doi = some(doi);
            a.identifiers = vec![
                identifier(Scheme::Doi, doi),
                identifier(Scheme::GalleyDoi, doi),
                identifier(Scheme::Doi, "10.1234/second"),
            ];
            a.references = vec![Reference {
                raw: "Ref İ".to_owned(),
                doi: some(doi),
            }];
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
    add(&|a| {
        a.copyright = Some(Copyright {
            statement: None,
            year: Some(20_044),
            holder: some("H"),
        })
    });
    add(&|a| a.journal.issn_print = some("1404 6091"));
    add(&|a| {
        a.journal.issn_print = some("not an issn");
        a.journal.issn_electronic = some("20023839");
    });
    add(&|a| {
        a.pages = Some(Pages {
            raw: "x".to_owned(),
            first: None,
            last: some("9"),
            elocation_id: some("e1"),
        });
    });
    add(&|a| {
        a.pages = Some(Pages {
            raw: "1, 2".to_owned(),
            first: some("1"),
            last: None,
            elocation_id: some("e1"),
        });
    });
    all
}
