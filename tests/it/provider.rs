//! The provider by the specification: every case an answer, every answer checked against the schema's rules.

mod changes;
use crate::providing;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use offprint::internals::provider::{Provider, Settings};
use providing::{answer_of, empty, encode, recorded, served, settings};

const LIVE: usize = 96;
const DELETED: usize = 4;
const ALL: usize = LIVE + DELETED;
const OURS: &str = "oai:catalog.example.org:cac:oai:ojs.ca-c.test:article/";

fn attributes_of(answer: &providing::valid::Element) -> BTreeMap<String, String> {
    answer
        .child("request")
        .unwrap()
        .attributes
        .iter()
        .cloned()
        .collect()
}

/// Requests that are refused, with the codes they are refused by.
const REFUSED: &[(&str, &[&str])] = &[
    // The verb (§3.6).
    ("", &["badVerb"]),
    ("verb=", &["badVerb"]),
    ("verb=identify", &["badVerb"]),
    ("verb=ListRecord&metadataPrefix=oai_dc", &["badVerb"]),
    ("verb=Identify&verb=Identify", &["badVerb"]),
    ("verb=Identify&verb=ListSets", &["badVerb"]),
    ("metadataPrefix=oai_dc", &["badVerb"]),
    // Arguments that a verb does not take, misses, or has twice.
    ("verb=Identify&identifier=oai:x:1", &["badArgument"]),
    ("verb=Identify&foo=bar", &["badArgument"]),
    ("verb=Identify&resumptionToken=x", &["badArgument"]),
    ("verb=ListSets&set=cac", &["badArgument"]),
    (
        "verb=ListSets&resumptionToken=x&resumptionToken=x",
        &["badArgument"],
    ),
    (
        "verb=ListMetadataFormats&metadataPrefix=oai_dc",
        &["badArgument"],
    ),
    ("verb=ListMetadataFormats&identifier=", &["badArgument"]),
    (
        "verb=ListMetadataFormats&identifier=a&identifier=b",
        &["badArgument"],
    ),
    ("verb=GetRecord", &["badArgument", "badArgument"]),
    ("verb=GetRecord&metadataPrefix=oai_dc", &["badArgument"]),
    ("verb=GetRecord&identifier=oai:x:1", &["badArgument"]),
    (
        "verb=GetRecord&identifier=oai:x:1&metadataPrefix=oai_dc&metadataPrefix=jats",
        &["badArgument"],
    ),
    (
        "verb=GetRecord&identifier=oai:x:1&metadataPrefix=oai_dc&set=cac",
        &["badArgument"],
    ),
    (
        "verb=GetRecord&identifier=oai:x:1&metadataPrefix=oai_dc&from=2020-01-01",
        &["badArgument"],
    ),
    ("verb=ListRecords", &["badArgument"]),
    ("verb=ListIdentifiers", &["badArgument"]),
    ("verb=ListRecords&metadataPrefix=", &["badArgument"]),
    (
        "verb=ListRecords&metadataPrefix=oai_dc&identifier=a",
        &["badArgument"],
    ),
    (
        "verb=ListRecords&metadataPrefix=oai_dc&FROM=2020-01-01",
        &["badArgument"],
    ),
    (
        "verb=ListRecords&metadataPrefix=oai_dc&resumptionToken=x",
        &["badArgument"],
    ),
    (
        "verb=ListRecords&resumptionToken=x&from=2020-01-01",
        &["badArgument"],
    ),
    (
        "verb=ListRecords&resumptionToken=x&set=cac",
        &["badArgument"],
    ),
    (
        "verb=ListRecords&metadataPrefix=oai_dc&from=2020-01-01&from=2020-01-01",
        &["badArgument"],
    ),
    // Dates (§3.3): form, day and second together, order.
    (
        "verb=ListRecords&metadataPrefix=oai_dc&from=junk",
        &["badArgument"],
    ),
    (
        "verb=ListRecords&metadataPrefix=oai_dc&from=2020",
        &["badArgument"],
    ),
    (
        "verb=ListRecords&metadataPrefix=oai_dc&from=2020-13-01",
        &["badArgument"],
    ),
    (
        "verb=ListRecords&metadataPrefix=oai_dc&from=2021-02-29",
        &["badArgument"],
    ),
    (
        "verb=ListRecords&metadataPrefix=oai_dc&from=2020-01-01T00:00:00",
        &["badArgument"],
    ),
    (
        "verb=ListRecords&metadataPrefix=oai_dc&from=2020-01-01T00:00Z",
        &["badArgument"],
    ),
    (
        "verb=ListRecords&metadataPrefix=oai_dc&from=2020-01-01T00:00:00.5Z",
        &["badArgument"],
    ),
    (
        "verb=ListRecords&metadataPrefix=oai_dc&from=2020-01-01T00:00:00%2B01:00",
        &["badArgument"],
    ),
    (
        "verb=ListRecords&metadataPrefix=oai_dc&from=2020-01-01%2000:00:00Z",
        &["badArgument"],
    ),
    (
        "verb=ListRecords&metadataPrefix=oai_dc&from=%202020-01-01",
        &["badArgument"],
    ),
    (
        "verb=ListRecords&metadataPrefix=oai_dc&until=2020-1-1",
        &["badArgument"],
    ),
    (
        "verb=ListRecords&metadataPrefix=oai_dc&until=2020-01-01t00:00:00z",
        &["badArgument"],
    ),
    (
        "verb=ListRecords&metadataPrefix=oai_dc&from=2020-01-01&until=2020-01-02T00:00:00Z",
        &["badArgument"],
    ),
    (
        "verb=ListRecords&metadataPrefix=oai_dc&from=2020-01-01T00:00:00Z&until=2020-01-02",
        &["badArgument"],
    ),
    (
        "verb=ListRecords&metadataPrefix=oai_dc&from=2026-01-02&until=2026-01-01",
        &["badArgument"],
    ),
    (
        "verb=ListIdentifiers&metadataPrefix=oai_dc&from=2026-01-01T00:00:01Z&until=2026-01-01T00:00:00Z",
        &["badArgument"],
    ),
    (
        "verb=ListRecords&metadataPrefix=oai_dc&set=a%20b",
        &["badArgument"],
    ),
    (
        "verb=ListRecords&metadataPrefix=oai_dc&set=cac:",
        &["badArgument"],
    ),
    // What is not there.
    (
        "verb=ListRecords&metadataPrefix=mods",
        &["cannotDisseminateFormat"],
    ),
    (
        "verb=ListIdentifiers&metadataPrefix=OAI_DC",
        &["cannotDisseminateFormat"],
    ),
    (
        "verb=ListRecords&metadataPrefix=raw_marcxml",
        &["cannotDisseminateFormat"],
    ),
    (
        "verb=GetRecord&metadataPrefix=oai_dc&identifier=oai:ojs.ca-c.test:article/643",
        &["idDoesNotExist"],
    ),
    (
        "verb=GetRecord&metadataPrefix=oai_dc&identifier=oai:catalog.example.org:cac:none",
        &["idDoesNotExist"],
    ),
    (
        "verb=GetRecord&metadataPrefix=oai_dc&identifier=oai:catalog.example.org:other:1",
        &["idDoesNotExist"],
    ),
    (
        "verb=GetRecord&metadataPrefix=oai_dc&identifier=%00%ff",
        &["idDoesNotExist"],
    ),
    (
        "verb=ListMetadataFormats&identifier=oai:other.org:1",
        &["idDoesNotExist"],
    ),
    (
        "verb=ListRecords&metadataPrefix=oai_dc&set=none",
        &["noRecordsMatch"],
    ),
    (
        "verb=ListRecords&metadataPrefix=oai_dc&set=cac:none",
        &["noRecordsMatch"],
    ),
    (
        "verb=ListRecords&metadataPrefix=oai_dc&from=2999-01-01",
        &["noRecordsMatch"],
    ),
    (
        "verb=ListRecords&metadataPrefix=oai_dc&until=2025-12-31",
        &["noRecordsMatch"],
    ),
    (
        "verb=ListIdentifiers&metadataPrefix=oai_dc&until=2025-12-31T23:59:59Z",
        &["noRecordsMatch"],
    ),
    (
        "verb=ListIdentifiers&metadataPrefix=oai_dc&from=2026-02-01&until=2026-02-02",
        &["noRecordsMatch"],
    ),
    (
        "verb=ListRecords&resumptionToken=junk",
        &["badResumptionToken"],
    ),
    (
        "verb=ListIdentifiers&resumptionToken=r,1,1,1,1,1,1,99999999999,oai_dc,,0123456789abcdef0123456789abcdef",
        &["badResumptionToken"],
    ),
    ("verb=ListSets&resumptionToken=x", &["badResumptionToken"]),
];

#[tokio::test]
async fn refuses_bad_requests_with_the_right_code() {
    let served = recorded().await;
    for (query, codes) in REFUSED {
        let answer = served.ask(query).await;
        assert_eq!(&answer.errors(), codes, "{query}");
        // The request's attributes are left out where they were not legal (§3.2).
        let shown = !attributes_of(&answer).is_empty();
        assert_eq!(
            shown,
            !matches!(codes[0], "badVerb" | "badArgument"),
            "{query}"
        );
    }
}

#[tokio::test]
async fn identify_describes_the_collection() {
    let served = recorded().await;
    let answer = served.ask("verb=Identify").await;
    assert_eq!(answer.text_of("repositoryName"), "A <catalog> & more");
    assert_eq!(answer.text_of("baseURL"), "http://catalog.example.org/oai");
    assert_eq!(answer.text_of("adminEmail"), "library@example.org");
    assert_eq!(answer.text_of("earliestDatestamp"), "2026-01-01T00:00:01Z");
    assert_eq!(answer.text_of("deletedRecord"), "persistent");
    assert_eq!(answer.text_of("granularity"), "YYYY-MM-DDThh:mm:ssZ");
    assert_eq!(
        answer.text_of("repositoryIdentifier"),
        "catalog.example.org"
    );
    assert_eq!(attributes_of(&answer)["verb"], "Identify");
}

#[tokio::test]
async fn an_empty_collection_has_no_sets_and_no_records() {
    let served = empty(Settings {
        sets: BTreeMap::new(),
        ..settings()
    })
    .await;
    assert_eq!(
        served.ask("verb=ListSets").await.errors(),
        ["noSetHierarchy"]
    );
    assert_eq!(
        served
            .ask("verb=ListRecords&metadataPrefix=oai_dc")
            .await
            .errors(),
        ["noRecordsMatch"]
    );
    assert_eq!(
        served
            .ask("verb=ListRecords&metadataPrefix=oai_dc&set=a")
            .await
            .errors(),
        ["noSetHierarchy"]
    );
    assert!(served.ask("verb=Identify").await.errors().is_empty());
    assert_eq!(
        served
            .ask("verb=ListMetadataFormats")
            .await
            .all("metadataFormat")
            .len(),
        4
    );
}

#[tokio::test]
async fn lists_have_every_item_once_in_each_format() {
    let served = recorded().await;
    for prefix in ["oai_dc", "jats", "marcxml", "raw_oai_dc", "raw_jats"] {
        let records = served
            .walk(&format!("verb=ListRecords&metadataPrefix={prefix}"))
            .await;
        let headers = served
            .walk(&format!("verb=ListIdentifiers&metadataPrefix={prefix}"))
            .await;
        assert_eq!(records, headers, "{prefix}");
        assert_eq!(records.len(), ALL, "{prefix}");
        assert_eq!(
            records.iter().filter(|(.., deleted)| *deleted).count(),
            DELETED,
            "{prefix}"
        );
        let identifiers: BTreeSet<&str> = records
            .iter()
            .map(|(identifier, ..)| identifier.as_str())
            .collect();
        assert_eq!(identifiers.len(), ALL, "{prefix}");
        assert!(
            identifiers
                .iter()
                .all(|identifier| identifier.starts_with(OURS))
        );
        assert!(
            records.is_sorted_by_key(|(_, datestamp, _)| datestamp.clone()),
            "{prefix}"
        );
    }
    // Complete for OpenAIRE is what has a licence that opens it.
    let open = served
        .walk("verb=ListRecords&metadataPrefix=oai_openaire")
        .await;
    assert!(!open.is_empty() && open.len() < ALL, "{}", open.len());
    assert!(open.iter().all(|(.., deleted)| !deleted));
}

#[tokio::test]
async fn pages_say_where_they_stand() {
    let served = recorded().await;
    let mut answer = served.ask("verb=ListRecords&metadataPrefix=oai_dc").await;
    for page in 0..9 {
        let token = answer.token().unwrap().clone();
        assert_eq!(token.attribute("completeListSize"), Some("100"));
        assert_eq!(token.attribute("cursor"), Some(&*(page * 10).to_string()));
        assert!(token.attribute("expirationDate").is_some());
        assert_eq!(answer.headers().len(), 10);
        // The same token gives the same page (§3.5.1).
        let next = format!("verb=ListRecords&resumptionToken={}", encode(&token.text));
        let again = served.ask(&next).await.headers();
        answer = served.ask(&next).await;
        assert_eq!(answer.headers(), again);
        assert_eq!(attributes_of(&answer).len(), 2);
    }
    let last = answer.token().unwrap();
    assert_eq!(
        (last.attribute("completeListSize"), last.attribute("cursor")),
        (Some("100"), Some("90"))
    );
    assert_eq!((&*last.text, last.attribute("expirationDate")), ("", None));
    // A list that is whole on its page has none at all.
    let few = served
        .ask("verb=ListRecords&metadataPrefix=oai_dc&until=2026-01-01T00:00:05Z")
        .await;
    assert_eq!((few.headers().len(), few.token().is_none()), (5, true));
}

#[tokio::test]
async fn dates_choose_inclusively_in_both_granularities() {
    let served = recorded().await;
    served.sql("UPDATE article SET changed_at = changed_at + 86400000000 WHERE item_no > 50");
    for (dates, expected) in [
        ("from=2026-01-01", 100),
        ("until=2026-01-01", 50),
        ("from=2026-01-02", 50),
        ("from=2026-01-01&until=2026-01-02", 100),
        ("from=2026-01-01&until=2026-01-01", 50),
        ("from=2026-01-01T00:00:50Z", 51),
        ("from=2026-01-01T00:00:51Z", 50),
        ("until=2026-01-01T00:00:01Z", 1),
        ("from=2026-01-01T00:00:10Z&until=2026-01-01T00:00:10Z", 1),
        ("from=2026-01-01T00:00:10Z&until=2026-01-01T00:00:19Z", 10),
        ("until=2999-12-31", 100),
        ("from=0001-01-01", 100),
    ] {
        for verb in ["ListRecords", "ListIdentifiers"] {
            let found = served
                .walk(&format!("verb={verb}&metadataPrefix=oai_dc&{dates}"))
                .await;
            assert_eq!(found.len(), expected, "{verb} {dates}");
        }
    }
    // What is chosen within a second begins before it ends.
    served.sql("UPDATE article SET changed_at = changed_at + 999999 WHERE item_no = 7");
    let found = served
        .walk("verb=ListRecords&metadataPrefix=oai_dc&until=2026-01-01T00:00:07Z")
        .await;
    assert_eq!(found.len(), 7);
    assert_eq!(found[6].1, "2026-01-01T00:00:07Z");
}

#[tokio::test]
async fn sets_are_of_sources_received_and_made() {
    let served = recorded().await;
    let sets = served.ask("verb=ListSets").await;
    let specs = sets.texts("setSpec");
    assert_eq!(specs[..2], ["cac", "cac:cac"]);
    assert!(
        specs.contains(&"cac:cac:ECO") && specs.contains(&"english"),
        "{specs:?}"
    );
    let all = served.ask("verb=ListRecords&metadataPrefix=oai_dc").await;
    for spec in specs {
        let found = served
            .walk(&format!(
                "verb=ListIdentifiers&metadataPrefix=oai_dc&set={spec}"
            ))
            .await;
        assert!(!found.is_empty(), "{spec}");
        // Each of them says so itself.
        let mut counted = 0;
        for record in served
            .ask("verb=ListRecords&metadataPrefix=oai_dc")
            .await
            .all("header")
        {
            let identifier = record.text_of("identifier");
            let says = record
                .texts("setSpec")
                .iter()
                .any(|own| *own == spec || own.starts_with(&format!("{spec}:")));
            assert_eq!(
                says,
                found.iter().any(|(one, ..)| one == identifier),
                "{spec} {identifier}"
            );
            counted += 1;
        }
        assert_eq!(counted, all.all("header").len());
    }
    assert_eq!(
        served
            .walk("verb=ListRecords&metadataPrefix=oai_dc&set=cac")
            .await
            .len(),
        ALL
    );
    let sections = ["ECO", "ED", "ERR", "GEO", "REL", "RP"];
    let mut in_sections = 0;
    for section in sections {
        let query = format!("verb=ListIdentifiers&metadataPrefix=oai_dc&set=cac:cac:{section}");
        in_sections += served.walk(&query).await.len();
    }
    assert_eq!(
        in_sections,
        served
            .walk("verb=ListRecords&metadataPrefix=oai_dc&set=cac:cac")
            .await
            .len()
    );
}

#[tokio::test]
async fn a_record_names_its_origin() {
    let served = recorded().await;
    for (prefix, altered, namespace) in [
        (
            "oai_dc",
            "true",
            "http://www.openarchives.org/OAI/2.0/oai_dc/",
        ),
        (
            "jats",
            "true",
            "http://www.openarchives.org/OAI/2.0/oai_dc/",
        ),
        (
            "raw_oai_dc",
            "false",
            "http://www.openarchives.org/OAI/2.0/oai_dc/",
        ),
        (
            "raw_jats",
            "false",
            "https://jats.nlm.nih.gov/publishing/1.1/",
        ),
    ] {
        let list = served
            .ask(&format!("verb=ListRecords&metadataPrefix={prefix}"))
            .await;
        let live = list
            .headers()
            .into_iter()
            .find(|(.., deleted)| !deleted)
            .unwrap();
        let answer = served
            .ask(&format!(
                "verb=GetRecord&metadataPrefix={prefix}&identifier={}",
                encode(&live.0)
            ))
            .await;
        assert_eq!(answer.headers(), std::slice::from_ref(&live));
        let origin = &answer.all("originDescription")[0];
        assert_eq!(origin.attribute("altered"), Some(altered), "{prefix}");
        assert_eq!(
            origin.attribute("harvestDate"),
            Some("2026-11-24T03:00:00Z")
        );
        assert_eq!(
            origin.text_of("baseURL"),
            "https://journals.example.org/index.php/cac/oai"
        );
        assert_eq!(
            format!(
                "oai:catalog.example.org:cac:{}",
                origin.text_of("identifier")
            ),
            live.0
        );
        assert_eq!(origin.text_of("metadataNamespace"), namespace, "{prefix}");
    }
}

#[tokio::test]
async fn keeps_nested_provenance() {
    let mut served = empty(settings()).await;
    served.source = served.open_source("s").await;
    let origin = |date: &str, name: &str, inner: &str| {
        format!(
            "<p:originDescription harvestDate=\"{date}\" altered=\"false\"><p:baseURL>http://{name}/oai?a=b&amp;c</p:baseURL>\
             <p:identifier>oai:{name}:1</p:identifier><p:datestamp>2020-01-01</p:datestamp>\
             <p:metadataNamespace>http://www.openarchives.org/OAI/2.0/oai_dc/</p:metadataNamespace>{inner}\
             </p:originDescription>"
        )
    };
    let broken = origin("yesterday", "third", "");
    let second = origin("2021-01-02T03:04:05Z", "second", &broken);
    let first = origin("2022-01-02T03:04:05Z", "first", &second);
    let about = format!(
        "<about><x xmlns=\"urn:x\"/></about><about><p:provenance \
         xmlns:p=\"http://www.openarchives.org/OAI/2.0/provenance\">{first}</p:provenance></about></record>"
    );
    let page = answer_of("x:1", &[], Some("<dc:title>originDescription</dc:title>"));
    served
        .bring("oai_dc", &page.replace("</record>", &about))
        .await;
    served
        .bring(
            "marcxml",
            &answer_of("x:1", &[], Some("<dc:title>originDescription</dc:title>")),
        )
        .await;
    served.derive().await;
    served.spread();
    for prefix in ["oai_dc", "raw_oai_dc", "jats"] {
        let list = served
            .ask(&format!("verb=ListRecords&metadataPrefix={prefix}"))
            .await;
        let ours = list.all("provenance")[0]
            .child("originDescription")
            .unwrap();
        assert_eq!(ours.text_of("identifier"), "x:1");
        let first = ours.child("originDescription").unwrap();
        assert_eq!(
            first.attribute("harvestDate"),
            Some("2022-01-02T03:04:05Z"),
            "{prefix}"
        );
        assert_eq!(first.attribute("altered"), Some("false"));
        assert_eq!(first.text_of("baseURL"), "http://first/oai?a=b&c");
        let second = first.child("originDescription").unwrap();
        assert_eq!(
            (second.text_of("identifier"), second.text_of("datestamp")),
            ("oai:second:1", "2020-01-01")
        );
        assert!(
            second.child("originDescription").is_none(),
            "what is not whole is left out"
        );
    }
    let none = served
        .ask("verb=ListRecords&metadataPrefix=raw_marcxml")
        .await;
    assert_eq!(none.texts("metadataNamespace").len(), 1);
}

#[tokio::test]
async fn an_altered_token_is_refused_wherever_it_is_altered() {
    let served = recorded().await;
    let first = served
        .ask("verb=ListRecords&metadataPrefix=oai_dc&set=cac")
        .await;
    let token = first.token().unwrap().text.clone();
    for at in 0..token.len() {
        let mut altered = token.clone().into_bytes();
        altered[at] = if altered[at] == b'1' { b'2' } else { b'1' };
        let altered = encode(std::str::from_utf8(&altered).unwrap());
        let answer = served
            .ask(&format!("verb=ListRecords&resumptionToken={altered}"))
            .await;
        assert_eq!(answer.errors(), ["badResumptionToken"], "{at} of {token}");
    }
    for wrong in [
        &token[1..],
        &token[..token.len() - 1],
        &format!("{token}0"),
        &format!(" {token}"),
    ] {
        let answer = served
            .ask(&format!(
                "verb=ListRecords&resumptionToken={}",
                encode(wrong)
            ))
            .await;
        assert_eq!(answer.errors(), ["badResumptionToken"], "{wrong}");
    }
}

#[tokio::test]
async fn dates_far_off_are_dates() {
    let served = recorded().await;
    let all = served
        .walk("verb=ListIdentifiers&metadataPrefix=oai_dc")
        .await;
    for dates in [
        "from=0001-01-01",
        "from=1969-12-31T23:59:59Z",
        "from=1899-12-31&until=9999-12-31",
        "until=9999-12-31T23:59:59Z",
    ] {
        let found = served
            .walk(&format!(
                "verb=ListIdentifiers&metadataPrefix=oai_dc&{dates}"
            ))
            .await;
        assert_eq!(found, all, "{dates}");
    }
    for dates in [
        "until=1969-12-31T23:59:59Z",
        "until=0001-01-01",
        "from=9999-12-31T23:59:59Z",
    ] {
        let answer = served
            .ask(&format!(
                "verb=ListIdentifiers&metadataPrefix=oai_dc&{dates}"
            ))
            .await;
        assert_eq!(answer.errors(), ["noRecordsMatch"], "{dates}");
    }
}

#[tokio::test]
async fn formats_are_those_that_an_item_has() {
    let served = recorded().await;
    let answer = served.ask("verb=ListMetadataFormats").await;
    let prefixes = answer.texts("metadataPrefix");
    assert_eq!(
        prefixes,
        [
            "oai_dc",
            "jats",
            "marcxml",
            "oai_openaire",
            "raw_jats",
            "raw_oai_dc"
        ]
    );
    let list = served
        .walk("verb=ListIdentifiers&metadataPrefix=oai_dc")
        .await;
    let open = served
        .walk("verb=ListIdentifiers&metadataPrefix=oai_openaire")
        .await;
    let is_open = |identifier: &str| open.iter().any(|(one, ..)| one == identifier);
    for (identifier, _, deleted) in &list {
        let answer = served
            .ask(&format!(
                "verb=ListMetadataFormats&identifier={}",
                encode(identifier)
            ))
            .await;
        if *deleted {
            assert_eq!(answer.errors(), ["noMetadataFormats"], "{identifier}");
        } else {
            let expected = if is_open(identifier) { 6 } else { 5 };
            assert_eq!(
                answer.texts("metadataPrefix").len(),
                expected,
                "{identifier}"
            );
        }
    }
    let closed = list
        .iter()
        .find(|(identifier, _, deleted)| !deleted && !is_open(identifier))
        .unwrap();
    let query = format!(
        "verb=GetRecord&metadataPrefix=oai_openaire&identifier={}",
        encode(&closed.0)
    );
    assert_eq!(
        served.ask(&query).await.errors(),
        ["cannotDisseminateFormat"]
    );
    let deleted = list.iter().find(|(.., deleted)| *deleted).unwrap();
    for prefix in ["oai_dc", "raw_oai_dc", "marcxml"] {
        let query = format!(
            "verb=GetRecord&metadataPrefix={prefix}&identifier={}",
            encode(&deleted.0)
        );
        assert_eq!(
            served.ask(&query).await.headers(),
            std::slice::from_ref(deleted)
        );
    }
}

#[tokio::test]
async fn tokens_hold_for_their_time_their_verb_and_their_store() {
    let served = recorded().await;
    let first = served.ask("verb=ListRecords&metadataPrefix=oai_dc").await;
    let token = encode(&first.token().unwrap().text);
    let other_verb = served
        .ask(&format!("verb=ListIdentifiers&resumptionToken={token}"))
        .await;
    assert_eq!(other_verb.errors(), ["badResumptionToken"]);
    let foreign = recorded()
        .await
        .ask(&format!("verb=ListRecords&resumptionToken={token}"))
        .await
        .errors()
        .join(" ");
    assert_eq!(foreign, "badResumptionToken");

    let open = async |settings| {
        Provider::open(std::sync::Arc::clone(&served.store) as _, settings)
            .await
            .unwrap()
    };
    let ask = async |provider: &Provider, query: &str| {
        let arguments: Vec<(String, String)> = url::form_urlencoded::parse(query.as_bytes())
            .into_owned()
            .collect();
        providing::valid::check(&provider.answer(&arguments).await.unwrap().xml).unwrap()
    };
    // Another process of the same store continues with it; one with a key of its own does not.
    let again = open(settings()).await;
    assert_eq!(
        ask(&again, &format!("verb=ListRecords&resumptionToken={token}"))
            .await
            .headers()
            .len(),
        10
    );
    let keyed = open(Settings {
        token_key: Some("another key altogether".to_owned()),
        ..settings()
    })
    .await;
    let refused = ask(&keyed, &format!("verb=ListRecords&resumptionToken={token}")).await;
    assert_eq!(refused.errors(), ["badResumptionToken"]);
    let brief = open(Settings {
        token_life: Duration::ZERO,
        ..settings()
    })
    .await;
    let first = ask(&brief, "verb=ListRecords&metadataPrefix=oai_dc").await;
    let expired = format!(
        "verb=ListRecords&resumptionToken={}",
        encode(&first.token().unwrap().text)
    );
    assert_eq!(ask(&brief, &expired).await.errors(), ["badResumptionToken"]);
    // A set that is gone takes its lists along.
    let in_set = served
        .ask("verb=ListRecords&metadataPrefix=oai_dc&set=english")
        .await;
    let token = encode(&in_set.token().unwrap().text);
    let without = open(Settings {
        sets: BTreeMap::new(),
        ..settings()
    })
    .await;
    let gone = ask(
        &without,
        &format!("verb=ListRecords&resumptionToken={token}"),
    )
    .await;
    assert_eq!(gone.errors(), ["badResumptionToken"]);
}

#[tokio::test]
async fn text_of_all_kinds_is_safe() {
    let mut served = empty(settings()).await;
    served.source = served.open_source("s").await;
    let nasty = "<dc:title>A &lt;b&gt; &amp; ]]&gt; \u{FFFD} Ж 漢 🜁 &quot;'</dc:title>";
    served
        .bring(
            "oai_dc",
            &answer_of("a b%<&>\"é#1", &["set one", "é"], Some(nasty))
                .replace("b%<&>", "b%&lt;&amp;&gt;"),
        )
        .await;
    served.derive().await;
    served.spread();
    for prefix in ["oai_dc", "jats", "marcxml", "raw_oai_dc"] {
        let answer = served
            .ask(&format!("verb=ListRecords&metadataPrefix={prefix}"))
            .await;
        let identifier = answer.headers()[0].0.clone();
        assert_eq!(
            identifier,
            "oai:catalog.example.org:s:a%20b%25%3C&%3E%22%C3%A9%231"
        );
        let one = served
            .ask(&format!(
                "verb=GetRecord&metadataPrefix={prefix}&identifier={}",
                encode(&identifier)
            ))
            .await;
        assert_eq!(one.headers(), answer.headers());
        assert_eq!(
            answer.all("originDescription")[0].text_of("identifier"),
            "a b%<&>\"é#1"
        );
    }
    let answer = served.ask("verb=ListSets").await;
    assert_eq!(
        answer.texts("setSpec"),
        ["english", "s", "s:!C3!A9", "s:set!20one"]
    );
}

#[tokio::test]
async fn a_large_page_ends_early() {
    let mut served = empty(settings()).await;
    served.source = served.open_source("s").await;
    let long = "word ".repeat(400_000);
    for n in 1..=5 {
        let elements = format!("<dc:title>{n}</dc:title><dc:description>{long}</dc:description>");
        served
            .bring(
                "oai_dc",
                &answer_of(&format!("x:{n}"), &[], Some(&elements)),
            )
            .await;
    }
    served.derive().await;
    served.spread();
    let first = served
        .ask("verb=ListRecords&metadataPrefix=raw_oai_dc")
        .await;
    assert!(first.headers().len() < 5 && first.token().is_some());
    assert_eq!(
        served
            .walk("verb=ListRecords&metadataPrefix=raw_oai_dc")
            .await
            .len(),
        5
    );
}

/// libxml2 reads texts of 10 MB; `export raw` has the same bound.
#[tokio::test]
async fn leaves_out_records_that_no_strict_reader_takes() {
    let mut served = empty(settings()).await;
    served.source = served.open_source("s").await;
    let text = |length| "x".repeat(length);
    let deep = "<a>".repeat(248) + "A" + &"</a>".repeat(248);
    let records = [
        format!("<dc:title>{}</dc:title>", text(9_999_000)),
        format!("<dc:title>{}</dc:title>", text(10_000_001)),
        format!("<dc:title>T</dc:title>{deep}"),
    ];
    for (number, elements) in records.iter().enumerate() {
        let answer = answer_of(&format!("x:{number}"), &[], Some(elements));
        served.bring("oai_dc", &answer).await;
    }
    served.derive().await;
    served.spread();
    let raw = "verb=ListRecords&metadataPrefix=raw_oai_dc";
    let names = served.walk(raw).await;
    assert_eq!(names.len(), 1, "{names:?}");
    assert_eq!(
        served
            .walk("verb=ListRecords&metadataPrefix=oai_dc")
            .await
            .len(),
        3
    );
    let file = served.directory.path().join("a.db");
    let export = std::process::Command::new(env!("CARGO_BIN_EXE_offprint"))
        .arg("--store")
        .arg(file)
        .args(["export", "raw", "-o"])
        .arg(served.directory.path().join("all.xml"))
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&export.stderr);
    assert!(
        said.contains("2 left out: 2 a record that strict XML readers refuse"),
        "{said}"
    );
}

/// A page of a list has at least one record (OAI-PMH 2.0, 3.5).
#[tokio::test]
async fn a_list_whose_rest_is_left_out_ends_with_its_last_record() {
    let mut served = empty(settings()).await;
    served.source = served.open_source("s").await;
    let deep = "<a>".repeat(248) + "A" + &"</a>".repeat(248);
    for number in 1..=12 {
        let rest = if number > 10 { &*deep } else { "" };
        let elements = format!("<dc:title>T</dc:title>{rest}");
        let answer = answer_of(&format!("x:{number:02}"), &[], Some(&elements));
        served.bring("oai_dc", &answer).await;
    }
    served.derive().await;
    served.spread();
    let raw = served
        .walk("verb=ListRecords&metadataPrefix=raw_oai_dc")
        .await;
    let numbers: Vec<&str> = raw
        .iter()
        .map(|(name, ..)| &name[name.len() - 2..])
        .collect();
    assert_eq!(
        numbers,
        [
            "01", "02", "03", "04", "05", "06", "07", "08", "09", "10", "10"
        ]
    );
}

#[tokio::test]
async fn distinguishes_two_sources() {
    let mut served = served(settings(), &[]).await;
    served
        .bring(
            "oai_dc",
            &answer_of("same", &["a"], Some("<dc:title>One</dc:title>")),
        )
        .await;
    served.source = served.open_source("other").await;
    served
        .bring(
            "oai_dc",
            &answer_of("same", &["a"], Some("<dc:title>Two</dc:title>")),
        )
        .await;
    served.derive().await;
    served.spread();
    let all = served.walk("verb=ListRecords&metadataPrefix=oai_dc").await;
    assert_eq!(
        all.iter()
            .map(|(identifier, ..)| identifier.as_str())
            .collect::<Vec<_>>(),
        [
            "oai:catalog.example.org:cac:same",
            "oai:catalog.example.org:other:same"
        ]
    );
    for (set, expected) in [("cac", "One"), ("other:a", "Two")] {
        let answer = served
            .ask(&format!("verb=ListRecords&metadataPrefix=oai_dc&set={set}"))
            .await;
        assert_eq!(answer.texts("title"), [expected], "{set}");
    }
}
