//! Rules of receiving systems for valid files. Each test holds an export to a rule of the software that reads it.

use crate::articles;
use crate::validators;

use offprint::article::{
    AbstractSection, Affiliation, HistoryDate, HistoryEvent, Journal, LangText, Link, LinkRel,
    Relation, RelationType, ResourceType, Unmapped,
};
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
fn csv_for_excel_has_no_cell_that_runs_over() {
    let long = format!("{}=1+1", "𝒳".repeat(20_000));
    let article = || changed(|article| article.section = Some(long.clone()));
    let excel = csv(CsvOptions {
        excel: Some(Separator::Comma),
        fields: vec!["section".to_owned()],
    });
    // two units of UTF-16 each
    let kept = "𝒳".repeat(16_383);
    assert_eq!(
        text("csv", &excel, [article()]),
        format!("{}section\r\n{kept}\r\n", "\u{FEFF}")
    );
    let notes = counts("csv", &excel, live([article()])).notes;
    assert_eq!(notes.values().sum::<u64>(), 1);
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

fn of_kind(code: &str, label: &str) -> Article {
    changed(|article| {
        article.resource_type = Some(ResourceType {
            label: label.to_owned(),
            uri: format!("http://purl.org/coar/resource_type/{code}"),
            raw: label.to_owned(),
        });
    })
}

/// A reference manager files a thesis as a thesis; an agency takes it for no article.
#[rstest]
#[case("c_db06", "doctoral thesis", ["THES", "@phdthesis{", "thesis"], "dissertation")]
#[case("c_ddb1", "dataset", ["DATA", "@dataset{", "dataset"], "other")]
#[case("c_2f33", "book", ["BOOK", "@book{", "book"], "other")]
#[case("c_3248", "book part", ["CHAP", "@incollection{", "chapter"], "other")]
fn the_kind_of_work_decides_its_form(
    #[case] code: &str,
    #[case] label: &str,
    #[case] forms: [&str; 3],
    #[case] jats: &str,
) {
    let [ris, bibtex, csl] = forms;
    let article = of_kind(code, label);
    let of = |format: &str| text(format, &options(), [article.clone()]);
    assert!(of("ris").starts_with(&format!("TY  - {ris}\r\n")));
    assert!(of("bibtex").starts_with(bibtex), "{}", of("bibtex"));
    assert!(of("csl").contains(&format!("\"type\":\"{csl}\"")));
    assert!(of("jats").contains(&format!("article-type=\"{jats}\"")));
    for agency in ["crossref", "doaj"] {
        let counted = counts(agency, &options(), live([article.clone()]));
        let reasons: Vec<&String> = counted.reasons.keys().collect();
        assert_eq!(
            reasons,
            ["of a kind that is no part of a journal"],
            "{agency}"
        );
    }
}

#[rstest]
#[case("c_b239", "editorial")]
#[case("c_ba08", "book review")]
#[case("c_dcae04bc", "review article")]
#[case("c_7acd", "corrigendum")]
#[case("c_18cf", "text")]
fn agencies_take_what_journals_hold(#[case] code: &str, #[case] label: &str) {
    for agency in ["crossref", "doaj"] {
        let counted = counts(agency, &options(), live([of_kind(code, label)]));
        assert_eq!((counted.live, counted.left_out), (1, 0), "{agency}");
    }
}

/// MARC tells a data set and a video from a text in leader byte 6 and field 336.
#[rstest]
#[case("c_ddb1", "dataset", "nmb", "computer dataset")]
#[case("c_12ce", "video", "ngb", "two-dimensional moving image")]
#[case("c_6501", "journal article", "nab", "text")]
fn marc_tells_what_is_no_text(
    #[case] code: &str,
    #[case] label: &str,
    #[case] leader: &str,
    #[case] content: &str,
) {
    let text = text("marcxml", &Options::default(), [of_kind(code, label)]);
    assert!(
        text.contains(&format!("<leader>     {leader} a22")),
        "{text}"
    );
    assert!(text.contains(&format!("<subfield code=\"a\">{content}</subfield>")));
}

/// Without a journal a record is of a work of its own, and no component part.
#[test]
fn marc_of_a_work_without_a_journal_is_a_monograph() {
    let article = changed(|article| article.journal = Journal::default());
    let text = text("marcxml", &Options::default(), [article]);
    assert!(text.contains("<leader>     nam a22"), "{text}");
}

/// OpenAIRE, Google Dataset Search and archives ask for the version; OJS states it as a `dc:type`.
#[test]
fn the_version_of_an_article_is_written() {
    let article = changed(|article| {
        article.unmapped.push(Unmapped {
            element: "dc:type".to_owned(),
            value: "info:eu-repo/semantics/publishedVersion".to_owned(),
            lang: None,
        });
    });
    let dc = text("dc", &Options::default(), [article.clone()]);
    assert!(dc.contains("<dc:type>info:eu-repo/semantics/publishedVersion</dc:type>"));
    let openaire = text("openaire", &Options::default(), [article.clone()]);
    assert!(
        openaire.contains("c_970fb48d4fbd8a85\">VoR</oaire:version>"),
        "{openaire}"
    );
    let of = |version| {
        let options = JatsOptions {
            version,
            ..JatsOptions::default()
        };
        document(&article, options)
    };
    let versions = [Version::V1_1, Version::V1_2, Version::V1_3, Version::V1_4].map(of);
    validators::jats::validate(&versions);
    assert!(!versions[0].contains("article-version"));
    assert!(versions[2].contains("article-version-type=\"VoR\""));
}

/// JATS names an institution only where one is named: OJS's affiliation is free text with positions and towns.
#[test]
fn jats_writes_an_affiliation_of_free_text_as_text() {
    let article = changed(|article| {
        let affiliation = &mut article.contributors[0].affiliations[0];
        *affiliation = Affiliation::named("Ph.D. (Political Science), assistant professor");
    });
    let document = document(&article, JatsOptions::default());
    let expected = "<aff id=\"aff1\">Ph.D. (Political Science), assistant professor</aff>";
    assert!(document.contains(expected), "{document}");
}

/// Further subjects stand in a group of their language, not among the custom metadata.
#[test]
fn jats_groups_subjects_by_language() {
    let article = changed(|article| {
        for (value, lang) in [("Politics", None), ("Политика", Some("ru"))] {
            article.unmapped.push(Unmapped {
                element: "jats:subject".to_owned(),
                value: value.to_owned(),
                lang: lang.map(str::to_owned),
            });
        }
    });
    let document = document(&article, JatsOptions::default());
    validators::jats::validate(std::slice::from_ref(&document));
    for expected in [
        "<subj-group xml:lang=\"ru\">",
        "<subject>Политика</subject>",
    ] {
        assert!(document.contains(expected), "{expected}\n{document}");
    }
    assert!(!document.contains("<meta-name>jats:subject"), "{document}");
}

/// A table of data is no full text.
#[test]
fn a_galley_of_data_is_no_full_text() {
    let article = changed(|article| {
        article.links = vec![Link {
            rel: LinkRel::Fulltext,
            url: "https://journals.example.org/download/1.csv".to_owned(),
            media_type: Some("text/csv".to_owned()),
        }];
    });
    let marc = text("marcxml", &Options::default(), [article.clone()]);
    assert!(
        marc.contains("<subfield code=\"3\">Supplementary file</subfield>"),
        "{marc}"
    );
    let jats = text("jats", &Options::default(), [article]);
    assert!(
        jats.contains("xlink:title=\"Supplementary file\""),
        "{jats}"
    );
}

/// Catalogs have fields of their own for class numbers.
#[test]
fn marc_has_class_numbers_apart_from_keywords() {
    let article = changed(|article| {
        for value in ["УДК 327(574)", "ГРНТИ 11.25"] {
            article.keywords.push(LangText {
                value: value.to_owned(),
                lang: None,
            });
        }
    });
    let text = text("marcxml", &Options::default(), [article]);
    for (tag, number) in [("080", "327(574)"), ("084", "11.25")] {
        let field = format!(
            "<datafield tag=\"{tag}\" ind1=\" \" ind2=\" \">\n    <subfield code=\"a\">{number}</subfield>"
        );
        assert!(text.contains(&field), "{field}\n{text}");
    }
    assert!(text.contains("<subfield code=\"2\">rugasnti</subfield>"));
}

/// Where a journal is published is known to catalogs, archives and reference managers.
#[test]
fn the_place_of_publication_is_written() {
    let article = changed(|article| article.journal.publisher_place = Some("Luleå".to_owned()));
    for (format, expected) in [
        ("marcxml", "<subfield code=\"a\">Luleå :</subfield>"),
        ("marcxml", "<subfield code=\"d\">Luleå : "),
        ("jats", "<publisher-loc>Luleå</publisher-loc>"),
        ("mods", "<placeTerm type=\"text\">Luleå</placeTerm>"),
        ("ris", "CY  - Luleå\r\n"),
        ("bibtex", "  address = {Luleå},\n"),
        ("csl", "\"publisher-place\":\"Luleå\""),
    ] {
        let text = text(format, &Options::default(), [article.clone()]);
        assert!(text.contains(expected), "{format}: {text}");
    }
}

/// A citation has the journal's title in the article's language; agencies and catalogs have one title.
#[test]
fn citations_alone_have_the_title_in_the_language_of_the_article() {
    let article = changed(|article| {
        article.language = Some("ru".to_owned());
        article.journal.title = Some("Central Asia".to_owned());
        article.journal.titles = vec![
            LangText {
                value: "Central Asia".to_owned(),
                lang: Some("en".to_owned()),
            },
            LangText {
                value: "Центральная Азия".to_owned(),
                lang: Some("ru-RU".to_owned()),
            },
        ];
    });
    for format in ["csl", "bibtex", "ris"] {
        let text = text(format, &Options::default(), [article.clone()]);
        assert!(text.contains("Центральная Азия"), "{format}: {text}");
    }
    for format in ["crossref", "doaj", "marcxml", "mods", "csv"] {
        let text = text(format, &options(), [article.clone()]);
        assert!(!text.contains("Центральная Азия"), "{format}: {text}");
    }
}

/// Crossref knows how works relate; the schema has two elements for it.
#[test]
fn crossref_has_relations() {
    let article = changed(|article| {
        article.relations = vec![
            Relation {
                kind: RelationType::TranslationOf,
                doi: Some("10.5555/j.0".to_owned()),
                url: None,
            },
            Relation {
                kind: RelationType::SupplementedBy,
                doi: None,
                url: Some("https://data.example.org/1".to_owned()),
            },
        ];
    });
    let text = text("crossref", &options(), [article]);
    for expected in [
        "<rel:intra_work_relation relationship-type=\"isTranslationOf\" identifier-type=\"doi\">10.5555/j.0<",
        "<rel:inter_work_relation relationship-type=\"isSupplementedBy\" identifier-type=\"uri\">https://data.example.org/1<",
    ] {
        assert!(text.contains(expected), "{expected}\n{text}");
    }
}

/// Crossref knows a journal without ISSN by its DOI, which leads to the journal's page.
#[test]
fn crossref_takes_a_journal_by_its_doi() {
    let article = changed(|article| {
        (article.journal.issn_print, article.journal.issn_electronic) = (None, None);
        article.journal.issn_unknown.clear();
        article.journal.doi = Some("10.5555/cac".to_owned());
    });
    let text = text("crossref", &options(), [article]);
    for expected in [
        "<doi>10.5555/cac</doi>",
        "<resource>https://journals.example.org/index.php/cac</resource>",
    ] {
        assert!(text.contains(expected), "{expected}\n{text}");
    }
}

/// An ORCID iD is authenticated only where the source says so.
#[rstest]
fn crossref_says_whether_an_orcid_is_authenticated(#[values(true, false)] confirmed: bool) {
    let article = changed(|article| {
        article.contributors[0].orcid = Some("https://orcid.org/0000-0002-1825-0097".to_owned());
        article.contributors[0].orcid_authenticated = confirmed;
    });
    let text = text("crossref", &options(), [article]);
    assert!(
        text.contains(&format!("<ORCID authenticated=\"{confirmed}\">")),
        "{text}"
    );
}

/// Readers of schema.org take texts: those in the article's language have no language of their own.
#[test]
fn jsonld_has_plain_texts_in_the_language_of_the_article() {
    let text = text("jsonld", &Options::default(), [full(1)]);
    let graph: Value = serde_json::from_str(&text).unwrap();
    let article = &graph["@graph"][0];
    assert!(article["name"].is_string(), "{article}");
    assert_eq!(article["inLanguage"], "en");
}
