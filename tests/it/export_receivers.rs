//! Rules of receiving systems for valid files. Each test holds an export to a rule of the software that reads it.

use crate::articles;
use crate::validators;

use offprint::article::{AbstractSection, HistoryDate, HistoryEvent, Relation, RelationType};
use offprint::internals::export::csv::{CsvOptions, Separator};
use offprint::internals::export::jats::{JatsOptions, TagSet, Version, document, lint};
use offprint::internals::export::jsonl::JsonLinesOptions;
use offprint::internals::export::marc::{MarcOptions, Profile};
use offprint::internals::export::{self, Counts, Options, Target};
use offprint::{Article, Entry};
use rstest::rstest;
use serde_json::Value;

use articles::{deletion, full};
use validators::{everything, live, stream};

fn options() -> Options {
    let mut options = Options::default();
    options.crossref.depositor = Some("Library".to_owned());
    options.crossref.email = Some("library@example.org".to_owned());
    options
}

fn text(format: &str, options: &Options, articles: impl IntoIterator<Item = Article>) -> String {
    String::from_utf8(stream(format, options, live(articles))).unwrap()
}

fn counts(format: &str, options: &Options, entries: Vec<Entry>) -> Counts {
    let exporter = export::exporter(format, options).unwrap();
    let target = Target::stream(Box::new(std::io::sink()), exporter).unwrap();
    export::export(entries, target).unwrap()
}

fn changed(change: impl FnOnce(&mut Article)) -> Article {
    let mut article = full(1);
    change(&mut article);
    article
}

fn csv(options: CsvOptions) -> Options {
    Options {
        csv: options,
        ..Options::default()
    }
}

fn marc(profile: Profile) -> Options {
    Options {
        marc: MarcOptions {
            profile,
            id_prefix: "op-".to_owned(),
            ..MarcOptions::default()
        },
        ..Options::default()
    }
}

/// Elasticsearch takes a dot in a key for a path: a key and the same key with a dot cannot stand in one object.
#[test]
fn bulk_documents_have_no_key_that_is_a_path_of_another() {
    let options = Options {
        jsonl: JsonLinesOptions {
            flat: false,
            bulk: true,
        },
        ..Options::default()
    };
    let documents = stream("jsonl", &options, everything());
    for line in String::from_utf8(documents).unwrap().lines() {
        assert_no_dots(&serde_json::from_str(line).unwrap());
    }
}

fn assert_no_dots(value: &Value) {
    match value {
        Value::Object(object) => {
            for (key, value) in object {
                assert!(!key.contains('.'), "{key}");
                assert_no_dots(value);
            }
        }
        Value::Array(values) => values.iter().for_each(assert_no_dots),
        _ => {}
    }
}

/// Excel, pandas and R pair the columns by position.
#[test]
fn csv_columns_of_authors_are_aligned() {
    let article = changed(|article| {
        let second = article.contributors[1].clone();
        article.contributors[0].orcid = None;
        article.contributors[0].affiliations.clear();
        article.contributors[1].orcid = Some("https://orcid.org/0000-0002-1825-0097".to_owned());
        article.contributors.insert(2, second);
        article.contributors[2].raw = "Third | One".to_owned();
    });
    let options = csv(CsvOptions {
        fields: ["authors", "orcids", "affiliations"]
            .map(str::to_owned)
            .to_vec(),
        ..CsvOptions::default()
    });
    assert_eq!(
        text("csv", &options, [article]),
        "authors,orcids,affiliations\r\n\
         \"Tolipov, Zaur, Jr. | Saodat Ismailov | Third || One\",\
         \u{20}| https://orcid.org/0000-0002-1825-0097 | ,\
         \" | CNRS / EHESS, Paris | CNRS / EHESS, Paris\"\r\n"
    );
}

/// Excel reads UTF-8 only behind a byte order mark, and runs a cell that begins like a formula (CWE-1236).
#[test]
fn csv_for_excel_has_a_mark_and_no_formulas() {
    let fields = ["title", "volume", "section"].map(str::to_owned).to_vec();
    let article = || {
        changed(|article| {
            article.titles.truncate(1);
            article.titles[0].value = "=HYPERLINK(\"http://evil.example\")".to_owned();
            article.volume = Some("-5".to_owned());
            article.section = Some("a; b".to_owned());
        })
    };
    let excel = csv(CsvOptions {
        excel: Some(Separator::Semicolon),
        fields: fields.clone(),
    });
    assert_eq!(
        text("csv", &excel, [article()]),
        "\u{FEFF}title;volume;section\r\n\
         \"'=HYPERLINK(\"\"http://evil.example\"\")\";\"'-5\";\"a; b\"\r\n"
    );
    let notes = counts("csv", &excel, live([article()])).notes;
    assert_eq!(notes.values().sum::<u64>(), 2);
    let plain = csv(CsvOptions {
        excel: None,
        fields,
    });
    assert_eq!(
        text("csv", &plain, [article()]),
        "title,volume,section\r\n\
         \"=HYPERLINK(\"\"http://evil.example\"\")\",-5,a; b\r\n"
    );
}

#[test]
fn csv_refuses_an_unknown_column() {
    let options = csv(CsvOptions {
        fields: vec!["titel".to_owned()],
        ..CsvOptions::default()
    });
    let error = export::exporter("csv", &options).err().unwrap();
    assert!(error.to_string().contains("titel"), "{error}");
}

/// biblatex prints `language` in every reference; LaTeX sets `<` and `|` as other characters in its old encoding.
#[test]
fn bibtex_names_the_language_as_babel_does() {
    for (tag, expected) in [
        ("en-US", "  langid = {american},\n"),
        ("ru", "  langid = {russian},\n"),
        ("de-DE", "  langid = {ngerman},\n"),
    ] {
        let article = changed(|article| article.language = Some(tag.to_owned()));
        let text = text("bibtex", &Options::default(), [article]);
        assert!(text.contains(expected), "{text}");
        assert!(!text.contains("language ="), "{text}");
    }
    let unknown = changed(|article| article.language = Some("tlh".to_owned()));
    let text = text("bibtex", &Options::default(), [unknown]);
    assert!(!text.contains("langid"), "{text}");
}

#[test]
fn bibtex_escapes_what_old_encodings_lack() {
    let article = changed(|article| {
        article.titles[0].value = "<and> a|b \"q\"".to_owned();
        article.titles[0].subtitle = None;
    });
    let text = text("bibtex", &Options::default(), [article]);
    let title = r"\textless{}and\textgreater{} a\textbar{}b \textquotedbl{}q\textquotedbl{}";
    assert!(text.contains(title), "{text}");
}

#[test]
fn bibtex_writes_an_article_number_as_pages() {
    let article = changed(|article| {
        let pages = article.pages.as_mut().unwrap();
        (pages.first, pages.last) = (None, None);
        pages.elocation_id = Some("e13".to_owned());
    });
    let text = text("bibtex", &Options::default(), [article]);
    assert!(text.contains("  pages = {e13},\n") && !text.contains("eid"));
}

/// MLA prints `source` as the name of a database.
#[test]
fn csl_does_not_name_the_local_source() {
    let text = text("csl", &Options::default(), [full(1)]);
    assert!(!text.contains("\"source\""), "{text}");
    // "CA&C" is an acronym: Vancouver would print it alone.
    assert!(!text.contains("container-title-short"), "{text}");
    let article = changed(|article| article.journal.abbreviation = Some("Cent. Asia".to_owned()));
    let text = self::text("csl", &Options::default(), [article]);
    assert!(text.contains("\"container-title-short\":\"Cent. Asia\""));
}

/// Catalogs write `Doe, J. Q., $e author`: the comma stands after the stop of an initial (ISBD, LC's examples).
#[test]
fn marc_has_a_comma_after_initials() {
    let article = changed(|article| {
        article.contributors[0].given = Some("Z. K.".to_owned());
        article.journal.publisher = Some("Example Press Inc.".to_owned());
    });
    let text = text("marcxml", &Options::default(), [article]);
    for expected in [
        "<subfield code=\"a\">Tolipov, Z. K.,</subfield>",
        "<subfield code=\"c\">Jr.,</subfield>",
        "<subfield code=\"b\">Example Press Inc.,</subfield>",
    ] {
        assert!(text.contains(expected), "{expected}\n{text}");
    }
}

/// Koha's stylesheet, VuFind and LC's MODS crosswalk show the first $g; Koha's list shows every 773.
#[rstest]
fn marc_has_one_host_with_a_place_in_words(
    #[values(Profile::Generic, Profile::Koha, Profile::VuFind)] profile: Profile,
) {
    let text = text("marcxml", &marc(profile), [full(1)]);
    assert_eq!(text.matches("tag=\"773\"").count(), 1);
    let place = "<subfield code=\"g\">vol. 5, no. 1-2 (2004), p. 5-13</subfield>";
    assert_eq!(text.matches("code=\"g\">vol.").count(), 1);
    assert!(text.contains(place), "{text}");
    assert!(
        text.contains("<subfield code=\"q\">5:1-2&lt;5</subfield>"),
        "{text}"
    );
    assert!(text.contains("<subfield code=\"o\">ISSN 1404-6091 (print)</subfield>"));
}

#[test]
fn marc_writes_no_code_of_an_issue_in_words() {
    let article = changed(|article| article.issue = Some("(№ 101)".to_owned()));
    let text = text("marcxml", &Options::default(), [article]);
    assert!(!text.contains("<subfield code=\"q\">5:"), "{text}");
}

/// SolrMarc makes a document of a record that is marked as deleted, under the article's own id.
#[rstest]
fn marc_for_vufind_holds_no_deletion(#[values("marc", "marcxml")] format: &str) {
    let entries = vec![Entry::Deleted(deletion(1))];
    let counted = counts(format, &marc(Profile::VuFind), entries);
    assert_eq!((counted.deleted, counted.left_out), (0, 1));
    let exporter = export::exporter(format, &marc(Profile::VuFind)).unwrap();
    let mut ids = Vec::new();
    let deletion = Entry::Deleted(deletion(1));
    exporter
        .deletions()
        .unwrap()
        .entry((&deletion).into(), &mut ids)
        .unwrap();
    assert_eq!(
        String::from_utf8(ids).unwrap(),
        format!("op-{}\n", deletion.id())
    );
}

/// VuFind makes its topic facet of 650, and none of 653.
#[test]
fn marc_for_vufind_has_keywords_in_650() {
    let text = text("marcxml", &marc(Profile::VuFind), [full(1)]);
    assert!(text.contains("<datafield tag=\"650\" ind1=\" \" ind2=\"4\">"));
    assert!(!text.contains("tag=\"653\""));
}

/// DOAJ refuses an ISSN under the wrong medium, and with it the whole batch (portality,
/// `match_journal_with_validation`).
#[rstest]
#[case::electronic_alone(None, Some("2002-3839"), &[], Some(("", "2002-3839")))]
#[case::print_alone(Some("1404-6091"), None, &[], Some(("1404-6091", "")))]
#[case::other_than_electronic(None, Some("2002-3839"), &["1404-6091"], Some(("1404-6091", "2002-3839")))]
#[case::other_than_print(Some("1404-6091"), None, &["2002-3839"], Some(("1404-6091", "2002-3839")))]
#[case::unknown_alone(None, None, &["2049-3630"], None)]
#[case::two_unknown(None, None, &["2049-3630", "2002-3839"], None)]
fn doaj_takes_no_issn_of_unknown_medium(
    #[case] print: Option<&str>,
    #[case] electronic: Option<&str>,
    #[case] unknown: &[&str],
    #[case] expected: Option<(&str, &str)>,
) {
    let article = changed(|article| {
        article.journal.issn_print = print.map(str::to_owned);
        article.journal.issn_electronic = electronic.map(str::to_owned);
        article.journal.issn_unknown = unknown.iter().map(|&issn| issn.to_owned()).collect();
    });
    let counted = counts("doaj", &Options::default(), live([article.clone()]));
    let Some((print, electronic)) = expected else {
        assert_eq!(counted.left_out, 1);
        let reason = counted.reasons.keys().next().unwrap();
        assert!(reason.contains("unknown medium"), "{reason}");
        return;
    };
    let text = text("doaj", &Options::default(), [article]);
    for (element, issn) in [("issn", print), ("eissn", electronic)] {
        let written = format!("<{element}>{issn}</{element}>");
        assert_eq!(text.contains(&written), !issn.is_empty(), "{text}");
    }
}

/// DOAJ's crosswalk reads the first `affiliationId` of an author.
#[test]
fn doaj_has_one_affiliation_per_author() {
    let article = changed(|article| {
        let mut second = article.contributors[0].affiliations[0].clone();
        second.name = "Academy of Sciences".to_owned().into();
        article.contributors[0].affiliations.push(second);
    });
    let text = text("doaj", &Options::default(), [article]);
    assert!(
        text.contains("CNRS / EHESS, Paris; Academy of Sciences"),
        "{text}"
    );
    assert_eq!(text.matches("<affiliationId>").count(), 2, "{text}");
}

/// Crossref refuses a deposit of a journal without ISSN or DOI; it matches an ISSN by its number alone.
#[test]
fn crossref_needs_an_issn_and_takes_one_of_unknown_medium() {
    let article = changed(|article| {
        (article.journal.issn_print, article.journal.issn_electronic) = (None, None);
        article.journal.issn_unknown = vec!["2049-3630".to_owned()];
    });
    let text = text("crossref", &options(), [article]);
    assert!(text.contains("<issn>2049-3630</issn>"), "{text}");
    let article = changed(|article| {
        (article.journal.issn_print, article.journal.issn_electronic) = (None, None);
    });
    let counted = counts("crossref", &options(), live([article]));
    assert_eq!(
        counted.reasons.keys().collect::<Vec<_>>(),
        ["of a journal without ISSN or DOI"]
    );
}

/// A list of pages has a first and a last page, and is cited as it stands.
#[test]
fn pages_with_gaps_have_a_first_and_a_last_page() {
    let article = changed(|article| {
        let pages = article.pages.as_mut().unwrap();
        pages.raw = "7, 9–12; 34".to_owned();
        (pages.first, pages.last) = (None, None);
    });
    let ris = text("ris", &Options::default(), [article.clone()]);
    assert!(ris.contains("SP  - 7\r\nEP  - 34\r\n"), "{ris}");
    let csl = text("csl", &Options::default(), [article.clone()]);
    assert!(csl.contains("\"page\":\"7, 9–12; 34\""), "{csl}");
    let jats = text("jats", &Options::default(), [article]);
    assert!(
        jats.contains("<page-range>7, 9–12; 34</page-range>"),
        "{jats}"
    );
}

/// A correction says what it corrects, and keeps roles, dates, structure and registered funders (JATS4R).
#[test]
fn jats_keeps_what_archives_ask_for() {
    let article = changed(|article| {
        article.relations = vec![Relation {
            kind: RelationType::Corrects,
            doi: Some("10.5555/j.0".to_owned()),
            url: None,
        }];
        article.history = vec![HistoryDate {
            event: HistoryEvent::Received,
            date: "2004-03-01".to_owned(),
        }];
        article.contributors[0].credit = vec!["writing-original-draft".to_owned()];
        article.contributors[0].orcid_authenticated = true;
        article.contributors[0].corresponding = true;
        article.contributors[0].affiliations[0].country = Some("FR".to_owned());
        article.funding[0].funder_id = Some("https://doi.org/10.13039/501100000780".to_owned());
        article.abstracts[0].sections = vec![AbstractSection {
            label: "Methods".to_owned(),
            value: "We counted.".to_owned(),
            markup: None,
        }];
    });
    let versions = [Version::V1_1, Version::V1_2, Version::V1_3, Version::V1_4];
    let documents = versions.map(|version| {
        let options = JatsOptions {
            version,
            ..JatsOptions::default()
        };
        document(&article, options)
    });
    validators::jats::validate(&documents);
    for expected in [
        "related-article-type=\"corrected-article\" ext-link-type=\"doi\"",
        "<date date-type=\"received\" iso-8601-date=\"2004-03-01\">",
        "contributor-roles/writing-original-draft/",
        "authenticated=\"true\"",
        "corresp=\"yes\"",
        "<country country=\"FR\">FR</country>",
        "<institution-id institution-id-type=\"doi\">https://doi.org/10.13039/501100000780",
        "<title>Methods</title>",
        "<license-p>",
    ] {
        assert!(
            documents[0].contains(expected),
            "{expected}\n{}",
            documents[0]
        );
    }
    assert_eq!(lint(&documents[0]), []);
}

/// Publishing demands an ISSN: what lacks one is written as Archiving, and counted.
#[test]
fn jats_publishing_is_never_written_invalid() {
    let article = changed(|article| {
        (article.journal.issn_print, article.journal.issn_electronic) = (None, None);
        article.journal.issn_unknown.clear();
    });
    let options = JatsOptions {
        tag_set: TagSet::Publishing,
        ..JatsOptions::default()
    };
    let written = document(&article, options);
    assert!(written.contains("archivearticle"), "{written}");
    validators::jats::validate(&[written]);
}
